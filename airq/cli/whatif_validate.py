"""``airq whatif --validate``: tests T1 to T7 and the hindcast on the official figures."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from airq.cli.common import as_json, print_table
from airq.errors import ParameterError

if TYPE_CHECKING:
    from airq.scenario.validation.outcomes import Validation

__all__ = ["validate_option"]

F = TypeVar("F", bound=Callable[..., Any])
Lang = Literal["zh", "en"]


def validate_option(function: F) -> F:
    """Add ``--validate`` and ``--quick`` to the command; with the first, the tests run in place of scenarios."""

    @click.option(
        "--validate", "validating", is_flag=True, help="Run the tests of the model instead of a scenario."
    )
    @click.option("--quick", is_flag=True, help="With --validate: a few cases of each test, under a minute.")
    @functools.wraps(function)
    def wrapped(validating: bool, quick: bool, **given: Any) -> int:
        if not validating:
            if quick:
                raise ParameterError("--quick belongs to --validate; add it, or leave --quick out.")
            return int(function(**given))
        if given["files"]:
            raise ParameterError("--validate takes no scenario; leave FILE out.")
        lang: Lang = "zh" if given["zh"] else "en"
        return _run(quick, given["archive_path"], given["seed"], lang, given["as_json_text"])

    return wrapped  # type: ignore[return-value]


def _run(quick: bool, archive: Path | None, seed: int, lang: Lang, as_json_text: bool) -> int:
    from airq.scenario.validation.suite import validate

    if not quick:
        click.echo(
            "The whole validation takes a quarter of an hour of processor time; --quick takes a minute.",
            err=True,
        )
    made = validate(quick, archive, seed)
    if as_json_text:
        click.echo(as_json(made.to_dict()))
    else:
        _show(made, lang)
    return 1 if made.passed is False else 0


def _show(made: Validation, lang: Lang) -> None:
    from airq.figures.scenario_validation_words import (
        hindcast_rows,
        outcome_rows,
        prior_rows,
        score_rows,
        word,
    )

    for title, table in (
        ("title_tests", outcome_rows(made, lang)),
        ("title_scores", score_rows(made.tables["scores"], lang)),
        ("title_priors", prior_rows(made.tables["priors"], lang)),
        ("title_official", hindcast_rows(made.tables["official"], lang)),
        (
            "title_archive",
            score_rows(made.tables["archive_scores"], lang) if "archive_scores" in made.tables else None,
        ),
    ):
        if table is None:
            continue
        click.echo(word(title, lang))
        print_table(table)
        click.echo("")
    for note in made.notes(lang):
        click.echo(note)

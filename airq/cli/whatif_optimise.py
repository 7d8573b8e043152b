"""``airq whatif --optimise``: the least-cost set of a scenario's measures, the front, the ranking, and what binds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from airq.cli.common import as_json, print_table
from airq.errors import ParameterError
from airq.texts import spoken

if TYPE_CHECKING:
    import pandas as pd

    from airq.scenario.optimising.answering import Optimum

__all__ = ["Wanted", "optimise"]

Lang = Literal["zh", "en"]


@dataclass(frozen=True)
class Wanted:
    """Options of one call."""

    target: str
    reduction: float | None
    probability: float
    budgets: tuple[str, ...]
    costs: tuple[str, ...]
    rules: Path | None

    def any(self) -> bool:
        """Whether an option was given that means nothing without ``--optimise``."""
        return bool(self.target or self.budgets or self.costs or self.rules) or self.reduction is not None


def optimise(
    files: tuple[str, ...],
    wanted: Wanted,
    place: str | None,
    draws: int,
    seed: int,
    weather_years: int | None,
    archive: Path | None,
    lang: Lang,
    as_json_text: bool,
) -> int:
    """Choose among the measures of one scenario; exit code 1 where what is asked for is out of reach."""
    from airq.scenario.loading import load
    from airq.scenario.optimising.answering import optimum
    from airq.scenario.optimising.asking import Asked, costs_of, read_rules, yearly

    if len(files) != 1:
        raise ParameterError("--optimise chooses among the measures of one scenario; name one.")
    asked = read_rules(wanted.rules) if wanted.rules is not None else Asked()
    asked = asked.with_words(yearly(wanted.budgets), costs_of(wanted.costs))
    found = optimum(
        load(files[0]), place or "", draws, seed, asked.costs, asked.rules, target=wanted.target,
        reduction=wanted.reduction, probability=wanted.probability, weather_years=weather_years, archive=archive,
    )  # fmt: skip
    if as_json_text:
        click.echo(as_json(found.to_dict()))
    else:
        _show(found, lang)
    return 1 if found.plan is not None and found.plan.status == "infeasible" else 0


def _show(found: Optimum, lang: Lang) -> None:
    from airq.reports import whatif_optimum as page

    mark = "模拟数据 / simulated data. " if found.simulated else ""
    click.echo(f"{mark}{found.scenario}: {page.title(found, lang)}")
    for sentence in page.sentences(found, lang):
        click.echo(sentence)
    print_table(_frame(*page.ranking(found, lang)))
    click.echo("")
    print_table(_frame(*page.front(found, lang)))
    for note in found.notes:
        click.echo(f"{'注' if lang == 'zh' else 'note'}: {spoken(note, lang)}")


def _frame(head: list[str], rows: list[list[Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=head)

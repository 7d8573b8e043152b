"""``airq whatif FILE --report DIR``: scenarios as pages in Chinese and English."""

from __future__ import annotations

from pathlib import Path

import click

from airq.cli.common import as_json
from airq.cli.whatif_optimise import Wanted
from airq.errors import ParameterError, ReportError

__all__ = ["write"]


def write(
    files: tuple[str, ...],
    folder: Path,
    wanted: Wanted,
    place: str | None,
    draws: int,
    seed: int,
    weather_years: int | None,
    archive: Path | None,
    as_json_text: bool,
) -> int:
    """Write the pages and say which; exit code 1 where one could not be made."""
    from airq.reports import whatif_report
    from airq.scenario.optimising.asking import costs_of

    if wanted.budgets or wanted.rules or wanted.reduction is not None:
        raise ParameterError("a page takes --target, --probability and --cost; ask --budget, --rules and --reduction of --optimise.")  # fmt: skip
    pages = whatif_report.write(
        files, folder, place=place or "", draws=draws, seed=seed, weather_years=weather_years, archive=archive,
        costs=costs_of(wanted.costs), target=wanted.target, probability=wanted.probability,
    )  # fmt: skip
    failed = [p for p in pages if p.error]
    if len(failed) == len(pages):
        raise ReportError("; ".join(dict.fromkeys(p.error for p in failed)))
    if as_json_text:
        click.echo(as_json({"folder": str(folder), "index": "index.html", "pages": [vars(p) for p in pages]}))
    else:
        for page in pages:
            if not page.error:
                click.echo(str(folder / page.file))
        click.echo(str(folder / "index.html"))
    for page in failed:
        click.echo(f"airq: {page.file}: {page.error}", err=True)
    return 1 if failed else 0

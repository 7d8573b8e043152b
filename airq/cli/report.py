"""``airq report``: the monthly report of each place as pages, an index and a manifest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from airq.cli.common import as_json, json_option, print_table, split

__all__ = ["command"]


class _Lines:
    """Progress as a bar on a terminal, else a line a report, always on standard error."""

    def __init__(self) -> None:
        self.bar: Any = None

    def __call__(self, outcome: Any, number: int, total: int) -> None:
        if sys.stderr.isatty():
            from tqdm import tqdm

            if self.bar is None:
                self.bar = tqdm(total=total, unit="page", file=sys.stderr)
            self.bar.update(number - self.bar.n)
            self.bar.set_postfix_str(f"{outcome.place} {outcome.lang} {outcome.status}")
            return
        error = f" {outcome.error}" if outcome.error else ""
        click.echo(
            f"{number}/{total} {outcome.place} {outcome.lang} {outcome.status} {outcome.seconds:.1f} s{error}",
            err=True,
        )

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


@click.command("report", short_help="Render the monthly report of each place.")
@click.option(
    "--period", default="", help="2026-10, 2026Q3, 2026H1 or 2026; the last complete month by default."
)
@click.option("--month", default="", help="The same as --period.")
@click.option(
    "--place",
    default="",
    help="all, or ids, names or codes joined by commas; params/reports.yaml by default.",
)
@click.option("--lang", default="", help="zh, en or zh,en; params/reports.yaml by default.")
@click.option("--archive", type=click.Path(path_type=Path), default=None, help="Folder of the archive.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of the reports; pages go to OUT/PERIOD.",
)
@click.option(
    "--jobs", type=click.IntRange(0), default=None, help="Places at a time; 0 is the number of processors."
)
@click.option("--force", is_flag=True, help="Make pages anew whose inputs have not changed.")
@click.option("--plain-kernels", is_flag=True, help="Start each kernel anew instead of forking it; slower.")
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    default=None,
    help="Settings instead of params/reports.yaml.",
)
@json_option
def command(
    period: str,
    month: str,
    place: str,
    lang: str,
    archive: Path | None,
    out: Path | None,
    jobs: int | None,
    force: bool,
    plain_kernels: bool,
    settings: Path | None,
    as_json_text: bool,
) -> int:
    """Render the report of a period for each place, in Chinese and English.

    Pages need nothing outside their folder. A report whose inputs have not changed is kept; a place that fails gets a
    page with the reason, the others are done, and the exit code is 1.
    """
    from airq.errors import ParameterError
    from airq.reports import parameters
    from airq.reports.run import run

    if period and month and period != month:
        raise ParameterError(f"--period {period} and --month {month} differ; give one of them.")
    chosen = parameters.settings(settings)
    source = "--place" if place else str(settings or "params/reports.yaml")
    names = split(place) if place else chosen.places
    wanted = parameters.report_places("all" if names == ["all"] else names, source)
    languages: Any = split(lang, ("zh", "en"), "language") if lang else chosen.languages
    lines = _Lines()
    try:
        report = run(
            period or month,
            wanted,
            list(dict.fromkeys(languages)),
            archive or "",
            out or "",
            chosen.notebook,
            chosen.jobs if jobs is None else jobs,
            chosen.timeout,
            force,
            False if plain_kernels else None,
            lines,
        )
    finally:
        lines.close()
    if as_json_text:
        click.echo(as_json(report.to_dict()))
    else:
        print_table(report.to_frame()[["place", "lang", "status", "seconds", "file"]])
        click.echo(f"{report.index}  ({report.seconds:.1f} s)")
        for outcome in report.outcomes:
            if outcome.error:
                click.echo(f"airq: {outcome.error}", err=True)
    return 0 if report.ok else 1

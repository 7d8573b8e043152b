"""``airq report``: the monthly report of each place as pages, an index and a manifest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from airq.cli.common import as_json, json_option, print_rows, split

__all__ = ["command"]


class _Number(click.IntRange):
    """Whole number, whose refusal says so."""

    name = "whole number"


class _Folder(click.Path):
    """Folder; an empty text, such as an unset variable leaves, is none and not the folder one stands in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("it is empty; give a value or leave the option out.", param, ctx)
        return super().convert(value, param, ctx)


class _Lines:
    """Progress as a bar on a terminal, else a line a part and report, always on standard error.

    Why something failed is said once, at the end.
    """

    def __init__(self) -> None:
        self.bar: Any = None
        self.pages = False

    def __call__(self, what: Any, number: int, total: int) -> None:
        page = hasattr(what, "lang")
        about = f"{what.place} {what.lang}" if page else f"{what.place.strip('_')} {what.name}"
        if sys.stderr.isatty():
            from tqdm import tqdm

            if self.bar is None or self.pages != page:
                self.close()
                self.bar, self.pages = (
                    tqdm(total=total, unit="page" if page else "part", file=sys.stderr),
                    page,
                )
            if self.bar.total != total or number < self.bar.n:
                self.bar.reset(total)
            self.bar.update(number - self.bar.n)
            self.bar.set_postfix_str(f"{about} {what.status}")
            return
        click.echo(f"{number}/{total} {about} {what.status} {what.seconds:.1f} s", err=True)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


@click.command("report", short_help="Render the monthly report of each place.")
@click.option(
    "--period", default=None, help="2026-10, 2026Q3, 2026H1 or 2026; the last complete month by default."
)
@click.option("--month", default=None, help="The same as --period.")
@click.option(
    "--place",
    default=None,
    help="all, or ids, names or codes joined by commas; params/reports.yaml by default.",
)
@click.option("--lang", default=None, help="zh, en or zh,en; params/reports.yaml by default.")
@click.option("--archive", type=_Folder(path_type=Path), default=None, help="Folder of the archive.")
@click.option(
    "--out",
    type=_Folder(path_type=Path),
    default=None,
    help="Folder of the reports; pages go to OUT/PERIOD.",
)
@click.option(
    "--jobs", type=_Number(0), default=None, help="Places at a time; 0 is the number of processors."
)
@click.option("--force", is_flag=True, help="Make pages anew whose inputs have not changed.")
@click.option(
    "--since",
    default=None,
    help="2026-08, or a day in it: bring every month from then to the last complete one up to date.",
)
@click.option(
    "--executor",
    default=None,
    help="dask for a cluster on this machine, dask:ADDRESS for its scheduler; by default processes of this machine.",
)
@click.option("--plain-kernels", is_flag=True, help="Start each process anew instead of forking it; slower.")
@click.option(
    "--settings",
    type=_Folder(path_type=Path),
    default=None,
    help="Settings instead of params/reports.yaml.",
)
@json_option
def command(
    period: str | None,
    month: str | None,
    place: str | None,
    lang: str | None,
    archive: Path | None,
    out: Path | None,
    jobs: int | None,
    force: bool,
    since: str | None,
    executor: str | None,
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
    from airq.reports.run import periods_since, run

    texts = {
        "period": period,
        "month": month,
        "place": place,
        "lang": lang,
        "since": since,
        "executor": executor,
    }
    for name, text in texts.items():
        if text is not None and not text.strip(" ,，"):
            raise ParameterError(f"--{name} is empty; give a value or leave the option out.")
    if period and month and period != month:
        raise ParameterError(f"--period {period} and --month {month} differ; give one of them.")
    if since and (period or month):
        raise ParameterError(f"--since {since} and --period {period or month} exclude each other; give one.")
    chosen = parameters.settings(settings)
    parameters.check_executor(executor or "")
    parameters.check_settings(chosen, str(settings or "params/reports.yaml"))
    if jobs is not None:
        chosen = chosen.model_copy(update={"jobs": jobs})
    source = "--place" if place else str(settings or "params/reports.yaml")
    names = split(place) if place else chosen.places
    wanted = parameters.report_places("all" if names == ["all"] else names, source)
    languages: Any = split(lang, ("zh", "en"), "language") if lang else chosen.languages
    periods = periods_since(since, archive or "") if since else [period or month or ""]
    lines = _Lines()
    reports = []
    try:
        for one in periods:
            reports.append(
                run(
                    one,
                    wanted,
                    list(dict.fromkeys(languages)),
                    archive or "",
                    out or "",
                    chosen,
                    force,
                    False if plain_kernels else None,
                    executor or "",
                    lines,
                )
            )
    finally:
        lines.close()
    _say(reports, bool(since), as_json_text)
    return 0 if all(r.ok for r in reports) else 1


def _say(reports: list[Any], several: bool, as_json_text: bool) -> None:
    """Summary of the runs."""
    if as_json_text:
        found = [r.to_dict() for r in reports]
        click.echo(as_json({"periods": found, "ok": all(r.ok for r in reports)} if several else found[0]))
        return
    for report in reports:
        columns = ("place", "lang", "status", "seconds", "file")
        print_rows(columns, ([getattr(o, c) for c in columns] for o in report.outcomes))
        spent = f"{report.seconds:.1f} s, {report.computing:.1f} s of them for the results"
        click.echo(f"{report.index}  ({spent if report.computing else f'{report.seconds:.1f} s'})")
        for reason, who in _reasons(report).items():
            click.echo(f"airq: {', '.join(who)}: {reason}" if who else f"airq: {reason}", err=True)


def _reasons(report: Any) -> dict[str, list[str]]:
    """Each reason for a failure once, with the places that it cost."""
    from airq import places

    found: dict[str, list[str]] = {}
    for outcome in report.outcomes:
        if outcome.error:
            found.setdefault(outcome.reason, []).append(places.get(outcome.place).en)
    for part in report.parts:
        if part.error:
            place = places.find(part.place)
            found.setdefault(part.error, []).append(place.en if place else part.name)
    return {reason: list(dict.fromkeys(who)) for reason, who in found.items()}

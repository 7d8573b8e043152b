"""``airq ingest --describe``: what a file holds, or the column map that would read it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from airq.cli.common import as_json as json_text
from airq.cli.common import print_table
from airq.errors import AirqError, FileRejected

if TYPE_CHECKING:
    from airq.observations.formats import Parsed
    from airq.observations.formats.summarising import Summary

__all__ = ["show"]

_STATIONS = 20
_SENTENCES = 30


def show(path: str | Path, as_json: bool) -> int:
    """Print what a file holds if its layout is known, else a column map for it as YAML.

    Parameters
    ----------
    path : path
    as_json : bool

    Returns
    -------
    int
        0 if the file can be taken as it is or with the proposed map, 1 if something in it would not be taken or the
        map still needs a person.

    Raises
    ------
    AirqError
        The file cannot be read and no column map could help.
    """
    from airq.observations import files, formats
    from airq.observations.formats import describing, summarising

    file = Path(path)
    refusal = ""
    found: Summary | None = None
    try:
        parsed = formats.parse(files.load(file))
        found = summarising.summary(parsed)
    except AirqError as error:
        refusal = str(error)
        if files.load(file).kind not in ("text", "xlsx", "parquet"):
            raise
    if found is not None and found.format != "tidy":
        _print_known(file, parsed, found, as_json)
        return 0 if found.complete else 1
    try:
        proposal = describing.describe(files.load(file))
    except AirqError:
        if found is None:
            raise FileRejected(refusal) from None
        _print_known(file, parsed, found, as_json)
        return 0 if found.complete else 1
    trial, said = _trial(file, proposal)
    if found is not None and not _better(found, trial, proposal):
        _print_known(file, parsed, found, as_json)
        return 0 if found.complete else 1
    why = refusal
    if found is not None:
        why = f"as it is, {found.values:,} values would be taken: {next(iter(found.sentences), '')}"
    if as_json:
        import yaml

        out = {"recognised": None, "why": why, "map": yaml.safe_load(proposal) or {}, "yaml": proposal}
        click.echo(json_text({**out, "trial": trial.to_dict() if trial else None, "refusal": said}))
    else:
        click.echo(proposal + describing.printable(_comments(file, why, trial, said)), nl=False)
    return 0 if trial is not None and not trial.doubtful else 1


def _better(found: Summary, trial: Summary | None, proposal: str) -> bool:
    """Whether a table that is understood without a map is understood better with it."""
    if found.doubtful:
        return True
    if trial is None:
        return False
    nameless = any("no column of stations" in s for s in found.sentences)
    named = any(line.startswith(("station:", "station_name:", "across:")) for line in proposal.splitlines())
    return trial.values > 1.05 * found.values or trial.lost < found.lost or (nameless and named)


def _trial(file: Path, proposal: str) -> tuple[Summary | None, str]:
    """What the proposed map reads, or the sentence by which it is refused."""
    from airq.observations import files, formats
    from airq.observations.formats import column_map, summarising

    if all(line.startswith("#") for line in proposal.splitlines()):
        return None, "it names no column yet; write the lines that stand behind # without it"
    try:
        plan = column_map.column_map(proposal)
        return summarising.summary(formats.parse(files.load(file), columns=plan)), ""
    except AirqError as error:
        return None, str(error)


def _comments(file: Path, why: str, trial: Summary | None, refusal: str) -> str:
    """What the map brings and what to do next, as comments below it."""
    lines = [f"# why a map: {why}"] if why else []
    if trial is None:
        lines.append(f"# with this map as it is: {refusal}")
    else:
        names = ", ".join(s.station for s in trial.stations[:5]) + (" …" if len(trial.stations) > 5 else "")
        lines.append(f"# with this map: {len(trial.stations)} stations ({names}), {trial.frequency}, {trial.first} … {trial.last}")  # fmt: skip
        lines += [f"#   {v.variable}: {v.values:,} values, {v.lowest:g} … {v.highest:g} {v.units}" for v in trial.variables]  # fmt: skip
        lines += [f"#   said: {s}" for s in trial.sentences[:_SENTENCES]]
    name = shlex.quote(str(file))
    lines.append(f"# next: airq ingest --describe {name} > map.yaml, correct it, airq ingest {name} --columns map.yaml")  # fmt: skip
    return "\n".join(" ".join(line.split("\n")) for line in lines) + "\n"


def _print_known(file: Path, parsed: Parsed, found: Summary, as_json: bool) -> None:
    from airq.observations.formats import summarising

    kind = summarising.kind_of(parsed)
    name = shlex.quote(str(file))
    if as_json:
        click.echo(json_text({"recognised": found.format, "kind": kind, **found.to_dict(), "next": f"airq ingest {name}"}))  # fmt: skip
        return
    unit = "days" if found.frequency == "daily" else "hours"
    click.echo(f"{file}: {found.format} layout, {found.frequency}, kept as {kind}")
    click.echo(f"{found.first} … {found.last}, {found.times:,} {unit} with a value")
    click.echo()
    print_table(_variables(found))
    click.echo()
    rows = [_station(s) for s in found.stations]
    print_table(pd.DataFrame(rows[:_STATIONS]))
    if len(rows) > _STATIONS:
        click.echo(f"… and {len(rows) - _STATIONS:,} more stations")
    if found.sentences:
        click.echo("\nWhat would be said:")
        click.echo("\n".join(found.sentences[:_SENTENCES]))
    click.echo(f"\nNext: airq ingest {name}")


def _variables(found: Summary) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "variable": v.variable,
                "unit": v.units,
                "values": f"{v.values:,}",
                "there": f"{v.share:.1%}",
                "lowest": f"{v.lowest:g}",
                "median": f"{v.median:g}",
                "highest": f"{v.highest:g}",
            }
            for v in found.variables
        ]
    )


def _station(s: Any) -> dict[str, str]:
    known = "yes" if s.known else "no"
    return {"station": s.station, "name": s.name, "place": s.place, "in the table": known, "first": s.first, "last": s.last, "values": f"{s.values:,}"}  # fmt: skip

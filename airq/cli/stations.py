"""``airq stations``: show, check, merge and place stations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from airq.cli.common import as_json, json_option, print_table
from airq.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from airq.observations.stations import Finding, Merged

_SHOWN = (
    "station",
    "name_zh",
    "place",
    "lat",
    "lon",
    "network",
    "role",
    "valid_from",
    "valid_to",
    "succeeds",
)
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:[-._]?(\d{2})(?:[-._]?(\d{2}))?)?(?!\d)")


@click.command("stations")
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@click.option("--check", is_flag=True, help="Say what is doubtful; exit 1 if anything is.")
@click.option(
    "--merge",
    "merging",
    is_flag=True,
    help="Make one registry with periods of lists of different dates: LIST or LIST@2018-06-30 where the name has no date.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the table or registry to this CSV file.")
@click.option(
    "--boundaries",
    type=click.Path(path_type=Path),
    help="GeoJSON of administrative areas: place stations by it, and hold places against it.",
)
@click.option(
    "--name-property", help="Property of the boundaries with names or codes, if it is not found by itself."
)
@click.option(
    "--datum",
    type=click.Choice(["wgs84", "gcj02"]),
    default="wgs84",
    show_default=True,
    help="Datum of the boundaries; gcj02 for those of AMap.",
)
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path),
    help="With --check: hold the table against the data of an archive.",
)
@click.option("--on", help="Only rows that are valid on this day.")
@json_option
def command(
    tables: tuple[str, ...],
    check: bool,
    merging: bool,
    out: Path | None,
    boundaries: Path | None,
    name_property: str | None,
    datum: str,
    archive_path: Path | None,
    on: str | None,
    as_json_text: bool,
) -> int:
    """Show a station table (the project's own by default), check it, or merge several."""
    from airq.observations import stations

    _refuse_usage(tables, merging, check, archive_path)
    merged: Merged | None = None
    if merging:
        merged = stations.merge([_dated(t) for t in tables])
        frame = merged.registry
    else:
        frame = stations.load(tables[0] if tables else None)
    found: list[Finding] = []
    assigned: dict[str, str] = {}
    if boundaries is not None:
        placed = stations.assign(
            frame,
            stations.read_boundaries(boundaries, name_property, datum),  # type: ignore[arg-type]
        )
        frame, assigned = placed.table, placed.assigned
        found += placed.findings
    if out is not None:
        stations.write(frame, out, [_path_of(t) for t in tables])
    if check:
        found = [*stations.findings(frame, on=on), *found]
        if archive_path is not None:
            found += _against(frame, archive_path)
    shown = frame if on is None else stations.at(frame, on)
    said = [_sentence(f, frame) for f in found]
    if as_json_text:
        click.echo(as_json(_document(shown, found, said, assigned, merged, check)))
    else:
        _print(shown, said, assigned, merged, check, out)
    return 1 if check and found else 0


def _refuse_usage(tables: tuple[str, ...], merging: bool, check: bool, archive_path: Path | None) -> None:
    if merging and not tables:
        raise ParameterError("--merge needs lists; name at least one, such as LIST@2020-01-01.")
    if not merging and len(tables) > 1:
        raise ParameterError(f"{len(tables)} tables are given; add --merge to make one registry of them.")
    if archive_path is not None and not check:
        raise ParameterError("--archive is for a check; add --check.")


def _path_of(text: str) -> Path:
    """Path of an argument, without the date behind it."""
    front, mark, _ = text.rpartition("@")
    return Path(front) if mark and not Path(text).exists() else Path(text)


def _dated(text: str) -> tuple[str, Path]:
    """Date and path of a list: the date behind ``@``, else that in the file's name."""
    path = _path_of(text)
    if str(path) != text:
        return text.rpartition("@")[2], path
    days = {"-".join(filter(None, found)) for found in _DATE.findall(path.name)}
    if len(days) != 1:
        what = (
            "has no date in its name"
            if not days
            else f"has several dates in its name ({', '.join(sorted(days))})"
        )
        raise ParameterError(f"{path}: {what}; write {path.name}@2020-01-01.")
    return days.pop(), path


def _against(frame: pd.DataFrame, path: Path) -> list[Finding]:
    from airq.observations import Archive, stations

    archive = Archive(path)
    if not archive.months() and not archive.months("daily"):
        raise ParameterError(f"{path}: the archive is empty or none; name the folder of an archive.")
    return stations.against_archive(frame, archive)


def _sentence(finding: Finding, frame: pd.DataFrame) -> str:
    """Sentence with the line of the file that it speaks of."""
    from airq.observations import stations

    came = stations.origin(frame)
    if not finding.rows or not came.lines:
        return finding.sentence
    return f"{came.where(finding.rows[0])}: {finding.sentence}"


def _document(
    shown: pd.DataFrame,
    found: list[Finding],
    said: list[str],
    assigned: dict[str, str],
    merged: Merged | None,
    check: bool,
) -> Any:
    if merged is None and not check and not found and not assigned:
        return shown
    out: dict[str, Any] = {"stations": int(shown["station"].nunique()), "findings": said}
    out["details"] = [f.to_dict() for f in found]
    if assigned:
        out["assigned"] = assigned
    if merged is not None:
        out["dates"] = merged.dates
        out["changes"] = [{**vars(c), "sentence": c.sentence} for c in merged.changes]
        out["merge_findings"] = [f.to_dict() for f in merged.findings]
    if not check:
        out["rows"] = shown
    return out


def _print(
    shown: pd.DataFrame,
    said: list[str],
    assigned: dict[str, str],
    merged: Merged | None,
    check: bool,
    out: Path | None,
) -> None:
    lines: list[str] = []
    if merged is not None:
        lines += [c.sentence for c in merged.changes if c.kind != "rounding"]
        lines += [f.sentence for f in merged.findings]
        kinds = [c.kind for c in merged.changes]
        counts = ", ".join(f"{kinds.count(k)} {k}" for k in dict.fromkeys(kinds))
        lines.append(
            f"{len(merged.dates)} lists ({', '.join(merged.dates)}): {shown['station'].nunique()} stations in {len(shown)} rows; changes: {counts or 'none'}."
        )
    lines += [f"{code}: placed in '{place}' by the boundaries." for code, place in assigned.items()]
    lines += said
    if check:
        lines.append(f"{shown['station'].nunique()} stations, {len(said)} findings.")
    if out is not None:
        lines.append(f"written: {out}")
    if lines:
        click.echo("\n".join(lines))
    if not check and merged is None and out is None:
        used = [c for c in _SHOWN if c in _SHOWN[:7] or (shown[c] != "").any()]
        print_table(shown[used])

"""Posts of the US Department of State: StateAir files (2008-2017) and AirNow files of the same posts.

``Site,Parameter,Date (LST),Year,Month,Day,Hour,Value,Unit,Duration,QC Name`` below lines of text, or
``Site,Parameter,Date (LT),Year,Month,Day,Hour,NowCast Conc.,AQI,AQI Category,Raw Conc.,Conc. Unit,Duration,QC Name``.
Times are the post's local time: Beijing time in China. −999 is missing, 985 is the top of the monitor. On the day on
which clocks go forward in the United States, files to 2017 name 03:00 twice and skip 02:00, though China has no summer
time: the first of the two is 02:00.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import Convention, Parsed, convert, parse_date, pollutant_of
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import Table, heads_of, numbers, read_table
from airq.observations.formats.times import parse_moment
from airq.observations.formats.uci import cap
from airq.observations.issues import Issues

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "stateair"

TOP: Final = 985.0

_MARKS: Final = frozenset(("site", "parameter", "year", "month", "day", "hour", "duration", "qc name"))
_POSTS: Final = ("beijing", "shanghai", "guangzhou", "chengdu", "shenyang", "wuhan")
_CLEARED: Final = re.compile(r"\s*-\s*(pm2\.5|pm10|ozone|o3)\s*$", re.IGNORECASE)


def _is_head(heads: list[str]) -> bool:
    return len({h.lower() for h in heads} & _MARKS) >= 6


def recognise(raw: RawFile) -> bool:
    """Whether the heading stands within the first lines."""
    if raw.kind != "text":
        return False
    lines = raw.data[:20_000].decode(errors="replace").split("\n")[:40]
    return any(_is_head(heads_of(line)) for line in lines if line.strip())


def _hours(table: Table, raw: RawFile) -> npt.NDArray[np.datetime64]:
    """Stamps as they stand in the file; NaT where they do not exist or contradict the written date."""
    parts = []
    for name in ("Year", "Month", "Day", "Hour"):
        column = table.column(name)
        if column is None:
            raise FileRejected(
                f"{raw.path}: line {table.head_line}: no column '{name}' among '{', '.join(table.heads)[:120]}'; restore the heading."
            )
        parts.append([c.strip() for c in column])
    written = table.column("Date (LT)", "Date (LST)", "Date(LT)", "Date(LST)")
    out = np.full(len(table), np.datetime64("NaT"), "datetime64[ns]")
    for i, (year, month, day, hour) in enumerate(zip(*parts, strict=True)):
        date = parse_date(f"{year}-{month}-{day}")
        shown = f"{year}-{month}-{day} {hour}"[:30]
        where = f"line {table.lines[i]}"
        if date is None or not (hour.isdigit() and hour.isascii() and int(hour) <= 23):
            raw.issues.each("date", where, f"the time {shown} does not exist; the line is not taken")  # fmt: skip
            continue
        stamp = date + np.timedelta64(int(hour), "h")
        if written is not None and (said := _contradicts(written[i], stamp)):
            raw.issues.each("date", where, f"its date '{written[i].strip()[:25]}' {said} {shown}; the line is not taken")  # fmt: skip
            continue
        out[i] = stamp
    return out


def _contradicts(text: str, stamp: np.datetime64) -> str:
    """Words, if the written date is another hour than the numbers say (either order of day and month will do)."""
    moments = [m[0] for first in (False, True) if (m := parse_moment(text, first)) is not None]
    if not moments:
        return "does not exist, beside"
    return "" if any(m == pd.Timestamp(stamp) for m in moments) else "contradicts"


def _forward(
    station: npt.NDArray[np.object_], time: npt.NDArray[np.datetime64], table: Table, issues: Issues
) -> None:
    """Set the first of two 03:00 to 02:00 where 02:00 is skipped on the day of the change in the United States."""
    for code in sorted(set(station.astype(str))):
        rows = np.flatnonzero((station.astype(str) == code) & ~np.isnat(time))
        have = set(time[rows].tolist())
        for day in {pd.Timestamp(t).normalize() for t in time[rows]}:
            if day != _second_sunday_of_march(day.year):
                continue
            two, three = (np.datetime64(day + pd.Timedelta(hours=h), "ns") for h in (2, 3))
            twice = rows[time[rows] == three]
            if len(twice) == 2 and two.tolist() not in have:
                time[twice[0]] = two
                issues.each("clock", f"line {table.lines[twice[0]]}", "03:00 stands twice and 02:00 is skipped, on the day of summer time in the United States; taken as 02:00", "note")  # fmt: skip


def _second_sunday_of_march(year: int) -> pd.Timestamp:
    first = pd.Timestamp(year=year, month=3, day=1)
    return first + pd.Timedelta(days=(6 - first.day_of_week) % 7 + 7)


def _convention(time: npt.NDArray[np.datetime64]) -> Convention:
    """Which end of the hour is named: a whole year that runs from 01 to 00 names ends, from 00 to 23 beginnings."""
    known = time[~np.isnat(time)]
    first, last = pd.Timestamp(known.min()), pd.Timestamp(known.max())
    if first.strftime("%m-%d %H") == "01-01 01" and last.strftime("%m-%d %H") == "01-01 00":
        return Convention("end", "+08:00", "[M]", "the year in the file runs from 01:00 to 00:00")
    if first.strftime("%m-%d %H") == "01-01 00" and last.strftime("%m-%d %H") == "12-31 23":
        return Convention("start", "+08:00", "[M]", "the year in the file runs from 00:00 to 23:00")
    return Convention("start", "+08:00", "[B 60%]", "as AirNow; the files name no convention")


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read the file of a post.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Names of posts to take.

    Returns
    -------
    Parsed
        Hourly.

    Raises
    ------
    FileRejected
        A needed column is missing, the post is not in China, or nothing could be taken.
    """
    table = read_table(raw, _is_head)
    time = _hours(table, raw)
    column = table.column("Site")
    if column is None:
        raise FileRejected(
            f"{raw.path}: line {table.head_line}: no column 'Site' among '{', '.join(table.heads)[:120]}'; restore the heading."
        )
    sites = [_CLEARED.sub("", s).strip() for s in column]
    station = np.array(sites, object)
    keep = readable(station, ~np.isnat(time), table.lines, raw.issues)
    _refuse_far(sites, keep, table, raw)
    if stations is not None:
        keep &= np.isin(station.astype(str), list(stations))
    if not keep.any():
        raise FileRejected(f"{raw.path}: no line could be taken; check the file.")
    index = table.find("Raw Conc.", "Value")
    units = table.column("Conc. Unit", "Unit")
    if index is None or units is None:
        raise FileRejected(
            f"{raw.path}: line {table.head_line}: no column 'Value' or 'Raw Conc.' with its unit; restore the heading."
        )
    hourly = _duration(table, keep, raw.issues)
    value = numbers(table.columns[index], keep & hourly, table.lines, table.heads[index], raw.issues)
    _judge(table, value, raw.issues)
    _forward(station, time, table, raw.issues)
    keep &= hourly
    keep[keep] = drop_strays(station[keep], time[keep], table.lines[keep], raw.issues)
    if not keep.any():
        raise FileRejected(f"{raw.path}: no hourly value could be taken; check the file.")
    convention = _convention(time[keep])
    if convention.label == "start":
        time = time + np.timedelta64(1, "h")
    values = _by_variable(table, keep, value, units, raw)
    block = dense(
        station[keep], time[keep], {n: v[keep] for n, v in values.items()}, table.lines[keep], raw.issues
    )
    cap(block, ("pm25",), TOP, raw.issues)
    raw.issues.note("", convention.sentence())
    about = {s: {"name_en": f"{s} (US Department of State)"} for s in block.stations}
    return Parsed(raw, NAME, "hourly", block, raw.issues.summarised(), about)


def _refuse_far(sites: list[str], keep: npt.NDArray[np.bool_], table: Table, raw: RawFile) -> None:
    """A post outside China keeps another local time, which the file does not state."""
    far = sorted({s for s, k in zip(sites, keep, strict=True) if k and s.lower() not in _POSTS})
    for site in far:
        rows = np.flatnonzero(keep & np.array([s == site for s in sites], bool))
        raw.issues.each("far", f"line {table.lines[rows[0]]}", f"'{site[:30]}' is no post in China, and the file does not state its local time; its lines are not taken")  # fmt: skip
        keep[rows] = False


def _duration(table: Table, keep: npt.NDArray[np.bool_], issues: Issues) -> npt.NDArray[np.bool_]:
    """Rows of one-hour values."""
    column = table.column("Duration")
    if column is None:
        return np.ones(len(table), bool)
    hourly = np.array([c.strip().lower() in ("1 hr", "1 hour", "1hr", "60 min") for c in column], bool)
    for i in np.flatnonzero(keep & ~hourly):
        issues.each("duration", f"line {table.lines[i]}", f"the duration '{column[i].strip()[:20]}' is not one hour; the line is not taken")  # fmt: skip
    return hourly


def _judge(table: Table, value: npt.NDArray[np.float64], issues: Issues) -> None:
    """Values that the source itself calls invalid become missing; "Missing" goes with −999."""
    column = table.column("QC Name")
    if column is None:
        return
    names = np.array([c.strip().lower() for c in column], object)
    bad = ~np.isin(names.astype(str), ["valid", ""]) & np.isfinite(value) & (value > -900)
    if bad.any():
        shown = ", ".join(sorted(set(names[bad]))[:4])
        issues.note(
            "", f"{int(bad.sum()):,} values are called '{shown}' by the source; they are taken as missing"
        )
        value[bad] = np.nan


def _by_variable(
    table: Table, keep: npt.NDArray[np.bool_], value: npt.NDArray[np.float64], units: list[str], raw: RawFile
) -> dict[str, npt.NDArray[np.float64]]:
    kinds = [k.split(" - ")[0].strip() for k in (table.column("Parameter") or ["PM2.5"] * len(table))]
    kind_at, unit_at = np.array(kinds, object), np.array([u.strip() for u in units], object)
    out: dict[str, npt.NDArray[np.float64]] = {}
    for kind in sorted(set(kind_at[keep])):
        found = pollutant_of(kind)
        here = keep & (kind_at == kind)
        if found is None:
            raw.issues.each("kind", f"line {table.lines[np.flatnonzero(here)[0]]}", f"'{kind[:30]}' is not an observation that airq stores; its {int(here.sum()):,} lines are not taken")  # fmt: skip
            continue
        column = out.setdefault(found[0], np.full(len(value), np.nan))
        for unit in sorted(set(unit_at[here])):
            rows = here & (unit_at == unit)
            if not unit:
                raw.issues.each("unit", f"line {table.lines[np.flatnonzero(rows)[0]]}", f"has no unit; its {int(rows.sum()):,} lines are not taken")  # fmt: skip
                continue
            column[rows] = convert(value[rows], found[0], unit, raw, kind)
    if not out:
        raise FileRejected(
            f"{raw.path}: no pollutant among '{', '.join(sorted(set(kinds)))[:80]}'; check the file."
        )
    return out

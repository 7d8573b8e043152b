"""Hourly tables of pm25.in: ``Date,Hour,WatchPoint,AQI,Level,PrimaryPollution,PM2.5,PM10,CO,NO2,O3_1h,O3_8h,SO2``.

Stations are named, not coded: a name that the station table knows once is stored under its code. The crawl repeats an
hour where the site had not moved on, skips others, and writes rows that are NaN throughout.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places
from airq.errors import FileRejected
from airq.observations import stations as station_table
from airq.observations.files import RawFile
from airq.observations.formats.base import CNEMC, Parsed, convert, parse_date
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import Table, first_heads, numbers, read_table
from airq.observations.issues import Issues

__all__ = ["NAME", "code_names", "parse", "recognise"]

NAME: Final = "pm25in"

_COLUMNS: Final = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3_1h"}
_MARKS: Final = frozenset(("watchpoint", "primarypollution", "o3_1h", "o3_8h", "date", "hour", "level"))


def recognise(raw: RawFile) -> bool:
    """Whether most of the headings that only this layout has are there."""
    heads = {h.lower() for h in first_heads(raw)}
    return len(heads & _MARKS) >= 5 and bool(heads & {"watchpoint", "primarypollution"})


def code_names(names: Collection[str], stem: str) -> dict[str, str]:
    """Codes of station names that the station table knows exactly once.

    Parameters
    ----------
    names : collection of str
    stem : str
        Name of the file; a place in it limits the search to that place and its members.

    Examples
    --------
    >>> code_names(["州监测站", "somewhere"], "昌吉州_2020")
    {'州监测站': '2691A'}
    >>> code_names(["州监测站"], "石河子_2020")
    {}
    """
    table = station_table.current(station_table.load())
    area = _area(stem)
    if area is not None:
        inside = {area.id, *(p.id for p in places.members(area.id))}
        table = table[table["place"].isin(inside)]
    once = table.drop_duplicates("name_zh", keep=False).set_index("name_zh")["station"]
    return {n: str(once[n]) for n in names if n in once.index}


def _area(stem: str) -> places.Place | None:
    """The place whose name stands in a file name; the longest if several do."""
    found = [
        (len(name), place)
        for place in places.load().values()
        for name in {place.zh, place.zh.removesuffix("市").removesuffix("县")}
        if len(name) >= 2 and name in stem
    ]
    return max(found, key=lambda f: f[0])[1] if found else None


def _times(table: Table, issues: Issues) -> npt.NDArray[np.datetime64]:
    """Ends of hours; NaT where the row has none."""
    dates, hours = table.column("Date") or [], table.column("Hour") or []
    known = {d: parse_date(d) for d in set(dates)}
    out = np.full(len(table), np.datetime64("NaT"), "datetime64[ns]")
    for i, (date, hour) in enumerate(zip(dates, hours, strict=True)):
        day, text = known[date], hour.strip(" ")
        where = f"line {table.lines[i]}"
        if day is None:
            issues.each("date", where, f"the date {date.strip()[:20]} does not exist; the line is not taken")
        elif not (text.isdigit() and text.isascii() and int(text) <= 24):
            issues.each("hour", where, f"hour '{text[:20]}' is not 0…23; the line is not taken")
        else:
            out[i] = day + np.timedelta64(int(text), "h")
    return out


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a table of pm25.in.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes or names to take.

    Returns
    -------
    Parsed
        Hourly, CO in mg/m³, the others in µg/m³; o3 is the hourly mean (``O3_1h``).

    Raises
    ------
    FileRejected
        A heading that the layout needs is missing, or nothing could be taken.
    """
    table = read_table(raw)
    for needed in ("Date", "Hour", "WatchPoint"):
        if table.find(needed) is None:
            raise FileRejected(
                f"{raw.path}: line {table.head_line}: no column '{needed}' among '{', '.join(table.heads)[:120]}'; restore the heading."
            )
    time = _times(table, raw.issues)
    names = np.array([t.strip() for t in table.column("WatchPoint") or []], object)
    keep = readable(names, ~np.isnat(time), table.lines, raw.issues)
    codes = code_names(sorted(set(names[keep])), raw.stem)
    unknown = sorted(set(names[keep]) - set(codes))
    if unknown:
        raw.issues.note("", f"{len(unknown)} station names are not in the station table and are kept as names: {', '.join(unknown[:3])}{' …' if len(unknown) > 3 else ''}")  # fmt: skip
    if codes:
        shown = ", ".join(f"{n} {c}" for n, c in list(codes.items())[:3])
        raw.issues.note("", f"{len(codes)} station names are stored under their codes ({shown}{' …' if len(codes) > 3 else ''})")  # fmt: skip
    labels = np.array([codes.get(n, n) for n in names], object)
    if stations is not None:
        keep &= np.isin(labels.astype(str), list(stations)) | np.isin(names.astype(str), list(stations))
    values: dict[str, npt.NDArray[np.float64]] = {}
    for name, head in _COLUMNS.items():
        index = table.find(head)
        if index is None:
            raw.issues.lost(f"line {table.head_line}", f"no column '{head}'; {name} is not taken")
            continue
        cells = numbers(table.columns[index], keep, table.lines, head, raw.issues)
        values[name] = convert(cells, name, "", raw, head)
    keep[keep] = drop_strays(labels[keep], time[keep], table.lines[keep], raw.issues)
    if not keep.any() or not values:
        raise FileRejected(f"{raw.path}: no line could be taken; check the file.")
    _notes(values, keep, time, raw.issues)
    block = dense(
        labels[keep], time[keep], {n: v[keep] for n, v in values.items()}, table.lines[keep], raw.issues
    )
    area = _area(raw.stem)
    about: dict[str, dict[str, Any]] = {
        c: {"name_zh": c, "place": area.id if area else "", "network": "national"}
        for c in block.stations
        if c not in codes.values()
    }
    return Parsed(raw, NAME, "hourly", block, raw.issues.summarised(), about)


def _notes(
    values: dict[str, npt.NDArray[np.float64]],
    keep: npt.NDArray[np.bool_],
    time: npt.NDArray[np.datetime64],
    issues: Issues,
) -> None:
    """Say which hours the crawl skipped and how many rows are empty."""
    empty = keep & ~np.isfinite(np.column_stack(list(values.values()))).any(axis=1)
    if empty.any():
        issues.note("", f"{int(empty.sum()):,} rows have no value at all")
    hours = np.unique(time[keep])
    span = pd.date_range(hours[0], hours[-1], freq="h")
    skipped = len(span) - len(hours)
    if skipped > 0:
        first = str(span.difference(pd.DatetimeIndex(hours))[0])[:13]
        issues.note("", f"{skipped:,} of {len(span):,} hours are absent (the first is {first})")
    issues.note("", CNEMC.sentence())

"""Daily city files of two Chinese sites, with or without a header.

``aqistudy``: city, date, AQI, range, level, PM2.5, PM10, SO2, CO, NO2, O3 (MDA8), rank. Zeros hide missing values,
and its AQI is a mean of hourly indices, not the daily index of HJ 633; it is not stored.
``tianqihoubao``: row, date, level, AQI, rank, PM2.5, PM10, SO2, NO2, CO, O3; the city is the file's name. Its days are
the hours labelled 0…23 of the feed [M, Urumqi 2019].
A header is held against the numbers before it is believed (:mod:`airq.observations.formats.city_header`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats import city_header
from airq.observations.formats.base import Parsed, convert, parse_date, parse_number, place_of, pollutant_of
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import DELIMITERS, empty_padded, heads_of
from airq.observations.issues import Issues
from airq.variables import POLLUTANTS

__all__ = ["NAME", "layout_of", "parse", "recognise"]

NAME: Final = "city-daily"

_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}")
_LEVELS: Final = (*city_header.LEVELS, "无", "")
_LAYOUTS: Final = {
    # fields, column of the level, columns of the pollutants
    "aqistudy": (12, 4, {"pm25": 5, "pm10": 6, "so2": 7, "co": 8, "no2": 9, "o3": 10}),
    "tianqihoubao": (11, 2, {"pm25": 5, "pm10": 6, "so2": 7, "no2": 8, "co": 9, "o3": 10}),
}


def _fields(line: str, delimiter: str) -> list[str]:
    """Fields of a line; quotation marks that pair around a field are taken off."""
    return [c[1:-1] if len(c) >= 2 and c[0] == c[-1] == '"' else c for c in line.split(delimiter)]


def _cells(line: str, delimiter: str) -> list[str]:
    return [c.strip() for c in _fields(line, delimiter)]


def _delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def layout_of(line: str) -> str | None:
    """Name of the layout of a headerless line, or None.

    Examples
    --------
    >>> layout_of("昌吉州,2014-12-31,254,206~325,重度污染,200.8,334.4,132.1,4.433,89.7,59,551")
    'aqistudy'
    >>> layout_of("0,2019-12-01,重度污染,237,364,187,223,8,58,2.23,18")
    'tianqihoubao'
    """
    cells = _cells(line, _delimiter(line))
    if len(cells) < 3 or not _DATE.fullmatch(cells[1]):
        return None
    for name, (count, level, _) in _LAYOUTS.items():
        named = not cells[0].isdigit() if name == "aqistudy" else cells[0].isdigit()
        if len(cells) == count and cells[level] in _LEVELS and named and cells[0]:
            return name
    return None


def _is_header(line: str) -> bool:
    """A heading of daily city values: date, AQI, pollutants, and a level, rank or range of cities."""
    heads = heads_of(line)
    roles = set(city_header.roles_of(heads))
    low = {"".join(h.lower().split()) for h in heads}
    single = {
        "hour",
        "小时",
        "时",
        "watchpoint",
        "stationcode",
        "station_code",
        "station",
        "code",
        "监测点编码",
        "site",
        "type",
    }
    if low & single or not {"date", "aqi"} <= roles or len(roles & set(POLLUTANTS)) < 4:
        return False
    return bool(roles & {"level", "rank", "range", "city"}) or "" in heads


def _head(raw: RawFile) -> list[str]:
    return [t for t in raw.data[:20_000].decode(errors="replace").split("\n")[:8] if t.strip()]


def recognise(raw: RawFile) -> bool:
    """Whether one of the first lines has one of the two layouts, or a header of daily city values."""
    if raw.kind != "text":
        return False
    lines = _head(raw)
    if any(layout_of(line) for line in lines[:5]):
        return True
    return bool(lines) and _is_header(lines[0]) and not _has_hours(lines)


def _has_hours(lines: list[str]) -> bool:
    """Whether the first dates carry an hour other than midnight."""
    heads = city_header.roles_of(heads_of(lines[0]))
    at = heads.index("date")
    cells = [heads_of(t) for t in lines[1:]]
    dates = [c[k] for c in cells for k in (at, at + 1) if k < len(c)]
    return bool(dates) and not any(parse_date(d) is not None for d in dates)


@dataclass(frozen=True)
class _Plan:
    """Where things stand in a line."""

    width: int
    delimiter: str
    date: int
    city: int | None
    pollutants: dict[str, tuple[int, str]]
    heading: int  # lines up to and with the header


def _lines(raw: RawFile, width: int, delimiter: str, skip: int) -> list[tuple[int, list[str]]]:
    """Lines that have the width, with their numbers; others are named."""
    out = []
    lines = raw.data.decode().split("\n")
    unterminated = bool(lines[-1].strip())
    for number, line in enumerate(lines, 1):
        if number <= skip or not line.strip():
            continue
        cells = _fields(line, delimiter)
        if len(cells) != width:
            at_end = number == len(lines) and (unterminated or raw.cut)
            text = (
                "the file is cut in mid-line"
                if at_end
                else f"has {len(cells)} fields where this layout has {width}"
            )
            raw.issues.each("fields", f"line {number}", f"{text}; the line is not taken")
            continue
        out.append((number, cells))
    if out and unterminated and out[-1][0] == len(lines):
        raw.issues.note(f"line {len(lines)}", "the file ends without a line end; its very last value may have lost digits")  # fmt: skip
    columns = [list(c) for c in zip(*(cells for _, cells in out), strict=True)]
    empty_padded(columns, [n for n, _ in out], [str(j + 1) for j in range(width)], raw.issues)
    texts = [[c.strip(" \t\u3000") for c in column] for column in columns]
    return [(n, list(cells)) for (n, _), cells in zip(out, zip(*texts, strict=True), strict=True)]


def _headed(raw: RawFile) -> tuple[_Plan, list[tuple[int, list[str]]]]:
    """Plan of a file with a header, after the header was judged."""
    lines = raw.data.decode().split("\n")
    at = next(i for i, line in enumerate(lines) if line.strip())
    delimiter = _delimiter(lines[at])
    heads = _cells(lines[at], delimiter)
    widths = Counter(line.count(delimiter) + 1 for line in lines[at + 1 :] if line.strip())
    if not widths:
        raise FileRejected(
            f"{raw.path}: line {at + 2}: a header without a line of data; fetch the file again."
        )
    width = widths.most_common(1)[0][0]
    rows = _lines(raw, width, delimiter, at + 1)
    columns = tuple(zip(*(cells for _, cells in rows), strict=True))
    verdict = city_header.judge(heads, columns)
    if verdict.layout is None:
        raise FileRejected(
            f"{raw.path}: line {at + 1}: {verdict.text}; correct the header, or name the columns in a column map."
        )
    roles = verdict.layout.roles
    if verdict.text:
        (raw.issues.lost if verdict.lost else raw.issues.note)(f"line {at + 1}", verdict.text)
    units = {found[0]: found[1] for h in heads if (found := pollutant_of(h))}
    places = {r: (i, units.get(r, "")) for i, r in enumerate(roles) if r in POLLUTANTS}
    absent = [p for p in POLLUTANTS if p not in places]
    if absent and not verdict.lost:
        raw.issues.note(f"line {at + 1}", f"no column of {', '.join(absent)}")
    city = roles.index("city") if "city" in roles else None
    return _Plan(width, delimiter, roles.index("date"), city, places, at + 1), rows


def _headerless(raw: RawFile) -> tuple[_Plan, list[tuple[int, list[str]]], str]:
    lines = _head(raw)
    first = next((line for line in lines[:5] if layout_of(line)), None)
    layout = layout_of(first) if first is not None else None
    if first is None or layout is None:
        raise FileRejected(
            f"{raw.path}: line 1: neither of the two daily city layouts; see docs/ingest.md for them."
        )
    count, _, where = _LAYOUTS[layout]
    delimiter = _delimiter(first)
    plan = _Plan(
        count, delimiter, 1, 0 if layout == "aqistudy" else None, {n: (j, "") for n, j in where.items()}, 0
    )
    return plan, _lines(raw, count, delimiter, 0), layout


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a daily city file.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Cities to take.

    Returns
    -------
    Parsed
        Daily; the "station" is the city.

    Raises
    ------
    FileRejected
        If no line fits the layout, or a header contradicts its columns and no single other order fits.
    """
    lines = _head(raw)
    if lines and _is_header(lines[0]) and not any(layout_of(line) for line in lines[:1]):
        plan, rows = _headed(raw)
        layout = "daily city values"
    else:
        plan, rows, layout = _headerless(raw)
        layout = f"{layout} daily"
    cities, days, numbers, kept = [], [], [], []
    for number, cells in rows:
        where = f"line {number}"
        day = parse_date(cells[plan.date])
        city = raw.stem if plan.city is None else cells[plan.city]
        if day is None:
            raw.issues.each(
                "date", where, f"the date {cells[plan.date][:20]} does not exist; the line is not taken"
            )
        elif stations is None or city in stations:
            cities.append(city)
            days.append(day)
            numbers.append(number)
            kept.append(cells)
    if not kept:
        raise FileRejected(f"{raw.path}: no line could be taken; check the file.")
    values = {
        name: convert(_column(kept, j, name, numbers, raw.issues), name, unit, raw, name)
        for name, (j, unit) in plan.pollutants.items()
    }
    who, when, at = np.array(cities, object), np.array(days, "datetime64[ns]"), np.array(numbers, np.int64)
    good = readable(who, np.ones(len(who), bool), at, raw.issues)
    good[good] = drop_strays(who[good], when[good], at[good], raw.issues)
    if not good.any():
        raise FileRejected(f"{raw.path}: no line has a readable city; check the file.")
    block = dense(who[good], when[good], {n: v[good] for n, v in values.items()}, at[good], raw.issues, zero_is_missing=True)  # fmt: skip
    _gaps(block.time, len(block.stations), raw.issues)
    shown = ", ".join(block.stations[:3]) + (" …" if len(block.stations) > 3 else "")
    raw.issues.note("", f"recognised as {layout} of {shown}; o3 is the daily maximum 8-hour mean; AQI, level and rank are not stored")  # fmt: skip
    about: dict[str, dict[str, Any]] = {c: {"name_zh": c, "place": place_of(c), "network": "city"} for c in block.stations}  # fmt: skip
    return Parsed(raw, NAME, "daily", block, raw.issues.summarised(), about)


def _column(rows: list[list[str]], j: int, name: str, numbers: list[int], issues: Issues) -> np.ndarray:
    out = np.full(len(rows), np.nan)
    for i, cells in enumerate(rows):
        value = parse_number(cells[j])
        if value is None:
            issues.each("text", f"line {numbers[i]} column {j + 1} ({name})", f"'{cells[j][:40]}' is not a number; the value is taken as missing")  # fmt: skip
        else:
            out[i] = value
    return out


def _gaps(days: np.ndarray, cities: int, issues: Issues) -> None:
    """Say how many days are absent between the first and the last."""
    span = int((days[-1] - days[0]) / np.timedelta64(1, "D")) + 1
    if len(days) < span and cities == 1:
        issues.note("", f"{span - len(days):,} of {span:,} days are absent")

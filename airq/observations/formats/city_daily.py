"""Daily city files without a header, as two Chinese sites give them.

``aqistudy``: city, date, AQI, range, level, PM2.5, PM10, SO2, CO, NO2, O3 (MDA8), rank. Zeros hide missing values,
and its AQI is a mean of hourly indices, not the daily index of HJ 633; it is not stored.
``tianqihoubao``: row, date, level, AQI, rank, PM2.5, PM10, SO2, NO2, CO, O3; the city is the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import numpy as np

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import Parsed, parse_date, parse_number
from airq.observations.formats.rows import dense

__all__ = ["NAME", "layout_of", "parse", "recognise"]

NAME: Final = "city-daily"

_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}")
_LEVELS: Final = ("优", "良", "轻度污染", "中度污染", "重度污染", "严重污染", "无", "")
_LAYOUTS: Final = {
    # fields, column of the level, columns of the pollutants
    "aqistudy": (12, 4, {"pm25": 5, "pm10": 6, "so2": 7, "co": 8, "no2": 9, "o3": 10}),
    "tianqihoubao": (11, 2, {"pm25": 5, "pm10": 6, "so2": 7, "no2": 8, "co": 9, "o3": 10}),
}


def layout_of(line: str) -> str | None:
    """Name of the layout of a line, or None.

    Examples
    --------
    >>> layout_of("昌吉州,2014-12-31,254,206~325,重度污染,200.8,334.4,132.1,4.433,89.7,59,551")
    'aqistudy'
    >>> layout_of("0,2019-12-01,重度污染,237,364,187,223,8,58,2.23,18")
    'tianqihoubao'
    """
    cells = [c.strip() for c in line.split(",")]
    if len(cells) < 3 or not _DATE.fullmatch(cells[1]):
        return None
    for name, (count, level, _) in _LAYOUTS.items():
        named = not cells[0].isdigit() if name == "aqistudy" else cells[0].isdigit()
        if len(cells) == count and cells[level] in _LEVELS and named and cells[0]:
            return name
    return None


def recognise(raw: RawFile) -> bool:
    """Whether one of the first lines has one of the two layouts."""
    return raw.kind == "text" and any(
        layout_of(line) for line in raw.data[:4000].decode(errors="replace").split("\n")[:5]
    )


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a headerless daily city file.

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
        If no line fits the layout.
    """
    lines = raw.data.decode().split("\n")
    layout = next((found for line in lines[:5] if (found := layout_of(line))), None)
    if layout is None:
        raise FileRejected(
            f"{raw.path}: line 1: neither of the two daily city layouts; see docs/ingest.md for them."
        )
    count, _, places = _LAYOUTS[layout]
    cities, days, numbers = [], [], []
    rows: list[list[float]] = []
    unterminated = bool(lines[-1].strip())
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"line {number}"
        cells = [c.strip() for c in line.split(",")]
        if len(cells) != count:
            at_end = number == len(lines) and (unterminated or raw.cut)
            text = (
                "the file is cut in mid-line"
                if at_end
                else f"has {len(cells)} fields where this layout has {count}"
            )
            raw.issues.each("fields", where, f"{text}; the line is not taken")
            continue
        day = parse_date(cells[1])
        if day is None:
            raw.issues.each("date", where, f"the date {cells[1][:20]} does not exist; the line is not taken")
            continue
        city = cells[0] if layout == "aqistudy" else raw.stem
        if stations is not None and city not in stations:
            continue
        values = []
        for name, column in places.items():
            value = parse_number(cells[column])
            if value is None:
                raw.issues.each(
                    "text",
                    f"{where} column {column + 1} ({name})",
                    f"'{cells[column][:40]}' is not a number; the value is taken as missing",
                )
            values.append(np.nan if value is None else value)
        cities.append(city)
        days.append(day)
        numbers.append(number)
        rows.append(values)
    if not rows:
        raise FileRejected(f"{raw.path}: no line could be taken; check the file.")
    table = np.array(rows, float)
    block = dense(
        np.array(cities, object),
        np.array(days, "datetime64[ns]"),
        {name: table[:, j] for j, name in enumerate(places)},
        np.array(numbers, np.int64),
        raw.issues,
        zero_is_missing=True,
    )
    raw.issues.note(
        "",
        f"recognised as {layout} daily; o3 is the daily maximum 8-hour mean; AQI, level and rank are not stored",
    )
    return Parsed(raw, NAME, "daily", block, raw.issues.summarised())

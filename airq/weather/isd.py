"""ISD-Lite: hourly reports of weather stations, one fixed-width file a station and year.

Source: NOAA NCEI, ISD-Lite format document, 20 June 2006. Times are UTC, an observation within ten minutes before
the full hour; the third element is pressure reduced to **sea level**.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from airq.errors import FileRejected
from airq.weather.files import RawFile
from airq.weather.series import BEIJING, SEA_LEVEL, Point, Series

__all__ = ["looks_like", "parse", "station_history"]

_ROW: Final = re.compile(r"\d{4}(?:\s+\d{1,2}){3}(?:\s+-?\d+){8}\s*")
_STARTS: Final = (0, 5, 8, 11, 13, 19, 25, 31, 37, 43, 49, 55, 61)
_MISSING: Final = -9999
_TRACE: Final = -1
_NAME: Final = re.compile(r"([0-9A-Z]\d{5})-(\d{5})-\d{4}")
HISTORY: Final = "isd-history.csv"


def looks_like(raw: RawFile) -> bool:
    """Whether the first line has the twelve fields of ISD-Lite."""
    if raw.kind != "text":
        return False
    line = raw.data[:400].decode("utf-8", "replace").splitlines()[0]
    return _ROW.fullmatch(line) is not None


def _fields(line: str) -> list[int] | None:
    """Twelve whole numbers of a line, by position if it has the documented width."""
    if len(line.rstrip()) == _STARTS[-1] or (len(line) >= _STARTS[-1] and not line[_STARTS[-1] :].strip()):
        cells = [line[a:b] for a, b in itertools.pairwise(_STARTS)]
    else:
        cells = line.split()
    try:
        numbers = [int(c) if c.strip() else _MISSING for c in cells]
    except ValueError:
        return None
    return numbers if len(numbers) == 12 else None


def _hour(numbers: list[int]) -> np.datetime64 | None:
    year, month, day, hour = numbers[:4]
    if not (1900 <= year <= 2200 and 0 <= hour <= 23):
        return None
    try:
        return np.datetime64(f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}", "ns")
    except ValueError:
        return None


def parse(raw: RawFile, point: Point) -> list[Series]:
    """Read an ISD-Lite file.

    Parameters
    ----------
    raw : RawFile
    point : Point
        What is known of the station; what it lacks is taken from the file's name and from ``isd-history.csv``
        beside the file or in a folder above it.

    Returns
    -------
    list of Series
        One. Sea-level pressure stays apart until the elevation is known.

    Raises
    ------
    FileRejected
        If no line can be used.
    """
    hours: list[np.datetime64] = []
    rows: list[list[int]] = []
    bad: list[int] = []
    for number, line in enumerate(raw.data.decode("utf-8", "replace").split("\n"), 1):
        if not line.strip():
            continue
        numbers = _fields(line)
        hour = _hour(numbers) if numbers else None
        if numbers is None or hour is None:
            bad.append(number)
            continue
        hours.append(hour)
        rows.append(numbers[4:])
    if not rows:
        raise FileRejected(f"{raw.path}: no line has the twelve fields of ISD-Lite; check the format.")
    issues = list(raw.issues)
    if bad:
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        issues.append(f"line {bad[0]}: no ISD-Lite record; the line is not taken{more}")
    values, notes = _values(np.array(rows, dtype=np.float64))
    return [
        Series(
            _describe(raw.path, point),
            np.array([h + BEIJING for h in hours], "datetime64[ns]"),
            values,
            {"kind": "observation"},
            (*issues, *notes),
        )
    ]


def _values(table: np.ndarray) -> tuple[dict[str, np.ndarray], list[str]]:
    table = np.where(table == _MISSING, np.nan, table)
    speed, direction = table[:, 4] / 10.0, table[:, 3]
    # Direction 0 stands for calm in this format, so without a speed it says nothing.
    direction = np.where((direction == 0) & np.isnan(speed), np.nan, direction)
    values = {
        "temperature": table[:, 0] / 10.0,
        "dew_point": table[:, 1] / 10.0,
        SEA_LEVEL: table[:, 2] / 10.0,
        "wind_speed": speed,
        "wind_direction": direction,
    }
    notes = []
    for column, name in ((6, "precipitation"), (7, "precipitation_6h")):
        amount = table[:, column]
        if np.isfinite(amount).any():
            values[name] = np.where(amount == _TRACE, 0.0, amount / 10.0)
    if "precipitation_6h" in values and "precipitation" not in values:
        notes.append("precipitation is reported for 6 hours only; it stands in precipitation_6h")
    return {n: v for n, v in values.items() if n != SEA_LEVEL or np.isfinite(v).any()}, notes


def _describe(path: Path, point: Point) -> Point:
    """Fill in code, name, position and elevation from the file's name and the station history."""
    found = _NAME.search(path.name)
    if not found:
        return point if point.station else replace(point, station=path.name.split(".")[0])
    code = f"{found[1]}-{found[2]}"
    about = station_history(path, code)
    return replace(
        point,
        station=point.station or code,
        name_en=about.name_en or point.name_en,
        lat=about.lat if about.lat is not None else point.lat,
        lon=about.lon if about.lon is not None else point.lon,
        elevation=point.elevation if point.elevation is not None else about.elevation,
    )


def station_history(path: Path, code: str) -> Point:
    """Name, position and elevation of an ISD station.

    Parameters
    ----------
    path : pathlib.Path
        A data file; ``isd-history.csv`` is looked for in its folder and two folders above.
    code : str
        ``USAF-WBAN``.

    Returns
    -------
    Point
        Empty where the list or the station is not there.
    """
    for folder in list(path.resolve().parents)[:3]:
        history = folder / HISTORY
        if not history.is_file():
            continue
        text = history.read_text(encoding="utf-8", errors="replace")
        for row in csv.DictReader(io.StringIO(text)):
            if f"{row.get('USAF', '')}-{row.get('WBAN', '')}" == code:
                return Point(
                    station=code,
                    name_en=(row.get("STATION NAME") or "").title(),
                    lat=_number(row.get("LAT")),
                    lon=_number(row.get("LON")),
                    elevation=_number(row.get("ELEV(M)")),
                )
    return Point()


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if -998 < value < 9000 else None  # -999 stands for not known

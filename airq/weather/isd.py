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
import numpy.typing as npt

from airq.errors import FileRejected
from airq.weather.files import RawFile
from airq.weather.series import BEIJING, SEA_LEVEL, Lost, Point, Series

__all__ = ["code_of", "looks_like", "parse", "station_history"]

_ROW: Final = re.compile(r"\d{4}(?:\s+\d{1,2}){3}(?:\s+-?\d+){8}\s*")
_STARTS: Final = (0, 5, 8, 11, 13, 19, 25, 31, 37, 43, 49, 55, 61)
_MISSING: Final = -9999
_TRACE: Final = -1
_NAME: Final = re.compile(r"([0-9A-Z]\d{5})-(\d{5})-(\d{4})")
_WHOLE: Final = re.compile(r" *-?\d{1,5}")
HISTORY: Final = "isd-history.csv"


def code_of(path: Path) -> tuple[str, int] | None:
    """``USAF-WBAN`` and year that a file's name states, or None.

    Examples
    --------
    >>> code_of(Path("2019/514630-99999-2019.gz")), code_of(Path("urumqi.txt"))
    (('514630-99999', 2019), None)
    """
    found = _NAME.search(path.name)
    return (f"{found[1]}-{found[2]}", int(found[3])) if found else None


def looks_like(raw: RawFile) -> bool:
    """Whether one of the first lines has the twelve fields of ISD-Lite."""
    if raw.kind != "text":
        return False
    lines = raw.data[:2000].decode("utf-8", "replace").splitlines()[:3]
    return any(_ROW.fullmatch(line) is not None for line in lines)


def _of_width(line: str) -> bool:
    return len(line.rstrip()) == _STARTS[-1]


def _fields(line: str, by_position: bool) -> list[int] | None:
    """Twelve whole numbers of a line; by position where the file has the documented width."""
    if by_position and not _of_width(line):
        return None  # a letter more or less moves every field behind it
    cells = [line[a:b] for a, b in itertools.pairwise(_STARTS)] if by_position else line.split()
    if len(cells) != 12 or not all(_WHOLE.fullmatch(c) for c in (c.rstrip(" ") for c in cells)):
        return None
    return [int(c) for c in cells]


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
    lines = raw.data.decode("utf-8", "replace").split("\n")
    filled = [line for line in lines if line.strip()]
    by_position = sum(map(_of_width, filled)) > 0.8 * len(filled)
    hours: list[np.datetime64] = []
    rows: list[list[int]] = []
    numbers_of: list[int] = []
    bad: list[int] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        numbers = _fields(line, by_position)
        hour = _hour(numbers) if numbers else None
        if numbers is None or hour is None:
            bad.append(number)
            continue
        hours.append(hour)
        rows.append(numbers[4:])
        numbers_of.append(number)
    if not rows:
        raise FileRejected(f"{raw.path}: no line has the twelve fields of ISD-Lite; check the format.")
    issues = [*raw.issues, *_named(bad, "no ISD-Lite record")]
    time = np.array(hours, "datetime64[ns]")
    keep, notes = _in_order(raw.path, time, numbers_of)
    values, more = _values(np.array(rows, dtype=np.float64)[keep])
    found = (*issues, *notes, *more)
    ends = np.asarray(time[keep] + BEIJING, "datetime64[ns]")
    return [Series(_describe(raw.path, point), ends, values, {"kind": "observation"}, found)]


def _named(lines: list[int], what: str) -> list[str]:
    """One clause for lines that are not taken."""
    if not lines:
        return []
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return [Lost(f"line {lines[0]}: {what}; the line is not taken{more}")]


def _in_order(
    path: Path, time: npt.NDArray[np.datetime64], lines: list[int]
) -> tuple[npt.NDArray[np.bool_], list[str]]:
    """Lines whose time can be right: of the year in the file's name, and between their neighbours' times.

    A file of this format holds one year by UTC in order, so a line that leaves the order has a damaged date.
    """
    keep = np.ones(len(time), bool)
    issues: list[str] = []
    if (named := code_of(path)) is not None:
        own = time.astype("datetime64[Y]").astype(int) + 1970 == named[1]
        if own.mean() > 0.5:
            keep = own
            issues = _named([lines[i] for i in np.flatnonzero(~own)], "not of the year in the file's name")
        else:
            issues = [f"the file's name says {named[1]}, but most lines are of another year"]
    rows = np.flatnonzero(keep)
    t = time[rows]
    if len(rows) >= 3 and (np.diff(t) < np.timedelta64(0)).sum() <= 0.05 * len(rows):
        before, here, after = t[:-2], t[1:-1], t[2:]
        stray = rows[1:-1][(before <= after) & ((here < before) | (here > after))]
        keep[stray] = False
        issues += _named([lines[i] for i in stray], "its time leaves the order of the file")
    return keep, issues


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
    found = code_of(path)
    if found is None:
        return point if point.station else replace(point, station=path.name.split(".")[0])
    code = found[0]
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

"""What every format reader returns, and the small tools they share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.observations.files import RawFile
from airq.observations.issues import Issue

__all__ = ["MISSING", "SENTINELS", "Block", "Parsed", "parse_date", "parse_number", "pollutant_of"]

MISSING: Final = ("", "-", "--", "—", "&mdash;", "-;", "na", "n/a", "nan", "null", "none", "/", "无", "缺测")
"""Cell texts that mean "no value" (lower case)."""

SENTINELS: Final = (-9999.0, -999.0, -99.0, 9999.0, 99999.0)
"""Numbers by which sources say "no value"; stored as missing with the flag ``sentinel``."""

_NAMES: Final = {
    "pm25": ("pm2.5", "pm2_5", "pm25", "pm2,5", "细颗粒物", "pm₂.₅"),
    "pm10": ("pm10", "可吸入颗粒物", "pm₁₀"),
    "so2": ("so2", "二氧化硫", "so₂"),
    "no2": ("no2", "二氧化氮", "no₂"),
    "co": ("co", "一氧化碳"),
    "o3": ("o3", "ozone", "臭氧", "o₃", "o3_1h", "o3(1h)", "臭氧1小时"),
    "temperature": ("temperature", "temp", "气温", "温度"),
    "dew_point": ("dew_point", "dewp", "dewpoint", "露点"),
    "relative_humidity": ("relative_humidity", "rh", "humidity", "相对湿度", "湿度"),
    "pressure": ("pressure", "pres", "气压"),
    "wind_speed": ("wind_speed", "ws", "wspm", "风速"),
    "wind_direction": ("wind_direction", "风向"),
    "precipitation": ("precipitation", "rain", "降水", "降水量"),
    "mixing_height": ("mixing_height", "blh", "混合层高度"),
    "radiation": ("radiation", "辐射"),
}
_LOOKUP: Final = {alias: name for name, aliases in _NAMES.items() for alias in aliases}
_DAY = re.compile(
    r"\s*(?:(\d{4})(\d\d)(\d\d)|(\d{4})([-/.年])(\d{1,2})(?:\5|月)(\d{1,2})日?)(?:[ T]0?0:00(?::00(?:\.0+)?)?)?\s*"
)
_UNIT = re.compile(r"^(?P<name>.*?)\s*[\(（\[]\s*(?P<unit>[^\)）\]]+)\s*[\)）\]]\s*$")


@dataclass(frozen=True)
class Block:
    """Values of a file as dense arrays.

    Attributes
    ----------
    stations : list of str
        Codes or names as they stand in the file.
    time : datetime64[ns] array, shape (time,)
        Sorted, unique ends of hours in Beijing time, or days at midnight for daily files.
    values : dict of str to float32 array, shape (station, time)
    flags : dict of str to uint16 array, shape (station, time)
        Bits that only the reader can know: conflict, sentinel.
    """

    stations: list[str]
    time: npt.NDArray[np.datetime64]
    values: dict[str, npt.NDArray[np.float32]]
    flags: dict[str, npt.NDArray[np.uint16]]


@dataclass(frozen=True)
class Parsed:
    """Result of reading one file.

    Attributes
    ----------
    raw : RawFile
    format : str
        Name of the recognised layout.
    frequency : {"hourly", "daily"}
    block : Block
    issues : list of Issue
        Everything found, like ones counted.
    """

    raw: RawFile
    format: str
    frequency: str
    block: Block
    issues: list[Issue]

    @property
    def complete(self) -> bool:
        """Whether everything in the file was taken."""
        return all(i.severity == "note" for i in self.issues)


def pollutant_of(heading: str) -> tuple[str, str] | None:
    """Variable and stated unit of a column heading, or None.

    Examples
    --------
    >>> pollutant_of("PM2.5(μg/m³)"), pollutant_of("CO mg/m3"), pollutant_of("AQI"), pollutant_of("PM2.5_24h")
    (('pm25', 'μg/m³'), ('co', 'mg/m3'), None, None)
    """
    text = heading.strip()
    unit = ""
    if text.lower() not in _LOOKUP and (found := _UNIT.match(text)):
        text, unit = found["name"].strip(), found["unit"].strip()
    elif text.lower() not in _LOOKUP and " " in text:
        text, unit = text.rsplit(" ", 1)
    name = _LOOKUP.get(text.strip().lower())
    return (name, unit) if name else None


def parse_number(text: str) -> float | None:
    """Number in a cell; NaN for a missing mark, None for text that is no number.

    Examples
    --------
    >>> parse_number("12.5"), parse_number("—"), parse_number("abc"), parse_number("inf")
    (12.5, nan, None, None)
    """
    cell = text.strip().strip('"').strip()
    if cell.lower() in MISSING:
        return float("nan")
    try:
        value = float(cell) if "_" not in cell else None
    except ValueError:
        return None
    return value if value is not None and np.isfinite(value) else None


def parse_date(text: str) -> np.datetime64 | None:
    """Calendar day of ``20190101``, ``2019-01-01``, ``2019/1/1`` or ``2019年1月1日``; None if it does not exist.

    Examples
    --------
    >>> str(parse_date("2019/2/3"))[:10], parse_date("20190230") is None
    ('2019-02-03', True)
    """
    found = _DAY.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(g) for g in found.groups() if g and g.isdigit())
    try:
        stamp = pd.Timestamp(year=year, month=month, day=day)
    except ValueError:
        return None
    return stamp.to_datetime64().astype("datetime64[ns]") if 1970 <= year <= 2200 else None


def sentinel_mask(
    values: npt.NDArray[np.floating], sentinels: Iterable[float] = SENTINELS
) -> npt.NDArray[np.bool_]:
    """Where a number stands for "no value".

    Examples
    --------
    >>> sentinel_mask(np.array([1.0, -999.0])).tolist()
    [False, True]
    """
    return np.isin(values, np.array(list(sentinels), dtype=values.dtype))

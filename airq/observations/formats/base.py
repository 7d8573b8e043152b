"""What every format reader returns, and the small tools they share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places, units
from airq.errors import FileRejected, UnitError
from airq.observations.files import RawFile
from airq.observations.issues import Issue
from airq.variables import POLLUTANTS

__all__ = [
    "CNEMC",
    "CODE",
    "CO_LIMIT",
    "MISSING",
    "PARTICLE_FLOOR",
    "SENTINELS",
    "Block",
    "Convention",
    "Parsed",
    "compass",
    "convert",
    "parse_date",
    "parse_number",
    "place_of",
    "pollutant_of",
    "sentinel_mask",
]

MISSING: Final = (
    "",
    "-",
    "--",
    "—",
    "——",
    "&mdash;",
    "-;",
    "na",
    "#n/a",
    "n/a",
    "nan",
    "null",
    "none",
    "/",
    "无",
    "缺测",
)
"""Cell texts that mean "no value" (lower case)."""

CO_LIMIT: Final = 60.0
"""Largest median of CO that can be mg/m³; above, the column must be µg/m³ (urban air stays below 60 mg/m³)."""

PARTICLE_FLOOR: Final = 1.5
"""Particles whose 99th percentile stays below this cannot be µg/m³; the column is probably mg/m³."""

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
    "wind_direction": ("wind_direction", "wd", "风向"),
    "precipitation": ("precipitation", "rain", "降水", "降水量"),
    "mixing_height": ("mixing_height", "blh", "混合层高度"),
    "radiation": ("radiation", "辐射"),
}
_LOOKUP: Final = {alias: name for name, aliases in _NAMES.items() for alias in aliases}
_DAY = re.compile(
    r"[ \t]*(?:(\d{4})(\d\d)(\d\d)|(\d{4})([-/.年])(\d{1,2})(?:\5|月)(\d{1,2})日?)(?:[ T]0?0:00(?::00(?:\.0+)?)?)?[ \t]*"
)
CODE = re.compile(r"\d{3,5}[A-Z]\d?")
"""Shape of a station code of the national network, such as 2691A."""

_LONGEST: Final = (
    60  # characters of a cell that may be a number, a date or a heading's worth: the patterns stay quick
)
_LARGEST: Final = 1e12  # no observation, and no code for a missing one, is larger
_BLANKS: Final = " \t\u00a0\u3000"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
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
    about : mapping of str to mapping
        What the file itself says of its stations: any of ``name_zh name_en place lat lon network``. A station
        table knows better; this fills what it leaves empty (:func:`airq.observations.formats.fill_stations`).
    """

    raw: RawFile
    format: str
    frequency: str
    block: Block
    issues: list[Issue]
    about: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everything in the file was taken."""
        return all(i.severity == "note" for i in self.issues)


@dataclass(frozen=True)
class Convention:
    """What the time stamps of a source mean, and how sure that is.

    Attributes
    ----------
    label : {"end", "start"}
        Which end of the averaging hour a stamp names.
    zone : str
        Offset of the stamps from UTC such as ``+08:00``, or ``stated`` where each stamp carries its own.
    mark : str
        Confidence: [P] primary text, [C] public copy, [B nn%] background, [M] measured on data.
    source : str
    """

    label: str
    zone: str
    mark: str
    source: str

    def sentence(self) -> str:
        """How the stamps are taken.

        Examples
        --------
        >>> Convention("start", "+00:00", "[C]", "the fact sheet").sentence()
        'time stamps are taken as starts of hours in UTC, stored as ends in Beijing time [C] (the fact sheet)'
        """
        where = {
            "+00:00": " in UTC",
            "+08:00": " in Beijing time",
            "stated": " with their stated offset",
        }.get(self.zone, f" at UTC{self.zone}")
        if self.label == "end" and self.zone == "+08:00":
            return f"time stamps are taken as ends of hours in Beijing time {self.mark} ({self.source})"
        return (
            f"time stamps are taken as {self.label}s of hours{where}, stored as ends in Beijing time "
            f"{self.mark} ({self.source})"
        )


_POINTS: Final = (
    "N",
    "NNE",
    "NE",
    "ENE",
    "E",
    "ESE",
    "SE",
    "SSE",
    "S",
    "SSW",
    "SW",
    "WSW",
    "W",
    "WNW",
    "NW",
    "NNW",
)
_COMPASS: Final = {name: 22.5 * i for i, name in enumerate(_POINTS)}


def compass(text: str) -> float | None:
    """Degrees of one of the 16 winds; NaN for a missing mark, None for anything else.

    Examples
    --------
    >>> compass("NNW"), compass("n"), compass("NA"), compass("NNN")
    (337.5, 0.0, nan, None)
    """
    if text.strip(_BLANKS).lower() in MISSING:
        return float("nan")
    return _COMPASS.get(text.upper())  # a blank beside it may have been a letter


def place_of(name: str) -> str:
    """Id of a place by its name with or without 市, 州, 地区; the name itself if it is not known.

    Examples
    --------
    >>> place_of("乌鲁木齐市"), place_of("昌吉州"), place_of("广州")
    ('urumqi', 'changji-prefecture', '广州')
    """
    text = name.strip()
    for candidate in (text, text.removesuffix("市"), f"{text}市", text.removesuffix("地区")):
        found = places.find(candidate) if candidate else None
        if found is not None:
            return found.id
    return text


_WEATHER_FACTORS: Final[dict[str, dict[str, tuple[float, float]]]] = {
    # value in canonical units = value * factor + offset
    "temperature": {"c": (1, 0), "degc": (1, 0), "°c": (1, 0), "℃": (1, 0), "摄氏度": (1, 0), "celsius": (1, 0), "f": (5 / 9, -160 / 9), "°f": (5 / 9, -160 / 9), "k": (1, -273.15)},
    "relative_humidity": {"%": (1, 0), "percent": (1, 0)},
    "pressure": {"hpa": (1, 0), "mb": (1, 0), "mbar": (1, 0), "millibar": (1, 0), "百帕": (1, 0), "pa": (0.01, 0), "kpa": (10, 0)},
    "wind_speed": {"m/s": (1, 0), "m s-1": (1, 0), "ms": (1, 0), "米/秒": (1, 0), "km/h": (1 / 3.6, 0), "knots": (0.514444, 0), "kt": (0.514444, 0)},
    "wind_direction": {"deg": (1, 0), "degree": (1, 0), "degrees": (1, 0), "°": (1, 0), "度": (1, 0)},
    "precipitation": {"mm": (1, 0), "millimeters": (1, 0), "毫米": (1, 0), "in": (25.4, 0)},
    "radiation": {"w/m2": (1, 0), "w m-2": (1, 0), "watts/m2": (1, 0)},
    "mixing_height": {"m": (1, 0), "km": (1000, 0)},
}  # fmt: skip
_WEATHER_FACTORS["dew_point"] = _WEATHER_FACTORS["temperature"]


def convert(
    values: npt.NDArray[np.float64], name: str, unit: str, raw: RawFile, heading: str
) -> npt.NDArray[np.float64]:
    """Values in the canonical unit of a variable, from the unit that the source states.

    Parameters
    ----------
    values : float array
        NaN where missing.
    name : str
        Variable.
    unit : str
        As stated; empty if the source states none.
    raw, heading
        For the sentence of a refusal.

    Returns
    -------
    float array

    Raises
    ------
    FileRejected
        A unit that is not known or does not belong to the variable; an unstated unit that cannot be canonical.
    """
    if name in POLLUTANTS:
        if unit:
            try:
                return _scaled(values, units.factor(name, unit), 0.0)
            except UnitError as error:
                raise FileRejected(f"{raw.path}: column '{heading}': {error}") from error
        middle = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
        if name == "co" and middle > CO_LIMIT:
            raise FileRejected(
                f"{raw.path}: column '{heading}': CO with a median of {middle:g} cannot be mg/m³; state the unit, such as CO(µg/m³) in the heading or units: {{co: µg/m3}} in a column map."
            )
        present = values[np.isfinite(values)]
        if name in ("pm25", "pm10") and present.size >= 24 and np.quantile(present, 0.99) < PARTICLE_FLOOR:
            raise FileRejected(
                f"{raw.path}: column '{heading}': {name} that stays below {PARTICLE_FLOOR:g} cannot be µg/m³; state the unit, such as {heading}(mg/m³)."
            )
        return values
    if not unit:
        return values
    known = _WEATHER_FACTORS.get(name, {})
    text = " ".join(unit.strip().lower().split()).replace("²", "2").replace("^", "")
    pair = known.get(text)
    if pair is None:
        raise FileRejected(
            f"{raw.path}: column '{heading}': the unit '{unit}' is not known for {name}; use {', '.join(list(known)[:6])}."
        )
    return _scaled(values, *pair)


CNEMC: Final = Convention("end", "+08:00", "[C]", "CNEMC feed, HeQinWill/CNEMC README")
"""Stamps of the national feed and of everything taken from it."""


def _scaled(values: npt.NDArray[np.float64], factor: float, offset: float) -> npt.NDArray[np.float64]:
    """Scaled values; a code for "no value" stays what it is, whatever the unit."""
    return np.where(sentinel_mask(values), values, values * factor + offset)


def pollutant_of(heading: str) -> tuple[str, str] | None:
    """Variable and stated unit of a column heading, or None.

    Examples
    --------
    >>> pollutant_of("PM2.5(μg/m³)"), pollutant_of("CO mg/m3"), pollutant_of("AQI"), pollutant_of("PM2.5_24h")
    (('pm25', 'μg/m³'), ('co', 'mg/m3'), None, None)
    """
    text = heading.strip()
    if len(text) > 3 * _LONGEST:
        return None
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
    cell = text.strip(_BLANKS)
    if cell.lower() in MISSING:
        return float("nan")
    if len(cell) > _LONGEST or not _NUMBER.fullmatch(
        cell
    ):  # float() would also take underscores, "inf" and control characters
        return None
    value = float(cell)
    return value if abs(value) <= _LARGEST else None


def parse_date(text: str) -> np.datetime64 | None:
    """Calendar day of ``20190101``, ``2019-01-01``, ``2019/1/1`` or ``2019年1月1日``; None if it does not exist.

    Examples
    --------
    >>> str(parse_date("2019/2/3"))[:10], parse_date("20190230") is None
    ('2019-02-03', True)
    """
    found = _DAY.fullmatch(text) if len(text) <= _LONGEST else None
    if not found:
        return None
    year, month, day = (int(g) for g in found.groups() if g and g.isdecimal())
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

"""What every weather reader returns, and how it becomes the canonical Dataset."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.variables import FLAGS, WEATHER
from airq.weather import humidity, pressure, wind

__all__ = [
    "BEIJING",
    "SEA_LEVEL",
    "Block",
    "Lost",
    "Point",
    "Series",
    "beyond",
    "block",
    "merge",
    "to_dataset",
]

Array = npt.NDArray[np.float64]
BEIJING: Final = np.timedelta64(8, "h")
SEA_LEVEL: Final = "sea_level_pressure"
"""Extra variable of a reader; becomes ``pressure`` where the elevation is known."""
EXTRA: Final = {
    "precipitation_6h": {
        "units": "mm",
        "long_name": "precipitation of the past 6 hours",
        "cell_methods": "time: sum (interval: 6 hours)",
    }
}
_CODES: Final = (-9999.0, -999.9, -999.0, -99.9, 999.9, 9999.0, 9999.9, 99999.0, 32766.0, 32767.0, -32767.0)


class Lost(str):
    """A finding by which something in a file was not taken; a plain text costs nothing.

    Examples
    --------
    >>> isinstance(Lost("line 4: no record; the line is not taken"), str)
    True
    """

    __slots__ = ()


@dataclass(frozen=True)
class Point:
    """A place for which weather is wanted.

    Attributes
    ----------
    station : str
        Code in the Dataset; empty if the file is to name it.
    place, name_zh, name_en : str
    lat, lon : float or None
        Degrees.
    elevation : float or None
        m.
    """

    station: str = ""
    place: str = ""
    name_zh: str = ""
    name_en: str = ""
    lat: float | None = None
    lon: float | None = None
    elevation: float | None = None

    @property
    def located(self) -> bool:
        """Whether it has a position."""
        return self.lat is not None and self.lon is not None


@dataclass(frozen=True)
class Series:
    """Values of one station as read, in canonical units but not yet tested.

    Attributes
    ----------
    point : Point
        Position is that of the data where the source states it, else that asked for.
    time : datetime64[ns] array, shape (time,)
        Ends of hours, Beijing time; any order, repeats allowed.
    values : dict of str to float64 array, shape (time,)
    attrs : dict
        For the Dataset; ``distance_km`` between the point asked for and the data.
    issues : tuple of str
        Findings, one clause each; of the kind :class:`Lost` where something was not taken.
    """

    point: Point
    time: npt.NDArray[np.datetime64]
    values: dict[str, Array]
    attrs: dict[str, Any] = field(default_factory=dict)
    issues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A tested series: sorted, unique hours, with flags."""

    point: Point
    time: npt.NDArray[np.datetime64]
    values: dict[str, Array]
    flags: dict[str, npt.NDArray[np.uint16]]
    attrs: dict[str, Any]
    issues: tuple[str, ...]


def beyond(path: Path, series: Series) -> bool:
    """Whether the last hour with a value is later than the writing of the file, so that it cannot have been observed.

    Parameters
    ----------
    path : pathlib.Path
    series : Series
    """
    some = np.zeros(len(series.time), bool)
    for column in series.values.values():
        some |= np.isfinite(column)
    if not some.any():
        return False
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    return bool(series.time[some].max() - BEIJING > np.datetime64(written, "ns"))


@lru_cache(maxsize=1)
def _ranges() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("airq.weather").joinpath("tables/ranges.toml").read_text(encoding="utf-8"))


def _unique(series: Series) -> tuple[npt.NDArray[np.datetime64], dict[str, Array], dict[str, Any], int]:
    """Each hour once; an hour that stands twice with different values keeps neither."""
    time = series.time.astype("datetime64[ns]")
    hours, which = np.unique(time, return_inverse=True)
    if len(hours) == len(time):
        order = np.argsort(time)
        return hours, {n: v[order] for n, v in series.values.items()}, {}, 0
    values, clashes = {}, {}
    for name, column in series.values.items():
        grouped = pd.Series(column).groupby(which)
        low, high = grouped.min().to_numpy(), grouped.max().to_numpy()
        clash = high > low
        values[name] = np.where(clash, np.nan, low)
        clashes[name] = clash
    return hours, values, clashes, int(np.any(list(clashes.values()), axis=0).sum()) if clashes else 0


def block(series: Series) -> Block:
    """Test a series: repeated hours, codes for missing, impossible values, calm winds.

    Examples
    --------
    >>> hours = np.array(["2019-01-01T02", "2019-01-01T01"], "datetime64[ns]")
    >>> b = block(Series(Point("A"), hours, {"temperature": np.array([999.9, 71.0])}))
    >>> b.values["temperature"].tolist(), b.flags["temperature"].tolist()
    ([71.0, nan], [4, 256])
    """
    time, values, clashes, repeated = _unique(series)
    issues = list(series.issues)
    if repeated:
        issues.append(Lost(f"{repeated} hours stand twice with different values; neither is taken"))
    values, derived, notes = _derive(values, series.point)
    issues += notes
    flags = {}
    for name in [n for n in values if n in WEATHER]:
        column, bits = _test(name, values[name])
        if name in clashes:
            bits |= np.where(clashes[name], np.uint16(FLAGS["conflict"]), np.uint16(0))
        impossible = int(((bits & FLAGS["out_of_range"]) > 0).sum())
        if impossible:
            issues.append(f"{impossible} values of {name} are not possible; they carry the flag out_of_range")
        values[name], flags[name] = column, bits
    attrs = {**series.attrs, "derived": " ".join(derived)}
    return Block(series.point, time, values, flags, attrs, tuple(issues))


def _test(name: str, column: Array) -> tuple[Array, npt.NDArray[np.uint16]]:
    limits = _ranges()[name]
    with np.errstate(invalid="ignore"):
        outside = (column < limits["low"]) | (column > limits["high"])
        code = outside & (np.isin(np.round(column, 4), _CODES) | (np.abs(column) > 1e15))
        nil = (column < 0) & (column >= -limits.get("nil", 0.0))
    column = np.where(nil, 0.0, np.where(code, np.nan, column))
    bits = np.where(code, FLAGS["sentinel"], np.where(outside & ~nil, FLAGS["out_of_range"], 0))
    return column, bits.astype(np.uint16)


def _derive(values: dict[str, Array], point: Point) -> tuple[dict[str, Array], list[str], list[str]]:
    """Fill in what follows from what is there; a variable that the source holds is left alone."""
    out, derived = dict(values), []
    notes: list[str] = []
    sea_level = out.pop(SEA_LEVEL, None)
    if sea_level is not None and "pressure" not in out:
        if point.elevation is None:
            notes.append(
                Lost(
                    "holds pressure at sea level only and the elevation is not known, so pressure is left out; pass elevation=, or put isd-history.csv beside an ISD-Lite file"
                )
            )
        else:
            out["pressure"] = pressure.station_pressure(sea_level, point.elevation, out.get("temperature"))
            derived.append("pressure")
    if "relative_humidity" not in out and {"temperature", "dew_point"} <= out.keys():
        out["relative_humidity"] = humidity.relative_humidity(out["temperature"], out["dew_point"])
        derived.append("relative_humidity")
    elif "dew_point" not in out and {"temperature", "relative_humidity"} <= out.keys():
        out["dew_point"] = humidity.dew_point(out["temperature"], out["relative_humidity"])
        derived.append("dew_point")
    if {"wind_speed", "wind_direction"} <= out.keys():
        out["wind_direction"] = wind.normalise(out["wind_speed"], out["wind_direction"])
    return out, derived, notes


def merge(parts: Sequence[Block]) -> Block:
    """Join blocks of one station: the first finite value of an hour stays."""
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(n for p in parts for n in p.values))
    time = np.unique(np.concatenate([p.time for p in parts]))
    values = {n: np.full(len(time), np.nan) for n in names}
    flags = {n: np.zeros(len(time), np.uint16) for n in names if n in WEATHER}
    for part in reversed(parts):
        at = np.searchsorted(time, part.time)
        for name, column in part.values.items():
            use = np.isfinite(column) | ~np.isfinite(values[name][at])
            values[name][at[use]] = column[use]
            if name in part.flags:
                flags[name][at[use]] = part.flags[name][use]
    issues = tuple(dict.fromkeys(i for p in parts for i in p.issues))
    derived = " ".join(dict.fromkeys(d for p in parts for d in p.attrs.get("derived", "").split()))
    return replace(
        parts[0],
        time=time,
        values=values,
        flags=flags,
        issues=issues,
        attrs={**parts[0].attrs, "derived": derived},
    )


def to_dataset(blocks: Sequence[Block], attrs: Mapping[str, Any]) -> xr.Dataset:
    """Canonical Dataset of blocks, one a station.

    Returns
    -------
    xarray.Dataset
        With the coordinate ``elevation`` (m) and, where a grid was read, ``distance_km``, both by station.
    """
    time = np.unique(np.concatenate([b.time for b in blocks]))
    names = [n for n in (*WEATHER, *EXTRA) if any(n in b.values for b in blocks)]
    shape = (len(blocks), len(time))
    values = {n: np.full(shape, np.nan) for n in names}
    flags = {n: np.zeros(shape, np.uint16) for n in names if n in WEATHER}
    for i, part in enumerate(blocks):
        at = np.searchsorted(time, part.time)
        for name in part.values.keys() & set(names):
            values[name][i, at] = part.values[name]
            if name in flags:
                flags[name][i, at] = part.flags[name]
    rows = pd.DataFrame([vars(b.point) for b in blocks])
    ds = dataset.build(rows, time, {n: values[n] for n in names if n in WEATHER}, flags, attrs)
    for name in [n for n in EXTRA if n in names]:
        ds[name] = (("station", "time"), values[name].astype(np.float32), EXTRA[name])
    heights = np.array(
        [np.nan if b.point.elevation is None else b.point.elevation for b in blocks], np.float64
    )
    about = {"units": "m", "standard_name": "surface_altitude"}
    ds = ds.assign_coords(elevation=("station", heights, about))
    if any("distance_km" in b.attrs for b in blocks):
        away = np.array([b.attrs.get("distance_km", np.nan) for b in blocks], np.float64)
        told = {"units": "km", "long_name": "distance between the point asked for and the grid point"}
        ds = ds.assign_coords(distance_km=("station", away, told))
    return ds

"""Pressure and height: sea level to station, and whether a weather file belongs to a place.

Sources
-------
Standard atmosphere: ISO 2533 (ICAO Doc 7488), 1013.25 hPa and 288.15 K at sea level, 6.5 K per km.
Reduction between station and sea level: WMO-No. 8, chapter 3, hypsometric equation with the mean of the layer's
temperatures.

Examples
--------
>>> round(float(standard_pressure(830.0)), 1), round(float(standard_elevation(807.0)))
(917.4, 1879)
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq import dataset, places
from airq.errors import MissingData

__all__ = [
    "PressureCheck",
    "check_pressure",
    "place_elevation",
    "standard_elevation",
    "standard_pressure",
    "station_pressure",
]

Array = npt.NDArray[np.float64]
_P0: Final = 1013.25
_T0: Final = 288.15
_LAPSE: Final = 0.0065
_EXPONENT: Final = 9.80665 / (287.05287 * 0.0065)
_GRAVITY_OVER_GAS: Final = 9.80665 / 287.05287

TOLERANCE: Final = 30.0
"""hPa by which the mean of ten days or more may differ from the standard atmosphere: the monthly mean at sea level
stays within about 25 hPa of 1013 everywhere on land (1035 hPa in the Siberian high)."""
SHORT_TOLERANCE: Final = 50.0
"""The same for shorter records, in which a single high or low counts."""


def standard_pressure(elevation: npt.ArrayLike) -> Array:
    """Pressure of the standard atmosphere.

    Parameters
    ----------
    elevation : array_like
        m above sea level, below 11 km.

    Returns
    -------
    float64 array
        hPa.

    Examples
    --------
    >>> standard_pressure([0.0, 1000.0]).round(2).tolist()
    [1013.25, 898.75]
    """
    h = np.asarray(elevation, dtype=np.float64)
    return np.asarray(_P0 * (1.0 - _LAPSE * h / _T0) ** _EXPONENT)


def standard_elevation(pressure: npt.ArrayLike) -> Array:
    """Height at which the standard atmosphere has a pressure.

    Parameters
    ----------
    pressure : array_like
        hPa.

    Returns
    -------
    float64 array
        m.

    Examples
    --------
    >>> standard_elevation([1013.25, 898.75]).round(0).tolist()
    [0.0, 1000.0]
    """
    p = np.asarray(pressure, dtype=np.float64)
    return np.asarray(_T0 / _LAPSE * (1.0 - (p / _P0) ** (1.0 / _EXPONENT)))


def station_pressure(
    sea_level: npt.ArrayLike, elevation: float, temperature: npt.ArrayLike | None = None
) -> Array:
    """Station pressure from pressure reduced to sea level.

    Parameters
    ----------
    sea_level : array_like
        hPa.
    elevation : float
        m.
    temperature : array_like, optional
        °C at the station, same shape; the standard atmosphere where missing.

    Returns
    -------
    float64 array
        hPa.

    Examples
    --------
    >>> station_pressure([1013.25, 1035.0], 935.0, [8.9225, -15.0]).round(1).tolist()
    [905.9, 915.9]
    """
    p = np.asarray(sea_level, dtype=np.float64)
    t = np.full(p.shape, np.nan) if temperature is None else np.asarray(temperature, dtype=np.float64)
    kelvin = np.where(np.isnan(t), _T0 - _LAPSE * elevation, t + 273.15)
    return p * np.exp(-_GRAVITY_OVER_GAS * elevation / (kelvin + _LAPSE * elevation / 2))


@lru_cache(maxsize=1)
def _elevations() -> dict[str, dict[str, Any]]:
    text = files("airq.weather").joinpath("tables/elevations.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def place_elevation(place: str) -> float | None:
    """Rough elevation of a place, m, or None where the table has none.

    Examples
    --------
    >>> place_elevation("玛纳斯县"), place_elevation("changji-prefecture")
    (471.0, None)
    """
    found = places.find(place)
    row = _elevations().get(found.id if found else place)
    return float(row["elevation"]) if row else None


@dataclass(frozen=True)
class PressureCheck:
    """Whether the pressure of a station fits the elevation it is said to have.

    Attributes
    ----------
    station : str
    median : float
        hPa over the record.
    elevation, expected : float
        Stated elevation (m) and its pressure in the standard atmosphere (hPa).
    implied_elevation : float
        m, from the median pressure.
    hours : int
        Values used.
    tolerance : float
        hPa.
    belongs : bool
        Whether the difference stays within the tolerance.
    sentence : str
        Empty if it does.
    """

    station: str
    median: float
    elevation: float
    expected: float
    implied_elevation: float
    hours: int
    tolerance: float
    belongs: bool
    sentence: str


def check_pressure(
    ds: xr.Dataset,
    elevation: float | Mapping[str, float] | None = None,
    tolerance: float | None = None,
) -> tuple[PressureCheck, ...]:
    """Compare station pressure with elevation; a file from a mountain or at sea level shows up.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, with ``pressure`` in hPa.
    elevation : float or mapping of station to float, optional
        m. If not given: the table's elevation of each station's ``place``.
    tolerance : float, optional
        hPa; 30 for records of ten days or more, 50 for shorter ones.

    Returns
    -------
    tuple of PressureCheck
        One for each station with pressure and a known elevation.

    Raises
    ------
    MissingData
        If the Dataset has no pressure.

    Examples
    --------
    >>> import pandas as pd
    >>> stations = pd.DataFrame({"station": ["A"], "place": ["urumqi"]})
    >>> hours = pd.date_range("2014-01-01 01:00", periods=240, freq="h")
    >>> ds = dataset.build(stations, hours, {"pressure": np.full((1, 240), 807.0)})
    >>> [(c.belongs, round(c.implied_elevation, -2)) for c in check_pressure(ds)]
    [(False, 1900.0)]
    """
    if "pressure" not in ds:
        raise MissingData("the Dataset has no variable 'pressure'; read a weather file that holds it.")
    dataset.require(ds, "pressure")
    found = []
    for code in ds["station"].values.tolist():
        one = ds.sel(station=code)
        height = _stated(code, one, elevation)
        values = one["pressure"].values.astype(np.float64)
        values = values[np.isfinite(values)]
        if height is not None and values.size:
            found.append(_check(str(code), values, one["time"].values, height, tolerance))
    return tuple(found)


def _stated(code: str, one: xr.Dataset, elevation: float | Mapping[str, float] | None) -> float | None:
    if isinstance(elevation, Mapping):
        value = elevation.get(code)
        return None if value is None else float(value)
    if elevation is not None:
        return float(elevation)
    place = str(one["place"].item()) if "place" in one.coords else ""
    return place_elevation(place) if place else None


def _check(
    code: str, values: Array, time: npt.NDArray[np.datetime64], height: float, tolerance: float | None
) -> PressureCheck:
    median = float(np.median(values))
    expected = float(standard_pressure(height))
    implied = float(standard_elevation(median))
    span = (time.max() - time.min()) / np.timedelta64(1, "D")
    allowed = tolerance if tolerance is not None else TOLERANCE if span >= 9.0 else SHORT_TOLERANCE
    belongs = abs(median - expected) <= allowed
    sentence = ""
    if not belongs:
        what = (
            "it looks like pressure reduced to sea level, take station pressure"
            if abs(median - _P0) <= TOLERANCE
            else f"the data come from about {implied:.0f} m, use a file of the place itself"
        )
        sentence = f"station {code}: median pressure {median:.0f} hPa, but {expected:.0f} hPa is usual at {height:.0f} m; {what}."
    return PressureCheck(
        code, median, height, expected, implied, int(values.size), allowed, bool(belongs), sentence
    )

"""The daily frame: one row a site and day with pollutants, AQI, evening levels and weather.

Examples
--------
>>> import airq
>>> hours = pd.date_range("2019-01-01 01:00", periods=24, freq="h")
>>> table = pd.DataFrame({"station": ["A"]})
>>> values = {"pm25": [np.arange(24.0)], "temperature": [np.arange(24.0) - 30]}
>>> frame = daily_frame(airq.dataset.build(table, hours, values))
>>> [float(frame[name][0]) for name in ("pm25", "pm25_evening", "temperature_min")]
[11.5, 20.5, -30.0]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import standards
from airq.dataset import day_of, mask_bits
from airq.errors import MissingData, ParameterError
from airq.forecast.arrays import Array, mean_over, values_of
from airq.variables import POLLUTANTS, WEATHER
from airq.weather.wind import components

__all__ = ["daily_frame"]

EVENING: Final = (18, 24)
"""Hours of the natural day whose mean is the evening level: after 18 to 24."""

_MEANS: Final = tuple(w for w in WEATHER if w not in ("wind_direction", "precipitation"))
_LEAST_HOURS: Final = 4
"""Hours that a daily mean of weather needs; a station that observes every six hours has four."""
_LEAST_EVENING: Final = 3
_NEVER: Final = ("sentinel", "imputed")


def daily_frame(
    ds: xr.Dataset,
    place: str | None = None,
    mask: str | Iterable[str] | None = None,
    edition: str = "2012",
) -> pd.DataFrame:
    """Days of stations, or of a place, as the forecasts and targets take them.

    Parameters
    ----------
    ds : xarray.Dataset
        Hours (station, time), or days (station, day) as read from a file of daily values; weather may stand in it.
    place : str, optional
        Id or name; the official mean of its evaluation stations (:func:`airq.standards.place_daily`) with the id in
        ``site``. Without it one row a station.
    mask : None, "default" or names of flags
        Flagged values to leave out; only missing values, sentinels and imputed values by default.
    edition : str
        AQI edition: ``"2012"``, ``"2026"`` or ``"by-date"``.

    Returns
    -------
    pandas.DataFrame
        ``date`` (datetime64[ns], midnight), ``site``, ``pm25 pm10 so2 no2 co`` (24-h means), ``o3`` (MDA8), ``aqi``;
        from hours ``<pollutant>_evening`` (mean of 18 to 24 h) and ``<weather>_mean``, ``_min``, ``_max``,
        ``_evening``, ``wind_u_mean``, ``wind_v_mean`` (m s-1, towards east and north), ``precipitation_sum`` (mm);
        from days ``<weather>_mean`` and ``precipitation_sum``. NaN where a value is missing or not valid. ``attrs``
        hold ``simulated``, ``source``, ``edition`` and ``mask``.

    Raises
    ------
    ParameterError, MissingData
        No Dataset of stations, no pollutant, unknown place, stamps off the hour.
    """
    if not isinstance(ds, xr.Dataset):
        raise ParameterError("daily_frame() takes the Dataset of airq.observations; give one.")
    if "station" not in ds.dims or not {"time", "day"} & set(ds.dims):
        raise ParameterError(
            "the Dataset has no dimensions (station, time) or (station, day); read it with airq.observations."
        )
    hourly = "time" in ds.dims
    days = standards.daily(ds, edition, mask) if hourly else _checked_days(ds, mask, edition)
    used = ds
    if place is None:
        sites = [str(s) for s in days["station"].values]
        official = days
    else:
        official = standards.place_daily(days, place, edition)
        sites = [str(official["place"].values[0])]
        used = _stations_of(ds, sites[0])
    official = official.transpose(..., "day")
    calendar = official["day"].values.astype("datetime64[D]")
    columns: dict[str, Array] = {
        name: np.asarray(official[name].values, dtype=np.float64) for name in (*POLLUTANTS, "aqi")
    }
    if hourly:
        extra = _of_hours(used, calendar, mask, [str(s) for s in days["station"].values], place is None)
    else:
        extra = _of_days(used, place is None)
    return _assemble(sites, calendar, columns | extra, ds, edition, mask)


def _assemble(
    sites: list[str],
    calendar: npt.NDArray[np.datetime64],
    columns: dict[str, Array],
    ds: xr.Dataset,
    edition: str,
    mask: str | Iterable[str] | None,
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "date": np.tile(calendar.astype("datetime64[ns]"), len(sites)),
            "site": np.repeat(np.array(sites, dtype=object), len(calendar)),
            **{name: values.reshape(-1) for name, values in columns.items()},
        }
    )
    frame["site"] = frame["site"].astype("str")
    frame.attrs = {
        "simulated": str(ds.attrs.get("simulated", "false")),
        "source": str(ds.attrs.get("source", "")),
        "edition": str(edition),
        "mask": mask if isinstance(mask, str) else " ".join(mask or ()),
    }
    return frame


def _checked_days(ds: xr.Dataset, mask: str | Iterable[str] | None, edition: str) -> xr.Dataset:
    """Daily Dataset with masked values out, the six pollutants there, and the AQI."""
    held = [p for p in POLLUTANTS if p in ds]
    if not held:
        raise MissingData(f"the Dataset has none of {', '.join(POLLUTANTS)}; read a file that holds one.")
    bits = np.uint16(mask_bits(mask) | mask_bits(_NEVER))
    out = ds.transpose("station", "day", ...).copy()
    days = pd.DatetimeIndex(out["day"].values)
    if days.has_duplicates:
        raise ParameterError(f"the day {days[days.duplicated()][0]:%Y-%m-%d} stands twice; keep one of them.")
    for name in POLLUTANTS:
        if name not in held:
            out[name] = (("station", "day"), np.full((out.sizes["station"], len(days)), np.nan))
        elif f"{name}_flag" in out:
            attrs = out[name].attrs
            out[name] = out[name].where((out[f"{name}_flag"] & bits) == 0)
            out[name].attrs = attrs
    return standards.add_index(out, edition)


def _stations_of(ds: xr.Dataset, place: str) -> xr.Dataset:
    """Stations that stand for a place; those without a stated role count."""
    from airq.standards.sites import evaluation_stations, member_ids

    used, ids = evaluation_stations(ds, [place])
    own = ids == place
    if not own.any():
        own = np.isin(ids, member_ids(place))
    return used.isel(station=np.flatnonzero(own))


def _of_days(ds: xr.Dataset, each: bool) -> dict[str, Array]:
    """Weather columns of a Dataset of days."""
    out: dict[str, Array] = {}
    held = [w for w in WEATHER if w in ds]
    for name in held:
        values = values_of(ds, name, "day")
        if name == "wind_direction":
            if "wind_speed" in held:
                speed = values_of(ds, "wind_speed", "day")
                out["wind_u_mean"], out["wind_v_mean"] = components(speed, values)
            continue
        out[f"{name}_sum" if name == "precipitation" else f"{name}_mean"] = values
    return out if each else {k: mean_over(v, axis=0)[None] for k, v in out.items()}


def _of_hours(
    ds: xr.Dataset,
    calendar: npt.NDArray[np.datetime64],
    mask: str | Iterable[str] | None,
    stations: list[str],
    each: bool,
) -> dict[str, Array]:
    """Evening levels and weather columns of a Dataset of hours."""
    if each:
        position = {str(s): i for i, s in enumerate(ds["station"].values)}
        ds = ds.isel(station=[position[s] for s in stations])
    fold = _Fold(ds["time"].values, calendar)
    bits = np.uint16(mask_bits(mask) | mask_bits(_NEVER))
    out: dict[str, Array] = {}
    for name in POLLUTANTS:
        if name in ds:
            values = values_of(ds, name)
            if f"{name}_flag" in ds:
                flags = ds[f"{name}_flag"].transpose("station", "time").values
                values = np.where((flags & bits) == 0, values, np.nan)
            out[f"{name}_evening"] = fold.evening(fold(np.where(values >= 0, values, np.nan)))
    cubes: dict[str, Array] = {name: fold(values_of(ds, name)) for name in _MEANS if name in ds}
    if "wind_speed" in ds and "wind_direction" in ds:
        u, v = components(values_of(ds, "wind_speed"), values_of(ds, "wind_direction"))
        cubes["wind_u"], cubes["wind_v"] = fold(u), fold(v)
    for name, cube in cubes.items():
        enough = np.isfinite(cube).sum(axis=2) >= _LEAST_HOURS
        out[f"{name}_mean"] = np.where(enough, mean_over(cube, axis=2), np.nan)
        if not name.startswith("wind_") or name == "wind_speed":
            out[f"{name}_min"] = np.where(enough, _extreme(cube, -1.0), np.nan)
            out[f"{name}_max"] = np.where(enough, _extreme(cube, 1.0), np.nan)
        out[f"{name}_evening"] = fold.evening(cube)
    if "precipitation" in ds:
        rain = fold(values_of(ds, "precipitation"))
        known = np.isfinite(rain)
        out["precipitation_sum"] = np.where(known.any(axis=2), np.where(known, rain, 0.0).sum(axis=2), np.nan)
    return out if each else {k: mean_over(v, axis=0)[None] for k, v in out.items()}


class _Fold:
    """Lays hours out as (station, day, 24); label 00 closes the day before."""

    def __init__(self, time: npt.NDArray[np.datetime64], calendar: npt.NDArray[np.datetime64]) -> None:
        ends = np.asarray(time, dtype="datetime64[ns]")
        days = day_of(ends)
        self.days = len(calendar)
        row = (days - calendar[0]).astype(np.int64)
        hour = ((ends - days.astype("datetime64[ns]")) // np.timedelta64(1, "h")).astype(np.int64) - 1
        self.inside = (row >= 0) & (row < self.days)
        self.cell = row[self.inside] * 24 + hour[self.inside]

    def __call__(self, values: Array) -> Array:
        out = np.full((values.shape[0], self.days * 24), np.nan)
        out[:, self.cell] = values[:, self.inside]
        return out.reshape(values.shape[0], self.days, 24)

    def evening(self, cube: Array) -> Array:
        part = cube[:, :, EVENING[0] : EVENING[1]]
        enough = np.isfinite(part).sum(axis=2) >= _LEAST_EVENING
        return np.where(enough, mean_over(part, axis=2), np.nan)


def _extreme(cube: Array, sign: float) -> Array:
    best = np.where(np.isfinite(cube), sign * cube, -np.inf).max(axis=2)
    return np.where(np.isfinite(best), sign * best, np.nan)

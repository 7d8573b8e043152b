"""The hourly frame: one row a site and hour with pollutants, hourly AQI and weather.

Examples
--------
>>> import airq
>>> hours = pd.date_range("2019-01-01 01:00", periods=2, freq="h")
>>> ds = airq.dataset.build(pd.DataFrame({"station": ["A"]}), hours, {"pm25": [[35.0, 75.0]]})
>>> hourly_frame(ds)[["site", "pm25", "aqi"]].values.tolist()
[['A', 35.0, 50.0], ['A', 75.0, 100.0]]
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from airq import standards
from airq.dataset import mask_bits
from airq.errors import MissingData, ParameterError
from airq.forecast.arrays import Array, mean_over, values_of
from airq.standards.sites import evaluation_stations, member_ids, place_id
from airq.variables import POLLUTANTS, WEATHER
from airq.weather.wind import components

__all__ = ["hourly_frame"]

_NEVER = ("sentinel", "imputed")
_AQI_AVERAGING = "1h"


def hourly_frame(
    ds: xr.Dataset,
    place: str | None = None,
    mask: str | Iterable[str] | None = None,
    edition: str = "2012",
) -> pd.DataFrame:
    """Hours of stations, or of a place, as the hourly forecast takes them.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, dims (station, time).
    place : str, optional
        Id or name; the mean of the evaluation stations that report in an hour, with the id in ``site``. Without it
        one row a station.
    mask : None, "default" or names of flags
        Flagged values to leave out; only missing values, sentinels and imputed values by default.
    edition : {"2012", "2026"}
        AQI edition of the column ``aqi``, the index of the hour.

    Returns
    -------
    pandas.DataFrame
        ``time`` (end of the hour, Beijing time), ``site``, the pollutants and weather variables of the Dataset in
        canonical units, ``wind_u``, ``wind_v`` (m s-1, towards east and north) and ``aqi``; ``attrs`` hold
        ``simulated``, ``source`` and ``edition``.

    Raises
    ------
    ParameterError, MissingData
        Not a Dataset of hours, no pollutant, or no station of the place.
    """
    if not isinstance(ds, xr.Dataset) or not {"station", "time"} <= set(ds.dims):
        raise ParameterError(
            "hourly_frame() takes a Dataset of hours (station, time); read it with airq.observations."
        )
    held = [p for p in POLLUTANTS if p in ds]
    if not held:
        raise MissingData(f"the Dataset has none of {', '.join(POLLUTANTS)}; read a file that holds one.")
    sites = [str(s) for s in ds["station"].values]
    if place is not None:
        ds, sites = _members(ds, place)
    columns = _columns(ds, held, mask)
    if place is not None:
        columns = {name: mean_over(values, 0)[None] for name, values in columns.items()}
    columns["aqi"] = _index(columns, edition)
    hours = ds["time"].values.astype("datetime64[ns]")
    frame = pd.DataFrame(
        {
            "time": np.tile(hours, len(sites)),
            "site": np.repeat(np.array(sites, dtype=object), len(hours)),
            **{name: values.reshape(-1) for name, values in columns.items()},
        }
    )
    frame["site"] = frame["site"].astype("str")
    frame.attrs = {
        "simulated": str(ds.attrs.get("simulated", "false")),
        "source": str(ds.attrs.get("source", "")),
        "edition": str(edition),
    }
    return frame


def _members(ds: xr.Dataset, place: str) -> tuple[xr.Dataset, list[str]]:
    key = place_id(place)
    used, ids = evaluation_stations(ds, [])
    own = ids == key
    if not own.any():
        own = np.isin(ids, member_ids(key))
    if not own.any():
        raise MissingData(f"place '{place}' has no evaluation station in the Dataset; load its stations.")
    return used.isel(station=np.flatnonzero(own)), [key]


def _columns(ds: xr.Dataset, held: list[str], mask: str | Iterable[str] | None) -> dict[str, Array]:
    bits = np.uint16(mask_bits(mask) | mask_bits(_NEVER))
    out: dict[str, Array] = {}
    for name in held:
        out[name] = values_of(ds, name)
        if f"{name}_flag" in ds:
            flags = ds[f"{name}_flag"].transpose("station", "time").values
            out[name] = np.where((flags & bits) == 0, out[name], np.nan)
    for name in WEATHER:
        if name in ds and name != "wind_direction":
            out[name] = values_of(ds, name)
    if "wind_speed" in ds and "wind_direction" in ds:
        out["wind_u"], out["wind_v"] = components(out["wind_speed"], values_of(ds, "wind_direction"))
    return out


def _index(columns: dict[str, Array], edition: str) -> Array:
    """AQI of the hour; NaN where no pollutant is known."""
    known: dict[str, Array] = {
        p: np.where(columns[p] >= 0, columns[p], np.nan) for p in POLLUTANTS if p in columns
    }
    found = standards.aqi(known, averaging=_AQI_AVERAGING, edition=edition)
    return np.asarray(found.value, dtype=np.float64)

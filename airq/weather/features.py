"""Features that models take from weather: sun, season, wind components.

Examples
--------
>>> stations = pd.DataFrame({"station": ["A"], "lat": [44.01], "lon": [87.31]})
>>> wind_hours = {"wind_speed": [[2.0]], "wind_direction": [[270.0]]}
>>> ds = features(dataset.build(stations, ["2019-01-05T15:00"], wind_hours))
>>> ds["wind_u"].values.round(3).tolist(), ds["solar_hour"].values.round(1).tolist()
([[2.0]], [[12.2]])
>>> ds["heating_season"].values.tolist()
[True]
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import MissingData
from airq.weather import season, sun, wind

__all__ = ["features"]

_HALF_HOUR = np.timedelta64(30, "m")


def features(
    ds: xr.Dataset,
    start: tuple[int, int] = season.START,
    end: tuple[int, int] = season.END,
) -> xr.Dataset:
    """Add what follows from time, position and wind.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical; stations need ``lat`` and ``lon``.
    start, end : (month, day)
        Heating season, both days inside.

    Returns
    -------
    xarray.Dataset
        Copy with ``solar_hour`` (0 to 24, local solar time at the middle of the hour), ``sun_elevation`` (degrees,
        likewise), ``heating_season`` (bool, by time) and, where there is wind, ``wind_u`` and ``wind_v`` (m s-1,
        towards east and north).

    Raises
    ------
    MissingData
        If a station has no position.
    """
    dataset.require(ds)
    lat, lon = (ds[n].values.astype(np.float64)[:, None] for n in ("lat", "lon"))
    if not (np.isfinite(lat) & np.isfinite(lon)).all():
        missing = ds["station"].values[~np.isfinite(lat[:, 0] + lon[:, 0])][0]
        raise MissingData(
            f"station '{missing}' has no position; read the weather with lat and lon, or a place."
        )
    middle = pd.DatetimeIndex(ds["time"].values).to_numpy("datetime64[ns]") - _HALF_HOUR
    both = ("station", "time")
    out = ds.assign(
        solar_hour=(both, sun.solar_hour(middle, lon), {"units": "hour", "long_name": "local solar time"}),
        sun_elevation=(
            both,
            sun.sun_elevation(middle, lat, lon),
            {"units": "degree", "standard_name": "solar_elevation_angle"},
        ),
        heating_season=("time", season.heating_season(ds["time"].values, start, end)),
    )
    if "wind_speed" in ds and "wind_direction" in ds:
        u, v = wind.components(ds["wind_speed"].values, ds["wind_direction"].values)
        out["wind_u"] = (both, u, {"units": "m s-1", "standard_name": "eastward_wind"})
        out["wind_v"] = (both, v, {"units": "m s-1", "standard_name": "northward_wind"})
    return out

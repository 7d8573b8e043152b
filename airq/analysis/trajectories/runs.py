"""Runs of the local wind: where the air would have come from, had it moved everywhere as at the station.

A stand-in for trajectories where no HYSPLIT run is at hand (progressive vector diagram). It holds for some tens of
kilometres and hours over flat ground, and not across the mountains south of the basin; every result says so.

Examples
--------
>>> hours = pd.date_range("2019-01-01 01:00", periods=4, freq="h")
>>> frame = pd.DataFrame({"time": hours, "wind_speed": 5.0, "wind_direction": 270.0})
>>> run = wind_runs(frame, 44.0, 87.3, hours=3)
>>> len(run), round(float(run.frame["lon"].iloc[0] - run.frame["lon"].iloc[-1]), 3)
(2, 0.675)
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from airq.analysis.direction.winds import winds
from airq.analysis.trajectories.model import Trajectories
from airq.errors import MissingData, ParameterError

__all__ = ["wind_runs"]

_KM_PER_DEGREE: Final = 111.195
"""Of latitude, on a sphere of 6371 km."""
_NOTE: Final = (
    "Runs of the station's wind, not trajectories of an atmospheric model: they hold for some tens of kilometres and "
    "are blind to terrain and height."
)


def wind_runs(
    frame: pd.DataFrame,
    lat: float,
    lon: float,
    *,
    hours: int = 24,
    every: int = 1,
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
) -> Trajectories:
    """Follow the station's own wind backwards from every hour.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours of one site with ``time`` or ``date``.
    lat, lon : float
        Of the receptor.
    hours : int
        Length of a run, 1 to 72.
    every : int
        A run every so many hours.
    wind_speed, wind_direction : str

    Returns
    -------
    Trajectories
        ``height`` is 10 m. Runs with an hour of missing wind are left out, and counted in the notes.

    Raises
    ------
    MissingData
        No times, or no run without a gap.
    ParameterError
    """
    if not 1 <= hours <= 72 or not 1 <= every <= 168:
        raise ParameterError("hours must be 1 to 72 and every 1 to 168; give such whole numbers.")
    if not (-89 <= lat <= 89 and -180 <= lon <= 360):
        raise ParameterError(f"position ({lat}, {lon}) is not on the earth; give latitude, then longitude.")
    found = winds(frame, [], wind_speed, wind_direction)
    if np.isnat(found.time).any():
        raise MissingData("runs of the wind need the time of every hour; give a column 'time' or 'date'.")
    stamp = found.time.astype("datetime64[h]").astype(np.int64)
    first = int(stamp.min())
    size = int(stamp.max()) - first + 1
    east, north = np.full(size, np.nan), np.full(size, np.nan)
    angle = np.deg2rad(np.where(found.calm, 0.0, found.direction))
    speed = np.where(found.calm, 0.0, found.speed) * 3.6
    east[stamp - first], north[stamp - first] = -speed * np.sin(angle), -speed * np.cos(angle)
    ends = np.arange(hours - 1, size, every)
    back = ends[:, None] - np.arange(hours)
    whole = np.isfinite(east[back]).all(axis=1)
    if not whole.any():
        raise MissingData(
            f"no run of {hours} hours without a gap in the wind; give fewer hours or a fuller series."
        )
    back = back[whole]
    zeros = np.zeros((len(back), 1))
    x = np.hstack([zeros, -np.cumsum(east[back], axis=1)])
    y = np.hstack([zeros, -np.cumsum(north[back], axis=1)])
    lats = lat + y / _KM_PER_DEGREE
    lons = lon + x / (_KM_PER_DEGREE * np.cos(np.deg2rad(lat)))
    arrival = (first + ends[whole]).astype("datetime64[h]").astype("datetime64[ns]")
    keep = np.abs(lats).max(axis=1) < 90
    table = pd.DataFrame(
        {
            "trajectory": np.repeat(np.arange(int(keep.sum())), hours + 1),
            "arrival": np.repeat(arrival[keep], hours + 1),
            "age": np.tile(-np.arange(hours + 1, dtype=np.float64), int(keep.sum())),
            "lat": lats[keep].ravel(),
            "lon": lons[keep].ravel(),
            "height": 10.0,
        }
    )
    lost = len(ends) - int(whole.sum())
    notes = (_NOTE, *((f"{lost:,} runs cross a gap in the wind and are left out.",) if lost else ()))
    return Trajectories.of(table, "wind run", notes)

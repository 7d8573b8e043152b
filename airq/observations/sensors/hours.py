"""Readings on whole hours, and hours to natural days, with the completeness that a mean needs."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import ParameterError

__all__ = ["COMPLETENESS", "daily", "on_hours"]

COMPLETENESS: Final = 0.75
"""Share of an hour or day that must be covered (GB 3095, 6.4: 45 minutes [C]; EPA/600/R-20/280: 18 hours [B 85%])."""

_HOUR: Final = 3_600_000_000_000  # ns


def on_hours(ds: xr.Dataset, names: tuple[str, ...], completeness: float = COMPLETENESS) -> xr.Dataset:
    """The variables as hourly means at ends of hours.

    Parameters
    ----------
    ds : xarray.Dataset
        Dims ``(station, time)``; time is the end of each averaging period, hourly or shorter.
    names : tuple of str
        Variables to take; those that are absent are left out.
    completeness : float
        Share of an hour that readings must cover.

    Returns
    -------
    xarray.Dataset
        float64; an hourly Dataset is taken as it is, without a further test.

    Raises
    ------
    ParameterError
        Time stamps that stand twice or are missing.

    Examples
    --------
    >>> time = pd.date_range("2019-08-01 00:10", periods=6, freq="10min")
    >>> ds = xr.Dataset({"pm25": (("station", "time"), [[1, 2, 3, 4, 5, np.nan]])}, coords={"station": ["a"], "time": time})
    >>> on_hours(ds, ("pm25",))["pm25"].values.tolist()
    [[3.0]]
    """
    held = ds[[n for n in names if n in ds]].transpose("station", "time").sortby("time")
    stamps = held["time"].values.astype("datetime64[ns]").astype(np.int64)
    if np.isnat(held["time"].values).any() or (np.diff(stamps) == 0).any():
        raise ParameterError(
            "a time stamp of the readings is missing or stands twice; read the files with airq.observations."
        )
    if not (stamps % _HOUR).any():
        return held.astype(np.float64)
    step = float(np.median(np.diff(stamps)))
    ends = -(-stamps // _HOUR)
    hours, first = np.unique(ends, return_index=True)
    data = {}
    for name in held.data_vars:
        x = held[name].values.astype(np.float64)
        there = np.isfinite(x)
        count = np.add.reduceat(there, first, axis=1)
        total = np.add.reduceat(np.where(there, x, 0.0), first, axis=1)
        enough = count * step >= completeness * _HOUR * (1 - 1e-9)
        data[name] = (("station", "time"), np.where(enough, total / np.maximum(count, 1), np.nan))
    coords = {str(k): v for k, v in held.coords.items() if v.dims == ("station",)}
    return xr.Dataset(data, coords={**coords, "time": (hours * _HOUR).astype("datetime64[ns]")})


def daily(frame: pd.DataFrame, columns: list[str], completeness: float = COMPLETENESS) -> pd.DataFrame:
    """Means of natural days over the hours that hold all of some columns.

    Parameters
    ----------
    frame : DataFrame
        Columns ``sensor``, ``time`` (ends of hours, Beijing time) and ``columns``.
    columns : list of str
        Columns that an hour must hold.
    completeness : float
        Share of 24 hours that a day needs.

    Returns
    -------
    DataFrame
        ``sensor day`` and means of all columns of numbers, sorted by sensor and day.

    Examples
    --------
    >>> time = pd.date_range("2019-08-01 01:00", periods=30, freq="h")
    >>> daily(pd.DataFrame({"sensor": "a", "time": time, "value": 1.0}), ["value"])[["day", "value"]].values.tolist()
    [[Timestamp('2019-08-01 00:00:00'), 1.0]]
    """
    used = frame.dropna(subset=columns)
    days: npt.NDArray[np.datetime64] = dataset.day_of(used["time"].to_numpy()).astype("datetime64[ns]")
    numbers = used.select_dtypes("number").columns.tolist()
    grouped = used.assign(day=days).groupby(["sensor", "day"], observed=True, sort=True)
    out = grouped[numbers].mean()
    return out[grouped.size() >= completeness * 24 - 1e-9].reset_index()

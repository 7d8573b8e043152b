"""Readings more often than hourly to hourly means, with the coverage that the standard asks.

An hour needs 45 minutes of readings (GB 3095, 6.4 and table 4: 1-h means of gases, at least 45 min [C]; used for
particles and weather here as well).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["MINUTES_NEEDED", "step_minutes", "to_hours"]

MINUTES_NEEDED: Final = 45.0

_HOUR: Final = np.timedelta64(1, "h")


def step_minutes(time: npt.NDArray[np.datetime64]) -> float:
    """Usual distance between readings in minutes; 60 if there is one reading or none.

    Examples
    --------
    >>> step_minutes(np.array(["2019-01-01T00:00", "2019-01-01T00:02", "2019-01-01T00:04"], "datetime64[ns]"))
    2.0
    """
    steps = np.diff(np.unique(time[~np.isnat(time)])) / np.timedelta64(1, "s")
    return float(np.median(steps)) / 60 if len(steps) else 60.0


def to_hours(
    time: npt.NDArray[np.datetime64], values: npt.NDArray[np.float64], step: float, circular: bool = False
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.float64], int]:
    """Hourly means of one series.

    Parameters
    ----------
    time : datetime64[ns] array, shape (row,)
        Beginnings of the readings, Beijing time, each stamp once.
    values : float array, shape (row,)
        NaN where missing.
    step : float
        Minutes that a reading stands for.
    circular : bool
        Degrees of the compass: the mean of unit vectors.

    Returns
    -------
    ends : datetime64[ns] array, shape (hour,)
        Ends of hours that have any reading.
    means : float array, shape (hour,)
        NaN where fewer than 45 minutes are covered.
    thin : int
        Hours with readings but too few.

    Examples
    --------
    >>> t = np.datetime64("2019-01-01T00:00", "ns") + np.arange(100) * np.timedelta64(1, "m")
    >>> ends, means, thin = to_hours(t, np.arange(100.0), 1.0)
    >>> ends.astype("datetime64[h]").astype(str).tolist(), means.tolist(), thin
    (['2019-01-01T01', '2019-01-01T02'], [29.5, nan], 1)
    """
    good = np.isfinite(values) & ~np.isnat(time)
    hours, at = np.unique(time[good].astype("datetime64[h]"), return_inverse=True)
    count = np.bincount(at, minlength=len(hours))
    x = values[good]
    with np.errstate(invalid="ignore", divide="ignore"):
        if circular:
            east = np.bincount(at, np.sin(np.radians(x)), len(hours))
            north = np.bincount(at, np.cos(np.radians(x)), len(hours))
            means = np.degrees(np.arctan2(east, north)) % 360
        else:
            means = np.bincount(at, x, len(hours)) / count
    enough = count * step >= MINUTES_NEEDED - 1e-9
    ends: npt.NDArray[np.datetime64] = np.asarray(hours.astype("datetime64[ns]") + _HOUR, "datetime64[ns]")
    return ends, np.where(enough, means, np.nan), int((~enough).sum())

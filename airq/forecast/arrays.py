"""Small operations on arrays of series that skip missing values: (site, day) in the daily forecast, (time, site) in the
hourly one.

Examples
--------
>>> lagged(np.array([[1.0, 2.0]]), 1, axis=1).tolist()
[[nan, 1.0]]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

__all__ = ["Array", "Ints", "filled", "lagged", "mean_over", "others_mean", "rolling", "values_of"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def lagged(values: Array, steps: int, axis: int = 0) -> Array:
    """Values of so many steps earlier, NaN before the first.

    Parameters
    ----------
    values : float array
    steps : int
        0 or more.
    axis : int
        That of time.

    Examples
    --------
    >>> lagged(np.array([[1.0], [2.0]]), 1).tolist()
    [[nan], [1.0]]
    """
    if steps == 0:
        return values
    out = np.full_like(values, np.nan)
    if steps < values.shape[axis]:
        ahead = (slice(None),) * axis
        out[(*ahead, slice(steps, None))] = values[(*ahead, slice(None, -steps))]
    return out


def rolling(values: Array, hours: int, what: str = "mean") -> Array:
    """Statistic of the last ``hours`` rows, where at least a third of them are known."""
    window = pd.DataFrame(values).rolling(hours, min_periods=max(1, hours // 3))
    return np.asarray(getattr(window, what)().to_numpy(), dtype=np.float64)


def filled(values: Array, hours: int) -> Array:
    """Gaps of at most so many rows bridged by the last value before them."""
    return np.asarray(pd.DataFrame(values).ffill(limit=hours).to_numpy(), dtype=np.float64)


def mean_over(values: Array, axis: int) -> Array:
    """Mean of known values, NaN where none is known.

    Examples
    --------
    >>> mean_over(np.array([[1.0, np.nan], [3.0, np.nan]]), 0).tolist()
    [2.0, nan]
    """
    known = np.isfinite(values)
    number = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.asarray(np.where(number > 0, total / np.maximum(number, 1), np.nan))


def others_mean(values: Array) -> Array:
    """Mean of the other columns; NaN where none of them is known.

    Examples
    --------
    >>> others_mean(np.array([[1.0, 2.0, 6.0]])).tolist()
    [[4.0, 3.5, 1.5]]
    """
    known = np.isfinite(values)
    own = np.where(known, values, 0.0)
    number = known.sum(axis=1, keepdims=True) - known
    return np.where(number > 0, (own.sum(axis=1, keepdims=True) - own) / np.maximum(number, 1), np.nan)


def values_of(ds: xr.Dataset, name: str, time: str = "time") -> Array:
    """Values of a variable as float64, shape (station, time).

    Parameters
    ----------
    ds : xarray.Dataset
    name : str
    time : {"time", "day"}
        Dimension beside ``station``.

    Examples
    --------
    >>> values_of(xr.Dataset({"o3": (("time", "station"), [[1.0, 2.0]])}), "o3").tolist()
    [[1.0], [2.0]]
    """
    return np.asarray(ds[name].transpose("station", time).values, dtype=np.float64)

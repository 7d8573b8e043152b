"""Small operations on arrays (time, site) that skip missing values.

Examples
--------
>>> lagged(np.array([[1.0], [2.0]]), 1).tolist()
[[nan], [1.0]]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Array", "Ints", "filled", "lagged", "mean_over", "others_mean", "rolling"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def lagged(values: Array, hours: int) -> Array:
    """Values of so many rows earlier, NaN before the first."""
    if hours == 0:
        return values
    out = np.full_like(values, np.nan)
    if hours < len(values):
        out[hours:] = values[:-hours]
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

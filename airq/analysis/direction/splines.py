"""B-splines, open and cyclic, with difference penalties, and their tensor products.

Eilers & Marx (1996, *Statistical Science* 11, 89-121): many equidistant B-splines, smoothed by a penalty on second
differences of their coefficients. A cyclic basis closes on itself, so that north meets north and midnight midnight.

Examples
--------
>>> rows = cyclic(np.array([0.0, 360.0]), 360.0, 12)
>>> bool(np.allclose(rows[0], rows[1])), round(float(rows[0].sum()), 12)
(True, 1.0)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import BSpline

__all__ = ["cyclic", "cyclic_penalty", "open_basis", "open_penalty", "tensor"]

Array = npt.NDArray[np.float64]


def open_basis(x: Array, low: float, high: float, k: int) -> Array:
    """Cubic B-splines on an interval.

    Parameters
    ----------
    x : float64 array, shape (n,)
        Within low and high.
    low, high : float
    k : int
        4 or more.

    Returns
    -------
    float64 array, shape (n, k)
    """
    width = (high - low) / (k - 3)
    knots = low + width * np.arange(-3, k + 1)
    inside = np.clip(x, low, high - 1e-12 * max(abs(high), 1.0))
    return np.asarray(BSpline.design_matrix(inside, knots, 3).toarray())


def cyclic(x: Array, period: float, k: int) -> Array:
    """Cubic B-splines on a circle.

    Parameters
    ----------
    x : float64 array, shape (n,)
    period : float
    k : int
        4 or more.

    Returns
    -------
    float64 array, shape (n, k)
    """
    wide = open_basis(np.mod(x, period), 0.0, period, k + 3)
    out = wide[:, :k].copy()
    out[:, :3] += wide[:, k:]
    return out


def open_penalty(k: int) -> Array:
    """Sum of squared second differences of k coefficients."""
    d = np.diff(np.eye(k), n=2, axis=0)
    return d.T @ d


def cyclic_penalty(k: int) -> Array:
    """Sum of squared second differences around a circle."""
    d = np.roll(np.eye(k), 1, axis=1) - 2 * np.eye(k) + np.roll(np.eye(k), -1, axis=1)
    return d.T @ d


def tensor(a: Array, b: Array) -> Array:
    """Row-wise products of two bases, shape (n, ka * kb)."""
    return (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)

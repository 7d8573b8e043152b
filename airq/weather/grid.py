"""Distances on the earth and the nearest point of a regular grid."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["distance_km", "nearest"]

_RADIUS: Final = 6371.0088
"""Mean radius of the earth, km (IUGG)."""


def distance_km(lat1: float | None, lon1: float | None, lat2: float | None, lon2: float | None) -> float:
    """Great-circle distance; NaN where a position is missing.

    Examples
    --------
    >>> round(distance_km(44.01, 87.31, 43.83, 87.62), 1)
    31.9
    """
    if None in (lat1, lon1, lat2, lon2):
        return float("nan")
    a, b, c, d = np.deg2rad(np.array([lat1, lon1, lat2, lon2], dtype=np.float64))
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return float(2 * _RADIUS * np.arcsin(np.sqrt(half)))


def nearest(lats: npt.ArrayLike, lons: npt.ArrayLike, lat: float, lon: float) -> tuple[int, int, float, bool]:
    """Grid point nearest to a position.

    Parameters
    ----------
    lats, lons : array_like, 1-d
        Axes of the grid in any order; longitudes -180…180 or 0…360.
    lat, lon : float
        Degrees.

    Returns
    -------
    i, j : int
        Indices in ``lats`` and ``lons``.
    distance : float
        km.
    inside : bool
        Whether the position lies within one step of the grid; a grid of one point covers 0.5°.

    Examples
    --------
    >>> i, j, far, inside = nearest([44.25, 44.0], [87.0, 87.25, 87.5], 44.01, 87.31)
    >>> i, j, round(far, 1), inside
    (1, 1, 4.9, True)
    """
    y, x = np.asarray(lats, dtype=np.float64), np.asarray(lons, dtype=np.float64)
    away = np.abs((x - lon + 180.0) % 360.0 - 180.0)
    i, j = int(np.argmin(np.abs(y - lat))), int(np.argmin(away))
    step_y = np.abs(np.diff(y)).min() if len(y) > 1 else 0.5
    step_x = np.abs(np.diff(x)).min() if len(x) > 1 else 0.5
    inside = abs(float(y[i]) - lat) <= step_y and float(away[j]) <= step_x
    return i, j, distance_km(lat, lon, float(y[i]), float(x[j])), bool(inside)

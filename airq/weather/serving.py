"""Which place a weather station or a grid point stands for.

The limits are this project's own choice [B 70%]: a basin county's weather is not that of a mountain behind it, nor that
of a plain a hundred kilometres away. A station table that names the place overrides them.

Examples
--------
>>> nearest_place(43.80, 87.65, 935.0)[0].id
'urumqi'
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from airq import places
from airq.weather import grid
from airq.weather.pressure import place_elevation
from airq.weather.series import Point

__all__ = ["HIGHEST_M", "LIMIT_KM", "nearest_place", "points_in_grid"]

LIMIT_KM: Final = 50.0
"""Farthest place that a weather station stands for, km."""

HIGHEST_M: Final = 300.0
"""Largest difference in height between a station and the place that it stands for, m."""


def _located() -> list[places.Place]:
    return [
        p for p in places.load().values() if p.kind != "group" and p.lat is not None and p.lon is not None
    ]


def nearest_place(
    lat: float | None, lon: float | None, elevation: float | None = None
) -> tuple[places.Place, float] | None:
    """Nearest known place for which the weather of a position holds.

    Parameters
    ----------
    lat, lon : float or None
        Degrees.
    elevation : float, optional
        m; heights are compared where both are known.

    Returns
    -------
    (Place, km) or None
        None without a position, or where no place is near enough in distance and height.

    Examples
    --------
    >>> nearest_place(44.01, 87.31)[0].id, nearest_place(43.88, 88.12, 1942.0), nearest_place(31.2, 121.5)
    ('changji', None, None)
    """
    if lat is None or lon is None:
        return None
    near = []
    for place in _located():
        away = grid.distance_km(lat, lon, place.lat, place.lon)
        height = place_elevation(place.id)
        fits = elevation is None or height is None or abs(elevation - height) <= HIGHEST_M
        if away <= LIMIT_KM and fits:
            near.append((away, place))
    if not near:
        return None
    away, place = min(near, key=lambda pair: pair[0])
    return place, away


def points_in_grid(lats: npt.ArrayLike, lons: npt.ArrayLike, prefix: str) -> list[Point]:
    """A point for each known place that a grid covers.

    Parameters
    ----------
    lats, lons : array_like, 1-d
        Axes, degrees.
    prefix : str
        Codes become ``<prefix>-<id of the place>``.

    Returns
    -------
    list of Point
        With the rough elevation of the place, where the table has it.

    Examples
    --------
    >>> [p.station for p in points_in_grid([44.25, 44.0], [87.0, 87.25, 87.5], "era5")]
    ['era5-changji', 'era5-hutubi', 'era5-urumqi', 'era5-wujiaqu', 'era5-div12']
    """
    y, x = np.asarray(lats, dtype=np.float64), np.asarray(lons, dtype=np.float64)
    out = []
    for place in _located():
        assert place.lat is not None and place.lon is not None
        if grid.nearest(y, x, place.lat, place.lon)[3]:
            code, height = f"{prefix}-{place.id}", place_elevation(place.id)
            out.append(Point(code, place.id, place.zh, place.en, place.lat, place.lon, height))
    return out

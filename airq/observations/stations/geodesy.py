"""Distances on the Earth, and the offset of Chinese web maps.

Maps of AMap and its like use GCJ-02, which lies 300 to 700 m beside WGS84 in China. A list or a boundary file in
GCJ-02 looks right and is wrong; the offset is known, so it can be recognised and taken back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["EARTH_KM", "distance_km", "gcj02_to_wgs84", "near_pairs", "wgs84_to_gcj02"]

EARTH_KM: Final = 6371.0088
"""Mean radius of the Earth in km (IUGG) [P]."""

_AXIS: Final = 6378245.0
_ECCENTRICITY2: Final = 0.00669342162296594323
"""Krasovsky 1940 ellipsoid, on which the published transform of GCJ-02 works [C: eviltransform, MIT]."""

Array = npt.NDArray[np.float64]


def distance_km(lat: npt.ArrayLike, lon: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike) -> Array:
    """Great-circle distance in km by the haversine formula; shapes are broadcast, NaN without a position.

    Examples
    --------
    >>> round(float(distance_km(44.1564, 87.9897, 43.8886, 88.1236)), 1)
    31.6
    """
    phi, phi2 = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lat2, float))
    lam = np.radians(np.asarray(lon2, float) - np.asarray(lon, float))
    h = np.sin((phi2 - phi) / 2) ** 2 + np.cos(phi) * np.cos(phi2) * np.sin(lam / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def near_pairs(lat: Array, lon: Array, within_km: float) -> npt.NDArray[np.intp]:
    """Pairs of positions that are closer than a distance, shape (pair, 2), the lower index first.

    Examples
    --------
    >>> near_pairs(np.array([44.0, 44.0, np.nan]), np.array([87.0, 87.0001, 87.0]), 0.02).tolist()
    [[0, 1]]
    """
    from scipy.spatial import cKDTree

    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    phi, lam = np.radians(lat[known]), np.radians(lon[known])
    xyz = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
    if not len(known):
        return np.empty((0, 2), np.intp)
    chord = 2 * np.sin(within_km / EARTH_KM / 2)
    pairs = cKDTree(xyz).query_pairs(chord, output_type="ndarray")
    pairs = np.sort(known[pairs].reshape(-1, 2), axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def wgs84_to_gcj02(lat: npt.ArrayLike, lon: npt.ArrayLike) -> tuple[Array, Array]:
    """Position on a GCJ-02 map of a WGS84 position in China.

    Examples
    --------
    >>> lat, lon = wgs84_to_gcj02(31.1774276, 121.5272106)
    >>> round(float(lat), 7), round(float(lon), 7)
    (31.175304, 121.5315419)
    """
    phi, lam = np.asarray(lat, float), np.asarray(lon, float)
    x, y = lam - 105.0, phi - 35.0
    wave = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + (2 * wave + 40 * np.sin(np.pi * y) + 80 * np.sin(np.pi * y / 3)) / 3
    north = north + (320 * np.sin(np.pi * y / 12) + 640 * np.sin(np.pi * y / 30)) / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + (2 * wave + 40 * np.sin(np.pi * x) + 80 * np.sin(np.pi * x / 3)) / 3
    east = east + (300 * np.sin(np.pi * x / 12) + 600 * np.sin(np.pi * x / 30)) / 3
    rad = np.radians(phi)
    flat = 1 - _ECCENTRICITY2 * np.sin(rad) ** 2
    dlat = np.degrees(north * flat * np.sqrt(flat) / (_AXIS * (1 - _ECCENTRICITY2)))
    dlon = np.degrees(east * np.sqrt(flat) / (_AXIS * np.cos(rad)))
    return phi + dlat, lam + dlon


def gcj02_to_wgs84(lat: npt.ArrayLike, lon: npt.ArrayLike) -> tuple[Array, Array]:
    """WGS84 position of a position on a GCJ-02 map, to less than a millimetre.

    Examples
    --------
    >>> lat, lon = gcj02_to_wgs84(*wgs84_to_gcj02(44.0114, 87.2997))
    >>> round(float(lat), 8), round(float(lon), 8)
    (44.0114, 87.2997)
    """
    target_lat, target_lon = np.asarray(lat, float), np.asarray(lon, float)
    phi, lam = target_lat, target_lon
    for _ in range(6):  # the offset changes by less than a tenth of itself over its own length
        there_lat, there_lon = wgs84_to_gcj02(phi, lam)
        phi, lam = phi + target_lat - there_lat, lam + target_lon - there_lon
    return phi, lam

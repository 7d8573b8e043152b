"""Who lies near whom: pairs of stations by distance and bearing, computed once for a set of positions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Near", "near"]

EARTH_KM: Final = 6371.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Near:
    """Other stations within a radius, nearest first.

    Attributes
    ----------
    rows : int array, shape (station, most)
        Rows of the others; -1 fills up.
    km : float array, shape (station, most)
        Distance; infinite where filled up.
    bearing : float array, shape (station, most)
        Direction in which the other lies, degrees clockwise from north.
    """

    rows: npt.NDArray[np.intp]
    km: npt.NDArray[np.float32]
    bearing: npt.NDArray[np.float32]

    def within(self, radius_km: float) -> Near:
        """Only those within a smaller radius.

        Examples
        --------
        >>> near(np.array([44.0, 44.1, 44.9]), np.array([87.0, 87.0, 87.0]), 120.0).within(40.0).rows.tolist()
        [[1], [0], [-1]]
        """
        inside = self.km <= radius_km
        most = int(inside.sum(axis=1).max(initial=0))
        inside = inside[:, :most]
        return Near(
            np.where(inside, self.rows[:, :most], -1),
            np.where(inside, self.km[:, :most], np.float32(np.inf)),
            self.bearing[:, :most],
        )


def near(lat: Floats, lon: Floats, radius_km: float) -> Near:
    """Pairs of stations within a radius.

    Parameters
    ----------
    lat, lon : float arrays, shape (station,)
        Degrees; NaN where unknown, such a station has no neighbours and is none.
    radius_km : float

    Returns
    -------
    Near

    Examples
    --------
    >>> found = near(np.array([44.0, 44.1, 50.0]), np.array([87.0, 87.0, 87.0]), 40.0)
    >>> found.rows.tolist(), found.km[:2].astype(int).tolist(), found.bearing.tolist()
    ([[1], [0], [-1]], [[11], [11]], [[0.0], [180.0], [0.0]])
    """
    position = np.ascontiguousarray(np.stack([lat, lon]), dtype=np.float64)
    return _near(position.tobytes(), position.shape[1], float(radius_km))


@lru_cache(maxsize=4)
def _near(position: bytes, count: int, radius_km: float) -> Near:
    lat, lon = np.radians(np.frombuffer(position).reshape(2, count))
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    i, j = _pairs(lat[known], lon[known], radius_km)
    i, j = known[i], known[j]
    half = (
        np.sin((lat[i] - lat[j]) / 2) ** 2
        + np.cos(lat[i]) * np.cos(lat[j]) * np.sin((lon[i] - lon[j]) / 2) ** 2
    )
    km = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    east = np.sin(lon[j] - lon[i]) * np.cos(lat[j])
    north = np.cos(lat[i]) * np.sin(lat[j]) - np.sin(lat[i]) * np.cos(lat[j]) * np.cos(lon[j] - lon[i])
    bearing = np.degrees(np.arctan2(east, north)) % 360
    inside = km <= radius_km
    i, j, km, bearing = i[inside], j[inside], km[inside], bearing[inside]
    order = np.lexsort((j, km, i))
    i, j, km, bearing = i[order], j[order], km[order], bearing[order]
    counts = np.bincount(i, minlength=count)
    rank = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
    most = int(counts.max(initial=0))
    found = Near(
        np.full((count, most), -1, np.intp),
        np.full((count, most), np.inf, np.float32),
        np.zeros((count, most), np.float32),
    )
    found.rows[i, rank], found.km[i, rank], found.bearing[i, rank] = j, km, bearing
    return found


def _pairs(lat: Floats, lon: Floats, radius_km: float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pairs that may lie within the radius: by the cosine of their angle, with a margin for its rounding."""
    unit = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    angle = min(1.001 * radius_km / EARTH_KM, np.pi)
    found = unit @ unit.T >= np.cos(angle) - 1e-12
    np.fill_diagonal(found, False)
    i, j = np.nonzero(found)
    return i, j

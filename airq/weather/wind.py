"""Wind: where it comes from in degrees, components, vector mean, calm.

Conventions (WMO-No. 306, code table 0877): a direction is where the wind comes from, clockwise from true north;
north is 360; a calm has no direction. Sources write a calm as direction 0 and north as 0 or 360; here a calm has
direction NaN and north is always 360.

Examples
--------
>>> u, v = components([2.0, 0.0], [270.0, np.nan])
>>> u.round(9).tolist(), v.round(9).tolist()
([2.0, 0.0], [0.0, 0.0])
>>> mean = vector_mean([2.0, 2.0], [350.0, 10.0])
>>> round(mean.direction, 6), round(mean.speed, 3), round(mean.steadiness, 3)
(360.0, 1.97, 0.985)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["VectorMean", "components", "from_components", "normalise", "vector_mean"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class VectorMean:
    """Mean wind vector.

    Attributes
    ----------
    speed : float
        Length of the mean vector, m s-1.
    direction : float
        Degrees in (0, 360]; NaN where the mean vector is nil.
    scalar_speed : float
        Mean of the speeds, m s-1.
    steadiness : float
        ``speed / scalar_speed``, 0 to 1; NaN if all hours are calm.
    n : int
        Hours used: those with speed and direction, and calms.
    """

    speed: float
    direction: float
    scalar_speed: float
    steadiness: float
    n: int


def normalise(speed: npt.ArrayLike, direction: npt.ArrayLike) -> Array:
    """Directions by the convention of this module.

    Parameters
    ----------
    speed : array_like
        m s-1; NaN leaves the direction as it is.
    direction : array_like, same shape
        Degrees, any multiple of the circle.

    Returns
    -------
    float64 array
        (0, 360], NaN for calms and missing values.

    Examples
    --------
    >>> normalise([0.0, 3.0, 3.0, np.nan], [0.0, 0.0, 365.0, 90.0]).tolist()
    [nan, 360.0, 5.0, 90.0]
    """
    s = np.asarray(speed, dtype=np.float64)
    d = np.mod(np.asarray(direction, dtype=np.float64), 360.0)
    return np.where(s == 0, np.nan, np.where(d == 0, 360.0, d))


def components(speed: npt.ArrayLike, direction: npt.ArrayLike) -> tuple[Array, Array]:
    """Eastward and northward components.

    Parameters
    ----------
    speed : array_like
        m s-1.
    direction : array_like, same shape
        Degrees the wind comes from.

    Returns
    -------
    u, v : float64 arrays
        m s-1, positive to the east and to the north; 0 for calms, NaN where the direction of a wind is missing.

    Examples
    --------
    >>> [round(float(c), 9) + 0.0 for c in components(4.0, 360.0)]
    [0.0, -4.0]
    """
    s = np.asarray(speed, dtype=np.float64)
    angle = np.deg2rad(np.asarray(direction, dtype=np.float64))
    calm = s == 0
    return np.where(calm, 0.0, -s * np.sin(angle)), np.where(calm, 0.0, -s * np.cos(angle))


def from_components(u: npt.ArrayLike, v: npt.ArrayLike) -> tuple[Array, Array]:
    """Speed and direction of components.

    Parameters
    ----------
    u, v : array_like, same shape
        m s-1, to the east and to the north.

    Returns
    -------
    speed : float64 array
        m s-1.
    direction : float64 array
        (0, 360], NaN for calms.

    Examples
    --------
    >>> speed, direction = from_components([0.0, -3.0, 0.0], [-2.0, 0.0, 0.0])
    >>> speed.tolist(), direction.tolist()
    ([2.0, 3.0, 0.0], [360.0, 90.0, nan])
    """
    east = np.asarray(u, dtype=np.float64)
    north = np.asarray(v, dtype=np.float64)
    speed = np.hypot(east, north)
    return speed, normalise(speed, np.rad2deg(np.arctan2(-east, -north)))


def vector_mean(speed: npt.ArrayLike, direction: npt.ArrayLike) -> VectorMean:
    """Mean of wind vectors, for a day or a sector.

    Parameters
    ----------
    speed, direction : array_like, same shape
        m s-1 and degrees. An hour with a wind but no direction is left out; a calm counts as a nil vector.

    Returns
    -------
    VectorMean
        All NaN with ``n`` 0 where nothing can be used.

    Examples
    --------
    >>> vector_mean([0.0, 4.0], [np.nan, 90.0]).speed, vector_mean([np.nan], [1.0]).n
    (2.0, 0)
    """
    s = np.ravel(np.asarray(speed, dtype=np.float64))
    u, v = components(s, np.ravel(np.asarray(direction, dtype=np.float64)))
    use = np.isfinite(u) & np.isfinite(v) & np.isfinite(s)
    n = int(use.sum())
    if not n:
        return VectorMean(np.nan, np.nan, np.nan, np.nan, 0)
    scalar = float(s[use].mean())
    mean, towards = from_components(u[use].mean(), v[use].mean())
    length = float(mean)
    # Opposed winds cancel to rounding noise, whose direction means nothing.
    aim = float(towards) if length > 1e-9 * max(scalar, 1e-300) else np.nan
    return VectorMean(length, aim, scalar, length / scalar if scalar > 0 else np.nan, n)

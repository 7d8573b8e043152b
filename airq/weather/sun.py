"""The sun over a place: equation of time, local solar time, elevation.

Beijing time runs about two hours ahead of the sun in northern Xinjiang, so features that mean morning or noon need
solar time.

Sources
-------
J. Meeus, Astronomical Algorithms, chapters 25 and 28, in the form of the NOAA solar calculator; accurate to about
0.01° and 0.1 min for 1950 to 2050. Refraction: Sæmundsson, as in Meeus chapter 16.

Examples
--------
>>> noon = np.datetime64("2019-06-21T12:00")
>>> str(solar_time(noon, 87.31))[:16], round(float(sun_elevation(noon, 44.01, 87.31)), 1)
('2019-06-21T09:47', 56.0)
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["declination", "equation_of_time", "solar_hour", "solar_time", "sun_elevation"]

Array = npt.NDArray[np.float64]
_BEIJING: Final = np.timedelta64(8, "h")
_J2000: Final = np.datetime64("2000-01-01T12:00:00", "ns")


def _utc(time: npt.ArrayLike) -> npt.NDArray[np.datetime64]:
    utc: npt.NDArray[np.datetime64] = np.subtract(np.asarray(time, dtype="datetime64[ns]"), _BEIJING)
    return utc


def _orbit(utc: npt.NDArray[np.datetime64]) -> tuple[Array, Array]:
    """Declination (radian) and equation of time (minutes)."""
    days = (utc - _J2000) / np.timedelta64(1, "s") / 86400.0
    t = days / 36525.0
    mean_longitude = np.deg2rad(np.mod(280.46646 + t * (36000.76983 + 0.0003032 * t), 360.0))
    anomaly = np.deg2rad(357.52911 + t * (35999.05029 - 0.0001537 * t))
    eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    centre = (
        np.sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * t)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.deg2rad(125.04 - 1934.136 * t)
    apparent = mean_longitude + np.deg2rad(centre - 0.00569 - 0.00478 * np.sin(node))
    seconds = 21.448 - t * (46.815 + t * (0.00059 - 0.001813 * t))
    obliquity = np.deg2rad(23.0 + (26.0 + seconds / 60.0) / 60.0 + 0.00256 * np.cos(node))
    y = np.tan(obliquity / 2) ** 2
    minutes = 4 * np.rad2deg(
        y * np.sin(2 * mean_longitude)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * y * np.sin(anomaly) * np.cos(2 * mean_longitude)
        - 0.5 * y**2 * np.sin(4 * mean_longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    return np.arcsin(np.sin(obliquity) * np.sin(apparent)), minutes


def equation_of_time(time: npt.ArrayLike) -> Array:
    """Apparent minus mean solar time.

    Parameters
    ----------
    time : array_like of datetime64
        Beijing time.

    Returns
    -------
    float64 array
        Minutes, about -14 to +16.

    Examples
    --------
    >>> equation_of_time(np.array(["2019-02-11T12:00", "2019-11-03T12:00"], "datetime64[m]")).round(1).tolist()
    [-14.2, 16.5]
    """
    return _orbit(_utc(time))[1]


def declination(time: npt.ArrayLike) -> Array:
    """Declination of the sun, degrees.

    Examples
    --------
    >>> declination(np.array(["2019-06-21T12:00", "2019-12-22T12:00"], "datetime64[m]")).round(1).tolist()
    [23.4, -23.4]
    """
    return np.rad2deg(_orbit(_utc(time))[0])


def solar_time(time: npt.ArrayLike, lon: npt.ArrayLike) -> npt.NDArray[np.datetime64]:
    """Local apparent solar time: the sun stands highest at 12.

    Parameters
    ----------
    time : array_like of datetime64
        Beijing time; an instant, so pass the middle of the hour for hourly means.
    lon : array_like
        Degrees east; shapes broadcast.

    Returns
    -------
    datetime64[ns] array

    Examples
    --------
    >>> str(solar_time(np.datetime64("2019-01-05T14:15"), 87.31))[:16]
    '2019-01-05T11:59'
    """
    utc = _utc(time)
    minutes = _orbit(utc)[1] + 4.0 * np.asarray(lon, dtype=np.float64)
    return np.asarray(utc + np.round(minutes * 60e9).astype("timedelta64[ns]"))


def solar_hour(time: npt.ArrayLike, lon: npt.ArrayLike) -> Array:
    """Hour of local solar time, 0 to 24.

    Examples
    --------
    >>> round(float(solar_hour(np.datetime64("2019-01-05T14:15"), 87.31)), 2)
    11.98
    """
    local = solar_time(time, lon)
    return np.asarray((local - local.astype("datetime64[D]")) / np.timedelta64(3600, "s"), dtype=np.float64)


def sun_elevation(
    time: npt.ArrayLike, lat: npt.ArrayLike, lon: npt.ArrayLike, refraction: bool = False
) -> Array:
    """Elevation of the centre of the sun above the horizon.

    Parameters
    ----------
    time : array_like of datetime64
        Beijing time, an instant.
    lat, lon : array_like
        Degrees north and east; shapes broadcast.
    refraction : bool
        Add the refraction of the standard atmosphere where the sun is up.

    Returns
    -------
    float64 array
        Degrees, -90 to 90.

    Examples
    --------
    >>> round(float(sun_elevation(np.datetime64("2019-12-22T14:10"), 44.01, 87.31)), 1)
    22.6
    """
    utc = _utc(time)
    tilt, _ = _orbit(utc)
    angle = np.deg2rad(15.0 * (solar_hour(time, lon) - 12.0))
    phi = np.deg2rad(np.asarray(lat, dtype=np.float64))
    height = np.rad2deg(
        np.arcsin(np.clip(np.sin(phi) * np.sin(tilt) + np.cos(phi) * np.cos(tilt) * np.cos(angle), -1.0, 1.0))
    )
    if not refraction:
        return height
    bend = 1.02 / 60.0 / np.tan(np.deg2rad(height + 10.3 / (height + 5.11)))
    return np.where(height > -0.575, height + bend, height)

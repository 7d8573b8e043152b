"""The hours of one month and what the calendar says about them: sun, season, heating.

The clock shows Beijing time, but the sun over the region is about two hours behind it: noon falls near 14:15.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.observations.simulation.streams import Array

__all__ = ["Clock", "solar_elevation"]


@dataclass(frozen=True)
class Clock:
    """One month of hours.

    Attributes
    ----------
    year, month : int
    ends : DatetimeIndex, shape (hours,)
        Ends of hours, Beijing time: the first is 01:00 of day 1, the last 00:00 of the next month.
    hour : array, shape (hours,)
        Beijing hour of day at the middle of the hour.
    day : array, shape (hours,)
        Day of the year at the middle of the hour, fractional, 1 = start of 1 January.
    warm : array, shape (hours,)
        0 in mid-January, 1 in mid-July.
    cold_pool : array, shape (hours,)
        0 from spring to autumn, 1 where snow and a low sun let a cold pool form.
    heating : array, shape (hours,)
        1 in the heating season, about 15 October to 15 April [B 85%], with ramps of six days.
    """

    year: int
    month: int
    ends: pd.DatetimeIndex
    hour: Array
    day: Array
    warm: Array
    cold_pool: Array
    heating: Array

    @classmethod
    def of(cls, year: int, month: int) -> Clock:
        """Hours of a calendar month.

        Examples
        --------
        >>> clock = Clock.of(2020, 2)
        >>> len(clock.ends), str(clock.ends[0]), str(clock.ends[-1])
        (696, '2020-02-01 01:00:00', '2020-03-01 00:00:00')
        """
        begin = pd.Timestamp(year=year, month=month, day=1)
        hours = begin.days_in_month * 24
        ends = pd.date_range(begin + pd.Timedelta(hours=1), periods=hours, freq="h", unit="ns")
        middle = np.arange(hours) + 0.5
        day = begin.day_of_year + middle / 24
        angle = 2 * np.pi / 365.25
        return cls(
            year=year,
            month=month,
            ends=ends,
            hour=np.mod(middle, 24.0),
            day=day,
            warm=(1 - np.cos(angle * (day - 15))) / 2,
            cold_pool=np.clip(2 * np.cos(angle * (day + 2)) - 0.1, 0, 1),
            heating=np.where(day > 200, np.clip((day - 285) / 6, 0, 1), np.clip((108 - day) / 6, 0, 1)),
        )

    def __len__(self) -> int:
        return len(self.ends)

    def blend(self, cold: npt.ArrayLike, warm: npt.ArrayLike) -> Array:
        """Value between its cold-season and warm-season level, shape (..., hours)."""
        low, high = np.asarray(cold, dtype=float), np.asarray(warm, dtype=float)
        return low[..., None] + (high - low)[..., None] * self.warm


def solar_elevation(clock: Clock, lat: Array, lon: Array) -> tuple[Array, Array, Array]:
    """Sine of the sun's elevation, solar hour and half day length.

    Parameters
    ----------
    clock : Clock
    lat, lon : array, shape (places,)
        Degrees.

    Returns
    -------
    sine : array, shape (places, hours)
        0 at night.
    solar_hour : array, shape (places, hours)
        12 when the sun is highest.
    half_day : array, shape (places, hours)
        Hours from sunrise to solar noon.

    Notes
    -----
    Declination after Cooper (1969), equation of time after Spencer (1971).

    Examples
    --------
    >>> clock = Clock.of(2020, 6)
    >>> sine, solar, half = solar_elevation(clock, np.array([44.0]), np.array([87.3]))
    >>> float(clock.hour[int(sine[0, :24].argmax())]), bool(7.5 < half[0, 0] < 7.9)
    (14.5, True)
    """
    angle = 2 * np.pi * (clock.day - 1) / 365.25
    declination = np.deg2rad(23.45) * np.sin(2 * np.pi * (284 + clock.day) / 365.25)
    equation = (
        229.18
        / 60
        * (
            0.000075
            + 0.001868 * np.cos(angle)
            - 0.032077 * np.sin(angle)
            - 0.014615 * np.cos(2 * angle)
            - 0.04089 * np.sin(2 * angle)
        )
    )
    solar_hour = np.mod(clock.hour[None] - 8 + lon[:, None] / 15 + equation[None], 24)
    phi = np.deg2rad(lat)[:, None]
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(
        np.pi * (solar_hour - 12) / 12
    )
    half_day = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1, 1)) * 12 / np.pi
    return np.maximum(sine, 0.0), solar_hour, half_day

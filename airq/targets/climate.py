"""Log climatology, its level that of recent years and its season that of many, and how far each year is from it.

Examples
--------
>>> days = np.arange(np.datetime64("2017-01-01"), np.datetime64("2019-01-01"))
>>> level = np.where(days < np.datetime64("2018-01-01"), 40.0, 20.0)[:, None]
>>> years = YearTable.of(days, level)
>>> normal, age = years.normal(2019)
>>> float(np.exp(normal[0, 0]).round(2)), float(age[0].round(2))   # 2018 weighs 1, 2017 weighs 0.5
(25.2, 1.33)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.targets.series import calendar_slots

__all__ = ["FLOOR", "SLOTS", "YearTable", "filled", "logs"]

Floats = npt.NDArray[np.float64]

SLOTS: Final = 366
WEIGHT: Final = 0.5
"""Weight of a year against the next one in the level (recipe of docs/targets.md)."""
SEASON_WEIGHT: Final = 0.8
"""The same in the season, which one winter out of the common would else shape for the next ones [B 60%]."""
SMOOTHING_DAYS: Final = 12.0
"""Standard deviation of the Gaussian window over the calendar."""
LEAST_WEIGHT: Final = 1e-4
"""Smoothed number of values below which a calendar day has no climatology."""
FLOOR: Final = 0.05
"""Lowest concentration that enters a logarithm, canonical units."""


def logs(values: Floats) -> Floats:
    """Natural logarithms, NaN kept.

    Examples
    --------
    >>> logs(np.array([1.0, np.nan])).tolist()
    [0.0, nan]
    """
    return np.log(np.maximum(values, FLOOR))


def filled(normal: Floats) -> Floats:
    """Climatology without gaps: linear around the calendar between the days that are there."""
    out = normal.copy()
    place = np.arange(out.shape[0])
    for v in range(out.shape[1]):
        there = np.isfinite(out[:, v])
        if there.any() and not there.all():
            out[:, v] = np.interp(place, place[there], out[there, v], period=out.shape[0])
    return out


def _window() -> npt.NDArray[np.complex128]:
    distance = np.minimum(np.arange(SLOTS), SLOTS - np.arange(SLOTS))
    weights = np.exp(-0.5 * (distance / SMOOTHING_DAYS) ** 2)
    weights[distance > 3 * SMOOTHING_DAYS] = 0.0
    return np.asarray(np.fft.rfft(weights / weights.sum()))


_WINDOW: Final = _window()


def _smooth(table: Floats) -> Floats:
    spectrum = np.fft.rfft(table, axis=1) * _WINDOW[None, :, None]
    return np.asarray(np.fft.irfft(spectrum, n=SLOTS, axis=1))


@dataclass(frozen=True)
class YearTable:
    """Logarithms of a series laid out by year and calendar day.

    Attributes
    ----------
    years : int array (year,)
        Consecutive.
    logs : float64 array (year, 366, variable)
    sums, counts : float64 array (year, 366, variable)
        Smoothed over the calendar: sums of logarithms and numbers of values.
    """

    years: npt.NDArray[np.int64]
    logs: Floats
    sums: Floats
    counts: Floats

    @classmethod
    def of(cls, days: npt.NDArray[np.datetime64], values: Floats) -> YearTable:
        """Table of a daily series.

        Parameters
        ----------
        days : datetime64[D] array (day,)
        values : float64 array (day, variable)
            Concentrations; NaN is missing.
        """
        year = days.astype("datetime64[Y]").astype(np.int64) + 1970
        years = np.arange(year.min(), year.max() + 1)
        table = np.full((years.size, SLOTS, values.shape[1]), np.nan)
        table[year - years[0], calendar_slots(days)] = logs(values)
        valid = np.isfinite(table)
        return cls(years, table, _smooth(np.where(valid, table, 0.0)), _smooth(valid.astype(np.float64)))

    def weights(self, year: int, weight: float = WEIGHT) -> Floats:
        """Weight of each year in the climatology of ``year``: 1 for the year before, ``weight`` for the one before that."""
        age = year - self.years
        return np.where(age >= 1, weight ** (age - 1.0), 0.0)

    def normal(self, year: int, season: float = SEASON_WEIGHT) -> tuple[Floats, Floats]:
        """Climatology of a year from the years before it.

        Parameters
        ----------
        year : int
        season : float
            Weight of a year against the next one in the course of the year; the level always takes 0.5.

        Returns
        -------
        normal : float64 array (366, variable)
            NaN where no earlier year has a value within the window.
        age : float64 array (variable,)
            Weighted mean age in years of the values that make the level.
        """
        total, summed, held = self._weighted(year, WEIGHT)
        age = ((year - self.years)[:, None] * held).sum(axis=0) / np.maximum(held.sum(axis=0), 1e-9)
        number, sums, _ = (total, summed, held) if season == WEIGHT else self._weighted(year, season)
        with np.errstate(invalid="ignore", divide="ignore"):
            shape = np.where(number > LEAST_WEIGHT, sums / number, np.nan)
        off = np.nansum(summed - shape * total, axis=0) / np.maximum(total.sum(axis=0), 1e-9)
        return np.asarray(shape + off), age

    def _weighted(self, year: int, weight: float) -> tuple[Floats, Floats, Floats]:
        """Weighted numbers and sums by calendar day, and weighted numbers by year, of the years before."""
        # A year of which only a part is there weighs by that part, so that its season does not pass for a level.
        w = self.weights(year, weight)[:, None] * np.minimum(self._days / 365.0, 1.0)
        n = int((self.years < year).sum())
        total = np.einsum("yv,ysv->sv", w[:n], self.counts[:n])
        summed = np.einsum("yv,ysv->sv", w[:n], self.sums[:n])
        return total, summed, w * self._days

    @cached_property
    def _days(self) -> Floats:
        """Number of values of each year, (year, variable)."""
        return np.asarray(self.counts.sum(axis=1))

    def anomalies(self, year: int) -> Floats:
        """Logarithms of a year minus its climatology from the years before it, (366, variable)."""
        return np.asarray(self.logs[year - self.years[0]] - self.normal(year)[0])

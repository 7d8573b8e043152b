"""Log climatology with recent years weighing more, and what each year stands above or below it.

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
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.targets.series import calendar_slots

__all__ = ["FLOOR", "SLOTS", "YearTable", "filled", "logs"]

Floats = npt.NDArray[np.float64]

SLOTS: Final = 366
WEIGHT: Final = 0.5
"""Weight of a year against the next one (recipe of docs/targets.md)."""
SMOOTHING_DAYS: Final = 12.0
"""Standard deviation of the Gaussian window over the calendar."""
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

    def weights(self, year: int) -> Floats:
        """Weight of each year in the climatology of ``year``: 1 for the year before, half for the one before that."""
        age = year - self.years
        return np.where(age >= 1, WEIGHT ** (age - 1.0), 0.0)

    def normal(self, year: int) -> tuple[Floats, Floats]:
        """Climatology of a year from the years before it.

        Parameters
        ----------
        year : int

        Returns
        -------
        normal : float64 array (366, variable)
            NaN where no earlier year has a value within the window.
        age : float64 array (variable,)
            Weighted mean age in years of the values in it.
        """
        w = self.weights(year)
        # A year of which only a part is there weighs by that part, so that its season does not pass for a level.
        w = w[:, None] * np.minimum(self.counts.sum(axis=1) / 365.0, 1.0)
        total = (w[:, None, :] * self.counts).sum(axis=0)
        summed = (w[:, None, :] * self.sums).sum(axis=0)
        held = w * self.counts.sum(axis=1)
        age = ((year - self.years)[:, None] * held).sum(axis=0) / np.maximum(held.sum(axis=0), 1e-9)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(total > 1e-4, summed / total, np.nan), age

    def anomalies(self, year: int) -> Floats:
        """Logarithms of a year minus its climatology from the years before it, (366, variable)."""
        return np.asarray(self.logs[year - self.years[0]] - self.normal(year)[0])

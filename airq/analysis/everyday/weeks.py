"""Intervals of means of cells (hours of the day, weekdays, months) from whole weeks.

Hours are not independent: an episode lasts days. An interval that treats every hour as news, as the usual bootstrap of
hours does, is far too narrow. Here the mean of a cell is taken as a ratio of sums over weeks; its error follows from how
the weeks differ (linearised ratio, Cochran 1977, ch. 6), after what the season explains is taken out, with Bartlett's
weight for neighbouring weeks (Newey and West 1987) and Student's quantile for few weeks.

Examples
--------
>>> week = np.repeat(np.arange(10), 7)
>>> values = np.random.default_rng(0).normal(50, 10, 70)
>>> one = cells_of(week, np.zeros(70, dtype=int), values, 1)
>>> half = one.half_width(0.95)
>>> bool(1 < half[0] < 6), one.mean.round(0).tolist()
(True, [51.0])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

__all__ = ["Cells", "cells_of", "seasonal_design", "week_numbers"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FULL_YEAR = 47
"""Weeks from which the season is taken out of the spread of the weeks."""


def week_numbers(day: npt.NDArray[np.datetime64]) -> Ints:
    """Number of the week of each day, from Monday, counted from the first, with silent weeks in between."""
    number = (day.astype("datetime64[D]").astype(np.int64) + 3) // 7
    return np.asarray(number - number.min() if len(number) else number, dtype=np.int64)


def seasonal_design(first: np.datetime64, weeks: int) -> Array:
    """What the season may explain of the spread of weeks: two harmonics and a trend, shape (weeks, 6).

    A constant alone with less than most of a year.
    """
    if weeks < _FULL_YEAR:
        return np.ones((weeks, 1))
    middle = first.astype("datetime64[D]").astype(np.int64) + 7 * np.arange(weeks) + 3
    angle = 2 * np.pi * middle / 365.2425
    waves = [f(k * angle) for k in (1, 2) for f in (np.cos, np.sin)]
    return np.column_stack([np.ones(weeks), np.linspace(-1, 1, weeks), *waves])


@dataclass(frozen=True, eq=False)
class Cells:
    """Means of cells with their errors by week.

    Attributes
    ----------
    mean : float64 array, shape (cells,)
        NaN where a cell is empty.
    count : int array, shape (cells,)
        Values.
    weeks : int array, shape (cells,)
        Weeks with a value.
    influence : float64 array, shape (weeks, cells)
        What each week adds to the error of each mean.
    design : float64 array, shape (weeks, p)
    """

    mean: Array
    count: Ints
    weeks: Ints
    influence: Array
    design: Array

    def half_width(self, confidence: float, influence: Array | None = None) -> Array:
        """Half width of the interval of each mean, or of what another influence belongs to; NaN below three weeks."""
        z = self.influence if influence is None else influence
        q, _ = np.linalg.qr(self.design)
        left = z - q @ (q.T @ z)
        p = self.design.shape[1]
        squares = left**2
        own = squares.sum(axis=0)
        # Neighbouring weeks of one spell go together; a negative covariance is not let narrow the interval.
        beside = 2 * (left[1:] * left[:-1]).sum(axis=0)
        lost = len(z) / max(len(z) - p, 1) * self.weeks / np.maximum(self.weeks - 1, 1)
        variance = lost * (own + np.maximum(beside, 0.0))
        # Weeks that spread more count for more: Satterthwaite's freedom, fourth moments of a normal spread.
        with np.errstate(invalid="ignore", divide="ignore"):
            equal = 3 * own**2 / (squares**2).sum(axis=0)
        free = np.clip(np.where(np.isfinite(equal), equal, 2), 2, np.maximum(self.weeks - 1, 2))
        half = student.ppf((1 + confidence) / 2, free) * np.sqrt(variance)
        return np.asarray(np.where((self.weeks >= 3) & (len(z) > p), half, np.nan))


def cells_of(week: Ints, cell: Ints, values: Array, cells: int, design: Array | None = None) -> Cells:
    """Means of cells and the influence of each week on them.

    Parameters
    ----------
    week : int array, shape (n,)
        From 0.
    cell : int array, shape (n,)
        From 0 to below ``cells``.
    values : float64 array, shape (n,)
        NaN is left out.
    cells : int
    design : float64 array, shape (weeks, p), optional
        A constant by default.

    Returns
    -------
    Cells
    """
    weeks = len(design) if design is not None else (int(week.max()) + 1 if len(week) else 0)
    known = np.isfinite(values)
    flat = week[known] * cells + cell[known]
    number = np.bincount(flat, minlength=weeks * cells).reshape(weeks, cells)
    total = np.bincount(flat, weights=values[known], minlength=weeks * cells).reshape(weeks, cells)
    count = number.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, total.sum(axis=0) / count, np.nan)
        influence = (total - number * np.where(count > 0, mean, 0.0)) / np.maximum(count, 1)
    return Cells(
        mean=mean,
        count=count,
        weeks=(number > 0).sum(axis=0),
        influence=influence,
        design=np.ones((weeks, 1)) if design is None else design,
    )

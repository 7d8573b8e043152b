"""Weather drawn anew for each week and hour of the day, from the same time of year and day in every year.

The draws of a cell are spread evenly over its pool, sorted by what the first stage says the weather does to the target:
the same number of draws then errs far less than blind ones (systematic sampling, Cochran 1977, chapter 8).

Examples
--------
>>> pools = Pools.build(np.arange(730), np.zeros(730), np.ones(730, bool), np.zeros(730), "constrained", 30, 2, "daily")
>>> pools.size(np.array([100]), np.array([0])).tolist()
[122]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["MODES", "Cells", "Pools", "cells_of"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MODES: Final = ("constrained", "free", "all_but_trend")
"""``constrained``: weather of the same time of year and day; ``free``: of any time; ``all_but_trend``: weather, season and
hour of any time, so that only the trend is left."""

_YEAR: Final = 365.2425
_STEP: Final = 4
"""Days between the centres of pools."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Times for which weather is drawn: weeks by hours for hourly rows, days for daily ones.

    Attributes
    ----------
    day, hour : int array, shape (cells,)
        Middle of the cell.
    shape : (int, int)
        Periods and hours; cells count hours first.
    first, width : int
        Day on which the first period begins, and its days.
    """

    day: Ints
    hour: Ints
    shape: tuple[int, int]
    first: int
    width: int

    def spread(self, values: Array, day: Ints, hour: Ints) -> Array:
        """Values of cells at rows, interpolated from week to week; shape (..., rows)."""
        table = values.reshape(*values.shape[:-1], *self.shape)
        if self.width == 1:
            return np.asarray(table[..., day - self.first, 0])
        at = (day - self.first + (hour + 0.5) / 24.0) / self.width - 0.5
        low = np.clip(np.floor(at).astype(np.int64), 0, self.shape[0] - 1)
        high = np.minimum(low + 1, self.shape[0] - 1)
        share = np.clip(at - low, 0.0, 1.0)
        below, above = table[..., low, hour], table[..., high, hour]
        mixed = (1 - share) * below + share * above
        # Next to a cell without a pool the other one stands alone.
        return np.where(np.isnan(mixed), np.where(share < 0.5, below, above), mixed)


def cells_of(day: Ints, step: str) -> Cells:
    """Cells that cover the days of a record."""
    width = 7 if step == "hourly" else 1
    hours = 24 if step == "hourly" else 1
    first = int(day.min())
    count = (int(day.max()) - first) // width + 1
    middle = first + width * np.arange(count) + width // 2
    return Cells(np.repeat(middle, hours), np.tile(np.arange(hours), count), (count, hours), first, width)


@dataclass(frozen=True, eq=False)
class Pools:
    """Rows from which weather is drawn, by time of year and hour.

    Attributes
    ----------
    rows : int array
        One pool after the other, each sorted by its score.
    start : int array, shape (pools + 1,)
    by_season, by_hour : int
        Numbers of pools along the year and along the day.
    """

    rows: Ints
    start: Ints
    by_season: int
    by_hour: int

    @classmethod
    def build(
        cls, day: Ints, hour: Array, usable: Bools, score: Array, mode: str, days: int, hours: int, step: str
    ) -> Pools:
        """Pools of a record.

        Parameters
        ----------
        day, hour : array, shape (n,)
            Hour of the clock.
        usable : bool array, shape (n,)
            Rows with complete weather.
        score : array, shape (n,)
            By which each pool is sorted.
        mode : {"constrained", "free", "all_but_trend"}
        days, hours : int
            Half widths of the window.
        step : {"hourly", "daily"}
        """
        order = np.flatnonzero(usable)
        order = order[np.argsort(score[order], kind="stable")]
        if mode != "constrained":
            return cls(order, np.array([0, len(order)]), 1, 1)
        season = np.mod(day[order], _YEAR)
        by_season, by_hour = int(np.ceil(_YEAR / _STEP)), 24 if step == "hourly" else 1
        parts: list[Ints] = []
        for k in range(by_season):
            away = np.abs(season - (k + 0.5) * _STEP)
            near = order[np.minimum(away, _YEAR - away) <= days + 0.5]
            clock = hour[near]
            for h in range(by_hour):
                apart = np.abs(clock - h)
                parts.append(near[np.minimum(apart, 24 - apart) <= hours] if by_hour > 1 else near)
        start = np.concatenate([[0], np.cumsum([len(p) for p in parts])])
        return cls(np.concatenate(parts), start, by_season, by_hour)

    def _number(self, day: Ints, hour: Ints) -> Ints:
        if self.by_season == 1:
            return np.zeros(len(day), dtype=np.int64)
        season = np.minimum(np.mod(day, _YEAR) // _STEP, self.by_season - 1).astype(np.int64)
        return np.asarray(season * self.by_hour + (hour if self.by_hour > 1 else 0), dtype=np.int64)

    def size(self, day: Ints, hour: Ints) -> Ints:
        """Rows in the pool of each cell."""
        number = self._number(day, hour)
        return np.asarray(self.start[number + 1] - self.start[number])

    def draw(self, day: Ints, hour: Ints, count: int, rng: np.random.Generator) -> Ints:
        """Rows for each cell, shape (cells, count); -1 where its pool is empty."""
        number = self._number(day, hour)
        begin, size = self.start[number], self.start[number + 1] - self.start[number]
        at = (rng.random((len(day), 1)) + np.arange(count)) / count
        index = begin[:, None] + np.minimum(
            (at * size[:, None]).astype(np.int64), np.maximum(size[:, None] - 1, 0)
        )
        drawn = self.rows[np.minimum(index, len(self.rows) - 1)]
        return np.where(size[:, None] > 0, drawn, -1)

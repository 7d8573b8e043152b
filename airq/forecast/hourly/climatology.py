"""What is usual at an hour of the day and year: a smooth level for features, quantiles as the forecast of last resort.

The level is a regression of the logarithm on two yearly and four daily waves and their products: few parameters, so
that it knows little of the hours it was fitted on. The quantiles are those of the hours within 20 days and one hour of
the day, in all years.

Examples
--------
>>> time = pd.date_range("2018-01-01", periods=24 * 400, freq="h")
>>> values = 50 + 20 * np.cos(np.arange(24 * 400) / 24 * 2 * np.pi)[:, None]
>>> usual = Climatology.fit(time, values, 5.0)
>>> usual.quantiles(pd.DatetimeIndex(["2019-07-01T00:00"]), np.array([0]))[0, 9].round().item()
69.0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.forecast.arrays import Array, Ints
from airq.forecast.names import LEVELS

__all__ = ["Climatology"]

YEAR: Final = 365.25
_YEARLY, _DAILY = 2, 4
_STEP: Final = 10
"""Days between the centres of the windows."""
_WINDOWS: Final = (20, 45, 90, 183)
"""Half widths in days; the first that holds enough values is taken."""
_ENOUGH: Final = 60
_RIDGE: Final = 20.0
"""Penalty on all waves."""
_UNSEEN: Final = 0.1
"""Penalty on yearly waves, a known hour and share of the year never seen: there they would swing freely."""


def waves(time: pd.DatetimeIndex) -> Array:
    """Yearly and daily waves and their products, shape (time, 45); the first column is one."""
    year = 2 * np.pi * (time.day_of_year.to_numpy() - 1 + time.hour.to_numpy() / 24) / YEAR
    day = 2 * np.pi * time.hour.to_numpy() / 24
    slow = [np.ones(len(time))] + [f(k * year) for k in range(1, _YEARLY + 1) for f in (np.sin, np.cos)]
    fast = [np.ones(len(time))] + [f(k * day) for k in range(1, _DAILY + 1) for f in (np.sin, np.cos)]
    return (np.stack(slow, 1)[:, :, None] * np.stack(fast, 1)[:, None, :]).reshape(len(time), -1)


@dataclass(frozen=True)
class Climatology:
    """Usual level and spread by site, hour and day of the year.

    Attributes
    ----------
    waves : float64 array, shape (45, site)
        Coefficients of the logarithm.
    table : float64 array, shape (site, window, 24, 19)
        Quantiles; windows every ten days of the year.
    offset : float
        Added before the logarithm is taken.
    """

    waves: Array
    table: Array
    offset: float

    @classmethod
    def fit(
        cls, time: pd.DatetimeIndex, values: Array, offset: float, used: npt.NDArray[np.bool_] | None = None
    ) -> Climatology:
        """Learn from hours.

        Parameters
        ----------
        time : DatetimeIndex, shape (time,)
        values : float64 array, shape (time, site)
            Not negative; every site has a known value.
        offset : float
            Positive.
        used : bool array, shape (time,), optional
            Hours to learn from.
        """
        if used is not None:
            time, values = time[used], values[used]
        basis = waves(time)
        n_sites = values.shape[1]
        coefficients = np.zeros((basis.shape[1], n_sites))
        table = np.empty((n_sites, len(_centres()), 24, len(LEVELS)))
        for site in range(n_sites):
            known = np.isfinite(values[:, site])
            x, y = basis[known], np.log(values[known, site] + offset)
            penalty = _penalty(time[known])
            coefficients[:, site] = np.linalg.solve(x.T @ x + np.diag(penalty), x.T @ y)
            table[site] = _window_quantiles(time[known], values[known, site])
        return cls(coefficients, table, offset)

    def level(self, time: pd.DatetimeIndex) -> Array:
        """Usual logarithm, shape (time, site)."""
        return np.asarray(waves(time) @ self.waves)

    def median(self, time: pd.DatetimeIndex, site: Ints) -> Array:
        """Logarithm of the median at given hours and sites, shape (n,)."""
        return np.asarray(np.log(self.quantiles(time, site)[:, len(LEVELS) // 2] + self.offset))

    def quantiles(self, time: pd.DatetimeIndex, site: Ints) -> Array:
        """Quantiles at given hours and sites, shape (n, 19)."""
        where = (time.day_of_year.to_numpy() - 1) / _STEP
        windows = len(_centres())
        left = np.floor(where).astype(np.int64) % windows
        share = (where - np.floor(where))[:, None]
        hour = time.hour.to_numpy()
        first = self.table[site, left, hour]
        second = self.table[site, (left + 1) % windows, hour]
        return np.asarray((1 - share) * first + share * second)


def _penalty(time: pd.DatetimeIndex) -> Array:
    """Penalty of each wave; the constant has none."""
    months = len(np.unique((time.day_of_year.to_numpy() - 1) // 31))
    out = np.full((1 + 2 * _YEARLY, 1 + 2 * _DAILY), _RIDGE)
    out[1:] += _UNSEEN * len(time) * (1 - months / 12)
    out[0, 0] = 1e-6
    return out.reshape(-1)


def _centres() -> Array:
    return np.arange(0, 366, _STEP, dtype=np.float64)


def _window_quantiles(time: pd.DatetimeIndex, values: Array) -> Array:
    """Quantiles of one site by window and hour, shape (window, 24, 19)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    hour = time.hour.to_numpy()[order]
    day = time.day_of_year.to_numpy()[order] - 1.0
    out = np.empty((len(_centres()), 24, len(LEVELS)))
    everything = _of_sorted(ordered)
    for h in range(24):
        near = np.isin(hour, [(h - 1) % 24, h, (h + 1) % 24])
        held, of_day = ordered[near], day[near]
        for i, centre in enumerate(_centres()):
            apart = np.abs((of_day - centre + YEAR / 2) % YEAR - YEAR / 2)
            enough = (w for w in _WINDOWS if np.count_nonzero(apart <= w) >= _ENOUGH)
            width = next(enough, None)
            out[i, h] = everything if width is None else _of_sorted(held[apart <= width])
    return out


def _of_sorted(values: Array) -> Array:
    """Quantiles of sorted values, linear between them."""
    place = np.asarray(LEVELS) * (len(values) - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, len(values) - 1)
    return np.asarray(values[low] + (place - low) * (values[high] - values[low]))

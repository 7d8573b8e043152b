"""What the months so far tell of the days to come.

The log anomaly of a day against the climatology is a level of the whole year, anomalies of a month or two that are
greater in winter, and what a day has for itself. The first two are foretold from the means of ten days so far by their
joint normal distribution (kriging in time). The end of the heating season parts them: a winter of stagnant air tells
next to nothing of the spring.

Examples
--------
>>> days = np.arange(np.datetime64("2015-01-01"), np.datetime64("2018-11-01"))
>>> worse = (days >= np.datetime64("2018-10-01")) | (days.astype("datetime64[M]") == np.datetime64("2018-02"))
>>> table = YearTable.of(days, np.where(worse, 60.0, 40.0)[:, None])
>>> def ahead(slot):   # expected anomaly on the first day, 30 and 60 days later, in November and on 1 March
...     told = Evidence.of(table, table.normal(2018)[0], 2018, slot)
...     made = told.foretell(slot, np.array([0.0, 30.0, 60.0]), np.array([0.07]), np.array([0.5]))
...     return (made.mean[1:, 0] * season_sd(slot + np.array([0, 30, 60]))).round(2).tolist()
>>> ahead(305)
[0.24, 0.14, 0.08]
>>> ahead(60)
[0.25, 0.03, 0.01]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.targets.climate import SLOTS, YearTable

__all__ = ["Evidence", "Foretold", "nearness", "season_sd"]

Floats = npt.NDArray[np.float64]

SEASON_SD: Final = 0.22
"""Standard deviation of anomalies of a month or two against the climatology, log scale [M, shared capitals]."""
SEASON_SWING: Final = 0.08
"""By how much it is greater in mid-January and smaller in mid-July [M, shared capitals]."""
SEASON_DAYS: Final = 45.0
"""Days in which such an anomaly fades to 1/e [M, shared capitals: monthly means 0.5 at one month, 0.25 at two]."""
BREAK: Final = (60.0, 90.0)
"""March, in which heating ends: places in the calendar over which more time passes for the anomalies."""
BREAK_DAYS: Final = 60.0
"""Days that March has more for them [M, shared capitals: 0.1 between February and March, 0.5 to 0.7 elsewhere]."""
BIN: Final = 10
"""Days of a mean that enters."""
_TINY: Final = 1e-9


def season_sd(slots: Any) -> Floats:
    """Standard deviation of anomalies of a month or two on calendar places.

    Examples
    --------
    >>> [float(v) for v in season_sd(np.array([15, 198])).round(2)]
    [0.3, 0.14]
    """
    turn = 2 * np.pi * (np.asarray(slots) - 15) / SLOTS
    return np.asarray(SEASON_SD + SEASON_SWING * np.cos(turn))


def _clock(places: Floats) -> Floats:
    """Calendar places as time that passes faster in each March."""
    first, last = BREAK
    year = np.floor((places - first) / SLOTS)
    inside = np.clip((places - first - SLOTS * year) / (last - first), 0.0, 1.0)
    return np.asarray(places + BREAK_DAYS * (year + inside))


def nearness(p: Floats, q: Floats) -> Floats:
    """Correlation of anomalies between two lists of calendar places, (p, q); places may lie outside 0 to 365.

    Examples
    --------
    >>> nearness(np.array([330.0, 45.0]), np.array([375.0, 105.0])).round(2).tolist()
    [[0.37, 0.01], [0.0, 0.07]]
    """
    return np.asarray(np.exp(-np.abs(_clock(p)[:, None] - _clock(q)[None, :]) / SEASON_DAYS))


@dataclass(frozen=True)
class Foretold:
    """Distribution of the year's level (first place) and of the anomalies at knots, in standard deviations.

    Attributes
    ----------
    mean : float64 array (1 + knot, variable)
        Without a drift.
    slope : float64 array (1 + knot, variable)
        What one unit of expected drift of the year adds.
    root : float64 array (variable, 1 + knot, 1 + knot)
        Lower triangular root of the covariance.
    """

    mean: Floats
    slope: Floats
    root: Floats


@dataclass(frozen=True)
class Evidence:
    """Mean anomalies of ten days each, up to the day of issue.

    Attributes
    ----------
    places : float64 array (bin,)
        Middle of each, days since 1 January.
    own : float64 array (bin, variable)
        NaN where no day has a value.
    days : float64 array (bin, variable)
        Days with a value.
    """

    places: Floats
    own: Floats
    days: Floats

    @classmethod
    def of(cls, table: YearTable, normal: Floats, year: int, slot: int) -> Evidence:
        """Evidence on a site; nothing from calendar place ``slot`` of ``year`` on is looked at.

        Parameters
        ----------
        table : YearTable
        normal : float64 array (366, variable)
            Climatology of the year.
        year, slot : int
            Of the day after the day of issue.
        """
        own, days = _binned(table, normal, year, slot)
        number = own.shape[0]
        end = slot + BIN * (np.arange(number) + 1.0 - number)
        return cls(end - (BIN + 1) / 2, own, days)

    def foretell(self, slot: int, knots: Floats, sd: Floats, daily: Floats) -> Foretold:
        """Level of the year and anomalies ahead.

        Parameters
        ----------
        slot : int
            Place of the first day to come.
        knots : float64 array (knot,)
            Days after that one.
        sd : float64 array (variable,)
            Standard deviation of the level.
        daily : float64 array (variable,)
            Variance of the mean of n days about level and anomaly, times n.
        """
        at = slot + knots
        size = knots.size + 1
        mean, slope = np.zeros((size, sd.size)), np.zeros((size, sd.size))
        root = np.empty((sd.size, size, size))
        for v in range(sd.size):
            mean[:, v], slope[:, v], root[v] = self._one(v, at, float(sd[v]), float(daily[v]))
        return Foretold(mean, slope, root)

    def _one(self, v: int, at: Floats, sd: float, daily: float) -> tuple[Floats, Floats, Floats]:
        """Mean, response to the drift and root of the covariance, for one variable."""
        ok = np.isfinite(self.own[:, v])
        places = self.places[ok]
        spread = season_sd(places)
        prior = np.zeros((at.size + 1, at.size + 1))
        prior[0, 0] = sd**2
        prior[1:, 1:] = nearness(at, at)
        seen = sd**2 + np.outer(spread, spread) * nearness(places, places)
        seen += np.diag(daily / self.days[ok, v] + _TINY)
        between = np.concatenate([np.full((1, places.size), sd**2), nearness(at, places) * spread])
        gain = np.linalg.solve(seen, between.T).T
        return gain @ self.own[ok, v], -gain.sum(axis=1), _root(prior - gain @ between.T)


def _root(covariance: Floats) -> Floats:
    """Lower triangular root of a matrix that rounding may have made slightly indefinite."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(np.linalg.cholesky((vectors * np.maximum(values, _TINY)) @ vectors.T))


def _binned(table: YearTable, normal: Floats, year: int, slot: int) -> tuple[Floats, Floats]:
    """Mean anomalies and numbers of days, backwards from a day in steps of ten days."""
    # The year before is in the climatology already.
    inside = table.years[0] <= year <= table.years[-1]
    rows = (table.logs[year - table.years[0]] - normal if inside else np.full(normal.shape, np.nan))[:slot]
    short = -rows.shape[0] % BIN
    rows = np.concatenate([np.full((short, rows.shape[1]), np.nan), rows]).reshape(-1, BIN, rows.shape[1])
    there = np.isfinite(rows)
    number = there.sum(axis=1).astype(np.float64)
    total = np.where(there, rows, 0.0).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1.0), np.nan), number

"""Features of the hour of issue and of the target hour.

Everything is computed an array (time, site) at a time and gathered at the wanted rows, so that memory grows with rows
and not with features times hours. Each feature at an hour uses that hour and earlier ones only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.forecast.arrays import Array, Ints, filled, lagged, mean_over, others_mean, rolling
from airq.forecast.hourly.climatology import YEAR, Climatology
from airq.forecast.hourly.panel import Panel
from airq.variables import POLLUTANTS

__all__ = ["Ahead", "Basis", "Rows", "issue_matrix"]

Matrix = npt.NDArray[np.float32]

BRIDGE: Final = 6
"""Hours that the last value stands for a gap."""

_LAGS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 21, 24, 36, 48)
_CHANGES: Final = (1, 2, 3, 6, 12, 24)
_MEANS: Final = (3, 6, 12, 24, 48, 72, 168)
_EXTREMES: Final = (12, 24, 72)
_TENDENCIES: Final = ("temperature", "pressure", "dew_point", "relative_humidity", "mixing_height")
_FLOWS: Final = ("wind_u", "wind_v", "wind_speed", "precipitation", "radiation")
_PATTERNS: Final = 2
_LEAST_SITES: Final = 4
"""Sites from which patterns among them are drawn."""


@dataclass(frozen=True)
class Rows:
    """Hours of issue: positions in the panel.

    Attributes
    ----------
    time, site : int64 array, shape (n,)
    """

    time: Ints
    site: Ints

    def __len__(self) -> int:
        return len(self.time)

    def take(self, keep: npt.NDArray[np.bool_] | Ints) -> Rows:
        """Some of the rows."""
        return Rows(self.time[keep], self.site[keep])


@dataclass(frozen=True)
class Basis:
    """What features take from the training hours.

    Attributes
    ----------
    offset : float
        Added before logarithms are taken.
    climatology : Climatology
    patterns : float64 array, shape (site, pattern)
        Leading patterns of the differences among sites; no column with few sites.
    """

    offset: float
    climatology: Climatology
    patterns: Array

    @classmethod
    def fit(cls, panel: Panel, target: str, train: npt.NDArray[np.bool_]) -> Basis:
        """Learn from the hours ``train`` of a panel."""
        values = panel.values[target]
        middle = float(np.nanmedian(values[train]))
        offset = max(0.1 * middle, 1e-3)
        climatology = Climatology.fit(panel.time, values, offset, train)
        return cls(offset, climatology, _patterns(np.log(values[train] + offset)))

    def log(self, values: Array) -> Array:
        """Logarithm of the target."""
        return np.asarray(np.log(values + self.offset))

    def level(self, panel: Panel, target: str) -> Array:
        """Logarithm of the last known value of each hour; the other sites', else the usual one, in long gaps."""
        log = filled(self.log(panel.values[target]), BRIDGE)
        usual = self.climatology.level(panel.time)
        regional = others_mean(log - usual) + usual
        log = np.where(np.isfinite(log), log, regional)
        return np.where(np.isfinite(log), log, usual)


def _patterns(log: Array) -> Array:
    sites = log.shape[1]
    if sites < _LEAST_SITES:
        return np.empty((sites, 0))
    apart = log - mean_over(log, 1)[:, None]
    apart = np.where(np.isfinite(apart), apart, 0.0)
    found = np.linalg.eigh(apart.T @ apart)[1][:, ::-1][:, :_PATTERNS]
    largest = np.take_along_axis(found, np.abs(found).argmax(axis=0)[None], 0)
    return np.asarray(found * np.sign(largest))


def issue_matrix(panel: Panel, target: str, basis: Basis, rows: Rows) -> Matrix:
    """Features known at the hour of issue.

    Parameters
    ----------
    panel : Panel
    target : str
    basis : Basis
    rows : Rows
        Hours of issue, n of them.

    Returns
    -------
    float32 array, shape (n, feature)
        The first column is the logarithm of the last value (:meth:`Basis.level`); NaN where unknown.
    """
    columns = [
        np.broadcast_to(a, panel.raw.shape)[rows.time, rows.site].astype(np.float32)
        for a in _issue_arrays(panel, target, basis)
    ]
    return np.stack(columns, axis=1)


def _issue_arrays(panel: Panel, target: str, basis: Basis) -> Iterator[Array]:
    yield basis.level(panel, target)
    x = filled(panel.values[target], BRIDGE)
    log = basis.log(x)
    yield from _own(panel.values[target], x, log, basis)
    yield from _region(log, basis)
    for name in POLLUTANTS:
        if name in panel.values and name != target:
            yield from _pollutant(panel.values[name])
    if {"pm25", "pm10"} <= set(panel.values):
        fine, coarse = (filled(panel.values[n], BRIDGE) for n in ("pm25", "pm10"))
        yield fine / np.maximum(coarse, 1.0)
    yield from _weather(panel)


def _own(raw: Array, x: Array, log: Array, basis: Basis) -> Iterator[Array]:
    yield log
    for k in _LAGS:
        yield lagged(log, k)
    for k in _CHANGES:
        yield log - lagged(log, k)
    for k in (1, 3, 6):
        yield x - lagged(x, k)
    for k in _MEANS:
        yield basis.log(rolling(raw, k))
    for k in _EXTREMES:
        yield basis.log(rolling(raw, k, "max"))
        yield basis.log(rolling(raw, k, "min"))
    yield rolling(basis.log(raw), 24, "std")


def _region(log: Array, basis: Basis) -> Iterator[Array]:
    """Levels of the other sites: mean, tendency, extremes, patterns."""
    if log.shape[1] < 2:
        return
    others = others_mean(log)
    for k in (0, 1, 2, 3, 6, 12, 24):
        yield lagged(others, k)
    for k in (1, 3, 6):
        yield others - lagged(others, k)
    yield log - others
    known = np.isfinite(log)
    yield np.where(known, log, -np.inf).max(axis=1, keepdims=True, initial=-1e3)
    yield np.where(known, log, np.inf).min(axis=1, keepdims=True, initial=1e3)
    change = log - lagged(log, 1)
    moved = np.isfinite(change)
    yield np.where(moved, change, -np.inf).max(axis=1, keepdims=True, initial=-1e3)
    yield np.where(moved, change, np.inf).min(axis=1, keepdims=True, initial=1e3)
    if basis.patterns.shape[1]:
        apart = log - mean_over(log, 1)[:, None]
        strength = np.where(np.isfinite(apart), apart, 0.0) @ basis.patterns
        for j in range(basis.patterns.shape[1]):
            yield strength[:, [j]]
            yield strength[:, [j]] - lagged(strength[:, [j]], 3)


def _pollutant(values: Array) -> Iterator[Array]:
    x = filled(values, BRIDGE)
    yield x
    yield x - lagged(x, 3)
    yield rolling(values, 24)
    yield x - lagged(x, 24)
    if values.shape[1] > 1:
        yield others_mean(x)


def _weather(panel: Panel) -> Iterator[Array]:
    """Weather observed up to the hour of issue, at the site and over all sites."""
    many = panel.raw.shape[1] > 1
    held = panel.values
    for name in (*_TENDENCIES, *_FLOWS):
        if name not in held:
            continue
        own = held[name]
        yield own
        region = mean_over(own, 1)[:, None]
        if many:
            yield region
        if name in _TENDENCIES:
            for k in (3, 24):
                yield own - lagged(own, k)
            for k in (6, 12):
                yield region - lagged(region, k)
        else:
            for k in (3, 6, 12, 24):
                yield rolling(region, k)
    if {"temperature", "dew_point"} <= set(held):
        yield held["temperature"] - held["dew_point"]


@dataclass(frozen=True)
class Ahead:
    """Arrays from which the features of target hours are gathered.

    Attributes
    ----------
    time : DatetimeIndex, shape (time + longest lead,)
    level, log, week : float64 array, shape (time, site)
        Last value (:meth:`Basis.level`), value with short gaps bridged, mean of the last week; logarithms.
    usual : float64 array, shape (climatology, time + longest lead, site)
        Usual logarithm by the climatology of all training hours, then by those without each fold in turn.
    """

    time: pd.DatetimeIndex
    level: Array
    log: Array
    week: Array
    usual: Array

    @classmethod
    def of(
        cls, panel: Panel, target: str, basis: Basis, longest: int, partial: Sequence[Climatology] = ()
    ) -> Ahead:
        """Prepare a panel for leads of up to ``longest`` hours."""
        time = pd.date_range(panel.time[0], periods=len(panel.time) + longest, freq="h", unit="ns")
        values = panel.values[target]
        return cls(
            time,
            basis.level(panel, target),
            basis.log(filled(values, BRIDGE)),
            basis.log(rolling(values, 168)),
            np.stack([c.level(time) for c in (basis.climatology, *partial)]),
        )

    def matrix(self, rows: Rows, lead: Ints, which: Ints | int = 0) -> tuple[Matrix, Array]:
        """Features of the target hour that are known at the hour of issue, and the value to start from.

        Parameters
        ----------
        rows : Rows
            n hours of issue.
        lead : int64 array, shape (n,)
            Hours ahead.
        which : int64 array, shape (n,), or int
            Climatology to take: 0 that of all hours; a row to learn from takes one that has not seen its fold, since
            otherwise what came would shine through the usual level, most so in a short series.

        Returns
        -------
        features : float32 array, shape (n, 13)
        start : float64 array, shape (n,)
            Logarithm of the last value moved by the usual difference of the two hours: persistence of the anomaly.
        """
        due = rows.time + lead
        ahead = self.time[due]
        days = -(-lead // 24)
        week = np.stack([_at(self.log, due - 24 * (days + k), rows.site) for k in range(7)], axis=1)
        usual_then = self.usual[which, due, rows.site]
        moved = usual_then - self.usual[which, rows.time, rows.site]
        start = self.level[rows.time, rows.site] + moved
        turn = 2 * np.pi * ahead.day_of_year.to_numpy() / YEAR
        same_hour = mean_over(week, 1)
        columns = [
            lead,
            ahead.hour.to_numpy(),
            np.sin(turn),
            np.cos(turn),
            ahead.day_of_week.to_numpy(),
            rows.site,
            usual_then,
            moved,
            start - usual_then,
            week[:, 0],
            week[:, 1],
            same_hour,
            same_hour - self.week[rows.time, rows.site],
        ]
        return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1), start


def _at(values: Array, row: Ints, site: Ints) -> Array:
    inside = (row >= 0) & (row < len(values))
    return np.where(inside, values[np.where(inside, row, 0), site], np.nan)

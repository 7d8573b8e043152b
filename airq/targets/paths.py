"""Paths of the coming days: half from 10-day calendar blocks, half autoregressive with seasonal residuals.

Both copy whole days of residuals (log value minus climatology minus the year's own level), so that pollutants keep the
dependence they had. The level of the year is added later, which lets one set of paths answer for every drift.

Examples
--------
>>> from airq.targets.climate import YearTable
>>> days = np.arange(np.datetime64("2017-01-01"), np.datetime64("2019-07-01"))
>>> values = 40 * np.exp(0.3 * np.random.default_rng(0).normal(size=(days.size, 1)))
>>> pool = Pool.of(days, values, YearTable.of(days, values).normal(2019)[0])
>>> coming = np.arange(np.datetime64("2019-07-01"), np.datetime64("2020-01-01"))
>>> made = draw(pool, coming, 200, np.random.default_rng(1))
>>> paths = made.residual(0)
>>> paths.shape, bool(abs(paths.mean()) < 0.02), 0.28 < float(paths.std()) < 0.32
((200, 184), True, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from airq.targets.climate import SLOTS, WEIGHT, logs
from airq.targets.series import calendar_slots

__all__ = ["BLOCK", "WINDOW", "Drawn", "Pool", "draw"]

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[Any]

_ONE: Final = np.ones(1, np.float32)

BLOCK: Final = 10
"""Days of a block."""
WINDOW: Final = 15
"""A block begins at most so many calendar days from its place."""
SEASON: Final = 25
"""Innovations come from at most so many calendar days away."""
GROUP: Final = 5
"""Neighbouring days that share the list of days their innovations come from."""
URN: Final = 4096
_ENOUGH: Final = 60


@dataclass(frozen=True)
class Pool:
    """Residuals of the past of one site.

    Attributes
    ----------
    days : datetime64[D] array (day,)
    slots : int array (day,)
        Place in the calendar.
    residual : float32 array (day, variable)
        Days without a value carry those of the nearest complete day.
    complete : bool array (day,)
        Days with every variable that the site usually has.
    persistence : float64 array (variable,)
        Lag-1 autocorrelation.
    """

    days: npt.NDArray[np.datetime64]
    slots: Ints
    residual: Singles
    complete: npt.NDArray[np.bool_]
    persistence: Floats

    @classmethod
    def of(cls, days: npt.NDArray[np.datetime64], values: Floats, normal: Floats) -> Pool:
        """Pool of a series.

        Parameters
        ----------
        days : datetime64[D] array (day,)
            Consecutive.
        values : float64 array (day, variable)
            Concentrations; NaN is missing.
        normal : float64 array (366, variable)
            Climatology on the log scale.
        """
        slots = calendar_slots(days)
        raw = logs(values) - normal[slots]
        raw = raw - _own_level(days, raw)
        there = np.isfinite(raw)
        complete = np.asarray(there.all(axis=1))
        filled = np.where(there, raw, 0.0)
        at = np.flatnonzero(complete)
        if at.size:
            nearest = at[np.abs(np.searchsorted(at, np.arange(days.size)).clip(0, at.size - 1))]
            before = at[(np.searchsorted(at, np.arange(days.size), side="right") - 1).clip(0)]
            span = np.arange(days.size)
            source = np.where(np.abs(span - before) <= np.abs(nearest - span), before, nearest)
            filled = raw[source]
        return cls(days, slots, filled.astype(np.float32), complete, _persistence(raw))


def _own_level(days: npt.NDArray[np.datetime64], raw: Floats) -> Floats:
    """Mean residual of each year, drawn to zero where the year has few days."""
    year = days.astype("datetime64[Y]").astype(np.int64)
    year = year - year[0]
    there = np.isfinite(raw)
    total = np.zeros((year.max() + 1, raw.shape[1]))
    count = np.zeros_like(total)
    np.add.at(total, year, np.where(there, raw, 0.0))
    np.add.at(count, year, there)
    return np.asarray((total / (count + 30.0))[year])


def _persistence(raw: Floats) -> Floats:
    """Lag-1 autocorrelation of each variable over the pairs of days that are there, 0 to 0.95."""
    a, b = raw[:-1], raw[1:]
    both = np.isfinite(a) & np.isfinite(b)
    a, b = np.where(both, a, 0.0), np.where(both, b, 0.0)
    scale = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    enough = (both.sum(axis=0) >= _ENOUGH) & (scale > 1e-9)
    return np.where(enough, np.clip((a * b).sum(axis=0) / np.where(scale > 0, scale, 1.0), 0.0, 0.95), 0.0)


@dataclass(frozen=True)
class Drawn:
    """Which days of the pool make the simulated ones; the residuals themselves are made when asked for.

    Attributes
    ----------
    pool : Pool
    days : datetime64[D] array (day,)
    source : int array (draw, day)
        Day of the pool that gives a simulated day its residual (first half) or its innovation.
    start : bool
        Whether the first day follows the last day of the pool, whose residual then carries on.
    """

    pool: Pool
    days: npt.NDArray[np.datetime64]
    source: Ints
    start: bool

    def residual(self, v: int) -> Singles:
        """Residual paths of one variable, (draw, day)."""
        half = self.source.shape[0] // 2
        own = np.ascontiguousarray(self.pool.residual[:, v])
        phi = np.float32(self.pool.persistence[v])
        innovation = own - phi * np.concatenate([own[:1], own[:-1]])
        rest = self.source.shape[0] - half
        begin = np.full((rest, 1), phi * own[-1] if self.start else 0.0, np.float32)
        out = np.empty(self.source.shape, np.float32)
        out[:half] = np.take(own, self.source[:half])
        filtered = lfilter(
            _ONE, np.array([1.0, -phi], np.float32), np.take(innovation, self.source[half:]), axis=1, zi=begin
        )
        out[half:] = filtered[0]
        return out


def _urn(pool: Pool, slot: int, window: int, length: int) -> Ints:
    """Days of the pool from which a stretch may begin, each as often as it weighs."""
    last = max(pool.days.size - length + 1, 1)
    away = np.abs(pool.slots[:last] - slot)
    at = np.flatnonzero((np.minimum(away, SLOTS - away) <= window) & pool.complete[:last])
    if not at.size:
        at = np.arange(last)
    age = (pool.days[-1] - pool.days[at]).astype(np.float64) / 365.25
    weight = np.cumsum(WEIGHT ** np.floor(age))
    # A table of fixed length: one random byte pair finds its day without a search.
    return np.asarray(at[np.searchsorted(weight, (np.arange(URN) + 0.5) / URN * weight[-1])])


def _blocks(pool: Pool, slots: Ints, draws: int, rng: np.random.Generator) -> Ints:
    out = np.empty((draws, slots.size), np.int32)
    ticket = rng.integers(0, URN, (-(-slots.size // BLOCK), draws), np.uint16)
    for row, begin in enumerate(range(0, slots.size, BLOCK)):
        length = min(BLOCK, slots.size - begin)
        start = _urn(pool, int(slots[begin]), WINDOW, length).astype(np.int32)[ticket[row]]
        out[:, begin : begin + length] = start[:, None] + np.arange(length, dtype=np.int32)
    return np.minimum(out, np.int32(pool.days.size - 1), out=out)


def _innovation_days(pool: Pool, slots: Ints, draws: int, rng: np.random.Generator) -> Ints:
    ticket = rng.integers(0, URN, (draws, slots.size), np.uint16)
    out = np.empty((draws, slots.size), np.int32)
    for begin in range(0, slots.size, GROUP):
        part = slice(begin, min(begin + GROUP, slots.size))
        urn = _urn(pool, int(slots[(part.start + part.stop) // 2]), SEASON, 2).astype(np.int32)
        out[:, part] = urn[ticket[:, part]]
    return np.minimum(out + 1, np.int32(pool.days.size - 1), out=out)


def draw(
    pool: Pool,
    days: npt.NDArray[np.datetime64],
    draws: int,
    rng: np.random.Generator,
    start: bool = True,
) -> Drawn:
    """Residual paths.

    Parameters
    ----------
    pool : Pool
    days : datetime64[D] array (day,)
        Consecutive days to come.
    draws : int
        Half of them blocks, half autoregressive.
    rng : numpy.random.Generator
    start : bool
        Whether the first day follows the last day of the pool, whose residual then carries on.

    Returns
    -------
    Drawn
    """
    slots = calendar_slots(days)
    half = draws // 2
    block = _blocks(pool, slots, half, rng)
    chosen = _innovation_days(pool, slots, draws - half, rng)
    # One cast here: an index of another type is cast anew by every look-up.
    return Drawn(pool, days, np.concatenate([block, chosen]).astype(np.intp), start)

"""Simulated days of a year: residual paths, the level of the year, declared shifts, and what they come to.

Examples
--------
>>> import pandas as pd
>>> from airq.targets.engine import know
>>> from airq.targets.series import sites_of
>>> days = pd.date_range("2016-01-01", "2018-06-30")
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": 40.0 + 10 * np.cos(days.day_of_year / 58.0)})
>>> known = know(sites_of(frame), "A", np.datetime64("2018-06-30"))
>>> year = simulate(known, 2018, 400, 0)
>>> year.days.size, year.means("pm25", "zero").shape, year.above(100, None, "zero").shape
(184, (400,), (400, 184))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import MissingData
from airq.targets.ahead import DAMPING, Path, Seasons, ahead_of
from airq.targets.climate import filled
from airq.targets.engine import Known, year_start
from airq.targets.index import aqi_of, editions_of, highest_of, own_on, resolution
from airq.targets.level import DRIFTS
from airq.targets.paths import Drawn, Pool, draw
from airq.targets.pooling import LEAST_YEAR_DAYS
from airq.targets.sentences import days as days_text
from airq.targets.sentences import refused
from airq.targets.series import Days, Floats, calendar_slots
from airq.targets.shifts import Shift
from airq.targets.standing import season_sd

__all__ = ["DAMPING", "SimulatedYear", "require_history", "simulate"]

Singles = npt.NDArray[np.float32]

LEAST_COVER: Final = 0.8
"""Share of the coming calendar days that earlier years must have seen."""
LEAST_RATIOS: Final = 100
"""Days with both a given and a computed AQI, from which on their ratio is believed."""


def require_history(known: Known, days: Days) -> None:
    """Refuse to simulate days whose time of the year was never seen.

    Raises
    ------
    MissingData
    """
    first = known.series.days[0]
    earlier = known.series.within(first, year_start(known.year) - 1)
    seen = np.isfinite(known.values[earlier]).any(axis=1).sum()
    normal = np.asarray(np.isfinite(known.level.normal).any(axis=1))
    cover = normal[calendar_slots(days)].mean() if days.size else 1.0
    if seen < LEAST_YEAR_DAYS or cover < LEAST_COVER:
        n, site = int(seen), known.series.site
        raise refused("few_before", site=site, n=n, days=days_text(n), year=known.year, before=known.year - 1)


def without_seasons(pool: Pool) -> Pool:
    """Pool whose residuals are smaller by the anomalies that are drawn apart, so that the spread of a day stays."""
    variance = np.maximum(pool.residual.var(axis=0, dtype=np.float64), 1e-9)
    share = season_sd(pool.slots)[:, None] ** 2 / variance
    return replace(pool, residual=(pool.residual * np.sqrt(np.maximum(1 - share, 0.5))).astype(np.float32))


@dataclass
class SimulatedYear:
    """Simulated days of one calendar year of one site.

    Attributes
    ----------
    known : Known
    year : int
    drawn : Drawn
    seasons : Seasons
    levels : dict of str to Path
        Level of the year under each drift.
    normal : float64 array (day, variable)
        Climatology.
    shift : float32 array (draw, day) or None
        Declared changes.
    keep : bool array (day,)
        Days that count.
    """

    known: Known
    year: int
    drawn: Drawn
    seasons: Seasons
    levels: dict[str, Path]
    normal: Floats
    shift: Singles | None
    keep: npt.NDArray[np.bool_]
    kept: dict[Any, Any] = field(default_factory=dict)
    """Paths and flags that are made already; those of whole years serve every choice of days."""

    @cached_property
    def days(self) -> Days:
        """Days that count."""
        return np.asarray(self.drawn.days[self.keep])

    @cached_property
    def _source(self) -> npt.NDArray[Any]:
        source = self.drawn.source
        return source if self.keep.all() else source[:, self.keep]

    def on(self, days: Days) -> SimulatedYear:
        """The same with some days only."""
        whole = {k: v for k, v in self.kept.items() if k[0] == "base"}
        return replace(self, keep=self.keep & np.isin(self.drawn.days, days), kept=whole)

    def level(self, drift: str, v: int) -> tuple[Singles, Singles]:
        """Level of a variable: its lasting part (draw,) and its expected anomalies (day,)."""
        path = self.levels[drift]
        days = np.broadcast_to(path.fading[:, v], self.keep.shape)[self.keep]
        return path.lasting[:, v].astype(np.float32), days.astype(np.float32)

    def _base(self, v: int) -> Singles:
        """Log values of a variable without the level, (draw, day)."""
        key = ("base", v)
        if key not in self.kept:
            out = self.seasons.added(self.drawn.residual(v), v, self.normal[:, v])
            if self.shift is not None:
                out += self.shift
            self.kept[key] = out
        base: Singles = self.kept[key]
        return base if self.keep.all() else base[:, self.keep]

    def means(self, name: str, drift: str) -> Floats:
        """Mean of a pollutant over the simulated days, (draw,)."""
        if name not in self.known.names:
            raise MissingData(
                f"site '{self.known.series.site}' has too few values of {name}; give a frame that holds them."
            )
        v = self.known.names.index(name)
        lasting, fading = self.level(drift, v)
        mean = self._exponential(name) @ (np.exp(fading) / np.float32(self.days.size))
        return np.asarray(mean * np.exp(lasting), dtype=np.float64)

    def _exponential(self, name: str) -> Singles:
        key = ("exponential", name)
        if key not in self.kept:
            self.kept[key] = np.exp(self._base(self.known.names.index(name)))
        made: Singles = self.kept[key]
        return made

    def running(self, name: str, drift: str, at: npt.NDArray[np.intp]) -> Floats:
        """Sums of a pollutant from the first simulated day to the days at ``at``, (draw, len(at))."""
        lasting, fading = self.level(drift, self.known.names.index(name))
        total = np.cumsum(self._exponential(name) * np.exp(fading), axis=1, dtype=np.float64)[:, at]
        return np.asarray(total * np.exp(lasting)[:, None])

    def above(self, threshold: float, standard: str | None, drift: str) -> npt.NDArray[np.bool_]:
        """Whether the AQI of each simulated day passes a threshold, (draw, day)."""
        key = ("above", threshold, standard, drift)
        if key not in self.kept:
            out = np.zeros((self.drawn.source.shape[0], self.days.size), bool)
            sums, passed = np.empty(out.shape, np.float32), np.empty(out.shape, bool)
            for v, margin in self._margin(threshold, standard):
                lasting, fading = self.level(drift, v)
                np.add(margin, fading[None, :], out=sums)
                out |= np.greater(sums, -lasting[:, None], out=passed)
            self.kept[key] = out
        flags: npt.NDArray[np.bool_] = self.kept[key]
        return flags

    def _margin(self, threshold: float, standard: str | None) -> list[tuple[int, Singles]]:
        """Log value without level minus the log concentration at the threshold, for each variable that can pass it."""
        key = ("margin", threshold, standard)
        if key not in self.kept:
            stretches = editions_of(self.days, standard)
            found = []
            for v, name in enumerate(self.known.names):
                if self.known.direct and name != "aqi":
                    continue
                bounds = [(part, _bound(self.known, name, threshold, e)) for part, e in stretches]
                # Single days with an odd ratio of given to computed index do not keep a pollutant in.
                if not bounds or self._highest(v) < min(float(np.quantile(b, 0.02)) for _, b in bounds):
                    continue
                base = self._base(v)
                margin = np.empty_like(base)
                for part, bound in bounds:
                    np.subtract(
                        base[:, part],
                        np.take(bound, self._source[:, part]) if bound.ndim else bound,
                        out=margin[:, part],
                    )
                found.append((v, margin))
            self.kept[key] = found
        made: list[tuple[int, Singles]] = self.kept[key]
        return made

    def _highest(self, v: int) -> float:
        """Log value that no simulated day passes, but for chances that count nothing: 2.2 times the highest of two years."""
        recent = self.known.values[-731:, v]
        level = max(
            float(p.lasting[:, v].mean()) + max(float(p.fading[:, v].max()), 0.0)
            for p in self.levels.values()
        )
        shift = 0.0 if self.shift is None else float(self.shift.max())
        return float(np.log(np.nanmax(recent))) + 0.8 + max(level, 0.0) + max(shift, 0.0)


def _bound(known: Known, name: str, threshold: float, edition: str) -> npt.NDArray[Any]:
    """Log of the value above which the AQI passes: a number, or one for each day of the pool.

    Where the frame gives an AQI of the edition that differs from that of its concentrations (a mean of hourly
    indices, another mean of stations), each day of the pool keeps its own ratio of the two.
    """
    if name == "aqi":
        return np.asarray(np.log(np.floor(threshold) + 0.5), dtype=np.float32)
    step = resolution(name, known.values[:, known.names.index(name)])
    ratio = _ratio(known, edition)
    if ratio is None:
        bound = highest_of(name, np.asarray(threshold), edition, step)
    else:
        bound = highest_of(name, (np.floor(threshold) + 0.5) / ratio, edition, step)
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(bound + step / 2, 1e-6)).astype(np.float32)


def _ratio(known: Known, edition: str) -> Floats | None:
    """Given AQI over that of the concentrations, for each day of the pool; None where they agree."""
    kept = known.__dict__.setdefault("_ratios", {})
    if edition not in kept:
        kept[edition] = _ratio_of(known, edition)
    found: Floats | None = kept[edition]
    return found


def _ratio_of(known: Known, edition: str) -> Floats | None:
    if known.series.aqi is None:
        return None
    own = own_on(known.series.days, known.edition, edition)
    if not own.any():
        return None
    rows = slice(0, known.series.days.size)
    computed = aqi_of(known.series, rows, edition)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(own, known.series.aqi / computed, np.nan)
    there = np.isfinite(ratio) & (ratio > 0)
    if there.sum() < LEAST_RATIOS or np.mean(np.abs(ratio[there] - 1) < 0.011) > 0.98:
        return None
    at = np.flatnonzero(there)
    nearest = at[np.searchsorted(at, np.arange(ratio.size)).clip(0, at.size - 1)]
    return np.clip(ratio[nearest], 0.4, 2.5)


def _daily(pool: Pool) -> Floats:
    """Variance of the mean of n residuals, times n, (variable,): neighbouring days are alike."""
    phi = pool.persistence
    return np.asarray(pool.residual.var(axis=0, dtype=np.float64) * (1 + phi) / (1 - phi))


def simulate(
    known: Known,
    year: int,
    draws: int,
    seed: int,
    *,
    drift: float | None = None,
    shifts: Sequence[Shift] = (),
    days: Days | None = None,
) -> SimulatedYear:
    """Simulated days of a calendar year that are still to come.

    Parameters
    ----------
    known : Known
    year : int
        The year of the day after the day of issue, or a later one.
    draws, seed : int
    drift : float, optional
        Log change a year given by the user, for every variable; found under the name ``"given"``.
    shifts : sequence of Shift
        Declared changes.
    days : datetime64[D] array, optional
        Days that count; all from the day of issue, or from 1 January, to 31 December by default.

    Returns
    -------
    SimulatedYear
    """
    first = max(known.asof + 1, year_start(year))
    coming = np.arange(first, year_start(year + 1))
    require_history(known, coming)
    follows = bool(first == known.asof + 1)
    pool = without_seasons(known.pool)
    drawn = draw(pool, coming, draws, np.random.default_rng([seed, 2, year]), follows)
    per_year = known.coefficients.drift
    drifts = {name: share * per_year for name, share in DRIFTS.items()}
    if drift is not None:
        drifts["given"] = np.full_like(per_year, drift)
    made, seasons = ahead_of(known, year, draws, seed, drifts, _daily(pool))
    shift = None
    for i, one in enumerate(shifts):
        effect = one.draws(coming, draws, np.random.default_rng([seed, 7, i])).astype(np.float32)
        shift = effect if shift is None else shift + effect
    normal = filled(known.level.normal)[calendar_slots(coming)]
    keep = np.ones(coming.size, bool)
    whole = SimulatedYear(known, year, drawn, seasons, made, normal, shift, keep)
    return whole if days is None else whole.on(days)

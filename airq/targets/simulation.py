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
from airq.targets import level as levels
from airq.targets.climate import filled
from airq.targets.engine import Known, year_start
from airq.targets.index import aqi_of, editions_of, highest_of, own_on, resolution
from airq.targets.level import DRIFTS, Coefficients
from airq.targets.paths import Drawn, Pool, draw
from airq.targets.pooling import LEAST_YEAR_DAYS
from airq.targets.sentences import days as days_text
from airq.targets.sentences import refused
from airq.targets.series import Days, Floats, calendar_slots
from airq.targets.shifts import Shift

__all__ = ["DAMPING", "Seasons", "SimulatedYear", "require_history", "simulate"]

Singles = npt.NDArray[np.float32]

DAMPING: Final = 0.9
"""Share of the drift that each further year keeps (own rule: trends of emissions do not go on for ever, [B 50%])."""
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


@dataclass(frozen=True)
class Path:
    """Level of a year: ``lasting`` (draw, variable), and ``fading`` (variable,) that dies off from the first day."""

    lasting: Floats
    fading: Floats


@dataclass(frozen=True)
class Seasons:
    """Anomalies of a month or two: normal numbers at knots 30 days apart, linear between them.

    Attributes
    ----------
    knots : float32 array (variable, draw, knot)
    weights : float32 array (knot, day)
        With the standard deviation of the day.
    size : float64 array (day,)
        That standard deviation.
    """

    knots: Singles
    weights: Singles
    size: Floats

    @classmethod
    def of(cls, days: Days, draws: int, c: Coefficients, rng: np.random.Generator, follows: bool) -> Seasons:
        """Draw them; the last 30 days already tell a part of the first ones that follow."""
        step = 30
        number = int(np.ceil(days.size / step)) + 1
        keep = np.exp(-step / levels.SEASON_DAYS)
        root = _root(c.correlation)
        normal = rng.standard_normal((number, draws, root.shape[0])) @ root.T
        now = normal[0] * (levels.SEASON_START if follows else 1.0)
        path = [now]
        for one in normal[1:]:
            now = keep * now + np.sqrt(1 - keep**2) * one
            path.append(now)
        place = np.arange(days.size) / step
        weights = np.maximum(1 - np.abs(place[None, :] - np.arange(number)[:, None]), 0)
        size = season_sd(calendar_slots(days))
        knots = np.stack(path, axis=-1).transpose(1, 0, 2).astype(np.float32)
        return cls(np.ascontiguousarray(knots), (weights * size).astype(np.float32), size)

    def added(self, residual: Singles, v: int, normal: Floats) -> Singles:
        """Residual paths with the anomalies of variable ``v`` and its climatology (day,), in place."""
        knots = np.concatenate([self.knots[v], np.ones((residual.shape[0], 1), np.float32)], axis=1)
        weights = np.concatenate([self.weights, normal[None].astype(np.float32)])
        residual += knots @ weights
        return residual


def season_sd(slots: npt.NDArray[np.intp]) -> Floats:
    """Standard deviation of anomalies of a month or two on calendar places.

    Examples
    --------
    >>> [float(v) for v in season_sd(np.array([15, 198])).round(2)]
    [0.23, 0.11]
    """
    turn = 2 * np.pi * (slots - 15) / 366
    return np.asarray(levels.SEASON_SD + levels.SEASON_SWING * np.cos(turn))


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
        """Level of a variable: its lasting part (draw,) and its fading part (day,)."""
        path = self.levels[drift]
        ahead = (self.days - self.known.asof).astype(np.float64)
        fading = path.fading[v] * np.exp(-ahead / levels.FADE)
        return path.lasting[:, v].astype(np.float32), fading.astype(np.float32)

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
            float(p.lasting[:, v].mean()) + max(float(p.fading[v]), 0.0) for p in self.levels.values()
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


def _expected(known: Known, drift: Floats) -> tuple[Floats, Floats]:
    """Expected level of the rest of the year of issue, and what the last days add on the next day, (variable,)."""
    c, now = known.coefficients, known.level
    prior = drift * now.age
    seen = now.days_to_date / (now.days_to_date + levels.LAST)
    lasting = prior + c.to_date * (now.to_date - prior * seen)
    return np.asarray(lasting), np.asarray(c.last * (now.last - prior * now.recent))


def _levels(known: Known, year: int, drift: Floats, noise: Floats) -> Path:
    """Level of ``year`` in each draw; ``noise`` has one slice a year, (year, draw, variable)."""
    now = known.level
    lasting, fading = _expected(known, drift)
    current = lasting + noise[0]
    if year == known.year:
        return Path(current, fading)
    normal: Floats = np.zeros_like(current)
    age = now.age.copy()
    share = np.clip(now.days_to_date / 365.0, 0.0, 1.0)
    rest = current + fading * levels.faded(365 * (1 - share))
    annual = share * now.mean_to_date + (1 - share) * rest
    for step in range(1, year - known.year + 1):
        normal = (1 - now.newest) * normal + now.newest * annual
        age = (1 - now.newest) * (age + 1) + now.newest
        annual = current = normal + drift * age * DAMPING**step + noise[step]
    return Path(current, np.zeros_like(fading))


def _root(correlation: Floats) -> Floats:
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))


def _noise(known: Known, years: int, draws: int, rng: np.random.Generator) -> Floats:
    c = known.coefficients
    root = _root(c.correlation)
    normal = rng.standard_normal((years, draws, len(c.pollutants)))
    return np.asarray(normal @ root.T * c.sd)


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
    # The noise of a year is the same whichever later year is asked for, so that years of one seed fit together.
    noise = _noise(known, year - known.year + 1, draws, np.random.default_rng([seed, 1]))
    drawn = draw(without_seasons(known.pool), coming, draws, np.random.default_rng([seed, 2, year]), follows)
    seasons = Seasons.of(coming, draws, known.coefficients, np.random.default_rng([seed, 4, year]), follows)
    per_year = known.coefficients.drift
    made = {name: _levels(known, year, share * per_year, noise) for name, share in DRIFTS.items()}
    if drift is not None:
        made["given"] = _levels(known, year, np.full_like(per_year, drift), noise)
    shift = None
    for i, one in enumerate(shifts):
        effect = one.draws(coming, draws, np.random.default_rng([seed, 7, i])).astype(np.float32)
        shift = effect if shift is None else shift + effect
    normal = filled(known.level.normal)[calendar_slots(coming)]
    keep = np.ones(coming.size, bool)
    whole = SimulatedYear(known, year, drawn, seasons, made, normal, shift, keep)
    return whole if days is None else whole.on(days)

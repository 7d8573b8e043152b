"""Figures of all places over all windows, draw by draw and weather year by weather year.

Examples
--------
>>> PERIODS_OF["good_days"]
(100.0, False)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.scenario.baseline import Baseline
from airq.scenario.effects import Effects, Strata
from airq.scenario.indicators import Moved, PlaceDays, limits_of, moved_of
from airq.scenario.windows import Window
from airq.variables import POLLUTANTS

__all__ = ["PERIODS_OF", "Run", "World", "measured_pollutants"]

Array = npt.NDArray[np.float64]
PERIODS_OF: Final = {"good_days": (100.0, False), "heavy_days": (200.0, True)}
"""Threshold of the AQI of a count of days, and whether days above it are counted."""


@dataclass(frozen=True, eq=False)
class World:
    """What is done: effects of tonnes, and alerts.

    Attributes
    ----------
    effects : Effects
    alerts : AlertDays or None
        As :func:`airq.scenario.alerts.factors.alert_days` gives them.
    idle : bool
        Nothing is done: every draw is alike, and one is worked out for all.
    """

    effects: Effects
    alerts: Any = None
    idle: bool = False


@dataclass(frozen=True, eq=False)
class Run:
    """Days of the baseline under two worlds, that of the comparison and that of the scenario.

    Attributes
    ----------
    baseline : Baseline
    windows : tuple of Window
    strata : Strata
    worlds : (World, World)
        Comparison, scenario.
    """

    baseline: Baseline
    windows: tuple[Window, ...]
    strata: Strata
    worlds: tuple[World, World]
    _kept: dict[Any, Array] = field(default_factory=dict, repr=False)
    _moved: dict[Any, tuple[PlaceDays, Moved]] = field(default_factory=dict, repr=False)
    lost: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.strata.limit)

    def window(self, year: int | None) -> Window:
        """The window of a year; of the heating season for None."""
        return next(w for w in self.windows if w.year == year)

    def mean(self, place: str, year: int | None, name: str, scenario: bool) -> Array:
        """Mean of a pollutant, (draw, weather year)."""

        def one(days: PlaceDays, moved: Moved) -> Array:
            return days.mean(name, moved)

        return self._over(("mean", place, year, name, scenario), place, year, scenario, one)

    def counted(
        self, place: str, year: int | None, threshold: float, standard: str | None, scenario: bool
    ) -> Array:
        """Days up to a threshold of the AQI, (draw, weather year)."""
        limits = limits_of(self.window(year).dates, threshold, standard, self.baseline.steps)

        def one(days: PlaceDays, moved: Moved) -> Array:
            return days.counts(moved, limits)

        return self._over(("days", place, year, threshold, standard, scenario), place, year, scenario, one)

    def days(
        self, place: str, year: int | None, indicator: str, standard: str | None, scenario: bool
    ) -> Array:
        """Good or heavy days, (draw, weather year)."""
        threshold, above = PERIODS_OF[indicator]
        passed = self.counted(place, year, threshold, standard, scenario)
        return len(self.window(year).days) - passed if above else passed

    def chosen(
        self, place: str, year: npt.NDArray[np.int64], day: npt.NDArray[np.int64], scenario: bool
    ) -> Array:
        """PM2.5 on chosen days of the heating season, (draw, chosen)."""
        out = np.empty((self.draws, len(year)))
        if self.worlds[scenario].idle:
            out[:] = self.baseline.of(place, "pm25")[:, self.window(None).days][year, day]
            return out
        for k, rows in enumerate(self.strata.rows):
            days, moved = self._state(place, None, scenario, k)
            out[rows] = days.pm25_on(moved, year, day)
        return out

    def measured(self, place: str, name: str) -> bool:
        """Whether a place has values of a pollutant."""
        return bool(np.isfinite(self.baseline.of(place, name)).any())

    def _over(self, key: Any, place: str, year: int | None, scenario: bool, make: Any) -> Array:
        if key not in self._kept:
            shape = self.draws, len(self.baseline.values)
            if self.worlds[scenario].idle:
                days, moved = self._state(place, year, scenario, 0)
                self._kept[key] = np.broadcast_to(make(days, moved), shape)
                return self._kept[key]
            out = np.empty(shape)
            for k, rows in enumerate(self.strata.rows):
                out[rows] = make(*self._state(place, year, scenario, k))
            self._kept[key] = out
        return self._kept[key]

    def _state(self, place: str, year: int | None, scenario: bool, stratum: int) -> tuple[PlaceDays, Moved]:
        """Days of a place and what moves them, for one stratum of the background."""
        key = (place, year, scenario, stratum)
        if key not in self._moved:
            window, world = self.window(year), self.worlds[scenario]
            values = self.baseline.values[:, window.days, self.baseline.places.index(place)]
            back = self.strata
            days = PlaceDays(values, window.month_of, float(back.background[stratum]), back.no2_background, back.so2_background)  # fmt: skip
            rows = back.rows[stratum][: 1 if world.idle else None]
            alert = self._alert(world, place, window, rows)
            moved, lost = moved_of(world.effects, place, window, days, back.limit, rows, alert)
            if scenario:
                self.lost[(place, window.label)] = max(lost, self.lost.get((place, window.label), 0.0))
            self._moved[key] = days, moved
        return self._moved[key]

    def _alert(
        self, world: World, place: str, window: Window, rows: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32] | None:
        """Factor of the alerts at a place, (draw, year, day of the window)."""
        if world.alerts is None:
            return None
        i = world.alerts.places.index(place)
        node = world.alerts.node[rows]
        out = np.ones((len(rows), len(self.baseline.values), len(window.days)), np.float32)
        for strength, pattern in zip(world.alerts.strength, world.alerts.pattern, strict=True):
            share = pattern[:, :, i][:, :, window.days]  # (node, year, day)
            at = np.flatnonzero(share.any(axis=(0, 1)))
            if at.size:
                out[:, :, at] -= strength[rows, i].astype(np.float32)[:, None, None] * share[node][:, :, at]
        return np.maximum(out, 0, out=out)


def measured_pollutants(run: Run, places: Sequence[str]) -> tuple[str, ...]:
    """Pollutants that some place measures, in their order."""
    return tuple(p for p in POLLUTANTS if any(run.measured(q, p) for q in places))

"""One target against one site: what is counted so far, what each simulated year brings, what is certain already.

Examples
--------
>>> from airq.targets.engine import know
>>> from airq.targets.series import sites_of
>>> from airq.targets.spec import parse
>>> days = np.arange(np.datetime64("2018-01-01"), np.datetime64("2019-01-01"))
>>> aqi = np.where(np.arange(365) % 5 == 0, 120.0, 80.0)
>>> frame = pd.DataFrame({"date": days, "site": "A", "aqi": aqi})
>>> known = know(sites_of(frame), "A", np.datetime64("2018-12-31"))
>>> case = Case(known, parse({"kind": "good_days", "at_least": 292, "year": 2018}), Settings(100, 0))
>>> case.status(), case.observed().count, float(case.final("zero")[0])
('met', 292, 292.0)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import standards
from airq.targets.engine import CARRIERS, Known, year_start
from airq.targets.observed import Observed, meets, observe
from airq.targets.sentences import refused
from airq.targets.series import Days, Floats
from airq.targets.shifts import Shift
from airq.targets.simulation import SimulatedYear, simulate
from airq.targets.spec import Target

__all__ = ["Case", "Settings"]


MOST_GAPS: Final = 41
"""Days of a year that may lack a value and count neither way: 365 less the 324 that HJ 663 asks for."""


@dataclass(frozen=True)
class Settings:
    """How a case is simulated.

    Attributes
    ----------
    draws, seed : int
    drift : float, optional
        Log change a year that the user gives.
    shifts : tuple of Shift
    days : datetime64[D] array, optional
        Days that count (a hindcast leaves out those never observed).
    """

    draws: int
    seed: int
    drift: float | None = None
    shifts: tuple[Shift, ...] = ()
    days: Days | None = None


@dataclass
class Case:
    """A target of one site on one day of issue.

    What is known may end before that day; the days since are then simulated like those to come.
    """

    known: Known
    target: Target
    settings: Settings
    simulated: dict[int, SimulatedYear] = field(default_factory=dict)
    issued: np.datetime64 | None = None
    """Day of issue; the last day of what is known by default."""

    @property
    def asof(self) -> np.datetime64:
        """Day of issue."""
        return self.known.asof if self.issued is None else self.issued

    def observed(self, year: int | None = None) -> Observed:
        """What is observed of a year up to the day of issue."""
        key = self.target.year if year is None else year
        kept: dict[int, Observed] = self.__dict__.setdefault("_observed", {})
        if key not in kept:
            kept[key] = observe(self.known, self.target, key)
        return kept[key]

    def over(self, year: int | None = None) -> bool:
        """Whether a year ends by the last day of what is known."""
        return bool(year_start((self.target.year if year is None else year) + 1) <= self.known.asof + 1)

    def ended(self, year: int | None = None) -> bool:
        """Whether a year ends by the day of issue."""
        return bool(year_start((self.target.year if year is None else year) + 1) <= self.asof + 1)

    @cached_property
    def last(self) -> np.datetime64 | None:
        """Last day with a value of what is judged."""
        series = self.known.series
        if self.target.is_mean:
            values = series.column(str(self.target.pollutant))
        else:
            values, _ = self.known.past_aqi(slice(0, series.days.size), self.target.standard)
        there = np.flatnonzero(np.isfinite(values))
        return np.datetime64(series.days[there[-1]]) if there.size else None

    def silent(self) -> int:
        """Days of the target year, up to the day of issue, after the last one with a value."""
        begin, end = year_start(self.target.year) - 1, year_start(self.target.year + 1) - 1
        begin = begin if self.last is None else max(self.last, begin)
        return max(int((min(self.asof, end) - begin).astype(int)), 0)

    def gaps(self) -> int:
        """Days of the target year without a value before the last one with a value."""
        seen = self.observed()
        if not seen.number:
            return 0
        return int((seen.days[seen.valid][-1] - year_start(self.target.year)).astype(int)) + 1 - seen.number

    def coming(self, year: int | None = None) -> Days:
        """Days of a year after the day of issue that count."""
        key = self.target.year if year is None else year
        days = np.arange(
            max(self.known.asof + 1, year_start(key)), max(year_start(key + 1), self.known.asof + 1)
        )
        return days if self.settings.days is None else days[np.isin(days, self.settings.days)]

    def year(self, year: int | None = None) -> SimulatedYear:
        """Simulated days of a year."""
        key = self.target.year if year is None else year
        if key not in self.simulated:
            s = self.settings
            self.simulated[key] = simulate(
                self.known, key, s.draws, s.seed, drift=s.drift, shifts=s.shifts, days=s.days
            )
        return self.simulated[key]

    @cached_property
    def lacking(self) -> tuple[str, ...]:
        """Pollutants without which the AQI of a day is too low, where the frame gives no AQI."""
        if self.target.is_mean or self.known.direct:
            return ()
        return tuple(p for p in CARRIERS if p not in self.known.names)

    # What a year comes to: a number where it is over, else one a draw.

    def counted(self, drift: str, year: int | None = None) -> Floats:
        """Days that the target counts in the coming days of a year, (draw,)."""
        if not self.coming(year).size:
            return np.zeros(self.settings.draws)
        sim = self.year(year)
        above = sim.above(self.target.aqi_threshold, self.target.standard, drift).sum(axis=1)
        return np.asarray(above if self.target.counts_heavy else sim.days.size - above, dtype=np.float64)

    def figure(self, drift: str, year: int | None = None) -> Floats:
        """Figure of a calendar year, (draw,): days, share or mean."""
        seen, coming = self.observed(year), self.coming(year).size
        if self.target.is_mean:
            if not coming:
                return np.full(self.settings.draws, seen.mean)
            rest = self.year(year).means(str(self.target.pollutant), drift)
            return np.asarray((float(seen.total) + coming * rest) / (seen.number + coming))
        total = seen.count + self.counted(drift, year)
        if not self.target.is_ratio:
            return total
        return np.asarray(total / max(seen.number + coming, 1))

    def final(self, drift: str) -> Floats:
        """Figure that is judged, (draw,)."""
        if self.target.kind != "mean3":
            return self.figure(drift)
        years = range(self.target.year - 2, self.target.year + 1)
        return np.asarray(np.mean([self.figure(drift, y) for y in years], axis=0))

    def limit(self, drift: str) -> Floats:
        """Threshold, (draw,): the same number unless the base year is not over."""
        if self.target.limit is not None:
            return np.full(self.settings.draws, float(self.target.limit))
        change = self.target.change
        assert change is not None  # parse() sees to it
        base = (
            np.full(self.settings.draws, change.base)
            if change.base is not None
            else self._base(change.from_, drift)
        )
        return np.asarray(change.threshold(base))  # type: ignore[arg-type]

    def _base(self, year: int, drift: str) -> Floats:
        if self.over(year) and not self.observed(year).number:
            raise refused("none_in_base", site=self.known.series.site, year=year)
        if self.target.kind == "mean3":
            return np.asarray(np.mean([self.figure(drift, y) for y in range(year - 2, year + 1)], axis=0))
        return self.figure(drift, year)

    def printed(self, values: Floats) -> Floats:
        """Figures as they are compared: exact, or rounded as printed."""
        if not self.target.rounded or self.target.kind in ("good_days", "heavy_days"):
            return values
        rules = standards.edition(
            standards.standard_of(self.target.standard, f"{self.target.year}-12-31").edition.need(
                "evaluation"
            ),
            "evaluation",
        )
        if self.target.is_ratio:
            return np.asarray(
                standards.round_official(values * 100, int(rules.need("rounding.ratio_percent"))) / 100
            )
        return np.asarray(
            standards.round_official(values, int(rules.need(f"rounding.{self.target.pollutant}")))
        )

    def met(self, drift: str) -> npt.NDArray[np.bool_]:
        """Whether each draw meets the target."""
        final, limit = self.printed(self.final(drift)), self.limit(drift)
        return np.asarray(meets(final, limit, self.target.upward))

    # What is certain.

    def unknown(self) -> int:
        """Days of the target year that are known to lack a value, are not simulated, and could change the verdict.

        Gaps within the year count neither way as long as HJ 663 would still judge the year; a mean that it would
        withhold is said to be so.
        """
        gaps = self.gaps()
        after = self.silent() if self.settings.days is None and not self.coming().size else 0
        return (0 if gaps <= MOST_GAPS or self.target.is_mean else gaps) + after

    def bounds(self) -> tuple[float, float]:
        """Lowest and highest figure that is arithmetically possible."""
        if self.target.kind == "mean3":
            years = range(self.target.year - 2, self.target.year + 1)
            lows = [
                float(self.observed(y).total) / max(self.observed(y).number + self.coming(y).size, 1)
                for y in years
            ]
            return float(np.mean(lows)), (
                float(np.mean(lows)) if self.over() and not self.unknown() else np.inf
            )
        seen, coming = self.observed(), self.coming().size + self.unknown()
        if self.target.is_mean:
            low_mean = float(seen.total / max(seen.number + coming, 1))
            return low_mean, low_mean if not coming else np.inf
        low, high = float(seen.count), float(seen.count + coming)
        scale = max(seen.number + coming, 1) if self.target.is_ratio else 1
        return low / scale, high / scale

    def fixed_limit(self) -> float | None:
        """Threshold where it is certain already."""
        change = self.target.change
        if change is not None and change.base is None and not self.over(change.from_):
            return None
        return float(self.limit("zero")[0])

    def status(self) -> str:
        """``met``, ``missed``, ``impossible`` or ``open``."""
        limit = self.fixed_limit()
        if limit is None:
            return "open"
        low, high = (float(v) for v in self.printed(np.array(self.bounds())))
        worst, best = (low, high) if self.target.upward else (high, low)
        if meets(worst, limit, self.target.upward):
            return "open" if self.lacking else "met"
        if meets(best, limit, self.target.upward):
            return "open"
        return "missed" if self.over() or not self.target.upward else "impossible"

    # When.

    @cached_property
    def event(self) -> str:
        """What ``reached_on`` dates: the target ``reached`` or ``lost``."""
        return "reached" if self.target.upward and not self.target.is_mean else "lost"

    def dates(self, drift: str) -> npt.NDArray[np.datetime64]:
        """Day of the event in each draw, (draw,); NaT where it does not happen in the year."""
        seen = self.observed()
        never = np.full(self.settings.draws, np.datetime64("NaT"), "datetime64[D]")
        limit = self.limit(drift)
        if self.target.is_mean:
            if self.target.kind == "mean3" or self.target.upward:
                return never
            return self._first(self._sums(drift), limit * (seen.number + self.coming().size), never)
        if self.target.is_ratio:
            limit = limit * (seen.number + self.coming().size)
        goal = np.ceil(limit - 1e-9) - 0.5 if self.event == "reached" else np.floor(limit + 1e-9) + 0.5
        return self._first(self._counts(drift), goal, never)

    def _first(
        self, running: Callable[[], tuple[Floats, Floats]], goal: Floats, never: npt.NDArray[np.datetime64]
    ) -> npt.NDArray[np.datetime64]:
        """First day on which a running figure stands above a goal."""
        past, coming = running()
        seen = self.observed().days
        hit = past[None, :] > goal[:1, None] if np.ptp(goal) == 0 else past[None, :] > goal[:, None]
        out = never.copy()
        if past.size:
            out = np.where(hit.any(axis=1), seen[hit.argmax(axis=1)], out)
        if coming.size:
            later = coming > goal[:, None]
            ahead = self.coming()
            out = np.where(np.isnat(out) & later.any(axis=1), ahead[later.argmax(axis=1)], out)
        return np.broadcast_to(out, never.shape).copy()

    def _counts(self, drift: str) -> Callable[[], tuple[Floats, Floats]]:
        def running() -> tuple[Floats, Floats]:
            seen = self.observed()
            past = np.cumsum(seen.flags).astype(np.float64)
            if not self.coming().size:
                return past, np.zeros((self.settings.draws, 0))
            return past, np.asarray(seen.count + np.cumsum(self._coming_flags(drift), axis=1, dtype=np.int16))

        return running

    def _coming_flags(self, drift: str) -> npt.NDArray[np.bool_]:
        above = self.year().above(self.target.aqi_threshold, self.target.standard, drift)
        return above if self.target.counts_heavy else ~above

    def _sums(self, drift: str) -> Callable[[], tuple[Floats, Floats]]:
        def running() -> tuple[Floats, Floats]:
            seen = self.observed()
            rows = self.known.series.within(
                year_start(self.target.year), min(self.known.asof, year_start(self.target.year + 1) - 1)
            )
            values = self.known.series.column(str(self.target.pollutant))[rows]
            past = np.cumsum(np.where(np.isfinite(values), values, 0.0))
            if not self.coming().size:
                return past, np.zeros((self.settings.draws, 0))
            at = np.arange(self.coming().size)
            coming = self.year().running(str(self.target.pollutant), drift, at)
            return past, np.asarray(float(seen.total) + coming)

        return running

    def track(self, drift: str, every: int = 5) -> pd.DataFrame:
        """The figure day by day: observed, then quantiles of the running figure.

        Returns
        -------
        pandas.DataFrame
            ``date observed q05 q25 q50 q75 q95``; days counted so far, or the mean of the year so far.
        """
        seen, ahead = self.observed(), self.coming()
        past, _ = (self._sums if self.target.is_mean else self._counts)(drift)()
        if self.target.is_mean:
            with np.errstate(invalid="ignore", divide="ignore"):
                past = past / np.cumsum(seen.valid)
        table = pd.DataFrame({"date": seen.days.astype("datetime64[ns]"), "observed": past})
        if not ahead.size:
            return table
        at = np.unique(np.concatenate([np.arange(0, ahead.size, every), [ahead.size - 1]]))
        if self.target.is_mean:
            running = float(seen.total) + self.year().running(str(self.target.pollutant), drift, at)
            running = running / (seen.number + at + 1)
        else:
            counted = np.cumsum(self._coming_flags(drift), axis=1, dtype=np.int16)[:, at]
            running = np.asarray(seen.count + counted, dtype=np.float64)
        fan = np.quantile(running, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
        later = pd.DataFrame({"date": ahead[at].astype("datetime64[ns]")})
        for name, row in zip(("q05", "q25", "q50", "q75", "q95"), fan, strict=True):
            later[name] = row
        return pd.concat([table, later], ignore_index=True)

    def judged(self) -> tuple[str, ...]:
        """Variables by which the drift is chosen."""
        if self.target.is_mean:
            return (str(self.target.pollutant),)
        if self.known.direct:
            return ("aqi",)
        return ("pm25", "pm10") if self.target.counts_heavy else ("pm25", "pm10", "o3")

    def earlier(self) -> Any:
        """Same coming days of the earlier years: rows of year, days, and what they held."""
        ahead = self.coming()
        if not ahead.size:
            return []
        rows = []
        first, last = str(ahead[0])[4:], str(ahead[-1])[4:]
        for year in range(int(str(self.known.series.days[0])[:4]), self.target.year):
            begin = np.datetime64(f"{year}{first if first != '-02-29' else '-03-01'}", "D")
            end = np.datetime64(f"{year}{last}", "D")
            if end > self.known.asof:
                continue
            seen = self._window(begin, end)
            if seen[0] >= 0.5 * ahead.size:
                rows.append((year, *seen))
        return rows

    def _window(self, begin: np.datetime64, end: np.datetime64) -> tuple[int, float]:
        rows = self.known.series.within(begin, end)
        if self.target.is_mean:
            values = self.known.series.column(str(self.target.pollutant))[rows]
            values = values[np.isfinite(values)]
            return values.size, float(values.mean()) if values.size else float("nan")
        aqi, _ = self.known.past_aqi(rows, self.target.standard)
        aqi = aqi[np.isfinite(aqi)]
        return aqi.size, float((aqi > self.target.aqi_threshold).sum())

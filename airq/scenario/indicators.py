"""Days and means of a place under a scenario, draw by draw and weather year by weather year.

On day t of month m: PM2.5' = bg + (PM2.5 − bg)(1 − f) with f the fall of the month's mean over its mean above background,
times the factor of an alert on its days; PM10 falls with it and with coarse dust, NO2 and SO2 by their share. Whether a day
passes is asked of the exact concentrations of :mod:`airq.targets.index`; only days that some draw moves over a limit are
worked out one by one, so the count is exact and still quick.

Examples
--------
>>> day = PlaceDays(np.full((1, 31, 6), 80.0), np.zeros(31, int), 15.0, 0.0, 0.0)
>>> moved = Moved(np.array([[[0.1]]]), np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1)))
>>> limits = np.full((6, 31), 75.0); limits[1:] = 150.0
>>> float(day.counts(moved, limits)[0, 0]), day.mean("pm25", moved).round(2).tolist()
(31.0, [[73.5]])
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.scenario.effects import Effects
from airq.scenario.windows import Window
from airq.targets.index import editions_of, highest
from airq.variables import POLLUTANTS

__all__ = ["Moved", "PlaceDays", "limits_of", "moved_of"]

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_PM25, _PM10, _SO2, _NO2 = (POLLUTANTS.index(p) for p in ("pm25", "pm10", "so2", "no2"))
_CHUNK: Final = 4_000_000
"""Draws times days that are worked out at once."""


@dataclass(frozen=True, eq=False)
class Moved:
    """What moves the days of one place within a window.

    Attributes
    ----------
    share : array (draw, year, month)
        f, fall of PM2.5 above background.
    coarse, no2, so2 : array (draw, month)
        µg/m³ of PM10; shares.
    alert : array (draw, year, day), optional
        Factor of an alert on PM2.5 above background.
    """

    share: Array
    coarse: Array
    no2: Array
    so2: Array
    alert: npt.NDArray[np.floating] | None = None


@dataclass(frozen=True, eq=False)
class PlaceDays:
    """Days of one place within a window, for one background.

    Attributes
    ----------
    values : array (year, day, pollutant)
    month_of : int array (day,)
    background, no2_background, so2_background : float
    """

    values: Array
    month_of: npt.NDArray[np.int64]
    background: float
    no2_background: float
    so2_background: float
    _bounds: dict[int, tuple[Moved, Array, Array]] = field(default_factory=dict, repr=False)

    @cached_property
    def excess(self) -> Array:
        """PM2.5 above background, (year, day)."""
        return np.maximum(self.values[..., _PM25] - self.background, 0.0)

    def _gas(self, which: int) -> Array:
        back = self.no2_background if which == _NO2 else self.so2_background
        return np.maximum(self.values[..., which] - back, 0.0)

    def by_month(self, values: Array) -> Array:
        """Sums of days by month, (year, month)."""
        number = int(self.month_of.max()) + 1
        return np.asarray(values @ (self.month_of[:, None] == np.arange(number)))

    def mean(self, name: str, moved: Moved) -> Array:
        """Mean of a pollutant, (draw, year); NaN where it is not measured."""
        which, days = POLLUTANTS.index(name), self.values.shape[1]
        values = self.values[..., which]
        known = np.isfinite(values)
        number = np.maximum(known.sum(axis=1), 1)
        base = np.where(known.any(axis=1), np.where(known, values, 0.0).sum(axis=1) / number, np.nan)[None]
        whole = np.bincount(self.month_of) / days
        if which in (_PM25, _PM10):
            fall = np.einsum("dym,ym->dy", moved.share, self.by_month(self.excess)) / days + self._alerted(
                moved
            )
            return base - fall - (moved.coarse @ whole)[:, None] * (which == _PM10)
        if which in (_NO2, _SO2):
            part = self.by_month(np.nan_to_num(self._gas(which))) / days
            return base - np.einsum("dm,ym->dy", moved.no2 if which == _NO2 else moved.so2, part)
        return np.broadcast_to(base, moved.share.shape[:2])

    def _alerted(self, moved: Moved) -> Array:
        """Further fall of the mean of PM2.5 by alerts, (draw, year)."""
        if moved.alert is None:
            return np.zeros(moved.share.shape[:2])
        year, day = np.nonzero((moved.alert != 1).any(axis=0))
        out = np.zeros(moved.share.shape[:2])
        left = self.excess[year, day] * (1 - moved.share[:, year, self.month_of[day]])
        np.add.at(out.T, year, (left * (1 - moved.alert[:, year, day])).T)
        return out / self.values.shape[1]

    def pm25_on(self, moved: Moved, year: npt.NDArray[np.int64], day: npt.NDArray[np.int64]) -> Array:
        """PM2.5 of chosen days, (draw, chosen)."""
        left = 1 - moved.share[:, year, self.month_of[day]]
        if moved.alert is not None:
            left = left * moved.alert[:, year, day]
        over = self.excess[year, day]
        return np.asarray(self.values[year, day, _PM25] - over + over * left)

    def counts(self, moved: Moved, limits: Array) -> Array:
        """Days on which no pollutant passes its limit, (draw, year).

        Parameters
        ----------
        moved : Moved
        limits : array (pollutant, day)
            Highest concentrations that pass.
        """
        passes, open_ = self._certain(moved, limits)
        out = np.broadcast_to(passes.sum(axis=1), moved.share.shape[:2]).astype(np.float64)
        year, day = np.nonzero(open_)
        step = max(_CHUNK // max(len(moved.share), 1), 1)
        for first in range(0, len(year), step):
            y, d = year[first : first + step], day[first : first + step]
            good = self._pass(moved, limits, y, d).astype(np.float64)
            out += good @ (y[:, None] == np.arange(out.shape[1]))
        return out

    def _certain(self, moved: Moved, limits: Array) -> tuple[Bools, Bools]:
        """Days that pass in every draw, and those that only some draw decides."""
        worst, best = self._range(moved)
        # A pollutant that is not measured decides nothing; a comparison with NaN is false.
        passes = ~(worst > limits.T).any(axis=2)
        open_ = ~passes & ~(best > limits.T).any(axis=2)
        if moved.alert is not None:
            alerted = (moved.alert != 1).any(axis=0)
            passes, open_ = passes & ~alerted, open_ | alerted
        return np.asarray(passes), np.asarray(open_)

    def _range(self, moved: Moved) -> tuple[Array, Array]:
        """Highest and lowest values of each day over the draws, alerts apart; kept for the next limits."""
        if id(moved) in self._bounds:
            return self._bounds[id(moved)][1:]
        worst, best = self.values.copy(), self.values.copy()
        low, high = moved.share.min(axis=0), moved.share.max(axis=0)  # (year, month)
        month, excess = self.month_of, self.excess
        for out, share, pick in ((worst, low, np.min), (best, high, np.max)):
            fall = excess * share[:, month]
            out[..., _PM25] -= fall
            out[..., _PM10] -= fall + pick(moved.coarse, axis=0)[month]
            out[..., _NO2] -= self._gas(_NO2) * pick(moved.no2, axis=0)[month]
            out[..., _SO2] -= self._gas(_SO2) * pick(moved.so2, axis=0)[month]
        self._bounds[id(moved)] = moved, worst, best  # the first keeps its id from being given to another
        return worst, best

    def _pass(
        self, moved: Moved, limits: Array, year: npt.NDArray[np.int64], day: npt.NDArray[np.int64]
    ) -> Bools:
        """Whether chosen days pass, (draw, chosen)."""
        held, top, month = self.values[year, day], limits[:, day], self.month_of[day]
        pm25 = self.pm25_on(moved, year, day)
        fall = held[:, _PM25] - pm25
        over = (pm25 > top[_PM25]) | (held[:, _PM10] - fall - moved.coarse[:, month] > top[_PM10])
        for which, share in ((_NO2, moved.no2), (_SO2, moved.so2)):
            over |= held[:, which] - self._gas(which)[year, day] * share[:, month] > top[which]
        rest = [i for i in range(len(POLLUTANTS)) if i not in (_PM25, _PM10, _NO2, _SO2)]
        return np.asarray(~(over | (held[:, rest] > top[rest].T).any(axis=1)))


def moved_of(
    effects: Effects,
    place: str,
    window: Window,
    days: PlaceDays,
    limit: Array,
    rows: npt.NDArray[np.int64],
    alert: npt.NDArray[np.floating] | None = None,
) -> tuple[Moved, float]:
    """What moves the days of a place, and how much of the fall its background and limit hold back.

    Parameters
    ----------
    effects : Effects
    place : str
    window : Window
    days : PlaceDays
    limit : array (draw,)
        Largest share that can be taken away.
    rows : int array
        Draws of this stratum.
    alert : array (draw, year, day), optional
        Of these draws and the days of the window.

    Returns
    -------
    moved : Moved
    held_back : float
        Share of the fall that is lost, mean of draws and years.
    """
    i = effects.of(place)
    fall = effects.pm25[:, i][np.ix_(rows, window.at)]  # (draw, month)
    number = np.bincount(days.month_of).astype(np.float64)
    if window.year is None:
        # Of October and April only some days are of the season, but most of what heats: the season's mean is known.
        fall = fall + (effects.season[rows, i] - fall @ number / number.sum())[:, None]
    excess = days.by_month(days.excess) / number  # (year, month)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(excess > 0, fall[:, None, :] / excess, 0.0)
    capped = np.minimum(share, limit[rows][:, None, None])
    wanted = np.abs(fall @ number).mean()
    lost = float(np.abs((share - capped) * excess @ number).mean() / wanted) if wanted > 0 else 0.0
    coarse, no2, so2 = (x[:, i][np.ix_(rows, window.at)] for x in (effects.coarse, effects.no2, effects.so2))
    return Moved(capped, coarse, no2, so2, alert), lost


def limits_of(
    dates: npt.NDArray[np.datetime64], threshold: float, standard: str | None, steps: dict[str, float]
) -> Array:
    """Highest concentrations at which a day's AQI does not pass a threshold, (pollutant, day).

    Parameters
    ----------
    dates : datetime64[D] array (day,)
    threshold : float
        AQI, 100 for good days and 200 for heavy ones.
    standard : str or None
        None takes the edition in force on each day.
    steps : dict of str to float
        Resolutions that the baseline has had undone; their limits lie half a step higher.

    Examples
    --------
    >>> days = np.array(["2026-02-28", "2026-03-01"], "datetime64[D]")
    >>> limits_of(days, 100, None, {})[0].tolist(), limits_of(days, 100, "GB3095-2012", {"pm25": 1.0})[0].tolist()
    ([75.0, 60.5], [75.5, 75.5])
    """
    out = np.empty((len(POLLUTANTS), len(dates)))
    for part, edition in editions_of(dates, standard):
        for v, name in enumerate(POLLUTANTS):
            step = steps.get(name)
            out[v, part] = highest(name, threshold, edition, step) + (step / 2 if step else 0.0)
    return out

"""Daily factors of the alerts of a scenario, for its run.

Examples
--------
>>> from airq.scenario.baseline import baseline_of
>>> from airq.scenario.spec import Scenario
>>> made = Scenario(name="a", season=2025, alerts=[{"places": "changji-prefecture", "level": "red", "days": 5}])
>>> days = pd.date_range("2016-10-01", "2017-09-30")
>>> pm25 = 60 + 90 * np.exp(-(((np.arange(365) - 80) / 4.0) ** 2))
>>> years = baseline_of(pd.DataFrame({"date": days, "site": "changji", "pm25": pm25}), weather_years=0)
>>> factor = daily_factor(made, years, 200, 0)
>>> factor.shape, int(factor.mean(axis=0)[0, 0].argmin()), bool((factor[:, 0, 0, :78] == 1).all())
((200, 1, 1, 365), 82, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.scenario.alerts.ratios import alert_priors
from airq.scenario.alerts.relief import by_day
from airq.scenario.alerts.strength import acting, remarks, strength
from airq.scenario.priors import Array
from airq.scenario.spec import Alert, Scenario

__all__ = ["AlertDays", "alert_days", "balanced_level", "daily_factor", "residence_nodes"]

_NODES = 9
"""Residence times for which the days are followed; a draw takes the nearest one of its order."""
_TAIL = 7
"""Days after an alert on which its effect is followed; less than a hundredth is left then."""


@dataclass(frozen=True, eq=False)
class AlertDays:
    """What alerts take away, apart by draw and by day: 1 − strength × pattern, summed over alerts.

    Attributes
    ----------
    strength : tuple of ndarray, (draw, place)
        By alert: share of PM2.5 above background that it takes away in the end.
    pattern : tuple of ndarray, (node, year, place, day)
        By alert: how much of that a day has, 0 to 1, for residence times of the nodes.
    node : ndarray of int, (draw,)
    held : tuple of bool ndarray, (year, day)
        By alert: days on which it holds.
    places : tuple of str
    notes : tuple of str
        What must be said beside the result.
    """

    strength: tuple[Array, ...]
    pattern: tuple[npt.NDArray[np.float32], ...]
    node: npt.NDArray[np.int64]
    held: tuple[npt.NDArray[np.bool_], ...]
    places: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def factor(self, draws: slice | npt.NDArray[np.int64] = slice(None)) -> npt.NDArray[np.float32]:
        """Factor on PM2.5 above background, (draw, year, place, day), for some draws."""
        node = self.node[draws]
        shape = (len(node), *self.pattern[0].shape[1:])
        out = np.ones(shape, np.float32)
        for strength_of, pattern in zip(self.strength, self.pattern, strict=True):
            days = np.flatnonzero(pattern.any(axis=(0, 1, 2)))
            if len(days):
                span = slice(int(days[0]), int(days[-1]) + 1)
                taken = strength_of[draws].astype(np.float32)[:, None, :, None]
                out[..., span] -= taken * pattern[node][..., span]
        return np.maximum(out, 0, out=out)

    def paired(self, year_of: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Factor where each draw has one weather year, (draw, place, day).

        Parameters
        ----------
        year_of : ndarray of int, (draw,)
        """
        out = np.ones((len(self.node), *self.pattern[0].shape[2:]), np.float32)
        for strength_of, pattern in zip(self.strength, self.pattern, strict=True):
            out -= strength_of.astype(np.float32)[:, :, None] * pattern[self.node, year_of]
        return np.maximum(out, 0, out=out)

    @property
    def days_held(self) -> Array:
        """Days under an alert of any level, (year,)."""
        return np.asarray(np.any(self.held, axis=0).sum(axis=-1), dtype=np.float64)


def daily_factor(scenario: Scenario, baseline: Any, draws: int, seed: int) -> npt.NDArray[np.float32]:
    """Factor that the alerts of a scenario put on PM2.5 above background.

    Parameters
    ----------
    scenario : Scenario
    baseline : Baseline
        Weather years (:class:`airq.scenario.baseline.Baseline`).
    draws, seed : int

    Returns
    -------
    ndarray of float32, (draw, year, place, day)
        1 where no alert acts. :func:`alert_days` keeps draws and days apart, in far less memory.

    Raises
    ------
    ParameterError
        An alert longer than the season, an unknown edition or place; file and line.
    MissingData
        A baseline without PM2.5 in the heating season.
    """
    return alert_days(scenario, baseline, draws, seed).factor()


def alert_days(
    scenario: Scenario, baseline: Any, draws: int, seed: int, background: float | None = None
) -> AlertDays:
    """Strength and days of the alerts of a scenario.

    Parameters
    ----------
    scenario, baseline, draws, seed
        As :func:`daily_factor`.
    background : float, optional
        PM2.5 that does not come from the region, µg/m³; that of the table by default.

    Returns
    -------
    AlertDays
    """
    priors = alert_priors()
    names = tuple(str(p) for p in baseline.places)
    excess = _pm25(baseline) - (priors["background"].value if background is None else background)
    node, hours = residence_nodes(draws, seed)
    inside = np.asarray(baseline.heating, dtype=bool)
    level = balanced_level(excess, inside)
    made = []
    for i, alert in enumerate(scenario.alerts):
        who = acting(scenario, i)
        at = [names.index(p) for p in who if p in names]
        held = _held(scenario, i, alert, excess, baseline, at)
        made.append((strength(scenario, i, names, draws, seed), _pattern(excess, held, level, hours), held))
    if not made:  # nothing is taken away
        nothing = np.zeros((_NODES, *excess.shape), np.float32)
        made.append((np.zeros((draws, len(names))), nothing, np.zeros(excess[:, 0].shape, dtype=bool)))
    notes = tuple(dict.fromkeys(n for i in range(len(scenario.alerts)) for n in remarks(scenario, i)))
    return AlertDays(
        tuple(m[0] for m in made), tuple(m[1] for m in made), node, tuple(m[2] for m in made), names, notes
    )


def residence_nodes(draws: int, seed: int) -> tuple[npt.NDArray[np.int64], Array]:
    """Residence time of each draw as one of a few: its node, (draw,), and the hours of the nodes, (node,).

    Examples
    --------
    >>> node, hours = residence_nodes(500, 0)
    >>> len(hours), bool((np.diff(hours) > 0).all()), bool(25 < np.median(hours[node]) < 40)
    (9, True, True)
    """
    drawn = alert_priors()["residence"].draws(draws, seed)
    node = np.searchsorted(np.quantile(drawn, np.linspace(0, 1, _NODES + 1)[1:-1]), drawn)
    middle = float(np.median(drawn))
    hours = [np.median(drawn[node == k]) if (node == k).any() else middle for k in range(_NODES)]
    return node, np.array(hours)


def _pm25(baseline: Any) -> Array:
    """PM2.5 of a baseline, (year, place, day)."""
    names = [str(v) for v in baseline.variables]
    if "pm25" not in names:
        raise MissingData("the weather years hold no PM2.5, which alerts act on; give seasons with pm25.")
    values = np.asarray(baseline.values, dtype=np.float64)[..., names.index("pm25")]
    return np.moveaxis(values, 1, -1)


def balanced_level(excess: Array, inside: npt.NDArray[np.bool_]) -> Array:
    """Level above background that emission and residence balance at: mean of the upper tenth of the season's days.

    Parameters
    ----------
    excess : ndarray, (year, place, day)
    inside : bool ndarray, (day,)
        Days of the season.

    Returns
    -------
    ndarray, (place,)

    Raises
    ------
    MissingData
        A place without a value in the season.
    """
    tenth = alert_priors()["stagnant_tenth"].value
    out = np.zeros(excess.shape[1])
    for place in range(len(out)):
        known = np.sort(excess[:, place, :][:, inside], axis=None)
        known = known[np.isfinite(known)]
        if not len(known):
            raise MissingData(
                "a place of the weather years has no PM2.5 in the heating season; leave it out."
            )
        out[place] = known[-max(int(tenth * len(known)), 1) :].mean()
    return np.maximum(out, 1.0)


def _held(
    scenario: Scenario, number: int, alert: Alert, excess: Array, baseline: Any, who: list[int]
) -> npt.NDArray[np.bool_]:
    """Days on which an alert holds, (year, day)."""
    out = np.zeros((len(excess), excess.shape[-1]), dtype=bool)
    if alert.first is not None and alert.last is not None:
        out[:, [baseline.at(d) for d in pd.date_range(alert.first, alert.last)]] = True
        return out
    inside = np.flatnonzero(baseline.heating)
    first, last = int(inside[0]), int(inside[-1])
    if alert.days > last - first + 1:
        raise ParameterError(f"{scenario.where('alerts', number, 'days')}: the alert lasts {alert.days} days, the heating season {last - first + 1}; shorten it.")  # fmt: skip
    chosen = excess[:, who or slice(None)]
    known = np.isfinite(chosen)
    mean = np.where(known, chosen, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    sums = np.cumsum(np.pad(mean[:, first : last + 1], ((0, 0), (1, 0))), axis=1)
    start = first + (sums[:, alert.days :] - sums[:, : -alert.days]).argmax(axis=1)
    for year, begin in enumerate(start.tolist()):
        # From its lead days on to where it is lifted.
        out[year, max(begin - alert.lead, 0) : begin + alert.days - alert.early] = True
    return out


def _pattern(
    excess: Array, held: npt.NDArray[np.bool_], level: Array, hours: Array
) -> npt.NDArray[np.float32]:
    """Relief of a cut of 1 on these days, (node, year, place, day); followed from the first to the week after the last."""
    out = np.zeros((len(hours), *excess.shape), np.float32)
    for year, on in enumerate(held):
        at = np.flatnonzero(on)
        span = slice(max(int(at[0]) - 1, 0), min(int(at[-1]) + 1 + _TAIL, excess.shape[-1]))
        out[:, year, :, span] = by_day(
            excess[None, year, :, span], on[span].astype(np.float64), level[None, :], hours[:, None]
        )
    return out

"""Unobserved components: a step in a series whose level walks, with drift, season and autoregressive noise.

The uncertainty grows with what the level does by itself, so that a slow change is not taken for a step.

Examples
--------
>>> rng = np.random.default_rng(1)
>>> days = pd.date_range("2016-01-01", "2021-12-31")
>>> season = 0.4 * np.cos(2 * np.pi * days.day_of_year / 365.25)
>>> log = 4 + season + 0.3 * rng.standard_normal(len(days)) - 0.3 * (days >= "2019-10-15")
>>> found = unobserved_components(pd.DataFrame({"date": days, "pm25": np.exp(log)}), "pm25", "2019-10-15")
>>> found.verdict, bool(found.lower < -0.3 < found.upper), bool(found.minimum_detectable < 0.2)
('fell', True, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from airq.analysis.effect.detectable import checked_levels
from airq.analysis.effect.model import PolicyEffect
from airq.analysis.effect.noise import Grid, Steps, base_columns
from airq.analysis.effect.series import finished
from airq.analysis.effect.timeline import WEEKS_A_YEAR, step_columns, timeline

__all__ = ["Components", "unobserved_components"]

_WINDOW: Final = 156
"""Weeks on either side of the date: what lies farther says little of a level that walks, and costs much."""


@dataclass(frozen=True)
class Components:
    """The method with its choices.

    Attributes
    ----------
    phase : float
        Week of the year of week 0.
    window : int
        Weeks on either side of a date.
    harmonics : int
    drift : bool
    """

    phase: float
    window: int = _WINDOW
    harmonics: int = 3
    drift: bool = True

    def __call__(self, weeks: pd.Series, starts: Sequence[int], length: int | None) -> Steps:
        """Size of a step at each of several weeks, all with the same covariances."""
        known = weeks.index.to_numpy()
        near = (known >= min(starts) - self.window) & (known < max(starts) + (length or 0) + self.window)
        week, y = known[near], weeks.to_numpy()[near]
        # Less than a year of data knows no season of its own.
        most = self.harmonics if np.ptp(week) >= 1.5 * WEEKS_A_YEAR else min(self.harmonics, 1)
        base = base_columns(week, WEEKS_A_YEAR, most, self.drift, self.phase)
        return Grid(week, base).steps(y, step_columns(week, starts, length))


def unobserved_components(
    frame: pd.DataFrame,
    target: str,
    date: object,
    *,
    until: object | None = None,
    weather: Sequence[str] = (),
    site: str | None = None,
    window: int = _WINDOW,
    confidence: float = 0.95,
    power: float = 0.8,
) -> PolicyEffect:
    """Effect of a measure from one series by a structural time-series model.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site, or of several with ``site``.
    target : str
        Concentrations as observed with ``weather``, or a deweathered series without.
    date : date
        First day of the measure.
    until : date, optional
        First day without it again; None for good.
    weather : sequence of str
        Columns for the light adjustment (:mod:`airq.analysis.effect.weather`).
    site : str, optional
    window : int
        Weeks used on either side of the date, 52 or more.
    confidence, power : float

    Returns
    -------
    PolicyEffect

    Raises
    ------
    MissingData
        No column, no weather, too few weeks.
    ParameterError
        A date outside the data, several sites, text for numbers.
    """
    checked_levels(confidence, power)
    line = timeline(frame, target, date, until, weather, site)
    own = Components(line.phase, window)
    others = {
        "no drift": Components(line.phase, window, drift=False),
        "2 harmonics": Components(line.phase, window, harmonics=2),
        "4 harmonics": Components(line.phase, window, harmonics=4),
        "half the window": Components(line.phase, max(window // 2, 52)),
    }
    return finished("components", line, own, others, window, confidence, power)

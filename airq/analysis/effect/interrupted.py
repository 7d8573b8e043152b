"""Interrupted series: level, trend and season by least squares around a date, and a step on it.

Standard errors allow for autocorrelation of any form by equal-weighted cosines (Lazarus, Lewis, Stock & Watson 2018,
J. Bus. Econ. Stat. 36, 541), and are widened to what the same regression finds on dates without a measure.

Examples
--------
>>> rng = np.random.default_rng(2)
>>> days = pd.date_range("2016-01-01", "2021-12-31")
>>> log = 4 + 0.3 * rng.standard_normal(len(days)) - 0.3 * (days >= "2019-10-15")
>>> found = interrupted_series(pd.DataFrame({"date": days, "pm25": np.exp(log)}), "pm25", "2019-10-15")
>>> found.verdict, bool(found.lower < -0.3 < found.upper)
('fell', True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.effect.detectable import checked_levels
from airq.analysis.effect.model import PolicyEffect
from airq.analysis.effect.noise import Steps, base_columns
from airq.analysis.effect.series import finished
from airq.analysis.effect.timeline import WEEKS_A_YEAR, step_columns, timeline
from airq.errors import MissingData

__all__ = ["Interrupted", "interrupted_series"]

Array = npt.NDArray[np.float64]

_WINDOW: Final = 104
_LEAST_COSINES: Final = 4


@dataclass(frozen=True)
class Interrupted:
    """The method with its choices.

    Attributes
    ----------
    phase : float
        Week of the year of week 0.
    window : int
        Weeks on either side of a date.
    harmonics : int
    slope : bool
        A change of slope at the date beside the step; the effect is then the mean of both over the weeks after.
    """

    phase: float
    window: int = _WINDOW
    harmonics: int = 2
    slope: bool = False

    def __call__(self, weeks: pd.Series, starts: Sequence[int], length: int | None) -> Steps:
        """Size of a step at each of several weeks, each in its own window."""
        found = [self._one(weeks, s, length) for s in starts]
        where, scale, df = (np.array(v) for v in zip(*found, strict=True))
        return Steps(np.ones((1, len(found))), where[None, :], scale[None, :], int(df.min()))

    def _one(self, weeks: pd.Series, start: int, length: int | None) -> tuple[float, float, int]:
        known = weeks.index.to_numpy()
        near = (known >= start - self.window) & (known < start + (length or 0) + self.window)
        week, y = known[near], weeks.to_numpy()[near]
        most = self.harmonics if np.ptp(week) >= 1.5 * WEEKS_A_YEAR else min(self.harmonics, 1)
        base = base_columns(week, WEEKS_A_YEAR, most, True, self.phase)
        step = step_columns(week, [start], length)
        if self.slope:
            # Centred within the measure, so that the step's coefficient is the mean effect.
            since = np.where(step[:, 0] > 0, week - start, 0.0)
            base = np.column_stack([base, since - since.sum() / max(step.sum(), 1) * step[:, 0]])
        spare = len(y) - base.shape[1] - 1
        if spare < 8:
            raise MissingData(
                f"{len(y)} weeks with data are too few for {base.shape[1] + 1} unknowns; give a longer series."
            )
        basis, _ = np.linalg.qr(base)
        free = step[:, 0] - basis @ (basis.T @ step[:, 0])
        left = y - basis @ (basis.T @ y)
        strength = float(free @ free)
        if strength < 1e-6:
            raise MissingData(
                "the effect cannot be told from level, trend and season; give data before and after the date."
            )
        b = float(free @ left) / strength
        error, df = _long_run(free * (left - b * free), week)
        return b, float(np.sqrt(error * len(y) / spare)) / strength, df


def _long_run(score: Array, week: npt.NDArray[np.int64]) -> tuple[float, int]:
    """Variance of the sum of a series with gaps, and its degrees of freedom."""
    span = int(np.ptp(week)) + 1
    count = max(_LEAST_COSINES, int(0.4 * span ** (2 / 3)))
    at = (week - week[0] + 0.5) / span
    waves = np.sqrt(2) * np.cos(np.pi * np.outer(np.arange(1, count + 1), at))
    return float(np.square(waves @ score).mean()), count


def interrupted_series(
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
    """Effect of a measure from one series by segmented regression.

    Parameters
    ----------
    frame, target, date, until, weather, site, confidence, power
        As :func:`airq.analysis.unobserved_components`.
    window : int
        Weeks used on either side of the date, 52 or more.

    Returns
    -------
    PolicyEffect

    Raises
    ------
    MissingData, ParameterError
    """
    checked_levels(confidence, power)
    line = timeline(frame, target, date, until, weather, site)
    own = Interrupted(line.phase, window)
    others = {
        "change of slope": Interrupted(line.phase, window, slope=True),
        "1 harmonic": Interrupted(line.phase, window, harmonics=1),
        "3 harmonics": Interrupted(line.phase, window, harmonics=3),
        "a longer window": Interrupted(line.phase, 3 * window // 2),
    }
    return finished("interrupted", line, own, others, window, confidence, power)

"""Weeks around the date of a measure, and the same method tried on dates without one.

Examples
--------
>>> weeks = pd.Series(0.0, index=range(-120, 60))
>>> placebo_starts(weeks, None)[:3]
[-94, -90, -86]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.effect.inputs import Days, as_day, daily, need_varying, week_means
from airq.analysis.effect.model import PlaceboSize
from airq.analysis.effect.noise import Steps
from airq.analysis.effect.weather import adjusted
from airq.errors import MissingData, ParameterError

__all__ = [
    "MARGIN",
    "WEEKS_A_YEAR",
    "Estimator",
    "Timeline",
    "placebo_starts",
    "sized",
    "step_columns",
    "timeline",
    "tried",
]

Array = npt.NDArray[np.float64]

WEEKS_A_YEAR: Final = 365.25 / 7
MARGIN: Final = 26
"""Weeks of data that a date needs on either side."""
_LEAST_AFTER: Final = 4
_SPACING: Final = 4
"""Weeks from one placebo date to the next."""
_APART: Final = 26
"""Weeks from which on placebo dates count as independent of one another."""
_PRIOR: Final = 4.0
"""Independent dates that the promise of the model is worth before any placebo date is seen."""


class Estimator(Protocol):
    """A method: the size of a step at each of several weeks, one at a time."""

    def __call__(self, weeks: pd.Series, starts: Sequence[int], length: int | None) -> Steps:
        """Sizes; a step lasts ``length`` weeks, or for good."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """Weeks of one series, week 0 begins on the date of the measure.

    Attributes
    ----------
    held : Days
    weeks, raw : pandas.Series
        Mean logarithm by number of the week, adjusted for weather and as observed.
    date : pandas.Timestamp
    until : pandas.Timestamp or None
    length : int or None
        Weeks that the measure lasts; None for good.
    blocked_r2 : float
    notes : tuple of str
    """

    held: Days
    weeks: pd.Series
    raw: pd.Series
    date: pd.Timestamp
    until: pd.Timestamp | None
    length: int | None
    blocked_r2: float
    notes: tuple[str, ...]

    @property
    def phase(self) -> float:
        """Week of the year of week 0."""
        return float(self.date.day_of_year / 7)


def _length(date: pd.Timestamp, until: pd.Timestamp | None) -> int | None:
    if until is None:
        return None
    days = (until - date).days
    if days <= 0:
        raise ParameterError(f"until {until.date()} is not after the date {date.date()}; give a later day.")
    if days < 7:
        raise ParameterError(
            f"the measure lasts {days} days, and a week is the shortest effect judged alone; pool short ones with alert_effect."
        )
    return max(round(days / 7), 1)


def timeline(
    frame: pd.DataFrame,
    target: str,
    date: object,
    until: object | None = None,
    weather: Sequence[str] = (),
    site: str | None = None,
) -> Timeline:
    """Weeks around a date.

    Parameters
    ----------
    frame, target, weather, site
        As :func:`airq.analysis.effect.inputs.daily`.
    date : date
        First day of the measure.
    until : date, optional
        First day without it again.

    Returns
    -------
    Timeline

    Raises
    ------
    MissingData
        Less than half a year before the date or four weeks after it.
    ParameterError
    """
    start, stop = as_day(date, "date"), None if until is None else as_day(until, "until")
    length = _length(start, stop)
    held = daily(frame, target, weather, site)
    need_varying(held)
    notes, share, log = held.notes, float("nan"), held.log
    span = f"{held.days[0].date()} to {held.days[-1].date()}"
    if not held.days[0] < start <= held.days[-1]:
        raise ParameterError(
            f"the date {start.date()} lies outside the data, which run from {span}; check the date."
        )
    raw = week_means(held.days, log, start)
    _enough(raw, start, length, span)
    if weather:
        light = adjusted(held)
        log, share, notes = light.log, light.blocked_r2, (*notes, *light.notes)
    weeks = week_means(held.days, log, start)
    _enough(weeks, start, length, span)
    return Timeline(held, weeks, raw, start, stop, length, share, notes)


def _enough(weeks: pd.Series, start: pd.Timestamp, length: int | None, span: str) -> None:
    before = int((weeks.index < 0).sum())
    after = int(((weeks.index >= 0) & (weeks.index < (length or len(weeks) + 10**6))).sum())
    least = min(_LEAST_AFTER, length or _LEAST_AFTER)
    if before < MARGIN or after < least:
        raise MissingData(
            f"{before} weeks with data before {start.date()} and {after} after it ({span}); "
            f"{MARGIN} before and {least} after are needed: give a longer series."
        )


def step_columns(week: npt.ArrayLike, starts: Sequence[int], length: int | None) -> Array:
    """What a step of size 1 adds to each week, shape (weeks, starts).

    Examples
    --------
    >>> step_columns([-1, 0, 1, 2], [0], 2)[:, 0].tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    t, begin = np.asarray(week)[:, None], np.asarray(starts)[None, :]
    inside = (t >= begin) if length is None else (t >= begin) & (t < begin + length)
    return np.asarray(inside.astype(np.float64))


def placebo_starts(weeks: pd.Series, length: int | None) -> list[int]:
    """Dates within a stretch of weeks that have half a year on either side.

    Parameters
    ----------
    weeks : pandas.Series
        By number of the week.
    length : int or None

    Returns
    -------
    list of int
    """
    if len(weeks) < 2 * MARGIN:
        return []
    first, last = int(weeks.index.min()), int(weeks.index.max())
    known = weeks.index.to_numpy()
    lasting = length or 0
    out = []
    for s in range(first + MARGIN, last - max(MARGIN, lasting) + 2, _SPACING):
        inside = ((known >= s) & (known < s + (length or MARGIN))).mean() * len(known)
        before = ((known >= s - MARGIN) & (known < s)).mean() * len(known)
        if inside >= 0.75 * (length or MARGIN) and before >= 0.75 * MARGIN:
            out.append(s)
    return out


def _independent(where: Array) -> float:
    """How many dates half a year apart the dates are worth."""
    return float(min(len(where), len(np.unique(np.floor(where / _APART)))))


def _widening(z: Array, where: Array) -> float:
    """Root mean square of the studentised placebo effects with the prior, at least 1."""
    if not len(z):
        return 1.0
    worth, mean = _independent(where), float(np.square(z).mean())
    return max(1.0, float(np.sqrt((_PRIOR + worth * mean) / (_PRIOR + worth))))


def tried(
    weeks: pd.Series, length: int | None, method: Estimator, confidence: float
) -> tuple[PlaceboSize, pd.DataFrame]:
    """Try a method on dates before the measure, and on dates while it lasts for good or is over.

    Parameters
    ----------
    weeks : pandas.Series
    length : int or None
    method : Estimator
    confidence : float

    Returns
    -------
    PlaceboSize
        A date is judged with the widening that the dates half a year and more from it ask for.
    pandas.DataFrame
        ``week``, ``estimate``, ``standard_error``, ``p_value`` of each.
    """
    parts = [weeks[weeks.index < 0], weeks[weeks.index >= (length or 0)]]
    rows, made = [], []
    for part in parts:
        starts = placebo_starts(part, length)
        if not starts:
            continue
        try:
            steps = method(part, starts, length)
        except MissingData:
            continue
        made.append(steps)
        rows += list(zip(starts, steps.mean, steps.sd, strict=True))
    table = pd.DataFrame(rows, columns=["week", "estimate", "standard_error"])
    return sized(table, made, confidence)


def sized(table: pd.DataFrame, made: Sequence[Steps], confidence: float) -> tuple[PlaceboSize, pd.DataFrame]:
    """Error rate and widening from placebo effects.

    Parameters
    ----------
    table : pandas.DataFrame
        ``week``, ``estimate``, ``standard_error`` in the order of the steps.
    made : sequence of Steps
    confidence : float
    """
    level = 1 - confidence
    if table.empty:
        return PlaceboSize(0, 0, level, 1.0), table.assign(p_value=np.nan)
    z = (table["estimate"] / table["standard_error"]).to_numpy(dtype=np.float64)
    where = table["week"].to_numpy(dtype=np.float64)
    own = np.array([_widening(z[far], where[far]) for far in np.abs(where[:, None] - where) >= _APART])
    p, first = [], 0
    for steps in made:
        count = steps.location.shape[1]
        p.append(steps.widened(own[first : first + count]).p_value())
        first += count
    table = table.assign(p_value=np.concatenate(p))
    rejected = int((table["p_value"] < level).sum())
    return PlaceboSize(rejected, len(table), level, _widening(z, where), _independent(where)), table

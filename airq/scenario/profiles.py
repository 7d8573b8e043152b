"""When tonnes fall within a year, and how much of a measure is in effect in each month.

Examples
--------
>>> months = pd.period_range("2025-10", "2026-12", freq="M")
>>> heating = shares("heating", months)
>>> round(float(heating[:7].sum()), 6), float(heating[8])
(1.0, 0.0)
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airq.errors import ParameterError
from airq.weather.season import END, START

__all__ = ["PROFILES", "Timing", "heating_share", "in_days", "in_season", "profile_of", "shares", "table"]

Array = NDArray[np.float64]
PROFILES: Final = ("heating", "flat", "warm", "mixed")
_INSIDE: Final = 18.0
"""Temperature inside, of which degree days are counted; heating begins below the next [B]."""
_BASE: Final = 12.0
_MIXED: Final = 0.3


@lru_cache(maxsize=16)
def table(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a table of this package; lines with ``#`` are remarks.

    Examples
    --------
    >>> table("months")[0]["temperature"]
    '-12.6'
    """
    text = (files("airq.scenario") / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    lines = [t for t in text.splitlines() if t and not t.startswith("#")]
    return tuple(csv.DictReader(lines))


def profile_of(category: str) -> str:
    """Profile of a sector; flat for one that the table does not hold.

    Examples
    --------
    >>> profile_of("home_heating"), profile_of("coke_oven")
    ('heating', 'flat')
    """
    return next((r["profile"] for r in table("profiles") if r["category"] == category), "flat")


def heating_share(months: pd.PeriodIndex) -> Array:
    """Share of the days of each month that lie in the heating season, shape ``(month,)``.

    Examples
    --------
    >>> heating_share(pd.PeriodIndex(["2025-10", "2026-01", "2026-07"], freq="M")).round(2).tolist()
    [0.55, 1.0, 0.0]
    """
    size = np.asarray(months.days_in_month, dtype=np.float64)
    month = np.asarray(months.month)
    full = (month > START[0]) | (month < END[0])  # the season spans the turn of the year
    first = np.where(month == START[0], size - START[1] + 1, 0.0)
    last = np.where(month == END[0], float(END[1]), 0.0)
    return np.asarray(np.where(full, 1.0, (first + last) / size))


@lru_cache(maxsize=4)
def _weights(profile: str) -> Array:
    """Relative weight of a day of each calendar month, times its days in a common year."""
    year = pd.period_range("2025-01", "2025-12", freq="M")
    size = year.days_in_month.to_numpy().astype(np.float64)
    season = heating_share(year)
    if profile == "mixed":
        return _MIXED * _weights("heating") + (1 - _MIXED) * _weights("flat")
    if profile == "heating":
        cold = {int(r["month"]): float(r["temperature"]) for r in table("months")}
        degrees = np.array([_INSIDE - cold[m] if cold[m] < _BASE else 0.0 for m in range(1, 13)])
        raw = degrees * size * season
    elif profile == "warm":
        raw = size * (1 - season)
    elif profile == "flat":
        raw = size
    else:
        raise ParameterError(f"profile '{profile}' is not known; use {', '.join(PROFILES)}.")
    return np.asarray(raw / raw.sum())


def shares(profile: str, months: pd.PeriodIndex) -> Array:
    """Share of a year's tonnes that falls to each month; any twelve in a row add up to 1.

    Parameters
    ----------
    profile : {"heating", "flat", "warm", "mixed"}
    months : pandas.PeriodIndex

    Returns
    -------
    numpy.ndarray
        Shape ``(month,)``.
    """
    return _weights(profile)[np.asarray(months.month) - 1]


def in_season(profile: str, months: pd.PeriodIndex) -> Array:
    """Share of each month's tonnes that falls within the heating season, shape ``(month,)``.

    Examples
    --------
    >>> october = pd.PeriodIndex(["2025-10"], freq="M")
    >>> [round(float(in_season(p, october)[0]), 2) for p in ("heating", "flat", "mixed", "warm")]
    [1.0, 0.55, 0.63, 0.0]
    """
    days = heating_share(months)
    if profile == "flat":
        return days
    if profile == "mixed":
        heating, flat = _MIXED * shares("heating", months), (1 - _MIXED) * shares("flat", months)
        return np.asarray((heating + flat * days) / (heating + flat))
    return np.asarray((days > 0) * (1.0 if profile == "heating" else 0.0))


@dataclass(frozen=True)
class Timing:
    """When a measure takes effect.

    Attributes
    ----------
    start, full : datetime.date
        Effect grows evenly from the one to the end of the other.
    until : datetime.date or None
        Last day of effect.
    since : datetime.date or None
        What was in effect before this day is not counted.
    """

    start: dt.date
    full: dt.date
    until: dt.date | None = None
    since: dt.date | None = None

    def in_effect(self, months: pd.PeriodIndex) -> Array:
        """Share in effect, mean over the days of each month, shape ``(month,)``.

        Examples
        --------
        >>> months = pd.period_range("2025-11", "2026-02", freq="M")
        >>> Timing(dt.date(2026, 1, 1), dt.date(2026, 1, 31)).in_effect(months).round(3).tolist()
        [0.0, 0.0, 0.516, 1.0]
        """
        return _in_effect(self, months[0].ordinal, len(months))

    def of_days(self, number: Array) -> Array:
        """Share in effect on days, given as their ordinals."""
        share = self._reached(number)
        if self.since is not None:
            share = np.maximum(share - self._reached(np.array([self.since.toordinal() - 1.0])), 0.0)
        if self.until is not None:
            share = np.where(number <= self.until.toordinal(), share, 0.0)
        return np.asarray(share)

    def _reached(self, number: Array) -> Array:
        whole = (self.full - self.start).days + 1
        return np.clip((number - self.start.toordinal() + 1) / whole, 0.0, 1.0)


@lru_cache(maxsize=1024)
def _in_effect(timing: Timing, first: int, number: int) -> Array:
    """Mean of the days of each month; kept, since many measures share their dates."""
    months = pd.period_range(pd.Period(ordinal=first, freq="M"), periods=number, freq="M")
    size = np.asarray(months.days_in_month)
    daily = timing.of_days(months[0].start_time.toordinal() + np.arange(float(size.sum())))
    ends = np.concatenate([[0.0], np.cumsum(daily)])[np.concatenate([[0], np.cumsum(size)])]
    return _kept(np.diff(ends) / size)


def _kept(values: Array) -> Array:
    """An array that callers share and cannot change."""
    values.flags.writeable = False
    return values


def in_days(start: dt.date, end: dt.date, months: pd.PeriodIndex) -> Array:
    """Days of each month that lie between two days, both inside, shape ``(month,)``.

    Examples
    --------
    >>> months = pd.period_range("2025-11", "2025-12", freq="M")
    >>> in_days(dt.date(2025, 11, 16), dt.date(2025, 12, 3), months).tolist()
    [15.0, 3.0]
    """
    first = np.array([max(start, m.start_time.date()).toordinal() for m in months], dtype=np.float64)
    last = np.array([min(end, m.end_time.date()).toordinal() for m in months], dtype=np.float64)
    return np.maximum(last - first + 1, 0.0)

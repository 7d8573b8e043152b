"""What the method is measured against: three simple ways to foretell the end of a year, and the plain recipe.

Examples
--------
>>> import pandas as pd
>>> from airq.targets.engine import know
>>> from airq.targets.judge import Settings
>>> from airq.targets.series import sites_of
>>> from airq.targets.spec import parse
>>> days = pd.date_range("2017-01-01", "2018-06-30")
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": np.where(days.year == 2017, 50.0, 40.0)})
>>> known = know(sites_of(frame), "A", np.datetime64("2018-06-30"))
>>> case = Case(known, parse({"kind": "mean", "pollutant": "pm25", "at_most": 45, "year": 2018}), Settings(100, 0))
>>> [float(BASELINES[n](case).mean().round(1)) for n in ("linear", "last_year_rest", "blocks")]
[40.0, 45.0, 45.0]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import MissingData
from airq.targets.engine import year_start
from airq.targets.judge import Case
from airq.targets.paths import BLOCK, WINDOW
from airq.targets.series import calendar_slots
from airq.targets.written import written

__all__ = ["BASELINES", "blocks", "last_year_rest", "linear"]

Floats = npt.NDArray[np.float64]


def _values(case: Case) -> Floats:
    """Daily values whose sum the target judges: flags of counted days, or concentrations; NaN is missing."""
    series = case.known.series
    if case.target.is_mean:
        return series.column(str(case.target.pollutant))
    aqi, _ = case.known.past_aqi(slice(0, series.days.size), case.target.standard)
    above = aqi > case.target.aqi_threshold
    flags = above if case.target.counts_heavy else ~above
    return np.where(np.isfinite(aqi), flags, np.nan)


def _final(case: Case, rest_mean: Floats) -> Floats:
    """Figure of the year if the coming days have this mean (or share of counted days)."""
    seen, coming = case.observed(), case.coming().size
    if case.target.is_mean:
        return np.asarray((float(seen.total) + coming * rest_mean) / max(seen.number + coming, 1))
    total = seen.count + coming * rest_mean
    return np.asarray(total / max(seen.number + coming, 1) if case.target.is_ratio else total)


def linear(case: Case) -> Floats:
    """The rest of the year is like the year so far.

    Raises
    ------
    MissingData
        Before the first valid day of the year.
    """
    seen = case.observed()
    if not seen.number:
        raise MissingData(
            "a linear extrapolation needs at least one valid day of the year; choose a later asof."
        )
    rest = seen.mean if case.target.is_mean else seen.count / seen.number
    return _final(case, np.array([rest]))


def last_year_rest(case: Case) -> Floats:
    """The rest of the year is like the same days of the year before."""
    values, days, coming = _values(case), case.known.series.days, case.coming()
    before = days[(days >= year_start(case.target.year - 1)) & (days < year_start(case.target.year))]
    same = before[np.isin(calendar_slots(before), calendar_slots(coming))]
    held = values[np.isin(days, same)]
    held = held[np.isfinite(held)]
    if not held.size:
        raise MissingData(f"the same days of {case.target.year - 1} have no value; choose another baseline.")
    return _final(case, np.array([float(held.mean())]))


def blocks(case: Case) -> Floats:
    """Plain bootstrap: 10-day blocks of the same calendar days of any earlier year, all years alike."""
    values, series, coming = _values(case), case.known.series, case.coming()
    rng = np.random.default_rng([case.settings.seed, 3])
    slots = calendar_slots(series.days)
    draws = case.settings.draws
    total = np.zeros(draws)
    number = np.zeros(draws)
    for begin in range(0, coming.size, BLOCK):
        length = min(BLOCK, coming.size - begin)
        slot = int(calendar_slots(coming[begin : begin + 1])[0])
        away = np.abs(slots - slot)
        near = np.minimum(away, 366 - away) <= WINDOW
        near &= (series.days < year_start(case.target.year)) & np.isfinite(values)
        at = np.flatnonzero(near)
        if not at.size:
            raise MissingData("earlier years do not hold the coming days; give a longer history.")
        index = np.minimum(at[rng.integers(0, at.size, draws)][:, None] + np.arange(length), values.size - 1)
        block = values[index]
        total += np.nansum(block, axis=1)
        number += np.isfinite(block).sum(axis=1)
    return _final(case, total / np.maximum(number, 1))


BASELINES: Final[dict[str, Callable[[Case], Any]]] = {
    "linear": linear,
    "last_year_rest": last_year_rest,
    "blocks": blocks,
    "plain_half": partial(written, drift="half"),
    "plain_full": partial(written, drift="full"),
}
"""Baselines by name; each gives one figure, or one a draw. ``plain_half`` and ``plain_full`` are the plain recipe with
half and full drift."""

"""The plain recipe from which the method started, kept as a baseline.

Log climatology in which a year weighs half as much as the next; level = share x drift + 0.15 x (year to date - drift)
+ 0.05 x (last 30 days - drift); level noise of 0.125; half of the paths from calendar blocks, half autoregressive.

Examples
--------
>>> import pandas as pd
>>> from airq.targets.engine import know
>>> from airq.targets.judge import Settings
>>> from airq.targets.series import sites_of
>>> from airq.targets.spec import parse
>>> days = pd.date_range("2016-01-01", "2018-06-30")
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": np.where(days.year == 2018, 40.0, 50.0)})
>>> known = know(sites_of(frame), "A", np.datetime64("2018-06-30"))
>>> case = Case(known, parse({"kind": "mean", "pollutant": "pm25", "at_most": 45, "year": 2018}), Settings(400, 0))
>>> 43 < float(written(case, "zero").mean()) < 45
True
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from airq.errors import MissingData
from airq.targets.ahead import Path, Seasons, root_of
from airq.targets.climate import WEIGHT, YearTable, filled, logs
from airq.targets.engine import Known, year_start
from airq.targets.judge import Case
from airq.targets.level import DRIFTS
from airq.targets.paths import Pool, draw
from airq.targets.series import Floats, calendar_slots
from airq.targets.simulation import SimulatedYear

__all__ = ["written"]

TO_DATE: Final = 0.15
"""b1 [M, 31 capitals: 0.1 to 0.2]."""
LAST: Final = 0.05
"""b2 [M, 31 capitals]."""
LAST_DAYS: Final = 30
SD: Final = 0.125
"""Level noise, log scale [M, 31 capitals: 0.10 to 0.15]."""


def written(case: Case, drift: str) -> Floats:
    """Figure of the year by the plain recipe, (draw,).

    Parameters
    ----------
    case : Case
        Its target year must be the one of the day of issue.
    drift : {"zero", "half", "full"}

    Raises
    ------
    MissingData
    """
    known, settings = case.known, case.settings
    if case.target.year != known.year:
        raise MissingData(
            f"the plain recipe knows the year {known.year} only; choose an asof in the target year."
        )
    kept: dict[tuple[int, int], SimulatedYear] = known.__dict__.setdefault("_written", {})
    key = (settings.draws, settings.seed)
    if key not in kept:
        kept[key] = _simulated(known, *key)
    year = kept[key] if settings.days is None else kept[key].on(settings.days)
    return replace(case, simulated={known.year: year}).final(drift)


def _simulated(known: Known, draws: int, seed: int) -> SimulatedYear:
    days = np.arange(known.asof + 1, year_start(known.year + 1))
    normal, age = YearTable.of(known.series.days, known.values).normal(known.year, season=WEIGHT)
    pool = Pool.of(known.series.days, known.values, filled(normal))
    number = len(known.names)
    numbers = np.random.default_rng([seed, 21]).standard_normal((draws, number))
    noise = SD * numbers @ root_of(known.coefficients.correlation).T
    levels = {
        name: Path(
            _level(known, normal, share * known.coefficients.drift * age) + noise, np.zeros((1, number))
        )
        for name, share in DRIFTS.items()
    }
    drawn = draw(pool, days, draws, np.random.default_rng([seed, 22]), True)
    none = Seasons.of(days, np.zeros((draws, -(-days.size // 30) + 1, number)))
    ahead = filled(normal)[calendar_slots(days)]
    return SimulatedYear(known, known.year, drawn, none, levels, ahead, None, np.ones(days.size, bool))


def _level(known: Known, normal: Floats, prior: Floats) -> Floats:
    days = known.series.days
    anomaly = logs(known.values) - normal[calendar_slots(days)]

    def excess(rows: slice) -> Floats:
        part = anomaly[rows]
        there = np.isfinite(part)
        mean = np.where(there, part, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        return np.where(there.any(axis=0), mean - prior, 0.0)

    to_date = known.series.within(year_start(known.year), known.asof)
    last = known.series.within(known.asof - LAST_DAYS + 1, known.asof)
    return np.asarray(prior + TO_DATE * excess(to_date) + LAST * excess(last))

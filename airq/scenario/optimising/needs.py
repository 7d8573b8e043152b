"""How much less PM2.5 each draw needs to meet a target of the register: what the optimiser is asked for.

A target counts days or means under one standard, with all pollutants of the day; measures bring µg/m³ of the heating
season. Between the two stands the run: in each draw, with the weather year that it is paired with, the effect of all
measures together is scaled until the target is met. What it then brings in the season is the need of that draw. It is
nothing where the target is met without measures, and infinite where no fall of what is emitted here meets it (the
background, dust, O3).

Examples
--------
>>> import pandas as pd
>>> from airq.scenario.baseline import baseline_of
>>> from airq.scenario.optimising.candidates import candidates
>>> from airq.scenario.spec import Scenario
>>> days = pd.date_range("2018-10-01", "2022-09-30")
>>> wave = 32 + 25 * np.cos(2 * np.pi * np.asarray(days.day_of_year) / 365)
>>> air = baseline_of(pd.DataFrame({"date": days, "site": "changji", "pm25": wave}), weather_years=4)
>>> tried = Scenario(name="a", season=2029, measures=[{"id": "2025-boiler-01"}])
>>> made = candidates(tried, draws=40, costs={"2025-boiler-01": 9e6})
>>> found = needs_of(made, "prefecture-2030-pm25-falling", air)
>>> found.before <= found.after, bool((found.need >= 0).all())
(True, True)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import MissingData, ParameterError
from airq.scenario.alerts.factors import alert_days
from airq.scenario.baseline import Baseline
from airq.scenario.effects import Effects, effects_of, strata_of
from airq.scenario.judged_days import Run, World
from airq.scenario.judging import Judge, stands_for
from airq.scenario.optimising.candidates import Candidates
from airq.scenario.optimising.problem import Array
from airq.scenario.tonnes import cut_of
from airq.scenario.windows import windows
from airq.targets import RegisterRow, register
from airq.texts import Note

__all__ = ["Needs", "needs_of", "row_of"]

Bools = npt.NDArray[np.bool_]
_LARGEST: Final = 4096.0
"""Multiple of all measures together beyond which a target counts as out of reach of any."""
_HALVINGS: Final = 7
_FIELDS: Final = ("pm25", "season", "coarse", "no2", "so2")


@dataclass(frozen=True, eq=False)
class Needs:
    """What a target asks of each draw.

    Attributes
    ----------
    row : RegisterRow
    place : str
        Where it is judged.
    need : array (draw,)
        µg/m³ of the heating season; infinite where no cut meets it.
    before, after : float
        Probability without measures and with all of them, over the same pairs of draws and weather years.
    judged_in : int
        Year that is judged.
    """

    row: RegisterRow
    place: str
    need: Array
    before: float
    after: float
    judged_in: int


def row_of(name: str) -> RegisterRow:
    """Row of the register of targets.

    Raises
    ------
    ParameterError
        If there is none; the sentence offers the nearest.

    Examples
    --------
    >>> row_of("changji-2025-good-days").place
    'changji'
    """
    rows = {r.id: r for r in register()}
    if name not in rows:
        near = get_close_matches(name, list(rows), n=1)
        hint = f"did you mean '{near[0]}'?" if near else "see params/targets.yaml."
        raise ParameterError(f"target '{name}' is not in the register of targets; {hint}")
    return rows[name]


def needs_of(made: Candidates, target: str, air: Baseline) -> Needs:
    """Need of each draw for a target.

    Parameters
    ----------
    made : Candidates
    target : str
        Id of a row of ``params/targets.yaml``.
    air : Baseline
        Weather years.

    Returns
    -------
    Needs

    Raises
    ------
    ParameterError
        The target is unknown, or is of another place than the candidates are judged at.
    MissingData
        It cannot be judged: no weather years of the place, no figure of its base year.
    """
    row, place, scenario = row_of(target), made.place, made.scenario
    if row.parsed is None:
        raise ParameterError(Note(f"target '{row.id}' states nothing that air-quality data can judge; choose another target.", f"目标“{row.id}”没有空气质量数据可评判的内容；请另选目标。"))  # fmt: skip
    if place not in stands_for(row.place, (place,)):
        raise ParameterError(f"target '{row.id}' is of {row.place} and cannot be judged at {place}; choose that place or another target.")  # fmt: skip
    if place not in air.places:
        raise MissingData(Note(f"the weather years hold none of '{place}'; they hold {', '.join(air.places)}.", f"气象年中没有“{place}”；只有{'、'.join(air.places)}。"))  # fmt: skip
    years = scenario.judged_years
    year = row.year if row.year in years else max(years)
    fixed, whole = _worlds(made)
    run = Run(air, windows(scenario), strata_of(made.draws, made.seed), (World(fixed), World(whole)))
    alerts = alert_days(scenario, air, made.draws, made.seed) if scenario.alerts else None
    pairs = np.arange(made.draws) % len(air.values)

    def met(by: Array) -> Bools:
        """Whether each draw meets the target with all measures scaled, in its own weather year."""
        one = Run(run.baseline, run.windows, run.strata, (run.worlds[0], World(_scaled(fixed, whole, by), alerts)))  # fmt: skip
        judge = Judge(air.frame, one.counted, one.mean, years)
        return np.asarray(judge.met(row.parsed, place, year, True))[np.arange(made.draws), pairs]

    need, before, after = _least(met, made.draws)
    brought = made.together(made.problem.ids)
    if not (brought > 0).any():
        raise MissingData(Note("all measures together bring no fall of PM2.5, so no need can be measured.", "全部措施合起来不降低PM₂.₅，无法求出所需降幅。"))  # fmt: skip
    return Needs(row, place, need * np.maximum(brought, 1e-12), before, after, year)


def _worlds(made: Candidates) -> tuple[Effects, Effects]:
    """Effects of what the scenario does in any case, and of all candidates beside it."""
    bare = made.scenario.model_copy(update={"measures": ()})
    bare._lines = None
    rest = effects_of(cut_of(bare, made.draws, made.seed), made.response, made.seed)
    every = cut_of(made.only(made.problem.ids), made.draws, made.seed)
    return rest, effects_of(every, made.response, made.seed)


def _scaled(fixed: Effects, whole: Effects, by: Array) -> Effects:
    """What is done in any case, and the measures times a factor of each draw."""
    parts = {}
    for name in _FIELDS:
        one, two = getattr(fixed, name), getattr(whole, name)
        parts[name] = one + two * by.reshape(-1, *[1] * (two.ndim - 1))
    for name in ("no2", "so2"):  # a share cannot pass all of it
        parts[name] = np.minimum(parts[name], 1.0)
    return replace(whole, **parts)


def _least(ask: Callable[[Array], Bools], draws: int) -> tuple[Array, float, float]:
    """Least factor with which each draw meets the target, by doubling and halving; and how many meet it with 0 and 1."""
    done = ask(np.zeros(draws))
    before = float(done.mean())
    low, high = np.zeros(draws), np.where(done, 0.0, np.inf)
    step, after = 1.0, before
    while step <= _LARGEST and np.isinf(high).any():
        now = ask(np.where(np.isinf(high), step, high))
        found = np.isinf(high) & now
        if step == 1.0:
            after = float((now | done).mean())
        high = np.where(found, step, high)
        low = np.where(np.isinf(high), step, low)
        step *= 8.0
    for _ in range(_HALVINGS):
        open_ = np.isfinite(high) & (high > 0)
        if not open_.any():
            break
        middle = np.where(open_, np.where(low > 0, np.sqrt(low * np.where(open_, high, 1.0)), high / 2), 0.0)
        now = ask(middle)
        high = np.where(open_ & now, middle, high)
        low = np.where(open_ & ~now, middle, low)
    return high, before, after

"""The measures of a scenario as what the optimiser chooses from.

Each measure is one candidate: its effect is that of its own tonnes, draw by draw with the response that all share, its cost
what documents state, made yearly, or what the user gives. A measure without tonnes or without a cost cannot be weighed
against others; it is left out and named.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> scenario = Scenario(name="a", season=2025, measures=[{"id": "2025-boiler-01"}, {"id": "2025-diesel-02"}])
>>> made = candidates(scenario, draws=200, costs={"2025-boiler-01": 9e6, "2025-diesel-02": 30e6})
>>> made.problem.ids, bool((made.problem.effects.mean(axis=0) > 0).all()), made.left_out
(('2025-boiler-01', '2025-diesel-02'), True, ())
>>> from airq.scenario.optimising.solving import least_cost
>>> least_cost(made.problem, 0.02, 0.8).chosen
('2025-boiler-01',)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.scenario.optimising.problem import Problem, Rules
from airq.scenario.planning import plan
from airq.scenario.response import Response, response
from airq.scenario.spec import Scenario
from airq.scenario.tonnes import Cut, cut_of

__all__ = ["Candidates", "candidates"]

_LIFE: Final = 10.0
"""Years over which an investment counts [B]."""
_ONE_OF: Final = ("max", "supersede")
"""Rules of the register's overlap groups of which one measure at most counts."""


@dataclass(frozen=True)
class Candidates:
    """Measures to choose from.

    Attributes
    ----------
    problem : Problem
    left_out : tuple of str
        Measures that cannot be weighed, and why, one sentence each.
    place : str
        Where the effect is judged.
    """

    problem: Problem
    left_out: tuple[str, ...]
    place: str


def candidates(
    scenario: Scenario,
    place: str = "changji",
    draws: int = 200,
    seed: int = 0,
    costs: Mapping[str, float] | None = None,
    rules: Rules | None = None,
    life: float = _LIFE,
    interest: float = 0.0,
    air: Response | None = None,
) -> Candidates:
    """Measures of a scenario with their effects and costs.

    Parameters
    ----------
    scenario : Scenario
    place : str
        Whose heating-season mean is to fall.
    draws, seed : int
    costs : mapping of measure id to float, optional
        Yuan a year, in place of what documents state.
    rules : Rules, optional
        Budgets, precedence and the like; groups of the register of which one measure counts are added.
    life : float
        Years over which an investment counts.
    interest : float
        A year, as a share; 0 divides the investment evenly.
    air : Response, optional
        Made for the scenario's places, sectors and draws; by default it is.

    Returns
    -------
    Candidates

    Raises
    ------
    ParameterError
        If a cost is given for a measure that the scenario has not, or the place takes no part.
    MissingData
        If no measure can be weighed.
    """
    if life <= 0 or interest < 0:
        raise ParameterError(
            f"a life of {life:g} years at {interest:g} interest gives no yearly cost; give a life above 0."
        )
    alone = scenario.model_copy(update={"against": "", "reference": None})
    whole = plan(alone)
    known = dict.fromkeys(a.id for a in whole.actions)
    if strange := [k for k in costs or {} if k not in known]:
        raise ParameterError(
            f"a cost is given for '{strange[0]}', which the scenario does not hold; correct its id."
        )
    stated = _stated(whole.costs, life, interest)
    all_cut = cut_of(alone, draws, seed)
    if place not in all_cut.places:
        raise ParameterError(f"place '{place}' takes no part; use {', '.join(all_cut.places)}.")
    made = air or response(draws, seed, all_cut.places, all_cut.sectors)
    at = all_cut.places.index(place)
    rows, effects, by_place, left = [], [], [], []
    for number, measure in enumerate(alone.measures):
        for key in _ids(alone, number, known):
            cost = (costs or {}).get(key, stated.get(key))
            one = _alone(alone, number, key, draws, seed)
            seasonal = -made.season(one)
            if not one.sectors or not np.any(seasonal[:, at]):
                left.append(f"{key} has no tonnes that count.")
                continue
            if cost is None:
                left.append(f"{key} has no stated cost; give one in yuan a year.")
                continue
            action = next(a for a in whole.actions if a.id == key)
            rows.append(_row(key, action.place, float(cost), one, measure))
            effects.append(seasonal[:, at])
            by_place.append(seasonal.mean(axis=0))
    if not rows:
        raise MissingData(f"no measure of scenario '{scenario.name}' can be weighed ({left[0] if left else 'it has none'}).")  # fmt: skip
    table = pd.DataFrame(rows)
    gains = {p: np.array([g[i] for g in by_place]) for i, p in enumerate(all_cut.places)}
    kept = set(table["measure_id"])
    groups = {**_groups(whole, kept), **dict((rules or Rules()).groups)}
    return Candidates(
        Problem.of(table, np.column_stack(effects), replace(rules or Rules(), groups=groups), gains),
        tuple(left),
        place,
    )


def _ids(scenario: Scenario, number: int, known: Mapping[str, None]) -> list[str]:
    """Measures of an entry: the one that it names, or all that it selects."""
    single = scenario.model_copy(update={"measures": (scenario.measures[number],)})
    return [k for k in dict.fromkeys(a.id for a in plan(single).actions) if k in known]


def _alone(scenario: Scenario, number: int, key: str, draws: int, seed: int) -> Cut:
    """Tonnes of one measure without the others."""
    entry = scenario.measures[number]
    if getattr(entry, "select", None):
        entry = type(entry)(id=key)
    bare = {"measures": (entry,), "staggered": (), "grades": (), "alerts": (), "growth": ()}
    return cut_of(scenario.model_copy(update=bare), draws, seed)


def _stated(money: pd.DataFrame, life: float, interest: float) -> dict[str, float]:
    """Yuan a year of each measure: its capital as an annuity and what it costs to run; subsidies are part of capital."""
    annuity = 1 / life if interest == 0 else interest / (1 - (1 + interest) ** -life)
    out: dict[str, float] = {}
    for row in money.to_dict("records"):
        factor = {"capital": annuity, "operating": 1.0}.get(row["kind"])
        if factor is not None:
            out[row["id"]] = out.get(row["id"], 0.0) + factor * row["yuan"]
    for row in money.to_dict("records"):  # where only the subsidy is stated, it is the least that was paid
        if row["kind"] == "subsidy" and row["id"] not in out:
            out[row["id"]] = annuity * row["yuan"]
    return out


def _row(key: str, place: str, cost: float, one: Cut, measure: object) -> dict[str, object]:
    at = one.pollutants.index("CO2")
    co2 = float(np.median(one.values[:, :, :, at].sum(axis=(1, 2, 3))))
    timing = getattr(measure, "start", "") or ""
    year = int(timing[:4]) if timing[:4].isdigit() else pd.NA
    return {"measure_id": key, "place": place, "cost": cost, "co2": co2, "year": year}


def _groups(whole: object, kept: set[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for one in whole.actions:  # type: ignore[attr-defined]
        name = str(one.row.get("overlap_group") or "")
        if name and one.row.get("overlap_rule") in _ONE_OF and one.id in kept:
            out.setdefault(name, []).append(one.id)
    return {k: v for k, v in out.items() if len(v) > 1}

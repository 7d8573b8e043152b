"""The measures of a scenario as what the optimiser chooses from.

Each measure is one candidate: its effect is that of its own tonnes, draw by draw with the response that all share, its cost
what documents state, made yearly, or what the user gives. A measure without tonnes or without a cost cannot be weighed
against others; it is left out and named.

Examples
--------
>>> from airq.scenario.spec import Measure, Scenario
>>> scenario = Scenario(name="a", season=2025, measures=[{"id": "2025-boiler-01"}, {"id": "2025-diesel-02"}])
>>> made = candidates(scenario, draws=200, costs={"2025-boiler-01": 9e6, "2025-diesel-02": 30e6})
>>> made.problem.ids, bool((made.problem.effects.mean(axis=0) > 0).all()), made.left_out
(('2025-boiler-01', '2025-diesel-02'), True, ())
>>> from airq.scenario.optimising.solving import least_cost
>>> least_cost(made.problem, 0.02, 0.8).chosen
('2025-boiler-01',)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.scenario.measures import Action, Plan
from airq.scenario.optimising.problem import Array, Problem, Rules
from airq.scenario.planning import plan
from airq.scenario.response import Response, response
from airq.scenario.spec import Measure, Scenario
from airq.scenario.tonnes import Cut, cut_of
from airq.texts import Note

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
    scenario : Scenario
        Whose measures they are, compared with nothing.
    response : Response
        Of the same draws.
    draws, seed : int
    """

    problem: Problem
    left_out: tuple[str, ...]
    place: str
    scenario: Scenario
    response: Response
    draws: int
    seed: int

    def only(self, names: Iterable[str]) -> Scenario:
        """The scenario with some of its measures alone; nothing else is done in it."""
        wanted = set(names)
        entries = _entries(self.scenario)
        return _bare(self.scenario, [e for key, own in entries.items() if key in wanted for e in own])

    def together(self, names: Iterable[str]) -> Array:
        """µg/m³ that several measures bring together at the place, (draw,), with what they overlap in."""
        cut = cut_of(self.only(names), self.draws, self.seed)
        if not cut.sectors:
            return np.zeros(self.draws)
        return np.asarray(-self.response.season(cut)[:, cut.places.index(self.place)])


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
        Yuan a year, in place of what documents state; a budget counts them in each year from the start of the measure.
    rules : Rules, optional
        Budgets, precedence and the like; groups of the register of which one measure counts are added. Of stated capital
        a budget counts even parts in the years from start to end, of running costs those of each year from the start.
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
        If a cost is given for a measure that the scenario has not, the place takes no part, or a budget is of a year in
        which no measure spends.
    MissingData
        If no measure can be weighed.
    """
    if life <= 0 or interest < 0:
        raise ParameterError(
            f"a life of {life:g} years at {interest:g} interest gives no yearly cost; give a life above 0."
        )
    alone = scenario.model_copy(update={"against": "", "reference": None})
    whole = plan(alone)
    entries = _entries(alone)
    if strange := [k for k in costs or {} if k not in entries]:
        raise ParameterError(
            f"a cost is given for '{strange[0]}', which is no measure of scenario '{alone.name}'; correct its id."
        )
    if below := [k for k, v in (costs or {}).items() if not (np.isfinite(v) and v >= 0)]:
        raise ParameterError(f"the cost of '{below[0]}' is {(costs or {})[below[0]]:g}; give yuan a year, 0 or more.")  # fmt: skip
    money = _money(whole.costs, life, interest)
    all_cut = cut_of(alone, draws, seed)
    if place not in all_cut.places:
        raise ParameterError(f"place '{place}' takes no part; use {', '.join(all_cut.places)}.")
    made = air or response(draws, seed, all_cut.places, all_cut.sectors)
    at = all_cut.places.index(place)
    rows, effects, by_place, left = [], [], [], []
    for key, own in entries.items():
        one = cut_of(_bare(alone, own), draws, seed)
        seasonal = -made.season(one) if one.sectors else np.zeros((draws, len(all_cut.places)))
        if not np.any(seasonal[:, at]):
            left.append(Note(f"{key} has no tonnes that count.", f"{key}没有可计的吨数。"))
            continue
        given = (costs or {}).get(key)
        if given is None and key not in money:
            left.append(Note(f"{key} has no stated cost; give one in yuan a year.", f"{key}没有写明费用；请给出每年多少元。"))  # fmt: skip
            continue
        actions = [a for a in whole.actions if a.id == key]
        paid = Money(yearly=float(given)) if given is not None else money[key]
        rows.append(_row(key, actions, paid, one, life, alone.season))
        effects.append(seasonal[:, at])
        by_place.append(seasonal.mean(axis=0))
    if not rows:
        raise _none(scenario, left)
    table = pd.DataFrame(rows)
    gains = {p: np.array([g[i] for g in by_place]) for i, p in enumerate(all_cut.places)}
    _spends(table, rules or Rules())
    groups = {**_groups(whole, set(table["measure_id"])), **dict((rules or Rules()).groups)}
    problem = Problem.of(table, np.column_stack(effects), replace(rules or Rules(), groups=groups), gains)
    return Candidates(problem, tuple(left), place, alone, made, draws, seed)


def _none(scenario: Scenario, left: Sequence[str]) -> MissingData:
    """Why no measure can be weighed: how many lack what, and what to do."""
    poor = sum("no stated cost" in s for s in left)
    if not left:
        return MissingData(Note(f"scenario '{scenario.name}' has no measure to choose from; list some under 'measures'.", f"情景“{scenario.title('zh')}”没有可选的措施；请在measures中列出。"))  # fmt: skip
    dry = len(left) - poor
    first = next((s.split(" ")[0] for s in left if "no stated cost" in s), left[0].split(" ")[0])
    return MissingData(Note(f"no measure of scenario '{scenario.name}' can be weighed: {poor} have no stated cost and {dry} no tonnes that count; give yuan a year, first of '{first}'.", f"情景“{scenario.title('zh')}”没有可以权衡的措施：{poor}项没有写明费用，{dry}项没有可计的吨数；请给出每年多少元，先给“{first}”的。"))  # fmt: skip


@dataclass(frozen=True)
class Money:
    """Yuan of one measure: what it costs a year and over its life, and what is spent once."""

    yearly: float = 0.0
    capital: float = 0.0
    annuity: float = 0.0

    @property
    def cost(self) -> float:
        """Yuan a year."""
        return self.yearly + self.annuity * self.capital


def _entries(scenario: Scenario) -> dict[str, list[Measure]]:
    """Entries of each measure: the one that names it, or its part of a selection, with all that the entry changes."""
    out: dict[str, list[Measure]] = {}
    for action in plan(scenario).actions:
        if action.path[0] != "measures":
            continue
        entry = scenario.measures[int(action.path[1])]
        own = out.setdefault(action.id, [])
        made = entry if entry.select is None else entry.model_copy(update={"id": action.id, "select": None})
        if made not in own:
            own.append(made)
    return out


def _bare(scenario: Scenario, entries: Sequence[Measure]) -> Scenario:
    """The scenario with some entries and nothing else."""
    nothing = {"staggered": (), "grades": (), "alerts": (), "growth": (), "neighbours": _still(scenario)}
    made = scenario.model_copy(update={"measures": tuple(entries), **nothing})
    made._lines = None  # entries have left their lines
    return made


def _still(scenario: Scenario) -> dict[str, Any]:
    """Neighbours as they stand, without the shares that some cut."""
    return {k: v if isinstance(v, str) else "act" for k, v in scenario.neighbours.items()}


def _money(stated: pd.DataFrame, life: float, interest: float) -> dict[str, Money]:
    """What documents state, made yearly: capital as an annuity, and what it costs to run; a subsidy is part of the capital."""
    annuity = 1 / life if interest == 0 else interest / (1 - (1 + interest) ** -life)
    out: dict[str, Money] = {}
    for key, part in stated.groupby("id", sort=False):
        sums = part.groupby("kind")["yuan"].sum()
        # Where neither capital nor running cost is stated, the subsidy is the least that was paid.
        alone = 0.0 if {"capital", "operating"} & set(sums.index) else sums.get("subsidy", 0.0)
        capital = float(sums.get("capital", 0.0) + alone)
        out[str(key)] = Money(float(sums.get("operating", 0.0)), capital, annuity)
    return out


def _row(
    key: str, actions: Sequence[Action], paid: Money, one: Cut, life: float, season: int
) -> dict[str, object]:
    at = one.pollutants.index("CO2")
    co2 = float(np.median(one.values[:, :, :, at].sum(axis=(1, 2, 3)))) / (len(one.months) / 12)
    times = [a.timing for a in actions if a.timing is not None]
    # Without a date of its own a measure is in effect throughout: its money is that of the season.
    dated = [a for a in actions if a.row.get("start") or a.row.get("end") or getattr(a.spec, "start", "") or getattr(a.spec, "end", "")]  # fmt: skip
    first = min(t.start.year for t in times) if dated and times else season
    last = max(t.full.year for t in times) if dated and times else season
    spends = dict.fromkeys(range(first, last + 1), paid.capital / (last - first + 1))
    for year in range(first, first + max(int(np.ceil(life)), 1)):
        spends[year] = spends.get(year, 0.0) + paid.yearly
    row = {"measure_id": key, "place": actions[0].place, "cost": paid.cost, "co2": co2}
    return {**row, "spends": {y: v for y, v in spends.items() if v}}


def _spends(table: pd.DataFrame, rules: Rules) -> None:
    """Refuse a budget of a year in which nothing is spent: it would bind nothing, and nobody would know."""
    years = sorted({y for s in table["spends"] for y in s})
    if strange := [y for y in rules.budgets if y not in years and years]:
        raise ParameterError(f"the budget of {strange[0]} touches no measure: money is spent from {years[0]} to {years[-1]}; correct the year.")  # fmt: skip


def _groups(whole: Plan, kept: set[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for one in whole.actions:
        name = str(one.row.get("overlap_group") or "")
        if name and one.row.get("overlap_rule") in _ONE_OF and one.id in kept:
            out.setdefault(name, []).append(one.id)
    out = {k: list(dict.fromkeys(v)) for k, v in out.items()}
    return {k: v for k, v in out.items() if len(v) > 1}

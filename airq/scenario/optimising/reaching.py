"""The least-cost set of measures that meets a target of the register with a probability; else the most that can be had.

Each draw has its own need (:mod:`airq.scenario.optimising.needs`). The programme knows one reduction for all draws, so what
a draw needs less than the neediest is given to it as a measure that costs nothing and is always taken.

Examples
--------
>>> import pandas as pd
>>> table = pd.DataFrame({"measure_id": ["a", "b"], "place": "p", "cost": [1e6, 9e6]})
>>> problem = Problem.of(table, np.array([[1.0, 2.0]] * 4))
>>> meet(problem, np.array([0.0, 0.5, 2.5, np.inf]), 0.5).chosen
('a',)
>>> most = meet(problem, np.array([0.0, 0.5, 2.5, np.inf]), 0.9)
>>> most.status, most.attainable, most.chosen, most.binding
('infeasible', 0.75, ('a', 'b'), ('the measures themselves: all of them do not reach it',))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from airq.errors import ParameterError
from airq.scenario.optimising.problem import Array, Problem
from airq.scenario.optimising.solving import Plan, least_cost

__all__ = ["Reached", "meet"]

_WEATHER: Final = "the weather and the draw"
_LEAST: Final = 1e-6


@dataclass(frozen=True)
class Reached:
    """A set of measures for a target.

    Attributes
    ----------
    status : {"optimal", "feasible", "infeasible"}
        As in :class:`airq.scenario.optimising.solving.Plan`; the set of an infeasible target is that which meets it most
        often.
    probability : float
        Asked for.
    before : float
        Share of the draws that meet the target without a measure.
    attainable : float
        Highest probability that the rules allow.
    shares : pandas.Series
        Share of each measure that is taken, by measure_id.
    cost, co2 : float
        Yuan and tonnes a year.
    reduction : pandas.Series
        Quantiles 0.05, 0.5, 0.95 of the µg/m³ that the set brings.
    reached : float
        Share of the draws that meet the target with the set.
    binding : tuple of str
        What keeps the probability out of reach, or makes the set dearer.
    gap : float
    """

    status: str
    probability: float
    before: float
    attainable: float
    shares: pd.Series
    cost: float
    co2: float
    reduction: pd.Series
    reached: float
    binding: tuple[str, ...]
    gap: float

    @property
    def chosen(self) -> tuple[str, ...]:
        """Measures of which something is taken."""
        return tuple(self.shares.index[self.shares > 1e-9])


def meet(
    problem: Problem, need: Array, probability: float = 0.8, explain: bool = True, time_limit: float = 10.0
) -> Reached:
    """Cheapest set with which a share of the draws gets what it needs.

    Parameters
    ----------
    problem : Problem
    need : array (draw,)
        µg/m³, 0 or more; infinite where the target cannot be met.
    probability : float
    explain, time_limit
        As :func:`airq.scenario.optimising.solving.least_cost`.

    Returns
    -------
    Reached

    Raises
    ------
    ParameterError
        If the needs do not belong to the draws, or the probability cannot be meant.
    """
    need = np.asarray(need, dtype=np.float64)
    if need.shape != (len(problem.effects),) or np.isnan(need).any() or (need < 0).any():
        raise ParameterError(f"needs have the shape {need.shape}; give one number of 0 or more for each of the {len(problem.effects)} draws.")  # fmt: skip
    if not 0 < probability <= 1:
        raise ParameterError(f"probability {probability} is not above 0 and at most 1.")
    least, target = _levelled(problem, need)
    found = least_cost(least, target, probability, explain=explain, time_limit=time_limit)
    if found.status != "infeasible":
        top = _most(least, target, need, probability, time_limit)[0] if explain else float("nan")
        return _reached(problem, need, found, probability, top)
    if np.isnan(found.attainable):  # the rules contradict each other
        return _reached(problem, need, found, probability, float("nan"))
    top, best = _most(least, target, need, 0.0, time_limit, probability)
    made = _reached(problem, need, found if best is None else best, probability, top)
    return replace(made, status="infeasible", binding=found.binding)


def _levelled(problem: Problem, need: Array) -> tuple[Problem, float]:
    """The problem with one reduction for all draws: what a draw needs less is given to it."""
    known = np.isfinite(need)
    target = max(float(need[known].max()) if known.any() else 0.0, _LEAST)
    effects = np.where(known[:, None], problem.effects, 0.0)  # what no measure meets is reached by no set
    given = np.where(known, target - need, 0.0)
    table = problem.table.assign(spends=[{int(y): float(problem.spent(int(y))[i]) for y in problem.rules.budgets} for i in range(len(problem.table))])  # fmt: skip
    row = {"measure_id": _WEATHER, "place": "", "cost": 0.0, "spending": 0.0, "co2": 0.0, "divisible": False, "spends": {}}  # fmt: skip
    table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
    table["divisible"] = table["divisible"].astype(bool)
    rules = replace(problem.rules, forced=(*problem.rules.forced, _WEATHER))
    gains = {k: np.append(v, 0.0) for k, v in problem.at_places.items()}
    return Problem.of(table, np.column_stack([effects, given]), rules, gains), target


def _most(
    problem: Problem, target: float, need: Array, low: float, time_limit: float, below: float = 1.0
) -> tuple[float, Plan | None]:
    """Highest probability with a set, and that set, by halving between one that is had and one that is not."""
    draws = len(need)
    brings = np.maximum(problem.effects, 0).sum(axis=1)
    first, last = int(np.floor(low * draws + 1e-9)), int((brings >= target - 1e-9).sum())
    last = min(last, int(np.ceil(below * draws - 1e-9)) - 1) if below < 1 else last
    best: Plan | None = None
    while first < last:
        middle = (first + last + 1) // 2
        tried = least_cost(problem, target, middle / draws, explain=False, time_limit=time_limit)
        if tried.status == "infeasible":
            last = middle - 1
        else:
            first, best = max(middle, round(tried.reached * draws)), tried
            last = max(last, first)
    return first / draws, best


def _reached(problem: Problem, need: Array, plan: Plan, probability: float, top: float) -> Reached:
    shares = plan.shares[[n for n in plan.shares.index if n != _WEATHER]]
    brought = problem.effects @ shares.to_numpy()
    for overlap in problem.rules.overlaps:
        both = [shares[n] > 1e-9 for n in (overlap.first, overlap.second)]
        if all(both):
            pair = problem.effects[:, [problem.position(overlap.first), problem.position(overlap.second)]]
            brought = brought - overlap.share * pair.min(axis=1)
    quantiles = pd.Series(np.quantile(brought, (0.05, 0.5, 0.95)), index=[0.05, 0.5, 0.95])
    reached = float((brought >= need - 1e-6).mean())
    before = float((need <= 0).mean())
    return Reached(plan.status, probability, before, top, shares, plan.cost, plan.co2, quantiles, reached, plan.binding, plan.gap)  # fmt: skip

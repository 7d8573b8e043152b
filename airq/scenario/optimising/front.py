"""The front of cost, PM2.5 and CO2: sets than which no other is better in all three.

Examples
--------
>>> table = pd.DataFrame({"measure_id": ["a", "b"], "place": "changji", "cost": [1e6, 9e6], "co2": [100.0, 900.0]})
>>> made = pareto(Problem.of(table, np.array([[1.0, 2.0], [1.0, 2.0]])), steps=3, co2_steps=1)
>>> made["measures"].tolist()
['', 'a', 'b', 'a b']
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from airq.errors import ParameterError
from airq.scenario.optimising.problem import Problem
from airq.scenario.optimising.solving import Plan, least_cost

__all__ = ["pareto"]


def pareto(
    problem: Problem, probability: float = 0.5, steps: int = 10, co2_steps: int = 3, time_limit: float = 5.0
) -> pd.DataFrame:
    """Least cost for a ladder of reductions of PM2.5 and of CO2.

    Parameters
    ----------
    problem : Problem
    probability : float
        With which each reduction of PM2.5 is to be reached.
    steps, co2_steps : int
        Reductions tried between none and the most that is possible.
    time_limit : float
        Seconds for one solution.

    Returns
    -------
    pandas.DataFrame
        cost (yuan a year), low, middle, high (µg/m³), co2 (t a year), reached, measures (their names, one space
        between), tied (whether the interval of the reduction overlaps that of the next dearer set), dearer last; only
        sets that no other beats in cost, median µg/m³ and CO2.

    Raises
    ------
    ParameterError
        If there is no step, or the rules allow no set at all.
    """
    if steps < 1 or co2_steps < 1:
        raise ParameterError("a front needs a step at least; ask for 1 or more.")
    most = least_cost(problem, 1e12, probability, explain=False, time_limit=time_limit)
    if np.isnan(most.attainable):
        raise ParameterError(f"no set keeps to the rules ({most.binding[0]}).")
    ceiling = float(np.maximum(problem.co2, 0).sum())
    ladder = [None, *(ceiling * (np.arange(1, co2_steps) / co2_steps))]
    plans = [
        least_cost(problem, float(aim), probability, co2, explain=False, time_limit=time_limit)
        for aim in np.linspace(0, max(most.attainable, 0.0) * (1 - 1e-9), steps + 1)
        for co2 in ladder
    ]
    rows = [_row(p) for p in [*plans, most] if p is most or p.status != "infeasible"]
    frame = pd.DataFrame(rows).drop_duplicates("measures").sort_values(["cost", "middle"], ignore_index=True)
    kept = frame[~_beaten(frame)].reset_index(drop=True)
    kept["tied"] = [*(kept["high"].to_numpy()[:-1] >= kept["low"].to_numpy()[1:]), False]
    return kept


def _row(plan: Plan) -> dict[str, object]:
    low, middle, high = plan.reduction
    return {
        "cost": plan.cost,
        "low": low,
        "middle": middle,
        "high": high,
        "co2": plan.co2,
        "reached": plan.reached,
        "measures": " ".join(plan.chosen),
    }


def _beaten(frame: pd.DataFrame) -> np.ndarray:
    """Whether another set is as good in all three and better in one."""
    gains = np.column_stack([-frame["cost"], frame["middle"], frame["co2"]])
    tolerance = 1e-9 * np.maximum(np.abs(gains).max(axis=0), 1e-12)
    as_good = (gains[None, :, :] >= gains[:, None, :] - tolerance).all(axis=2)
    better = (gains[None, :, :] > gains[:, None, :] + tolerance).any(axis=2)
    return np.asarray((as_good & better).any(axis=1))

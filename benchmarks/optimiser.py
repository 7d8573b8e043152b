"""How long the least-cost set takes, against a greedy choice by price in the same run.

    python benchmarks/optimiser.py [--measures 200] [--draws 200] [--seed 0]

Measures have costs and effects spread as widely as those of the inventory; draws share the response to a degree
``shared`` (1: all uncertainty is the response of the air; 0: each measure has its own). Rules: two yearly budgets, two
precedences, a group, an overlap, at most half of the cost on one of four places. Greedy takes measures by median cost
of a µg/m³ until the probability is reached and knows no budget, so where it is cheaper it breaks a rule.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from airq.scenario.optimising.problem import Overlap, Problem, Rules
from airq.scenario.optimising.solving import least_cost


def instance(measures: int, draws: int, shared: float, rng: np.random.Generator) -> Problem:
    size = np.exp(rng.normal(-4, 1, measures))
    response, own = np.exp(rng.normal(0, 0.5, (draws, 1))), np.exp(rng.normal(0, 0.6, (draws, measures)))
    names = [f"m{i}" for i in range(measures)]
    table = pd.DataFrame(
        {
            "measure_id": names,
            "place": rng.choice(list("abcd"), measures),
            "cost": size * np.exp(rng.normal(15, 0.8, measures)),
            "year": rng.choice([2026, 2027], measures),
        }
    )
    half = 0.3 * table["cost"].sum()
    rules = Rules(
        budgets={2026: half, 2027: half},
        precedence=[("m1", "m2"), ("m5", "m9")],
        groups={"g": ["m3", "m4"]},
        overlaps=[Overlap("m10", "m11", 0.5)],
        cost_share_at_most=0.5,
    )
    return Problem.of(table, size * response * own ** (1 - shared), rules)


def greedy(problem: Problem, target: float, probability: float) -> float:
    """Cost of taking measures by price until the probability is reached."""
    order = np.argsort(problem.cost / np.median(problem.effects, axis=0))
    reached = (np.cumsum(problem.effects[:, order], axis=1) >= target).mean(axis=0) >= probability
    return float(problem.cost[order][: reached.argmax() + 1].sum()) if reached.any() else np.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measures", type=int, default=200)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    print(f"{given.measures} measures; one draw, then {given.draws} draws with probability p")
    print("shared    p  status    sets  cost/greedy  gap to the bound  CPU s  wall s")
    cases = [(1.0, 1, 1.0)] + [(s, given.draws, p) for s in (1.0, 0.8, 0.5, 0.0) for p in (0.5, 0.8, 0.95)]
    for shared, draws, probability in cases:
        problem = instance(given.measures, draws, shared, rng)
        target = 0.3 * float(np.quantile(problem.effects.sum(axis=1), 0.3))
        wall, cpu = time.perf_counter(), time.process_time()
        plan = least_cost(problem, target, probability, explain=False)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        ratio = plan.cost / greedy(problem, target, probability)
        print(
            f"{shared:6.1f} {probability:4.2f}  {plan.status:9} {len(plan.chosen):4d} {ratio:12.3f} "
            f"{plan.gap:17.1%} {cpu:6.2f} {wall:7.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()

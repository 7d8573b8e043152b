"""Tonnes of scenarios: the same as the inventory's, month by month, and quickly enough for a slider.

Baseline: ``Register.emissions`` of the inventory for the same measures and draws, which gives one number a year and no
months or places. Prints the largest relative difference of the draws and the ratio of the times.

Run: ``python benchmarks/scenario_tonnes.py [draws]``
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from airq.scenario import cut_of, examples, load, plan

SCENARIO = "clean-heating-132000-homes"


def best(work: Callable[[], Any], times: int = 5) -> tuple[float, Any]:
    """Shortest time of several runs, and the result."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        made = work()
        found.append(time.perf_counter() - start)
    return min(found), made


def main(draws: int = 1000) -> None:
    """Print what the page of scenarios states."""
    scenario = load(SCENARIO)
    register = plan(scenario).register
    names = ("PM25", "PM10", "SO2", "NOx", "VOC", "NH3", "CO2")
    slow, expected = best(lambda: register.emissions(draws, pollutants=names))
    quick, made = best(lambda: cut_of(scenario, draws))
    year = np.asarray(made.months.year == 2026)
    worst = max(
        float(np.abs(made.draws_of(p, months=year) / expected.draws(p)["total"] - 1).max())
        for p in expected.pollutants
    )
    print(f"{SCENARIO}, {draws} draws, {len(made.places)} places, {len(made.months)} months")
    print(f"  largest difference of a draw from the inventory's (baseline): {worst:.1e}")
    print(f"  {quick:.2f} s against {slow:.2f} s of the baseline: {quick / slow:.1f} times")
    print("all examples, from the file to the tonnes:")
    for name in examples():
        took, cut = best(lambda name=name: cut_of(load(name), draws), 2)
        season = cut.season().set_index("pollutant")["p50"]
        print(
            f"  {took:5.2f} s  {name}: PM2.5 {season['PM25']:,.1f} t, SO2 {season['SO2']:,.1f} t in the heating season"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

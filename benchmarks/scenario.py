"""A whole scenario: seven counties, 30 weather years, 1,000 draws; the small examples and the red alert beside the prototype.

    python benchmarks/scenario.py [--archive FOLDER] [--draws 1000] [--weather-years 30] [--seed 0]

The baseline of the same run works every day of every draw out and asks each for its limits, as a loop over a model's days
would; it is timed on a part of the draws and must give the same counts. Making the daily frame of an archive is timed
apart: it is made once for each state of the archive.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np

from airq import scenario
from airq.scenario import running
from airq.scenario.effects import effects_of, strata_of
from airq.scenario.indicators import Moved, PlaceDays, limits_of
from airq.scenario.judged_days import Run
from airq.variables import POLLUTANTS

NAMES = ("30-boilers-741-trucks", "clean-heating-132000-homes", "red-alert-5-days", "plan-15fyp-box2")
TRUCKS = {"name": "741 trucks", "season": "2025-2026", "measures": [{"id": "2025-diesel-01"}]}
PART = 60
PLACES = 7


def every_day(days: PlaceDays, moved: Moved, limits: np.ndarray) -> np.ndarray:
    """Days that pass, each worked out for each draw."""
    month = days.month_of
    values = {n: days.values[None, :, :, i] for i, n in enumerate(POLLUTANTS)}
    over = days.excess[None]
    new = (
        values["pm25"]
        - over
        + over * (1 - moved.share[:, :, month]) * (1.0 if moved.alert is None else moved.alert)
    )
    changed = {
        "pm25": new,
        "pm10": values["pm10"] - (values["pm25"] - new) - moved.coarse[:, None, month],
        "no2": values["no2"] - np.maximum(values["no2"] - days.no2_background, 0) * moved.no2[:, None, month],
        "so2": values["so2"] - np.maximum(values["so2"] - days.so2_background, 0) * moved.so2[:, None, month],
    }
    bad = np.zeros(new.shape, bool)
    for i, name in enumerate(POLLUTANTS):
        bad |= changed.get(name, values[name]) > limits[i]
    return (~bad).sum(axis=2)


def against_every_day(air: scenario.Baseline, draws: int, seed: int) -> tuple[float, float, float]:
    """Seconds of both ways for one place, year and limit, at the whole number of draws; largest difference of counts."""
    made = scenario.load("clean-heating-132000-homes")
    cut, _, answer = running._tonnes(made, draws, seed)
    run = running._days(made, air, cut, None, answer, seed)
    assert isinstance(run, Run) and len(effects_of(cut, answer, seed).season) == len(
        strata_of(draws, seed).limit
    )
    limits = limits_of(run.window(2026).dates, 100, "GB3095-2012", air.steps)
    quick = slow = differ = 0.0
    for k, rows in enumerate(run.strata.rows):
        days, moved = run._state("changji", 2026, True, k)
        start = time.process_time()
        fast = days.counts(moved, limits)
        quick += time.process_time() - start
        part = Moved(*(getattr(moved, n)[:PART] for n in ("share", "coarse", "no2", "so2")))
        start = time.process_time()
        plain = every_day(days, part, limits)
        slow += (time.process_time() - start) * len(rows) / len(plain)
        differ = max(differ, float(np.abs(plain - fast[:PART]).max()))
    return quick, slow, differ


def show(name: str, row: object, text: str) -> None:
    low, middle, high = (row[f"change_{q}"] for q in ("p5", "p50", "p95"))  # type: ignore[index]
    print(f"{name}: season PM2.5 {middle:+.3f} [{low:+.3f}, {high:+.3f}] µg/m³, {text}; detectable: {row['detectable']} (least {row['minimum_detectable']:.1f})")  # type: ignore[index]  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--archive")
    options.add_argument("--draws", type=int, default=1000)
    options.add_argument("--weather-years", type=int, default=30)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    start = time.perf_counter()
    air = scenario.baseline_for(NAMES[0], given.archive, given.weather_years, given.seed)
    load = os.getloadavg()[0]
    print(
        f"weather years: {time.perf_counter() - start:.1f} s, {air.values.shape} (year, day, place, variable), simulated: {air.simulated}, load of the machine {load:.1f}"
    )
    results = {}
    for name in NAMES:
        wall, cpu = time.perf_counter(), time.process_time()
        results[name] = scenario.run(name, given.seed, draws=given.draws, baseline=air)
        print(
            f"{name}: {time.perf_counter() - wall:.1f} s of the clock, {time.process_time() - cpu:.1f} s of one core (aim: 10 s)"
        )
    wall, cpu = time.perf_counter(), time.process_time()
    scenario.run(NAMES[0], given.seed, draws=200, baseline=air, brief=True)
    first = time.process_time() - cpu
    cpu = time.process_time()
    scenario.run(NAMES[0], given.seed, draws=200, baseline=air, brief=True)
    print(
        f"brief run of 200 draws: {time.process_time() - cpu:.2f} s of one core, the first of its kind {first:.2f} s (aim: 1 s)"
    )
    quick, slow, differ = against_every_day(air, given.draws, given.seed)
    print(
        f"days of one place, year and limit: {quick:.3f} s; every day of every draw worked out: {slow:.3f} s; ratio {slow / quick:.1f}, largest difference of counts {differ:.0f}"
    )
    show("30 boilers + 741 trucks", results[NAMES[0]].of("pm25"), "prototype -0.23 [-0.80, -0.07]")
    show(
        "741 trucks",
        scenario.run(TRUCKS, given.seed, draws=given.draws, baseline=air, brief=True).of("pm25"),
        "prototype -0.02 [-0.06, -0.01]",
    )
    row = results["red-alert-5-days"].alerts.set_index("place").loc[results["red-alert-5-days"].headline]
    print(
        f"red alert of 5 days on the worst 5 days in a row: {row['percent_p50']:+.1f} % [{row['percent_p5']:+.1f}, {row['percent_p95']:+.1f}] of these days, {row['episode_p50']:+.1f} % [{row['episode_p5']:+.1f}, {row['episode_p95']:+.1f}] of 7 days, prototype -14 %, published -11 to -21 %"
    )


if __name__ == "__main__":
    main()

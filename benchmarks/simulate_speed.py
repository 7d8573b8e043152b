"""How long the embedded default data take, against a plain Python loop over stations and hours.

    python benchmarks/simulate_speed.py [--end YYYY-MM]

Baseline, in the same run: one station and one place for one month, hour by hour in Python, with the same number of
autoregressive series, exponentials and box steps as the generator uses for them, extrapolated to all stations,
places and months. Goal: all of it in under 20 s on 2 cores.
"""

from __future__ import annotations

import argparse
import math
import random
import time

from airq.observations import simulation
from airq.observations.simulation.clock import Clock
from airq.observations.simulation.stations import _WHITE
from airq.observations.simulation.tables import SPECIES, load
from airq.observations.simulation.weather import _OWN
from airq.variables import POLLUTANTS, WEATHER

HOURS = 744


def loop_series(series: int, exponentials: int) -> float:
    """Seconds for one month of AR(1) series and exponentials, one hour at a time."""
    state, total = [0.0] * series, 0.0
    start = time.perf_counter()
    for _ in range(HOURS):
        for k in range(series):
            state[k] = 0.9 * state[k] + 0.436 * random.gauss(0, 1)
        for k in range(exponentials):
            total += math.exp(0.1 * state[k % series])
    seconds = time.perf_counter() - start
    assert total > 0
    return seconds


def loop_boxes(places: int) -> float:
    """Seconds for one month of the joined boxes, one hour at a time."""
    now = [[1.0] * len(SPECIES) for _ in range(places)]
    carry = [[0.9 if i == j else 0.1 / places for j in range(places)] for i in range(places)]
    start = time.perf_counter()
    for _ in range(HOURS):
        now = [
            [sum(carry[i][j] * now[j][s] for j in range(places)) * 0.98 + 1.0 for s in range(len(SPECIES))]
            for i in range(places)
        ]
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--end", default=None)
    options = parser.parse_args()
    tables = load()
    stations, places = len(tables.stations), len(tables.places)

    start, used = time.perf_counter(), time.process_time()
    months = sum(1 for _ in simulation.stream(end=options.end))
    seconds, cpu = time.perf_counter() - start, time.process_time() - used

    station = loop_series(_WHITE, 2 * len(SPECIES) + 2 * len(POLLUTANTS))
    place = loop_series(_OWN, 2 * len(WEATHER))
    baseline = months * (stations * station + places * place + loop_boxes(places))
    hours = sum(len(Clock.of(m.year, m.month)) for m in simulation.months(end=options.end))
    print(
        f"{stations} stations x {hours:,} hours x {len(POLLUTANTS)} pollutants, and weather of {places} places"
    )
    print(f"airq.observations.simulation.stream: {seconds:.1f} s ({cpu:.1f} CPU s)")
    print(f"plain Python loop, extrapolated from one month of one station and place: {baseline:.0f} s")
    print(f"ratio {baseline / seconds:.0f}; goal 20 s: {'met' if seconds < 20 else 'missed'}")


if __name__ == "__main__":
    main()

"""Tonnes of all measures: 200,000 draws in one go against the same sums row by row, and against the prototype's intervals.

    python benchmarks/inventory_draws.py [--draws 200000] [--seed 0]

Prints seconds and memory of the whole table (every counted measure, every pollutant) and of its totals, the ratio to a
plain loop that draws each row and pollutant for itself, whether a second run gives the same bytes, and where the
measures done in 2021-2025 land beside the prototype. Measured in a process of its own, so that the peak is its own.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import time

import numpy as np

from airq.inventory import load
from airq.inventory.draws import draw
from airq.inventory.engine import quantiles

PROTOTYPE = {"PM25": (4400, 2000, 10100), "SO2": (6700, 3000, 16800), "NOx": (5000, 2900, 9500)}
LIMITS = (3.0, 1000.0)  # seconds, MB


def clock() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def whole(draws: int, seed: int) -> None:
    """Child process: seconds, processor seconds, peak memory and a digest of the results."""
    register = load()
    register.emissions(draws=100)  # what is loaded once: tables, scipy
    before, (wall, busy) = peak(), clock()
    made = register.emissions(draws=draws, seed=seed)
    table, total = made.table, made.total
    after = clock()
    digest = hashlib.sha256((table.to_csv() + total.to_csv()).encode()).hexdigest()[:16]
    print(after[0] - wall, after[1] - busy, before, peak(), len(made.rows), len(made.lines), digest)


def plain(draws: int, seed: int) -> float:
    """Seconds of a loop that draws every input anew for every row and pollutant."""
    made = load().emissions(draws=10)
    begin = time.perf_counter()
    totals: dict[str, np.ndarray] = {}
    for line in made.lines:
        values = np.zeros(draws)
        for inputs, number in line.part.terms.items():
            product = np.full(draws, number)
            for s in inputs:
                product *= draw(
                    s.draws_as, draws, seed, value=s.value, distribution=s.distribution, gsd=s.gsd, low=s.low, high=s.high
                )  # fmt: skip
            values += product
        quantiles(values)
        totals[line.pollutant] = totals.get(line.pollutant, 0.0) + values
    for values in totals.values():
        quantiles(values)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        whole(args.draws, args.seed)
        return
    command = [sys.executable, __file__, "--child", "--draws", str(args.draws), "--seed", str(args.seed)]
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(2)
    ]
    wall, busy, before, top, rows, lines, digest = runs[0]
    seconds, memory = float(wall), float(top)
    print(f"{args.draws:,} draws x {rows} counted measures, {lines} of measure and pollutant with tonnes")
    print(f"  {seconds:.2f} s ({float(busy):.2f} s of processor; limit {LIMITS[0]:g} s)", "met" if seconds <= LIMITS[0] else "MISSED")  # fmt: skip
    print(f"  peak {memory:.0f} MB, {float(before):.0f} MB before (limit {LIMITS[1]:g} MB)", "met" if memory <= LIMITS[1] else "MISSED")  # fmt: skip
    print(f"  same seed, same bytes: {runs[0][6] == runs[1][6]} ({digest})")
    loop = plain(args.draws, args.seed)
    print(f"  a loop that draws each row for itself: {loop:.2f} s, {loop / seconds:.1f} times as long")
    prototype(args.draws, args.seed)


def prototype(draws: int, seed: int) -> None:
    made = load().done().emissions(draws, seed, years=(2021, 2025), pollutants=list(PROTOTYPE))
    print("measures done in 2021-2025, kt a year: median [p5-p95], prototype")
    for name, (median, low, high) in PROTOTYPE.items():
        row = made.total.loc[name] / 1000
        inside = low / 1000 < row["p50"] < high / 1000
        print(
            f"  {name:5} {row['p50']:.2f} [{row['p5']:.2f}-{row['p95']:.2f}], "
            f"{median / 1000:g} [{low / 1000:g}-{high / 1000:g}]: {'inside' if inside else 'OUTSIDE'}"
        )
        groups = made.draws(name, "category")
        shares = {k: v.mean() / made.draws(name)["total"].mean() for k, v in groups.items()}
        print("        " + ", ".join(f"{k} {v:.0%}" for k, v in sorted(shares.items(), key=lambda s: -s[1])))


if __name__ == "__main__":
    main()

"""Reports: kernels forked from a pre-imported process against papermill's plain kernels, in one run.

    python benchmarks/report_speed.py [--archive DIR] [--period 2026-10] [--notebooks 6]

The same notebook for the same places three ways, then the whole of ``airq report`` twice: first all made, then all
current. Without ``--archive`` 22 simulated months are made in a temporary folder. Prints seconds and ratios.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from airq.observations import Archive
from airq.reports import parameters
from airq.reports.execute import execute, load
from airq.reports.kernels import Kernels
from airq.reports.run import run

ROOT = Path(__file__).resolve().parent.parent


def simulated(folder: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "airq",
        "simulate",
        "--out",
        str(folder),
        "--start",
        "2025-01",
        "--end",
        "2026-10",
    ]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder


def notebooks(archive: Path, period: str, places: list[str], forked: bool, workers: int) -> float:
    """Seconds for one notebook a place, nothing shared between them."""
    book = load(ROOT / "notebooks" / "10_county_month.ipynb")
    given = [
        {"place": p, "month": period, "lang": "zh", "archive": str(archive), "results": ""} for p in places
    ]
    begin = time.perf_counter()
    with Kernels(forked), ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda g: execute(book, g, forked), given))
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--period", default="2026-10")
    parser.add_argument("--notebooks", type=int, default=6)
    args = parser.parse_args()
    jobs = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as temporary:
        archive = args.archive or simulated(Path(temporary) / "archive")
        every = parameters.report_places("all")
        counties = [p.id for p in every if p.kind == "county"]
        chosen = [counties[i % len(counties)] for i in range(args.notebooks)]
        print(f"{Archive(archive)!r}; {jobs} processors; load before: {os.getloadavg()[0]:.1f}")
        plain_one = notebooks(archive, args.period, chosen, False, 1)
        print(f"{len(chosen)} notebooks, plain kernels, one after the other: {plain_one:6.1f} s  (baseline)")
        plain = notebooks(archive, args.period, chosen, False, jobs)
        print(
            f"{len(chosen)} notebooks, plain kernels, {jobs} at a time:          {plain:6.1f} s  {plain_one / plain:.1f} x"
        )
        forked = notebooks(archive, args.period, chosen, True, jobs)
        print(
            f"{len(chosen)} notebooks, forked kernels, {jobs} at a time:         {forked:6.1f} s  {plain_one / forked:.1f} x"
        )
        first = run(args.period, every, archive=archive, out=Path(temporary) / "out")
        second = run(args.period, every, archive=archive, out=Path(temporary) / "out")
        pages = len(first.outcomes)
        print(f"airq report, {pages} pages, all made:                 {first.seconds:6.1f} s")
        kept = sum(o.status == "current" for o in second.outcomes)
        print(
            f"airq report, {pages} pages, {kept} current:              {second.seconds:6.1f} s  {first.seconds / second.seconds:.0f} x"
        )
        heaviest = max(first.folder.glob("*.html"), key=lambda f: f.stat().st_size)
        print(f"heaviest page: {heaviest.name}, {heaviest.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

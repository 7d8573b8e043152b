"""Reports of many counties: seconds that one more notebook costs, and peak memory.

    python benchmarks/report_scale.py [--small 20] [--large 200] [--sections ranking]

Registers that many counties with one station each in a folder of its own, makes their reports with all formats in Chinese,
and prints the time of a page at the margin, the results being computed before and timed apart.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from airq import dataset
from airq.observations import Archive

ROOT = Path(__file__).resolve().parent.parent


def registered(home: Path, number: int) -> None:
    """A project folder with that many counties and nothing else."""
    shutil.copytree(ROOT / "params", home / "params")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    rows = [
        {"id": f"county{n:04d}", "kind": "county", "zh": f"第{n}县", "en": f"County {n}",
         "lat": 43.0 + n % 40 * 0.1, "lon": 85.0 + n // 40 * 0.1}
        for n in range(number)
    ]  # fmt: skip
    (home / "params" / "counties.yaml").write_text(
        yaml.safe_dump({"places": rows}, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


def observed(folder: Path, number: int) -> Archive:
    rng = np.random.default_rng(0)
    stations = pd.DataFrame(
        [{"station": f"S{n:04d}", "name_zh": f"点{n}", "name_en": f"S{n}", "place": f"county{n:04d}",
          "lat": 43.0 + n % 40 * 0.1, "lon": 85.0 + n // 40 * 0.1, "network": "city", "role": "evaluation"}
         for n in range(number)]
    )  # fmt: skip
    time = pd.date_range("2025-09-01 01:00", "2026-11-01", freq="h")
    shape = (number, len(time))
    pm25 = np.round(rng.lognormal(3.2, 0.5, shape))
    values = {"pm25": pm25, "pm10": 2 * pm25, "so2": np.full(shape, 8.0), "no2": np.full(shape, 20.0),
              "co": np.full(shape, 0.8), "o3": np.full(shape, 60.0)}  # fmt: skip
    archive = Archive(folder)
    archive.store(dataset.build(stations, time, values), source="made here", simulated=True)
    return archive


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=20)
    parser.add_argument("--large", type=int, default=200)
    parser.add_argument("--sections", default="ranking", help="Names joined by commas; empty for none.")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        registered(home, args.large)
        os.environ["AIRQ_HOME"] = str(home)
        import sys

        sys.path.insert(0, str(Path(__file__).parent))
        from report_speed import Memory, cpu

        from airq.reports.parameters import Settings, report_places
        from airq.reports.run import run

        archive = observed(Path(temporary) / "archive", args.large)
        settings = Settings(sections=[s for s in args.sections.split(",") if s])
        every = report_places("all")
        print(f"{archive!r}; {os.cpu_count()} processors; load before: {os.getloadavg()[0]:.1f}")
        spans = []
        with Memory() as memory:
            for number in (args.small, args.large):
                out, spent = Path(temporary) / f"out{number}", cpu()
                report = run("2026-10", every[:number], ["zh"], archive.path, out, settings)
                rendering = report.seconds - report.computing
                spans.append((number, rendering))
                made = sum(o.status == "made" for o in report.outcomes)
                print(f"{number} counties: {report.computing:.1f} s results, {rendering:.1f} s pages with all formats, "
                      f"{cpu() - spent:.0f} CPU s; {made} made")  # fmt: skip
        (few, first), (many, second) = spans
        print(f"one more notebook with all its formats: {(second - first) / (many - few):.2f} s")
    print(f"peak memory of all processes: {memory.most:.0f} MB")


if __name__ == "__main__":
    main()

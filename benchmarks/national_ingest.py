"""A year of the whole country into the archive, beside a bare polars scan of the same files.

    python benchmarks/national_ingest.py [--days 365] [--stations 1600] [--years 10] [--dir FOLDER]

Writes synthetic day files of the archive layout (15 types, so 360 lines a day), then times in the same run: a polars
scan with explicit schema and two threads, all lines and columns, result discarded (the baseline); the ingest of all
stations into an archive, the quality tests beyond range and missing apart; the ingest of one prefecture's stations
beside pandas ``usecols``; and reading back. With ``--years`` the same is ingested year after year by one process into one
archive (the files of a year are written before and removed after it), with the peak memory after each year, and ten
years are read back. polars is not a dependency of airq: without it that line is left out.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

TYPES = [
    "AQI",
    "PM2.5",
    "PM2.5_24h",
    "PM10",
    "PM10_24h",
    "SO2",
    "SO2_24h",
    "NO2",
    "NO2_24h",
    "O3",
    "O3_24h",
    "O3_8h",
    "O3_8h_24h",
    "CO",
    "CO_24h",
]


def write_files(
    folder: Path, days: int, stations: int, distinct: int = 20, first: str = "2021-01-01"
) -> list[Path]:
    rng = np.random.default_rng(0)
    header = "date,hour,type," + ",".join(f"{1001 + i}A" for i in range(stations))
    bodies = []
    for _ in range(distinct):
        level = np.exp(rng.normal(3.6, 0.5, stations))[None, :] * np.exp(
            0.1 * rng.normal(size=(24, stations)).cumsum(axis=0)
        )
        lines = []
        for hour in range(24):
            for k, kind in enumerate(TYPES):
                if kind.startswith("CO"):
                    cells = np.char.mod("%.1f", level[hour] / 40 + 0.1)
                else:
                    cells = np.char.mod("%d", level[hour] * (1 + 0.1 * k) + 1)
                cells[rng.random(stations) < 0.03] = ""
                lines.append((hour, kind, ",".join(cells)))
        bodies.append(lines)
    start = np.datetime64(first)
    paths = []
    for d in range(days):
        stamp = str(start + d).replace("-", "")
        path = folder / f"china_sites_{stamp}.csv"
        with path.open("w") as out:
            out.write(header + "\n")
            out.writelines(f"{stamp},{h},{k},{c}\n" for h, k, c in bodies[d % distinct])
        paths.append(path)
    return paths


def write_apart(*given: Any, **named: Any) -> None:
    """Write the files in a process of its own, so that its memory is not taken for that of the ingest."""
    pid = os.fork()
    if pid == 0:
        write_files(*given, **named)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError("the files could not be written")


def child(code: str, *args: str) -> tuple[float, float, float, str]:
    """Wall, CPU seconds and peak memory (MB) of a Python process with its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = done.stdout.strip().splitlines()
    peak = float(out.pop()) if out else 0.0
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak, " ".join(out)


PEAK = "\nimport resource\nprint((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024)"
POLARS = """
import os, sys
os.environ["POLARS_MAX_THREADS"] = "2"
import polars as pl
from pathlib import Path
for f in sorted(Path(sys.argv[1]).glob("*.csv")):
    head = f.open().readline().strip().split(",")
    pl.read_csv(f, schema={"date": pl.Int32, "hour": pl.Int8, "type": pl.String, **{c: pl.Float32 for c in head[3:]}})
"""
PANDAS = """
import sys, pandas as pd
from pathlib import Path
use = ["date", "hour", "type", *sys.argv[2].split(",")]
pd.concat([pd.read_csv(f, usecols=use) for f in sorted(Path(sys.argv[1]).glob("*.csv"))])
"""
AIRQ = """
import sys, os
from airq.observations import Archive
from airq.observations import quality
if os.environ.get("ONLY_RANGE"):  # flags beyond range and missing are timed apart
    few = {k: {**v, "enabled": False} if "enabled" in v and k != "out_of_range" else v for k, v in quality.parameters().items()}
    whole = quality.flag
    quality.flag = lambda *given, **named: whole(*given, **{**named, "settings": few})
only = sys.argv[3].split(",") if len(sys.argv) > 3 else None
r = Archive(sys.argv[2]).ingest([sys.argv[1]], stations=only)
assert r.ok, [f.sentences for f in r.files if f.status != "ok"][:1]
"""
READ = """
import sys, time
from airq.observations import Archive
a = Archive(sys.argv[1])
codes = sys.argv[2].split(",")
year = a.months()[1][:4]  # label 00 of the first day belongs to the month before
calls = [("one county, one year", lambda: a.load(stations=codes, start=year, end=year)), ("one hour, all stations", lambda: a.load(start=f"{year}-01-20T12:00", end=f"{year}-01-20T12:00"))]
if a.months()[-1][:4] > year:
    calls.append((f"one county, {len(a.months()) // 12} years", lambda: a.load(stations=codes)))
for name, call in calls:
    best = []
    for _ in range(5):
        t = time.perf_counter(); call(); best.append(time.perf_counter() - t)
    print(f"{name}: {1000 * sorted(best)[2]:.0f} ms;")
"""
COMPACT = """
import sys, time
from airq.observations import Archive
t = time.perf_counter(); did = Archive(sys.argv[1]).compact()
print(f"compacted in {time.perf_counter() - t:.0f} s, arrays {did['array_bytes'] / 1e6:.0f} MB;")
"""


def ten_years(folder: Path, years: int, stations: int, county: str) -> None:
    """One process ingests year after year; a child of its own, so that its memory is its own."""
    pid = os.fork()
    if pid == 0:
        from airq.observations import Archive

        archive = Archive(folder / "decade")
        for year in range(2014, 2014 + years):
            days = folder / "year"
            days.mkdir()
            write_apart(days, 365, stations, distinct=3, first=f"{year}-01-01")
            start = time.perf_counter()
            archive.ingest([days])
            peak = [resource.getrusage(w).ru_maxrss / 1024 for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]  # fmt: skip
            print(
                f"year {year}: {time.perf_counter() - start:.1f} s, peak {sum(peak):.0f} MB so far",
                flush=True,
            )
            shutil.rmtree(days)
        os._exit(0)
    os.waitpid(pid, 0)
    print("read back, warm, county of 4 stations:", child(READ + PEAK, str(folder / "decade"), county)[3])
    print(
        "                    after compaction:",
        child(COMPACT + READ + PEAK, str(folder / "decade"), county)[3],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--stations", type=int, default=1600)
    parser.add_argument("--years", type=int, default=0)
    parser.add_argument("--dir", type=Path)
    args = parser.parse_args()
    folder = args.dir or Path(tempfile.mkdtemp(prefix="airq_national_"))
    try:
        start = time.perf_counter()
        days = folder / "days"
        days.mkdir(parents=True)
        paths = write_files(days, args.days, args.stations)
        size = sum(p.stat().st_size for p in paths) / 1e6
        print(f"{len(paths)} files, {size:.0f} MB, written in {time.perf_counter() - start:.0f} s")
        for path in paths:
            path.read_bytes()  # both sides read from the page cache
        county = ",".join(f"{1001 + i}A" for i in range(40))
        try:
            base = child(POLARS + PEAK, str(days))
            print(f"polars scan: {base[0]:.1f} s wall, {base[1]:.1f} CPU s, {base[2]:.0f} MB")
        except subprocess.CalledProcessError:
            base = None
            print("polars is not installed: no baseline")
        own = child(AIRQ + PEAK, str(days), str(folder / "archive"))
        ratio = f" ({own[0] / base[0]:.2f} × polars)" if base else ""
        os.environ["ONLY_RANGE"] = "1"
        bare = child(AIRQ + PEAK, str(days), str(folder / "bare"))
        del os.environ["ONLY_RANGE"]
        shutil.rmtree(folder / "bare")
        part_of = f" ({bare[0] / base[0]:.2f} × polars)" if base else ""
        print(
            f"airq ingest, flags missing and range only: {bare[0]:.1f} s wall{part_of}, {bare[1]:.1f} CPU s, {bare[2]:.0f} MB"
        )
        print(
            f"airq ingest, all quality tests: {own[0]:.1f} s wall{ratio}, {own[1]:.1f} CPU s, {own[2]:.0f} MB"
        )
        few = child(PANDAS + PEAK, str(days), county)
        part = child(AIRQ + PEAK, str(days), str(folder / "part"), county)
        print(
            f"40 stations: pandas usecols {few[0]:.1f} s, airq ingest {part[0]:.1f} s wall ({part[0] / few[0]:.2f} × pandas)"
        )
        small = ",".join(county.split(",")[:4])
        print("read back, warm, county of 4 stations:", child(READ + PEAK, str(folder / "archive"), small)[3])
        print("                 prefecture of 40:", child(READ + PEAK, str(folder / "archive"), county)[3])
        print(
            "                 after compaction:",
            child(COMPACT + READ + PEAK, str(folder / "archive"), small)[3],
        )
        print(
            f"archive: {sum(f.stat().st_size for f in (folder / 'archive').rglob('*') if f.is_file()) / 1e6:.0f} MB"
        )
        if args.years:
            ten_years(folder, args.years, args.stations, small)
    finally:
        if args.dir is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()

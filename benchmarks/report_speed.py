"""Reports: results once a place, then pages and formats, against plain papermill one after the other, in one run.

    python benchmarks/report_speed.py [--archive DIR] [--period 2026-10] [--places all] [--baseline 16] [--sections all]

First all results and pages are made; then all pages and formats again, the results standing; then papermill alone, in
plain kernels one after the other, for the same notebooks over the same results; then nothing is left to do. Without
``--archive`` 22 simulated months are made in a temporary folder. Prints seconds, CPU seconds, ratios and peak memory.
On a shared machine compare the ratios and the CPU seconds, not the seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from airq.observations import Archive
from airq.reports import parameters
from airq.reports.execute import execute, load
from airq.reports.kernels import Kernels
from airq.reports.parameters import Settings
from airq.reports.results import STANDING
from airq.reports.run import run

ROOT = Path(__file__).resolve().parent.parent


def simulated(folder: Path) -> Path:
    words = ["simulate", "--out", str(folder), "--start", "2025-01", "--end", "2026-10"]
    subprocess.run([sys.executable, "-m", "airq", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder


def cpu() -> float:
    """CPU seconds of this process and of those that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(s.ru_utime + s.ru_stime for s in spent)


class Memory:
    """Largest memory of this process and all below it, shared pages counted once, in MB."""

    def __init__(self) -> None:
        self.most = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.5):
            self.most = max(self.most, sum(map(_shared, _family(os.getpid()))) / 1000)


def _family(root: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError, ValueError):
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _shared(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def plainly(folder: Path, archive: Path, period: str, places: list[str], count: int) -> float:
    """Seconds a notebook of papermill alone, plain kernels, one after the other, over standing results."""
    book = load(ROOT / "notebooks" / "10_county_month.ipynb")
    wanted = [(p, lang) for p in places for lang in ("zh", "en")][:count]
    os.environ[STANDING] = "1"
    begin = time.perf_counter()
    with Kernels(forked=False):
        for place, lang in wanted:
            given = {"place": place, "month": period, "lang": lang, "archive": str(archive)}
            execute(book, given | {"results": str(folder / "data" / f"{place}.json")}, False)
    del os.environ[STANDING]
    return (time.perf_counter() - begin) / len(wanted)


def command(options: list[str], settings: Settings) -> tuple[float, float]:
    """Seconds and CPU seconds of ``airq report`` as a user runs it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reports.yaml"
        file.write_text(json.dumps(settings.model_dump()), encoding="utf-8")
        words = ["report", *options, "--settings", str(file)]
        began, spent = time.perf_counter(), cpu()
        subprocess.run([sys.executable, "-m", "airq", *words], cwd=ROOT, check=True, capture_output=True)
        return time.perf_counter() - began, cpu() - spent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--period", default="2026-10")
    parser.add_argument(
        "--places", default="changji,fukang,hutubi,manas,qitai,jimsar,mori,changji-prefecture"
    )
    parser.add_argument(
        "--baseline", type=int, default=16, help="Notebooks of the baseline; the rest is scaled."
    )
    parser.add_argument("--sections", default="all", help="all, none, or names joined by commas.")
    args = parser.parse_args()
    named = [] if args.sections == "none" else args.sections.split(",")
    settings = Settings(sections="all" if args.sections == "all" else named)
    chosen = parameters.report_places("all" if args.places == "all" else args.places.split(","))
    with tempfile.TemporaryDirectory() as temporary, Memory() as memory:
        archive = args.archive or simulated(Path(temporary) / "archive")
        out = Path(temporary) / "out"
        print(f"{Archive(archive)!r}; {os.cpu_count()} processors; load before: {os.getloadavg()[0]:.1f}")

        def made(force: bool) -> tuple[float, float, float, str]:
            spent = cpu()
            report = run(args.period, chosen, archive=archive, out=out, settings=settings, force=force)
            states = {s: sum(o.status == s for o in report.outcomes) for s in ("made", "current", "failed")}
            failed = "; ".join(f"{p.place} {p.name}: {p.error}" for p in report.parts if p.error)
            return report.seconds, report.computing, cpu() - spent, f"{states} {failed}"

        first, computing, spent, states = made(False)
        pages = 2 * len(chosen)
        print(f"results of {len(chosen)} places, then {pages} pages, all formats: {computing:6.1f} s + "
              f"{first - computing:6.1f} s, {spent:.0f} CPU s  {states}")  # fmt: skip
        seconds, computing, spent, states = made(True)
        print(f"all pages and formats again, results standing:   {seconds:6.1f} s ({computing:.1f} s to look them up), "
              f"{spent:.0f} CPU s  {states}")  # fmt: skip
        each = plainly(out / args.period, archive, args.period, [p.id for p in chosen], args.baseline)
        print(f"papermill alone, plain kernels, one after the other: {each * pages:6.1f} s "
              f"({each:.1f} s each over {min(args.baseline, pages)})  baseline; ours is {each * pages / seconds:.1f} x faster")  # fmt: skip
        again, _, _, states = made(False)
        print(f"nothing changed:                                  {again:6.1f} s  {states}")
        wall, spent = command(
            ["--archive", str(archive), "--out", str(out), "--period", args.period, "--place", args.places],
            settings,
        )
        print(f"second run of the command, imports and all:       {wall:6.1f} s, {spent:.1f} CPU s; "
              f"{wall / first:.1%} of the first run's {first:.1f} s")  # fmt: skip
        heaviest = max((out / args.period).glob("*.html"), key=lambda f: f.stat().st_size)
        print(f"heaviest page: {heaviest.name}, {heaviest.stat().st_size / 1000:.0f} kB")
    print(f"peak memory of all processes: {memory.most:.0f} MB")


if __name__ == "__main__":
    main()

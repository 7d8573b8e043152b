"""Faults injected in single counties: each may cost its own county only.

    python benchmarks/report_faults.py [--only NAME]

Every fault strikes one county of a run over an archive made here; several are tried in one run, each in a county of its
own, and in every run two places are left alone. A fault counts as contained if its county fails with its sentence (or
says on its page what is missing) without a path of the server, every other county is made, the untouched pages are those
of a run without any fault, and the run ends by itself. Prints a line a fault and how many of all were contained.

Damage within an archive month costs the counties with stations in the damaged row group of the Parquet file (some sixteen
stations): no less can be read of such a file. Here 玛纳斯 has a row group of its own.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from nbformat.v4 import new_code_cell

from airq import dataset, places
from airq.observations import Archive
from airq.reports.parameters import Settings, report_places
from airq.reports.run import run

ROOT = Path(__file__).resolve().parent.parent
COUNTIES = ("changji", "fukang", "hutubi", "manas", "qitai", "jimsar")
STRUCK = ("manas", "qitai", "jimsar", "hutubi")
CLEAN = ("changji", "fukang")
PERIOD = "2026-10"


@dataclass(frozen=True)
class Fault:
    name: str
    says: str
    """What the county's sentence holds; after ``page:`` what its page holds, the county being made."""
    cell: str = ""
    """Code of the notebook that runs in that county."""
    data: str = ""
    """What is done to the archive or to the computed parts."""


FAULTS = (
    Fault("kernel killed", "the kernel died", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    Fault("kernel leaves", "the kernel died", "import os; os._exit(0)"),
    Fault("segmentation fault", "the kernel died", "import ctypes; ctypes.string_at(0)"),
    Fault("abort of a C library", "the kernel died", "import os; os.abort()"),
    Fault("sys.exit(0)", "did not complete", "import sys; sys.exit(0)"),
    Fault("sys.exit(1)", "raised SystemExit", "import sys; sys.exit(1)"),
    Fault("exception", "raised ZeroDivisionError", "1 / 0"),
    Fault("refusal", "no data of this county.", "from airq.errors import MissingData; raise MissingData('no data of this county.')"),
    Fault("syntax error", "raised SyntaxError", "exec('if')"),
    Fault("endless recursion", "raised RecursionError", "import sys; sys.setrecursionlimit(400)\nf = lambda: f()\nf()"),
    Fault("cell that sleeps", "a cell ran longer than", "import time; time.sleep(600)"),
    Fault("cell that computes for ever", "a cell ran longer than", "while True: pass"),
    Fault("too much memory at once", "needs more memory", "big = bytearray(20 * 2**30)"),
    Fault("memory that grows", "needs more memory", "held = []\nwhile True: held.append(bytes(2**24))"),
    Fault("disk full", "raised OSError: [Errno 28] No space left on device", "open('/dev/full', 'w').write('x' * 10**6)"),
    Fault("results file destroyed in the notebook", "page:", "from pathlib import Path; Path(results).write_text('{')"),
    Fault("page that reaches outside", "refers to 'https://example.org/a.png' outside itself",
          "from IPython.display import HTML, display; display(HTML('<img src=\"https://example.org/a.png\">'))"),
    Fault("county without its month", "page:没有一个有效日均值", data="no month"),
    Fault("archive month corrupt where its stations lie", "missing or damaged", data="corrupt"),
    Fault("computed part damaged", "page:", data="part"),
)  # fmt: skip


def archive(folder: Path, without: str = "") -> Archive:
    """Two years; the stations of 玛纳斯 (Z…) lie in a row group of their own."""
    rng = np.random.default_rng(0)
    rows = []
    for county in COUNTIES:
        place = places.get(county)
        for k in range({"changji": 20, "manas": 16}.get(county, 3)):
            code = f"{'Z' if county == 'manas' else 'A'}{county[:2].upper()}{k:02d}"
            rows.append({"station": code, "name_zh": code, "name_en": code, "place": county, "lat": place.lat,
                         "lon": place.lon, "network": "city", "role": "evaluation"})  # fmt: skip
    # A row group holds sixteen stations: 32 come before, so that 玛纳斯 begins a new one.
    assert sum(r["station"].startswith("A") for r in rows) % 16 == 0
    stations = pd.DataFrame(rows)
    time_ = pd.date_range("2025-08-01 01:00", "2026-11-01", freq="h")
    shape = (len(stations), len(time_))
    pm25 = np.round(rng.lognormal(3.2, 0.5, shape))
    values = {"pm25": pm25, "pm10": pm25 * 2, "so2": np.full(shape, 8.0), "no2": np.full(shape, 20.0),
              "co": np.full(shape, 0.8), "o3": np.full(shape, 60.0)}  # fmt: skip
    if without:
        hit = (stations["place"] == without).to_numpy()[:, None] & (time_ > "2026-10-01")[None, :]
        for v in values.values():
            v[hit] = np.nan
    made = Archive(folder)
    made.store(dataset.build(stations, time_, values), source="made here", simulated=True)
    return made


def corrupt(held: Archive) -> None:
    """Overwrite the pages of the last row group of the month."""
    file = next(held.path.glob(f"observations/{PERIOD[:4]}/*{PERIOD[5:]}*.parquet"), None) or next(
        f
        for f in sorted(held.path.rglob("*.parquet"))
        if PERIOD in f.as_posix() or f"{PERIOD[:4]}/{PERIOD[5:]}" in f.as_posix()
    )
    about = pq.ParquetFile(file).metadata
    group = about.row_group(about.num_row_groups - 1)
    with file.open("r+b") as stream:
        for n in range(group.num_columns):
            column = group.column(n)
            begin = min(x for x in (column.dictionary_page_offset, column.data_page_offset) if x)
            stream.seek(begin)
            stream.write(b"\xff" * column.total_compressed_size)


def body(page: str) -> str:
    """Page without the times at which it and its archive were made and without its font, which the run shares."""
    return re.sub(r"生成时间：[^<]*|最近入库[^；<]*|@font-face\{[^}]*\}", "", page)


def notebook(folder: Path, cells: dict[str, str]) -> Path:
    book = nbformat.read(ROOT / "notebooks" / "10_county_month.ipynb", as_version=4)
    source = "".join(
        f"if place == {county!r}:\n" + "".join(f"    {line}\n" for line in cell.splitlines())
        for county, cell in cells.items()
    )
    book.cells.insert(5, new_code_cell(source or "pass"))
    file = folder / "book.ipynb"
    nbformat.write(book, file)
    return file


def tried(folder: Path, struck: dict[str, Fault], clean: dict[str, str]) -> dict[str, str]:
    """Run with a fault in each of some counties; by fault why it was not contained, empty if it was."""
    kinds = {f.data: county for county, f in struck.items() if f.data}
    held = archive(folder / "archive", kinds.get("no month", ""))
    settings = Settings(
        notebook=str(notebook(folder, {c: f.cell for c, f in struck.items() if f.cell})),
        sections=[], formats=["html"], timeout=20, notebook_timeout=60, memory=1500, retries=0,
    )  # fmt: skip
    chosen = report_places([*CLEAN, *struck])
    if "corrupt" in kinds:
        corrupt(held)
    if "part" in kinds:
        file = folder / "out" / ".parts" / PERIOD / kinds["part"] / "indicators.json"
        file.parent.mkdir(parents=True)
        file.write_text('{"key": "x", "value": {"resu')
    report = run(PERIOD, chosen, ["zh"], held.path, folder / "out", settings)
    found: dict[str, Any] = {o.place: o for o in report.outcomes}
    pages = {c: (report.folder / f"{c}.zh.html").read_text(encoding="utf-8") for c in found}
    whole = json.loads((report.folder / "manifest.json").read_text(encoding="utf-8"))
    others = [c for c in CLEAN if found[c].status != "made" or (clean and body(pages[c]) != clean[c])]
    out = {}
    for county, fault in struck.items():
        words = fault.says.removeprefix("page:")
        outcome, why = found[county], ""
        if fault.says.startswith("page:"):
            if outcome.status != "made" or words not in pages[county]:
                why = f"status {outcome.status}, {outcome.error or 'its page does not say it'}"
        elif (
            outcome.status != "failed"
            or words not in outcome.error
            or outcome.said not in unescape(pages[county])
            or str(folder) in pages[county]
        ):
            why = f"status {outcome.status}: {outcome.error}"
        if others:
            why = f"{why} {', '.join(others)} changed too".strip()
        if len(whole["reports"]) != len(chosen) or not report.index.exists():
            why = f"{why} the folder is not whole".strip()
        out[fault.name] = why
    if not struck:
        clean.update({c: body(pages[c]) for c in CLEAN})
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="Faults whose name holds this.")
    args = parser.parse_args()
    wanted = [f for f in FAULTS if args.only in f.name]
    clean: dict[str, str] = {}
    done: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        begin = time.perf_counter()
        (folder / "none").mkdir()
        tried(folder / "none", {}, clean)
        # 玛纳斯 is where the archive can be damaged apart; the other faults fill the counties in turn.
        first = [f for f in wanted if f.data == "corrupt"]
        rest = [f for f in wanted if f not in first]
        number = 0
        while first or rest:
            number += 1
            struck = dict(zip(STRUCK, [*first[:1], *rest], strict=False))
            taken = list(struck.values())
            first, rest = first[1:], [f for f in rest if f not in taken]
            home = folder / str(number)
            home.mkdir()
            found = tried(home, struck, clean if not any(f.data for f in taken) else {})
            for name, why in found.items():
                print(f"{'contained' if not why else 'NOT      '}  {name}  {why}", flush=True)
            done |= found
            shutil.rmtree(home, ignore_errors=True)
        held = sum(not why for why in done.values())
        print(f"{held} of {len(done)} faults cost their county only; {time.perf_counter() - begin:.0f} s")
    sys.exit(held != len(done))


if __name__ == "__main__":
    main()

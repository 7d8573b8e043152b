"""How long the what-if page takes to answer a change of its controls, against a run with nothing kept.

    python benchmarks/whatif_page.py --archive data/processed/archive

Baseline of the same run: ``airq.scenario.run`` for the same scenario, place, draws and number of weather years, with the
weather years made anew each time. Wall time is what a reader waits; CPU time is what it takes on a machine that is not
shared. The picture is drawn in both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from airq.figures import scenario as figures
from airq.figures.scenario_rows import keyed, shown
from airq.reports import whatif_page as page
from airq.reports.whatif_choice import Choice, scenario_of
from airq.scenario import run


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", default="")
    parser.add_argument("--scenario", default="plan-15fyp-box2")
    given = parser.parse_args()
    ready = page.Prepared.of(
        given.scenario, given.archive, draws=page.QUICK_DRAWS, weather_years=page.QUICK_YEARS
    )
    first = Choice.of(ready.begin())

    def answer(choice: Choice) -> None:
        for part in page.answer(ready, choice, "zh"):
            if hasattr(part, "to_png"):
                part.to_png()

    def anew(choice: Choice) -> None:
        made = scenario_of(replace(Choice.of(ready.base), share=choice.share), ready.base).model_copy(
            update={"places": (ready.place,)}
        )
        found = run(
            made, 0, draws=page.QUICK_DRAWS, weather_years=page.QUICK_YEARS, archive=given.archive or None
        )
        rows = keyed(found.table)
        figures.compare({"a": rows}, shown(rows)[:3], ready.place, "zh").to_png()

    answer(first)
    answer(replace(first, share=0.9))
    choices = [replace(first, share=s) for s in (0.5, 0.7, 1.2, 1.5)]
    choices += [replace(first, delay=6), replace(first, delay=18), replace(first, alert="red", days=4)]
    choices += [replace(first, alert="orange", days=7, lead=1), replace(first, measures=first.measures[:1])]
    choices += [
        replace(first, kind="stagnant"),
        replace(first, neighbours=0.1),
        replace(first, neighbours=0.2),
    ]
    ours = [timed(lambda c=c: answer(c)) for c in choices]
    base = [timed(lambda c=c: anew(c)) for c in choices[:4]]
    for name, pick in (("wall", 0), ("CPU", 1)):
        mine, other = [t[pick] for t in ours], [t[pick] for t in base]
        print(f"{name}: an answer {statistics.median(mine):.2f} s (worst {max(mine):.2f}), with nothing kept "
              f"{statistics.median(other):.2f} s: {statistics.median(other) / statistics.median(mine):.1f} times")  # fmt: skip
    within = sum(t[0] <= 1 for t in ours)
    print(
        f"{within} of {len(ours)} answers came within 1 s of wall time, {sum(t[1] <= 1 for t in ours)} within 1 s of CPU time"
    )


if __name__ == "__main__":
    main()

"""The whole validation of the scenario model, T1 to T7, each number beside what is asked and a naive answer of the same run.

    python benchmarks/scenario_validate.py [--quick] [--seed 0] [--archive FOLDER] [--cache FOLDER] [--figures FOLDER]

As ``airq whatif --validate``, which keeps nothing; with --cache simulated archives are kept for the next run.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from airq.cli.common import print_table
from airq.figures import scenario_validation
from airq.figures.scenario_validation_words import hindcast_rows, outcome_rows, prior_rows, score_rows
from airq.scenario.validation.suite import validate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--figures", type=Path)
    given = parser.parse_args()
    begin = time.perf_counter()
    made = validate(given.quick, given.archive, given.seed, given.cache)
    print_table(outcome_rows(made, "en"))
    for detail in [f"{o.test} {o.name}: {o.detail}" for o in made.outcomes if o.detail]:
        print(detail)
    print_table(score_rows(made.tables["scores"], "en"))
    print_table(prior_rows(made.tables["priors"], "en"))
    print_table(hindcast_rows(made.tables["official"], "en"))
    print(*made.notes(), sep="\n")
    parts = ", ".join(f"{k} {v:.0f} s" for k, v in made.seconds.items())
    print(f"processor time: {parts}; wall time {time.perf_counter() - begin:.0f} s; all met: {made.passed}")
    if given.figures:
        given.figures.mkdir(parents=True, exist_ok=True)
        for lang in ("zh", "en"):
            scenario_validation.tests(made, lang).figure.savefig(given.figures / f"tests_{lang}.png")
            drawn = scenario_validation.hindcast(
                made.official.rows, made.official.notes(lang), lang, simulated=made.official.simulated
            )
            drawn.figure.savefig(given.figures / f"hindcast_{lang}.png")


if __name__ == "__main__":
    main()

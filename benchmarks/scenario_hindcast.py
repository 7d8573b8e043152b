"""Seasons foretold by the measures carried out: on the official figures, and scored on simulated archives.

    python benchmarks/scenario_hindcast.py [--worlds 30] [--seed 0] [--archive FOLDER] [--cache FOLDER]

First the official figures of Changji City beside what measures, persistence, trend and rollback would have let one expect (too
few to show skill). Then simulated worlds, each with weather years and an emission path of its own, frozen in 2022: CRPS, bias
and coverage of three seasons by every method in the same run, and the effect of the measures beside the written truth. Neither
the official figures nor any constant of the simulation reaches what foretells them. With --archive the same is done for an
archive of one's own. A world takes 15 s of processor time unless it lies in the cache.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from airq.cli.common import print_table
from airq.figures.scenario_validation_words import hindcast_rows, outcome_rows, score_rows
from airq.scenario.hindcasting import hindcast_official
from airq.scenario.validation.archives import simulated_archives
from airq.scenario.validation.outcomes import Validation
from airq.scenario.validation.scored import hindcast_world, joined, scores
from airq.scenario.validation.suite import hindcast_archive
from airq.scenario.validation.trials import dust_days, frozen_archives


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    official = hindcast_official(archive=given.archive, seed=given.seed)
    print_table(hindcast_rows(official.rows, "en"))
    print(*official.notes_en, sep="\n")
    if given.worlds:
        begin = time.process_time()
        rows, effects = joined(
            [hindcast_world(w) for w in simulated_archives(given.worlds, given.seed, given.cache)]
        )
        print(f"\n{given.worlds} worlds, {time.process_time() - begin:.0f} s of processor time")
        print_table(score_rows(scores(rows), "en"))
        print_table(
            outcome_rows(Validation((*frozen_archives(rows, effects), *dust_days(rows, effects))), "en")
        )
    if given.archive:
        outcomes, tables = hindcast_archive(given.archive, seed=given.seed)
        print(f"\n{given.archive}")
        print_table(score_rows(tables["archive_scores"], "en"))
        print_table(outcome_rows(Validation(tuple(outcomes)), "en"))


if __name__ == "__main__":
    main()

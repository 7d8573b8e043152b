"""All tests of one run, and the same hindcast on an archive of one's own.

Examples
--------
>>> SIZES["full"].series >= 200, SIZES["full"].placebos >= 400, SIZES["full"].worlds >= 30
(True, True, True)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import pandas as pd
from threadpoolctl import threadpool_limits

from airq.errors import AirqError, MissingData, ParameterError
from airq.observations import Archive
from airq.scenario.archive_days import archive_days
from airq.scenario.hindcasting import OfficialHindcast, hindcast_official
from airq.scenario.validation import trials
from airq.scenario.validation.archives import season_truth, simulated_archives
from airq.scenario.validation.counties import leave_one_out
from airq.scenario.validation.executed import stated_of
from airq.scenario.validation.frozen import LEAST, Stated
from airq.scenario.validation.outcomes import Outcome, Validation, share
from airq.scenario.validation.scored import (
    Hindcasts,
    hindcast_rows,
    hindcast_world,
    joined,
    own_kilotonnes,
    scores,
)
from airq.scenario.validation.season_days import seasons_of
from airq.scenario.validation.species import model_coherence, species_falls, species_table

__all__ = ["SIZES", "Sizes", "hindcast_archive", "validate"]

T = TypeVar("T")
_AHEAD: Final = 3
"""Seasons foretold of an archive of one's own, fewer where it is short."""


@dataclass(frozen=True)
class Sizes:
    """How many cases each test has."""

    series: int
    alert_series: int
    response_series: int
    placebos: int
    worlds: int
    prior_draws: int
    draws: int


SIZES: Final = {
    "full": Sizes(240, 480, 300, 400, 30, 60_000, 400),
    "quick": Sizes(8, 8, 20, 10, 1, 10_000, 100),
}


def validate(
    quick: bool = False,
    archive: Archive | str | Path | None = None,
    seed: int = 0,
    cache: str | Path | None = None,
) -> Validation:
    """Run T1 to T7 and the hindcast on the official figures.

    Parameters
    ----------
    quick : bool
        A few cases of each, to see that everything runs.
    archive : Archive or path, optional
        An archive of one's own that is scored as the simulated ones are.
    seed : int
    cache : path-like, optional
        Folder in which the simulated archives are kept for the next run.

    Returns
    -------
    Validation

    Raises
    ------
    MissingData
        The archive has too few seasons.
    ParameterError
        A seed below 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ParameterError(f"seed is {seed!r}; give a whole number of 0 or more.")
    size = SIZES["quick" if quick else "full"]
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], T]) -> T:
        begin = time.process_time()
        made = work()
        seconds[name] = seconds.get(name, 0.0) + time.process_time() - begin
        return made

    with threadpool_limits(limits=1):
        # The archive first: what is wrong with it is said before an hour has passed.
        own = (
            timed("archive", lambda: hindcast_archive(archive, size.draws, seed))
            if archive is not None
            else None
        )
        found = timed("T1", lambda: _known(size, seed))
        hindcasts, counties, species = timed("T2 T4 T6 T7", lambda: _worlds(size, seed, cache))
        rows, effects = joined(hindcasts)
        found += trials.frozen_archives(rows, effects)
        found += timed("T3", lambda: trials.nothing_done(size.placebos, size.placebos, seed))
        found += trials.left_out_counties(counties)
        fifth, table = timed("T5", lambda: trials.prior_table(2000, seed))
        found += [*fifth, *timed("T6", lambda: trials.species_coherence(species, model_coherence(200, seed)))]
        found += trials.dust_days(rows, effects)
        official = timed("official", lambda: _official(archive, max(size.draws, 200), seed))
    tables = {"priors": table, "scores": scores(rows), "rows": rows, "effects": effects, "counties": counties, "species": species}  # fmt: skip
    tables["official"] = official.rows
    if own is not None:
        found += own[0]
        tables |= own[1]
    return Validation(tuple(found), tables, seconds, quick, seed, official)


def _official(archive: Archive | str | Path | None, draws: int, seed: int) -> OfficialHindcast:
    """With the days of the archive where it has those of the city from before the first figure on."""
    if archive is not None:
        try:
            return hindcast_official(archive=archive, draws=draws, seed=seed)
        except AirqError:
            pass
    return hindcast_official(draws=draws, seed=seed)


def _known(size: Sizes, seed: int) -> list[Outcome]:
    return [
        *trials.known_response(size.response_series, seed, size.prior_draws),
        *trials.known_step(size.series, seed),
        *trials.known_alert(size.alert_series, seed),
    ]


def _worlds(
    size: Sizes, seed: int, cache: str | Path | None
) -> tuple[list[Hindcasts], pd.DataFrame, pd.DataFrame]:
    """Hindcasts, counties left out and species of each world, one world in memory at a time."""
    hindcasts, counties, species = [], [], []
    for world in simulated_archives(size.worlds, seed, cache):
        hindcasts.append(hindcast_world(world, size.draws))
        counties.append(leave_one_out(world))
        species.append(species_falls(world))
    return hindcasts, pd.concat(counties, ignore_index=True), pd.concat(species, ignore_index=True)


def hindcast_archive(
    archive: Archive | str | Path, draws: int = 400, seed: int = 0
) -> tuple[list[Outcome], dict[str, pd.DataFrame]]:
    """Hindcast the last seasons of an archive from those before, each county by itself.

    Parameters
    ----------
    archive : Archive or path
        Observed years, or ``airq simulate``'s. Observed ones are foretold by the register's measures; simulated ones by what
        ``truth.csv`` beside them says was cut, as a register with its errors would state it.
    draws, seed : int

    Returns
    -------
    outcomes : list of Outcome
        Share of figures within the 90 % interval; nothing is asked of it, since the years of one archive are few.
    tables : dict of str to pandas.DataFrame
        ``archive`` (rows), ``archive_scores``, ``archive_species``.

    Raises
    ------
    MissingData
        No county with five heating seasons.
    """
    held = archive if isinstance(archive, Archive) else Archive(archive)
    frame = archive_days(held)
    truth = _written(held) if held.simulated else None
    made, species = [], []
    for place, part in frame.groupby("site"):
        try:
            made.append(_county(str(place), part, truth, draws, seed))
        except AirqError:
            continue  # fewer than five seasons
        species.append(species_table(part).assign(place=place))
    if not made:
        raise MissingData(f"{held.path}: no place has {LEAST + 1} heating seasons with PM2.5 on three quarters of their days; ingest more years.")  # fmt: skip
    rows, effects = joined(made)
    own = rows[(rows["method"] == "measures") & (rows["dust"] == "kept")]
    out = [share("archive", "archive_coverage", int(own["inside"].sum()), len(own))]
    if truth is not None:
        kept = effects[effects["dust"] == "kept"]
        out.append(share("archive", "archive_effect_coverage", int(kept["inside"].sum()), len(kept)))
    return out, {
        "archive": rows,
        "archive_scores": scores(rows),
        "archive_species": pd.concat(species, ignore_index=True),
    }


def _written(held: Archive) -> pd.DataFrame:
    """Truth of an archive that ``airq simulate`` wrote."""
    file = held.path / "truth.csv"
    try:
        return season_truth(pd.read_csv(file))
    except (OSError, ValueError, KeyError) as error:
        raise MissingData(f"{file}: the truth of the simulated archive cannot be read ({error}); run 'airq simulate' again.") from None  # fmt: skip


def _county(place: str, part: pd.DataFrame, truth: pd.DataFrame | None, draws: int, seed: int) -> Hindcasts:
    held = seasons_of(part)
    if truth is not None:
        held = held.among(truth.loc[truth["place"] == place, "season"])
    ahead = min(_AHEAD, len(held.names) - LEAST)
    if ahead < 1:
        raise MissingData(f"{place} has {len(held.names)} heating seasons; {LEAST + 1} are needed.")
    last = int(held.names[-ahead - 1])
    if truth is None:
        stated = stated_of(held.names, draws, seed, place)
        return hindcast_rows(held, last, stated, seed, place, None, draws)
    own = truth[truth["place"] == place].set_index("season")["pm25"]
    stated = Stated.truly(held.names, own_kilotonnes(truth, seed, place, held.names), draws, seed)
    return hindcast_rows(held, last, stated, seed, place, own, draws)

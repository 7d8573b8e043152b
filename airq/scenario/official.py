"""What the register's measures of past years mean at one place: the tonnes by which the official change is explained.

Examples
--------
>>> from airq import inventory
>>> made = felt(inventory.load(), Priors.load(), 2000, 0, (2021, 2025))
>>> bool(0.5 < np.median(made) < 6)
True
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from airq import places as registry
from airq.inventory.register import Register
from airq.scenario.box import SEASON_DAYS
from airq.scenario.emitted import split
from airq.scenario.kernel import kernel
from airq.scenario.priors import Array, Priors
from airq.scenario.profiles import in_season, profile_of, shares

__all__ = ["felt"]

_YEAR: Final = 365.0


def felt(
    register: Register,
    priors: Priors,
    draws: int,
    seed: int,
    years: tuple[int, int],
    place: str = "changji",
    season: bool = False,
) -> Array:
    """Kilotonnes of PM2.5-equivalent that, times the level, give the fall of a place's annual mean, or of a season's.

    Parameters
    ----------
    register : Register
        Its done measures are counted.
    priors : Priors
    draws, seed : int
    years : (int, int)
        In which the measures came into effect.
    place : str
        Where the mean was observed; tonnes of other places count as far as the kernel carries them.
    season : bool
        For the mean of a full heating season, which the tonnes of the warm season do not reach.

    Returns
    -------
    ndarray, (draw,)
        For a year, tonnes of the heating season count 182 of 365 days, those of the warm season with the smaller
        response.
    """
    weights = {n: p.draws(draws, seed) for n, p in priors.of("weight").items()}
    made = register.done().emissions(draws, seed, years=years, pollutants=list(weights))
    reached = {key: _places(str(row["place"])) for key, row in made.rows.items()}
    spots = tuple(sorted({p for parts in reached.values() for p in parts} | {place}))
    reach = dict(zip(spots, kernel(spots, draws, seed, priors)[:, spots.index(place)].T, strict=True))
    warm = priors["warm"].draws(draws, seed)
    out = np.zeros(draws)
    months = pd.period_range("2025-01", "2025-12", freq="M")
    for pollutant in made.pollutants:
        for key, tonnes in made.draws(pollutant, by="measure").items():
            profile = profile_of(str(made.rows[key]["category"]))
            monthly = shares(profile, months)
            cold = float((monthly * in_season(profile, months)).sum())
            arriving = np.sum([s * reach[p] for p, s in reached[key].items()], axis=0)
            # The rate of the warm season is that of the heating season times a ratio; both are per tonne and day.
            counted = cold if season else SEASON_DAYS / _YEAR * (cold + (1 - cold) * warm)
            out += tonnes / 1000 * weights[pollutant] * arriving * counted
    return out


def _places(name: str) -> dict[str, float]:
    """Share of a measure in each place; that of a group falls to its members by people, as nothing closer is known."""
    members = tuple(m.id for m in registry.members(name))
    return split(members, members) if len(members) > 1 else {name: 1.0}

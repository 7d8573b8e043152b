"""Measures of the register that were carried out, as a place's heating seasons feel them.

Examples
--------
>>> made = season_felt((2021, 2025), 500, 0)
>>> made.shape, bool(0.5 < np.median(made) < 15)
((500,), True)
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places as registry
from airq.inventory.register import Register, load
from airq.scenario.emitted import split
from airq.scenario.kernel import kernel
from airq.scenario.priors import Array, Priors
from airq.scenario.profiles import in_season, profile_of, shares
from airq.scenario.validation.frozen import Stated

__all__ = ["season_felt", "stated_of"]

_MONTHS: Final = pd.period_range("2025-01", "2025-12", freq="M")


def season_felt(
    years: tuple[int, int], draws: int, seed: int, place: str = "changji", register: Register | None = None
) -> Array:
    """Kilotonnes of PM2.5-equivalent that a full heating season no longer holds, by measures of some years.

    Parameters
    ----------
    years : (int, int)
        In which they came into effect.
    draws, seed : int
    place : str
        Tonnes of other places count as far as the kernel carries them here.
    register : Register, optional
        The project's by default; its done measures count.

    Returns
    -------
    ndarray, (draw,)
        For the level of the response; :func:`airq.scenario.official.felt` is the same for the annual mean.
    """
    priors = Priors.load()
    held = (register or load()).done()
    weights = {n: p.draws(draws, seed) for n, p in priors.of("weight").items()}
    made = held.emissions(draws, seed, years=years, pollutants=list(weights))
    members = {key: tuple(m.id for m in registry.members(str(r["place"]))) for key, r in made.rows.items()}
    spots = tuple(sorted({m for own in members.values() for m in own} | {place}))
    reach = dict(zip(spots, kernel(spots, draws, seed, priors)[:, spots.index(place)].T, strict=True))
    out = np.zeros(draws)
    for pollutant in made.pollutants:
        for key, tonnes in made.draws(pollutant, by="measure").items():
            profile = profile_of(str(made.rows[key]["category"]))
            cold = float((shares(profile, _MONTHS) * in_season(profile, _MONTHS)).sum())
            parts = (
                split(members[key], members[key])
                if len(members[key]) > 1
                else dict.fromkeys(members[key], 1.0)
            )
            arriving = np.sum([s * reach[m] for m, s in parts.items()], axis=0)
            out += cold * tonnes / 1000 * weights[pollutant] * arriving
    return out


def stated_of(
    seasons: npt.NDArray[np.int64], draws: int, seed: int, place: str, register: Register | None = None
) -> Stated:
    """Measures of the register by season: all that came into effect from the first season's year on.

    Parameters
    ----------
    seasons : int array (season,)
        A measure counts from the season of its year on, since stoves and boilers are replaced before the cold.
    draws, seed, place, register
        As :func:`season_felt`.
    """
    first = int(seasons[0])
    columns = [np.zeros(draws) if s == first else season_felt((first + 1, int(s)), draws, seed, place, register) for s in seasons]  # fmt: skip
    return Stated(seasons, np.stack(columns, axis=1))

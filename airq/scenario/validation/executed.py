"""Measures of the register that were carried out, as a place's heating seasons feel them.

Examples
--------
>>> stated = stated_of(np.array([2020, 2021, 2022]), 200, 0, "changji")
>>> bool(stated.draws[:, 0].max() == 0 and np.median(stated.draws[:, 2]) > 0)
True
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from airq.inventory.register import Register, load
from airq.scenario.official import felt
from airq.scenario.priors import Priors
from airq.scenario.validation.frozen import Stated

__all__ = ["stated_of"]


def stated_of(
    seasons: npt.NDArray[np.int64], draws: int, seed: int, place: str, register: Register | None = None
) -> Stated:
    """Measures of the register by season: all that came into effect from the first season's year on.

    Parameters
    ----------
    seasons : int array (season,)
        A measure counts from the season of its year on, since stoves and boilers are replaced before the cold.
    draws, seed : int
    place : str
        Tonnes of other places count as far as the kernel carries them here.
    register : Register, optional
        The project's by default; its done measures count.
    """
    first, held, priors = int(seasons[0]), register or load(), Priors.load()
    columns = [
        np.zeros(draws)
        if s == first
        else felt(held, priors, draws, seed, (first + 1, int(s)), place, season=True)
        for s in seasons
    ]
    return Stated(seasons, np.stack(columns, axis=1))

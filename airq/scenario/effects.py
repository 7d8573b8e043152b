"""What a scenario's tonnes change: PM2.5, coarse dust, NO2 and SO2 of each month, and what holds for single days.

PM2.5 follows the response. Coarse dust adds to PM10 in its own place. NO2 and SO2 follow the share of what is emitted
(rollback), each with an elasticity of its own. O3 stays as it is: not even the sign of its change is known here, and its
interval says so. Every number is a row of ``tables/effects.csv``.

Examples
--------
>>> priors()["background"].value, priors()["background"].mark
(15.0, '[M]')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.scenario.emitted import ALL, Emitted, central, standard_emitted
from airq.scenario.priors import Priors
from airq.scenario.profiles import table
from airq.scenario.response import Response
from airq.scenario.tonnes import Cut

__all__ = ["Effects", "Strata", "effects_of", "priors", "strata_of"]

Array = npt.NDArray[np.float64]
_FILE: Final = Path(__file__).parent / "tables" / "effects.csv"
_STRATA: Final = 3
_HEATING_DAYS: Final = 183
_YEAR: Final = 365


@lru_cache(maxsize=1)
def priors() -> Priors:
    """The table of what a run assumes besides the response."""
    return Priors.load(_FILE)


@dataclass(frozen=True, eq=False)
class Effects:
    """Changes by a scenario against doing nothing, positive where there is less.

    Attributes
    ----------
    pm25 : array (draw, place, month)
        Fall of the monthly mean of PM2.5, µg/m³.
    season : array (draw, place)
        Fall of the mean of the heating season.
    coarse : array (draw, place, month)
        Fall of PM10 beyond that of PM2.5, µg/m³.
    no2, so2 : array (draw, place, month)
        Share by which NO2 and SO2 above background fall.
    places : tuple of str
    """

    pm25: Array
    season: Array
    coarse: Array
    no2: Array
    so2: Array
    places: tuple[str, ...]

    def of(self, place: str) -> int:
        """Number of a place."""
        return self.places.index(place)


@dataclass(frozen=True, eq=False)
class Strata:
    """What is drawn about days: the background in strata, and how much of the rest can be reached.

    Attributes
    ----------
    rows : list of int arrays
        Draws of each stratum, a third each.
    background : array (stratum,)
        PM2.5 background of each, µg/m³.
    limit : array (draw,)
    no2_background, so2_background : float
    """

    rows: list[npt.NDArray[np.int64]]
    background: Array
    limit: Array
    no2_background: float
    so2_background: float


def strata_of(draws: int, seed: int) -> Strata:
    """Strata of the background: days are not linear in it, and three values stand well for its interval.

    Examples
    --------
    >>> made = strata_of(300, 0)
    >>> [len(r) for r in made.rows], made.background.round(0).tolist()
    ([100, 100, 100], [13.0, 15.0, 17.0])
    """
    held = priors()
    background = held["background"].draws(draws, seed)
    rows = [np.sort(r) for r in np.array_split(np.argsort(background, kind="stable"), min(_STRATA, draws))]
    return Strata(
        rows,
        np.array([background[r].mean() for r in rows]),
        np.minimum(held["local_limit"].draws(draws, seed), 1.0),
        held["no2_background"].value,
        held["so2_background"].value,
    )


def effects_of(cut: Cut, response: Response, seed: int) -> Effects:
    """Changes of the months by a cut.

    Parameters
    ----------
    cut : Cut
    response : Response
        Of the same draws, places and sectors.
    seed : int

    Returns
    -------
    Effects
    """
    pm25, season = -response.effect(cut), -response.season(cut)
    held = priors()
    no2, so2 = (
        held[f"{name}_elasticity"].draws(cut.draws, seed)[:, None, None]
        * _share(cut, response, pollutant, held[f"{total}_total"].draws(cut.draws, seed))
        for name, pollutant, total in (("no2", "NOx", "nox"), ("so2", "SO2", "so2"))
    )
    return Effects(pm25, season, _coarse(cut, response, seed), no2, so2, cut.places)


def _coarse(cut: Cut, response: Response, seed: int) -> Array:
    """Fall of coarse dust, each place by its own tonnes."""
    out = np.zeros((cut.draws, len(cut.places), len(cut.months)))
    if "PM10" not in cut.pollutants or "PM25" not in cut.pollutants:
        return out
    daily = cut.per_day()
    coarse = daily[:, :, :, cut.pollutants.index("PM10")] - daily[:, :, :, cut.pollutants.index("PM25")]
    if not coarse.any():
        return out
    weight = priors()["coarse"].draws(cut.draws, seed)[:, None, None]
    for at, name in enumerate(cut.sectors):
        rate = response.rates[:, response.sectors.index(name)]  # (draw, season, place)
        mixed = rate[:, 0, :, None] * cut.heating + rate[:, 1, :, None] * (1 - cut.heating)
        out += weight * mixed * coarse[:, :, at]
    return out


def _share(cut: Cut, response: Response, pollutant: str, per_equivalent: Array) -> Array:
    """Share of a gas that is no longer emitted, as each place feels it; at most all of it."""
    out = np.zeros((cut.draws, len(cut.places), len(cut.months)))
    if pollutant not in cut.pollutants:
        return out
    daily = cut.per_day()[:, :, :, cut.pollutants.index(pollutant)].sum(axis=2)  # (draw, place, month)
    if not daily.any():
        return out
    whole = _emitted(cut.places, cut.heating)[None] * per_equivalent[:, None, None]
    felt, all_of_it = (np.matmul(response.kernel, part) for part in (daily, whole))
    return np.asarray(np.minimum(felt / np.maximum(all_of_it, 1e-9), 1.0))


def _emitted(places: Sequence[str], heating: Array) -> Array:
    """PM2.5-equivalent that each place emits, t/day by month, after the planning levels."""
    share = float(next(r for r in table("levels") if r["name"] == "heating_share")["value"])
    cold, warm = share / _HEATING_DAYS, (1 - share) / (_YEAR - _HEATING_DAYS)
    a_year = np.array(_yearly(tuple(places), standard_emitted()))
    return np.asarray(a_year[:, None] * (cold * heating + warm * (1 - heating)))


@lru_cache(maxsize=8)
def _yearly(places: tuple[str, ...], known: Emitted) -> tuple[float, ...]:
    """PM2.5-equivalent that each place emits a year, t; 0 where nothing is known."""
    levels = [known.of(p, ALL, "PM25") for p in places]
    return tuple(central(one.terms) if one is not None else 0.0 for one in levels)

"""T2: seasons foretold from an archive that ends before them, by the measures carried out and the weather as it came.

The level of each past season without its weather is L0 − k·x, x being the kilotonnes that measures had cut by then as the
register states them. Draws of k come from the pooled evidence (:mod:`airq.scenario.level`), never from the official fall,
and are weighed by how well the past seasons agree with them. Days follow from the weather of the season foretold and from
what past days had beside it, in blocks.

Nothing of a season foretold is looked at but its weather and its measures. The naive ones beside it: persistence, trend,
rollback; and, to see what the measures add, persistence and trend that are given the same weather.

Examples
--------
>>> import pandas as pd
>>> from airq.scenario.validation.season_days import seasons_of
>>> days = pd.date_range("2012-10-01", "2020-09-30")
>>> rng = np.random.default_rng(0)
>>> wind = np.exp(rng.normal(0.5, 0.4, len(days)))
>>> x = np.clip(days.year + days.day_of_year / 366 - 2014, 0, 5)
>>> frame = pd.DataFrame({"date": days, "pm25": (110 - 8.0 * x) / wind * np.exp(rng.normal(0, 0.2, len(days)))})
>>> frame["wind_speed_mean"] = wind
>>> held = seasons_of(frame)
>>> made = foretold(held, 2018, Stated.of(held.names, 3.0 * np.maximum(held.names - 2013.0, 0), 200, 0), draws=200)
>>> made.draws["measures"].shape, made.observed.shape
((200, 1, 3), (1, 3))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import MissingData
from airq.scenario.box import SEASON_DAYS
from airq.scenario.level import level
from airq.scenario.priors import Priors
from airq.scenario.validation.season_days import SIZE, Explained, Seasons, explained, figures

__all__ = ["FIGURES", "METHODS", "NAIVE", "Foretold", "Stated", "figures_of", "foretold", "withheld_level"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FIGURES: Final = ("mean", "good_days", "heavy_days")
NAIVE: Final = ("persistence", "trend", "rollback")
METHODS: Final = ("measures", *NAIVE, "persistence_weather", "trend_weather")
LEAST: Final = 4
"""Past seasons without which nothing is foretold."""
_PRIOR_DRAWS: Final = 20_000
_SILENT: Final = 300.0
"""Spread (log) at which evidence says nothing."""
_LEANING: Final = ("rollback_per_percent", "rollback_season_ratio")
"""Rows of the priors that start from official figures."""
_BLOCK: Final = 10
_BACKGROUND: Final = 15.0
_STATED_SHARED, _STATED_OWN = 0.4, 0.3
"""Spread (log) of stated tonnes: of a register as a whole, and of what each year adds."""
_SPREAD, _FREEDOM = 0.08, 3.0
"""Spread of deweathered seasons about their level before any is seen, share of it, and how many seasons that is worth."""


@dataclass(frozen=True, eq=False)
class Stated:
    """Kilotonnes of PM2.5-equivalent in a heating season that measures had cut by each, as they reach the place.

    Attributes
    ----------
    seasons : int array (season,)
    draws : array (draw, season)
    """

    seasons: Ints
    draws: Array

    @classmethod
    def of(cls, seasons: Ints, stated: Array, draws: int, seed: int) -> Stated:
        """Draws about stated tonnes whose error is that of a register.

        Parameters
        ----------
        seasons : int array (season,)
        stated : array (season,)
            Kilotonnes, rising or not.
        draws, seed : int
        """
        rng = np.random.default_rng([seed, 71])
        added = np.diff(stated, prepend=stated[:1])
        shared = np.exp(_STATED_SHARED * rng.standard_normal((draws, 1)))
        own = np.exp(_STATED_OWN * rng.standard_normal((draws, len(stated))))
        return cls(seasons, stated[0] * shared + np.cumsum(added * shared * own, axis=1))

    @classmethod
    def truly(cls, seasons: Ints, true: Array, draws: int, seed: int) -> Stated:
        """What a register would state of known tonnes, with its errors, and draws about that."""
        said = cls.of(seasons, true, 1, seed + 1_000_003).draws[0]
        return cls.of(seasons, said, draws, seed)

    def at(self, seasons: Ints) -> Array:
        """Draws of some seasons, (draw, season)."""
        return self.draws[:, [int(np.flatnonzero(self.seasons == s)[0]) for s in seasons]]


@dataclass(frozen=True, eq=False)
class Foretold:
    """Seasons foretold and what came.

    Attributes
    ----------
    seasons : int array (season,)
    draws : dict of str to array (draw, season, figure)
        By method; figures are :data:`FIGURES`, days among the days with a value.
    observed : array (season, figure)
    effect : array (draw, season)
        Change of the season's mean by the measures since the last season known, µg/m³ in average weather.
    r2 : float
        Of the explanation by weather.
    """

    seasons: Ints
    draws: dict[str, Array]
    observed: Array
    effect: Array
    r2: float


@lru_cache(maxsize=2)
def withheld_level(seed: int, draws: int = _PRIOR_DRAWS) -> Array:
    """Draws of the level before any observation and without what leans on the official figures, (draw,).

    The fall of the city's means does not update it, and the evidence by rollback, which starts from the annual mean of
    2020, says nothing: the simulation is calibrated to those figures.

    Examples
    --------
    >>> withheld_level(0, 500).shape
    (500,)
    """
    held = Priors.load()
    rows = []
    for row in held.rows:
        if row.name == "rollback":
            rows.append(replace(row, transfer=_SILENT))
        else:
            rows.append(replace(row, value=1.0, low=1.0, high=1.0) if row.name in _LEANING else row)
    return level(draws, seed, replace(held, rows=tuple(rows))).draws


def foretold(held: Seasons, last: int, stated: Stated, draws: int = 400, seed: int = 0) -> Foretold:
    """Foretell every season after one.

    Parameters
    ----------
    held : Seasons
        Past seasons and those to be foretold.
    last : int
        First year of the last season known.
    stated : Stated
        Of all of them.
    draws, seed : int

    Returns
    -------
    Foretold

    Raises
    ------
    MissingData
        Fewer than four seasons known, or none to foretell.
    """
    past, ahead = held.names[held.names <= last], held.names[held.names > last]
    if len(past) < LEAST or not len(ahead):
        raise MissingData(f"{len(past)} seasons known and {len(ahead)} to foretell; {LEAST} and 1 are needed, give more years.")  # fmt: skip
    air = explained(held, last)
    rng = np.random.default_rng([seed, 73])
    known = held.known[held.names > last]
    reference, made, effect = _levels(air.level, stated, past, ahead, draws, seed)
    plain = figures_of(held)
    history, observed = plain[held.names <= last], plain[held.names > last]
    size = known.sum(axis=1).astype(np.float64)
    share = np.array(
        [
            held.known[held.names <= last].sum(axis=1),
        ]
    ).T
    scaled = np.concatenate([history[:, :1], history[:, 1:] / share], axis=1)  # days as shares
    out = {name: _naive(name, scaled, past, ahead, size, held, stated, last, draws, rng) for name in NAIVE}
    days = _Days(held, air, last, draws, rng)
    last_level = np.full(draws, air.level[-1])
    out["measures"] = days.of(reference, made)
    out["persistence_weather"] = days.of(last_level, _stay(air.level, len(ahead), draws, rng))
    out["trend_weather"] = days.of(last_level, _line(past, air.level, ahead, draws, rng))
    return Foretold(ahead, {m: out[m] for m in METHODS}, observed, effect, air.r2)


def figures_of(held: Seasons) -> Array:
    """Observed figures of each season, (season, figure)."""
    return np.stack([figures(v, k) for v, k in zip(held.values, held.known, strict=True)])


def _levels(
    found: Array, stated: Stated, past: Ints, ahead: Ints, draws: int, seed: int
) -> tuple[Array, Array, Array]:
    """Level of the last season known, of those ahead, and the change by the measures; (draw,), (draw, season) twice."""
    rng = np.random.default_rng([seed, 79])
    k = rng.permutation(withheld_level(seed))
    which = rng.integers(0, len(stated.draws), len(k))
    x = stated.at(past)[which]
    rest = found[None, :] + k[:, None] * x
    middle = rest.mean(axis=1)
    square = np.square(rest - middle[:, None]).sum(axis=1) + _FREEDOM * (_SPREAD * found.mean()) ** 2
    freedom = len(past) - 1 + _FREEDOM
    log = -0.5 * freedom * np.log(square)
    weight = np.exp(log - log.max())
    took = rng.choice(len(k), draws, p=weight / weight.sum())
    spread = np.sqrt(square[took] / rng.chisquare(freedom, draws))
    base = middle[took] + spread * rng.standard_normal(draws) / np.sqrt(len(past))
    at, to = stated.at(past[-1:])[which[took]], stated.at(ahead)[which[took]]
    new = base[:, None] - k[took, None] * to + spread[:, None] * rng.standard_normal((draws, len(ahead)))
    lowest = 0.2 * found.mean()
    return np.maximum(base - k[took] * at[:, 0], lowest), np.maximum(new, lowest), -k[took, None] * (to - at)


def _stay(found: Array, ahead: int, draws: int, rng: np.random.Generator) -> Array:
    """The last level stays, with the differences between seasons as its spread."""
    steps = np.diff(found)
    spread = np.sqrt(np.square(steps).mean())
    return np.asarray(
        np.maximum(found[-1] + spread * rng.standard_t(len(steps), (draws, ahead)), 0.2 * found.mean())
    )


def _line(past: Ints, found: Array, ahead: Ints, draws: int, rng: np.random.Generator) -> Array:
    """Least squares line through the seasons with the spread of its prediction, (draw, season)."""
    x = past - past.mean()
    slope, middle = float(x @ found / (x @ x)), found.mean()
    rest = found - middle - slope * x
    spread = np.sqrt(rest @ rest / (len(x) - 2))
    to = ahead - past.mean()
    error = spread * np.sqrt(1 + 1 / len(x) + to**2 / (x @ x))
    return np.asarray(middle + slope * to + error * rng.standard_t(len(x) - 2, (draws, len(to))))


def _naive(
    name: str,
    scaled: Array,
    past: Ints,
    ahead: Ints,
    size: Array,
    held: Seasons,
    stated: Stated,
    last: int,
    draws: int,
    rng: np.random.Generator,
) -> Array:
    """Figures of one naive method, (draw, season, figure)."""
    parts = []
    start = _rolled(scaled, held, stated, last, ahead, draws) if name == "rollback" else None
    for i in range(len(FIGURES)):
        column = scaled[:, i]
        if name == "trend":
            made = _line(past, column, ahead, draws, rng)
        else:
            spread = np.sqrt(np.square(np.diff(column)).mean())
            centre = column[-1] if start is None else start[:, :, i]
            made = centre + spread * rng.standard_t(len(column) - 1, (draws, len(ahead)))
        parts.append(np.maximum(made, 0.0) if i == 0 else np.clip(made, 0.0, 1.0) * size)
    return np.stack(parts, axis=2)


def _rolled(scaled: Array, held: Seasons, stated: Stated, last: int, ahead: Ints, draws: int) -> Array:
    """Rollback: the last season with what lies above background cut in proportion to the emission, (draw, season, figure)."""
    prior = Priors.load()
    per_kt = prior["rollback_per_percent"].value * prior["rollback_season_ratio"].value
    per_kt /= 0.01 * prior["rollback_emission"].value * SEASON_DAYS / 1000
    fall = per_kt * np.median(stated.at(ahead) - stated.at(np.array([last])), axis=0)
    at = int(np.flatnonzero(held.names == last)[0])
    values, known = held.values[at], held.known[at]
    over = np.maximum(values[known, 0] - _BACKGROUND, 0)
    made = []
    for one in fall:
        day = values.copy()
        day[known, 0] -= over * min(one / over.mean(), 0.95)
        found = figures(day, known)
        made.append(np.concatenate([found[:1], found[1:] / known.sum()]))
    return np.broadcast_to(np.stack(made), (draws, len(ahead), len(FIGURES)))


class _Days:
    """Days of the seasons ahead from their weather, residuals and other pollutants in blocks of past days."""

    def __init__(
        self, held: Seasons, air: Explained, last: int, draws: int, rng: np.random.Generator
    ) -> None:
        learn = held.names <= last
        self.known = held.known[~learn]
        ahead, seasons = len(self.known), int(learn.sum())
        start = rng.integers(0, _BLOCK, (draws, ahead, 1))
        block = (np.arange(SIZE) + start) // _BLOCK
        drawn = rng.integers(0, seasons, (draws, ahead, SIZE // _BLOCK + 2))
        source = np.take_along_axis(drawn, block, axis=2)  # (draw, season, day)
        day = np.arange(SIZE)
        self.log = air.course[~learn] + air.residual[source, day]
        past = held.values[learn]
        self.others = past[source, day]  # (draw, season, day, pollutant)
        self.usual = air.usual

    def of(self, before: Array, after: Array) -> Array:
        """Figures where the level was ``before`` (draw,) and is ``after`` (draw, season) now."""
        base = np.exp(self.log) * (before / self.usual)[:, None, None]
        over = np.maximum(base - _BACKGROUND, 0)
        share = (before[:, None] - after) / np.maximum(before[:, None] - _BACKGROUND, 1.0)
        new = base - over * np.minimum(share, 0.95)[:, :, None]
        air = self.others.copy()
        coarse = np.maximum(air[..., 1] - air[..., 0], 0)
        air[..., 0], air[..., 1] = new, new + coarse
        return np.stack([figures(air[:, s], self.known[s]) for s in range(len(self.known))], axis=1)

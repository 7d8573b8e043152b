"""T2, T7: seasons foretold from frozen archives, scored against what came and against the written truth.

Examples
--------
>>> rows = pd.DataFrame({
...     "world": [1, 2] * 2, "dust": "kept", "indicator": "mean", "method": ["measures"] * 2 + ["trend"] * 2,
...     "crps": [1.0, 2.0, 2.0, 4.0], "inside": True, "p50": 1.0, "observed": 1.0})
>>> one = skill(rows, "trend", "mean", "kept")
>>> one.value, one.n
(0.5, 2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.forecast.scores import crps_ensemble
from airq.scenario.box import SEASON_DAYS
from airq.scenario.priors import Priors
from airq.scenario.validation.archives import SimulatedArchive
from airq.scenario.validation.frozen import FIGURES, METHODS, Foretold, Stated, foretold
from airq.scenario.validation.outcomes import Outcome, ratio
from airq.scenario.validation.season_days import Seasons, seasons_of

__all__ = [
    "FROZEN",
    "Hindcasts",
    "hindcast_rows",
    "hindcast_world",
    "joined",
    "own_kilotonnes",
    "scores",
    "skill",
    "true_kilotonnes",
]

Array = npt.NDArray[np.float64]
FROZEN: Final = 2021
"""First year of the last season known: the archive ends in 2022, seasons from 2022-2023 on are foretold."""


@dataclass(frozen=True, eq=False)
class Hindcasts:
    """Hindcasts of one archive.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a season, figure and method: world, place, season, dust (kept, left out), indicator, method, p5, p50, p95,
        observed, crps, inside.
    effects : pandas.DataFrame
        One row a season: world, place, season, dust, p5, p50, p95, truth (change of the season's mean in average weather by the
        emission; NaN where it is not known), crps, crps_none (of saying that nothing changes), inside.
    """

    rows: pd.DataFrame
    effects: pd.DataFrame


def true_kilotonnes(archive: SimulatedArchive, place: str, seasons: npt.NDArray[np.int64]) -> Array:
    """Kilotonnes that a place's season no longer holds against January 2015, as they reach it.

    The world's air fixes µg/m³ alone; its emission in tonnes is drawn from the planning level of the conurbation and of the
    county's departure, so the response of the world is known to no one who foretells it.

    Parameters
    ----------
    archive : SimulatedArchive
    place : str
    seasons : int array (season,)
    """
    return own_kilotonnes(archive.truth, archive.seed, place, seasons)


def own_kilotonnes(truth: pd.DataFrame, seed: int, place: str, seasons: npt.NDArray[np.int64]) -> Array:
    """As :func:`true_kilotonnes`, from a written truth by season."""
    priors = Priors.load()
    total = priors["rollback_emission"]
    rng = np.random.default_rng([seed, 91])
    kilotonnes = total.value * np.exp(total.sd * rng.standard_normal()) * SEASON_DAYS / 1000
    names = list(dict.fromkeys(truth["place"]))
    county = np.exp(priors["spread"].value * rng.standard_normal(len(names)))
    felt = truth.groupby("place")["emitted"].mean()
    own = truth[truth["place"] == place].set_index("season").reindex(seasons)
    relative = 1.0 if place == "changji" else felt[place] / felt["changji"] / county[names.index(place)]
    return np.asarray(kilotonnes * relative * (1 - own["multiplier"].to_numpy(np.float64)))


def hindcast_world(archive: SimulatedArchive, draws: int = 400, place: str = "changji") -> Hindcasts:
    """Hindcasts of a simulated world, dust days kept and left out.

    Parameters
    ----------
    archive : SimulatedArchive
    draws : int
    place : str

    Returns
    -------
    Hindcasts
    """
    held = seasons_of(archive.days[archive.days["site"] == place])
    true = true_kilotonnes(archive, place, held.names)
    stated = Stated.truly(held.names, true, draws, archive.seed)
    own = archive.truth[archive.truth["place"] == place].set_index("season")["pm25"]
    return hindcast_rows(held, FROZEN, stated, archive.seed, place, own, draws)


def hindcast_rows(
    held: Seasons,
    last: int,
    stated: Stated,
    world: int,
    place: str,
    truth: pd.Series | None = None,
    draws: int = 400,
) -> Hindcasts:
    """Hindcasts of a place, dust days kept and left out, with their scores.

    Parameters
    ----------
    held : Seasons
    last : int
        First year of the last season known.
    stated : Stated
    world : int
        Number of the archive; also the seed.
    place : str
    truth : pandas.Series, optional
        True mean of each season in average weather, by its first year.
    draws : int
    """
    rows: list[dict[str, Any]] = []
    effects: list[dict[str, Any]] = []
    for dust, part in (("kept", held), ("left out", held.without_dust())):
        made = foretold(part, last, stated, draws, world)
        common = {"world": world, "place": place, "dust": dust}
        rows += _figures(made, common)
        effects += _effects(made, last, truth, common)
    return Hindcasts(pd.DataFrame(rows), pd.DataFrame(effects))


def _figures(made: Foretold, common: dict[str, Any]) -> list[dict[str, Any]]:
    out = []
    for method in METHODS:
        for s, season in enumerate(made.seasons):
            for i, name in enumerate(FIGURES):
                drawn, seen = made.draws[method][:, s, i], float(made.observed[s, i])
                out.append(common | {"season": int(season), "indicator": name, "method": method} | _scored(drawn, seen, "observed"))  # fmt: skip
    return out


def _effects(
    made: Foretold, last: int, truth: pd.Series | None, common: dict[str, Any]
) -> list[dict[str, Any]]:
    out = []
    for s, season in enumerate(made.seasons):
        true = float(truth[season] - truth[last]) if truth is not None else float("nan")
        row = _scored(made.effect[:, s], true, "truth")
        out.append(common | {"season": int(season), **row, "crps_none": abs(true)})
    return out


def _scored(drawn: Array, seen: float, name: str) -> dict[str, Any]:
    low, middle, high = np.quantile(drawn, (0.05, 0.5, 0.95))
    crps = float(crps_ensemble([seen], drawn[None])[0])
    return {
        "p5": low,
        "p50": middle,
        "p95": high,
        name: seen,
        "crps": crps,
        "inside": bool(low <= seen <= high),
    }


def scores(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a figure and method, dust kept: n, mean observed, bias, CRPS, coverage of the 90 % interval.

    Parameters
    ----------
    rows : pandas.DataFrame
        As ``Hindcasts.rows``.
    """
    kept = rows[rows["dust"] == "kept"]
    kept = kept.assign(error=kept["p50"] - kept["observed"])
    grouped = kept.groupby(["indicator", "method"], sort=False)
    table = grouped.agg(
        n=("crps", "size"), observed=("observed", "mean"), bias=("error", "mean"), crps=("crps", "mean"), coverage=("inside", "mean"),
    )  # fmt: skip
    return table.reset_index()


def skill(
    rows: pd.DataFrame,
    naive: str,
    indicator: str,
    dust: str = "kept",
    least: float = np.nan,
    test: str = "T2",
) -> Outcome:
    """Skill by CRPS of the measures over a naive method, whole worlds resampled for its interval."""
    part = rows[(rows["indicator"] == indicator) & (rows["dust"] == dust)]
    own, other = (part[part["method"] == m]["crps"].to_numpy(np.float64) for m in ("measures", naive))
    groups = part[part["method"] == naive]["world"].to_numpy(np.int64)
    return ratio(test, f"skill_{indicator}_{naive}", own, other, groups, sign=-1, least=least)


def joined(hindcasts: Sequence[Hindcasts]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows and effects of several archives in one frame each."""
    return (
        pd.concat([h.rows for h in hindcasts], ignore_index=True),
        pd.concat([h.effects for h in hindcasts], ignore_index=True),
    )

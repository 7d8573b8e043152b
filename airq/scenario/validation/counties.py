"""T4: each county foretold by the others, in simulated worlds.

Every county's deweathered seasons give a response of its own to the tonnes stated there. From those of all counties but one
the level is found (its prior, and the spread between counties that the response assumes), and with it the fall of the one
left out, which is then compared with its days.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> k = np.exp(rng.normal(1.0, 0.2, 6))
>>> made = left_out(k, np.full(6, 0.1), np.exp(rng.normal(1.0, 0.6, 4000)), 0.35, rng)
>>> bool(2 < np.median(made) < 4)
True
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.scenario.priors import Priors
from airq.scenario.validation.archives import SimulatedArchive
from airq.scenario.validation.frozen import Stated, withheld_level
from airq.scenario.validation.scored import true_kilotonnes
from airq.scenario.validation.season_days import explained, seasons_of

__all__ = ["leave_one_out", "left_out"]

Array = npt.NDArray[np.float64]
_ENDS: Final = 3
"""Seasons at either end between which the fall is taken."""
_DRAWS: Final = 4000
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


def left_out(k: Array, error: Array, prior: Array, spread: float, rng: np.random.Generator) -> Array:
    """Response of a county from those of others.

    Parameters
    ----------
    k, error : array (county,)
        Estimates and their standard errors, µg/m³ per kt.
    prior : array (draw,)
        Of the level.
    spread : float
        Of counties about the level, log.
    rng : numpy.random.Generator

    Returns
    -------
    array (draw,)
    """
    nodes = prior[:, None] * np.exp(spread * _NODES)  # (draw, node)
    far = (k[:, None, None] - nodes) / error[:, None, None]
    likely = np.log(np.maximum(np.exp(-0.5 * far**2) @ _WEIGHTS, 1e-300)).sum(axis=0)
    weight = np.exp(likely - likely.max())
    took = rng.choice(len(prior), len(prior), p=weight / weight.sum())
    return np.asarray(prior[took] * np.exp(spread * rng.standard_normal(len(prior))))


def leave_one_out(archive: SimulatedArchive) -> pd.DataFrame:
    """Every county of a world foretold by the others.

    Parameters
    ----------
    archive : SimulatedArchive

    Returns
    -------
    pandas.DataFrame
        One row a county: world, place, observed (fall of the deweathered season between the first three and the last
        three, µg/m³), p5, p50, p95, inside.
    """
    rng = np.random.default_rng([archive.seed, 93])
    rows = {}
    for name, part in archive.days.groupby("site"):
        held = seasons_of(part)
        found = explained(held, int(held.names[-1])).level
        true = true_kilotonnes(archive, str(name), held.names)
        # What the register says is off by the same factor for all counties and by one of each.
        said = np.median(Stated.truly(held.names, true, 200, archive.seed).draws, axis=0)
        rows[str(name)] = _response(said, found)
    prior = rng.permutation(withheld_level(archive.seed, _DRAWS))
    spread = Priors.load()["spread"].value
    out = []
    for name, (_, _, added, fell, noise) in rows.items():
        others = [r for n, r in rows.items() if n != name]
        k = left_out(np.array([r[0] for r in others]), np.array([r[1] for r in others]), prior, spread, rng)
        drawn = k * added + noise * rng.standard_normal(len(k))
        low, middle, high = np.quantile(drawn, (0.05, 0.5, 0.95))
        out.append((archive.seed, name, fell, low, middle, high, bool(low <= fell <= high)))
    return pd.DataFrame(out, columns=["world", "place", "observed", "p5", "p50", "p95", "inside"])


def _response(stated: Array, found: Array) -> tuple[float, float, float, float, float]:
    """k, its error, tonnes between the ends, the fall between them and its error, of one county."""
    x = stated - stated.mean()
    slope = float(-(x @ found) / (x @ x))
    rest = found - found.mean() + slope * x
    spread = float(np.sqrt(rest @ rest / (len(x) - 2)))
    added = float(stated[-_ENDS:].mean() - stated[:_ENDS].mean())
    fell = float(found[:_ENDS].mean() - found[-_ENDS:].mean())
    return slope, spread / float(np.sqrt(x @ x)), added, fell, spread * float(np.sqrt(2 / _ENDS))

"""The level of the response, from four kinds of evidence that do not agree.

What a kilotonne of PM2.5-equivalent in the heating season adds to its mean is estimated by a box model, from the local
evaluation of one winter, from a study of another plain and by rollback. Each is log-normal with its own interval, widened
by what it takes to carry it over to here; methods differ by more than their intervals say, so their common spread is
estimated too (a normal-normal hierarchy on the log scale, summed on a grid).

Examples
--------
>>> made = level(draws=4000, seed=0)
>>> made.evidence["used"].tolist(), made.evidence["name"].tolist()
([True, True, True, True, False], ['box', 'local', 'literature', 'rollback', 'claim_2021'])
>>> low, middle, high = made.pooled
>>> bool(1.5 < middle < 5 and high / low > 3)
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from airq.scenario.box import SEASON_DAYS, box
from airq.scenario.priors import Array, Priors

__all__ = ["Level", "level"]

_METHODS: Final = ("box", "local", "literature", "rollback")
_MANY: Final = 20_000
"""Draws by which the interval of a method is found from those of its parts."""


@dataclass(frozen=True, eq=False)
class Level:
    """Level of the response in µg/m³ of the heating season per kt of PM2.5-equivalent in it.

    Attributes
    ----------
    draws : ndarray, (draw,)
    evidence : pandas.DataFrame
        One row a method: name, low, middle, high (90 %), weight (share in the pooled level), used, mark, source.
    spread : float
        Median of the standard deviation between methods, log scale.
    """

    draws: Array
    evidence: pd.DataFrame
    spread: float

    @property
    def pooled(self) -> tuple[float, float, float]:
        """Quantiles 0.05, 0.5, 0.95 of the level."""
        low, middle, high = np.quantile(self.draws, (0.05, 0.5, 0.95))
        return float(low), float(middle), float(high)


def level(draws: int = 1000, seed: int = 0, priors: Priors | None = None, scale: float = 1.0) -> Level:
    """Pool the evidence.

    Parameters
    ----------
    draws, seed : int
    priors : Priors, optional
    scale : float
        By which every piece of evidence is multiplied, to see how much rests on it.

    Returns
    -------
    Level
    """
    held = priors or Priors.load()
    found = {name: np.log(scale * values) for name, values in _methods(held, seed).items()}
    centre = np.array([v.mean() for v in found.values()])
    own = np.array([np.hypot(v.std(), held[n].transfer) for n, v in found.items()])
    mu, tau, joint = _grid(centre, own, held, scale)
    rng = np.random.default_rng([seed, 7])
    at = np.searchsorted(np.cumsum(joint.sum(axis=1)), rng.random(draws))
    step = mu[1] - mu[0]
    drawn = np.exp(mu[np.minimum(at, len(mu) - 1)] + step * (rng.random(draws) - 0.5))
    spread = float(tau[np.searchsorted(np.cumsum(joint.sum(axis=0)), 0.5)])
    weight = 1 / (own**2 + spread**2)
    rows = [
        {"name": n, "low": np.exp(c - 1.645 * s), "middle": np.exp(c), "high": np.exp(c + 1.645 * s), "weight": w, "used": True, "mark": held[n].mark, "source": held[n].source}
        for n, c, s, w in zip(found, centre, own, weight / weight.sum(), strict=True)
    ]  # fmt: skip
    rows += [
        {"name": p.name, "low": p.low, "middle": p.value, "high": p.high, "weight": 0.0, "used": False, "mark": p.mark, "source": p.source}
        for p in held.of("level").values()
        if not p.used
    ]  # fmt: skip
    return Level(drawn, pd.DataFrame(rows), spread)


def _methods(held: Priors, seed: int) -> dict[str, Array]:
    """Draws of the level after each method, each from the rows of its own."""

    def of(name: str) -> Array:
        return held[name].draws(_MANY, seed)

    coal = of("literature_per_kt_coal") * of("literature_spillover") / of("literature_cells")
    # One per cent of the season's emission, in kt, and what it adds to the mean of the season.
    per_cent = 0.01 * of("rollback_emission") * SEASON_DAYS / 1000
    return {
        "box": box(of("box_width"), of("box_mixing_height"), of("box_wind_speed")),
        "local": of("local_percent_per_kt") / 100 * of("local_season_mean") / of("local_equivalent_share"),
        "literature": coal / of("literature_equivalent"),
        "rollback": of("rollback_per_percent") * of("rollback_season_ratio") / per_cent,
    }


def _grid(centre: Array, own: Array, held: Priors, scale: float) -> tuple[Array, Array, Array]:
    """Values of the log level and of the spread between methods, and their joint probability."""
    pool, spread = held["pool"], held["method_spread"].value
    middle = np.log(pool.value * scale)
    mu = np.linspace(middle - 4 * pool.sd, middle + 4 * pool.sd, 1601)
    tau = np.linspace(0.005, 4 * spread, 120)
    variance = own**2 + tau[:, None] ** 2  # (tau, method)
    likely = -0.5 * ((centre - mu[:, None, None]) ** 2 / variance + np.log(variance)).sum(axis=2)
    likely += -0.5 * ((mu - middle) / pool.sd)[:, None] ** 2 - 0.5 * (tau / spread) ** 2
    joint = np.exp(likely - likely.max())
    return mu, tau, joint / joint.sum()

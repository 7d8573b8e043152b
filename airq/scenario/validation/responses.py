"""T1, T5: a known response found again in simulated basins, and how much of the answer is the prior.

Each series is a basin of its own: two five-month seasons of a box with weather of its own (mixing height and wind that
remember some days), a true k of its own, a fall of the emission at a known date, tonnes that are known within 20 %. The
change is estimated from the days by regression on the ventilation of each day; the naive one is that of the two means, with
the spread that weather gives it. Each is given to the update with the same prior.

Examples
--------
>>> made = response_recovery(8, seed=0, draws=3000)
>>> made["adjusted"].inside.shape, bool(abs(made["adjusted"].log_error.mean()) < 0.6)
((8,), True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.scenario.box import SEASON_DAYS
from airq.scenario.response import response
from airq.scenario.updating import Observed, updated

__all__ = ["Recovered", "prior_sensitivity", "response_recovery"]

Array = npt.NDArray[np.float64]
DAYS: Final = 151
_BACKGROUND: Final = 15.0
_EMITTED: Final = 30.0
_PAIRS: Final = 12
"""Pairs of seasons of the same emission from which the naive answer learns what weather alone does."""
_K, _K_SD = 3.0, 0.6
"""Median and spread (log) of the true k and of its prior."""


@dataclass(frozen=True, eq=False)
class Recovered:
    """What one estimator found.

    Attributes
    ----------
    log_error : array (found,)
        log of the median over the true k.
    inside : bool array (series,)
        Whether the 90 % interval holds the true k; a refusal holds nothing.
    refused : int
    """

    log_error: Array
    inside: npt.NDArray[np.bool_]
    refused: int


def response_recovery(series: int, seed: int, draws: int = 60_000) -> dict[str, Recovered]:
    """Known responses estimated from simulated basins.

    Parameters
    ----------
    series, seed : int
    draws : int
        Of the prior.

    Returns
    -------
    dict of str to Recovered
        ``adjusted`` and ``naive``.
    """
    rng = np.random.default_rng([seed, 51])
    k = np.exp(rng.normal(np.log(_K), _K_SD, series))
    tonnes = np.exp(rng.normal(np.log(8), 0.3, series))  # t/day
    values, ventilation = _basins(rng, k, tonnes)
    same, _ = _basins(rng, np.repeat(k, _PAIRS), np.zeros(series * _PAIRS))
    swing = _naive(same)[0].reshape(series, _PAIRS).std(axis=1)
    found = {"adjusted": _adjusted(values, ventilation), "naive": _naive(values)}
    spread = {"adjusted": np.zeros(series), "naive": swing}
    out = {}
    for name, (change, error) in found.items():
        log_error, inside, refused = [], np.zeros(series, bool), 0
        for i in range(series):
            mine = np.random.default_rng([seed, 52, i])
            prior = np.exp(mine.normal(np.log(_K), _K_SD, draws))
            believed = tonnes[i] * np.exp(mine.normal(0, 0.15) + mine.normal(0, 0.15, draws))
            seen = Observed(
                float(change[i]), float(error[i]), believed * SEASON_DAYS / 1000, np.zeros(draws),
                mine.normal(0, 1, draws) * spread[name][i],
            )  # fmt: skip
            try:
                made = updated(prior, seen, i).draws
            except ParameterError:  # so far out that it is refused: no interval, so none that covers
                refused += 1
                continue
            low, middle, high = np.quantile(made, (0.05, 0.5, 0.95))
            inside[i] = low <= k[i] <= high
            log_error.append(np.log(middle / k[i]))
        out[name] = Recovered(np.array(log_error), inside, refused)
    return out


def _basins(rng: np.random.Generator, k: Array, cut: Array) -> tuple[Array, Array]:
    """Daily PM2.5 and ventilation of two seasons, (series, day); the emission (t/day) falls by ``cut`` in the second."""
    n = len(k)
    state = np.zeros((n, 2 * DAYS))
    level = rng.normal(0, 0.12, (n, 2)).repeat(DAYS, axis=1)  # one season is windier than the other
    shock = rng.normal(0, 0.35, (n, 2 * DAYS))
    for day in range(1, 2 * DAYS):
        state[:, day] = 0.7 * state[:, day - 1] + shock[:, day]
    ventilation = np.exp(state + level)
    ventilation *= np.mean(1 / ventilation, axis=1, keepdims=True)  # the mean response of a season is k
    emission = np.where(np.arange(2 * DAYS) < DAYS, _EMITTED, _EMITTED - cut[:, None])
    noise = np.exp(rng.normal(0, 0.25, (n, 2 * DAYS)) - 0.25**2 / 2)
    rate = k[:, None] * SEASON_DAYS / 1000
    return _BACKGROUND + rate * emission / ventilation * noise, ventilation


def _naive(values: Array) -> tuple[Array, Array]:
    """Change between the plain means with its standard error from blocks of ten days, (series,) each."""
    first, second = values[:, :DAYS], values[:, DAYS:]
    blocks = [v[:, : DAYS // 10 * 10].reshape(len(v), -1, 10).mean(axis=2) for v in (first, second)]
    error = np.hypot(*[b.std(axis=1, ddof=1) / np.sqrt(b.shape[1]) for b in blocks])
    return second.mean(axis=1) - first.mean(axis=1), error


def _adjusted(values: Array, ventilation: Array) -> tuple[Array, Array]:
    """Change between the seasons at the mean ventilation with its standard error, (series,) each.

    PM = background + slope of the season / ventilation, by least squares weighted for multiplicative noise.
    """
    x = 1 / ventilation
    early = np.arange(2 * DAYS) < DAYS
    design = np.stack([np.ones_like(x), x * early, x * ~early], axis=2)  # (series, day, 3)
    weight = np.ones_like(x)
    for _ in range(3):  # weights from the fit, not from the values, which would favour the low ones
        left, right = design * weight[:, :, None], values * weight
        gram = np.einsum("sdi,sdj->sij", left, left)
        coefficient = np.linalg.solve(gram, np.einsum("sdi,sd->si", left, right)[:, :, None])[:, :, 0]
        fitted = np.einsum("sdi,si->sd", left, coefficient)
        weight = 1 / np.maximum(np.einsum("sdi,si->sd", design, coefficient), 1)
    covariance = np.linalg.inv(gram) * (right - fitted).var(axis=1, ddof=3)[:, None, None]
    contrast = np.array([0.0, -1.0, 1.0]) * x.mean(axis=1)[:, None]
    error = np.sqrt(np.einsum("si,sij,sj->s", contrast, covariance, contrast))
    return np.einsum("si,si->s", contrast, coefficient), error


def prior_sensitivity(draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """The official response with the evidence for its level halved and doubled.

    Returns
    -------
    pandas.DataFrame
        One row a factor: ``scale``, ``prior_p5`` to ``prior_p95``, ``posterior_p5`` to ``posterior_p95`` (µg/m³ of the
        heating season per kt), ``shrinkage``.
    """
    rows = []
    for scale in (0.5, 1.0, 2.0):
        made = response(draws, seed, ("changji", "fukang"), ("home_heating",), scale=scale).update
        assert made is not None
        row: dict[str, float] = {"scale": scale}
        for part in made.table.to_dict("records"):
            row |= {
                f"{part['what']}_{p}": part[f"k_{q}"]
                for p, q in (("p5", "low"), ("p50", "middle"), ("p95", "high"))
            }
        rows.append(row | {"shrinkage": made.shrinkage})
    return pd.DataFrame(rows)

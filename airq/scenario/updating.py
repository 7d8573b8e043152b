"""The level of the response after an observed change: importance sampling over what else may have caused it.

y = −k · x − other measures + weather + error. The tonnes x, the other measures and the weather are as uncertain as they
are; the change can only say so much about k, and the shrinkage says how much.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> prior = np.exp(rng.normal(np.log(3), 1.0, 4000))
>>> seen = Observed(change=-12.0, sd=1.0, tonnes=np.full(4000, 3.0), other=np.zeros(4000), weather=np.zeros(4000))
>>> made = updated(prior, seen, seed=0)
>>> bool(abs(np.median(made.draws) - 4) < 0.2), bool(made.shrinkage > 0.8)
(True, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.scenario.priors import Array

__all__ = ["Observed", "Updated", "updated"]

_LEAST: Final = 50.0
"""Effective draws below which prior and observation are taken to contradict each other."""


@dataclass(frozen=True, eq=False)
class Observed:
    """A change of the mean that was observed, and what else may have made it.

    Attributes
    ----------
    change : float
        µg/m³; negative is cleaner. Best of a deweathered series, with ``weather`` zero.
    sd : float
        Standard error of it.
    tonnes : ndarray, (draw,)
        kt of PM2.5-equivalent cut within the period, as they reach the place, in units in which k counts.
    other : ndarray, (draw,)
        µg/m³ by which measures that are not in ``tonnes`` lowered it.
    weather : ndarray, (draw,)
        µg/m³ that the weather added.
    """

    change: float
    sd: float
    tonnes: Array
    other: Array
    weather: Array


@dataclass(frozen=True, eq=False)
class Updated:
    """Level after an observation.

    Attributes
    ----------
    draws : ndarray, (draw,)
    table : pandas.DataFrame
        One row each for the prior and the posterior: low, middle, high of k (90 %), of the effect of the measures, of the
        other measures and of the weather (µg/m³).
    shrinkage : float
        Share of the prior's standard deviation (log k) that the observation took away; 0 where it said nothing.
    effective : float
        Effective number of draws.
    index : ndarray of int, (draw,)
        Draw of the prior that each draw is.
    """

    draws: Array
    table: pd.DataFrame
    shrinkage: float
    effective: float
    index: np.ndarray


def updated(prior: Array, seen: Observed, seed: int = 0, draws: int | None = None) -> Updated:
    """Weigh the draws of k by how well each explains the change.

    Parameters
    ----------
    prior : ndarray, (draw,)
        µg/m³ per kt.
    seen : Observed
        Its arrays have a value for every draw of the prior.
    seed : int
    draws : int, optional
        Draws wanted; as many as the prior by default.

    Returns
    -------
    Updated

    Raises
    ------
    ParameterError
        If shapes differ, or the observation lies so far from the prior that hardly a draw explains it.
    MissingData
        If the change or its error is not a number.
    """
    k = np.asarray(prior, dtype=np.float64)
    if not (np.isfinite(seen.change) and np.isfinite(seen.sd) and seen.sd > 0):
        raise MissingData(
            f"a change of {seen.change} ± {seen.sd} µg/m³ tells nothing; give both, the error above 0."
        )
    parts = {n: np.asarray(getattr(seen, n), dtype=np.float64) for n in ("tonnes", "other", "weather")}
    for name, values in parts.items():
        if values.shape != k.shape:
            raise ParameterError(
                f"{name} has the shape {values.shape} and the prior {k.shape}; give one value a draw."
            )
    effect = -k * parts["tonnes"]
    expected = effect - parts["other"] + parts["weather"]
    log = -0.5 * ((seen.change - expected) / seen.sd) ** 2
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    effective = float(1 / (weight**2).sum())
    if effective < _LEAST:
        raise ParameterError(
            f"hardly a draw explains a change of {seen.change:g} µg/m³ ({effective:.0f} effective draws); "
            "take more draws, or check the tonnes and the period."
        )
    rng = np.random.default_rng([seed, 11])
    wanted = draws or len(k)
    # Systematic resampling: every draw comes as often as its weight says, to within one.
    at = np.searchsorted(np.cumsum(weight), (np.arange(wanted) + rng.random()) / wanted)
    index = rng.permutation(np.minimum(at, len(k) - 1))
    columns = {"k": k, "effect": effect, "other": -parts["other"], "weather": parts["weather"]}
    rows = [_row("prior", columns, np.arange(len(k))), _row("posterior", columns, index)]
    # By the weights themselves: a few draws of the posterior would add their own chance.
    log_k = np.log(k)
    before, after = log_k.std(), np.sqrt(weight @ (log_k - weight @ log_k) ** 2)
    shrinkage = float(1 - after / before) if before > 0 else 0.0
    return Updated(k[index], pd.DataFrame(rows), shrinkage, effective, index)


def _row(name: str, columns: dict[str, Array], index: np.ndarray) -> dict[str, object]:
    row: dict[str, object] = {"what": name}
    for key, values in columns.items():
        low, middle, high = np.quantile(values[index], (0.05, 0.5, 0.95))
        row |= {f"{key}_low": low, f"{key}_middle": middle, f"{key}_high": high}
    return row

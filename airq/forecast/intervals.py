"""Intervals from blocked out-of-fold residuals: what the forecasts missed on days their models had not seen.

Examples
--------
>>> folds(8, known=7, block=2, number=2).tolist()
[1, 1, 0, 0, 1, 1, 0, 0]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.forecast.names import LEVELS, season

__all__ = ["FOLDS", "around", "crps", "folds", "residual_quantiles"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FOLDS: Final = 6
_BLOCK: Final = 45
"""Days a block: longer than pollution remembers, short enough that every fold sees every season. Six folds leave a model 78 % of the days once the gaps are out; four leave 67 %, and models that
know so much less than the final ones make intervals too wide (measured: coverage .91 against .86 with weather)."""
_GAP: Final = 5
"""Days left out on either side of a block, that a fold's models may not know its edges."""
_LEAST_RESIDUALS: Final = 60


def folds(days: int, known: int, block: int = _BLOCK, number: int = FOLDS) -> npt.NDArray[np.int64]:
    """Fold of each day: blocks counted back from the last known day."""
    return ((known - np.arange(days)) // block) % number


def around(chosen: Mask, gap: int = _GAP) -> Mask:
    """Days within ``gap`` days of a chosen one, shape (day,).

    Examples
    --------
    >>> around(np.array([False, False, True, False]), 1).tolist()
    [False, True, True, True]
    """
    return np.asarray(np.convolve(chosen, np.ones(2 * gap + 1), mode="same") > 0.5)[: len(chosen)]


def residual_quantiles(residuals: Array, days: pd.DatetimeIndex, learn: Mask, want: Mask) -> Array:
    """Quantiles of residuals by site and season (cold, warm).

    Parameters
    ----------
    residuals : float array (site, day)
        Out of fold, NaN where there is none.
    days : pandas.DatetimeIndex (day,)
    learn, want : bool arrays (site, day)

    Returns
    -------
    float array (site, day, 19)
        NaN outside ``want``. A site with fewer than 60 residuals of a season takes those of its year, then those of
        all sites in that season, then of all sites; NaN if there is none.
    """
    levels = np.array(LEVELS)
    good = learn & np.isfinite(residuals)
    cold = season(days) == "cold"
    out = np.full((*residuals.shape, len(levels)), np.nan)
    for part in (cold, ~cold):
        common = residuals[good & part[None]]
        for s in range(len(residuals)):
            rows = want[s] & part
            if not rows.any():
                continue
            candidates = (residuals[s, good[s] & part], residuals[s, good[s]], common, residuals[good])
            enough = [c for c in candidates if c.size >= _LEAST_RESIDUALS] or [max(candidates, key=np.size)]
            if enough[0].size:
                out[s, rows] = np.quantile(enough[0], levels)
    return out


def crps(quantiles: Array, observed: Array, levels: Sequence[float] = LEVELS) -> Array:
    """Twice the mean pinball loss over the levels; NaN where the observation is.

    Parameters
    ----------
    quantiles : float array (..., level)
    observed : float array (...)
    levels : sequence of float
    """
    p = np.asarray(levels)
    short = observed[..., None] - quantiles
    return np.asarray(2 * np.mean(np.where(short >= 0, p * short, (p - 1) * short), axis=-1))

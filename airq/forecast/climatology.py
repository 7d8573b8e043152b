"""Climatology: what a day of the year is like at a site, recent years counting more.

Two forms: a smooth mean of logarithms, from which every other model forecasts the departure, and quantiles of the
observed days of the season, which are a forecast of their own.

Examples
--------
>>> angle = np.arange(730) * 2 * np.pi / 365.25
>>> wave = (3 + np.cos(angle))[None]
>>> smooth = smooth_mean(wave, angle, np.ones((1, 730), bool), known=729)
>>> bool(np.abs(smooth - wave).max() < 0.1)
True
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.forecast.names import LEVELS

__all__ = ["YEARLY_WEIGHT", "season_quantiles", "smooth_mean", "weighted_quantiles"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

YEARLY_WEIGHT: Final = 0.5
"""Weight of a year against the next [B 85%]: measured on Beijing 2013-2017 and five cities 2014-2020 (a falling level);
0.7 is as good where the level stands still."""

_SMOOTH_WEIGHT: Final = 0.6
_HARMONICS: Final = 2
_HALF_WIDTH: Final = 25
"""Days to either side of the day of year from which the quantiles are taken."""
_STEP: Final = 5
"""Days of the year that share one window."""
_LEAST_DAYS: Final = 30


def ages(days: int, known: int) -> Array:
    """Years before the last known day, 0 after it, shape (days,)."""
    return np.maximum((known - np.arange(days)) / 365.25, 0.0)


@lru_cache(maxsize=4)
def _waves(angle: bytes, harmonics: int) -> tuple[Array, Array]:
    """Waves of the year (day, wave) and their products, which every column of a panel shares."""
    at = np.frombuffer(angle, dtype=np.float64)
    waves = np.stack(
        [np.ones_like(at)] + [f(k * at) for k in range(1, harmonics + 1) for f in (np.cos, np.sin)], -1
    )
    return waves, (waves[:, :, None] * waves[:, None, :]).reshape(len(at), -1)


def smooth_mean(values: Array, angle: Array, use: Mask, known: int, harmonics: int = _HARMONICS) -> Array:
    """Smooth yearly course of a column, by site.

    Parameters
    ----------
    values : float array (site, day)
        On the scale of learning; NaN where missing.
    angle : float array (day,)
        Time of year in radians.
    use : bool array (site, day)
        Days that may be learned from.
    known : int
        Position of the last known day, from which ages count.
    harmonics : int
        Waves a year.

    Returns
    -------
    float array (site, day)
        Also for days outside ``use``. The mean of what there is for a site with fewer than 30 days; the mean of the
        other sites without any; 0 if nothing is known.
    """
    waves, products = _waves(angle.tobytes(), harmonics)
    weight = _SMOOTH_WEIGHT ** ages(len(angle), known)
    good = use & np.isfinite(values)
    w = np.where(good, weight, 0.0)
    y = np.where(good, values, 0.0)
    level = np.divide((w * y).sum(1), w.sum(1), out=np.full(len(values), np.nan), where=w.sum(1) > 0)
    total = w.sum()
    level = np.where(np.isfinite(level), level, (w * y).sum() / total if total > 0 else 0.0)
    k = waves.shape[1]
    gram = (w @ products).reshape(-1, k, k)
    right = (w * (y - level[:, None])) @ waves
    penalty = np.eye(k)  # one day's weight against a wave that too few days show
    penalty[0, 0] = 1e-6
    course = np.linalg.solve(gram + penalty, right[..., None])[..., 0] @ waves.T
    enough = good.sum(1) >= _LEAST_DAYS
    return np.asarray(level[:, None] + np.where(enough[:, None], course, 0.0))


def weighted_quantiles(values: Array, weights: Array, levels: Array) -> Array:
    """Quantiles of a weighted sample, linear between the middles of the weights.

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.ones(3), np.array([0.5])).tolist()
    [2.0]
    """
    order = np.lexsort((weights, values))  # weights decide among equal values, not the order of rows
    heap = np.cumsum(weights[order])
    return np.interp(levels, (heap - 0.5 * weights[order]) / heap[-1], values[order])


def season_quantiles(values: Array, days: pd.DatetimeIndex, use: Mask, known: int, wanted: Mask) -> Array:
    """Quantiles of the days of the season, by site: the forecast called climatology.

    Parameters
    ----------
    values : float array (site, day)
        The target in its unit, or any scale.
    days : pandas.DatetimeIndex (day,)
    use : bool array (site, day)
        Days that may be learned from.
    known : int
        Position of the last known day.
    wanted : bool array (site, day)

    Returns
    -------
    float array (site, day, 19)
        NaN outside ``wanted`` and for a site without any observation. The window around the day of the year widens
        until it holds 30 days; all days are taken if there are fewer.
    """
    levels = np.array(LEVELS)
    weight = YEARLY_WEIGHT ** ages(len(days), known)
    of_year = np.asarray(days.day_of_year)
    steps = of_year // _STEP
    out = np.full((*values.shape, len(levels)), np.nan)
    for s in range(len(values)):
        good = np.flatnonzero(use[s] & np.isfinite(values[s]))
        if not good.size:
            continue
        y, w, at = values[s, good], weight[good], of_year[good]
        for step in np.unique(steps[wanted[s]]):
            day = step * _STEP + _STEP // 2
            apart = np.abs(at - day)
            apart = np.minimum(apart, 366 - apart)
            for width in (_HALF_WIDTH, 45, 90, 400):
                near = apart <= width
                if near.sum() >= _LEAST_DAYS:
                    break
            out[s, wanted[s] & (steps == step)] = weighted_quantiles(y[near], w[near], levels)
    return out

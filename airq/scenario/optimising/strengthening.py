"""Rows of draws made tighter, so that the chance constraint is solved in seconds.

With p of the draws to be reached, every choice of as many draws as may fail and one more holds a draw that is reached.
Take for draw i, among all draws j, the least effect in draw i of a set that reaches the target in draw j; of these
minima the one that so many others exceed bounds the effect in draw i of every set that is allowed (the quantile
inequality of Luedtke, Ahmed and Nemhauser, Math. Program. 122, 247–272, 2010). The minima are fractional knapsacks.
"""

from __future__ import annotations

import numpy as np

from airq.scenario.optimising.problem import Array

__all__ = ["quantile_bounds"]


def quantile_bounds(own: Array, effects: Array, target: float, failing: int) -> Array:
    """Least effect in each draw of any set that reaches the target in all draws but ``failing``.

    Parameters
    ----------
    own : ndarray, (row, measure)
        Effects for which a bound is wanted, at least what each measure brings beside any other.
    effects : ndarray, (draw, measure)
        All draws; at most what each measure brings.
    target : float
        µg/m³.
    failing : int
        Draws that may fail, fewer than the draws.

    Returns
    -------
    ndarray, (row,)
        Not below the sum of the negative effects.

    Examples
    --------
    >>> quantile_bounds(np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([[1.0, 1.0], [2.0, 2.0]]), 2.0, 0)
    array([2., 4.])
    >>> quantile_bounds(np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([[1.0, 1.0], [2.0, 2.0]]), 2.0, 1)
    array([1., 2.])
    """
    helpful = np.maximum(effects, 0)
    return np.array([_bound(row, helpful, target, failing) for row in own])


def _bound(row: Array, helpful: Array, target: float, failing: int) -> float:
    free = row <= 0  # taken in any case where the least is looked for
    start = float(row[free].sum())
    left = np.maximum(target - helpful[:, free].sum(axis=1), 0)
    price, gain = row[~free], helpful[:, ~free]
    with np.errstate(divide="ignore"):
        ratio = np.where(gain > 0, price / np.where(gain > 0, gain, 1.0), np.inf)
    order = np.argsort(ratio, axis=1)
    gains = np.take_along_axis(gain, order, axis=1)
    reached = np.cumsum(gains, axis=1)
    before = reached - gains
    part = np.where(gains > 0, np.clip((left[:, None] - before) / np.where(gains > 0, gains, 1.0), 0, 1), 0)
    least = start + (part * price[order]).sum(axis=1)
    total = reached[:, -1] if gains.shape[1] else np.zeros(len(left))
    least = np.where(left > total + 1e-12, np.inf, least)
    bound = float(np.sort(least)[::-1][failing])
    return bound if np.isfinite(bound) else start

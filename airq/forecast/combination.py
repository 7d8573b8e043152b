"""The combination: quantiles from the forecasts of several models, learned on days those models had not seen.

Quantile regression of the out-of-fold rows on the models' departures (quantile regression averaging, Nowotarski &
Weron 2015, doi:10.1007/s00180-014-0523-0) stacks the models, shrinks them as far as their skill at the lead goes, and
gives the spread its dependence on season and level, in one step. It is done twice: beside waves of the year, and beside
the quantiles of climatology; the forecast is the mean of both. All sites come first; each site's coefficients are then
shrunk towards the common ones. Last, the share of climatology that scores best on the half of the days that the
regression had not seen either is mixed in; a lead without skill is climatology.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from airq.forecast import quantile_regression
from airq.forecast.intervals import FOLDS, crps
from airq.forecast.names import LEVELS
from airq.forecast.panel import inverse, transform

__all__ = ["Stack", "combine", "share_of_skill"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_PENALTY: Final = 3e-3
_SITE_PENALTY: Final = 2e-2
_CONSTANT_PENALTY: Final = 3e-4
_CLIMATE_PENALTY: Final = 3e-2
"""Penalties a row of the quantile regressions [B 85%]: measured on Beijing 2015-2017 and five cities 2017-2019."""
_LEAST_ROWS: Final = 200
_MOST_ROWS: Final = 4000
"""Rows from which the common coefficients come, for time."""
_LEVEL_WEIGHT: Final = 0.7
"""Rows count by this power of the forecast concentration, as the score is in concentrations."""
_YEARLY_WEIGHT: Final = 0.7
_WAVES: Final = 2
_SITE_ROUNDS: Final = 8
_ROUNDS: Final = 12
_SHARES: Final = tuple(round(0.1 * i, 1) for i in range(11))
_PICK: Final = np.array([0, 1, 3, 5, 7, 9, 11, 13, 15, 17, 18])
"""Positions of the levels that are regressed (.05, .1, .2 ... .9, .95); the others follow from them, for time."""
_FITTED: Final = tuple(LEVELS[i] for i in _PICK)
_SCORES: Final = ndtri(np.array(LEVELS))


@dataclass(frozen=True)
class Stack:
    """What the combination is learned from and made of, at one lead.

    Attributes
    ----------
    target : str
    observed : float array (site, day)
        In the unit of the target.
    seen, final : sequences of float arrays (site, day)
        Departures forecast by each model: out of fold where ``learn``, by the final models where ``want``.
    seen_course, final_course : float arrays (site, day)
        Season from which they depart.
    seen_climate, final_climate : float arrays (site, day, 19)
        Climatology in the unit of the target, out of fold and final.
    angle, age : float arrays (day,)
        Time of year in radians; years before the last day of learning.
    fold : int array (day,)
    learn, want : bool arrays (site, day)
    """

    target: str
    observed: Array
    seen: Sequence[Array]
    final: Sequence[Array]
    seen_course: Array
    final_course: Array
    seen_climate: Array
    final_climate: Array
    angle: Array
    age: Array
    fold: npt.NDArray[np.int64]
    learn: Mask
    want: Mask

    def halves(self) -> list[Stack]:
        """For each half of the folds, the stack that learns from it and is wanted on the other half."""
        out = []
        for half in (np.arange(FOLDS // 2), np.arange(FOLDS // 2, FOLDS)):
            inside = np.isin(self.fold, half)[None]
            out.append(
                replace(
                    self,
                    final=self.seen,
                    final_course=self.seen_course,
                    final_climate=self.seen_climate,
                    learn=self.learn & inside,
                    want=self.learn & ~inside,
                )
            )
        return out


def combine(stack: Stack, by_site: bool = True) -> Array:
    """Quantiles where they are wanted.

    Parameters
    ----------
    stack : Stack
    by_site : bool
        Whether sites get coefficients of their own.

    Returns
    -------
    float array (site, day, level)
        In the unit of the target, not decreasing along the last axis, NaN outside ``stack.want``.
    """
    both = [_regressed(stack, by_site, climate) for climate in (False, True)]
    return inverse(stack.target, _all_levels(transform(stack.target, (both[0] + both[1]) / 2)))


def _all_levels(fitted: Array) -> Array:
    """All quantiles from those regressed, linear between them against the quantiles of the normal distribution."""
    held = _SCORES[_PICK]
    low = np.clip(np.searchsorted(held, _SCORES, side="right") - 1, 0, len(held) - 2)
    share = (_SCORES - held[low]) / (held[low + 1] - held[low])
    return np.asarray(fitted[..., low] * (1 - share) + fitted[..., low + 1] * share)


def _regressed(stack: Stack, by_site: bool, climate: bool) -> Array:
    """Quantiles of the levels that are regressed, shape (site, day, level)."""
    levels = _FITTED
    y = transform(stack.target, stack.observed)
    out = np.full((*y.shape, len(levels)), np.nan)
    use = stack.learn & np.isfinite(y) & np.isfinite(stack.seen_climate[..., 0])
    use &= np.logical_and.reduce([np.isfinite(s) for s in stack.seen])
    if not use.any():
        return out
    forecast = stack.seen_course + np.mean(stack.seen, axis=0)
    weight = np.exp(_LEVEL_WEIGHT * np.minimum(forecast, y[use].max())) * _YEARLY_WEIGHT ** stack.age[None, :]
    aim = y - stack.seen_course
    own = (
        (transform(stack.target, stack.seen_climate[use][:, _PICK]) - stack.seen_course[use][:, None])
        if climate
        else None
    )
    width = 1 + len(stack.seen) + (1 if climate else 2 * _WAVES)
    if climate:  # towards climatology itself
        towards: Array | None = np.tile(np.r_[np.zeros(width - 1), 1.0], (len(levels), 1))
        penalty: float | Array = np.r_[_CONSTANT_PENALTY, np.full(width - 2, _PENALTY), _CLIMATE_PENALTY]
    else:
        towards, penalty = None, _PENALTY
    x = _design(stack, stack.seen, use, waves=not climate)
    few = slice(None, None, int(use.sum()) // _MOST_ROWS + 1)  # every n-th row: all sites, all seasons
    given = None if own is None else own[few]
    common = quantile_regression.fit(
        x[few], aim[use][few], weight[use][few], levels, penalty, towards, given, _ROUNDS
    )
    site_of = np.broadcast_to(np.arange(len(y))[:, None], y.shape)
    wanted = stack.want & np.isfinite(stack.final_climate[..., 0])
    table = _design(stack, stack.final, wanted, waves=not climate)
    course = stack.final_course[wanted][:, None]
    base = transform(stack.target, stack.final_climate[wanted][:, _PICK]) - course if climate else None
    made = np.full((len(course), len(levels)), np.nan)
    for s in np.unique(site_of[wanted]):
        rows, mine = site_of[use] == s, site_of[wanted] == s
        b = common
        if by_site and len(y) > 1 and rows.sum() >= _LEAST_ROWS:
            given = None if own is None else own[rows]
            b = quantile_regression.fit(
                x[rows], aim[use][rows], weight[use][rows], levels, _SITE_PENALTY, common, given, _SITE_ROUNDS
            )
        part = table[mine] @ b[:, : x.shape[1]].T
        made[mine] = part if base is None else part + base[mine] * b[:, -1]
    out[wanted] = inverse(stack.target, np.sort(made + course, axis=-1))
    return out


def _design(stack: Stack, parts: Sequence[Array], rows: Mask, waves: bool) -> Array:
    columns = [np.ones(int(rows.sum())), *(p[rows] for p in parts)]
    if waves:
        for k in range(1, _WAVES + 1):
            columns += [np.broadcast_to(f(k * stack.angle), rows.shape)[rows] for f in (np.cos, np.sin)]
    return np.stack(columns, axis=-1)


def share_of_skill(stack: Stack) -> float:
    """Share of the combination against climatology that scores best on days that neither had seen.

    Parameters
    ----------
    stack : Stack

    Returns
    -------
    float
        0 to 1 in steps of a tenth; 0 where the combination has no skill over climatology, alone or mixed.
    """
    scores = []
    for half in stack.halves():
        made = combine(half, by_site=False)
        rows = half.want & np.isfinite(made[..., 0]) & np.isfinite(stack.observed)
        if rows.any():
            q, c, y = made[rows], stack.seen_climate[rows], stack.observed[rows]
            scores.append([crps(a * q + (1 - a) * c, y).sum() for a in _SHARES])
    return float(_SHARES[int(np.argmin(np.sum(scores, axis=0)))]) if scores else 0.0

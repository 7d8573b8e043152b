"""How the air answers to a cut of some days: the box of a basin, followed step by step.

In the box C(t+1) = C* + (C − C*)·exp(−λ) with C* − background in proportion to the emission. Emit a step's amount q and
dilute: the share of old air in the new is d/(d + q), whatever the dilution, so the reduction of a day follows from the
concentration of the day before and q alone; a windy day forgets, a stagnant one remembers. With d at the level that q
and λ balance at, the share is exp(−λ), as in the formula.

Examples
--------
>>> steady = np.full(60, 100.0)
>>> cut = np.r_[np.zeros(10), np.ones(50)]
>>> found = relief(steady, cut, emitted(100.0, 24.0 / 33.0))
>>> found[[9, 10, 11]].round(3).tolist(), round(float(1 - np.exp(-24 / 33)), 3)
([0.0, 0.517, 0.766], 0.517)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from airq.scenario.priors import Array

__all__ = ["by_day", "emitted", "relief"]

_STEPS = 4
"""Steps of a day."""


def emitted(level: npt.ArrayLike, decay: npt.ArrayLike) -> Array:
    """What a step adds, in units of concentration, so that air of a residence time balances at a level.

    Parameters
    ----------
    level : array_like
        Balanced concentration above background, µg/m³.
    decay : array_like
        λ: length of a step over the residence time.
    """
    return np.asarray(np.asarray(level, dtype=np.float64) * np.expm1(np.asarray(decay, dtype=np.float64)))


def relief(excess: Array, cut: Array, added: npt.ArrayLike) -> Array:
    """Share of the concentration above background that a cut takes away at each step.

    Parameters
    ----------
    excess : ndarray, (..., step)
        Concentration above background without the cut, µg/m³; below 0 and NaN count as 0.
    cut : ndarray, (step,) or (..., step)
        Share of the emission that is cut during each step.
    added : array_like, (...)
        From :func:`emitted`; broadcast against the leading axes of ``excess``.

    Returns
    -------
    ndarray, (..., step)
        0 to the largest cut; linear in ``cut``.
    """
    over = np.nan_to_num(np.maximum(excess, 0.0))
    before = np.concatenate([over[..., :1], over[..., :-1]], axis=-1)
    whole = before + np.asarray(added, dtype=np.float64)[..., None]
    old = np.divide(before, whole, out=np.zeros_like(whole), where=whole > 0)
    shape = np.broadcast_shapes(old.shape, np.shape(cut))
    # Steps first, so that each is one block of memory.
    old = np.ascontiguousarray(np.moveaxis(np.broadcast_to(old, shape), -1, 0))
    out = (1 - old) * np.moveaxis(np.broadcast_to(np.asarray(cut, dtype=np.float64), shape), -1, 0)
    for step in range(1, shape[-1]):
        out[step] += old[step] * out[step - 1]
    return np.moveaxis(out, 0, -1)


def by_day(daily: Array, cut: Array, level: npt.ArrayLike, residence: npt.ArrayLike) -> Array:
    """Relief of daily means, followed in steps of six hours.

    Parameters
    ----------
    daily : ndarray, (..., day)
        Daily means above background, µg/m³.
    cut : ndarray, (day,) or (..., day)
    level : array_like, (...)
        Level above background that emission and residence balance at, µg/m³.
    residence : array_like, (...)
        Hours.

    Returns
    -------
    ndarray, (..., day)

    Examples
    --------
    >>> by_day(np.full(8, 100.0), np.r_[0, 0, np.ones(6)], 100.0, 33.0).round(2).tolist()
    [0.0, 0.0, 0.35, 0.69, 0.85, 0.93, 0.96, 0.98]
    """
    over = np.nan_to_num(np.maximum(daily, 0.0))
    days = over.shape[-1]
    # Means stand at noon; between them, and before the first and after the last, straight lines and level ones.
    at = np.clip((np.arange(days * _STEPS) + 0.5) / _STEPS - 0.5, 0, days - 1)
    left = np.minimum(at.astype(int), max(days - 2, 0))
    share = at - left
    fine = over[..., left] * (1 - share) + over[..., np.minimum(left + 1, days - 1)] * share
    steps = np.repeat(np.asarray(cut, dtype=np.float64), _STEPS, axis=-1)
    found = relief(fine, steps, emitted(level, 24 / _STEPS / np.asarray(residence, dtype=np.float64)))
    weight = np.broadcast_to(fine, found.shape).reshape(*found.shape[:-1], days, _STEPS)
    parts = found.reshape(weight.shape)
    total = weight.sum(axis=-1)
    return np.asarray(np.where(total > 0, (parts * weight).sum(axis=-1) / np.where(total > 0, total, 1.0), parts.mean(axis=-1)))  # fmt: skip

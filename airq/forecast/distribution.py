"""The distribution behind a row of quantiles: probability of a value, value of a probability.

Between the quantiles the distribution function is a straight line. Beyond the outermost ones it has normal tails on
the scale of logarithms, through the two outermost quantiles (on the plain scale where the median is 0); a tail is at
most twice as wide as the body of the distribution asks for.

Examples
--------
>>> q = np.linspace(10, 190, 19)[None]
>>> exceedance(q, 100.0).round(3).tolist(), values(q, [0.25, 0.5]).tolist()
([0.5], [[50.0, 100.0]])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from airq.errors import ParameterError
from airq.forecast.names import LEVELS, QUANTILES

__all__ = ["cdf", "checked", "exceedance", "values"]

Array = npt.NDArray[np.float64]

_LEVELS = np.array(LEVELS)
_Z = ndtri(_LEVELS)
_MIDDLE = len(LEVELS) // 2
_WIDEST = 2.0
_LARGEST = 1e6


def checked(quantiles: npt.ArrayLike, where: str = "row") -> Array:
    """Quantiles as a matrix; refuses what cannot be quantiles of a concentration or index.

    Parameters
    ----------
    quantiles : array_like, shape (rows, 19)
        NaN rows are missing forecasts.
    where : str
        What a row is called in the refusal.

    Returns
    -------
    float64 array, shape (rows, 19)
        A row with any NaN is all NaN.

    Raises
    ------
    ParameterError
        If quantiles of a row decrease, are negative or infinite.

    Examples
    --------
    >>> checked(np.ones((2, 19))).shape
    (2, 19)
    """
    try:
        q = np.array(quantiles, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            "the quantiles hold something that is no number; give numbers or NaN."
        ) from error
    if q.ndim != 2 or q.shape[1] != len(LEVELS):
        raise ParameterError(
            f"quantiles have shape {q.shape}; give one column for each of {len(LEVELS)} levels."
        )
    missing = np.isnan(q).any(axis=1)
    q[missing] = np.nan
    if (bad := np.flatnonzero(~missing & (np.isinf(q) | (q < -1e-9)).any(axis=1))).size:
        raise ParameterError(f"{where} {bad[0]}: a quantile is negative or infinite; give values from 0 on.")
    step = np.diff(q, axis=1)
    crossed = step < -1e-9 * (1.0 + np.abs(q[:, 1:]))
    if crossed.any():
        row, column = (int(i[0]) for i in np.nonzero(crossed))
        raise ParameterError(
            f"{where} {row}: quantiles cross, {QUANTILES[column]} = {q[row, column]:g} is above "
            f"{QUANTILES[column + 1]} = {q[row, column + 1]:g}; sort the quantiles of each row."
        )
    return np.asarray(np.maximum.accumulate(np.maximum(q, 0.0), axis=1))


@dataclass(frozen=True)
class _Tails:
    """Width of the tails: of the logarithm where ``log``, else of the value itself."""

    log: npt.NDArray[np.bool_]
    upper: Array
    lower: Array

    @classmethod
    def of(cls, q: Array) -> _Tails:
        log = q[:, _MIDDLE] > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(log[:, None], np.log(np.maximum(q, 1e-300)), q)
            upper = (scale[:, -1] - scale[:, -2]) / (_Z[-1] - _Z[-2])
            body = (scale[:, -1] - scale[:, _MIDDLE]) / _Z[-1]
            lower = (scale[:, 1] - scale[:, 0]) / (_Z[1] - _Z[0])
            below = (scale[:, _MIDDLE] - scale[:, 0]) / -_Z[0]
        return cls(log, np.minimum(upper, _WIDEST * body), np.minimum(lower, _WIDEST * below))


def cdf(quantiles: Array, at: npt.ArrayLike) -> Array:
    """Probability of a value not above ``at``.

    Parameters
    ----------
    quantiles : array, shape (rows, 19)
        As :func:`checked` gives them.
    at : float or array, shape (rows,)

    Returns
    -------
    float64 array, shape (rows,)
        NaN where the forecast or ``at`` is missing.

    Examples
    --------
    >>> cdf(np.linspace(10, 190, 19)[None], 55.0).round(3).tolist()
    [0.275]
    """
    q = quantiles
    x = np.broadcast_to(np.asarray(at, dtype=np.float64), (len(q),))
    rows = np.arange(len(q))
    below = (q <= x[:, None]).sum(axis=1)
    k = np.clip(below, 1, len(LEVELS) - 1)
    left, right = q[rows, k - 1], q[rows, k]
    tails = _Tails.of(q)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(right > left, (x - left) / (right - left), 0.0)
        out = _LEVELS[k - 1] + share * (_LEVELS[k] - _LEVELS[k - 1])
        high = _distance(x, q[:, -1], tails.log) / tails.upper
        low = _distance(x, q[:, 0], tails.log) / tails.lower
        out = np.where(below == len(LEVELS), np.where(tails.upper > 0, ndtr(_Z[-1] + high), 1.0), out)
        out = np.where(below == 0, np.where(tails.lower > 0, ndtr(_Z[0] + low), 0.0), out)
    out = np.where(x < 0, 0.0, out)
    return np.where(np.isnan(q[:, 0]) | np.isnan(x), np.nan, out)


def _distance(x: Array, end: Array, log: npt.NDArray[np.bool_]) -> Array:
    return np.where(log, np.log(np.maximum(x, 1e-300)) - np.log(np.maximum(end, 1e-300)), x - end)


def exceedance(quantiles: Array, threshold: npt.ArrayLike) -> Array:
    """Probability of a value above a threshold.

    Parameters
    ----------
    quantiles : array, shape (rows, 19)
    threshold : float or array, shape (rows,)

    Returns
    -------
    float64 array, shape (rows,)

    Examples
    --------
    >>> exceedance(np.full((1, 19), 80.0), 75.0).tolist(), exceedance(np.full((1, 19), 75.0), 75.0).tolist()
    ([1.0], [0.0])
    """
    return np.asarray(1.0 - cdf(quantiles, threshold))


def values(quantiles: Array, levels: npt.ArrayLike) -> Array:
    """Values at probabilities, the inverse of :func:`cdf`.

    Parameters
    ----------
    quantiles : array, shape (rows, 19)
    levels : array, shape (n,)
        Strictly between 0 and 1.

    Returns
    -------
    float64 array, shape (rows, n)

    Examples
    --------
    >>> values(np.linspace(10, 190, 19)[None], [0.05, 0.5]).tolist()
    [[10.0, 100.0]]
    """
    q, u = quantiles, np.asarray(levels, dtype=np.float64)
    k = np.clip(np.searchsorted(_LEVELS, u, side="right"), 1, len(LEVELS) - 1)
    share = np.clip((u - _LEVELS[k - 1]) / (_LEVELS[k] - _LEVELS[k - 1]), 0.0, 1.0)
    out = q[:, k - 1] + share * (q[:, k] - q[:, k - 1])
    tails = _Tails.of(q)
    for end, beyond, width in ((-1, u > _LEVELS[-1], tails.upper), (0, u < _LEVELS[0], tails.lower)):
        if beyond.any():
            step = width[:, None] * (ndtri(u[beyond]) - _Z[end])
            base = q[:, end][:, None]
            grown = np.where(tails.log[:, None], base * np.exp(np.clip(step, -50.0, 50.0)), base + step)
            out[:, beyond] = np.clip(grown, 0.0, np.maximum(_LARGEST, base))
    return np.asarray(out)

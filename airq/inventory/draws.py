"""Random draws that belong to a name: the same whoever asks, and untouched by what else is asked.

The seed of a draw is made of the caller's seed and the name (a factor's id), so rows that share a factor share its
draws, and a new factor changes no other one's.

Examples
--------
>>> a = draw("stove-raw-pm25", 3, seed=0, value=6.5, gsd=1.7)
>>> b = draw("stove-raw-pm25", 3, seed=0, value=13.0, gsd=1.7)
>>> bool(np.allclose(b, 2 * a))
True
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from airq.errors import ParameterError

__all__ = ["draw", "standard_normal"]

Array = NDArray[np.float64]


def standard_normal(key: str, n: int, seed: int) -> Array:
    """Standard normal draws of a name.

    Parameters
    ----------
    key : str
        Name the draws belong to.
    n : int
        Number of draws.
    seed : int
        Not negative.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``; the first draws of a longer request are those of a shorter one.

    Raises
    ------
    ParameterError
        If ``n`` is below one or ``seed`` below zero.

    Examples
    --------
    >>> bool((standard_normal("a", 5, 0)[:3] == standard_normal("a", 3, 0)).all())
    True
    """
    if n < 1:
        raise ParameterError(f"draws {n} is not a number of draws; ask for at least 1.")
    if seed < 0:
        raise ParameterError(f"seed {seed} is negative; give 0 or more.")
    digest = hashlib.sha256(key.encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words]))).standard_normal(n)


def draw(
    key: str,
    n: int,
    seed: int = 0,
    *,
    value: float,
    distribution: str = "lognormal",
    gsd: float = 1.0,
    low: float | None = None,
    high: float | None = None,
) -> Array:
    """Draws of a quantity.

    Parameters
    ----------
    key, n, seed
        As :func:`standard_normal`.
    value : float
        Median of a lognormal, mode of a triangular, or the fixed value.
    distribution : {"lognormal", "triangular", "fixed"}
    gsd : float
        Geometric standard deviation of a lognormal.
    low, high : float, optional
        Ends of a triangular.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``.

    Raises
    ------
    ParameterError
        If the distribution is not known or a triangular has no ends around its mode.

    Examples
    --------
    >>> x = draw("x", 20000, value=4.5, distribution="triangular", low=2.5, high=6.5)
    >>> round(float(x.mean()), 1), bool(x.min() >= 2.5), bool(x.max() <= 6.5)
    (4.5, True, True)
    """
    if distribution == "fixed":
        if n < 1:
            raise ParameterError(f"draws {n} is not a number of draws; ask for at least 1.")
        return np.full(n, float(value))
    z = standard_normal(key, n, seed)
    if distribution == "lognormal":
        return value * np.exp(np.log(gsd) * z)
    if distribution != "triangular":
        raise ParameterError(
            f"distribution '{distribution}' is not known; use lognormal, triangular or fixed."
        )
    if low is None or high is None or not low <= value <= high:
        raise ParameterError(f"'{key}': a triangular needs low <= value <= high; give both ends.")
    if low == high:
        return np.full(n, float(value))
    from scipy.special import ndtr

    u = ndtr(z)  # draws that share a name stay in step whatever their distributions
    left = (value - low) / (high - low)
    rising = low + np.sqrt(u * (high - low) * (value - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - value))
    return np.where(u < left, rising, falling)

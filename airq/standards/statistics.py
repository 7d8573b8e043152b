"""Exact means and percentiles of daily values over a period, many sites at once.

Examples
--------
>>> import numpy as np
>>> from airq.standards.rounding import Ratio
>>> values = Ratio(np.array([[3, 4, 8, 2, 5, 4]]), 1, np.ones((1, 6), bool))
>>> float(percentile(values, 90)[0]), float(mean(values)[0])
(6.5, 4.333333333333333)
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Final

import numpy as np

from airq.standards.rounding import Ratio, scaled

__all__ = ["common", "mean", "percentile"]

_SAFE: Final = 2**62


def common(ratio: Ratio, room: int = 1) -> Ratio:
    """Same values over one denominator, as int64 if ``room`` times the largest still fits, else Python integers.

    Parameters
    ----------
    ratio : Ratio
    room : int
        Factor that later sums and products need.
    """
    denominator = ratio.denominator
    numerator = ratio.numerator
    if isinstance(denominator, np.ndarray):
        parts = np.unique(denominator[ratio.valid]) if ratio.valid.any() else np.array([1])
        shared = lcm(*(int(d) for d in parts))
        # Where a value is missing its denominator need not divide; its numerator is zero.
        factor = shared // np.where(ratio.valid, denominator, shared).astype(
            object if shared >= _SAFE else np.int64
        )
        numerator = scaled(np.where(ratio.valid, numerator, 0), factor)
        denominator = shared
    else:
        numerator = np.where(ratio.valid, numerator, 0)
    if numerator.dtype != object and int(np.abs(numerator).max(initial=0)) * room >= _SAFE:
        numerator = numerator.astype(object)
    return Ratio(numerator, int(denominator), ratio.valid)


def mean(ratio: Ratio) -> list[Fraction | None]:
    """Arithmetic mean along the last axis of valid values, exact; None without any.

    Parameters
    ----------
    ratio : Ratio
        Shape (site, day).
    """
    one = common(ratio, max(ratio.shape[-1], 1))
    total, number = one.numerator.sum(axis=-1), one.valid.sum(axis=-1)
    return [
        Fraction(int(t), int(n) * int(one.denominator)) if n else None
        for t, n in zip(total, number, strict=True)
    ]


def percentile(ratio: Ratio, percent: int) -> list[Fraction | None]:
    """Percentile along the last axis of valid values, exact; None without any.

    k = 1 + (n - 1) p; s = whole part of k; m = X(s) + (X(s+1) - X(s)) (k - s) over the values in rising order
    (HJ 663).

    Parameters
    ----------
    ratio : Ratio
        Shape (site, day).
    percent : int
        0 to 100.
    """
    one = common(ratio, 200)
    number = one.valid.sum(axis=-1)
    # Missing values sort behind every valid one.
    order = np.sort(np.where(one.valid, one.numerator, one.numerator.max(initial=0) + 1), axis=-1)
    rank, rest = np.divmod(np.maximum(number - 1, 0) * percent, 100)
    site = np.arange(len(number))
    low = order[site, rank]
    high = order[site, np.minimum(rank + 1, np.maximum(number - 1, 0))]
    top = low * 100 + (high - low) * rest
    return [
        Fraction(int(t), 100 * int(one.denominator)) if n else None for t, n in zip(top, number, strict=True)
    ]

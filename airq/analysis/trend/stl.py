"""Seasonal-trend decomposition by loess, in the variant of R's ``stl``.

Cleveland, Cleveland, McRae & Terpenning (1990, *J. Official Statistics* 6, 3-73). ``statsmodels`` has the corrected
median in the robustness weights; the Fortran behind R asks Chambers' partial sort (CACM Algorithm 410) for two places
in falling order, which it is not made for, so that for an even number of values the "median" may be a neighbour of it.
Trends in the literature come from R, so this is the default here; ``exact_median`` corrects it. The difference of a
slope is some tenths of a percent.

Examples
--------
>>> t = np.arange(48.0)
>>> parts = stl(10 + 0.1 * t + 3 * np.sin(2 * np.pi * t / 12))
>>> bool(abs(parts.trend - 10 - 0.1 * t).max() < 0.05)
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Loess", "Parts", "partial_sort", "stl"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Parts:
    """Season, trend and rest of a series; they add up to it."""

    season: Array
    trend: Array
    rest: Array


def _odd(x: float) -> int:
    n = round(x)
    return n + 1 if n % 2 == 0 else n


class Loess:
    """Local regression of n equidistant values at fixed places: tricube weights in a window, degree 0 or 1.

    Parameters
    ----------
    n : int
    window : int
        Odd; wider than the series widens the weights.
    degree : {0, 1}
    jump : int
        Fit at every ``jump``-th place and the last, straight lines between.
    beyond : bool
        Also at one place before the first and one after the last.
    """

    def __init__(self, n: int, window: int, degree: int = 1, jump: int = 1, beyond: bool = False) -> None:
        self.n, self.degree = n, degree
        self.inner = np.unique(np.append(np.arange(0, n, min(max(jump, 1), max(n - 1, 1))), n - 1))
        places = np.concatenate([[-1], self.inner, [n]]) if beyond else self.inner
        self.beyond = beyond
        self.places = places.astype(np.float64)
        self.weights = np.stack([self._weights(float(x), window) for x in self.places])

    def _weights(self, x: float, window: int) -> Array:
        n = self.n
        if window >= n:
            left, right = 0, n - 1
        else:
            left = int(min(max(x - (window - 1) // 2, 0), n - window))
            right = left + window - 1
        if x > n - 1 or x < 0:  # ends beyond the series use the nearest window
            left, right = (max(0, n - window), n - 1) if x > 0 else (0, min(window, n) - 1)
        reach = max(x - left, right - x) + ((window - n) // 2 if window > n else 0)
        at = np.arange(n, dtype=np.float64)
        r = np.abs(at - x)
        out = np.where(r <= 0.001 * reach, 1.0, (1 - np.minimum(r / reach, 1.0) ** 3) ** 3 if reach else 1.0)
        return np.where((at >= left) & (at <= right) & (r <= 0.999 * reach), out, 0.0)

    def __call__(self, values: Array, robust: Array | None = None) -> Array:
        """Smoothed values, shape (n,), or (n + 2,) with ``beyond``."""
        n = self.n
        if n < 2:
            fitted = np.repeat(values, 3) if self.beyond else values.copy()
            return np.asarray(fitted, dtype=np.float64)
        w = self.weights if robust is None else self.weights * robust
        total = w.sum(axis=1, keepdims=True)
        empty = total[:, 0] <= 0
        w = w / np.where(total > 0, total, 1.0)
        if self.degree:
            at = np.arange(n, dtype=np.float64)
            middle = w @ at
            off = at - middle[:, None]
            spread = (w * off**2).sum(axis=1)
            tilt = np.where(
                np.sqrt(spread) > 0.001 * (n - 1),
                (self.places - middle) / np.where(spread > 0, spread, 1.0),
                0.0,
            )
            w = w * (1 + tilt[:, None] * off)
        at_places = w @ values
        # Where robustness leaves no weight the value itself stands, as in the original.
        core = slice(1, -1) if self.beyond else slice(None)
        own = at_places[core].copy()
        own[empty[core]] = values[self.inner[empty[core]]]
        whole = np.interp(np.arange(n), self.inner, own)
        if not self.beyond:
            return whole
        before = whole[0] if empty[0] else at_places[0]
        after = whole[-1] if empty[-1] else at_places[-1]
        return np.concatenate([[before], whole, [after]])


def _running(x: Array, k: int) -> Array:
    return np.convolve(x, np.full(k, 1.0 / k), mode="valid")


def _split(a: list[float], first: int, last: int) -> tuple[int, int]:
    """Part a[first..last] about the median of its ends and middle; ends of the lower and start of the upper part."""
    middle = (first + last) // 2
    if a[first] > a[middle]:
        a[first], a[middle] = a[middle], a[first]
    if a[last] < a[middle]:
        a[last], a[middle] = a[middle], a[last]
        if a[first] > a[middle]:
            a[first], a[middle] = a[middle], a[first]
    pivot, up, down = a[middle], first, last
    while True:
        down -= 1
        while a[down] > pivot:
            down -= 1
        up += 1
        while a[up] < pivot:
            up += 1
        if up > down:
            return down, up
        a[up], a[down] = a[down], a[up]


def partial_sort(values: Array, places: tuple[int, ...]) -> list[float]:
    """Values in an order in which the asked places (from 0) hold what they would hold if sorted.

    Chambers (1971, CACM Algorithm 410), which wants the places in rising order. In falling order it leaves segments
    unsorted that it should not: that is the behaviour R's ``stl`` rests on.

    Examples
    --------
    >>> partial_sort(np.array([3.0, 1.0, 2.0]), (1,))[1]
    2.0
    """
    a = [float(v) for v in values]
    waiting = [(0, len(a) - 1, 0, len(places) - 1)]
    while waiting:
        first, last, low, high = waiting.pop()
        while low <= high and first < last:
            if last - first <= 10 and first > 0:
                a[first : last + 1] = sorted(a[first : last + 1])
                break
            down, up = _split(a, first, last)
            if down - first <= last - up:
                right, last, top = (up, last), down, high
                while low <= high and places[high] > last:
                    high -= 1
                # With nothing wanted on this side the whole list of places goes with the other.
                waiting.append((*right, low if low > high else high + 1, top))
            else:
                left, first, bottom = (first, down), up, low
                while low <= high and places[low] < first:
                    low += 1
                waiting.append((*left, bottom, high if low > high else low - 1))
    return a


def _robustness(residual: Array, exact: bool) -> Array:
    """Bisquare weights with six times the median."""
    size = np.abs(residual)
    n = len(size)
    upper, lower = n // 2, n - n // 2 - 1
    ordered = np.sort(size) if exact else partial_sort(size, (upper, lower))
    reach = 3.0 * float(ordered[upper] + ordered[lower])
    if reach <= 0:
        return np.ones(n)
    return np.where(
        size <= 0.001 * reach, 1.0, np.where(size <= 0.999 * reach, (1 - (size / reach) ** 2) ** 2, 0.0)
    )


def stl(
    values: Array,
    period: int = 12,
    window: int = 11,
    robust: bool = True,
    exact_median: bool = False,
) -> Parts:
    """Decompose an unbroken series.

    Parameters
    ----------
    values : float64 array, shape (n,)
        More than two periods, no NaN.
    period : int
    window : int
        Of the seasonal loess, in periods; odd, 7 or more.
    robust : bool
        15 passes with robustness weights.
    exact_median : bool

    Returns
    -------
    Parts
    """
    n = len(values)
    trend_window = _odd(np.ceil(1.5 * period / (1 - 1.5 / window)))
    low_window = _odd(period)
    jumps = [int(np.ceil(w / 10)) for w in (window, trend_window, low_window)]
    sizes = sorted({len(values[k::period]) for k in range(period)})
    by_cycle = {m: Loess(m, window, 1, jumps[0], beyond=True) for m in sizes}
    low = Loess(n, low_window, 1, jumps[2])
    smooth = Loess(n, trend_window, 1, jumps[1])
    trend, season, weights = np.zeros(n), np.zeros(n), None
    for outer in range(16 if robust else 1):
        if outer:
            weights = _robustness(values - trend - season, exact_median)
        for _ in range(1 if robust else 2):
            rest = values - trend
            cycle = np.empty(n + 2 * period)
            for k in range(period):
                own = rest[k::period]
                cycle[k::period][: len(own) + 2] = by_cycle[len(own)](
                    own, None if weights is None else weights[k::period]
                )
            season = (
                cycle[period : period + n]
                - low(_running(_running(_running(cycle, period), period), 3))
            )  # fmt: skip
            trend = smooth(values - season, weights)
    return Parts(season, trend, values - season - trend)

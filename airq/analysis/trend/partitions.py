"""Best partitions of a series into segments, by dynamic programming over all of them.

Examples
--------
>>> parts = Partitions(np.arange(8.0), 2, linear=False)
>>> rss, places = parts.best(np.array([1.0, 1, 1, 5, 5, 5, 5, 5]), 1)
>>> rss[1], places[1]
(0.0, (3,))
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["Partitions"]

Array = npt.NDArray[np.float64]


class Partitions:
    """Segments of one set of places, each a mean or a line.

    Parameters
    ----------
    x : float64 array, shape (n,)
        Rising.
    least : int
        Values in a segment.
    linear : bool
        Lines instead of means.
    """

    def __init__(self, x: Array, least: int, linear: bool) -> None:
        self.x, self.least, self.linear = x, least, linear
        n = len(x)
        self._centred = x - x.mean()
        first, last = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
        self._length = np.maximum(last - first + 1, 1).astype(np.float64)
        self._allowed = last - first + 1 >= least
        self._sx = self._sums(self._centred)
        sxx = self._sums(self._centred**2) - self._sx**2 / self._length
        self._sxx = np.where(sxx > 0, sxx, np.inf)

    def _sums(self, values: Array) -> Array:
        """Sums of values[i..j], shape (n, n)."""
        total = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray(total[None, 1:] - total[:-1, None])

    def _rss(self, y: Array) -> Array:
        """Residual sum of squares of values[i..j]; infinite where too short."""
        z = y - y.mean()
        sy = self._sums(z)
        out = self._sums(z**2) - sy**2 / self._length
        if self.linear:
            sxy = self._sums(self._centred * z) - self._sx * sy / self._length
            out = out - sxy**2 / self._sxx
        return np.where(self._allowed, np.maximum(out, 0.0), np.inf)

    def best(self, y: Array, most: int) -> tuple[list[float], list[tuple[int, ...]]]:
        """Least residual sum of squares with 0, 1 ... ``most`` breaks, and the first places of their new segments."""
        rss = self._rss(y)
        n = len(y)
        ends = rss[0].copy()  # best for values[0..j] with the breaks so far
        totals: list[float] = [float(ends[-1])]
        back: list[npt.NDArray[np.int64]] = []
        for _ in range(most):
            # ends[i] plus the segment i + 1 .. j
            whole = ends[:-1, None] + rss[1:, :]
            back.append(whole.argmin(axis=0))
            ends = whole.min(axis=0)
            totals.append(float(ends[-1]))
        places: list[tuple[int, ...]] = [()]
        for m in range(1, most + 1):
            at, found = n - 1, []
            for level in range(m - 1, -1, -1):
                at = int(back[level][at])
                found.append(at + 1)
            places.append(tuple(reversed(found)))
        return totals, places

    def fitted(self, y: Array, places: Sequence[int]) -> Array:
        """Fit of each segment, shape (n,)."""
        out = np.empty(len(y))
        edges = [0, *places, len(y)]
        for first, last in pairwise(edges):
            own = slice(first, last)
            out[own] = y[own].mean()
            if self.linear:
                off = self._centred[own] - self._centred[own].mean()
                bottom = float(off @ off)
                out[own] += off * (float(off @ y[own]) / bottom if bottom > 0 else 0.0)
        return out

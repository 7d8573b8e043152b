"""Quantiles about a point forecast from held-out errors, by season and by the forecast level.

Errors are ratios: differences of the logarithms of the observed and the forecast value. Their quantiles are taken in
each season within fifths of the forecast level and joined linearly between, since errors are smaller relative to a
high level than to a low one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.forecast.arrays import Array
from airq.forecast.names import LEVELS

__all__ = ["Spread", "fit_spread"]

CLASSES: Final = 6
_LEAST: Final = 150
"""Errors that a class needs; else the season, else all errors speak for it."""


@dataclass(frozen=True)
class Spread:
    """Quantiles of the errors.

    Attributes
    ----------
    centre : float64 array, shape (class,)
        Median logarithm of the forecast in each class.
    table : float64 array, shape (2, class, 19)
        Quantiles of the errors in the warm and the cold season.
    """

    centre: Array
    table: Array

    def quantiles(self, log: Array, cold: npt.NDArray[np.bool_]) -> Array:
        """Logarithms of the quantiles, shape (n, 19), increasing."""
        place = np.interp(log, self.centre, np.arange(len(self.centre), dtype=np.float64))
        left = np.minimum(place.astype(np.int64), len(self.centre) - 1)
        right = np.minimum(left + 1, len(self.centre) - 1)
        share = (place - left)[:, None]
        season = cold.astype(np.int64)
        error = (1 - share) * self.table[season, left] + share * self.table[season, right]
        return np.asarray(np.maximum.accumulate(log[:, None] + error, axis=1))


def fit_spread(log: Array, observed: Array, cold: npt.NDArray[np.bool_]) -> Spread:
    """Learn the spread.

    Parameters
    ----------
    log : float64 array, shape (n,)
        Held-out forecasts, logarithms.
    observed : float64 array, shape (n,)
        Logarithms of what came.
    cold : bool array, shape (n,)
        Heating season at the target hour.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> log = rng.normal(3, 1, 5000)
    >>> spread = fit_spread(log, log + rng.normal(0, 0.5, 5000), log > 9)
    >>> spread.quantiles(np.array([3.0]), np.array([False]))[0, [1, 17]].round(1).tolist()
    [2.4, 3.6]
    """
    good = np.isfinite(log) & np.isfinite(observed)
    log, error, cold = log[good], (observed - log)[good], cold[good]
    edges = np.quantile(log, np.linspace(0, 1, CLASSES + 1))
    of = np.clip(np.searchsorted(edges, log, side="right") - 1, 0, CLASSES - 1)
    centre = np.array([np.median(log[of == c]) if (of == c).any() else edges[c] for c in range(CLASSES)])
    table = np.empty((2, CLASSES, len(LEVELS)))
    overall = np.quantile(error, LEVELS)
    for season in (0, 1):
        own = cold == bool(season)
        usual = np.quantile(error[own], LEVELS) if own.sum() >= _LEAST else overall
        for c in range(CLASSES):
            here = own & (of == c)
            table[season, c] = np.quantile(error[here], LEVELS) if here.sum() >= _LEAST else usual
    return Spread(np.maximum.accumulate(centre + 1e-9 * np.arange(CLASSES)), table)

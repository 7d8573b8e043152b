"""Ridge regression of log departures: one for all sites, and each site's deviation from it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from airq.forecast.models.base import Sample
from airq.forecast.models.linear import solve

__all__ = ["forecast"]

Array = npt.NDArray[np.float64]

_SITE_PENALTY: Final = 1000.0
"""In rows of standardised features; the optimum is flat from 300 to 4000 on all data tried."""
_LEAST_ROWS: Final = 100


def forecast(sample: Sample) -> Array:
    """Departures by ridge regression.

    Coefficients of all sites together first; then, for a site with 100 rows or more, those of what is left of it,
    shrunk towards none.
    """
    y = sample.y
    x = np.concatenate([np.ones((*y.shape, 1)), sample.z], axis=2)
    use = sample.learn & np.isfinite(y)
    if not use.any():
        return np.zeros_like(y)
    out = np.asarray(x @ sample.common)
    if len(y) > 1:
        for s in range(len(y)):
            rows = use[s]
            if rows.sum() >= _LEAST_ROWS:
                out[s] += x[s] @ solve(x[s, rows], y[s, rows] - out[s, rows], _SITE_PENALTY)
    return out

"""Ridge regression of log departures: one for all sites, and each site's deviation from it."""

from __future__ import annotations

from typing import Any, Final

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
    use = sample.learn & np.isfinite(y)
    if not use.any():
        return np.zeros_like(y)
    out = _applied(sample.z, sample.common)
    if len(y) > 1:
        for s in range(len(y)):
            rows = use[s]
            if rows.sum() >= _LEAST_ROWS:
                z = sample.z_learned[s, rows]
                rest = y[s, rows] - _applied(z, sample.common)
                x = np.concatenate([np.ones((len(z), 1), z.dtype), z], axis=1)
                out[s] += _applied(sample.z[s], solve(x, rest, _SITE_PENALTY))
    return out


def _applied(z: npt.NDArray[Any], coefficients: Array) -> Array:
    """Linear forecast, the constant first among the coefficients."""
    return np.asarray(z @ coefficients[1:].astype(np.float32) + coefficients[0], dtype=np.float64)

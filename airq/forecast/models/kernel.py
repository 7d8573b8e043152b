"""Kernel ridge regression of log departures with random Fourier features.

Rahimi & Recht 2007 ("Random features for large-scale kernel machines"): the cosines of random projections span the
functions of a Gaussian kernel, so that a smooth dependence of any form and order is one ridge regression. Features
count in the kernel's distance as much as they do in the linear regression, or those that matter would drown in the rest.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from airq.forecast.models.base import Sample
from airq.forecast.models.linear import solve

__all__ = ["forecast"]

Array = npt.NDArray[np.float64]

_WAVES: Final = 300
_ROWS_A_WAVE: Final = 4
"""Fewer waves where there are fewer rows to tell them apart."""
_WIDTH: Final = 0.8
"""Inverse length of the kernel, for features scaled to a mean square of 1."""
_PENALTY: Final = 2.0
_LINEAR: Final = 0.05
"""Scale of the linear features beside the waves: the smaller, the more they are penalised."""
_SEASON: Final = 2.0
_CLIP: Final = 3.0
_FLOOR: Final = 0.15
"""Least weight of a feature against the mean weight."""
_LEAST_ROWS: Final = 200


def forecast(sample: Sample) -> Array:
    """Departures by kernel ridge regression, all sites together; 0 with fewer than 200 rows of learning."""
    y = sample.y
    use = sample.learn & np.isfinite(y)
    out = np.zeros_like(y)
    if use.sum() < _LEAST_ROWS:
        return out
    weight = sample.relevance + _FLOOR * max(float(sample.relevance.mean()), 1e-12)
    weight = (weight / np.sqrt((weight**2).mean())).astype(np.float32)
    number = min(_WAVES, int(use.sum()) // _ROWS_A_WAVE)
    rng = np.random.default_rng(sample.seed)
    width = len(weight) + 2
    turns = (rng.standard_normal((width, number)) * _WIDTH / np.sqrt(width)).astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, number).astype(np.float32)

    def table(z: Array, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        held = np.clip(z[rows], -_CLIP, _CLIP)
        angle = np.broadcast_to(sample.angle, y.shape)[rows]
        season = (_SEASON * np.column_stack([np.cos(angle), np.sin(angle)])).astype(np.float32)
        waves = np.cos(np.concatenate([held * weight, season], axis=1) @ turns + phase)
        one = np.ones((len(held), 1), np.float32)
        return np.concatenate([one, np.float32(np.sqrt(2 / number)) * waves, held * np.float32(_LINEAR)], 1)

    coefficients = solve(table(sample.z_learned, use), y[use].astype(np.float32), _PENALTY)
    out[sample.want] = table(sample.z, sample.want) @ coefficients
    return out

"""Histogram gradient boosting of log departures, pooled over sites."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from airq.forecast.models.base import Sample

__all__ = ["forecast"]

Array = npt.NDArray[np.float64]

_ROUNDS: Final = 26
_BINS: Final = 63
_RATE: Final = 0.11
_LEAVES: Final = 8
_FEATURES: Final = 16
"""Features that are looked at: those that count most in the linear regression, for time is nearly proportional."""
_LEAST_ROWS: Final = 200
_MOST_ROWS: Final = 3000
"""Rows a fit learns from, drawn at random where there are more: sites of one region say nearly the same."""


def forecast(sample: Sample) -> Array:
    """Departures by boosted trees (scikit-learn), squared error; 0 with fewer than 200 rows of learning.

    Settings are the cheapest of those tried that lose nothing to 120 trees of 12 leaves on all features.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    y = sample.y
    use = sample.learn & np.isfinite(y)
    out = np.zeros_like(y)
    if use.sum() < _LEAST_ROWS:
        return out
    model = HistGradientBoostingRegressor(
        max_iter=_ROUNDS,
        learning_rate=_RATE,
        max_bins=_BINS,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=30,
        l2_regularization=10.0,
        max_features=0.3,
        early_stopping=False,
        random_state=sample.seed,
    )
    rows = np.flatnonzero(use)
    if len(rows) > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(sample.seed).choice(rows, _MOST_ROWS, replace=False))
    learned = np.zeros(y.shape, bool)
    learned.flat[rows] = True
    model.fit(_table(sample, sample.x_learned, learned), y[learned])
    out[sample.want] = model.predict(_table(sample, sample.x, sample.want))
    return out


def _table(sample: Sample, x: Array, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Features that count, time of year, weekday and site of some days, shape (row, feature)."""
    chosen = np.sort(np.argsort(-sample.relevance, kind="stable")[:_FEATURES])
    site, day = np.nonzero(rows)
    angle = sample.angle[day]
    parts = [x[rows][:, chosen], np.cos(angle), np.sin(angle), sample.weekday[day]]
    if len(rows) > 1:
        parts.append(site)
    return np.column_stack(parts).astype(np.float32)

"""Sums and quantiles over drawn weeks: the intervals of statistics that are no plain mean.

Examples
--------
>>> week = np.repeat(np.arange(8), 3)
>>> draws = week_draws(week, 5, seed=0)
>>> draws.shape, draws.sum(axis=1).tolist()
((5, 8), [8.0, 8.0, 8.0, 8.0, 8.0])
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from airq.analysis.direction.blocks import draw_weights
from airq.errors import ParameterError

__all__ = ["LEAST_WEEKS", "drawn_quantiles", "drawn_sums", "ends", "week_draws"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_WEEKS = 8
"""Weeks below which no interval is given."""


def week_draws(week: Ints, draws: int, seed: int) -> Array | None:
    """How often each week is drawn, shape (draws, weeks); None with fewer than eight weeks or without draws.

    Raises
    ------
    ParameterError
        If the number of draws is below 0.
    """
    if isinstance(draws, bool) or draws < 0:
        raise ParameterError(f"draws {draws} is no number of draws; give 0 or more, such as 400.")
    if not len(week) or not draws or len(np.unique(week)) < LEAST_WEEKS:
        return None
    held = np.unique(week)
    weights = np.zeros((draws, int(week.max()) + 1))
    weights[:, held] = draw_weights(len(held), draws, seed)
    return weights


def drawn_sums(week: Ints, columns: Sequence[Array], weights: Array) -> Array:
    """Sums of columns over the drawn weeks, shape (draws, columns)."""
    size = weights.shape[1]
    by_week = np.column_stack([np.bincount(week, weights=c, minlength=size) for c in columns])
    return np.asarray(weights @ by_week)


def drawn_quantiles(values: Array, week: Ints, probabilities: Sequence[float], weights: Array) -> Array:
    """Quantiles of the drawn weeks, shape (draws, probabilities)."""
    order = np.argsort(values, kind="stable")
    ordered, place = values[order], week[order]
    out = np.empty((len(weights), len(probabilities)))
    for row, weight in enumerate(weights):
        reached = np.cumsum(weight[place])
        wanted = np.asarray(probabilities) * reached[-1]
        out[row] = ordered[np.minimum(np.searchsorted(reached, wanted), len(ordered) - 1)]
    return out


def ends(drawn: Array, confidence: float) -> tuple[Array, Array]:
    """Lower and upper end of the interval of each column of draws, by percentiles."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    return low, high

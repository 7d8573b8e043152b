"""Point forecasts of a band of leads: boosting and ridge on the change of the logarithm, fitted fold by fold.

Each model is fitted as many times as there are folds, each time without one fold; the held-out forecasts give the
weights and the intervals, and the forecast is the mean of the fits. No further fit on everything is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.forecast.arrays import Array, Ints
from airq.forecast.hourly.features import Matrix

__all__ = ["MODELS", "Fits", "bands", "fit_boosting", "fit_ridge", "folds", "predict"]

MODELS: Final = ("climatology", "persistence", "ridge", "boosting", "auto")
"""Names of the hourly models."""

FOLDS: Final = 3
BLOCK_DAYS: Final = 30
"""Days of a block where the series is too short to hold out a third at a time."""
_LONG: Final = 2 * 365 * 24
_EDGES: Final = (1, 3, 7, 13, 25, 49)
"""First leads of the bands."""
_BIN: Final = 64
ITERATIONS: int = 90
_CLIP: Final = 5.0
_SHARE: Final = 0.02
"""Penalty of the ridge as a share of the number of rows."""


@dataclass(frozen=True)
class Ridge:
    """Linear model on standardised features; unknown ones are at their mean.

    Attributes
    ----------
    mean, scale : float64 array, shape (feature,)
    weights : float64 array, shape (feature,)
    intercept : float
    """

    mean: Array
    scale: Array
    weights: Array
    intercept: float

    def predict(self, x: Matrix) -> Array:
        """Predictions, shape (n,)."""
        return np.asarray(_standard(x, self.mean, self.scale) @ self.weights + self.intercept)


@dataclass(frozen=True)
class Fits:
    """One model fitted without each fold in turn.

    Attributes
    ----------
    members : tuple
        Fitted models.
    held_out : float64 array, shape (n,)
        Prediction of each training row by the fit that did not see it.
    """

    members: tuple[Any, ...]
    held_out: Array


def bands(leads: list[int]) -> list[list[int]]:
    """Leads that share a model.

    Examples
    --------
    >>> bands([1, 6, 12, 24]), bands([1, 2, 3])
    ([[1], [6], [12], [24]], [[1, 2], [3]])
    """
    place = np.searchsorted(_EDGES, leads, side="right")
    return [[h for h, p in zip(leads, place, strict=True) if p == b] for b in dict.fromkeys(place.tolist())]


def folds(due: Ints, first: int, last: int) -> Ints:
    """Fold of each row by its target hour: thirds of a long series, alternating blocks of a month of a short one.

    Parameters
    ----------
    due : int64 array, shape (n,)
        Rows of the target hours.
    first, last : int
        Rows between which the training hours lie.
    """
    span = max(last - first, 1)
    blocks = FOLDS if span >= _LONG else FOLDS * max(1, round(span / (FOLDS * BLOCK_DAYS * 24)))
    return np.minimum((due - first) * blocks // span, blocks - 1) % FOLDS


def _kept_out(fold: Ints, due: Ints, k: int, guard: int) -> npt.NDArray[np.bool_]:
    """Rows to learn from for fold ``k``: none in it, none within ``guard`` hours of it."""
    length = int(due.max(initial=0)) + guard + 2
    mark = np.zeros(length + 1)
    np.add.at(mark, np.maximum(due[fold == k] - guard, 0), 1)
    np.add.at(mark, np.minimum(due[fold == k] + guard + 1, length), -1)
    return np.asarray(np.cumsum(mark)[due] == 0)


def _standard(x: Matrix, mean: Array, scale: Array) -> Array:
    z = (x - mean) / scale
    return np.clip(np.where(np.isfinite(z), z, 0.0), -_CLIP, _CLIP)


def fit_ridge(x: Matrix, y: Array, fold: Ints, due: Ints, guard: int) -> Fits:
    """Ridge without each fold; see :class:`Fits`."""
    finite = np.isfinite(x)
    number = np.maximum(finite.sum(axis=0), 1)
    mean = np.where(finite, x, 0.0).sum(axis=0, dtype=np.float64) / number
    spread = np.where(finite, (x - mean) ** 2, 0.0).sum(axis=0, dtype=np.float64) / number
    scale = np.sqrt(spread)
    scale[scale < 1e-9] = 1.0
    z = _standard(x, mean, scale)
    members, held_out = [], np.full(len(y), np.nan)
    for k in range(FOLDS):
        use = _kept_out(fold, due, k, guard)
        if not use.any():
            continue
        a, b = z[use], y[use]
        centre, level = a.mean(axis=0), float(b.mean())
        gram = (a - centre).T @ (a - centre) + _SHARE * len(b) * np.eye(a.shape[1])
        weights = np.linalg.solve(gram, (a - centre).T @ (b - level))
        model = Ridge(mean, scale, weights, level - float(centre @ weights))
        members.append(model)
        held_out[fold == k] = model.predict(x[fold == k])
    return Fits(tuple(members), held_out)


def fit_boosting(x: Matrix, y: Array, fold: Ints, due: Ints, guard: int, seed: int) -> Fits:
    """Histogram gradient boosting for the median without each fold; see :class:`Fits`."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    members, held_out = [], np.full(len(y), np.nan)
    for k in range(FOLDS):
        use = _kept_out(fold, due, k, guard)
        if not use.any():
            continue
        model = HistGradientBoostingRegressor(
            loss="absolute_error",
            max_iter=ITERATIONS,
            learning_rate=0.09,
            max_leaf_nodes=15,
            min_samples_leaf=int(np.clip(use.sum() // 200, 20, 200)),
            l2_regularization=1.0,
            max_features=0.3,
            max_bins=_BIN,
            early_stopping=False,
            random_state=seed + k,
        )
        model.fit(x[use], y[use])
        members.append(model)
        held_out[fold == k] = model.predict(x[fold == k])
    return Fits(tuple(members), held_out)


def predict(fits: Fits, x: Matrix) -> Array:
    """Mean of the fits, shape (n,)."""
    return np.asarray(np.mean([m.predict(x) for m in fits.members], axis=0))

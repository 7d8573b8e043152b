"""Second stage: trees on what the first stage leaves, each member without the weeks on which it is judged.

The five members of a kind leave out a fifth of the weeks each, so that every week is predicted by a member that has not
seen it: the validation by blocks costs nothing on top. Single hours left out at random would be predicted from their
neighbours, and say nothing about other weather.

Examples
--------
>>> KINDS["ensemble"]
('extra_trees', 'boosting')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from airq.analysis.deweathering.terms import Fit, Own, Weather
from airq.errors import ParameterError

__all__ = ["FOLDS", "KINDS", "Member", "features", "folds_of", "train"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FOLDS: Final = 5
KINDS: Final = {
    "extra_trees": ("extra_trees",),
    "boosting": ("boosting",),
    "additive": ("additive",),
    "ensemble": ("extra_trees", "boosting"),
}
"""Models by name and the kinds of trees in them; ``additive`` is the first stage alone."""

_TREES: Final = 12
_ROUNDS: Final = 60


def folds_of(day: Ints, seed: int) -> Ints:
    """Fold of each row: whole weeks, at random, of nearly equal number.

    Examples
    --------
    >>> days = np.arange(70)
    >>> [len(set(folds_of(days, 0)[7 * k + 4 : 7 * k + 11])) for k in range(9)]
    [1, 1, 1, 1, 1, 1, 1, 1, 1]
    """
    _, week = np.unique((day + 3) // 7, return_inverse=True)
    count = int(week.max()) + 1
    return np.asarray(np.random.default_rng(seed).permutation(count)[week] % FOLDS)


def features(day: Ints, hour: Array, plain: Array) -> npt.NDArray[np.float32]:
    """Columns of the trees: week, day of the year, hour, weather; shape (n, 3 + variables)."""
    week = (day + 3) // 7
    season = np.mod(day / 365.2425, 1.0) * 365.2425
    return np.column_stack([week - 2000.0, season, hour, plain]).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Member:
    """One model: first stage and trees, both without a fold.

    Attributes
    ----------
    kind : str
    fold : int
        What it has not seen.
    first : Fit
    trees : fitted regressor or None
    """

    kind: str
    fold: int
    first: Fit
    trees: Any

    def rest(self, columns: npt.NDArray[np.float32]) -> Array:
        """What the trees add, shape (n,)."""
        if self.trees is None:
            return np.zeros(len(columns))
        return np.asarray(self.trees.predict(columns), dtype=np.float64)


def _model(kind: str, rows: int, seed: int, jobs: int | None) -> Any:
    if kind == "extra_trees":
        from sklearn.ensemble import ExtraTreesRegressor

        return ExtraTreesRegressor(
            _TREES, min_samples_leaf=5 if rows > 8000 else 3, max_features=0.4, random_state=seed, n_jobs=jobs
        )
    if kind == "boosting":
        from sklearn.ensemble import HistGradientBoostingRegressor

        leaves = 31 if rows > 8000 else 12
        return HistGradientBoostingRegressor(
            max_iter=_ROUNDS, learning_rate=0.1, max_leaf_nodes=leaves, min_samples_leaf=30, l2_regularization=5.0,
            early_stopping=False, random_state=seed,
        )  # fmt: skip
    raise ParameterError(f"model '{kind}' is not known; use {', '.join(KINDS)}.")


def train(
    kind: str,
    firsts: list[Fit],
    own: Own,
    weather: Weather,
    columns: npt.NDArray[np.float32],
    value: Array,
    fold: Ints,
    seed: int,
    jobs: int | None = None,
) -> tuple[list[Member], Array]:
    """Members of a kind and the predictions for the weeks that they have not seen.

    Parameters
    ----------
    kind : {"extra_trees", "boosting", "additive"}
    firsts : list of Fit
        First stages without each fold.
    own, weather, columns, value, fold
        Terms, columns of the trees, logarithm of the target and fold of the rows to learn from.
    seed : int
    jobs : int, optional
        Processes of scikit-learn.

    Returns
    -------
    list of Member, float64 array of shape (n,)
    """
    members, unseen = [], np.empty(len(value))
    for k, first in enumerate(firsts):
        known = first.predict(own, weather)
        trees = None
        if kind != "additive":
            seen = fold != k
            trees = _model(kind, len(value), seed + k, jobs)
            # OpenMP's threads wait for one another by spinning, which on busy processors costs far more than it gains.
            with threadpool_limits(limits=1, user_api="openmp"):
                trees.fit(columns[seen], (value - known)[seen])
        member = Member(kind, k, first, trees)
        unseen[fold == k] = known[fold == k] + member.rest(columns[fold == k])
        members.append(member)
    return members, unseen

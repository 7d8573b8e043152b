"""A forest of regression trees on binned predictors, kept as plain arrays.

Trees follow what a line cannot: saturation, thresholds of humidity. They cannot extrapolate: outside the range they
learnt from they repeat the nearest leaf, so :mod:`airq.observations.sensors.apply` flags such hours and takes the
linear model (or nothing) there.

Predictors are cut into at most 32 bins at quantiles of the training data. The forest is constant on every cell of
that grid, so it is evaluated once a distinct cell and looked up, which makes millions of hours cheap and exact, and
needs neither scikit-learn nor pickled objects. The reading acts in one direction only (monotonic), as a sensor does.

Examples
--------
>>> x = np.linspace(0, 100, 400)
>>> forest = fit({"value": x, "reference": np.where(x > 50, 60.0, 10.0)}, ("value",))
>>> forest.predict({"value": np.array([20.0, 80.0, np.nan])}).round(1).tolist()
[10.0, 60.0, nan]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected, ParameterError

__all__ = ["ForestModel", "fit"]

Floats = npt.NDArray[np.float64]

BINS: Final = 32
TREES: Final = 25
LEAF: Final = 20  # rows of a leaf: hours come in runs, so fewer would learn single episodes
MOST_ROWS: Final = 6_000  # more do not improve 25 trees on a 32-bin grid, and cost time
_DIRECTION: Final = 0.2  # correlation from which the reading's direction is imposed
_LEAVES: Final = -1


@dataclass(frozen=True)
class Tree:
    """One tree: node arrays; ``feature`` is −1 at a leaf.

    Attributes
    ----------
    feature, cut, left, right : int arrays, shape (node,)
        Bins up to and including ``cut`` go left.
    value : float array, shape (node,)
    """

    feature: npt.NDArray[np.int64]
    cut: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: Floats

    def predict(self, bins: npt.NDArray[np.int64]) -> Floats:
        """Values of rows of bins, shape (row, predictor)."""
        node = np.zeros(len(bins), np.int64)
        rows = np.arange(len(bins))
        for _ in range(len(self.feature)):
            inner = self.feature[node] >= 0
            if not inner.any():
                break
            at, who = node[inner], rows[inner]
            left = bins[who, self.feature[at]] <= self.cut[at]
            node[inner] = np.where(left, self.left[at], self.right[at])
        return self.value[node]


@dataclass(frozen=True)
class ForestModel:
    """A forest on binned predictors.

    Attributes
    ----------
    variables : tuple of str
        Predictors, the reading first.
    edges : tuple of float array
        Ascending inner edges of the bins of each predictor.
    trees : tuple of Tree
    """

    variables: tuple[str, ...]
    edges: tuple[Floats, ...] = field(repr=False)
    trees: tuple[Tree, ...] = field(repr=False)

    def predict(self, x: Mapping[str, npt.ArrayLike]) -> Floats:
        """Calibrated values; NaN where a predictor is missing."""
        columns = [np.asarray(x[name], np.float64) for name in self.variables]
        shape = columns[0].shape
        there = np.logical_and.reduce([np.isfinite(c) for c in columns])
        bins = [np.searchsorted(e, c[there], side="left") for e, c in zip(self.edges, columns, strict=True)]
        size = [len(e) + 1 for e in self.edges]
        code = np.ravel_multi_index(bins, size) if bins[0].size else np.zeros(0, np.int64)
        cells = int(np.prod(size))
        if cells <= 4_000_000:  # counting is much faster than sorting
            found = np.flatnonzero(np.bincount(code, minlength=cells))
            place = np.zeros(cells, np.int64)
            place[found] = np.arange(len(found))
            inverse = place[code]
        else:
            found, inverse = np.unique(code, return_inverse=True)
        grid = np.stack(np.unravel_index(found, size), axis=1).astype(np.int64)
        value = np.mean([t.predict(grid) for t in self.trees], axis=0) if len(found) else np.zeros(0)
        out = np.full(shape, np.nan)
        out[there] = value[inverse]
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "kind": "forest",
            "variables": list(self.variables),
            "edges": [e.tolist() for e in self.edges],
            "trees": [{k: getattr(t, k).tolist() for k in ("feature", "cut", "left", "right", "value")} for t in self.trees],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> ForestModel:
        """Forest of :meth:`to_dict`.

        Raises
        ------
        FileRejected
            Arrays that do not fit together, or a child that is no later node.
        """
        names = tuple(str(n) for n in value["variables"])
        edges = tuple(np.asarray(e, np.float64) for e in value["edges"])
        trees = tuple(_tree(t) for t in value["trees"])
        sound = len(edges) == len(names) and all((np.diff(e) > 0).all() for e in edges) and len(trees) > 0
        if not sound or not all(_is_sound(t, len(names)) for t in trees):
            raise FileRejected("the tree model is damaged: its arrays do not fit together; save it again.")
        return cls(names, edges, trees)


def _tree(value: Mapping[str, Any]) -> Tree:
    whole = {k: np.asarray(value[k], np.int64) for k in ("feature", "cut", "left", "right")}
    return Tree(**whole, value=np.asarray(value["value"], np.float64))


def _is_sound(tree: Tree, predictors: int) -> bool:
    """Children come after their parents, so that every walk ends."""
    n = len(tree.feature)
    if n == 0 or any(len(a) != n for a in (tree.cut, tree.left, tree.right, tree.value)):
        return False
    inner = np.flatnonzero(tree.feature >= 0)
    return bool(
        (tree.feature < predictors).all()
        and all(((a[inner] > inner) & (a[inner] < n)).all() for a in (tree.left, tree.right))
        and np.isfinite(tree.value).all()
    )


def _edges(column: Floats) -> Floats:
    """Inner edges at quantiles, midway between neighbouring values so that equal values share a bin."""
    distinct = np.unique(column)
    if len(distinct) <= BINS:
        return np.asarray((distinct[1:] + distinct[:-1]) / 2)
    quantiles = np.quantile(column, np.arange(1, BINS) / BINS)
    at = np.clip(np.searchsorted(distinct, quantiles), 1, len(distinct) - 1)
    return np.unique((distinct[at] + distinct[at - 1]) / 2)


def fit(x: Mapping[str, npt.ArrayLike], variables: tuple[str, ...], seed: int = 0) -> ForestModel:
    """Fit a forest.

    Parameters
    ----------
    x : mapping of str to array, shape (row,)
        Predictors and ``reference``, all finite.
    variables : tuple of str
        Predictors, the reading first.
    seed : int
        Bootstrap samples and, above :data:`MOST_ROWS` rows, the rows that are learnt from.

    Returns
    -------
    ForestModel

    Raises
    ------
    ParameterError
        Fewer than ten leaves' worth of rows.
    """
    from sklearn.ensemble import RandomForestRegressor

    y = np.asarray(x["reference"], np.float64)
    if len(y) < 10 * LEAF:
        raise ParameterError(
            f"{len(y)} rows are too few for trees, which need {10 * LEAF}; take a linear form."
        )
    columns = [np.asarray(x[v], np.float64) for v in variables]
    if len(y) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(len(y), MOST_ROWS, replace=False))
        y, columns = y[rows], [c[rows] for c in columns]
    edges = tuple(_edges(c) for c in columns)
    bins = np.stack([np.searchsorted(e, c, side="left") for e, c in zip(edges, columns, strict=True)], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = float(np.nan_to_num(np.corrcoef(columns[0], y)[0, 1]))
    direction = int(np.sign(r)) if abs(r) >= _DIRECTION else 0
    forest = RandomForestRegressor(
        TREES,
        min_samples_leaf=LEAF,
        monotonic_cst=[direction] + [0] * (len(variables) - 1),
        random_state=seed,
        n_jobs=1,
    ).fit(bins, y)
    return ForestModel(variables, edges, tuple(_plain(e.tree_) for e in forest.estimators_))


def _plain(tree: Any) -> Tree:
    """Arrays of a fitted tree; scikit-learn numbers children after their parents."""
    inner = tree.children_left != _LEAVES
    return Tree(
        feature=np.where(inner, tree.feature, -1).astype(np.int64),
        cut=np.where(inner, np.floor(tree.threshold), 0).astype(np.int64),
        left=np.where(inner, tree.children_left, 0).astype(np.int64),
        right=np.where(inner, tree.children_right, 0).astype(np.int64),
        value=np.asarray(tree.value[:, 0, 0], np.float64),
    )

"""Partitioning around medoids: groups around their most central member, and how well they separate.

Kaufman & Rousseeuw (1990, *Finding Groups in Data*, chapter 2) with the exchange of Schubert & Rousseeuw (2021,
*Information Systems* 101, 101804): all exchanges of one candidate are judged at once. Deterministic.

Examples
--------
>>> points = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
>>> apart = np.abs(points - points.T)
>>> found = partition(apart, 2)
>>> sorted(found.medoids.tolist()), bool(found.silhouette > 0.9)
([1, 4], True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import ParameterError

__all__ = ["MOST", "Partition", "best_partition", "partition"]

Array = npt.NDArray[np.float64]

MOST: Final = 2000
"""Members whose distances are held at once; more are sampled evenly and the rest go to the nearest medoid."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Groups of members.

    Attributes
    ----------
    medoids : int array, shape (k,)
    label : int array, shape (n,)
        Number of the medoid.
    silhouette : float
        Mean width, -1 to 1.
    cost : float
        Sum of distances to the medoids.
    """

    medoids: npt.NDArray[np.int64]
    label: npt.NDArray[np.int64]
    silhouette: float
    cost: float


def _build(distance: Array, k: int) -> list[int]:
    chosen = [int(np.argmin(distance.sum(axis=0)))]
    nearest = distance[:, chosen[0]].copy()
    while len(chosen) < k:
        gain = np.maximum(nearest[:, None] - distance, 0.0).sum(axis=0)
        gain[chosen] = -1.0
        chosen.append(int(np.argmax(gain)))
        nearest = np.minimum(nearest, distance[:, chosen[-1]])
    return chosen


def _exchanged(distance: Array, medoids: list[int]) -> bool:
    """Make the best exchange of a medoid for another member; False where none helps."""
    to = distance[:, medoids]
    order = np.argsort(to, axis=1)[:, :2]
    rows = np.arange(len(distance))
    own = order[:, 0]
    first = to[rows, own]
    second = to[rows, order[:, 1]] if len(medoids) > 1 else np.full(len(distance), np.inf)
    # Change of cost if candidate c comes in: what members gain by c, and what those of the leaving medoid lose.
    gain = np.minimum(distance - first[:, None], 0.0)
    common = gain.sum(axis=0)
    change = np.empty((len(medoids), len(distance)))
    for m in range(len(medoids)):
        mine = own == m
        here = np.minimum(distance[mine], second[mine, None]) - first[mine, None]
        change[m] = common - gain[mine].sum(axis=0) + here.sum(axis=0)
    change[:, medoids] = np.inf
    out, come = divmod(int(np.argmin(change)), len(distance))
    if not change[out, come] < -1e-12 * max(float(first.sum()), 1e-300):
        return False
    medoids[out] = come
    return True


def partition(distance: Array, k: int) -> Partition:
    """Best groups around k medoids.

    Parameters
    ----------
    distance : float64 array, shape (n, n)
        Symmetric, 0 on the diagonal.
    k : int
        2 to n - 1.

    Returns
    -------
    Partition
        Groups in the order of their size, largest first.

    Raises
    ------
    ParameterError
        If there are not more members than groups.
    """
    n = len(distance)
    if isinstance(k, bool) or not 2 <= k < n:
        raise ParameterError(f"{k} groups of {n} members cannot be made; give 2 to {max(n - 1, 2)}.")
    medoids = _build(distance, k)
    for _ in range(200):
        if not _exchanged(distance, medoids):
            break
    label = np.argmin(distance[:, medoids], axis=1)
    order = np.argsort(-np.bincount(label, minlength=k), kind="stable")
    rank = np.empty(k, dtype=np.int64)
    rank[order] = np.arange(k)
    chosen = np.array(medoids, dtype=np.int64)[order]
    label = rank[label]
    cost = float(distance[np.arange(n), chosen[label]].sum())
    return Partition(chosen, label, _silhouette(distance, label, k), cost)


def _silhouette(distance: Array, label: npt.NDArray[np.int64], k: int) -> float:
    size = np.bincount(label, minlength=k)
    sums = np.stack([distance[:, label == g].sum(axis=1) for g in range(k)], axis=1)
    rows = np.arange(len(label))
    own = sums[rows, label] / np.maximum(size[label] - 1, 1)
    other = sums / np.maximum(size, 1)
    other[rows, label] = np.inf
    other[:, size == 0] = np.inf
    near = other.min(axis=1)
    width = np.where(size[label] > 1, (near - own) / np.maximum(np.maximum(own, near), 1e-300), 0.0)
    return float(width.mean())


def best_partition(distance: Array, sizes: range) -> tuple[Partition, dict[int, float]]:
    """Partition with the widest mean silhouette, and the widths by number of groups."""
    found = {k: partition(distance, k) for k in sizes if k < len(distance)}
    if not found:
        raise ParameterError(f"{len(distance)} members are too few for groups; give more data.")
    best = max(found, key=lambda k: found[k].silhouette)
    return found[best], {k: p.silhouette for k, p in found.items()}

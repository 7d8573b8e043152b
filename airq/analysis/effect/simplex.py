"""Weights that are not negative and add up to one: the synthetic control's least squares, exact and fast.

Solved by Lawson-Hanson with the sum as a heavy row, then once more on the columns that remain with the sum as an exact
condition (Karush-Kuhn-Tucker).

Examples
--------
>>> x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
>>> simplex_weights(x, np.array([0.25, 0.75, 1.0])).round(6).tolist()
[0.25, 0.75]
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from airq.errors import MissingData

__all__ = ["simplex_weights"]

Array = npt.NDArray[np.float64]

_HEAVY: Final = 1e3
_RIDGE: Final = 1e-8


def simplex_weights(x: Array, y: Array, ridge: float = _RIDGE) -> Array:
    """Least squares of ``y`` on the columns of ``x`` with weights on the simplex.

    Parameters
    ----------
    x : float64 array, shape (n, donors)
    y : float64 array, shape (n,)
    ridge : float
        Of the mean square of ``x``; makes the weights unique where donors are alike.

    Returns
    -------
    float64 array, shape (donors,)
        Not negative, sum 1.

    Raises
    ------
    MissingData
        Without a row or a donor.
    """
    n, donors = x.shape
    if n == 0 or donors == 0:
        raise MissingData("a synthetic control needs a donor and a time that all share; give more data.")
    if donors == 1:
        return np.ones(1)
    gram = x.T @ x
    scale = max(float(np.trace(gram)) / donors, 1e-300)
    gram = gram / scale + ridge * np.eye(donors)
    side = x.T @ y / scale
    factor = np.linalg.cholesky(gram).T
    heavy = np.full((1, donors), _HEAVY)
    target = np.append(np.linalg.solve(factor.T, side), _HEAVY)
    rough, _ = nnls(np.vstack([factor, heavy]), target)
    return _exact(gram, side, rough)


def _exact(gram: Array, side: Array, rough: Array) -> Array:
    """Minimum on the columns in use with the sum held at 1; columns that turn negative leave."""
    used = rough > 1e-9 * max(float(rough.max()), 1e-300)
    while True:
        k = np.flatnonzero(used)
        system = np.block(
            [[gram[np.ix_(k, k)], np.ones((len(k), 1))], [np.ones((1, len(k))), np.zeros((1, 1))]]
        )
        part = np.linalg.solve(system, np.append(side[k], 1.0))[:-1]
        if (part >= 0).all():
            break
        used[k[int(np.argmin(part))]] = False
    out = np.zeros(len(rough))
    out[k] = part
    return out

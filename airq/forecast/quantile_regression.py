"""Linear quantile regression by majorise-minimise, all levels together, shrunk towards given coefficients.

Koenker & Bassett 1978, doi:10.2307/1913643; the algorithm of Hunter & Lange 2000, doi:10.1080/10618600.2000.10474866:
the check loss is bounded above by a parabola, whose least squares are solved anew until nothing moves.

Examples
--------
>>> x = np.ones((101, 1))
>>> found = fit(x, np.arange(101.0), np.ones(101), (0.1, 0.5, 0.9), 0.0).ravel()
>>> bool(np.abs(found - [10, 50, 90]).max() < 2)
True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["fit"]

Array = npt.NDArray[np.float64]

_FIRST_BLUR: Final = 0.05
_LAST_BLUR: Final = 0.01
"""Width of the rounded corner of the check loss, in standard deviations of the residuals."""
_STILL: Final = 4e-3
_LEAST_ROUNDS: Final = 6
_TINY: Final = 1e-9


def fit(
    x: Array,
    y: Array,
    weight: Array,
    levels: Sequence[float],
    penalty: float | Array,
    towards: Array | None = None,
    own: Array | None = None,
    rounds: int = 25,
) -> Array:
    """Coefficients of quantiles.

    Parameters
    ----------
    x : float array (row, feature)
        The first column is the constant.
    y : float array (row,)
    weight : float array (row,)
        Not negative, not all zero.
    levels : sequence of float
        Probabilities.
    penalty : float or float array (feature,)
        Ridge penalty a row, in the unit of 1 / standard deviation.
    towards : float array (level, feature), optional
        Coefficients to shrink towards, the constant too; zero, with a free constant, if not given.
    own : float array (row, level), optional
        One feature more for each level, last in the coefficients; needs ``towards``.
    rounds : int
        Most steps.

    Returns
    -------
    float array (level, feature)
        With one more feature where ``own`` is given.
    """
    p = np.asarray(levels, dtype=np.float64)
    w = weight / weight.mean()
    if towards is None:
        middle = np.linalg.solve(x.T @ (w[:, None] * x) + 1e-6 * len(y) * np.eye(x.shape[1]), x.T @ (w * y))
        rest = y - x @ middle
        start = np.tile(middle, (len(p), 1))
        start[:, 0] += np.quantile(rest, p)
        aim, free = np.zeros_like(start), np.r_[0.0, np.ones(x.shape[1] - 1)]
    else:
        start, aim, free = towards, towards, np.ones(towards.shape[1])
        half = len(p) // 2
        known = x @ towards[half, : x.shape[1]]
        rest = y - known - (0.0 if own is None else own[:, half] * towards[half, -1])
    scale = max(float(np.sqrt((w * rest**2).mean())), _TINY)
    pull = np.broadcast_to(penalty, free.shape) * free * (len(y) / scale) + _TINY * len(y)
    return _descend(x, y, w, p, own, start.copy(), aim, pull, scale, rounds)


def _descend(
    x: Array,
    y: Array,
    w: Array,
    p: Array,
    own: Array | None,
    b: Array,
    aim: Array,
    pull: Array,
    scale: float,
    rounds: int,
) -> Array:
    """All levels at once: weighted least squares whose weights are those of the parabolas."""
    k = x.shape[1]
    upper = np.triu_indices(k)
    products = x[:, upper[0]] * x[:, upper[1]]
    sides = 2 * p - 1
    right = pull * aim
    right[:, :k] += np.outer(sides, w @ x)
    if own is not None:
        right[:, k] += sides * (w @ own)
    gram = np.zeros((len(p), len(pull), len(pull)))
    blur = _FIRST_BLUR * scale
    for step in range(rounds):
        v = np.abs(y[:, None] - x @ b[:, :k].T - (0.0 if own is None else own * b[:, k]))
        v = w[:, None] / (blur + v)
        gram[:, upper[0], upper[1]] = v.T @ products
        gram[:, upper[1], upper[0]] = gram[:, upper[0], upper[1]]
        aims = right.copy()
        aims[:, :k] += (v * y[:, None]).T @ x
        if own is not None:
            u = v * own
            gram[:, :k, k] = gram[:, k, :k] = u.T @ x
            gram[:, k, k] = (u * own).sum(axis=0)
            aims[:, k] += y @ u
        new = np.linalg.solve(gram + np.diag(pull), aims[..., None])[..., 0]
        moved = float(np.abs(new - b).max())
        b, blur = np.asarray(new), max(blur * 0.7, _LAST_BLUR * scale)
        if moved < _STILL * scale and step >= _LEAST_ROUNDS:
            break
    return b

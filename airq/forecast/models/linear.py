"""Least squares with a penalty, which several models share.

Examples
--------
>>> x = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]])
>>> solve(x, x @ [1.0, 2.0], 1e-9).round(3).tolist()
[1.0, 2.0]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["solve"]


def solve(x: npt.NDArray[Any], y: npt.NDArray[Any], penalty: float) -> npt.NDArray[np.float64]:
    """Ridge coefficients; the first column is the constant, which is free.

    Parameters
    ----------
    x : float array (row, feature)
        float32 halves the time of the products; the equations are solved in float64.
    y : float array (row,)
    penalty : float
        In rows of standardised features.
    """
    gram = (x.T @ x).astype(np.float64)
    gram[np.diag_indices_from(gram)] += penalty
    gram[0, 0] -= penalty * (1 - 1e-9)
    return np.asarray(np.linalg.solve(gram, (x.T @ y).astype(np.float64)))

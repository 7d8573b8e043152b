"""Weights of sparsely visited cells, as openair's ``trajLevel`` has them.

Examples
--------
>>> pscf_weight(np.array([1, 4, 7, 20]), 4.0).tolist()
[0.15, 0.5, 0.75, 1.0]
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["cwt_weight", "pscf_weight"]

_PSCF: Final = ((0.5, 0.15), (1.0, 0.5), (2.0, 0.75))
"""Up to this multiple of the mean count, this weight; 1 above."""
_CWT: Final = ((10.0, 0.05), (20.0, 0.42), (80.0, 0.7))
"""Up to this count, this weight; 1 above."""


def _stepped(
    count: npt.NDArray[np.float64], steps: tuple[tuple[float, float], ...]
) -> npt.NDArray[np.float64]:
    limits = np.array([s[0] for s in steps])
    weights = np.array([*(s[1] for s in steps), 1.0])
    return np.asarray(weights[np.searchsorted(limits, count, side="left")])


def pscf_weight(count: npt.ArrayLike, mean: float) -> npt.NDArray[np.float64]:
    """Weight of cells by their endpoints: .15, .5, .75, 1 up to half, once, twice the mean, and above.

    Parameters
    ----------
    count : array_like
        Endpoints in each cell.
    mean : float
        Mean over the cells that hold any.
    """
    return _stepped(np.asarray(count, dtype=np.float64) / mean, _PSCF)


def cwt_weight(count: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Weight of cells by their endpoints: .05, .42, .7, 1 up to 10, 20, 80, and above."""
    return _stepped(np.asarray(count, dtype=np.float64), _CWT)

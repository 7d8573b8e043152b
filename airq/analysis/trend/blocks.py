"""Moving blocks: draws that keep the dependence of neighbouring months.

Künsch (1989, *Annals of Statistics* 17, 1217-1241): overlapping blocks, no wrap-around; length n^(1/3) after Bühlmann
& Künsch (1994), as in openair.

Examples
--------
>>> draws = block_draws(10, 3, 4, np.random.default_rng(0))
>>> draws.shape, bool((np.diff(draws[:, :4], axis=1) == 1).all())
((3, 10), True)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["block_draws", "block_length"]


def block_length(n: int) -> int:
    """Length of a block for n values.

    Examples
    --------
    >>> block_length(6), block_length(90), block_length(240)
    (2, 4, 6)
    """
    return max(1, round(n ** (1 / 3)))


def block_draws(n: int, draws: int, length: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Positions of resampled series.

    Parameters
    ----------
    n : int
        Values in the series.
    draws : int
    length : int
        Of a block; 1 draws single values.
    rng : numpy.random.Generator

    Returns
    -------
    int64 array, shape (draws, n)
    """
    length = min(max(length, 1), n)
    blocks = -(-n // length)
    starts = rng.integers(0, n - length + 1, (draws, blocks))
    whole = starts[:, :, None] + np.arange(length)
    return whole.reshape(draws, blocks * length)[:, :n]

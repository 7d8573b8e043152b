"""Runs of hours in boolean arrays ``(station, time)``, without loops over hours or stations.

A window of n hours is built by doubling, so that it costs log2(n) passes over one byte a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "Array",
    "Bits",
    "Cells",
    "Mask",
    "all_of",
    "any_before",
    "cells",
    "chunks",
    "nearest",
    "spread",
    "window",
]

Array = npt.NDArray[np.float32]
Bits = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]
Cells = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
"""Rows and columns of single readings."""


def cells(mask: Mask) -> Cells:
    """Rows and columns of the set cells, in their order; several times faster than ``nonzero`` in two dimensions.

    Examples
    --------
    >>> [a.tolist() for a in cells(np.array([[False, True], [True, False]]))]
    [[0, 1], [1, 0]]
    """
    rows, columns = np.divmod(np.flatnonzero(mask), max(1, mask.shape[1]))
    return rows, columns


_GATHERED: Final = 1_000_000


def chunks(count: int, each: int) -> Iterator[slice]:
    """Parts of a list of cells for which ``each`` values are gathered, so that a bad month needs no more memory.

    Examples
    --------
    >>> [(s.start, s.stop) for s in chunks(5, 400_000)]
    [(0, 2), (2, 4), (4, 6)]
    """
    step = max(1, _GATHERED // max(1, each))
    return (slice(k, k + step) for k in range(0, count, step))


def all_of(mask: Mask, hours: int) -> Mask:
    """Whether all of the ``hours`` cells from each cell on are set; shorter by ``hours - 1``.

    Examples
    --------
    >>> all_of(np.array([[True, True, True, False]]), 2).tolist()
    [[True, True, False]]
    """
    if hours > mask.shape[1]:
        return np.zeros((mask.shape[0], 0), bool)
    out, have = mask, 1
    while have < hours:
        step = min(have, hours - have)
        out = out[:, : out.shape[1] - step] & out[:, step:]
        have += step
    return out


def spread(starts: Mask, hours: int, width: int) -> Mask:
    """Cells that lie in a window of ``hours`` cells beginning at a set cell; ``width`` columns.

    Examples
    --------
    >>> spread(np.array([[False, True]]), 2, 4).tolist()
    [[False, True, True, False]]
    """
    out = np.zeros((starts.shape[0], width), bool)
    out[:, : starts.shape[1]] = starts[:, :width]
    have = 1
    while have < hours:
        step = min(have, hours - have)
        out[:, step:] |= out[:, :-step].copy()
        have += step
    return out


def any_before(mask: Mask, hours: int) -> Mask:
    """Whether any of the last ``hours`` cells, the cell itself included, is set.

    Examples
    --------
    >>> any_before(np.array([[True, False, False, False]]), 3).tolist()
    [[True, True, True, False]]
    """
    return spread(mask, hours, mask.shape[1])


def window(
    x: Array, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], first: int, last: int
) -> Array:
    """Readings from ``first`` to ``last`` hours around given cells; NaN beyond the ends.

    Parameters
    ----------
    x : float32 array, shape (station, time)
    rows, columns : int arrays of one shape
        Cells; a row of -1 is no station.
    first, last : int
        Offsets in hours, both included.

    Returns
    -------
    float32 array, shape (*cells, hours)

    Examples
    --------
    >>> window(np.array([[1, 2, 3]], np.float32), np.array([0]), np.array([0]), -1, 1).tolist()
    [[nan, 1.0, 2.0]]
    """
    at = columns[..., None] + np.arange(first, last + 1)
    outside = (at < 0) | (at >= x.shape[1]) | (rows[..., None] < 0)
    out = x[rows[..., None], np.where(outside, 0, at)]
    out[outside] = np.nan
    return out


def nearest(values: Array, usable: Mask) -> Array:
    """First usable value of each row, NaN where there is none.

    Examples
    --------
    >>> nearest(np.array([[5, 6, 7]], np.float32), np.array([[False, True, True]])).tolist()
    [6.0]
    """
    first = usable.argmax(axis=-1)
    found = np.take_along_axis(values, first[..., None], axis=-1)[..., 0]
    return np.where(usable.any(axis=-1), found, np.float32(np.nan))

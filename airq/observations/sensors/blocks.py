"""Splits that keep what belongs together: contiguous blocks of time, whole sensors.

Neighbouring hours resemble each other, so a random split of rows tests a model on hours whose neighbours it has
seen. Here a block of time is held out for all sensors at once, and the hours next to it are not learnt from.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["GAP_HOURS", "folds_of_sensors", "random_folds", "time_blocks", "training_rows"]

GAP_HOURS: Final = 24
"""Hours on both sides of a held-out block that are not learnt from."""

_SHORTEST: Final = 24  # hours of a block: a whole daily cycle

Ints = npt.NDArray[np.intp]


def time_blocks(time: npt.NDArray[np.datetime64], folds: int = 6) -> Ints:
    """Number of the contiguous block of each row; blocks hold about the same number of distinct times.

    Parameters
    ----------
    time : datetime64 array, shape (row,)
    folds : int
        Blocks asked for; fewer where a block would be shorter than 24 distinct times, at least two.

    Returns
    -------
    int array, shape (row,)
        0 to folds − 1, never falling with time.

    Examples
    --------
    >>> time_blocks(np.arange("2019-08-01", "2019-08-05", dtype="datetime64[h]"), 2)[[0, 47, 48, 95]].tolist()
    [0, 0, 1, 1]
    """
    distinct, at = np.unique(np.asarray(time, "datetime64[ns]"), return_inverse=True)
    number = max(2, min(folds, len(distinct) // _SHORTEST))
    block = np.arange(len(distinct)) * number // max(len(distinct), 1)
    return block[at].astype(np.intp)


def training_rows(
    time: npt.NDArray[np.datetime64], block: Ints, held_out: int, gap_hours: float = GAP_HOURS
) -> npt.NDArray[np.bool_]:
    """Rows to learn from when one block is held out: not in it, and not within the gap beside it.

    Examples
    --------
    >>> t = np.arange("2019-08-01T00", "2019-08-02T00", dtype="datetime64[h]")
    >>> training_rows(t, (np.arange(24) // 12).astype(np.intp), 0, gap_hours=6).sum()
    np.int64(6)
    """
    stamps = np.asarray(time, "datetime64[s]").astype(np.int64)
    inside = block == held_out
    gap = int(gap_hours * 3600)
    low, high = stamps[inside].min() - gap, stamps[inside].max() + gap
    return ~inside & ((stamps < low) | (stamps > high))


def folds_of_sensors(sensor: npt.NDArray[np.object_], most: int = 10) -> Ints:
    """Group of each row's sensor: each sensor its own group, or ``most`` groups of sensors where there are more.

    Examples
    --------
    >>> folds_of_sensors(np.array(["b", "a", "b"], object)).tolist()
    [1, 0, 1]
    """
    names, at = np.unique(sensor.astype(str), return_inverse=True)
    group = np.arange(len(names)) % most if len(names) > most else np.arange(len(names))
    return group[at].astype(np.intp)


def random_folds(rows: int, folds: int = 6, seed: int = 0) -> Ints:
    """Random split of rows, only to show how much it flatters.

    Examples
    --------
    >>> len(set(random_folds(100).tolist()))
    6
    """
    return np.random.default_rng(seed).permutation(np.arange(rows) % folds).astype(np.intp)

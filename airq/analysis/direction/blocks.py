"""Whole weeks drawn anew: intervals that stay honest where hours depend on one another.

Examples
--------
>>> times = np.array(["2019-01-07T00", "2019-01-13T23", "2019-01-14T00"], "datetime64[h]").astype("datetime64[ns]")
>>> weeks_of(times).tolist()
[0, 0, 1]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from airq.errors import MissingData

__all__ = ["block_sums", "draw_weights", "resampled", "weeks_of"]

Array = npt.NDArray[np.float64]

_LEAST_WEEKS = 8


def weeks_of(time: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    """Number of the week of each time, from Monday, counted among the weeks that occur.

    Raises
    ------
    MissingData
        If there are no times.
    """
    if len(time) == 0 or np.isnat(time).any():
        raise MissingData("intervals by weeks need the time of every hour; give a column 'time' or 'date'.")
    days = time.astype("datetime64[D]").astype(np.int64)
    _, number = np.unique((days + 3) // 7, return_inverse=True)  # 1970-01-01 was a Thursday
    return np.asarray(number.ravel(), dtype=np.int64)


def block_sums(
    time: npt.NDArray[np.datetime64], index: npt.NDArray[np.int64], columns: Sequence[Array], size: int
) -> list[sparse.csr_matrix]:
    """Sums of columns by week and bin, one sparse matrix (weeks, bins) a column.

    Raises
    ------
    MissingData
        Fewer than eight weeks.
    """
    week = weeks_of(time)
    weeks = int(week.max()) + 1
    if weeks < _LEAST_WEEKS:
        raise MissingData(f"intervals by weeks need {_LEAST_WEEKS} weeks of data, there are {weeks}; give a longer period.")  # fmt: skip
    return [sparse.csr_matrix((c, (week, index)), shape=(weeks, size)) for c in columns]


def draw_weights(weeks: int, draws: int, seed: int) -> Array:
    """How often each week is drawn, shape (draws, weeks)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(weeks, np.full(weeks, 1.0 / weeks), size=draws).astype(np.float64)


def resampled(sums: Sequence[sparse.csr_matrix], draws: int, seed: int) -> Iterator[tuple[Array, ...]]:
    """Sums of drawn weeks, one tuple of arrays (bins,) a draw."""
    times = draw_weights(sums[0].shape[0], draws, seed)
    drawn = [np.asarray((m.T @ times.T).T) for m in sums]
    for d in range(draws):
        yield tuple(m[d] for m in drawn)

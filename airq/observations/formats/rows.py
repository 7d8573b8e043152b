"""Rows of a table to dense arrays, with the same care for every layout that has one row a station and time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.formats.base import Block, sentinel_mask
from airq.observations.issues import Issues
from airq.variables import FLAGS

__all__ = ["TooSparse", "dense"]

_MOST_CELLS = 20_000_000
_SPARSE = 20  # cells for each line; a station that reports once a day has 24


class TooSparse(FileRejected):
    """Lines that would make arrays much larger than the file."""


def dense(
    stations: npt.NDArray[np.object_],
    time: npt.NDArray[np.datetime64],
    values: Mapping[str, npt.NDArray[np.float64]],
    lines: npt.NDArray[np.int64],
    issues: Issues,
    zero_is_missing: bool = False,
) -> Block:
    """Arrange rows by station and time.

    Parameters
    ----------
    stations, time, lines : arrays, shape (row,)
        Code, end of the hour (or day), and the row's line in the file.
    values : mapping of str to array, shape (row,)
        Canonical units; NaN where missing.
    issues : Issues
        Receives duplicates and sentinels.
    zero_is_missing : bool
        Some sources write 0 for a missing value.

    Returns
    -------
    Block
        The same station and time twice with different values gives neither value and the flag ``conflict``.

    Examples
    --------
    >>> s = np.array(["A", "A"], object); t = np.array(["2019-01-01T01", "2019-01-01T01"], "datetime64[ns]")
    >>> found = Issues()
    >>> block = dense(s, t, {"pm25": np.array([5.0, 6.0])}, np.array([2, 3]), found)
    >>> block.values["pm25"].tolist(), found.summarised()[-1].where
    ([[nan]], 'line 3')
    """
    codes, station = np.unique(stations.astype(str), return_inverse=True)
    times, at = np.unique(time.astype("datetime64[ns]"), return_inverse=True)
    key = station.astype(np.int64) * len(times) + at
    if len(codes) * len(times) > max(_MOST_CELLS, _SPARSE * len(key)):
        raise TooSparse(f"{len(codes):,} stations and {len(times):,} times in {len(key):,} lines")
    shape = (len(codes), len(times))
    values_out: dict[str, npt.NDArray[np.float32]] = {}
    flags_out: dict[str, npt.NDArray[np.uint16]] = {}
    repeated = 0
    for name, column in values.items():
        block = np.full(shape, np.nan)
        bits = np.zeros(shape, np.uint16)
        present = np.isfinite(column)
        odd = present & sentinel_mask(column)
        if zero_is_missing:
            zero = present & (column == 0)
            if zero.any():
                issues.note(
                    "",
                    f"{int(zero.sum()):,} zeros of {name} stand for missing values in this source and are stored as missing",
                )
            odd |= zero
        elif odd.any():
            issues.note(
                "",
                f"{int(odd.sum()):,} values of {name} are codes for 'no value' (such as -999) and are stored as missing",
            )
        bits.ravel()[key[odd]] |= FLAGS["sentinel"]
        usable = present & ~odd
        k, v, n = key[usable], column[usable], lines[usable]
        repeated = max(repeated, len(k) - len(np.unique(k)))
        low = np.full(block.size, np.inf)
        high = np.full(block.size, -np.inf)
        np.minimum.at(low, k, v)
        np.maximum.at(high, k, v)
        some = low <= high
        same = some & (low == high)
        block.ravel()[same] = low[same]
        differ = some & ~same
        if differ.any():
            bits.ravel()[differ] |= FLAGS["conflict"]
            seen: set[int] = set()
            for row in np.flatnonzero(differ[k]):
                if int(k[row]) in seen:
                    who, when = codes[k[row] // len(times)], str(times[k[row] % len(times)])[:16]
                    issues.each(
                        "twice",
                        f"line {n[row]}",
                        f"{who} {when} stands twice with different {name}; neither value is taken",
                    )
                seen.add(int(k[row]))
        values_out[name] = block.astype(np.float32)
        flags_out[name] = bits
    if repeated:
        issues.note("", f"{repeated:,} rows repeat a station and time")
    return Block([str(c) for c in codes], times, values_out, flags_out)

"""Station names that damage has touched: control characters, and rare near-copies of a frequent name."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.observations.issues import Issues

__all__ = ["near", "readable"]

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd\u200b-\u200f\u2028\u2029]")
_FREQUENT: Final = 20  # rows from which a name counts as frequent
_RARE: Final = 0.05  # share of the frequent name's rows that a near-copy may have


def near(a: str, b: str) -> bool:
    """Whether one letter replaced, added or left out turns one name into the other.

    Examples
    --------
    >>> near("2691A", "2691B"), near("2691A", "261A"), near("2691A", "2692B")
    (True, True, False)
    """
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def readable(
    names: npt.NDArray[np.object_], keep: npt.NDArray[np.bool_], lines: npt.NDArray[np.int64], issues: Issues
) -> npt.NDArray[np.bool_]:
    """Rows whose station has a name that can be trusted; the others are named.

    Parameters
    ----------
    names : object array, shape (row,)
    keep : bool array, shape (row,)
        Rows that are still in question.
    lines : int64 array, shape (row,)
    issues : Issues

    Returns
    -------
    bool array, shape (row,)
        ``keep`` without rows of empty or unreadable names, and without rare near-copies of a frequent name.

    Examples
    --------
    >>> rows = np.array(["2691A"] * 40 + ["2691C"], object)
    >>> found = Issues()
    >>> int(readable(rows, np.ones(41, bool), np.arange(2, 43), found).sum()), found.summarised()[0].where
    (40, 'line 42')
    """
    out = keep.copy()
    for name in {str(n) for n in names[keep]}:
        if not name or _ODD.search(name):
            rows = np.flatnonzero(keep & (names == name))
            out[rows] = False
            for i in rows:
                what = "has no readable station name" if name else "has no station"
                issues.each("nameless", f"line {lines[i]}", f"{what}; the line is not taken")
    counts = Counter(str(n) for n in names[out])
    if len(counts) > 3000:  # comparing every name with every other would take minutes
        return out
    usual = float(np.median(list(counts.values()))) if counts else 0.0
    if usual >= _FREQUENT:
        for name in [n for n, c in counts.items() if c == 1]:
            row = int(np.flatnonzero(out & (names == name))[0])
            issues.each(
                "lone", f"line {lines[row]}", f"station '{name[:30]}' stands in one line only", "note"
            )
    frequent = [n for n, c in counts.items() if c >= _FREQUENT]
    rare = _RARE * max(counts.values(), default=0)
    for name, count in counts.items():
        if count > rare:
            continue
        twin = next((f for f in frequent if count <= _RARE * counts[f] and near(name, f)), None)
        if twin is not None:
            for i in np.flatnonzero(out & (names == name)):
                issues.each(
                    "twin",
                    f"line {lines[i]}",
                    f"station '{name[:30]}' stands in {count} lines and differs by one letter from '{twin[:30]}' with {counts[twin]:,}, so it is damaged; the line is not taken",
                )
                out[i] = False
    return out

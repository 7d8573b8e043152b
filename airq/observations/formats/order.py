"""Rows that stand where their time does not belong: what a damaged date or hour looks like.

Only a file that is otherwise in order can show it; in a shuffled file order means nothing and nothing is said.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from airq.observations.issues import Issues

__all__ = ["drop_strays", "lonely_ends", "strays"]

_FEW: Final = 0.005
"""Largest share of strays in a file that counts as ordered."""


def strays(time: npt.NDArray[np.datetime64]) -> npt.NDArray[np.bool_]:
    """Rows whose time leaves the order that their neighbours keep, in a file that is otherwise ordered.

    Parameters
    ----------
    time : datetime64 array, shape (row,)
        In the order of the file, without NaT; equal stamps may follow each other.

    Returns
    -------
    bool array, shape (row,)

    Examples
    --------
    >>> t = np.array(["2019-01-01", "2019-01-02", "2019-07-03", "2019-01-04"], "datetime64[ns]")
    >>> strays(t).tolist(), strays(t[::-1]).tolist()
    ([False, False, True, False], [False, True, False, False])
    """
    out = np.zeros(len(time), bool)
    if len(time) < 3:
        return out
    t = time.astype("datetime64[ns]").astype(np.int64)
    if (np.diff(t) < 0).sum() > (np.diff(t) > 0).sum():
        t = -t
    before, here, after = t[:-2], t[1:-1], t[2:]
    out[1:-1] = (before <= after) & ((here < before) | (here > after))
    return out if out.sum() <= max(2, _FEW * len(time)) else np.zeros(len(time), bool)


def drop_strays(
    station: npt.NDArray[np.object_],
    time: npt.NDArray[np.datetime64],
    lines: npt.NDArray[np.int64],
    issues: Issues,
) -> npt.NDArray[np.bool_]:
    """Rows that can be trusted; each other one is named.

    A stray is left out only if its neighbours leave exactly one step of the series free for it, so that a late
    row at its right time is not lost; any other stray is noted and taken.

    Parameters
    ----------
    station, time, lines : arrays, shape (row,)
        In the order of the file; time without NaT.
    issues : Issues

    Returns
    -------
    bool array, shape (row,)
    """
    keep = np.ones(len(time), bool)
    _, which = np.unique(station.astype(str), return_inverse=True)
    order = np.argsort(which, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(which[order])) + 1):
        t = time[rows]
        steps = np.abs(np.diff(t).astype("timedelta64[ns]").astype(np.int64))
        if not len(steps) or not steps[steps > 0].size:
            continue
        step = np.median(steps[steps > 0])
        for k in np.flatnonzero(strays(t)):
            hole = abs(int((t[k + 1] - t[k - 1]) / np.timedelta64(1, "ns")))
            where = f"line {lines[rows[k]]}"
            stamp = str(t[k])[:16]
            if hole == 2 * step:
                keep[rows[k]] = False
                issues.each("stray", where, f"the time {stamp} stands out of the file's order and its neighbours miss one step, so it is damaged; the line is not taken")  # fmt: skip
            else:
                issues.each("late", where, f"the time {stamp} stands out of the file's order", "note")
    lonely_ends(time, lines, issues)
    return keep


def lonely_ends(time: npt.NDArray[np.datetime64], lines: npt.NDArray[np.int64], issues: Issues) -> None:
    """Note a single stamp that lies farther from all others than these span among themselves.

    Examples
    --------
    >>> found = Issues()
    >>> t = np.array(["2019-01-01T01", "2019-01-01T02", "2019-01-01T03", "2091-01-01T04"], "datetime64[ns]")
    >>> lonely_ends(t, np.array([2, 3, 4, 5]), found)
    >>> found[0].where
    'line 5'
    """
    known = np.unique(time)
    if len(known) < 4:
        return
    day = np.timedelta64(1, "D")
    for lone, near, far in ((known[0], known[1], known[-1]), (known[-1], known[-2], known[0])):
        gap = abs(near - lone)
        if gap > max(abs(far - near), day):
            line = lines[np.flatnonzero(time == lone)[0]]
            issues.note(
                f"line {line}",
                f"the time {str(lone)[:16]} lies {gap / day:,.0f} days from all others; check it",
            )

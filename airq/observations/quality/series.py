"""Tests that look at one series alone: range, codes, stuck runs, spikes, zeros, ends of the measuring range.

A test takes the readings ``(station, time)`` on a full hourly axis and its own parameters, and gives the hours it
marks. Faults are rare, so a test first finds the few cells that can be one and judges only these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from airq.observations.quality.runs import Array, Cells, Mask, all_of, cells, chunks, nearest, spread, window

__all__ = [
    "Changes",
    "at_limit",
    "codes",
    "excursions",
    "jumps",
    "out_of_range",
    "steps_of",
    "stuck",
    "zeros",
]


def steps_of(x: Array) -> Array:
    """Change from each hour to the next, shape (station, time - 1); NaN beside a gap.

    Examples
    --------
    >>> steps_of(np.array([[20, 25, np.nan]], np.float32)).tolist()
    [[5.0, nan]]
    """
    return x[:, 1:] - x[:, :-1]


def out_of_range(x: Array, lowest: float, highest: float) -> Mask:
    """Readings outside the measuring range."""
    return np.asarray((x > highest) | (x < lowest))


def codes(x: Array, listed: Sequence[float]) -> Mask:
    """Readings that are codes for "no value" whatever stands around them.

    Examples
    --------
    >>> codes(np.array([[20, -999, 25]], np.float32), [-999.0]).tolist()
    [[False, True, False]]
    """
    out = np.zeros(x.shape, bool)
    for code in listed:
        out |= x == np.float32(code)
    return out


def stuck(x: Array, steps: Array, hours: int, above: float) -> Mask:
    """Runs of the same value for at least ``hours`` hours; a gap ends a run.

    Examples
    --------
    >>> x = np.array([[20, 20, 20, 7]], np.float32)
    >>> stuck(x, steps_of(x), hours=3, above=10).tolist()
    [[True, True, True, False]]
    """
    whole = all_of(steps == 0, hours - 1)
    if not whole.any():
        return np.zeros(x.shape, bool)
    return np.asarray(spread(whole, hours, x.shape[1]) & (x > above))


@dataclass(frozen=True)
class Changes:
    """Sudden changes: short runs away from both sides (``spike``) or steps to another level (``jump``).

    Attributes
    ----------
    rows, start : int arrays, shape (candidates,)
        Station and first hour.
    length : int array
        Hours.
    sign : int array
        1 up, -1 down.
    size : float array
        Least distance of the readings from what stands beside them.
    ratio : float array
        The higher over the lower of the same two; at least 1.
    """

    rows: npt.NDArray[np.intp]
    start: npt.NDArray[np.intp]
    length: npt.NDArray[np.intp]
    sign: npt.NDArray[np.intp]
    size: Array
    ratio: Array

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: Mask) -> Changes:
        """The chosen candidates."""
        return Changes(**{k: v[keep] for k, v in vars(self).items()})

    def cells(self) -> Cells:
        """Row and column of every hour of every run."""
        rows = np.repeat(self.rows, self.length)
        ends = np.cumsum(self.length)
        within = np.arange(len(rows)) - np.repeat(ends - self.length, self.length)
        return rows, np.repeat(self.start, self.length) + within


def excursions(x: Array, steps: Array, longest: int, times: float, plus: float, dips: bool) -> Changes:
    """Runs of up to ``longest`` hours that lie away from both sides by a factor and by an amount.

    Parameters
    ----------
    x, steps : float32 arrays, shape (station, time) and (station, time - 1)
    longest : int
        Hours.
    times, plus : float
        Both must be exceeded, against the reading before and the one after.
    dips : bool
        Also runs below both sides.

    Examples
    --------
    >>> x = np.array([[20, 22, 900, 25, 24]], np.float32)
    >>> found = excursions(x, steps_of(x), longest=1, times=3, plus=150, dips=False)
    >>> found.start.tolist(), found.size.tolist()
    ([2], [875.0])
    """
    found = []
    for sign in (1, -1) if dips else (1,):
        rows, before = cells(steps > plus if sign > 0 else steps < -plus)
        for length in range(1, longest + 1):
            fits = before + length + 1 < x.shape[1]
            r, b = rows[fits], before[fits]
            run = x[r[:, None], b[:, None] + np.arange(length + 2)]
            # A run below is a run above with all signs turned; NaN anywhere makes an extreme NaN.
            inside = sign * (sign * run[:, 1:-1]).min(axis=1)
            side = sign * np.maximum(sign * run[:, 0], sign * run[:, -1])
            high, low = (inside, side) if sign > 0 else (side, inside)
            hit = (high > times * low) & (high > low + plus)
            n = np.count_nonzero(hit)
            ratio = (high[hit] / np.maximum(low[hit], np.float32(1e-3))).astype(np.float32)
            found.append(
                Changes(r[hit], b[hit] + 1, np.full(n, length), np.full(n, sign), (high - low)[hit], ratio)
            )
    return Changes(**{k: np.concatenate([getattr(f, k) for f in found]) for k in vars(found[0])})


def jumps(x: Array, steps: Array, odd: Mask, times: float, plus: float, hold: int) -> Changes:
    """Steps from one hour to the next to a level that stays.

    Parameters
    ----------
    x, steps : float32 arrays, shape (station, time) and (station, time - 1)
    odd : bool array, shape (station, time)
        Readings already known to be wrong, which make no step.
    times, plus : float
        Both must be exceeded by the step.
    hold : int
        Hours on each side that must lie apart by at least half the step; a missing one does not matter.

    Examples
    --------
    >>> x = np.array([[20, 22, 21, 300, 310, 290]], np.float32)
    >>> jumps(x, steps_of(x), np.zeros(x.shape, bool), times=3, plus=150, hold=3).start.tolist()
    [3]
    """
    rows, before = cells(np.abs(steps) > plus)
    use = ~(odd[rows, before] | odd[rows, before + 1])
    rows, before = rows[use], before[use]
    step = steps[rows, before]
    sign = np.where(step > 0, 1, -1)
    a, b = x[rows, before], x[rows, before + 1]
    high, low = np.maximum(a, b), np.maximum(np.minimum(a, b), np.float32(1e-3))
    earlier = sign * np.fmax.reduce(
        sign[:, None] * window(x, rows, before, 1 - hold, 0), axis=1, initial=-np.inf
    )
    later = sign * np.fmin.reduce(sign[:, None] * window(x, rows, before, 1, hold), axis=1, initial=np.inf)
    keep = (high > times * low) & (sign * (later - earlier) >= 0.5 * np.abs(step))
    one = np.ones(len(rows), np.intp)
    ratio = (high / low).astype(np.float32)
    found = Changes(rows, before + 1, one, sign, np.abs(step), ratio)
    return found.take(keep)


def zeros(x: Array, hours: int, above: float, longest: int) -> Mask:
    """Exact zeros that stand for a missing value.

    Parameters
    ----------
    x : float32 array, shape (station, time)
    hours : int
        How far on each side the next reading other than zero is looked for.
    above : float
        A zero is implausible where all such readings found are at least this large.
    longest : int
        A run of zeros of at least so many hours is implausible whatever surrounds it.

    Examples
    --------
    >>> zeros(np.array([[30, 0, 28, 2, 0, 1]], np.float32), hours=24, above=10, longest=24).tolist()
    [[False, True, False, False, False, False]]
    """
    zero = x == 0
    out = np.zeros(x.shape, bool)
    rows, columns = cells(zero)
    if not len(rows):
        return out
    for part in chunks(len(rows), 2 * hours + 1):
        i, t = rows[part], columns[part]
        around = window(x, i, t, -hours, hours)
        usable = np.isfinite(around) & (around != 0)
        before = nearest(around[:, :hours][:, ::-1], usable[:, :hours][:, ::-1])
        after = nearest(around[:, hours + 1 :], usable[:, hours + 1 :])
        out[i, t] = np.fmin(before, after) >= above
    whole = all_of(zero, longest)
    if whole.any():
        out |= spread(whole, longest, x.shape[1])
    return out


def at_limit(x: Array, p: Mapping[str, Any], name: str, quiet_share: float) -> tuple[Mask, Mask]:
    """Readings at the end of the instrument's range, and those among them that are codes rather than readings.

    Parameters
    ----------
    x : float32 array, shape (station, time)
    p : mapping
        Parameters of ``instrument_limit``.
    name : str
        Pollutant.
    quiet_share : float
        Largest share of such a value that the readings beside it may reach if it is to be a code.

    Returns
    -------
    limit, code : bool arrays, shape (station, time)
        ``limit``: a listed end of range, or any high value met ``at_least`` times, that nothing exceeds within
        ``hours``. ``code``: a listed one met more than once within ``hours``, in a run that comes from and goes back
        to readings far below it from one hour to the next, which no dust or smoke does.

    Examples
    --------
    >>> from airq.observations.quality.parameters import parameters
    >>> x = np.array([[700, 985, 985, 800], [12, 985, 985, 14]], np.float32)
    >>> limit, code = at_limit(x, parameters()["instrument_limit"], "pm25", 0.3)
    >>> limit.tolist()
    [[False, True, True, False], [False, True, True, False]]
    >>> code.tolist()
    [[False, False, False, False], [False, True, True, False]]
    """
    limit, code = np.zeros(x.shape, bool), np.zeros(x.shape, bool)
    listed = np.array(p["values"][name], np.float32)
    lowest = min([p["plateau_from"][name], *p["values"][name]])
    rows, columns = cells(x >= np.float32(lowest))
    if not len(rows):
        return limit, code
    hours = p["hours"]
    for part in chunks(len(rows), 2 * hours + 1):
        i, t = rows[part], columns[part]
        value, around = x[i, t], window(x, i, t, -hours, hours)
        own = around == value[:, None]
        known, often = np.isin(value, listed), own.sum(axis=1)
        top = ~(around > value[:, None]).any(axis=1)
        plateau = (often >= p["at_least"]) & (value >= p["plateau_from"][name])
        limit[i, t] = top & (known | plateau)
        # The first other cell on each side; a gap there proves nothing.
        before = nearest(around[:, :hours][:, ::-1], ~own[:, :hours][:, ::-1])
        after = nearest(around[:, hours + 1 :], ~own[:, hours + 1 :])
        code[i, t] = known & (often > 1) & (np.maximum(before, after) <= quiet_share * value)
    return limit, code

"""Phases of an episode: growth, peak, clearing, from a smoothed series.

The series is smoothed by a centred mean of 24 hours, which takes the daily cycle out; of days it is taken as it stands.
The rise goes from the lowest value before the peak to the peak: growth begins when a tenth of it is done (onset) and ends
at nine tenths; the peak lasts while the value is above that; clearing ends when nine tenths of the fall are done.

Examples
--------
>>> values = np.array([20.0, 20, 60, 100, 100, 60, 20, 20])
>>> found = phases_of(values, first=3, last=4, before=4, after=4)
>>> found.onset, found.peak_start, found.peak_end, found.cleared
(1, 3, 4, 6)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["PHASES", "Phases", "phases_of", "smoothed"]

Array = npt.NDArray[np.float64]

PHASES: Final = ("growth", "peak", "clearing")
_SMALL: Final = 0.1
"""Share of the rise that is not counted as growth, and of the fall."""


@dataclass(frozen=True)
class Phases:
    """Places in a series; -1 where the phase cannot be seen.

    Attributes
    ----------
    onset, peak_start, peak, peak_end, cleared : int
    base_before, base_after, top : float
        Lowest smoothed values on either side, and the highest.
    unseen : str
        What cannot be told: ``onset``, ``clearing``, both by a comma, or nothing.
    """

    onset: int
    peak_start: int
    peak: int
    peak_end: int
    cleared: int
    base_before: float
    base_after: float
    top: float
    unseen: str


def smoothed(values: Array, hours: int = 24) -> Array:
    """Centred mean over ``hours`` with at least half of them there; an even width weighs its two ends by half.

    Parameters
    ----------
    values : float64 array, shape (n,)
        On a full axis of hours.
    hours : int

    Returns
    -------
    float64 array, shape (n,)

    Examples
    --------
    >>> smoothed(np.arange(6.0), 2)[1:-1].tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    if hours <= 1:
        return values
    weight = np.ones(hours + 1 - hours % 2)
    if hours % 2 == 0:
        weight[[0, -1]] = 0.5
    known = np.isfinite(values)
    total = np.convolve(np.where(known, values, 0.0), weight, mode="same")[: len(values)]
    there = np.convolve(known.astype(np.float64), weight, mode="same")[: len(values)]
    out = np.where(there >= 0.5 * weight.sum(), total / np.maximum(there, 1e-12), np.nan)
    return np.asarray(out)


def _crossing(side: Array, top: float, outer: int) -> tuple[int, float, int]:
    """Where a tenth and nine tenths of the way from the base to the top lie, along a side of the peak.

    ``side`` runs from the peak outwards; the base is its lowest value from ``outer`` on, outside of the episode, so that a
    dip within a long episode is no end of it.
    """
    outside = side[outer:]
    known = outside[np.isfinite(outside)]
    base = float(known.min()) if len(known) else float("inf")
    low, high = base + _SMALL * (top - base), top - _SMALL * (top - base)
    with np.errstate(invalid="ignore"):
        below = np.flatnonzero(outside <= low)
        far = outer + int(below[0]) if len(below) else len(side) - 1
        above = np.flatnonzero(side[: far + 1] >= high)
    return far, base, int(above[-1]) if len(above) else 0


def phases_of(smooth: Array, first: int, last: int, before: int, after: int, day: int = 1) -> Phases | None:
    """Phases of one episode.

    Parameters
    ----------
    smooth : float64 array, shape (n,)
    first, last : int
        Where the rule says it begins and ends, inclusive.
    before, after : int
        Steps to look back from ``first`` and on from ``last``; a neighbouring episode may bound them.
    day : int
        Steps of a day: the rise may begin on the first day, the fall end on the last.

    Returns
    -------
    Phases or None
        None if nothing is known between first and last.
    """
    inside = smooth[first : last + 1]
    if not np.isfinite(inside).any():
        return None
    peak = first + int(np.nanargmax(inside))
    top = float(smooth[peak])
    left = smooth[max(first - before, 0) : peak + 1][::-1]
    right = smooth[peak : min(last + after, len(smooth) - 1) + 1]
    back, base_before, back_top = _crossing(left, top, max(peak - (first + day - 1), 0))
    on, base_after, on_top = _crossing(right, top, max((last - day + 1) - peak, 0))
    # A rise that begins at the edge of the record, or behind a gap, was not seen to begin.
    unseen = []
    if first < day or base_before > 0.5 * top or not np.isfinite(left[: back + 1]).all():
        unseen.append("onset")
    if last > len(smooth) - 1 - day or base_after > 0.5 * top or not np.isfinite(right[: on + 1]).all():
        unseen.append("clearing")
    return Phases(
        onset=-1 if "onset" in unseen else peak - back,
        peak_start=peak - back_top,
        peak=peak,
        peak_end=peak + on_top,
        cleared=-1 if "clearing" in unseen else peak + on,
        base_before=base_before if np.isfinite(base_before) else float("nan"),
        base_after=base_after if np.isfinite(base_after) else float("nan"),
        top=top,
        unseen=",".join(unseen),
    )


def steepest(values: Array, hours: int, sign: int) -> float:
    """Fastest rise (sign 1) or fall (sign -1) over so many steps, per step; NaN where none is known."""
    if len(values) <= hours:
        return float("nan")
    middle = pd.Series(values).rolling(3, center=True, min_periods=2).mean().to_numpy()
    change = sign * (middle[hours:] - middle[:-hours]) / hours
    return float(np.nanmax(change)) if np.isfinite(change).any() else float("nan")

"""Kolmogorov-Zurbenko filter: a moving average, applied k times, that passes over gaps.

Rao & Zurbenko (1994, *J. Air Waste Manage. Assoc.* 44, 1089-1092). KZ(m, k) removes what is shorter than about m √k
steps. Windows of openair are 3, 13, 107, 721 and 8761 hours with k = 5; 15 and 365 days with k = 5 and 3 part a daily
series into weather, season and long term.

Examples
--------
>>> kz(np.array([0.0, 0.0, 9.0, 0.0, 0.0]), 3, 1).tolist()
[0.0, 3.0, 3.0, 3.0, 0.0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.averaging import row_step
from airq.analysis.columns import SAID, numbers, one_site, repeated, times_of, uncoded, zeros_note, zone_note
from airq.analysis.columns import column as column_of
from airq.errors import MissingData, ParameterError

__all__ = ["Filtered", "kz", "kz_filter"]

Array = npt.NDArray[np.float64]

_MOST = 3_000_000


@dataclass(frozen=True, eq=False)
class Filtered:
    """A series at several scales.

    Attributes
    ----------
    column : str
    windows : tuple of int
        Steps, odd, rising.
    iterations : tuple of int
    step : pandas.Timedelta
    table : pandas.DataFrame
        ``time``, ``value``, ``kz_<window>`` of each filter, and ``band_0`` (the value less the shortest filter),
        ``band_1`` (between the first two) and so on: bands and the longest filter add up to the value. ``edge_<window>``
        marks times whose filter lacks part of its window at an end of the series.
    notes : tuple of str
    """

    column: str
    windows: tuple[int, ...]
    iterations: tuple[int, ...]
    step: pd.Timedelta
    table: pd.DataFrame
    notes: tuple[str, ...]

    def variances(self) -> pd.Series:
        """Share of the variance in each band and in the longest filter; what is left is their covariance."""
        names = [f"band_{k}" for k in range(len(self.windows))] + [f"kz_{self.windows[-1]}"]
        whole = self.table[[*names, "value"]].dropna()
        total = float(whole["value"].var())
        shares = {n: float(whole[n].var()) / total if total > 0 else np.nan for n in names}
        return pd.Series({**shares, "covariance": 1 - sum(shares.values())})

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        return self.variances().rename("share of variance").to_frame().to_html()


def kz(values: Array, window: int, iterations: int = 5, least: float = 0.0) -> Array:
    """Filter of equidistant values.

    Parameters
    ----------
    values : float64 array, shape (n,)
        NaN in gaps.
    window : int
        Odd.
    iterations : int
    least : float
        Share of a full window that must have values at the first pass, 0 to 1.

    Returns
    -------
    float64 array, shape (n,)
        NaN where a window holds nothing (or too little).
    """
    half = (window - 1) // 2
    n = len(values)
    at = np.arange(n)
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, n)
    out = np.asarray(values, dtype=np.float64)
    for turn in range(iterations):
        held = np.isfinite(out)
        # Sums about the mean keep the rounding of long cumulative sums small.
        middle = float(out[held].mean()) if held.any() else 0.0
        sums = np.concatenate([[0.0], np.cumsum(np.where(held, out - middle, 0.0))])
        counts = np.concatenate([[0], np.cumsum(held)])
        count = counts[high] - counts[low]
        enough = count > 0 if turn else (count > 0) & (count >= least * window)
        mean = middle + (sums[high] - sums[low]) / np.maximum(count, 1)
        out = np.where(enough, mean, np.nan)
    return out


def _checked(windows: Sequence[int], iterations: Sequence[int], least: float) -> None:
    if not windows or any(w < 3 or w % 2 == 0 for w in windows) or list(windows) != sorted(set(windows)):
        raise ParameterError(f"windows {list(windows)} are not odd, 3 or more, and rising; correct them.")
    if any(k < 1 for k in iterations) or len(iterations) != len(windows):
        raise ParameterError("iterations must be 1 or more, one number or one for each window.")
    if not 0 <= least <= 1:
        raise ParameterError(f"least {least} is no share; give one between 0 and 1.")


def kz_filter(
    frame: pd.DataFrame,
    column: str,
    windows: Sequence[int] = (15, 365),
    iterations: int | Sequence[int] = 5,
    *,
    least: float = 0.5,
    step: str | None = None,
) -> Filtered:
    """Part a series into scales.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of one site in any order, with ``time`` or ``date``.
    column : str
    windows : sequence of int
        Lengths in steps, odd, rising.
    iterations : int or one for each window
    least : float
        Share of a window that must have values.
    step : str, optional
        Distance of the rows; by default the commonest.

    Returns
    -------
    Filtered

    Raises
    ------
    MissingData
        No column, times or values; a series shorter than the longest window.
    ParameterError
        Windows that are even or not rising, several sites.
    """
    turns = (iterations,) * len(windows) if isinstance(iterations, int) else tuple(iterations)
    _checked(windows, turns, least)
    values, codes = uncoded(numbers(column_of(frame, column, "the value"), "the value"), column)
    time = times_of(frame)
    if time is None:
        raise MissingData("the frame has no column 'time' or 'date' and no index of times; add one.")
    one_site(frame)
    doubled = repeated(time, values)
    given = pd.Series(values, index=pd.DatetimeIndex(time))[~doubled & ~np.isnat(time)].sort_index()
    counts = {"no_time": int(np.isnat(time).sum()), "duplicated": int(doubled.sum()), "code": codes}
    notes = [SAID[k].format(n=f"{n:,}") for k, n in counts.items() if n]
    notes += zone_note(frame) + zeros_note(values, column)
    if not given.notna().any():
        raise MissingData(f"column '{column}' holds no value with a time; check the file and its codes.")
    size = pd.Timedelta(row_step(given.index.to_numpy(), step))
    calendar = pd.date_range(given.index[0], given.index[-1], freq=size)
    if len(calendar) < windows[-1]:
        raise MissingData(
            f"column '{column}' spans {len(calendar):,} steps, less than the window of {windows[-1]:,}; take a shorter one."
        )
    if len(calendar) > _MOST:
        raise ParameterError(f"{len(calendar):,} steps are too many to filter; average the rows first.")
    on = given.reindex(calendar)
    off = int(given.notna().sum() - on.notna().sum())
    if off:
        notes.append(f"{off:,} rows are not on the step of {size} and are left out.")
    table = pd.DataFrame({"time": calendar, "value": on.to_numpy()})
    before = table["value"].to_numpy()
    at = np.arange(len(calendar))
    for k, (window, turn) in enumerate(zip(windows, turns, strict=True)):
        smooth = kz(table["value"].to_numpy(), window, turn, least)
        table[f"kz_{window}"] = smooth
        table[f"band_{k}"] = before - smooth
        reach = (window - 1) // 2 * turn
        table[f"edge_{window}"] = (at < reach) | (at >= len(at) - reach)
        before = smooth
    return Filtered(column, tuple(windows), turns, size, table, tuple(notes))

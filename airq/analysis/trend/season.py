"""Monthly values without their season.

Gaps are filled for the decomposition by a line through the same calendar month of the other years, as openair does;
filled months are marked and never counted as observed.

Examples
--------
>>> months = pd.period_range("2015-01", "2019-12", freq="M")
>>> wave = 30 + 10 * np.cos(2 * np.pi * np.arange(60) / 12) - 0.1 * np.arange(60)
>>> out = deseasonalise(pd.Series(wave, index=months))
>>> bool(np.ptp(out.value - (30 - 0.1 * np.arange(60))) < 0.5)
True
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.trend.series import Monthly, joined, monthly_values
from airq.analysis.trend.stl import stl
from airq.errors import MissingData, ParameterError

__all__ = ["Deseasonalised", "deseasonalise", "without_season"]

Array = npt.NDArray[np.float64]

_YEARS = 2


@dataclass(frozen=True, eq=False)
class Deseasonalised:
    """Trend and remainder of monthly values, and the season that was taken out.

    Attributes
    ----------
    series : Monthly
        As given.
    value : float64 array, shape (n,)
        Trend plus remainder.
    season, trend, rest : float64 arrays, shape (n,)
    filled : bool array, shape (n,)
        Months without a value of their own.
    notes : tuple of str
    """

    series: Monthly
    value: Array
    season: Array
    trend: Array
    rest: Array
    filled: npt.NDArray[np.bool_]
    notes: tuple[str, ...]

    def as_monthly(self) -> Monthly:
        """The same as a series."""
        return replace(self.series, value=self.value, notes=self.notes)

    def to_frame(self) -> pd.DataFrame:
        """``date``, ``observed``, ``value``, ``season``, ``trend``, ``rest``, ``filled``."""
        return pd.DataFrame(
            {
                "date": self.series.dates.astype("datetime64[ns]"),
                "observed": self.series.value,
                "value": self.value,
                "season": self.season,
                "trend": self.trend,
                "rest": self.rest,
                "filled": self.filled,
            }
        )

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(index=False)


_COARSE: Final = {3: "quarterly values", 12: "annual values"}
_LEFT_IN: Final = {
    3: "the season of quarterly values is left in; give months to take it out.",
    12: "annual values have no season to take out.",
}


def _filled(series: Monthly) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Values with each gap from the line through its own calendar month."""
    value, gap = series.value.copy(), ~series.held
    overall = float(np.nanmean(value))
    at = np.arange(len(value), dtype=np.float64)
    for month in np.unique(series.month[gap] % 12):
        own = series.month % 12 == month
        known, lost = own & ~gap, own & gap
        if known.sum() >= 2:
            slope, base = np.polyfit(at[known], value[known], 1)
            value[lost] = base + slope * at[lost]
        else:
            value[lost] = value[known][0] if known.any() else overall
    return value, gap


def deseasonalise(
    monthly: Any,
    *,
    column: str | None = None,
    window: int = 11,
    robust: bool = True,
    exact_median: bool = False,
) -> Deseasonalised:
    """Take the season out of monthly values.

    Parameters
    ----------
    monthly
        As :func:`airq.analysis.trend.series.monthly_values` takes it; more than 24 months.
    column : str, optional
    window : int
        Years over which the season may change; odd, 7 or more.
    robust : bool
    exact_median : bool
        See :mod:`airq.analysis.trend.stl`.

    Returns
    -------
    Deseasonalised

    Raises
    ------
    MissingData
        Two years or less, or annual values.
    ParameterError
        A window that is even or too short.
    """
    series = monthly_values(monthly, column)
    if window < 7 or window % 2 == 0:
        raise ParameterError(f"window {window} is not odd and 7 or more; use 11.")
    if series.every != 1 or len(series.month) <= 12 * _YEARS:
        have = f"{len(series.month)} months" if series.every == 1 else _COARSE[series.every]
        raise MissingData(
            f"column '{series.name}' has {have}; a season needs more than {12 * _YEARS} months: give a longer period."
        )
    value, gap = _filled(series)
    if float(np.ptp(value)) == 0:
        # The filters would leave rounding noise, in which tests of ranks see a trend.
        level, none = value, np.zeros(len(value))
        return Deseasonalised(series, level, none, level, none, gap, series.notes)
    parts = stl(value, 12, window, robust, exact_median)
    notes = list(series.notes)
    if gap.any():
        some = ", ".join(str(np.datetime64(int(m), "M")) for m in series.month[gap][:6])
        notes.append(
            f"{int(gap.sum())} months without a value ({some}{' ...' if gap.sum() > 6 else ''}) are filled by a line "
            "through the same month of other years before the season is taken out."
        )
        if gap.mean() > 0.25:
            notes.append(f"{100 * gap.mean():.0f} % of the months are filled; read the result with care.")
    return Deseasonalised(
        series, parts.trend + parts.rest, parts.season, parts.trend, parts.rest, gap, tuple(notes)
    )


def without_season(series: Monthly, wanted: bool) -> tuple[Monthly, npt.NDArray[np.bool_], bool]:
    """Series without its season if that is wanted and can be done; which months are filled; whether it was done."""
    none = np.zeros(len(series.month), dtype=bool)
    if not wanted:
        return series, none, False
    if series.every != 1 or len(series.month) <= 12 * _YEARS:
        note = (
            _LEFT_IN[series.every]
            if series.every != 1
            else f"{len(series.month)} months are too few to take the season out (more than {12 * _YEARS} are needed)."
        )
        return replace(series, notes=joined(series.notes, [note])), none, False
    done = deseasonalise(series)
    return done.as_monthly(), done.filled, True

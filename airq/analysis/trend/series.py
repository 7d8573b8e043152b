"""Monthly values on an unbroken calendar: what every trend starts from.

Accepted are a Series by dates, months or years, a frame with ``date``, ``time`` or ``month`` and one column of values,
and :class:`airq.analysis.averaging.PeriodMeans`. Gaps stay gaps; hours are refused with the way to make months of them.

Examples
--------
>>> held = monthly_values(pd.Series([3.0, 5.0], index=pd.to_datetime(["2020-03-31", "2020-01-31"])))
>>> held.dates.astype(str).tolist(), held.value.tolist()
(['2020-01-01', '2020-02-01', '2020-03-01'], [5.0, nan, 3.0])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.averaging import PeriodMeans
from airq.analysis.columns import SAID, numbers, of_beijing, one_site, uncoded
from airq.analysis.columns import column as column_of
from airq.errors import MissingData, ParameterError

__all__ = ["LEAST", "Monthly", "monthly_values"]

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

LEAST: Final = 6
"""Months that a trend needs, as in openair."""

_TIMES: Final = ("month", "date", "time", "period", "start", "year")
_OTHER: Final = {"end", "count", "possible", "capture", "site", "station", "place", "lower", "upper", "error"}


@dataclass(frozen=True, eq=False)
class Monthly:
    """Values by month.

    Attributes
    ----------
    name : str
    month : int64 array, shape (n,)
        Months since January 1970, one after the other, from the first to the last value.
    value : float64 array, shape (n,)
        NaN in gaps.
    every : int
        Months between values: 1, 3 of quarters and seasons, 12 of annual values.
    notes : tuple of str
    """

    name: str
    month: Months
    value: Array
    every: int
    notes: tuple[str, ...]

    @property
    def dates(self) -> npt.NDArray[np.datetime64]:
        """First day of each month."""
        return self.month.astype("datetime64[M]").astype("datetime64[D]")

    @property
    def days(self) -> Array:
        """Days from 1 January 1970 to the first of each month."""
        return self.dates.astype(np.int64).astype(np.float64)

    @property
    def held(self) -> npt.NDArray[np.bool_]:
        """Months with a value."""
        return np.isfinite(self.value)

    @property
    def span(self) -> int:
        """Values that the calendar has from first to last."""
        return (len(self.month) - 1) // self.every + 1

    def need(self, least: int, what: str) -> None:
        """Refuse a series that is too short.

        Raises
        ------
        MissingData
        """
        n = int(self.held.sum())
        if n < least:
            kind = {1: "months", 3: "quarters"}.get(self.every, "years")
            raise MissingData(
                f"column '{self.name}' has values in {n} {kind} and {what} needs {least}; give a longer period."
            )


def _from_frame(frame: pd.DataFrame, column: str | None) -> tuple[pd.Series, Any]:
    """Values and times of a frame."""
    name = next((n for n in _TIMES if n in frame.columns), None)
    times: Any = frame.index if name is None else frame[name]
    if name == "month" and "year" in frame.columns and pd.api.types.is_integer_dtype(frame["month"].dtype):
        times = frame["year"].astype("str") + "-" + frame["month"].astype("str").str.zfill(2)
    if column is None:
        rest = [
            c
            for c in frame.columns
            if c not in _TIMES
            and str(c) not in _OTHER
            and pd.api.types.is_numeric_dtype(frame[c].dtype)
            and not pd.api.types.is_bool_dtype(frame[c].dtype)
        ]
        if "value" in rest:
            rest = ["value"]
        if len(rest) != 1:
            some = ", ".join(str(c) for c in rest[:6]) or "none"
            raise ParameterError(
                f"the frame must have one column of values and has {some}; name it with column=."
            )
        column = str(rest[0]) if rest[0] not in frame.columns else rest[0]
    return column_of(frame, str(column), "the value"), times


def _month_numbers(times: Any) -> tuple[Months, npt.NDArray[np.bool_], bool]:
    """Months of any index of times, which are missing, and whether they are years."""
    index = pd.Index(times)
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if pd.api.types.is_integer_dtype(index.dtype):
        years = index.to_numpy(dtype=np.int64)
        if not len(years) or not ((years >= 1800) & (years <= 2300)).all():
            raise ParameterError(
                "the values have no dates; index them by month, such as 2019-01, or by year."
            )
        return (years - 1970) * 12, np.zeros(len(years), dtype=bool), True
    if not isinstance(index, pd.DatetimeIndex):
        read = pd.to_datetime(pd.Series(index.astype("str")), errors="coerce", format="mixed")
        bad = read.isna().to_numpy() & ~pd.isna(index)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise ParameterError(f"row {row + 1}: '{index[row]}' is no month; write it like 2019-01.")
        index = pd.DatetimeIndex(read)
    stamps = of_beijing(index).to_numpy().astype("datetime64[ns]")
    missing = np.isnat(stamps)
    months = np.where(missing, np.datetime64(0, "ns"), stamps).astype("datetime64[M]").astype(np.int64)
    return months, missing, False


def _once(month: Months, value: Array, name: str) -> tuple[Months, Array, list[str]]:
    """One value a month; a month that stands twice with the same value counts once."""
    table = pd.DataFrame({"month": month, "value": value})
    table = table[table["value"].notna()]
    same = table.drop_duplicates()
    counts = same["month"].value_counts()
    if len(counts) and counts.max() > 1:
        worst = int(counts.index[int(np.argmax(counts.to_numpy()))])
        label = np.datetime64(worst, "M")
        raise ParameterError(
            f"column '{name}' holds {int(counts.max())} different values in {label}; make monthly means first with period_means()."
        )
    notes = []
    if len(same) < len(table):
        notes.append(f"{len(table) - len(same)} months stand twice with the same value and count once.")
    return same["month"].to_numpy(dtype=np.int64), same["value"].to_numpy(dtype=np.float64), notes


def monthly_values(data: Any, column: str | None = None) -> Monthly:
    """Monthly values of a Series, a frame or period means.

    Parameters
    ----------
    data : pandas.Series, pandas.DataFrame, PeriodMeans or Monthly
        By month (any day of it) or by year.
    column : str, optional
        Column of a frame that has several.

    Returns
    -------
    Monthly

    Raises
    ------
    MissingData
        No value at all.
    ParameterError
        Several values in a month, no dates, text for numbers.
    """
    if isinstance(data, Monthly):
        return data
    if isinstance(data, PeriodMeans):
        data = data.series
    if isinstance(data, pd.DataFrame):
        one_site(data)
        series, times = _from_frame(data, column)
    elif isinstance(data, pd.Series):
        series, times = data, data.index
    else:
        raise ParameterError(
            f"monthly values must be a pandas Series or DataFrame, not {type(data).__name__}; give one."
        )
    name = str(series.name if series.name is not None else column or "value")
    value, codes = uncoded(numbers(series.rename(name), "the value"), name)
    month, missing, years = _month_numbers(times)
    notes = [SAID["code"].format(n=f"{codes:,}")] if codes else []
    if missing.any():
        notes.append(f"{int(missing.sum())} rows without a date are left out.")
    month, value, doubled = _once(month[~missing], value[~missing], name)
    if not len(month):
        raise MissingData(f"column '{name}' holds no monthly value; check the file or the captures.")
    calendar = np.arange(month.min(), month.max() + 1)
    filled = np.full(len(calendar), np.nan)
    filled[month - calendar[0]] = value
    every = 12 if years else _every(month)
    return Monthly(name, calendar, filled, every, tuple(notes + doubled))


def _every(month: Months) -> int:
    """Months between values: of quarters and seasons 3, of years 12, else 1."""
    if len(month) < 2:
        return 1
    gaps = np.diff(np.sort(month)).astype(np.int64)
    return next((n for n in (12, 3) if (gaps % n == 0).all()), 1)


def joined(*notes: Sequence[str]) -> tuple[str, ...]:
    """Notes one after the other, each once."""
    return tuple(dict.fromkeys(n for group in notes for n in group))

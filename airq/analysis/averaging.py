"""Averages over periods, with capture against the full calendar and the reason why a mean is withheld.

A series that begins on 29 January has not captured January, however complete its last three days are. The hours that
a period *has* are therefore counted by the calendar, not by the rows of the file (``calendar=False`` counts rows, as
openair's ``timeAverage`` does, to compare with it). What is withheld is withheld for every statistic, counts too.

Examples
--------
>>> time = pd.date_range("2019-01-29 01:00", "2019-03-01 00:00", freq="h")
>>> means = period_means(pd.DataFrame({"time": time, "pm25": 50.0}), "pm25")
>>> means.table[["value", "count", "possible"]].values.tolist()
[[nan, 72.0, 744.0], [50.0, 672.0, 672.0]]
>>> means.table["reason"].iloc[0]
'72 of 744 hours have a value (10 %), and 75 % is needed'
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.columns import (
    SAID,
    begins_hour,
    numbers,
    one_site,
    repeated,
    times_of,
    uncoded,
    zeros_note,
    zone_note,
)
from airq.analysis.columns import column as column_of
from airq.errors import MissingData, ParameterError
from airq.weather.season import END, START
from airq.weather.wind import normalise

__all__ = ["PERIODS", "STATISTICS", "PeriodMeans", "period_means"]

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

PERIODS: Final = ("hour", "day", "week", "month", "quarter", "season", "year", "heating")
"""Lengths of a period: weeks begin on Monday, a season is December to February and so on, ``heating`` is 15 October to
15 April."""

STATISTICS: Final = (
    "mean", "median", "min", "max", "sum", "std", "percentile", "count", "above", "direction",
)  # fmt: skip

_DAY: Final = np.timedelta64(1, "D")
_UNITS: Final[dict[Any, str]] = {np.timedelta64(1, "h"): "hours", _DAY: "days"}


@dataclass(frozen=True, eq=False)
class PeriodMeans:
    """Averages of periods.

    Attributes
    ----------
    column, period, statistic : str
    table : pandas.DataFrame
        A row for every period from the first to the last: ``start``, ``end`` (excluded), ``value`` (NaN if withheld),
        ``count`` (values there), ``possible`` (what counts as complete), ``capture`` (0 to 1), ``reason`` (empty if
        the value stands).
    minimum_capture : float
    calendar : bool
    step : str
        What the rows are: ``hours``, ``days`` or ``values``.
    masked : dict of str to int
        Rows left out, by reason.
    notes : tuple of str
    """

    column: str
    period: str
    statistic: str
    table: pd.DataFrame
    minimum_capture: float
    calendar: bool
    step: str
    masked: dict[str, int]
    notes: tuple[str, ...]

    @property
    def series(self) -> pd.Series:
        """Values by the start of their period; withheld ones are NaN."""
        index = pd.DatetimeIndex(self.table["start"], name="date")
        return pd.Series(self.table["value"].to_numpy(), index=index, name=self.column)

    @property
    def withheld(self) -> pd.DataFrame:
        """Periods without a value, with the reason."""
        return self.table[self.table["value"].isna()].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        short = "".join(
            f"<li>{r.start:%Y-%m-%d}: {escape(r.reason)}</li>" for r in self.withheld.itertuples()
        )
        return (
            f"<p><b>{escape(self.column)}</b>, {escape(self.statistic)} by {escape(self.period)}: "
            f"{int(self.table['value'].notna().sum())} of {len(self.table)} periods</p><ul>{short}</ul>"
        )


def _months(time: Times) -> npt.NDArray[np.int64]:
    return time.astype("datetime64[M]").astype(np.int64)


def _from_months(number: npt.NDArray[np.int64]) -> Times:
    return number.astype("datetime64[M]").astype("datetime64[ns]")


def _winter(time: Times) -> npt.NDArray[np.int64]:
    """Year in which the heating season of a time began; the year before the next one for times out of season."""
    year = _months(time) // 12
    return np.where(time >= _heating(year)[0], year, year - 1)


def _heating(years: npt.NDArray[np.int64]) -> tuple[Times, Times]:
    """Start of the first day to the end of the last day, in the next year."""
    start = _from_months(years * 12 + START[0] - 1) + (START[1] - 1) * _DAY
    end = _from_months(years * 12 + 12 + END[0] - 1) + END[1] * _DAY
    return start, end


def _key(time: Times, period: str) -> npt.NDArray[np.int64]:
    """Number of the period that a time is in."""
    if period == "hour":
        return time.astype("datetime64[h]").astype(np.int64)
    if period == "day":
        return time.astype("datetime64[D]").astype(np.int64)
    if period == "week":  # 1 January 1970 was a Thursday
        return (time.astype("datetime64[D]").astype(np.int64) + 3) // 7
    if period == "month":
        return _months(time)
    if period == "quarter":
        return _months(time) // 3
    if period == "season":
        return (_months(time) + 1) // 3
    if period == "year":
        return _months(time) // 12
    return _winter(time)


def _bounds(keys: npt.NDArray[np.int64], period: str) -> tuple[Times, Times]:
    """Start and end of numbered periods."""
    if period == "heating":
        return _heating(keys)
    if period in ("hour", "day", "week"):
        size = {"hour": np.timedelta64(1, "h"), "day": _DAY, "week": np.timedelta64(7, "D")}[period]
        shift = 3 * _DAY if period == "week" else 0 * _DAY
        both = [
            (k * size.astype("timedelta64[ns]") - shift).astype("timedelta64[ns]") for k in (keys, keys + 1)
        ]
        zero = np.datetime64(0, "ns")
        return zero + both[0], zero + both[1]
    width = {"month": 1, "quarter": 3, "season": 3, "year": 12}[period]
    back = 1 if period == "season" else 0
    return _from_months(keys * width - back), _from_months((keys + 1) * width - back)


def row_step(time: Times, given: str | None) -> np.timedelta64:
    """Commonest distance between rows."""
    if given is not None:
        try:
            return pd.Timedelta(f"1{given}" if given[:1].isalpha() else given).to_timedelta64()
        except ValueError as error:
            raise ParameterError(f"step '{given}' is no length of time; write h, d or 30min.") from error
    gaps = np.diff(np.unique(time))
    if not len(gaps):
        raise MissingData(
            "one row does not tell how often there should be one; give step, such as 'h' or 'd'."
        )
    sizes, counts = np.unique(gaps, return_counts=True)
    return sizes[int(np.argmax(counts))]


def _ends(frame: pd.DataFrame, label: str, step: np.timedelta64) -> bool:
    if label not in ("auto", "start", "end"):
        raise ParameterError(f"label '{label}' is not known; use auto, start or end.")
    if label == "auto":
        return not begins_hour(frame) and bool(step < _DAY)
    return label == "end"


def _reduce(
    statistic: str, percentile: float, threshold: float, group: npt.NDArray[np.int64], values: Array, n: int
) -> Array:
    """Statistic of each of n groups; ``values`` holds no NaN."""
    counts = np.bincount(group, minlength=n).astype(np.float64)
    if statistic == "count":
        return counts
    if statistic == "above":
        over = (values > threshold).astype(np.float64)
        return np.asarray(np.bincount(group, weights=over, minlength=n), dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        if statistic in ("mean", "sum"):
            total = np.bincount(group, weights=values, minlength=n)
            return total / counts if statistic == "mean" else np.where(counts > 0, total, np.nan)
        if statistic == "direction":
            angle = np.deg2rad(values)
            u = np.bincount(group, weights=np.sin(angle), minlength=n)
            v = np.bincount(group, weights=np.cos(angle), minlength=n)
            # Opposed winds cancel to rounding noise, whose direction means nothing.
            aim = normalise(np.ones(n), np.rad2deg(np.arctan2(u, v)))
            return np.where(np.hypot(u, v) > 1e-9 * counts, aim, np.nan)
    grouped = pd.Series(values).groupby(group)
    found = (
        grouped.quantile(percentile / 100)
        if statistic == "percentile"
        else getattr(grouped, statistic)()
    )  # fmt: skip
    return np.asarray(found.reindex(range(n)).to_numpy(), dtype=np.float64)


def _checked(period: str, statistic: str, minimum: float, percentile: float, threshold: float | None) -> None:
    if period not in PERIODS:
        raise ParameterError(f"period '{period}' is not known; use {', '.join(PERIODS)}.")
    if statistic not in STATISTICS:
        raise ParameterError(f"statistic '{statistic}' is not known; use {', '.join(STATISTICS)}.")
    if not 0 <= minimum <= 1:
        raise ParameterError(
            f"minimum_capture {minimum} is no share; give one between 0 and 1, such as 0.75."
        )
    if not 0 <= percentile <= 100:
        raise ParameterError(f"percentile {percentile} is not between 0 and 100; correct it.")
    if statistic == "above" and threshold is None:
        raise ParameterError("statistic 'above' needs a threshold; give one.")


def _usable(
    frame: pd.DataFrame, name: str, statistic: str, wind_speed: str | None
) -> tuple[Times, Array, dict[str, int], list[str]]:
    """Times and values without repeated and timeless rows; values may be NaN."""
    values, codes = uncoded(numbers(column_of(frame, name, "the value"), "the value"), name)
    time = times_of(frame)
    if time is None:
        raise MissingData("the frame has no column 'time' or 'date' and no index of times; add one.")
    one_site(frame)
    if statistic == "direction":
        code = (values < 0) | (values > 360)
        values = np.where(code, np.nan, values)
        if wind_speed is not None:
            speed, _ = uncoded(numbers(column_of(frame, wind_speed, "wind speed"), "wind speed"), wind_speed)
            values = np.where(speed == 0, np.nan, values)
    keep = ~np.isnat(time)
    masked = {"no_time": int((~keep).sum())}
    doubled = repeated(time, values)
    masked["duplicated"], masked["code"] = int(doubled.sum()), codes
    keep &= ~doubled
    if not np.isfinite(values[keep]).any():
        raise MissingData(f"column '{name}' holds no value with a time; check the file and its codes.")
    held = {k: n for k, n in masked.items() if n}
    notes = [SAID[k].format(n=f"{n:,}") for k, n in held.items()]
    notes += zone_note(frame) + zeros_note(values[keep], name)
    return time[keep], values[keep], held, notes


def period_means(
    frame: pd.DataFrame,
    column: str,
    period: str = "month",
    minimum_capture: float = 0.75,
    calendar: bool = True,
    *,
    statistic: str = "mean",
    percentile: float = 95.0,
    threshold: float | None = None,
    wind_speed: str | None = None,
    step: str | None = None,
    label: Literal["auto", "start", "end"] = "auto",
) -> PeriodMeans:
    """Average a column over periods.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of one site in any order, with ``time`` or ``date``.
    column : str
    period : str
        One of :data:`PERIODS`.
    minimum_capture : float
        Share of the period that must have a value.
    calendar : bool
        Share of the full calendar period (default), or of the rows that are there.
    statistic : str
        One of :data:`STATISTICS`; ``direction`` is the angle of the mean of unit vectors, ``above`` the number of
        rows above ``threshold``, ``std`` the sample standard deviation.
    percentile : float
    threshold : float, optional
    wind_speed : str, optional
        For ``direction``: column of speeds; calms then have no direction. Without it every row counts, as in openair.
    step : str, optional
        Distance of the rows, such as ``h`` or ``d``; by default the commonest.
    label : {"auto", "start", "end"}
        Whether a row is named by the start or the end of its time. By default ``time`` names the end of an hour, as
        everywhere here, and ``date`` its start, as in openair's data.

    Returns
    -------
    PeriodMeans

    Raises
    ------
    MissingData
        No such column, no times, no values.
    ParameterError
        Unknown period or statistic, a share that is none, several sites, periods shorter than the rows.
    """
    _checked(period, statistic, minimum_capture, percentile, threshold)
    time, values, masked, notes = _usable(frame, column, statistic, wind_speed)
    size = row_step(time, step)
    if _ends(frame, label, size):
        time = time - size.astype("timedelta64[ns]")
    key = _key(time, period)
    first, last = int(key.min()), int(key.max())
    starts, ends = _bounds(np.arange(first, last + 1), period)
    if (ends - starts).min() < size:
        raise ParameterError(
            f"the rows are {pd.Timedelta(size)} apart, which is longer than a period of one {period}; take a longer period."
        )
    group = key - first
    inside = (time >= starts[group]) & (time < ends[group])  # only the heating season leaves time out
    group, values = group[inside], values[inside]
    n = len(starts)
    valid = np.isfinite(values)
    count = np.bincount(group[valid], minlength=n)
    rows = np.bincount(group, minlength=n)
    possible = np.rint((ends - starts) / size).astype(np.int64) if calendar else rows
    found = _reduce(statistic, percentile, threshold or 0.0, group[valid], values[valid], n)
    unit = _UNITS.get(size, "values")
    with np.errstate(invalid="ignore", divide="ignore"):
        capture = np.where(possible > 0, count / possible, 0.0)
    # A share such as 0.75 of 744 must not fail by a rounding of the last bit.
    held = (count > 0) & (capture >= minimum_capture - 1e-12)
    reasons = [
        "" if ok else _reason(int(count[k]), int(possible[k]), minimum_capture, unit)
        for k, ok in enumerate(held)
    ]
    table = pd.DataFrame(
        {
            "start": starts,
            "end": ends,
            "value": np.where(held, found, np.nan),
            "count": count,
            "possible": possible,
            "capture": capture,
            "reason": reasons,
        }
    )
    return PeriodMeans(
        column, period, statistic, table, minimum_capture, calendar, unit, masked, tuple(notes)
    )  # fmt: skip


def _reason(count: int, possible: int, minimum: float, unit: str) -> str:
    if count == 0:
        return f"none of {possible:,} {unit} has a value"
    share = 100 * count / possible
    # Just short of the limit must not read as if it were reached.
    shown = f"{share:.0f}" if round(share) < 100 * minimum else f"{np.floor(share * 10) / 10:.1f}"
    return f"{count:,} of {possible:,} {unit} have a value ({shown} %), and {100 * minimum:g} % is needed"

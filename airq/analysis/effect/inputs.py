"""From hourly or daily frames to one value a day: what every method on the effect of a measure starts from.

What is left out is counted by reason and said in sentences. Logarithms are taken throughout, since measures and weather
act on concentrations by shares; days of zero or less have none and are masked.

Examples
--------
>>> time = pd.date_range("2019-01-01 01:00", periods=48, freq="h")
>>> held = daily(pd.DataFrame({"time": time, "pm25": 30.0}), "pm25")
>>> held.frame["pm25"].tolist(), str(held.frame["day"].iloc[0].date())
([30.0, 30.0], '2019-01-01')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import dataset
from airq.analysis.columns import (
    SAID,
    begins_hour,
    column,
    days_apart,
    numbers,
    of_beijing,
    repeated,
    site_column,
    times_of,
    uncoded,
    unusable,
    zone_note,
)
from airq.analysis.direction.winds import degrees
from airq.errors import MissingData, ParameterError

__all__ = ["Days", "as_day", "daily", "need_varying", "site_column", "week_means"]

Array = npt.NDArray[np.float64]

_LEAST_HOURS: Final = 18
"""Hours of a day that must hold a value, three quarters; official validity (20 h) is for official means."""
LEAST_DAYS: Final = 4
"""Days of a week that must hold a value."""
_DIRECTIONS: Final = ("wind_direction", "wd")
_SPEEDS: Final = ("wind_speed", "ws", "WSPM")


@dataclass(frozen=True, eq=False)
class Days:
    """One row a day.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``day``, the target (NaN where withheld) and the weather columns; directions have become ``<name>_u`` and
        ``<name>_v``. Every day from the first to the last stands once.
    target : str
    weather : tuple of str
        Names of the weather columns as they are in ``frame``.
    masked : dict of str to int
        What was left out, by reason.
    notes : tuple of str
        The same in sentences.
    site : str
        Its name where the frame has one.
    """

    frame: pd.DataFrame
    target: str
    weather: tuple[str, ...]
    masked: dict[str, int]
    notes: tuple[str, ...]
    site: str = ""

    @property
    def days(self) -> pd.DatetimeIndex:
        """The days."""
        return pd.DatetimeIndex(self.frame["day"])

    @property
    def log(self) -> Array:
        """Logarithm of the target, NaN where withheld."""
        return np.log(self.frame[self.target].to_numpy(dtype=np.float64))


_SAID: Final = SAID | {
    "negative": "{n} values below 0 are left out.",
    "short_days": "{n} days with fewer than 18 hours of the target are left out.",
    "not_positive": "{n} days whose value is 0 or less are left out: they have no logarithm, and many feeds write 0 for missing.",
    "weather_code": "{n} weather values outside what can be (codes such as 999 or -9999) are left out.",
    "day_stamps": "The rows are days stamped with a time of day, which does not count.",
}


def as_day(value: object, what: str) -> pd.Timestamp:
    """Date as a day.

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> as_day("2020-10-15", "date")
    Timestamp('2020-10-15 00:00:00')
    """
    try:
        day = pd.Timestamp(value)
        if pd.isna(day) or isinstance(value, int | float | np.number):
            raise ValueError
    except (ValueError, TypeError) as error:
        raise ParameterError(f"{what} '{value}' is no date; write it like 2020-10-15.") from error
    return of_beijing(pd.DatetimeIndex([day]))[0].normalize()


def _times(frame: pd.DataFrame) -> npt.NDArray[np.datetime64]:
    named = frame.rename(columns={"day": "date"}) if not {"time", "date"} & set(frame.columns) else frame
    time = times_of(named)
    if time is None:
        raise MissingData("the frame has no column 'time' or 'date'; give the time of every row.")
    if not len(time) or np.isnat(time).all():
        raise MissingData("the frame holds no row with a time; give hours or days.")
    return time


def _chosen(frame: pd.DataFrame, site: str | None) -> pd.DataFrame:
    name = site_column(frame)
    if site is None:
        held = frame[name].dropna().unique() if name else []
        if len(held) > 1:
            raise ParameterError(
                f"the frame holds {len(held)} sites in column '{name}'; name one of them: site='{held[0]}'."
            )
        return frame
    if name is None:
        raise MissingData(f"site '{site}' is asked for, but the frame has no column 'site'; add it.")
    own = frame[frame[name].astype("str") == str(site)]
    if own.empty:
        known = ", ".join(str(s) for s in frame[name].dropna().unique()[:6])
        raise MissingData(f"site '{site}' is not in column '{name}'; it holds {known}.")
    return own


def _clean_weather(frame: pd.DataFrame, names: Sequence[str], masked: dict[str, int]) -> dict[str, Array]:
    """Weather by name; directions as components, so that 360 and 0 are one and calms are in the middle."""
    out: dict[str, Array] = {}
    if isinstance(names, str):
        raise ParameterError(f"weather '{names}' is one name; give a list of columns, ['{names}', ...].")
    speed_name = next((n for n in _SPEEDS if n in frame.columns), None)
    for name in names:
        series = column(frame, name, "the weather")
        if name in _DIRECTIONS:
            values, named_calm = degrees(series)
            speed = numbers(frame[speed_name], "wind speed") if speed_name else np.ones(len(frame))
            calm = (speed == 0) | named_calm
            bad = ((values < 0) | (values > 360)) & ~calm
            masked["weather_code"] = masked.get("weather_code", 0) + int(bad.sum())
            turned = np.deg2rad(np.where(bad, np.nan, values))
            out[f"{name}_u"] = np.where(calm, 0.0, -speed * np.sin(turned))
            out[f"{name}_v"] = np.where(calm, 0.0, -speed * np.cos(turned))
            continue
        values = numbers(series, "weather")
        out[name], codes = uncoded(values, name, physical=True)
        masked["weather_code"] = masked.get("weather_code", 0) + codes
        if not np.isfinite(out[name]).any():
            raise MissingData(
                f"{unusable(values, name)}; read weather of the place, or leave the column out."
            )
    return out


def daily(frame: pd.DataFrame, target: str, weather: Sequence[str] = (), site: str | None = None) -> Days:
    """Daily means of the target and its weather.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours (``time`` ends the hour, ``date`` begins it) or days (``date`` or ``day``), in any order, with gaps. A
        deweathered series is a column like any other.
    target : str
    weather : sequence of str
        Columns; ``wind_direction`` or ``wd`` becomes two components.
    site : str, optional
        Needed where the frame holds several.

    Returns
    -------
    Days

    Raises
    ------
    MissingData
        A column, a site or every value is missing.
    ParameterError
        Several sites, text for numbers.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError(f"a pandas DataFrame is needed, not {type(frame).__name__}; give one.")
    column(frame, target, "the target")
    own = _chosen(frame, site)
    time, masked = _times(own), dict[str, int]()
    known = ~np.isnat(time)
    values, masked["code"] = uncoded(numbers(column(own, target, "the target"), "the target"), target)
    doubled = repeated(time, values)
    masked["no_time"], masked["duplicated"] = int((~known).sum()), int(doubled.sum())
    kept = known & ~doubled
    own, time, values = own[kept], time[kept], values[kept]
    masked["negative"] = int((values < 0).sum())
    values = np.where(values < 0, np.nan, values)
    # A clock that strikes other hours than midnight counts hours, unless its rows are a day apart.
    clock = bool((time.astype("datetime64[D]") != time).any())
    hourly = clock and not days_apart(time)
    masked["day_stamps"] = int(clock and not hourly)
    # Label 00 closes the day before, but in a column of beginnings opens its own.
    ends = hourly and not begins_hour(frame)
    day = dataset.day_of(time) if ends else time.astype("datetime64[D]")
    table = pd.DataFrame({"day": pd.DatetimeIndex(day).as_unit("ns"), target: values})
    met = _clean_weather(own, weather, masked)
    table = table.assign(**{f"weather {k}": v for k, v in met.items()})
    grouped = table.groupby("day")
    means = grouped.mean()
    if hourly:
        short = (grouped[target].count() < _LEAST_HOURS) & means[target].notna()
        masked["short_days"] = int(short.sum())
        means.loc[short, target] = np.nan
    bad = means[target] <= 0
    masked["not_positive"] = int(bad.sum())
    means.loc[bad, target] = np.nan
    if not means[target].notna().any():
        said = " ".join(_SAID[k].format(n=f"{n:,}") for k, n in masked.items() if n)
        raise MissingData(f"column '{target}' has no usable day; {said or 'it is empty.'}")
    full = pd.date_range(means.index.min(), means.index.max(), freq="D")
    means.columns = [str(c).removeprefix("weather ") for c in means.columns]
    out = means.reindex(full).rename_axis("day").reset_index()
    found = {k: n for k, n in masked.items() if n}
    notes = (*(_SAID[k].format(n=f"{n:,}") for k, n in found.items()), *zone_note(own))
    name = site_column(own)
    held = own[name].dropna() if name else own.index[:0]
    return Days(out, target, tuple(met), found, notes, str(held.iloc[0]) if name and len(held) else "")


def need_varying(held: Days) -> None:
    """Refuse a series that is always the same, whose effect would be exactly none.

    Raises
    ------
    MissingData
    """
    values = held.frame[held.target].dropna()
    if values.max() - values.min() <= 1e-9 * abs(values.max()):
        raise MissingData(
            f"column '{held.target}' is always {values.iloc[0]:g}; a series that does not vary shows no effect."
        )


def week_means(
    days: pd.DatetimeIndex, values: Array, start: pd.Timestamp, least: int = LEAST_DAYS
) -> pd.Series:
    """Means of weeks that begin on the weekday of a date.

    Parameters
    ----------
    days : pandas.DatetimeIndex, shape (n,)
    values : float64 array, shape (n,)
    start : pandas.Timestamp
        First day of week 0.
    least : int
        Days with a value that a week must have.

    Returns
    -------
    pandas.Series
        By number of the week, only those with a value.

    Examples
    --------
    >>> days = pd.date_range("2020-01-01", periods=14)
    >>> week_means(days, np.arange(14.0), pd.Timestamp("2020-01-08")).to_dict()
    {-1: 3.0, 0: 10.0}
    """
    week = (days - start).days // 7
    grouped = pd.Series(values).groupby(np.asarray(week))
    return grouped.mean()[grouped.count() >= least]

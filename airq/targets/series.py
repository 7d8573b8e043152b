"""Daily frames as regular series: one row a calendar day, missing days as NaN, impossible values taken out.

Examples
--------
>>> days = pd.to_datetime(["2019-01-03", "2019-01-01", "2019-01-02"])
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": [55.0, 40.0, 0.0]})
>>> one = sites_of(frame)["A"]
>>> one.days.astype(str).tolist(), one.values[:, 0].tolist()
(['2019-01-01', '2019-01-02', '2019-01-03'], [40.0, nan, 55.0])
>>> one.notes[0][0]
'pm25: 1 value of zero or below counts as missing.'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.targets.sentences import Said, days, say
from airq.variables import POLLUTANTS

__all__ = ["LARGEST", "SiteSeries", "as_day", "calendar_slots", "one_frame", "sites_of", "whole_number"]

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

LARGEST: Final = {
    "pm25": 2000.0,
    "pm10": 10000.0,
    "so2": 5000.0,
    "no2": 2000.0,
    "co": 100.0,
    "o3": 1500.0,
    "aqi": 1000.0,
}
"""Daily values above these are no measurements (own rule: about twice the highest daily values on record, [B 70%])."""

_MOST_ROWS: Final = 3
"""Rows a day beyond which a frame holds hours or several stations, not days that stand more than once."""
_LEAP: Final = np.datetime64("2000-01-01", "D")


def as_day(value: Any, what: str = "asof") -> np.datetime64:
    """Calendar day of a text, date or Timestamp.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> as_day("2019-03-01")
    np.datetime64('2019-03-01')
    >>> as_day("soon")
    Traceback (most recent call last):
    airq.errors.ParameterError: asof 'soon' is not a date; write it as 2019-10-31.
    """
    try:
        stamp = pd.Timestamp(value)
    except (ValueError, TypeError):
        stamp = pd.NaT
    if stamp is pd.NaT or pd.isna(stamp):
        raise ParameterError(f"{what} '{value}' is not a date; write it as 2019-10-31.")
    return np.datetime64(stamp.date(), "D")


def whole_number(value: Any, what: str, least: int) -> int:
    """A whole number that is not below a least one.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> whole_number(0, "draws", 10)
    Traceback (most recent call last):
    airq.errors.ParameterError: draws is 0; give a whole number of 10 or more.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ParameterError(f"{what} is {value!r}; give a whole number of {least} or more.")
    return int(value)


def calendar_slots(days: Days) -> npt.NDArray[np.intp]:
    """Place of each day in a leap year, 0 to 365, so that a date has the same place in every year.

    Examples
    --------
    >>> calendar_slots(np.array(["2019-02-28", "2019-03-01", "2020-02-29"], "datetime64[D]")).tolist()
    [58, 60, 59]
    """
    slots = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.intp)
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    return slots + ((slots >= 59) & ~leap)


@dataclass(frozen=True)
class SiteSeries:
    """One site, day by day.

    Attributes
    ----------
    site : str
    days : datetime64[D] array (day,)
        Without gaps, from the first day with a value to the last.
    pollutants : tuple of str
        Those with at least one value.
    values : float64 array (day, pollutant)
        µg/m³, CO mg/m³; NaN is missing.
    aqi : float64 array (day,) or None
        As the frame gives it.
    edition : str or None
        AQI edition that the frame's attributes state.
    notes : tuple of (str, str)
        What was taken out, in sentences: English and Chinese.
    simulated : bool
        Whether the frame says so.
    """

    site: str
    days: Days
    pollutants: tuple[str, ...]
    values: Floats
    aqi: Floats | None
    edition: str | None
    notes: tuple[Said, ...]
    simulated: bool = False

    def until(self, day: np.datetime64) -> SiteSeries:
        """The same, knowing nothing after a day."""
        n = max(int((day - self.days[0]).astype(int)) + 1, 0)
        aqi = None if self.aqi is None else self.aqi[:n]
        return replace(self, days=self.days[:n], values=self.values[:n], aqi=aqi)

    def within(self, first: np.datetime64, last: np.datetime64) -> slice:
        """Positions of the days from ``first`` to ``last`` that the series holds."""
        begin = int((first - self.days[0]).astype(int)) if self.days.size else 0
        end = begin + int((last - first).astype(int)) + 1
        return slice(min(max(begin, 0), self.days.size), min(max(end, 0), self.days.size))

    def column(self, name: str) -> Floats:
        """Values of a pollutant.

        Raises
        ------
        MissingData
            If the frame has none.
        """
        if name not in self.pollutants:
            raise MissingData(
                f"site '{self.site}' has no value of {name} before the day of issue; give a frame that holds it."
            )
        return np.asarray(self.values[:, self.pollutants.index(name)])


def _several(frames: Any) -> bool:
    return isinstance(frames, Iterable) and not isinstance(frames, str)


def one_frame(frames: pd.DataFrame | Mapping[str, pd.DataFrame] | Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One frame of several: a frame, frames by site, or a list of frames.

    Examples
    --------
    >>> one_frame({"A": pd.DataFrame({"date": ["2019-01-01"], "pm25": [1.0]})})["site"].tolist()
    ['A']
    """
    if isinstance(frames, pd.DataFrame):
        return frames
    parts = list(frames.values() if isinstance(frames, Mapping) else frames) if _several(frames) else []
    if not parts or not all(isinstance(p, pd.DataFrame) for p in parts):
        raise ParameterError("frames holds no daily frame; give a frame, a list of frames or frames by site.")
    if isinstance(frames, Mapping):
        parts = [f if "site" in f else f.assign(site=str(name)) for name, f in frames.items()]
    attrs = parts[0].attrs
    whole = pd.concat(parts, ignore_index=True)
    whole.attrs = dict(attrs)
    return whole


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError("a daily frame is a pandas DataFrame; make it with airq.forecast.daily_frame.")
    if "date" not in frame:
        raise ParameterError("the daily frame has no column 'date'; make it with airq.forecast.daily_frame.")
    columns = [c for c in (*POLLUTANTS, "aqi") if c in frame]
    if not columns:
        raise MissingData(
            f"the daily frame has none of the columns {', '.join(POLLUTANTS)}, aqi; give a frame with one of them."
        )
    stamp = pd.to_datetime(frame["date"], errors="coerce")
    if stamp.dt.tz is not None:  # the day on the clock of its own zone
        stamp = stamp.dt.tz_localize(None)
    out: dict[str, Any] = {"date": stamp.to_numpy("datetime64[ns]")}
    site = frame["site"] if "site" in frame else pd.Series("site", index=frame.index)
    out["site"] = site.fillna("").astype(str).to_numpy(dtype=object)
    for name in columns:
        out[name] = pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64, copy=True)
    clean = pd.DataFrame(out)
    if clean["date"].isna().any():
        bad = int(np.flatnonzero(clean["date"].isna())[0])
        raise ParameterError(
            f"column 'date' of the daily frame, row {bad + 1}: '{frame['date'].iloc[bad]}' is not a date; correct it."
        )
    hours = clean["date"].dt.normalize() != clean["date"]
    if hours.any():
        at = int(np.flatnonzero(hours)[0])
        raise ParameterError(
            f"column 'date' of the daily frame, row {at + 1}: '{frame['date'].iloc[at]}' is an hour, not a day; make the "
            "frame with airq.forecast.daily_frame."
        )
    return clean


def _cleaned(name: str, values: Floats) -> tuple[Floats, list[Said]]:
    """Values with what cannot be a measurement as NaN, and the sentences about it."""
    notes = []
    finite = np.isfinite(values)
    low = finite & (values <= 0)
    high = finite & (values > LARGEST[name])
    for bad, key in ((low, "below_zero"), (high, "too_high")):
        if n := int(bad.sum()):
            plural = {"s": "s" * (n > 1), "v": "s" * (n == 1)}
            notes.append(say(key, name=name, n=n, top=LARGEST[name], **plural))
    return np.where(finite & ~low & ~high, values, np.nan), notes


def _averaged(site: str, stamp: Days, table: Floats) -> tuple[Days, Floats, list[Said]]:
    """One row a day: the mean of the rows that a day has more than one of, as the forecasts take it."""
    first = np.flatnonzero(np.concatenate([[True], stamp[1:] != stamp[:-1]]))
    if first.size == stamp.size:
        return stamp, table, []
    rows = stamp.size / first.size
    if rows > _MOST_ROWS:
        raise ParameterError(
            f"the daily frame holds {rows:.0f} rows a day of site '{site}'; make it with airq.forecast.daily_frame, or "
            "name its stations in the column 'site'."
        )
    held = np.isfinite(table)
    count = np.add.reduceat(held, first, axis=0, dtype=np.int64)
    total = np.add.reduceat(np.where(held, table, 0.0), first, axis=0)
    low, high = (f.reduceat(table, first, axis=0) for f in (np.fmin, np.fmax))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(low == high, low, total / count)  # rows that agree give their very value
    n = int((np.diff([*first, stamp.size]) > 1).sum())
    return stamp[first], mean, [say("twice", n=n, days=days(n))]


def _one(site: str, part: pd.DataFrame, attrs: Mapping[Any, Any]) -> SiteSeries | None:
    columns = [c for c in part if c not in ("date", "site")]
    stamp = part["date"].to_numpy().astype("datetime64[D]")
    notes: list[Said] = []
    table: Floats = np.empty((len(part), len(columns)))
    for i, name in enumerate(columns):
        table[:, i], said = _cleaned(str(name), part[name].to_numpy())
        notes += said
    # Sorted by day and then by value, so that the order of the rows changes no digit of a mean.
    order = np.lexsort((*(table[:, i] for i in reversed(range(len(columns)))), stamp))
    stamp, table = stamp[order], table[order]
    there = np.isfinite(table).any(axis=1)
    stamp, table = stamp[there], table[there]
    if not stamp.size:
        return None
    stamp, table, said = _averaged(site, stamp, table)
    notes += said
    span = np.arange(stamp[0], stamp[-1] + 1)
    grid = np.full((span.size, len(columns)), np.nan)
    grid[(stamp - stamp[0]).astype(int)] = table
    held = [i for i, c in enumerate(columns) if c in POLLUTANTS and np.isfinite(grid[:, i]).any()]
    aqi = grid[:, columns.index("aqi")] if "aqi" in columns else None
    if aqi is not None and not np.isfinite(aqi).any():
        aqi = None
    edition = str(attrs["edition"]) if attrs.get("edition") else None
    simulated = str(attrs.get("simulated", "")).lower() == "true"
    names = tuple(str(columns[i]) for i in held)
    return SiteSeries(site, span, names, grid[:, held], aqi, edition, tuple(notes), simulated)


def sites_of(
    frame: pd.DataFrame | Mapping[str, pd.DataFrame] | Iterable[pd.DataFrame],
    asof: np.datetime64 | None = None,
) -> dict[str, SiteSeries]:
    """Series of every site of a daily frame.

    Parameters
    ----------
    frame : pandas.DataFrame, or several
        Columns ``date``, ``site`` and any of the pollutants and ``aqi``; days may be missing, unsorted or stand twice
        (the mean of their values counts).
    asof : datetime64, optional
        Rows after this day are not looked at.

    Returns
    -------
    dict of str to SiteSeries
        In the order of the sites' names; a site without any value is left out.

    Raises
    ------
    ParameterError, MissingData
    """
    whole = one_frame(frame)
    attrs = dict(whole.attrs)
    clean = _checked(whole)
    if asof is not None:
        clean = clean[clean["date"].to_numpy() < (asof + 1).astype("datetime64[ns]")]
    found = {str(s): _one(str(s), part, attrs) for s, part in clean.groupby("site", sort=True)}
    return {s: one for s, one in found.items() if one is not None}

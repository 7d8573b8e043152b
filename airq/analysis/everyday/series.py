"""Hours of one site in order, and the calendar groups they belong to.

What is left out is counted by reason and said in sentences. A ``time`` is the end of its hour, so that 00:00 closes the day
before; a ``date``, as in openair's data, is its beginning; ``label`` says otherwise.

Examples
--------
>>> frame = pd.DataFrame({"time": ["2019-01-02 00:00", "2019-01-01 01:00"], "pm25": [3.0, -999.0]})
>>> found = series(frame, ["pm25"])
>>> found.day.astype(str).tolist(), found.hour.tolist(), found.masked
(['2019-01-01', '2019-01-01'], [1, 24], {'code': 1})
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.columns import (
    SAID,
    begins_hour,
    column,
    days_apart,
    numbers,
    one_site,
    repeated,
    times_of,
    uncoded,
    zeros_note,
    zone_note,
)
from airq.analysis.columns import site_column as sites_of
from airq.errors import MissingData, ParameterError
from airq.weather import heating_season, solar_time

__all__ = ["GROUPS", "Series", "checked_confidence", "group_order", "groups_of", "series", "sites_of"]

Array = npt.NDArray[np.float64]
Label = Literal["end", "start"]

GROUPS: Final = ("year", "season", "heating", "month", "weekday", "weekend", "hour", "yearmonth")
"""Calendar groups by name; any column of a frame may group as well."""

_SEASONS: Final = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True, eq=False)
class Series:
    """Values by time, in order, each time once.

    Attributes
    ----------
    time : datetime64[ns] array, shape (n,)
        As labelled.
    middle : datetime64[ns] array, shape (n,)
        Inside the hour: day, weekday and week follow from it.
    values : dict of str to float64 array, shape (n,)
    rows : int array, shape (n,)
        Rows of the frame.
    hourly : bool
        Whether times of day occur; False for daily values.
    label : {"end", "start"}
    masked : dict of str to int
    notes : tuple of str
    """

    time: npt.NDArray[np.datetime64]
    middle: npt.NDArray[np.datetime64]
    values: dict[str, Array]
    rows: npt.NDArray[np.int64]
    hourly: bool
    label: Label
    masked: dict[str, int]
    notes: tuple[str, ...]

    @property
    def day(self) -> npt.NDArray[np.datetime64]:
        """Natural day of each value."""
        return self.middle.astype("datetime64[D]")

    @property
    def hour(self) -> npt.NDArray[np.int64]:
        """Hour of the day: 1 to 24 as ends, 0 to 23 as starts."""
        whole = (self.middle.astype("datetime64[h]") - self.day.astype("datetime64[h]")).astype(np.int64)
        return np.asarray(whole + (1 if self.label == "end" and self.hourly else 0), dtype=np.int64)

    @property
    def month(self) -> npt.NDArray[np.int64]:
        """Month, 1 to 12."""
        return np.asarray(self.middle.astype("datetime64[M]").astype(np.int64) % 12 + 1)

    @property
    def weekday(self) -> npt.NDArray[np.int64]:
        """0 for Monday to 6."""
        return np.asarray((self.day.astype(np.int64) + 3) % 7)

    @property
    def year(self) -> npt.NDArray[np.int64]:
        """Calendar year."""
        return np.asarray(self.middle.astype("datetime64[Y]").astype(np.int64) + 1970)

    @property
    def step(self) -> np.timedelta64:
        """An hour or a day."""
        return np.timedelta64(1, "h" if self.hourly else "D").astype("timedelta64[ns]")

    def __len__(self) -> int:
        return len(self.time)


def checked_confidence(confidence: float) -> float:
    """Confidence level between 0.5 and 1.

    Raises
    ------
    ParameterError
    """
    if not isinstance(confidence, float | int) or not 0.5 <= confidence < 1:
        raise ParameterError(
            f"confidence {confidence} is no level; give one from 0.5 to below 1, such as 0.95."
        )
    return float(confidence)


def _checked_label(label: str, frame: pd.DataFrame) -> Label:
    if label == "end" or (label == "auto" and not begins_hour(frame)):
        return "end"
    if label in ("start", "auto"):
        return "start"
    raise ParameterError(f"label '{label}' is not known; use auto, start or end.")


def series(
    frame: pd.DataFrame,
    columns: Sequence[str],
    *,
    label: str = "auto",
    solar_longitude: float | None = None,
    need: bool = True,
) -> Series:
    """Columns of one site in order of time.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``time`` or ``date`` (or an index of times) and the columns; hours or days, any order, gaps allowed.
    columns : sequence of str
        Numbers; codes of missing values become missing.
    label : {"auto", "end", "start"}
        What a time of an hour means; ``auto``: the end in a column ``time``, the beginning in a column ``date``.
    solar_longitude : float, optional
        Degrees east: times are turned from Beijing time to local solar time, for hours of the day that mean the sun.
    need : bool
        Refuse a column without any value.

    Returns
    -------
    Series

    Raises
    ------
    MissingData
        No column, no time, nothing held.
    ParameterError
        Several sites, text for numbers.
    """
    if not columns:
        raise ParameterError("no column was named; name one or more of the frame's columns.")
    held, code = {}, 0
    for name in columns:
        held[name], found = uncoded(numbers(column(frame, name, "the value"), "the value"), name)
        code += found
    kind = _checked_label(label, frame)
    one_site(frame)
    time = times_of(frame)
    if time is None:
        raise MissingData("the frame has no times; give a column 'time' or 'date'.")
    masked: dict[str, int] = {}
    keep = ~np.isnat(time)
    doubled = repeated(time, *held.values())
    for reason, count in (
        ("no_time", int((~keep).sum())),
        ("duplicated", int(doubled.sum())),
        ("code", code),
    ):
        if count:
            masked[reason] = count
    rows = np.flatnonzero(keep & ~doubled)
    rows = rows[np.argsort(time[rows], kind="stable")]
    for name, values in held.items():
        if need and not np.isfinite(values[rows]).any():
            raise MissingData(f"column '{name}' holds no value; choose another column or period.")
    stamps = time[rows]
    hourly = _hourly(stamps)
    if not hourly:
        stamps = stamps.astype("datetime64[D]").astype("datetime64[ns]")
    middle = stamps - np.timedelta64(30, "m") if hourly and kind == "end" else stamps
    if hourly and kind == "start":
        middle = stamps + np.timedelta64(30, "m")
    if solar_longitude is not None:
        if not -180 <= solar_longitude <= 360:
            raise ParameterError(f"solar_longitude {solar_longitude} is no longitude; give degrees east.")
        middle = solar_time(middle, solar_longitude).astype("datetime64[ns]")
    notes = [SAID[r].format(n=f"{n:,}") for r, n in masked.items()] + zone_note(frame)
    kept = {n: v[rows] for n, v in held.items()}
    for name, values in kept.items():
        notes += zeros_note(values, name)
    return Series(stamps, middle, kept, rows, hourly, kind, masked, tuple(notes))


def _hourly(stamps: npt.NDArray[np.datetime64]) -> bool:
    """Whether times of day mean anything; days may be stamped with noon."""
    midnight = bool((stamps.astype("datetime64[D]").astype("datetime64[ns]") == stamps).all())
    return not midnight and not (len(stamps) > 1 and days_apart(stamps))


def groups_of(found: Series, frame: pd.DataFrame, by: str | None) -> npt.NDArray[np.object_]:
    """Name of the group of each value.

    Parameters
    ----------
    found : Series
    frame : pandas.DataFrame
        The frame it came from.
    by : str or None
        One of :data:`GROUPS` or a column; None puts all in one group ``""``.

    Returns
    -------
    object array of str, shape (n,)

    Raises
    ------
    MissingData
        Neither a calendar group nor a column.

    Examples
    --------
    >>> frame = pd.DataFrame({"date": pd.to_datetime(["2019-01-05", "2019-07-01"]), "pm25": [1.0, 2.0]})
    >>> groups_of(series(frame, ["pm25"]), frame, "season").tolist()
    ['winter', 'summer']
    """
    if by is None:
        return np.full(len(found), "", dtype=object)
    if by == "year":
        return found.year.astype(str).astype(object)
    if by == "season":
        return np.array(_SEASONS, dtype=object)[found.month % 12 // 3]
    if by == "heating":
        # A day's own stamp closes the day before, so that its noon is asked.
        stamp = found.day.astype("datetime64[ns]") + np.timedelta64(12, "h")
        return np.where(heating_season(stamp), "heating", "other").astype(object)
    if by == "month":
        return np.char.zfill(found.month.astype(str), 2).astype(object)
    if by == "yearmonth":
        return found.middle.astype("datetime64[M]").astype(str).astype(object)
    if by == "weekday":
        return found.weekday.astype(str).astype(object)
    if by == "weekend":
        return np.where(found.weekday >= 5, "weekend", "weekday").astype(object)
    if by == "hour":
        return np.char.zfill(found.hour.astype(str), 2).astype(object)
    if by not in frame.columns:
        raise MissingData(f"'{by}' is neither a column nor one of {', '.join(GROUPS)}; name one of them.")
    taken = frame[by].iloc[found.rows]
    return np.where(taken.isna(), "", taken.astype("str")).astype(object)


def group_order(names: npt.NDArray[np.object_], by: str | None) -> list[str]:
    """Groups that occur, seasons in their order, everything else sorted.

    Examples
    --------
    >>> group_order(np.array(["summer", "winter"], dtype=object), "season")
    ['winter', 'summer']
    """
    held = sorted(set(names.tolist()))
    return [s for s in _SEASONS if s in held] if by == "season" else held

"""An hourly frame laid out on a full grid of hours and sites, cleaned of what cannot be.

Examples
--------
>>> hours = pd.date_range("2019-01-01", periods=3, freq="h")
>>> frame = pd.DataFrame({"time": hours[[2, 0]], "site": "A", "pm25": [3.0, -5.0]})
>>> grid = make_panel(frame, "pm25")
>>> grid.values["pm25"][:, 0].tolist(), grid.notes
([nan, nan, 3.0], ('1 negative value of pm25 is taken as missing.',))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast.arrays import Array, Ints
from airq.observations.quality.parameters import parameters
from airq.variables import POLLUTANTS, WEATHER
from airq.weather.wind import components

__all__ = ["INDEX_CEILING", "Panel", "make_panel", "weather_names"]

HOUR: Final = np.timedelta64(1, "h")
BEYOND: Final = 2.0
"""Multiple of an instrument's measuring range beyond which a value cannot be [U]: dust has been confirmed above it."""
INDEX_CEILING: Final = 1000.0
"""An AQI above this is no AQI: the index ends at 500."""
_CENTURY: Final = 100
"""Years of the longest grid: a mistyped year is no reason to fill the memory."""


@dataclass(frozen=True)
class Panel:
    """Hours by sites.

    Attributes
    ----------
    time : DatetimeIndex, shape (time,)
        Every hour from the first to the last.
    sites : tuple of str
        Sorted.
    values : dict of str to float64 array, shape (time, site)
        Pollutants, weather with ``wind_u`` and ``wind_v``, and the target; NaN where missing.
    raw : float64 array, shape (time, site)
        The target as given, nothing taken out: what forecasts are scored on.
    rows : bool array, shape (time, site)
        Where the frame has a row.
    notes : tuple of str
        What was changed, in sentences.
    """

    time: pd.DatetimeIndex
    sites: tuple[str, ...]
    values: dict[str, Array]
    raw: Array
    rows: npt.NDArray[np.bool_]
    notes: tuple[str, ...]

    def part(self, first: int, last: int) -> Panel:
        """Rows ``first`` to ``last``, the last one excluded."""
        cut = slice(max(first, 0), last)
        held = {name: v[cut] for name, v in self.values.items()}
        return replace(self, time=self.time[cut], values=held, raw=self.raw[cut], rows=self.rows[cut])

    def only(self, keep: Ints, notes: tuple[str, ...] = ()) -> Panel:
        """Some of the sites."""
        held = {name: v[:, keep] for name, v in self.values.items()}
        names = tuple(self.sites[i] for i in keep)
        return replace(
            self,
            sites=names,
            values=held,
            raw=self.raw[:, keep],
            rows=self.rows[:, keep],
            notes=self.notes + notes,
        )


def weather_names(columns: list[str]) -> list[str]:
    """Columns that are weather of an hour.

    Examples
    --------
    >>> weather_names(["time", "pm25", "wind_u", "temperature"])
    ['wind_u', 'temperature']
    """
    return [c for c in columns if c in (*WEATHER, "wind_u", "wind_v")]


def stamps(frame: pd.DataFrame, name: str, what: str) -> pd.DatetimeIndex:
    """Column of full hours without a time zone.

    Raises
    ------
    ParameterError
        A value is no time, carries a time zone, or is off the hour.
    """
    column = frame[name]
    if column.dtype.kind in "iufb":
        raise ParameterError(
            f"{what}: column '{name}' holds numbers, no times; write times as 2019-01-31T18:00."
        )
    if column.dtype.kind != "M" and not isinstance(column.dtype, pd.DatetimeTZDtype):
        text = column
        column = pd.to_datetime(text, format="ISO8601", errors="coerce")
        wrong = column.isna() & text.notna()
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise ParameterError(
                f"{what}: row {row}, column '{name}': {str(text.iloc[row])[:40]!r} is no time; write it as 2019-01-31T18:00."
            )
    parsed = pd.DatetimeIndex(column)
    if parsed.tz is not None:
        raise ParameterError(
            f"{what}: column '{name}' carries a time zone; convert to Beijing time and drop the zone."
        )
    if parsed.isna().any():
        row = int(np.flatnonzero(parsed.isna())[0])
        raise ParameterError(f"{what}: row {row} has no '{name}'; drop the row or fill the time in.")
    parsed = parsed.as_unit("ns")
    off = parsed != parsed.floor("h")
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise ParameterError(
            f"{what}: row {row} stands at {parsed[row]:%Y-%m-%d %H:%M:%S}, off the full hour; give hourly means at the end of the hour."
        )
    return parsed


def site_codes(frame: pd.DataFrame, what: str) -> pd.Series:
    """Names of the sites; ``site``, else ``station``, else one site."""
    for name in ("site", "station"):
        if name in frame:
            if frame[name].isna().any():
                row = int(np.flatnonzero(frame[name].isna())[0])
                raise ParameterError(f"{what}: row {row} has no '{name}'; name the site.")
            return frame[name].astype(str)
    return pd.Series("site", index=frame.index)


def _numbers(frame: pd.DataFrame, name: str) -> Array:
    try:
        values = pd.to_numeric(frame[name], errors="raise")
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f"the hourly frame: column '{name}' holds a text that is no number ({error}); correct it or leave it empty."
        ) from error
    return np.asarray(values, dtype=np.float64)


def make_panel(frame: pd.DataFrame, target: str) -> Panel:
    """Lay an hourly frame out.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``time`` or ``date`` (ends of hours), ``site``, the target, pollutants and weather; rows in any order, hours
        may be missing. Hours that stand twice are averaged, and it is noted.
    target : str
        Column to forecast.

    Returns
    -------
    Panel

    Raises
    ------
    ParameterError, MissingData
        Not a frame, no column of the target or of the time, a value that is no number or no full hour.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError("the hourly forecast takes a table of hours; make it with hourly_frame().")
    if not len(frame):
        raise MissingData("the hourly frame has no rows; load observations first.")
    clock = next((n for n in ("time", "date") if n in frame), None)
    if clock is None:
        raise ParameterError("the hourly frame has no column 'time' or 'date'; give the end of each hour.")
    if target not in frame:
        raise MissingData(
            f"the hourly frame has no column '{target}'; choose one of {', '.join(map(str, frame.columns))}."
        )
    frame = frame.reset_index(drop=True)
    hours = stamps(frame, clock, "the hourly frame")
    if len(set(hours)) > 2 and len(hours.hour.unique()) == 1:
        raise ParameterError(
            "the hourly frame holds one hour of each day; give hours, or forecast days with forecast()."
        )
    names = site_codes(frame, "the hourly frame")
    columns = [target, *(c for c in POLLUTANTS if c in frame and c != target)]
    columns += [c for c in weather_names(list(map(str, frame.columns))) if c not in columns]
    table = pd.DataFrame({c: _numbers(frame, c) for c in columns})
    notes: list[str] = []
    sites = tuple(sorted(names.unique()))
    if hours.max().year - hours.min().year > _CENTURY:
        raise ParameterError(
            f"the hourly frame runs from {hours.min():%Y-%m-%d} to {hours.max():%Y-%m-%d}; correct the mistyped year."
        )
    row = ((hours.to_numpy() - hours.min().to_datetime64()) // HOUR).astype(np.int64)
    span = int(row.max()) + 1
    cell = row * len(sites) + pd.Index(sites).get_indexer(pd.Index(names)).astype(np.int64)
    twice = int(pd.Series(cell).duplicated().sum())
    if twice:
        notes.append(f"{twice} rows repeat an hour of their site; the mean of the values is taken.")
        table = table.groupby(cell).mean()
        cell = table.index.to_numpy(dtype=np.int64)
    shape = (span, len(sites))

    def grid(values: Array) -> Array:
        out = np.full(span * len(sites), np.nan)
        out[cell] = values
        return out.reshape(shape)

    raw = grid(table[target].to_numpy())
    rows = np.isfinite(grid(np.ones(len(cell))))
    values = {c: _clean(grid(table[c].to_numpy()), c, notes) for c in columns}
    time = pd.date_range(hours.min(), periods=span, freq="h", unit="ns")
    panel = Panel(time, sites, _with_wind(values), raw, rows, tuple(notes))
    return panel


def _clean(values: Array, name: str, notes: list[str]) -> Array:
    """Values that cannot be, out; the target's are noted."""
    out = np.where(np.isfinite(values), values, np.nan)
    if name in (*WEATHER, "wind_u", "wind_v"):
        return out
    below, highest = out < 0, parameters()["out_of_range"]["highest"].get(name)
    limit = BEYOND * highest if highest else INDEX_CEILING if name == "aqi" else np.inf
    above = out > limit
    for number, text in (
        (int(below.sum()), "negative value{s} of {name} {are} taken as missing."),
        (
            int(above.sum()),
            "value{s} of {name} above {limit:g} {are} taken as missing: no instrument measures so much.",
        ),
    ):
        if number:
            plural = {"s": "s", "are": "are"} if number > 1 else {"s": "", "are": "is"}
            notes.append(f"{number} " + text.format(name=name, limit=limit, **plural))
    return np.where(below | above, np.nan, out)


def _with_wind(values: dict[str, Array]) -> dict[str, Array]:
    """Components in the place of the direction, which no model can average."""
    if "wind_direction" in values:
        direction = values.pop("wind_direction")
        if "wind_speed" in values and "wind_u" not in values:
            values["wind_u"], values["wind_v"] = components(values["wind_speed"], direction)
    return values

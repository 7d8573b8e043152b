"""A daily frame laid out as arrays (site, day) on a calendar without gaps, ready for learning.

Examples
--------
>>> days = pd.date_range("2019-01-01", periods=3)
>>> frame = pd.DataFrame({"site": "A", "date": days[[2, 0]], "pm25": [30.0, 10.0]})
>>> panel = Panel.of(frame, "pm25")
>>> panel.sites, panel.observed.tolist()
(['A'], [[10.0, nan, 30.0]])
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast.names import TARGETS, weather_columns
from airq.variables import POLLUTANTS

__all__ = ["OFFSETS", "Panel", "transform"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

OFFSETS: Final = {"co": 0.05}
"""Added before the logarithm, in the unit of the column; 1 where not named. Near the detection limit, so that zeros
neither vanish nor rule."""

_STUCK: Final = 10
_STUCK_GAS: Final = 30
"""Equal days in a row, and those of gases that lie at a detection limit, that no living monitor gives."""
_MOST_DAYS: Final = 40_000
"""More days than that are an error of dates, not a series."""


def transform(name: str, values: Array) -> Array:
    """Scale on which a column is learned: logarithm of concentrations, wind and rain; the rest as it is.

    Examples
    --------
    >>> transform("pm25", np.array([0.0, np.e - 1])).tolist()
    [0.0, 1.0]
    """
    stem = name.split("_")[0]
    if stem in TARGETS:
        return np.log(np.where(values >= 0, values, np.nan) + OFFSETS.get(stem, 1.0))
    if stem in ("precipitation", "mixing") or name.startswith("wind_speed"):
        return np.log1p(np.maximum(values, 0.0))  # a forecast model interpolates to slightly below nil
    return values


def inverse(target: str, logs: Array) -> Array:
    """Concentration or index back from the scale of :func:`transform`, not below zero."""
    return np.maximum(np.exp(logs) - OFFSETS.get(target, 1.0), 0.0)


@dataclass(frozen=True)
class Panel:
    """Series of several sites on one calendar.

    Attributes
    ----------
    target : str
    sites : list of str
        Sorted.
    days : pandas.DatetimeIndex
        Every day from the first to the last, shape (day,).
    observed : float array (site, day)
        The target as given.
    logs : dict of str to float array (site, day)
        All columns on the scale of :func:`transform`.
    first, last : int arrays (site,)
        Position of the first and last day that the frame has for a site.
    pollutants, evening, weather : list of str
        Columns that are there.
    notes : list of str
        What was repaired.
    """

    target: str
    sites: list[str]
    days: pd.DatetimeIndex
    observed: Array
    logs: dict[str, Array]
    first: npt.NDArray[np.intp]
    last: npt.NDArray[np.intp]
    pollutants: list[str]
    evening: list[str]
    weather: list[str]
    notes: list[str] = field(default_factory=list)

    @property
    def y(self) -> Array:
        """The target on the scale of learning, shape (site, day)."""
        return self.logs[self.target]

    @cached_property
    def angle(self) -> Array:
        """Time of year in radians, shape (day,)."""
        return np.asarray(self.days.day_of_year, dtype=np.float64) * (2 * np.pi / 365.25)

    def since(self, start: int) -> Panel:
        """The same without the days before a position.

        Examples
        --------
        >>> frame = pd.DataFrame({"date": pd.date_range("2019-01-01", periods=3), "pm25": [1.0, 2.0, 3.0]})
        >>> Panel.of(frame, "pm25").since(1).observed.tolist()
        [[2.0, 3.0]]
        """
        if start <= 0:
            return self
        return replace(
            self,
            days=self.days[start:],
            observed=self.observed[:, start:],
            logs={name: values[:, start:] for name, values in self.logs.items()},
            first=np.maximum(self.first - start, 0),
            last=self.last - start,
        )

    @classmethod
    def of(cls, frame: pd.DataFrame, target: str, until: pd.Timestamp | None = None, extra: int = 0) -> Panel:
        """Panel of a daily frame.

        Parameters
        ----------
        frame : pandas.DataFrame
            ``date`` and the target; ``site``, other pollutants, evening levels and weather if there are. Rows in any
            order; repeated days are averaged.
        target : str
        until : Timestamp, optional
            Days after it are not looked at.
        extra : int
            Empty days to add at the end.

        Raises
        ------
        ParameterError, MissingData
            A column is missing or of the wrong kind, or the target is missing on every day.
        """
        data = _checked(frame, target)
        if until is not None:
            data = data[data["date"] <= until]
            if data.empty:
                raise MissingData(
                    f"the frame has no day up to {until:%Y-%m-%d}; give a later 'issued' or earlier days."
                )
        notes = []
        if twice := int(data.duplicated(["site", "date"]).sum()):
            notes.append(f"{twice} repeated days averaged")
        sites = sorted(data["site"].unique())
        days = pd.date_range(
            data["date"].min(), data["date"].max() + pd.Timedelta(days=extra), freq="D", unit="ns"
        )
        if len(days) > _MOST_DAYS:
            raise ParameterError(
                f"the frame runs from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}; correct the dates."
            )
        row = pd.Index(sites).get_indexer(data["site"])
        column = (data["date"] - days[0]).dt.days.to_numpy()
        first, last = np.full(len(sites), len(days)), np.full(len(sites), -1)
        np.minimum.at(first, row, column)
        np.maximum.at(last, row, column)
        pollutants = [p for p in POLLUTANTS if p in data]
        evening = [f"{p}_evening" for p in pollutants if f"{p}_evening" in data]
        weather = weather_columns(data.columns)
        raw = {
            name: _laid_out(data[name], row, column, (len(sites), len(days)))
            for name in dict.fromkeys([target, *pollutants, *evening, *weather])
        }
        notes += _without_negatives(raw, {target, *pollutants, *evening})
        notes += [n for s, v in zip(sites, raw[target], strict=True) for n in _stuck(s, v, target)]
        if not np.isfinite(raw[target]).any():
            raise MissingData(f"column '{target}' has no value; a forecast needs observations of its target.")
        with np.errstate(invalid="ignore"):
            logs = {name: transform(name, values) for name, values in raw.items()}
        return cls(target, sites, days, raw[target], logs, first, last, pollutants, evening, weather, notes)


def _without_negatives(raw: dict[str, Array], names: set[str]) -> list[str]:
    """Make negative concentrations missing: codes such as −999 are no observations."""
    notes = []
    for name in sorted(names):
        below = raw[name] < 0
        if below.any():
            raw[name] = np.where(below, np.nan, raw[name])
            notes.append(f"{int(below.sum())} negative values of {name} are taken as missing")
    return notes


def _stuck(site: str, values: Array, target: str) -> list[str]:
    """Whether the last values of a site are all the same, as of a monitor that is stuck."""
    known = values[np.isfinite(values)]
    same = int((known[::-1] == known[-1]).cumprod().sum()) if known.size else 0
    if same < (_STUCK_GAS if target in ("so2", "no2", "co") else _STUCK):
        return []
    return [f"the last {same} values of {target} at '{site}' are all {known[-1]:g}, as of a stuck monitor"]


def _checked(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError("the daily frame is not a DataFrame; make it with airq.forecast.daily_frame.")
    if target not in TARGETS:
        raise ParameterError(f"target '{target}' is not known; use {', '.join(TARGETS)}.")
    for name in ("date", target):
        if name not in frame:
            raise MissingData(
                f"the daily frame has no column '{name}'; make it with airq.forecast.daily_frame."
            )
    data = frame.copy()
    if "site" not in data:
        data["site"] = "site"
    if (lost := data["site"].isna().to_numpy()).any():
        raise MissingData(
            f"row {int(lost.argmax())} of the daily frame has no site; fill column 'site' or drop the row."
        )
    data["site"] = data["site"].astype("str")
    dates = pd.to_datetime(data["date"], errors="coerce")
    broken = np.asarray(dates.isna() & data["date"].notna())
    if broken.any() or not isinstance(dates.dtype, np.dtype):
        at = int(broken.argmax())
        what = (
            f"'{data['date'].iloc[at]}' in row {at} is no date"
            if broken.any()
            else "times with a zone; give Beijing time without one"
        )
        raise ParameterError(f"column 'date' of the daily frame: {what}; convert it.")
    data["date"] = dates.dt.as_unit("ns").dt.normalize()
    data = data[data["date"].notna()]
    if data.empty:
        raise MissingData("the daily frame has no row with a date; give at least a year of days.")
    return data


def _laid_out(
    series: pd.Series, row: npt.NDArray[np.intp], column: npt.NDArray[np.int64], shape: tuple[int, int]
) -> Array:
    """Array (site, day) of a column; repeated days are averaged in an order that does not depend on the rows'."""
    try:
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f"column '{series.name}' of the daily frame is not numeric ({error}); convert it."
        ) from error
    known = np.isfinite(values)
    cell = row[known] * shape[1] + column[known]
    order = np.lexsort((values[known], cell))
    total, number = np.zeros(shape[0] * shape[1]), np.zeros(shape[0] * shape[1])
    np.add.at(total, cell[order], values[known][order])
    np.add.at(number, cell[order], 1.0)
    return np.where(number > 0, total / np.maximum(number, 1.0), np.nan).reshape(shape)

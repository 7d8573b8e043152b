"""Hours or days that deweathering can use, with every reason why others cannot.

Examples
--------
>>> time = pd.date_range("2018-01-01 01:00", periods=3, freq="h")
>>> frame = pd.DataFrame({"time": time, "pm25": [5.0, 7.0, 9.0], "ws": [0.0, 2.0, 3.0], "wd": [999, 0, 360]})
>>> found = prepare(frame, "pm25", ["ws", "wd"])
>>> found.names, found.weather.round(3).tolist()
(('ws', 'wind_u', 'wind_v'), [[0.0, 0.0, 0.0], [2.0, -0.0, -2.0], [3.0, 0.0, -3.0]])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.columns import (
    SAID,
    begins_hour,
    column,
    numbers,
    one_site,
    role_of,
    times_of,
    uncoded,
    unusable,
    zone_note,
)
from airq.analysis.direction.winds import degrees
from airq.errors import MissingData, ParameterError
from airq.weather.wind import components

__all__ = ["Inputs", "prepare", "role_of"]

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

_COMPONENTS: Final = ("wind_u", "wind_v", "wind_u_mean", "wind_v_mean")

_VARIABLE_WIND: Final = 2.0
"""m s-1 up to which a wind without a direction counts as a variable one, a nil vector; such hours are the polluted
ones, and leaving them out would shift the mean."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """Rows in order of time, each time once.

    Attributes
    ----------
    target : str
    step : {"hourly", "daily"}
    every : int
        Usual hours between hourly rows, such as 3; 1 for days.
    time : datetime64[ns] array, shape (n,)
        As the frame has it.
    middle : datetime64[ns] array, shape (n,)
        Of the hour; of a day its own time.
    day : int array, shape (n,)
        Days since 1970 to which the value belongs.
    hour : int array, shape (n,)
        Hour of the clock in which the middle of the averaging hour lies; 0 throughout for days.
    value : float64 array, shape (n,)
        Target, NaN where missing.
    weather : float64 array, shape (n, variables)
        NaN where missing or a code; a direction stands as components ``wind_u`` and ``wind_v``.
    names, roles : tuple of str
        Variables and what they are (empty where unknown).
    where : int array, shape (rows of the frame,)
        Place of each row of the frame in these, -1 for none.
    masked : dict of str to int
    notes : tuple of str
    """

    target: str
    step: str
    every: int
    time: Times
    middle: Times
    day: Ints
    hour: Ints
    value: Array
    weather: Array
    names: tuple[str, ...]
    roles: tuple[str, ...]
    where: Ints
    masked: dict[str, int]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.time)

    @property
    def complete(self) -> Bools:
        """Rows with every weather variable."""
        return np.asarray(np.isfinite(self.weather).all(axis=1))


def _weather_names(frame: pd.DataFrame, target: str, weather: Sequence[str] | None) -> list[str]:
    if isinstance(weather, str):
        raise ParameterError(f"weather '{weather}' is one name; give a list of columns, ['{weather}', ...].")
    if weather is not None:
        names = list(dict.fromkeys(str(w) for w in weather))
        if target in names:
            raise ParameterError(
                f"'{target}' is the target and cannot explain itself; take it out of weather."
            )
    else:
        names = [str(c) for c in frame.columns if role_of(str(c)) or str(c) in _COMPONENTS]
        if set(_COMPONENTS) & set(names):
            names = [n for n in names if role_of(n) != "wind_direction"]
    if not names:
        raise MissingData(
            "the frame has no weather column; name them, such as weather=['temperature', 'wind_speed']."
        )
    return names


def _numbers(frame: pd.DataFrame, name: str) -> Array:
    """Column as numbers; a wind direction may stand as one of the sixteen letters or be called calm."""
    series = column(frame, name, "weather")
    if role_of(name) == "wind_direction":
        return degrees(series)[0]  # one that is called calm has none, as a variable wind
    return numbers(series, name)


def _cleaned(values: Array, name: str, masked: dict[str, int]) -> Array:
    kept, count = uncoded(values, name, physical=True)
    if count:
        masked[f"{name}_code"] = count
    return kept


def _vectors(found: dict[str, Array], masked: dict[str, int]) -> dict[str, Array]:
    """Replace a direction by the components of the wind."""
    direction = next((n for n in found if role_of(n) == "wind_direction"), None)
    if direction is None:
        return found
    speed = next((n for n in found if role_of(n) == "wind_speed"), None)
    degrees = found.pop(direction)
    masked.pop(f"{direction}_code", None)
    size = found[speed] if speed is not None else np.ones(len(degrees))
    weak = np.isnan(degrees) & (size <= _VARIABLE_WIND) & (size > 0)
    if weak.any():
        masked["variable_wind"] = int(weak.sum())
    u, v = components(np.where(weak, 0.0, size), np.where(weak, 0.0, degrees))
    return {**found, "wind_u": np.asarray(u, dtype=np.float64), "wind_v": np.asarray(v, dtype=np.float64)}


def _step(time: Times) -> tuple[str, int]:
    """Step of the rows, and how many of its hours lie between them."""
    gaps = np.diff(time) / np.timedelta64(1, "h")
    usual = float(np.median(gaps)) if len(gaps) else 1.0
    if usual > 24.0:
        raise ParameterError(
            f"the rows lie {usual / 24:.0f} days apart; deweathering needs hours or days, not averages of longer periods."
        )
    return ("daily", 1) if usual > 12.0 else ("hourly", max(1, round(usual)))


_VARIABLE: Final = "{n} rows with a weak wind and no direction count as a variable wind, a nil vector."


def _sentence(reason: str, count: int) -> str:
    if reason in SAID:
        return SAID[reason].format(n=f"{count:,}")
    if reason == "variable_wind":
        return _VARIABLE.format(n=f"{count:,}")
    name = reason.removesuffix("_code")
    return f"{count:,} values of {name} are impossible or codes such as 999 and count as missing."


def prepare(frame: pd.DataFrame, target: str, weather: Sequence[str] | None = None) -> Inputs:
    """Check and order a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours or days of one site in any order, with ``time`` or ``date``.
    target : str
    weather : sequence of str, optional
        Columns; those with a known name by default.

    Returns
    -------
    Inputs

    Raises
    ------
    MissingData
        A column or any usable value is missing.
    ParameterError
        Several sites, no times, text for numbers, averages of weeks or months.
    """
    value, codes = uncoded(numbers(column(frame, target, "the target"), target))
    one_site(frame)
    time = times_of(frame)
    if time is None:
        raise MissingData(
            "the frame has no column 'time' or 'date'; deweathering needs the time of every row."
        )
    masked: dict[str, int] = {"code": codes} if codes else {}
    read = {n: _numbers(frame, n) for n in _weather_names(frame, target, weather)}
    columns = {n: _cleaned(values, n, masked) for n, values in read.items()}
    columns = _vectors(columns, masked)
    columns, dropped = _telling(columns, weather, read)
    order, where = _order(time, value, masked)
    if not len(order):
        raise MissingData("no row has a time; check the column 'time' or 'date'.")
    step, every = _step(time[order])
    half = np.timedelta64(30 if step == "hourly" else 0, "m")
    middle = time[order] + half if begins_hour(frame) else time[order] - half
    day = middle.astype("datetime64[D]")
    hour = (middle - day).astype("timedelta64[h]").astype(np.int64)
    return Inputs(
        target=target,
        step=step,
        every=every,
        time=time[order],
        middle=middle,
        day=day.astype(np.int64),
        hour=hour if step == "hourly" else np.zeros(len(order), dtype=np.int64),
        value=value[order],
        weather=np.column_stack(list(columns.values()))[order],
        names=tuple(columns),
        roles=tuple(role_of(n) for n in columns),
        where=where,
        masked=masked,
        notes=tuple([_sentence(r, n) for r, n in masked.items()] + dropped + zone_note(frame)),
    )


def _telling(
    columns: dict[str, Array], asked: Sequence[str] | None, read: Mapping[str, Array]
) -> tuple[dict[str, Array], list[str]]:
    """Leave out columns that hold nothing or always the same."""
    kept, notes = {}, []
    for name, values in columns.items():
        held = values[np.isfinite(values)]
        if not len(held) and asked is not None:
            raise MissingData(
                f"{unusable(read.get(name, values), name)}, take it out of weather or read another file."
            )
        if not len(held) or np.ptp(held) == 0:
            notes.append(
                f"{unusable(read.get(name, values), name)} and is left out."
                if not len(held)
                else f"column '{name}' holds always the same and is left out."
            )
        else:
            kept[name] = values
    if not kept:
        raise MissingData("no weather column holds values that vary; read a weather file of the place.")
    return kept, notes


def _order(time: Times, value: Array, masked: dict[str, int]) -> tuple[Ints, Ints]:
    """Rows to keep in order of time, and for every row its place among them."""
    none = np.isnat(time)
    if none.any():
        masked["no_time"] = int(none.sum())
    table = pd.DataFrame({"time": time, "empty": np.isnan(value), "row": np.arange(len(time))})[~none]
    first = table.sort_values(["time", "empty", "row"]).drop_duplicates("time")
    if len(first) < len(table):
        masked["duplicated"] = len(table) - len(first)
    order = first["row"].to_numpy(dtype=np.int64)
    where = np.full(len(time), -1, dtype=np.int64)
    where[~none] = np.searchsorted(time[order], time[~none])
    return order, where

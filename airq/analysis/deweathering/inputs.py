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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.direction.winds import COMPASS, column, numbers, times_of
from airq.errors import MissingData, ParameterError
from airq.variables import WEATHER
from airq.weather.wind import components

__all__ = ["Inputs", "prepare", "role_of"]

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

_ALIASES: Final = {
    "temperature": ("temp", "t2m", "air_temp", "airtemp", "tair", "t"),
    "dew_point": ("dewp", "d2m", "dewpoint", "td"),
    "relative_humidity": ("rh", "humidity"),
    "pressure": ("pres", "sp", "surface_pressure", "atmos_pres"),
    "wind_speed": ("ws", "wspm", "wspd", "windspeed"),
    "wind_direction": ("wd", "wdir", "winddirection"),
    "precipitation": ("rain", "precip", "tp"),
    "mixing_height": ("blh", "pblh", "pbl", "boundary_layer_height"),
    "radiation": ("ssrd", "swdown", "solar_radiation"),
}
"""Names under which other packages and data sets know the weather variables; case does not count."""

_ENDINGS: Final = ("_mean", "_min", "_max", "_sum", "_evening")
"""What :func:`airq.forecast.daily_frame` puts after a variable's name."""

_RANGES: Final = {
    "temperature": (-75.0, 60.0),
    "dew_point": (-90.0, 45.0),
    "relative_humidity": (0.0, 110.0),
    "pressure": (450.0, 1100.0),
    "wind_speed": (0.0, 75.0),
    "wind_direction": (0.0, 360.0),
    "precipitation": (0.0, 400.0),
    "mixing_height": (0.0, 9000.0),
    "radiation": (-30.0, 1500.0),
}
"""What an hour or day near the ground can hold in the units of the data model; the rest are codes such as 999."""

_COMPONENTS: Final = ("wind_u", "wind_v", "wind_u_mean", "wind_v_mean")

_CODES: Final = (-9999.0, -999.0, 9999.0, 99999.0)
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


def role_of(name: str) -> str:
    """Weather variable that a column holds, by its name; empty if unknown.

    Examples
    --------
    >>> role_of("TEMP"), role_of("ws"), role_of("temperature_max"), role_of("anything")
    ('temperature', 'wind_speed', 'temperature', '')
    """
    low = str(name).strip().lower()
    stem = low.removesuffix(next((e for e in _ENDINGS if low.endswith(e)), ""))
    if stem in WEATHER:
        return stem
    return next((role for role, others in _ALIASES.items() if stem in others), "")


def _one_site(frame: pd.DataFrame) -> None:
    name = next((n for n in ("site", "station") if n in frame.columns), None)
    held = frame[name].dropna().unique() if name else []
    if len(held) > 1:
        some = ", ".join(str(s) for s in held[:3])
        raise ParameterError(
            f"the frame holds {len(held)} sites in column '{name}' ({some} ...); choose the rows of one."
        )


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
    """Column as numbers; a wind direction may stand as one of the sixteen letters."""
    series = column(frame, name, "weather")
    if role_of(name) == "wind_direction" and not pd.api.types.is_numeric_dtype(series.dtype):
        text = series.astype("str").str.strip().str.upper()
        letters = {c: 360.0 if k == 0 else 22.5 * k for k, c in enumerate(COMPASS)}
        found = text.map(letters)
        return np.where(found.notna(), found, numbers(series.where(found.isna()), name)).astype(np.float64)
    return numbers(series, name)


def _cleaned(values: Array, name: str, masked: dict[str, int]) -> Array:
    role = role_of(name)
    bad = np.isin(values, _CODES)
    if role:
        low, high = _RANGES[role]
        bad |= (values < low) | (values > high)
    bad &= np.isfinite(values)
    if bad.any():
        masked[f"{name}_code"] = int(bad.sum())
    return np.where(bad, np.nan, values)


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


_SAID: Final = {
    "no_time": "{n} rows without a time are left out.",
    "duplicated": "{n} rows repeat a time that stands before; the first with a value is kept.",
    "variable_wind": "{n} rows with a weak wind and no direction count as a variable wind, a nil vector.",
}


def _sentence(reason: str, count: int) -> str:
    if reason in _SAID:
        return _SAID[reason].format(n=f"{count:,}")
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
    value = numbers(column(frame, target, "the target"), target)
    _one_site(frame)
    time = times_of(frame)
    if time is None:
        raise MissingData(
            "the frame has no column 'time' or 'date'; deweathering needs the time of every row."
        )
    masked: dict[str, int] = {}
    columns = {n: _cleaned(_numbers(frame, n), n, masked) for n in _weather_names(frame, target, weather)}
    columns = _vectors(columns, masked)
    columns, dropped = _telling(columns, weather)
    order, where = _order(time, value, masked)
    if not len(order):
        raise MissingData("no row has a time; check the column 'time' or 'date'.")
    step, every = _step(time[order])
    middle = time[order] - (np.timedelta64(30, "m") if step == "hourly" else np.timedelta64(0, "m"))
    day = middle.astype("datetime64[D]")
    hour = (middle - day).astype("timedelta64[h]").astype(np.int64)
    return Inputs(
        target=target,
        step=step,
        every=every,
        time=time[order],
        day=day.astype(np.int64),
        hour=hour if step == "hourly" else np.zeros(len(order), dtype=np.int64),
        value=value[order],
        weather=np.column_stack(list(columns.values()))[order],
        names=tuple(columns),
        roles=tuple(role_of(n) for n in columns),
        where=where,
        masked=masked,
        notes=tuple([_sentence(r, n) for r, n in masked.items()] + dropped),
    )


def _telling(columns: dict[str, Array], asked: Sequence[str] | None) -> tuple[dict[str, Array], list[str]]:
    """Leave out columns that hold nothing or always the same."""
    kept, notes = {}, []
    for name, values in columns.items():
        held = values[np.isfinite(values)]
        if not len(held) and asked is not None:
            raise MissingData(f"column '{name}' holds no value; take it out of weather or read another file.")
        if not len(held) or np.ptp(held) == 0:
            notes.append(
                f"column '{name}' holds {'no value' if not len(held) else 'always the same'} and is left out."
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

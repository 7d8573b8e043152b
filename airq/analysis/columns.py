"""What every analysis takes from a frame: a column, its numbers, its times, one site, each time once.

One rule for all: codes of missing values are missing, times with a zone in UTC become Beijing time, a frame holds one
site unless a function says otherwise, and of rows that repeat a time the fullest stays. What is left out is counted by
the caller and said in a sentence.

Examples
--------
>>> values, codes = uncoded(np.array([12.0, -999.0, 9999.0]), "pm25")
>>> values.tolist(), codes
([12.0, nan, nan], 2)
>>> repeated(np.array(["2019-01-01", "2019-01-01"], dtype="datetime64[ns]"), np.array([np.nan, 5.0])).tolist()
[True, False]
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.variables import POLLUTANTS, WEATHER

__all__ = [
    "CODES",
    "RANGES",
    "SAID",
    "begins_hour",
    "column",
    "days_apart",
    "numbers",
    "of_beijing",
    "one_site",
    "repeated",
    "role_of",
    "site_column",
    "times_of",
    "uncoded",
    "unusable",
    "zeros_note",
    "zone_note",
]

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]

CODES: Final = (-99.0, -99.9, -999.0, -999.9, -9999.0, -9999.9)
"""Values that the feeds in use write for missing ones."""
_LARGE: Final = (9999.0, 9999.9, 99999.0, 99999.9, 999999.0)
"""The same in concentrations of particles and gases, which do not come near; a column of any other name may."""

_NINES: Final = (990.0, 999.0, 999.9)
"""Codes in weather variables; 999 hPa and a mixing height of 999 m are values."""

SAID: Final = {
    "no_time": "{n} rows without a time are left out.",
    "duplicated": "{n} rows repeat a time that stands before; the first with a value is kept.",
    "code": "{n} values are codes of missing values (-99, -999, -9999) and count as missing.",
}
"""Sentences on rows and values that every analysis leaves out."""

RANGES: Final = {
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

_UNITS: Final = {
    "temperature": "°C",
    "dew_point": "°C",
    "relative_humidity": "%",
    "pressure": "hPa",
    "wind_speed": "m/s",
    "wind_direction": "degrees",
    "precipitation": "mm",
    "mixing_height": "m",
    "radiation": "W/m²",
}

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

_SITES: Final = ("site", "station", "place")
_UTC: Final = {"UTC", "UTC+00:00", "GMT", "Z", "Zulu", "Etc/UTC", "Etc/GMT", "tzutc()"}
_HOME: Final = "Asia/Shanghai"
_MANY_ZEROS: Final = 0.05


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


def column(frame: pd.DataFrame, name: str, what: str) -> pd.Series:
    """Column of a frame.

    Raises
    ------
    ParameterError
        If it is not a frame.
    MissingData
        If it has no such column; the sentence offers the nearest.

    Examples
    --------
    >>> column(pd.DataFrame({"ws": [1.0]}), "wd", "wind direction")
    Traceback (most recent call last):
    airq.errors.MissingData: the frame has no column 'wd' for wind direction; it has ws: name the right one.
    """
    if not isinstance(frame, pd.DataFrame):
        # The sentence is about the commonest case: an xarray object.
        how = "ds.to_dataframe().reset_index()" if hasattr(frame, "to_dataframe") else "one"
        raise ParameterError(f"a pandas DataFrame is needed, not {type(frame).__name__}; give {how}.")
    if name not in frame.columns:
        held = [str(c) for c in frame.columns]
        near = get_close_matches(str(name), held, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(held[:12])}: name the right one."
        raise MissingData(f"the frame has no column '{name}' for {what}; {hint}")
    found = frame[name]
    if isinstance(found, pd.DataFrame):
        raise ParameterError(f"column '{name}' stands twice in the frame; keep one of them.")
    return found


def numbers(series: pd.Series, what: str) -> Array:
    """Values as float64; text that is no number is refused.

    Raises
    ------
    ParameterError
        With the column, the row and the text.
    """
    if pd.api.types.is_numeric_dtype(series.dtype):
        out = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        found = pd.to_numeric(series, errors="coerce")
        bad = found.isna() & series.notna() & ~series.astype(str).str.strip().isin(["", "NA", "NaN", "nan"])
        if bad.any():
            row = int(np.flatnonzero(bad.to_numpy())[0])
            raise ParameterError(
                f"column '{series.name}' ({what}), row {row + 1}: '{series.iloc[row]}' is no number; correct it."
            )
        out = found.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(out), out, np.nan)


def of_beijing(stamps: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Times without a zone: UTC becomes Beijing time, any other zone keeps its own clock.

    Examples
    --------
    >>> of_beijing(pd.DatetimeIndex(["2019-01-01 00:00"], tz="UTC"))[0]
    Timestamp('2019-01-01 08:00:00')
    >>> of_beijing(pd.DatetimeIndex(["2019-01-01 00:00"], tz="Europe/London"))[0]
    Timestamp('2019-01-01 00:00:00')
    """
    if stamps.tz is None:
        return stamps
    if str(stamps.tz) in _UTC:
        return stamps.tz_convert(_HOME).tz_localize(None)
    return stamps.tz_localize(None)


def _given_times(frame: pd.DataFrame) -> tuple[str, Any]:
    """Name of the times, and the times as they stand; an empty name and None without any."""
    name = next((n for n in ("time", "date") if n in frame.columns), None)
    if name is not None:
        return name, frame[name]
    if isinstance(frame.index, pd.DatetimeIndex):
        return str(frame.index.name or "index"), frame.index
    return "", None


def times_of(frame: pd.DataFrame) -> Times | None:
    """Times of a frame from its column ``time`` or ``date``, or its index; None without any.

    Times in UTC become Beijing time, those of another zone keep its clock.

    Raises
    ------
    ParameterError
        If they are no times.
    """
    name, found = _given_times(frame)
    if found is None:
        return None
    if isinstance(found, pd.DataFrame):
        raise ParameterError(f"column '{name}' stands twice in the frame; keep one of them.")
    if isinstance(found, pd.DatetimeIndex):
        return of_beijing(found).to_numpy().astype("datetime64[ns]")
    if not pd.api.types.is_datetime64_any_dtype(found.dtype):
        found = _read(found, name)
    return of_beijing(pd.DatetimeIndex(found)).to_numpy().astype("datetime64[ns]")


def _read(found: pd.Series, name: str) -> pd.Series:
    text = found.astype("str").where(found.notna())
    try:
        read = pd.to_datetime(text, errors="coerce", format="mixed")
    except ValueError:  # clocks of several offsets in one column
        read = pd.to_datetime(text, errors="coerce", format="mixed", utc=True)
    bad = read.isna() & found.notna()
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        raise ParameterError(
            f"column '{name}', row {row + 1}: '{found.iloc[row]}' is no time; write it like 2019-01-31 08:00."
        )
    return read


def zone_note(frame: pd.DataFrame) -> list[str]:
    """A sentence where times in UTC are turned into Beijing time."""
    name, found = _given_times(frame)
    zone = getattr(found, "tz", None) if isinstance(found, pd.DatetimeIndex) else getattr(getattr(found, "dtype", None), "tz", None)  # fmt: skip
    return (
        [f"The times of '{name}' are in UTC and are turned into Beijing time."] if str(zone) in _UTC else []
    )


def begins_hour(frame: pd.DataFrame) -> bool:
    """Whether a time names the beginning of its hour: in ``date`` (as openair's data), not in ``time``.

    Examples
    --------
    >>> begins_hour(pd.DataFrame({"date": []})), begins_hour(pd.DataFrame({"time": [], "date": []}))
    (True, False)
    """
    name, _ = _given_times(frame)
    return name == "date"


def days_apart(time: Times) -> bool:
    """Whether the rows are days: commonly half a day or more apart and all stamped with one time of day.

    Examples
    --------
    >>> days_apart(pd.date_range("2019-01-01 08:00", periods=5).to_numpy())
    True
    """
    known = np.unique(time[~np.isnat(time)])
    if len(known) < 2:
        return bool(len(known)) and bool((known == known.astype("datetime64[D]")).all())
    clock = known - known.astype("datetime64[D]")
    return bool((clock == clock[0]).all() and np.median(np.diff(known) / np.timedelta64(1, "h")) >= 12.0)


def site_column(frame: pd.DataFrame) -> str | None:
    """Column that names the sites, None without one.

    Examples
    --------
    >>> site_column(pd.DataFrame({"site": ["A"]})), site_column(pd.DataFrame({"x": [1]}))
    ('site', None)
    """
    return next((n for n in _SITES if n in frame.columns), None)


def one_site(frame: pd.DataFrame) -> None:
    """Refuse a frame of several sites.

    Raises
    ------
    ParameterError
    """
    for name in _SITES:
        held = frame[name].dropna().unique() if name in frame.columns else []
        if len(held) > 1:
            some = ", ".join(str(s) for s in held[:3])
            raise ParameterError(
                f"the frame holds {len(held)} sites in column '{name}' ({some} ...); choose the rows of one."
            )


def repeated(time: Times, *values: Array) -> Bools:
    """Rows that repeat a time: of each time the first of the fullest rows stays.

    Parameters
    ----------
    time : datetime64 array, shape (n,)
        NaT is never a repetition.
    *values : float64 arrays, shape (n,)
        Whose gaps make a row less full.

    Returns
    -------
    bool array, shape (n,)
    """
    gaps = np.zeros(len(time), dtype=np.int64)
    for one in values:
        gaps += np.isnan(one)
    order = np.lexsort((np.arange(len(time)), gaps, time))
    out = np.zeros(len(time), dtype=bool)
    out[order[1:]] = time[order][1:] == time[order][:-1]
    return out & ~np.isnat(time)


def uncoded(values: Array, name: str = "", physical: bool = False) -> tuple[Array, int]:
    """Values without codes of missing ones, and how many there were.

    Parameters
    ----------
    values : float64 array
    name : str
        Column; in a weather variable, known by its name, 999 is a code too where it cannot be a value.
    physical : bool
        Also what such a variable cannot be in the units of the data model.

    Returns
    -------
    values : float64 array
    count : int
    """
    bad = np.isin(values, CODES)
    if name in POLLUTANTS and name != "co":
        large = np.isin(values, _LARGE)
        rest = values[np.isfinite(values) & ~large]
        # A code stands apart from all that was measured.
        bad |= large & (values > 2 * rest.max(initial=0.0))
    role = role_of(name) if name else ""
    if role:
        low, high = RANGES[role]
        outside = (values < low) | (values > high)
        bad |= outside if physical else outside & np.isin(values, (*_NINES, *_LARGE))
    bad &= np.isfinite(values)
    return np.where(bad, np.nan, values), int(bad.sum())


def unusable(values: Array, name: str) -> str:
    """Why a weather column holds nothing: what it would have to hold, if its values are all outside of that.

    Examples
    --------
    >>> unusable(np.array([101325.0, 100900.0]), "pressure")
    "all 2 values of 'pressure' lie outside 450 to 1100 hPa (median 101112); convert its unit"
    >>> unusable(np.array([np.nan]), "pressure")
    "column 'pressure' holds no value"
    """
    held = values[np.isfinite(values)]
    role = role_of(name)
    if not len(held) or not role:
        return f"column '{name}' holds no value"
    low, high = RANGES[role]
    return (
        f"all {len(held):,} values of '{name}' lie outside {low:g} to {high:g} {_UNITS[role]} "
        f"(median {np.median(held):.0f}); convert its unit"
    )


def zeros_note(values: Array, name: str) -> list[str]:
    """A sentence on many zeros of a concentration, which often stand for missing values.

    Examples
    --------
    >>> zeros_note(np.array([0.0, 5.0, 7.0]), "pm25")
    ["33 % of the values of 'pm25' are 0; check whether they stand for missing ones."]
    >>> zeros_note(np.array([0.0, 5.0, 7.0]), "precipitation")
    []
    """
    held = values[np.isfinite(values)]
    share = float((held == 0).mean()) if len(held) else 0.0
    if share <= _MANY_ZEROS or share == 1.0 or role_of(name):
        return []
    return [
        f"{100 * share:.0f} % of the values of '{name}' are 0; check whether they stand for missing ones."
    ]

"""Hours with a usable wind and a value: what every analysis by direction starts from.

What is left out is counted by reason and said in sentences, never silently dropped. Conventions as in
:mod:`airq.weather.wind`: a direction is where the wind comes from, north is 360, a calm has none.

Examples
--------
>>> frame = pd.DataFrame({"pm25": [5.0, 7.0, 9.0], "wind_speed": [0.0, 2.0, 3.0], "wind_direction": [0, 0, 999]})
>>> found = winds(frame, ["pm25"])
>>> found.direction.tolist(), found.calm.tolist(), found.masked
([nan, 360.0], [True, False], {'direction_code': 1})
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.columns import (
    SAID,
    column,
    numbers,
    one_site,
    repeated,
    times_of,
    uncoded,
    zeros_note,
    zone_note,
)
from airq.errors import MissingData, ParameterError
from airq.weather.wind import normalise

__all__ = ["COMPASS", "Winds", "degrees", "direction_step", "need_moving", "winds"]

Array = npt.NDArray[np.float64]

COMPASS: Final = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
"""The sixteen winds, clockwise from north."""

_LETTERS: Final = {name: 360.0 if k == 0 else 22.5 * k for k, name in enumerate(COMPASS)}
_CALM_WORDS: Final = {"C", "CALM", "CV", "静风"}
_NO_SPEED: Final = 75.0
"""m s-1; no hourly mean at an air-quality station comes near, while 99 and 999 are codes of missing values."""

_REASONS: Final = {
    "no_time": "{n} rows without a time are left out",
    "duplicated": "{n} rows repeat an hour that stands before; the first with a value is kept",
    "no_value": "{n} hours without a value of {what} are left out",
    "no_speed": "{n} hours without wind speed are left out",
    "speed_code": "{n} hours with a wind speed below 0 or above 75 m/s (codes such as 999) are left out",
    "no_direction": "{n} hours with a wind but without its direction are left out",
    "direction_code": "{n} hours with a direction outside 0 to 360 (codes such as 990 or 999) are left out",
}


@dataclass(frozen=True, eq=False)
class Winds:
    """Hours that can be used.

    Attributes
    ----------
    speed : float64 array, shape (hours,)
        m s-1.
    direction : float64 array, shape (hours,)
        (0, 360]; NaN for calms.
    recorded : float64 array, shape (hours,)
        Directions as the frame has them, with letters in degrees.
    calm : bool array, shape (hours,)
    time : datetime64[ns] array, shape (hours,)
        NaT throughout where the frame has no times.
    values : dict of str to float64 array
        The columns asked for.
    rows : int array, shape (hours,)
        Their rows in the frame.
    step : float
        Degrees between the directions as recorded.
    masked : dict of str to int
        Hours left out, by reason.
    notes : tuple of str
        The same in sentences.
    """

    speed: Array
    direction: Array
    recorded: Array
    calm: npt.NDArray[np.bool_]
    time: npt.NDArray[np.datetime64]
    values: dict[str, Array]
    rows: npt.NDArray[np.int64]
    step: float
    masked: dict[str, int]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.speed)


def degrees(series: pd.Series) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Directions in degrees, with letters read as the sixteen winds, and which are called calm.

    Examples
    --------
    >>> degrees(pd.Series(["NNW", "C", "270"]))[0].tolist(), degrees(pd.Series(["NNW", "静风"]))[1].tolist()
    ([337.5, nan, 270.0], [False, True])
    """
    if pd.api.types.is_numeric_dtype(series.dtype):
        return numbers(series, "wind direction"), np.zeros(len(series), dtype=bool)
    text = series.astype("str").str.strip().str.upper()
    calm = text.isin(_CALM_WORDS).to_numpy(dtype=bool)
    lettered = text.map(_LETTERS)
    rest = series.where(lettered.isna() & ~calm)
    return np.where(lettered.notna(), lettered, numbers(rest, "wind direction")).astype(np.float64), calm


def direction_step(direction: npt.ArrayLike) -> float:
    """Degrees between directions as recorded: 10, 22.5 (sixteen winds) or 5 for anything finer.

    Parameters
    ----------
    direction : array_like
        Degrees; NaN is ignored.

    Returns
    -------
    float

    Examples
    --------
    >>> direction_step([3.0, 10.0]), direction_step([90.0, 180.0])
    (5.0, 10.0)
    """
    d = np.asarray(direction, dtype=np.float64)
    d = d[np.isfinite(d)]
    if np.all(d % 10 == 0):
        return 10.0
    return 22.5 if np.all(d % 22.5 == 0) else 5.0


def winds(
    frame: pd.DataFrame,
    values: Sequence[str] = (),
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    calm_below: float = 0.0,
) -> Winds:
    """Hours with a wind and all of the values.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours of one site in any order.
    values : sequence of str
        Columns that must hold a number.
    wind_speed, wind_direction : str
        Columns in m s-1 and degrees; the direction may be one of the sixteen letters (``"NNW"``).
    calm_below : float
        Speeds below are calms too, m s-1; by default only 0 is.

    Returns
    -------
    Winds

    Raises
    ------
    MissingData
        No such column, or no hour that can be used.
    ParameterError
        Several sites, text for numbers, a threshold below 0.
    """
    if not np.isfinite(calm_below) or calm_below < 0:
        raise ParameterError(f"calm_below {calm_below} is no speed; give 0 or more, in m/s.")
    data, codes = {}, 0
    for name in values:
        data[name], found = uncoded(numbers(column(frame, name, "the value"), "the value"), name)
        codes += found
    speed = numbers(column(frame, wind_speed, "wind speed"), "wind speed")
    aim, named_calm = degrees(column(frame, wind_direction, "wind direction"))
    one_site(frame)
    time = times_of(frame)
    masked: dict[str, int] = {}
    keep = np.ones(len(frame), dtype=bool)

    def drop(reason: str, where: npt.NDArray[np.bool_]) -> None:
        hit = keep & where
        if hit.any():
            masked[reason] = int(hit.sum())
            keep[hit] = False

    if time is not None:
        drop("no_time", np.isnat(time))
        drop("duplicated", repeated(time, *data.values(), speed))
    for held in data.values():
        drop("no_value", np.isnan(held))
    drop("no_speed", np.isnan(speed) & ~named_calm)
    drop("speed_code", (speed < 0) | (speed > _NO_SPEED))
    speed = np.where(named_calm, 0.0, speed)
    calm = (speed == 0) | (speed < calm_below)
    drop("no_direction", np.isnan(aim) & ~calm)
    drop("direction_code", ((aim < 0) | (aim > 360)) & ~calm)
    if not keep.any():
        said = "; ".join(_sentence(r, n, values) for r, n in masked.items()) or "it holds no rows"
        raise MissingData(f"no hour has both a wind and a value: {said}; check the columns and their codes.")
    aimless = masked.get("no_direction", 0) + masked.get("direction_code", 0) + masked.get("speed_code", 0)
    if aimless >= keep.sum() and calm[keep].all():
        # What is left would pass for a place without wind.
        said = "; ".join(_sentence(r, n, values) for r, n in masked.items())
        raise MissingData(
            f"every hour with a wind is left out, only calms remain: {said}; check the columns and their codes."
        )
    direction = np.where(calm, np.nan, normalise(np.where(calm, 0.0, speed), aim))[keep]
    stamps = np.full(len(frame), np.datetime64("NaT"), dtype="datetime64[ns]") if time is None else time
    notes = [_sentence(r, n, values) + "." for r, n in masked.items()]
    if codes:
        masked["code"] = codes
        notes.append(SAID["code"].format(n=f"{codes:,}"))
    notes += zone_note(frame)
    for name, held in data.items():
        notes += zeros_note(held, name)
    if time is not None:
        notes += _silent_months(time, keep)
    return Winds(
        speed=speed[keep],
        direction=direction,
        recorded=aim[keep],
        calm=calm[keep],
        time=stamps[keep],
        values={n: held[keep] for n, held in data.items()},
        rows=np.flatnonzero(keep),
        step=direction_step(direction),
        masked=masked,
        notes=tuple(notes),
    )


def need_moving(found: Winds) -> None:
    """Refuse hours that are all calm.

    Raises
    ------
    MissingData
    """
    if found.calm.all():
        raise MissingData("every hour is calm, so that nothing depends on direction; check the wind speed.")


def _silent_months(time: npt.NDArray[np.datetime64], keep: npt.NDArray[np.bool_]) -> list[str]:
    """A note on months that the frame holds and of which nothing is left, such as a winter without wind."""
    known = ~np.isnat(time)
    months = time[known].astype("datetime64[M]")
    lost = np.setdiff1d(months, months[keep[known]])
    if not len(lost):
        return []
    some = ", ".join(str(m) for m in lost[:6]) + (" ..." if len(lost) > 6 else "")
    return [
        f"{len(lost)} months of the frame have no usable hour ({some}); the result does not speak for them."
    ]


def _sentence(reason: str, count: int, values: Sequence[str]) -> str:
    return _REASONS[reason].format(n=f"{count:,}", what=" and ".join(values) or "anything")

"""Polar annulus: concentration by wind direction and by hour, weekday, season or year.

Classes of time by the directions, square root of their mean smoothed by a tensor product of B-splines with two
penalties by GCV. Time is a circle where it is one: midnight meets midnight, December January.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> time = pd.date_range("2019-01-01 01:00", periods=8760, freq="h")
>>> wd = 10 * rng.integers(1, 37, 8760)
>>> value = 30 + 20 * np.cos(np.deg2rad(wd - 180)) * np.cos((time.hour - 8) / 24 * 2 * np.pi)
>>> frame = pd.DataFrame({"time": time, "wd": wd, "ws": 2.0, "no2": value})
>>> ring = polar_annulus(frame, "no2", period="hour", wind_speed="ws", wind_direction="wd")
>>> ring.value.shape, bool(ring.value[8, 17] > 45), bool(ring.value[20, 17] < 15)
((24, 36), True, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from statistics import NormalDist
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.direction.binning import STATISTICS, Statistic, statistic_of, threshold
from airq.analysis.direction.penalised import fit_penalised
from airq.analysis.direction.splines import (
    cyclic,
    cyclic_penalty,
    open_basis,
    open_penalty,
    tensor,
)
from airq.analysis.direction.winds import need_moving, winds
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["PERIODS", "PolarAnnulus", "polar_annulus"]

Array = npt.NDArray[np.float64]
Period = Literal["hour", "weekday", "season", "trend"]
PERIODS: Final = ("hour", "weekday", "season", "trend")
CLASSES: Final = {"hour": 24, "weekday": 42, "season": 24, "trend": 24}
"""Classes of time, from the inner to the outer edge; a week has six a day, so that none mixes hours of two days."""
_SPLINES: Final = {"hour": 12, "weekday": 28, "season": 12, "trend": 12}
_LEAST_BINS: Final = 30


@dataclass(frozen=True, eq=False)
class PolarAnnulus:
    """Smooth surface over direction and time.

    Attributes
    ----------
    pollutant, period, statistic : str
    time : float64 array, shape (classes,)
        Middles of the classes: hour of the day 0 to 24, day of the week 0 (Monday) to 7, month 1 to 13, or year.
    edges : float64 array, shape (classes + 1,)
    direction : float64 array, shape (directions,)
        Degrees.
    value, lower, upper : float64 arrays, shape (classes, directions)
        NaN where no bin near holds data.
    counts : int array, shape (classes, directions)
    edf : float
    hours, calms : int
        Hours with a direction, and calm hours, which are in no sector.
    masked : dict of str to int
    notes : tuple of str
    """

    pollutant: str
    period: str
    statistic: str
    time: Array
    edges: Array
    direction: Array
    value: Array
    lower: Array
    upper: Array
    counts: npt.NDArray[np.int64]
    edf: float
    hours: int
    calms: int
    masked: dict[str, int]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Cells as rows: ``time``, ``wind_direction``, ``value``, ``lower``, ``upper``, ``hours``."""
        t, d = np.meshgrid(self.time, self.direction, indexing="ij")
        held = {
            "time": t, "wind_direction": d, "value": self.value, "lower": self.lower, "upper": self.upper,
            "hours": self.counts,
        }  # fmt: skip
        return pd.DataFrame({name: array.ravel() for name, array in held.items()})

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return f"<p><b>{escape(self.pollutant)}</b> by direction and {escape(self.period)}: {self.hours:,} h, edf {self.edf:.1f}</p><ul>{notes}</ul>"


def _clock(time: npt.NDArray[np.datetime64], period: str) -> tuple[Array, float, float]:
    """Position of each hour's middle on the axis of time, and the ends of the axis."""
    # A stamp is the end of its hour.
    middle = pd.DatetimeIndex(time) - pd.Timedelta(minutes=30)
    hour = (middle.hour + middle.minute / 60).to_numpy(dtype=np.float64)
    if period == "hour":
        return hour, 0.0, 24.0
    if period == "weekday":
        return middle.day_of_week.to_numpy(dtype=np.float64) + hour / 24, 0.0, 7.0
    if period == "season":
        within = (middle.day.to_numpy(dtype=np.float64) - 1) / middle.days_in_month.to_numpy(dtype=np.float64)
        return middle.month.to_numpy(dtype=np.float64) + within, 1.0, 13.0
    length = np.where(middle.is_leap_year, 366.0, 365.0)
    year = (
        middle.year.to_numpy(dtype=np.float64) + (middle.day_of_year.to_numpy(dtype=np.float64) - 1) / length
    )
    return year, float(year.min()), float(year.max())


def polar_annulus(
    frame: pd.DataFrame,
    pollutant: str,
    *,
    period: Period = "hour",
    wind_speed: str = "wind_speed",
    wind_direction: str = "wind_direction",
    statistic: Statistic = "mean",
    percentile: float | None = None,
    k: tuple[int, int] | None = None,
    min_bin: int = 1,
    confidence: float = 0.95,
) -> PolarAnnulus:
    """Concentration by wind direction and time.

    Parameters
    ----------
    frame : pandas.DataFrame
        Hours of one site with ``time`` or ``date``, the end of the hour.
    pollutant : str
        Column.
    period : {"hour", "weekday", "season", "trend"}
    wind_speed, wind_direction : str
        Columns; the speed tells calms, which have no direction.
    statistic, percentile
        As for :func:`airq.analysis.direction.surface.polar_surface`.
    k : two ints, optional
        Splines along time (12, and 28 along a week) and direction (12).
    min_bin : int
    confidence : float

    Returns
    -------
    PolarAnnulus

    Raises
    ------
    MissingData
        No times, no usable hour, too few bins; a season from less than a year.
    ParameterError
        An argument that cannot be used.
    """
    if period not in PERIODS:
        raise ParameterError(f"period '{period}' is not known; use {', '.join(PERIODS)}.")
    if statistic not in STATISTICS:
        raise ParameterError(f"statistic '{statistic}' is not known; use {', '.join(STATISTICS)}.")
    k = k or (_SPLINES[period], 12)
    if min(k) < 4:
        raise ParameterError(f"k {k} is too small; give two numbers of 4 or more, 12 by default.")
    found = winds(frame, [pollutant], wind_speed, wind_direction)
    if np.isnat(found.time).any():
        raise MissingData("an annulus needs the time of every hour; give a column 'time' or 'date'.")
    if period == "trend" and np.ptp(found.time.astype("datetime64[D]").astype(int)) < 60:
        raise MissingData("a trend by direction needs two months or more; use period='hour'.")
    need_moving(found)
    moving = ~found.calm
    place, first, last = _clock(found.time[moving], period)
    classes = CLASSES[period]
    directions = round(360 / found.step)
    row = np.clip(((place - first) / (last - first) * classes).astype(np.int64), 0, classes - 1)
    column = (np.ceil(found.direction[moving] / found.step - 0.5).astype(np.int64) - 1) % directions
    values = found.values[pollutant][moving]
    share = 90.0 if statistic == "cpf" and percentile is None else percentile
    cut = threshold(values, share, statistic)
    stat, counts = statistic_of(
        values, row * directions + column, classes * directions, statistic, share, cut
    )
    used = np.isfinite(stat) & (counts >= max(min_bin, 1))
    if used.sum() < _LEAST_BINS:
        raise MissingData(
            f"only {int(used.sum())} of {classes * directions} classes of time and direction hold data; "
            f"an annulus needs {_LEAST_BINS}: give a longer period."
        )
    notes = list(found.notes)
    months = set(pd.DatetimeIndex(found.time).month)
    if period == "season" and len(months) < 12:
        notes.append(f"{12 - len(months)} calendar months have no data; their part of the ring is empty.")
    power = 0.5 if (stat[used] >= 0).all() else 1.0
    edges = np.linspace(first, last, classes + 1)
    middles: Array = (edges[1:] + edges[:-1]) / 2
    degrees = found.step * np.arange(1, directions + 1, dtype=np.float64)
    basis, penalties = _smoother(middles, degrees, first, last, period, k)
    response = np.sqrt(stat[used]) if power == 0.5 else stat[used]
    fit = fit_penalised(basis[used], response, counts[used] / counts[used].mean(), penalties)
    fitted: Array = np.asarray(basis @ fit.coefficients)
    error: Array = np.asarray(np.sqrt(np.square(basis @ fit.covariance_root).sum(axis=1)))
    wide = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    near = _near(used.reshape(classes, directions), period != "trend").ravel()
    back = [_back(x, power) for x in (fitted, fitted - wide, fitted + wide)]
    shape = (classes, directions)
    value, low, high = (np.where(near, np.minimum(x, 1.0) if statistic == "cpf" else x, np.nan).reshape(shape) for x in back)  # fmt: skip
    return PolarAnnulus(
        pollutant, period, str(statistic), middles, edges, degrees, value, low, high, counts.reshape(shape), fit.edf,
        int(moving.sum()), int((~moving).sum()), found.masked, tuple(notes),
    )  # fmt: skip


def _back(fitted: Array, power: float) -> Array:
    """From the scale of the smooth to that of the statistic."""
    return np.square(np.maximum(fitted, 0.0)) if power == 0.5 else fitted


def _smoother(
    middles: Array, degrees: Array, first: float, last: float, period: str, k: tuple[int, int]
) -> tuple[Array, list[Array]]:
    kt, kd = k
    rows = np.repeat(middles, len(degrees))
    along = open_basis(rows, first, last, kt) if period == "trend" else cyclic(rows - first, last - first, kt)
    around = cyclic(np.tile(degrees, len(middles)), 360.0, kd)
    by_time = open_penalty(kt) if period == "trend" else cyclic_penalty(kt)
    by_direction: Array = np.asarray(np.kron(np.eye(kt), cyclic_penalty(kd)), dtype=np.float64)
    return tensor(along, around), [np.asarray(np.kron(by_time, np.eye(kd)), dtype=np.float64), by_direction]


def _near(used: npt.NDArray[np.bool_], closed: bool) -> npt.NDArray[np.bool_]:
    """Cells with data in them or beside them, around the circle; along time too where that closes."""
    around = used | np.roll(used, 1, axis=1) | np.roll(used, -1, axis=1)
    wide = np.vstack([around[-1:], around, around[:1]]) if closed else np.pad(around, ((1, 1), (0, 0)))
    return np.asarray(wide[:-2] | wide[1:-1] | wide[2:])

"""Drift of sensors: a slow departure from a reference beside them, or from the official stations around them.

Each day gives one number, the logarithm of sensor over reference (particles and CO) or their difference (other gases,
whose zero moves). A baseline at the start of the record gives its mean, scatter and day-to-day memory. Two-sided
CUSUM of the standardised days raises an alarm above a threshold that is found by simulation: a sensor that does not
drift, with the same memory and a baseline as short, raises a false alarm in 5 % of years. So that tiny but certain
changes stay quiet, the median of the last 14 days must also have moved by a relevant amount: 10 % beside a reference,
30 % against the stations around, because places differ by season.

A raw sensor follows humidity and season as well; calibrate first (:func:`airq.observations.sensors.apply`), then watch.

Examples
--------
>>> rng = np.random.default_rng(1)
>>> time = pd.date_range("2025-01-01 01:00", periods=24 * 200, freq="h")
>>> truth = 60 + 20 * np.sin(np.arange(4800) / 50)
>>> gain = np.where(np.arange(4800) < 2400, 1.0, 1.3)
>>> frame = pd.DataFrame({"sensor": "S1", "time": time, "value": gain * truth * rng.lognormal(0, 0.1, 4800), "reference": truth})
>>> row = watch(frame, pollutant="pm25").alarms.iloc[0]
>>> str(row["first_alarm"].date()), row["direction"], round(float(row["change"]), 1)
('2025-04-17', 'up', 0.3)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import MissingData, ParameterError
from airq.observations.sensors import hours
from airq.observations.sensors.pairing import (
    REFERENCE_MASK,
    SENSOR_MASK,
    _prepared,
    _references_of,
    checked,
    sensors_of,
)
from airq.observations.sensors.positions import distances_km
from airq.variables import VARIABLES

__all__ = ["DriftReport", "neighbourhood", "threshold", "watch"]

Floats = npt.NDArray[np.float64]

RATIO: Final = ("pm25", "pm10", "co")
"""Pollutants whose sensors are watched by ratio; the others by difference."""

FLOOR: Final = {"pm25": 5.0, "pm10": 10.0, "so2": 0.0, "no2": 0.0, "co": 0.1, "o3": 0.0}
"""Daily mean of the reference below which a ratio says nothing, unit of the pollutant."""

ALLOWANCE: Final = 1.0
"""CUSUM's k in standard deviations. Page's 0.5 is best for independent days; with the memory that days have it waits
two to four times longer for a step of 20 % (memory 0.6, baseline 28 days: 115 against 52 days)."""

PAIRED: Final = 0.1
"""Relevant change beside a reference."""

AROUND: Final = 0.3
"""Relevant change against a neighbourhood: places differ by season. Stations of Beijing against their neighbours raise
an alarm in 11 % of 72 station-years at 0.3, and in 47 % at 0.1 [M benchmarks/sensor_calibration.py]."""

BASELINE: Final = (14, 56)
"""Fewest and most days of a baseline; between them a third of the record."""

_USUAL_MEMORY: Final = (
    0.4,
    14,
)  # of daily ratios between neighbours in Beijing, 0.18 to 0.47 [M], and its weight in days
_CAUTION: Final = 0.7  # standard errors added to the memory: too low a memory costs more false alarms than too high a one saves
_CAP: Final = 3.0  # standard deviations of a single day that count
_ROLLING: Final = 14
_YEAR: Final = 365
_DRAWS: Final = 1_000


@lru_cache(maxsize=256)
def threshold(
    baseline_days: int, memory: float, false_alarms: float = 0.05, days: int = _YEAR, seed: int = 0
) -> float:
    """CUSUM threshold that a sensor without drift crosses with a given probability.

    Parameters
    ----------
    baseline_days : int
        Days from which mean and scatter are estimated.
    memory : float
        Correlation of a day with the next, 0 to 0.9.
    false_alarms : float
        Probability of an alarm within ``days``.
    days : int
    seed : int

    Returns
    -------
    float
        In standard deviations of the baseline.

    Examples
    --------
    >>> threshold(28, 0.0) < threshold(28, 0.5)
    True
    """
    rng = np.random.default_rng(seed)
    total = baseline_days + days
    noise = rng.standard_normal((total, _DRAWS)) * (1 - memory**2) ** 0.5
    noise[0] /= (1 - memory**2) ** 0.5
    for t in range(1, total):
        noise[t] += memory * noise[t - 1]
    base = noise[:baseline_days]
    z = np.clip((noise[baseline_days:] - base.mean(axis=0)) / base.std(axis=0, ddof=1), -_CAP, _CAP)
    up, down, top = (np.zeros(_DRAWS) for _ in range(3))
    for row in z:
        up, down = np.maximum(0, up + row - ALLOWANCE), np.maximum(0, down - row - ALLOWANCE)
        top = np.maximum(top, np.maximum(up, down))
    return float(np.quantile(top, 1 - false_alarms))


@dataclass(frozen=True)
class DriftReport:
    """What the watch found.

    Attributes
    ----------
    alarms : DataFrame
        One row a sensor: ``sensor first_alarm`` (day, NaT if none), ``began`` (first day of the run of CUSUM that led
        to it), ``direction`` (up, down or empty), ``change`` (median of the last 14 days against the mean of
        the baseline: share or difference), ``threshold``, ``memory``, ``scatter``, ``baseline_from``,
        ``baseline_to``, ``days``, ``reason`` (why a sensor was not watched).
    series : DataFrame
        ``sensor day statistic rolling cusum_up cusum_down alarm``; ``rolling`` is the median of 14 days.
    pollutant, kind : str
        ``kind`` is ``ratio`` or ``difference``.
    relevant : float
    false_alarms : float
        Probability of a false alarm in a year that the threshold stands for.
    """

    alarms: pd.DataFrame
    series: pd.DataFrame = field(repr=False)
    pollutant: str
    kind: str
    relevant: float
    false_alarms: float

    @property
    def drifting(self) -> tuple[str, ...]:
        """Sensors with an alarm."""
        return tuple(self.alarms.loc[self.alarms["first_alarm"].notna(), "sensor"])

    def to_frame(self) -> pd.DataFrame:
        """The alarms."""
        return self.alarms

    def _repr_html_(self) -> str:
        text = f"{self.pollutant}, {self.kind}, relevant change {self.relevant:g}, {100 * self.false_alarms:g} % false alarms a year"
        return f"<p>{text}</p>{self.alarms.to_html(index=False)}"


def neighbourhood(
    ds: xr.Dataset,
    official: xr.Dataset,
    pollutant: str = "pm25",
    *,
    radius_km: float = 30.0,
    at_least: int = 2,
) -> pd.DataFrame:
    """Hours of sensors beside the median of the official stations around each.

    Parameters
    ----------
    ds : xarray.Dataset
        Sensors with positions, best calibrated.
    official : xarray.Dataset
        Stations; micro-stations in it do not count.
    pollutant : str
    radius_km : float
    at_least : int
        Stations with a value that an hour needs.

    Returns
    -------
    DataFrame
        As of :func:`airq.observations.sensors.pair`, for :func:`watch` only: the stations stand elsewhere, so it is
        no ground for a calibration.

    Raises
    ------
    MissingData
        No sensor has enough stations around it.
    """
    cells, stations = sensors_of(ds), _references_of(official, None)
    dataset.require(cells, pollutant)
    dataset.require(stations, pollutant)
    low = _prepared(cells, (pollutant,), SENSOR_MASK, hours.COMPLETENESS)
    high = _prepared(stations, (pollutant,), REFERENCE_MASK, hours.COMPLETENESS)
    time = np.intersect1d(low["time"].values, high["time"].values)
    x, y = (d[pollutant].sel(time=time).values for d in (low, high))
    frames = []
    for i, row in enumerate(distances_km(low, high)):
        near = np.flatnonzero(row <= radius_km)
        near = near[[str(high["station"].values[j]) != str(low["station"].values[i]) for j in near]]
        if len(near) < at_least:
            continue
        there = np.isfinite(y[near]).sum(axis=0) >= at_least
        both = there & np.isfinite(x[i])
        if both.any():
            around = np.nanmedian(y[near][:, both], axis=0)
            frames.append(pd.DataFrame({"sensor": str(low["station"].values[i]), "time": time[both], "value": x[i][both], "reference": around}))  # fmt: skip
    if not frames:
        raise MissingData(
            f"no sensor has {at_least} official stations with {pollutant} within {radius_km:g} km; raise radius_km or check the positions."
        )
    out = pd.concat(frames, ignore_index=True)
    out.attrs = {
        "pollutant": pollutant,
        "units": VARIABLES[pollutant].units,
        "averaging": "1h",
        "relevant": AROUND,
    }
    return out


def watch(
    frame: pd.DataFrame,
    column: str = "value",
    *,
    pollutant: str | None = None,
    kind: str = "auto",
    baseline_days: int | None = None,
    relevant: float | None = None,
    false_alarms: float = 0.05,
    seed: int = 0,
) -> DriftReport:
    """Watch sensors for drift.

    Parameters
    ----------
    frame : DataFrame
        From :func:`airq.observations.sensors.pair` or :func:`neighbourhood`.
    column : str
        Series to watch; ``value`` or a calibrated value added to the frame.
    pollutant : str, optional
        If the frame does not say it.
    kind : {"auto", "ratio", "difference"}
    baseline_days : int, optional
        Valid days at the start that count as undisturbed, at least 7; by default a third of the record, 14 to 56.
    relevant : float, optional
        Change of the median of 14 days that matters, 0.1 for pairs and 0.3 for :func:`neighbourhood` by default: a share for ``ratio``; for ``difference`` a share of the mean of
        the reference.
    false_alarms : float
        Accepted probability of a false alarm in a year.
    seed : int
        Of the simulation behind the threshold.

    Returns
    -------
    DriftReport
        A sensor with too few days stands in it with a reason.

    Raises
    ------
    ParameterError
        Unknown kind, or a baseline shorter than a week.
    """
    name = checked(frame, pollutant)
    if kind not in ("auto", "ratio", "difference"):
        raise ParameterError(f"kind '{kind}' is not known; use auto, ratio or difference.")
    if baseline_days is not None and baseline_days < 7:
        raise ParameterError(f"a baseline of {baseline_days} days is too short; give at least 7.")
    if column not in frame:
        raise ParameterError(
            f"the frame has no column '{column}'; add the calibrated values under that name."
        )
    chosen = kind if kind != "auto" else ("ratio" if name in RATIO else "difference")
    bound = float(frame.attrs.get("relevant", PAIRED)) if relevant is None else relevant
    level = float(frame["reference"].mean())
    days = _statistic(frame, column, chosen, FLOOR[name], level)
    alarms, series = [], []
    for sensor in sorted({str(s) for s in frame["sensor"]}):
        part = days[days["sensor"] == sensor]
        row, table = _one(part, baseline_days, bound, false_alarms, seed, chosen)
        if chosen == "difference":
            row["change"] *= level
        alarms.append({"sensor": sensor, **row})
        series.append(table.assign(sensor=sensor))
    table = pd.concat(series, ignore_index=True)
    if chosen == "difference":
        table[["statistic", "rolling"]] *= level
    columns = ["sensor", "day", "statistic", "rolling", "cusum_up", "cusum_down", "alarm"]
    return DriftReport(pd.DataFrame(alarms), table[columns], name, chosen, bound, false_alarms)


def _statistic(frame: pd.DataFrame, column: str, kind: str, floor: float, level: float) -> pd.DataFrame:
    """One number a day and sensor: log ratio, or difference as a share of the mean of the reference."""
    days = hours.daily(frame[["sensor", "time", column, "reference"]], [column, "reference"])
    x, r = days[column].to_numpy(np.float64), days["reference"].to_numpy(np.float64)
    if kind == "ratio":
        good = (r >= floor) & (x > 0)
        statistic = np.log(np.where(good, x, 1.0) / np.where(good, r, 1.0))
    else:
        good = np.isfinite(x - r)
        statistic = (x - r) / (level if level > 0 else 1.0)
    out = days.assign(statistic=statistic)[good]
    return out.assign(sensor=out["sensor"].astype(str))


def _memory(z: Floats, day: npt.NDArray[np.datetime64]) -> float:
    """Correlation of a day with the next, 0 to 0.9: raised for the bias of a short record (Kendall 1954), and to the
    usual one where a short record shows less.
    """
    usual, weight = _USUAL_MEMORY
    next_day = np.diff(day.astype("datetime64[D]")) == np.timedelta64(1, "D")
    a, b = z[:-1][next_day], z[1:][next_day]
    if len(a) < 5 or a.std() == 0 or b.std() == 0:
        return usual
    r = float(np.corrcoef(a, b)[0, 1])
    r += (1 + 3 * max(r, 0.0)) / len(a)
    r += _CAUTION * max(0.0, 1 - r**2) ** 0.5 / len(a) ** 0.5
    return float(np.clip(max(r, (len(a) * r + weight * usual) / (len(a) + weight)), 0.0, 0.9))


def _one(
    part: pd.DataFrame, baseline: int | None, relevant: float, false_alarms: float, seed: int, kind: str
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Alarm and series of one sensor."""
    day = part["day"].to_numpy("datetime64[ns]")
    d = part["statistic"].to_numpy(np.float64)
    empty: dict[str, Any] = {"first_alarm": pd.NaT, "began": pd.NaT, "direction": "", "change": np.nan, "threshold": np.nan, "memory": np.nan, "scatter": np.nan, "baseline_from": pd.NaT, "baseline_to": pd.NaT, "days": len(d), "reason": ""}  # fmt: skip
    baseline_days = baseline if baseline is not None else int(np.clip(len(d) // 3, *BASELINE))
    if len(d) < baseline_days + _ROLLING:
        reason = f"{len(d)} valid days; {baseline_days} of a baseline and {_ROLLING} to watch are needed"
        table = pd.DataFrame({"day": day, "statistic": d, "rolling": np.nan, "cusum_up": np.nan, "cusum_down": np.nan, "alarm": False})  # fmt: skip
        return {**empty, "reason": reason}, table
    base = d[:baseline_days]
    mean, scatter = float(base.mean()), max(float(base.std(ddof=1)), 1e-9)
    memory = (
        round(_memory(base - mean, day[:baseline_days]) * 20) / 20
    )  # in steps, so that thresholds are reused
    limit = threshold(baseline_days, memory, false_alarms, _YEAR, seed)
    z = np.clip((d - mean) / scatter, -_CAP, _CAP)
    up, down = _cusum(z, baseline_days)
    rolling = pd.Series(d).rolling(_ROLLING, min_periods=_ROLLING).median().to_numpy()
    shift = np.expm1(rolling - mean) if kind == "ratio" else rolling - mean
    alarm = ((up > limit) & (shift > relevant)) | ((down > limit) & (shift < -relevant))
    alarm[:baseline_days] = False
    row = {**empty, "threshold": limit, "memory": memory, "scatter": scatter, "change": float(shift[-1]), "baseline_from": pd.Timestamp(day[0]), "baseline_to": pd.Timestamp(day[baseline_days - 1])}  # fmt: skip
    if alarm.any():
        at = int(np.argmax(alarm))
        side, direction = (up, "up") if shift[at] > 0 else (down, "down")
        rest = np.flatnonzero(side[: at + 1] == 0)
        began = int(rest[-1]) + 1 if len(rest) else baseline_days
        row |= {"first_alarm": pd.Timestamp(day[at]), "began": pd.Timestamp(day[min(began, at)]), "direction": direction, "change": float(shift[-1])}  # fmt: skip
    table = pd.DataFrame({"day": day, "statistic": d, "rolling": rolling, "cusum_up": up, "cusum_down": down, "alarm": alarm})  # fmt: skip
    return row, table


def _cusum(z: Floats, start: int) -> tuple[Floats, Floats]:
    """Upper and lower sums from the end of the baseline on."""
    up, down = np.zeros(len(z)), np.zeros(len(z))
    for t in range(start, len(z)):
        up[t] = max(0.0, up[t - 1] + z[t] - ALLOWANCE)
        down[t] = max(0.0, down[t - 1] - z[t] - ALLOWANCE)
    return up, down

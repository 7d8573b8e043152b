"""A light adjustment for weather: ridge regression of the logarithm on what the weather does beyond its season.

Made for many series in little time; :func:`airq.analysis.deweather` is the thorough one, and its normalised series may
be given to every method here instead. Coefficients are learnt within quarters of a year, so that neither trend nor
season nor a measure is taken for weather, and only the departure of the weather from its own season is removed: the
season of the series stays.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> days = pd.date_range("2018-01-01", periods=1000)
>>> wind = rng.gamma(4, 0.7, 1000)
>>> frame = pd.DataFrame({"date": days, "wind_speed": wind, "pm25": 60 / np.sqrt(wind) * rng.lognormal(0, 0.1, 1000)})
>>> found = adjusted(daily(frame, "pm25", ["wind_speed"]))
>>> bool(found.blocked_r2 > 0.7), bool(np.nanstd(found.log) < 0.13)
(True, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.effect.inputs import Days, daily
from airq.errors import MissingData

__all__ = ["Adjusted", "adjusted", "daily"]

Array = npt.NDArray[np.float64]

_PENALTIES: Final = tuple(np.logspace(-1, 4, 11))
_SKEWED: Final = {"wind_speed": 0.5, "ws": 0.5, "WSPM": 0.5, "precipitation": 0.1, "mixing_height": 50.0}
"""Variables taken as logarithms, with what is added first."""
_LEAST_DAYS: Final = 180


@dataclass(frozen=True, eq=False)
class Adjusted:
    """Logarithms with the weather's part taken out.

    Attributes
    ----------
    log : float64 array, shape (days,)
        NaN where the target or the weather is missing.
    blocked_r2 : float
        Share of the variance within quarters that the weather foretells on weeks left out.
    penalty : float
        Of the ridge, by those weeks.
    notes : tuple of str
    """

    log: Array
    blocked_r2: float
    penalty: float
    notes: tuple[str, ...]


def _features(held: Days) -> Array:
    """Weather by day: itself, its square, the day before, itself by season; shape (days, 4 variables)."""
    parts = []
    for name in held.weather:
        x = held.frame[name].to_numpy(dtype=np.float64)
        x = np.log(np.maximum(x, 0) + _SKEWED[name]) if name in _SKEWED else x
        spread = float(np.nanstd(x))
        parts.append((x - np.nanmean(x)) / (spread if spread > 0 else 1.0))
    z = np.column_stack(parts)
    before = np.vstack([z[:1], z[:-1]])
    winter = np.cos(2 * np.pi * held.days.day_of_year.to_numpy() / 365.25)[:, None]
    return np.column_stack([z, z**2, before, z * winter])


def _seasonal(days: pd.DatetimeIndex) -> Array:
    angle = 2 * np.pi * days.day_of_year.to_numpy() / 365.25
    return np.column_stack([np.ones(len(days))] + [f(k * angle) for k in (1, 2, 3) for f in (np.sin, np.cos)])


def _within(values: Array, group: npt.NDArray[np.int64]) -> Array:
    """Values less the mean of their group, column by column."""
    frame = pd.DataFrame(values)
    return np.asarray((frame - frame.groupby(group).transform("mean")).to_numpy(dtype=np.float64))


def _ridge(x: Array, y: Array, fold: npt.NDArray[np.int64]) -> tuple[Array, float, float]:
    """Coefficients, penalty and share foretold, chosen on weeks left out."""
    folds = int(fold.max()) + 1
    grams = np.stack([x[fold == f].T @ x[fold == f] for f in range(folds)])
    cross = np.stack([x[fold == f].T @ y[fold == f] for f in range(folds)])
    whole, side, eye = grams.sum(axis=0), cross.sum(axis=0), np.eye(x.shape[1])
    best = (np.inf, 0.0)
    for penalty in _PENALTIES:
        error = 0.0
        for f in range(folds):
            b = np.linalg.solve(whole - grams[f] + penalty * eye, side - cross[f])
            part = fold == f
            error += float(np.square(y[part] - x[part] @ b).sum())
        best = min(best, (error, float(penalty)))
    total = float(np.square(y).sum())
    return np.linalg.solve(whole + best[1] * eye, side), best[1], 1 - best[0] / total if total > 0 else 0.0


def adjusted(held: Days) -> Adjusted:
    """Take the weather's part out of the logarithm of the target.

    Parameters
    ----------
    held : Days
        With weather.

    Returns
    -------
    Adjusted

    Raises
    ------
    MissingData
        No weather column, or fewer than 180 days with target and weather.

    Notes
    -----
    Days without weather are left out, not filled. The penalty and the share foretold come from ten folds of whole weeks.
    """
    if not held.weather:
        raise MissingData("no weather column is named; name some, or give a series that is adjusted already.")
    log = held.log
    full = held.frame[list(held.weather)].notna().all(axis=1).to_numpy(dtype=bool)
    usable = full & np.isfinite(log)
    if usable.sum() < _LEAST_DAYS:
        raise MissingData(
            f"{int(usable.sum())} days have both '{held.target}' and {', '.join(held.weather)}; "
            f"{_LEAST_DAYS} are needed: give more days, or leave out the weather column that is missing."
        )
    raw = _features(held)
    full = full & np.isfinite(raw).all(axis=1)  # the day before counts too
    usable = usable & full
    days = held.days
    season = _seasonal(days)
    anomaly = raw - season @ np.linalg.lstsq(season[usable], raw[usable], rcond=None)[0]
    quarter = (days.year.to_numpy() * 4 + days.quarter.to_numpy()).astype(np.int64)[usable]
    week = (np.flatnonzero(usable) // 7).astype(np.int64)
    b, penalty, share = _ridge(
        _within(anomaly[usable], quarter), _within(log[usable, None], quarter)[:, 0], week % 10
    )
    out = np.where(usable, log - np.where(full[:, None], anomaly, 0.0) @ b, np.nan)
    return Adjusted(out, share, penalty, _lost(held, full))


def _lost(held: Days, full: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    """Sentences on days lost for want of weather."""
    lost = np.isfinite(held.log) & ~full
    if not lost.any():
        return ()
    month = held.days.month.to_numpy()
    whole = [m for m in range(1, 13) if (month == m).any() and not full[month == m].any()]
    said = f"{int(lost.sum()):,} days without weather are left out"
    if whole:
        said += f"; it is missing throughout in the calendar months {', '.join(map(str, whole))}, for which the result does not speak"
    return (said + ".",)

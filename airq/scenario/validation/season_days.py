"""Days of heating seasons of one place, and what the weather of each day makes of them.

PM2.5 above or below its usual course is explained by the weather of the day and the two before (wind, mixing height,
temperature, as far as they are known) in a ridge regression of the logarithm with a level for each season. The levels are
the deweathered seasons.

Examples
--------
>>> days = pd.date_range("2015-10-01", "2020-09-30")
>>> rng = np.random.default_rng(0)
>>> wind = np.exp(rng.normal(0.5, 0.4, len(days)))
>>> level = np.where(days < "2018-07-01", 80.0, 60.0)
>>> frame = pd.DataFrame({"date": days, "pm25": level / wind, "wind_speed_mean": wind})
>>> made = explained(seasons_of(frame), last=2019)
>>> (made.level[3] / made.level[0]).round(2), made.seasons.tolist()
(np.float64(0.75), [2015, 2016, 2017, 2018, 2019])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData
from airq.scenario.indicators import limits_of
from airq.variables import POLLUTANTS
from airq.weather.season import heating_season

__all__ = ["Explained", "Seasons", "explained", "figures", "seasons_of"]

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_WEATHER: Final = ("wind_speed_mean", "mixing_height_mean", "temperature_mean")
_LAGS: Final = 3
_RIDGE: Final = 3.0
_COVERED: Final = 0.75
_DUST_PM10: Final = 150.0
_DUST_RATIO: Final = 0.35
"""A day with PM10 above the first and PM2.5 below this share of it is taken for dust."""
SIZE: Final = 184
"""Days of a season with a 29 February."""


@dataclass(frozen=True, eq=False)
class Seasons:
    """Days by season.

    Attributes
    ----------
    names : int array (season,)
        First year of each.
    values : array (season, day, pollutant)
        NaN where nothing is known; the last day of a season without 29 February is NaN throughout.
    weather : array (season, day, column)
        Standardised columns of weather; 0 where it is not known.
    """

    names: npt.NDArray[np.int64]
    values: Array
    weather: Array

    @property
    def known(self) -> Bools:
        """Days with PM2.5, (season, day)."""
        return np.isfinite(self.values[..., 0])

    def without_dust(self) -> Seasons:
        """The same without the values of days that look like dust."""
        fine, coarse = (self.values[..., POLLUTANTS.index(p)] for p in ("pm25", "pm10"))
        with np.errstate(invalid="ignore"):
            dust = (coarse > _DUST_PM10) & (fine < _DUST_RATIO * coarse)
        return Seasons(self.names, np.where(dust[..., None], np.nan, self.values), self.weather)

    def among(self, wanted: npt.ArrayLike) -> Seasons:
        """Those of some seasons."""
        held = np.isin(self.names, np.asarray(wanted))
        return Seasons(self.names[held], self.values[held], self.weather[held])


def seasons_of(frame: pd.DataFrame) -> Seasons:
    """Heating seasons of a place's days.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``date`` and pollutants of one place; weather where known, as :func:`airq.scenario.archive_days.archive_days`.

    Returns
    -------
    Seasons
        Those with PM2.5 on three quarters of their days.

    Raises
    ------
    MissingData
        No such season.
    """
    day = pd.DatetimeIndex(frame["date"]).normalize()
    full = pd.date_range(f"{day.min().year - 1}-10-15", f"{day.max().year + 1}-04-15")
    table = frame.assign(date=day).drop_duplicates("date").set_index("date").reindex(full)
    values = np.column_stack([table[p].to_numpy(np.float64) if p in table else np.full(len(full), np.nan) for p in POLLUTANTS])  # fmt: skip
    weather = _columns(table)
    inside = heating_season(full.to_numpy() + np.timedelta64(12, "h"))
    season = np.asarray(full.year - (full.month < 7))
    names, kept, air = [], [], []
    for name in np.unique(season[inside]):
        rows = np.flatnonzero(inside & (season == name))
        if np.isfinite(values[rows, 0]).mean() < _COVERED:
            continue
        pad = ((0, SIZE - len(rows)), (0, 0))
        names.append(int(name))
        kept.append(np.pad(values[rows], pad, constant_values=np.nan))
        air.append(np.pad(weather[rows], pad))
    if not names:
        raise MissingData("no heating season has PM2.5 on three quarters of its days; ingest more of them.")
    return Seasons(np.array(names), np.stack(kept), np.stack(air))


def _columns(table: pd.DataFrame) -> Array:
    """Standardised weather of each day and the two before, with its squares; no column where there is none."""
    made = []
    for name in _WEATHER:
        if name not in table or table[name].notna().sum() < 300:
            continue
        raw = table[name].to_numpy(np.float64)
        base = raw if name.startswith("temperature") else np.log(np.maximum(raw, 0.05))
        inside = np.isfinite(base)
        z = np.where(inside, (base - base[inside].mean()) / base[inside].std(), 0.0)
        for lag in range(_LAGS):
            shifted = np.concatenate([np.zeros(lag), z[: len(z) - lag]])
            made += [shifted, shifted**2 - 1] if lag < 2 else [shifted]
    return np.column_stack(made) if made else np.zeros((len(table), 0))


@dataclass(frozen=True, eq=False)
class Explained:
    """Days explained by their weather.

    Attributes
    ----------
    seasons : int array (season,)
    level : array (season,)
        Deweathered mean of each season, µg/m³.
    usual : float
        Mean of the fitted days at level 1 with their residuals, over all seasons learnt from.
    course : array (season, day)
        Fitted log of PM2.5 at level 1 for every season given, also those not learnt from.
    residual : array (learnt season, day)
        Log residual; 0 where no value is.
    r2 : float
        Share of the variance within seasons that the weather and the course of the season explain.
    """

    seasons: npt.NDArray[np.int64]
    level: Array
    usual: float
    course: Array
    residual: Array
    r2: float


def explained(held: Seasons, last: int) -> Explained:
    """Learn from the seasons up to one, and say what the weather of every season makes of its days.

    Parameters
    ----------
    held : Seasons
    last : int
        First year of the last season that is learnt from; nothing of a later one but its weather is looked at.
    """
    learn = held.names <= last
    values, known = held.values[learn][..., 0], held.known[learn] & (held.values[learn][..., 0] > 0)
    angle = 2 * np.pi * np.arange(SIZE) / 366
    waves = np.column_stack([f(k * angle) for k in (1, 2, 3) for f in (np.sin, np.cos)])
    everything = np.concatenate(
        [np.broadcast_to(waves, (len(held.names), *waves.shape)), held.weather], axis=2
    )
    number = int(learn.sum())
    log = np.log(np.where(known, values, 1.0))
    row, day = np.nonzero(known)
    x, y = everything[learn][row, day], log[row, day]
    dummy = np.eye(number)[row]
    design = np.hstack([dummy, x])
    penalty = np.diag(np.concatenate([np.zeros(number), np.full(x.shape[1], _RIDGE)]))
    beta = np.linalg.solve(design.T @ design + penalty, design.T @ y)
    course = everything @ beta[number:]
    own, gone = beta[:number], y - design @ beta
    residual = np.zeros((number, SIZE))
    residual[row, day] = gone
    usual = float(np.exp(course[learn][row, day] + gone).mean())
    within = y - (np.bincount(row, y, number) / np.bincount(row, minlength=number))[row]
    r2 = float(1 - gone.var() / within.var())
    return Explained(held.names[learn], np.exp(own) * usual, usual, course, residual, r2)


def figures(values: Array, known: Bools, standard: str = "GB3095-2012") -> Array:
    """Mean of PM2.5, good days and heavy days of a season.

    Parameters
    ----------
    values : array (..., day, pollutant)
        A pollutant that is not measured decides nothing.
    known : bool array (day,)
        Days that count.
    standard : str

    Returns
    -------
    array (..., 3)

    Examples
    --------
    >>> day = np.full((1, 2, 6), np.nan); day[0, :, 0] = [30.0, 200.0]
    >>> figures(day, np.array([True, True])).tolist()
    [[115.0, 1.0, 1.0]]
    """
    at = values[..., known, :]
    some = np.array(["2020-01-15"], "datetime64[D]")
    good, heavy = (limits_of(some, t, standard, {})[:, 0] for t in (100.0, 200.0))
    with np.errstate(invalid="ignore"):
        passes, worse = ~(at > good).any(axis=-1), (at > heavy).any(axis=-1)
    return np.stack([at[..., 0].mean(axis=-1), passes.sum(axis=-1), worse.sum(axis=-1)], axis=-1).astype(
        np.float64
    )

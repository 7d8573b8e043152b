"""How the rest of a year will stand against the climatology: drift, the year so far, and what is left to chance.

On the log scale, for each pollutant: expected level t days ahead = m + b1 (year to date - m) + b2 (last 30 days - m)
exp(-t / 45), where m = share x drift x age is the drift since the climatology's mean age. Drift and coefficients are pooled over the sites
that are given, each only up to the day of issue; a single site takes those of ``tables/coefficients.toml``.

Examples
--------
>>> shipped().pollutants
('pm25', 'pm10', 'so2', 'no2', 'co', 'o3')
>>> 0.05 < float(shipped().sd[0]) < 0.2
True
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.targets.climate import SLOTS, YearTable

__all__ = [
    "DRIFTS",
    "FADE",
    "LAST",
    "SEASON_DAYS",
    "SEASON_SD",
    "SEASON_START",
    "SEASON_SWING",
    "Coefficients",
    "Level",
    "faded",
    "recipe",
    "shipped",
    "state",
]

Floats = npt.NDArray[np.float64]

DRIFTS: Final = {"zero": 0.0, "half": 0.5, "full": 1.0}
LAST: Final = 30
FADE: Final = 45.0
"""Days in which the anomaly of the last 30 days fades to 1/e [M, shared capitals]."""
SEASON_SD: Final = 0.17
"""Standard deviation of anomalies of a month or two within a year, log scale [M, shared capitals]."""
SEASON_SWING: Final = 0.06
"""By how much it is greater in mid-January and smaller in mid-July [M, shared capitals]."""
SEASON_START: Final = 0.6
"""Part of that standard deviation which the last 30 days leave open on the first day [B 60%]."""
SEASON_DAYS: Final = 60.0
"""Days in which such an anomaly fades to 1/e [B 60%]."""


@dataclass(frozen=True)
class Coefficients:
    """Pooled coefficients of the level, one number a pollutant.

    Attributes
    ----------
    pollutants : tuple of str
    drift : float64 array
        Change of the log level a year.
    to_date, last : float64 array
        b1 and b2: share of the anomaly of the year so far that the rest of the year keeps, and of the anomaly of the
        last 30 days that the next day keeps.
    sd : float64 array
        Standard deviation of what is left, log scale.
    correlation : float64 array (pollutant, pollutant)
        Of what is left.
    source : str
    """

    pollutants: tuple[str, ...]
    drift: Floats
    to_date: Floats
    last: Floats
    sd: Floats
    correlation: Floats
    source: str

    def of(self, names: Sequence[str]) -> Coefficients:
        """The same for some pollutants, in their order; ``aqi`` takes those of pm25."""
        at = [self.pollutants.index("pm25" if n == "aqi" else n) for n in names]
        return replace(
            self,
            pollutants=tuple(names),
            drift=self.drift[at],
            to_date=self.to_date[at],
            last=self.last[at],
            sd=self.sd[at],
            correlation=self.correlation[np.ix_(at, at)],
        )


@cache
def shipped() -> Coefficients:
    """Coefficients of ``tables/coefficients.toml``, with their source."""
    path = Path(__file__).with_name("tables") / "coefficients.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    names = tuple(table["pollutants"])
    arrays = {k: np.asarray(table[k], dtype=np.float64) for k in ("drift", "to_date", "last", "sd")}
    correlation = np.asarray(table["correlation"], dtype=np.float64)
    if any(a.shape != (len(names),) for a in arrays.values()) or correlation.shape != (len(names),) * 2:
        raise FileRejected(f"{path}: a list has not one number a pollutant; restore the file.")
    return Coefficients(names, **arrays, correlation=correlation, source=str(table["source"]))


@cache
def recipe() -> Coefficients:
    """What is assumed before any observation: no drift, b1 = 0.1, b2 = 0.5, sd = 0.12 (docs/targets.md)."""
    base = shipped()
    one = np.ones(len(base.pollutants))
    return replace(
        base, drift=0 * one, to_date=0.1 * one, last=0.5 * one, sd=0.12 * one, source="the recipe's priors"
    )


def faded(days: Any) -> Any:
    """Mean over the coming ``days`` of an anomaly that fades.

    Examples
    --------
    >>> float(np.round(faded(45), 2)), float(np.round(faded(360), 2))
    (0.63, 0.12)
    """
    n = np.maximum(np.asarray(days, dtype=np.float64), 1.0)
    return FADE / n * -np.expm1(-n / FADE)


@dataclass(frozen=True)
class Level:
    """Where the current year stands on the day of issue.

    Attributes
    ----------
    normal : float64 array (366, variable)
        Climatology of the years before.
    age : float64 array (variable,)
    newest : float64 array (variable,)
        Weight of the current year in the climatology of the next one.
    to_date, last : float64 array (variable,)
        Shrunk anomalies, as in the fit.
    mean_to_date, days_to_date : float64 array (variable,)
        Plain mean anomaly of the year so far and its days.
    recent : float64 array (variable,)
        Share of the last 30 days that have a value.
    """

    normal: Floats
    age: Floats
    newest: Floats
    to_date: Floats
    last: Floats
    mean_to_date: Floats
    days_to_date: Floats
    recent: Floats


def state(table: YearTable, year: int, slot: int, past: Any) -> Level:
    """State of a site whose last known day is the one before calendar place ``slot`` of ``year``.

    Parameters
    ----------
    table : YearTable
        Of the series up to the day of issue.
    year : int
        Year of the day after the day of issue.
    slot : int
        Place of that day in the calendar, 0 to 365.
    past : array (day, variable)
        Logarithms and calendar places of the last 30 days: tuple of (logs, slots).
    """
    normal, age = table.normal(year)
    k = normal.shape[1]
    inside = table.years[0] <= year <= table.years[-1]
    anomaly = table.logs[year - table.years[0]] - normal if inside else np.full((SLOTS, k), np.nan)
    anomaly = anomaly[:slot]
    number = np.isfinite(anomaly).sum(axis=0).astype(np.float64)
    total = np.where(np.isfinite(anomaly), anomaly, 0.0).sum(axis=0)
    recent_logs, recent_slots = past
    recent = recent_logs - normal[recent_slots]
    last = np.where(np.isfinite(recent), recent, 0.0).sum(axis=0) / LAST
    earlier = table.counts[table.years < year].sum(axis=1)
    ages = year - table.years[table.years < year]
    held = (0.5 ** (ages - 1.0))[:, None] * earlier
    # A full year of weight 1 joins the years before, which then weigh half as much.
    newest = SLOTS / (SLOTS + 0.5 * held.sum(axis=0))
    return Level(
        np.asarray(normal),
        age,
        newest,
        total / (number + LAST),
        last,
        np.where(number > 0, total / np.maximum(number, 1), 0.0),
        number,
        np.isfinite(recent).sum(axis=0) / LAST,
    )

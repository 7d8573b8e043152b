"""Where a year stands: the drift since the climatology, and what is left to chance in its level.

Drift is pooled over the sites that are given, each only up to the day of issue; a single site takes that of
``tables/coefficients.toml``. What the months so far tell is in :mod:`airq.targets.standing`.

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
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.targets.climate import SLOTS, WEIGHT, YearTable

__all__ = [
    "DRIFTS",
    "Coefficients",
    "Level",
    "shipped",
    "state",
    "without_drift",
]

Floats = npt.NDArray[np.float64]

DRIFTS: Final = {"zero": 0.0, "half": 0.5, "full": 1.0}


@dataclass(frozen=True)
class Coefficients:
    """Pooled coefficients of the level, one number a pollutant.

    Attributes
    ----------
    pollutants : tuple of str
    drift : float64 array
        Change of the log level a year.
    sd : float64 array
        Standard deviation of the level of a year about that, log scale.
    correlation : float64 array (pollutant, pollutant)
        Of levels, and of the anomalies of months.
    source : str
    """

    pollutants: tuple[str, ...]
    drift: Floats
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
            sd=self.sd[at],
            correlation=self.correlation[np.ix_(at, at)],
        )


@cache
def shipped() -> Coefficients:
    """Coefficients of ``tables/coefficients.toml``, with their source."""
    path = Path(__file__).with_name("tables") / "coefficients.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    names = tuple(table["pollutants"])
    arrays = {k: np.asarray(table[k], dtype=np.float64) for k in ("drift", "sd")}
    correlation = np.asarray(table["correlation"], dtype=np.float64)
    if any(a.shape != (len(names),) for a in arrays.values()) or correlation.shape != (len(names),) * 2:
        raise FileRejected(f"{path}: a list has not one number a pollutant; restore the file.")
    return Coefficients(names, **arrays, correlation=correlation, source=str(table["source"]))


@cache
def without_drift() -> Coefficients:
    """What is assumed before any observation of many sites: the shipped table without its drift."""
    base = shipped()
    return replace(base, drift=np.zeros_like(base.drift), source="no drift before any observation")


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
    mean_to_date, days_to_date : float64 array (variable,)
        Plain mean anomaly of the year so far and its days.
    """

    normal: Floats
    age: Floats
    newest: Floats
    mean_to_date: Floats
    days_to_date: Floats


def state(table: YearTable, year: int, slot: int) -> Level:
    """State of a site whose last known day is the one before calendar place ``slot`` of ``year``.

    Parameters
    ----------
    table : YearTable
    year, slot : int
        Of the day after the day of issue; nothing from it on is looked at.
    """
    normal, age = table.normal(year)
    inside = table.years[0] <= year <= table.years[-1]
    anomaly = table.logs[year - table.years[0]] - normal if inside else np.full(normal.shape, np.nan)
    anomaly = anomaly[:slot]
    number = np.isfinite(anomaly).sum(axis=0).astype(np.float64)
    total = np.where(np.isfinite(anomaly), anomaly, 0.0).sum(axis=0)
    held = table.weights(year)[:, None] * table.counts.sum(axis=1)
    return Level(
        np.asarray(normal),
        age,
        # A full year of weight 1 joins the years before, which then weigh half as much.
        SLOTS / (SLOTS + WEIGHT * held.sum(axis=0)),
        np.where(number > 0, total / np.maximum(number, 1), 0.0),
        number,
    )

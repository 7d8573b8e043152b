"""Linear trend of the deweathered level, with an interval that knows of the weather left in it.

A bootstrap of the deweathered months takes them as given, and they are not: what the weather model leaves unexplained
lasts for days to weeks, enters the estimated course of the years, and is then smooth. Here the residuals of the first
stage are drawn anew in blocks of two months, put back on the fitted values, and the whole first stage is fitted again
(it is linear, so that a draw is one product of matrices). The spread of the slopes is the interval.

Examples
--------
>>> import airq.analysis
>>> rng = np.random.default_rng(1)
>>> date, wind = pd.date_range("2014-01-01", periods=1826), rng.gamma(3, 1, 1826)
>>> pm25 = 60 * np.exp(-0.05 * np.arange(1826) / 365) / (0.5 + wind) * rng.lognormal(0, 0.1, 1826)
>>> frame = pd.DataFrame({"date": date, "pm25": pm25, "wind_speed": wind})
>>> found = airq.analysis.deweather(frame, "pm25", ["wind_speed"], n_samples=20, model="additive").trend()
>>> round(found.percent_per_year), found.interval[0] < found.slope_per_year < found.interval[1] < 0
(-5, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from airq.errors import MissingData, ParameterError

if TYPE_CHECKING:
    from airq.analysis.deweathering.result import Deweathered

__all__ = ["EmissionTrend", "emission_trend", "seasonless_slope"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LEAST: Final = 24
_TOGETHER: Final = 50


@dataclass(frozen=True, eq=False)
class EmissionTrend:
    """Trend of a deweathered series.

    Attributes
    ----------
    target : str
    slope_per_year : float
        Unit of the target a year.
    interval : (float, float)
    percent_per_year : float
        Of the mean of the deweathered months.
    percent_interval : (float, float)
    p_value : float
        Two-sided.
    observed_slope : float
        The same of the observed months.
    weather_slope : float
        Their difference: what the weather alone did.
    confidence : float
    draws, block_days, n : int
        Resamples, days in a block, months.
    """

    target: str
    slope_per_year: float
    interval: tuple[float, float]
    percent_per_year: float
    percent_interval: tuple[float, float]
    p_value: float
    observed_slope: float
    weather_slope: float
    confidence: float
    draws: int
    block_days: int
    n: int

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame(
            [
                {
                    "target": self.target,
                    "slope_per_year": self.slope_per_year,
                    "lower": self.interval[0],
                    "upper": self.interval[1],
                    "percent_per_year": self.percent_per_year,
                    "percent_lower": self.percent_interval[0],
                    "percent_upper": self.percent_interval[1],
                    "p_value": self.p_value,
                    "observed_slope": self.observed_slope,
                    "weather_slope": self.weather_slope,
                    "confidence": self.confidence,
                    "n": self.n,
                }
            ]
        )

    def _repr_html_(self) -> str:
        return (
            f"<p><b>{escape(self.target)}</b>, deweathered: {self.slope_per_year:.3g} a year "
            f"[{self.interval[0]:.3g}, {self.interval[1]:.3g}], {self.percent_per_year:.2g} % a year "
            f"({100 * self.confidence:.0f} %); observed {self.observed_slope:.3g}, of which weather {self.weather_slope:.3g}</p>"
        )


def seasonless_slope(months: Ints, values: Array) -> Array:
    """Least-squares slope a year beside the mean of each calendar month.

    Parameters
    ----------
    months : int array, shape (n,)
        Months since any January.
    values : array, shape (n,) or (draws, n)

    Returns
    -------
    float64 array, shape () or (draws,)

    Examples
    --------
    >>> months = np.arange(48)
    >>> float(seasonless_slope(months, months / 12 * 2.0 + 30 * np.cos(months * np.pi / 6)).round(6))
    2.0
    """
    years = months / 12.0
    season = (np.mod(months, 12)[:, None] == np.arange(12)).astype(np.float64)
    count = np.maximum(season.sum(axis=0), 1.0)
    centred = years - season @ (season.T @ years / count)
    return np.asarray(values @ centred / (centred @ centred))


def emission_trend(
    found: Deweathered, confidence: float = 0.9, draws: int = 400, block_days: int = 60, seed: int = 0
) -> EmissionTrend:
    """Linear trend of the deweathered months.

    Parameters
    ----------
    found : Deweathered
    confidence : float
    draws : int
    block_days : int
        Length of the blocks; longer than what the weather model leaves lasts.
    seed : int

    Returns
    -------
    EmissionTrend

    Raises
    ------
    MissingData
        Fewer than 24 months.
    ParameterError
        A confidence, number or length that cannot be used.
    """
    if not 0 < confidence < 1 or draws < 99:
        raise ParameterError(
            f"confidence {confidence} or draws {draws} cannot be used; give a share such as 0.9 and 99 draws or more."
        )
    table = found.months
    keep = table["normalised"].notna().to_numpy()
    if keep.sum() < _LEAST:
        raise MissingData(
            f"a trend needs {_LEAST} deweathered months, there are {int(keep.sum())}; give a longer record."
        )
    label = table.index.to_timestamp().to_numpy().astype("datetime64[M]").astype(np.int64)
    months, level = label[keep], table["normalised"].to_numpy(dtype=np.float64)[keep]
    slope = float(seasonless_slope(months, level))
    observed = float(seasonless_slope(months, table["observed"].to_numpy(dtype=np.float64)[keep]))
    spread = float(np.std(_drawn(found, months, level, draws, block_days, seed), ddof=1))
    reach = float(norm.ppf(0.5 + confidence / 2)) * spread
    mean = float(level.mean())
    return EmissionTrend(
        target=found.target,
        slope_per_year=slope,
        interval=(slope - reach, slope + reach),
        percent_per_year=100 * slope / mean,
        percent_interval=(100 * (slope - reach) / mean, 100 * (slope + reach) / mean),
        p_value=float(2 * norm.sf(abs(slope) / spread)) if spread > 0 else float("nan"),
        observed_slope=observed,
        weather_slope=observed - slope,
        confidence=confidence,
        draws=draws,
        block_days=block_days,
        n=int(keep.sum()),
    )


def _drawn(found: Deweathered, months: Ints, level: Array, draws: int, block_days: int, seed: int) -> Array:
    """Slopes of disturbed courses of the years, shape (draws,)."""
    record = found.record
    influence = record.influence
    starts = np.flatnonzero(np.diff(record.day, prepend=record.day[0] - 1))
    days = record.day[starts]
    length = max(1, min(int(block_days), len(days) // 4))
    ends = np.append(starts[1:], len(record.day))
    rng = np.random.default_rng(seed)
    month = record.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    where = np.searchsorted(months, month)
    inside = (where < len(months)) & (months[np.minimum(where, len(months) - 1)] == month)
    trend = record.own.design[:, : influence.trend]
    count = np.bincount(where[inside], minlength=len(months))
    average = (
        np.stack([np.bincount(where[inside], t[inside], minlength=len(months)) for t in trend.T], axis=1)
        / np.maximum(count, 1)[:, None]
    )
    # What the first stage took up of the noise is missing from its residuals.
    residual = influence.residual * np.sqrt(
        len(record.day) / max(len(record.day) - influence.design.shape[1], 1)
    )
    moved = []
    for first in range(0, draws, _TOGETHER):
        together = range(first, min(first + _TOGETHER, draws))
        rows = np.stack([_blocks(starts, ends, length, rng, len(residual)) for _ in together])
        moved.append(influence.of(residual[rows]))
    shift = np.concatenate(moved) @ average.T
    return seasonless_slope(months, level * np.exp(shift))


def _blocks(starts: Ints, ends: Ints, length: int, rng: np.random.Generator, total: int) -> Ints:
    """Rows of blocks of days, one after the other until there are enough."""
    parts: list[Ints] = []
    have = 0
    while have < total:
        first = int(rng.integers(0, len(starts) - length + 1))
        rows = np.arange(starts[first], ends[first + length - 1])
        parts.append(rows)
        have += len(rows)
    return np.concatenate(parts)[:total]

"""Theil-Sen trend with bootstrap intervals.

Slope: median of the slopes of all pairs of months (Theil 1950, Sen 1968); x in days, a year of 365 days. Interval and
p-value: pairs of date and value drawn anew 599 times, in blocks of n^(1/3) months when months depend on their
neighbours, which is the default, since single months drawn anew make intervals of autocorrelated series too narrow.

Examples
--------
>>> months = pd.period_range("2015-01", "2019-12", freq="M")
>>> noise = np.random.default_rng(0).normal(0, 2, 60)
>>> trend = theil_sen(pd.Series(60 - 0.25 * np.arange(60) + noise, index=months, name="pm25"))
>>> -3.6 < trend.slope_per_year < -2.4, trend.interval[1] < 0, trend.p_value < 0.01
(True, True, True)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.trend.blocks import block_draws, block_length
from airq.analysis.trend.season import without_season
from airq.analysis.trend.series import LEAST, Monthly, joined, monthly_values
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["DRAWS", "YEAR", "TheilSen", "median_slope", "theil_sen"]

Array = npt.NDArray[np.float64]

YEAR: Final = 365.0
"""Days of a year of a slope, as in openair."""
DRAWS: Final = 599
_CHUNK: Final = 200_000
"""Pairs times draws held at once: what a cache holds."""
_MOST: Final = 1500
"""Values; beyond them the pairs do not fit, and means of longer periods serve as well."""


@dataclass(frozen=True, eq=False)
class TheilSen:
    """A linear trend.

    Attributes
    ----------
    column : str
    slope_per_year : float
        Unit of the values a year.
    interval : tuple of float
        Lower and upper end at ``confidence``.
    p_value : float
        Two-sided, of the bootstrap; 0 means below 2 / draws.
    percent_per_year : float
        Of the fitted value at the first month; NaN if that is not above 0.
    percent_interval : tuple of float
    intercept : float
        Fitted value on 1 January 1970.
    n : int
        Months used; with ``deseasonalised`` filled ones count among them.
    confidence : float
    draws, block : int
        Resamples, and months in a block.
    deseasonalised, autocorrelation : bool
    points : pandas.DataFrame
        ``date``, ``value`` (what was fitted), ``observed``, ``filled``, ``fitted``, ``lower``, ``upper`` (pointwise
        interval of the line).
    notes : tuple of str
    """

    column: str
    slope_per_year: float
    interval: tuple[float, float]
    p_value: float
    percent_per_year: float
    percent_interval: tuple[float, float]
    intercept: float
    n: int
    confidence: float
    draws: int
    block: int
    deseasonalised: bool
    autocorrelation: bool
    points: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.interval[0] > 0 or self.interval[1] < 0

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame(
            [
                {
                    "column": self.column,
                    "slope_per_year": self.slope_per_year,
                    "lower": self.interval[0],
                    "upper": self.interval[1],
                    "p_value": self.p_value,
                    "percent_per_year": self.percent_per_year,
                    "percent_lower": self.percent_interval[0],
                    "percent_upper": self.percent_interval[1],
                    "n": self.n,
                    "confidence": self.confidence,
                    "draws": self.draws,
                    "block": self.block,
                    "deseasonalised": self.deseasonalised,
                    "autocorrelation": self.autocorrelation,
                }
            ]
        )

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return (
            f"<p><b>{escape(self.column)}</b>: {self.slope_per_year:.4g} a year "
            f"[{self.interval[0]:.4g}, {self.interval[1]:.4g}], {self.percent_per_year:.3g} % a year, "
            f"p {self.p_value:.3f}, {self.n} months</p><ul>{notes}</ul>"
        )


def median_slope(x: Array, y: Array) -> float:
    """Median of the slopes of all pairs.

    Examples
    --------
    >>> median_slope(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 4.0]))
    1.5
    """
    i, j = np.triu_indices(len(x), 1)
    return float(np.median((y[j] - y[i]) / (x[j] - x[i])))


def _drawn_slopes(x: Array, y: Array, draws: npt.NDArray[np.int64]) -> Array:
    """Median slope of each draw, NaN where a draw has one month only.

    A month that is drawn twice makes every pair with it count twice, so the pairs are sorted once and only their
    weights change from draw to draw.
    """
    n = len(x)
    i, j = np.triu_indices(n, 1)
    slope = (y[j] - y[i]) / (x[j] - x[i])
    order = np.argsort(slope, kind="stable")
    slope, i, j = slope[order], i[order], j[order]
    out = np.full(len(draws), np.nan)
    for part in _chunks(len(draws), max(1, _CHUNK // len(slope))):
        times = np.stack([np.bincount(d, minlength=n) for d in draws[part]]).astype(np.int32)
        reached = np.cumsum(times[:, i] * times[:, j], axis=1, dtype=np.int32)
        total = reached[:, -1]
        for row, (sums, whole) in enumerate(zip(reached, total, strict=True), start=part.start):
            if whole:
                middle = np.searchsorted(sums, [(whole + 1) // 2, (whole + 2) // 2])
                out[row] = (slope[middle[0]] + slope[middle[1]]) / 2
    return out


def _chunks(n: int, size: int) -> Iterator[slice]:
    for first in range(0, n, size):
        yield slice(first, min(first + size, n))


def _interval(values: Array, alpha: float) -> tuple[float, float]:
    """Ends by counting: with 599 draws and 95 % the 16th value from either end."""
    ordered = np.sort(values[np.isfinite(values)])
    if not len(ordered):
        return (float("nan"), float("nan"))
    k = round(alpha / 2 * len(ordered))
    return float(ordered[min(k, len(ordered) - 1)]), float(ordered[max(len(ordered) - k - 1, 0)])


def _percent(slope: Array, base: Array, first: float, last: float) -> Array:
    """Change a year in percent of the fitted value at the first month."""
    start, end = base + slope * first, base + slope * last
    with np.errstate(invalid="ignore", divide="ignore"):
        out = 100 * YEAR * (end / start - 1) / (last - first)
    return np.where(start > 0, out, np.nan)


def _checked(confidence: float, draws: int) -> None:
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence {confidence} is no share; give one between 0 and 1, such as 0.95.")
    if draws < 99:
        raise ParameterError(f"draws {draws} are too few for an interval; give 99 or more, 599 by default.")


def theil_sen(
    monthly: Any,
    deseasonalise: bool = False,
    autocorrelation: bool = True,
    seed: int = 0,
    *,
    column: str | None = None,
    confidence: float = 0.95,
    draws: int = DRAWS,
    block: int | None = None,
) -> TheilSen:
    """Linear trend of monthly (or annual) values.

    Parameters
    ----------
    monthly
        Series, frame or period means; see :func:`airq.analysis.trend.series.monthly_values`.
    deseasonalise : bool
        Take the season out first; needs more than 24 months, else a note says that it was not done.
    autocorrelation : bool
        Draw blocks of months instead of single ones.
    seed : int
    column : str, optional
        Column of a frame that has several.
    confidence : float
    draws : int
    block : int, optional
        Months in a block; n^(1/3) by default.

    Returns
    -------
    TheilSen

    Raises
    ------
    MissingData
        Fewer than six values.
    ParameterError
        Hours instead of months, a share that is none, too few draws.
    """
    _checked(confidence, draws)
    given = monthly_values(monthly, column)
    given.need(LEAST, "a trend")
    if block is not None and not 1 <= block <= len(given.month):
        raise ParameterError(
            f"block {block} is no number of months of the series; give 1 to {len(given.month)}."
        )
    series, filled, done = without_season(given, deseasonalise)
    held = series.held
    x, y = series.days[held], series.value[held]
    n = len(x)
    if n > _MOST:
        raise MissingData(f"{n:,} values make too many pairs; average them to months or years first.")
    slope = median_slope(x, y)
    base = float(np.median(y - slope * x))
    length = (block or block_length(n)) if autocorrelation else 1
    picked = block_draws(n, draws, length, np.random.default_rng(seed))
    slopes = _drawn_slopes(x, y, picked)
    bases = np.median(y[picked] - slopes[:, None] * x[picked], axis=1)
    usable = slopes[np.isfinite(slopes)]
    below = (np.count_nonzero(usable < 0) + 0.5 * np.count_nonzero(usable == 0)) / len(usable)
    alpha = 1 - confidence
    percents = _percent(slopes, bases, x[0], x[-1])
    percent = float(_percent(np.array([slope]), np.array([base]), x[0], x[-1])[0])
    notes = list(joined(given.notes, series.notes))
    if not np.isfinite(percent):
        notes.append(
            "The fitted value at the first month is not above 0, so that there is no change in percent."
        )
    if n < 24 and given.every == 1:
        notes.append(f"{n} months: season and trend cannot be told apart in less than two years.")
    return TheilSen(
        column=given.name,
        slope_per_year=slope * YEAR,
        interval=tuple(v * YEAR for v in _interval(slopes, alpha)),  # type: ignore[arg-type]
        p_value=float(2 * min(below, 1 - below)),
        percent_per_year=percent,
        percent_interval=_interval(percents, alpha) if np.isfinite(percent) else (np.nan, np.nan),
        intercept=base,
        n=n,
        confidence=confidence,
        draws=draws,
        block=length,
        deseasonalised=done,
        autocorrelation=autocorrelation,
        points=_points(given, series, filled, slope, base, slopes, bases, alpha),
        notes=tuple(notes),
    )


def _points(
    given: Monthly,
    series: Monthly,
    filled: npt.NDArray[np.bool_],
    slope: float,
    base: float,
    slopes: Array,
    bases: Array,
    alpha: float,
) -> pd.DataFrame:
    """Months with the line and its pointwise interval."""
    days = series.days
    drawn = np.isfinite(slopes)
    lines = bases[drawn, None] + slopes[drawn, None] * days
    low, high = np.quantile(lines, [alpha / 2, 1 - alpha / 2], axis=0)
    shown = slice(None, None, series.every)
    return pd.DataFrame(
        {
            "date": series.dates.astype("datetime64[ns]"),
            "value": series.value,
            "observed": given.value,
            "filled": filled,
            "fitted": base + slope * days,
            "lower": low,
            "upper": high,
        }
    )[shown].reset_index(drop=True)

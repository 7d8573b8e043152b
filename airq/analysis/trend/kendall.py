"""Mann-Kendall test: plain, corrected for autocorrelation, seasonal, and by block bootstrap.

========== =========================================================================================
plain      Mann (1945), Kendall (1975): independent values; ties counted, continuity corrected
hamed-rao  Hamed & Rao (1998, *J. Hydrology* 204, 182-196): variance times n/n* from the
           autocorrelation of the ranks without their trend; the default, with lags counted as said
           at :func:`_inflation`
seasonal   Hirsch & Slack (1984, *Water Resour. Res.* 20, 727-732): each calendar month against
           itself, with the covariance of the months
bootstrap  blocks of months drawn anew make the distribution of S without a trend (Önöz & Bayazit
           2012, *Hydrol. Processes* 26, 3552-3560)
========== =========================================================================================

Examples
--------
>>> test = mann_kendall(pd.Series(np.arange(8.0), index=range(2013, 2021)), method="plain")
>>> test.s, round(test.variance, 3), test.tau, test.p_value < 0.01
(28, 65.333, 1.0, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from statistics import NormalDist
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.trend.blocks import block_draws, block_length
from airq.analysis.trend.season import without_season
from airq.analysis.trend.series import LEAST, Monthly, joined, monthly_values
from airq.analysis.trend.slopes import YEAR
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["METHODS", "MannKendall", "mann_kendall"]

Array = npt.NDArray[np.float64]
Method = Literal["plain", "hamed-rao", "seasonal", "bootstrap"]

METHODS: Final = ("plain", "hamed-rao", "seasonal", "bootstrap")
_CHUNK: Final = 200_000


@dataclass(frozen=True, eq=False)
class MannKendall:
    """Test for a monotonic trend.

    Attributes
    ----------
    column, method : str
    s : int
        Kendall's score.
    variance : float
        Of the score without a trend, as the method has it.
    tau : float
        Score over the number of pairs.
    p_value : float
        Two-sided.
    slope_per_year : float
        Median slope: of all pairs, or of pairs of the same calendar month for ``seasonal``.
    interval : tuple of float
        Of the slope, from the variance of the score (Sen 1968).
    n : int
        Values.
    effective : float
        Independent values that carry as much (n for ``plain``).
    confidence : float
    deseasonalised : bool
    notes : tuple of str
    """

    column: str
    method: str
    s: int
    variance: float
    tau: float
    p_value: float
    slope_per_year: float
    interval: tuple[float, float]
    n: int
    effective: float
    confidence: float
    deseasonalised: bool
    notes: tuple[str, ...]

    @property
    def significant(self) -> bool:
        """Whether the p-value is below 1 - confidence."""
        return self.p_value < 1 - self.confidence

    @property
    def direction(self) -> str:
        """``rising``, ``falling`` or ``none``: sign of the score."""
        return "rising" if self.s > 0 else "falling" if self.s < 0 else "none"

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        row = {k: v for k, v in vars(self).items() if k not in ("interval", "notes")}
        return pd.DataFrame([{**row, "lower": self.interval[0], "upper": self.interval[1]}])

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return (
            f"<p>Mann-Kendall ({escape(self.method)}), {escape(self.column)}: S {self.s}, tau {self.tau:.3f}, "
            f"p {self.p_value:.3f}, {self.n} values, {self.effective:.0f} effective</p><ul>{notes}</ul>"
        )


def _score(y: Array) -> int:
    return int(np.sign(y[None, :] - y[:, None])[np.triu_indices(len(y), 1)].sum())


def _variance(y: Array) -> float:
    """Of the score of independent values, with ties."""
    n = len(y)
    ties = np.unique(y, return_counts=True)[1].astype(np.float64)
    return float((n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18)


def _p_value(s: float, variance: float) -> float:
    """Two-sided, with the continuity correction."""
    if variance <= 0:
        return 1.0
    z = (abs(s) - 1) / np.sqrt(variance) if s else 0.0
    return float(min(1.0, 2 * (1 - NormalDist().cdf(max(z, 0.0)))))


def _inflation(months: npt.NDArray[np.int64], x: Array, y: Array, slope: float) -> float:
    """Factor n/n* of Hamed & Rao's equation 12, never below 1.

    The paper takes every lag that is significant by itself, which misses weak memory and picks up stray lags: at a
    nominal 5 % it rejects 10 to 19 % of series with memory and no trend. Here the lags count up to the first that is
    not above 0 (Geyer 1992, *Statist. Sci.* 7, 473-483), corrected for what estimating them from n values takes off.
    """
    n = len(y)
    ranks = pd.Series(y - slope * x).rank().to_numpy(dtype=np.float64)
    whole = np.full(int(months[-1] - months[0]) + 1, np.nan)
    whole[months - months[0]] = ranks - ranks.mean()
    whole = whole[:: int(np.gcd.reduce(np.diff(months)))]
    spread = float(np.nanmean(whole**2))
    total = 0.0
    for lag in range(1, n // 4 + 1):
        product = whole[lag:] * whole[:-lag]
        pairs = int(np.isfinite(product).sum())
        if pairs < 2 or spread <= 0:
            break
        rho = float(np.nanmean(product)) * (n - lag) / (n * spread)
        rho += (1 + (4 if lag == 1 else 2) * rho) / n
        if rho <= 0:
            break
        total += (n - lag) * (n - lag - 1) * (n - lag - 2) * min(rho, 1.0)
    return 1 + 2 * total / (n * (n - 1) * (n - 2))


def _seasons(series: Monthly) -> list[npt.NDArray[np.int64]]:
    """Positions of the values of each calendar month that has two or more."""
    held = np.flatnonzero(series.held)
    groups = [held[series.month[held] % 12 == m] for m in range(12)]
    return [g for g in groups if len(g) > 1]


def _seasonal(series: Monthly) -> tuple[int, float, float, Array]:
    """Score, variance with covariances, number of pairs and slopes of pairs of the same month."""
    groups = _seasons(series)
    if not groups:
        raise MissingData(
            f"column '{series.name}' has no calendar month in two years; give two years or more."
        )
    years = series.month // 12
    first, span = int(years.min()), int(years.max() - years.min()) + 1
    table = np.full((span, len(groups)), np.nan)
    for k, g in enumerate(groups):
        table[years[g] - first, k] = series.value[g]
    sign = np.sign(table[None, :, :] - table[:, None, :])
    sign = np.where(np.isfinite(sign), sign, 0.0)  # (earlier, later, season)
    upper = np.triu(np.ones((span, span)), 1)[:, :, None]
    s = int((sign * upper).sum())
    variance = sum(_variance(series.value[g]) for g in groups)
    # Dietz & Killeen (1981), as Hirsch & Slack use it: K and R of their equations 11 and 12, missing years left out.
    counts = np.isfinite(table).sum(axis=0)
    ranks = np.where(np.isfinite(table), (counts + 1 + sign.sum(axis=0)) / 2, 0.0)
    pairs = np.einsum("ijg,ijh->gh", sign * upper, sign * upper)
    middle = np.where(np.isfinite(table), ranks, (counts + 1) / 2)
    covariance = (
        pairs + 4 * middle.T @ middle - span * np.outer(counts + 1, counts + 1)
    ) / 3  # fmt: skip
    np.fill_diagonal(covariance, 0.0)
    i, j = np.triu_indices(span, 1)
    slopes = ((table[j] - table[i]) / (j - i)[:, None]).ravel()
    slopes = slopes[np.isfinite(slopes)]
    return s, float(max(variance + covariance.sum(), 0.0)), float(len(slopes)), slopes / YEAR


def _bootstrap(y: Array, s: int, block: int, draws: int, seed: int) -> tuple[float, float]:
    """Share of scores without a trend that are as far out, and their variance."""
    n = len(y)
    picked = block_draws(n, draws, block, np.random.default_rng(seed))
    i, j = np.triu_indices(n, 1)
    size = max(1, _CHUNK // len(i))
    scores = np.concatenate(
        [
            np.sign(y[picked[k : k + size]][:, j] - y[picked[k : k + size]][:, i]).sum(axis=1)
            for k in range(0, draws, size)
        ]
    )
    far = int(np.count_nonzero(np.abs(scores) >= abs(s)))
    return (far + 1) / (draws + 1), float(np.mean(scores**2))


def _slope_interval(slopes: Array, variance: float, confidence: float) -> tuple[float, float]:
    """Slopes whose ranks lie a normal quantile of the score away from the middle."""
    ordered, n = np.sort(slopes), len(slopes)
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * np.sqrt(variance)
    low = int(np.clip(np.floor((n - width) / 2) - 1, 0, n - 1))
    high = int(np.clip(np.ceil((n + width) / 2), 0, n - 1))
    return float(ordered[low]) * YEAR, float(ordered[high]) * YEAR


def mann_kendall(
    monthly: Any,
    method: Method = "hamed-rao",
    deseasonalise: bool = False,
    seed: int = 0,
    *,
    column: str | None = None,
    confidence: float = 0.95,
    draws: int = 999,
    block: int | None = None,
) -> MannKendall:
    """Test monthly (or annual) values for a monotonic trend.

    Parameters
    ----------
    monthly
        Series, frame or period means.
    method : {"hamed-rao", "plain", "seasonal", "bootstrap"}
    deseasonalise : bool
        Take the season out first; not for ``seasonal``, which compares like months.
    seed : int
    column : str, optional
    confidence : float
    draws : int
        Of the bootstrap.
    block : int, optional
        Months in a block; n^(1/3) by default.

    Returns
    -------
    MannKendall

    Raises
    ------
    MissingData
        Fewer than six values, or no month in two years for ``seasonal``.
    ParameterError
        Unknown method, a confidence that is none.
    """
    if method not in METHODS:
        raise ParameterError(f"method '{method}' is not known; use {', '.join(METHODS)}.")
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence {confidence} is no share; give one between 0 and 1, such as 0.95.")
    given = monthly_values(monthly, column)
    given.need(LEAST, "a test for a trend")
    series, _, done = without_season(given, deseasonalise and method != "seasonal")
    held = series.held
    x, y = series.days[held], series.value[held]
    n = len(y)
    i, j = np.triu_indices(n, 1)
    slopes = (y[j] - y[i]) / (x[j] - x[i])
    s, pairs, base = _score(y), float(len(slopes)), _variance(y)
    variance = base
    if method == "seasonal":
        s, variance, pairs, slopes = _seasonal(series)
        base = sum(_variance(series.value[g]) for g in _seasons(series))
    elif method == "hamed-rao":
        variance = base * _inflation(series.month[held], x, y, float(np.median(slopes)))
    p = _p_value(s, variance)
    if method == "bootstrap":
        p, variance = _bootstrap(y, s, block or block_length(n), draws, seed)
    return MannKendall(
        column=given.name,
        method=method,
        s=s,
        variance=variance,
        tau=s / pairs if pairs else float("nan"),
        p_value=p,
        slope_per_year=float(np.median(slopes)) * YEAR,
        interval=_slope_interval(slopes, variance, confidence),
        n=n,
        effective=n * base / variance if variance > 0 else float(n),
        confidence=confidence,
        deseasonalised=done,
        notes=joined(given.notes, series.notes),
    )

"""Smooth trend of monthly values: a penalised spline with its interval.

Cubic B-splines with a second-difference penalty (Eilers & Marx 1996), the smoothing by restricted maximum likelihood.
Months that remember each other mislead cross-validation into following the noise and make its intervals too narrow:
with ``autocorrelation`` the errors are an AR(1) series, whose coefficient is estimated together with the smoothing
(Krivobokova & Kauermann 2007, *J. Am. Statist. Assoc.* 102, 1328-1337). The interval is that of the curve given both;
``bootstrap`` draws residuals anew in blocks instead, as openair does, and is narrower than it should be.

Examples
--------
>>> rng = np.random.default_rng(0)
>>> t = np.arange(96)
>>> smooth = smooth_trend(pd.Series(50 + 8 * np.sin(t / 20) + rng.normal(0, 3, 96), index=pd.period_range("2014-01", periods=96, freq="M")))
>>> bool(np.abs(smooth.points["smooth"] - 50 - 8 * np.sin(t / 20)).mean() < 1.5)
True
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from statistics import NormalDist
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import linalg
from scipy.optimize import minimize_scalar

from airq.analysis.direction.splines import open_basis, open_penalty
from airq.analysis.trend.blocks import block_draws, block_length
from airq.analysis.trend.season import without_season
from airq.analysis.trend.series import joined, monthly_values
from airq.errors import ParameterError

__all__ = ["SmoothTrend", "smooth_trend"]

Array = npt.NDArray[np.float64]

_LEAST: Final = 12
_FEWEST: Final = 5
_MOST: Final = 80
_NULL: Final = 2
"""Coefficients that the penalty leaves alone: level and slope."""


@dataclass(frozen=True, eq=False)
class SmoothTrend:
    """A smooth curve through monthly values.

    Attributes
    ----------
    column : str
    points : pandas.DataFrame
        ``date``, ``value`` (what was smoothed), ``smooth``, ``lower``, ``upper`` for every month, gaps too.
    edf : float
        Effective degrees of freedom.
    memory : float
        Autocorrelation of neighbouring months that the smoothing reckons with; 0 if it was not to.
    n, block : int
    confidence : float
    deseasonalised, autocorrelation : bool
    notes : tuple of str
    """

    column: str
    points: pd.DataFrame
    edf: float
    memory: float
    n: int
    block: int
    confidence: float
    deseasonalised: bool
    autocorrelation: bool
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Every month."""
        return self.points.copy()

    def _repr_html_(self) -> str:
        first, last = self.points.iloc[0], self.points.iloc[-1]
        return (
            f"<p>Smooth trend of {escape(self.column)}: {first['smooth']:.4g} to {last['smooth']:.4g}, "
            f"edf {self.edf:.1f}, {self.n} months</p>"
        )


@dataclass(frozen=True, eq=False)
class _Fit:
    """Coefficients, root of their covariance, degrees of freedom, smoothing and memory of one fit."""

    beta: Array
    root: Array
    edf: float
    smoothing: float
    memory: float


def _whitened(month: npt.NDArray[np.int64], rho: float, *given: Array) -> tuple[float, list[Array]]:
    """AR(1) errors with gaps made independent of variance 1, and the logarithm of the determinant of that."""
    gap = np.diff(month).astype(np.float64)
    keep = rho**gap
    scale = np.sqrt(1 - keep**2)
    out = []
    for one in given:
        rest = one[1:] - (keep if one.ndim == 1 else keep[:, None]) * one[:-1]
        rest = rest / (scale if one.ndim == 1 else scale[:, None])
        out.append(np.concatenate([one[:1], rest]))
    return -float(np.log(scale).sum()), out


def _restricted(basis: Array, y: Array, penalty: Array, log_det: float, rho: float) -> tuple[float, _Fit]:
    """Best smoothing by restricted likelihood for independent errors: minus twice its logarithm, and the fit."""
    n, k = basis.shape
    q, r = linalg.qr(basis, mode="economic", check_finite=False)
    z = q.T @ y
    rest = max(float(y @ y - z @ z), 0.0)
    inverse = linalg.solve_triangular(r, np.eye(k), check_finite=False)
    inner = inverse.T @ penalty @ inverse
    size, vectors = linalg.eigh((inner + inner.T) / 2, check_finite=False)
    size = np.maximum(size, 0.0)
    size[:_NULL] = 0.0  # level and line are never penalised
    g = vectors.T @ z
    base = 2 * float(np.log(np.abs(np.diag(r))).sum()) - 2 * log_det

    def score(log_lambda: float) -> float:
        held = 1.0 / (1.0 + np.exp(log_lambda) * size)
        misfit = max(rest + float(((1 - held) * g**2).sum()), 1e-300)
        likelihood = (n - _NULL) * np.log(misfit) - float(np.log(held).sum()) + base
        return likelihood - (k - _NULL) * log_lambda

    low, high = -np.log(size[-1]) - 8, -np.log(size[_NULL]) + 12
    grid = np.linspace(low, high, 60)
    start, step = grid[int(np.argmin([score(v) for v in grid]))], grid[1] - grid[0]
    found = minimize_scalar(score, bounds=(start - step, start + step), method="bounded")
    log_lambda = float(found.x)
    held = 1.0 / (1.0 + np.exp(log_lambda) * size)
    variance = max(rest + float(((1 - held) * g**2).sum()), 0.0) / (n - _NULL)
    turned = inverse @ vectors
    fit = _Fit(turned @ (held * g), turned * np.sqrt(held * variance), float(held.sum()), log_lambda, rho)
    return float(found.fun), fit


def _fit(basis: Array, y: Array, month: npt.NDArray[np.int64], penalty: Array, memory: bool) -> _Fit:
    """Fit with the most likely smoothing, and memory if that is to be reckoned with."""

    def at(rho: float) -> tuple[float, _Fit]:
        log_det, (b, z) = _whitened(month, rho, basis, y)
        return _restricted(b, z, penalty, log_det, rho)

    if not memory:
        return at(0.0)[1]
    grid = np.append(np.arange(0.0, 0.85, 0.1), 0.85)
    scores = [at(float(v))[0] for v in grid]
    best = int(np.argmin(scores))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = minimize_scalar(
        lambda v: at(float(v))[0], bounds=(low, high), method="bounded", options={"xatol": 0.01}
    )
    return at(float(found.x) if found.fun < scores[best] else float(grid[best]))[1]


def smooth_trend(
    monthly: Any,
    deseasonalise: bool = False,
    autocorrelation: bool = True,
    seed: int = 0,
    *,
    uncertainty: Literal["posterior", "bootstrap"] = "posterior",
    column: str | None = None,
    k: int | None = None,
    confidence: float = 0.95,
    draws: int = 400,
) -> SmoothTrend:
    """Fit a smooth trend.

    Parameters
    ----------
    monthly
        Series, frame or period means; twelve values or more.
    deseasonalise : bool
    autocorrelation : bool
        Reckon with months that depend on their neighbours.
    seed : int
        Of the bootstrap.
    uncertainty : {"posterior", "bootstrap"}
    column : str, optional
    k : int, optional
        Size of the basis; a third of the months by default, at most 80.
    confidence : float
    draws : int
        Of the block bootstrap.

    Returns
    -------
    SmoothTrend

    Raises
    ------
    MissingData
        Fewer than twelve values.
    ParameterError
    """
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence {confidence} is no share; give one between 0 and 1, such as 0.95.")
    if uncertainty not in ("posterior", "bootstrap"):
        raise ParameterError(f"uncertainty '{uncertainty}' is not known; use posterior or bootstrap.")
    if draws < 39:
        raise ParameterError(f"draws {draws} are too few for an interval; give 39 or more, 400 by default.")
    given = monthly_values(monthly, column)
    given.need(_LEAST, "a smooth trend")
    series, _, done = without_season(given, deseasonalise)
    held = series.held
    x, y, n = series.days[held], series.value[held], int(held.sum())
    if k is not None and not _FEWEST <= k <= n - 2:
        raise ParameterError(
            f"k {k} is not between {_FEWEST} and {n - 2}, two less than the values; correct it."
        )
    size = k or int(np.clip(n // 3, _FEWEST, min(_MOST, n - 2)))
    whole = open_basis(series.days, float(x[0]), float(x[-1]), size)
    basis, penalty = whole[held], open_penalty(size)
    months = series.month[held]
    fit = _fit(basis, y, months, penalty, autocorrelation)
    smooth = whole @ fit.beta
    block = block_length(n) if uncertainty == "bootstrap" and autocorrelation else 1
    tail = (1 - confidence) / 2
    if uncertainty == "bootstrap":
        off = _drawn(basis, whole, y, months, penalty, fit, block, draws, seed)
        low, high = np.quantile(off, [tail, 1 - tail], axis=0)
        lower, upper = smooth - high, smooth - low
    else:
        error = np.sqrt(((whole @ fit.root) ** 2).sum(axis=1))
        z = NormalDist().inv_cdf(1 - tail)
        lower, upper = smooth - z * error, smooth + z * error
    shown = slice(None, None, series.every)
    points = pd.DataFrame(
        {
            "date": series.dates.astype("datetime64[ns]"),
            "value": series.value,
            "smooth": smooth,
            "lower": lower,
            "upper": upper,
        }
    )[shown].reset_index(drop=True)
    notes = joined(given.notes, series.notes)
    return SmoothTrend(
        given.name, points, fit.edf, fit.memory, n, block, confidence, done, autocorrelation, notes
    )  # fmt: skip


def _drawn(
    basis: Array,
    whole: Array,
    y: Array,
    month: npt.NDArray[np.int64],
    penalty: Array,
    fit: _Fit,
    block: int,
    draws: int,
    seed: int,
) -> Array:
    """Smooths of residuals drawn anew in blocks, shape (draws, months): how far a fit may be off."""
    n = len(y)
    residual = (y - basis @ fit.beta) * np.sqrt(n / max(n - fit.edf, 1.0))
    residual = residual - residual.mean()
    picked = block_draws(n, draws, block, np.random.default_rng(seed))
    _, (b, z) = _whitened(month, fit.memory, basis, residual[picked].T)
    # With smoothing and memory held, the fit is one matrix for all draws.
    solved = np.linalg.solve(b.T @ b + np.exp(fit.smoothing) * penalty, b.T)
    return np.asarray((whole @ solved @ z).T)

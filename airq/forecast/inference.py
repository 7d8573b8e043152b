"""Tests and intervals for scores of days that are not independent.

Sites of one day share the weather, and forecasts of a lead time overlap in time: losses are pooled by day first, and
what is left of dependence between days enters through HAC variances and blocks of days.

Examples
--------
>>> diebold_mariano([1.0, 2.0, 3.0, 2.0], [2.0, 2.5, 4.5, 2.0], lags=0).statistic.__round__(3)
-2.324
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from airq.errors import ParameterError

__all__ = ["DieboldMariano", "Skill", "block_bootstrap", "diebold_mariano", "long_run_variance", "pit_test"]

Array = npt.NDArray[np.float64]

_FEWEST = 4
"""Days below which a test or an interval is not given."""


@dataclass(frozen=True)
class DieboldMariano:
    """Test of equal accuracy of two forecasts.

    Attributes
    ----------
    statistic : float
        Negative where the first forecast is better; t distributed with ``n - 1`` degrees of freedom.
    p_value : float
        Two-sided; NaN where no test is possible.
    difference : float
        Mean loss of the first minus the second, in the unit of the loss.
    n : int
        Days that count.
    lags : int
        Lags of the HAC variance.
    """

    statistic: float
    p_value: float
    difference: float
    n: int
    lags: int


@dataclass(frozen=True)
class Skill:
    """Skill score with its block-bootstrap interval.

    Attributes
    ----------
    skill, low, high : float
        1 - loss / loss of the reference, and its interval; NaN where none can be given.
    rows, days, block : int
        Rows and days that count, days of a block.
    """

    skill: float
    low: float
    high: float
    rows: int
    days: int
    block: int


def _steps(days: npt.ArrayLike | None, size: int) -> npt.NDArray[np.int64]:
    """Days as whole numbers; the rows themselves where none are given."""
    if days is None:
        return np.arange(size)
    given = np.asarray(days)
    if given.size != size:
        raise ParameterError(f"{given.size} days do not match {size} losses; give one a row.")
    if given.dtype.kind == "M":
        return given.astype("datetime64[D]").astype(np.int64)
    return given.astype(np.int64)


def _pooled(
    loss: npt.ArrayLike, reference: npt.ArrayLike, days: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.int64], Array, Array, Array]:
    """Day, number, and sums of both losses by day, over rows where both are known."""
    a = np.asarray(loss, dtype=np.float64).reshape(-1)
    b = np.asarray(reference, dtype=np.float64).reshape(-1)
    if a.size != b.size:
        raise ParameterError(
            f"{a.size} and {b.size} losses do not match; score both forecasts on the same rows."
        )
    step = _steps(days, a.size)
    known = ~np.isnan(a + b)
    day, place = np.unique(step[known], return_inverse=True)
    number, own, other = (
        np.bincount(place, weights=w, minlength=day.size).astype(np.float64)
        for w in (np.ones(place.size), a[known], b[known])
    )
    return day, number, own, other


def long_run_variance(
    day: npt.ArrayLike,
    series: npt.ArrayLike,
    lags: int,
    kernel: Literal["bartlett", "rectangular"] = "bartlett",
) -> Array:
    """Long-run variance of a daily series that may lack days (Newey and West 1987).

    Parameters
    ----------
    day : array_like of int, shape (n,)
        Different whole numbers.
    series : array_like, shape (n,) or (n, k)
    lags : int
        Autocovariances of that many days on are taken in.
    kernel : {"bartlett", "rectangular"}
        Bartlett never becomes negative; rectangular is that of Diebold and Mariano.

    Returns
    -------
    float64 array, shape () or (k,)

    Examples
    --------
    >>> float(long_run_variance([0, 1, 2, 3], [1.0, -1.0, 1.0, -1.0], 0))
    1.0
    """
    when, x = np.asarray(day, dtype=np.int64), np.asarray(series, dtype=np.float64)
    # Missing days stay zero after centring: products with them drop out, and the estimate stays non-negative.
    line = np.zeros((int(when.max() - when.min()) + 1, *x.shape[1:]))
    line[when - when.min()] = x - x.mean(axis=0)
    total = (line**2).sum(axis=0)
    for k in range(1, min(lags, len(line) - 1) + 1):
        weight = 1.0 - k / (lags + 1.0) if kernel == "bartlett" else 1.0
        total = total + 2.0 * weight * (line[k:] * line[:-k]).sum(axis=0)
    return np.asarray(total / len(x))


def diebold_mariano(
    loss: npt.ArrayLike,
    reference: npt.ArrayLike,
    days: npt.ArrayLike | None = None,
    horizon: int = 1,
    lags: int | None = None,
    kernel: Literal["bartlett", "rectangular"] = "bartlett",
) -> DieboldMariano:
    """Diebold-Mariano test with the correction of Harvey, Leybourne and Newbold (1997).

    Parameters
    ----------
    loss, reference : array_like, shape (rows,)
        Losses of two forecasts of the same rows; rows where one is missing are left out.
    days : array_like of datetime64 or int, shape (rows,), optional
        Day of a row: rows of a day are averaged first, so that sites of a day do not count as independent.
    horizon : int
        Lead time in steps of ``days``.
    lags : int, optional
        ``max(horizon - 1, 4 (n / 100)^(2/9))`` by default, not below ``horizon - 1``.
    kernel : {"bartlett", "rectangular"}
        A negative rectangular variance falls back to Bartlett.

    Returns
    -------
    DieboldMariano

    Raises
    ------
    ParameterError
        If shapes differ, or the horizon is below 1.

    Examples
    --------
    >>> test = diebold_mariano([1.0, 1.0, 2.0, 2.0], [2.0, 2.0, 2.0, 2.0], days=[1, 1, 2, 2])
    >>> test.n, test.difference, test.p_value
    (2, -0.5, nan)
    """
    if horizon < 1:
        raise ParameterError(f"lead time {horizon} is below 1; give it in steps of the days.")
    day, number, own, other = _pooled(loss, reference, days)
    n = len(day)
    least = horizon - 1
    used = max(least, int(4 * (n / 100) ** (2 / 9))) if lags is None else max(least, int(lags))
    difference = (own - other) / np.maximum(number, 1)
    mean = float(difference.mean()) if n else float("nan")
    correction = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n if n else 0.0
    if n < _FEWEST or correction <= 0:
        return DieboldMariano(float("nan"), float("nan"), mean, n, used)
    variance = float(long_run_variance(day, difference, used, kernel))
    if variance <= 0:
        variance = float(long_run_variance(day, difference, used))
    if variance <= 1e-24 * (1.0 + mean * mean):
        return DieboldMariano(float("nan"), float("nan"), mean, n, used)
    statistic = mean / np.sqrt(variance / n) * np.sqrt(correction)
    p = 2.0 * stats.t.sf(abs(statistic), n - 1)
    return DieboldMariano(float(statistic), float(p), mean, n, used)


def block_bootstrap(
    loss: npt.ArrayLike,
    reference: npt.ArrayLike,
    days: npt.ArrayLike | None = None,
    block: int | None = None,
    draws: int = 1000,
    share: float = 0.95,
    seed: int = 0,
) -> Skill:
    """Skill score 1 - loss / reference with an interval from circular blocks of days.

    Parameters
    ----------
    loss, reference : array_like, shape (rows,)
        Rows where one is missing are left out.
    days : array_like, shape (rows,), optional
        All rows of a day are drawn together.
    block : int, optional
        Days of a block; ``max(7, n^(1/3))`` by default, at most a quarter of the days.
    draws : int
    share : float
        Of the percentile interval.
    seed : int

    Returns
    -------
    Skill

    Examples
    --------
    >>> block_bootstrap([1.0] * 40, [2.0] * 40)
    Skill(skill=0.5, low=0.5, high=0.5, rows=40, days=40, block=7)
    """
    day, number, own, other = _pooled(loss, reference, days)
    n, rows = len(day), int(number.sum())
    size = max(7, int(np.ceil(n ** (1 / 3)))) if block is None else int(block)
    size = max(1, min(size, n // 4))
    nan = float("nan")
    if not rows or other.sum() <= 0:
        return Skill(nan, nan, nan, rows, n, size)
    skill = float(1.0 - own.sum() / other.sum())
    if n < _FEWEST or draws < 1:
        return Skill(skill, nan, nan, rows, n, size)
    starts = np.random.default_rng(seed).integers(0, n, (draws, -(-n // size)))
    resampled = []
    for values in (own, other):
        run = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values[:size]]))])
        resampled.append((run[starts + size] - run[starts]).sum(axis=1))
    drawn = 1.0 - resampled[0] / np.where(resampled[1] > 0, resampled[1], np.nan)
    low, high = np.nanquantile(drawn, [(1 - share) / 2, (1 + share) / 2])
    return Skill(skill, float(low), float(high), rows, n, size)


def pit_test(
    weights: npt.ArrayLike,
    days: npt.ArrayLike | None = None,
    horizon: int = 1,
    expected: npt.ArrayLike | None = None,
) -> dict[str, float]:
    """Test of a flat PIT histogram, chi-squared with the design effect of dependent days (Rao and Scott 1981).

    Parameters
    ----------
    weights : array_like, shape (rows, bins)
        From :func:`airq.forecast.scores.pit`; rows with NaN are left out.
    days : array_like, shape (rows,), optional
    horizon : int
        Lead time in steps of ``days``: histogram counts are taken to depend on each other over ``horizon - 1`` days.
    expected : array_like, shape (bins,), optional
        Shares of a calibrated forecast; equal by default.

    Returns
    -------
    dict
        ``chi2`` (as if rows were independent), ``design_effect`` by which it is divided, ``p_value``, ``n``.

    Examples
    --------
    >>> found = pit_test(np.eye(4)[np.arange(400) % 4])
    >>> found["chi2"], found["n"]
    (0.0, 400)
    """
    w = np.asarray(weights, dtype=np.float64)
    known = ~np.isnan(w).any(axis=1)
    step = _steps(days, len(w))[known]
    w = w[known]
    bins, n = w.shape[1], len(w)
    p = np.full(bins, 1.0 / bins) if expected is None else np.asarray(expected, dtype=np.float64)
    nan = float("nan")
    day, place = np.unique(step, return_inverse=True)
    if len(day) < _FEWEST or bins < 2:
        return {"chi2": nan, "design_effect": nan, "p_value": nan, "n": n}
    chi2 = float(((w.sum(axis=0) - n * p) ** 2 / (n * p)).sum())
    by_day = np.zeros((len(day), bins))
    np.add.at(by_day, place, w - p)
    spread = len(day) * long_run_variance(day, by_day, horizon - 1)
    effect = float((spread / (n * p)).sum() / (bins - 1))
    p_value = float(stats.chi2.sf(chi2 / effect, bins - 1)) if effect > 1e-9 else float(chi2 < 1e-9)
    return {"chi2": chi2, "design_effect": effect, "p_value": p_value, "n": n}

"""Scores of quantile and probability forecasts: pure functions of arrays.

A row whose observation or forecast is missing scores NaN and is left out of a mean. Contingency tables, tests and the
FAIRMODE indicators stand in modules of their own and are offered here too.

Examples
--------
>>> q = np.linspace(10, 190, 19)[None]
>>> round(float(crps([100.0], q)[0]), 3), coverage([100.0], q, 0.8), mae([100.0, np.nan], [90.0, 1.0])
(17.368, 1.0, 10.0)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.forecast.contingency import Contingency, contingency, episodes, match_onsets
from airq.forecast.cost_loss import expense, value_curve
from airq.forecast.distribution import exceedance
from airq.forecast.fairmode import fairmode, uncertainty
from airq.forecast.inference import DieboldMariano, Skill, block_bootstrap, diebold_mariano, pit_test
from airq.forecast.names import LEVELS

__all__ = [
    "Contingency",
    "DieboldMariano",
    "Skill",
    "bias",
    "block_bootstrap",
    "brier",
    "brier_parts",
    "bss",
    "contingency",
    "coverage",
    "crps",
    "crps_ensemble",
    "diebold_mariano",
    "episodes",
    "exceedance",
    "expense",
    "fairmode",
    "mae",
    "match_onsets",
    "pinball",
    "pit",
    "pit_histogram",
    "pit_test",
    "reliability",
    "rmse",
    "uncertainty",
    "value_curve",
    "width",
]

Array = npt.NDArray[np.float64]


def _column(values: npt.ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64).reshape(-1)


def _matrix(quantiles: npt.ArrayLike, levels: npt.ArrayLike) -> tuple[Array, Array]:
    q, p = np.asarray(quantiles, dtype=np.float64), np.asarray(levels, dtype=np.float64)
    if q.ndim != 2 or q.shape[1] != p.size:
        raise ParameterError(f"quantiles of shape {q.shape} do not fit {p.size} levels; give (rows, levels).")
    if p.size == 0 or (np.diff(p) <= 0).any() or p[0] <= 0 or p[-1] >= 1:
        raise ParameterError("levels must rise strictly between 0 and 1; give for example 0.05, 0.5, 0.95.")
    with np.errstate(invalid="ignore"):
        if (np.diff(q, axis=1) < -1e-9 * (1 + np.abs(q[:, 1:]))).any():
            raise ParameterError("quantiles of a row decrease; sort the quantiles of each row.")
    return q, p


def _mean(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def pinball(observed: npt.ArrayLike, quantiles: npt.ArrayLike, levels: npt.ArrayLike = LEVELS) -> Array:
    """Quantile (pinball) loss: ``(1{y < q} - p) * (q - y)``.

    Parameters
    ----------
    observed : array_like, shape (rows,)
    quantiles : array_like, shape (rows, levels)
    levels : array_like, shape (levels,)

    Returns
    -------
    float64 array, shape (rows, levels)
        In the unit of the observation.

    Raises
    ------
    ParameterError
        If quantiles cross or shapes differ.

    Examples
    --------
    >>> pinball([10.0], [[8.0, 14.0]], [0.1, 0.9]).round(3).tolist()
    [[0.2, 0.4]]
    """
    q, p = _matrix(quantiles, levels)
    gap = _column(observed)[:, None] - q
    return np.asarray(np.maximum(p * gap, (p - 1.0) * gap))


def crps(observed: npt.ArrayLike, quantiles: npt.ArrayLike, levels: npt.ArrayLike = LEVELS) -> Array:
    """Continuous ranked probability score from quantiles: twice the mean pinball loss over the levels.

    Parameters
    ----------
    observed : array_like, shape (rows,)
    quantiles : array_like, shape (rows, levels)
    levels : array_like, shape (levels,)

    Returns
    -------
    float64 array, shape (rows,)
        NaN where the observation or a quantile is missing.

    Examples
    --------
    >>> crps([3.0], np.full((1, 19), 1.0)).tolist()
    [2.0]
    """
    return np.asarray(2.0 * pinball(observed, quantiles, levels).mean(axis=1))


def crps_ensemble(observed: npt.ArrayLike, ensemble: npt.ArrayLike, fair: bool = False) -> Array:
    """CRPS of an ensemble: E|X - y| - E|X - X'| / 2.

    Parameters
    ----------
    observed : array_like, shape (rows,)
    ensemble : array_like, shape (rows, members)
    fair : bool
        Unbiased for the distribution that the members were drawn from (divides by m(m-1) in place of m²).

    Returns
    -------
    float64 array, shape (rows,)

    Raises
    ------
    ParameterError
        If the ensemble is not a matrix, or ``fair`` is asked of one member.

    Examples
    --------
    >>> crps_ensemble([2.0], [[1.0, 3.0]]).tolist(), crps_ensemble([2.0], [[1.0, 3.0]], fair=True).tolist()
    ([0.5], [0.0])
    """
    members = np.sort(np.asarray(ensemble, dtype=np.float64), axis=1)
    count = members.shape[1] if members.ndim == 2 else 0
    if count == 0 or (fair and count < 2):
        raise ParameterError("an ensemble needs shape (rows, members) with one member, or two if fair.")
    y = _column(observed)
    error = np.abs(members - y[:, None]).mean(axis=1)
    # sum over pairs of |x_i - x_j| = 2 * sum_i (2i - m + 1) x_(i) for sorted members
    rank = 2.0 * np.arange(count) - count + 1.0
    spread = 2.0 * (members * rank).sum(axis=1) / (count * (count - 1) if fair else count * count)
    return np.asarray(error - spread / 2.0)


def mae(observed: npt.ArrayLike, forecast: npt.ArrayLike) -> float:
    """Mean absolute error over the rows where both are known; NaN if there are none.

    Examples
    --------
    >>> mae([1.0, 3.0, np.nan], [2.0, 5.0, 1.0])
    1.5
    """
    return _mean(np.abs(_column(forecast) - _column(observed)))


def rmse(observed: npt.ArrayLike, forecast: npt.ArrayLike) -> float:
    """Root mean square error, pooled over all rows where both are known; NaN if there are none.

    Examples
    --------
    >>> rmse([1.0, 3.0], [4.0, 7.0]) == 12.5 ** 0.5
    True
    """
    return float(np.sqrt(_mean((_column(forecast) - _column(observed)) ** 2)))


def bias(observed: npt.ArrayLike, forecast: npt.ArrayLike) -> float:
    """Mean of forecast minus observation.

    Examples
    --------
    >>> bias([1.0, 3.0], [2.0, 1.0])
    -0.5
    """
    return _mean(_column(forecast) - _column(observed))


def _ends(quantiles: npt.ArrayLike, share: float, levels: npt.ArrayLike) -> tuple[Array, Array]:
    q, p = _matrix(quantiles, levels)
    low, high = (np.flatnonzero(np.isclose(p, v)) for v in ((1 - share) / 2, (1 + share) / 2))
    if not (low.size and high.size):
        raise ParameterError(f"an interval of {share:g} needs quantiles that are not among the levels.")
    return q[:, low[0]], q[:, high[0]]


def coverage(
    observed: npt.ArrayLike, quantiles: npt.ArrayLike, share: float = 0.8, levels: npt.ArrayLike = LEVELS
) -> float:
    """Share of observations within the central interval, ends included.

    Examples
    --------
    >>> coverage([20.0, 200.0], np.tile(np.linspace(10, 190, 19), (2, 1)), 0.9)
    0.5
    """
    low, high = _ends(quantiles, share, levels)
    y = _column(observed)
    inside = np.where(np.isnan(y) | np.isnan(low) | np.isnan(high), np.nan, (y >= low) & (y <= high))
    return _mean(inside)


def width(quantiles: npt.ArrayLike, share: float = 0.8, levels: npt.ArrayLike = LEVELS) -> float:
    """Mean width of the central interval (sharpness).

    Examples
    --------
    >>> width(np.linspace(10, 190, 19)[None], 0.8)
    160.0
    """
    low, high = _ends(quantiles, share, levels)
    return _mean(high - low)


def pit(observed: npt.ArrayLike, quantiles: npt.ArrayLike, levels: npt.ArrayLike = LEVELS) -> Array:
    """Share of each row in each bin between the quantiles (probability integral transform).

    An observation that equals one or several quantiles is shared by probability among the bins that meet there, the
    non-randomised PIT of Czado, Gneiting and Held (2009).

    Parameters
    ----------
    observed : array_like, shape (rows,)
    quantiles : array_like, shape (rows, levels)
    levels : array_like, shape (levels,)

    Returns
    -------
    float64 array, shape (rows, levels + 1)
        Rows sum to 1; NaN where something is missing.

    Examples
    --------
    >>> pit([5.0, 8.0], [[4.0, 6.0], [8.0, 9.0]], [0.5, 0.75]).round(3).tolist()
    [[0.0, 1.0, 0.0], [0.667, 0.333, 0.0]]
    """
    q, p = _matrix(quantiles, levels)
    y = _column(observed)[:, None]
    low, high = (q < y).sum(axis=1), (q <= y).sum(axis=1)
    bins = np.arange(p.size + 1)
    share = np.diff(np.concatenate([[0.0], p, [1.0]]))
    inside = (bins >= low[:, None]) & (bins <= high[:, None])
    weights = inside * share / (inside * share).sum(axis=1, keepdims=True)
    weights[np.isnan(q).any(axis=1) | np.isnan(y[:, 0])] = np.nan
    return np.asarray(weights)


def pit_histogram(
    observed: npt.ArrayLike, quantiles: npt.ArrayLike, levels: npt.ArrayLike = LEVELS
) -> pd.DataFrame:
    """Histogram of the PIT beside what a calibrated forecast gives.

    Returns
    -------
    pandas.DataFrame
        ``lower, upper`` (bounds of the bin), ``share``, ``expected``, ``n`` (rows that count).

    Examples
    --------
    >>> pit_histogram([5.0, 7.0, np.nan], [[4.0, 6.0]] * 3, [0.5, 0.75])["share"].tolist()
    [0.0, 0.5, 0.5]
    """
    weights = pit(observed, quantiles, levels)
    known = weights[~np.isnan(weights[:, 0])]
    edges = np.concatenate([[0.0], np.asarray(levels, dtype=np.float64), [1.0]])
    share = known.mean(axis=0) if len(known) else np.full(len(edges) - 1, np.nan)
    columns = {"lower": edges[:-1], "upper": edges[1:], "share": share, "expected": np.diff(edges)}
    return pd.DataFrame(columns).assign(n=len(known))


def _events(event: npt.ArrayLike, probability: npt.ArrayLike) -> tuple[Array, Array]:
    """Events (0, 1, NaN) and probabilities of one length; refuses what is neither."""
    e, p = _column(event), _column(probability)
    if e.size != p.size:
        raise ParameterError(f"{e.size} events and {p.size} probabilities do not match; give one each a row.")
    if ((e != 0) & (e != 1) & ~np.isnan(e)).any():
        raise ParameterError("an event is neither 0, 1 nor missing; give whether it came.")
    if ((p < -1e-9) | (p > 1 + 1e-9)).any():
        raise ParameterError("a probability lies outside 0 to 1; divide percent by 100.")
    known = ~(np.isnan(e) | np.isnan(p))
    return e[known], np.clip(p[known], 0.0, 1.0)


def brier(event: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Brier score, the mean square error of a probability; NaN without rows.

    Parameters
    ----------
    event : array_like, shape (rows,)
        1 or True if it came, NaN if not known.
    probability : array_like, shape (rows,)
        0 to 1.

    Examples
    --------
    >>> round(brier([1, 0, np.nan], [0.8, 0.4, 0.1]), 3)
    0.1
    """
    e, p = _events(event, probability)
    return _mean((p - e) ** 2)


def bss(event: npt.ArrayLike, probability: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Brier skill score, 1 - Brier / Brier of the reference, on rows where all three are known.

    Examples
    --------
    >>> bss([1, 0], [1.0, 0.0], [0.5, 0.5])
    1.0
    """
    known = ~np.isnan(_column(probability) + _column(reference))
    own, other = (brier(_column(event)[known], _column(p)[known]) for p in (probability, reference))
    return 1.0 - own / other if other > 0 else float("nan")


def brier_parts(event: npt.ArrayLike, probability: npt.ArrayLike, bins: int = 10) -> dict[str, float]:
    """Murphy's parts of the Brier score over bins of probability.

    Returns
    -------
    dict
        ``brier``, ``reliability`` (0 is best), ``resolution`` (large is best), ``uncertainty`` of the event itself, and
        ``within``, what the spread of probabilities inside the bins adds, so that
        brier = reliability - resolution + uncertainty + within.

    Examples
    --------
    >>> {k: round(v, 3) for k, v in brier_parts([1, 1, 0, 0], [0.9, 0.9, 0.1, 0.1]).items()}
    {'brier': 0.01, 'reliability': 0.01, 'resolution': 0.25, 'uncertainty': 0.25, 'within': 0.0}
    """
    e, p = _events(event, probability)
    if not e.size:
        return dict.fromkeys(("brier", "reliability", "resolution", "uncertainty", "within"), float("nan"))
    table = reliability(e, p, bins)
    used = table[table["n"] > 0]
    share = used["n"] / e.size
    score, base = float(((p - e) ** 2).mean()), float(e.mean())
    calibration = float((share * (used["probability"] - used["frequency"]) ** 2).sum())
    sharpness = float((share * (used["frequency"] - base) ** 2).sum())
    rest = score - (calibration - sharpness + base * (1 - base))
    return {
        "brier": score,
        "reliability": calibration,
        "resolution": sharpness,
        "uncertainty": base * (1 - base),
        "within": 0.0 if abs(rest) < 1e-12 else rest,
    }


def reliability(event: npt.ArrayLike, probability: npt.ArrayLike, bins: int = 10) -> pd.DataFrame:
    """Observed frequency by forecast probability, for the reliability diagram.

    Parameters
    ----------
    event, probability : array_like, shape (rows,)
    bins : int
        Equal bins of 0 to 1; the last one includes 1.

    Returns
    -------
    pandas.DataFrame
        ``lower, upper, n, probability`` (mean forecast), ``frequency`` (observed), ``low, high`` (95 % Wilson interval
        of the frequency; rows count as independent, which days and neighbouring sites are not).

    Examples
    --------
    >>> reliability([1, 0, 1], [0.1, 0.1, 0.9], bins=2)[["n", "frequency"]].values.tolist()
    [[2.0, 0.5], [1.0, 1.0]]
    """
    if bins < 1:
        raise ParameterError(f"{bins} bins are too few for a reliability diagram; use 10.")
    e, p = _events(event, probability)
    place = np.minimum((p * bins + 1e-9).astype(np.int64), bins - 1)
    n = np.bincount(place, minlength=bins)
    came = np.bincount(place, weights=e, minlength=bins)
    total = np.bincount(place, weights=p, minlength=bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, frequency = total / n, came / n
        z = 1.959964
        centre = (frequency + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(frequency * (1 - frequency) / n + z * z / (4 * n * n))
    edges = np.linspace(0.0, 1.0, bins + 1)
    return pd.DataFrame(
        {
            "lower": edges[:-1],
            "upper": edges[1:],
            "n": n,
            "probability": mean,
            "frequency": frequency,
            "low": centre - half,
            "high": centre + half,
        }
    )

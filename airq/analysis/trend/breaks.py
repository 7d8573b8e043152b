"""Breakpoints of a trend, how many there are, and how well their dates are known.

Segments by least squares over all partitions (Bai & Perron 2003, *J. Appl. Econometrics* 18, 1-22). The number is not
taken from BIC, which finds breaks in plain memory: one break after the other is tested by the largest F, whose
distribution without that break is simulated with the memory (AR(1), without its small-sample bias) and the shocks of
the series itself. Intervals of dates are percentiles of the breaks found in series simulated from the fitted model.

Examples
--------
>>> rng = np.random.default_rng(1)
>>> level = np.where(np.arange(96) < 50, 60.0, 45.0)
>>> found = breakpoints(pd.Series(level + rng.normal(0, 4, 96), index=pd.period_range("2014-01", periods=96, freq="M")), "level", draws=99)
>>> found.dates[0].strftime("%Y-%m"), round(found.segments["mean"].diff().iloc[1])
('2018-03', -15)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import lfilter

from airq.analysis.trend.partitions import Partitions
from airq.analysis.trend.season import without_season
from airq.analysis.trend.series import Monthly, joined, monthly_values
from airq.analysis.trend.slopes import YEAR
from airq.errors import MissingData, ParameterError

__all__ = ["Breakpoints", "breakpoints"]

Array = npt.NDArray[np.float64]

_MEMORY: Final = np.array([0.0, 0.2, 0.4, 0.6, 0.75, 0.9])
"""Grid on which the bias of an estimated AR(1) coefficient is simulated."""
_CALIBRATION: Final = 40


@dataclass(frozen=True, eq=False)
class Breakpoints:
    """Breaks of a series.

    Attributes
    ----------
    column : str
    kind : str
        ``level`` (means) or ``trend`` (lines that need not meet).
    dates : tuple of pandas.Timestamp
        First month of each new segment.
    intervals : pandas.DataFrame
        ``date``, ``lower``, ``upper``, ``months`` (width), ``p_value`` of each break.
    segments : pandas.DataFrame
        ``start``, ``end``, ``n``, ``mean``, ``slope_per_year`` (NaN for levels), ``step`` (jump at its start).
    tests : pandas.DataFrame
        ``breaks`` (how many before), ``statistic``, ``p_value``: the last row is the test that was not passed.
    points : pandas.DataFrame
        ``date``, ``value``, ``fitted``, ``segment``.
    memory : float
        AR(1) coefficient of the residuals, without its bias.
    confidence : float
    deseasonalised : bool
    notes : tuple of str
    """

    column: str
    kind: str
    dates: tuple[pd.Timestamp, ...]
    intervals: pd.DataFrame
    segments: pd.DataFrame
    tests: pd.DataFrame
    points: pd.DataFrame
    memory: float
    confidence: float
    deseasonalised: bool
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Breaks with their intervals."""
        return self.intervals.copy()

    def _repr_html_(self) -> str:
        said = ", ".join(
            f"{r.date:%Y-%m} [{r.lower:%Y-%m}, {r.upper:%Y-%m}]" for r in self.intervals.itertuples()
        )
        return f"<p>Breaks of {escape(self.column)} ({escape(self.kind)}): {said or 'none'}</p>"


def _lag_one(residual: Array) -> float:
    bottom = float(residual[:-1] @ residual[:-1])
    return float(residual[1:] @ residual[:-1]) / bottom if bottom > 0 else 0.0


def _simulated(shocks: Array, memory: float, draws: int, rng: np.random.Generator, n: int) -> Array:
    """Series without breaks, shape (draws, n), from shocks drawn anew."""
    warm = 60
    picked = rng.choice(shocks, (draws, n + warm))
    return np.asarray(lfilter([1.0], [1.0, -memory], picked, axis=1)[:, warm:])


def _memory(parts: Partitions, residual: Array, breaks: int, rng: np.random.Generator) -> float:
    """AR(1) coefficient that would leave, after a fit with that many breaks, what is seen in the residuals."""
    seen = _lag_one(residual)
    n = len(residual)
    left = []
    for phi in _MEMORY:
        made = _simulated(rng.normal(size=n), float(phi), _CALIBRATION, rng, n)
        own = []
        for y in made:
            fit = parts.fitted(y, parts.best(y, breaks)[1][breaks])
            own.append(_lag_one(y - fit))
        left.append(float(np.mean(own)))
    rising = np.maximum.accumulate(left)
    return float(np.interp(seen, rising, _MEMORY))


def _shocks(residual: Array, memory: float) -> Array:
    out = residual[1:] - memory * residual[:-1]
    return np.asarray(out - out.mean())


def _test(
    parts: Partitions, y: Array, breaks: int, draws: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Largest F of one break more, its p-value, and the memory it rests on."""
    rss, places = parts.best(y, breaks + 1)
    statistic = _statistic(rss, breaks)
    residual = y - parts.fitted(y, places[breaks + 1])
    memory = _memory(parts, residual, breaks + 1, rng)
    # The model without this break plus noise of the series' own kind.
    base = parts.fitted(y, places[breaks])
    made = base + _simulated(_shocks(residual, memory), memory, draws, rng, len(y))
    far = sum(_statistic(parts.best(one, breaks + 1)[0], breaks) >= statistic for one in made)
    return statistic, (far + 1) / (draws + 1), memory


def _statistic(rss: Sequence[float], breaks: int) -> float:
    return (rss[breaks] - rss[breaks + 1]) / max(rss[breaks + 1], 1e-300)


def _checked(kind: str, most: int, shortest: int | None, alpha: float, draws: int) -> None:
    if kind not in ("trend", "level"):
        raise ParameterError(f"kind '{kind}' is not known; use trend or level.")
    if not 1 <= most <= 8:
        raise ParameterError(f"most {most} is not between 1 and 8; correct it.")
    if shortest is not None and shortest < 3:
        raise ParameterError(f"shortest {shortest} is too few values for a segment; give 3 or more.")
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha {alpha} is no share; give one between 0 and 1, such as 0.05.")
    if draws < 39:
        raise ParameterError(f"draws {draws} are too few for a test; give 39 or more, 199 by default.")


def breakpoints(
    monthly: Any,
    kind: Literal["trend", "level"] = "trend",
    most: int = 3,
    deseasonalise: bool = False,
    seed: int = 0,
    *,
    column: str | None = None,
    shortest: int | None = None,
    alpha: float = 0.05,
    confidence: float = 0.95,
    draws: int = 199,
) -> Breakpoints:
    """Find breaks in monthly (or annual) values.

    Parameters
    ----------
    monthly
        Series, frame or period means.
    kind : {"trend", "level"}
    most : int
        Breaks at most, 1 to 8; fewer where the series is short.
    deseasonalise : bool
        Take the season out first, without which the season is taken for noise.
    seed : int
    column : str, optional
    shortest : int, optional
        Values in a segment at least: by default 12, or 15 % of the series if that is more.
    alpha : float
        Level of each test.
    confidence : float
        Of the intervals of dates.
    draws : int

    Returns
    -------
    Breakpoints

    Raises
    ------
    MissingData
        A series shorter than two segments.
    ParameterError
    """
    _checked(kind, most, shortest, alpha, draws)
    given = monthly_values(monthly, column)
    series, _, done = without_season(given, deseasonalise)
    held = series.held
    n = int(held.sum())
    least = shortest or max(12 if series.every == 1 else 4, round(0.15 * n))
    if n < 2 * least:
        raise MissingData(
            f"column '{series.name}' has {n} values and two segments need {2 * least}; give a longer period or a smaller shortest."
        )
    x, y = series.days[held] / YEAR, series.value[held]
    parts = Partitions(x, least, linear=kind == "trend")
    rng = np.random.default_rng(seed)
    tests, breaks, memory = [], 0, 0.0
    while breaks < min(most, n // least - 1):
        statistic, p, memory = _test(parts, y, breaks, draws, rng)
        tests.append({"breaks": breaks, "statistic": statistic, "p_value": p})
        if p > alpha:
            break
        breaks += 1
    places = parts.best(y, max(breaks, 1))[1][breaks]
    fitted = parts.fitted(y, places)
    intervals = _intervals(parts, y, fitted, breaks, memory, confidence, draws, rng)
    dates = series.dates[held].astype("datetime64[ns]")
    table = pd.DataFrame(
        {
            "date": dates[list(places)],
            "lower": dates[intervals[:, 0]],
            "upper": dates[intervals[:, 1]],
            "months": series.month[held][intervals[:, 1]] - series.month[held][intervals[:, 0]],
            "p_value": [t["p_value"] for t in tests[:breaks]],
        }
    )
    notes = list(joined(given.notes, series.notes))
    if len(y) < len(series.month[:: series.every]):
        notes.append("Months without a value are passed over; the memory of the series is taken across them.")
    return Breakpoints(
        given.name, kind, tuple(pd.DatetimeIndex(table["date"])), table, _segments(parts, series, y, places),
        pd.DataFrame(tests), _points(dates, y, fitted, places), memory, confidence, done, tuple(notes),
    )  # fmt: skip


def _intervals(
    parts: Partitions,
    y: Array,
    fitted: Array,
    breaks: int,
    memory: float,
    confidence: float,
    draws: int,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Positions of the ends of the interval of each break, shape (breaks, 2)."""
    if not breaks:
        return np.empty((0, 2), dtype=np.int64)
    made = fitted + _simulated(_shocks(y - fitted, memory), memory, draws, rng, len(y))
    found = np.array([parts.best(one, breaks)[1][breaks] for one in made])
    tail = (1 - confidence) / 2
    ends = np.quantile(found, [tail, 1 - tail], axis=0, method="nearest").T
    own = np.array(parts.best(y, breaks)[1][breaks])
    return np.column_stack([np.minimum(ends[:, 0], own), np.maximum(ends[:, 1], own)]).astype(np.int64)


def _points(dates: Any, y: Array, fitted: Array, places: Sequence[int]) -> pd.DataFrame:
    segment = np.searchsorted(np.asarray(places, dtype=np.int64), np.arange(len(y)), side="right")
    return pd.DataFrame({"date": dates, "value": y, "fitted": fitted, "segment": segment})


def _segments(parts: Partitions, series: Monthly, y: Array, places: Sequence[int]) -> pd.DataFrame:
    dates = series.dates[series.held].astype("datetime64[ns]")
    fitted = parts.fitted(y, places)
    edges = [0, *places, len(y)]
    rows = []
    for first, last in pairwise(edges):
        run = parts.x[last - 1] - parts.x[first]
        rows.append(
            {
                "start": dates[first],
                "end": dates[last - 1],
                "n": last - first,
                "mean": float(y[first:last].mean()),
                "slope_per_year": float(fitted[last - 1] - fitted[first]) / run
                if parts.linear and run > 0
                else np.nan,
                "step": float(fitted[first] - fitted[first - 1]) if first else np.nan,
            }
        )
    return pd.DataFrame(rows)

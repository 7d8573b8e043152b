"""Stagnation as a regime: two log-normals, one of stagnant and one of ventilated days, in place of one for all.

A winter basin has two kinds of days, and a single log-normal cannot have both its mean and its tail: its share above a
bound is limited by its mean (:func:`lognormal_ceiling`). Weights differ by calendar month; days stay in their regime with a
persistence that is estimated from how they follow one another.

Examples
--------
>>> round(lognormal_ceiling(53.0, 150.0), 4)
0.0746
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from airq.analysis.everyday.draws import ends, week_draws
from airq.analysis.everyday.series import Series, checked_confidence, groups_of, series
from airq.analysis.everyday.weeks import week_numbers
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["Regimes", "lognormal_ceiling", "stagnation_regimes"]

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LEAST: Final = 90
"""Days below which two regimes cannot be told apart."""
_NARROWEST: Final = 0.15
"""Least standard deviation of the logarithm in a regime, so that none collapses onto a few days."""
_PRIOR: Final = 2.0
"""Days that the overall weight stands for in each month."""
THRESHOLDS: Final = (35.0, 75.0, 115.0, 150.0, 250.0)
"""µg/m³ of PM2.5: GB 3095-2012 24-h limits and HJ 633 breakpoints."""


def lognormal_ceiling(mean: float, threshold: float) -> float:
    """Largest share of days above a threshold that any log-normal of this mean can have.

    Parameters
    ----------
    mean, threshold : float
        Above 0; the threshold above the mean.

    Returns
    -------
    float
        norm.sf(sqrt(2 ln(threshold / mean))).

    Raises
    ------
    ParameterError
    """
    if not 0 < mean < threshold:
        raise ParameterError(
            f"mean {mean} and threshold {threshold}: both must be above 0, the threshold the larger."
        )
    return float(norm.sf(np.sqrt(2 * np.log(threshold / mean))))


@dataclass(frozen=True, eq=False)
class Regimes:
    """Two regimes of one site.

    Attributes
    ----------
    column, season : str
    table : pandas.DataFrame
        ``regime`` (``ventilated``, ``stagnant``), ``median``, ``gsd``, ``share``, ``days`` (expected number among the days
        with a value), ``lower``, ``upper``, ``spell`` (mean length of its spells, days).
    daily : pandas.DataFrame
        ``date``, ``value``, ``probability`` (of stagnation, given the whole record).
    counts : pandas.DataFrame
        ``threshold``, ``observed``, ``regimes``, ``lognormal`` (expected days above), ``lower``, ``upper`` (of ``regimes``).
    years : pandas.DataFrame
        ``year`` (in which the season ends, or calendar year), ``days``, ``stagnant_days``, ``stagnant_share``,
        ``stagnant_mean``, ``ventilated_mean``, ``mean``.
    persistence : float
        Share of days that stay because of the day before, 0 to 1.
    bic_gain : float
        BIC of one log-normal less that of the regimes; above 10 the regimes are clearly better.
    separation : float
        Distance of the two medians in pooled standard deviations of the logarithm (Ashman's D; above 2 is clean).
    months : pandas.Series
        Weight of stagnation by calendar month.
    masked : dict of str to int
    notes : tuple of str
    """

    column: str
    season: str
    table: pd.DataFrame
    daily: pd.DataFrame
    counts: pd.DataFrame
    years: pd.DataFrame
    persistence: float
    bic_gain: float
    separation: float
    months: pd.Series
    masked: dict[str, int]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The two regimes."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return (
            self.table.round(2).to_html(index=False)
            + self.counts.round(1).to_html(index=False)
            + f"<ul>{notes}</ul>"
        )


@dataclass(frozen=True, eq=False)
class _Fit:
    """Components, weights by month and log-likelihood."""

    centre: Array
    spread: Array
    weight: Array
    likelihood: float


def _densities(logs: Array, centre: Array, spread: Array) -> Array:
    z = (logs[:, None] - centre) / spread
    return np.asarray(np.exp(-0.5 * z**2) / (spread * np.sqrt(2 * np.pi)) + 1e-300)


def _em(logs: Array, month: Ints, given: Array, start: float, rounds: int = 400) -> _Fit:
    """Expectation and maximisation from a split at a quantile; ``given`` weighs the days."""
    order = np.argsort(logs)
    reached = np.cumsum(given[order]) / given.sum()
    cut = logs[order][np.searchsorted(reached, start)]
    low, high = logs <= cut, logs > cut
    centre = np.array(
        [np.average(logs[g], weights=given[g] + 1e-9) for g in (low, high if high.any() else low)]
    )
    spread = np.full(2, max(float(np.sqrt(np.cov(logs, aweights=given + 1e-12))) * 0.6, _NARROWEST))
    weight = np.full(12, 1 - start)
    before = -np.inf
    for _ in range(rounds):
        parts = _densities(logs, centre, spread) * np.column_stack([1 - weight[month], weight[month]])
        whole = parts.sum(axis=1)
        likelihood = float(given @ np.log(whole))
        if likelihood - before < 1e-6 * max(abs(likelihood), 1.0):
            break
        before = likelihood
        share = given[:, None] * parts / whole[:, None]
        total = share.sum(axis=0) + 1e-9
        centre = share.T @ logs / total
        spread = np.sqrt(
            np.maximum((share * (logs[:, None] - centre) ** 2).sum(axis=0) / total, _NARROWEST**2)
        )
        overall = total[1] / total.sum()
        bad = np.bincount(month, weights=share[:, 1], minlength=12)
        days = np.bincount(month, weights=given, minlength=12)
        weight = np.clip((bad + _PRIOR * overall) / (days + _PRIOR), 1e-4, 1 - 1e-4)
    if centre[0] > centre[1]:
        centre, spread, weight = centre[::-1], spread[::-1], 1 - weight
    return _Fit(centre, spread, weight, before)


def _fitted(logs: Array, month: Ints, given: Array, starts: Sequence[float] = (0.4, 0.6, 0.8)) -> _Fit:
    return max((_em(logs, month, given, s) for s in starts), key=lambda f: f.likelihood)


def _forward(parts: Array, weight: Array, stay: float) -> tuple[Array, Array]:
    """Filtered probabilities and scales; a day is like the one before with ``stay``, else drawn by its month's weight."""
    n = len(parts)
    state = np.empty((n, 2))
    scale = np.empty(n)
    now = np.array([1 - weight[0], weight[0]])
    for t in range(n):
        if t:
            fresh = np.array([1 - weight[t], weight[t]])
            now = stay * state[t - 1] + (1 - stay) * fresh
        joint = now * parts[t]
        scale[t] = joint.sum()
        state[t] = joint / scale[t]
    return state, scale


def _smooth(parts: Array, weight: Array, stay: float) -> Array:
    """Probability of stagnation each day, given all days."""
    state, scale = _forward(parts, weight, stay)
    back = np.ones(2)
    out = np.empty(len(parts))
    for t in range(len(parts) - 1, -1, -1):
        both = state[t] * back
        out[t] = both[1] / both.sum()
        fresh = np.array([1 - weight[t], weight[t]])
        ahead = parts[t] * back / scale[t]
        back = stay * ahead + (1 - stay) * float(fresh @ ahead)
    return out


def _persistence(parts: Array, weight: Array) -> float:
    found = minimize_scalar(
        lambda s: -float(np.log(_forward(parts, weight, s)[1]).sum()), bounds=(0.0, 0.98), method="bounded",
        options={"xatol": 0.01},
    )  # fmt: skip
    return float(found.x)


def _spell(chance: Array, stagnant: bool, seen: npt.NDArray[np.bool_]) -> float:
    """Mean length of the runs of days in a regime; a day without a value ends a run."""
    inside = ((chance > 0.5) == stagnant) & seen
    edges = np.diff(np.concatenate([[0], inside.astype(np.int8), [0]]))
    lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    return float(lengths.mean()) if len(lengths) else float("nan")


def _season_years(day: npt.NDArray[np.datetime64], season: str) -> Ints:
    months = day.astype("datetime64[M]").astype(np.int64)
    shift = 5 if season == "heating" else 0  # a heating season counts as the year in which it ends
    return np.asarray((months + shift) // 12 + 1970, dtype=np.int64)


def _years(day: npt.NDArray[np.datetime64], values: Array, chance: Array, season: str) -> pd.DataFrame:
    rows = []
    years = _season_years(day, season)
    for year in np.unique(years):
        v, p = values[years == year], chance[years == year]
        rows.append(
            {
                "year": int(year), "days": len(v), "stagnant_days": float(p.sum()), "stagnant_share": float(p.mean()),
                "stagnant_mean": float(np.average(v, weights=p)) if p.sum() > 0.5 else np.nan,
                "ventilated_mean": float(np.average(v, weights=1 - p)) if (1 - p).sum() > 0.5 else np.nan,
                "mean": float(v.mean()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _counts(fit: _Fit, month: Ints, given: Array, threshold: Array) -> Array:
    """Expected days above each threshold."""
    above = norm.sf((np.log(threshold)[:, None] - fit.centre) / fit.spread)
    weight = fit.weight[month]
    return np.asarray(above[:, 0] * float(given @ (1 - weight)) + above[:, 1] * float(given @ weight))


def _daily(found: Series, column: str) -> tuple[npt.NDArray[np.datetime64], Array, list[str]]:
    """Daily means of hours with 20 of them, or the days themselves."""
    if not found.hourly:
        return found.day, found.values[column], []
    grouped = (
        pd.DataFrame({"d": found.day, "v": found.values[column]}).groupby("d")["v"].agg(["mean", "count"])
    )
    short = int(((grouped["count"] > 0) & (grouped["count"] < 20)).sum())
    note = [f"{short} days with fewer than 20 hours are left out."] if short else []
    values = grouped["mean"].where(grouped["count"] >= 20).to_numpy(dtype=np.float64)
    return grouped.index.to_numpy().astype("datetime64[D]"), values, note


def _inside(day: npt.NDArray[np.datetime64], season: str) -> npt.NDArray[np.bool_]:
    if season == "all":
        return np.ones(len(day), dtype=bool)
    frame = pd.DataFrame({"date": day.astype("datetime64[ns]"), "v": 1.0})
    return np.asarray(groups_of(series(frame, ["v"]), frame, "heating") == "heating")


def stagnation_regimes(
    frame: pd.DataFrame,
    column: str = "pm25",
    *,
    season: str = "heating",
    thresholds: Sequence[float] = THRESHOLDS,
    confidence: float = 0.95,
    draws: int = 100,
    seed: int = 0,
) -> Regimes:
    """Tell stagnant from ventilated days by the concentrations alone.

    Parameters
    ----------
    frame : pandas.DataFrame
        Days or hours of one site with ``time`` or ``date``.
    column : str
        A pollutant that accumulates; PM2.5.
    season : {"heating", "all"}
        Days of 15 October to 15 April, or all.
    thresholds : sequence of float
        Whose days above are counted and expected.
    confidence : float
    draws, seed : int
        Whole weeks drawn anew, the regimes fitted again each time; 0 leaves the intervals out.

    Returns
    -------
    Regimes

    Raises
    ------
    MissingData
        Fewer than 90 days with a value.
    ParameterError
        Values that do not vary.

    Notes
    -----
    The regimes come from the concentrations, so that fewer stagnant days may be due to weather or to emissions: only a
    deweathered series tells which.
    """
    level = checked_confidence(confidence)
    if season not in ("heating", "all"):
        raise ParameterError(f"season '{season}' is not known; use heating or all.")
    bounds = np.array(sorted({float(t) for t in thresholds}))
    if not len(bounds) or bounds[0] <= 0:
        raise ParameterError(f"thresholds {list(thresholds)} are none; give values above 0.")
    found = series(frame, [column])
    day, values, notes = _daily(found, column)
    inside = _inside(day, season)
    day, values = day[inside], values[inside]
    zeros = int((values <= 0).sum())
    if zeros:
        notes.append(f"{zeros} days at or below 0 have no logarithm and are left out.")
    known = np.isfinite(values) & (values > 0)
    if known.sum() < _LEAST:
        raise MissingData(f"two regimes need {_LEAST} days with a value in the season, there are {int(known.sum())}; give a longer record.")  # fmt: skip
    logs, month = (
        np.log(values[known]),
        (day[known].astype("datetime64[M]").astype(np.int64) % 12).astype(np.int64),
    )
    if logs.std() < 1e-6:
        raise ParameterError(f"column '{column}' does not vary; regimes need values that do.")
    ones = np.ones(len(logs))
    fit = _fitted(logs, month, ones)
    return _described(
        found, column, season, (day, values, known), (logs, month), fit, bounds, level, (draws, seed), notes
    )


def _drawn(
    logs: Array, month: Ints, day: npt.NDArray[np.datetime64], fit: _Fit, bounds: Array, draws: int, seed: int
) -> Array | None:  # fmt: skip
    """Stagnant days, then expected counts, of each draw."""
    week = week_numbers(day)
    weights = week_draws(week, draws, seed)
    if weights is None:
        return None
    out = []
    start = 1 - float(fit.weight[month].mean())
    for row in weights:
        given = row[week]
        again = _em(logs, month, given, min(max(start, 0.05), 0.95), 150)
        out.append([float(given @ again.weight[month]), *_counts(again, month, given, bounds)])
    return np.asarray(out)


def _described(
    found: Series, column: str, season: str, record: tuple[Any, Array, npt.NDArray[np.bool_]], sample: tuple[Array, Ints],
    fit: _Fit, bounds: Array, level: float, random: tuple[int, int], notes: list[str],
) -> Regimes:  # fmt: skip
    day, values, known = record
    logs, month = sample
    n = len(logs)
    full = np.arange(day[0], day[-1] + np.timedelta64(1, "D"))
    place = (day[known] - day[0]).astype(np.int64)
    parts = np.ones((len(full), 2))
    parts[place] = _densities(logs, fit.centre, fit.spread)
    weight = fit.weight[full.astype("datetime64[M]").astype(np.int64) % 12]
    # Between two seasons the chain is drawn afresh: a long gap of days that say nothing makes it forget.
    stay = _persistence(parts, weight)
    chance_full = _smooth(parts, weight, stay)
    chance = chance_full[place]
    drawn = _drawn(logs, month, day[known], fit, bounds, *random)
    low = high = np.full(1 + len(bounds), np.nan)
    if drawn is not None:
        low, high = ends(drawn, level)
    mixed = _counts(fit, month, np.ones(n), bounds)
    single = n * norm.sf((np.log(bounds) - logs.mean()) / logs.std())
    counts = pd.DataFrame(
        {"threshold": bounds, "observed": [int((values[known] > b).sum()) for b in bounds], "regimes": mixed, "lognormal": single, "lower": low[1:], "upper": high[1:]}
    )  # fmt: skip
    stagnant = float(fit.weight[month].sum())
    seen = np.zeros(len(full), dtype=bool)
    seen[place] = True
    table = pd.DataFrame(
        {
            "regime": ["ventilated", "stagnant"],
            "median": np.exp(fit.centre),
            "gsd": np.exp(fit.spread),
            "share": [1 - stagnant / n, stagnant / n],
            "days": [n - stagnant, stagnant],
            "lower": [n - high[0], low[0]],
            "upper": [n - low[0], high[0]],
            "spell": [_spell(chance_full, False, seen), _spell(chance_full, True, seen)],
        }
    )
    free = 4 + len(np.unique(month))
    alone = float(norm.logpdf(logs, logs.mean(), logs.std()).sum())
    gain = (2 * np.log(n) - 2 * alone) - (free * np.log(n) - 2 * fit.likelihood)
    apart = float((fit.centre[1] - fit.centre[0]) / np.sqrt((fit.spread**2).mean()))
    if gain < 10:
        notes = [*notes, "Two regimes are hardly better than one log-normal here; do not read the split."]
    elif apart < 2:
        notes = [*notes, f"The regimes overlap (distance {apart:.1f} spreads); single days are uncertain."]
    held = np.unique(month)
    return Regimes(
        column, season, table, pd.DataFrame({"date": day[known].astype("datetime64[ns]"), "value": values[known], "probability": chance}),
        counts, _years(day[known], values[known], chance, season), stay, float(gain), apart,
        pd.Series(fit.weight[held], index=held + 1, name="stagnant"), found.masked, (*found.notes, *notes),
    )  # fmt: skip

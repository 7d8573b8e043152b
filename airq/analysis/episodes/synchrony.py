"""Which places are polluted together, and who comes first.

Two places in one winter share the season, so that they would coincide now and then even if nothing joined them. What is
observed is therefore set beside what the seasonal chances of each place alone would give; only the excess is synchrony.

Examples
--------
>>> days = pd.date_range("2019-01-01", periods=120)
>>> bad = 100 + 100 * (np.arange(120) % 10 < 3)
>>> frame = pd.concat([pd.DataFrame({"date": days, "site": s, "aqi": bad}) for s in "AB"])
>>> row = regional_synchrony(frame).pairs.iloc[0]
>>> float(row["both"]), float(row["jaccard"])
(36.0, 1.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.analysis.columns import column, numbers
from airq.analysis.episodes.days import days_and_hours
from airq.analysis.everyday.draws import ends, week_draws
from airq.analysis.everyday.series import checked_confidence
from airq.analysis.everyday.weeks import week_numbers
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["Synchrony", "regional_synchrony"]

Array = npt.NDArray[np.float64]

_SEASON = 22
"""Days on either side from which the seasonal chance of a day is taken."""
_LEAST = 60
"""Common days below which a pair is withheld."""


@dataclass(frozen=True, eq=False)
class Synchrony:
    """Pollution of places together.

    Attributes
    ----------
    column : str
    threshold : float
    sites : tuple of str
    pairs : pandas.DataFrame
        ``a``, ``b``, ``days`` (both known), ``a_days``, ``b_days``, ``both``, ``expected`` (by the season alone),
        ``ratio`` (both over expected) with ``lower``, ``upper``, ``jaccard`` (both over either), ``given_a``
        (share of a's days that are b's), ``given_b``, ``lag`` (days that b comes after a at the best correlation of
        anomalies, -3 to 3), ``correlation`` (of log anomalies, same day), ``reason`` (empty unless withheld).
    days : pandas.DataFrame
        ``date``, ``known`` (sites with a value), ``polluted`` (sites), ``share``, ``regional`` (at least half of two or more).
    confidence : float
    notes : tuple of str
    """

    column: str
    threshold: float
    sites: tuple[str, ...]
    pairs: pd.DataFrame
    days: pd.DataFrame
    confidence: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Pairs."""
        return self.pairs

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.pairs.round(3).to_html(index=False) + f"<ul>{notes}</ul>"


def _seasonal(values: Array) -> Array:
    """Mean of a sliding window of days, NaN where fewer than ten are known."""
    rolled = pd.DataFrame(values).rolling(2 * _SEASON + 1, center=True, min_periods=10).mean()
    return np.asarray(rolled.to_numpy())


def _lag(a: Array, b: Array) -> tuple[int, float]:
    """Days that b follows a, and the correlation on the same day."""
    found = {}
    for k in range(-3, 4):
        x, y = (a[: len(a) - k], b[k:]) if k >= 0 else (a[-k:], b[:k])
        both = np.isfinite(x) & np.isfinite(y)
        found[k] = float(np.corrcoef(x[both], y[both])[0, 1]) if both.sum() >= 30 and x[both].std() > 0 and y[both].std() > 0 else np.nan  # fmt: skip
    known = {k: v for k, v in found.items() if np.isfinite(v)}
    # The same day stands unless another is clearly better.
    best = max(known, key=lambda k: known[k] - 0.02 * abs(k)) if known else 0
    return best, found[0]


def regional_synchrony(
    data: xr.Dataset | pd.DataFrame,
    *,
    column_name: str = "aqi",
    threshold: float = 150.0,
    confidence: float = 0.95,
    draws: int = 400,
    seed: int = 0,
) -> Synchrony:
    """Days above a threshold at several places: together more than the season explains?

    Parameters
    ----------
    data : xarray.Dataset or pandas.DataFrame
        Hours or days of two or more sites (``site``).
    column_name : str
        ``aqi`` or a pollutant.
    threshold : float
        A day above it is polluted; AQI 150 is the bound of the alert rule.
    confidence : float
    draws, seed : int
        Whole weeks drawn anew.

    Returns
    -------
    Synchrony

    Raises
    ------
    MissingData
        Fewer than two sites.
    ParameterError
    """
    level = checked_confidence(confidence)
    if not np.isfinite(threshold) or threshold < 0:
        raise ParameterError(f"threshold {threshold} is none; give a value of 0 or more.")
    found = days_and_hours(data)
    values = numbers(column(found.days, column_name, "the value"), "the value")
    wide = found.days.assign(v=values).pivot(index="date", columns="site", values="v")  # noqa: PD010  # each cell stands once
    wide = wide.reindex(pd.date_range(wide.index.min(), wide.index.max(), freq="D")).dropna(axis=1, how="all")
    sites = tuple(str(c) for c in wide.columns)
    if len(sites) < 2:
        raise MissingData(
            f"synchrony needs two sites or more, there are {len(sites)}; name them in column 'site'."
        )
    level_of = wide.to_numpy(dtype=np.float64)
    known = np.isfinite(level_of)
    with np.errstate(invalid="ignore"):
        bad = np.where(known, level_of > threshold, np.nan)
    chance = _seasonal(bad)
    logs = np.log(np.maximum(level_of, 1.0))
    away = logs - _seasonal(logs)
    week = week_numbers(wide.index.to_numpy())
    rows = []
    for i, j in combinations(range(len(sites)), 2):
        both = known[:, i] & known[:, j] & np.isfinite(chance[:, i] * chance[:, j])
        n = int(both.sum())
        if n < _LEAST:
            rows.append((sites[i], sites[j], n, *[np.nan] * 12, f"{n} common days, {_LEAST} are needed"))
            continue
        a, b = bad[both, i], bad[both, j]
        usual = chance[both, i] * chance[both, j]
        together, expected = float((a * b).sum()), float(usual.sum())
        weights = week_draws(week[both], draws, seed)
        low = high = np.nan
        if weights is not None and expected > 0:
            size = weights.shape[1]
            drawn = [weights @ np.bincount(week[both], weights=x, minlength=size) for x in (a * b, usual)]
            low, high = (float(v[0]) for v in ends((drawn[0] / np.maximum(drawn[1], 1e-9))[:, None], level))
        either = float(np.maximum(a, b).sum())
        lag, same = _lag(away[:, i], away[:, j])
        rows.append(
            (sites[i], sites[j], n, a.sum(), b.sum(), together, expected, together / expected if expected else np.nan, low, high,
             together / either if either else np.nan, together / a.sum() if a.sum() else np.nan, together / b.sum() if b.sum() else np.nan,
             lag, same, "" if expected else "no polluted day")
        )  # fmt: skip
    names = ["a", "b", "days", "a_days", "b_days", "both", "expected", "ratio", "lower", "upper", "jaccard", "given_a", "given_b", "lag", "correlation", "reason"]  # fmt: skip
    pairs = pd.DataFrame(rows, columns=names)
    count = known.sum(axis=1)
    polluted = np.nansum(bad, axis=1)
    share = np.where(count > 0, polluted / np.maximum(count, 1), np.nan)
    daily = pd.DataFrame(
        {"date": wide.index, "known": count, "polluted": polluted.astype(int), "share": share}
    )
    daily["regional"] = (daily["share"] >= 0.5) & (daily["known"] >= 2)
    return Synchrony(column_name, float(threshold), sites, pairs, daily, level, found.notes)

"""Drift and its chance from the past years of all sites that are given, and the choice among zero, half and full drift.

Examples
--------
>>> days = np.arange(np.datetime64("2013-01-01"), np.datetime64("2018-01-01"))
>>> falling = 50 * np.exp(-0.1 * (days - days[0]).astype(float) / 365)[:, None]
>>> found = records({"A": YearTable.of(days, falling)}, 2018)
>>> made = fit(found, without_drift().of(["pm25"]))
>>> -0.11 < float(made.drift[0]) < -0.06, choose(found, without_drift().of(["pm25"]), [0])[0]
(True, 'full')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.targets.climate import YearTable
from airq.targets.level import DRIFTS, Coefficients, shipped, without_drift

__all__ = ["LEAST_YEAR_DAYS", "MANY_SITES", "Record", "choose", "fit", "preferred", "records"]

Floats = npt.NDArray[np.float64]

MANY_SITES: Final = 5
"""From so many sites on, drift and coefficients are estimated without the shipped ones."""


@dataclass(frozen=True)
class Record:
    """Past complete years of one site against the climatology before each.

    Attributes
    ----------
    years : int array (year,)
    age : float64 array (year, variable)
        Mean age of the climatology.
    annual : float64 array (year, variable)
        Mean anomaly of the whole year; NaN if too few days.
    """

    years: npt.NDArray[np.int64]
    age: Floats
    annual: Floats


LEAST_YEAR_DAYS: Final = 200
"""Days with a value that make a year usable, and that an earlier climatology must hold."""


def _mean(total: Floats, count: Floats, least: float) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count >= least, total / count, np.nan)


def records(tables: Mapping[str, YearTable], before: int) -> dict[str, Record]:
    """Records of the years before ``before``, for every site that has two years or more.

    Parameters
    ----------
    tables : mapping of site to YearTable
    before : int
        First year that is not looked at.
    """
    found = {}
    for site, table in tables.items():
        years = [int(y) for y in table.years[1:] if y < before]
        rows = []
        for year in years:
            earlier = table.counts[table.years < year].sum(axis=(0, 1))
            normal, age = table.normal(year)
            anomaly = table.logs[year - table.years[0]] - normal
            number = np.isfinite(anomaly).sum(axis=0)
            usable = (number >= LEAST_YEAR_DAYS) & (earlier >= LEAST_YEAR_DAYS)
            anomaly = np.where(usable, anomaly, np.nan)
            annual = _mean(np.nansum(anomaly, axis=0), np.where(usable, number, 0), LEAST_YEAR_DAYS)
            rows.append((age, annual))
        if rows:
            found[site] = Record(np.array(years), *(np.stack(c) for c in zip(*rows, strict=True)))
    return found


@dataclass(frozen=True)
class _Pool:
    """Records of all sites on one axis of years; NaN where a site has no such year. Shapes (site, year, ...)."""

    years: npt.NDArray[np.int64]
    age: Floats
    annual: Floats

    @classmethod
    def of(cls, found: Mapping[str, Record]) -> _Pool:
        years = np.unique(np.concatenate([r.years for r in found.values()]))
        parts: dict[str, list[Floats]] = {k: [] for k in ("age", "annual")}
        for record in found.values():
            at = np.searchsorted(years, record.years)
            for key, blocks in parts.items():
                source = getattr(record, key)
                block = np.full((years.size, *source.shape[1:]), np.nan)
                block[at] = source
                blocks.append(block)
        return cls(years, **{k: np.stack(v) for k, v in parts.items()})

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """Years in which at least one site has an anomaly of any variable."""
        return np.asarray(np.isfinite(self.annual).any(axis=(0, 2)))


_SHOCK: Final = 0.06
"""Standard deviation of what all sites of a region share in a year, log scale [B 60%]."""
_OWN: Final = 0.12
"""Standard deviation of what a site has for itself in a year (docs/targets.md: 0.10 to 0.15)."""
_PRIOR_SD: Final = 0.15
"""Standard deviation of the drift before any observation, log a year [B 60%]."""
_PRIOR_YEARS: Final = 10
"""Years of sites that the prior correlation counts for."""
_LEAST_YEARS: Final = 4


def _yearly(pool: _Pool) -> tuple[Floats, Floats, Floats]:
    """Mean over the sites of anomaly and age, and the variance of the former, (year, variable)."""
    there = np.isfinite(pool.annual)
    number = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, pool.annual, 0.0).sum(axis=0) / number
        age = np.where(there, pool.age, 0.0).sum(axis=0) / number
        variance = _SHOCK**2 + _OWN**2 / number
    return mean, age, variance


def _drift(mean: Floats, age: Floats, variance: Floats, prior: Floats) -> Floats:
    """Drift a year from yearly anomalies: weighted regression through the origin on age, drawn to the prior."""
    with np.errstate(invalid="ignore"):
        weight = np.where(np.isfinite(mean), 1.0 / variance, 0.0)
    precision = 1.0 / _PRIOR_SD**2
    top = (weight * np.nan_to_num(mean) * np.nan_to_num(age)).sum(axis=0) + precision * prior
    return np.asarray(top / ((weight * np.nan_to_num(age) ** 2).sum(axis=0) + precision))


def _correlation(pool: _Pool, base: Coefficients) -> Floats:
    """Correlation of what a site has for itself in a year, drawn to the prior."""
    left = (pool.annual - _yearly(pool)[0]).reshape(-1, pool.annual.shape[-1])
    left = left[np.isfinite(left).all(axis=1)]
    if left.shape[0] < _LEAST_YEARS or left.shape[1] < 2:
        return base.correlation
    with np.errstate(invalid="ignore", divide="ignore"):  # a variable that never moves
        raw = np.corrcoef(left, rowvar=False)
    raw = np.where(np.isfinite(raw), raw, base.correlation)
    return np.asarray(
        (left.shape[0] * raw + _PRIOR_YEARS * base.correlation) / (left.shape[0] + _PRIOR_YEARS)
    )


def fit(found: Mapping[str, Record], base: Coefficients | None = None) -> Coefficients:
    """Coefficients pooled over sites.

    Parameters
    ----------
    found : mapping of site to Record
        All with the same variables, those of ``base``.
    base : Coefficients, optional
        Where the estimates start from; the shipped ones without drift from five sites on, else the shipped ones.

    Returns
    -------
    Coefficients
        ``base`` itself if no site has a usable year.
    """
    if base is None:
        base = without_drift() if len(found) >= MANY_SITES else shipped()
    if not found:
        return base
    pool = _Pool.of(found)
    if not pool.used.any():
        return base
    drift = _drift(*_yearly(pool), base.drift)
    if len(found) < MANY_SITES:
        return replace(base, drift=drift, source=f"{base.source}; drift with the frame's own years")
    text = f"{len(found)} sites, years {pool.years[pool.used].min()} to {pool.years[pool.used].max()}"
    return replace(base, drift=drift, correlation=_correlation(pool, base), source=text)


def choose(
    found: Mapping[str, Record], base: Coefficients, judged: Sequence[int], sites: int = 1
) -> tuple[str, dict[str, float]]:
    """Zero, half or full drift, by how well each would have foretold the past years.

    Each past year is foretold with the drift estimated from the other years (from ``base`` alone where there is no
    other). Where most sites have no past year with a climatology before it there is no evidence, and the choice is zero;
    one such year is not enough for full drift.

    Parameters
    ----------
    found : mapping of site to Record
    base : Coefficients
        Prior of the drift.
    judged : sequence of int
        Variables that count.
    sites : int
        Sites that are given, with and without such years.

    Returns
    -------
    name : {"zero", "half", "full"}
    likelihood : dict of str to float
        Mean log likelihood of the past years under each, up to a constant.
    """
    none = dict.fromkeys(DRIFTS, 0.0)
    if not found:
        return "zero", none
    pool = _Pool.of(found)
    mean, age, variance = _yearly(pool)
    at = [int(y) for y in np.flatnonzero(np.isfinite(mean[:, list(judged)]).any(axis=1))]
    if not at or len(found) < 0.5 * sites:
        return "zero", none
    scores = dict.fromkeys(DRIFTS, 0.0)
    for year in at:
        others = [y for y in range(mean.shape[0]) if y != year]
        drift = _drift(mean[others], age[others], variance[others], base.drift)
        for name, share in DRIFTS.items():
            error = (mean[year] - share * drift * age[year]) ** 2 / variance[year]
            scores[name] -= 0.5 * float(np.nanmean(error[list(judged)]))
    if len(at) < 2 and preferred(scores) == "full":
        return "half", scores
    return preferred(scores), scores


def preferred(scores: Mapping[str, float]) -> str:
    """The drift with the highest score; half where all three foretold the past alike.

    Examples
    --------
    >>> preferred({"zero": -1.0, "half": -1.0, "full": -1.0}), preferred({"zero": -1.0, "half": -2.0, "full": -3.0})
    ('half', 'zero')
    """
    return max(scores, key=lambda n: (round(scores[n], 9), n == "half", -DRIFTS[n]))

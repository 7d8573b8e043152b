"""Everything known of a site on the day of issue.

Examples
--------
>>> import pandas as pd
>>> from airq.targets.series import sites_of
>>> days = pd.date_range("2016-01-01", "2018-06-30")
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": 40.0 + 10 * np.cos(days.day_of_year / 58.0)})
>>> known = know(sites_of(frame), "A", np.datetime64("2018-06-30"))
>>> known.year, known.names, known.records["A"].years.tolist()
(2018, ('pm25',), [2017])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np

from airq.errors import MissingData
from airq.targets import pooling
from airq.targets.climate import YearTable, filled
from airq.targets.index import aqi_of, edition_held, editions_of, own_on
from airq.targets.level import Coefficients, Level, shipped, state, without_drift
from airq.targets.paths import Pool
from airq.targets.series import Floats, SiteSeries, calendar_slots
from airq.targets.standing import Evidence
from airq.variables import POLLUTANTS

__all__ = ["CARRIERS", "Known", "Tables", "know", "year_of", "year_start"]

LEAST_VALUES: Final = 100
CARRIERS: Final = ("pm25", "pm10", "o3")
"""Without one of these an AQI is not computed from concentrations where the frame gives one [M, shared cities]."""


def year_start(year: int) -> np.datetime64:
    """First of January."""
    return np.datetime64(f"{year:04d}-01-01", "D")


def year_of(day: np.datetime64) -> int:
    """Calendar year of a day."""
    return int(day.astype("datetime64[Y]").astype(int)) + 1970


@dataclass(frozen=True)
class Known:
    """A site on the day of issue.

    Attributes
    ----------
    series : SiteSeries
        Up to the day of issue.
    asof : datetime64[D]
    year : int
        Year of the day after.
    names : tuple of str
        Variables that are simulated: pollutants, and ``aqi`` where concentrations cannot give it.
    values : float64 array (day, variable)
    level : Level
    evidence : Evidence
        Anomalies so far, by which the coming ones are foretold.
    coefficients : Coefficients
    records : mapping of site to Record
        Of all sites, for the choice of the drift.
    base : Coefficients
        Prior of the drift.
    sites : int
        Sites that are given.
    """

    series: SiteSeries
    asof: np.datetime64
    year: int
    names: tuple[str, ...]
    values: Floats
    level: Level
    evidence: Evidence
    coefficients: Coefficients
    records: Mapping[str, pooling.Record]
    base: Coefficients
    sites: int

    @cached_property
    def pool(self) -> Pool:
        """Residuals of the past."""
        return Pool.of(self.series.days, self.values, filled(self.level.normal))

    @cached_property
    def edition(self) -> str | None:
        """Edition of the frame's own AQI."""
        return edition_held(self.series)

    @cached_property
    def direct(self) -> bool:
        """Whether the AQI itself is simulated, for want of the pollutants that make it."""
        return "aqi" in self.names

    def past_aqi(self, rows: slice, standard: str | None) -> tuple[Floats, bool]:
        """AQI of observed days under a standard, and whether all of it is of that edition as the frame gives it."""
        kept: dict[Any, tuple[Floats, bool]] = self.__dict__.setdefault("_past", {})
        key = (rows.start, rows.stop, standard)
        if key not in kept:
            kept[key] = self._past_aqi(rows, standard)
        return kept[key]

    def _past_aqi(self, rows: slice, standard: str | None) -> tuple[Floats, bool]:
        days = self.series.days[rows]
        out = np.full(days.size, np.nan)
        own = True
        for part, edition in editions_of(days, standard) if days.size else []:
            where = slice(rows.start + part.start, rows.start + part.stop)
            given = own_on(days[part], self.edition, edition)
            own = own and bool(given.all())
            aqi = self.series.aqi
            if aqi is not None and (given.all() or self.direct):
                out[part] = aqi[where]
            else:
                computed = aqi_of(self.series, where, edition)
                out[part] = computed if aqi is None else np.where(given, aqi[where], computed)
        return out, own

    def choice(self, judged: Sequence[str]) -> tuple[str, dict[str, float]]:
        """Drift that the past years prefer, for some variables."""
        at = [self.names.index(n) for n in judged if n in self.names] or list(range(len(self.names)))
        return pooling.choose(self.records, self.base, at, self.sites)


def _variables(series: SiteSeries) -> tuple[str, ...]:
    recent = series.values[-2 * 366 :]
    enough = np.isfinite(recent).sum(axis=0) >= min(LEAST_VALUES, max(1, recent.shape[0] // 3))
    names: tuple[str, ...] = tuple(
        p for p in POLLUTANTS if p in series.pollutants and enough[series.pollutants.index(p)]
    )
    if series.aqi is not None and not set(CARRIERS) <= set(names):
        return (*names, "aqi")
    return names


def _columns(series: SiteSeries, names: Sequence[str]) -> Floats:
    out = np.full((series.days.size, len(names)), np.nan)
    for i, name in enumerate(names):
        if name == "aqi":
            if series.aqi is not None:
                out[:, i] = series.aqi
        elif name in series.pollutants:
            out[:, i] = series.column(name)
    return out


@dataclass
class Tables:
    """Year tables and records of all sites, kept between days of issue of a hindcast."""

    tables: dict[tuple[str, tuple[str, ...]], YearTable] = field(default_factory=dict)
    fits: dict[Any, Any] = field(default_factory=dict)


def know(
    sites: Mapping[str, SiteSeries],
    site: str,
    asof: np.datetime64,
    coefficients: Coefficients | None = None,
    kept: Tables | None = None,
) -> Known:
    """What is known of a site on a day.

    Parameters
    ----------
    sites : mapping of str to SiteSeries
        All sites; what they hold after ``asof`` is not looked at.
    site : str
        The one that is judged.
    asof : datetime64[D]
    coefficients : Coefficients, optional
        Where the pooled estimates start from.
    kept : Tables, optional
        For many days of issue of the same sites.

    Raises
    ------
    MissingData
        If the site has no day by then.
    """
    kept = kept or Tables()
    series = sites[site].until(asof)
    if not series.days.size:
        raise MissingData(
            f"site '{site}' has no day up to {asof}; its data begin {sites[site].days[0]}, choose a later asof."
        )
    year = year_of(asof + 1)
    names = _variables(series)
    values = _columns(series, names)
    found: dict[str, YearTable] = {}
    for name, one in sites.items():
        if one.days[0] <= asof:
            key = (name, names)
            if key not in kept.tables:
                kept.tables[key] = YearTable.of(one.days, _columns(one, names))
            found[name] = kept.tables[key]
    key_fit = (names, year, tuple(found), id(coefficients))
    if key_fit not in kept.fits:
        past = {n: r for n, r in pooling.records(found, year).items() if np.isfinite(r.annual).any()}
        start = coefficients
        if start is None:
            start = without_drift() if len(past) >= pooling.MANY_SITES else shipped()
        base = start.of(names)
        kept.fits[key_fit] = (past, base, pooling.fit(past, base))
    past, base, fitted = kept.fits[key_fit]
    slot = int(calendar_slots(np.array([asof + 1]))[0])
    now = state(found[site], year, slot)
    evidence = Evidence.of(found[site], now.normal, year, slot)
    return Known(series, asof, year, names, values, now, evidence, fitted, past, base, len(found))

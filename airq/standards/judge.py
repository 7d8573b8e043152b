"""What every evaluation of a period shares: the standard it is judged by, its days, its validity.

Examples
--------
>>> from airq.standards.periods import parse_period
>>> judge = Judge.of("GB3095-2026", parse_period("2031"), 2)
>>> judge.name, float(judge.limit("pm25", "annual"))
('GB3095-2026-final', 25.0)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.errors import MissingData, ParameterError
from airq.standards.editions import Edition
from airq.standards.editions import edition as _edition
from airq.standards.limits import Standard, standard_of
from airq.standards.periods import MonthPart, Period
from airq.standards.rounding import Ratio, round_official
from airq.standards.station_days import BY_DATE, exact_days
from airq.variables import POLLUTANTS

__all__ = [
    "Judge",
    "Language",
    "floats",
    "period_values",
    "rounded",
    "shortfalls",
    "site_names",
    "site_of",
    "span_of",
]

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Judge:
    """Standard, evaluation rules and AQI edition under which a period is summarised."""

    standard: Standard
    evaluation: Edition
    aqi: str | Edition
    name: str
    area_class: int

    @classmethod
    def of(cls, standard: Any, period: Period, area_class: int) -> Judge:
        """Judge of a standard by name, or ``by-date``, for a period.

        Raises
        ------
        ParameterError
            For an unknown standard or area class.
        """
        if isinstance(area_class, bool) or area_class not in (1, 2):
            raise ParameterError(f"area class '{area_class}' is not known; use 1 or 2 (cities are 2).")
        if isinstance(standard, str) and standard.strip().lower() == BY_DATE:
            limits, aqi, label = standard_of(None, period.end), BY_DATE, BY_DATE
        else:
            limits = standard_of(standard, period.end)
            aqi, label = limits.edition.need("aqi"), limits.name
        rules = _edition(limits.edition.need("evaluation"), "evaluation")
        return cls(limits, rules, aqi if aqi == BY_DATE else _edition(aqi, "aqi"), label, area_class)

    def limit(self, name: str, time: str) -> Fraction | None:
        """Exact limit, or None where the standard has none."""
        value = self.standard.limit(name, time, self.area_class)
        return None if value is None else Fraction(value)

    def daily_limit(self, name: str) -> Fraction:
        """Limit of the daily value: 24-h mean, MDA8 for ozone.

        Raises
        ------
        MissingData
            If the standard's table lacks it.
        """
        value = self.limit(name, "8h" if name == "o3" else "24h")
        if value is None:
            raise MissingData(f"{self.standard.name} has no daily limit of {name}; add it to its table.")
        return value

    def by_days(self, period: Period) -> list[tuple[slice, Judge]]:
        """Stretches of the period under one standard: one, but for ``by-date``.

        Examples
        --------
        >>> from airq.standards.periods import parse_period
        >>> year = parse_period("2026")
        >>> [(s.start, s.stop, j.standard.name) for s, j in Judge.of("by-date", year, 2).by_days(year)]
        [(0, 59, 'GB3095-2012'), (59, 365, 'GB3095-2026-transition')]
        """
        if self.name != BY_DATE:
            return [(slice(0, period.days), self)]
        stamps = [period.start + dt.timedelta(days=i) for i in range(period.days)]
        names = [standard_of(None, day).name for day in stamps]
        starts = [i for i, n in enumerate(names) if i == 0 or n != names[i - 1]]
        return [
            (slice(a, b), Judge.of(names[a], period, self.area_class))
            for a, b in zip(starts, [*starts[1:], period.days], strict=True)
        ]

    def decimals(self, what: str) -> int:
        """Digits after the point of a printed figure (table ``rounding``)."""
        return int(self.evaluation.need(f"rounding.{what}"))

    @property
    def edition_id(self) -> str:
        """Id of the AQI edition, or ``by-date``."""
        return self.aqi if isinstance(self.aqi, str) else self.aqi.id


def site_of(days: xr.Dataset) -> str:
    """Dimension of the sites of a days Dataset: ``place`` or ``station``.

    Raises
    ------
    ParameterError
        If it holds hours, or neither dimension.

    Examples
    --------
    >>> site_of(xr.Dataset({"aqi": (("station", "day"), [[50.0]])}))
    'station'
    """
    if not isinstance(days, xr.Dataset) or "time" in days.dims:
        raise ParameterError("summary() takes days; make them with airq.standards.daily or place_daily.")
    for site in ("place", "station"):
        if site in days.dims:
            if "day" not in days.dims:
                break
            return site
    raise ParameterError(
        "the Dataset has no dims (place or station, day); make it with airq.standards.daily."
    )


def _columns(days: xr.Dataset, period: Period) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Positions in the Dataset of the period's days, and their positions in the period."""
    stamps = pd.DatetimeIndex(days["day"].values).normalize()
    if stamps.has_duplicates:
        raise ParameterError(
            f"day {stamps[stamps.duplicated()][0]:%Y-%m-%d} stands twice; keep one row a day."
        )
    offset = (stamps - pd.Timestamp(period.start)).days.to_numpy()
    inside = (offset >= 0) & (offset < period.days)
    return np.flatnonzero(inside), offset[inside].astype(np.intp)


def _placed(ratio: Ratio, source: npt.NDArray[np.intp], target: npt.NDArray[np.intp], length: int) -> Ratio:
    shape = (ratio.shape[0], length)
    numerator = np.zeros(shape, ratio.numerator.dtype)
    valid = np.zeros(shape, bool)
    numerator[:, target] = ratio.numerator[:, source]
    valid[:, target] = ratio.valid[:, source]
    denominator = ratio.denominator
    if isinstance(denominator, np.ndarray):
        full = np.ones(shape, denominator.dtype)
        full[:, target] = denominator[:, source]
        denominator = full
    return Ratio(numerator, denominator, valid)


def period_values(days: xr.Dataset, site: str, period: Period) -> dict[str, Ratio]:
    """Exact daily values of shape (site, day of the period); days that are absent are not valid.

    Parameters
    ----------
    days : xarray.Dataset
        Dims (site, day), days in any order.
    site : str
        From :func:`site_of`.
    period : Period

    Returns
    -------
    dict of str to Ratio
        The six pollutants, and ``o3_1h`` where the Dataset has it.

    Raises
    ------
    MissingData, ParameterError
    """
    days = days.transpose(site, "day", ...)
    source, target = _columns(days, period)
    held = [p for p in (*POLLUTANTS, "o3_1h") if p in days]
    if not set(held) & set(POLLUTANTS):
        raise MissingData(
            f"the days hold none of {', '.join(POLLUTANTS)}; make them with airq.standards.daily."
        )
    part = days.isel(day=source)
    every = np.arange(source.size)
    found = {p: _placed(exact_days(part, p), every, target, period.days) for p in held}
    shape = (days.sizes[site], period.days)
    nothing = Ratio(np.zeros(shape, np.int64), 1, np.zeros(shape, bool))
    return {p: found.get(p, nothing) for p in (*POLLUTANTS, *(k for k in found if k not in POLLUTANTS))}


def _required(part: MonthPart, judge: Judge) -> int:
    rule = "february_days" if part.month == 2 else "month_days"
    whole = int(judge.evaluation.need(f"validity.{rule}"))
    cut = judge.evaluation.need("validity.part_month")
    if part.whole or cut == "whole":
        return whole
    return 0 if cut == "ignored" else -(-whole * part.days // part.length)


_TEXT: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "month": "{year}-{month:02d} has {n} of {need} daily values",
        "year": "{year} has {n} of {need} daily values",
    },
    "zh": {
        "month": "{year}年{month}月有效日均值{n}个，少于{need}个",
        "year": "{year}年有效日均值{n}个，少于{need}个",
    },
}


def shortfalls(
    valid: npt.NDArray[np.bool_], name: str, period: Period, judge: Judge, lang: Language = "en"
) -> list[str]:
    """Reason for each site why a statistic of the period is not valid; empty where it is.

    Parameters
    ----------
    valid : bool array, shape (site, day of the period)
    name : str
        Pollutant.
    period : Period
    judge : Judge
    lang : {"en", "zh"}

    Notes
    -----
    GB 3095 table 4: a year needs 324 daily values, each month 27, February 25, leap year or not.
    """
    rules = judge.evaluation
    texts: list[list[str]] = [[] for _ in range(valid.shape[0])]
    if rules.need("validity.percentile_as_mean") == "no" and judge.limit(name, "annual") is None:
        return [""] * len(texts)
    start, wording = 0, _TEXT[lang]
    for part in period.months:
        count = valid[:, start : start + part.days].sum(axis=1)
        need = _required(part, judge) if rules.need("validity.months") == "all" else 0
        for site in np.flatnonzero(count < need):
            texts[site].append(
                wording["month"].format(year=part.year, month=part.month, n=int(count[site]), need=need)
            )
        start += part.days
    number = np.array([(period.start + dt.timedelta(days=i)).year for i in range(period.days)])
    for year in period.years:
        count, need = valid[:, number == year].sum(axis=1), int(rules.need("validity.year_days"))
        for site in np.flatnonzero(count < need):
            texts[site].append(wording["year"].format(year=year, n=int(count[site]), need=need))
    return [("; " if lang == "en" else "；").join(t) for t in texts]


def rounded(values: Iterable[Fraction | None], decimals: int) -> list[float]:
    """Printed values, GB/T 8170; NaN for None.

    Examples
    --------
    >>> rounded([Fraction(5, 2), None], 0)
    [2.0, nan]
    """
    return [float("nan") if v is None else float(round_official(v, decimals)) for v in values]


def floats(values: Iterable[Fraction | None]) -> list[float]:
    """Nearest floats; NaN for None.

    Examples
    --------
    >>> floats([Fraction(1, 4), None])
    [0.25, nan]
    """
    return [float("nan") if v is None else float(v) for v in values]


def site_names(days: xr.Dataset, site: str) -> dict[str, Any]:
    """Columns that name the sites: id, names, and the place and role of stations.

    Examples
    --------
    >>> site_names(xr.Dataset(coords={"place": ["changji"], "name_en": ("place", ["Changji City"])}), "place")
    {'place': ['changji'], 'name_en': ['Changji City']}
    """
    out: dict[str, Any] = {
        site: [str(v) for v in days[site].values] if site in days.coords else range(days.sizes[site])
    }
    for name in ("name_zh", "name_en", "place", "role"):
        if name in days.coords and days[name].dims == (site,) and name != site:
            out[name] = [str(v) for v in days[name].values]
    return out


def span_of(days: xr.Dataset) -> str:
    """Period from the first to the last day of a Dataset.

    Examples
    --------
    >>> span_of(xr.Dataset(coords={"day": pd.to_datetime(["2019-02-01", "2019-01-01"])}))
    '2019-01-01..2019-02-01'
    """
    stamps = pd.DatetimeIndex(days["day"].values)
    if not len(stamps):
        raise MissingData("the Dataset has no day; give days that cover the period.")
    return f"{stamps.min():%Y-%m-%d}..{stamps.max():%Y-%m-%d}"

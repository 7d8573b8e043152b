"""Official figures of a period after HJ 663: one row a place or station.

Means, percentiles, day counts, composite index, attainment, and why a value is withheld. Every figure is computed
from exact daily values; printed columns (``*_official``) are rounded once after GB/T 8170.

Examples
--------
>>> import numpy as np, pandas as pd, xarray as xr
>>> day = pd.date_range("2019-01-01", "2019-12-31")
>>> flat = {"pm25": 35.0, "pm10": 70, "so2": 10, "no2": 20, "co": 1.0, "o3": 100}
>>> days = xr.Dataset({k: (("place", "day"), np.full((1, 365), float(v))) for k, v in flat.items()},
...                   coords={"place": ["changji"], "day": day})
>>> row = summary(days, "2019").iloc[0]
>>> float(row["mean_pm25"]), int(row["good_days"]), float(row["composite_official"]), bool(row["attains"])
(35.0, 365, 3.54, True)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from airq.errors import MissingData
from airq.standards.exceedances import above_limit
from airq.standards.judge import (
    Judge,
    Language,
    floats,
    period_values,
    rounded,
    shortfalls,
    site_names,
    site_of,
    span_of,
)
from airq.standards.periods import Period, parse_period
from airq.standards.rounding import Ratio, exact, round_official
from airq.standards.sites import without_micro
from airq.standards.station_days import BY_DATE, index_days
from airq.standards.statistics import mean, percentile
from airq.variables import POLLUTANTS

__all__ = ["official", "summary"]

_NONE: Final = Fraction(0)


def _day_counts(values: Mapping[str, Ratio], period: Period, judge: Judge) -> dict[str, Any]:
    """Good, heavy and severe days, levels, primary pollutants (regulations of day counts: table ``days``)."""
    stamps = np.arange(np.datetime64(period.start), np.datetime64(period.end) + 1)
    shape = values["pm25"].shape
    aqi, primary = np.full(shape, -1, np.int16), np.zeros(shape, np.uint8)
    level_bounds = None
    for part, e, got in index_days(values, stamps, judge.aqi):
        aqi[:, part], primary[:, part] = got.aqi, got.primary
        level_bounds = [c["aqi_to"] for c in e.need("categories")][:-1]
    rules = judge.evaluation
    there = aqi >= 0
    number = there.sum(axis=1)
    held = np.stack([values[p].valid for p in POLLUTANTS])
    incomplete = held.any(axis=0) & ~held.all(axis=0)
    good = (there & (aqi <= rules.need("days.good_up_to"))).sum(axis=1)
    out: dict[str, Any] = {
        "days_calendar": period.days,
        "days_valid": number,
        "days_incomplete": incomplete.sum(axis=1),
        "good_days": good,
        "heavy_days": (aqi > rules.need("days.heavy_above")).sum(axis=1),
        "severe_days": (aqi > rules.need("days.severe_above")).sum(axis=1),
        "good_ratio": np.where(number > 0, good / np.maximum(number, 1), np.nan),
    }
    percent = [Fraction(int(g) * 100, int(n)) if n else None for g, n in zip(good, number, strict=True)]
    out["good_ratio_percent_official"] = rounded(percent, judge.decimals("ratio_percent"))
    level = np.where(there, 1 + sum((aqi > b).astype(np.int8) for b in level_bounds or []), 0)
    for k in range(1, 7):
        out[f"days_level_{k}"] = (level == k).sum(axis=1)
    for place, name in enumerate(POLLUTANTS):
        out[f"primary_days_{name}"] = (primary >> place & 1).sum(axis=1)
    return out


@dataclass(frozen=True)
class _Indicators:
    """Mean and percentile of one pollutant at each site, exact."""

    mean: list[Fraction | None]
    percentile: list[Fraction | None]
    percent: int

    def ranking(self, rule: str) -> list[Fraction | None]:
        return self.mean if rule == "mean" else self.percentile


def _indicators(values: Mapping[str, Ratio], judge: Judge) -> dict[str, _Indicators]:
    out = {}
    for name in POLLUTANTS:
        percent = int(judge.evaluation.need(f"percentile.{name}"))
        out[name] = _Indicators(mean(values[name]), percentile(values[name], percent), percent)
    return out


def _concentrations(found: Mapping[str, _Indicators], judge: Judge) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for prefix in ("mean", "p"):
        for name, stat in found.items():
            series = stat.mean if prefix == "mean" else stat.percentile
            key = f"mean_{name}" if prefix == "mean" else f"p{stat.percent}_{name}"
            out[key] = floats(series)
            out[f"{key}_official"] = rounded(series, judge.decimals(name))
    return out


def _at(values: list[Fraction | None], decimals: int, way: str) -> list[Fraction | None]:
    """Values as they enter a comparison or an index: printed (``rounded``) or exact."""
    if way != "rounded":
        return values
    return [None if v is None else Fraction(round_official(v, decimals)) for v in values]


def _denominator(name: str, rule: str, judge: Judge) -> Fraction:
    """S_i of the composite index: the annual limit, or the daily one of a pollutant ranked by percentile."""
    own = judge.evaluation.need("composite.denominators")
    if isinstance(own, Mapping):
        return exact(own[name])
    limit = judge.limit(name, "annual") if rule == "mean" else judge.daily_limit(name)
    if limit is None:
        raise MissingData(f"{judge.standard.name} has no annual limit of {name}; add it to its table.")
    return limit


def _composite(found: Mapping[str, _Indicators], judge: Judge) -> dict[str, Any]:
    """Composite index for ranking: I_i = C_i / S_i, sum of six (环办〔2014〕64号)."""
    rules = judge.evaluation
    way, weights = rules.need("composite.inputs"), rules.need("composite.weights")
    single: dict[str, list[Fraction | None]] = {}
    for name, stat in found.items():
        rule = rules.need(f"composite.{name}")
        limit = _denominator(name, rule, judge)
        weight = int(weights.get(name, 1)) if isinstance(weights, Mapping) else 1
        values = _at(stat.ranking(rule), judge.decimals(name), way)
        single[name] = [None if v is None else weight * v / limit for v in values]
    decimals = int(rules.need("composite.decimals"))
    rows = list(zip(*single.values(), strict=True))
    total = [
        None if any(v is None for v in row) else sum((v for v in row if v is not None), _NONE) for row in rows
    ]
    greatest = [max((v for v in row if v is not None), default=None) for row in rows]
    main = [
        ",".join(n for n, v in zip(single, row, strict=True) if v is not None and v == top)
        for row, top in zip(rows, greatest, strict=True)
    ]
    out: dict[str, Any] = {f"index_{name}": floats(values) for name, values in single.items()}
    out |= {f"index_{name}_official": rounded(values, decimals) for name, values in single.items()}
    out |= _single_indices(found, judge)
    out |= {"composite": floats(total), "composite_official": rounded(total, decimals)}
    out |= {
        "max_index": floats(greatest),
        "max_index_official": rounded(greatest, decimals),
        "main_pollutant": main,
    }
    return out


def _single_indices(found: Mapping[str, _Indicators], judge: Judge) -> dict[str, Any]:
    """Single index of HJ 663-2013, Annex C: the greater of mean / annual limit and percentile / daily limit."""
    out: dict[str, Any] = {}
    for name, stat in found.items():
        annual, daily = judge.limit(name, "annual"), judge.daily_limit(name)
        pairs = zip(stat.mean, stat.percentile, strict=True)
        ratios = [
            None if m is None or p is None else max(m / annual if annual else p / daily, p / daily)
            for m, p in pairs
        ]
        out[f"single_index_{name}"] = floats(ratios)
    return out


def _attainment(
    found: Mapping[str, _Indicators], withheld: Mapping[str, list[str]], period: Period, judge: Judge
) -> dict[str, Any]:
    """Attainment of a calendar year: every indicator at or below its limit; NA for other periods."""
    way = judge.evaluation.need("attainment.compare")
    means_alone = judge.evaluation.need("attainment.indicators") == "mean"
    number = len(next(iter(found.values())).mean)
    out: dict[str, Any] = {}
    for name, stat in found.items():
        verdicts: list[bool | None] = [True] * number
        for series, limit in (
            (stat.mean, judge.limit(name, "annual")),
            (stat.percentile, judge.daily_limit(name)),
        ):
            if limit is None or (series is stat.percentile and means_alone and judge.limit(name, "annual")):
                continue
            values = _at(series, judge.decimals(name), way)
            verdicts = [
                None if v is None or old is None else old and v <= limit
                for old, v in zip(verdicts, values, strict=True)
            ]
        out[f"attains_{name}"] = verdicts if period.is_year else [None] * number
    overall: list[bool | None] = []
    for site in range(number):
        certain = [out[f"attains_{n}"][site] for n in found if not withheld[n][site]]
        known = [v for v in certain if v is not None]
        overall.append(False if False in known else True if len(known) == len(found) else None)
    out["attains"] = overall
    return {key: pd.array(column, dtype="boolean") for key, column in out.items()}


def _note(judge: Judge, period: Period) -> str:
    if judge.name == BY_DATE:
        return (
            f"AQI by the edition in force each day; limits of {judge.standard.name}, in force at the end [NF]"
        )
    first = pd.Timestamp(judge.standard.edition.need("force.first")).date()
    if first > period.start:
        return f"restated: {judge.standard.edition.id} is in force from {first}"
    last = judge.standard.edition.get("force.last")
    if last and period.end > pd.Timestamp(last).date():
        return f"restated: {judge.standard.edition.id} was in force to {last}"
    return ""


def summary(
    days: xr.Dataset,
    period: Any = None,
    standard: Any = "GB3095-2012",
    *,
    area_class: int = 2,
    lang: Language = "en",
) -> pd.DataFrame:
    """Official figures of a period, one row a place or station.

    Parameters
    ----------
    days : xarray.Dataset
        From :func:`airq.standards.daily` or :func:`airq.standards.place_daily`; days may be absent or unsorted.
    period : str, int or Period, optional
        See :func:`airq.standards.parse_period`; from the first to the last day of ``days`` by default.
    standard : str
        ``GB3095-2012``, ``GB3095-2026`` (phase at the end of the period), a phase by name, or ``by-date``: the
        AQI of each day by the edition in force, the limits in force at the end of the period. The AQI is
        recomputed from the concentrations, so that the same days answer under each standard.
    area_class : {1, 2}
        Functional area of GB 3095.
    lang : {"en", "zh"}
        Language of the reasons.

    Returns
    -------
    pandas.DataFrame
        ``place`` or ``station``, names, ``period start end standard edition``;
        ``days_calendar days_valid`` (days with an AQI) ``days_incomplete`` (some pollutant missing: NA under
        HJ 633-2026 unless above 100) ``good_days heavy_days severe_days good_ratio`` (share 0 to 1),
        ``days_level_1`` to ``_6``, ``primary_days_<p>``, ``exceed_days_<p>``;
        ``n_<p>``, ``mean_<p>``, ``p98_so2 p98_no2 p95_pm10 p95_pm25 p95_co p90_o3``;
        ``index_<p> composite max_index main_pollutant`` (for ranking: ``composite`` is the sum of ``index_<p>``),
        ``single_index_<p>`` (HJ 663-2013, Annex C, a different index); ``attains_<p> attains`` (calendar years);
        ``<p>_withheld composite_withheld reason`` (empty where valid) and ``note``.
        µg/m³, CO mg/m³. Figures are always computed; a non-empty ``<p>_withheld`` says why an official page must
        not print them. Columns ending in ``_official`` are rounded after GB/T 8170 (:func:`official`).

    Raises
    ------
    ParameterError, MissingData

    Notes
    -----
    Validity: GB 3095 table 4 and HJ 663. Percentile: k = 1 + (n - 1) p. Entries of the tables marked B, U or NF
    that enter here are listed by ``open_points("HJ663-2013", used_only=True)``.
    """
    site = site_of(days)
    days = without_micro(days)
    chosen = parse_period(span_of(days) if period is None else period)
    judge = Judge.of(standard, chosen, area_class)
    values = period_values(days, site, chosen)
    found = _indicators(values, judge)
    withheld = {name: shortfalls(values[name].valid, name, chosen, judge, lang) for name in POLLUTANTS}
    columns: dict[str, Any] = site_names(days, site)
    columns |= {"period": chosen.name, "start": pd.Timestamp(chosen.start), "end": pd.Timestamp(chosen.end)}
    columns |= {"standard": judge.name, "edition": judge.edition_id}
    columns |= _day_counts(values, chosen, judge)
    above = above_limit(values, chosen, judge)
    columns |= {f"exceed_days_{name}": above[name].sum(axis=1) for name in POLLUTANTS}
    columns |= {f"n_{name}": values[name].valid.sum(axis=1) for name in POLLUTANTS}
    columns |= _concentrations(found, judge)
    columns |= _composite(found, judge)
    columns |= _attainment(found, withheld, chosen, judge)
    columns |= {f"{name}_withheld": reasons for name, reasons in withheld.items()}
    joined = _joined(withheld, len(days[site]) if site in days.coords else days.sizes[site])
    columns |= {"composite_withheld": joined, "reason": joined, "note": _note(judge, chosen)}
    return pd.DataFrame(columns)


def _joined(withheld: Mapping[str, list[str]], number: int) -> list[str]:
    return ["; ".join(f"{n}: {texts[i]}" for n, texts in withheld.items() if texts[i]) for i in range(number)]


def official(frame: pd.DataFrame) -> pd.DataFrame:
    """Figures as they may be printed: rounded after GB/T 8170, NaN where withheld.

    Parameters
    ----------
    frame : pandas.DataFrame
        From :func:`summary`.

    Returns
    -------
    pandas.DataFrame
        Same rows; means, percentiles, indices rounded, ``good_ratio_percent`` in percent with one decimal.
    """
    printed = [c for c in frame if c.endswith("_official")]
    out = frame.drop(columns=printed)
    for column in printed:
        name = column.removesuffix("_official")
        own = re.fullmatch(r"(?:mean|p\d+|index)_(\w+)", name)
        reason = f"{own[1]}_withheld" if own else "composite_withheld"
        # A share of days counts what is there; the other figures need a valid period.
        out[name] = frame[column] if name == "good_ratio_percent" else frame[column].mask(frame[reason] != "")
    return out

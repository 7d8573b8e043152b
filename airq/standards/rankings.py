"""Ranking of places by composite index and by improvement; means over several years.

Examples
--------
>>> import pandas as pd
>>> frame = pd.DataFrame({"place": ["a", "b", "c"], "composite": [4.641, 4.639, 3.2],
...                       "composite_official": [4.64, 4.64, 3.2], "composite_withheld": ""})
>>> ranking(frame)[["place", "rank"]].values.tolist()
[['c', 1], ['a', 2], ['b', 2]]
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd
import xarray as xr

from airq.errors import MissingData, ParameterError
from airq.standards.editions import edition
from airq.standards.evaluation import summary
from airq.standards.judge import Judge, floats, period_values, rounded, shortfalls, site_names, site_of
from airq.standards.periods import parse_period
from airq.standards.statistics import mean, percentile
from airq.variables import POLLUTANTS

__all__ = ["moving_means", "ranking", "straddling"]


def _site_column(frame: pd.DataFrame) -> str:
    for site in ("place", "station"):
        if site in frame and "composite_official" in frame:
            return site
    raise ParameterError(
        "ranking() takes the rows of airq.standards.summary; the frame has no composite index."
    )


def ranking(frame: pd.DataFrame, previous: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rank places by composite index, and by its change against another period.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of :func:`airq.standards.summary` of one period and standard.
    previous : pandas.DataFrame, optional
        Rows of the period to compare with, such as the year before.

    Returns
    -------
    pandas.DataFrame
        Sorted by rank: ``rank`` (1 is the cleanest; places without an official index come last and have none),
        ``composite``; with ``previous`` also ``composite_previous``, ``improvement_rate`` (share, positive is
        better) and ``improvement_rank``.

    Raises
    ------
    ParameterError

    Notes
    -----
    Ranks rest on the index printed with two decimals, and ties share a rank [C].
    """
    site = _site_column(frame)
    if frame[site].duplicated().any():
        raise ParameterError("ranking() takes one row a place; give one period and one standard.")
    names = [c for c in (site, "name_zh", "name_en", "period", "standard", "main_pollutant") if c in frame]
    out = frame[names].copy()
    out["composite"] = frame["composite_official"].mask(frame["composite_withheld"] != "")
    out["rank"] = _ranks(out["composite"])
    out["withheld"] = frame["composite_withheld"]
    if previous is not None:
        before = previous.set_index(_site_column(previous))
        held = before["composite_official"].mask(before["composite_withheld"] != "")
        out["composite_previous"] = out[site].map(held)
        out["improvement_rate"] = 1 - out["composite"] / out["composite_previous"]
        out["improvement_rank"] = _ranks(-out["improvement_rate"].round(12))
    return out.sort_values(["rank", site], na_position="last").reset_index(drop=True)


def _ranks(values: pd.Series) -> pd.Series:
    return values.rank(method="min").astype("Int64")


def moving_means(
    days: xr.Dataset,
    year: int,
    standard: Any = "GB3095-2026",
    *,
    years: int | None = None,
    area_class: int = 2,
) -> pd.DataFrame:
    """Mean of the annual indicators of the last years, one row a site and pollutant.

    Parameters
    ----------
    days : xarray.Dataset
        Covering the years.
    year : int
        Last year.
    standard : str
        Its evaluation table gives the number of years; its limits are those at the end of the last year.
    years : int, optional
        Number of years instead of the table's (3).

    Returns
    -------
    pandas.DataFrame
        ``pollutant first_year last_year``, ``mean`` and ``percentile`` (each the mean of the annual values),
        their ``*_official`` forms, ``limit_annual limit_daily`` and ``withheld`` (why a year is not valid).

    Raises
    ------
    ParameterError, MissingData

    Notes
    -----
    HJ 663-2026 evaluates by a 3-year moving mean [C]; that it is the mean of the annual means is [NF].
    """
    site = site_of(days)
    last = parse_period(year)
    judge = Judge.of(standard, last, area_class)
    span = int(judge.evaluation.need("moving_mean.years")) if years is None else years
    if span < 1:
        raise ParameterError(f"the number of years is {years}; give 1 or more.")
    periods = [parse_period(last.start.year - back) for back in reversed(range(span))]
    values = [period_values(days, site, p) for p in periods]
    names = pd.DataFrame(site_names(days, site))
    frames = []
    for name in POLLUTANTS:
        percent = int(judge.evaluation.need(f"percentile.{name}"))
        means = _average([mean(v[name]) for v in values])
        high = _average([percentile(v[name], percent) for v in values])
        reasons = [shortfalls(v[name].valid, name, p, judge) for v, p in zip(values, periods, strict=True)]
        annual = judge.limit(name, "annual")
        columns: dict[str, Any] = {
            "pollutant": name,
            "first_year": periods[0].start.year,
            "last_year": last.start.year,
            "mean": floats(means),
            "mean_official": rounded(means, judge.decimals(name)),
            "percentile": floats(high),
            "percentile_official": rounded(high, judge.decimals(name)),
            "limit_annual": float("nan") if annual is None else float(annual),
            "limit_daily": float(judge.daily_limit(name)),
            "withheld": ["; ".join(t for t in texts if t) for texts in zip(*reasons, strict=True)],
        }
        frames.append(names.assign(standard=judge.name, **columns))
    return pd.concat(frames, ignore_index=True)


def _average(years: list[list[Fraction | None]]) -> list[Fraction | None]:
    out: list[Fraction | None] = []
    for row in zip(*years, strict=True):
        held = [v for v in row if v is not None]
        out.append(sum(held, Fraction(0)) / len(held) if len(held) == len(row) else None)
    return out


def straddling(days: xr.Dataset, period: Any, *, area_class: int = 2) -> pd.DataFrame:
    """Every reading of a period that two standards share, such as the calendar year 2026.

    Returns
    -------
    pandas.DataFrame
        Rows of :func:`airq.standards.summary` under each standard in force during the period, and ``by-date``.

    Notes
    -----
    How the mixed year is judged is not found [NF]: all readings are given, none is chosen.
    """
    chosen = parse_period(period)
    judge = Judge.of("by-date", chosen, area_class)
    names = [part.standard.name for _, part in judge.by_days(chosen)]
    if not names:
        raise MissingData(f"period '{period}' has no day; give one that has.")
    readings = [*names, "by-date"] if len(names) > 1 else names
    frames = [summary(days, chosen, name, area_class=area_class) for name in readings]
    rule = edition("GB3095-2026", "standard").get("force.mixed_year")
    return pd.concat(frames, ignore_index=True).assign(mixed_year_rule=rule if len(names) > 1 else "")

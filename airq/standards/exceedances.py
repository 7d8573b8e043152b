"""Exceedance of the limits: days, ratio and multiple, each pollutant by itself.

Examples
--------
>>> import numpy as np, pandas as pd, xarray as xr
>>> days = xr.Dataset({"pm25": (("place", "day"), [[150.0, 60.0]])},
...                   coords={"place": ["changji"], "day": pd.to_datetime(["2019-01-01", "2019-01-02"])})
>>> row = exceedance(days, "2019-01").query("pollutant == 'pm25'").iloc[0]
>>> int(row["days_exceeded"]), float(row["ratio"]), float(row["greatest_multiple_official"])
(1, 0.5, 1.0)
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.standards.judge import Judge, floats, period_values, rounded, site_names, site_of, span_of
from airq.standards.periods import Period, parse_period
from airq.standards.rounding import Ratio, round_ratio
from airq.standards.statistics import common, mean, percentile
from airq.variables import POLLUTANTS

__all__ = ["above_limit", "exceedance"]


def _as_judged(ratio: Ratio, name: str, judge: Judge) -> Ratio:
    """Daily values as they are held against the limit: rounded first where the AQI edition rounds them."""
    decimals = None if isinstance(judge.aqi, str) else judge.aqi.get("rounding.before_index")
    return round_ratio(ratio, int(decimals[name])) if isinstance(decimals, Mapping) else ratio


def _days(ratio: Ratio, days: slice) -> Ratio:
    denominator = (
        ratio.denominator[:, days] if isinstance(ratio.denominator, np.ndarray) else ratio.denominator
    )
    return Ratio(ratio.numerator[:, days], denominator, ratio.valid[:, days])


def above_limit(
    values: Mapping[str, Ratio], period: Period, judge: Judge
) -> dict[str, npt.NDArray[np.bool_]]:
    """Days above the daily limit.

    Parameters
    ----------
    values : mapping of pollutant to Ratio
        Shape (site, day of the period).
    period : Period
    judge : Judge
        ``by-date`` takes each day's own standard.

    Returns
    -------
    dict of str to bool array, shape (site, day)
        False where the value is missing.
    """
    out = {}
    for name in POLLUTANTS:
        above = np.zeros(values[name].shape, bool)
        for days, daily in judge.by_days(period):
            ratio, limit = _as_judged(_days(values[name], days), name, daily), daily.daily_limit(name)
            # At a limit a/b: numerator * b > a * denominator, integers on both sides.
            exceeds = ratio.numerator * limit.denominator > limit.numerator * ratio.denominator
            above[:, days] = exceeds & ratio.valid
        out[name] = above
    return out


def _multiple(value: Fraction | None, limit: Fraction | None) -> Fraction | None:
    """B = (C - S) / S where C exceeds S (HJ 663)."""
    return None if value is None or limit is None or value <= limit else (value - limit) / limit


def exceedance(
    days: xr.Dataset, period: Any = None, standard: Any = "GB3095-2012", *, area_class: int = 2
) -> pd.DataFrame:
    """Exceedance of each pollutant in a period, one row a site and pollutant.

    Parameters
    ----------
    days : xarray.Dataset
        As for :func:`airq.standards.summary`.
    period, standard, area_class
        As for :func:`airq.standards.summary`.

    Returns
    -------
    pandas.DataFrame
        Site and names, ``period standard pollutant limit_daily limit_annual days_valid days_exceeded``,
        ``ratio`` (share 0 to 1), ``ratio_percent_official``, ``greatest`` daily value with ``greatest_day`` and
        ``greatest_multiple``, ``mean_multiple`` and ``percentile_multiple``; multiples are NaN where nothing
        exceeds; columns ``*_official`` are rounded after GB/T 8170.

    Raises
    ------
    ParameterError, MissingData

    Notes
    -----
    Exceedance multiple B = (C - S) / S, two decimals [B 95%, decimals B 85%].
    """
    site = site_of(days)
    chosen = parse_period(span_of(days) if period is None else period)
    judge = Judge.of(standard, chosen, area_class)
    values = period_values(days, site, chosen)
    above = above_limit(values, chosen, judge)
    names = pd.DataFrame(site_names(days, site))
    frames = []
    for name in POLLUTANTS:
        columns = _pollutant(values[name], above[name], name, chosen, judge)
        columns = {"period": chosen.name, "standard": judge.name, "pollutant": name, **columns}
        frames.append(names.assign(**columns))
    return pd.concat(frames, ignore_index=True)


def _pollutant(
    ratio: Ratio, above: npt.NDArray[np.bool_], name: str, period: Period, judge: Judge
) -> dict[str, Any]:
    annual, daily = judge.limit(name, "annual"), judge.daily_limit(name)
    one = common(ratio)
    number, exceeded = one.valid.sum(axis=1), above.sum(axis=1)
    ranked = np.where(one.valid, one.numerator, -1)
    at = ranked.argmax(axis=1) if period.days else np.zeros(len(number), int)
    peak = [
        Fraction(int(ranked[i, k]), int(one.denominator)) if number[i] else None for i, k in enumerate(at)
    ]
    stamp = [
        pd.Timestamp(period.start) + pd.Timedelta(days=int(k)) if number[i] else pd.NaT
        for i, k in enumerate(at)
    ]
    high = percentile(ratio, int(judge.evaluation.need(f"percentile.{name}")))
    multiples = {
        "greatest_multiple": [_multiple(v, daily) for v in peak],
        "mean_multiple": [_multiple(v, annual) for v in mean(ratio)],
        "percentile_multiple": [_multiple(v, daily) for v in high],
    }
    percent = [Fraction(int(e) * 100, int(n)) if n else None for e, n in zip(exceeded, number, strict=True)]
    out: dict[str, Any] = {
        "limit_daily": float(daily),
        "limit_annual": float("nan") if annual is None else float(annual),
        "days_valid": number,
        "days_exceeded": exceeded,
        "ratio": np.where(number > 0, exceeded / np.maximum(number, 1), np.nan),
        "ratio_percent_official": rounded(percent, judge.decimals("ratio_percent")),
        "greatest": floats(peak),
        "greatest_day": pd.DatetimeIndex(stamp),
    }
    for key, column in multiples.items():
        out[key] = floats(column)
        out[f"{key}_official"] = rounded(column, judge.decimals("exceedance_multiple"))
    return out

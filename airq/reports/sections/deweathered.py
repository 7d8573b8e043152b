"""Change of PM2.5 against last year and over the years once the weather is taken out, with what could have been detected.

Two questions, two answers. *Against last year*: days of the period, each divided by what its weather did to it, are averaged
year by year; the spread of these yearly means about their line says what change chance alone brings. *Over the years*: the
trend of the deweathered months with an interval that holds the doubt of the weather model. Below the smallest detectable
change there is no verdict.

Examples
--------
>>> verdict(-0.05, 0.2, 0.4), verdict(-0.6, 0.2, 0.4), verdict(0.6, 0.2, 0.4)
('cannot_tell', 'fell', 'rose')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from airq import analysis
from airq.analysis import period as periods
from airq.errors import AirqError, MissingData
from airq.figures.labels import Language
from airq.reports import forecast_data
from airq.reports.coming import known_columns
from airq.reports.sections._absence import no_day, refused_without_data, until_of
from airq.reports.sections._contract import Context, Missing, Part

if TYPE_CHECKING:
    from airq.analysis import CountyMonth
    from airq.analysis.deweathering.result import Deweathered

__all__ = ["VERSION", "compute", "show", "verdict"]

VERSION: Final = 2
POLLUTANT: Final = "pm25"
YEARS: Final = 12
"""Last years that are looked at, so that the time of a long archive stays bounded."""
LEAST_YEARS: Final = 2.0
MODEL: Final = "ensemble"
SAMPLES: Final = 50
"""Draws of the weather: 0.5 % of error in monthly values (docs/deweathering.md)."""
RULE_TEXT: Final = {
    "zh": "与上年同期：日均值×去气象值÷预测值（未见过的周），按年求平均，噪声取自此前各年；多年：去气象月值的最小二乘趋势（docs/report-sections.md、docs/deweathering.md）",
    "en": "against last year: days × deweathered ÷ predicted in weeks not seen, averaged by year, noise from the years before; over the years: least-squares trend of deweathered months (docs/report-sections.md, docs/deweathering.md)",
}
CONFIDENCE: Final = 0.95
POWER: Final = 0.8
_COVERED: Final = 0.75
"""Share of the days, of the record and of the period, that must have weather."""
_WARNINGS: Final = (
    ("the weather shifts", "shift"),
    ("weather and trend", "trend"),
    ("weather and season", "season"),
    ("column '", "pressure"),
)


def verdict(change: float, reach: float, smallest: float) -> str:
    """What may be said of a change.

    Parameters
    ----------
    change : float
        Logarithm of the ratio.
    reach : float
        Half the width of its interval.
    smallest : float
        Smallest change that could have been detected.

    Returns
    -------
    {"fell", "rose", "cannot_tell"}
        A change needs an interval without zero and a size of at least the smallest detectable.
    """
    if abs(change) < smallest or abs(change) <= reach:
        return "cannot_tell"
    return "fell" if change < 0 else "rose"


def compute(context: Context) -> dict[str, Any]:
    """Deweathered change of a place, from data up to the end of the period or of the data.

    Parameters
    ----------
    context : Context

    Returns
    -------
    dict
        ``until``, ``record``, ``weather`` (columns), ``compared`` (first and last day of this year's span), ``observed`` and ``change`` (against last year), ``years`` (the same
        span of each year), ``trend`` (over the years), ``months`` (observed and deweathered), ``diagnostics``,
        ``warnings`` (keys), ``settings``. ``change`` or ``trend`` is None with ``change_reason`` or ``trend_reason``.

    Raises
    ------
    Missing
        No station, no day, less than two years of days with weather, weather of another place.
    """
    refused_without_data(context)
    until = until_of(context)
    frame = _frame(context, until)
    weather = _weather(context, frame, until)
    found = _deweathered(context, frame, weather)
    warnings = _keys(found)
    if "pressure" in warnings:
        raise Missing(
            "档案中的气象与该地海拔不符（气压），像是别处的资料，不作气象订正。",
            "The weather of the archive does not fit the elevation of the place (pressure): it looks like that of another place, so nothing is deweathered.",
        )
    adjusted = _adjusted(found)
    known = frame.loc[frame[POLLUTANT].notna(), "date"]
    return {
        "place": context.place.id,
        "rule": RULE_TEXT,
        "pollutant": POLLUTANT,
        "until": until,
        "simulated": context.archive.simulated,
        "seed": context.seed,
        "record": {"first": known.min(), "last": known.max(), "days": len(known)},
        "weather": weather,
        **_against_last_year(context, adjusted, until),
        **_over_the_years(found),
        "months": _months(found),
        "models": int(found.members.shape[1]),
        "diagnostics": {k: float(v) for k, v in found.diagnostics.items()},
        "monte_carlo_error": {str(k): float(v) for k, v in found.monte_carlo_error.items()},
        "warnings": warnings,
        "settings": {
            "model": MODEL,
            "samples": SAMPLES,
            "step": "daily",
            "confidence": CONFIDENCE,
            "power": POWER,
        },
    }


def _frame(context: Context, until: pd.Timestamp) -> pd.DataFrame:
    """Days of the place with weather, up to the end of the period."""
    first = until - pd.DateOffset(years=YEARS)
    frame = forecast_data.daily(
        context.archive, context.place.id, edition="2012", start=f"{first:%Y-%m-%d}", end=f"{until:%Y-%m-%d}"
    )
    frame = frame[frame["date"] <= until].reset_index(drop=True)
    begin = periods.start(context.period)
    if not frame.loc[frame["date"] >= begin, POLLUTANT].notna().any():
        raise no_day(f"{begin:%Y-%m-%d}", f"{until:%Y-%m-%d}")
    return frame


def _weather(context: Context, frame: pd.DataFrame, until: pd.Timestamp) -> list[str]:
    """Columns of weather that nearly every day holds; evening means repeat what means and extremes tell."""
    named = [c for c in known_columns(frame) if not c.endswith("_evening")]
    if not named or not frame[named].notna().any().any():
        raise Missing(
            f"档案中没有{context.place.zh}的气象资料，不作气象订正。",
            f"The archive holds no weather of {context.place.en}, so nothing is deweathered.",
        )
    days = frame[frame[POLLUTANT].notna()]
    inside = days[days["date"] >= periods.start(context.period)]
    columns = [
        c for c in named if days[c].notna().mean() >= _COVERED and inside[c].notna().mean() >= _COVERED
    ]
    if not columns:
        raise Missing(
            "气象资料没有覆盖四分之三的有效日或本期，不作气象订正。",
            "Weather covers less than three quarters of the valid days or of the period, so nothing is deweathered.",
        )
    both = days.dropna(subset=columns)["date"]
    years = 0.0 if both.empty else (both.max() - both.min()).days / 365.25
    if years < LEAST_YEARS - 0.05 or len(both) < _COVERED * LEAST_YEARS * 365:
        raise Missing(
            f"浓度与气象俱全的只有{len(both)}天，不足两年，不能把气象与季节分开，不作气象订正。",
            f"There are {len(both)} days with both concentrations and weather, less than two years: weather and season cannot be told apart, so nothing is deweathered.",
        )
    return columns


def _deweathered(context: Context, frame: pd.DataFrame, weather: list[str]) -> Deweathered:
    place = context.place.id if context.place.lat is not None else None
    try:
        return analysis.deweather(
            frame, POLLUTANT, weather, n_samples=SAMPLES, seed=context.seed, model=MODEL, place=place
        )
    except AirqError as error:
        raise Missing(
            "资料不足以扣除气象影响。", f"The days do not allow to take the weather out: {error}"
        ) from error


def _keys(found: Deweathered) -> list[str]:
    """What the result warns of, as keys."""
    said = [key for text in found.warnings for start, key in _WARNINGS if text.startswith(start)]
    return list(dict.fromkeys(said))


def _adjusted(found: Deweathered) -> pd.DataFrame:
    """Days divided by the effect of their own weather: observed × deweathered ÷ predicted in weeks not seen.

    Unlike the deweathered series itself, which is as smooth as the model, it keeps a change that the model knows nothing of.
    """
    record = found.record
    usual = found.table["normalised"].to_numpy(dtype=np.float64)[record.known]
    days = pd.DataFrame(
        {
            "date": record.day.astype("datetime64[D]").astype("datetime64[ns]"),
            "observed": record.value,
            POLLUTANT: record.value * usual / np.maximum(record.unseen, 1e-9),
        }
    )
    return days[np.isfinite(days[POLLUTANT]) & (days[POLLUTANT] > 0)].reset_index(drop=True)


def _against_last_year(context: Context, days: pd.DataFrame, until: pd.Timestamp) -> dict[str, Any]:
    """Change of the period's mean against the same days of last year, and the same span of every year.

    A period under way is compared up to its last day with data: days to come are not made up for.
    """
    first, last = periods.start(context.period), min(until, days["date"].max())
    end = "02-28" if (last.month, last.day) == (2, 29) else f"{last:%m-%d}"
    season = (f"{first:%m-%d}", end)
    empty: dict[str, Any] = {
        "compared": {"first": first, "last": last},
        "observed": None,
        "change": None,
        "years": [],
    }
    if (last - first).days + 1 < _COVERED * ((until - first).days + 1):
        return {**empty, "change_reason": "few_days"}
    try:
        whole = analysis.minimum_detectable_effect(days, POLLUTANT, season=season)
        raw = analysis.minimum_detectable_effect(days, "observed", season=season)
    except MissingData:
        return {**empty, "change_reason": "few_years"}
    table = whole.seasons.merge(raw.seasons[["season", "log_mean"]], on="season", suffixes=("", "_observed"))
    years = [
        {"year": int(r["season"]), "days": int(r["days"]), "adjusted": float(np.exp(r["log_mean"])), "observed": float(np.exp(r["log_mean_observed"]))}
        for r in table.to_dict("records")
    ]  # fmt: skip
    means = table.set_index("season")
    this, before = first.year, first.year - 1
    if this not in means.index or before not in means.index:
        return {
            **empty,
            "years": years,
            "change_reason": "no_last_year" if this in means.index else "few_days",
        }
    try:
        noise = analysis.minimum_detectable_effect(days, POLLUTANT, season=season, until=first)
    except MissingData:
        return {**empty, "years": years, "change_reason": "few_years"}
    seen = float(means["log_mean_observed"][this] - means["log_mean_observed"][before])
    change = float(means["log_mean"][this] - means["log_mean"][before])
    error = noise.between * float(np.sqrt(2.0))  # two seasons, each with the noise of one
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, noise.df)) * error
    smallest = reach + float(stats.t.ppf(POWER, noise.df)) * error
    return {
        "compared": empty["compared"],
        "observed": {"this": float(np.exp(means["log_mean_observed"][this])), "last": float(np.exp(means["log_mean_observed"][before])), "log": seen, "percent": _percent(seen)},
        "change": {
            "log": change,
            "percent": _percent(change),
            "interval": [_percent(change - reach), _percent(change + reach)],
            "fall_detectable": _percent(-smallest),
            "rise_detectable": _percent(smallest),
            "between_years": noise.between,
            "df": noise.df,
            "seasons": noise.before,
            "p_value": float(2 * stats.t.sf(abs(change) / error, noise.df)) if error > 0 else None,
            "verdict": verdict(change, reach, smallest),
        },
        "years": years,
        "change_reason": "",
    }  # fmt: skip


def _percent(log: float) -> float:
    return float(100 * np.expm1(log))


def _over_the_years(found: Deweathered) -> dict[str, Any]:
    """Linear trend of the deweathered months."""
    from airq.analysis.effect.detectable import detectable

    try:
        made = found.trend(CONFIDENCE)
    except MissingData:
        return {"trend": None, "trend_reason": "few_months"}
    error = (made.interval[1] - made.interval[0]) / 2 / float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    smallest = detectable(error, confidence=CONFIDENCE, power=POWER)
    mean = 100 * made.slope_per_year / made.percent_per_year if made.percent_per_year else float("nan")
    return {
        "trend": {
            "slope_per_year": made.slope_per_year,
            "interval": list(made.interval),
            "percent_per_year": made.percent_per_year,
            "percent_interval": list(made.percent_interval),
            "observed_slope": made.observed_slope,
            "observed_percent": 100 * made.observed_slope / mean,
            "weather_slope": made.weather_slope,
            "smallest_slope": smallest,
            "smallest_percent": 100 * smallest / mean,
            "p_value": made.p_value,
            "months": made.n,
            "confidence": made.confidence,
            "verdict": verdict(made.slope_per_year, (made.interval[1] - made.interval[0]) / 2, smallest),
        },
        "trend_reason": "",
    }


def _months(found: Deweathered) -> list[dict[str, Any]]:
    table = found.months
    columns = ("observed", "normalised", "low", "high")
    return [
        {"month": str(month), **{c: float(row[c]) for c in columns}}
        for month, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def show(data: dict[str, Any], result: CountyMonth, lang: Language) -> list[Part]:
    """The section as a notebook displays it.

    Parameters
    ----------
    data : dict
        Of :func:`compute`.
    result : CountyMonth
    lang : {"zh", "en"}
    """
    from airq.reports.sections.deweathered_page import parts

    return parts(data, result.period, lang)

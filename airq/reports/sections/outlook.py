"""The coming ten days after the period: quantiles, categories, alerts, and how good such forecasts were.

A report of a past month is issued at its own end: nothing observed later is used, so that making it again later gives the
same numbers. Where the archive ends within the period, it is issued on the last day with a value.

Examples
--------
>>> LEADS, TEST_LEADS
((1, 2, 3, 4, 5, 6, 7, 8, 9, 10), (1, 3, 7, 10))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from airq.analysis import period as periods
from airq.errors import AirqError, MissingData
from airq.figures.labels import Language
from airq.reports import forecast_data
from airq.reports.coming import Coming, coming, days, main_scores, verified
from airq.reports.sections._absence import last_day_of, no_day, refused_without_data
from airq.reports.sections._contract import Context, Missing, Part
from airq.variables import POLLUTANTS, VARIABLES

if TYPE_CHECKING:
    from airq.analysis import CountyMonth
    from airq.forecast import Verification
    from airq.forecast.warning import EarlyWarning

__all__ = ["LEADS", "TEST_LEADS", "VERSION", "compute", "show"]

VERSION: Final = 1
LEADS: Final = tuple(range(1, 11))
TEST_LEADS: Final = (1, 3, 7, 10)
YEARS: Final = 5
"""Last years that a forecast learns from; more cost time and give the same scores (docs/report-sections.md)."""
TEST_DAYS: Final = 365
LEAST_DAYS: Final = 300
"""Days with PM2.5 without which there is no whole year to learn from, as for targets."""
HEAVY_AQI: Final = 200.0
RULE: Final = "ALERT-2024"
COST_LOSS: Final = 0.2
RULE_TEXT: Final = {
    "zh": "预报分位数：岭回归、核回归与气候态的加权，区间取自分块样本外残差；概率为联合路径的比例（docs/forecast.md）",
    "en": "quantiles of a forecast combined from regressions and climatology, intervals from blocked out-of-fold residuals; probabilities are shares of joint paths (docs/forecast.md)",
}
_BEFORE: Final = 14
"""Days before the issue that the figure shows."""
_QUANTILES: Final = ("q05", "q10", "q25", "q50", "q75", "q90", "q95")


def compute(context: Context) -> dict[str, Any]:
    """Forecast and scores of a place from the end of its period.

    Parameters
    ----------
    context : Context

    Returns
    -------
    dict
        ``issued``, ``period_end``, ``weather`` (label of what the forecast knew of the coming weather),
        ``weather_before`` (whether it knew the weather up to the issue), ``edition``, ``simulated``, ``history``, ``observed`` (days before), ``rows`` (quantiles by pollutant), ``aqi``, ``categories``,
        ``primary``, ``days``, ``heavy`` (probability of an AQI above 200 by day and on any), ``alerts``, ``skill``.

    Raises
    ------
    Missing
        No station, no day in the period, less than a year of days.
    """
    refused_without_data(context)
    until = last_day_of(context.period)
    frame = _frame(context, until)
    issued = pd.Timestamp(frame["date"].max())
    known = int(frame["pm25"].notna().sum())
    if known < LEAST_DAYS:
        raise Missing(
            f"截至{issued:%Y-%m-%d}只有{known}天PM₂.₅数据，不足{LEAST_DAYS}天，不作预报。",
            f"Up to {issued:%Y-%m-%d} there are {known} days with PM₂.₅, fewer than {LEAST_DAYS}, so nothing is forecast.",
        )
    edition = str(frame.attrs.get("edition", "2012"))
    try:
        made = coming(frame, horizons=LEADS, issued=issued, edition=edition, seed=context.seed)
    except MissingData as error:
        raise Missing(
            f"截至{issued:%Y-%m-%d}的数据不足以作预报。",
            f"The days up to {issued:%Y-%m-%d} do not suffice for a forecast: {error}",
        ) from error
    site = str(frame["site"].iloc[0])
    return {
        "place": context.place.id,
        "rule": RULE_TEXT,
        "issued": issued,
        "period_end": until,
        "weather": made.weather,
        "edition": edition,
        "simulated": made.simulated,
        "seed": context.seed,
        "weather_before": bool(frame.attrs.get("weather_observed")),
        "history": {"first": frame["date"].min(), "last": issued, "days": known, "years": YEARS},
        "observed": _records(
            frame.loc[frame["date"] > issued - pd.Timedelta(days=_BEFORE), ["date", "site", "pm25"]]
        ),
        "rows": {name: _records(_kept(table, name)) for name, table in made.rows.items()},
        "days": _records(days(made, site)),
        **_joined(made, site, context.seed),
        "skill": _skill(frame, context.seed),
    }


def _frame(context: Context, until: pd.Timestamp) -> pd.DataFrame:
    """Days of the place up to the end of the period, in the last years; up to the last day with PM2.5 or another value."""
    first = until - pd.DateOffset(years=YEARS)
    edition = forecast_data.by_phase(until)
    frame = forecast_data.daily(
        context.archive, context.place.id, edition=edition, start=f"{first:%Y-%m-%d}", end=f"{until:%Y-%m-%d}"
    )
    there = frame[list(POLLUTANTS)].notna().any(axis=1) & (frame["date"] <= until)
    start = periods.start(context.period)
    if not (there & (frame["date"] >= start)).any():
        raise no_day(f"{start:%Y-%m-%d}", f"{until:%Y-%m-%d}")
    last = frame.loc[there, "date"].max()
    out = frame[frame["date"] <= last].reset_index(drop=True)
    out.attrs = dict(frame.attrs)
    return out


def _kept(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[["site", "issued", "date", "horizon", "model", *_QUANTILES]].assign(
        unit=VARIABLES[name].units_text
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _joined(made: Coming, site: str, seed: int) -> dict[str, Any]:
    """What the joint paths of all pollutants say; empty where they could not be drawn."""
    empty: dict[str, Any] = {"aqi": [], "categories": [], "primary": [], "heavy": None, "alerts": None}
    if made.paths is None or not set(POLLUTANTS) <= set(made.rows):
        return empty
    from airq.forecast import warning

    drawn = made.paths
    at = [str(s) for s in drawn.aqi["site"].values].index(site)
    aqi = drawn.aqi.values[:, at]
    each = drawn.exceedance(HEAVY_AQI)
    quantiles = drawn.quantiles()
    found = warning(drawn, rule=RULE, cost_loss=COST_LOSS, seed=seed)
    return {
        "aqi": _records(
            quantiles[quantiles["pollutant"] == "aqi"][["site", "pollutant", "date", "horizon", *_QUANTILES]]
        ),
        "categories": _records(drawn.category_probability()),
        "primary": _records(drawn.primary_probability()),
        "heavy": {
            "above": HEAVY_AQI,
            "any": float((aqi > HEAVY_AQI).any(axis=1).mean()),
            "days": _records(each[each["site"] == site]),
            "draws": int(aqi.shape[0]),
        },
        "alerts": _alerts(found),
    }


def _alerts(found: EarlyWarning) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "cost_loss": COST_LOSS,
        "days": _records(found.days),
        "outlook": _records(found.outlook),
    }


def _skill(frame: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Scores of forecasts of PM2.5 as they would have been issued over the last year, or that there are none."""
    try:
        found = verified(frame, "pm25", TEST_LEADS, None, TEST_DAYS, seed=seed)
    except AirqError as error:
        return {"rows": [], "heavy": [], "test_days": TEST_DAYS, "reason": str(error)}
    scores = main_scores(found)
    columns = ["horizon", "n", "mae", "rmse", "crps", "bias", "coverage_80"]
    columns += [f"crpss_{r}{e}" for r in ("climatology", "persistence") for e in ("", "_low", "_high")]
    return {
        "target": "pm25",
        "test_days": TEST_DAYS,
        "weather": found.weather or "none",
        "rows": _records(scores[[c for c in columns if c in scores]]),
        "heavy": _events(found),
    }


def _events(found: Verification) -> list[dict[str, Any]]:
    """Brier skill of the events that came at all, of the forecast itself."""
    table = found.probabilities
    own = table[(table["model"] == found.scores["model"].iloc[0]) & (table["events"] > 0)]
    columns = ["event", "horizon", "events", "n", "brier", "bss_climatology", "bss_persistence"]
    return _records(own[[c for c in columns if c in own]].replace({np.inf: np.nan, -np.inf: np.nan}))


def show(data: dict[str, Any], result: CountyMonth, lang: Language) -> list[Part]:
    """The section as a notebook displays it.

    Parameters
    ----------
    data : dict
        Of :func:`compute`.
    result : CountyMonth
    lang : {"zh", "en"}
    """
    from airq.reports.sections.outlook_page import parts

    return parts(data, lang)

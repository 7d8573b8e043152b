"""Gallery of forecasts and targets, from plain formulas."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import norm

from airq.figures import forecast, forecast_skill, targets, targets_thermometer
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.gallery.made import PLACE, name

__all__ = ["draw"]

_ISSUED = pd.Timestamp("2026-11-18")
_LEVELS = range(5, 100, 5)
_GOOD = {"kind": "good_days", "at_least": 290, "year": 2026}


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    place = name(lang)
    dates = pd.date_range("2026-10-20", _ISSUED)
    past = pd.DataFrame({"date": dates, "pm25": 50 + 20 * np.sin(np.arange(len(dates)))})
    yield forecast.fan(_rows(), "pm25", past, lang, place, True)
    days = _rows()["date"]
    weights = np.array([1.0, 5, 3, 1.5, 0.6, 0.05]) / 12.15
    chances = [(d, k, w) for d in days for k, w in enumerate(weights, 1)]
    yield forecast.categories(
        pd.DataFrame(chances, columns=["date", "category", "probability"]), lang, place, True
    )
    levels = [(d, k, f * (i + 1) / 14) for i, d in enumerate(days) for k, f in (("yellow", 1.0), ("orange", 0.5), ("red", 0.0))]  # fmt: skip
    levels += [(pd.NaT, "yellow", 0.83), (pd.NaT, "orange", 0.4), (pd.NaT, "red", 0.0)]
    yield forecast.warnings(
        pd.DataFrame(levels, columns=["date", "level", "probability"]), lang, place, True, 0.2
    )
    skills = [(h, m, a / h + b, a / h + b - 0.06, a / h + b + 0.05) for m, a, b in (("climatology", 0.3, -0.02), ("persistence", -0.1, 0.5)) for h in (1, 2, 3, 5, 7, 10)]  # fmt: skip
    columns = ["horizon", "against", "skill", "low", "high"]
    yield forecast_skill.skill(pd.DataFrame(skills, columns=columns), "pm25", lang, place, True, "none")
    yield forecast_skill.reliability(_bins(75), lang, place, True, {75: "PM₂.₅ > 75 µg/m³"})
    counts = [(h, k / 10, (k + 1) / 10, (20 + k) / 245, 245) for h in (1, 3, 7, 10) for k in range(10)]
    histogram = pd.DataFrame(counts, columns=["horizon", "lower", "upper", "share", "n"])
    yield forecast_skill.pit(histogram, lang, place, True)
    known, fan, earlier = _course()
    yield targets_thermometer.thermometer(known, fan, _GOOD, 290.0, 0.37, lang, place, True, earlier)
    rest = pd.DataFrame({"year": [2022, 2023, 2024, 2025], "value": [42.0, 31, 34, 26]})
    yield targets.pace(rest, _GOOD, 31, 2026, 92, lang, place, True, {"q10": 22, "q50": 34, "q90": 42})
    drifts = pd.DataFrame(
        {"drift": ["zero", "half", "full"], "probability": [0.41, 0.55, 0.62], "error": 0.011}
    )
    yield targets.by_drift(drifts, "half", lang, place, True)
    yield targets.hindcast(_bins(0).drop(columns="event"), lang, place, True)
    chance = [(y, v, 1 / (1 + np.exp(-(y - 2028 - (35 - v) / 2) * 0.7))) for y in range(2026, 2036) for v in (35, 30, 25)]  # fmt: skip
    years = pd.DataFrame(chance, columns=["year", "limit", "probability"])
    years = years.assign(by_then=years.groupby("limit")["probability"].cummax())
    yield targets.attainment(years, None, lang, place, True)


def _rows() -> pd.DataFrame:
    """Ten days as quantiles."""
    lead = np.arange(1, 11)
    out = pd.DataFrame({"site": PLACE, "issued": _ISSUED, "horizon": lead, "model": "auto", "date": _ISSUED + pd.to_timedelta(lead, "D")})  # fmt: skip
    for p in _LEVELS:
        out[f"q{p:02d}"] = 65 * np.exp((0.3 + 0.02 * lead) * norm.ppf(p / 100))
    out.attrs["weather"] = "none"
    return out


def _bins(event: int) -> pd.DataFrame:
    """Forecast probabilities and what came."""
    made = [(event, p, min(1.0, p * 1.1), int(300 * (1 - p) ** 2) + 4) for p in np.arange(0.05, 1, 0.1)]
    return pd.DataFrame(made, columns=["event", "probability", "frequency", "n"])


def _course() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The year so far, a fan to its end and two earlier years."""
    dates = pd.date_range("2026-01-01", "2026-12-31")
    cold = np.clip(np.cos((dates.day_of_year.to_numpy() - 15) / 365 * 2 * np.pi), 0, 1)
    line = pd.DataFrame({"date": dates, "value": np.cumsum(0.9 - 0.35 * cold)})
    known, ahead = line[dates <= "2026-09-30"], line[dates >= "2026-09-30"].reset_index(drop=True)
    grow = np.sqrt(np.arange(len(ahead)) / len(ahead))
    fan = ahead.assign(**{f"q{p:02d}": ahead["value"] + 6 * grow * norm.ppf(p / 100) for p in _LEVELS})
    earlier = pd.concat(
        [line.assign(year=y, value=line["value"] * f) for y, f in ((2024, 0.96), (2025, 1.02))]
    )
    return known, fan.drop(columns="value"), earlier

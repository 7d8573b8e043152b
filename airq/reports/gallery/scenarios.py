"""Gallery of scenarios, alerts and their validation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from airq.figures import scenario as figures
from airq.figures import scenario_alerts, scenario_basis, scenario_validation
from airq.figures.labels import Language
from airq.figures.scenario_rows import keyed
from airq.figures.style import FigureResult
from airq.reports.gallery.effects import alerts
from airq.reports.gallery.made import PLACE, name
from airq.scenario.alerts.episodes import balance_episode
from airq.scenario.alerts.past import past_alerts
from airq.scenario.alerts.simulating import AlertPlan, compare_plans, simulate_plan
from airq.scenario.response import response
from airq.scenario.validation.outcomes import Outcome, Validation

__all__ = ["draw"]


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    zh = lang == "zh"
    title = "示例情景" if zh else "An example"
    yield figures.changes(keyed(_table()), "pm25_season", lang, title, True)
    every = {("情景一" if zh else "one"): keyed(_table()), ("情景二" if zh else "two"): keyed(_table(3.0))}
    yield figures.compare(every, ("pm25_season", "good_days_2012"), "fukang", lang, True)
    goal = "优良≥290天" if zh else "290 good days"
    yield figures.probabilities(pd.DataFrame({"label": [goal], "before": [0.2], "after": [0.5]}), lang, True)
    tonnes = pd.DataFrame({"pollutant": ["PM25", "SO2", "CO2"], "p5": [1.0, 2, 3], "p50": [2.0, 3, 4], "p95": [3.0, 4, 5]})  # fmt: skip
    yield scenario_basis.tonnes(tonnes, lang, title)
    lines = pd.DataFrame({"id": ["a", "b"], "name_zh": ["淘汰锅炉", "电动货车"], "name_en": ["Boilers", "Electric trucks"], "pollutant": "PM25", "p5": [0.5, 1], "p50": [1.0, 5], "p95": [2.0, 9]})  # fmt: skip
    yield scenario_basis.lines(lines, "PM25", lang, title)
    yield scenario_basis.evidence(response(60, 0, (PLACE,), ("all",), observed=False), lang)
    causes = pd.DataFrame(
        {"label": ["天气" if zh else "weather", "系数" if zh else "factors"], "share": [0.6, 0.2]}
    )
    yield scenario_basis.causes(causes, lang)
    front = pd.DataFrame({"cost": [0.0, 1e6], "low": [0, 0.1], "middle": [0, 0.3], "high": [0, 0.8], "co2": [0, 1e3], "tied": [True, False]})  # fmt: skip
    yield scenario_basis.front(front, lang, True)
    box = balance_episode()
    yield scenario_alerts.alert_episode(
        simulate_plan(AlertPlan("red", 0, 5), box, 100), lang, name(lang), True
    )
    yield scenario_alerts.alert_timing(
        compare_plans(box, begins=[-1, 0, 1, 2], days=[5], draws=50), box, lang
    )
    called = alerts()
    called = called.assign(alert=2 * called["alert"].astype(int))
    yield scenario_alerts.past_alerts(past_alerts(called, placebos=0), lang)
    rows = pd.DataFrame({"year": 2025, "since": 2022, "kind": "level", "indicator": "pm25", "method": ["measures", "persistence"], "p5": [36.0, 40.0], "p50": [46.0, 50.0], "p95": [57.0, 60.0], "observed": 37.0})  # fmt: skip
    yield scenario_validation.hindcast(rows, (), lang, name(lang), True)
    yield scenario_validation.tests(Validation(_outcomes()), lang)


def _table(scale: float = 1.0) -> pd.DataFrame:
    """Changes at two places, as a result of a scenario holds them."""
    rows = []
    for number, place in enumerate((PLACE, "fukang")):
        for period, kind, standard in (("2025-2026", "pm25", ""), ("2026", "pm25", ""), ("2025", "good_days", "GB3095-2012"), ("2026", "good_days", "GB3095-2012")):  # fmt: skip
            middle = -scale * (number + 1)
            about = {"place": place, "period": period, "indicator": kind, "standard": standard, "unit": "µg/m³" if kind == "pm25" else "days"}  # fmt: skip
            least = 1.5 if period == "2025-2026" else np.nan
            rows.append({**about, "change_p5": 2 * middle, "change_p50": middle, "change_p95": 0.5 * middle, "minimum_detectable": least, "detectable": abs(middle) >= 1.5})  # fmt: skip
    return pd.DataFrame(rows)


def _outcomes() -> tuple[Outcome, ...]:
    """Two numbers of a validation."""
    return (
        Outcome("T1", "response_bias", -0.03, -0.06, 0.0, 200, -0.1, 0.1),
        Outcome("T1", "response_coverage", 0.89, 0.85, 0.92, 200, 0.85, 0.95),
    )

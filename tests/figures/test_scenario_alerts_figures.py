"""Figures of alerts: their numbers, both languages, every glyph in the bundled fonts."""

from __future__ import annotations

import warnings

import matplotlib.text
import numpy as np
import pandas as pd
import pytest

from airq.errors import MissingData, ParameterError
from airq.figures import scenario_alerts as figures
from airq.scenario.alerts.episodes import balance_episode
from airq.scenario.alerts.past import past_alerts
from airq.scenario.alerts.simulating import AlertPlan, compare_plans, simulate_plan


def said(result) -> str:
    return "\n".join(t.get_text() for t in result.figure.findobj(matplotlib.text.Text))


@pytest.fixture(scope="module")
def results() -> tuple:
    box = balance_episode()
    rng = np.random.default_rng(0)
    days = pd.date_range("2015-10-01", "2021-04-30")
    log = 4.4 + 0.6 * np.convolve(rng.standard_normal(len(days) + 4), np.ones(5) / 2.2, "valid")
    issued = log + 0.3 * rng.standard_normal(len(days))
    alert = 2 * ((issued > 4.9) & (rng.random(len(days)) < 0.6))
    frame = pd.DataFrame(
        {"date": days, "pm25": np.exp(log - 0.06 * alert), "forecast": np.exp(issued), "alert": alert}
    )
    return (
        simulate_plan(AlertPlan("red", 0, 5), box, 200),
        compare_plans(box, begins=[-1, 0, 1, 2], days=[5], draws=100),
        box,
        past_alerts(frame, placebos=0),
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_draws_with_its_numbers(results: tuple, lang: str) -> None:
    one, table, box, past = results
    made = [
        figures.alert_episode(one, lang, "昌吉市", True),
        figures.alert_timing(table, box, lang),
        figures.past_alerts(past, lang),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that no font has
        assert all(f.to_png().startswith(b"\x89PNG") for f in made)
    texts = [said(m) for m in made]
    assert f"{one.table['percent_p50'][0]:+.0f}" in texts[0] and ("模拟数据" in texts[0])
    held = table[(table["level"] == "red") & (table["early"] == 0)]["peak_p50"].iloc[0]
    assert f"{-held:.0f}" in texts[1] and ("提前" in texts[1] if lang == "zh" else "early" in texts[1])
    assert f"{past.table['p50'][1]:+.0f}" in texts[2] and str(past.effect.alert_days) in texts[2]
    assert len(made[0].frame) == 17 and len(made[1].frame) == 12 and len(made[2].frame) == 3


def test_figures_refuse_what_they_cannot_show(results: tuple) -> None:
    one, table, box, _ = results
    with pytest.raises(MissingData):
        figures.alert_timing(table.head(0), box)
    with pytest.raises(ParameterError, match="language"):
        figures.alert_episode(one, "fr")  # type: ignore[arg-type]

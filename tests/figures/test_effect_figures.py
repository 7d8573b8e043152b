"""Figures on the effect of measures: their numbers, both languages, every glyph in the bundled fonts."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from airq import analysis
from airq.errors import MissingData, ParameterError
from airq.figures import effect as figures
from airq.figures.effect_words import choice

DATE = pd.Timestamp("2018-10-15")


@pytest.fixture(scope="module")
def results() -> list:
    rng = np.random.default_rng(0)
    days = pd.date_range("2016-01-01", "2020-12-31")
    common = 0.3 * rng.standard_normal(len(days))
    parts = []
    for k, site in enumerate(("changji", "fukang", "manas", "Station 9")):
        log = 4 + common + 0.2 * rng.standard_normal(len(days)) - 0.3 * ((k == 0) & (days >= DATE))
        parts.append(pd.DataFrame({"date": days, "site": site, "pm25": np.exp(log)}))
    frame = pd.concat(parts)
    own = frame[frame["site"] == "changji"]
    return [
        analysis.interrupted_series(own, "pm25", DATE),
        analysis.synthetic_control(frame, "pm25", DATE, "changji"),
        analysis.minimum_detectable_effect(own, season=None),
    ]


def texts(result) -> str:
    import matplotlib.text

    return "\n".join(t.get_text() for t in result.figure.findobj(matplotlib.text.Text))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_figure_draws_with_its_numbers(results: list, lang: str) -> None:
    its, control, season = results
    made = [
        figures.effect(its, lang, "X", True),
        figures.effect(control, lang),
        figures.methods([its, control], lang),
        figures.detectable(season, lang),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that no font has
        assert all(f.to_png().startswith(b"\x89PNG") for f in made)
    assert made[1].frame["counterfactual"].notna().all() and len(made[2].frame) == 2
    assert f"{abs(control.percent):.0f}" in texts(made[1])
    said = texts(made[1])
    assert ("不用阜康市" in said) if lang == "zh" else ("without Fukang" in said)
    assert ("昌吉" in said) is False and "Station 9" in said
    assert len(made[3].frame) == 5


def test_alert_figure(results: list) -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2016-10-15", "2020-04-15")
    log = 4 + 0.6 * rng.standard_normal(len(days))
    forecast = log + 0.3 * rng.standard_normal(len(days))
    alert = (forecast > 4.8) & (rng.random(len(days)) < 0.5)
    frame = pd.DataFrame({"date": days, "pm25": np.exp(log), "forecast": np.exp(forecast), "alert": alert})
    found = analysis.alert_effect(frame, placebos=10)
    for lang in ("zh", "en"):
        shown = figures.alerts(found, lang)
        assert shown.to_png().startswith(b"\x89PNG") and len(shown.frame) == len(found.days)
        assert f"{found.alert_days:,}" in texts(shown)


def test_refusals(results: list) -> None:
    with pytest.raises(ParameterError, match="language 'fr'"):
        figures.effect(results[0], "fr")
    with pytest.raises(MissingData, match="no result"):
        figures.methods([])


def test_every_choice_has_a_chinese_name(results: list) -> None:
    for result in results[:2]:
        for name in result.specifications["name"]:
            assert any(ord(c) > 0x2E80 for c in choice(name, "zh")), name

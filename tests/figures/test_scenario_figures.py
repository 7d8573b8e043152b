"""Figures on scenarios hold the numbers they draw, in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq.errors import MissingData
from airq.figures import scenario as figures
from airq.figures import scenario_basis as basis
from airq.figures.scenario_rows import keyed
from airq.scenario.response import response

PLACES = ("changji", "fukang")


def table(scale: float = 1.0) -> pd.DataFrame:
    rows = []
    for number, place in enumerate(PLACES):
        for period, name, standard in (("2025-2026", "pm25", ""), ("2026", "pm25", ""), ("2025", "good_days", "GB3095-2012"), ("2026", "good_days", "GB3095-2012")):  # fmt: skip
            middle = -scale * (number + 1)
            about = {"place": place, "period": period, "indicator": name, "standard": standard, "unit": "µg/m³" if name == "pm25" else "days"}  # fmt: skip
            least = 1.5 if period == "2025-2026" else np.nan
            rows.append({**about, "change_p5": 2 * middle, "change_p50": middle, "change_p95": 0.5 * middle, "minimum_detectable": least, "detectable": abs(middle) >= 1.5})  # fmt: skip
    return pd.DataFrame(rows)


def texts(figure: object) -> str:
    found = [
        t.get_text() for a in figure.axes for t in (*a.texts, *a.get_yticklabels(), a.title, a.xaxis.label)
    ]
    return "\n".join([*found, *(t.get_text() for t in figure.texts), figure.get_suptitle()])


def test_keys_take_the_season_and_the_last_year() -> None:
    rows = keyed(table())
    assert sorted(set(rows["indicator"])) == ["good_days_2012", "pm25_season", "pm25_year"]
    assert set(rows.loc[rows["indicator"] == "good_days_2012", "period"]) == {"2026"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_changes_mark_what_cannot_be_detected(lang: str) -> None:
    made = figures.changes(keyed(table()), "pm25_season", lang, "x", simulated=True)
    assert made.frame["p50"].tolist() == [-1.0, -2.0]
    said = texts(made.figure)
    assert "−1.00" in said or "−1 [" in said
    dots = [line for line in made.figure.axes[0].lines if line.get_marker() == "o"]
    assert [d.get_markerfacecolor() == "white" for d in dots] == [True, False]
    assert ("观测看不出" if lang == "zh" else "observation cannot") in said
    assert ("昌吉市" if lang == "zh" else "Changji City") in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_scenarios_stand_side_by_side(lang: str) -> None:
    every = {"one": keyed(table()), "two": keyed(table(3.0))}
    made = figures.compare(every, ("pm25_season", "good_days_2012"), "fukang", lang)
    held = made.frame.set_index(["label", "indicator"])["p50"]
    assert held["one", "pm25_season"] == -2.0 and held["two", "good_days_2012"] == -6.0
    assert len(made.figure.axes) == 2


def test_what_is_missing_is_said() -> None:
    rows = keyed(table())
    for make, said in (
        (lambda: figures.changes(rows, "o3_90_year"), "no indicator 'o3_90_year'"),
        (lambda: figures.compare({"a": rows}, ("pm25_season",), "mori"), "no place 'mori'"),
        (lambda: figures.compare({}, ("pm25_season",), "mori"), "no scenario"),
        (lambda: figures.probabilities(rows.head(0)), "no target"),
        (lambda: basis.causes(pd.DataFrame({"label": [], "share": []})), "no cause"),
        (lambda: basis.front(pd.DataFrame()), "no set"),
    ):
        with pytest.raises(MissingData, match=said):
            make()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_prior_and_posterior_are_those_of_the_response(lang: str) -> None:
    made = response(60, 0, ("changji",), ("all",), observed=False)
    shown = basis.evidence(made, lang)
    row = shown.frame.set_index("name").loc["prior"]
    assert (row["low"], row["middle"], row["high"]) == made.evidence.pooled
    assert "posterior" not in set(shown.frame["name"])
    assert f"{row['middle']:.2f}" in texts(shown.figure)


def test_tonnes_targets_causes_and_the_front_are_drawn() -> None:
    season = pd.DataFrame(
        {"pollutant": ["PM25", "SO2", "CO2"], "p5": [1.0, 2, 3], "p50": [2.0, 3, 4], "p95": [3.0, 4, 5]}
    )
    assert basis.tonnes(season, "en").frame["pollutant"].tolist() == ["PM25", "SO2"]
    lines = pd.DataFrame({"id": ["a", "b"], "name_zh": "", "name_en": ["A", ""], "pollutant": "PM25", "p5": [0.5, 1], "p50": [1.0, 5], "p95": [2.0, 9]})  # fmt: skip
    assert basis.lines(lines, "PM25", "en").frame["label"].tolist() == ["b", "A"]
    with pytest.raises(MissingData, match="no measure"):
        basis.lines(lines, "SO2")
    judged = figures.probabilities(pd.DataFrame({"label": ["a"], "before": [0.2], "after": [0.5]}), "en")
    assert "20% → 50%" in texts(judged.figure)
    front = pd.DataFrame({"cost": [0.0, 1e6], "low": [0, 0.1], "middle": [0, 0.3], "high": [0, 0.8], "co2": [0, 1e3], "tied": [True, False]})  # fmt: skip
    for lang in ("zh", "en"):
        assert basis.front(front, lang).to_png().startswith(b"\x89PNG")
    assert "60%" in texts(basis.causes(pd.DataFrame({"label": ["x", "y"], "share": [0.1, 0.6]})).figure)

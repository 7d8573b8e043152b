"""The hindcast on official city figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq.errors import MissingData, ParameterError
from airq.observations import simulation
from airq.scenario import hindcasting
from airq.scenario.hindcasting import INDICATORS, METHODS, OfficialHindcast, city_figures, hindcast_official


def weather(simulated: bool) -> pd.DataFrame:
    days = pd.date_range("2014-01-01", "2025-12-31")
    rng = np.random.default_rng(0)
    yearly = rng.normal(0, 0.08, 13)[days.year - 2014]
    wave = 3.6 + 0.9 * np.cos(2 * np.pi * (days.day_of_year.to_numpy() - 15) / 365.25)
    pm25 = np.exp(wave + yearly + 0.5 * rng.standard_normal(len(days)))
    frame = pd.DataFrame({"date": days, "site": "changji", "pm25": pm25, "pm10": 1.6 * pm25})
    frame.attrs["simulated"] = str(simulated).lower()
    return frame


def table_until_2022() -> pd.DataFrame:
    table = city_figures()
    return table[table["year"].isin([2020, 2022])]


@pytest.fixture(scope="module")
def made() -> OfficialHindcast:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hindcasting, "_days", lambda archive, place, first: weather(True))
        return hindcast_official(draws=400)


def test_the_figures_are_those_of_the_documents() -> None:
    table = city_figures().set_index(["year", "indicator"])["value"]
    assert table[(2020, "pm25")] == 53 and table[(2025, "pm25")] == 37
    assert table[(2025, "good_days")] - table[(2020, "good_days")] == 24
    assert table[(2025, "heavy_days")] - table[(2020, "heavy_days")] == -26
    assert table[(2022, "good_days")] == round(0.753 * 365) and table[(2022, "heavy_days")] == round(
        0.085 * 365
    )
    assert (2024, "pm25") not in table.index


def test_each_figure_is_foretold_from_the_last_before_it(made: OfficialHindcast) -> None:
    rows = made.rows
    assert set(map(tuple, rows[["year", "since", "kind"]].to_numpy().tolist())) == {
        (2022, 2020, "level"), (2024, 2023, "change"), (2025, 2022, "level"),
    }  # fmt: skip
    own = rows[rows["method"] == "measures"]
    assert len(own) == made.figures == 8 and made.years == 3
    assert own[own["year"] == 2024]["indicator"].tolist() == ["good_days", "heavy_days"]
    assert set(rows["method"]) == set(METHODS) and set(rows["indicator"]) == set(INDICATORS)
    assert (rows["p5"] <= rows["p50"]).all() and (rows["p50"] <= rows["p95"]).all()
    # A line needs two earlier figures.
    assert rows[rows["method"] == "trend"]["year"].unique().tolist() == [2024, 2025]


def test_the_naive_ones_are_what_they_say(made: OfficialHindcast) -> None:
    middle = made.rows.set_index(["year", "indicator", "method"])["p50"]
    assert middle[(2022, "pm25", "persistence")] == pytest.approx(53, abs=2)
    assert middle[(2025, "good_days", "persistence")] == pytest.approx(275, abs=4)
    assert middle[(2025, "pm25", "trend")] == pytest.approx(50 - 1.5 * 3, abs=3)
    for name in ("measures", "rollback"):
        assert middle[(2025, "pm25", name)] < middle[(2025, "pm25", "persistence")]
    assert middle[(2025, "pm25", "measures_and_others")] < middle[(2025, "pm25", "measures")]


def test_no_skill_is_claimed_and_simulated_weather_is_said(made: OfficialHindcast) -> None:
    assert "n = 8" in made.notes_en[0] and "none is claimed" in made.notes_en[0]
    assert "共8个" in made.notes_zh[0] and "不作任何技巧声明" in made.notes_zh[0]
    assert "simulated and calibrated to these figures" in made.notes_en[-1] and "校准" in made.notes_zh[-1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hindcasting, "_days", lambda archive, place, first: weather(False))
        real = hindcast_official(figures=table_until_2022(), draws=50)
    assert not any("calibrated" in n for n in real.notes_en)
    assert made.notes("zh") == made.notes_zh and "<table" in made._repr_html_()


def test_what_comes_later_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = weather(True)
    late = frame.copy()
    late.loc[late["date"] > "2020-12-31", ["pm25", "pm10"]] *= 5
    late.attrs = frame.attrs
    table = table_until_2022()
    results = []
    for days in (frame, late):
        monkeypatch.setattr(hindcasting, "_days", lambda archive, place, first, days=days: days)
        results.append(hindcast_official(figures=table, draws=60).rows)
    pd.testing.assert_frame_equal(*results)


def test_the_embedded_weather_is_marked_as_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    real = simulation.simulate
    monkeypatch.setattr(
        simulation, "simulate", lambda start, end, places: real("2015-01", "2015-02", places=places)
    )
    hindcasting._embedded.cache_clear()
    days = hindcasting._embedded("changji")
    hindcasting._embedded.cache_clear()
    assert days.attrs["simulated"] == "true" and len(days) in (59, 60)


def test_an_archive_that_begins_too_late_is_not_taken_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = weather(False)
    short = whole[whole["date"] > "2018-06-30"]
    monkeypatch.setattr(hindcasting, "_embedded", lambda place: weather(True))
    for frame, simulated in ((whole, "false"), (short, "true")):
        frame.attrs["simulated"] = "false"
        monkeypatch.setattr(hindcasting, "archive_days", lambda archive, sites, frame=frame: frame)
        assert hindcasting._days(None, "changji", 2020).attrs["simulated"] == simulated
    monkeypatch.setattr(hindcasting, "archive_days", lambda archive, sites: short)
    assert len(hindcasting._days("own", "changji", 2020)) == len(short)


def test_figures_without_an_earlier_one_are_refused() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hindcasting, "_days", lambda archive, place, first: weather(True))
        with pytest.raises(MissingData, match="has one before it"):
            hindcast_official("mori", draws=50)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("changji,2020,pm25,level,x,ug m-3,[P],a", "the value is no number"),
        ("changji,2020,o3,level,5,ug m-3,[P],a", "indicator 'o3' is not known"),
        ("changji,2020,pm25,delta,5,ug m-3,[P],a", "kind 'delta' is not known"),
    ],
)
def test_a_broken_table_is_refused_in_one_sentence(tmp_path: Path, line: str, text: str) -> None:
    file = tmp_path / "own.csv"
    file.write_text(f"place,year,indicator,kind,value,unit,mark,source\n{line}\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=f"own.csv, data row 1: {text}"):
        city_figures(file)
    file.write_text("place,year\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="has no column 'indicator'"):
        city_figures(file)

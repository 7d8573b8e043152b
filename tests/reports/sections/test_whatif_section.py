"""The what-if section: the season, the measures taken, one run for all, each page led by its own place."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from section_pages import assert_links_lead_to_numbers, assert_one_language, computed, context, figures, words

from airq import places, scenario
from airq.errors import AirqError
from airq.reports.sections import whatif, whatif_page
from airq.scenario import archive_days as module

COUNTIES = ("changji", "fukang", "qitai")


@pytest.fixture(scope="module")
def no_archive():
    """What these sections ask of an archive: whether it is simulated."""
    return SimpleNamespace(simulated=True, path="none", months=list)


def air(last: str = "2026-09-30") -> pd.DataFrame:
    date = pd.date_range("2021-10-01", last)
    frames = []
    for k, name in enumerate(COUNTIES):
        rng = np.random.default_rng(k)
        wave = np.maximum(np.cos(2 * np.pi * (date.day_of_year.to_numpy() - 15) / 365.25), -0.2)
        pm25 = (30 + 70 * wave - 8 * k) * rng.lognormal(0, 0.45, len(date))
        frames.append(
            pd.DataFrame(
                {
                    "date": date, "site": name, "pm25": pm25, "pm10": 1.5 * pm25 + 8, "so2": 8.0, "no2": 30.0,
                    "co": 0.8, "o3": 80 - 40 * wave, "temperature_mean": -20 * wave,
                    "wind_speed_mean": rng.gamma(4, 0.5, len(date)), "mixing_height_mean": 600 - 300 * wave,
                }
            )
        )  # fmt: skip
    out = pd.concat(frames, ignore_index=True)
    out.attrs = {"simulated": "true", "edition": "2012"}
    return out


@pytest.fixture(scope="module")
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whatif, "DRAWS", 40)
        patch.setattr(whatif, "WEATHER_YEARS", 6)
        patch.setattr(module, "archive_days", lambda archive, sites=(): air())
        yield patch


@pytest.fixture(scope="module")
def data(quick, no_archive):
    return computed("whatif", context(no_archive, "changji", "2026-09"))


@pytest.mark.parametrize(
    ("day", "season"),
    [
        ("2026-04-15", 2025),
        ("2026-04-16", 2026),
        ("2026-10-14", 2026),
        ("2026-12-31", 2026),
        ("2027-01-31", 2026),
    ],
)
def test_season_under_way_or_next(day, season):
    assert whatif.season_of(pd.Timestamp(day)) == season


def test_planned_measures_are_those_whose_date_has_not_passed():
    from airq import inventory

    table = inventory.load().table.set_index("measure_id")
    lines, late = whatif.planned(2026, pd.Timestamp("2026-09-30"))
    ids = [m["id"] for m in lines]
    assert ids and late > 0
    assert (table.loc[ids, "status"] == "planned").all()
    assert not [i for i in ids if table.loc[i, "end"] and table.loc[i, "end"][:4] < "2026"]
    assert not [i for i in ids if table.loc[i, "start"][:4] > "2027"]
    assert "growth" not in set(table.loc[ids, "category"])


def test_counties_of_one_run(data):
    assert data["places"] == list(COUNTIES) and data["season"] == 2026 and data["under_way"] is False
    assert [s["name"] for s in data["scenarios"]] == ["planned", "planned-alerts"] and data["refused"] == []
    assert data["weather"]["past"] == ["2021-2022", "2022-2023", "2023-2024", "2024-2025", "2025-2026"]


def _change(data: dict, scenario: int, place: str, indicator: str = "pm25_season") -> dict:
    rows = data["scenarios"][scenario]["rows"]
    return next(r for r in rows if r["place"] == place and r["indicator"] == indicator)


def test_alerts_come_on_top_of_measures(data):
    for place in COUNTIES:
        plan, both = (_change(data, k, place) for k in (0, 1))
        assert both["change_p50"] < plan["change_p50"] <= 0
        assert plan["baseline_p50"] == both["baseline_p50"]
        base = next(r for r in data["baseline"] if r["place"] == place and r["indicator"] == "pm25_season")
        assert base["p50"] == plan["baseline_p50"]


def test_days_are_those_of_the_season(data):
    whole = (pd.Timestamp("2027-04-15") - pd.Timestamp("2026-10-15")).days + 1
    for row in data["baseline"]:
        if row["unit"] == "days":
            assert 0 <= row["p50"] <= whole and row["period"] == "2026-2027"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_leads_with_its_place(data, lang):
    for place, first in (("qitai", "qitai"), ("changji-prefecture", "changji"), ("div12", "changji")):
        result = context(None, place, "2026-09").result
        parts = whatif.show(data, result, lang)
        text = words(parts)
        if lang == "en":
            assert_one_language(text, lang)
        assert_links_lead_to_numbers(parts, "whatif", data)
        (picture,) = figures(parts)
        assert set(picture.frame["place"]) == {first}
        own = next(r for r in data["baseline"] if r["place"] == first and r["indicator"] == "pm25_season")
        assert f"{own['p50']:.1f}" in text and places.get("fukang").name(lang) in text
    assert ("没有为第十二师做情景推演" if lang == "zh" else "No scenario was run for 12th Division") in text


def test_small_change_is_said_to_be_invisible(data):
    text = words(whatif_page.sentences(data, "changji", "en"))
    assert "monitoring will not show it" in text and "in full and on time" in text
    assert "simulated" in text


def test_nothing_after_the_period_is_used(quick, no_archive):
    early = computed("whatif", context(no_archive, "changji", "2025-01"))
    assert early["weather"]["past"] == ["2021-2022", "2022-2023", "2023-2024"]
    assert early["season"] == 2024 and early["under_way"] is True
    assert "already" not in words(whatif_page.sentences(early, "changji", "zh"))
    assert "本季已经开始" in words(whatif_page.sentences(early, "changji", "zh"))


def test_own_scenarios_and_one_that_cannot_be_read(quick, no_archive, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "title_zh: 自定\ntitle_en: Mine\nseason: 2026-2027\nmeasures:\n"
        "  - {id: all-of-it, category: all, places: changji, cut: 10 %, start: 2026-01, end: 2026-06}\n",
        encoding="utf-8",
    )
    broken = tmp_path / "broken.yaml"
    broken.write_text("season: 2026-2027\nmeasures: [{id: no-such-measure}]\n", encoding="utf-8")
    made = computed("whatif", context(no_archive, "changji", "2026-09", scenarios=[str(file), str(broken)]))
    assert [s["title_en"] for s in made["scenarios"]] == ["Mine"]
    assert _change(made, 0, "changji")["change_p50"] < -1
    (refused,) = made["refused"]
    assert refused["name"] == "broken" and "no-such-measure" in refused["en"]
    assert_one_language(refused["zh"].replace("broken", ""), "zh")
    text = words(whatif.show(made, context(None, "changji", "2026-09").result, "zh"))
    assert "自定：采暖季" in text and "规划措施" not in text


def test_an_unknown_scenario_says_what_is_known_in_both_languages():
    with pytest.raises(AirqError) as caught:
        scenario.load("nosuch")
    said = whatif._refused("nosuch", caught.value)
    for name in ("no-action", "red-alert-5-days"):
        assert name in said["en"] and name in said["zh"]
    assert "没有这个情景文件" in said["zh"]


def test_key_changes_with_the_files(no_archive, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("season: 2026\n", encoding="utf-8")
    made = context(no_archive, "changji", "2026-09", scenarios=[str(file)])
    before = whatif.inputs(made)
    file.write_text("season: 2027\n", encoding="utf-8")
    assert whatif.inputs(made) != before and "scenarios" in whatif.SETTINGS


def test_without_a_season_one_sentence(no_archive, monkeypatch):
    few = air("2022-01-31")
    monkeypatch.setattr(module, "archive_days", lambda archive, sites=(): few)
    said = computed("whatif", context(no_archive, "changji", "2022-01"))["missing"]
    assert "没有一个完整的采暖季" in said["zh"] and "no whole heating season" in said["en"]
    assert_one_language(said["zh"], "zh")

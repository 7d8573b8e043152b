"""The outlook section: nothing after the period is used, the page says what was computed, lacks are one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from section_pages import assert_links_lead_to_numbers, assert_one_language, computed, context, figures, words

from airq.reports.sections import outlook, outlook_page


@pytest.fixture(scope="module")
def data(small_archive):
    with pytest.MonkeyPatch.context() as patch:  # fewer leads: the rest is the same
        patch.setattr(outlook, "LEADS", (1, 2))
        patch.setattr(outlook, "TEST_LEADS", (1,))
        patch.setattr(outlook, "TEST_DAYS", 60)
        yield computed("outlook", context(small_archive, "changji", "2026-09"))


def test_issued_at_the_end_of_the_period_although_the_archive_goes_on(data, small_archive):
    assert small_archive.months()[-1] == "2026-10"
    assert data["issued"] == data["period_end"] == "2026-09-30"
    assert [r["date"] for r in data["rows"]["pm25"]] == ["2026-10-01", "2026-10-02"]
    assert data["weather"] == "none" and data["weather_before"] is False
    assert max(r["date"] for r in data["observed"]) == "2026-09-30"


def test_what_comes_later_changes_nothing(data, small_archive, monkeypatch):
    from airq.reports import forecast_data

    kept = forecast_data.daily

    def with_more(*given, **named):
        frame = kept(*given, **(named | {"end": None}))
        late = frame["date"] > "2026-09-30"
        assert late.any()
        return frame.assign(pm25=np.where(late, 9999.0, frame["pm25"]))

    monkeypatch.setattr(forecast_data, "daily", with_more)
    made = context(small_archive, "changji", "2026-09")
    frame = outlook._frame(made, pd.Timestamp("2026-09-30"))
    assert frame["date"].max() == pd.Timestamp("2026-09-30") and frame["pm25"].max() < 9999


def test_quantiles_are_in_order_and_probabilities_are_shares(data):
    for rows in data["rows"].values():
        for row in rows:
            values = [row[q] for q in ("q05", "q10", "q25", "q50", "q75", "q90", "q95")]
            assert values == sorted(values)
    whole: dict[str, float] = {}
    for row in data["categories"]:
        whole[row["date"]] = whole.get(row["date"], 0) + row["probability"]
    assert all(abs(v - 1) < 1e-9 for v in whole.values())
    heavy = data["heavy"]
    daily = [r["probability"] for r in heavy["days"]]
    assert max(daily) - 1e-12 <= heavy["any"] <= min(1.0, sum(daily) + 1e-12)
    worst = [r["probability"] for r in data["alerts"]["outlook"]]
    assert worst == sorted(worst, reverse=True)


def test_scores_name_every_lead(data):
    assert [r["horizon"] for r in data["skill"]["rows"]] == [1]
    assert all(
        r["crpss_climatology_low"] <= r["crpss_climatology"] <= r["crpss_climatology_high"]
        for r in data["skill"]["rows"]
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_prints_the_medians_and_says_which_weather(data, lang):
    parts = outlook.show(data, None, lang)
    text = words(parts)
    assert_one_language(text, lang)
    assert_links_lead_to_numbers(parts, "outlook", data)
    assert text.startswith("## 未来十天" if lang == "zh" else "## The coming ten days")
    assert ("没有使用气象预报" if lang == "zh" else "neither a weather forecast") in text
    for row in data["days"]:
        assert f"{row['pm25']:.0f} [{row['pm25_q10']:.0f}–{row['pm25_q90']:.0f}]" in text
    (fan,) = figures(parts)
    assert np.allclose(fan.frame["q50"].dropna(), [r["q50"] for r in data["rows"]["pm25"]])
    assert fan.to_png()[:4] == b"\x89PNG" and not fan.missing


def test_warning_names_the_levels_that_reach_the_ratio(data):
    row = {"level_zh": "黄色预警", "level": "yellow", "probability": 0.6, "warn": True, "open_share": 0.0}
    row |= {"start_q50": "2026-10-02", **{f"duration_{q}": 3.0 for q in ("q10", "q50", "q90")}}
    orange = row | {"level_zh": "橙色预警", "level": "orange", "probability": 0.1, "warn": False}
    made = data | {"alerts": data["alerts"] | {"outlook": [row, orange]}}
    zh, en = (words(outlook_page.sentences(made, lang)) for lang in ("zh", "en"))
    assert "环大气〔2024〕6号" in zh and "ALERT" not in zh
    assert "黄色60%、橙色10%" in zh and "建议预警：黄色（预计10月2日前后开始" in zh
    assert "yellow 60%, orange 10%" in en and "orange (" not in en


def test_lead_without_skill_is_said_to_have_none(data):
    good, poor = ({"horizon": h, "crpss_climatology_low": low} for h, low in ((1, 0.2), (7, -0.1)))
    said = outlook_page._skill({"rows": [good, poor], "test_days": 365}, "en")
    assert "forecasts 1 day ahead were better" in said and "Forecasts 7 days ahead had no skill" in said


def test_without_all_pollutants_there_is_no_category(data):
    bare = data | {"categories": [], "primary": [], "aqi": [], "heavy": None, "alerts": None}
    text = words(outlook.show(bare, None, "en"))
    assert "no category is given" in text and "heavy pollution" not in text


@pytest.mark.parametrize(
    ("place", "period", "absence", "zh", "en"),
    [
        ("mori", "2026-09", "no_station", "木垒县没有评价站点", "no evaluation station"),
        ("changji", "2024-09", "no_value", "2024-09-01至2024-09-30没有有效日", "There is no valid day"),
        ("changji", "2025-02", "", "只有59天", "there are 59 days"),
    ],
)
def test_lack_is_one_sentence_in_each_language(small_archive, place, period, absence, zh, en):
    said = computed("outlook", context(small_archive, place, period, absence))["missing"]
    assert zh in said["zh"] and en in said["en"]
    assert said["zh"].count("。") == 1 and said["en"].count(". ") == 0
    assert_one_language(said["en"], "en")
    assert_one_language(said["zh"], "zh")


def test_period_without_a_day_although_earlier_ones_have(small_archive, monkeypatch):
    from airq.reports import forecast_data

    days = pd.date_range("2025-01-01", "2026-09-30")
    frame = pd.DataFrame({"date": days, "site": "changji"})
    for name in ("pm25", "pm10", "so2", "no2", "co", "o3"):
        frame[name] = np.where(days < "2026-09-01", 30.0, np.nan)
    monkeypatch.setattr(forecast_data, "daily", lambda *a, **k: frame)
    said = computed("outlook", context(small_archive, "changji", "2026-09"))["missing"]
    assert "There is no valid day from 2026-09-01 to 2026-09-30" in said["en"]

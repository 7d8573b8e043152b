"""The deweathered section: a fall put in is found, weather alone is not, below the limit there is no verdict."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from section_pages import assert_links_lead_to_numbers, assert_one_language, computed, context, figures, words

from airq.analysis import period as periods
from airq.reports import forecast_data
from airq.reports.sections import deweathered, deweathered_page

LAST = "2025-06-30"


@pytest.fixture(scope="module")
def no_archive():
    """What these sections ask of an archive: whether it is simulated."""
    return SimpleNamespace(simulated=True, path="none", months=list)


def days(
    years: int = 7, factor: float = 1.0, trend: float = 0.0, calm: float = 1.0, seed: int = 0
) -> pd.DataFrame:
    """Days of one place; PM2.5 of June 2025 times ``factor``, and its wind times ``calm``."""
    rng = np.random.default_rng(seed)
    date = pd.date_range(pd.Timestamp(LAST) - pd.DateOffset(years=years) + pd.Timedelta(days=1), LAST)
    wave = np.cos(2 * np.pi * (date.day_of_year.to_numpy() - 15) / 365.25)
    now = (date >= "2025-06-01").astype(float)
    wind = rng.gamma(4, 0.6, len(date)) * np.where(now > 0, calm, 1.0)
    cold = -12 * wave + rng.normal(0, 4, len(date))
    passed = (date - date[0]).days.to_numpy() / 365.25
    level = np.log(55) + 0.7 * wave - 0.45 * np.log(0.4 + wind) + trend * passed + now * np.log(factor)
    pm25 = np.exp(level + rng.normal(0, 0.15, len(date)))
    frame = pd.DataFrame({"date": date, "site": "changji", "pm25": pm25, "temperature_mean": cold, "wind_speed_mean": wind})  # fmt: skip
    frame.attrs = {"weather_observed": True}
    return frame


@pytest.fixture
def section_of(no_archive, monkeypatch):
    monkeypatch.setattr(deweathered, "MODEL", "additive")
    monkeypatch.setattr(deweathered, "SAMPLES", 20)

    def make(frame: pd.DataFrame, period: str = "2025-06", place: str = "changji", until: str = "") -> dict:
        monkeypatch.setattr(forecast_data, "daily", lambda *a, **k: frame)
        return computed("deweathered", context(no_archive, place, period, until=until))

    return make


def test_fall_that_was_put_in_is_found_and_lies_in_the_interval(section_of):
    made = section_of(days(factor=0.55))["change"]
    assert made["verdict"] == "fell"
    assert made["interval"][0] < -45 < made["interval"][1]
    assert made["percent"] < made["fall_detectable"] < 0 < made["rise_detectable"]


def test_weather_alone_is_no_change(section_of):
    data = section_of(days(calm=0.35))
    assert data["observed"]["percent"] > 25  # the month as observed is far dirtier
    assert data["change"]["verdict"] == "cannot_tell" and abs(data["change"]["percent"]) < 15
    text = words(deweathered_page.sentences(data, periods.parse("2025-06"), "en"))
    assert "whether anything changed cannot be told" in text and "it rose" not in text


def test_trend_that_was_put_in_is_found(section_of):
    made = section_of(days(trend=-0.05))["trend"]
    assert made["verdict"] == "fell"
    assert made["percent_interval"][0] < -5 < made["percent_interval"][1] + 0.8
    assert made["smallest_percent"] > 0


def test_no_trend_is_no_verdict(section_of):
    data = section_of(days())
    assert data["trend"]["verdict"] == "cannot_tell"
    assert len(data["months"]) == 84 and len(data["years"]) == 7


def test_verdict_needs_both_the_interval_and_the_limit():
    assert deweathered.verdict(-0.3, 0.2, 0.35) == "cannot_tell"
    assert deweathered.verdict(-0.36, 0.2, 0.35) == "fell"
    assert deweathered.verdict(0.5, 0.6, 0.4) == "cannot_tell"


def test_three_years_give_no_verdict_on_last_year_but_a_trend(section_of):
    data = section_of(days(years=3))
    assert data["change"] is None and data["change_reason"] == "few_years" and data["trend"] is not None
    for lang in ("zh", "en"):
        text = words(deweathered_page.sentences(data, periods.parse("2025-06"), lang))
        assert ("不足五年" if lang == "zh" else "Fewer than five years") in text


def test_last_year_without_days_is_said(section_of):
    frame = days()
    frame.loc[(frame["date"] >= "2024-06-01") & (frame["date"] < "2024-07-01"), "pm25"] = np.nan
    assert section_of(frame)["change_reason"] == "no_last_year"


def test_year_and_leap_day_are_compared(section_of):
    made = section_of(days(), "2024")
    assert made["observed"] is not None and made["record"]["last"] <= "2024-12-31"
    assert section_of(days(), "2024-02")["change"] is not None


def test_year_under_way_is_compared_up_to_the_last_day_with_data(section_of):
    frame = days()[lambda d: d["date"] <= "2025-05-31"]
    data = section_of(frame, "2025", until="2025-06-01T00:00")
    assert data["until"].startswith("2025-05-31") and data["years"][-1]["days"] == 151
    for key, year in (("this", 2025), ("last", 2024)):
        part = frame[(frame["date"].dt.year == year) & (frame["date"].dt.month <= 5)]
        assert data["observed"][key] == pytest.approx(part["pm25"].mean(), rel=1e-6)
    assert "2025年1—5月PM₂.₅" in words(deweathered_page.sentences(data, periods.parse("2025"), "zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_prints_estimate_interval_and_limit(section_of, lang):
    data = section_of(days(factor=0.55))
    result = context(None, "changji", "2025-06").result
    parts = deweathered.show(data, result, lang)
    text = words(parts)
    assert_one_language(text, lang)
    assert_links_lead_to_numbers(parts, "deweathered", data)
    change = data["change"]
    for value in (change["percent"], *change["interval"]):
        assert deweathered_page.percent(value) in text
    assert deweathered_page.percent(change["fall_detectable"], 0) in text
    assert ("原因不在此判断" if lang == "zh" else "Nothing is said of the cause") in text
    (picture,) = figures(parts)
    assert len(picture.frame) == 84 and picture.to_png()[:4] == b"\x89PNG" and not picture.missing


def test_without_weather_one_sentence(section_of):
    said = section_of(days().drop(columns=["temperature_mean", "wind_speed_mean"]))["missing"]
    assert "没有昌吉市的气象资料" in said["zh"] and "holds no weather of Changji City" in said["en"]


def test_weather_that_ends_before_the_period_one_sentence(section_of):
    frame = days()
    frame.loc[frame["date"] >= "2025-05-01", ["temperature_mean", "wind_speed_mean"]] = np.nan
    assert "Weather covers less than three quarters" in section_of(frame)["missing"]["en"]


def test_less_than_two_years_one_sentence(section_of):
    said = section_of(days(years=1))["missing"]
    assert "不足两年" in said["zh"] and "less than two years" in said["en"]


def test_weather_of_another_place_one_sentence(section_of):
    frame = days().assign(pressure_mean=810.0 + np.random.default_rng(1).normal(0, 3, len(days())))
    said = section_of(frame)["missing"]
    assert "海拔不符" in said["zh"] and "that of another place" in said["en"]


@pytest.mark.parametrize("absence", ["no_station", "no_value"])
def test_absence_one_sentence(no_archive, absence):
    said = computed("deweathered", context(no_archive, "mori", "2026-09", absence))["missing"]
    assert_one_language(said["zh"], "zh")
    assert_one_language(said["en"], "en")

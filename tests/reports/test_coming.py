"""What a reader of a forecast is told: rows that fell back, weather that is missing, days too far from the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq.errors import MissingData
from airq.figures.forecast_words import lasting
from airq.reports import coming as module
from airq.reports.coming import coming


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    date = pd.date_range("2017-01-01", "2019-06-30")
    slow = np.convolve(rng.normal(0, 1, date.size + 9), np.ones(10) / 3, "valid")
    season = np.cos(2 * np.pi * date.day_of_year / 365)
    made = pd.DataFrame({"date": date, "site": "A", "pm25": np.exp(3.8 + 0.7 * season + 0.4 * slow).round()})
    made["temperature_mean"] = 10 - 20 * season + 3 * slow
    return made


def test_rows_that_stand_apart_are_named_with_their_leads(frame: pd.DataFrame) -> None:
    weather = frame.tail(3)[["site", "date", "temperature_mean"]].head(2)
    made = coming(frame, ("pm25",), (1, 2, 3), weather, issued="2019-06-27")
    assert made.weather == "forecast"
    said = [n for n in made.notes if n.startswith("pm25, lead 3: ")]
    assert said and "weather" in said[0], made.notes


def test_observed_weather_reaches_the_days_after_the_issue(frame: pd.DataFrame) -> None:
    made = coming(frame, ("pm25",), (1, 2), ["temperature_mean"], issued="2019-06-01")
    assert made.weather == "perfect" and not any("overlaps no day" in n for n in made.notes)
    without = coming(frame, ("pm25",), (1, 2), issued="2019-06-01")
    assert (made.rows["pm25"]["q50"] != without.rows["pm25"]["q50"]).any()
    # Pollution after the issue is never looked at.
    later = frame.assign(pm25=frame["pm25"].where(frame["date"] <= "2019-06-01", 999.0))
    again = coming(later, ("pm25",), (1, 2), ["temperature_mean"], issued="2019-06-01")
    assert np.allclose(again.rows["pm25"]["q50"], made.rows["pm25"]["q50"])


def test_nothing_is_forecast_far_from_the_data(frame: pd.DataFrame) -> None:
    with pytest.raises(MissingData, match="2019-06-30, 185 days earlier"):
        coming(frame, ("pm25",), (1,), issued="2020-01-01")
    with pytest.raises(MissingData, match="the first is of 2017-01-01"):
        coming(frame, ("pm25",), (1,), issued="2015-01-01")
    assert coming(frame, ("pm25",), (1,), issued="2019-07-10", model="climatology").issued == pd.Timestamp(
        "2019-07-10"
    )


def test_sites_are_named_where_only_some_say_it() -> None:
    rows = pd.DataFrame(
        {"site": ["A", "A", "B", "B"], "horizon": [1, 2, 1, 2], "note": ["", "", "short", "short"]}
    )
    assert module._row_notes(rows, "o3") == ["o3 at B: short"]
    assert module._row_notes(rows.assign(note=["", "x", "", "x"]), "o3") == ["o3, lead 2: x"]
    assert module._row_notes(rows.assign(note="x"), "o3") == ["o3: x"]


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "5 [2–9]"), (0.05, "5 [2–9]"), (0.2, "5 [2–≥9]"), (0.6, "≥5 [2–≥9]"), (0.95, "≥5 [≥2–≥9]")],
)
def test_an_open_duration_is_a_lower_bound(share: float, said: str) -> None:
    row = {"duration_q10": 2, "duration_q50": 5, "duration_q90": 9, "open_share": share}
    assert lasting(row) == said

"""The daily frame: known answers from hours and from days, what is masked, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq.dataset import build
from airq.errors import AirqError, MissingData, ParameterError
from airq.forecast import daily_frame
from airq.variables import FLAGS

HOURS = pd.date_range("2020-02-28 01:00", periods=72, freq="h")  # over a leap day


def hours(values, stations=1, flags=None, **columns):
    table = pd.DataFrame({"station": [f"S{i}" for i in range(stations)], **columns})
    return build(table, HOURS, values, flags, {"simulated": "true", "source": "here"})


def test_means_evening_and_midnight():
    series = np.arange(72.0)
    frame = daily_frame(hours({"pm25": [series]}))
    assert frame["date"].dt.strftime("%m-%d").tolist() == ["02-28", "02-29", "03-01"]
    assert frame["pm25"].tolist() == [11.5, 35.5, 59.5]  # label 00 closes the day before
    assert frame["pm25_evening"].tolist() == [20.5, 44.5, 68.5]  # T19 to T24
    assert frame.attrs["simulated"] == "true" and frame.attrs["source"] == "here"
    assert frame["date"].dtype == "datetime64[ns]"


def test_ozone_is_mda8_and_aqi_is_the_standards():
    frame = daily_frame(hours({"o3": [np.full(72, 170.0)], "pm25": [np.full(72, 20.0)]}))
    assert frame["o3"].tolist() == [170.0] * 3
    # HJ 633-2012: O3 8 h 160-215 is 100-150, 100 + 50 * 10 / 55 rounded up.
    assert frame["aqi"].tolist() == [110.0] * 3


def test_weather_columns():
    speed, direction = np.full(72, 2.0), np.full(72, 270.0)
    rain = np.where(np.arange(72) == 5, 3.0, 0.5)
    ds = hours(
        {
            "pm25": [np.ones(72)],
            "wind_speed": [speed],
            "wind_direction": [direction],
            "precipitation": [rain],
            "temperature": [np.arange(72.0)],
        }
    )
    day = daily_frame(ds).iloc[0]
    assert day["wind_u_mean"] == pytest.approx(2.0) and day["wind_v_mean"] == pytest.approx(0.0)
    assert day["precipitation_sum"] == pytest.approx(23 * 0.5 + 3)
    assert (day["temperature_min"], day["temperature_mean"], day["temperature_max"]) == (0.0, 11.5, 23.0)


def test_only_sentinels_and_missing_are_masked_unless_asked():
    values = np.full(72, 10.0)
    values[3] = 900.0
    flags = np.zeros((1, 72), np.uint16)
    flags[0, 3] = FLAGS["spike"]
    ds = hours({"pm25": [values]}, flags={"pm25": flags})
    assert daily_frame(ds)["pm25"].iloc[0] > 40
    assert daily_frame(ds, mask="default")["pm25"].iloc[0] == 10.0
    flags[0, 3] = FLAGS["sentinel"]
    assert daily_frame(hours({"pm25": [values]}, flags={"pm25": flags}))["pm25"].iloc[0] == 10.0


def test_a_day_with_too_few_hours_is_missing():
    values = np.full(72, 10.0)
    values[:5] = np.nan
    assert np.isnan(daily_frame(hours({"pm25": [values]}))["pm25"].iloc[0])


def test_a_place_is_the_mean_of_its_stations():
    values = {"pm25": [np.full(72, 10.0), np.full(72, 30.0), np.full(72, 500.0)]}
    ds = hours(values, 3, place=["changji"] * 3, role=["evaluation", "evaluation", "background"])
    frame = daily_frame(ds, place="昌吉市")
    assert frame["site"].unique().tolist() == ["changji"]
    assert frame["pm25"].tolist() == [20.0] * 3 and frame["pm25_evening"].tolist() == [20.0] * 3
    assert len(daily_frame(ds)) == 9


def test_daily_datasets_keep_their_values():
    table = pd.DataFrame({"station": ["A"]})
    days = pd.date_range("2019-12-30", periods=4)
    ds = build(table, days, {"pm25": [[10, np.nan, 30, 40]], "temperature": [[1, 2, 3, 4]]}).rename(
        time="day"
    )
    frame = daily_frame(ds)
    assert frame["pm25"].isna().tolist() == [False, True, False, False]
    assert frame["temperature_mean"].tolist() == [1, 2, 3, 4]
    assert frame["aqi"].iloc[2] == 43.0  # 30 µg/m³ on 0-35 is 0-50, rounded up


def test_refusals_are_one_sentence():
    weather = build(pd.DataFrame({"station": ["A"]}), HOURS, {"temperature": [np.ones(72)]})
    for call, kind in (
        (lambda: daily_frame(weather), MissingData),
        (lambda: daily_frame(pd.DataFrame()), ParameterError),
        (
            lambda: daily_frame(hours({"pm25": [np.ones(72)]}, place=["changji"]), place="Springfeild"),
            AirqError,
        ),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert "\n" not in str(caught.value) and str(caught.value).endswith(".")

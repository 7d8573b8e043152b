"""Pairs: hours both measured, completeness, nearest reference, refusals in one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq import dataset
from airq.errors import AirqError, MissingData, ParameterError
from airq.observations import sensors
from airq.observations.sensors import hours
from airq.variables import FLAGS

START = "2025-01-01 01:00"


def hourly(code: str, values: np.ndarray, network: str = "micro", start: str = START, **about: object):
    table = pd.DataFrame({"station": [code], "network": [network], **{k: [v] for k, v in about.items()}})
    return dataset.build(table, pd.date_range(start, periods=len(values), freq="h"), {"pm25": values[None]})


def one_sentence(error: pytest.ExceptionInfo[AirqError]) -> str:
    text = str(error.value)
    assert text.endswith(".") and ". " not in text and "\n" not in text
    return text


def test_values_stand_beside_those_of_the_same_hour() -> None:
    x = np.arange(300.0)
    pairs = sensors.pair(hourly("S1", 2 * x), hourly("R", x[40:], "national", "2025-01-02 17:00"))
    assert len(pairs) == 260 and (pairs["value"] == 2 * pairs["reference"]).all()
    assert pairs["time"].iloc[0] == pd.Timestamp("2025-01-02 17:00")
    assert pairs.attrs["pollutant"] == "pm25" and pairs.attrs["units"] == "µg m-3"
    assert list(pairs.columns[:4]) == ["sensor", "time", "value", "reference"]


def test_a_short_overlap_is_refused() -> None:
    x = np.arange(400.0)
    with pytest.raises(MissingData) as error:
        sensors.pair(hourly("S1", x), hourly("R", x[:100], "national"))
    assert "100 hours" in one_sentence(error) and "S1" in str(error.value)
    with pytest.raises(MissingData) as error:
        sensors.pair(hourly("S1", x), hourly("R", x, "national", "2026-01-01 01:00"))
    assert "share 0 hours" in one_sentence(error)


def test_a_short_sensor_among_others_is_left_out_and_named() -> None:
    x = np.arange(400.0)
    few = x.copy()
    few[100:] = np.nan
    both = sensors.join([hourly("S1", x), hourly("S2", few)])
    pairs = sensors.pair(both, hourly("R", x, "national"))
    assert set(pairs["sensor"]) == {"S1"} and "S2" in pairs.attrs["notes"][0]


@settings(max_examples=25)
@given(st.lists(st.booleans(), min_size=6, max_size=6))
def test_an_hour_of_shorter_readings_needs_three_quarters(there: list[bool]) -> None:
    time = pd.date_range("2025-01-01 00:10", periods=6, freq="10min")
    values = np.where(there, np.arange(6.0), np.nan)
    ds = dataset.build(pd.DataFrame({"station": ["S1"]}), time, {"pm25": values[None]})
    got = hours.on_hours(ds, ("pm25",))
    assert got["time"].values[0] == np.datetime64("2025-01-01T01:00")
    value = float(got["pm25"].values[0, 0])
    enough = sum(there) >= 5  # 45 of 60 minutes are 4.5 readings
    assert np.isfinite(value) == enough
    if enough:
        assert value == pytest.approx(np.nanmean(values))


def test_days_need_eighteen_common_hours() -> None:
    x = np.arange(24.0 * 20) + 1
    holes = x.copy()
    holes[:7] = np.nan
    pairs = sensors.pair(hourly("S1", holes), hourly("R", x, "national"), averaging="24h")
    assert len(pairs) == 19 and pairs["time"].iloc[0] == pd.Timestamp("2025-01-02")
    holes[6] = x[6]
    assert len(sensors.pair(hourly("S1", holes), hourly("R", x, "national"), averaging="24h")) == 20


def test_each_sensor_takes_the_nearest_reference_and_no_micro_station() -> None:
    x = np.arange(300.0)
    everything = sensors.join(
        [
            hourly("S1", x, lat=44.0, lon=87.0),
            hourly("S2", x, lat=45.0, lon=87.0),
            hourly("A", x + 1, "national", lat=44.001, lon=87.0),
            hourly("B", x + 2, "national", lat=45.001, lon=87.0),
            hourly("S9", x + 9, lat=44.0, lon=87.0),
        ]
    )
    pairs = sensors.pair(everything, everything)
    beside = pairs.groupby("sensor")["reference_station"].first().to_dict()
    assert beside == {"S1": "A", "S2": "B", "S9": "A"}


def test_a_distant_reference_is_refused_with_the_distance() -> None:
    x = np.arange(300.0)
    far = hourly("A", x, "national", lat=44.1, lon=87.0)
    with pytest.raises(MissingData) as error:
        sensors.pair(hourly("S1", x, lat=44.0, lon=87.0), far)
    assert "11.12 km" in one_sentence(error)
    assert len(sensors.pair(hourly("S1", x, lat=44.0, lon=87.0), far, reference_station="A")) == 300


def test_without_positions_several_references_are_ambiguous() -> None:
    x = np.arange(300.0)
    two = sensors.join([hourly("A", x, "national"), hourly("B", x, "national")])
    with pytest.raises(MissingData) as error:
        sensors.pair(hourly("S1", x), two)
    assert "reference_station" in one_sentence(error)


def test_flagged_values_are_left_out_but_a_raw_range_is_not_judged() -> None:
    x = np.arange(300.0)
    sensor, monitor = hourly("S1", x), hourly("R", x, "national")
    sensor["pm25_flag"][0, 5] |= np.uint16(FLAGS["stuck"])
    sensor["pm25_flag"][0, 6] |= np.uint16(FLAGS["out_of_range"])
    monitor["pm25_flag"][0, 7] |= np.uint16(FLAGS["out_of_range"])
    left_out = set(range(300)) - set(sensors.pair(sensor, monitor)["value"].astype(int))
    assert left_out == {5, 7}


@pytest.mark.parametrize("hours_off", [-8, -1, 1, 8])
def test_a_wrong_clock_is_noticed(made, hours_off: int) -> None:
    shifted = made.sensors.assign_coords(time=made.sensors["time"] + np.timedelta64(hours_off, "h"))
    pairs = sensors.pair(shifted, made.monitor)
    assert set(pairs.attrs["lags"].values()) == {hours_off}
    assert "time zone" in pairs.attrs["notes"][0]
    assert set(sensors.pair(made.sensors, made.monitor).attrs["lags"].values()) == {0}


def test_weather_of_another_dataset_and_covariates() -> None:
    x = np.arange(300.0)
    time = pd.date_range(START, periods=300, freq="h")
    met = dataset.build(pd.DataFrame({"station": ["W"], "lat": [44.0], "lon": [87.1]}), time, {"relative_humidity": x[None] / 4})  # fmt: skip
    sensor = hourly("S1", x, lat=44.0, lon=87.0).assign(
        o3=(("station", "time"), x[None] + 5, {"units": "µg m-3"})
    )
    pairs = sensors.pair(
        sensor, hourly("R", x, "national", lat=44.0, lon=87.0), weather=met, covariates=["o3"]
    )
    assert (pairs["relative_humidity"] == (pairs["value"] / 4)).all() and (
        pairs["o3"] == pairs["value"] + 5
    ).all()
    assert pairs["temperature"].isna().all()


@pytest.mark.parametrize(
    ("change", "word"),
    [({"pollutant": "pm1"}, "pm1"), ({"averaging": "8h"}, "8h"), ({"completeness": 0}, "share"), ({"covariates": ["x"]}, "covariate")],
)  # fmt: skip
def test_wrong_arguments(made, change: dict, word: str) -> None:
    with pytest.raises(ParameterError) as error:
        sensors.pair(made.sensors, made.monitor, **change)
    assert word in one_sentence(error)


def test_official_stations_are_no_sensors(made) -> None:
    with pytest.raises(MissingData) as error:
        sensors.pair(made.monitor, made.monitor)
    assert "micro" in one_sentence(error)


@pytest.mark.shared
def test_real_sensors_beside_a_real_monitor(real) -> None:
    readings, monitor = real
    pairs = sensors.pair(readings, monitor)
    assert len(pairs) == 2122 and set(pairs.attrs["lags"].values()) == {0}
    raw = {s: sensors.agreement(g["value"], g["reference"]).r2 for s, g in pairs.groupby("sensor")}
    assert [round(v, 3) for v in raw.values()] == [0.520, 0.551, 0.561]

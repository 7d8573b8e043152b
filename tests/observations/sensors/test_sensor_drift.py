"""Drift: found when injected, dated, signed, and quiet where nothing drifts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq import dataset
from airq.errors import MissingData, ParameterError
from airq.observations import sensors
from airq.observations.sensors import drift

DAYS, BEGIN = 240, 120


def days_with_memory(rng: np.random.Generator, number: int, memory: float) -> np.ndarray:
    out = rng.standard_normal((DAYS, number)) * (1 - memory**2) ** 0.5
    out[0] /= (1 - memory**2) ** 0.5
    for t in range(1, DAYS):
        out[t] += memory * out[t - 1]
    return out


def frame_of(
    log_gain: np.ndarray, number: int, seed: int = 0, memory: float = 0.4, scatter: float = 0.12
) -> pd.DataFrame:
    """Six-hourly stand-ins would not make a day: 24 equal hours a day, so that each day is one number."""
    rng = np.random.default_rng(seed)
    truth = np.exp(3.8 + 0.5 * days_with_memory(rng, 1, 0.7)[:, 0])
    ratio = np.exp(log_gain[:, None] + scatter * days_with_memory(rng, number, memory))
    time = pd.date_range("2025-01-01 01:00", periods=24 * DAYS, freq="h")
    reference = np.repeat(truth, 24)
    parts = [pd.DataFrame({"sensor": f"S{k}", "time": time, "value": reference * np.repeat(ratio[:, k], 24), "reference": reference}) for k in range(number)]  # fmt: skip
    out = pd.concat(parts, ignore_index=True)
    out.attrs = {"pollutant": "pm25"}
    return out


STEADY = np.zeros(DAYS)
AFTER = np.arange(DAYS) >= BEGIN


def test_quiet_sensors_raise_few_alarms() -> None:
    report = sensors.watch(frame_of(STEADY, 40, seed=1))
    assert len(report.drifting) <= 4  # 5 % a year, and two thirds of a year are watched
    assert (report.alarms["reason"] == "").all() and report.alarms["threshold"].between(4, 80).all()


@pytest.mark.parametrize(
    ("log_gain", "direction", "recall", "delay"),
    [
        (np.log(1.3) * AFTER, "up", 0.95, 30),
        (np.log(0.7) * AFTER, "down", 0.95, 30),
        (np.log1p(0.02) * np.maximum(np.arange(DAYS) - BEGIN, 0) / 7, "up", 0.9, 90),
    ],
    ids=["step +30 %", "step -30 %", "2 % a week"],
)
def test_injected_drift_is_found_dated_and_signed(
    log_gain, direction: str, recall: float, delay: int
) -> None:
    report = sensors.watch(frame_of(log_gain, 20, seed=2))
    alarms = report.alarms
    late = (alarms["first_alarm"] - pd.Timestamp("2025-01-01")).dt.days - BEGIN
    found = late >= 0
    assert found.mean() >= recall and late[found].median() <= delay
    assert (alarms.loc[found, "direction"] == direction).all()
    assert (alarms.loc[found, "began"] <= alarms.loc[found, "first_alarm"]).all()
    assert np.sign(alarms.loc[found, "change"]).median() == (1 if direction == "up" else -1)


def test_a_small_change_is_not_relevant_unless_asked() -> None:
    small = np.log(1.06) * AFTER
    assert not sensors.watch(frame_of(small, 10, seed=3, scatter=0.03)).drifting
    assert len(sensors.watch(frame_of(small, 10, seed=3, scatter=0.03), relevant=0.03).drifting) == 10


def test_ozone_is_watched_by_difference_in_its_unit() -> None:
    frame = frame_of(STEADY, 5, seed=4, scatter=0.05)
    frame.loc[frame["time"] > "2025-05-15", "value"] += 25.0
    report = sensors.watch(frame, pollutant="o3")
    assert report.kind == "difference" and len(report.drifting) == 5
    assert report.alarms["change"].between(20, 30).all()
    assert report.series["rolling"].max() > 20


def test_one_wild_day_raises_no_alarm() -> None:
    frame = frame_of(STEADY, 12, seed=5)
    wild = frame.copy()
    wild.loc[wild["time"].dt.date == pd.Timestamp("2025-06-01").date(), "value"] *= 50
    assert sensors.watch(wild).drifting == sensors.watch(frame).drifting


def test_short_records_say_why_and_arguments_are_checked() -> None:
    frame = frame_of(STEADY, 2)
    short = frame[frame["time"] < "2025-01-20"]
    short.attrs = frame.attrs
    row = sensors.watch(short).alarms.iloc[0]
    assert pd.isna(row["first_alarm"]) and "valid days" in row["reason"]
    for wrong in ({"kind": "slope"}, {"baseline_days": 3}, {"column": "other"}):
        with pytest.raises(ParameterError):
            sensors.watch(frame, **wrong)


def test_the_threshold_grows_with_memory_and_falls_with_the_baseline() -> None:
    assert drift.threshold(28, 0.0) < drift.threshold(28, 0.4) < drift.threshold(28, 0.8)
    assert drift.threshold(56, 0.4) < drift.threshold(14, 0.4)
    assert drift.threshold(28, 0.4, 0.01) > drift.threshold(28, 0.4, 0.2)


def around(number: int, days: int = 150, seed: int = 0):
    """A sensor, and official stations around it that share its air."""
    rng = np.random.default_rng(seed)
    time = pd.date_range("2025-01-01 01:00", periods=24 * days, freq="h")
    common = np.repeat(np.exp(3.8 + 0.5 * rng.standard_normal(days)), 24)
    x = common * rng.lognormal(0, 0.15, (number, len(time)))
    table = pd.DataFrame({"station": [f"A{i}" for i in range(number)], "network": "national", "lat": 44 + 0.05 * np.arange(number), "lon": 87.3})  # fmt: skip
    official = dataset.build(table, time, {"pm25": x})
    gain = np.where(np.arange(len(time)) < 24 * 90, 1.0, 1.4)
    cell = pd.DataFrame({"station": ["S1"], "network": ["micro"], "lat": [44.02], "lon": [87.31]})
    return dataset.build(
        cell, time, {"pm25": (gain * common * rng.lognormal(0, 0.15, len(time)))[None]}
    ), official


def test_an_unpaired_sensor_is_watched_against_its_neighbourhood() -> None:
    sensor, official = around(4)
    frame = sensors.neighbourhood(sensor, official)
    report = sensors.watch(frame)
    row = report.alarms.iloc[0]
    assert report.relevant == drift.AROUND > drift.PAIRED  # places differ by season
    assert 0 <= (row["first_alarm"] - pd.Timestamp("2025-04-01")).days <= 21 and row["direction"] == "up"
    with pytest.raises(MissingData, match="km"):
        sensors.neighbourhood(sensor, official, radius_km=1.0)
    with pytest.raises(MissingData):
        sensors.neighbourhood(sensor, sensor)  # micro-stations are no official stations


def test_the_median_of_the_neighbourhood_forgives_one_faulty_station() -> None:
    sensor, official = around(5)
    official["pm25"].values[0] *= 20
    row = sensors.watch(sensors.neighbourhood(sensor, official)).alarms.iloc[0]
    assert row["direction"] == "up" and (row["first_alarm"] - pd.Timestamp("2025-04-01")).days >= 0

"""Validation: blocks stay together, random splits flatter, the choice rests on blocks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import AirqError, ParameterError
from airq.observations import sensors
from airq.observations.sensors import blocks


@given(st.integers(48, 2000), st.integers(2, 12), st.integers(1, 3))
def test_blocks_are_contiguous_shared_by_sensors_and_even(hours: int, folds: int, copies: int) -> None:
    time = np.datetime64("2025-01-01T01", "h") + np.arange(hours)
    block = blocks.time_blocks(np.tile(time, copies), folds).reshape(copies, hours)
    assert (block == block[0]).all() and (np.diff(block[0]) >= 0).all() and (np.diff(block[0]) <= 1).all()
    counts = np.bincount(block[0])
    assert len(counts) >= 2 and counts.max() - counts.min() <= 1 and counts.min() >= 24


@given(st.integers(0, 5), st.integers(0, 72))
def test_nothing_is_learnt_near_a_held_out_block(held: int, gap: int) -> None:
    time = np.datetime64("2025-01-01T01", "h") + np.arange(800)
    block = blocks.time_blocks(time, 6)
    learn = blocks.training_rows(time, block, held, gap)
    apart = np.abs(np.flatnonzero(learn)[:, None] - np.flatnonzero(block == held)[None, :]).min()
    assert apart > gap and not (learn & (block == held)).any()


def test_sensors_are_held_out_whole() -> None:
    sensor = np.array(list("abcab"), object)
    assert blocks.folds_of_sensors(sensor).tolist() == [0, 1, 2, 0, 1]
    many = np.array([f"s{i:02d}" for i in range(25)], object)
    assert set(blocks.folds_of_sensors(many).tolist()) == set(range(10))


@pytest.fixture(scope="module")
def pairs(made) -> pd.DataFrame:
    return sensors.pair(made.sensors, made.monitor)


@pytest.fixture(scope="module")
def scored(pairs: pd.DataFrame) -> sensors.Comparison:
    return sensors.compare(pairs, ["scale", "linear", "interaction", "epa-us-2021"], folds=4)


def test_scores_are_those_of_a_fit_without_the_block(pairs: pd.DataFrame) -> None:
    got = sensors.compare(pairs, ["scale"], schemes=(), folds=4, gap_hours=24)
    frame = pairs.dropna().sort_values(["time", "sensor"], kind="stable")
    time = frame["time"].to_numpy()
    block = blocks.time_blocks(time, 4)
    errors = []
    for b in range(4):
        learn = blocks.training_rows(time, block, b, 24)
        slope, intercept = np.polyfit(frame["value"][learn], frame["reference"][learn], 1)
        errors.append(frame["reference"][block == b] - (intercept + slope * frame["value"][block == b]))
    assert got.score("scale") == pytest.approx(float(np.sqrt(np.mean(np.concatenate(errors) ** 2))), rel=1e-9)


def test_a_calibration_beats_raw_and_null_and_humidity_helps(scored: sensors.Comparison) -> None:
    for model in ("linear", "interaction"):
        assert scored.score(model, column="ratio_uncalibrated") < 0.5
        assert scored.score(model, column="ratio_null") < 0.7
    assert scored.score("linear") < scored.score("scale")
    assert scored.beats_null and scored.chosen in ("interaction", "linear")
    assert scored.score("null", "blocks", "sd") == pytest.approx(0, abs=1e-9)


def test_a_random_split_flatters_trees(pairs: pd.DataFrame) -> None:
    got = sensors.compare(pairs, ["tree"], schemes=["random"], folds=3)
    assert got.score("tree", "random") < 0.97 * got.score("tree")


def test_leave_one_sensor_out_is_harder_where_sensors_differ(network) -> None:
    apart = network(4, 30, gain_sd=0.4, humid=0.0, seed=5)
    got = sensors.compare(sensors.pair(apart.sensors, apart.monitor), ["scale"])
    assert got.score("scale", "sensors") > 1.1 * got.score("scale", "random")


def test_one_sensor_has_no_sensor_scheme(network) -> None:
    alone = network(1, 30)
    got = sensors.compare(sensors.pair(alone.sensors, alone.monitor), ["scale", "linear"])
    assert set(got.scores["scheme"]) == {"blocks", "random"}


def test_the_simplest_of_nearly_equal_models_is_chosen(network) -> None:
    plain = network(2, 30, humid=0.0, gain_sd=0.0, zero_sd=0.0)
    assert sensors.compare(sensors.pair(plain.sensors, plain.monitor), schemes=(), folds=3).chosen == "scale"


def test_rows_are_the_same_for_all_models(scored: sensors.Comparison) -> None:
    assert scored.scores.groupby("scheme")["n"].nunique().max() == 1


def test_wrong_frames_and_models(pairs: pd.DataFrame) -> None:
    for frame, models in ((pairs, ["forest"]), (pairs.drop(columns="time"), None), (pairs.iloc[:0], None)):
        with pytest.raises(ParameterError):
            sensors.compare(frame, models)
    bare = pairs.copy()
    bare.attrs = {}
    with pytest.raises(ParameterError, match="pollutant"):
        sensors.compare(bare)


def test_a_short_frame_is_refused_or_scored_without_trees(pairs: pd.DataFrame) -> None:
    short = pairs[pairs["time"] < pairs["time"].min() + pd.Timedelta(days=8)]
    got = sensors.compare(short, ["scale", "tree"], gap_hours=0, folds=2)
    assert got.chosen == "scale"
    with pytest.raises(AirqError):
        sensors.compare(pairs.iloc[:4])


@pytest.mark.shared
def test_real_sensors_prefer_the_line_and_the_tree_only_shines_at_random(real) -> None:
    got = sensors.compare(sensors.pair(*real), ["linear", "tree"], schemes=("random",), folds=4)
    assert got.chosen == "linear"
    assert got.score("linear", column="ratio_uncalibrated") == pytest.approx(0.417, abs=0.005)
    assert got.score("tree") > got.score("linear") and got.score("tree", "random") < got.score(
        "linear", "random"
    )

"""Metrics by hand, and the US EPA's targets with their label."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import AirqError, ParameterError
from airq.observations import sensors


def frame_of(values: dict[str, np.ndarray], reference: np.ndarray, freq: str = "h") -> pd.DataFrame:
    time = pd.date_range("2025-01-01 01:00", periods=len(reference), freq=freq)
    return pd.concat(
        [
            pd.DataFrame({"sensor": s, "time": time, "value": v, "reference": reference})
            for s, v in values.items()
        ],
        ignore_index=True,
    )


def test_agreement_by_hand() -> None:
    got = sensors.agreement([2.0, 4.0, 9.0, np.nan], [1.0, 2.0, 3.0, 4.0])
    assert (got.n, got.bias, got.mae) == (3, 3.0, 3.0)
    assert got.slope == pytest.approx(3.5) and got.intercept == pytest.approx(-2.0)
    assert got.rmse == pytest.approx(np.sqrt(41 / 3)) and got.nrmse == pytest.approx(np.sqrt(41 / 3) / 2)
    assert got.r2 == pytest.approx(49 / 52) and got.efficiency == pytest.approx(1 - 41 / 2)


@given(st.floats(0.1, 5), st.floats(-20, 20))
def test_a_line_has_its_slope_intercept_and_full_r2(slope: float, intercept: float) -> None:
    x = np.linspace(1, 80, 50)
    got = sensors.agreement(intercept + slope * x, x)
    assert got.slope == pytest.approx(slope) and got.intercept == pytest.approx(intercept, abs=1e-6)
    assert got.r2 == pytest.approx(1.0)


def test_agreement_without_pairs_or_variation() -> None:
    assert sensors.agreement([np.nan], [1.0]).n == 0
    flat = sensors.agreement([1.0, 2.0], [5.0, 5.0])
    assert np.isnan(flat.slope) and np.isnan(flat.r2) and flat.bias == -3.5


def test_precision_is_the_epas_formula_over_common_times() -> None:
    frame = frame_of({"a": np.array([9.0, 19.0, 50.0]), "b": np.array([11.0, 21.0, np.nan])}, np.ones(3))
    got = sensors.precision(frame)
    assert (
        got.times == 2
        and got.sd == pytest.approx(np.sqrt(4 / 3))
        and got.cv == pytest.approx(np.sqrt(4 / 3) / 15)
    )
    assert np.isnan(sensors.precision(frame[frame["sensor"] == "a"]).sd)


REFERENCE = 20 + 15 * np.sin(np.arange(24 * 40) / 60.0)


def test_a_perfect_sensor_meets_everything() -> None:
    table = sensors.targets(frame_of(dict.fromkeys("abc", REFERENCE), REFERENCE), pollutant="pm25")
    assert table.met is True and table.groups == dict.fromkeys(
        ("bias", "linearity", "error", "precision"), True
    )
    assert (table.averaging, table.periods, table.sensors, table.notes) == ("24h", 40, 3, ())


@pytest.mark.parametrize(
    ("factor", "offset", "failing"),
    [
        (1.28, 0, set()),
        (0.72, 0, set()),
        (1.36, 0, {"bias", "error"}),
        (0.64, 0, {"bias", "error"}),
        (1, 4.9, set()),
        (1, 5.1, {"bias"}),
        (1, -20, {"bias", "error"}),
    ],
)
def test_bounds_of_slope_intercept_and_error(factor: float, offset: float, failing: set[str]) -> None:
    table = sensors.targets(
        frame_of(dict.fromkeys("abc", factor * REFERENCE + offset), REFERENCE), pollutant="pm25"
    )
    assert {g for g, met in table.groups.items() if met is False} == failing


def test_error_and_precision_need_only_one_of_two() -> None:
    high = REFERENCE * 20  # RMSE far above 7, but a small share of the mean
    table = sensors.targets(frame_of({"a": high * 1.05, "b": high * 0.95, "c": high}, high), pollutant="pm25")
    rows = table.rows.set_index("metric")["met"]
    assert not rows["rmse"] and rows["nrmse"] and not rows["sd"] and rows["cv"]
    assert table.groups["error"] is True and table.groups["precision"] is True


def test_one_sensor_off_spoils_a_group_and_precision_needs_two() -> None:
    table = sensors.targets(frame_of({"a": REFERENCE, "b": 2 * REFERENCE}, REFERENCE), pollutant="pm25")
    assert table.groups["bias"] is False and "three" in table.notes[0]
    alone = sensors.targets(frame_of({"a": REFERENCE}, REFERENCE), pollutant="pm25")
    assert alone.groups["precision"] is None and alone.met is True


def test_gases_are_judged_by_the_hour_in_canonical_units() -> None:
    ozone = sensors.targets_of("o3").set_index("metric")
    assert ozone.loc["rmse", "high"] == pytest.approx(5 * 47.998 / 24.4654, rel=1e-4)
    assert (ozone.loc["slope", "low"], ozone.loc["r2", "low"], ozone.loc["slope", "averaging"]) == (
        0.8,
        0.8,
        "1h",
    )
    carbon = sensors.targets_of("co").set_index("metric")
    assert carbon.loc["rmse", "high"] == pytest.approx(0.15 * 28.01 / 24.4654, rel=1e-4)
    assert carbon.loc["rmse", "unit"] == "mg m-3"
    short = sensors.targets(frame_of({"a": REFERENCE[:200]}, REFERENCE[:200]), pollutant="no2")
    assert short.averaging == "1h" and short.periods == 200 and "30" in short.notes[0]


def test_each_target_has_source_and_mark_and_the_table_its_label() -> None:
    for pollutant in ("pm25", "pm10", "so2", "no2", "co", "o3"):
        rows = sensors.targets_of(pollutant)
        assert (rows["source"].str.len() > 10).all() and rows["mark"].str.match(r"\[(C|B \d+%|NF)\]").all()
        assert {"slope", "intercept", "r2", "rmse"} <= set(rows["metric"])
    assert "US EPA" in sensors.LABEL and "not an approval under Chinese rules" in sensors.LABEL
    assert (
        sensors.LABEL
        in sensors.targets(frame_of({"a": REFERENCE}, REFERENCE), pollutant="pm25")._repr_html_()
    )


def test_wrong_input() -> None:
    frame = frame_of({"a": REFERENCE}, REFERENCE)
    with pytest.raises(ParameterError, match="calibrated"):
        sensors.targets(frame, "calibrated", pollutant="pm25")
    with pytest.raises(AirqError, match="no complete day"):
        sensors.targets(frame.iloc[:10], pollutant="pm25")
    with pytest.raises(ParameterError, match="pm1"):
        sensors.targets_of("pm1")


@pytest.mark.shared
def test_real_sensors_against_the_targets(real) -> None:
    table = sensors.targets(sensors.pair(*real))
    assert table.groups == {"bias": True, "linearity": False, "error": True, "precision": True}
    value = table.rows.set_index(["metric", "sensor"])["value"]
    assert value["rmse", "all"] == pytest.approx(3.42, abs=0.02) and value["cv", "all"] == pytest.approx(
        0.067, abs=0.002
    )

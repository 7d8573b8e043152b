"""Calibrations: what they write, what they refuse, and whether their intervals hold what they promise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import dataset
from airq.errors import AirqError, FileRejected, MissingData, ParameterError
from airq.observations import sensors
from airq.variables import FLAGS


@pytest.fixture(scope="module")
def calibration(made) -> sensors.Calibration:
    return sensors.calibrate(sensors.pair(made.sensors, made.monitor), "interaction", sensor_type="made here")


@pytest.fixture(scope="module")
def trees(made) -> sensors.Calibration:
    pairs = sensors.pair(made.sensors, made.monitor)
    return sensors.calibrate(pairs[pairs["sensor"] != "S3"], "tree", folds=2)


def unpaired(network, number: int = 30, seed: int = 99):
    """Sensors of the same type elsewhere, in their own weather."""
    other = network(number, 30, seed=seed)
    return other.sensors.assign_coords(station=[f"U{i}" for i in range(number)]), other.truth


def test_the_result_is_canonical_and_micro(made, calibration: sensors.Calibration) -> None:
    out = sensors.apply(made.sensors, calibration)
    dataset.require(out, "pm25", "relative_humidity", "temperature")
    assert set(out["network"].values) == {"micro"} and out["pm25"].dtype == np.float32
    assert out["pm25"].shape == made.sensors["pm25"].shape
    for suffix in ("raw", "uncertainty", "lower", "upper", "extrapolated", "flag"):
        assert f"pm25_{suffix}" in out["pm25"].attrs["ancillary_variables"].split()
    assert (out["pm25_raw"].values == made.sensors["pm25"].values).all()
    assert (out["pm25_lower"] < out["pm25"]).all() and (out["pm25"] < out["pm25_upper"]).all()
    assert (out["pm25_uncertainty"] > 0).all() and "k = 1" in out["pm25_uncertainty"].attrs["long_name"]
    attrs = out.attrs
    assert attrs["calibration_model"] == "interaction" and attrs["calibration_digest"] == calibration.digest
    assert "2025-01-01" in attrs["calibration_period"] and attrs["calibration_sensors"] == "S1 S2 S3"
    raw = sensors.agreement(made.sensors["pm25"].values.ravel(), np.tile(made.truth, 3))
    done = sensors.agreement(out["pm25"].values.ravel(), np.tile(made.truth, 3))
    assert done.rmse < 0.3 * raw.rmse and abs(done.bias) < 1


def test_json_gives_back_the_same_calibration(tmp_path: Path, made, calibration, trees) -> None:
    for number, one in enumerate((calibration, trees)):
        again = sensors.load(one.save(tmp_path / f"{number}.json"))
        assert again.digest == one.digest
        between = {} if one.new else {"between": (1.0, 0.1)}
        for name in ("pm25", "pm25_lower", "pm25_uncertainty"):
            first, second = (sensors.apply(made.sensors, c, **between)[name].values for c in (one, again))
            assert (first == second).all()
    assert "pickle" not in (tmp_path / "1.json").read_text() and not list(tmp_path.glob(".*"))


def test_the_same_pairs_give_the_same_digest(made, calibration: sensors.Calibration) -> None:
    pairs = sensors.pair(made.sensors, made.monitor)
    assert sensors.calibrate(pairs, "interaction", sensor_type="made here").digest == calibration.digest
    changed = pairs.copy()
    changed.iloc[5, changed.columns.get_loc("reference")] += 0.1
    changed.attrs = pairs.attrs
    assert sensors.calibrate(changed, "scale").training["digest"] != calibration.training["digest"]


def edited(path: Path, change) -> Path:
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda v: v["model"]["coefficients"].__setitem__(1, 9.0), "changed after"),
        (lambda v: v.update(version=99), "version 99"),
        (lambda v: v.update(format="other"), "no calibration"),
        (lambda v: v.pop("ranges"), "ranges"),
        (lambda v: v["model"].update(kind="pickle"), "pickle"),
        (lambda v: v["own"].pop("base"), "base"),
        (lambda v: v.update(pollutant="pm1"), "pm1"),
    ],
)
def test_an_edited_file_is_refused_in_one_sentence(tmp_path: Path, calibration, change, word: str) -> None:
    path = calibration.save(tmp_path / "c.json")
    with pytest.raises(FileRejected) as error:
        sensors.load(edited(path, change))
    text = str(error.value)
    assert word in text and text.endswith(".") and "\n" not in text


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, "\x00"])
def test_what_is_no_calibration_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(content)
    with pytest.raises(FileRejected):
        sensors.load(path)


def test_variables_units_and_types_are_checked(made, calibration: sensors.Calibration) -> None:
    with pytest.raises(MissingData, match="relative_humidity"):
        sensors.apply(made.sensors.drop_vars(["relative_humidity", "relative_humidity_flag"]), calibration)
    wrong = made.sensors.copy()
    wrong["pm25"] = wrong["pm25"].assign_attrs(units="mg m-3")
    with pytest.raises(ParameterError, match="mg m-3"):
        sensors.apply(wrong, calibration)
    warm = made.sensors.copy()
    warm["temperature"] = warm["temperature"].assign_attrs(units="K")
    with pytest.raises(ParameterError, match="'K'"):
        sensors.apply(warm, calibration)
    with pytest.raises(ParameterError, match="made here"):
        sensors.apply(made.sensors, calibration, sensor_type="another")
    with pytest.raises(ParameterError, match="coverage"):
        sensors.apply(made.sensors, calibration, coverage=0.42)
    with pytest.raises(MissingData, match="micro"):
        sensors.apply(made.monitor, calibration)


def raised(ds: xr.Dataset, factor: float) -> xr.Dataset:
    out = ds.copy(deep=True)
    out["pm25"].values[0, :10] *= factor
    out["relative_humidity"].values[0, 20] = 1.0
    out["temperature"].values[0, 30] = np.nan
    return out


def test_hours_outside_the_training_range_are_flagged_or_withheld(made, calibration, trees) -> None:
    far = raised(made.sensors, 30.0)
    for one, between in ((calibration, None), (trees, None)):
        out = sensors.apply(far, one, between=between)
        bits = out["pm25_extrapolated"].values[0]
        assert (bits[:10] & 1).all() and bits[20] == 2 and (bits[:10] < 2).all()
        assert out.attrs["calibration_hours_extrapolated"] >= 11
        assert np.isfinite(out["pm25"].values[0, :10]).all()
        hidden = sensors.apply(far, one, between=between, outside="withhold")
        assert np.isnan(hidden["pm25"].values[0, :10]).all() and np.isnan(hidden["pm25_lower"].values[0, 20])
        assert hidden["pm25_flag"].values[0, 0] & FLAGS["missing"]
        kept = out["pm25_extrapolated"].values == 0
        assert np.array_equal(out["pm25"].values[kept], hidden["pm25"].values[kept], equal_nan=True)
    assert np.isnan(sensors.apply(far, calibration)["pm25"].values[0, 30])


def test_trees_hand_over_to_the_line_beyond_their_range(made, trees: sensors.Calibration) -> None:
    far = raised(made.sensors.isel(station=[0]), 30.0)
    out = sensors.apply(far, trees)
    line = sensors.apply(far, trees.fallback)
    assert (out["pm25"].values[0, :10] == line["pm25"].values[0, :10]).all()
    top = sensors.apply(made.sensors.isel(station=[0]), trees)["pm25"].values.max()
    assert (out["pm25"].values[0, :10] > 2 * top).any(), "a tree alone would stop at its highest leaf"
    assert any("cannot extrapolate" in n for n in trees.notes)


def test_uncertainty_grows_beyond_the_range(made, calibration: sensors.Calibration) -> None:
    near, far = (sensors.apply(raised(made.sensors, f), calibration) for f in (1.0, 30.0))
    share = [(o["pm25_uncertainty"] / o["pm25"]).values[0, :10] for o in (near, far)]
    assert (far["pm25_uncertainty"].values[0, :10] > near["pm25_uncertainty"].values[0, :10]).all()
    assert np.median(share[1]) > 0.05


def test_unpaired_sensors_carry_the_spread_between_sensors(network, calibration: sensors.Calibration) -> None:
    other, _ = unpaired(network, 3)
    same = other.assign_coords(station=["S1", "S2", "S3"])
    new, own = (sensors.apply(d, calibration)["pm25_uncertainty"] for d in (other, same))
    assert (new.values > own.values).mean() > 0.95
    assert calibration.new is not None and calibration.new.between_gain > 0.02


@pytest.mark.parametrize(("pollutant", "draws"), [("pm25", 3), ("o3", 1)])
def test_intervals_of_unpaired_sensors_hold_what_they_promise(network, pollutant: str, draws: int) -> None:
    held, total = 0.0, 0
    for seed in range(draws):
        train = network(6, 30, seed=seed, gain_sd=0.15, pollutant=pollutant)
        made_by = sensors.calibrate(sensors.pair(train.sensors, train.monitor, pollutant), "linear", folds=4)
        test = network(12, 15, seed=1000 + seed, gain_sd=0.15, pollutant=pollutant)
        codes = [f"U{i}" for i in range(12)]
        out = sensors.apply(test.sensors.assign_coords(station=codes), made_by)
        low, high = out[f"{pollutant}_lower"].values, out[f"{pollutant}_upper"].values
        held += float(((test.truth >= low) & (test.truth <= high)).mean())
        total += 1
    assert 0.72 <= held / total <= 0.93


def test_coverage_of_held_out_hours_is_measured(network) -> None:
    eight = network(7, 30, seed=3)
    got = sensors.calibrate(sensors.pair(eight.sensors, eight.monitor), "linear").coverage
    assert 0.74 <= got["own"] <= 0.86 and 0.74 <= got["new"] <= 0.92


def test_one_paired_sensor_says_nothing_of_others(network) -> None:
    alone = network(1, 30)
    one = sensors.calibrate(sensors.pair(alone.sensors, alone.monitor), "linear")
    assert one.new is None and any("one sensor" in n for n in one.notes)
    other, _ = unpaired(network, 2)
    with pytest.raises(MissingData, match="between="):
        sensors.apply(other, one)
    wide = sensors.apply(other, one, between=(2.0, 0.2))["pm25_uncertainty"]
    assert (wide > sensors.apply(other, one, between=(0.0, 0.0))["pm25_uncertainty"]).all()


def test_paired_sensors_keep_their_own_zero_and_gain(network) -> None:
    apart = network(4, 40, gain_sd=0.4, humid=0.0, noise=0.05)
    got = sensors.calibrate(sensors.pair(apart.sensors, apart.monitor), "scale")
    assert set(got.lines) == {"S1", "S2", "S3", "S4"}
    out = sensors.apply(apart.sensors, got)
    each = [sensors.agreement(out["pm25"].values[i], apart.truth).slope for i in range(4)]
    assert np.allclose(each, 1.0, atol=0.05)


def test_a_sensor_that_tells_nothing_is_refused(made) -> None:
    pairs = sensors.pair(made.sensors, made.monitor)
    rng = np.random.default_rng(0)
    noise = pairs.assign(value=rng.normal(50, 9, len(pairs)), relative_humidity=np.nan, temperature=np.nan)
    noise.attrs = pairs.attrs
    with pytest.raises(MissingData) as error:
        sensors.calibrate(noise, models=["scale"])
    assert "mean of the reference" in str(error.value)
    forced = sensors.calibrate(noise, "scale")
    assert any("mean of the reference is as good" in n for n in forced.notes)


def test_flags_go_on_and_readings_stay(made, calibration: sensors.Calibration) -> None:
    flagged = made.sensors.copy(deep=True)
    flagged["pm25_flag"].values[0, 3] = FLAGS["stuck"] | FLAGS["out_of_range"]
    out = sensors.apply(flagged, calibration)
    assert out["pm25_flag"].values[0, 3] == FLAGS["stuck"] and np.isfinite(out["pm25"].values[0, 3])


def test_a_published_equation_gives_values_without_uncertainty(made) -> None:
    out = sensors.apply(made.sensors, sensors.from_published("epa-us-2021"))
    expected = 0.524 * made.sensors["pm25"] - 0.0862 * made.sensors["relative_humidity"] + 5.75
    assert np.allclose(out["pm25"].values, expected.values, rtol=1e-5)
    assert np.isnan(out["pm25_uncertainty"].values).all()
    assert "not known" in out.attrs["calibration_notes"]


def test_shorter_readings_are_averaged_first(made, calibration: sensors.Calibration) -> None:
    hours = made.sensors.isel(time=slice(0, 48))
    ends = hours["time"].values
    parts = [hours.assign_coords(time=ends - np.timedelta64(m, "m")) for m in (45, 30, 15, 0)]
    quarters = xr.concat(parts, "time").sortby("time")
    assert np.allclose(sensors.apply(quarters, calibration)["pm25"].values, sensors.apply(hours, calibration)["pm25"].values, rtol=1e-5)  # fmt: skip


def test_many_sensors_are_calibrated_in_pieces_alike(network, calibration: sensors.Calibration) -> None:
    many, _ = unpaired(network, 70)
    many = many.isel(time=slice(0, 60))
    out = sensors.apply(many, calibration)
    one = sensors.apply(many.isel(station=[66]), calibration)
    assert np.array_equal(out["pm25_upper"].values[66], one["pm25_upper"].values[0])


def test_a_table_of_the_result_is_read_back(tmp_path: Path, made, calibration: sensors.Calibration) -> None:
    from airq.observations import read

    out = sensors.apply(made.sensors.isel(time=slice(0, 48)), calibration)
    for name in ("x.csv", "x.csv.gz", "x.parquet"):
        table = sensors.write(out, tmp_path / name)
        if name.endswith("gz") or name.endswith("csv"):
            frame = pd.read_csv(table)
            assert {"pm25_raw", "pm25_uncertainty", "pm25_lower"} <= set(frame.columns)
    back = read(tmp_path / "x.csv")
    assert np.allclose(back["pm25"].values, out["pm25"].values, rtol=1e-4)
    for bad in ("x.txt", "x"):
        with pytest.raises(AirqError):
            sensors.write(out, tmp_path / bad)


@pytest.mark.shared
def test_real_ozone_sensors(real) -> None:
    got = sensors.calibrate(sensors.pair(*real, "o3", covariates=["no2"]), models=["scale", "linear"])
    assert got.name == "linear" and got.variables == ("o3", "relative_humidity", "temperature", "no2")
    scores = got.to_frame().set_index(["model", "scheme"])
    assert scores.loc[("linear", "blocks"), "ratio_uncalibrated"] < 0.45
    assert 0.72 < got.coverage["own"] < 0.86
    with pytest.raises(MissingData, match="no2"):
        sensors.apply(real[0].drop_vars(["no2", "no2_flag"]), got)

"""``airq sensors`` as a person uses it: files or an archive, text and JSON, exit codes, one-sentence errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from airq.cli.sensors import command
from airq.errors import AirqError
from airq.observations import Archive, sensors


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(a) for a in args], standalone_mode=False, obj={})
    if result.exception is not None:
        raise result.exception
    return int(result.return_value or 0), result.output


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, network) -> dict[str, Any]:
    """Readings and reference as tidy files, a station table, and an archive that holds the same."""
    folder = tmp_path_factory.mktemp("files")
    made = network(2, 35)
    cells = made.sensors.to_dataframe()[["pm25", "relative_humidity", "temperature"]].reset_index()
    cells.rename(columns={"pm25": "PM2.5(µg/m3)"}).to_csv(folder / "cells.csv", index=False)
    monitor = made.monitor.to_dataframe()[["pm25"]].reset_index()
    monitor.rename(columns={"pm25": "PM2.5(µg/m3)"}).to_csv(folder / "monitor.csv", index=False)
    (folder / "stations.csv").write_text(
        "station,place,lat,lon,network\nS1,changji,44.0,87.3,micro\nS2,changji,44.0,87.3,micro\n2691A,changji,44.001,87.3,national\n"
    )
    archive = Archive(folder / "archive")
    archive.store(made.sensors[["pm25", "pm25_flag"]], "made here")
    archive.store(made.monitor, "made here")
    weather = made.sensors.drop_vars(["pm25", "pm25_flag"])
    archive.store(weather, "made here", kind="weather")
    return {"folder": folder, "archive": archive.path, "made": made}


def inputs(files: dict[str, Any]) -> list[str]:
    folder = files["folder"]
    return ["--sensor", str(folder / "cells.csv"), "--reference", str(folder / "monitor.csv"), "--stations", str(folder / "stations.csv")]  # fmt: skip


def test_calibrate_apply_and_check_from_files(files: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "c.json"
    code, text = run("calibrate", *inputs(files), "--model", "interaction", "--type", "made", "--out", out)
    assert code == 0 and "interaction" in text and "uncalibrated" in text and "random RMSE" in text
    assert sensors.load(out).sensor_type == "made"
    code, text = run("apply", *inputs(files)[:2], *inputs(files)[4:], "--calibration", out, "--out", tmp_path / "t.csv", "--json")  # fmt: skip
    found = json.loads(text)
    assert code == 0 and found["sensors"] == 2 and found["calibration_hours"] == 2 * 35 * 24
    assert (tmp_path / "t.csv").exists()
    code, text = run("check", *inputs(files), "--calibration", out)
    assert (
        code == 0
        and "not an approval under Chinese rules" in text
        and "no drift" in text
        and "calibrated" in text
    )


def test_the_archive_holds_both(files: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "c.json"
    code, text = run("calibrate", "--archive", files["archive"], "--model", "linear", "--out", out, "--json")
    found = json.loads(text)
    assert (
        code == 0
        and found["training"]["sensors"] == ["S1", "S2"]
        and found["training"]["references"] == ["2691A"]
    )
    assert "relative_humidity" in sensors.load(out).variables
    code, _ = run(
        "apply", "--archive", files["archive"], "--calibration", out, "--out", tmp_path / "t.parquet"
    )
    assert code == 0
    code, text = run("check", "--archive", files["archive"], "--json")
    content = json.loads(text)
    assert content["paired"] and len(content["targets"]["value"]["rows"]) == 10 and len(content["drift"]) == 2


def test_a_drifting_sensor_gives_exit_code_one(files: dict[str, Any], tmp_path: Path, network) -> None:
    made = network(1, 90, humid=0.0, seed=7)
    late = made.sensors.copy(deep=True)
    late["pm25"].values[:, 50 * 24 :] *= 1.6
    archive = Archive(tmp_path / "archive")
    archive.store(late[["pm25", "pm25_flag"]], "made here")
    archive.store(made.monitor, "made here")
    code, text = run("check", "--archive", archive.path)
    assert code == 1 and "drifts up since about 2025-02" in text


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["calibrate", "--sensor", "nowhere.csv", "--reference", "nowhere.csv"], "nowhere.csv"),
        (["apply", "--sensor", "nowhere.csv", "--calibration", "none.json", "--out", "x.csv"], "none.json"),
        (["calibrate", "--reference", "x.csv"], "--archive"),
    ],
)
def test_refusals_are_one_sentence(args: list[str], word: str) -> None:
    with pytest.raises(AirqError) as error:
        run(*args)
    assert word in str(error.value) and str(error.value).endswith(".") and "\n" not in str(error.value)


def test_a_sensor_file_without_reference_is_refused(files: dict[str, Any]) -> None:
    with pytest.raises(AirqError, match="--reference"):
        run("calibrate", "--sensor", files["folder"] / "cells.csv")
    with pytest.raises(AirqError, match="one or the other"):
        run("calibrate", "--sensor", files["folder"] / "cells.csv", "--archive", files["archive"])


def test_help_names_the_three_commands() -> None:
    code, text = run("--help")
    assert code == 0 and all(word in text for word in ("calibrate", "check", "apply", "--json", "official"))

"""``airq forecast`` as a person uses it, on a small simulated archive and with a model that is quick."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_archive import fill

from airq import cli, dataset
from airq.observations import Archive
from airq.reports import forecast_data as data

QUICK = ("--model", "climatology")


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Two counties from January 2025 to October 2026."""
    return fill(Archive(tmp_path_factory.mktemp("held") / "archive"), counties=("changji", "qitai"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], held: Archive):
    def call(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main(["forecast", *map(str, args), "--archive", str(held.path)])
        out = capsys.readouterr()
        return int(stop.value.code or 0), out.out, out.err

    return call


def test_days_of_every_county_say_what_they_are(run) -> None:
    code, out, err = run(*QUICK, "--horizons", "1-3")
    assert code == 0, err
    assert out.count("模拟数据 / simulated data.") == 2 and out.count("No weather forecast was given") == 2
    assert "2026-11-01" in out and "2026-11-03" in out and "index of pm25 [80%]" in out


def test_all_pollutants_with_categories_alerts_and_a_log(run, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    words = (
        "昌吉市",
        "--target",
        "all",
        "--warn",
        "--cost-loss",
        0.01,
        "--log",
        log,
        "--horizons",
        "1,2",
        *QUICK,
    )
    code, out, err = run(*words, "--json")
    assert code == 0, err
    document = json.loads(out)
    made = document["forecasts"][0]
    assert document["simulated"] is True and made["weather"] == "none" and made["edition"] == "2026"
    assert {r["target"] for r in made["quantiles"]} == {"pm25", "pm10", "so2", "no2", "co", "o3"}
    day = made["days"]["changji"][0]
    assert day["pm25_q10"] <= day["pm25"] <= day["pm25_q90"] and 1 <= day["category"] <= 6
    sums = pd.DataFrame(made["categories"]).groupby("date")["probability"].sum()
    assert sums.tolist() == pytest.approx([1.0, 1.0])
    levels = {r["level"] for r in made["warnings"]["days"]}
    assert levels == {"yellow", "orange", "red"} and len(log.read_text(encoding="utf-8").splitlines()) == 1
    code, out, _ = run(*words)
    assert code == 0 and "likeliest category" in out and "alerts by ALERT-2024" in out
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1  # the same warning is not logged twice


def test_verification_of_days(run) -> None:
    words = ("changji", "--verify", "--test-days", 40, *QUICK)
    code, out, err = run(*words)
    assert code == 0, err
    for needed in (
        "CRPS",
        "skill vs climatology",
        "by season",
        "level_accuracy",
        "bss_climatology",
        "fairmode",
        "[NF]",
    ):
        assert needed in out, needed
    code, out, _ = run(*words, "--json")
    found = json.loads(out)["verifications"][0]
    assert {r["horizon"] for r in found["scores"]} == {1, 3, 7} and found["reliability"] and found["tests"]


def test_stations_and_hours(run) -> None:
    code, out, err = run("changji", "--by", "station", "--horizons", "1", *QUICK)
    assert code == 0, err
    assert "station CH1" in out and "station CH2" in out
    code, out, err = run("qitai", "--hourly", "--horizons", "1,6", *QUICK)
    assert code == 0, err
    assert "2026-11-01 01:00" in out and "2026-11-01 06:00" in out


def test_a_weather_file_is_taken_as_a_forecast(run, tmp_path: Path) -> None:
    days = pd.date_range("2026-11-01", periods=3)
    path = tmp_path / "w.csv"
    pd.DataFrame({"date": days, "temperature_mean": [-3.0, -4.0, -5.0]}).to_csv(path, index=False)
    code, out, err = run("changji", "--weather", path, "--horizons", "1-3", *QUICK, "--json")
    assert code == 0, err
    assert json.loads(out)["forecasts"][0]["weather"] in ("forecast", "none")
    code, _, err = run("changji", "--weather", "observed", "--verify", *QUICK)
    assert code == 2 and "holds no weather" in err


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (("--horizons", "0"), "no leads"),
        (("--horizons", "11"), "no leads"),
        (("--hourly", "--horizons", "73"), "no leads"),
        (("--target", "pm3"), "target 'pm3' is not known"),
        (("--hourly", "--warn"), "takes one target"),
        (("--log", "a.jsonl"), "goes with --warn"),
        (("chanji",), "did you mean 'changji'"),
        (("mori",), "no station of 'mori'"),
        (("changji", "--weather", "none.csv"), "no such file"),
        (("changji", "--issued", "soon"), "not a date"),
        (("changji", "--model", "oracle"), "oracle"),
    ],
)
def test_wrong_use_is_one_sentence(run, words: tuple[str, ...], needed: str) -> None:
    code, out, err = run(*words)
    assert code == 2 and needed in err and len(err.strip().splitlines()) == 1 and "Traceback" not in out + err


# ---- the frames behind it ----


def test_weather_of_the_archive_stands_beside_the_observations(tmp_path: Path) -> None:
    archive = fill(Archive(tmp_path / "own"), "2026-01", "2026-01", ("changji", "qitai"))
    hours = pd.date_range("2026-01-01 01:00", "2026-02-01", freq="h")
    posts = pd.DataFrame(
        {"station": ["W1", "W2"], "place": "changji", "role": "weather", "network": "weather"}
    )
    warm, cold = np.arange(len(hours)) % 24 - 20.0, np.full(len(hours), -10.0)
    # Winds of one metre per second from north and from east: their mean blows from between.
    values = {
        "temperature": np.stack([warm, cold]),
        "wind_speed": np.ones((2, len(hours))),
        "wind_direction": np.repeat([[0.0], [90.0]], len(hours), axis=1),
    }
    archive.store(dataset.build(posts, hours, values), "made here", kind="weather", simulated=True)
    frame = data.daily(archive, "changji")
    assert frame.attrs["weather_observed"] and len(frame) == 31
    assert frame["temperature_mean"].tolist() == pytest.approx([(warm[:24].mean() - 10) / 2] * 31, abs=1e-4)
    ratio = frame["wind_u_mean"] / frame["wind_v_mean"]
    assert ratio.tolist() == pytest.approx([1.0] * 31, abs=1e-3) and (frame["wind_u_mean"] < 0).all()
    station = data.daily(archive, "changji", by="station")
    assert len(station["site"].unique()) == 3
    assert (station.groupby("date")["temperature_mean"].agg(np.ptp) < 1e-9).all()
    assert not data.daily(archive, "changji", weather=False).attrs["weather_observed"]
    assert not data.daily(archive, "qitai").attrs["weather_observed"]


def test_lines_of_a_weather_table_are_named(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    for text, needed in (
        ("date,temperature_mean\n2026-11-01,1\nsoon,2\n", "line 3, column 'date': 'soon'"),
        ("date,colour\n2026-11-01,red\n", "no column is weather"),
        ("temperature_mean\n1\n", "no column 'date'"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(data.FileRejected, match=needed):
            data.weather_file(path, "changji")
    path.write_text("issued,horizon,temperature_mean\n2026-10-31,2,1.5\n", encoding="utf-8")
    assert data.weather_file(path, "changji")["date"].tolist() == [pd.Timestamp("2026-11-02")]

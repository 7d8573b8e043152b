"""Micro-stations beside official ones change no official figure: days, cities, periods, ranks, reports, commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import dataset, standards
from airq.analysis import county_month
from airq.errors import MissingData
from airq.observations import Archive, sensors
from airq.variables import POLLUTANTS

TIME = pd.date_range("2026-03-01 01:00", "2026-04-01 00:00", freq="h")


def stations(rows: list[tuple[str, str, str]], level: float, seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rows, columns=["station", "place", "network"]).assign(
        role="evaluation", lat=44.0, lon=87.3
    )
    shape = (len(rows), len(TIME))
    values = {
        p: np.round(level * (0.02 if p == "co" else 1) * rng.uniform(0.5, 1.5, shape), 1) for p in POLLUTANTS
    }
    return dataset.build(table, TIME, values)


OFFICIAL = stations(
    [("A1", "changji", "national"), ("A2", "changji", "city"), ("B1", "fukang", "regional")], 50, 1
)
MICRO = stations([("S1", "changji", "micro"), ("S2", "fukang", "micro"), ("S3", "hutubi", "micro")], 400, 2)
BOTH = sensors.join([OFFICIAL, MICRO])


def same(one: xr.Dataset, other: xr.Dataset) -> None:
    assert set(one.data_vars) == set(other.data_vars)
    xr.testing.assert_equal(one, other)


def test_the_sensors_would_matter_if_they_counted() -> None:
    believed = BOTH.assign_coords(network=("station", np.full(6, "city", object)))
    there = standards.summary(standards.place_daily(believed), "2026-03")["mean_pm25"]
    alone = standards.summary(standards.place_daily(OFFICIAL), "2026-03")["mean_pm25"]
    assert (there.to_numpy()[:2] > alone.to_numpy() + 50).all()


@pytest.mark.parametrize("edition", ["2012", "2026"])
def test_days_of_stations_and_places(edition: str) -> None:
    same(standards.daily(BOTH, edition), standards.daily(OFFICIAL, edition))
    same(standards.place_daily(BOTH, edition=edition), standards.place_daily(OFFICIAL, edition=edition))
    group = "changji-prefecture"
    same(standards.place_daily(BOTH, group, edition), standards.place_daily(OFFICIAL, group, edition))
    same(standards.place_hourly(BOTH, "changji"), standards.place_hourly(OFFICIAL, "changji"))


def test_station_days_that_came_with_sensors_are_cleaned_too() -> None:
    believed = BOTH.assign_coords(network=("station", np.full(6, "city", object)))
    days = standards.daily(believed).assign_coords(network=BOTH["network"])
    same(standards.place_daily(days), standards.place_daily(OFFICIAL))
    assert set(standards.summary(days, "2026-03")["station"]) == {"A1", "A2", "B1"}


def test_periods_and_ranks() -> None:
    for make in (standards.daily, standards.place_daily):
        one, other = (standards.summary(make(ds), "2026-03") for ds in (BOTH, OFFICIAL))
        pd.testing.assert_frame_equal(one, other)
        if make is standards.place_daily:
            pd.testing.assert_frame_equal(standards.ranking(one), standards.ranking(other))


def test_calibrated_sensors_stay_out_as_well() -> None:
    calibrated = sensors.apply(
        MICRO.assign(relative_humidity=(("station", "time"), np.full((3, len(TIME)), 50.0), {"units": "%"})),
        sensors.from_published("epa-us-2021"),
    )
    assert set(calibrated["network"].values) == {"micro"}
    same(standards.place_daily(sensors.join([OFFICIAL, calibrated])), standards.place_daily(OFFICIAL))


def test_places_with_sensors_only_have_no_station() -> None:
    assert standards.places_in(BOTH) == ["changji", "fukang"]
    with pytest.raises(MissingData, match="hutubi"):
        standards.place_daily(BOTH, "hutubi")
    with pytest.raises(MissingData, match="micro-stations only"):
        standards.daily(MICRO)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, Archive]:
    folder = tmp_path_factory.mktemp("micro")
    alone, mixed = Archive(folder / "1" / "archive"), Archive(folder / "2" / "archive")
    alone.store(OFFICIAL, "made here")
    mixed.store(OFFICIAL, "made here")
    mixed.store(MICRO, "made here")
    return alone, mixed


@pytest.mark.parametrize("place", ["changji", "hutubi"])
def test_reports_rest_on_the_same_numbers(archives: tuple[Archive, Archive], place: str) -> None:
    alone, mixed = (county_month(a, place, "2026-03").to_dict() for a in archives)
    for key in ("digest", "ingested"):
        alone.pop(key), mixed.pop(key)
    assert json.dumps(mixed, default=str, sort_keys=True) == json.dumps(alone, default=str, sort_keys=True)


def test_the_page_on_both_standards_compares_the_same_places(archives: tuple[Archive, Archive]) -> None:
    from airq.reports.standards_about import chosen_places

    assert chosen_places(archives[1], "all") == chosen_places(archives[0], "all") == ["changji", "fukang"]
    with pytest.raises(MissingData):
        chosen_places(archives[1], "hutubi")


@pytest.mark.parametrize("by", ["place", "station"])
def test_the_command_evaluate_prints_the_same(
    archives: tuple[Archive, Archive], by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from airq.cli import main

    printed = []
    for archive in archives:
        with pytest.raises(SystemExit) as stop:
            main(["evaluate", "--period", "2026-03", "--by", by, "--archive", str(archive.path), "--json"])
        assert not stop.value.code
        printed.append(json.loads(capsys.readouterr().out)["rows"])
    assert printed[0] == printed[1] and printed[0]


def export(tmp_path: Path) -> Path:
    """Three days of a sensor at ten minutes, with lines of text above."""
    stamps = pd.date_range("2026-03-01 00:00", "2026-03-03 23:50", freq="10min")
    rows = "".join(f"{t:%Y-%m-%d %H:%M},{300 + k % 7},40\n" for k, t in enumerate(stamps))
    path = tmp_path / "sensor.csv"
    path.write_text(f"Serial ID: MS-07\n(UTC+08:00)\nAveraging period: 10 minutes\n\nTime,PM2.5 (µg/m³),RH (%)\n{rows}", encoding="utf-8")  # fmt: skip
    return path


def test_an_ingested_sensor_stands_beside_the_official_stations_and_out_of_the_figures(
    tmp_path: Path,
) -> None:
    archive = Archive(tmp_path / "archive")
    archive.store(OFFICIAL, "made here")
    table = pd.DataFrame({"station": ["MS-07"], "place": ["changji"], "lat": [44.0], "lon": [87.3], "network": ["micro"]})  # fmt: skip
    assert archive.ingest([export(tmp_path)], stations=table).ok
    ds = archive.load()
    assert dict(zip(ds["station"].values, ds["network"].values, strict=True))["MS-07"] == "micro"
    assert np.isfinite(ds["pm25"].sel(station="MS-07").values).sum() == 72
    for place in ("changji", "fukang"):
        got, want = (standards.place_daily(d, place)["pm25"].values for d in (ds, OFFICIAL))
        np.testing.assert_array_equal(got, want)

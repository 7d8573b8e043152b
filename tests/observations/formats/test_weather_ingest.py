"""Weather files through the archive's door: recognised, placed, told, and never a forecast."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import observations, weather
from airq.errors import AirqError, FileRejected
from airq.observations import Archive, files, formats
from airq.observations.files import RawFile
from airq.observations.formats import Parsed
from airq.variables import FLAGS
from airq.weather import netcdf3

ISD = """\
2019 01 01 00   -22   -50 10203   210    62     0 -9999 -9999
2019 01 01 03 -9999 -9999 -9999     0     0     8    -1    12
2019 01 01 06   -10   -30 10210   360    15 -9999    25 -9999
"""
HISTORY = (
    '"USAF","WBAN","STATION NAME","CTRY","STATE","ICAO","LAT","LON","ELEV(M)","BEGIN","END"\n'
    '"514630","99999","URUMQI","CH","","ZWWW","+43.800","+087.650","+0935.0","19560820","20250101"\n'
    '"514700","99999","TIANCHI","CH","","","+43.880","+088.120","+1942.0","19560820","20250101"\n'
)


def isd(folder: Path, text: str = ISD, name: str = "514630-99999-2019.gz", history: str = HISTORY) -> Path:
    if history:
        (folder / "isd-history.csv").write_text(history)
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def answer(hours: int = 3, **changes: Any) -> dict[str, Any]:
    start = pd.Timestamp("2019-01-01 00:00")
    document: dict[str, Any] = {
        "latitude": 44.0,
        "longitude": 87.25,
        "generationtime_ms": 0.5,
        "utc_offset_seconds": 28800,
        "timezone": "Asia/Shanghai",
        "elevation": 577.0,
        "hourly_units": {"time": "iso8601", "temperature_2m": "°C", "wind_speed_10m": "km/h"},
        "hourly": {
            "time": [(start + pd.Timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M") for h in range(hours)],
            "temperature_2m": [-12.0 - h for h in range(hours)],
            "wind_speed_10m": [7.2] * hours,
        },
    }
    document.update(changes)
    return document


def write(folder: Path, document: Any, name: str = "changji_20190101_20191231.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def parsed(path: Path, **arguments: Any) -> Parsed:
    return formats.parse(files.load(path), **arguments)


def said(result: Parsed) -> str:
    return "\n".join(i.sentence(result.raw.path) for i in result.issues)


def at(result: Parsed, station: str, time: str, name: str) -> float:
    block = result.block
    return float(
        block.values[name][block.stations.index(station), list(block.time).index(np.datetime64(time, "ns"))]
    )


# ---- ISD-Lite ----


def test_isd_lite_known_answers_place_and_words(tmp_path: Path) -> None:
    result = parsed(isd(tmp_path))
    assert result.format == "isd-lite" and result.frequency == "hourly" and result.complete
    assert at(result, "514630-99999", "2019-01-01T08", "temperature") == np.float32(-2.2), "00 UTC"
    assert at(result, "514630-99999", "2019-01-01T14", "precipitation") == np.float32(2.5)
    # 1020.3 hPa at sea level and -2.2 °C at 935 m: 908.0 hPa, see the reader's own test.
    assert at(result, "514630-99999", "2019-01-01T08", "pressure") == pytest.approx(908.0, abs=0.1)
    about = result.about["514630-99999"]
    assert (about["place"], about["role"], about["network"]) == ("urumqi", "weather", "weather")
    assert (about["lat"], about["lon"], about["elevation"]) == (43.8, 87.65, 935.0)
    text = said(result)
    assert "stands for urumqi, 4 km away" in text and "hours in UTC" in text
    assert "derived from the other values: pressure, relative_humidity" in text
    assert "1 amounts of six hours are not stored" in text


def test_isd_lite_without_its_list_is_taken_in_part(tmp_path: Path) -> None:
    result = parsed(isd(tmp_path, history=""))
    assert "pressure" not in result.block.values and not result.complete
    assert "neither the file nor an isd-history.csv beside it tells where it is" in said(result)
    assert "place" not in result.about["514630-99999"]


def test_a_mountain_station_stands_for_no_county(tmp_path: Path) -> None:
    result = parsed(isd(tmp_path, name="514700-99999-2019"))
    assert "place" not in result.about["514700-99999"] and "within 50 km and 300 m" in said(result)
    ds = observations.read(isd(tmp_path, name="514700-99999-2019"))
    assert ds["place"].item() == "" and ds["lat"].item() == 43.88


def test_a_station_table_names_the_place(tmp_path: Path) -> None:
    path = isd(tmp_path, name="514700-99999-2019")
    table = pd.DataFrame({"station": ["514700-99999"], "place": ["fukang"]})
    archive = Archive(tmp_path / "a")
    assert archive.ingest(path, stations=table).files[0].status == "ok"
    row = archive.stations("weather").iloc[0]
    assert row["place"] == "fukang" and row["lat"] == 43.88
    assert archive.load("阜康市", kind="weather").sizes["station"] == 1


def test_isd_lite_under_another_name(tmp_path: Path) -> None:
    result = parsed(isd(tmp_path, name="urumqi.txt", history=""))
    assert result.block.stations == ["isd-urumqi"] and result.about["isd-urumqi"]["place"] == "urumqi"
    assert "the file's name states no station" in said(result)


def test_damaged_lines_of_fixed_width_are_named(tmp_path: Path) -> None:
    days = "".join(
        f"2019 02 {d:02d} {h:02d}   -22   -50 10203   210    62     0 -9999 -9999\n"
        for d in range(1, 4)
        for h in range(24)
    )
    lines = days.split("\n")
    lines[10] = lines[10].replace("   -22   -50", "   -2   -50")  # a digit lost
    lines[20] = lines[20].replace("2019 02", "2091 02")
    lines[30] = lines[30].replace("2019 02", "2019 06")
    lines[40] = lines[40].replace("   -22", "  - 22")
    result = parsed(isd(tmp_path, "\n".join(lines)))
    text = said(result)
    assert "line 11: no ISD-Lite record; the line is not taken (and 1 more)" in text and not result.complete
    assert "line 21: not of the year in the file's name" in text
    assert "line 31: its time leaves the order of the file" in text
    assert np.isfinite(result.block.values["temperature"]).sum() == 68
    assert set(np.unique(result.block.values["temperature"])) == {np.float32(-2.2)}


def test_a_cut_stream_and_the_list_of_stations(tmp_path: Path) -> None:
    path = isd(tmp_path, ISD + "".join(f"2019 02 {d:02d} 12{' 00010' * 8}\n" for d in range(1, 28)))
    path.write_bytes(path.read_bytes()[:-30])
    result = parsed(path)
    assert not result.complete and "gzip stream ends early" in said(result)
    with pytest.raises(FileRejected, match="holds no values; name a file of observations"):
        observations.read(tmp_path / "isd-history.csv")


def test_a_folder_as_it_was_fetched(tmp_path: Path) -> None:
    folder = tmp_path / "isd-lite"
    (folder / "2019").mkdir(parents=True)
    (folder / "isd-history.csv").write_text(HISTORY)
    for name in ("514630-99999-2019.gz", "514700-99999-2019.gz"):
        isd(folder / "2019", name=name, history="")
    report = Archive(tmp_path / "a").ingest(folder)
    assert report.ok and sorted(f.new for f in report.files) == [0, 15, 15]
    assert observations.read(folder).sizes["station"] == 2


def test_impossible_and_missing_values(tmp_path: Path) -> None:
    text = "2019 01 01 00   712  9999 10203   210 99999     0 -9999 -9999\n"
    block = parsed(isd(tmp_path, text)).block
    assert block.values["temperature"][0, 0] == np.float32(71.2)
    assert block.flags["temperature"][0, 0] == FLAGS["out_of_range"]
    assert block.flags["dew_point"][0, 0] == FLAGS["sentinel"]
    with pytest.raises(FileRejected, match="no value of the weather could be taken"):
        parsed(isd(tmp_path, f"2019 01 01 00{' -9999' * 8}\n"))


# ---- Open-Meteo ----


def test_open_meteo_named_after_a_place(tmp_path: Path) -> None:
    result = parsed(write(tmp_path, answer()))
    assert result.format == "open-meteo" and result.complete
    assert result.block.stations == ["open-meteo-changji"]
    assert at(result, "open-meteo-changji", "2019-01-01T01", "temperature") == -13.0
    assert at(result, "open-meteo-changji", "2019-01-01T00", "wind_speed") == 2.0
    about = result.about["open-meteo-changji"]
    assert (about["place"], about["network"], about["name_en"]) == (
        "changji",
        "reanalysis",
        "Changji City (reanalysis)",
    )
    assert (about["lat"], about["lon"], about["elevation"]) == (44.0, 87.25, 577.0), "of the grid point"


def test_open_meteo_by_its_position(tmp_path: Path) -> None:
    far = answer(latitude=31.2, longitude=121.5, elevation=4.0)
    result = parsed(write(tmp_path, [answer(), far], "a.json"))
    assert result.block.stations == ["open-meteo-44.00N87.25E", "open-meteo-31.20N121.50E"]
    assert result.about["open-meteo-44.00N87.25E"]["place"] == "changji"
    assert "place" not in result.about["open-meteo-31.20N121.50E"]
    with pytest.raises(FileRejected, match="two locations have the same position"):
        parsed(write(tmp_path, [answer(), answer()], "b.json"))
    taken = parsed(tmp_path / "a.json", stations=["open-meteo-44.00N87.25E"])
    assert taken.block.stations == ["open-meteo-44.00N87.25E"]
    with pytest.raises(FileRejected, match="no value of the weather could be taken"):
        parsed(tmp_path / "a.json", stations=["other"])


@pytest.mark.parametrize(
    "name", ["changji_20190101T0000Z.json", "forecast/changji.json", "open-meteo-forecast/a/b.json", "a.json"]
)
def test_a_forecast_is_never_stored_as_weather(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, answer(), name)
    if name == "a.json":
        os.utime(path, (1546200000, 1546200000))  # written on 30 December 2018, before its hours
    if name.startswith("open-meteo"):
        digest = files.load(path).sha256
        line = {"path": "a/b.json", "url": "https://x/v1/forecast?latitude=44", "sha256": digest}
        (tmp_path / "open-meteo-forecast" / "manifest.jsonl").write_text(json.dumps(line) + "\n")
    archive = Archive(tmp_path / "archive")
    (report,) = archive.ingest(path).files
    assert report.status == "rejected" and "a weather forecast" in report.sentences[0]
    assert archive.months("weather") == []
    for format in (None, "open-meteo"):
        with pytest.raises(FileRejected, match="the archive keeps only weather that was"):
            observations.read(path, format=format)


def test_hours_without_values_are_no_forecast(tmp_path: Path) -> None:
    document = answer(5)
    document["hourly"]["temperature_2m"][2:] = [None] * 3
    document["hourly"]["wind_speed_10m"][2:] = [None] * 3
    path = write(tmp_path, document)
    os.utime(path, (1546275600, 1546275600))  # 2019-01-01 01:00 in Beijing
    assert np.isfinite(parsed(path).block.values["temperature"]).sum() == 2
    assert weather.read(path).attrs["kind"] == "history"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"hourly": {"time": ["2019-01-01T00:00"], "temperature_2m": ["5"]}}, "no number"),
        ({"hourly": {"time": ["2019-01-01T00:00"], "temperature_2m": [True]}}, "no number"),
        ({"hourly": {"time": ["20190101"], "temperature_2m": [1]}}, "no time"),
        ({"timezone": "", "utc_offset_seconds": None}, "utc_offset_seconds is missing"),
        ({"error": True, "reason": "Daily limit"}, "an error answer of the server"),
        ({"hourly": None}, "no 'hourly' values"),
    ],
)
def test_broken_answers_are_refused_in_one_sentence(
    tmp_path: Path, change: dict[str, Any], text: str
) -> None:
    path = write(tmp_path, answer(**change))
    with pytest.raises(FileRejected) as refusal:
        parsed(path)
    message = str(refusal.value)
    assert text in message and str(path) in message and "\n" not in message and message.endswith(".")


def test_what_is_odd_in_an_answer_is_said(tmp_path: Path) -> None:
    document = answer(30, timezone="GMT")
    document["hourly"]["time"][7] = "2019-01-05T07:00"
    document["hourly"]["cloud_cover"] = [1] * 30
    result = parsed(write(tmp_path, document))
    text = said(result)
    assert "timezone GMT contradicts utc_offset_seconds 28800" in text and "not stored: cloud_cover" in text
    assert "1 times do not follow the hour before, such as 2019-01-05T07:00" in text and not result.complete
    assert len(result.block.time) == 29
    path = write(tmp_path, answer())
    path.write_text(path.read_text().replace('"latitude": 44.0', '"latitude": 44.0, "latitude": 43.0'))
    with pytest.raises(FileRejected, match="a key stands twice"):
        parsed(path)
    path.write_text('{"hourly": 1, "hourly_units": ' + "[" * 100_000)
    with pytest.raises(FileRejected, match="not valid JSON"):
        parsed(path)
    del (late := answer())["utc_offset_seconds"]
    assert "the offset of Asia/Shanghai is taken" in said(parsed(write(tmp_path, late)))


def test_other_documents_are_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(AirqError):
        parsed(tmp_path / "a.json")
    assert formats.recognised(files.load(tmp_path / "a.json")) != "open-meteo"
    for name in ("isd-lite", "open-meteo", "era5"):
        table = tmp_path / "t.csv"
        table.write_text("station,time,PM2.5\nA,2019-01-05 01:00,5\n")
        with pytest.raises(FileRejected) as refusal:
            parsed(table, format=name)
        assert "t.csv" in str(refusal.value) and "\n" not in str(refusal.value)


# ---- ERA5 ----

HOURS = pd.date_range("2019-06-01 00:00", periods=30, freq="h")


def fields(**coords: Any) -> xr.Dataset:
    shape = (len(HOURS), 2, 3)
    base = np.arange(6, dtype=float).reshape(2, 3)
    data = {
        "t2m": (np.broadcast_to(280.0 + base, shape).copy(), "K"),
        "sp": (np.broadcast_to(95000.0 + 0 * base, shape).copy(), "Pa"),
        "u10": (np.zeros(shape), "m s**-1"),
        "v10": (np.full(shape, -3.0), "m s**-1"),
    }
    where = {"valid_time": HOURS, "latitude": [44.25, 44.0], "longitude": [87.0, 87.25, 87.5], **coords}
    return xr.Dataset(
        {n: (("valid_time", "latitude", "longitude"), v, {"units": u}) for n, (v, u) in data.items()},
        coords=where,
    )


def netcdf(folder: Path, ds: xr.Dataset, name: str = "era5.nc") -> Path:
    ds.to_netcdf(folder / name, engine="scipy", format="NETCDF3_CLASSIC")
    return folder / name


def opened(path: Path) -> RawFile:
    raw = files.load(path)
    assert raw.kind == "netcdf"
    return raw


def test_era5_gives_a_series_to_each_place_of_the_grid(tmp_path: Path) -> None:
    result = formats.parse(opened(netcdf(tmp_path, fields())))
    assert result.format == "era5" and result.complete
    assert {"era5-changji", "era5-hutubi", "era5-wujiaqu"} <= set(result.block.stations)
    assert "era5-qitai" not in result.block.stations
    assert at(result, "era5-changji", "2019-06-01T08", "temperature") == pytest.approx(280 + 4 - 273.15)
    assert at(result, "era5-changji", "2019-06-01T08", "wind_direction") == 360.0
    assert result.about["era5-changji"]["place"] == "changji"
    assert result.about["era5-changji"]["network"] == "reanalysis"
    assert "era5-changji is the grid point 5 km from changji" in said(result)
    alone = formats.parse(opened(tmp_path / "era5.nc"), stations=["era5-changji"])
    assert alone.block.stations == ["era5-changji"]


def test_era5_elsewhere_or_ahead_is_refused(tmp_path: Path) -> None:
    path = netcdf(tmp_path, fields(latitude=[31.25, 31.0], longitude=[121.0, 121.25, 121.5]))
    with pytest.raises(FileRejected, match=r"the grid \(31 to 31\.25 N, 121 to 121\.5 E\) covers none"):
        formats.parse(opened(path))
    path = netcdf(tmp_path, fields(), "later.nc")
    os.utime(path, (1546200000, 1546200000))
    with pytest.raises(FileRejected, match="a weather forecast"):
        formats.parse(opened(path))
    steps = pd.to_timedelta(np.arange(len(HOURS)), unit="h")  # 29 hours ahead: no reanalysis
    stepped = fields().rename(valid_time="step").assign_coords(step=steps, time=HOURS[0])
    path = netcdf(tmp_path, stepped, "steps.nc")
    assert weather.read(path, place="changji").attrs["kind"] == "forecast"
    with pytest.raises(FileRejected, match="a weather forecast"):
        formats.parse(opened(path))


def test_files_of_station_series_are_left_to_their_own_reader(tmp_path: Path) -> None:
    ds = fields()
    ds.attrs["featureType"] = "timeSeries"
    assert formats.recognised(opened(netcdf(tmp_path, ds))) != "era5"


@pytest.mark.parametrize("what", ["cut", "grown", "inside", "axis", "time", "head"])
def test_damaged_netcdf_is_refused(tmp_path: Path, what: str) -> None:
    ds = fields()
    if what == "axis":
        ds = ds.assign_coords(latitude=[44.25, 440.0])
    if what == "time":
        times = HOURS.to_numpy().copy()
        times[7] = np.datetime64("2019-05-01")
        ds = ds.assign_coords(valid_time=times)
    path = netcdf(tmp_path, ds)
    blob = bytearray(path.read_bytes())
    if what == "cut":
        blob = blob[:-40]
    elif what == "grown":
        blob += b"12345678"
    elif what == "inside":
        blob[-200:-200] = b"\x01" * 9
    elif what == "head":
        blob[8] ^= 0x40
    path.write_bytes(bytes(blob))
    with pytest.raises(FileRejected) as refusal:
        formats.parse(opened(path))
    assert str(path) in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize("unlimited", [None, ["valid_time"]])
@pytest.mark.parametrize("kind", ["NETCDF3_CLASSIC", "NETCDF3_64BIT"])
def test_the_length_of_whole_files_is_what_their_header_says(
    tmp_path: Path, unlimited: list[str] | None, kind: Any
) -> None:
    for names in (["t2m"], ["t2m", "sp"]):
        ds = fields()[names].astype("int16" if names == ["t2m"] else "float32")
        path = tmp_path / f"{len(names)}.nc"
        ds.to_netcdf(path, engine="scipy", format=kind, unlimited_dims=unlimited)
        netcdf3.check_length(path)
        want = netcdf3.expected_length(path.read_bytes())
        assert want is not None and want <= path.stat().st_size <= want + 3


# ---- into the archive and out again ----


def test_weather_comes_back_from_the_archive(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    sources = [isd(tmp_path), write(tmp_path, answer(24)), netcdf(tmp_path, fields())]
    report = archive.ingest(sources)
    assert [f.status for f in report.files] == ["ok"] * 3 and report.files[1].new == 48
    assert archive.months("weather") == ["2018-12", "2019-01", "2019-06"] and archive.months() == []
    ds = archive.load(place="changji", kind="weather", start="2019-01-01", end="2019-01-01")
    ds = ds.sel(station=["open-meteo-changji"])
    assert ds["temperature"].values[0, 0] == -13.0 and "pm25" not in ds
    assert archive.stations("observations").empty, "no weather station enters the figures of the air"
    again = archive.ingest(sources)
    assert [(f.new, f.changed) for f in again.files] == [(0, 0)] * 3


def test_weather_beside_pollutants_of_the_same_county(tmp_path: Path) -> None:
    air = tmp_path / "air.csv"
    air.write_text("station,time,PM2.5(µg/m³)\n2691A,2019-01-01 01:00,50\n2691A,2019-01-01 02:00,60\n")
    archive = Archive(tmp_path / "a")
    archive.ingest([air, write(tmp_path, answer(24))])
    assert archive.load(place="changji")["station"].values.tolist() == ["2691A"]
    assert archive.load(place="changji", kind="weather")["station"].values.tolist() == ["open-meteo-changji"]


def test_read_gives_the_same_weather_as_the_weather_reader(tmp_path: Path) -> None:
    path = isd(tmp_path)
    ours, theirs = observations.read(path), weather.read(path, place="urumqi")
    for name in ("temperature", "pressure", "wind_speed", "wind_direction", "relative_humidity"):
        np.testing.assert_array_equal(ours[name].values, theirs[name].values)
        np.testing.assert_array_equal(ours[f"{name}_flag"].values, theirs[f"{name}_flag"].values)
    assert ours["place"].item() == "urumqi" and "UTC" in ours.attrs["issues"]

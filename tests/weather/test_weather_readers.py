"""Readers of ISD-Lite, Open-Meteo and ERA5: values, units, times, and files that are broken."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import weather
from airq.errors import AirqError, FileRejected, ParameterError
from airq.weather import convert, era5
from airq.weather.grid import nearest

# Rows in the width of the format document; the first is its own example.
ISD = """\
1973 01 01 00   -22   -50 10203   210    62     0 -9999 -9999
1973 01 01 03 -9999 -9999 -9999     0     0     8    -1    12
1973 01 01 06   -10   -30 10210   360    15 -9999    25 -9999
"""
HISTORY = (
    '"USAF","WBAN","STATION NAME","CTRY","STATE","ICAO","LAT","LON","ELEV(M)","BEGIN","END"\n'
    '"514630","99999","URUMQI","CH","","ZWWW","+43.800","+087.650","+0935.0","19560820","20250101"\n'
)


def at(ds: xr.Dataset, name: str) -> list[float]:
    return [round(float(v), 3) for v in ds[name].values[0]]


def isd(folder: Path, text: str = ISD, name: str = "514630-99999-1973.gz") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


# ---- ISD-Lite ----


def test_isd_lite_known_answers(tmp_path: Path) -> None:
    ds = weather.read(isd(tmp_path), place="urumqi", elevation=935.0)
    assert ds["station"].values.tolist() == ["514630-99999"] and ds["place"].item() == "urumqi"
    assert [str(t)[:13] for t in ds["time"].values] == ["1973-01-01T08", "1973-01-01T11", "1973-01-01T14"]
    assert at(ds, "temperature") == pytest.approx([-2.2, np.nan, -1.0], nan_ok=True)
    assert at(ds, "dew_point") == pytest.approx([-5.0, np.nan, -3.0], nan_ok=True)
    assert at(ds, "wind_speed") == pytest.approx([6.2, 0.0, 1.5])
    assert at(ds, "wind_direction") == pytest.approx([210.0, np.nan, 360.0], nan_ok=True)
    assert at(ds, "precipitation") == pytest.approx([np.nan, 0.0, 2.5], nan_ok=True)
    assert at(ds, "precipitation_6h") == pytest.approx([np.nan, 1.2, np.nan], nan_ok=True)
    assert at(ds, "relative_humidity") == pytest.approx([81.2, np.nan, 86.4], abs=0.15, nan_ok=True)
    # 1020.3 hPa at sea level and -2.2 °C: 1020.3 exp(-g 935 / R (270.95 + 3.04)) = 908.0 hPa.
    assert at(ds, "pressure") == pytest.approx([908.0, np.nan, 909.1], abs=0.1, nan_ok=True)
    assert ds.attrs["kind"] == "observation" and "pressure" in ds.attrs["derived"].split()
    assert ds["temperature"].dtype == np.float32 and ds["temperature"].attrs["units"] == "degC"


def test_isd_lite_sea_level_pressure_is_never_taken_for_station_pressure(tmp_path: Path) -> None:
    ds = weather.read(isd(tmp_path))
    assert "pressure" not in ds and "pass elevation=" in ds.attrs["issues"]


def test_isd_lite_takes_name_position_and_elevation_from_the_history(tmp_path: Path) -> None:
    (tmp_path / "isd-history.csv").write_text(HISTORY)
    ds = weather.read(isd(tmp_path, name="1973/514630-99999-1973.gz"))
    assert ds["name_en"].item() == "Urumqi" and ds["elevation"].item() == 935.0
    assert (ds["lat"].item(), ds["lon"].item()) == (43.8, 87.65)
    assert "pressure" in ds and ds.attrs["issues"] == ""


def test_isd_lite_years_of_a_folder_are_joined(tmp_path: Path) -> None:
    isd(tmp_path)
    isd(tmp_path, ISD.replace("1973", "1974"), "514630-99999-1974.gz")
    isd(tmp_path, ISD, "515730-99999-1973.gz")
    ds = weather.read(tmp_path)
    assert dict(ds.sizes) == {"station": 2, "time": 6}
    assert np.isfinite(ds["temperature"].sel(station="514630-99999")).sum() == 4
    assert np.isfinite(ds["temperature"].sel(station="515730-99999")).sum() == 2


def test_isd_lite_bad_lines_and_repeated_hours(tmp_path: Path) -> None:
    text = ISD + "1973 02 30 00   -22   -50 10203   210    62     0 -9999 -9999\nrubbish\n"
    text += "1973 01 01 00   -99   -50 10203   210    62     0 -9999 -9999\n"
    ds = weather.read(isd(tmp_path, text, "514630-99999-1973"))
    assert "line 4: no ISD-Lite record; the line is not taken (and 1 more)" in ds.attrs["issues"]
    assert "1 hours stand twice" in ds.attrs["issues"]
    assert np.isnan(at(ds, "temperature")[0]) and int(ds["temperature_flag"].values[0, 0]) == 128 + 1
    assert at(ds, "dew_point")[0] == -5.0  # equal in both lines


def test_a_cut_gzip_gives_what_stands_before(tmp_path: Path) -> None:
    path = isd(tmp_path, ISD * 1 + "".join(f"1973 01 {d:02d} 12{' 00010' * 8}\n" for d in range(2, 29)))
    path.write_bytes(path.read_bytes()[:-30])
    ds = weather.read(path)
    assert "gzip stream ends early" in ds.attrs["issues"] and ds.sizes["time"] >= 3


def test_impossible_values_are_flagged_and_codes_removed(tmp_path: Path) -> None:
    text = "2019 01 01 00   712  9999 10203   210 99999     0 -9999 -9999\n"
    ds = weather.read(isd(tmp_path, text))
    assert at(ds, "temperature") == [71.2] and int(ds["temperature_flag"].values[0, 0]) == 4
    assert np.isnan(at(ds, "dew_point")[0]) and int(ds["dew_point_flag"].values[0, 0]) == 256 + 1
    assert np.isnan(at(ds, "wind_speed")[0])


# ---- Open-Meteo ----


def answer(**changes: Any) -> dict[str, Any]:
    """The layout of the API's documented answers."""
    document: dict[str, Any] = {
        "latitude": 44.0,
        "longitude": 87.25,
        "generationtime_ms": 0.5,
        "utc_offset_seconds": 28800,
        "timezone": "Asia/Shanghai",
        "timezone_abbreviation": "GMT+8",
        "elevation": 577.0,
        "hourly_units": {
            "time": "iso8601",
            "temperature_2m": "°C",
            "relative_humidity_2m": "%",
            "surface_pressure": "hPa",
            "wind_speed_10m": "km/h",
            "wind_direction_10m": "°",
            "precipitation": "mm",
            "boundary_layer_height": "m",
            "shortwave_radiation": "W/m²",
        },
        "hourly": {
            "time": ["2019-01-01T00:00", "2019-01-01T01:00"],
            "temperature_2m": [-12.0, None],
            "relative_humidity_2m": [80, 82],
            "surface_pressure": [955.0, 956.5],
            "wind_speed_10m": [7.2, 0.0],
            "wind_direction_10m": [0, 45],
            "precipitation": [0.0, 0.3],
            "boundary_layer_height": [120.0, 95.0],
            "shortwave_radiation": [0.0, 12.0],
        },
    }
    document.update(changes)
    return document


def write(folder: Path, document: Any, name: str = "history.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def test_open_meteo_known_answers(tmp_path: Path) -> None:
    ds = weather.read(write(tmp_path, answer()), place="changji")
    assert [str(t)[:16] for t in ds["time"].values] == ["2019-01-01T00:00", "2019-01-01T01:00"]
    assert at(ds, "wind_speed") == [2.0, 0.0]
    assert at(ds, "wind_direction") == pytest.approx([360.0, np.nan], nan_ok=True)
    assert at(ds, "pressure") == [955.0, 956.5] and at(ds, "mixing_height") == [120.0, 95.0]
    assert at(ds, "dew_point") == pytest.approx([-14.75, np.nan], abs=0.05, nan_ok=True)
    assert ds.attrs["kind"] == "history" and ds.attrs["derived"] == "dew_point" and "issued" not in ds.attrs
    assert ds["distance_km"].item() == pytest.approx(4.9, abs=0.1) and ds["elevation"].item() == 577.0
    assert ds["station"].item() == "changji" and ds.attrs["issues"] == ""


@pytest.mark.parametrize(
    ("offset", "unit", "times"),
    [
        (0, "iso8601", ["2018-12-31T16:00", "2018-12-31T17:00"]),
        (21600, "iso8601", ["2018-12-31T22:00", "2018-12-31T23:00"]),  # Asia/Urumqi
        (21600, "unixtime", [1546272000, 1546275600]),  # unixtime is UTC whatever the offset
    ],
)
def test_open_meteo_times_become_beijing_time(tmp_path: Path, offset: int, unit: str, times: list) -> None:
    document = answer(utc_offset_seconds=offset)
    document["hourly_units"]["time"] = unit
    document["hourly"]["time"] = times
    ds = weather.read(write(tmp_path, document))
    assert str(ds["time"].values[0])[:16] == "2019-01-01T00:00"


def test_open_meteo_units_are_converted(tmp_path: Path) -> None:
    document = answer()
    document["hourly_units"] |= {
        "temperature_2m": "°F",
        "wind_speed_10m": "mp/h",
        "precipitation": "inch",
        "boundary_layer_height": "ft",
    }
    ds = weather.read(write(tmp_path, document))
    assert at(ds, "temperature")[0] == pytest.approx(-24.444, abs=1e-3)
    assert at(ds, "wind_speed")[0] == pytest.approx(3.219, abs=1e-3)
    assert at(ds, "precipitation")[1] == pytest.approx(7.62)
    assert at(ds, "mixing_height")[0] == pytest.approx(36.576, abs=1e-3)


def test_open_meteo_older_names_and_model_suffixes(tmp_path: Path) -> None:
    document = answer()
    rename = {"temperature_2m": "temperature_2m_era5", "wind_speed_10m": "wind_speed_10m_era5"}
    for part in ("hourly", "hourly_units"):
        document[part] = {
            rename.get(k, k): v for k, v in document[part].items() if k in rename or k == "time"
        }
    assert at(weather.read(write(tmp_path, document)), "wind_speed") == [2.0, 0.0]
    document["hourly"]["temperature_2m_gfs"] = [1, 2]
    with pytest.raises(FileRejected, match="several weather models \\(era5, gfs\\)"):
        weather.read(write(tmp_path, document))
    old = answer()
    for part in ("hourly", "hourly_units"):
        old[part] = {"time": old[part]["time"], "windspeed_10m": old[part]["wind_speed_10m"]}
    assert at(weather.read(write(tmp_path, old)), "wind_speed") == [2.0, 0.0]


def test_open_meteo_several_locations(tmp_path: Path) -> None:
    far = answer(latitude=43.8, longitude=87.6, elevation=830.0)
    far["hourly"] = {**far["hourly"], "temperature_2m": [-20.0, -21.0]}
    path = write(tmp_path, [answer(), far])
    assert at(weather.read(path, place="urumqi"), "temperature") == [-20.0, -21.0]
    both = weather.read(
        path,
        stations=pd.DataFrame({"station": ["U", "C"], "lat": [43.83, 44.01], "lon": [87.62, 87.31]}),
    )
    assert both["temperature"].values[:, 0].tolist() == [-20.0, -12.0]
    assert weather.read(path).sizes["station"] == 2


def test_open_meteo_forecast_is_told_by_name_by_time_or_by_hand(tmp_path: Path) -> None:
    named = write(tmp_path, answer(), "open-meteo-forecast/changji_20181231T0612Z.json")
    ds = weather.read(named)
    assert (ds.attrs["kind"], ds.attrs["issued"]) == ("forecast", "2018-12-31T14:12:00")
    plain = write(tmp_path, answer(), "a.json")
    os.utime(plain, (1546200000, 1546200000))  # written on 30 December 2018: its hours were still to come
    assert weather.read(plain).attrs["kind"] == "forecast"
    by_hand = weather.read(plain, kind="history")
    assert by_hand.attrs["kind"] == "history"
    issued = weather.read(plain, kind="forecast", issued="2018-12-30T20:00")
    assert issued.attrs["issued"] == "2018-12-30T20:00:00"


def test_two_forecasts_or_mixed_kinds_are_not_joined(tmp_path: Path) -> None:
    for stamp in ("20181230T0600", "20181231T0600"):
        write(tmp_path, answer(), f"f/forecast_{stamp}Z.json")
    with pytest.raises(FileRejected, match="several forecasts"):
        weather.read(tmp_path / "f", place="changji")
    write(tmp_path, answer(), "m/history.json")
    write(tmp_path, answer(), "m/forecast_20181230T0600Z.json")
    with pytest.raises(FileRejected, match="mixes history and forecasts"):
        weather.read(tmp_path / "m", place="changji")


def test_open_meteo_sea_level_pressure_uses_the_elevation_of_the_answer(tmp_path: Path) -> None:
    document = answer()
    for part in ("hourly", "hourly_units"):
        document[part]["pressure_msl"] = document[part].pop("surface_pressure")
    document["hourly"]["pressure_msl"] = [1030.0, 1030.0]
    ds = weather.read(write(tmp_path, document))
    assert at(ds, "pressure")[0] == pytest.approx(955.7, abs=0.5) and "pressure" in ds.attrs["derived"]


def test_a_weather_file_of_another_place_is_named(tmp_path: Path) -> None:
    document = answer()
    document["hourly"]["surface_pressure"] = [807.0, 808.0]
    assert (
        "the data come from about 18"
        in weather.read(write(tmp_path, document), place="urumqi").attrs["issues"]
    )
    assert "about 57 km away" not in weather.read(write(tmp_path, document), place="changji").attrs["issues"]
    far = weather.read(write(tmp_path, answer()), place="qitai")
    assert "187 km away" in far.attrs["issues"]


# ---- ERA5 ----

HOURS = pd.date_range("2019-06-01 00:00", periods=49, freq="h")


def fields(**more: Any) -> xr.Dataset:
    """ERA5 of two days on a 2 x 3 grid, latitudes from north to south as in the archive."""
    shape = (len(HOURS), 2, 3)
    base = np.arange(6, dtype=float).reshape(2, 3)
    sun = np.clip(np.sin((HOURS.hour.to_numpy()) / 24 * 2 * np.pi), 0, None) * 3.6e6

    def full(value: Any) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, float), shape).copy()

    data = {
        "t2m": (full(273.15) + base, "K"),
        "d2m": (full(268.15) + base, "K"),
        "sp": (full(95000.0), "Pa"),
        "u10": (full(0.0), "m s**-1"),
        "v10": (full(-3.0), "m s**-1"),
        "tp": (_rain(shape), "m"),
        "blh": (full(300.0), "m"),
        "ssrd": (np.broadcast_to(sun[:, None, None], shape).copy(), "J m**-2"),
    }
    data.update(more)
    return xr.Dataset(
        {n: (("valid_time", "latitude", "longitude"), v, {"units": u}) for n, (v, u) in data.items()},
        coords={
            "valid_time": HOURS,
            "latitude": [44.25, 44.0],
            "longitude": [87.0, 87.25, 87.5],
        },
    )


def _rain(shape: tuple[int, ...]) -> np.ndarray:
    rain = np.full(shape, -1e-9)  # packing noise of the archive
    rain[HOURS.hour.to_numpy() == 5] = 0.0015
    return rain


def netcdf(folder: Path, ds: xr.Dataset, name: str = "era5.nc") -> Path:
    path = folder / name
    ds.to_netcdf(path, engine="scipy", format="NETCDF3_CLASSIC")
    return path


def test_era5_known_answers_at_a_point(tmp_path: Path) -> None:
    ds = weather.read(netcdf(tmp_path, fields()), place="changji")
    assert str(ds["time"].values[0])[:16] == "2019-06-01T08:00"
    assert ds["distance_km"].item() == pytest.approx(4.9, abs=0.1)
    assert at(ds, "temperature")[0] == pytest.approx(4.0) and at(ds, "dew_point")[0] == pytest.approx(-1.0)
    assert at(ds, "pressure")[0] == 950.0 and at(ds, "wind_speed")[0] == 3.0
    assert at(ds, "wind_direction")[0] == 360.0 and at(ds, "mixing_height")[0] == 300.0
    rain = at(ds, "precipitation")
    assert rain[5] == 1.5 and rain[6] == 0.0 and sum(rain) == 3.0
    assert (ds["precipitation"] >= 0).all() and not ds["precipitation_flag"].any()
    assert at(ds, "radiation")[6] == pytest.approx(1000.0)
    assert ds.attrs["kind"] == "reanalysis" and "relative_humidity" in ds


def test_era5_land_amounts_are_taken_apart(tmp_path: Path) -> None:
    hourly = fields()
    land = hourly.copy()
    day = (HOURS - pd.Timedelta(hours=1)).floor("D")
    for name in ("tp", "ssrd"):
        frame = pd.DataFrame(np.maximum(hourly[name].values, 0).reshape(len(HOURS), -1))
        summed = frame.groupby(day.to_numpy()).cumsum().to_numpy().reshape(hourly[name].shape)
        land[name] = (hourly[name].dims, summed, hourly[name].attrs)
    expect = weather.read(netcdf(tmp_path, hourly, "a.nc"), place="changji")
    got = weather.read(netcdf(tmp_path, land, "b.nc"), place="changji")
    assert "ERA5-Land" in got.attrs["issues"]
    for name in ("precipitation", "radiation"):
        assert np.isnan(got[name].values[0, 0])  # 00 UTC of the first day: the hour before is not there
        assert got[name].values[0, 1:] == pytest.approx(expect[name].values[0, 1:], abs=2e-2)
    forced = weather.read(tmp_path / "b.nc", place="changji", accumulation="hour")
    assert float(forced["precipitation"].max()) == pytest.approx(1.5) and float(
        forced["precipitation"].sum()
    ) > float(got["precipitation"].sum())


def test_a_short_era5_file_says_what_it_assumes(tmp_path: Path) -> None:
    ds = weather.read(netcdf(tmp_path, fields().isel(valid_time=slice(0, 5))), place="changji")
    assert "pass accumulation='day'" in ds.attrs["issues"]


def test_era5_layouts_of_the_older_archive_and_of_converted_grib(tmp_path: Path) -> None:
    plain = weather.read(netcdf(tmp_path, fields(), "plain.nc"), place="changji")
    old = fields().rename(valid_time="time", latitude="lat", longitude="lon").rename({"t2m": "var167"})
    packed = netcdf(tmp_path, old, "old.nc")
    assert at(weather.read(packed, place="changji"), "temperature") == at(plain, "temperature")
    east = fields().assign_coords(longitude=[447.0 - 360, 87.25, 87.5])
    assert at(weather.read(netcdf(tmp_path, east, "e.nc"), place="changji"), "pressure")[0] == 950.0
    # expver: final up to some hour, preliminary after it
    final, early = fields(), fields()
    for name in final.data_vars:
        final[name] = final[name].where(final["valid_time"] < HOURS[20])
        early[name] = early[name].where(early["valid_time"] >= HOURS[20])
    mixed = xr.concat([final, early], pd.Index([1, 5], name="expver"))
    assert at(weather.read(netcdf(tmp_path, mixed, "x.nc"), place="changji"), "temperature") == at(
        plain, "temperature"
    )


def test_era5_with_start_and_step(tmp_path: Path) -> None:
    starts = pd.to_datetime(["2019-06-01T06:00", "2019-06-01T18:00"])
    steps = pd.to_timedelta(np.arange(1, 13), unit="h")
    values = np.arange(24, dtype=float).reshape(2, 12, 1, 1) / 1000
    ds = xr.Dataset(
        {"tp": (("time", "step", "latitude", "longitude"), values, {"units": "m"})},
        coords={
            "time": starts,
            "step": steps,
            "valid_time": (("time", "step"), starts.to_numpy()[:, None] + steps.to_numpy()[None, :]),
            "latitude": [44.0],
            "longitude": [87.25],
        },
    )
    out = weather.read(netcdf(tmp_path, ds), accumulation="hour")
    assert str(out["time"].values[0])[:16] == "2019-06-01T15:00" and out.sizes["time"] == 24
    assert at(out, "precipitation") == pytest.approx(list(range(24)))


def test_era5_instant_and_accumulated_files_of_a_folder_are_joined(tmp_path: Path) -> None:
    netcdf(tmp_path, fields()[["t2m", "sp"]], "instant.nc")
    netcdf(tmp_path, fields()[["tp", "ssrd"]], "accum.nc")
    ds = weather.read(tmp_path, place="changji")
    assert {"temperature", "pressure", "precipitation", "radiation"} <= set(ds.data_vars)
    assert dict(ds.sizes) == {"station": 1, "time": 49}


def test_era5_for_several_stations(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"station": ["a", "b"], "lat": [44.2, 44.0], "lon": [87.0, 87.5], "place": ["", "x"]}
    )
    ds = weather.read(netcdf(tmp_path, fields()), stations=table)
    assert ds["temperature"].values[:, 0].round(3).tolist() == [0.0, 5.0] and ds["place"].values[1] == "x"


_HDF5 = importlib.util.find_spec("h5netcdf") is not None and importlib.util.find_spec("h5py") is not None


@pytest.mark.skipif(
    _HDF5 or importlib.util.find_spec("netCDF4") is not None, reason="a NetCDF4 package is installed"
)
def test_netcdf4_names_the_package_to_install(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\x00" * 100)
    with pytest.raises(
        FileRejected, match=r"install the package h5(netcdf|py), or convert it with nccopy -k 2\.$"
    ):
        weather.read(tmp_path / "a.nc", place="changji")


def test_netcdf4_is_read_where_h5netcdf_is_there(tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf")
    pytest.importorskip("h5py")
    fields().to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    assert at(weather.read(tmp_path / "a.nc", place="changji"), "pressure")[0] == 950.0


# ---- refusals ----


def _blob(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.gz", b"", "the file is empty"),
        ("a.gz", gzip.compress(b"", mtime=0), "no readable line"),
        ("a.json", b"<!DOCTYPE html><html><body>502</body></html>", "line 1: a web page"),
        ("a.nc", b"GRIB\x00\x00", "a GRIB file; convert it"),
        ("a.zip", b"PK\x03\x04xxxx", "a zip archive; unpack it"),
        ("a.nc", b"CDF\x05xxxx", "CDF-5"),
        ("a.nc", b"CDF\x01" + b"\x07" * 20, "damaged or no NetCDF"),
        ("a.bin", b"\x00\x01\x02", "neither text nor NetCDF"),
        ("a.csv", b"date,hour,type\n", "neither ISD-Lite"),
        ("a.json", b'{"hourly": {"time": ["2019', "not valid JSON"),
        (
            "a.json",
            b'{"error": true, "reason": "Daily limit."}',
            "an error answer of the server (Daily limit)",
        ),
        ("a.json", b"[]", "without a weather answer"),
        ("a.json", b'{"daily": {}}', "no 'hourly' values"),
    ],
)
def test_files_that_are_no_weather_are_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, text: str
) -> None:
    with pytest.raises(FileRejected) as refusal:
        weather.read(_blob(tmp_path, name, content), place="changji")
    message = str(refusal.value)
    assert (
        text in message and str(tmp_path / name) in message and message.endswith(".") and "\n" not in message
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"hourly": {"time": ["2019-01-01T00:30"], "temperature_2m": [1.0]}}, "not whole hours"),
        ({"hourly": {"time": ["2019-01-01T00:00"], "temperature_2m": [1.0, 2.0]}}, "as many values"),
        ({"hourly": {"time": ["2019-01-01T00:00"], "temperature_2m": ["warm"]}}, "no number"),
        ({"hourly": {"time": ["yesterday"], "temperature_2m": [1.0]}}, "no time"),
        ({"hourly": {"time": ["2019-01-01T00:00"], "temperature_2m": [None]}}, "none of"),
        ({"hourly_units": {"time": "iso8601"}}, "without a stated unit"),
        (
            {"hourly_units": {"time": "iso8601", "temperature_2m": "hPa"}},
            "hourly_units.temperature_2m: temperature stated in 'hPa'",
        ),
    ],
)
def test_open_meteo_answers_that_are_broken(tmp_path: Path, change: dict[str, Any], text: str) -> None:
    with pytest.raises(FileRejected, match=text.replace("(", "\\(")):
        weather.read(write(tmp_path, answer(**change)))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"format": "grib"}, "format 'grib' is not known"),
        ({"kind": "nowcast"}, "kind 'nowcast'"),
        ({"lat": 44.0}, "lat and lon belong together"),
        ({"lat": 144.0, "lon": 87.0}, "is no position"),
        ({"place": "changji-prefecture"}, "is a group without a position"),
        ({"place": "nowhere"}, "place 'nowhere' is not known"),
        ({"lat": 30.0, "lon": 87.0}, "the grid does not cover 30.0, 87.0"),
        ({}, "holds 6 grid points; name a place"),
        ({"stations": pd.DataFrame({"station": ["a"]})}, "no column 'lat'"),
        ({"place": "changji", "accumulation": "week"}, "accumulation 'week'"),
        ({"format": "isd-lite", "place": "changji"}, "a NetCDF file, not isd-lite"),
    ],
)
def test_wrong_arguments(tmp_path: Path, arguments: dict[str, Any], text: str) -> None:
    path = netcdf(tmp_path, fields())
    with pytest.raises(AirqError) as refusal:
        weather.read(path, **arguments)
    assert text in str(refusal.value) and "\n" not in str(refusal.value)


def test_folders_without_or_with_mixed_weather(tmp_path: Path) -> None:
    with pytest.raises(FileRejected, match="holds no weather file"):
        weather.read(tmp_path)
    with pytest.raises(FileRejected, match="no such file or folder"):
        weather.read(tmp_path / "x")
    isd(tmp_path)
    write(tmp_path, answer())
    with pytest.raises(FileRejected, match="mixes isd-lite and open-meteo"):
        weather.read(tmp_path)


def test_a_table_of_stations_does_not_fit_one_station_file(tmp_path: Path) -> None:
    table = pd.DataFrame({"station": ["a", "b"], "lat": [44, 43], "lon": [87, 88]})
    with pytest.raises(ParameterError, match="holds one station"):
        weather.read(isd(tmp_path), stations=table)


# ---- small parts ----


def test_nearest_handles_both_ways_of_counting_longitude() -> None:
    assert nearest([0.0], [359.75, 0.0, 0.25], 0.0, -0.2)[1] == 0
    assert nearest([0.0], [-179.75, 179.75], 0.0, 180.0)[3]


def test_every_unit_is_refused_for_the_wrong_variable() -> None:
    for name in ("temperature", "pressure", "wind_speed", "radiation"):
        with pytest.raises(convert.UnitError):
            convert.factor(name, "%")


def test_rain_alone_needs_two_wet_days_to_tell() -> None:
    hours = pd.date_range("2019-01-01 01:00", periods=48, freq="h")
    once = pd.Series(np.r_[np.zeros(20), np.ones(4), np.zeros(24)], hours)
    assert era5.accumulates_by_day(once, "precipitation") is None
    twice = pd.Series(np.r_[np.zeros(20), np.ones(4), np.zeros(20), np.ones(4)], hours)
    assert era5.accumulates_by_day(twice, "precipitation") is True
    assert era5.accumulates_by_day(once[::-1].set_axis(hours), "precipitation") is False

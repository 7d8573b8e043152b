"""Exports: NetCDF by the CF conventions and back without a loss, tables for people, what a spreadsheet may not run."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import netcdf_file

from airq import dataset, observations, texts
from airq.errors import AirqError, FileRejected, MissingData, ParameterError
from airq.observations import Archive, cf, export, files, netcdf, read, reference, simulate_weather
from airq.observations.formats import cf_netcdf
from airq.variables import FLAGS, POLLUTANTS

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def small(hours: int = 50, simulated: str = "false", **names: str) -> xr.Dataset:
    """Two stations from the last hour of 2018 on, with a gap, flags in the highest bit, and a nameless position."""
    table = pd.DataFrame(
        {
            "station": [names.get("code", "2691A"), "昌吉-2"],
            "name_zh": [names.get("name_zh", "新区政府"), ""],
            "place": ["changji", "changji"],
            "lat": [44.0297, np.nan],
            "lon": [87.2997, np.nan],
            "network": ["national", "micro"],
            "role": ["evaluation", "background"],
        }
    )
    rng = np.random.default_rng(1)
    values = {n: rng.integers(1, 300, (2, hours)) / (10 if n == "co" else 1) for n in POLLUTANTS}
    values["pm25"] = np.where(np.arange(hours) % 7 == 3, np.nan, values["pm25"])
    flags = {
        "pm25": np.where(np.arange(hours) % 11 == 0, FLAGS["drift"] | FLAGS["stuck"], 0)
        * np.ones((2, 1), int)
    }
    attrs = {
        "source": "feed",
        "simulated": simulated,
        "digest": "abc",
        "issues": "a.csv: line 3: x.\nb.csv: y.",
    }
    return dataset.build(
        table, pd.date_range("2019-01-01 00:00", periods=hours, freq="h"), values, flags, attrs
    )


def daily() -> xr.Dataset:
    days = pd.date_range("2019-01-01", periods=5, freq="D")
    ds = dataset.build(
        pd.DataFrame({"station": ["乌鲁木齐"]}), days, {"o3": [[60.0, 61, 62, 63, 64]]}
    ).rename(time="day")
    ds["day"].attrs = {"standard_name": "time", "long_name": "natural day, Beijing time"}
    ds["o3"].attrs["cell_methods"] = "day: maximum of running 8-hour means"
    return ds


# ---- NetCDF ----


@pytest.mark.parametrize("kind", ["hourly", "simulated", "daily", "weather", "converted", "one cell"])
def test_netcdf_comes_back_identical(tmp_path: Path, kind: str) -> None:
    made = {
        "hourly": small,
        "simulated": lambda: small(simulated="true"),
        "daily": daily,
        "weather": lambda: simulate_weather("2018-08", "2018-08", places=["changji"]),
        "converted": lambda: reference.to_2018_state(small()),
        "one cell": lambda: small(1).isel(station=[0]),
    }
    ds = made[kind]()
    ds.attrs |= {"audited_values": 7, "history": "made by hand"}
    back = export.read_netcdf(export.write(ds, tmp_path / "x.nc"))
    xr.testing.assert_identical(back, ds)
    assert list(back.variables) == list(ds.variables)
    assert all(back[n].dtype == ds[n].dtype for n in ds.variables)
    assert type(back.attrs["audited_values"]) is int


def test_xarray_alone_reads_it(tmp_path: Path) -> None:
    ds = small()
    disk = xr.open_dataset(export.write(ds, tmp_path / "x.nc"))
    assert disk["pm25"].dims == ("station", "time") and disk["pm25"].attrs["units"] == "ug m-3"
    assert np.array_equal(disk["pm25"].values, ds["pm25"].values, equal_nan=True)
    assert (disk["time"].values == ds["time"].values - np.timedelta64(8, "h")).all(), (
        "UTC, as xarray always has it"
    )
    assert (disk["time_bnds"].values[:, 1] == disk["time"].values).all()
    by_code = disk.set_index(station="station_id")
    assert float(by_code["co"].sel(station="昌吉-2")[0]) == float(ds["co"].sel(station="昌吉-2")[0])
    # The natural day needs no time zone: label 00:00 belongs to the day before.
    mean = disk["o3"].groupby("natural_day").mean("time")
    assert mean["natural_day"].values.tolist() == [20181231, 20190101, 20190102, 20190103]
    own = ds["o3"].values[0, 1:25].mean()
    assert float(mean.sel(natural_day=20190101)[0]) == pytest.approx(own)
    masks = disk["pm25_flag"].attrs["flag_masks"].tolist()
    meaning = dict(zip(disk["pm25_flag"].attrs["flag_meanings"].split(), masks, strict=True))
    assert meaning == FLAGS and (disk["pm25_flag"].values[:, 0] & meaning["drift"] == meaning["drift"]).all()


def test_what_cf_asks_for(tmp_path: Path) -> None:
    """Read with scipy alone, so that nothing of xarray's decoding hides what stands in the file."""
    path = export.write(small(), tmp_path / "x.nc")
    with netcdf_file(path, mmap=False) as disk:
        text = {k: v.decode() if isinstance(v, bytes) else v for k, v in disk._attributes.items()}
        assert text["Conventions"] == "CF-1.11" and text["featureType"] == "timeSeries"
        assert all(text[k] for k in ("title", "institution", "source", "history", "references", "comment"))
        assert disk.version_byte == 2, "64-bit offsets: no file of 2 GB breaks"
        held = disk.variables
        assert (
            held["station_id"].cf_role == b"timeseries_id" and held["station_id"].dimensions[0] == "station"
        )
        assert (
            held["lat"].units == b"degrees_north"
            and held["lat"].standard_name == b"latitude"
            and held["lat"].axis == b"Y"
        )
        assert (
            held["time"].units == b"hours since 1970-01-01 00:00:00" and held["time"].calendar == b"standard"
        )
        assert held["time"].data.dtype == ">i4" and not hasattr(held["time"], "_FillValue")
        assert held[held["time"].bounds.decode()].dimensions == ("time", "bnds")
        for name in POLLUTANTS:
            flag = held[held[name].ancillary_variables.decode()]
            assert flag.standard_name == b"status_flag" and len(flag.flag_masks) == len(
                flag.flag_meanings.split()
            )
            assert flag.flag_masks.dtype == flag.data.dtype == ">i4"
            assert held[name].cell_methods == b"time: mean" and held[name]._FillValue > 9e36
            assert {"lat", "lon", "station_id"} <= set(held[name].coordinates.decode().split())
        gap = held["pm25"].data[:, 3]
        assert (gap == held["pm25"]._FillValue).all()
    simulated = xr.open_dataset(export.write(small(simulated="true"), tmp_path / "s.nc"))
    assert "SIMULATED" in simulated.attrs["title"] and "模拟数据" in simulated.attrs["comment"]
    assert simulated.attrs["simulated"] == "true"
    days = xr.open_dataset(export.write(daily(), tmp_path / "d.nc"))
    assert days["o3"].attrs["cell_methods"] == "time: maximum (of running 8-hour means)"
    assert days["natural_day"].values.tolist() == [20190101, 20190102, 20190103, 20190104, 20190105]


def test_same_moment_same_bytes(tmp_path: Path) -> None:
    a, b = (export.to_netcdf(small(), tmp_path / n, created=THEN).read_bytes() for n in ("a.nc", "b.nc"))
    assert a == b and b"2026-01-02T03:04:05Z: written by airq" in a


@given(st.integers(0, 10**9), st.integers(0, 255))
def test_no_changed_byte_goes_unseen(netcdf_bytes: bytes, place: int, byte: int) -> None:
    """Values, flags, codes, units and attributes come back as exported, or the file is refused."""
    at = place % len(netcdf_bytes)
    blob = netcdf_bytes[:at] + bytes([byte]) + netcdf_bytes[at + 1 :]
    try:
        disk = netcdf.opened(blob, "x.nc")
        back = netcdf.decode(disk, "x.nc") if netcdf.is_own(disk) else small()
    except FileRejected as refusal:
        assert str(refusal).startswith("x.nc: ") and "\n" not in str(refusal)
        return
    assert back.identical(small())


@pytest.fixture(scope="module")
def netcdf_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return export.to_netcdf(small(), tmp_path_factory.mktemp("nc") / "x.nc", created=THEN).read_bytes()


def test_damage_is_named(netcdf_bytes: bytes) -> None:
    with pytest.raises(FileRejected, match="damaged or no NetCDF"):
        netcdf.opened(netcdf_bytes[:-2000], "x.nc")
    at = netcdf_bytes.index(small()["co"].values[1].astype(">f4").tobytes()) + 4 * 7
    changed = netcdf_bytes[:at] + np.array([0.7], ">f4").tobytes() + netcdf_bytes[at + 4 :]
    with pytest.raises(FileRejected, match="does not have the digest that the file states"):
        netcdf.decode(netcdf.opened(changed, "x.nc"), "x.nc")
    disk = netcdf.opened(changed, "x.nc")
    del disk.attrs[cf.DIGEST]
    assert netcdf.decode(disk, "x.nc")["co"].values[1, 7] == np.float32(0.7), "edited on purpose"
    disk.attrs.pop("added_by_export")
    assert not netcdf.is_own(disk)
    with pytest.raises(FileRejected, match="CDF-5"):
        netcdf.opened(b"CDF\x05" + netcdf_bytes[4:], "x.nc")


def test_variables_that_share_their_bytes_do_not_fill_the_memory() -> None:
    """A header of a few kB may claim the same megabytes a thousand times."""
    sink = io.BytesIO()
    with netcdf_file(sink, "w", version=2) as disk:
        disk.createDimension("x", 250_000)
        for i in range(300):
            disk.createVariable(f"v{i:04d}", "f4", ("x",))[:] = 1 if i == 0 else 0
        disk.flush()
        blob = sink.getvalue()
    first = blob.index(np.full(9, 1, ">f4").tobytes())
    head = bytearray(blob[:first])
    for i in range(300):  # every variable begins where the first one does
        name = head.index(f"v{i:04d}".encode())
        end = name + 8 + 4 + 4 + 8 + 4 + 4  # name, rank, dimension, no attributes, type, size
        head[end : end + 8] = first.to_bytes(8, "big")
    hostile = bytes(head) + blob[first : first + 1_000_000]
    with pytest.raises(FileRejected, match="variables share their bytes"):
        netcdf.opened(hostile, "x.nc")


def test_netcdf4_needs_its_package_and_then_comes_back(tmp_path: Path) -> None:
    if not netcdf.reads_hdf5():
        with pytest.raises(ParameterError, match="needs the packages h5netcdf and h5py"):
            export.to_netcdf(small(), tmp_path / "x.nc", compress=True)
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "y.nc").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\x00" * 400)
        with pytest.raises(FileRejected, match="install the packages h5netcdf and h5py"):
            export.read_netcdf(tmp_path / "y.nc")
    else:
        path = export.to_netcdf(small(2000), tmp_path / "x.nc", compress=True)
        xr.testing.assert_identical(export.read_netcdf(path), small(2000))


def test_what_is_refused(tmp_path: Path) -> None:
    ds = small()
    for change, match in (
        (lambda d: d.assign(aqi=d["pm25"]), "variable 'aqi' is not part of the data model"),
        (lambda d: d.isel(time=slice(0, 0)), "no station or no time"),
        (lambda d: d.isel(time=[1, 0]), "times do not increase"),
        (lambda d: d.assign_coords(time=d["time"] + np.timedelta64(1, "m")), "not a full hour"),
        (lambda d: d.assign(so2=d["so2"].assign_attrs(units="ppb")), "states the unit 'ppb'"),
        (lambda d: d.rename(station="site"), "no dimension 'station'"),
    ):
        for suffix in (".nc", ".csv"):
            with pytest.raises((ParameterError, MissingData), match=match):
                export.write(change(ds), tmp_path / f"x{suffix}")
    (tmp_path / "folder.nc").mkdir()
    (tmp_path / "file").write_text("x")
    for name, match in (
        ("x.docx", "'.docx' is not a form of export"),
        ("folder.nc", "a folder"),
        ("none/x.nc", "cannot be written"),
        ("file/x.csv", "cannot be written"),
    ):
        with pytest.raises(ParameterError, match=match):
            export.write(ds, tmp_path / name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.nc"], "nothing half-written stays"
    (tmp_path / "t.csv").write_text("station,time,PM2.5\nA,2019-01-01 01:00,5\n")
    with pytest.raises(FileRejected, match="not a NetCDF file"):
        export.read_netcdf(tmp_path / "t.csv")


# ---- NetCDF through the readers ----


def test_an_export_is_ingested_and_gives_the_same_values(tmp_path: Path) -> None:
    ds = small()
    path = export.write(ds, tmp_path / "x.nc")
    assert "cf-netcdf" in observations.FORMATS
    got = read(path)
    assert got.attrs["format"] == "cf-netcdf" and (got["time"].values == ds["time"].values).all()
    for name in POLLUTANTS:
        assert np.array_equal(got[name].values, ds[name].values, equal_nan=True), name
    assert got["lat"].values[0] == pytest.approx(44.0297, abs=0.2)
    archive = Archive(tmp_path / "archive")
    first = archive.ingest(path).files[0]
    again = archive.ingest(path).files[0]
    assert (first.status, again.new, again.changed) == ("ok", 0, 0) and first.new == again.same > 500
    assert read(export.write(daily(), tmp_path / "d.nc")).sizes["day"] == 5


def test_simulated_and_converted_values_do_not_pass_for_observations(tmp_path: Path) -> None:
    simulated, converted = small(simulated="true"), reference.to_2018_state(small())
    for suffix in export.SUFFIXES:
        path = export.write(simulated, tmp_path / f"s{suffix}")
        with pytest.raises(FileRejected, match="holds simulated data, which must not pass for observations"):
            read(path)
        path = export.write(converted, tmp_path / f"c{suffix}")
        with pytest.raises(FileRejected, match="converted to another reference state"):
            read(path)


def foreign(folder: Path, **changes: object) -> Path:
    """A file as another program may write it: (time, site), UTC in minutes, kg m-3 and mole fractions, no bounds."""
    minutes = np.array([0, 60, 120], "i4")
    data = {
        "pm": (("time", "site"), np.array([[5e-8, 1e-8], [6e-8, 1e-8], [np.nan, 2e-8]]), {"standard_name": "mass_concentration_of_pm2p5_dry_aerosol_particles_in_air", "units": "kg m-3"}),
        "ozone": (("time", "site"), np.full((3, 2), 30.0), {"standard_name": "mole_fraction_of_ozone_in_air", "units": "1e-9"}),
        "ta": (("time", "site"), np.full((3, 2), 273.15), {"standard_name": "air_temperature", "units": "K"}),
        "rh": (("time", "site"), np.full((3, 2), 0.5), {"standard_name": "relative_humidity", "units": "1"}),
        "site_code": ("site", np.array(["AT1", "DE2"], object), {"cf_role": "timeseries_id"}),
        "y": ("site", [48.0, 52.0], {"standard_name": "latitude", "units": "degrees_north"}),
        "x": ("site", [16.0, 13.0], {"standard_name": "longitude", "units": "degrees_east"}),
        "time": ("time", minutes, {"standard_name": "time", "units": "minutes since 2020-01-01 00:00:00 +01:00"}),
        **changes,
    }  # fmt: skip
    path = folder / "foreign.nc"
    ds = xr.Dataset({k: v for k, v in data.items() if v is not None}, attrs={"featureType": "timeSeries"})
    ds.to_netcdf(path, engine="scipy", format="NETCDF3_CLASSIC")
    return path


def test_files_of_others(tmp_path: Path) -> None:
    result = cf_netcdf.parse(files.load(foreign(tmp_path)))
    block = result.block
    assert block.stations == ["AT1", "DE2"] and str(block.time[0]) == "2020-01-01T07:00:00.000000000"
    assert block.values["pm25"][0].tolist()[:2] == pytest.approx([50, 60]) and np.isnan(
        block.values["pm25"][0, 2]
    )
    assert block.values["o3"][0, 0] == pytest.approx(30 * 47.998 / 24.46539, rel=1e-5)
    assert (
        block.values["temperature"][0, 0] == pytest.approx(0, abs=1e-4)
        and block.values["relative_humidity"][0, 0] == 50
    )
    assert result.about["DE2"] == {"lat": 52.0, "lon": 13.0}
    assert any("no bounds tell" in i.text for i in result.issues)
    assert cf_netcdf.parse(files.load(tmp_path / "foreign.nc"), ["DE2"]).block.stations == ["DE2"]


def test_bounds_tell_the_end_of_the_hour_and_a_single_station_needs_no_code(tmp_path: Path) -> None:
    path = foreign(
        tmp_path,
        time=("time", [0, 60, 125], {"units": "minutes since 2020-01-01", "axis": "T", "bounds": "tb"}),
        tb=(("time", "two"), [[0, 60], [60, 120], [125, 185]]),
        pm=("time", [1.0, 2.0, 3.0], {"standard_name": "mass_concentration_of_pm10_ambient_aerosol_particles_in_air", "units": "ug m-3"}),
        ozone=None, ta=None, rh=None, site_code=None, y=((), 44.0, {"standard_name": "latitude"}), x=None,
    )  # fmt: skip
    result = cf_netcdf.parse(files.load(path))
    assert result.block.stations == ["foreign"] and result.about["foreign"] == {"lat": 44.0}
    assert [str(t)[:16] for t in result.block.time] == ["2020-01-01T09:00", "2020-01-01T10:00"]
    assert result.block.values["pm10"].tolist() == [[1, 2]]
    assert not result.complete and any("is not a full hour" in i.text for i in result.issues)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"time": ("time", [0, 1, 2], {"units": "days since 2020-01-01", "calendar": "360_day"})}, "not dates of the real calendar"),
        ({"time": ("time", [0, 1, 2], {"units": "hours since the flood"})}, "not dates of the real calendar"),
        ({"time": ("time", [0, 60, 60], {"units": "minutes since 2020-01-01"})}, "a time stands twice"),
        ({"time": None}, "no variable of times"),
        ({"time": (("time", "site"), np.zeros((3, 2), "i4"), {"units": "hours since 2020-01-01"})}, "times differ between stations"),
        ({"site_code": ("site", np.array(["A", "A"], object), {"cf_role": "timeseries_id"})}, "stands twice or is empty"),
        ({"ozone": (("time", "site"), np.ones((3, 2)), {"standard_name": "mole_fraction_of_ozone_in_air"})}, "states no unit"),
        ({"ozone": (("time", "site"), np.ones((3, 2)), {"standard_name": "mole_fraction_of_ozone_in_air", "units": "furlong"})}, "unit 'furlong'"),
        ({"pm": None, "ozone": None, "ta": None, "rh": None}, "no pollutant or weather variable"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path: Path, changes: dict[str, object], match: str) -> None:
    with pytest.raises(FileRejected, match=match) as refusal:
        cf_netcdf.parse(files.load(foreign(tmp_path, **changes)))
    assert str(refusal.value).startswith(str(tmp_path / "foreign.nc")) and "\n" not in str(refusal.value)


def test_flags_of_another_version_are_matched_by_name(tmp_path: Path) -> None:
    ds = small()
    disk = cf.encode(ds)
    flag = disk["pm25_flag"]
    names = flag.attrs["flag_meanings"].split()
    turned = np.zeros(flag.shape, np.int32)
    for i, name in enumerate(reversed(names)):
        turned |= np.where(flag.values & FLAGS[name], 1 << i, 0)
    disk["pm25_flag"] = flag.copy(data=turned)
    disk["pm25_flag"].attrs |= {
        "flag_meanings": " ".join(reversed(names)),
        "flag_masks": 2 ** np.arange(len(names), dtype=np.int32),
    }
    disk.to_netcdf(tmp_path / "x.nc", engine="scipy", format="NETCDF3_64BIT")
    xr.testing.assert_identical(export.read_netcdf(tmp_path / "x.nc"), ds)


# ---- tables ----


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".xlsx", ".parquet"])
def test_tables_are_read_again_with_the_same_values(tmp_path: Path, suffix: str) -> None:
    for ds in (small(), daily()):
        axis = "day" if "day" in ds.dims else "time"
        back = read(export.write(ds, tmp_path / f"x{suffix}"), format="tidy")
        for name in (n for n in POLLUTANTS if n in ds):
            got = back[name].reindex({axis: ds[axis].values, "station": ds["station"].values}).values
            assert np.array_equal(got, ds[name].values, equal_nan=True), name


def test_csv_is_for_excel_and_for_people(tmp_path: Path) -> None:
    blob = export.write(small(simulated="true"), tmp_path / "x.csv").read_bytes()
    assert blob.startswith(b"\xef\xbb\xbf"), "Excel takes a file without the mark for another encoding"
    rows = list(csv.DictReader(io.StringIO(blob.decode("utf-8-sig"))))
    assert len(rows) == 100 and rows[1]["time"] == "2019-01-01 01:00" and rows[0]["name_zh"] == "新区政府"
    assert (
        rows[0]["simulated"] == "true"
        and rows[0]["PM2.5_flag"] == "stuck drift"
        and rows[1]["PM2.5_flag"] == ""
    )
    assert rows[3]["PM2.5(µg/m³)"] == "" and rows[3]["CO(mg/m³)"] == str(
        np.float32(small()["co"].values[0, 3])
    )
    packed = export.write(small(simulated="true"), tmp_path / "x.csv.gz").read_bytes()
    assert gzip.decompress(packed) == blob and packed[4:8] == bytes(4), "no time of day in the header"


def test_parts_of_whole_stations_make_the_same_table() -> None:
    whole = pd.concat(export.frames(small()), ignore_index=True)
    parts = list(export.frames(small(), rows=10))
    assert [len(p) for p in parts] == [50, 50]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_parquet_and_workbook_say_what_they_are(tmp_path: Path) -> None:
    ds = small(simulated="true")
    about = pq.read_schema(export.write(ds, tmp_path / "x.parquet")).metadata
    assert about[b"simulated"] == b"true" and about[cf.DIGEST.encode()].decode() == cf.content_digest(ds)
    book = openpyxl.load_workbook(export.write(ds, tmp_path / "x.xlsx"))
    told = dict(book["about"].iter_rows(values_only=True))
    assert told["simulated"] == "true" and told["source"] == "feed"
    assert isinstance(book["data"]["I2"].value, datetime) and book["data"]["I1"].value == "time"


def test_more_rows_than_a_sheet_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_SHEET_ROWS", 100)
    with pytest.raises(MissingData, match="more than 99 rows, which no sheet holds"):
        export.write(small(), tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


EVIL = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1+1",
    "=cmd|' /C calc'!A0",
    "a;=1+1",
    "a\t@x",
    "＝1+1",
    "a\n=1",
    "#REF!",
]


@pytest.mark.parametrize("text", EVIL)
def test_formulas_are_made_harmless(tmp_path: Path, text: str) -> None:
    """Whether a program splits the line at commas, semicolons or tabs, no cell begins like a formula."""
    ds = small(2, name_zh=text, code=text.strip() or "x")
    ds.attrs["source"] = text
    content = export.write(ds, tmp_path / "x.csv").read_bytes().decode("utf-8-sig")
    for delimiter in ",;\t|":
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter):
            for cell in row:
                assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠")) or _number(cell), (delimiter, cell)
                assert not cell.startswith(("\t", "\r")), (delimiter, cell)
    book = openpyxl.load_workbook(export.write(ds, tmp_path / "x.xlsx"))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {c.data_type for c in cells} <= {"s", "n", "d"}, "no formula and no error cell"
    if text.startswith("="):
        found = [c for c in cells if c.value == text]
        assert found and all(c.quotePrefix for c in found), "it stays a text when it is edited"


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@given(st.text(max_size=20))
def test_neutral_is_stable_and_keeps_plain_text(text: str) -> None:
    once = texts.neutral(text)
    assert texts.neutral(once) == once and once.replace("'", "") == text.replace("'", "")


def test_numbers_below_zero_stay_numbers(tmp_path: Path) -> None:
    time = pd.date_range("2019-01-01 01:00", periods=2, freq="h")
    ds = dataset.build(pd.DataFrame({"station": ["A"]}), time, {"temperature": [[-12.5, 3.0]]})
    text = export.write(ds, tmp_path / "x.csv").read_text(encoding="utf-8-sig")
    assert ",-12.5," in text and "'" not in text
    back = pd.read_csv(tmp_path / "x.csv")
    assert back["temperature(degC)"].tolist() == [-12.5, 3.0]


def test_control_characters_and_lone_surrogates_do_not_break_an_export(tmp_path: Path) -> None:
    ds = small(2)
    ds["name_zh"].values[0] = "a\x00b\x1b[31m\ud800\uffff\x00"
    for suffix in export.SUFFIXES:
        export.write(ds, tmp_path / f"x{suffix}")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx")["data"]["B2"].value.startswith("a\ufffdb\ufffd[31m")
    assert export.read_netcdf(tmp_path / "x.nc")["name_zh"].values[0] == "a\ufffdb\x1b[31m?\uffff\ufffd"


def test_an_export_of_a_real_day_comes_back(shared: Path, tmp_path: Path) -> None:
    file = next((shared / "data" / "cnemc_2019_xinjiang" / "raw_full_days").glob("*0501*"))
    ds = read(file, stations=["2691A", "2692A", "2711A", "2690A"])
    back = export.read_netcdf(export.write(ds, tmp_path / "x.nc"))
    xr.testing.assert_identical(back, ds)
    with pytest.raises(AirqError, match="not written by airq"):
        export.read_netcdf(foreign(tmp_path))

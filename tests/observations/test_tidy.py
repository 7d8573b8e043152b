"""Tidy tables, long and wide, CSV and XLSX, and the daily city files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airq.errors import AirqError
from airq.observations import Archive, ColumnMap, read, read_column_map

WIDE = """监测点编码,时间,PM2.5(μg/m³),PM10,SO2,NO2,CO(mg/m³),O3,AQI
2691A,2019-01-05 01:00,120,150,8,60,2.2,15,157
2692A,2019-01-05 01:00,100,130,7,50,1.9,18,132
2691A,2019-01-05 02:00,125,,8,61,2.3,14,164
"""
LONG = """station,time,variable,value,unit
2691A,2019-01-05T01:00+08:00,PM2.5,0.120,mg/m3
2691A,2019-01-04T17:00Z,CO,2200,µg/m3
2691A,2019-01-05T02:00+08:00,AQI,164,
"""


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_wide(tmp_path: Path, encoding: str, delimiter: str) -> None:
    ds = read(write(tmp_path / "w.csv", WIDE.replace(",", delimiter), encoding))
    assert ds.sizes == {"station": 2, "time": 2}
    assert ds["pm25"].sel(station="2691A").values.tolist() == [120, 125]
    assert ds["co"].values[0, 0] == np.float32(2.2) and np.isnan(ds["pm10"].values[0, 1])
    assert "AQI" in ds.attrs["issues"]


def test_wide_xlsx_is_the_same(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in WIDE.strip().splitlines():
        book.active.append([float(c) if c.replace(".", "", 1).isdigit() else c for c in row.split(",")])
    book.save(tmp_path / "w.xlsx")
    csv = read(write(tmp_path / "w.csv", WIDE))
    assert read(tmp_path / "w.xlsx").drop_attrs().identical(csv.drop_attrs())
    (tmp_path / "bad.xlsx").write_bytes((tmp_path / "w.xlsx").read_bytes()[:-200])
    with pytest.raises(AirqError, match="damaged workbook"):
        read(tmp_path / "bad.xlsx")


def test_long_with_units_and_time_zones(tmp_path: Path) -> None:
    ds = read(write(tmp_path / "l.csv", LONG))
    assert str(ds.time.values[0])[:13] == "2019-01-05T01"
    assert ds["pm25"].values[0, 0] == np.float32(120) and ds["co"].values[0, 0] == np.float32(2.2)


def test_column_map(tmp_path: Path) -> None:
    table = "site_no,when,fine,carbon\nA,2019-01-05 00:00,50,1500\n"
    path = write(tmp_path / "m.csv", table)
    with pytest.raises(AirqError, match="line 1"):
        read(path)
    plan = "station: site_no\ntime: when\nlabel: start\ntime_zone: '+00:00'\nvariables: {pm25: fine, co: carbon}\nunits: {co: µg/m3}\n"
    ds = read(path, columns=write(tmp_path / "m.yaml", plan))
    assert str(ds.time.values[0])[:13] == "2019-01-05T09" and ds["co"].values[0, 0] == 1.5
    assert read_column_map(tmp_path / "m.yaml") == ColumnMap(
        station="site_no",
        time="when",
        label="start",
        time_zone="+00:00",
        variables={"pm25": "fine", "co": "carbon"},
        units={"co": "µg/m3"},
    )
    with pytest.raises(AirqError, match="'sation' is no entry"):
        read(path, columns=write(tmp_path / "n.yaml", "sation: x\n"))
    with pytest.raises(AirqError, match="no column 'nix'"):
        read(path, columns=ColumnMap(time="nix"))


def test_co_in_micrograms_is_refused_unless_stated(tmp_path: Path) -> None:
    text = "station,time,CO\nA,2019-01-05 01:00,900\nA,2019-01-05 02:00,1100\n"
    with pytest.raises(AirqError, match="column 'CO': CO with a median of 1000 cannot be mg/m³"):
        read(write(tmp_path / "c.csv", text))
    ds = read(write(tmp_path / "d.csv", text.replace("CO\n", "CO(µg/m³)\n")))
    assert ds["co"].values.tolist() == [[np.float32(0.9), np.float32(1.1)]]
    with pytest.raises(AirqError, match="particles have no volume fraction"):
        read(write(tmp_path / "e.csv", "station,time,PM2.5(ppb)\nA,2019-01-05 01:00,9\n"))


def test_separate_date_and_hour(tmp_path: Path) -> None:
    ds = read(
        write(
            tmp_path / "h.csv",
            "站点,日期,小时,PM2.5\nA,2019-1-5,0,5\nA,2019-1-5,23,6\nA,20190106,1,7\nA,2019年1月6日,2,8\n",
        )
    )
    assert [str(t)[:13] for t in ds.time.values] == [
        "2019-01-05T00",
        "2019-01-05T23",
        "2019-01-06T01",
        "2019-01-06T02",
    ]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("A,2019-02-30 01:00,5", "line 3: the time '2019-02-30 01:00' does not exist"),
        ("A,2019-02-03 01:30,5", "line 3: the time '2019-02-03 01:30' is not a full hour"),
        ("A,2019-02-03 01:00", "line 3: has 2 fields where the header has 3"),
        ("A,2019-02-03 01:00,x5", "line 3 column PM2.5: 'x5' is not a number"),
        (",2019-02-03 01:00,5", "line 3: has no station"),
        ("A,2019-02-01 01:00,9", "line 3: A 2019-02-01T01:00 stands twice with different pm25"),
    ],
)
def test_bad_lines(tmp_path: Path, line: str, text: str) -> None:
    path = write(
        tmp_path / "b.csv", f"station,time,PM2.5\nA,2019-02-01 01:00,4\n{line}\nA,2019-02-01 02:00,6\n"
    )
    report = Archive(tmp_path / "arch").ingest([path])
    assert report.files[0].status == "partial"
    assert any(f"{path}: {text}" in s for s in report.files[0].sentences), report.files[0].sentences
    assert Archive(tmp_path / "arch").load()["pm25"].sel(time="2019-02-01T02:00").values.tolist() == [6]


def test_city_daily_of_both_sites(tmp_path: Path) -> None:
    first = "\ufeff昌吉州,2014-12-31,254,206~325,重度污染,200.8,334.4,132.1,4.433,89.7,59,551\n昌吉州,2015-01-01,265,222~368,重度污染,0,345.6,36.3,3.85,91.8,28,505\n"
    ds = read(write(tmp_path / "昌吉州.csv", first))
    assert ds.sizes == {"station": 1, "day": 2} and ds["place"].values.tolist() == ["changji-prefecture"]
    assert (
        ds["pm25"].values[0, 0] == np.float32(200.8)
        and np.isnan(ds["pm25"].values[0, 1])
        and ds["no2"].values[0, 0] == np.float32(89.7)
    )
    assert ds["co"].values[0, 0] == np.float32(4.433) and ds["o3"].values[0, 0] == 59
    second = "0,2019-12-02,重度污染,237,364,187,223,8,58,2.23,18\n1,2019-12-01,中度污染,189,361,146,165,7,60,2.28,19\n2,2019-12-01,中度污染,189,361,140,165,7,60,2.28,19\n"
    ds = read(write(tmp_path / "wulumuqi.csv", second))
    assert [str(d)[:10] for d in ds.day.values] == ["2019-12-01", "2019-12-02"]
    assert (
        np.isnan(ds["pm25"].values[0, 0])
        and ds["no2"].values[0, 1] == 58
        and "stands twice" in ds.attrs["issues"]
    )
    archive = Archive(tmp_path / "arch")
    report = archive.ingest([tmp_path / "昌吉州.csv", tmp_path / "wulumuqi.csv"])
    assert [f.status for f in report.files] == ["ok", "partial"]
    assert archive.load(place="昌吉州", kind="daily", start="2014-12", end="2015-01").sizes["day"] == 31 + 31


def test_real_city_files(shared: Path, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "arch")
    report = archive.ingest(
        [shared / "data/city_daily_2014_2017", shared / "data/city_daily_2013_2019/wulumuqi.csv"]
    )
    assert len(report.files) == 5 and not any(f.status == "rejected" for f in report.files)
    ds = archive.load(place="changji-prefecture", kind="daily", start="2015", end="2016")
    import pandas as pd

    raw = pd.read_csv(
        shared / "data/city_daily_2014_2017/昌吉州.csv", header=None, encoding="utf-8-sig"
    ).set_index(1)[5]
    raw = raw[~raw.index.duplicated(keep=False)].replace(0, np.nan)
    raw = raw[(raw.index >= "2015-01-01") & (raw.index <= "2016-12-31")]
    assert ds.sizes["day"] == 731
    assert float(ds["pm25"].mean()) == pytest.approx(raw.mean(), rel=1e-5)

"""What airq makes of damaged files: mutated copies of small samples of every format, each read and judged.

    python benchmarks/mutations.py [--count 10000] [--seed 0] [--show 20]

Samples are made here from fixed random numbers. A mutation flips bits, cuts, deletes, inserts or repeats bytes, shuffles
or repeats lines, exchanges columns, or changes delimiter, line ends or encoding. Each mutated file must be read
identically, be read with the damage named, or be rejected in one sentence; none may end in another error or take more
than ten seconds. Changes that leave a well-formed and plausible file (a digit for a digit, a letter for a letter, whole
columns of numbers exchanged under their headings) cannot be noticed by any reader and are counted apart; so are files
cut between two lines, of which every value left is right. The last line must say: silently wrong: 0.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from airq.errors import AirqError
from airq.observations import files, formats
from airq.observations.formats import Parsed

LIMIT_SECONDS = 10
LEVELS = ("优", "良", "轻度污染", "中度污染", "重度污染", "严重污染")


# ---- samples ----


@dataclass(frozen=True)
class Sample:
    name: str
    file: str
    data: bytes
    header_lines: int = 1
    delimiter: str = ","
    fixed_width: bool = False  # a blank stands where a digit may stand
    unchecked: bool = False  # binary without checksums: a byte for a byte is a digit for a digit


def _series(rng: np.random.Generator, hours: int) -> dict[str, np.ndarray]:
    """Plausible winter air: one PM level that the others follow."""
    level = np.exp(np.cumsum(rng.normal(0, 0.15, hours)) * 0.5) * 80
    pm25 = np.clip(level, 8, 400).round()
    o3 = np.clip(40 + 30 * np.sin(np.arange(hours) / 24 * 2 * np.pi) + rng.normal(0, 4, hours), 5, 160)
    return {
        "pm25": pm25,
        "pm10": (pm25 * 1.6 + rng.integers(5, 40, hours)).round(),
        "so2": rng.integers(5, 25, hours).astype(float),
        "no2": rng.integers(30, 80, hours).astype(float),
        "co": (pm25 / 90 + rng.uniform(0.2, 0.6, hours)).round(2),
        "o3": o3.round(),
    }


def _stamp(hour: int) -> tuple[str, int]:
    day = np.datetime64("2023-01-05") + hour // 24
    return str(day), hour % 24


def archive(rng: np.random.Generator, codes: tuple[str, ...], name: str, file: str) -> Sample:
    types = (("PM2.5", "pm25"), ("PM10", "pm10"), ("SO2", "so2"), ("NO2", "no2"), ("O3", "o3"), ("CO", "co"))
    data = [_series(rng, 30) for _ in codes]
    rows = [",".join(("date", "hour", "type", *codes))]
    for hour in range(30):
        date, h = _stamp(hour)
        stamp = f"{date.replace('-', '')},{h}"
        rows.append(stamp + ",AQI," + ",".join(f"{s['pm25'][hour] + 30:.0f}" for s in data))
        for head, key in types:
            cells = [f"{s[key][hour]:g}" if rng.random() > 0.04 else "" for s in data]
            rows.append(",".join((stamp, head, *cells)))
    return Sample(name, file, ("\n".join(rows) + "\n").encode())


def _feed(rng: np.random.Generator) -> list[dict[str, str]]:
    out = []
    for k, code in enumerate(("1490A", "1491A", "2690A", "2691A", "2692A", "2711A")):
        s = _series(rng, 1)
        hour = float(s["o3"][0])
        out.append(
            {
                "TimePoint": "2023-01-05T14:00:00",
                "StationCode": code,
                "Longitude": f"{87 + 0.1 * k:.4f}",
                "Latitude": f"{44 + 0.05 * k:.4f}",
                "Area": "乌鲁木齐市",
                "PositionName": f"站点{k}",
                "AQI": f"{s['pm25'][0] + 30:.0f}",
                "PM10": f"{s['pm10'][0]:.0f}" if k else "&mdash;",
                "PM10_24h": "90",
                "PM2_5": f"{s['pm25'][0]:.0f}",
                "PM2_5_24h": "60",
                "SO2": f"{s['so2'][0]:.0f}",
                "NO2": f"{s['no2'][0]:.0f}",
                "CO": f"{s['co'][0]:.2f}",
                "O3": f"{hour + 25:.0f}",  # swapped, as the feed has it
                "O3_24h": f"{hour:.0f}",
                "O3_8h": f"{hour + 12:.0f}",
                "O3_8h_24h": f"{hour + 3:.0f}",
            }
        )
    return out


def feed_xml(rng: np.random.Generator) -> Sample:
    body = "".join(
        "  <b:AQIDataPublishLive>\n"
        + "".join(f"   <b:{k}>{v}</b:{k}>\n" for k, v in record.items())
        + "  </b:AQIDataPublishLive>\n"
        for record in _feed(rng)
    )
    text = f'<R xmlns="http://tempuri.org/">\n <a xmlns:b="http://x/y">\n{body} </a>\n</R>\n'
    return Sample("feed xml", "snapshot.xml", text.encode(), 0, "")


def feed_json(rng: np.random.Generator) -> Sample:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [float(r["Longitude"]), float(r["Latitude"])]},
            "properties": {k.lower(): v.replace("&mdash;", "-;") for k, v in r.items() if k[0] != "L"},
        }
        for r in _feed(rng)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1)
    return Sample("feed geojson", "snapshot.geojson", text.encode(), 0, "")


def feed_csv(rng: np.random.Generator) -> Sample:
    records = _feed(rng)
    rows = [",".join(k.lower() for k in records[0])]
    rows += [",".join(v for v in r.values()) for r in records]
    return Sample("feed csv", "snapshot.csv", ("\n".join(rows) + "\n").encode())


def pm25in(rng: np.random.Generator) -> Sample:
    names = ("天山天池", "州监测站", "新区政务中心")
    data = [_series(rng, 30) for _ in names]
    rows = ["Date,Hour,WatchPoint,AQI,Level,PrimaryPollution,PM2.5,PM10,CO,NO2,O3_1h,O3_8h,SO2"]
    for hour in range(30):
        date, h = _stamp(hour)
        for name, s in zip(names, data, strict=True):
            v = {k: f"{x[hour]:g}" for k, x in s.items()}
            rows.append(
                f"{date.replace('-', '')},{h:02d},{name},80,良,颗粒物(PM10),{v['pm25']},{v['pm10']},{v['co']},{v['no2']},{v['o3']},50,{v['so2']}"
            )
    return Sample("pm25in", "昌吉州_2023.csv", ("\n".join(rows) + "\n").encode())


def _days(rng: np.random.Generator, count: int) -> Iterator[tuple[str, dict[str, float], int, int]]:
    from airq import standards

    s = _series(rng, count)
    for i in range(count):
        day = str(np.datetime64("2023-06-01") + i)
        v = {k: float(x[i]) for k, x in s.items()}
        index = max(
            int(standards.iaqi(n, v[n], averaging="24h", edition="2012")) for n in ("pm25", "pm10", "o3")
        )
        level = int(np.searchsorted((50, 100, 150, 200, 300), index))
        yield day, v, index, level


def city_aqistudy(rng: np.random.Generator) -> Sample:
    rows = [
        f"昌吉州,{d},{a},{a - 9}~{a + 8},{LEVELS[k]},{v['pm25']:g},{v['pm10']:g},{v['so2']:g},{v['co']:g},{v['no2']:g},{v['o3']:g},{100 + a % 90}"
        for d, v, a, k in _days(rng, 60)
    ]
    return Sample("city aqistudy", "昌吉州.csv", ("\ufeff" + "\n".join(rows) + "\n").encode(), 0)


def city_tianqi(rng: np.random.Generator, headed: bool) -> Sample:
    rows = [
        f"{i},{d},{LEVELS[k]},{a},{100 + a % 90},{v['pm25']:g},{v['pm10']:g},{v['so2']:g},{v['no2']:g},{v['co']:g},{v['o3']:g}"
        for i, (d, v, a, k) in enumerate(_days(rng, 80))
    ]
    if headed:
        rows.insert(0, ",日期,质量等级,AQI指数,当天AQI排名,PM2.5,PM10,So2,No2,Co,O3")
    return Sample("city headed" if headed else "city tianqihoubao", "wulumuqi.csv", ("\n".join(rows) + "\n").encode(), int(headed))  # fmt: skip


def city_met(rng: np.random.Generator) -> Sample:
    rows = ['"","date","X","PM25","PM10","CO","NO2","SO2","O3","year","city","avgtemp","maxtemp","mintemp","avgrh","minrh","avgws","maxws","maxwswd","precipitation","avgp","maxp","minp"']  # fmt: skip
    for i, (d, v, _, _) in enumerate(_days(rng, 60)):
        t = 20 + 8 * np.sin(i / 9)
        rows.append(
            f'"{i + 1}",{d},{i + 2},{v["pm25"]:g},{v["pm10"]:g},{v["co"] * 1000:g},{v["no2"]:g},{v["so2"]:g},{v["o3"]:g},2023,"urumqi",{t:.1f},{t + 6:.1f},{t - 6:.1f},43,30,2.7,4.1,12,0,80810,81010,80630'
        )
    return Sample("city with weather", "urumqi.csv", ("\n".join(rows) + "\n").encode())


def uci(rng: np.random.Generator) -> Sample:
    s = _series(rng, 60)
    rows = ['"No","year","month","day","hour","PM2.5","PM10","SO2","NO2","CO","O3","TEMP","PRES","DEWP","RAIN","wd","WSPM","station"']  # fmt: skip
    for hour in range(60):
        date, h = _stamp(hour)
        y, m, d = (int(p) for p in date.split("-"))
        v = {k: f"{x[hour]:g}" for k, x in s.items()}
        wind = ("NNW", "E", "S", "WSW")[hour % 4]
        rows.append(
            f'{hour + 1},{y},{m},{d},{h},{v["pm25"]},{v["pm10"]},{v["so2"]},{v["no2"]},{float(v["co"]) * 1000:g},{v["o3"]},{-5 + hour / 10:g},1023.1,-18.8,0,"{wind}",4.4,"Tiantan"'
        )
    return Sample("uci", "PRSA_Data_Tiantan.csv", ("\n".join(rows) + "\n").encode())


def openaq_csv(rng: np.random.Generator) -> Sample:
    rows = ["location_id,sensors_id,location,datetime,lat,lon,parameter,units,value"]
    s = _series(rng, 24)
    for k, (kind, unit) in enumerate((("pm25", "µg/m³"), ("no2", "ppb"), ("o3", "ppm"))):
        for hour in range(24):
            date, h = _stamp(hour)
            value = s[kind][hour] * (0.0005 if unit == "ppm" else 1)
            rows.append(
                f"2178,{3919 + k},Urumqi-2178,{date}T{h:02d}:00:00+08:00,43.8,87.6,{kind},{unit},{value:.4g}"
            )
    return Sample("openaq csv", "location-2178-20230105.csv", ("\n".join(rows) + "\n").encode())


def openaq_json(rng: np.random.Generator) -> Sample:
    s = _series(rng, 12)
    results = [
        {
            "value": float(s["pm25"][h]),
            "flagInfo": {"hasFlags": False},
            "parameter": {"id": 2, "name": "pm25", "units": "µg/m³"},
            "period": {
                "label": "1 hour",
                "datetimeFrom": {"utc": f"2023-01-05T{h:02d}:00:00Z"},
                "datetimeTo": {"utc": f"2023-01-05T{h + 1:02d}:00:00Z"},
            },
        }
        for h in range(12)
    ]
    text = json.dumps({"meta": {"name": "openaq-api"}, "results": results}, indent=1, ensure_ascii=False)
    return Sample("openaq json", "sensor-5.json", text.encode(), 0, "")


def airnow(rng: np.random.Generator) -> Sample:
    s = _series(rng, 24)
    rows = []
    for hour in range(24):
        for kind, key, unit in (("PM2.5", "pm25", "UG/M3"), ("OZONE", "o3", "PPB"), ("CO", "co", "PPM")):
            rows.append(f"01/05/23|{hour:02d}:00|000020401|Site A|8|{kind}|{unit}|{s[key][hour]:g}|Agency")
    return Sample("airnow pipes", "HourlyData_2023010500.dat", ("\n".join(rows) + "\n").encode(), 0, "|")


def airnowtech(rng: np.random.Generator) -> Sample:
    s = _series(rng, 24)
    rows = ["Agency,Site,Site AQS,Param,Param AQS,POC,Method,Duration,Date (UTC),Time (UTC),Date (LST),Time (LST),Offset (LST),Value,Unit,QC Code"]  # fmt: skip
    for kind, number, key, unit in (("NO2", 42602, "no2", "PPB"), ("PM2.5-88101", 88101, "pm25", "UG/M3")):
        for hour in range(24):
            rows.append(
                f"OAQ,Creek,370630099,{kind},{number},1,599,1 Hr,8/1/2019,{hour}:00,8/1/2019,{hour}:00,+00:00,{s[key][hour]:g},{unit},0"
            )
    return Sample("airnowtech", "reference.csv", ("\n".join(rows) + "\n").encode())


def stateair(rng: np.random.Generator, new: bool) -> Sample:
    s = _series(rng, 48)
    if new:
        rows = ["Site,Parameter,Date (LT),Year,Month,Day,Hour,NowCast Conc.,AQI,AQI Category,Raw Conc.,Conc. Unit,Duration,QC Name"]  # fmt: skip
    else:
        rows = [
            "This file holds data of the U.S. Mission to China,,,,,,,,,,",
            "Not validated,,,,,,,,,,",
            "Site,Parameter,Date (LST),Year,Month,Day,Hour,Value,Unit,Duration,QC Name",
        ]
    for hour in range(48):
        date, h = _stamp(hour)
        y, m, d = (int(p) for p in date.split("-"))
        value = f"{s['pm25'][hour]:g}" if hour != 7 else "-999"
        name = "Valid" if hour != 7 else "Missing"
        half = f"{(h + 11) % 12 + 1:02d}:00 {'AM' if h < 12 else 'PM'}"
        rows.append(
            f"Beijing - PM2.5,PM2.5 - Principal,{date} {half},{y},{m},{d},{h},40.1,100,Moderate,{value},UG/M3,1 Hr,{name}"
            if new
            else f"Beijing,PM2.5,{m}/{d}/{y} {h}:00,{y},{m},{d},{h},{value},µg/m³,1 Hr,{name}"
        )
    name = "stateair airnow" if new else "stateair"
    return Sample(name, "Beijing_PM2.5.csv", ("\n".join(rows) + "\n").encode(), 1 if new else 3)


def eea(rng: np.random.Generator) -> Sample:
    import pyarrow as pa
    import pyarrow.parquet as pq

    s = _series(rng, 48)
    start = np.datetime64("2023-01-05T00:00", "ns") + np.arange(48) * np.timedelta64(1, "h")
    table = pa.table(
        {
            "Samplingpoint": ["AT/SPO-1"] * 48,
            "Pollutant": pa.array([6001] * 48, pa.int32()),
            "Start": pa.array(start),
            "End": pa.array(start + np.timedelta64(1, "h")),
            "Value": pa.array(s["pm25"]),
            "Unit": ["ug.m-3"] * 48,
            "AggType": ["hour"] * 48,
            "Validity": pa.array([1] * 47 + [-1], pa.int32()),
            "Verification": pa.array([1] * 48, pa.int32()),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, write_page_checksum=True)
    return Sample("eea parquet", "SPO-1.parquet", sink.getvalue(), 0, "")


def purpleair(rng: np.random.Generator) -> Sample:
    s = _series(rng, 60)
    rows = ["time_stamp,sensor_index,humidity,temperature,pressure,pm2.5_atm_a,pm2.5_atm_b"]
    for i in range(60):
        stamp = 1_672_876_800 + i * 600
        rows.append(
            f"{stamp},175413,{50 + i % 9},{58 + i % 5},1010.{i % 10},{s['pm25'][i]:g},{s['pm25'][i] + 1:g}"
        )
    return Sample("purpleair", "175413.csv", ("\n".join(rows) + "\n").encode())


def sensor(rng: np.random.Generator) -> Sample:
    rows = ["\ufeffSerial ID: Toco 01", "Instrument Data Export", "(UTC-05:00) Eastern Time (US & Canada)", "Averaging period: 5 minute", "", "Time,NO2 (ppb),PM2.5 (µg/m³),TEMP (°C),RH (%),Inlet"]  # fmt: skip
    s = _series(rng, 60)
    for i in range(60):
        hour, minute = divmod(i * 5, 60)
        rows.append(
            f"8/17/2019 {hour + 7}:{minute:02d},{s['no2'][i] - 35:g},{s['pm25'][i]:g},23.{i % 10}2,86.{i % 7},Sample"
        )
    return Sample("sensor", "toco.csv", ("\n".join(rows) + "\n").encode(), 6)


def tidy_wide(rng: np.random.Generator) -> Sample:
    rows = ["监测点编码,时间,PM2.5(μg/m³),PM10(μg/m³),SO2(μg/m³),NO2(μg/m³),CO(mg/m³),O3(μg/m³)"]
    data = [_series(rng, 24) for _ in range(2)]
    for code, s in zip(("2691A", "2692A"), data, strict=True):
        for hour in range(24):
            date, h = _stamp(hour)
            rows.append(f"{code},{date} {h:02d}:00," + ",".join(f"{x[hour]:g}" for x in s.values()))
    return Sample("tidy wide", "hourly.csv", ("\n".join(rows) + "\n").encode())


def tidy_long(rng: np.random.Generator) -> Sample:
    rows = ["station,time,variable,value,unit"]
    s = _series(rng, 24)
    for hour in range(24):
        date, h = _stamp(hour)
        for key, name, unit in (("pm25", "PM2.5", "µg/m3"), ("co", "CO", "mg/m3")):
            rows.append(f"2691A,{date}T{h:02d}:00+08:00,{name},{s[key][hour]:g},{unit}")
    return Sample("tidy long", "long.csv", ("\n".join(rows) + "\n").encode())


def workbook(rng: np.random.Generator) -> Sample:
    import openpyxl

    book = openpyxl.Workbook()
    for line in tidy_wide(rng).data.decode().strip().split("\n"):
        book.active.append([float(c) if c.replace(".", "", 1).isdigit() else c for c in line.split(",")])
    sink = io.BytesIO()
    book.save(sink)
    return Sample("workbook", "hourly.xlsx", sink.getvalue(), 0, "")


def isd_lite(rng: np.random.Generator) -> Sample:
    rows = []
    for k in range(60):
        date, h = _stamp(k)
        t = int(-120 + 40 * np.sin(k / 24 * 2 * np.pi) + rng.integers(-5, 6))
        values = (t, t - 30, -9999, 10 * (1 + k % 36), 10 + k % 9, 0, k % 5, -9999)  # no height, no pressure
        rows.append(f"{date.replace('-', ' ')} {h:02d}" + "".join(f"{v:6d}" for v in values))
    return Sample("isd-lite", "514630-99999-2023", ("\n".join(rows) + "\n").encode(), 0, "", fixed_width=True)


def open_meteo(rng: np.random.Generator) -> Sample:
    hours = np.datetime64("2023-01-05T00:00") + np.arange(48) * np.timedelta64(1, "h")
    hourly = {
        "time": [str(t) for t in hours],
        "temperature_2m": [round(float(v), 1) for v in -12 + np.cumsum(rng.normal(0, 0.5, 48))],
        "relative_humidity_2m": [int(v) for v in rng.integers(60, 95, 48)],
        "surface_pressure": [round(float(v), 1) for v in rng.uniform(948, 962, 48)],
        "wind_speed_10m": [round(float(v), 2) for v in rng.uniform(0.3, 6, 48)],
        "wind_direction_10m": [int(v) for v in rng.integers(1, 361, 48)],
    }
    units = ("iso8601", "°C", "%", "hPa", "m/s", "°")
    document = {
        "latitude": 44.0,
        "longitude": 87.25,
        "utc_offset_seconds": 28800,
        "timezone": "Asia/Shanghai",
        "elevation": 577.0,
        "hourly_units": dict(zip(hourly, units, strict=True)),
        "hourly": hourly,
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return Sample("open-meteo", "changji_20230105_20230106.json", text.encode(), 0, "")


def era5(rng: np.random.Generator) -> Sample:
    import pandas as pd
    import xarray as xr

    hours = pd.date_range("2023-01-05", periods=36, freq="h")
    shape = (36, 2, 3)
    base = np.arange(6, dtype=float).reshape(2, 3)
    fields = {
        "t2m": (260 + base + rng.normal(0, 1, shape), "K"),
        "sp": (95_000 + 10 * base + rng.normal(0, 50, shape), "Pa"),
        "u10": (rng.normal(0, 2, shape), "m s**-1"),
        "v10": (rng.normal(0, 2, shape), "m s**-1"),
    }
    ds = xr.Dataset(
        {
            n: (("valid_time", "latitude", "longitude"), v.astype("float32"), {"units": u})
            for n, (v, u) in fields.items()
        },
        coords={"valid_time": hours, "latitude": [44.25, 44.0], "longitude": [87.0, 87.25, 87.5]},
    )
    sink = ds.to_netcdf(engine="scipy", format="NETCDF3_CLASSIC")
    return Sample("era5", "era5.nc", bytes(sink), 0, "", unchecked=True)


def cf_export(rng: np.random.Generator) -> Sample:
    import pandas as pd

    from airq import dataset
    from airq.observations import export

    rows = [_series(rng, 36) for _ in range(2)]
    stations = pd.DataFrame({"station": ["2691A", "2692A"], "name_zh": ["新区政府", "监测站"]})
    time = pd.date_range("2023-01-05 01:00", periods=36, freq="h")
    ds = dataset.build(stations, time, {n: np.stack([r[n] for r in rows]) for n in rows[0]})
    with tempfile.TemporaryDirectory() as folder:
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        blob = export.to_netcdf(ds, Path(folder) / "x.nc", created=moment).read_bytes()
    return Sample("cf-netcdf", "export.nc", blob, 0, "")


def samples(seed: int = 0) -> list[Sample]:
    """One small file of every format, the same for the same seed."""
    rng = np.random.default_rng(seed)
    stations = archive(rng, ("2690A", "2691A", "2692A", "2711A"), "archive", "china_sites_20230105.csv")
    return [
        stations,
        archive(rng, ("北京", "乌鲁木齐", "昌吉州", "石河子"), "archive cities", "china_cities_20230105.csv"),
        Sample("archive gzip", "china_sites_20230105.csv.gz", gzip.compress(stations.data, mtime=0), 0, ""),
        feed_xml(rng),
        feed_json(rng),
        feed_csv(rng),
        pm25in(rng),
        city_aqistudy(rng),
        city_tianqi(rng, headed=False),
        city_tianqi(rng, headed=True),
        city_met(rng),
        uci(rng),
        openaq_csv(rng),
        openaq_json(rng),
        airnow(rng),
        airnowtech(rng),
        stateair(rng, new=False),
        stateair(rng, new=True),
        eea(rng),
        purpleair(rng),
        sensor(rng),
        tidy_wide(rng),
        tidy_long(rng),
        workbook(rng),
        isd_lite(rng),
        open_meteo(rng),
        era5(rng),
        cf_export(rng),
    ]


# ---- mutations: each gives the new content and whether it leaves a well-formed, plausible file ----

Mutation = Callable[[Sample, np.random.Generator], "tuple[bytes, bool] | None"]
_NUMERIC = frozenset(b"0123456789.-+eE")


def _kin(old: int, new: int) -> bool:
    """Whether a byte became another of its own kind, which leaves the text well-formed."""
    digit = 48 <= old <= 57 and 48 <= new <= 57
    letter = chr(old).isascii() and chr(new).isascii() and chr(old).isalpha() and chr(new).isalpha()
    return digit or letter or (old >= 128 and new >= 128)


def _text(sample: Sample) -> bool:
    return not sample.file.endswith((".gz", ".xlsx", ".parquet", ".nc"))


def _same_kind(sample: Sample, old: int, new: int) -> bool:
    """Whether no reader of the format can tell the new byte from one that was meant."""
    digits = _NUMERIC | {32} if sample.fixed_width else frozenset()
    gone = sample.file.endswith("json") and old in _NUMERIC and new in b" \t\r\n"  # as if it had been deleted
    return sample.unchecked or (
        _text(sample) and (_kin(old, new) or gone or (old in digits and new in digits))
    )


def flip_bit(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    """One to three bits; either all of them leave bytes of the same kind, or none does."""
    data = bytearray(sample.data)
    flips = []
    for _ in range(int(rng.integers(1, 4))):
        at, new = int(rng.integers(len(data))), 1 << int(rng.integers(8))
        flips.append((at, data[at] ^ new, _same_kind(sample, data[at], data[at] ^ new)))
    same = flips[0][2]
    for at, new, kin in flips:
        if kin == same:
            data[at] = new
    return bytes(data), same


def replace_byte(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    data = bytearray(sample.data)
    at = int(rng.integers(len(data)))
    old, data[at] = data[at], int(rng.integers(256))
    numeric = _text(sample) and old in _NUMERIC and data[at] in _NUMERIC
    return bytes(data), numeric or _same_kind(sample, old, data[at])


def cut(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    return sample.data[: int(rng.integers(1, len(sample.data)))], False


def cut_head(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    return sample.data[int(rng.integers(1, len(sample.data))) :], False


def delete_bytes(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    at, count = int(rng.integers(len(sample.data))), int(rng.integers(1, 6))
    gone = sample.data[at : at + count]
    if sample.file.endswith("json"):
        gone = gone.translate(None, b" \n")  # blanks between tokens say nothing
    word = all(b in _NUMERIC or chr(b).isalpha() or b >= 128 for b in gone)
    return sample.data[:at] + sample.data[at + count :], _text(sample) and word


def insert_byte(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    at = int(rng.integers(len(sample.data) + 1))
    new = int(rng.choice(np.frombuffer(b'0123456789.,;|"\t\n -+eExZ\xe4\x07', np.uint8)))
    word = new in _NUMERIC or chr(new).isalpha()
    return sample.data[:at] + bytes([new]) + sample.data[at:], _text(sample) and word


def repeat_bytes(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    at, count = int(rng.integers(len(sample.data))), int(rng.integers(1, 40))
    piece = sample.data[at : at + count]
    word = all(b in _NUMERIC or chr(b).isalpha() or b >= 128 for b in piece)
    return sample.data[: at + count] + piece + sample.data[at + count :], _text(sample) and word


def _lines(sample: Sample) -> tuple[list[bytes], list[bytes]] | None:
    if not _text(sample) or not sample.delimiter:
        return None
    lines = sample.data.rstrip(b"\n").split(b"\n")
    return lines[: sample.header_lines], lines[sample.header_lines :]


def _join(head: list[bytes], body: list[bytes]) -> bytes:
    return b"\n".join([*head, *body]) + b"\n"


def shuffle_lines(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    parts = _lines(sample)
    if parts is None:
        return None
    head, body = parts
    return _join(head, [body[i] for i in rng.permutation(len(body))]), False


def shuffle_all(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    parts = _lines(sample)
    if parts is None:
        return None
    lines = [*parts[0], *parts[1]]
    return _join([], [lines[i] for i in rng.permutation(len(lines))]), False


def drop_line(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    parts = _lines(sample)
    if parts is None:
        return None
    head, body = parts
    del body[int(rng.integers(len(body)))]
    return _join(head, body), False


def repeat_line(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    parts = _lines(sample)
    if parts is None:
        return None
    head, body = parts
    body.insert(int(rng.integers(len(body))), body[int(rng.integers(len(body)))])
    return _join(head, body), False


def join_twice(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    return (sample.data + sample.data, False) if _text(sample) else None


def blank_lines(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    parts = _lines(sample)
    if parts is None:
        return None
    head, body = parts
    for _ in range(3):
        body.insert(int(rng.integers(len(body))), b"")
    return _join(head, body), False


def swap_columns(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    """Whole columns with their headings: nothing may change (without headings it cannot be noticed)."""
    return _swap(sample, rng, with_head=True)


def swap_values(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    """Columns under headings that stay."""
    return _swap(sample, rng, with_head=False)


def _swap(sample: Sample, rng: np.random.Generator, with_head: bool) -> tuple[bytes, bool] | None:
    parts = _lines(sample)
    if parts is None or (not with_head and not sample.header_lines):
        return None
    head, body = parts
    sign = sample.delimiter.encode()
    width = body[0].count(sign) + 1
    i, j = (int(x) for x in rng.choice(width, 2, replace=False))

    def moved(line: bytes) -> bytes:
        cells = line.split(sign)
        if len(cells) != width:
            return line
        cells[i], cells[j] = cells[j], cells[i]
        return sign.join(cells)

    changed = [moved(line) for line in body]
    if with_head:
        head = [*head[:-1], moved(head[-1])] if head else []
    return _join(head, changed), not with_head or not head


def change_delimiter(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    if _lines(sample) is None:
        return None
    new = str(rng.choice([d for d in (",", ";", "\t", "|", " ", ":") if d != sample.delimiter]))
    if rng.random() < 0.7:
        return sample.data.replace(sample.delimiter.encode(), new.encode()), False
    lines = sample.data.split(b"\n")
    at = int(rng.integers(len(lines)))
    lines[at] = lines[at].replace(sample.delimiter.encode(), new.encode())
    return b"\n".join(lines), False


def change_encoding(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    if not _text(sample):
        return None
    text = sample.data.decode("utf-8-sig")
    name = str(rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "gb18030", "gbk", "cp1252", "big5", "utf-7"]))  # fmt: skip
    try:
        return text.encode(name), False
    except UnicodeEncodeError:
        return None


def change_line_ends(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    if not _text(sample):
        return None
    return sample.data.replace(b"\n", b"\r\n" if rng.random() < 0.5 else b"\r"), False


def quote_cells(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool] | None:
    parts = _lines(sample)
    if parts is None or b'"' in sample.data:
        return None
    sign = sample.delimiter.encode()
    quoted = [sign.join(b'"' + c + b'"' for c in line.split(sign)) for line in parts[1]]
    return _join(parts[0], quoted), False


def compress(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    return gzip.compress(sample.data, mtime=0), False


def compress_and_damage(sample: Sample, rng: np.random.Generator) -> tuple[bytes, bool]:
    blob = bytearray(gzip.compress(sample.data, mtime=0))
    if rng.random() < 0.5:
        return bytes(blob[: int(rng.integers(2, len(blob)))]), False
    blob[int(rng.integers(len(blob)))] ^= 1 << int(rng.integers(8))
    return bytes(blob), False


MUTATIONS: dict[str, tuple[Mutation, float]] = {
    # mutation and how often it is drawn
    "flip bits": (flip_bit, 8),
    "replace a byte": (replace_byte, 4),
    "cut the tail": (cut, 3),
    "cut the head": (cut_head, 1),
    "delete bytes": (delete_bytes, 3),
    "insert a byte": (insert_byte, 4),
    "repeat bytes": (repeat_bytes, 1),
    "shuffle lines": (shuffle_lines, 1),
    "shuffle lines and header": (shuffle_all, 1),
    "drop a line": (drop_line, 1),
    "repeat a line": (repeat_line, 1),
    "join twice": (join_twice, 0.5),
    "blank lines": (blank_lines, 0.5),
    "swap columns with headings": (swap_columns, 2),
    "swap columns under headings": (swap_values, 2),
    "change the delimiter": (change_delimiter, 2),
    "change the encoding": (change_encoding, 2),
    "change line ends": (change_line_ends, 0.5),
    "quote cells": (quote_cells, 0.5),
    "compress": (compress, 0.5),
    "compress and damage": (compress_and_damage, 2),
}
LINE_LOSS = frozenset(("cut the tail", "cut the head", "drop a line", "delete bytes"))
"""Mutations that may take whole lines away and leave nothing that tells."""


# ---- judgement ----


class Hang(Exception):
    pass


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Hang

    old = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)


def cells(parsed: Parsed) -> dict[tuple[str, str, str], float]:
    """Finite values by station, time and variable."""
    out = {}
    block = parsed.block
    for name, values in block.values.items():
        for i, j in np.argwhere(np.isfinite(values)):
            out[(block.stations[i], str(block.time[j])[:16], name)] = float(values[i, j])
    return out


@dataclass(frozen=True)
class Outcome:
    kind: str
    detail: str = ""


def judge(path: Path, base: Parsed, plausible: bool, mutation: str) -> Outcome:
    """Read a mutated file and say what became of it."""
    start = time.monotonic()
    try:
        with limited(LIMIT_SECONDS):
            got = formats.parse(files.load(path))
    except AirqError as error:
        text = str(error)
        one = "\n" not in text and len(text) < 700 and text.rstrip().endswith(".") and str(path) in text
        return Outcome("rejected in one sentence" if one else "BAD SENTENCE", text)
    except Hang:
        return Outcome("HANG", f"more than {LIMIT_SECONDS} s")
    except Exception as error:
        return Outcome("OTHER ERROR", f"{type(error).__name__}: {error}")
    if time.monotonic() - start > LIMIT_SECONDS:
        return Outcome("HANG", "slow")
    have, want = cells(got), cells(base)
    known = {i.text for i in base.issues}
    fresh = [i for i in got.issues if i.text not in known]
    if have == want:
        return Outcome("read identically")
    if fresh:
        return Outcome("read with the damage named", fresh[0].text)
    if plausible:
        return Outcome("apart: well-formed and plausible")
    if mutation in LINE_LOSS and all(want.get(k) == v for k, v in have.items()):
        return Outcome("apart: whole lines gone, all values left are right")
    odd = next((f"{k}: {want.get(k)} → {v}" for k, v in have.items() if want.get(k) != v), "values gone")
    return Outcome("SILENTLY WRONG", odd)


def run(count: int, seed: int, folder: Path, show: int = 0) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Draw, write, read and judge ``count`` mutated files; the same for the same seed."""
    rng = np.random.default_rng(seed)
    all_samples = samples(seed)
    bases = []
    for sample in all_samples:
        path = folder / sample.file
        path.write_bytes(sample.data)
        bases.append(formats.parse(files.load(path)))
    names = list(MUTATIONS)
    weight = np.array([w for _, w in MUTATIONS.values()])
    total: Counter[str] = Counter()
    by_format: dict[str, Counter[str]] = {s.name: Counter() for s in all_samples}
    shown = 0
    while sum(total.values()) < count:
        k = int(rng.integers(len(all_samples)))
        name = names[int(rng.choice(len(names), p=weight / weight.sum()))]
        made = MUTATIONS[name][0](all_samples[k], rng)
        if made is None or made[0] == all_samples[k].data:
            continue
        path = folder / all_samples[k].file
        path.write_bytes(made[0])
        outcome = judge(path, bases[k], made[1], name)
        total[outcome.kind] += 1
        by_format[all_samples[k].name][outcome.kind] += 1
        if outcome.kind.isupper() and shown < show:
            shown += 1
            keep = folder.parent / f"mutation-{sum(total.values())}-{all_samples[k].file}"
            keep.write_bytes(made[0])
            print(
                f"{outcome.kind}: {all_samples[k].name}, {name}: {outcome.detail[:300]} [{keep}]",
                file=sys.stderr,
            )
    return total, by_format


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=20, help="failures to print and keep")
    args = parser.parse_args()
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        total, by_format = run(args.count, args.seed, Path(folder), args.show)
    for name, counts in by_format.items():
        print(f"{name:20s} " + ", ".join(f"{k} {v}" for k, v in counts.most_common()))
    print(
        f"\n{sum(total.values()):,} mutated files of {len(by_format)} formats in {time.process_time() - start:.0f} CPU s"
    )
    for kind, number in total.most_common():
        print(f"{number:7,}  {kind}")
    print(f"other errors: {total['OTHER ERROR']}")
    print(f"hangs: {total['HANG']}")
    print(f"refusals that are not one sentence: {total['BAD SENTENCE']}")
    print(f"silently wrong: {total['SILENTLY WRONG']}")
    bad = sum(v for k, v in total.items() if k.isupper())
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

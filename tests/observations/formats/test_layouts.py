"""Small files of every layout: time label, zone, unit, missing marks and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airq.errors import AirqError, FileRejected
from airq.observations import files, formats
from airq.observations.formats import Parsed
from airq.variables import FLAGS


def parsed(folder: Path, name: str, text: str | bytes, **options: object) -> Parsed:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return formats.parse(files.load(path), **options)  # type: ignore[arg-type]


def said(result: Parsed) -> str:
    return "\n".join(i.sentence("f") for i in result.issues)


def at(result: Parsed, station: str, when: str, name: str) -> float:
    block = result.block
    i, j = (
        block.stations.index(station),
        list(block.time.astype("datetime64[h]")).index(np.datetime64(when, "h")),
    )
    return float(block.values[name][i, j])


# ---- archive layout with cities ----


def test_cities_in_the_archive_layout(tmp_path: Path) -> None:
    rows = ["date,hour,type,北京,乌鲁木齐,昌吉州"]
    for hour in range(3):
        rows += [f"20230105,{hour},PM2.5,50,60,{70 + hour}", f"20230105,{hour},CO,1.1,1.2,1.3"]
    result = parsed(tmp_path, "china_cities_20230105.csv", "\n".join(rows) + "\n")
    assert result.format == "archive" and "columns are 3 cities, not stations" in said(result)
    assert result.about["乌鲁木齐"] == {"name_zh": "乌鲁木齐", "place": "urumqi", "network": "city"}
    assert result.about["北京"]["place"] == "北京"
    assert at(result, "昌吉州", "2023-01-05T02", "pm25") == 72


def test_a_line_whose_date_leaves_the_order_is_not_taken(tmp_path: Path) -> None:
    rows = ["date,hour,type,2691A,2692A"]
    for hour in range(12):
        for kind, base in (("PM2.5", 20), ("PM10", 40), ("SO2", 5)):
            date = "20910105" if (hour, kind) == (5, "PM10") else "20190105"
            rows.append(f"{date},{hour},{kind},{base + hour},{base}")
    result = parsed(tmp_path, "a.csv", "\n".join(rows) + "\n")
    assert "line 18: the time 2091-01-05T05:00 stands out of the file's order" in said(result)
    assert len(result.block.time) == 12 and np.isnan(at(result, "2691A", "2019-01-05T05", "pm10"))
    assert at(result, "2691A", "2019-01-05T05", "pm25") == 25


# ---- the raw feed ----

FEED = "timepoint,stationcode,longitude,latitude,area,positionname,primarypollutant,aqi,pm10,pm10_24h,pm2_5,pm2_5_24h,so2,no2,co,o3,o3_24h,o3_8h,o3_8h_24h\n"


def feed_row(code: str, o3: str, o3_24h: str, stamp: str = "2023-01-05T14:00:00") -> str:
    return f"{stamp},{code},87.3,44.0,昌吉州,某站,&mdash;,60,80,70,40,35,9,41,0.9,{o3},{o3_24h},20,21\n"


@pytest.mark.parametrize(
    ("pairs", "expected", "text"),
    [
        ([("90", "30"), ("80", "20"), ("&mdash;", "25")], 30.0, "are swapped against the archive, as 2 of 2 records prove"),
        ([("30", "90"), ("20", "80"), ("25", "25")], 30.0, "labelled as in the archive, as 2 of 2 records prove"),
        ([("30", "90"), ("80", "20"), ("25", "25")], None, "1 records say the labels are right and 1 say they are swapped; o3 is not taken"),
        ([("30", "30"), ("80", "80"), ("25", "—")], None, "o3 is not taken"),
    ],
)  # fmt: skip
def test_each_file_proves_its_own_ozone_labels(
    tmp_path: Path, pairs: list[tuple[str, str]], expected: float | None, text: str
) -> None:
    body = "".join(feed_row(f"269{k}A", *pair) for k, pair in enumerate(pairs))
    result = parsed(tmp_path, "feed.csv", FEED + body)
    assert result.format == "feed" and text in said(result)
    if expected is None:
        assert "o3" not in result.block.values and not result.complete
    else:
        assert at(result, "2690A", "2023-01-05T14", "o3") == expected
    assert at(result, "2690A", "2023-01-05T14", "pm25") == 40


def test_one_record_against_the_rest_loses_its_ozone_only(tmp_path: Path) -> None:
    body = "".join(feed_row(f"1{k:03d}A", "90", "30") for k in range(60)) + feed_row("2691A", "10", "30")
    result = parsed(tmp_path, "feed.csv", FEED + body)
    assert "60 of 61 records prove" in said(result) and "contradict the rest of the file" in said(result)
    assert (
        np.isnan(at(result, "2691A", "2023-01-05T14", "o3"))
        and at(result, "1000A", "2023-01-05T14", "o3") == 30
    )


XML = """<R xmlns:b="http://x/y"><b:AQIDataPublishLive><b:CO>&mdash;</b:CO><b:O3>139</b:O3><b:O3_24h>99</b:O3_24h>
<b:PM10>28</b:PM10><b:PM2_5>8</b:PM2_5><b:SO2>6</b:SO2><b:NO2>20</b:NO2><b:StationCode>1490A</b:StationCode>
<b:TimePoint>2019-07-18T14:00:00</b:TimePoint></b:AQIDataPublishLive></R>"""


def test_xml_with_html_names(tmp_path: Path) -> None:
    result = parsed(tmp_path, "a.xml", "<?xml version='1.0' encoding='utf-16'?>" + XML)
    assert at(result, "1490A", "2019-07-18T14", "o3") == 99 and np.isnan(
        at(result, "1490A", "2019-07-18T14", "co")
    )


def test_xml_bomb_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + XML.replace("28", "&b;")
    for text in (bomb, "<?xml version='1.0'?>\n" + bomb, "<!-- x --><!doctype x>" + XML):
        with pytest.raises(FileRejected, match="declares XML entities or a document type"):
            parsed(tmp_path, "bomb.xml", text)


def test_cut_xml_keeps_whole_records(tmp_path: Path) -> None:
    record = XML[XML.index("<b:AQI") : XML.index("</R>")]
    text = '<R xmlns:b="http://x/y">' + record + record.replace("1490A", "1491A") + record[:60]
    result = parsed(tmp_path, "cut.xml", text)
    assert result.block.stations == ["1490A", "1491A"] and "the XML is damaged or cut" in said(result)
    assert not result.complete


def test_geojson_with_nan_tokens(tmp_path: Path) -> None:
    record = {"stationcode": "1490A", "timepoint": "2018-02-20T07:00:00", "pm2_5": "86", "pm10": "-;", "so2": "11", "no2": "9", "co": "2.9", "o3": "100", "o3_24h": "27"}  # fmt: skip
    feature = {"geometry": {"coordinates": [87.5, 43.8]}, "properties": record}
    text = json.dumps({"features": [feature]}).replace('"11"', "NaN")
    result = parsed(tmp_path, "a.geojson", text)
    assert "1 values are written NaN or Infinity" in said(result)
    assert (
        np.isnan(at(result, "1490A", "2018-02-20T07", "so2"))
        and at(result, "1490A", "2018-02-20T07", "o3") == 27
    )
    assert result.about["1490A"]["lon"] == 87.5
    with pytest.raises(FileRejected, match="line 1: damaged JSON at column"):
        parsed(tmp_path, "b.geojson", text[:-3])
    with pytest.raises(FileRejected, match="nested too deeply"):
        parsed(tmp_path, "c.geojson", '{"stationcode": 1, "timepoint": ' + "[" * 200_000)
    with pytest.raises(FileRejected, match="JSON of a kind that airq does not know"):
        parsed(tmp_path, "d.json", '{"a": 1}')


# ---- OpenAQ ----

OPENAQ = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value\n"


def test_openaq_archive(tmp_path: Path) -> None:
    body = (
        "2178,1,Del Norte,2023-11-05T01:00:00-06:00,35.1,-106.5,pm10,µg/m³,45\n"
        "2178,1,Del Norte,2023-11-05T01:00:00-07:00,35.1,-106.5,pm10,µg/m³,47\n"  # the hour that clocks repeat
        "2178,1,Del Norte,2023-11-05T02:00:00-07:00,35.1,-106.5,pm10,µg/m³,48\n"
        "2178,2,Del Norte,2023-11-05T02:00:00-07:00,35.1,-106.5,o3,ppm,0.04\n"
        "2178,2,Del Norte,2023-11-05T03:00:00-07:00,35.1,-106.5,o3,ppm,-999\n"
        "2178,3,Del Norte,2023-11-05T02:00:00-07:00,35.1,-106.5,relativehumidity,%,50\n"
        "2178,1,Del Norte,2023-11-05T03:00:00,35.1,-106.5,pm10,µg/m³,49\n"
    )
    result = parsed(tmp_path, "location-2178-20231105.csv", OPENAQ + body)
    assert result.format == "openaq" and "[C]" in said(result)
    # The end of the hour is stated: 02:00−07:00 is 17:00 in Beijing.
    assert [at(result, "openaq-2178", f"2023-11-05T{h}", "pm10") for h in (15, 16, 17)] == [45, 47, 48]
    assert at(result, "openaq-2178", "2023-11-05T17", "o3") == pytest.approx(0.04 * 1000 * 1.9619, rel=1e-3)
    assert np.isnan(at(result, "openaq-2178", "2023-11-05T18", "o3")), (
        "a code for a missing value stays one in ppm"
    )
    assert "line 8: the time '2023-11-05T03:00:00' has no offset from UTC" in said(result)
    assert result.about["openaq-2178"]["lat"] == 35.1
    with pytest.raises(FileRejected, match="particles have no volume fraction"):
        parsed(tmp_path, "b.csv", OPENAQ + "1,1,x,2023-11-05T01:00:00Z,1,1,pm25,ppb,5\n")


def test_openaq_two_sensors_and_quarter_hours(tmp_path: Path) -> None:
    body = "".join(f"7,1,X,2023-01-05T0{h}:00:00Z,44,87,pm25,µg/m³,{h}\n" for h in range(5))
    result = parsed(tmp_path, "a.csv", OPENAQ + body + "7,2,X,2023-01-05T01:00:00Z,44,87,pm25,µg/m³,99\n")
    assert "sensor 1 has most values, sensor 2 is not taken" in said(result)
    assert at(result, "openaq-7", "2023-01-05T09", "pm25") == 1
    stamps = [f"2023-01-05T{h:02d}:{m:02d}:00Z" for h in range(3) for m in (0, 15, 30, 45)]
    body = "".join(f"7,1,X,{t},44,87,pm25,µg/m³,{k}\n" for k, t in enumerate(stamps))
    result = parsed(tmp_path, "b.csv", OPENAQ + body)
    # Ends 00:15 … 01:00 UTC are the hour that ends 09:00 in Beijing: readings 1, 2, 3, 4.
    assert at(
        result, "openaq-7", "2023-01-05T09", "pm25"
    ) == 2.5 and "readings more often than hourly are averaged" in said(result)
    assert np.isnan(at(result, "openaq-7", "2023-01-05T08", "pm25")), "one quarter of an hour is not enough"


def test_openaq_answers_of_both_versions(tmp_path: Path) -> None:
    v3 = {"results": [{"value": 7.5, "flagInfo": {"hasFlags": True}, "parameter": {"name": "co", "units": "ppm"}, "period": {"datetimeFrom": {"utc": "2023-01-05T00:00:00Z"}, "datetimeTo": {"utc": "2023-01-05T01:00:00Z"}}}]}  # fmt: skip
    result = parsed(tmp_path, "sensor-5.json", json.dumps(v3))
    assert at(result, "sensor-5", "2023-01-05T09", "co") == pytest.approx(7.5 * 1.1449, rel=1e-3)
    assert "1 values carry a flag of OpenAQ" in said(result)
    v2 = {"results": [{"locationId": 8, "location": "X", "parameter": "pm25", "value": 12, "unit": "µg/m³", "date": {"utc": "2023-01-05T01:00:00+00:00"}, "coordinates": {"latitude": 44.0, "longitude": 87.0}}]}  # fmt: skip
    result = parsed(tmp_path, "v2.json", json.dumps(v2))
    assert at(result, "openaq-8", "2023-01-05T09", "pm25") == 12 and result.about["openaq-8"]["lat"] == 44.0


# ---- AirNow and posts ----


def test_airnow_pipes(tmp_path: Path) -> None:
    text = (
        "07/24/25|09:00|000020401|SOUTHAMPTON|-4|PM2.5|UG/M3|5.3|Canada\n"
        "07/24/25|09:00|000020401|SOUTHAMPTON|-4|OZONE|PPB|30|Canada\n"
        "07/24/25|10:00|000020401|SOUTHAMPTON|-4|PM2.5|UG/M3|-999|Canada\n"
        "07/24/25|10:00|000020401|SOUTHAMPTON|-4|NOY|PPB|3|Canada\n"
        "07/24/25|10:00|000020401|SOUTHAMPTON|-4|WS|KNOTS|10|Canada\n"
    )
    result = parsed(tmp_path, "HourlyData_2025072409.dat", text)
    assert result.format == "airnow" and result.block.stations == ["000020401"], "leading zeros stay"
    # 09:00 GMT begins the hour that ends 10:00 GMT, 18:00 in Beijing.
    assert at(result, "000020401", "2025-07-24T18", "pm25") == np.float32(5.3)
    assert at(result, "000020401", "2025-07-24T18", "o3") == pytest.approx(30 * 1.9619, rel=1e-3)
    assert np.isnan(at(result, "000020401", "2025-07-24T19", "pm25"))
    assert at(result, "000020401", "2025-07-24T19", "wind_speed") == pytest.approx(5.14, abs=0.01)
    assert "not stored: NOY" in said(result)


def state(year: int, rows: list[tuple[int, int, int, str, str]]) -> str:
    head = "This file holds data of a post,,,,,,,,,,\nNot validated,,,,,,,,,,\n\nSite,Parameter,Date (LST),Year,Month,Day,Hour,Value,Unit,Duration,QC Name\n"
    return head + "".join(
        f"Beijing,PM2.5,{m}/{d}/{year} {h}:00,{year},{m},{d},{h},{v},µg/m³,1 Hr,{q}\n"
        for m, d, h, v, q in rows
    )


def test_stateair_missing_cap_and_preamble(tmp_path: Path) -> None:
    rows = [(1, 5, h, str(50 + h), "Valid") for h in range(24)]
    rows[3], rows[4], rows[5] = (
        (1, 5, 3, "-999", "Missing"),
        (1, 5, 4, "985", "Valid"),
        (1, 5, 5, "77", "Suspect"),
    )
    result = parsed(tmp_path, "Beijing_2010.csv", state(2010, rows))
    assert result.format == "stateair" and "starts of hours" in said(result) and "[B 60%]" in said(result)
    assert at(result, "Beijing", "2010-01-05T01", "pm25") == 50, (
        "local time is Beijing time, hour 0 begins the day"
    )
    assert np.isnan(at(result, "Beijing", "2010-01-05T04", "pm25")) and np.isnan(
        at(result, "Beijing", "2010-01-05T06", "pm25")
    )
    block = result.block
    assert (block.flags["pm25"][block.values["pm25"] == 985] & FLAGS["out_of_range"]).all()
    assert "'suspect'" in said(result)


def test_stateair_year_tells_which_end_is_named(tmp_path: Path) -> None:
    first = [(1, 1, h, "50", "Valid") for h in range(1, 24)]
    text = state(2019, first) + "Beijing,PM2.5,1/1/2020 0:00,2020,1,1,0,60,µg/m³,1 Hr,Valid\n"
    result = parsed(tmp_path, "a.csv", text)
    assert "ends of hours in Beijing time [M]" in said(result)
    assert at(result, "Beijing", "2020-01-01T00", "pm25") == 60


def test_stateair_summer_time_of_another_country(tmp_path: Path) -> None:
    hours = [0, 1, 3, 3, 4, 5]
    rows = [(3, 8, h, str(10 + k), "Valid") for k, h in enumerate(hours)]
    result = parsed(tmp_path, "a.csv", state(2009, rows))
    assert "03:00 stands twice and 02:00 is skipped" in said(result) and result.complete
    assert [at(result, "Beijing", f"2009-03-08T0{h}", "pm25") for h in range(1, 7)] == [
        10,
        11,
        12,
        13,
        14,
        15,
    ]
    rows = [(3, 9, h, str(10 + k), "Valid") for k, h in enumerate(hours)]  # no change of clocks on that day
    result = parsed(tmp_path, "b.csv", state(2009, rows))
    assert not result.complete and np.isnan(at(result, "Beijing", "2009-03-09T04", "pm25"))


def test_stateair_twelve_hour_clock_and_contradictions(tmp_path: Path) -> None:
    head = "Site,Parameter,Date (LT),Year,Month,Day,Hour,NowCast Conc.,AQI,AQI Category,Raw Conc.,Conc. Unit,Duration,QC Name\n"
    line = "Beijing - PM2.5,PM2.5 - Principal,2019-01-05 {clock},2019,1,5,{h},1,2,Good,{v},UG/M3,1 Hr,Valid\n"
    body = "".join(
        line.format(clock=c, h=h, v=h + 20)
        for c, h in (("12:00 AM", 0), ("01:00 AM", 1), ("12:00 PM", 12), ("01:00 PM", 14))
    )
    result = parsed(tmp_path, "a.csv", head + body)
    assert result.block.stations == ["Beijing"] and at(result, "Beijing", "2019-01-05T13", "pm25") == 32
    assert "line 5: its date '2019-01-05 01:00 PM' contradicts 2019-1-5 14" in said(result)
    far = head + line.format(clock="01:00 AM", h=1, v=5).replace("Beijing", "Hanoi")
    with pytest.raises(FileRejected, match="no line could be taken"):
        parsed(tmp_path, "b.csv", far)


# ---- EEA ----


def eea(folder: Path, **changes: object) -> Path:
    start = np.datetime64("2023-01-05T00:00", "ns") + np.arange(4) * np.timedelta64(1, "h")
    table = {
        "Samplingpoint": ["AT/SPO-1"] * 4,
        "Pollutant": pa.array([6001, 6001, 6001, 10], pa.int32()),
        "Start": pa.array(start),
        "End": pa.array(start + np.timedelta64(1, "h")),
        "Value": pa.array([10.5, 11, 12, 1.25]),
        "Unit": ["ug.m-3"] * 3 + ["mg.m-3"],
        "AggType": ["hour"] * 4,
        "Validity": pa.array([1, -1, 2, 1], pa.int32()),
        "Verification": pa.array([1] * 4, pa.int32()),
        **changes,
    }
    path = folder / "spo.parquet"
    pq.write_table(pa.table(table), path)
    return path


def test_eea_parquet(tmp_path: Path) -> None:
    result = formats.parse(files.load(eea(tmp_path)))
    assert result.format == "eea" and "[B 85%]" in said(result)
    # The hour 00-01 at UTC+1 ends 08:00 in Beijing.
    assert at(result, "AT/SPO-1", "2023-01-05T08", "pm25") == 10.5
    assert (
        np.isnan(at(result, "AT/SPO-1", "2023-01-05T09", "pm25"))
        and at(result, "AT/SPO-1", "2023-01-05T10", "pm25") == 12
    )
    assert at(result, "AT/SPO-1", "2023-01-05T11", "co") == 1.25
    assert "1 values are not valid" in said(result) and "below the detection limit" in said(result)
    with pytest.raises(FileRejected, match="unit 'furlong'"):
        formats.parse(files.load(eea(tmp_path, Unit=["furlong"] * 4)))
    blob = bytearray(eea(tmp_path).read_bytes())
    (tmp_path / "cut.parquet").write_bytes(blob[:-20])
    with pytest.raises(FileRejected, match="Parquet"):
        formats.parse(files.load(tmp_path / "cut.parquet"))


def test_tidy_table_as_parquet(tmp_path: Path) -> None:
    stamps = np.array(["2023-01-05T01", "2023-01-05T02"], "datetime64[ns]")
    table = pa.table({"station": ["2691A"] * 2, "time": stamps, "PM2.5(µg/m³)": [50.0, None]})
    pq.write_table(table, tmp_path / "t.parquet")
    result = formats.parse(files.load(tmp_path / "t.parquet"))
    assert result.format == "tidy" and at(result, "2691A", "2023-01-05T01", "pm25") == 50
    pq.write_table(pa.table({"a": [1]}), tmp_path / "u.parquet")
    with pytest.raises(FileRejected, match="Parquet without columns that airq knows"):
        formats.parse(files.load(tmp_path / "u.parquet"))


# ---- sensors ----


def test_purpleair_channels_and_coverage(tmp_path: Path) -> None:
    rows = ["time_stamp,sensor_index,humidity,temperature,pressure,pm2.5_atm_a,pm2.5_atm_b"]
    for i in range(18):  # three hours of ten minutes from 2023-01-05 00:00 UTC
        a, b = (10, 12) if i < 6 else (40, 90)
        if i < 16:
            rows.append(f"{1_672_876_800 + 600 * i},5,50,50,1010,{a},{b}")
    result = parsed(tmp_path, "5.csv", "\n".join(rows) + "\n")
    assert result.format == "purpleair" and result.about["purpleair-5"]["network"] == "micro"
    assert at(result, "purpleair-5", "2023-01-05T09", "pm25") == 11
    assert at(result, "purpleair-5", "2023-01-05T09", "temperature") == 10, "50 °F"
    assert np.isnan(at(result, "purpleair-5", "2023-01-05T10", "pm25")), "the channels disagree"
    assert np.isnan(at(result, "purpleair-5", "2023-01-05T11", "pm25")), "40 minutes are not enough"
    assert "1 hours on which the two channels disagree" in said(result)
    old = "created_at,entry_id,PM2.5_ATM_ug/m3,Temperature_F,Humidity_%\n" + "".join(
        f"2018-07-01 00:{m:02d}:08 UTC,{m},{m},70,40\n" for m in range(0, 60, 2)
    )
    result = parsed(tmp_path, "old.csv", old)
    assert at(result, "old", "2018-07-01T09", "pm25") == 29


def sensor(
    zone: str = "(UTC-05:00) Eastern Time (US & Canada)", head: str = "Time,NO2 (ppb),PM2.5 (µg/m³)"
) -> str:
    lines = ["Serial ID: Toco 07", "Export", zone, "Averaging period: 1 minute", "", head]
    lines += [f"8/17/2019 7:{m:02d},{-5 if m % 2 else 5},{m}" for m in range(46)]
    return "\n".join(lines) + "\n"


def test_sensor_export(tmp_path: Path) -> None:
    result = parsed(tmp_path, "x.csv", sensor())
    assert at(result, "Toco 07", "2019-08-17T21", "pm25") == 22.5 and "UTC-05:00" in said(result)
    result = parsed(tmp_path, "y.csv", sensor("no zone here"))
    assert at(result, "Toco 07", "2019-08-17T08", "pm25") == 22.5 and "Beijing time is assumed" in said(
        result
    )
    short = "\n".join(sensor().splitlines()[:-2]) + "\n"
    assert np.isnan(at(parsed(tmp_path, "z.csv", short), "Toco 07", "2019-08-17T21", "pm25")), "44 minutes"
    with pytest.raises(FileRejected, match="column 'NO2' states no unit"):
        parsed(tmp_path, "u.csv", sensor(head="Time,NO2,PM2.5 (µg/m³)"))
    with pytest.raises(FileRejected, match="may name the day or the month first"):
        parsed(tmp_path, "v.csv", sensor().replace("8/17/2019", "8/7/2019"))


def test_sensor_moment_twice(tmp_path: Path) -> None:
    text = sensor() + "8/17/2019 7:10,9,999\n"
    result = parsed(tmp_path, "x.csv", text)
    assert "1 moments stand twice" in said(result) and not result.complete
    assert at(result, "Toco 07", "2019-08-17T21", "pm25") == pytest.approx((sum(range(46)) - 10) / 45)


# ---- UCI, daily with weather ----


def test_uci_columns_and_strangers(tmp_path: Path) -> None:
    head = "No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,TEMP,PRES,DEWP,RAIN,wd,WSPM,station\n"
    rows = "".join(
        f"{h},2013,3,1,{h},4,4,4,7,300,77,-0.7,1023,-18.8,0,{w},4.4,T\n"
        for h, w in enumerate(("NNW", "XX", "NA"))
    )
    result = parsed(tmp_path, "p.csv", head + rows)
    assert (
        at(result, "T", "2013-03-01T00", "co") == np.float32(0.3)
        and at(result, "T", "2013-03-01T00", "wind_direction") == 337.5
    )
    assert "line 3 column wd: 'XX' is none of the 16 winds" in said(result)
    mg = "".join(f"{h},2013,3,1,{h % 24},4,4,4,7,0.3,77,-0.7,1023,-18.8,0,N,4.4,T\n" for h in range(24))
    with pytest.raises(FileRejected, match="cannot be µg/m³ as this data set has it"):
        parsed(tmp_path, "q.csv", head + mg)
    result = parsed(tmp_path, "r.csv", (head + rows).replace("WSPM", "WSPN"))
    assert "no column 'WSPM'; wind_speed is not taken" in said(result)
    with pytest.raises(FileRejected, match="no column 'hour'"):
        parsed(tmp_path, "s.csv", (head + rows).replace("hour", "h0ur"))


# ---- workbooks, format override ----


def test_other_layouts_in_a_workbook(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for line in (
        "date,hour,type,2691A,2692A",
        "20190105,0,PM2.5,20,21",
        "20190105,1,PM2.5,22,",
        "20190105,2,PM2.5,24,25",
    ):
        book.active.append([int(c) if c.isdigit() else c for c in line.split(",")])
    book.save(tmp_path / "a.xlsx")
    result = formats.parse(files.load(tmp_path / "a.xlsx"))
    assert result.format == "archive" and at(result, "2691A", "2019-01-05T02", "pm25") == 24


def test_formula_cells_are_text(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (
        ["station", "time", "PM2.5(µg/m³)"],
        ["A", "2019-01-05 01:00", "=1+1"],
        ["A", "2019-01-05 02:00", 5],
    ):
        book.active.append(row)
    book.save(tmp_path / "f.xlsx")
    result = formats.parse(files.load(tmp_path / "f.xlsx"))
    assert "line 2 column 3: is a formula without a stored result" in said(result)
    assert (
        np.isnan(at(result, "A", "2019-01-05T01", "pm25")) and at(result, "A", "2019-01-05T02", "pm25") == 5
    )
    text = "station,time,PM2.5(µg/m³)\nA,2019-01-05 01:00,\"=cmd|' /C calc'!A0\"\nA,2019-01-05 02:00,5\n=A,2019-01-05 03:00,@SUM(1)\n"
    result = parsed(tmp_path, "g.csv", text)
    assert "is not a number" in said(result) and np.isnan(at(result, "A", "2019-01-05T01", "pm25"))


def test_format_overrides_the_content(tmp_path: Path) -> None:
    text = "station,time,PM2.5(µg/m³)\nA,2019-01-05 01:00,5\n"
    assert parsed(tmp_path, "a.csv", text).format == "tidy"
    for name in formats.FORMATS:
        if (
            name == "sensor"
        ):  # an hourly table may be a sensor's: the user knows, and stamps then name beginnings
            assert at(parsed(tmp_path, "a.csv", text, format=name), "A", "2019-01-05T02", "pm25") == 5
        elif name != "tidy":
            with pytest.raises(AirqError) as refusal:
                parsed(tmp_path, "a.csv", text, format=name)
            assert "\n" not in str(refusal.value) and "a.csv" in str(refusal.value), name


def test_two_fields_of_one_name_give_neither(tmp_path: Path) -> None:
    record = {
        "stationcode": "2691A",
        "timepoint": "2023-01-05T14:00:00",
        "area": "昌吉州",
        "pm2_5": "50",
        "pm25": "60",
    }
    record |= {"pm10": "80", "so2": "5", "no2": "9", "co": "1", "o3": "65", "o3_24h": "40"}
    result = parsed(tmp_path, "a.json", json.dumps([record]))
    assert "record 1: has two fields 'pm25' with different values; neither is taken" in said(result)
    assert np.isnan(at(result, "2691A", "2023-01-05T14", "pm25")) and not result.complete
    assert at(result, "2691A", "2023-01-05T14", "pm10") == 80

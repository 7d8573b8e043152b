"""Every trap that the real observations are known to hold is found, by name, when the files are read."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq.observations import Archive, files, formats
from airq.observations import stations as station_table
from airq.observations.formats import Parsed
from airq.variables import FLAGS

pytestmark = pytest.mark.shared

CALIBRATION = "data/sensor_calibration"


def parsed(path: Path) -> Parsed:
    return formats.parse(files.load(path))


def said(result: Parsed) -> str:
    return "\n".join(i.sentence("f") for i in result.issues)


def series(result: Parsed, station: str, name: str) -> pd.Series:
    block = result.block
    return pd.Series(block.values[name][block.stations.index(station)], pd.DatetimeIndex(block.time))


@pytest.fixture(scope="module")
def year(shared: Path) -> Parsed:
    return parsed(shared / "data/cnemc_2019_xinjiang/china_sites_2019_xinjiang_wide.csv.gz")


@pytest.fixture(scope="module")
def archive(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = Archive(tmp_path_factory.mktemp("year") / "archive")
    report = archive.ingest([shared / "data/cnemc_2019_xinjiang/china_sites_2019_xinjiang_wide.csv.gz"])
    assert report.ok
    return archive


# ---- the national archive, 2019 ----


def test_absent_hours_and_the_missing_8_april_and_short_days(year: Parsed) -> None:
    text = said(year)
    hours = pd.DatetimeIndex(year.block.time)
    in_year = hours[(hours >= "2019-01-01 00:00") & (hours < "2020-01-01 00:00")]
    assert 8760 - len(in_year) in (293, 294), "293 of 8,760 hours are absent"
    assert "hours are absent" in text and "fewer than 20 hours" in text and "2019-04-08 (1 of 24)" in text
    assert not ((hours > "2019-04-08 00:00") & (hours < "2019-04-09 00:00")).any()
    counts = pd.Series(1, in_year).groupby(in_year.normalize()).size()
    assert (counts < 24).sum() == 53, "53 days are short"


def test_one_hour_of_23_august(shared: Path) -> None:
    day = parsed(shared / "data/cnemc_2019_xinjiang/raw_full_days/china_sites_20190823.csv.gz")
    assert [str(t)[:13] for t in day.block.time] == ["2019-08-23T08"]


def test_header_grows_and_a_code_stands_twice(shared: Path) -> None:
    folder = shared / "data/cnemc_2019_xinjiang/raw_full_days"
    before, after = (parsed(folder / f"china_sites_2019{d}.csv.gz") for d in ("0501", "0601"))
    widths = [
        gzip.decompress((folder / f"china_sites_2019{d}.csv.gz").read_bytes()).split(b"\n")[0].count(b",") + 1
        for d in ("0501", "0601")
    ]
    assert widths == [1608, 1644]
    assert len(before.block.stations) == 1605 and len(after.block.stations) == 1640
    assert "station 3207A stands 2 times in the header" in said(after)
    assert "stands 2 times" not in said(before)


def test_pm25_of_2711a_climbs_while_pm10_does_not(year: Parsed, archive: Archive) -> None:
    fine, coarse = series(year, "2711A", "pm25"), series(year, "2711A", "pm10")
    hours = pd.date_range("2019-05-01 10:00", "2019-05-01 13:00", freq="h")
    assert fine[hours].tolist() == [1036, 1251, 1486, 1491] and coarse["2019-05-01 14:00"] == 35
    ds = archive.load(stations=["2711A"], start="2019-05-01T10:00", end="2019-05-01T13:00")
    bits = ds["pm25_flag"].values[0]
    assert (bits & FLAGS["out_of_range"]).all()


def test_running_means_are_not_taken_so_a_contaminated_one_cannot_enter(year: Parsed, shared: Path) -> None:
    assert set(year.block.values) == {"pm25", "pm10", "so2", "no2", "co", "o3"}
    path = shared / "data/cnemc_2019_xinjiang/china_sites_2019_xinjiang_wide.csv.gz"
    frame = pd.read_csv(path, usecols=["date", "hour", "type", "2711A"])
    now = frame[(frame["date"] == 20190502) & (frame["hour"] == 4)].set_index("type")["2711A"]
    assert now["PM2.5"] == 40 and now["PM2.5_24h"] == 787, "the 24-h field is contaminated"


def test_pm25_above_pm10_in_1_to_24_percent_of_pairs(archive: Archive) -> None:
    ds = archive.load(start="2019", end="2019")
    both = np.isfinite(ds["pm25"].values) & np.isfinite(ds["pm10"].values)
    above = ((ds["pm25_flag"].values & FLAGS["pm25_above_pm10"]) > 0) & both
    share = above.sum(axis=1)[both.sum(axis=1) > 1000] / both.sum(axis=1)[both.sum(axis=1) > 1000]
    assert 0 < share.min() < 0.02 and 0.2 < share.max() < 0.3


def test_stuck_runs_at_2692a(archive: Archive) -> None:
    ds = archive.load(stations=["2692A"], start="2019", end="2019")
    longest = 0
    for name in ("pm25", "pm10", "no2", "o3", "so2", "co"):
        hit = (ds[f"{name}_flag"].values[0] & FLAGS["stuck"]) > 0
        runs = np.diff(np.flatnonzero(np.diff(np.r_[0, hit.astype(int), 0])))[::2]
        longest = max(longest, int(runs.max()) if len(runs) else 0)
    assert longest >= 27


def test_1495a_is_empty_and_there_are_no_zeros_or_negatives(year: Parsed) -> None:
    assert "stations have no value: 1495A" in said(year)
    for values in year.block.values.values():
        assert np.nanmin(values) > 0


def test_means_of_2019(year: Parsed) -> None:
    for station, mean in {"2691A": 69.7, "2692A": 47.7, "2711A": 66.0, "2690A": 10.5, "1496A": 74.5}.items():
        assert float(series(year, station, "pm25").mean()) == pytest.approx(mean, abs=0.15)


# ---- station lists ----


def test_positions_move_between_lists(shared: Path) -> None:
    folder = shared / "data/cnemc_stations"
    old, mid, new = (
        station_table.load(folder / f).set_index("station")
        for f in (
            "PM2.5-GNN_station_info.csv",
            "StationList-2020.01.01.csv",
            "xinjiang_north_from_2022-02-13_list.csv",
        )
    )
    for code in ("2690A", "1496A"):
        places = {(float(t.loc[code, "lat"]), float(t.loc[code, "lon"])) for t in (old, mid, new)}
        assert len(places) > 1, code
    assert "2691A" in mid.index and "3613A" not in mid.index and "3613A" in new.index
    blank = sum("has no position" in s for t in (old, mid, new) for s in station_table.check(t.reset_index()))
    assert blank >= 13, "13 stations without coordinates are named"
    text = (folder / "StationList-2020.01.01.csv").read_text(encoding="utf-8-sig")
    codes = [line.split(",")[0] for line in text.splitlines()[1:] if line.split(",")[0]]
    assert len(codes) - len(set(codes)) == 1 and codes.count("3207A") == 2 and mid.index.is_unique


# ---- the raw feed ----


def test_ozone_labels_of_the_feed_are_swapped_in_both_syntaxes(shared: Path) -> None:
    folder = shared / "data/cnemc_snapshots"
    xml = parsed(folder / "cnemc_wcf_20190718_changji_region.xml")
    assert xml.format == "feed" and "are swapped against the archive, as 10 of 10 records prove" in said(xml)
    assert series(xml, "1490A", "o3").iloc[0] == 99, "labelled O3_24h in the feed"
    assert np.isnan(series(xml, "1491A", "pm10").iloc[0]), "&mdash; is missing"
    assert str(xml.block.time[0])[:13] == "2019-07-18T14"
    geo = parsed(folder / "airnow_20180220T07_xinjiang.geojson")
    assert "39 of 39 records prove" in said(geo)
    assert np.isnan(series(geo, "1490A", "pm10").iloc[0]) and np.isnan(series(geo, "1490A", "o3").iloc[0]), (
        "-; is missing"
    )
    assert series(geo, "1491A", "o3").iloc[0] == 27
    assert xml.about["1490A"]["lat"] == 43.8303 and geo.about["1490A"]["place"] == "urumqi"


def test_undone_swap_agrees_with_the_archive(shared: Path, year: Parsed) -> None:
    xml = parsed(shared / "data/cnemc_snapshots/cnemc_wcf_20190718_changji_region.xml")
    compared = 0
    for code in xml.block.stations:
        if code not in year.block.stations:
            continue
        for name in ("pm25", "so2", "no2", "co", "o3"):
            a = series(xml, code, name).iloc[0]
            b = series(year, code, name).get(pd.Timestamp("2019-07-18 14:00"), np.nan)
            if np.isfinite(a) and np.isfinite(b):
                compared += 1
                assert a == pytest.approx(b), (code, name)
    assert compared > 30


# ---- pm25.in ----


def test_pm25in_repeats_skips_and_empty_rows(shared: Path) -> None:
    folder = shared / "data/pm25in_hourly_2020"
    for name, stations in (("昌吉州_20200326_0402.csv", 3), ("乌鲁木齐_20200326_0402.csv", 8)):
        result = parsed(folder / name)
        text = said(result)
        assert result.format == "pm25in" and len(result.block.stations) == stations and result.complete
        assert "rows repeat a station and time" in text
        assert "hours are absent" in text
        assert "rows have no value at all" in text
        assert "station names are stored under their codes" in text
        assert all(c[:4].isdigit() for c in result.block.stations)
    changji = parsed(folder / "昌吉州_20200326_0402.csv")
    assert series(changji, "2690A", "pm25")["2020-03-26 18:00"] == 10
    # A cell that goes over five lines, as the crawl has it for two primary pollutants, is one cell.
    assert series(changji, "2691A", "pm25")["2020-03-31 15:00"] == 40


# ---- daily city files ----


def test_zeros_and_units_of_aqistudy(shared: Path) -> None:
    path = shared / "data/city_daily_2014_2017/昌吉州.csv"
    assert path.read_bytes()[:3] == b"\xef\xbb\xbf"
    result = parsed(path)
    assert result.frequency == "daily" and result.block.stations == ["昌吉州"], (
        "no byte-order mark in the name"
    )
    assert "recognised as aqistudy daily" in said(result) and "AQI, level and rank are not stored" in said(
        result
    )
    assert min(np.nanmin(v) for v in result.block.values.values()) > 0
    text = path.read_text(encoding="utf-8-sig").replace("200.8,334.4", "0,334.4")
    zero = formats.parse(files.RawFile(Path("昌吉州.csv"), text.encode(), "text", "", False, files.Issues()))
    assert "zeros of pm25 stand for missing values" in said(zero)


def test_order_duplicates_and_gaps_of_tianqihoubao(shared: Path) -> None:
    result = parsed(shared / "data/city_daily_2013_2019/wulumuqi.csv")
    text = said(result)
    assert "4 rows repeat a station and time" in text and "of 2,235 days are absent" in text
    assert "recognised as tianqihoubao daily" in text
    assert (np.diff(result.block.time) > np.timedelta64(0)).all(), "newest month first in the file"


def test_co_in_micrograms_and_mountain_weather(shared: Path) -> None:
    folder = shared / "data/city_daily_met_2014_2021"
    urumqi = parsed(folder / "urumqi.csv.gz")
    text = said(urumqi)
    assert urumqi.format == "city-met" and urumqi.block.stations == ["urumqi"]
    assert "CO is converted from µg/m³" in text and 1.0 < np.nanmean(urumqi.block.values["co"]) < 1.5
    assert "about 1.9 km above the sea (808 hPa)" in text
    assert "mountain" not in said(parsed(folder / "beijing.csv.gz"))


# ---- UCI ----


def test_uci_units_cap_letters_and_ratio(shared: Path) -> None:
    folder = shared / "data/uci_beijing"
    result = parsed(folder / "PRSA_Data_Wanshouxigong_20130301-20170228.csv.gz")
    text = said(result)
    assert result.format == "uci-beijing" and "CO is converted from µg/m³" in text
    assert 1.0 < np.nanmean(result.block.values["co"]) < 1.6
    fine = result.block.values["pm25"]
    at = fine == 999
    assert at.sum() == 1 and "1 values of pm25 are 999, the top of the instrument's range" in text
    assert (result.block.flags["pm25"][at] & FLAGS["out_of_range"]).all()
    coarse = result.block.values["pm10"]
    both = np.isfinite(fine) & np.isfinite(coarse)
    assert 0.03 < (fine > coarse)[both].mean() < 0.08
    wind = result.block.values["wind_direction"]
    assert set(np.unique(wind[np.isfinite(wind)])) == {22.5 * k for k in range(16)}
    assert {"temperature", "pressure", "dew_point", "precipitation", "wind_speed"} <= set(result.block.values)
    assert "ends of hours in Beijing time [M]" in text and str(result.block.time[0])[:13] == "2013-03-01T00"


# ---- low-cost sensors and their reference ----


def test_sensor_preamble_zone_and_hourly_coverage(shared: Path) -> None:
    path = shared / CALIBRATION / "toco_toucan_RT01_raw.csv.gz"
    raw = gzip.decompress(path.read_bytes())
    assert raw[:3] == b"\xef\xbb\xbf" and raw.split(b"\n")[6].startswith(b"Time,")
    result = parsed(path)
    text = said(result)
    assert result.format == "sensor" and result.block.stations == ["Ramphastos Toco 01"]
    assert result.about["Ramphastos Toco 01"]["network"] == "micro"
    assert "UTC-05:00" in text and "less than 45 minutes" in text
    frame = pd.read_csv(io.BytesIO(raw), skiprows=6, encoding="utf-8-sig")
    stamp = pd.to_datetime(frame["Time"], format="%m/%d/%Y %H:%M")
    hour = frame.loc[stamp.dt.floor("h") == "2019-08-01 12:00", "PM2.5 (µg/m³)"]
    # 12-13 h Eastern Standard Time ends at 13 + 5 + 8 = 02 h Beijing time of the next day.
    assert series(result, "Ramphastos Toco 01", "pm25")["2019-08-02 02:00"] == pytest.approx(
        hour.mean(), rel=1e-6
    )
    assert (
        np.isnan(series(result, "Ramphastos Toco 01", "no2")["2019-08-01 21:00"]) or stamp.iloc[0].minute < 16
    )
    assert np.nanmin(result.block.values["no2"]) < 0, "negative readings are kept"


def test_reference_in_long_form_with_codes_and_negatives(shared: Path) -> None:
    path = shared / CALIBRATION / "airnowtech_example_reference_data.csv"
    result = parsed(path)
    text = said(result)
    assert (
        result.format == "airnow"
        and "6 values carry a QC code of the source by which they are invalid (9)" in text
    )
    frame = pd.read_csv(path)
    good = frame[(frame["Param"] == "PM2.5-88101") & (frame["QC Code"] == 0)]
    assert np.isfinite(result.block.values["pm25"]).sum() == len(good)
    first = frame[frame["Param"] == "NO2"].iloc[0]
    assert (first["Date (UTC)"], first["Time (UTC)"]) == ("8/1/2019", "5:00")
    # 05-06 h UTC ends at 14 h Beijing time; 3 ppb of NO2 at 298.15 K are 5.64 µg/m³.
    assert series(result, "370630099", "no2")["2019-08-01 14:00"] == pytest.approx(5.6415, abs=1e-3)
    assert float(np.nanmin(result.block.values["no2"])) >= 0, "the negative values carry code 9"
    assert {"temperature", "relative_humidity"} <= set(result.block.values)


def test_sensor_and_reference_share_the_hours(shared: Path) -> None:
    sensor = parsed(shared / CALIBRATION / "toco_toucan_RT01_raw.csv.gz")
    reference = parsed(shared / CALIBRATION / "airnowtech_example_reference_data.csv")
    a = series(sensor, "Ramphastos Toco 01", "temperature")
    b = series(reference, "370630099", "temperature")
    correlation = {k: a.corr(b.shift(k)) for k in (-2, -1, 0, 1, 2)}
    assert max(correlation, key=lambda k: correlation[k]) == 0, correlation


def test_openair_data_state_no_unit(shared: Path) -> None:
    result = parsed(shared / "data/openair/mydata.csv.gz")
    assert "no unit is stated for" in said(result) and result.block.stations == ["mydata"]
    assert "nox" in said(result)

"""``airq ingest --describe``: what it prints, and that the map it proposes reads the table it was made for."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import yaml

from airq.cli import describing
from airq.errors import AirqError
from airq.observations import Archive, read

HOURS = range(24)
Expected = dict[tuple[str, str, str], float]
"""Station, time and variable to the value that must be stored."""


def rows(template: Callable[[int], str]) -> str:
    return "".join(template(h) + "\n" for h in HOURS)


def book(path: Path, lines: Sequence[Sequence[Any]], merged: Sequence[str] = ()) -> Path:
    made = openpyxl.Workbook()
    for line in lines:
        made.active.append(list(line))
    for cells in merged:
        made.active.merge_cells(cells)
    made.save(path)
    return path


def chinese(folder: Path) -> tuple[Path, Expected]:
    path = folder / "表 1.csv"
    head = "某省环境监测数据导出,,,,,,\n点位,采样时刻,PM2_5浓度(ug/m3),可吸入颗粒物浓度,SO2浓度(ug/m3),co_conc,备注\n"
    text = head + rows(lambda h: f"甲,2024/1/5 {h}:00,{50 + h},{80 + h},9,{900 + h},ok")
    path.write_bytes(text.encode("gb18030"))
    return path, {("甲", "2024-01-05T05", "pm25"): 55, ("甲", "2024-01-05T05", "co"): 0.905}


def two_heading_lines(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    head = "站点,时间,细颗粒物,一氧化碳\nsite,time,PM2.5,CO\n"
    path.write_text(head + rows(lambda h: f"甲,2024-01-05 {h:02d}:00,{50 + h},0.{h + 10}"))
    return path, {("甲", "2024-01-05T07", "pm25"): 57, ("甲", "2024-01-05T07", "co"): 0.17}


def units_row(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    head = "测点,监测日期,小时,PM2.5,CO\n,,,mg/m3,μg/m3\n"
    path.write_text(head + rows(lambda h: f"甲,2024-01-05,{h},0.05{h:02d},{900 + h}"))
    return path, {("甲", "2024-01-05T07", "pm25"): 50.7, ("甲", "2024-01-05T07", "co"): 0.907}


def decimal_commas(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    head = "Station;Datum;Uhrzeit;PM2,5 [µg/m³];PM10 [µg/m³]\n"
    text = head + rows(lambda h: f"S1;05.01.2024;{h:02d}:00;{50 + h},5;1.{200 + h},25")
    path.write_bytes(text.encode("cp1252"))
    return path, {("S1", "2024-01-05T03", "pm25"): 53.5, ("S1", "2024-01-05T03", "pm10"): 1203.25}


def title_rows(folder: Path) -> tuple[Path, Expected]:
    lines: list[list[Any]] = [
        ["昌吉州空气质量小时数据"],
        ["单位：μg/m³ (CO为mg/m³)", "", "", "制表：监测站"],
        [],
    ]
    lines += [["点位名", "监测时间", "PM2.5浓度", "CO浓度"]]
    lines += [["甲", dt.datetime(2024, 1, 5, h), 50 + h, 0.5] for h in HOURS]
    return book(folder / "a.xlsx", lines, ["A1:D1"]), {("甲", "2024-01-05T23", "pm25"): 73}


def merged_cells(folder: Path) -> tuple[Path, Expected]:
    lines: list[list[Any]] = [["昌吉州空气质量"], ["站点名", "日期", "小时", "PM2.5浓度"]]
    for start, name in ((0, "甲"), (100, "乙")):
        lines += [[name if h == 0 else None, dt.date(2024, 1, 5) if h == 0 else None, h, 50 + h + start] for h in HOURS]  # fmt: skip
    path = book(folder / "a.xlsx", lines, ["A1:D1", "A3:A26", "B3:B26", "A27:A50", "B27:B50"])
    return path, {("甲", "2024-01-05T23", "pm25"): 73, ("乙", "2024-01-05T23", "pm25"): 173}


def merged_as_text(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    body = "".join(
        rows(lambda h: f"{n if h == 0 else ''},{'2024-01-05' if h == 0 else ''},{h},{b + h}")  # noqa: B023
        for n, b in (("甲", 50), ("乙", 150))
    )
    path.write_text("站点名,日期,小时,PM2.5浓度\n" + body)
    return path, {("甲", "2024-01-05T23", "pm25"): 73, ("乙", "2024-01-05T23", "pm25"): 173}


def split_date(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    head = "昌吉市2024年1月空气质量\n月,日,时,测站名,PM2.5浓度\n"
    path.write_text(head + rows(lambda h: f"1,5,{h},甲,{50 + h}"))
    return path, {("甲", "2024-01-05T09", "pm25"): 59}


def stations_across(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    head = "PM10小时值（单位：mg/m³）,,,\n时间,天山天池,站点2,平均\n"
    path.write_text(head + rows(lambda h: f"2024-01-05 {h:02d}:00,0.0{50 + h},0.0{40 + h},0.045"))
    return path, {("2690A", "2024-01-05T01", "pm10"): 51, ("站点2", "2024-01-05T01", "pm10"): 41}


def stations_across_named_by_the_file(folder: Path) -> tuple[Path, Expected]:
    path = folder / "PM2.5_2024.csv"
    path.write_text("time,站点1,站点2\n" + rows(lambda h: f"2024-01-05 {h:02d}:00,{50 + h},{40 + h}"))
    return path, {("站点1", "2024-01-05T01", "pm25"): 51, ("站点2", "2024-01-05T01", "pm25"): 41}


def two_levels(folder: Path) -> tuple[Path, Expected]:
    lines: list[list[Any]] = [["月报"], ["监测时间", "站点1", None, "站点2", None]]
    lines += [[None, "PM2.5", "CO", "PM2.5", "CO"], [None, "μg/m³", "mg/m³", "μg/m³", "mg/m³"]]
    lines += [[dt.datetime(2024, 1, 5, h), 50 + h, 0.9, 60 + h, 0.8] for h in HOURS]
    path = book(folder / "a.xlsx", lines, ["A1:E1", "A2:A4", "B2:C2", "D2:E2"])
    return path, {("站点1", "2024-01-05T02", "pm25"): 52, ("站点2", "2024-01-05T02", "co"): 0.8}


def levels_the_other_way(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    head = "时间,PM2.5,,SO2,\n,站点1,站点2,站点1,站点2\n"
    path.write_text(head + rows(lambda h: f"2024-01-05 {h:02d}:00,{50 + h},{40 + h},9,7"))
    return path, {("站点1", "2024-01-05T02", "pm25"): 52, ("站点2", "2024-01-05T02", "so2"): 7}


def station_and_variable_in_one_heading(folder: Path) -> tuple[Path, Expected]:
    path = folder / "20240105.csv"
    path.write_text("小时,站点1_PM2.5,站点2_PM2.5\n" + rows(lambda h: f"{h},{50 + h},{40 + h}"))
    return path, {("站点1", "2024-01-05T02", "pm25"): 52, ("站点2", "2024-01-05T02", "pm25"): 42}


def day_in_the_title(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    head = "2024年1月5日PM2.5小时浓度,,\n小时,甲站,乙站\n"
    path.write_text(head + rows(lambda h: f"{h},{50 + h},{40 + h}"))
    return path, {("甲站", "2024-01-05T02", "pm25"): 52, ("乙站", "2024-01-05T02", "pm25"): 42}


def hours_across(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    head = "站点,日期,项目," + ",".join(f"{h}时" for h in range(1, 25)) + "\n"
    body = "".join(
        f"甲,2024-01-{d:02d},{k}," + ",".join(str(b + h) for h in HOURS) + "\n"
        for d in (5, 6, 7)
        for k, b in (("PM2.5", 50), ("SO2", 5))
    )
    path.write_text(head + body)
    return path, {("甲", "2024-01-05T01", "pm25"): 50, ("甲", "2024-01-08T00", "so2"): 28}


def american(folder: Path) -> tuple[Path, Expected]:
    path = folder / "a.csv"
    body = "".join(f"A,1/{d}/2024,{h}:00,{10 * d + h}\n" for d in (5, 6, 7) for h in HOURS)
    path.write_text("Site Name,Date,Time,PM2.5 Conc (ug/m3)\n" + body)
    return path, {("A", "2024-01-06T03", "pm25"): 63}


def daily_workbook(folder: Path) -> tuple[Path, Expected]:
    lines: list[list[Any]] = [["2024年1月日报"], ["日期", "昌吉市", None, "阜康市", None]]
    lines += [[None, "PM2.5日均", "O3_8h", "PM2.5日均", "O3_8h"]]
    lines += [[dt.date(2024, 1, d), 50 + d, 40, 60 + d, 45] for d in range(1, 32)]
    path = book(folder / "a.xlsx", lines, ["B2:C2", "D2:E2", "A2:A3"])
    return path, {("昌吉市", "2024-01-31", "pm25"): 81, ("阜康市", "2024-01-31", "o3"): 45}


TABLES = [
    chinese, two_heading_lines, units_row, decimal_commas, title_rows, merged_cells, merged_as_text, split_date,
    stations_across, stations_across_named_by_the_file, two_levels, levels_the_other_way,
    station_and_variable_in_one_heading, day_in_the_title, hours_across, american, daily_workbook,
]  # fmt: skip


@pytest.mark.parametrize("make", TABLES, ids=lambda f: f.__name__)
def test_the_proposed_map_reads_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], tuple[Path, Expected]]
) -> None:
    path, expected = make(tmp_path)
    assert describing.show(path, as_json=False) == 0
    text = capsys.readouterr().out
    assert "# with this map: " in text and "# next: airq ingest --describe" in text
    plan = tmp_path / "map.yaml"
    plan.write_text(text)
    report = Archive(tmp_path / "archive").ingest(path, columns=plan)
    assert report.ok and report.files[0].new > 20, report.files[0].sentences
    ds = read(path, columns=plan)
    axis = "day" if "day" in ds.dims else "time"
    for (station, time, name), value in expected.items():
        got = ds[name].sel(station=station, **{axis: np.datetime64(time, "ns")})
        assert float(got) == pytest.approx(value, rel=1e-5), (station, time, name)


def test_what_is_known_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "known file.csv"
    path.write_text("station,time,PM2.5(µg/m³)\n" + rows(lambda h: f"2691A,2024-01-05 {h:02d}:00,{50 + h}"))
    assert describing.show(path, as_json=False) == 0
    text = capsys.readouterr().out
    assert (
        "tidy layout, hourly, kept as observations" in text and "2024-01-05 00:00 … 2024-01-05 23:00" in text
    )
    assert "24 hours with a value" in text and "changji" in text and f"Next: airq ingest '{path}'" in text
    assert describing.show(path, as_json=True) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["recognised"] == "tidy" and out["kind"] == "observations"
    assert out["variables"] == [
        {"variable": "pm25", "units": "µg/m³", "values": 24, "share": 1.0, "lowest": 50.0, "median": 61.5, "highest": 73.0}
    ]  # fmt: skip
    assert out["stations"][0]["place"] == "changji" and out["stations"][0]["known"]


def test_a_loss_is_told_before_the_file_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    text = "station,time,PM2.5\n" + rows(lambda h: f"2691A,2024-01-05 {h:02d}:00,{50 + h}")
    path.write_text(text.replace(",55\n", ",bad\n"))
    assert describing.show(path, as_json=False) == 1
    assert "line 7 column PM2.5: 'bad' is not a number" in capsys.readouterr().out
    weather = tmp_path / "514630-99999-2019"
    weather.write_text(f"2019 01 01 00   -22   -50{' -9999' * 6}\n")
    assert describing.show(weather, as_json=False) == 0
    assert "isd-lite layout, hourly, kept as weather" in capsys.readouterr().out


def test_a_table_that_names_no_pollutant_waits_for_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,站点1,站点2\n" + rows(lambda h: f"2024-01-05 {h:02d}:00,{50 + h},{40 + h}"))
    assert describing.show(path, as_json=True) == 1
    out = json.loads(capsys.readouterr().out)
    assert out["recognised"] is None and out["map"]["across"] == "stations" and out["trial"] is None
    assert "does not say of which pollutant" in out["refusal"]
    plan = tmp_path / "map.yaml"
    plan.write_text(out["yaml"].replace("# pollutant: pm25", "pollutant: pm10"))
    assert yaml.safe_load(plan.read_text())["pollutant"] == "pm10"
    assert read(path, columns=plan)["pm10"].sizes == {"station": 2, "time": 24}


def test_odd_characters_leave_the_proposal_readable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    head = '点"位\\,采样\x15时刻,PM2_5,备\x7f注\n'
    path.write_text(head + rows(lambda h: f"甲,2024-01-05 {h:02d}:00,{50 + h},x\x15y"))
    describing.show(path, as_json=False)
    plan = tmp_path / "map.yaml"
    plan.write_text(capsys.readouterr().out)
    entries = yaml.safe_load(plan.read_text())
    assert entries["time"] == "采样\x15时刻"
    assert read(path, columns=plan).sizes["time"] == 24


def test_damaged_tables_are_described_or_refused(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("airq_mutations_here", root / "benchmarks" / "mutations.py")
    assert spec is not None and spec.loader is not None
    mutations = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = mutations
    spec.loader.exec_module(mutations)
    rng = np.random.default_rng(3)
    made = [chinese(tmp_path)[0], two_levels(tmp_path)[0], hours_across(tmp_path)[0]]
    samples = [mutations.Sample(p.name, p.name, p.read_bytes()) for p in made]
    samples += [mutations.tidy_wide(rng), mutations.sensor(rng), mutations.uci(rng)]
    outcomes = set()
    for k in range(42):
        sample = samples[k % len(samples)]
        mutate = list(mutations.MUTATIONS.values())[k % len(mutations.MUTATIONS)][0]
        if (changed := mutate(sample, rng)) is None:
            continue
        path = tmp_path / sample.file
        path.write_bytes(changed[0])
        try:
            outcomes.add(describing.show(path, as_json=bool(k % 2)))
        except AirqError as refusal:
            assert "\n" not in str(refusal) and str(path) in str(refusal)
            outcomes.add("refused")
    assert {0, 1, "refused"} == outcomes


def test_what_no_map_can_help_is_refused(tmp_path: Path) -> None:
    for name, text in (("a.json", '{"a": 1}'), ("a.csv", "1,2,3\n4,5,6\n"), ("a.xml", "<a/>")):
        (tmp_path / name).write_text(text)
        with pytest.raises(AirqError) as refusal:
            describing.show(tmp_path / name, as_json=False)
        assert name in str(refusal.value) and "\n" not in str(refusal.value)
    with pytest.raises(AirqError, match=r"cannot be read|no such file"):
        describing.show(tmp_path / "absent.csv", as_json=False)


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ("across: [stations]", "'across' is not a text"),
        ("across: sideways", "across 'sideways' is not stations or hours or"),
        ("across: stations", "does not say of which pollutant"),
        ("{across: stations, pollutant: dust}", "variable 'dust' is not known"),
        ("header_lines: two", "'header_lines' is not a whole number"),
        ("header_lines: 9", "header_lines 9 is not 1, 2 or 3"),
        ("fill_down: 站点", "'fill_down' is not a list of headings"),
        ("{fill_down: [x], time: time}", "the file has no column 'x'"),
        ("decimal: ;", "decimal ';' is not . or ,"),
        ("day_first: maybe", "'day_first' is not true or false"),
        ("{across: hours, pollutant: pm25, time_zone: Europe/Berlin, date: time}", "not the hours of a day"),
        ("{across: stations variables}", "no column stands for a station"),
    ],
)
def test_wrong_entries_of_a_map_are_told_in_one_sentence(tmp_path: Path, entries: str, text: str) -> None:
    path, plan = tmp_path / "a.csv", tmp_path / "map.yaml"
    path.write_text("time,A,B\n2024-01-05 01:00,5,6\n2024-01-05 02:00,5,6\n")
    plan.write_text(entries)
    with pytest.raises(AirqError) as refusal:
        read(path, columns=plan)
    assert text in str(refusal.value) and "\n" not in str(refusal.value)

"""The proposed column map of an unknown table is one that reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from airq.errors import FileRejected
from airq.observations import files, formats, read
from airq.observations.formats.describing import guess_variable


def propose(path: Path) -> tuple[dict[str, object], str]:
    text = formats.describe(path)
    return yaml.safe_load(text) or {}, text


def test_wide_table_with_unusual_headings(tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    path.write_text(
        "某省环境监测数据导出,,,,,,\n"
        "点位,采样时刻,PM2_5_ugm3,可吸入颗粒物浓度,SO2浓度(ug/m3),co_conc,备注\n"
        + "".join(f"甲,2024/1/5 {h}:00,{50 + h},{80 + h},9,{900 + h},ok\n" for h in range(24))
    )
    plan, text = propose(path)
    assert plan["station"] == "点位" and plan["time"] == "采样时刻" and plan["label"] == "end"
    assert plan["variables"] == {
        "pm25": "PM2_5_ugm3",
        "pm10": "可吸入颗粒物浓度",
        "so2": "SO2浓度(ug/m3)",
        "co": "co_conc",
    }
    assert plan["units"]["co"] == "µg/m3" and "cannot be mg/m³" in text, "by its magnitude"  # type: ignore[index]
    assert '# column "备注": text such as ok; not used' in text
    path.write_text(path.read_text().split("\n", 1)[1])
    (tmp_path / "map.yaml").write_text(text)
    ds = read(path, columns=tmp_path / "map.yaml")
    assert ds.sizes == {"station": 1, "time": 24} and ds["co"].values[0, 0] == pytest.approx(0.9)


def test_separate_date_and_hour_and_a_workbook(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["站点编号X", "监测日期", "时次", "细颗粒物"])
    for h in range(24):
        book.active.append(["S1", "2024-01-05", h, 40 + h])
    book.save(tmp_path / "w.xlsx")
    plan, text = propose(tmp_path / "w.xlsx")
    assert plan["date"] == "监测日期" and plan["hour"] == "时次" and plan["station"] == "站点编号X"
    (tmp_path / "m.yaml").write_text(text)
    assert read(tmp_path / "w.xlsx", columns=tmp_path / "m.yaml").sizes["time"] == 24


def test_long_table(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("where,moment,what,how_much_value,in_unit\n" + "".join(
        f"S1,2024-01-05 {h:02d}:00,{k},{v},{u}\n" for h in range(12) for k, v, u in (("PM2.5", 50, "ug/m3"), ("CO", 1200, "ug/m3"))
    ))  # fmt: skip
    plan, text = propose(path)
    assert (plan["variable"], plan["value"], plan["unit"]) == ("what", "how_much_value", "in_unit")
    (tmp_path / "m.yaml").write_text(text)
    ds = read(path, columns=tmp_path / "m.yaml")
    assert ds["co"].values[0, 0] == pytest.approx(1.2) and ds["pm25"].values[0, 0] == 50


def test_known_layout_and_nothing_to_propose(tmp_path: Path) -> None:
    path = tmp_path / "k.csv"
    path.write_text("station,time,PM2.5\nA,2019-01-05 01:00,5\n")
    assert "airq recognises this file as 'tidy'" in formats.describe(path)
    path.write_text("alpha,beta\nfoo,bar\nfoo,baz\n")
    _, text = propose(path)
    assert "no column of times was found" in text and "no column of a pollutant was found" in text
    (tmp_path / "x.xml").write_text("<a/>")
    with pytest.raises(FileRejected, match="no table but XML"):
        formats.describe(tmp_path / "x.xml")
    path.write_text("1,2,3\n4,5,6\n")
    with pytest.raises(FileRejected, match="no line with headings"):
        formats.describe(path)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("PM2.5_24h", None), ("so2_24小时均值", None), ("O3滑动8小时", None), ("臭氧(O3)1小时浓度", "o3"),
        ("CO2", None), ("conc", None), ("NO2 [ppb]", "no2"), ("PM10.0_atm", "pm10"), ("相对湿度%", "relative_humidity"),
    ],
)  # fmt: skip
def test_guesses(heading: str, expected: str | None) -> None:
    found = guess_variable(heading)
    assert (found[0] if found else None) == expected


@pytest.mark.shared
def test_every_shared_table_can_be_described(shared: Path) -> None:
    for path in sorted((shared / "data").rglob("*.csv*")):
        try:
            text = formats.describe(path)
        except FileRejected as refusal:
            assert "\n" not in str(refusal)
        else:
            yaml.safe_load(text)
            assert files.RawFile and text.startswith("# proposed for")

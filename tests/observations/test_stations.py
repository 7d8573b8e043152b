"""Station lists in the layouts that are passed around."""

from __future__ import annotations

from pathlib import Path

import pytest

from airq.errors import AirqError
from airq.observations import stations


def test_list_with_chinese_headings_and_missing_positions(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(
        "监测点编码,监测点名称,城市,经度,纬度,对照点\n1A,甲,北京,116.4,39.9,N\n2A,乙,昌吉市,-,—,Y\n".encode(
            "gb18030"
        )
    )
    table = stations.load(path).set_index("station")
    assert table.loc["1A", "place"] == "北京" and table.loc["2A", "place"] == "changji"
    assert table.loc["2A", "role"] == "background" and table["lat"].isna().tolist() == [False, True]
    found = stations.findings(table.reset_index())
    assert [f.sentence.split(":")[0] for f in found if f.station] == ["1A", "2A"]
    assert {f.place for f in found if f.kind == "coverage"} >= {"changji", "hutubi"}, "none for evaluation"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,lat\nx,1\n", "line 1: no column with station codes"),
        ("station,lat\nA,1\nB,north\n", "line 3: lat 'north' is not a number"),
        ("", "is empty"),
    ],
)
def test_bad_lists(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(AirqError, match=said):
        stations.load(path)


def test_real_lists(shared: Path) -> None:
    for name in (
        "StationList-2020.01.01.csv",
        "PM2.5-GNN_station_info.csv",
        "xinjiang_north_from_2022-02-13_list.csv",
    ):
        table = stations.load(shared / "data/cnemc_stations" / name)
        assert table.set_index("station").loc["2711A", "place"] == "wujiaqu"

"""Daily city tables whose header does not fit its columns: undone where certain, else refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airq.errors import FileRejected
from airq.observations import files, formats
from airq.observations.formats import Parsed, city_header

HEAD = "日期,质量等级,AQI指数,当天AQI排名,PM2.5,PM10,So2,No2,Co,O3"


def rows(start: str = "2023-04-01", count: int = 120, swap: bool = False) -> list[list[str]]:
    """Days of a city with a consistent AQI; SO2 stays far below NO2."""
    from airq import standards

    rng = np.random.default_rng(3)
    out = []
    for k in range(count):
        pm25, o3 = int(rng.integers(15, 140)), int(rng.integers(40, 150))
        pm10 = int(pm25 * 1.5 + 20)
        index = max(
            int(standards.iaqi(n, v, averaging="24h", edition="2012"))
            for n, v in (("pm25", pm25), ("pm10", pm10), ("o3", o3))
        )
        level = city_header.LEVELS[int(np.searchsorted((50, 100, 150, 200, 300), index))]
        so2, no2 = int(rng.integers(4, 14)), int(rng.integers(25, 60))
        co = f"{0.4 + pm25 / 100:.2f}"
        nitrogen = (no2, so2) if swap else (so2, no2)
        day = str(np.datetime64(start) + k)
        out.append([day, level, str(index), str(int(rng.integers(1, 350))), str(pm25), str(pm10), str(nitrogen[0]), str(nitrogen[1]), co, str(o3)])  # fmt: skip
    return out


def parsed(folder: Path, head: str, body: list[list[str]]) -> Parsed:
    path = folder / "wulumuqi.csv"
    path.write_text("\n".join([head, *(",".join(r) for r in body)]) + "\n")
    return formats.parse(files.load(path))


def said(result: Parsed) -> str:
    return "\n".join(i.sentence("f") for i in result.issues)


def column(result: Parsed, name: str) -> list[float]:
    return [round(float(v), 2) for v in result.block.values[name][0][:3]]


def test_header_that_fits(tmp_path: Path) -> None:
    body = rows()
    for head in (HEAD, HEAD.replace("So2", "SO2(µg/m³)").replace("Co", "CO(mg/m³)")):
        result = parsed(tmp_path, head, body)
        assert result.format == "city-daily" and result.complete and "headings" not in said(result)
        assert column(result, "no2") == [float(r[7]) for r in body[:3]]
    # A row number without a heading is no fault, and columns may stand in any order with their headings.
    result = parsed(tmp_path, "," + HEAD, [[str(i), *r] for i, r in enumerate(body)])
    assert "headings" not in said(result) and column(result, "o3") == [float(r[9]) for r in body[:3]]
    order = [0, 2, 1, 9, 8, 7, 6, 5, 4, 3]
    moved = parsed(
        tmp_path, ",".join(HEAD.split(",")[k] for k in order), [[r[k] for k in order] for r in body]
    )
    assert column(moved, "co") == [float(r[8]) for r in body[:3]]


def test_nameless_rank_that_shifts_everything(tmp_path: Path) -> None:
    body = rows()
    head = HEAD.replace("当天AQI排名,", "")
    lost = parsed(tmp_path, head, [r[:-1] for r in body])  # the last pollutant fell off
    text = said(lost)
    assert "column 4 has no heading and moves those after it, undone; o3 has no column and is lost" in text
    assert not lost.complete and "o3" not in lost.block.values
    assert column(lost, "pm25") == [float(r[4]) for r in body[:3]] and column(lost, "co") == [
        float(r[8]) for r in body[:3]
    ]
    kept = parsed(tmp_path, head, body)  # one column more than headings: ozone is still there
    assert kept.complete and "undone" in said(kept)
    assert column(kept, "o3") == [float(r[9]) for r in body[:3]]


def test_exchanged_headings(tmp_path: Path) -> None:
    body = rows()
    particles = parsed(tmp_path, HEAD.replace("PM2.5,PM10", "PM10,PM2.5"), body)
    assert "'pm10' and 'pm25' stand in each other's place, undone" in said(particles)
    assert column(particles, "pm25") == [float(r[4]) for r in body[:3]]


def test_no2_and_so2_in_the_other_order(tmp_path: Path) -> None:
    summer = parsed(tmp_path, HEAD, rows(swap=True))
    assert "as in no city since 2013" in said(summer) and "undone [M]" in said(summer)
    assert column(summer, "no2") == column(parsed(tmp_path, HEAD, rows()), "no2")
    # In winter alone SO2 may really lie above NO2: nothing proves it, so nothing is taken.
    with pytest.raises(
        FileRejected, match=r"line 1: 'no2' lies below 'so2' on 100% of 60 days.*column map\.$"
    ):
        parsed(tmp_path, HEAD, rows("2022-12-01", 60, swap=True))
    # A header that contradicts the order of its site must show more than half a summer.
    both = [*rows("2022-11-01", 60), *rows("2023-01-10", 40, swap=True)]
    with pytest.raises(FileRejected, match="the numbers alone cannot tell"):
        parsed(tmp_path, HEAD.replace("So2,No2", "No2,So2"), both)


def test_co_where_another_gas_is_named(tmp_path: Path) -> None:
    body = rows()
    head = HEAD.replace("No2,Co", "Co,No2")
    try:
        result = parsed(tmp_path, head, body)
    except FileRejected as refusal:
        assert "no CO in mg/m³" in str(refusal) and "other orders of them would fit" in str(refusal)
    else:
        assert column(result, "co") == [float(r[8]) for r in body[:3]]


def test_hopeless_headers_are_refused_in_one_sentence(tmp_path: Path) -> None:
    body = rows()
    noise = [[r[0], r[1], r[2], r[3], r[9], r[8], r[5], r[4], r[7], r[6]] for r in body]
    with pytest.raises(FileRejected) as refusal:
        parsed(tmp_path, HEAD, noise)
    assert "the headings do not fit the columns" in str(refusal.value) and "\n" not in str(refusal.value)
    with pytest.raises(FileRejected, match="has 10 headings for 7 columns"):
        parsed(tmp_path, HEAD, [r[:7] for r in body])


@pytest.mark.shared
def test_headers_over_real_cities(shared: Path, tmp_path: Path) -> None:
    """Whatever the header says, a value is never stored under another pollutant's name.

    Beijing has the lowest SO2, Yinchuan, Taiyuan and Shijiazhuang have SO2 above NO2 in winter, Urumqi the most PM.
    """
    for city in ("beijing", "yinchuan", "taiyuan", "shijiazhuang", "wulumuqi"):
        path = shared / f"data/city_daily_2013_2019/{city}.csv"
        body = [line.split(",")[1:] for line in path.read_text().splitlines() if line.strip()]
        true = parsed(tmp_path, HEAD, body)
        assert "headings" not in said(true), path.name
        for head in (
            HEAD.replace("So2,No2", "No2,So2"),
            HEAD.replace("当天AQI排名,", ""),
            HEAD.replace("PM2.5,PM10", "PM10,PM2.5"),
            HEAD.replace("No2,Co", "Co,No2"),
            HEAD.replace("So2,No2,Co", "Co,So2,No2"),
        ):
            try:
                got = parsed(tmp_path, head, body)
            except FileRejected:
                continue
            for name, values in got.block.values.items():
                assert np.array_equal(values, true.block.values[name], equal_nan=True), (
                    path.name,
                    head,
                    name,
                )

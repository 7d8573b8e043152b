"""Periods, names and codes of the registry; files it is read from and written to; chains of stations."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from airq import dataset
from airq.errors import AirqError, FileRejected, MissingData, ParameterError
from airq.observations import ingest, stations
from airq.observations.stations import cells, validity

DAY0 = dt.date(2020, 1, 1)


def day(n: int) -> str:
    return (DAY0 + dt.timedelta(days=n)).isoformat()


def made(**columns: list[object]) -> pd.DataFrame:
    return stations.load(pd.DataFrame(columns))


MOVED = {
    "station": ["A", "B", "A"],
    "name_zh": ["新址", "乙", "旧址"],
    "lat": [44.1, 45.0, 44.0],
    "lon": [87.1, 88.0, 87.0],
    "valid_from": ["2020-03-01", "", ""],
    "valid_to": ["", "2021-12-31", "2020-02-29"],
}


# ---- periods ----


def test_rows_of_a_code_stand_together_in_order_of_time() -> None:
    table = made(**MOVED)
    assert table[["station", "name_zh"]].values.tolist() == [["A", "旧址"], ["A", "新址"], ["B", "乙"]]
    assert stations.current(table)["name_zh"].tolist() == ["新址", "乙"]


@pytest.mark.parametrize(
    ("when", "names"),
    [
        ("2020-02-29", ["旧址", "乙"]),
        ("2020-03-01", ["新址", "乙"]),
        (dt.date(2022, 1, 1), ["新址"]),
        (np.datetime64("2021-12-31T23:00"), ["新址", "乙"]),
        (pd.Timestamp("1999-01-01"), ["旧址", "乙"]),
        ("2020-03", ["新址", "乙"]),
    ],
)
def test_both_ends_of_a_period_belong_to_it(when: object, names: list[str]) -> None:
    assert stations.at(made(**MOVED), when)["name_zh"].tolist() == names  # type: ignore[arg-type]


def test_a_day_that_is_none_is_refused() -> None:
    for when in ("2020-02-30", "soon", ""):
        with pytest.raises(ParameterError, match="is no day"):
            stations.at(made(**MOVED), when)
    with pytest.raises(ParameterError, match="is no day"):
        stations.at(made(**MOVED), np.datetime64("NaT"))


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), min_size=1, max_size=5))
def test_at_agrees_with_counting_days(spans: list[tuple[int, int]]) -> None:
    frame = pd.DataFrame(
        {
            "station": ["A"] * len(spans),
            "note": [str(i) for i in range(len(spans))],
            "name_zh": [str(i) for i in range(len(spans))],
            "valid_from": [day(a) for a, _ in spans],
            "valid_to": [day(a + n) for a, n in spans],
        }
    )
    table = stations.load(frame)
    for d in range(-1, 38, 3):
        expected = {str(i) for i, (a, n) in enumerate(spans) if a <= d <= a + n}
        assert set(stations.at(table, day(d))["name_zh"]) == expected


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 8)), min_size=2, max_size=4, unique=True))
def test_overlaps_and_gaps_are_those_of_the_days(spans: list[tuple[int, int]]) -> None:
    table = pd.DataFrame(
        {
            "station": ["A"] * len(spans),
            "valid_from": [day(a) for a, _ in spans],
            "valid_to": [day(a + n) for a, n in spans],
        }
    )
    kinds = {f.kind for f in validity.periods(table)}
    count = [sum(a <= d <= a + n for a, n in spans) for d in range(30)]
    first, last = min(a for a, _ in spans), max(a + n for a, n in spans)
    assert ("overlap" in kinds) == (max(count) > 1)
    assert ("gap" in kinds) == (0 in count[first : last + 1])


def test_describe_gives_one_row_a_code_as_of_a_day() -> None:
    table = made(**MOVED)
    assert stations.describe(["B", "A", "Z"], table)["lat"].tolist()[:2] == [45.0, 44.1]
    assert stations.describe(["A"], table, on="2019-01-01")["name_zh"].tolist() == ["旧址"]
    late = stations.describe(["A", "B"], table, on="2023-01-01")
    assert late["name_zh"].tolist() == ["新址", ""] and np.isnan(late["lat"][1])
    assert stations.describe(["A", "A"], table)["station"].tolist() == ["A"]
    assert list(late.columns) == list(stations.COLUMNS)


def test_ingest_sees_the_latest_row_of_a_station_that_moved() -> None:
    rows = ingest.indexed(made(**MOVED))
    assert rows.index.is_unique and rows.loc["A", "lat"] == 44.1


# ---- reading ----


def test_remarks_in_names_become_dates_and_roles() -> None:
    table = made(
        code=["1A", "2A", "3A", "4A", "5A", "6A", "7A"],
        name=[
            "市监测中心(停运150702)",
            "老干部局（20190815启用）",
            "团泊洼(对照点)",
            "济民医院(对照点190815启用)",
            "监测站（原粮食局）",
            "安庆大学(191227更为评价点)",
            "某站(停运20190230)",
        ],
    ).set_index("station")
    assert table.loc["1A", ["name_zh", "valid_to"]].tolist() == ["市监测中心", "2015-07-02"]
    assert table.loc["2A", ["name_zh", "valid_from"]].tolist() == ["老干部局", "2019-08-15"]
    assert table["role"].tolist() == ["evaluation"] * 2 + ["background"] * 2 + ["evaluation"] * 3
    assert table.loc["4A", "valid_from"] == "2019-08-15"
    assert (
        table.loc["5A", "name_zh"] == "监测站（原粮食局）"
        and table.loc["7A", "name_zh"] == "某站(停运20190230)"
    )
    assert "团泊洼(对照点)" in table.loc["3A", "note"], "what the list says is kept"


def test_a_column_is_believed_before_the_name() -> None:
    table = made(code=["1A"], name=["湖(对照点)"], role=["N"])
    assert table.loc[0, "role"] == "evaluation" and table.loc[0, "name_zh"] == "湖"


def test_a_list_without_roles_takes_those_of_the_own_table() -> None:
    table = made(code=["2690A", "2692A"], name=["天山天池", "新区政务中心"], city=["昌吉州", "昌吉州"])
    assert table["role"].tolist() == ["background", "evaluation"]
    stated = made(code=["2690A"], role=["评价点"])
    assert stated["role"].tolist() == ["evaluation"], "a list that states it is believed, and checked"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_in_the_usual_encodings_and_delimiters(tmp_path: Path, encoding: str, mark: str) -> None:
    rows = [
        ["全国空气站点表"],
        ["监测点编码", "监测点名称", "城市", "经度(°)", "纬度(°)", "对照点", "停运日期"],
        ["２６９１Ａ", "州监测站", "昌吉州", "87.2997", "44.0114", "N", "2021年6月30日"],
        ["9Z", " 湖　边 ", "阜康", "88°07′24.96″", "43°53'18.96\"", "Y"],
    ]
    path = tmp_path / "站点 表.csv"
    path.write_bytes("\r\n".join(mark.join(r) for r in rows).encode(encoding))
    table = stations.load(path).set_index("station")
    assert table.loc["2691A", ["name_zh", "place", "lat", "valid_to"]].tolist() == ["州监测站", "changji-prefecture", 44.0114, "2021-06-30"]  # fmt: skip
    assert table.loc["9Z", ["name_zh", "place", "lat", "lon"]].tolist() == [
        "湖 边",
        "fukang",
        43.8886,
        88.1236,
    ]
    assert table.loc["9Z", "role"] == "background"


def test_workbook_with_a_title_numbers_and_dates(tmp_path: Path) -> None:
    book = Workbook()
    for row in (
        ["站点表", None, None, None, None],
        ["编码", "名称", "纬度", "经度", "启用"],
        [1001.0, "甲", 44.5, 87.5, dt.datetime(2020, 1, 1)],
        ["2A", "乙", None, None, None],
    ):
        book.active.append(row)
    path = tmp_path / "list.xlsx"
    book.save(path)
    table = stations.load(path)
    assert table[["station", "name_zh", "valid_from"]].values.tolist() == [["1001", "甲", "2020-01-01"], ["2A", "乙", ""]]  # fmt: skip
    assert table["lat"].tolist()[0] == 44.5 and np.isnan(table["lat"][1])
    assert stations.origin(table).where(1) == f"{path}: line 4"


def test_a_quoted_cell_over_two_lines_keeps_the_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('station,note,lat,lon\nA,"one\ntwo",44,87\nB,,north,87\n')
    with pytest.raises(FileRejected, match="line 4: lat 'north' is not a number"):
        stations.load(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,lat\nx,1\n", "line 1: no column with station codes among 'name, lat'"),
        ("station,lat\n", "no column with station codes"),
        ("station,lat\nA,1\nB,1,5\n", "line 3: has 3 cells where the heading has 2"),
        ("station,lat\nA,inf\n", "line 2: lat 'inf' is not a number"),
        ("station,lat\nA,44°70'\n", "line 2: lat '44°70'' is not a number"),
        ("station,valid_to\nA,2020-02-30\n", "line 2: valid_to '2020-02-30' is no date"),
        ("station,lat\nA\x07B,1\n", "is no code"),
        ('{"type": "FeatureCollection"}', "no table of stations"),
        ("<html><body>404", "web page"),
    ],
)
def test_bad_lists_are_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(AirqError) as caught:
        stations.load(path)
    assert said in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_row_that_repeats_another_is_kept_once_and_named() -> None:
    table = made(
        code=["1A", "2A", "1A"],
        name=["政府(190307启用)", "乙", "政府(20190308启用)"],
        lat=[32.3, 33.0, 32.3],
        lon=[118.3, 118.0, 118.3],
    )
    assert table["station"].tolist() == ["1A", "2A"] and table["valid_from"].tolist()[0] == "2019-03-07"
    said = [f for f in stations.findings(table) if f.kind == "duplicate"]
    assert len(said) == 1 and "lines 2 and 4" in said[0].sentence and "2019-03-08" in said[0].sentence


def test_the_same_content_in_two_periods_is_two_rows() -> None:
    table = made(station=["A", "A"], valid_from=["", "2021-01-01"], valid_to=["2019-12-31", ""])
    assert len(table) == 2


TEXTS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=12)


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(
            TEXTS, TEXTS, st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(["", "2020-01-01"])
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_loaded_is_written_and_loaded_back_unchanged(
    rows: list[tuple[str, str, float, float, str]],
) -> None:
    frame = pd.DataFrame(rows, columns=["name_zh", "note", "lat", "lon", "valid_from"])
    frame.insert(0, "station", [f"S{i}" for i in range(len(frame))])
    table = stations.load(frame)
    pd.testing.assert_frame_equal(stations.load(table), table)
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        pd.testing.assert_frame_equal(stations.load(stations.write(table, Path(folder) / "r.csv")), table)


def test_a_formula_is_written_as_text(tmp_path: Path) -> None:
    path = stations.write(made(station=["A"], name_zh=['=HYPERLINK("x")']), tmp_path / "new" / "r.csv")
    assert "'=HYPERLINK" in path.read_text(encoding="utf-8-sig")
    assert stations.load(path)["name_zh"].tolist() == ['=HYPERLINK("x")']


def test_write_refuses_its_inputs_and_other_formats(tmp_path: Path) -> None:
    path = stations.write(made(station=["A"]), tmp_path / "r.csv")
    with pytest.raises(ParameterError, match="one of the lists"):
        stations.write(made(station=["B"]), path, inputs=[path])
    with pytest.raises(ParameterError, match="written as CSV"):
        stations.write(made(station=["B"]), tmp_path / "r.xlsx")
    with pytest.raises(ParameterError, match="cannot be written"):
        stations.write(made(station=["B"]), path / "below.csv")
    assert stations.load(path)["station"].tolist() == ["A"] and sorted(
        p.name for p in tmp_path.iterdir()
    ) == ["r.csv"]


@pytest.mark.parametrize(
    ("text", "last", "expected"),
    [
        ("2020/2/3", False, "2020-02-03"),
        ("20200203", False, "2020-02-03"),
        ("2020-02-03 00:00:00", True, "2020-02-03"),
        ("2020年2月", True, "2020-02-29"),
        ("2020-13", True, None),
        ("０２-03-2020", True, None),
        ("—", True, ""),
    ],
)
def test_dates(text: str, last: bool, expected: str | None) -> None:
    assert cells.iso_date(text, last) == expected


# ---- chains ----


def test_lineage_follows_both_ways() -> None:
    table = made(station=["A", "B", "C", "D"], succeeds=["", "A", "B", ""])
    for code in ("A", "B", "C"):
        assert stations.lineage(code, table) == ("A", "B", "C")
    assert stations.lineage("D", table) == ("D",) and stations.lineage("Z", table) == ("Z",)


def test_lineage_refuses_a_circle_and_a_fork() -> None:
    with pytest.raises(ParameterError, match="in a circle"):
        stations.lineage("A", made(station=["A", "B"], succeeds=["B", "A"]))
    fork = made(station=["A", "B", "C"], succeeds=["", "A", "A"])
    with pytest.raises(ParameterError, match="succeeded by B and C"):
        stations.lineage("A", fork)
    assert stations.lineage("C", fork) == ("A", "C")


def test_own_table_knows_that_3613a_succeeds_2691a() -> None:
    assert stations.lineage("2691A") == ("2691A", "3613A")


def series(axis: str = "time") -> object:
    hours = pd.date_range("2020-12-31 22:00", periods=6, freq="h")
    values = [[1, 2, 3, 4, 5, 6], [np.nan, 20, 30, np.nan, 50, 60]]
    ds = dataset.build(
        pd.DataFrame({"station": ["old", "new"], "lat": [44.0, 45.0]}), hours, {"pm25": values}
    )
    return ds


def test_join_changes_over_with_the_first_value() -> None:
    out = stations.join(series(), ["old", "new"])  # type: ignore[arg-type]
    assert out["pm25"].values.tolist()[0][:3] == [1, 20, 30] and np.isnan(out["pm25"].values[0, 3])
    assert out["station"].values.tolist() == ["new"] and float(out["lat"][0]) == 45.0
    assert int(out["pm25_flag"].values[0, 3]) == 1
    assert out.attrs["joined"] == "old from 2020-12-31T22; new from 2020-12-31T23"


def test_join_changes_over_on_the_stated_day_whose_first_hour_ends_at_one() -> None:
    table = made(station=["old", "new"], succeeds=["", "old"], valid_from=["", "2021-01-01"])
    out = stations.join(series(), stations.lineage("new", table), table)  # type: ignore[arg-type]
    # Label 00 of 1 January closes 31 December and is still the old station's.
    assert out["pm25"].values[0].tolist()[:3] == [1, 2, 3] and np.isnan(out["pm25"].values[0, 3])
    assert out["pm25"].values[0].tolist()[4:] == [50, 60]


def test_join_needs_one_of_the_codes() -> None:
    with pytest.raises(MissingData, match="none of X, Y"):
        stations.join(series(), ["X", "Y"])  # type: ignore[arg-type]
    assert stations.join(series(), ["X", "old"])["pm25"].values[0].tolist() == [1, 2, 3, 4, 5, 6]  # type: ignore[arg-type]

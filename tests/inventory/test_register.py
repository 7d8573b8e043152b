"""The register: what is read, what is refused with row and column, what is counted."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from airq import inventory
from airq.errors import AirqError
from airq.inventory import schema, templates
from airq.inventory.register import Register, RegisterRejected, load

GOOD = {
    "measure_id": "a-1",
    "name_zh": "淘汰锅炉",
    "place": "昌吉市",
    "category": "boiler_coal",
    "technology_before": "boiler_lt65",
    "fuel": "coal",
    "count": "30",
    "count_unit": "台",
    "start": "2024",
    "end": "2024",
    "status": "done",
}


def write(
    path: Path, *rows: dict[str, str], encoding: str = "utf-8", heads: dict[str, str] | None = None
) -> Path:
    names = list(dict.fromkeys(k for r in rows for k in r))
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([(heads or {}).get(n, n) for n in names])
        writer.writerows([[r.get(n, "") for n in names] for r in rows])
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(RegisterRejected) as caught:
        load(path)
    assert isinstance(caught.value, AirqError)
    return [p.sentence for p in caught.value.problems]


@pytest.fixture(scope="module")
def own() -> Register:
    return load()


# ---- the project's own register ----


@pytest.mark.parametrize(
    ("category", "unit", "status", "total"),
    [
        ("boiler_coal", "台", "done", 688),
        ("vehicle_diesel", "辆", "done", 1729),
        ("home_heating", "户", "done", 132_000),
        ("kiln", "台", "done", 1402),
        ("industry_fugitive", "个", "done", 212),
        ("boiler_gas", "台", "done", 330),
        # 1,969 operating and, by the box of the field, 300 (not 80) non-operating
        ("vehicle_diesel", "辆", "planned", 1969 + 300),
        ("offroad", "辆", "planned", 100),
    ],
)
def test_totals_of_the_documents_without_double_count(
    own: Register, category: str, unit: str, status: str, total: float
) -> None:
    assert own.total(category, unit, status) == total


def test_planned_operating_trucks_and_coke_capacity_of_the_documents(own: Register) -> None:
    counts = own.counts().set_index("measure_id")
    assert counts.loc["15fyp-diesel-02", "count"] == 1969
    coke = counts[(counts["category"] == "coke_oven") & counts["capacity"].notna()]
    assert coke["capacity"].tolist() == [2_300_000] and coke["capacity_unit"].tolist() == ["t/yr"]


def test_nested_figures_are_kept_and_linked(own: Register) -> None:
    table = own.table.set_index("measure_id")
    for part, whole in (
        ("2023-boiler-01", "15fyp-boiler-01"),
        ("2023-fugitive-01", "15fyp-fugitive-01"),
        ("2023-diesel-01", "15fyp-diesel-01"),
    ):
        assert table.loc[part, "standing"] == f"contained in {whole}"
        assert part in own.counts().set_index("measure_id").loc[whole, "contains"]


def test_conflicts_are_kept_linked_and_decided_by_a_stated_rule(own: Register) -> None:
    table = own.table.set_index("measure_id")
    for used, kept in (("15fyp-diesel-03", "15fyp-diesel-05"), ("15fyp-offroad-02", "15fyp-offroad-04")):
        assert table.loc[used, "standing"] == "counted" and table.loc[used, "rule"]
        assert "kept, not counted" in table.loc[kept, "standing"] and table.loc[kept, "related_to"] == used


def test_done_and_planned_are_apart(own: Register) -> None:
    assert len(own.done()) + len(own.planned()) == len(own) >= 120
    assert set(own.planned().table["status"]) == {"planned"}


def test_result_shows_itself_and_is_light_to_import(own: Register) -> None:
    assert "<table" in own._repr_html_() and len(own.to_frame()) == len(own)
    assert inventory.load is load


# ---- reading ----


def test_chinese_headings_words_and_gbk_are_read(tmp_path: Path) -> None:
    heads = {"measure_id": "措施编号", "place": "县市", "category": "类别", "count": "数量", "count_unit": "单位", "status": "状态"}  # fmt: skip
    row = {"measure_id": "x-1", "place": "昌吉", "category": "农村清洁取暖", "count": "1.32", "count_unit": "万户", "status": "已完成"}  # fmt: skip
    row["place"] = "昌吉市"
    found = load(write(tmp_path / "登记.csv", row, encoding="gb18030", heads=heads)).table.iloc[0]
    assert (found["place"], found["category"], found["status"]) == ("changji", "home_heating", "done")
    assert (found["count"], found["count_unit"]) == (13200, "户")


@pytest.mark.parametrize("count", ["13.2万户", "132,000 户", "十三万二千户"])
def test_a_count_may_carry_its_unit(tmp_path: Path, count: str) -> None:
    row = {**GOOD, "category": "home_heating", "count": count, "count_unit": ""}
    assert load(write(tmp_path / "a.csv", row)).table["count"].tolist() == [132_000]


def test_a_title_above_the_heading_and_remarks_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", GOOD)
    path.write_text("昌吉市措施登记表\n\n" + path.read_text() + "# 备注\n")
    assert load(path).table["row"].tolist() == [4]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_template_filled_in_comes_back(tmp_path: Path, suffix: str) -> None:
    path = inventory.template(tmp_path / f"t{suffix}")
    with pytest.raises(AirqError, match="no measure"):
        load(path)
    if suffix == ".csv":
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].split(",") == list(schema.COLUMNS) and lines[1].startswith("# measure_id")
        row = ",".join(templates._EXAMPLE.get(c, "") for c in schema.COLUMNS)
        path.write_text("\n".join([*lines, row]), encoding="utf-8-sig")
    else:
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["measures", "example", "explanation"]
        book["measures"].append([c.value for c in book["example"][2]])
        book.save(path)
    found = load(path).table.iloc[0]
    assert found["count"] == 1200 and found["start"] == "2024-05" and found["technology_after"] == "electric"


def test_template_is_not_overwritten(tmp_path: Path) -> None:
    path = inventory.template(tmp_path / "t.csv")
    with pytest.raises(AirqError, match="is there already"):
        inventory.template(path)
    with pytest.raises(AirqError, match=r"end the name with .xlsx or .csv"):
        inventory.template(tmp_path / "t.ods")


def test_workbook_cells_are_read_as_a_person_reads_them(tmp_path: Path) -> None:
    import datetime as dt

    book = openpyxl.Workbook()
    sheet = book.active
    heads = [*GOOD, "efficiency"]
    sheet.append(heads)
    sheet.append(
        [{**GOOD, "count": 30.0, "start": dt.datetime(2024, 3, 5), "efficiency": 0.8}.get(h) for h in heads]
    )
    sheet.cell(2, heads.index("efficiency") + 1).number_format = "0%"
    book.save(tmp_path / "a.xlsx")
    found = load(tmp_path / "a.xlsx").table.iloc[0]
    assert (found["count"], found["start"], found["efficiency"]) == (30, "2024-03-05", 0.8)


# ---- refusals: one sentence with row and column ----


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"count_unit": ""}, "count_unit", "unit of '30' is missing"),
        ({"count_unit": "吨"}, "count_unit", "a mass and no count"),
        ({"count_unit": "户"}, "count_unit", "does not count coal boilers"),
        ({"count_unit": "台套"}, "count_unit", "not known"),
        ({"count": "-3"}, "count", "negative"),
        ({"count": "2.5"}, "count", "no whole number"),
        ({"count": "many"}, "count", "not a number"),
        ({"count": ""}, "count", "is empty although"),
        ({"capacity": "40"}, "capacity_unit", "unit of '40' is missing"),
        ({"capacity": "40", "capacity_unit": "台"}, "capacity_unit", "a count of 台 and no capacity"),
        ({"capacity": "40", "capacity_unit": "km"}, "capacity_unit", "no size of coal boilers"),
        ({"activity": "5", "activity_unit": "元"}, "activity_unit", "money and no activity"),
        ({"start": "2025", "end": "2024"}, "end", "before the start"),
        ({"end": "2024-13"}, "end", "does not exist"),
        ({"start": "soon"}, "start", "is no date"),
        ({"place": "昌吉县"}, "place", "not known"),
        ({"place": "Changhji City"}, "place", "did you mean"),
        ({"place": ""}, "place", "is empty"),
        ({"category": "boiler_cole"}, "category", "did you mean 'boiler_coal'"),
        ({"status": "maybe"}, "status", "known are planned, done, verified"),
        ({"measure_id": ""}, "measure_id", "is empty"),
        ({"efficiency": "0.8"}, "efficiency", "has no unit"),
        ({"efficiency": "130 %"}, "efficiency", "outside 0 to 100 %"),
        ({"ef_pm25": "8", "ef_pm10": "6", "ef_unit": "kg/t"}, "ef_pm25", "PM2.5 8 is above PM10 6"),
        ({"ef_pm10": "8", "ef_tsp": "6", "ef_unit": "kg/t"}, "ef_pm10", "PM10 8 is above TSP 6"),
        ({"ef_pm25": "8"}, "ef_unit", "unit of your own factors is missing"),
        ({"ef_pm25": "8", "ef_unit": "km"}, "ef_unit", "a distance and no emission factor"),
        ({"ef_pm25": "-8", "ef_unit": "kg/t"}, "ef_pm25", "negative"),
        ({"subsidy_yuan": "-1"}, "subsidy_yuan", "negative"),
        ({"confidence": "6"}, "confidence", "outside 1 to 5"),
        ({"related_to": "b-1", "relation": "nested"}, "related_to", "no measure of this register"),
        ({"related_to": "a-1", "relation": "nested"}, "related_to", "names the row itself"),
        ({"relation": "nested"}, "related_to", "is empty although"),
        ({"overlap_rule": "max"}, "overlap_group", "is empty although"),
        ({"count": "=5+25"}, "count", "is a formula"),
        ({"note": "=cmd()"}, "note", "is a formula"),
    ],
)
def test_one_fault_is_one_sentence_with_row_and_column(
    tmp_path: Path, change: dict[str, str], column: str, said: str
) -> None:
    path = write(tmp_path / "a.csv", {**GOOD, "measure_id": "ok-1", "count": "7"}, {**GOOD, **change})
    sentences = refused(path)
    assert len(sentences) == 1, sentences
    assert sentences[0].startswith(f"{path}: row 3, column '{column}': ") and said in sentences[0]
    assert sentences[0].endswith((".", "?")) and "\n" not in sentences[0]


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (GOOD, "'a-1' stands already in row 2, the same measure twice"),
        ({**GOOD, "measure_id": "a-2"}, "says the same as row 2 ('a-1'), the same measure twice"),
    ],
)
def test_the_same_measure_twice(tmp_path: Path, second: dict[str, str], said: str) -> None:
    (sentence,) = refused(write(tmp_path / "a.csv", GOOD, second))
    assert said in sentence and "row 3" in sentence


def test_the_same_measure_stated_again_and_linked_is_no_fault(tmp_path: Path) -> None:
    again = {**GOOD, "measure_id": "a-2", "relation": "same", "related_to": "a-1"}
    assert (
        load(write(tmp_path / "a.csv", {**GOOD, "relation": "", "related_to": ""}, again)).total(
            "boiler_coal", "台"
        )
        == 30
    )


def test_a_part_is_not_larger_than_its_whole_nor_elsewhere(tmp_path: Path) -> None:
    part = {
        **GOOD,
        "measure_id": "a-2",
        "count": "31",
        "relation": "nested",
        "related_to": "a-1",
        "place": "阜康市",
    }
    said = refused(write(tmp_path / "a.csv", {**GOOD, "relation": "", "related_to": ""}, part))
    assert [("more than the 30" in s, "does not lie in" in s) for s in said] == [(True, False), (False, True)]


def test_circles_of_containment_are_refused(tmp_path: Path) -> None:
    a = {**GOOD, "relation": "nested", "related_to": "a-2"}
    said = refused(write(tmp_path / "a.csv", a, {**a, "measure_id": "a-2", "related_to": "a-1"}))
    assert all("contained in itself" in s for s in said) and len(said) == 2


def test_an_open_conflict_is_decided_by_rule_or_refused(tmp_path: Path) -> None:
    a = {**GOOD, "relation": "conflict", "related_to": "a-2"}
    b = {**GOOD, "measure_id": "a-2", "relation": "conflict", "related_to": "a-1", "name_zh": "另一说"}
    found = load(write(tmp_path / "a.csv", a, {**b, "count": "20"})).table.set_index("measure_id")
    assert found["decided"].to_dict() == {"a-1": "keep_only", "a-2": "use"}
    assert set(found["rule"]) == {"smaller_figure"}
    found = load(write(tmp_path / "b.csv", a, {**b, "count": "20", "status": "planned"})).table.set_index(
        "measure_id"
    )
    assert found.loc["a-1", "decided"] == "use" and found.loc["a-1", "rule"] == "status_first"
    said = refused(write(tmp_path / "c.csv", a, b))
    assert all("neither status nor figure decides" in s for s in said)


def test_nothing_is_taken_from_a_register_with_errors_unless_partial(tmp_path: Path) -> None:
    rows = [
        GOOD,
        {**GOOD, "measure_id": "a-2", "count": "-1", "relation": "", "related_to": ""},
        {**GOOD, "measure_id": "a-3", "count": "5", "relation": "nested", "related_to": "a-2"},
    ]
    path = write(tmp_path / "a.csv", *rows)
    refused(path)
    found = load(path, partial=True)
    assert found.table["measure_id"].tolist() == ["a-1"] and [p.row for p in found.problems] == [3]
    assert "linked to has an error" in found.warnings[0]
    with pytest.raises(RegisterRejected):
        load(write(tmp_path / "b.csv", rows[1]), partial=True)


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"category": "home_heating", "count_unit": "户", "technology_before": "stove_raw_coal", "activity": "1350", "activity_unit": "t/yr"}, "45 t/yr/户 of coal is outside 1.5 to 8"),
        ({"ef_pm25": "10", "ef_unit": "kg/t"}, "10 kg/t of PM25 is outside 0.05 to 3"),
    ],
)  # fmt: skip
def test_what_is_implausible_is_said_and_taken(tmp_path: Path, extra: dict[str, str], said: str) -> None:
    found = load(write(tmp_path / "a.csv", {**GOOD, **extra}))
    assert len(found) == 1 and len(found.warnings) == 1
    assert said in found.warnings[0] and "row 2" in found.warnings[0]


def test_formula_cells_of_a_workbook_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(GOOD))
    book.active.append([*GOOD.values()])
    book.active.cell(2, list(GOOD).index("count") + 1).value = "=SUM(1,29)"
    book.save(tmp_path / "a.xlsx")
    (sentence,) = refused(tmp_path / "a.xlsx")
    assert "row 2, column 'count'" in sentence and "formula" in sentence


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "none of the expected column names"),
        ("measure_id,place,category\nx,changji,kiln\n", "column 'status' is missing"),
        ("measure_id,place,category,state,status,数量,count\n", "both mean count"),
        ("measure_id,place,categori,status\nx,changji,kiln,done\n", "is 'categori' meant"),
        ("measure_id,place,category,status\nx,changji,kiln,done,5\n", "row 2: has 5 cells"),
        ("measure_id,place,category,status,capacityy\nx,changji,kiln,done,5\n", "is 'capacity' meant"),
    ],
)
def test_what_is_no_register(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(AirqError, match=said) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_damaged_workbook_and_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.save(path)
    path.write_bytes(path.read_bytes()[:2000])
    for file in (path, tmp_path / "none.csv"):
        with pytest.raises(AirqError) as caught:
            load(file)
        assert str(file) in str(caught.value)

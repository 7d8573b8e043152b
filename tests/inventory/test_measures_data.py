"""The register and the official claims as data: what stands in the two CSV files, held against the documents."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from airq import places

ROOT = Path(__file__).resolve().parents[2]
MEASURES = ROOT / "data" / "raw" / "measures.csv"
CLAIMS = ROOT / "data" / "raw" / "claims.csv"
RULES = ROOT / "airq" / "inventory" / "tables" / "rules.toml"

COLUMNS = [
    "measure_id",
    "name_zh",
    "name_en",
    "place",
    "place_text",
    "category",
    "technology_before",
    "technology_after",
    "fuel",
    "count",
    "count_unit",
    "capacity",
    "capacity_unit",
    "activity",
    "activity_unit",
    "start",
    "end",
    "period_text",
    "status",
    "document",
    "section",
    "quote",
    "relation",
    "related_to",
    "decided",
    "rule",
    "overlap_group",
    "overlap_rule",
    "priority",
    "leakage",
    "capex_yuan",
    "opex_yuan_per_year",
    "subsidy_yuan",
    "cost_basis",
    "confidence",
    "note",
]
CLAIM_COLUMNS = [
    "claim_id",
    "period",
    "place",
    "source",
    "section",
    "quote",
    "coal_t",
    "homes",
    "boilers",
    "so2_t",
    "nox_t",
    "pm_t",
    "co2_t",
    "voc_t",
    "share_text",
    "yuan",
    "note",
]
_CATEGORIES = """boiler_coal boiler_gas coke_oven vehicle_diesel vehicle_other offroad vehicle_new_energy home_heating
    town_heating kiln power industry_ulef industry_fugitive industry_deep voc staggered coal_fire construction_dust
    road_dust stockpile_dust restaurant open_burning petrol_vapour transport_structure industry_exit growth
    other"""
_TECHNOLOGIES = """boiler_le10 boiler_10_20 boiler_lt65 boiler_ge65 boiler_gas coke_le4_3m stove_raw_coal stove_clean_coal
    electric gas heat_network hdt_diesel_iii hdt_diesel_iv hdt_electric hdt_gas_iii bus_electric car_old
    taxi_electric offroad_stage_i offroad_stage_ii offroad_electric brick_kiln cement_kiln lime_kiln power_ulef
    power_unit paved_road construction_site stockpile coal_field_fire petrol_station restaurant straw_burning
    voc_treatment rto waste_gas_treatment other"""
CATEGORIES, TECHNOLOGIES = set(_CATEGORIES.split()), set(_TECHNOLOGIES.split())
# Words by which a document is known among the texts, whatever its file is called.
MARKS = {
    "plan-2017": "昌州党办发〔2017〕26号",
    "news-2023": "空气优良率达到75.3%",
    "plan-15fyp": "“十四五”取得的主要成效",
    "plan-12div": "第十二师生态文明建设示范区规划",
    "report-2025": "2025年1月14日在昌吉市",
}


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


@pytest.fixture(scope="module")
def measures() -> pd.DataFrame:
    return _read(MEASURES)


@pytest.fixture(scope="module")
def by_id(measures: pd.DataFrame) -> pd.DataFrame:
    return measures.set_index("measure_id")


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return _read(CLAIMS).set_index("claim_id")


@pytest.fixture(scope="module")
def rules() -> dict:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def documents(shared: Path) -> dict[str, str]:
    """Texts of the documents without blanks, by id."""
    seeds = shared / "seeds"
    if not seeds.is_dir():
        pytest.skip(f"the documents are not at {seeds}")
    texts = [_plain(p.read_text(encoding="utf-8")) for p in sorted(seeds.glob("*.txt"))]
    found = {name: [t for t in texts if mark in t] for name, mark in MARKS.items()}
    assert {name: len(t) for name, t in found.items()} == dict.fromkeys(MARKS, 1)
    return {name: t[0] for name, t in found.items()}


def _counted(measures: pd.DataFrame) -> pd.DataFrame:
    """Rows that enter totals: not contained elsewhere, not a repetition, not decided against."""
    contained = measures["relation"].isin(["nested", "part_of", "same"])
    return measures[~contained & (measures["decided"] != "keep_only")]


def _total(measures: pd.DataFrame, category: str, status: str, unit: str) -> int:
    rows = _counted(measures)
    rows = rows[(rows["category"] == category) & (rows["status"] == status) & (rows["count_unit"] == unit)]
    return int(pd.to_numeric(rows["count"]).sum())


# ---------------------------------------------------------------- form


def test_headers_and_rows_are_whole() -> None:
    for path, columns in ((MEASURES, COLUMNS), (CLAIMS, CLAIM_COLUMNS)):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == columns
        assert {len(row) for row in rows} == {len(columns)}
        assert [cell for row in rows for cell in row if cell != cell.strip()] == []
        assert [cell for row in rows for cell in row if cell.startswith(("=", "@"))] == []


def test_at_least_120_rows_with_unique_ids(measures: pd.DataFrame, claims: pd.DataFrame) -> None:
    assert len(measures) >= 120
    assert measures["measure_id"].is_unique
    assert claims.index.is_unique
    assert measures["measure_id"].str.fullmatch(r"(2017|2023|15fyp|12div|2025)-[a-z]+-\d\d").all()


def test_every_document_category_and_status_is_present(measures: pd.DataFrame) -> None:
    assert set(measures["document"]) == set(MARKS)
    assert set(measures["category"]) == CATEGORIES
    assert set(measures["status"]) <= {"planned", "done", "verified"}
    assert {"planned", "done"} <= set(measures["status"])


def test_closed_vocabularies(measures: pd.DataFrame) -> None:
    allowed = {
        "technology_before": TECHNOLOGIES,
        "technology_after": TECHNOLOGIES,
        "relation": {"nested", "same", "conflict", "part_of", "supersedes"},
        "decided": {"use", "keep_only"},
        "overlap_rule": {"add", "max", "supersede", "sequential", "subtract_point"},
        "leakage": {"none", "capacity_swap", "replacement_vehicle", "replacement_energy"},
        "confidence": set("12345"),
    }
    assert {c: sorted(set(measures[c]) - words - {""}) for c, words in allowed.items()} == {
        c: [] for c in allowed
    }
    for column in ("name_zh", "name_en", "place", "document", "section", "quote", "leakage", "confidence"):
        assert (measures[column] != "").all(), column


def test_a_number_has_its_unit_and_is_positive(measures: pd.DataFrame) -> None:
    for name in ("count", "capacity", "activity"):
        assert ((measures[name] != "") == (measures[f"{name}_unit"] != "")).all(), name
        assert (pd.to_numeric(measures.loc[measures[name] != "", name]) > 0).all()
    for name in ("capex_yuan", "opex_yuan_per_year", "subsidy_yuan"):
        paid = measures[measures[name] != ""]
        assert (pd.to_numeric(paid[name]) > 0).all()
        assert (paid["cost_basis"] != "").all()


def test_units_are_those_the_parser_knows(measures: pd.DataFrame) -> None:
    quantities = pytest.importorskip("airq.inventory.quantities")
    for name in ("count", "capacity", "activity"):
        for row in measures[measures[name] != ""].itertuples():
            quantities.parse(f"{getattr(row, name)} {getattr(row, name + '_unit')}")


def test_places_are_known(measures: pd.DataFrame, claims: pd.DataFrame) -> None:
    assert set(measures["place"]) <= set(places.load())
    assert set(claims["place"]) <= set(places.load())
    assert {p.id for p in places.members("changji-prefecture")} <= set(measures["place"])


def _bound(text: str, last: bool) -> pd.Period:
    period = pd.Period(text, freq={4: "Y", 7: "M", 10: "D"}[len(text)])
    return period.asfreq("D", how="end" if last else "start")


def test_dates_start_before_they_end(measures: pd.DataFrame) -> None:
    pattern = r"(\d{4}(-\d\d(-\d\d)?)?)?"
    assert measures["start"].str.fullmatch(pattern).all()
    assert measures["end"].str.fullmatch(pattern).all()
    both = measures[(measures["start"] != "") & (measures["end"] != "")]
    assert [r.measure_id for r in both.itertuples() if _bound(r.start, False) > _bound(r.end, True)] == []
    done = measures[measures["status"] == "done"]
    assert (done["end"] != "").all()


# ---------------------------------------------------------------- links, conflicts, rules


def test_links_lead_somewhere(by_id: pd.DataFrame) -> None:
    assert ((by_id["relation"] != "") == (by_id["related_to"] != "")).all()
    for row in by_id[by_id["relation"] != ""].itertuples():
        for other in row.related_to.split(";"):
            assert other in by_id.index, (row.Index, other)
            assert other != row.Index
            target = by_id.loc[other]
            assert (
                row.relation == "conflict"
                or target["relation"] not in {"same", "nested", "part_of"}
                or (target["relation"] == "nested" and row.relation == "same")
            ), (row.Index, other)


def test_ids_named_in_notes_exist(measures: pd.DataFrame) -> None:
    named = {
        i
        for note in measures["note"]
        for i in re.findall(r"(?:2017|2023|15fyp|12div|2025)-[a-z]+-\d\d", note)
    }
    assert named - set(measures["measure_id"]) == set()
    assert len(named) > 20


def test_every_rule_is_stated_in_both_languages(measures: pd.DataFrame, rules: dict) -> None:
    order = rules["conflicts"]["order"]
    stated = {**{i: rules["conflicts"][i] for i in order}, **rules["links"]}
    assert set(order) == set(rules["conflicts"]) - {"order"}
    assert set(measures["rule"]) - {""} <= set(stated)
    for rule in [*stated.values(), *rules["relations"].values()]:
        assert rule["zh"].endswith("。")
        assert rule["en"].endswith(".")
        assert "\n" not in rule["zh"] + rule["en"]
    assert set(rules["relations"]) == {"nested", "part_of", "same", "supersedes", "conflict"}


def test_a_contained_row_does_not_exceed_what_contains_it(by_id: pd.DataFrame) -> None:
    nested = by_id[by_id["relation"].isin(["nested", "part_of"]) & (by_id["count"] != "")]
    assert len(nested) > 15
    for row in nested.itertuples():
        whole = by_id.loc[row.related_to]
        if whole["count"] and whole["count_unit"] == row.count_unit:
            assert int(row.count) <= int(whole["count"]), row.Index
        assert whole["category"] == by_id.loc[row.Index, "category"], row.Index
        assert whole["count"] or whole["capacity"] or whole["category"] == "open_burning", row.Index


def test_conflicts_are_mutual_and_decided_once_by_a_stated_rule(by_id: pd.DataFrame, rules: dict) -> None:
    rows = by_id[by_id["relation"] == "conflict"]
    assert ((by_id["decided"] != "") == (by_id["relation"] == "conflict")).all()
    for row in rows.itertuples():
        other = by_id.loc[row.related_to]
        assert other["related_to"] == row.Index
        assert sorted([row.decided, other["decided"]]) == ["keep_only", "use"]
        assert row.rule == other["rule"]
        assert row.rule in rules["conflicts"]["order"]


def test_the_known_conflicts_are_kept_and_linked(by_id: pd.DataFrame) -> None:
    rows = by_id[(by_id["relation"] == "conflict") & (by_id["count"] != "")]
    pairs = {
        (row.category, frozenset([int(row.count), int(by_id.loc[row.related_to, "count"])]))
        for row in rows.itertuples()
    }
    assert pairs == {("vehicle_diesel", frozenset([300, 80])), ("offroad", frozenset([100, 50]))}
    words = by_id[(by_id["relation"] == "conflict") & (by_id["count"] == "")]
    assert sorted(words["quote"].str[:2]) == ["全面", "基本"]


def test_overlap_groups_have_one_rule_and_distinct_priorities(measures: pd.DataFrame) -> None:
    assert ((measures["overlap_group"] != "") == (measures["overlap_rule"] != "")).all()
    for _, group in measures[measures["overlap_group"] != ""].groupby("overlap_group"):
        assert len(group) > 1
        assert len(set(group["overlap_rule"])) == 1
        assert group["priority"].is_unique


# ---------------------------------------------------------------- the documents' numbers


@pytest.mark.parametrize(
    ("category", "status", "unit", "total"),
    [
        ("boiler_coal", "done", "台", 688),
        ("boiler_gas", "done", "台", 330),
        ("vehicle_diesel", "done", "辆", 1729),
        ("home_heating", "done", "户", 132000),
        ("kiln", "done", "台", 1402),
        ("industry_fugitive", "done", "个", 212),
        ("coal_fire", "done", "处", 26),
        ("coal_fire", "planned", "处", 26),
        ("construction_dust", "done", "个", 112),
        ("staggered", "done", "家", 65),
        ("voc", "done", "项", 41),
        ("transport_structure", "done", "km", 415),
    ],
)
def test_totals_of_the_documents(
    measures: pd.DataFrame, category: str, status: str, unit: str, total: int
) -> None:
    assert _total(measures, category, status, unit) == total


def test_coke_and_planned_trucks(measures: pd.DataFrame) -> None:
    counted = _counted(measures)
    coke = counted[(counted["category"] == "coke_oven") & (counted["capacity"] != "")]
    assert (coke["capacity"] + " " + coke["capacity_unit"]).tolist() == ["2300000 t/yr"]
    trucks = counted[(counted["category"] == "vehicle_diesel") & (counted["status"] == "planned")]
    numbers = trucks.loc[trucks["count"] != ""].set_index("quote")["count"].astype(int)
    assert numbers.to_dict() == {"老旧营运货车1969辆": 1969, "非营运老旧货车300辆": 300}
    operating = trucks[trucks["quote"].str.contains("老旧营运")]
    assert operating["count"].astype(int).sum() == 1969


@pytest.mark.parametrize(
    ("category", "part", "whole"),
    [
        ("boiler_coal", 300, 688),
        ("boiler_coal", 30, 688),
        ("industry_fugitive", 44, 212),
        ("vehicle_diesel", 876, 1729),
        ("vehicle_diesel", 741, 1729),
        ("home_heating", 3756, 132000),
        ("boiler_gas", 7, 330),
        ("industry_deep", 9, 398),
        ("coal_fire", 13, 26),
    ],
)
def test_nested_figures_are_linked(by_id: pd.DataFrame, category: str, part: int, whole: int) -> None:
    rows = by_id[
        (by_id["category"] == category) & (by_id["count"] == str(part)) & (by_id["relation"] == "nested")
    ]
    assert len(rows) == 1
    target = by_id.loc[rows["related_to"].iloc[0]]
    assert (target["category"], int(target["count"]), target["status"]) == (category, whole, "done")


def test_kilns_are_one_row(measures: pd.DataFrame) -> None:
    assert (measures["count"] == "1402").sum() == 1


def test_done_and_planned_homes_are_apart(by_id: pd.DataFrame) -> None:
    rows = by_id[by_id["count"] == "132000"]
    assert sorted(rows["status"]) == ["done", "planned"]
    planned = rows[rows["status"] == "planned"].iloc[0]
    assert (planned["relation"], planned["related_to"]) == ("same", rows.index[rows["status"] == "done"][0])


def test_numbers_of_a_row_stand_in_its_quote(measures: pd.DataFrame) -> None:
    """A count above one is read in the quote itself, as the document writes it."""
    spoken = {"132000": "13.2万", "415": "415公里", "100": "百余|100辆"}
    for row in measures[(measures["count"] != "") & (measures["count"] != "1")].itertuples():
        wanted = spoken.get(row.count, re.escape(row.count))
        assert re.search(rf"(?<!\d)(?:{wanted})(?!\d)", row.quote) or row.quote == "18%负荷高效改造", (
            row.measure_id
        )
    scale = {"万平方米": "万平方米", "蒸吨/小时": "蒸吨", "GW": "GW", "万千瓦": "万千瓦"}
    sized = measures[measures["capacity_unit"].isin(scale)]
    assert len(sized) > 12
    for row in sized.itertuples():
        assert f"{row.capacity}{scale[row.capacity_unit]}" in row.quote, row.measure_id


@pytest.mark.shared
def test_each_quote_stands_in_its_document(measures: pd.DataFrame, documents: dict[str, str]) -> None:
    missing = [r.measure_id for r in measures.itertuples() if _plain(r.quote) not in documents[r.document]]
    assert missing == []


def test_quotes_are_a_few_words(measures: pd.DataFrame, claims: pd.DataFrame) -> None:
    for table in (measures, claims):
        assert table["quote"].str.len().max() <= 30
        assert not table["quote"].str.contains("。").any()


# ---------------------------------------------------------------- claims


def test_claims_have_numbers_that_parse(claims: pd.DataFrame) -> None:
    numbers = ["coal_t", "homes", "boilers", "so2_t", "nox_t", "pm_t", "co2_t", "voc_t", "yuan"]
    for name in numbers:
        filled = claims.loc[claims[name] != "", name]
        assert (pd.to_numeric(filled) > 0).all(), name
    said = (claims[[*numbers, "share_text"]] != "").any(axis=1) | claims["note"].str.contains("total_t=")
    assert said.all()


def test_the_claim_of_2023_implies_whole_factors(claims: pd.DataFrame) -> None:
    row = claims.loc["news-2023-effect"]
    coal = float(row["coal_t"])
    factors = {p: round(1000 * float(row[f"{p}_t"]) / coal, 4) for p in ("so2", "nox", "pm")}
    assert factors == {"so2": 1.5, "nox": 1.1, "pm": 10.0}
    assert (row["homes"], row["boilers"]) == ("132000", "688")
    # Coal as standard coal (0.714) times 2.66 t CO2 per tonne of standard coal.
    assert float(row["co2_t"]) / coal == pytest.approx(0.714 * 2.66, rel=1e-4)


def test_parts_of_the_evaluation_add_up(claims: pd.DataFrame) -> None:
    total = {i: int(re.search(r"total_t=(\d+)", n)[1]) for i, n in claims["note"].items() if "total_t=" in n}
    parts = ["craes-2324-coal", "craes-2324-industry", "craes-2324-mobile"]
    assert sum(total[i] for i in parts) == total["craes-2324-total"] == 13119


def test_totals_of_the_five_years(claims: pd.DataFrame) -> None:
    row = claims.loc["15fyp-totals"]
    assert (row["voc_t"], row["nox_t"]) == ("1301.08", "3153.89")
    share = float(claims.loc["news-2023-effect", "nox_t"]) / float(row["nox_t"])
    assert share == pytest.approx(0.69, abs=0.005)


@pytest.mark.shared
def test_claims_stand_in_their_source(claims: pd.DataFrame, documents: dict[str, str], shared: Path) -> None:
    page = shared / "domain" / "inventory-and-response.md"
    texts = dict(documents)
    if page.exists():
        texts["page"] = _plain(page.read_text(encoding="utf-8"))
    for claim, row in claims.iterrows():
        text = texts.get(row["source"] if row["source"] in MARKS else "page")
        assert text is None or _plain(row["quote"]) in text, claim


# ---------------------------------------------------------------- the page


def test_the_page_gives_the_numbers_of_the_register(measures: pd.DataFrame) -> None:
    page = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z]+-\w+) \| .* \| (\d+) \| (\d+) \| (\d+) \|$", page, flags=re.M)
    stated = {name: (int(a), int(d), int(p)) for name, a, d, p in rows}
    status = measures.groupby("document")["status"]
    counted = {n: (len(s), int((s == "done").sum()), int((s == "planned").sum())) for n, s in status}
    assert stated == counted

"""The measures section: states by date, tonnes of the inventory, nothing counted twice, lacks in one sentence."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from section_pages import assert_links_lead_to_numbers, assert_one_language, computed, context, figures, words

from airq import inventory
from airq.reports.sections import measures, measures_page


@pytest.fixture(scope="module")
def no_archive():
    """What these sections ask of an archive: whether it is simulated."""
    return SimpleNamespace(simulated=True, path="none", months=list)


@pytest.fixture(scope="module")
def prefecture(no_archive):
    return computed("measures", context(no_archive, "changji-prefecture", "2026-09"))


@pytest.fixture(scope="module")
def county(no_archive):
    return computed("measures", context(no_archive, "changji", "2026-09"))


@pytest.mark.parametrize(
    ("status", "start", "end", "state"),
    [
        ("planned", "2026", "2030", "under_way"),
        ("planned", "2027", "2030", "coming"),
        ("planned", "2021", "2025", "late"),
        ("planned", "2025", "2026-09-30", "late"),
        ("planned", "2025", "2026-10", "under_way"),
        ("planned", "2017", "", "undated"),
        ("planned", "", "", "undated"),
        ("done", "", "2023-03", "done"),
        ("verified", "2021", "2025", "done"),
        ("done", "2021", "", "done"),
        ("done", "2026-10", "2026-12", "coming"),
    ],
)
def test_state_by_date(status, start, end, state):
    assert measures.state_of({"status": status, "start": start, "end": end}, dt.date(2026, 9, 30)) == state


def test_period_under_way_counts_up_to_the_last_day_with_data(no_archive):
    data = computed("measures", context(no_archive, "changji", "2026", until="2026-11-01T00:00"))
    assert data["asof"] == "2026-10-31"
    assert "截至2026年10月31日" in words(measures_page.sentences(data, "zh"))


def test_every_measure_has_one_state(prefecture):
    counts = prefecture["counts"]
    assert set(counts) == set(measures.STATES)
    assert sum(c["measures"] for c in counts.values()) == len(prefecture["rows"])
    assert len({r["measure_id"] for r in prefecture["rows"]}) == len(prefecture["rows"])


def test_tonnes_of_done_are_those_of_the_inventory(prefecture):
    register = inventory.load()
    done = [r["measure_id"] for r in prefecture["rows"] if r["state"] == "done"]
    own = register.where(register.table["measure_id"].isin(done)).counted()
    whole = own.emissions(draws=measures.DRAWS, seed=0, pollutants=["PM25"]).total.loc["PM25"]
    found = prefecture["tonnes"]["done"]["PM25"]
    assert found["p50"] == pytest.approx(whole["p50"], rel=1e-9)
    assert 2000 < found["p5"] < found["p50"] < found["p95"] < 12000


def test_contained_measure_counts_on_the_page_of_its_county_alone(prefecture, county):
    ids = {r["measure_id"]: r for r in county["rows"]}
    assert ids["2025-boiler-01"]["tonnes"]["PM25"]["p50"] > 1
    assert "2025-boiler-01" not in {r["measure_id"] for r in prefecture["rows"]}
    assert "2025-diesel-02" not in ids  # the same trucks as 2025-diesel-01, which stands beside it
    assert county["wide"]["places"] == ["changji-prefecture"] and county["wide"]["measures"] > 100


def test_growth_is_no_measure(county):
    assert county["growth"] > 0 and all(r["category"] != "growth" for r in county["rows"])


def test_every_tonne_has_a_mark_and_a_source(prefecture):
    for row in prefecture["rows"]:
        assert bool(row["tonnes"]) == bool(row["marks"]) and row["document"]
    assert all(f["mark"].startswith("[") and f["source"] for f in prefecture["factors"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_says_what_is_late_and_names_one_language(prefecture, county, lang):
    for data in (prefecture, county):
        parts = measures.show(data, None, lang)
        text = words(parts)
        assert_links_lead_to_numbers(parts, "measures", data)
        late = data["counts"]["late"]["measures"]
        assert (f"逾期未见完成{late}项" if lang == "zh" else f"{late} late") in text
        assert ("不等于没有实施" if lang == "zh" else "not to say that nothing was done") in text
        if lang == "en":
            assert_one_language(text, lang)
        (bars,) = figures(parts)
        assert bars.frame["measures"].sum() == len(data["rows"])
        assert bars.to_png()[:4] == b"\x89PNG" and not bars.missing


def test_late_table_is_short_and_says_how_many_more(prefecture):
    late = [r for r in prefecture["rows"] if r["state"] == "late"]
    assert len(late) > 40
    text = str(measures_page._late_table(late, "en"))
    assert text.count("<tr>") == 41 and f"{len(late) - 40} more" in text
    assert "2025" in text.split("<tr>")[2]  # the latest dates first


def test_unknown_document_keeps_its_id():
    assert measures_page.document_name("town-plan-2031", "zh") == "town-plan-2031"


def test_place_without_a_measure_is_one_sentence(no_archive):
    said = computed("measures", context(no_archive, "wujiaqu", "2026-09"))["missing"]
    assert said["zh"].startswith("措施清单中没有五家渠市的措施")
    assert said["en"].startswith("The register has no measure of Wujiaqu")


def test_broken_register_is_one_sentence(no_archive, tmp_path, monkeypatch):
    file = tmp_path / "measures.csv"
    file.write_text("measure_id,place\nx,changji\n", encoding="utf-8")
    kept = inventory.load
    monkeypatch.setattr(inventory, "load", lambda *a, **k: kept(file))
    said = computed("measures", context(no_archive, "changji", "2026-09"))["missing"]
    assert "measures.csv" in said["en"] and "读取" in said["zh"]


def test_group_takes_the_measures_of_groups_within_it(no_archive):
    from airq import places

    assert measures._within(places.get("changji-prefecture")) == {
        *places.get("changji-prefecture").members,
        "changji-prefecture",
    }
    assert "changji-prefecture" not in measures._within(places.get("wu-chang-shi"))
    assert measures._around(places.get("mori"), {"mori"}) == {"changji-prefecture"}

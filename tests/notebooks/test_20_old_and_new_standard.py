"""The notebook on the two standards: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from executed import assert_only_figures_and_tables, run, shown, words

from airq import options, standards
from airq.errors import ReportError
from airq.observations import Archive
from airq.reports.execute import load

SCRIPT = options.home() / "notebooks" / "20_old_and_new_standard.py"
BOOK = SCRIPT.with_suffix(".ipynb")


def test_parameters() -> None:
    cell = next(c for c in load(BOOK).cells if "parameters" in c.metadata.get("tags", []))
    names = [t.id for n in ast.parse(cell.source).body if isinstance(n, ast.Assign) for t in n.targets]
    assert names == ["place", "start", "end", "lang", "archive"]


def rows(html: str) -> list[list[str]]:
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", html, re.DOTALL)
    return [
        [re.sub("<[^>]+>", "", c) for c in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", r, re.DOTALL)]
        for r in found
    ]


def test_all_counties_in_chinese(small_archive: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"place": "all", "lang": "zh", "archive": str(small_archive.path), "start": "2025-11"}
    done = run(BOOK, given)
    assert_only_figures_and_tables(done, 3)
    text = words(done)
    for needed in (
        "模拟数据",
        "新标准改变了什么",
        "模拟剔除，非官方口径",
        "各日当日现行标准",
        "橙色预警",
        "[NF]",
        "不再优良",
    ):
        assert needed in text, needed
    assert not [o for o in shown(done) if "Simulated" in o.data.get("text/html", "")]
    # The tables hold what the library computes from the archive, without the notebook between.
    hours = small_archive.load(start="2025-11")
    days = standards.place_daily(hours)
    expected = standards.restate(days).years
    table = [r for r in rows(text) if len(r) == 12 and r[1] in ("2025", "2026")]
    for row in expected.to_dict("records"):
        cells = [row["name_zh"], str(row["year"]), *(str(row[c]) for c in ("days_valid_old", "days_valid_new", "good_days_old", "good_days_new", "days_lost", "days_unpublished"))]  # fmt: skip
        assert any(r[:8] == cells for r in table), cells
    for reading in standards.straddling(days, "2026-01..2026-10").to_dict("records"):
        cells = [str(reading["days_valid"]), str(reading["good_days"])]
        assert any(r[0] == reading["name_zh"] and r[2:4] == cells for r in rows(text)), reading["place"]
    assert "木垒县" not in text  # no station, so no row


def test_one_county_in_english(small_archive: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "place": "阜康市",
        "lang": "en",
        "archive": str(small_archive.path),
        "start": "2026",
        "end": "2026-09",
    }
    done = run(BOOK, given)
    assert_only_figures_and_tables(done, 3)
    text = words(done)
    for needed in (
        "What the new standard changes",
        "Simulated data 模拟数据",
        "simulated deduction, not official",
        "Every reading of January to September 2026",
        "ALERT-2024-XINJIANG",
        "HJ 663-2026",
    ):
        assert needed in text, needed
    assert "Fukang" in text and "Changji City" not in text
    calculated = [r for r in rows(text) if r[0] == "AQI"]
    assert [r[2:] for r in calculated] == [["93", "108"], ["73", "NA"], ["93", "108"]]
    tables = [o.data["text/html"] for o in shown(done) if "<table" in o.data.get("text/html", "")]
    assert not re.search(
        "[\u4e00-\u9fff]",
        re.sub("模拟数据|环办监测〔2016〕120号", "", "".join(tables[:-1]).split("<details>")[0]),
    )


def test_a_wrong_place_ends_in_one_sentence(small_archive: Archive) -> None:
    with pytest.raises(ReportError, match="did you mean 'changji'") as caught:
        run(BOOK, {"archive": str(small_archive.path), "place": "chanji"})
    assert len(str(caught.value).splitlines()) == 1


def test_default_archive_if_it_has_been_made() -> None:
    archive = Archive(options.archive_dir())
    if not archive.path.is_dir() or not archive.months():
        pytest.skip("data/processed/archive is not there; make it with 'airq simulate'")
    done = run(BOOK, {"place": "changji", "lang": "en", "start": archive.months()[-24:][0]})
    assert_only_figures_and_tables(done, 3)
    assert ("Simulated data" in words(done)) == archive.simulated

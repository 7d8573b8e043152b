"""Rules without confirmation in words: each one once, Chinese on a Chinese page, nothing lost."""

from __future__ import annotations

import re

import pytest

from airq import standards
from airq.figures.labels import LANGUAGES
from airq.reports import text
from airq.reports.text_rules import bears_on_numbers, open_rows
from airq.reports.text_sources import documents_named, source_name


@pytest.fixture(scope="module")
def entries() -> list:
    every = {}
    for kind in ("standard", "aqi", "evaluation", "dust", "alert"):
        for edition in standards.editions(kind):
            every |= {(e.edition, e.entry): e for e in standards.open_points(edition, used_only=True)}
    return [e for e in every.values() if bears_on_numbers(e.entry)]


def test_a_chinese_page_says_every_rule_in_chinese(entries: list) -> None:
    for row in open_rows(entries, "zh"):
        assert all(re.search("[\u4e00-\u9fff]", cell) for cell in (row[1], row[4])), row
        assert not re.search("[a-z]{4}", row[2]), row


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_rule_is_lost_and_none_stands_twice(entries: list, lang: str) -> None:
    rows = open_rows(entries, lang)
    assert len({tuple(r) for r in rows}) == len(rows) < len(entries)
    if lang == "en":
        said = sorted(n for r in rows for _ in r[0].split(", ") for n in r[1].split(", "))
        assert said == sorted(e.entry for e in entries)
        assert not re.search("[\u4e00-\u9fff]", "".join(c for r in rows for c in (*r[:2], r[4])))


def test_what_a_user_wrote_is_shown_as_it_stands(entries: list) -> None:
    own = entries[0]._replace(entry="coverage.own", value="twice", source="letter of the bureau")
    assert open_rows([own], "zh")[0][1:3] == ["coverage.own", "twice"]
    assert open_rows([own], "zh")[0][4] == "letter of the bureau"


def test_sources_have_names_in_the_language_of_the_page() -> None:
    for source in (
        "plan-15fyp, 第二章",
        "report-2025, 十件惠民实事清单 九",
        "plan-12div, 表1第7项",
        "GB 3095-2026, 4.4 表1",
    ):
        assert not re.search("[\u4e00-\u9fff]", source_name(source, "en")), source
        assert not re.search(r"plan-|report-", source_name(source, "zh"))
    assert source_name("own letter of 2027", "zh") == "own letter of 2027"
    assert "plan-15fyp" not in documents_named("Still in chapter 4 of plan-15fyp.", "en")


def test_a_chinese_sentence_names_no_file_of_the_documentation() -> None:
    assert "docs/" not in text.section("targets", "zh") and "说明" in text.section("targets", "zh")

"""The playground of targets: one pure function behind controls, tables and page; both languages; refusals as sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from executed import assert_only_figures_and_tables, run, words

from airq import options, targets
from airq.errors import AirqError
from airq.reports import target_playground as page

BOOK = options.home() / "notebooks" / "61_target_playground.ipynb"


@pytest.fixture(scope="module")
def ready(small_archive) -> page.Ready:
    return page.prepare(str(small_archive.path), "changji", "2026-09-30", draws=100)


def text(parts: list) -> str:
    return re.sub("<[^>]+>", " ", " ".join(str(p) for p in parts if isinstance(p, str)))


def test_in_english_without_controls(small_archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "lang": "en",
        "archive": str(small_archive.path),
        "asof": "2026-09-30",
        "draws": 100,
        "sliders": False,
    }
    done = run(BOOK, given)
    assert_only_figures_and_tables(done, 1)
    said = re.sub("<[^>]+>", " ", words(done))
    assert "which target of 2026 is within reach" in said and "Known up to" in said and "2026-06-30" in said
    assert not re.search("[\u4e00-\u9fff]", said.replace("模拟数据", ""))


def test_chinese_parts_are_chinese(ready) -> None:
    ask = ready.first()
    said = "".join(
        text(step(ready, ask, "zh"))
        for step in (page.answer, page.amounts, page.needed, page.measures, page.notes)
    )
    said += text(page.header(ready, "zh")) + text(page.reference(ready, "zh"))
    assert "优良天数不少于" in said and not re.search("[A-Za-z]{3,}", said.replace("PM", ""))


def test_the_answer_is_that_of_the_library(ready) -> None:
    ask = page.Ask("good_days", 200, "half", 0.1)
    shift = {"by": -10, "unit": "percent", "sd": 5, "from": "2026-09-30"}
    made = targets.outlook(
        ready.frame, {"kind": "good_days", "at_least": 200, "year": 2026}, "2026-09-30", "half", 100, 0, shift
    )
    assert ready.outlook(ask).probability == made.probability
    assert page._percent(made.probability) in text(page.answer(ready, ask, "en"))


def test_a_harder_target_is_never_more_likely_and_the_needed_one_has_the_probability(ready) -> None:
    for kind in page.KINDS:
        ask = ready.first(kind)
        ladder = page._ladder(ready, ask)
        chances = [p for _, p in ladder]
        assert chances == sorted(chances, reverse=True)
        held = [a for a, p in ladder if p >= 0.8]
        said = text(page.needed(ready, ask, "en"))
        assert (page._number(held[-1], kind) in said) if held else ("None of the amounts" in said)


def test_a_further_cut_never_harms(ready) -> None:
    ask = ready.first("mean")
    medians = [ready.outlook(replace(ask, cut=c)).final[0.5] for c in (0.0, 0.1, 0.3)]
    assert medians == sorted(medians, reverse=True)


def test_the_controls_show_what_the_function_answers(ready) -> None:
    ask = ready.first()
    (box,) = page.controls(ready, ask, "en")
    kind, amount, drift, cut, shown = box.children
    assert shown.value == "".join(str(p) for p in page.answer(ready, replace(ask, drift="auto"), "en"))
    amount.value, drift.value, cut.value = 150, "zero", 10
    assert shown.value == "".join(
        str(p) for p in page.answer(ready, page.Ask("good_days", 150, "zero", 0.1), "en")
    )
    kind.value = "heavy_days"
    assert amount.value == round(ready.first("heavy_days").amount)
    assert "heavy days, at most" in shown.value
    assert page.controls(ready, ask, "en", sliders=False) == []


def test_what_cannot_be_answered_is_a_sentence(ready, small_archive) -> None:
    with pytest.raises(AirqError, match="is no day"):
        page.prepare(str(small_archive.path), asof="soon")
    early = replace(ready, asof="2025-03-01", year=2025, _kept={})
    (part,) = page.answer(early, page.Ask("good_days", 200), "en")
    assert str(part).startswith('<p class="note">')
    with pytest.raises(AirqError, match="ingest earlier years"):
        early.first()

"""The notebook of the county month: its two files agree, it is narrative only, it runs in both languages."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from executed import run

from airq import options, places
from airq.analysis import county_month
from airq.analysis import period as periods
from airq.reports import sections, target_panel
from airq.reports.execute import load
from airq.reports.parameters import ReportParameters, Settings
from airq.reports.results import key_of, write

SCRIPT = options.home() / "notebooks" / "10_county_month.py"
BOOK = SCRIPT.with_suffix(".ipynb")


def test_parameters_of_the_cell_are_those_that_are_checked() -> None:
    cell = next(c for c in load(BOOK).cells if "parameters" in c.metadata.get("tags", []))
    names = [t.id for n in ast.parse(cell.source).body if isinstance(n, ast.Assign) for t in n.targets]
    assert set(names) == set(ReportParameters.model_fields)


@pytest.fixture(scope="module")
def results(small_archive, tmp_path_factory) -> Path:
    """Results file of a county with the sections that cost little; both languages read it."""
    period = periods.parse("2026-10")
    place, file = places.get("fukang"), tmp_path_factory.mktemp("results") / "fukang.json"
    result = county_month(small_archive, place.id, period)
    targets = target_panel.make(small_archive, place.id, period, hindcast=False)
    context = sections.Context(small_archive, place, period, result, {place.id: result}, Settings())
    wanted = [sections.find(name) for name in ("ranking", "first_page")]
    made = sections.obtain(context, None, "base", wanted)
    write(file, result, key_of(small_archive, place.id, period), targets, made)
    return file


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_runs_in_both_languages_from_another_folder(
    small_archive, results: Path, tmp_path: Path, monkeypatch, lang: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = results.read_bytes()
    given = {
        "place": "fukang",
        "month": "2026-10",
        "lang": lang,
        "archive": str(small_archive.path),
        "results": str(results),
    }
    done = run(BOOK, given)
    shown = [o for c in done.cells if c.cell_type == "code" for o in c.outputs]
    assert sum("image/png" in o.get("data", {}) for o in shown) == 5
    assert {o.output_type for o in shown} == {"display_data"}  # no warning, nothing printed
    text = json.dumps(done.cells, ensure_ascii=False)
    assert ("环境空气质量报告" if lang == "zh" else "Air quality of Fukang, October 2026") in text
    for heading in ("## 要点", "## 排名") if lang == "zh" else ("## In brief", "## Ranking"):
        assert heading in text
    assert text.index("要点" if lang == "zh" else "In brief") < text.index(
        "主要指标" if lang == "zh" else "Key figures"
    )
    assert results.read_bytes() == before  # what was computed is shown, not computed again


def test_cells_are_in_reading_order() -> None:
    code = "\n".join(c.source for c in load(BOOK).cells if c.cell_type == "code")
    shown = re.findall(r"^display\(\*(?:\w+)\.(\w+)\(", code, re.MULTILINE)
    assert (
        shown[0] == "header"
        and shown[-1] == "methods"
        and shown.index("calendar") < shown.index("comparison")
    )
    assert re.findall(r'sections\.show\("(\w+)"', code) == [s.name for s in sections.SECTIONS]

"""The notebook of the county month: its two files agree, it is narrative only, it runs in both languages."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from airq import options
from airq.reports.execute import execute, load
from airq.reports.parameters import ReportParameters

SCRIPT = options.home() / "notebooks" / "10_county_month.py"
BOOK = SCRIPT.with_suffix(".ipynb")


def test_parameters_of_the_cell_are_those_that_are_checked() -> None:
    cell = next(c for c in load(BOOK).cells if "parameters" in c.metadata.get("tags", []))
    names = [t.id for n in ast.parse(cell.source).body if isinstance(n, ast.Assign) for t in n.targets]
    assert set(names) == set(ReportParameters.model_fields)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_runs_in_both_languages_from_another_folder(
    small_archive, tmp_path: Path, monkeypatch, lang: str
) -> None:
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "numbers.json"
    given = {
        "place": "fukang",
        "month": "2026-10",
        "lang": lang,
        "archive": str(small_archive.path),
        "results": str(results),
    }
    done = execute(load(BOOK), given, forked=False)
    shown = [o for c in done.cells if c.cell_type == "code" for o in c.outputs]
    assert sum("image/png" in o.get("data", {}) for o in shown) == 5
    assert {o.output_type for o in shown} == {"display_data"}  # no warning, nothing printed
    text = json.dumps(done.cells, ensure_ascii=False)
    assert ("环境空气质量报告" if lang == "zh" else "Air quality of Fukang, October 2026") in text
    assert json.loads(results.read_text(encoding="utf-8"))["result"]["place"] == "fukang"

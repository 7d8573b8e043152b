"""The notebook on targets: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from airq import options
from airq.errors import AirqError
from airq.figures.forecast_words import share
from airq.observations import Archive
from airq.reports import target_years
from airq.reports.execute import execute, load
from airq.reports.target_panel import panel

SCRIPT = options.home() / "notebooks" / "41_days_to_target.py"
BOOK = SCRIPT.with_suffix(".ipynb")

_spec = importlib.util.spec_from_file_location(
    "small_archive", Path(__file__).resolve().parents[1] / "small_archive.py"
)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
fill = _module.fill


def cells(book: nbformat.NotebookNode) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(c.cell_type, c.source.strip(), tuple(c.metadata.get("tags", []))) for c in book.cells]


def test_script_and_notebook_are_the_same() -> None:
    assert cells(jupytext.read(SCRIPT)) == cells(nbformat.read(BOOK, as_version=4))


def test_notebook_holds_no_output() -> None:
    book = nbformat.read(BOOK, as_version=4)
    nbformat.validate(book)
    assert all(c.outputs == [] and c.execution_count is None for c in book.cells if c.cell_type == "code")


def test_ten_to_twenty_short_cells_without_functions_or_arithmetic() -> None:
    code = [
        c
        for c in load(BOOK).cells
        if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", [])
    ]
    assert 10 <= len(code) <= 20
    banned = ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.BinOp | ast.For | ast.If | ast.comprehension
    for cell in code:
        assert len(cell.source.splitlines()) <= 8
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, banned), cell.source


def test_narrative_is_in_both_languages() -> None:
    for cell in load(BOOK).cells:
        if cell.cell_type == "markdown":
            assert re.search("[\u4e00-\u9fff]{6}", cell.source), cell.source
            assert re.search(r"[a-z]+ [a-z]+ [a-z]+", cell.source), cell.source
            assert "$" not in cell.source


def shown(done: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [o for c in done.cells if c.cell_type == "code" for o in c.outputs]


def words(done: nbformat.NotebookNode) -> str:
    return "\n".join(o.data.get("text/html", "") for o in shown(done))


def test_in_chinese_with_earlier_years(tmp_path_factory, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    archive = fill(Archive(tmp_path / "archive"), "2023-01", "2026-09", ("changji",))
    done = execute(load(BOOK), {"archive": str(archive.path), "draws": 300}, forked=False)
    assert {o.output_type for o in shown(done)} == {"display_data"}  # no warning, nothing printed
    text = words(done)
    expected = panel(archive, "changji", draws=300, hindcast=False)
    row = expected.rows.iloc[0]
    assert f"截至2026年9月30日，优良天数{row['value']:.0f}天" in text and share(row["probability"]) in text
    for needed in ("参照上年", "两版标准", "80%区间覆盖率", "GB 3095—2012"):
        assert needed in text, needed
    assert sum("image/png" in o.data for o in shown(done)) == 6
    assert "nan" not in text.lower() and "None" not in "".join(str(o.data) for o in shown(done))


def test_in_english_where_nothing_can_be_said(small_archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"lang": "en", "place": "阜康市", "archive": str(small_archive.path), "draws": 200}
    done = execute(load(BOOK), given, forked=False)
    assert {o.output_type for o in shown(done)} == {"display_data"}
    text = words(done)
    assert "holds no whole year of Fukang before 2026" in text and "nothing can be hindcast" in text
    assert not re.search("[\u4e00-\u9fff]", text)


def test_a_wrong_parameter_is_refused_in_one_sentence(small_archive) -> None:
    for made, needed in (
        (lambda: target_years.limits_of("low"), "are no numbers"),
        (lambda: target_years.frame_of(small_archive, "wu-chang-shi"), "no city represents"),
        (lambda: target_years.frame_of(small_archive, "mori"), "no station"),
    ):
        with pytest.raises(AirqError, match=needed) as caught:
            made()
        assert len(str(caught.value).splitlines()) == 1


def test_ruff_is_content() -> None:
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed beside python")
    done = subprocess.run(
        [ruff, "check", "--no-cache", SCRIPT, BOOK], capture_output=True, text=True, cwd=options.home()
    )
    assert done.returncode == 0, done.stdout

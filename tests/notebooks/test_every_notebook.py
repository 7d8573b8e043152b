"""Every notebook: its two files agree, it holds no output, it is narrative over short cells, in both languages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import jupytext
import nbformat
import pytest

from airq import options
from airq.reports.execute import load

SCRIPTS: Final = sorted((options.home() / "notebooks").glob("*.py"))
LINES: Final = {"51_where_from": 10}
"""Lines of a cell where they may be more than eight: a wind rose and its neighbours share many arguments."""
BANNED: Final = ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.BinOp | ast.For | ast.If | ast.comprehension
every = pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.stem)


def book_of(script: Path) -> Path:
    return script.with_suffix(".ipynb")


def cells(book: nbformat.NotebookNode) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(c.cell_type, c.source.strip(), tuple(c.metadata.get("tags", []))) for c in book.cells]


def test_the_folder_holds_pairs_only() -> None:
    assert len(SCRIPTS) >= 6
    assert sorted((options.home() / "notebooks").glob("*.ipynb")) == [book_of(s) for s in SCRIPTS]


@every
def test_script_and_notebook_are_the_same(script: Path) -> None:
    assert cells(jupytext.read(script)) == cells(nbformat.read(book_of(script), as_version=4))


@every
def test_notebook_holds_no_output(script: Path) -> None:
    book = nbformat.read(book_of(script), as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@every
def test_ten_to_twenty_short_cells_without_functions_or_arithmetic(script: Path) -> None:
    code = [c for c in load(book_of(script)).cells if c.cell_type == "code"]
    steps = [c for c in code if "parameters" not in c.metadata.get("tags", [])]
    assert len(steps) == len(code) - 1 and 10 <= len(steps) <= 20
    for cell in steps:
        assert len(cell.source.splitlines()) <= LINES.get(script.stem, 8), cell.source
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, BANNED), cell.source


@every
def test_narrative_is_in_both_languages(script: Path) -> None:
    for cell in load(book_of(script)).cells:
        if cell.cell_type == "markdown":
            assert re.search("[\u4e00-\u9fff]{6}", cell.source), cell.source
            assert re.search(r"[a-z]+ [a-z]+ [a-z]+", cell.source), cell.source
            assert "$" not in cell.source


@every
def test_ruff_is_content(script: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed beside python")
    done = subprocess.run(
        [ruff, "check", "--no-cache", script, book_of(script)],
        capture_output=True,
        text=True,
        cwd=options.home(),
    )
    assert done.returncode == 0, done.stdout

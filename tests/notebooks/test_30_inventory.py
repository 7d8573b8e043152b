"""The notebook on the inventory: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from airq import inventory, options
from airq.errors import AirqError
from airq.reports import inventory_page as page
from airq.reports.execute import execute, load

SCRIPT = options.home() / "notebooks" / "30_inventory.py"
BOOK = SCRIPT.with_suffix(".ipynb")
DRAWS = 200


def cells(book: nbformat.NotebookNode) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(c.cell_type, c.source.strip(), tuple(c.metadata.get("tags", []))) for c in book.cells]


def test_script_and_notebook_are_the_same() -> None:
    assert cells(jupytext.read(SCRIPT)) == cells(nbformat.read(BOOK, as_version=4))


def test_notebook_holds_no_output() -> None:
    book = nbformat.read(BOOK, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


def test_ten_to_twenty_short_cells_without_functions_or_arithmetic() -> None:
    code = [c for c in load(BOOK).cells if c.cell_type == "code"]
    assert 10 <= len(code) <= 20
    banned = ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.BinOp | ast.For | ast.If | ast.comprehension
    for cell in code:
        assert len(cell.source.splitlines()) <= 8
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, banned), cell.source


def test_narrative_is_in_both_languages() -> None:
    for cell in load(BOOK).cells:
        if cell.cell_type == "markdown":
            assert re.search("[\u4e00-\u9fff]{8}", cell.source), cell.source
            assert re.search(r"[a-z]+ [a-z]+ [a-z]+", cell.source), cell.source
            assert "$" not in cell.source


def test_parameters() -> None:
    cell = next(c for c in load(BOOK).cells if "parameters" in c.metadata.get("tags", []))
    names = [t.id for n in ast.parse(cell.source).body if isinstance(n, ast.Assign) for t in n.targets]
    assert names == ["lang", "place", "register", "draws", "seed", "years"]


def shown(done: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [o for c in done.cells if c.cell_type == "code" for o in c.outputs]


def words(done: nbformat.NotebookNode) -> str:
    return "\n".join(o.data.get("text/html", "") for o in shown(done))


def plain_run(done: nbformat.NotebookNode) -> None:
    """Figures and tables only: no warning, nothing printed."""
    assert {o.output_type for o in shown(done)} == {"display_data"}
    assert sum("image/png" in o.data for o in shown(done)) == 7
    assert "nan" not in re.sub("[Mm]anas|[Nn]angou", "", words(done)).lower()


def test_everything_in_chinese(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = execute(load(BOOK), {"lang": "zh", "draws": DRAWS, "years": "2021-2025"}, forked=False)
    plain_run(done)
    text = words(done)
    expected = inventory.load().emissions(DRAWS, 0, years=(2021, 2025)).total.loc["PM25"]
    assert f"{expected['p50']:,.0f} [{expected['p5']:,.0f}–{expected['p95']:,.0f}]" in text
    for needed in ("132,000", "688", "1,729", "没有吨数的措施", "是系数表而不是清单"):
        assert needed in text, needed


def test_a_county_and_a_register_of_ones_own_in_english(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.csv").write_text(
        "measure_id,name_en,place,category,technology_before,fuel,count,count_unit,start,end,status\n"
        "own-01,stoves,fukang,home_heating,stove_raw_coal,coal,1234,户,2022,2023,done\n"
        "own-02,kilns,fukang,kiln,lime_kiln,coal,3,座,2022,2023,planned\n"
        "own-03,stoves,qitai,home_heating,stove_raw_coal,coal,777,户,2022,2023,done\n",
        encoding="utf-8",
    )
    given = {"lang": "en", "place": "阜康市", "register": "own.csv", "draws": DRAWS}
    done = execute(load(BOOK), given, forked=False)
    plain_run(done)
    text = words(done)
    assert "1,234" in text and ">777<" not in text and "Fukang" in text
    kilns = next(r for r in re.findall(r"<tr[^>]*>.*?</tr>", text, re.DOTALL) if "Kilns" in r and ">0<" in r)
    assert ">1<" in kilns
    tables = "".join(t for t in re.findall(r"<table>.*?</table>", text, re.DOTALL) if "Verdict" not in t)
    assert not re.search("[\u4e00-\u9fff]", re.sub("户|座", "", tables))


def test_a_wrong_parameter_is_refused_in_one_sentence() -> None:
    measures = inventory.load()
    for made, needed in (
        (lambda: page.choose(measures, "chanji"), "did you mean 'changji'"),
        (lambda: page.choose(measures, "beijing"), "not known|no measure"),
        (lambda: page.span("soon"), "no year and no span"),
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

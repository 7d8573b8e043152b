"""The notebook on forecasts: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pandas as pd
import pytest

from airq import options
from airq.errors import AirqError
from airq.reports import coming
from airq.reports import forecast_page as page
from airq.reports.execute import execute, load

SCRIPT = options.home() / "notebooks" / "40_forecast.py"
BOOK = SCRIPT.with_suffix(".ipynb")
# Small models on small data: the notebook is tested here and the models where they live.
QUICK = {"model": "climatology", "horizons": "1-3", "test_days": 60, "place": "changji"}


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


def test_in_chinese_without_weather(small_archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = execute(load(BOOK), {**QUICK, "archive": str(small_archive.path), "hours": ""}, forked=False)
    assert {o.output_type for o in shown(done)} == {"display_data"}  # no warning, nothing printed
    assert sum("image/png" in o.data for o in shown(done)) == 6
    text = words(done)
    for needed in (
        "模拟数据",
        "没有提供气象预报",
        "档案中没有该地的气象资料",
        "首要污染物",
        "采暖季",
        "费用损失比",
    ):
        assert needed in text, needed
    assert "nan" not in text.lower()
    frame = page.frame_of(small_archive.path, "changji")
    made = coming.coming(frame, ("pm25",), (1, 2, 3), model="climatology")
    first = coming.days(made, "changji").iloc[0]
    assert f"{first['pm25']:.0f} [{first['pm25_q10']:.0f}–{first['pm25_q90']:.0f}]" in text
    tested = coming.verified(frame, "pm25", (1, 3, 7), None, 60, "climatology")
    assert f"{tested.scores['crps'].iloc[0]:.1f}" in text


def test_in_english_with_a_weather_file_and_hours(small_archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    days = pd.date_range("2026-11-01", periods=3)
    pd.DataFrame({"date": days, "temperature_mean": [-3.0, -4.0, -5.0]}).to_csv("weather.csv", index=False)
    given = {
        **QUICK,
        "lang": "en",
        "archive": str(small_archive.path),
        "weather": "weather.csv",
        "hours": "1,6",
    }
    done = execute(load(BOOK), {**given, "targets": "pm25"}, forked=False)
    assert {o.output_type for o in shown(done)} == {"display_data"}
    text = words(done)
    assert "Changji City: air quality of the coming days" in text and "no category has a probability" in text
    tables = "".join(re.findall(r"<table>.*?</table>", text, re.DOTALL))
    assert not re.search("[\u4e00-\u9fff]", tables)


def test_a_wrong_parameter_is_refused_in_one_sentence(small_archive, tmp_path: Path) -> None:
    broken = tmp_path / "w.csv"
    broken.write_text("date,temperature_mean\n2026-11-01,cold\n", encoding="utf-8")
    for made, needed in (
        (lambda: page.targets_of("pm2.5x"), "not known"),
        (lambda: page.weather_of(str(broken), "changji"), "line 2, column 'temperature_mean'"),
        (lambda: page.weather_of(str(tmp_path / "none.csv"), "changji"), "no such file"),
        (lambda: page.frame_of(small_archive.path, "mori"), "no station of 'mori'"),
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

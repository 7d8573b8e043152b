"""The notebook on the inventory: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from executed import assert_only_figures_and_tables, run, words

from airq import inventory, options
from airq.errors import AirqError
from airq.reports import inventory_page as page
from airq.reports.execute import load

SCRIPT = options.home() / "notebooks" / "30_inventory.py"
BOOK = SCRIPT.with_suffix(".ipynb")
DRAWS = 200


def test_parameters() -> None:
    cell = next(c for c in load(BOOK).cells if "parameters" in c.metadata.get("tags", []))
    names = [t.id for n in ast.parse(cell.source).body if isinstance(n, ast.Assign) for t in n.targets]
    assert names == ["lang", "place", "register", "draws", "seed", "years"]


def test_everything_in_chinese(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(BOOK, {"lang": "zh", "draws": DRAWS, "years": "2021-2025"})
    assert_only_figures_and_tables(done, 7, but="[Mm]anas|[Nn]angou")
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
    done = run(BOOK, given)
    assert_only_figures_and_tables(done, 7, but="[Mm]anas|[Nn]angou")
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

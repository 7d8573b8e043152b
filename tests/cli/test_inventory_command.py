"""``airq inventory`` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from airq import cli
from airq.inventory import schema

ROW = "b-1,昌吉市,boiler_coal,boiler_lt65,coal,{},台,2024,2024,done\n"
HEAD = "measure_id,place,category,technology_before,fuel,count,count_unit,start,end,status\n"


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "inventory", cli.COMMANDS.get("inventory", "Reduction measures."))


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(["inventory", *map(str, args)])
    out = capsys.readouterr()
    return int(stop.value.code or 0), out.out, out.err


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "登记.csv"
    path.write_text(HEAD + ROW.format(30) + ROW.format(-1).replace("b-1", "b-2"), encoding="gb18030")
    return path


def test_show_lists_what_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "show", "--category", "燃煤锅炉", "--status", "done", "--json")
    rows = {r["measure_id"]: r for r in json.loads(out)}
    assert code == 0 and rows["15fyp-boiler-01"]["count"] == 688
    assert rows["2023-boiler-01"]["standing"] == "contained in 15fyp-boiler-01"
    code, out, _ = run(capsys, "show", "--counts", "--place", "changji")
    assert code == 0 and "2025-boiler-01" not in out


def test_tonnes_by_group_in_json_and_csv(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out_file = tmp_path / "t.csv"
    words = ("tonnes", "--status", "done", "--years", "2021-2025", "--draws", 4000, "--by", "category", "--pollutants", "PM2.5,nox")  # fmt: skip
    code, out, _ = run(capsys, *words, "--json", "--out", out_file)
    document = json.loads(out)
    assert code == 0 and {r["pollutant"] for r in document["t_per_year"]} == {"PM25", "NOx"}
    assert document["contributors"][0]["input"] == "stove-raw-pm25"
    written = pd.read_csv(out_file)
    assert written["p50"].tolist() == pytest.approx([r["p50"] for r in document["t_per_year"]])
    code, again, _ = run(capsys, *words, "--json")
    assert again == out
    code, text, _ = run(capsys, *words)
    assert "home_heating" in text and "t/yr in full effect" in text


def test_tonnes_say_what_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "tonnes", "--needs", "--draws", 10)
    assert code == 0 and "needs factors" in out and "an efficiency" not in out.split("\n")[0]


def test_audit_prints_a_verdict_in_both_languages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "audit", "--draws", 2000)
    assert code == 0 and "news-2023-effect [uniform]" in out
    assert "cannot be PM2.5" in out and "不可能是PM2.5" in out and "5.57" in out
    claims = tmp_path / "c.csv"
    claims.write_text("id,coal_t,so2_t,nox_t\nmine,500001,1234,877\n", encoding="utf-8")
    code, out, _ = run(capsys, "audit", claims, "--json", "--draws", 200)
    (row,) = json.loads(out)["claims"]
    assert (
        code == 0 and row["fingerprint"] == "none" and row["factors"]["so2"] == pytest.approx(2.468, abs=1e-3)
    )
    claims.write_text("id,coal_t\nmine,-1\n", encoding="utf-8")
    code, _, err = run(capsys, "audit", claims)
    assert code == 2 and "row 2" in err and err.count("\n") == 1


def test_template_check_and_partial(capsys: pytest.CaptureFixture[str], tmp_path: Path, own: Path) -> None:
    path = tmp_path / "t.xlsx"
    code, out, _ = run(capsys, "template", path)
    assert code == 0 and str(path) in out
    assert [c.value for c in openpyxl.load_workbook(path)["measures"][1]] == list(schema.COLUMNS)
    assert run(capsys, "template", path)[0] == 2 and run(capsys, "template", path, "--force")[0] == 0

    code, out, _ = run(capsys, "check", own)
    assert code == 1 and "row 3, column 'count'" in out and "negative" in out
    assert json.loads(run(capsys, "check", own, "--json")[1])["problems"][0]["row"] == 3

    code, out, err = run(capsys, "tonnes", "--register", own)
    assert code == 2 and out == "" and "row 3" in err and err.count("\n") == 1
    code, out, err = run(capsys, "tonnes", "--register", own, "--partial", "--draws", 200, "--json")
    assert code == 1 and "row 3" in err and json.loads(out)["t_per_year"]


def test_the_own_register_has_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check")
    assert code == 0 and "no errors" in out


def test_sources_name_factor_mark_and_origin(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "sources", "--json")
    rows = {r["id"]: r for r in json.loads(out)}
    assert code == 0 and rows["stove-raw-pm25"]["source"] and rows["coal-per-boiler"]["mark"]
    assert "Global Energy Monitor" in rows["manas power"]["source"]


def test_a_users_factors_and_baseline(capsys: pytest.CaptureFixture[str], tmp_path: Path, own: Path) -> None:
    factors = tmp_path / "f.csv"
    factors.write_text(
        "factor_id,category,technology,fuel,pollutant,value,unit,distribution,rating,source,mark,status\n"
        "mine,boiler_coal,boiler_lt65,coal,PM25,1,kg/t,fixed,A,own,[C],use\n",
        encoding="utf-8",
    )
    words = ("tonnes", "--register", own, "--partial", "--pollutants", "PM25", "--draws", 500, "--json")
    plain = json.loads(run(capsys, *words)[1])["t_per_year"][0]["p50"]
    mine = json.loads(run(capsys, *words, "--factors", factors)[1])["t_per_year"][0]["p50"]
    assert mine == pytest.approx(plain / 0.45, rel=0.2)
    base = tmp_path / "b.csv"
    base.write_text("place,sector,pm25_t,year\n昌吉市,boiler_coal,0.5,2020\n", encoding="utf-8")
    held = json.loads(run(capsys, *words, "--baseline", base)[1])
    assert held["t_per_year"][0]["p95"] == pytest.approx(0.5) and "held to it" in held["notes"][0]
    assert json.loads(run(capsys, *words, "--baseline", "none")[1])["notes"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tonnes", "--years", "soon"), "years 'soon'"),
        (("tonnes", "--pollutants", "Hg"), "pollutant 'Hg'"),
        (("tonnes", "--draws", "0"), "draws 0"),
        (("show", "--category", "roofs"), "category 'roofs'"),
        (("show", "--place", "chanji"), "did you mean"),
        (("show", "--register", "nothing.csv"), "nothing.csv"),
        (("weather",), "No such command"),
    ],
)
def test_wrong_usage_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, out, err = run(capsys, *words)
    assert code == 2 and out == "" and said in err and err.count("\n") == 1


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert code == 0 and all(c in out for c in ("audit", "check", "show", "sources", "template", "tonnes"))

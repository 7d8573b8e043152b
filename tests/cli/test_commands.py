"""The command line as a person uses it: exit codes, one-sentence errors, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from airq.cli import COMMANDS, main

DAY = "date,hour,type,2691A,2692A\n" + "".join(
    f"20190105,{h},{t},{10 + h},{20 + h}\n" for h in range(24) for t in ("PM2.5", "PM10", "SO2", "NO2", "O3")
)


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in args])
    out = capsys.readouterr()
    return int(stop.value.code or 0), out.out, out.err


def test_help_lists_every_command_and_each_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0 and all(name in out for name in COMMANDS)
    for name in COMMANDS:
        code, out, _ = run(capsys, name, "--help")
        assert code == 0 and "--json" in out, name


def test_help_imports_nothing_heavy() -> None:
    text = "import sys; import airq.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\nprint(sorted({m.split('.')[0] for m in sys.modules} & {'numpy','pandas','xarray','matplotlib','yaml'}))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_ingest_evaluate_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a b.csv").write_text(DAY)
    (tmp_path / "bad.csv").write_text("<html>")
    arch = tmp_path / "arch"
    code, out, err = run(capsys, "ingest", tmp_path / "a b.csv", tmp_path / "bad.csv", "--archive", arch)
    assert code == 1 and "1 ok, 0 in part, 1 rejected" in out and "bad.csv: line 1: a web page" in err
    code, out, _ = run(capsys, "ingest", tmp_path / "a b.csv", "--archive", arch, "--json")
    report = json.loads(out)
    assert code == 0 and report["files"][0]["same"] == 240 and report["files"][0]["new"] == 0
    code, out, _ = run(capsys, "archive", "--archive", arch, "--json")
    assert code == 0 and json.loads(out)["stations"] == 2
    code, out, _ = run(capsys, "archive", "verify", "--archive", arch)
    assert code == 0 and "0 faults" in out
    code, out, _ = run(capsys, "archive", "history", "--archive", arch, "--json")
    assert [r["status"] for r in json.loads(out)] == ["ok", "rejected"]
    code, out, _ = run(
        capsys, "evaluate", "--period", "2019-01", "--place", "昌吉市", "--archive", arch, "--json"
    )
    rows = json.loads(out)["rows"]
    assert code == 0 and [r["standard"] for r in rows] == ["GB3095-2012", "GB3095-2026-transition"]
    # Labels 1…23 of 5 January and no label 0 of the 6th: 23 valid hours; mean of 11…33 is 22, of 21…43 is 32, city 27.
    assert rows[0]["mean_pm25"] == pytest.approx(27) and rows[0]["days_valid"] == 1


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["ingest", "nowhere.csv"], "nowhere.csv: no such file or folder"),
        (["ingest"], "Missing argument"),
        (["evaluate", "--period", "2019-13", "--archive", "none"], "2019-13"),
        (["evaluate", "--period", "2019-01", "--archive", "none"], "none: the archive is empty"),
        (["archive", "--archive", "pyproject.toml"], "not an archive"),
        (["nonsense"], "No such command 'nonsense'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_2(
    args: list[str],
    text: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    code, _, err = run(capsys, *args)
    assert code == 2 and text in err and err.count("\n") == 1 and "Traceback" not in err


def test_stations_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "stations", "--check")
    assert code == 1 and "hutubi" in out and "6 findings" in out  # no national station lies there
    table = tmp_path / "list.csv"
    table.write_text(
        "监测点编码,监测点名称,城市,经度,纬度,对照点\n1A,甲,火星,87.1,44.1,Y\n2A,乙,昌吉市,,,N\n",
        encoding="utf-8-sig",
    )
    code, out, _ = run(capsys, "stations", table, "--check")
    assert code == 1 and "火星" in out and "2A: has no position" in out
    code, out, _ = run(capsys, "stations", table, "--json")
    assert json.loads(out)[0]["role"] == "background" and json.loads(out)[1]["place"] == "changji"

"""``airq whatif`` and ``airq serve``: scenarios side by side, JSON, refusals in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_archive import fill

from airq.cli import main
from airq.observations import Archive
from airq.reports import serving


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return fill(Archive(tmp_path_factory.mktemp("whatif") / "archive"), "2023-10", "2026-04", ("changji",))


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(w) for w in words])
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


def test_scenarios_are_run_and_compared(archive: Archive, tmp_path: Path, capsys) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("season: 2025-2026\nmeasures:\n  - id: 2025-boiler-1\n", encoding="utf-8")
    few = ("--archive", archive.path, "--draws", 40, "--weather-years", 4)
    code, out, err = call(capsys, "whatif", "30-boilers-741-trucks", "no-action", wrong, *few)
    assert code == 1
    assert "wrong.yaml" in err and "line 3" in err and len(err.strip().splitlines()) == 1
    assert "simulated data" in out and "comparison" in out and "below what observation can detect" in out
    last = out[out.index("comparison") :].splitlines()
    boilers, nothing = (next(r for r in last if r.startswith(n)) for n in ("30-boilers", "no-action"))
    assert "−0." in boilers and "−" not in nothing.replace("no-action", "")


def test_json_holds_the_numbers_of_the_library(archive: Archive, capsys) -> None:
    from airq import scenario

    few = ("--archive", archive.path, "--draws", 40, "--weather-years", 4, "--seed", 3, "--json")
    code, out, _ = call(capsys, "whatif", "30-boilers-741-trucks", *few)
    (held,) = json.loads(out)["scenarios"]
    found = scenario.run("30-boilers-741-trucks", 3, draws=40, weather_years=4, archive=archive.path)
    assert code == 0 and held["draws"] == 40
    assert held["table"][0]["change_p50"] == pytest.approx(found.table["change_p50"].iloc[0])


def test_wrong_usage_is_one_sentence(archive: Archive, tmp_path: Path, capsys) -> None:
    for words, said in (
        (("whatif",), "no scenario is named"),
        (("whatif", "no-such-scenario"), "no-such-scenario"),
        (("whatif", "no-action", "--place", "atlantis"), "atlantis"),
        (("whatif", "no-action", "--place", "mori", "--archive", archive.path, "--draws", 20, "--weather-years", 2), "gives nothing for 'mori'"),
        (("serve", "no-such-scenario"), "no-such-scenario"),
        (("serve", "no-action", "--archive", tmp_path / "none"), "no such folder"),
    ):  # fmt: skip
        code, _, err = call(capsys, *words)
        assert code == 2 and said in err and len(err.strip().splitlines()) == 1, err


def test_the_examples_are_listed_in_chinese(capsys) -> None:
    code, out, _ = call(capsys, "whatif", "--list", "--zh")
    assert code == 0 and "红色预警5天" in out and "red-alert-5-days" in out


def test_serve_gives_the_notebook_its_parameters(capsys, monkeypatch, tmp_path: Path) -> None:
    asked = {}
    monkeypatch.setattr(serving, "serve", lambda given, port, browser: asked.update(given, port=port) or 0)
    code, out, _ = call(capsys, "serve", "no-action", "--lang", "en", "--port", 9911, "--archive", tmp_path)
    assert code == 0 and "http://127.0.0.1:9911/" in out
    assert asked["scenario"] == "no-action" and asked["lang"] == "en" and asked["sliders"] is True
    assert asked["archive"] == str(tmp_path.resolve()) and asked["port"] == 9911

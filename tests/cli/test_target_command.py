"""``airq target`` as a person uses it, on a small simulated archive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_archive import fill

from airq import cli
from airq.observations import Archive

OWN = """targets:
  - {id: own-good, place: changji, year: 2026, mark: firm, source: mine, target: {kind: good_days, at_least: 300}}
  - {id: own-old, place: changji, year: 2015, mark: firm, source: mine, target: {kind: good_days, at_least: 300}}
  - id: own-both
    place: changji
    year: 2026
    mark: striving
    source: mine
    target: {all_of: [{kind: good_days, at_least: 250}, {kind: mean, pollutant: pm25, at_most: 60}]}
  - {id: own-qitai, place: qitai, year: 2026, mark: firm, source: mine, target: {kind: heavy_days, at_most: 5}}
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Two counties from January 2023 to October 2026."""
    folder = tmp_path_factory.mktemp("held") / "archive"
    return fill(Archive(folder), "2023-01", "2026-10", ("changji", "qitai"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], held: Archive):
    def call(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main(["target", *map(str, args), "--archive", str(held.path)])
        out = capsys.readouterr()
        return int(stop.value.code or 0), out.out, out.err

    return call


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_every_row_of_a_register(run, own: Path) -> None:
    code, out, err = run("昌吉市", "--targets", own, "--draws", 300, "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["simulated"] is True and document["places"][0]["asof"] == "2026-10-31"
    rows = {r["id"]: r for r in document["places"][0]["targets"]}
    assert set(rows) == {"own-good", "own-both"}  # 2015 lies before the archive
    one = rows["own-good"]
    assert one["limit"] == 300 and 0 <= one["probability"] <= 1 and one["q10"] <= one["q50"] <= one["q90"]
    assert one["zero"] is not None and one["half"] is not None and one["full"] is not None
    assert rows["own-both"]["probability"] <= one["probability"] or rows["own-both"]["target"]["all_of"]
    assert {r["what"] for r in one["rest_of_year"]} == {"needed", "observed"}
    code, out, err = run("昌吉市", "--targets", own, "--draws", 300)
    assert "模拟数据 / simulated data." in out and "good days at least 300 d" in out and "own-old" in err


def test_a_year_and_a_day_of_ones_choice(run, own: Path) -> None:
    code, out, err = run(
        "qitai", "--targets", own, "--asof", "2026-03-31", "--draws", 300, "--drift", "zero", "--json"
    )
    assert code == 0, err
    found = json.loads(out)["places"][0]
    assert found["asof"] == "2026-03-31"
    assert {r["drift"] for r in found["targets"]} == {"zero"}
    code, _, err = run("changji", "--targets", own, "--year", 2015)
    assert code in (1, 2) and "2015" in err


def test_hindcast_and_attainment(run) -> None:
    code, out, err = run("qitai", "--hindcast", "--draws", 100, "--json")
    assert code == 0, err
    found = json.loads(out)["hindcasts"][0]
    assert {s["kind"] for s in found["scores"]} == {"good_days", "heavy_days", "mean:pm25"}
    assert found["reliability"] and found["brier"][-1]["issue_day"] == "all"
    code, out, err = run(
        "changji", "--attainment", "--limits", "40,30", "--year", 2030, "--draws", 500, "--json"
    )
    assert code == 0, err
    table = json.loads(out)["attainment"][0]["annual"]
    assert {r["limit"] for r in table} == {40.0, 30.0} and max(r["year"] for r in table) == 2030
    code, out, _ = run("changji", "--attainment", "--draws", 500)
    assert code == 0 and "by_then" in out and "three year" in out


def test_by_default_every_county_and_what_one_of_them_stands_for(run, own: Path) -> None:
    code, out, err = run("--targets", own, "--draws", 100, "--json")
    assert code == 0, err
    assert [p["place"] for p in json.loads(out)["places"]] == ["changji", "qitai", "changji-prefecture"]


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (("chanji",), "did you mean 'changji'"),
        (("mori",), "no station"),
        (("wu-chang-shi",), "No city represents"),
        (("changji", "--asof", "soon"), "is not a date"),
        (("changji", "--drift", "up"), "drift 'up' is not known"),
        (("changji", "--attainment", "--limits", "low"), "are no numbers"),
        (("changji", "--targets", "none.yaml"), "cannot be read"),
        (("changji", "--draws", "3"), "100"),
    ],
)
def test_wrong_use_is_one_sentence(run, words: tuple[str, ...], needed: str) -> None:
    code, out, err = run(*words)
    assert code == 2 and needed in err and len(err.strip().splitlines()) == 1 and "Traceback" not in out + err

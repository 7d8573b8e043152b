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


def test_the_year_of_attainment_is_printed(run) -> None:
    code, out, err = run("changji", "--attainment", "--limits", "200,2", "--draws", 200, "--json")
    assert code == 0, err
    found = json.loads(out)["attainment"][0]
    first = {(r["kind"], r["limit"]): r for r in found["first_year"]}
    assert first["annual", 200.0]["q50"] == 2026 and first["annual", 2.0]["q50"] is None
    assert {"q05", "q50", "q95"} <= set(found["quantiles"][0])
    code, out, _ = run("changji", "--attainment", "--limits", "200,2", "--draws", 200)
    block = out.split("year in which a limit is first attained")[1].split("quantiles")[0].splitlines()
    assert next(line for line in block if "200" in line).split()[-3:] == ["2026"] * 3
    assert "–" in next(line for line in block if " 2.0" in line)
    code, out, err = run("changji", "--attainment", "--year", 2018)
    assert code == 2 and "year 2018 is not ahead of the data" in err and "2018" not in out


def test_a_hindcast_says_when_and_of_what(run) -> None:
    code, out, err = run("qitai", "--hindcast", "--asof", "2025-12-31", "--draws", 100)
    assert code == 0, err
    assert "hindcast of 2024, 2025" in out  # the last year is whole
    for title in ("Brier score by day of issue", "CRPS by day of issue", "80% interval by day of issue"):
        head = out.split(title)[1].splitlines()[1].split()
        assert head == ["issue_day", "good_days", "heavy_days", "mean:pm25"], title
    code, out, err = run("qitai", "--hindcast", "--asof", "2025-12-20", "--draws", 100)
    assert code == 0 and "hindcast of 2024\n" in out


def test_a_day_after_the_data_is_refused_or_said(run, own: Path) -> None:
    code, out, err = run("changji", "--targets", own, "--asof", "2030-01-01", "--draws", 100)
    assert code == 1 and "last-year: the last observation of site 'changji' is of 2026-10-31" in err
    assert "before 2030-01-01" in err and "2030" not in out.split("own-good")[1].splitlines()[0]
    code, out, err = run("changji", "--targets", own, "--asof", "2030-01-01", "--year", 2030)
    assert code == 2 and "before 2030-01-01" in err and "Traceback" not in err
    code, out, err = run("changji", "--targets", own, "--asof", "2027-01-20", "--draws", 200, "--json")
    assert code == 0, err
    rows = json.loads(out)["places"][0]
    assert rows["asof"] == "2027-01-20" and rows["year"] == 2027
    one = next(r for r in rows["targets"] if r["id"] == "last-year")
    assert one["unknown_days"] == 20 and any("81 days before the day of issue" in n for n in one["notes"])
    assert not any("2027 is not begun" in n for n in one["notes"])


def test_a_day_before_the_data(run) -> None:
    code, _, err = run("changji", "--asof", "2010-01-01")
    assert code == 2 and "holds no observation of Changji City up to 2010-01-01" in err


def test_what_the_rest_may_hold_is_said_in_words(run, tmp_path: Path) -> None:
    path = tmp_path / "lost.yaml"
    path.write_text(
        "targets:\n"
        "  - {id: few, place: changji, year: 2026, mark: firm, source: m, target: {kind: good_days, at_least: 366}}\n"
        "  - {id: low, place: changji, year: 2026, mark: firm, source: m, target: {kind: mean, pollutant: pm25, at_most: 3}}\n",
        encoding="utf-8",
    )
    code, out, err = run("changji", "--targets", path, "--draws", 100)
    assert code == 0, err
    row, mean = (next(line for line in out.splitlines() if line.startswith(n)) for n in ("few", "low"))
    assert "missed by " in row and " d " in row.split("missed by ")[1][:8]
    assert "missed" in mean and "-" not in mean.split("missed")[1].replace("[", "")[:3]


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

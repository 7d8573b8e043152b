"""``airq stations`` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from airq import dataset
from airq.cli import main
from airq.observations import Archive, stations


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["stations", *map(str, args)])
    out = capsys.readouterr()
    return int(stop.value.code or 0), out.out, out.err


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "站点 2018.csv"
    path.write_text(
        "code,name,city,lat,lon\n1A,甲,昌吉市,44.0,87.3\n2A,乙,昌吉市,44.05,87.3\n", encoding="gb18030"
    )
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "list-2020.01.01.csv"
    path.write_text("code,name,city,lat,lon\n1A,丙,昌吉市,44.03,87.3\n2A,乙,昌吉市,44.05,87.3\n")
    return path


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    def box(x: float) -> list[list[list[float]]]:
        return [[[x, 43.5], [x + 1, 43.5], [x + 1, 44.5], [x, 44.5], [x, 43.5]]]

    features = [
        {"type": "Feature", "properties": {"name": n}, "geometry": {"type": "Polygon", "coordinates": box(x)}}
        for n, x in (("昌吉市", 86.8), ("阜康市", 87.8))
    ]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_own_table_is_sound_but_for_the_counties_without_a_station(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(capsys, "--check", "--json")
    document = json.loads(out)
    assert (
        code == 1 and document["stations"] == 21 and {d["kind"] for d in document["details"]} == {"coverage"}
    )
    assert {d["place"] for d in document["details"]} == {
        "fukang",
        "hutubi",
        "manas",
        "qitai",
        "jimsar",
        "mori",
    }


def test_a_finding_names_the_file_and_the_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("station,place,lat,lon\n\nA,urumqi,43.8,87.6\nB,urumqi,,\n")
    code, out, _ = run(capsys, path, "--check")
    assert code == 1 and out.splitlines() == [
        f"{path}: line 4: B: has no position; add lat and lon.",
        "2 stations, 1 findings.",
    ]
    path.write_text("station,place,lat,lon\nA,urumqi,43.8,87.6\n")
    assert run(capsys, path, "--check")[:2] == (0, "1 stations, 0 findings.\n")


def test_merge_writes_a_registry(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: Path, new: Path
) -> None:
    path = tmp_path / "registry.csv"
    code, out, _ = run(capsys, "--merge", new, old, "--out", path)
    assert (
        code == 0 and "1A: move of 3.34 km from 44, 87.3 to 44.03, 87.3" in out and f"written: {path}" in out
    )
    assert "2 lists (2018-01-01, 2020-01-01): 2 stations in 3 rows; changes: 1 move, 1 rename." in out
    table = stations.load(path)
    assert stations.at(table, "2019-01-01")["name_zh"].tolist() == ["甲", "乙"]
    code, out, _ = run(capsys, path, "--on", "2019-01-01", "--json")
    assert [r["name_zh"] for r in json.loads(out)] == ["甲", "乙"]
    code, out, _ = run(capsys, path)
    assert code == 0 and "valid_from" in out and out.count("1A") == 2


def test_merge_with_dates_behind_the_names(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: Path, new: Path
) -> None:
    plain = tmp_path / "a list.csv"
    plain.write_bytes(old.read_bytes())
    code, _, err = run(capsys, "--merge", plain, new)
    assert code == 2 and "has no date in its name; write a list.csv@2020-01-01" in err
    code, out, _ = run(capsys, "--merge", f"{plain}@2017-05-01", new, "--json")
    document = json.loads(out)
    assert code == 0 and document["dates"] == ["2017-05-01", "2020-01-01"]
    assert [c["kind"] for c in document["changes"]] == ["move", "rename"] and len(document["rows"]) == 3


def test_boundaries_place_stations_and_contradict_a_list(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, areas: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("station,place,lat,lon\nA,,44.0,87.3\nB,昌吉市,44.0,88.3\nC,昌吉州,44.0,87.9\n")
    out_path = tmp_path / "placed.csv"
    code, out, _ = run(capsys, path, "--boundaries", areas, "--out", out_path)
    assert code == 0 and "A: placed in 'changji' by the boundaries." in out
    assert stations.load(out_path)["place"].tolist() == ["changji", "changji", "fukang"]
    code, out, _ = run(capsys, path, "--check", "--boundaries", areas, "--json")
    document = json.loads(out)
    found = [d for d in document["details"] if d["kind"] == "boundary"]
    assert (
        code == 1
        and [d["station"] for d in found] == ["B"]
        and found[0]["km"] == pytest.approx(40.0, rel=0.02)
    )
    assert document["assigned"] == {"A": "changji", "C": "fukang"}


def test_check_against_an_archive(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    about = pd.DataFrame({"station": ["A"], "place": ["urumqi"], "role": ["evaluation"]})
    time = pd.date_range("2021-01-01 01:00", periods=24, freq="h")
    folder = tmp_path / "archive"
    Archive(folder).store(dataset.build(about, time, {"pm25": [[1.0] * 24]}), source="made here")
    path = tmp_path / "t.csv"
    path.write_text("station,place,lat,lon,valid_from,valid_to\nA,urumqi,43.8,87.6,,2020-12-31\n")
    code, out, _ = run(capsys, path, "--check", "--archive", folder, "--json")
    assert code == 1 and "validity" in [d["kind"] for d in json.loads(out)["details"]]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere.csv"], "nowhere.csv"),
        (["a.csv", "b.csv"], "2 tables are given; add --merge"),
        (["--merge"], "--merge needs lists"),
        (["--archive", "x"], "add --check"),
        (["--check", "--archive", "nowhere"], "nowhere: the archive is empty or none"),
        (["--boundaries", "nowhere.geojson"], "nowhere.geojson"),
        (["--on", "soon"], "'soon' is no day"),
        (["--out", "table.xlsx"], "end the name in .csv"),
    ],
)
def test_wrong_use_is_one_sentence(
    args: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, *args)
    assert code == 2 and said in err and err.count("\n") == 1 and "Traceback" not in err


def test_the_written_file_is_none_of_the_lists(
    capsys: pytest.CaptureFixture[str], old: Path, new: Path
) -> None:
    before = old.read_bytes()
    code, _, err = run(capsys, "--merge", old, new, "--out", old)
    assert code == 2 and "one of the lists that are read" in err and old.read_bytes() == before

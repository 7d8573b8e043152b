"""The change list is a valid feed that grows, and says what moved."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from airq.analysis.period import parse
from airq.errors import ParameterError, ReportError
from airq.reports import changes, run, staging
from airq.reports.outcomes import Outcome

PERIOD = parse("2026-10")
MADE = Outcome("mori", "en", "made", "mori.en.html", "0123456789", made="2026-11-02 07:30")
ATOM = "{http://www.w3.org/2005/Atom}"


def test_entries_newest_first(tmp_path) -> None:
    file = changes.publish(tmp_path, PERIOD, [MADE])
    moved = {"figure": "mean_pm25", "standard": "GB3095-2012", "day": "", "old": "37.2", "new": "36.9"}
    later = replace(MADE, made="2026-11-09 07:30", revisions=[moved])
    changes.publish(tmp_path, PERIOD, [later, replace(MADE, status="current")])
    first, second = changes.listed(file)
    assert (first["term"], second["term"]) == ("revised", "made")
    assert first["title"] == "Mori, October 2026: 1 figures changed" and "37.2 → 36.9" in first["summary"]
    assert first["href"] == "2026-10/mori.en.html" and first["updated"] == "2026-11-09T07:30:00+08:00"
    failed = replace(
        MADE, lang="zh", status="failed", error="木垒县：/a/b.parquet", said="文件损坏。", file="mori.zh.html"
    )
    changes.publish(tmp_path, PERIOD, [failed])
    assert changes.listed(file)[0]["summary"] == "文件损坏。" and changes.listed(file)[0]["term"] == "failed"
    changes.publish(tmp_path, PERIOD, [replace(failed, made="2026-11-10 07:30", kept="2026-11-02 07:30")])
    assert changes.listed(file)[0]["title"] == "木垒县2026年10月：未能更新，沿用2026-11-02 07:30的版本"


def test_what_a_feed_must_have(tmp_path) -> None:
    root = ET.parse(
        changes.publish(tmp_path, PERIOD, [MADE, replace(MADE, lang="zh", file="mori.zh.html")])
    ).getroot()
    for name in ("id", "title", "updated", "author"):
        assert root.find(ATOM + name) is not None, name
    entries = root.findall(ATOM + "entry")
    ids = [e.findtext(ATOM + "id") for e in entries]
    assert (
        len(entries) == 2 and len(set(ids)) == 2 and all(i.startswith("tag:airq,2026:2026-10/") for i in ids)
    )


def test_a_damaged_feed_is_begun_anew_and_it_does_not_grow_for_ever(tmp_path, monkeypatch) -> None:
    (tmp_path / changes.FILE).write_text("<feed")
    monkeypatch.setattr(changes, "_MOST", 3)
    for day in range(1, 6):
        file = changes.publish(tmp_path, PERIOD, [replace(MADE, made=f"2026-11-0{day} 07:30")])
    assert [e["updated"][8:10] for e in changes.listed(file)] == ["05", "04", "03"]
    before = file.read_bytes()
    changes.publish(tmp_path, PERIOD, [replace(MADE, status="current")])
    assert file.read_bytes() == before


def test_since_names_every_month_to_the_last_complete_one(small_archive) -> None:
    assert run.periods_since("2026-08", small_archive.path) == ["2026-08", "2026-09", "2026-10"]
    assert run.periods_since("2026-10-15", small_archive.path) == ["2026-10"]
    with pytest.raises(
        ParameterError, match=r"--since 2026-11: the last complete month of the archive is 2026-10"
    ):
        run.periods_since("2026-11", small_archive.path)
    with pytest.raises(ParameterError, match="is not a month"):
        run.periods_since("2026-1x", small_archive.path)
    with pytest.raises(ParameterError, match=r"--since 2026-08-99: no day; write 2026-08 or 2026-08-15\."):
        run.periods_since("2026-08-99", small_archive.path)


def test_kept_files_and_manifests(tmp_path) -> None:
    final, stage = tmp_path / "final", tmp_path / "stage"
    for name in ("a.html", "data/a.nc"):
        (final / name).parent.mkdir(parents=True, exist_ok=True)
        (final / name).write_text(name)
    staging.keep(final, stage, ["a.html", "data/a.nc", "gone"])
    (stage / "data/a.nc").write_text("new")
    assert (stage / "a.html").read_text() == "a.html" and (final / "data/a.nc").read_text() == "data/a.nc"
    (final / "data/a.json").write_text("{}")
    row = {
        "file": "a.html",
        "place": "a",
        "files": {"netcdf": ["data/a.nc"]},
        "inputs": "x",
        "status": "made",
    }
    row["sizes"] = staging.sizes(final, staging.files_of(row))
    assert set(row["sizes"]) == {"a.html", "data/a.nc", "data/a.json"}
    (final / staging.MANIFEST).write_text(json.dumps({"reports": [row]}))
    assert staging.earlier(final) == {"a.html": row}
    for name in row["sizes"]:
        before = (final / name).read_text()
        (final / name).write_text(before[:1])
        assert staging.earlier(final)["a.html"]["inputs"] == "", (
            f"{name} was cut, so that the page is made anew"
        )
        (final / name).write_text(before)
    (final / "data/a.nc").unlink()
    assert staging.earlier(final)["a.html"]["damaged"], "a page one of whose files is gone is made anew"
    (final / staging.MANIFEST).write_text("[]")
    assert staging.earlier(final) == {} and staging.manifest(tmp_path) == {}


def test_what_ended_runs_left_is_swept_but_for_finished_pages(tmp_path) -> None:
    for name, rows in (
        (".2026-10.1.tmp", 1),
        (".2026-10.2.tmp", 2),
        (".2026-09.3.tmp", 0),
        (".2026-08.4.tmp", 1),
    ):
        (tmp_path / name).mkdir()
        for n in range(rows):
            staging.note(tmp_path / name, {"file": f"{n}.html"})
    (tmp_path / ".changes.xml.5.tmp").write_text("")
    with (tmp_path / ".2026-10.1.tmp" / ".pages.jsonl").open("a") as stream:
        stream.write('{"file": "cut')
    left = staging.recover(tmp_path, "2026-10")
    assert left is not None and set(staging.journal(left)) == {"0.html", "1.html"}
    assert {p.name for p in tmp_path.iterdir()} == {left.name, ".2026-08.4.tmp"}
    os.utime(tmp_path / ".2026-08.4.tmp" / ".pages.jsonl", (0, 0))
    assert staging.recover(tmp_path, "2026-09") is None
    assert {p.name for p in tmp_path.iterdir()} == {left.name}, "what no run took up in a day is swept"


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ReportError, match=r"cannot be written .*; give another folder by --out"),
        staging.locked(tmp_path / "file" / "out"),
    ):
        pass

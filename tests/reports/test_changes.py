"""The change list is a valid feed that grows, and says what moved."""

from __future__ import annotations

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
    failed = replace(MADE, lang="zh", status="failed", error="木垒县：文件损坏。", file="mori.zh.html")
    changes.publish(tmp_path, PERIOD, [failed])
    assert (
        changes.listed(file)[0]["summary"] == "木垒县：文件损坏。"
        and changes.listed(file)[0]["term"] == "failed"
    )


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


def test_kept_files_and_manifests(tmp_path) -> None:
    final, stage = tmp_path / "final", tmp_path / "stage"
    for name in ("a.html", "data/a.nc"):
        (final / name).parent.mkdir(parents=True, exist_ok=True)
        (final / name).write_text(name)
    staging.keep(final, stage, ["a.html", "data/a.nc", "gone"])
    (stage / "data/a.nc").write_text("new")
    assert (stage / "a.html").read_text() == "a.html" and (final / "data/a.nc").read_text() == "data/a.nc"
    row = {"file": "a.html", "files": {"netcdf": ["data/a.nc"]}}
    (final / staging.MANIFEST).write_text(f'{{"reports": [{str(row).replace(chr(39), chr(34))}]}}')
    assert set(staging.earlier(final)) == {"a.html"}
    (final / "data/a.nc").unlink()
    assert staging.earlier(final) == {}, "a page one of whose files is gone is made anew"
    (final / staging.MANIFEST).write_text("[]")
    assert staging.earlier(final) == {} and staging.manifest(tmp_path) == {}


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ReportError, match=r"cannot be written .*; give another folder by --out"),
        staging.locked(tmp_path / "file" / "out"),
    ):
        pass

"""Places that get a report, and groups made of counties."""

from __future__ import annotations

from pathlib import Path

import pytest

from airq import options, places
from airq.errors import FileRejected

HEAD = (
    "places:\n  - {id: a, kind: county, zh: 甲县, en: A}\n  - {id: b, kind: neighbour, zh: 乙市, en: B%s}\n"
)


def test_the_shipped_places_are_reported_once_counties_first() -> None:
    found = [p.id for p in places.reported()]
    kinds = [places.get(p).kind for p in found]
    assert len(set(found)) == len(found) and kinds[: kinds.count("county")] == ["county"] * 7
    assert {"changji-prefecture", "wu-chang-shi", "div12"} < set(found) and "urumqi" not in found
    assert [g.id for g in places.county_groups()] == ["changji-prefecture"]


def test_a_neighbour_is_reported_where_the_file_says_so(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "counties.yaml"
    monkeypatch.setattr(options, "params_dir", lambda: tmp_path)
    file.write_text(HEAD % "", encoding="utf-8")
    assert [p.id for p in places.reported()] == ["a"]
    file.write_text(HEAD % ", report: true", encoding="utf-8")
    assert [p.id for p in places.load(file).values() if p.report] == ["b"]


@pytest.mark.parametrize("value", ["yes please", "1", "[true]"])
def test_report_is_true_or_false(tmp_path: Path, value: str) -> None:
    file = tmp_path / "counties.yaml"
    file.write_text(HEAD % f", report: {value}", encoding="utf-8")
    with pytest.raises(FileRejected, match=r"place number 2: report .* is neither true nor false"):
        places.load(file)

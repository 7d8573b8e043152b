"""The register: every target of the documents, and what is said of a faulty file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from airq import places, standards
from airq.errors import FileRejected
from airq.targets import register

ROW = {
    "id": "a",
    "place": "changji",
    "year": 2025,
    "mark": "firm",
    "source": "a plan",
    "target": {"kind": "good_days", "at_least": 300},
}


def write(folder: Path, *rows: object) -> Path:
    file = folder / "targets.yaml"
    file.write_text(yaml.safe_dump({"targets": list(rows)}, allow_unicode=True), encoding="utf-8")
    return file


def test_the_documents_targets_are_there() -> None:
    rows = {r.id: r for r in register()}
    assert rows["prefecture-2017-pm25"].target["change"] == {"from": 2016, "by": -1.2, "unit": "ug"}
    assert rows["prefecture-2017-pm10"].target["change"]["by"] == -3.85
    assert rows["prefecture-2017-good-ratio"].target["at_least"] == 0.85
    assert {r.mark for r in rows.values() if r.target and r.target.get("at_least") == 300} == {
        "firm",
        "striving",
    }
    division = [(r.year, r.target) for r in rows.values() if r.place == "div12"]
    assert [t["at_least"] for _, t in division if "at_least" in t] == [0.792, 0.82, 0.85]
    assert [t["change"]["by"] for _, t in division if "change" in t] == [-0.074, -0.156, -0.222]
    assert "10.64" in rows["div12-2025-pm25"].note
    assert rows["prefecture-2030-pm25-falling"].parsed.change.base == 37
    assert rows["changji-2030-attainment-plan"].target is None


def test_limits_of_the_standard_come_from_its_tables() -> None:
    rows = [r for r in register() if r.mark == "limit" and r.target]
    assert len(rows) == 8
    for row in rows:
        assert row.parsed.at_most == standards.limit(row.parsed.pollutant, "annual", on=row.first)


def test_places_are_known_and_names_are_read(tmp_path: Path) -> None:
    known = {*places.load(), "all"}
    assert {r.place for r in register()} <= known
    assert register(write(tmp_path, {**ROW, "place": "昌吉市"}))[0].place == "changji"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**ROW, "mark": "hoped"}, "row 2: key 'mark' is 'hoped'"),
        ({**ROW, "place": "atlantis"}, "row 2: key 'place'"),
        ({**ROW, "colour": 1}, "row 2: key 'colour' is not known"),
        ({**ROW, "target": {"kind": "good_days"}}, "row 2: target: give exactly one"),
        ({**ROW, "target": {"kind": "good_days", "at_least": 300, "year": 2024}}, "row 2: key 'target.year'"),
        ({k: v for k, v in ROW.items() if k != "source"}, "row 2: key 'source' is missing"),
        ({**ROW, "id": "A b"}, "row 2: key 'id'"),
        ({**ROW, "year": "soon"}, "row 2: key 'year'"),
        (ROW, "row 2: key 'id': 'a' stands twice"),
        ("300 days", "row 2 is not a mapping"),
    ],
)
def test_refusals_name_file_row_and_key(tmp_path: Path, row: object, words: str) -> None:
    file = write(tmp_path, ROW, row)
    with pytest.raises(FileRejected) as caught:
        register(file)
    text = str(caught.value)
    assert text.startswith(f"{file}: ") and words in text and text.endswith(".")


def test_a_file_that_is_no_register(tmp_path: Path) -> None:
    for content in ("targets: [", "- a", "places: []"):
        file = tmp_path / "x.yaml"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(FileRejected, match=r"x\.yaml"):
            register(file)
    with pytest.raises(FileRejected, match="cannot be read"):
        register(tmp_path / "absent.yaml")

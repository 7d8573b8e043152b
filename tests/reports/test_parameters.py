"""Parameters are refused in one sentence before a kernel starts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from airq import options
from airq.errors import AirqError, ArchiveError, FileRejected, ParameterError
from airq.observations import Archive
from airq.reports import parameters
from airq.reports.results import last_complete_month

TODAY = pd.Timestamp("2026-11-22")


def check(held: Archive, **changes: object) -> parameters.ReportParameters:
    values: dict[str, object] = {
        "place": "昌吉市",
        "month": "2026-10",
        "lang": "zh",
        "archive": str(held.path),
    }
    return parameters.check({**values, **changes}, "params/x.yaml", TODAY)


def test_good_parameters_name_the_place_by_its_id(small_archive) -> None:
    assert check(small_archive).place == "changji" and check(small_archive, place="652301").place == "changji"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"colour": "red"},
            "params/x.yaml: parameter 'colour' is not known; allowed are archive, lang, month, place, results.",
        ),
        (
            {"month": 10},
            "params/x.yaml: parameter 'month' cannot be 10 (int): input should be a valid string.",
        ),
        ({"month": "2026-13"}, "period '2026-13' is not a month, quarter, half-year or year; write 2026-10"),
        (
            {"month": "2027-03"},
            "period '2027-03' lies in the future; the last month that has begun is 2026-11.",
        ),
        (
            {"month": "2026-11"},
            "period '2026-11' is not in the archive, which holds 2025-01 to 2026-10; ingest its data first.",
        ),
        (
            {"place": "chanji"},
            "params/x.yaml: parameter 'place': place 'chanji' is not known; did you mean 'changji'?",
        ),
        ({"lang": "fr"}, "params/x.yaml: parameter 'lang' is 'fr'; use 'zh' or 'en'."),
        ({"lang": None}, "parameter 'lang' is 'None'; use 'zh' or 'en'."),
        ({"results": 3}, "parameter 'results' cannot be 3 (int)"),
        ({"archive": "/no/such/folder"}, "/no/such/folder: no such archive; make one with 'airq ingest'"),
    ],
)
def test_refusals(small_archive, changes, sentence) -> None:
    with pytest.raises(AirqError) as caught:
        check(small_archive, **changes)
    text = str(caught.value)
    assert sentence in text and "\n" not in text and text.endswith(".")


def test_missing_parameter() -> None:
    with pytest.raises(ParameterError, match=r"x: parameter 'place' is missing; give it\."):
        parameters.check({}, "x")


def test_folder_that_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(ArchiveError, match="holds no month of observations"):
        parameters.open_archive(tmp_path)
    (tmp_path / "catalog.json").write_text("{")
    with pytest.raises(ArchiveError, match="catalog"):
        parameters.open_archive(tmp_path)


def test_settings_of_the_project() -> None:
    found = parameters.settings(options.params_dir() / "reports.yaml")
    assert found.places == "all" and found.languages == ["zh", "en"]
    assert (options.home() / found.notebook).exists()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "speed: fast",
            "parameter 'speed' is not known; allowed are boundaries, formats, jobs, languages, letterhead, map_approval, memory",
        ),
        ("jobs: many", "parameter 'jobs' cannot be 'many' (str)"),
        ("jobs: -1", "parameter 'jobs' cannot be -1"),
        ("languages: [zh, fr]", "'fr'"),
        ("languages: []", "parameter 'languages'"),
        ("timeout: 1.5", "parameter 'timeout' cannot be 1.5 (float)"),
        ("formats: [html, odt]", "'odt'"),
        ("sections: [first]", "section 'first' is not known; use first_page, ranking"),
        ("organisation: {de: x}", "parameter 'organisation.de' is not known"),
        ("organisation: {fr: x}", "'organisation.fr' is not known; allowed are en, zh."),
        ("organisation: 某局", "cannot be '某局'; use the entries zh and en"),
        ("organisation: {zh: 3}", "'organisation.zh' cannot be 3; write a text"),
        ("places: changji", "'places' cannot be 'changji'; use 'all' or a list such as [changji, manas]."),
        ("places: []", "'places' cannot be []; use 'all' or a list"),
        (
            "sections: ranking",
            "'sections' cannot be 'ranking'; use 'all' or a list such as [first_page, ranking].",
        ),
        ("memory: lots", "parameter 'memory' cannot be 'lots'; use whole MB from 200 on, or 0"),
        ("memory: 1", "parameter 'memory' cannot be 1; use whole MB from 200 on, or 0 for no limit."),
        ("retries: 99", "parameter 'retries' cannot be 99"),
        ("jobs: [", "line"),
        ("- a", "holds no entries"),
    ],
)
def test_settings_refusals(tmp_path: Path, body: str, sentence: str) -> None:
    file = tmp_path / "reports.yaml"
    file.write_text(body)
    with pytest.raises((ParameterError, FileRejected)) as caught:
        parameters.settings(file)
    assert str(file) in str(caught.value) and sentence in str(caught.value) and "\n" not in str(caught.value)


def test_settings_that_are_not_utf8_and_codes_without_quotes(tmp_path: Path) -> None:
    file = tmp_path / "reports.yaml"
    file.write_bytes("jobs: 1\norganisation: {zh: 某局}".encode("gbk"))
    with pytest.raises(FileRejected, match=r"reports.yaml: line 2: not UTF-8; save the file as UTF-8\."):
        parameters.settings(file)
    file.write_text("places: [652301, manas]")
    assert parameters.settings(file).places == ["652301", "manas"]


def test_report_places() -> None:
    ids = [p.id for p in parameters.report_places("all")]
    assert (
        len(ids) == 10 and ids[7:] == ["changji-prefecture", "div12", "wu-chang-shi"] and "urumqi" not in ids
    )
    assert [p.id for p in parameters.report_places(["玛纳斯县", "manas", "652324"])] == ["manas"]
    with pytest.raises(ParameterError, match="--place: place 'nowhere' is not known"):
        parameters.report_places(["nowhere"])


def test_default_month(small_archive) -> None:
    assert last_complete_month(small_archive) == "2026-10"


def test_files_that_settings_name_are_looked_for_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(
        FileRejected, match=r"parameter 'boundaries': .*nowhere\.geojson is no file; correct the path\."
    ):
        parameters.check_settings(parameters.Settings(boundaries=str(tmp_path / "nowhere.geojson")))
    (tmp_path / "no.geojson").write_text("# Title")
    with pytest.raises(
        FileRejected, match=r"^mine\.yaml: parameter 'boundaries': no\.geojson: line 1: no valid JSON"
    ):
        parameters.check_settings(parameters.Settings(boundaries=str(tmp_path / "no.geojson")), "mine.yaml")
    with pytest.raises(
        FileRejected, match=r"01_gallery\.ipynb: its cell 'parameters' does not set place, month, arch"
    ):
        parameters.check_settings(parameters.Settings(notebook="notebooks/01_gallery.ipynb"))
    found = parameters.named_files(parameters.Settings(scenarios=["heat_pumps", "mine.yaml"]))
    assert [(entry, path.name) for entry, path in found] == [("scenarios", "mine.yaml")]

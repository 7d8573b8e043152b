"""The first notebook runs in both languages over an archive, and without one makes a small simulated archive."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from executed import assert_only_figures_and_tables, run, shown, words

from airq import dataset, options, standards
from airq.errors import ArchiveError
from airq.observations import Archive, simulation
from airq.reports import start_page

BOOK = options.home() / "notebooks" / "00_start_here.ipynb"


def test_in_chinese(small_archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(BOOK, {"lang": "zh", "archive": str(small_archive.path)})
    assert_only_figures_and_tables(done, 3)
    text = words(done)
    for needed in (
        "模拟数据",
        "档案2025-01至2026-10",
        "两版标准",
        "95%区间",
        "优良天数不少于上年",
        "61_target_playground",
    ):
        assert needed in text, needed
    assert any("'station': 3" in o.data.get("text/plain", "") for o in shown(done))


@pytest.fixture(scope="module")
def begun(small_archive) -> start_page.Start:
    return start_page.start(small_archive.path, "昌吉市")


def text(parts: list) -> str:
    return re.sub("<[^>]+>", " ", " ".join(str(p) for p in parts if not hasattr(p, "figure")))


def test_english_pages_are_english(begun) -> None:
    said = " ".join(text(step(begun, "en")) for step in (start_page.archive, start_page.indicators, start_page.trend, start_page.target))  # fmt: skip
    said += text(start_page.more("en"))
    assert not re.search("[\u4e00-\u9fff]", said.replace("模拟数据", ""))
    assert "under both standards" in said and "The probability that 2026 has as many good days" in said


def test_the_indicators_are_those_of_the_rule_book(begun, small_archive) -> None:
    ds = small_archive.load("changji", start="2026-10", end="2026-10")
    row = standards.summary(standards.place_daily(ds, "changji", "2012"), "2026-10", "GB3095-2012").iloc[0]
    said = text(start_page.indicators(begun, "en"))
    assert re.search(rf"Good days \(d\)\s+{int(row['good_days'])}\s", said)
    assert re.search(rf"PM₂.₅ mean \(µg/m³\)\s+{row['mean_pm25_official']:.0f}\s", said)


def test_every_notebook_is_listed_and_there() -> None:
    listed = {row[0] for row in start_page._BOOKS}
    assert listed == {p.stem for p in (options.home() / "notebooks").glob("*.ipynb")} - {"00_start_here"}


def test_a_step_that_the_data_do_not_allow_is_a_sentence(tmp_path: Path, small_archive) -> None:
    from small_archive import fill

    short = start_page.start(fill(Archive(tmp_path / "short"), "2026-10", "2026-10", ("changji",)).path)
    for step in (start_page.trend, start_page.target):
        (part,) = step(short, "en")
        assert str(part).startswith('<p class="note">') and "Traceback" not in str(part)


def test_without_an_archive_a_small_simulated_one_is_made_once(
    tmp_path: Path, monkeypatch, root, small_archive
) -> None:
    made = []

    def hours(first: str, places: tuple[str, ...]) -> xr.Dataset:
        made.append((first, places))
        return small_archive.load(places[0], start="2026-09", end="2026-10")

    def weather(first: str, places: tuple[str, ...]) -> xr.Dataset:
        time = pd.date_range("2026-09-01 01:00", "2026-11-01", freq="h")
        post = pd.DataFrame({"station": ["W"], "place": [places[0]], "lat": [44.0], "lon": [87.3]})
        return dataset.build(post, time, {"temperature": np.zeros((1, len(time)))})

    shutil.copytree(root / "params", tmp_path / "params")
    monkeypatch.setenv("AIRQ_HOME", str(tmp_path))
    monkeypatch.setattr(simulation, "simulate", hours)
    monkeypatch.setattr(simulation, "simulate_weather", weather)
    begun = start_page.start()
    said = text(start_page.archive(begun, "en"))
    assert begun.made and begun.archive.simulated and "data/processed/example-archive" in said
    assert str(tmp_path) not in said
    before = begun.archive.digest()
    assert start_page.start().archive.digest() == before and made == [("2024-12", ("changji",))]


def test_a_folder_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no such archive"):
        start_page.start(tmp_path / "nothing")

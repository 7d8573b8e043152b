"""The what-if notebook runs in both languages without its controls, and shows what the library computes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from executed import assert_only_figures_and_tables, tables, words
from small_archive import fill

from airq import options, scenario
from airq.observations import Archive
from airq.reports.execute import execute, load

BOOK = options.home() / "notebooks" / "60_what_if.ipynb"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return fill(Archive(tmp_path_factory.mktemp("whatif") / "archive"), "2023-10", "2026-04", ("changji",))


def given(archive: Archive, **more: object) -> dict[str, object]:
    quick = {"draws": 40, "weather_years": 3, "sliders": False, "compare": "no-action"}
    return {**quick, "scenario": "30-boilers-741-trucks", "archive": str(archive.path), **more}


def test_in_chinese(archive: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = execute(load(BOOK), given(archive, lang="zh"), forked=False)
    assert_only_figures_and_tables(done, 9)
    assert "widgets" not in done.metadata
    text = words(done)
    for needed in (
        "模拟数据",
        "昌吉市淘汰30台锅炉和741辆货车",
        "可能真实，观测看不出",
        "GEMM",
        "不采取措施",
        "本情景没有预警",
    ):
        assert needed in text, needed
    row = scenario.run("30-boilers-741-trucks", 0, draws=40, weather_years=3, archive=archive.path).of("pm25")
    assert f"−{abs(row['change_p50']):.2f} [" in text


def test_in_english_with_an_alert_and_costs(archive: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(
        "title_en: Own\nseason: 2025-2026\nmeasures: [{id: 2025-boiler-01}]\n"
        "alerts: [{places: changji, level: orange, when: worst, days: 4, lead: 1}]\n",
        encoding="utf-8",
    )
    costs = {"2025-boiler-01": 2e6}
    done = execute(
        load(BOOK),
        given(archive, lang="en", scenario="own.yaml", costs=costs, compare="nonsense"),
        forked=False,
    )
    text = words(done)
    assert "Own" in text and "Mean of alert days" in text and "nonsense" in text
    own = [
        t for t in tables(done) if ">Source<" not in t and ">Mark<" not in t
    ]  # documents are cited as they are
    assert len(own) >= 3
    assert not re.search("[\u4e00-\u9fff]", re.sub("模拟数据", "", "".join(own)))

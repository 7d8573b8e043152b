"""The target panel: what it counts, where it says no, how it reads in both languages, what moves in a revision."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from airq import standards
from airq.analysis import county_month
from airq.analysis import period as periods
from airq.errors import ParameterError
from airq.figures.style import FigureResult
from airq.reports import results, target_page, target_panel, target_text, target_years
from airq.reports.forecast_data import daily
from airq.reports.revisions import compare_targets, section
from airq.reports.target_panel import TargetPanel

OCTOBER = periods.parse("2026-10")
LANGUAGES = ["zh", "en"]


@pytest.fixture(scope="module")
def made(small_archive) -> TargetPanel:
    return target_panel.make(small_archive, "changji", OCTOBER)


@pytest.fixture(scope="module")
def days(small_archive) -> pd.DataFrame:
    return daily(small_archive, "changji", end="2026-10-31", weather=False)


def words(parts: list) -> str:
    return "\n".join(str(p) for p in parts if isinstance(p, str))


def test_counts_are_those_of_the_days(made: TargetPanel, days: pd.DataFrame) -> None:
    row = made.rows.iloc[0]
    this = days[days["date"].dt.year == 2026]
    last = days[days["date"].dt.year == 2025]
    assert made.asof == "2026-10-31" and made.year == 2026 and made.simulated
    assert row["id"] == target_panel.REFERENCE
    assert row["value"] == (this["aqi"] <= 100).sum() and row["limit"] == (last["aqi"] <= 100).sum()
    assert row["valid_days"] == this["aqi"].notna().sum() and row["days_to_go"] == 61
    assert row["status"] == "open" and 0 < row["probability"] < 1
    assert row["value"] <= row["q10"] <= row["q50"] <= row["q90"] <= row["value"] + 61
    assert row["affordable"] == 61 - max(row["limit"] - row["value"], 0)
    ahead = made.track[(made.track["id"] == row["id"]) & made.track["q50"].notna()]
    assert ahead["date"].iloc[-1] == pd.Timestamp("2026-12-31")
    assert ahead["q50"].iloc[-1] == pytest.approx(row["q50"], abs=1)


def test_what_comes_after_the_period_is_not_used(small_archive) -> None:
    june = target_panel.make(small_archive, "changji", periods.parse("2026-06"), hindcast=False)
    held = daily(small_archive, "changji", weather=False)
    first = held[(held["date"] >= "2026-01-01") & (held["date"] <= "2026-06-30")]
    assert june.asof == "2026-06-30" and june.rows["value"].iloc[0] == (first["aqi"] <= 100).sum()


@pytest.mark.parametrize(
    ("place", "reason", "zh", "en"),
    [
        ("mori", "no_station", "没有木垒县的监测点", "holds no station of Mori"),
        ("fukang", "no_history", "在2026年以前没有一个完整年份", "holds no whole year of Fukang before 2026"),
        ("wu-chang-shi", "group", "没有考核代表城市", "No city represents"),
    ],
)
def test_where_nothing_can_be_said_a_sentence_says_so(small_archive, place, reason, zh, en) -> None:
    found = target_panel.make(small_archive, place, OCTOBER)
    assert found.reason == reason and found.rows.empty
    for lang, needed in (("zh", zh), ("en", en)):
        parts = target_page.targets(found, lang)
        assert needed in words(parts) and not [p for p in parts if isinstance(p, FigureResult)]
        assert len(target_text.reason(found, lang).splitlines()) == 1


def test_background_stations_alone_are_told_apart_from_silence() -> None:
    stations = pd.DataFrame({"place": ["fukang", "changji"], "role": ["background", "evaluation"]})
    archive: Any = SimpleNamespace(stations=lambda: stations)
    found = [target_panel._lack(archive, place) for place in ("fukang", "changji", "mori")]
    assert found == ["background_only", "no_day", "no_station"]
    panel = target_panel.TargetPanel("fukang", "fukang", 2026, "2026-10-31", "background_only", False)
    assert "只有对照点" in target_text.reason(panel, "zh") and "background" in target_text.reason(panel, "en")


def test_the_prefecture_is_judged_by_its_city(small_archive, made: TargetPanel) -> None:
    group = target_panel.make(small_archive, "changji-prefecture", OCTOBER, hindcast=False)
    assert group.site == "changji" and group.rows["value"].iloc[0] == made.rows["value"].iloc[0]
    assert "昌吉州由昌吉市代表考核" in words(target_page.targets(group, "zh"))
    assert "prefecture-2030-pm25-falling" in set(group.rows["id"])
    assert "prefecture-2030-pm25-falling" not in set(made.rows["id"])


def test_the_panel_in_words(made: TargetPanel) -> None:
    row = made.rows.iloc[0]
    zh, en = (target_text.headline(made, lang) for lang in LANGUAGES)
    assert zh.startswith(f"截至2026年10月31日，优良天数{row['value']:.0f}天")
    assert re.search(r"完成全年目标（参照上年：不少于\d+天）的概率[<>]?\d+%", zh), zh
    assert en.startswith(f"By 31 October 2026: {row['value']:.0f} good days") and "probability" in en
    for lang in LANGUAGES:
        parts = target_page.targets(made, lang)
        assert "nan" not in words(parts).lower()
        assert sum(isinstance(p, FigureResult) for p in parts) >= 2
    shown = "".join(re.findall(r"<table>.*?</table>", words(target_page.targets(made, "en"))))
    assert not re.search("[\u4e00-\u9fff]", shown.replace("表1", "").replace("第二章", ""))


def test_without_two_whole_years_the_hindcast_says_that_it_is_missing(made: TargetPanel) -> None:
    # The archive begins in 2025: one whole year and no other before it.
    assert made.scores.empty and "未经本地检验" in target_text.trust(made, "zh")
    assert "untested" in target_text.trust(made, "en")


def test_the_hindcast_in_words() -> None:
    score = {"brier": 0.09, "frequency_alone": 0.25, "coverage": 0.8, "crps": 5.2, "n": 108, "outlooks": 18,
             "first_year": 2020, "last_year": 2025, "years": 6, "issue_days": "243, 273, 303"}  # fmt: skip
    panel = TargetPanel("changji", "changji", 2026, "2026-09-30", "", True, scores=pd.DataFrame([score]))
    assert "Brier评分0.090，优于只报平均频率的0.250" in target_text.trust(panel, "zh")
    worse = replace(panel, scores=pd.DataFrame([score | {"brier": 0.3}]))
    assert "no better than" in target_text.trust(worse, "en") and "uncertain" in target_text.trust(
        worse, "en"
    )


def test_a_year_that_is_over_is_met_or_not(small_archive) -> None:
    row = target_panel.panel(small_archive, "qitai", "2026-10-31", 2025, hindcast=False)
    assert row.reason == "" or row.reason == "refused"
    target = {"kind": "good_days", "at_least": 300}
    for status, zh, en in (("met", "已完成", "met"), ("missed", "未完成", "not met")):
        line = {"status": status, "days_to_go": 0}
        assert target_text.chance(line, "zh") == zh and target_text.chance(line, "en") == en
    assert target_text.name(target, {"id": "a", "limit": 300.0}, "en") == "good days at least 300 d"


def test_numbers_travel_through_the_results_file(small_archive, tmp_path: Path, made: TargetPanel) -> None:
    file = tmp_path / "changji.json"
    results.write(file, county_month(small_archive, "changji", OCTOBER), "key", made)
    kept = results.read_targets(file)
    assert kept is not None
    pd.testing.assert_frame_equal(kept.rows, made.rows, check_dtype=False)
    assert "NaN" not in file.read_text(encoding="utf-8")
    document = json.loads(file.read_text(encoding="utf-8"))
    document["targets"] = {"broken": 1}
    file.write_text(json.dumps(document), encoding="utf-8")
    assert results.read_targets(file) is None


def test_a_changed_register_makes_the_page_anew(small_archive, monkeypatch) -> None:
    before = results.key_of(small_archive, "changji", OCTOBER)
    monkeypatch.setattr("airq.reports.digests.register_key", lambda path=None: "another register")
    assert results.key_of(small_archive, "changji", OCTOBER) != before


def test_what_moved_is_listed(made: TargetPanel) -> None:
    rows = made.rows.copy()
    rows.loc[0, "probability"] = np.clip(rows.loc[0, "probability"] + 0.2, 0, 0.99)
    rows.loc[0, "probability"] = 0.999 if rows.loc[0, "probability"] == made.rows.loc[0, "probability"] else rows.loc[0, "probability"]  # fmt: skip
    moved = compare_targets(made, replace(made, rows=rows))
    assert [m.figure for m in moved] == ["target_probability"]
    assert "完成目标的概率" in section(moved, "2026-11-01", "zh")
    assert compare_targets(made, made) == [] and compare_targets(None, made) == []


def test_own_targets_come_first(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "targets:\n"
        "  - {id: a, place: qitai, year: 2026, mark: firm, source: mine, target: {kind: mean, pollutant: pm25, at_most: 30}}\n"
        "  - {id: b, place: qitai, year: 2026, mark: firm, source: mine, target: {kind: good_days, at_least: 310}}\n"
        "  - {id: c, place: all, year: 2027, mark: limit, source: mine, target: {kind: heavy_days, at_most: 3}}\n",
        encoding="utf-8",
    )
    assert [t["id"] for t in target_panel.targets_of("qitai", 2026, own)] == ["b", "a", "c"]
    assert [t["id"] for t in target_panel.targets_of("manas", 2026, own)] == [target_panel.REFERENCE, "c"]
    assert [t["id"] for t in target_panel.targets_of("qitai", 2027, own, "this")] == [
        target_panel.REFERENCE,
        "c",
    ]


CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b(the|is|are|of|has|have|and|from)\b")


def test_a_chinese_page_carries_no_english_sentence(small_archive, days: pd.DataFrame) -> None:
    """Notes, refusals and reservations have a Chinese form, in the panel and in the years of attainment."""
    gap = days[(days["date"] < "2026-04-01") | (days["date"] > "2026-04-20")]
    gap.attrs.update(days.attrs)
    entries = [
        {"id": "a", "year": 2026, "target": {"kind": "good_days", "at_least": 250, "year": 2026}},
        {
            "id": "b",
            "year": 2026,
            "target": {"kind": "good_days", "year": 2026, "change": {"from": 2020, "by": 0}},
        },
    ]
    made = target_panel.panel(small_archive, "changji", "2026-10-31", 2026, entries, hindcast=False)
    assert made.refused["id"].tolist() == ["b"]
    parts = target_page.targets(made, "zh") + target_years.years(gap, "changji", "pm25", "35", "zh")
    text = re.sub("<[^>]+>", " ", words(parts))
    assert "未作判断（b）：昌吉市在基准年2020年没有有效数据" in text
    assert "2026年由截至2026-10-31的284天观测推算" in text and not ENGLISH.search(text), text
    both = [*made.rows["notes"], *made.refused["sentence"]]
    assert both and all(not CHINESE.search(n) for n in both)
    short = target_years.years(days[days["date"] > "2026-01-01"], "changji", "pm25", "35", "zh")
    assert not ENGLISH.search(re.sub("<[^>]+>", " ", words(short)))


def test_nothing_before_the_data(small_archive) -> None:
    found = target_panel.panel(small_archive, "changji", "2010-01-01", 2010)
    assert found.reason == "no_day" and "到2010-01-01为止没有观测" in target_text.reason(found, "zh")


def test_a_refused_panel_names_the_place_in_both_languages(small_archive) -> None:
    found = target_panel.panel(small_archive, "changji", "2027-06-30", 2027, hindcast=False)
    assert found.reason == "refused" and found.asof == "2027-06-30"
    assert "昌吉市最后一次观测在2026-10-31，早于2027-06-30242天" in target_text.reason(found, "zh")
    assert "the last observation of Changji City is of 2026-10-31, 242 days" in target_text.reason(
        found, "en"
    )
    assert TargetPanel.from_dict(found.to_dict()).detail_zh == found.detail_zh


def test_a_score_of_equal_outcomes_says_nothing() -> None:
    score = {"brier": 0.001, "frequency_alone": 0.0, "coverage": 0.8, "crps": 5.2, "n": 9, "outlooks": 3,
             "first_year": 2020, "last_year": 2025, "years": 6, "issue_days": "243"}  # fmt: skip
    panel = TargetPanel("changji", "changji", 2026, "2026-09-30", "", True, scores=pd.DataFrame([score]))
    assert "says nothing" in target_text.trust(panel, "en") and "不能说明" in target_text.trust(panel, "zh")


def test_the_label_of_the_thermometer_says_its_interval(made: TargetPanel) -> None:
    drawn = target_page.thermometer(made, "en")
    assert drawn is not None
    said = " ".join(t.get_text() for t in drawn.figure.findobj(lambda a: hasattr(a, "get_text")))
    row = made.rows.iloc[0]
    assert f"[{row['q10']:.0f}–{row['q90']:.0f}]" in said
    assert "Figures at the right: median and 80% interval." in said


def test_the_first_years_are_a_table(days: pd.DataFrame) -> None:
    tables, _ = target_years.attained(days, "pm25", (500, 2), 2030, 200)
    first = tables["first_year"].set_index(["kind", "limit"])
    assert first.loc[("annual", 500.0), "q50"] == 2026 and pd.isna(first.loc[("annual", 2.0), "q50"])
    shown = str(target_years.first_years(tables["first_year"], "pm25", "en"))
    assert "≤ 500 µg/m³" in shown and "2026" in shown and "beyond" in shown
    with pytest.raises(ParameterError, match=r"year 2025 is not ahead of the data.*give 2026 to 2075"):
        target_years.attained(days, "pm25", (35,), 2025)


def test_years_of_attainment_and_both_standards(small_archive, days: pd.DataFrame) -> None:
    tables, _ = target_years.attained(days, "pm25", (35, 30), 2030, 500)
    annual = tables["annual"]
    assert annual["year"].min() == 2026 and annual["year"].max() <= 2030
    assert (annual["by_then"] >= annual["probability"] - 1e-12).all()
    parts = target_years.both_standards(small_archive.path, "changji", 0, "2026-10-31", "en")
    assert standards.standard_of("GB3095-2012").name.replace("GB3095-", "GB 3095-") in words(parts)
    assert target_years.past(days[days["date"] < "2026-01-01"]) is None

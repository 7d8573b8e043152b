"""The first page: at most ten sentences, each number that of the result or of a section, honest where there is none."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from airq import places
from airq.analysis import county_month
from airq.reports import sections, target_panel
from airq.reports.numbers import plain, printed, signed
from airq.reports.parameters import Settings
from airq.reports.sections import first_page, first_page_text, first_page_whatif

PERIOD = "2026-10"
OUTLOOK = {
    "issued": "2026-10-31",
    "rows": {"pm25": [{"date": "2026-11-01", "q50": 41.4}, {"date": "2026-11-10", "q50": 77.6}]},
    "heavy": {"any": 0.234, "days": [{"date": "2026-11-07", "probability": 0.1}]},
    "alerts": {"outlook": [{"warn": True, "level": "yellow", "level_zh": "黄色", "probability": 0.41}]},
    "weather": "none",
}
MEASURES = {
    "asof": "2026-10-31",
    "counts": {
        s: {"measures": n, "with_tonnes": 1} for s, n in (("done", 11), ("under_way", 5), ("late", 18))
    },
    "tonnes": {"done": {"PM25": {"p5": 64.2, "p50": 143.0, "p95": 338.0, "measures": 4}}},
}
CHANGE = {
    "percent": -22.14,
    "interval": [-31.96, -10.24],
    "fall_detectable": -14.0,
    "rise_detectable": 16.0,
    "verdict": "fell",
}
SIDES = (("baseline", 67.61), ("scenario", 60.49), ("change", -7.05))
DAYS = (("baseline", 20.5), ("scenario", 19.5), ("change", -2.0))
WHATIF_ROW, HEAVY_ROW = (
    {"place": "changji", "period": "2026-2027"}
    | {f"{side}_{q}": v for side, v in sides for q in ("p5", "p50", "p95")}
    for sides in (SIDES, DAYS)
)
WHATIF = {
    "name": "2026-2027",
    "scenarios": [
        {
            "title_zh": "规划措施加红色预警",
            "title_en": "Planned measures and red alerts",
            "rows": [
                WHATIF_ROW | {"indicator": "pm25_season", "detectable": False},
                HEAVY_ROW | {"indicator": "heavy_days_2026"},
            ],
        }
    ],
}
DONE = {
    "outlook": OUTLOOK,
    "measures": MEASURES,
    "deweathered": {"change": CHANGE, "observed": {"percent": 3.0}, "change_reason": ""},
    "whatif": WHATIF,
}


@pytest.fixture(scope="module")
def results(small_archive):
    named = ("changji", "mori", "changji-prefecture")
    return {p: county_month(small_archive, p, PERIOD) for p in named}


@pytest.fixture(scope="module")
def base(small_archive, results):
    """Context of a place, with the ranking computed and the target panel given."""
    period = results["changji"].period
    panels = {p: target_panel.make(small_archive, p, period, hindcast=False) for p in ("changji", "mori")}
    panels["changji-prefecture"] = replace(panels["changji"], place="changji-prefecture")
    known = MappingProxyType(results)

    def plain_context(place: str) -> sections.Context:
        period = results[place].period
        return sections.Context(small_archive, places.get(place), period, results[place], known, Settings())

    ranked = sections.compute(sections.find("ranking"), plain_context("changji"))

    def make(place: str, done=DONE) -> sections.Context:
        bare = plain_context(place)
        made = replace(bare, sections={"ranking": ranked, **done})
        if "targets" not in made.__dataclass_fields__:
            object.__setattr__(made, "targets", panels[place])
        return made

    return make


def said(context: sections.Context, lang: str) -> list[str]:
    data = sections.compute(sections.find("first_page"), context)
    assert "unexpected" not in data and "missing" not in data, data
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    return [re.sub("<[^>]+>", "", str(s)) for s in first_page_text.sentences(data, context.result, lang)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_county_in_ten_sentences(base, results, lang: str) -> None:
    text = said(base("changji"), lang)
    assert 6 <= len(text) <= first_page_text.MOST
    assert all(s.endswith("。" if lang == "zh" else ".") for s in text)
    joined = " ".join(text)
    assert not re.search(r"\bnan\b|None|\d\.\d{4,}|\{|\}", joined)
    if lang == "en":
        assert not re.search("[一-鿿]", joined)
    row = results["changji"].row(standard=results["changji"].official)
    assert plain(printed(row, "good_days")) in text[0] and f"{plain(printed(row, 'good_ratio'))}%" in text[0]
    for number in ("41", "78", "23%", "41%", "22.1%", "11", "18", "140", "67.6", "7.0", "20.5"):
        assert number in joined, number


def test_official_chinese_says_rise_and_fall_in_words(base) -> None:
    text = said(base("changji"), "zh")
    assert "同一尺度" in text[1] and re.search("(上升|下降)[0-9.]+%|持平", text[1])
    assert any("列第" in s and "上年同期" in s for s in text)
    assert "扣除气象影响后，PM₂.₅同比下降22.1%（95%区间−32.0%至−10.2%），超过可检出的幅度。" in text
    assert any("达到黄色预警条件的概率为41%" in s and "未用气象预报" in s for s in text)
    assert any(
        "已完成11项，逾期而无完成记录18项；已完成的每年削减PM₂.₅约140吨（64—340吨）" in s for s in text
    )
    assert any("变化小于可检出的幅度" in s for s in text)
    season = next(s for s in text if "采暖季" in s)
    assert season.startswith("2026—2027年采暖季") and "重度及以上污染20.5天" in season
    assert (
        "规划措施加红色预警，PM₂.₅变化−7.0 µg/m³、重污染天数变化−2天" in season
    )  # the median of the changes


def test_a_change_below_the_limit_is_no_verdict(base) -> None:
    change = CHANGE | {"verdict": "cannot_tell", "percent": -3.0}
    done = DONE | {"deweathered": {"change": change, "observed": None, "change_reason": ""}}
    assert any(
        "不能判断是否改善" in s and "下降14.0%或上升16.0%以上才能检出" in s
        for s in said(base("changji", done), "zh")
    )
    assert any("it cannot be told whether it improved" in s for s in said(base("changji", done), "en"))


def test_sections_that_failed_are_left_out_or_say_why(base) -> None:
    reason = {
        "zh": "档案中没有气象资料，不作气象订正。",
        "en": "There is no weather, so nothing is deweathered.",
    }
    text = said(base("changji", {"deweathered": {"missing": reason}}), "zh")
    assert reason["zh"] in text and not any("采暖季" in s or "措施清单" in s for s in text)


def test_the_prefecture_names_the_city_that_stands_for_it(base) -> None:
    text = said(base("changji-prefecture"), "zh")
    assert "考核代表城市昌吉市优良天数" in text[0]
    assert any("优良天数最多的是" in s and "最低的是" in s for s in text)


def test_a_county_without_stations(base) -> None:
    reason = {"zh": "木垒县没有评价站点，本节从略。", "en": "Mori has no evaluation station."}
    text = said(base("mori", {"deweathered": {"missing": reason}}), "zh")
    assert text[0] == "档案中没有木垒县的监测点，2026年10月无任何指标可报。" and len(text) <= 3
    data = sections.compute(sections.find("first_page"), base("mori", {}))
    assert len(first_page_text.parts(data, base("mori").result, "en")) == 2  # no table


def test_links_lead_to_numbers_of_the_file(base) -> None:
    context = base("changji")
    data = sections.compute(sections.find("first_page"), context)
    html = "".join(str(p) for p in first_page_text.parts(data, context.result, "zh")[1:])
    refs = re.findall(r'href="#first_page\.([^"]+)"', html)
    assert len(refs) > 12
    for ref in refs:
        found = data
        for key in ref.split("."):
            found = found[int(key)] if isinstance(found, list) else found[key]
        assert isinstance(found, int | float), ref


def test_scenarios_of_another_place_say_nothing() -> None:
    assert first_page_whatif.facts(WHATIF, "div12") is None
    assert first_page_whatif.facts(WHATIF, "changji-prefecture")["place"] == "changji"
    assert first_page_whatif.facts(WHATIF | {"scenarios": []}, "changji") is None


def test_a_period_within_which_the_standard_changes(small_archive) -> None:
    result = county_month(small_archive, "changji", "2026Q1")
    text = [re.sub("<[^>]+>", "", str(s)) for s in first_page_text._air(result, "zh")]
    row = result.row(standard="by-date")
    assert f"优良天数{plain(printed(row, 'good_days'))}天" in text[0] and "按各日当日现行标准" in text[0]
    assert text[0].count("回算") == 2 and text[0].count("部分回算") == 2 and text[0].count("有效") == 3
    data = {"ranking": None}
    table = re.sub("<[^>]+>", " ", str(first_page_text._table(data, result, "zh")))
    assert "优良天数（各日当日现行标准）" in table and "部分回算" in table and "两年尺度不同" in table
    assert first_page.official_standard(result) == result.in_force[-1]


@pytest.fixture(scope="module")
def running(small_archive):
    """A year whose data end in October."""
    return county_month(small_archive, "changji", "2026")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_running_year_is_compared_over_the_same_days(running, lang: str) -> None:
    data = dict.fromkeys(("ranking", "target", "outlook", "deweathered", "measures", "whatif")) | {
        "left_out": {}
    }
    text = [re.sub("<[^>]+>", "", str(s)) for s in first_page_text.sentences(data, running, lang)]
    assert ("本期数据未满，截至10月31日24时" in text[0]) if lang == "zh" else "24:00 on 31 October" in text[0]
    assert ("与2025年1—10月相比" in text[2]) if lang == "zh" else "Against January to October 2025" in text[2]
    standard = first_page.official_standard(running)
    now, then = (running.row(span, standard) for span in ("so_far", "last_period"))
    assert running.span("last_period").end.isoformat() == "2025-10-31"
    table = str(first_page_text._table(data, running, lang))
    cells = [re.sub("<[^>]+>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", table)]
    good = max(i for i, c in enumerate(cells) if c == ("优良天数" if lang == "zh" else "Good days"))
    shown = [plain(printed(row, "good_days")) for row in (now, then)]
    assert cells[good + 2 : good + 5] == [*shown, signed(*(printed(r, "good_days") for r in (now, then)))]


def test_good_days_of_particles_alone_are_withheld_with_the_reason(make_archive) -> None:
    stations = pd.DataFrame({"station": ["A"], "place": ["changji"], "role": ["evaluation"]})
    time = pd.date_range("2026-10-01 01:00", "2026-11-01 00:00", freq="h")
    rise = np.linspace(20, 140, len(time))[None]
    archive = make_archive(stations, time, {"pm25": rise, "pm10": rise + 20})
    result = county_month(archive, "changji", "2026-10")
    old, new = (result.row(standard=s) for s in result.standards)
    assert (
        new["good_days"] == 0 < new["days_valid"] and old["good_days"] > 5
    )  # the file keeps what the rule gives
    assert printed(new, "good_days") is None and printed(new, "good_ratio") is None
    assert printed(old, "good_days") == old["good_days"]
    zh = re.sub("<[^>]+>", "", str(first_page_text._air(result, "zh")[0]))
    assert "优良天数及其比率不予统计（SO₂、NO₂、CO、O₃有效天数不足，缺项的日子只在AQI大于100时有效）" in zh
    assert "优良天数0天" not in zh
    en = re.sub("<[^>]+>", "", str(first_page_text._air(result, "en")[0]))
    assert "counts only if its AQI is above 100" in en and "no good day" not in en


def test_sentences_without_a_joint_out_of_place() -> None:
    assert first_page_text._chance(0.004, "zh") == "小于1%"
    one = {"asof": "2026-10-31", "counts": {"done": 0, "under_way": 0, "late": 1}, "done_pm25": None}
    said_en = re.sub("<[^>]+>", "", str(first_page_text._measures({"measures": one}, "en")[0]))
    assert "0 of the 1 measure in the register are done and 1 is late" in said_en
    single = first_page_whatif.facts(WHATIF, "changji") | {
        "base": {"heavy": dict.fromkeys(("p5", "p50", "p95"), 1.0)}
    }
    said_en = re.sub("<[^>]+>", "", str(first_page_whatif.sentence(single, "en")))
    assert "1 day of heavy" in said_en and "with planned measures and red alerts, PM₂.₅ changes by" in said_en
    level = OUTLOOK | {
        "first": "2026-11-01",
        "last": "2026-11-03",
        "low": 12.6,
        "high": 13.4,
        "judged": False,
    }
    level |= {"alerts": [], "heavy": None}
    out = first_page_text._outlook({"outlook": level}, SimpleNamespace(is_group=False), "zh")
    assert "中位数约13 µg/m³" in re.sub("<[^>]+>", "", str(out[0]))

"""The ranking of a run: who is ranked, who stands apart and why, what each page shows."""

from __future__ import annotations

import json
import re
from types import MappingProxyType

import pytest

from airq import places
from airq.analysis import county_month
from airq.analysis import period as periods
from airq.reports import sections
from airq.reports.parameters import Settings
from airq.reports.sections import ranking, ranking_page

PERIOD = "2026-10"


def context(archive, results, place: str) -> sections.Context:
    period = periods.parse(results[place].period.name)
    return sections.Context(
        archive, places.get(place), period, results[place], MappingProxyType(results), Settings()
    )


@pytest.fixture(scope="module")
def results(small_archive):
    named = ("changji", "qitai", "mori", "changji-prefecture", "div12")
    return {p: county_month(small_archive, p, PERIOD) for p in named}


@pytest.fixture(scope="module")
def data(small_archive, results):
    return sections.compute(sections.find("ranking"), context(small_archive, results, "changji"))


def shown(data, result, lang: str) -> str:
    parts = ranking.show(data, result, lang)
    return "\n".join(str(getattr(p, "data", p)) for p in parts)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


def test_it_is_plain_json_and_ranks_the_counties(data) -> None:
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    counties = data["rankings"][0]
    assert counties["id"] == "changji-prefecture" and counties["official"] and len(counties["members"]) == 7
    for part in counties["standards"]:
        there, apart = {r["place"] for r in part["rows"]}, {a["place"]: a["reason"] for a in part["apart"]}
        assert there | set(apart) == set(counties["members"]) and not there & set(apart)
        assert set(apart) == {"qitai", "mori"}
        assert "22" in apart["qitai"]["zh"] and "27" in apart["qitai"]["en"]
        assert apart["mori"] == {"zh": "档案中没有监测点。", "en": "The archive holds no station."}
        fukang = next(r for r in part["rows"] if r["place"] == "fukang")
        assert fukang["composite_change_rank"] is None and fukang["composite_rank"] is not None


def test_values_are_those_of_each_county(data, results) -> None:
    part = data["rankings"][0]["standards"][1]
    row = ranking_page.own_row(part, "changji")
    mine = results["changji"].row(standard=part["standard"])
    assert row["composite"] == mine["composite"] and row["composite_printed"] == mine["composite_official"]
    assert row["good_days"] == mine["good_days"]
    ahead = sum(r["composite_printed"] < row["composite_printed"] for r in part["rows"])
    assert row["composite_rank"] == 1 + ahead


def test_a_single_county_computes_the_others_from_the_archive(small_archive, results, data) -> None:
    alone = sections.compute(
        sections.find("ranking"), context(small_archive, {"changji": results["changji"]}, "changji")
    )
    assert alone["rankings"][0] == data["rankings"][0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_countys_own_row_is_marked(data, results, lang: str) -> None:
    html = shown(data, results["changji"], lang)
    name = places.get("changji").name(lang)
    assert html.count('<tr class="strong">') == 2
    assert re.search(rf'<tr class="strong"><td class="t">{name}</td>', html)
    assert "昌吉市" in html if lang == "zh" else not re.search("[一-鿿]", html)
    assert ("列第" in html and "上年同期第" in html) if lang == "zh" else "by composite index" in html
    refs = re.findall(r'href="#(ranking[^"]+)"', html)
    assert refs and all(_at(data, ref) is not None for ref in refs)


def _at(data, ref: str):
    """Value that a link of the section leads to."""
    found = data
    for key in ref.split(".")[1:]:
        found = found[int(key)] if isinstance(found, list) else found[key]
    return found


def test_a_county_apart_is_told_why(data, results) -> None:
    assert "奇台县本期不参加排名" in shown(data, results["qitai"], "zh")
    text = plain(shown(data, results["mori"], "en"))
    assert "Mori is not ranked in this period: The archive holds no station." in text


def test_a_place_outside_is_told_so(data, results) -> None:
    assert "第十二师不是昌吉州的县（市），不参加县（市）排名。" in shown(data, results["div12"], "zh")
    assert "12th Division is no county of Changji Prefecture" in shown(data, results["div12"], "en")


def test_the_prefecture_shows_all_and_marks_none(data, results) -> None:
    html = shown(data, results["changji-prefecture"], "zh")
    assert "strong" not in html and "不参加排名：" in html
    for place in ("changji", "fukang", "hutubi", "manas", "jimsar"):
        assert f'<td class="t">{places.get(place).zh}</td>' in html


def test_an_archive_without_enough_days_says_so(small_archive) -> None:
    results = {"mori": county_month(small_archive, "mori", PERIOD)}
    one = context(small_archive, results, "mori")
    few = ranking._ranking(one, "", ("mori",), True)
    assert few["standards"][0]["rows"] == [] and few["standards"][0]["apart"][0]["place"] == "mori"

"""Reports of a quarter, a half-year, a year: months, annual evaluation, the change of standards, nothing said twice."""

from __future__ import annotations

import re

import pytest

from airq import standards
from airq.analysis import county_month
from airq.figures import labels
from airq.reports import months_page, page, tables, text
from airq.reports.numbers import plain, printed


@pytest.fixture(scope="module")
def quarter(small_archive):
    return county_month(small_archive, "changji", "2026Q1")


@pytest.fixture(scope="module")
def year(small_archive):
    return county_month(small_archive, "changji", "2025")


@pytest.fixture(scope="module")
def group(small_archive):
    return county_month(small_archive, "changji-prefecture", "2026H1")


def words(parts) -> str:
    return "\n".join(str(getattr(p, "data", "" if hasattr(p, "to_png") else p)) for p in parts)


def cells(html: str) -> list[str]:
    return [re.sub("<[^>]+>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", html)]


def test_titles_name_the_period(quarter, year, group) -> None:
    assert text.title(quarter, "zh") == "昌吉市2026年第1季度环境空气质量报告"
    assert text.title(quarter, "en") == "Air quality of Changji City, first quarter of 2026"
    assert text.title(group, "zh") == "昌吉州2026年上半年环境空气质量报告"
    assert text.title(year, "en") == "Air quality of Changji City, 2025"
    assert text.headline(quarter, "en")[0].startswith("In the first quarter of 2026, Changji City had ")
    assert "与2025年第1季度" in " ".join(text.last_year(quarter, "zh"))


def test_months_add_up_to_the_period(quarter) -> None:
    for standard in quarter.standards:
        months = [quarter.row(f"2026-{m:02d}", standard) for m in (1, 2, 3)]
        whole = quarter.row(standard=standard)
        for key in ("days_valid", "good_days", "heavy_days", "days_calendar"):
            assert sum(int(m[key]) for m in months) == int(whole[key])
    shown = cells(words(months_page.months(quarter, "zh")))
    assert "3月" in shown and plain(printed(quarter.row("2026-03"), "mean_pm25")) in shown
    assert quarter.span("2026-02").days == 28 and quarter.span("last_period").name == "2025Q1"


def test_a_month_has_neither(small_archive) -> None:
    month = county_month(small_archive, "changji", "2026-10")
    assert months_page.months(month, "zh") == [] and months_page.annual(month, "zh") == []
    assert set(month.summary["span"]) == {"period", "last_period", "ytd", "last_ytd"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_period_across_the_change_is_counted_three_ways(quarter, group, lang: str) -> None:
    assert quarter.straddles and quarter.official == "by-date" and quarter.in_force[0] == "GB3095-2012"
    assert text.readings(quarter) == ("by-date", *quarter.standards)
    days = [quarter.row(standard=s)["good_days"] for s in text.readings(quarter)]
    old, new = (quarter.days[quarter.days["edition"] == e].set_index("day")["aqi"] for e in ("2012", "2026"))
    first = standards.standard_of("GB3095-2026", on="2026-03-01").edition.need("force.first")
    assert days[0] == (old[old.index < str(first)] <= 100).sum() + (new[new.index >= str(first)] <= 100).sum()
    assert days[1] == (old <= 100).sum() and days[2] == (new <= 100).sum()
    notice = " ".join(text.notices(quarter, lang))
    assert ("跨越标准更替：2026年3月1日前" if lang == "zh" else "changes within the period") in notice
    shown = words(page.headline(quarter, lang)) + words(page.counts(quarter, lang))
    assert text.rule("by-date", lang)[:10] in shown
    assert text.rule("by-date", lang) in words(page.counties(group, lang))


def test_a_period_from_january_does_not_repeat_the_year_to_date(quarter, year, small_archive) -> None:
    assert page.year_to_date(quarter, "zh") == [] and page.year_to_date(year, "zh") == []
    assert any(hasattr(p, "to_png") for p in months_page.months(year, "zh"))  # the running count moves there
    second = county_month(small_archive, "changji", "2026Q2")
    assert not second.begins_year and page.year_to_date(second, "zh")
    assert not any(hasattr(p, "to_png") for p in months_page.months(second, "zh"))


def test_annual_evaluation_is_that_of_the_standards(year, small_archive) -> None:
    ds = small_archive.load(place="changji", start="2025-01", end="2025-12")
    for standard in year.standards:
        row = standards.summary(standards.place_daily(ds, "changji"), "2025", standard).iloc[0]
        mine = year.row(standard=standard)
        for name in ("pm25", "pm10", "so2", "no2", "co", "o3"):
            assert bool(mine[f"attains_{name}"]) == bool(row[f"attains_{name}"])
        assert mine["p98_so2"] == row["p98_so2"] and mine["p95_pm25_official"] == row["p95_pm25_official"]
    html = words(months_page.annual(year, "zh"))
    shown = cells(html)
    for key in ("mean_pm25", "p95_pm25", "p98_no2", "p90_o3"):
        assert plain(printed(year.row(), key)) in shown
    assert "超标" in shown and "未达标，超标的污染物为" in html and "75 / 60" in shown
    assert "annual_limit" not in html and "nan" not in html


def test_annual_evaluation_of_a_group(small_archive) -> None:
    result = county_month(small_archive, "changji-prefecture", "2025")
    shown = cells(words(months_page.annual(result, "en")))
    assert "exceeds" in shown and "attains" in shown and "–" in shown  # 木垒 and 阜康 have no data in 2025
    assert shown.count("Hutubi") == 2


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_part_of_a_long_period_prints_no_raw_number(quarter, year, group, lang: str) -> None:
    shown = [n for n in page.__all__ if n not in ("hourly", "methods")]  # slow, and the same for every period
    names = [getattr(page, n) for n in shown] + [months_page.months, months_page.annual]
    for result in (quarter, year, group):
        for part in (p for show in names for p in show(result, lang)):
            html = str(part) if isinstance(part, tables.Html) else getattr(part, "data", "")
            assert not re.search(r"\b(nan|NaN|None|NaT)\b", html)
            assert not re.search(r"\d\.\d{4,}", re.sub("<[^>]+>", " ", html))


def test_calendar_holds_every_month_without_overlap(year) -> None:
    found = next(p for p in page.calendar(year, "zh") if hasattr(p, "to_png"))
    panels = [a for a in found.figure.axes if a.get_title(loc="left")]
    assert len(panels) == 24
    found.figure.canvas.draw()
    boxes = [a.get_tightbbox().padded(-1) for a in panels]
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])
    sizes = {(round(a.get_window_extent().width), round(a.get_window_extent().height)) for a in panels}
    assert len(sizes) == 1  # months of four, five and six weeks have cells of one size


def test_calendar_says_which_months_are_restated(quarter) -> None:
    found = next(p for p in page.calendar(quarter, "en") if hasattr(p, "to_png"))
    titles = [t for a in found.figure.axes if (t := a.get_title(loc="left"))]
    mark = labels.text("restated", "en")
    assert [mark in t for t in titles] == [False, False, True, True, True, False]

"""Printed numbers and the sentences made from them."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq import figures
from airq.analysis import county_month
from airq.reports import numbers, page, tables, text
from airq.reports.numbers import plain, printed


@given(st.decimals(min_value=0, max_value=2000, places=3))
def test_rounding_is_half_even_from_the_exact_decimal(value: Decimal) -> None:
    assert numbers.rounded(float(value), 0) == value.quantize(Decimal(1), rounding="ROUND_HALF_EVEN")


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(60.5, 0, "60"), (61.5, 0, "62"), (0.25, 1, "0.2"), (1.35, 1, "1.4")]
)
def test_official_ties(value: float, digits: int, shown: str) -> None:
    assert plain(numbers.rounded(value, digits)) == shown


def test_missing_is_a_dash_never_nan() -> None:
    for value in (None, np.nan, float("inf"), pd.NA):
        assert plain(numbers.rounded(value, 1)) == "–"
    assert numbers.percent(np.nan) == "–" and printed(None, "good_days") is None


@given(st.integers(0, 500), st.integers(0, 500))
def test_change_is_the_difference_of_the_printed(a: int, b: int) -> None:
    shown = numbers.signed(Decimal(a), Decimal(b)).replace("−", "-")
    assert Decimal(b) + Decimal(shown) == a


@pytest.fixture(scope="module")
def results(small_archive):
    places = ("changji", "fukang", "qitai", "mori", "changji-prefecture")
    return {place: county_month(small_archive, place, "2026-10") for place in places}


def test_withheld_figures_are_not_printed(results) -> None:
    row = results["qitai"].row()
    assert (
        np.isfinite(row["mean_pm25"])
        and printed(row, "mean_pm25") is None
        and printed(row, "composite") is None
    )
    assert printed(row, "good_days") == row["good_days"]
    zh = " ".join(text.headline(results["qitai"], "zh"))
    en = " ".join(text.headline(results["qitai"], "en"))
    assert (
        "不予统计：2026年10月有效日均值22个，少于27个。" in zh
        and "withheld: 2026-10 has 22 of 27 daily values." in en
    )
    assert (
        "平均浓度" not in zh
        and "Composite index is withheld" not in en
        and "is withheld because a pollutant is" in en
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_headline_names_the_standard_at_each_number(results, lang) -> None:
    result = results["changji"]
    sentences = text.headline(result, lang)
    for standard in result.standards:
        row = result.row(standard=standard)
        assert text.rule(standard, lang) in sentences[0]
        assert plain(printed(row, "good_days")) in sentences[0]
        assert f"{plain(printed(row, 'good_ratio'))}%" in sentences[0]
    joined = " ".join(sentences)
    assert f"PM₂.₅ {plain(printed(result.row(), 'mean_pm25'))} µg/m³" in joined
    assert "nan" not in joined.lower() and "None" not in joined


def test_the_wording_of_a_known_month(make_archive) -> None:
    stations = pd.DataFrame({"station": ["A"], "place": ["changji"], "role": ["evaluation"]})
    time = pd.date_range("2026-10-01 01:00", "2026-11-01 00:00", freq="h")
    now = {"pm25": 70, "pm10": 100, "so2": 12, "no2": 30, "co": 1.0, "o3": 80}
    archive = make_archive(stations, time, {k: np.full((1, len(time)), float(v)) for k, v in now.items()})
    result = county_month(archive, "changji", "2026-10")
    assert text.headline(result, "zh") == [
        "2026年10月，昌吉市有效监测31天（日历31天）。按GB 3095—2012、HJ 633—2012，优良31天，优良天数比率100.0%，"
        "重度及以上污染0天；按GB 3095—2026（过渡阶段）、HJ 633—2026，优良0天，优良天数比率0.0%，重度及以上污染0天。",
        "平均浓度：PM₂.₅ 70 µg/m³、PM₁₀ 100 µg/m³、SO₂ 12 µg/m³、NO₂ 30 µg/m³；CO日均值第95百分位数 1.0 mg/m³；"
        "O₃日最大8小时平均第90百分位数 80 µg/m³。",
        "环境空气质量综合指数5.13（GB 3095—2012）、5.70（GB 3095—2026（过渡阶段））。",
    ]
    assert text.headline(result, "en")[0] == (
        "In October 2026, Changji City had 31 days with a valid AQI out of 31. Under GB 3095-2012 with HJ 633-2012, "
        "31 days were good (100.0%) and no day was heavily polluted or worse; under GB 3095-2026 (transition) with "
        "HJ 633-2026, no day was good (0.0%) and no day was heavily polluted or worse."
    )
    assert text.last_year(result, "zh") == [] and "不作同比" in text.notices(result, "zh")[-1]


def test_plurals() -> None:
    assert [text.days(n, "en") for n in (0, 1, 2)] == ["no day", "1 day", "2 days"]


def test_absence_and_partial_are_said_first(results) -> None:
    assert text.notices(results["mori"], "zh") == ["档案中没有木垒县的监测点，2026年10月无任何指标可报。"]
    assert "holds no station of Mori" in text.notices(results["mori"], "en")[0]
    assert "2025年10月档案中无有效数据，不作同比。" in text.notices(results["fukang"], "zh")


def test_group_does_not_compare_different_counties(results) -> None:
    group = results["changji-prefecture"]
    assert not text.comparable(group, "days_valid")
    assert "两年的平均口径不同" in " ".join(text.notices(group, "zh"))
    assert "木垒县在本期没有有效数据" in " ".join(text.notices(group, "zh"))
    table = str(page.comparison(group, "zh")[-1])
    assert "+" not in table.split("<tbody>")[1].split("</tbody>")[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_part_of_every_place_prints_no_raw_number(results, lang) -> None:
    for place, result in results.items():
        for name in page.__all__:
            for part in getattr(page, name)(result, lang):
                html = str(part) if isinstance(part, tables.Html) else getattr(part, "data", "")
                assert not re.search(r"\b(nan|NaN|None|NaT)\b", html), (place, name)
                # A raw float has more decimals than any printed figure.
                assert not re.search(r"\d\.\d{4,}", html), (place, name)


def test_tables_escape_and_align() -> None:
    made = tables.table(["a", "b"], [["<script>", 1]], "c & d", left=(0,), strong=[0], groups=[("g", 2)])
    assert (
        "<script>" not in made and "c &amp; d" in made and 'colspan="2"' in made and 'class="strong"' in made
    )


def test_masks_table_shows_both(results) -> None:
    result = results["changji"]
    table = str(page.masks(result, "en")[-1])
    received, masked = (plain(printed(result.row(mask=m), "mean_pm25")) for m in ("received", "masked"))
    text_of_cells = re.sub("<[^>]+>", " ", table).split()
    assert f" {received} {masked} " in " ".join(text_of_cells)
    assert f'#changji.period.GB3095-2012.masked.mean_pm25">{masked}</a>' in table


@pytest.fixture(scope="module")
def running(small_archive):
    """A year whose data end in October."""
    return county_month(small_archive, "changji", "2026")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_days_of_a_running_year_are_set_against_the_same_days(running, lang: str) -> None:
    assert running.data_until and running.row("last_period") is not None
    before = "2025年1—10月" if lang == "zh" else "January to October 2025"
    said = text.last_year(running, lang)
    assert said and all(before in s for s in said[:2])
    counted = page._count_table(running, running.compared, running.standards, lang)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", str(counted))
    good = [re.sub("<[^>]+>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", rows[3])]
    now, then = (printed(running.row(s), "good_days") for s in running.compared)
    assert good[2:5] == [plain(now), plain(then), numbers.signed(now, then)]
    assert text.notices(running, lang)[0] == text.unfinished(running, lang)


def test_valid_days_are_those_of_each_standard(results) -> None:
    row = results["qitai"].row()
    other = row.copy()
    other["days_valid"] = row["days_valid"] - 1
    made = text._good_clause(other, "GB3095-2012", "zh", with_valid=True)
    assert f"有效{plain(printed(other, 'days_valid'))}天，优良" in made


def test_lines_of_a_running_year_stop_where_its_data_do(running) -> None:
    drawn = figures.cumulative(running.cumulative, running.period, until=running.data_until)
    ends = {max(line.get_xdata()) for line in drawn.figure.axes[0].get_lines()}
    assert ends == {pd.Timestamp("2026-10-31").day_of_year, 365}

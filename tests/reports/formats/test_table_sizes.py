"""Columns of printed tables: short cells and numbers keep one line, long texts give way, letters shrink only if they must."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.reports.blocks import Table, text
from airq.reports.formats import word_parts
from airq.reports.formats.tabular import fit, softened

ROOM = 156 / 25.4 * 72
SIZES = [10.5 - 0.5 * k for k in range(9)]
PADDING = 6.0


def lines(*rows: tuple[str, ...]) -> list[list[tuple]]:
    return [[text(cell) for cell in row] for row in rows]


def letters(made: tuple[float, list[float]]) -> list[float]:
    size, shares = made
    return [(share * ROOM - PADDING) / (size / 2) for share in shares]


def test_years_units_and_intervals_are_not_broken_beside_long_texts() -> None:
    head = ("措施", "地区", "类别", "数量", "期限", "来源", "可信度")
    row = (
        "高新区集中供热及拆除分散锅炉",
        "昌吉市",
        "新能源车",
        "3,000辆",
        "2017",
        "“两清两美一绿”行动2017年方案，二(一)1 二是",
        "3",
    )
    found = letters(fit(lines(head, row, row), len(head), ROOM, SIZES, PADDING))
    for share, cell in zip(found, ("", "昌吉市", "新能源车", "3,000辆", "2017", "", "可信度"), strict=True):
        assert share >= sum(2 if c >= "\u2e80" else 1 for c in cell)
    assert found[5] > 20  # and the long text has what is left


def test_a_table_of_intervals_takes_smaller_letters_rather_than_broken_numbers() -> None:
    row = ("11月10日", *["32 [17–103]"] * 6, "轻度污染 44%", "PM₁₀ 49%")
    made = fit(
        lines(("日期", *["PM₂.₅ (µg/m³)"] * 6, "最可能级别", "首要污染物"), row), 9, ROOM, SIZES, PADDING
    )
    assert made[0] < SIZES[0]
    assert all(width >= len(cell) for width, cell in zip(letters(made)[:7], row[:7], strict=True))


def test_a_plain_table_keeps_the_largest_letters() -> None:
    assert (
        fit(lines(("指标", "单位", "2026年"), ("优良天数", "天", "25")), 3, ROOM, SIZES, PADDING)[0]
        == SIZES[0]
    )


words = st.text(st.sampled_from("天优良0123456789 [–]%abcAQI，"), max_size=60)


@given(st.lists(st.tuples(words, words, words), min_size=1, max_size=8))
def test_shares_are_the_whole_width(rows: list[tuple[str, str, str]]) -> None:
    size, shares = fit(lines(*rows), 3, ROOM, SIZES, PADDING)
    assert size in SIZES and sum(shares) == pytest.approx(1, abs=1e-3) and min(shares) > 0.01


@given(words)
def test_soft_breaks_change_no_word(said: str) -> None:
    assert softened(said).replace("\u200b", "") == said


def test_a_short_table_is_held_on_one_page_and_a_long_one_is_not() -> None:
    def kept(count: int) -> int:
        rows = tuple((text(str(k)),) for k in range(count))
        made = word_parts.table(Table((text("n"),), rows, "N"), "cell", 156, 10.5, "")
        return len(made.findall(".//{*}tr//{*}keepNext"))

    assert kept(5) == 1 + 4  # all but the last
    assert kept(40) == 1

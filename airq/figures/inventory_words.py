"""Words, numbers and marks of the inventory's figures, Chinese and English.

Examples
--------
>>> symbol("PM25"), amount(-1234.6), amount(0.0512), interval(1, 2.5, 40)
('PM₂.₅', '−1,235', '0.051', '2.5 [1.0–40.0]')
"""

from __future__ import annotations

from typing import Final

from airq import places
from airq.figures.labels import Language, pick
from airq.inventory import schema

__all__ = ["amount", "group_name", "interval", "scale", "symbol", "word"]

_SYMBOLS: Final = {
    "PM25": "PM₂.₅",
    "PM10": "PM₁₀",
    "SO2": "SO₂",
    "NOx": "NOₓ",
    "VOC": "VOCs",
    "NH3": "NH₃",
    "CO2": "CO₂",
}

_KILO_FROM: Final = 1e5
"""Tonnes from which an axis counts in thousands."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "t": ("吨/年", "t/yr"),
    "kt": ("千吨/年", "kt/yr"),
    "done": ("已完成", "done"),
    "planned": ("计划", "planned"),
    "baseline": ("治理前基准", "Baseline"),
    "baseline_low": ("治理前基准（下限）", "Baseline (lower bound)"),
    "after_done": ("已完成措施后", "After what is done"),
    "after_planned": ("计划实施后剩余", "Remaining after plans"),
    "sum_done": ("已完成合计", "Sum of what is done"),
    "sum_planned": ("已完成与计划合计", "Sum with plans"),
    "outside": ("{g}（{s}，基准外）", "{g} ({s}, not in baseline)"),
    "cut": ("{g}（{s}）", "{g} ({s})"),
    "unknown": ("缺因子", "needs a factor"),
    "unknown_long": ("{n}项：{why}", "{n}: {why}"),
    "a factor": ("因子{n}", "factor {n}"),
    "an activity": ("活动水平{n}", "activity {n}"),
    "an efficiency": ("去除效率{n}", "efficiency {n}"),
    "a technology": ("技术{n}", "technology {n}"),
    "confidence": ("可信度{c}", "confidence {c}"),
    "zero": ("零", "zero"),
    "level_note": (
        "条长为中位数，误差线和方括号为第5—95百分位；中位数不能相加，各水平为逐次抽样之和的中位数；可信度1（弱）至5（确）。",
        "Bars: medians; whiskers and brackets: p5–p95. Medians do not add: each level is the median of sums draw by draw. "
        "Confidence 1 (weak) to 5 (sure).",
    ),
    "shared_note": (
        "削减量与基准用同一批抽样，大的削减对应大的基准，因此误差线可越过零。",
        "Cuts and baseline share their draws, a large cut goes with a large baseline: a whisker may therefore pass zero.",
    ),
    "lower_bound": (
        "基准只含文件点名的排放源，是下限：剩余量不是实际排放量，换用完整清单（baseline）后才有意义。",
        "The baseline holds only what documents name and is a lower bound: what remains is no estimate of the emission "
        "until a full inventory takes its place.",
    ),
    "unknown_note": (
        "灰底行：没有吨数的措施项数，以及各缺什么；不等于没有削减。",
        "Shaded rows: how many measures have no tonnes and what they lack; that is not to say that they cut nothing.",
    ),
    "gross_note": (
        "{n}项措施按毛削减计：替代能源或置换产能的排放未知，净削减更小。",
        "{n} measures count gross: what takes their place is not known, net cuts are smaller.",
    ),
    "emission_axis": ("{p}排放量（{u}）", "{p} emitted ({u})"),
    "cut_axis": ("{p}削减量（{u}）", "{p} cut ({u})"),
    "title_waterfall_category": ("{p}：各类措施的削减", "{p}: what each category cuts"),
    "title_waterfall_county": ("{p}：各县市的削减", "{p}: what each county cuts"),
    "whole": ("{g}（未分县市）", "{g} (not split)"),
    "title_flow_county": ("{p}削减量：类别与县市", "{p} cut: from category to county"),
    "title_flow_pollutant": ("削减量：类别与污染物", "Tonnes cut: from category to pollutant"),
    "flow_note": (
        "宽度为中位数（{u}），方括号为第5—95百分位；斜线为计划",
        "width: median ({u}), brackets: p5–p95; hatched: planned",
    ),
    "flow_share_note": (
        "宽度为占各污染物的份额，数字为中位数[第5—95百分位]；斜线为计划",
        "width: share of each pollutant's total, numbers: median [p5–p95]; hatched: planned",
    ),
    "not_drawn": ("未画（零或净增加）：{what}", "not drawn (zero or net increase): {what}"),
    "lacking": ("{n}项措施缺因子，未计入", "{n} measures need a factor and are not in it"),
    "title_cumulative": ("年末已生效的年削减量", "Yearly cut in effect at the end of each year"),
    "done_line": ("已完成（带：第5—95百分位）", "done (band: p5–p95)"),
    "planned_line": ("加计划（斜线带：第5—95百分位）", "with plans (hatched band: p5–p95)"),
    "no_period": ("{n}项未说明时段，未计入", "{n} measures state no period and are not in it"),
    "title_claims": (
        "官方说法隐含的系数与因子表对照",
        "Factors implied by official claims, against the factor table",
    ),
    "kg_axis": ("{p}（每吨煤，千克，对数轴）", "{p} (kg per t of coal, log axis)"),
    "home_heating": ("因子表：民用炉", "table: stoves"),
    "boiler_coal": ("因子表：65蒸吨以下锅炉", "table: boilers < 65 t/h"),
    "of": ("{t}，{p}", "{t}, {p}"),
    "particulate": ("颗粒物", "particulate"),
    "table_range": ("因子表各来源的范围", "range of the table's sources"),
    "table_used": ("采用值", "value used"),
    "table_p": ("采用值的第5—95百分位", "p5–p95 of the value used"),
    "claim": ("说法隐含的系数", "implied by the claim"),
    "no_factor": ("因子表无此项：缺因子", "not in the table: needs a factor"),
    "without_coal": (
        "另有{n}条说法未同时给出煤量和吨数，无系数可算",
        "{n} further claims do not state both coal and tonnes; no factor can be formed",
    ),
    "title_contributors": ("不确定性的主要来源", "What drives the uncertainty"),
    "share_axis": ("占总量方差的份额（%）", "share of the variance of the total (%)"),
    "factor": ("系数", "factor"),
    "activity": ("活动水平", "activity"),
    "rest": ("其余与交互", "the rest and interaction"),
    "total_of": ("{p}  {v} {u}", "{p}  {v} {u}"),
    "rating": ("等级{r}", "rated {r}"),
    "rating_note": ("等级A（好）至E（差）为因子的质量", "ratings A (good) to E (poor) are of the factors"),
    "nothing": ("没有可计算的吨数：缺因子", "no tonnes: needs a factor"),
}


def word(key: str, lang: Language, **values: object) -> str:
    """Word of the table above, filled in.

    Examples
    --------
    >>> word("confidence", "en", c="3–4")
    'confidence 3–4'
    """
    return pick(_WORDS[key], lang, **values)


def symbol(pollutant: str) -> str:
    """Pollutant of the inventory as printed.

    Examples
    --------
    >>> symbol("NOx"), symbol("TSP")
    ('NOₓ', 'TSP')
    """
    return _SYMBOLS.get(pollutant, pollutant)


def group_name(group: str, by: str, lang: Language) -> str:
    """Name of a category or county; a group of counties says that it is not split.

    Examples
    --------
    >>> group_name("kiln", "category", "zh"), group_name("fukang", "county", "en")
    ('工业炉窑', 'Fukang')
    """
    if by == "category":
        found = schema.word("category", group)
        return found.zh if lang == "zh" else found.en[:1].upper() + found.en[1:]
    place = places.find(group)
    if place is None:
        return group
    return word("whole", lang, g=place.name(lang)) if place.kind == "group" else place.name(lang)


def scale(largest: float) -> tuple[float, str]:
    """Divisor and key of the unit for tonnes up to a size.

    Examples
    --------
    >>> scale(4.5e6), scale(900)
    ((1000.0, 'kt'), (1.0, 't'))
    """
    return (1000.0, "kt") if largest >= _KILO_FROM else (1.0, "t")


def amount(value: float) -> str:
    """Number as printed: whole from 100, else two or three significant digits; a true minus sign.

    Examples
    --------
    >>> amount(15.26), amount(1.0), amount(0)
    ('15.3', '1', '0')
    """
    size = abs(value)
    if 0 < size < 0.001:
        return "<0.001" if value > 0 else ">−0.001"
    text = f"{size:,.0f}" if size >= 100 else f"{size:.3g}" if size >= 10 else f"{size:.2g}"
    return f"−{text}" if value < 0 and text != "0" else text


def interval(low: float, middle: float, high: float) -> str:
    """Median with its interval.

    Examples
    --------
    >>> interval(-2, 5, 9), interval(1, 4.6, 16.5)
    ('5 [−2 ~ 9]', '4.6 [1.0–16.5]')
    """
    joint = " ~ " if low < 0 else "–"
    said = [amount(v) for v in (middle, low, high)]
    if any("." in t for t in said):  # a whole number beside decimals has them too
        said = [f"{t}.0" if t.isdigit() and 0 < int(t) < 100 else t for t in said]
    return f"{said[0]} [{said[1]}{joint}{said[2]}]"

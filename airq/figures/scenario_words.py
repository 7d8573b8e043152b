"""Words of the figures and pages on scenarios, Chinese and English.

Examples
--------
>>> word("baseline", "zh"), indicator("pm25_season", "en"), category("kiln", "zh")
('不采取措施', 'PM₂.₅, heating season', '工业炉窑')
"""

from __future__ import annotations

import re
from typing import Final

from airq.figures.inventory_words import group_name
from airq.figures.labels import Language, pick
from airq.variables import VARIABLES

__all__ = ["amount", "category", "indicator", "interval", "scenario_unit", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "baseline": ("不采取措施", "without"),
    "scenario": ("采取后", "with"),
    "change": ("变化", "Change"),
    "title_change": ("{i}：各地的变化", "{i}: change by place"),
    "title_compare": ("情景比较：{p}", "Scenarios compared: {p}"),
    "title_tonnes": ("采暖季减排量", "Tonnes cut in the heating season"),
    "title_lines": ("各项措施的减排量：{p}", "What each measure cuts: {p}"),
    "title_evidence": ("每千吨减排对应的浓度：先验与后验", "µg/m³ per kilotonne: prior and posterior"),
    "title_front": ("费用、PM₂.₅与CO₂的取舍", "The trade between cost, PM₂.₅ and CO₂"),
    "title_targets": ("各项目标的实现概率", "Probability of each target"),
    "title_causes": ("不确定性主要来自哪里", "Where the uncertainty comes from"),
    "open": (
        "空心点：小于最小可测变化，效果可能真实，但观测看不出",
        "Open dots: smaller than can be detected; the effect may be real, but observation cannot show it.",
    ),
    "detectable_yes": ("可测", "detectable"),
    "detectable_no": ("可能真实，观测看不出", "may be real, below what observation can detect"),
    "band": ("灰块：观测看不出的变化", "Grey: change that observation cannot tell from none"),
    "interval": ("点：中位数；线：90%区间", "Dot: median; line: 90 % interval"),
    "tonnes_axis": ("吨（采暖季，负值为增加）", "Tonnes in the heating season (negative: more is emitted)"),
    "lines_axis": ("吨/年（完全见效时）", "Tonnes a year in full effect"),
    "level_axis": (
        "µg/m³ 每千吨PM₂.₅当量（采暖季，对数轴）",
        "µg/m³ per kt of PM₂.₅-equivalent in the heating season (log axis)",
    ),
    "not_used": ("未采用", "not used"),
    "prior": ("先验（合并）", "prior, pooled"),
    "posterior": ("后验", "posterior"),
    "box": ("箱模型", "box model"),
    "local": ("本地评估", "local evaluation"),
    "literature": ("文献", "literature"),
    "rollback": ("比例回推", "rollback"),
    "claim_2021": ("2021年文件说法", "claim of 2021"),
    "shrinkage": (
        "观测使对数标准差缩小{s}；浅色为未采用的说法",
        "The observation took away {s} of the spread (log scale). Pale: a claim that is not used.",
    ),
    "no_update": ("未用观测更新", "Not updated by an observation."),
    "cost_axis": ("年费用（百万元）", "Cost, million yuan a year"),
    "reduction_axis": ("PM₂.₅下降（µg/m³）", "Fall of PM₂.₅, µg/m³"),
    "co2_axis": ("CO₂减少（千吨/年）", "CO₂ cut, kt a year"),
    "tied": ("空心：与下一个更贵的组合区间重叠", "Open: its interval overlaps that of the next dearer set"),
    "probability_axis": ("实现概率（%）", "Probability, %"),
    "share_axis": ("占方差的比例（%）", "Share of the variance, %"),
    "no_tonnes": ("没有吨数", "no tonnes"),
    "others": ("其他{n}项", "{n} others"),
    "heating": ("采暖季", "heating season"),
    "no_change": ("没有变化", "no change"),
}  # fmt: skip

_INDICATORS: Final[dict[str, tuple[str, str, str]]] = {
    # id: zh, en, unit
    "season": ("采暖季", "heating season", ""),
    "year": ("全年", "year", ""),
    "annual": ("全年", "year", ""),
    "good_days": ("优良天数", "Good days", "days"),
    "heavy_days": ("重污染天数", "Heavy days", "days"),
    "alert_days": ("预警天数", "Alert days", "days"),
    "episode_days": ("重污染过程天数", "Episode days", "days"),
    "composite": ("综合指数", "Composite index", ""),
}
_UNITS: Final[dict[str, tuple[str, str]]] = {
    "days": ("天", "d"),
    "ug": ("µg/m³", "µg/m³"),
    "t": ("吨", "t"),
    "kt": ("千吨", "kt"),
    "yuan": ("元", "yuan"),
    "deaths": ("人", "deaths"),
    "deaths/yr": ("人/年", "deaths a year"),
    "share": ("%", "%"),
}


def word(key: str, lang: str, **values: object) -> str:
    """Text of a key, filled in.

    Parameters
    ----------
    key : str
    lang : {"zh", "en"}
    **values : object

    Returns
    -------
    str
    """
    return pick(_WORDS[key], lang, **values)


def category(name: str, lang: Language) -> str:
    """Name of a category of measures; ``all`` stands for every source.

    Examples
    --------
    >>> category("all", "en")
    'All sources'
    """
    return pick(("全部排放", "All sources"), lang) if name == "all" else group_name(name, "category", lang)


def indicator(name: str, lang: Language) -> str:
    """Name of an indicator of a result, such as ``pm25_season`` or ``good_days_2012``.

    Examples
    --------
    >>> indicator("heavy_days_2026", "zh"), indicator("good_days", "en"), indicator("something_new", "en")
    ('重污染天数（2026版）', 'Good days', 'something new')
    """
    base, _, edition = name.rpartition("_")
    if edition in ("2012", "2026") and base:
        return f"{indicator(base, lang)}{f'（{edition}版）' if lang == 'zh' else f' ({edition})'}"
    if name in _INDICATORS:
        return pick(_INDICATORS[name][:2], lang)
    parts = name.split("_")
    found = next((p for p in parts if p in VARIABLES), "")
    rest = [p for p in parts if p not in (found, "mean", "90")]  # of O3 the 90th percentile is the figure
    if not found or any(p not in _INDICATORS for p in rest):
        return name.replace("_", " ")
    joint = "" if lang == "zh" else ", "
    said = [pick(_INDICATORS[p][:2], lang) for p in rest]
    symbol = VARIABLES[found].symbol
    return f"{symbol}{joint.join(said)}" if lang == "zh" else joint.join([symbol, *said])


def scenario_unit(unit: str, lang: Language) -> str:
    """Unit as printed.

    Examples
    --------
    >>> scenario_unit("days", "zh"), scenario_unit("µg/m³", "en")
    ('天', 'µg/m³')
    """
    return pick(_UNITS[unit], lang) if unit in _UNITS else re.sub(" m-3", "/m³", unit)


def amount(value: float, sign: bool = False) -> str:
    """Number with two significant digits at least; a true minus.

    Examples
    --------
    >>> amount(-0.2345, sign=True), amount(0.0), amount(1234.5), amount(0.004), amount(float("nan"))
    ('−0.23', '0', '1,234', '0.004', '–')
    """
    if value != value:
        return "–"
    size = abs(value)
    if size < 5e-7:
        return "0"
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.01 else 3 if size >= 0.001 else 5
    made = f"{size:,.{digits}f}"
    lead = "−" if value < 0 else "+" if sign else ""
    return made if float(made.replace(",", "")) == 0 else f"{lead}{made}"


def interval(low: float, middle: float, high: float, sign: bool = False) -> str:
    """Median with its interval.

    Examples
    --------
    >>> interval(-0.8, -0.23, -0.07)
    '−0.23 [−0.80, −0.07]'
    >>> interval(-5.0, -1.0, 0.0)
    '−1 [−5, 0]'
    """
    if middle != middle:
        return "–"
    # Counts of days are whole.
    whole = all(abs(v - round(v)) < 1e-9 and abs(v) < 1e4 for v in (low, middle, high))
    said = [f"{amount(v, sign)}".split(".")[0] if whole else amount(v, sign) for v in (middle, low, high)]
    return f"{said[0]} [{said[1]}, {said[2]}]"

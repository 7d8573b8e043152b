"""Words of the figures, tables and pages of targets, Chinese and English, and targets in words.

Examples
--------
>>> indicator({"kind": "good_days"}, "zh"), indicator({"kind": "mean", "pollutant": "pm25"}, "en")
('优良天数', 'mean PM₂.₅')
>>> goal({"kind": "good_days", "at_least": 300}, "en"), goal({"kind": "good_ratio", "at_least": 0.82}, "zh")
('at least 300 d', '不少于82%')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airq.figures import labels
from airq.figures.labels import Language

__all__ = ["DRIFTS", "amount", "goal", "indicator", "is_mean", "is_share", "unit", "word"]

DRIFTS: Final = ("zero", "half", "full")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "so_far": ("{y}年实况", "{y}, observed"),
    "earlier": ("往年", "earlier years"),
    "fan_end": ("至年底的预测", "projected to 31 December"),
    "goal_line": ("目标：{g}", "Target: {g}"),
    "bands": ("由深到浅为{p}区间；线为中位数", "Bands from dark to light: {p} intervals; line: median."),
    "end_label": ("；右端数字为中位数和{p}区间", " Figures at the right: median and {p} interval."),
    "chance": ("完成概率 {p}", "P(met) {p}"),
    "today": ("截至{d}", "to {d}"),
    "title_thermometer": ("{y}年{i}进度", "{i} in {y}, so far and to come"),
    "title_pace": ("{y}年余下{n}天的余地与往年同期", "What the other {n} days of {y} may bring, and the same days before"),
    "needed": ("目标所容最多：{v}", "at most for the target: {v}"),
    "not_enough": ("余下的天数已不足以完成目标", "the days that are left no longer suffice"),
    "would_do": ("按该年同期可完成", "days as in that year would do"),
    "same_days": ("{y}年同期", "same days of {y}"),
    "pace_mean": ("余下各天的{p}", "{p} of the rest of the year"),
    "title_drift": ("三种趋势假设下的完成概率", "P of meeting the target under three trends"),
    "zero": ("无趋势", "no trend"),
    "half": ("半趋势", "half the trend"),
    "full": ("全趋势", "the full trend"),
    "auto": ("自动选用", "chosen"),
    "drift_note": (
        "趋势由往年学得，是最主要的不确定来源；三种假设都列出，标“*”者为自动选用",
        "The trend is learnt from earlier years and is the main risk; all three are printed, * marks the one chosen.",
    ),
    "title_hindcast": (
        "回报检验：给出的概率与实际结果",
        "Hindcast: probabilities given and what happened",
    ),
    "title_attainment": ("{i}达到各限值的年份概率", "Year in which {i} attains each limit"),
    "attained": ("当年不高于{v}的概率", "P of at most {v} in that year"),
    "by_then": ("至该年已达标的概率", "P attained by that year"),
    "no_year": ("没有可画的年份", "no year to draw"),
    "good_days": ("优良天数", "good days"),
    "heavy_days": ("重度及以上污染天数", "heavily polluted days"),
    "good_ratio": ("优良天数比率", "good-day ratio"),
    "heavy_ratio": ("重度及以上污染天数比率", "share of heavily polluted days"),
    "mean": ("{p}平均浓度", "mean {p}"),
    "mean3": ("{p}三年平均浓度", "three-year mean {p}"),
    "days_above": ("AQI大于{t}的天数", "days with an AQI above {t}"),
    "days_below": ("AQI不超过{t}的天数", "days with an AQI of at most {t}"),
    "all_of": ("{n}项同时完成", "all {n} parts together"),
    "at_least": ("不少于{v}", "at least {v}"),
    "at_most": ("不超过{v}", "at most {v}"),
    "change": ("较{y}年{v}", "{v} against {y}"),
    "not_above": ("不高于{y}年", "no higher than in {y}"),
    "not_below": ("不低于{y}年", "no lower than in {y}"),
    "firm": ("确定", "firm"),
    "striving": ("力争", "striven for"),
    "limit": ("限值", "limit"),
    "or_less": ("或更低", " or lower"),
    "or_more": ("或更高", " or higher"),
}  # fmt: skip


def word(key: str, lang: Language, **values: object) -> str:
    """Word or sentence.

    Examples
    --------
    >>> word("half", "zh"), word("at_most", "en", v="35 µg/m³")
    ('半趋势', 'at most 35 µg/m³')
    """
    return labels.pick(_WORDS[key], lang, **values)


def is_share(target: Mapping[str, Any]) -> bool:
    """Whether a target is a share 0 to 1, printed in percent."""
    return str(target.get("kind")).endswith("_ratio")


def is_mean(target: Mapping[str, Any]) -> bool:
    """Whether a target is a mean concentration.

    Examples
    --------
    >>> is_mean({"kind": "mean3"}), is_mean({"kind": "good_days"})
    (True, False)
    """
    return target.get("kind") in ("mean", "mean3")


def indicator(target: Mapping[str, Any], lang: Language) -> str:
    """What a target counts or averages.

    Examples
    --------
    >>> indicator({"kind": "heavy_days", "threshold": 150}, "en")
    'days with an AQI above 150'
    """
    if "all_of" in target:
        return word("all_of", lang, n=len(target["all_of"]))
    kind = str(target["kind"])
    threshold = target.get("threshold")
    if kind == "good_days" and threshold not in (None, 100):
        return word("days_below", lang, t=f"{threshold:g}")
    if kind == "heavy_days" and threshold not in (None, 200):
        return word("days_above", lang, t=f"{threshold:g}")
    if kind in ("mean", "mean3"):
        return word(kind, lang, p=labels.pollutant(str(target.get("pollutant", "pm25"))))
    return word(kind, lang)


def unit(target: Mapping[str, Any], lang: Language) -> str:
    """Unit of a target's value as printed.

    Examples
    --------
    >>> unit({"kind": "good_days"}, "zh"), unit({"kind": "good_ratio"}, "en")
    ('天', '%')
    """
    kind = target.get("kind")
    if is_share(target):
        return "%"
    if kind in ("mean", "mean3"):
        return labels.units(str(target.get("pollutant", "pm25")))
    return labels.text("day_unit", lang)


def amount(target: Mapping[str, Any], value: float, lang: Language, with_unit: bool = True) -> str:
    """Value of a target in words: whole days, percent and means to one decimal; a limit that is whole has none.

    Examples
    --------
    >>> amount({"kind": "good_days"}, 287.0, "zh"), amount({"kind": "good_ratio"}, 0.7534, "en")
    ('287天', '75.3%')
    >>> amount({"kind": "mean", "pollutant": "pm25"}, 36.44, "en"), amount({"kind": "good_days"}, float("nan"), "en")
    ('36.4 µg/m³', '–')
    >>> amount({"kind": "mean", "pollutant": "pm25"}, 30.0, "en"), amount({"kind": "mean", "pollutant": "pm25"}, 29.98, "en")
    ('30 µg/m³', '30.0 µg/m³')
    """
    if value is None or value != value:
        return "–"
    if is_share(target):
        text = f"{value * 100:.1f}"
        exact = abs(value * 100 - round(value * 100)) < 1e-9
        return (text.removesuffix(".0") if exact else text) + ("%" if with_unit else "")
    name = unit(target, lang)
    if target.get("kind") in ("mean", "mean3"):
        text = f"{value:.2f}" if target.get("pollutant") == "co" else f"{value:.1f}"
        text = text.removesuffix(".0") if float(value).is_integer() else text
    else:
        text = f"{value:.0f}"
    if not with_unit:
        return text
    return f"{text}{name}" if name in ("天", "%") else f"{text} {name}"


def goal(target: Mapping[str, Any], lang: Language) -> str:
    """What a target asks for.

    Examples
    --------
    >>> goal({"kind": "mean", "pollutant": "pm25", "change": {"from": 2020, "by": -0.156, "unit": "share"}}, "en")
    '−15.6% or lower against 2020'
    """
    if "all_of" in target:
        parts = [
            f"{indicator(t, lang)}{'' if lang == 'zh' else ' '}{goal(t, lang)}" for t in target["all_of"]
        ]
        return ("、" if lang == "zh" else ", ").join(parts)
    for side in ("at_least", "at_most"):
        if target.get(side) is not None:
            return word(side, lang, v=amount(target, float(target[side]), lang))
    change = target.get("change")
    if change:
        by = float(change["by"])
        if not by:
            return word(
                "not_above" if target.get("kind") not in ("good_days", "good_ratio") else "not_below",
                lang,
                y=change["from"],
            )
        sign = "−" if by < 0 else "+"
        share = change.get("unit", "share") == "share"
        if share:
            text = f"{sign}{f'{abs(by) * 100:.2f}'.rstrip('0').rstrip('.')}%"
        else:
            text = f"{sign}{abs(by):g} {unit(target, lang)}".rstrip()
        up = target.get("kind") in ("good_days", "good_ratio")
        return word("change", lang, y=change["from"], v=f"{text}{word('or_more' if up else 'or_less', lang)}")
    return "–"

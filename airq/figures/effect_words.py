"""Words of the figures on the effect of measures, Chinese and English.

Examples
--------
>>> word("verdict_fell", "zh"), choice("no drift", "zh"), choice("without fukang", "en")
('下降', '无线性趋势', 'without Fukang')
"""

from __future__ import annotations

from typing import Any, Final

from airq import places
from airq.figures import labels
from airq.figures.labels import Language

__all__ = ["change", "choice", "method_name", "site_name", "verdict_word", "word"]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title_effect": ("{p}：{m}", "{p}: {m}"),
    "title_methods": ("{p}：措施有没有效果", "{p}: did it work"),
    "title_alerts": ("{p}：预警日与同等预报的无预警日", "{p}: alert days and days of the same forecast"),
    "title_detectable": ("{p}：一个采暖季能看出多小的变化", "{p}: how small a change one season can show"),
    "title_detectable_year": ("{p}：一年能看出多小的变化", "{p}: how small a change one year can show"),
    "observed": ("观测（周）", "observed, weekly"),
    "adjusted": ("扣除天气", "adjusted for weather"),
    "counterfactual": ("没有措施时", "without the measure"),
    "measure": ("措施期间", "measure in force"),
    "choices": ("其他合理选择下的估计", "Under other reasonable choices"),
    "change": ("变化（%）", "Change, %"),
    "band": ("灰带：小于最小可测变化", "Grey: smaller than can be detected."),
    "weights": ("对照地权重（%）", "Weights of the donors, %"),
    "size": (
        "安慰剂日期误判{k}/{n}，承诺{l}%",
        "Found on {k} of {n} dates without a measure, {l} % promised",
    ),
    "size_sets": (
        "假预警误判{k}/{n}组，承诺{l}%",
        "Found for {k} of {n} sets of false alerts, {l} % promised",
    ),
    "size_none": ("没有可试的安慰剂日期", "No date without a measure could be tried"),
    "range": ("辨识区间 {a}至{b}%", "Identification range {a} to {b} %"),
    "estimate_line": (
        "{e}%（{a}至{b}%），最小可测{d}%；结论：{v}",
        "{e} % ({a} to {b} %), smallest detectable {d} %; verdict: {v}",
    ),
    "forecast_axis": ("预报", "Forecast"),
    "observed_axis": ("观测", "Observed"),
    "alert_days": ("预警日（{n}）", "alert days ({n})"),
    "other_days": ("无预警日（{n}）", "other days ({n})"),
    "equal": ("观测＝预报", "observed = forecast"),
    "season_mean": ("季平均", "mean of the season"),
    "year_mean": ("年平均", "mean of the year"),
    "trend": ("趋势外推", "trend, extrapolated"),
    "unseen": ("与无变化无法区分", "cannot be told from no change"),
    "fall_needed": ("能看出的降幅：{f}%（{c}）", "A fall that shows: {f} % ({c})"),
    "verdict_fell": ("下降", "fell"),
    "verdict_rose": ("上升", "rose"),
    "verdict_none seen": ("未见变化", "none seen"),
    "verdict_withheld": ("不下结论", "withheld"),
}
_METHODS: Final = {
    "interrupted": ("中断时间序列", "interrupted series"),
    "components": ("未观测成分模型", "unobserved components"),
    "synthetic": ("合成对照", "synthetic control"),
}
_CHOICES: Final = {
    "main": "主估计",
    "no drift": "无线性趋势",
    "2 harmonics": "季节取2个谐波",
    "4 harmonics": "季节取4个谐波",
    "1 harmonic": "季节取1个谐波",
    "3 harmonics": "季节取3个谐波",
    "half the window": "时窗减半",
    "a longer window": "时窗加长",
    "change of slope": "允许斜率改变",
    "8 weeks around the date left out": "略去措施前后8周",
    "not adjusted for weather": "不扣除天气",
    "mean gap": "平均差距",
    "equal weights": "等权重",
    "with drift": "允许差距有趋势",
    "straight line in the forecast": "预报取直线",
    "without the neighbouring days' forecasts": "不用前后日预报",
    "days of high forecasts only": "只取预报高的日",
    "first days of alerts left out": "略去预警首日",
    "without the day's weather": "不用当日天气",
}


def word(key: str, lang: Language, **given: Any) -> str:
    """Word or sentence of the table.

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return labels.pick(_WORDS[key], lang, **given)


def method_name(method: str, lang: Language) -> str:
    """Name of a method."""
    pair = _METHODS.get(method, (method, method))
    return pair[0 if lang == "zh" else 1]


def site_name(site: str, lang: Language) -> str:
    """Name of a place; its own text where the table has none.

    Examples
    --------
    >>> site_name("fukang", "zh"), site_name("S1", "zh")
    ('阜康市', 'S1')
    """
    place = places.find(site)
    return place.name(lang) if place is not None else site


def choice(name: str, lang: Language) -> str:
    """Name of one of the other choices."""
    if name.startswith("without ") and name not in _CHOICES:
        site = site_name(name.removeprefix("without "), lang)
        return f"不用{site}" if lang == "zh" else f"without {site}"
    return _CHOICES.get(name, name) if lang == "zh" else name


def verdict_word(verdict: str, lang: Language) -> str:
    """Verdict in one word."""
    return word(f"verdict_{verdict}", lang)


def change(value: float) -> str:
    """Percent with its sign and a true minus.

    Examples
    --------
    >>> change(-12.4), change(3.2), change(-0.3)
    ('−12', '+3', '0')
    """
    text = f"{value:+.0f}"
    return "0" if float(text) == 0 else text.replace("-", "−")

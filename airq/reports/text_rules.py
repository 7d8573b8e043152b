"""Rules of a report that the standards' own text does not confirm, in words: what they are, what is taken, on what ground.

Rules of one ground and one value share a line. The tables of the standards speak English; what they say is put into
Chinese here, and what a user has changed there is shown as it stands.

Examples
--------
>>> from airq import standards
>>> rows = open_rows(standards.open_points("HJ663-2013", used_only=True), "zh")
>>> next(r for r in rows if r[1] == "每月至少有效天数")[2:]
['27', 'B 80%', '月度按GB 3095表4[P]；季度、半年和更长时段要求各月有效[B 75%]']
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from airq.figures import labels
from airq.figures.labels import Language
from airq.variables import POLLUTANTS

__all__ = ["WORDING", "bears_on_numbers", "open_rows"]

WORDING: Final = ("categories.", "sensitive.", "spearman.")
"""Entries on which no number of a report rests: translations, health advice, the test of a trend that it does not show."""

_NAMES: Final = re.compile(r"[._](zh|en)$")
"""Ends of entries that hold a name in one language."""

_ENTRIES: Final = {
    "force.first": "首次施行日期",
    "force.nationwide": "全国施行日期",
    "force.mixed_year": "跨标准年度的限值",
    "missing.aqi": "缺项时的AQI",
    "days.o3_1h": "日评价中的O₃ 1小时值",
    "implausible.co": "CO存疑上限",
    "hours.negative": "负浓度",
    "coverage.share_percent": "有效评价点最低比例（%）",
    "coverage.few_stations_below": "少于几个评价点用较低比例",
    "coverage.few_share_percent": "评价点少时的最低比例（%）",
    "coverage.silent_days": "首尾无数据多少天视为未运行",
    "coverage.mda8": "O₃日最大8小时平均的有效性",
    "coverage.group": "一组地区的统计",
    "validity.month_days": "每月至少有效天数",
    "validity.february_days": "2月至少有效天数",
    "validity.year_days": "每年至少有效天数",
    "validity.months": "须有效的月份",
    "validity.percentile_as_mean": "百分位数与均值同样要求",
    "validity.part_month": "不满一月的时段",
    "attainment.indicators": "达标所看的指标",
    "attainment.compare": "与限值比较的数值",
    "composite.inputs": "综合指数所用浓度",
    "composite.denominators": "综合指数的分母",
    "composite.weights": "综合指数的权重",
    "moving_mean.years": "滑动平均的年数",
    "moving_mean.rule": "滑动平均的算法",
    "rounding.exceedance_multiple": "超标倍数",
    "rounding.ratio_percent": "比率（%）",
    "rounding.index": "指数",
    "hours.previous_hours": "沙尘：起始判定所看的此前小时数",
    "hours.start_times_previous": "沙尘：起始小时PM₁₀为此前均值的倍数",
    "hours.start_above": "沙尘：起始小时PM₁₀下限（µg/m³）",
    "hours.ratio_test": "沙尘：PM₂.₅与PM₁₀之比的判定",
    "hours.ratio_share": "沙尘：比值低于此前均值的份额",
    "hours.end_within_share_above": "沙尘：结束时高于此前均值的份额",
    "limits.previous_hours_needed": "沙尘：此前至少有效小时数",
    "limits.maximum_hours": "沙尘：一次过程最长小时数",
    "grades.floating.from": "沙尘：浮尘的PM₁₀下限（µg/m³）",
    "grades.blowing.from": "沙尘：扬沙的PM₁₀下限（µg/m³）",
    "grades.storm.from": "沙尘：沙尘暴的PM₁₀下限（µg/m³）",
    "grades.severe.from": "沙尘：强沙尘暴的PM₁₀下限（µg/m³）",
    "downgrade.rule": "预警：降级方式",
    "basis.aqi": "预警：所用的AQI",
    "reduction_percent.yellow": "预警：黄色预警的减排比例（%）",
    "reduction_percent.orange": "预警：橙色预警的减排比例（%）",
    "reduction_percent.red": "预警：红色预警的减排比例（%）",
    "levels.yellow.number": "预警：黄色预警的级序",
    "levels.red.number": "预警：红色预警的级序",
    "levels.yellow.response": "预警：黄色预警的响应级别",
    "levels.red.response": "预警：红色预警的响应级别",
    "levels.yellow.any": "预警：黄色预警的启动条件",
    "levels.red.any": "预警：红色预警的启动条件",
    "local_plan.thresholds": "预警：本地预案的启动条件",
}
_ABOVE: Final = ("breakpoints.", ".above")
_ROUNDING: Final = "rounding."
_BEYOND: Final = "均值超出分级表时"
_DECIMALS: Final = "的小数位数"
_VALUES: Final = {
    "from_available": "取其余各项的最大值",
    "left out": "不计入",
    "cap": "封顶",
    "invalid": "无效",
    "stations": "按评价点",
    "members": "按成员",
    "all": "全部",
    "yes": "是",
    "in proportion": "按比例",
    "mean and percentile": "均值和百分位数",
    "rounded": "修约后",
    "unrounded": "未修约",
    "none": "无",
    "limits": "限值",
    "mean of the annual means": "各年均值的平均",
    "limits in force at the end of the period": "期末现行限值",
    "required": "须满足",
    "at once": "立即",
    "HJ 633 edition in force": "现行版HJ 633",
}
_SOURCES: Final = {
    "date of issue; stages from 2012, whole country from 2016-01-01": "发布日期；2012年起分期实施，2016年1月1日起全国实施",
    "GB 3095-2012 announcement": "GB 3095—2012发布公告",
    "no clause on the AQI; practice takes the greatest of the others": "标准无此条款；实际做法取其余各项的最大值",
    "evaluated days rest on six indicators with MDA8 (HJ 663); the letter of HJ 633-2012 reports seven": "日评价按六项指标、O₃用日最大8小时平均（HJ 663）；HJ 633—2012原文日报为七项",
    "clean air holds more than 200 µg/m³ of CO, polluted air less than 200 mg/m³": "清洁空气的CO也高于200 µg/m³，污染空气的低于200 mg/m³",
    "no rule in the text; practice holds the index at 500": "原文无规定；实际做法以500封顶",
    "background knowledge": "背景知识",
    "a concentration below zero is not a valid hourly mean here; HJ 817 and HJ 818 replace it by a small value": "此处负值不作为有效小时均值；HJ 817、HJ 818以小值代替",
    "HJ 663, share of stations with a valid value; not read in primary form": "HJ 663，有效评价点比例；未读到原文",
    "own rule: a station silent this long at the start or end of the record is not in operation then": "自定：记录首尾长期无数据的点位视为当时未运行",
    "HJ 663 practice": "HJ 663的实际做法",
    "own rule for groups of places": "自定：一组地区的规则",
    "month as in GB 3095 table 4 [P]; quarter, half-year and longer: every month valid [B 75%]": "月度按GB 3095表4[P]；季度、半年和更长时段要求各月有效[B 75%]",
    "324 daily values and the months also for CO and O3": "CO、O₃同样要求324个日值和各月有效",
    "own rule for a period that cuts a month": "自定：时段含不满一月的部分",
    "all indicators of the pollutant at or below the annual or daily limit": "该污染物各项指标均不高于年或日限值",
    "GB/T 8170, comparison of the rounded value; 'unrounded' is the other reading": "GB/T 8170，修约值比较法；另一种理解为不修约",
    "GB/T 8170 rounds once; 'rounded' takes the printed concentrations": "GB/T 8170只修约一次；另一种做法用印发浓度",
    "that the ranking switches on 2026-03-01 is not confirmed": "排名自2026年3月1日起改用新限值未经证实",
    "weights PM2.5 3, O3 2, NO2 2 are one unverified claim; off": "PM₂.₅ 3、O₃ 2、NO₂ 2的权重仅见一处未证实说法，不采用",
    "HJ 663-2013 practice": "HJ 663—2013的实际做法",
    "a 2025 bulletin prints one decimal [C], a developer claims one [U]": "2025年一份公报印一位小数[C]，另有开发者称一位[U]",
    "HJ 663-2026 not read; 2013 decimals kept": "未读到HJ 663—2026；沿用2013年版的位数",
    "one text writes |r| > W_p": "一处文本写作|r| > W_p",
    "HJ 663 table of critical values": "HJ 663临界值表",
    "not in the 2013 text; offered for comparison": "2013年版未规定，供比较",
    "details of HJ 663-2026 not found": "未找到HJ 663—2026的细节",
    "no rule found for calendar year 2026": "未找到2026日历年的规定",
    "annex of 2016 No. 120, not read verbatim; a paper on Xi'an confirms the start test by PM10 and the ratio [C]": "环办监测〔2016〕120号附件，未读到原文；一篇关于西安的论文证实按PM₁₀和比值判定起始[C]",
    "own bounds for gaps and unending events": "自定：缺测和过程不结束时的界限",
    "older dust grades by hourly PM10, µg/m³": "旧的沙尘分级，按PM₁₀小时值",
    "no text found": "未找到原文",
    "scope of HJ 633; no separate text for the time after 2026-03-01": "HJ 633的适用范围；2026年3月1日之后无另文规定",
    "2019 rule and the Tianjin plan [C]; whether the 2024 text keeps them is left to the provinces": "2019年规定和天津预案[C]；2024年文件由各省确定是否沿用",
    "as in the guidance 2024 No. 6; the notice names orange only": "同环大气〔2024〕6号；该通知只列橙色",
    "alert plan of the prefecture as revised in 2023, 2023-04-10; thresholds and cuts not seen": "昌吉州重污染天气应急预案（2023年修订），2023年4月10日；未见启动条件和减排比例",
}


def _named(entry: str, lang: Language) -> str:
    """Name of a rule; its key in English and where a table has one of its own."""
    if lang == "en":
        return entry
    first, last = _ABOVE
    if entry.startswith(first) and entry.endswith(last):
        pollutant, _, averaging = entry.removeprefix(first).removesuffix(last).partition("_")
        if pollutant in POLLUTANTS:
            hours = averaging.removesuffix("h")
            return f"{labels.pollutant(pollutant)} {hours}小时{_BEYOND}"
    if entry.startswith(_ROUNDING):
        about = entry.removeprefix(_ROUNDING)
        name = labels.pollutant(about) if about in POLLUTANTS else _ENTRIES.get(entry, about)
        return f"{name}{_DECIMALS}"
    return _ENTRIES.get(entry, entry)


def _together(names: Iterable[str], lang: Language) -> str:
    """Names of several rules; what ends them all stands once.

    Examples
    --------
    >>> _together(["PM₂.₅的小数位数", "SO₂的小数位数"], "zh")
    'PM₂.₅、SO₂的小数位数'
    """
    each = list(dict.fromkeys(names))
    if lang == "en":
        return ", ".join(each)
    end = next((e for e in (_BEYOND, _DECIMALS) if len(each) > 1 and all(n.endswith(e) for n in each)), "")
    return "、".join(n.removesuffix(end) for n in each) + end


def _edition(name: str, lang: Language) -> str:
    """Number of a standard as it is written.

    Examples
    --------
    >>> _edition("HJ663-2013", "zh"), _edition("HJ663-2013", "en")
    ('HJ 663—2013', 'HJ 663-2013')
    """
    if not re.match(r"[A-Z]+\d", name):  # a document without a number of a standard
        return _titled(name, lang)
    return re.sub(r"^([A-Z]+)(\d+)-(\d{4})", rf"\1 \2{'—' if lang == 'zh' else '-'}\3", name)


def _titled(name: str, lang: Language) -> str:
    """Number under which a document was issued, else its title; its id where the tables have none of that name.

    Examples
    --------
    >>> _titled("ALERT-2024", "zh"), _titled("ALERT-2024", "en"), _titled("own-2027", "zh")
    ('环大气〔2024〕6号', 'Guidance on heavy-pollution response 2024 No. 6', 'own-2027')
    """
    from airq import standards
    from airq.errors import AirqError

    try:
        title = standards.edition(name).title(lang).replace(", ", " ")
    except AirqError:
        return name
    number = re.search(r"[^（）]+〔\d{4}〕\d+号", title)
    return number[0] if number else title


def _condition(levels: Any, lang: Language) -> str:
    """When an alert is called: lists of which one suffices, all parts of which must hold."""
    both, either = ("且", "或") if lang == "zh" else (" and ", " or ")
    part = "AQI>{above}持续{hours}小时" if lang == "zh" else "AQI > {above} for {hours} h"
    return either.join(both.join(part.format(**p) for p in every) for every in levels)


def _value(value: Any, lang: Language) -> str:
    if isinstance(value, list) and value and all(isinstance(v, list) for v in value):
        return _condition(value, lang)
    if isinstance(value, (list, tuple)):
        return ("、" if lang == "zh" else ", ").join(_value(v, lang) for v in value)
    return _VALUES.get(str(value), str(value)) if lang == "zh" else str(value)


def bears_on_numbers(entry: str) -> bool:
    """Whether a number may rest on an entry: neither wording nor a name.

    Examples
    --------
    >>> bears_on_numbers("rounding.pm25"), bears_on_numbers("grades.storm.zh"), bears_on_numbers("sensitive.so2.en")
    (True, False, False)
    """
    return not entry.startswith(WORDING) and not _NAMES.search(entry)


def open_rows(entries: Iterable[Any], lang: Language) -> list[list[str]]:
    """Rows of a table: editions, rules, value, mark, ground.

    Parameters
    ----------
    entries : iterable of entries of :func:`airq.standards.open_points`
    lang : {"zh", "en"}

    Returns
    -------
    list of list of str
    """
    joint = "、" if lang == "zh" else ", "
    alike: dict[tuple[str, str, str, str], list[str]] = {}
    for e in entries:
        if bears_on_numbers(str(e.entry)):
            source = _SOURCES.get(e.source, e.source) if lang == "zh" else str(e.source)
            alike.setdefault((str(e.edition), _value(e.value, lang), str(e.mark), source), []).append(
                _named(str(e.entry), lang)
            )
    shared: dict[tuple[str, str, str, str], list[str]] = {}
    for (edition, value, mark, source), names in alike.items():
        shared.setdefault((_together(names, lang), value, mark, source), []).append(_edition(edition, lang))
    return [[joint.join(editions), *about] for about, editions in shared.items()]

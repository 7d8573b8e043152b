"""Words of figures, tables and pages in Chinese and English: one table, read by figures and reports.

Subscripts are Unicode characters, never ``$...$``, which has no Chinese glyphs.

Examples
--------
>>> text("good_days", "zh"), text("good_days", "en")
('优良天数', 'Good days')
>>> standard("GB3095-2026-transition", "zh"), edition("2026", "en")
('GB 3095—2026（过渡阶段）', 'HJ 633-2026')
"""

from __future__ import annotations

from calendar import month_abbr, month_name
from typing import TYPE_CHECKING, Final, Literal

from airq.errors import ParameterError
from airq.variables import VARIABLES

if TYPE_CHECKING:
    from airq.standards import Period

__all__ = [
    "LANGUAGES",
    "Language",
    "day",
    "edition",
    "flag",
    "month_abbreviation",
    "period",
    "pick",
    "pollutant",
    "pollutants",
    "standard",
    "text",
    "units",
]

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")

_TEXT: Final[dict[str, tuple[str, str]]] = {
    # marks
    "simulated": ("模拟数据", "Simulated data 模拟数据"),
    "no_data": ("无数据", "no data"),
    "not_available": ("无效", "NA"),
    "withheld": ("不予统计", "withheld"),
    "calculated": ("计算值", "calculated"),
    # indicators
    "aqi": ("AQI", "AQI"),
    "category": ("级别", "Category"),
    "primary": ("首要污染物", "Primary pollutant"),
    "valid_days": ("有效天数", "Valid days"),
    "good_days": ("优良天数", "Good days"),
    "heavy_days": ("重度及以上污染天数", "Heavily polluted days or worse"),
    "heavy_days_short": ("重污染天数", "Heavy days"),
    "good_ratio": ("优良天数比率", "Good-day ratio"),
    "index": ("综合指数", "Composite index"),
    "mean": ("平均", "mean"),
    "p95": ("日均值第95百分位数", "95th percentile of daily means"),
    "p90": ("日最大8小时平均第90百分位数", "90th percentile of MDA8"),
    "p95_short": ("第95百分位", "95th pct."),
    "p90_short": ("MDA8第90百分位", "90th pct. of MDA8"),
    "mda8": ("O₃日最大8小时平均", "O₃ MDA8"),
    "annual_limit": ("年平均二级限值", "class-2 annual limit"),
    "daily_limit": ("日平均二级限值", "class-2 daily limit"),
    "limit": ("二级限值", "Class-2 limit"),
    "limit_both": ("两版相同", "same in both"),
    "days": ("天数", "Days"),
    "day_unit": ("天", "d"),
    "cumulative_good": ("累计优良天数", "Cumulative good days"),
    "date": ("日期", "Date"),
    "hour_axis": ("日期（北京时间，刻度为当日0时）", "Day of the month (Beijing time, tick at 00:00)"),
    "concentration": ("浓度", "Concentration"),
    # rows and columns
    "place": ("县（市）", "Place"),
    "county": ("县（市）", "County"),
    "station": ("监测点", "Station"),
    "item": ("指标", "Indicator"),
    "unit": ("单位", "Unit"),
    "standard": ("标准", "Standard"),
    "pollutant": ("污染物", "Pollutant"),
    "change": ("同比变化", "Change"),
    "mean_of_counties": ("各县（市）平均", "Mean of the counties"),
    "mean_of_members": ("各成员平均", "Mean of the members"),
    "place_mean": ("各点位平均", "Mean of the stations"),
    "role": ("类别", "Role"),
    "role_evaluation": ("评价点", "evaluation"),
    "role_background": ("对照点", "background"),
    "network": ("监测网", "Network"),
    "network_national": ("国控", "national"),
    "network_regional": ("区控", "regional"),
    "network_city": ("市控", "city"),
    "network_micro": ("微型站", "micro"),
    "hours_possible": ("应测小时", "Hours possible"),
    "hours_valid": ("有效小时", "Hours with a value"),
    "share": ("捕获率", "Capture"),
    "days_with_value": ("有效日数", "Valid days"),
    "reason": ("不予统计的原因", "Why withheld"),
    "flagged": ("带标记小时", "Flagged hours"),
    "as_received": ("原始接收", "As received"),
    "masked": ("剔除质控标记值", "Quality masks applied"),
    "difference": ("差值", "Difference"),
    "all_days": ("日历天数", "Calendar days"),
    # titles
    "title_calendar": ("空气质量日历", "Air-quality calendar"),
    "title_comparison": ("各项污染物与限值对照", "Pollutants against the limits"),
    "title_hourly": ("小时浓度", "Hourly concentrations"),
    "title_categories": ("各级别天数", "Days by category"),
    "title_cumulative": ("年初至今累计优良天数", "Good days since 1 January, cumulative"),
    "rank": ("位次", "Rank"),
    "doubtful": ("含存疑数据", "Holds doubtful values"),
    "restated": ("（回算）", "(restated)"),
}

_QUARTERS: Final = ("first", "second", "third", "fourth")

_FLAGS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("缺测", "missing"),
    "below_detection": ("低于检出限", "below detection"),
    "out_of_range": ("超出量程", "out of range"),
    "stuck": ("数值恒定", "stuck"),
    "spike": ("突变", "spike"),
    "pm25_above_pm10": ("PM₂.₅高于PM₁₀", "PM₂.₅ above PM₁₀"),
    "neighbour": ("与邻近点位不一致", "unlike its neighbours"),
    "conflict": ("来源冲突", "conflicting sources"),
    "sentinel": ("占位值", "sentinel"),
    "imputed": ("插补", "imputed"),
    "jump": ("阶跃", "jump"),
    "repeated": ("整时重复", "repeated hour"),
    "zero": ("零值疑为缺测", "zero for missing"),
    "instrument_limit": ("仪器上限", "instrument limit"),
    "contaminated": ("滑动均值受污染", "running mean contaminated"),
    "drift": ("漂移", "drift"),
}

_STANDARDS: Final[dict[str, tuple[str, str]]] = {
    "GB3095-2012": ("GB 3095—2012", "GB 3095-2012"),
    "GB3095-2026": ("GB 3095—2026", "GB 3095-2026"),
    "GB3095-2026-transition": ("GB 3095—2026（过渡阶段）", "GB 3095-2026 (transition)"),
    "GB3095-2026-final": ("GB 3095—2026（2031年起）", "GB 3095-2026 (from 2031)"),
}


def pick(pair: tuple[str, str], lang: str, **values: object) -> str:
    """Chinese or English one of two texts, filled in with values.

    Raises
    ------
    ParameterError
        If the language is not known.

    Examples
    --------
    >>> pick(("共{n}天", "{n} days"), "en", n=3)
    '3 days'
    """
    if lang not in LANGUAGES:
        raise ParameterError(f"language '{lang}' is not known; use zh or en.")
    said = pair[0] if lang == "zh" else pair[1]
    return said.format(**values)


def text(key: str, lang: Language) -> str:
    """Word of the table.

    Parameters
    ----------
    key : str
        As in the table above.
    lang : {"zh", "en"}

    Returns
    -------
    str

    Raises
    ------
    ParameterError
        If the language is not known.
    """
    return pick(_TEXT[key], lang)


def pollutant(name: str) -> str:
    """Symbol of a variable, the same in both languages.

    Examples
    --------
    >>> pollutant("pm25")
    'PM₂.₅'
    """
    return VARIABLES[name].symbol


def pollutants(names: str, lang: Language = "en") -> str:
    """Symbols of a comma-joined list of names.

    Examples
    --------
    >>> pollutants("pm25,o3", "zh")
    'PM₂.₅、O₃'
    """
    symbols = [pollutant(n.strip()) for n in str(names).split(",") if n.strip() in VARIABLES]
    return ("、" if lang == "zh" else ", ").join(symbols)


def units(name: str) -> str:
    """Unit of a variable as printed.

    Examples
    --------
    >>> units("o3"), units("co")
    ('µg/m³', 'mg/m³')
    """
    return VARIABLES[name].units_text


def indicator(name: str, lang: Language) -> str:
    """Name of an indicator for a table: a column of a summary, such as ``mean_pm25`` or ``good_days``.

    Examples
    --------
    >>> indicator("mean_pm25", "zh"), indicator("good_days", "en")
    ('PM₂.₅ 平均', 'Good days')
    """
    if name in ("days_valid", "good_days", "good_ratio", "heavy_days"):
        return text({"days_valid": "valid_days"}.get(name, name), lang)
    if name == "composite":
        return text("index", lang)
    kind = text({"mean": "mean", "p95": "p95_short", "p90": "p90_short"}[name.split("_")[0]], lang)
    return f"{pollutant(name.rsplit('_', 1)[-1])} {kind}"


def flag(name: str, lang: Language) -> str:
    """Meaning of a quality flag.

    Examples
    --------
    >>> flag("stuck", "zh")
    '数值恒定'
    """
    return pick(_FLAGS.get(name, (name, name)), lang)


def standard(name: str, lang: Language) -> str:
    """Name of a standard as printed."""
    return pick(_STANDARDS.get(name, (name, name)), lang)


def edition(name: str, lang: Language) -> str:
    """Name of the AQI rule of an edition."""
    return f"HJ 633—{name}" if lang == "zh" else f"HJ 633-{name}"


def month_abbreviation(month: int, lang: Language) -> str:
    """Month on an axis.

    Examples
    --------
    >>> month_abbreviation(3, "zh"), month_abbreviation(3, "en")
    ('3月', 'Mar')
    """
    return f"{month}月" if lang == "zh" else month_abbr[month]


def day(value: object, lang: Language) -> str:
    """Day without its year.

    Examples
    --------
    >>> import pandas as pd
    >>> day(pd.Timestamp("2026-10-03"), "zh"), day(pd.Timestamp("2026-10-03"), "en")
    ('10月3日', '3 October')
    """
    month, number = int(value.month), int(value.day)  # type: ignore[attr-defined]
    return f"{month}月{number}日" if lang == "zh" else f"{number} {month_name[month]}"


def period(value: Period, lang: Language) -> str:
    """Period in words.

    Examples
    --------
    >>> from airq.standards import parse_period
    >>> period(parse_period("2026-10"), "zh"), period(parse_period("2026-01..2026-10"), "en")
    ('2026年10月', 'January to October 2026')
    >>> period(parse_period("2026Q3"), "zh"), period(parse_period("2026Q3"), "en")
    ('2026年第3季度', 'third quarter of 2026')
    >>> period(parse_period("2026-11-01..2026-11-20"), "zh"), period(parse_period("2026-11-01..2026-11-20"), "en")
    ('2026年11月1—20日', '1–20 November 2026')
    """
    zh = lang == "zh"
    y, a, b = value.start.year, value.start.month, value.end.month
    if value.end.year != y:
        joint = "至" if zh else " to "
        return f"{value.start}{joint}{value.end}"
    if not all(m.whole for m in value.months):
        first, last = value.start.day, value.end.day
        if zh:
            return f"{y}年{a}月{first}—{last}日" if a == b else f"{y}年{a}月{first}日至{b}月{last}日"
        if a == b:
            return f"{first}–{last} {month_name[a]} {y}"
        return f"{first} {month_name[a]} to {last} {month_name[b]} {y}"
    if a == b:
        return f"{y}年{a}月" if zh else f"{month_name[a]} {y}"
    if value.kind == "quarter":
        return f"{y}年第{(a + 2) // 3}季度" if zh else f"{_QUARTERS[a // 3]} quarter of {y}"
    if value.kind == "half":
        return (
            f"{y}年{'上' if a == 1 else '下'}半年" if zh else f"{'first' if a == 1 else 'second'} half of {y}"
        )
    if value.kind == "year":
        return f"{y}年" if zh else str(y)
    return f"{y}年{a}—{b}月" if zh else f"{month_name[a]} to {month_name[b]} {y}"

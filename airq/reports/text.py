"""Plain sentences from the numbers, Chinese and English, honest where a figure is missing or withheld.

Examples
--------
>>> days(1, "en"), days(0, "en"), days(27, "zh")
('1 day', 'no day', '27天')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import pandas as pd

from airq import places, standards
from airq.analysis import CountyMonth
from airq.analysis import period as periods
from airq.analysis.county_month import edition_of
from airq.analysis.period import Period
from airq.analysis.unmeasured import days_held, unmeasured
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports.numbers import change_of, plain, printed, signed, signed_share, with_unit
from airq.variables import POLLUTANTS

__all__ = [
    "absence",
    "caption",
    "change_of_standard",
    "comparable",
    "data_end",
    "days",
    "days_reason",
    "headline",
    "in_sentence",
    "last_year",
    "listed",
    "masks",
    "mean_name",
    "member",
    "methods",
    "named",
    "notices",
    "other_counties",
    "primary",
    "readings",
    "reasons",
    "remark",
    "rule",
    "section",
    "title",
    "unfinished",
    "when",
    "year_to_date",
]

_SECTIONS: Final[dict[str, tuple[str, str, str, str]]] = {
    # key: heading zh, text zh, heading en, text en
    "headline": ("主要指标", "", "Key figures", ""),
    "calendar": (
        "逐日空气质量",
        "每格为一个自然日，数字为AQI，小字为首要污染物；两图为同一批日子按两版AQI规定的结果。“无效”表示不发布AQI。",
        "Day by day",
        "Each cell is a natural day with its AQI and, where there is room, its primary pollutant; the two panels judge the "
        "same days by the two editions. NA means that no AQI is published.",
    ),
    "strips": (
        "逐日空气质量",
        "每一竖条为一个自然日，颜色为AQI级别；两图为同一批日子按两版AQI规定的结果。灰色表示不发布AQI。",
        "Day by day",
        "Each strip is a natural day in the colour of its AQI category; the two panels judge the same days by the two "
        "editions. Grey means that no AQI is published.",
    ),
    "members": (
        "各成员",
        "下表逐个列出。平均只是算术平均，不是考核结果；本区域没有考核代表城市。",
        "The members",
        "Each member on its own line. The mean is plain arithmetic and no assessment result; no city represents this group "
        "in assessment.",
    ),
    "counties": (
        "各县（市）",
        "下表逐县列出。各县（市）平均只是算术平均，不是考核结果；考核中由代表城市代表全州，三者不可混用。",
        "The counties",
        "Each county on its own line. The mean of the counties is plain arithmetic and no assessment result; in "
        "assessment one city represents the prefecture. These are three different things.",
    ),
    "comparison": (
        "浓度与限值",
        "{mean}与年平均二级限值对照（CO用日均值第95百分位数对日限值，O₃用日最大8小时平均第90百分位数对其限值），"
        "与综合指数的算法一致；{verdict}。",
        "Concentrations and limits",
        "{mean} against the class-2 annual limits (CO: 95th percentile of daily means against the daily limit; O₃: 90th "
        "percentile of MDA8 against its limit), as in the composite index. {verdict}.",
    ),
    "months": (
        "分月情况",
        "各月分别统计，规则与月报相同；各月有效天数之和等于本期有效天数。",
        "Month by month",
        "Each month on its own, by the same rules as a monthly report; the valid days of the months add up to those of the "
        "period.",
    ),
    "annual": (
        "年度评价",
        "年评价指标为年平均浓度和特定百分位数浓度，一项污染物的各指标均不超过二级限值为达标，六项全部达标为环境空气质量达标。",
        "Annual evaluation",
        "Annual indicators are the mean and a percentile of the daily values. A pollutant attains if each of its indicators "
        "is at or below its class-2 limit; the place attains if all six do.",
    ),
    "days": ("优良天数与级别", "", "Good days and categories", ""),
    "ytd": ("年初至今", "", "Year to date", ""),
    "targets": (
        "全年目标",
        "由截至最后一个有数据日的观测推算到年底的概率，不是预报；方法和检验见软件说明。",
        "Targets of the year",
        "Probabilities from the observations up to the last day with data, projected to the end of the year; no forecast of "
        "single days. Method and tests: docs/targets.md.",
    ),
    "capture": (
        "数据捕获",
        "以完整日历的全部小时为分母。“带标记”的小时仍计入原始接收值，只作提示。",
        "Data capture",
        "Every hour of the full calendar is in the denominator. Flagged hours stay in the figures as received; the flag "
        "is a remark.",
    ),
    "hourly": (
        "小时浓度",
        "各评价点和对照点的原始小时值，带质控标记的值以符号标出。",
        "Hourly concentrations",
        "Values as received at each station; symbols mark values that carry a quality flag.",
    ),
    "masks": (
        "质控标记的影响",
        "主要指标均按原始接收值计算。下表为剔除超量程、恒值、突变和来源冲突标记的小时值后重新计算的结果，供核对。",
        "What the quality masks change",
        "The key figures rest on values as received. Here they are computed again without the hours flagged as out of "
        "range, stuck, spike or conflicting.",
    ),
    "methods": ("方法与说明", "", "Methods and remarks", ""),
}


def days(number: Decimal | int, lang: Language) -> str:
    """Count of days in words."""
    value = Decimal(number)
    if lang == "zh":
        return f"{value:f}天"
    return "no day" if value == 0 else "1 day" if value == 1 else f"{value:f} days"


_MEANS: Final[dict[str, tuple[str, str]]] = {
    "month": ("月均值", "Means of the month"),
    "quarter": ("季均值", "Means of the quarter"),
    "half": ("半年均值", "Means of the half-year"),
    "year": ("年均值", "Means of the year"),
    "so_far": ("截至数据止日的平均浓度", "Means up to the last day with data"),
}


def section(key: str, lang: Language, kind: str = "month") -> str:
    """Heading and standing text of a section, as Markdown.

    Parameters
    ----------
    key : str
    lang : {"zh", "en"}
    kind : {"month", "quarter", "half", "year", "so_far"}
        Of the report's period, or that its data end before it does.

    Returns
    -------
    str

    Examples
    --------
    >>> section("days", "en")
    '## Good days and categories'
    """
    head_zh, body_zh, head_en, body_en = _SECTIONS[key]
    head, body = (head_zh, body_zh) if lang == "zh" else (head_en, body_en)
    verdicts = ("年度达标判定见“年度评价”", "Attainment of the year is judged under Annual evaluation")
    if kind != "year":
        verdicts = ("本页不作年度达标判定", "This page makes no judgement of annual attainment")
    body = body.format(mean=labels.pick(_MEANS[kind], lang), verdict=labels.pick(verdicts, lang))
    return f"## {head}\n\n{body}".strip()


def when(period: Period, lang: Language) -> str:
    """Period as a sentence names it.

    Examples
    --------
    >>> when(periods.parse("2026Q3"), "en"), when(periods.parse("2026-10"), "en"), when(periods.parse("2026H1"), "zh")
    ('the third quarter of 2026', 'October 2026', '2026年上半年')
    """
    name = labels.period(period, lang)
    return f"the {name}" if lang == "en" and period.kind in ("quarter", "half") else name


def in_sentence(name: str, lang: Language) -> str:
    """Name of a place within a sentence: an English ordinal takes an article.

    Examples
    --------
    >>> in_sentence("12th Division", "en"), in_sentence("Mori", "en")
    ('the 12th Division', 'Mori')
    """
    return f"the {name}" if lang == "en" and re.match(r"\d+(st|nd|rd|th) ", name) else name


def title(result: CountyMonth, lang: Language) -> str:
    """Title of a page."""
    name, stretch = result.about.name(lang), labels.period(result.period, lang)
    return f"{name}{stretch}环境空气质量报告" if lang == "zh" else f"Air quality of {name}, {stretch}"


def caption(lang: Language, *parts: str) -> str:
    """Caption of a table from what it holds, its period and its standard; empty parts are left out.

    Examples
    --------
    >>> caption("en", "key figures", "third quarter of 2026", ""), caption("zh", "主要指标", "2026年10月")
    ('Key figures, third quarter of 2026', '主要指标，2026年10月')
    """
    made = ("，" if lang == "zh" else ", ").join(filter(None, parts))
    return made[:1].upper() + made[1:]


def readings(result: CountyMonth) -> tuple[str, ...]:
    """Standards under which days are counted: each day by its own first, where the standard changes in the period."""
    return (("by-date",) if result.straddles else ()) + tuple(result.standards)


def rule(standard: str, lang: Language) -> str:
    """Standard together with its AQI edition, as named beside every number."""
    if standard == "by-date":
        return "各日当日现行标准" if lang == "zh" else "the edition in force on each day"
    joint = "、" if lang == "zh" else " with "
    return f"{labels.standard(standard, lang)}{joint}{labels.edition(edition_of(standard), lang)}"


def named(result: CountyMonth, standard: str, lang: Language) -> str:
    """Name of a standard, with the remark that it is restated where it is not in force in the period."""
    if standard == "by-date":
        return rule(standard, lang)
    name = labels.standard(standard, lang)
    if standard in result.in_force and not result.straddles:
        return name
    if standard in result.in_force:
        return f"{name}（部分回算）" if lang == "zh" else f"{name}, partly restated"
    return f"{name}（回算）" if lang == "zh" else f"{name}, restated"


def member(result: CountyMonth, lang: Language, many: bool = False) -> str:
    """What the members of a group are called: counties, or members where others are among them."""
    counties = all(places.get(m).kind == "county" for m in result.members)
    zh, one, several = ("县（市）", "County", "counties") if counties else ("成员", "Member", "members")
    return zh if lang == "zh" else several if many else one


def mean_name(result: CountyMonth, lang: Language) -> str:
    """What the mean of a group is called."""
    return (
        f"各{member(result, lang)}平均" if lang == "zh" else f"Mean of the {member(result, lang, many=True)}"
    )


def listed(items: Sequence[str], lang: Language) -> str:
    """Names in a row.

    Examples
    --------
    >>> listed(["Mori", "Qitai"], "en"), listed(["a", "b", "c"], "en"), listed(["木垒县", "奇台县"], "zh")
    ('Mori and Qitai', 'a, b and c', '木垒县、奇台县')
    """
    if lang == "zh":
        return "、".join(items)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def absence(result: CountyMonth, lang: Language) -> str:
    """Why there is nothing to report; empty if there is."""
    name, stretch = result.about.name(lang), when(result.period, lang)
    zh = {
        "no_station": f"档案中没有{name}的监测点，{stretch}无任何指标可报。",
        "background_only": f"{name}在档案中只有对照点，没有评价点；对照点不参与城市评价，{stretch}不计算任何城市指标。",
        "no_value": f"{name}的监测点{stretch}没有一个有效日均值，各项指标均不予统计。",
    }
    en = {
        "no_station": f"The archive holds no station of {name}, so there is no figure for {stretch}.",
        "background_only": f"{name} has background stations only in the archive; they stand for no city, so no city "
        f"figure is computed for {stretch}.",
        "no_value": f"No station of {name} has a valid daily value in {stretch}; every figure is withheld.",
    }
    return "" if not result.absence else (zh if lang == "zh" else en)[result.absence]


def notices(result: CountyMonth, lang: Language) -> list[str]:
    """Remarks that a reader must see first: partial period, missing counties, no last year."""
    out = []
    if text := absence(result, lang):
        out.append(text)
    if result.data_until and not result.absence:
        out.append(unfinished(result, lang))
    if result.straddles and not result.absence:
        out.append(change_of_standard(result, lang))
    out += _missing_counties(result, lang) + other_counties(result, lang)
    if result.last_absence and not result.absence:
        before = when(periods.last_year(result.period), lang)
        if lang == "zh":
            out.append(f"{before}档案中无有效数据，不作同比。")
        else:
            out.append(f"The archive has no valid data for {before}; no comparison with last year is made.")
    return out


def data_end(result: CountyMonth, lang: Language) -> str:
    """Last hour with data of a period that is not over, midnight being the end of its day; empty if it is over.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> ended = SimpleNamespace(data_until="2026-11-01T00:00")
    >>> data_end(ended, "zh"), data_end(ended, "en")
    ('10月31日24时', '24:00 on 31 October')
    """
    if not result.data_until:
        return ""
    at = pd.Timestamp(result.data_until)
    hour = at.hour or 24
    day = labels.day(at - pd.Timedelta(hours=hour), lang)
    return f"{day}{hour}时" if lang == "zh" else f"{hour:02d}:00 on {day}"


def unfinished(result: CountyMonth, lang: Language) -> str:
    """Sentence on a period whose data end before it does, and on what its figures and comparisons cover."""
    end, part = data_end(result, lang), when(result.span("so_far"), lang)
    if lang == "zh":
        return f"本期数据未满，截至{end}：主要指标统计{part}，与上年的比较取相同日期。"
    return (
        f"The period is not complete, its data end at {end}: key figures are those of {part}, and last year is compared over "
        "the same dates."
    )


def change_of_standard(result: CountyMonth, lang: Language) -> str:
    """Sentence for a period within which the standard changes."""
    old, new = (labels.standard(s, lang) for s in result.in_force)
    first = pd.Timestamp(standards.standard_of(result.in_force[1]).edition.need("force.first"))
    day = labels.day(first, lang)
    if lang == "zh":
        return (
            f"本期跨越标准更替：{first.year}年{day}前现行{old}，其后现行{new}。天数另按“各日当日现行标准”统计，"
            "两版标准各自的结果则把整个时段按同一标准计算（一部分日子为回算）。"
        )
    return (
        f"The standard changes within the period: {old} is in force before {day} {first.year}, {new} from then on. Days are "
        "also counted by the edition in force on each day; the figures under one standard judge the whole period by it, "
        "which restates a part of the days."
    )


def _missing_counties(result: CountyMonth, lang: Language) -> list[str]:
    missing = [m for m in result.members if result.row(place=m) is None]
    if not missing or result.absence:
        return []
    names = listed([places.get(m).name(lang) for m in missing], lang)
    if lang == "zh":
        return [f"{names}在本期没有有效数据，不计入{mean_name(result, lang)}。"]
    verb = "has" if len(missing) == 1 else "have"
    return [
        f"{names} {verb} no valid data in the period and {'is' if len(missing) == 1 else 'are'} not in the mean of the {member(result, lang, many=True)}."
    ]


def days_reason(row: pd.Series, lang: Language) -> str:
    """What pollutants that were hardly measured do to the AQI of a row; empty where there are none.

    Parameters
    ----------
    row : pandas.Series
        Of a summary.
    lang : {"zh", "en"}
    """
    names = [labels.pollutant(p) for p in unmeasured(row)]
    if not names:
        return ""
    if days_held(row):
        return (
            f"{listed(names, lang)}有效天数不足，缺项的日子只在AQI大于100时有效"
            if lang == "zh"
            else f"too few valid days of {listed(names, lang)}: a day that lacks one counts only if its AQI is above 100"
        )
    return (
        f"{listed(names, lang)}有效天数不足，AQI由其余污染物算得"
        if lang == "zh"
        else f"too few valid days of {listed(names, lang)}: the AQI is that of the other pollutants"
    )


def _good_clause(row: pd.Series, standard: str, lang: Language, with_valid: bool = False) -> str:
    good, heavy, valid = (printed(row, i) for i in ("good_days", "heavy_days", "days_valid"))
    ratio, why = plain(printed(row, "good_ratio")), days_reason(row, lang)
    assert heavy is not None and valid is not None
    if lang == "zh":
        note = f"（{why}）" if why else ""
        counted = f"优良{days(good, lang)}，优良天数比率{ratio}%{note}" if good is not None else ""
        counted = counted or f"优良天数及其比率不予统计{note}"
        held = f"有效{days(valid, lang)}，" if with_valid else ""
        return f"按{rule(standard, lang)}，{held}{counted}，重度及以上污染{days(heavy, lang)}"
    note = f" ({why})" if why else ""
    bad = "was" if heavy in (0, 1) else "were"
    polluted = f"{days(heavy, lang)} {bad} heavily polluted or worse"
    if good is None:
        return f"under {rule(standard, lang)}, good days and their ratio are withheld{note} and {polluted}"
    verb = "was" if good in (0, 1) else "were"
    counted = days(good, lang)
    if with_valid:
        counted = f"{'none' if not good else plain(good)} of {days(valid, lang).replace('day', 'valid day')}"
    return f"under {rule(standard, lang)}, {counted} {verb} good ({ratio}%){note} and {polluted}"


def _concentration_clause(row: pd.Series, lang: Language) -> str:
    parts = []
    for name in ("pm25", "pm10", "so2", "no2"):
        if printed(row, f"mean_{name}") is not None:
            parts.append(f"{labels.pollutant(name)} {with_unit(row, f'mean_{name}', lang)}")
    if lang == "zh":
        text = f"平均浓度：{'、'.join(parts)}" if parts else ""
        co = (
            f"CO日均值第95百分位数 {with_unit(row, 'p95_co', lang)}"
            if printed(row, "p95_co") is not None
            else ""
        )
        o3 = (
            f"O₃日最大8小时平均第90百分位数 {with_unit(row, 'p90_o3', lang)}"
            if printed(row, "p90_o3") is not None
            else ""
        )
        return "；".join(t for t in (text, co, o3) if t)
    text = f"Mean concentrations: {', '.join(parts)}" if parts else ""
    co = (
        f"95th percentile of daily CO {with_unit(row, 'p95_co', lang)}"
        if printed(row, "p95_co") is not None
        else ""
    )
    o3 = (
        f"90th percentile of MDA8 O₃ {with_unit(row, 'p90_o3', lang)}"
        if printed(row, "p90_o3") is not None
        else ""
    )
    joined = "; ".join(t for t in (text, co, o3) if t)
    return joined[:1].upper() + joined[1:]


def reasons(row: pd.Series, lang: Language) -> list[str]:
    """Why figures of a row are withheld, pollutants with the same reason together.

    Parameters
    ----------
    row : pandas.Series
        Of a county's summary.
    lang : {"zh", "en"}

    Returns
    -------
    list of str
        Empty if nothing is withheld.
    """
    found: dict[str, list[str]] = {}
    for name in POLLUTANTS:
        text = str(row[f"{name}_withheld_zh" if lang == "zh" else f"{name}_withheld"])
        if text:
            found.setdefault(text, []).append(labels.pollutant(name))
    if lang == "zh":
        return [f"{'、'.join(names)}不予统计：{text}。" for text, names in found.items()]
    return [f"{listed(names, 'en')} withheld: {text}." for text, names in found.items()]


def headline(result: CountyMonth, lang: Language, place: str | None = None) -> list[str]:
    """Sentences on the period as received, under both standards.

    Parameters
    ----------
    result : CountyMonth
    lang : {"zh", "en"}
    place : str, optional
        A county of a group; the place itself by default.

    Returns
    -------
    list of str
    """
    old, new = result.standards
    span = result.compared[0]
    stretch, length = when(result.span(span), lang), result.span(span).days
    rows = {s: result.row(span, s, place=place) for s in readings(result)}
    first = rows[old]
    if first is None or any(row is None for row in rows.values()):
        return []
    name = in_sentence(places.get(place or result.place).name(lang), lang)
    valid = {printed(row, "days_valid") for row in rows.values()}
    one = printed(first, "days_valid") if len(valid) == 1 else None
    if lang == "zh":
        counted = "有效监测天数因标准而异" if one is None else f"有效监测{days(one, lang)}"
        lead = f"{stretch}，{name}{counted}（日历{length}天）。"
    elif one is None:
        lead = f"In {stretch} ({length} days), the valid days of {name} depend on the standard."
    else:
        counted = days(one, lang).replace("no day", "no days")
        lead = f"In {stretch}, {name} had {counted} with a valid AQI out of {length}."
    stop = "。" if lang == "zh" else "."
    clauses = [_good_clause(row, s, lang, one is None) for s, row in rows.items() if row is not None]
    if lang == "zh":
        counted = "；".join(clauses) + stop
    else:
        joined = "; ".join(clauses)
        counted = joined[:1].upper() + joined[1:] + stop
    out = [lead + ("" if lang == "zh" else " ") + counted]
    if clause := _concentration_clause(first, lang):
        out.append(clause + stop)
    indices = [(s, printed(rows[s], "composite")) for s in (old, new)]
    if all(v is not None for _, v in indices):
        texts = [
            f"{plain(v)}（{labels.standard(s, lang)}）"
            if lang == "zh"
            else f"{plain(v)} ({labels.standard(s, lang)})"
            for s, v in indices
        ]
        out.append(
            f"环境空气质量综合指数{'、'.join(texts)}。"
            if lang == "zh"
            else f"Composite index {' and '.join(texts)}."
        )
    else:
        out.append(
            "综合指数因部分污染物不予统计而不计算。"
            if lang == "zh"
            else "The composite index is withheld because a pollutant is."
        )
    out += reasons(first, lang)
    return out


def primary(result: CountyMonth, standard: str, lang: Language, span: str = "period") -> str:
    """Sentence on the primary pollutants of a span."""
    row = result.row(span, standard)
    if row is None:
        return ""
    counts = {p: int(row[f"primary_days_{p}"]) for p in POLLUTANTS}
    met = sorted((p for p in counts if counts[p]), key=lambda p: -counts[p])
    if not met:
        if lang == "zh":
            return f"按{labels.edition(edition_of(standard), lang)}，没有AQI大于50的日子，无首要污染物。"
        return f"Under {labels.edition(edition_of(standard), lang)} no day had an AQI above 50, so there was no primary pollutant."
    if lang == "zh":
        listed = "、".join(f"{labels.pollutant(p)} {counts[p]}天" for p in met)
        return f"按{labels.edition(edition_of(standard), lang)}，AQI大于50的日子首要污染物为：{listed}（并列时各计一次）。"
    listed = ", ".join(f"{labels.pollutant(p)} on {days(counts[p], lang)}" for p in met)
    return f"Under {labels.edition(edition_of(standard), lang)} the primary pollutant was {listed} (ties count for each)."


def _day_change(now: Decimal, before: Decimal, lang: Language) -> str:
    size = abs(now - before)
    if lang == "zh":
        return "优良天数持平" if not size else f"优良天数{'增加' if now > before else '减少'}{size:f}天"
    if not size:
        return "as many good days"
    return f"{size:f} {'more' if now > before else 'fewer'} good {'day' if size == 1 else 'days'}"


def _ratio_change(now: Decimal | None, before: Decimal | None, lang: Language) -> str:
    change = signed(now, before)
    if lang == "zh":
        return "优良天数比率持平" if change == "0" else f"优良天数比率变化{change}个百分点"
    return "the same good-day ratio" if change == "0" else f"good-day ratio {change} percentage points"


def last_year(result: CountyMonth, lang: Language, span: str = "period") -> list[str]:
    """Sentences comparing a span with the same calendar span of last year.

    Parameters
    ----------
    result : CountyMonth
    lang : {"zh", "en"}
    span : {"period", "ytd"}

    Returns
    -------
    list of str
        Empty where last year has no data.
    """
    one, other = result.compared if span == "period" else (span, f"last_{span}")
    out = []
    before = when(result.span(other), lang)
    for standard in result.standards:
        now, then = result.row(one, standard), result.row(other, standard)
        a, b = printed(now, "good_days"), printed(then, "good_days")
        if a is None or b is None:
            continue
        words = _day_change(a, b, lang)
        ratio = _ratio_change(printed(now, "good_ratio"), printed(then, "good_ratio"), lang)
        valid = plain(printed(then, "days_valid"))
        if lang == "zh":
            counted = f"{before}（有效{valid}天，优良{plain(b)}天）"
            out.append(f"按{rule(standard, lang)}，与{counted}相比，{words}，{ratio}。")
        else:
            counted = f"{before} ({days(b, lang)} good of {valid} valid)"
            out.append(f"Under {rule(standard, lang)}, against {counted}: {words}, {ratio}.")
    now, then = result.row(one), result.row(other)
    moved = signed_share(change_of(now, then, "mean_pm25"))
    pm, was = printed(now, "mean_pm25"), printed(then, "mean_pm25")
    if pm is not None and was is not None:
        if lang == "zh":
            out.append(f"PM₂.₅平均浓度由{plain(was)} µg/m³变为{plain(pm)} µg/m³（{moved}）。")
        else:
            out.append(f"Mean PM₂.₅ went from {plain(was)} µg/m³ to {plain(pm)} µg/m³ ({moved}).")
    return out


def year_to_date(result: CountyMonth, lang: Language) -> list[str]:
    """Sentences on January to the end of the period."""
    stretch = labels.period(result.span("ytd"), lang)
    out = []
    for standard in (*result.standards, "by-date"):
        row = result.row("ytd", standard)
        if row is None:
            continue
        clause = _good_clause(row, standard, lang)
        valid = plain(printed(row, "days_valid"))
        if lang == "zh":
            out.append(f"{stretch}（有效{valid}天）{clause}。")
        else:
            out.append(f"{stretch} ({valid} valid days): {clause}.")
    if result.row("last_ytd") is None and out:
        before = when(result.span("last_ytd"), lang)
        out.append(
            f"{before}档案中无有效数据，不作同比。"
            if lang == "zh"
            else f"The archive has no valid data for {before}; no comparison is made."
        )
    return out + last_year(result, lang, "ytd")


def comparable(result: CountyMonth, indicator: str, span: str = "period") -> bool:
    """Whether two years of an indicator rest on the same counties; always so for a county.

    Parameters
    ----------
    result : CountyMonth
    indicator : str
    span : {"period", "ytd"}

    Returns
    -------
    bool
    """
    sets = []
    for one in result.compared if span == "period" else (span, f"last_{span}"):
        rows = ((m, result.row(one, place=m)) for m in result.members)
        sets.append({m for m, row in rows if printed(row, indicator) is not None})
    return sets[0] == sets[1]


def other_counties(result: CountyMonth, lang: Language) -> list[str]:
    """Sentence for a group whose two years rest on different counties; empty otherwise."""
    if not result.is_group or result.absence or result.last_absence or comparable(result, "days_valid"):
        return []
    now, then = (
        sum(result.row(s, place=m) is not None for m in result.members) for s in ("period", "last_period")
    )
    if lang == "zh":
        return [
            f"本期{now}个{member(result, lang)}有数据，上年同期{then}个，两年的平均口径不同，不计算{mean_name(result, lang)}的变化。"
        ]
    several = member(result, lang, many=True)
    return [
        f"{now} {several} have data in the period and {then} had data a year before; the two means cover different "
        f"{several}, so no change of the mean is given."
    ]


def masks(result: CountyMonth, lang: Language) -> str:
    """Sentence on what the quality masks change."""
    moved = []
    for standard in result.standards:
        received, masked = result.row(standard=standard), result.row(standard=standard, mask="masked")
        for indicator in (
            "days_valid",
            "good_days",
            "heavy_days",
            "mean_pm25",
            "mean_pm10",
            "p90_o3",
            "composite",
        ):
            if printed(received, indicator) != printed(masked, indicator):
                moved.append(indicator)
    hours = 0
    if not result.capture.empty:
        used = result.capture[result.capture["role"] != "background"]
        hours = int(used[["flag_out_of_range", "flag_stuck", "flag_spike", "flag_conflict"]].to_numpy().sum())
    if lang == "zh":
        effect = "主要指标的印发值不变。" if not moved else "主要指标中有印发值改变，见下表。"
        return f"评价点各项污染物共有{hours}个此类标记，剔除后{effect}"
    effect = (
        "no printed key figure changes." if not moved else "some printed key figures change; see the table."
    )
    return f"Evaluation stations carry {hours} such {'flag' if hours == 1 else 'flags'} over all pollutants; without these hours {effect}"


_METHODS: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "数据为档案中的原始接收值；未做沙尘天气扣除，也未经国家审核。",
        "自然日为1时至24时（北京时间，小时标签为该小时结束时刻，0时属前一日）。日均值至少{day_hours}个有效小时；O₃日最大8小时平均的窗口止于"
        "{first_window}—{last_window}时，至少{windows}个有效窗口（GB 3095表4、HJ 663）。",
        "城市值为各评价点有效日均值的算术平均，再算IAQI和AQI；对照点不参与；有效评价点少于{share}%（不足{few}个点位时{few_share}%）的日子不予统计。",
        "两版标准对同一浓度分别评价。{change}前的日子按新标准评价、其后的日子按旧标准评价均为回算，仅供比较。",
        "月均值至少{month_days}个有效日均值（2月{february_days}个），不足则不予统计；季度和半年要求其中每个月有效，年度还要求全年至少{year_days}个。AQI不超过{good}为优良，大于{heavy}为重度及以上污染；优良天数比率的分母是有效天数。",
        "综合指数为六项单项指数之和，用{inputs}的浓度计算；SO₂、NO₂、PM₁₀、PM₂.₅用平均值除以年平均二级限值，CO、O₃用百分位数除以日（8小时）限值。",
        "所有印发数字按GB/T 8170修约（四舍六入五成双）一次；差值为两个印发值之差，浓度变化的百分数由未修约值计算。",
    ),
    "en": (
        "Data are as received in the archive: no dust deduction, no national review.",
        "A natural day is 01 to 24 h Beijing time (labels are ends of hours; 00 closes the day before). A daily mean needs "
        "{day_hours} valid hours; MDA8 of O₃ takes windows ending at {first_window} to {last_window} h and needs {windows} of "
        "them (GB 3095 table 4, HJ 663).",
        "City values are the arithmetic mean of the valid daily values of the evaluation stations, then IAQI and AQI; "
        "background stations stay out; days with fewer than {share}% of the stations valid ({few_share}% where there are fewer "
        "than {few}) are withheld.",
        "Both standards judge the same concentrations. Days before {change} under the new standard and later days under the "
        "old one are restated for comparison only.",
        "A monthly mean needs {month_days} valid daily values (February {february_days}), else it is withheld; quarters and half-years "
        "need every month valid, years also {year_days} values in all. A good day has an "
        "AQI of at most {good}, a heavily polluted one above {heavy}; the good-day ratio is over valid days.",
        "The composite index is the sum of six single indices from {inputs} concentrations: means of SO₂, NO₂, PM₁₀ and "
        "PM₂.₅ over the annual class-2 limits, percentiles of CO and O₃ over the daily (8-hour) limits.",
        "Every printed figure is rounded once after GB/T 8170 (half to even); a difference is "
        "that of two printed figures, a change of a concentration in percent that of the unrounded values.",
    ),
}


def methods(standard: str, lang: Language) -> tuple[str, ...]:
    """Standing remarks on how the numbers are made, with the numbers of the rules from their tables.

    Parameters
    ----------
    standard : str
        Whose validity rules are named.
    lang : {"zh", "en"}

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "27 valid daily values" in methods("GB3095-2026", "en")[4]
    True
    """
    limits = standards.standard_of(standard).edition
    rules = standards.edition(limits.need("evaluation"), "evaluation")
    first = pd.Timestamp(standards.edition("GB3095-2026").need("force.first"))
    exact = rules.need("composite.inputs") != "rounded"
    words = {
        "day_hours": limits.need("validity.day_hours"),
        "first_window": rules.need("o3_day.first_window_end"),
        "last_window": rules.need("o3_day.last_window_end"),
        "windows": rules.need("o3_day.minimum_windows"),
        "share": rules.need("coverage.share_percent"),
        "few": rules.need("coverage.few_stations_below"),
        "few_share": rules.need("coverage.few_share_percent"),
        "month_days": rules.need("validity.month_days"),
        "february_days": rules.need("validity.february_days"),
        "year_days": rules.need("validity.year_days"),
        "good": rules.need("days.good_up_to"),
        "heavy": rules.need("days.heavy_above"),
        "inputs": ("未修约" if exact else "修约后")
        if lang == "zh"
        else ("unrounded" if exact else "rounded"),
        "change": f"{first.year}年{labels.day(first, 'zh')}"
        if lang == "zh"
        else f"{labels.day(first, 'en')} {first.year}",
    }
    return tuple(line.format(**words) for line in _METHODS[lang])


def remark(result: CountyMonth, lang: Language) -> str:
    """Short remark for a table of places: nothing to report, incomplete, withheld; empty if all is well."""
    if result.absence:
        return absence(result, lang)
    row = result.row()
    if result.data_until:
        end = data_end(result, lang)
        return f"数据截至{end}" if lang == "zh" else f"data end at {end}"
    if not result.is_group and row is not None and reasons(row, lang):
        return "部分指标因有效日不足不予统计" if lang == "zh" else "some figures withheld, too few valid days"
    return ""

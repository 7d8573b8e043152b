"""Parts of a report, each a list of things that a notebook displays: text, a table, a figure.

Every function takes the result and the language. Nothing is computed here beyond choosing rows.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import pandas as pd
from IPython.display import Markdown

from airq import figures, places, standards
from airq.analysis import CountyMonth
from airq.analysis import period as periods
from airq.analysis.capture import capture_by_place
from airq.analysis.county_month import edition_of
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import numbers, provenance, tables, text
from airq.reports.numbers import FIGURES, linked, plain, printed, signed
from airq.reports.tables import Html, Number, aqi_chip, details, table
from airq.reports.text_rules import open_rows
from airq.variables import POLLUTANTS

__all__ = [
    "calendar",
    "capture",
    "comparison",
    "counties",
    "counts",
    "header",
    "headline",
    "hourly",
    "masks",
    "methods",
    "year_to_date",
]

Part = Any
_SHOWN: Final = FIGURES[:4]
_STATISTICS: Final = FIGURES[4:-1]
_MOST_DAYS: Final = 100
"""Days whose table holds categories and concentrations too."""


def _paragraphs(sentences: list[str]) -> list[Part]:
    return [tables.paragraphs(sentences)] if sentences else []


def header(result: CountyMonth, lang: Language) -> list[Part]:
    """Title, mark of simulated data, place, period, standards, source of the data."""
    zh = lang == "zh"
    about = result.about
    force = "、".join if zh else " / ".join
    code = (
        (f"（行政区划代码 {about.code}）" if zh else f" (division code {about.code})") if about.code else ""
    )
    evaluation = int((result.stations["role"] != "background").sum()) if not result.stations.empty else 0
    background = len(result.stations) - evaluation
    rows = [
        ("地区" if zh else "Place", f"{about.name(lang)}{code}"),
        (
            "时段" if zh else "Period",
            f"{labels.period(result.period, lang)} ({result.period.start} – {result.period.end})",
        ),
        (
            "比较的标准" if zh else "Standards compared",
            ("；" if zh else "; ").join(text.rule(s, lang) for s in result.standards),
        ),
        (
            "时段内现行标准" if zh else "In force in the period",
            force([labels.standard(s, lang) for s in result.in_force]),
        ),
        (
            "监测点" if zh else "Stations",
            f"评价点{evaluation}个，对照点{background}个"
            if zh
            else f"{evaluation} evaluation, {background} background",
        ),
        ("数据来源" if zh else "Source of the data", _source(result, lang)),
    ]
    parts: list[Html] = [tables.heading(text.title(result, lang), 1)]
    if result.simulated:
        words = (
            "模拟数据：本页全部数字来自软件内置的模拟观测，不是监测结果，不得用于任何评价。"
            if zh
            else "Simulated data 模拟数据: every number on this page comes from simulated observations and is no measurement."
        )
        parts.append(tables.paragraphs([words], "simulated"))
    parts += [tables.pairs(rows), tables.paragraphs(text.notices(result, lang), "notice")]
    return [tables.join(*parts)]


def _source(result: CountyMonth, lang: Language) -> str:
    """Where the data come from, when they were last taken in, and the digest of what was used."""
    at = ""
    if result.ingested:
        at = f"{pd.Timestamp(result.ingested).tz_convert('Asia/Shanghai'):%Y-%m-%d %H:%M}"
    if lang == "zh":
        kind = "软件内置的模拟观测" if result.simulated else "本地档案中的小时监测数据（原始接收）"
        return f"{kind}；最近入库{at}（北京时间）；所用数据摘要{result.digest[:12]}"
    kind = (
        "simulated observations of the software"
        if result.simulated
        else "hourly observations in the local archive, as received"
    )
    return f"{kind}; last ingest {at} Beijing time; digest of the data used {result.digest[:12]}"


_Lines = list[tuple[Literal["big", "small"], object]]
_KEY: Final = ("good_days", "good_ratio", "heavy_days", "mean_pm25", "composite")


def _card(result: CountyMonth, indicator: str, lang: Language) -> tuple[str, _Lines]:
    """One key figure under both standards, with last year's."""
    lines: _Lines = []
    counted = indicator in ("good_days", "good_ratio", "heavy_days")
    for standard in text.readings(result) if counted else result.standards:
        now, then = (result.row(span, standard) for span in result.compared)
        name = text.named(result, standard, lang)
        was = printed(then, indicator)
        before = "上年同期" if lang == "zh" else "last year"
        if not text.comparable(result, indicator):
            before = "上年同期（县市不同）" if lang == "zh" else "last year (other counties)"
        small = (
            tables.sentence(f"{before} {{was}}", was=linked(then, indicator))
            if was is not None
            else ("上年无数据" if lang == "zh" else "no data last year")
        )
        lines += [
            ("big", linked(now, indicator, lang)),
            ("small", name[:1].upper() + name[1:]),
            ("small", small),
        ]
    head = labels.indicator(indicator, lang)
    if not result.data_until:
        return head, lines
    part = labels.period(result.span("so_far"), lang)
    return (f"{head}（{part}）" if lang == "zh" else f"{head} ({part})"), lines


def headline(result: CountyMonth, lang: Language) -> list[Part]:
    """Key figures as cards, then in sentences."""
    if result.absence or result.row() is None:
        return []
    out: list[Part] = [Markdown(text.section("headline", lang))]
    if result.is_group:
        return out + _group_headline(result, lang)
    out.append(tables.cards([_card(result, i, lang) for i in _KEY]))
    sentences = text.headline(result, lang)
    sentences += [text.primary(result, s, lang) for s in result.standards] + text.last_year(result, lang)
    return out + _paragraphs(sentences)


def _group_headline(result: CountyMonth, lang: Language) -> list[Part]:
    """The representing county, then the mean of the counties, each under its own name."""
    out: list[Part] = []
    used = sum(result.row(place=m) is not None for m in result.members)
    if result.represented_by:
        name = places.get(result.represented_by).name(lang)
        head = f"考核代表城市：{name}" if lang == "zh" else f"City that represents it in assessment: {name}"
        out.append(tables.heading(head, 3))
        sentences = text.headline(result, lang, result.represented_by)
        if not sentences:
            sentences = [
                f"{name}本期无有效数据。" if lang == "zh" else f"{name} has no valid data in the period."
            ]
        out += _paragraphs(sentences)
    total = len(result.members)
    head = (
        f"{text.mean_name(result, lang)}（{total}个中{used}个有数据，算术平均，非考核口径）"
        if lang == "zh"
        else f"{text.mean_name(result, lang)} ({used} of {total} with data; plain arithmetic, no assessment figure)"
    )
    return [*out, tables.heading(head, 3), tables.cards([_card(result, i, lang) for i in _KEY])]


def counties(result: CountyMonth, lang: Language) -> list[Part]:
    """Table of a group's counties, their mean apart; nothing for a county."""
    if not result.is_group or result.absence:
        return []
    out: list[Part] = [Markdown(text.section("counties" if result.represented_by else "members", lang))]
    shown = (
        "days_valid",
        "good_days",
        "good_ratio",
        "heavy_days",
        "mean_pm25",
        "mean_pm10",
        "mean_no2",
        "p90_o3",
        "composite",
    )
    header = [text.member(result, lang), *(_with_unit_head(i, lang) for i in shown)]
    mark = "（考核代表城市）" if lang == "zh" else " (represents)"
    for standard in result.standards:
        rows = []
        for member in result.members:
            row = result.row(standard=standard, place=member)
            name = places.get(member).name(lang) + (mark if member == result.represented_by else "")
            rows.append([name, *(linked(row, i) for i in shown)])
        mean = result.row(standard=standard)
        rows.append([text.mean_name(result, lang), *(linked(mean, i) for i in shown)])
        note = (
            f"“–”为无数据或不予统计；平均只含有该项数据的{text.member(result, lang)}。"
            if lang == "zh"
            else f"A dash is no data or withheld; the mean is over the {text.member(result, lang, many=True)} that have the figure."
        )
        when = labels.period(result.period, lang)
        caption = text.caption(lang, _each(result, lang), when, text.rule(standard, lang))
        out.append(table(header, rows, caption, note, strong=[len(rows) - 1]))
    if result.straddles:
        out.append(_by_date_table(result, lang))
    return out


def _each(result: CountyMonth, lang: Language) -> str:
    """What a table of a group's members is called."""
    if lang == "zh":
        return f"各{text.member(result, lang)}指标"
    return f"figures of the {text.member(result, lang, many=True)}"


def _by_date_table(result: CountyMonth, lang: Language, span: str = "period") -> Html:
    """Counties with each day judged by the edition in force; concentrations are the same under any edition."""
    shown = _SHOWN
    header = [text.member(result, lang), *(_with_unit_head(i, lang) for i in shown)]
    named = [(m, places.get(m).name(lang)) for m in result.members]
    named.append((result.place, text.mean_name(result, lang)))
    rows = [[name, *(linked(result.row(span, "by-date", place=m), i) for i in shown)] for m, name in named]
    when = labels.period(result.span(span), lang)
    caption = text.caption(lang, _each(result, lang), when, text.rule("by-date", lang))
    return table(header, rows, caption, strong=[len(rows) - 1])


def _with_unit_head(indicator: str, lang: Language) -> str:
    unit = numbers.unit(indicator, lang)
    name = labels.indicator(indicator, lang)
    return f"{name} ({unit})" if unit else name


def calendar(result: CountyMonth, lang: Language) -> list[Part]:
    """Calendar in the colours of the standard, and the table of days."""
    if result.absence:
        return []
    name = result.about.name(lang)
    strips = result.is_group and result.period.kind != "month"
    out: list[Part] = [Markdown(text.section("strips" if strips else "calendar", lang))]
    if result.is_group:
        names = {m: places.get(m).name(lang) for m in result.members}
        return [
            *out,
            figures.calendar_of_places(result.days, result.period, names, lang, name, result.simulated),
        ]
    out.append(figures.calendar(result.days, result.period, lang, name, result.simulated))
    return [*out, details("逐日数据表" if lang == "zh" else "Table of days", _day_table(result, lang))]


def _day_table(result: CountyMonth, lang: Language) -> Html:
    old, new = (edition_of(s) for s in result.standards)
    days = {e: result.days[result.days["edition"] == e].set_index("day") for e in (old, new)}
    header = [labels.text("date", lang)]
    for edition in (old, new):
        header += [
            f"AQI {labels.edition(edition, lang)}",
            labels.text("category", lang),
            labels.text("primary", lang),
        ]
    header += [f"{'O₃ MDA8' if p == 'o3' else labels.pollutant(p)} ({labels.units(p)})" for p in POLLUTANTS]
    caption = text.caption(lang, result.about.name(lang), labels.period(result.period, lang))
    if result.period.days > _MOST_DAYS:
        return table(*_short_days(result, days, lang), caption, left=(0, 2, 4))
    rows = []
    for day in periods.calendar(result.period):
        cells: list[object] = [str(day.date())]
        for edition in (old, new):
            row = days[edition].loc[day]
            level = int(row["category"])
            aqi = plain(numbers.rounded(row["aqi"], 0)) if level else labels.text("not_available", lang)
            ref = provenance.day_ref(result.place, day) if level else ""
            cells += [
                aqi_chip(aqi, level, ref),
                standards.category_name(level, lang) if level else numbers.DASH,
            ]
            cells.append(labels.pollutants(row["primary"], lang) or numbers.DASH)
        row = days[old].loc[day]
        cells += [
            plain(numbers.rounded(row[p], numbers.decimals(f"mean_{p}", result.standards[0])))
            for p in POLLUTANTS
        ]
        rows.append(cells)
    return table(header, rows, caption, left=(0, 2, 3, 5, 6))


def _short_days(
    result: CountyMonth, days: dict[str, pd.DataFrame], lang: Language
) -> tuple[list[str], list[list[object]]]:
    """Header and rows of the days of a long period: AQI and primary pollutant alone, for the weight of the page."""
    header = [labels.text("date", lang)]
    for edition in days:
        header += [f"AQI {labels.edition(edition, lang)}", labels.text("primary", lang)]
    rows: list[list[object]] = []
    for day in periods.calendar(result.period):
        cells: list[object] = [str(day.date())]
        for table_of_edition in days.values():
            row = table_of_edition.loc[day]
            aqi = (
                plain(numbers.rounded(row["aqi"], 0))
                if int(row["category"])
                else labels.text("not_available", lang)
            )
            cells += [aqi, labels.pollutants(row["primary"], lang) or numbers.DASH]
        rows.append(cells)
    return header, rows


def _limit(pollutant: str, standard: str) -> float:
    averaging = {"co": "24h", "o3": "8h"}.get(pollutant, "annual")
    return standards.limit(pollutant, averaging, standard=standard)


def comparison(result: CountyMonth, lang: Language) -> list[Part]:
    """Concentrations of this year and last against the limits of both standards."""
    if result.absence or result.row() is None:
        return []
    values = []
    for indicator in _STATISTICS:
        name = indicator.rsplit("_", 1)[-1]
        for key, span in zip(("period", "last_period"), result.compared, strict=True):
            row = result.row(span)
            value = printed(row, indicator)
            for standard in result.standards:
                values.append(
                    {
                        "pollutant": name,
                        "span": key,
                        "standard": standard,
                        "value": float("nan") if value is None or row is None else float(row[indicator]),
                        "printed": plain(value)
                        if value is not None
                        else labels.text("no_data" if row is None else "withheld", lang),
                        "limit": _limit(name, standard),
                    }
                )
    place = result.about.name(lang)
    if result.is_group:
        place = (
            f"{place}{text.mean_name(result, lang)}"
            if lang == "zh"
            else f"{place}, {text.mean_name(result, lang).lower()}"
        )
    shown = result.span(result.compared[0])
    figure = figures.comparison(pd.DataFrame(values), shown, lang, place, result.simulated)
    remark = _paragraphs(text.other_counties(result, lang))
    heading = Markdown(
        text.section("comparison", lang, "so_far" if result.data_until else result.period.kind)
    )
    return [heading, *remark, figure, _limit_table(result, lang)]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _limit_table(result: CountyMonth, lang: Language) -> Html:
    when, before = (_capital(labels.period(result.span(span), lang)) for span in result.compared)
    header = [labels.text("item", lang), labels.text("unit", lang), when, before, labels.text("change", lang)]
    groups = [("", 5)]
    for standard in result.standards:
        header.append(labels.text("limit", lang))
        if not result.is_group:
            header.append("单项指数" if lang == "zh" else "Single index")
        groups.append((labels.standard(standard, lang), 1 if result.is_group else 2))
    rows: list[list[object]] = []
    span = result.compared[0]
    now, then = (result.row(one) for one in result.compared)
    for indicator in _STATISTICS:
        name = indicator.rsplit("_", 1)[-1]
        a, b = printed(now, indicator), printed(then, indicator)
        change = signed(a, b) if text.comparable(result, indicator) else numbers.DASH
        cells: list[object] = [
            labels.indicator(indicator, lang),
            labels.units(name),
            linked(now, indicator),
            linked(then, indicator),
            change,
        ]
        for standard in result.standards:
            row = result.row(span, standard)
            cells.append(f"{_limit(name, standard):g}")
            if not result.is_group:
                cells.append(numbers.DASH if a is None else linked(row, f"index_{name}"))
        rows.append(cells)
    total: list[object] = [labels.text("index", lang), "", "", "", ""]
    for standard in result.standards:
        total += ["", linked(result.row(span, standard), "composite")]
    if not result.is_group:
        rows.append(total)
    note = (
        "浓度按HJ 663修约；变化为两个印发值之差，与由未修约值计算的百分数可能略有出入。综合指数由未修约浓度求和，故不一定等于所列单项指数之和。"
        if lang == "zh"
        else "Concentrations rounded after HJ 663; a change is the difference of two printed values and may differ a little "
        "from a percentage, which is that of unrounded values. The composite index sums unrounded single indices and need not equal the sum of those printed."
    )
    strong = [] if result.is_group else [len(rows) - 1]
    return table(header, rows, "", note, left=(0, 1), strong=strong, groups=groups)


def counts(result: CountyMonth, lang: Language) -> list[Part]:
    """Days by category this year and last, day counts under both standards, primary pollutants."""
    if result.absence or result.row() is None:
        return []
    out: list[Part] = [Markdown(text.section("days", lang))]
    name = result.about.name(lang)
    span, last = result.compared
    shown = result.span(span)
    now = result.counts(span)
    editions = [edition_of(s) for s in result.standards]
    if result.is_group:
        present = [m for m in result.members if result.row(place=m) is not None]
        bars = [(e, m, f"{places.get(m).name(lang)}") for e in editions for m in present]
        return [
            *out,
            figures.categories(now.assign(bar=now["place"]), bars, shown, lang, name, result.simulated),
        ]
    both = pd.concat([result.counts(last), now], ignore_index=True)
    spans = [span] if result.row(last) is None else [last, span]
    bars = [(e, s, labels.period(result.span(s), lang)) for e in editions for s in spans]
    out.append(figures.categories(both.assign(bar=both["span"]), bars, shown, lang, name, result.simulated))
    out.append(_count_table(result, result.compared, text.readings(result), lang))
    return [*out, _level_table(result, lang), _primary_table(result, lang)]


def _level_table(result: CountyMonth, lang: Language) -> Html:
    """Days of each category this year and last, under each edition."""
    header = [labels.text("category", lang), *(standards.category_name(c, lang) for c in range(1, 7))]
    header.append(labels.text("not_available", lang))
    rows = []
    for standard in text.readings(result):
        name = (
            text.rule(standard, lang) if standard == "by-date" else labels.edition(edition_of(standard), lang)
        )
        for span in result.compared:
            row = result.row(span, standard)
            if row is None:
                continue
            levels = [row[f"days_level_{c}"] for c in range(1, 7)] + [
                row["days_calendar"] - row["days_valid"]
            ]
            when = labels.period(result.span(span), lang)
            refs = [provenance.summary_ref(row, f"days_level_{c}") for c in range(1, 7)] + [""]
            shown = [Number(str(int(n)), ref) for n, ref in zip(levels, refs, strict=True)]
            rows.append([f"{name[:1].upper()}{name[1:]} {when}", *shown])
    caption = "各级别天数（天）" if lang == "zh" else "Days by category (d)"
    return table(header, rows, caption)


def _count_table(result: CountyMonth, spans: tuple[str, str], names: tuple[str, ...], lang: Language) -> Html:
    """Day counts of two years, the standards side by side."""
    whole = result.span(spans[0])
    year = "年" if lang == "zh" else ""
    years = [f"{result.span(span).start.year}{year}" for span in spans]
    header = [labels.text("item", lang), labels.text("unit", lang)]
    groups = [("", 2)]
    for standard in names:
        header += [*years, labels.text("change", lang)]
        head = text.rule(standard, lang)
        groups.append((head[:1].upper() + head[1:], 3))
    rows = []
    for indicator in _SHOWN:
        cells = [labels.indicator(indicator, lang), numbers.unit(indicator, lang)]
        for standard in names:
            a, b = (printed(result.row(span, standard), indicator) for span in spans)
            shown = (linked(result.row(span, standard), indicator) for span in spans)
            cells += [*shown, signed(a, b)]
        rows.append(cells)
    note = (
        "优良天数比率的变化单位为百分点。"
        if lang == "zh"
        else "The change of the good-day ratio is in percentage points."
    )
    if "by-date" in names:
        note += _two_scales(lang)
    caption = text.caption(lang, result.about.name(lang), labels.period(whole, lang))
    return table(header, rows, caption, note, left=(0, 1), groups=groups)


def _two_scales(lang: Language) -> str:
    if lang == "zh":
        return "“各日当日现行标准”的两年尺度不同，其变化含标准更替的影响。"
    return " By the edition in force on each day the two years are on different scales: the change includes that of the standard."


def _primary_table(result: CountyMonth, lang: Language) -> Html:
    header = [labels.text("primary", lang), *(labels.pollutant(p) for p in POLLUTANTS)]
    rows = []
    for standard in result.standards:
        for span in result.compared:
            row = result.row(span, standard)
            if row is None:
                continue
            when = labels.period(result.span(span), lang)
            name = f"{labels.edition(edition_of(standard), lang)} {when}"
            keys = [f"primary_days_{p}" for p in POLLUTANTS]
            rows.append([name, *(Number(str(int(row[k])), provenance.summary_ref(row, k)) for k in keys)])
    caption = (
        "首要污染物天数（天；AQI大于50的日子，并列各计一次）"
        if lang == "zh"
        else "Days as primary pollutant (d; days with an AQI above 50, ties count for each)"
    )
    return table(header, rows, caption)


def year_to_date(result: CountyMonth, lang: Language) -> list[Part]:
    """January to the end of the period, this year and last; nothing where that is the period itself."""
    if result.absence or result.row("ytd") is None or result.begins_year:
        return []
    out: list[Part] = [Markdown(text.section("ytd", lang))]
    mixed = tuple(result.standards) + (("by-date",) if result.row("ytd", "by-date") is not None else ())
    if result.is_group:
        shown = ("days_valid", "good_days", "good_ratio", "heavy_days", "mean_pm25", "composite")
        header = [text.member(result, lang), *(_with_unit_head(i, lang) for i in shown)]
        when = labels.period(result.span("ytd"), lang)
        for standard in result.standards:
            rows = [
                [
                    places.get(m).name(lang),
                    *(linked(result.row("ytd", standard, place=m), i) for i in shown),
                ]
                for m in result.members
            ]
            mean = result.row("ytd", standard)
            rows.append([text.mean_name(result, lang), *(linked(mean, i) for i in shown)])
            caption = text.caption(lang, _each(result, lang), when, text.rule(standard, lang))
            out.append(table(header, rows, caption, strong=[len(rows) - 1]))
        return out + ([_by_date_table(result, lang, "ytd")] if mixed[2:] else [])
    out += _paragraphs(text.year_to_date(result, lang))
    out.append(
        figures.cumulative(
            result.cumulative,
            result.period,
            lang,
            result.about.name(lang),
            result.simulated,
            result.data_until,
        )
    )
    return [*out, _count_table(result, ("ytd", "last_ytd"), mixed, lang)]


def _station_names(result: CountyMonth, lang: Language) -> dict[str, str]:
    out = {}
    for row in result.stations.to_dict("records"):
        name = str(row["name_zh"] if lang == "zh" else row["name_en"] or row["name_zh"])
        code = str(row["station"])
        out[code] = f"{name} {code}".strip() if name and name != code else code
    return out


def _shortfall(value: str, lang: Language) -> str:
    """Months with too few daily values, in words."""
    parts = []
    for item in filter(None, str(value).split("; ")):
        month, _, count = item.partition(": ")
        have, _, need = count.partition("/")
        parts.append(
            f"{month}有效日{have}个，少于{need}个"
            if lang == "zh"
            else f"{month}: {have} of {need} valid days"
        )
    return "；".join(parts) if lang == "zh" else "; ".join(parts)


def capture(result: CountyMonth, lang: Language) -> list[Part]:
    """What each station delivered, what was flagged, what is withheld."""
    if result.capture.empty:
        return []
    out: list[Part] = [Markdown(text.section("capture", lang))]
    if result.is_group:
        by_place = capture_by_place(result.capture).set_index(["place", "pollutant"])["share"]
        header = [text.member(result, lang), *(labels.pollutant(p) for p in POLLUTANTS)]
        rows = [
            [
                places.get(m).name(lang),
                *(numbers.percent(by_place.get((m, p), float("nan"))) for p in POLLUTANTS),
            ]
            for m in result.members
        ]
        return [
            *out,
            table(
                header,
                rows,
                "评价点小时数据捕获率（%）"
                if lang == "zh"
                else "Hourly capture of the evaluation stations (%)",
            ),
        ]
    names = _station_names(result, lang)
    share = result.capture.set_index(["station", "pollutant"])
    header = [
        labels.text("station", lang),
        labels.text("role", lang),
        *(labels.pollutant(p) for p in POLLUTANTS),
    ]
    rows = []
    for row in result.stations.to_dict("records"):
        code = str(row["station"])
        role = labels.text("role_background" if row["role"] == "background" else "role_evaluation", lang)
        rows.append(
            [names[code], role, *(numbers.percent(share.loc[(code, p), "share"]) for p in POLLUTANTS)]
        )
    hours = int(result.capture["hours_possible"].iloc[0])
    caption = f"小时数据捕获率（应测{hours}小时）" if lang == "zh" else f"Hourly capture (of {hours} hours)"
    out.append(table(header, rows, caption, left=(0, 1)))
    return [
        *out,
        details("各点位明细" if lang == "zh" else "Station by station", _capture_table(result, names, lang)),
    ]


def _capture_table(result: CountyMonth, names: dict[str, str], lang: Language) -> Html:
    keys = (
        "station",
        "pollutant",
        "hours_possible",
        "hours_valid",
        "share",
        "days_with_value",
        "flagged",
        "reason",
    )
    rows = []
    for row in result.capture.to_dict("records"):
        kinds = [
            f"{labels.flag(k.removeprefix('flag_'), lang)} {row[k]}"
            for k in result.capture
            if str(k).startswith("flag_") and row[k]
        ]
        rows.append(
            [
                names[row["station"]],
                labels.pollutant(row["pollutant"]),
                row["hours_possible"],
                row["hours_valid"],
                numbers.percent(row["share"]),
                f"{row['days_valid']}/{row['days_possible']}",
                ("、" if lang == "zh" else ", ").join(kinds) or "0",
                _shortfall(row["shortfall"], lang) or numbers.DASH,
            ]
        )
    return table([labels.text(k, lang) for k in keys], rows, left=(0, 1, 6, 7))


def hourly(result: CountyMonth, lang: Language) -> list[Part]:
    """Hourly series with flagged values marked; a county only."""
    if result.is_group or result.hourly.empty:
        return []
    names = {k: v for k, v in _station_names(result, lang).items() if k in set(result.hourly["station"])}
    figure = figures.hourly(
        result.hourly, result.period, names, lang, result.about.name(lang), result.simulated
    )
    return [Markdown(text.section("hourly", lang)), figure]


def masks(result: CountyMonth, lang: Language) -> list[Part]:
    """Key figures as received beside those without flagged hours."""
    if result.absence or result.row() is None:
        return []
    header = [labels.text("item", lang), labels.text("unit", lang)]
    groups = [("", 2)]
    for standard in result.standards:
        header += [labels.text(k, lang) for k in ("as_received", "masked", "difference")]
        groups.append((text.rule(standard, lang), 3))
    rows = []
    for indicator in ("days_valid", "good_days", "good_ratio", "heavy_days", *_STATISTICS, "composite"):
        cells = [labels.indicator(indicator, lang), numbers.unit(indicator, lang)]
        for standard in result.standards:
            a, b = (printed(result.row(standard=standard, mask=m), indicator) for m in ("received", "masked"))
            shown = (linked(result.row(standard=standard, mask=m), indicator) for m in ("received", "masked"))
            cells += [*shown, signed(b, a)]
        rows.append(cells)
    name = result.about.name(lang)
    if result.is_group:
        name = f"{name} {text.mean_name(result, lang)}"
    return [
        Markdown(text.section("masks", lang)),
        *_paragraphs([text.masks(result, lang)]),
        table(
            header,
            rows,
            text.caption(lang, name, labels.period(result.period, lang)),
            left=(0, 1),
            groups=groups,
        ),
    ]


def methods(result: CountyMonth, lang: Language) -> list[Part]:
    """How the numbers are made, and the rules in them that no primary source confirms."""
    entries: dict[tuple[str, str], Any] = {}
    for standard in result.standards:
        limits = standards.standard_of(standard).edition
        for name in (limits.id, limits.need("aqi"), limits.need("evaluation")):
            for entry in standards.open_points(name, used_only=True):
                entries[(entry.edition, entry.entry)] = entry
    header = (
        ["标准", "条目", "取值", "可信度", "依据"]
        if lang == "zh"
        else ["Edition", "Entry", "Value", "Mark", "Source"]
    )
    note = (
        "B nn%：背景知识及把握程度；U：单一未证实来源；NF：未找到原文。均可在标准表中替换。"
        if lang == "zh"
        else "B nn%: background knowledge and how sure; U: one unverified claim; NF: not found. Each can be replaced in the tables of the standards."
    )
    summary = (
        "尚未由标准原文证实的规则" if lang == "zh" else "Rules not yet confirmed in the standards' own text"
    )
    unconfirmed = table(header, open_rows(entries.values(), lang), note=note, left=(0, 1, 2, 3, 4))
    return [
        Markdown(text.section("methods", lang)),
        tables.items(text.methods(result.standards[1], lang), ordered=True, style="note"),
        details(summary, unconfirmed),
    ]

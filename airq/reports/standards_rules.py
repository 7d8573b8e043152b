"""The rules themselves, old and new: limits, a day's index, the shared year, dust, alerts, what is not yet certain.

Examples
--------
>>> import pandas as pd
>>> about = About({}, pd.Timestamp("2026-01-01"), pd.Timestamp("2026-12-31"), False, "en")
>>> "<b>75</b></td><td><b>60</b></td><td><b>50</b>" in limits(about)[0]
True
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from airq import standards
from airq.figures import labels
from airq.reports import text
from airq.reports.numbers import DASH, plain, printed, rounded
from airq.reports.standards_about import About, limit_sets
from airq.reports.tables import Html, aqi_chip, details, table
from airq.reports.text_rules import bears_on_numbers, open_rows
from airq.standards import AQI, Period
from airq.variables import POLLUTANTS

__all__ = ["alerts", "calculator", "dust", "limits", "open_points", "straddling"]

Part = Any

_AVERAGING: Final = {
    "annual": ("年平均", "annual"),
    "24h": ("24小时平均", "24 h"),
    "8h": ("日最大8小时平均", "MDA8"),
    "1h": ("1小时平均", "1 h"),
}


def limits(about: About, area_class: int = 2) -> list[Part]:
    """Limits of the six pollutants side by side; rows that change are set apart.

    Parameters
    ----------
    about : About
    area_class : {1, 2}

    Returns
    -------
    list
    """
    names = limit_sets()
    sets = [standards.standard_of(n) for n in names]
    rows: list[list[object]] = []
    for pollutant in POLLUTANTS:
        for averaging, words in _AVERAGING.items():
            values = [s.limit(pollutant, averaging, area_class) for s in sets]
            if all(v is None for v in values):
                continue
            unit = labels.units(pollutant)
            cells: list[object] = [
                labels.pollutant(pollutant),
                about.say(*words),
                unit,
                *(plain(v) for v in values),
            ]
            # Bold by tag: a notebook shows the table without the style sheet of the pages.
            rows.append([Html(f"<b>{c}</b>") for c in cells] if len(set(values)) > 1 else cells)
    header = [
        labels.text("pollutant", about.lang),
        about.say("平均时间", "Averaging time"),
        labels.text("unit", about.lang),
        *(labels.standard(n, about.lang) for n in names),
    ]
    caption = about.say(f"{'一二'[area_class - 1]}类区浓度限值", f"Limits of class {area_class} areas")
    note = about.say(
        "加粗的行有变化。过渡阶段限值自2026年3月1日起施行，最终限值自2031年1月1日起施行（GB 3095—2026，4.4）。",
        "Rows in bold change. Transition limits are in force from 1 March 2026, final limits from 1 January 2031 (GB 3095-2026, 4.4).",
    )
    return [table(header, rows, caption, note, left=(0, 1, 2))]


def calculator(values: Mapping[str, float | None], about: About) -> list[Part]:
    """IAQI and AQI of one day under both editions.

    Parameters
    ----------
    values : mapping of pollutant to concentration
        24-h means, O3 as MDA8; µg/m³, CO mg/m³. A pollutant that is absent or None is missing.
    about : About

    Returns
    -------
    list
    """
    got = {e: standards.aqi(dict(values), edition=e) for e in ("2012", "2026")}
    rows: list[list[object]] = []
    for pollutant in POLLUTANTS:
        value = values.get(pollutant)
        shown = about.say("缺", "missing") if value is None else f"{value:g} {labels.units(pollutant)}"
        indices = [_index(a.iaqi[pollutant]) for a in got.values()]
        rows.append([labels.pollutant(pollutant), shown, *indices])
    rows.append([Html("<b>AQI</b>"), "", *(_chip(a) for a in got.values())])
    rows.append(
        [
            labels.text("category", about.lang),
            "",
            *(standards.category_name(int(a.category), about.lang) for a in got.values()),
        ]
    )
    primary = [labels.pollutants(str(a.primary), about.lang) or DASH for a in got.values()]
    rows.append([labels.text("primary", about.lang), "", *primary])
    header = [
        labels.text("pollutant", about.lang),
        labels.text("concentration", about.lang),
        *(labels.edition(e, about.lang) for e in got),
    ]
    return [table(header, rows, left=(0,))]


def _index(value: Any) -> str:
    return plain(rounded(float(value), 0)) if np.isfinite(value) and value >= 0 else DASH


def _chip(one: AQI) -> Html:
    known = np.isfinite(one.value)
    return aqi_chip(f"{round(float(one.value))}" if known else "NA", int(one.category))


def _in_order(rows: pd.DataFrame, about: About) -> list[dict[Any, Any]]:
    """Rows place by place, in the order of the page."""
    order = {p: k for k, p in enumerate(about.names)}
    return rows.sort_values("place", key=lambda c: c.map(order), kind="stable").to_dict("records")


def straddling(rows: pd.DataFrame, about: About) -> list[Part]:
    """Every reading of a period that two standards share.

    Parameters
    ----------
    rows : pandas.DataFrame
        From :func:`airq.standards.straddling`.
    about : About

    Returns
    -------
    list
    """
    say = about.say
    period = standards.parse_period(rows["period"].iloc[0])
    when = labels.period(period, about.lang)
    if not (rows["days_valid"] > 0).any():
        words = say(f"数据中没有{when}的有效日。", f"The data hold no valid day of {when}.")
        return [Html(f"<p>{escape(words)}</p>")]
    shown = ("days_valid", "good_days", "good_ratio", "heavy_days", "mean_pm25", "mean_pm10", "composite")
    head = [
        labels.text("place", about.lang),
        say("口径", "Reading"),
        labels.text("valid_days", about.lang),
        labels.text("good_days", about.lang),
        f"{labels.text('good_ratio', about.lang)} (%)",
        labels.text("heavy_days_short", about.lang),
        f"{labels.pollutant('pm25')} (µg/m³)",
        f"{labels.pollutant('pm10')} (µg/m³)",
        labels.text("index", about.lang),
        say("PM₂.₅年度评价", "PM₂.₅ in the year"),
    ]
    made = []
    for row in _in_order(rows, about):
        cells: list[object] = [about.name(row["place"]), text.rule(str(row["standard"]), about.lang)]
        cells += [plain(printed(row, i)) for i in shown]
        made.append([*cells, _verdict(row, period, about)])
    caption = say(f"{when}的各种口径", f"Every reading of {when}")
    note = say("有效天数不足的均值不予统计，以“–”表示。", "Means of too few valid days are withheld (dash).")
    if rule := str(rows["mixed_year_rule"].iloc[0]):
        note = say(
            f"跨标准年度如何评价未找到规定[NF]，本软件并列全部口径，不作选择；“各日当日现行标准”一行的限值取期末现行的限值（标准表条目force.mixed_year）。{note}",
            f"How a year with two standards is judged was not found [NF]: all readings stand side by side and none is chosen; the row by date takes the {rule}. {note}",
        )
    return [table(head, made, caption, note, left=(0, 1))]


def _verdict(row: Mapping[str, Any], period: Period, about: About) -> str:
    if not period.is_year:
        return about.say("非全年，不评价", "no whole year")
    if row["pm25_withheld"] or pd.isna(row["attains_pm25"]):
        return labels.text("withheld", about.lang)
    return about.say("达标", "attained") if row["attains_pm25"] else about.say("超标", "exceeded")


def dust(rows: pd.DataFrame, about: About) -> list[Part]:
    """Figures of a period with and without dust, the deduction under its own label.

    Parameters
    ----------
    rows : pandas.DataFrame
        From :func:`airq.standards.summary_without_dust`.
    about : About

    Returns
    -------
    list
    """
    say = about.say
    shown = ("mean_pm10", "mean_pm25", "composite", "good_days", "heavy_days")
    head = [
        labels.text("place", about.lang),
        say("口径", "Reading"),
        say("沙尘过程", "Dust events"),
        say("沙尘小时", "Dust hours"),
        f"{labels.pollutant('pm10')} (µg/m³)",
        f"{labels.pollutant('pm25')} (µg/m³)",
        labels.text("index", about.lang),
        labels.text("good_days", about.lang),
        labels.text("heavy_days_short", about.lang),
    ]
    made, labelled = [], ""
    for row in _in_order(rows, about):
        label = str(row[f"label_{about.lang}"])
        labelled = label or labelled
        cells: list[object] = [about.name(row["place"]), label or say("含沙尘", "with dust")]
        cells += [str(int(row["dust_events"])), str(int(row["dust_hours"]))] if label else ["", ""]
        made.append([*cells, *(plain(printed(row, i)) for i in shown)])
    period, rule = str(rows["period"].iloc[0]), text.rule(str(rows["standard"].iloc[0]), about.lang)
    caption = say(f"{period}年含沙尘与剔除沙尘（{labelled}）", f"{period} with and without dust ({labelled})")
    note = say(
        f"{rule}。只扣除颗粒物浓度和综合指数，天数保留沙尘日（环办监测〔2016〕120号[C]）；沙尘小时由PM₁₀自动识别[B 70%]，不是国家认定的沙尘过程。“–”：有效天数不足，不予统计。",
        f"{rule}. Particle concentrations and the composite index are deducted, day counts keep dust days (环办监测〔2016〕120号 [C]); dust hours are detected from PM₁₀ [B 70%] and are not the events confirmed by the state. A dash: too few valid days, withheld.",
    )
    return [table(head, made, caption, note, left=(0, 1))]


def _alert_rows(days: xr.Dataset, winter: Period, about: About) -> pd.DataFrame:
    """Stretches of every rule edition: each place by its own AQI, the regional rule by the mean."""
    part = days.sel(day=slice(pd.Timestamp(winter.start), pd.Timestamp(winter.end)))
    ids = list(about.names)
    series = {p: part["aqi"].sel(place=p).to_series() for p in ids}
    frames = []
    for rule in standards.editions("alert").values():
        regional = rule.get("basis.aqi") == "regional mean"
        if regional and len(ids) < 2:
            continue
        used = {"": standards.regional_aqi(part, ids)} if regional else series
        for place, values in used.items():
            if values.notna().any():
                found = standards.alerts(values, rule.id)
                frames.append(found.assign(place=place))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["rules", "place"])


def alerts(days: xr.Dataset, winter: Period, about: About) -> list[Part]:
    """Alerts that one winter would have called for, by edition of the rules.

    Parameters
    ----------
    days : xarray.Dataset
        City-days with their AQI.
    winter : Period
    about : About

    Returns
    -------
    list
        Episodes, days and highest level by place and rule; the stretches of level folded.
    """
    say = about.say
    part = days.sel(day=slice(pd.Timestamp(winter.start), pd.Timestamp(winter.end)))
    known = {p: int(np.isfinite(part["aqi"].sel(place=p).values).sum()) for p in about.names}
    found = _alert_rows(days, winter, about)
    regional = say("各地平均AQI（区域口径）", "mean AQI of the places (regional)")
    every = sorted(standards.editions("alert").values(), key=lambda e: str(e.get("force.first", "")))
    rules = {r.id: r for r in every}
    region = [r for r in rules if rules[r].get("basis.aqi") == "regional mean"]
    local = [r for r in rules if r not in region]
    head = [labels.text("place", about.lang), say("有AQI天数", "Days with an AQI")]
    for _ in local:
        head += [say("次", "episodes"), say("天", "days"), say("最高", "highest")]
    groups = [("", 2), *((f"{r} {rules[r].title(about.lang)}", 3) for r in local)]
    rows: list[list[object]] = []
    for place, name in about.names.items():
        cells: list[object] = [name, str(known[place])]
        for rule in local:
            cells += _counted(found, place, rule, known[place], about)
        rows.append(cells)
    when = labels.period(winter, about.lang)
    caption = say(f"{when}应启动的预警（按各版规则）", f"Alerts called for, {when}, by edition of the rules")
    note = say(
        "假定预报完全准确、按自然日AQI判定、只看本季之内；2017、2019年口径已不执行，仅作对照。天数为处于预警中的天数。",
        "As if the forecast had been perfect, by the AQI of natural days, within the season only. The rules of 2017 and 2019 are no longer in force and stand for comparison. Days: days under an alert.",
    )
    out: list[Part] = [table(head, rows, caption, note, left=(0,), groups=groups)]
    for rule in region if len(about.names) > 1 else []:
        cells = _counted(found, "", rule, 1, about)
        words = [f"{rule} {rules[rule].title(about.lang)}", regional]
        counts = say(
            f"{cells[0]}次、{cells[1]}天、最高{cells[2]}",
            f"episodes {cells[0]}, days {cells[1]}, highest {cells[2]}",
        )
        out.append(Html(f"<p>{escape(words[0])} — {escape(words[1])}: {escape(counts)}</p>"))
    if len(found):
        out.append(_stretches(found, regional, about))
    return out


def _counted(found: pd.DataFrame, place: str, rule: str, known: int, about: About) -> list[object]:
    """Episodes, days and highest level of one place under one rule; dashes where it has no AQI."""
    if not known:
        return [DASH, DASH, DASH]
    own = found[(found["place"] == place) & (found["rules"] == rule)]
    if own.empty:
        return ["0", "0", DASH]
    highest = own.loc[own["level"].idxmax(), f"level_{about.lang}"]
    return [str(own["episode"].nunique()), str(int(own["hours"].sum()) // 24), str(highest)]


def _stretches(found: pd.DataFrame, regional: str, about: About) -> Html:
    say = about.say
    action = {
        "start": say("启动", "start"),
        "upgrade": say("升级", "upgrade"),
        "downgrade": say("降级", "downgrade"),
    }
    rows = [
        [
            row["rules"],
            about.names.get(str(row["place"]), regional),
            str(row["episode"]),
            action[str(row["action"])],
            row[f"level_{about.lang}"],
            f"{row['start']:%Y-%m-%d}",
            f"{row['end'] - pd.Timedelta(days=1):%Y-%m-%d}",
            plain(rounded(float(row["peak_aqi"]), 0)),
            say("至季末未解除", "open at the end") if row["open"] else "",
        ]
        for row in found.to_dict("records")
    ]
    head = [
        say("规则", "Rules"),
        labels.text("place", about.lang),
        say("次序", "Episode"),
        say("动作", "Action"),
        say("级别", "Level"),
        say("首日", "First day"),
        say("末日", "Last day"),
        say("最高AQI", "Peak AQI"),
        "",
    ]
    return details(say("逐次预警", "Every stretch"), table(head, rows, left=(0, 1, 3, 4, 5, 6, 8)))


def open_points(about: About) -> list[Part]:
    """Rules behind this page that the standards' own text does not yet confirm.

    Parameters
    ----------
    about : About

    Returns
    -------
    list
        Entries marked B, U or NF of the standards, indices, evaluation, dust and alert rules; translations and
        health advice are left out, since no number rests on them.
    """
    kinds = ("standard", "aqi", "evaluation", "dust", "alert")
    entries = [
        entry
        for kind in kinds
        for edition in standards.editions(kind)
        for entry in standards.open_points(edition, used_only=True)
        if bears_on_numbers(entry.entry)
    ]
    counts = {m: sum(e.mark.split()[0] == m for e in entries) for m in ("B", "U", "NF")}
    words = about.say(
        f"本页依据的规则中，尚有{len(entries)}条未由标准原文或可靠转载证实：B（背景知识）{counts['B']}条，U（单一未证实来源）{counts['U']}条，NF（未找到）{counts['NF']}条。每条都可在params/standards/中以同名条目替换，无须改程序。",
        f"Of the rules behind this page {len(entries)} are not confirmed by the standards' own text or a sound copy: {counts['B']} B (background knowledge), {counts['U']} U (one unverified claim), {counts['NF']} NF (not found). Each can be replaced in params/standards/ without touching code.",
    )
    head = [
        about.say("标准", "Edition"),
        about.say("条目", "Entry"),
        about.say("取值", "Value"),
        about.say("可信度", "Mark"),
        about.say("依据", "Source"),
    ]
    made = table(head, open_rows(entries, about.lang), left=(0, 1, 2, 3, 4))
    return [Html(f"<p>{escape(words)}</p>"), details(about.say("逐条列出", "Every entry"), made)]

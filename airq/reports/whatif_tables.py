"""Tables and sentences of a scenario's result in one language; nothing is computed here.

Examples
--------
>>> number_of(1_250_000.0, "zh"), number_of(1_250_000.0, "en")
('125万元', '1.25 million yuan')
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from airq import places
from airq.figures.forecast_words import share
from airq.figures.inventory_words import symbol
from airq.figures.labels import Language, pick
from airq.figures.scenario_rows import keyed, shown
from airq.figures.scenario_words import amount, category, indicator, interval, scenario_unit, word
from airq.reports.tables import Html, details, table
from airq.texts import items, spoken
from airq.variables import VARIABLES

if TYPE_CHECKING:
    from airq.scenario.results import Result

__all__ = [
    "alerts",
    "cause",
    "causes",
    "co2_name",
    "comparison",
    "detectability",
    "first_target",
    "function_name",
    "headline",
    "lines",
    "money",
    "money_name",
    "notes",
    "number_of",
    "overview",
    "settled",
    "target_text",
    "targets",
]

_HEADS: Final[dict[str, tuple[str, str]]] = {
    "place": ("地方", "Place"),
    "before": ("不采取措施", "Without"),
    "change": ("变化[90%区间]", "Change [90 % interval]"),
    "scenario": ("情景", "Scenario"),
    "target": ("目标", "Target"),
    "year": ("年份", "Year"),
    "probability": ("实现概率", "Probability"),
    "after": ("采取后", "With"),
    "mark": ("标记", "Mark"),
    "source": ("来源", "Source"),
    "what": ("项目", "What"),
    "amount": ("中位数[90%区间]", "Median [90 % interval]"),
    "measure": ("措施", "Measure"),
    "season": ("采暖季内PM₂.₅（吨）", "PM₂.₅ in the season, t"),
    "days": ("预警天数", "Alert days"),
    "alert_mean": ("预警日浓度变化（%）", "PM₂.₅ of alert days, %"),
    "alert_mean_abs": ("预警日平均：前→后", "Mean of alert days, before → after"),
    "peak": ("季内最高日：前→后", "Worst day, before → after"),
    "targets": ("目标概率", "Target, probability"),
    "detect": ("可测", "Detectable"),
}  # fmt: skip
_FUNCTIONS: Final = {
    "gemm": "GEMM NCD+LRI",
    "hrapie": "HRAPIE",
    "china_cohort": ("中国队列", "cohort in China"),
    "who_2021": ("WHO 2021综述", "WHO review 2021"),
}
_MONEY: Final = {"capital": ("投资", "capital"), "operating": ("年运行费", "running cost a year"), "subsidy": ("补贴（含于投资）", "subsidy, part of the capital")}  # fmt: skip
_CO2_ZH: Final = (
    ("full effect", "完全见效"),
    ("gross", "毛减排"),
    ("net if gas", "净减排（燃气替代）"),
    ("net if electric", "净减排（电采暖替代）"),
    ("net if heat_pump", "净减排（热泵替代）"),
    ("net", "净减排"),
)


def _head(key: str, lang: Language) -> str:
    return pick(_HEADS[key], lang)


def _place(name: str, lang: Language) -> str:
    found = places.find(name)
    return name if found is None else found.name(lang)


def _change(row: Mapping[str, Any]) -> str:
    return interval(row["change_p5"], row["change_p50"], row["change_p95"], sign=True)


def detectability(row: Mapping[str, Any], lang: Language) -> str:
    """Whether a change can be seen, with the least that can be."""
    least = float(row.get("minimum_detectable") or float("nan"))
    if least != least:
        return ""
    if row["change_p50"] == 0:
        return word("no_change", lang)
    said = word("detectable_yes" if row["detectable"] else "detectable_no", lang)
    return f"{said}（{amount(least)} µg/m³）" if lang == "zh" else f"{said} ({amount(least)} µg/m³)"


def number_of(yuan: float, lang: Language) -> str:
    """Money as a page prints it."""
    if lang == "zh":
        return f"{yuan / 1e8:,.3g}亿元" if abs(yuan) >= 1e8 else f"{yuan / 1e4:,.4g}万元"
    return f"{yuan / 1e6:,.3g} million yuan"


def headline(result: Result, lang: Language) -> Html:
    """The answer in two sentences: the place that stands for all, and whether the change can be seen."""
    rows = keyed(result.table)
    own = rows[rows["place"] == result.headline].set_index("indicator")
    zh = lang == "zh"
    parts = []
    for name in shown(rows, ("pm25_season", "pm25_year", "heavy_days_2012", "good_days_2012")):
        row = own.loc[name]
        unit = scenario_unit(str(row["unit"]), lang)
        parts.append(f"{indicator(name, lang)} {_change(row)} {unit}")
    said = f"{_place(result.headline, lang)}{'：' if zh else ': '}{('；' if zh else '; ').join(parts)}{'。' if zh else '.'}"
    out = f"<p><b>{escape(said)}</b></p>"
    if "pm25_season" in own.index and (seen := detectability(own.loc["pm25_season"], lang)):
        lead = "采暖季PM₂.₅的变化：" if zh else "The change of PM₂.₅ in the season: "
        out += f"<p>{escape(lead + seen)}{'。' if zh else '.'}</p>"
    return Html(out)


def overview(result: Result, lang: Language) -> Html:
    """Every place: the indicators of the summary without the scenario and their change."""
    rows = keyed(result.table)
    names = shown(rows)
    head = [_head("place", lang)]
    for name in names:
        unit = scenario_unit(str(rows.loc[rows["indicator"] == name, "unit"].iloc[0]), lang)
        head.append(
            f"{indicator(name, lang)}（{unit}）" if lang == "zh" else f"{indicator(name, lang)}, {unit}"
        )
    head.append(_head("detect", lang))
    body = []
    for place, part in rows.groupby("place", sort=False):
        own = part.set_index("indicator")
        cells = [
            f"{amount(own.loc[n, 'baseline_p50'])} → {_change(own.loc[n])}" if n in own.index else "–"
            for n in names
        ]
        seen = detectability(own.loc["pm25_season"], lang) if "pm25_season" in own.index else ""
        body.append([_place(str(place), lang), *cells, seen])
    note = (
        "各格：不采取措施时的中位数 → 变化的中位数[90%区间]，含气象年的起伏；天数为日历年。"
        if lang == "zh"
        else "Each cell: median without the scenario → median change [90 % interval], weather years included; days are of the calendar year."
    )
    return table(head, body, _caption(result, lang), note, left=(0, len(head) - 1))


def _caption(result: Result, lang: Language) -> str:
    title = result.title_zh if lang == "zh" else result.title_en
    mark = ("（模拟气象年）" if lang == "zh" else " (simulated weather years)") if result.simulated else ""
    return f"{title}{mark}"


def comparison(results: Sequence[Result], lang: Language, place: str = "") -> Html:
    """Scenarios in one table at one place."""
    body = []
    for result in results:
        at = place or result.headline
        own = keyed(result.table)
        own = own[own["place"] == at].set_index("indicator")
        cells = [_change(own.loc[n]) if n in own.index else "–" for n in _COMPARED]
        seen = detectability(own.loc["pm25_season"], lang) if "pm25_season" in own.index else ""
        body.append(
            [result.title_zh if lang == "zh" else result.title_en, *cells, first_target(result, lang), seen]
        )
    head = [_head("scenario", lang), *(indicator(n, lang) for n in _COMPARED), _head("targets", lang), _head("detect", lang)]  # fmt: skip
    name = _place(place or results[0].headline, lang)
    caption = (
        f"{name}：情景比较（变化[90%区间]）"
        if lang == "zh"
        else f"{name}: scenarios compared (change [90 % interval])"
    )
    return table(head, body, caption, left=(0, len(head) - 2, len(head) - 1))


_COMPARED: Final = ("pm25_season", "pm25_year", "heavy_days_2012", "good_days_2026")


def first_target(result: Result, lang: Language) -> str:
    """The first target that can be judged: year and probability before and after."""
    judged = result.targets[result.targets["before"].notna()]
    if judged.empty:
        return "–"
    row = judged.iloc[0]
    return f"{row['year']}: {share(float(row['before']))} → {share(float(row['after']))}"


def target_text(row: Mapping[str, Any], lang: Language) -> str:
    """Words of a target, with the pollutant where they do not name it.

    Examples
    --------
    >>> row = {"text_zh": "年均限值", "text_en": "annual limit", "pollutant": "pm10"}
    >>> target_text(row, "zh"), target_text(row | {"text_en": "PM10 limit"}, "en")
    ('PM₁₀年均限值', 'PM10 limit')
    """
    text = str(row["text_zh"] if lang == "zh" else row["text_en"])
    name = VARIABLES[row["pollutant"]].symbol if row["pollutant"] else ""
    if not name or name in text or row["pollutant"].upper() in text.upper().replace("PM2.5", "PM25"):
        return text
    return f"{name}{text}" if lang == "zh" else f"{name}: {text}"


def settled(result: Result) -> pd.Series:
    """Targets that every draw meets, or none, with and without the scenario."""
    before, after = result.targets["before"], result.targets["after"]
    return before.eq(after) & before.isin([0.0, 1.0])


def targets(result: Result, lang: Language) -> Html:
    """Probability of each target before and after; those that no draw decides apart, those not judged with the reason."""
    same = settled(result)
    head = [_head(k, lang) for k in ("place", "year", "target", "before", "after")]
    head += ["变化（百分点）" if lang == "zh" else "Change, points", _head("source", lang)]
    note = (
        "±：由气象年个数有限带来的标准误；年份后括号为代为评判的年份。"
        if lang == "zh"
        else "±: standard error from the number of weather years; a year in brackets is the one judged in its place."
    )
    caption = "目标的实现概率" if lang == "zh" else "Probability of the targets"
    parts = []
    if (~same).any():
        body = [_target(row, lang) for row in result.targets[~same].to_dict("records")]
        parts.append(table(head, body, caption, note, left=(0, 2, 6)))
    if same.any():
        body = [_target(row, lang) for row in result.targets[same].to_dict("records")]
        folded = (
            f"采取与不采取都一定达到或一定达不到的目标（{len(body)}）"
            if lang == "zh"
            else f"Targets that are met, or missed, with and without ({len(body)})"
        )
        parts.append(details(folded, table(head, body, left=(0, 2, 6))))
    return Html("".join(parts))


def _target(row: Mapping[str, Any], lang: Language) -> list[Any]:
    other = f"（{row['judged_in']}）" if lang == "zh" else f" ({row['judged_in']})"
    stood = f"{row['year']}{'' if row['year'] == row['judged_in'] else other}"
    if row["before"] is None or row["before"] != row["before"]:
        cells = ["–", "–", str(row["reason_zh" if lang == "zh" else "reason"])]
    else:
        cells = [share(float(row["before"])), share(float(row["after"])), f"{100 * row['change']:+.1f} ± {100 * row['error']:.1f}".replace("-", "−")]  # fmt: skip
    return [
        _place(str(row["site"] or row["place"]), lang),
        stood,
        target_text(row, lang),
        *cells,
        row["source"],
    ]


def co2_name(what: str, lang: Language) -> str:
    """Name of a row of CO2.

    Examples
    --------
    >>> co2_name("gross 2026", "zh"), co2_name("net if gas, full effect", "en")
    ('CO₂ 毛减排 2026', 'CO₂ net if gas, full effect')
    """
    if lang == "en":
        return f"CO₂ {what}".replace("_", " ")
    said = what
    for old, new in _CO2_ZH:
        said = said.replace(old, new)
    return f"CO₂ {said}".replace(", ", "，")


def function_name(key: str, lang: Language) -> str:
    """Name of a function of deaths.

    Examples
    --------
    >>> function_name("china_cohort", "zh"), function_name("gemm", "en")
    ('中国队列', 'GEMM NCD+LRI')
    """
    name = _FUNCTIONS.get(key, key)
    return name if isinstance(name, str) else pick((name[0], name[1]), lang)


def money_name(kind: str, lang: Language) -> str:
    """Name of a kind of money.

    Examples
    --------
    >>> money_name("capital", "zh")
    '投资'
    """
    return pick(_MONEY.get(kind, (kind, kind)), lang)


def money(result: Result, lang: Language) -> Html:
    """CO2 gross and net, deaths avoided under each function, and stated money."""
    zh = lang == "zh"
    body: list[list[Any]] = []
    for row in result.co2.to_dict("records"):
        most = ("（至多）" if zh else " (at most)") if row["at_most"] else ""
        body.append([co2_name(row["what"], lang) + most, interval(row["p5"] / 1e3, row["p50"] / 1e3, row["p95"] / 1e3), "千吨/年" if zh else "kt a year", ""])  # fmt: skip
    for row in result.deaths.to_dict("records"):
        said = function_name(row["function"], lang)
        lead = "避免的死亡，" if zh else "deaths avoided, "
        body.append([lead + said, interval(row["p5"], row["p50"], row["p95"]), "人/年" if zh else "a year", row["mark"]])  # fmt: skip
    for row in result.cost.to_dict("records"):
        body.append([f"{'费用：' if zh else 'Money: '}{money_name(row['kind'], lang)}", number_of(float(row["yuan"]), lang), "", row["source"]])  # fmt: skip
    if result.cost.empty:
        body.append(["费用" if zh else "Money", "文件未说明" if zh else "no document states it", "", ""])
    head = [_head("what", lang), _head("amount", lang), "单位" if zh else "Unit", _head("mark", lang)]
    return table(head, body, "CO₂、健康与费用" if zh else "CO₂, health and money", left=(0, 2, 3))


def lines(result: Result, lang: Language) -> Html:
    """Measures with their tonnes; those without say what they need."""
    zh, body = lang == "zh", []
    for (key, kind), part in result.lines.groupby(["id", "kind"], sort=False):
        row = part.iloc[0]
        named = (row["name_zh"] if lang == "zh" else row["name_en"]) or row["name_zh"] or key
        have = part[part["p50"].notna()]
        said = "；".join(f"{symbol(r['pollutant'])} {interval(r['p5'], r['p50'], r['p95'])}" for r in have.to_dict("records") if r["pollutant"] in ("PM25", "SO2", "NOx"))  # fmt: skip
        sign = "−" if kind == "reference" else ""
        body.append([f"{sign}{named}", said or word("no_tonnes", lang), row["needs_zh" if zh else "basis"] if have.empty else "", row["source"], row["mark"]])  # fmt: skip
    tons = "吨/年（完全见效）" if lang == "zh" else "Tonnes a year in full effect"
    head = [_head("measure", lang), tons, "缺什么" if lang == "zh" else "What is missing", _head("source", lang), _head("mark", lang)]  # fmt: skip
    made = table(head, body, left=(0, 1, 2, 3, 4))
    return details(f"各项措施（{len(body)}）" if lang == "zh" else f"Every measure ({len(body)})", made)


def alerts(result: Result, lang: Language) -> list[Html]:
    """What alerts do to their days; nothing where there is none."""
    if result.alerts.empty:
        said = "本情景没有预警。" if lang == "zh" else "The scenario holds no alert."
        return [Html(f'<p class="note">{said}</p>')]
    body = []
    for row in result.alerts.to_dict("records"):
        body.append(
            [
                _place(row["place"], lang),
                amount(row["alert_days"]),
                interval(row["percent_p5"], row["percent_p50"], row["percent_p95"]),
                f"{amount(row['mean_before'])} → {amount(row['mean_after'])}",
                f"{amount(row['peak_before'])} → {amount(row['peak_after'])}",
            ]
        )
    head = [_head(k, lang) for k in ("place", "days", "alert_mean", "alert_mean_abs", "peak")]
    caption = "预警的作用（PM₂.₅，µg/m³）" if lang == "zh" else "What the alerts do (PM₂.₅, µg/m³)"
    return [table(head, body, caption)]


def notes(result: Result, lang: Language) -> Html:
    """Every reservation of the run."""
    head = f"限制与假设（{len(result.notes)}条）" if lang == "zh" else f"Reservations ({len(result.notes)})"
    said = (spoken(n, lang) for n in result.notes)
    return details(head, Html(f'<ol class="notes">{items(said)}</ol>'))


_CAUSES: Final[dict[str, tuple[str, str]]] = {
    "weather year": ("气象年", "weather year"),
    "background": ("背景浓度", "background"),
    "response: level": ("响应：总体水平", "response: level"),
    "response: warm season": ("响应：暖季", "response: warm season"),
    "response: kernel between places": ("响应：地区间传输", "response: kernel between places"),
    "alert: residence time": ("预警：滞留时间", "alert: residence time"),
}


def cause(name: str, lang: Language) -> str:
    """Name of a cause of the spread; factors keep the ids of their tables.

    Examples
    --------
    >>> cause("response: sector kiln", "zh"), cause("alert 1: strength", "zh"), cause("coal-per-boiler", "zh")
    ('响应：工业炉窑', '预警1：力度', '系数 coal-per-boiler')
    """
    if name in _CAUSES:
        return pick(_CAUSES[name], lang)
    if found := re.fullmatch(r"response: sector (\w+)", name):
        return pick(("响应：{n}", "response: {n}"), lang, n=category(found[1], lang))
    if found := re.fullmatch(r"response: weight of (\w+)", name):
        return pick(("响应：{n}的权重", "response: weight of {n}"), lang, n=symbol(found[1]))
    if found := re.fullmatch(r"alert (\d+): strength", name):
        return pick(("预警{n}：力度", "alert {n}: strength"), lang, n=found[1])
    return pick(("系数 {n}", "factor {n}"), lang, n=name)


def causes(result: Result, what: str, lang: Language) -> pd.DataFrame:
    """Causes of one result as the figure takes them."""
    own = result.causes[result.causes["result"] == what]
    return own.assign(label=[cause(c, lang) for c in own["cause"]])[["label", "share"]].reset_index(drop=True)

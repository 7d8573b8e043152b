"""Parts of the notebook on the inventory: texts and tables in one language. Nothing is computed beyond choosing rows.

Examples
--------
>>> span(""), span("2021-2025"), span("2023")
(None, (2021, 2025), (2023, 2023))
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from airq import places
from airq.errors import ParameterError
from airq.figures.inventory_words import amount, group_name, interval, scale, symbol, word
from airq.figures.labels import Language
from airq.reports.tables import Html, details, table

if TYPE_CHECKING:
    from airq.inventory.auditing import Audit
    from airq.inventory.costing import Costs
    from airq.inventory.register import Register
    from airq.inventory.results import Emissions

__all__ = ["choose", "costs", "counts", "header", "lacking", "span", "totals", "verdicts", "within"]


def span(years: str) -> tuple[int, int] | None:
    """Years of a parameter, or None for all.

    Raises
    ------
    ParameterError
        If it is neither a year nor two.
    """
    found = re.fullmatch(r"(\d{4})(?:\s*(?:-|–|—|\.\.)\s*(\d{4}))?", str(years).strip())
    if not str(years).strip():
        return None
    if found is None:
        raise ParameterError(f"years '{years}' are no year and no span; write 2023 or 2021-2025.")
    return int(found[1]), int(found[2] or found[1])


def within(place: str) -> str | None:
    """Id of the place of a parameter; None for ``all``."""
    return None if place in ("", "all") else places.get(place).id


def choose(register: Register, place: str) -> Register:
    """Measures of a place and of the places in it; all of them for ``all``.

    Raises
    ------
    ParameterError
        If the place is not known or has no measure.

    Examples
    --------
    >>> from airq.inventory import load
    >>> len(choose(load(), "奇台县")) < len(choose(load(), "all"))
    True
    """
    chosen = within(place)
    if chosen is None:
        return register
    inside = {p.id for p in places.members(chosen)} | {chosen}
    found = register.where(register.table["place"].isin(sorted(inside)))
    if not len(found):
        raise ParameterError(f"the register has no measure of '{place}'; use all or one of its places.")
    return found


def header(register: Register, place: str, lang: Language) -> list[Html]:
    """Title, place, how many measures, what is done and planned."""
    rows = register.table
    zh, chosen = lang == "zh", within(place)
    where = ("全部地区" if zh else "all places") if chosen is None else places.get(chosen).name(lang)
    done = int(rows["status"].isin(["done", "verified"]).sum())
    counted = int((rows["standing"] == "counted").sum())
    title = f"减排措施清单：{where}" if zh else f"The inventory of measures: {where}"
    said = (
        f"共{len(rows)}条记录，已完成{done}条，计划{len(rows) - done}条；其中{counted}条计数，其余为包含、重复或未采用的说法，保留而不相加。"
        if zh
        else f"{len(rows)} records, {done} done and {len(rows) - done} planned; {counted} count, the others are contained, "
        "repeated or decided against: kept and never added."
    )
    more = "".join(f"<p>{escape(w)}</p>" for w in register.warnings)
    return [Html(f"<h2>{escape(title)}</h2><p>{escape(said)}</p>{more}")]


def counts(register: Register, lang: Language) -> list[Html]:
    """Stated counts by category, unit and status, without double count."""
    found = register.counts().dropna(subset=["count"])
    found = found.assign(state=found["status"].map(lambda s: "planned" if s == "planned" else "done"))
    sums = found.groupby(["category", "unit", "state"], sort=False)["count"].sum().reset_index()
    zh = lang == "zh"
    rows = [
        [group_name(r["category"], "category", lang), word(r["state"], lang), f"{r['count']:,.0f}", r["unit"]]
        for r in sums.to_dict("records")
    ]
    head = ["类别", "状态", "数量", "单位"] if zh else ["Category", "Status", "Count", "Unit"]
    caption = "文件所列数量，不重复计" if zh else "Counts stated by the documents, none twice"
    return [table(head, rows, caption, left=(0, 1, 3))]


def totals(emissions: Emissions, lang: Language) -> list[Html]:
    """Tonnes of each pollutant with their interval, done and with plans, and what was said on the way."""
    zh = lang == "zh"
    rows = []
    for pollutant, row in emissions.total.iterrows():
        by_unit, unit = scale(abs(row["p50"]))
        text = interval(*(row[c] / by_unit for c in ("p5", "p50", "p95")))
        rows.append([symbol(str(pollutant)), text, word(unit, lang), int(row["measures"])])
    head = (
        ["污染物", "中位数[第5—95百分位]", "单位", "有吨数的措施"]
        if zh
        else ["Pollutant", "median [p5–p95]", "Unit", "Measures with tonnes"]
    )
    caption = (
        "全部措施完全生效后每年削减"
        if zh
        else "Cut a year once every measure is in full effect, done and planned"
    )
    note = (
        "各污染物有吨数的措施不同，彼此不能相加或直接比较。"
        if zh
        else "Pollutants do not cover the same measures; they neither add nor compare directly."
    )
    said = [Html(f"<p>{escape(n)}</p>") for n in emissions.notes]
    label = "计算说明（英文）" if zh else "Notes of the calculation"
    return [table(head, rows, caption, note), *([details(label, *said)] if said else [])]


def lacking(emissions: Emissions, lang: Language) -> list[Html]:
    """Measures that have no tonnes of any pollutant, by category, and what they need."""
    zh = lang == "zh"
    have = {x.measure_id for x in emissions.lines}
    needs = emissions.needs[~emissions.needs["measure_id"].isin(have)].drop_duplicates("measure_id")
    kinds = ("a factor", "an activity", "an efficiency", "a technology")
    groups = [
        (emissions.rows[k]["category"], n) for k, n in zip(needs["measure_id"], needs["needs"], strict=True)
    ]
    rows: list[list[Any]] = []
    for category in dict.fromkeys(c for c, _ in groups):
        own = [n for c, n in groups if c == category]
        rows.append([group_name(category, "category", lang), len(own), *(own.count(k) for k in kinds)])
    rows.sort(key=lambda r: -r[1])
    head = (
        ["类别", "措施", "缺因子", "缺活动水平", "缺去除效率", "缺技术"]
        if zh
        else ["Category", "Measures", "need a factor", "an activity", "an efficiency", "a technology"]
    )
    caption = "没有吨数的措施及所缺" if zh else "Measures without tonnes, and what they need"
    note = (
        "没有来源的因子不设默认值；可在自有清单中填写因子、活动水平或技术。"
        if zh
        else "Where no source was found there is no default: a register of your own can state factor, activity or technology."
    )
    return [table(head, rows, caption, note)] if rows else []


def verdicts(audit: Audit, lang: Language) -> list[Html]:
    """Every claim with its verdict."""
    zh = lang == "zh"
    kinds = {"uniform": "统一系数", "plausible": "疑似统一", "none": "无规律"}
    rows = [
        [
            r.id,
            ("–" if not r.factors else kinds.get(r.fingerprint, r.fingerprint) if zh else r.fingerprint),
            r.verdict_zh if zh else r.verdict_en,
        ]
        for r in audit.rows
    ]
    head = ["说法", "指纹", "结论"] if zh else ["Claim", "Fingerprint", "Verdict"]
    return [table(head, rows, "官方说法的核对" if zh else "The official claims audited", left=(0, 1, 2))]


def costs(found: Costs, lang: Language) -> list[Html]:
    """Money per tonne where a document gives money."""
    zh = lang == "zh"
    kinds = {"capital": "投资", "operating": "运行费", "subsidy": "补贴"}
    rows = [
        [
            r["measure_id"],
            kinds[r["kind"]] if zh else r["kind"],
            amount(r["yuan"]),
            symbol(r["pollutant"]),
            _money(r),
        ]
        for r in found.table.to_dict("records")
    ]
    if not rows:
        said = "文件未给出这些措施的费用。" if zh else "No document states money for these measures."
        return [Html(f"<p>{said}</p>")]
    head = (
        ["措施", "种类", "元", "污染物", "元/吨 [区间]"]
        if zh
        else ["Measure", "Kind", "Yuan", "Pollutant", "Yuan per t [interval]"]
    )
    caption = (
        f"每吨费用（投资按{found.years}年分摊，不计息）"
        if zh
        else f"Money per tonne (investment over {found.years} years, no interest)"
    )
    note = (
        "同一笔钱同时削减各种污染物：各行不能相加，补贴是投资的一部分。"
        if zh
        else "The same money cuts every pollutant: rows never add, and a subsidy is part of the capital."
    )
    return [table(head, rows, caption, note, left=(0, 1, 3))]


def _money(row: dict[Any, Any]) -> str:
    ends = [row[c] for c in ("low", "middle", "high")]
    texts = [amount(v) if v < float("inf") else "∞" for v in ends]
    return f"{texts[1]} [{texts[0]}–{texts[2]}]"

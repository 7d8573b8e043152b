"""Words, tables and figure of the optimiser's answer in one language; nothing is computed here.

Examples
--------
>>> title_of("zh", "昌吉市", 0.8, "", 0.5)
'昌吉市：采暖季PM₂.₅以80%的概率下降0.50 µg/m³'
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from airq import places
from airq.figures import scenario_basis as basis
from airq.figures.labels import Language
from airq.figures.scenario_words import amount, interval
from airq.reports.tables import Html, details, table
from airq.reports.whatif_tables import number_of, target_text
from airq.texts import items, spoken

if TYPE_CHECKING:
    from airq.scenario.optimising.answering import Optimum

__all__ = ["front", "parts", "ranking", "sentences", "title", "title_of"]


def title_of(lang: Language, place: str, probability: float, target: str, reduction: float | None) -> str:
    """What is asked for."""
    share = f"{probability:.0%}"
    if target:
        return f"{place}：以{share}的概率实现“{target}”" if lang == "zh" else f"{place}: {target}, with probability {share}"  # fmt: skip
    if reduction is not None:
        less = amount(reduction)
        return f"{place}：采暖季PM₂.₅以{share}的概率下降{less} µg/m³" if lang == "zh" else f"{place}: PM₂.₅ of the heating season lower by {less} µg/m³ with probability {share}"  # fmt: skip
    return f"{place}：各项措施的费用与效果" if lang == "zh" else f"{place}: what the measures cost and bring"


def title(found: Optimum, lang: Language) -> str:
    """What is asked for, of an answer."""
    said = ""
    if found.needs is not None and (row := found.needs.row).parsed is not None:
        about = {"text_zh": row.text_zh, "text_en": row.text_en, "pollutant": row.parsed.pollutant or ""}
        said = f"{row.year} {target_text(about, lang)}"
    asked = None if found.plan is None else getattr(found.plan, "target", None)
    return title_of(lang, places.get(found.place).name(lang), found.probability, said, asked)


def sentences(found: Optimum, lang: Language) -> list[str]:
    """The answer: the set, what it costs and brings, how often it does, what binds."""
    plan, zh = found.plan, lang == "zh"
    if plan is None:
        return []
    named = ("、" if zh else ", ").join(_named(found, c, lang) for c in plan.chosen) or (
        "无" if zh else "none"
    )
    low, middle, high = (float(plan.reduction[q]) for q in (0.05, 0.5, 0.95))
    bring = interval(low, middle, high)
    cost = number_of(plan.cost, lang)
    out = []
    if found.needs is not None:
        before, every = f"{found.needs.before:.0%}", f"{found.needs.after:.0%}"
        out.append(f"不采取措施的概率为{before}，全部采取为{every}。" if zh else f"Without measures the probability is {before}, with all of them {every}.")  # fmt: skip
    best = plan.attainable
    if plan.status == "infeasible":
        if best != best:
            out.append("规则相互矛盾，没有可行的组合。" if zh else "The rules contradict each other: no set keeps to them.")  # fmt: skip
        else:
            most = f"{best:.0%}" if found.needs is not None else f"{amount(max(best, 0.0))} µg/m³"
            what = ("概率最高为" if zh else "the highest probability is ") if found.needs is not None else ("最多下降" if zh else "the most that can be reached is ")  # fmt: skip
            out.append(f"达不到：{what}{most}。" if zh else f"Out of reach: {what}{most}.")
        lead = "限制在于：" if zh else "What binds: "
    else:
        lead = "使费用升高的：" if zh else "What makes it dearer: "
    whole = "达到最多的组合" if plan.status == "infeasible" else "费用最低的组合"
    en = "The set that reaches most" if plan.status == "infeasible" else "The least-cost set"
    if best == best:
        out.append(
            f"{whole}：{named}；每年{cost}，PM₂.₅下降{bring} µg/m³，CO₂减少{_kt(plan.co2, lang)}，达到的概率{plan.reached:.0%}。"
            if zh
            else f"{en}: {named}; {cost} a year, PM₂.₅ lower by {bring} µg/m³, CO₂ by {_kt(plan.co2, lang)}; it is reached in {plan.reached:.0%} of the draws."
        )
    if plan.status == "feasible":
        out.append(f"未证明是最低费用：最多再低{plan.gap:.1%}。" if zh else f"Not proved the cheapest: at most {plan.gap:.1%} less would do.")  # fmt: skip
    if plan.binding:
        out.append(lead + ("；" if zh else "; ").join(spoken(b, lang) for b in plan.binding) + ("。" if zh else "."))  # fmt: skip
    return out


def _named(found: Optimum, key: str, lang: Language) -> str:
    """Name of a measure with its id."""
    name = found.names.get(key, ("", ""))[0 if lang == "zh" else 1]
    if not name or name == key:
        return key
    return f"{name}（{key}）" if lang == "zh" else f"{name} ({key})"


def _kt(tonnes: float, lang: Language) -> str:
    return f"{amount(tonnes / 1e3)}{'千吨/年' if lang == 'zh' else ' kt a year'}"


def ranking(found: Optimum, lang: Language) -> tuple[list[str], list[list[Any]]]:
    """Measures by what 1 µg/m³ costs with them; ties share a rank."""
    zh = lang == "zh"
    head = ["名次", "措施", "年费用", "PM₂.₅下降（µg/m³）", "每µg/m³每年（百万元）"] if zh else ["Rank", "Measure", "Cost a year", "PM₂.₅ lower by, µg/m³", "Million yuan a year for 1 µg/m³"]  # fmt: skip
    rows = []
    shared = found.ranking["rank"].value_counts()
    for row in found.ranking.to_dict("records"):
        rank = (
            f"{row['rank']}{'（并列）' if zh else ' (tie)'}" if shared[row["rank"]] > 1 else str(row["rank"])
        )
        low, middle, high = price = [row[k] / 1e6 for k in ("low", "middle", "high")]
        some = all(p < float("inf") for p in price)
        said = interval(low, middle, high) if some else ("区间含无效果" if zh else "it may bring nothing")
        rows.append(
            [
                rank,
                _named(found, str(row["measure_id"]), lang),
                number_of(float(row["cost"]), lang),
                amount(row["effect"]),
                said,
            ]
        )
    return head, rows


def front(found: Optimum, lang: Language) -> tuple[list[str], list[list[Any]]]:
    """Sets than which no other is better in cost, PM2.5 and CO2, dearer last."""
    zh = lang == "zh"
    head = ["年费用", "PM₂.₅下降（µg/m³）", "CO₂减少（千吨/年）", "与下一组合", "措施"] if zh else ["Cost a year", "PM₂.₅ lower by, µg/m³", "CO₂ cut, kt a year", "Next set", "Measures"]  # fmt: skip
    rows = []
    last = len(found.front) - 1
    for at, row in enumerate(found.front.to_dict("records")):
        tied = ("区间重叠" if zh else "overlaps") if row["tied"] else ("分得开" if zh else "apart")
        named = ("、" if zh else ", ").join(_named(found, c, lang) for c in row["measures"].split()) or (
            "无" if zh else "none"
        )
        rows.append([number_of(float(row["cost"]), lang), interval(row["low"], row["middle"], row["high"]), amount(row["co2"] / 1e3), tied if at < last else "–", named])  # fmt: skip
    return head, rows


def parts(found: Optimum, lang: Language) -> list[Any]:
    """The answer on a page: sentences, figure, ranking, sets, notes."""
    zh = lang == "zh"
    said = [f"<p><strong>{escape(title(found, lang))}</strong></p>"]
    said += [f"<p>{escape(s)}</p>" for s in sentences(found, lang)]
    drawn = basis.front(found.front, lang, found.simulated)
    note = (
        "按达到1 µg/m³的费用排序；区间重叠的并列。" if zh else "By what 1 µg/m³ costs; measures whose intervals overlap share a rank."
    )  # fmt: skip
    ranked = table(*ranking(found, lang), "各项措施" if zh else "Measures", note, left=(0, 1))
    sets = details("各组合" if zh else "The sets", table(*front(found, lang), left=(3, 4)))
    notes = Html(f"<ul>{items(spoken(n, lang) for n in found.notes)}</ul>")
    head = f"说明（{len(found.notes)}）" if zh else f"Notes ({len(found.notes)})"
    return [Html("".join(said)), drawn, ranked, sets, details(head, notes)]

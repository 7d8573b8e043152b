"""Measures done against plan as a page shows them: sentences, a figure, tables of tonnes, of the largest and of the late.

Examples
--------
>>> document_name("plan-15fyp", "en"), document_name("own-2027", "zh")
('plan 2026–2030', 'own-2027')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
from IPython.display import Markdown

from airq import places
from airq.figures import labels, measures_progress
from airq.figures.inventory_words import group_name, interval, symbol
from airq.figures.labels import Language, pick
from airq.figures.measures_progress import state_name
from airq.reports import tables
from airq.reports.sections._contract import Part
from airq.reports.sections._linked import Linked, joined, sentence
from airq.reports.sections.measures import POLLUTANTS, STATES
from airq.reports.text_sources import document_name

__all__ = ["document_name", "parts"]

_OWN: Final = Linked("measures")
_QUANTILES: Final = ("p50", "p5", "p95")
_LARGEST: Final = 10
_LATE: Final = 40
"""Rows of the tables of the largest and of the late measures."""
_RECENT: Final = 3
"""Years before the report's within which a late measure is recent."""

_UNITS: Final = {
    "座": "plants", "个": "items", "台": "units", "家": "enterprises", "辆": "vehicles", "条": "lines", "户": "homes",
    "项": "items", "处": "sites", "万户": "10,000 homes",
}  # fmt: skip
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("措施进展", "Measures done against plan"),
    "state": (
        "截至{day}，措施清单中{place}的减排措施共{n}项：{states}。",
        "As of {day} the register holds for {place} {n}: {states}.",
    ),
    "late": (
        "逾期：规划的期限已过而清单中没有完成的记录，不等于没有实施；请核实后在清单中更新状态。",
        "Late: the date of the plan has passed and the register shows no completion, which is not to say that nothing was done; check and update the register.",
    ),
    "late_recent": ("逾期的{n}项中，期限在{year}年及以后的有{k}项。", "Of the {n} late ones {k} were due in {year} or later."),
    "tonnes": (
        "{state}的措施每年削减PM₂.₅ {pm25}吨、SO₂ {so2}吨、NOₓ {nox}吨（中位数和第5—95百分位，完全生效后；{n}项措施中{have}项有吨数）。",
        "The measures that are {state} cut PM₂.₅ {pm25}, SO₂ {so2} and NOₓ {nox} t a year (median and p5–p95, in full effect; measures with tonnes: {have} of {n}).",
    ),
    "no_tonnes": (
        "{state}的措施没有一项能算出吨数：文件没有给出数量，或没有有来源的排放因子。",
        "None of the measures that are {state} has tonnes: documents state no amount, or no factor has a source.",
    ),
    "growth": ("另有{n}项为产能或活动的增长，不是减排措施，没有计入。", "{n} further entries are growth of capacity or activity, no measures, and are not counted."),
    "left_out": (
        "{n}条记录包含在其他措施之中，或与其矛盾而未采用，没有重复计数。",
        "{n} of the records are contained in other measures or decided against, and not counted twice.",
    ),
    "wide": (
        "{names}范围的{n}项措施没有分到各地，不在本页，见该范围的报告。",
        "{n} measures of {names} as a whole are not split and stand in the report of that area.",
    ),
    "tonnes_table": ("各状态的年削减量（吨，中位数[第5—95百分位]）", "Tonnes cut a year by state (median [p5–p95])"),
    "tonnes_note": (
        "完全生效后的年削减量，逐次抽样求和（{draws}次）；替代能源或置换产能未知的为毛削减，净削减更小。各状态的中位数不能相加。",
        "Cut a year in full effect, summed draw by draw ({draws} draws); gross where what takes the place of the emission is not known, so that the net cut is smaller. Medians of the states do not add.",
    ),
    "largest": ("削减PM₂.₅最多的措施", "Measures that cut most PM₂.₅"),
    "largest_note": (
        "标记为所用排放因子和活动水平的依据：[C]见原文，[D]由原文推算，[B]背景知识，[M]实测或模型；可信度1（弱）至5（确）为文件表述的明确程度；*为毛削减。",
        "Marks are those of the factors and activities used: [C] source seen, [D] derived from it, [B] background knowledge, [M] measured or modelled. Confidence 1 (weak) to 5 (sure) is how clearly the document states it; * gross.",
    ),
    "late_table": ("逾期未见完成的措施（{n}项）", "Measures that are late ({n})"),
    "late_more": ("仅列期限最近的{k}项，其余{m}项见数据文件。", "The {k} with the latest dates; {m} more are in the data file."),
}  # fmt: skip
_HEADS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "tonnes": {"zh": ("状态", "措施", "有吨数"), "en": ("State", "Measures", "With tonnes")},
    "largest": {
        "zh": ("措施", "地区", "状态", "PM₂.₅（吨/年）", "来源", "可信度", "标记"),
        "en": ("Measure", "Place", "State", "PM₂.₅, t a year", "Source", "Confidence", "Mark"),
    },
    "late": {
        "zh": ("措施", "地区", "类别", "数量", "期限", "来源", "可信度"),
        "en": ("Measure", "Place", "Category", "Amount", "Due", "Source", "Confidence"),
    },
}  # fmt: skip


def _word(key: str, lang: Language, **values: object) -> str:
    return pick(_WORDS[key], lang, **values)


def _said(key: str, lang: Language, **values: object) -> tables.Inline:
    return sentence(_WORDS[key], lang, **values)


def _source(row: Mapping[str, Any], lang: Language) -> str:
    name = document_name(row["document"] or "", lang)
    return f"{name}，{row['section']}" if lang == "zh" and row["section"] else name


def _name(row: Mapping[str, Any], lang: Language) -> str:
    return str((row["name_zh"] if lang == "zh" else row["name_en"]) or row["name_zh"] or row["measure_id"])


def _place(place: str, lang: Language) -> str:
    found = places.find(place)
    return place if found is None else found.name(lang)


def _amount(row: Mapping[str, Any], lang: Language) -> str:
    if row["count"] is None:
        return "–"
    unit = row["count_unit"] or ""
    number = f"{row['count']:,.0f}"
    return f"{number}{unit}" if lang == "zh" else f"{number} {_UNITS.get(unit, unit)}".strip()


def _sure(row: Mapping[str, Any]) -> str:
    return "–" if row["confidence"] is None else f"{float(row['confidence']):g}"


def parts(data: dict[str, Any], lang: Language) -> list[Part]:
    """Heading, sentences, figure, tables.

    Parameters
    ----------
    data : dict
        Of :func:`airq.reports.sections.measures.compute`.
    lang : {"zh", "en"}
    """
    out: list[Part] = [Markdown(f"## {_word('title', lang)}"), tables.paragraphs(sentences(data, lang))]
    if data["rows"]:
        frame = pd.DataFrame(data["rows"])[["category", "state"]]
        out.append(measures_progress.progress(frame, lang, _place(data["place"], lang)))
    if any(data["tonnes"].values()):
        out += [_tonnes_table(data, lang), _largest_table(data["rows"], lang)]
    late = [r for r in data["rows"] if r["state"] == "late"]
    if late:
        table = _late_table(late, lang)
        out.append(tables.details(_word("late_table", lang, n=len(late)), table))
    return out


def sentences(data: dict[str, Any], lang: Language) -> list[object]:
    """What stands where, what the done and the late ones are worth, what is not counted."""
    zh = lang == "zh"
    day = pd.Timestamp(data["asof"])
    when = f"{day.year}年{labels.day(day, 'zh')}" if zh else f"{labels.day(day, 'en')} {day.year}"
    counts = {s: data["counts"][s]["measures"] for s in STATES}
    listed = [_counted(n, s, lang) for s, n in counts.items() if n]
    states = joined(listed, "，" if zh else ", ") if listed else ("无" if zh else "none")
    whole = _number(sum(counts.values()), lang)
    place = _place(data["place"], lang)
    said: list[object] = [_said("state", lang, day=when, place=place, n=whole, states=states)]
    if counts["late"]:
        year = day.year - _RECENT
        recent = sum(r["state"] == "late" and r["end"][:4] >= str(year) for r in data["rows"])
        more = _word("late_recent", lang, n=counts["late"], year=year, k=recent)
        said.append(_word("late", lang) + ("" if zh else " ") + more)
    said += [_worth(data, s, lang) for s in ("done", "late") if counts[s]]
    said += [_said(k, lang, n=_OWN.number(data[k], k)) for k in ("growth", "left_out") if data[k]]
    if data["wide"]["measures"]:
        names = ("、" if zh else ", ").join(_place(p, lang) for p in data["wide"]["places"])
        said.append(
            _said("wide", lang, names=names, n=_OWN.number(data["wide"]["measures"], "wide", "measures"))
        )
    return said


def _counted(n: int, state: str, lang: Language) -> tables.Inline:
    name, number = state_name(state, lang), _OWN.number(n, "counts", state, "measures")
    return joined([name, number, "项"], "") if lang == "zh" else joined([number, name], " ")


def _number(n: int, lang: Language) -> str:
    return str(n) if lang == "zh" else f"{n} measure{'' if n == 1 else 's'}"


def _tons(found: Mapping[str, float] | None, *path: object, tail: str = "") -> tables.Inline:
    """Median and interval, each number with its row; a dash where there is none."""
    text = "–" if not found else interval(found["p5"], found["p50"], found["p95"])
    return _OWN.interval(text + tail, _QUANTILES, *path)


def _worth(data: dict[str, Any], state: str, lang: Language) -> object:
    found, name = data["tonnes"][state], state_name(state, lang)
    if not found:
        return _word("no_tonnes", lang, state=name)
    values = {k.lower(): _tons(found.get(k), "tonnes", state, k) for k in ("PM25", "SO2", "NOx")}
    count = {
        k: _OWN.number(data["counts"][state][n], "counts", state, n)
        for k, n in (("n", "measures"), ("have", "with_tonnes"))
    }
    return _said("tonnes", lang, state=name, **count, **values)


def _tonnes_table(data: dict[str, Any], lang: Language) -> tables.Html:
    shown = [p for p in POLLUTANTS if any(p in data["tonnes"][s] for s in STATES)]
    head = [*_HEADS["tonnes"][lang], *(symbol(p) for p in shown)]
    rows = []
    for state in STATES:
        count = data["counts"][state]
        if count["measures"]:
            numbers = [_OWN.number(count[n], "counts", state, n) for n in ("measures", "with_tonnes")]
            cells = [_tons(data["tonnes"][state].get(p), "tonnes", state, p) for p in shown]
            rows.append([state_name(state, lang), *numbers, *cells])
    return tables.table(
        head, rows, _word("tonnes_table", lang), _word("tonnes_note", lang, draws=f"{data['draws']:,}")
    )


def _largest_table(found: Sequence[dict[str, Any]], lang: Language) -> tables.Html:
    have = [(i, r) for i, r in enumerate(found) if "PM25" in r["tonnes"]]
    have.sort(key=lambda one: -one[1]["tonnes"]["PM25"]["p50"])
    rows = [
        [
            _name(r, lang),
            _place(r["place"], lang),
            state_name(r["state"], lang),
            _tons(r["tonnes"]["PM25"], "rows", i, "tonnes", "PM25", tail="*" if r["gross"] else ""),
            _source(r, lang),
            _sure(r),
            " ".join(r["marks"]),
        ]
        for i, r in have[:_LARGEST]
    ]
    return tables.table(_HEADS["largest"][lang], rows, _word("largest", lang), _word("largest_note", lang), left=(0, 1, 2, 4, 6))  # fmt: skip


def _late_table(late: list[dict[str, Any]], lang: Language) -> tables.Html:
    ordered = sorted(late, key=lambda r: (r["end"] or "", r["confidence"] or 0), reverse=True)
    rows = [
        [
            _name(r, lang),
            _place(r["place"], lang),
            group_name(r["category"], "category", lang),
            _amount(r, lang),
            r["end"],
            _source(r, lang),
            _sure(r),
        ]
        for r in ordered[:_LATE]
    ]
    more = len(late) - len(rows)
    note = _word("late_more", lang, k=len(rows), m=more) if more else ""
    return tables.table(_HEADS["late"][lang], rows, note=note, left=(0, 1, 2, 5))

"""The page that joins the reports of a period: a row a place, key figures, links."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from airq import places
from airq.analysis.period import Period
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import numbers, text
from airq.reports.html import PageInfo, message_page
from airq.reports.names import file_name, index_name, page_name
from airq.reports.numbers import plain
from airq.reports.tables import Html, table

__all__ = [
    "KEYS",
    "figures_of",
    "file_name",
    "index_name",
    "index_page",
    "index_title",
    "page_name",
    "remark",
]

KEYS = ("days_valid", "good_days", "good_ratio", "heavy_days", "mean_pm25", "composite")
"""Figures of the table, under each standard."""


def index_title(period: Period, lang: Language) -> str:
    """Title of the index."""
    when = labels.period(period, lang)
    return f"{when}环境空气质量报告目录" if lang == "zh" else f"Air quality reports, {when}"


_FORMATS = {
    "docx": "Word",
    "pdf": "PDF",
    "xlsx": "Excel",
    "json": "JSON",
    "netcdf": "NetCDF",
    "ipynb": "ipynb",
}
"""Files that are one each; tables and figures are folders."""
_FOLDERS = {"csv": "CSV", "png": "PNG", "svg": "SVG"}


def _files_cell(row: dict[str, Any], lang: Language) -> Html:
    """Links to the further formats in the language of the index, else in the other."""
    files = row.get("files") or {}
    own: dict[str, list[str]] = files.get(lang) or next(iter(files.values()), {})
    links = []
    for kind, name in _FORMATS.items():
        links += [f'<a href="{escape(f)}">{name}</a>' for f in own.get(kind, ())[:1]]
    for kind, name in _FOLDERS.items():
        found = [f'<a href="{escape(f)}">{number}</a>' for number, f in enumerate(own.get(kind, ()), 1)]
        if found:
            links.append(f"<details><summary>{name}</summary>{' '.join(found)}</details>")
    return Html(" ".join(links) or numbers.DASH)


def _name_cell(row: dict[str, Any], lang: Language) -> Html:
    """Name of the place with links to its pages."""
    place = places.get(row["place"])
    name = escape(place.name(lang))
    links = [
        f'<a href="{page_name(row["place"], one)}">{name if one == lang else ("中文" if one == "zh" else "English")}</a>'
        for one in sorted(row["languages"], key=lambda one: one != lang)
    ]
    counties = all(m.kind == "county" for m in places.members(place.id))
    mean = labels.text("mean_of_counties" if counties else "mean_of_members", lang)
    return Html(" · ".join(links) + (f" ({escape(mean)})" if place.kind == "group" else ""))


def remark(result: Any, lang: Language) -> str:
    """Remark on a result: that of :func:`airq.reports.text.remark`, and of a group how many members have data.

    Parameters
    ----------
    result : CountyMonth
    lang : {"zh", "en"}

    Returns
    -------
    str
        Empty if all is well.
    """
    said = text.remark(result, lang)
    if not result.is_group or result.absence:
        return said
    with_data = sum(result.row(place=m) is not None for m in result.members)
    total = len(result.members)
    if with_data == total:
        return said
    if lang == "zh":
        own = f"{total}个{text.member(result, lang)}中{with_data}个有数据"
    else:
        verb = "has" if with_data == 1 else "have"
        own = f"{with_data} of {total} {text.member(result, lang, many=True)} {verb} data"
    return ("；" if lang == "zh" else "; ").join(s for s in (own, said) if s)


def _state(row: dict[str, Any], lang: Language) -> str:
    words = {
        "ok": ("", ""),
        "failed": ("未完成", "failed"),
        "stale": ("输入已变化，待更新", "inputs have changed, out of date"),
        "kept": ("未能更新，沿用上一版", "not updated, the last version stands"),
        "damaged": ("文件不完整，待重新生成", "a file is damaged, to be made anew"),
    }
    text = words[row["state"]][0 if lang == "zh" else 1]
    return text or str(row["remark"].get(lang, "")) or numbers.DASH


def _left_out(rows: Sequence[dict[str, Any]], lang: Language) -> list[str]:
    """Formats that were not made, each sentence once."""
    notes = [n for r in rows for n in (r.get("notes") or {}).get(lang, ())]
    moved = [r for r in rows if r.get("revisions")]
    out = list(dict.fromkeys(notes))
    if moved:
        names = ("、" if lang == "zh" else ", ").join(places.get(r["place"]).name(lang) for r in moved)
        out.append(
            f"与上一版相比有数字变化：{names}。"
            if lang == "zh"
            else f"Figures changed since the last version: {names}."
        )
    return out


def index_page(
    rows: Sequence[dict[str, Any]],
    period: Period,
    standards: Sequence[str],
    lang: Language,
    simulated: bool,
    links: Sequence[tuple[str, str]],
    footer: str,
) -> str:
    """HTML of the index.

    Parameters
    ----------
    rows : sequence of dict
        ``place``, ``languages``, ``state`` (``ok``, ``failed``, ``kept``, ``damaged``, ``stale``), ``figures`` (by standard, then by key:
        printed text), ``remark`` (by language), ``files`` (by language, then by format), ``notes`` (by language),
        ``revisions`` (how many figures moved).
    period : Period
    standards : sequence of str
    lang : {"zh", "en"}
    simulated : bool
    links, footer
        As in :class:`airq.reports.html.PageInfo`.

    Returns
    -------
    str
    """
    keys = {
        "days_valid": labels.text("valid_days", lang),
        "good_days": labels.text("good_days", lang),
        "good_ratio": labels.text("good_ratio", lang),
        "heavy_days": labels.text("heavy_days_short", lang),
        "mean_pm25": f"{labels.pollutant('pm25')} {labels.text('mean', lang)}",
        "composite": labels.text("index", lang),
    }
    heads = []
    for key, name in keys.items():
        unit = numbers.unit(key, lang)
        heads.append(f"{name} ({unit})" if unit else name)
    parts = []
    if simulated:
        words = (
            "模拟数据：全部数字来自模拟观测，不是监测结果。"
            if lang == "zh"
            else "Simulated data 模拟数据: no measurement."
        )
        parts.append(f'<div class="simulated">{escape(words)}</div>')
    for number, standard in enumerate(standards):
        filed = number == 0 and any(files for r in rows for files in (r.get("files") or {}).values())
        body = [
            [
                _name_cell(r, lang),
                *(r["figures"].get(standard, {}).get(k, numbers.DASH) for k in KEYS),
                _state(r, lang),
                *([_files_cell(r, lang)] if filed else ()),
            ]
            for r in rows
        ]
        header = [labels.text("place", lang), *heads, "备注" if lang == "zh" else "Remark"]
        if filed:
            header.append("下载" if lang == "zh" else "Files")
        groups = [i for i, r in enumerate(rows) if places.get(r["place"]).kind == "group"]
        left = (0, len(header) - 1, *([len(header) - 2] if filed else ()))
        parts.append(table(header, body, text.rule(standard, lang), left=left, strong=groups))
    note = (
        "昌吉州等组的一行是各县（市）或成员的算术平均，不是考核结果。“–”为无数据或不予统计。"
        if lang == "zh"
        else "The line of a group is the arithmetic mean of its counties or members and no assessment figure. A dash is no data or withheld."
    )
    parts.append(f'<p class="note">{escape(note)}</p>')
    for sentence in _left_out(rows, lang):
        parts.append(f'<p class="note">{escape(sentence)}</p>')
    page = message_page([], PageInfo(index_title(period, lang), lang, links, footer))
    return page.replace('<div class="notice"></div>', "".join(parts))


def figures_of(result: Any) -> dict[str, dict[str, str]]:
    """Printed key figures of a result, by standard.

    Parameters
    ----------
    result : CountyMonth

    Returns
    -------
    dict
    """
    out = {}
    for standard in result.standards:
        row = result.row(standard=standard)
        out[standard] = {key: plain(numbers.printed(row, key)) for key in KEYS}
    return out

"""The page ``<place>.rows.<lang>.html``: one row a number that the report prints, found by its id."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from airq.figures import labels
from airq.figures.labels import Language
from airq.reports.html import PageInfo, message_page, with_section
from airq.reports.provenance import anchor
from airq.reports.provenance_rows import Provenance, Row
from airq.reports.tables import pairs, paragraphs

__all__ = ["HEADS", "page", "value_text"]

HEADS: Final[dict[str, tuple[str, str]]] = {
    "printed": ("印发值", "Printed"),
    "values": ("未修约值", "Unrounded"),
    "unit": ("单位", "Unit"),
    "what": ("指标", "Indicator"),
    "place": ("地区", "Place"),
    "span": ("时段", "Span"),
    "standard": ("标准", "Standard"),
    "mask": ("数据", "Data"),
    "rule": ("算法", "Rule"),
    "basis": ("依据", "Basis"),
}
"""Columns of the rows, as titled."""

_LEAD: Final = (
    "报告中的每个数字对应下面一行：未修约值、算法及其依据、所用数据。标记：P 标准原文，C 二手引文，B 背景知识及把握程度，U 单一未证实来源，NF 未找到原文。",
    "Each number of the report has a row here: its unrounded value, the rule and what that rests on, the data used. Marks: "
    "P the standard's own text, C quoted, B background knowledge and how sure, U one unverified claim, NF not found.",
)
_TITLE: Final = ("数字来源", "Where the numbers come from")


def value_text(value: Any) -> str:
    """Unrounded value as text.

    Examples
    --------
    >>> value_text(30.25), value_text(12), value_text(float("nan")), value_text(0.1 + 0.2)
    ('30.25', '12', '–', '0.3')
    """
    if isinstance(value, float):
        return "–" if value != value else f"{value:.12g}"
    return str(value)


def _cell(row: Row, name: str) -> str:
    if name != "values":
        return escape(str(getattr(row, name)))
    parts = [f"{escape(k)} {value_text(v)}" if k else value_text(v) for k, v in row.values]
    return "; ".join(parts)


def _id(row: Row, name: str) -> str:
    """Full id of a row, in its first cell; the row itself has the short one."""
    return f' id="{escape(row.id)}"' if name == "printed" else ""


def _table(rows: Sequence[Row], lang: Language) -> str:
    kept = [k for k in HEADS if k in ("printed", "values", "what") or any(getattr(r, k) for r in rows)]
    head = "".join(f'<th class="t" scope="col">{labels.pick(HEADS[k], lang)}</th>' for k in kept)
    body = "".join(
        f'<tr id="{anchor(r.id)}">'
        + "".join(f'<td class="t"{_id(r, k)}>{_cell(r, k)}</td>' for k in kept)
        + "</tr>"
        for r in rows
    )
    return f'<div class="table rows"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def page(found: Provenance, info: PageInfo, report: str, simulated: bool) -> str:
    """Page of the rows of a report.

    Parameters
    ----------
    found : Provenance
    info : PageInfo
        Of the report.
    report : str
        File of the report, linked at the top.
    simulated : bool

    Returns
    -------
    str
        HTML with :data:`airq.reports.html.FONT_MARK` where the font goes.
    """
    lang = info.lang
    joint = "——" if lang == "zh" else ": "
    title = f"{labels.pick(_TITLE, lang)}{joint}{info.title}"
    empty = message_page([], PageInfo(title, lang, [(info.title, report)], info.footer))
    mark = paragraphs([labels.text("simulated", lang)], "simulated") if simulated else ""
    single = [
        r for r in found.rows if len(r.values) < 2
    ]  # apart, so that neither table is wider than it need be
    several = [r for r in found.rows if len(r.values) > 1]
    parts = [mark, paragraphs([labels.pick(_LEAD, lang)]), pairs(list(found.inputs))]
    parts += [_table(rows, lang) for rows in (single, several) if rows]
    return with_section(empty.replace('<div class="notice"></div>', ""), "".join(map(str, parts)))

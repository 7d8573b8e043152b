"""Pieces of Word's own markup, written as text: runs, paragraphs, fields, tables, cards.

python-docx walks a table anew for each cell, which takes seconds for the days of a year; a string takes none.

Examples
--------
>>> from airq.reports.blocks import text
>>> run(text("a<b", bold=True)[0])
'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">a&lt;b</w:t></w:r>'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from airq.figures.style import ink_on
from airq.reports.blocks import Cards, Pairs, Run, Table, Text, plain, text
from airq.reports.formats.tabular import fit, length

__all__ = ["cards", "field", "pairs", "paragraph", "run", "table"]

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARGIN: Final = 60  # left and right of a cell's words, twentieths of a point
_TOGETHER: Final = 12  # rows of a table that is kept on one page
_LINE: Final = '<w:{0} w:val="single" w:sz="{1}" w:space="0" w:color="{2}"/>'


def _escaped(words: str) -> str:
    """Words as XML holds them; control characters, which it cannot hold, are left out."""
    return escape(_FORBIDDEN.sub("", words))


def run(piece: Run, size: float = 0) -> str:
    """Words of one look.

    Parameters
    ----------
    piece : Run
    size : float
        Points; that of the style if 0.

    Returns
    -------
    str
    """
    look = "<w:b/>" if piece.bold else ""
    if piece.fill:
        look += f'<w:color w:val="{"000000" if ink_on(piece.fill) == "black" else "FFFFFF"}"/>'
    if size:
        look += f'<w:sz w:val="{round(2 * size)}"/><w:szCs w:val="{round(2 * size)}"/>'
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    lines = _escaped(piece.text).split("\n")
    inner = "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)
    return f"<w:r>{properties}{inner}</w:r>"


def field(instruction: str, shown: str) -> str:
    """A field that Word keeps up to date, with what it shows now."""
    return (
        f"<w:fldSimple w:instr={quoteattr(instruction)}><w:r><w:t>{_escaped(shown)}</w:t></w:r></w:fldSimple>"
    )


def paragraph(inner: str, style: str, align: str = "", keep: bool = False) -> str:
    """Paragraph of runs.

    Parameters
    ----------
    inner : str
        Markup.
    style : str
        Id of the style.
    align : {"", "left", "center", "right"}
    keep : bool
        On one page with the next.

    Returns
    -------
    str
    """
    look = f"<w:pStyle w:val={quoteattr(style)}/>"
    look += "<w:keepNext/>" if keep else ""
    look += f'<w:jc w:val="{align}"/>' if align else ""
    return f"<w:p><w:pPr>{look}</w:pPr>{inner}</w:p>"


def _columns(shares: Sequence[float], total: float) -> list[int]:
    """Widths of columns in twentieths of a point, together ``total`` mm."""
    whole = round(total / 25.4 * 1440)
    return [round(whole * share / sum(shares)) for share in shares]


def _borders(**sides: tuple[int, str]) -> str:
    return "".join(_LINE.format(side, size, colour) for side, (size, colour) in sides.items() if size)


def _cell(
    inner: str, width: int, span: int = 1, fill: str = "", borders: str = ""
) -> str:  # in the order of the schema
    look = f'<w:tcW w:w="{width}" w:type="dxa"/>'
    look += f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    look += f"<w:tcBorders>{borders}</w:tcBorders>" if borders else ""
    look += f'<w:shd w:val="clear" w:color="auto" w:fill="{fill.lstrip("#")}"/>' if fill else ""
    return f"<w:tc><w:tcPr>{look}</w:tcPr>{inner}</w:tc>"


def _frame(inner: str, columns: Sequence[int], about: str, borders: str) -> Any:
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in columns)
    said = f"<w:tblDescription w:val={quoteattr(_FORBIDDEN.sub('', about))}/>" if about else ""
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(columns)}" w:type="dxa"/><w:jc w:val="center"/>'
        f"<w:tblBorders>{borders}</w:tblBorders>"
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="{_MARGIN}" w:type="dxa"/>'
        f'<w:right w:w="{_MARGIN}" w:type="dxa"/>'
        f"</w:tblCellMar>{said}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{inner}</w:tbl>"
    )


def _sizes(columns: int, small: float) -> list[float]:
    """Points that a table's letters may have, larger first: fewer for many columns."""
    most = small if columns <= 7 else small - 1.5 if columns <= 10 else max(6.5, small - 3)
    return [most - 0.5 * k for k in range(9) if most - 0.5 * k >= 6]


def table(block: Table, style: str, total: float, small: float, about: str) -> Any:
    """Table with its header repeated on every page.

    Parameters
    ----------
    block : Table
    style : str
        Id of the style of cells.
    total : float
        Width in mm.
    small : float
        Points of the letters where columns are few.
    about : str
        Description for readers who cannot see it.

    Returns
    -------
    lxml element ``w:tbl``
    """
    count = block.columns
    size, shares = fit(
        [block.header, *block.rows], count, total / 25.4 * 72, _sizes(count, small), 2 * _MARGIN / 20
    )
    size = 0 if size == small else size
    columns = _columns(shares, total)
    together = len(block.rows) <= _TOGETHER
    heavy, light = (12, "000000"), (4, "000000")

    def line(cells: Sequence[Text], head: bool, strong: bool, last: bool, keep: bool) -> str:
        out = []
        for i in range(count):
            words = cells[i] if i < len(cells) else ()
            bold = tuple(Run(r.text, r.ref, True, r.fill) for r in words) if head or strong else words
            inner = "".join(run(r, size) for r in bold)
            align = "left" if i in block.left else "center" if head else "right"
            fill = next((r.fill for r in words if r.fill), "")
            edges = _borders(bottom=light if last and head else (0, ""), top=light if strong else (0, ""))
            out.append(_cell(paragraph(inner, style, align, keep), columns[i], 1, fill, edges))
        repeat = "<w:tblHeader/>" if head else ""
        return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(out)}</w:tr>"

    lines = []
    if block.groups:
        over, first = [], 0
        for words, span in block.groups:
            inner = "".join(run(r, size) for r in text(words, bold=True))
            edges = _borders(bottom=light if words else (0, ""))
            width = sum(columns[first : first + span])
            over.append(_cell(paragraph(inner, style, "center", True), width, span, "", edges))
            first += span
        if first < count:
            over.append(_cell(paragraph("", style), sum(columns[first:]), count - first))
        lines.append(f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{''.join(over)}</w:tr>")
    if block.header:
        lines.append(line(block.header, True, False, True, True))
    ends = len(block.rows) - (0 if block.note else 1)  # the last row is held to the note below it
    lines += [
        line(row, False, i in block.strong, False, together and i < ends) for i, row in enumerate(block.rows)
    ]
    inside = _LINE.format("insideH", 2, "D0D4D9")
    borders = _borders(top=heavy) + _borders(bottom=heavy) + inside
    return _frame("".join(lines), columns, about, borders)


def pairs(block: Pairs, style: str, total: float) -> Any:
    """Names and what they stand for, in two columns without lines."""
    longest = max((length(plain(k)) for k, _ in block.rows), default=4)
    whole = round(total / 25.4 * 1440)
    left = min(whole // 3, round((longest + 3) * 110))
    columns = [left, whole - left]
    lines = []
    for name, words in block.rows:
        bold = "".join(run(Run(r.text, r.ref, True)) for r in name)
        cells = _cell(paragraph(bold, style, "left"), columns[0])
        cells += _cell(paragraph("".join(map(run, words)), style, "left"), columns[1])
        lines.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    return _frame("".join(lines), columns, "", "")


def cards(block: Cards, style: str, total: float, small: float, across: int = 5) -> Any:
    """Key figures side by side, as cells."""
    across = min(across, max(1, len(block.cards)))
    width = round(total / 25.4 * 1440 / across)
    lines = []
    for first in range(0, len(block.cards), across):
        cells = []
        for card in block.cards[first : first + across]:
            inner = paragraph(run(Run(card.title, bold=True)), style, "left")
            for kind, words in card.lines:
                size = small + 4 if kind == "big" else small - 2
                pieces = [Run(r.text, r.ref, kind == "big" or r.bold) for r in words]
                inner += paragraph("".join(run(r, size) for r in pieces), style, "left")
            cells.append(_cell(inner, width))
        cells += [_cell(paragraph("", style), width)] * (across - len(cells))
        lines.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
    rule = (4, "8090A0")
    borders = "".join(
        _LINE.format(side, *rule) for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return _frame("".join(lines), [width] * across, "", borders)

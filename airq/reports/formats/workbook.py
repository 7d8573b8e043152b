"""Workbook: a sheet of particulars, one of the text, one a table with numbers as numbers, one of the rows the numbers come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from airq.figures import labels
from airq.figures.style import ink_on
from airq.reports.blocks import (
    Cards,
    Figure,
    Heading,
    Items,
    Pairs,
    Paragraphs,
    Table,
    Text,
    plain,
    walk,
)
from airq.reports.document import Document
from airq.reports.formats.letters import printed_number
from airq.reports.formats.spreadsheets import header
from airq.reports.formats.tabular import length
from airq.reports.provenance_page import HEADS
from airq.reports.provenance_rows import Provenance

__all__ = ["sheet_name", "write"]

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_WIDEST: Final = 60
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_OPENED: Final = re.compile(r"[（(][^）)]*$")
"""A bracket that the cut left open."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def sheet_name(words: str, taken: Iterable[str] = ()) -> str:
    """Name that a workbook takes: at most 31 characters, no brackets, colons or slashes, not used twice.

    Examples
    --------
    >>> sheet_name("表1 PM₂.₅/PM₁₀: 比较"), sheet_name("a" * 40, ["a" * 31])
    ('表1 PM₂.₅ PM₁₀  比较', 'aaaaaaaaaaaaaaaaaaaaaaaaaaa (2)')
    >>> sheet_name("表1 主要指标，2026年10月，GB 3095—2026（过渡阶段）")
    '表1 主要指标，2026年10月，GB 3095—2026'
    """
    name = _FORBIDDEN.sub(" ", words).strip("' ")[:31]
    name = _OPENED.sub("", name).strip() or "sheet"
    used = {t.lower() for t in taken}
    number = 2
    stem = name
    while name.lower() in used:
        name = f"{stem[:27]} ({number})"
        number += 1
    return name


class _Book:
    """A workbook that is written once from the top, which is several times faster than one that can be changed."""

    def __init__(self) -> None:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        self.book = Workbook(write_only=True)
        self.cell_class = WriteOnlyCell
        self.bold = Font(bold=True)
        self.mark = Font(bold=True, color="B00020")
        self.link = Font(color="1F5A94")
        self.head_fill = PatternFill("solid", fgColor="F0F3F6")
        self.right = Alignment(horizontal="right", vertical="top")
        self.wrap = Alignment(wrap_text=True, vertical="top")
        self.centre = Alignment(horizontal="center", vertical="bottom", wrap_text=True)
        self.line = Border(bottom=Side("thin", color="5C6773"))
        self.fill_class, self.font_class = PatternFill, Font
        self.fills: dict[str, tuple[Any, Any]] = {}

    def sheet(self, name: str, widths: Sequence[float], frozen: str = "") -> Any:
        from openpyxl.utils import get_column_letter

        sheet = self.book.create_sheet(sheet_name(name, self.book.sheetnames))
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = min(_WIDEST, max(8.0, width + 2))
        if frozen:
            sheet.freeze_panes = frozen
        sheet.sheet_view.showGridLines = False
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        return sheet

    def text(self, sheet: Any, words: str, **look: Any) -> Any:
        """Cell of words, never a formula."""
        cell = self.cell_class(sheet, value=_CONTROL.sub("", words))
        if words:
            cell.data_type = "s"
        for name, value in look.items():
            setattr(cell, name, value)
        return cell

    def words(self, sheet: Any, words: Text, strong: bool) -> Any:
        """Cell of a table: a number where it prints one."""
        said = plain(words)
        number = printed_number(said)
        if number is not None:
            cell = self.cell_class(sheet, value=number.value)
            cell.number_format = number.form
        elif _DAY.fullmatch(said) and (day := _date(said)) is not None:
            cell = self.cell_class(sheet, value=day)
            cell.number_format = "yyyy-mm-dd"
        elif not said:
            return None
        else:
            cell = self.text(sheet, said)
        if strong:
            cell.font = self.bold
        if fill := next((r.fill for r in words if r.fill), ""):
            cell.fill, cell.font = self._filled(fill)
        return cell

    def _filled(self, colour: str) -> tuple[Any, Any]:
        if colour not in self.fills:
            ink = "000000" if ink_on(colour) == "black" else "FFFFFF"
            self.fills[colour] = (
                self.fill_class("solid", fgColor=colour.lstrip("#")),
                self.font_class(color=ink),
            )
        return self.fills[colour]


def _date(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _widths(table: Table) -> list[float]:
    """Letters that each column needs; a Chinese one takes two."""
    heads = header(table)
    out = []
    for i in range(table.columns):
        body = [length(plain(row[i])) for row in table.rows if i < len(row)]
        out.append(max([*body, min(length(heads[i]), 16), 6]))
    return out


def _add_table(book: _Book, document: Document, table: Table) -> None:
    named = document.named(table)
    zh = document.lang == "zh"
    sheet = book.sheet(f"{'表' if zh else 'Table '}{named.number} {document.words_of_caption(table)}", _widths(table), "B4" if document.mark else "B3")  # fmt: skip
    sheet.append([book.text(sheet, document.caption(table), font=book.bold)])
    if document.mark:
        sheet.append([book.text(sheet, document.mark, font=book.mark)])
    look = {"font": book.bold, "fill": book.head_fill, "border": book.line, "alignment": book.centre}
    heads = header(table)
    sheet.append([book.text(sheet, h, **look) for h in heads])
    sheet.print_title_rows = "1:3" if document.mark else "1:2"
    for number, row in enumerate(table.rows):
        sheet.append([book.words(sheet, words, number in table.strong) for words in row])
    if table.note:
        sheet.append([])
        sheet.append([book.text(sheet, table.note)])


def _add_about(book: _Book, document: Document, organisation: str) -> None:
    """First sheet: title, mark, what the sheets hold."""
    zh = document.lang == "zh"
    sheet = book.sheet("说明" if zh else "About", [12, 60])
    sheet.append([book.text(sheet, document.title, font=book.bold)])
    if document.mark:
        sheet.append([book.text(sheet, document.mark, font=book.mark)])
    for words in filter(None, (organisation, document.footer)):
        sheet.append([book.text(sheet, words)])
    sheet.append([])
    for named in document.tables:
        word = f"{'表' if zh else 'Table'} {named.number}"
        sheet.append([book.text(sheet, word), book.text(sheet, document.words_of_caption(named.block))])


def _add_text(book: _Book, document: Document) -> None:
    """Second sheet: what the report says beside its tables."""
    zh = document.lang == "zh"
    sheet = book.sheet("正文" if zh else "Text", [30, 60])
    for block in walk(document.blocks):
        match block:
            case Heading():
                sheet.append([])
                sheet.append([book.text(sheet, block.text, font=book.bold)])
            case Paragraphs() | Items():
                for words in block.texts:
                    sheet.append([book.text(sheet, plain(words))])
            case Pairs():
                for name, words in block.rows:
                    sheet.append([book.words(sheet, name, False), book.words(sheet, words, False)])
            case Cards():
                for card in block.cards:
                    line = [book.words(sheet, t, kind == "big") for kind, t in card.lines]
                    sheet.append([book.text(sheet, card.title, font=book.bold), *line])
            case Figure():
                sheet.append([book.text(sheet, document.caption(block))])


def _add_rows(book: _Book, document: Document, found: Provenance) -> None:
    """Last sheet: where the numbers come from, unrounded."""
    lang = document.lang
    heads = {k: labels.pick(v, lang) for k, v in HEADS.items()}
    widths = [14, 18, 10, 30, 12, 20, 26, 14, 34, 30, 40]
    sheet = book.sheet("数字来源" if lang == "zh" else "Rows", widths, "A2")
    sheet.append([book.text(sheet, h, font=book.bold) for h in (*heads.values(), "id")])
    for row in found.rows:
        for name, value in row.values or (("", ""),):
            what = f"{row.what} {name}".strip()
            known = {"printed": row.printed, "what": what} | {
                k: getattr(row, k) for k in HEADS if k not in ("printed", "values", "what")
            }
            missing = isinstance(value, float) and value != value
            line: list[Any] = [
                None if missing else value if k == "values" else known[k] or None for k in HEADS
            ]
            sheet.append([*(_safe(v) for v in line), row.id])
    sheet.append([])
    for key, words in found.inputs:
        sheet.append([_safe(key), _safe(words)])


def _safe(value: Any) -> Any:
    """Value of a plain cell; a text that begins like a formula gets the apostrophe that hides it."""
    if isinstance(value, str):
        value = _CONTROL.sub("", value)
        return (
            f"'{value}"
            if value[:1] in ("=", "+", "@") and printed_number(value) is None
            else value.replace("\n", " ")
        )
    return value.item() if hasattr(value, "item") else value


def write(document: Document, path: Path, found: Provenance, organisation: str = "") -> None:
    """Write the workbook of a document.

    Parameters
    ----------
    document : Document
    path : pathlib.Path
    found : Provenance
        Rows of the last sheet, left out if there are none.
    organisation : str
    """
    book = _Book()
    book.book.properties.title = document.title
    book.book.properties.creator = organisation or "airq"
    _add_about(book, document, organisation)
    _add_text(book, document)
    for named in document.tables:
        _add_table(book, document, named.block)
    if found.rows:
        _add_rows(book, document, found)
    book.book.save(path)

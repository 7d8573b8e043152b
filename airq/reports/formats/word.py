"""Word in the official style: headings, paragraphs, tables with repeated heads, figures with descriptions, page numbers.

Examples
--------
>>> from airq.reports.html import PageInfo
>>> from nbformat.v4 import new_markdown_cell, new_notebook
>>> page = Document.from_notebook(new_notebook(cells=[new_markdown_cell("## 优良天数")]), PageInfo("月报", "zh", [], ""))
>>> [p.text for p in build(page).paragraphs]
['月报', '一、优良天数']
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import docx
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Mm

from airq.figures.labels import LANGUAGES, Language
from airq.reports.blocks import (
    Block,
    Cards,
    Details,
    Figure,
    Heading,
    Items,
    Pairs,
    Paragraphs,
    Run,
    Table,
    Text,
)
from airq.reports.document import Document
from airq.reports.formats import word_parts as parts
from airq.reports.formats.letters import numeral
from airq.reports.formats.tabular import png_size
from airq.reports.formats.word_look import (
    CARD,
    CELL,
    NOTE,
    NOTICE,
    SIMULATED,
    look,
    set_page,
    set_styles,
)

__all__ = ["about", "build", "fill", "mark_pages", "warm", "write"]

_STYLES: Final = {
    "plain": "Normal",
    "lead": "Normal",
    "notice": NOTICE,
    "note": NOTE,
    "simulated": SIMULATED,
    "failed": NOTICE,
}
_PIXEL: Final = 9525  # English Metric Units in a CSS pixel


class _Writer:
    """Writes blocks at the end of a Word document."""

    def __init__(self, word: WordDocument, document: Document) -> None:
        self.word, self.document = word, document
        self.form = look(document.lang)
        section = word.sections[-1]
        room = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
        self.width = min(self.form.width, Emu(room).mm) if room > 0 else self.form.width
        self.headings = 0
        self.ids = {style.name: str(style.style_id) for style in word.styles}
        self.end = word.element.body.find(qn("w:sectPr"))

    def add(self, element: Any) -> None:
        """Put an element before the page's settings, which stand last."""
        if self.end is None:
            self.word.element.body.append(element)
        else:
            self.end.addprevious(element)

    def style(self, name: str) -> str:
        """Id of a style."""
        return self.ids[name]

    def paragraph(self, words: Text, style: str, before: str = "", **look: Any) -> None:
        """One paragraph of words."""
        inner = before + "".join(parts.run(r) for r in words)
        xml = parts.paragraph(inner, self.style(style), **look)
        self.add(parse_xml(xml.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)))

    def blocks(self, blocks: Sequence[Block], depth: int = 0) -> None:
        """Every block in reading order."""
        for block in blocks:
            self.block(block, depth)

    def block(self, block: Block, depth: int) -> None:
        """One block."""
        match block:
            case Heading():
                self.heading(block.text, block.level + depth)
            case Paragraphs():
                for words in block.texts:
                    bold = tuple(Run(r.text, r.ref, True) for r in words)
                    self.paragraph(bold if block.style == "lead" else words, _STYLES[block.style])
            case Items():
                for number, words in enumerate(block.texts, 1):
                    lead = f"{number}. " if block.ordered else "• "
                    self.paragraph((Run(lead), *words), NOTE if block.style == "note" else "Normal")
            case Pairs():
                self.add(parts.pairs(block, self.style(CELL), self.width))
                self.gap()
            case Cards():
                self.add(parts.cards(block, self.style(CARD), self.width, self.form.small.size))
                self.gap()
            case Table():
                self.table(block)
            case Figure():
                self.figure(block)
            case Details():
                self.heading(block.summary, 3)
                self.blocks(block.blocks, 1)

    def heading(self, words: str, level: int) -> None:
        """Heading; those of the first level are counted, as GB/T 9704 counts them."""
        if level <= 2:
            self.headings += 1
            words = numeral(self.headings, self.document.lang) + words
        self.paragraph((Run(words),), f"Heading {min(3, max(1, level - 1))}", keep=True)

    def gap(self) -> None:
        """A thin line of nothing, so that two tables stay two."""
        self.paragraph((), NOTE)

    def caption(self, block: Table | Figure, keep: bool) -> None:
        """Caption whose number is a field, so that Word lists and refers to it."""
        said = self.document.caption(block)
        number = str(self.document.named(block).number)
        word = said.split(" ", 1)[0]
        rest = said[len(word) + 1 + len(number) :]
        inner = parts.run(Run(f"{word} ")) + parts.field(f" SEQ {word} \\* ARABIC ", number)
        self.paragraph((Run(rest),), "Caption", inner, keep=keep)

    def table(self, block: Table) -> None:
        """Caption, table, note."""
        if not block.columns:
            return
        self.caption(block, keep=True)
        about = self.document.caption(block)
        self.add(parts.table(block, self.style(CELL), self.width, self.form.small.size, about))
        self.paragraph((Run(block.note),) if block.note else (), NOTE)

    def figure(self, block: Figure) -> None:
        """Picture with its description, then the caption."""
        if not block.png:
            return
        size = png_size(block.png)
        width = min((block.width or size[0]) * _PIXEL, Mm(self.width))
        height = min(round(width * size[1] / size[0]), Mm(215))
        inline = self.word.part.new_pic_inline(
            io.BytesIO(block.png), Emu(round(height * size[0] / size[1])), Emu(height)
        )
        for side in ("distT", "distB", "distL", "distR"):
            inline.set(side, "0")  # LibreOffice takes an eighth of an inch where none is said
        inline.docPr.set("descr", block.alt or block.caption)
        inline.docPr.set("name", self.document.named(block).name)
        held = parse_xml(
            f'<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val="{self.style(CELL)}"/><w:keepNext/><w:jc w:val="center"/>'
            "</w:pPr><w:r/></w:p>"
        )
        drawing = parse_xml(f"<w:drawing {nsdecls('w')}/>")
        drawing.append(inline)
        held.find(qn("w:r")).append(drawing)
        self.add(held)
        self.caption(block, keep=False)


def fill(word: WordDocument, document: Document) -> None:
    """Write the blocks of a document at the end of a Word document that has the styles."""
    writer = _Writer(word, document)
    writer.blocks(document.blocks)
    if document.footer:
        writer.paragraph((Run(document.footer),), NOTE)


def mark_pages(word: WordDocument, mark: str, style: str = SIMULATED) -> None:
    """Print a mark at the head of every page: also of first and even pages where they differ.

    Parameters
    ----------
    word : docx.document.Document
    mark : str
        Empty prints nothing.
    style : str
    """
    if not mark:
        return
    for section in word.sections:
        heads = [section.header]
        if section.different_first_page_header_footer:
            heads.append(section.first_page_header)
        if word.settings.odd_and_even_pages_header_footer:
            heads.append(section.even_page_header)
        for head in heads:
            if head.is_linked_to_previous:
                head.is_linked_to_previous = False
            empty = not plain_of(head) and len(head.paragraphs) == 1
            line = head.paragraphs[0] if empty else head.add_paragraph()
            line.text, line.style = mark, word.styles[style]
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def plain_of(part: Any) -> str:
    """Words of a header or footer."""
    return "".join(p.text for p in part.paragraphs).strip()


def _page_numbers(word: WordDocument, document: Document) -> None:
    """``— 1 —`` at the foot of every page."""
    face = look(document.lang).page_number
    fonts = f'<w:rFonts w:ascii="{face.west}" w:hAnsi="{face.west}" w:eastAsia="{face.east}"/>'
    look_of = f'<w:rPr>{fonts}<w:sz w:val="{round(2 * face.size)}"/></w:rPr>'
    dash = "— " if document.lang == "zh" else ""
    number = f'<w:fldSimple w:instr=" PAGE "><w:r>{look_of}<w:t>1</w:t></w:r></w:fldSimple>'
    for section in word.sections:
        foot = section.footer.paragraphs[0]
        foot.style = word.styles[CELL]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        dashes = [f'<w:r>{look_of}<w:t xml:space="preserve">{d}</w:t></w:r>' for d in (dash, dash[::-1])]
        held = parse_xml(f"<w:p {nsdecls('w')}>{dashes[0]}{number}{dashes[1]}</w:p>")
        for piece in list(held):
            foot._p.append(piece)


def about(word: WordDocument, document: Document, organisation: str = "") -> None:
    """Set the properties of the file."""
    core = word.core_properties
    core.title, core.language = document.title, "zh-CN" if document.lang == "zh" else "en-GB"
    core.author = organisation or "airq"
    core.subject, core.comments = document.mark, document.footer


@lru_cache(maxsize=2)
def _empty(lang: Language) -> bytes:
    """File with page and styles, and nothing in it."""
    word = docx.Document()
    set_styles(word, lang)
    set_page(word, lang)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def warm() -> None:
    """Make the empty file of each language once."""
    for lang in LANGUAGES:
        _empty(lang)


def build(document: Document, organisation: str = "") -> WordDocument:
    """Word document in the official style.

    Parameters
    ----------
    document : Document
    organisation : str
        Issuer, printed below the title.

    Returns
    -------
    docx.document.Document
    """
    word = docx.Document(io.BytesIO(_empty(document.lang)))
    title = word.add_paragraph(document.title, style="Title")
    title.paragraph_format.keep_with_next = True
    if organisation:
        issuer = word.add_paragraph(organisation, style="Normal")
        issuer.alignment = WD_ALIGN_PARAGRAPH.CENTER if document.lang == "zh" else WD_ALIGN_PARAGRAPH.LEFT
        issuer.paragraph_format.first_line_indent = 0
    fill(word, document)
    mark_pages(word, document.mark)
    _page_numbers(word, document)
    about(word, document, organisation)
    return word


def write(document: Document, path: Path, organisation: str = "") -> None:
    """Write the Word file of a document.

    Parameters
    ----------
    document : Document
    path : pathlib.Path
    organisation : str
    """
    build(document, organisation).save(str(path))

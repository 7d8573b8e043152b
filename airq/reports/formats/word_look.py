"""The look of a Word report: page, fonts by name and sizes after GB/T 9704—2012, in English a plain equivalent.

GB/T 9704—2012, 5.2: A4, top margin 37 mm, binding margin 28 mm, type area 156 mm × 225 mm, 22 lines of 28
characters. 7.3: title 2号小标宋, text 3号仿宋, headings of the first level 黑体, of the second 楷体; 7.5: page number 4号宋体
between dashes. Fonts are named, not embedded: a machine without them shows its own in their place.

Examples
--------
>>> look("zh").body.east, look("en").title.west
('仿宋_GB2312', 'Arial')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from airq.figures.labels import Language

__all__ = ["CARD", "CELL", "NOTE", "NOTICE", "SIMULATED", "Face", "Look", "look", "set_page", "set_styles"]

CELL: Final = "airq cell"
CARD: Final = "airq card"
NOTE: Final = "airq note"
NOTICE: Final = "airq notice"
SIMULATED: Final = "airq simulated"

_RED: Final = RGBColor(0xB0, 0x00, 0x20)
_GREY: Final = RGBColor(0x4A, 0x55, 0x60)


@dataclass(frozen=True)
class Face:
    """Fonts of a style and its size in points."""

    east: str
    west: str
    size: float


@dataclass(frozen=True)
class Look:
    """Look of a report.

    Attributes
    ----------
    title, heading, subheading, body, small, page_number : Face
    margins : tuple of float
        Left, right, top, bottom, mm.
    pitch : float
        Points from line to line of the text; 0 for the font's own.
    indent : float
        First lines, in characters.
    """

    title: Face
    heading: Face
    subheading: Face
    body: Face
    small: Face
    page_number: Face
    margins: tuple[float, float, float, float]
    pitch: float
    indent: float

    @property
    def width(self) -> float:
        """Width of the type area on A4, mm."""
        return 210 - self.margins[0] - self.margins[1]


_SERIF: Final = "Times New Roman"
_LOOKS: Final[dict[str, Look]] = {
    "zh": Look(
        Face("方正小标宋简体", _SERIF, 22),
        Face("黑体", _SERIF, 16),
        Face("楷体_GB2312", _SERIF, 16),
        Face("仿宋_GB2312", _SERIF, 16),
        Face("仿宋_GB2312", _SERIF, 10.5),
        Face("宋体", "宋体", 14),
        (28, 26, 37, 35),
        28.95,  # 225 mm / 22 lines
        2,
    ),
    "en": Look(
        Face("黑体", "Arial", 20),
        Face("黑体", "Arial", 13),
        Face("黑体", "Arial", 11),
        Face("仿宋_GB2312", _SERIF, 11),
        Face("仿宋_GB2312", _SERIF, 9),
        Face("宋体", _SERIF, 10),
        (25, 25, 25, 25),
        0,
        0,
    ),
}


def look(lang: Language) -> Look:
    """Look of a language's reports."""
    return _LOOKS[lang]


def _set_face(style: Any, face: Face, lang: Language) -> None:
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]  # a theme's font would win over one by name
    for slot, name in (
        ("ascii", face.west),
        ("hAnsi", face.west),
        ("cs", face.west),
        ("eastAsia", face.east),
    ):
        fonts.set(qn(f"w:{slot}"), name)
    style.font.size = Pt(face.size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    language = properties.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        properties.append(language)
    language.set(qn("w:val"), "en-US" if lang == "zh" else "en-GB")
    language.set(qn("w:eastAsia"), "zh-CN")


def _spacing(style: Any, before: float, after: float, pitch: float = 0) -> None:
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    if pitch:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
    else:
        form.line_spacing = 1.0


def _indent(style: Any, characters: float) -> None:
    """First line set in by characters of whatever size."""
    properties = style.element.get_or_add_pPr()
    found = properties.find(qn("w:ind"))
    if found is None:
        style.paragraph_format.first_line_indent = Pt(1)  # puts the element where the schema wants it
        found = properties.find(qn("w:ind"))
    for name in list(found.attrib):
        del found.attrib[name]
    found.set(qn("w:firstLineChars"), str(round(100 * characters)))
    found.set(qn("w:firstLine"), str(round(characters * style.font.size.pt * 20)))


def _off_grid(style: Any) -> None:
    """Keep small letters from being spread over the lines of the page's grid."""
    properties = style.element.get_or_add_pPr()
    spacing = properties.find(qn("w:spacing"))
    made = OxmlElement("w:snapToGrid")
    made.set(qn("w:val"), "0")
    spacing.addprevious(made)


def _style(word: WordDocument, name: str, keep: bool) -> tuple[Any, bool]:
    """Style of a name, made if it is not there, and whether its look is to be set."""
    if name in word.styles:
        return word.styles[name], not keep
    made = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    made.base_style = word.styles.default(WD_STYLE_TYPE.PARAGRAPH)
    return made, True


def set_styles(word: WordDocument, lang: Language, keep: bool = False) -> None:
    """Set every style that a report uses.

    Parameters
    ----------
    word : docx.document.Document
    lang : {"zh", "en"}
    keep : bool
        Leave styles as they are that the document has, such as those of a letterhead.
    """
    form = look(lang)
    zh = lang == "zh"
    pitch = form.pitch
    faces = {
        "Normal": form.body, "Title": form.title, "Heading 1": form.heading, "Heading 2": form.subheading,
        "Heading 3": form.subheading, "Caption": Face(form.heading.east, form.heading.west, form.small.size + 1),
        "List Bullet": form.body, "List Number": form.body, CELL: form.small, CARD: form.small,
        NOTE: form.small, NOTICE: form.body, SIMULATED: Face(form.heading.east, form.heading.west, form.body.size),
    }  # fmt: skip
    for name, face in faces.items():
        style, fresh = _style(word, name, keep)
        if not fresh:
            continue
        _set_face(style, face, lang)
        _spacing(style, 0, 0 if zh else 4, pitch)
        if name.startswith("Heading"):
            style.font.bold, style.font.italic = not zh, False
            style.paragraph_format.keep_with_next = True
            _spacing(style, 0 if zh else 12, 0 if zh else 4, pitch)
            _indent(style, form.indent)
        elif name == "Title":
            _border_off(style)
            style.font.bold = not zh
            style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER if zh else WD_ALIGN_PARAGRAPH.LEFT
            _spacing(style, 0, 16, 35 if zh else 0)
        elif name == "Caption":
            style.font.bold = False
            style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER if zh else WD_ALIGN_PARAGRAPH.LEFT
            _spacing(style, 6, 4)
        elif name in (CELL, CARD, NOTE):
            _spacing(style, 0, 6 if name == NOTE else 0)
            if name == NOTE:
                style.font.color.rgb = _GREY
        elif name == SIMULATED:
            style.font.color.rgb = _RED
            style.font.bold = True
            _indent(style, form.indent)
        elif name in ("Normal", NOTICE):
            _indent(style, form.indent)
        if name in (CELL, CARD, NOTE, "Caption", "Title"):
            _indent(style, 0)
            _off_grid(style)


def _border_off(style: Any) -> None:
    """Take the line off that the default template draws below a title."""
    found = style.element.get_or_add_pPr().find(qn("w:pBdr"))
    if found is not None:
        found.getparent().remove(found)


def set_page(word: WordDocument, lang: Language) -> None:
    """Set paper, margins and the grid of lines of every section.

    Parameters
    ----------
    word : docx.document.Document
    lang : {"zh", "en"}
    """
    form = look(lang)
    for section in word.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin, section.right_margin = Mm(form.margins[0]), Mm(form.margins[1])
        section.top_margin, section.bottom_margin = Mm(form.margins[2]), Mm(form.margins[3])
        section.header_distance, section.footer_distance = Mm(15), Mm(28 if lang == "zh" else 12)
        if form.pitch:
            grid = section._sectPr.find(qn("w:docGrid"))
            if grid is None:
                grid = OxmlElement("w:docGrid")
                section._sectPr.append(grid)
            grid.set(qn("w:type"), "lines")
            grid.set(qn("w:linePitch"), str(round(form.pitch * 20)))

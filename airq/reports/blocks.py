"""What a page holds, apart from any format: headings, paragraphs, lists, tables, cards, figures.

A notebook displays HTML and, beside it, these blocks as JSON; Word, PDF, workbook and CSV are written from the blocks,
so that every format says the same. HTML that comes without blocks is read back by :mod:`airq.reports.markup`.

Examples
--------
>>> table = Table(header=(text("a"),), rows=((text("1"),),), caption="A")
>>> from_json(to_json([table])) == [table]
True
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from airq.figures.style import BLOCK_TYPE

__all__ = [
    "BLOCK_TYPE",
    "Block",
    "Card",
    "Cards",
    "Details",
    "Figure",
    "Heading",
    "Items",
    "Pairs",
    "Paragraphs",
    "Run",
    "Style",
    "Table",
    "Text",
    "from_json",
    "plain",
    "text",
    "to_json",
    "walk",
]

Style = Literal["plain", "notice", "simulated", "note", "lead", "failed"]


@dataclass(frozen=True)
class Run:
    """Words of one look.

    Attributes
    ----------
    text : str
    ref : str
        Id of the row of provenance of a number; see :mod:`airq.reports.provenance`.
    bold : bool
    fill : str
        Colour behind the words, ``#rrggbb``, such as that of an AQI category.
    """

    text: str
    ref: str = ""
    bold: bool = False
    fill: str = ""


Text = tuple[Run, ...]
"""Words of one paragraph or cell."""


def text(words: str, ref: str = "", bold: bool = False, fill: str = "") -> Text:
    """Words of one look; empty words are no run.

    Examples
    --------
    >>> text("12", "r1")
    (Run(text='12', ref='r1', bold=False, fill=''),)
    """
    return (Run(words, ref, bold, fill),) if words else ()


def plain(words: Text) -> str:
    """Words without their look.

    Examples
    --------
    >>> plain((Run("PM₂.₅ "), Run("35", bold=True)))
    'PM₂.₅ 35'
    """
    return "".join(run.text for run in words)


@dataclass(frozen=True)
class Heading:
    """Heading of a level, 1 being the title of the page."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraphs:
    """Paragraphs of one style."""

    texts: tuple[Text, ...]
    style: Style = "plain"


@dataclass(frozen=True)
class Items:
    """A list, with numbers if ``ordered``."""

    texts: tuple[Text, ...]
    ordered: bool = False
    style: Style = "plain"


@dataclass(frozen=True)
class Pairs:
    """Names and what they stand for, such as the particulars at the head of a report."""

    rows: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True)
class Card:
    """A key figure: its name, then lines of values (``big``) and remarks."""

    title: str
    lines: tuple[tuple[Literal["big", "small"], Text], ...]


@dataclass(frozen=True)
class Cards:
    """Key figures side by side."""

    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Table:
    """Printed values in rows.

    Attributes
    ----------
    header : tuple of Text
    rows : tuple of tuple of Text
    caption, note : str
        Above and below it.
    groups : tuple of (str, int)
        Headings over several columns each, from the left.
    left : tuple of int
        Columns of text.
    strong : tuple of int
        Rows set apart.
    """

    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    caption: str = ""
    note: str = ""
    groups: tuple[tuple[str, int], ...] = ()
    left: tuple[int, ...] = (0,)
    strong: tuple[int, ...] = ()

    @property
    def columns(self) -> int:
        """Number of columns."""
        return max([len(self.header), sum(n for _, n in self.groups), *(len(r) for r in self.rows)])


@dataclass(frozen=True)
class Figure:
    """A picture.

    Attributes
    ----------
    name : str
        What it is called in the name of a file.
    caption, alt : str
        Title below it, and what it shows for readers who cannot see it.
    width : int
        CSS pixels (96 an inch).
    png : bytes
    svg : str
        Empty if the notebook was not asked for it.
    """

    name: str
    caption: str
    alt: str
    width: int
    png: bytes = field(default=b"", repr=False)
    svg: str = field(default="", repr=False)


@dataclass(frozen=True)
class Details:
    """Blocks that a reader of the page opens; a printed format shows them under their summary."""

    summary: str
    blocks: tuple[Block, ...]


Block = Heading | Paragraphs | Items | Pairs | Cards | Table | Figure | Details

_PLAIN_RUN: Final = {"ref": "", "bold": False, "fill": ""}


def _words_out(words: Text) -> Any:
    """A single plain run as a string, anything else as a list of what differs from it."""
    if not words:
        return ""
    if len(words) == 1 and words[0] == Run(words[0].text):
        return words[0].text
    return [
        {"text": r.text} | {k: getattr(r, k) for k, v in _PLAIN_RUN.items() if getattr(r, k) != v}
        for r in words
    ]


def _words_in(value: Any) -> Text:
    if isinstance(value, str):
        return text(value)
    return tuple(Run(**run) for run in value)


def _one_out(block: Block) -> dict[str, Any]:
    match block:
        case Heading(level, words):
            return {"kind": "heading", "level": level, "text": words}
        case Paragraphs(texts, style):
            return {"kind": "paragraphs", "style": style, "texts": [_words_out(t) for t in texts]}
        case Items(texts, ordered, style):
            out = [_words_out(t) for t in texts]
            return {"kind": "items", "ordered": ordered, "style": style, "texts": out}
        case Pairs(rows):
            return {"kind": "pairs", "rows": [[_words_out(a), _words_out(b)] for a, b in rows]}
        case Cards(cards):
            made = [{"title": c.title, "lines": [[k, _words_out(t)] for k, t in c.lines]} for c in cards]
            return {"kind": "cards", "cards": made}
        case Details(summary, blocks):
            return {"kind": "details", "summary": summary, "blocks": to_json(blocks)}
        case Table():
            return {
                "kind": "table",
                "header": [_words_out(t) for t in block.header],
                "rows": [[_words_out(t) for t in row] for row in block.rows],
                "caption": block.caption,
                "note": block.note,
                "groups": [list(g) for g in block.groups],
                "left": list(block.left),
                "strong": list(block.strong),
            }
        case Figure():
            known = ("name", "caption", "alt", "width", "svg")
            return {"kind": "figure"} | {k: getattr(block, k) for k in known}


def _one_in(row: dict[str, Any]) -> Block:
    match row["kind"]:
        case "heading":
            return Heading(int(row["level"]), str(row["text"]))
        case "paragraphs":
            return Paragraphs(tuple(_words_in(t) for t in row["texts"]), row.get("style", "plain"))
        case "items":
            texts = tuple(_words_in(t) for t in row["texts"])
            return Items(texts, bool(row.get("ordered", False)), row.get("style", "plain"))
        case "pairs":
            return Pairs(tuple((_words_in(a), _words_in(b)) for a, b in row["rows"]))
        case "cards":
            return Cards(
                tuple(Card(c["title"], tuple((k, _words_in(t)) for k, t in c["lines"])) for c in row["cards"])
            )
        case "details":
            return Details(str(row["summary"]), tuple(from_json(row["blocks"])))
        case "table":
            return Table(
                tuple(_words_in(t) for t in row["header"]),
                tuple(tuple(_words_in(t) for t in cells) for cells in row["rows"]),
                row.get("caption", ""),
                row.get("note", ""),
                tuple((str(words), int(n)) for words, n in row.get("groups", ())),
                tuple(row.get("left", (0,))),
                tuple(row.get("strong", ())),
            )
        case "figure":
            return Figure(row["name"], row["caption"], row["alt"], int(row["width"]), svg=row.get("svg", ""))
    raise ValueError(f"a block of kind '{row['kind']}' is not known")


def to_json(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Blocks as plain values; a figure without its PNG, which the notebook holds beside.

    Parameters
    ----------
    blocks : sequence of Block

    Returns
    -------
    list of dict
    """
    return [_one_out(b) for b in blocks]


def from_json(rows: Sequence[dict[str, Any]]) -> list[Block]:
    """Blocks from plain values.

    Parameters
    ----------
    rows : sequence of dict

    Returns
    -------
    list of Block

    Raises
    ------
    ValueError, KeyError, TypeError
        If a row is no block.
    """
    return [_one_in(r) for r in rows]


def walk(blocks: Sequence[Block]) -> Iterator[Block]:
    """Every block in reading order, those inside details too.

    Examples
    --------
    >>> [type(b).__name__ for b in walk([Details("more", (Heading(2, "a"),))])]
    ['Details', 'Heading']
    """
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from walk(block.blocks)

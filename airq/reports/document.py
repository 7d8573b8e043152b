"""A report apart from any format: title, blocks in reading order, numbers of its tables and figures.

Read from an executed notebook, so that Word, PDF, workbook and CSV hold what the page holds.

Examples
--------
>>> from nbformat.v4 import new_markdown_cell, new_notebook
>>> from airq.reports.html import PageInfo
>>> made = Document.from_notebook(new_notebook(cells=[new_markdown_cell("## Days")]), PageInfo("Report", "en", [], ""))
>>> made.title, made.blocks
('Report', (Heading(level=2, text='Days'),))
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import Any, Final

import nbformat

from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import markup
from airq.reports.blocks import (
    BLOCK_TYPE,
    Block,
    Details,
    Figure,
    Heading,
    Paragraphs,
    Table,
    from_json,
    plain,
    walk,
)
from airq.reports.html import UNSEEN, PageInfo

__all__ = ["Document", "Named"]

_CALL: Final = re.compile(r"""\bshow\(\s*["'](\w+)["']|(\w+)\(""")
_LONGEST: Final = 40


@dataclass(frozen=True)
class Named:
    """A table or figure with its number and the name of its file.

    Attributes
    ----------
    number : int
        From 1, tables and figures apart.
    name : str
        ``NN-name``, of ASCII letters, digits and hyphens.
    block : Table or Figure
    section : str
        Heading under which it stands.
    """

    number: int
    name: str
    block: Any
    section: str


@dataclass(frozen=True)
class Document:
    """A report in one language.

    Attributes
    ----------
    title : str
    lang : {"zh", "en"}
    blocks : tuple of Block
        In reading order, without the title.
    names : tuple of str
        One a block: the cell that displayed it, for the names of files.
    footer : str
        When and by what it was made.
    notebook : nbformat.NotebookNode
        As executed.
    """

    title: str
    lang: Language
    blocks: tuple[Block, ...]
    names: tuple[str, ...]
    footer: str = ""
    notebook: nbformat.NotebookNode | None = field(default=None, repr=False)

    @classmethod
    def from_notebook(cls, notebook: nbformat.NotebookNode, info: PageInfo) -> Document:
        """Document of an executed notebook.

        Parameters
        ----------
        notebook : nbformat.NotebookNode
        info : PageInfo
            Title, language and footer.

        Returns
        -------
        Document
        """
        blocks: list[Block] = []
        names: list[str] = []
        for cell in notebook.cells:
            if UNSEEN & set(cell.metadata.get("tags", ())):
                continue
            found = _of_cell(cell)
            blocks += found
            names += [_name(cell.source) if cell.cell_type == "code" else "text"] * len(found)
        first = next((b for b in blocks if isinstance(b, Heading) and b.level == 1), None)
        kept = [(b, n) for b, n in zip(blocks, names, strict=True) if b is not first]
        return cls(
            info.title if first is None else first.text,
            info.lang,
            tuple(b for b, _ in kept),
            tuple(n for _, n in kept),
            info.footer,
            notebook,
        )

    def with_html(self, html: str) -> Document:
        """Document with a further part at its end, given as HTML; itself if that is empty."""
        more = markup.read(html)
        return replace(self, blocks=(*self.blocks, *more), names=(*self.names, *["changes"] * len(more)))

    @property
    def simulated(self) -> bool:
        """Whether it carries the mark of simulated data."""
        return any(isinstance(b, Paragraphs) and b.style == "simulated" for b in walk(self.blocks))

    @property
    def mark(self) -> str:
        """Mark of simulated data for every page of a format; empty for real data."""
        return labels.text("simulated", self.lang) if self.simulated else ""

    @property
    def tables(self) -> tuple[Named, ...]:
        """Every table in reading order."""
        return self._named(Table)

    @property
    def figures(self) -> tuple[Named, ...]:
        """Every figure in reading order."""
        return self._named(Figure)

    def _named(self, kind: type[Any]) -> tuple[Named, ...]:
        return tuple(n for n in self._numbered.values() if isinstance(n.block, kind))

    def named(self, block: Block) -> Named:
        """Number and name of one of its tables or figures."""
        return self._numbered[id(block)]

    @cached_property
    def _numbered(self) -> dict[int, Named]:
        out: dict[int, Named] = {}
        count: dict[type[Any], int] = {Table: 0, Figure: 0}
        section = ""

        def number(blocks: Sequence[Block], name: str, under: str) -> None:
            nonlocal section
            for block in blocks:
                if isinstance(block, Heading):
                    section = under = block.text
                elif isinstance(block, Details):
                    number(block.blocks, name, block.summary)
                elif isinstance(block, Table | Figure):
                    kind = type(block)
                    count[kind] += 1
                    word = _slug(block.name) if isinstance(block, Figure) and block.name else name
                    out[id(block)] = Named(count[kind], f"{count[kind]:02d}-{word}", block, under)

        for block, name in zip(self.blocks, self.names, strict=True):
            number([block], name, section)
        return out

    @cached_property
    def _repeated(self) -> set[str]:
        """Captions that several tables have."""
        seen = [n.block.caption for n in self.tables]
        return {words for words in seen if seen.count(words) > 1}

    def words_of_caption(self, block: Table | Figure) -> str:
        """Caption without its number.

        A table without a caption takes its heading; one whose caption another has too, both.
        """
        named = self.named(block)
        if isinstance(block, Table) and block.caption in self._repeated:
            joint = "：" if self.lang == "zh" else ": "
            return joint.join(filter(None, (named.section, block.caption)))
        return block.caption or named.section

    def caption(self, block: Table | Figure) -> str:
        """Caption with its number: ``表 1  …``, ``Figure 2. …``."""
        number, words = self.named(block).number, self.words_of_caption(block)
        zh, en = ("表", "Table") if isinstance(block, Table) else ("图", "Figure")
        return f"{zh} {number}  {words}" if self.lang == "zh" else f"{en} {number}. {words}"

    def text(self) -> str:
        """Every word, one paragraph or cell a line."""
        return "\n".join([self.title, *words_of(self.blocks)])


def words_of(blocks: Sequence[Block]) -> Iterator[str]:
    """Words of blocks: one paragraph, heading or cell at a time."""
    from airq.reports.blocks import Cards, Items, Pairs

    for block in blocks:
        match block:
            case Heading():
                yield block.text
            case Paragraphs() | Items():
                yield from map(plain, block.texts)
            case Pairs():
                yield from (plain(t) for row in block.rows for t in row)
            case Cards():
                for card in block.cards:
                    yield card.title
                    yield from (plain(words) for _, words in card.lines)
            case Table():
                yield block.caption
                yield from (words for words, _ in block.groups)
                yield from map(plain, block.header)
                yield from (plain(t) for row in block.rows for t in row)
                yield block.note
            case Figure():
                yield block.caption
            case Details():
                yield block.summary
                yield from words_of(block.blocks)


def _slug(name: str) -> str:
    """Name of ASCII letters, digits and hyphens.

    Examples
    --------
    >>> _slug("year_to date!"), _slug("日历")
    ('year-to-date', 'part')
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:_LONGEST].strip("-").lower() or "part"


def _name(source: str) -> str:
    """Name of what a cell shows, from the function that it calls.

    Examples
    --------
    >>> _name("display(*page.year_to_date(result, lang))"), _name('display(*sections.show("map", bundle, lang))')
    ('year-to-date', 'map')
    """
    found = [shown or called for shown, called in _CALL.findall(source)]
    return _slug(next((n for n in found if n not in ("display", "print", "show")), "part"))


def _of_cell(cell: nbformat.NotebookNode) -> list[Block]:
    if cell.cell_type == "markdown":
        return _of_markdown(cell.source)
    out: list[Block] = []
    for output in cell.get("outputs", ()) if cell.cell_type == "code" else ():
        if output.output_type in ("display_data", "execute_result"):
            out += _of_output(output.data, output.get("metadata", {}))
    return out


def _of_output(data: Any, about: Any) -> list[Block]:
    """Blocks of one output, in the order of preference of the page."""
    png = data.get("image/png", "")
    held = data.get(BLOCK_TYPE)
    if held is not None:
        picture = base64.b64decode(png) if png else b""
        return [replace(b, png=picture) if isinstance(b, Figure) else b for b in from_json(held)]
    if "text/html" in data:
        return markup.read(data["text/html"])
    if "text/markdown" in data:
        return _of_markdown(data["text/markdown"])
    if png:
        look = about.get("image/png", {})
        alt = str(look.get("alt", ""))
        return [Figure("", alt, alt, int(look.get("width", 0)), base64.b64decode(png))]
    return markup.read(f"<pre>{escape(data['text/plain'])}</pre>") if "text/plain" in data else []


def _of_markdown(source: str) -> list[Block]:
    if found := re.fullmatch(r"\s*(#{1,6}) +([^\n]+?)\s*", source):
        return [Heading(len(found[1]), found[2])]
    from nbconvert.filters import markdown2html

    return markup.read(str(markdown2html(source)))

"""HTML of a notebook's output read back as blocks, for parts that were written as HTML only.

Knows the elements that this package, pandas and nbconvert write: headings, paragraphs, lists, tables, cards, details.

Examples
--------
>>> from airq.reports.blocks import Heading, plain
>>> read("<h2>A</h2><p>b <b>c</b></p>")[0]
Heading(level=2, text='A')
>>> runs('35 <b>µg</b>')[1].bold
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final, cast

from airq.reports.blocks import (
    Block,
    Card,
    Cards,
    Details,
    Heading,
    Items,
    Pairs,
    Paragraphs,
    Run,
    Style,
    Table,
    Text,
    plain,
    text,
)

__all__ = ["ROW_LINK", "read", "runs"]

ROW_LINK: Final = "n"
"""Class of a link from a number to its row of provenance."""

_VOID: Final = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"))
_INLINE: Final = frozenset(
    (
        "a",
        "abbr",
        "b",
        "br",
        "code",
        "em",
        "i",
        "mark",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "wbr",
    )
)
_HEADINGS: Final = {f"h{n}": n for n in range(1, 7)}
_STYLES: Final = ("notice", "simulated", "note", "failed", "lead")
_SILENT: Final = frozenset(("script", "style", "template", "head", "svg", "button", "input", "select"))
# An element that begins ends one of these that its author left open.
_CLOSES: Final = {
    "p": ("p",), "li": ("li",), "tr": ("tr", "td", "th"), "td": ("td", "th"), "th": ("td", "th"),
    "dt": ("dt", "dd"), "dd": ("dt", "dd"), "ul": ("p",), "ol": ("p",), "div": ("p",), "table": ("p",),
    "dl": ("p",), "h2": ("p",), "h3": ("p",),
}  # fmt: skip


@dataclass
class _Node:
    tag: str
    attributes: dict[str, str]
    children: list[_Node | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def elements(self, *tags: str) -> list[_Node]:
        """Children with one of the tags."""
        return [c for c in self.children if isinstance(c, _Node) and c.tag in tags]

    def find(self, *tags: str) -> list[_Node]:
        """Descendants with one of the tags, not looking inside those found."""
        out = []
        for child in self.children:
            if isinstance(child, _Node):
                out += [child] if child.tag in tags else child.find(*tags)
        return out


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while len(self.open) > 1 and self.open[-1].tag in _CLOSES.get(tag, ()):
            self.open.pop()
        node = _Node(tag, {k: v or "" for k, v in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(_Node(tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        depth = next((i for i in range(len(self.open) - 1, 0, -1) if self.open[i].tag == tag), 0)
        if depth:
            del self.open[depth:]

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def _tree(html: str) -> _Node:
    parser = _Tree()
    parser.feed(html)
    parser.close()
    return parser.root


def _runs(nodes: list[_Node | str], bold: bool = False, ref: str = "", fill: str = "") -> list[Run]:
    out: list[Run] = []
    for node in nodes:
        if isinstance(node, str):
            out.append(Run(re.sub(r"\s+", " ", node), ref, bold, fill))
        elif node.tag == "br":
            out.append(Run("\n", ref, bold, fill))
        elif node.tag not in _SILENT and "anchor-link" not in node.classes:
            link = node.attributes.get("href", "")
            own = link.partition("#")[2] if node.tag == "a" and ROW_LINK in node.classes else ref
            colour = re.search(r"background:\s*(#[0-9A-Fa-f]{6})", node.attributes.get("style", ""))
            out += _runs(
                node.children,
                bold or node.tag in ("b", "strong"),
                own,
                colour[1] if colour else fill,
            )
    return out


def _joined(found: list[Run]) -> Text:
    """Neighbours of the same look as one run, no space at either end or twice within."""
    out: list[Run] = []
    for run in found:
        words = run.text
        if words == "\n":
            if out and out[-1].text != "\n":
                out[-1] = Run(out[-1].text.rstrip(), *_look(out[-1]))
        elif not out or out[-1].text.endswith((" ", "\n")):
            words = words.lstrip(" ")
        if not words:
            continue
        if out and _look(out[-1]) == _look(run):
            out[-1] = Run(out[-1].text + words, *_look(run))
        else:
            out.append(Run(words, *_look(run)))
    while out and (last := out[-1].text.rstrip()) != out[-1].text:
        out[-1:] = [Run(last, *_look(out[-1]))] if last else []
    return tuple(out)


def _look(run: Run) -> tuple[str, bool, str]:
    return run.ref, run.bold, run.fill


def runs(html: str) -> Text:
    """Words of a piece of HTML that stands in a cell or sentence.

    Parameters
    ----------
    html : str

    Returns
    -------
    Text
    """
    return _joined(_runs(_tree(html).children))


def _words(node: _Node) -> Text:
    return _joined(_runs(node.children))


def _style(node: _Node, outer: Style) -> Style:
    if "notes" in node.classes:
        return "note"
    return next((cast(Style, s) for s in _STYLES if s in node.classes), outer)


def _table(node: _Node) -> Table:
    caption = "".join(plain(_words(c)) for c in node.find("caption"))
    lines = node.find("tr")
    heads = [r for r in lines if not r.elements("td")] if node.find("thead") else lines[:1]
    if not node.find("thead") and lines and lines[0].elements("td"):
        heads = []
    body = [r for r in lines if not any(r is h for h in heads)]
    groups: list[tuple[str, int]] = []
    if len(heads) > 1:
        top = heads[0].elements("th")
        groups = [(plain(_words(c)), int(c.attributes.get("colspan", "1"))) for c in top]
    last = heads[-1].elements("th") if heads else []
    first = [r.elements("td", "th") for r in body]
    left = [i for i, c in enumerate(last or (first[0] if first else [])) if "t" in c.classes or c.tag == "x"]
    rows = tuple(tuple(_words(c) for c in row) for row in first)
    strong = tuple(i for i, r in enumerate(body) if "strong" in r.classes)
    return Table(
        tuple(_words(c) for c in last), rows, caption, "", tuple(groups), tuple(left) or (0,), strong
    )


def _cards(node: _Node) -> Cards:
    cards = []
    for card in node.elements("div"):
        title, lines = "", []
        for part in card.elements("b", "span", "small", "p", "div"):
            if part.tag == "b" and not title:
                title = plain(_words(part))
            else:
                lines.append(("big" if "big" in part.classes else "small", _words(part)))
        cards.append(Card(title, cast(Any, tuple(lines))))
    return Cards(tuple(cards))


def _pairs(node: _Node) -> Pairs:
    names = [_words(c) for c in node.find("dt")]
    return Pairs(tuple(zip(names, (_words(c) for c in node.find("dd")), strict=False)))


def _details(node: _Node) -> Details:
    summary = "".join(plain(_words(c)) for c in node.elements("summary"))
    rest = [c for c in node.children if not (isinstance(c, _Node) and c.tag == "summary")]
    return Details(summary, tuple(_read(rest, "plain")))


def _items(node: _Node, style: Style) -> list[Block]:
    texts = tuple(t for c in node.find("li") if (t := _words(c)))
    return [Items(texts, node.tag == "ol", style)] if texts else []


def _read(nodes: list[_Node | str], style: Style) -> list[Block]:
    out: list[Block] = []
    loose: list[_Node | str] = []

    def flush() -> None:
        if words := _joined(_runs(loose)):
            _add(out, words, style)
        loose.clear()

    for node in nodes:
        if isinstance(node, str) or node.tag in _INLINE:
            loose.append(node)
            continue
        flush()
        own = _style(node, style)
        if node.tag in _HEADINGS:
            out.append(Heading(_HEADINGS[node.tag], plain(_words(node))))
        elif node.tag == "table":
            out.append(_table(node))
        elif node.tag == "p":
            if words := _words(node):
                below = own == "note" and out and isinstance(out[-1], Table) and not out[-1].note
                if below and isinstance(out[-1], Table):
                    out[-1] = _noted(out[-1], plain(words))
                else:
                    _add(out, words, own)
        elif node.tag in ("ul", "ol"):
            out += _items(node, own)
        elif node.tag == "dl":
            out.append(_pairs(node))
        elif node.tag == "details":
            out.append(_details(node))
        elif "cards" in node.classes:
            out.append(_cards(node))
        elif node.tag == "pre":
            _add(out, text("".join(c for c in node.children if isinstance(c, str))), own)
        elif node.tag not in _SILENT and node.tag not in _VOID:
            for block in _read(node.children, own):
                if isinstance(block, Paragraphs):
                    for words in block.texts:
                        _add(out, words, block.style)
                else:
                    out.append(block)
    flush()
    return out


def _noted(table: Table, note: str) -> Table:
    return Table(table.header, table.rows, table.caption, note, table.groups, table.left, table.strong)


def _add(out: list[Block], words: Text, style: Style) -> None:
    """Append a paragraph to those of the same style before it."""
    last = out[-1] if out else None
    if isinstance(last, Paragraphs) and last.style == style:
        out[-1] = Paragraphs((*last.texts, words), style)
    else:
        out.append(Paragraphs((words,), style))


def read(html: str) -> list[Block]:
    """Blocks of a piece of HTML.

    Parameters
    ----------
    html : str
        As a notebook displays it.

    Returns
    -------
    list of Block
    """
    return _read(_tree(html).children, "plain")

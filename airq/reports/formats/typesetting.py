r"""A document in the markup of typst: every word as a string, so that nothing in it is taken for markup.

Examples
--------
>>> print(quoted('a "b" #c'))
"a \"b\" #c"
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from airq.figures.labels import Language
from airq.figures.style import ink_on
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
from airq.reports.formats.letters import numeral
from airq.reports.formats.tabular import fit, png_size, softened

__all__ = ["quoted", "source"]

_WIDTH: Final = 164.0  # mm of text
_TALLEST: Final = 220.0  # mm of a picture, which leaves a line for its caption
_PIXELS: Final = 620  # of CSS in the width of the text
_INSET: Final = 3.5  # left and right of a cell's words, points; as in the preamble
_TOGETHER: Final = 12  # rows of a table that is kept on one page

_PREAMBLE: Final = """
#set document(title: {title}, author: {author}, description: {description})
#set text(lang: {lang}, region: {region}, font: ({fonts}), size: 10.5pt, fallback: false, hyphenate: false)
#set page(paper: "a4", margin: (left: 24mm, right: 22mm, top: 26mm, bottom: 24mm), numbering: {numbering},
  header: {header})
#set par(leading: 0.78em, spacing: 1.0em, justify: {justify})
#show heading: set block(above: 1.6em, below: 0.9em, sticky: true)
#show heading.where(level: 1): set text(size: 13.5pt)
#show heading.where(level: 2): set text(size: 11.5pt)
#show heading.where(level: 3): set text(size: 10.5pt)
#show figure: set block(breakable: true)
#show figure.where(kind: image): set block(breakable: false)
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.caption: set text(size: 9.5pt, weight: "bold")
#show figure.caption: set block(sticky: true)
#set figure.caption(separator: {separator})
#set table(stroke: (x, y) => (bottom: 0.3pt + rgb("#c6ccd2")), inset: (x: 3.5pt, y: 3pt))
#show table: set par(justify: false, leading: 0.5em)
#let note(body) = block(text(size: 8.5pt, fill: rgb("#4a5560"), body))
#let boxed(colour, body) = block(width: 100%, stroke: (left: 2.5pt + colour), inset: (left: 8pt, y: 4pt), body)
#let warning(body) = block(width: 100%, stroke: 1pt + rgb("#b00020"), inset: 6pt,
  text(fill: rgb("#b00020"), weight: "bold", body))
#let card(title, body) = [#text(size: 9pt, weight: "bold", fill: rgb("#4a5560"), title)#linebreak()#body]
"""


def quoted(words: str) -> str:
    """Words as a string of typst."""
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")
    return f'"{"".join(c for c in escaped if c >= " " or c == chr(9))}"'


def _run(run: Run) -> str:
    if not run.bold and not run.fill:
        return f"#{quoted(run.text)};"
    look = ', weight: "bold"' if run.bold else ""
    if run.fill:
        look += f", fill: {'black' if ink_on(run.fill) == 'black' else 'white'}"
    return f"#text({quoted(run.text)}{look});"


def _runs(words: Text) -> str:
    return "".join(map(_run, words))


def _bold(words: Text) -> Text:
    return tuple(Run(r.text, r.ref, True, r.fill) for r in words)


def _soft(words: Text) -> Text:
    return tuple(Run(softened(r.text), r.ref, r.bold, r.fill) for r in words)


def _sizes(columns: int) -> list[float]:
    """Points that a table's letters may have, larger first: fewer for many columns."""
    most = 9.0 if columns <= 7 else 7.5 if columns <= 10 else 6.5
    return [most - 0.5 * k for k in range(7) if most - 0.5 * k >= 5.5]


class _Setter:
    """Writes blocks one after the other."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.headings = 0
        self.lines: list[str] = []
        self.pictures: dict[str, bytes] = {}

    def blocks(self, blocks: Sequence[Block], depth: int = 0) -> None:
        for block in blocks:
            self.block(block, depth)

    def block(self, block: Block, depth: int) -> None:
        match block:
            case Heading():
                self.heading(block.text, block.level + depth)
            case Paragraphs():
                for words in block.texts:
                    self.lines.append(_paragraph(words, block.style))
            case Items():
                kind = "enum" if block.ordered else "list"
                inner = ", ".join(f"[{_runs(t)}]" for t in block.texts)
                made = f"#{kind}({inner})"
                self.lines.append(f"#note[{made}]" if block.style == "note" else made)
            case Pairs():
                cells = ", ".join(f"[{_runs(_bold(a))}], [{_runs(b)}]" for a, b in block.rows)
                self.lines.append(
                    f"#block(text(size: 9.5pt, grid(columns: (auto, 1fr), column-gutter: 10pt, row-gutter: 6pt, {cells})))"
                )
            case Cards():
                self.lines.append(_cards(block))
            case Table():
                self.table(block)
            case Figure():
                self.figure(block)
            case Details():
                self.heading(block.summary, 4)
                self.blocks(block.blocks, 1)

    def heading(self, words: str, level: int) -> None:
        if level <= 2:
            self.headings += 1
            words = numeral(self.headings, self.document.lang) + words
        self.lines.append(f"#heading(level: {min(3, max(1, level - 1))})[#{quoted(words)}]")

    def _figure(self, body: str, block: Table | Figure, kind: str) -> None:
        zh = self.document.lang == "zh"
        supplement = {"image": ("图", "Figure"), "table": ("表", "Table")}[kind][0 if zh else 1]
        words = self.document.words_of_caption(block)
        self.lines.append(
            f"#figure(kind: {kind}, supplement: {quoted(supplement)}, caption: [#{quoted(words)}], {body})"
        )

    def table(self, block: Table) -> None:
        count = block.columns
        if not count:
            return
        size, shares = fit([block.header, *block.rows], count, _WIDTH / 25.4 * 72, _sizes(count), 2 * _INSET)
        head = []
        if block.groups:
            head += [
                f"table.cell(colspan: {n}, align: center)[{_runs(_bold((Run(words),)))}]"
                for words, n in block.groups
            ]
            if (rest := count - sum(n for _, n in block.groups)) > 0:
                head.append(f"table.cell(colspan: {rest})[]")
        names = list(block.header) + [()] * (count - len(block.header))
        head += [f"table.cell(align: {'left' if i in block.left else 'center'} + bottom)[{_runs(_bold(t))}]" for i, t in enumerate(names)]  # fmt: skip
        body = []
        for number, row in enumerate(block.rows):
            for i in range(count):
                words = row[i] if i < len(row) else ()
                words = _bold(words) if number in block.strong else words
                fill = next((r.fill for r in words if r.fill), "")
                cell = f"[{_runs(_soft(words))}]"
                body.append(f'table.cell(fill: rgb("{fill}")){cell}' if fill else cell)
        align = ", ".join("left" if i in block.left else "right" for i in range(count)) + ","
        tracks = ", ".join(f"{share:.4f}fr" for share in shares)
        lines = ", ".join(
            [
                f"table.header({', '.join(head)})",
                "table.hline(stroke: 0.8pt)",
                *body,
                "table.hline(stroke: 0.8pt)",
            ]
        )
        made = f"text(size: {size}pt, table(columns: ({tracks},), align: ({align}), {lines}))"
        together = len(block.rows) <= _TOGETHER
        self.lines += ["#block(breakable: false, width: 100%)["] if together else []
        self._figure(made, block, "table")
        if block.note:
            self.lines.append(f"#note[#{quoted(block.note)}]")
        self.lines += ["]"] if together else []

    def figure(self, block: Figure) -> None:
        if not block.png:
            return
        named = self.document.named(block)
        name, data = (
            (f"{named.name}.svg", block.svg.encode()) if block.svg else (f"{named.name}.png", block.png)
        )
        self.pictures[name] = data
        width, height = png_size(block.png)
        share = min(1.0, (block.width or width) / _PIXELS, _TALLEST / _WIDTH * width / height)
        alt = quoted(block.alt or block.caption)
        self._figure(f"image({quoted(name)}, width: {100 * share:.1f}%, alt: {alt})", block, "image")


def _paragraph(words: Text, style: str) -> str:
    inner = _runs(_bold(words) if style == "lead" else words)
    if style == "note":
        return f"#note[{inner}]"
    if style == "simulated":
        return f"#warning[{inner}]"
    if style in ("notice", "failed"):
        return f'#boxed(rgb("#d17a00"))[{inner}]'
    return f"#par[{inner}]"


def _cards(block: Cards) -> str:
    cells = []
    for card in block.cards:
        lines = []
        for kind, words in card.lines:
            size = "13pt" if kind == "big" else "7.5pt"
            look = f"size: {size}" + (', weight: "bold"' if kind == "big" else "")
            lines.append(f"#text({look})[{_runs(words)}]")
        cells.append(f"card({quoted(card.title)}, [{'#linebreak()'.join(lines)}])")
    count = max(1, min(5, len(cells)))
    columns = ", ".join(["1fr"] * count)
    look = 'stroke: 0.5pt + rgb("#aeb6be"), inset: 6pt'
    return f"#block(breakable: false)[#set par(justify: false, leading: 0.55em)\n#grid(columns: ({columns},), {look}, {', '.join(cells)})]"


def _preamble(document: Document, organisation: str, fonts: Sequence[str]) -> str:
    zh = document.lang == "zh"
    mark = document.mark
    title = quoted(document.title)
    marked = f'#text(fill: rgb("#b00020"), weight: "bold", {quoted(mark)})' if mark else ""
    header = f'[#set text(size: 8.5pt)\n#text(fill: rgb("#4a5560"), {title}) #h(1fr) {marked}]'
    values = {
        "title": title,
        "author": quoted(organisation or "airq"),
        "description": quoted(" ".join(filter(None, (mark, document.footer)))),
        "lang": quoted("zh" if zh else "en"),
        "region": quoted("cn" if zh else "gb"),
        "fonts": ", ".join(map(quoted, fonts)) + ",",
        "numbering": quoted("— 1 —" if zh else "1"),
        "header": header,
        "justify": "true" if zh else "false",
        "separator": "[#h(0.8em)]" if zh else '". "',
    }
    out = _PREAMBLE
    for key, value in values.items():
        out = out.replace("{" + key + "}", value)
    return out


def source(document: Document, organisation: str, fonts: Sequence[str]) -> tuple[str, dict[str, bytes]]:
    """Source of a document and its pictures by name.

    Parameters
    ----------
    document : Document
    organisation : str
        Issuer; empty prints none.
    fonts : sequence of str
        Families, the first first.

    Returns
    -------
    tuple of str and dict
    """
    setter = _Setter(document)
    setter.blocks(document.blocks)
    title = f'#align({_side(document.lang)}, text(size: 18pt, weight: "bold", {quoted(document.title)}))'
    head = [title]
    if organisation:
        head.append(f"#align({_side(document.lang)}, {quoted(organisation)})")
    foot = [f"#v(1em)\n#note[#{quoted(document.footer)}]"] if document.footer else []
    text = "\n".join([_preamble(document, organisation, fonts), *head, *setter.lines, *foot])
    return text, setter.pictures


def _side(lang: Language) -> str:
    return "center" if lang == "zh" else "left"

"""Parts of a page: tables, paragraphs, lists, cards, each as HTML that carries its blocks; nothing is computed here.

A notebook shows the HTML; :mod:`airq.reports.document` reads the blocks (:mod:`airq.reports.blocks`) beside it, from
which Word, PDF, workbook and CSV are written.

Examples
--------
>>> part = paragraphs(["3 < 5"], "note")
>>> part
'<p class="note">3 &lt; 5</p>'
>>> part.blocks[0].style
'note'
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final, Literal

from airq import standards
from airq.figures import style
from airq.reports import blocks, markup
from airq.reports.blocks import BLOCK_TYPE, Block, Style, Text

__all__ = [
    "BlockHtml",
    "Html",
    "Inline",
    "Number",
    "aqi_chip",
    "cards",
    "details",
    "heading",
    "items",
    "join",
    "pairs",
    "paragraphs",
    "sentence",
    "table",
]


class Html(str):
    """HTML that a notebook shows and a page takes as it is."""

    @property
    def blocks(self) -> list[Block]:
        """What it holds, read from the HTML."""
        return markup.read(str(self))

    @property
    def runs(self) -> Text:
        """Words of a cell or sentence, read from the HTML."""
        return markup.runs(str(self))

    def _repr_html_(self) -> str:
        return str(self)


class BlockHtml(Html):
    """HTML that carries its blocks."""

    _blocks: tuple[Block, ...]

    def __new__(cls, html: str, held: Sequence[Block]) -> BlockHtml:
        """HTML and the blocks it holds."""
        made = super().__new__(cls, html)
        made._blocks = tuple(held)
        return made

    @property
    def blocks(self) -> list[Block]:
        """What it holds."""
        return list(self._blocks)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/html": str(self), BLOCK_TYPE: blocks.to_json(self._blocks)}


class Inline(Html):
    """HTML of a cell or within a sentence that carries its words."""

    _runs: Text

    def __new__(cls, html: str, words: Text) -> Inline:
        """HTML and its words."""
        made = super().__new__(cls, html)
        made._runs = words
        return made

    @property
    def runs(self) -> Text:
        """Its words."""
        return self._runs


class Number(Inline):
    """Printed number that links to its row: the unrounded value, rule and inputs.

    Parameters
    ----------
    text : str
        As printed.
    ref : str
        Id of the row, as :func:`airq.reports.provenance.ref` gives it; empty for no link.

    Examples
    --------
    >>> Number("35", "period.GB3095-2012.mean_pm25")
    '<a class="n" href="#period.GB3095-2012.mean_pm25">35</a>'
    """

    def __new__(cls, text: str, ref: str = "") -> Number:
        """Printed number and the id of its row."""
        words = escape(text)
        html = f'<a class="{markup.ROW_LINK}" href="#{escape(ref)}">{words}</a>' if ref else words
        made = super().__new__(cls, html, blocks.text(text, ref))
        assert isinstance(made, Number)
        return made


def _inner(value: object) -> str:
    return str(value) if isinstance(value, Html) else escape(str(value))


def _words(value: object) -> Text:
    return value.runs if isinstance(value, Html) else blocks.text(str(value))


def _cell(value: object, tag: str, left: bool) -> str:
    kind = ' class="t"' if left else ""
    return f"<{tag}{kind}>{_inner(value)}</{tag}>"


def table(
    header: Sequence[object],
    rows: Sequence[Sequence[object]],
    caption: str = "",
    note: str = "",
    left: Sequence[int] = (0,),
    strong: Sequence[int] = (),
    groups: Sequence[tuple[str, int]] = (),
) -> BlockHtml:
    """Table of printed values.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequences
        Texts; :class:`Html` is taken as it is, everything else is escaped. :class:`Number` links to its row.
    caption : str
        What it shows, under which standard.
    note : str
        Small print below.
    left : sequence of int
        Columns of text, aligned left.
    strong : sequence of int
        Rows set apart, such as a mean.
    groups : sequence of (str, int)
        Headings over several columns each, from the left.

    Returns
    -------
    BlockHtml

    Examples
    --------
    >>> table(["a"], [["<1"]])
    '<div class="table"><table><thead><tr><th class="t">a</th></tr></thead><tbody><tr><td class="t">&lt;1</td></tr></tbody></table></div>'
    """
    head = "".join(_cell(h, "th", i in left) for i, h in enumerate(header))
    over = "".join(f'<th class="g" colspan="{n}">{escape(text)}</th>' for text, n in groups)
    top = f"<tr>{over}</tr>" if groups else ""
    body = []
    for number, row in enumerate(rows):
        mark = ' class="strong"' if number in strong else ""
        body.append(f"<tr{mark}>{''.join(_cell(v, 'td', i in left) for i, v in enumerate(row))}</tr>")
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    foot = f'<p class="note">{escape(note)}</p>' if note else ""
    held = blocks.Table(
        tuple(_words(h) for h in header),
        tuple(tuple(_words(v) for v in row) for row in rows),
        caption,
        note,
        tuple((text, int(n)) for text, n in groups),
        tuple(left),
        tuple(strong),
    )
    return BlockHtml(
        f'<div class="table"><table>{title}<thead>{top}<tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{foot}",
        [held],
    )


_OPENING: Final[dict[Style, tuple[str, str]]] = {
    "plain": ("<p>", "</p>"),
    "lead": ("<p><b>", "</b></p>"),
    "note": ('<p class="note">', "</p>"),
    "notice": ('<div class="notice">', "</div>"),
    "simulated": ('<div class="simulated">', "</div>"),
    "failed": ('<div class="failed">', "</div>"),
}


def paragraphs(sentences: Sequence[object], style: Style = "plain") -> BlockHtml:
    """Paragraphs, one a sentence or text; empty ones are left out.

    Parameters
    ----------
    sentences : sequence of str or Html
        Escaped unless :class:`Html`, such as :func:`sentence` makes.
    style : {"plain", "lead", "notice", "simulated", "note", "failed"}
        ``lead`` is bold; ``notice`` what a reader must know; ``simulated`` the mark of simulated data; ``note`` small.

    Returns
    -------
    BlockHtml

    Examples
    --------
    >>> paragraphs(["a", "b"])
    '<p>a</p><p>b</p>'
    """
    before, after = _OPENING[style]
    kept = [s for s in sentences if str(s)]
    html = "".join(f"{before}{_inner(s)}{after}" for s in kept)
    return BlockHtml(html, [blocks.Paragraphs(tuple(_words(s) for s in kept), style)] if kept else [])


def sentence(template: str, **values: object) -> Inline:
    """Sentence with numbers that link to their rows.

    Parameters
    ----------
    template : str
        Plain text with fields in braces.
    **values
        Texts, or :class:`Number`.

    Returns
    -------
    Inline

    Examples
    --------
    >>> sentence("Mean {x} µg/m³", x=Number("35", "r1"))
    'Mean <a class="n" href="#r1">35</a> µg/m³'
    """
    from string import Formatter

    html, words = [], list[blocks.Run]()
    for literal, name, form, _ in Formatter().parse(template):
        html.append(escape(literal))
        words += blocks.text(literal)
        if name is not None:
            value = values[name]
            value = value if isinstance(value, Html) else format(value, form or "")
            html.append(_inner(value))
            words += _words(value)
    return Inline("".join(html), tuple(words))


def items(sentences: Sequence[object], ordered: bool = False, style: Literal["plain", "note"] = "plain") -> BlockHtml:  # fmt: skip
    """List of sentences.

    Examples
    --------
    >>> items(["a"], style="note")
    '<ul class="note"><li>a</li></ul>'
    """
    tag = "ol" if ordered else "ul"
    kind = "" if style == "plain" else f' class="{"notes" if ordered else "note"}"'
    listed = "".join(f"<li>{_inner(s)}</li>" for s in sentences)
    held = blocks.Items(tuple(_words(s) for s in sentences), ordered, style)
    return BlockHtml(f"<{tag}{kind}>{listed}</{tag}>", [held] if sentences else [])


def heading(text: str, level: int = 2) -> BlockHtml:
    """Heading.

    Examples
    --------
    >>> heading("A & B", 3)
    '<h3>A &amp; B</h3>'
    """
    return BlockHtml(f"<h{level}>{escape(text)}</h{level}>", [blocks.Heading(level, text)])


def pairs(rows: Sequence[tuple[object, object]]) -> BlockHtml:
    """Names and what they stand for.

    Examples
    --------
    >>> pairs([("Place", "Changji")])
    '<dl class="meta"><dt>Place</dt><dd>Changji</dd></dl>'
    """
    listed = "".join(f"<dt>{_inner(k)}</dt><dd>{_inner(v)}</dd>" for k, v in rows)
    held = blocks.Pairs(tuple((_words(k), _words(v)) for k, v in rows))
    return BlockHtml(f'<dl class="meta">{listed}</dl>', [held])


def cards(rows: Sequence[tuple[str, Sequence[tuple[Literal["big", "small"], object]]]]) -> BlockHtml:
    """Key figures side by side.

    Parameters
    ----------
    rows : sequence of (title, lines)
        Each line is ``("big", value)`` or ``("small", remark)``.

    Returns
    -------
    BlockHtml

    Examples
    --------
    >>> cards([("Good days", [("big", "12"), ("small", "last year 9")])])
    '<div class="cards"><div class="card"><b>Good days</b><span class="big">12</span><small>last year 9</small></div></div>'
    """
    html, held = [], []
    for title, lines in rows:
        inner = "".join(
            f'<span class="big">{_inner(v)}</span>' if kind == "big" else f"<small>{_inner(v)}</small>"
            for kind, v in lines
        )
        html.append(f'<div class="card"><b>{escape(title)}</b>{inner}</div>')
        held.append(blocks.Card(title, tuple((kind, _words(v)) for kind, v in lines)))
    return BlockHtml(f'<div class="cards">{"".join(html)}</div>', [blocks.Cards(tuple(held))])


def join(*parts: Html) -> BlockHtml:
    """Several parts as one.

    Examples
    --------
    >>> join(heading("A"), paragraphs(["b"]))
    '<h2>A</h2><p>b</p>'
    """
    return BlockHtml("".join(parts), [b for p in parts for b in p.blocks])


def details(summary: str, *parts: Html) -> BlockHtml:
    """Parts that a reader opens.

    Examples
    --------
    >>> details("more", Html("<p>x</p>"))
    '<details><summary>more</summary><p>x</p></details>'
    """
    held = blocks.Details(summary, tuple(b for p in parts for b in p.blocks))
    return BlockHtml(
        f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>",
        [held],
    )


def aqi_chip(text: str, category: int, ref: str = "") -> Html:
    """AQI on the colour of its category, linked to its row if ``ref`` names one.

    Examples
    --------
    >>> "background:#00E400" in aqi_chip("42", 1)
    True
    """
    if not category:
        return Number(text)
    colour = standards.colour(category)
    look = f'style="background:{colour};color:{style.ink_on(colour)}"'
    html = f'<span class="chip" {look}>{escape(text)}</span>'
    if ref:
        html = f'<a class="{markup.ROW_LINK} chip" href="#{escape(ref)}" {look}>{escape(text)}</a>'
    return Inline(
        html,
        blocks.text(text, ref, fill=colour),
    )

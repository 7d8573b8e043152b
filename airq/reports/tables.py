"""HTML tables of a page: header, alignment, caption with the standard and the unit, nothing computed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from airq import standards
from airq.figures import style

__all__ = ["Html", "aqi_chip", "details", "table"]


class Html(str):
    """HTML that a notebook shows and a page takes as it is."""

    def _repr_html_(self) -> str:
        return str(self)


def _cell(value: object, tag: str, left: bool) -> str:
    text = str(value) if isinstance(value, Html) else escape(str(value))
    kind = ' class="t"' if left else ""
    return f"<{tag}{kind}>{text}</{tag}>"


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    caption: str = "",
    note: str = "",
    left: Sequence[int] = (0,),
    strong: Sequence[int] = (),
    groups: Sequence[tuple[str, int]] = (),
) -> Html:
    """Table of printed values.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequences
        Texts; :class:`Html` is taken as it is, everything else is escaped.
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
    Html

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
    return Html(
        f'<div class="table"><table>{title}<thead>{top}<tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{foot}"
    )


def details(summary: str, *parts: Html) -> Html:
    """Parts that a reader opens.

    Examples
    --------
    >>> details("more", Html("<p>x</p>"))
    '<details><summary>more</summary><p>x</p></details>'
    """
    return Html(f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>")


def aqi_chip(text: str, category: int) -> Html:
    """AQI on the colour of its category.

    Examples
    --------
    >>> "background:#00E400" in aqi_chip("42", 1)
    True
    """
    if not category:
        return Html(escape(text))
    colour = standards.colour(category)
    return Html(
        f'<span class="chip" style="background:{colour};color:{style.ink_on(colour)}">{escape(text)}</span>'
    )

"""A subset of the bundled Chinese font for pages, so that they show Chinese on any machine.

Examples
--------
>>> len(subset("优良天数 AQI")) < 20_000
True
"""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from airq.figures.style import FONTS
from airq.reports.html import FONT_MARK, with_font

__all__ = ["LARGEST", "characters", "embed", "face", "subset"]

LARGEST: Final = 150_000
"""Bytes of WOFF2 above which a page relies on the reader's own fonts."""

_GRID: Final = 200
"""Steps of an outline to the em, 1000 in the bundled font: a quarter fewer bytes, a twelfth of a dot on a screen."""


def characters(pages: Iterable[str]) -> str:
    """Characters that need the font: Chinese text and punctuation of the pages.

    Examples
    --------
    >>> characters(["<p>优良 days</p>", "良，"])
    '优良，'
    """
    return "".join(sorted({c for page in pages for c in set(page) if ord(c) >= 0x2E80}))


def subset(text: str) -> bytes:
    """WOFF2 with the glyphs of a text, a quarter smaller than WOFF; outlines on a coarser grid than the font's own.

    Parameters
    ----------
    text : str
        Characters the font lacks are left to the reader's fonts.

    Returns
    -------
    bytes
    """
    from fontTools import subset as tool
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.scaleUpem import scale_upem

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    settings = tool.Options(
        hinting=False, layout_features=[], name_IDs=[1, 2], notdef_outline=True, flavor="woff2"
    )
    font = TTFont(FONTS / "NotoSansSC-Regular.ttf", lazy=True)
    worker = tool.Subsetter(settings)
    worker.populate(text=text)
    worker.subset(font)
    scale_upem(font, _GRID)
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def face(pages: Iterable[str]) -> str:
    """CSS that embeds the subset, or nothing if it would be too heavy.

    Parameters
    ----------
    pages : iterable of str
        HTML of every page that will carry it.

    Returns
    -------
    str
        An ``@font-face`` rule with a ``data:`` address, or an empty text.
    """
    text = characters(pages)
    if not text:
        return ""
    data = subset(text)
    if len(data) > LARGEST:
        return ""
    encoded = base64.b64encode(data).decode()
    return f'@font-face{{font-family:"airq-han";src:url(data:font/woff2;base64,{encoded}) format("woff2");font-display:block}}'


def embed(files: Iterable[Path], text: str) -> None:
    """Put one subset into every page that has a place for it.

    Parameters
    ----------
    files : iterable of path
        Pages.
    text : str
        Characters that they show.
    """
    css = face([text])
    for file in files:
        page = file.read_text(encoding="utf-8")
        if FONT_MARK in page:
            file.write_text(with_font(page, css), encoding="utf-8")

"""Sizes that printed formats share: widths of columns by what they hold, width and height of a picture.

Examples
--------
>>> from airq.reports.blocks import text
>>> widths(2, [[text("优良天数"), text("12")]])
[10.0, 6.0]
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Sequence
from typing import Final

from airq.reports.blocks import Text, plain

__all__ = ["length", "png_size", "widths"]

_LONGEST: Final = 18.0  # letters; a longer word is broken


def length(words: str) -> float:
    """Width in letters, a Chinese one counting two.

    Examples
    --------
    >>> length("优良 AQI")
    8
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words)


def png_size(png: bytes) -> tuple[int, int]:
    """Width and height of a picture in pixels, from the head of the PNG.

    Examples
    --------
    >>> png_size(bytes(18) + bytes([1, 0, 0, 0, 0, 128]))
    (256, 128)
    """
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def widths(columns: int, lines: Sequence[Sequence[Text]]) -> list[float]:
    """Widths of columns: that of the longest cell, long texts less.

    Parameters
    ----------
    columns : int
    lines : sequence of rows
        The header first.

    Returns
    -------
    list of float
        Letters.
    """
    need = []
    for i in range(columns):
        found = [plain(line[i]) for line in lines if i < len(line)]
        body = [length(words) for words in found[1:]] or [length(words) for words in found]
        mean = sum(body) / max(1, len(body))
        whole = max((_unbroken(words) for words in found), default=0.0)  # a heading may break, a word may not
        need.append(max(4.0, whole, min(max(body, default=0.0), 10 + 1.6 * mean)) + 2.0)
    return need


def _unbroken(words: str) -> float:
    """Width of the longest word; Chinese breaks after every character.

    Examples
    --------
    >>> _unbroken("Probability of 优良"), _unbroken("优良天数"), _unbroken("PM (µg/m³)")
    (11, 2, 7)
    """
    found = re.findall(r"[^\s\u2e80-\uffff]+|\S", words)
    return min(_LONGEST, max((length(w) for w in found), default=0.0))

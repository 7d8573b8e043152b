"""Sizes that printed formats share: letters and columns of a table by what it holds, width and height of a picture.

Examples
--------
>>> from airq.reports.blocks import text
>>> fit([[text("优良天数"), text("单位")], [text("12"), text("天")]], 2, 200, [9.0, 8.0], 4)
(9.0, [0.6455, 0.3545])
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Sequence
from typing import Final

from airq.reports.blocks import Text, plain

__all__ = ["fit", "length", "png_size", "softened"]

_LONGEST: Final = 18.0  # letters; a longer word is broken
_SHORT: Final = 13.0  # letters; a cell up to here stays on one line
_NUMBER: Final = 24.0  # the same for a cell of numbers, such as a median and its interval
_GAPS: Final = re.compile("(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])")
_READABLE: Final = 8.0  # points below which a cell may rather take more lines
_LATIN: Final = 1.12  # letters that a digit or a small letter takes, by the wider of the fonts
_CAPITAL: Final = 1.35


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


def _room(words: str) -> float:
    """Letters that words take in print: capitals are wide, and setters put a gap between Chinese and other letters."""
    return 0.5 * len(_GAPS.findall(words)) + sum(
        2
        if unicodedata.east_asian_width(c) in "WF" or c == "—"
        else _CAPITAL
        if c.isupper() or c in "%µ±"
        else _LATIN
        for c in words
    )


def _unbroken(words: str) -> float:
    """Room of the longest word; Chinese breaks after every character.

    Examples
    --------
    >>> _unbroken("of 优良") < _unbroken("probability of 优良"), _unbroken("优良天数")
    (True, 2.0)
    """
    found = re.findall(r"[^\s\u2e80-\uffff]+|\S", words)
    return min(_LONGEST, max((_room(w) for w in found), default=0.0))


def _least(words: str, head: bool) -> float:
    """Room without which a cell would break where it should not: a short cell or a number has one line."""
    whole = max(map(_room, words.split("\n")), default=0.0)
    if head:
        return max(_unbroken(words), min(whole, 6.0))
    numeric = not re.search("[\u2e80-\uffff]", words) and any(c.isdigit() for c in words[:2])
    if whole <= (_NUMBER if numeric else _SHORT):
        return whole
    return max(_unbroken(words), _SHORT - 3)


def _whole(words: str, head: bool) -> float:
    """Room in which a cell has one line, a heading two at the most."""
    whole = max(map(_room, words.split("\n")), default=0.0)
    return max(_unbroken(words), min(whole, max(8.0, whole / 2 + 1))) if head else whole


def _column(cells: Sequence[str]) -> float:
    """Room of a column, its header first; a few cells longer than the others do not widen it."""
    if not cells:
        return 2.0
    body = [_whole(t, False) for t in cells[1:]] or [0.0]
    return max(_whole(cells[0], True), min(max(body), 10 + 1.6 * sum(body) / len(body)))


def _shared(least: Sequence[float], whole: Sequence[float], letters: float) -> list[float]:
    """Letters of each column: what it needs where that fits, else long columns give way down to one level."""
    if sum(whole) <= letters:
        spare = (letters - sum(whole)) / max(1.0, sum(whole))
        return [w * (1 + spare) for w in whole]
    if sum(least) >= letters:
        return [n * letters / sum(least) for n in least]
    low, high = 0.0, max(whole)
    for _ in range(40):
        level = (low + high) / 2
        taken = sum(max(n, min(w, level)) for n, w in zip(least, whole, strict=True))
        low, high = (level, high) if taken <= letters else (low, level)
    return [max(n, min(w, low)) for n, w in zip(least, whole, strict=True)]


def fit(
    lines: Sequence[Sequence[Text]],
    columns: int,
    room: float,
    sizes: Sequence[float],
    padding: float,
) -> tuple[float, list[float]]:
    """Size of a table's letters and the share of each column, so that short cells and numbers stay on one line.

    Parameters
    ----------
    lines : sequence of rows
        The header first.
    columns : int
    room : float
        Width of the table, points.
    sizes : sequence of float
        Points of the letters: the first at which no cell takes more than two lines, else at which short cells fit.
    padding : float
        Points of a column that hold no letters.

    Returns
    -------
    tuple of float and list of float
        Points, and shares of the width with sum 1.
    """
    found = [[plain(line[i]) for line in lines if i < len(line)] for i in range(columns)]
    least = [max((_least(t, k == 0) for k, t in enumerate(c)), default=2.0) + 0.3 for c in found]
    whole = [max(n, _column(c) + 0.6) for n, c in zip(least, found, strict=True)]
    easy = [max(n, w / 2) for n, w in zip(least, whole, strict=True)]  # two lines a cell
    letters = {size: max(1.0, (room - columns * padding) / (size / 2)) for size in sizes}
    fine = [s for s in sizes if sum(easy) <= letters[s] and s >= _READABLE]
    fair = [s for s in sizes if sum(least) <= letters[s]]
    size = next(iter([*fine, *fair, sizes[-1]]))
    taken = _shared(least, whole, letters[size])
    points = [n * size / 2 + padding for n in taken]
    return size, [round(p / sum(points), 4) for p in points]


def softened(words: str) -> str:
    """Words with places to break at inside long ones, for a setter that would let them run over the next column.

    Examples
    --------
    >>> softened("emissions_factor.residential").split("\u200b")
    ['emissions_', 'factor.', 'residential']
    >>> softened("2026-10-01") == "2026-10-01"
    True
    """
    return re.sub(r"\S{12,}", lambda m: re.sub(r"(?<=[A-Za-z_./])([._/\-])(?=\w)", "\\1\u200b", m[0]), words)

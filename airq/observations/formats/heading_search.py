"""Where the heading of an unknown table stands, and how many lines it takes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from airq.observations.formats.across import hour_of
from airq.observations.formats.base import parse_number
from airq.observations.formats.headings import is_unit
from airq.observations.formats.table import DELIMITERS
from airq.observations.formats.times import parse_moment

__all__ = ["delimiter_of", "find_heading"]

_MOST: Final = 3  # lines of a heading
_COMMA: Final = re.compile(r"[+-]?[\d.]+,\d+")


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter that splits most lines into equally many cells; a comma only where no other does.

    Examples
    --------
    >>> delimiter_of(["Zeit;PM2,5", "2019-01-05 01:00;12,5"]), delimiter_of(["a,b", "1,2"])
    (';', ',')
    """
    best, score = ",", 0.0
    for sign in (*DELIMITERS[1:], ","):
        counts = Counter(line.count(sign) for line in lines if sign in line)
        share = counts.most_common(1)[0][1] / len(lines) if counts else 0.0
        if share > score + (0.2 if sign == "," else 0.0):
            best, score = sign, share
    return best


def _number(cell: str) -> bool:
    return bool(_COMMA.fullmatch(cell)) or parse_number(cell) is not None


def _moment(cell: str) -> bool:
    return not cell.isalpha() and any(parse_moment(cell, first) is not None for first in (True, False))


def _split(cells: Sequence[str]) -> bool:
    """Whether year, month and day stand beside each other."""
    bare = [c.rstrip("年月日 ").removesuffix(".0") for c in cells]
    numbers = [int(b) if b.isdecimal() and len(b) < 5 else -1 for b in bare]
    return any(
        1970 <= y <= 2200 and 1 <= m <= 12 and 1 <= d <= 31
        for y, m, d in zip(numbers, numbers[1:], numbers[2:], strict=False)
    )


def _hours(cells: Sequence[str]) -> bool:
    """Whether the cells are headings of the hours of a day."""
    hours = [h for c in cells if (h := hour_of(c)) is not None]
    return len(hours) >= 12 and hours[0] < 2 and hours == list(range(hours[0], hours[0] + len(hours)))


def _data(cells: Sequence[str], strict: bool) -> bool:
    """Whether a row holds values rather than names; strictly if it also has a time."""
    filled = [c for c in cells if c]
    if len(filled) < 2 or _hours(filled):
        return False
    moments = [c for c in filled if _moment(c)]
    numbers = [c for c in filled if _number(c) and c not in moments]
    if (moments and numbers) or _split(cells):
        return True
    return not strict and bool(numbers) and len(numbers) + len(moments) >= 0.4 * len(filled)


def find_heading(rows: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """First line of the heading among the first rows, and the number of lines it takes.

    Parameters
    ----------
    rows : sequence of sequence of str
        Cells of the rows that are not empty.

    Returns
    -------
    (int, int) or None
        None where no row can be a heading.

    Examples
    --------
    >>> find_heading([["某省数据", "", ""], ["站点", "时间", "PM2.5"], ["甲", "2024-01-05 01:00", "5"]])
    (1, 1)
    >>> find_heading([["time", "A", ""], ["", "PM2.5", "CO"], ["2024-01-05 01:00", "5", "1"]])
    (0, 2)
    >>> find_heading([["1", "2"], ["3", "4"]]) is None
    True
    """
    start = _first_data(rows)
    if start is None:
        names = (i for i, r in enumerate(rows) if sum(map(bool, r)) >= 2 and not any(map(_number, r)))
        found = next(names, None)
        return None if found is None else (found, 1)
    if start == 0:
        return None
    first = start - 1
    width = max(len(r) for r in rows[first : start + 3])
    while first > 0 and start - first < _MOST and _is_level(rows[first - 1], rows[first], width):
        first -= 1
    return first, start - first


def _first_data(rows: Sequence[Sequence[str]]) -> int | None:
    for strict in (True, False):
        for i, row in enumerate(rows):
            if _data(row, strict) and (i + 1 == len(rows) or _data(rows[i + 1], strict=False)):
                return i
    return None


def _is_level(upper: Sequence[str], lower: Sequence[str], width: int) -> bool:
    """Whether a row belongs to the heading below it: names of units, groups of columns, or names in two languages."""
    width = max(width, len(upper), len(lower))
    above, below = ([*r, *[""] * (width - len(r))] for r in (upper, lower))
    texts = [t for t in below if t]
    names = [t for t in above if t]
    if len(names) < 2 or any(_moment(t) for t in names) or not texts:
        return False
    if sum(map(is_unit, texts)) >= 0.5 * len(texts):
        return True
    if any(a and not b for a, b in zip(above, below, strict=True)):
        return True
    if len(set(texts)) < len(texts) and max(Counter(texts).values()) > 1:
        return True
    return len(names) >= 0.6 * width and len(texts) >= 0.6 * width and not any(map(_number, names))

"""Headings that take several lines: groups above their columns, or units below the names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["is_unit", "joined_heads"]

_UNIT: Final = re.compile(
    r"(?:[µμu]|m|n)?g\s*[/·.]?\s*m\s*-?\^?[3³]|(?:微|毫)克(?:/|每)?(?:立方米|m3|m³)|pp[bm]v?|%|[°º]\s*[cf]|℃|h?pa|k?pa|m(?:bar|b)"
    r"|m\s*/\s*s|m\s*s-1|km/h|mm|deg(?:rees?)?|°|度|百帕|毫米|米/秒|w/m[2²]|m|无量纲|[-—/]|utc[+-]?\d*|h|小时",
    re.IGNORECASE,
)


def is_unit(text: str) -> bool:
    """Whether a text is a unit, with or without brackets.

    Examples
    --------
    >>> [is_unit(t) for t in ("μg/m³", "(ug/m3)", "mg·m-3", "℃", "PM2.5", "站点1")]
    [True, True, True, True, False, False]
    """
    return len(text) < 30 and bool(_UNIT.fullmatch(text.strip().strip("()（）[]【】").strip()))


def joined_heads(levels: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """One heading a column from the lines of the heading.

    Parameters
    ----------
    levels : sequence of sequence of str
        Cells of each line, from above.

    Returns
    -------
    heads : list of str
        Texts of a column joined by a blank; a unit below a name stands in brackets.
    levels : list of list of str
        As given, of one length; in all but the last line an empty cell repeats the one before it where the line
        below has a text, because a group is written over its first column only. Empty for a single line.

    Examples
    --------
    >>> joined_heads([["time", "A", "", "B"], ["", "PM2.5", "CO", "PM2.5"]])[0]
    ['time', 'A PM2.5', 'A CO', 'B PM2.5']
    >>> joined_heads([["时间", "PM2.5"], ["", "μg/m³"]])[0]
    ['时间', 'PM2.5(μg/m³)']
    """
    if len(levels) == 1:
        return [c.strip() for c in levels[0]], []
    width = max(len(line) for line in levels)
    out = [[c.strip() for c in line] + [""] * (width - len(line)) for line in levels]
    for k in range(len(out) - 2, -1, -1):
        for j in range(1, width):
            if not out[k][j] and out[k + 1][j] and not is_unit(out[k + 1][j]):
                out[k][j] = out[k][j - 1]
    heads = []
    for j in range(width):
        head = ""
        for text in dict.fromkeys(line[j] for line in out if line[j]):
            bare = text.strip("()（）[]【】").strip()
            head = text if not head else f"{head}({bare})" if is_unit(text) else f"{head} {text}"
        heads.append(head)
    return heads, out

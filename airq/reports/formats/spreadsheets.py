"""CSV of every table: UTF-8 with a mark, so that spreadsheets show Chinese, one file a table and a list of them.

Examples
--------
>>> from airq.reports.blocks import Table, text
>>> rows(Table((text("a"), text("b")), ((text("x"), text("−1")),), groups=(("", 1), ("2026", 1))), "")
[['a', '2026 b'], ['x', '-1']]
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from airq.reports.blocks import Table, plain
from airq.reports.document import Document
from airq.reports.formats.letters import printed_number
from airq.texts import neutral

__all__ = ["header", "rows", "write"]


def header(table: Table) -> list[str]:
    """Names of the columns, each with the heading it stands under.

    Parameters
    ----------
    table : Table

    Returns
    -------
    list of str
    """
    over = [words for words, count in table.groups for _ in range(count)]
    over += [""] * (table.columns - len(over))
    own = [plain(t) for t in table.header] + [""] * (table.columns - len(table.header))
    return [" ".join(filter(None, pair)) for pair in zip(over, own, strict=True)]


def _cell(words: str) -> str:
    """Numbers with the sign that programs read; other words so that none is run as a formula."""
    if printed_number(words) is not None:
        return words.strip().replace("−", "-").replace(",", "")
    return neutral(words)


def rows(table: Table, mark: str) -> list[list[str]]:
    """Lines of the file of a table.

    Parameters
    ----------
    table : Table
    mark : str
        Mark of simulated data, in a last column; empty for none.

    Returns
    -------
    list of list of str
    """
    out = [[neutral(h) for h in header(table)]]
    out += [[_cell(plain(t)) for t in row] for row in table.rows]
    if mark:
        out = [[*line, mark] for line in out]
    return out


def _text(lines: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue()


def write(document: Document, folder: Path) -> list[str]:
    """Write a file a table and ``00-tables.csv``, which lists them with their captions and notes.

    Parameters
    ----------
    document : Document
    folder : pathlib.Path
        Made if it is not there.

    Returns
    -------
    list of str
        Names of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    zh = document.lang == "zh"
    listed = [["文件", "表", "章节", "注"] if zh else ["file", "table", "section", "note"]]
    names = ["00-tables.csv"]
    for named in document.tables:
        table: Table = named.block
        name = f"{named.name}.csv"
        (folder / name).write_text(_text(rows(table, document.mark)), encoding="utf-8-sig", newline="")
        listed.append([name, *map(neutral, (document.caption(table), named.section, table.note))])
        names.append(name)
    if document.mark:
        listed = [[*line, document.mark] for line in listed]
    (folder / names[0]).write_text(_text(listed), encoding="utf-8-sig", newline="")
    return names

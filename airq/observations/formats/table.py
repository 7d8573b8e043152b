"""Text, a workbook or Parquet as columns of text with line numbers: the ground of every table layout.

Cells stay text here. A line with another number of fields, an unbalanced quotation mark or padding that no other
line has is named and left out, because nothing in it can be trusted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import parse_number
from airq.observations.formats.headings import joined_heads
from airq.observations.formats.parquet import read_parquet
from airq.observations.formats.workbook import Sheet, read_sheet
from airq.observations.issues import Issues

__all__ = [
    "DELIMITERS",
    "Table",
    "as_text",
    "empty_padded",
    "first_heads",
    "heads_of",
    "name_unused",
    "numbers",
    "read_table",
    "split_line",
]

DELIMITERS: Final = (",", "\t", ";", "|")

_CELL_LINES: Final = 12
"""Longest quoted cell in lines; a mark that is not closed by then is damage."""

PREAMBLE: Final = 40
"""Lines above a heading that are searched for it."""


@dataclass(frozen=True)
class Table:
    """Columns of text.

    Attributes
    ----------
    heads : list of str
        Headings as they stand in the file.
    columns : list of list of str
        One list a heading.
    lines : int64 array, shape (row,)
        Line (or row of the sheet) of each row.
    preamble : list of str
        Lines above the heading.
    head_line : int
        Its last line.
    levels : list of list of str
        The lines of a heading that takes several, cell by cell; groups are repeated over their columns.
    """

    heads: list[str]
    columns: list[list[str]]
    lines: npt.NDArray[np.int64]
    preamble: list[str] = field(default_factory=list)
    head_line: int = 1
    levels: list[list[str]] = field(default_factory=list)

    def find(self, *names: str) -> int | None:
        """Index of the first heading among the names, without regard to case and spaces.

        Examples
        --------
        >>> Table(["Date ", "PM2.5"], [[], []], np.array([], np.int64)).find("time", "date")
        0
        """
        low = {"".join(h.lower().split()): i for i, h in reversed(list(enumerate(self.heads)))}
        return next((low[n] for n in ("".join(n.lower().split()) for n in names) if n in low), None)

    def column(self, *names: str) -> list[str] | None:
        """Cells under the first heading among the names."""
        index = self.find(*names)
        return None if index is None else self.columns[index]

    def __len__(self) -> int:
        return len(self.lines)


def _split(line: str, delimiter: str) -> list[str] | None:
    """Fields of a line; None where quotation marks do not pair."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        fields = next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return None
    # A mark inside an unquoted field is no quotation, and csv keeps it as it is: such a cell is damaged.
    return fields if not any('"' in f for f in fields) else None


def split_line(line: str, delimiter: str) -> list[str]:
    """Cells of a line without the blanks around them.

    Examples
    --------
    >>> split_line('a; "b;c"', ";"), split_line('a;"b;c"', ";")
    (['a', '"b', 'c"'], ['a', 'b;c'])
    """
    return [c.strip() for c in (_split(line, delimiter) or line.split(delimiter))]


def _delimiter(line: str, delimiters: Sequence[str] = DELIMITERS) -> str:
    return max(delimiters, key=line.count)


def heads_of(line: str, delimiters: Sequence[str] = DELIMITERS) -> list[str]:
    """Cells of a heading line, its delimiter guessed.

    Examples
    --------
    >>> heads_of('"No";"year"')
    ['No', 'year']
    """
    return split_line(line, _delimiter(line, delimiters))


def first_heads(raw: RawFile) -> list[str]:
    """Cells of the first line that is not empty, for recognising a layout; empty for other kinds of files."""
    if raw.kind == "text":
        return heads_of(raw.data[:200_000].lstrip().split(b"\n", 1)[0].decode(errors="replace"))
    if raw.kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return [str(n) for n in pq.read_schema(BytesIO(raw.data)).names]
        except (pa.ArrowException, OSError, ValueError):
            return []
    return []


def read_table(
    raw: RawFile,
    is_head: Callable[[list[str]], bool] | None = None,
    header_lines: int = 1,
    or_first: bool = False,
    delimiters: Sequence[str] = DELIMITERS,
) -> Table:
    """Read a table.

    Parameters
    ----------
    raw : RawFile
    is_head : callable, optional
        Tells the heading from the lines above it; the first line that is not empty by default.
    header_lines : int
        Lines that the heading takes.
    or_first : bool
        Whether the first line that is not empty is the heading where ``is_head`` finds none.
    delimiters : sequence of str
        Those that a text may have.

    Returns
    -------
    Table

    Raises
    ------
    FileRejected
        No heading, no line below it, a damaged workbook or Parquet file.
    """
    if raw.kind == "xlsx":
        table = _sheet(raw, is_head, header_lines, or_first)
    elif raw.kind == "parquet":
        names, cells, rows = read_parquet(raw)
        table = Table(names, cells, np.arange(1, rows + 1, dtype=np.int64), head_line=0)
    else:
        table = _text(raw, is_head, header_lines, or_first, delimiters)
    if not len(table):
        raise FileRejected(
            f"{raw.path}: line {table.head_line + 1}: a header without a line of data; fetch the file again."
        )
    return table


def _head_at(
    rows: Sequence[tuple[int, list[str]]],
    is_head: Callable[[list[str]], bool] | None,
    header_lines: int,
    or_first: bool,
) -> int | None:
    """Position, among rows that are not empty, of the heading's first line; None if there is none."""
    if is_head is None:
        return 0
    for k in range(min(PREAMBLE, len(rows) - header_lines + 1)):
        if is_head(joined_heads([cells for _, cells in rows[k : k + header_lines]])[0]):
            return k
    return 0 if or_first else None


def _text(
    raw: RawFile,
    is_head: Callable[[list[str]], bool] | None,
    header_lines: int,
    or_first: bool,
    delimiters: Sequence[str],
) -> Table:
    text = raw.data.decode()
    lines = (_simple(text) if '"' in text else text).split("\n")
    filled = [i for i, line in enumerate(lines[: PREAMBLE + 200]) if line.strip()]
    if not filled:
        raise FileRejected(f"{raw.path}: the file is empty; fetch it again.")
    candidates = [(i, heads_of(lines[i], delimiters)) for i in filled[: PREAMBLE + header_lines]]
    found = _head_at(candidates, is_head, header_lines, or_first)
    if found is None:
        raise FileRejected(
            f"{raw.path}: line {filled[0] + 1}: no heading of this layout in the first lines; name the right --format."
        )
    group = filled[found : found + header_lines]
    delimiter = _delimiter("".join(lines[i] for i in group), delimiters)
    heads, levels = joined_heads([split_line(lines[i], delimiter) for i in group])
    start = group[-1]
    _lost_above(raw, lines[: group[0]], delimiter, len(heads))
    rows, numbers_of = _rows(raw, lines, {lines[i] for i in group}, start, delimiter, len(heads))
    columns = [list(c) for c in zip(*rows, strict=True)] if rows else [[] for _ in heads]
    empty_padded(columns, numbers_of, heads, raw.issues)
    preamble = [t for t in lines[: group[0]] if t.strip()]
    return Table(heads, columns, np.array(numbers_of, np.int64), preamble, start + 1, levels)


def _lost_above(raw: RawFile, lines: list[str], delimiter: str, width: int) -> None:
    """Name lines above the heading that look like rows of the table."""
    for number, line in enumerate(lines, 1):
        fields = line.split(delimiter)
        if len(fields) == width and sum(bool(f.strip()) for f in fields) > 0.6 * width:
            raw.issues.each("above", f"line {number}", "stands above the heading and looks like data; the line is not taken")  # fmt: skip


_FIGURES = re.compile(r"[\d\W]*\d[\d\W]*")
_SIMPLE = re.compile(r'(?m)(^|[,;\t|])"([^",;\t|\n]*)"(?=[,;\t|]|$)')


def _simple(text: str) -> str:
    """Without the quotation marks of cells that need none, so that most lines can be split at once."""
    return _SIMPLE.sub(r"\1\2", text)


def _joined(lines: list[str], start: int, delimiter: str, width: int) -> tuple[list[str] | None, int]:
    """Fields of a row whose quoted cell goes over several lines, and how many lines it takes."""
    text = lines[start]
    for more in range(1, _CELL_LINES):
        if start + more >= len(lines):
            break
        if lines[start + more].count(delimiter) == width - 1:
            break  # a row of its own: the mark above it was never closed
        text += "\n" + lines[start + more]
        if text.count('"') % 2 == 0:
            try:
                fields = next(csv.reader(text.split("\n"), delimiter=delimiter, strict=True), None)
            except csv.Error:
                return None, 1
            fits = fields is not None and len(fields) == width and not any('"' in f for f in fields)
            return (fields, more + 1) if fits else (None, 1)
    return None, 1


def _rows(
    raw: RawFile, lines: list[str], headings: Collection[str], start: int, delimiter: str, width: int
) -> tuple[list[list[str]], list[int]]:
    """Rows that have as many fields as the heading, and their line numbers."""
    rows: list[list[str]] = []
    numbers_of: list[int] = []
    unterminated = bool(lines[-1].strip())
    inside = 0
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if inside:
            inside -= 1
            continue
        if not line or line.isspace():
            continue
        if line in headings:
            raw.issues.each("joined", f"line {number}", "repeats the heading; files were joined", "note")
            continue
        fields = _split(line, delimiter)
        where = f"line {number}"
        if fields is None and line.count('"') % 2:
            fields, taken = _joined(lines, number - 1, delimiter, width)
            inside = taken - 1
        if fields is None:
            raw.issues.each("quotes", where, "has quotation marks that do not pair; the line is not taken")
        elif len(fields) != width:
            at_end = number == len(lines) and (unterminated or raw.cut)
            text = (
                "the file is cut in mid-line; this line is not taken, fetch the file again"
                if at_end
                else f"has {len(fields)} fields where the header has {width}; the line is not taken"
            )
            raw.issues.each("cut" if at_end else "fields", where, text)
        else:
            rows.append(fields)
            numbers_of.append(number)
    if rows and (unterminated or raw.cut) and numbers_of[-1] == len(lines):
        raw.issues.note(
            f"line {len(lines)}", "the file ends without a line end; its very last value may have lost digits"
        )
    return rows, numbers_of


def empty_padded(
    columns: list[list[str]], numbers_of: Sequence[int], heads: Sequence[str], issues: Issues
) -> None:
    """Name and empty figures padded with blanks in a column that pads no other: a digit may have become a blank.

    Examples
    --------
    >>> column = ["12", "3 "] + ["5"] * 50
    >>> found = Issues()
    >>> empty_padded([column], range(2, 54), ["PM10"], found)
    >>> column[:3], found.summarised()[0].where
    (['12', '', '5'], 'line 3 column PM10')
    """
    for j, column in enumerate(columns):
        suspects = {cell for cell in set(column) if cell != cell.strip()}
        if not suspects:
            continue
        padded = [i for i, cell in enumerate(column) if cell in suspects]
        if len(padded) > max(2, 0.01 * len(column)):
            continue
        for i in padded:
            if not column[i].strip() or (len(column[i]) < 60 and _FIGURES.fullmatch(column[i])):
                issues.each(
                    "blank",
                    f"line {numbers_of[i]} column {heads[j]}",
                    f"'{column[i][:40]}' has blanks that no other line has, a digit may be lost; the cell is taken as empty",
                )
                column[i] = ""


def _sheet(
    raw: RawFile, is_head: Callable[[list[str]], bool] | None, header_lines: int, or_first: bool
) -> Table:
    sheet = read_sheet(raw)
    rows = sheet.rows
    filled = [i for i, r in enumerate(rows) if sum(bool(c) for c in r) >= 2]
    if not filled:
        raise FileRejected(f"{raw.path}: the first sheet is empty; put the table there.")
    candidates = [(i, [c.strip() for c in rows[i]]) for i in filled[: PREAMBLE + header_lines]]
    found = _head_at(candidates, is_head, header_lines, or_first)
    if found is None:
        raise FileRejected(
            f"{raw.path}: line {filled[0] + 1}: no heading of this layout in the first lines; name the right --format."
        )
    group = [i for i, _ in candidates[found : found + header_lines]]
    heads, levels = joined_heads([cells for _, cells in candidates[found : found + header_lines]])
    start = group[-1]
    _fill_merged(sheet, start + 1, raw.issues)
    body = [(i, r) for i, r in enumerate(rows[start + 1 :], start + 2) if any(r)]
    columns = [[r[j] if j < len(r) else "" for _, r in body] for j in range(len(heads))]
    preamble = [" ".join(c for c in r if c) for r in rows[: group[0]] if any(r)]
    return Table(heads, columns, np.array([i for i, _ in body], np.int64), preamble, start + 1, levels)


def _fill_merged(sheet: Sheet, first: int, issues: Issues) -> None:
    """Let the text of merged cells below the heading hold for all of them."""
    filled = 0
    for top, left, bottom, right in sheet.merged:
        if top < first or top >= len(sheet.rows) or left >= len(sheet.rows[top]):
            continue
        text = sheet.rows[top][left]
        for row in sheet.rows[top : min(bottom, len(sheet.rows) - 1) + 1] if text else ():
            row.extend([""] * (left + 1 - len(row)))
            for j in range(left, min(right + 1, len(row))):
                filled += not row[j]
                row[j] = row[j] or text
    if filled:
        issues.note("", f"{filled:,} cells are merged with others and are taken to hold the same")


def as_text(raw: RawFile) -> RawFile:
    """A workbook's first sheet as a file of text, so that every layout can stand in a workbook.

    Parameters
    ----------
    raw : RawFile
        Of kind ``xlsx``.

    Returns
    -------
    RawFile
        Of kind ``text``, tab-separated, with findings of its own; its lines are the rows of the sheet.
    """
    own = RawFile(raw.path, raw.data, raw.kind, raw.sha256, raw.cut, Issues())
    rows = read_sheet(own).rows
    width = max((len(r) for r in rows), default=0)
    lines = ["\t".join(" ".join(c.split()) for c in [*r, *[""] * (width - len(r))]) for r in rows]
    lines = [line if line.strip() else "" for line in lines]
    return RawFile(raw.path, ("\n".join(lines) + "\n").encode(), "text", raw.sha256, raw.cut, own.issues)


def _counts(cells: Sequence[str]) -> bool:
    """Whether a column is the running number that many programs put first."""
    try:
        steps = np.diff([float(c) for c in cells[:200]])
    except ValueError:
        return False
    return bool((steps == 1).all())


def name_unused(table: Table, used: Collection[int], issues: Issues) -> None:
    """Note the headings whose columns are not stored, so that a damaged one shows.

    Parameters
    ----------
    table : Table
    used : collection of int
        Indices of columns that are stored or give time and station.
    issues : Issues
    """
    rest = [h[:30] for j, h in enumerate(table.heads) if h and j not in used]
    bare = [j for j, h in enumerate(table.heads) if not h and j not in used]
    running = sum(any(c.strip() for c in table.columns[j]) and not _counts(table.columns[j]) for j in bare)
    if running:
        issues.lost(f"line {max(table.head_line, 1)}", f"{running} columns with values have no heading and are not taken")  # fmt: skip
    if rest:
        issues.note(
            f"line {max(table.head_line, 1)}",
            f"columns that are not observations are not stored: {', '.join(rest[:12])}{' …' if len(rest) > 12 else ''}",
        )


def numbers(
    cells: Sequence[str],
    keep: npt.NDArray[np.bool_],
    lines: npt.NDArray[np.int64],
    heading: str,
    issues: Issues,
) -> npt.NDArray[np.float64]:
    """Numbers of a column, shape (row,); text where a number belongs is named and becomes missing.

    Examples
    --------
    >>> found = Issues()
    >>> numbers(["5", "-", "x"], np.array([True] * 3), np.array([2, 3, 4]), "PM2.5", found).tolist()
    [5.0, nan, nan]
    >>> found.summarised()[0].where
    'line 4 column PM2.5'
    """
    known = {t: parse_number(t) for t in set(cells)}
    bad = {t for t, value in known.items() if value is None}
    plain = {t: np.nan if value is None else value for t, value in known.items()}
    out = np.array([plain[t] for t in cells], float)
    out[~keep] = np.nan
    if bad:
        for i in np.flatnonzero(keep).tolist():
            if cells[i] in bad:
                issues.each(
                    "text",
                    f"line {lines[i]} column {heading}",
                    f"'{cells[i].strip()[:40]}' is not a number; the value is taken as missing",
                )
    return out

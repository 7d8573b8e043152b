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
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import MAX_BYTES, RawFile
from airq.observations.formats.base import parse_number
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
    """

    heads: list[str]
    columns: list[list[str]]
    lines: npt.NDArray[np.int64]
    preamble: list[str] = field(default_factory=list)
    head_line: int = 1

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


def _cells(line: str, delimiter: str) -> list[str]:
    return [c.strip() for c in (_split(line, delimiter) or line.split(delimiter))]


def _delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def heads_of(line: str) -> list[str]:
    """Cells of a heading line, its delimiter guessed.

    Examples
    --------
    >>> heads_of('"No";"year"')
    ['No', 'year']
    """
    return _cells(line, _delimiter(line))


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


def read_table(raw: RawFile, is_head: Callable[[list[str]], bool] | None = None) -> Table:
    """Read a table.

    Parameters
    ----------
    raw : RawFile
    is_head : callable, optional
        Tells the heading from the lines above it; the first line that is not empty by default.

    Returns
    -------
    Table

    Raises
    ------
    FileRejected
        No heading, no line below it, a damaged workbook or Parquet file.
    """
    if raw.kind == "xlsx":
        table = _sheet(raw)
    elif raw.kind == "parquet":
        table = _parquet(raw)
    else:
        table = _text(raw, is_head)
    if not len(table):
        raise FileRejected(
            f"{raw.path}: line {table.head_line + 1}: a header without a line of data; fetch the file again."
        )
    return table


def _text(raw: RawFile, is_head: Callable[[list[str]], bool] | None) -> Table:
    text = raw.data.decode()
    lines = (_simple(text) if '"' in text else text).split("\n")
    filled = [i for i, line in enumerate(lines[: PREAMBLE + 200]) if line.strip()]
    if not filled:
        raise FileRejected(f"{raw.path}: the file is empty; fetch it again.")
    start = filled[0]
    if is_head is not None:
        found = next((i for i in filled[:PREAMBLE] if is_head(heads_of(lines[i]))), None)
        if found is None:
            raise FileRejected(
                f"{raw.path}: line {start + 1}: no heading of this layout in the first lines; name the right --format."
            )
        start = found
    delimiter = _delimiter(lines[start])
    heads = _cells(lines[start], delimiter)
    _lost_above(raw, lines[:start], delimiter, len(heads))
    rows, numbers_of = _rows(raw, lines, start, delimiter, len(heads))
    columns = [list(c) for c in zip(*rows, strict=True)] if rows else [[] for _ in heads]
    empty_padded(columns, numbers_of, heads, raw.issues)
    return Table(
        heads, columns, np.array(numbers_of, np.int64), [t for t in lines[:start] if t.strip()], start + 1
    )


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
    raw: RawFile, lines: list[str], start: int, delimiter: str, width: int
) -> tuple[list[list[str]], list[int]]:
    """Rows that have as many fields as the heading, and their line numbers."""
    rows: list[list[str]] = []
    numbers_of: list[int] = []
    unterminated = bool(lines[-1].strip())
    heading = lines[start]
    inside = 0
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if inside:
            inside -= 1
            continue
        if not line or line.isspace():
            continue
        if line == heading:
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


def _grid(raw: RawFile) -> list[list[str]]:
    """Cells of a workbook's first sheet as text, row by row."""
    import xml.etree.ElementTree as ET
    import zipfile
    import zlib

    import openpyxl

    broken = (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        ValueError,
        IndexError,
        OSError,
        EOFError,
        TypeError,
        AttributeError,
        NotImplementedError,
        ET.ParseError,
    )
    try:
        book = openpyxl.load_workbook(BytesIO(raw.data), read_only=True, data_only=True)
        sheets = book.worksheets
        rows = list(sheets[0].iter_rows(values_only=True))
        formulas = _formulas(raw)
    except broken as error:
        raise FileRejected(
            f"{raw.path}: a damaged workbook ({type(error).__name__}); open it in a spreadsheet and save it again."
        ) from error
    if len(sheets) > 1:
        raw.issues.note("", f"only the first of {len(sheets)} sheets, '{sheets[0].title}', is read")
    stored = sum(1 for i, j in formulas if i < len(rows) and j < len(rows[i]) and rows[i][j] is not None)
    if stored:
        raw.issues.note("", f"{stored:,} cells are formulas; the results stored in the file are taken")
    for i, j in sorted(formulas):
        if i < len(rows) and (j >= len(rows[i]) or rows[i][j] is None):
            raw.issues.each(
                "formula",
                f"line {i + 1} column {j + 1}",
                "is a formula without a stored result; the value is taken as missing",
            )
    return [["" if c is None else str(c) for c in row or ()] for row in rows]


def _sheet(raw: RawFile) -> Table:
    rows = _grid(raw)
    start = next((i for i, r in enumerate(rows) if sum(bool(c) for c in r) >= 2), None)
    if start is None:
        raise FileRejected(f"{raw.path}: the first sheet is empty; put the table there.")
    heads = [c.strip() for c in rows[start]]
    body = [(i, r) for i, r in enumerate(rows[start + 1 :], start + 2) if any(r)]
    columns = [[r[j] if j < len(r) else "" for _, r in body] for j in range(len(heads))]
    preamble = [" ".join(c for c in r if c) for r in rows[:start] if r]
    return Table(heads, columns, np.array([i for i, _ in body], np.int64), preamble, start + 1)


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
    rows = _grid(own)
    width = max((len(r) for r in rows), default=0)
    lines = ["\t".join(" ".join(c.split()) for c in [*r, *[""] * (width - len(r))]) for r in rows]
    lines = [line if line.strip() else "" for line in lines]
    return RawFile(raw.path, ("\n".join(lines) + "\n").encode(), "text", raw.sha256, raw.cut, own.issues)


def _formulas(raw: RawFile) -> list[tuple[int, int]]:
    """Zero-based cells of the first sheet that hold a formula."""
    import zipfile

    import openpyxl

    with zipfile.ZipFile(BytesIO(raw.data)) as box:
        names = [n for n in box.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
        if not any(b"<f" in box.read(n) for n in names):
            return []
    book = openpyxl.load_workbook(BytesIO(raw.data), read_only=True, data_only=False)
    return [
        (i, j)
        for i, row in enumerate(book.worksheets[0].iter_rows(values_only=False))
        for j, cell in enumerate(row)
        if getattr(cell, "data_type", None) == "f"
    ]


def _parquet(raw: RawFile) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(BytesIO(raw.data), page_checksum_verification=True)
        sizes = [file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups)]
        if sum(sizes) > MAX_BYTES or file.metadata.num_rows > 200_000_000:
            raise FileRejected(f"{raw.path}: unpacks to more than {MAX_BYTES / 1e6:,.0f} MB; split it.")
        table = file.read(use_threads=False)
        _hold_against_statistics(raw, file, table)
        columns = [_as_text(table.column(i), pa) for i in range(table.num_columns)]
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        raise FileRejected(
            f"{raw.path}: a damaged Parquet file ({type(error).__name__}); fetch it again."
        ) from error
    heads = [str(n) for n in table.column_names]
    return Table(heads, columns, np.arange(1, table.num_rows + 1, dtype=np.int64), head_line=0)


def _hold_against_statistics(raw: RawFile, file: Any, table: Any) -> None:
    """Refuse a Parquet file whose columns are not what its own footer says of them."""
    import pyarrow.compute as pc

    meta = file.metadata
    names = [meta.schema.column(j).path for j in range(meta.num_columns)]
    for j, name in enumerate(names):
        stats = [meta.row_group(i).column(j).statistics for i in range(meta.num_row_groups)]
        if name not in table.column_names or not stats or any(s is None for s in stats):
            continue
        column = table.column(name)
        wrong = all(s.has_null_count for s in stats) and sum(s.null_count for s in stats) != column.null_count
        if not wrong and all(s.has_min_max for s in stats) and column.null_count < len(column):
            span = pc.min_max(column).as_py()
            try:
                wrong = span["min"] != min(s.min for s in stats) or span["max"] != max(s.max for s in stats)
            except TypeError:  # statistics of another type than the column, as for time zones
                wrong = False
        if wrong:
            raise FileRejected(
                f"{raw.path}: column '{name[:30]}': the content is not what the file's own footer says, so it is damaged; fetch it again."
            )


def _as_text(column: Any, pa: Any) -> list[str]:
    """Cells of an Arrow column as text; null becomes empty."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        return [""] * len(column)
    text = column.cast(pa.string())
    return ["" if v is None else v for v in text.to_pylist()]


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

"""A register's file as rows of text: CSV in UTF-8 or GBK, or the first fitting sheet of a workbook.

Nothing is computed here: a cell that holds a formula is reported, its stored result is not taken.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from airq.errors import FileRejected

__all__ = ["Sheet", "read"]

_DELIMITERS: Final = ",;\t|"
_FORMULA: Final = re.compile(r"\s*[=＝]")
_SEARCHED: Final = 30  # lines in which the heading may stand
_MAX_ROWS: Final = 200_000


@dataclass(frozen=True)
class Sheet:
    """Rows of a file.

    Attributes
    ----------
    name : str
        The file, for messages.
    heads : tuple of str
        The heading.
    rows : list of list of str
        As many cells a row as the heading has.
    lines : list of int
        Line of the file or row of the sheet for each row.
    formulas : set of (int, int)
        Row and column, both counted from zero, of cells that hold a formula.
    """

    name: str
    heads: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    formulas: set[tuple[int, int]] = field(default_factory=set)


def read(path: str | Path, known: Any, sheet_name: str = "") -> Sheet:
    """Read a table whose heading stands somewhere in its first lines.

    Parameters
    ----------
    path : path
        ``.csv`` (any usual delimiter, UTF-8, UTF-16 or GBK) or ``.xlsx``.
    known : callable
        Tells whether a text is one of the headings looked for; the line with most of them is the heading.
    sheet_name : str, optional
        Sheet that is preferred in a workbook; without it the first with a heading.

    Returns
    -------
    Sheet

    Raises
    ------
    FileRejected
        Empty, damaged, no heading; one sentence.
    """
    # It brings all readers of observations with it, which a script that reads no file does not need.
    from airq.observations import files

    raw = files.load(path)
    if raw.kind == "xlsx":
        return _workbook(raw, known, sheet_name)
    if raw.kind != "text" or raw.data[:1] in (b"{", b"["):
        raise FileRejected(f"{raw.path}: not a table; give CSV or XLSX.")
    if raw.cut:
        raise FileRejected(f"{raw.path}: the compressed file ends early; fetch it again.")
    return _text(str(raw.path), raw.data.decode(), known)


def _text(name: str, text: str, known: Any) -> Sheet:
    top = "\n".join(text.split("\n")[:_SEARCHED])
    delimiter = max(_DELIMITERS, key=top.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    numbered: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for row in reader:
            numbered.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise FileRejected(
            f"{name}: line {begins}: not a readable table ({error}); save it as UTF-8 CSV."
        ) from error
    marked = {(line, j) for line, row in numbered for j, c in enumerate(row) if _FORMULA.match(c)}
    return _sheet(name, numbered, marked, known)


def _sheet(
    name: str, numbered: Iterable[tuple[int, list[str]]], marked: set[tuple[int, int]], known: Any
) -> Sheet:
    """Heading and rows among numbered lines; lines that begin with # are remarks."""
    lines = [(n, r) for n, r in numbered if any(c.strip() for c in r) and not r[0].lstrip().startswith("#")]
    if not lines:
        raise FileRejected(f"{name}: holds no table; take the template as a start.")
    hits = [sum(known(c.strip()) is not None for c in r if c.strip()) for _, r in lines[:_SEARCHED]]
    at = max(range(len(hits)), key=hits.__getitem__)
    if hits[at] < 2:
        seen = ", ".join(c.strip() for c in lines[0][1][:6])
        raise FileRejected(
            f"{name}: row {lines[0][0]}: none of the expected column names among '{seen[:100]}'; take the heading of the template."
        )
    heads = [c.strip() for c in lines[at][1]]
    while heads and not heads[-1]:
        heads.pop()
    width, rows, numbers = len(heads), list[list[str]](), list[int]()
    for line, row in lines[at + 1 :]:
        if any(c.strip() for c in row[width:]):
            raise FileRejected(
                f"{name}: row {line}: has {len(row)} cells where the heading has {width}; put a cell that holds the delimiter in quotation marks."
            )
        rows.append([c.strip() for c in row[:width]] + [""] * (width - len(row)))
        numbers.append(line)
    place = {line: i for i, line in enumerate(numbers)}
    formulas = {(place[n], j) for n, j in marked if n in place}
    return Sheet(name, tuple(heads), rows, numbers, formulas)


def _workbook(raw: Any, known: Any, sheet_name: str) -> Sheet:
    import xml.etree.ElementTree as ET
    import zipfile
    import zlib

    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(raw.data), read_only=True, data_only=False)
        sheets = sorted(book.worksheets, key=lambda s: s.title != sheet_name)  # the named one first
        tables = [_cells_of(s) for s in sheets]
    except (zipfile.BadZipFile, zlib.error, ET.ParseError, KeyError, ValueError, IndexError, OSError, EOFError, TypeError, AttributeError, NotImplementedError) as error:  # fmt: skip
        raise FileRejected(
            f"{raw.path}: a damaged workbook ({type(error).__name__}); open it in a spreadsheet and save it again."
        ) from error
    refusal: FileRejected | None = None
    for sheet, (numbered, marked) in zip(sheets, tables, strict=True):
        try:
            return _sheet(f"{raw.path}, sheet '{sheet.title}'", numbered, marked, known)
        except FileRejected as error:
            refusal = refusal or error
            if sheet.title == sheet_name:
                break
    raise refusal or FileRejected(f"{raw.path}: the workbook has no sheet; save the table again.")


def _cells_of(sheet: Any) -> tuple[list[tuple[int, list[str]]], set[tuple[int, int]]]:
    numbered: list[tuple[int, list[str]]] = []
    marked: set[tuple[int, int]] = set()
    for line, row in enumerate(sheet.iter_rows(), 1):
        if line > _MAX_ROWS:
            raise FileRejected(f"sheet '{sheet.title}': more than {_MAX_ROWS:,} rows; split the register.")
        texts = []
        for j, cell in enumerate(row):
            texts.append(_text_of(cell))
            # A text that starts with = is a formula only if the workbook says so; in a CSV there is no telling.
            if getattr(cell, "data_type", None) == "f":
                marked.add((line, j))
        numbered.append((line, texts or [""]))
    return numbered, marked


def _text_of(cell: Any) -> str:
    """A cell as a person reads it: whole numbers without .0, dates as ISO, percentages with their sign."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        sign = ""
        if "%" in (cell.number_format or ""):
            number, sign = number * 100, "%"
        if number.is_finite() and number == number.to_integral_value():
            number = number.quantize(Decimal(1))
        return f"{number:f}{sign}"
    return str(value)

"""The first sheet of a workbook as rows of text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from airq.errors import FileRejected
from airq.observations.files import RawFile

__all__ = ["Sheet", "read_sheet"]

_MOST_ROWS: Final = 1_048_576
_MOST_CELLS: Final = 50_000_000
_MERGED: Final = re.compile(rb'<mergeCell\b[^>]*\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


@dataclass(frozen=True)
class Sheet:
    """Cells of a sheet.

    Attributes
    ----------
    rows : list of list of str
    merged : list of (first row, first column, last row, last column)
        Zero-based, both ends inside; only the first cell of each holds the text.
    """

    rows: list[list[str]]
    merged: list[tuple[int, int, int, int]]


def read_sheet(raw: RawFile) -> Sheet:
    """Cells of a workbook's first sheet.

    Parameters
    ----------
    raw : RawFile
        Of kind ``xlsx``; receives what is said of formulas and further sheets.

    Raises
    ------
    FileRejected
        A damaged workbook.
    """
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
        sheets[0].reset_dimensions()  # what the file says of its size may be anything
        rows = _bounded(raw, sheets[0])
        formulas = _formulas(raw)
        merged = _merged(raw, sheets[0])
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
    return Sheet([["" if c is None else str(c) for c in row or ()] for row in rows], merged)


def _bounded(raw: RawFile, sheet: Any) -> list[tuple[Any, ...]]:
    """Rows without the empty cells at their ends, unless they span more than any table."""
    rows: list[tuple[Any, ...]] = []
    cells = widest = last = 0
    for row in sheet.iter_rows(values_only=True):
        width = next((j for j in range(len(row), 0, -1) if row[j - 1] is not None), 0)
        cells, widest = cells + width, max(widest, width)
        rows.append(tuple(row[:width]))
        last = len(rows) if width else last
        if len(rows) > _MOST_ROWS or max(cells, last * widest) > _MOST_CELLS:
            raise FileRejected(
                f"{raw.path}: the first sheet spans {len(rows):,} rows and {widest:,} columns, as no table does; delete the far cells or save the table as CSV."
            )
    return rows[:last]


def _number(letters: bytes) -> int:
    """Zero-based column of its letters."""
    out = 0
    for letter in letters:
        out = 26 * out + letter - 64
    return out - 1


def _merged(raw: RawFile, sheet: Any) -> list[tuple[int, int, int, int]]:
    """Rectangles of merged cells, which the quick way of reading a workbook leaves out."""
    import zipfile

    name = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
    with zipfile.ZipFile(BytesIO(raw.data)) as box:
        if name not in box.namelist():
            return []
        found = _MERGED.findall(box.read(name))
    return [(int(r1) - 1, _number(c1), int(r2) - 1, _number(c2)) for c1, r1, c2, r2 in found]


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

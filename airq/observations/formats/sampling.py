"""The beginning of an unknown table: where its heading stands, how it is split, how its numbers are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats import guessing, heading_search
from airq.observations.formats.headings import joined_heads
from airq.observations.formats.table import DELIMITERS, PREAMBLE, Table, read_table, split_line
from airq.observations.formats.tidy import pointed
from airq.observations.formats.workbook import read_sheet
from airq.observations.issues import Issues

__all__ = ["SAMPLE_BYTES", "first_table"]

SAMPLE_BYTES: Final = 100_000
"""Bytes of a text that are looked at."""

_COMMA: Final = re.compile(r"[+-]?\d+,\d+")


def _sample(raw: RawFile) -> RawFile:
    """The beginning of a text, which is enough to guess by; the findings are those of nobody."""
    data = raw.data
    if raw.kind == "text" and len(data) > SAMPLE_BYTES:
        data = data[:SAMPLE_BYTES].rsplit(b"\n", 1)[0] + b"\n"
    return RawFile(raw.path, data, raw.kind, raw.sha256, False, Issues())


def first_table(raw: RawFile) -> tuple[Table, int, str]:
    """The table, the lines that its heading takes, and the sign of its decimals.

    Parameters
    ----------
    raw : RawFile

    Returns
    -------
    table : Table
        Of the beginning of a text, or of the whole workbook; decimal commas have become points.
    header_lines : int
    decimal : {".", ","}

    Raises
    ------
    FileRejected
        No table, or no heading in its first lines.
    """
    sample = _sample(raw)
    if raw.kind == "parquet":
        return read_table(sample), 1, "."
    if raw.kind == "text":
        first = raw.data.lstrip()[:1]
        if first in (b"<", b"{", b"["):
            raise FileRejected(
                f"{raw.path}: no table but {'XML' if first == b'<' else 'JSON'}; a column map cannot describe it."
            )
        lines = [t for t in sample.data.decode(errors="replace").split("\n") if t.strip()][: PREAMBLE + 20]
        sign = heading_search.delimiter_of(lines)
        rows = [split_line(line, sign) for line in lines]
        signs: Sequence[str] = (sign,)
    else:
        rows = [[c.strip() for c in r] for r in read_sheet(sample).rows if sum(map(bool, r)) >= 2]
        rows, signs = rows[: PREAMBLE + 20], DELIMITERS
        sample = replace(sample, issues=Issues())
    found = heading_search.find_heading(rows)
    if found is None:
        raise FileRejected(
            f"{raw.path}: line 1: no line with headings in the first {PREAMBLE}; write one above the columns."
        )
    heads = joined_heads(rows[found[0] : sum(found)])[0]
    table = read_table(sample, lambda given: given == heads, found[1], True, signs)
    comma = _has_commas(table)
    if comma:
        table = replace(table, columns=[[pointed(c) for c in cells] for cells in table.columns])
    return table, found[1], "," if comma else "."


def _has_commas(table: Table) -> bool:
    cells = [c.strip() for column in table.columns for c in column[: guessing.SAMPLE]]
    commas = sum(bool(_COMMA.fullmatch(c)) for c in cells)
    points = sum(bool(re.fullmatch(r"[+-]?\d+\.\d+", c)) for c in cells)
    return commas > max(2, points)

r"""Tables of text as rows that remember their line, in UTF-8 or GBK.

Examples
--------
>>> import tempfile; from pathlib import Path
>>> file = Path(tempfile.mkdtemp()) / "t.csv"
>>> _ = file.write_bytes("名称,数\n锅炉,3\n".encode("gbk"))
>>> read_rows(file, ["名称"])[0].cells
{'名称': '锅炉', '数': '3'}
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from airq.errors import FileRejected

__all__ = ["Row", "read_rows"]


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    file : str
        Path, for messages.
    line : int
        Line on which the row ends, counted from 1; the header is line 1.
    cells : dict of str to str
        Text by column, without surrounding blanks.
    """

    file: str
    line: int
    cells: dict[str, str]

    def where(self, column: str) -> str:
        """Place of a cell, as a message starts.

        Examples
        --------
        >>> Row("f.csv", 4, {}).where("unit")
        'f.csv: row 4, column unit'
        """
        return f"{self.file}: row {self.line}, column {column}"


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileRejected(f"{path}: cannot be read ({error.strerror}); check the path.") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRejected(f"{path}: neither UTF-8 nor GBK text; save it as CSV UTF-8.")


def read_rows(path: str | Path, required: Sequence[str]) -> list[Row]:
    """Rows of a CSV file.

    Parameters
    ----------
    path : path
    required : sequence of str
        Columns the header must have; others are kept.

    Returns
    -------
    list of Row
        In the order of the file, empty lines left out.

    Raises
    ------
    FileRejected
        If the file cannot be read, a column is missing or stands twice, or a row is longer than the header.
    """
    file = Path(path)
    reader = csv.reader(io.StringIO(_text(file), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if missing := [name for name in required if name not in header]:
            raise FileRejected(f"{file}: row 1 has no column '{missing[0]}'; add it.")
        if double := [name for name in header if name and header.count(name) > 1]:
            raise FileRejected(f"{file}: row 1 has the column '{double[0]}' twice; remove one.")
        rows = []
        for cells in reader:
            if not any(c.strip() for c in cells):
                continue
            if len(cells) > len(header):
                raise FileRejected(
                    f"{file}: row {reader.line_num} has {len(cells)} cells under {len(header)} columns; "
                    f"put quotation marks around a cell that holds a comma."
                )
            values = [c.strip() for c in cells] + [""] * (len(header) - len(cells))
            rows.append(Row(str(file), reader.line_num, dict(zip(header, values, strict=True))))
        return rows
    except csv.Error as error:
        raise FileRejected(
            f"{file}: row {reader.line_num} is not valid CSV ({error}); correct it."
        ) from error

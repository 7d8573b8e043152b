"""A template for a register of one's own: the heading, and a page that explains every column and word.

Examples
--------
>>> [row[0] for row in explanation() if row[1] == "数量"]
['count']
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

from airq import places
from airq.errors import ParameterError
from airq.inventory import schema

__all__ = ["explanation", "template"]

_EXAMPLE: Final = {
    "measure_id": "example-home-01",
    "name_zh": "示例：农村清洁取暖",
    "name_en": "Example: rural clean heating",
    "place": "changji",
    "category": "home_heating",
    "technology_before": "stove_raw_coal",
    "technology_after": "electric",
    "fuel": "coal",
    "count": "1200",
    "count_unit": "户",
    "start": "2024-05",
    "end": "2024-10",
    "status": "done",
    "leakage": "replacement_energy",
    "confidence": "4",
}


def explanation() -> list[tuple[str, str, str]]:
    """Name, Chinese and English of every column, then of every word that a column allows."""
    rows = []
    for w in schema.words("column").values():
        need = " (必填)" if w.need else ""
        rows.append((w.id, w.zh + need, w.en + (" (required)" if w.need else "")))
    for kind in ("category", "status", "relation", "overlap_rule", "leakage"):
        rows.append((f"[{kind}]", schema.word("column", kind).zh, "allowed words"))
        for w in schema.words(kind).values():
            units = f"; counted in {', '.join(w.units)}" if w.units else ""
            rows.append((w.id, w.zh, w.en + units))
    rows.append(("[place]", "县市", "known places (params/counties.yaml)"))
    rows += [(p.id, p.zh, p.en) for p in places.load().values()]
    return rows


def template(path: str | Path, overwrite: bool = False) -> Path:
    """Write the template.

    Parameters
    ----------
    path : path
        ``.xlsx`` (sheets ``measures``, ``example``, ``explanation``) or ``.csv`` (the explanation as remarks below the
        heading, which are not read; UTF-8 with a mark that spreadsheets know).
    overwrite : bool
        Replace a file that is there.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ParameterError
        Another suffix, a file that is there, a folder that cannot be written.
    """
    file = Path(path)
    if file.suffix.lower() not in (".xlsx", ".csv"):
        raise ParameterError(
            f"{file}: '{file.suffix}' is no form of the template; end the name with .xlsx or .csv."
        )
    if file.exists() and not overwrite:
        raise ParameterError(f"{file}: is there already; choose another name, or remove it first.")
    try:
        if file.suffix.lower() == ".csv":
            file.write_text(_as_csv(), encoding="utf-8-sig", newline="")
        else:
            _as_xlsx(file)
    except OSError as error:
        raise ParameterError(
            f"{file}: cannot be written ({error.strerror or error}); choose another folder."
        ) from error
    return file


def _as_csv() -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(schema.COLUMNS)
    writer.writerows([(f"# {name}", zh, en) for name, zh, en in explanation()])
    return out.getvalue()


def _as_xlsx(file: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    measures = book.active
    assert measures is not None
    measures.title = "measures"
    measures.append(list(schema.COLUMNS))
    example = book.create_sheet("example")
    example.append(list(schema.COLUMNS))
    example.append([_EXAMPLE.get(c, "") for c in schema.COLUMNS])
    for sheet in (measures, example):
        sheet.freeze_panes = "B2"
        for i, column in enumerate(schema.COLUMNS, 1):
            sheet.cell(1, i).font = Font(bold=column in schema.REQUIRED)
            sheet.column_dimensions[get_column_letter(i)].width = max(10, len(column) + 2)
    page = book.create_sheet("explanation")
    page.append(["name", "中文", "English"])
    for row in explanation():
        page.append(list(row))
    for letter, width in (("A", 22), ("B", 22), ("C", 90)):
        page.column_dimensions[letter].width = width
    book.save(file)

"""The file of a station list as rows of text, whatever spreadsheet or encoding it comes from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airq.errors import FileRejected
from airq.observations import files
from airq.observations.formats.table import DELIMITERS, as_text, read_table

__all__ = ["ALIASES", "Rows", "column_of", "read_rows"]

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "station": ("station", "code", "id", "stationcode", "station_code", "监测点编码", "监测点编号", "监测站编码", "站点编码", "站点编号", "编码", "编号"),
    "name_zh": ("name_zh", "name", "positionname", "stations_name", "监测点名称", "监测站名称", "站点名称", "点位名称", "名称"),
    "name_en": ("name_en", "stations_en_name"),
    "place": ("place", "city", "county", "area", "城市", "区县", "县市", "所属区县"),
    "lat": ("lat", "latitude", "纬度"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "network": ("network", "网络", "级别", "站点类型"),
    "role": ("role", "对照点", "background", "点位属性"),
    "valid_from": ("valid_from", "启用", "启用日期", "启用时间"),
    "valid_to": ("valid_to", "停运", "停用", "停运日期", "停用日期", "停运时间"),
    "succeeds": ("succeeds", "replaces", "predecessor", "前身", "替代站点", "接替"),
    "source": ("source", "来源"),
    "note": ("note", "备注"),
}  # fmt: skip
"""Headings of each column of the registry, the first found is taken."""

_UNIT: Final = re.compile(r"[(（\[].*[)）\]]$")
_SEARCHED: Final = 40


@dataclass(frozen=True)
class Rows:
    """A list as it stands in its file.

    Attributes
    ----------
    heads : list of str
    cells : list of list of str
        As many a row as there are headings.
    lines : list of int
        Line of the file, or row of the sheet.
    """

    heads: list[str]
    cells: list[list[str]]
    lines: list[int]


def column_of(heads: list[str], column: str) -> int | None:
    """Index of the heading that stands for a column of the registry.

    Examples
    --------
    >>> column_of(["监测点编码", "经度(°)", "纬度(°)"], "lat"), column_of(["code"], "lat")
    (2, None)
    """
    low = ["".join(h.lower().split()) for h in heads]
    bare = [_UNIT.sub("", h) for h in low]
    for alias in ALIASES[column]:
        for found in (low, bare):
            if alias in found:
                return found.index(alias)
    return None


def _is_head(cells: list[str]) -> bool:
    return column_of(cells, "station") is not None and sum(bool(c.strip()) for c in cells) >= 2


def read_rows(path: str | Path) -> Rows:
    """Read a list: CSV in UTF-8, UTF-16 or GBK with any usual delimiter, a workbook, or Parquet.

    Lines above the heading, such as a title, are passed over.

    Raises
    ------
    FileRejected
        One sentence: empty, no table, a line with more cells than the heading, no column of codes.
    """
    raw = files.load(path)
    if raw.kind == "parquet":
        table = read_table(raw)
        return Rows(table.heads, [list(r) for r in zip(*table.columns, strict=True)], table.lines.tolist())
    workbook = raw.kind == "xlsx"
    raw = as_text(raw) if workbook else raw
    if raw.cut:
        raise FileRejected(f"{raw.path}: the compressed file ends early; fetch it again.")
    if raw.data[:1] in (b"{", b"[") or raw.data[:5] == b"<?xml":
        raise FileRejected(f"{raw.path}: line 1: no table of stations; save it as CSV or XLSX.")
    lines = raw.data.decode().split("\n")
    delimiter = "\t" if workbook else max(DELIMITERS, key="\n".join(lines[:_SEARCHED]).count)
    found: Rows | None = None
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    begins = 1
    first: list[str] | None = None
    try:
        for row in reader:
            line, begins = begins, reader.line_num + 1
            if not any(c.strip() for c in row):
                continue
            first = first if first is not None else row
            if found is None:
                if _is_head(row):
                    found = Rows([c.strip() for c in row], [], [])
                elif line > _SEARCHED:
                    break
            else:
                _append(found, row, line, raw.path)
    except csv.Error as error:
        raise FileRejected(
            f"{raw.path}: line {begins}: not a readable table ({error}); save it as UTF-8 CSV."
        ) from error
    if found is None:
        seen = ", ".join(c.strip() for c in (first or [])[:8])
        raise FileRejected(
            f"{raw.path}: line 1: no column with station codes among '{seen[:120]}'; call it 'station' (or 监测点编码)."
        )
    return found


def _append(table: Rows, row: list[str], line: int, path: Path) -> None:
    width = len(table.heads)
    if any(c.strip() for c in row[width:]):
        raise FileRejected(
            f"{path}: line {line}: has {len(row)} cells where the heading has {width}; put a cell with a comma in quotation marks."
        )
    table.cells.append([*row[:width], *[""] * (width - len(row))])
    table.lines.append(line)

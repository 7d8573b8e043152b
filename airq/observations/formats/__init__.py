"""File layouts, recognised by content. A new one is a module with ``NAME``, ``recognise`` and ``parse``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from airq.errors import FileRejected, ParameterError
from airq.observations.files import RawFile
from airq.observations.formats import archive_layout, city_daily, tidy
from airq.observations.formats.base import Block, Parsed
from airq.observations.formats.tidy import ColumnMap, read_column_map

__all__ = ["FORMATS", "Block", "ColumnMap", "Parsed", "parse", "read_column_map"]

FORMATS: Final = {m.NAME: m for m in (archive_layout, city_daily, tidy)}
"""Layouts in the order in which they are tried."""


def parse(
    raw: RawFile,
    format: str | None = None,
    stations: Collection[str] | None = None,
    columns: ColumnMap | None = None,
) -> Parsed:
    """Read a file in the stated layout, or in the one its content shows.

    Raises
    ------
    ParameterError
        An unknown format name.
    FileRejected
        No layout fits, or nothing in the file can be taken.
    """
    if format is not None and format not in FORMATS:
        raise ParameterError(f"format '{format}' is not known; use {', '.join(FORMATS)}.")
    if columns is not None and format in (None, "tidy"):
        return tidy.parse(raw, stations, columns)
    name = format or next((n for n, module in FORMATS.items() if module.recognise(raw)), None)
    if name is None:
        first = raw.data.lstrip().split(b"\n", 1)[0].decode(errors="replace")[:60]
        raise FileRejected(
            f"{raw.path}: line 1: '{first}' is not a header that airq knows; expected 'date,hour,type,<station codes>' or columns such as station, time, PM2.5, or give a column map."
        )
    return FORMATS[name].parse(raw, stations)

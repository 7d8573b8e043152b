"""Observations: readers, quality flags, the archive, the simulated default data.

Examples
--------
>>> import airq
>>> "archive" in airq.observations.FORMATS
True
"""

from __future__ import annotations

from airq.observations import simulation, stations
from airq.observations.archive import Archive
from airq.observations.formats import FORMATS as _FORMATS
from airq.observations.formats import ColumnMap, read_column_map
from airq.observations.ingest import FileReport, IngestReport
from airq.observations.opening import open_archive
from airq.observations.reader import read
from airq.observations.simulation import simulate, simulate_weather, truth

FORMATS = tuple(_FORMATS)

__all__ = [
    "FORMATS",
    "Archive",
    "ColumnMap",
    "FileReport",
    "IngestReport",
    "open_archive",
    "read",
    "read_column_map",
    "simulate",
    "simulate_weather",
    "simulation",
    "stations",
    "truth",
]

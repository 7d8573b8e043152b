"""Observations: readers, quality flags, the archive, the simulated default data.

Names are imported on first use.

Examples
--------
>>> import airq
>>> "archive" in airq.observations.FORMATS
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from airq import lazy

if TYPE_CHECKING:
    from airq.observations import simulation, stations
    from airq.observations.archive import Archive
    from airq.observations.formats import ColumnMap, read_column_map
    from airq.observations.ingest import FileReport, IngestReport
    from airq.observations.opening import open_archive
    from airq.observations.reader import read
    from airq.observations.simulation import simulate, simulate_weather, truth

    FORMATS: tuple[str, ...]

_HOMES: Final[dict[str, str]] = {
    "Archive": "archive",
    "ColumnMap": "formats",
    "FileReport": "ingest",
    "IngestReport": "ingest",
    "open_archive": "opening",
    "read": "reader",
    "read_column_map": "formats",
    "simulate": "simulation",
    "simulate_weather": "simulation",
    "truth": "simulation",
}
"""Module of each public name, imported when it is first used."""

_PARTS: Final = (
    "archive",
    "catalog",
    "files",
    "formats",
    "ingest",
    "months",
    "quality",
    "reader",
    "reference",
    "simulation",
    "stations",
)

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

_attribute, _listed = lazy.names(__name__, _HOMES, _PARTS)


def __getattr__(name: str) -> Any:
    if name == "FORMATS":
        return tuple(_attribute("formats").FORMATS)
    return _attribute(name)


def __dir__() -> list[str]:
    return sorted({"FORMATS", *_listed()})

"""What a file holds, in a few numbers, before it is taken into an archive."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from airq.observations import stations as station_table
from airq.observations.formats.base import Parsed
from airq.variables import VARIABLES, WEATHER

__all__ = ["StationSummary", "Summary", "VariableSummary", "kind_of", "summary"]

_MORE: Final = re.compile(r"\(and ([\d,]+) more")


@dataclass(frozen=True)
class StationSummary:
    """One station of a file."""

    station: str
    name: str
    place: str
    known: bool
    first: str
    last: str
    values: int


@dataclass(frozen=True)
class VariableSummary:
    """One variable of a file, in canonical units; ``share`` of the file's stations and times that have a value."""

    variable: str
    units: str
    values: int
    share: float
    lowest: float
    median: float
    highest: float


@dataclass(frozen=True)
class Summary:
    """What a file holds.

    Attributes
    ----------
    format, frequency : str
    complete : bool
        Whether everything in it would be taken.
    first, last : str
        First and last time with a value.
    times : int
        Hours (or days) with a value.
    stations : tuple of StationSummary
    variables : tuple of VariableSummary
    sentences : tuple of str
        What would be said about it, losses first.
    lost : int
        Lines and cells that would not be taken.
    """

    format: str
    frequency: str
    complete: bool
    first: str
    last: str
    times: int
    stations: tuple[StationSummary, ...]
    variables: tuple[VariableSummary, ...]
    sentences: tuple[str, ...]
    lost: int

    @property
    def values(self) -> int:
        """Values that would be taken."""
        return sum(v.values for v in self.variables)

    @property
    def doubtful(self) -> bool:
        """Whether so much would be lost that the file was hardly understood."""
        return self.lost > 0.5 * self.values

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def summary(parsed: Parsed, table: pd.DataFrame | None = None) -> Summary:
    """Sum up a parsed file.

    Parameters
    ----------
    parsed : Parsed
    table : DataFrame, optional
        Station table; the project's own by default.

    Returns
    -------
    Summary
    """
    from airq.observations.formats import fill_stations

    block = parsed.block
    known = set((station_table.load() if table is None else table)["station"])
    rows = fill_stations(station_table.describe(block.stations, table), parsed.about)
    some = np.zeros((len(block.stations), len(block.time)), bool)
    counts = np.zeros(len(block.stations), np.int64)
    variables = []
    for name, values in block.values.items():
        there = np.isfinite(values)
        some |= there
        counts += there.sum(axis=1)
        own = values[there].astype(np.float64)
        low, middle, high = (float(np.round(f(own), 4)) if own.size else float("nan") for f in (np.min, np.median, np.max))  # fmt: skip
        share = round(float(there.mean()), 4) if there.size else 0.0
        units = VARIABLES[name].units_text
        variables.append(VariableSummary(name, units, int(own.size), share, low, middle, high))
    about = []
    for i, (code, row) in enumerate(zip(block.stations, rows.to_dict("records"), strict=True)):
        first, last = _span(block.time[some[i]], parsed.frequency)
        name = str(row["name_zh"] or row["name_en"])
        about.append(
            StationSummary(code, name, str(row["place"]), code in known, first, last, int(counts[i]))
        )
    first, last = _span(block.time[some.any(axis=0)], parsed.frequency)
    grave_first = sorted(parsed.issues, key=lambda i: i.severity == "note")
    sentences = tuple(i.sentence(parsed.raw.path) for i in grave_first)
    lost = sum(_count(i.text) for i in parsed.issues if i.severity == "lost")
    at = int(some.any(axis=0).sum())
    return Summary(parsed.format, parsed.frequency, parsed.complete, first, last, at, tuple(about), tuple(variables), sentences, lost)  # fmt: skip


def kind_of(parsed: Parsed) -> str:
    """Kind of the archive to which a file would go; weather beside pollutants goes to ``weather`` as well."""
    if parsed.frequency == "daily":
        return "daily"
    return "weather" if set(parsed.block.values) <= set(WEATHER) else "observations"


def _span(time: np.ndarray, frequency: str) -> tuple[str, str]:
    if not time.size:
        return "", ""
    length = 10 if frequency == "daily" else 16
    first, last = (str(t)[:length].replace("T", " ") for t in (time.min(), time.max()))
    return first, last


def _count(text: str) -> int:
    found = _MORE.search(text)
    return 1 + (int(found[1].replace(",", "")) if found else 0)

"""The correction tables of the 2014 on-road guide, from ``data/raw/vehicle_corrections.csv``.

Examples
--------
>>> rows = [c for c in corrections() if c.serves("heavy_truck", "diesel", "iii", "NOx")]
>>> [(c.lower, c.upper, c.factor) for c in rows if c.correction == "temperature"]
[(-inf, 10.0, 1.06), (25.0, inf, 1.15)]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airq import options
from airq.errors import FileRejected, ParameterError
from airq.inventory.tabular import Row, read_rows
from airq.inventory.vehicle_names import CLASSES, FUELS, STAGES, pollutant_name

__all__ = ["DOMAIN", "Correction", "corrections"]

Array = NDArray[np.float64]

DOMAIN: Final = {
    "temperature": (-50.0, 55.0, "°C"),
    "humidity": (0.0, 100.0, "%"),
    "altitude": (-200.0, 6000.0, "m"),
    "speed": (0.0, 150.0, "km/h"),
    "sulphur": (0.0, 800.0, "ppm"),
    "load": (0.0, 1.0, "share"),
}
"""What each condition may be. Sulphur and load end where the guide's tables end; the others are what is possible."""

_COLUMNS: Final = (
    "correction",
    "classes",
    "fuel",
    "stages",
    "pollutant",
    "lower",
    "upper",
    "bounds",
    "factor",
    "mark",
)
_CONDITIONS: Final = ("", "temperature<=24", "temperature>24")


@dataclass(frozen=True)
class Correction:
    """One row of the correction tables.

    Attributes
    ----------
    correction : str
        temperature, humidity, altitude, speed, sulphur or load.
    classes, fuels, stages : frozenset of str
        What it holds for; empty classes or stages are all.
    pollutant : str
    condition : str
        Empty, or the temperature range in which a humidity correction holds.
    lower, upper : float
        Range of the condition; infinite where the guide gives no end.
    bounds : str
        ``[`` or ``]`` where an end belongs to the range, ``(`` or ``)`` where not.
    factor : float
    mark, note : str
    """

    correction: str
    classes: frozenset[str]
    fuels: frozenset[str]
    stages: frozenset[str]
    pollutant: str
    condition: str
    lower: float
    upper: float
    bounds: str
    factor: float
    mark: str
    note: str

    def serves(self, vehicle: str, fuel: str, stage: str, pollutant: str) -> bool:
        """Whether it is for this vehicle."""
        return (
            self.pollutant == pollutant
            and fuel in self.fuels
            and (not self.classes or vehicle in self.classes)
            and (not self.stages or stage in self.stages)
        )

    def holds_at(self, temperature: Array) -> NDArray[np.bool_]:
        """Where the air is as warm as the row demands."""
        if not self.condition:
            return np.ones(temperature.shape, dtype=bool)
        return temperature > 24.0 if self.condition == "temperature>24" else temperature <= 24.0

    def inside(self, value: Array) -> NDArray[np.bool_]:
        """Where a condition lies in its range."""
        low = value >= self.lower if self.bounds[0] == "[" else value > self.lower
        high = value <= self.upper if self.bounds[1] == "]" else value < self.upper
        return low & high


def _number(row: Row, column: str, default: float | None = None) -> float:
    text = row.cells.get(column, "")
    if not text and default is not None:
        return default
    try:
        return float(text)
    except ValueError:
        raise FileRejected(f"{row.where(column)}: '{text}' is not a number; give one.") from None


def _names(row: Row, column: str, allowed: tuple[str, ...]) -> frozenset[str]:
    text = row.cells[column]
    names = frozenset[str]() if text == "*" else frozenset(t.strip() for t in text.split(";"))
    if unknown := sorted(names - set(allowed)):
        raise FileRejected(
            f"{row.where(column)}: '{unknown[0]}' is not known; use {', '.join(allowed)} or *."
        )
    return names


def _correction(row: Row) -> Correction:
    kind, condition, bounds = row.cells["correction"], row.cells.get("condition", ""), row.cells["bounds"]
    if kind not in DOMAIN:
        raise FileRejected(f"{row.where('correction')}: '{kind}' is not known; use {', '.join(DOMAIN)}.")
    if condition not in _CONDITIONS:
        raise FileRejected(f"{row.where('condition')}: '{condition}' is not known; leave it empty.")
    if bounds not in ("()", "[)", "(]", "[]"):
        raise FileRejected(f"{row.where('bounds')}: '{bounds}' is not (), [), (] or []; correct it.")
    size = _number(row, "factor")
    if not 0 < size < 10:
        raise FileRejected(
            f"{row.where('factor')}: {size:g} is not a correction; give one above 0 and below 10."
        )
    try:
        pollutant = pollutant_name(row.cells["pollutant"])
    except ParameterError as error:
        raise FileRejected(f"{row.where('pollutant')}: {error}") from None
    return Correction(
        correction=kind,
        classes=_names(row, "classes", tuple(CLASSES)),
        fuels=_names(row, "fuel", tuple(FUELS)) or frozenset(FUELS),
        stages=_names(row, "stages", STAGES),
        pollutant=pollutant,
        condition=condition,
        lower=_number(row, "lower", -inf),
        upper=_number(row, "upper", inf),
        bounds=bounds,
        factor=size,
        mark=row.cells["mark"],
        note=row.cells.get("note", ""),
    )


@lru_cache(maxsize=4)
def _load(path: Path, _mtime: int) -> tuple[Correction, ...]:
    return tuple(_correction(row) for row in read_rows(path, _COLUMNS))


def corrections(path: str | Path | None = None) -> tuple[Correction, ...]:
    """The correction tables.

    Parameters
    ----------
    path : path, optional
        A CSV file; ``data/raw/vehicle_corrections.csv`` of the project by default.

    Raises
    ------
    FileRejected
        If it cannot be read or a row is wrong; one sentence with row and column.

    Examples
    --------
    >>> sorted({c.correction for c in corrections()})
    ['altitude', 'humidity', 'load', 'speed', 'sulphur', 'temperature']
    """
    file = Path(path) if path is not None else options.raw_dir() / "vehicle_corrections.csv"
    try:
        mtime = file.stat().st_mtime_ns
        return _load(file, mtime) if path is None else _load.__wrapped__(file, mtime)
    except OSError as error:
        raise FileRejected(f"{file}: cannot be read; restore it or give another path.") from error

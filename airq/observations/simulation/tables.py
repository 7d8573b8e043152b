"""The tables that describe the simulated region, read once and checked.

Constants stand in ``airq/observations/tables/simulation*.{toml,csv}``; nothing about the region is written in code.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from airq import places as place_table
from airq.errors import FileRejected
from airq.observations.simulation.streams import Array

__all__ = ["FACTORS", "SECTORS", "SPECIES", "Tables", "fingerprint", "load"]

SECTORS: Final = ("heating", "industry", "traffic", "dust")
"""Emission sectors, columns of the trend."""

SPECIES: Final = ("pm25", "coarse", "co", "no2", "so2")
"""What the dispersion carries; PM10 is PM2.5 plus coarse, ozone follows from light and NO2."""

FACTORS: Final = (*SECTORS, "sulphur")
"""Columns of the trend: the sectors, and what acts on SO2 of all sectors on top."""

_FOLDER: Final = Path(__file__).resolve().parent.parent / "tables"

_COLUMNS: Final = {
    "places": ("place", "elevation", "basin", *SECTORS, "level", "pace", "no2", "co", "so2", "ozone"),
    "stations": (
        "station",
        "name_zh",
        "name_en",
        "place",
        "lat",
        "lon",
        "elevation",
        "role",
        "exposure_cold",
        "exposure_warm",
        "noise",
    ),
    "trend": ("year", *FACTORS),
    "years": ("year", "stagnation", "ventilation", "dust", "ozone"),
}


@dataclass(frozen=True)
class Tables:
    """Description of the simulated region.

    Attributes
    ----------
    constants : dict
        Content of ``simulation.toml``.
    places, stations, trend, years : pandas.DataFrame
        Content of the CSV tables of those names; ``trend`` and ``years`` have the year as index.
    """

    constants: dict[str, Any]
    places: pd.DataFrame
    stations: pd.DataFrame
    trend: pd.DataFrame
    years: pd.DataFrame

    def column(self, name: str) -> Array:
        """One column of the places as floats, shape (places,)."""
        return self.places[name].to_numpy(dtype=np.float64)

    def coordinates(self) -> tuple[Array, Array]:
        """Latitudes and longitudes of the places, degrees."""
        found = [place_table.get(p) for p in self.places["place"]]
        return (
            np.array([float(p.lat or 0.0) for p in found]),
            np.array([float(p.lon or 0.0) for p in found]),
        )

    def with_(self, **changes: Any) -> Tables:
        """Copy with other tables, for the calibration and for experiments."""
        return replace(self, **changes)


def fingerprint(folder: Path | None = None) -> str:
    """Digest of the tables that decide the values, so that two simulations can be told apart.

    Examples
    --------
    >>> len(fingerprint())
    16
    """
    base = folder or _FOLDER
    digest = hashlib.sha256()
    for name in ("simulation.toml", *(f"simulation_{n}.csv" for n in sorted(_COLUMNS))):
        lines = (base / name).read_text(encoding="utf-8").splitlines()
        digest.update("\n".join(line for line in lines if not line.startswith("#")).encode())
    return digest.hexdigest()[:16]


def _frame(folder: Path, name: str) -> pd.DataFrame:
    path = folder / f"simulation_{name}.csv"
    try:
        frame = pd.read_csv(path, comment="#")
    except (OSError, ValueError) as error:
        raise FileRejected(
            f"{path}: cannot be read as CSV ({error}); restore it from the project."
        ) from error
    for column in _COLUMNS[name]:
        if column not in frame:
            raise FileRejected(f"{path}: no column '{column}'; restore it from the project.")
        if frame[column].isna().any():
            line = int(np.flatnonzero(frame[column].isna())[0]) + 1
            raise FileRejected(f"{path}: data row {line}: '{column}' is empty; fill it.")
    return frame


@lru_cache(maxsize=4)
def load(folder: Path | None = None) -> Tables:
    """Read the tables.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Folder of ``simulation.toml`` and ``simulation_*.csv``; the project's own by default.

    Returns
    -------
    Tables

    Raises
    ------
    FileRejected
        If a table is missing or incomplete.

    Examples
    --------
    >>> tables = load()
    >>> len(tables.places), "background" in set(tables.stations["role"])
    (11, True)
    """
    base = folder or _FOLDER
    path = base / "simulation.toml"
    try:
        constants = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise FileRejected(
            f"{path}: cannot be read as TOML ({error}); restore it from the project."
        ) from error
    frames = {name: _frame(base, name) for name in _COLUMNS}
    known = set(frames["places"]["place"])
    for code, place in zip(frames["stations"]["station"], frames["stations"]["place"], strict=True):
        if place not in known:
            raise FileRejected(
                f"{base / 'simulation_stations.csv'}: station {code}: place '{place}' is not simulated; add it to the places."
            )
    return Tables(
        constants=constants,
        places=frames["places"],
        stations=frames["stations"],
        trend=frames["trend"].set_index("year"),
        years=frames["years"].set_index("year"),
    )

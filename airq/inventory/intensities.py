"""Intensities: coal per home, kilometres per truck, the share of a capacity that runs; ``data/raw/activity.csv``.

Examples
--------
>>> table = Activities.load()
>>> table["coal-per-home"].value, table["coal-per-home"].unit
(4.5, 't/户/yr')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airq import options
from airq.errors import FileRejected, ParameterError, UnitError
from airq.inventory import bands, draws
from airq.inventory.quantities import Quantity
from airq.inventory.tabular import Row, read_rows
from airq.inventory.units import unit

__all__ = ["Activities", "Input", "Intensity"]

_REQUIRED: Final = (
    "activity_id",
    "category",
    "technology",
    "per",
    "quantity",
    "unit",
    "distribution",
    "value",
)


@dataclass(frozen=True)
class Input:
    """A random input: its draws belong to a name and are shared by every measure that uses it.

    Attributes
    ----------
    id : str
        Name for people: id of a factor or of an intensity.
    draws_as : str
        Name the random numbers belong to.
    distribution : str
        ``lognormal`` (median 1), ``triangular``, ``fixed``; or ``complement``, one minus the value.
    gsd : float
    value, low, high : float
        Mode and ends of a triangular; a lognormal is scaled outside.
    kind : str
        ``factor`` or ``activity``.
    """

    id: str
    draws_as: str
    distribution: str
    gsd: float = 1.0
    value: float = 1.0
    low: float | None = None
    high: float | None = None
    kind: str = "activity"

    def draw(self, n: int, seed: int) -> NDArray[np.float64]:
        """Draws, shape ``(n,)``."""
        return draws.draw(
            self.draws_as, n, seed, value=self.value, distribution=self.distribution, gsd=self.gsd, low=self.low, high=self.high
        )  # fmt: skip


@dataclass(frozen=True)
class Intensity:
    """Activity per thing: coal per home, kilometres per truck, the share that runs.

    Attributes
    ----------
    activity_id : str
    categories, technologies : tuple of str
        What it serves; empty is any technology.
    per : str
        The thing it is per.
    quantity : str
        What it is of: coal, distance, running_share, active_share ...
    unit, distribution, status, source, mark, note : str
    value, gsd : float
    low, high : float or None
    """

    activity_id: str
    categories: tuple[str, ...]
    technologies: tuple[str, ...]
    per: str
    quantity: str
    unit: str
    distribution: str
    value: float
    gsd: float
    low: float | None
    high: float | None
    status: str
    source: str
    mark: str
    note: str

    def split(self) -> tuple[float, Input | None]:
        """Its fixed size and its random part."""
        if self.distribution == "fixed":
            return self.value, None
        if self.distribution == "lognormal":
            return self.value, Input(self.activity_id, self.activity_id, "lognormal", self.gsd)
        found = Input(self.activity_id, self.activity_id, "triangular", 1.0, self.value, self.low, self.high)
        return 1.0, found

    def serves(self, category: str, technology: str) -> bool:
        """Whether it is one of this use."""
        return category in self.categories and (not self.technologies or technology in self.technologies)


def _number(row: Row, column: str) -> float | None:
    text = row.cells.get(column, "")
    if not text:
        return None
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = float("nan")
    if not isfinite(value) or value < 0:
        raise FileRejected(f"{row.where(column)}: '{text[:30]}' is no number of 0 or more; correct it.")
    return value


def _build(row: Row) -> Intensity:
    cell = row.cells
    for column in ("activity_id", "category", "quantity"):
        if not cell[column]:
            raise FileRejected(f"{row.where(column)}: is empty; fill it in.")
    kind = cell["distribution"]
    if kind not in ("lognormal", "triangular", "fixed"):
        raise FileRejected(
            f"{row.where('distribution')}: '{kind}' is not known; use lognormal, triangular or fixed."
        )
    value, gsd, low, high = (_number(row, c) for c in ("value", "gsd", "low", "high"))
    if value is None:
        raise FileRejected(f"{row.where('value')}: is empty; give the value in {cell['unit'] or 'its unit'}.")
    if kind == "lognormal" and (gsd is None or gsd < 1):
        raise FileRejected(
            f"{row.where('gsd')}: a lognormal needs a geometric standard deviation of 1 or more; give it."
        )
    if kind == "triangular" and (low is None or high is None or not low <= value <= high or low == high):
        raise FileRejected(f"{row.where('low')}: a triangular needs low <= value <= high; correct the ends.")
    try:
        unit(cell["unit"])
        doubt = bands.outside_activity(
            cell["category"].split(";")[0], cell["quantity"], Quantity(value, cell["unit"])
        )
    except UnitError as error:
        raise FileRejected(f"{row.where('unit')}: {error}") from None
    if not _per_its_thing(cell["unit"], cell["per"]):
        raise FileRejected(
            f"{row.where('unit')}: '{cell['unit']}' is not per {cell['per']}; write such as t/户/yr for coal per 户."
        )
    if doubt and cell.get("status", "use") == "use":
        raise FileRejected(f"{row.where('value')}: {doubt}")
    return Intensity(
        activity_id=cell["activity_id"],
        categories=_list(cell["category"]),
        technologies=_list(cell["technology"]),
        per=cell["per"],
        quantity=cell["quantity"],
        unit=cell["unit"],
        distribution=kind,
        value=value,
        gsd=gsd or 1.0,
        low=low,
        high=high,
        status=cell.get("status") or "use",
        source=cell.get("source", ""),
        mark=cell.get("mark", ""),
        note=cell.get("note", ""),
    )


def _per_its_thing(text: str, per: str) -> bool:
    """Whether a unit is per what the row says; shares are per nothing, and a thing in words is taken as it is."""
    dims = dict(unit(text).dims)
    if not dims:
        return True
    try:
        wanted = [n for n, e in unit(per).dims if e > 0]
    except UnitError:
        return True
    return all(dims.get(n, 0) < 0 for n in wanted)


def _list(text: str) -> tuple[str, ...]:
    return tuple(t.strip() for t in text.split(";") if t.strip())


@lru_cache(maxsize=8)
def _load(file: Path, _changed: int) -> tuple[Intensity, ...]:
    rows = tuple(_build(r) for r in read_rows(file, _REQUIRED))
    seen: set[str] = set()
    for made in rows:
        if made.activity_id in seen:
            raise FileRejected(f"{file}: activity_id '{made.activity_id}' stands twice; rename one.")
        seen.add(made.activity_id)
    return rows


@dataclass(frozen=True)
class Activities:
    """A table of intensities.

    Attributes
    ----------
    rows : tuple of Intensity
    path : str
    """

    rows: tuple[Intensity, ...]
    path: str = ""

    @classmethod
    def load(cls, path: str | Path | None = None) -> Activities:
        """Read and check a table; ``data/raw/activity.csv`` by default.

        Raises
        ------
        FileRejected
            At the first fault, with row and column.
        """
        file = Path(path) if path is not None else options.raw_dir() / "activity.csv"
        try:
            changed = file.stat().st_mtime_ns
        except OSError as error:
            raise FileRejected(f"{file}: cannot be read ({error.strerror}); check the path.") from error
        return cls(_load(file, changed), str(file))

    def __getitem__(self, activity_id: str) -> Intensity:
        for made in self.rows:
            if made.activity_id == activity_id:
                return made
        raise ParameterError(f"activity '{activity_id}' is not in {self.path}; check the id.")

    def __iter__(self) -> Iterator[Intensity]:
        return iter(self.rows)

    def of(self, category: str, technology: str) -> list[Intensity]:
        """Recommended intensities of a use.

        Examples
        --------
        >>> [i.activity_id for i in Activities.load().of("coke_oven", "coke_le4_3m")]
        ['coke-running-share']
        """
        return [i for i in self.rows if i.status == "use" and i.serves(category, technology)]

    def to_frame(self) -> pd.DataFrame:
        """One row an intensity."""
        frame = pd.DataFrame([vars(i) for i in self.rows])
        for column in ("categories", "technologies"):
            frame[column] = [";".join(v) for v in frame[column]]
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

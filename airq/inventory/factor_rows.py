"""One emission factor, and the checks a row of ``factors.csv`` must pass to become one.

Examples
--------
>>> ratings()["C"]
1.6
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airq.errors import AirqError, UnitError
from airq.inventory import draws
from airq.inventory.bands import outside_factor
from airq.inventory.quantities import Quantity
from airq.inventory.tabular import Row
from airq.inventory.units import unit

__all__ = ["COLUMNS", "POLLUTANTS", "REQUIRED", "Factor", "Use", "build", "conflicts", "ratings"]

POLLUTANTS: Final = ("PM25", "PM10", "TSP", "SO2", "NOx", "CO", "VOC", "NH3", "BC", "CO2")
"""Pollutants a factor may be of."""

COLUMNS: Final = (
    *("factor_id", "category", "technology", "fuel", "pollutant", "value", "unit", "distribution", "gsd"),
    *("low", "high", "rating", "sulphur_dependent", "condensables", "region", "year", "source", "mark"),
    *("status", "draws_as", "note"),
)
"""Columns of ``factors.csv``."""

_OPTIONAL: Final = {
    "gsd",
    "low",
    "high",
    "sulphur_dependent",
    "condensables",
    "region",
    "year",
    "draws_as",
    "note",
}
REQUIRED: Final = tuple(c for c in COLUMNS if c not in _OPTIONAL)
"""Columns a file of factors must have."""

_MARK: Final = re.compile(r"\[(P|C|D|M|U|B( \d{1,2} ?%)?)\]")
_NESTED: Final = ("PM25", "PM10", "TSP")  # every size class contains the one before it
_ALLOWED: Final = "kg/t, kg/t_coke, g/kg_fuel, g/km, kg/MWh, g/块 or t/m2/month"


Use = tuple[str, str, str]
"""Category, technology and fuel; an empty fuel is any."""


@lru_cache(maxsize=1)
def ratings() -> dict[str, float]:
    """Geometric standard deviation of each rating, from ``tables/ratings.toml``.

    Examples
    --------
    >>> ratings()
    {'A': 1.1, 'B': 1.25, 'C': 1.6, 'D': 2.0, 'E': 3.0}
    """
    text = (files("airq.inventory") / "tables" / "ratings.toml").read_text(encoding="utf-8")
    return {k: float(v["gsd"]) for k, v in tomllib.loads(text).items() if isinstance(v, dict)}


@dataclass(frozen=True)
class Factor:
    """Emission per activity.

    Attributes
    ----------
    factor_id : str
        Stable name; draws belong to it.
    categories, technologies, fuels : tuple of str
        What it serves; no fuel means any.
    pollutant : str
    value : float
        Median (lognormal), mode (triangular) or value (fixed), in ``unit``.
    unit : str
    distribution : str
    gsd : float
        Geometric standard deviation: the row's own, or that of its rating.
    low, high : float or None
        Ends of a triangular.
    rating, mark, status, source, region, year, condensables, note : str
        As in the table; status ``use`` is recommended, ``alternative`` is kept beside it.
    sulphur_dependent : bool
        The value holds for one sulphur content.
    draws_as : str
        Name its draws belong to; the PM sizes of one source share one, so that a draw keeps PM2.5 <= PM10 <= TSP.
    line : int
        Row of the file.
    """

    factor_id: str
    categories: tuple[str, ...]
    technologies: tuple[str, ...]
    fuels: tuple[str, ...]
    pollutant: str
    value: float
    unit: str
    distribution: str
    gsd: float
    low: float | None
    high: float | None
    rating: str
    mark: str
    status: str
    source: str
    region: str
    year: str
    condensables: str
    note: str
    sulphur_dependent: bool
    draws_as: str
    line: int

    @property
    def quantity(self) -> Quantity:
        """The value with its unit."""
        return Quantity(self.value, self.unit)

    def served(self) -> Iterator[Use]:
        """Every (category, technology, fuel) it serves; fuel is empty where any will do."""
        for category in self.categories:
            for technology in self.technologies:
                for fuel in self.fuels or ("",):
                    yield category, technology, fuel

    def serves(self, category: str, technology: str, fuel: str) -> bool:
        """Whether it is a factor of this use; an empty argument matches any."""
        return (
            (not category or category in self.categories)
            and (not technology or technology in self.technologies)
            and (not fuel or not self.fuels or fuel in self.fuels)
        )

    def draws(self, n: int, seed: int = 0) -> NDArray[np.float64]:
        """Random values in ``unit``, shape ``(n,)``; the same for the same id and seed."""
        return draws.draw(
            *(self.draws_as, n, seed),
            value=self.value,
            distribution=self.distribution,
            gsd=self.gsd,
            low=self.low,
            high=self.high,
        )


class _Reader:
    """Cells of one row, with the sentence for each fault."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def text(self, column: str) -> str:
        return self.row.cells.get(column, "")

    def fail(self, column: str, why: str) -> AirqError:
        return AirqError(f"{self.row.where(column)}: {why}")

    def needed(self, column: str) -> str:
        if not (text := self.text(column)):
            raise self.fail(column, "empty; fill it in, or leave the row out where no source was found.")
        return text

    def chosen(self, column: str, allowed: Iterable[str], default: str | None = None) -> str:
        text = self.text(column) or default or ""
        choices = tuple(allowed)
        if text not in choices:
            raise self.fail(column, f"'{text}' is not known; use {', '.join(choices[:-1])} or {choices[-1]}.")
        return text

    def number(self, column: str) -> float | None:
        text = self.text(column)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            raise self.fail(
                column, f"'{text}' is not a plain number; put the unit into the column unit."
            ) from None
        if not isfinite(value):
            raise self.fail(column, f"'{text}' is not a finite number; give one.")
        if value < 0:
            raise self.fail(column, f"{text} is negative; an emission factor is zero or more.")
        return value

    def several(self, column: str) -> tuple[str, ...]:
        return tuple(t.strip() for t in self.text(column).replace("；", ";").split(";") if t.strip())


def _factor_unit(read: _Reader) -> str:
    text = read.text("unit")
    if not text:
        raise read.fail("unit", f"the unit is missing; write one, such as {_ALLOWED}.")
    try:
        found = unit(text)
    except UnitError as error:
        raise read.fail("unit", str(error)) from None
    dims = dict(found.dims)
    per_mass = dims.get("mass ratio") == 1
    other = set(dims) - {"mass", "mass ratio"}
    mass_over = dims.get("mass") == 1 and other and other != {"time"} and all(dims[n] < 0 for n in other)
    if not (per_mass and all(dims[n] < 0 for n in other)) and not mass_over:
        raise read.fail("unit", f"'{text}' is {found.kind}, not an emission per activity; use {_ALLOWED}.")
    return found.text


def _spread(read: _Reader, value: float, rating: str) -> tuple[str, float, float | None, float | None]:
    distribution = read.chosen("distribution", ("lognormal", "triangular", "fixed"))
    gsd, low, high = read.number("gsd"), read.number("low"), read.number("high")
    if gsd is not None and gsd < 1:
        raise read.fail("gsd", f"{gsd:g} is below 1; a geometric standard deviation is 1 or more.")
    if distribution == "lognormal" and value == 0:
        raise read.fail("value", "0 has no lognormal; give a value above zero or the distribution fixed.")
    if distribution == "triangular" and (low is None or high is None or not low <= value <= high):
        raise read.fail("low", "a triangular needs low <= value <= high; give both ends.")
    return distribution, ratings()[rating] if gsd is None else gsd, low, high


def build(row: Row) -> Factor:
    """Factor of one row.

    Parameters
    ----------
    row : Row

    Returns
    -------
    Factor

    Raises
    ------
    AirqError
        One sentence with file, row and column.

    Examples
    --------
    >>> build(Row("f.csv", 2, dict(factor_id="x", category="home_heating", technology="t", pollutant="PM25",
    ...     value="6.5", unit="户", distribution="lognormal", rating="C", mark="[D]", status="use", source="s")))
    Traceback (most recent call last):
    airq.errors.AirqError: f.csv: row 2, column unit: '户' is a count of 户, not an emission per activity; ...
    """
    read = _Reader(row)
    factor_id = read.needed("factor_id")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", factor_id):
        raise read.fail(
            "factor_id", f"'{factor_id}' is not of lower-case letters, digits and hyphens; rename it."
        )
    read.needed("category")
    read.needed("technology")
    pollutant = read.chosen("pollutant", POLLUTANTS)
    read.needed("value")
    value = read.number("value") or 0.0
    rating = read.chosen("rating", ratings())
    distribution, gsd, low, high = _spread(read, value, rating)
    mark = read.needed("mark")
    if not _MARK.fullmatch(mark):
        raise read.fail("mark", f"'{mark}' is not a confidence mark; use [P], [C], [D], [M], [U] or [B nn%].")
    return Factor(
        factor_id=factor_id,
        categories=read.several("category"),
        technologies=read.several("technology"),
        fuels=read.several("fuel"),
        pollutant=pollutant,
        value=value,
        unit=_factor_unit(read),
        distribution=distribution,
        gsd=gsd,
        low=low,
        high=high,
        rating=rating,
        mark=mark,
        status=read.chosen("status", ("use", "alternative")),
        source=read.needed("source"),
        region=read.text("region"),
        year=read.text("year"),
        condensables=read.chosen("condensables", ("y", "n", "?"), default="?"),
        note=read.text("note"),
        sulphur_dependent=read.chosen("sulphur_dependent", ("0", "1"), default="0") == "1",
        draws_as=read.text("draws_as") or factor_id,
        line=row.line,
    )


def _implausible(factor: Factor, file: str) -> Iterator[str]:
    text = outside_factor(factor.categories, factor.technologies, factor.pollutant, factor.quantity)
    if text is not None:
        yield f"{file}: row {factor.line}, column value: {text}"


def _size_order(group: dict[str, Factor], file: str) -> Iterator[str]:
    present = [group[p] for p in _NESTED if p in group]
    for small, large in pairwise(present):
        if unit(small.unit).dims == unit(large.unit).dims and large.quantity < small.quantity:
            yield (
                f"{file}: row {small.line}, column value: {small.pollutant} of {small.quantity} is above "
                f"{large.pollutant} of {large.quantity} in row {large.line}, which contains it; correct one."
            )


def conflicts(factors: list[Factor], file: str, plausible: bool = True) -> Iterator[str]:
    """What is wrong between the rows of a table: one sentence a fault.

    Parameters
    ----------
    factors : list of Factor
    file : str
        Path, for the sentences.
    plausible : bool
        Also compare recommended values with the plausibility bands.

    Yields
    ------
    str
    """
    by_id: dict[str, Factor] = {}
    used: dict[tuple[Use, str], Factor] = {}
    sizes: dict[tuple[object, ...], dict[str, Factor]] = {}
    said = set[str]()
    for factor in factors:
        at = f"{file}: row {factor.line}, column"
        if twin := by_id.get(factor.factor_id):
            yield f"{at} factor_id: '{factor.factor_id}' stands already in row {twin.line}; rename or remove one."
        by_id.setdefault(factor.factor_id, factor)
        if factor.status == "use":
            if plausible:
                yield from _implausible(factor, file)
            for key in factor.served():
                twin = used.setdefault((key, factor.pollutant), factor)
                if twin is not factor:
                    yield (
                        f"{at} status: row {twin.line} is already the recommended {factor.pollutant} of "
                        f"{' / '.join(filter(None, key))}; mark one of the two alternative."
                    )
                    break
                sizes.setdefault(("use", key), {})[factor.pollutant] = factor
        else:
            key_of_text = (factor.source, factor.region, factor.year, factor.technologies, factor.fuels)
            if factor.pollutant in sizes.setdefault(key_of_text, {}):
                continue  # several of one pollutant in one text: which belongs to which size is not known
            sizes[key_of_text][factor.pollutant] = factor
    for group in sizes.values():
        for sentence in _size_order(group, file):
            if sentence not in said:
                said.add(sentence)
                yield sentence
    for factor in factors:
        if factor.draws_as not in by_id:
            yield (
                f"{file}: row {factor.line}, column draws_as: no factor '{factor.draws_as}' is in the file; "
                f"name one or leave it empty."
            )

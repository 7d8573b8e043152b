"""Emission factors: the table, the recommended value of a use, and its random draws.

A factor serves categories, technologies and fuels (several, parted by ``;``). ``use`` marks the recommended value of
a use, of which there is one or none; ``alternative`` values stand beside it. Where no source was found there is no
row, and a look-up says "needs a factor".

Examples
--------
>>> factors = Factors.load()
>>> factors.lookup("home_heating", "stove_raw_coal", "coal", "PM25").quantity
Quantity(6.5, 'kg/t')
>>> factors.lookup("kiln", "lime_kiln", "", "PM25")
Traceback (most recent call last):
airq.inventory.factors.NeedsFactor: lime_kiln (kiln) needs a factor of PM25: none with a source is on file; ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airq import options
from airq.errors import AirqError, FileRejected, MissingData, ParameterError
from airq.inventory.factor_rows import COLUMNS, POLLUTANTS, REQUIRED, Factor, Use, build, conflicts, ratings
from airq.inventory.tabular import read_rows

__all__ = ["POLLUTANTS", "Draws", "Factor", "Factors", "NeedsFactor", "ratings"]


class NeedsFactor(MissingData):
    """No recommended factor is on file for a use; the user must give one."""


class Draws(Mapping[str, NDArray[np.float64]]):
    """Draws by factor id, made when they are asked for and kept.

    Examples
    --------
    >>> Factors.load().sample(1000, seed=1)["stove-raw-pm25"].shape
    (1000,)
    """

    def __init__(self, factors: Mapping[str, Factor], n: int, seed: int) -> None:
        self._factors, self._n, self._seed = factors, n, seed
        self._made: dict[str, NDArray[np.float64]] = {}

    def __getitem__(self, factor_id: str) -> NDArray[np.float64]:
        if factor_id not in self._made:
            values = self._factors[factor_id].draws(self._n, self._seed)
            values.flags.writeable = False  # shared by every row of the factor
            self._made[factor_id] = values
        return self._made[factor_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._factors)

    def __len__(self) -> int:
        return len(self._factors)


def _read(path: Path, plausible: bool) -> tuple[list[Factor], list[str]]:
    faults: list[str] = []
    factors: list[Factor] = []
    for row in read_rows(path, REQUIRED):
        try:
            factors.append(build(row))
        except AirqError as error:
            faults.append(" ".join(str(error).split()))
    # A row that could not be read may be the one another row refers to; say only what is certain.
    return factors, faults or list(conflicts(factors, str(path), plausible))


@lru_cache(maxsize=8)
def _load(path: Path, _mtime: int, plausible: bool) -> tuple[Factor, ...]:
    factors, faults = _read(path, plausible)
    if faults:
        more = f" ({len(faults) - 1} more in the file.)" if len(faults) > 1 else ""
        raise FileRejected(faults[0] + more)
    return tuple(factors)


@dataclass(frozen=True, eq=False)
class Factors:
    """A table of emission factors.

    Attributes
    ----------
    factors : tuple of Factor
        In the order of the file.
    path : str
        File they come from.
    """

    factors: tuple[Factor, ...]
    path: str = ""
    _index: dict[tuple[str, str], list[Factor]] = field(init=False, repr=False, default_factory=dict)
    _by_id: dict[str, Factor] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for factor in self.factors:
            self._by_id.setdefault(factor.factor_id, factor)
            for technology in factor.technologies:
                self._index.setdefault((technology, factor.pollutant), []).append(factor)

    @classmethod
    def load(cls, path: str | Path | None = None, plausible: bool = True) -> Factors:
        """Read and check a table.

        Parameters
        ----------
        path : path, optional
            A CSV file; ``data/raw/factors.csv`` of the project by default.
        plausible : bool
            Refuse a recommended value outside its plausibility band.

        Returns
        -------
        Factors

        Raises
        ------
        FileRejected
            At the first fault, in one sentence with row and column; nothing is taken over.

        Examples
        --------
        >>> len(Factors.load()) > 800
        True
        """
        file = Path(path) if path is not None else options.raw_dir() / "factors.csv"
        try:
            mtime = file.stat().st_mtime_ns
        except OSError as error:
            raise FileRejected(f"{file}: cannot be read; restore it or give another path.") from error
        # A file of the user's own may change between two calls faster than the clock of the file system ticks.
        read = _load if path is None else _load.__wrapped__
        return cls(read(file, mtime, plausible), str(file))

    @staticmethod
    def check(path: str | Path, plausible: bool = True) -> list[str]:
        """Every fault of a file, one sentence each, in the order found; empty if it can be loaded."""
        return _read(Path(path), plausible)[1]

    def __len__(self) -> int:
        return len(self.factors)

    def __iter__(self) -> Iterator[Factor]:
        return iter(self.factors)

    def __getitem__(self, factor_id: str) -> Factor:
        if factor_id not in self._by_id:
            raise ParameterError(f"factor '{factor_id}' is not in {self.path}; check the id.")
        return self._by_id[factor_id]

    def candidates(
        self, category: str, technology: str, fuel: str | None, pollutant: str, status: str | None = None
    ) -> tuple[Factor, ...]:
        """Every factor of a use, the recommended one first.

        Examples
        --------
        >>> [f.value for f in Factors.load().candidates("home_heating", "stove_raw_coal", "coal", "PM10")]
        [8.5, 13.5, 8.4]
        """
        if pollutant not in POLLUTANTS:
            raise ParameterError(f"pollutant '{pollutant}' is not known; use {', '.join(POLLUTANTS)}.")
        found = self._index.get((technology, pollutant), [])
        kept = [f for f in found if f.serves(category, technology, fuel or "")]
        kept.sort(key=lambda f: f.status != "use")
        return tuple(f for f in kept if status is None or f.status == status)

    def find(self, category: str, technology: str, fuel: str | None, pollutant: str) -> Factor | None:
        """As :meth:`lookup`, but None where no factor is recommended."""
        found = self.candidates(category, technology, fuel, pollutant, status="use")
        if len(found) > 1 and fuel:  # a factor of this very fuel comes before one of any fuel
            found = tuple(f for f in found if fuel in f.fuels) or found
        if len(found) > 1:
            fuels = sorted({t for f in found for t in f.fuels or ("any",)})
            raise ParameterError(
                f"{technology} has recommended factors of {pollutant} for {', '.join(fuels)}; name category and fuel."
            )
        return found[0] if found else None

    def lookup(self, category: str, technology: str, fuel: str | None, pollutant: str) -> Factor:
        """The recommended factor of a use.

        Parameters
        ----------
        category, technology : str
            As in the register of measures; an empty category matches any.
        fuel : str or None
            Empty or None matches any.
        pollutant : str
            One of :data:`POLLUTANTS`.

        Returns
        -------
        Factor

        Raises
        ------
        NeedsFactor
            If none is recommended; the sentence says how many alternatives are on file.
        ParameterError
            If the pollutant is not known or several fuels match.

        Examples
        --------
        >>> Factors.load().lookup("boiler_coal", "boiler_le10", "coal", "NOx").factor_id
        'boiler-lt65-nox'
        """
        if factor := self.find(category, technology, fuel, pollutant):
            return factor
        others = len(self.candidates(category, technology, fuel, pollutant))
        known = (
            f"{others} alternative(s) are on file, none recommended"
            if others
            else "none with a source is on file"
        )
        name = technology or "a measure without technology"
        raise NeedsFactor(
            f"{name} ({category or 'any category'}) needs a factor of {pollutant}: {known}; "
            f"give a row with status use in a factors file of your own."
        )

    def merged(self, own: Factors) -> Factors:
        """Join with a user's table: its rows come first, and what it recommends replaces what it serves.

        Parameters
        ----------
        own : Factors

        Returns
        -------
        Factors
            A shipped recommendation for a use that the user's file recommends becomes an alternative; a shipped row
            with the user's id is left out.
        """
        ids = {f.factor_id for f in own}
        served = {(key, f.pollutant) for f in own if f.status == "use" for key in f.served()}
        kept = [part for f in self if f.factor_id not in ids for part in _left_over(f, served)]
        return Factors((*own.factors, *kept), own.path)

    def sample(self, n: int, seed: int = 0, ids: Sequence[str] | None = None) -> Draws:
        """Draws of the factors, made on demand.

        Parameters
        ----------
        n : int
            Number of draws.
        seed : int
        ids : sequence of str, optional
            Factors to offer; all by default.

        Returns
        -------
        Draws
            Mapping from factor id to an array of shape ``(n,)`` in the factor's unit. The draws of an id depend on
            the id and the seed alone.

        Examples
        --------
        >>> draws = Factors.load().sample(20000, seed=0)
        >>> round(float(np.median(draws["stove-raw-pm25"])), 1)
        6.5
        >>> bool((draws["stove-raw-pm25"] <= draws["stove-raw-pm10"]).all())
        True
        """
        chosen = [self[i] for i in ids] if ids is not None else list(self.factors)
        return Draws({f.factor_id: f for f in chosen}, n, seed)

    def to_frame(self) -> pd.DataFrame:
        """One row a factor, columns as in the file."""
        rows = []
        for factor in self.factors:
            row = asdict(factor)
            row["category"], row["technology"], row["fuel"] = (
                ";".join(row.pop(name)) for name in ("categories", "technologies", "fuels")
            )
            rows.append(row)
        return pd.DataFrame(rows, columns=list(COLUMNS))

    @property
    def table(self) -> pd.DataFrame:
        """As :meth:`to_frame`."""
        return self.to_frame()

    def _repr_html_(self) -> str:
        shown = [
            "category",
            "technology",
            "fuel",
            "pollutant",
            "value",
            "unit",
            "rating",
            "mark",
            "status",
            "source",
        ]
        return str(self.to_frame()[shown].to_html(index=False))


def _left_over(factor: Factor, served: set[tuple[Use, str]]) -> list[Factor]:
    """What a shipped factor still serves beside the user's recommendations."""
    if factor.status != "use":
        return [factor]
    rest: dict[tuple[str, ...], list[str]] = {}
    for technology in factor.technologies:
        taken = {
            category
            for (category, name, fuel), pollutant in served
            if name == technology and pollutant == factor.pollutant and (not fuel or fuel in factor.fuels)
        }
        rest.setdefault(tuple(c for c in factor.categories if c not in taken), []).append(technology)
    if list(rest) == [factor.categories]:
        return [factor]
    parts = [replace(factor, categories=c, technologies=tuple(t)) for c, t in rest.items() if c]
    return parts or [replace(factor, status="alternative")]

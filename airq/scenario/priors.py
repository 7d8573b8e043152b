"""The table of priors of the response: every number with its source and its mark, and its draws.

Examples
--------
>>> priors = Priors.load()
>>> priors["box_mixing_height"].value, priors["SO2"].mark
(274.0, '[B]')
>>> float(np.median(priors["SO2"].draws(2000, 0)).round(2))
0.15
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.inventory.draws import standard_normal

__all__ = ["Prior", "Priors"]

Array = npt.NDArray[np.float64]
_FILE: Final = Path(__file__).parent / "tables" / "priors.csv"
_WIDTH: Final = 2 * 1.6448536269514722
"""Standard normal quantiles between which 90 % lie, low to high."""


@dataclass(frozen=True)
class Prior:
    """One number that is not known.

    Attributes
    ----------
    part, name : str
    value : float
        Median; NaN for a row that only names a method.
    low, high : float
        Hold 90 %.
    unit : str
    transfer : float
        Standard deviation, log scale, of carrying it over to here.
    used : bool
        Whether it enters a result; else it is only shown.
    mark, source : str
    """

    part: str
    name: str
    value: float
    low: float
    high: float
    unit: str
    transfer: float
    used: bool
    mark: str
    source: str

    @property
    def normal(self) -> bool:
        """Whether it is normal instead of log-normal: where it may be 0 or negative."""
        return not self.value > 0

    @property
    def sd(self) -> float:
        """Standard deviation, of the log unless it is normal; 0 where no interval is given."""
        if not np.isfinite(self.low) or self.low == self.high:
            return 0.0
        return (
            (self.high - self.low) / _WIDTH if self.normal else float(np.log(self.high / self.low) / _WIDTH)
        )

    def draws(self, n: int, seed: int) -> Array:
        """Draws, the same for the same name and seed wherever they are taken; shape (n,)."""
        z = standard_normal(f"response/{self.part}/{self.name}", n, seed)
        return self.value + self.sd * z if self.normal else self.value * np.exp(self.sd * z)


@dataclass(frozen=True)
class Priors(Mapping[str, Prior]):
    """All priors, by name.

    Attributes
    ----------
    rows : tuple of Prior
    source : str
        File they were read from.
    """

    rows: tuple[Prior, ...]
    source: str

    def __getitem__(self, name: str) -> Prior:
        for row in self.rows:
            if row.name == name:
                return row
        raise ParameterError(f"{self.source}: prior '{name}' is not in the table; add its row.")

    def __iter__(self):  # type: ignore[no-untyped-def]
        return (r.name for r in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, part: str) -> dict[str, Prior]:
        """Rows of one part by name."""
        return {r.name: r for r in self.rows if r.part == part}

    def scaled(self, part: str, by: float) -> Priors:
        """Every used row of a part with value and interval multiplied; for the table of sensitivity.

        Examples
        --------
        >>> Priors.load().scaled("weight", 2)["SO2"].value
        0.3
        """
        rows = (
            replace(r, value=by * r.value, low=by * r.low, high=by * r.high)
            if r.part == part and r.used
            else r
            for r in self.rows
        )
        return replace(self, rows=tuple(rows))

    def to_frame(self) -> pd.DataFrame:
        """One row a prior."""
        return pd.DataFrame([vars(r) for r in self.rows])

    @classmethod
    def load(cls, path: str | Path | None = None) -> Priors:
        """Read the table of priors.

        Parameters
        ----------
        path : path-like, optional
            A table of your own in place of the shipped one.

        Raises
        ------
        ParameterError
            With file and line, if a row is broken.
        """
        file = Path(path) if path is not None else _FILE
        name = str(path) if path is not None else "priors.csv"
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise ParameterError(f"{name}: cannot be read ({error.strerror}); name another file.") from None
        kept = [(i, line) for i, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
        head = next(csv.reader([kept[0][1]]), []) if kept else []
        rows = tuple(_row(dict(zip(head, next(csv.reader([line])), strict=False)), f"{name}, line {i}") for i, line in kept[1:])  # fmt: skip
        names = [r.name for r in rows]
        for i, one in enumerate(names):
            if one in names[:i]:
                raise ParameterError(f"{name}, line {kept[i + 1][0]}: prior '{one}' stands twice; keep one.")
        return cls(rows, name)


def _row(texts: dict[str, str], where: str) -> Prior:
    def number(column: str) -> float:
        text = (texts.get(column) or "").strip()
        try:
            return float(text) if text else float("nan")
        except ValueError:
            raise ParameterError(f"{where}, column {column}: '{text}' is no number; write one or leave it empty.") from None  # fmt: skip

    for column in ("part", "name", "source", "mark"):
        if not (texts.get(column) or "").strip():
            raise ParameterError(f"{where}: the row has no {column}; every prior needs one.")
    value, low, high = number("value"), number("low"), number("high")
    if np.isfinite(low) != np.isfinite(high) or (np.isfinite(low) and not low <= value <= high):
        raise ParameterError(f"{where}: value {value:g} is not between low {low:g} and high {high:g}; give all three in order.")  # fmt: skip
    if value > 0 and low <= 0:
        raise ParameterError(f"{where}: low {low:g} of a positive value must be above 0, it is log-normal.")
    return Prior(
        texts["part"], texts["name"], value, low, high, texts.get("unit", ""), number("transfer"),
        texts.get("used", "yes").strip() != "shown", texts["mark"], texts["source"],
    )  # fmt: skip

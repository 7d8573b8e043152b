"""Declared shifts: what planned measures are held to change, with its uncertainty and dates.

Examples
--------
>>> one, = shifts_of({"by": -5, "unit": "percent", "sd": 2, "from": "2026-07-01"})
>>> days = np.arange(np.datetime64("2026-06-30"), np.datetime64("2026-07-02"))
>>> made = one.draws(days, 1000, np.random.default_rng(0))
>>> made.shape, bool((made[:, 0] == 0).all()), float(np.exp(made[:, 1]).mean().round(2))
((1000, 2), True, 0.95)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import ParameterError
from airq.targets.series import as_day

__all__ = ["Shift", "shifts_of"]

_KEYS: Final = ("by", "sd", "unit", "from", "to", "name")


@dataclass(frozen=True)
class Shift:
    """One declared change of all concentrations.

    Attributes
    ----------
    by, sd : float
        Mean and standard deviation on the log scale.
    first, last : datetime64[D] or None
        Days on which it holds; open where None.
    name : str
    """

    by: float
    sd: float
    first: np.datetime64 | None
    last: np.datetime64 | None
    name: str = ""

    def draws(
        self, days: npt.NDArray[np.datetime64], draws: int, rng: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        """Log change of each draw on each day, (draw, day): one size a draw, on the days on which it holds."""
        size = self.by + self.sd * rng.standard_normal(draws)
        holds = np.ones(days.size, bool)
        if self.first is not None:
            holds &= days >= self.first
        if self.last is not None:
            holds &= days <= self.last
        return np.asarray(size[:, None] * holds[None, :])

    def holds_in(self, year: int) -> float:
        """Share of the days of a year on which it holds."""
        days = np.arange(np.datetime64(f"{year}-01-01", "D"), np.datetime64(f"{year + 1}-01-01", "D"))
        first = self.first if self.first is not None else days[0]
        last = self.last if self.last is not None else days[-1]
        return float(((days >= first) & (days <= last)).mean())


def _number(row: Mapping[str, Any], key: str, where: str, default: float | None = None) -> float:
    value = row.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not np.isfinite(value):
        raise ParameterError(f"{where}: key '{key}' is {value!r}; give a number.")
    return float(value)


def _one(row: Any, where: str) -> Shift:
    if isinstance(row, int | float) and not isinstance(row, bool):
        row = {"by": row}
    if not isinstance(row, Mapping):
        raise ParameterError(
            f"{where}: a shift is a number or a mapping such as {{'by': -0.05, 'sd': 0.02}}."
        )
    if unknown := [k for k in row if k not in _KEYS]:
        raise ParameterError(f"{where}: key '{unknown[0]}' is not known; use {', '.join(_KEYS)}.")
    by, sd = _number(row, "by", where), _number(row, "sd", where, 0.0)
    unit = row.get("unit", "log")
    if sd < 0:
        raise ParameterError(f"{where}: key 'sd' is {sd:g}; a standard deviation is not negative.")
    if unit not in ("log", "share", "percent"):
        raise ParameterError(f"{where}: key 'unit' is '{unit}'; use log, share or percent.")
    if unit != "log":
        scale = 100.0 if unit == "percent" else 1.0
        by, sd = by / scale, sd / scale
        if by <= -1:
            raise ParameterError(f"{where}: key 'by' takes away everything; give less than 100 per cent.")
        by, sd = float(np.log1p(by)), sd / (1 + by)  # delta method
    first = as_day(row["from"], f"{where}: key 'from'") if row.get("from") is not None else None
    last = as_day(row["to"], f"{where}: key 'to'") if row.get("to") is not None else None
    if first is not None and last is not None and last < first:
        raise ParameterError(f"{where}: it ends on {last} before it starts on {first}; swap the two.")
    return Shift(by, sd, first, last, str(row.get("name", "")))


def shifts_of(shift: Any) -> tuple[Shift, ...]:
    """Read declared shifts.

    Parameters
    ----------
    shift : None, number, mapping or list of them
        ``{"by": -0.05, "sd": 0.02, "unit": "log" | "share" | "percent", "from": date, "to": date}``; a bare number is
        a log change from the day of issue on.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> shifts_of(None), shifts_of(-0.1)[0].by
    ((), -0.1)
    >>> shifts_of({"by": "much"})
    Traceback (most recent call last):
    airq.errors.ParameterError: shift: key 'by' is 'much'; give a number.
    """
    if shift is None:
        return ()
    rows = shift if isinstance(shift, Sequence) and not isinstance(shift, str) else [shift]
    return tuple(
        row if isinstance(row, Shift) else _one(row, "shift" if len(rows) == 1 else f"shift {i}")
        for i, row in enumerate(rows, 1)
    )

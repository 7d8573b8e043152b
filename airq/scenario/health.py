"""Deaths avoided a year by cleaner air, under four named functions that do not agree.

avoided = D (1 − HR(after) / HR(before)) with the annual mean of PM2.5, for which alone these long-term functions hold. The
four stand side by side: their spread is part of the answer.

Examples
--------
>>> from airq.scenario.health import avoided, functions
>>> {n: round(float(avoided(n, 7704.0, 53.0, 37.0))) for n in functions()}
{'gemm': 593, 'hrapie': 707, 'china_cohort': 632, 'who_2021': 893}
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.inventory.draws import standard_normal
from airq.scenario.emitted import people

__all__ = ["Function", "avoided", "avoided_by_age", "deaths", "functions"]

Array = npt.NDArray[np.float64]
_FILE: Final = Path(__file__).parent / "tables" / "health.csv"
_WIDTH: Final = 2 * 1.959963984540054
_ALPHA, _MU, _NU, _LEAST = 1.6, 15.5, 36.8, 2.4
"""Shape of GEMM NCD+LRI (Burnett 2018), and the concentration below which it knows no risk."""


@dataclass(frozen=True)
class Function:
    """One row of the table.

    Attributes
    ----------
    name, form : str
    value, low, high : float
    mark, source : str
    """

    name: str
    form: str
    value: float
    low: float
    high: float
    mark: str
    source: str

    def slope(self, draws: int | None = None, seed: int = 0) -> Array:
        """Theta, or log relative risk per µg/m³: the value, or draws of it."""
        if self.form == "log_linear":
            middle, sd = np.log(self.value) / 10, (np.log(self.high) - np.log(self.low)) / _WIDTH / 10
        else:
            middle, sd = self.value, (self.high - self.low) / _WIDTH
        if draws is None:
            return np.asarray(middle)
        return np.asarray(np.maximum(middle + sd * standard_normal(f"health/{self.name}", draws, seed), 0.0))


@lru_cache(maxsize=1)
def _table() -> dict[str, Function]:
    lines = [r for r in _FILE.read_text(encoding="utf-8").splitlines() if r and not r.startswith("#")]
    rows = csv.DictReader(lines)
    return {r["name"]: Function(r["name"], r["form"], float(r["value"]), float(r["low"]), float(r["high"]), r["mark"], r["source"]) for r in rows}  # fmt: skip


def functions() -> dict[str, Function]:
    """The four functions by name."""
    return {n: f for n, f in _table().items() if f.form in ("gemm", "log_linear")}


def _log_hazard(form: str, slope: Array, concentration: Any) -> Array:
    if form == "log_linear":
        return np.asarray(slope * concentration)
    z = np.maximum(np.asarray(concentration, dtype=np.float64) - _LEAST, 0.0)
    return np.asarray(slope * np.log1p(z / _ALPHA) / (1 + np.exp(-(z - _MU) / _NU)))


def avoided(name: str, deaths_a_year: Any, before: Any, after: Any, slope: Array | None = None) -> Array:
    """Deaths avoided a year.

    Parameters
    ----------
    name : str
        One of :func:`functions`.
    deaths_a_year : float or array
        Deaths that the function acts on.
    before, after : float or array
        Annual mean of PM2.5, µg/m³.
    slope : array, optional
        Draws of :meth:`Function.slope`; the value by default.

    Returns
    -------
    array
        Negative where the air gets worse.

    Raises
    ------
    ParameterError
        An unknown function.
    """
    known = functions()
    if name not in known:
        raise ParameterError(f"function '{name}' is not known; use {', '.join(known)}.")
    one = known[name]
    slope = one.slope() if slope is None else slope
    change = _log_hazard(one.form, slope, after) - _log_hazard(one.form, slope, before)
    return np.asarray(deaths_a_year * -np.expm1(change))


def avoided_by_age(deaths_by_age: Mapping[int, float], before: Any, after: Any) -> Array:
    """Deaths avoided a year after GEMM with its slopes by age, for whoever knows deaths by age.

    Parameters
    ----------
    deaths_by_age : mapping of int to float
        NCD+LRI deaths a year by the first year of age of each class of five: 25, 30 ... 75, and 80 for all above.
    before, after : float or array

    Raises
    ------
    ParameterError
        An age that the table does not have.

    Examples
    --------
    >>> 45 < float(avoided_by_age({65: 300.0, 80: 500.0}, 53, 37)) < 60
    True
    """
    known = {int(n.split("_")[1]): f for n, f in _table().items() if f.form == "age"}
    if strange := [a for a in deaths_by_age if a not in known]:
        raise ParameterError(f"age {strange[0]} begins no class; use {', '.join(map(str, known))}.")
    parts = [
        number
        * -np.expm1(
            _log_hazard("gemm", known[a].slope(), after) - _log_hazard("gemm", known[a].slope(), before)
        )
        for a, number in deaths_by_age.items()
    ]
    return np.asarray(sum(parts))


def deaths(before: Mapping[str, Array], after: Mapping[str, Array], seed: int) -> pd.DataFrame:
    """Deaths avoided a year in places together, by function.

    Parameters
    ----------
    before, after : mapping of place to array (draw, year)
        Annual means; each place counts by its people.
    seed : int

    Returns
    -------
    pandas.DataFrame
        function, p5, p50, p95, people, mark, source.
    """
    held = [p for p in before if p in people()]
    if not held:
        return pd.DataFrame(columns=["function", "p5", "p50", "p95", "people", "mark", "source"])
    draws = len(before[held[0]])
    rate = _table()["ncd_lri_deaths"]
    spread = (rate.high - rate.low) / _WIDTH * standard_normal("health/rate", draws, seed)
    per_head = np.maximum(rate.value + spread, 0.0)[:, None] / 1e5
    rows = []
    for name, one in functions().items():
        slope = one.slope(draws, seed)[:, None]
        total = np.sum([avoided(name, per_head * people()[p] * 1000, before[p], after[p], slope) for p in held], axis=0)  # fmt: skip
        low, middle, high = np.quantile(total, (0.05, 0.5, 0.95))
        mark = one.mark if rate.mark in one.mark else one.mark + rate.mark
        rows.append({"function": name, "p5": low, "p50": middle, "p95": high, "people": 1000 * sum(people()[p] for p in held), "mark": mark, "source": f"{one.source}; {rate.source}"})  # fmt: skip
    return pd.DataFrame(rows)

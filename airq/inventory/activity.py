"""From a measure to its yearly activity: 688 boilers to tonnes of coal, 1,729 trucks to kilometres.

An activity is a number times random inputs: the intensities of ``data/raw/activity.csv``. What a row of the register
states itself comes first; then its capacity, then its count, each with the intensity whose unit fits.

Examples
--------
>>> yearly(Amount(Quantity(1983000.0, "t/yr")), "kg/t")
1983.0
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from airq.errors import AirqError, UnitError
from airq.inventory import periods
from airq.inventory.intensities import Activities, Input, Intensity
from airq.inventory.quantities import Quantity
from airq.inventory.units import product, unit

__all__ = ["Amount", "a_year", "amounts", "defaults", "yearly"]

_SHARES: Final = ("running_share", "active_share")
_YEARLY: Final = (unit("t/yr").dims, unit("t").dims)
_SEASON: Final = Quantity(1.0, "采暖季/yr")


@lru_cache(maxsize=1)
def defaults() -> dict[str, Any]:
    """What is taken where a register says nothing, from ``tables/defaults.toml``.

    Examples
    --------
    >>> defaults()["cost"]["years"]
    10
    """
    text = (files("airq.inventory") / "tables" / "defaults.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True)
class Amount:
    """A yearly activity: ``size`` in its unit, times the draws of every input.

    Attributes
    ----------
    size : Quantity
    inputs : tuple of Input
    basis : str
        Where it comes from: ``stated``, ``capacity``, ``count``.
    """

    size: Quantity
    inputs: tuple[Input, ...] = ()
    basis: str = "stated"

    def times(self, intensity: Intensity) -> Amount | None:
        """Activity that follows from an intensity, or None if it is per something else."""
        under = {n for n, e in unit(intensity.unit).dims if e < 0} - {"time", "采暖季"}
        if not under <= {n for n, e in self.size.dims if e > 0}:
            return None
        fixed, source = intensity.split()
        size = self.size * Quantity(fixed, intensity.unit)
        return Amount(size, (*self.inputs, *([source] if source else [])), self.basis)


def _known(row: Mapping[str, Any], column: str) -> bool:
    value = row.get(column)
    return value is not None and value == value and value != ""


def _stated(row: Mapping[str, Any]) -> list[Amount]:
    """What a row says of itself: activity, capacity, count."""
    found = []
    number = float(row["count"]) if _known(row, "count") else 1.0
    if _known(row, "activity") and (size := a_year(row)) is not None:
        found.append(Amount(size, (), "stated"))
    if _known(row, "capacity"):
        size = Quantity(float(row["capacity"]) * number, row["capacity_unit"])
        if row["category"].startswith("boiler") and size.dims == unit("t/h").dims:
            size = size.as_steam()
        name = defaults()["product"].get(row["category"])
        if name and size.dims == unit("t/yr").dims:
            size = Quantity(size.to("t/yr").value, f"t_{name}/yr")
        found.append(Amount(size, (), "capacity"))
    if _known(row, "count"):
        found.append(Amount(Quantity(number, row["count_unit"]), (), "count"))
    return found


def a_year(row: Mapping[str, Any]) -> Quantity | None:
    """A stated activity per year; one without a time in its unit is the total of the period, divided by its years."""
    size = Quantity(float(row["activity"]), row["activity_unit"])
    if "time" in dict(size.dims):
        return size
    found = periods.span(str(row.get("start", "")), str(row.get("end", "")))
    if found is None:
        return None
    years = max(1.0, ((found[1] - found[0]).days + 1) / 365.25)
    return size * Quantity(1 / years, "1/yr")


def _fits(share: Intensity, amount: Amount) -> bool:
    """A share belongs to what it is per: the capacity that runs, the trucks that still drive."""
    if share.per == "t_capacity":
        return amount.basis == "capacity"
    try:
        return amount.basis == "count" and amount.size.dims == unit(share.per).dims
    except UnitError:
        return False


def amounts(row: Mapping[str, Any], table: Activities) -> list[Amount]:
    """Yearly activities of a measure, the best supported first.

    Parameters
    ----------
    row : mapping
        A row of the register.
    table : Activities

    Returns
    -------
    list of Amount
        What the row states and what follows from it by the intensities of its category and technology.

    Examples
    --------
    >>> row = {"category": "home_heating", "technology_before": "stove_raw_coal", "count": 132000.0, "count_unit": "户"}
    >>> first = amounts(row, Activities.load())[0]
    >>> first.size, [i.id for i in first.inputs]
    (Quantity(132000.0, 't/yr'), ['coal-per-home'])
    """
    known = table.of(row["category"], row.get("technology_before", ""))
    shares = [i for i in known if i.quantity in _SHARES]
    own_share = _known(row, "active_share")
    direct: list[Amount] = []
    for stated in _stated(row):
        amount = stated
        for share in shares:
            replaced = own_share and share.quantity == "active_share"
            if _fits(share, stated) and not replaced:
                amount = amount.times(share) or amount
        direct.append(amount)
    rates = [i for i in known if i.quantity not in _SHARES]
    derived = [d for a in direct for i in rates if _worth(i) and (d := a.times(i)) is not None]
    # Derived from derived: kilometres to kilograms of fuel.
    further = [d for a in derived for i in rates if _worth(i) and (d := a.times(i)) is not None]
    stated_first = [a for a in direct if a.basis == "stated"]
    return [_per_year(a) for a in [*stated_first, *derived, *further, *direct]]


def _worth(intensity: Intensity) -> bool:
    """Heat values and efficiencies describe coal; they are no activity of a measure."""
    return intensity.quantity in ("coal", "distance", "fuel", "area", "product", "energy_use")


def _per_year(amount: Amount) -> Amount:
    """One heating season a year."""
    if dict(amount.size.dims).get("采暖季") == -1:
        return Amount(amount.size * _SEASON, amount.inputs, amount.basis)
    return amount


def yearly(amount: Amount, factor_unit: str) -> float | None:
    """Tonnes a year of an amount with a factor of one in its unit, or None if the units do not meet.

    Examples
    --------
    >>> yearly(Amount(Quantity(1983000.0, "t/yr")), "kg/t"), yearly(Amount(Quantity(688.0, "台")), "kg/t")
    (1983.0, None)
    """
    try:
        dims = product(amount.size.dims, unit(factor_unit).dims, 1)
        if dims not in _YEARLY:
            return None
        return (amount.size * Quantity(1.0, factor_unit)).to("t/yr" if dims == _YEARLY[0] else "t").value
    except AirqError:
        return None

"""What of a register is readable but doubtful: amounts per home or boiler, and own factors, outside their bands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airq.errors import AirqError
from airq.inventory import bands, schema
from airq.inventory.activity import a_year
from airq.inventory.quantities import Quantity

__all__ = ["doubts"]

_OF = ("coal", "distance")


def doubts(row: Mapping[str, Any]) -> Iterator[str]:
    """Sentences on what of a row is outside a plausibility band.

    Parameters
    ----------
    row : mapping
        A row of the register.

    Examples
    --------
    >>> row = {"category": "home_heating", "count": 100.0, "count_unit": "户", "activity": 4500.0, "activity_unit": "t/yr"}
    >>> next(doubts(row))
    '45 t/yr/户 of coal is outside 1.5 to 8 t/户/yr (coal_per_home, [B]); check the number and its unit.'
    """
    yield from _amounts(row)
    yield from _factors(row)


def _amounts(row: Mapping[str, Any]) -> Iterator[str]:
    if not (row["activity"] == row["activity"] and row["count"] == row["count"] and row["count"] > 0):
        return
    size = a_year(row)
    if size is None:
        return
    each = size / Quantity(float(row["count"]), row["count_unit"])
    for quantity in _OF:
        said = bands.outside_activity(row["category"], quantity, each)
        if said:
            yield said


def _factors(row: Mapping[str, Any]) -> Iterator[str]:
    for column, pollutant in schema.OWN_FACTORS.items():
        value = row.get(column, float("nan"))
        if value != value:
            continue
        own = Quantity(float(value), row["ef_unit"])
        try:
            said = bands.outside_factor([row["category"]], [row["technology_before"]], pollutant, own)
        except AirqError:
            continue  # a unit that no band speaks of
        if said:
            yield said

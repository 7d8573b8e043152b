"""Plausibility bands: what a home burns, what a tonne of coal emits, what a truck drives.

The bands stand in ``tables/bands.toml``, each with its mark.

Examples
--------
>>> from airq.inventory.quantities import parse
>>> outside_activity("home_heating", "coal", parse("45 t/户/yr"))
'45 t/户/yr of coal is outside 1.5 to 8 t/户/yr (coal_per_home, [B]); check the number and its unit.'
>>> outside_activity("home_heating", "coal", parse("4500 kg/户/yr")) is None
True
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from fnmatch import fnmatch
from functools import lru_cache
from importlib.resources import files
from typing import Any

from airq.inventory.quantities import Quantity
from airq.inventory.units import unit

__all__ = ["load", "outside_activity", "outside_factor"]


@lru_cache(maxsize=1)
def load() -> dict[str, list[dict[str, Any]]]:
    """The bands: lists ``activity`` and ``factor`` of mappings as in the table.

    Examples
    --------
    >>> [b["id"] for b in load()["activity"]][:2]
    ['coal_per_home', 'coal_per_steam']
    """
    text = (files("airq.inventory") / "tables" / "bands.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _sentence(value: Quantity, what: str, low: float, high: float, band: dict[str, Any]) -> str | None:
    size = value.to(band["unit"])
    if low <= size.value <= high:
        return None
    return (
        f"{value} of {what} is outside {low:g} to {high:g} {band['unit']} ({band['id']}, {band['mark']}); "
        f"check the number and its unit."
    )


def outside_activity(category: str, quantity: str, value: Quantity) -> str | None:
    """Why an activity is not plausible, or None.

    Parameters
    ----------
    category : str
        Category of a measure.
    quantity : str
        What is counted: ``coal``, ``distance``, ``running_share`` ...
    value : Quantity
        Its size; a band in another dimension is not compared.

    Returns
    -------
    str or None
        One sentence, or None if it is plausible or no band is known.

    Examples
    --------
    >>> from airq.inventory.quantities import parse
    >>> outside_activity("coke_oven", "running_share", parse("140 %")) is None
    False
    """
    for band in load()["activity"]:
        holds = not band["category"] or category in band["category"]
        if holds and fnmatch(quantity, band["quantity"]) and unit(band["unit"]).dims == value.dims:
            return _sentence(value, quantity, band["low"], band["high"], band)
    return None


def outside_factor(
    categories: Sequence[str], technologies: Sequence[str], pollutant: str, value: Quantity
) -> str | None:
    """Why a factor is not plausible, or None.

    Parameters
    ----------
    categories, technologies : sequence of str
        Those a factor serves; a band holds if it names one of each.
    pollutant : str
    value : Quantity

    Returns
    -------
    str or None
        One sentence, or None if it is plausible or no band is known.

    Examples
    --------
    >>> from airq.inventory.quantities import parse
    >>> outside_factor(["boiler_coal"], ["boiler_lt65"], "PM25", parse("10 kg/t"))
    '10 kg/t of PM25 is outside 0.05 to 3 kg/t (boiler_coal, [D]); check the number and its unit.'
    """
    if value.value == 0:
        return None  # electric drive and heat: no exhaust at all
    for band in load()["factor"]:
        named = set(band["category"]) & set(categories)
        fits = not band.get("technology") or set(band["technology"]) & set(technologies)
        limits = band["bands"].get(pollutant)
        if named and fits and limits and unit(band["unit"]).dims == value.dims:
            return _sentence(value, pollutant, limits[0], limits[1], band)
    return None

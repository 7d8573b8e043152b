"""Units of concentrations: conversion from stated units, refusal of unstated or wrong ones.

Sources
-------
Molar volumes: ideal gas at the reference state of GB 3095-2026, 3.14 (298.15 K, 1013.25 hPa).

Examples
--------
>>> factor("CO", "µg/m³")
0.001
>>> round(factor("o3", "ppb"), 3)
1.962
"""

from __future__ import annotations

from typing import Final

from airq.errors import UnitError
from airq.variables import VARIABLES

__all__ = ["MOLAR_MASS", "factor", "normalise"]

MOLAR_MASS: Final = {"so2": 64.064, "no2": 46.0055, "co": 28.010, "o3": 47.998}
"""g/mol (IUPAC standard atomic weights)."""

_MOLAR_VOLUME: Final = 8.314462618 * 298.15 / 101325 * 1000  # litres per mole at 298.15 K, 1013.25 hPa

_MICROGRAM: Final = {"µg m-3": 1.0, "mg m-3": 1000.0, "ng m-3": 0.001}
_VOLUME: Final = {"ppb": 1.0, "ppm": 1000.0}


def normalise(unit: str) -> str:
    """Canonical spelling of a concentration unit.

    Examples
    --------
    >>> normalise("ug/m3"), normalise("μg·m⁻³"), normalise(" PPM ")
    ('µg m-3', 'µg m-3', 'ppm')
    """
    text = unit.strip().lower()
    for old, new in (
        ("μ", "µ"),
        ("³", "3"),
        ("⁻", "-"),
        ("^", ""),
        ("**", ""),
        ("·", " "),
        ("*", ""),
        ("(", ""),
        (")", ""),
    ):
        text = text.replace(old, new)
    if text.startswith("ug"):
        text = "µ" + text[1:]
    text = " ".join(text.replace("/m3", " m-3").replace("/ m3", " m-3").split())
    text = (
        text.replace("µgm-3", "µg m-3")
        .replace("mgm-3", "mg m-3")
        .replace("微克/立方米", "µg m-3")
        .replace("毫克/立方米", "mg m-3")
    )
    if text not in _MICROGRAM and text not in _VOLUME:
        raise UnitError(f"unit '{unit}' is not a concentration; write µg/m3, mg/m3, ppb or ppm.")
    return text


def factor(pollutant: str, unit: str) -> float:
    """Number by which a value in ``unit`` is multiplied to give the canonical unit of a pollutant.

    Parameters
    ----------
    pollutant : str
        Variable name, any case.
    unit : str
        Unit as stated by the source; ppb and ppm only for gases, at 298.15 K and 1013.25 hPa.

    Returns
    -------
    float

    Raises
    ------
    UnitError
        Unknown unit, or a volume unit for particles.

    Examples
    --------
    >>> factor("pm25", "mg/m3")
    1000.0
    """
    name = pollutant.lower()
    if name not in VARIABLES:
        raise UnitError(f"pollutant '{pollutant}' is not known; use {', '.join(list(VARIABLES)[:6])}.")
    stated = normalise(unit)
    target = _MICROGRAM[VARIABLES[name].units]
    if stated in _MICROGRAM:
        return _MICROGRAM[stated] / target
    if name not in MOLAR_MASS:
        raise UnitError(
            f"{VARIABLES[name].symbol} stated in {unit}, but particles have no volume fraction; state µg/m3."
        )
    return _VOLUME[stated] * MOLAR_MASS[name] / _MOLAR_VOLUME / target

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

import re
import unicodedata
from typing import Final

from airq.errors import UnitError
from airq.variables import POLLUTANTS, VARIABLES

__all__ = ["MOLAR_MASS", "factor", "normalise"]

MOLAR_MASS: Final = {"so2": 64.064, "no2": 46.0055, "co": 28.010, "o3": 47.998}
"""g/mol (IUPAC standard atomic weights)."""

_LITRES_PER_KELVIN: Final = 8.314462618 / 101325 * 1000  # of one mole at 1013.25 hPa

_MICROGRAM: Final = {"µg m-3": 1.0, "mg m-3": 1000.0, "ng m-3": 0.001, "g m-3": 1e6, "kg m-3": 1e9}
_VOLUME: Final = {"ppb": 1.0, "ppm": 1000.0}
_FRACTIONS: Final = {
    "ppb": ("ppb", "ppbv", "nmol/mol", "nmol mol-1", "1e-9"),
    "ppm": ("ppm", "ppmv", "umol/mol", "umol mol-1", "1e-6"),
}
_CHINESE: Final = (("微克", "ug"), ("毫克", "mg"), ("纳克", "ng"), ("每立方米", "/m3"), ("/立方米", "/m3"))
# Nm3, the normal cubic metre at 273 K, is not m3 and is refused.
_MASS = re.compile(r"([kmun]?)g(?: ?m-3| ?/ ?m3)")


def normalise(unit: str) -> str:
    """Canonical spelling of a concentration unit.

    Examples
    --------
    >>> normalise("ug/m3"), normalise("μg·m⁻³"), normalise(" PPM ")
    ('µg m-3', 'µg m-3', 'ppm')
    >>> normalise("㎍/㎥"), normalise("ug.m-3"), normalise("毫克每立方米"), normalise("nmol mol-1")
    ('µg m-3', 'µg m-3', 'mg m-3', 'ppb')
    """
    # NFKC brings full-width letters, superscripts and the squared signs of Chinese fonts to plain ones.
    text = unicodedata.normalize("NFKC", unit).lower().replace("\u2212", "-").replace("\u03bc", "u")
    for old, new in _CHINESE:
        text = text.replace(old, new)
    text = " ".join(re.sub(r"[·.*\s]+", " ", re.sub(r"\*\*|[\^()]", "", text)).split())
    if found := _MASS.fullmatch(text):
        return f"{found[1].replace('u', 'µ')}g m-3"
    for name, spellings in _FRACTIONS.items():
        if text in spellings:
            return name
    raise UnitError(f"unit '{unit}' is not a concentration; write µg/m3, mg/m3, ppb or ppm.")


def factor(pollutant: str, unit: str, kelvin: float = 298.15) -> float:
    """Number by which a value in ``unit`` is multiplied to give the canonical unit of a pollutant.

    Parameters
    ----------
    pollutant : str
        Variable name, any case.
    unit : str
        Unit as stated by the source; ppb and ppm only for gases.
    kelvin : float
        Temperature to which a volume fraction is converted, at 1013.25 hPa: 298.15 for the reference state in force
        since 2018-09-01, 273.15 for values beside those published before.

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
    >>> round(factor("o3", "ppb", kelvin=273.15), 3)
    2.141
    """
    name = pollutant.lower()
    if name not in POLLUTANTS:
        raise UnitError(f"pollutant '{pollutant}' is not known; use {', '.join(POLLUTANTS)}.")
    stated = normalise(unit)
    target = _MICROGRAM[VARIABLES[name].units]
    if stated in _MICROGRAM:
        return _MICROGRAM[stated] / target
    if name not in MOLAR_MASS:
        raise UnitError(
            f"{VARIABLES[name].symbol} stated in {unit}, but particles have no volume fraction; state µg/m3."
        )
    return _VOLUME[stated] * MOLAR_MASS[name] / (_LITRES_PER_KELVIN * kelvin) / target

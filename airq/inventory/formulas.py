"""Factors that are a formula: SO2 from the sulphur of the coal, dust from a paved road.

Examples
--------
>>> so2_from_sulphur(0.5, removal=0.65)
Quantity(2.975, 'kg/t')
"""

from __future__ import annotations

from airq.errors import ParameterError
from airq.inventory.factors import Factors, NeedsFactor
from airq.inventory.quantities import Quantity

__all__ = ["paved_road_factor", "so2_from_sulphur"]


def so2_from_sulphur(sulphur_percent: float, removal: float = 0.0) -> Quantity:
    """SO2 of a coal boiler from the sulphur of its coal: 17 × S% × (1 − removal) kg per t [B].

    Parameters
    ----------
    sulphur_percent : float
        Sulphur of the coal, per cent by mass.
    removal : float
        Share removed from the flue gas, 0 to 1.

    Returns
    -------
    Quantity
        kg/t.

    Raises
    ------
    ParameterError
        If the sulphur is not within 0 to 10 % or the removal not within 0 to 1.

    Examples
    --------
    >>> so2_from_sulphur(0.5, removal=0.82)
    Quantity(1.53, 'kg/t')
    """
    if not 0 <= sulphur_percent <= 10:
        raise ParameterError(
            f"sulphur {sulphur_percent} is not within 0 to 10 per cent; give per cent by mass."
        )
    if not 0 <= removal <= 1:
        raise ParameterError(f"removal {removal} is not a share of 1; write 0.82 for 82 %.")
    return Quantity(round(17 * sulphur_percent * (1 - removal), 9), "kg/t")


def paved_road_factor(pollutant: str, silt: float, weight: float, factors: Factors | None = None) -> Quantity:
    """Dust from a paved road: k (sL)^0.91 W^1.02 per vehicle kilometre (AP-42) [B]; zero on days with snow cover.

    Parameters
    ----------
    pollutant : {"PM25", "PM10"}
    silt : float
        Silt loading sL, g/m2.
    weight : float
        Mean weight W of the vehicles, short tons.
    factors : Factors, optional
        Table with the coefficient k; the shipped one by default.

    Returns
    -------
    Quantity
        g/km.

    Raises
    ------
    ParameterError
        If silt or weight is not above zero.

    Examples
    --------
    >>> round(paved_road_factor("PM25", silt=1.0, weight=1.0).value, 2)
    0.15
    """
    if not silt > 0 or not weight > 0:
        raise ParameterError(f"silt {silt} g/m2 and weight {weight} t must be above zero; check both.")
    table = factors or Factors.load()
    found = table.candidates("road_dust", "paved_road", "", pollutant, status="alternative")
    if not found:
        raise NeedsFactor(f"paved_road needs a coefficient k of {pollutant}; AP-42 gives PM25 and PM10 here.")
    k = found[0].quantity.to("g/km").value
    return Quantity(float(k * silt**0.91 * weight**1.02), "g/km")

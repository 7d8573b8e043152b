"""Units of weather variables: from what a source states to the canonical unit.

Examples
--------
>>> factor("wind_speed", "km/h"), factor("temperature", "K")
((0.2777777777777778, 0.0), (1.0, -273.15))
"""

from __future__ import annotations

from typing import Final

from airq.errors import UnitError
from airq.variables import VARIABLES

__all__ = ["PER_HOUR", "factor"]

_HOUR: Final = 3600.0
_TEMPERATURE: Final = {
    **dict.fromkeys(("degc", "c", "celsius", "deg_c", "degree_celsius", "degrees c"), (1.0, 0.0)),
    **dict.fromkeys(("k", "kelvin"), (1.0, -273.15)),
    **dict.fromkeys(("degf", "f", "fahrenheit"), (5.0 / 9.0, -160.0 / 9.0)),
}
_TABLE: Final[dict[str, dict[str, tuple[float, float]]]] = {
    "temperature": _TEMPERATURE,
    "dew_point": _TEMPERATURE,
    "relative_humidity": {
        "%": (1.0, 0.0),
        "percent": (1.0, 0.0),
        "1": (100.0, 0.0),
        "(0 - 1)": (100.0, 0.0),
        "fraction": (100.0, 0.0),
    },
    "pressure": {
        **dict.fromkeys(("hpa", "mb", "mbar", "millibar"), (1.0, 0.0)),
        "pa": (0.01, 0.0),
        "kpa": (10.0, 0.0),
        "inhg": (33.86389, 0.0),
        "mmhg": (1.333224, 0.0),
    },
    "wind_speed": {
        **dict.fromkeys(("m s-1", "ms-1"), (1.0, 0.0)),
        **dict.fromkeys(("km h-1", "kmh", "km hr-1"), (1.0 / 3.6, 0.0)),
        **dict.fromkeys(("mph", "mp h-1", "mi h-1"), (0.44704, 0.0)),
        **dict.fromkeys(("kn", "kt", "kts", "knots"), (1852.0 / _HOUR, 0.0)),
    },
    "wind_direction": dict.fromkeys(("deg", "degree", "degrees", "degree true", "degrees true"), (1.0, 0.0)),
    "precipitation": {
        **dict.fromkeys(("mm", "kg m-2", "mm h-1", "mm hr-1"), (1.0, 0.0)),
        "cm": (10.0, 0.0),
        **dict.fromkeys(("m", "m of water equivalent"), (1000.0, 0.0)),
        **dict.fromkeys(("inch", "in", "inches"), (25.4, 0.0)),
        **dict.fromkeys(("kg m-2 s-1", "mm s-1"), (_HOUR, 0.0)),
    },
    "mixing_height": {"m": (1.0, 0.0), "km": (1000.0, 0.0), **dict.fromkeys(("ft", "feet"), (0.3048, 0.0))},
    "radiation": {
        "w m-2": (1.0, 0.0),
        "j m-2": (1.0 / _HOUR, 0.0),
        "kj m-2": (1.0e3 / _HOUR, 0.0),
        "mj m-2": (1.0e6 / _HOUR, 0.0),
    },
}
PER_HOUR: Final = {
    "precipitation": ("m", "mm", "kg m-2", "m of water equivalent", "cm", "inch", "in", "inches"),
    "radiation": ("j m-2", "kj m-2", "mj m-2"),
}
"""Units that name an amount over the hour, which a model file may accumulate over longer times."""


def spelled(unit: str) -> str:
    """One spelling of a unit.

    Examples
    --------
    >>> spelled(" W/m² "), spelled("J m**-2"), spelled("°C"), spelled("m s⁻¹")
    ('w m-2', 'j m-2', 'degc', 'm s-1')
    """
    text = unit.strip().lower()
    for old, new in (("²", "2"), ("⁻", "-"), ("¹", "1"), ("**", ""), ("^", ""), ("·", " "), ("℃", "°c")):
        text = text.replace(old, new)
    if text in ("°", "°t"):
        return "degree"
    text = text.replace("°", "deg").replace("/m2", " m-2").replace("/s", " s-1")
    for old in ("/hr", "/h"):
        text = text.replace(old, " h-1")
    return " ".join(text.split())


def factor(name: str, unit: str) -> tuple[float, float]:
    """Scale and offset: canonical value = value × scale + offset.

    Parameters
    ----------
    name : str
        Weather variable.
    unit : str
        As stated by the source. Amounts are understood as of one hour.

    Returns
    -------
    scale, offset : float

    Raises
    ------
    UnitError
        If the unit is missing or does not belong to the variable.

    Examples
    --------
    >>> factor("pressure", "°C")
    Traceback (most recent call last):
    airq.errors.UnitError: pressure stated in '°C', which is no unit of it; state hPa.
    """
    if name not in _TABLE:
        raise UnitError(f"'{name}' is not a weather variable; use {', '.join(_TABLE)}.")
    found = _TABLE[name].get(spelled(unit))
    if found is None:
        label = VARIABLES[name].en
        if not unit.strip():
            raise UnitError(f"{label} without a stated unit; state {VARIABLES[name].units}.")
        raise UnitError(f"{label} stated in '{unit}', which is no unit of it; state {VARIABLES[name].units}.")
    return found

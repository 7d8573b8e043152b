"""Vehicle classes, fuels and national stages of the 2014 on-road guide, and the names people write for them.

Examples
--------
>>> class_name("重型货车"), fuel_name("柴油"), stage_name("国三"), stage_name("National IV")
('heavy_truck', 'diesel', 'iii', 'iv')
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from airq.errors import ParameterError
from airq.inventory.numerals import normalise, shown

__all__ = [
    "CLASSES",
    "FUELS",
    "POLLUTANTS",
    "STAGES",
    "class_name",
    "fuel_name",
    "pollutant_name",
    "stage_name",
]

CLASSES: Final[dict[str, tuple[str, ...]]] = {
    "mini_car": ("微型客车", "minibus up to 3.5 m and 1 litre"),
    "small_car": ("小型客车", "轿车", "passenger car", "car"),
    "taxi": ("出租车",),
    "medium_coach": ("中型客车", "medium bus"),
    "large_coach": ("大型客车", "large bus", "coach"),
    "bus": ("公交车", "city bus"),
    "motorcycle": ("普通摩托车", "摩托车"),
    "moped": ("轻便摩托车",),
    "mini_truck": ("微型货车",),
    "light_truck": ("轻型货车", "light duty truck"),
    "medium_truck": ("中型货车", "medium duty truck"),
    "heavy_truck": ("重型货车", "heavy duty truck", "hdt"),
    "low_speed_truck": ("低速货车",),
    "three_wheeler": ("三轮汽车",),
}
"""Class and its other names, the Chinese one first."""

FUELS: Final[dict[str, tuple[str, ...]]] = {
    "gasoline": ("汽油", "petrol", "g"),
    "diesel": ("柴油", "d"),
    "other": ("其他", "其它", "天然气", "gas", "natural gas"),
    "cng": ("压缩天然气",),
    "hybrid": ("混合动力",),
}
"""Fuel and its other names. ``other`` is the guide's third group, chiefly natural gas; it has no value for trucks."""

STAGES: Final = ("pre", "i", "ii", "iii", "iv", "v", "vi")
"""National emission stages, oldest first; ``pre`` is before stage I."""

POLLUTANTS: Final = ("CO", "VOC", "NOx", "PM25", "PM10")
"""Pollutants of the guide; its HC is kept as VOC."""

_STAGE_DIGITS: Final = {
    **{str(n): s for n, s in enumerate(STAGES)},
    **dict(zip("零一二三四五六", STAGES, strict=True)),
}


def _named(text: object, names: Mapping[str, tuple[str, ...]], what: str) -> str:
    plain = normalise(str(text)).lower()
    for key, others in names.items():
        if plain.replace(" ", "_") == key or plain.replace("_", " ") in others:
            return key
    raise ParameterError(f"{what} '{shown(str(text))}' is not known; use {', '.join(names)}.")


def class_name(text: object) -> str:
    """Id of a vehicle class.

    Raises
    ------
    ParameterError
        If it is not known; the sentence lists the classes.

    Examples
    --------
    >>> class_name("heavy truck")
    'heavy_truck'
    """
    return _named(text, CLASSES, "vehicle class")


def fuel_name(text: object) -> str:
    """Id of a fuel.

    Examples
    --------
    >>> fuel_name("天然气")
    'other'
    """
    return _named(text, FUELS, "fuel")


def stage_name(text: object) -> str:
    """Id of a national stage.

    Raises
    ------
    ParameterError
        If it is not one of pre, I to VI in any usual spelling.

    Examples
    --------
    >>> [stage_name(t) for t in ("国Ⅲ", "国5", "pre", 6, "China 4", "国0", "国六b")]
    ['iii', 'v', 'pre', 'vi', 'iv', 'pre', 'vi']
    """
    plain = normalise(str(text)).lower()
    core = re.sub(r"^(国|china|national|stage|euro|第|阶段|[-_ ])+|(标准|阶段|[-_ ])+$", "", plain)
    core = re.sub(r"(?<=[0-6一二三四五六iv])[ab]$", "", core)
    found = core if core in STAGES else _STAGE_DIGITS.get(core)
    if found is None:
        raise ParameterError(f"stage '{shown(str(text))}' is not known; use {', '.join(STAGES)}.")
    return found


def pollutant_name(text: object) -> str:
    """Id of a pollutant of the guide.

    Examples
    --------
    >>> pollutant_name("PM2.5"), pollutant_name("HC"), pollutant_name("nox")
    ('PM25', 'VOC', 'NOx')
    """
    plain = normalise(str(text)).lower().replace(".", "").replace("_", "")
    for name in POLLUTANTS:
        if plain == name.lower() or (plain in ("hc", "thc") and name == "VOC"):
            return name
    raise ParameterError(
        f"pollutant '{shown(str(text))}' is not in the on-road guide; use {', '.join(POLLUTANTS)}."
    )

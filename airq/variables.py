"""The variables of the data model: names, units, resolution, names for people.

One table that every floor reads, so that a unit or a label is written once.

Examples
--------
>>> POLLUTANTS
('pm25', 'pm10', 'so2', 'no2', 'co', 'o3')
>>> VARIABLES["pm25"].units, VARIABLES["pm25"].symbol
('µg m-3', 'PM₂.₅')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "DEFAULT_MASK",
    "FLAGS",
    "POLLUTANTS",
    "STATION_COORDINATES",
    "TIME_ATTRIBUTES",
    "VARIABLES",
    "WEATHER",
    "Variable",
]

POLLUTANTS: Final = ("pm25", "pm10", "so2", "no2", "co", "o3")
"""Order of the six pollutants everywhere: columns, tables, legends."""

WEATHER: Final = (
    "temperature",
    "dew_point",
    "relative_humidity",
    "pressure",
    "wind_speed",
    "wind_direction",
    "precipitation",
    "mixing_height",
    "radiation",
)

STATION_COORDINATES: Final = ("name_zh", "name_en", "place", "lat", "lon", "network", "role")

TIME_ATTRIBUTES: Final = {
    "standard_name": "time",
    "long_name": "end of the averaging hour, Beijing time (UTC+8)",
    "time_zone": "UTC+08:00",
    "label": "end of the averaging period",
}


@dataclass(frozen=True)
class Variable:
    """One variable of the canonical Dataset.

    Attributes
    ----------
    name : str
        Variable name in Datasets and columns.
    units : str
        CF unit string.
    standard_name : str
        CF standard name; empty where CF has none.
    symbol : str
        Label for figures, with Unicode subscripts (``$...$`` has no Chinese glyphs).
    zh, en : str
        Names for people.
    """

    name: str
    units: str
    standard_name: str
    symbol: str
    zh: str
    en: str

    @property
    def units_text(self) -> str:
        """Unit as printed on a page.

        Examples
        --------
        >>> VARIABLES["co"].units_text
        'mg/m³'
        """
        return self.units.replace(" m-3", "/m³").replace(" m-2", "/m²").replace(" s-1", "/s")


_TABLE: Final = (
    Variable(
        "pm25",
        "µg m-3",
        "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air",
        "PM₂.₅",
        "细颗粒物",
        "PM₂.₅",
    ),
    Variable(
        "pm10",
        "µg m-3",
        "mass_concentration_of_pm10_ambient_aerosol_particles_in_air",
        "PM₁₀",
        "可吸入颗粒物",
        "PM₁₀",
    ),
    Variable("so2", "µg m-3", "mass_concentration_of_sulfur_dioxide_in_air", "SO₂", "二氧化硫", "SO₂"),
    Variable("no2", "µg m-3", "mass_concentration_of_nitrogen_dioxide_in_air", "NO₂", "二氧化氮", "NO₂"),
    Variable("co", "mg m-3", "mass_concentration_of_carbon_monoxide_in_air", "CO", "一氧化碳", "CO"),
    Variable("o3", "µg m-3", "mass_concentration_of_ozone_in_air", "O₃", "臭氧", "O₃"),
    Variable("temperature", "degC", "air_temperature", "T", "气温", "temperature"),
    Variable("dew_point", "degC", "dew_point_temperature", "Td", "露点", "dew point"),
    Variable("relative_humidity", "%", "relative_humidity", "RH", "相对湿度", "relative humidity"),
    Variable("pressure", "hPa", "surface_air_pressure", "p", "气压", "pressure"),
    Variable("wind_speed", "m s-1", "wind_speed", "u", "风速", "wind speed"),
    Variable("wind_direction", "degree", "wind_from_direction", "wd", "风向", "wind direction"),
    Variable("precipitation", "mm", "precipitation_amount", "P", "降水量", "precipitation"),
    Variable("mixing_height", "m", "atmosphere_boundary_layer_thickness", "H", "混合层高度", "mixing height"),
    Variable("radiation", "W m-2", "surface_downwelling_shortwave_flux_in_air", "G", "太阳辐射", "radiation"),
)

VARIABLES: Final[dict[str, Variable]] = {v.name: v for v in _TABLE}

FLAGS: Final[dict[str, int]] = {
    "missing": 1,
    "below_detection": 2,
    "out_of_range": 4,
    "stuck": 8,
    "spike": 16,
    "pm25_above_pm10": 32,
    "neighbour": 64,
    "conflict": 128,
    "sentinel": 256,
    "imputed": 512,
    "jump": 1024,
    "repeated": 2048,
    "zero": 4096,
    "instrument_limit": 8192,
    "contaminated": 16384,
    "drift": 32768,
}
"""Bits of every ``<name>_flag`` variable (uint16). A flag never deletes a value."""

DEFAULT_MASK: Final = ("out_of_range", "stuck", "spike", "conflict")
"""Flags whose values the masked statistics leave out; the others only mark a value as doubtful."""

"""Weather: readers of ISD-Lite, Open-Meteo and ERA5, and what follows from weather.

Examples
--------
>>> import airq.weather
>>> airq.weather.FORMATS
('isd-lite', 'open-meteo', 'era5')
"""

from __future__ import annotations

from airq.weather.features import features
from airq.weather.humidity import dew_point, relative_humidity, saturation_pressure
from airq.weather.pressure import (
    PressureCheck,
    check_pressure,
    place_elevation,
    standard_elevation,
    standard_pressure,
    station_pressure,
)
from airq.weather.reader import FORMATS, read
from airq.weather.season import heating_season
from airq.weather.series import Lost
from airq.weather.serving import nearest_place
from airq.weather.sun import declination, equation_of_time, solar_hour, solar_time, sun_elevation
from airq.weather.wind import VectorMean, components, from_components, vector_mean

__all__ = [
    "FORMATS",
    "Lost",
    "PressureCheck",
    "VectorMean",
    "check_pressure",
    "components",
    "declination",
    "dew_point",
    "equation_of_time",
    "features",
    "from_components",
    "heating_season",
    "nearest_place",
    "place_elevation",
    "read",
    "relative_humidity",
    "saturation_pressure",
    "solar_hour",
    "solar_time",
    "standard_elevation",
    "standard_pressure",
    "station_pressure",
    "sun_elevation",
    "vector_mean",
]

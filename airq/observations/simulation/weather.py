"""Simulated weather of each place, hour by hour: regimes, wind, mixing height, and what follows from them.

One latent process decides between stagnant and ventilated spells. In the cold season a stagnant spell is an inversion:
weak wind, a low mixing height, moist and cold air. Its threshold moves with the season and, by a table, with the year, so
the number of stagnant days differs between years for reasons that have nothing to do with emissions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from airq.observations.simulation.clock import Clock, solar_elevation
from airq.observations.simulation.streams import Array, Pulse, RedNoise, generator
from airq.observations.simulation.tables import Tables

__all__ = ["PlaceWeather", "WeatherModel", "YearClimate"]

_TAIL = 48  # hours of the regional process that places to the east still need
_REGIONAL = 12  # white series of the region; a fixed number, so that a new use does not move the others
_OWN = 10


@dataclass(frozen=True)
class YearClimate:
    """What sets one year's weather apart: see ``simulation_years.csv``."""

    stagnation: float
    ventilation: float
    dust: float
    ozone: float

    @classmethod
    def of(cls, tables: Tables, seed: int, year: int) -> YearClimate:
        """Row of the table, or a draw for a year that is not listed.

        Examples
        --------
        >>> from airq.observations.simulation.tables import load
        >>> YearClimate.of(load(), 0, 2034) == YearClimate.of(load(), 0, 2034)
        True
        """
        if year in tables.years.index:
            row = tables.years.loc[year]
            return cls(
                float(row["stagnation"]), float(row["ventilation"]), float(row["dust"]), float(row["ozone"])
            )
        listed = tables.years
        draw = generator(seed, year, 0, "climate").standard_normal(4)
        recent = listed.loc[listed.index >= listed.index.max() - 4]
        return cls(
            stagnation=float(recent["stagnation"].mean() + 0.15 * draw[0]),
            ventilation=float(recent["ventilation"].mean() + 0.03 * draw[1]),
            dust=float(max(0.3, recent["dust"].mean() + 0.2 * draw[2])),
            ozone=float(recent["ozone"].mean() + 2.0 * draw[3]),
        )


@dataclass(frozen=True)
class PlaceWeather:
    """Weather of one month; every array has shape (places, hours).

    Attributes
    ----------
    values : dict of str to array
        The weather variables of the data model, in its units.
    zonal, meridional : array
        Wind components, m/s, positive eastward and northward.
    inversion : array
        0 to 1: how far the place lies in a stagnant cold pool.
    dust : array
        Wind-blown PM10, µg/m³.
    daylight : array
        0 at night, 1 when the mixing layer is fully grown.
    anomaly : array
        Regional anomaly for ozone, unit variance.
    ozone : float
        The year's offset, µg/m³.
    """

    values: dict[str, Array]
    zonal: Array
    meridional: Array
    inversion: Array
    dust: Array
    daylight: Array
    anomaly: Array
    ozone: float


class WeatherModel:
    """Weather of all places, advanced month by month.

    Parameters
    ----------
    tables : Tables
    seed : int
    """

    def __init__(self, tables: Tables, seed: int) -> None:
        self.tables = tables
        self.seed = seed
        self.lat, self.lon = tables.coordinates()
        self.names = [str(p) for p in tables.places["place"]]
        n = len(self.names)
        c = tables.constants
        regime = c["regime"]
        # The west meets a change first; whole hours, from the westernmost place.
        self._delay = np.rint((self.lon - self.lon.min()) * regime["hours_per_degree"]).astype(int)
        self._fast = RedNoise(1, regime["tau_fast"], 2)
        self._slow = RedNoise(1, regime["tau_slow"])
        self._own = RedNoise(n, regime["tau_fast"], 2)
        self._tail = np.zeros((1, _TAIL))
        self._smooth = (
            RedNoise(1, 10, 2),
            RedNoise(1, 12, 2),
            RedNoise(1, 12, 2),
            RedNoise(1, 60),
            RedNoise(1, 80),
            RedNoise(1, 24, 2),
        )
        self._ozone = RedNoise(1, 50)
        self._rain = RedNoise(1, 7, 2)
        self._local = (
            RedNoise(n, 8),
            RedNoise(n, 8),
            RedNoise(n, 10),
            RedNoise(n, 20),
            RedNoise(n, 15),
            RedNoise(n, 6),
        )
        self._gust = RedNoise(n, 4)
        self._pulse = Pulse(n, c["dust"]["rise"], c["dust"]["decay"])

    def month(self, clock: Clock) -> PlaceWeather:
        """Weather of the next month; months must follow each other."""
        year = YearClimate.of(self.tables, self.seed, clock.year)
        region = generator(self.seed, clock.year, clock.month, "region")
        white = region.standard_normal((_REGIONAL, len(clock)))
        own = np.stack(
            [
                generator(self.seed, clock.year, clock.month, f"place {p}").standard_normal(
                    (_OWN, len(clock))
                )
                for p in self.names
            ],
            axis=1,
        )
        stagnation, latent = self._stagnation(clock, year, white, own)
        inversion = stagnation * clock.cold_pool * self.tables.column("basin")[:, None]
        dust = self._pulse(self._dust_events(clock, year))
        sine, solar_hour, half_day = solar_elevation(clock, self.lat, self.lon)
        cloud = self._cloud(white[2:3], own[2])
        zonal, meridional = self._wind(
            clock, year, white[3:5], own[3:6], stagnation, inversion, dust, solar_hour
        )
        speed = np.hypot(zonal, meridional)
        daylight = _mixing_shape(solar_hour, half_day)
        height = self._mixing(clock, year, stagnation, inversion, cloud, speed, daylight, own[6])
        rain = self._rainfall(clock, white[5:6], own[7], latent)
        radiation = 1040 * sine**1.12 * (1 - 0.72 * cloud) * (1 - 0.25 * inversion)
        calm = self._temperature(clock, white[6:7], own[8], latent, inversion)
        c = self.tables.constants["temperature"]
        swing = clock.blend(c["diurnal_cold"], c["diurnal_warm"]) * (1 - 0.5 * cloud) * (2 * daylight - 0.75)
        temperature = calm + swing
        dew = np.minimum(self._dew_point(clock, white[7:8], own[9], calm, inversion, rain), temperature - 0.1)
        values = {
            "temperature": temperature,
            "dew_point": dew,
            "relative_humidity": 100
            * np.exp(17.625 * dew / (243.04 + dew) - 17.625 * temperature / (243.04 + temperature)),
            "pressure": self._pressure(clock, white[8:9], latent),
            "wind_speed": np.maximum(speed, 0.1),
            "wind_direction": np.mod(np.rad2deg(np.arctan2(-zonal, -meridional)), 360.0),
            "precipitation": rain,
            "mixing_height": height,
            "radiation": radiation,
        }
        anomaly = np.repeat(self._ozone(white[9:10]), len(self.names), axis=0)
        return PlaceWeather(values, zonal, meridional, inversion, dust, daylight, anomaly, year.ozone)

    def _stagnation(self, clock: Clock, year: YearClimate, white: Array, own: Array) -> tuple[Array, Array]:
        c = self.tables.constants["regime"]
        share = c["slow_share"]
        region = np.sqrt(1 - share) * self._fast(white[0:1]) + np.sqrt(share) * self._slow(white[1:2])
        joined = np.concatenate([self._tail, region], axis=1)
        self._tail = joined[:, -_TAIL:]
        late = np.stack([joined[0, _TAIL - d : _TAIL - d + len(clock)] for d in self._delay])
        latent = np.sqrt(1 - c["own_share"] ** 2) * late + c["own_share"] * self._own(own[0])
        threshold = clock.blend(c["threshold_cold"], c["threshold_warm"]) - year.stagnation
        return _logistic((latent - threshold) / c["sharpness"]), latent

    def _dust_events(self, clock: Clock, year: YearClimate) -> Array:
        c = self.tables.constants["dust"]
        rng = generator(self.seed, clock.year, clock.month, "dust")
        # Drawn at a fixed ceiling and thinned, so that the year's factor adds or removes single events.
        ceiling = c["rate"][clock.month - 1] * 2.0
        count = int(rng.poisson(ceiling))
        start, keep = rng.integers(0, len(clock), count), rng.random(count) < year.dust / 2.0
        peak = c["peak"] * np.exp(c["spread"] * rng.standard_normal(count))
        uneven = np.exp(c["unevenness"] * rng.standard_normal((count, len(self.names))))
        impulses = np.zeros((len(self.names), len(clock)))
        for k in np.flatnonzero(keep):
            at = np.minimum(start[k] + self._delay, len(clock) - 1)
            impulses[np.arange(len(self.names)), at] += peak[k] * uneven[k]
        return impulses

    def _cloud(self, white: Array, own: Array) -> Array:
        return _logistic(1.6 * (0.85 * self._smooth[0](white) + 0.5 * self._local[0](own)) - 0.6)

    def _wind(
        self,
        clock: Clock,
        year: YearClimate,
        white: Array,
        own: Array,
        stagnation: Array,
        inversion: Array,
        dust: Array,
        solar_hour: Array,
    ) -> tuple[Array, Array]:
        c = self.tables.constants["wind"]
        calm = (
            (1 - c["stagnant_loss"] * stagnation)
            * (1 - c["winter_loss"] * (1 - clock.warm))
            * np.exp(year.ventilation)
        )
        east = c["westerly"] + c["spread_zonal"] * (
            0.9 * self._smooth[1](white[0:1]) + 0.43 * self._local[1](own[0])
        )
        north = -c["northerly"] + c["spread_meridional"] * (
            0.8 * self._smooth[2](white[1:2]) + 0.6 * self._local[2](own[1])
        )
        # Mountains to the south: upslope (from the north) by day, downslope by night, strongest under a clear summer sun.
        breeze = (
            clock.blend(c["breeze_cold"], c["breeze_warm"])
            * np.cos(np.pi * (solar_hour - 15) / 12)
            * (1 - 0.5 * inversion)
        )
        gust = np.exp(c["gust"] * self._gust(own[2]) - c["gust"] ** 2 / 2)
        boost = 1 + self.tables.constants["dust"]["wind_boost"] * np.minimum(dust, 400)
        return east * calm * gust * boost, (north * calm - breeze) * gust * boost

    def _mixing(
        self,
        clock: Clock,
        year: YearClimate,
        stagnation: Array,
        inversion: Array,
        cloud: Array,
        speed: Array,
        daylight: Array,
        own: Array,
    ) -> Array:
        c = self.tables.constants["mixing"]
        top = (
            clock.blend(c["day_cold"], c["day_warm"])
            * (1 - 0.35 * cloud)
            * np.exp(year.ventilation - 0.15 * stagnation)
        )
        top = top * np.exp(-c["inversion_loss"] * inversion + 0.14 * self._local[3](own))
        night = (c["night"] + c["night_wind"] * speed) * (1 - 0.35 * inversion)
        return np.maximum(night + np.maximum(top - night, 20.0) * daylight, 50.0)

    def _rainfall(self, clock: Clock, white: Array, own: Array, latent: Array) -> Array:
        c = self.tables.constants["rain"]
        front = 0.9 * self._rain(white) + 0.3 * self._local[5](own) - 0.25 * latent
        excess = np.maximum(front - clock.blend(c["threshold_cold"], c["threshold_warm"]), 0.0)
        amount = excess * clock.blend(c["scale_cold"], c["scale_warm"])
        return np.where(amount >= 0.05, amount, 0.0)

    def _temperature(self, clock: Clock, white: Array, own: Array, latent: Array, inversion: Array) -> Array:
        """Temperature without its course of the day."""
        c = self.tables.constants["temperature"]
        season = c["mean"] - c["amplitude"] * np.cos(2 * np.pi * (clock.day - c["day"]) / 365.25)
        height = (self.tables.column("elevation") - 600)[:, None] * c["lapse"] * clock.warm
        anomaly = 0.93 * self._smooth[3](white) + 0.2 * self._local[4](own) - 0.25 * latent * clock.cold_pool
        return season + height + clock.blend(c["anomaly_cold"], c["anomaly_warm"]) * anomaly - 2.0 * inversion

    def _dew_point(
        self, clock: Clock, white: Array, own: Array, calm: Array, inversion: Array, rain: Array
    ) -> Array:
        c = self.tables.constants["humidity"]
        wet = np.minimum(rain, 1.0)
        depression = (
            clock.blend(c["depression_cold"], c["depression_warm"]) * (1 - 0.4 * inversion) * (1 - 0.6 * wet)
        )
        dry = np.exp(0.28 * self._smooth[4](white) + 0.03 * own)
        return calm - depression * dry

    def _pressure(self, clock: Clock, white: Array, latent: Array) -> Array:
        c = self.tables.constants["pressure"]
        sea = clock.blend(c["sea_level_cold"], c["sea_level_warm"]) + c["anomaly"] * (
            0.9 * self._smooth[5](white) + 0.3 * latent
        )
        return sea * np.exp(-self.tables.column("elevation")[:, None] / 8300.0)


def _logistic(x: npt.ArrayLike) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(x, dtype=float), -60, 60))))


def _mixing_shape(solar_hour: Array, half_day: Array) -> Array:
    """Growth of the mixing layer from an hour after sunrise, top near 15 h solar time, collapse about sunset."""
    begin, end = 12 - half_day + 1.0, 12 + half_day + 0.3
    progress = np.clip((solar_hour - begin) / (end - begin), 0.0, 1.0)
    return np.sin(np.pi * progress**1.35) ** 1.1

"""From the slow concentration of a place to what its stations measure before faults and rounding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.observations.simulation.clock import Clock
from airq.observations.simulation.streams import Array, Pulse, RedNoise, generator
from airq.observations.simulation.tables import SPECIES, Tables
from airq.observations.simulation.weather import PlaceWeather
from airq.variables import POLLUTANTS

__all__ = ["StationModel", "natural"]

_KINDS = (*SPECIES, "o3")
_WHITE = 1 + 2 * len(_KINDS) + len(POLLUTANTS)


def natural(tables: Tables, clock: Clock, weather: PlaceWeather) -> Array:
    """Concentration that no simulated emission explains, shape (species, places, hours)."""
    ground = np.stack([clock.blend(*tables.constants["background"][s]) for s in SPECIES])
    out = np.repeat(ground[:, None, :], len(tables.places), axis=1)
    for s, share in _dust_shares(tables):
        out[SPECIES.index(s)] += share * weather.dust
    return out


def _dust_shares(tables: Tables) -> tuple[tuple[str, float], ...]:
    fine = float(tables.constants["dust"]["pm25_share"])
    return ("pm25", fine), ("coarse", 1 - fine)


class StationModel:
    """Noise and exposure of the stations, advanced month by month.

    Parameters
    ----------
    tables : Tables
    seed : int
    stations : pandas.DataFrame
        Rows of ``tables.stations``.
    """

    def __init__(self, tables: Tables, seed: int, stations: pd.DataFrame) -> None:
        self.tables, self.seed, self.stations = tables, seed, stations
        self.codes = [str(s) for s in stations["station"]]
        self.names = [str(p) for p in tables.places["place"]]
        self.at = np.array([self.names.index(str(p)) for p in stations["place"]], dtype=int)
        c = tables.constants["noise"]
        n = len(stations)
        self._region = RedNoise(1, c["region"]["tau"])
        self._place = RedNoise(len(self.names), c["place"]["tau"])
        self._station = RedNoise(n, c["station"]["tau"])
        self._quick = [RedNoise(n, c["species_tau"]) for _ in _KINDS]
        self._lasting = [RedNoise(n, c["lasting_tau"]) for _ in _KINDS]
        c = tables.constants["plumes"]
        self._plumes = {gas: Pulse(n, c["rise"], c["decay"]) for gas in ("so2", "co")}
        self._crackers = Pulse(n, 1.0, tables.constants["fireworks"]["decay"])

    def month(self, clock: Clock, weather: PlaceWeather, slow: Array, shape: Array) -> dict[str, Array]:
        """Concentrations of the next month.

        Parameters
        ----------
        clock : Clock
        weather : PlaceWeather
        slow : array, shape (species, places, hours)
            Emitted part, before the shape of the day.
        shape : array, shape (species, places, hours)

        Returns
        -------
        dict of str to array, shape (stations, hours)
            The six pollutants in canonical units.
        """
        c = self.tables.constants["noise"]
        white, impulses = self._draw(clock)
        plumes = {gas: pulse(impulses[gas]) for gas, pulse in self._plumes.items()}
        season = clock.blend(1.0, c["warm_factor"])
        restless = season * self._column("noise")[:, None]
        own = self._own(white[1 : 1 + 2 * len(_KINDS)], restless)
        common = self._common(clock, white[0], season)
        exposure = clock.blend(self._column("exposure_cold"), self._column("exposure_warm"))
        ground = self._ground(clock, weather)
        found = {
            s: (ground[k] + exposure * (slow[k] * shape[k])[self.at]) * common * own[s]
            for k, s in enumerate(SPECIES)
        }
        crackers = self._crackers(self._fireworks(clock))
        found["pm25"] = found["pm25"] + crackers
        found["pm10"] = found["pm25"] + found["coarse"] + 0.2 * crackers
        found["so2"] = found["so2"] + 0.25 * crackers + plumes["so2"]
        found["co"] = (found["co"] + plumes["co"]) / 1000.0
        found["o3"] = self._ozone(clock, weather, found["no2"], own["o3"])
        out = {}
        for k, p in enumerate(POLLUTANTS):
            sd = c["instrument"][p] * restless
            out[p] = found[p] * np.exp(sd * white[1 + 2 * len(_KINDS) + k] - sd**2 / 2)
        return out

    def _column(self, name: str) -> Array:
        return self.stations[name].to_numpy(dtype=np.float64)

    def _draw(self, clock: Clock) -> tuple[npt.NDArray[np.floating], dict[str, Array]]:
        """White noise (series, stations, hours) and plume impulses; each station has a stream of its own."""
        impulses = {gas: np.zeros((len(self.codes), len(clock))) for gas in self._plumes}
        reach = np.minimum(self._column("exposure_cold"), 1.0)
        rows = []
        for k, code in enumerate(self.codes):
            rng = generator(self.seed, clock.year, clock.month, f"station {code}")
            rows.append(rng.standard_normal((_WHITE, len(clock)), dtype=np.float32))
            for gas, impulse in impulses.items():
                c = self.tables.constants["plumes"][gas]
                count = int(rng.poisson(c["rate"]))
                # Mostly by day, when the mixing layer reaches the stacks' plumes.
                hour = rng.integers(0, len(clock) // 24, count) * 24 + rng.binomial(23, 0.6, count)
                np.add.at(
                    impulse[k], hour, reach[k] * c["peak"] * np.exp(c["spread"] * rng.standard_normal(count))
                )
        return np.stack(rows, axis=1), impulses

    def _ground(self, clock: Clock, weather: PlaceWeather) -> Array:
        """Natural part at the stations, shape (species, stations, hours); less dust reaches a mountain."""
        out = natural(self.tables, clock, weather)[:, self.at]
        less = np.minimum(self._column("exposure_warm")[:, None], 1.0) - 1.0
        for s, share in _dust_shares(self.tables):
            out[SPECIES.index(s)] += less * share * weather.dust[self.at]
        return out

    def _own(self, white: npt.NDArray[np.floating], season: Array) -> dict[str, Array]:
        """Log-normal noise of each species at each station: hours and days, mean 1."""
        c = self.tables.constants["noise"]
        out = {}
        for k, s in enumerate(_KINDS):
            quick, lasting = c["species"][s] * season, c["lasting"][s]
            total = quick * self._quick[k](white[2 * k]) + lasting * self._lasting[k](white[2 * k + 1])
            out[s] = np.exp(total - (quick**2 + lasting**2) / 2)
        return out

    def _common(self, clock: Clock, white: npt.NDArray[np.floating], season: Array) -> Array:
        """Log-normal noise that all species of a station share: regional, local and its own part, mean 1."""
        c = self.tables.constants["noise"]
        hours = len(clock)
        region = generator(self.seed, clock.year, clock.month, "plume").standard_normal((1, hours))
        place = np.stack(
            [
                generator(self.seed, clock.year, clock.month, f"plume {p}").standard_normal(hours)
                for p in self.names
            ]
        )
        parts = (
            (c["region"]["sd"], self._region(region)),
            (c["place"]["sd"], self._place(place)[self.at]),
            (c["station"]["sd"], self._station(white)),
        )
        variance = sum(sd**2 for sd, _ in parts)
        total = sum((sd * noise for sd, noise in parts), np.zeros((len(self.codes), hours)))
        return np.asarray(np.exp(season * total - season**2 * variance / 2))

    def _fireworks(self, clock: Clock) -> Array:
        """Impulses of the eve (label 23 to 01) and of the evening of the 15th (label 21 and 22)."""
        c = self.tables.constants["fireworks"]
        out = np.zeros((len(self.codes), len(clock)))
        nights = [(0, h, w) for h, w in ((-1, 0.35), (0, 0.5), (1, 0.6))]
        nights += [(14, h, 0.5 * c["fifteenth"]) for h in (21, 22)]
        weights = {
            pd.Timestamp(text) + pd.Timedelta(days=d, hours=h): w
            for text in c["days"]
            if text.startswith(str(clock.year))
            for d, h, w in nights
        }
        hours = clock.ends.get_indexer(pd.DatetimeIndex(list(weights)))
        if (hours >= 0).any():
            draws = [
                generator(self.seed, clock.year, 0, f"fireworks {s}").standard_normal() for s in self.codes
            ]
            size = c["peak"] * np.exp(0.4 * np.array(draws)) * np.minimum(self._column("exposure_cold"), 1.2)
            for hour, weight in zip(hours, weights.values(), strict=True):
                if hour >= 0:
                    out[:, hour] += weight * size
        return out

    def _ozone(self, clock: Clock, weather: PlaceWeather, no2: Array, own: Array) -> Array:
        """Oxidant of the air less what NO titrates (in step with NO2); night air near the ground loses more."""
        c = self.tables.constants["ozone"]
        spring = (1 + np.cos(2 * np.pi * (clock.day - c["peak_day"]) / 365.25)) / 2
        oxidant = c["base_cold"] + (c["base_warm"] - c["base_cold"]) * spring
        oxidant = oxidant * np.exp(c["anomaly"] * weather.anomaly)
        light = weather.values["radiation"] / 800.0
        warmth = np.maximum(weather.values["temperature"] - 12.0, 0.0)
        made = (0.35 * light + 0.65 * weather.daylight * clock.warm) * (
            c["photochemical"] + c["per_degree"] * warmth
        )
        local = self.tables.column("ozone")[:, None] + weather.ozone
        made = made * np.exp(0.5 * c["anomaly"] * weather.anomaly)
        loss = (c["night_loss"] * (1 - weather.daylight) * clock.blend(0.4, 1.0))[self.at]
        surface = np.minimum(self._column("exposure_warm"), 1.0)[:, None]
        at_station = ((oxidant + local)[self.at] * (1 - loss * surface) + made[self.at]) * own - c[
            "titration"
        ] * no2
        return np.asarray((at_station + np.sqrt(at_station**2 + c["floor"] ** 2)) / 2 + 2.0)

"""From emissions and weather to the slow concentration of each place: linear boxes joined by the wind.

Each place is a box of the slow mixing height. Wind flushes it, deposition empties it, and part of the air that comes in is
the air of the neighbours upwind. All of it is linear in the emissions, so the share of a sector and the effect of a trend
are exact, whatever the weather.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from airq.observations.simulation.clock import Clock
from airq.observations.simulation.streams import Array, recursive
from airq.observations.simulation.tables import SECTORS, SPECIES, Tables
from airq.observations.simulation.weather import PlaceWeather

__all__ = ["Boxes", "Exchange", "emissions", "rhythm"]


@dataclass(frozen=True)
class Exchange:
    """What the boxes do in each hour of a month.

    Attributes
    ----------
    carry : array, shape (hours, places, places)
        Share of last hour's concentration of the second place that is in the first now.
    keep : array, shape (hours, places, species)
        Share that deposition, rain and chemistry leave.
    slow_height : array, shape (places, hours)
        Mixing height with a memory of most of a day, m.
    """

    carry: Array
    keep: Array
    slow_height: Array


class Boxes:
    """State of the boxes, advanced month by month.

    Parameters
    ----------
    tables : Tables
    columns : int
        Number of independent emission cases carried side by side.
    species : tuple of str
        What to carry, of ``SPECIES``.
    """

    def __init__(self, tables: Tables, columns: int = 1, species: tuple[str, ...] = SPECIES) -> None:
        self.tables = tables
        self.species = species
        lat, lon = tables.coordinates()
        east = (lon[None] - lon[:, None]) * 111.2 * np.cos(np.deg2rad(44.0))
        north = (lat[None] - lat[:, None]) * 111.2
        distance = np.hypot(east, north)
        np.fill_diagonal(distance, np.inf)
        c = tables.constants["transport"]
        self._toward = np.stack([east, north]) / np.where(np.isfinite(distance), distance, 1.0)
        self._weight = np.exp(-distance / c["reach"])
        self._slow_state: Array | None = None
        self.state = np.zeros((len(tables.places), columns, len(species)))

    def exchange(self, clock: Clock, weather: PlaceWeather) -> Exchange:
        """Exchange and loss of the next month."""
        c, loss = self.tables.constants["transport"], self.tables.constants["loss"]
        slow = self._slow_height(weather.values["mixing_height"])
        speed = weather.values["wind_speed"]
        flushed = 1 - np.exp(-(c["idle"] + speed) * 3.6 / c["length"])
        # Air comes from where the wind comes from: cosine of the angle between that and the way to each neighbour.
        unit = -np.stack([weather.zonal, weather.meridional]) / np.maximum(
            np.hypot(weather.zonal, weather.meridional), 0.05
        )
        facing = np.maximum(np.einsum("dpt,dpq->tpq", unit, self._toward, optimize=True), 0.0)
        weight = self._weight * (facing * facing + 0.08)
        total = weight.sum(axis=2, keepdims=True)
        incoming = c["share"] * weight / np.maximum(total, 0.6)
        carry = flushed.T[:, :, None] * incoming
        index = np.arange(len(self.tables.places))
        carry[:, index, index] = 1 - flushed.T
        rate = np.array([loss[s]["rate"] for s in self.species])
        fall = np.array([loss[s]["deposition"] for s in self.species])
        wash = 0.12 * np.minimum(weather.values["precipitation"], 3.0)
        sun = 1 + loss["summer"] * clock.warm
        decay = rate * sun[:, None, None] + fall / slow.T[:, :, None] + wash.T[:, :, None]
        return Exchange(carry, np.exp(-decay), slow)

    def run(self, exchange: Exchange, source: Array) -> Array:
        """Concentrations of the next month.

        Parameters
        ----------
        exchange : Exchange
        source : array, shape (hours, places, columns, species)
            What the emissions of an hour add, µg/m³.

        Returns
        -------
        array, shape (hours, places, columns, species)
        """
        places, columns, species = self.state.shape
        flat = source.reshape(len(source), places, columns * species)
        keep = np.broadcast_to(exchange.keep[:, :, None, :], source.shape).reshape(flat.shape)
        out = np.empty(flat.shape)
        now = self.state.reshape(places, columns * species)
        for hour, (carry, kept, added) in enumerate(zip(exchange.carry, keep, flat, strict=True)):
            now = (carry @ now) * kept + added
            out[hour] = now
        self.state = now.reshape(self.state.shape)
        return out.reshape(source.shape)

    def _slow_height(self, height: Array) -> Array:
        keep = float(np.exp(-1.0 / self.tables.constants["mixing"]["slow_hours"]))
        if self._slow_state is None:
            self._slow_state = height[:, :24].mean(axis=1, keepdims=True) * keep
        out, self._slow_state = recursive([1 - keep], [1.0, -keep], height, self._slow_state)
        return out


def emissions(tables: Tables, clock: Clock, weather: PlaceWeather, slow_height: Array) -> Array:
    """What each sector adds in an hour with January 2015 emissions, µg/m³, shape (sectors, places, species, hours)."""
    activity = _activity(clock, weather)
    strength = np.stack([tables.column(s) * tables.column("level") for s in SECTORS])
    profile = np.array([[tables.constants["emission"][s][x] for x in SPECIES] for s in SECTORS])
    flavour = np.ones((len(tables.places), len(SPECIES)))
    for gas in ("no2", "co", "so2"):
        flavour[:, SPECIES.index(gas)] = tables.column(gas)
    amount = strength[:, :, None] * profile[:, None, :] * flavour[None]
    out = np.asarray(amount[..., None] * (activity / slow_height[None])[:, :, None, :])
    out[: SECTORS.index("dust"), :, SPECIES.index("pm25")] *= (
        1 + tables.constants["emission"]["haze"] * weather.inversion
    )
    return out


def _activity(clock: Clock, weather: PlaceWeather) -> Array:
    """How active each sector is, shape (sectors, places, hours)."""
    temperature = weather.values["temperature"]
    heating = clock.heating * np.clip(0.75 + 0.25 * (16.0 - temperature) / 26.0, 0.6, 1.2)
    flat = np.ones_like(temperature)
    open_ground = 1 - 0.72 * clock.cold_pool  # snow and frost bind the dust
    dust = open_ground * (0.55 + 0.25 * np.minimum(weather.values["wind_speed"], 6.0))
    return np.stack([heating, flat, flat, dust])


def rhythm(tables: Tables, clock: Clock, height: Array, slow_height: Array) -> Array:
    """Shape of the day around the slow concentration, shape (species, places, hours)."""
    out = []
    ratio = np.log(height / slow_height)
    for s in SPECIES:
        cold, warm = tables.constants["dilution"][s]
        shape = np.full(len(clock), 1.0)
        for peak, width, size in tables.constants["rhythm"][s]:
            away = np.abs(clock.hour - peak)
            away = np.minimum(away, 24 - away)
            shape = shape + size * (np.exp(-0.5 * (away / width) ** 2) - width * np.sqrt(2 * np.pi) / 24)
        out.append(shape * np.exp(-clock.blend(cold, warm) * ratio))
    return np.stack(out)

"""The simulation, month by month: weather, dispersion, stations, faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq import places as place_table
from airq.observations.simulation.clock import Clock
from airq.observations.simulation.dispersion import Boxes, emissions, rhythm
from airq.observations.simulation.faults import FaultModel
from airq.observations.simulation.stations import StationModel
from airq.observations.simulation.streams import Array
from airq.observations.simulation.tables import FACTORS, SECTORS, SPECIES, Tables
from airq.observations.simulation.trend import multipliers
from airq.observations.simulation.weather import PlaceWeather, WeatherModel
from airq.variables import WEATHER

__all__ = ["SimulatedMonth", "run", "weather_stations"]

_ATTRS = {
    "simulated": "true",
    "source": "模拟数据 / simulated by airq; not observations",
    "title": "Simulated air quality and weather of Changji Prefecture and its neighbours",
}
_DECIMALS = {"pressure": 1, "wind_direction": 0, "mixing_height": 0, "radiation": 0, "relative_humidity": 0}


@dataclass(frozen=True)
class SimulatedMonth:
    """One month of hours.

    Attributes
    ----------
    month : pandas.Period
    time : DatetimeIndex, shape (hours,)
    observations : dict of str to float32 array, shape (stations, hours)
    weather : dict of str to float32 array, shape (places, hours)
    stations, weather_stations : pandas.DataFrame
    seed : int
    """

    month: pd.Period
    time: pd.DatetimeIndex
    observations: dict[str, npt.NDArray[np.float32]]
    weather: dict[str, npt.NDArray[np.float32]]
    stations: pd.DataFrame
    weather_stations: pd.DataFrame
    seed: int

    def observation_dataset(self) -> xr.Dataset:
        """Pollutants as a canonical Dataset."""
        return dataset.build(self.stations, self.time, self.observations, attrs=attributes(self.seed))

    def weather_dataset(self) -> xr.Dataset:
        """Weather as a canonical Dataset, one station a place."""
        return dataset.build(self.weather_stations, self.time, self.weather, attrs=attributes(self.seed))


def attributes(seed: int) -> dict[str, str]:
    """Global attributes that mark a Dataset as simulated."""
    return {**_ATTRS, "seed": str(seed)}


def weather_stations(tables: Tables, chosen: list[str]) -> pd.DataFrame:
    """One simulated weather station a place."""
    rows = [
        {
            "station": f"SIM-W-{p.id}",
            "name_zh": f"模拟{p.zh}气象",
            "name_en": f"Simulated {p.en} weather",
            "place": p.id,
            "lat": p.lat,
            "lon": p.lon,
            "network": "simulated",
            "role": "weather",
        }
        for p in (place_table.get(str(name)) for name in tables.places["place"])
        if p.id in chosen
    ]
    return pd.DataFrame(rows)


def run(
    tables: Tables,
    first: pd.Period,
    last: pd.Period,
    seed: int,
    chosen: list[str],
    trend: bool = True,
    observations: bool = True,
) -> Iterator[SimulatedMonth]:
    """Yield the months from ``first`` to ``last``.

    Earlier months are worked through but not given out, because weather and haze carry over; so a month is the same
    whatever the first and last month asked for.

    Parameters
    ----------
    tables : Tables
    first, last : pandas.Period
        Months, both given out.
    seed : int
    chosen : list of str
        Place ids.
    trend : bool
        False freezes emissions at January 2015.
    observations : bool
        False leaves the pollutants out and gives the weather alone.
    """
    stations = tables.stations[tables.stations["place"].isin(chosen)].reset_index(drop=True)
    stations = stations.assign(network="simulated")
    weather_rows = weather_stations(tables, chosen)
    row = [i for i, p in enumerate(tables.places["place"]) if p in chosen]
    weather_model = WeatherModel(tables, seed)
    pollution = _Pollution(tables, seed, stations, trend) if observations else None
    for month in pd.period_range(tables.constants["epoch"], last, freq="M"):
        clock = Clock.of(month.year, month.month)
        weather = weather_model.month(clock)
        received = pollution.month(clock, weather) if pollution else {}
        if month >= first:
            yield SimulatedMonth(
                month=month,
                time=clock.ends,
                observations=received,
                weather={v: _rounded(weather.values[v][row], v) for v in WEATHER},
                stations=stations,
                weather_stations=weather_rows,
                seed=seed,
            )


class _Pollution:
    """Dispersion, stations and faults in a row."""

    def __init__(self, tables: Tables, seed: int, stations: pd.DataFrame, trend: bool) -> None:
        self._tables, self._trend = tables, trend
        self._boxes = Boxes(tables)
        self._stations, self._faults = (
            StationModel(tables, seed, stations),
            FaultModel(tables, seed, stations),
        )

    def month(self, clock: Clock, weather: PlaceWeather) -> dict[str, npt.NDArray[np.float32]]:
        exchange = self._boxes.exchange(clock, weather)
        source = _source(self._tables, clock, weather, exchange.slow_height, self._trend)
        slow = self._boxes.run(exchange, source)[:, :, 0, :].transpose(2, 1, 0)
        shape = rhythm(self._tables, clock, weather.values["mixing_height"], exchange.slow_height)
        return self._faults.month(clock, self._stations.month(clock, weather, slow, shape))


def _source(tables: Tables, clock: Clock, weather: PlaceWeather, slow_height: Array, trend: bool) -> Array:
    """What all sectors add with the trend applied, shape (hours, places, 1, species)."""
    base = emissions(tables, clock, weather, slow_height)
    factor = multipliers(tables, clock.year, clock.month, trend)
    total = np.einsum("spxt,ps->tpx", base, factor[:, : len(SECTORS)], optimize=True)
    total[:, :, SPECIES.index("so2")] *= factor[:, FACTORS.index("sulphur")]
    return np.asarray(total[:, :, None, :])


def _rounded(values: Array, name: str) -> npt.NDArray[np.float32]:
    out = np.round(values, _DECIMALS.get(name, 1))
    return (np.mod(out, 360) if name == "wind_direction" else out).astype(np.float32)

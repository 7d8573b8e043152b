"""What a real feed does to the values: absent hours, outages, stuck runs, a spike now and then, whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.observations.simulation.clock import Clock
from airq.observations.simulation.streams import Array, Runs, generator
from airq.observations.simulation.tables import Tables
from airq.variables import POLLUTANTS

__all__ = ["FaultModel"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_ROWS = 1 + len(POLLUTANTS)


class FaultModel:
    """Faults of the network, the stations and their channels, advanced month by month.

    Parameters
    ----------
    tables : Tables
    seed : int
    stations : pandas.DataFrame
    """

    def __init__(self, tables: Tables, seed: int, stations: pd.DataFrame) -> None:
        self.constants: dict[str, Any] = tables.constants["faults"]
        self.seed = seed
        self.codes = [str(s) for s in stations["station"]]
        self._often = np.where(
            stations["role"].to_numpy() == "background", self.constants["background_factor"], 1.0
        )
        c = self.constants
        network = ("network_short", "network_block", "network_day")
        self._network_rate = np.array([c[k]["rate"] for k in network])
        self._network_mean = np.array([c[k]["hours"] for k in network])
        # Row 0 of a station is the whole station, then one row a channel; two kinds of event each.
        kinds = ["station", *["channel"] * len(POLLUTANTS)]
        more = np.array([1.0, *(c["pm10_factor"] if p == "pm10" else 1.0 for p in POLLUTANTS)])
        self._own_rate = np.concatenate(
            [[c[f"{k}_{end}"]["rate"] for k in kinds] * more for end in ("short", "block")]
        )
        self._own_mean = np.array([c[f"{k}_{end}"]["hours"] for end in ("short", "block") for k in kinds])
        self._own_row = np.tile(np.arange(_ROWS), 2)
        self._network, self._station = Runs(1), Runs(len(self.codes) * _ROWS)

    def month(self, clock: Clock, values: dict[str, Array]) -> dict[str, npt.NDArray[np.float32]]:
        """Values as received: rounded, with faults, NaN where nothing came."""
        hours, c = len(clock), self.constants
        network = generator(self.seed, clock.year, clock.month, "network")
        absent = self._network(
            hours, *_events(network, self._network_rate, self._network_mean, np.zeros(3, np.int64), hours)
        )
        cube = np.stack([values[p] for p in POLLUTANTS], axis=1)  # (stations, pollutants, hours)
        events = []
        for k, code in enumerate(self.codes):
            rng = generator(self.seed, clock.year, clock.month, f"fault {code}")
            events.append(
                _events(
                    rng, self._own_rate * self._often[k], self._own_mean, self._own_row + k * _ROWS, hours
                )
            )
            self._distort(rng, cube[k], hours)
        rows, starts, lengths = (np.concatenate(part) for part in zip(*events, strict=True))
        gone = self._station(hours, rows, starts, lengths).reshape(len(self.codes), _ROWS, hours)
        lost = gone[:, 1:] | gone[:, :1] | absent[:, None, :]
        return {p: _published(cube[:, j], p, lost[:, j], c["ceiling"][p]) for j, p in enumerate(POLLUTANTS)}

    def _distort(self, rng: np.random.Generator, values: Array, hours: int) -> None:
        """Stuck runs, spikes and hours of low PM10 inside a month, in place; shape (pollutants, hours)."""
        kinds = ("stuck", "spike", "low_pm10")
        rates = [[self.constants[k]["rate"]] * len(POLLUTANTS) for k in kinds]
        rates[2] = [r if p == "pm10" else 0.0 for r, p in zip(rates[2], POLLUTANTS, strict=True)]
        counts = rng.poisson(rates)
        for which, j in zip(*np.nonzero(counts), strict=True):
            c = self.constants[kinds[which]]
            for _ in range(counts[which, j]):
                start, size = int(rng.integers(1, hours)), float(np.exp(0.3 * rng.standard_normal()))
                stop = min(start + int(rng.geometric(1 / c["hours"])), hours)
                if which == 0:
                    values[j, start:stop] = values[j, start - 1]
                else:
                    values[j, start:stop] *= min(c["factor"] * size, 15.0 if which == 1 else 1.0)


def _events(
    rng: np.random.Generator, rate: Array, mean: Array, row: Ints, hours: int
) -> tuple[Ints, Ints, Ints]:
    """Row, first hour and length of each run of a month; one rate, mean length and row a kind."""
    counts = rng.poisson(rate)
    total = int(counts.sum())
    length = rng.geometric(1 / np.repeat(mean, counts), total)
    return np.repeat(row, counts), rng.integers(0, hours, total), length


def _published(values: Array, pollutant: str, gone: Bools, ceiling: float) -> npt.NDArray[np.float32]:
    """Whole µg/m³, CO in steps of 0.1 mg/m³; never below one step."""
    steps = 10 if pollutant == "co" else 1
    whole = np.clip(np.rint(np.minimum(values, ceiling) * steps), 1.0, None) / steps
    return np.where(gone, np.nan, whole).astype(np.float32)

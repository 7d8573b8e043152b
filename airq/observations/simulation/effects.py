"""The true effect of emissions: what each sector adds to PM2.5 in the mean weather of a calendar month."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from airq.observations.simulation.clock import Clock
from airq.observations.simulation.dispersion import Boxes, emissions, rhythm
from airq.observations.simulation.stations import natural
from airq.observations.simulation.streams import Array
from airq.observations.simulation.tables import SECTORS, SPECIES, Tables, load
from airq.observations.simulation.trend import multipliers
from airq.observations.simulation.weather import WeatherModel

__all__ = ["WINDOW", "effect_frame", "responses"]

WINDOW: Final = (2015, 2025)
"""Years whose weather is averaged; fixed, so that a later end changes no truth."""

_ROWS: Final = (*SECTORS, "natural", "total")


def responses(tables: Tables, seed: int) -> tuple[Array, Array]:
    """PM2.5 of each place in the mean weather of each calendar month, split by where it comes from.

    Parameters
    ----------
    tables : Tables
    seed : int

    Returns
    -------
    emitted : array, shape (12, places, sectors, source places)
        µg/m³ with the emissions of January 2015.
    ground : array, shape (12, places)
        µg/m³ that no emission explains, dust included.
    """
    count = len(tables.places)
    weather_model = WeatherModel(tables, seed)
    boxes = Boxes(tables, columns=len(SECTORS) * count, species=("pm25",))
    fine = SPECIES.index("pm25")
    emitted, ground, hours = np.zeros((12, count, len(SECTORS) * count)), np.zeros((12, count)), np.zeros(12)
    own = np.arange(count)
    for month in pd.period_range(tables.constants["epoch"], f"{WINDOW[1]}-12", freq="M"):
        clock = Clock.of(month.year, month.month)
        weather = weather_model.month(clock)
        exchange = boxes.exchange(clock, weather)
        added = emissions(tables, clock, weather, exchange.slow_height)[
            :, :, fine
        ]  # (sectors, places, hours)
        source = np.zeros((len(clock), count, len(SECTORS), count))
        source[:, own, :, own] = added.transpose(1, 2, 0)
        found = boxes.run(exchange, source.reshape(len(clock), count, -1, 1))[..., 0]
        if month.year < WINDOW[0]:
            continue
        shape = rhythm(tables, clock, weather.values["mixing_height"], exchange.slow_height)[fine]
        exposure = _exposure(tables, clock)
        emitted[month.month - 1] += np.einsum("tpc,pt->pc", found, shape * exposure, optimize=True)
        ground[month.month - 1] += natural(tables, clock, weather)[fine].sum(axis=1)
        hours[month.month - 1] += len(clock)
    cube = emitted.reshape(12, count, len(SECTORS), count) / hours[:, None, None, None]
    return cube, ground / hours[:, None]


def _exposure(tables: Tables, clock: Clock) -> Array:
    """Mean exposure of the evaluation stations of each place, shape (places, hours)."""
    judged = tables.stations[tables.stations["role"] == "evaluation"]
    mean = (
        judged.groupby("place")[["exposure_cold", "exposure_warm"]]
        .mean()
        .reindex(tables.places["place"])
        .fillna(1.0)
    )
    return clock.blend(mean["exposure_cold"].to_numpy(float), mean["exposure_warm"].to_numpy(float))


@lru_cache(maxsize=4)
def _standard_responses(seed: int) -> tuple[Array, Array]:
    return responses(load(), seed)


def effect_frame(tables: Tables, months: pd.PeriodIndex, seed: int) -> pd.DataFrame:
    """Tidy truth; see :func:`airq.observations.simulation.truth`."""
    emitted, ground = _standard_responses(seed) if tables is load() else responses(tables, seed)
    calendar = np.asarray(months.month) - 1
    factor = np.stack(
        [multipliers(tables, m.year, m.month)[:, : len(SECTORS)] for m in months]
    )  # (months, source, sectors)
    part = np.einsum("mpsq,mqs->mps", emitted[calendar], factor, optimize=True)
    frozen = emitted[calendar].sum(axis=3)
    own = np.ones((len(months), len(tables.places), 1))
    nature = ground[calendar][:, :, None]
    pm25 = np.concatenate([part, nature, part.sum(axis=2, keepdims=True) + nature], axis=2)
    still = np.concatenate([frozen, nature, frozen.sum(axis=2, keepdims=True) + nature], axis=2)
    whole = part.sum(axis=2, keepdims=True) / frozen.sum(axis=2, keepdims=True)
    multiplier = np.concatenate([factor, own, whole], axis=2)
    index = pd.MultiIndex.from_product(
        [months, tables.places["place"], _ROWS], names=["month", "place", "sector"]
    )
    frame = pd.DataFrame(
        {
            "multiplier": multiplier.reshape(-1),
            "pm25": pm25.reshape(-1),
            "pm25_frozen": still.reshape(-1),
            "effect": (pm25 / still - 1).reshape(-1),
        },
        index=index,
    ).reset_index()
    return frame[["place", "month", "sector", "multiplier", "pm25", "pm25_frozen", "effect"]]

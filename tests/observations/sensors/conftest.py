"""Sensors made here: a truth with memory, humidity that swells particles, sensors that differ in zero and gain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import dataset


@dataclass(frozen=True)
class Made:
    """Readings, the monitor beside them, and what is true."""

    sensors: xr.Dataset
    monitor: xr.Dataset
    truth: np.ndarray
    gain: np.ndarray
    zero: np.ndarray


def remembering(rng: np.random.Generator, hours: int, memory: float) -> np.ndarray:
    """Standard normal series with a correlation from hour to hour."""
    out = rng.standard_normal(hours) * (1 - memory**2) ** 0.5
    for t in range(1, hours):
        out[t] += memory * out[t - 1]
    return out


def make(
    number: int = 3,
    days: int = 40,
    seed: int = 0,
    gain: float = 1.5,
    gain_sd: float = 0.1,
    zero: float = 4.0,
    zero_sd: float = 1.5,
    noise: float = 0.1,
    humid: float = 0.3,
    start: str = "2025-01-01 01:00",
    pollutant: str = "pm25",
) -> Made:
    rng = np.random.default_rng(seed)
    hours = days * 24
    time = pd.date_range(start, periods=hours, freq="h")
    truth = 45 * np.exp(0.5 * remembering(rng, hours, 0.97))
    humidity = np.clip(60 + 18 * remembering(rng, hours, 0.95), 8, 99)
    temperature = -5 + 8 * remembering(rng, hours, 0.98) + 5 * np.sin(np.arange(hours) / 24 * 2 * np.pi)
    gains, zeros = rng.normal(gain, gain_sd, number), rng.normal(zero, zero_sd, number)
    swollen = truth * (1 + humid * (humidity / 100) ** 2)
    x = zeros[:, None] + gains[:, None] * swollen * rng.lognormal(0, noise, (number, hours))
    table = pd.DataFrame({"station": [f"S{i + 1}" for i in range(number)], "place": "changji", "lat": 44.0, "lon": 87.3, "network": "micro"})  # fmt: skip
    wide = (number, hours)
    values = {pollutant: x, "relative_humidity": np.broadcast_to(humidity, wide), "temperature": np.broadcast_to(temperature, wide)}  # fmt: skip
    monitor = pd.DataFrame({"station": ["2691A"], "place": ["changji"], "lat": [44.001], "lon": [87.3], "network": ["national"], "role": ["evaluation"]})  # fmt: skip
    return Made(
        dataset.build(table, time, values),
        dataset.build(monitor, time, {pollutant: truth[None]}),
        truth,
        gains,
        zeros,
    )


@pytest.fixture(scope="session")
def network() -> Callable[..., Made]:
    """Maker of sensors; see :func:`make`."""
    return make


@pytest.fixture(scope="session")
def made() -> Made:
    """Three sensors beside a monitor for forty days."""
    return make()


def minutes(path: Path) -> xr.Dataset:
    """A sensor's export at one minute; stamps are beginnings in EST (UTC-5), stored as ends in Beijing time."""
    frame = pd.read_csv(path, skiprows=6, encoding="utf-8-sig").drop_duplicates("Time", keep=False)
    stamps = pd.to_datetime(frame["Time"], format="%m/%d/%Y %H:%M") + pd.Timedelta(hours=13, minutes=1)
    ppb = {"no2": 46.0055, "o3": 47.998}
    values = {n: frame[f"{n.upper()} (ppb)"] * m / 24.4654 for n, m in ppb.items()}
    values |= {
        "pm25": frame["PM2.5 (µg/m³)"],
        "temperature": frame["TEMP (°C)"],
        "relative_humidity": frame["RH (%)"],
    }
    table = pd.DataFrame({"station": [path.name[12:16]], "network": ["micro"]})
    return dataset.build(
        table, pd.DatetimeIndex(stamps), {n: v.to_numpy(float)[None] for n, v in values.items()}
    )


@pytest.fixture(scope="session")
def real(shared):
    """Three sensors at one minute and the monitor beside them, August 2019."""
    from airq.observations import sensors

    folder = shared / "data" / "sensor_calibration"
    readings = sensors.join([minutes(folder / f"toco_toucan_RT0{k}_raw.csv.gz") for k in (1, 2, 3)])
    return readings, sensors.collect([folder / "airnowtech_example_reference_data.csv"])

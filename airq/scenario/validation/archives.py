"""Simulated archives whose emissions are known, for scoring what foretells them.

Each seed has a world of its own: weather years drawn among those of the simulation, an emission path of its own, places a
little stronger or weaker. None of what the simulation was calibrated to holds there, so nothing that leans on the official
figures can score by it. The truth is what :func:`airq.observations.simulation.truth` writes for that world.

Examples
--------
>>> tables = world(3)
>>> first, last = tables.trend["heating"].iloc[[0, -1]]
>>> bool(first == 1 and 0.3 < last < 1), bool((world(3).trend == tables.trend).all().all())
(True, True)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import dataset, places
from airq.forecast import daily_frame
from airq.observations.simulation import fingerprint, stream, truth
from airq.observations.simulation.tables import SECTORS, Tables, load
from airq.variables import POLLUTANTS
from airq.weather.season import heating_season

__all__ = [
    "FIRST",
    "LAST",
    "SimulatedArchive",
    "season_truth",
    "simulated_archive",
    "simulated_archives",
    "world",
]

Array = npt.NDArray[np.float64]
FIRST: Final = "2015-01"
LAST: Final = "2025-12"
_WEATHER: Final = ("temperature", "wind_speed", "mixing_height")
_PLAIN: Final = ("pm25", "pm10", "so2", "no2", "co")
_CUT: Final = {"heating": (0.1, 0.6), "industry": (0.0, 0.4), "traffic": (0.0, 0.4), "dust": (0.0, 0.4)}
"""Share of each sector's emission that is gone by the last year, drawn between these."""
_CUT_YEARS: Final = range(2016, 2026)
_STRONGER: Final = 0.15
"""Spread (log) of the strength of a place about that of the shipped region."""
_FORM: Final = "2"
"""Changes with what is stored, so that an older file is not taken."""


@dataclass(frozen=True, eq=False)
class SimulatedArchive:
    """Days of a simulated world with its truth.

    Attributes
    ----------
    seed : int
    days : pandas.DataFrame
        ``date``, ``site``, the six pollutants (O3 of Changji City alone), ``temperature_mean``, ``wind_speed_mean``,
        ``mixing_height_mean``.
    truth : pandas.DataFrame
        One row a place and heating season: ``place``, ``season`` (its first year), ``pm25`` (true mean in average
        weather), ``emitted`` (of it from emissions of January 2015), ``multiplier`` (emission against January 2015) and one
        ``multiplier_<sector>`` each.
    """

    seed: int
    days: pd.DataFrame
    truth: pd.DataFrame


def world(seed: int) -> Tables:
    """Tables of a world of its own: weather years, emission path, strengths.

    Parameters
    ----------
    seed : int

    Returns
    -------
    Tables
    """
    shipped = load()
    rng = np.random.default_rng([seed, 61])
    listed = shipped.years
    years = listed.iloc[rng.integers(0, len(listed), len(listed))].set_axis(listed.index)
    trend = shipped.trend.copy()
    trend[:] = 1.0
    for sector, (low, high) in _CUT.items():
        part = rng.dirichlet(np.ones(len(_CUT_YEARS)))  # some years bring much, most little
        gone = rng.uniform(low, high) * np.cumsum(part)
        trend[sector] = np.interp(trend.index, [_CUT_YEARS[0] - 1, *_CUT_YEARS], [1.0, *(1 - gone)])
    strength = shipped.column("level") * np.exp(_STRONGER * rng.standard_normal(len(shipped.places)))
    spots = shipped.places.assign(level=strength, pace=1.0)
    return shipped.with_(years=years, trend=trend, places=spots)


def simulated_archive(seed: int, cache: str | Path | None = None) -> SimulatedArchive:
    """One world's days and truth; 15 s of one core unless it is kept.

    Parameters
    ----------
    seed : int
    cache : path-like, optional
        Folder in which it is kept for the next call.

    Returns
    -------
    SimulatedArchive
    """
    stem = f"{fingerprint()}-{_FORM}-{seed}"
    files = [Path(cache) / f"{stem}-{n}.parquet" for n in ("days", "truth")] if cache is not None else []
    try:
        if files:
            return SimulatedArchive(seed, *(pd.read_parquet(f) for f in files))
    except (OSError, ValueError):
        pass
    tables = world(seed)
    made = SimulatedArchive(
        seed, _days(tables, seed), season_truth(truth(FIRST, LAST, seed, _counties(), tables=tables))
    )
    for file, frame in zip(files, (made.days, made.truth), strict=False):
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        frame.to_parquet(aside)
        aside.replace(file)
    return made


def simulated_archives(
    number: int, seed: int = 0, cache: str | Path | None = None
) -> Iterator[SimulatedArchive]:
    """Worlds of consecutive seeds, one at a time; seed 0 of the shipped simulation is never one of them.

    Parameters
    ----------
    number, seed : int
    cache : path-like, optional
    """
    for one in range(number):
        yield simulated_archive(1001 + 1000 * seed + one, cache)


def _counties() -> list[str]:
    return [p.id for p in places.load().values() if p.kind == "county"]


def _days(tables: Tables, seed: int) -> pd.DataFrame:
    names = _counties()
    months = list(stream(FIRST, LAST, seed, names, tables=tables))
    stations = months[0].stations
    time = pd.DatetimeIndex(np.concatenate([m.time.to_numpy() for m in months]))
    values = {p: np.concatenate([m.observations[p] for m in months], axis=1) for p in POLLUTANTS}
    weather = {v: np.concatenate([m.weather[v] for m in months], axis=1) for v in _WEATHER}
    posts = list(months[0].weather_stations["place"])
    day = (time - pd.Timedelta("1ns")).floor("D")
    frames = []
    for name in names:
        own = ((stations["place"] == name) & (stations["role"] == "evaluation")).to_numpy()
        if name == "changji":
            ds = dataset.build(
                stations[own].reset_index(drop=True), time, {p: v[own] for p, v in values.items()}
            )
            part = daily_frame(ds, name)[["date", *POLLUTANTS]].set_index("date")
        else:
            part = _plain_days({p: values[p][own] for p in _PLAIN}, day)
        air = {
            f"{v}_mean": pd.Series(weather[v][posts.index(name)], day).groupby(level=0).mean()
            for v in _WEATHER
        }
        frames.append(part.join(pd.DataFrame(air)).rename_axis("date").reset_index().assign(site=name))
    out = pd.concat(frames, ignore_index=True)
    out.attrs = {"simulated": "true", "edition": "2012"}
    return out


def _plain_days(values: dict[str, npt.NDArray[np.float32]], day: pd.DatetimeIndex) -> pd.DataFrame:
    """Means of the hours of each day over stations; enough where only a season's mean is asked for."""
    columns = {}
    for name, held in values.items():
        known = np.isfinite(held)
        number = known.sum(axis=0)
        mean = np.where(number > 0, np.where(known, held, 0).sum(axis=0) / np.maximum(number, 1), np.nan)
        columns[name] = pd.Series(mean, day).groupby(level=0).mean()
    return pd.DataFrame(columns)


def season_truth(written: pd.DataFrame) -> pd.DataFrame:
    """Truth of each heating season from that of its months.

    Parameters
    ----------
    written : pandas.DataFrame
        As :func:`airq.observations.simulation.truth` gives it, or read from ``truth.csv``.

    Returns
    -------
    pandas.DataFrame
        As ``SimulatedArchive.truth``; seasons that are whole alone.
    """
    month = pd.PeriodIndex(written["month"].astype(str), freq="M")
    stamp = np.array([_heating_days(m.year, m.month) for m in month])
    frame = written.assign(season=np.asarray(month.year - (month.month < 7)), days=stamp)
    frame = frame[frame["days"] > 0]
    whole = frame[frame["sector"] == "total"].groupby("season")["days"].sum()
    full = float(whole.max())
    rows = []
    for (place, season), part in frame.groupby(["place", "season"]):
        if part.loc[part["sector"] == "total", "days"].sum() < full / frame["place"].nunique() - 2:
            continue
        mean = {s: _weighted(part[part["sector"] == s]) for s in (*SECTORS, "natural", "total")}
        now, frozen = (sum(mean[s][i] for s in SECTORS) for i in (0, 1))
        row = {
            "place": place,
            "season": int(season),
            "pm25": mean["total"][0],
            "emitted": frozen,
            "multiplier": now / frozen,
        }
        rows.append(row | {f"multiplier_{s}": mean[s][0] / mean[s][1] for s in SECTORS})
    return pd.DataFrame(rows)


def _weighted(part: pd.DataFrame) -> tuple[float, float]:
    weight = part["days"].to_numpy(dtype=np.float64)
    return tuple(float((part[c] * weight).sum() / weight.sum()) for c in ("pm25", "pm25_frozen"))  # type: ignore[return-value]


def _heating_days(year: int, month: int) -> int:
    days = pd.date_range(
        f"{year}-{month:02d}-01", periods=pd.Period(year=year, month=month, freq="M").days_in_month
    )
    return int(heating_season(days.to_numpy() + np.timedelta64(12, "h")).sum())

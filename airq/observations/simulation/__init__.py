"""Embedded default data: a simulated region that behaves like the north slope of the Tian Shan.

Everything here is invented and says so: station codes begin with ``SIM-``, the network is ``simulated``, every
Dataset carries ``simulated = "true"``. Seed 0 is calibrated to the official figures of Changji City and its
neighbours; other seeds share its climate and vary around them. The true emission path is known (:func:`truth`), so
a method can be judged by whether it finds it.

A later end changes no earlier value, a later start changes nothing of what is given, and a subset of places has the
values of the whole.

Examples
--------
>>> ds = simulate("2015-01", "2015-01", places=["changji"])
>>> ds.attrs["simulated"], ds.sizes["time"], ds["station"].values.tolist()
('true', 744, ['SIM-CJ1', 'SIM-CJ2', 'SIM-CJ3'])
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset
from airq import places as place_table
from airq.errors import ParameterError
from airq.observations.simulation import effects
from airq.observations.simulation.engine import SimulatedMonth, attributes, run
from airq.observations.simulation.tables import Tables, fingerprint, load
from airq.variables import POLLUTANTS, WEATHER

__all__ = [
    "SimulatedMonth",
    "fingerprint",
    "last_complete_month",
    "months",
    "simulate",
    "simulate_weather",
    "stream",
    "truth",
]


def last_complete_month(now: datetime | None = None) -> pd.Period:
    """Last month that is over in Beijing.

    Parameters
    ----------
    now : datetime, optional
        With time zone; the present by default.

    Returns
    -------
    pandas.Period

    Examples
    --------
    >>> str(last_complete_month(datetime(2026, 2, 28, 16, 30, tzinfo=UTC)))
    '2026-02'
    """
    beijing = (now or datetime.now(tz=UTC)).astimezone(timezone(timedelta(hours=8)))
    return pd.Period(year=beijing.year, month=beijing.month, freq="M") - 1


def _period(text: str | pd.Period, what: str) -> pd.Period:
    # pandas would read much more than months ("May", "2019"), and not as one expects.
    try:
        if not re.fullmatch(r"\d{4}-\d{2}", str(text)):
            raise ValueError
        return pd.Period(str(text), freq="M")
    except ValueError as error:
        raise ParameterError(f"{what} '{text}' is no month; write it like 2019-01.") from error


def _span(start: str | pd.Period, end: str | pd.Period | None, tables: Tables) -> tuple[pd.Period, pd.Period]:
    first, last = _period(start, "start"), last_complete_month() if end is None else _period(end, "end")
    begin, stop = pd.Period(tables.constants["first"], "M"), pd.Period(tables.constants["last"], "M")
    if first < begin:
        raise ParameterError(
            f"start {first} lies before the simulation, which begins in {begin}; start there."
        )
    if last > stop:
        raise ParameterError(f"end {last} lies beyond the simulation, which ends in {stop}; end there.")
    if last < first:
        raise ParameterError(f"end {last} lies before start {first}; give a later end.")
    return first, last


def months(start: str | pd.Period = "2015-01", end: str | pd.Period | None = None) -> pd.PeriodIndex:
    """Months from start to end, checked; the last complete month is the default end.

    Examples
    --------
    >>> len(months("2015-01", "2016-03"))
    15
    >>> months("2014-01")
    Traceback (most recent call last):
    airq.errors.ParameterError: start 2014-01 lies before the simulation, which begins in 2015-01; start there.
    """
    return pd.period_range(*_span(start, end, load()), freq="M")


def _chosen(places: str | Iterable[str] | None, tables: Tables) -> list[str]:
    known = [str(p) for p in tables.places["place"]]
    if places is None:
        return known
    wanted: list[str] = []
    for name in [places] if isinstance(places, str) else places:
        for place in place_table.members(name):
            if place.id not in known:
                raise ParameterError(f"place '{name}' is not simulated; choose among {', '.join(known)}.")
            wanted.append(place.id)
    if not wanted:
        raise ParameterError("no place is named; name one or leave 'places' out for all.")
    return [p for p in known if p in wanted]


def _seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(
            f"seed {seed!r} is not a whole number of 0 or more; use 0 for the calibrated series."
        )
    return int(seed)


def stream(
    start: str | pd.Period = "2015-01",
    end: str | pd.Period | None = None,
    seed: int = 0,
    places: str | Iterable[str] | None = None,
    *,
    trend: bool = True,
    kinds: Iterable[str] = ("observations", "weather"),
    tables: Tables | None = None,
) -> Iterator[SimulatedMonth]:
    """Simulate month by month, for writing without holding everything.

    Parameters
    ----------
    start : str or Period
        First month, from January 2015.
    end : str or Period, optional
        Last month, included; the last complete month by default.
    seed : int
        0 is the calibrated series.
    places : str or list of str, optional
        Ids, names or groups; all eleven by default.
    trend : bool
        False freezes emissions at January 2015, with the same weather and noise.
    kinds : iterable of {"observations", "weather"}
        What to make; weather alone takes a fifth of the time.
    tables : Tables, optional
        Another description of the region.

    Yields
    ------
    SimulatedMonth

    Raises
    ------
    ParameterError
        For a month, place, kind or seed that cannot be used.

    Examples
    --------
    >>> [str(m.month) for m in stream("2015-01", "2015-02", places="mori")]
    ['2015-01', '2015-02']
    """
    source = tables or load()
    wanted = set(kinds)
    if unknown := sorted(wanted - {"observations", "weather"}):
        raise ParameterError(f"kind '{unknown[0]}' is not known; use observations or weather.")
    first, last = _span(start, end, source)
    return run(source, first, last, _seed(seed), _chosen(places, source), trend, "observations" in wanted)


def simulate(
    start: str | pd.Period = "2015-01",
    end: str | pd.Period | None = None,
    seed: int = 0,
    places: str | Iterable[str] | None = None,
    *,
    trend: bool = True,
    tables: Tables | None = None,
) -> xr.Dataset:
    """Simulated hours of the six pollutants as a real feed would give them.

    Parameters
    ----------
    start, end, seed, places, trend, tables
        See :func:`stream`.

    Returns
    -------
    xarray.Dataset
        Canonical, dims (station, time), with gaps, stuck runs and spikes, not cleaned. ``attrs["simulated"]`` is
        ``"true"``.

    Examples
    --------
    >>> simulate("2016-01", "2016-01", places="fukang")["role"].values.tolist()
    ['evaluation', 'evaluation', 'background']
    """
    months = list(stream(start, end, seed, places, trend=trend, kinds=("observations",), tables=tables))
    values = {p: np.concatenate([m.observations[p] for m in months], axis=1) for p in POLLUTANTS}
    return dataset.build(months[0].stations, _time(months), values, attrs=attributes(seed))


def simulate_weather(
    start: str | pd.Period = "2015-01",
    end: str | pd.Period | None = None,
    seed: int = 0,
    places: str | Iterable[str] | None = None,
    *,
    tables: Tables | None = None,
) -> xr.Dataset:
    """Weather that goes with :func:`simulate`, complete, one station a place with the role ``weather``.

    Parameters
    ----------
    start, end, seed, places, tables
        See :func:`stream`.

    Returns
    -------
    xarray.Dataset
        Canonical, dims (station, time); the nine weather variables.

    Examples
    --------
    >>> july = simulate_weather("2015-07", "2015-07", places="mori")
    >>> bool(july["temperature"].mean() > 15), july.attrs["simulated"]
    (True, 'true')
    """
    months = list(stream(start, end, seed, places, kinds=("weather",), tables=tables))
    values = {v: np.concatenate([m.weather[v] for m in months], axis=1) for v in WEATHER}
    return dataset.build(months[0].weather_stations, _time(months), values, attrs=attributes(seed))


def _time(months: list[SimulatedMonth]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.concatenate([m.time.to_numpy() for m in months]))


def truth(
    start: str | pd.Period = "2015-01",
    end: str | pd.Period | None = None,
    seed: int = 0,
    places: str | Iterable[str] | None = None,
    *,
    tables: Tables | None = None,
) -> pd.DataFrame:
    """What the simulated data hold: emissions by sector and their effect on PM2.5 in average weather.

    Parameters
    ----------
    start, end, seed, places, tables
        See :func:`stream`.

    Returns
    -------
    pandas.DataFrame
        One row a place, month and sector (``heating``, ``industry``, ``traffic``, ``dust``, ``natural``, ``total``):
        ``place, month, sector, multiplier`` (emission against January 2015), ``pm25`` (µg/m³ that the sector adds in
        that calendar month under the mean weather of 2015–2025), ``pm25_frozen`` (the same with the emissions of
        January 2015) and ``effect`` (``pm25 / pm25_frozen - 1``). The ``total`` row of ``pm25`` is the
        true deweathered series.

    Notes
    -----
    Exact by construction: the dispersion is linear in emissions. Faults, fireworks and the rounding of the feed are
    not part of it. Sectors of a place include what they send to it from the neighbours.
    """
    source = tables or load()
    first, last = _span(start, end, source)
    frame = effects.effect_frame(source, pd.period_range(first, last, freq="M"), _seed(seed))
    return frame[frame["place"].isin(_chosen(places, source))].reset_index(drop=True)

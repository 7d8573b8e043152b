"""Hours on which a sensor and a reference monitor beside it both measured.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from airq.dataset import build
>>> time = pd.date_range("2019-08-01 01:00", periods=200, freq="h")
>>> x = np.arange(200.0)[None]
>>> sensor = build(pd.DataFrame({"station": ["S1"], "network": ["micro"]}), time, {"pm25": 2 * x})
>>> monitor = build(pd.DataFrame({"station": ["2691A"]}), time, {"pm25": x})
>>> pair(sensor, monitor)[["value", "reference"]].iloc[-1].tolist()
[398.0, 199.0]
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import MissingData, ParameterError
from airq.observations.sensors import hours
from airq.observations.sensors.positions import distances_km
from airq.variables import DEFAULT_MASK, POLLUTANTS, VARIABLES

__all__ = [
    "MICRO",
    "MINIMUM_HOURS",
    "REFERENCE_MASK",
    "SENSOR_MASK",
    "WEATHER",
    "best_lag",
    "checked",
    "pair",
    "sensors_of",
    "weather_of",
]

MICRO: Final = "micro"
"""Network of low-cost sensors."""

MINIMUM_HOURS: Final = 168
"""Fewest hours of a pairing: a week, the daily cycle seven times. The EPA's base test has 30 days."""

SENSOR_MASK: Final = ("stuck", "spike", "conflict", "sentinel")
"""Flags whose readings are left out: a range of concentrations means nothing before calibration."""

REFERENCE_MASK: Final = (*DEFAULT_MASK, "sentinel")
"""Flags whose reference values are left out."""

WEATHER: Final = ("relative_humidity", "temperature")
_WEATHER_KM: Final = 50.0
_LAGS: Final = 9  # hours on both sides: a wrong zone of up to nine hours shows


def sensors_of(ds: xr.Dataset) -> xr.Dataset:
    """The micro-stations of a Dataset; all stations if none states the network ``micro``.

    Raises
    ------
    MissingData
        All stations belong to official networks.

    Examples
    --------
    >>> sensors_of(xr.Dataset(coords={"station": ["a", "b"], "network": ("station", ["national", "micro"])})).sizes["station"]
    1
    """
    if "network" not in ds.coords:
        return ds
    network = np.array([str(n) for n in ds["network"].values], dtype=object)
    if (network == MICRO).any():
        return ds.isel(station=np.flatnonzero(network == MICRO))
    unstated = np.flatnonzero(network == "")
    if not len(unstated):
        raise MissingData(
            f"the Dataset holds no sensor: its stations belong to the network {', '.join(sorted(set(network)))}; give the readings of micro-stations (network 'micro')."
        )
    return ds.isel(station=unstated)


def _references_of(ds: xr.Dataset, station: str | None) -> xr.Dataset:
    if station is not None:
        codes = [str(c) for c in ds["station"].values]
        if station not in codes:
            raise MissingData(
                f"reference station '{station}' is not in the Dataset; it holds {', '.join(codes[:8])}."
            )
        return ds.isel(station=[codes.index(station)])
    if "network" in ds.coords:
        official = np.flatnonzero(np.array([str(n) != MICRO for n in ds["network"].values], dtype=bool))
        if not len(official):
            raise MissingData(
                "the reference Dataset holds micro-stations only; give a reference monitor or official stations."
            )
        return ds.isel(station=official)
    return ds


@dataclass(frozen=True)
class _Monitor:
    """Which reference a sensor stands beside, or why it has none."""

    index: int = -1
    reason: str = ""


def _beside(sensor: xr.Dataset, reference: xr.Dataset, max_distance_km: float) -> list[_Monitor]:
    """The nearest reference of each sensor."""
    distance = distances_km(sensor, reference)
    out = []
    for row, code in zip(distance, sensor["station"].values, strict=True):
        known = np.isfinite(row)
        if len(row) == 1 and not known[0]:
            out.append(_Monitor(0))  # one reference and no positions: the user says that they stand together
        elif not known.any():
            out.append(
                _Monitor(reason=f"sensor '{code}' has no position and there are {len(row)} reference stations; name one with reference_station")
            )  # fmt: skip
        elif (nearest := int(np.nanargmin(row))) >= 0 and row[nearest] <= max_distance_km:
            out.append(_Monitor(nearest))
        else:
            who = reference["station"].values[nearest]
            out.append(
                _Monitor(reason=f"sensor '{code}' stands {row[nearest]:.2f} km from the nearest reference '{who}', more than {max_distance_km:g} km; raise max_distance_km if both breathe the same air")
            )  # fmt: skip
    return out


def weather_of(
    sensor: xr.Dataset, weather: xr.Dataset | None, names: tuple[str, ...]
) -> dict[str, xr.DataArray]:
    """Weather of each sensor: its own, or that of the same code or of the nearest station of ``weather``."""
    source = sensor if weather is None else hours.on_hours(weather, names)
    if weather is None:
        return {n: sensor[n] for n in names if n in sensor}
    codes = {str(c): i for i, c in enumerate(source["station"].values)}
    distance = distances_km(sensor, source)
    rows = []
    for row, code in zip(distance, sensor["station"].values, strict=True):
        near = int(np.nanargmin(row)) if np.isfinite(row).any() else -1
        if near >= 0 and row[near] > _WEATHER_KM:
            near = -1
        rows.append(codes.get(str(code), 0 if len(codes) == 1 and near < 0 else near))
    out = {}
    for name in names:
        if name in source:
            values = source[name].reindex(time=sensor["time"]).values[rows]
            values = np.where(np.array(rows)[:, None] >= 0, values, np.nan)
            out[name] = xr.DataArray(values, dims=("station", "time"))
    return out


def best_lag(value: npt.NDArray[np.float64], reference: npt.NDArray[np.float64]) -> int:
    """Hours by which a sensor's series lags the reference, by the highest correlation; 0 unless clearly better.

    Parameters
    ----------
    value, reference : float arrays, shape (hour,)
        On a full hourly axis, NaN where missing.

    Returns
    -------
    int
        Positive if the sensor comes later. Another lag counts only if its r² is higher by 0.05.

    Examples
    --------
    >>> x = np.sin(np.arange(300) / 5.0)
    >>> best_lag(np.roll(x, 3), x), best_lag(x, x)
    (3, 0)
    """
    scores = {}
    for lag in range(-_LAGS, _LAGS + 1):
        a = value[max(lag, 0) : len(value) + min(lag, 0)]
        b = reference[max(-lag, 0) : len(reference) + min(-lag, 0)]
        both = np.isfinite(a) & np.isfinite(b)
        if both.sum() < 48 or a[both].std() == 0 or b[both].std() == 0:
            continue
        scores[lag] = float(np.corrcoef(a[both], b[both])[0, 1] ** 2)
    if not scores:
        return 0
    best = max(scores, key=lambda k: (scores[k], -abs(k)))
    return best if scores[best] > scores.get(0, 0.0) + 0.05 else 0


def _prepared(
    ds: xr.Dataset, names: tuple[str, ...], mask: Collection[str], completeness: float
) -> xr.Dataset:
    bits = dataset.mask_bits(mask)
    out = ds
    for name in names:
        if bits and name in ds and f"{name}_flag" in ds:
            out = out.assign({name: ds[name].where((ds[f"{name}_flag"] & bits) == 0)})
    return hours.on_hours(out, names, completeness)


def pair(
    sensor: xr.Dataset,
    reference: xr.Dataset,
    pollutant: str = "pm25",
    *,
    reference_station: str | None = None,
    weather: xr.Dataset | None = None,
    covariates: Collection[str] = (),
    averaging: str = "1h",
    completeness: float = hours.COMPLETENESS,
    minimum_hours: int = MINIMUM_HOURS,
    max_distance_km: float = 0.5,
    sensor_mask: Collection[str] = SENSOR_MASK,
    reference_mask: Collection[str] = REFERENCE_MASK,
) -> pd.DataFrame:
    """Collocated hours of sensors and the reference monitor beside each.

    Parameters
    ----------
    sensor : xarray.Dataset
        Canonical, hourly or shorter; of a mixed Dataset the stations of the network ``micro``.
    reference : xarray.Dataset
        Canonical; micro-stations in it never serve as reference. May be the same Dataset as ``sensor``.
    pollutant : str
        ``pm25 pm10 so2 no2 co o3``.
    reference_station : str, optional
        Code of the monitor beside all sensors; otherwise each sensor takes the nearest within ``max_distance_km``.
    weather : xarray.Dataset, optional
        Source of ``relative_humidity`` and ``temperature``: rows of the sensor's code, else the nearest within 50 km.
        By default the sensor's own, which is what an unpaired sensor will have too.
    covariates : collection of str
        Further variables of the sensor that may explain its readings, such as ``o3`` for an NO2 cell.
    averaging : {"1h", "24h"}
        Whole hours, or natural days.
    completeness : float
        Share of each mean that readings must cover.
    minimum_hours : int
        Fewest hours with both values (as many days of 24 hours for ``"24h"``).
    max_distance_km : float
        Farthest reference, where both positions are known.
    sensor_mask, reference_mask : collection of str
        Flags whose values are left out.

    Returns
    -------
    pandas.DataFrame
        ``sensor time value reference relative_humidity temperature <covariates> reference_station``, sorted by
        sensor and time; canonical units. ``attrs``: ``pollutant units averaging completeness notes lags sources``.

    Raises
    ------
    MissingData
        No sensor overlaps long enough with a reference; one sentence.
    ParameterError
        Unknown pollutant, averaging or unit.
    """
    _check_arguments(pollutant, averaging, completeness)
    covariates = tuple(c for c in covariates if c != pollutant)
    for name in covariates:
        if name not in VARIABLES:
            raise ParameterError(
                f"covariate '{name}' is not a variable of the data model; use {', '.join(VARIABLES)}."
            )
    cells, monitors = sensors_of(sensor), _references_of(reference, reference_station)
    dataset.require(cells, pollutant, *covariates)
    dataset.require(monitors, pollutant)
    names = (pollutant, *WEATHER, *covariates)
    low = _prepared(cells, names, sensor_mask, completeness)
    high = _prepared(monitors, (pollutant,), reference_mask, completeness)
    met = weather_of(low, weather, WEATHER)
    frames, notes, lags = [], [], {}
    for i, monitor in enumerate(_beside(low, high, max_distance_km if reference_station is None else np.inf)):
        code = str(low["station"].values[i])
        if monitor.index < 0:
            notes.append(monitor.reason)
            continue
        who = str(high["station"].values[monitor.index])
        if who == code:
            continue  # a station is no reference for itself
        frame = _collocated(low, high, i, monitor.index, pollutant, met, covariates)
        lag = best_lag(frame["value"].to_numpy(), frame["reference"].to_numpy())
        frame = frame.dropna(subset=["value", "reference"])
        frame = frame.assign(sensor=code, reference_station=who)
        if averaging == "24h":
            days = hours.daily(frame, ["value", "reference"], completeness).rename(columns={"day": "time"})
            frame = days.assign(reference_station=who)
        found = len(frame) * (24 if averaging == "24h" else 1)
        if found < minimum_hours:
            unit = "hours in whole days" if averaging == "24h" else "hours"
            notes.append(f"sensor '{code}' and reference '{who}' share {found} {unit} with both values of {pollutant}, fewer than {minimum_hours}; collocate them longer")  # fmt: skip
            continue
        if lag:
            notes.append(f"sensor '{code}' agrees best with reference '{who}' {abs(lag)} h {'later' if lag > 0 else 'earlier'}; check the time zone and whether stamps are beginnings or ends")  # fmt: skip
        lags[code] = lag
        frames.append(frame)
    if not frames:
        raise MissingData(
            f"{notes[0]}." if notes else "no sensor stands beside a reference; give a Dataset of each."
        )
    columns = ["sensor", "time", "value", "reference", *WEATHER, *covariates, "reference_station"]
    out = pd.concat(frames, ignore_index=True)[columns].sort_values(["sensor", "time"], ignore_index=True)
    out.attrs = {
        "pollutant": pollutant,
        "units": VARIABLES[pollutant].units,
        "averaging": averaging,
        "completeness": completeness,
        "notes": notes,
        "lags": lags,
        "sources": _sources(sensor, reference),
    }
    return out


def _check_arguments(pollutant: str, averaging: str, completeness: float) -> None:
    if pollutant not in POLLUTANTS:
        raise ParameterError(f"pollutant '{pollutant}' is not known; use {', '.join(POLLUTANTS)}.")
    if averaging not in ("1h", "24h"):
        raise ParameterError(f"averaging '{averaging}' is not known; use 1h or 24h.")
    if not 0 < completeness <= 1:
        raise ParameterError(f"completeness {completeness} is no share; give a number above 0, at most 1.")


def _collocated(
    low: xr.Dataset,
    high: xr.Dataset,
    i: int,
    j: int,
    pollutant: str,
    met: dict[str, xr.DataArray],
    covariates: tuple[str, ...],
) -> pd.DataFrame:
    """One sensor and its reference on the full hourly axis that both span."""
    own, other = pd.DatetimeIndex(low["time"].values), pd.DatetimeIndex(high["time"].values)
    first, last = max(own[0], other[0]), min(own[-1], other[-1])
    axis = pd.date_range(first, last, freq="h") if first <= last else own[:0]
    at, there = own.get_indexer(axis), other.get_indexer(axis)

    def taken(values: npt.NDArray[np.float64], index: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        return np.where(index >= 0, values[index], np.nan) if len(values) else np.full(len(index), np.nan)

    columns = {
        "time": axis,
        "value": taken(low[pollutant].values[i], at),
        "reference": taken(high[pollutant].values[j], there),
    }
    for name in WEATHER:
        columns[name] = taken(met[name].values[i], at) if name in met else np.full(len(axis), np.nan)
    for name in covariates:
        columns[name] = taken(low[name].values[i], at)
    return pd.DataFrame(columns)


def _sources(*parts: xr.Dataset) -> list[str]:
    found = []
    for ds in parts:
        digest = str(ds.attrs.get("source_sha256") or ds.attrs.get("digest") or "")
        found.append(" ".join(t for t in (str(ds.attrs.get("source", "")), digest) if t))
    return [f for f in dict.fromkeys(found) if f]


def checked(pairs: pd.DataFrame, pollutant: str | None = None) -> str:
    """Pollutant of a frame of pairs, after a look at its columns.

    Raises
    ------
    ParameterError
        A column is missing, the frame is empty, or nothing says the pollutant.

    Examples
    --------
    >>> checked(pd.DataFrame({"sensor": ["a"], "value": [1.0]}))
    Traceback (most recent call last):
    airq.errors.ParameterError: the frame of pairs has no column 'time'; make it with airq.observations.sensors.pair.
    """
    for column in ("sensor", "time", "value", "reference"):
        if column not in pairs:
            raise ParameterError(
                f"the frame of pairs has no column '{column}'; make it with airq.observations.sensors.pair."
            )
    if pairs.empty:
        raise ParameterError("the frame of pairs has no row; pair over a longer time.")
    name = pollutant or pairs.attrs.get("pollutant")
    if name not in POLLUTANTS:
        raise ParameterError(
            f"the frame of pairs does not say its pollutant; give one of {', '.join(POLLUTANTS)}."
        )
    return str(name)

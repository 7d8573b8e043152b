"""Concentrations from before September 2018 at the state in force since, on request and labelled.

Until 2018-08-31 China stated gases and particles at the standard state (273.15 K, 1013.25 hPa). Since 2018-09-01 gases
are stated at the reference state (298.15 K, 1013.25 hPa) and particles at the temperature and pressure of the hour
(amendment to GB 3095-2012, 公告2018年第29号; GB 3095-2026, 3.14 and 4.3). The feed was not restated for the time before
[B 80%], so that a series over the switch falls by 8.4 % for gases without any change of the air. Nothing here is done
unless it is asked for, and both the Dataset and its variables say what was done. The constants stand in
``tables/reference.toml``.

Resolution
----------
A converted gas is the source's integer times 5463/5963, rounded half to even, once, to a thousandth of its unit. It is
no whole µg/m³ any more, and it is not rounded to one: rules restore thousandths (:func:`airq.dataset.steps`), sum
them as integers, and round daily or annual values by their own clause. So ``steps`` of a converted value is exact,
and no more than 0.0005 units from the true product. Not to be converted are values that a reader made from ppb or ppm:
these stand at 298.15 K whatever their date; leave their gases out with ``gases=``.

Convert after loading. An archive keeps values as published and does not keep the label, so a converted Dataset must
not be stored.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from airq import dataset
>>> time = pd.DatetimeIndex(["2018-09-01 00:00", "2018-09-01 01:00"])
>>> ds = dataset.build(pd.DataFrame({"station": ["2691A"]}), time, {"o3": [[160.0, 160.0]]})
>>> out = to_2018_state(ds)
>>> out["o3"].values.round(3).tolist(), out["o3"].attrs["reference_state"][:22]
([[146.58399963378906, 160.0]], '298.15 K, 1013.25 hPa;')
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from airq import dataset
from airq.errors import MissingData, ParameterError
from airq.variables import FLAGS

__all__ = ["ATTRIBUTE", "gas_factor", "parameters", "particle_factor", "switch", "to_2018_state"]

ATTRIBUTE: Final = "reference_state"
"""Attribute of the Dataset and of its variables that says to which state values were brought."""

_ZERO_CELSIUS: Final = 273.15


@lru_cache(maxsize=1)
def parameters() -> dict[str, Any]:
    """States, their sources and marks.

    Examples
    --------
    >>> parameters()["gases"]["kelvin"], parameters()["gases"]["mark"]
    ('298.15', '[P]')
    """
    text = resources.files("airq.observations").joinpath("tables/reference.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def switch() -> np.datetime64:
    """First natural day at the states in force since 2018.

    Examples
    --------
    >>> str(switch())
    '2018-09-01'
    """
    return np.datetime64(parameters()["switch"]["first_day"], "D")


def gas_factor() -> Fraction:
    """Exact factor from the standard to the reference state: T1/T2 · p2/p1.

    Examples
    --------
    >>> gas_factor(), round(float(gas_factor()), 5)
    (Fraction(5463, 5963), 0.91615)
    """
    old, new = parameters()["before"], parameters()["gases"]
    kelvin = Fraction(old["kelvin"]) / Fraction(new["kelvin"])
    return kelvin * Fraction(new["hectopascal"]) / Fraction(old["hectopascal"])


def particle_factor(temperature: npt.ArrayLike, pressure: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Factor from the standard state to actual conditions: 273.15/T · p/1013.25.

    Parameters
    ----------
    temperature : array_like
        °C of the air at the station.
    pressure : array_like
        hPa at the station, not at sea level; same shape.

    Returns
    -------
    float64 array
        NaN where either is missing or no weather.

    Examples
    --------
    >>> particle_factor([0.0, 25.0, -15.0], [1013.25, 950.0, 960.0]).round(4).tolist()
    [1.0, 0.859, 1.0025]
    """
    old, table = parameters()["before"], parameters()["particles"]
    celsius, p = np.asarray(temperature, np.float64), np.asarray(pressure, np.float64)
    with np.errstate(invalid="ignore"):
        good = (celsius >= table["celsius"][0]) & (celsius <= table["celsius"][1])
        good &= (p >= table["pressure"][0]) & (p <= table["pressure"][1])
    kelvin = np.where(good, celsius + _ZERO_CELSIUS, np.nan)
    return np.asarray(float(old["kelvin"]) / kelvin * p / float(old["hectopascal"]))


def to_2018_state(
    ds: xr.Dataset, particles: xr.Dataset | None = None, gases: Collection[str] | None = None
) -> xr.Dataset:
    """Bring values of natural days before 2018-09-01 to the state in force since.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly ``(station, time)`` or daily ``(station, day)``, values as published.
    particles : xarray.Dataset, optional
        Weather of the same kind with ``temperature`` (degC) and ``pressure`` (hPa, at the station), for each station of
        ``ds`` under its code, or one station for its place. Without it particles are left as they are, and the labels
        say so.
    gases : collection of str, optional
        Gases to convert; all four by default.

    Returns
    -------
    xarray.Dataset
        A copy. An hour of particles without weather becomes missing with its flag, because half a series at another
        state would be worse than a gap. The label 00:00 of 1 September belongs to 31 August. A variable that carries
        the label is not converted a second time.

    Raises
    ------
    ParameterError, MissingData
        Wrong units, unknown gases, no weather for a station.
    """
    axis = "day" if "day" in ds.dims else "time"
    dataset.require(ds.rename(day="time") if axis == "day" else ds)
    days = ds[axis].values.astype("datetime64[D]") if axis == "day" else dataset.day_of(ds[axis])
    early = days < switch()
    out = ds.copy()
    for name in _chosen(gases):
        if name in ds and not _labelled(ds[name]):
            _require_unit(ds, name)
            out[name] = _converted_gas(ds[name].transpose("station", axis), early)
    if particles is not None:
        factor = _factors(ds, particles, axis, early)
        for name in parameters()["particles"]["names"]:
            if name in ds and not _labelled(ds[name]):
                _require_unit(ds, name)
                _convert_particle(out, name, axis, early, factor)
    out.attrs[ATTRIBUTE] = _sentence(out)
    return out


def _chosen(gases: Collection[str] | None) -> list[str]:
    known = parameters()["gases"]["names"]
    if gases is None:
        return list(known)
    wanted = [gases] if isinstance(gases, str) else list(gases)
    for name in wanted:
        if name not in known:
            raise ParameterError(f"gas '{name}' is not known; use {', '.join(known)}.")
    return wanted


def _require_unit(ds: xr.Dataset, name: str) -> None:
    dataset.require(ds.rename(day="time") if "day" in ds.dims else ds, name)


def _labelled(array: xr.DataArray) -> bool:
    return ATTRIBUTE in array.attrs


def _before() -> str:
    return f"values before {switch()} converted from {parameters()['before']['kelvin']} K"


def _converted_gas(array: xr.DataArray, early: npt.NDArray[np.bool_]) -> xr.DataArray:
    """Integers of the source times the exact factor, half to even in thousandths."""
    factor = gas_factor()
    values, valid = dataset.steps(array)
    product = values * factor.numerator
    whole, rest = np.divmod(product, factor.denominator)
    up = (2 * rest > factor.denominator) | ((2 * rest == factor.denominator) & (whole % 2 == 1))
    new = ((whole + up) / dataset.STEPS_PER_UNIT).astype(np.float32)
    out = array.copy(data=np.where(early & valid, new, array.values))
    state = parameters()["gases"]
    out.attrs[ATTRIBUTE] = f"{state['kelvin']} K, {state['hectopascal']} hPa; {_before()}"
    return out


def _convert_particle(
    out: xr.Dataset,
    name: str,
    axis: str,
    early: npt.NDArray[np.bool_],
    factor: npt.NDArray[np.float64],
) -> None:
    array = out[name].transpose("station", axis)
    values, valid = dataset.steps(array)
    with np.errstate(invalid="ignore"):
        new = (np.rint(values * factor) / dataset.STEPS_PER_UNIT).astype(np.float32)
    out[name] = array.copy(data=np.where(early & valid, new, array.values))
    lost = early & valid & np.isnan(new)
    gaps = f"; {int(lost.sum()):,} values without weather are missing" if lost.any() else ""
    out[name].attrs[ATTRIBUTE] = f"actual temperature and pressure; {_before()}{gaps}"
    if f"{name}_flag" in out and lost.any():
        flag = out[f"{name}_flag"].transpose("station", axis)
        bits = np.where(lost, flag.values | np.uint16(FLAGS["missing"]), flag.values)
        out[f"{name}_flag"] = flag.copy(data=bits.astype(np.uint16))


def _factors(
    ds: xr.Dataset, weather: xr.Dataset, axis: str, early: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Factors of shape (station, time); NaN where the weather is missing."""
    if axis not in weather.dims:
        raise ParameterError(
            f"the weather has no dimension '{axis}'; give it at the times of the observations."
        )
    for name in ("temperature", "pressure"):
        _require_unit(weather, name)
    there = weather[["temperature", "pressure"]].reindex({axis: ds[axis].values}).transpose("station", axis)
    rows = (
        [_row(weather, ds, i) for i in range(ds.sizes["station"])]
        if early.any()
        else [0] * ds.sizes["station"]
    )
    return particle_factor(there["temperature"].values[rows], there["pressure"].values[rows])


def _row(weather: xr.Dataset, ds: xr.Dataset, i: int) -> int:
    """Row of the weather that belongs to a station: its own code, else the one of its place."""
    code = str(ds["station"].values[i])
    codes = [str(c) for c in weather["station"].values]
    if code in codes:
        return codes.index(code)
    place = str(ds["place"].values[i]) if "place" in ds.coords else ""
    near = (
        [k for k, p in enumerate(weather["place"].values) if p == place] if "place" in weather.coords else []
    )
    if place and len(near) == 1:
        return near[0]
    what = f"{len(near)} stations" if near else "no station"
    raise MissingData(
        f"the weather has {what} for station '{code}' of '{place}'; give temperature and pressure under its code, or one station of its place."
    )


def _sentence(ds: xr.Dataset) -> str:
    """What the Dataset says of itself."""
    gases, particles = ([n for n in parameters()[k]["names"] if n in ds] for k in ("gases", "particles"))
    done = [n for n in (*gases, *particles) if _labelled(ds[n])]
    parts = [f"{', '.join(done)}: brought to the state in force since {switch()}"] if done else []
    if left := [n for n in gases if not _labelled(ds[n])]:
        parts.append(f"{', '.join(left)}: left as they were")
    if left := [n for n in particles if not _labelled(ds[n])]:
        old = parameters()["before"]
        parts.append(f"{', '.join(left)}: left as they were, before {switch()} at {old['kelvin']} K, {old['hectopascal']} hPa")  # fmt: skip
    return f"{'; '.join(parts)} (amendment of 2018 to GB 3095-2012)" if parts else "holds no concentration"

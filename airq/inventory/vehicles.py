"""On-road emission factors of the 2014 guide for every national stage, corrected for the conditions of driving.

EF = base × temperature × humidity × altitude × speed × sulphur × load, each correction a table of the guide
(``data/raw/vehicle_corrections.csv``). The base values (``data/raw/factors.csv``, category ``onroad``) hold for 15 °C,
50 % relative humidity, up to 1,500 m, 30 km/h, half load, and 50 ppm sulphur in gasoline or 350 ppm in diesel.
Stage VI came after the guide: its values are not there, and the result says "needs a factor".

The guide's deterioration of gasoline vehicles with age is not applied.

Examples
--------
A heavy diesel truck of stage III on a winter road, fully loaded, with today's diesel:

>>> found = factor("heavy_truck", "diesel", "III", "NOx", temperature=-10, humidity=70, load=1.0, sulphur=10)
>>> round(found.value, 4), round(7.934 * 1.06 * 0.94 * 1.43 * 0.93, 4)
(10.5134, 10.5134)
>>> factor("heavy_truck", "diesel", "VI", "NOx").require()
Traceback (most recent call last):
airq.inventory.factors.NeedsFactor: heavy_truck diesel stage vi needs a factor of NOx: ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from airq.errors import ParameterError
from airq.inventory.factors import Factors, NeedsFactor
from airq.inventory.vehicle_corrections import DOMAIN, Correction, corrections
from airq.inventory.vehicle_names import (
    CLASSES,
    FUELS,
    STAGES,
    class_name,
    fuel_name,
    pollutant_name,
    stage_name,
)
from airq.texts import items

__all__ = [
    "BASE",
    "CLASSES",
    "DOMAIN",
    "FUELS",
    "STAGES",
    "Correction",
    "VehicleFactor",
    "corrections",
    "factor",
]

Array = NDArray[np.float64]
HotHumidity = Literal["replace", "multiply"]
Key = tuple[str, str, str, str]  # class, fuel, stage, pollutant

BASE: Final = {"temperature": 15.0, "humidity": 50.0, "altitude": 0.0, "speed": 30.0, "load": 0.5}
"""Conditions of the base values; sulphur is 50 ppm for gasoline and 350 ppm for diesel."""


@dataclass(frozen=True, eq=False)
class VehicleFactor:
    """Corrected factors of vehicles.

    Attributes
    ----------
    value : float or numpy.ndarray
        g/km; NaN where a factor is needed or a condition is missing.
    base : float or numpy.ndarray
        g/km under the conditions of the guide.
    corrections : dict of str to (float or numpy.ndarray)
        Size of each correction; 1 where it does not apply.
    needs : tuple of str
        One sentence for each vehicle without a value.
    notes : tuple of str
        What limits the result: corrections the guide does not have, rows with a weaker mark.
    """

    value: Any
    base: Any
    corrections: dict[str, Any]
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    labels: dict[str, Any] = field(default_factory=dict, repr=False)
    unit: str = "g/km"

    @property
    def needs_factor(self) -> bool:
        """Whether a vehicle has no value."""
        return bool(self.needs)

    def require(self) -> Any:
        """The value, or a refusal where a vehicle has none.

        Raises
        ------
        NeedsFactor
        """
        if self.needs:
            raise NeedsFactor(self.needs[0])
        return self.value

    def __float__(self) -> float:
        return float(self.require())

    def to_frame(self) -> pd.DataFrame:
        """One row a vehicle: its names, conditions' corrections, base and value."""
        columns = {**self.labels, "base": self.base, **self.corrections, "value": self.value}
        frame = pd.DataFrame({k: np.ravel(v) for k, v in columns.items()})
        return frame.assign(unit=self.unit)

    def _repr_html_(self) -> str:
        notes = items((*self.needs, *self.notes))
        return f"{self.to_frame().to_html(index=False)}<ul>{notes}</ul>"


def _condition(name: str, value: ArrayLike | None) -> Array | None:
    if value is None:
        return None
    try:
        given = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} {value!r} is not a number; give one in {DOMAIN[name][2]}.") from None
    low, high, unit = DOMAIN[name]
    wrong = (given < low) | (given > high) | ((given == 0) & (name == "speed"))
    if wrong.any():
        first = given[wrong].flat[0]
        raise ParameterError(
            f"{name} {first:g} {unit} is outside {low:g} to {high:g} {unit}, for which the guide has a correction; "
            f"check the value and its unit."
        )
    if (
        name == "humidity"
        and given.size
        and np.nanmax(given, initial=0.0) <= 1
        and np.nanmax(given, initial=0.0) > 0
    ):
        raise ParameterError(f"humidity {np.nanmax(given):g} is a share of 1; give per cent, 0 to 100.")
    return given


def _size(rows: list[Correction], value: Array, temperature: Array, hot: HotHumidity) -> Array:
    """Product of the rows that hold at each value; NaN stays NaN."""
    if rows and rows[0].correction == "load":
        points = sorted((r.lower, r.factor) for r in rows)
        return np.asarray(np.interp(value, [p[0] for p in points], [p[1] for p in points]))
    size = np.where(np.isnan(value), np.nan, 1.0)
    for row in rows:
        holds = row.inside(value)
        if row.condition and not (hot == "multiply" and row.condition == "temperature<=24"):
            holds &= row.holds_at(temperature)
        size = np.where(holds, size * row.factor, size)
    if any(r.condition for r in rows):
        size = np.where(np.isnan(temperature), np.nan, size)
    return size


def _sizes(
    of_kind: list[Correction],
    keys: list[Key],
    codes: NDArray[np.int_],
    values: Array,
    warm: Array,
    hot: HotHumidity,
) -> tuple[Array, list[str]]:
    """One correction of all vehicles, no wider than its condition asks, and what a reader must know of it."""
    kind = of_kind[0].correction
    shape = np.broadcast_shapes(codes.shape, values.shape, warm.shape if kind == "humidity" else ())
    size, notes = np.ones(shape), list[str]()
    values, codes = np.broadcast_to(values, shape), np.broadcast_to(codes, shape)
    warm = np.broadcast_to(warm, shape) if kind == "humidity" else values
    for code, key in enumerate(keys):
        here = codes == code
        of_fuel = [r for r in of_kind if key[1] in r.fuels]
        serving = [r for r in of_fuel if r.serves(*key)]
        size[here] = _size(serving, values[here], warm[here], hot)
        notes += _limits(kind, key[1], [r for r in serving if r.inside(values[here]).any()], bool(of_fuel))
    return size, notes


def _limits(kind: str, fuel: str, rows: list[Correction], anything: bool) -> Iterator[str]:
    """What a reader must know of a correction that was asked for."""
    if not anything:
        if kind == "load":
            yield f"the guide corrects the load of diesel vehicles only; {fuel} is left as it is."
        elif kind == "sulphur":
            yield f"the guide has no sulphur correction for {fuel}; it is left as it is."
        else:
            yield f"no {kind} correction is on file for {fuel}; it is left as it is."
    elif fuel in ("other", "cng"):
        yield f"the {kind} correction of gasoline is used for {fuel}, as the packaged tables do."
    yield from sorted({f"{kind}: {r.note} {r.mark}." for r in rows if r.mark != "[C]" or "differ" in r.note})


def _names_of(
    given: Mapping[str, ArrayLike],
) -> tuple[dict[str, NDArray[np.str_]], list[Key], NDArray[np.int_]]:
    """Canonical names, the distinct vehicles, and which of them stands where (before conditions widen it)."""
    readers = (class_name, fuel_name, stage_name, pollutant_name)
    names: dict[str, NDArray[np.str_]] = {}
    for reader, (what, texts) in zip(readers, given.items(), strict=True):
        cells = np.asarray(texts, dtype=object)
        known = {t: reader(t) for t in set(cells.ravel().tolist())}
        names[what] = np.asarray([known[t] for t in cells.ravel().tolist()], dtype=np.str_).reshape(
            cells.shape
        )
    try:
        wide = np.broadcast_arrays(*names.values())
    except ValueError:
        raise ParameterError("names have lengths that do not fit; give arrays of one length.") from None
    order: dict[Key, int] = {}
    rows = zip(*(a.ravel().tolist() for a in wide), strict=True)
    codes = [order.setdefault(key, len(order)) for key in rows]
    return names, list(order), np.asarray(codes, dtype=np.int_).reshape(wide[0].shape)


def _base(table: Factors, key: Key, needs: list[str]) -> tuple[float, list[str]]:
    """Base value of a vehicle with what a reader must know of it; NaN, and a sentence in ``needs``, if there is none."""
    vehicle, fuel, stage, pollutant = key
    technology = f"{vehicle}_{stage}"
    if (found := table.find("onroad", technology, fuel, pollutant)) is not None:
        doubtful = found.mark != "[C]" or "[B " in found.note
        about = [f"{vehicle} {fuel} stage {stage} {pollutant}: {found.note or found.source} {found.mark}."]
        return found.quantity.to("g/km").value, about if doubtful else []
    others = len(table.candidates("onroad", technology, fuel, pollutant))
    known = f"{others} alternative(s) without a source are on file" if others else "the guide has none"
    needs.append(
        f"{vehicle} {fuel} stage {stage} needs a factor of {pollutant}: {known}; "
        f"give a row of category onroad and technology {technology} in a factors file of your own."
    )
    return np.nan, []


def factor(
    vehicle_class: ArrayLike,
    fuel: ArrayLike,
    stage: ArrayLike,
    pollutant: ArrayLike,
    *,
    temperature: ArrayLike | None = None,
    humidity: ArrayLike | None = None,
    speed: ArrayLike | None = None,
    load: ArrayLike | None = None,
    altitude: ArrayLike | None = None,
    sulphur: ArrayLike | None = None,
    hot_humidity: HotHumidity = "replace",
    factors: Factors | None = None,
) -> VehicleFactor:
    """Emission factors of vehicles, in g/km, corrected for the conditions that are given.

    Parameters
    ----------
    vehicle_class, fuel, stage, pollutant : str or array of str
        Names of :mod:`airq.inventory.vehicle_names`, Chinese ones too.
    temperature : float or array, optional
        Air temperature, °C; below 10 and above 25 the guide corrects.
    humidity : float or array, optional
        Relative humidity, per cent; below and above 50 the guide corrects NOx, above 24 °C with a table of its own.
    speed : float or array, optional
        Mean speed, km/h; 30 is the base.
    load : float or array, optional
        Share of the load, 0 to 1; diesel vehicles only; on a straight line between the guide's 0, 50, 60, 75, 100 %.
    altitude : float or array, optional
        m; above 1,500 the guide corrects.
    sulphur : float or array, optional
        Sulphur in the fuel, ppm, up to 800; the guide's next higher step holds.
    hot_humidity : {"replace", "multiply"}
        Whether the humidity table for more than 24 °C takes the place of the other one or multiplies it. The packaged
        function multiplies; each table is complete by itself, so replacing is the default [B 75%].
    factors : Factors, optional
        Table of base values; the shipped one by default.

    Returns
    -------
    VehicleFactor
        Scalars in, a float out; arrays are broadcast against each other. A condition that is not given is that of the
        base; one that is NaN makes the value NaN.

    Raises
    ------
    ParameterError
        If a name is not known or a condition is outside what the guide's tables cover.

    Examples
    --------
    >>> factor("heavy_truck", "diesel", ["III", "IV", "V"], "PM25", speed=[15, 30, 60]).value.round(5)
    array([0.29646, 0.138  , 0.01755])
    """
    if hot_humidity not in ("replace", "multiply"):
        raise ParameterError(f"hot_humidity '{hot_humidity}' is not known; use replace or multiply.")
    table, rows = factors or Factors.load(), corrections()
    names, keys, codes = _names_of(
        {"vehicle_class": vehicle_class, "fuel": fuel, "stage": stage, "pollutant": pollutant}
    )
    asked: Mapping[str, ArrayLike | None] = {
        "temperature": temperature,
        "humidity": humidity,
        "altitude": altitude,
        "speed": speed,
        "sulphur": sulphur,
        "load": load,
    }
    given = {k: _condition(k, v) for k, v in asked.items()}
    try:
        shape = np.broadcast_shapes(codes.shape, *(v.shape for v in given.values() if v is not None))
    except ValueError:
        raise ParameterError(
            "names and conditions have lengths that do not fit; give arrays of one length."
        ) from None
    warm = np.asarray(BASE["temperature"]) if given["temperature"] is None else given["temperature"]
    base = np.full(codes.shape, np.nan)
    needs, notes = list[str](), list[str]()
    for code, key in enumerate(keys):
        base[codes == code], about = _base(table, key, needs)
        notes += about
    sizes: dict[str, Array] = {}
    for kind, values in given.items():
        if values is not None:
            of_kind = [r for r in rows if r.correction == kind]
            sizes[kind], about = _sizes(of_kind, keys, codes, values, warm, hot_humidity)
            notes += about
    value = np.broadcast_to(base, shape).copy()
    for size in sizes.values():
        value *= size

    def plain(array: Array) -> Any:
        return float(array) if array.ndim == 0 else array

    return VehicleFactor(
        value=plain(value),
        base=plain(np.broadcast_to(base, shape)),
        corrections={k: plain(np.broadcast_to(v, shape)) for k, v in sizes.items()},
        needs=tuple(needs),
        notes=tuple(dict.fromkeys(notes)),
        labels={k: np.broadcast_to(v, shape) for k, v in names.items()},
    )

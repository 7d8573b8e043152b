"""All tests together: from arrays of readings to arrays of flag bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.observations.quality import particles, records, series, spatial
from airq.observations.quality.network import Near, near
from airq.observations.quality.parameters import Parameters, parameters
from airq.observations.quality.runs import Array, Bits, Mask, any_before, cells
from airq.observations.quality.wind import Wind, WindInput
from airq.variables import FLAGS, POLLUTANTS

__all__ = ["MARGIN_HOURS", "READER_BITS", "VALUE_BITS", "flag", "names"]

MARGIN_HOURS: Final = 48
"""Hours on both sides of a period that its flags may depend on."""

READER_BITS: Final = FLAGS["conflict"] | FLAGS["sentinel"] | FLAGS["imputed"]
"""Flags that the reader or the source may know; tests keep them."""

VALUE_BITS: Final = sum(FLAGS.values()) & ~(FLAGS["missing"] | FLAGS["contaminated"])
"""Flags that doubt the value itself; ``contaminated`` only speaks of the source's running means."""


def names(bits: int | np.integer) -> list[str]:
    """Names of the flags in a number.

    Examples
    --------
    >>> names(24)
    ['stuck', 'spike']
    """
    return [n for n, b in FLAGS.items() if int(bits) & b]


def flag(
    values: Mapping[str, Array],
    reader: Mapping[str, Bits],
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
    wind: WindInput | None = None,
    settings: Parameters | None = None,
) -> dict[str, Bits]:
    """Flag bits of every pollutant.

    Parameters
    ----------
    values : mapping of str to float32 array, shape (station, time)
        Canonical units on a full hourly axis, NaN where missing.
    reader : mapping of str to uint16 array, shape (station, time)
        Flags set while reading; conflict, sentinel and imputed are kept.
    lat, lon : float array, shape (station,)
        Degrees; NaN where unknown, which leaves out what neighbours say.
    wind : mapping, optional
        ``u`` and ``v``, or ``speed`` and ``direction``, at the stations, shape (station, time), m/s and degrees; NaN
        where unknown. See :func:`airq.observations.quality.wind_at`.
    settings : dict, optional
        From :func:`airq.observations.quality.parameters`; those in force by default.

    Returns
    -------
    dict of str to uint16 array, shape (station, time)
        A test marks only hours that have a value.

    Raises
    ------
    ParameterError
        A parameter or the wind cannot be used.

    Examples
    --------
    >>> x = np.array([[20, 20, 20, 20, 20, 20, 21]], np.float32)
    >>> [names(b) for b in flag({"pm25": x}, {}, np.array([44.0]), np.array([87.0]))["pm25"][0, 5:]]
    [['stuck'], []]
    """
    given = {n: np.asarray(values[n], dtype=np.float32) for n in POLLUTANTS if n in values}
    out = {n: _kept(x, reader.get(n)) for n, x in given.items()}
    there = {n: x for n, x in given.items() if np.isfinite(x).any()}
    if there:
        p = settings or parameters()
        shape = next(iter(there.values())).shape
        blow = None if wind is None else Wind.of(wind, shape)
        around = near(np.asarray(lat, float), np.asarray(lon, float), _reach(p, blow))
        with np.errstate(invalid="ignore", over="ignore"):
            _Flagging(there, out, around, blow, p).run()
    return out


def _reach(p: Parameters, wind: Wind | None) -> float:
    """Largest distance over which a test asks others."""
    n = p["neighbour"]
    return float(max(n["radius_km"], n["share_km"], n["upwind_radius_km"] if wind else 0.0))


def _kept(x: Array, bits: Bits | None) -> Bits:
    out = np.zeros(x.shape, np.uint16) if bits is None else bits & np.uint16(READER_BITS)
    out |= np.multiply(~np.isfinite(x), FLAGS["missing"], dtype=np.uint16)
    return out


class _Flagging:
    """One run of all tests over the pollutants that are there."""

    def __init__(
        self,
        values: Mapping[str, Array],
        out: Mapping[str, Bits],
        around: Near,
        wind: Wind | None,
        p: Parameters,
    ) -> None:
        self.values, self.out, self.around, self.wind, self.p = values, out, around, wind, p
        self._steps: dict[str, Array] = {}
        self.sharing = around.within(p["neighbour"]["share_km"])

    def run(self) -> None:
        """Every test that is enabled, in the order in which they lean on each other."""
        for name, x in self.values.items():
            self._range(name, x)
        self._particles()
        for name, x in self.values.items():
            self._limit(name, x)
            self._changes(name, x)
        if self._on("repeated"):
            self._records()
        for name, x in self.values.items():
            if self._on("neighbour"):
                p = self.p["neighbour"]
                self.mark(name, "neighbour", spatial.buddy(x, self.around, p, p["plus"][name], self.wind))
            if self._on("contaminated"):
                p = self.p["contaminated"]
                source = sum(FLAGS[f] for f in p["flags"])
                bad = ((self.out[name] & np.uint16(source)) > 0) & np.isfinite(x)
                if bad.any():
                    self.mark(name, "contaminated", any_before(bad, p["hours"]) & np.isfinite(x))

    def _on(self, test: str) -> bool:
        return bool(self.p[test]["enabled"])

    def steps(self, name: str) -> Array:
        """Changes from hour to hour, computed when a test first asks for them."""
        if name not in self._steps:
            self._steps[name] = series.steps_of(self.values[name])
        return self._steps[name]

    def mark(self, name: str, test: str, where: Mask) -> None:
        """Set a flag."""
        at = cells(where)
        self.out[name][at] |= np.uint16(FLAGS[test])

    def has(self, name: str, *flags: str) -> Mask:
        """Hours that carry one of the flags."""
        return np.asarray((self.out[name] & np.uint16(sum(FLAGS[f] for f in flags))) > 0)

    def _range(self, name: str, x: Array) -> None:
        p = self.p
        lowest = p["out_of_range"]["lowest"]
        if self._on("below_detection"):
            limit = p["below_detection"]["limit"][name]
            self.mark(name, "below_detection", (x < limit) & (x >= lowest))
        if self._on("out_of_range"):
            self.mark(
                name, "out_of_range", series.out_of_range(x, lowest, p["out_of_range"]["highest"][name])
            )
        if self._on("sentinel"):
            self.mark(name, "sentinel", series.codes(x, p["sentinel"]["codes"]))
        if self._on("stuck"):
            hours, above = p["stuck"]["hours"][name], p["stuck"]["above"][name]
            self.mark(name, "stuck", series.stuck(x, self.steps(name), hours, above))
        if self._on("zero"):
            z = p["zero"]
            self.mark(name, "zero", series.zeros(x, z["hours"], z["above"][name], z["longest"][name]))

    def _particles(self) -> None:
        p = self.p["pm25_above_pm10"]
        fine, coarse = self.values.get("pm25"), self.values.get("pm10")
        if fine is None or coarse is None:
            return
        if self._on("pm25_above_pm10"):
            self.mark("pm25", "pm25_above_pm10", particles.above(fine, coarse, p))
        if self._on("out_of_range"):
            if self.p["out_of_range"]["pm25_confirmed_by_pm10"]:
                highest = self.p["out_of_range"]["highest"]["pm25"]
                believed = (fine > highest) & particles.confirmed(fine, coarse)
                self.out["pm25"][believed] &= ~np.uint16(FLAGS["out_of_range"])
            self.mark("pm25", "out_of_range", particles.gross(fine, coarse, p))

    def _limit(self, name: str, x: Array) -> None:
        """Ends of the measuring range; the reader's word on such a value gives way to what stands around it."""
        if not self._on("instrument_limit"):
            return
        p = self.p["instrument_limit"]
        limit, code = series.at_limit(x, p, name, self.p["sentinel"]["quiet_share"])
        self.mark(name, "instrument_limit", limit)
        if self._on("sentinel"):
            rows, columns = cells(self.has(name, "sentinel") & np.isfinite(x))
            told = x[rows, columns]
            anew = np.isin(told, np.float32(p["values"][name]))
            anew &= ~np.isin(told, np.float32(self.p["sentinel"]["codes"]))
            self.out[name][rows[anew], columns[anew]] &= ~np.uint16(FLAGS["sentinel"])
            self.mark(name, "sentinel", code)

    def _changes(self, name: str, x: Array) -> None:
        if self._on("spike"):
            p = self.p["spike"]
            found = series.excursions(
                x, self.steps(name), p["longest"], p["times"], p["plus"][name], p["dips"]
            )
            keep = self._alone(name, "spike", found, after=True)
            rows, columns = found.take(keep).cells()
            self.out[name][rows, columns] |= np.uint16(FLAGS["spike"])
        if self._on("jump"):
            p = self.p["jump"]
            odd = self.has(name, "spike", "out_of_range", "sentinel", "zero")
            found = series.jumps(x, self.steps(name), odd, p["times"], p["plus"][name], p["hold"])
            found = found.take(self._alone(name, "jump", found, after=False))
            self.out[name][found.rows, found.start] |= np.uint16(FLAGS["jump"])

    def _alone(self, name: str, test: str, found: series.Changes, after: bool) -> Mask:
        """Changes that nobody shares; a small one also needs a witness who could have."""
        p = self.p[test]
        listed = [(n.removeprefix("-"), -1 if n.startswith("-") else 1) for n in p["companions"][name]]
        others = [(self.values[n], way) for n, way in listed if n in self.values]
        about = (found.rows, found.start, found.sign)
        near_shared, near_there = spatial.moved_with(
            self.values[name], *about, found.size, found.ratio, self.sharing, p
        )
        shared, there = particles.companions(
            others,
            found.rows,
            found.start,
            found.length,
            found.sign,
            found.ratio,
            p["companion_share"],
            after,
        )
        if name == "pm25" and "pm10" in self.values:
            at = (found.rows, found.start)
            shared &= ~particles.gross(
                self.values["pm25"][at], self.values["pm10"][at], self.p["pm25_above_pm10"]
            )
        large = found.size > p["alone_factor"] * p["plus"][name]
        return ~near_shared & ~shared & (large | near_there | there)

    def _records(self) -> None:
        p, values = self.p["repeated"], list(self.values.values())
        again = records.repeated(values, [self.steps(n) for n in self.values], p)
        empty = records.empty(values, self.p["zero"]["at_least"]) if self._on("zero") else None
        for name, x in self.values.items():
            self.mark(name, "repeated", again & np.isfinite(x))
            if empty is not None:
                self.mark(name, "zero", empty & np.isfinite(x))

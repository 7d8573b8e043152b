"""First quality flags. Each test sets its own bit; none changes or removes a value.

Tests look at whole arrays ``(station, time)`` on a full hourly axis; parameters stand in ``tables/quality.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.variables import FLAGS, POLLUTANTS

__all__ = ["MARGIN_HOURS", "flag", "parameters"]

Array = npt.NDArray[np.float32]
Bits = npt.NDArray[np.uint16]
Mask = npt.NDArray[np.bool_]

MARGIN_HOURS: Final = 48
"""Hours on both sides of a period that its flags may depend on."""

READER_BITS: Final = FLAGS["conflict"] | FLAGS["sentinel"] | FLAGS["imputed"]
"""Flags that only the reader or the source can know; tests keep them."""


@lru_cache(maxsize=1)
def parameters() -> dict[str, Any]:
    """Parameters of the tests, with source and mark.

    Examples
    --------
    >>> parameters()["stuck"]["hours"]["pm25"]
    6
    """
    text = resources.files("airq.observations").joinpath("tables/quality.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def stuck(x: Array, hours: int, above: float) -> Mask:
    """Runs of the same value for at least ``hours`` hours; a gap ends a run.

    Examples
    --------
    >>> stuck(np.array([[20, 20, 20, 7]], np.float32), hours=3, above=10).tolist()
    [[True, True, True, False]]
    """
    n = x.shape[1]
    new = np.ones(x.shape, bool)
    new[:, 1:] = x[:, 1:] != x[:, :-1]  # NaN differs from everything, so a gap starts a run of its own
    start = np.maximum.accumulate(np.where(new, np.arange(n), 0), axis=1)
    last = np.ones(x.shape, bool)
    last[:, :-1] = new[:, 1:]
    end = np.minimum.accumulate(np.where(last, np.arange(n), n)[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(invalid="ignore"):
        return (end - start + 1 >= hours) & (x > above)


def spike(x: Array, longest: int, times: float, plus: float) -> Mask:
    """Short runs far above the readings on both sides.

    Examples
    --------
    >>> spike(np.array([[20, 22, 900, 25, 24]], np.float32), longest=1, times=3, plus=150).tolist()
    [[False, False, True, False, False]]
    """
    out = np.zeros(x.shape, bool)
    n = x.shape[1]
    for length in range(1, min(longest, n - 2) + 1):
        before, after = x[:, : n - length - 1], x[:, length + 1 :]
        side = np.fmax(before, after)
        both = np.isfinite(before) & np.isfinite(after)
        inside = np.stack([x[:, 1 + k : 1 + k + n - length - 1] for k in range(length)])
        high = (
            np.isfinite(inside).all(axis=0)
            & (inside.min(axis=0) > times * side)
            & (inside.min(axis=0) > side + plus)
            & both
        )
        for k in range(length):
            out[:, 1 + k : 1 + k + n - length - 1] |= high
    return out


def _distances(lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Great-circle distances in km, shape (station, station); NaN without a position."""
    phi, lam = np.radians(lat), np.radians(lon)
    h = (
        np.sin((phi[:, None] - phi) / 2) ** 2
        + np.cos(phi[:, None]) * np.cos(phi) * np.sin((lam[:, None] - lam) / 2) ** 2
    )
    return 2 * 6371.0 * np.arcsin(np.sqrt(h))


def neighbours(
    lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64], radius_km: float
) -> list[npt.NDArray[np.intp]]:
    """The eight nearest other stations within a radius, for each station; none without a position.

    Examples
    --------
    >>> [n.tolist() for n in neighbours(np.array([44.0, 44.1, 50.0]), np.array([87.0, 87.0, 87.0]), 40)]
    [[1], [0], []]
    """
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    distance = _distances(lat[known], lon[known])
    np.fill_diagonal(distance, np.inf)
    found: list[npt.NDArray[np.intp]] = [np.empty(0, np.intp)] * len(lat)
    for row, i in enumerate(known):
        near = np.flatnonzero(distance[row] <= radius_km)
        found[i] = known[near[np.argsort(distance[row, near], kind="stable")[:8]]]
    return found


def neighbour(x: Array, around: list[npt.NDArray[np.intp]], at_least: int, times: float, plus: float) -> Mask:
    """Readings that all neighbours contradict while these agree with each other.

    Notes
    -----
    A reading is flagged if it lies above ``times`` the largest neighbour and above it by ``plus``, or below the
    smallest neighbour in the same way.
    """
    out = np.zeros(x.shape, bool)
    for i, near in enumerate(around):
        if len(near) < at_least:
            continue
        others = x[near]
        enough = np.isfinite(others).sum(axis=0) >= at_least
        top = np.fmax.reduce(others, axis=0)
        low = np.fmin.reduce(others, axis=0)
        above = (x[i] > times * top) & (x[i] > top + plus)
        below = (low > times * x[i]) & (low > x[i] + plus)
        out[i] = enough & np.isfinite(x[i]) & (above | below)
    return out


def flag(
    values: Mapping[str, Array],
    reader: Mapping[str, Bits],
    lat: npt.NDArray[np.float64],
    lon: npt.NDArray[np.float64],
) -> dict[str, Bits]:
    """Flag bits of every pollutant.

    Parameters
    ----------
    values : mapping of str to float32 array, shape (station, time)
        Canonical units on a full hourly axis, NaN where missing.
    reader : mapping of str to uint16 array, shape (station, time)
        Flags set while reading; conflict, sentinel and imputed are kept.
    lat, lon : float array, shape (station,)
        Degrees; NaN where unknown, which leaves out the neighbour test.

    Returns
    -------
    dict of str to uint16 array, shape (station, time)

    Examples
    --------
    >>> x = np.array([[20, 22, 1500, 25, np.nan]], np.float32)
    >>> y = np.array([[30, 35, 40, 38, 36]], np.float32)
    >>> bits = flag({"pm25": x, "pm10": y}, {}, np.array([np.nan]), np.array([np.nan]))["pm25"]
    >>> [n for n, b in FLAGS.items() if bits[0, 2] & b]
    ['out_of_range', 'spike', 'pm25_above_pm10']
    """
    p = parameters()
    out: dict[str, Bits] = {}
    b = p["neighbour"]
    around = neighbours(lat, lon, b["radius_km"])
    with np.errstate(invalid="ignore"):
        for name in (n for n in POLLUTANTS if n in values):
            x = values[name]
            bits = reader[name] & np.uint16(READER_BITS) if name in reader else np.zeros(x.shape, np.uint16)
            hits = {
                "missing": ~np.isfinite(x),
                "below_detection": (x < p["below_detection"]["limit"][name])
                & (x >= p["out_of_range"]["lowest"]),
                "out_of_range": (x > p["out_of_range"]["highest"][name]) | (x < p["out_of_range"]["lowest"]),
                "stuck": stuck(x, p["stuck"]["hours"][name], p["stuck"]["above"][name]),
                "spike": spike(x, p["spike"]["longest"], p["spike"]["times"], p["spike"]["plus"][name]),
            }
            hits["neighbour"] = neighbour(x, around, b["at_least"], b["times"], b["plus"][name])
            out[name] = bits
            for test, where in hits.items():
                out[name][where] |= np.uint16(FLAGS[test])
        if "pm25" in values and "pm10" in values:
            _particles(values, out, p)
    return out


def _particles(values: Mapping[str, Array], out: dict[str, Bits], p: Mapping[str, Any]) -> None:
    """What only both particle channels together can tell."""
    fine, coarse = values["pm25"], values["pm10"]
    ratio = p["pm25_above_pm10"]
    gross = fine > np.maximum(ratio["gross_share"] * coarse, coarse + ratio["gross_plus"])
    out["pm25"][fine > ratio["share"] * coarse] |= np.uint16(FLAGS["pm25_above_pm10"])
    out["pm25"][gross & (fine > p["spike"]["plus"]["pm25"])] |= np.uint16(FLAGS["out_of_range"])
    if p["out_of_range"]["pm25_confirmed_by_pm10"]:
        confirmed = (fine > p["out_of_range"]["highest"]["pm25"]) & (coarse >= fine)
        out["pm25"][confirmed] &= ~np.uint16(FLAGS["out_of_range"])
    if p["spike"]["shared_by_other_particles"]:
        shared = ((out["pm25"] & FLAGS["spike"]) > 0) & ((out["pm10"] & FLAGS["spike"]) > 0) & ~gross
        for name in ("pm25", "pm10"):
            out[name][shared] &= ~np.uint16(FLAGS["spike"])

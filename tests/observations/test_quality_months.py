"""A month with its margins gets the flags that it has in a longer series."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.observations import quality
from airq.variables import FLAGS, POLLUTANTS

MARGIN = quality.MARGIN_HOURS


def broken(seed: int, stations: int = 7, hours: int = 400) -> dict[str, np.ndarray]:
    """Data in which every test has much to do: rough series with all kinds of faults strewn in."""
    rng = np.random.default_rng(seed)
    out = {}
    for n in POLLUTANTS:
        level = np.exp(np.cumsum(rng.normal(0, 0.12, (stations, hours)), axis=1) * 0.5)
        scale = 0.8 if n == "co" else 60.0
        x = np.round(scale * level * rng.lognormal(0, 0.1, level.shape), 1 if n == "co" else 0)
        for _ in range(60):
            i, t, length = rng.integers(stations), rng.integers(hours), rng.integers(1, 30)
            part = (i, slice(t, t + int(length)))
            kind = rng.integers(8)
            if kind == 0:
                x[part] = x[i, t]
            elif kind == 1:
                x[i, t : t + int(rng.integers(1, 4))] *= 12
            elif kind == 2:
                x[part] = 0
            elif kind == 3:
                x[part] = rng.choice([985.0, 999.0, -999.0, 9999.0])
            elif kind == 4:
                x[part] *= 4
            elif kind == 5:
                x[part] = np.nan
            elif kind == 6:
                x[part] = 20000
            else:
                x[part] /= 15
        out[n] = x.astype(np.float32)
    for t in rng.integers(1, hours, 12):
        for v in out.values():
            v[:, t] = v[:, t - 1]
    return out


def test_the_data_give_every_test_something_to_do() -> None:
    lat, lon = np.full(7, 44.0), np.linspace(87, 87.3, 7)
    met = 0
    for seed in range(3):
        for bits in quality.flag(broken(seed), {}, lat, lon).values():
            met |= int(np.bitwise_or.reduce(bits, axis=None))
    assert set(quality.names(met)) == set(FLAGS) - {"conflict", "imputed", "drift"}


@pytest.mark.parametrize("windy", [False, True])
@settings(max_examples=6)
@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(1, 399), min_size=1, max_size=3))
def test_pieces_with_margins_have_the_flags_of_the_whole(windy: bool, seed: int, cuts: list[int]) -> None:
    values = broken(seed)
    hours = values["pm25"].shape[1]
    rng = np.random.default_rng(seed)
    lat, lon = 44 + rng.uniform(-0.2, 0.2, 7), 87 + rng.uniform(-0.2, 0.2, 7)
    wind = None
    if windy:
        wind = {"speed": rng.uniform(0, 9, (7, hours)), "direction": rng.uniform(0, 360, (7, hours))}
    whole = quality.flag(values, {}, lat, lon, wind)
    edges = sorted({0, *cuts, hours})
    for first, last in pairwise(edges):
        a, b = max(0, first - MARGIN), min(hours, last + MARGIN)
        blow = None if wind is None else {n: v[:, a:b] for n, v in wind.items()}
        part = quality.flag({n: v[:, a:b] for n, v in values.items()}, {}, lat, lon, blow)
        for n in POLLUTANTS:
            np.testing.assert_array_equal(
                part[n][:, first - a : last - a], whole[n][:, first:last], err_msg=n
            )


@settings(max_examples=6)
@given(seed=st.integers(0, 10_000))
def test_stations_without_a_value_change_nothing(seed: int) -> None:
    """A file may name stations that report nothing in a month: they are no neighbours."""
    values = broken(seed, stations=6, hours=200)
    rng = np.random.default_rng(seed)
    lat, lon = 44 + rng.uniform(-0.2, 0.2, 9), 87 + rng.uniform(-0.2, 0.2, 9)
    more = {n: np.vstack([v, np.full((3, 200), np.nan, np.float32)]) for n, v in values.items()}
    alone = quality.flag(values, {}, lat[:6], lon[:6])
    beside = quality.flag(more, {}, lat, lon)
    for n in POLLUTANTS:
        np.testing.assert_array_equal(beside[n][:6], alone[n])


@settings(max_examples=6)
@given(seed=st.integers(0, 10_000))
def test_flagging_again_changes_nothing(seed: int) -> None:
    values = broken(seed, stations=4, hours=150)
    lat, lon = np.full(4, 44.0), np.linspace(87, 87.3, 4)
    once = quality.flag(values, {}, lat, lon)
    again = quality.flag(values, once, lat, lon)
    for n in POLLUTANTS:
        np.testing.assert_array_equal(again[n], once[n])

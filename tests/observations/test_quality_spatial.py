"""What neighbours contradict and what they share; wind; distances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq import dataset
from airq.errors import MissingData, ParameterError
from airq.observations import quality
from airq.observations.quality.network import near
from airq.variables import FLAGS

LAT = np.array([44.0, 44.01, 44.02, 44.03, 46.0])
LON = np.full(5, 87.3)
BIT = FLAGS["neighbour"]


def steady(stations: int, hours: int = 24) -> np.ndarray:
    return np.full((stations, hours), 30, np.float32) + np.arange(hours, dtype=np.float32) % 5


def marked(
    x: np.ndarray, lat: np.ndarray, lon: np.ndarray, bit: int = BIT, wind: dict | None = None
) -> list[tuple[int, int]]:
    bits = quality.flag({"pm25": x}, {}, lat, lon, wind=wind)["pm25"] & bit
    return [(int(i), int(t)) for i, t in zip(*np.nonzero(bits), strict=True)]


def blowing(x: np.ndarray, speed: float, origin: float) -> dict[str, np.ndarray]:
    return {"speed": np.full(x.shape, speed), "direction": np.full(x.shape, origin)}


def test_isolated_disagreement() -> None:
    x = steady(5)
    x[0, 6] = 400
    x[4, 6] = 800  # far away: nobody can contradict it
    assert marked(x, LAT, LON) == [(0, 6)]
    x[:4, 6] = 400
    assert marked(x, LAT, LON) == [], "all agree: an episode"


def test_low_reading_among_high_ones() -> None:
    x = steady(5) * 10
    x[1, 8:10] = 20
    assert marked(x, LAT, LON) == [(1, 8), (1, 9)]


def test_two_neighbours_are_too_few_and_a_missing_one_does_not_count() -> None:
    x = steady(4)
    x[0, 6] = 400
    x[3, 6] = np.nan
    assert marked(x, LAT[:4], LON[:4]) == []


def test_a_front_that_comes_two_hours_later_acquits() -> None:
    x = steady(5)
    x[0, 10:] = 600
    x[1:4, 12:] = 600
    assert marked(x, LAT, LON) == []
    x[1:4, 12] = 34
    assert (0, 10) in marked(x, LAT, LON)


def test_dust_front_from_an_upwind_station_is_no_fault() -> None:
    """One station 80 km to the west has the dust three hours before; at the city only one station is reached yet."""
    lat = np.array([44.0, 44.05, 44.1, 43.95, 44.0])
    lon = np.array([87.3, 87.35, 87.3, 87.35, 86.3])
    x = steady(5, 30)
    x[4, 9:20] = 900
    x[0, 12:20] = 700
    alone = marked(x, lat, lon)
    assert (0, 14) in alone and all(i == 0 for i, _ in alone)
    assert marked(x, lat, lon, wind=blowing(x, 8.0, 270.0)) == [], "seen upwind before"
    other_way = marked(x, lat, lon, wind=blowing(x, 8.0, 90.0))
    assert (0, 14) in other_way, "the other station lies downwind"
    u_and_v = {"u": np.full(x.shape, 8.0), "v": np.zeros(x.shape)}
    assert marked(x, lat, lon, wind=u_and_v) == []
    unknown = {"speed": np.full(x.shape, np.nan), "direction": np.full(x.shape, np.nan)}
    assert marked(x, lat, lon, wind=unknown) == alone, "unknown wind is no wind"


def test_in_calm_air_only_close_neighbours_count() -> None:
    lat = np.array([44.0, 44.25, 44.26, 44.27])  # the others 28 km away and more
    x = steady(4)
    x[0, 6:9] = 400
    assert len(marked(x, lat, LON[:4])) == 3
    assert marked(x, lat, LON[:4], wind=blowing(x, 0.5, 0.0)) == []
    near_by = np.array([44.0, 44.02, 44.03, 44.04, 44.27])
    y = np.vstack([x, steady(1)])
    y[4, 6:9] = 390  # a far one that is alike says nothing either
    assert len(marked(y, near_by, LON, wind=blowing(y, 0.5, 0.0))) == 3
    assert marked(y, near_by, LON) == []


def test_an_upwind_neighbour_weighs_double() -> None:
    x = steady(3)
    x[0, 6:9] = 400
    lat = np.array([44.0, 44.1, 44.05])
    lon = np.array([87.3, 87.3, 87.4])
    assert marked(x, lat, lon) == [], "two neighbours are too few"
    assert len(marked(x, lat, lon, wind=blowing(x, 4.0, 0.0))) == 3, "one of them lies upwind, to the north"
    assert marked(x, lat, lon, wind=blowing(x, 4.0, 225.0)) == []


@pytest.mark.parametrize(
    ("wind", "words"),
    [
        ({"u": np.zeros((5, 24))}, "neither 'u' and 'v'"),
        ({"speed": np.zeros((5, 3)), "direction": np.zeros((5, 24))}, r"wind 'speed' has the shape \(5, 3\)"),
    ],
)
def test_wind_that_cannot_be_used(wind: dict, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        quality.flag({"pm25": steady(5)}, {}, LAT, LON, wind=wind)


def test_spikes_and_jumps_that_a_neighbour_shares_are_events() -> None:
    x = steady(5, 30)
    x[0, 10] = x[4, 10] = 500
    assert marked(x, LAT, LON, FLAGS["spike"]) == [(0, 10), (4, 10)]
    x[2, 11] = 300
    assert marked(x, LAT, LON, FLAGS["spike"]) == [(4, 10)], "the far one has nobody to share it"
    y = steady(5, 30)
    y[0, 15:] += 300
    assert marked(y, LAT, LON, FLAGS["jump"]) == [(0, 15)]
    y[3, 16:] += 300
    assert marked(y, LAT, LON, FLAGS["jump"]) == []


def test_distances_and_bearings_against_the_formula() -> None:
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(-60, 60, 40), rng.uniform(-180, 180, 40)
    lat[5] = np.nan
    lat[6:8], lon[6:8] = 10.0, 20.0  # two at one place
    found = near(lat, lon, 8000.0)
    assert not (found.rows == 5).any() and (found.rows[5] == -1).all()
    assert (np.diff(np.where(np.isfinite(found.km), found.km, 1e9), axis=1) >= 0).all()
    for i in (0, 6, 17):
        for j, km in zip(found.rows[i], found.km[i], strict=True):
            if j >= 0:
                a, b = np.radians([lat[i], lon[i]]), np.radians([lat[j], lon[j]])
                angle = np.arccos(np.clip(np.sin(a[0]) * np.sin(b[0]) + np.cos(a[0]) * np.cos(b[0]) * np.cos(a[1] - b[1]), -1, 1))  # fmt: skip
                assert km == pytest.approx(6371 * angle, abs=0.5)
    assert found.km[6, 0] == 0 and found.rows[6, 0] == 7


def weather(lat: list[float], speed: np.ndarray) -> object:
    stations = pd.DataFrame({"station": [f"W{k}" for k in range(len(lat))], "lat": lat, "lon": 87.3})
    time = pd.date_range("2019-01-01 01:00", periods=speed.shape[1], freq="h")
    return dataset.build(stations, time, {"wind_speed": speed, "wind_direction": np.full(speed.shape, 90.0)})


def test_wind_is_taken_from_the_nearest_weather_station_that_knows_it() -> None:
    speed = np.array([[1, np.nan, 3], [7, 8, np.nan]], np.float32)
    ds = weather([44.0, 44.2], speed)
    got = quality.wind_at(ds, [44.01, 44.19, 50.0], [87.3, 87.3, 87.3], ds["time"].values)
    np.testing.assert_array_equal(got["speed"], [[1, 8, 3], [7, 8, 3], [np.nan] * 3])
    assert np.array_equal(np.isnan(got["direction"]), np.isnan(got["speed"]))
    later = quality.wind_at(ds, [44.0], [87.3], ds["time"].values + np.timedelta64(1, "h"))
    np.testing.assert_array_equal(later["speed"], [[8, 3, np.nan]])
    with pytest.raises(MissingData, match="wind_speed"):
        quality.wind_at(ds.drop_vars("wind_speed"), [44.0], [87.3], ds["time"].values)

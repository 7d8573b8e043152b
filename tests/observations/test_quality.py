"""Each quality test finds its fault and leaves sound data alone."""

from __future__ import annotations

import numpy as np
import pytest

from airq.observations import quality
from airq.variables import FLAGS, POLLUTANTS

NOWHERE = np.array([np.nan])


def one(name: str, series: list[float], **others: list[float]) -> list[list[str]]:
    values = {k: np.array([v], np.float32) for k, v in {name: series, **others}.items()}
    bits = quality.flag(values, {}, NOWHERE, NOWHERE)[name][0]
    return [[f for f, b in FLAGS.items() if x & b] for x in bits]


@pytest.mark.parametrize(("length", "hit"), [(5, False), (6, True), (27, True)])
def test_stuck_needs_six_hours(length: int, hit: bool) -> None:
    series = [40.0, *[55.0] * length, 41.0]
    assert any("stuck" in f for f in one("pm25", series)) is hit


def test_a_gap_ends_a_stuck_run_and_low_values_may_repeat() -> None:
    assert not any("stuck" in f for f in one("pm25", [55.0] * 5 + [np.nan] + [55.0] * 5))
    assert not any("stuck" in f for f in one("so2", [4.0] * 30))


def test_spike_of_one_to_three_hours() -> None:
    for length in (1, 2, 3):
        series = [20.0, 22.0, *[900.0 + 50 * k for k in range(length)], 25.0, 24.0]
        found = one("pm25", series)
        assert all("spike" in f for f in found[2 : 2 + length]) and not any(
            "spike" in f for f in found[:2] + found[2 + length :]
        )
    assert not any("spike" in f for f in one("pm25", [20.0, 900, 910, 920, 930, 940, 20])), (
        "a long episode is no spike"
    )


def test_dust_peak_shared_by_both_particle_channels_is_no_spike() -> None:
    found = one("pm10", [80, 90, 1900, 95, 80], pm25=[30, 35, 400, 40, 30])
    assert not any("spike" in f for f in found)


def test_range_and_detection() -> None:
    assert [[f for f in x if f != "spike"] for x in one("o3", [0.2, 40, 1400, 1300, -5, -50])] == [
        ["below_detection"],
        [],
        ["out_of_range"],
        ["out_of_range"],
        ["below_detection"],
        ["out_of_range"],
    ]
    assert "out_of_range" in one("pm25", [300, 1491, 400])[1]
    assert one("pm25", [900, 1491, 1400], pm10=[2000, 3500, 3000])[1] == [], "PM10 confirms the dust"


def test_particles_against_each_other() -> None:
    found = one("pm25", [50, 61, 670, 60], pm10=[60, 60, 35, 60])
    assert found[0] == [] and "pm25_above_pm10" in found[1] and "out_of_range" not in found[1]
    assert {"pm25_above_pm10", "out_of_range"} <= set(found[2]) and found[3] == []


def test_isolated_neighbour_disagreement() -> None:
    lat, lon = np.array([44.0, 44.01, 44.02, 44.03, 46.0]), np.full(5, 87.3)
    x = np.full((5, 12), 30, np.float32) + np.arange(12, dtype=np.float32)
    x[0, 6] = 400
    x[4, 6] = 800  # far away: nobody can contradict it
    bits = quality.flag({"pm25": x}, {}, lat, lon)["pm25"] & FLAGS["neighbour"]
    assert bits[0, 6] and np.count_nonzero(bits) == 1
    x[:4, 6] = 400
    assert not np.any(quality.flag({"pm25": x}, {}, lat, lon)["pm25"] & FLAGS["neighbour"]), (
        "all agree: an episode"
    )


def test_sound_random_data_is_hardly_flagged() -> None:
    rng = np.random.default_rng(1)
    noise = np.zeros((3, 5000))
    for t in range(1, 5000):
        noise[:, t] = 0.95 * noise[:, t - 1] + rng.normal(0, 0.15, 3)
    values = {n: np.rint(40 * np.exp(noise)).astype(np.float32) for n in POLLUTANTS}
    values["co"] = np.float32(0.1) * np.rint(10 * np.exp(noise)).astype(np.float32)
    values["pm10"] = values["pm25"] * 2
    for name, bits in quality.flag(values, {}, np.full(3, 44.0), np.linspace(87.2, 87.4, 3)).items():
        assert np.mean(bits > 0) < 0.01, name


def test_flags_never_change_values_and_reader_bits_stay() -> None:
    x = np.array([[5.0, np.nan, 2000.0]], np.float32)
    keep = x.copy()
    reader = {"pm25": np.array([[0, FLAGS["conflict"], 0]], np.uint16)}
    bits = quality.flag({"pm25": x}, reader, NOWHERE, NOWHERE)["pm25"]
    np.testing.assert_array_equal(x, keep)
    assert bits[0, 1] == FLAGS["conflict"] | FLAGS["missing"]

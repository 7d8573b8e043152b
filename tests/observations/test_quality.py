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
    return [[f for f in quality.names(x) if f != "contaminated"] for x in bits]


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


def test_sound_random_data_is_hardly_flagged() -> None:
    rng = np.random.default_rng(1)
    noise = np.zeros((6, 3, 5000))
    for t in range(1, 5000):
        noise[..., t] = 0.95 * noise[..., t - 1] + rng.normal(0, 0.15, (6, 3))
    values = {n: np.rint(40 * np.exp(v)).astype(np.float32) for n, v in zip(POLLUTANTS, noise, strict=True)}
    values["co"] = np.float32(0.1) * np.rint(10 * np.exp(noise[4])).astype(np.float32)
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


@pytest.mark.parametrize("value", [-9999.0, -999.0, -99.0, 9999.0, 99999.0])
def test_a_code_for_no_value_is_a_sentinel_wherever_it_stands(value: float) -> None:
    assert "sentinel" in one("pm10", [60, 62, value, 61])[2]
    assert "sentinel" in one("pm10", [value])[0]


def test_an_end_of_range_is_a_limit_in_smoke_and_a_code_in_clean_air() -> None:
    smoke = one("pm25", [600, 800, 985, 985, 985, 850])
    assert all("instrument_limit" in f and "sentinel" not in f for f in smoke[2:5])
    assert not any("instrument_limit" in f for f in smoke[:2] + smoke[5:])
    clean = one("so2", [8, 9, 999, 999, 8, 7])
    assert all({"instrument_limit", "sentinel"} <= set(f) for f in clean[2:4])
    front = one("pm10", [64, 94, 135, np.nan, 1000, 1000, 1000, np.nan, np.nan])
    assert all("instrument_limit" in f and "sentinel" not in f for f in front[4:7]), "a gap proves no code"


def test_a_limit_that_no_list_knows_is_seen_by_its_plateau() -> None:
    found = one("o3", [300, 430, 500, 500, 480, 500, 350])
    assert ["instrument_limit" in f for f in found] == [False, False, True, True, False, True, False]
    assert not any("instrument_limit" in f for f in one("o3", [300, 430, 500, 500, 480, 501, 350]))


def test_the_reader_is_heard_except_where_the_value_tells_more() -> None:
    """A reader calls every end of range a sentinel; one in the middle of smoke is a reading, at least as high."""
    x = np.array([[600, 985, 985, 850, 700]], np.float32)
    reader = {"pm25": np.array([[0, FLAGS["sentinel"], FLAGS["sentinel"], 0, FLAGS["sentinel"]]], np.uint16)}
    bits = quality.flag({"pm25": x}, reader, NOWHERE, NOWHERE)["pm25"][0]
    assert [bool(b & FLAGS["sentinel"]) for b in bits] == [False, False, False, False, True]


def test_zero_among_high_readings_stands_for_a_missing_value() -> None:
    assert "zero" in one("pm25", [45, 0, 0, 0, 50])[2]
    assert not any("zero" in f for f in one("pm25", [3, 0, 1, 0, 4])), "clean air"
    assert not any("zero" in f for f in one("o3", [20, 8, 0, 0, 9, 25])), "ozone eaten at night"
    assert all("zero" in f for f in one("co", [0.0] * 14)), "nothing but zeros"


def test_a_record_of_zeros_only() -> None:
    low = {n: [2.0, 0.0, 2.0] for n in POLLUTANTS if n != "pm25"}
    assert "zero" in one("pm25", [2, 0, 2], **low)[1]
    assert "zero" not in one("pm25", [2, 0, 2], pm10=[2, 0, 2], so2=[2, 0, 2])[1], (
        "three pollutants are too few"
    )


def test_jump_stays_spike_returns() -> None:
    steady, high = [30, 32, 31, 30], [340, 345, 338, 350]
    found = one("pm25", [*steady, *high])
    assert [f for f in found if "jump" in f] == [found[4]]
    assert not any("jump" in f for f in one("pm25", [*steady, 900, *steady])), "that is a spike"
    assert not any("jump" in f for f in one("pm25", [*steady, *high], pm10=[60, 62, 60, 59, *[800] * 4])), (
        "dust"
    )
    assert not any("jump" in f for f in one("pm25", [*steady, np.nan, *high])), "nothing is known of a gap"


def test_a_small_spike_needs_a_witness_and_a_large_one_does_not() -> None:
    small = [20, 22, 110, 25, 24]
    assert not any("spike" in f for f in one("pm25", small)), "nobody could have shared it"
    assert "spike" in one("pm25", small, pm10=[40, 44, 46, 45, 44])[2]
    assert not any("spike" in f for f in one("pm25", small, pm10=[40, 44, 190, 45, 44]))
    assert "spike" in one("pm25", [20, 22, 400, 25, 24])[2]


def test_dips_are_spikes_and_ozone_eaten_by_fresh_exhaust_is_not() -> None:
    quiet = [22.0] * 6
    assert "spike" in one("o3", [85, 83, 5, 81, 82, 80], no2=quiet)[2]
    assert not any("spike" in f for f in one("o3", [85, 83, 5, 81, 82, 80], no2=[22, 22, 70, 23, 22, 22]))


def test_a_record_that_repeats_itself() -> None:
    rows = {n: [30.0 + k, 40.0 + k, 40.0 + k, 45.0 + k] for k, n in enumerate(POLLUTANTS)}
    found = one("pm25", rows.pop("pm25"), **rows)
    assert ["repeated" in f for f in found] == [False, False, True, False]
    rows["co"][2] = np.nan
    assert not any("repeated" in f for f in one("pm25", [30, 40, 40, 45], **rows)), "one channel differs"


def test_an_hour_sent_twice_is_seen_on_the_whole_network() -> None:
    rng = np.random.default_rng(0)
    values = {n: rng.integers(10, 200, (8, 30)).astype(np.float32) for n in POLLUTANTS}
    for n, v in values.items():
        v[:6, 12] = v[:6, 11]
        v[0] = np.nan if n in ("so2", "no2", "co") else v[0]  # three pollutants are enough where many repeat
    bits = quality.flag(values, {}, np.full(8, np.nan), np.full(8, np.nan))["pm25"] & FLAGS["repeated"]
    assert np.flatnonzero(bits[:, 12]).tolist() == [0, 1, 2, 3, 4, 5] and np.count_nonzero(bits) == 6


def test_contaminated_for_24_hours_from_the_bad_one_on() -> None:
    x = np.full((1, 60), 30.0, np.float32) + np.arange(60) % 7
    x[0, 20] = 1500
    x[0, 25] = np.nan
    bits = quality.flag({"pm25": x}, {}, NOWHERE, NOWHERE)["pm25"][0]
    marked = np.flatnonzero(bits & FLAGS["contaminated"]).tolist()
    assert marked == [t for t in range(20, 44) if t != 25], "an hour without a value carries no such mark"
    assert not bits[21] & quality.VALUE_BITS, "it says nothing against the value itself"


@pytest.mark.parametrize("name", POLLUTANTS)
def test_absent_pollutants_and_short_series(name: str) -> None:
    empty = np.full((2, 50), np.nan, np.float32)
    bits = quality.flag({name: empty}, {}, np.full(2, 44.0), np.full(2, 87.0))[name]
    assert (bits == FLAGS["missing"]).all()
    for width in range(0, 4):
        short = np.full((2, width), 20, np.float32)
        assert quality.flag({name: short}, {}, np.full(2, 44.0), np.full(2, 87.0))[name].shape == (2, width)


def test_a_test_can_be_switched_off() -> None:
    p = quality.parameters()
    for test in p:
        p[test]["enabled"] = False
    x = np.array([[30.0] * 30 + [5000.0, 0.0, -999.0]], np.float32)
    assert not quality.flag({"pm25": x}, {}, NOWHERE, NOWHERE, settings=p)["pm25"].any()

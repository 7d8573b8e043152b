"""The field between stations: kriging against its definition, leaving out by hand, and refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

from airq.analysis import interpolation
from airq.analysis.interpolation import Covariance, Field, NoField, interpolate
from airq.errors import MissingData, ParameterError


def network(places: int = 12, seed: int = 0, each: int = 2) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Towns with stations a few km apart."""
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(43.5, 45.0, places), rng.uniform(86.0, 91.0, places)
    lat, lon = np.repeat(lat, each) + rng.normal(0, 0.02, places * each), np.repeat(lon, each) + rng.normal(0, 0.02, places * each)  # fmt: skip
    return lat, lon, [f"p{k}" for k in np.repeat(np.arange(places), each)]


def drawn(lat, lon, covariance: Covariance, rng, count: int = 1) -> np.ndarray:
    """Values with that covariance, log-normal about 40."""
    points = interpolation._position(lat, lon)
    cover = covariance.between(points, points) + np.eye(len(lat)) * covariance.nugget
    return np.exp(
        np.log(40) + np.linalg.cholesky(cover + 1e-12 * np.eye(len(lat))) @ rng.normal(size=(len(lat), count))
    ).T


@pytest.fixture(scope="module")
def field() -> Field:
    lat, lon, groups = network()
    value = drawn(lat, lon, Covariance(0.15, 150.0, 0.002), np.random.default_rng(3))[0]
    return interpolate(lat, lon, value, groups)


def test_the_field_is_ordinary_kriging_of_the_logarithm(field):
    points = interpolation._position(field.lat, field.lon)
    there = interpolation._position(np.array([44.3]), np.array([88.2]))
    cover = field.covariance.between(points, points) + field.covariance.nugget * np.eye(len(points))
    reach = field.covariance.between(there, points)[0]
    one, logs = np.ones(len(points)), np.log(field.value)
    mean = one @ np.linalg.solve(cover, logs) / (one @ np.linalg.solve(cover, one))
    expected = mean + reach @ np.linalg.solve(cover, logs - mean)
    spare = 1 - one @ np.linalg.solve(cover, reach)
    variance = field.covariance.variance - reach @ np.linalg.solve(cover, reach) + spare**2 / (one @ np.linalg.solve(cover, one))  # fmt: skip
    value, error = field.at([44.3], [88.2])
    assert value[0] == pytest.approx(np.exp(expected), rel=1e-9)
    assert error[0] == pytest.approx(np.expm1(np.sqrt(variance) * field.inflation), rel=1e-6)


def test_distances_are_kilometres_of_the_sphere():
    covariance = Covariance(1.0, 100.0, 0.0)
    a, b = interpolation._position(np.array([44.0, 44.0]), np.array([87.0, 88.245]))[:, None]
    scaled = np.sqrt(3) * 0.9958  # 1.245 degrees of longitude at 44 degrees are 99.58 km
    assert covariance.between(a, b)[0, 0] == pytest.approx((1 + scaled) * np.exp(-scaled), rel=1e-3)


def test_leaving_out_is_leaving_out(field):
    groups = np.array(field.group)
    for name in ("p0", "p7"):
        out = groups == name
        rest = Field(
            field.lat[~out], field.lon[~out], field.value[~out], groups[~out], field.covariance, 1.0, 1.0, 1e9,
            field.errors, field.skill,
        )  # fmt: skip
        value, _ = rest.at(field.lat[out], field.lon[out])
        assert field.errors["predicted"][out].to_numpy() == pytest.approx(value, rel=1e-9)


def test_stations_are_honoured_but_for_the_nugget(field):
    value, error = field.at(field.lat, field.lon)
    assert np.abs(np.log(value / field.value)).max() < 4 * np.sqrt(field.covariance.nugget) + 1e-6
    assert error.max() < field.at([40.0], [80.0])[1][0]


def test_the_stated_error_holds_between_the_stations():
    rng = np.random.default_rng(5)
    inside, total = 0, 0
    for seed in range(12):
        lat, lon, groups = network(14, seed)
        new_lat, new_lon = rng.uniform(43.5, 45.0, 40), rng.uniform(86.0, 91.0, 40)
        every = drawn(np.append(lat, new_lat), np.append(lon, new_lon), Covariance(0.12, 120.0, 0.001), rng)[
            0
        ]
        try:
            made = interpolate(lat, lon, every[: len(lat)], groups)
        except NoField:
            continue
        value, error = made.at(new_lat, new_lon)
        inside += int((np.abs(np.log(every[len(lat) :] / value)) <= 1.645 * np.log1p(error)).sum())
        total += 40
    assert total >= 320
    assert 0.8 < inside / total < 0.98


def test_what_is_masked_is_far_or_doubtful(field):
    surface = field.surface((84.0, 93.0, 42.0, 47.0), columns=40, rows=30)
    lon, lat = np.meshgrid(surface.lon, surface.lat)
    apart = np.min(
        [np.hypot((lat - y) * 111.2, (lon - x) * 111.2 * np.cos(np.radians(44.5))) for y, x in zip(field.lat, field.lon, strict=True)], axis=0,
    )  # fmt: skip
    assert np.isnan(surface.value[apart > 80]).all()
    shown = np.isfinite(surface.value)
    assert shown.any() and (surface.error[shown] <= field.limit).all()
    assert surface.shown_share == shown.mean()
    assert np.isnan(surface.value[surface.error > field.limit]).all()


def test_the_same_seed_gives_the_same_and_it_survives_json(field):
    again = interpolate(field.lat, field.lon, field.value, list(field.group))
    assert again.covariance == field.covariance
    kept = Field.from_dict(json.loads(json.dumps(field.to_dict())))
    assert np.array_equal(kept.at([44.1], [88.8])[0], field.at([44.1], [88.8])[0])
    assert kept.typical_error == field.typical_error and "correlation length" in field._repr_html_()


def test_noise_without_space_gives_no_field():
    lat, lon, groups = network(10, 1)
    refused = 0
    for seed in range(6):
        value = np.exp(3.5 + 0.4 * np.random.default_rng(seed).normal(size=10))
        try:
            interpolate(lat, lon, np.repeat(value, 2), groups)
        except NoField as error:
            assert error.reason in ("no_skill",) and error.counts["skill"] <= 0
            refused += 1
    assert refused >= 3


def test_equal_values_everywhere_are_no_field_and_no_fault():
    lat, lon, groups = network(10)
    with pytest.raises(NoField, match="no better than the mean"):
        interpolate(lat, lon, np.full(20, 30.0), groups)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"values": [1.0]}, "differ in length"),
        ({"values": [0.0] * 24}, "0 is not above zero"),
        ({"lat": [444.0] * 24}, "beyond 90"),
    ],
)
def test_what_is_no_field_of_concentrations_is_refused(change, words):
    lat, lon, groups = network()
    given = {"lat": lat, "lon": lon, "values": np.full(24, 30.0), "groups": groups} | change
    with pytest.raises(ParameterError, match=words):
        interpolate(**given)


def test_few_stations_or_places_are_said():
    lat, lon, _ = network()
    with pytest.raises(MissingData, match="7 stations at 7 places are too few") as caught:
        interpolate(lat[:9], lon[:9], [np.nan, np.nan, *range(1, 8)])
    assert caught.value.reason == "few" and caught.value.counts["min_stations"] == 8
    with pytest.raises(NoField, match="24 stations at 2 places"):
        interpolate(lat, lon, np.full(24, 3.0), ["a", "b"] * 12)

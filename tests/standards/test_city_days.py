from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.dataset import build
from airq.errors import AirqError
from airq.standards import daily, exact_days, place_daily, places_in
from airq.variables import POLLUTANTS

NAN = np.nan


def stations(values, days=1, places="changji", roles="evaluation", pollutant="pm25", start="2019-01-01"):
    """Each station holds its value in every hour; NaN is a station without data."""
    time = pd.date_range(start, periods=24 * days, freq="h") + pd.Timedelta(hours=1)
    number = len(values)
    table = pd.DataFrame({"station": [f"S{i}" for i in range(number)], "place": places, "role": roles})
    grid = np.array([np.broadcast_to(np.asarray(v, float), 24 * days) for v in values])
    return build(table, time, {pollutant: grid})


def test_mean_of_stations_first_then_the_index():
    city = place_daily(stations([75, 76]), "changji", "2012")
    assert float(city.pm25[0, 0]) == 75.5
    assert float(city.aqi[0, 0]) == 101  # not the mean of the stations' AQI (100, 102)
    assert city.primary.values[0, 0] == "pm25"
    assert int(city.n_stations[0, 0]) == 2


@pytest.mark.parametrize(
    ("values", "valid"),
    [
        ([10, 20, 30, NAN], True),
        ([10, 20, NAN, NAN], False),
        ([10, 20, NAN], True),
        ([10, NAN, NAN], False),
        ([10, NAN], True),
        ([NAN], False),
        ([10] * 6 + [NAN] * 2, True),
        ([10] * 5 + [NAN] * 2, False),
    ],
)
def test_coverage_75_percent_or_50_with_fewer_than_four(values, valid):
    city = place_daily(stations(values), "changji", "2012")
    assert bool(np.isfinite(city.pm25.values[0, 0])) is valid
    if valid:
        assert float(city.pm25[0, 0]) == pytest.approx(np.nanmean(values))
    assert int(city.pm25_stations[0, 0]) == np.isfinite(values).sum()


def test_background_stays_out_and_unstated_role_counts():
    ds = stations([10, 20, 300], roles=["evaluation", "", "background"])
    assert float(place_daily(ds, "changji").pm25[0, 0]) == 15
    with pytest.raises(AirqError, match="background"):
        place_daily(stations([10], roles="background"), "changji")


def test_place_by_any_name_and_places_that_are_not_registered():
    ds = stations([10, 30, 50], places=["changji", "阜康市", "Springfield"])
    assert places_in(ds) == ["changji", "fukang", "Springfield"]
    for name in ("changji", "昌吉市", "Changji City", "652301"):
        assert place_daily(ds, name).place.values.tolist() == ["changji"]
    everywhere = place_daily(ds)
    assert everywhere.pm25.values[:, 0].tolist() == [10, 30, 50]
    assert everywhere.name_zh.values.tolist() == ["昌吉市", "阜康市", "Springfield"]
    assert place_daily(ds, ["Springfield", "fukang"]).pm25.values[:, 0].tolist() == [50, 30]
    with pytest.raises(AirqError, match="no station"):
        place_daily(ds, "qitai")
    with pytest.raises(AirqError, match="did you mean"):
        place_daily(ds, "chanji")


def test_a_group_is_the_mean_of_its_members_not_of_all_stations():
    ds = stations([10, 10, 10, 70], places=["changji"] * 3 + ["fukang"])
    group = place_daily(ds, "changji-prefecture")
    assert float(group.pm25[0, 0]) == 40
    assert int(group.n_stations[0, 0]) == 4
    assert int(group.pm25_stations[0, 0]) == 2
    # A station that carries the group's own name stands for it.
    own = stations([10, 99], places=["changji", "昌吉州"])
    assert float(place_daily(own, "昌吉州").pm25[0, 0]) == 99


def test_city_mda8_is_the_mean_of_the_stations_mda8():
    morning, evening = np.zeros(24), np.zeros(24)
    morning[:8], evening[16:] = 100, 100
    city = place_daily(stations([morning, evening], pollutant="o3"), "changji")
    assert float(city.o3[0, 0]) == 100  # the MDA8 of the mean hours would be 50


def test_hj633_2026_rounds_the_city_value_before_the_index():
    time = pd.date_range("2026-05-01 01:00", periods=24, freq="h")
    table = pd.DataFrame({"station": ["A", "B"], "place": "changji"})
    values = {p: np.ones((2, 24)) for p in POLLUTANTS} | {"pm25": np.array([[60] * 24, [61] * 24])}
    ds = build(table, time, values)
    assert float(place_daily(ds, "changji", "2026").aqi[0, 0]) == 100  # 60.5 -> 60
    assert float(place_daily(ds, "changji", "2012").aqi[0, 0]) == 82
    # Station-days of one edition serve the other.
    assert float(place_daily(daily(ds, "2012"), "changji", "2026").aqi[0, 0]) == 100


def test_a_station_counts_only_while_it_operates():
    long = 24 * 200
    closed = np.full(long, 20.0)
    closed[24 * 100 :] = NAN  # silent for the last 100 days
    opened = np.full(long, 30.0)
    opened[: 24 * 100] = NAN
    city = place_daily(stations([10, closed, opened, NAN], days=200), "changji")
    assert set(city.n_stations.values[0].tolist()) == {2}
    assert np.isfinite(city.pm25.values).all()
    short = place_daily(stations([10, NAN], days=20), "changji")
    assert set(short.n_stations.values[0].tolist()) == {2}


def test_stated_validity_of_a_station_is_honoured():
    ds = stations([10, 20, 30, 40], days=3)
    ds = ds.assign_coords(
        valid_from=("station", ["", "", "", "2019-01-02"]), valid_to=("station", ["2019-01-02", "", "", ""])
    )
    assert place_daily(ds, "changji").n_stations.values.tolist() == [[3, 4, 3]]


def test_refusals():
    ds = stations([1])
    with pytest.raises(AirqError, match="place"):
        place_daily(ds.drop_vars("place"))
    with pytest.raises(AirqError, match="already"):
        place_daily(place_daily(ds))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 600), min_size=20, max_size=24), min_size=1, max_size=7),
    st.lists(st.sampled_from(["changji", "fukang", "manas"]), min_size=7, max_size=7),
)
def test_exact_means_of_mixed_hours_and_members(rows, where):
    """Cells keep their exact value although hours, stations and members differ."""
    values = [row + [NAN] * (24 - len(row)) for row in rows]
    ds = stations(values, places=where[: len(rows)])
    means = [Fraction(sum(row), len(row)) for row in rows]
    city = place_daily(ds)
    ratio = exact_days(city, "pm25")
    expected = []
    for i, place in enumerate(city.place.values):
        own = [m for m, w in zip(means, where, strict=False) if w == place]
        expected.append(sum(own) / len(own))
        assert Fraction(int(ratio.numerator[i, 0]), int(ratio.denominator[i, 0])) == expected[-1]
        assert float(city.pm25[i, 0]) == float(expected[-1])
    group = place_daily(ds, "changji-prefecture")
    ratio = exact_days(group, "pm25")
    mean = sum(expected) / len(expected)
    assert Fraction(int(ratio.numerator[0, 0]), int(ratio.denominator[0, 0])) == mean


def test_station_days_of_ones_own_and_in_any_order():
    import xarray as xr

    own = xr.Dataset(
        {"pm25": (("day", "station"), [[10.0, 30.0], [NAN, 30.0]])},
        {
            "station": ["A", "B"],
            "place": ("station", ["x", "x"]),
            "day": pd.to_datetime(["2019-01-01", "2019-01-02"]),
        },
    )
    city = place_daily(own, "x", "2012")
    assert city.pm25.values.tolist() == [[20, 30]]
    assert city.iaqi_pm25.values.tolist() == [[29, 43]]
    assert np.isnan(city.o3.values).all()
    ds = stations([10, 30], days=2)
    np.testing.assert_array_equal(
        place_daily(daily(ds).transpose("day", "station")).pm25, place_daily(ds).pm25
    )

"""Humidity, wind, pressure, sun and season against known answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq import dataset, weather
from airq.errors import MissingData, ParameterError
from airq.weather import wind

UTC_TO_BEIJING = np.timedelta64(8, "h")


# ---- humidity ----


@pytest.mark.parametrize(
    ("t", "hpa"),
    # WMO-No. 49 / Goff-Gratch table values over water, hPa; Magnus stays within 0.5 % between -40 and 40 °C.
    [(-20.0, 1.2540), (0.0, 6.1078), (10.0, 12.272), (20.0, 23.373), (30.0, 42.430)],
)
def test_saturation_pressure_follows_the_tables(t: float, hpa: float) -> None:
    assert float(weather.saturation_pressure(t)) == pytest.approx(hpa, rel=5e-3)


def test_saturation_over_ice_is_lower_below_zero() -> None:
    # Goff-Gratch over ice at -20 °C: 1.032 hPa.
    assert float(weather.saturation_pressure(-20.0, over="ice")) == pytest.approx(1.032, rel=5e-3)


@given(t=st.floats(-45, 45), spread=st.floats(0, 40))
def test_dew_point_and_humidity_undo_each_other(t: float, spread: float) -> None:
    humidity = weather.relative_humidity(t, t - spread)
    assert 0 < float(humidity) <= 100
    assert float(weather.dew_point(t, humidity)) == pytest.approx(t - spread, abs=1e-6)


def test_contradicting_or_missing_humidity_is_nan() -> None:
    assert np.isnan(weather.relative_humidity([1.0, np.nan, 1.0], [3.0, 0.0, np.nan])).all()
    assert np.isnan(weather.dew_point([10.0, 10.0], [0.0, np.nan])).all()


# ---- wind ----


@pytest.mark.parametrize(
    ("direction", "u", "v"), [(360, 0, -1), (0, 0, -1), (90, -1, 0), (180, 0, 1), (270, 1, 0)]
)
def test_wind_comes_from_its_direction(direction: float, u: float, v: float) -> None:
    east, north = weather.components(1.0, direction)
    assert (float(east), float(north)) == (pytest.approx(u, abs=1e-12), pytest.approx(v, abs=1e-12))


@given(speed=st.floats(0.1, 60), direction=st.floats(0.01, 360))
def test_components_undo_each_other(speed: float, direction: float) -> None:
    s, d = weather.from_components(*weather.components(speed, direction))
    assert float(s) == pytest.approx(speed, rel=1e-9)
    assert (float(d) - direction + 180) % 360 - 180 == pytest.approx(0, abs=1e-6) and 0 < float(d) <= 360


def test_north_is_360_and_calm_has_no_direction() -> None:
    assert wind.normalise([3, 3, 0, 0], [0, 360, 0, 90]).tolist()[:2] == [360.0, 360.0]
    assert np.isnan(wind.normalise([0, 0], [0, 90])).all()
    speed, direction = weather.from_components(0.0, 0.0)
    assert float(speed) == 0 and np.isnan(direction)


def test_vector_mean_across_north_and_of_opposed_winds() -> None:
    mean = weather.vector_mean([1, 1], [355, 15])
    assert mean.direction == pytest.approx(5) and mean.speed == pytest.approx(np.cos(np.deg2rad(10)))
    opposed = weather.vector_mean([2, 2], [90, 270])
    assert opposed.speed == pytest.approx(0, abs=1e-12) and np.isnan(opposed.direction)
    assert opposed.scalar_speed == 2 and opposed.steadiness == pytest.approx(0, abs=1e-12)


def test_vector_mean_leaves_out_a_wind_without_direction_and_counts_calms() -> None:
    mean = weather.vector_mean([4, 0, 5, np.nan], [90, np.nan, np.nan, 10])
    assert (mean.n, mean.speed, mean.scalar_speed) == (2, pytest.approx(2), pytest.approx(2))


# ---- pressure ----


@pytest.mark.parametrize(
    ("metres", "hpa"),
    # ISO 2533, table of geopotential heights.
    [(0, 1013.250), (500, 954.608), (1000, 898.745), (2000, 794.951), (5000, 540.199)],
)
def test_standard_atmosphere(metres: float, hpa: float) -> None:
    assert float(weather.standard_pressure(metres)) == pytest.approx(hpa, abs=0.02)
    assert float(weather.standard_elevation(hpa)) == pytest.approx(metres, abs=0.2)


def test_reduction_agrees_with_the_standard_atmosphere() -> None:
    for metres in (100.0, 577.0, 1500.0):
        there = weather.station_pressure(1013.25, metres, 15.0 - 0.0065 * metres)
        assert float(there) == pytest.approx(float(weather.standard_pressure(metres)), abs=0.1)
        assert float(weather.station_pressure(1013.25, metres)) == pytest.approx(float(there))


def _pressure(value: float, hours: int, place: str = "urumqi") -> object:
    rows = pd.DataFrame({"station": ["A"], "place": [place]})
    times = pd.date_range("2014-01-01 01:00", periods=hours, freq="h")
    return dataset.build(rows, times, {"pressure": np.full((1, hours), value)})


@pytest.mark.parametrize(
    ("hpa", "hours", "belongs", "text"),
    [
        (807.0, 480, False, "from about 1879 m"),
        (917.0, 480, True, ""),
        (940.0, 480, True, ""),  # a winter under the Siberian high
        (1021.0, 480, False, "reduced to sea level"),
        (955.0, 480, False, "use a file of the place"),
        (955.0, 24, True, ""),  # one day may be that high
    ],
)
def test_pressure_tells_a_file_that_does_not_belong(hpa: float, hours: int, belongs: bool, text: str) -> None:
    (check,) = weather.check_pressure(_pressure(hpa, hours))  # type: ignore[arg-type]
    assert check.belongs is belongs and text in check.sentence
    assert check.sentence == "" or check.sentence.count(".") == 1


def test_pressure_check_takes_given_elevations_and_skips_what_is_unknown() -> None:
    ds = _pressure(807.0, 240, place="elsewhere")
    assert weather.check_pressure(ds) == ()  # type: ignore[arg-type]
    assert weather.check_pressure(ds, {"A": 1900.0})[0].belongs  # type: ignore[arg-type]
    assert weather.check_pressure(ds, {"B": 0.0}) == ()  # type: ignore[arg-type]
    with pytest.raises(MissingData, match="no variable 'pressure'"):
        weather.check_pressure(ds.drop_vars("pressure"))  # type: ignore[attr-defined]


def test_every_place_with_a_position_has_an_elevation() -> None:
    from airq import places

    assert [p.id for p in places.load().values() if p.lat and weather.place_elevation(p.id) is None] == []


# ---- sun ----


def test_sun_of_the_spa_example() -> None:
    # NREL/TP-560-34302, A.5: 2003-10-17 12:30:30 UTC-7, 39.742476 N 105.1786 W.
    beijing = np.datetime64("2003-10-17T19:30:30") + UTC_TO_BEIJING
    # e0 = 39.872046° before and 39.888378° after refraction; equation of time 14.641503 min.
    assert float(weather.sun_elevation(beijing, 39.742476, -105.1786)) == pytest.approx(39.872, abs=0.01)
    bent = weather.sun_elevation(beijing, 39.742476, -105.1786, refraction=True)
    assert float(bent) == pytest.approx(39.888, abs=0.015)
    assert float(weather.equation_of_time(beijing)) == pytest.approx(14.6415, abs=0.02)
    assert float(weather.declination(beijing)) == pytest.approx(-9.31434, abs=0.01)


def test_equinox_and_solstice_declination() -> None:
    # USNO: equinox 2019-03-20 21:58 UTC, solstice 2019-12-22 04:19 UTC.
    when = np.array(["2019-03-21T05:58", "2019-12-22T12:19"], "datetime64[ns]")
    assert weather.declination(when).tolist() == pytest.approx([0.0, -23.4366], abs=0.005)


def test_solar_noon_is_where_the_sun_stands_highest() -> None:
    minutes = np.arange("2019-10-20T00:00", "2019-10-21T00:00", dtype="datetime64[m]")
    heights = weather.sun_elevation(minutes, 44.01, 87.31)
    assert abs(float(weather.solar_hour(minutes[heights.argmax()], 87.31)) - 12) < 0.02
    assert heights.max() == pytest.approx(
        90 - 44.01 + float(weather.declination(minutes[heights.argmax()])), abs=0.01
    )


@given(lon=st.floats(-180, 180), hour=st.integers(0, 8760 * 3))
def test_solar_hour_stays_in_the_day(lon: float, hour: int) -> None:
    when = np.datetime64("2018-01-01T00") + np.timedelta64(hour, "h")
    assert 0 <= float(weather.solar_hour(when, lon)) < 24


# ---- season and features ----


def test_heating_season_bounds_belong_to_it() -> None:
    labels = [
        "2019-10-15T00:00",  # closes 14 October
        "2019-10-15T01:00",
        "2020-01-10T12:00",
        "2020-02-29T12:00",
        "2020-04-15T23:00",
        "2020-04-16T00:00",  # closes 15 April
        "2020-04-16T01:00",
        "2020-07-01T12:00",
    ]
    inside = weather.heating_season(np.array(labels, "datetime64[ns]"))
    assert inside.tolist() == [False, True, True, True, True, True, False, False]


def test_a_season_inside_one_year_and_a_day_that_does_not_exist() -> None:
    months = np.array([f"2019-{m:02d}-15T12" for m in range(1, 13)], "datetime64[ns]")
    assert weather.heating_season(months, (6, 1), (8, 31)).nonzero()[0].tolist() == [5, 6, 7]
    with pytest.raises(ParameterError, match="does not exist"):
        weather.heating_season(months, (2, 30))


def test_features_need_a_position() -> None:
    ds = _pressure(917.0, 2)
    with pytest.raises(MissingData, match="'A' has no position"):
        weather.features(ds)  # type: ignore[arg-type]


# ---- real files ----


def test_the_urumqi_weather_of_the_study_files_is_from_a_mountain(shared) -> None:
    path = shared / "data" / "city_daily_met_2014_2021" / "urumqi.csv.gz"
    frame = pd.read_csv(path)
    rows = pd.DataFrame({"station": ["urumqi"], "place": ["urumqi"]})
    hpa = frame["avgp"].to_numpy(float)[None, :] / 100
    ds = dataset.build(rows, pd.to_datetime(frame["date"]), {"pressure": hpa})
    (check,) = weather.check_pressure(ds)
    assert not check.belongs and 1800 < check.implied_elevation < 2000


def test_beijing_humidity_and_pressure_are_plausible(shared) -> None:
    path = shared / "data" / "uci_beijing" / "PRSA_Data_Aotizhongxin_20130301-20170228.csv.gz"
    frame = pd.read_csv(path)
    humidity = weather.relative_humidity(frame["TEMP"], frame["DEWP"])
    assert np.nanmin(humidity) > 0 and np.nanmax(humidity) <= 100
    time = pd.to_datetime(frame[["year", "month", "day", "hour"]])
    rows = pd.DataFrame({"station": ["A"]})
    ds = dataset.build(rows, time, {"pressure": frame["PRES"].to_numpy(float)[None, :]})
    assert weather.check_pressure(ds, 44.0)[0].belongs

"""The hourly frame laid out: bad input is refused in a sentence or noted, and order does not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import airq
from airq.errors import AirqError, MissingData, ParameterError
from airq.forecast.hourly import backtest_hourly, forecast_hourly, hourly_frame
from airq.forecast.hourly.climatology import Climatology
from airq.forecast.hourly.learning import bands, folds
from airq.forecast.hourly.panel import make_panel
from airq.forecast.hourly.spread import fit_spread

START = pd.Timestamp("2018-01-01 01:00")


def hours(number: int, sites: str = "A", seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    time = pd.date_range(START, periods=number, freq="h")
    return pd.concat(
        [pd.DataFrame({"time": time, "site": s, "pm25": rng.gamma(4, 12, number)}) for s in sites],
        ignore_index=True,
    )


@given(st.permutations(range(48)))
def test_order_of_rows_does_not_matter(order: list[int]) -> None:
    frame = hours(24, "BA")
    one, two = make_panel(frame, "pm25"), make_panel(frame.iloc[list(order)], "pm25")
    assert one.sites == two.sites == ("A", "B")
    np.testing.assert_array_equal(one.raw, two.raw)


def test_hours_that_stand_twice_are_averaged_and_noted() -> None:
    frame = hours(3)
    again = frame.iloc[[1]].assign(pm25=frame["pm25"][1] + 10)
    panel = make_panel(pd.concat([frame, again]), "pm25")
    assert panel.raw[1, 0] == pytest.approx(frame["pm25"][1] + 5)
    assert panel.notes == ("1 rows repeat an hour of their site; the mean of the values is taken.",)


def test_gaps_are_rows_without_values() -> None:
    panel = make_panel(hours(10).drop([3, 4]), "pm25")
    assert len(panel.time) == 10
    assert np.isnan(panel.raw[[3, 4], 0]).all()
    assert not panel.rows[[3, 4], 0].any()


def test_an_impossible_value_is_out_of_features_and_in_what_is_scored() -> None:
    frame = hours(5).assign(pm25=[30.0, 99999.0, -5.0, np.inf, 1400.0])
    panel = make_panel(frame, "pm25")
    assert panel.raw[1, 0] == 99999.0
    np.testing.assert_array_equal(np.isfinite(panel.values["pm25"][:, 0]), [True, False, False, False, True])
    assert len(panel.notes) == 2


def test_direction_becomes_components() -> None:
    frame = hours(2).assign(wind_speed=[2.0, 3.0], wind_direction=[270.0, 180.0])
    panel = make_panel(frame, "pm25")
    assert "wind_direction" not in panel.values
    np.testing.assert_allclose(panel.values["wind_u"][:, 0], [2, 0], atol=1e-9)
    np.testing.assert_allclose(panel.values["wind_v"][:, 0], [0, 3], atol=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="pm25"), "no column 'pm25'"),
        (lambda f: f.drop(columns="time"), "no column 'time' or 'date'"),
        (lambda f: f.iloc[:0], "no rows"),
        (lambda f: f.assign(time=f["time"] + pd.Timedelta(minutes=30)), "row 0 stands at 2018-01-01 01:30"),
        (lambda f: f.assign(time=f["time"].dt.tz_localize("UTC")), "time zone"),
        (lambda f: f.assign(time="yesterday"), "no time"),
        (lambda f: f.assign(site=None), "row 0 has no 'site'"),
        (lambda f: f.assign(pm25="much"), "no number"),
        (
            lambda f: pd.concat([f, f.iloc[[0]].assign(time=pd.Timestamp("1718-01-01"))]),
            "mistyped year",
        ),
    ],
)
def test_bad_frames_are_refused_in_one_sentence(change, said: str) -> None:
    with pytest.raises(AirqError, match=said) as caught:
        make_panel(change(hours(30)), "pm25")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.nan, "has 0 known hours|no value of pm25"),
        (12.0, "the same pm25, 12, in all"),
        (99999.0, "has 0 known hours|no value of pm25"),
    ],
)
def test_a_site_without_a_usable_value_is_refused(values: float, said: str) -> None:
    frame = hours(24 * 60).assign(pm25=values)
    with pytest.raises(MissingData, match=said):
        forecast_hourly(frame, horizons=[1])
    with pytest.raises(MissingData, match=said):
        backtest_hourly(frame, horizons=[1], test_days=5)


def test_a_few_days_are_refused_and_some_weeks_give_climatology_alone() -> None:
    with pytest.raises(
        MissingData, match="240 known hours of pm25 up to 2018-01-11 00:00, and 336 are needed"
    ):
        forecast_hourly(hours(240), horizons=[1])
    with pytest.raises(MissingData, match="covers 10 days, too few to test on 365"):
        backtest_hourly(hours(240), horizons=[1])
    rows = forecast_hourly(hours(24 * 30), horizons=[1, 6], model=["climatology", "ridge"])
    assert "only 30 days of pm25 are known" in rows.attrs["notes"][0]
    ridge, usual = (rows[rows["model"] == m].filter(like="q").to_numpy() for m in ("ridge", "climatology"))
    np.testing.assert_array_equal(ridge, usual)


def test_an_unusable_site_among_others_is_left_out_and_named() -> None:
    frame = hours(24 * 30, "AB")
    frame.loc[frame["site"] == "A", "pm25"] = 7.0
    rows = forecast_hourly(frame, horizons=[1])
    assert rows["site"].tolist() == ["B"]
    assert "site 'A' has the same pm25" in " ".join(rows.attrs["notes"])


def test_a_site_that_ended_long_ago_does_not_stop_the_others() -> None:
    frame = hours(24 * 60, "AB")
    frame = frame[(frame["site"] == "B") | (frame["time"] < START + pd.Timedelta(days=15))]
    rows = backtest_hourly(frame, horizons=[1], test_days=10, model="climatology")
    assert set(rows["site"]) == {"B"}
    assert "site 'A' ends on 2018-01-16, too early" in " ".join(rows.attrs["notes"])


@pytest.mark.parametrize(
    "asked",
    [
        {"horizons": []},
        {"horizons": [0]},
        {"horizons": [73]},
        {"horizons": [1.5]},
        {"model": "oracle"},
        {"model": []},
    ],
)
def test_parameters_that_cannot_be_used(asked: dict) -> None:
    with pytest.raises(ParameterError):
        forecast_hourly(hours(24 * 20), **{"horizons": [1], **asked})


@pytest.mark.parametrize("issued", ["sometime", "2017-01-01", "2018-01-05T10:30", "2030-01-01"])
def test_hours_of_issue_that_cannot_be(issued: str) -> None:
    with pytest.raises(ParameterError, match="issued="):
        forecast_hourly(hours(24 * 20), horizons=[1], issued=issued)


@pytest.mark.parametrize("asked", [{"test_days": 0}, {"every": 0}, {"test_days": 1.5}])
def test_windows_that_cannot_be(asked: dict) -> None:
    with pytest.raises(ParameterError, match="whole numbers"):
        backtest_hourly(hours(24 * 40), horizons=[1], **{"test_days": 5, **asked})


def test_hourly_frame_of_stations_and_of_a_place() -> None:
    stations = pd.DataFrame({"station": ["A", "B"], "place": ["changji", "changji"]})
    time = pd.date_range("2019-01-01 01:00", periods=2, freq="h")
    flags = {"pm25": [[0, airq.variables.FLAGS["sentinel"]], [0, 0]]}
    ds = airq.dataset.build(
        stations,
        time,
        {
            "pm25": [[10.0, 999.0], [30.0, 40.0]],
            "wind_speed": [[1.0, 2.0]] * 2,
            "wind_direction": [[270.0, 270.0]] * 2,
        },
        flags,
    )
    frame = hourly_frame(ds)
    assert frame["pm25"].isna().tolist() == [False, True, False, False]
    np.testing.assert_allclose(frame["wind_u"], [1, 2, 1, 2])
    city = hourly_frame(ds, place="昌吉市")
    assert city["site"].tolist() == ["changji"] * 2
    assert city["pm25"].tolist() == [20.0, 40.0]
    assert city["aqi"].tolist() == [
        airq.standards.aqi({"pm25": v}, averaging="1h", edition="2012").value for v in (20, 40)
    ]
    with pytest.raises(MissingData, match="no evaluation station"):
        hourly_frame(ds, place="qitai")
    with pytest.raises(ParameterError):
        hourly_frame(frame)


@given(st.lists(st.integers(1, 72), min_size=1, max_size=30, unique=True).map(sorted))
def test_bands_hold_each_lead_once_in_order(leads: list[int]) -> None:
    assert [h for band in bands(leads) for h in band] == leads


def test_folds_of_short_and_long_series() -> None:
    short, long = np.arange(24 * 300), np.arange(24 * 1100)
    assert set(folds(short, 0, len(short))) == {0, 1, 2}
    assert (np.diff(folds(short, 0, len(short))) != 0).sum() >= 6
    assert (np.diff(folds(long, 0, len(long))) != 0).sum() == 2


def test_climatology_knows_hour_and_season() -> None:
    time = pd.date_range("2016-01-01", periods=24 * 731, freq="h")
    cold = np.cos(2 * np.pi * (time.day_of_year.to_numpy() - 1) / 366)
    values = (60 + 30 * cold + 10 * (time.hour.to_numpy() == 8))[:, None]
    usual = Climatology.fit(time, values, 6.0)
    asked = pd.DatetimeIndex(["2019-01-05T08:00", "2019-07-05T08:00", "2019-07-05T20:00"])
    median = usual.quantiles(asked, np.zeros(3, np.int64))[:, 9]
    np.testing.assert_allclose(median, [89, 31, 31], atol=3)
    np.testing.assert_allclose(np.exp(usual.level(asked)[:, 0]) - 6, [95, 37, 30], atol=8)


def test_climatology_of_a_season_never_seen_is_that_of_those_seen() -> None:
    time = pd.date_range("2018-06-01", periods=24 * 60, freq="h")
    values = np.random.default_rng(0).gamma(9, 3, (len(time), 1))
    found = Climatology.fit(time, values, 3.0).quantiles(
        pd.DatetimeIndex(["2019-01-10T12:00"]), np.zeros(1, np.int64)
    )
    assert abs(found[0, 9] - np.median(values)) < 5
    assert (np.diff(found[0]) >= 0).all()


def test_spread_covers_what_it_says_at_each_level() -> None:
    rng = np.random.default_rng(3)
    log, cold = rng.uniform(2, 6, 20000), rng.random(20000) < 0.5
    scale = np.where(cold, 0.2, 0.6) * (6.5 - log) / 4
    came = log + scale * rng.standard_normal(20000)
    made = fit_spread(log[:10000], came[:10000], cold[:10000]).quantiles(log[10000:], cold[10000:])
    inside = (came[10000:] >= made[:, 1]) & (came[10000:] <= made[:, 17])
    for part in (cold[10000:], ~cold[10000:], log[10000:] > 5, log[10000:] < 3):
        assert inside[part].mean() == pytest.approx(0.8, abs=0.05)
    assert (np.diff(made, axis=1) >= 0).all()

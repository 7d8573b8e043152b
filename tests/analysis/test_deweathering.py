"""Deweathering: known truth, honesty, windows of drawing, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq import analysis
from airq.analysis.deweathering.checks import share_explained
from airq.analysis.deweathering.drawing import Pools, cells_of
from airq.analysis.deweathering.emission_trend import seasonless_slope
from airq.analysis.deweathering.inputs import prepare, role_of
from airq.analysis.deweathering.learners import FOLDS, folds_of
from airq.analysis.deweathering.terms import knots_of, restricted
from airq.errors import AirqError, MissingData, ParameterError

WEATHER = ["wind_speed", "temperature", "mixing_height"]


def world(
    years: float = 5, fall: float = -0.05, seed: int = 0, step: str = "D"
) -> tuple[pd.DataFrame, np.ndarray]:
    """Days whose wind weakens over the years while emissions fall; the true level beside them."""
    rng = np.random.default_rng(seed)
    n = int(years * 365.25) * (24 if step == "h" else 1)
    time = pd.date_range("2014-01-01 01:00" if step == "h" else "2014-01-01", periods=n, freq=step)
    t = np.arange(n) / (365.25 * (24 if step == "h" else 1))
    season = np.cos(2 * np.pi * t)
    memory = 0.97 if step == "h" else 0.6
    noise = pd.Series(rng.normal(0, 1, n)).ewm(alpha=1 - memory).mean().to_numpy()
    noise = noise / noise.std()
    wind = np.exp(0.7 - 0.03 * t - 0.1 * season + 0.4 * noise)
    height = np.exp(6.5 - 0.8 * season + 0.3 * rng.normal(0, 1, n))
    emitted = 60 * np.exp(fall * t) * (1 + 0.4 * season)
    weather = (wind / 2) ** -0.6 * (height / np.exp(6.5 - 0.8 * season)) ** -0.4
    frame = pd.DataFrame(
        {
            "date": time, "pm25": emitted * weather * rng.lognormal(0, 0.15, n),
            "wind_speed": wind, "temperature": 8 - 18 * season + rng.normal(0, 4, n), "mixing_height": height,
        }
    )  # fmt: skip
    return frame, emitted * weather.mean()


@pytest.fixture(scope="module")
def daily() -> tuple[pd.DataFrame, np.ndarray]:
    return world()


@pytest.fixture(scope="module")
def found(daily) -> analysis.Deweathered:
    return analysis.deweather(daily[0], "pm25", WEATHER, n_samples=60, seed=0)


def test_the_emission_trend_is_found_where_the_observed_one_is_wrong(daily, found) -> None:
    months = np.arange(len(found.months))
    true = float(seasonless_slope(months, pd.Series(daily[1]).groupby(daily[0]["date"].dt.to_period("M")).mean().to_numpy()[: len(months)]))  # fmt: skip
    trend = found.trend()
    assert trend.interval[0] < trend.slope_per_year < trend.interval[1]
    assert abs(trend.percent_per_year + 5) < 1.0 and trend.percent_interval[1] < 0
    assert abs(trend.slope_per_year - true) < 0.5 * abs(trend.observed_slope - true)
    assert trend.weather_slope > 0 and trend.p_value < 0.05 and len(trend.to_frame()) == 1


@pytest.mark.parametrize("model", ["additive", "extra_trees", "boosting"])
def test_every_model_keeps_the_trend_and_the_mean(daily, model: str) -> None:
    one = analysis.deweather(daily[0], "pm25", WEATHER, n_samples=20, model=model)
    assert abs(one.trend().percent_per_year + 5) < 1.2
    assert abs(one.diagnostics["mean_conservation"] - 1) < 0.03
    assert one.members.shape[1] == FOLDS and one.settings["n_samples"] >= 20


def test_what_it_says_of_itself(daily, found) -> None:
    d = found.diagnostics
    assert 0.7 < d["blocked_r2"] < d["seen_r2"] <= 1
    assert d["mean_conservation"] == pytest.approx(d["mean_normalised"] / d["mean_observed"])
    assert d["mean_observed"] == pytest.approx(daily[0]["pm25"].mean())
    assert 0 < d["out_of_range_share"] < 0.2
    assert list(found.monte_carlo_error.index) == ["daily", "monthly"]
    assert 0 < found.monte_carlo_error["monthly"] < found.monte_carlo_error["daily"] < 0.2
    assert "R² of weeks not seen" in found._repr_html_()


def test_the_error_shrinks_with_the_draws_and_is_that_between_seeds_of_drawing(daily) -> None:
    few, many = (
        analysis.deweather(daily[0], "pm25", WEATHER, n_samples=n, model="additive") for n in (20, 200)
    )
    ratio = few.monte_carlo_error["monthly"] / many.monte_carlo_error["monthly"]
    assert 2 < ratio < 20  # systematic draws gain more than the root of their number
    # The additive model is the same for both up to the draws, so that they differ by their error.
    apart = (few.months["normalised"] / many.months["normalised"] - 1).std()
    assert 0.4 < apart / few.monte_carlo_error["monthly"] < 2.5


def test_the_same_seed_gives_the_same(daily) -> None:
    given = {"n_samples": 20, "model": "extra_trees"}
    one, two, other = (
        analysis.deweather(daily[0][:1000], "pm25", WEATHER, seed=s, **given) for s in (3, 3, 4)
    )
    pd.testing.assert_series_equal(one.normalised, two.normalised)
    assert not one.normalised.equals(other.normalised)


def test_normalised_is_in_the_order_of_the_frame(daily) -> None:
    frame = daily[0].set_axis(np.arange(len(daily[0])) + 7)
    given = {"n_samples": 20, "model": "additive"}
    straight = analysis.deweather(frame, "pm25", WEATHER, **given)
    mixed = analysis.deweather(frame.sample(frac=1, random_state=1), "pm25", WEATHER, **given)
    assert mixed.normalised.index[0] != 7
    pd.testing.assert_series_equal(mixed.normalised.sort_index(), straight.normalised)


def test_ways_of_drawing(daily, found) -> None:
    free = analysis.deweather(daily[0], "pm25", WEATHER, n_samples=40, resampling="free", model="additive")
    trend = analysis.deweather(
        daily[0], "pm25", WEATHER, n_samples=40, resampling="all_but_trend", model="additive"
    )
    assert free.diagnostics["out_of_range_share"] > 2 * found.diagnostics["out_of_range_share"]
    swing = [r.monthly.groupby(r.monthly.index.month).mean() for r in (found, trend)]
    assert (swing[0].max() / swing[0].min()) > 1.6 > 1.15 > (swing[1].max() / swing[1].min())
    assert abs(trend.trend().percent_per_year + 5) < 1.2


def test_hours_keep_their_daily_course() -> None:
    frame, _ = world(1.2, step="h")
    hour = (frame["date"] - pd.Timedelta(minutes=30)).dt.hour
    frame["pm25"] *= np.where((hour >= 7) & (hour < 10), 1.5, 1.0)
    one = analysis.deweather(frame, "pm25", WEATHER, n_samples=20, model="additive", place="changji")
    course = one.table["normalised"].groupby(hour.to_numpy()).mean()
    assert course.idxmax() in (7, 8, 9) and course.max() / course.min() > 1.25
    assert list(one.monte_carlo_error.index) == ["hourly", "daily", "monthly"]
    assert any("cannot be separated" in w for w in one.warnings)
    assert not any("position" in n for n in one.notes)


def test_importance_and_partial_dependence(found) -> None:
    table = found.importance()
    assert table.index[0] in ("wind_speed", "mixing_height") and (table["lower"] <= table["upper"]).all()
    assert table.loc["temperature", "importance"] < 0.1 * table["importance"].max()
    curve = found.partial_dependence("mixing_height")
    assert curve["effect"].iloc[0] > 1 > curve["effect"].iloc[-1]
    assert (curve["lower"] <= curve["effect"]).all() and (curve["rows"] >= 30).all()
    with pytest.raises(ParameterError, match="no weather variable"):
        found.partial_dependence("rain")


def test_months_are_withheld_with_their_reason(daily) -> None:
    frame = daily[0].copy()
    gap = (frame["date"] >= "2016-03-05") & (frame["date"] <= "2016-08-20")
    frame.loc[gap, "pm25"] = np.nan
    one = analysis.deweather(frame, "pm25", WEATHER, n_samples=20, model="additive")
    assert "4 of 31 days" in one.months.loc["2016-03", "reason"]
    assert np.isnan(one.months.loc["2016-05", "normalised"]) and one.masked["no_level"] > 60
    assert one.months["normalised"].notna().sum() == 60 - 6
    assert one.trend().percent_per_year == pytest.approx(-5, abs=1.3)


def test_zeros_are_counted_and_kept_in_the_mean(daily) -> None:
    frame = daily[0].copy()
    frame.loc[::12, "pm25"] = 0.0
    one = analysis.deweather(frame, "pm25", WEATHER, n_samples=20, model="additive")
    assert any("zero or below" in n for n in one.notes) and any(
        "check whether they stand" in n for n in one.notes
    )
    assert one.diagnostics["mean_observed"] == pytest.approx(frame["pm25"].mean())
    assert abs(one.diagnostics["mean_conservation"] - 1) < 0.06
    frame.loc[frame.index % 10 < 6, "pm25"] = 0.0
    with pytest.raises(ParameterError, match="zero or below; take out zeros"):
        analysis.deweather(frame, "pm25", WEATHER)


def test_duplicated_times_count_once(daily) -> None:
    frame = pd.concat([daily[0], daily[0].iloc[:50].assign(pm25=np.nan)], ignore_index=True)
    one = analysis.deweather(frame, "pm25", WEATHER, n_samples=20, model="additive")
    assert one.masked["duplicated"] == 50 and len(one.table) == len(daily[0])
    assert one.normalised.iloc[-50:].to_numpy() == pytest.approx(one.normalised.iloc[:50].to_numpy())


def test_weather_missing_for_a_season_is_said_and_masked(daily) -> None:
    frame = daily[0].copy()
    frame.loc[frame["date"].dt.month.isin([6, 7, 8]) & (frame["date"].dt.year == 2016), "wind_speed"] = np.nan
    one = analysis.deweather(frame, "pm25", WEATHER, n_samples=20, model="additive")
    assert any("no complete weather" in n for n in one.notes) and any("2016-07" in n for n in one.notes)
    assert np.isnan(one.months.loc["2016-07", "normalised"]) and one.months.loc["2015-07", "normalised"] > 0
    frame.loc[frame["date"].dt.month.isin([5, 6, 7, 8, 9]), "wind_speed"] = np.nan
    none = analysis.deweather(frame, "pm25", WEATHER, n_samples=20, model="additive")
    assert none.months.loc["2015-07", "reason"] == "no weather of this time of year"


def test_wind_codes_and_letters() -> None:
    time = pd.date_range("2018-01-01 01:00", periods=6, freq="h")
    wind = [0.0, 2.0, 2.0, 1.0, 5.0, 999.0]
    frame = pd.DataFrame({"time": time, "pm25": 5.0, "ws": wind, "wd": [999.0, 360, 0, np.nan, np.nan, 90]})
    inputs = prepare(frame, "pm25", ["ws", "wd"])
    u, v = inputs.weather[:, 1], inputs.weather[:, 2]
    assert v[1] == v[2] == -2 and u[0] == v[0] == 0 and u[3] == v[3] == 0
    assert np.isnan(u[4]) and np.isnan(inputs.weather[5, 0])
    assert inputs.masked == {"ws_code": 1, "variable_wind": 1}
    letters = prepare(frame.assign(wd=["N", "NNW", "E", "S", "W", "N"], ws=2.0, t=np.arange(6.0)), "pm25", ["ws", "wd", "t"])  # fmt: skip
    assert letters.names == ("t", "wind_u", "wind_v") and any("always the same" in n for n in letters.notes)
    assert letters.weather[2, 1] == pytest.approx(-2)
    assert role_of("TEMP") == "temperature" and role_of("WSPM") == "wind_speed"


def test_pressure_that_belongs_elsewhere_is_warned_of(daily) -> None:
    frame = daily[0].assign(pressure=807 + np.random.default_rng(0).normal(0, 5, len(daily[0])))
    given = {"n_samples": 20, "model": "additive"}
    one = analysis.deweather(frame, "pm25", [*WEATHER, "pressure"], place="urumqi", **given)
    assert any("807 hPa" in w and " m, " in w and "weather comes from about 18" in w for w in one.warnings)
    sea = analysis.deweather(frame.assign(pressure=frame["pressure"] + 210), "pm25", [*WEATHER, "pressure"], elevation=900.0, **given)  # fmt: skip
    assert any("reduced to sea level" in w for w in sea.warnings)
    right = analysis.deweather(frame.assign(pressure=frame["pressure"] + 110), "pm25", [*WEATHER, "pressure"], place="urumqi", **given)  # fmt: skip
    assert not any("hPa" in w for w in right.warnings)


def test_a_drifting_instrument_is_warned_of(daily) -> None:
    t = np.arange(len(daily[0])) / 365.25
    wind = np.exp(1.0 - 0.25 * t) * np.random.default_rng(0).lognormal(0, 0.05, len(t))
    frame = daily[0].assign(
        wind_speed=wind, pm25=60 / wind * np.random.default_rng(1).lognormal(0, 0.1, len(t))
    )
    one = analysis.deweather(frame, "pm25", ["wind_speed"], n_samples=20, model="additive")
    assert one.diagnostics["trend_share"] > 0.5 and any("weather and trend" in w for w in one.warnings)


BAD = {
    "one month": (lambda f: f[:31], {}, "needs 90"),
    "no wind": (lambda f: f.drop(columns="wind_speed"), {}, "no column 'wind_speed'"),
    "no target": (lambda f: f, {"target": "so2"}, "no column 'so2'"),
    "no weather": (lambda f: f[["date", "pm25"]], {"weather": None}, "no weather column"),
    "empty weather": (lambda f: f.assign(wind_speed=np.nan), {}, "holds no value"),
    "text": (
        lambda f: f.assign(wind_speed=f["wind_speed"].astype(str).where(f.index != 3, "calm?")),
        {},
        "row 4",
    ),
    "two sites": (lambda f: f.assign(site=np.where(f.index < 9, "A", "B")), {}, "2 sites"),
    "no time": (lambda f: f.drop(columns="date"), {}, "'time' or 'date'"),
    "months": (lambda f: f.iloc[::30], {}, "30 days apart"),
    "model": (lambda f: f, {"model": "forest"}, "extra_trees"),
    "drawing": (lambda f: f, {"resampling": "all"}, "constrained"),
    "samples": (lambda f: f, {"n_samples": 5}, "20 or more"),
    "window": (lambda f: f, {"days": 0}, "3 to 182"),
    "capture": (lambda f: f, {"minimum_capture": 0}, "minimum_capture"),
    "position": (lambda f: f, {"lat": 44.0}, "lat and lon"),
    "itself": (lambda f: f, {"weather": ["pm25"]}, "cannot explain itself"),
    "one name": (lambda f: f, {"weather": "wind_speed"}, "one name"),
    "place": (lambda f: f, {"place": "atlantis"}, "atlantis"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence(daily, case: str) -> None:
    change, given, said = BAD[case]
    given = {"target": "pm25", "weather": WEATHER} | given
    with pytest.raises(AirqError) as caught:
        analysis.deweather(change(daily[0]), **given)
    text = str(caught.value)
    assert said in text and text.endswith(".") and "\n" not in text


def test_trend_needs_two_years_of_months() -> None:
    one = analysis.deweather(world(1.5)[0], "pm25", WEATHER, n_samples=20, model="additive")
    with pytest.raises(MissingData, match="24 deweathered months"):
        one.trend()
    with pytest.raises(ParameterError, match="confidence"):
        analysis.deweather(world(3)[0], "pm25", WEATHER, n_samples=20, model="additive").trend(confidence=2)


def test_three_hourly_rows_are_complete_months() -> None:
    frame = world(1.0, step="h")[0].iloc[::3]
    one = analysis.deweather(frame, "pm25", WEATHER, n_samples=20, model="additive")
    assert one.inputs.every == 3 and (one.months["capture"].iloc[1:11] > 0.99).all()
    assert one.months["normalised"].iloc[1:11].notna().all()


def test_pools_hold_the_window_and_draws_are_spread_evenly() -> None:
    day = np.repeat(np.arange(365 * 3), 24)
    hour = np.tile(np.arange(24), 365 * 3)
    score = np.random.default_rng(0).normal(size=len(day))
    pools = Pools.build(
        day, hour.astype(float), np.ones(len(day), bool), score, "constrained", 30, 2, "hourly"
    )
    cells = cells_of(day, "hourly")
    rows = pools.draw(cells.day, cells.hour, 50, np.random.default_rng(1))
    apart = np.abs(hour[rows] - cells.hour[:, None])
    assert np.minimum(apart, 24 - apart).max() == 2
    away = np.abs(np.mod(day[rows], 365.2425) - np.mod(cells.day, 365.2425)[:, None])
    assert np.minimum(away, 365.2425 - away).max() < 33
    # Means of systematic draws scatter far less than those of blind ones.
    assert score[rows].mean(axis=1).std() < 0.4 * score.std() / np.sqrt(50)
    assert set(day[rows][100] // 365) == {0, 1, 2}


def test_folds_are_whole_weeks_of_nearly_equal_number() -> None:
    day = np.repeat(np.arange(16000, 17000), 3)
    fold = folds_of(day, 1)
    week = (day + 3) // 7
    assert len(pd.DataFrame({"week": week, "fold": fold}).drop_duplicates()) == len(np.unique(week))
    counts = np.bincount(pd.Series(fold).groupby(week).first())
    assert counts.max() - counts.min() <= 1 and len(counts) == FOLDS


def test_a_restricted_spline_is_straight_beyond_its_knots() -> None:
    knots = knots_of(np.random.default_rng(0).normal(size=500))
    far = restricted(np.array([5.0, 6.0, 7.0, -7.0, -6.0, -5.0]), knots)
    assert np.allclose(np.diff(far[:3], axis=0)[0], np.diff(far[:3], axis=0)[1])
    assert np.allclose(far[3:, 1:], 0) and restricted(np.zeros(3), np.zeros(1)).shape == (3, 1)


def test_explained_share_is_adjusted_for_terms() -> None:
    rng = np.random.default_rng(0)
    assert (
        share_explained(rng.normal(size=40), np.column_stack([np.ones(40), rng.normal(size=(40, 15))])) < 0.35
    )


def test_beijing_keeps_its_mean(shared) -> None:
    file = shared / "data" / "uci_beijing" / "PRSA_Data_Tiantan_20130301-20170228.csv.gz"
    frame = pd.read_csv(file).iloc[::3]
    frame["date"] = pd.to_datetime(frame[["year", "month", "day", "hour"]])
    one = analysis.deweather(frame, "PM2.5", ["TEMP", "PRES", "DEWP", "RAIN", "wd", "WSPM"], n_samples=20, model="additive")  # fmt: skip
    assert abs(one.diagnostics["mean_conservation"] - 1) < 0.04 and one.diagnostics["blocked_r2_log"] > 0.6
    assert one.inputs.names == ("TEMP", "PRES", "DEWP", "RAIN", "WSPM", "wind_u", "wind_v")


def test_a_shift_of_the_weather_file_is_warned_of_once(daily) -> None:
    frame = daily[0].copy()
    later = frame["date"] >= "2016-06-01"
    frame["temperature"] += 6.0 * later
    frame["mixing_height"] *= np.where(later, 1.6, 1.0)
    one = analysis.deweather(frame, "pm25", WEATHER, n_samples=20, model="additive")
    said = [w for w in one.warnings if "the weather shifts" in w]
    assert len(said) == 1 and "2016-0" in said[0] and "temperature" in said[0] and "mixing_height" in said[0]


def test_columns_of_the_daily_frame_are_known_by_their_names() -> None:
    assert role_of("wind_speed_max") == "wind_speed" and role_of("precipitation_sum") == "precipitation"
    time = pd.date_range("2018-01-01", periods=5)
    rng = np.random.default_rng(0)
    columns = {
        c: rng.normal(size=5)
        for c in ("temperature_mean", "wind_u_mean", "wind_v_mean", "aqi", "pm25_evening")
    }
    inputs = prepare(pd.DataFrame({"date": time, "pm25": 5.0, **columns}), "pm25")
    assert inputs.names == ("temperature_mean", "wind_u_mean", "wind_v_mean") and inputs.step == "daily"

"""Days, means, weather years, health: each part of a run against a slow and plain reckoning."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_archive import fill

from airq import standards
from airq.errors import MissingData, ParameterError
from airq.observations import Archive
from airq.scenario import archive_days as days_module
from airq.scenario import health, weather_years
from airq.scenario.archive_days import archive_days
from airq.scenario.baseline import baseline_of
from airq.scenario.causes import causes, weather_share
from airq.scenario.indicators import Moved, PlaceDays, limits_of
from airq.scenario.spec import Scenario
from airq.scenario.windows import windows
from airq.variables import POLLUTANTS


def made_days(first="2014-10-01", last="2022-09-30", sites=("changji", "mori"), fall=0.0, seed=0):
    rng = np.random.default_rng(seed)
    days = pd.date_range(first, last)
    cold = 0.5 + 0.5 * np.cos(2 * np.pi * (np.asarray(days.day_of_year) - 15) / 365)
    years = (days.year + (days.month - 1) / 12 - 2014).to_numpy()
    frames = []
    for k, site in enumerate(sites):
        pm25 = (18 + 70 * cold) * np.exp(rng.normal(0, 0.45, len(days)) - fall * years - 0.3 * k)
        part = {"date": days, "site": site, "pm25": pm25, "pm10": 1.7 * pm25 + 5, "so2": 6 + 8 * cold, "no2": 20 + 25 * cold}  # fmt: skip
        part |= {"co": 0.5 + cold, "o3": 60 + 70 * (1 - cold)}
        part["temperature_mean"] = 12 - 25 * cold + (days.year == 2017) * -4.0 + rng.normal(0, 1, len(days))
        part["wind_speed_mean"] = rng.gamma(3, 0.6, len(days)) * np.where(days.year == 2019, 0.6, 1.0)
        frames.append(pd.DataFrame(part))
    out = pd.concat(frames, ignore_index=True)
    out.attrs = {"simulated": "true"}
    return out


# ---- days ----


def plain(days, moved, d, y, t):
    """One day of one draw, written out."""
    m = days.month_of[t]
    v = dict(zip(POLLUTANTS, days.values[y, t], strict=True))
    over = max(v["pm25"] - days.background, 0.0)
    factor = 1.0 if moved.alert is None else moved.alert[d, y, t]
    new = v["pm25"] - over + over * (1 - moved.share[d, y, m]) * factor
    v["pm10"] -= v["pm25"] - new + moved.coarse[d, m]
    v["pm25"] = new
    v["no2"] -= max(v["no2"] - days.no2_background, 0) * moved.no2[d, m]
    v["so2"] -= max(v["so2"] - days.so2_background, 0) * moved.so2[d, m]
    return v


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from([0.0, 0.3, -0.2]))
def test_counts_and_means_are_those_of_single_days(seed, alerted, middle):
    rng = np.random.default_rng(seed)
    draws, years, length, months = 5, 3, 40, 2
    values = rng.gamma(2, [40, 70, 20, 30, 1, 50], (years, length, 6))
    values[0, 3, 5] = np.nan
    days = PlaceDays(values, np.repeat([0, 1], length // 2), 15.0, 5.0, 3.0)
    share = np.clip(rng.normal(middle, 0.15, (draws, years, months)), -1, 0.7)
    alert = rng.uniform(0.5, 1, (draws, years, length)) if alerted else None
    if alerted:
        alert[:, :, 5:] = 1.0
    moved = Moved(share, *(rng.normal(0.05, 0.2, (draws, months)) for _ in range(3)), alert)
    limits = np.array([75, 150, 150, 80, 4, 160.0])[:, None] * np.ones(length)
    want = np.zeros((draws, years))
    sums = {n: np.zeros((draws, years)) for n in ("pm25", "pm10", "so2", "no2", "co")}
    for d in range(draws):
        for y in range(years):
            for t in range(length):
                v = plain(days, moved, d, y, t)
                want[d, y] += not any(v[n] > limits[i, t] for i, n in enumerate(POLLUTANTS))
                for name, total in sums.items():
                    total[d, y] += v[name] / length
    assert (days.counts(moved, limits) == want).all()
    for name, total in sums.items():
        np.testing.assert_allclose(days.mean(name, moved), total, rtol=1e-9)


@pytest.mark.parametrize("standard", ["GB3095-2012", "GB3095-2026"])
@pytest.mark.parametrize("threshold", [100, 200])
def test_limits_agree_with_the_exact_index(standard, threshold):
    edition = standard[-4:]
    limits = limits_of(np.array(["2026-06-01"], "datetime64[D]"), threshold, standard, {})
    for i, name in enumerate(POLLUTANTS):
        at, above = limits[i, 0], limits[i, 0] + (0.1 if name == "co" else 1.1)
        if np.isfinite(at):
            assert standards.iaqi(name, float(at), "24h", edition) <= threshold
            found = standards.iaqi(name, float(above), "24h", edition)
            assert found is None or not found <= threshold


def test_without_any_measure_the_days_are_those_of_the_index():
    frame = made_days("2018-10-01", "2019-09-30", ("changji",))
    frame[list(POLLUTANTS)] = frame[list(POLLUTANTS)].round(1)
    air = baseline_of(frame, weather_years=0, trend=False)
    year = windows(Scenario(name="a", season=2018))[1]
    days = PlaceDays(air.values[:, year.days, 0], year.month_of, 15.0, 5.0, 3.0)
    zero = np.zeros((1, len(year.months)))
    for threshold in (100, 200):
        got = days.counts(
            Moved(zero[:, None], zero, zero, zero), limits_of(year.dates, threshold, "GB3095-2012", {})
        )
        index = standards.aqi({p: frame[p].to_numpy() for p in POLLUTANTS}, "24h", "2012").value
        assert got[0, 0] == (index <= threshold).sum()


def test_whole_numbers_keep_their_count_and_answer_small_changes():
    frame = made_days("2016-10-01", "2020-09-30", ("changji",))
    frame["pm25"] = frame["pm25"].round()
    air = baseline_of(frame, weather_years=0, trend=False)
    assert air.steps == {"pm25": 1.0}
    season = windows(Scenario(name="a", season=2018))[0]
    days = PlaceDays(air.values[:, season.days, 0], season.month_of, 15.0, 5.0, 3.0)
    limits = np.full((6, len(season.days)), np.inf)
    limits[0] = limits_of(season.dates, 100, "GB3095-2012", air.steps)[0]
    zero = np.zeros((1, len(season.months)))
    share = np.zeros((1, len(air.years), len(season.months)))
    base = days.counts(Moved(share, zero, zero, zero), limits)
    raw = frame[
        weather_years.HEATING[np.maximum(weather_years.positions(pd.DatetimeIndex(frame["date"]))[1], 0)]
    ]
    by_season = (raw["pm25"] <= 75).groupby(weather_years.positions(pd.DatetimeIndex(raw["date"]))[0]).sum()
    assert np.abs(base[0] - by_season.to_numpy()).max() <= 1  # 29 February and 15 October apart
    moved = days.counts(Moved(share + 0.02, zero, zero, zero), limits)
    assert moved.sum() > base.sum()


# ---- weather years ----


def test_trend_is_taken_out_and_the_last_season_is_as_observed():
    air = baseline_of(made_days(fall=0.06), weather_years=0)
    assert -0.075 < air.trend["pm25"] < -0.045
    means = air.values[:, weather_years.HEATING, 0, 0].mean(axis=1)
    assert abs(np.polyfit(np.arange(len(means)), np.log(means), 1)[0]) < 0.015
    own = made_days(fall=0.06).query("site == 'changji' and date >= '2021-10-01'")["pm25"]
    np.testing.assert_allclose(air.values[-1, :, 0, 0], own)


def test_resampled_years_hold_observed_days_at_their_own_time_of_year():
    frame = made_days("2016-10-01", "2019-09-30")
    air = baseline_of(frame, weather_years=12, trend=False)
    assert len(air.years) == 12 and air.years["resampled"].sum() == 9
    past = air.values[:3]
    for row in air.values[3:]:
        same = (past == row[None]).all(axis=(2, 3))  # all places and variables together
        assert same.any(axis=0).all()
        source = same.argmax(axis=0)
        assert 10 < (np.diff(source) != 0).sum() < 40  # blocks, not single days


def test_same_seed_same_years_and_another_seed_others():
    frame = made_days()
    a, b, c = (baseline_of(frame, weather_years=20, seed=s).values for s in (1, 1, 2))
    assert (a == b).all() and (a != c).any()


def test_kinds_find_the_cold_and_the_stagnant_season():
    air = baseline_of(made_days(), weather_years=0)
    table = air.years.set_index("name")
    assert table.loc["2016-2017", "cold"] or table.loc["2017-2018", "cold"]
    assert table.loc[["2018-2019", "2019-2020"], "stagnant"].any()
    picked = baseline_of(
        made_days(), scenario=Scenario(name="a", season=2025, weather={"kinds": "cold", "resampled": 0})
    )
    assert picked.years["cold"].all()


def test_a_season_or_kind_without_data_is_refused():
    asked = Scenario(name="a", season=2025, weather={"years": [2001]})
    with pytest.raises(
        ParameterError, match="no data of the season 2001-2002; seasons with data are 2014-2015"
    ):
        baseline_of(made_days(), scenario=asked)
    bare = made_days().drop(columns=["temperature_mean", "wind_speed_mean"])
    with pytest.raises(ParameterError, match=r"weather\.kinds.*no season is cold"):
        baseline_of(bare, scenario=Scenario(name="a", season=2025, weather={"kinds": "cold"}))


def test_gaps_are_filled_and_said_and_a_place_with_too_little_left_out():
    frame = made_days("2016-10-01", "2020-09-30")
    rng = np.random.default_rng(0)
    gap = (frame["site"] == "changji") & (rng.random(len(frame)) < 0.1)
    frame.loc[gap, list(POLLUTANTS)] = np.nan
    late = frame[(frame["site"] == "changji") | (frame["date"] >= "2020-01-01")]
    air = baseline_of(late, weather_years=0)
    assert air.places == ("changji",) and any("mori has 0 of 4 seasons" in n for n in air.notes)
    assert np.isfinite(air.values).all() and 0.08 < air.filled["changji"] < 0.12
    with pytest.raises(MissingData, match="three quarters"):
        baseline_of(frame[frame["date"] < "2016-11-15"])


def test_leap_days_have_a_place_in_windows_alone():
    season, year = windows(Scenario(name="a", season=2023))
    assert len(season.days) == 184 and len(year.days) == 366
    assert (np.bincount(year.days, minlength=365) >= 1).all()
    assert year.dates[np.flatnonzero(year.days == 150)].astype(str).tolist() == ["2024-02-28", "2024-02-29"]


def test_days_of_an_archive_are_kept_until_it_changes(tmp_path):
    path = tmp_path / "archive"
    archive = fill(Archive(path), "2025-10", "2025-12", ("changji", "qitai"))
    frame = archive_days(archive, ("changji", "qitai"))
    assert set(frame["site"]) == {"changji", "qitai"} and frame.attrs["simulated"] == "true"
    kept = list((tmp_path / "archive-daily").glob("*.parquet"))
    assert len(kept) == 1
    days_module._kept.cache_clear()
    pd.testing.assert_frame_equal(archive_days(path, ("changji", "qitai")), frame)
    with pytest.raises(MissingData, match="no station of mori"):
        archive_days(path, ("mori",))


# ---- health, causes ----


def test_the_four_functions_give_the_worked_example():
    found = {n: round(float(health.avoided(n, 7704.0, 53.0, 37.0))) for n in health.functions()}
    assert found == {"gemm": 593, "hrapie": 707, "china_cohort": 632, "who_2021": 893}
    assert round(float(health.avoided("gemm", 7704.0, 37.0, 36.0))) == 41
    with pytest.raises(ParameterError, match="function 'ier'"):
        health.avoided("ier", 1.0, 2.0, 1.0)


@given(st.floats(3, 200), st.floats(3, 200))
def test_cleaner_air_never_costs_lives(before, after):
    for name in health.functions():
        value = float(health.avoided(name, 1000.0, before, after))
        assert (value >= 0) == (after <= before) or abs(value) < 1e-9


def test_deaths_count_places_by_their_people():
    means = {p: np.full((50, 2), 40.0) for p in ("changji", "mori")}
    less = {"changji": means["changji"] - 1, "mori": means["mori"]}
    both = health.deaths(means, {p: v - 1 for p, v in means.items()}, 0).set_index("function")["p50"]
    one = health.deaths(means, less, 0).set_index("function")["p50"]
    np.testing.assert_allclose(one / both, 640 / 700, rtol=1e-3)
    assert float(health.avoided_by_age({80: 100.0}, 50, 40)) < float(
        health.avoided_by_age({25: 100.0}, 50, 40)
    )


def test_causes_give_the_shares_of_a_sum():
    rng = np.random.default_rng(1)
    a, b, c = rng.normal(size=(3, 4000))
    found = causes(2 * a + b, {"a": a, "b": b, "c": c, "constant": np.ones(4000)}).set_index("cause")
    assert abs(found.loc["a", "share"] - 0.8) < 0.04 and "c" not in found.index
    assert causes(np.ones(50), {"a": a[:50]}).empty
    assert abs(weather_share(a[:, None] + rng.normal(size=(1, 50))) - 0.5) < 0.15


def test_real_days_of_the_region_make_weather_years(shared):
    path = shared / "data" / "city_daily_2014_2017"
    names = {"昌吉州": "changji", "五家渠": "wujiaqu", "乌鲁木齐": "urumqi"}
    columns = {0: "city", 1: "date", 2: "aqi", 5: "pm25", 6: "pm10", 7: "so2", 8: "co", 9: "no2", 10: "o3"}
    frames = [
        pd.read_csv(f, header=None, encoding="utf-8-sig").rename(columns=columns).assign(site=names[n])
        for n in names
        for f in path.glob("*.csv")
        if n in pd.read_csv(f, header=None, encoding="utf-8-sig", nrows=1)[0].iloc[0]
    ]
    frame = pd.concat(frames)[["date", "site", *POLLUTANTS]]
    air = baseline_of(frame, ("changji", "wujiaqu", "urumqi"), weather_years=5)
    assert len(air.years) == 5 and not air.simulated
    assert "2015-2016" in set(air.years["name"]) and any("left out: 2014-2015" in n for n in air.notes)
    heating = air.of("urumqi", "pm25")[:, air.heating].mean(axis=1)
    assert (heating > 2 * air.of("urumqi", "pm25")[:, ~air.heating].mean(axis=1)).all()
    assert (air.values > 0).all() and any("spread is too small" in n for n in air.notes)

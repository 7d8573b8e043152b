"""The simulated default data: reproducible, physically sensible, calibrated, with a truth that can be found again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import places, standards
from airq.cli import main
from airq.errors import FileRejected, ParameterError
from airq.observations import Archive, simulation
from airq.observations.simulation import tables as simulation_tables
from airq.observations.simulation.clock import Clock
from airq.observations.simulation.streams import Runs
from airq.observations.simulation.trend import multipliers
from airq.observations.simulation.weather import YearClimate
from airq.variables import POLLUTANTS, VARIABLES, WEATHER

COUNTIES = [p.id for p in places.members("changji-prefecture")]
WITHIN_35 = ["mori", "qitai", "jimsar", "hutubi", "manas"]


@pytest.fixture(scope="module")
def full() -> xr.Dataset:
    """Eleven years of the counties and div12 with seed 0, as received."""
    return simulation.simulate("2015-01", "2025-12", places=[*COUNTIES, "div12"])


@pytest.fixture(scope="module")
def city_days(full: xr.Dataset) -> xr.Dataset:
    return standards.place_daily(full, None, "2012")


@pytest.fixture(scope="module")
def year_of(city_days: xr.Dataset):
    frames = {
        year: standards.summary(city_days, period=str(year), standard="GB3095-2012").set_index("place")
        for year in (2020, 2022, 2023, 2024, 2025)
    }
    return frames.__getitem__


@pytest.fixture(scope="module")
def recent(full: xr.Dataset) -> pd.DataFrame:
    """Hours of SIM-CJ1, January 2019 to December 2020, one column a pollutant."""
    part = full.sel(station="SIM-CJ1", time=slice("2019-01-01T01", "2021-01-01T00"))
    return pd.DataFrame({p: part[p].values for p in POLLUTANTS}, index=pd.DatetimeIndex(part["time"].values))


@pytest.fixture(scope="module")
def weather() -> pd.DataFrame:
    ds = simulation.simulate_weather("2019-01", "2020-12", places="changji")
    return pd.DataFrame({v: ds[v].values[0] for v in WEATHER}, index=pd.DatetimeIndex(ds["time"].values))


def months(frame: pd.DataFrame, *numbers: int) -> pd.DataFrame:
    return frame[frame.index.month.isin(numbers)]


# ---- the same numbers whatever is asked for ----


def test_later_end_changes_no_earlier_value():
    short = simulation.simulate("2015-01", "2016-03", places=["changji", "mori"])
    long = simulation.simulate("2015-01", "2016-06", places=["changji", "mori"])
    assert short.identical(long.isel(time=slice(0, short.sizes["time"])))
    assert long.sizes["time"] == short.sizes["time"] + (30 + 31 + 30) * 24


def test_start_and_places_select_from_one_series(full: xr.Dataset):
    part = simulation.simulate("2015-08", "2015-09", places="阜康市")
    want = full.sel(station=part["station"], time=part["time"])
    for name in POLLUTANTS:
        np.testing.assert_array_equal(part[name], want[name])


def test_another_station_leaves_the_others_alone():
    base = simulation_tables.load()
    extra = base.stations.iloc[[0]].assign(station="SIM-CJ7", exposure_cold=1.3)
    more = base.with_(stations=pd.concat([extra, base.stations], ignore_index=True))
    one = simulation.simulate("2015-01", "2015-02", places="changji")
    two = simulation.simulate("2015-01", "2015-02", places="changji", tables=more)
    assert "SIM-CJ7" in two["station"].values
    for name in POLLUTANTS:
        np.testing.assert_array_equal(one[name], two[name].sel(station=one["station"]))


def test_seed_decides():
    a = simulation.simulate("2015-01", "2015-01", places="mori")
    assert a.identical(simulation.simulate("2015-01", "2015-01", places="mori"))
    b = simulation.simulate("2015-01", "2015-01", seed=1, places="mori")
    assert (a["pm25"] != b["pm25"]).mean() > 0.8


def test_weather_is_the_same_with_and_without_pollutants():
    both = next(simulation.stream("2015-01", "2015-01", places="changji"))
    alone = next(simulation.stream("2015-01", "2015-01", places="changji", kinds=["weather"]))
    assert not alone.observations
    for name in WEATHER:
        np.testing.assert_array_equal(both.weather[name], alone.weather[name])


def test_years_beyond_the_tables_go_on():
    base = simulation_tables.load()
    assert base.years.index.max() < 2034
    assert YearClimate.of(base, 0, 2034) != YearClimate.of(base, 1, 2034)
    np.testing.assert_array_equal(multipliers(base, 2033, 5), multipliers(base, 2034, 5))


# ---- form ----


def test_marked_as_simulated(full: xr.Dataset):
    assert full.attrs["simulated"] == "true" and "模拟" in full.attrs["source"]
    assert all(str(s).startswith("SIM-") for s in full["station"].values)
    assert set(full["network"].values) == {"simulated"}
    assert set(full["role"].values) == {"evaluation", "background"}
    for county in COUNTIES:
        assert 2 <= ((full["place"] == county) & (full["role"] == "evaluation")).sum() <= 3


def test_all_eleven_places_with_stations():
    rows = simulation_tables.load().stations
    assert set(rows["place"]) == {p.id for p in places.load().values() if p.kind != "group"}
    assert rows["station"].is_unique


def test_values_are_as_the_feed_publishes(full: xr.Dataset):
    for name in POLLUTANTS:
        v = full[name].values[np.isfinite(full[name].values)].astype(np.float64)
        step = 10 if name == "co" else 1
        np.testing.assert_allclose(v * step, np.rint(v * step), atol=1e-3)
        assert v.min() * step >= 1 - 1e-6
        assert full[name].dtype == np.float32 and full[name].attrs["units"] == VARIABLES[name].units


def test_time_is_every_end_of_hour(full: xr.Dataset):
    assert str(full["time"].values[0])[:13] == "2015-01-01T01"
    assert str(full["time"].values[-1])[:13] == "2026-01-01T00"
    assert (np.diff(full["time"].values) == np.timedelta64(1, "h")).all()


# ---- faults ----


def test_missing_share_is_that_of_a_feed(full: xr.Dataset):
    normal = full.isel(station=np.flatnonzero(full["role"].values == "evaluation"))
    for name in POLLUTANTS:
        share = np.isnan(normal[name]).mean("time")
        assert share.min() > 0.01, name
        assert share.max() < 0.08, name
    absent = np.all([np.isnan(full[p].values).all(axis=0) for p in POLLUTANTS], axis=0)
    assert 0.003 < absent.mean() < 0.03
    single = np.isnan(full["pm25"].values) & ~absent
    assert 0 < single.any(axis=0).mean() < 0.5


def test_years_stay_valid(city_days: xr.Dataset):
    """Gaps must not withhold a county's annual mean: 324 days, 27 a month, 25 in February (GB 3095, table 4)."""
    valid = np.isfinite(city_days["pm25"])
    by_month = valid.resample(day="MS").sum()
    needed = xr.where(by_month["day"].dt.month == 2, 25, 27)
    assert bool((by_month >= needed).all())


def test_stuck_runs_and_spikes_occur_but_rarely(full: xr.Dataset):
    v = full["pm10"].values[full["role"].values == "evaluation"]
    same = np.diff(v, axis=1) == 0
    longest = np.array(
        [max(len(run) for run in "".join("x" if s else " " for s in row).split()) for row in same]
    )
    assert longest.max() >= 8
    # A spike is a jump up by a factor of 4 from at least 30 µg/m³; dust does it to PM10, hardly to PM2.5.
    fine = full["pm25"].values[full["role"].values == "evaluation"]
    spikes = ((fine[:, 1:] > 4 * fine[:, :-1]) & (fine[:, :-1] >= 30)).sum()
    assert 3 <= spikes <= 200
    assert fine.size > 1_000_000


def test_runs_cross_the_end_of_a_month():
    runs = Runs(2)
    first = runs(10, np.array([1]), np.array([8]), np.array([15]))
    assert first[1, 8:].all() and not first[0].any() and not first[1, :8].any()
    none = np.array([], dtype=np.int64)
    assert runs(10, none, none, none)[1].all()
    assert runs(10, none, none, none)[1].sum() == 3


# ---- physics ----


def test_seasons(recent: pd.DataFrame):
    cold, warm = months(recent, 12, 1, 2).mean(), months(recent, 6, 7, 8).mean()
    assert cold["pm25"] > 4 * warm["pm25"]
    assert warm["o3"] > 2 * cold["o3"]
    assert cold["co"] > 2 * warm["co"] and cold["no2"] > 1.3 * warm["no2"] and cold["so2"] > warm["so2"]


def test_course_of_the_day_follows_the_sun_not_the_clock(recent: pd.DataFrame, weather: pd.DataFrame):
    summer = months(recent, 6, 7, 8)
    by_hour = summer.groupby(summer.index.hour).mean()
    assert 15 <= by_hour["o3"].idxmax() <= 18
    assert 15 <= by_hour["no2"].idxmin() <= 18
    sun = weather.groupby(weather.index.hour)["radiation"].mean()
    assert sun.idxmax() in (14, 15)
    assert months(weather, 7).groupby(months(weather, 7).index.hour)["temperature"].mean().idxmax() in range(
        15, 19
    )


def test_pm_ratio(full: xr.Dataset):
    ratio = full["pm25"] / full["pm10"]
    station = ratio.sel(station="SIM-CJ1").to_series()
    season = station.groupby(station.index.month).median()
    assert season[[12, 1, 2]].min() > 0.6 and season[[4, 5, 6, 7]].max() < 0.5
    above = float((ratio > 1).sum() / np.isfinite(ratio).sum())
    assert 0.01 < above < 0.05


def test_memory_and_neighbourhood(full: xr.Dataset, recent: pd.DataFrame):
    log = np.log(recent)
    assert 0.94 < log["pm25"].corr(log["pm25"].shift(1)) < 0.995
    assert 0.7 < log["pm25"].corr(log["pm25"].shift(24)) < 0.92
    codes = ["SIM-CJ1", "SIM-CJ2", "SIM-HT1", "SIM-QT1", "SIM-FK9"]
    wide = pd.DataFrame(np.log(full["pm25"].sel(station=codes).values.T), full["time"].values, codes)
    r = months(wide, 1, 2).corr()["SIM-CJ1"]
    assert r["SIM-CJ2"] > 0.85 and r["SIM-CJ2"] > r["SIM-HT1"] > r["SIM-QT1"] > 0.4
    assert r["SIM-FK9"] < 0.5  # the mountain lies above the winter haze


def test_background_station_is_clean(full: xr.Dataset):
    pm25 = full["pm25"].mean("time")
    assert float(pm25.sel(station="SIM-FK9")) < 15 < 0.5 * float(pm25.sel(station="SIM-FK1"))


def test_two_regimes_in_winter(recent: pd.DataFrame, weather: pd.DataFrame):
    """Heavy days come in spells with weak wind under a low mixing layer."""
    day = months(recent.join(weather), 12, 1, 2).resample("D").mean().dropna()
    heavy, clean = day[day["pm25"] > 150], day[day["pm25"] < 50]
    assert len(heavy) > 25 and len(clean) > 25
    assert heavy["wind_speed"].mean() < 0.6 * clean["wind_speed"].mean()
    assert heavy["mixing_height"].mean() < 0.7 * clean["mixing_height"].mean()
    assert heavy["relative_humidity"].mean() > clean["relative_humidity"].mean()
    flag = day["pm25"] > 115
    spells = flag.groupby((flag != flag.shift()).cumsum()).agg(["first", "size"])
    assert spells.loc[spells["first"], "size"].max() >= 4


def test_no_log_normal_could_give_the_days(city_days: xr.Dataset):
    """A log-normal with mean 53 has at most 7.5 % of days above 150: the regimes show."""
    pm25 = city_days["pm25"].sel(place="changji", day="2020").dropna("day").values
    assert (pm25 > 150).mean() > 0.09


def test_weather_is_plausible(weather: pd.DataFrame):
    monthly = weather.groupby(weather.index.month).mean()
    assert -18 < monthly["temperature"][1] < -9 and 22 < monthly["temperature"][7] < 29
    afternoon = (
        weather[weather.index.hour.isin([15, 16, 17])].groupby(lambda t: t.month)["mixing_height"].mean()
    )
    assert 230 < afternoon[1] < 500 and 1400 < afternoon[7] < 2300
    assert (weather["dew_point"] <= weather["temperature"] + 0.11).all()
    assert weather["relative_humidity"].between(1, 100).all()
    assert weather["wind_direction"].between(0, 360).all() and (weather["wind_speed"] >= 0.1).all()
    assert 100 < weather["precipitation"].sum() / 2 < 350
    assert (weather.loc[weather.index.hour.isin([2, 3, 4]), "radiation"] == 0).all()
    assert not weather.isna().any().any()


def test_mountain_breeze_turns_with_the_day(weather: pd.DataFrame):
    july = months(weather, 7)
    north = -july["wind_speed"] * np.cos(np.deg2rad(july["wind_direction"]))
    by_hour = north.groupby(july.index.hour).mean()
    assert by_hour[[16, 17, 18]].mean() < -0.3 < 0.3 < by_hour[[4, 5, 6]].mean()  # from the north by day


def test_spring_dust(full: xr.Dataset):
    spring = full.sel(station="SIM-CJ1", time=full["time"].dt.month.isin([3, 4, 5]))
    storm = spring["pm10"].values > 400
    assert storm.sum() > 20
    ratio = spring["pm25"].values[storm] / spring["pm10"].values[storm]
    assert np.nanmedian(ratio) < 0.5


def test_fireworks_on_the_eve(full: xr.Dataset):
    first = pd.Timestamp("2018-02-16")  # Spring Festival
    usual, night = [], []
    for code in ("SIM-CJ1", "SIM-HT1", "SIM-ML1"):
        series = full["pm25"].sel(station=code).to_series()
        night.append(series[first : first + pd.Timedelta(hours=3)].mean())
        usual.append(series[first - pd.Timedelta(hours=8) : first - pd.Timedelta(hours=3)].mean())
    assert np.mean(night) > np.mean(usual) + 25


def test_clock_knows_heating_and_leap_years():
    assert len(Clock.of(2020, 2)) == 29 * 24 and len(Clock.of(2019, 2)) == 28 * 24
    assert Clock.of(2020, 1).heating.min() == 1 and Clock.of(2020, 7).heating.max() == 0


# ---- official figures of seed 0, computed by airq.standards on the values as received ----


@pytest.mark.parametrize(("year", "pm25", "good", "heavy"), [(2020, 53, 284, 43), (2025, 37, 308, 17)])
def test_changji_city(year_of, year: int, pm25: float, good: int, heavy: int):
    row = year_of(year).loc["changji"]
    assert row["mean_pm25"] == pytest.approx(pm25, abs=1)
    assert row["good_days"] == pytest.approx(good, abs=6)
    assert row["heavy_days"] == pytest.approx(heavy, abs=6)


def test_changji_city_2022_by_ratio(year_of):
    row = year_of(2022).loc["changji"]
    assert row["mean_pm25"] == pytest.approx(50, abs=1)
    assert row["good_ratio"] == pytest.approx(0.753, abs=6 / 365)
    assert row["heavy_days"] / row["days_valid"] == pytest.approx(0.085, abs=6 / 365)


def test_changji_city_2024_against_2023(year_of):
    before, after = year_of(2023).loc["changji"], year_of(2024).loc["changji"]
    assert after["good_days"] - before["good_days"] == pytest.approx(16, abs=6)
    assert after["heavy_days"] - before["heavy_days"] == pytest.approx(-16, abs=6)


def test_seven_counties_2025(year_of):
    rows = year_of(2025).loc[COUNTIES]
    assert rows["good_days"].mean() == pytest.approx(325, abs=5)
    assert (rows["good_days"] > 300).all()
    assert (rows.loc[WITHIN_35, "mean_pm25"] <= 35).all()
    assert (rows.loc[["changji", "fukang"], "mean_pm25"] > 35).all()


def test_div12(year_of):
    row = year_of(2022).loc["div12"]
    assert row["good_ratio"] == pytest.approx(0.781, abs=6 / 365)
    change = row["mean_pm25"] / year_of(2020).loc["div12", "mean_pm25"] - 1
    assert change == pytest.approx(-0.1064, abs=0.02)


def test_targets_table_names_what_is_asserted_here():
    path = Path(simulation_tables.__file__).parent.parent / "tables" / "simulation_targets.csv"
    targets = pd.read_csv(path, comment="#")
    assert set(targets["mark"]) == {"[P]", "[C]", "[chosen]"}
    given = targets[targets["mark"] == "[P]"].set_index(["place", "year", "indicator"])["value"]
    assert given["changji", 2020, "pm25"] == 53 and given["changji", 2025, "good_days"] == 308
    assert targets.loc[targets["mark"] != "[chosen]", "source"].notna().all()


# ---- truth ----


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return simulation.truth("2015-01", "2026-12")


def test_truth_adds_up(truth: pd.DataFrame):
    wide = truth.pivot_table(index=["place", "month"], columns="sector", values="pm25")
    np.testing.assert_allclose(wide.drop(columns="total").sum(axis=1), wide["total"])
    np.testing.assert_allclose(truth["effect"], truth["pm25"] / truth["pm25_frozen"] - 1, atol=1e-12)
    january = truth[(truth["month"] == "2015-01") & (truth["sector"] != "natural")]
    np.testing.assert_allclose(january["multiplier"], 1)
    still = truth.groupby(["place", "sector", truth["month"].dt.month])["pm25_frozen"].nunique()
    assert (still == 1).all()


def test_truth_falls(truth: pd.DataFrame):
    total = truth[truth["sector"] == "total"].assign(year=lambda f: f["month"].dt.year)
    yearly = total.pivot_table(index="place", columns="year", values="pm25")
    assert (yearly.diff(axis=1).iloc[:, 1:] < 1e-9).all().all()
    assert 0.7 < yearly.loc["changji", 2025] / yearly.loc["changji", 2020] < 0.9


def test_effect_is_found_again_with_the_trend_off(full: xr.Dataset, truth: pd.DataFrame):
    frozen = simulation.simulate("2024-01", "2025-12", places=["changji", "mori"], trend=False)
    for place in ("changji", "mori"):
        codes = frozen["station"].values[frozen["place"].values == place]
        with_trend = float(full["pm25"].sel(station=codes, time=frozen["time"]).mean())
        found = with_trend / float(frozen["pm25"].sel(station=codes).mean()) - 1
        rows = truth[(truth["place"] == place) & (truth["sector"] == "total") & (truth["month"] >= "2024-01")]
        rows = rows[rows["month"] <= "2025-12"]
        assert found == pytest.approx(rows["pm25"].sum() / rows["pm25_frozen"].sum() - 1, abs=0.02)


def test_same_weather_with_the_trend_off():
    """Before emissions change, the two runs are one."""
    on = simulation.simulate("2015-01", "2015-01", places="changji")
    off = simulation.simulate("2015-01", "2015-01", places="changji", trend=False)
    assert on.identical(off)


# ---- refusals ----


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"start": "2014-12"}, "lies before the simulation"),
        ({"end": "2050-01"}, "lies beyond the simulation"),
        ({"start": "2016-05", "end": "2016-04"}, "give a later end"),
        ({"start": "May"}, "is no month"),
        ({"start": "2016-13"}, "is no month"),
        ({"end": "2015-01", "seed": -1}, "not a whole number"),
        ({"end": "2015-01", "seed": 1.5}, "not a whole number"),
        ({"end": "2015-01", "places": ["changi"]}, "did you mean"),
        ({"end": "2015-01", "places": []}, "no place is named"),
    ],
)
def test_refusals_are_one_sentence(arguments: dict, words: str):
    with pytest.raises(ParameterError, match=words) as caught:
        simulation.simulate(**arguments)
    assert "\n" not in str(caught.value)


def test_refusal_of_an_unknown_kind():
    with pytest.raises(ParameterError, match="observations or weather"):
        simulation.stream(kinds=["smoke"])


def test_damaged_table_is_named(tmp_path: Path):
    folder = Path(simulation_tables.__file__).parent.parent / "tables"
    for file in folder.glob("simulation*"):
        shutil.copy(file, tmp_path)
    stations = tmp_path / "simulation_stations.csv"
    stations.write_text(stations.read_text(encoding="utf-8").replace(",mori,", ",nowhere,"), encoding="utf-8")
    with pytest.raises(FileRejected, match="'nowhere' is not simulated"):
        simulation_tables.load(tmp_path)
    (tmp_path / "simulation.toml").write_text("a = ", encoding="utf-8")
    with pytest.raises(FileRejected, match=r"simulation\.toml"):
        simulation_tables.load(tmp_path)


# ---- the command ----


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["simulate", *words])
    text = capsys.readouterr()
    return int(stop.value.code or 0), text.out, text.err


def test_command_writes_archive_and_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "archive"
    code, text, _ = run(capsys, "--out", str(out), "--end", "2015-02", "--json")
    assert code == 0 and json.loads(text)["added"] == ["2015-01", "2015-02"]
    archive = Archive(out)
    assert archive.simulated and archive.months() == archive.months("weather") == ["2015-01", "2015-02"]
    held = archive.load(place="changji")
    want = simulation.simulate("2015-01", "2015-02", places="changji")
    np.testing.assert_array_equal(held["pm25"].sel(station=want["station"]), want["pm25"])
    truth = pd.read_csv(out / "truth.csv")
    assert set(truth["month"]) == {"2015-01", "2015-02"} and truth["place"].nunique() == 11

    before = {f: f.read_bytes() for f in out.rglob("*") if f.is_file()}
    code, text, _ = run(capsys, "--out", str(out), "--end", "2015-02")
    assert code == 0 and "nothing to add" in text
    assert before == {f: f.read_bytes() for f in out.rglob("*") if f.is_file()}

    digest = archive.digest(["2015-01", "2015-02"])
    code, text, _ = run(capsys, "--out", str(out), "--end", "2015-03")
    assert code == 0 and "1 months added" in text
    assert Archive(out).months()[-1] == "2015-03" and archive.digest(["2015-01", "2015-02"]) == digest

    code, _, error = run(capsys, "--out", str(out), "--end", "2015-02", "--seed", "3")
    assert code == 2 and "seed 0, not 3" in error and error.count("\n") == 1


def test_command_refuses_an_archive_of_observations(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    ds = simulation.simulate("2015-01", "2015-01", places="mori")
    Archive(tmp_path).store(ds, source="test")
    code, _, error = run(capsys, "--out", str(tmp_path), "--end", "2015-01")
    assert code == 2 and "holds observed data" in error and error.count("\n") == 1
    assert not (tmp_path / "truth.csv").exists() and not (tmp_path / "simulation.json").exists()


# ---- beside the real feed of 2019 ----


@pytest.mark.shared
def test_shape_is_that_of_the_real_year(shared: Path, full: xr.Dataset):
    """Same shape, not same numbers: memory, seasons, course of the day and PM ratio of a Changji station."""
    path = shared / "data" / "cnemc_2019_xinjiang" / "china_sites_2019_xinjiang_wide.csv.gz"
    table = pd.read_csv(path, usecols=["date", "hour", "type", "2691A"])
    table["time"] = pd.to_datetime(table["date"].astype(str)) + pd.to_timedelta(table["hour"], "h")
    wide = table.drop_duplicates(["time", "type"]).pivot_table(index="time", columns="type", values="2691A")
    real = wide.asfreq("h").rename(columns={"PM2.5": "pm25", "PM10": "pm10", "O3": "o3", "NO2": "no2"})
    part = full.sel(station="SIM-CJ1", time=slice("2019-01-01", "2019-12-31"))
    names = ["pm25", "pm10", "o3", "no2"]
    ours = pd.DataFrame({n: part[n].values for n in names}, index=pd.DatetimeIndex(part["time"].values))
    for name in names:
        lag = [np.log(f[name]).corr(np.log(f[name]).shift(1)) for f in (real, ours)]
        assert lag[1] == pytest.approx(lag[0], abs=0.06), name
        season = [months(f, 12, 1, 2)[name].mean() / months(f, 6, 7, 8)[name].mean() for f in (real, ours)]
        assert 0.5 < season[1] / season[0] < 2, name
        hour = [months(f, 6, 7, 8)[name].groupby(lambda t: t.hour).mean() for f in (real, ours)]
        assert hour[0].corr(hour[1]) > 0.5, name
    ratio = [(f["pm25"] / f["pm10"]).groupby(lambda t: t.month).median() for f in (real, ours)]
    assert ratio[0].corr(ratio[1]) > 0.7

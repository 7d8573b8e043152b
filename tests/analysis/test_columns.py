"""What every analysis makes of a frame: codes, several sites, repeated times, zones, days with a clock, units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq import analysis
from airq.analysis.columns import days_apart, numbers, repeated, times_of, uncoded
from airq.errors import AirqError, MissingData, ParameterError

HOURS = 24 * 365


def hours(n: int = HOURS, start: str = "2018-01-01") -> pd.DataFrame:
    rng = np.random.default_rng(5)
    date = pd.date_range(start, periods=n, freq="h")
    wind = rng.gamma(2.0, 1.5, n)
    season = 1.5 + np.cos(2 * np.pi * date.day_of_year.to_numpy() / 365.25)
    return pd.DataFrame(
        {
            "date": date,
            "pm25": 30 * season / (0.5 + wind) * rng.lognormal(0, 0.2, n) + 5,
            "wind_speed": wind,
            "wind_direction": rng.integers(1, 37, n) * 10.0,
        }
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return hours()


ANALYSES = {
    "period_means": lambda f: analysis.period_means(f, "pm25").series.to_numpy(),
    "kz_filter": lambda f: analysis.kz_filter(f, "pm25", (25,)).table["kz_25"].to_numpy(),
    "pollution_rose": lambda f: analysis.pollution_rose(f, "pm25").table["share"].to_numpy(),
    "cpf": lambda f: analysis.conditional_probability(f, "pm25", draws=60).table["probability"].to_numpy(),
    "time_variation": lambda f: analysis.time_variation(f, "pm25").table["mean"].to_numpy(),
    "interrupted": lambda f: np.array([analysis.interrupted_series(f, "pm25", "2018-10-15").estimate]),
}


@pytest.mark.parametrize("name", list(ANALYSES))
def test_codes_repetitions_and_zones_change_no_number(name: str, frame: pd.DataFrame) -> None:
    run = ANALYSES[name]
    gaps = frame.assign(pm25=frame["pm25"].where(np.arange(len(frame)) % 9 != 0))
    usual = run(gaps)
    empty_first = pd.concat([gaps.iloc[:500].assign(pm25=np.nan), gaps])
    utc = gaps["date"].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
    for other in (
        gaps.assign(pm25=gaps["pm25"].fillna(-999.0)),
        empty_first,
        gaps.assign(date=utc.astype("str")),
        gaps.set_index("date"),
    ):
        np.testing.assert_allclose(run(other), usual, rtol=1e-9, atol=1e-12)


def test_what_is_left_out_is_said(frame: pd.DataFrame) -> None:
    coded = frame.assign(pm25=frame["pm25"].where(np.arange(len(frame)) % 9 != 0, -999.0))
    for found in (
        analysis.period_means(coded, "pm25"),
        analysis.kz_filter(coded, "pm25", (25,)),
        analysis.pollution_rose(coded, "pm25"),
        analysis.interrupted_series(coded, "pm25", "2018-10-15"),
    ):
        assert any("codes of missing values" in n for n in found.notes)
    zoned = frame.assign(date=frame["date"].dt.tz_localize("UTC"))
    assert any("turned into Beijing time" in n for n in analysis.period_means(zoned, "pm25").notes)
    zeros = frame.assign(pm25=frame["pm25"].where(np.arange(len(frame)) % 9 != 0, 0.0))
    assert any("are 0; check" in n for n in analysis.period_means(zeros, "pm25").notes)
    assert any("are 0; check" in n for n in analysis.wind_rose(zeros).notes) is False
    assert any("are 0; check" in n for n in analysis.pollution_rose(zeros, "pm25").notes)


def test_a_code_stands_apart_from_what_was_measured() -> None:
    assert uncoded(np.array([5.0, 9999.0]), "pm10")[1] == 1
    assert uncoded(np.arange(12_000.0), "pm10")[1] == 0
    assert uncoded(np.array([5.0, 9999.0]), "co")[1] == 0  # µg/m³ reach it
    assert uncoded(np.array([999.0, 1000.0]), "pressure")[1] == 0
    assert uncoded(np.array([999.0, 3.0]), "wind_speed")[1] == 1
    assert uncoded(np.array([280.0, 290.0]), "temperature")[1] == 0  # kelvin is no code of a plain average
    assert uncoded(np.array([280.0, 290.0]), "temperature", physical=True)[1] == 2


@pytest.mark.parametrize("column", ["site", "station", "place"])
@pytest.mark.parametrize(
    "run",
    [
        lambda f: analysis.period_means(f, "pm25"),
        lambda f: analysis.kz_filter(f, "pm25", (25,)),
        lambda f: analysis.pollution_rose(f, "pm25"),
        lambda f: analysis.deweather(f, "pm25", ["wind_speed"]),
        lambda f: analysis.time_variation(f, "pm25"),
        lambda f: analysis.interrupted_series(f, "pm25", "2018-10-15"),
    ],
)
def test_two_sites_are_never_mixed(run, column: str, frame: pd.DataFrame) -> None:
    part = frame.iloc[:2000]
    two = pd.concat([part.assign(**{column: "a"}), part.assign(**{column: "b"}, pm25=1.0)])
    with pytest.raises(ParameterError, match=f"holds 2 sites in column '{column}'"):
        run(two)


def test_months_of_two_sites_are_refused() -> None:
    months = pd.date_range("2015-01-01", periods=24, freq="MS")
    table = pd.DataFrame({"date": months, "site": ["a"] * 12 + ["b"] * 12, "v": np.arange(24.0)})
    with pytest.raises(ParameterError, match="holds 2 sites"):
        analysis.theil_sen(table)


def test_days_stamped_with_a_time_of_day_are_days() -> None:
    rng = np.random.default_rng(1)
    days = pd.date_range("2017-01-01", periods=900)
    base = pd.DataFrame({"date": days, "pm25": rng.lognormal(4, 0.6, 900), "pm10": 200.0})
    noon = base.assign(date=days + pd.Timedelta(hours=12))
    effect = [analysis.interrupted_series(f, "pm25", "2018-06-01").estimate for f in (base, noon)]
    assert effect[0] == effect[1]
    episodes = [analysis.find_episodes(f).table["begin"].tolist() for f in (base, noon)]
    assert episodes[0] == episodes[1] and episodes[0]
    assert set(analysis.time_variation(noon, "pm25").table["panel"]) == set(
        analysis.time_variation(base, "pm25").table["panel"]
    )
    assert days_apart(times_of(noon)) and not days_apart(times_of(hours(48)))


def test_xarray_gets_one_sentence(frame: pd.DataFrame) -> None:
    ds = xr.Dataset({"pm25": ("x", [1.0])})
    calls = [
        lambda: analysis.period_means(ds, "pm25"),
        lambda: analysis.model_statistics(ds, "pm25", "pm25"),
        lambda: analysis.data_capture(ds),
        lambda: analysis.correlation_matrix(ds),
        lambda: analysis.transport_index(ds),
        lambda: analysis.fireworks(ds, "pm25"),
    ]
    for call in calls:
        with pytest.raises(AirqError, match=r"to_dataframe|dimensions"):
            call()


@pytest.mark.parametrize(
    "spoil",
    [
        {"wind_direction": np.nan},
        {"wind_direction": 999.0},
        {"wind_direction": -1.0},
        {"wind_speed": -3.0},
    ],
)
def test_missing_directions_do_not_pass_for_calms(spoil: dict[str, float], frame: pd.DataFrame) -> None:
    bad = frame.iloc[:3000].assign(**spoil)
    bad.loc[bad.index[:5], "wind_speed"] = 0.0
    for run in (analysis.wind_rose, lambda f: analysis.polar_surface(f, "pm25")):
        with pytest.raises(MissingData, match=r"only calms remain|both a wind and a value"):
            run(bad)


def test_calms_alone_are_named(frame: pd.DataFrame) -> None:
    calm = frame.iloc[:3000].assign(wind_speed=0.0)
    for run in (analysis.conditional_probability, analysis.percentile_rose, analysis.polar_annulus):
        with pytest.raises(MissingData, match="every hour is calm"):
            run(calm, "pm25")


def test_weather_in_another_unit_is_named(frame: pd.DataFrame) -> None:
    kelvin = frame.assign(temperature=280.0 + frame["wind_speed"], wind=frame["wind_speed"])
    for run in (
        lambda: analysis.deweather(kelvin, "pm25", ["temperature"]),
        lambda: analysis.interrupted_series(kelvin, "pm25", "2018-10-15", weather=["temperature"]),
    ):
        with pytest.raises(MissingData, match=r"lie outside -75 to 60 °C .*convert its unit"):
            run()
    with pytest.raises(ParameterError, match="give a list of columns"):
        analysis.interrupted_series(frame, "pm25", "2018-10-15", weather="wind_speed")


def test_codes_in_the_weather_of_episodes_are_missing() -> None:
    rng = np.random.default_rng(2)
    time = pd.date_range("2018-11-01 01:00", periods=24 * 120, freq="h")
    spell = (np.arange(len(time)) // 24) % 15 < 4
    table = pd.DataFrame({"time": time, "pm25": np.where(spell, 220.0, 40.0) + rng.normal(0, 5, len(time))})
    table["wind_speed"] = np.where(spell, 1.0, 3.0) + rng.uniform(0, 0.5, len(time))
    found = analysis.find_episodes(table)
    coded = table.assign(wind_speed=table["wind_speed"].where(np.arange(len(time)) % 7 != 0, 999.0))
    result = analysis.episode_weather(found, coded, ["wind_speed"])
    assert result.table["mean"].max() < 4
    assert any("codes such as 999" in n for n in result.notes)


def test_an_aqi_of_zero_is_missing() -> None:
    days = pd.date_range("2018-01-01", periods=40)
    found = analysis.find_episodes(
        pd.DataFrame({"date": days, "aqi": 0.0, "pm25": 30.0}).assign(
            aqi=lambda t: t["aqi"].where(t.index > 3, 80.0)
        )
    )
    assert found.days_seen == 4
    assert any("of 0 or less count as missing" in n for n in found.notes)
    with pytest.raises(MissingData, match="holds no value"):
        analysis.find_episodes(pd.DataFrame({"date": days, "aqi": 90.0, "pm25": np.nan}))


def test_quarters_keep_their_season() -> None:
    rng = np.random.default_rng(3)
    date = pd.date_range("2010-01-01", "2017-12-31")
    values = 50 - 2 * np.arange(len(date)) / 365 + 20 * np.cos(2 * np.pi * date.day_of_year / 365.25)
    frame = pd.DataFrame({"date": date, "v": values + rng.normal(0, 1, len(date))})
    means = analysis.period_means(frame, "v", "season")
    plain, wanted = analysis.theil_sen(means), analysis.theil_sen(means, True)
    assert wanted.slope_per_year == plain.slope_per_year and not wanted.deseasonalised
    assert any("season of quarterly values is left in" in n for n in wanted.notes)


def test_a_constant_series_shows_nothing(frame: pd.DataFrame) -> None:
    months = pd.Series(5.0, index=pd.date_range("2015-01-01", periods=60, freq="MS"), name="c")
    table = analysis.trend_tests(months, True).table
    assert set(table.loc[table["test"] != "spearman", "direction"]) == {"none"}
    flat = frame.assign(pm25=20.0)
    for run in (
        lambda: analysis.deweather(flat, "pm25", ["wind_speed"]),
        lambda: analysis.interrupted_series(flat, "pm25", "2018-10-15"),
    ):
        with pytest.raises(MissingData, match="is always 20"):
            run()
    with pytest.raises(ParameterError, match="block 0"):
        analysis.theil_sen(months, block=0)


def test_weather_that_explains_nothing_is_warned_of(frame: pd.DataFrame) -> None:
    noise = frame.assign(nothing=np.random.default_rng(4).normal(size=len(frame)))
    noise["pm25"] = noise["pm25"].sample(frac=1, random_state=0).to_numpy()
    found = analysis.deweather(noise, "pm25", ["nothing"], 20, model="additive")
    assert any("explains next to nothing" in w for w in found.warnings)
    sound = analysis.deweather(frame, "pm25", ["wind_speed"], 20, model="additive")
    assert not any("explains next to nothing" in w for w in sound.warnings)


def test_words_for_a_calm_are_read_everywhere(frame: pd.DataFrame) -> None:
    letters = frame.iloc[: 24 * 120].assign(wind_direction="N")
    letters.loc[letters.index[::5], ["wind_speed", "wind_direction"]] = [0.0, "静风"]
    letters.loc[letters.index[1::5], "wind_direction"] = "ssw"
    weather = ["wind_speed", "wind_direction"]
    assert analysis.deweather(letters, "pm25", weather, 20, model="additive").normalised.notna().any()


def test_repeated_rows_and_numbers() -> None:
    time = np.array(["2019-01-02", "2019-01-01", "2019-01-02", "NaT"], dtype="datetime64[ns]")
    assert repeated(time, np.array([np.nan, 1.0, 2.0, 3.0])).tolist() == [True, False, False, False]
    assert repeated(time, np.array([5.0, 1.0, 2.0, 3.0])).tolist() == [False, False, True, False]
    assert numbers(pd.Series(["1.5", "", None, "NA"], dtype=object), "v").tolist()[:1] == [1.5]
    mixed = pd.DataFrame({"time": ["2019-01-01T00:00+08:00", "2019-01-01T01:00Z"]})
    assert times_of(mixed).astype("datetime64[h]").astype(str).tolist() == ["2019-01-01T00", "2019-01-01T09"]

"""Structural models: they find what was put in, forecast without looking ahead, and say what they cannot do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from airq.errors import AirqError, MissingData, ParameterError
from airq.forecast import QUANTILES
from airq.forecast.explain import Explanation, explain, quantiles
from airq.forecast.statespace import LEAST

WEATHER = ["wind_speed_mean"]


def made(days: int = 800, seed: int = 2) -> pd.DataFrame:
    """Season, weekend -10 %, wind -30 % a standard deviation, memory 0.5, falling 8 % a year."""
    rng = np.random.default_rng(seed)
    date = pd.date_range("2016-01-01", periods=days)
    turn = 2 * np.pi * date.day_of_year / 365.25
    wind = 2 + 0.5 * np.cos(turn) + rng.normal(0, 0.8, days)
    noise = np.zeros(days)
    for t in range(1, days):
        noise[t] = 0.5 * noise[t - 1] + 0.2 * rng.standard_normal()
    log = 4.2 + 0.6 * np.cos(turn) - 0.105 * (date.day_of_week >= 5) - 0.083 * np.arange(days) / 365.25
    log = log + np.log(0.7) * (wind - 2 - 0.5 * np.cos(turn)) / 0.8 + noise
    return pd.DataFrame({"date": date, "site": "A", "pm25": np.exp(log) - 1, "wind_speed_mean": wind})


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return made()


@pytest.fixture(scope="module")
def by_components(frame: pd.DataFrame) -> Explanation:
    return explain(frame.sample(frac=1, random_state=1), "pm25", WEATHER, model="uc")


@pytest.mark.parametrize("model", ["uc", "sarimax"])
def test_what_was_put_in_is_found(frame: pd.DataFrame, by_components: Explanation, model: str) -> None:
    found = by_components if model == "uc" else explain(frame, "pm25", WEATHER, model=model)
    table = found.to_frame().set_index("name")
    assert table["percent"]["wind_speed_mean"] == pytest.approx(-30, abs=3)
    assert table["percent"]["weekend"] == pytest.approx(-10, abs=4)
    assert table["percent_lower"]["trend"] < -8 < table["percent_upper"]["trend"]
    assert table["estimate"]["ar.L1"] == pytest.approx(0.5, abs=0.15)
    assert (table["lower"] < table["estimate"]).all()
    assert found.diagnostics["converged"]
    assert found.diagnostics["ljung_box_p"] > 0.001
    season = found.component("season")["value"]
    assert season.max() - season.min() == pytest.approx(1.2, abs=0.3)
    total = found.components.groupby("date")["value"].sum().to_numpy()
    np.testing.assert_allclose(total, np.log(frame["pm25"] + 1), atol=1e-8)


def test_words_in_both_languages(by_components: Explanation) -> None:
    found = by_components
    english, chinese = found.sentences("en"), found.sentences("zh")
    assert len(english) == len(chinese) == 6
    assert "mean wind speed" in english[0]
    assert "lower" in english[0]
    assert "日均风速" in chinese[0]
    assert "降低" in chinese[0]
    assert any("converged" in s for s in english)
    assert "<table" in found._repr_html_()
    with pytest.raises(ParameterError):
        found.sentences("fr")
    with pytest.raises(ParameterError, match="component 'luck'"):
        found.component("luck")


def test_residual_memory_is_detected() -> None:
    rng = np.random.default_rng(0)
    date = pd.date_range("2017-01-01", periods=500)
    weekly = 0.6 * np.cos(2 * np.pi * np.arange(500) / 3.5)
    frame = pd.DataFrame({"date": date, "pm25": np.exp(3 + weekly + 0.1 * rng.standard_normal(500))})
    found = explain(frame, "pm25", model="sarimax")
    assert found.diagnostics["ljung_box_p"] < 0.01
    assert "autocorrelated" in found.sentences("en")[-1]


@pytest.mark.parametrize("model", ["uc", "sarimax"])
def test_forecasts_know_nothing_later_than_their_issue(frame: pd.DataFrame, model: str) -> None:
    series = frame.set_index("date")["pm25"].iloc[:500]
    issued = series.index[[420, 440, 480]]
    one = quantiles(series, None, [1, 7], issued, model)
    changed = series.copy()
    changed.iloc[441:] = changed.iloc[441:] * 5 + 40
    two = quantiles(changed, None, [1, 7], issued, model)
    early = one["issued"] <= series.index[440]
    pd.testing.assert_frame_equal(one[early], two[early])
    assert not np.allclose(one[~early]["q50"], two[~early]["q50"])
    q = one[list(QUANTILES)].to_numpy()
    assert (np.diff(q, axis=1) > 0).all()
    assert (q >= 0).all()


def test_forecasts_cover_and_use_the_weather(frame: pd.DataFrame) -> None:
    daily = frame.set_index("date")
    issued = daily.index[500:790]
    bare = quantiles(daily["pm25"], None, [1, 3], issued, "uc")
    known = quantiles(daily["pm25"], daily[WEATHER], [1, 3], issued, "uc")
    for made_rows, share in ((bare, 0.8), (known, 0.8)):
        came = (
            daily["pm25"]
            .reindex(made_rows["issued"] + pd.to_timedelta(made_rows["horizon"], unit="D"))
            .to_numpy()
        )
        inside = (came >= made_rows["q10"]) & (came <= made_rows["q90"])
        assert inside.mean() == pytest.approx(share, abs=0.07)
        made_rows["error"] = np.abs(came - made_rows["q50"].to_numpy())
    assert known["error"].mean() < 0.75 * bare["error"].mean()


def test_forecast_beyond_the_end_and_over_gaps(frame: pd.DataFrame) -> None:
    series = frame.set_index("date")["pm25"].iloc[:450].copy()
    series.iloc[200:240] = np.nan
    last = series.index[-1] + pd.Timedelta(days=3)
    rows = quantiles(series.drop(series.index[100:110]), None, range(1, 11), pd.DatetimeIndex([last]), "uc")
    assert len(rows) == 10
    width = np.log(rows["q90"] / rows["q10"])
    assert np.isfinite(width).all()
    assert width.iloc[9] > width.iloc[0]


def test_short_constant_empty_and_strange_series(frame: pd.DataFrame) -> None:
    daily = frame.set_index("date")["pm25"]
    at = daily.index[[50]]
    with pytest.raises(MissingData, match=f"has 51 known days up to 2016-02-20, and {LEAST} are needed"):
        quantiles(daily, None, [1], at, "uc")
    with pytest.raises(MissingData, match="no value of pm25"):
        explain(frame.assign(pm25=np.nan))
    with pytest.raises(MissingData, match="is 7 on all 800 known days"):
        explain(frame.assign(pm25=7.0))
    with pytest.raises(MissingData, match="0 days in common"):
        explain(frame.assign(wind_speed_mean=np.nan), weather=WEATHER)
    with pytest.raises(MissingData, match="no column 'rain'"):
        explain(frame, weather=["rain"])
    with pytest.raises(MissingData, match="no site 'Z'"):
        explain(frame, site="Z")
    with pytest.raises(ParameterError, match="holds 2 sites"):
        explain(pd.concat([frame, frame.assign(site="B")]))
    with pytest.raises(ParameterError, match="model 'oracle'"):
        explain(frame, model="oracle")
    with pytest.raises(ParameterError, match="horizons"):
        quantiles(daily, None, [0], at, "uc")
    with pytest.raises(AirqError):
        quantiles(daily, None, [1], pd.DatetimeIndex(["2010-01-01"]), "uc")


def test_less_than_a_year_spikes_and_repeated_days_are_noted() -> None:
    frame = made(200)
    frame.loc[50, "pm25"] = 1e6
    found = explain(pd.concat([frame, frame.iloc[[3]]]), "pm25", model="sarimax")
    text = " ".join(found.notes)
    assert "200 days are less than a year" in text
    assert "1 impossible values" in text
    assert "1 days stand more than once" in text
    assert "season" not in set(found.components["component"])

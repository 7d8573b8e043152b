"""What is learned from observed weather and applied to forecasts: known slopes, nothing known too early, missing columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from airq import forecast as fc
from airq.forecast.features import departures
from airq.forecast.models import POINT_MODELS
from airq.forecast.panel import Panel
from airq.forecast.samples import sample_from_observed, sample_of
from airq.forecast.weather_given import Given, skill

DAYS, LEARNED, LEAD = 900, 700, 3


def parts(observed_column="temperature_mean", seed=0):
    """A level that follows the day's temperature, and forecasts of it with a slope of one half."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 5, (2, DAYS))
    level = np.exp(3.5 - 0.1 * truth + rng.normal(0, 0.05, truth.shape))
    frame = pd.concat(
        pd.DataFrame(
            {
                "date": pd.date_range("2014-01-01", periods=DAYS),
                "site": f"S{s}",
                "pm25": level[s],
                observed_column: truth[s],
            }
        )
        for s in range(2)
    )
    told = truth + rng.normal(0, 5, truth.shape)  # what it lets expect is half of it
    return Panel.of(frame, "pm25"), truth, told


def made(panel, told, column="temperature_mean"):
    given = Given("forecast", [column], {LEAD: {column: told}})
    learn = np.broadcast_to(np.arange(DAYS) < LEARNED, told.shape)
    gone = departures(panel, learn, LEARNED - 1, given.columns)
    sample = sample_of(panel, gone, given, LEAD, learn, ~learn, LEARNED - 1, 0)
    return sample, sample_from_observed(sample, panel, gone, given)


def test_a_forecast_is_replaced_by_what_it_lets_expect():
    panel, truth, told = parts()
    sample, observed = made(panel, told)
    i = sample.names.index("then_temperature_mean")
    slope = np.polyfit(sample.x[..., i].ravel(), observed.x[..., i].ravel(), 1)[0]
    assert slope == pytest.approx(0.5, abs=0.05)
    assert np.corrcoef(observed.shown[..., i].ravel(), truth.ravel())[0, 1] > 0.99
    others = [k for k, name in enumerate(sample.names) if not name.startswith(("then_", "before_", "path_"))]
    np.testing.assert_array_equal(sample.x[..., others], observed.x[..., others])


@pytest.mark.parametrize("model", ["ridge", "kernel", "boosting"])
def test_what_is_learned_from_observed_weather_is_sharper(model):
    """The best forecast from half-wrong weather has half the variance; learning from the truth finds it."""
    panel, _, told = parts()
    sample, observed = made(panel, told)
    wanted = observed.want
    best = -0.1 * 0.5 * told[wanted]
    error = {
        name: np.mean((POINT_MODELS[model](s)[wanted] - best) ** 2)
        for name, s in (("told", sample), ("seen", observed))
    }
    assert error["seen"] < 0.02 and error["seen"] < 1.2 * error["told"]


@pytest.mark.parametrize("model", ["ridge", "kernel", "boosting"])
def test_weather_observed_after_learning_changes_nothing(model):
    panel, _, told = parts()
    changed = {**panel.logs, "temperature_mean": panel.logs["temperature_mean"].copy()}
    changed["temperature_mean"][:, LEARNED:] += 40.0
    before = POINT_MODELS[model](made(panel, told)[1])
    again = POINT_MODELS[model](made(replace(panel, logs=changed), told)[1])
    settled = np.arange(DAYS) >= LEARNED
    own = np.zeros_like(settled)
    own[LEARNED : LEARNED + LEAD] = True  # their features of the day of issue lie before the change
    np.testing.assert_allclose(before[:, own & settled], again[:, own & settled], rtol=1e-6)


def test_a_column_that_is_not_observed_stays_as_it_was_told():
    panel, _, told = parts(observed_column="wind_speed_mean")
    sample, observed = made(panel, told)
    np.testing.assert_array_equal(sample.x, observed.x)
    np.testing.assert_array_equal(sample.x, observed.shown)


def test_a_backtest_with_forecasts_learns_from_the_weather_seen():
    panel, truth, told = parts(seed=2)
    frame = pd.concat(
        pd.DataFrame(
            {"date": panel.days, "site": f"S{s}", "pm25": panel.observed[s], "temperature_mean": truth[s]}
        )
        for s in range(2)
    )
    table = pd.concat(
        pd.DataFrame(
            {
                "site": f"S{s}",
                "issued": panel.days - pd.Timedelta(days=1),
                "horizon": 1,
                "temperature_mean": told[s],
            }
        )
        for s in range(2)
    )
    rows = fc.backtest(frame, weather=table, horizons=(1,), test_days=60, model=("auto", "climatology"))
    miss = (rows["q50"] - rows["observed"]).abs().groupby(rows["model"]).mean()
    assert (rows["weather"] == "forecast").all() and miss["auto"] < 0.85 * miss["climatology"]


def test_skill_is_the_correlation_of_departures():
    panel, truth, told = parts()
    use = np.broadcast_to(np.arange(DAYS) < LEARNED, told.shape)
    for values, expected in ((told, 0.5**0.5), (truth, 1.0), (np.full_like(told, np.nan), 1.0)):
        given = Given("forecast", ["temperature_mean"], {LEAD: {"temperature_mean": values}})
        assert skill(given, panel, LEAD, use, LEARNED - 1) == pytest.approx(expected, abs=0.05)

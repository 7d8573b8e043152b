"""Parts of the daily forecast against known answers: quantile regression, climatology, spoilt weather, folds, panel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.forecast import arrays, climatology, combination, features, intervals, quantile_regression
from airq.forecast.names import LEVELS, season
from airq.forecast.panel import Panel, inverse, transform
from airq.forecast.weather_given import Given, completed, given_weather


def panel_of(values, **columns):
    days = pd.date_range("2014-01-01", periods=len(values))
    return Panel.of(pd.DataFrame({"date": days, "site": "A", "pm25": values, **columns}), "pm25")


def test_quantile_regression_agrees_with_linear_programming():
    from sklearn.linear_model import QuantileRegressor

    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(200), rng.normal(size=(200, 2))])
    y = x @ [1.0, 2.0, -1.0] + rng.normal(0, 1 + 0.5 * np.abs(x[:, 1]))
    made = quantile_regression.fit(x, y, np.ones(200), (0.1, 0.5, 0.9), 0.0, rounds=200)
    for b, p in zip(made, (0.1, 0.5, 0.9), strict=True):
        exact = QuantileRegressor(quantile=p, alpha=0, fit_intercept=False).fit(x, y).coef_

        def loss(c, p=p):
            rest = y - x @ c
            return np.mean(np.where(rest >= 0, p * rest, (p - 1) * rest))

        assert loss(b) <= loss(exact) * 1.003


def test_quantile_regression_shrinks_towards_what_is_given():
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(300), rng.normal(size=300)])
    y = 3 * x[:, 1] + rng.normal(size=300)
    towards = np.array([[0.5, 1.0]])
    hard = quantile_regression.fit(x, y, np.ones(300), (0.5,), 1e3, towards)
    soft = quantile_regression.fit(x, y, np.ones(300), (0.5,), 1e-6, towards)
    assert np.abs(hard - towards).max() < 0.01 and abs(soft[0, 1] - 3) < 0.2


@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=30), st.integers(0, 99))
def test_weighted_quantiles_ignore_the_order(values, seed):
    v = np.array(values)
    w = np.random.default_rng(seed).uniform(0.1, 1, len(v))
    order = np.random.default_rng(seed + 1).permutation(len(v))
    one = climatology.weighted_quantiles(v, w, np.array(LEVELS))
    two = climatology.weighted_quantiles(v[order], w[order], np.array(LEVELS))
    np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-6)
    assert (np.diff(one) >= 0).all() and one[0] >= v.min() and one[-1] <= v.max()


def test_climatology_takes_recent_years_more():
    days = pd.date_range("2014-01-01", "2017-12-31")
    values = np.where(days.year < 2017, 100.0, 50.0)[None]
    use = np.ones((1, len(days)), bool)
    want = np.zeros_like(use)
    want[0, -1] = True
    q = climatology.season_quantiles(values, days, use, len(days) - 1, want)[0, -1]
    assert q[8] == 50.0 and q[-1] == 100.0  # the last year has 8/15 of the weight
    assert np.isnan(climatology.season_quantiles(values, days, ~use, 0, want)[0, -1]).all()


def test_smooth_mean_of_a_site_without_days_is_that_of_the_others():
    angle = np.arange(400) * 2 * np.pi / 365.25
    values = np.stack([np.full(400, 3.0), np.full(400, np.nan)])
    smooth = climatology.smooth_mean(values, angle, np.ones((2, 400), bool), 399)
    assert np.allclose(smooth, 3.0, atol=0.01)


@pytest.mark.parametrize("lead", [1, 3, 7])
def test_observed_weather_stands_in_as_a_forecast_of_that_lead(lead):
    rng = np.random.default_rng(2)
    wind = rng.normal(0, 3, 1500)
    panel = panel_of(np.full(1500, 9.0), temperature_mean=wind)
    use = np.broadcast_to(np.arange(1500) < 1460, (1, 1500))
    ahead = pd.DataFrame({"site": "A", "date": panel.days[1460:], "temperature_mean": 1.0})
    given_ = given_weather(ahead, panel, ~use)
    made = completed(given_, panel, [lead], use, 1459, 0).of(lead)["temperature_mean"]
    r = np.corrcoef(made[use], wind[:1460])[0, 1]
    assert abs(r - {1: 0.95, 3: 0.87, 7: 0.52}[lead]) < 0.07
    assert abs(made[use].std() / wind.std() - 1) < 0.1
    assert (made[~use] == 1.0).all()


def test_weather_without_a_history_is_left_out():
    panel = panel_of(np.full(900, 9.0))
    use = np.broadcast_to(np.arange(900) < 890, (1, 900))
    ahead = pd.DataFrame({"date": panel.days[890:], "temperature_mean": 1.0})
    given_ = given_weather(ahead, panel, ~use)
    assert isinstance(given_, Given) and given_.label == "forecast"
    assert completed(given_, panel, [1], use, 889, 0).label == "none"


def test_spikes_are_told_from_storms():
    rng = np.random.default_rng(0)
    log = transform("pm10", np.exp(rng.normal(4, 0.7, (1, 800))))
    log[0, 10], log[0, 20] = np.log(5000.0), np.log(9e7)
    found = features.spikes(log, np.ones((1, 800), bool))
    assert found[0].nonzero()[0].tolist() == [20]


@settings(max_examples=20)
@given(st.integers(30, 900), st.integers(1, 900))
def test_folds_leave_no_day_out(days, known):
    fold = intervals.folds(days, min(known, days - 1))
    assert fold.min() >= 0 and fold.max() < intervals.FOLDS
    if days > 6 * 45 * 2:
        assert len(np.unique(fold)) == intervals.FOLDS


def test_residuals_of_too_short_a_season_come_from_the_year():
    days = pd.date_range("2019-05-01", "2019-09-30")
    rest = np.linspace(-1, 1, len(days))[None]
    all_days = np.ones((1, len(days)), bool)
    winter = days.append(pd.date_range("2019-12-01", periods=5))
    learn = np.concatenate([all_days, np.zeros((1, 5), bool)], axis=1)
    q = intervals.residual_quantiles(
        np.concatenate([rest, np.full((1, 5), np.nan)], 1), winter, learn, ~learn
    )
    np.testing.assert_allclose(q[0, -1], np.quantile(rest, LEVELS))
    assert season(winter)[-1] == "cold"


@given(st.floats(0, 5000), st.sampled_from(["pm25", "co", "aqi"]))
def test_transform_and_back(value, name):
    assert inverse(name, transform(name, np.array([value])))[0] == pytest.approx(value, abs=1e-6)


def test_repeated_days_are_averaged_whatever_their_order():
    frame = pd.DataFrame({"date": ["2020-01-01"] * 3, "site": "A", "pm25": [1.0, 2.0, 6.0]})
    for order in ([0, 1, 2], [2, 0, 1]):
        panel = Panel.of(frame.iloc[order], "pm25")
        assert panel.observed.tolist() == [[3.0]] and panel.notes == ["2 repeated days averaged"]


def test_levels_between_those_regressed_are_exact_for_a_normal_logarithm():
    from scipy.special import ndtri

    exact = 3 + 0.4 * ndtri(np.array(LEVELS))
    made = combination._all_levels(exact[combination._PICK])
    np.testing.assert_allclose(made, exact, rtol=1e-12)


@given(st.integers(0, 6), st.sampled_from([0, 1]))
def test_lagged_looks_back_and_never_ahead(steps, axis):
    values = np.arange(20.0).reshape(4, 5)
    made = np.moveaxis(arrays.lagged(values, steps, axis), axis, -1)
    whole = np.moveaxis(values, axis, -1)
    assert np.isnan(made[:, :steps]).all()
    assert (made[:, steps:] == whole[:, : max(whole.shape[1] - steps, 0)]).all()

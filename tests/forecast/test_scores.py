import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from airq.errors import AirqError
from airq.forecast import scores
from airq.forecast.distribution import cdf, checked, exceedance, values
from airq.forecast.inference import long_run_variance
from airq.forecast.names import LEVELS

P = np.array(LEVELS)
ROWS = st.integers(1, 12)


@st.composite
def forecasts(draw):
    n = draw(ROWS)
    cell = st.floats(0, 500, allow_nan=False, width=32)
    q = np.sort(draw(hnp.arrays(np.float64, (n, 19), elements=cell)), axis=1)
    y = draw(hnp.arrays(np.float64, n, elements=st.one_of(cell, st.just(np.nan))))
    return y, q


def test_crps_of_evenly_spaced_quantiles_by_hand():
    # q_k = 10 k at p = 0.05 k, y = 100: pinball below is .05 k (100 - 10 k), sum over k = 1..9 is 82.5, twice by symmetry
    assert scores.crps([100.0], [10.0 * np.arange(1, 20)])[0] == pytest.approx(2 * 165 / 19)


def test_pinball_and_point_forecast():
    assert scores.pinball([10.0], [[8.0, 14.0]], [0.1, 0.9]).tolist() == [pytest.approx([0.2, 0.4])]
    assert scores.crps([3.0, 8.0], np.full((2, 19), 5.0)).tolist() == pytest.approx([2.0, 3.0])


def test_crps_of_quantiles_approaches_the_closed_form_of_the_normal():
    levels = (np.arange(1, 2000)) / 2000
    q = stats.norm.ppf(levels)[None]
    closed = 0.7 * (2 * stats.norm.cdf(0.7) - 1) + 2 * stats.norm.pdf(0.7) - 1 / np.sqrt(np.pi)
    assert scores.crps([0.7], q, levels)[0] == pytest.approx(closed, abs=2e-3)


@settings(max_examples=25)
@given(forecasts())
def test_scores_agree_with_scoringrules(case):
    sr = pytest.importorskip(
        "scoringrules", reason="scoringrules is not installed; it stands in the extra test"
    )
    y, q = case
    known = ~np.isnan(y)
    if not known.any():
        return
    y, q = y[known], q[known]
    ours = scores.crps(y, q)
    np.testing.assert_allclose(ours, np.asarray(sr.crps_quantile(y, q, P)), atol=1e-9)
    for fair, name in ((False, "nrg"), (True, "fair")):
        other = sr.crps_ensemble(y, q, estimator=name)
        np.testing.assert_allclose(scores.crps_ensemble(y, q, fair), np.asarray(other), atol=1e-8)
    event, p = (y > 100).astype(float), exceedance(q, 100.0)
    assert scores.brier(event, p) == pytest.approx(float(np.mean(np.asarray(sr.brier_score(event, p)))))


@settings(max_examples=25)
@given(forecasts(), st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_rows_and_ignore_missing_ones(case, random):
    y, q = case
    order = list(range(len(y)))
    random.shuffle(order)
    np.testing.assert_array_equal(scores.crps(y, q)[order], scores.crps(y[order], q[order]))
    crps = scores.crps(y, q)
    assert (np.isnan(crps) == np.isnan(y)).all() and (crps[~np.isnan(y)] >= 0).all()
    known = ~np.isnan(y)
    if known.any():
        for share in (0.5, 0.8, 0.9):
            whole, part = scores.coverage(y, q, share), scores.coverage(y[known], q[known], share)
            assert whole == part
        assert scores.rmse(y, q[:, 9]) >= scores.mae(y, q[:, 9]) - 1e-9
    weights = scores.pit(y, q)
    np.testing.assert_allclose(weights[known].sum(axis=1), 1.0)


@settings(max_examples=25)
@given(st.floats(0.2, 1.5), st.floats(-1, 1), st.floats(0.3, 3))
def test_crps_is_proper(sigma, shift, stretch):
    truth = np.exp(4 + sigma * stats.norm.ppf((np.arange(400) + 0.5) / 400))
    own = np.exp(4 + sigma * stats.norm.ppf(P))
    other = np.exp(4 + shift + sigma * stretch * stats.norm.ppf(P))
    good, bad = (scores.crps(truth, np.tile(q, (400, 1))).mean() for q in (own, other))
    assert good <= bad + 1e-3 * bad


def test_crossing_quantiles_are_refused():
    q = np.tile(np.arange(19.0), (3, 1))
    q[1, 4] = 30.0
    for call in (scores.crps, scores.pit, scores.coverage):
        with pytest.raises(AirqError, match="decrease"):
            call(np.zeros(3), q)
    with pytest.raises(AirqError, match=r"row 1: quantiles cross, q25 = 30 is above q30 = 5"):
        checked(q)
    with pytest.raises(AirqError, match="negative"):
        checked(np.full((1, 19), -2.0))


def test_pit_of_ties_is_shared():
    # climatology that is 0 up to the median: an observed 0 belongs to the ten lowest bins alike
    q = np.concatenate([np.zeros(10), np.arange(1.0, 10.0)])[None]
    assert scores.pit([0.0], q)[0].tolist() == pytest.approx([1 / 11] * 11 + [0] * 9)


def test_pit_test_finds_a_narrow_forecast_and_lets_a_good_one_pass():
    rng = np.random.default_rng(1)
    y = rng.normal(100, 10, 2000)
    days = np.repeat(np.arange(500), 4)
    good = np.tile(stats.norm.ppf(P, 100, 10), (2000, 1))
    narrow = np.tile(stats.norm.ppf(P, 100, 5), (2000, 1))
    assert scores.pit_test(scores.pit(y, good), days)["p_value"] > 0.01
    assert scores.pit_test(scores.pit(y, narrow), days)["p_value"] < 1e-6


def test_pit_test_counts_copies_of_a_site_once():
    y = np.random.default_rng(2).normal(100, 10, 400)
    q = np.tile(stats.norm.ppf(P, 100, 10), (400, 1))
    alone = scores.pit_test(scores.pit(y, q), np.arange(400))
    copied = scores.pit_test(np.repeat(scores.pit(y, q), 6, axis=0), np.repeat(np.arange(400), 6))
    assert copied["design_effect"] == pytest.approx(6 * alone["design_effect"])
    assert copied["p_value"] == pytest.approx(alone["p_value"])


def test_brier_by_hand_and_its_parts():
    event, p = [1, 1, 0, 0, np.nan], [0.8, 0.6, 0.6, 0.0, 0.5]
    assert scores.brier(event, p) == pytest.approx((0.04 + 0.16 + 0.36) / 4)
    parts = scores.brier_parts(event, p)
    total = parts["reliability"] - parts["resolution"] + parts["uncertainty"] + parts["within"]
    assert total == pytest.approx(parts["brier"])
    assert scores.bss(event, p, [0.5] * 5) == pytest.approx(1 - 0.14 / 0.25)
    with pytest.raises(AirqError, match="outside 0 to 1"):
        scores.brier([1], [50])
    with pytest.raises(AirqError, match="neither 0, 1"):
        scores.brier([2], [0.5])


@settings(max_examples=25)
@given(
    hnp.arrays(np.float64, 30, elements=st.floats(0, 1)), hnp.arrays(np.int64, 30, elements=st.integers(0, 1))
)
def test_parts_of_the_brier_score_always_sum_up(p, event):
    parts = scores.brier_parts(event, p)
    total = parts["reliability"] - parts["resolution"] + parts["uncertainty"] + parts["within"]
    assert total == pytest.approx(parts["brier"], abs=1e-9)
    table = scores.reliability(event, p)
    assert table["n"].sum() == 30 and (table["frequency"].dropna().between(0, 1)).all()


def test_contingency_rates_by_hand():
    table = scores.Contingency(hits=6, false_alarms=2, misses=3, correct_negatives=9)
    assert table.hit_rate == pytest.approx(6 / 9) and table.miss_rate == pytest.approx(3 / 9)
    assert table.false_alarm_ratio == 0.25 and table.false_alarm_rate == pytest.approx(2 / 11)
    assert table.threat_score == pytest.approx(6 / 11) and table.frequency_bias == pytest.approx(8 / 9)
    assert np.isnan(scores.Contingency(0, 0, 0, 3).hit_rate)


def test_episodes_and_onsets():
    from airq.forecast.contingency import episode_counts

    assert scores.episodes([1, 1, np.nan, 1, 0]).tolist() == [[0, 1], [3, 3]]
    assert scores.match_onsets([10, 12], [11, 13, 40], 1).tolist() == [[0, 0], [1, 1]]
    observed = [0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0]
    late = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    found = episode_counts(observed, late, tolerance=1)
    assert (found.onset_hits, found.onset_misses, found.onset_false, found.onset_error_sum) == (1, 1, 1, 1)
    assert (found.observed, found.detected, found.forecast, found.false) == (2, 1, 2, 1)
    assert episode_counts(observed, late, tolerance=2).onset_hits == 2
    # the first day of a run after a gap is not known, and a forecast on a day without observation is not judged
    found = episode_counts([np.nan, 1, 1, 0, 0, np.nan, 0, 0], [0, 0, 0, 0, 0, 1, 0, 0], tolerance=1)
    assert (found.onsets, found.onset_unknown, found.onset_false, found.false) == (0, 1, 0, 0)


def test_diebold_mariano_without_lags_is_the_t_test_of_days():
    rng = np.random.default_rng(0)
    d = rng.normal(0.3, 1, 40)
    found = scores.diebold_mariano(d + 5, np.full(40, 5.0), lags=0)
    expected = stats.ttest_1samp(d, 0)
    assert found.statistic == pytest.approx(expected.statistic) and found.p_value == pytest.approx(
        expected.pvalue
    )


def test_diebold_mariano_with_two_steps_by_hand():
    # d = 1, 2, 3, 2, 1, 3: mean 2, deviations -1 0 1 0 -1 1; gamma0 = 4/6, gamma1 = -1/6; rectangular, h = 2:
    # variance 4/6 - 2/6 = 1/3; HLN factor (6 + 1 - 4 + 2/6) / 6 = 5/9
    found = scores.diebold_mariano([1, 2, 3, 2, 1, 3], np.zeros(6), horizon=2, lags=1, kernel="rectangular")
    assert found.statistic == pytest.approx(2 / np.sqrt((1 / 3) / 6) * np.sqrt(5 / 9))
    assert found.lags == 1 and found.n == 6


def test_sites_of_a_day_are_not_independent():
    rng = np.random.default_rng(3)
    a, b = rng.gamma(4, 5, 60), rng.gamma(4, 6, 60)
    days = pd.date_range("2019-01-01", periods=60).to_numpy()
    alone = scores.diebold_mariano(a, b, days, 3)
    many = scores.diebold_mariano(np.tile(a, 9), np.tile(b, 9), np.tile(days, 9), 3)
    assert many.p_value == pytest.approx(alone.p_value) and many.n == 60
    assert scores.diebold_mariano(a, a, days).p_value != scores.diebold_mariano(a, a, days).p_value  # NaN


def test_a_missing_day_does_not_join_its_neighbours():
    x = np.array([1.0, -1.0, 1.0, -1.0])
    assert float(long_run_variance([0, 1, 2, 3], x, 1)) == pytest.approx(1 - 2 * 0.5 * 3 / 4)
    assert float(long_run_variance([0, 1, 9, 10], x, 1)) == pytest.approx(1 - 2 * 0.5 * 2 / 4)


@settings(max_examples=25)
@given(hnp.arrays(np.float64, 25, elements=st.floats(-5, 5)), st.integers(0, 30))
def test_bartlett_variance_is_never_negative(series, lags):
    assert float(long_run_variance(np.arange(25), series, lags)) >= -1e-9


def test_block_bootstrap_sees_the_dependence_of_days():
    rng = np.random.default_rng(4)
    slow = [np.repeat(rng.gamma(2, scale, 30), 10) for scale in (2, 3)]
    blocks, single = (scores.block_bootstrap(*slow, block=size) for size in (10, 1))
    assert blocks.low < blocks.skill < blocks.high
    assert blocks.high - blocks.low > 1.8 * (single.high - single.low)
    assert np.isnan(scores.block_bootstrap([np.nan], [1.0]).skill)


def test_exceedance_and_its_inverse_by_hand():
    q = np.arange(10.0, 200.0, 10.0)[None]
    assert cdf(q, [55.0])[0] == pytest.approx(0.275) and exceedance(q, 100.0)[0] == pytest.approx(0.5)
    step = np.array([[0.0] * 10 + [50.0] * 9])
    assert exceedance(step, 0.0)[0] == pytest.approx(0.5) and exceedance(step, 50.0)[0] == 0.0
    assert exceedance(step, -1.0)[0] == 1.0 and np.isnan(exceedance(np.full((1, 19), np.nan), 5.0)[0])


def test_tails_of_a_lognormal_are_recovered():
    q = np.exp(4 + 0.5 * stats.norm.ppf(P))[None]
    for p in (0.002, 0.01, 0.97, 0.999):
        truth = np.exp(4 + 0.5 * stats.norm.ppf(p))
        assert values(q, [p])[0, 0] == pytest.approx(truth) and cdf(q, truth)[0] == pytest.approx(p)


@settings(max_examples=25)
@given(forecasts(), st.lists(st.floats(0.001, 0.999), min_size=2, max_size=8))
def test_values_rise_and_probabilities_stay_in_range(case, levels):
    _, q = case
    levels = np.sort(levels)
    drawn = values(q, levels)
    assert (np.diff(drawn, axis=1) >= -1e-9 * (1 + drawn[:, 1:])).all() and (drawn >= 0).all()
    chance = np.stack([exceedance(q, t) for t in (0.0, 75.0, 150.0, 1e4)])
    assert ((chance >= -1e-12) & (chance <= 1 + 1e-12)).all() and (np.diff(chance, axis=0) <= 1e-9).all()


def test_cost_loss_by_hand():
    event, p = [1, 0, 0, 1], [0.9, 0.3, 0.1, 0.2]
    assert scores.expense(event, p, 0.25) == pytest.approx((0.25 + 0.25 + 0 + 1) / 4)
    curve = scores.value_curve(event, p, [0.25])
    assert curve["climatology"][0] == 0.25 and curve["perfect"][0] == 0.125
    assert curve["value"][0] == pytest.approx((0.25 - 0.375) / 0.125)
    with pytest.raises(AirqError, match="between 0 and 1"):
        scores.expense(event, p, 1.0)


@settings(max_examples=25)
@given(
    hnp.arrays(np.int64, 20, elements=st.integers(0, 1)), hnp.arrays(np.float64, 20, elements=st.floats(0, 1))
)
def test_no_forecast_beats_perfect_foresight(event, p):
    curve = scores.value_curve(event, p)
    assert (curve["value"].dropna() <= 1 + 1e-9).all() and (curve["expense"] >= curve["perfect"] - 1e-9).all()


def test_fairmode_by_hand():
    u = scores.uncertainty("pm25", [0.0, 25.0, 100.0])
    assert u[0] == pytest.approx(0.36 * 12.5) and u[1] == pytest.approx(9.0)
    assert u[2] == pytest.approx(0.36 * np.sqrt(0.75 * 10000 + 156.25))
    found = scores.fairmode([25.0, 25.0, np.nan], [28.0, 21.0, 5.0], [31.0, 17.0, 5.0], "pm25")
    assert found["mqi_f"] == pytest.approx(0.5) and found["n"] == 2
    assert found["mqi"] == pytest.approx(np.sqrt(12.5) / 18)
    assert found["mqi_f_u"] == pytest.approx(np.sqrt(12.5) / np.sqrt((15**2 + 17**2) / 2))
    assert np.isnan(scores.fairmode([5.0], [5.0], [6.0], "so2")["mqi"])

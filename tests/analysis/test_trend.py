"""Trends: known answers, oracles, memory, gaps, what every form of input gives, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.signal import lfilter
from statsmodels.tsa.seasonal import STL

from airq import analysis
from airq.analysis import deseasonalise, mann_kendall, period_means, side_by_side, theil_sen, trend_tests
from airq.analysis.trend.series import monthly_values
from airq.analysis.trend.slopes import _drawn_slopes, median_slope
from airq.analysis.trend.stl import partial_sort, stl
from airq.errors import AirqError, MissingData
from airq.standards import spearman

MONTHS = pd.period_range("2014-01", periods=96, freq="M")


def memory(phi: float, seed: int, n: int = 96) -> np.ndarray:
    return lfilter([1.0], [1.0, -phi], np.random.default_rng(seed).normal(size=n + 100))[100:]


@pytest.fixture(scope="module")
def openair(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "openair" / "mydata.csv.gz", parse_dates=["date"])


@pytest.mark.parametrize(
    ("column", "months", "slope", "plain", "without_season", "seasonless"),
    [
        ("nox", 90, -8.4416, (-11.671, -5.440), -8.6101, (-10.845, -6.694)),
        ("o3", 89, 0.3282, (0.0163, 0.6035), 0.2893, (0.2107, 0.3561)),
        ("pm10", 90, 0.1815, (-0.261, 0.533), None, None),
    ],
)
def test_known_answers_of_openair(openair, column, months, slope, plain, without_season, seasonless) -> None:
    means = period_means(openair, column, "month", 0)
    found = theil_sen(means, autocorrelation=False)
    assert found.n == months and round(found.slope_per_year, 4) == slope
    # Ends of 599 draws scatter by about a fortieth of the width; openair's are one such draw.
    room = 0.12 * (plain[1] - plain[0])
    assert found.interval == pytest.approx(plain, abs=room)
    if without_season is not None:
        dry = theil_sen(means, True, False)
        assert round(dry.slope_per_year, 4) == without_season and dry.n == 90
        assert dry.interval == pytest.approx(seasonless, abs=0.15 * (seasonless[1] - seasonless[0]))


def test_known_percent_and_autocorrelated_answers(openair) -> None:
    nox = period_means(openair, "nox", "month", 0)
    assert round(theil_sen(nox).percent_per_year, 3) == -4.151
    assert theil_sen(nox).interval == pytest.approx((-14.157, -4.424), abs=1.0)
    assert theil_sen(nox, True).interval == pytest.approx((-13.036, -7.199), abs=0.6)
    o3 = period_means(openair, "o3", "month", 0)
    assert theil_sen(o3, autocorrelation=False).p_value < 0.05 < 0.15 < theil_sen(o3).p_value < 0.35
    filled = deseasonalise(o3)
    assert filled.to_frame().loc[filled.filled, "date"].dt.strftime("%Y-%m").tolist() == ["1998-07"]
    assert "1998-07" in filled.notes[0]


def test_slope_against_scipy() -> None:
    rng = np.random.default_rng(3)
    x, y = np.sort(rng.choice(3000, 60, replace=False)).astype(float), rng.normal(size=60)
    assert median_slope(x, y) == pytest.approx(stats.theilslopes(y, x)[0])


def test_weighted_pairs_are_those_of_the_draw() -> None:
    rng = np.random.default_rng(0)
    x, y = np.arange(15.0), rng.normal(size=15)
    picked = rng.integers(0, 15, (20, 15))
    fast = _drawn_slopes(x, y, picked)
    for row, slope in zip(picked, fast, strict=True):
        i, j = np.triu_indices(15, 1)
        apart = x[row[i]] != x[row[j]]
        pairs = ((y[row[j]] - y[row[i]])[apart]) / ((x[row[j]] - x[row[i]])[apart])
        assert slope == pytest.approx(np.median(pairs))
    assert np.isnan(_drawn_slopes(x, y, np.zeros((1, 15), dtype=np.int64))).all()


def test_a_year_has_365_days_and_percent_is_of_the_first_month() -> None:
    days = pd.date_range("2014-01-01", periods=96, freq="MS")
    x = (days - pd.Timestamp("1970-01-01")).days.to_numpy()
    found = theil_sen(pd.Series(50 - 2 * (x - x[0]) / 365, index=days))
    assert found.slope_per_year == pytest.approx(-2) and found.percent_per_year == pytest.approx(-4)
    assert found.interval == pytest.approx((-2, -2)) and found.significant
    below = theil_sen(pd.Series(-5 - 2 * (x - x[0]) / 365, index=days))
    assert np.isnan(below.percent_per_year) and any("percent" in n for n in below.notes)


def test_blocks_widen_the_interval_of_a_series_with_memory() -> None:
    wide = [theil_sen(pd.Series(memory(0.6, s), index=MONTHS)) for s in range(4)]
    narrow = [theil_sen(pd.Series(memory(0.6, s), index=MONTHS), autocorrelation=False) for s in range(4)]
    assert wide[0].block == 5 and narrow[0].block == 1
    widths = [np.diff(t.interval)[0] for t in wide], [np.diff(t.interval)[0] for t in narrow]
    assert np.mean(widths[0]) > 1.25 * np.mean(widths[1])


def test_seed_decides() -> None:
    series = pd.Series(memory(0.3, 1), index=MONTHS)
    assert theil_sen(series, seed=4).interval == theil_sen(series, seed=4).interval
    assert theil_sen(series, seed=4).interval != theil_sen(series, seed=5).interval


def test_every_form_of_input_gives_the_same() -> None:
    values = memory(0.2, 2) + 30
    starts = MONTHS.to_timestamp()
    forms = [
        pd.Series(values, index=MONTHS),
        pd.Series(values, index=starts),
        pd.Series(values, index=MONTHS.to_timestamp(how="end")),
        pd.Series(values, index=[str(m) for m in MONTHS]),
        pd.DataFrame({"date": starts, "pm25": values}),
        pd.DataFrame({"month": MONTHS, "pm25": values}),
        pd.DataFrame({"date": starts, "pm25": values, "nox": 1.0}).sample(frac=1, random_state=0),
        pd.DataFrame({"start": starts, "value": values, "count": 3}),
        pd.DataFrame({"year": MONTHS.year, "month": MONTHS.month, "pm25": values}),
    ]
    for form in forms:
        column = "pm25" if isinstance(form, pd.DataFrame) and "nox" in form else None
        found = monthly_values(form, column)
        assert np.array_equal(found.value, values) and np.array_equal(
            found.dates, starts.to_numpy().astype("M8[D]")
        )
    hourly = pd.DataFrame(
        {"time": pd.date_range("2014-01-01 01:00", periods=24 * 365, freq="h"), "pm25": 1.0}
    )
    assert monthly_values(period_means(hourly, "pm25")).value.tolist() == [1.0] * 12


def test_annual_values_have_no_season_but_a_trend() -> None:
    found = theil_sen(pd.Series([70, 62, 55, 50, 41, 38.0], index=range(2013, 2019)), True)
    assert found.n == 6 and found.slope_per_year == pytest.approx(-6.5, abs=0.5) and not found.deseasonalised
    assert any("annual" in n for n in found.notes) and len(found.points) == 6


def test_gaps_stay_gaps_and_change_little() -> None:
    rng = np.random.default_rng(0)
    whole = pd.Series(60 - 0.3 * np.arange(96) + rng.normal(0, 2, 96), index=MONTHS)
    holes = whole.copy()
    holes.iloc[[10, 11, 40, 41, 42, 80]] = np.nan
    assert theil_sen(holes).n == 90
    assert theil_sen(holes).slope_per_year == pytest.approx(theil_sen(whole).slope_per_year, rel=0.05)
    dry = theil_sen(holes, True)
    assert dry.points["filled"].sum() == 6 and dry.points["observed"].isna().sum() == 6
    assert dry.slope_per_year == pytest.approx(-3.6, rel=0.1)


def test_season_is_taken_out_and_drifts_are_kept() -> None:
    t = np.arange(96)
    season = (20 + 0.1 * t) * np.cos(2 * np.pi * t / 12)
    out = deseasonalise(pd.Series(80 - 0.2 * t + season, index=MONTHS))
    assert np.abs(out.value - (80 - 0.2 * t)).max() < 1.5
    assert np.allclose(out.season + out.trend + out.rest, 80 - 0.2 * t + season)


def test_stl_with_the_exact_median_is_that_of_statsmodels() -> None:
    for n, seed in ((90, 0), (61, 1), (127, 2)):
        y = 10 + 5 * np.cos(2 * np.pi * np.arange(n) / 12) + np.random.default_rng(seed).standard_t(3, n)
        ours = stl(y, exact_median=True)
        theirs = STL(y, period=12, seasonal=11, robust=True, seasonal_jump=2, trend_jump=3, low_pass_jump=2)
        theirs = theirs.fit(inner_iter=1, outer_iter=15)
        assert np.allclose(ours.trend, theirs.trend) and np.allclose(ours.season, theirs.seasonal)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=120))
def test_partial_sort_holds_the_asked_places(values) -> None:
    n = len(values)
    places = tuple(sorted({0, n // 3, n // 2, n - 1}))
    out = partial_sort(np.array(values), places)
    assert sorted(out) == sorted(values) and all(out[p] == sorted(values)[p] for p in places)


def test_mann_kendall_against_scipy_and_by_hand() -> None:
    y = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
    found = mann_kendall(pd.Series(y, index=MONTHS[:12]), "plain")
    pairs = [np.sign(b - a) for i, a in enumerate(y) for b in y[i + 1 :]]
    assert found.s == sum(pairs) and found.tau == pytest.approx(sum(pairs) / 66)
    ties = [2, 2, 3]
    assert found.variance == pytest.approx((12 * 11 * 29 - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18)
    tau, p = stats.kendalltau(np.arange(12), y, method="asymptotic")
    # scipy has no continuity correction, so its z is 1 / sd larger.
    z = (abs(found.s) - 1) / np.sqrt(found.variance)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(z)) and p < found.p_value
    assert stats.norm.isf(p / 2) == pytest.approx(abs(found.s) / np.sqrt(found.variance))
    assert np.sign(tau) == np.sign(found.s)


def test_seasonal_kendall_by_hand() -> None:
    rng = np.random.default_rng(5)
    table = rng.normal(size=(7, 12)) + np.arange(12) * 10
    found = mann_kendall(
        pd.Series(table.ravel(), index=pd.period_range("2010-01", periods=84, freq="M")), "seasonal"
    )
    s = sum(np.sign(table[j, g] - table[i, g]) for g in range(12) for i in range(7) for j in range(i + 1, 7))
    ranks = stats.rankdata(table, axis=0)
    total = 12 * 7 * 6 * 19 / 18
    for g in range(12):
        for h in range(12):
            if g != h:
                k = sum(
                    np.sign((table[j, g] - table[i, g]) * (table[j, h] - table[i, h]))
                    for i in range(7)
                    for j in range(i + 1, 7)
                )
                total += (k + 4 * (ranks[:, g] * ranks[:, h]).sum() - 7 * 8 * 8) / 3
    assert found.s == s and found.variance == pytest.approx(total)
    assert found.effective <= 12 * 84


def test_corrections_hold_the_size_where_the_plain_test_does_not() -> None:
    rejected = dict.fromkeys(("plain", "hamed-rao", "seasonal", "bootstrap"), 0)
    for seed in range(40):
        series = pd.Series(memory(0.6, seed), index=MONTHS)
        for m in rejected:
            rejected[m] += mann_kendall(series, m, draws=99).significant
    assert rejected["plain"] >= 8 and rejected["hamed-rao"] <= 7 and rejected["seasonal"] <= 6
    assert rejected["bootstrap"] < rejected["plain"]


def test_real_trends_are_found_by_every_method() -> None:
    series = pd.Series(60 - 0.3 * np.arange(96) + 3 * memory(0.3, 0), index=MONTHS)
    for m in ("plain", "hamed-rao", "seasonal", "bootstrap"):
        found = mann_kendall(series, m)
        assert found.significant and found.direction == "falling", m
        assert found.interval[0] < -3.6 < found.interval[1], m
        assert found.effective <= 97


def test_official_spearman_stands_beside_the_others() -> None:
    series = pd.Series(60 - 0.3 * np.arange(96) + 3 * memory(0.3, 0), index=MONTHS)
    table = trend_tests(series, True).table.set_index("test")
    years = analysis.annual_means(series)
    assert len(years) == 8 and table.loc["spearman", "statistic"] == spearman(years).r
    assert table.loc["spearman", "significant"] and table.loc["spearman", "n"] == 8
    short = trend_tests(series[:30], True).table.set_index("test").loc["spearman"]
    assert not short["significant"] and "4 values" in short["note"] and short["n"] == 2


def test_side_by_side_takes_the_same_months() -> None:
    raw = pd.Series(60 - 0.3 * np.arange(96) + memory(0.3, 0), index=MONTHS, name="pm25")
    calm = (raw + 0.1 * np.arange(96)).iloc[10:]
    both = side_by_side(raw, calm, deseasonalise=False)
    assert both.months == both.raw.n == both.deweathered.n == 86 and "10 months" in both.notes[0]
    assert both.weather == pytest.approx(both.raw.slope_per_year - both.deweathered.slope_per_year)
    assert both.to_frame()["series"].tolist() == ["raw", "deweathered"]
    with pytest.raises(MissingData, match="share 0 months"):
        side_by_side(raw[:40], raw[50:])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda s: theil_sen(s[:1]), "1 months and a trend needs 6"),
        (lambda s: theil_sen(s[:5]), "needs 6"),
        (lambda s: theil_sen(s * np.nan), "no monthly value"),
        (lambda s: theil_sen(pd.Series(np.arange(99.0))), "no dates"),
        (lambda s: theil_sen([1, 2, 3]), "pandas Series"),
        (lambda s: theil_sen(s, confidence=95), "95"),
        (lambda s: theil_sen(s, draws=10), "too few"),
        (lambda s: theil_sen(pd.Series(np.arange(99.0), index=pd.date_range("2019-01-01", periods=99, freq="h"))), "make monthly means first"),
        (lambda s: theil_sen(pd.DataFrame({"date": s.index.to_timestamp(), "a": 1.0, "b": 2.0})), "name it with column="),
        (lambda s: theil_sen(pd.DataFrame({"date": s.index.to_timestamp(), "a": 1.0}), column="b"), "no column 'b'"),
        (lambda s: theil_sen(pd.Series([1.0], index=["soon"])), "'soon' is no month"),
        (lambda s: theil_sen(pd.Series(["x"] * 96, index=s.index)), "'x' is no number"),
        (lambda s: mann_kendall(s, "best"), "best"),
        (lambda s: mann_kendall(s[:9], "seasonal"), "two years"),
        (lambda s: deseasonalise(s[:24]), "more than 24 months"),
        (lambda s: deseasonalise(s, window=8), "window 8"),
        (lambda s: trend_tests(s[:3]), "needs 6"),
    ],
)  # fmt: skip
def test_refusals_are_one_sentence(make, said: str) -> None:
    with pytest.raises(AirqError, match=said) as caught:
        make(pd.Series(memory(0.2, 0), index=MONTHS, name="pm25"))
    assert len(str(caught.value).splitlines()) == 1


def test_doubled_months_count_once_if_they_agree() -> None:
    series = pd.Series(memory(0.2, 0), index=MONTHS)
    found = theil_sen(pd.concat([series, series.iloc[:3]]))
    assert found.n == 96 and "3 months stand twice" in found.notes[0]
    with pytest.raises(AirqError, match="2 different values in 2014-01"):
        theil_sen(pd.concat([series, series.iloc[:1] + 1]))


def test_too_short_for_a_season_is_said() -> None:
    found = theil_sen(pd.Series(memory(0.2, 0), index=MONTHS)[:20], True)
    assert not found.deseasonalised and any("20 months are too few" in n for n in found.notes)


def test_constant_and_zero_series_have_no_trend() -> None:
    flat = theil_sen(pd.Series(0.0, index=MONTHS), True)
    assert flat.slope_per_year == 0 and flat.p_value == 1 and not flat.significant
    for m in ("plain", "hamed-rao", "seasonal", "bootstrap"):
        assert mann_kendall(pd.Series(7.0, index=MONTHS), m).p_value == 1, m

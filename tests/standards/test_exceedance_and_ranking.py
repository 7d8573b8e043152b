from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import spearmanr

from airq.errors import AirqError
from airq.standards import edition, exceedance, moving_means, ranking, spearman, straddling, summary
from airq.variables import POLLUTANTS

CLEAN = {"pm25": 10.0, "pm10": 20.0, "so2": 5.0, "no2": 10.0, "co": 0.5, "o3": 60.0}


def days(start, end, sites=("changji",), **values):
    index = pd.date_range(start, end)
    shape = (len(sites), len(index))
    full = {**CLEAN, **values}
    data = {
        p: (("place", "day"), np.broadcast_to(np.asarray(full[p], float), shape).copy()) for p in POLLUTANTS
    }
    return xr.Dataset(data, coords={"place": list(sites), "day": index})


def test_exceedance_multiple_ratio_and_peak():
    pm25 = np.full(31, 60.0)
    pm25[[3, 9]] = 75.0, 187.5
    frame = exceedance(days("2019-01-01", "2019-01-31", pm25=pm25), "2019-01")
    row = frame.query("pollutant == 'pm25'").iloc[0]
    assert (row["days_valid"], row["days_exceeded"]) == (31, 1)  # 75 is not above 75
    assert row["ratio"] == 1 / 31
    assert row["ratio_percent_official"] == 3.2
    assert (row["greatest"], row["greatest_multiple_official"]) == (187.5, 1.5)
    assert row["greatest_day"] == pd.Timestamp("2019-01-10")
    mean = (29 * 60 + 75 + 187.5) / 31
    assert row["mean_multiple"] == pytest.approx((mean - 35) / 35)
    assert np.isnan(frame.query("pollutant == 'so2'").iloc[0]["greatest_multiple"])
    assert np.isnan(frame.query("pollutant == 'co'").iloc[0]["limit_annual"])


def test_exceedance_by_date_takes_each_days_own_limit():
    ds = days("2026-02-01", "2026-03-31", pm25=70.0)
    by_date = exceedance(ds, "2026-02..2026-03", "by-date").query("pollutant == 'pm25'").iloc[0]
    assert by_date["days_exceeded"] == 31
    assert summary(ds, "2026-02..2026-03", "by-date").iloc[0]["exceed_days_pm25"] == 31


def test_2026_rounds_before_the_limit_and_2012_does_not():
    ds = days("2026-05-01", "2026-05-31", pm25=60.4)
    assert summary(ds, "2026-05", "GB3095-2026").iloc[0]["exceed_days_pm25"] == 0
    ds = days("2019-05-01", "2019-05-31", pm25=75.4)
    assert summary(ds, "2019-05", "GB3095-2012").iloc[0]["exceed_days_pm25"] == 31


def test_nothing_exceeds_where_nothing_is_valid():
    frame = exceedance(days("2019-01-01", "2019-01-31", pm25=np.nan), "2019-01")
    row = frame.query("pollutant == 'pm25'").iloc[0]
    assert row["days_valid"] == 0
    assert np.isnan(row["ratio"]) and np.isnan(row["greatest"]) and pd.isna(row["greatest_day"])


def test_ranks_share_ties_and_put_the_withheld_last():
    ds = days("2019-01-01", "2019-12-31", sites=("a", "b", "c", "d"))
    ds["pm25"][:] = np.array([[30.0], [20.0], [20.01], [5.0]])  # b and c print the same index
    ds["o3"][3, :60] = np.nan
    frame = ranking(summary(ds, "2019"))
    assert frame["place"].tolist() == ["b", "c", "a", "d"]
    assert frame["rank"].astype(object).where(frame["rank"].notna(), None).tolist() == [1, 1, 3, None]
    assert "2019-01" in frame["withheld"].iloc[-1]


def test_improvement_rate_and_its_rank():
    now = days("2020-01-01", "2020-12-31", sites=("a", "b"))
    before = days("2019-01-01", "2019-12-31", sites=("a", "b"))
    now["pm25"][:] = np.array([[30.0], [20.0]])
    before["pm25"][:] = np.array([[60.0], [21.0]])
    frame = ranking(summary(now, "2020"), summary(before, "2019")).set_index("place")
    rate = 1 - frame.loc["a", "composite"] / frame.loc["a", "composite_previous"]
    assert frame.loc["a", "improvement_rate"] == rate > frame.loc["b", "improvement_rate"]
    assert frame["improvement_rank"].tolist() == [2, 1]  # rows by rank: b, a
    with pytest.raises(AirqError, match="one row a place"):
        ranking(pd.concat([summary(now, "2020")] * 2))
    with pytest.raises(AirqError, match="composite"):
        ranking(pd.DataFrame({"place": ["a"]}))


def test_three_year_moving_mean_is_the_mean_of_annual_means():
    index = pd.date_range("2029-01-01", "2031-12-31")
    pm25 = index.year.map({2029: 30.0, 2030: 27.0, 2031: 24.6}).to_numpy(dtype=float)
    row = moving_means(days(index[0], index[-1], pm25=pm25), 2031).query("pollutant == 'pm25'").iloc[0]
    assert row["mean"] == pytest.approx(27.2)
    assert (row["mean_official"], row["limit_annual"], row["first_year"]) == (27, 25, 2029)
    assert row["withheld"] == ""
    short = moving_means(days("2030-01-01", "2031-12-31"), 2031).query("pollutant == 'pm25'").iloc[0]
    assert np.isnan(short["mean"])
    assert "2029" in short["withheld"]


def test_straddling_year_offers_every_reading():
    ds = days("2026-01-01", "2026-12-31", pm25=70.0)
    frame = straddling(ds, 2026).set_index("standard")
    assert frame["good_days"].to_dict() == {"GB3095-2012": 365, "GB3095-2026-transition": 0, "by-date": 59}
    assert frame["mixed_year_rule"].str.len().min() > 0
    assert straddling(days("2019-01-01", "2019-12-31"), 2019)["standard"].tolist() == ["GB3095-2012"]


def test_single_index_of_annex_c_differs_from_the_ranking_index():
    pm25 = np.full(365, 10.0)
    pm25[:40] = 150.0
    row = summary(days("2019-01-01", "2019-12-31", pm25=pm25), "2019").iloc[0]
    assert row["index_pm25"] == pytest.approx(pm25.mean() / 35)
    assert row["single_index_pm25"] == 2.0  # P95 150 against 75
    assert row["single_index_co"] == row["index_co"]


@pytest.mark.parametrize("n", [4, 5, 6, 7, 8])
def test_critical_values_of_the_table_by_exact_permutation(n):
    """W_p is the smallest attainable |r_s| whose one-sided probability is at most alpha."""
    time = np.arange(1, n + 1)
    orders = np.array(list(permutations(time)))
    r = np.round(1 - 6 * ((orders - time) ** 2).sum(axis=1) / (n**3 - n), 9)
    rules = edition("HJ663-2013").need("spearman")
    for alpha, key in ((0.05, "p05"), (0.01, "p01")):
        fits = [v for v in np.unique(r) if (r >= v).mean() <= alpha + 1e-12]
        printed = rules[key][rules["n"].index(n)]
        if not fits:
            assert printed == "none"
        else:
            assert float(printed) == pytest.approx(min(fits), abs=0.0006), (n, alpha)


def test_spearman_against_scipy_without_ties_and_average_ranks_with():
    rng = np.random.default_rng(0)
    for n in (5, 9, 14):
        values = rng.permutation(np.arange(n) * 1.5)
        got = spearman(values.tolist())
        assert got.r == pytest.approx(spearmanr(np.arange(n), values).statistic)
        assert not got.ties
    tied = spearman({2015: 70, 2016: 60, 2017: 60, 2018: 50, 2019: 40})
    assert tied.ties and "average ranks" in tied.note
    assert tied.r == pytest.approx(1 - 6 * (16 + 2.25 * 1 + 0.25 + 4 + 16) / 120, abs=1e-12)
    assert (tied.direction, tied.significant) == ("falling", True)


def test_spearman_boundary_gaps_and_refusals():
    # r_s = 0.9 with N = 5 stands exactly at W_p.
    assert spearman([1, 2, 3, 5, 4]).r == pytest.approx(0.9)
    assert spearman([1, 2, 3, 5, 4]).significant
    assert not spearman([1, 2, 5, 3, 4]).significant
    assert spearman([5, None, 4, float("nan"), 3, 2]).n == 4
    assert spearman(pd.Series([3.0, 1, 2, 0], index=[2021, 2019, 2020, 2018])).direction == "rising"
    assert np.isnan(spearman([1, 2, 3, 4], alpha=0.01).critical)
    assert not spearman([1, 2, 3, 4], alpha=0.01).significant
    assert spearman(list(range(11))).critical == 0.564  # between 10 and 12 the smaller N
    with pytest.raises(AirqError, match="at least 4"):
        spearman([1, 2, 3])
    with pytest.raises(AirqError, match="level"):
        spearman([1, 2, 3, 4], alpha=0.1)

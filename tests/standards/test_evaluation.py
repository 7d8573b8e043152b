import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq.errors import AirqError
from airq.standards import add_index, official, place_daily, summary
from airq.variables import POLLUTANTS

sys.path.insert(0, str(Path(__file__).parent))
from standards_oracle import aqi as oracle_aqi
from standards_oracle import half_even, percentile

NAN = np.nan
CLEAN = {"pm25": 10.0, "pm10": 20.0, "so2": 5.0, "no2": 10.0, "co": 0.5, "o3": 60.0}


def days(start="2019-01-01", end="2019-12-31", sites=("changji",), **values):
    index = pd.date_range(start, end)
    shape = (len(sites), len(index))
    full = {**CLEAN, **values}
    data = {
        p: (("place", "day"), np.broadcast_to(np.asarray(full[p], float), shape).copy()) for p in POLLUTANTS
    }
    return xr.Dataset(data, coords={"place": list(sites), "day": index})


def random_days(start, end, seed=0, sites=3, gaps=0.05):
    rng = np.random.default_rng(seed)
    index = pd.date_range(start, end)
    shape = (sites, len(index))
    data = {}
    for p in POLLUTANTS:
        values = rng.gamma(2.0, 35, shape)
        values = np.round(values / 50, 1) if p == "co" else np.round(values * 2) / 2
        data[p] = (("place", "day"), np.where(rng.random(shape) < gaps, NAN, values))
    return xr.Dataset(data, coords={"place": [f"P{i}" for i in range(sites)], "day": index})


@pytest.mark.parametrize("standard", ["GB3095-2012", "GB3095-2026-transition", "GB3095-2026-final"])
def test_every_figure_against_fractions(standard):
    ds = random_days("2019-01-01", "2019-12-31")
    frame = summary(ds, "2019", standard)
    edition = "2012" if standard.endswith("2012") else "2026"
    annual, daily = {
        "GB3095-2012": ((35, 70, 60, 40), (75, 150, 150, 80, 4, 160)),
        "GB3095-2026-transition": ((30, 60, 60, 40), (60, 120, 150, 80, 4, 160)),
        "GB3095-2026-final": ((25, 50, 20, 30), (50, 100, 50, 50, 4, 160)),
    }[standard]
    percent = dict(zip(POLLUTANTS, (95, 95, 98, 98, 95, 90), strict=True))
    for site, row in frame.iterrows():
        exact = {
            p: [None if np.isnan(v) else Fraction(str(v)) for v in ds[p].values[site]] for p in POLLUTANTS
        }
        indices = [oracle_aqi({p: exact[p][d] for p in POLLUTANTS}, "24h", edition) for d in range(365)]
        value = [v for v, _, _ in indices if v is not None]
        assert row["days_valid"] == len(value)
        assert row["good_days"] == sum(v <= 100 for v in value)
        assert row["heavy_days"] == sum(v > 200 for v in value)
        assert row["severe_days"] == sum(v > 300 for v in value)
        assert row["good_ratio"] == pytest.approx(sum(v <= 100 for v in value) / len(value), abs=1e-15)
        assert [row[f"days_level_{k}"] for k in range(1, 7)] == [
            sum(low < v <= high for v in value)
            for low, high in ((-1, 50), (50, 100), (100, 150), (150, 200), (200, 300), (300, 500))
        ]
        single = {}
        for p, yearly, day_limit in zip(POLLUTANTS, (*annual, None, None), daily, strict=True):
            held = [v for v in exact[p] if v is not None]
            mean, high = sum(held) / len(held), percentile(held, percent[p])
            assert row[f"n_{p}"] == len(held)
            assert row[f"mean_{p}"] == float(mean)
            assert row[f"p{percent[p]}_{p}"] == float(high)
            decimals = 1 if p == "co" else 0
            assert row[f"mean_{p}_official"] == float(half_even(mean, decimals))
            single[p] = mean / yearly if yearly else high / day_limit
            assert row[f"index_{p}"] == float(single[p])
            passed = half_even(high, decimals) <= day_limit and (
                not yearly or half_even(mean, decimals) <= yearly
            )
            assert bool(row[f"attains_{p}"]) is passed
            rounded = [half_even(v, decimals) if edition == "2026" else v for v in held]
            assert row[f"exceed_days_{p}"] == sum(v > day_limit for v in rounded)
            assert row[f"primary_days_{p}"] == sum(p in primary.split(",") for _, primary, _ in indices)
        assert row["composite"] == float(sum(single.values()))
        assert row["composite_official"] == float(half_even(sum(single.values()), 2))
        assert row["main_pollutant"] == max(single, key=single.get)
        assert row["max_index"] == float(max(single.values()))


def test_the_same_days_under_both_standards():
    ds = add_index(days(pm25=np.where(np.arange(365) < 200, 70.0, 30.0)), "2012")
    old, new = summary(ds, "2019", "GB3095-2012").iloc[0], summary(ds, "2019", "GB3095-2026").iloc[0]
    assert (old["good_days"], new["good_days"]) == (365, 165)
    assert (old["edition"], new["edition"]) == ("HJ633-2012", "HJ633-2026")
    assert new["standard"] == "GB3095-2026-transition"
    assert "restated" in new["note"]
    assert old["note"] == ""
    assert summary(ds, "2019", "GB3095-2026-final").iloc[0]["index_pm25"] > new["index_pm25"]


def test_calendar_year_2026_by_date_and_restated():
    ds = days("2026-01-01", "2026-12-31", pm25=70.0)
    by_date = summary(ds, "2026", "by-date").iloc[0]
    assert by_date["good_days"] == 59  # January and February under the old edition
    assert "NF" in by_date["note"]
    assert summary(ds, "2026", "GB3095-2012").iloc[0]["good_days"] == 365
    assert summary(ds, "2026", "GB3095-2026").iloc[0]["good_days"] == 0


def test_phase_changes_in_2031():
    ds = days("2030-01-01", "2031-12-31", pm25=27.0)
    assert summary(ds, "2030", "GB3095-2026").iloc[0]["standard"] == "GB3095-2026-transition"
    late = summary(ds, "2031", "GB3095-2026").iloc[0]
    assert late["standard"] == "GB3095-2026-final"
    assert not late["attains_pm25"]
    assert late["good_days"] == 365  # the AQI table has no second phase


def test_324_days_and_27_a_month_and_25_in_february():
    def reason(lost, year=2019):
        ds = days(f"{year}-01-01", f"{year}-12-31")
        ds["so2"].loc[{"day": pd.to_datetime(lost)}] = NAN
        return summary(ds, str(year)).iloc[0]["so2_withheld"]

    april = pd.date_range("2019-04-01", periods=4).strftime("%Y-%m-%d").tolist()
    assert reason(april[:3]) == ""
    assert reason(april) == "2019-04 has 26 of 27 daily values"
    february = pd.date_range("2019-02-01", periods=4).strftime("%Y-%m-%d").tolist()
    assert reason(february[:3]) == ""
    assert "24 of 25" in reason(february)
    # A leap year has 29 February days; 25 are still enough, and 324 of 366 (no leap clause in the text).
    leap = pd.date_range("2020-02-01", periods=4).strftime("%Y-%m-%d").tolist()
    assert reason(leap, 2020) == ""
    # 4 days lost in each long month keep 27; with 3 in the short ones and February the sum falls below 324.
    many = [
        d
        for m in range(1, 13)
        for d in pd.date_range(f"2019-{m:02d}-01", periods=3 if m in (2, 4, 6, 9, 11) else 4)
    ]
    assert len(many) == 43
    assert reason(many) == "2019 has 322 of 324 daily values"


def test_withheld_values_are_computed_but_not_official():
    ds = days()
    ds["o3"][:, :40] = NAN
    frame = summary(ds, "2019")
    row, printed = frame.iloc[0], official(frame).iloc[0]
    assert row["p90_o3"] == 60
    assert "2019-01 has 0 of 27" in row["o3_withheld"]
    assert np.isnan(printed["p90_o3"]) and np.isnan(printed["composite"])
    assert printed["mean_pm25"] == 10
    assert row["attains"] is pd.NA
    assert "有效日均值0个" in summary(ds, "2019", lang="zh").iloc[0]["o3_withheld"]


def test_month_quarter_and_part_of_a_month():
    ds = days()
    ds["pm25"][:, :5] = NAN
    assert summary(ds, "2019-01").iloc[0]["pm25_withheld"] == "2019-01 has 26 of 27 daily values"
    assert summary(ds, "2019Q1").iloc[0]["pm25_withheld"] == "2019-01 has 26 of 27 daily values"
    assert summary(ds, "2019Q2").iloc[0]["pm25_withheld"] == ""
    part = summary(ds, "2019-01-01..2019-01-15").iloc[0]
    assert part["pm25_withheld"] == "2019-01 has 10 of 14 daily values"  # 27 * 15 / 31, up
    assert part["days_calendar"] == 15
    assert summary(ds, "2019-01").iloc[0]["attains_pm25"] is pd.NA


def test_partial_unsorted_and_gappy_days():
    ds = random_days("2019-01-01", "2019-12-31")
    some = ds.isel(day=np.random.default_rng(3).permutation(365)[:300])
    frame = summary(some, "2019")
    assert frame["days_calendar"].tolist() == [365] * 3
    mask = ds.day.isin(some.day)
    pd.testing.assert_frame_equal(frame, summary(ds.where(mask), "2019"))
    assert summary(ds, "2018").iloc[0]["days_valid"] == 0
    assert np.isnan(summary(ds, "2018").iloc[0]["composite"])
    assert summary(ds).iloc[0]["days_calendar"] == 365


def test_official_rounding_is_one_step_and_half_even():
    row = summary(days(pm25=np.where(np.arange(365) == 0, 35.0, 35.5), co=0.25), "2019").iloc[0]
    assert row["mean_pm25_official"] == 35  # 35.4986
    assert row["p95_co_official"] == 0.2
    row = summary(days("2019-01-01", "2019-01-02", pm25=[34.0, 35.0]), "2019-01-01..2019-01-02").iloc[0]
    assert row["mean_pm25_official"] == 34  # 34.5 -> 34
    exact = days(pm25=35.4)
    assert summary(exact, "2019").iloc[0]["mean_pm25_official"] == 35
    assert bool(summary(exact, "2019").iloc[0]["attains_pm25"]) is True


def test_good_ratio_percent_has_one_decimal_half_even():
    ds = days("2019-01-01", "2019-01-16", pm25=[500.0] * 3 + [10.0] * 13)  # 13/16 = 81.25 %
    frame = summary(ds, "2019-01-01..2019-01-16")
    assert official(frame).iloc[0]["good_ratio_percent"] == 81.2
    assert frame.iloc[0]["good_ratio"] == 0.8125


def test_missing_day_leaves_both_counts_but_a_bad_incomplete_day_stays_in_2026():
    ds = days("2026-05-01", "2026-05-31")
    ds["o3"][:, :2] = NAN
    ds["pm25"][:, 0] = 61
    row = summary(ds, "2026-05", "GB3095-2026").iloc[0]
    assert (row["days_valid"], row["good_days"], row["days_level_3"]) == (30, 29, 1)


def test_stations_as_rows_and_refusals():
    ds = days().rename(place="station")
    assert summary(ds, "2019")["station"].tolist() == ["changji"]
    for bad in (xr.Dataset(), days()[["pm25"]].isel(place=0)):
        with pytest.raises(AirqError, match=r"\.$"):
            summary(bad, "2019")
    with pytest.raises(AirqError, match="standard"):
        summary(days(), "2019", "GB3095-1996")
    with pytest.raises(AirqError, match="twice"):
        summary(days().isel(day=[0, 0]), "2019")
    with pytest.raises(AirqError, match="takes days"):
        summary(xr.Dataset({"pm25": (("station", "time"), [[1.0]])}), "2019")


def test_year_mean_of_city_days_is_exact_over_mixed_stations():
    from airq.dataset import build

    rng = np.random.default_rng(4)
    time = pd.date_range("2019-01-01 01:00", periods=24 * 31, freq="h")
    values = np.where(rng.random((5, time.size)) < 0.08, NAN, rng.integers(1, 300, (5, time.size)))
    table = pd.DataFrame({"station": list("ABCDE"), "place": "changji"})
    city = place_daily(build(table, time, {"pm25": values}), "changji")
    per_day = []
    for d in range(31):
        block = [[int(v) for v in values[s, 24 * d : 24 * d + 24] if not np.isnan(v)] for s in range(5)]
        means = [Fraction(sum(b), len(b)) for b in block if len(b) >= 20]
        if len(means) * 100 >= 75 * 5:
            per_day.append(sum(means) / len(means))
    row = summary(city, "2019-01").iloc[0]
    assert row["n_pm25"] == len(per_day)
    assert row["mean_pm25"] == float(sum(per_day) / len(per_day))
    assert row["p95_pm25"] == float(percentile(per_day, 95))


def test_a_year_written_as_a_range_is_a_year():
    row = summary(days(), "2019-01-01..2019-12-31").iloc[0]
    assert bool(row["attains"]) is True
    assert official(summary(days(), 2019)).iloc[0]["index_pm25"] == 0.29  # 10 / 35


def test_class_1_area_has_its_own_limits():
    ds = days(pm25=20.0)
    assert bool(summary(ds, 2019).iloc[0]["attains_pm25"])
    assert not summary(ds, 2019, area_class=1).iloc[0]["attains_pm25"]
    with pytest.raises(AirqError, match="area class"):
        summary(ds, 2019, area_class=3)


def test_incomplete_days_are_counted_apart():
    ds = days("2019-05-01", "2019-05-31")
    ds["o3"][:, :3] = NAN
    for p in POLLUTANTS:
        ds[p][:, 30] = NAN
    old, new = (summary(ds, "2019-05", s).iloc[0] for s in ("GB3095-2012", "GB3095-2026"))
    assert (old["days_incomplete"], old["days_valid"]) == (3, 30)
    assert (new["days_incomplete"], new["days_valid"]) == (3, 27)

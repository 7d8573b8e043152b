import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from airq import standards
from airq.errors import AirqError
from airq.forecast.names import LEVELS, QUANTILES
from airq.forecast.paths import paths
from airq.variables import POLLUTANTS

Z = stats.norm.ppf(LEVELS)
MEDIANS = {"pm25": 90.0, "pm10": 140.0, "so2": 12.0, "no2": 45.0, "co": 1.4, "o3": 60.0}


def rows(median, sites=("A",), leads=10, issued="2019-12-01", spread=0.5, **attrs):
    first = pd.Timestamp(issued)
    parts = []
    for site in sites:
        frame = pd.DataFrame({"horizon": np.arange(1, leads + 1)})
        frame["site"], frame["issued"], frame["model"] = site, first, "m"
        frame["date"] = first + pd.to_timedelta(frame["horizon"], unit="D")
        frame[list(QUANTILES)] = median * np.exp(spread * np.tile(Z, (leads, 1)))
        parts.append(frame)
    out = pd.concat(parts, ignore_index=True)
    out.attrs = {"target": "x", "weather": "none", "simulated": True, **attrs}
    return out


def history(sites=("A",), years=3, seed=0, end="2019-12-01", names=POLLUTANTS, memory=0.8):
    """Days whose anomalies last, are shared by sites, and are shared by pollutants but ozone, which goes against."""
    rng = np.random.default_rng(seed)
    date = pd.date_range(end=end, periods=365 * years)
    common = np.zeros(len(date))
    for t in range(1, len(date)):
        common[t] = memory * common[t - 1] + np.sqrt(1 - memory**2) * rng.normal()
    parts = []
    for site in sites:
        frame = pd.DataFrame({"date": date, "site": site})
        for name in names:
            sign = -1.0 if name == "o3" else 1.0
            frame[name] = MEDIANS[name] * np.exp(
                0.5 * (0.9 * sign * common + 0.3 * rng.normal(size=len(date)))
            )
        parts.append(frame)
    out = pd.concat(parts, ignore_index=True)
    out["aqi"] = standards.aqi({p: out[p].to_numpy() for p in names}, edition="2012").value
    out.attrs = {"edition": "2012", "simulated": "true"}
    return out


@pytest.fixture(scope="module")
def drawn():
    forecast = {p: rows(m, ("A", "B")) for p, m in MEDIANS.items()}
    return paths(forecast, history(("A", "B")), draws=1000, seed=1)


def test_margins_are_exactly_those_of_the_forecast(drawn):
    assert drawn.values.dims == ("draw", "site", "date", "pollutant")
    assert dict(drawn.values.sizes) == {"draw": 1000, "site": 2, "date": 10, "pollutant": 6}
    levels = (np.arange(1000) + 0.5) / 1000
    expected = 90.0 * np.exp(0.5 * stats.norm.ppf(levels))
    for site in "AB":
        cell = np.sort(drawn.values.sel(site=site, pollutant="pm25").isel(date=4).values)
        inside = (levels > 0.05) & (levels < 0.95)
        np.testing.assert_allclose(
            cell[inside], expected[inside], rtol=0.02
        )  # straight lines between quantiles
        np.testing.assert_allclose(cell[[0, -1]], expected[[0, -1]], rtol=1e-6)
    q = drawn.quantiles().query("pollutant == 'no2' and site == 'B' and horizon == 3").iloc[0]
    np.testing.assert_allclose(q[list(QUANTILES)].to_numpy(float), 45.0 * np.exp(0.5 * Z), rtol=0.01)


def correlation(a, b):
    return float(stats.spearmanr(a, b).statistic)


def test_dependence_is_that_of_the_past(drawn):
    v = drawn.values
    day = v.sel(site="A", pollutant="pm25")
    assert correlation(day[:, 0], day[:, 1]) > 0.5 and correlation(day[:, 0], day[:, 9]) < 0.45
    assert correlation(day[:, 2], v.sel(site="B", pollutant="pm25")[:, 2]) > 0.5
    assert correlation(day[:, 2], v.sel(site="A", pollutant="pm10")[:, 2]) > 0.5
    assert correlation(day[:, 2], v.sel(site="A", pollutant="o3")[:, 2]) < -0.5
    assert "past windows" in drawn.notes[0]


def test_runs_of_bad_days_are_longer_than_those_of_independent_days(drawn):
    alone = paths({p: rows(m, ("A", "B")) for p, m in MEDIANS.items()}, None, draws=1000, seed=1)
    assert abs(correlation(alone.values[:, 0, 0, 0], alone.values[:, 0, 1, 0])) < 0.15
    three = [(p.aqi.sel(site="A").values[:, :3] > 200).all(axis=1).mean() for p in (drawn, alone)]
    assert three[0] > 2 * three[1]
    assert "independent" in alone.notes[0]


def test_aqi_is_that_of_the_standards_path_by_path(drawn):
    for draw, site, day in [(0, 0, 0), (17, 1, 9), (999, 0, 5)]:
        values = {p: float(drawn.values[draw, site, day].sel(pollutant=p)) for p in POLLUTANTS}
        found = standards.aqi(values, edition="2012")
        assert found.value == drawn.aqi.values[draw, site, day]
        assert found.primary == drawn.primary.values[draw, site, day]


def test_probabilities_add_up(drawn):
    categories = drawn.category_probability()
    np.testing.assert_allclose(categories.groupby(["site", "date"])["probability"].sum(), 1.0)
    heavy = categories[categories["level"] >= 5].groupby(["site", "date"])["probability"].sum()
    above = drawn.exceedance(200).set_index(["site", "date"])["probability"]
    np.testing.assert_allclose(heavy, above)
    primary = drawn.primary_probability()
    assert (primary.groupby(["site", "date"])["probability"].sum() >= 1 - 1e-9).all()
    best = primary.groupby("pollutant")["probability"].mean().idxmax()
    assert best == "pm25"
    assert "Heavily polluted" in drawn._repr_html_() and "2019-12-01" in drawn._repr_html_()


def test_recent_days_and_attributes_come_along(drawn):
    past = history(("A", "B"))
    last = past[(past["site"] == "B") & (past["date"] == "2019-12-01")]["aqi"].item()
    assert drawn.recent.sel(site="B").values[-1] == last
    assert drawn.simulated and drawn.weather == "none" and drawn.edition == "2012" and drawn.model == "m"


def test_nothing_after_the_issue_is_used():
    forecast = {"pm25": rows(90.0)}
    past = history(names=("pm25", "pm10"), end="2020-02-01")
    changed = past.copy()
    changed.loc[changed["date"] > "2019-12-01", ["pm25", "aqi"]] = 900.0
    one, two = paths(forecast, past, 200), paths(forecast, changed, 200)
    np.testing.assert_array_equal(one.values.values, two.values.values)
    np.testing.assert_array_equal(one.recent.values, two.recent.values)
    assert one.digest == two.digest and one.digest != paths({"pm25": rows(91.0)}, past, 200).digest


@settings(max_examples=4)
@given(st.integers(0, 1000), st.sampled_from([1, 7, 300]))
def test_every_cell_holds_the_same_values_in_another_order(seed, draws):
    past = history(years=1, names=("pm25", "o3")).sample(frac=0.9, random_state=seed)
    found = paths({"pm25": rows(90.0, leads=4), "o3": rows(60.0, leads=4)}, past, draws, seed)
    cube = np.sort(found.values.values, axis=0)
    np.testing.assert_allclose(cube, np.broadcast_to(cube[:, :, :1], cube.shape))
    again = paths({"pm25": rows(90.0, leads=4), "o3": rows(60.0, leads=4)}, past.iloc[::-1], draws, seed)
    np.testing.assert_array_equal(found.values.values, again.values.values)


def test_short_and_separate_histories_are_said():
    forecast = {"pm25": rows(90.0, ("A", "B"), leads=3)}
    short = history(("A", "B"), names=("pm25", "pm10")).tail(10)
    assert "too short" in paths(forecast, short, 50).notes[0]
    apart = pd.concat([history(("A",), 1), history(("B",), 1, end="2017-06-01")])
    found = paths(forecast, apart, 400)
    assert "2 of 2 sites" in found.notes[0]
    day = found.values.sel(pollutant="pm25")
    assert correlation(day.sel(site="A")[:, 0], day.sel(site="A")[:, 1]) > 0.4
    assert abs(correlation(day.sel(site="A")[:, 0], day.sel(site="B")[:, 0])) < 0.2
    only = paths(forecast, history(("A",)), 400)
    assert "What has no past" in only.notes[0]


def test_one_pollutant_missing_rows_and_both_editions():
    forecast = {p: rows(m, leads=3) for p, m in MEDIANS.items()}
    forecast["o3"] = forecast["o3"].iloc[:1]
    found = paths(forecast, None, 100)
    assert np.isnan(found.values.sel(pollutant="o3")[:, 0, 1]).all() and np.isfinite(found.aqi).all()
    alone = paths({"pm25": rows(20.0, leads=3)}, None, 100, edition="2026")
    assert np.isfinite(alone.aqi).all() and any("alone" in n for n in alone.notes)
    across = paths(
        {"pm25": rows(70.0, leads=3, issued="2026-02-27", spread=0.01)}, None, 50, edition="by-date"
    )
    old, new = (float(across.aqi.values[:, 0, d].mean()) for d in (0, 1))
    assert old < 100 < new


def test_the_aqi_itself_may_be_forecast():
    found = paths({"aqi": rows(180.0)}, history(), 300)
    assert float(found.aqi.median()) == pytest.approx(180, rel=0.02) and float(found.aqi.max()) <= 500
    assert found.primary_probability()["pollutant"].unique().tolist() == ["none"]
    assert any("as such" in n for n in found.notes)


@pytest.mark.parametrize(
    ("forecast", "message"),
    [
        ({}, "mapping"),
        ({"nh3": rows(1.0)}, "'nh3' is not known"),
        ({"pm25": rows(1.0).iloc[:0]}, "no rows"),
        ({"pm25": rows(1.0).drop(columns="q05")}, "no column 'q05'"),
        ({"pm25": rows(1.0).assign(model=["a"] * 5 + ["b"] * 5)}, "several models"),
        ({"pm25": pd.concat([rows(1.0), rows(1.0, issued="2019-12-20")])}, "issued on 2 days"),
        ({"pm25": pd.concat([rows(1.0), rows(1.0)])}, "stands twice"),
        ({"pm25": rows(1.0).assign(q50=-5.0)}, "negative"),
        ({"pm25": rows(1.0).assign(date=pd.Timestamp("2019-12-01")).iloc[:1]}, "not after its issue"),
    ],
)
def test_refusals(forecast, message):
    with pytest.raises(AirqError, match=message):
        paths(forecast)


def test_a_day_twice_in_the_history_is_refused():
    past = history(years=1)
    with pytest.raises(AirqError, match="twice"):
        paths({"pm25": rows(90.0)}, pd.concat([past, past.tail(1)]))


def test_a_thousand_paths_of_ten_days_take_little_time():
    sites = tuple("ABCDE")
    forecast = {p: rows(m, sites) for p, m in MEDIANS.items()}
    past = history(sites)
    begin = time.process_time()
    paths(forecast, past, draws=1000)
    assert time.process_time() - begin < 2.0

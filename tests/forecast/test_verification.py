import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from airq.errors import AirqError
from airq.forecast import scores, verification
from airq.forecast.names import LEVELS, QUANTILES
from airq.forecast.verification import tolerance, verify

Z = stats.norm.ppf(LEVELS)


def make(spread, model, days=400, sites=("A", "B"), horizons=(1, 3), seed=0, start="2018-06-01"):
    """Rows of a truth that is log-normal around a known centre; ``spread`` is what the forecast believes."""
    rng = np.random.default_rng(seed)
    parts = []
    for site in sites:
        date = pd.date_range(start, periods=days)
        centre = 4.2 + 0.5 * rng.normal(size=days)
        observed = np.exp(centre + 0.4 * rng.normal(size=days))
        for h in horizons:
            q = np.exp(centre[:, None] + spread * Z)
            frame = pd.DataFrame(q, columns=list(QUANTILES))
            frame["site"], frame["date"], frame["issued"] = site, date, date - pd.Timedelta(days=h)
            parts.append(frame.assign(horizon=h, model=model, observed=observed))
    rows = pd.concat(parts, ignore_index=True)
    rows.attrs = {"target": "pm25", "weather": "none", "simulated": True}
    return rows


def climatology(rows):
    out = rows.copy()
    q = np.quantile(rows["observed"].dropna(), LEVELS)
    out[list(QUANTILES)] = q
    return out.assign(model="climatology")


@pytest.fixture(scope="module")
def found():
    rows = make(0.4, "good")
    narrow = make(0.15, "narrow")
    return verify(rows, {"narrow": narrow, "climatology": climatology(rows)}, draws=200)


def test_tables_have_a_row_for_each_model_and_group(found):
    assert found.scores["model"].tolist() == [
        "good",
        "good",
        "narrow",
        "narrow",
        "climatology",
        "climatology",
    ]
    assert (found.scores["n"] == 800).all() and (found.scores["missing"] == 0).all()
    assert len(found.by_season) == 12 and set(found.by_season["season"]) == {"cold", "warm"}
    assert len(found.by_quarter) == 24 and len(found.by_site) == 12
    assert (found.by_season.groupby(["model", "horizon"])["n"].sum() == 800).all()
    assert found.simulated and found.weather == "none" and "simulated" in found._repr_html_()


def test_a_calibrated_forecast_is_recognised_and_a_narrow_one_too(found):
    table = found.scores.set_index(["model", "horizon"])
    good, narrow = table.loc[("good", 1)], table.loc[("narrow", 1)]
    assert (
        0.77 < good["coverage_80"] < 0.83
        and 0.46 < good["coverage_50"] < 0.54
        and 0.87 < good["coverage_90"] < 0.93
    )
    assert narrow["coverage_80"] < 0.5
    assert good["pit_p"] > 0.01 and narrow["pit_p"] < 1e-6
    assert good["crps"] < narrow["crps"]
    assert 0 < good["crpss_climatology_low"] < good["crpss_climatology"] < good["crpss_climatology_high"]
    tests = found.tests.set_index(["model", "versus", "horizon"])
    assert tests.loc[("good", "narrow", 1), "statistic"] < -3
    assert tests.loc[("good", "narrow", 1), "p_value"] < 0.01
    assert tests.loc[("good", "narrow", 1), "statistic"] == -tests.loc[("narrow", "good", 1), "statistic"]
    assert tests.loc[("good", "narrow", 1), "n"] == 400  # days, not rows
    assert tests.loc[("good", "narrow", 3), "lags"] >= 2


def test_scores_equal_the_plain_functions(found):
    rows = make(0.4, "good")
    one = rows[rows["horizon"] == 3]
    row = found.scores.set_index(["model", "horizon"]).loc[("good", 3)]
    y, q = one["observed"], one[list(QUANTILES)]
    assert row["crps"] == pytest.approx(scores.crps(y, q).mean())
    assert row["mae"] == pytest.approx(scores.mae(y, one["q50"]))
    assert row["rmse"] == pytest.approx(scores.rmse(y, one["q50"]))
    assert row["coverage_90"] == pytest.approx(scores.coverage(y, q, 0.9))
    assert row["pinball_q90"] == pytest.approx(scores.pinball(y, q)[:, 17].mean())
    reference = climatology(rows)
    expected = 1 - scores.crps(y, q).mean() / scores.crps(y, reference.loc[one.index, list(QUANTILES)]).mean()
    assert row["crpss_climatology"] == pytest.approx(expected)


def test_events_follow_the_edition(found):
    assert found.probabilities["event"].unique().tolist() == ["pm25 > 75", "pm25 > 150"]
    rows = make(0.4, "good", days=30)
    assert verify(rows, edition="2026", draws=0).probabilities["event"].unique().tolist() == [
        "pm25 > 60",
        "pm25 > 150",
    ]
    across = make(0.4, "good", days=60, start="2026-02-01")
    names = verify(across, edition="by-date", draws=0).probabilities["event"].unique().tolist()
    assert names == ["pm25 above index 100", "pm25 > 150"]
    aqi = verify(rows, target="aqi", draws=0)
    assert aqi.probabilities["event"].unique().tolist() == ["aqi > 100", "aqi > 200"]
    assert verify(rows, thresholds=[50], draws=0).probabilities["event"].unique().tolist() == ["pm25 > 50"]


def test_brier_skill_and_reliability(found):
    table = found.probabilities.set_index(["model", "horizon", "event"])
    good = table.loc[("good", 1, "pm25 > 75")]
    assert good["bss_climatology"] > 0.2 and good["bss_persistence"] > good["bss_climatology"]
    assert table.loc[("climatology", 1, "pm25 > 75"), "bss_climatology"] == pytest.approx(0)
    curve = found.reliability.query("model == 'good' and horizon == 1 and event == 'pm25 > 75'")
    inside = curve[curve["n"] >= 30]
    assert (
        (inside["low"] - 0.05 <= inside["probability"]) & (inside["probability"] <= inside["high"] + 0.05)
    ).all()
    assert found.value.query("model == 'good'")["value"].max() > 0.4


def test_missing_observations_are_counted_and_nothing_else_changes():
    rows = make(0.4, "good", days=60)
    holes = rows.copy()
    gone = np.random.default_rng(0).random(len(rows)) < 0.2
    holes.loc[gone, "observed"] = np.nan
    with_holes, without = verify(holes, draws=0).scores, verify(rows[~gone], target="pm25", draws=0).scores
    assert (
        with_holes["missing"].sum() == gone.sum() and (with_holes["n"] + with_holes["missing"] == 120).all()
    )
    for name in ("n", "mae", "rmse", "crps", "coverage_80", "bias"):
        np.testing.assert_allclose(with_holes[name], without[name])
    assert any("no observation" in n for n in verify(holes, draws=0).notes)


def test_a_forecast_that_keeps_silent_is_seen():
    rows = make(0.4, "good", days=40)
    rows.loc[:9, list(QUANTILES)] = np.nan
    found = verify(rows, draws=0)
    assert found.scores["no_forecast"].sum() == 10 and any("no forecast" in n for n in found.notes)


@settings(max_examples=1)
@given(st.integers(0, 10_000))
def test_order_of_rows_and_further_columns_do_not_matter(seed):
    rows = make(0.4, "good", days=40)
    mixed = rows.sample(frac=1, random_state=seed).assign(extra="x")
    one, two = verify(rows, draws=50), verify(mixed, target="pm25", draws=50)
    for name, table in one.tables.items():
        keys = [
            c
            for c in ("model", "horizon", "season", "quarter", "site", "event", "lower", "cost_loss")
            if c in table
        ]
        keys += [c for c in ("level", "observed", "forecast", "versus") if c in table and c not in keys]
        if name in ("episodes",):
            keys = ["model", "horizon"]
        left, right = (t.sort_values(keys, ignore_index=True) for t in (table, two.tables[name]))
        pd.testing.assert_frame_equal(left, right, rtol=1e-9, check_dtype=False, obj=name)


def test_persistence_is_the_last_value_seen_at_issue():
    rows = make(0.4, "good", days=50, sites=("A",), horizons=(1,))
    history = pd.DataFrame({"site": "A", "date": [pd.Timestamp("2018-05-31")], "pm25": [80.0]})
    found = verify(rows, history=history, draws=0)
    y = rows["observed"].to_numpy()
    last = np.concatenate([[80.0], y[:-1]])
    site = found.fairmode_sites.iloc[0]
    assert site["n"] == 50 and site["rmse_persistence"] == pytest.approx(scores.rmse(y, last))
    assert site["mqi_f"] == pytest.approx(scores.rmse(y, rows["q50"]) / scores.rmse(y, last))
    expected = 1 - scores.crps(y, rows[list(QUANTILES)]).mean() / np.abs(y - last).mean()
    assert found.scores["crpss_persistence"][0] == pytest.approx(expected)
    assert verify(rows, draws=0).fairmode_sites.iloc[0]["n"] == 49
    assert found.fairmode["share"].tolist() == [1.0]


def point(observed, forecast, horizon=1, site="A", start="2019-12-01"):
    date = pd.date_range(start, periods=len(observed))
    rows = pd.DataFrame({"site": site, "date": date, "issued": date - pd.Timedelta(days=horizon)})
    rows = rows.assign(horizon=horizon, model="m", observed=np.asarray(observed, float))
    rows[list(QUANTILES)] = np.repeat(np.asarray(forecast, float)[:, None], 19, axis=1)
    rows.attrs["target"] = "aqi"
    return rows


def test_categories_and_ranges_by_hand():
    rows = point([40, 60, 110, 160, 250, np.nan], [45, 110, 120, 60, 310, 50])
    found = verify(rows, draws=0)
    row = found.categories.iloc[0]
    assert row["n"] == 5 and row["level_accuracy"] == 0.4 and row["over"] == 0.4 and row["under"] == 0.2
    assert row["under_two"] == 0.2 and row["within_one"] == 0.8
    # half widths: 15, 27.5, 30, 15, 77.5 against gaps 5, 50, 10, 100, 60
    assert row["range_accuracy"] == pytest.approx(3 / 5)
    assert row["range_absolute"] == pytest.approx(2 / 5) and row["range_relative"] == pytest.approx(3 / 5)
    tight = verify(rows, tolerance={"absolute": 5, "combine": "absolute"}, draws=0)
    assert tight.categories["range_accuracy"][0] == pytest.approx(1 / 5) and tight.tolerance.mark == "user"
    assert found.tolerance.mark == "NF" and any("[NF]" in n for n in found.notes)
    rates = found.category_rates.set_index("level")
    assert rates.loc[3, "hits"] == 1 and rates.loc[3, "false_alarms"] == 1 and rates.loc[2, "misses"] == 1
    assert found.confusion["n"].sum() == 5
    assert found.confusion.query("observed == 4 and forecast == 2")["n"].tolist() == [1]


def test_onsets_of_heavy_pollution_with_tolerance():
    observed = [90, 90, 220, 240, 90, 90, 90, 90, 260, 90, 90]
    forecast = [90, 210, 220, 90, 90, 90, 90, 90, 90, 90, 210]
    rows = point(observed, forecast)
    row = verify(rows, draws=0).episodes.iloc[0]
    assert (row["episodes"], row["episodes_forecast"], row["onsets"]) == (2, 2, 2)
    assert row["onset_hit_rate"] == 0.5 and row["onset_miss_rate"] == 0.5 and row["onset_mean_error"] == -1
    assert row["day_hit_rate"] == pytest.approx(1 / 3) and row["day_false_alarm_ratio"] == pytest.approx(
        2 / 3
    )
    assert row["onset_in_time_rate"] == 0.5
    late = verify(point(observed, [90, *observed[:-1]]), draws=0).episodes.iloc[0]
    assert (
        late["onset_hit_rate"] == 1.0 and late["onset_in_time_rate"] == 0.0 and late["onset_mean_error"] == 1
    )
    wide = verify(rows, onset_tolerance=2, draws=0).episodes.iloc[0]
    assert wide["onset_hit_rate"] == 1.0
    strict = verify(rows, onset_tolerance=0, draws=0).episodes.iloc[0]
    assert strict["onset_hit_rate"] == 0.0
    by_rule = verify(rows, episode_rule="ALERT-2019", draws=0).episodes.iloc[0]  # needs 48 hours above 200
    assert by_rule["episodes"] == 1 and by_rule["event"] == "alert by ALERT-2019"
    assert verify(rows, episode_days=3, draws=0).episodes.iloc[0]["episodes"] == 0


def test_hours_are_verified_too():
    time = pd.date_range("2019-12-01 01:00", periods=72, freq="h")
    rows = pd.DataFrame({"site": "A", "time": time, "issued": time - pd.Timedelta(hours=30), "horizon": 30})
    rows = rows.assign(model="m", observed=np.linspace(20, 160, 72))
    rows[list(QUANTILES)] = rows["observed"].to_numpy()[:, None] * np.linspace(0.8, 1.2, 19)
    found = verify(rows, target="pm25", draws=0)
    assert found.episodes.empty and found.scores["n"].tolist() == [72]
    assert found.by_season["n"].tolist() == [72] and found.scores["coverage_80"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.assign(q50=r["q50"] + 1e4), "quantiles cross"),
        (lambda r: pd.concat([r, r.iloc[:1]]), "stands twice"),
        (lambda r: r.drop(columns="q35"), "no column 'q35'"),
        (lambda r: r.drop(columns="observed"), "scores need observations"),
        (lambda r: r.iloc[:0], "no rows"),
        (lambda r: r.assign(horizon=0), "below 1"),
        (lambda r: r.assign(issued="spring"), "no date"),
        (lambda r: r.drop(columns="date"), "neither 'date' nor 'time'"),
        (lambda r: [1, 2], "DataFrame"),
    ],
)
def test_refusals_of_rows(change, message):
    rows = make(0.4, "good", days=5)
    with pytest.raises(AirqError, match=message) as caught:
        verify(change(rows), target="pm25")
    assert str(caught.value).count("\n") == 0 and str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "options",
    [
        {"by": "horizon"},
        {"by": ["colour"]},
        {"target": "nh3"},
        {"tolerance": {"loose": 1}},
        {"tolerance": -1},
        {"tolerance": {"combine": "both"}},
        {"decision": 2},
        {"edition": "1999"},
        {"episode_rule": "ALERT-1999"},
        {"history": pd.DataFrame({"date": []})},
    ],
)
def test_refusals_of_options(options):
    with pytest.raises(AirqError, match=r"\.$"):
        verify(make(0.4, "good", days=5), draws=0, **options)


def test_rows_that_say_nothing_of_their_target():
    rows = make(0.4, "good", days=5)
    rows.attrs = {}
    with pytest.raises(AirqError, match="give target="):
        verify(rows)


def test_tolerances():
    assert tolerance(0.25).half_width(np.array([100.0]))[0] == 25
    both = tolerance({"combine": "smaller"})
    assert both.half_width(np.array([40.0, 100.0])).tolist() == [10.0, 15.0]
    assert tolerance(both) is both


def test_the_package_offers_it():
    import airq.forecast

    assert airq.forecast.verify is verification.verify and callable(airq.forecast.paths)
    assert callable(airq.forecast.warning) and callable(airq.forecast.verify_log)

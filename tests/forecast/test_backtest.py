"""Backtest and forecast: every row given, nothing known too early, skill, honest spread, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq import forecast as fc
from airq.errors import AirqError, MissingData, ParameterError
from airq.forecast.intervals import crps

Q = list(fc.QUANTILES)


def simulated(sites=2, days=800, seed=0, start="2014-01-01", memory=0.7):
    """Days whose level follows the season, yesterday, and the wind of the day."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range(start, periods=days)
    angle = dates.day_of_year.to_numpy() * 2 * np.pi / 365.25
    wind = 2 + 0.5 * np.cos(angle) + rng.gamma(2.0, 0.5, days)
    common = np.zeros(days)
    for i in range(1, days):
        common[i] = memory * common[i - 1] + rng.normal(0, 0.35)
    parts = []
    for s in range(sites):
        log = (
            4 + 0.5 * np.cos(angle) + common - 0.6 * (wind - wind.mean()) + rng.normal(0, 0.1, days) + 0.2 * s
        )
        level = np.exp(log)
        parts.append(
            pd.DataFrame(
                {
                    "date": dates,
                    "site": f"S{s}",
                    "pm25": level,
                    "no2": level * 0.4 + rng.normal(0, 3, days) + 20,
                    "pm25_evening": level * rng.lognormal(0, 0.2, days),
                    "wind_speed_mean": wind + rng.normal(0, 0.1, days),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


FRAME = simulated()
FAST = {"horizons": (1, 3), "test_days": 60}


@pytest.fixture(scope="module")
def rows():
    return fc.backtest(FRAME, **FAST)


def score(rows):
    return pd.Series(crps(rows[Q].to_numpy(), rows["observed"].to_numpy())).groupby(rows["horizon"]).mean()


def test_every_day_of_the_test_is_a_row(rows):
    assert len(rows) == 2 * 2 * 60
    for (_, horizon), part in rows.groupby(["site", "horizon"]):
        assert (
            part["date"].tolist()
            == pd.date_range(FRAME["date"].max() - pd.Timedelta(days=59), periods=60).tolist()
        )
        assert ((part["date"] - part["issued"]).dt.days == horizon).all()
    merged = rows.merge(FRAME[["site", "date", "pm25"]], on=["site", "date"])
    assert (merged["observed"] == merged["pm25"]).all()
    q = rows[Q].to_numpy()
    assert np.isfinite(q).all() and (np.diff(q, axis=1) >= 0).all() and (q >= 0).all()
    assert rows.attrs["target"] == "pm25" and rows.attrs["weather"] == "none"
    assert [c for c in rows if c in ("site", "issued", "horizon", "observed")] == [
        "site",
        "issued",
        "horizon",
        "observed",
    ]


def test_weather_helps_and_memory_beats_climatology():
    frame = simulated(sites=1, days=1500, seed=4, memory=0.85)
    long = {"horizons": (1, 10), "test_days": 365}
    both = fc.backtest(frame, model=("auto", "climatology"), **long)
    bare, climatology = (both[both["model"] == m].reset_index(drop=True) for m in ("auto", "climatology"))
    perfect = fc.backtest(frame, weather=["wind_speed_mean"], **long)
    assert perfect.attrs["weather"] == "perfect"
    assert any("perfect weather" in note for note in perfect.attrs["notes"])
    assert (score(perfect) < 0.95 * score(bare)).all()
    assert score(bare)[1] < 0.9 * score(climatology)[1] and score(bare)[10] < 1.01 * score(climatology)[10]
    for rows in (bare, perfect):
        inside = (rows["q10"] <= rows["observed"]) & (rows["observed"] <= rows["q90"])
        assert inside.groupby(rows["horizon"]).mean().between(0.72, 0.88).all()


SMALL = simulated(days=460, seed=5)


@settings(max_examples=3)
@given(
    st.integers(0, 10_000),
    st.sampled_from([None, ("wind_speed_mean",)]),
    st.sampled_from(["auto", "boosting"]),
)
def test_nothing_after_the_issue_changes_a_row(seed, weather, model):
    """Pollutants after a day of issue are replaced at every site; weather that is given stays."""
    rng = np.random.default_rng(seed)
    given_ = {"weather": weather, "horizons": (3,), "test_days": 40, "model": model}
    whole = fc.backtest(SMALL, **given_)
    issued = pd.Timestamp(rng.choice(whole["issued"].unique()))
    changed = SMALL.copy()
    later = changed["date"] > issued
    for name in ("pm25", "no2", "pm25_evening", *(() if weather else ("wind_speed_mean",))):
        changed.loc[later, name] = rng.gamma(1.0, 100.0, int(later.sum()))
    changed.loc[later & (rng.random(len(changed)) < 0.2), "pm25"] = np.nan
    again = fc.backtest(changed, **given_)
    known = whole["issued"] <= issued
    assert known.any()
    pd.testing.assert_frame_equal(
        whole.loc[known, ["site", "date", *Q]], again.loc[known, ["site", "date", *Q]]
    )


def test_order_of_rows_and_other_columns_do_not_matter(rows):
    shuffled = FRAME.sample(frac=1, random_state=1).assign(remark="x")
    again = fc.backtest(shuffled, **FAST)
    pd.testing.assert_frame_equal(rows, again)


def test_a_backtest_row_is_the_forecast_of_that_day():
    """The first day of the test, forecast from that day on, without any later day in the frame."""
    whole = fc.backtest(FRAME, horizons=(1,), test_days=30)
    first = whole["issued"].min()
    live = fc.forecast(FRAME[FRAME["date"] <= first], horizons=(1,))
    cut = fc.forecast(FRAME, horizons=(1,), issued=first)
    pd.testing.assert_frame_equal(live, cut)
    mine = whole[whole["issued"] == first].reset_index(drop=True)
    np.testing.assert_allclose(mine[Q].to_numpy(), live[Q].to_numpy(), rtol=1e-5)  # tables are float32


def test_days_older_than_eight_years_are_not_looked_at():
    days = pd.date_range("2009-01-01", "2018-12-31")
    rng = np.random.default_rng(5)
    values = 60 + 40 * np.cos(days.day_of_year / 58.1) + rng.normal(0, 9, len(days))
    frame = pd.DataFrame({"date": days, "site": "A", "pm25": values})
    old = frame.assign(pm25=np.where(days < "2010-12-31", 900.0, values))
    recent = frame[frame["date"] >= "2011-01-01"]
    made = [fc.forecast(f, horizons=(1, 2), model=("ridge", "climatology")) for f in (frame, old, recent)]
    for other in made[1:]:
        pd.testing.assert_frame_equal(made[0][["site", "date", *Q]], other[["site", "date", *Q]])


@pytest.mark.parametrize("model", ["climatology", "persistence", "damped_ar1", "ridge", "kernel", "boosting"])
def test_each_model_alone(model):
    rows = fc.backtest(FRAME, horizons=(1,), test_days=30, model=model)
    assert np.isfinite(rows[Q].to_numpy()).all() and rows["model"].unique().tolist() == [model]


def test_persistence_centres_on_the_last_value():
    rows = fc.backtest(FRAME[FRAME["site"] == "S0"], horizons=(1,), test_days=30, model="persistence")
    last = FRAME[FRAME["site"] == "S0"].set_index("date")["pm25"].reindex(rows["issued"]).to_numpy()
    factor = (rows["q50"] + 1) / (last + 1)
    assert factor.groupby(fc.season(rows["date"])).std().max() < 1e-9  # one residual median a season
    assert factor.between(0.8, 1.2).all()


def test_sites_that_end_on_different_days_keep_their_own_last_days():
    early = FRAME[(FRAME["site"] == "S0") | (FRAME["date"] < "2016-03-01")]
    rows = fc.backtest(early, horizons=(1,), test_days=20, model="ridge")
    assert rows.groupby("site")["date"].max().dt.strftime("%Y-%m-%d").to_dict() == {
        "S0": f"{FRAME['date'].max():%Y-%m-%d}",
        "S1": "2016-02-29",
    }
    assert rows.groupby("site").size().tolist() == [20, 20]


def test_refit_learns_from_the_days_between():
    once = fc.backtest(FRAME, horizons=(1,), test_days=60, model="ridge")
    often = fc.backtest(FRAME, horizons=(1,), test_days=60, model="ridge", refit=30)
    first = once["date"] < once["date"].min() + pd.Timedelta(days=30)
    pd.testing.assert_frame_equal(once[first], often[first])
    assert (once.loc[~first, "q50"] != often.loc[~first, "q50"]).any()


def test_archived_forecasts_are_labelled_and_learned_as_such():
    rng = np.random.default_rng(3)
    parts = []
    for lead, noise in ((1, 0.1), (3, 2.0)):
        part = FRAME[["site", "date", "wind_speed_mean"]].copy()
        part["wind_speed_mean"] += rng.normal(0, noise, len(part))
        part["horizon"], part["issued"] = lead, part["date"] - pd.Timedelta(days=lead)
        parts.append(part.drop(columns="date"))
    rows = fc.backtest(FRAME, weather=pd.concat(parts), **FAST)
    bare = fc.backtest(FRAME, **FAST)
    assert rows.attrs["weather"] == "forecast" and (rows["weather"] == "forecast").all()
    assert score(rows)[1] < 0.8 * score(bare)[1]  # a good forecast helps
    assert score(rows)[3] < 1.03 * score(bare)[3]  # a useless one does little harm


def test_missing_observations_and_years_are_no_obstacle():
    gaps = FRAME[(FRAME["date"] < "2014-11-01") | (FRAME["date"] > "2015-04-01")].copy()
    gaps.loc[gaps["date"] == gaps["date"].max(), "pm25"] = np.nan
    rows = fc.backtest(gaps, **FAST)
    assert len(rows) == 240 and np.isfinite(rows[Q].to_numpy()).all()
    assert rows["observed"].isna().sum() == 4


def test_short_constant_and_silent_sites_say_so():
    dates = FRAME["date"].unique()
    still = pd.DataFrame({"date": dates, "site": "still", "pm25": 20.0})
    silent = pd.DataFrame({"date": dates, "site": "silent", "pm25": np.nan})
    young = pd.DataFrame({"date": dates[-200:], "site": "young", "pm25": np.arange(200.0)})
    rows = fc.backtest(pd.concat([FRAME, still, silent, young]), horizons=(1,), test_days=60)
    notes = rows.groupby("site")["note"].unique().map(lambda v: v[0]).to_dict()
    assert (
        notes["S0"] == ""
        and "every observation is 20" in notes["still"]
        and "less than a year" in notes["young"]
    )
    assert "no observation" in notes["silent"]
    assert rows.loc[rows["site"] == "silent", Q].isna().all(axis=None)
    assert rows.loc[rows["site"] == "still", Q].isna().all(axis=None)  # no certainty from a stuck monitor
    with pytest.raises(AirqError, match=r"every observation is 20.*'still'"):
        fc.backtest(still, horizons=(1,), test_days=60)
    with pytest.raises(AirqError, match=r"every observation is 20.*'still'"):
        fc.forecast(still, horizons=(1,))
    assert np.isfinite(rows.loc[rows["site"].isin(["S0", "S1", "young"]), Q].to_numpy()).all()


def test_an_impossible_spike_does_not_move_the_forecast():
    """An impossible value in the days of learning, and one on a day of issue."""
    clean = fc.backtest(FRAME, horizons=(1,), test_days=60)
    spiked = FRAME.copy()
    spiked.loc[spiked.index[spiked["site"] == "S0"][[300, 770]], "pm25"] = 9e9
    rows = fc.backtest(spiked, horizons=(1,), test_days=60)
    ratio = rows["q50"] / clean["q50"]
    assert ratio.between(0.5, 2.0).all() and abs(np.log(ratio).mean()) < 0.03
    assert rows["observed"].max() == 9e9  # what is scored stays as it was


def test_weather_that_does_not_overlap_is_said():
    table = pd.DataFrame(
        {"site": "S0", "date": pd.date_range("1990-01-01", periods=9), "wind_speed_mean": 2.0}
    )
    rows = fc.backtest(FRAME, weather=table, model="ridge", **FAST)
    assert rows.attrs["weather"] == "none" and "overlaps no day" in rows.attrs["notes"][0]
    pd.testing.assert_frame_equal(rows, fc.backtest(FRAME, model="ridge", **FAST))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"target": "nox"}, ParameterError),
        ({"target": "o3"}, MissingData),
        ({"horizons": ()}, ParameterError),
        ({"horizons": (0,)}, ParameterError),
        ({"horizons": (1.5,)}, ParameterError),
        ({"test_days": 0}, ParameterError),
        ({"test_days": 5000}, MissingData),
        ({"model": "oracle"}, ParameterError),
        ({"weather": ["temperature_mean"]}, MissingData),
        ({"weather": ["pm25"]}, ParameterError),
        ({"weather": pd.DataFrame({"site": ["S0"], "wind_speed_mean": [1.0]})}, MissingData),
        ({"weather": pd.DataFrame({"date": ["2015-01-01"], "colour": [1.0]})}, MissingData),
        ({"frame": FRAME.assign(pm25=np.nan)}, MissingData),
        ({"frame": FRAME.assign(pm25="much")}, ParameterError),
        ({"frame": FRAME.drop(columns="date")}, MissingData),
        ({"frame": FRAME.assign(date="soon")}, ParameterError),
        ({"frame": FRAME.head(0)}, MissingData),
        ({"frame": [1, 2]}, ParameterError),
    ],
)
def test_refusals_are_one_sentence(change, kind):
    arguments = {"frame": FRAME, **FAST, **change}
    with pytest.raises(kind) as caught:
        fc.backtest(**arguments)
    assert isinstance(caught.value, AirqError)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_forecast_days_to_come():
    rows = fc.forecast(FRAME, horizons=(1, 10))
    assert "observed" not in rows
    last = FRAME["date"].max()
    assert rows["date"].unique().tolist() == [last + pd.Timedelta(days=1), last + pd.Timedelta(days=10)]
    assert (rows["issued"] == last).all() and np.isfinite(rows[Q].to_numpy()).all()
    wide = (rows["q95"] / rows["q05"]).groupby(rows["horizon"]).mean()
    assert wide[10] > wide[1]


def test_forecast_with_weather_for_some_days():
    last = FRAME["date"].max()
    ahead = [{"date": last + pd.Timedelta(days=k), "wind_speed_mean": 6.0} for k in (1, 2, 3)]
    rows = fc.forecast(FRAME, weather=pd.DataFrame(ahead), horizons=(1, 3, 5), model="ridge")
    bare = fc.forecast(FRAME, horizons=(1, 3, 5), model="ridge")
    assert rows.groupby("horizon")["weather"].first().tolist() == ["forecast", "forecast", "none"]
    assert rows.loc[rows["horizon"] == 5, "note"].str.startswith("no weather given for this day").all()
    near = rows["horizon"] == 1
    assert (rows.loc[near, "q50"] < 0.7 * bare.loc[near, "q50"]).all()  # strong wind cleans


def test_forecast_says_how_old_the_last_observation_is():
    stale = FRAME.copy()
    stale.loc[
        (stale["site"] == "S1") & (stale["date"] > stale["date"].max() - pd.Timedelta(days=4)), "pm25"
    ] = np.nan
    rows = fc.forecast(stale, horizons=(1,), model="ridge")
    assert rows.set_index("site")["note"].to_dict() == {
        "S0": "",
        "S1": "last observation 4 days before the issue",
    }


def test_forecast_refuses_a_date_before_the_data():
    with pytest.raises(MissingData, match="no day up to"):
        fc.forecast(FRAME, issued="1999-01-01")
    with pytest.raises(ParameterError, match="not a date"):
        fc.forecast(FRAME, issued="soon")


def test_one_real_station_has_skill(shared):
    from airq import observations

    file = next((shared / "data" / "uci_beijing").glob("*Dingling*"))
    frame = fc.daily_frame(observations.read(file))
    rows = fc.backtest(frame, horizons=(1, 7), model=("auto", "climatology", "persistence"))
    rows = rows[rows["observed"].notna()].reset_index(drop=True)
    table = (
        rows.assign(crps=crps(rows[Q].to_numpy(), rows["observed"].to_numpy()))
        .groupby(["model", "horizon"])["crps"]
        .mean()
    )
    assert table["auto", 1] < 0.72 * table["climatology", 1]
    assert table["auto", 1] < 0.72 * table["persistence", 1]
    assert table["auto", 7] < 1.01 * table["climatology", 7]
    mine = rows[rows["model"] == "auto"]
    inside = (
        ((mine["q10"] <= mine["observed"]) & (mine["observed"] <= mine["q90"]))
        .groupby(mine["horizon"])
        .mean()
    )
    assert inside.between(0.74, 0.88).all()


def test_models_of_statsmodels_join_in():
    one = SMALL[SMALL["site"] == "S0"]
    rows = fc.backtest(one, horizons=(1,), test_days=6, model=("uc", "climatology"))
    mine = rows[rows["model"] == "uc"]
    assert len(mine) == 6 and np.isfinite(mine[Q].to_numpy()).all()
    assert (np.diff(mine[Q].to_numpy(), axis=1) >= 0).all()


def test_models_of_statsmodels_are_estimated_once_for_all_leads(monkeypatch):
    from airq.forecast import statespace

    calls = []
    honest = statespace.quantiles

    def counted(series, exog, horizons, issued, model):
        calls.append(list(horizons))
        return honest(series, exog, horizons, issued, model)

    monkeypatch.setattr(statespace, "quantiles", counted)
    frame = SMALL[SMALL["site"] == "S0"]
    rows = fc.backtest(frame, horizons=(1, 2), test_days=4, model="sarimax")
    assert calls == [[1, 2]] and len(rows) == 8
    assert np.isfinite(rows[Q].to_numpy()).all()
    assert ((rows["date"] - rows["issued"]).dt.days == rows["horizon"]).all()
    width = (rows["q95"] - rows["q05"]).groupby(rows["horizon"]).mean()
    assert width[2] > width[1]


def test_leap_day_is_a_day():
    until = FRAME[FRAME["date"] <= "2016-03-02"]
    rows = fc.backtest(until, horizons=(1,), test_days=5, model=("ridge", "climatology"))
    assert pd.Timestamp("2016-02-29") in rows["date"].tolist()
    assert np.isfinite(rows[Q].to_numpy()).all()


def test_every_pollutant_and_the_index_can_be_a_target():
    frame = FRAME.rename(columns={"no2": "aqi"})
    for target in ("aqi", "pm25"):
        rows = fc.backtest(frame, target=target, horizons=(1,), test_days=20, model="ridge")
        assert rows.attrs["target"] == target and np.isfinite(rows[Q].to_numpy()).all()
    assert (rows["observed"] > 0).all()

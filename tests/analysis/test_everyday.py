"""Everyday analytics: known answers, intervals that hold, capture with reasons, bad input in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import spearmanr

from airq import analysis
from airq.analysis.everyday.scores import scores_of
from airq.errors import AirqError


def hours(days: int = 120, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    time = pd.date_range("2019-01-01 01:00", periods=24 * days, freq="h")
    slow = lfilter([0.2], [1, -0.98], rng.normal(0, 1, len(time)))
    hour = (time - pd.Timedelta(minutes=30)).hour.to_numpy()
    day = 1 + 0.3 * np.sin(2 * np.pi * hour / 24)
    return pd.DataFrame(
        {"time": time, "pm25": 50 * day * np.exp(0.5 * slow), "no2": 30 * day * np.exp(0.3 * slow)}
    )


def one_sentence(call, said: str) -> None:
    with pytest.raises(AirqError, match=said) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


# --- variation -----------------------------------------------------------------------------------------------------------


def test_means_are_plain_means_and_midnight_closes_the_day() -> None:
    frame = hours()
    found = analysis.time_variation(frame, "pm25")
    ends = frame["time"].dt.hour.replace(0, 24)
    direct = frame.groupby(ends)["pm25"].mean()
    assert found.panel("hour")["mean"].to_numpy() == pytest.approx(direct.to_numpy())
    days = (frame["time"] - pd.Timedelta(hours=1)).dt
    assert found.panel("weekday")["mean"].to_numpy() == pytest.approx(
        frame.groupby(days.day_of_week)["pm25"].mean().to_numpy()
    )
    assert found.panel("month")["values"].sum() == len(frame)


def test_date_is_the_beginning_of_its_hour() -> None:
    frame = hours().rename(columns={"time": "date"})
    found = analysis.time_variation(frame, "pm25")
    assert found.label == "start" and found.panel("hour")["cell"].tolist() == list(range(24))
    assert analysis.time_variation(frame, "pm25", label="end").panel("hour")["cell"].tolist() == list(
        range(1, 25)
    )


def test_intervals_hold_where_hours_depend_on_each_other() -> None:
    """Whole weeks cover; the usual bootstrap of hours would not."""
    inside, naive = [], []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        time = pd.date_range("2019-01-07 01:00", periods=24 * 7 * 40, freq="h")
        noise = lfilter([np.sqrt(1 - 0.97**2)], [1, -0.97], rng.normal(0, 1, len(time) + 400))[400:]
        found = analysis.time_variation(pd.DataFrame({"time": time, "x": 50 + 10 * noise}), "x").panel(
            "weekday"
        )
        inside.append(((found["lower"] <= 50) & (found["upper"] >= 50)).mean())
        half = 1.96 * 10 / np.sqrt(found["values"])
        naive.append(((found["mean"] - half <= 50) & (found["mean"] + half >= 50)).mean())
    assert np.mean(inside) > 0.87 and np.mean(naive) < 0.6


def test_difference_cancels_what_both_share() -> None:
    frame = hours().assign(other=lambda f: f["pm25"] + 5)
    found = analysis.time_variation(frame, ["pm25", "other"], difference=True)
    gap = found.difference[found.difference["panel"] == "hour"]
    assert gap["mean"].to_numpy() == pytest.approx(5.0) and (gap["upper"] - gap["lower"]).max() < 1e-6
    one_sentence(lambda: analysis.time_variation(frame, "pm25", difference=True), "two columns or two groups")


def test_months_take_years_once_there_are_five() -> None:
    days = pd.date_range("2015-01-01", "2020-12-31")
    rng = np.random.default_rng(0)
    level = {y: rng.normal(50, 5) for y in range(2015, 2021)}
    frame = pd.DataFrame({"date": days, "pm25": [level[y] for y in days.year]})
    month = analysis.time_variation(frame, "pm25").panel("month")
    assert (month["basis"] == "years").all()
    spread = np.std(list(level.values()), ddof=1) / np.sqrt(6) * 2.5706
    # On the logarithmic scale the ends lie at mean * exp(+-h / mean).
    assert np.log(month["upper"] / month["mean"]).to_numpy() == pytest.approx(
        spread / month["mean"].to_numpy(), rel=1e-3
    )


def test_normalised_and_solar_time_and_groups() -> None:
    frame = hours()
    shares = analysis.time_variation(frame, ["pm25", "no2"], normalise=True)
    assert shares.panel("hour").groupby("column")["mean"].mean().to_numpy() == pytest.approx(1.0, abs=0.02)
    sun = analysis.time_variation(frame, "pm25", solar_longitude=87.3).panel("hour")
    clock = analysis.time_variation(frame, "pm25").panel("hour")
    late = (clock["cell"][clock["mean"].idxmax()] - sun["cell"][sun["mean"].idxmax()]) % 24
    assert late == 2
    assert analysis.time_variation(frame, "pm25", by="weekend").groups == ("weekday", "weekend")


# --- scores --------------------------------------------------------------------------------------------------------------


def test_scores_by_hand_and_zeros() -> None:
    found = analysis.model_statistics(pd.DataFrame({"o": [0.0, 2.0, 4.0], "m": [1.0, 1.0, 8.0]}), "o", "m")
    assert [found.value(k) for k in ("fac2", "mb", "mge", "nmb", "nmge")] == pytest.approx(
        [2 / 3, 4 / 3, 2, 2 / 3, 1]
    )
    assert found.value("rmse") == pytest.approx(np.sqrt(6)) and found.value("coe") == pytest.approx(1 - 6 / 4)
    assert found.value("ioa") == pytest.approx(1 - 6 / 8)
    assert "zeros" in " ".join(found.notes)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500)), min_size=3, max_size=40))
def test_scores_stay_in_their_bounds(pairs: list[tuple[float, float]]) -> None:
    o, m = np.array(pairs).T
    found = scores_of(o, m)
    assert (
        0 <= found["fac2"] <= 1
        and found["mge"] >= abs(found["mb"]) - 1e-9
        and found["rmse"] >= found["mge"] - 1e-9
    )
    assert np.isnan(found["ioa"]) or -1 <= found["ioa"] <= 1
    assert np.isnan(found["r"]) or abs(found["r"]) <= 1 + 1e-9


def test_scores_of_openair(shared: Path) -> None:
    frame = pd.read_csv(shared / "data" / "openair" / "mydata.csv.gz", parse_dates=["date"])
    found = analysis.model_statistics(frame, "nox", "no2", draws=50)
    row = found.table.iloc[0]
    assert row["n"] == 63095 and round(row["mb"], 3) == -129.674 and round(row["nmb"], 5) == -0.72523
    assert [round(row[k], d) for k, d in (("rmse", 3), ("r", 5), ("coe", 5), ("ioa", 5))] == [166.620, 0.78745, -0.33747, 0.33127]  # fmt: skip
    assert (found.intervals["lower"] < found.intervals["estimate"]).all()


def test_scores_by_season_and_site() -> None:
    frame = hours().assign(m=lambda f: 1.1 * f["pm25"])
    assert analysis.model_statistics(frame, "pm25", "m", by="season").table["group"].tolist() == [
        "winter",
        "spring",
    ]
    sites = pd.concat([frame.assign(site="B"), frame.assign(site="A")])
    assert analysis.model_statistics(sites, "pm25", "m", by="site").table["nmb"].to_numpy() == pytest.approx(
        0.1
    )


# --- correlation, distribution, levels ---------------------------------------------------------------------------------------


def test_correlations_against_scipy_and_order() -> None:
    rng = np.random.default_rng(9)
    frame = hours().assign(noise=rng.normal(size=24 * 120), flat=1.0)
    frame.loc[::7, "no2"] = np.nan
    found = analysis.correlation_matrix(frame, ["pm25", "noise", "no2", "flat"], method="spearman", draws=100)
    rows = found.table.set_index(["a", "b"])
    known = frame["no2"].notna()
    assert rows.loc[("pm25", "no2"), "correlation"] == pytest.approx(
        spearmanr(frame["pm25"][known], frame["no2"][known])[0]
    )
    assert rows.loc[("pm25", "noise"), "lower"] < 0 < rows.loc[("pm25", "noise"), "upper"]
    assert np.isnan(rows.loc[("pm25", "flat"), "correlation"])
    order = found.order
    assert abs(order.index("pm25") - order.index("no2")) == 1


def test_distribution_adds_up_and_covers() -> None:
    frame = hours()
    found = analysis.distribution(frame, "pm25", by="month", log=True)
    assert found.bins.groupby("group")["share"].sum().to_numpy() == pytest.approx(1.0)
    january = frame[(frame["time"] - pd.Timedelta(hours=1)).dt.month == 1]["pm25"]
    assert found.quantiles("01")[0.95] == pytest.approx(january.quantile(0.95))
    smooth = found.density[found.density["group"] == "01"]
    assert np.trapezoid(smooth["density"], np.log10(smooth["value"])) == pytest.approx(1, abs=0.06)
    zeros = frame.assign(pm25=np.where(np.arange(len(frame)) % 10 == 0, 0.0, frame["pm25"]))
    noted = analysis.distribution(zeros, "pm25", log=True)
    assert noted.summary["zeros"][0] == len(frame) // 10 and "at or below 0" in " ".join(noted.notes)


def test_quantile_pairs_and_conditional_quantiles() -> None:
    frame = hours().assign(model=lambda f: 2 * f["pm25"])
    found = analysis.quantile_pairs(frame, "pm25", "model", draws=20).table
    assert found["second"].to_numpy() == pytest.approx(2 * found["first"].to_numpy())
    classes = analysis.conditional_quantiles(frame, "pm25", "model", bins=8, least=5).table
    held = classes.dropna()
    assert (held["q50"] <= held["high"] / 2 + 1e-9).all() and (held["q50"] >= held["low"] / 2 - 1e-9).all()
    assert classes.loc[classes["n"] < 5, "q50"].isna().all()


def test_level_withholds_thin_cells() -> None:
    frame = hours(40)
    found = analysis.trend_level(frame, "pm25", x="month", y="hour", by=None, least=15)
    assert found.matrix().loc["05", "01"] == pytest.approx(frame[(frame["time"].dt.hour == 5) & (frame["time"].dt.month == 1)]["pm25"].mean())  # fmt: skip
    assert found.matrix()["02"].isna().all() and "withheld" in found.notes[-1]
    above = analysis.trend_level(frame, "pm25", by=None, statistic="share_above", threshold=50.0)
    assert above.table["value"].dropna().between(0, 1).all()


# --- diagrams ---------------------------------------------------------------------------------------------------------------


def test_taylor_identity_and_target_distance() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"o": rng.gamma(4, 15, 300), "site": np.repeat(["A", "B", "C"], 100)})
    frame["m"] = 0.8 * frame["o"] + rng.normal(10, 12, 300)
    for r in analysis.taylor_numbers(frame, "o", "m", by="site").table.itertuples():
        right = r.sd_observed**2 + r.sd_modelled**2 - 2 * r.sd_observed * r.sd_modelled * r.r
        assert r.centred_rmse**2 == pytest.approx(right)
    found = analysis.fairmode_target(frame, "o", "m", "pm25")
    own = frame[frame["site"] == "A"]
    unit = 2 * np.sqrt(np.mean((0.36**2) * (0.75 * own["o"] ** 2 + 0.25 * 25**2)))
    assert found.table["mqi"][0] == pytest.approx(np.sqrt(np.mean((own["m"] - own["o"]) ** 2)) / unit)
    assert found.mqi_criterion == found.table["mqi"].max()
    one_sentence(lambda: analysis.fairmode_target(frame, "o", "m", "so2"), "no uncertainty of 'so2'")


# --- capture ------------------------------------------------------------------------------------------------------------------


def test_capture_against_the_calendar_with_cause() -> None:
    time = pd.date_range("2019-01-29 01:00", "2019-05-10", freq="h")
    frame = pd.DataFrame({"time": time, "pm25": 10.0, "site": "A"})
    gap = (time > "2019-03-05") & (time <= "2019-03-20")
    frame.loc[gap, "pm25"] = np.nan
    frame.loc[(time > "2019-04-01") & (np.arange(len(time)) % 3 != 0), "pm25"] = np.nan
    found = analysis.data_capture(frame, "pm25")
    causes = found.table["cause"].tolist()
    assert causes == [
        "begins 2019-01-29",
        "",
        "gap of 360 from 2019-03-05",
        "scattered losses",
        "ends 2019-05-09",
    ]
    assert found.table["value"].isna().tolist() == [True, False, True, True, True]
    assert found.table["longest_gap"][2] == 360
    rows = analysis.data_capture(frame, "pm25", calendar=False)
    assert rows.table["capture"][0] == 1.0


def test_the_first_midnight_is_no_month_of_its_own() -> None:
    time = pd.date_range("2019-01-01 00:00", "2019-02-01", freq="h")
    found = analysis.data_capture(pd.DataFrame({"time": time, "pm25": 1.0}), "pm25")
    assert found.table["start"].dt.month.tolist() == [1] and found.table["capture"].tolist() == [1.0]


# --- bad input -----------------------------------------------------------------------------------------------------------------


def test_what_is_left_out_is_counted() -> None:
    frame = hours(30)
    doubled = pd.concat([frame, frame.iloc[:5].assign(pm25=1e6)])
    found = analysis.time_variation(doubled, "pm25")
    assert found.masked == {"duplicated": 5} and found.table["mean"].max() < 1000
    coded = frame.assign(pm25=np.where(np.arange(len(frame)) < 9, -999.0, frame["pm25"]))
    assert analysis.time_variation(coded, "pm25").masked == {"code": 9}
    short = analysis.time_variation(hours(10), "pm25")
    assert short.table["lower"].isna().all() and any("weeks" in n for n in short.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.rename(columns={"pm25": "pm2_5"}), "did you mean 'pm2_5'"),
        (lambda f: f.drop(columns="time"), "no times"),
        (lambda f: f.assign(site=["A", "B"] * (len(f) // 2)), "2 sites"),
        (lambda f: f.assign(pm25=np.nan), "holds no value"),
        (lambda f: f.assign(pm25="bad"), "is no number"),
        (lambda f: f.iloc[:0], "holds no value"),
    ],
)
def test_bad_frames_are_one_sentence(change, said: str) -> None:
    frame = change(hours(20))
    for call in (
        lambda: analysis.time_variation(frame, "pm25"),
        lambda: analysis.distribution(frame, "pm25"),
        lambda: analysis.trend_level(frame, "pm25"),
    ):
        one_sentence(call, said)


def test_bad_parameters_are_one_sentence() -> None:
    frame = hours(20)
    for call, said in (
        (lambda: analysis.time_variation(frame, "pm25", confidence=95), "confidence"),
        (lambda: analysis.time_variation(frame, "pm25", by="moon"), "neither a column"),
        (lambda: analysis.time_variation(frame, "pm25", label="middle"), "label"),
        (lambda: analysis.correlation_matrix(frame, ["pm25"]), "two columns or more"),
        (lambda: analysis.distribution(frame, "pm25", probabilities=[0, 1]), "between 0 and 1"),
        (lambda: analysis.trend_level(frame, "pm25", statistic="share_above"), "needs a threshold"),
        (lambda: analysis.model_statistics(frame, "pm25", "model"), "no column 'model'"),
    ):
        one_sentence(call, said)

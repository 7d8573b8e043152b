"""Averages over periods: calendars, capture, reasons, statistics, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.analysis import period_means
from airq.analysis.averaging import PERIODS
from airq.errors import AirqError, MissingData, ParameterError


def hours(first: str, n: int, name: str = "time") -> pd.DataFrame:
    return pd.DataFrame({name: pd.date_range(first, periods=n, freq="h"), "pm25": np.arange(n, dtype=float)})


def test_capture_counts_the_calendar_and_rows_on_request() -> None:
    late = hours("2019-01-29 01:00", 72)
    row = period_means(late, "pm25").table.iloc[0]
    assert np.isnan(row["value"]) and (row["count"], row["possible"]) == (72, 744)
    assert "72 of 744 hours" in row["reason"] and "75 %" in row["reason"]
    by_rows = period_means(late, "pm25", calendar=False).table.iloc[0]
    assert by_rows["value"] == 35.5 and by_rows["capture"] == 1 and by_rows["reason"] == ""


@pytest.mark.parametrize("statistic", ["mean", "median", "min", "max", "sum", "std", "percentile", "count", "above"])  # fmt: skip
def test_every_statistic_is_withheld_with_the_mean(statistic: str) -> None:
    frame = hours("2019-01-20 01:00", 24 * 40)
    made = period_means(frame, "pm25", statistic=statistic, threshold=500)
    assert made.table["value"].isna().tolist() == [True, False] and len(made.withheld) == 1
    own = frame.loc[(frame["time"] > "2019-02-01"), "pm25"]
    wanted = {
        "mean": own.mean(), "median": own.median(), "min": own.min(), "max": own.max(), "sum": own.sum(),
        "std": own.std(), "percentile": own.quantile(0.95), "count": 672, "above": (own > 500).sum(),
    }[statistic]  # fmt: skip
    assert made.table["value"].iloc[1] == pytest.approx(wanted)


def test_the_boundary_is_inside() -> None:
    frame = hours("2019-01-01 01:00", 744)
    frame.loc[frame.index[558:], "pm25"] = np.nan
    assert period_means(frame, "pm25").table["reason"].tolist() == [""]
    frame.loc[frame.index[557], "pm25"] = np.nan
    assert "74.8 %" in period_means(frame, "pm25").table["reason"].iloc[0]


def test_time_names_the_end_of_an_hour_and_date_its_start() -> None:
    ended, begun = hours("2019-01-01 01:00", 24), hours("2019-01-01 00:00", 24, "date")
    for frame in (ended, begun):
        made = period_means(frame, "pm25", "day")
        assert made.table["count"].tolist() == [24] and str(made.table["start"][0].date()) == "2019-01-01"
    assert len(period_means(ended, "pm25", "day", label="start").table) == 2
    days = pd.DataFrame({"time": pd.date_range("2019-01-01", periods=31), "pm25": 1.0})
    assert period_means(days, "pm25").table["count"].tolist() == [31]


@pytest.mark.parametrize("period", PERIODS)
def test_periods_tile_the_calendar(period: str) -> None:
    frame = hours("2019-11-03 01:00", 24 * 500)
    table = period_means(frame, "pm25", period, 0).table
    assert (table["end"] > table["start"]).all()
    if period != "heating":
        assert (table["start"].iloc[1:].to_numpy() == table["end"].iloc[:-1].to_numpy()).all()
        assert table["count"].sum() == len(frame)
    else:
        assert [f"{v:%m-%d}" for v in table["start"]] == ["10-15"] * len(table)
        assert {f"{v:%m-%d}" for v in table["end"]} == {"04-16"}
    if period == "week":
        assert (table["start"].dt.day_of_week == 0).all()
    if period == "season":
        assert set(table["start"].dt.month) <= {3, 6, 9, 12}


def test_gaps_of_whole_periods_are_rows_with_a_reason() -> None:
    frame = pd.concat([hours("2019-01-01 01:00", 744), hours("2019-04-01 01:00", 720)]).sample(
        frac=1, random_state=1
    )
    table = period_means(frame, "pm25").table
    assert table["reason"].iloc[1] == "none of 672 hours has a value" and len(table) == 4


def test_direction_is_the_angle_of_unit_vectors() -> None:
    frame = hours("2019-01-01 00:00", 24, "date").assign(wd=[350.0, 10.0] * 12, ws=[0.0, 2.0] * 12)
    assert period_means(frame, "wd", "day", statistic="direction").table["value"][0] == pytest.approx(360)
    calm = period_means(frame, "wd", "day", 0.5, statistic="direction", wind_speed="ws").table
    assert calm["value"][0] == pytest.approx(10) and calm["count"][0] == 12
    opposed = frame.assign(wd=[90.0, 270.0] * 12)
    assert np.isnan(period_means(opposed, "wd", "day", statistic="direction").table["value"][0])
    coded = frame.assign(wd=[999.0, 90.0] * 12)
    made = period_means(coded, "wd", "day", 0.5, statistic="direction").table
    assert made["value"][0] == pytest.approx(90) and made["count"][0] == 12


def test_repeated_and_timeless_rows_are_counted() -> None:
    frame = hours("2019-01-01 01:00", 48)
    frame = pd.concat(
        [frame, frame.iloc[:5].assign(pm25=999.0), pd.DataFrame({"time": [pd.NaT], "pm25": [1.0]})]
    )
    made = period_means(frame, "pm25", "day")
    assert made.masked == {"no_time": 1, "duplicated": 5} and len(made.notes) == 2
    assert made.table["value"].tolist() == [11.5, 35.5]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: period_means(f, "pm2"), "did you mean 'pm25'"),
        (lambda f: period_means(f, "pm25", "fortnight"), "fortnight"),
        (lambda f: period_means(f, "pm25", statistic="mode"), "mode"),
        (lambda f: period_means(f, "pm25", minimum_capture=75), "75"),
        (lambda f: period_means(f, "pm25", statistic="above"), "threshold"),
        (lambda f: period_means(f, "pm25", step="often"), "often"),
        (lambda f: period_means(f, "pm25", label="middle"), "middle"),
        (lambda f: period_means(f.iloc[:1], "pm25"), "one row"),
        (lambda f: period_means(f.assign(pm25=np.nan), "pm25"), "no value"),
        (lambda f: period_means(f.assign(pm25="x"), "pm25"), "row 1: 'x' is no number"),
        (lambda f: period_means(f.drop(columns="time"), "pm25"), "no column 'time'"),
        (lambda f: period_means(f.assign(site=["a", "b"] * 50), "pm25"), "2 sites"),
        (lambda f: period_means(f.iloc[::24], "pm25", "hour"), "longer than a period"),
    ],
)
def test_refusals_are_one_sentence(change, said: str) -> None:
    with pytest.raises(AirqError, match=said) as caught:
        change(hours("2019-01-01 01:00", 100))
    assert len(str(caught.value).splitlines()) == 1 and isinstance(caught.value, MissingData | ParameterError)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 24 * 70), min_size=2, max_size=60, unique=True), st.randoms())
def test_any_order_gives_the_same_and_counts_add_up(places, rng) -> None:
    frame = hours("2019-12-20 01:00", 24 * 70 + 1).iloc[places]
    shuffled = frame.sample(frac=1, random_state=rng.randint(0, 10**6))
    one, other = (period_means(f, "pm25", "day", 0, step="h").table for f in (frame, shuffled))
    pd.testing.assert_frame_equal(one, other)
    assert one["count"].sum() == len(frame) and one["capture"].between(0, 1).all()


def test_known_answers_of_openair(shared) -> None:
    frame = pd.read_csv(shared / "data" / "openair" / "mydata.csv.gz", parse_dates=["date"])
    made = period_means(frame[:200], "wd", "day", 0, statistic="direction").table["value"]
    assert np.round(made[:3], 3).tolist() == [190.158, 225.948, 221.457]
    assert int((period_means(frame, "o3", minimum_capture=0).series).notna().sum()) == 89

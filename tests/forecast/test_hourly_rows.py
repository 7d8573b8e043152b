"""Rows of the hourly forecast: complete, blind to what came after the issue, and better than what is usual."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from airq.errors import MissingData, ParameterError
from airq.forecast import QUANTILES
from airq.forecast.hourly import backtest_hourly, forecast_hourly, learning

DAYS, TEST = 110, 10
LEADS = (1, 6, 24)


def region(days: int = DAYS, sites: str = "AB", seed: int = 0, gap: bool = True) -> pd.DataFrame:
    """Sites that share a slow level, blown clean by wind, with a daily cycle."""
    rng = np.random.default_rng(seed)
    n = 24 * days
    time = pd.date_range("2018-01-01 01:00", periods=n, freq="h")
    wind = np.exp(0.6 * _slow(rng, n, 0.95))
    level = 4 + 0.5 * _slow(rng, n, 0.985) - 0.5 * np.log(wind)
    parts = []
    for k, site in enumerate(sites):
        own = level + 0.1 * k + 0.15 * _slow(rng, n, 0.9) + 0.2 * np.cos(2 * np.pi * time.hour / 24)
        frame = pd.DataFrame({"time": time, "site": site, "pm25": np.exp(own), "wind_speed": wind})
        parts.append(frame.assign(no2=frame["pm25"] * 0.5 + rng.normal(0, 2, n)))
    out = pd.concat(parts, ignore_index=True)
    if gap:
        out.loc[out.index[500:530], "pm25"] = np.nan
        out = out.drop(index=out.index[700:710])
    return out


def _slow(rng: np.random.Generator, n: int, memory: float) -> np.ndarray:
    from scipy.signal import lfilter

    return lfilter([(1 - memory**2) ** 0.5], [1, -memory], rng.standard_normal(n))


def after(frame: pd.DataFrame, hour: pd.Timestamp, columns: list[str]) -> pd.DataFrame:
    """The frame with everything after an hour altered, and a new site there."""
    out = frame.copy()
    late = out["time"] > hour
    out.loc[late, columns] = out.loc[late, columns].to_numpy() * 3 + 17
    out.loc[late & (np.arange(len(out)) % 5 == 0), "pm25"] = np.nan
    new = out[late & (out["site"] == "A")].assign(site="AA")
    return pd.concat([out, new]).sample(frac=1, random_state=0)


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    """The same code with fewer trees: these tests ask what a forecast may know, not how good it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "ITERATIONS", 8)
        yield


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return region()


@pytest.fixture(scope="module")
def rows(frame: pd.DataFrame) -> pd.DataFrame:
    return backtest_hourly(
        frame,
        horizons=LEADS,
        test_days=TEST,
        model=["climatology", "persistence", "ridge", "boosting", "auto"],
    )


def test_every_test_hour_is_a_row(frame: pd.DataFrame, rows: pd.DataFrame) -> None:
    assert len(rows) == 2 * 24 * TEST * len(LEADS) * 5
    assert (rows["time"] - rows["issued"] == pd.to_timedelta(rows["horizon"], unit="h")).all()
    joined = rows.merge(frame[["site", "time", "pm25"]], on=["site", "time"], how="left")
    np.testing.assert_array_equal(joined["observed"], joined["pm25"])
    assert rows.attrs["weather"] == "none"
    assert "no weather forecast was given" in " ".join(rows.attrs["notes"])
    assert set(rows.attrs["leads"]) == set(LEADS)


def test_quantiles_increase_and_are_not_negative(rows: pd.DataFrame) -> None:
    q = rows[list(QUANTILES)].to_numpy()
    assert np.isfinite(q).all()
    assert (q >= 0).all()
    assert (np.diff(q, axis=1) >= 0).all()


def test_learned_models_beat_what_is_usual_at_short_leads(rows: pd.DataFrame) -> None:
    error = (rows["q50"] - rows["observed"]).abs().groupby([rows["model"], rows["horizon"]]).mean()
    assert error["auto", 1] < 0.8 * error["climatology", 1]
    assert error["auto", 1] < error["persistence", 1]
    assert error["auto", 6] < error["climatology", 6]
    assert error["auto", 24] < 1.05 * error["climatology", 24]


def test_most_hours_lie_inside_the_interval(rows: pd.DataFrame) -> None:
    inside = (rows["observed"] >= rows["q10"]) & (rows["observed"] <= rows["q90"])
    share = inside[rows["model"] == "auto"].groupby(rows["horizon"]).mean()
    assert ((share > 0.6) & (share < 0.95)).all()


def test_nothing_after_the_issue_reaches_a_forecast(frame: pd.DataFrame) -> None:
    frame = frame[frame["time"] < frame["time"].min() + pd.Timedelta(days=66)]
    hour = frame["time"].max() - pd.Timedelta(hours=60)
    asked = {"horizons": [30], "model": ["auto", "persistence", "climatology"], "issued": hour}
    seen = forecast_hourly(frame, **asked)
    blind = forecast_hourly(after(frame, hour, ["pm25", "no2", "wind_speed"]), **asked)
    pd.testing.assert_frame_equal(seen, blind)
    asked["model"] = "ridge"
    known, cut = (forecast_hourly(f, **asked) for f in (frame, frame[frame["time"] <= hour]))
    pd.testing.assert_frame_equal(known, cut)


def test_backtest_rows_issued_before_a_change_stay(frame: pd.DataFrame) -> None:
    hour = frame["time"].max() - pd.Timedelta(days=5)
    asked = {"horizons": [1, 24], "test_days": TEST, "model": "ridge"}
    keys = ["site", "issued", "horizon", "time"]
    one = backtest_hourly(frame, **asked).set_index(keys)
    changed = frame.copy()
    late = changed["time"] > hour
    changed.loc[late, ["pm25", "no2", "wind_speed"]] = 999.0
    two = backtest_hourly(changed, **asked).set_index(keys)
    early = one.index.get_level_values("issued") <= hour
    assert early.sum() > 100
    pd.testing.assert_frame_equal(one.loc[early, list(QUANTILES)], two.loc[early, list(QUANTILES)])
    assert not np.allclose(one.loc[~early, "q50"], two.loc[~early, "q50"])


def test_with_weather_only_the_weather_ahead_matters(frame: pd.DataFrame) -> None:
    hour = frame["time"].max() - pd.Timedelta(hours=40)
    asked = {"horizons": [1, 24], "model": "ridge", "issued": hour, "weather": ["wind_speed"]}
    one = forecast_hourly(frame, **asked)
    two = forecast_hourly(after(frame, hour, ["pm25", "no2"]).query("site != 'AA'"), **asked)
    three = forecast_hourly(after(frame, hour, ["wind_speed"]).query("site != 'AA'"), **asked)
    assert one.attrs["weather"] == "perfect"
    np.testing.assert_allclose(one["q50"], two["q50"])
    assert not np.allclose(one["q50"], three["q50"])


def test_weather_ahead_helps_where_it_matters(frame: pd.DataFrame, rows: pd.DataFrame) -> None:
    known = backtest_hourly(frame, weather=["wind_speed"], horizons=LEADS, test_days=TEST, model="ridge")
    bare = rows[rows["model"] == "ridge"]
    error = [(r["q50"] - r["observed"]).abs()[r["horizon"] == 24].mean() for r in (known, bare)]
    assert error[0] < 0.9 * error[1]


def test_a_forecast_without_error_is_perfect_weather_under_another_name(frame: pd.DataFrame) -> None:
    asked = {"horizons": [1, 24], "test_days": TEST, "model": "ridge"}
    perfect = backtest_hourly(frame, weather=["wind_speed"], **asked)
    table = frame[["site", "time", "wind_speed"]]
    valid = backtest_hourly(frame, weather=table, **asked)
    assert valid.attrs["weather"] == "forecast"
    np.testing.assert_allclose(perfect["q50"], valid["q50"])
    runs = pd.concat(
        [table.assign(issued=table["time"] - pd.Timedelta(hours=h), horizon=h) for h in range(1, 37)]
    )
    runs = runs[
        (runs["issued"].dt.hour % 12 == 1) & (runs["issued"] > table["time"].max() - pd.Timedelta(days=20))
    ]
    by_run = backtest_hourly(frame, weather=runs.drop(columns="time"), **asked)
    np.testing.assert_allclose(perfect["q50"], by_run["q50"], rtol=1e-6)


def test_a_region_wide_forecast_needs_no_site(frame: pd.DataFrame) -> None:
    hour = frame["time"].max() - pd.Timedelta(hours=30)
    one = frame[(frame["site"] == "A") & (frame["time"] > hour)][["time", "wind_speed"]]
    rows = forecast_hourly(frame, weather=one, horizons=[1, 24], model="ridge", issued=hour)
    both = forecast_hourly(frame, weather=["wind_speed"], horizons=[1, 24], model="ridge", issued=hour)
    assert rows.attrs["weather"] == "forecast"
    assert "observed weather stands in" in " ".join(rows.attrs["notes"])
    np.testing.assert_allclose(rows["q50"], both["q50"])


@pytest.mark.parametrize(
    ("weather", "error", "said"),
    [
        (["mixing_height"], MissingData, "no column 'mixing_height'"),
        (["wind_speed_1990"], MissingData, "no column"),
        (pd.DataFrame({"site": ["A"], "wind_speed": [1.0]}), ParameterError, "'time'"),
        (pd.DataFrame({"time": ["2018-01-05"], "site": ["A"], "luck": [1.0]}), MissingData, "no column is"),
        (pd.DataFrame({"time": ["2018-01-05"], "site": ["Z"], "wind_speed": [1.0]}), MissingData, "no site"),
        (
            pd.DataFrame({"issued": ["1999-01-05"], "horizon": [3], "site": ["A"], "wind_speed": [1.0]}),
            MissingData,
            "no value is for an hour from 2018-04-21",
        ),
        (
            pd.DataFrame({"time": ["2018-01-05"], "site": ["A"], "wind_speed": [1.0]}),
            MissingData,
            "give weather of the hours to come",
        ),
        (
            pd.DataFrame({"issued": ["2018-01-05"], "horizon": ["x"], "site": ["A"], "wind_speed": [1.0]}),
            ParameterError,
            "row 0 has no number",
        ),
    ],
)
def test_weather_that_cannot_be_used(frame: pd.DataFrame, weather, error, said: str) -> None:
    with pytest.raises(error, match=said):
        forecast_hourly(frame, weather=weather, horizons=[1], model="ridge")


def test_weather_that_does_not_overlap_the_history(frame: pd.DataFrame) -> None:
    bare = frame.assign(wind_speed=np.where(frame["time"] == frame["time"].max(), 2.0, np.nan))
    with pytest.raises(MissingData, match="no value of wind_speed falls in the training hours"):
        backtest_hourly(bare, weather=["wind_speed"], horizons=[1], test_days=TEST, model="ridge")


def test_noise_without_memory_gives_climatology() -> None:
    rng = np.random.default_rng(5)
    time = pd.date_range("2018-01-01 01:00", periods=24 * 62, freq="h")
    frame = pd.DataFrame({"time": time, "pm25": rng.gamma(4, 12, len(time))})
    rows = forecast_hourly(frame, horizons=[3], model=["auto", "climatology"])
    auto, usual = (rows[rows["model"] == m][list(QUANTILES)].to_numpy() for m in ("auto", "climatology"))
    np.testing.assert_allclose(auto, usual, rtol=0.35)
    if rows.attrs["leads"][3]["ratio"] >= 1:
        np.testing.assert_array_equal(auto, usual)
        assert "no skill was found" in " ".join(rows.attrs["notes"])


def test_same_seed_same_rows_other_targets_too() -> None:
    frame = region(62, "A").assign(aqi=lambda f: f["pm25"] * 1.2)
    one = forecast_hourly(frame, target="aqi", horizons=[2], seed=4, model="boosting")
    two = forecast_hourly(frame, target="aqi", horizons=[2], seed=4, model="boosting")
    pd.testing.assert_frame_equal(one, two)
    assert one.attrs["target"] == "aqi"


def test_a_missing_year_is_said() -> None:
    frame = region(30, "A", gap=False)
    later = region(40, "A", seed=1, gap=False)
    later["time"] += pd.Timedelta(days=400)
    rows = forecast_hourly(pd.concat([frame, later]), horizons=[1], model="ridge")
    assert "no site has a value of pm25 between 2018-01-31 and 2019-02-05." in rows.attrs["notes"]


def test_hourly_beats_persistence_in_beijing(shared) -> None:
    from airq.observations import read

    folder = shared / "data" / "uci_beijing"
    files = sorted(folder.glob("*.csv.gz"))[:1]
    if not files:
        pytest.skip(f"no hourly observations in {folder}")
    from airq.forecast.hourly import hourly_frame

    frame = hourly_frame(read(files[0]))
    frame = frame[frame["time"] >= frame["time"].max() - pd.Timedelta(days=430)]
    rows = backtest_hourly(frame, horizons=[6], test_days=60, model=["ridge", "climatology"], every=5)
    last = rows.merge(
        frame[["site", "time", "pm25"]].rename(columns={"time": "issued", "pm25": "last"}),
        on=["site", "issued"],
    )
    for column in ("q50", "last"):
        last[column] = (last[column] - last["observed"]).abs()
    ridge = last[last["model"] == "ridge"]
    assert ridge["q50"].mean() < ridge["last"].mean()
    assert ridge["q50"].mean() < last[last["model"] == "climatology"]["q50"].mean()

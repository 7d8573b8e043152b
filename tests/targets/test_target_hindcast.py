"""Hindcasts: each outlook from what was known, scores by hand, real cities against the baselines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from target_frames import made

from airq import targets
from airq.errors import AirqError
from airq.targets.hindcasting import crps_of_draws, reliability_table

FRAME = made()
KINDS = [{"kind": "good_days"}, {"kind": "mean", "pollutant": "pm25"}, {"kind": "heavy_days"}]


def test_a_row_is_the_outlook_of_its_day() -> None:
    """No row knows what came later: it equals the outlook on a frame that ends on its day."""
    got = targets.hindcast(FRAME, KINDS, [2018], [135, 250], draws=150)
    assert len(got.finals) == 6 and len(got.rows) == 2 * (6 + 6 + 5)
    for final in got.finals.to_dict("records"):
        known = FRAME[FRAME["date"] <= final["issued"]]
        row = {"kind": final["kind"].split(":")[0], "pollutant": "pm25", "year": 2018}
        row["at_least" if row["kind"] == "good_days" else "at_most"] = 60
        one = targets.outlook(known, row, final["issued"], draws=150)
        assert one.drift == final["drift"]
        assert one.final[0.5] == pytest.approx(final["q50"], abs=1.0 if "days" in row["kind"] else 1e-6)


def test_outcomes_and_thresholds_by_hand() -> None:
    got = targets.hindcast(FRAME, KINDS, [2017], [200], draws=100)
    years = FRAME.groupby(FRAME["date"].dt.year)
    good, heavy = (
        years["aqi"].apply(lambda a: (a <= 100).sum()),
        years["aqi"].apply(lambda a: (a > 200).sum()),
    )
    mean = years["pm25"].mean()
    rows = got.rows
    assert rows[rows["kind"] == "good_days"]["threshold"].tolist() == [
        good[2016] + d for d in (-20, -10, 0, 10, 20, 30)
    ]
    assert rows[rows["kind"] == "heavy_days"]["threshold"].tolist() == [
        heavy[2016] + d for d in (-4, -2, 0, 2, 4)
    ]
    for _, row in rows.iterrows():
        truth = {"good_days": good, "heavy_days": heavy}.get(row["kind"], mean)[2017]
        up = row["kind"] == "good_days"
        assert row["outcome"] == int(truth >= row["threshold"] if up else truth <= row["threshold"])
    finals = got.finals.set_index("kind")["observed"]
    assert finals["good_days"] == good[2017] and finals["mean:pm25"] == pytest.approx(mean[2017])


def test_scores_are_what_they_say() -> None:
    got = targets.hindcast(FRAME, [KINDS[0]], [2017, 2018], [75, 255], draws=100)
    rows = got.rows
    square = (rows["probability"] - rows["outcome"]) ** 2
    assert got.brier.loc["all", "brier"] == pytest.approx(square.mean())
    assert got.brier.loc[75, "n"] == (rows["issue_day"] == 75).sum()
    inside = (got.finals["observed"] >= got.finals["q10"]) & (got.finals["observed"] <= got.finals["q90"])
    assert got.coverage.loc["all", "good_days"] == pytest.approx(inside.mean())
    assert got.crps.loc["all", "good_days"] == pytest.approx(got.finals["crps"].mean())
    assert got.reliability["n"].sum() == len(rows) and (got.reliability["forecast"].diff().dropna() > 0).all()


def test_crps_and_reliability_by_hand() -> None:
    x = np.array([1.0, 2.0, 4.0])
    spread = np.abs(x[:, None] - x[None, :]).mean()
    assert crps_of_draws(x, 3.0) == pytest.approx(np.abs(x - 3).mean() - spread / 2)
    table = reliability_table(pd.DataFrame({"probability": [1.0, 0.0, 0.0], "outcome": [1, 0, 1]}))
    assert table["n"].tolist() == [2, 1] and table["frequency"].tolist() == [0.5, 1.0]


def test_gaps_and_short_years_are_left_out_and_said() -> None:
    gap = FRAME[(FRAME["date"] < "2018-10-01") | (FRAME["date"] > "2018-10-20")]
    got = targets.hindcast(gap, KINDS, [2014, 2015, 2018], [200], draws=100)
    assert set(got.finals["year"]) == {2018} and any("2015" in s for s in got.skipped)
    observed = got.finals.set_index("kind").loc["good_days", "observed"]
    assert observed == (gap.loc[gap["date"].dt.year == 2018, "aqi"] <= 100).sum()
    assert got.finals.set_index("kind").loc["good_days", "q95"] <= 345
    stops = FRAME[FRAME["date"] < "2018-12-11"]
    with pytest.raises(AirqError, match=r"no year could be scored.*2018-12-10"):
        targets.hindcast(stops, KINDS, [2018], [200], draws=100)


def test_a_stated_threshold_and_a_change_are_hindcast_as_they_stand() -> None:
    fixed = targets.hindcast(
        FRAME, {"kind": "good_days", "at_least": 222, "year": 2030}, [2018], [100], draws=100
    )
    assert fixed.rows["threshold"].tolist() == [222.0]
    change = {
        "kind": "mean",
        "pollutant": "pm25",
        "change": {"from": 2028, "by": -0.1, "base": 30},
        "year": 2030,
    }
    moved = targets.hindcast(FRAME, change, [2018], [100], draws=100)
    base = FRAME.loc[FRAME["date"].dt.year == 2016, "pm25"].mean()
    assert moved.rows["threshold"].iloc[0] == pytest.approx(0.9 * base)


@pytest.mark.parametrize(
    "more",
    [
        {"target": {"all_of": []}},
        {"years": ["x"]},
        {"issue_days": [400]},
        {"drift": "steep"},
        {"methods": ("luck",)},
    ],
)
def test_refusals(more: dict[str, object]) -> None:
    arguments = {"frames": FRAME, "target": KINDS, "years": [2018], "issue_days": [100], "draws": 100, **more}
    with pytest.raises(AirqError) as caught:
        targets.hindcast(**arguments)  # type: ignore[arg-type]
    assert str(caught.value).endswith(".")


@pytest.mark.shared
def test_real_cities_beat_the_baselines(shared: Path) -> None:
    columns = {"date": 1, "aqi": 3, "pm25": 5, "pm10": 6, "so2": 7, "no2": 8, "co": 9, "o3": 10}
    frames = {}
    for city in ("xian", "beijing", "lanzhou", "haerbin", "wulumuqi", "yinchuan"):
        raw = pd.read_csv(shared / "data" / "city_daily_2013_2019" / f"{city}.csv", header=None)
        frames[city] = pd.DataFrame({k: raw[v] for k, v in columns.items()})
    others = [name for name in targets.BASELINES if name != "plain_full"]
    got = targets.hindcast(frames, KINDS, [2017, 2018], [75, 225], draws=150, methods=("recipe", *others))
    scores = got.scores().set_index(["method", "kind"])
    for kind in ("good_days", "mean:pm25", "heavy_days"):
        for name in others:
            assert scores.loc[("recipe", kind), "brier"] < scores.loc[(name, kind), "brier"], (name, kind)
            assert scores.loc[("recipe", kind), "crps"] < scores.loc[(name, kind), "crps"], (name, kind)
        assert 0.6 <= scores.loc[("recipe", kind), "coverage"] <= 1.0
    assert set(got.finals["drift"]) <= {"zero", "half", "full"}


def test_a_hindcast_judges_what_the_outlook_judges() -> None:
    """A mean that is rounded, and a standard that names the limit."""
    mean = float(FRAME.loc[FRAME["date"].dt.year == 2018, "pm25"].mean())
    limit = float(np.ceil(mean))
    assert 0 < limit - mean < 0.5  # printed, it is the limit
    for rounded, met in ((True, 1), (False, 0)):
        row = {"kind": "mean", "pollutant": "pm25", "at_least": limit, "rounded": rounded}
        got = targets.hindcast(FRAME, row, [2018], [345], draws=100)
        outlook = targets.outlook(FRAME, {**row, "year": 2018}, "2018-12-31", draws=100)
        assert got.rows["outcome"].tolist() == [met] == [int(outlook.status == "met")]
        assert got.finals["observed"].iloc[0] == pytest.approx(mean)
    named = targets.hindcast(FRAME, {"kind": "mean", "pollutant": "pm25", "standard": "GB3095-2012"}, [2018], [200], draws=100)  # fmt: skip
    assert named.rows["threshold"].tolist() == [35.0]


def test_brier_by_kind_is_that_of_its_rows() -> None:
    got = targets.hindcast(FRAME, KINDS, [2017, 2018], [135, 250], draws=100)
    table = got.brier_by_kind
    for kind, rows in got.rows.groupby("kind"):
        square = (rows["probability"] - rows["outcome"]) ** 2
        assert table.loc["all", kind] == pytest.approx(square.mean())
        assert table.loc[135, kind] == pytest.approx(square[rows["issue_day"] == 135].mean())
    assert list(table.index) == [135, 250, "all"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"draws": 0}, "draws is 0"),
        ({"draws": "many"}, "draws is 'many'"),
        ({"seed": -1}, "seed is -1"),
        ({"target": {"kind": "good_days", "site": "Z"}}, "site 'Z' of the target is not in the frame"),
        ({"frames": FRAME[["date", "site", "so2"]]}, "no AQI, and without pm25"),
    ],
)
def test_what_cannot_be_hindcast_is_said(more: dict[str, object], words: str) -> None:
    asked = {"frames": FRAME, "target": KINDS[0], "years": [2018], "issue_days": [200], "draws": 100, **more}
    with pytest.raises(AirqError, match=words) as caught:
        targets.hindcast(**asked)  # type: ignore[arg-type]
    assert str(caught.value).endswith(".")

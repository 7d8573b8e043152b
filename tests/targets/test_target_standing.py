"""What the months so far tell: against the normal distribution written out, and what must hold whatever the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_frames import made

from airq import targets
from airq.targets import ahead, standing
from airq.targets.climate import YearTable
from airq.targets.engine import know
from airq.targets.judge import Case, Settings
from airq.targets.series import sites_of
from airq.targets.spec import parse
from airq.targets.standing import Evidence, nearness, season_sd
from airq.targets.written import written

FRAME = made()
SD, DAILY = np.array([0.1]), np.array([0.4])


def table(**months: float) -> YearTable:
    """40 µg/m³ from 2015 on, but for some months of 2018 (``m02=60``)."""
    days = np.arange(np.datetime64("2015-01-01"), np.datetime64("2019-01-01"))
    values = np.full(days.size, 40.0)
    for name, value in months.items():
        values[days.astype("datetime64[M]") == np.datetime64(f"2018-{name[1:]}")] = value
    return YearTable.of(days, values[:, None])


def evidence(of: YearTable, slot: int) -> Evidence:
    return Evidence.of(of, of.normal(2018)[0], 2018, slot)


def test_it_is_the_conditional_normal_distribution() -> None:
    """Mean and covariance by conditioning one joint covariance matrix, written out once more from its parts."""
    told = evidence(table(m01=50.0, m02=60.0), 60)
    at = np.array([60.0, 90.0, 120.0])
    got = told.foretell(60, at - 60, SD, DAILY)
    places = np.concatenate([at, told.places])
    size = np.concatenate([np.ones(3), season_sd(told.places)])
    season = nearness(places, places) * np.outer(size, size)
    joint = np.zeros((4 + told.places.size,) * 2)
    joint[1:, 1:] = season
    level = np.concatenate([[1.0], np.zeros(3), np.ones(told.places.size)])
    joint += SD[0] ** 2 * np.outer(level, level)
    noise = np.concatenate([np.zeros(4), DAILY[0] / told.days[:, 0]])
    joint += np.diag(noise)
    inverse = np.linalg.inv(joint)  # the precision of what is not seen gives both moments
    covariance = np.linalg.inv(inverse[:4, :4])
    mean = -covariance @ inverse[:4, 4:] @ told.own[:, 0]
    np.testing.assert_allclose(got.mean[:, 0], mean, atol=1e-6)
    np.testing.assert_allclose(got.root[0] @ got.root[0].T, covariance, atol=1e-6)
    without = told.own[:, 0] - 1.0
    moved = -covariance @ inverse[:4, 4:] @ without
    np.testing.assert_allclose(got.slope[:, 0], moved - mean, atol=1e-6)


def test_a_bad_winter_tells_less_of_spring_than_a_bad_autumn_of_november() -> None:
    winter = evidence(table(m02=60.0), 60).foretell(60, np.array([30.0]), SD, DAILY)
    autumn = evidence(table(m10=60.0), 305).foretell(305, np.array([30.0]), SD, DAILY)
    assert 0 < 2 * winter.mean[1, 0] < autumn.mean[1, 0]


def test_nothing_known_leaves_the_prior() -> None:
    none = evidence(table(), 0).foretell(0, np.array([0.0, 30.0]), SD, DAILY)
    assert not none.mean.any() and not none.slope.any()
    prior = np.array([[SD[0] ** 2, 0, 0], [0, 1, np.exp(-30 / 45)], [0, np.exp(-30 / 45), 1]])
    np.testing.assert_allclose(none.root[0] @ none.root[0].T, prior, atol=1e-6)


def test_more_days_leave_less_to_chance() -> None:
    spread = [
        evidence(table(), slot).foretell(slot, np.array([0.0]), SD, DAILY).root[0, 0, 0]
        for slot in (5, 60, 300)
    ]
    assert spread[0] > spread[1] > spread[2] > 0


@given(st.floats(-500, 800), st.floats(-500, 800))
def test_nearness_is_a_correlation(p: float, q: float) -> None:
    both = nearness(np.array([p, q]), np.array([p, q]))
    assert (
        both[0, 0] == both[1, 1] == 1
        and both[0, 1] == both[1, 0] <= np.exp(-abs(p - q) / standing.SEASON_DAYS) + 1e-12
    )
    assert both[0, 1] >= np.exp(-(abs(p - q) + 5 * standing.BREAK_DAYS) / standing.SEASON_DAYS) - 1e-12


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_every_second_draw_mirrors_the_one_before(draws: int, seed: int) -> None:
    numbers = ahead.mirrored(np.random.default_rng(seed), draws, 3)
    assert numbers.shape == (draws, 3)
    np.testing.assert_array_equal(numbers[1::2], -numbers[: 2 * (draws // 2) : 2])


def test_mirrored_draws_need_fewer_of_them() -> None:
    """Over seeds, the mean of 100 outlooks' draws scatters by less than a tenth of the spread of the draws."""
    known = know(sites_of(FRAME), "A", np.datetime64("2018-03-31"))
    case = parse({"kind": "mean", "pollutant": "pm25", "at_most": 65, "year": 2018})
    finals = [Case(known, case, Settings(100, seed)).final("half") for seed in range(6)]
    assert np.std([f.mean() for f in finals]) < 0.1 * np.mean([f.std() for f in finals]) * 0.6


@given(st.integers(31, 330), st.floats(1.05, 1.6))
@settings(max_examples=4)
def test_dirtier_months_so_far_never_make_the_rest_cleaner(day: int, factor: float) -> None:
    asof = np.datetime64("2018-01-01") + day - 1
    worse = FRAME.copy()
    recent = (worse["date"] > pd.Timestamp(asof - 30)) & (worse["date"] <= pd.Timestamp(asof))
    worse.loc[recent, "pm25"] = np.round(worse.loc[recent, "pm25"] * factor)
    rest = []
    for frame in (FRAME, worse):
        known = know(sites_of(frame), "A", asof)
        case = Case(
            known, parse({"kind": "mean", "pollutant": "pm25", "at_most": 65, "year": 2018}), Settings(100, 0)
        )
        rest.append(case.year().means("pm25", "zero").mean())
    assert rest[1] >= rest[0] - 0.3


def test_a_level_that_fell_is_foretold_by_full_drift_and_the_months_so_far() -> None:
    frames = {
        f"S{i}": made("2014-01-01", "2018-06-30", f"S{i}", seed=i, trend=-0.12, aqi=False) for i in range(5)
    }
    got = targets.outlook(
        frames,
        {"kind": "mean", "pollutant": "pm25", "at_most": 50, "year": 2018, "site": "S0"},
        "2018-06-30",
        draws=200,
    )
    truth = made("2014-01-01", "2018-12-31", "S0", seed=0, trend=-0.12, aqi=False)
    mean = truth.loc[truth["date"].dt.year == 2018, "pm25"].mean()
    assert got.final[0.05] < mean < got.final[0.95] and got.drift == "full"


def test_the_plain_recipe_carries_a_seventh_of_the_year_so_far() -> None:
    days = pd.date_range("2016-01-01", "2018-06-30")
    high = pd.DataFrame({"date": days, "site": "A", "pm25": np.where(days.year == 2018, 60.0, 40.0)})
    known = know(sites_of(high), "A", np.datetime64("2018-06-30"))
    target = parse({"kind": "mean", "pollutant": "pm25", "at_most": 45, "year": 2018})
    final = written(Case(known, target, Settings(4000, 0)), "zero")
    rest = 40 * np.exp(
        0.2 * np.log(1.5) + 0.125**2 / 2
    )  # 0.15 of the year so far and 0.05 of the last 30 days
    assert final.mean() == pytest.approx((60 * 181 + rest * 184) / 365, rel=0.01)
    with pytest.raises(Exception, match="knows the year 2018 only"):
        written(
            Case(known, parse({**target.model_dump(exclude_none=True), "year": 2019}), Settings(100, 0)),
            "zero",
        )

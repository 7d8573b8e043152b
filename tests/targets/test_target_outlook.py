"""Outlooks on a year that is open: what they must always satisfy, and hard cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_frames import flat, made

from airq import targets
from airq.errors import AirqError, MissingData, ParameterError

FRAME = made()
GOOD = {"kind": "good_days", "at_least": 225, "year": 2018}
MEAN = {"kind": "mean", "pollutant": "pm25", "at_most": 65, "year": 2018}


def ask(
    target: dict[str, object], asof: str = "2018-08-31", frame: pd.DataFrame = FRAME, **more: object
) -> targets.Outlook:
    return targets.outlook(frame, target, asof, **{"draws": 200, **more})  # type: ignore[arg-type]


def same(a: targets.Outlook, b: targets.Outlook) -> None:
    assert a.probability == b.probability and a.by_drift == b.by_drift and a.drift == b.drift
    pd.testing.assert_series_equal(a.final, b.final)
    pd.testing.assert_series_equal(a.days_left, b.days_left)


def test_what_an_outlook_holds() -> None:
    got = ask(GOOD)
    assert 0 < got.probability < 1 and got.status == "open"
    assert got.monte_carlo_error == pytest.approx((got.probability * (1 - got.probability) / 200) ** 0.5)
    assert {0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95} <= set(
        got.final.index
    ) and got.final.is_monotonic_increasing
    assert list(got.days_left.index) == [0.5, 0.8, 0.95] and got.days_left.is_monotonic_decreasing
    for p, left in got.days_left.items():
        assert (left >= 0) == (got.probability >= p)
    assert set(got.by_drift) == {"zero", "half", "full"} and got.by_drift[got.drift] == got.probability
    assert got.reached_on.dropna().is_monotonic_increasing and got.event == "reached"
    assert (got.reached_on.dropna() > pd.Timestamp("2018-08-31")).all()
    needed, *earlier = got.requirement.to_dict("records")
    assert needed["bad_days"] == got.affordable == 122 - (225 - got.to_date["value"])
    assert [r["year"] for r in earlier] == [2015, 2016, 2017] and all(r["days"] == 122 for r in earlier)
    assert got.track["observed"].dropna().iloc[-1] == got.to_date["value"]
    assert got.to_frame().loc[0, "probability"] == got.probability and "P = " in got._repr_html_()


def test_the_final_figure_agrees_with_the_probability() -> None:
    got = ask(MEAN)
    share = (got.final <= 65).mean()
    assert abs(share - got.probability) <= 0.06
    assert got.affordable == pytest.approx((65 * 365 - got.to_date["value"] * 243) / 122)
    assert got.days_left[0.5] == pytest.approx((65 - got.final[0.5]) * 365 / 122, abs=1.5)


@given(
    st.lists(st.integers(150, 360), min_size=2, max_size=4, unique=True),
    st.sampled_from(["auto", "zero", "full"]),
)
@settings(max_examples=3)
def test_a_higher_threshold_is_never_likelier(limits: list[int], drift: str) -> None:
    chances = [ask({**GOOD, "at_least": n}, drift=drift, draws=100).probability for n in sorted(limits)]
    assert chances == sorted(chances, reverse=True)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=3)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    shuffled = FRAME.sample(frac=1, random_state=np.random.default_rng(seed))
    same(ask(GOOD, frame=shuffled, draws=100), ask(GOOD, draws=100))


@given(st.integers(1, 364), st.sampled_from([GOOD, MEAN]))
@settings(max_examples=3)
def test_the_future_is_never_looked_at(day: int, target: dict[str, object]) -> None:
    asof = np.datetime64("2018-01-01") + day - 1
    future = FRAME["date"] > pd.Timestamp(asof)
    other = FRAME.copy()
    numbers = [c for c in FRAME if c not in ("date", "site")]
    other.loc[future, numbers] = other.loc[future, numbers] * 3 + 7
    whole = ask(target, str(asof), draws=100)
    same(whole, ask(target, str(asof), frame=other, draws=100))
    same(whole, ask(target, str(asof), frame=FRAME[~future], draws=100))


@given(st.integers(0, 200), st.integers(1, 25))
@settings(max_examples=3)
def test_more_good_days_so_far_never_lower_the_chance(first: int, number: int) -> None:
    bad = np.flatnonzero(
        (FRAME["date"].dt.year == 2018) & (FRAME["date"] <= "2018-08-31") & (FRAME["aqi"] > 100)
    )
    better = FRAME.copy()
    turned = better.index[bad[first % len(bad) :][:number]]
    for name in ("pm25", "pm10", "o3"):
        better.loc[turned, name] = better.loc[turned, name].clip(upper=50)
    better.loc[turned, "aqi"] = better.loc[turned, "aqi"].clip(upper=70)
    before, after = ask(GOOD), ask(GOOD, frame=better)
    assert (
        after.probability
        >= before.probability - 3 * np.hypot(before.monte_carlo_error, after.monte_carlo_error) - 0.02
    )


def test_a_joint_target_uses_the_same_paths() -> None:
    parts = [GOOD, MEAN, {"kind": "heavy_days", "at_most": 24, "year": 2018}]
    joint = ask({"year": 2018, "all_of": parts})
    single = [p.probability for p in joint.parts]
    assert max(0.0, sum(single) - 2) - 0.01 <= joint.probability <= min(single) + 0.01
    assert joint.probability > np.prod(single)  # days that are good for one are good for the others
    assert len(joint.to_frame()) == 4 and joint.final.isna().all()
    lost = ask({"year": 2018, "all_of": [GOOD, {**MEAN, "at_most": 1}]})
    assert lost.status == "missed" and lost.probability == 0
    same(joint.parts[0], ask(GOOD, drift=joint.drift))


def test_a_declared_shift_enters_with_its_dates() -> None:
    plain = ask(MEAN)
    cleaner = ask(MEAN, shift={"by": -20, "unit": "percent", "sd": 3})
    late = ask(MEAN, shift={"by": -20, "unit": "percent", "from": "2018-12-31"})
    over = ask(MEAN, shift={"by": -0.5, "to": "2018-08-31"})
    assert cleaner.probability > plain.probability and cleaner.final[0.5] < plain.final[0.5] - 2
    assert late.final[0.5] == pytest.approx(plain.final[0.5], abs=0.2)
    same(plain, over)
    days = ask(GOOD, shift=[{"by": -0.1}, {"by": -0.1}])
    assert days.final[0.5] >= ask(GOOD).final[0.5]
    assert ask(GOOD, shift=-0.2).probability == pytest.approx(days.probability, abs=0.01)


def test_a_given_drift_is_between_those_of_the_data() -> None:
    full = ask(MEAN, drift="full")
    number = ask(MEAN, drift=full.drift_per_year)
    assert (
        number.probability == pytest.approx(full.probability, abs=0.06)
        and number.drift == full.drift_per_year
    )
    assert ask(MEAN, drift=0.0).probability == full.by_drift["zero"]
    assert ask(MEAN, drift=0.3).probability < full.probability


def test_other_sites_inform_but_do_not_judge() -> None:
    others = [made(site=f"S{i}", seed=i + 1, aqi=False) for i in range(5)]
    frame = pd.concat([FRAME, *others], ignore_index=True)
    with pytest.raises(ParameterError, match=r"6 \(A, S0.*add the key 'site'"):
        ask(GOOD, frame=frame)
    got = ask({**GOOD, "site": "A"}, frame=frame)
    assert got.site == "A" and got.to_date["value"] == ask(GOOD).to_date["value"]
    assert got.probability == pytest.approx(ask(GOOD).probability, abs=0.35)


@pytest.mark.parametrize("asof", ["2016-02-29", "2016-02-28", "2016-03-01"])
def test_leap_days(asof: str) -> None:
    got = ask({**GOOD, "year": 2016}, asof)
    day = int((np.datetime64(asof) - np.datetime64("2016-01-01")).astype(int)) + 1
    assert got.days_to_go == 366 - day and got.to_date["valid_days"] == day
    assert got.final[0.95] <= 366


def test_before_the_year_begins_and_years_ahead() -> None:
    eve = ask({**GOOD, "year": 2018}, "2017-12-31")
    assert eve.to_date == {
        "value": 0.0,
        "valid_days": 0,
        "missing_days": 0,
        "days_to_go": 365,
        "last_day": pd.NaT,
    }
    spread = []
    for year in (2018, 2019, 2021):
        got = ask({**MEAN, "year": year}, "2017-06-30", drift="zero", draws=400)
        spread.append(got.final[0.9] - got.final[0.1])
        assert got.days_to_go == 365 and 0 < got.probability < 1
    assert spread[0] < spread[2] and any("not begun" in n for n in got.notes)
    three = ask({**MEAN, "kind": "mean3", "year": 2019}, "2018-08-31")
    assert three.final[0.9] - three.final[0.1] < spread[1]
    ahead = ask(
        {"kind": "mean", "pollutant": "pm25", "year": 2019, "change": {"from": 2018, "by": -0.05}},
        "2018-08-31",
    )
    assert np.isnan(ahead.limit) and 0 < ahead.probability < 1


def test_a_gap_in_the_data_is_said() -> None:
    frame = FRAME[(FRAME["date"] < "2018-07-01") | (FRAME["date"] > "2018-08-15")]
    got = ask(GOOD, frame=frame)
    assert got.to_date["missing_days"] == 46 and any("46 of the days" in n for n in got.notes)
    late = ask(GOOD, frame=FRAME[FRAME["date"] < "2018-07-01"])
    assert any("62 days before the day of issue" in n for n in late.notes)
    over = ask(GOOD, "2019-06-30", frame=FRAME[FRAME["date"] < "2018-12-11"])
    assert over.days_to_go == 0 and over.to_date["missing_days"] == 21 and over.status in ("met", "missed")


def test_index_alone_and_one_pollutant_alone() -> None:
    alone = ask(GOOD, frame=FRAME[["date", "site", "aqi"]])
    assert any("AQI itself" in n for n in alone.notes)
    assert alone.probability == pytest.approx(ask(GOOD).probability, abs=0.2)
    for names, lacking in (
        (["pm25"], "pm10 and o3"),
        (["so2"], "pm25 and pm10 and o3"),
        (["pm10", "o3"], "pm25"),
    ):
        with pytest.raises(MissingData, match=f"no AQI, and without {lacking} its good days"):
            ask(GOOD, frame=FRAME[["date", "site", *names]])
    heavy = {"kind": "heavy_days", "at_most": 300, "year": 2018}
    with pytest.raises(MissingData, match="its heavy days cannot be counted"):
        ask(heavy, frame=FRAME[["date", "site", "so2"]])
    dust = ask(heavy, frame=FRAME[["date", "site", "pm25"]])
    assert any("Only pm25 enters the AQI, of past days too: pm10 and o3 may" in n for n in dust.notes)
    assert dust.to_date["value"] <= ask(heavy).to_date["value"]
    assert dust.status == "open" and dust.probability < 1 and ask(heavy).status == "met"
    three = ask(GOOD, frame=FRAME.drop(columns=["so2", "no2", "co", "aqi"]))
    assert three.probability == pytest.approx(ask(GOOD).probability, abs=0.2)


def test_hard_frames_give_an_answer_or_a_sentence() -> None:
    with pytest.raises(MissingData, match="too few"):
        ask(GOOD, "2018-08-31", frame=FRAME[FRAME["date"] >= "2018-01-01"])
    with pytest.raises(MissingData, match="no value"):
        ask(GOOD, frame=FRAME.assign(**{c: np.nan for c in FRAME if c not in ("date", "site")}))
    year_missing = FRAME[FRAME["date"].dt.year != 2017]
    assert 0 < ask(GOOD, frame=year_missing).probability < 1
    constant = ask({**GOOD, "at_least": 300}, frame=flat("2016-01-01", "2018-08-31", pm25=40, pm10=60, o3=90))
    assert constant.to_date["value"] == 243 and 0.9 < constant.probability < 1
    assert any("pm25, pm10, o3 is the same, as of a stuck monitor" in n for n in constant.notes)
    assert not any("stuck" in n for n in ask(GOOD).notes)
    spike = FRAME.copy()
    spike.loc[1200, "pm25"] = 99999
    got = ask(MEAN, frame=spike)
    assert any("above 2000" in n for n in got.notes)
    assert got.final[0.5] == pytest.approx(ask(MEAN).final[0.5], rel=0.02)
    twice = pd.concat([FRAME, FRAME.iloc[100:400]], ignore_index=True)
    same(ask(GOOD, frame=twice), ask(GOOD))


def test_a_site_that_is_silent_for_long_has_no_outlook() -> None:
    with pytest.raises(MissingData, match="181 days before 2019-06-30"):
        ask({**GOOD, "year": 2019}, "2019-06-30")
    with pytest.raises(MissingData, match="has 120 valid days in 2018"):
        ask(GOOD, "2018-12-31", frame=FRAME[FRAME["date"] < "2018-05-01"])


def test_a_time_zone_does_not_move_the_days() -> None:
    there = FRAME.assign(date=FRAME["date"].dt.tz_localize("Asia/Shanghai"))
    same(ask(GOOD, frame=there), ask(GOOD))
    same(ask(GOOD, frame=FRAME.assign(date=FRAME["date"].dt.strftime("%Y-%m-%d"))), ask(GOOD))


def test_a_frame_says_that_it_is_simulated() -> None:
    frame = FRAME.copy()
    frame.attrs["simulated"] = True
    assert ask(GOOD, frame=frame).simulated and not ask(GOOD).simulated


@pytest.mark.parametrize(
    "more",
    [
        {"drift": "down"},
        {"drift": float("nan")},
        {"draws": 3},
        {"draws": 2.5},
        {"seed": -1},
        {"shift": "less"},
        {"shift": {"by": -200, "unit": "percent"}},
        {"shift": {"by": 0, "when": 1}},
    ],
)
def test_arguments_are_refused_in_one_sentence(more: dict[str, object]) -> None:
    with pytest.raises(AirqError) as caught:
        ask(GOOD, **more)
    assert str(caught.value).endswith(".")

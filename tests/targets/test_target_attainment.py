"""Attainment over years: noise that no trend takes away, exact cases, daily frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from target_frames import made

from airq import targets
from airq.errors import AirqError
from airq.targets.attaining import SD_BOUNDS, year_model

MEANS = {2020: 53.0, 2021: 51.0, 2022: 50.0, 2023: 44.0, 2024: 41.0, 2025: 37.0}


def p(made_: targets.Attainment, year: int, limit: float, column: str = "probability") -> float:
    table = made_.table.set_index(["year", "limit"])
    return float(table.loc[(year, limit), column])


def test_probabilities_fall_with_the_limit_and_by_then_rises() -> None:
    got = targets.attainment(MEANS, horizon_years=8)
    for year in range(2026, 2034):
        assert p(got, year, 35) >= p(got, year, 30) >= p(got, year, 25)
    by_then = got.table.pivot_table(index="year", columns="limit", values="by_then")
    assert (by_then.diff().dropna() >= 0).all().all()
    assert 0.2 < p(got, 2026, 35) < 0.85 and p(got, 2026, 25) < 0.1
    assert got.first_year["limit"].tolist() == [35, 30, 25] and got.first_year["q50"].iloc[0] <= 2028
    spread = np.log(got.quantiles["q95"] / got.quantiles["q05"])
    assert spread.iloc[0] > 2 * 1.645 * SD_BOUNDS[0] and spread.is_monotonic_increasing


def test_the_trend_is_drawn_to_zero_and_no_line_goes_on() -> None:
    logs = np.log([60.0, 54.0, 48.6, 43.7])
    model = year_model(logs)
    slope = float(np.polyfit(range(4), logs, 1)[0])
    assert slope < model.drift < 0.4 * slope
    ahead = targets.attainment(dict(zip(range(2015, 2019), np.exp(logs), strict=True)), horizon_years=20)
    line = np.exp(logs[-1] + slope * 20)
    assert ahead.quantiles["q50"].iloc[-1] > 1.5 * line
    assert year_model([3.5]).drift == 0.0 and year_model([3.5, 3.5, 3.5]).drift == 0.0


def test_year_noise_is_drawn_to_its_prior_and_bounded() -> None:
    assert year_model(np.full(30, 3.0)).sd == SD_BOUNDS[0]
    assert year_model([3.0, 4.0, 3.0, 4.0]).sd == SD_BOUNDS[1]
    assert SD_BOUNDS[0] < year_model(np.log(list(MEANS.values()))).sd < SD_BOUNDS[1]


def test_three_year_means_are_the_mean_of_three() -> None:
    annual = targets.attainment(MEANS, horizon_years=4, kind="annual", limits=[39])
    three = targets.attainment(MEANS, horizon_years=4, kind="three_year", limits=[39])
    middle = annual.quantiles["q50"].iloc[0]
    assert three.quantiles["q50"].iloc[0] == pytest.approx((41 + 37 + middle) / 3, abs=0.05)
    assert three.quantiles["q95"].iloc[0] < annual.quantiles["q95"].iloc[0]
    with pytest.raises(AirqError, match="2024 and 2025"):
        targets.attainment({2025: 37.0}, kind="three_year")


def test_a_declared_shift_moves_the_years_it_covers() -> None:
    plain = targets.attainment(MEANS, horizon_years=3)
    half = targets.attainment(
        MEANS, horizon_years=3, shift={"by": -10, "unit": "percent", "from": "2027-07-02"}
    )
    assert p(half, 2026, 35) == p(plain, 2026, 35)
    ratio = half.quantiles["q50"] / plain.quantiles["q50"]
    assert ratio.iloc[1] == pytest.approx(0.9**0.5, abs=0.01) and ratio.iloc[2] == pytest.approx(
        0.9, abs=0.01
    )


def test_a_daily_frame_simulates_its_last_year() -> None:
    frame = made("2014-01-01", "2018-09-30", aqi=False)
    got = targets.attainment(frame, limits=[60], horizon_years=3, draws=500)
    whole = frame.groupby(frame["date"].dt.year)["pm25"].mean()
    assert got.annual.round(6).to_dict() == whole.drop(2018).round(6).to_dict()
    assert got.quantiles["year"].tolist() == [2018, 2019, 2020] and any(
        "2018 is simulated" in n for n in got.notes
    )
    narrow = np.log(got.quantiles["q95"] / got.quantiles["q05"])
    assert narrow.iloc[0] < 0.7 * narrow.iloc[1]
    over = targets.attainment(frame, limits=[60], asof="2017-12-31", draws=500)
    assert over.quantiles["year"].iloc[0] == 2018 and over.annual.index[-1] == 2017


def test_a_year_with_too_few_days_is_left_out() -> None:
    frame = made("2014-01-01", "2017-12-31", aqi=False)
    frame = frame[(frame["date"].dt.year != 2015) | (frame["date"].dt.month > 3)]
    got = targets.attainment(frame, limits=[60], draws=200)
    assert list(got.annual.index) == [2014, 2016, 2017] and any("2015 has 275" in n for n in got.notes)


def test_the_year_that_is_simulated_keeps_its_name_over_a_gap() -> None:
    frame = made("2014-01-01", "2018-08-31", aqi=False)
    frame = frame[(frame["date"] < "2017-03-01") | (frame["date"] > "2017-05-31")]
    got = targets.attainment(frame, limits=[60], horizon_years=3, draws=1000)
    assert list(got.annual.index) == [2014, 2015, 2016]
    assert got.quantiles["year"].tolist() == [2018, 2019, 2020]
    whole = made("2014-01-01", "2018-12-31", aqi=False)
    truth = whole.loc[whole["date"].dt.year == 2018, "pm25"].mean()
    assert got.quantiles["q05"].iloc[0] <= truth <= got.quantiles["q95"].iloc[0]
    with pytest.raises(AirqError, match="2016 and 2017"):
        targets.attainment(frame, kind="three_year", draws=100)


def test_the_level_wanders_over_years_without_a_figure() -> None:
    frame = made("2013-01-01", "2017-12-31", aqi=False)
    gap = frame[(frame["date"].dt.year != 2017) | (frame["date"].dt.month > 3)]
    a = targets.attainment(frame, limits=[60], horizon_years=2, draws=2000)
    b = targets.attainment(gap, limits=[60], horizon_years=2, draws=2000)
    assert a.quantiles["year"].tolist() == b.quantiles["year"].tolist() == [2018, 2019]
    width = [np.log(m.quantiles["q95"] / m.quantiles["q05"]).iloc[0] for m in (a, b)]
    assert width[1] > 1.1 * width[0]


def test_nothing_is_said_of_a_site_that_is_silent_for_long() -> None:
    frame = made("2014-01-01", "2017-12-31", aqi=False)
    with pytest.raises(
        AirqError, match="last observation of site 'A' is of 2017-12-31, 4564 days before 2030-06-30"
    ):
        targets.attainment(frame, asof="2030-06-30")
    near = targets.attainment(frame, asof="2018-01-31", draws=200)
    assert near.quantiles["year"].iloc[0] == 2018 and near.annual.index[-1] == 2017
    frame.loc[frame["date"] > "2017-12-10", "pm25"] = np.nan  # the others go on
    tail = targets.attainment(frame, draws=200)
    assert tail.quantiles["year"].iloc[0] == 2017 and tail.annual.index[-1] == 2016
    assert any(
        "2017 is simulated from its 344 days of observations up to 2017-12-10" in n for n in tail.notes
    )
    assert any("2017年由截至2017-12-10的344天观测推算" in n for n in tail.notes_zh)


def test_years_may_be_texts() -> None:
    assert list(targets.attainment({"2023": 44, "2024": "40"}, draws=100).annual) == [44.0, 40.0]


def test_frames_of_years_and_the_same_seed() -> None:
    table = pd.DataFrame({"year": list(MEANS), "mean": list(MEANS.values())})
    a, b = targets.attainment(table, seed=4), targets.attainment(pd.Series(MEANS), seed=4)
    pd.testing.assert_frame_equal(a.table, b.table)
    assert "35" in a._repr_html_() and a.to_frame() is a.table


@pytest.mark.parametrize(
    ("data", "more"),
    [
        ({}, {}),
        ({2020: 0.0}, {}),
        ({2020: np.nan}, {}),
        (MEANS, {"limits": []}),
        (MEANS, {"limits": ["low"]}),
        (MEANS, {"limits": [-3]}),
        (MEANS, {"kind": "decade"}),
        (MEANS, {"horizon_years": 0}),
        (pd.concat([made(), made(site="B")]), {}),
        (made(), {"site": "Z"}),
        (made(), {"pollutant": "dust"}),
        ({"soon": 40}, {}),
        ({2024: "low"}, {}),
        ({2024.5: 40}, {}),
        (MEANS, {"horizon_years": "ten"}),
        (MEANS, {"draws": 0}),
        (MEANS, {"draws": "many"}),
        (MEANS, {"seed": -1}),
    ],
)
def test_refusals(data: object, more: dict[str, object]) -> None:
    with pytest.raises(AirqError) as caught:
        targets.attainment(data, **more)  # type: ignore[arg-type]
    assert str(caught.value).endswith(".")

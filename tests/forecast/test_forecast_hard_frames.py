"""Frames that mislead: codes for missing values, hardly any days, a stuck end, times with a zone, rows without a site."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import airq.forecast as fc
from airq.errors import AirqError

RNG = np.random.default_rng(0)
DATES = pd.date_range("2016-01-01", "2018-12-31")
SLOW = np.convolve(RNG.normal(0, 1, DATES.size + 9), np.ones(10) / 3, "valid")
FRAME = pd.DataFrame({"date": DATES, "site": "A", "pm25": np.exp(3.8 + 0.5 * np.cos(DATES.day_of_year / 58.1) + 0.4 * SLOW).round()})  # fmt: skip
Q = [f"q{n:02d}" for n in range(5, 100, 5)]


def test_codes_below_zero_are_missing_and_counted() -> None:
    coded = FRAME.assign(pm25=FRAME["pm25"].where(FRAME["date"].dt.day != 1, -999.0))
    blank = FRAME.assign(pm25=FRAME["pm25"].where(FRAME["date"].dt.day != 1))
    made = fc.forecast(coded, "pm25", horizons=(1, 3), model="ridge")
    same = fc.forecast(blank, "pm25", horizons=(1, 3), model="ridge")
    assert np.allclose(made[Q], same[Q]) and (made[Q] >= 0).all(axis=None)
    assert any("36 negative values of pm25 are taken as missing" in n for n in made.attrs["notes"])
    scored = fc.backtest(coded, horizons=(1,), test_days=60, model="ridge")
    assert scored["observed"].min() >= 0 and (scored[Q] >= 0).all(axis=None)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (FRAME.tail(1), "1 days of observations are too few"),
        (FRAME.tail(29), "29 days of observations are too few"),
        (FRAME.tail(250).assign(pm25=50.0), "every observation is 50"),
        (FRAME.assign(date=FRAME["date"].dt.tz_localize("Asia/Shanghai")), "Beijing time without one"),
        (FRAME.assign(date=FRAME["date"].astype(str).where(FRAME.index != 7, "2016-13-01")), "'2016-13-01' in row 7"),
        (FRAME.assign(site=FRAME["site"].astype(object).where(FRAME.index != 3, None)), "row 3 of the daily frame has no site"),
    ],
)  # fmt: skip
def test_nothing_is_said_from_nothing(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(AirqError, match=said) as caught:
        fc.forecast(frame, "pm25", horizons=(1,))
    assert len(str(caught.value).splitlines()) == 1


def test_a_stuck_end_is_named() -> None:
    stuck = FRAME.assign(pm25=FRAME["pm25"].where(FRAME["date"] < "2018-10-01", 50.0))
    made = fc.forecast(stuck, "pm25", horizons=(1,), model="climatology")
    assert any("the last 92 values of pm25 at 'A' are all 50" in n for n in made.attrs["notes"])
    assert not any(
        "stuck" in n for n in fc.forecast(FRAME, horizons=(1,), model="climatology").attrs["notes"]
    )


def test_days_are_no_hours() -> None:
    with pytest.raises(AirqError, match="one hour of each day"):
        fc.forecast_hourly(FRAME, "pm25", horizons=(1,))


def test_a_value_at_issue_that_is_known_to_be_missing_is_called_so() -> None:
    gap = FRAME.assign(pm25=FRAME["pm25"].where(FRAME["date"] != "2018-12-01"))
    rows = fc.backtest(gap, horizons=(1,), test_days=60, model=["climatology", "persistence"])
    assert any("was not observed" in n for n in fc.verify(rows, history=gap).notes)

"""A frame whose AQI changes edition with the days, judged by each standard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from target_frames import made

from airq import targets
from airq.errors import MissingData
from airq.targets.engine import know
from airq.targets.series import sites_of
from airq.targets.simulation import _ratio_of

FRAME = made(aqi=True)
STANDARDS = ("GB3095-2012", "GB3095-2026")


def labelled(edition: str, **columns: object) -> pd.DataFrame:
    frame = FRAME.assign(**columns)
    frame.attrs["edition"] = edition
    return frame


def ask(
    frame: pd.DataFrame, standard: str | None, asof: str = "2018-09-30", **target: object
) -> targets.Outlook:
    row = {"kind": "good_days", "at_least": 225, "year": 2018, "standard": standard, **target}
    return targets.outlook(frame, row, asof, draws=150)


@pytest.mark.parametrize("standard", STANDARDS)
def test_an_index_by_date_counts_only_under_its_own_edition(standard: str) -> None:
    """Before March 2026 the edition by date is that of 2012, whatever the attribute calls it."""
    by_date, stated = ask(labelled("by-date"), standard), ask(labelled("2012"), standard)
    computed = ask(FRAME.drop(columns="aqi"), standard)
    assert by_date.to_date["value"] == stated.to_date["value"] == computed.to_date["value"]
    assert by_date.probability == stated.probability
    assert any("another edition" in n for n in by_date.notes) == (standard == STANDARDS[1])


def test_the_two_standards_differ_on_a_frame_by_date() -> None:
    old, new = (ask(labelled("by-date"), s) for s in STANDARDS)
    assert new.to_date["value"] < old.to_date["value"] and new.final[0.5] < old.final[0.5]
    change = {"at_least": None, "change": {"from": 2017, "by": 0, "unit": "days"}}
    old, new = (ask(labelled("by-date"), s, **change) for s in STANDARDS)
    assert new.limit < old.limit


def test_each_day_of_2026_has_its_own_edition() -> None:
    days = pd.date_range("2025-01-01", "2026-04-30")
    frame = pd.DataFrame({"date": days, "site": "A", "pm25": 65.0, "pm10": 90.0, "so2": 10.0, "no2": 20.0, "co": 1.0, "o3": 80.0})  # fmt: skip
    frame["aqi"] = np.where(days < "2026-03-01", 88.0, 107.0)
    frame.attrs["edition"] = "by-date"
    known = know(sites_of(frame), "A", np.datetime64("2026-04-30"))
    rows = slice(365, days.size)
    assert np.unique(known.past_aqi(rows, "GB3095-2012")[0]).tolist() == [88.0]
    new, own = known.past_aqi(rows, "GB3095-2026")
    assert (new > 100).all() and not own
    given, own = known.past_aqi(rows, None)
    assert given.tolist() == frame["aqi"].iloc[365:].tolist() and own


def test_the_ratio_of_given_to_computed_is_that_of_the_edition_asked_for() -> None:
    frame = labelled("by-date", aqi=np.round(FRAME["aqi"] * 1.2))
    known = know(sites_of(frame), "A", np.datetime64("2018-09-30"))
    ratio = _ratio_of(known, "HJ633-2012")
    assert ratio is not None and np.median(ratio) == pytest.approx(1.2, abs=0.02)
    assert _ratio_of(known, "HJ633-2026") is None


def test_an_index_alone_answers_for_its_own_standard_only() -> None:
    alone = labelled("2012")[["date", "site", "aqi"]]
    alone.attrs["edition"] = "2012"
    assert ask(alone, STANDARDS[0]).to_date["value"] == ask(labelled("2012"), STANDARDS[0]).to_date["value"]
    with pytest.raises(MissingData, match="no concentrations to compute the AQI of GB3095-2026"):
        ask(alone, STANDARDS[1])

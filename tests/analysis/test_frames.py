"""Frames through JSON and back."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.analysis import frames, period
from airq.errors import FileRejected, ParameterError

ROWS = st.lists(
    st.tuples(
        st.floats(allow_infinity=False),
        st.integers(-(2**53), 2**53),
        st.text(),
        st.booleans(),
        st.datetimes(min_value=pd.Timestamp("1900-01-01"), max_value=pd.Timestamp("2100-01-01")),
    ),
    min_size=1,
)


@given(ROWS)
def test_round_trip(rows: list[tuple]) -> None:
    frame = pd.DataFrame(rows, columns=["x", "n", "text", "yes", "day"])
    frame["day"] = frame["day"].astype("datetime64[ns]")
    back = frames.decode(json.loads(json.dumps(frames.encode(frame), allow_nan=False)))
    pd.testing.assert_frame_equal(frame, back, check_dtype=False)


def test_damaged_table_is_refused() -> None:
    with pytest.raises(FileRejected, match="damaged"):
        frames.decode({"types": {"a": "int64"}, "columns": {"a": ["x"]}})


def test_periods() -> None:
    leap = period.parse("2024-02")
    assert leap.days == 29 and period.last_year(leap).days == 28
    assert period.hours(leap)[0] == pd.Timestamp("2024-02-01 01:00") and period.hours(leap)[
        -1
    ] == pd.Timestamp("2024-03-01")
    assert period.to_date(period.parse("2026")).days == 365
    assert {period.parse(t).name for t in ("2026-10", "202610", "2026-10 ")} == {"2026-10"}
    for text in ("", "October", "2026-13", "2026-winter", "2026-01..2026-03", "2026-10-01"):
        with pytest.raises(ParameterError, match="write 2026-10"):
            period.parse(text)

"""The table by station and month, as frame, text and Markdown."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from airq import dataset
from airq.errors import MissingData
from airq.observations import quality
from airq.variables import FLAGS


@pytest.fixture
def ds():
    """Two stations over the end of a month; the second lacks PM10 and has a code for "no value"."""
    time = pd.date_range("2019-01-31 21:00", periods=6, freq="h")  # 21, 22, 23, 00 belong to January
    fine = np.array([[20, 20, np.nan, 30, 40, 900], [5, 6, 7, 8, 9, 10]], np.float32)
    coarse = np.array([[10, 50, np.nan, 60, 70, np.nan], [np.nan] * 6], np.float32)
    flags = {
        "pm25": np.array([[32, 0, 0, 16384, 0, 16], [0, 0, 0, 0, 0, 0]], np.uint16),
        "pm10": np.array([[0, 0, 0, 0, 8, 0], [256, 0, 0, 0, 0, 0]], np.uint16),
    }
    stations = pd.DataFrame({"station": ["甲站", "B"]})
    return dataset.build(stations, time, {"pm25": fine, "pm10": coarse}, flags)


def test_by_station_and_month(ds) -> None:
    table = quality.report(ds)
    assert table[["station", "month"]].to_numpy().tolist() == [["甲站", "2019-01"], ["甲站", "2019-02"], ["B", "2019-01"], ["B", "2019-02"]]  # fmt: skip
    first, second = table.iloc[0], table.iloc[1]
    assert (first["hours_expected"], first["hours_present"], first["missing"]) == (744, 3, 741)
    assert (first["pm25_above_pm10"], first["contaminated"], first["flagged"]) == (1, 1, 1)
    assert first["share_flagged"] == pytest.approx(1 / 3), "contaminated does not doubt the value"
    assert (second["hours_expected"], second["spike"], second["stuck"], second["flagged"]) == (672, 1, 1, 2)
    assert table.loc[2, "sentinel"] == 1 and table.loc[2, "flagged"] == 1
    assert set(FLAGS) <= set(table.columns)


def test_by_pollutant(ds) -> None:
    table = quality.report(ds, by_pollutant=True).set_index(["station", "month", "pollutant"])
    assert table.loc[("甲站", "2019-02", "pm10"), "stuck"] == 1
    assert table.loc[("甲站", "2019-02", "pm25"), "stuck"] == 0
    empty = table.loc[("B", "2019-01", "pm10")]
    assert empty["hours_present"] == 0 and np.isnan(empty["share_flagged"])
    assert empty["sentinel"] == 1 and empty["flagged"] == 0, (
        "a code that is stored as missing is counted, but no present hour"
    )
    assert (table["hours_present"] + table["missing"] == table["hours_expected"]).all()


def test_text_lines_up_and_leaves_out_what_never_occurs(ds) -> None:
    lines = quality.to_text(quality.report(ds)).splitlines()
    assert "neighbour" not in lines[0] and "spike" in lines[0] and "33.3 %" in lines[1]
    widths = {sum(2 if ord(c) > 0x2E80 else 1 for c in line) for line in lines}
    assert len(widths) == 1


def test_markdown_and_json(ds) -> None:
    table = quality.report(ds, by_pollutant=True)
    lines = quality.to_markdown(table).splitlines()
    assert len(lines) == 2 + len(table) and len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| 甲站 | 2019-01 | pm25 | 744 | 3 |") and "–" in quality.to_markdown(table)
    json.dumps(table.to_dict("records"))


def test_a_dataset_without_flags_is_refused(ds) -> None:
    with pytest.raises(MissingData, match="no pollutant with flags"):
        quality.report(ds.drop_vars(["pm25_flag", "pm10_flag"]))

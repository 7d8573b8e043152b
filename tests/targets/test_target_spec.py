"""Targets as a user writes them: read, or refused with the key."""

from __future__ import annotations

import pytest

from airq.errors import AirqError
from airq.targets import parse

GOOD = {"kind": "good_days", "at_least": 300, "year": 2025}


def test_keys_that_do_not_apply_are_ignored() -> None:
    got = parse({**GOOD, "pollutant": "dust", "colour": "blue", "note": "x"})
    assert got.pollutant is None and got.unit == "days" and got.upward
    assert parse({**GOOD, "standard": "by-date"}).standard is None


def test_names_of_pollutants_are_read() -> None:
    got = parse({"kind": "mean", "pollutant": "PM2.5", "at_most": 35, "year": 2025})
    assert got.pollutant == "pm25" and got.unit == "µg/m³" and not got.upward


def test_parts_take_from_the_whole_and_are_flattened() -> None:
    inner = {"all_of": [{"kind": "heavy_days", "at_most": 10}]}
    got = parse({"year": 2030, "site": "A", "all_of": [GOOD | {"year": 2029}, inner]})
    assert [(t.kind, t.year, t.site) for t in got.all_of] == [
        ("good_days", 2029, "A"),
        ("heavy_days", 2030, "A"),
    ]
    assert got.year == 2030


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "'year'"),
        ({"year": 2025}, "'kind' is missing"),
        ({**GOOD, "kind": "blue_days"}, "'kind' is 'blue_days'"),
        ({**GOOD, "at_most": 3}, "exactly one"),
        ({"kind": "good_days", "year": 2025}, "exactly one"),
        ({**GOOD, "at_least": "many"}, "'at_least' cannot be 'many'"),
        ({**GOOD, "at_least": float("nan")}, "'at_least'"),
        ({**GOOD, "at_least": -3}, "below zero"),
        ({**GOOD, "at_least": 400}, "366"),
        ({**GOOD, "year": "soon"}, "'year'"),
        ({**GOOD, "threshold": 0}, "'threshold'"),
        ({**GOOD, "standard": "GB1"}, "'standard'"),
        ({"kind": "good_ratio", "at_least": 85, "year": 2025}, "write 0.85"),
        ({"kind": "mean", "at_most": 35, "year": 2025}, "'pollutant' is missing"),
        ({"kind": "mean", "pollutant": "dust", "at_most": 35, "year": 2025}, "'pollutant'"),
        ({"kind": "mean", "pollutant": "o3", "standard": "GB3095-2012", "year": 2025}, "'standard'"),
        ({"kind": "good_days", "year": 2025, "change": {"from": 2024}}, "change.by"),
        ({"kind": "good_days", "year": 2025, "change": {"from": 2024, "by": 3, "unit": "ug"}}, "change.unit"),
        ({"kind": "good_days", "year": 2025, "change": {"from": 2024, "by": 3, "than": 1}}, "than"),
        (
            {"kind": "mean", "pollutant": "pm25", "year": 2018, "change": {"from": 2017, "by": -15.6}},
            "write -0.156",
        ),
        (
            {"kind": "good_days", "year": 2018, "change": {"from": 2018, "by": 0}},
            "2018, which is not before the year 2018",
        ),
        ({"kind": "good_days", "year": 2018, "change": {"from": 2020, "by": 0}}, "not before the year 2018"),
        (
            {
                "kind": "good_days",
                "year": 2018,
                "change": {"from": 2016, "by": -60, "unit": "days", "base": 50},
            },
            "threshold of -10",
        ),
        ({"year": 2025, "all_of": [GOOD, {"kind": "mean"}]}, "all_of 2"),
        ({"year": 2025, "all_of": "both"}, "not a list"),
        ("300 days", "mapping"),
    ],
)
def test_refusals_name_the_key(row: object, words: str) -> None:
    with pytest.raises(AirqError) as caught:
        parse(row, "params/targets.yaml: row 3")
    text = str(caught.value)
    assert words in text and text.startswith("params/targets.yaml: row 3") and text.endswith(".")

"""Ranks of counties: printed values, ties, places apart, changes; against the rule of the standards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq import standards
from airq.analysis.county_ranking import CRITERIA, eligible, ranked


def rows(
    composite: list[float], good: list[int] | None = None, pm: list[float] | None = None, **more
) -> pd.DataFrame:
    n = len(composite)
    frame = pd.DataFrame(
        {
            "place": [f"p{i}" for i in range(n)],
            "standard": "GB3095-2012",
            "composite": composite,
            "composite_official": np.round(composite, 2),
            "composite_withheld": "",
            "good_days": good or [20] * n,
            "mean_pm25": pm or [30.0] * n,
            "mean_pm25_official": np.round(pm or [30.0] * n, 0),
            "days_valid": 31,
        }
    )
    return frame.assign(**more)


def test_ties_rest_on_printed_values_and_share_a_rank() -> None:
    made = ranked(rows([3.004, 2.996, 4.0], pm=[30.4, 29.6, 28.0], good=[20, 25, 20]), rows([3.0] * 3))
    by = made.set_index("place")
    assert by["composite_rank"].to_dict() == {"p0": 1, "p1": 1, "p2": 3}
    assert by["mean_pm25_rank"].to_dict() == {"p0": 2, "p1": 2, "p2": 1}
    assert by["good_days_rank"].to_dict() == {"p1": 1, "p0": 2, "p2": 2}
    assert by["composite"].to_dict() == {"p0": 3.004, "p1": 2.996, "p2": 4.0}  # unrounded values are kept


def test_improvement_by_share_and_by_days() -> None:
    made = ranked(
        rows([2.0, 4.0, 5.0], good=[25, 20, 28], pm=[20.0, 45.0, 50.0]),
        rows([4.0, 4.0, 4.0], good=[20, 20, 30], pm=[40.0, 50.0, 50.0]),
    ).set_index("place")
    assert made["composite_change"].to_dict() == {"p0": -0.5, "p1": 0.0, "p2": 0.25}
    assert made["composite_change_rank"].to_dict() == {"p0": 1, "p1": 2, "p2": 3}
    assert made["good_days_change"].to_dict() == {"p0": 5, "p1": 0, "p2": -2}
    assert made["mean_pm25_change_rank"].to_dict() == {"p0": 1, "p1": 2, "p2": 3}
    assert made["composite_before_rank"].to_dict() == {"p0": 1, "p1": 1, "p2": 1}


def test_withheld_and_empty_places_are_apart() -> None:
    now = rows([2.0, 3.0, 4.0], composite_withheld=["", "pm25: too few", ""], days_valid=[31, 22, 0])
    assert eligible(now).tolist() == [True, False, False]
    made = ranked(now, rows([3.0, 3.0, 3.0]))
    assert made["place"].tolist() == ["p0"] and made["composite_rank"].tolist() == [1]


def test_no_year_before_gives_no_improvement() -> None:
    made = ranked(rows([2.0, 3.0]), rows([]))
    assert made["composite_rank"].tolist() == [1, 2]
    assert made["composite_change_rank"].isna().all() and made["composite_before_rank"].isna().all()
    partly = ranked(rows([2.0, 3.0]), rows([4.0, 4.0], composite_withheld=["", "pm25: too few"])).set_index(
        "place"
    )
    assert partly["composite_change_rank"].to_dict()["p0"] == 1 and pd.isna(
        partly["composite_change_rank"]["p1"]
    )


@given(st.lists(st.tuples(st.integers(100, 900), st.integers(100, 900)), min_size=1, max_size=9))
def test_composite_and_its_improvement_are_those_of_the_standards(pairs: list[tuple[int, int]]) -> None:
    now, before = (rows([p[k] / 100 for p in pairs]) for k in (0, 1))
    mine = ranked(now, before).set_index("place")
    theirs = standards.ranking(now, before).set_index("place")
    assert mine["composite_rank"].to_dict() == theirs["rank"].to_dict()
    assert mine["composite_change_rank"].to_dict() == theirs["improvement_rank"].to_dict()
    for place in mine.index:
        assert mine["composite_change"][place] == pytest.approx(-theirs["improvement_rate"][place])


@given(st.lists(st.integers(0, 31), min_size=1, max_size=9))
def test_ranks_count_the_places_ahead(good: list[int]) -> None:
    made = ranked(rows([3.0] * len(good), good=good), rows([])).set_index("place")
    for i, days in enumerate(good):
        assert made["good_days_rank"][f"p{i}"] == 1 + sum(g > days for g in good)
    assert CRITERIA["good_days"] and not CRITERIA["composite"]

"""Remarks of the index: how many members of a group have data, and what its mean is of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airq import places
from airq.reports import index


def group(place: str, with_data: int, until: str = "") -> Any:
    members = tuple(m.id for m in places.members(place))
    have = {place, *members[:with_data]}
    return SimpleNamespace(
        about=places.get(place),
        members=members,
        is_group=True,
        absence="",
        data_until=until,
        row=lambda *_, place=place, **__: {} if place in have else None,
    )


def test_a_group_says_how_many_members_have_data():
    one = group("changji-prefecture", 1)
    assert index.remark(one, "zh") == "7个县（市）中1个有数据"
    assert index.remark(one, "en") == "1 of 7 counties has data"
    assert index.remark(group("changji-prefecture", 7), "zh") == ""
    early = index.remark(group("changji-prefecture", 6, "2026-10-20T15:00"), "zh")
    assert early.startswith("7个县（市）中6个有数据；数据截至")


@pytest.mark.parametrize(
    ("place", "zh"), [("changji-prefecture", "各县（市）平均"), ("wu-chang-shi", "各成员平均")]
)
def test_the_mean_is_named_by_what_it_is_of(place, zh):
    assert zh in str(index._name_cell({"place": place, "languages": ["zh"]}, "zh"))

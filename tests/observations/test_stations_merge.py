"""Lists of different dates become one registry: moves, corrections, renames, closings, successions."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq.errors import ParameterError
from airq.observations import stations
from airq.observations.stations import merge, wgs84_to_gcj02
from airq.observations.stations.changes import classify

NONE = pd.DataFrame(columns=list(stations.COLUMNS))
PLACE = {"place": "某市", "network": "", "role": ""}


def listed(*rows: tuple[object, ...], place: str = "某市") -> pd.DataFrame:
    """Rows of code, name, lat, lon."""
    frame = pd.DataFrame(rows, columns=["监测点编码", "监测点名称", "纬度", "经度"])
    return frame.assign(城市=place)


def row(code: str, name: str, lat: float, lon: float) -> dict[str, object]:
    return {"station": code, "name_zh": name, "lat": lat, "lon": lon, **PLACE}


def spans(merged: stations.Merged, *columns: str) -> list[list[object]]:
    names = ["station", *columns, "valid_from", "valid_to"]
    values: list[list[object]] = merged.registry[names].values.tolist()
    return values


# ---- kinds of changes ----


@pytest.mark.parametrize(
    ("old", "new", "kind", "km", "certain"),
    [
        (("a", 44.0, 87.0), ("a", 44.001, 87.0), "rounding", 0.111, True),
        (("a", 44.0, 87.0), ("a", 44.0014, 87.0), "move", 0.156, False),
        (("a", 44.0, 87.0), ("b", 44.0005, 87.0), "rounding", 0.056, True),
        (("a", 44.12, 87.35), ("a", 44.1249, 87.3541), "rounding", 0.636, True),
        (("a", 44.1249, 87.3541), ("a", 44.12, 87.35), "rounding", 0.636, True),
        (("a", 44.1, 87.3), ("a", 44.1249, 87.3541), "move", 5.12, False),
        (("a", 44.0, 87.0), ("b", 44.02, 87.0), "move", 2.22, True),
        (("a", 44.0, 87.0), ("a", 44.3, 87.0), "correction", 33.4, False),
        (("a", 44.0, 87.0), ("b", 44.3, 87.0), "move", 33.4, True),
    ],
)
def test_positions_are_classed(
    old: tuple[str, float, float], new: tuple[str, float, float], kind: str, km: float, certain: bool
) -> None:
    found = classify(row("1A", *old), row("1A", *new), "2020-01-01")
    first = found[0]
    assert (first.kind, first.certain) == (kind, certain) and first.km == pytest.approx(km, rel=0.01)
    assert [c.kind for c in found[1:]] == (["rename"] if old[0] != new[0] else [])
    assert first.sentence.startswith(f"1A: {kind} of ") and first.sentence.endswith(".")


def test_a_gcj02_position_is_a_correction_and_the_other_is_kept() -> None:
    lat, lon = wgs84_to_gcj02(44.0114, 87.2997)
    right, wrong = ("1A", "站", 44.0114, 87.2997), ("1A", "站", round(float(lat), 5), round(float(lon), 5))
    for first, second in ((right, wrong), (wrong, right)):
        merged = merge([("2018", listed(first)), ("2020", listed(second))], own=NONE)
        assert [(c.kind, c.certain) for c in merged.changes] == [("correction", True)]
        assert merged.registry[["lat", "lon"]].values.tolist() == [[44.0114, 87.2997]]


# ---- periods ----


def test_move_and_rename_divide_a_station_at_the_date_of_the_list() -> None:
    merged = merge(
        [
            ("2018-06-30", listed(("1A", "甲", 30.0, 110.0), ("2A", "乙", 30.1, 110.0))),
            ("2020-01-01", listed(("1A", "甲", 30.02, 110.0), ("2A", "丙", 30.1, 110.0))),
            ("2022-01-01", listed(("1A", "甲", 30.02, 110.0), ("2A", "丙", 30.1, 110.0))),
        ],
        own=NONE,
    )
    assert spans(merged, "name_zh", "lat") == [
        ["1A", "甲", 30.0, "", "2019-12-31"],
        ["1A", "甲", 30.02, "2020-01-01", ""],
        ["2A", "乙", 30.1, "", "2019-12-31"],
        ["2A", "丙", 30.1, "2020-01-01", ""],
    ]
    assert [(c.station, c.kind) for c in merged.changes] == [("1A", "move"), ("2A", "rename")]
    assert stations.at(merged.registry, "2019-07-01")["lat"].tolist() == [30.0, 30.1]
    assert not [
        f for f in stations.findings(merged.registry, own=NONE) if f.kind in ("gap", "overlap", "duplicate")
    ]


def test_a_stated_date_of_a_move_is_believed_before_that_of_the_list() -> None:
    new = listed(("1A", "乙(启用190815)", 30.02, 110.0))
    merged = merge([("2018", listed(("1A", "甲", 30.0, 110.0))), ("2020", new)], own=NONE)
    assert spans(merged, "name_zh") == [["1A", "甲", "", "2019-08-14"], ["1A", "乙", "2019-08-15", ""]]


def test_a_closed_station_is_not_divided_after_its_end() -> None:
    new = listed(("1A", "南口路(停运161122)", 30.02, 110.0))
    merged = merge([("2018", listed(("1A", "机车厂", 30.0, 110.0))), ("2020", new)], own=NONE)
    assert spans(merged, "name_zh", "lat") == [["1A", "南口路", 30.02, "", "2016-11-22"]]
    assert [(c.kind, c.certain) for c in merged.changes] == [("correction", False), ("rename", True)]


def test_rounding_keeps_the_finer_position() -> None:
    fine, coarse = listed(("1A", "甲", 30.12345, 110.54321)), listed(("1A", "甲", 30.1235, 110.5432))
    for first, second in ((fine, coarse), (coarse, fine)):
        merged = merge([("2018", first), ("2020", second)], own=NONE)
        assert merged.registry[["lat", "lon"]].values.tolist() == [[30.12345, 110.54321]]


def test_a_correction_keeps_the_position_that_the_own_table_has() -> None:
    a, b = listed(("1A", "甲", 30.0, 110.0)), listed(("1A", "甲", 30.5, 110.0))
    for lat in (30.0, 30.5):
        own = stations.load(pd.DataFrame({"station": ["1A"], "lat": [lat], "lon": [110.0]}))
        merged = merge([("2018", a), ("2020", b)], own=own)
        assert merged.registry["lat"].tolist() == [lat]
        assert "in a" in merged.registry["note"][0] and "55.6 km away" in merged.registry["note"][0]
    assert merge([("2018", a), ("2020", b)], own=NONE).registry["lat"].tolist() == [30.5], "else the newer"


def test_missing_positions_are_lent_and_named() -> None:
    a = listed(("1A", "甲", 30.0, 110.0), ("2A", "乙", None, None), ("3A", "丙", None, None))
    b = listed(("1A", "甲", None, None), ("2A", "乙", 30.1, 110.0), ("3A", "丙", None, None))
    merged = merge([("2018", a), ("2020", b)], own=NONE)
    assert merged.registry["lat"].tolist()[:2] == [30.0, 30.1] and np.isnan(merged.registry["lat"][2])
    said = [f.sentence for f in merged.findings if f.kind == "position"]
    assert [s[:2] for s in said] == ["1A", "2A", "3A"] and "in any list" in said[2] and merged.changes == ()


# ---- codes that come and go ----


def many(n: int, *more: tuple[object, ...]) -> pd.DataFrame:
    return listed(*((f"{i}A", f"站{i}", 30 + 0.05 * i, 110.0) for i in range(n)), *more)


def test_what_a_complete_list_lacks_is_closed() -> None:
    merged = merge([("2018", many(20)), ("2020-01-01", many(19))], own=NONE)
    assert merged.registry.set_index("station").loc["19A", "valid_to"] == "2019-12-31"
    assert [f.station for f in merged.findings if f.kind == "vanished"] == ["19A"]
    again = merge([("2018", many(20)), ("2020", many(19)), ("2022", many(20))], own=NONE)
    assert again.registry["valid_to"].tolist() == [""] * 20, "a code that comes back was never closed"


def test_what_a_partial_list_lacks_stays_open() -> None:
    merged = merge([("2018", many(20)), ("2020-01-01", many(5))], own=NONE)
    assert set(merged.registry["valid_to"]) == {""}
    said = [f.sentence for f in merged.findings if f.kind == "vanished"]
    assert len(said) == 1 and "is not complete; left open" in said[0]
    closed = merge([("2018", many(20)), ("2020-01-01", many(5))], own=NONE, complete=["2020"])
    assert (closed.registry["valid_to"] == "2019-12-31").sum() == 15


def test_a_station_that_is_open_again_has_a_second_row() -> None:
    a, b = listed(("1A", "甲(停运190101)", 30.0, 110.0)), listed(("1A", "甲", 30.0, 110.0))
    merged = merge([("2019-06-01", a), ("2021-01-01", b)], own=NONE)
    assert spans(merged) == [["1A", "", "2019-01-01"], ["1A", "2021-01-01", ""]]
    assert [f.kind for f in merged.findings] == ["period"]


def test_closed_without_a_date_ends_before_the_list() -> None:
    merged = merge([("2020-01-01", listed(("1A", "涧河(已停用)", 30.0, 110.0)))], own=NONE)
    assert spans(merged, "name_zh") == [["1A", "涧河", "", "2019-12-31"]]
    assert "is not stated" in merged.registry["note"][0]


def test_duplicates_in_a_list() -> None:
    same = listed(("1A", "甲", 30.0, 110.0), ("1A", "甲", 30.0, 110.0))
    merged = merge([("2020", same)], own=NONE)
    assert len(merged.registry) == 1 and [f.kind for f in merged.findings] == ["duplicate"]
    different = listed(("1A", "甲", 30.0, 110.0), ("1A", "乙", 30.0, 110.0))
    merged = merge([("2020", different)], own=NONE)
    assert merged.registry["name_zh"].tolist() == ["乙"]
    assert "different content (name_zh 甲 and 乙)" in merged.findings[0].sentence and merged.changes == ()


def test_codes_that_were_exchanged_are_no_move() -> None:
    a, b = ("甲", 30.0, 110.0), ("乙", 30.03, 110.0)
    merged = merge(
        [("2018", listed(("1A", *a), ("2A", *b))), ("2020", listed(("1A", *b), ("2A", *a)))], own=NONE
    )
    assert {c.kind for c in merged.changes} == {"exchange"} and len(merged.registry) == 2
    assert merged.registry["name_zh"].tolist() == ["乙", "甲"], "the newer list is taken"


def test_a_city_that_changed_its_name_divides_nothing_but_a_merger_does() -> None:
    old = pd.concat([many(2).assign(城市="襄樊"), listed(("5A", "x", 36.2, 117.6), place="莱芜"), listed(("6A", "y", 36.6, 117.0), place="济南")])  # fmt: skip
    new = pd.concat(
        [
            many(2).assign(城市="襄阳"),
            listed(("5A", "x", 36.2, 117.6), ("6A", "y", 36.6, 117.0), place="济南"),
        ]
    )
    merged = merge([("2018", old), ("2020-01-01", new)], own=NONE)
    assert spans(merged, "place") == [
        ["0A", "襄阳", "", ""],
        ["1A", "襄阳", "", ""],
        ["5A", "莱芜", "", "2019-12-31"],
        ["5A", "济南", "2020-01-01", ""],
        ["6A", "济南", "", ""],
    ]


def test_the_prefecture_of_a_list_keeps_the_projects_county() -> None:
    merged = merge([("2020", listed(("2691A", "州监测站", 44.0114, 87.2997), place="昌吉州"))])
    assert merged.registry["place"].tolist() == ["changji"]
    finer = [
        ("2018", listed(("9A", "x", 44.0, 87.3), place="昌吉州")),
        ("2020", listed(("9A", "x", 44.0, 87.3), place="昌吉市")),
    ]
    assert merge(finer, own=NONE).registry["place"].tolist() == ["changji"], "no change of place"


# ---- successions ----


def test_a_handover_by_stated_dates_is_a_succession() -> None:
    merged = merge([("2020", listed(("1A", "甲(停运161107)", 30.0, 110.0), ("2A", "乙(启用161107)", 30.02, 110.0), ("3A", "丙", 30.1, 110.0)))], own=NONE)  # fmt: skip
    assert stations.lineage("2A", merged.registry) == ("1A", "2A")
    assert [f.kind for f in merged.findings] == ["succession"] and merged.findings[0].km == pytest.approx(
        2.22, abs=0.01
    )


def test_two_possible_successors_are_none() -> None:
    merged = merge([("2020", listed(("1A", "甲(停运161107)", 30.0, 110.0), ("2A", "乙(启用161107)", 30.02, 110.0), ("3A", "丙(启用161101)", 30.1, 110.0)))], own=NONE)  # fmt: skip
    assert set(merged.registry["succeeds"]) == {""}


def test_a_new_code_near_an_open_one_is_named_not_taken() -> None:
    old, new = many(12), many(12, ("99A", "新", 30.003, 110.0))
    merged = merge([("2018", old), ("2020", new)], own=NONE)
    assert set(merged.registry["succeeds"]) == {""}
    assert ["99A: is new 0.3 km from 0A" in f.sentence for f in merged.findings] == [True]


# ---- the whole ----


def test_the_order_in_which_lists_are_given_does_not_matter() -> None:
    lists = [("2018", many(6)), ("2020", many(6, ("9A", "x", 31.0, 110.0))), ("2022", many(5))]
    first = merge(lists, own=NONE)
    for order in permutations(lists):
        again = merge(order, own=NONE)
        pd.testing.assert_frame_equal(again.registry, first.registry)
        assert again.changes == first.changes


def test_merging_the_registry_with_its_last_list_changes_nothing(tmp_path: Path) -> None:
    a, b = many(6), many(5, ("5A", "新名", 30.3, 110.0), ("9A", "x(停运190101)", 31.0, 110.0))
    first = merge([("2018", a), ("2020", b)], own=NONE)
    path = stations.write(first.registry, tmp_path / "registry.csv")
    again = merge([("2020-06-01", path), ("2022", b)], own=NONE)
    columns = ["station", "name_zh", "lat", "lon", "valid_from", "valid_to"]
    pd.testing.assert_frame_equal(again.registry[columns], first.registry[columns])
    assert [c for c in again.changes if c.splits] == []


def test_wrong_use() -> None:
    with pytest.raises(ParameterError, match="no station list"):
        merge([])
    with pytest.raises(ParameterError, match="two station lists have the date 2020-01-01"):
        merge([("2020", many(1)), ("2020-01-01", many(1))])
    with pytest.raises(ParameterError, match="is no day"):
        merge([("lately", many(1))])


# ---- the shared lists ----


@pytest.fixture(scope="module")
def national(shared: Path) -> stations.Merged:
    folder = shared / "data" / "cnemc_stations"
    return merge(
        {
            "2018": folder / "PM2.5-GNN_station_info.csv",
            "2020-01-01": folder / "StationList-2020.01.01.csv",
            "2022-02-13": folder / "xinjiang_north_from_2022-02-13_list.csv",
        }
    )


def test_real_lists_2690a_and_1496a_move(national: stations.Merged) -> None:
    moves = national.moves.set_index("station")
    assert moves.loc["2690A", "km"] == pytest.approx(31.64, abs=0.01)
    assert moves.loc["1496A", "km"] == pytest.approx(24.44, abs=0.01)
    assert moves.loc[["2690A", "1496A"], "kind"].tolist() == ["correction"] * 2
    assert moves.index[:2].tolist() == ["2690A", "1496A"], "the two farthest of all"
    now = stations.current(national.registry).set_index("station")
    assert now.loc["2690A", ["lat", "lon"]].tolist() == [43.8886, 88.1236], "the lake, not the seat of 阜康"
    assert now.loc["2690A", ["place", "role"]].tolist() == ["fukang", "background"]


def test_real_lists_2691a_is_replaced_by_3613a(national: stations.Merged) -> None:
    assert stations.lineage("2691A", national.registry) == ("2691A", "3613A")


def test_real_lists_one_duplicate_and_13_without_coordinates(national: stations.Merged) -> None:
    assert [f.station for f in national.findings if f.kind == "duplicate"] == ["3207A"]
    lent = [
        f
        for f in national.findings
        if f.kind == "position" and "has no position in the list of" in f.sentence
    ]
    assert len(lent) == 13, "empty cells of 2020, which the list of 2018 fills"
    nowhere = [f.station for f in national.findings if "in any list" in f.sentence]
    assert nowhere == ["3019A"] and national.registry["lat"].isna().sum() == 1, "its cells hold '-'"


def test_real_lists_no_national_station_in_five_counties(national: stations.Merged) -> None:
    held = set(national.registry["place"])
    assert not held & {"hutubi", "manas", "qitai", "jimsar", "mori"} and {"changji", "fukang"} <= held


def test_real_lists_give_a_registry_without_contradictions(national: stations.Merged) -> None:
    kinds = {f.kind for f in stations.findings(national.registry)}
    assert not kinds & {
        "duplicate",
        "overlap",
        "gap",
        "period",
        "succession",
        "role",
        "network",
        "background",
    }
    names = stations.at(national.registry, "2016-01-01").set_index("station")["name_zh"]
    assert names["1019A"] == "北辰科技园区" and "1022A" not in names.index, "closed on 2015-07-02"
    assert stations.lineage("2869A", national.registry) == ("1187A", "2869A")

"""Overlap groups on the same emissions, pollutant by pollutant and draw by draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import AirqError
from airq.inventory.engine import Engine, Part
from airq.inventory.intensities import Input
from airq.inventory.overlap import resolve
from airq.inventory.register import load

N = 400


def lognormal(name: str) -> tuple[Input, ...]:
    return (Input(name, name, "lognormal", 2.0),)


def group(rule: str, *priorities: float) -> dict[str, dict[str, Any]]:
    return {
        f"m{i}": {"overlap_group": "g", "overlap_rule": rule, "priority": p} for i, p in enumerate(priorities)
    }


def drawn(parts: dict[str, Part], engine: Engine) -> dict[str, np.ndarray]:
    return {k: engine.draws(p) for k, p in parts.items()}


def test_add_is_plain_addition() -> None:
    engine = Engine(N, 0)
    parts = {"m0": Part({lognormal("a"): 1.0}), "m1": Part({lognormal("b"): 2.0})}
    assert resolve(parts, group("add", 1, 2), {}, engine) == parts


def test_the_largest_counts_draw_by_draw_and_the_rest_is_nothing() -> None:
    engine = Engine(N, 0)
    parts = {"m0": Part({lognormal("a"): 1.0}), "m1": Part({lognormal("b"): 1.2})}
    before, after = drawn(parts, engine), drawn(resolve(parts, group("max", 1, 2), {}, engine), engine)
    assert np.array_equal(after["m0"] + after["m1"], np.maximum(before["m0"], before["m1"]))
    assert ((after["m0"] == 0) != (after["m1"] == 0)).all() and 0 < (after["m0"] == 0).mean() < 1


def test_of_equal_members_one_counts() -> None:
    engine = Engine(N, 0)
    parts = {"m0": Part({lognormal("a"): 1.0}), "m1": Part({lognormal("a"): 1.0})}
    after = drawn(resolve(parts, group("max", 1, 2), {}, engine), engine)
    assert (after["m1"] == 0).all() and np.array_equal(after["m0"], engine.of(lognormal("a")[0]))


def test_the_highest_priority_supersedes_also_before_its_factor_is_known() -> None:
    engine = Engine(N, 0)
    parts = {"m0": Part({(): 5.0}), "m1": Part({(): 7.0})}
    assert list(resolve(parts, group("supersede", 1, 2), {}, engine)) == ["m1"]
    assert resolve({"m0": Part({(): 5.0})}, group("supersede", 1, 2), {}, engine) == {}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_in_sequence_the_whole_is_one_minus_what_every_step_leaves(steps: list[float]) -> None:
    parts = {f"m{i}": Part({(): 100.0 * e}) for i, e in enumerate(steps)}
    rows = group("sequential", *range(len(steps)))
    after = resolve(parts, rows, {f"m{i}": e for i, e in enumerate(steps)}, Engine(1, 0))
    total = sum(p.terms.get((), 0.0) for p in after.values())
    assert total == pytest.approx(100 * (1 - np.prod([1 - e for e in steps])), abs=1e-9)


def test_the_order_of_a_sequence_is_that_of_the_priorities() -> None:
    parts = {"m0": Part({(): 50.0}), "m1": Part({(): 80.0})}
    after = resolve(parts, group("sequential", 2, 1), {"m0": 0.5, "m1": 0.8}, Engine(1, 0))
    assert after["m1"].terms[()] == 80 and after["m0"].terms[()] == pytest.approx(10)


def test_point_sources_are_taken_off_the_area_total_not_below_nothing() -> None:
    engine = Engine(N, 0)
    parts = {"m0": Part({lognormal("area"): 3.0}), "m1": Part({lognormal("b"): 1.0}), "m2": Part({(): 1.0})}
    before, after = (
        drawn(parts, engine),
        drawn(resolve(parts, group("subtract_point", 0, 1, 2), {}, engine), engine),
    )
    points = before["m1"] + before["m2"]
    assert np.allclose(after["m0"], np.maximum(before["m0"] - points, 0), atol=1e-12)
    assert (after["m0"] == 0).any() and np.array_equal(after["m1"], before["m1"])


def test_groups_in_a_register_conserve_and_reduce(tmp_path: Path) -> None:
    head = "measure_id,place,category,status,activity,activity_unit,ef_unit,ef_gsd,ef_pm25,efficiency,overlap_group,overlap_rule,priority\n"
    rows = [
        "a,changji,industry_deep,done,1000,t/yr,kg/t,1,10,60%,kiln,sequential,1",
        "b,changji,voc,done,1000,t/yr,kg/t,1,10,50%,kiln,sequential,2",
        "c,fukang,home_heating,done,500,t/yr,kg/t,1,4,,heat,max,1",
        "d,fukang,home_heating,done,900,t/yr,kg/t,1,4,,heat,max,2",
    ]
    path = tmp_path / "r.csv"
    path.write_text(head + "\n".join(rows), encoding="utf-8")
    made = load(path).emissions(draws=5, baseline=False)
    assert made.table.set_index("measure_id")["p50"].to_dict() == pytest.approx(
        {"a": 6, "b": 2, "c": 0, "d": 3.6}
    )
    assert sum(v[0] for v in made.draws("PM25", "county").values()) == pytest.approx(
        made.total.loc["PM25", "p50"]
    )


@pytest.mark.parametrize(
    ("second", "said"),
    [("fukang,home_heating,done,max,2", "has the rules max and sequential"), ("fukang,home_heating,done,sequential,", "needs an order")],
)  # fmt: skip
def test_a_group_has_one_rule_and_an_order(tmp_path: Path, second: str, said: str) -> None:
    path = tmp_path / "r.csv"
    head = "measure_id,place,category,status,overlap_rule,priority,overlap_group\n"
    path.write_text(f"{head}a,changji,home_heating,done,sequential,1,g\nb,{second},g\n")
    with pytest.raises(AirqError, match=said) as caught:
        load(path)
    assert "row 3" in str(caught.value)

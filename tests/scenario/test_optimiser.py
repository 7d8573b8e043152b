"""The optimiser: against trying every set, rule by rule, with what binds where the target is out of reach."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.errors import AirqError
from airq.scenario.optimising.front import pareto
from airq.scenario.optimising.problem import Overlap, Problem, Rules
from airq.scenario.optimising.ranking import rank_measures
from airq.scenario.optimising.solving import least_cost

NAMES = tuple("abcdefgh")


def problem(seed: int = 0, rules: Rules | None = None, draws: int = 12, growth: bool = False) -> Problem:
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(0, 1, len(NAMES)))
    effects = size * np.exp(rng.normal(0, 0.5, (draws, 1)) + rng.normal(0, 0.4, (draws, len(NAMES))))
    if growth:
        effects[:, 3] *= -0.3
    table = pd.DataFrame(
        {
            "measure_id": NAMES,
            "place": list("ppqqrrss"),
            "cost": np.round(size * np.exp(rng.normal(3, 0.7, len(NAMES))), 3),
            "year": [2026, 2027] * 4,
            "co2": rng.gamma(1, 100, len(NAMES)),
        }
    )
    places = {p: effects.mean(axis=0) * (table["place"] == p).to_numpy() for p in "pqrs"}
    return Problem.of(table, effects, rules, places)


def every_set(made: Problem, target: float, probability: float) -> float:
    """Least cost by trying all sets; infinite where none will do."""
    rules, best = made.rules, np.inf
    cost, place = made.cost, made.table["place"].to_numpy()
    years = made.table["year"].to_numpy()
    for bits in itertools.product((0, 1), repeat=len(NAMES)):
        x = np.array(bits, dtype=float)
        taken = {n for n, b in zip(NAMES, bits, strict=True) if b}
        brought = made.effects @ x
        for o in rules.overlaps:
            if {o.first, o.second} <= taken:
                pair = made.effects[:, [NAMES.index(o.first), NAMES.index(o.second)]]
                brought = brought - o.share * pair.min(axis=1)
        ok = (brought >= target - 1e-9).sum() >= np.ceil(probability * len(brought) - 1e-9)
        ok &= all(len(taken & set(g)) <= 1 for g in rules.groups.values())
        ok &= all(b in taken or a not in taken for a, b in rules.precedence)
        ok &= all((cost * x)[years == y].sum() <= most + 1e-9 for y, most in rules.budgets.items())
        ok &= set(rules.forced) <= taken and not set(rules.barred) & taken
        share = rules.cost_share_at_most
        ok &= share is None or all((cost * x)[place == p].sum() <= share * (cost @ x) + 1e-9 for p in "pqrs")
        ok &= all(made.at_places[p] @ x >= least - 1e-9 for p, least in rules.reduction_at_least.items())
        if ok:
            best = min(best, float(cost @ x))
    return best


RULES = (
    Rules(),
    Rules(groups={"g": ("a", "b", "c")}, precedence=[("d", "e")]),
    Rules(overlaps=[Overlap("a", "b", 0.8), Overlap("b", "c", 0.5)]),
    Rules(budgets={2026: 60.0}, cost_share_at_most=0.6),
    Rules(reduction_at_least={"r": 0.2, "s": 0.1}, barred=("f",), forced=("a",)),
)


@pytest.mark.parametrize("rules", RULES, ids=("free", "groups", "overlaps", "budgets", "equity"))
@settings(max_examples=12)
@given(
    seed=st.integers(0, 10_000),
    share=st.floats(0.05, 0.8),
    p=st.sampled_from([0.25, 0.5, 0.8, 1.0]),
    growth=st.booleans(),
)
def test_no_set_is_cheaper(rules: Rules, seed: int, share: float, p: float, growth: bool) -> None:
    if growth and rules.overlaps:
        growth = False  # an overlap with growth has no smaller of two gains
    made = problem(seed, rules, growth=growth)
    target = share * float(np.median(np.maximum(made.effects, 0).sum(axis=1)))
    expected = every_set(made, target, p)
    plan = least_cost(made, target, p, explain=False)
    if np.isinf(expected):
        assert plan.status == "infeasible"
        assert np.isnan(plan.attainable) or plan.attainable < target
    else:
        assert plan.status == "optimal" and plan.gap <= 6e-4
        assert plan.cost == pytest.approx(expected, rel=1e-3)
        assert plan.reached >= p - 1e-9


def test_a_divisible_measure_is_taken_in_part() -> None:
    table = pd.DataFrame({"measure_id": ["homes"], "place": ["p"], "cost": [100.0], "divisible": [True]})
    plan = least_cost(Problem.of(table, [[2.0], [4.0]]), 1.0, 1.0)
    assert plan.shares["homes"] == pytest.approx(0.5) and plan.cost == pytest.approx(50, rel=1e-3)


def test_what_binds_is_named_with_its_price() -> None:
    free = problem(3)
    target = 0.5 * float(free.effects.sum(axis=1).min())
    whole = least_cost(free, target, 0.9)
    assert whole.status == "optimal" and whole.binding == () and whole.attainable > target
    tight = least_cost(problem(3, Rules(budgets={2026: 0.0, 2027: 1e9})), target, 0.9)
    assert any("budget 2026" in b and "yuan a year" in b for b in tight.binding)
    none = least_cost(problem(3, Rules(budgets={2026: 0.0, 2027: 0.0})), target, 0.9)
    assert none.status == "infeasible" and none.attainable == 0 and none.chosen == ()
    assert [b.split(":")[0] for b in none.binding] == ["budget 2026"]  # the other year alone does not do
    more = least_cost(problem(3, Rules(budgets={2026: 0.0, 2027: 0.0})), 1.9 * target, 0.9)
    assert more.binding == ("several rules together: lifting any one of them is not enough",)
    beyond = least_cost(free, 1e6, 0.9)
    assert set(beyond.chosen) == set(NAMES) and beyond.attainable == pytest.approx(
        np.sort(free.effects.sum(axis=1))[::-1][10], rel=1e-6
    )
    torn = least_cost(problem(3, Rules(forced=("a", "b"), groups={"g": ("a", "b")})), 0.1, 0.5)
    assert torn.status == "infeasible" and "groups" in torn.binding[0] and np.isnan(torn.attainable)


def test_co2_is_asked_for_beside() -> None:
    made = problem(5)
    plain = least_cost(made, 0.5, 0.5, explain=False)
    both = least_cost(made, 0.5, 0.5, co2_at_least=0.7 * made.co2.sum(), explain=False)
    assert both.co2 >= 0.7 * made.co2.sum() - 1e-6 and both.cost >= plain.cost


def test_front_holds_no_set_that_another_beats() -> None:
    front = pareto(problem(7), 0.8, steps=6)
    assert front["cost"].is_monotonic_increasing and front["cost"].iloc[0] == 0
    for a, b in itertools.permutations(front.itertuples(), 2):
        assert not (a.cost <= b.cost and a.middle >= b.middle and a.co2 >= b.co2)
    assert front["measures"].iloc[-1].split() == list(NAMES)
    for row in front.itertuples():  # each is what its measures bring
        taken = [NAMES.index(n) for n in row.measures.split()]
        assert row.middle == pytest.approx(np.median(problem(7).effects[:, taken].sum(axis=1)))


def test_ranks_are_shared_where_intervals_overlap() -> None:
    table = pd.DataFrame({"measure_id": list("abcd"), "place": "p", "cost": [1.0, 1.1, 9.0, 5.0]})
    effects = np.column_stack([np.linspace(0.9, 1.1, 50), np.linspace(0.9, 1.1, 50), np.linspace(0.9, 1.1, 50), np.zeros(50)])  # fmt: skip
    ranked = rank_measures(Problem.of(table, effects))
    assert ranked["measure_id"].tolist() == ["a", "b", "c", "d"] and ranked["rank"].tolist() == [1, 1, 3, 4]
    assert np.isinf(ranked["middle"].iloc[3])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost": [1, -2]}, "'b' has a negative cost"),
        ({"cost": [1, np.nan]}, "'b' has no cost"),
        ({"measure_id": ["a", "a"]}, "'a' stands twice"),
        ({"rules": Rules(precedence=[("a", "z")])}, "'z' of a rule"),
        ({"rules": Rules(overlaps=[Overlap("a", "b", 1.2)])}, "a share is 0 to 1"),
        ({"rules": Rules(forced=("a",), barred=("a",))}, "both forced and barred"),
        ({"rules": Rules(budgets={2026: -1})}, "budget of 2026 is negative"),
        ({"rules": Rules(reduction_at_least={"p": 1.0})}, "no effects at 'p'"),
        ({"rules": Rules(cost_share_at_most=0.0)}, "is no share"),
        ({"effects": [[1.0]]}, r"shape \(1, 1\)"),
        ({"effects": [[1.0, np.inf]]}, "'b' has an effect that is no number"),
    ],
)
def test_bad_input_ends_in_one_sentence(change: dict[str, object], said: str) -> None:
    given_ = {"measure_id": ["a", "b"], "place": ["p", "p"], "cost": [1.0, 2.0]}
    rules, effects = change.pop("rules", None), change.pop("effects", [[1.0, 2.0]])
    with pytest.raises(AirqError, match=said) as caught:
        Problem.of(pd.DataFrame({**given_, **change}), effects, rules)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(("target", "p"), [(-1.0, 0.5), (np.nan, 0.5), (1.0, 0.0), (1.0, 1.5)])
def test_targets_that_cannot_be_meant(target: float, p: float) -> None:
    with pytest.raises(AirqError):
        least_cost(problem(), target, p)


def test_measures_of_a_scenario_become_candidates() -> None:
    from airq.scenario.optimising.candidates import candidates
    from airq.scenario.spec import Scenario

    ids = ["2025-boiler-01", "15fyp-home-01", "2025-growth-09"]
    scenario = Scenario(name="a", season=2025, measures=[{"id": i} for i in ids[:2]])
    made = candidates(scenario, draws=100)
    # The homes state what they cost (a subsidy); the boilers do not, and are named.
    assert made.problem.ids == ("15fyp-home-01",) and made.left_out == (
        "2025-boiler-01 has no stated cost; give one in yuan a year.",
    )
    assert made.problem.cost[0] == pytest.approx(1.32e9 / 10)
    both = candidates(scenario, draws=100, costs={"2025-boiler-01": 1e6})
    assert both.problem.ids == tuple(ids[:2]) and both.problem.co2[0] > 1e4
    assert least_cost(both.problem, 0.01, 0.8).chosen == ("2025-boiler-01",)
    with pytest.raises(AirqError, match="'x', which is no measure of scenario"):
        candidates(scenario, draws=100, costs={"x": 1.0})
    with pytest.raises(AirqError, match="takes no part"):
        candidates(scenario, place="kashgar", draws=100)
    with pytest.raises(AirqError, match="no measure of scenario 'a' can be weighed"):
        candidates(Scenario(name="a", season=2025, measures=[{"id": ids[0]}]), draws=100)

"""The optimiser asked for a target: needs of draws against the run, the cheapest set against every set, rules of a file."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq.cli import main
from airq.errors import AirqError, MissingData, ParameterError
from airq.reports import whatif_optimum
from airq.scenario.baseline import Baseline, baseline_of
from airq.scenario.loading import load
from airq.scenario.optimising.answering import optimum
from airq.scenario.optimising.asking import costs_of, read_rules, yearly
from airq.scenario.optimising.candidates import Candidates, candidates
from airq.scenario.optimising.needs import needs_of
from airq.scenario.optimising.problem import Overlap, Problem, Rules
from airq.scenario.optimising.reaching import meet
from airq.scenario.optimising.solving import least_cost
from airq.scenario.running import run
from airq.texts import spoken

TARGET = "prefecture-2030-pm25-falling"  # the mean of the year below 37 µg/m³
PLAN = {
    "season": "2025-2026",
    "title_zh": "自拟",
    "places": ["changji"],
    "measures": [
        {"id": "2025-boiler-01"},
        {"id": "lime", "category": "kiln", "places": "changji", "tonnes": {"PM25": "150 t/yr"}, "capex_yuan": "3000万元", "start": "2025-01", "end": "2026-06"},
        {"id": "all", "category": "all", "places": "changji", "cut": "20 %", "opex_yuan_per_year": "8000万元"},
    ],
}  # fmt: skip
COSTS = {"2025-boiler-01": 9e6}


@pytest.fixture(scope="module")
def air() -> Baseline:
    days = pd.date_range("2019-10-01", "2025-09-30")
    rng = np.random.default_rng(0)
    level = np.array([1.06, 0.98, 1.02, 1.1, 0.96, 1.0])[np.asarray((days - days[0]).days) // 366]
    wave = level * (37 + 30 * np.cos(2 * np.pi * (np.asarray(days.day_of_year) - 15) / 365))
    return baseline_of(pd.DataFrame({"date": days, "site": "changji", "pm25": wave * np.exp(0.2 * rng.standard_normal(len(days)))}), weather_years=6, trend=False)  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Candidates:
    return candidates(load(PLAN), draws=120, costs=COSTS)


def test_needs_agree_with_the_run(air: Baseline, made: Candidates) -> None:
    found = needs_of(made, TARGET, air)
    judged = run(load(PLAN), draws=120, baseline=air).targets.set_index("id").loc[TARGET]
    assert found.before == pytest.approx(
        judged["before"], abs=1e-9
    )  # weather alone: each year stands as often
    assert 0.1 < found.before < found.after < 1
    assert found.after == pytest.approx(
        judged["after"], abs=0.12
    )  # pairs of draws and years against all of them
    # A draw that all measures bring to its need meets the target with them, and only then.
    brought = made.together(made.problem.ids)
    assert (brought >= found.need).mean() == pytest.approx(found.after, abs=1e-9)
    assert ((found.need == 0).mean()) == pytest.approx(found.before, abs=1e-9)
    assert found.judged_in == 2026 and found.row.year == 2030


def test_no_set_meets_the_needs_for_less() -> None:
    names = list("abcdef")
    for seed in range(4):
        rng = np.random.default_rng(seed)
        effects = rng.gamma(2, 1, 6) * np.exp(rng.normal(0, 0.5, (10, 1)) + rng.normal(0, 0.3, (10, 6)))
        need = rng.uniform(0, effects.sum(axis=1).mean(), 10)
        need[rng.integers(0, 10, 3)] = 0
        need[rng.integers(0, 10)] = np.inf
        cost = np.round(rng.gamma(2, 10, 6), 2)
        rules = Rules(overlaps=[Overlap("a", "b", 0.5)], budgets={2026: 0.7 * cost.sum()})
        table = pd.DataFrame({"measure_id": names, "place": "p", "cost": cost, "year": 2026})
        problem, least, most = Problem.of(table, effects, rules), np.inf, 0.0
        for bits in itertools.product((0, 1), repeat=6):
            x = np.array(bits, dtype=float)
            if cost @ x > rules.budgets[2026]:
                continue
            brought = effects @ x - bits[0] * bits[1] * 0.5 * effects[:, :2].min(axis=1)
            reached = float((brought >= need - 1e-9).mean())
            most = max(most, reached)
            if reached >= 0.6 - 1e-9:
                least = min(least, float(cost @ x))
        found = meet(problem, need, 0.6)
        assert found.before == pytest.approx((need == 0).mean())
        assert found.attainable == pytest.approx(most)
        if np.isinf(least):
            assert found.status == "infeasible" and found.reached == pytest.approx(most) and found.binding
        else:
            assert found.cost == pytest.approx(least, rel=1e-3) and found.reached >= 0.6 - 1e-9


def test_needs_that_cannot_be_meant_are_refused() -> None:
    problem = Problem.of(pd.DataFrame({"measure_id": ["a"], "place": ["p"], "cost": [1.0]}), [[1.0], [2.0]])
    for need in ([1.0], [1.0, np.nan], [-1.0, 2.0]):
        with pytest.raises(ParameterError, match="for each of the 2 draws"):
            meet(problem, np.array(need))
    with pytest.raises(ParameterError, match="at most 1"):
        meet(problem, np.ones(2), 1.5)


def test_a_budget_counts_the_money_of_its_year(made: Candidates) -> None:
    spent = {y: made.problem.spent(y).tolist() for y in (2024, 2025, 2026, 2027)}
    # Boilers of 2024 cost their 9 million in each year from then; the lime kilns half their capital in each year of work;
    # running cost falls in every year from the season on.
    assert spent == {2024: [9e6, 0, 0], 2025: [9e6, 1.5e7, 8e7], 2026: [9e6, 1.5e7, 8e7], 2027: [9e6, 0, 8e7]}
    with pytest.raises(ParameterError, match="budget of 2050 touches no measure"):
        candidates(load(PLAN), draws=40, costs=COSTS, rules=Rules(budgets={2050: 1.0}))
    rules = Rules(budgets={2026: 2e7})
    tight = least_cost(candidates(load(PLAN), draws=40, costs=COSTS, rules=rules).problem, 1.0, 0.8)
    assert tight.status == "infeasible" and "all" not in tight.chosen
    assert tight.binding[0].startswith("budget 2026: without it")
    assert spoken(tight.binding[0], "zh").startswith("2026年预算：没有这一条")


def test_what_an_entry_changes_is_kept_of_a_selection() -> None:
    half = {"season": "2025-2026", "measures": [{"select": {"measure_id": "15fyp-home-01"}, "scale": 0.5}]}
    whole = {"season": "2025-2026", "measures": [{"id": "15fyp-home-01"}]}
    one, two = (candidates(load(s), draws=60).problem.effects for s in (half, whole))
    assert one == pytest.approx(two / 2)
    parted = [{"id": "15fyp-home-01", "places": p} for p in ("fukang", "mori")]
    both = candidates(load({"season": "2025-2026", "measures": parted}), draws=40)
    assert both.problem.ids == ("15fyp-home-01",)  # one measure, wherever its parts are listed


def test_the_answer_in_words_and_numbers(air: Baseline) -> None:
    found = optimum(load(PLAN), draws=60, costs=COSTS, target=TARGET, probability=0.5, air=air, steps=2)
    assert found.plan is not None and found.needs is not None
    assert found.plan.reached >= 0.5 or found.plan.status == "infeasible"
    zh, en = (" ".join(whatif_optimum.sentences(found, lang)) for lang in ("zh", "en"))
    assert f"{found.needs.before:.0%}" in zh and f"{found.needs.before:.0%}" in en
    assert "概率" in zh and not any("\u4e00" <= c <= "\u9fff" for c in en)
    assert "细颗粒物" in whatif_optimum.title(found, "zh")
    held = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert held["target"]["judged_in"] == 2026 and set(held["plan"]["chosen"]) <= {
        "2025-boiler-01",
        "lime",
        "all",
    }
    assert {r["rank"] for r in held["ranking"]} <= {1, 2, 3} and held["front"][0]["measures"] == ""
    assert len(whatif_optimum.parts(found, "zh")) == 5
    with pytest.raises(ParameterError, match="both given"):
        optimum(load(PLAN), target=TARGET, reduction=1.0)
    with pytest.raises(ParameterError, match="is of div12"):
        optimum(load(PLAN), draws=40, costs=COSTS, target="div12-2030-pm25", air=air)
    with pytest.raises(MissingData, match="6 have no stated cost and 38 no tonnes"):
        candidates(load("plan-15fyp-box2"), draws=20)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("budgets: {20x6: 5}\n", "line 1: key 'budgets': '20x6' is no year"),
        ("costs:\n  lime: -5\n", "line 2: key 'costs': the cost -5 is negative"),
        ("group: {}\n", "line 1: key 'group' is not known; did you mean 'groups'"),
        ("precedence:\n  - [a]\n", "line 2: key 'precedence': ['a'] is no pair"),
        ("forced: 5\n", "line 1: key 'forced': '5' is no list"),
        ("reduction_at_least:\n  paris: 1\n", "line 2: key 'reduction_at_least': place 'paris' is not known"),
        ("overlaps:\n  - {first: a, second: b, share: 2}\n", "line 2: key 'overlaps': 200 %"),
        ("overlaps:\n  - {first: a}\n", "line 2: key 'overlaps': an overlap has"),
        ("budgets: [5]\n", "line 1: key 'budgets' must hold keys"),
        ("", "is empty; start with 'budgets:"),
    ],
)
def test_rules_are_refused_with_their_line(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AirqError) as caught:
        read_rules(file)
    assert said in str(caught.value) and "rules.yaml" in str(caught.value)


def test_rules_of_a_file_and_of_words(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(
        "budgets: {2026: 5000万元}\ncosts: {a: 9e6}\ngroups: {g: [a, b]}\nprecedence:\n  - [a, c]\n"
        "overlaps:\n  - {first: a, second: b, share: 50 %}\ncost_share_at_most: 40 %\nreduction_at_least: {阜康市: 0.1}\n"
        "forced: [c]\nbarred: d\n",
        encoding="utf-8",
    )
    asked = read_rules(file).with_words(yearly(["2027=1亿元"]), costs_of(["a=5", "b=6万元"]))
    assert asked.costs == {"a": 5.0, "b": 6e4}
    assert asked.rules == Rules(
        {2026: 5e7, 2027: 1e8}, {"g": ("a", "b")}, [Overlap("a", "b", 0.5)], [("a", "c")], 0.4, {"fukang": 0.1}, ("c",), ("d",)
    )  # fmt: skip
    for words in (["2026"], ["=5"], ["2026=x"], ["2026=1", "2026=2"]):
        with pytest.raises(ParameterError):
            yearly(words)


def test_the_command_chooses_or_says_what_binds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import yaml

    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump(PLAN, allow_unicode=True), encoding="utf-8")

    def call(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(["whatif", *map(str, words)])
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    few = (file, "--optimise", "--draws", 40, "--cost", "2025-boiler-01=900万元")
    code, out, _ = call(*few, "--reduction", 0.02, "--zh")
    assert code == 0 and "费用最低的组合：" in out and "（并列）" in out and "区间重叠" in out
    code, out, _ = call(*few, "--reduction", 50, "--json")
    held = json.loads(out)
    assert code == 1 and held["plan"]["status"] == "infeasible"
    assert 0 < held["plan"]["attainable"] < 50 and "all of them do not reach it" in held["plan"]["binding"][0]
    for words, said in (
        ((file, "--reduction", 1), "belong to --optimise"),
        ((*few, "--target", "nonsense"), "target 'nonsense' is not in the register"),
        ((*few, "--probability", 2), "probability 2 is not above 0"),
        ((file, file, "--optimise"), "of one scenario"),
        ((*few, "--cost", "nope=5"), "'nope', which is no measure of scenario"),
        (("no-action", "--optimise"), "has no measure to choose from"),
    ):
        code, _, err = call(*words)
        assert code == 2 and said in err and len(err.strip().splitlines()) == 1, err

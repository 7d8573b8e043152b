"""Models: known coefficients, robustness, κ, trees equal to scikit-learn's, and what JSON keeps."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import FileRejected, ParameterError
from airq.observations.sensors import linear, models, tree

RNG = np.random.default_rng(3)
N = 600
X = {
    "value": RNG.uniform(5, 200, N),
    "relative_humidity": RNG.uniform(20, 95, N),
    "temperature": RNG.uniform(-20, 30, N),
}


def with_reference(y: np.ndarray) -> dict[str, np.ndarray]:
    return {**X, "reference": y}


def test_least_squares_finds_exact_coefficients() -> None:
    y = 3 + 0.6 * X["value"] - 0.1 * X["relative_humidity"] + 0.2 * X["temperature"]
    model = linear.fit("linear", with_reference(y))
    assert model.coefficients == pytest.approx((3, 0.6, -0.1, 0.2), abs=1e-9)
    y += 0.004 * X["value"] * X["relative_humidity"]
    assert linear.fit("interaction", with_reference(y)).coefficients[-1] == pytest.approx(0.004, abs=1e-9)


def test_least_squares_with_noise_is_the_one_of_linear_algebra() -> None:
    y = 3 + 0.6 * X["value"] + RNG.normal(0, 5, N)
    model = linear.fit("linear", with_reference(y))
    theirs = np.linalg.lstsq(linear.design(model.terms, X), y, rcond=None)[0]
    assert model.coefficients == pytest.approx(theirs, rel=1e-8)
    constant = {**X, "temperature": np.full(N, 20.0), "reference": y}
    assert np.isfinite(linear.fit("linear", constant).predict(constant)).all()


def test_single_wrong_hours_do_not_move_the_robust_line() -> None:
    y = 3 + 0.6 * X["value"] + RNG.normal(0, 2, N)
    y[:30] = 900
    plain, robust = (linear.fit("linear", with_reference(y), robust=r) for r in (False, True))
    assert (
        abs(robust.coefficients[1] - 0.6)
        < 0.02
        < abs(plain.coefficients[1] - 0.6) + abs(plain.coefficients[0] - 3)
    )


@pytest.mark.parametrize("kappa", [0.1, 0.4, 0.9])
def test_growth_finds_kappa(kappa: float) -> None:
    water = np.minimum(X["relative_humidity"], 95) / 100
    dry = X["value"] / (1 + kappa * water / (1 - water))
    model = linear.fit("growth", with_reference(2 + 0.8 * dry))
    assert model.kappa == pytest.approx(kappa, abs=0.01)
    assert model.predict(X) == pytest.approx(2 + 0.8 * dry, abs=0.2)


def test_humidity_is_capped_where_growth_runs_away() -> None:
    model = linear.LinearModel("growth", ("1", "dry"), (0.0, 1.0), kappa=0.4)
    got = model.predict({"value": np.array([100.0, 100.0]), "relative_humidity": np.array([95.0, 100.0])})
    assert got[0] == got[1] == pytest.approx(100 / (1 + 0.4 * 19))


def test_a_missing_predictor_gives_no_value_and_absent_weather_loses_its_term() -> None:
    model = linear.fit("linear", {"value": X["value"], "reference": 2 * X["value"]})
    assert model.terms == ("1", "value")
    full = linear.fit("linear", with_reference(2 * X["value"]))
    assert np.isnan(full.predict({**X, "temperature": np.full(N, np.nan)})).all()
    with pytest.raises(ParameterError, match="relative_humidity"):
        linear.fit("growth", {"value": X["value"], "reference": X["value"]})


def test_the_epa_equation_is_as_published() -> None:
    model = models.published_model("epa-us-2021")
    x = {"value": np.array([0.0, 100.0, 250.0]), "relative_humidity": np.array([0.0, 50.0, 80.0])}
    assert model.predict(x) == pytest.approx([5.75, 52.4 - 4.31 + 5.75, 131 - 6.896 + 5.75])
    assert (
        models.published("epa-us-2021")["mark"] == "[C]"
        and "4617" in models.published("epa-us-2021")["source"]
    )


def test_trees_as_arrays_equal_those_of_scikit_learn() -> None:
    from sklearn.ensemble import RandomForestRegressor

    y = np.where(X["relative_humidity"] > 80, 0.4, 0.7) * X["value"] + RNG.normal(0, 3, N)
    ours = tree.fit(with_reference(y), ("value", "relative_humidity", "temperature"), seed=4)
    bins = np.stack(
        [np.searchsorted(e, X[v]) for e, v in zip(ours.edges, ours.variables, strict=True)], axis=1
    )
    theirs = RandomForestRegressor(tree.TREES, min_samples_leaf=tree.LEAF, monotonic_cst=[1, 0, 0], random_state=4).fit(bins, y)  # fmt: skip
    assert ours.predict(X) == pytest.approx(theirs.predict(bins), rel=1e-12)


def test_trees_are_the_same_for_the_same_seed() -> None:
    y = with_reference(0.5 * X["value"] + RNG.normal(0, 4, N))
    one, same, other = (tree.fit(y, ("value",), seed=s).to_dict() for s in (1, 1, 2))
    assert one == same != other


@pytest.fixture(scope="module")
def forest() -> tree.ForestModel:
    y = 0.5 * X["value"] + 5 * np.sin(X["temperature"] / 5) + RNG.normal(0, 4, N)
    return tree.fit(with_reference(y), ("value", "relative_humidity", "temperature"))


@given(st.floats(-50, 400), st.floats(0, 60), st.floats(0, 100), st.floats(-40, 40))
def test_more_of_the_reading_is_never_less(
    forest: tree.ForestModel, x: float, step: float, h: float, t: float
) -> None:
    both = {
        "value": np.array([x, x + step]),
        "relative_humidity": np.full(2, h),
        "temperature": np.full(2, t),
    }
    low, high = forest.predict(both)
    assert high >= low - 1e-9


def test_trees_stand_still_outside_the_training_range(forest: tree.ForestModel) -> None:
    top = {k: np.array([v.max()]) for k, v in X.items()}
    beyond = {**top, "value": top["value"] * 10}
    assert forest.predict(beyond) == forest.predict(top)


def test_missing_predictors_of_trees_and_shapes(forest: tree.ForestModel) -> None:
    two = {k: v[:6].reshape(2, 3).copy() for k, v in X.items()}
    two["relative_humidity"][1, 2] = np.nan
    got = forest.predict(two)
    assert got.shape == (2, 3) and np.isnan(got[1, 2]) and np.isfinite(got).sum() == 5
    assert np.isnan(forest.predict({k: np.full((1, 2), np.nan) for k in X})).all()


def test_json_keeps_models_to_the_bit(forest: tree.ForestModel) -> None:
    line = linear.fit("growth", with_reference(X["value"] * 0.7 + RNG.normal(0, 3, N)))
    for model in (forest, line):
        again = models.model_from_dict(json.loads(json.dumps(model.to_dict())))
        assert (again.predict(X) == model.predict(X)).all()


def test_damaged_models_are_refused(forest: tree.ForestModel) -> None:
    plain = forest.to_dict()
    looped = json.loads(json.dumps(plain))
    looped["trees"][0]["left"][0] = 0  # a walk that never ends
    short = json.loads(json.dumps(plain))
    short["trees"][0]["value"].pop()
    wild = json.loads(json.dumps(plain))
    wild["trees"][0]["feature"][0] = 7
    for bad in (looped, short, wild, {"kind": "pickle"}, {"kind": "linear"}, {**plain, "trees": []}):
        with pytest.raises(FileRejected):
            models.model_from_dict(bad)


def test_few_rows_are_refused() -> None:
    few = {k: v[:30] for k, v in with_reference(X["value"]).items()}
    with pytest.raises(ParameterError, match="too few"):
        tree.fit(few, ("value",))
    with pytest.raises(ParameterError, match="too few"):
        linear.fit("linear", {k: v[:8] for k, v in few.items()})

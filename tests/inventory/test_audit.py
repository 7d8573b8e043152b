"""The claim auditor: known answers, uniform tables found, others not called so, malformed claims refused."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import airq.inventory
from airq.errors import AirqError
from airq.inventory import audit
from airq.inventory.auditing import Audit, ClaimAudit
from airq.inventory.claims import read
from airq.inventory.fingerprint import UNIFORM, fingerprint, fisher, stated
from airq.inventory.register import load
from airq.inventory.solution import solve

FIRST = {
    "id": "news-2023",
    "period": "2021-2024",
    "place": "changji-prefecture",
    "source": "news-2023",
    "coal_t": 1_983_000,
    "homes": 132_000,
    "boilers": 688,
    "so2_t": 2974.5,
    "nox_t": 2181.3,
    "pm_t": 19830,
    "co2_t": 3_766_000,
}
SECOND = {"id": "second", "place": "changji-prefecture", "homes": 96_000, "boilers": 143, "coal_t": 794_000}


def one(**claim: object) -> ClaimAudit:
    return audit([{"id": "x", **claim}], draws=2000).rows[0]


@pytest.fixture(scope="module")
def first() -> Audit:
    return audit([FIRST, SECOND], draws=20000)


# ---- the official claim ----


def test_the_factors_of_the_first_claim_are_exact(first: Audit) -> None:
    row = first["news-2023"]
    assert {k: v for k, v in row.factors.items() if k != "co2"} == {"so2": 1.5, "nox": 1.1, "pm": 10.0}
    assert [r.near for r in row.evidence.rounds] == [Fraction(3, 2), Fraction(11, 10), Fraction(10)]
    assert row.fingerprint == "uniform" and row.chance < 1e-6
    assert row.evidence.coarse_chance < 1e-3  # also if the zeros of 1,983,000 t are rounding


def test_the_particulate_cannot_be_fine_particles(first: Audit) -> None:
    row = first["news-2023"]
    assert row.pm_can_be_pm25 is False and row.pm25_chance is not None and row.pm25_chance < 0.01
    assert "cannot be PM2.5" in row.verdict_en and "不可能是PM2.5" in row.verdict_zh
    assert "10.0000" in row.verdict_en and "10.0000" in row.verdict_zh


def test_co2_is_the_default_of_raw_coal(first: Audit) -> None:
    row = first["news-2023"]
    assert row.co2_match == "raw coal" and row.co2_per_coal == pytest.approx(1.8992, abs=1e-3)
    assert "0.714 × 2.66" in row.verdict_en


def test_two_statements_give_coal_per_home_and_boiler(first: Audit) -> None:
    (found,) = first.solutions
    assert round(found.per_home, 2) == 5.57 and round(found.per_boiler) == 1814
    assert found.home_range[0] < found.per_home < found.home_range[1]
    assert found.boiler_range[1] - found.boiler_range[0] < 60
    assert all("5.57" in r.verdict_en and "1,814" in r.verdict_zh for r in first.rows)


def test_share_of_the_stated_totals_and_own_estimate(first: Audit) -> None:
    row = first["news-2023"]
    assert row.shares["nox"] == pytest.approx(2181.3 / 3153.89) and f"{row.shares['nox']:.0%}" == "69%"
    ratios = {r.what: r for r in row.ratios}
    assert set(ratios) == {"coal", "SO2", "NOx", "CO2", "PM25", "PM10"}
    for r in row.ratios:
        assert r.low < r.ratio < r.high and r.ratio == pytest.approx(r.claimed / r.own_p50)
    assert ratios["PM25"].low > 1.5 and ratios["coal"].low < 1 < ratios["coal"].high
    assert ratios["NOx"].high < 1


def test_the_claims_on_file_are_audited_in_both_languages() -> None:
    made = audit(register=load(), draws=2000)
    uniform = [r.id for r in made.rows if r.fingerprint == "uniform"]
    assert uniform == ["news-2023-effect"] and len(made.solutions) == 1
    for row in made.rows:
        assert row.verdict_en.endswith(".") and row.verdict_zh.endswith("。")
        assert row.verdict_en.count(". ") == 0 and "nan" not in row.verdict_en + row.verdict_zh
    total = made["15fyp-totals"]
    assert [r.what for r in total.ratios] == ["NOx"] and "register" in total.ratios[0].basis
    assert made["15fyp-coalfire"].co2_match == "standard coal"
    assert made["changji-2021-q4"].disagreements["craes-2324-city-homes"] == pytest.approx(
        48 / 3665 / (32 / 13500)
    )
    assert made["cost-11631-homes"].yuan_per_home == pytest.approx(42_129, abs=1)


# ---- uniform and not ----


@pytest.mark.parametrize(
    "claim",
    [
        {"coal_t": 500_000, "so2_t": 450, "nox_t": 1200, "pm_t": 3000},
        {"coal_t": 1_000_000, "so2_t": 900, "nox_t": 2400, "pm_t": 6000},
        {"coal_t": 412_345, "so2_t": 371, "nox_t": 990, "pm_t": 2474},
        {"coal_t": 412_345, "so2_t": 371.1, "nox_t": 989.6},
        {"coal_t": "412345", "so2_t": "371.1", "nox_t": "989.6", "voc_t": "82.5"},
        {"coal_t": Decimal("98765.4"), "so2_t": Decimal("148.15"), "pm_t": Decimal("987.65")},
        {
            "coal_t": 87_654.0,
            "so2_t": 87_654 * 2.94 / 1000,
            "nox_t": 87_654 * 16.8 / 1000,
            "pm_t": 87_654 * 0.45 / 1000,
        },
        {"coal_t": "198.3万吨", "so2_t": "2974.5吨", "nox_t": "2181.3吨", "pm_t": "1.983万吨"},
    ],
)
def test_uniform_tables_are_found(claim: dict[str, object]) -> None:
    row = one(**claim)
    assert row.fingerprint == "uniform" and row.chance <= UNIFORM, row.evidence
    assert "table" in row.verdict_en and "系数表" in row.verdict_zh


@pytest.mark.parametrize(
    "claim",
    [
        {"coal_t": 500_000, "so2_t": 1187, "nox_t": 1263, "pm_t": 977},
        {"coal_t": 1_000_000, "so2_t": 3127, "nox_t": 2874, "pm_t": 4431},
        # one pollutant of three is not round
        {"coal_t": 1_983_000, "so2_t": 2974.5, "nox_t": 2181.3, "pm_t": 8437.2},
        {"coal_t": 500_000, "so2_t": 750},  # a single pollutant shows nothing
        {"coal_t": 500_000, "so2_t": 750, "nox_t": 0, "pm_t": 0},
        {"coal_t": 0, "so2_t": 1, "nox_t": 2},
        {"so2_t": 1500, "nox_t": 1100, "pm_t": 10_000},  # no coal
        {"coal_t": 1000, "so2_t": 2, "nox_t": 1, "pm_t": 5},  # too coarse to tell
        {"coal_t": 794_000, "co2_t": 1_508_600},
        {},
    ],
)
def test_what_is_not_uniform_is_not_called_so(claim: dict[str, object]) -> None:
    row = one(**claim)
    assert (
        row.fingerprint in ("plausible", "none") and "a table and no inventory" not in row.verdict_en.lower()
    )


@pytest.mark.parametrize("pollutants", [2, 3])
@pytest.mark.parametrize(
    ("name", "coal", "tonnes", "allowed"),
    [
        ("whole tonnes", lambda r: int(r.integers(10**5, 2 * 10**6)), lambda v: round(v), 0.0),
        ("one decimal", lambda r: int(r.integers(100, 2000)) * 1000, lambda v: round(v, 1), 0.0),
        (
            "thousands and whole tonnes",
            lambda r: int(r.integers(100, 2000)) * 1000,
            lambda v: round(v),
            0.005,
        ),
        (
            "ten thousands and whole tonnes",
            lambda r: int(r.integers(10, 200)) * 10_000,
            lambda v: round(v),
            0.005,
        ),
        (
            "three digits",
            lambda r: int(float(f"{r.uniform(1e5, 2e6):.3g}")),
            lambda v: int(float(f"{v:.3g}")),
            0.01,
        ),
        ("a round million", lambda r: 10**6, lambda v: int(float(f"{v:.3g}")), 0.02),
        ("full floats", lambda r: r.uniform(1e5, 2e6), lambda v: v, 0.0),
    ],
)
def test_random_claims_are_hardly_ever_called_uniform(
    pollutants: int, name: str, coal: object, tonnes: object, allowed: float
) -> None:
    random = np.random.default_rng(20230304)
    called = 0
    trials = 200
    for _ in range(trials):
        burnt = coal(random)  # type: ignore[operator]
        figures = {p: stated(tonnes(10 ** random.uniform(-0.3, 1.2) * burnt / 1000)) for p in ("so2", "nox", "pm")[:pollutants]}  # type: ignore[operator]  # fmt: skip
        called += fingerprint(stated(burnt), figures).kind == "uniform"
    assert called <= allowed * trials, (name, called)


@given(
    st.integers(20_000, 5_000_000),
    st.lists(st.integers(1, 99), min_size=3, max_size=3),
    st.sampled_from([10, 1]),
)
def test_round_factors_with_a_decimal_of_a_tonne_are_called_uniform(
    coal: int, digits: list[int], over: int
) -> None:
    factors = [d / 10 for d in digits]
    figures = {
        p: stated(f"{f * coal / 1000:.2f}") for p, f in zip(("so2", "nox", "pm"), factors, strict=True)
    }
    found = fingerprint(stated(coal), figures)
    assert found.kind == "uniform", found
    assert [float(r.near) for r in found.rounds] == pytest.approx(factors)


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=4))
def test_combined_chance_is_a_chance_not_below_the_product(chances: list[float]) -> None:
    combined = fisher(chances)
    assert math.prod(chances) <= combined * (1 + 1e-9) and combined <= 1


# ---- two statements ----


def two(a: tuple[float, float, float], b: tuple[float, float, float]) -> object:
    claims = [
        dict(zip(("id", "homes", "boilers", "coal_t"), (n, *v), strict=True)) for n, v in (("a", a), ("b", b))
    ]
    return solve(*read(claims))


@given(st.integers(1, 10**4), st.integers(1, 800), st.integers(1, 9000), st.integers(1, 700))
def test_a_made_pair_is_solved_exactly(h1: int, b1: int, h2: int, b2: int) -> None:
    found = two((h1, b1, 5 * h1 + 1800 * b1), (h2, b2, 5 * h2 + 1800 * b2))
    if not found.refused:  # type: ignore[attr-defined]
        assert (found.per_home, found.per_boiler) == pytest.approx((5, 1800))  # type: ignore[attr-defined]
        low, high = found.home_range  # type: ignore[attr-defined]
        assert low <= 5 <= high


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ((1000, 10, 20_000), (2000, 20, 40_000), "same proportion"),
        ((100_003, 1001, 2_300_000), (200_009, 2001, 4_600_000), "rounding of their figures"),
        ((1001, 11, 5_013), (2003, 7, 91_017), "negative coal per boiler"),
        ((1001, 11, 91_017), (2003, 7, 5_013), "negative coal per home"),
    ],
)
def test_singular_and_negative_pairs_are_refused(a: tuple[int, ...], b: tuple[int, ...], said: str) -> None:
    found = two(a, b)  # type: ignore[arg-type]
    assert said in found.refused and math.isnan(found.per_home)  # type: ignore[attr-defined]


def test_statements_of_two_places_are_not_solved_together() -> None:
    made = audit([FIRST, {**SECOND, "place": "changji"}], draws=100)
    assert made.solutions == ()


# ---- what is read and refused ----


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ([{"coal_t": 5}], "has no id"),
        ([{"id": ""}], "has no id"),
        ([{"id": "a"}, {"id": "a"}], "'a' stands twice"),
        ([{"id": "a", "coal_t": -5}], "coal_t is -5, which is negative"),
        ([{"id": "a", "coal_t": "many"}], "coal_t cannot be read"),
        ([{"id": "a", "so2_t": float("inf")}], "so2_t cannot be read"),
        ([{"id": "a", "so2_t": True}], "so2_t cannot be read"),
        ([{"id": "a", "so2_t": [3]}], "so2_t cannot be read"),
        ([{"id": "a", "homes": 2.5}], "no whole number"),
        ([{"id": "a", "coal_t": "5 户"}], "a count of 户 and not a mass"),
        ([{"id": "a", "so2": 3}], "is so2_t meant"),
        ([{"id": "a", "coal_tons": 3}], "is coal_t meant"),
        (["a"], "no mapping"),
        (7, "give a list of mappings"),
        ("nothing.csv", "nothing.csv"),
    ],
)
def test_malformed_claims_are_refused_in_one_sentence(claims: object, said: str) -> None:
    with pytest.raises(AirqError) as caught:
        audit(claims)  # type: ignore[arg-type]
    text = str(caught.value)
    assert said in text and text.endswith((".", "?")) and "\n" not in text


def test_missing_none_and_nan_are_not_stated() -> None:
    row = one(coal_t=1000, so2_t=None, nox_t=float("nan"), pm_t="", co2_t=np.float64(1900), title="anything")
    assert row.factors == {"co2": 1900.0}
    frame = pd.DataFrame([FIRST, SECOND])
    assert [r.id for r in audit(frame, draws=50).rows] == ["news-2023", "second"]
    assert audit([], draws=50).rows == () and one().factors == {}


def test_a_file_of_claims_names_its_row(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("claim_id,coal_t,so2_t\na,5,1\nb,-5,1\n", encoding="gb18030")
    with pytest.raises(AirqError, match=r"row 3: claim 'b': coal_t is -5"):
        audit(path)


def test_a_factor_no_coal_fire_has_is_named() -> None:
    row = one(coal_t=100_000, so2_t=9000.3)
    assert "outside what stoves and boilers can emit" in row.verdict_en
    assert one(coal_t=100_000, pm_t=5_000.3).pm_can_be_pm25 is False
    assert one(coal_t=100_000, boilers=55, pm_t=45.1).pm_can_be_pm25 is True


def test_results_show_themselves_escaped(first: Audit) -> None:
    frame = first.to_frame()
    assert frame["fingerprint"].tolist() == ["uniform", "none"] and frame.loc[0, "pm_kg_per_t"] == 10
    shown = audit([{"id": "<script>", "coal_t": 5}], draws=50)._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    assert len(first.ratios()) == 7
    with pytest.raises(KeyError):
        first["none"]


def test_the_function_stays_a_function_whatever_was_imported() -> None:
    assert (
        callable(airq.inventory.audit)
        and callable(airq.inventory.emissions)
        and callable(airq.inventory.template)
    )

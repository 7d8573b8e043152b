from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import ParameterError
from airq.standards import Ratio, round_official
from airq.standards.rounding import from_floats, round_ratio, scaled
from airq.standards.statistics import common, mean, percentile


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        ("2.5", 0, "2"),
        ("3.5", 0, "4"),
        ("60.5", 0, "60"),
        ("61.5", 0, "62"),
        ("0.25", 1, "0.2"),
        ("0.35", 1, "0.4"),
        (2.675, 2, "2.68"),
        (0.15, 1, "0.2"),
        (np.float32(0.45), 1, "0.4"),
        (np.float64(1.005), 2, "1.00"),
        (-2.5, 0, "-2"),
        ("-3.5", 0, "-4"),
        (25, -1, "20"),
        (35, -1, "40"),
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(7, 2), 0, "4"),
        ("2.4999999999999999999999", 0, "2"),
        ("2.50000000000000000000001", 0, "3"),
    ],
)
def test_known_answers(value, decimals, expected):
    got = round_official(value, decimals)
    assert isinstance(got, Decimal)
    assert got == Decimal(expected)


def test_one_step_not_two():
    assert round_official("2.4546", 0) == 2  # 2.455 -> 2.46 -> 2.5 -> 3 would be wrong
    assert round_official(Decimal("15.4546"), 0) == 15


def test_missing_stays_missing_and_text_is_refused():
    assert round_official(float("nan"), 0).is_nan()
    assert round_official(None, 0).is_nan()
    for bad in ("abc", "", float("inf"), True, object()):
        with pytest.raises(ParameterError, match=r"not a finite number.*\.$"):
            round_official(bad, 0)
    with pytest.raises(ParameterError, match="decimals"):
        round_official(1, 0.5)
    with pytest.raises(ParameterError, match="infinite"):
        round_official(np.array([np.inf]), 0)


def test_hundred_thousand_random_values_agree_with_decimal():
    rng = np.random.default_rng(7)
    thousandths = rng.integers(0, 4_000_000, 100_000)
    thousandths[:30_000] = thousandths[:30_000] // 1000 * 1000 + 500  # a third of them ties
    for decimals in (0, 1, 2):
        quantum = Decimal(1).scaleb(-decimals)
        expected = [float((Decimal(int(n)) / 1000).quantize(quantum, ROUND_HALF_EVEN)) for n in thousandths]
        np.testing.assert_array_equal(round_official(thousandths / 1000, decimals), expected)
        ratio = round_ratio(Ratio(thousandths, 1000, np.ones(thousandths.shape, bool)), decimals)
        np.testing.assert_array_equal(ratio.floats, expected)


@given(st.decimals(-(10**6), 10**6, places=6), st.integers(0, 5))
def test_scalars_agree_with_decimal(value, decimals):
    expected = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    assert round_official(value, decimals) == expected
    assert round_official(str(value), decimals) == expected


def test_float32_noise_is_taken_away_and_small_excess_kept():
    assert from_floats(np.array([2.2], np.float32)).numerator.tolist() == [2_200_000_000]
    assert from_floats(np.array([0.1 + 0.2 + 1.9])).numerator.tolist() == [2_200_000_000]
    just_above = 75 + 1 / 212520  # a mean over stations and hours
    assert from_floats(np.array([just_above])).numerator[0] > 75 * 10**9


def test_overflow_goes_to_python_integers():
    big = np.array([2**61, 3])
    assert scaled(big, 8).tolist() == [2**64, 24]
    ratio = round_ratio(Ratio(np.array([2**61 + 1]), 2, np.array([True])), 2)
    assert ratio.numerator[0] == (2**61 + 1) * 50


def test_percentile_of_the_printed_example():
    six = Ratio(np.array([[3, 4, 8, 2, 5, 4]]), 1, np.ones((1, 6), bool))
    assert percentile(six, 90) == [Fraction(13, 2)]


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=1, max_size=40),
    st.sampled_from([90, 95, 98]),
)
def test_statistics_against_numpy(values, percent):
    valid = np.array([[v is not None for v in values]])
    ratio = Ratio(np.array([[v or 0 for v in values]]), 1000, valid)
    held = [v / 1000 for v in values if v is not None]
    got_mean, got_percentile = mean(ratio)[0], percentile(ratio, percent)[0]
    if not held:
        assert got_mean is None and got_percentile is None
        return
    assert float(got_mean) == pytest.approx(np.mean(held), rel=1e-12)
    assert float(got_percentile) == pytest.approx(np.percentile(held, percent), rel=1e-12)


def test_common_denominator_of_mixed_cells():
    ratio = Ratio(np.array([[1, 1, 7]]), np.array([[2, 3, 5]]), np.array([[True, True, False]]))
    one = common(ratio)
    assert (one.denominator, one.numerator.tolist()) == (6, [[3, 2, 0]])
    assert mean(ratio) == [Fraction(5, 12)]

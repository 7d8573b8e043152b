"""Breakpoints, smooth trends and filters: truth recovered, size held, gaps, refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from airq.analysis import breakpoints, kz_filter, smooth_trend
from airq.analysis.trend.filters import kz
from airq.analysis.trend.partitions import Partitions
from airq.errors import AirqError

MONTHS = pd.period_range("2014-01", periods=96, freq="M")


def memory(phi: float, seed: int, n: int = 96) -> np.ndarray:
    out = lfilter([1.0], [1.0, -phi], np.random.default_rng(seed).normal(size=n + 100))[100:]
    return out * np.sqrt(1 - phi**2)


def test_partitions_are_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    x, y = np.arange(16.0), rng.normal(size=16)
    for linear in (False, True):
        parts = Partitions(x, 4, linear)
        rss, places = parts.best(y, 2)

        def left(edges, linear=linear) -> float:
            total = 0.0
            for a, b in itertools.pairwise(edges):
                fit = np.polyval(np.polyfit(x[a:b], y[a:b], 1 if linear else 0), x[a:b])
                total += ((y[a:b] - fit) ** 2).sum()
            return total

        wanted = min(
            (left([0, i, j, 16]), (i, j)) for i in range(4, 9) for j in range(i + 4, 13)
        )  # fmt: skip
        assert rss[2] == pytest.approx(wanted[0]) and places[2] == wanted[1]
        assert ((y - parts.fitted(y, places[2])) ** 2).sum() == pytest.approx(rss[2])


def test_breaks_of_level_and_trend_are_found_with_their_size() -> None:
    t = np.arange(96)
    level = pd.Series(60 - 15 * (t >= 30) - 10 * (t >= 70) + 3 * memory(0.2, 1), index=MONTHS, name="pm25")
    found = breakpoints(level, "level", draws=99)
    assert [f"{d:%Y-%m}" for d in found.dates] == ["2016-07", "2019-11"]
    assert found.segments["step"].iloc[1:].round().tolist() == pytest.approx([-15, -10], abs=2)
    assert (found.intervals["lower"] <= found.intervals["date"]).all()
    assert (found.intervals["date"] <= found.intervals["upper"]).all() and (
        found.intervals["months"] < 8
    ).all()
    slope = pd.Series(60 - 0.8 * np.maximum(t - 48, 0) + 2 * memory(0.2, 2), index=MONTHS)
    bent = breakpoints(slope, draws=99, most=2)
    assert len(bent.dates) == 1 and abs((bent.dates[0] - pd.Timestamp("2018-01-01")).days) < 200
    assert bent.segments["slope_per_year"].iloc[1] == pytest.approx(-9.6, abs=1.5)


def test_memory_is_not_taken_for_breaks() -> None:
    found = [
        len(breakpoints(pd.Series(memory(0.6, s), index=MONTHS), "level", 1, draws=39).dates)
        for s in range(12)
    ]
    assert sum(found) <= 3
    one = breakpoints(pd.Series(memory(0.6, 3), index=MONTHS), "level", 1, draws=39)
    assert one.intervals.empty and len(one.tests) == 1 and len(one.segments) == 1 and 0.2 < one.memory < 0.95


def test_smooth_trend_covers_the_truth_with_memory() -> None:
    t = np.arange(96)
    truth = 50 + 8 * np.sin(t / 20)
    inside = {}
    for reckoned in (True, False):
        covered = []
        for seed in range(8):
            p = smooth_trend(pd.Series(truth + 3 * memory(0.5, seed), index=MONTHS), False, reckoned).points
            covered.append(((p["lower"] <= truth) & (truth <= p["upper"])).mean())
        inside[reckoned] = np.mean(covered)
    assert inside[True] > 0.85 and inside[True] > inside[False] + 0.1


def test_smooth_trend_of_a_line_is_the_line_and_gaps_are_bridged() -> None:
    line = pd.Series(60 - 0.3 * np.arange(96), index=MONTHS)
    line.iloc[20:26] = np.nan
    found = smooth_trend(line + 1e-6 * memory(0, 0))
    assert np.allclose(found.points["smooth"], 60 - 0.3 * np.arange(96), atol=0.05) and found.n == 90
    assert found.edf < 4
    drawn = smooth_trend(line + memory(0.3, 0), uncertainty="bootstrap", draws=99, seed=3)
    again = smooth_trend(line + memory(0.3, 0), uncertainty="bootstrap", draws=99, seed=3)
    pd.testing.assert_frame_equal(drawn.points, again.points)
    assert (drawn.points["lower"] < drawn.points["upper"]).all() and drawn.block > 1


@given(
    st.lists(st.one_of(st.none(), st.floats(-50, 50)), min_size=3, max_size=40), st.sampled_from([3, 5, 9])
)
def test_one_pass_is_the_mean_of_what_is_there(values, window) -> None:
    series = pd.Series([np.nan if v is None else v for v in values], dtype=float)
    wanted = series.rolling(window, center=True, min_periods=1).mean().to_numpy()
    assert np.allclose(kz(series.to_numpy(), window, 1), wanted, equal_nan=True, atol=1e-9)


def test_bands_add_up_and_scales_separate() -> None:
    t = np.arange(24 * 400)
    slow, fast = 40 + 0.001 * t, 5 * np.sin(2 * np.pi * t / 24)
    time = pd.date_range("2019-01-01 01:00", periods=len(t), freq="h")
    frame = (
        pd.DataFrame({"time": time, "pm25": slow + fast})
        .drop(index=range(500, 560))
        .sample(frac=1, random_state=0)
    )
    found = kz_filter(frame, "pm25", (107, 721), (5, 3))
    table = found.table
    whole = table["band_0"] + table["band_1"] + table["kz_721"]
    assert np.allclose(whole, table["value"], equal_nan=True) and table["value"].isna().sum() == 60
    inner = ~table["edge_721"]
    assert np.abs(table.loc[inner, "kz_721"] - slow[inner]).max() < 0.2
    assert np.abs(table.loc[inner, "band_0"] - fast[inner]).max() < 1.0
    assert found.variances().sum() == pytest.approx(1) and found.step == pd.Timedelta("1h")


def test_half_empty_windows_are_left_out() -> None:
    frame = pd.DataFrame({"date": pd.date_range("2019-01-01", periods=60), "pm25": 1.0})
    frame.loc[20:49, "pm25"] = np.nan
    table = kz_filter(frame, "pm25", (15,), 1).table
    assert table["kz_15"].iloc[30:40].isna().all() and table["kz_15"].iloc[:15].notna().sum() == 15


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda s, f: breakpoints(s, "bend"), "bend"),
        (lambda s, f: breakpoints(s, most=9), "most 9"),
        (lambda s, f: breakpoints(s, shortest=1), "shortest 1"),
        (lambda s, f: breakpoints(s, draws=3), "draws 3"),
        (lambda s, f: breakpoints(s, alpha=5), "alpha 5"),
        (lambda s, f: breakpoints(s[:20]), "20 values and two segments need 24"),
        (lambda s, f: smooth_trend(s[:10]), "needs 12"),
        (lambda s, f: smooth_trend(s, k=3), "k 3"),
        (lambda s, f: smooth_trend(s, uncertainty="some"), "some"),
        (lambda s, f: smooth_trend(s, confidence=2), "confidence 2"),
        (lambda s, f: kz_filter(f, "pm25", (4,)), "odd"),
        (lambda s, f: kz_filter(f, "pm25", (365, 15)), "rising"),
        (lambda s, f: kz_filter(f, "pm25", (365,)), "less than the window"),
        (lambda s, f: kz_filter(f, "pm25", (15,), 0), "iterations"),
        (lambda s, f: kz_filter(f, "pm25", (15,), least=3), "least 3"),
        (lambda s, f: kz_filter(f.assign(pm25=np.nan), "pm25", (15,)), "no value"),
        (lambda s, f: kz_filter(f.assign(site=["a", "b"] * 50), "pm25", (15,)), "2 sites"),
    ],
)  # fmt: skip
def test_refusals_are_one_sentence(make, said: str) -> None:
    frame = pd.DataFrame({"date": pd.date_range("2019-01-01", periods=100), "pm25": 1.0})
    with pytest.raises(AirqError, match=said) as caught:
        make(pd.Series(memory(0.2, 0), index=MONTHS, name="pm25"), frame)
    assert len(str(caught.value).splitlines()) == 1

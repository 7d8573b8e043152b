"""Known answers of openair beside ours, and the size and coverage of what is ours alone, in one run.

    python benchmarks/known_answers.py [--seeds 40] [--series 200]

Reads the Marylebone Road hours of the shared folder. Prints
- averages, slopes, percent, bootstrap ends and model statistics beside the listed ones (openair 3.1, seed 2): what is
  deterministic with its difference, what is drawn with its distance in standard deviations between seeds;
- the same slopes by statsmodels' STL (its median is corrected) and by the plain bootstrap of single months;
- CPU seconds of one Theil-Sen trend against scipy's theilslopes called for every draw;
- simulated series without a trend: share that each test rejects at a nominal 5 %, by memory, with binomial intervals;
- simulated trends: share of intervals that hold the truth, blocks against single months;
- breakpoints and smooth trends: false breaks, dates and curves covered, against BIC and independent errors.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from scipy.stats import binomtest, theilslopes
from statsmodels.tsa.seasonal import STL

from airq import analysis
from airq.analysis.trend.partitions import Partitions
from airq.analysis.trend.season import _filled
from airq.analysis.trend.series import monthly_values
from airq.analysis.trend.slopes import YEAR, median_slope

SLOPES = {
    ("nox", False): (-8.4416, (-11.671, -5.440), (-14.157, -4.424)),
    ("nox", True): (-8.6101, (-10.845, -6.694), (-13.036, -7.199)),
    ("o3", False): (0.3282, (0.0163, 0.6035), None),
    ("o3", True): (0.2893, (0.2107, 0.3561), None),
    ("pm10", False): (0.1815, (-0.261, 0.533), None),
}
"""Slope a year, ends of the plain interval, ends of the autocorrelated one."""
PERCENT = -4.151
DIRECTIONS = (190.158, 225.948, 221.457)
MODEL = {
    "n": 63095,
    "MB": -129.674,
    "NMB": -0.72523,
    "RMSE": 166.620,
    "r": 0.78745,
    "COE": -0.33747,
    "IOA": 0.33127,
}
MONTHS = pd.period_range("2014-01", periods=96, freq="M")


def shared() -> Path:
    return Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"


def averages(frame: pd.DataFrame) -> None:
    print("daily wind direction, 1-3 January 1998")
    ours = analysis.period_means(frame[:200], "wd", "day", 0, statistic="direction").table["value"]
    for listed, value in zip(DIRECTIONS, ours, strict=False):
        print(f"  openair {listed:8.3f}  ours {value:8.3f}  difference {value - listed:+.4f}")
    rows, whole = (analysis.period_means(frame, "o3", calendar=c) for c in (False, True))
    late = frame[frame["date"] >= "1998-01-29"]
    shown = [
        f"{analysis.period_means(late, 'nox', calendar=c).table['value'].iloc[0]:.1f}" for c in (False, True)
    ]
    print(
        f"  a series from 29 January, mean of January: rows present {shown[0]}, full calendar {shown[1]} (withheld)"
    )
    print(
        f"  o3 months without a mean: rows present {len(rows.withheld)}, full calendar {len(whole.withheld)}"
    )


def slopes(frame: pd.DataFrame, seeds: int) -> None:
    print("\nTheil-Sen       listed      ours   | plain ends: sd from openair's | autocorrelated ends")
    for (column, dry), (listed, plain, blocks) in SLOPES.items():
        means = analysis.period_means(frame, column, "month", 0)
        found = analysis.theil_sen(means, dry)
        said = f"{column + (' deseas.' if dry else ''):14s} {listed:8.4f}  {found.slope_per_year:8.4f}  |"
        for wanted, kept in ((plain, False), (blocks, True)):
            if wanted is None:
                continue
            drawn = np.array([analysis.theil_sen(means, dry, kept, s).interval for s in range(seeds)])
            z = (np.array(wanted) - drawn.mean(axis=0)) / drawn.std(axis=0, ddof=1)
            said += f"  [{drawn.mean(axis=0)[0]:.3f}, {drawn.mean(axis=0)[1]:.3f}] {z[0]:+.1f} {z[1]:+.1f}  |"
        print(said)
    nox, o3 = (analysis.period_means(frame, c, "month", 0) for c in ("nox", "o3"))
    print(f"nox percent a year: listed {PERCENT}, ours {analysis.theil_sen(nox).percent_per_year:.3f}")
    p = [np.mean([analysis.theil_sen(o3, False, a, s).p_value for s in range(seeds)]) for a in (False, True)]
    print(
        f"o3 p: listed 0.027 and 0.257 (autocorrelated), ours {p[0]:.3f} and {p[1]:.3f} (mean of {seeds} seeds)"
    )
    for name, means in (("nox", nox), ("o3", o3)):
        series = monthly_values(means)
        value = _filled(series)[0]
        stl = STL(value, period=12, seasonal=11, robust=True, seasonal_jump=2, trend_jump=3, low_pass_jump=2)
        parts = stl.fit(inner_iter=1, outer_iter=15)
        slope = median_slope(series.days, parts.trend + parts.resid) * YEAR
        print(
            f"baseline, statsmodels' STL with the same windows: {name} {slope:.4f} (openair {SLOPES[name, True][0]})"
        )


def model(frame: pd.DataFrame) -> None:
    try:
        from airq.analysis import model_statistics
    except (ImportError, AttributeError):
        print("\nmodel statistics: not there")
        return
    found = model_statistics(frame, "nox", "no2", draws=0).to_frame().iloc[0]
    print("\nmodel statistics, no2 as a model of nox")
    names = {k.lower(): v for k, v in found.items()}
    for name, listed in MODEL.items():
        value = names.get(name.lower(), np.nan)
        print(f"  {name:5s} openair {listed:>10}  ours {value:.5f}  difference {value - listed:+.5f}")


def speed(frame: pd.DataFrame) -> None:
    series = analysis.period_means(frame, "nox", "month", 0).series
    analysis.theil_sen(series)
    begin = time.process_time()
    for _ in range(10):
        analysis.theil_sen(series)
    ours = (time.process_time() - begin) / 10
    rng = np.random.default_rng(0)
    x, y = np.arange(len(series), dtype=float), series.to_numpy()
    begin = time.process_time()
    for _ in range(60):
        at = rng.integers(0, len(x), len(x))
        theilslopes(y[at], x[at])
    theirs = (time.process_time() - begin) / 60 * 599
    print(
        f"\none trend with 599 draws: {1000 * ours:.0f} ms CPU; scipy's theilslopes for each draw {1000 * theirs:.0f} ms, {theirs / ours:.0f} times ours"
    )


def memory(phi: float, seed: int) -> np.ndarray:
    out = lfilter([1.0], [1.0, -phi], np.random.default_rng(seed).normal(size=196))[100:]
    return out * np.sqrt(1 - phi**2)


def share(hits: int, n: int) -> str:
    low, high = binomtest(hits, n).proportion_ci()
    return f"{100 * hits / n:5.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def size(series: int) -> None:
    print(f"\n{series} series of 96 months without a trend: rejected at a nominal 5 %")
    for phi in (0.0, 0.3, 0.6):
        print(f"  memory {phi}")
        drawn = [pd.Series(memory(phi, s), index=MONTHS) for s in range(series)]
        tests = {
            "Mann-Kendall plain (baseline)": lambda s: analysis.mann_kendall(s, "plain").significant,
            "Hamed-Rao": lambda s: analysis.mann_kendall(s, "hamed-rao").significant,
            "seasonal, with covariance": lambda s: analysis.mann_kendall(s, "seasonal").significant,
            "Mann-Kendall, blocks": lambda s: analysis.mann_kendall(s, "bootstrap", draws=299).significant,
            "Theil-Sen, single months (baseline)": lambda s: (
                analysis.theil_sen(s, autocorrelation=False).significant
            ),
            "Theil-Sen, blocks": lambda s: analysis.theil_sen(s).significant,
            "Theil-Sen, blocks of 12": lambda s: analysis.theil_sen(s, block=12).significant,
        }
        for name, test in tests.items():
            print(f"    {name:36s} {share(sum(test(s) for s in drawn), series)}")


def coverage(series: int) -> None:
    t = np.arange(96)
    line, curve = 60 - 0.25 * t, 50 + 8 * np.sin(t / 20)
    print(f"\n{series} series with a trend of -3 a year: 90 % intervals that hold it (nominal 90)")
    for phi in (0.0, 0.3, 0.6):
        drawn = [pd.Series(line + 4 * memory(phi, s), index=MONTHS) for s in range(series)]
        for name, given in (
            ("single months (baseline)", {"autocorrelation": False}),
            ("blocks", {}),
            ("blocks of 12", {"block": 12}),
        ):
            found = [analysis.theil_sen(s, confidence=0.9, **given).interval for s in drawn]
            print(f"  memory {phi}, {name:26s} {share(sum(a <= -3 <= b for a, b in found), series)}")
    print(
        f"\nsmooth trend of a wave, {series // 4} series: share of months whose 95 % interval holds the truth"
    )
    for phi in (0.0, 0.3, 0.6):
        said = []
        for reckoned in (False, True):
            held = []
            for s in range(series // 4):
                p = analysis.smooth_trend(
                    pd.Series(curve + 3 * memory(phi, s), index=MONTHS), False, reckoned
                ).points
                held.append(((p["lower"] <= curve) & (curve <= p["upper"])).mean())
            said.append(f"{100 * np.mean(held):.1f} %")
        print(f"  memory {phi}: independent errors (baseline) {said[0]}, with memory {said[1]}")


def bic_breaks(y: np.ndarray, most: int) -> int:
    """Number of breaks by BIC, as strucchange takes it."""
    n = len(y)
    rss = Partitions(np.arange(n) / 12.0, 14, False).best(y, most)[0]
    return int(np.argmin([n * np.log(r / n) + (2 * m + 2) * np.log(n) for m, r in enumerate(rss)]))


def breaks(series: int) -> None:
    print(f"\nbreakpoints of the level, {series} series of 96 months without a break: share with one")
    for phi in (0.0, 0.3, 0.6):
        drawn = [memory(phi, s) for s in range(series)]
        ours = sum(
            len(analysis.breakpoints(pd.Series(y, index=MONTHS), "level", 1, draws=99).dates) > 0
            for y in drawn
        )
        print(
            f"  memory {phi}: ours {share(ours, series)}, BIC (baseline) {share(sum(bic_breaks(y, 3) > 0 for y in drawn), series)}"
        )
    true = pd.Timestamp("2018-03-01")
    for phi in (0.0, 0.4):
        found = [
            analysis.breakpoints(
                pd.Series(memory(phi, s) - 2 * (np.arange(96) >= 50), index=MONTHS), "level", 2, draws=99
            )
            for s in range(series)
        ]
        one = [f.intervals.iloc[0] for f in found if len(f.dates) == 1]
        held = sum(i["lower"] <= true <= i["upper"] for i in one)
        print(
            f"  a step of 2 sd, memory {phi}: one break found in {len(one)} of {series}; 95 % interval holds its date in {share(held, len(one))}, median width {np.median([i['months'] for i in one]):.0f} months"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--series", type=int, default=200)
    given = parser.parse_args()
    if (shared() / "openair").is_dir():
        frame = pd.read_csv(shared() / "openair" / "mydata.csv.gz", parse_dates=["date"])
        averages(frame)
        slopes(frame, given.seeds)
        model(frame)
        speed(frame)
    else:
        print(f"{shared()}: not there; set AIRQ_SHARED. The known answers are left out.")
    size(given.series)
    coverage(given.series)
    breaks(given.series // 2)


if __name__ == "__main__":
    main()

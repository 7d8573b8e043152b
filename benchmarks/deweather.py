"""Deweathering of an hourly record: cost, memory, mean, Monte-Carlo error, against named baselines in one run.

    python benchmarks/deweather.py [--station Aotizhongxin] [--samples 300] [--baseline-share 0.1] [--all]

Reads one UCI Beijing station of the shared folder (34,139 hours with PM2.5). Baselines, each in its usual settings but
built here from scikit-learn: "forest" (300 trees, least node 5, date, season, weekday, hour and weather; everything but the
trend drawn from the whole record, 300 draws, as rmweather) and "free boosting" (boosted trees, only the weather drawn, from
the whole record, as normet). They are timed on a share of their draws and scaled up, since in full they take many minutes.
Every process time includes children.
"""

from __future__ import annotations

import argparse
import os
import resource
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

from airq.analysis import deweather
from airq.analysis.direction.winds import COMPASS

WEATHER = ["TEMP", "PRES", "DEWP", "RAIN", "wd", "WSPM"]
GOAL_CPU, GOAL_MEMORY, GOAL_MEAN, GOAL_ERROR = 30.0, 1.0, 0.064, 0.005


def folder() -> Path:
    base = os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared")
    return Path(base) / "data" / "uci_beijing"


def read(station: str) -> pd.DataFrame:
    frame = pd.read_csv(folder() / f"PRSA_Data_{station}_20130301-20170228.csv.gz")
    frame["date"] = pd.to_datetime(frame[["year", "month", "day", "hour"]])
    return frame


def cpu() -> float:
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def memory() -> float:
    """Peak resident memory so far, GB."""
    return (
        max(resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1e6
    )


def columns(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Date and calendar, weather, PM2.5 of complete hours, as other packages take them."""
    letters = {w: 22.5 * k for k, w in enumerate(COMPASS)}
    table = frame.assign(wd=frame["wd"].map(letters)).dropna(subset=["PM2.5", *WEATHER])
    date = table["date"]
    own = np.column_stack([date.astype("int64") / date.astype("int64").max(), date.dt.day_of_year, date.dt.weekday, date.dt.hour])  # fmt: skip
    return own, table[WEATHER].to_numpy(float), table["PM2.5"].to_numpy(float)


def baseline(name: str, frame: pd.DataFrame, samples: int, share: float) -> None:
    own, weather, value = columns(frame)
    forest = name == "forest"
    model = RandomForestRegressor(300, min_samples_leaf=5, max_features=3) if forest else HistGradientBoostingRegressor(max_iter=300)  # fmt: skip
    part = np.random.default_rng(0).random(len(value)) < (share if forest else 1.0)
    begin = cpu()
    model.fit(np.column_stack([own, weather])[part], value[part])
    train = (cpu() - begin) / (share if forest else 1.0)
    begin, rounds, level = cpu(), max(1, round(samples * share / 10)), np.zeros(len(value))
    rng = np.random.default_rng(1)
    for _ in range(rounds):
        drawn = rng.integers(0, len(value), len(value))
        kept = np.column_stack([own[:, 0], own[drawn, 1:]]) if forest else own
        level += model.predict(np.column_stack([kept, weather[drawn]])) / rounds
    used = (cpu() - begin) * samples / rounds
    print(f"{name:14s} {train + used:8.0f} CPU s (scaled up: {train:.0f} to train, {used:.0f} for {samples} draws); mean {level.mean():.1f} for {value.mean():.1f}: {level.mean() / value.mean() - 1:+.1%}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--station", default="Aotizhongxin")
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--baseline-share", type=float, default=0.1)
    parser.add_argument("--all", action="store_true", help="the mean of every station too")
    given = parser.parse_args()
    if not folder().is_dir():
        raise SystemExit(f"{folder()}: not there; set AIRQ_SHARED.")
    frame = read(given.station)
    begin = cpu()
    found = deweather(frame, "PM2.5", WEATHER, n_samples=given.samples, lat=39.98, lon=116.4)
    used, peak, d, e = cpu() - begin, memory(), found.diagnostics, found.monte_carlo_error
    print(f"{given.station}: {d['rows']:,.0f} hours learnt from, {found.settings['n_samples']} draws an hour")
    print(
        f"airq           {used:8.1f} CPU s (goal {GOAL_CPU:.0f}, aim 20), peak {peak:.2f} GB (goal {GOAL_MEMORY:.0f})"
    )
    print(f"  mean {d['mean_normalised']:.1f} for {d['mean_observed']:.1f}: {d['mean_conservation'] - 1:+.1%} (goal {GOAL_MEAN:.1%}, aim 4 %)")  # fmt: skip
    print(f"  Monte-Carlo error hourly {e['hourly']:.2%}, daily {e['daily']:.2%}, monthly {e['monthly']:.2%} (goal {GOAL_ERROR:.1%})")  # fmt: skip
    print(f"  R² of weeks not seen {d['blocked_r2']:.2f} (logarithm {d['blocked_r2_log']:.2f}), of weeks seen {d['seen_r2']:.2f}; out of range {d['out_of_range_share']:.1%}", flush=True)  # fmt: skip
    for mode in ("free", "all_but_trend"):
        other = deweather(
            frame, "PM2.5", WEATHER, n_samples=60, resampling=mode, lat=39.98, lon=116.4
        ).diagnostics
        print(f"  drawing {mode}: {other['mean_conservation'] - 1:+.1%}, out of range {other['out_of_range_share']:.1%}", flush=True)  # fmt: skip
    for name in ("forest", "free boosting"):
        baseline(name, frame, given.samples, given.baseline_share)
    if given.all:
        for path in sorted(folder().glob("PRSA_Data_*.csv.gz")):
            station = path.name.split("_")[2]
            one = deweather(read(station), "PM2.5", WEATHER, n_samples=60, lat=39.98, lon=116.4).diagnostics
            print(f"  {station}: {one['mean_conservation'] - 1:+.1%}", flush=True)


if __name__ == "__main__":
    main()

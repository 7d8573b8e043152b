"""A whole country for a year: hours to station-days, city-days and annual figures under three sets of limits.

Run ``python benchmarks/standards_scale.py``; ``--stations 160`` for a quick look. Prints CPU seconds, peak memory and
the ratio against a plain pandas groupby of the same figures, measured in the same run on a share of the stations.
Targets: at most 15 CPU seconds and 3 GB for 1,600 stations, at most 0.5 s for one county of two stations.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import numpy as np
import pandas as pd
import xarray as xr

from airq.dataset import build
from airq.standards import daily, place_daily, summary
from airq.variables import POLLUTANTS

STANDARDS = ("GB3095-2012", "GB3095-2026-transition", "GB3095-2026-final")
BREAKPOINTS = {
    "pm25": [0, 35, 75, 115, 150, 250, 350, 500],
    "pm10": [0, 50, 150, 250, 350, 420, 500, 600],
    "so2": [0, 50, 150, 475, 800, 1600, 2100, 2620],
    "no2": [0, 40, 80, 180, 280, 565, 750, 940],
    "co": [0, 2, 4, 14, 24, 36, 48, 60],
    "o3": [0, 100, 160, 215, 265, 800],
}


def synthetic(stations: int, per_city: int = 5, seed: int = 0) -> xr.Dataset:
    """A year of hours with 4 % gaps; whole µg/m³, CO in tenths."""
    rng = np.random.default_rng(seed)
    hours = pd.date_range("2019-01-01 01:00", periods=8760, freq="h")
    table = pd.DataFrame(
        {
            "station": [f"S{i:04d}" for i in range(stations)],
            "place": [f"city{i // per_city:04d}" for i in range(stations)],
            "role": "evaluation",
        }
    )
    values = {}
    for name in POLLUTANTS:
        block = rng.gamma(2.0, 30.0, (stations, hours.size)).astype(np.float32)
        block = np.rint(block) / np.float32(10) if name == "co" else np.rint(block)
        block[rng.random(block.shape, dtype=np.float32) < 0.04] = np.nan
        values[name] = block
    return build(table, hours, values, attrs={"simulated": "true"})


def chain(ds: xr.Dataset) -> list[pd.DataFrame]:
    """Hours to annual figures under three sets of limits."""
    days = daily(ds, "2012")
    cities = place_daily(days, None, "2012")
    return [summary(cities, "2019", name) for name in STANDARDS]


def pandas_chain(ds: xr.Dataset) -> pd.DataFrame:
    """The same figures with groupby and rolling, floats and no exactness, under one set of limits."""
    frame = ds[list(POLLUTANTS)].to_dataframe().reset_index()
    frame["day"] = (frame["time"] - pd.Timedelta(hours=1)).dt.floor("D")
    by = ["station", "place", "day"]
    groups = frame.groupby(by, observed=True)
    pollutants = [p for p in POLLUTANTS if p != "o3"]
    days = groups[pollutants].mean().where(groups[pollutants].count() >= 20)
    frame["o3_8h"] = (
        frame.groupby(["station", "day"], observed=True)["o3"]
        .rolling(8, min_periods=6)
        .mean()
        .reset_index(level=[0, 1], drop=True)
    )
    late = frame[(frame["time"].dt.hour >= 8) | (frame["time"].dt.hour == 0)]
    windows = late.groupby(by, observed=True)["o3_8h"]
    days["o3"] = windows.max().where((windows.count() >= 14) | (windows.max() > 160))
    cities = days.groupby(["place", "day"]).mean()
    levels = [0, 50, 100, 150, 200, 300, 400, 500]
    index = pd.DataFrame(
        {p: np.ceil(np.interp(cities[p], b, levels[: len(b)])) for p, b in BREAKPOINTS.items()}, cities.index
    )
    cities["aqi"] = index.max(axis=1)
    grouped = cities.groupby("place")
    out = grouped.mean()
    out["good_days"] = grouped["aqi"].apply(lambda a: (a <= 100).sum())
    for name, share in {"so2": 0.98, "no2": 0.98, "pm10": 0.95, "pm25": 0.95, "co": 0.95, "o3": 0.9}.items():
        out[f"p_{name}"] = grouped[name].quantile(share)
    return out


def peak_gb() -> float:
    return (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024) / 1024
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stations", type=int, default=1600)
    parser.add_argument("--baseline-stations", type=int, default=80)
    options = parser.parse_args()
    ds = synthetic(options.stations)
    loaded = peak_gb()
    start = time.process_time()
    frames = chain(ds)
    cpu = time.process_time() - start
    print(
        f"airq: {options.stations} stations, 1 year, {len(frames[0])} cities, {len(STANDARDS)} sets of limits"
    )
    print(
        f"  CPU {cpu:.1f} s (target 15), peak memory {peak_gb():.2f} GB (target 3), {loaded:.2f} GB of it before the run"
    )
    county = ds.isel(station=slice(0, 2))
    start = time.perf_counter()
    chain(county)
    one = time.perf_counter() - start
    print(f"  one county of 2 stations: {one:.2f} s (target 0.5)")
    share = ds.isel(station=slice(0, options.baseline_stations))
    start = time.process_time()
    plain = pandas_chain(share)
    baseline = (time.process_time() - start) / share.sizes["station"]
    ratio = baseline / (cpu / options.stations)
    same = plain["pm25"].to_numpy() - frames[0]["mean_pm25"].to_numpy()[: len(plain)]
    print(
        f"baseline: plain pandas groupby, one set of limits, floats: {baseline * 1000:.1f} ms CPU a station-year"
    )
    print(
        f"ratio: {ratio:.1f} times less CPU than the baseline; annual PM2.5 agrees within {np.abs(same).max():.1e} µg/m³"
    )
    ok = one <= 0.5 and cpu <= 15 * options.stations / 1600 + 0.5 and peak_gb() <= 3
    print("targets met" if ok else "targets NOT met")
    return 0 if ok else 1


if __name__ == "__main__":
    raise SystemExit(main())

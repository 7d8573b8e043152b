"""One year ahead: error of the log annual mean of PM2.5, and coverage of the model's interval, beside four plain rules.

    python benchmarks/targets_multi_year.py [FOLDER] [--pollutant pm25] [--first 2] [--least 300]

FOLDER as for benchmarks/targets.py; the shared capitals by default. Every year with an earlier one is foretold from the
years before it. Aimed at on 31 capitals: last value .127, mean of two .140, half trend .154, OLS .224.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from airq.targets import attainment
from airq.targets.attaining import year_model
from airq.targets.series import sites_of

sys.path.insert(0, str(Path(__file__).resolve().parent))
from targets import read, shared


def annual(frame: pd.DataFrame, pollutant: str, least: int) -> dict[str, pd.Series]:
    """Annual means by site of years with enough days."""
    found = {}
    for site, one in sites_of(frame).items():
        values = pd.Series(one.column(pollutant), index=pd.DatetimeIndex(one.days.astype("datetime64[ns]")))
        groups = values.groupby(values.index.year)
        found[site] = groups.mean()[groups.count() >= least]
    return found


def rules(past: np.ndarray) -> dict[str, float]:
    """Log annual mean of the next year by plain rules."""
    n = past.size
    slope = float(np.polyfit(np.arange(n), past, 1)[0]) if n > 1 else 0.0
    line = float(np.polyval(np.polyfit(np.arange(n), past, 1), n)) if n > 1 else float(past[-1])
    return {
        "last value": float(past[-1]),
        "mean of two": float(past[-2:].mean()),
        "half trend": float(past[-1] + 0.5 * slope),
        "OLS line": line,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--pollutant", default="pm25")
    parser.add_argument("--first", type=int, default=2, help="fewest years before the one that is foretold")
    parser.add_argument("--least", type=int, default=324, help="fewest days of a year")
    given = parser.parse_args()
    frame = read(given.folder or shared("city_daily_2013_2019"))
    errors: dict[str, list[float]] = {}
    inside, spread, brier = [], [], []
    for series in annual(frame, given.pollutant, given.least).values():
        logs = np.log(series.to_numpy())
        years = [int(y) for y in series.index]
        for k in range(given.first, logs.size):
            if years[k] != years[k - 1] + 1:
                continue
            model = year_model(logs[:k], years[:k])
            for name, value in {"airq": model.expected, **rules(logs[:k])}.items():
                errors.setdefault(name, []).append(float(logs[k]) - value)
            sd = float(np.hypot(model.sd, model.drift_sd))
            inside.append(abs(float(logs[k]) - model.expected) <= ndtri(0.9) * sd)
            spread.append(model.sd)
            for limit in series.iloc[k - 1] * np.array([0.85, 0.9, 0.95, 1.0]):
                made = attainment(series.iloc[:k], [limit], horizon_years=1, draws=500)
                brier.append((made.table["probability"].iloc[0] - float(series.iloc[k] <= limit)) ** 2)
    print(f"{given.pollutant}: {len(inside)} site-years, at least {given.first} years before each")
    for name, values in errors.items():
        print(f"{name:12s} RMSE {np.sqrt(np.mean(np.square(values))):.3f}  mean error {np.mean(values):+.3f}")
    print(
        f"coverage of the 80 % interval {np.mean(inside):.2f}, year noise {min(spread):.3f} to {max(spread):.3f}"
    )
    print(f"Brier at .85, .9, .95 and 1 x last year's mean: {np.mean(brier):.3f}")
    print("reference on 31 capitals: last value .127, mean of two .140, half trend .154, OLS .224")


if __name__ == "__main__":
    main()

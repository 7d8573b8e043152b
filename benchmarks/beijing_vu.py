"""Falls in Beijing after deweathering beside Vu et al. 2019 (ACP 19, 11303), in one run.

    python benchmarks/beijing_vu.py [--stations 8] [--samples 60] [--model ensemble]

Vu et al. compare 2013 with 2017 at 12 stations. The shared series are 8 of these and hold March 2013 to February 2017, so
the like-for-like window is the first twelve months (March 2013 to February 2014) against the last (March 2016 to February
2017): three years instead of four. Their falls are therefore also given for three years at the same yearly rate. Baseline:
the falls of the observed means over the same months. The data set gives every station the weather of the nearest weather
station, and in several of these series that station or its instrument changes (a warning of the result says so); the
stations without such a warning stand in a column of their own.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd

from airq.analysis import deweather

VU = {"PM2.5": 0.34, "PM10": 0.24, "NO2": 0.17, "SO2": 0.68, "CO": 0.33}
"""Weather-normalised falls between 2013 and 2017 [P]."""
WEATHER = ["TEMP", "PRES", "DEWP", "RAIN", "wd", "WSPM"]
FIRST, LAST = ("2013-03", "2014-02"), ("2016-03", "2017-02")


def folder() -> Path:
    base = os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared")
    return Path(base) / "data" / "uci_beijing"


def fall(months: pd.Series) -> float:
    """Fall between the windows over the calendar months that both have."""
    first, last = months.loc[FIRST[0] : FIRST[1]], months.loc[LAST[0] : LAST[1]]
    pair = pd.concat([first.set_axis(first.index.month), last.set_axis(last.index.month)], axis=1).dropna()
    return float(1 - pair.iloc[:, 1].mean() / pair.iloc[:, 0].mean())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stations", type=int, default=8)
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--model", default="ensemble")
    given = parser.parse_args()
    files = sorted(folder().glob("PRSA_Data_*.csv.gz"))[: given.stations]
    if not files:
        raise SystemExit(f"{folder()}: not there; set AIRQ_SHARED.")
    rows = []
    for path in files:
        frame = pd.read_csv(path)
        frame["date"] = pd.to_datetime(frame[["year", "month", "day", "hour"]])
        for name in VU:
            found = deweather(
                frame, name, WEATHER, n_samples=given.samples, model=given.model, lat=39.95, lon=116.4
            )
            rows.append(
                {
                    "pollutant": name,
                    "broken": any("the weather shifts" in w for w in found.warnings),
                    "deweathered": fall(found.monthly),
                    "observed": fall(found.observed_monthly),
                }
            )
        print(f"  {path.name.split('_')[2]} done", flush=True)
    table = pd.DataFrame(rows)
    print(f"{len(files)} stations, {FIRST[0]} to {FIRST[1]} against {LAST[0]} to {LAST[1]}, mean over stations ± 1.96 standard errors")  # fmt: skip
    print("        all stations      weather unbroken    observed   Vu 2013-2017   Vu at three years")
    for name, published in VU.items():
        own = table[table["pollutant"] == name]
        three = 1 - (1 - published) ** 0.75
        parts = [spread(own["deweathered"]), spread(own.loc[~own["broken"], "deweathered"])]
        print(f"{name:6s}  {parts[0]}  {parts[1]}   {100 * own['observed'].mean():6.1f} %   {100 * published:8.0f} %   {100 * three:12.0f} %")  # fmt: skip


def spread(falls: pd.Series) -> str:
    """Mean in per cent with 1.96 standard errors over stations, and their number."""
    reach = 196 * falls.std() / np.sqrt(len(falls)) if len(falls) > 1 else float("nan")
    return f"{100 * falls.mean():5.1f} ± {reach:4.1f} % ({len(falls)})"


if __name__ == "__main__":
    main()

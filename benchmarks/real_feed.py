"""How exactly airq reproduces the national feed's own figures, on a file of the archive layout.

    python benchmarks/real_feed.py [FILE] [--stations CODE,CODE,…]

Prints, for the hours in FILE: the hourly index recomputed from 1-hour values against the published one, the 24-hour
mean over 24 valid hours against the published ``_24h``, the running 8-hour ozone mean against ``O3_8h``, annual means
of PM2.5 before and after the quality mask, and the CPU time of an ingest beside reading the same file with pandas.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import airq
from airq.dataset import masked
from airq.observations import Archive
from airq.variables import FLAGS

REGION = "1490A,1491A,1492A,1493A,1494A,1495A,1496A,2690A,2691A,2692A,2709A,2710A,2711A,3033A"
COLUMNS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3"}


def default_file() -> Path:
    shared = Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    return shared / "data" / "cnemc_2019_xinjiang" / "china_sites_2019_xinjiang_wide.csv.gz"


def published(frame: pd.DataFrame, kind: str, codes: list[str], hours: pd.DatetimeIndex) -> np.ndarray:
    part = frame[frame["type"] == kind].set_index("stamp")
    return part[~part.index.duplicated()].reindex(hours)[codes].to_numpy(float).T


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=default_file())
    parser.add_argument("--stations", default=REGION)
    args = parser.parse_args()
    if not args.file.exists():
        raise SystemExit(f"{args.file}: not found; give a file of the archive layout.")

    start = time.process_time()
    frame = pd.read_csv(args.file)
    baseline = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder) / "archive")
        start = time.process_time()
        report = archive.ingest([args.file])
        cost = time.process_time() - start
        ds = archive.load()
    stations = frame.columns[3:]
    print(
        f"ingest of {len(stations)} stations: {cost:.2f} CPU s ({cost / baseline:.2f} × pandas.read_csv of the same file, {baseline:.2f} s); {report.files[0].new:,} values"
    )

    codes = [c for c in args.stations.split(",") if c in set(ds["station"].values)]
    ds = ds.sel(station=codes)
    hours = pd.DatetimeIndex(ds["time"].values)
    frame["stamp"] = pd.to_datetime(frame["date"].astype(str)) + pd.to_timedelta(frame["hour"], unit="h")
    index = published(frame, "AQI", codes, hours)
    values = {n: ds[n].values for n in COLUMNS}
    complete = np.all([np.isfinite(v) for v in values.values()], axis=0) & np.isfinite(index)
    own = airq.standards.aqi(values, averaging="1h", edition="2012").value
    equal = int((own[complete] == index[complete]).sum())
    print(f"hourly AQI equal to the published one: {equal:,} of {int(complete.sum()):,}")

    same = dict.fromkeys(("µg", "CO", "CO, ties apart"), 0)
    total = same.copy()
    for name, kind in COLUMNS.items():
        if name == "o3":
            continue
        sums = (
            pd.DataFrame(np.rint(values[name].astype(float) * 1000).T)
            .rolling(24, min_periods=24)
            .sum()
            .to_numpy()
            .T
        )
        theirs = published(frame, f"{kind}_24h", codes, hours)
        both = np.isfinite(sums) & np.isfinite(theirs)
        # Half to even in integers: the sum of thousandths over 24 hours to whole units, CO to one decimal.
        divisor = 24 * (100 if name == "co" else 1000)
        whole, rest = np.divmod(sums[both].astype(np.int64), divisor)
        tie = 2 * rest == divisor
        rounded = (whole + ((2 * rest > divisor) | (tie & (whole % 2 == 1)))) / (10 if name == "co" else 1)
        equal = np.isclose(rounded, theirs[both], atol=1e-9)
        for key, pick in (
            {"CO": np.ones(len(tie), bool), "CO, ties apart": ~tie}.items()
            if name == "co"
            else [("µg", np.ones(len(tie), bool))]
        ):
            same[key] += int(equal[pick].sum())
            total[key] += int(pick.sum())
    for key in same:
        print(
            f"24-h means over 24 valid hours equal to the published _24h ({key}): {same[key]:,} of {total[key]:,} ({100 * same[key] / total[key]:.3f} %)"
        )

    o3 = pd.DataFrame(values["o3"].astype(float).T)
    running = o3.rolling(8, min_periods=8).mean().to_numpy().T
    theirs = published(frame, "O3_8h", codes, hours)
    late = (hours.hour >= 8) | (hours.hour == 0)
    both = np.isfinite(running) & np.isfinite(theirs) & late
    hit = int((np.rint(running[both]) == theirs[both]).sum())
    print(
        f"O3_8h at 08–24 h over eight valid hours equal to the published one: {hit:,} of {int(both.sum()):,} ({100 * hit / both.sum():.2f} %)"
    )

    clean = masked(ds)
    for code in ("2691A", "2692A", "2711A", "2690A", "1496A"):
        if code in codes:
            x, y = ds["pm25"].sel(station=code).values, clean["pm25"].sel(station=code).values
            gone = int(np.isfinite(x).sum() - np.isfinite(y).sum())
            print(
                f"{code} mean PM2.5: {np.nanmean(x, dtype=float):.1f} as received, {np.nanmean(y, dtype=float):.1f} without {gone} flagged hours"
            )
    top = ds["pm25"].where(ds["station"] == "2711A").argmax(...)
    where = {k: int(v) for k, v in top.items()}
    bits = int(ds["pm25_flag"].isel(where).item())
    print(
        f"largest PM2.5 of 2711A: {float(ds['pm25'].isel(where)):.0f} at {str(ds['time'].isel(time=where['time']).values)[:16]}, flags {', '.join(n for n, b in FLAGS.items() if bits & b)}"
    )


if __name__ == "__main__":
    main()

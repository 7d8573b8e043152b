"""Calibration of micro-stations: error against the uncalibrated sensor, coverage, drift, speed.

    python benchmarks/sensor_calibration.py [--part scores coverage drift speed]

``scores`` takes three real sensors beside a reference monitor (August 2019) and prints, for each model, RMSE on
held-out blocks of time as a ratio to the uncalibrated sensor (the baseline) and to the mean of the reference, with the
RMSE of a random split beside it as a warning of leakage. ``coverage`` prints how many held-out hours the 80 %
intervals hold. ``drift`` injects drift into real stations of Beijing against their neighbours and counts recall, delay
and false alarms. ``speed`` calibrates 385 sensors over a year. Without the shared observations, sensors made here
stand in, and it says so.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset
from airq.observations import sensors
from airq.observations.sensors.drift import AROUND

PARTS = ("scores", "coverage", "drift", "speed")


def shared() -> Path:
    return Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"


def remembering(rng: np.random.Generator, hours: int, memory: float) -> np.ndarray:
    out = rng.standard_normal(hours) * (1 - memory**2) ** 0.5
    for t in range(1, hours):
        out[t] += memory * out[t - 1]
    return out


def made(number: int, days: int, seed: int) -> tuple[xr.Dataset, xr.Dataset]:
    """Sensors that differ in zero and gain and swell in humid air, and the monitor beside them."""
    rng = np.random.default_rng(seed)
    hours = days * 24
    stamps = pd.date_range("2025-01-01 01:00", periods=hours, freq="h")
    year = np.cos(np.arange(hours) / 8760 * 2 * np.pi)
    truth = np.exp(3.3 + 0.6 * year + 0.5 * remembering(rng, hours, 0.97))
    humidity = np.clip(58 + 12 * year + 16 * remembering(rng, hours, 0.95), 5, 99)
    temperature = 8 - 18 * year + 6 * remembering(rng, hours, 0.98)
    swollen = truth * (1 + 0.3 * (humidity / 100) ** 2)
    gain, zero = rng.normal(1.5, 0.12, (number, 1)), rng.normal(4, 1.5, (number, 1))
    x = zero + gain * swollen * rng.lognormal(0, 0.12, (number, hours))
    wide = (number, hours)
    cells = pd.DataFrame({"station": [f"M{seed}-{i}" for i in range(number)], "network": "micro"})
    values = {
        "pm25": x,
        "relative_humidity": np.broadcast_to(humidity, wide),
        "temperature": np.broadcast_to(temperature, wide),
    }
    monitor = pd.DataFrame({"station": ["R"], "network": ["national"]})
    return dataset.build(cells, stamps, values), dataset.build(monitor, stamps, {"pm25": truth[None]})


def collocations() -> list[tuple[str, pd.DataFrame]]:
    folder = shared() / "sensor_calibration"
    if not folder.is_dir():
        print("real sensors not found; sensors made here stand in")
        return [("pm25, made here", sensors.pair(*made(3, 60, 0)))]
    readings = sensors.collect(sorted(folder.glob("*raw.csv.gz")))
    monitor = sensors.collect([folder / "airnowtech_example_reference_data.csv"])
    return [
        ("pm25", sensors.pair(readings, monitor)),
        ("o3 with the no2 channel", sensors.pair(readings, monitor, "o3", covariates=["no2"])),
        ("no2 with the o3 channel", sensors.pair(readings, monitor, "no2", covariates=["o3"])),
    ]


def scores(pairs: list[tuple[str, pd.DataFrame]]) -> None:
    for name, frame in pairs:
        got = sensors.compare(frame)
        table = got.scores[got.scores["scheme"] == "blocks"].set_index("model")
        print(
            f"\n{name}: {len(frame):,} hours of {frame['sensor'].nunique()} sensors; held-out blocks of time"
        )
        print(
            "model          RMSE  ratio to uncalibrated  ratio to mean   R2   slope  bias  left-out sensor  random split"
        )
        for model, row in table.iterrows():
            out = got.score(str(model), "sensors")
            flattering = got.score(str(model), "random")
            print(
                f"{model:13s} {row['rmse']:5.2f} {row['ratio_uncalibrated']:14.3f} {row['ratio_null']:18.3f} {row['r2']:11.3f} {row['slope']:6.3f} {row['bias']:6.2f} {out:12.2f} {flattering:14.2f}"
            )
        best = got.chosen
        usable = "beats" if got.beats_null else "does NOT beat"
        print(
            f"chosen: {best}, {got.score(best, column='ratio_uncalibrated'):.3f} × the RMSE of the uncalibrated sensor; it {usable} the mean of the reference; a random split would promise {got.score(best, 'random') / got.score(best):.2f} × its blocked RMSE"
        )
        for column, label in (("value", "raw"),):
            table_of = sensors.targets(frame, column)
            verdict = ", ".join(
                f"{g} {'met' if m else 'not met' if m is False else 'not judged'}"
                for g, m in table_of.groups.items()
            )
            print(f"{label} against {table_of.label}: {verdict}")


def coverage(pairs: list[tuple[str, pd.DataFrame]]) -> None:
    print("\nshare of held-out hours inside the 80 % interval")
    for name, frame in pairs:
        got = sensors.calibrate(frame, "linear")
        print(
            f"{name}: paired sensors {got.coverage['own']:.3f} (blocks), unpaired {got.coverage['new']:.3f} (sensors and blocks)"
        )
    inside = []
    for seed in range(20):
        cells, monitor = made(6, 40, 2 * seed)
        calibration = sensors.calibrate(sensors.pair(cells, monitor), "linear")
        others, truth = made(20, 20, 2 * seed + 1)
        out = sensors.apply(others, calibration)
        low, high, true = out["pm25_lower"].values, out["pm25_upper"].values, truth["pm25"].values
        inside.append(float(((low <= true) & (true <= high)).mean()))
    print(
        f"made here, 20 draws of 6 paired and 20 other sensors at another time: {np.mean(inside):.3f} (from {min(inside):.2f} to {max(inside):.2f})"
    )


def beijing() -> pd.DataFrame:
    """Hourly PM2.5 of eight stations, or the like made here."""
    files = sorted((shared() / "uci_beijing").glob("*.csv.gz"))
    if not files:
        print("Beijing stations not found; stations made here stand in")
        rng = np.random.default_rng(5)
        hours = 24 * 730
        common = np.exp(4 + 0.7 * remembering(rng, hours, 0.97))
        axis = pd.date_range("2014-01-01 01:00", periods=hours, freq="h")
        return pd.DataFrame(
            {f"B{i}": common * np.exp(0.2 * remembering(rng, hours, 0.9)) for i in range(8)}, axis
        )
    columns = {}
    for file in files:
        frame = pd.read_csv(file)
        stamps = pd.to_datetime(frame[["year", "month", "day", "hour"]])
        columns[frame["station"].iloc[0]] = pd.Series(frame["PM2.5"].to_numpy(float), stamps)
    return pd.DataFrame(columns)


CASES = {
    "none": lambda day: np.zeros(len(day)),
    "step +30 %": lambda day: np.log(1.3) * (day >= 0),
    "step -30 %": lambda day: np.log(0.7) * (day >= 0),
    "step +60 %": lambda day: np.log(1.6) * (day >= 0),
    "2 % a week": lambda day: np.log1p(0.02) * np.maximum(day, 0) / 7,
    "1 % a week": lambda day: np.log1p(0.01) * np.maximum(day, 0) / 7,
}


def _count(name: str, report: sensors.DriftReport, starts: pd.DatetimeIndex) -> None:
    alarms = report.alarms
    watched = (alarms["reason"] == "").to_numpy()
    late = ((alarms["first_alarm"].to_numpy() - starts.to_numpy()) / np.timedelta64(1, "D") - 120)[watched]
    early, found = int((late < 0).sum()), late >= 0
    rest = max(len(late) - early, 1)
    delay = f"{np.median(late[found]):.0f}" if found.any() and name != "none" else "-"
    share = f"{int(found.sum())} of {len(late) - early} ({100 * found.sum() / rest:.0f} %)"
    note = "   (false alarms)" if name == "none" else ""
    print(f"{name:12s} {len(late):10d} {early:18d} {share:>24s} {delay:>12s}{note}")


def _heading(text: str) -> None:
    print(f"\n{text}; a year each, drift from day 120 on")
    print("case         sensor-years  alarms before day 120  found after  median delay (days)")


def drift() -> None:
    _heading("drift beside a reference: days made here, scatter 12 %, memory 0.4")
    start = pd.Timestamp("2025-01-01")
    stamps = pd.date_range(start + pd.Timedelta(hours=1), periods=24 * 365, freq="h")
    for name, shape in CASES.items():
        rng = np.random.default_rng(1)
        ratio = np.stack(
            [np.exp(0.12 * remembering(rng, 365, 0.4) + shape(np.arange(365) - 120)) for _ in range(100)]
        )
        truth = np.exp(3.8 + 0.5 * remembering(rng, 365, 0.7))
        frame = pd.concat(
            [
                pd.DataFrame(
                    {
                        "sensor": f"S{k}",
                        "time": stamps,
                        "value": np.repeat(r * truth, 24),
                        "reference": np.repeat(truth, 24),
                    }
                )
                for k, r in enumerate(ratio)
            ],
            ignore_index=True,
        )
        _count(name, sensors.watch(frame, pollutant="pm25"), pd.DatetimeIndex([start] * 100))

    hours = beijing()
    months = pd.period_range(hours.index[0], hours.index[-1], freq="M")[:-13:4]
    _heading(
        "drift against a neighbourhood: PM2.5 stations of Beijing, each against the median of the others"
    )
    for name, shape in CASES.items():
        frames, starts = [], {}
        for month in months:
            last = month.start_time + pd.Timedelta(days=365)
            part = hours[(hours.index >= month.start_time) & (hours.index < last)]
            day = np.asarray((part.index - part.index[0]) / pd.Timedelta(days=1) - 120)
            for station in part:
                around = part.drop(columns=station).median(axis=1).to_numpy()
                value = part[station].to_numpy() * np.exp(shape(day))
                code = f"{station} {month}"
                starts[code] = month.start_time
                frames.append(
                    pd.DataFrame({"sensor": code, "time": part.index, "value": value, "reference": around})
                )
        report = sensors.watch(pd.concat(frames, ignore_index=True), pollutant="pm25", relevant=AROUND)
        _count(name, report, pd.DatetimeIndex([starts[s] for s in report.alarms["sensor"]]))


def speed() -> None:
    cells, monitor = made(5, 365, 11)
    others, _ = made(385, 365, 12)
    pairs = sensors.pair(cells, monitor)
    print("\nspeed: 5 paired sensors for a year; 385 others for a year (3.4 million hours)")
    for model in ("linear", "growth", "tree", "auto"):
        start = time.perf_counter()
        calibration = sensors.calibrate(pairs, model)
        fitted = time.perf_counter() - start
        start = time.perf_counter()
        sensors.apply(others, calibration)
        seconds = time.perf_counter() - start
        print(f"{model:7s} calibrate {fitted:6.1f} s (with validation), apply {seconds:5.1f} s")
    row = others.isel(station=0)
    x = [row[n].values.astype(float) for n in ("pm25", "relative_humidity", "temperature")]
    beta = sensors.calibrate(pairs, "linear").model.coefficients
    start = time.perf_counter()
    for a, b, c in zip(*(v.tolist() for v in x), strict=True):
        beta[0] + beta[1] * a + beta[2] * b + beta[3] * c
    loop = (time.perf_counter() - start) * 385
    print(
        f"plain Python loop over hours, linear values only, without uncertainty: {loop:.1f} s (one sensor, times 385)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", nargs="*", choices=PARTS, default=list(PARTS))
    chosen = parser.parse_args().part
    pairs = collocations() if {"scores", "coverage"} & set(chosen) else []
    if "scores" in chosen:
        scores(pairs)
    if "coverage" in chosen:
        coverage(pairs)
    if "drift" in chosen:
        drift()
    if "speed" in chosen:
        speed()


if __name__ == "__main__":
    main()

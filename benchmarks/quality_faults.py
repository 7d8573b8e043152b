"""How many injected faults the quality tests find, and what else they then mark.

    python benchmarks/quality_faults.py [--data xinjiang|beijing|simulated] [--events 60] [--seed 0] [--drift 6]

Puts faults of one kind at a time, drawn with a seed, into observations as received (the shared 2019 file of Xinjiang or
the UCI Beijing files; simulated ones where the shared folder is absent), flags the whole again and prints for each kind:
events found (the test's flag on at least half of an event's hours), hours found, and false alarms (hours outside
the injected ones that the test marks now and did not mark before). A first table counts what the tests mark in the data
as received, which no injection has touched: an upper bound of their false alarms, as it holds the real faults too.
Last comes the CPU time of flagging a month of 1,600 stations.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset, observations
from airq.observations import quality
from airq.observations.quality.network import near
from airq.observations.quality.runs import all_of
from airq.variables import FLAGS, POLLUTANTS

# Positions of the UCI Beijing sites, which their files lack: station list of PM2.5-GNN (MIT).
BEIJING = {
    "Aotizhongxin": (40.0031, 116.407),
    "Changping": (40.1952, 116.230),
    "Dingling": (40.2865, 116.170),
    "Guanyuan": (39.9425, 116.361),
    "Gucheng": (39.9279, 116.225),
    "Nongzhanguan": (39.9716, 116.473),
    "Tiantan": (39.8745, 116.434),
    "Wanshouxigong": (39.8673, 116.366),
}

Values = dict[str, np.ndarray]
Event = list[tuple[str, int, int, int]]
"""Hours of one fault: pollutant, station, first hour, hours."""


def shared() -> Path:
    return Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"


def hourly(ds: xr.Dataset) -> xr.Dataset:
    """Full hourly axis; missing hours are flagged so."""
    axis = pd.date_range(ds["time"].values[0], ds["time"].values[-1], freq="h")
    fill = {n: np.float32(np.nan) for n in POLLUTANTS} | {f"{n}_flag": np.uint16(1) for n in POLLUTANTS}
    return ds[list(fill)].reindex(time=axis, fill_value=fill)


def xinjiang() -> xr.Dataset:
    folder = shared() / "cnemc_2019_xinjiang"
    table = folder / "stations_xinjiang_2019.csv"
    return hourly(observations.read(folder / "china_sites_2019_xinjiang_wide.csv.gz", stations=str(table)))


def beijing() -> xr.Dataset:
    parts = [observations.read(p) for p in sorted((shared() / "uci_beijing").glob("*.csv.gz"))]
    names = [
        n
        for n in parts[0].data_vars
        if str(n).removesuffix("_flag") in (*POLLUTANTS, "wind_speed", "wind_direction")
    ]
    ds = xr.concat([p[names] for p in parts], dim="station", join="outer")
    ds["lat"].values[:], ds["lon"].values[:] = np.array([BEIJING[s] for s in ds["station"].values]).T
    return ds


def simulated(first: str = "2019-01", last: str = "2019-12") -> xr.Dataset:
    return observations.simulate(first, last)


@dataclass
class Bench:
    """Data, its flags as received, and what is injected into it."""

    values: Values
    lat: np.ndarray
    lon: np.ndarray
    seed: int = 0
    wind: dict[str, np.ndarray] | None = None
    settings: quality.Parameters = field(default_factory=quality.parameters)

    def __post_init__(self) -> None:
        self.before = self.flags(self.values)

    @classmethod
    def of(cls, ds: xr.Dataset, seed: int = 0) -> Bench:
        wind = None
        if "wind_speed" in ds:
            wind = {"speed": ds["wind_speed"].values, "direction": ds["wind_direction"].values}
        return cls({n: ds[n].values for n in POLLUTANTS}, ds["lat"].values, ds["lon"].values, seed, wind)

    def flags(self, values: Values) -> Values:
        return quality.flag(values, {}, self.lat, self.lon, wind=self.wind, settings=self.settings)

    def places(
        self, rng: np.random.Generator, names: tuple[str, ...], events: int, hours: int, neighbours: int = 0
    ) -> Iterator[tuple[int, int]]:
        """Station and first hour of stretches with complete, unflagged readings, apart from each other."""
        good = np.ones(self.values[names[0]].shape, bool)
        if neighbours:
            alike = near(self.lat, self.lon, self.settings["neighbour"]["radius_km"]).rows
            usual = np.isfinite(self.values[names[0]]).mean(axis=1) > 0.5
            good &= ((alike >= 0) & usual[alike]).sum(axis=1)[:, None] >= neighbours
        for n in names:
            good &= np.isfinite(self.values[n]) & ((self.before[n] & quality.VALUE_BITS) == 0)
        width = hours + 6
        whole = all_of(good, width)
        taken = np.zeros(whole.shape, bool)
        rows, columns = np.nonzero(whole)
        for k in rng.permutation(len(rows)):
            i, t = int(rows[k]), int(columns[k])
            if not events:
                return
            if not taken[i, t]:
                taken[i, max(0, t - width - 48) : t + width + 48] = True
                events -= 1
                yield i, t + 3

    def run(
        self, kind: str, test: str, inject: Callable[[np.random.Generator, Values], list[Event]]
    ) -> dict[str, object]:
        """Inject, flag, count."""
        rng = np.random.default_rng([self.seed, *kind.encode()])
        values = {n: v.copy() for n, v in self.values.items()}
        events = inject(rng, values)
        bits = self.flags(values)
        injected = {n: np.zeros(v.shape, bool) for n, v in values.items()}
        found = hours = hits = 0
        bit = FLAGS[test]
        for event in events:
            marks = []
            for n, i, t, length in event:
                injected[n][i, t : t + length + AFTER.get(kind, 1)] = (
                    True  # the way back belongs to the fault
                )
                there = np.isfinite(values[n][i, t : t + length])
                marks.append(((bits[n][i, t : t + length] & bit) > 0)[there])
            marked = np.concatenate(marks)
            found += int(2 * np.count_nonzero(marked) >= len(marked))
            hours, hits = hours + len(marked), hits + int(np.count_nonzero(marked))
        extra = total = 0
        for n in values:
            fresh = ((bits[n] & bit) > 0) & ((self.before[n] & bit) == 0) & ~injected[n]
            extra, total = extra + int(fresh.sum()), total + int(np.isfinite(values[n]).sum())
        return {"fault": kind, "test": test, "events": len(events), "found": found, "recall": found / max(1, len(events)), "hours": hours, "hours_found": hits, "false_alarms": extra, "per_million": 1e6 * extra / total}  # fmt: skip


def rounded(name: str, value: np.ndarray | float) -> np.ndarray:
    """To the resolution of the feed."""
    return np.round(value, 1 if name == "co" else 0)


def faults(
    bench: Bench, events: int
) -> Iterator[tuple[str, str, Callable[[np.random.Generator, Values], list[Event]]]]:
    """Every kind of fault: its name, the test that should find it, the function that puts it in."""
    plus = bench.settings["spike"]["plus"]

    def each(names: tuple[str, ...], hours: Callable[[np.random.Generator], int] | int, change: Callable[..., object], together: bool = False, neighbours: int = 0):  # fmt: skip
        def inject(rng: np.random.Generator, values: Values) -> list[Event]:
            out: list[Event] = []
            share = events if together else -(-events // len(names))
            for group in [names] if together else [(n,) for n in names]:
                longest = hours if isinstance(hours, int) else 27
                for i, t in bench.places(rng, group, share, longest, neighbours):
                    length = hours if isinstance(hours, int) else hours(rng)
                    event = []
                    for n in group:
                        change(rng, values, n, i, t, length)
                        event.append((n, i, t, length))
                    out.append(event)
            return out

        return inject

    def add(times: float):
        def change(rng: np.random.Generator, values: Values, n: str, i: int, t: int, length: int) -> None:
            values[n][i, t : t + length] += rounded(n, times * plus[n] * rng.uniform(1.0, 1.2, length))

        return change

    def scale(low: float, high: float):
        def change(rng: np.random.Generator, values: Values, n: str, i: int, t: int, length: int) -> None:
            values[n][i, t : t + length] = rounded(n, values[n][i, t : t + length] * rng.uniform(low, high))

        return change

    def constant(value: float | None = None):
        def change(rng: np.random.Generator, values: Values, n: str, i: int, t: int, length: int) -> None:
            level = values[n][i, t] if value is None else value
            values[n][i, t : t + length] = level

        return change

    def code(*choices: float):
        def change(rng: np.random.Generator, values: Values, n: str, i: int, t: int, length: int) -> None:
            values[n][i, t : t + length] = rng.choice(choices)

        return change

    def swap(rng: np.random.Generator, values: Values) -> list[Event]:
        out: list[Event] = []
        for i, t in bench.places(rng, ("pm25", "pm10"), events, 24):
            part = (i, slice(t, t + 24))
            values["pm25"][part], values["pm10"][part] = (
                values["pm10"][part].copy(),
                values["pm25"][part].copy(),
            )
            out.append([("pm25", i, t, 24)])
        return out

    def capped(rng: np.random.Generator, values: Values) -> list[Event]:
        """A storm of a day that the instrument cuts off at the end of its range."""
        out: list[Event] = []
        for i, t in bench.places(rng, ("pm10",), events, 24):
            shape = np.sin(np.linspace(0, np.pi, 24)) ** 2
            storm = values["pm10"][i, t : t + 24] + rounded("pm10", 2500 * shape * rng.uniform(0.9, 1.1, 24))
            values["pm10"][i, t : t + 24] = np.minimum(storm, 985.0)
            top = np.flatnonzero(storm >= 985.0)
            out.append([("pm10", i, t + int(top[0]), int(top[-1] - top[0]) + 1)])
        return out

    def again(rng: np.random.Generator, values: Values) -> list[Event]:
        out: list[Event] = []
        for i, t in bench.places(rng, POLLUTANTS, events, 1):
            for n in POLLUTANTS:
                values[n][i, t] = values[n][i, t - 1]
            out.append([(n, i, t, 1) for n in POLLUTANTS])
        return out

    def hour_again(rng: np.random.Generator, values: Values) -> list[Event]:
        """The feed sends an hour twice: every station."""
        out: list[Event] = []
        width = values["pm25"].shape[1]
        for t in rng.choice(np.arange(50, width - 50, 7), max(3, events // 10), replace=False):
            event: Event = []
            for n in POLLUTANTS:
                values[n][:, t] = values[n][:, t - 1]
                event += [(n, i, int(t), 1) for i in np.flatnonzero(np.isfinite(values[n][:, t]))]
            if event:
                out.append(event)
        return out

    short = lambda rng: int(rng.integers(1, 4))  # noqa: E731
    for times in (1, 2, 4):
        yield f"spike, {times} × least amount", "spike", each(POLLUTANTS, short, add(times))
    yield "dip to a twentieth", "spike", each(POLLUTANTS, short, scale(0.03, 0.05))
    for hours in (6, 12, 24, 27):
        names = tuple(n for n in POLLUTANTS if bench.settings["stuck"]["hours"][n] <= hours)
        yield f"stuck for {hours} h", "stuck", each(names, hours, constant())
    jump = bench.settings["jump"]["plus"]
    yield "jump by twice the least amount, 24 h", "jump", first_hour(each(POLLUTANTS, 24, lambda r, v, n, i, t, k: v[n][i].__setitem__(slice(t, t + k), v[n][i, t : t + k] + rounded(n, 2 * jump[n]))))  # fmt: skip
    yield "jump to the fivefold, 24 h", "jump", first_hour(each(POLLUTANTS, 24, scale(4.8, 5.2)))
    yield "channels exchanged for a day", "pm25_above_pm10", swap
    yield "zero for 1 to 3 h", "zero", each(POLLUTANTS, short, constant(0.0))
    yield "zero for 12 h", "zero", each(POLLUTANTS, 12, constant(0.0))
    yield "all six zero for 1 h", "zero", each(POLLUTANTS, 1, constant(0.0), together=True)
    yield (
        "code -999, -99, 9999 for 1 to 3 h",
        "sentinel",
        each(POLLUTANTS, short, code(-999.0, -99.0, 9999.0)),
    )
    yield "code 999 or 985 for 3 h", "sentinel", each(("pm25", "pm10", "so2"), 3, code(999.0, 985.0))
    yield "storm cut off at 985", "instrument_limit", capped
    yield "record of the hour before", "repeated", again
    yield "hour sent twice", "repeated", hour_again
    yield "station alone, ×6 for 6 h", "neighbour", each(POLLUTANTS, 6, scale(6, 8), neighbours=3)
    yield "station alone, a tenth for 6 h", "neighbour", each(POLLUTANTS, 6, scale(0.08, 0.12), neighbours=3)
    yield "out of range for 1 h", "contaminated", for_a_day(each(POLLUTANTS, 1, lambda r, v, n, i, t, k: v[n][i].__setitem__(slice(t, t + k), 1.5 * bench.settings["out_of_range"]["highest"][n])))  # fmt: skip


AFTER = {"jump by twice the least amount, 24 h": 24, "jump to the fivefold, 24 h": 24}
"""Hours after the counted ones that still belong to a fault, where it is not one."""


def first_hour(
    inject: Callable[[np.random.Generator, Values], list[Event]],
) -> Callable[[np.random.Generator, Values], list[Event]]:
    """Only the first hour of an event is to be found."""
    return lambda rng, values: [[(n, i, t, 1) for n, i, t, _ in event] for event in inject(rng, values)]


def for_a_day(
    inject: Callable[[np.random.Generator, Values], list[Event]],
) -> Callable[[np.random.Generator, Values], list[Event]]:
    """The hours whose mean over 24 hours holds the fault are to be found."""
    return lambda rng, values: [[(n, i, t, 24) for n, i, t, _ in event] for event in inject(rng, values)]


def as_received(bench: Bench) -> pd.DataFrame:
    """Hours that each test marks in the data as received."""
    rows = {}
    for n, x in bench.values.items():
        there = np.isfinite(x)
        rows[n] = {"hours": int(there.sum()), **{f: int((there & ((bench.before[n] & b) > 0)).sum()) for f, b in FLAGS.items()}}  # fmt: skip
    return pd.DataFrame(rows).T


def drift_runs(ds: xr.Dataset, runs: int, seed: int) -> pd.DataFrame:
    """Drift of 1 to 3 % a week over 22 weeks at one station at a time."""
    values = {n: ds[n].values for n in POLLUTANTS}
    bits = quality.flag(values, {}, ds["lat"].values, ds["lon"].values)
    ds = dataset.build(ds[["station", "lat", "lon"]].to_dataframe().reset_index(drop=True).assign(station=ds["station"].values), ds["time"].values, values, bits)  # fmt: skip
    base = quality.drift(ds)
    days, weeks = ds.sizes["time"] // 24, 22
    months = pd.PeriodIndex(dataset.day_of(ds["time"].values).astype("datetime64[M]").astype(str), freq="M")
    rows = []
    for name in POLLUTANTS:
        judged = base[(base["pollutant"] == name)]
        alike = judged[judged["correlation"] >= quality.parameters()["drift"]["correlation"]]
        stations = sorted(set(alike["station"]))
        old = judged.set_index(["station", "month"])["flagged"].astype(bool)
        for rate in (0.01, 0.02, 0.03, -0.02):
            rng = np.random.default_rng([seed, *name.encode(), int(1000 * abs(rate)), rate < 0])
            found = hit = hours = extra = 0
            for _ in range(runs if stations and days > 7 * 40 else 0):
                code = stations[rng.integers(len(stations))]
                i, a = list(ds["station"].values).index(code), 24 * int(rng.integers(30, days - 7 * weeks))
                ramp = np.zeros(ds.sizes["time"])
                ramp[a : a + 168 * weeks] = np.arange(168 * weeks) / 168 * rate
                changed = ds.copy()
                changed[name] = ds[name].copy(deep=True)
                changed[name].values[i] = rounded(name, changed[name].values[i] * np.exp(ramp))
                now = quality.drift(changed, (name,)).set_index(["station", "month"])["flagged"].astype(bool)
                late = [(code, str(m)) for m in months[a + 168 * 10 : a + 168 * weeks].unique()]
                late = [k for k in late if k in now.index]
                found += bool(now.loc[late].any())
                hit, hours = hit + int(now.loc[late].sum()), hours + len(late)
                fresh = now & ~old.reindex(now.index, fill_value=False)
                own = {(code, str(m)) for m in months[max(0, a - 720) : a + 168 * weeks + 2160].unique()}
                extra += int(sum(fresh[k] for k in fresh.index if k not in own))
            rows.append({"pollutant": name, "per_week": rate, "runs": runs if stations else 0, "found": found, "months": hours, "months_found": hit, "flagged_elsewhere": extra, "judged_months": len(alike), "flagged_as_received": int(alike["flagged"].sum())})  # fmt: skip
    return pd.DataFrame(rows)


def national(values: Values, stations: int = 1600, hours: int = 840) -> tuple[Values, np.ndarray]:
    """Copies of the region at other places and other months: a national month with its margins."""
    count, width = values["pm25"].shape
    copies = -(-stations // count)
    starts = [(k * 97) % max(1, width - hours) for k in range(copies)]
    out = {n: np.concatenate([v[:, s : s + hours] for s in starts])[:stations] for n, v in values.items()}
    return out, np.repeat(np.arange(copies), count)[:stations]


def cpu(bench: Bench) -> tuple[float, tuple[int, int]]:
    """CPU seconds of flagging a national month, the best of three."""
    values, copy = national(bench.values)
    lat = np.resize(bench.lat, len(copy)) + 3.0 * (copy // 8) - 20
    lon = np.resize(bench.lon, len(copy)) + 20.0 * (copy % 8) - 70
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        quality.flag(values, {}, lat, lon)
        best = min(best, time.process_time() - start)
    return best, values["pm25"].shape


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", choices=["xinjiang", "beijing", "simulated"])
    parser.add_argument("--events", type=int, default=60, help="faults of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--drift", type=int, default=6, help="drifting stations for each pollutant and rate; 0 leaves it out"
    )
    args = parser.parse_args()
    data = args.data or ("xinjiang" if shared().is_dir() else "simulated")
    if data != "simulated" and not shared().is_dir():
        raise SystemExit(f"{shared()}: not found; set AIRQ_SHARED or use --data simulated.")
    ds = {"xinjiang": xinjiang, "beijing": beijing, "simulated": simulated}[data]()
    bench = Bench.of(ds, args.seed)
    print(
        f"{data}: {ds.sizes['station']} stations, {ds.sizes['time']:,} hours; parameters {quality.parameters_digest()[:12]}"
    )
    print("\nHours marked in the data as received")
    print(as_received(bench).to_string())
    print("\nInjected faults")
    rows = [bench.run(kind, test, inject) for kind, test, inject in faults(bench, args.events)]
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    if args.drift:
        print("\nInjected drift over 22 weeks")
        print(drift_runs(ds, args.drift, args.seed).to_string(index=False))
    seconds, shape = cpu(bench)
    print(
        f"\nflagging {shape[0]} stations × {shape[1]} hours × {len(POLLUTANTS)} pollutants: {seconds:.2f} CPU s"
    )


if __name__ == "__main__":
    main()

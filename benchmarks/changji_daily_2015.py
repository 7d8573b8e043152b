"""A real daily file of Changji against its own published index: what differs from the daily AQI of HJ 633, and why.

    python benchmarks/changji_daily_2015.py [FILE] [--years 2015,2016]

FILE is of the site aqistudy.cn: city, date, AQI, range of the hourly AQI, level, PM2.5, PM10, SO2, CO, NO2, O3, rank.
The index is computed anew from its concentrations by HJ 633-2012. Printed are both counts of good and heavy days, the
distribution of the differences, the days that change sides, the evidence that the published index is a mean of hours,
a check of the ozone column, and the same days under the new standard.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from airq import observations, standards
from airq.variables import POLLUTANTS

GOOD, HEAVY = 100, 200
LEVELS = {"优": 0, "良": 50, "轻度污染": 100, "中度污染": 150, "重度污染": 200, "严重污染": 300}
"""Index above which each level begins."""


def default_file() -> Path:
    shared = Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    return shared / "data" / "city_daily_2014_2017" / "昌吉州.csv"


@dataclass(frozen=True)
class Comparison:
    """Days of a file: the published index beside the recomputed one.

    ``frame`` has one row a day: ``published low high level`` as in the file (low and high of the hourly index), ``own``,
    ``primary``, the concentrations, ``o3_as_hour`` (index of the ozone value read as a 1-hour mean), ``difference``
    (published minus own).
    """

    days: xr.Dataset
    frame: pd.DataFrame

    def counts(self) -> pd.DataFrame:
        """Good and heavy days of each year by both indices, over the days that have both."""
        both = self.frame.dropna(subset=["published", "own"])
        sides = {"published": both["published"], "recomputed": both["own"]}
        out = pd.DataFrame({"days": both.groupby(both.index.year).size()})
        for side, index in sides.items():
            out[f"good_{side}"] = (index <= GOOD).groupby(index.index.year).sum()
            out[f"heavy_{side}"] = (index > HEAVY).groupby(index.index.year).sum()
        return out

    def flips(self, threshold: int) -> pd.DataFrame:
        """Days on different sides of a threshold by the two indices."""
        both = self.frame.dropna(subset=["published", "own"])
        return both[(both["published"] > threshold) != (both["own"] > threshold)]

    def hourly_ozone(self, least: int = 120) -> pd.DataFrame:
        """Days of each month with much ozone, and how many have the index of the day's highest hour exactly.

        A daily maximum 8-hour mean lies below the highest hour; a value whose 1-hour index *is* that of the highest
        hour is that hour itself.
        """
        much = self.frame[self.frame["o3"] >= least]
        equal = (much["o3_as_hour"] == much["high"]).groupby(much.index.to_period("M"))
        return pd.DataFrame({"days": equal.size(), "equal": equal.sum()})

    def suspect_months(self) -> list[pd.Period]:
        """Months in which the ozone column holds the highest hour on at least three days and most of them."""
        table = self.hourly_ozone()
        return list(table.index[(table["equal"] >= 3) & (table["equal"] * 2 > table["days"])])


def published(path: Path) -> pd.DataFrame:
    """Index, range of the hourly index and level as in the file, by day."""
    raw = pd.read_csv(path, header=None, encoding="utf-8-sig", usecols=[1, 2, 3, 4])
    span = raw[3].astype(str).str.extract(r"^\s*(\d+)\s*~\s*(\d+)\s*$").astype(float)
    frame = pd.DataFrame(
        {"published": raw[2].astype(float), "low": span[0], "high": span[1], "level": raw[4]}
    )
    frame.index = pd.DatetimeIndex(pd.to_datetime(raw[1]))
    return frame[~frame.index.duplicated()].mask(frame["published"] <= 0)


def compare(path: Path, years: list[int] | None = None) -> Comparison:
    """Read a file and compute its index anew."""
    days = standards.add_index(observations.read(path), "2012")
    if years:
        days = days.isel(day=np.isin(days["day"].dt.year, years))
    if not days.sizes["day"]:
        raise SystemExit(
            f"{path}: holds no day of {', '.join(map(str, years or []))}; name other years with --years."
        )
    frame = pd.DataFrame(
        {"own": days["aqi"].values[0], "primary": days["primary"].values[0]},
        index=pd.DatetimeIndex(days["day"].values),
    )
    for name in POLLUTANTS:
        frame[name] = days[name].values[0].astype(float)
    index = standards.iaqi("o3", frame["o3"].to_numpy(), averaging="1h", edition="2012")
    frame["o3_as_hour"] = np.asarray(index, float)
    frame = frame.join(published(path))
    return Comparison(days, frame.assign(difference=frame["published"] - frame["own"]))


def print_counts(found: Comparison) -> None:
    table = found.counts()
    for year, row in table.iterrows():
        print(
            f"{year}: {row.days} days with both; good days {row.good_published} published, {row.good_recomputed} "
            f"recomputed; heavy days {row.heavy_published} published, {row.heavy_recomputed} recomputed"
        )
    total = table.sum()
    print(
        f"together: good {total.good_published} and {total.good_recomputed}, heavy {total.heavy_published} and "
        f"{total.heavy_recomputed} of {total.days}"
    )


def print_differences(found: Comparison) -> None:
    both = found.frame.dropna(subset=["difference"])
    d = both["difference"]
    shares = [
        f"{100 * (d > 0).mean():.1f} % above",
        f"{100 * (d == 0).mean():.1f} % equal",
        f"{100 * (d < 0).mean():.1f} % below",
    ]
    q = d.quantile([0.05, 0.25, 0.5, 0.75, 0.95])
    print(
        f"\npublished minus recomputed: {', '.join(shares)}; mean {d.mean():.1f}, from {d.min():.0f} to {d.max():.0f}"
    )
    print(f"  quantiles 5, 25, 50, 75, 95 %: {', '.join(f'{v:.0f}' for v in q)}")
    print("  by primary pollutant of the recomputed index (none: at most 50):")
    kind = both["primary"].where(both["primary"] != "", "none")
    for name, part in sorted(d.groupby(kind), key=lambda pair: -len(pair[1])):
        print(
            f"    {name:10s} {len(part):4d} days, mean {part.mean():+6.1f}, median {part.median():+5.1f}, {part.min():+.0f} to {part.max():+.0f}"
        )


def print_evidence(found: Comparison) -> None:
    both = found.frame.dropna(subset=["difference", "high"])
    inside = ((both["published"] >= both["low"]) & (both["published"] <= both["high"])).sum()
    beyond = both[both["own"] > both["high"]]
    print(
        f"\nthe published index lies between the day's lowest and highest hourly index on {inside} of {len(both)} days;"
    )
    kinds = beyond["primary"].where(beyond["primary"] != "", "none").value_counts()
    print(
        f"the recomputed one lies above the highest hour on {len(beyond)} days "
        f"({', '.join(f'{n} {k}' for k, n in kinds.items())}), where no mean of hours can be:"
    )
    print(
        "  hourly O3 and NO2 are judged by 1-h breakpoints (160 and 100 µg/m³ at index 50), daily ones by MDA8 and 24 h (100 and 40)."
    )
    begins = both["level"].map(LEVELS)
    at_edge = both[begins == both["published"]]
    print(
        f"on {len(at_edge)} days the level stands one above the published number, each time at its edge "
        f"({', '.join(f'{n} at {v:.0f}' for v, n in at_edge['published'].value_counts().items())}): "
        "the level was taken before the mean was rounded; an index of HJ 633 is rounded up and cannot do this."
    )


def print_flips(found: Comparison) -> None:
    for threshold, name in ((GOOD, "good"), (HEAVY, "heavy")):
        part = found.flips(threshold)
        up = int((part["published"] > threshold).sum())
        print(
            f"\n{len(part)} days change sides at {threshold} ({name}): {up} above it as published, {len(part) - up} as recomputed"
        )
        for day, row in part.iterrows():
            value = row[row.primary.split(",")[0]] if row.primary else float("nan")
            print(
                f"  {day:%Y-%m-%d} published {row.published:3.0f} (hours {row.low:.0f} to {row.high:.0f}), recomputed "
                f"{row.own:3.0f} by {row.primary or 'none'} {value:.4g}"
            )
    print("  published higher: every hour takes its own worst pollutant, and dust hours count up to 500;")
    print(
        "  recomputed higher: O3 and NO2, which the hourly breakpoints hardly see, and PM2.5 near 150, where the index flattens."
    )


def print_ozone(found: Comparison) -> None:
    months = found.suspect_months()
    table = found.hourly_ozone()
    print(
        "\nozone column: days of at least 120 µg/m³ whose value as a 1-h mean has exactly the index of the highest hour"
    )
    print(
        f"  {int(table['equal'].sum())} of {int(table['days'].sum())}; by month: "
        + ", ".join(f"{m} {r.equal}/{r.days}" for m, r in table.iterrows() if r.equal)
    )
    if not months:
        return
    names = ", ".join(map(str, months))
    print(
        f"  {names}: on most of them the column holds the highest hour, not MDA8, and the recomputed ozone index is too high."
    )
    kept = Comparison(found.days, found.frame[~found.frame.index.to_period("M").isin(months)])
    total = kept.counts().sum()
    print(
        f"  without {names}: good {total.good_published} published and {total.good_recomputed} recomputed of {total.days}"
    )


def print_standards(found: Comparison) -> None:
    result = standards.restate(found.days)
    print("\nthe same concentrations under both standards (restated, ozone column as it stands):")
    for row in result.years.itertuples():
        lost = result.lost[result.lost["year"] == row.year].groupby("pollutant")["days"].sum()
        part = ", ".join(f"{n} by {p}" for p, n in lost.items() if n)
        print(
            f"  {row.year}: good days {row.good_days_old} old, {row.good_days_new} new; {row.days_lost} lost ({part}; a day may "
            f"count for two), {row.days_unpublished} unpublished; heavy {row.heavy_days_old} old, {row.heavy_days_new} new"
        )
    for year, rows in result.distance.groupby("year"):
        texts = [f"{r.excess:+.0f} to {r.limit:.0f}" for r in rows.itertuples()]
        held = f", withheld: {rows['withheld'].iloc[0]}" if rows["withheld"].iloc[0] else ""
        print(f"  {year}: annual PM2.5 {rows['mean'].iloc[0]:.0f} µg/m³, {', '.join(texts)}{held}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, default=default_file())
    parser.add_argument("--years", default="2015,2016", help="comma-joined; empty takes all")
    args = parser.parse_args()
    if not args.file.exists():
        raise SystemExit(f"{args.file}: not found; give a daily city file of aqistudy.cn or set AIRQ_SHARED.")
    found = compare(args.file, [int(y) for y in args.years.split(",") if y])
    print(
        f"{args.file.name}: {len(found.frame)} days, {int(found.frame['own'].isna().sum())} without a recomputed index"
    )
    print_counts(found)
    print_differences(found)
    print_evidence(found)
    print_flips(found)
    print_ozone(found)
    print_standards(found)


if __name__ == "__main__":
    main()

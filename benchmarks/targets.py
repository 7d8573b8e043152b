"""Days to target on past years: Brier, CRPS, coverage, dates and cost, beside named baselines in the same run.

    python benchmarks/targets.py [FOLDER ...] [--years 2016,2017,2018] [--draws 1000] [--drift auto] [--quick] [--fit]

FOLDER holds one headerless file a city in a layout of tianqihoubao.com (11 fields) or aqistudy.cn (12 fields), or files
with a header (date, aqi, pm25 ...). Without FOLDER: the shared capitals (2016 to 2018) and the shared places of Xinjiang
(2016, one year before it). The figures aimed at were measured on 31 capitals and 15 prefectures with the plain recipe,
which runs here on the same cities as ``plain_half`` and ``plain_full``: the ratio to it is the comparison of like with like. ``--fit`` prints the table of coefficients that ``airq/targets/tables`` ships.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from airq.targets import engine, level, pooling
from airq.targets.baselines import BASELINES
from airq.targets.hindcasting import hindcast, reliability_table
from airq.targets.judge import Case, Settings
from airq.targets.outlooks import outlook
from airq.targets.series import sites_of
from airq.targets.simulation import simulate
from airq.targets.spec import parse

TARGETS = [{"kind": "good_days"}, {"kind": "mean", "pollutant": "pm25"}, {"kind": "heavy_days"}]
ISSUES = tuple(range(15, 366, 30))
DATE_ISSUES = (75, 135, 195, 255)
SHARES = (0.6, 0.75, 0.9)
LAYOUTS = {
    11: {"date": 1, "aqi": 3, "pm25": 5, "pm10": 6, "so2": 7, "no2": 8, "co": 9, "o3": 10},
    12: {"date": 1, "aqi": 2, "pm25": 5, "pm10": 6, "so2": 7, "co": 8, "no2": 9, "o3": 10},
}
REFERENCE = {
    "capitals, 31 cities, full drift": "Brier .097/.111/.095, CRPS 6.7/2.2/2.3, coverage .80/.78/.82",
    "capitals, 31 cities, half drift": "Brier .111/.124/.098, CRPS 7.6/2.5/2.3",
    "Xinjiang 2016, 15 places, half drift": "Brier .091/.071/.110",
    "capitals, 31 cities, last year's rest": "Brier .165/.197/.188, CRPS 10.7/4.0/4.0",
}


def shared(name: str) -> Path:
    return Path(os.environ.get("AIRQ_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data" / name


def read(folder: Path) -> pd.DataFrame:
    """One daily frame of all files; the city is the file's name."""
    parts = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig") as stream:
            first = stream.readline().strip().split(",")
        if "date" in (c.strip().lower() for c in first):
            part = pd.read_csv(path, encoding="utf-8-sig")
            part.columns = [str(c).strip().lower() for c in part.columns]
        else:
            fields = LAYOUTS[len(first)]
            raw = pd.read_csv(path, header=None, encoding="utf-8-sig")
            part = pd.DataFrame({name: raw[column] for name, column in fields.items()})
        parts.append(part.assign(site=path.stem))
    if not parts:
        raise SystemExit(f"{folder}: no file *.csv; give a folder of daily city files.")
    return pd.concat(parts, ignore_index=True)


def scores(frame: pd.DataFrame, years: list[int], drift: str, draws: int, issues: tuple[int, ...]) -> None:
    begin = time.process_time()
    made = hindcast(frame, TARGETS, years, issues, drift, draws, methods=("recipe", *BASELINES))
    number = len(made.finals) // (1 + len(BASELINES))
    print(f"drift {drift}: {number} outlooks, {time.process_time() - begin:.0f} CPU s")
    table = made.scores()
    print(table.round(3).to_string(index=False))
    ratios(table)
    own = made.finals[made.finals["method"] == "recipe"]
    print("drift chosen:", own.groupby("year")["drift"].value_counts().to_dict())
    own = own.assign(inside=(own["observed"] >= own["q10"]) & (own["observed"] <= own["q90"]))
    print("coverage of the 80 % interval by day of issue")
    print(
        own.pivot_table(index="kind", columns="issue_day", values="inside", aggfunc="mean")
        .round(2)
        .to_string()
    )
    rows = made.rows[made.rows["method"] == "recipe"]
    print("reliability, all kinds")
    print(reliability_table(rows).round(3).to_string(index=False))
    if made.skipped:
        print(f"left out: {len(made.skipped)}, first: {made.skipped[0]}")


def ratios(table: pd.DataFrame) -> None:
    """Scores of the method over those of the plain recipe and of last year's rest; below 1 is better."""
    by = table.set_index(["method", "kind"])[["brier", "crps"]]
    for other in ("plain_half", "plain_full", "last_year_rest"):
        ratio = by.loc["recipe"] / by.loc[other]
        parts = ", ".join(f"{k} {row.brier:.2f}/{row.crps:.2f}" for k, row in ratio.iterrows())
        print(f"ratio to {other} (Brier/CRPS): {parts}")


def dates(frame: pd.DataFrame, years: list[int], draws: int) -> None:
    """Date on which shares of last year's good days are reached, for those reached after the day of issue."""
    sites, kept, rows = sites_of(frame), engine.Tables(), []
    for site in sites:
        for year in years:
            start = engine.year_start(year)
            end = engine.know(sites, site, engine.year_start(year + 1) - 1, None, kept)
            template = parse({"kind": "good_days", "at_least": 0, "year": year})
            whole = Case(end, template, Settings(draws, 0))
            seen, before = whole.observed(), whole.observed(year - 1)
            if seen.number < 310 or before.number < 310:
                continue
            run, valid = np.cumsum(seen.flags), seen.days[seen.valid]
            for day in DATE_ISSUES:
                known = engine.know(sites, site, start + day - 1, None, kept)
                year_ahead = simulate(known, year, draws, 0).on(valid)
                for share in SHARES:
                    goal = int(np.ceil(share * before.count))
                    if run[-1] < goal:
                        continue
                    truth = seen.days[int(np.argmax(run >= goal))]
                    if truth <= start + day - 1:
                        continue
                    target = parse({"kind": "good_days", "at_least": goal, "year": year})
                    case = Case(known, target, Settings(draws, 0, days=valid), {year: year_ahead})
                    drift = known.choice(case.judged())[0]
                    found = np.sort(case.dates(drift))
                    low, median, high = (found[int(np.ceil(p * draws)) - 1] for p in (0.1, 0.5, 0.9))
                    late = engine.year_start(year + 1)
                    low, median, high = (late if np.isnat(v) else v for v in (low, median, high))
                    past = case.observed()
                    rate = max(past.count, 0.5) / max(past.number, 1)
                    naive = start + day - 1 + int(np.ceil((goal - past.count) / rate))
                    naive = min(naive, late)
                    rows.append(
                        (
                            day,
                            abs((median - truth).astype(int)),
                            abs((naive - truth).astype(int)),
                            low <= truth <= high,
                        )
                    )
    table = pd.DataFrame(rows, columns=["day", "error", "naive", "inside"]).groupby("day")
    print(
        f"date on which {'/'.join(f'{s:.0%}' for s in SHARES)} of last year's good days are reached, error in days"
    )
    print(
        pd.DataFrame(
            {
                "n": table.size(),
                "mean_error": table["error"].mean(),
                "median_error": table["error"].median(),
                "linear_mean": table["naive"].mean(),
                "linear_median": table["naive"].median(),
                "coverage": table["inside"].mean(),
            }
        )
        .round(2)
        .to_string()
    )


def cost(frame: pd.DataFrame, year: int) -> None:
    """CPU seconds of one outlook at 2,000 draws: the site alone, and with all the others."""
    site = sorted(frame["site"].unique())[0]
    alone = frame[frame["site"] == site]
    for text, part in (("site alone", alone), ("all sites", frame)):
        for target in TARGETS:
            row = {**target, "year": year, "site": site}
            row["at_least" if target["kind"] == "good_days" else "at_most"] = (
                250 if target["kind"] == "good_days" else 50
            )
            seconds = []
            for _ in range(4):
                begin = time.process_time()
                outlook(part, row, f"{year}-01-15", draws=2000)
                seconds.append(time.process_time() - begin)
            print(
                f"one outlook on 15 January, 2,000 draws, {text}, {target['kind']}: {min(seconds[1:]):.2f} CPU s"
            )


def table(frame: pd.DataFrame, before: int) -> None:
    """Coefficients fitted to every year before one."""
    sites = sites_of(frame)
    known = engine.know(sites, next(iter(sites)), engine.year_start(before) - 1)
    c = pooling.fit(known.records, level.without_drift().of(known.names))
    print(f"pollutants = {list(c.pollutants)}".replace("'", '"'))
    for name in ("drift", "sd"):
        print(f"{name} = {np.round(getattr(c, name), 3).tolist()}")
    print(f"correlation = {np.round(c.correlation, 2).tolist()}")
    print(f"# {c.source}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--years", default="")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--drift", default="auto", help="comma-separated: auto, zero, half, full")
    parser.add_argument("--quick", action="store_true", help="four days of issue, 400 draws")
    parser.add_argument("--fit", action="store_true", help="print the table of coefficients and stop")
    given = parser.parse_args()
    defaults = [
        (shared("city_daily_2013_2019"), [2016, 2017, 2018]),
        (shared("city_daily_2014_2017"), [2016]),
    ]
    years = [int(y) for y in given.years.split(",") if y]
    jobs = [(f, years or [2016, 2017, 2018]) for f in given.folders] or [(f, years or y) for f, y in defaults]
    draws, issues = (400, (75, 165, 255, 345)) if given.quick else (given.draws, ISSUES)
    for folder, chosen in jobs:
        frame = read(folder)
        if given.fit:
            table(frame, max(chosen) + 1)
            return
        print(
            f"== {folder.name}: {frame['site'].nunique()} sites, years {chosen}, days of issue {issues}, {draws} draws"
        )
        for drift in given.drift.split(","):
            scores(frame, chosen, drift, draws, issues)
        dates(frame, chosen, draws)
        cost(frame, max(chosen))
    for text, figures in REFERENCE.items():
        print(f"reference, {text} (good days / PM2.5 mean / heavy days): {figures}")


if __name__ == "__main__":
    main()

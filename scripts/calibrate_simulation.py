"""Find the constants of the simulation that make seed 0 show the official figures.

    python scripts/calibrate_simulation.py            # show what the present tables give
    python scripts/calibrate_simulation.py --rounds 6 --write

Three groups of constants are sought, each by the figures that it moves; the generator itself is not touched:

- `stagnation` and `ventilation` of each year (``simulation_years.csv``) by the year's PM2.5 mean, good days and
  heavy days of Changji City: damped Gauss-Newton steps with finite differences, all years at once because a year's
  constants act on that year alone, with a prior that pulls them to an ordinary year;
- `level` of the other places (``simulation_places.csv``) by their PM2.5 mean of 2025 (div12: good days of 2022);
- `pace` of div12 by its change from 2020 to 2022.

The search is local: where it stays short of a year's figures, try other `stagnation`, `ventilation`, `dust` and `ozone`
of that year in ``simulation_years.csv`` by hand and run it again. `dust` and `ozone` are not sought here at all.

Day counts are steps, so the search uses smoothed counts; the table printed at the end has the official ones. Figures are
computed by airq.standards from the values as received, without a mask.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from airq import standards
from airq.observations import simulation
from airq.observations.simulation.tables import Tables, load

FOLDER = Path(__file__).resolve().parent.parent / "airq" / "observations" / "tables"
COUNTS = {"good_days": (100.0, 5.0, -1.0), "heavy_days": (200.0, 8.0, 1.0)}  # AQI threshold, smoothing, side
ORDINARY = {"stagnation": (0.0, 1.0), "ventilation": (0.0, 0.3)}  # prior mean and spread of a year
STEP = {"stagnation": 0.12, "ventilation": 0.06}
KNOBS = list(ORDINARY)


def figures(tables: Tables, places: list[str], end: str) -> pd.DataFrame:
    """Indicators by place and year: PM2.5 mean, official counts and smoothed counts."""
    hours = simulation.simulate(end=end, seed=0, places=places, tables=tables)
    days = standards.place_daily(hours, None, "2012")
    year = days["day"].dt.year.values
    rows = []
    for place in days["place"].values:
        pm25, aqi = days["pm25"].sel(place=place).values, days["aqi"].sel(place=place).values
        for y in np.unique(year):
            a = aqi[(year == y) & np.isfinite(aqi)]
            row = {"place": place, "year": int(y), "pm25": np.nanmean(pm25[year == y]), "valid_days": len(a)}
            row |= {"good_days": int((a <= 100).sum()), "heavy_days": int((a > 200).sum())}
            for name, (threshold, width, side) in COUNTS.items():
                row[f"smooth_{name}"] = float((1 / (1 + np.exp(-side * (a - threshold - 0.5) / width))).sum())
                ratio = name.replace("days", "ratio")
                row |= {ratio: row[name] / len(a), f"smooth_{ratio}": row[f"smooth_{name}"] / len(a)}
            rows.append(row)
    return pd.DataFrame(rows).set_index(["place", "year"])


def residuals(
    found: pd.DataFrame, targets: pd.DataFrame, place: str, year: int, smooth: bool = False
) -> np.ndarray:
    """Scaled misses of one year, of the official or of the smoothed counts."""
    rows = targets[(targets["place"] == place) & (targets["year"] == year)]
    names = [i if i == "pm25" or not smooth else f"smooth_{i}" for i in rows["indicator"]]
    return (found.loc[(place, year), names].to_numpy(float) - rows["value"].to_numpy(float)) / rows[
        "scale"
    ].to_numpy(float)


class YearSearch:
    """Gauss-Newton on every year's weather; remembers the best constants that each year has had."""

    def __init__(self, targets: pd.DataFrame, end: str) -> None:
        self.targets, self.end = targets, end
        self.years = sorted(targets.loc[targets["place"] == "changji", "year"].unique())
        self.best: dict[int, tuple[float, np.ndarray]] = {}

    def look(self, tables: Tables) -> pd.DataFrame:
        """Figures of the present constants; better ones are remembered."""
        found = figures(tables, ["changji"], self.end)
        for year in self.years:
            now = tables.years.loc[year, KNOBS].to_numpy(float)
            pull = sum(((now[i] - ORDINARY[k][0]) / ORDINARY[k][1]) ** 2 for i, k in enumerate(KNOBS))
            score = float((residuals(found, self.targets, "changji", year) ** 2).sum() + pull)
            if score < self.best.get(year, (np.inf, now))[0]:
                self.best[year] = (score, now)
        return found

    def step(self, tables: Tables) -> Tables:
        """One damped step; slopes from the smoothed counts, misses from the official ones."""
        base = self.look(tables)
        moved = {}
        for knob in KNOBS:
            other = tables.years.copy()
            other.loc[self.years, knob] += STEP[knob]
            moved[knob] = self.look(tables.with_(years=other))
        new = tables.years.copy()
        for year in self.years:
            before = residuals(base, self.targets, "changji", year, smooth=True)
            after = [residuals(moved[k], self.targets, "changji", year, smooth=True) for k in KNOBS]
            slope = np.stack([(a - before) / STEP[k] for a, k in zip(after, KNOBS, strict=True)], axis=1)
            now = new.loc[year, KNOBS].to_numpy(float)
            mean, spread = (np.array([ORDINARY[k][i] for k in KNOBS]) for i in (0, 1))
            left = np.vstack([slope, np.diag(1 / spread)])
            right = np.concatenate([-residuals(base, self.targets, "changji", year), (mean - now) / spread])
            change = np.linalg.lstsq(left, right, rcond=None)[0]
            new.loc[year, KNOBS] = (now + 0.7 * np.clip(change, [-0.4, -0.2], [0.4, 0.2])).round(3)
        return tables.with_(years=new)

    def settled(self, tables: Tables) -> Tables:
        """Tables with each year's best constants."""
        self.look(tables)
        new = tables.years.copy()
        for year, (_, knobs) in self.best.items():
            new.loc[year, KNOBS] = knobs.round(3)
        return tables.with_(years=new)


def improve_places(tables: Tables, targets: pd.DataFrame, end: str) -> Tables:
    """One multiplicative step of the level of every place but Changji City, and of the pace of div12."""
    found = figures(tables, [str(p) for p in tables.places["place"]], end)
    places = tables.places.set_index("place")
    for row in targets[targets["place"] != "changji"].itertuples():
        got = found.loc[(row.place, row.year)]
        if row.indicator == "pm25":
            # The natural part, about 8 µg/m³, does not scale.
            places.loc[row.place, "level"] *= ((row.value - 8) / (got["pm25"] - 8)) ** 0.9
        elif row.indicator == "good_ratio":
            places.loc[row.place, "level"] *= np.exp(
                np.clip(4 * (got["smooth_good_ratio"] - row.value), -0.15, 0.15)
            )
        elif row.indicator == "pm25_change_2020":
            change = got["pm25"] / found.loc[(row.place, 2020), "pm25"] - 1
            places.loc[row.place, "pace"] += np.clip((change - row.value) / 0.07, -0.5, 0.5)
    places["level"] = places["level"].round(4)
    places["pace"] = places["pace"].clip(0.3, 4.0).round(2)
    return tables.with_(places=places.reset_index())


def report(tables: Tables, targets: pd.DataFrame, end: str) -> None:
    """Print targets beside what the tables give."""
    found = figures(tables, [str(p) for p in tables.places["place"]], end)
    rows = []
    for row in targets.itertuples():
        got = found.loc[(row.place, row.year)]
        if row.indicator == "pm25_change_2020":
            value = got["pm25"] / found.loc[(row.place, 2020), "pm25"] - 1
        else:
            value = got[row.indicator]
        rows.append(
            (row.place, row.year, row.indicator, row.value, round(value, 3), int(got["valid_days"]), row.mark)
        )
    frame = pd.DataFrame(
        rows, columns=["place", "year", "indicator", "target", "found", "valid_days", "mark"]
    )
    print(frame.to_string(index=False))
    now = found.xs(2025, level="year").loc[
        ["changji", "fukang", "hutubi", "manas", "qitai", "jimsar", "mori"]
    ]
    print(now[["pm25", "good_days", "heavy_days"]].round(1).to_string())
    print(f"mean good days of the seven counties, 2025: {now['good_days'].mean():.1f}")


def write(tables: Tables) -> None:
    """Put the constants into the tables, comments kept."""
    for name, frame in (("years", tables.years.reset_index()), ("places", tables.places)):
        path = FOLDER / f"simulation_{name}.csv"
        head = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
        path.write_text("\n".join([*head, frame.to_csv(index=False).rstrip()]) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="write the tables")
    options = parser.parse_args()
    tables, targets = load(), pd.read_csv(FOLDER / "simulation_targets.csv", comment="#")
    end = f"{targets['year'].max()}-12"
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        tables = improve_places(tables, targets, end)
        search = YearSearch(targets, end)
        for _ in range(3):
            tables = search.step(tables)
        tables = search.settled(tables)
    report(tables, targets, end)
    if options.write:
        write(tables)


if __name__ == "__main__":
    main()

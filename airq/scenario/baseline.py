"""Daily air of the weather years that a scenario is run over, without its measures.

Past seasons of the archive, real or simulated, and as many more as asked by drawing blocks of their days. Earlier seasons
are brought to the level of the last one by the trend of all places together, since the air of ten years ago is no baseline
for the coming winter. What is known of each year stands in ``years``.

Examples
--------
>>> days = pd.date_range("2016-10-01", "2020-09-30")
>>> wave = 45 + 30 * np.cos(2 * np.pi * np.asarray(days.day_of_year) / 365)
>>> frame = pd.DataFrame({"date": days, "site": "changji", "pm25": wave, "pm10": 2 * wave})
>>> made = baseline_of(frame, weather_years=6)
>>> made.values.shape, made.years["resampled"].sum(), made.places
((6, 365, 1, 6), np.int64(2), ('changji',))
>>> made.at("2026-01-10"), made.variables[:2]
(101, ('pm25', 'pm10'))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places as registry
from airq.errors import MissingData, ParameterError
from airq.scenario import weather_years as years_
from airq.targets.index import resolution
from airq.targets.series import sites_of
from airq.texts import Note, items
from airq.variables import POLLUTANTS, VARIABLES

__all__ = ["Baseline", "baseline_of"]

Array = npt.NDArray[np.float64]
_COVERED: Final = 0.75
"""Share of the days of a heating season with PM2.5 that a season needs."""
_TREND_SEASONS: Final = 5
"""Seasons from which a trend is taken out."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """Daily values of weather years.

    Attributes
    ----------
    values : float array (year, day, place, variable)
        µg/m³ (CO mg/m³), 24-h means and MDA8 of O3, at the level of the last season; NaN only where a pollutant is not
        measured. Days are those of :data:`airq.scenario.weather_years.CALENDAR`.
    places : tuple of str
    variables : tuple of str
        The six pollutants in their order.
    years : pandas.DataFrame
        One row a weather year: name, kind (cold, warm, stagnant, other; resampled for made ones), cold, warm, stagnant,
        temperature, stagnant_days, resampled.
    frame : pandas.DataFrame
        The daily frame it was made of, for base years of targets and for what can be detected.
    trend : dict of str to float
        Log change a year of each pollutant that was taken out.
    filled : dict of str to float
        Share of the days of each place that no observation holds.
    steps : dict of str to float
        Resolution of each pollutant that is held in whole steps (such as 1 µg/m³); its values have had the rounding undone
        by chance within half a step, so that a small change moves as many days over a limit as it should.
    simulated : bool
    notes : tuple of str
    detectable : dict of str to (float, str)
        Least share of change of a season that can be told at a place, and its mark; filled where it was asked.
    """

    values: Array
    places: tuple[str, ...]
    variables: tuple[str, ...]
    years: pd.DataFrame
    frame: pd.DataFrame
    trend: dict[str, float]
    filled: dict[str, float]
    steps: dict[str, float]
    simulated: bool
    notes: tuple[str, ...]
    detectable: dict[str, tuple[float, str]] = field(default_factory=dict, repr=False)

    @property
    def calendar(self) -> pd.DatetimeIndex:
        """Days of a weather year, 1 October to 30 September; only month and day count."""
        return years_.CALENDAR

    @property
    def heating(self) -> npt.NDArray[np.bool_]:
        """Whether a day lies in the heating season, shape ``(day,)``."""
        return years_.HEATING

    def at(self, day: Any) -> int:
        """Place of a calendar day on the day axis; 29 February counts as the 28th.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> Baseline.at(SimpleNamespace(), "2028-02-29")
        150
        """
        found = int(years_.positions(pd.DatetimeIndex([pd.Timestamp(day)]))[1][0])
        return found if found >= 0 else 150

    def of(self, place: str, variable: str) -> Array:
        """Values of a place and variable, (year, day).

        Raises
        ------
        MissingData
            A place or variable that it does not hold.
        """
        if place not in self.places or variable not in self.variables:
            raise MissingData(
                f"the baseline holds no {variable} of '{place}'; it holds {', '.join(self.places)}."
            )
        return self.values[:, :, self.places.index(place), self.variables.index(variable)]

    def to_frame(self) -> pd.DataFrame:
        """The weather years."""
        return self.years.copy()

    def _repr_html_(self) -> str:
        table: str = self.years.round(1).to_html(index=False)
        return f"{table}<ul>{items(self.notes)}</ul>"


def baseline_of(
    frame: pd.DataFrame,
    places: Sequence[str] = (),
    scenario: Any = None,
    weather_years: int | None = None,
    seed: int = 0,
    trend: bool = True,
) -> Baseline:
    """Weather years of daily frames.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``date``, ``site`` (ids of places), pollutants; ``temperature_mean``, ``wind_speed_mean`` and
        ``mixing_height_mean`` where known.
    places : sequence of str
        Places wanted; those of the frame by default.
    scenario : Scenario, optional
        Chooses seasons, kinds, number and block of weather years.
    weather_years : int, optional
        Number of weather years, past seasons first; that of the scenario by default, else 30. 0 is the seasons alone.
    seed : int
    trend : bool
        Bring earlier seasons to the level of the last.

    Returns
    -------
    Baseline

    Raises
    ------
    MissingData
        No season with enough days.
    ParameterError
        A season or kind without data; file and line of the scenario.
    """
    grid, names, firsts, known = _folded(frame, tuple(places))
    steps = _unrounded(grid, seed)
    values, kept, season, filled, notes = _whole(grid, names, firsts, known, seed)
    slopes = _trend(values, season) if trend else {}
    step = np.array([slopes.get(v, 0.0) for v in POLLUTANTS])
    values = values * np.exp(step * (season[-1] - season)[:, None, None, None])
    if slopes:
        said = ", ".join(f"{v} {100 * np.expm1(s):+.1f} %" for v, s in slopes.items())
        last = years_.name_of(int(season[-1]))
        notes.append(Note(f"Earlier seasons are brought to the level of {last} by the trend of all places, a year: {said}.", f"以往各季按各地共同的趋势调到{last}的水平，每年：{_in_symbols(slopes)}。"))  # fmt: skip
    table = years_.kinds(_seasons(frame, season)).assign(resampled=False)
    chosen = _chosen(table, scenario)
    number, block = _asked(scenario, weather_years)
    values, table = _ensemble(values[chosen], table.iloc[chosen].reset_index(drop=True), number, block, seed)
    simulated = str(frame.attrs.get("simulated", "false")).lower() == "true"
    if simulated:
        notes.append(Note("The weather years are simulated.", "气象年为模拟数据。"))
    if len(chosen) < 4:
        notes.append(Note(f"Only {len(chosen)} past season{'s' * (len(chosen) > 1)} stand behind the weather years: their spread is too small.", f"气象年只来自{len(chosen)}个过去的采暖季，起伏偏小。"))  # fmt: skip
    return Baseline(values, kept, POLLUTANTS, table, frame, slopes, filled, steps, simulated, tuple(notes))


def _zh(name: str) -> str:
    found = registry.find(name)
    return found.zh if found is not None else name


def _in_symbols(slopes: Mapping[str, float]) -> str:
    """Trends by pollutant as a page writes them."""
    return "、".join(
        f"{VARIABLES[v].symbol} {100 * np.expm1(s):+.1f}%".replace("-", "−") for v, s in slopes.items()
    )


def _asked(scenario: Any, weather_years: int | None) -> tuple[int, int]:
    weather = getattr(scenario, "weather", None)
    number = (
        weather_years if weather_years is not None else (weather.resampled if weather is not None else 30)
    )
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or not 0 <= number <= 1000:
        raise ParameterError(f"weather_years is {number!r}; give a whole number of 0 to 1000.")
    return int(number), int(weather.block_days) if weather is not None else 10


def _folded(
    frame: pd.DataFrame, wanted: tuple[str, ...]
) -> tuple[Array, tuple[str, ...], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Values as (season, day, place, variable), and where PM2.5 is known."""
    for column in ("date", "site", "pm25"):
        if column not in frame:
            raise MissingData(
                f"the daily frame has no column '{column}'; make it with airq.forecast.daily_frame."
            )
    sites = [str(s) for s in frame["site"].unique()]
    names = tuple(p for p in (wanted or tuple(sites)) if p in sites)
    if not names:
        raise MissingData(
            f"the daily frame holds none of the places {', '.join(wanted)}; ingest their observations."
        )
    series = sites_of(
        frame[frame["site"].isin(names)]
    )  # values that no measurement gives are out, days stand once
    at = {n: years_.positions(pd.DatetimeIndex(s.days)) for n, s in series.items()}
    if not at:
        raise MissingData(f"the daily frame has no value at {', '.join(names)}; ingest their observations.")
    first, last = (int(pick([pick(season) for season, _ in at.values()])) for pick in (np.min, np.max))
    firsts = np.arange(first, last + 1)
    grid = np.full((len(firsts), years_.DAYS, len(names), len(POLLUTANTS)), np.nan)
    for name, (season, day) in at.items():
        inside = day >= 0
        for v, pollutant in enumerate(series[name].pollutants):
            values = series[name].values[inside, v]
            grid[season[inside] - first, day[inside], names.index(name), POLLUTANTS.index(pollutant)] = values
    return grid, names, firsts, np.isfinite(grid[..., 0])


def _unrounded(grid: Array, seed: int) -> dict[str, float]:
    """Undo, in place, the rounding of pollutants that a source gives in whole steps; the steps."""
    rng = np.random.default_rng([seed, 37])
    out = {}
    for v, name in enumerate(POLLUTANTS):
        held = grid[..., v]
        step = resolution(name, held)
        fine = 0.01 if name == "co" else 0.1
        if step > fine and np.isfinite(held).any():
            grid[..., v] = np.maximum(held + step * (rng.random(held.shape) - 0.5), 0.0)
            out[name] = step
    return out


def _whole(
    grid: Array,
    names: tuple[str, ...],
    firsts: npt.NDArray[np.int64],
    known: npt.NDArray[np.bool_],
    seed: int,
) -> tuple[Array, tuple[str, ...], npt.NDArray[np.int64], dict[str, float], list[str]]:
    """Seasons and places with enough days, gaps filled with a day of the same time of another season."""
    enough = known[:, years_.HEATING].mean(axis=1) >= _COVERED  # (season, place)
    best = int(enough.sum(axis=0).max())
    if best == 0:
        share = known[:, years_.HEATING].mean(axis=1)
        row, at = np.unravel_index(int(share.argmax()), share.shape)
        most, year = f"{share.max():.0%}", years_.name_of(int(firsts[row]))
        raise MissingData(Note(f"no place has three quarters of the days of a heating season with PM2.5 (the fullest is {names[at]} with {most} of {year}); ingest more of it.", f"没有地方在一个采暖季中有四分之三的日子有PM₂.₅（最多的是{_zh(names[at])}：{year}有{most}）；请导入更多观测。"))  # fmt: skip
    held = enough.sum(axis=0) >= max(best / 2, 1)
    notes: list[str] = [
        Note(
            f"{name} has {int(n)} of {best} seasons with enough days and is left out.",
            f"{_zh(name)}在{best}个采暖季中只有{int(n)}个天数足够，未计入。",
        )
        for name, n, ok in zip(names, enough.sum(axis=0), held, strict=True)
        if not ok
    ]
    rows = np.flatnonzero(enough[:, held].all(axis=1))
    if not rows.size:  # no season that all share: those that most share
        rows = np.flatnonzero(enough[:, held].sum(axis=1) == enough[:, held].sum(axis=1).max())
    short = sorted(set(np.flatnonzero(enough[:, held].any(axis=1))) - set(rows.tolist()))
    if short:
        said = ", ".join(years_.name_of(int(firsts[r])) for r in short)
        notes.append(
            Note(
                f"Seasons for which a place lacks days are left out: {said}.",
                f"有地方缺少天数的采暖季未计入：{said}。",
            )
        )
    values, there = grid[rows][:, :, held], known[rows][:, :, held]
    kept = tuple(n for n, ok in zip(names, held, strict=True) if ok)
    filled = {p: float(1 - there[:, :, i].mean()) for i, p in enumerate(kept)}
    out = _filled(values, there, seed)
    if max(filled.values()) > 0.02:
        worst = max(filled, key=lambda p: filled[p])
        notes.append(Note(f"Days without PM2.5 are filled with those of the same time in other seasons, at most {filled[worst]:.0%} ({worst}).", f"缺PM₂.₅的日子用其他采暖季同期的日子补上，最多{filled[worst]:.0%}（{_zh(worst)}）。"))  # fmt: skip
    return out, kept, firsts[rows], filled, notes


def _filled(values: Array, there: npt.NDArray[np.bool_], seed: int) -> Array:
    """Days that lack PM2.5 with the same day of another season, else with the nearest day that has it."""
    out = values.copy()
    rng = np.random.default_rng([seed, 29])
    for place in range(values.shape[2]):
        seen = there[:, :, place]
        order = rng.permuted(np.tile(np.arange(len(seen)), (years_.DAYS, 1)), axis=1)  # (day, season)
        for season, day in np.argwhere(~seen):
            donors = order[day][seen[order[day], day]]
            if donors.size:
                out[season, day, place] = values[donors[0], day, place]
                continue
            near = np.argwhere(seen)
            gap = np.abs(near[:, 1] - day)
            best = near[np.argmin(np.minimum(gap, years_.DAYS - gap))]
            out[season, day, place] = values[best[0], best[1], place]
    return out


def _trend(values: Array, season: npt.NDArray[np.int64]) -> dict[str, float]:
    """Log change a year of each pollutant: the median of the slopes between seasons, all places together (Theil-Sen)."""
    if len(season) < _TREND_SEASONS:
        return {}
    out = {}
    x = season.astype(np.float64)
    i, j = np.triu_indices(len(x), 1)
    for v, name in enumerate(POLLUTANTS):
        known = np.isfinite(values[..., v])
        number = known.sum(axis=1)
        mean = np.where(known, values[..., v], 0.0).sum(axis=1) / np.maximum(number, 1)
        log = np.where((number > 0) & (mean > 0), np.log(np.maximum(mean, 1e-9)), np.nan)
        slopes = (log[j] - log[i]) / (x[j] - x[i])[:, None]
        if np.isfinite(slopes).any():
            out[name] = float(np.nanmedian(slopes))
    return out


def _seasons(frame: pd.DataFrame, season: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Temperature and stagnant days of each heating season, the mean of the places that have weather."""
    table = pd.DataFrame({"name": [years_.name_of(int(s)) for s in season]})
    columns = {c: f"{c}_mean" for c in ("temperature", "wind_speed", "mixing_height")}
    held = {k: c for k, c in columns.items() if c in frame}
    empty = np.full(len(season), np.nan)
    if not held:
        return table.assign(temperature=empty, stagnant_days=empty)
    daily = frame.groupby("date")[list(held.values())].mean()
    first, day = years_.positions(pd.DatetimeIndex(daily.index))
    heating = (day >= 0) & years_.HEATING[np.maximum(day, 0)]
    missing = np.full(len(daily), np.nan)
    series = {k: daily[held[k]].to_numpy(dtype=np.float64) if k in held else missing for k in columns}
    still = years_.stagnation(series["wind_speed"], series["mixing_height"], heating)
    temperature, stagnant = empty.copy(), empty.copy()
    for row, year in enumerate(season):
        inside = heating & (first == year)
        for into, values in ((temperature, series["temperature"]), (stagnant, still)):
            known = inside & np.isfinite(values)
            if known.sum() >= _COVERED * years_.HEATING.sum():
                into[row] = values[known].mean()
    return table.assign(temperature=temperature, stagnant_days=stagnant * years_.HEATING.sum())


def _chosen(table: pd.DataFrame, scenario: Any) -> npt.NDArray[np.int64]:
    """Rows of the seasons that a scenario asks for."""
    if scenario is None:
        return np.arange(len(table))
    names = scenario.require_weather(table["name"])
    of_kind = np.ones(len(table), bool)
    if scenario.weather.kinds:
        marks = table.assign(other=~(table["cold"] | table["warm"] | table["stagnant"]))
        of_kind = marks[list(scenario.weather.kinds)].to_numpy(dtype=bool).any(axis=1)
    rows = np.flatnonzero(table["name"].isin(names).to_numpy() & of_kind)
    if not rows.size:
        have = ", ".join(f"{n} {k}" for n, k in zip(table["name"], table["kind"], strict=True))
        raise ParameterError(f"{scenario.where('weather', 'kinds')}: key 'weather.kinds': no season is {' or '.join(scenario.weather.kinds)}; there are {have}.")  # fmt: skip
    return rows


def _ensemble(
    values: Array, table: pd.DataFrame, number: int, block: int, seed: int
) -> tuple[Array, pd.DataFrame]:
    """The seasons, and made ones up to the number asked for; with fewer asked than there are, some of them."""
    n = len(table)
    if 0 < number < n:
        rows = np.sort(np.random.default_rng([seed, 31]).choice(n, number, replace=False))
        return values[rows], table.iloc[rows].reset_index(drop=True)
    more = max(number - n, 0)
    if not more:
        return values, table
    source = years_.resampled(n, more, block, seed)
    made = values[source, np.arange(years_.DAYS)[None, :]]
    rows = pd.DataFrame(
        {"name": [f"resampled {i + 1}" for i in range(more)], "kind": "resampled", "resampled": True}
    )
    weather = {c: table[c].to_numpy(dtype=np.float64) for c in ("temperature", "stagnant_days")}
    rows = rows.assign(**{c: w[source[:, years_.HEATING]].mean(axis=1) for c, w in weather.items()}, cold=False, warm=False, stagnant=False)  # fmt: skip
    return np.concatenate([values, made]), pd.concat([table, rows], ignore_index=True)

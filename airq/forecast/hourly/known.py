"""Weather known ahead: observed weather of the target hours, or a weather forecast.

Observed weather of the hours ahead is "perfect" weather: what could be had from a forecast without error. A weather
forecast is a table ``site, time`` (the hours it is for) or ``site, issued, horizon`` (hours ahead) with columns of
weather; for each hour of issue the last run issued by then is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast.arrays import Array, Ints
from airq.forecast.hourly.features import Rows
from airq.forecast.hourly.panel import HOUR, Panel, site_codes, stamps, weather_names
from airq.weather.wind import components

__all__ = ["Known", "known_weather"]

_STALE: Final = 48
"""Hours after which a run is too old to be used."""
_ARCHIVED: Final = 0.5
"""Share of the training hours that archived forecasts must cover for nothing to be said."""


@dataclass(frozen=True)
class Known:
    """Weather ahead by variable, as running sums.

    Attributes
    ----------
    label : {"perfect", "forecast"}
    now : dict of str to float64 array, shape (time, site)
        Observed at the hour of issue, for the change until the target hour.
    total, number : dict of str to array, shape (row, site)
        Running sums over the steps of each run and the number of known values, run after run, each with a zero
        before its first step; observed weather is one run over the whole panel.
    run : int64 array, shape (time,)
        Run in use at each hour of issue; -1 where there is none.
    first, offset, steps : int64 array, shape (run,)
        Row of the panel at which the first step of a run ends, row of the sums at which it begins, its length.
    """

    label: str
    now: dict[str, Array]
    total: dict[str, Array]
    number: dict[str, Array]
    run: Ints
    first: Ints
    offset: Ints
    steps: Ints

    @property
    def names(self) -> tuple[str, ...]:
        """Variables."""
        return tuple(self.total)

    def matrix(self, rows: Rows, lead: Ints) -> Array:
        """Features of the weather between the hour of issue and the target hour, shape (n, feature)."""
        columns: list[Array] = []
        for name in self.names:
            at = self._mean(name, rows, lead - 1, lead)
            columns += [
                at,
                self._mean(name, rows, np.zeros_like(lead), lead),
                self._mean(name, rows, np.maximum(lead - 3, 0), lead),
                self._mean(name, rows, np.maximum(lead - 6, 0), lead),
                self._mean(name, rows, lead // 2, lead),
                self._mean(name, rows, np.maximum(lead - 24, 0), lead),
                at - self.now[name][rows.time, rows.site],
                self._region(name, rows, lead),
            ]
        return np.stack(columns, axis=1).astype(np.float32)

    def _span(self, rows: Rows, after: Ints, until: Ints) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
        """Rows of the running sums before and after some hours ahead, and whether a run reaches so far."""
        run = self.run[rows.time]
        base = rows.time + 1 - self.first[run]
        steps = self.steps[run]
        low, high = np.clip(base + after, 0, steps), np.clip(base + until, 0, steps)
        reached = (run >= 0) & (base + until <= steps) & (base + after >= 0)
        return self.offset[run] + low, self.offset[run] + high, reached

    def _mean(self, name: str, rows: Rows, after: Ints, until: Ints) -> Array:
        """Mean over the hours after + 1 to until ahead of the issue."""
        low, high, reached = self._span(rows, after, until)
        sums = self.total[name][high, rows.site] - self.total[name][low, rows.site]
        counts = self.number[name][high, rows.site] - self.number[name][low, rows.site]
        return np.where(reached & (counts > 0), sums / np.maximum(counts, 1), np.nan)

    def _region(self, name: str, rows: Rows, lead: Ints) -> Array:
        """Mean over sites at the target hour."""
        low, high, reached = self._span(rows, lead - 1, lead)
        total, number = self.total[name].sum(axis=1), self.number[name].sum(axis=1)
        sums, counts = total[high] - total[low], number[high] - number[low]
        return np.where(reached & (counts > 0), sums / np.maximum(counts, 1), np.nan)


def known_weather(
    weather: list[str] | pd.DataFrame | None, panel: Panel, cut: int, ahead: int
) -> tuple[Known | None, tuple[str, ...]]:
    """Weather known ahead, by what the user gave.

    Parameters
    ----------
    weather : None, list of columns, or DataFrame
        Columns of the frame known for the target hours, or a weather forecast.
    panel : Panel
    cut : int
        First row after the training hours: up to there observed weather stands in for a forecast that is missing.
    ahead : int
        Longest lead, hours.

    Returns
    -------
    known : Known or None
    notes : tuple of str

    Raises
    ------
    ParameterError, MissingData
        A column that is not there, a table without keys, weather that does not overlap the hours.
    """
    if weather is None:
        return None, ()
    if isinstance(weather, pd.DataFrame):
        return _forecast(weather, panel, cut, ahead)
    names = [weather] if isinstance(weather, str) else list(weather)
    if not names:
        return None, ()
    names = _directions(names)
    for name in names:
        if name not in panel.values:
            raise MissingData(
                f"weather: the hourly frame has no column '{name}'; it has {', '.join(weather_names(list(panel.values))) or 'no weather'}."
            )
    held = {name: panel.values[name] for name in names}
    _overlapping(held, panel, cut)
    return _whole("perfect", held, held, panel), ()


def _directions(names: list[str]) -> list[str]:
    """Components in the place of the direction."""
    out = [n for n in names if n != "wind_direction"]
    if "wind_direction" in names:
        out += [n for n in ("wind_u", "wind_v") if n not in out]
    return list(dict.fromkeys(out))


def _overlapping(held: dict[str, Array], panel: Panel, cut: int) -> None:
    if not any(np.isfinite(v[:cut]).any() for v in held.values()):
        raise MissingData(
            f"weather: no value of {', '.join(held)} falls in the training hours up to {panel.time[max(cut - 1, 0)]:%Y-%m-%d %H:%M}; give weather of the same time and sites as the observations."
        )


def _sums(values: Array) -> tuple[Array, Array]:
    """Running sums along the steps (run, step, site), a zero before the first, run after run."""
    known = np.isfinite(values)
    pad = [(0, 0), (1, 0), (0, 0)]
    flat = (-1, values.shape[2])
    total = np.pad(np.cumsum(np.where(known, values, 0.0), axis=1), pad)
    return total.reshape(flat), np.pad(np.cumsum(known, axis=1), pad).astype(np.float64).reshape(flat)


def _whole(label: str, ahead: dict[str, Array], now: dict[str, Array], panel: Panel) -> Known:
    """Weather by the hour it is for, one run over everything."""
    sums = {name: _sums(v[None]) for name, v in ahead.items()}
    zero = np.zeros(1, np.int64)
    steps = np.array([len(v) for v in ahead.values()][:1], np.int64)
    total, number = ({n: s[i] for n, s in sums.items()} for i in (0, 1))
    return Known(label, now, total, number, np.zeros(len(panel.time), np.int64), zero, zero, steps)


def _forecast(
    table: pd.DataFrame, panel: Panel, cut: int, ahead: int
) -> tuple[Known | None, tuple[str, ...]]:
    table = table.reset_index(drop=True)
    what = "weather forecast"
    by_run = "issued" in table and "horizon" in table
    clock = "issued" if by_run else next((n for n in ("time", "date") if n in table), None)
    if clock is None:
        raise ParameterError(
            f"{what}: columns 'site' and 'time', or 'site', 'issued' and 'horizon', are needed; name them so."
        )
    if {"wind_speed", "wind_direction"} <= set(table.columns) and "wind_u" not in table:
        u, v = components(table["wind_speed"], table["wind_direction"])
        table = table.assign(wind_u=u, wind_v=v)
    names = [n for n in weather_names(list(map(str, table.columns))) if n != "wind_direction"]
    if not names:
        raise MissingData(
            f"{what}: no column is a weather variable; name them as airq.variables.WEATHER does."
        )
    start = stamps(table, clock, what)
    codes = site_codes(table, what) if {"site", "station"} & set(table.columns) else None
    if codes is None:
        table = pd.concat([table.assign(site=s) for s in panel.sites], ignore_index=True)
        start = pd.DatetimeIndex(np.tile(start.to_numpy(), len(panel.sites)))
        codes = table["site"].astype(str)
    site = pd.Index(panel.sites).get_indexer(pd.Index(codes)).astype(np.int64)
    row = ((start.to_numpy() - panel.time[0].to_datetime64()) // HOUR).astype(np.int64)
    horizon = _horizons(table) if by_run else np.zeros(len(table), np.int64)
    use = site >= 0
    if not use.any():
        raise MissingData(f"{what}: no site is one of {', '.join(panel.sites[:5])}; name the sites alike.")
    observed = {n: panel.values.get(n, np.full(panel.raw.shape, np.nan)) for n in names}
    values = {n: pd.to_numeric(table[n], errors="coerce").to_numpy(dtype=np.float64)[use] for n in names}
    lone = [n for n in names if not np.isfinite(observed[n][:cut]).any()]
    due = row[use] + horizon[use]
    some = np.logical_or.reduce([np.isfinite(v) for v in values.values()])
    _reaching(due[some], panel, cut, ahead)
    make = _runs if by_run else _valid
    known = make(values, observed, site[use], row[use], horizon[use], panel, cut, ahead)
    notes = [
        f"the weather forecast's '{n}' was not observed; it is learned from archived forecasts only."
        for n in lone
    ]
    if len(np.unique(due[some & (due >= 0) & (due < cut)])) < _ARCHIVED * cut:
        notes.append(
            "weather forecasts cover less than half of the hours learned from, where observed weather stands in: the intervals do not hold the error of the weather forecast."
        )
    return known, tuple(notes)


def _reaching(due: Ints, panel: Panel, cut: int, ahead: int) -> None:
    """Refuse forecasts of which none is for an hour after those learned from."""
    if not ((due >= cut) & (due < len(panel.time) + ahead)).any():
        start = panel.time[0] + pd.to_timedelta(cut, unit="h")
        raise MissingData(
            f"weather forecast: no value is for an hour from {start:%Y-%m-%d %H:%M} on, the first to be forecast; give weather of the hours to come."
        )


def _horizons(table: pd.DataFrame) -> Ints:
    values = pd.to_numeric(table["horizon"], errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ParameterError(f"weather forecast: row {row} has no number of hours in 'horizon'; correct it.")
    return np.rint(values).astype(np.int64)


def _valid(
    values: dict[str, Array],
    observed: dict[str, Array],
    site: Ints,
    row: Ints,
    _horizon: Ints,
    panel: Panel,
    cut: int,
    ahead: int,
) -> Known:
    """A table by valid time; observed weather stands in up to the cut."""
    length = len(panel.time) + ahead
    inside = (row >= 0) & (row < length)
    held: dict[str, Array] = {}
    for name, column in values.items():
        grid = np.full((length, len(panel.sites)), np.nan)
        grid[row[inside], site[inside]] = column[inside]
        past = observed[name][:cut]
        grid[:cut] = np.where(np.isfinite(grid[:cut]), grid[:cut], past)
        held[name] = grid
    return _whole("forecast", held, observed, panel)


def _runs(
    values: dict[str, Array],
    observed: dict[str, Array],
    site: Ints,
    row: Ints,
    horizon: Ints,
    panel: Panel,
    cut: int,
    ahead: int,
) -> Known:
    """Runs by hour of issue; where there is none, up to the cut, the observed weather is a run of its own."""
    issues = np.unique(row)
    issues = issues[(issues > -_STALE) & (issues < len(panel.time))]
    if not len(issues):
        raise MissingData(
            f"weather forecast: no run was issued between {panel.time[0]:%Y-%m-%d} and {panel.time[-1]:%Y-%m-%d}; give runs of the same time as the observations."
        )
    gap = int(min(np.diff(issues).max(initial=24), _STALE))
    steps = int(min(horizon.max(initial=1), ahead + gap))
    place = np.searchsorted(issues, row)
    inside = (place < len(issues)) & (horizon >= 1) & (horizon <= steps)
    inside &= issues[np.minimum(place, len(issues) - 1)] == row
    total: dict[str, Array] = {}
    number: dict[str, Array] = {}
    for name, column in values.items():
        grid = np.full((len(issues), steps, len(panel.sites)), np.nan)
        grid[place[inside], horizon[inside] - 1, site[inside]] = column[inside]
        both = zip(_sums(_between(grid)), _sums(observed[name][None, :cut]), strict=True)
        total[name], number[name] = (np.concatenate(pair) for pair in both)
    hours = np.arange(len(panel.time))
    run = np.searchsorted(issues, hours, side="right") - 1
    fresh = (run >= 0) & (hours - issues[np.maximum(run, 0)] <= _STALE)
    run = np.where(fresh, run, np.where(hours < cut, len(issues), -1))
    first = np.concatenate([issues + 1, [0]])
    offset = (steps + 1) * np.arange(len(issues) + 1)
    lengths = np.concatenate([np.full(len(issues), steps), [cut]])
    return Known("forecast", observed, total, number, run, first, offset, lengths)


def _between(grid: Array) -> Array:
    """Hours between the steps of a run, linear in time."""
    flat = np.moveaxis(grid, 1, 2).reshape(-1, grid.shape[1])
    if np.isfinite(flat).all():
        return grid
    table = pd.DataFrame(flat.T).interpolate(limit_area="inside", limit=5).to_numpy()
    return np.asarray(np.moveaxis(table.T.reshape(grid.shape[0], grid.shape[2], grid.shape[1]), 2, 1))

"""Drift: a station that slowly departs from its neighbours over weeks to months.

The measure is the logarithm of a station's daily level over the median of its neighbours', as medians over 30 days at
weekly steps. A window of weeks drifts where Theil-Sen's slope carries it far, where the order of the weeks agrees with
it (Kendall's tau), where the other channel of the station does not go the same way, and where it goes much farther
than the other stations go at the same time, because in some regions all ratios change with the season.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import dataset
from airq.errors import ParameterError
from airq.observations.quality.network import Near, near
from airq.observations.quality.parameters import Parameters, parameters
from airq.variables import FLAGS, POLLUTANTS

__all__ = ["attach_drift", "drift"]

Floats = npt.NDArray[np.float64]

_COLUMNS: Final = (
    "station",
    "pollutant",
    "month",
    "ratio",
    "departure",
    "per_week",
    "weeks",
    "neighbours",
    "correlation",
    "flagged",
)
_LEFT_OUT: Final = ("out_of_range", "stuck", "spike", "conflict", "sentinel", "zero", "imputed")
_WEEK: Final = 7
_YEAR_WEEKS: Final = 365.25 / 7


def drift(
    ds: xr.Dataset, pollutants: tuple[str, ...] | None = None, settings: Parameters | None = None
) -> pd.DataFrame:
    """Slow departures of stations from their neighbours, by month.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly, several months long, with the stations' neighbours; flagged values are left out where the
        Dataset has flags.
    pollutants : tuple of str, optional
        All in the Dataset by default.
    settings : dict, optional
        Parameters; those in force by default.

    Returns
    -------
    pandas.DataFrame
        One row a station, pollutant and month with a comparison: ``station pollutant month``; ``ratio`` to the median
        of the neighbours (median of the month); ``departure`` (share by which the ratio has changed since the
        beginning of the window that departs most); ``per_week`` (share a week, Theil-Sen, over that window);
        ``weeks`` (its length); ``neighbours`` (median number that reported); ``correlation`` (of day-to-day changes
        with the neighbours; below the parameter of that name the station is of another kind and gets no verdict);
        ``flagged``.

    Raises
    ------
    ParameterError
        The Dataset is not hourly.

    Notes
    -----
    It sees months, so it is no part of :func:`airq.observations.quality.flag`. Windows need most of their weeks: a
    series shorter than the shortest window gets no verdict.
    """
    dataset.require(ds)
    time = pd.DatetimeIndex(ds["time"].values)
    if len(time) > 1 and (np.diff(time.to_numpy()) % np.timedelta64(1, "h") != np.timedelta64(0)).any():
        raise ParameterError("the Dataset is not hourly; load observations, not days or weather.")
    p = (settings or parameters())["drift"]
    wanted = [n for n in POLLUTANTS if n in ds and (pollutants is None or n in pollutants)]
    if not p["enabled"] or not wanted or not len(time):
        return pd.DataFrame(columns=list(_COLUMNS))
    around = near(ds["lat"].values, ds["lon"].values, p["radius_km"])
    days = np.unique(dataset.day_of(time))
    days = np.arange(days[0], days[-1] + 1)
    logs = {
        n: _daily(ds, n, days, p)
        for n in {*wanted, *(c for n in wanted for c in p["companions"][n])}
        if n in ds
    }
    stations = [str(s) for s in ds["station"].values]
    found = []
    for name in wanted:
        levels = _weekly(logs[name], around, days, p)
        verdict = _judged(name, logs, around, days, levels, p)
        found.append(_rows(stations, name, levels, verdict, p["smooth_days"]))
    found = [f for f in found if len(f)] or found[:1]
    return pd.concat(found, ignore_index=True)[list(_COLUMNS)]


def _daily(ds: xr.Dataset, name: str, days: npt.NDArray[np.datetime64], p: Mapping[str, Any]) -> Floats:
    """Mean logarithm of the day's readings, shape (station, day); NaN with fewer than ``day_hours``."""
    x = np.asarray(ds[name].values, dtype=np.float64)
    good = np.isfinite(x) & (x >= 0)
    if f"{name}_flag" in ds:
        bits = np.uint16(sum(FLAGS[f] for f in _LEFT_OUT))
        good &= (ds[f"{name}_flag"].values & bits) == 0
    # Readings near the detection limit say little about a ratio: they count as the floor.
    logs = np.where(good, np.log(np.maximum(np.where(good, x, 1.0), p["floor"][name])), 0.0)
    at = np.searchsorted(days, dataset.day_of(ds["time"].values))
    shape = (x.shape[0], len(days))
    total, count = np.zeros(shape), np.zeros(shape)
    edges = np.flatnonzero(np.diff(at, prepend=-1))
    total[:, at[edges]] = np.add.reduceat(logs, edges, axis=1)
    count[:, at[edges]] = np.add.reduceat(good.astype(np.float64), edges, axis=1)
    return np.where(count >= p["day_hours"], total / np.maximum(count, 1), np.nan)


@dataclass(frozen=True)
class _Levels:
    """Log ratios to the neighbours at weekly steps; arrays (station, week) unless said."""

    start: npt.NDArray[np.datetime64]  # (week,) first day of each span
    level: Floats
    count: Floats  # neighbours
    alike: Floats  # (station,) correlation with them


@dataclass(frozen=True)
class _Verdict:
    """Of the strongest window over each week; arrays (station, week)."""

    change: Floats
    slope: Floats
    length: Floats
    departure: Floats
    flagged: npt.NDArray[np.bool_]

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> _Verdict:
        slope, length, departure = (np.full(shape, np.nan) for _ in range(3))
        return cls(np.zeros(shape), slope, length, departure, np.zeros(shape, bool))

    def add(
        self, k: int, weeks: int, level: Floats, rate: Floats, hit: npt.NDArray[np.bool_], least: float
    ) -> None:
        """Take in the window that begins at week k; rate and hit have shape (station,)."""
        inside = (slice(None), slice(k, k + weeks))
        change = np.abs(rate)[:, None] * (weeks - 1)
        gone = level[inside] - _first(level[inside])[:, None]
        far = (np.abs(gone) >= 0.5 * least) & (np.sign(gone) == np.sign(rate)[:, None])
        self.flagged[inside] |= hit[:, None] & far
        stronger = np.nan_to_num(change) > self.change[inside]
        for column, value in ((self.change, change), (self.slope, rate[:, None]), (self.length, weeks), (self.departure, gone)):  # fmt: skip
            column[inside] = np.where(stronger, value, column[inside])


def _judged(
    name: str,
    logs: Mapping[str, Floats],
    around: Near,
    days: npt.NDArray[np.datetime64],
    levels: _Levels,
    p: Mapping[str, Any],
) -> _Verdict:
    """Look at every window."""
    least = float(np.log1p(p["change"][name]))
    others = [
        _weekly(logs[name] - logs[c], around, days, p).level for c in p["companions"][name] if c in logs
    ]
    out = _Verdict.none(levels.level.shape)
    comparable = (levels.alike >= p["correlation"])[:, None]
    for weeks in (w for w in p["windows_weeks"] if w <= levels.level.shape[1]):
        rate, tau = _theil_sen(levels.level, weeks)
        change = rate * (weeks - 1)
        with np.errstate(invalid="ignore"):
            hit = comparable & (np.abs(tau) >= p["tau"]) & (np.abs(change) >= least)
            hit &= np.abs(_beyond_season(change, p["seasonal_years"])) >= least
            hit &= np.abs(change) >= p["spread_factor"] * _spread(
                change
            )  # of all stations, comparable or not
            some = hit.any(axis=1)
            for other in others if some.any() else ():
                theirs = _theil_sen(other[some], weeks)[0] * (weeks - 1)
                hit[some] &= ~(theirs * np.sign(change[some]) < p["companion_share"] * np.abs(change[some]))
        rate = np.where(comparable, rate, np.nan)
        for k in range(rate.shape[1]):
            out.add(k, weeks, levels.level, rate[:, k], hit[:, k], least)
    return out


def _rows(stations: list[str], name: str, levels: _Levels, verdict: _Verdict, span: int) -> pd.DataFrame:
    """One row a station and month."""
    month_of = (levels.start + span // 2).astype("datetime64[M]")
    frames = []
    for month in np.unique(month_of):
        w = month_of == month
        have = np.flatnonzero(np.isfinite(levels.level[:, w]).any(axis=1))
        level, departure = levels.level[have][:, w], verdict.departure[have][:, w]
        pick = (np.arange(len(have)), np.abs(np.nan_to_num(departure)).argmax(axis=1))
        columns = {
            "row": have,
            "station": [stations[i] for i in have],
            "pollutant": name,
            "month": str(month),
            "ratio": np.exp(_medians(level)),
            "departure": np.expm1(departure[pick]),
            "per_week": np.expm1(verdict.slope[have][:, w][pick]),
            "weeks": verdict.length[have][:, w][pick],
            "neighbours": _medians(levels.count[have][:, w]),
            "correlation": levels.alike[have],
            "flagged": 2 * verdict.flagged[have][:, w].sum(axis=1) >= np.isfinite(level).sum(axis=1),
        }
        frames.append(pd.DataFrame(columns))
    if not frames:
        return pd.DataFrame(columns=["row", *_COLUMNS])
    return pd.concat(frames, ignore_index=True).sort_values(["row", "month"], kind="stable")


def _medians(values: Floats) -> Floats:
    """Median of each row over its finite values; every row has one."""
    return np.asarray(np.nanmedian(values, axis=1)) if len(values) else np.empty(0)


def _weekly(logs: Floats, around: Near, days: npt.NDArray[np.datetime64], p: Mapping[str, Any]) -> _Levels:
    """Medians over ``smooth_days`` of the log ratio to the neighbours, at weekly steps."""
    span = p["smooth_days"]
    alike = np.full(len(logs), np.nan)
    first = np.arange(0, max(0, len(days) - span + 1), _WEEK)
    level, count = np.full((len(logs), len(first)), np.nan), np.full((len(logs), len(first)), np.nan)
    if not len(first):
        return _Levels(days[first], level, count, alike)
    for i, row in enumerate(around.rows):
        others = logs[row[row >= 0][: p["most"]]]
        if len(others) < p["at_least"]:
            continue
        there = np.isfinite(others).sum(axis=0)
        use = (there >= p["at_least"]) & np.isfinite(logs[i])
        ratio = np.full(len(days), np.nan)
        if use.any():
            middle = np.nanmedian(others[:, use], axis=0)
            ratio[use] = logs[i, use] - middle
            alike[i] = _together(logs[i, use], middle, np.flatnonzero(use))
        spans = np.lib.stride_tricks.sliding_window_view(ratio, span)[::_WEEK]
        fit = 2 * np.isfinite(spans).sum(axis=1) >= span
        if fit.any():
            level[i, fit] = np.nanmedian(spans[fit], axis=1)
            number = np.lib.stride_tricks.sliding_window_view(np.where(use, there, np.nan), span)[::_WEEK]
            count[i, fit] = np.nanmedian(number[fit], axis=1)
    return _Levels(days[first], level, count, alike)


def _together(own: Floats, middle: Floats, day: npt.NDArray[np.intp]) -> float:
    """Correlation of the changes from one day to the next; drift leaves it, another kind of place spoils it."""
    next_day = np.diff(day) == 1
    a, b = np.diff(own)[next_day], np.diff(middle)[next_day]
    if len(a) < 30 or not (a.std() > 0 and b.std() > 0):
        return np.nan
    return float(np.corrcoef(a, b)[0, 1])


def _theil_sen(level: Floats, weeks: int) -> tuple[Floats, Floats]:
    """Slope a week and Kendall's tau of every window, shape (station, week - weeks + 1).

    NaN where more than a quarter of the weeks are missing, or the first or last quarter is.
    """
    i, j = np.triu_indices(weeks, 1)
    shape = (len(level), level.shape[1] - weeks + 1)
    slope, tau = np.full(shape, np.nan), np.full(shape, np.nan)
    for s in range(len(level)):
        spans = np.lib.stride_tricks.sliding_window_view(level[s], weeks)
        there = np.isfinite(spans)
        quarter = weeks // 4
        fit = (
            (4 * there.sum(axis=1) >= 3 * weeks)
            & there[:, :quarter].any(axis=1)
            & there[:, -quarter:].any(axis=1)
        )
        for chosen, median in (
            (fit & there.all(axis=1), np.median),
            (fit & ~there.all(axis=1), np.nanmedian),
        ):
            if chosen.any():
                rise = spans[chosen][:, j] - spans[chosen][:, i]
                slope[s, chosen] = median(rise / (j - i), axis=1)
                tau[s, chosen] = np.nansum(np.sign(rise), axis=1) / np.isfinite(rise).sum(axis=1)
    return slope, tau


def _spread(change: Floats) -> Floats:
    """Robust spread of the stations' changes over the same weeks; zero where fewer than five can be compared."""
    out = np.zeros((1, change.shape[1]))
    fit = np.isfinite(change).sum(axis=0) >= 5
    if fit.any():
        some = change[:, fit]
        out[0, fit] = 1.4826 * np.nanmedian(np.abs(some), axis=0)
    return out


def _beyond_season(change: Floats, years: int) -> Floats:
    """Change less the usual one of the same weeks in other years, where there are enough of them."""
    out = change.copy()
    width = change.shape[1]
    away = np.round(np.arange(1, int(width / _YEAR_WEEKS) + 1) * _YEAR_WEEKS).astype(int)
    for k in range(width if len(away) else 0):
        same = [w for a in away for w in (k - a, k + a) if 0 <= w < width]
        others = change[:, same]
        fit = np.isfinite(others).sum(axis=1) >= years
        if fit.any():
            out[fit, k] -= np.nanmedian(others[fit], axis=1)
    return out


def _first(level: Floats) -> Floats:
    """First finite value of each row; NaN where there is none."""
    at = np.isfinite(level).argmax(axis=1)
    return np.asarray(level[np.arange(len(level)), at])


def attach_drift(ds: xr.Dataset, table: pd.DataFrame | None = None) -> xr.Dataset:
    """Set the flag ``drift`` at the hours of the months that a table of :func:`drift` flags.

    Parameters
    ----------
    ds : xarray.Dataset
        Canonical, hourly, with flags.
    table : pandas.DataFrame, optional
        From :func:`drift`, perhaps of a longer series; computed from the Dataset by default.

    Returns
    -------
    xarray.Dataset
        Copy; the flag of other months is cleared. Only hours with a value carry it.
    """
    found = drift(ds) if table is None else table
    out = ds.copy()
    months = dataset.day_of(ds["time"].values).astype("datetime64[M]").astype(str)
    stations = {str(s): i for i, s in enumerate(ds["station"].values)}
    for name in (n for n in POLLUTANTS if n in ds and f"{n}_flag" in ds):
        bits = ds[f"{name}_flag"].values & ~np.uint16(FLAGS["drift"])
        for row in found[found["flagged"].astype(bool) & (found["pollutant"] == name)].itertuples():
            if row.station in stations:
                i = stations[row.station]
                there = (months == row.month) & np.isfinite(ds[name].values[i])
                bits[i, there] |= np.uint16(FLAGS["drift"])
        out[f"{name}_flag"] = (ds[f"{name}_flag"].dims, bits, ds[f"{name}_flag"].attrs)
    return out

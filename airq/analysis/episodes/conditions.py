"""Weather of episodes against climatology: is the mixing layer low, the wind weak, the air moist, an inversion there?

The climatology of an hour is the mean and spread of all hours of the record within so many days of the year and at the
same time of day, so that a winter night is set beside winter nights. An episode is one draw, however many hours it has:
intervals come from how episodes differ.

Examples
--------
>>> inversion_strength([-12.0], [-4.0], 400).tolist()
[2.0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.stats import t as student

from airq.analysis.columns import column, numbers, uncoded, unusable
from airq.analysis.episodes.days import hours_of, stacked
from airq.analysis.episodes.finding import Episodes
from airq.analysis.everyday.series import checked_confidence
from airq.errors import MissingData, ParameterError
from airq.texts import items
from airq.variables import WEATHER

__all__ = ["STAGES", "EpisodeWeather", "episode_weather", "inversion_strength"]

Array = npt.NDArray[np.float64]

STAGES: Final = ("before", "growth", "peak", "clearing", "after")
"""48 hours before the onset, the phases, 48 hours after the end."""
_AROUND: Final = 48
_LEAST: Final = 3
"""Episodes below which a mean is withheld."""


def inversion_strength(lower: npt.ArrayLike, upper: npt.ArrayLike, metres: float) -> Array:
    """Strength of an inversion between two heights, K per 100 m; positive where it is warmer above.

    Parameters
    ----------
    lower, upper : array_like
        Temperatures, degC.
    metres : float
        Height between them, above 0.

    Returns
    -------
    float64 array

    Raises
    ------
    ParameterError
    """
    if not np.isfinite(metres) or metres <= 0:
        raise ParameterError(f"metres {metres} is no height difference; give metres above 0.")
    a, b = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    return np.asarray((b - a) * 100.0 / metres)


@dataclass(frozen=True, eq=False)
class EpisodeWeather:
    """Weather by stage of the episodes.

    Attributes
    ----------
    columns : tuple of str
    window : int
        Days on either side that the climatology takes.
    table : pandas.DataFrame
        A row a column and stage: ``episodes`` (with values), ``mean``, ``climatology``, ``anomaly``, ``lower``, ``upper``,
        ``standardised`` (anomaly over the climatology's spread), ``rank`` (mean share of the climatology that lies below),
        NaN with fewer than three episodes.
    each : pandas.DataFrame
        The same a row an episode: ``site``, ``episode``, ``column``, ``stage``, ``hours``, ``mean``, ``climatology``,
        ``anomaly``, ``standardised``, ``rank``.
    confidence : float
    notes : tuple of str
    """

    columns: tuple[str, ...]
    window: int
    table: pd.DataFrame
    each: pd.DataFrame
    confidence: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        notes = items(self.notes)
        return self.table.round(3).to_html(index=False) + f"<ul>{notes}</ul>"


class _Climate:
    """Mean and spread by day of the year and time of day, from sums over a sliding window."""

    def __init__(self, time: pd.DatetimeIndex, values: Array, window: int) -> None:
        self.window = window
        self.day = np.minimum(time.day_of_year.to_numpy(dtype=np.int64) - 1, 364)
        self.hour = time.hour.to_numpy(dtype=np.int64)
        self.values = values
        known = np.isfinite(values)
        cell = self.day[known] * 24 + self.hour[known]
        sums = [
            np.bincount(cell, weights=w, minlength=365 * 24).reshape(365, 24)
            for w in (np.ones(int(known.sum())), values[known], values[known] ** 2)
        ]
        n, s, q = (self._around(x.astype(np.float64)) for x in sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(n >= 10, s / n, np.nan)
            spread = np.sqrt(np.maximum(q / n - mean**2, 0.0))
        self.mean, self.spread = mean[self.day, self.hour], spread[self.day, self.hour]
        self._pools = {
            h: (self.day[known & (self.hour == h)], values[known & (self.hour == h)]) for h in range(24)
        }

    def _around(self, cells: Array) -> Array:
        wide = np.vstack([cells[-self.window :], cells, cells[: self.window]]) if self.window else cells
        total = np.vstack([np.zeros((1, 24)), np.cumsum(wide, axis=0)])
        size = 2 * self.window + 1
        return np.asarray(total[size:] - total[:-size])

    def rank(self, places: npt.NDArray[np.int64]) -> float:
        """Mean share of the climatology below the values at these places."""
        shares = []
        for p in places:
            days, pool = self._pools[int(self.hour[p])]
            apart = np.abs(days - self.day[p])
            pool = pool[np.minimum(apart, 365 - apart) <= self.window]
            if len(pool) >= 10 and np.isfinite(self.values[p]):
                shares.append(float((pool < self.values[p]).mean() + 0.5 * (pool == self.values[p]).mean()))
        return float(np.mean(shares)) if shares else float("nan")


def _weather(
    data: xr.Dataset | pd.DataFrame, columns: Sequence[str] | None
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Hours (or days at noon) with their columns, the columns, and notes."""
    if isinstance(data, xr.Dataset):
        frame, notes = stacked(data), list[str]()
    else:
        frame, notes = hours_of(data)
    held = (
        list(columns) if columns is not None else [w for w in WEATHER if w in frame and w != "wind_direction"]
    )
    if not held:
        raise MissingData("the data hold no weather column; name the columns to set against climatology.")
    for name in held:
        read = numbers(column(frame, name, "the weather"), "the weather")
        frame[name], codes = uncoded(read, name, physical=True)
        if codes and not np.isfinite(frame[name]).any():
            raise MissingData(f"{unusable(read, name)}.")
        if codes:
            notes.append(
                f"{codes:,} values of {name} are impossible or codes such as 999 and count as missing."
            )
    return frame, held, notes


def _stages(row: pd.Series, per: pd.Timedelta) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """First and last time of each stage of one episode; stages that were not seen are absent."""
    out: dict[str, tuple[pd.Timestamp, pd.Timestamp]] = {}
    around = pd.Timedelta(hours=_AROUND)
    if pd.notna(row["onset"]):
        out["before"] = (row["onset"] - around, row["onset"] - per)
        out["growth"] = (row["onset"], row["peak_start"] - per)
    if pd.notna(row["peak_start"]):
        out["peak"] = (row["peak_start"], row["peak_end"])
    if pd.notna(row["cleared"]):
        out["clearing"] = (row["peak_end"] + per, row["cleared"])
        out["after"] = (row["cleared"] + per, row["cleared"] + around)
    return {k: v for k, v in out.items() if v[1] >= v[0]}


def _each(episodes: Episodes, frame: pd.DataFrame, held: Sequence[str], window: int) -> pd.DataFrame:
    per = pd.Timedelta(hours=1 if episodes.resolution == "hour" else 24)
    rows = []
    sites = frame["site"].unique()
    for site, own in episodes.table.groupby("site"):
        # Weather of one site serves every site, as a place has one weather station.
        taken = (
            frame[frame["site"] == (site if site in sites else sites[0])]
            if len(sites) > 1 or site in sites
            else frame
        )
        time = pd.DatetimeIndex(taken["time"])
        for name in held:
            climate = _Climate(time, taken[name].to_numpy(dtype=np.float64), window)
            for _, row in own.iterrows():
                for stage, (first, last) in _stages(row, per).items():
                    # A day of an episode given by days holds all of its hours.
                    stop = last + (pd.Timedelta(hours=24) if per > pd.Timedelta(hours=1) else pd.Timedelta(0))
                    inside = np.flatnonzero((time >= first) & (time <= stop) & np.isfinite(climate.values))
                    if not len(inside):
                        continue
                    mean, usual = climate.values[inside].mean(), climate.mean[inside].mean()
                    spread = float(np.sqrt(np.mean(climate.spread[inside] ** 2)))
                    scaled = (mean - usual) / spread if spread > 0 else np.nan
                    # Every sixth hour is enough for a share.
                    rows.append((site, row["episode"], name, stage, len(inside), mean, usual, mean - usual, scaled, climate.rank(inside[::6])))  # fmt: skip
    names = [
        "site",
        "episode",
        "column",
        "stage",
        "hours",
        "mean",
        "climatology",
        "anomaly",
        "standardised",
        "rank",
    ]
    return pd.DataFrame(rows, columns=names)


def episode_weather(
    episodes: Episodes,
    weather: xr.Dataset | pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    window: int = 15,
    confidence: float = 0.95,
    kind: str | None = "haze",
) -> EpisodeWeather:
    """Weather in each stage of the episodes, as anomalies from the climatology of the same record.

    Parameters
    ----------
    episodes : Episodes
        From :func:`airq.analysis.find_episodes`.
    weather : xarray.Dataset or pandas.DataFrame
        Hours of one place, or of the same sites, with the columns; ``inversion`` may be one (see
        :func:`inversion_strength`).
    columns : sequence of str, optional
        By default all weather that is there, but for the direction.
    window : int
        Days on either side of a date that its climatology takes.
    confidence : float
    kind : str or None
        Only episodes of this kind; None takes dust too.

    Returns
    -------
    EpisodeWeather

    Raises
    ------
    MissingData
        No weather, no episode, or none with weather.
    ParameterError
    """
    level = checked_confidence(confidence)
    if isinstance(window, bool) or not 1 <= int(window) <= 90:
        raise ParameterError(f"window {window} is no number of days; give 1 to 90.")
    if kind not in (None, "haze", "dust"):
        raise ParameterError(f"kind '{kind}' is not known; use haze, dust or None for all.")
    frame, held, notes = _weather(weather, columns)
    chosen = episodes.table if kind is None else episodes.table[episodes.table["kind"] == kind]
    if chosen.empty:
        raise MissingData("there is no such episode to look at; take a longer period or another kind.")
    each = _each(Episodes(**{**vars(episodes), "table": chosen}), frame, held, int(window))
    if each.empty:
        raise MissingData("no episode has weather at its hours; give weather of the same period.")
    rows = []
    for name in held:
        for stage in STAGES:
            own = each[(each["column"] == name) & (each["stage"] == stage)].dropna(subset=["anomaly"])
            n = len(own)
            if n < _LEAST:
                rows.append((name, stage, n, *[np.nan] * 7))
                continue
            half = float(student.ppf((1 + level) / 2, n - 1) * own["anomaly"].std(ddof=1) / np.sqrt(n))
            a = float(own["anomaly"].mean())
            rows.append((name, stage, n, own["mean"].mean(), own["climatology"].mean(), a, a - half, a + half, own["standardised"].mean(), own["rank"].mean()))  # fmt: skip
    table = pd.DataFrame(rows, columns=["column", "stage", "episodes", "mean", "climatology", "anomaly", "lower", "upper", "standardised", "rank"])  # fmt: skip
    if table["mean"].isna().any():
        notes.append(f"Stages seen in fewer than {_LEAST} episodes are withheld.")
    years = frame["time"].dt.year.nunique()
    if years < 3:
        notes.append(f"The climatology comes from {years} calendar years, the episodes among them; anomalies are then too small.")  # fmt: skip
    if len(each["site"].unique()) > 1:
        notes.append(
            "Several sites: one spell of weather counts at each of them, so that intervals are too narrow."
        )
    return EpisodeWeather(tuple(held), int(window), table, each, level, tuple(notes))

"""Heavy-pollution alerts: start, level, upgrade, downgrade and end from a series of daily AQI.

Rules are tables of kind ``alert``: 环大气〔2024〕6号, the older ones, and the practice of Xinjiang and Changji.

Examples
--------
>>> import pandas as pd
>>> days = pd.Series([90, 160, 210, 220, 310, 180, 90, 80, 70], pd.date_range("2024-12-01", periods=9))
>>> alerts(days)[["action", "level_en", "start", "end"]].astype(str).values.tolist()
[['start', 'orange', '2024-12-02', '2024-12-03'], ['upgrade', 'red', '2024-12-03', '2024-12-06'],
 ['downgrade', 'orange', '2024-12-06', '2024-12-07']]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.errors import MissingData, ParameterError
from airq.standards.editions import Edition, edition
from airq.standards.sites import member_ids, place_id

__all__ = ["alerts", "regional_aqi"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Axis:
    """A complete axis of windows of 24 hours, daily or hourly."""

    values: npt.NDArray[np.float64]
    labels: pd.DatetimeIndex
    hours: int

    def needed(self, hours: int) -> int:
        """Consecutive windows that together last so many hours."""
        return -(-hours // 24) if self.hours == 24 else hours - 23

    @property
    def slots(self) -> int:
        """Hours or days that the windows cover."""
        return len(self.values) + (0 if self.hours == 24 else 23)

    @property
    def origin(self) -> pd.Timestamp:
        """Begin of the first slot."""
        first: pd.Timestamp = self.labels[0]
        return first if self.hours == 24 else first - pd.Timedelta(hours=24)


def _axis(series: pd.Series, step: str | None) -> _Axis:
    if not isinstance(series, pd.Series) or not len(series):
        raise ParameterError("alerts() takes a pandas Series of AQI by day or hour; give one with values.")
    try:
        index = pd.DatetimeIndex(series.index)
    except (TypeError, ValueError) as error:
        raise ParameterError("the index of the AQI series is not dates; index it by day or hour.") from error
    if index.has_duplicates or index.hasnans:
        raise ParameterError("the AQI series holds a day or hour twice or without date; keep one value each.")
    values = pd.Series(pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64), index).sort_index()
    daily = bool((values.index == values.index.normalize()).all()) if step is None else step == "day"
    full = pd.date_range(values.index[0], values.index[-1], freq="D" if daily else "h")
    return _Axis(values.reindex(full).to_numpy(), full, 24 if daily else 1)


def _runs(mask: Bools) -> list[tuple[int, int]]:
    """First and last index of each run of True."""
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True)
    )


def _condition(axis: _Axis, condition: Mapping[str, Any]) -> Bools:
    """Windows that belong to a run above the bound which lasts long enough."""
    with np.errstate(invalid="ignore"):
        above = axis.values > float(condition["above"])
    out = np.zeros(above.shape, bool)
    for first, last in _runs(above):
        if last - first + 1 >= axis.needed(int(condition["hours"])):
            out[first : last + 1] = True
    return out


def _met(axis: _Axis, level: Mapping[str, Any]) -> Bools:
    """Windows at which a level's condition holds, knowing the whole series."""
    out = np.zeros(axis.values.shape, bool)
    for every in level["any"]:
        masks = [_condition(axis, c) for c in every]
        for first, last in _runs(masks[0]):
            if all(m[first : last + 1].any() for m in masks[1:]):
                out[first : last + 1] = True
    return out


def _levels(axis: _Axis, e: Edition, known: str) -> tuple[npt.NDArray[np.int8], Bools]:
    """Level and calm of each slot: a day, or an hour that any window of 24 hours covers."""
    number = np.zeros(axis.slots, np.int8)
    with np.errstate(invalid="ignore"):
        bound = e.need("lift.below")
        restless = np.zeros(axis.values.shape, bool) if bound == "yellow" else axis.values >= float(bound)
    for level in e.need("levels").values():
        met = _met(axis, level) if known == "forecast" else _met_so_far(axis, level)
        restless |= met
        covered = _covered(met, axis, known)
        number[covered] = np.maximum(number[covered], level["number"])
    return number, ~_covered(restless, axis, known)


def _met_so_far(axis: _Axis, level: Mapping[str, Any]) -> Bools:
    """Windows at which a level's condition holds by what is known at their end."""
    out = np.zeros(axis.values.shape, bool)
    for every in level["any"]:
        base = _condition(axis, every[0])
        for first, last in _runs(base):
            for now in range(first + axis.needed(int(every[0]["hours"])) - 1, last + 1):
                part = _Axis(axis.values[first : now + 1], axis.labels[first : now + 1], axis.hours)
                out[now] = all(_condition(part, c).any() for c in every[1:])
    return out


def _covered(windows: Bools, axis: _Axis, known: str) -> Bools:
    """Slots of windows: all that a window covers if forecast, only its last one if observed."""
    if axis.hours == 24:
        return windows
    out = np.zeros(axis.slots, bool)
    if known == "observed":
        out[23:] = windows
        return out
    for first, last in _runs(windows):
        out[first : last + 24] = True
    return out


@dataclass
class _Stretch:
    """Slots of one level of one episode."""

    episode: int
    level: int
    first: int
    last: int
    open: bool = False


def _episodes(
    number: npt.NDArray[np.int8], calm: Bools, lift: int, hold: bool, forecast: bool
) -> list[_Stretch]:
    """Stretches of level; an episode ends when a calm of ``lift`` slots follows."""
    out: list[_Stretch] = []
    slot, episode = 0, 0
    while slot < len(number):
        if number[slot] == 0:
            slot += 1
            continue
        episode += 1
        level, first, quiet = int(number[slot]), slot, 0
        while slot < len(number):
            wanted = int(number[slot])
            quiet = quiet + 1 if calm[slot] and wanted == 0 else 0
            if quiet == lift:
                break
            if wanted > level or (0 < wanted < level and not hold):
                out.append(_Stretch(episode, level, first, slot - 1))
                level, first = wanted, slot
            slot += 1
        ended = slot < len(number)
        # A forecast calm lifts the alert where it begins, an observed one when it has lasted.
        last = slot - quiet if forecast and ended else slot - 1
        out.append(_Stretch(episode, level, first, last, open=not ended))
        slot += 1
    return out


def alerts(
    series: pd.Series,
    rules: str = "ALERT-2024",
    *,
    known: Literal["forecast", "observed"] = "forecast",
    step: Literal["day", "hour"] | None = None,
) -> pd.DataFrame:
    """Alerts that a series of AQI calls for.

    Parameters
    ----------
    series : pandas.Series
        AQI of natural days, indexed by day, or of the 24 hours up to each hour, indexed by hour. NaN breaks a run.
    rules : str
        Edition of kind ``alert``: ``ALERT-2024``, ``ALERT-2024-XINJIANG``, ``ALERT-2024-CHANGJI`` (give
        :func:`regional_aqi`), ``ALERT-2019``, ``ALERT-2017``, or one of a file.
    known : {"forecast", "observed"}
        ``forecast``: the series is what was forecast, so that an alert starts with the first day of the stretch
        that calls for it. ``observed``: it starts only when the condition has lasted, and ends after the calm.
    step : {"day", "hour"}, optional
        Told from the index by default.

    Returns
    -------
    pandas.DataFrame
        One row a stretch of level: ``episode action level level_zh level_en response start end hours peak_aqi
        open rules``. ``start`` and ``end`` are points in time; ``action`` is start, upgrade or downgrade;
        ``open`` if the series ends before the alert can be lifted.

    Raises
    ------
    ParameterError

    Notes
    -----
    The daily AQI may be of any 24 hours in a row (环大气〔2024〕6号): an hourly series uses that. A downgrade takes
    effect at once [NF]; in a calm shorter than the lifting time the level stays.
    """
    if known not in ("forecast", "observed"):
        raise ParameterError(f"known '{known}' is not understood; use forecast or observed.")
    e = edition(rules, "alert")
    axis = _axis(series, step)
    number, calm = _levels(axis, e, known)
    lift = -(-int(e.need("lift.hours")) // axis.hours)
    hold = e.need("downgrade.rule") == "hold"
    found = _episodes(number, calm, lift, hold, known == "forecast")
    frame = pd.DataFrame([_row(s, axis, e, known) for s in found], columns=_FIELDS)
    if len(frame):
        before = frame["level"].shift().where(frame["episode"] == frame["episode"].shift())
        frame["action"] = np.where(
            before.isna(), "start", np.where(frame["level"] > before.fillna(0), "upgrade", "downgrade")
        )
    return frame.assign(rules=e.id)


_FIELDS = [
    "episode",
    "action",
    "level",
    "level_zh",
    "level_en",
    "response",
    "start",
    "end",
    "hours",
    "peak_aqi",
    "open",
]


def _row(stretch: _Stretch, axis: _Axis, e: Edition, known: str) -> dict[str, Any]:
    level = next(v for v in e.need("levels").values() if v["number"] == stretch.level)
    slot = pd.Timedelta(hours=axis.hours)
    start, end = axis.origin + stretch.first * slot, axis.origin + (stretch.last + 1) * slot
    if known == "observed":  # what a slot shows is known at its end
        start, end = start + slot, min(end + slot, axis.origin + axis.slots * slot)
    shift = 0 if axis.hours == 24 else 23
    part = axis.values[max(stretch.first - shift, 0) : max(stretch.last - shift, 0) + 1]
    peak = float(np.nanmax(part)) if np.isfinite(part).any() else float("nan")
    return {
        "episode": stretch.episode,
        "action": "",
        "level": stretch.level,
        "level_zh": level["zh"],
        "level_en": level["en"],
        "response": level["response"],
        "start": start,
        "end": end,
        "hours": int((end - start) / pd.Timedelta(hours=1)),
        "peak_aqi": peak,
        "open": stretch.open,
    }


def regional_aqi(days: xr.Dataset, places: str | Iterable[str]) -> pd.Series:
    """Mean AQI of the places of a region by day, for rules that look at the region.

    Parameters
    ----------
    days : xarray.Dataset
        From :func:`airq.standards.place_daily`, dims (place, day).
    places : str or list of str
        A group, or the places.

    Returns
    -------
    pandas.Series
        Indexed by day; mean over the places that have an AQI, not rounded.

    Raises
    ------
    MissingData
        If none of the places is in the Dataset.

    Examples
    --------
    >>> days = xr.Dataset({"aqi": (("place", "day"), [[100.0], [201.0]])},
    ...                   coords={"place": ["changji", "fukang"], "day": pd.to_datetime(["2024-11-27"])})
    >>> float(regional_aqi(days, "changji-prefecture").iloc[0])
    150.5
    """
    names = [places] if isinstance(places, str) else list(places)
    wanted = {m for n in names for m in (place_id(n), *member_ids(place_id(n)))}
    there = [p for p in days["place"].values if p in wanted]
    if not there:
        raise MissingData(f"none of {', '.join(names)} is in the city-days; compute them with place_daily.")
    mean = days["aqi"].sel(place=there).mean("place", skipna=True)
    return pd.Series(mean.values, pd.DatetimeIndex(mean["day"].values), name="aqi")

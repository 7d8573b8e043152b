"""Heavy-pollution episodes by the alert rule, with their phases.

The rule is the table of kind ``alert`` (环大气〔2024〕6号 and others): which days, and which level. The phases come from the
pollutant itself, see :mod:`airq.analysis.episodes.phases`.

Examples
--------
>>> pm25 = [30.0, 40, 140, 180, 260, 210, 60, 30, 30, 30]
>>> frame = pd.DataFrame({"date": pd.date_range("2019-01-01", periods=10), "pm25": pm25})
>>> row = find_episodes(frame).table.iloc[0]
>>> str(row["begin"].date()), int(row["days"]), row["level_en"], float(row["top"])
('2019-01-03', 4, 'red', 260.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import standards
from airq.analysis.columns import column, numbers
from airq.analysis.episodes.days import days_and_hours
from airq.analysis.episodes.phases import Phases, phases_of, smoothed, steepest
from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["Episodes", "find_episodes"]

Array = npt.NDArray[np.float64]

_REACH: Final = 96
"""Hours to look before the first and after the last day for where the rise began and the fall ended."""
_STEEP: Final = 6
"""Hours over which the fastest rise and fall are taken."""
_COLUMNS: Final = (
    "site", "episode", "begin", "end", "days", "level", "level_zh", "level_en", "peak_aqi", "mean_aqi", "kind", "onset",
    "peak_start", "peak", "peak_end", "cleared", "base", "top", "highest", "growth_hours", "peak_hours", "clearing_hours",
    "growth_rate", "clearing_rate", "fastest_rise", "fastest_fall", "unseen",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Episodes:
    """Episodes of one or more sites.

    Attributes
    ----------
    pollutant, rules : str
    resolution : {"hour", "day"}
    table : pandas.DataFrame
        A row an episode: ``site``, ``episode`` (number), ``begin``, ``end`` (first and last day by the rule), ``days``,
        ``level`` (highest), ``level_zh``, ``level_en``, ``peak_aqi``, ``mean_aqi``, ``kind`` (``dust`` if the day of the
        peak looks like dust, else ``haze``), ``onset``, ``peak_start``, ``peak``, ``peak_end``, ``cleared`` (times; NaT if
        unseen), ``base``, ``top`` (smoothed), ``highest`` (hour or day), ``growth_hours``, ``peak_hours``,
        ``clearing_hours``, ``growth_rate``, ``clearing_rate`` (unit per hour), ``fastest_rise``, ``fastest_fall`` (unit per
        hour over six hours; NaN of days), ``unseen``.
    series : pandas.DataFrame
        ``site``, ``time``, ``value``, ``smooth``, ``episode`` (0 outside), ``phase`` (empty outside).
    days_seen : int
        Site-days with an AQI.
    notes : tuple of str
    """

    pollutant: str
    rules: str
    resolution: str
    table: pd.DataFrame
    series: pd.DataFrame
    days_seen: int
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _repr_html_(self) -> str:
        short = self.table[["site", "begin", "end", "days", "level_en", "peak_aqi", "top", "kind"]]
        notes = items(self.notes)
        return short.round(1).to_html(index=False) + f"<ul>{notes}</ul>"


@dataclass(frozen=True, eq=False)
class _Record:
    """One site's pollutant on a full axis."""

    axis: pd.DatetimeIndex
    value: Array
    smooth: Array
    per_day: int

    def place(self, time: pd.Timestamp) -> int:
        step = pd.Timedelta(hours=24 // self.per_day)
        return int((time - self.axis[0]) / step)


def _record(rows: pd.DataFrame, pollutant: str, hourly: bool, smoothing: int) -> _Record:
    stamp = "time" if hourly else "date"
    held = pd.Series(
        numbers(column(rows, pollutant, "the pollutant"), "the pollutant"), pd.DatetimeIndex(rows[stamp])
    )
    held = held[~held.index.duplicated()]
    first, last = held.index.min(), held.index.max()
    axis = pd.date_range(first, last, freq="h" if hourly else "D")
    value = held.reindex(axis).to_numpy(dtype=np.float64)
    value = np.where(value >= 0, value, np.nan)
    smooth = smoothed(value, smoothing) if hourly else value
    return _Record(axis, value, smooth, 24 if hourly else 1)


def _kinds(days: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Days that look like dust by their daily values."""
    if not {"pm10", "pm25"} <= set(days.columns):
        return np.zeros(len(days), dtype=bool)
    ds = xr.Dataset({p: ("day", days[p].to_numpy(dtype=np.float64)) for p in ("pm10", "pm25")})
    return np.asarray(standards.dust_days(ds).values, dtype=bool)


def _by_rule(days: pd.DataFrame, rules: str) -> pd.DataFrame:
    """First and last day and highest level of each stretch of alerts."""
    aqi = pd.Series(days["aqi"].to_numpy(dtype=np.float64), pd.DatetimeIndex(days["date"]))
    if not aqi.notna().any():
        return pd.DataFrame(columns=["begin", "end", "level", "level_zh", "level_en", "open"])
    found = standards.alerts(aqi, rules, known="forecast", step="day")
    rows = []
    for _, part in found.groupby("episode"):
        best = part.loc[part["level"].idxmax()]
        end = part["end"].max() - pd.Timedelta(days=1)
        # A calm shorter than the lifting time stays in; days after the last bad one do not.
        rows.append(
            (part["start"].min(), end, best["level"], best["level_zh"], best["level_en"], part["open"].any())
        )
    return pd.DataFrame(rows, columns=["begin", "end", "level", "level_zh", "level_en", "open"])


def _times(record: _Record, found: Phases | None) -> dict[str, Any]:
    names = ("onset", "peak_start", "peak", "peak_end", "cleared")
    if found is None:
        return {**dict.fromkeys(names, pd.NaT), "unseen": "all"}
    places = {n: getattr(found, n) for n in names}
    out: dict[str, Any] = {n: record.axis[p] if p >= 0 else pd.NaT for n, p in places.items()}
    return out | {"unseen": found.unseen}


def _measures(record: _Record, found: Phases | None, first: int, last: int) -> dict[str, float]:
    nothing = float("nan")
    keys = ("base", "top", "highest", "growth_hours", "peak_hours", "clearing_hours", "growth_rate", "clearing_rate", "fastest_rise", "fastest_fall")  # fmt: skip
    if found is None:
        return dict.fromkeys(keys, nothing)
    step = 24 // record.per_day
    growth = (found.peak_start - found.onset) * step if found.onset >= 0 else nothing
    clearing = (found.cleared - found.peak_end) * step if found.cleared >= 0 else nothing
    share = 1 - 2 * 0.1
    begin = found.onset if found.onset >= 0 else first
    finish = found.cleared if found.cleared >= 0 else last
    hourly = record.per_day == 24
    inside = record.value[first : last + 1]
    return {
        "base": found.base_before,
        "top": found.top,
        "highest": float(np.nanmax(inside)) if np.isfinite(inside).any() else nothing,
        "growth_hours": growth,
        "peak_hours": (found.peak_end - found.peak_start) * step + (0 if hourly else 24),
        "clearing_hours": clearing,
        "growth_rate": share * (found.top - found.base_before) / growth if growth and growth > 0 else nothing,
        "clearing_rate": share * (found.top - found.base_after) / clearing
        if clearing and clearing > 0
        else nothing,
        "fastest_rise": steepest(record.value[begin : found.peak + 1], _STEEP, 1) if hourly else nothing,
        "fastest_fall": steepest(record.value[found.peak : finish + _STEEP + 1], _STEEP, -1)
        if hourly
        else nothing,
    }


def _phase_names(
    record: _Record, found: Phases, first: int, last: int
) -> tuple[slice, npt.NDArray[np.object_]]:
    begin = found.onset if found.onset >= 0 else min(first, found.peak_start)
    finish = found.cleared if found.cleared >= 0 else max(last, found.peak_end)
    out = np.full(finish - begin + 1, "growth", dtype=object)
    out[found.peak_start - begin :] = "peak"
    out[found.peak_end + 1 - begin :] = "clearing"
    return slice(begin, finish + 1), out


def _of_site(
    site: str, days: pd.DataFrame, record: _Record, rules: str
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    stretches = _by_rule(days, rules)
    dusty = pd.Series(_kinds(days), pd.DatetimeIndex(days["date"]))
    aqi = pd.Series(days["aqi"].to_numpy(dtype=np.float64), dusty.index)
    number = np.zeros(len(record.axis), dtype=np.int64)
    phase = np.full(len(record.axis), "", dtype=object)
    reach = _REACH if record.per_day == 24 else _REACH // 24
    rows: list[dict[str, Any]] = []
    places = []
    for s in stretches.itertuples():
        first = record.place(s.begin) + (1 if record.per_day == 24 else 0)
        last = record.place(s.end) + (24 if record.per_day == 24 else 0)
        places.append((max(first, 0), min(last, len(record.axis) - 1)))
    for k, s in enumerate(stretches.itertuples()):
        first, last = places[k]
        before = first - places[k - 1][1] - 1 if k else reach
        after = places[k + 1][0] - last - 1 if k + 1 < len(places) else reach
        found = None
        if first <= last:
            found = phases_of(
                record.smooth, first, last, min(before, reach), min(after, reach), record.per_day
            )
        own = aqi[(aqi.index >= s.begin) & (aqi.index <= s.end)]
        worst = own.idxmax() if own.notna().any() else s.begin
        rows.append(
            {
                "site": site, "episode": k + 1, "begin": s.begin, "end": s.end, "days": int((s.end - s.begin).days) + 1,
                "level": int(s.level), "level_zh": s.level_zh, "level_en": s.level_en, "peak_aqi": float(own.max()),
                "mean_aqi": float(own.mean()), "kind": "dust" if bool(dusty.get(worst, False)) else "haze",
                **_times(record, found), **_measures(record, found, first, last),
            }
        )  # fmt: skip
        if found is not None:
            where, names = _phase_names(record, found, first, last)
            number[where], phase[where] = k + 1, names
    series = pd.DataFrame({"site": site, "time": record.axis, "value": record.value, "smooth": record.smooth, "episode": number, "phase": phase})  # fmt: skip
    return rows, series


def find_episodes(
    data: xr.Dataset | pd.DataFrame,
    *,
    days: pd.DataFrame | None = None,
    pollutant: str = "pm25",
    rules: str = "ALERT-2024",
    edition: str = "2012",
    smoothing: int = 24,
) -> Episodes:
    """Episodes that call for an alert by the observed AQI, with start, growth, peak and clearing.

    Parameters
    ----------
    data : xarray.Dataset or pandas.DataFrame
        Hours as a canonical Dataset; hours in a frame; or days with ``aqi`` or pollutants. Several sites by ``site``.
    days : pandas.DataFrame, optional
        Days of the same sites by ``date`` with their official ``aqi``, in place of those from the hours.
    pollutant : str
        Whose course is followed.
    rules : str
        Edition of kind ``alert``. An episode is a stretch of any level; a calm too short to lift the alert stays in.
    edition : str
        Of the AQI, where it is computed.
    smoothing : int
        Hours of the centred mean.

    Returns
    -------
    Episodes

    Raises
    ------
    MissingData
        No AQI and nothing to compute it from; no such pollutant.
    ParameterError

    Notes
    -----
    With a mean of 24 hours a phase shorter than about a day is not resolved; ``fastest_rise`` and ``fastest_fall`` are of
    the hours themselves.
    """
    if isinstance(smoothing, bool) or not 1 <= int(smoothing) <= 72:
        raise ParameterError(f"smoothing {smoothing} is no number of hours; give 1 to 72.")
    standards.edition(rules, "alert")
    found = days_and_hours(data, edition, days)
    hourly = found.hours is not None
    source = found.hours if found.hours is not None else found.days
    if not np.isfinite(numbers(column(source, pollutant, "the pollutant"), "the pollutant")).any():
        raise MissingData(
            f"column '{pollutant}' holds no value; name the pollutant whose course is followed."
        )
    if not found.days["aqi"].notna().any():
        raise MissingData("no day has a valid AQI; give more hours a day (20 are needed) or days with 'aqi'.")
    rows: list[dict[str, Any]] = []
    series: list[pd.DataFrame] = []
    for site, days in found.days.groupby("site", sort=True):
        own = source[source["site"] == site]
        if not numbers(own[pollutant], "the pollutant").size:
            continue
        record = _record(own, pollutant, hourly, int(smoothing))
        made, line = _of_site(str(site), days, record, rules)
        rows += made
        series.append(line)
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    for name in ("begin", "end", "onset", "peak_start", "peak", "peak_end", "cleared"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[ns]")
    notes = list(found.notes)
    if not hourly:
        notes.append("Days only: phases are resolved to a day.")
    hidden = int((table["unseen"] != "").sum()) if len(table) else 0
    if hidden:
        notes.append(f"{hidden} of {len(table)} episodes run into a gap, the edge of the record or a neighbour; the phase concerned is left open.")  # fmt: skip
    seen = int(found.days["aqi"].notna().sum())
    return Episodes(pollutant, rules, "hour" if hourly else "day", table, pd.concat(series, ignore_index=True), seen, tuple(notes))  # fmt: skip

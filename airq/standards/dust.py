"""Sand-dust: events by an hourly rule or from a confirmed list, and figures with and without them.

The rule is 环办监测〔2016〕120号: particle concentrations and the composite index are deducted, day counts keep the
dust days. Its hour criteria are not verified word by word, so that a deduction by detected events carries the label
模拟剔除，非官方口径; a list of officially confirmed events replaces the detection.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from airq.dataset import build
>>> pm10 = np.full(48, 60.0); pm10[20:26] = [700, 900, 600, 400, 200, 64]
>>> hours = pd.date_range("2019-04-01 01:00", periods=48, freq="h")
>>> ds = build(pd.DataFrame({"station": ["A"], "place": ["changji"]}), hours,
...            {"pm10": [pm10], "pm25": [np.full(48, 40.0)]})
>>> event = dust_events(ds).iloc[0]
>>> str(event["start"]), int(event["hours"]), float(event["peak_pm10"]), event["grade_zh"]
('2019-04-01 21:00:00', 5, 900.0, '浮尘')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.errors import FileRejected, MissingData, ParameterError
from airq.standards.city_days import place_daily
from airq.standards.city_hours import place_hourly
from airq.standards.editions import Edition, edition
from airq.standards.evaluation import summary
from airq.standards.sites import member_ids, place_id

__all__ = [
    "dust_days",
    "dust_events",
    "dust_grade",
    "read_dust_events",
    "summary_without_dust",
    "without_dust",
]

_COLUMNS: Final = ("place", "start", "end")
_STAMP: Final = ("origin", "label_zh", "label_en")


@dataclass(frozen=True)
class _Rule:
    """Hour criteria as floats; they look at means of stations, which no official rounding touches."""

    previous: int
    needed: int
    times: float
    above: float
    ratio_required: bool
    ratio_share: float
    end_share: float
    longest: int

    @classmethod
    def of(cls, e: Edition) -> _Rule:
        return cls(
            previous=e.need("hours.previous_hours"),
            needed=e.need("limits.previous_hours_needed"),
            times=float(e.need("hours.start_times_previous")),
            above=float(e.need("hours.start_above")),
            ratio_required=e.need("hours.ratio_test") == "required",
            ratio_share=float(e.need("hours.ratio_share")),
            end_share=float(e.need("hours.end_within_share_above")),
            longest=e.need("limits.maximum_hours"),
        )


def dust_grade(pm10: float, lang: str = "zh", rules: str = "DUST-2016") -> str:
    """Grade of dust by hourly PM10; empty below the lowest.

    Examples
    --------
    >>> dust_grade(2500), dust_grade(700, "en"), dust_grade(100)
    ('沙尘暴', 'floating dust', '')
    """
    found = ""
    for grade in edition(rules, "dust").need("grades").values():
        if pm10 >= float(grade["from"]):
            found = grade[lang]
    return found


def _previous_mean(values: pd.Series, rule: _Rule) -> npt.NDArray[np.float64]:
    rolled = values.rolling(rule.previous, min_periods=rule.needed).mean().shift(1)
    return np.asarray(rolled.to_numpy(), dtype=np.float64)


def _spans(pm10: pd.Series, pm25: pd.Series, rule: _Rule) -> list[tuple[int, int, float]]:
    """Events as first hour, last hour, mean before; on a complete hourly axis."""
    before = _previous_mean(pm10, rule)
    value = pm10.to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        start = (value >= rule.times * before) & (value > rule.above)
        if rule.ratio_required:
            ratio = pm25 / pm10.where(pm10 > 0)
            start &= ratio.to_numpy() <= rule.ratio_share * _previous_mean(ratio, rule)
    spans: list[tuple[int, int, float]] = []
    free = 0
    for first in np.flatnonzero(start).tolist():
        if first < free:
            continue
        stop = min(first + rule.longest, len(value))
        with np.errstate(invalid="ignore"):
            calm = np.flatnonzero(value[first:stop] <= (1 + rule.end_share) * before[first])
        free = int(first + calm[0]) if calm.size else stop
        spans.append((int(first), free - 1, float(before[first])))
    return spans


def dust_events(
    ds: xr.Dataset,
    place: str | Iterable[str] | None = None,
    rules: str = "DUST-2016",
    confirmed: str | Path | pd.DataFrame | None = None,
    mask: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Dust events of places.

    Parameters
    ----------
    ds : xarray.Dataset
        Hourly, canonical, with ``pm10`` and ``pm25``.
    place : str, list of str or None
        As for :func:`airq.standards.place_daily`.
    rules : str
        Edition of kind ``dust``; every threshold stands in its table.
    confirmed : path or DataFrame, optional
        Officially confirmed events (:func:`read_dust_events`), which replace the detection for all places.
    mask : None, "default" or names of flags

    Returns
    -------
    pandas.DataFrame
        ``place start end hours peak_pm10 previous_pm10 grade_zh grade_en origin label_zh label_en``; ``start`` and
        ``end`` are the labels of the first and last hour. ``origin`` is ``detected`` or ``confirmed``.

    Raises
    ------
    MissingData, ParameterError, FileRejected

    Notes
    -----
    Start: PM10 at least 2 times the mean of the previous 6 h and above 150, with PM2.5/PM10 at most half of its
    mean; end: before PM10 first falls to within 10 % above the previous mean [B 70%].
    """
    e = edition(rules, "dust")
    for name in ("pm10", "pm25"):
        if name not in ds:
            raise MissingData(f"dust needs '{name}', which the Dataset has not; ingest a file that holds it.")
    hours = place_hourly(
        ds[["pm10", "pm25", *[v for v in ("pm10_flag", "pm25_flag") if v in ds]]], place, mask=mask
    )
    axis = pd.date_range(hours["time"].values.min(), hours["time"].values.max(), freq="h")
    rows = []
    given = None if confirmed is None else read_dust_events(confirmed)
    rule = _Rule.of(e)
    for key in hours["place"].values:
        site = hours.sel(place=key)
        pm10, pm25 = (site[n].to_series().sort_index().reindex(axis) for n in ("pm10", "pm25"))
        if given is None:
            spans = [(axis[a], axis[b], mean) for a, b, mean in _spans(pm10, pm25, rule)]
        else:
            own = given[given["place"].isin([key, ""])]
            spans = [(a, b, float("nan")) for a, b in zip(own["start"], own["end"], strict=True)]
        rows += [_row(str(key), pm10, *span) for span in spans]
    columns = [*_COLUMNS, "hours", "peak_pm10", "previous_pm10", "grade_zh", "grade_en"]
    frame = pd.DataFrame(rows, columns=columns)
    origin = "detected" if given is None else "confirmed"
    suffix = "" if given is None else "_confirmed"
    labels = {f"label_{lang}": e.need(f"label{suffix}_{lang}") for lang in ("zh", "en")}
    return frame.assign(origin=origin, **labels)


def _row(key: str, pm10: pd.Series, start: Any, end: Any, before: float) -> dict[str, Any]:
    part = pm10.loc[start:end]
    peak = float(part.max()) if part.notna().any() else float("nan")
    return {
        "place": key,
        "start": start,
        "end": end,
        "hours": int((end - start) / pd.Timedelta(hours=1)) + 1,
        "peak_pm10": peak,
        "previous_pm10": before,
        "grade_zh": dust_grade(peak),
        "grade_en": dust_grade(peak, "en"),
    }


def read_dust_events(events: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Confirmed dust events from a CSV file or a frame.

    Parameters
    ----------
    events : path or DataFrame
        Columns ``place`` (any name; empty for all places), ``start`` and ``end`` (labels of the first and last
        hour, Beijing time).

    Returns
    -------
    pandas.DataFrame
        ``place start end``, sorted.

    Raises
    ------
    FileRejected
        One sentence with the file and the line.
    """
    name = "the frame of dust events" if isinstance(events, pd.DataFrame) else str(events)
    if isinstance(events, pd.DataFrame):
        table = events.copy()
    else:
        try:
            table = pd.read_csv(events, dtype=str, encoding="utf-8-sig", skipinitialspace=True)
        except (OSError, ValueError) as error:
            raise FileRejected(f"{name}: cannot be read as CSV; check path and encoding (UTF-8).") from error
    for column in _COLUMNS:
        if column not in table:
            raise FileRejected(f"{name}: column '{column}' is missing; the header is place,start,end.")
    for number, row in enumerate(table[list(_COLUMNS)].itertuples(index=False), 2):
        start, end = pd.to_datetime(row.start, errors="coerce"), pd.to_datetime(row.end, errors="coerce")
        if pd.isna(start) or pd.isna(end) or start > end:
            raise FileRejected(
                f"{name}: line {number}: '{row.start}' to '{row.end}' is no span of hours; "
                "write 2019-04-01 21:00 and an end not before it."
            )
    out = pd.DataFrame(
        {
            "place": [place_id(p) if isinstance(p, str) else "" for p in table["place"]],
            "start": pd.to_datetime(table["start"]).dt.as_unit("ns"),
            "end": pd.to_datetime(table["end"]).dt.as_unit("ns"),
        }
    )
    return out.sort_values(["place", "start"], ignore_index=True)


def without_dust(ds: xr.Dataset, events: pd.DataFrame, rules: str = "DUST-2016") -> xr.Dataset:
    """Hourly Dataset whose particle values are missing in the hours of dust events.

    Parameters
    ----------
    ds : xarray.Dataset
        Hourly, canonical, with coordinate ``place``.
    events : pandas.DataFrame
        From :func:`dust_events`; an event of a group holds at the stations of all its members.
    rules : str

    Returns
    -------
    xarray.Dataset
        Copy with NaN in PM10 and PM2.5 (table ``effect.pollutants``) and the label in the attributes. Days that
        keep fewer than 20 hours lose their particle values; other pollutants stay.
    """
    ids = np.array([place_id(p) for p in ds["place"].values], dtype=object)
    time = pd.DatetimeIndex(ds["time"].values)
    hit = np.zeros((len(ids), len(time)), bool)
    for event in events.itertuples(index=False):
        own = (
            np.isin(ids, [event.place, *member_ids(str(event.place))])
            if event.place
            else np.ones(len(ids), bool)
        )
        hit |= own[:, None] & np.asarray((time >= event.start) & (time <= event.end))[None, :]
    e = edition(rules, "dust")
    out = ds.copy()
    mask = xr.DataArray(~hit, dims=("station", "time"))
    for name in e.need("effect.pollutants"):
        if name in ds:
            out[name] = ds[name].where(mask).transpose(*ds[name].dims)
            out[name].attrs = dict(ds[name].attrs)
    confirmed = len(events) and (events["origin"] == "confirmed").all()
    label = "label_confirmed_zh" if confirmed else "label_zh"
    return out.assign_attrs(dust=e.need(label))


_COUNTED: Final = ("days_", "good_", "heavy_days", "severe_days", "primary_days_", "exceed_days_")


def summary_without_dust(
    ds: xr.Dataset,
    period: Any,
    standard: Any = "GB3095-2012",
    *,
    place: str | Iterable[str] | None = None,
    rules: str = "DUST-2016",
    confirmed: str | Path | pd.DataFrame | None = None,
    mask: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Figures of a period with and without dust, always both.

    Parameters
    ----------
    ds : xarray.Dataset
        Hourly, canonical.
    period, standard
        As for :func:`airq.standards.summary`.
    place, rules, confirmed, mask
        As for :func:`dust_events`.

    Returns
    -------
    pandas.DataFrame
        Rows of :func:`airq.standards.summary`, two a place: ``dust`` is ``with`` and ``without``; day counts are
        the same in both (dust days stay in); further ``dust_events``, ``dust_hours``, ``label_zh``, ``label_en``.

    Raises
    ------
    AirqError
    """
    if "time" not in ds.dims:
        raise ParameterError("dust is deducted hour by hour; give the hourly Dataset, not days.")
    events = dust_events(ds, place, rules, confirmed, mask)
    whole = summary(place_daily(ds, place, mask=mask), period, standard)
    reduced = summary(place_daily(without_dust(ds, events, rules), place, mask=mask), period, standard)
    if edition(rules, "dust").need("effect.day_counts") == "kept":
        counted = [c for c in whole if c.startswith(_COUNTED)]
        reduced[counted] = whole[counted]
    start, end = whole["start"].iloc[0], whole["end"].iloc[0] + pd.Timedelta(days=1)
    inside = events[(events["end"] > start) & (events["start"] <= end)]
    e = edition(rules, "dust")
    suffix = "" if confirmed is None else "_confirmed"
    frames = []
    for kind, frame in (("with", whole), ("without", reduced)):
        frame = frame.assign(
            dust=kind,
            dust_events=frame["place"].map(inside.groupby("place").size()).fillna(0).astype(int),
            dust_hours=frame["place"].map(inside.groupby("place")["hours"].sum()).fillna(0).astype(int),
            label_zh=e.need(f"label{suffix}_zh") if kind == "without" else "",
            label_en=e.need(f"label{suffix}_en") if kind == "without" else "",
        )
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def dust_days(days: xr.Dataset, rules: str = "DUST-2016") -> xr.DataArray:
    """Days that look like dust by their daily values: a cross-check, not an official rule.

    Parameters
    ----------
    days : xarray.Dataset
        From :func:`airq.standards.daily` or :func:`airq.standards.place_daily`.

    Returns
    -------
    xarray.DataArray
        bool, dims of the days; PM10 above 300 and PM2.5/PM10 below 0.5 [C].

    Examples
    --------
    >>> d = xr.Dataset({"pm10": ("day", [400.0, 400.0, 90.0]), "pm25": ("day", [100.0, 300.0, 20.0])})
    >>> dust_days(d).values.tolist()
    [True, False, False]
    """
    e = edition(rules, "dust")
    above, below = float(e.need("daily_check.pm10_above")), float(e.need("daily_check.ratio_below"))
    found = (days["pm10"] > above) & (days["pm25"] < below * days["pm10"])
    return found.assign_attrs(long_name="dust by daily values, not official")

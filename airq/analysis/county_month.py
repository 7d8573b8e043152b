"""The month of a county (or of a group of counties): every number that its report prints.

Headline figures are as received; what the quality masks change is shown beside them. Last year, the year to date
and both standards are computed the same way. For a group three things are kept apart: the counties, the mean of the
counties, and the county that represents the group in assessment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset, places, standards
from airq.analysis import frames
from airq.analysis import period as periods
from airq.analysis.capture import capture, in_period
from airq.analysis.period import Period
from airq.analysis.unmeasured import days_held
from airq.errors import AirqError, FileRejected, MissingData
from airq.observations import Archive
from airq.places import Place
from airq.standards.sites import MICRO
from airq.variables import DEFAULT_MASK, FLAGS, POLLUTANTS

__all__ = ["INDICATORS", "CountyMonth", "county_month"]

Absence = Literal["", "no_station", "background_only", "no_value"]
OLD: Final = "GB3095-2012"
NEW: Final = "GB3095-2026"
BY_DATE: Final = "by-date"

INDICATORS: Final = (
    "days_valid",
    "good_days",
    "heavy_days",
    "good_ratio",
    *(f"mean_{p}" for p in POLLUTANTS),
    "p95_co",
    "p90_o3",
    "composite",
)
"""Columns of ``summary`` that a group averages over its counties."""

_HOURLY: Final = ("pm25", "pm10", "o3")
_FRAMES: Final = ("stations", "capture", "days", "summary", "cumulative", "hourly")


@dataclass(frozen=True, eq=False)
class CountyMonth:
    """Numbers of one place and period.

    Attributes
    ----------
    place : str
        Id of a county, a neighbour or a group.
    period : airq.standards.Period
    standards : tuple of str
        The two compared, older first.
    in_force : tuple of str
        Standards in force at the start and the end of the period, one if the same.
    simulated : bool
    source, digest, ingested : str
        What the archive says of its data; digest of the months used; time of the last ingest.
    absence, last_absence : {"", "no_station", "background_only", "no_value"}
        Why there is nothing to report for the period, and for the same period of last year.
    data_until : str
        Last hour with a value if the data end before the period does, else empty.
    members : tuple of str
        Ids of a group's counties, empty for a county.
    represented_by : str
        Id of the county that represents a group in assessment, or empty.
    stations : pandas.DataFrame
        ``station name_zh name_en place network role lat lon``.
    capture : pandas.DataFrame
        See :func:`airq.analysis.capture.capture`.
    days : pandas.DataFrame
        Days of the period: ``place day edition aqi category primary``, the six pollutants (µg/m³, CO mg/m³; O3 is
        MDA8), ``n_stations``, ``doubtful`` (values with a flag of the default mask).
    summary : pandas.DataFrame
        Rows of :func:`airq.standards.summary` with ``place``, ``span`` (``period``, ``last_period``, ``ytd``,
        ``last_ytd``; where the data end before the period does also ``so_far``, the part that they reach, and
        ``last_whole``, all of the period a year before, while ``last_period``, ``ytd`` and ``last_ytd`` end with that part; in a period longer than a month also each
        month, such as ``2026-07``), ``standard`` (``by-date`` too where the standard changes within the span), ``mask``
        (``received``, ``masked``) and reasons in both languages; ``attains`` and ``attains_<p>`` are 1, 0 or missing,
        of a calendar year only. For a group the row with its own id is the mean of the counties; ``used_<indicator>``
        counts the counties in it.
    cumulative : pandas.DataFrame
        ``span edition day good``: good days since 1 January; of a county only.
    hourly : pandas.DataFrame
        ``time station``, PM2.5, PM10, O3 and their flags as received; of a county only.
    """

    place: str
    period: Period
    standards: tuple[str, str]
    in_force: tuple[str, ...]
    simulated: bool
    source: str
    digest: str
    ingested: str
    absence: Absence
    last_absence: Absence
    data_until: str
    members: tuple[str, ...]
    represented_by: str
    stations: pd.DataFrame
    capture: pd.DataFrame
    days: pd.DataFrame
    summary: pd.DataFrame
    cumulative: pd.DataFrame
    hourly: pd.DataFrame

    @property
    def about(self) -> Place:
        """Place of the result."""
        return places.get(self.place)

    @property
    def is_group(self) -> bool:
        """Whether the place is a group of counties."""
        return bool(self.members)

    @property
    def straddles(self) -> bool:
        """Whether the standard changes within the period."""
        return len(self.in_force) > 1

    @property
    def official(self) -> str:
        """Standard by which the period's days were judged when they passed: one of the two, or ``by-date``."""
        return BY_DATE if self.straddles else self.in_force[0]

    @property
    def begins_year(self) -> bool:
        """Whether the period is the year to date itself, as a first quarter, a first half or a year is."""
        return (self.period.start.month, self.period.start.day) == (1, 1)

    def row(
        self,
        span: str = "period",
        standard: str | None = None,
        mask: str = "received",
        place: str | None = None,
    ) -> pd.Series | None:
        """One row of the summary.

        Parameters
        ----------
        span : str
            ``period``, ``so_far``, ``last_period``, ``last_whole``, ``ytd``, ``last_ytd``, or a month of a longer period.
        standard : str, optional
            The older of the two by default.
        mask : {"received", "masked"}
        place : str, optional
            A member of a group; the place itself by default.

        Returns
        -------
        pandas.Series or None
            None where there are no data.
        """
        key = (span, standard or self.standards[0], mask, place or self.place)
        found = self._rows.get(key)
        return None if found is None or not found["days_valid"] > 0 else found

    @property
    def compared(self) -> tuple[str, str]:
        """Spans of this year and last that hold the same days of the calendar."""
        return ("so_far" if self.data_until else "period"), "last_period"

    def span(self, name: str) -> Period:
        """Days that a span of the summary covers.

        Parameters
        ----------
        name : str
            As for :meth:`row`.

        Returns
        -------
        airq.standards.Period
        """
        known = _spans(self.period, self.data_until)
        return known[name] if name in known else periods.parse(name)

    @cached_property
    def _rows(self) -> dict[tuple[str, str, str, str], pd.Series]:
        keys = ["span", "standard", "mask", "place"]
        return {tuple(row[k] for k in keys): row for _, row in self.summary.iterrows()}

    def counts(self, span: str = "period") -> pd.DataFrame:
        """Days by category of a span, 0 being days without a valid AQI.

        Parameters
        ----------
        span : str

        Returns
        -------
        pandas.DataFrame
            ``place span edition category days``, as received, of counties.
        """
        table = self.summary
        rows = []
        if not table.empty:
            chosen = table[
                (table["span"] == span)
                & (table["mask"] == "received")
                & table["standard"].isin(self.standards)
                & ~table["place"].isin([self.place] if self.is_group else [])
            ]
            for row in chosen.to_dict("records"):
                edition = edition_of(row["standard"])
                levels = [
                    row["days_calendar"] - row["days_valid"],
                    *(row[f"days_level_{k}"] for k in range(1, 7)),
                ]
                rows += [(row["place"], span, edition, k, int(n)) for k, n in enumerate(levels)]
        return pd.DataFrame(rows, columns=["place", "span", "edition", "category", "days"])

    def to_frame(self) -> pd.DataFrame:
        """Summary: one row a place, span, standard and mask."""
        return self.summary

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; see :meth:`from_dict`."""
        out: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        out["period"] = self.period.name
        for name in ("standards", "in_force", "members"):
            out[name] = list(out[name])
        return out | {name: frames.encode(out[name]) for name in _FRAMES}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> CountyMonth:
        """Result of :meth:`to_dict`.

        Raises
        ------
        FileRejected
            If an entry is missing or damaged.
        """
        try:
            plain = {f.name: value[f.name] for f in fields(cls)}
        except KeyError as error:
            raise FileRejected(f"results: entry {error} is missing; make the results again.") from error
        plain["period"] = periods.parse(plain["period"])
        for name in ("standards", "in_force", "members"):
            plain[name] = tuple(plain[name])
        return cls(**plain | {name: frames.decode(plain[name]) for name in _FRAMES})

    def _repr_html_(self) -> str:
        columns = [
            "place",
            "span",
            "standard",
            "mask",
            "days_valid",
            "good_days",
            "heavy_days",
            "mean_pm25",
            "composite",
        ]
        shown = self.summary[columns] if not self.summary.empty else self.summary
        return f"<p>{self.about.zh} {self.about.en} {self.period.name}</p>{shown.to_html(index=False)}"


def edition_of(standard: str) -> str:
    """Short name of the AQI edition that goes with a standard.

    Examples
    --------
    >>> edition_of("GB3095-2026-transition")
    '2026'
    """
    named = standards.standard_of(standard).edition.need("aqi")
    return str(named).rsplit("-", 1)[-1]


def county_month(archive: Archive, place: str, month: str | Period) -> CountyMonth:
    """Compute the month of a place.

    Parameters
    ----------
    archive : airq.observations.Archive
    place : str
        Id, name or code of a county, a neighbour or a group.
    month : str or Period
        ``2026-10``; also 2026Q3, 2026H1 or 2026.

    Returns
    -------
    CountyMonth
        Also where the place has no station, or no data last year: ``absence`` and ``last_absence`` say so.

    Raises
    ------
    ParameterError
        If the place or the period is not understood.
    MissingData
        If the archive holds no month of the period at all.
    """
    about, period = places.get(place), periods.parse(month)
    if not set(periods.months(period)) & set(archive.months()):
        raise MissingData(f"{archive.path}: holds no month of {period.name}; ingest its data first.")
    before = periods.to_date(periods.last_year(period))
    wanted = [m for m in archive.months() if periods.months(before)[0] <= m <= periods.months(period)[-1]]
    known = archive.stations()
    known = known[known["network"] != MICRO]  # low-cost sensors enter no official figure
    ids = [m.id for m in places.members(about.id)]
    own = known[known["place"].isin(ids)].reset_index(drop=True)
    pair = (OLD, standards.standard_of(NEW, on=period.end).name)
    common: dict[str, Any] = {
        "place": about.id,
        "period": period,
        "standards": pair,
        "in_force": _in_force(period),
        "simulated": archive.simulated,
        "digest": archive.digest(wanted),
        "ingested": str(archive.info()["last_ingest"] or ""),
        "members": tuple(ids) if about.kind == "group" else (),
        "represented_by": about.represented_by,
        "stations": own[["station", "name_zh", "name_en", "place", "network", "role", "lat", "lon"]],
    }
    if own.empty:
        return CountyMonth(**common, **_nothing("no_station", str(archive.path.name)))
    # One stretch from last January on: stations that open or close in between are then judged alike in both years.
    ds = archive.load(stations=own["station"].tolist(), start=wanted[0], end=wanted[-1])
    return CountyMonth(**common, **_measured(ds, about, period, pair, _reached(archive, period)))


def _reached(archive: Archive, period: Period) -> str:
    """Last hour of the last month of the period that the archive holds whole, if months after it are to come.

    A station that falls silent while others go on has lost those hours; hours that have not come are no loss.
    """
    known = archive.months()
    last = max(set(periods.months(period)) & set(known))
    if last == known[-1]:  # a month that others follow is over
        try:
            complete = archive.last_complete_month()
        except AirqError:  # rows of other places are damaged; those of this place say how far they reach
            return ""
        if complete is None or last > complete:
            return ""
    return periods.end(periods.parse(last)).strftime("%Y-%m-%dT%H:%M")


def _in_force(period: Period) -> tuple[str, ...]:
    names = [standards.standard_of(None, on=day).name for day in (period.start, period.end)]
    return tuple(dict.fromkeys(names))


def _nothing(absence: Absence, source: str) -> dict[str, Any]:
    empty: dict[str, Any] = {name: pd.DataFrame() for name in _FRAMES if name != "stations"}
    return {"absence": absence, "last_absence": absence, "data_until": "", "source": source, **empty}


def _measured(
    ds: xr.Dataset, about: Place, period: Period, pair: tuple[str, str], reached: str
) -> dict[str, Any]:
    """Everything that rests on observations; ``reached`` is the last hour of data of the whole archive where known."""
    now = in_period(ds, period)
    group = about.kind == "group"
    out = _nothing("", str(ds.attrs.get("source", "")))
    out["data_until"] = _data_until(now, period)
    out["capture"] = capture(ds, period, pair[1], reached or out["data_until"])
    if not group:
        out["hourly"] = _hourly(now)
    usable = _usable(ds)
    if not usable:
        return out | {"absence": "background_only", "last_absence": "background_only"}
    received = standards.place_daily(ds, usable, edition_of(pair[0]))
    masked = standards.place_daily(dataset.masked(ds, "default"), usable, edition_of(pair[0]))
    out["days"] = _days(received, period, pair).merge(_doubtful(now), on=["place", "day"], how="left")
    out["days"]["doubtful"] = out["days"]["doubtful"].fillna(0).astype("int64")
    out["summary"] = _summary(received, masked, period, pair, out["data_until"])
    out["absence"] = "" if _any_value(received, period) else "no_value"
    out["last_absence"] = "" if _any_value(received, periods.last_year(period)) else "no_value"
    if group:
        out["summary"] = _with_mean(out["summary"], about.id)
    else:
        out["cumulative"] = _cumulative(received, period, pair)
    return out


def _usable(ds: xr.Dataset) -> list[str]:
    """Places with an evaluation station; background stations stand for no city."""
    pairs = zip(ds["place"].values, ds["role"].values, strict=True)
    return list(dict.fromkeys(str(p) for p, role in pairs if str(role) != "background"))


def _data_until(now: xr.Dataset, period: Period) -> str:
    there = np.zeros(now.sizes["time"], bool)
    for name in POLLUTANTS:
        there |= np.isfinite(now[name].values).any(axis=0)
    if not there.any():
        return ""
    last = pd.Timestamp(now["time"].values[np.flatnonzero(there)[-1]])
    return "" if last > periods.end(period) - pd.Timedelta(days=1) else last.strftime("%Y-%m-%dT%H:%M")


def _any_value(days: xr.Dataset, period: Period) -> bool:
    part = days.sel(day=slice(pd.Timestamp(period.start), pd.Timestamp(period.end)))
    return any(bool(np.isfinite(part[name].values).any()) for name in POLLUTANTS)


def _hourly(now: xr.Dataset) -> pd.DataFrame:
    parts = []
    for s, code in enumerate(now["station"].values):
        columns: dict[str, Any] = {"time": now["time"].values, "station": str(code)}
        for name in _HOURLY:
            columns[name] = now[name].values[s].astype("float64").round(4)
            columns[f"{name}_flag"] = now[f"{name}_flag"].values[s].astype("int64")
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _days(received: xr.Dataset, period: Period, pair: tuple[str, str]) -> pd.DataFrame:
    parts = []
    stamps = periods.calendar(period)
    for standard in pair:
        edition = edition_of(standard)
        judged = standards.add_index(received, edition).reindex(day=stamps)
        for p, place in enumerate(judged["place"].values):
            columns: dict[str, Any] = {"place": str(place), "day": stamps, "edition": edition}
            columns["aqi"] = judged["aqi"].values[p]
            columns["category"] = np.nan_to_num(judged["category"].values[p].astype("float64")).astype(
                "int64"
            )
            columns["primary"] = ["" if v != v else str(v) for v in judged["primary"].values[p]]
            columns |= {name: judged[name].values[p] for name in POLLUTANTS}
            columns["n_stations"] = np.nan_to_num(judged["n_stations"].values[p].astype("float64")).astype(
                "int64"
            )
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _doubtful(now: xr.Dataset) -> pd.DataFrame:
    """Values of each place and day that the default mask would leave out: ``place day doubtful``."""
    mask = np.uint16(sum(FLAGS[f] for f in DEFAULT_MASK))
    count = np.zeros((now.sizes["station"], now.sizes["time"]), np.int64)
    for name in POLLUTANTS:
        count += ((now[f"{name}_flag"].values & mask) > 0) & np.isfinite(now[name].values)
    count[now["role"].values == "background"] = 0
    days = dataset.day_of(now["time"].values).astype("datetime64[ns]")
    station, stamp = np.nonzero(count)
    place = np.array([str(p) for p in now["place"].values])
    hits = pd.DataFrame({"place": place[station], "day": days[stamp], "doubtful": count[station, stamp]})
    return hits.groupby(["place", "day"], as_index=False)["doubtful"].sum()


def _spans(period: Period, until: str = "") -> dict[str, Period]:
    """Period of every span but the single months; all but ``period`` end where the data do."""
    whole = {"period": period}
    if not until:
        before = periods.last_year(period)
        return whole | {
            "last_period": before,
            "ytd": periods.to_date(period),
            "last_ytd": periods.to_date(before),
        }
    hours = int(standards.standard_of(NEW, on=period.end).edition.need("validity.day_hours"))
    part, year = (periods.so_far(p, until, hours) for p in (period, periods.to_date(period)))
    return whole | {
        "so_far": part,
        "last_period": periods.last_year(part),
        "last_whole": periods.last_year(period),
        "ytd": year,
        "last_ytd": periods.last_year(year),
    }


def _summarised(days: xr.Dataset, period: Period, standard: str, words: dict[str, str]) -> pd.DataFrame:
    """Summary with the reasons in both languages; ``words`` collects their translations."""
    table = standards.summary(days, period, standard, lang="en")
    reasons = [c for c in table if c.endswith("_withheld")]
    if not set(table[reasons].to_numpy().ravel()) <= set(words):
        chinese = standards.summary(days, period, standard, lang="zh")
        for column in reasons:
            words |= dict(zip(table[column], chinese[column], strict=True))
    verdicts = {c: table[c].astype("float64") for c in table if c.startswith("attains")}  # 1, 0, missing
    table = table.assign(**verdicts, **{f"{c}_zh": table[c].map(words) for c in reasons})
    return table.drop(columns=["start", "end", "reason"])


def _summary(
    received: xr.Dataset, masked: xr.Dataset, period: Period, pair: tuple[str, str], until: str
) -> pd.DataFrame:
    spans, words = _spans(period, until), {"": ""}
    parts = []
    for span, part in spans.items():
        names = list(pair)
        if len(_in_force(spans["ytd" if span.endswith("ytd") else "period"])) > 1:
            names.append(BY_DATE)  # the standard changes within it: each day as it was published
        for standard in names:
            table = _summarised(received, part, standard, words)
            parts.append(table.assign(span=span, mask="received", standard=standard))
    for month in periods.months(period) if period.kind != "month" else ():
        for standard in pair:
            table = _summarised(received, periods.parse(month), standard, words)
            parts.append(table.assign(span=month, mask="received", standard=standard))
    for standard in pair:
        parts.append(
            _summarised(masked, period, standard, words).assign(
                span="period", mask="masked", standard=standard
            )
        )
    return pd.concat(parts, ignore_index=True)


def _withheld(table: pd.DataFrame, indicator: str) -> pd.Series:
    """Where an indicator may not be printed."""
    if indicator == "composite":
        return table["composite_withheld"] != ""
    if indicator in ("good_days", "good_ratio"):
        return pd.Series([days_held(row) for row in table.to_dict("records")], table.index, dtype=bool)
    name = indicator.rsplit("_", 1)[-1]
    return table[f"{name}_withheld"] != "" if name in POLLUTANTS else pd.Series(False, index=table.index)


def _with_mean(summary: pd.DataFrame, group: str) -> pd.DataFrame:
    """Add the mean of the counties: of each indicator over the counties where it may be printed."""
    rows = []
    for (span, standard, mask), table in summary.groupby(["span", "standard", "mask"], sort=False):
        table = table[table["days_valid"] > 0]
        row: dict[str, Any] = {"place": group, "span": span, "standard": standard, "mask": mask}
        for indicator in INDICATORS:
            values = table[indicator].where(~_withheld(table, indicator)).dropna().astype("float64")
            row[indicator] = values.mean() if len(values) else np.nan
            row[f"used_{indicator}"] = float(len(values))
        rows.append(row)
    joined = pd.concat([summary, pd.DataFrame(rows)], ignore_index=True)
    texts = [c for c in joined if joined[c].dtype.kind not in "fiub"]
    return joined.assign(**{c: joined[c].fillna("") for c in texts})


def _cumulative(received: xr.Dataset, period: Period, pair: tuple[str, str]) -> pd.DataFrame:
    spans = _spans(period)
    parts = []
    for standard in pair:
        edition = edition_of(standard)
        rules = standards.edition(standards.standard_of(standard).edition.need("evaluation"), "evaluation")
        aqi = standards.add_index(received, edition)["aqi"][0].to_series()
        for span in ("ytd", "last_ytd"):
            if not _any_value(received, spans[span]):
                continue
            days = periods.calendar(spans[span])
            good = (aqi.reindex(days) <= rules.need("days.good_up_to")).cumsum().to_numpy()
            parts.append(pd.DataFrame({"span": span, "edition": edition, "day": days, "good": good}))
    columns = ["span", "edition", "day", "good"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

"""A station table held against what an archive stores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import dataset, places
from airq.observations.stations.finding import Finding
from airq.observations.stations.periods import current, with_periods

if TYPE_CHECKING:
    from airq.observations.archive import Archive
    from airq.observations.months import Kind

__all__ = ["against_archive"]


def against_archive(table: pd.DataFrame, archive: Archive) -> list[Finding]:
    """What an archive stores and the table does not allow.

    Parameters
    ----------
    table : DataFrame
        As from :func:`airq.observations.stations.load`.
    archive : Archive

    Returns
    -------
    list of Finding
        Data outside the validity of its station, stored codes without a row, stored places and roles that differ.
        Only months that a period does not cover are read.
    """
    stored = archive.stations()
    rows = current(table).set_index("station")
    out = _described(stored, rows)
    unknown = [c for c in stored["station"].tolist() if c not in rows.index]
    if unknown and not archive.simulated:
        shown = ", ".join(unknown[:5]) + (" …" if len(unknown) > 5 else "")
        text = f"{shown}: {len(unknown)} stations with data in the archive have no row; add them."
        out.append(Finding("unknown", unknown[0], text))
    starts, ends = with_periods(table)
    spans: dict[str, list[_Span]] = {}
    for i, code in enumerate(table["station"].tolist()):
        spans.setdefault(code, []).append(_Span.of(starts[i], ends[i]))
    held = set(stored["station"])
    limited = {c: s for c, s in spans.items() if c in held and not any(p.endless for p in s)}
    return [*out, *_outside(limited, archive, table["station"].tolist())]


def _described(stored: pd.DataFrame, rows: pd.DataFrame) -> list[Finding]:
    """Stored descriptions that the table contradicts."""
    out = []
    for row in stored.itertuples(index=False):
        if row.station not in rows.index:
            continue
        said = rows.loc[row.station]
        if said["role"] == "background" and row.role != "background":
            text = f"{row.station}: is a background station but is used for evaluation in the archive; ingest one of its files again with this table."
            out.append(Finding("background", row.station, text))
        group = places.find(said["place"]) if said["place"] else None
        inside = group is not None and row.place in group.members
        if said["place"] and row.place != said["place"] and not inside:
            text = f"{row.station}: belongs to '{row.place or 'no place'}' in the archive and to '{said['place']}' in the table; ingest one of its files again with this table, or correct the table."
            out.append(Finding("place", row.station, text, said["place"]))
    return out


@dataclass(frozen=True)
class _Span:
    """A period of validity in days, both ends inside."""

    first: np.datetime64
    last: np.datetime64

    @classmethod
    def of(cls, start: str, end: str) -> _Span:
        return cls(np.datetime64(start or "0001-01-01", "D"), np.datetime64(end or "9999-12-31", "D"))

    @property
    def endless(self) -> bool:
        return self.first == np.datetime64("0001-01-01", "D") and self.last == np.datetime64(
            "9999-12-31", "D"
        )

    def holds(self, days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.bool_]:
        return (self.first <= days) & (days <= self.last)


def _valid(spans: Sequence[_Span], days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.bool_]:
    return np.any([s.holds(days) for s in spans], axis=0)


def _outside(limited: dict[str, list[_Span]], archive: Archive, codes: list[str]) -> list[Finding]:
    """Stations of limited validity with data on other days."""
    days_of: dict[str, list[npt.NDArray[np.datetime64]]] = {}
    kinds: tuple[Kind, ...] = ("observations", "daily")
    for kind in kinds:
        for month in archive.months(kind):
            days = np.arange(np.datetime64(month, "M"), np.datetime64(month, "M") + 1, dtype="datetime64[D]")
            wanted = {c for c, s in limited.items() if not _valid(s, days).all()}
            if not wanted:
                continue
            for code, stamps in _stored_days(archive, kind, month, wanted).items():
                bad = stamps[~_valid(limited[code], stamps)]
                if len(bad):
                    days_of.setdefault(code, []).append(bad)
    out = []
    for code in limited:
        if code not in days_of:
            continue
        bad = np.unique(np.concatenate(days_of[code]))
        spans = " and ".join(_text(s) for s in limited[code])
        text = f"{code}: has data on {len(bad):,} days from {bad[0]} to {bad[-1]} outside its validity ({spans}); correct the dates, or the data belong to another station."
        out.append(Finding("validity", code, text, rows=(codes.index(code),)))
    return out


def _text(span: _Span) -> str:
    first = "" if span.first == np.datetime64("0001-01-01", "D") else f"from {span.first} "
    last = "" if span.last == np.datetime64("9999-12-31", "D") else f"to {span.last}"
    return (first + last).strip()


def _stored_days(archive: Archive, kind: Kind, month: str, wanted: set[str]) -> dict[str, Any]:
    """Natural days on which the wanted stations have a value in a month."""
    there = sorted(wanted & set(archive.stations(kind)["station"]))
    if not there:
        return {}
    ds = archive.load(stations=there, start=month, end=month, kind=kind)
    days = ds["day"].values.astype("datetime64[D]") if "day" in ds.dims else dataset.day_of(ds["time"])
    some = np.zeros((ds.sizes["station"], len(days)), dtype=bool)
    for name in ds.data_vars:
        if ds[name].dtype.kind == "f":
            some |= np.isfinite(ds[name].values)
    return {str(c): np.unique(days[s]) for c, s in zip(ds["station"].values, some, strict=True) if s.any()}

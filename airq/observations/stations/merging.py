"""Several lists of different dates become one registry with periods of validity.

A list says what held on its date, seldom since when. What it does not say is not invented: a period is as long as the
lists allow, and a change that no list dates begins with the first list that shows it.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

import pandas as pd

from airq.errors import AirqError, ParameterError
from airq.observations.formats.base import CODE
from airq.observations.stations import exchanges, successors
from airq.observations.stations.changes import Change, classify, finer_place, same_name, shown
from airq.observations.stations.content import with_counties
from airq.observations.stations.finding import Finding
from airq.observations.stations.geodesy import distance_km
from airq.observations.stations.locations import ROUNDING_KM
from airq.observations.stations.periods import Day, day_text, previous_day
from airq.observations.stations.successors import UNDATED
from airq.observations.stations.table import COLUMNS, Origin, load, origin
from airq.observations.stations.validity import periods as contradictions

__all__ = ["COMPLETE", "Dated", "Merged", "merge"]

COMPLETE: Final = 0.9
"""A list that holds this share of the open codes is taken for complete: what it lacks is closed."""

Dated: TypeAlias = tuple[Day, str | Path | pd.DataFrame]
"""A list and the day for which it holds."""

_CLOSED: Final = re.compile(r"in the list: .*已(停运|停用|关停|撤销)")
Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Merged:
    """Result of :func:`merge`.

    Attributes
    ----------
    registry : DataFrame
        As from :func:`airq.observations.stations.load`, several rows for a station that changed.
    changes : tuple of Change
        Every difference between lists.
    findings : tuple of Finding
        What a person should look at: duplicates, missing positions, vanished codes, likely successions.
    dates : tuple of str
        Dates of the lists, in order.
    """

    registry: pd.DataFrame
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    dates: tuple[str, ...]

    @property
    def moves(self) -> pd.DataFrame:
        """Differences of position, the farthest first: station, kind, date, km, old, new, certain, reason."""
        frame = self.to_frame()
        kinds = ("rounding", "correction", "exchange", "move")
        return (
            frame[frame["kind"].isin(kinds) & frame["km"].notna()]
            .sort_values("km", ascending=False, kind="stable")
            .reset_index(drop=True)
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a change."""
        columns = ("station", "kind", "date", "km", "old", "new", "certain", "reason")
        return pd.DataFrame(
            [{c: getattr(x, c) for c in columns} for x in self.changes], columns=list(columns)
        )

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{html.escape(f.sentence)}</li>" for f in self.findings)
        table: str = self.to_frame().to_html(index=False)
        return f"{table}<ul>{items}</ul>"


def merge(
    tables: Iterable[Dated] | Mapping[Any, str | Path | pd.DataFrame],
    own: pd.DataFrame | None = None,
    complete: Collection[Day] | None = None,
) -> Merged:
    """Merge station lists of different dates.

    Parameters
    ----------
    tables : pairs of day and list, or a mapping of days to lists
        A list is a path or a frame; a registry that has periods may be one of them.
    own : DataFrame, optional
        Successions and, where a position was corrected, positions that are known to be right; the project's own
        table by default.
    complete : days, optional
        Dates of the lists that hold every open station; found by :data:`COMPLETE` if not given.

    Returns
    -------
    Merged

    Raises
    ------
    ParameterError
        No list, or two of one date.

    Examples
    --------
    >>> a = pd.DataFrame({"station": ["1A"], "name": ["旧址"], "lat": [44.0], "lon": [87.0]})
    >>> b = pd.DataFrame({"station": ["1A"], "name": ["新址"], "lat": [44.02], "lon": [87.0]})
    >>> merged = merge([("2018", a), ("2020-01-01", b)])
    >>> merged.registry[["name_zh", "valid_from", "valid_to"]].values.tolist()
    [['旧址', '', '2019-12-31'], ['新址', '2020-01-01', '']]
    >>> [(c.kind, round(c.km, 2)) for c in merged.changes if c.km > 0]
    [('move', 2.22)]
    """
    pairs = list(tables.items()) if isinstance(tables, Mapping) else list(tables)
    dated = sorted(((day_text(day), load(table)) for day, table in pairs), key=lambda p: p[0])
    if not dated:
        raise ParameterError("no station list to merge; name at least one.")
    twice = {a for (a, _), (b, _) in itertools.pairwise(dated) if a == b}
    if twice:
        raise ParameterError(f"two station lists have the date {min(twice)}; give each its own.")
    if own is None:
        try:
            own = load()
        except AirqError:  # lists can be merged without the project's own table
            own = pd.DataFrame(columns=list(COLUMNS))
    work = _Merging(own, None if complete is None else {day_text(d) for d in complete})
    for date, table in dated:
        work.take(date, table)
    return work.finish(tuple(d for d, _ in dated))


@dataclass
class _Merging:
    """The registry while lists are taken, in order of their dates."""

    own: pd.DataFrame
    complete: set[str] | None
    rows: dict[str, list[Row]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    later: set[str] = field(default_factory=set)  # codes that the first list does not have

    def __post_init__(self) -> None:
        self.known = {r["station"]: r for r in self.own.to_dict("records")}

    # ---- taking ----

    def take(self, date: str, table: pd.DataFrame) -> None:
        """Take the list of a date."""
        came = origin(table)
        self.findings += [replace(f, rows=()) for f in came.findings]
        for f in contradictions(table):
            if f.kind == "duplicate":
                self.findings.append(replace(f, sentence=f"{f.sentence} The last row is taken.", rows=()))
        given: dict[str, list[Row]] = {}
        for row in table.to_dict("records"):
            given.setdefault(str(row["station"]), []).append(self._stated(row, came, date))
        given = {c: _without_contradictions(r) for c, r in given.items()}
        self._relabel(given, date)
        pairs = exchanges.exchanged(
            {c: r[-1] for c, r in self.rows.items()}, {c: r[0] for c, r in given.items()}
        )
        if self.rows:
            self._vanished(given, date)
            self.later |= given.keys() - self.rows.keys()
        for code, new_rows in given.items():
            for number, row in enumerate(new_rows):
                self._step(code, row, date, pairs.get(code, ""), number > 0)

    @staticmethod
    def _stated(row: Row, came: Origin, date: str) -> Row:
        """Row of a list in which guesses are empty."""
        out = {c: row[c] for c in COLUMNS}
        for column in ("role", "network"):
            default = {"role": "evaluation", "network": "national"}[column]
            if column in came.unstated and out[column] == default:
                out[column] = ""
        out["source"] = out["source"] or f"{Path(came.name).name}, list of {date}"
        if not out["valid_to"] and _CLOSED.search(out["note"]):
            out["valid_to"] = previous_day(date)
            out["note"] += f"; the date of closing {UNDATED}"
        return out

    def _relabel(self, given: dict[str, list[Row]], date: str) -> None:
        """Places that only changed their name take the newer one throughout."""
        old = {c: r[-1]["place"] for c, r in self.rows.items()}
        new = {c: r[0]["place"] for c, r in given.items() if c in old}
        for before, after in exchanges.relabelled(old, new).items():
            count = 0
            for rows in self.rows.values():
                for row in rows:
                    if row["place"] == before:
                        row["place"], count = after, count + 1
            text = f"'{before}': is called '{after}' from the list of {date}; the newer name is taken for {count} rows."
            self.findings.append(Finding("place", "", text, after))

    def _vanished(self, given: dict[str, list[Row]], date: str) -> None:
        """Open codes that the list lacks: closed if the list is complete, else named by place."""
        open_codes = [c for c, r in self.rows.items() if not r[-1]["valid_to"]]
        gone = [c for c in open_codes if c not in given]
        share = 1 - len(gone) / max(1, len(open_codes))
        whole = date in self.complete if self.complete is not None else share >= COMPLETE
        covered = {self.rows[c][-1]["place"] for c in given if c in self.rows}
        missing: dict[str, list[str]] = {}
        for code in gone:
            place = self.rows[code][-1]["place"]
            if whole:
                self._close(code, date)
            elif place in covered:
                missing.setdefault(place, []).append(code)
        for place, codes in missing.items():
            text = f"{', '.join(codes)}: in '{place}', not in the list of {date}, which is not complete; left open, write valid_to if closed."
            self.findings.append(Finding("vanished", codes[0], text, place))

    def _close(self, code: str, date: str) -> None:
        row = self.rows[code][-1]
        if row["valid_from"] and row["valid_from"] >= date:
            return
        row["valid_to"] = previous_day(date)
        _note(row, f"not in the list of {date}; the date of closing {UNDATED}")
        text = f"{code}: is not in the list of {date}, which is complete; closed on {row['valid_to']}, correct the date if it is known."
        self.findings.append(Finding("vanished", code, text, row["place"]))

    # ---- one station ----

    def _step(self, code: str, new: Row, date: str, exchanged_with: str, history: bool) -> None:
        rows = self.rows.setdefault(code, [])
        if not rows:
            rows.append(new)
            return
        old = next((r for r in rows if _same_period(r, new)), rows[-1])
        if old["valid_to"] and old["valid_to"] < new["valid_from"]:  # a later period by the list's own dates
            self._fill(code, old, new, date)
            self.changes += [] if history else classify(old, new, date)
            rows.append(new)
            return
        closed = old["valid_to"] and old["valid_to"] < date
        if closed and not new["valid_to"] and self._open_again(code, rows, new, date):
            return
        self._fill(code, old, new, date)
        changes = classify(old, new, date)
        if exchanged_with:
            why = f"{code} and {exchanged_with} have each other's name or position in the older list"
            changes = [
                replace(c, kind="exchange", certain=False, reason=why)
                if c.kind in ("move", "correction", "rename")
                else c
                for c in changes
            ]
        begin = new["valid_from"] if new["valid_from"] > (old["valid_from"] or "") else date
        splits = any(c.splits for c in changes)
        possible = (
            old is rows[-1]
            and not (new["valid_to"] and new["valid_to"] < begin)
            and not (old["valid_from"] and old["valid_from"] >= begin)
        )
        if splits and possible:
            self.changes += changes
            self._split(rows, old, new, begin, date)
            return
        if splits:
            changes = [
                replace(c, kind="correction", certain=False, reason="the period had ended before")
                if c.kind == "move"
                else c
                for c in changes
            ]
        self.changes += changes
        self._update(old, new, changes)

    def _open_again(self, code: str, rows: list[Row], new: Row, date: str) -> bool:
        """Take a closed code that a newer list gives as open; whether a row of its own was made for it."""
        old = rows[-1]
        if UNDATED in old["note"]:
            self.findings.append(Finding("vanished", code, f"{code}: is in the list of {date} again; taken as open throughout.", old["place"]))  # fmt: skip
            old["valid_to"] = ""
            return False
        new["valid_from"] = date
        self._fill(code, old, new, date)
        rows.append(new)
        self.findings.append(Finding("period", code, f"{code}: closed on {old['valid_to']} and open in the list of {date}; taken as opened again on that date, correct valid_from.", new["place"]))  # fmt: skip
        return True

    def _fill(self, code: str, old: Row, new: Row, date: str) -> None:
        """Let each row lend the other what it lacks."""
        if new["lat"] != new["lat"] and old["lat"] == old["lat"]:
            new["lat"], new["lon"] = old["lat"], old["lon"]
            text = f"{code}: has no position in the list of {date}; that of an earlier list ({shown(old)}) is used."
            self.findings.append(Finding("position", code, text, new["place"]))
        elif old["lat"] != old["lat"] and new["lat"] == new["lat"]:
            old["lat"], old["lon"] = new["lat"], new["lon"]
            text = f"{code}: has no position in the lists before {date}; that of this list ({shown(new)}) is used."
            self.findings.append(Finding("position", code, text, new["place"]))
        place = finer_place(old["place"], new["place"])
        if place is not None:
            old["place"] = new["place"] = place
        for column in ("name_zh", "role", "network", "succeeds"):
            old[column], new[column] = old[column] or new[column], new[column] or old[column]
        if not new["name_en"] and old["name_zh"] == new["name_zh"]:
            new["name_en"] = old["name_en"]

    @staticmethod
    def _split(rows: list[Row], old: Row, new: Row, begin: str, date: str) -> None:
        if not old["valid_to"] or old["valid_to"] >= begin:
            old["valid_to"] = previous_day(begin)
        if new["valid_from"] != begin:
            new["valid_from"] = begin
            _note(new, f"as of the list of {date}; the date of the change {UNDATED}")
        rows.append(new)

    def _update(self, old: Row, new: Row, changes: list[Change]) -> None:
        """Take over into the old row what the newer list says better."""
        at = (old["lat"], old["lon"])
        if not same_name(old["name_zh"], new["name_zh"]):
            old["name_en"] = ""
        for column in ("name_zh", "place", "role", "network", "succeeds", "valid_from", "valid_to"):
            self._newer(old, new, column)
        if any(c.kind == "rounding" for c in changes):
            new = {**new, **_finer(old, new)}
        corrected = [c for c in changes if c.kind in ("correction", "exchange") and c.km == c.km]
        if corrected:
            new = {**new, **self._right(old, new, corrected[0].right)}
            kept = (new["lat"], new["lon"]) == at
            _note(old, f"position {corrected[0].new if kept else corrected[0].old} in {'a newer' if kept else 'an older'} list, {corrected[0].km:.1f} km away")  # fmt: skip
        if new["lat"] == new["lat"]:
            old["lat"], old["lon"] = new["lat"], new["lon"]
        old["name_en"] = old["name_en"] or new["name_en"]
        old["source"] = new["source"]
        _note(old, new["note"])

    def _newer(self, old: Row, new: Row, column: str) -> None:
        if not new[column] or new[column] == old[column]:
            return
        if old[column] and column in ("valid_from", "valid_to") and UNDATED not in old["note"]:
            text = f"{old['station']}: {column} is {old[column]} in one list and {new[column]} in a newer one; the newer is taken."
            self.findings.append(Finding("period", old["station"], text, old["place"]))
        old[column] = new[column]

    def _right(self, old: Row, new: Row, right: str) -> Row:
        """Position to keep of two that contradict each other: the one that the project's table has, else the newer."""
        if right:
            return {c: (old if right == "old" else new)[c] for c in ("lat", "lon")}
        known = self.known.get(old["station"])
        if known is not None and known["lat"] == known["lat"]:
            for row in (new, old):
                if float(distance_km(known["lat"], known["lon"], row["lat"], row["lon"])) <= ROUNDING_KM:
                    return {"lat": row["lat"], "lon": row["lon"]}
        return {"lat": new["lat"], "lon": new["lon"]}

    # ---- the end ----

    def finish(self, dates: tuple[str, ...]) -> Merged:
        """Fill in successions and defaults, and put the registry into a frame."""
        self.findings += successors.fill(self.rows, self.own, self.later)
        for code, rows in self.rows.items():
            known = self.known.get(code, {})
            for row in rows:
                row["role"] = row["role"] or "evaluation"
                row["network"] = row["network"] or ("national" if CODE.fullmatch(code) else "")
                row["name_en"] = row["name_en"] or (
                    known.get("name_en", "") if known.get("name_zh") == row["name_zh"] else ""
                )
            if rows[-1]["lat"] != rows[-1]["lat"]:
                text = f"{code}: has no position in any list; add lat and lon."
                self.findings.append(Finding("position", code, text, rows[-1]["place"]))
        registry = load(pd.DataFrame([r for rows in self.rows.values() for r in rows], columns=list(COLUMNS)))
        registry = with_counties(registry, self.own)
        registry.attrs["origin"] = Origin("merged registry")
        return Merged(registry, tuple(self.changes), tuple(self.findings), dates)


def _without_contradictions(rows: list[Row]) -> list[Row]:
    """Rows of one code of a list, of which the last of each period counts."""
    return list({(r["valid_from"], r["valid_to"]): r for r in rows}.values())


def _same_period(a: Row, b: Row) -> bool:
    """Whether two rows are meant for one stated period."""
    return bool(a["valid_to"] or a["valid_from"]) and (a["valid_from"], a["valid_to"]) == (b["valid_from"], b["valid_to"])  # fmt: skip


def _finer(old: Row, new: Row) -> Row:
    """The position with more decimals; the newer of two alike."""

    def decimals(row: Row) -> int:
        return max(len(f"{row[c]:.10f}".rstrip("0").partition(".")[2]) for c in ("lat", "lon"))

    best = old if decimals(old) > decimals(new) else new
    return {"lat": best["lat"], "lon": best["lon"]}


def _note(row: Row, text: str) -> None:
    if text and text not in row["note"]:
        row["note"] = "; ".join(filter(None, (row["note"], text)))

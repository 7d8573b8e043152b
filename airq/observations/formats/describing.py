"""A proposal of a column map for a table whose headings airq does not know.

Roles are guessed by names first, then by what the cells hold; each guess carries its reason as a comment, and what
stays open is listed, so that a person can correct the text and use it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from airq.observations.files import RawFile
from airq.observations.formats import guessing
from airq.observations.formats.across import hour_of, name_levels
from airq.observations.formats.base import CO_LIMIT, CODE, compass
from airq.observations.formats.guessing import Column, guess_variable
from airq.observations.formats.sampling import SAMPLE_BYTES, first_table
from airq.observations.formats.table import Table
from airq.observations.formats.times import day_first, parse_moment

__all__ = ["describe", "guess_variable", "printable"]

CO_LOWEST: Final = 0.02
"""mg/m³; no median of CO is lower, as the northern background is about 0.1 [B 90%]."""
_SLASHED: Final = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2,4}\b.*")
_NO_STATION: Final = r"平均|均值|合计|序号|名次|排名|mean|avg|average|max|min|aqi|total|rank|^no\.?$|^index$|^#$|^$|备注|remark"
_TITLE_STATION: Final = re.compile(r"(?:站点名?称?|点位名?称?|监测点名?称?|测点|station(?: name)?|site(?: name)?)\s*[:：]\s*([^\s,，;；:：]{1,40})", re.IGNORECASE)  # fmt: skip
_HOUR_24: Final = re.compile(r"(?:[T _]|日)24(?::00|时|点|$)")
_DATE: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})(?!\d)")
_YEAR: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})(?=年|[^\d]|$)")


@dataclass
class _Draft:
    """Lines of a proposal and the columns that have found a role."""

    table: Table
    columns: list[Column]
    titles: list[str]
    stem: str
    lines: list[str] = field(default_factory=list)
    used: list[Column] = field(default_factory=list)
    fills: list[str] = field(default_factory=list)

    @property
    def rest(self) -> list[Column]:
        return [c for c in self.columns if c not in self.used]

    def role(self, name: str, column: Column, why: str) -> None:
        self.used.append(column)
        self.lines.append(f"{name}: {_quoted(column.head)}  # {why}")
        if column.first and column.blanks > 0.2:
            self.fills.append(column.head)


_UNPRINTABLE: Final = re.compile(
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]"
)


def printable(text: str) -> str:
    """A text for comments of YAML, in which no control characters may stand.

    Examples
    --------
    >>> printable("a" + chr(21)) == "a" + chr(0xFFFD), printable("浓度 µg/m³")
    (True, '浓度 µg/m³')
    """
    return _UNPRINTABLE.sub("\ufffd", text)


def _quoted(text: str) -> str:
    """A text of YAML in quotation marks, control characters as escapes."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + _UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", plain) + '"'


def describe(raw: RawFile) -> str:
    r"""Propose a column map.

    Parameters
    ----------
    raw : RawFile

    Returns
    -------
    str
        YAML with a comment for each guess; what it says is what ``--columns`` understands.

    Raises
    ------
    FileRejected
        No table, or no heading.

    Examples
    --------
    >>> from pathlib import Path
    >>> from airq.observations.issues import Issues
    >>> text = "site_no,when,fine_ug\nA,2019-01-05 01:00,50\nA,2019-01-05 02:00,60\nA,2019-01-05 03:00,55\n"
    >>> print(describe(RawFile(Path("a.csv"), text.encode(), "text", "", False, Issues())).split("variables:")[1])
    <BLANKLINE>
      pm25: "fine_ug"  # by its name; 50 … 60
    # check: is every guess right? then: airq ingest FILE --columns THIS.yaml
    <BLANKLINE>
    """
    from airq.observations import formats

    table, header_lines, decimal = first_table(raw)
    columns = [Column(h, c) for h, c in zip(table.heads, table.columns, strict=True)]
    part = "the first " if raw.kind == "text" and len(raw.data) > SAMPLE_BYTES else ""
    draft = _Draft(table, columns, [*table.preamble, raw.stem], raw.stem)
    draft.lines.append(
        f"# proposed for {raw.path.name} from {part}{len(table):,} rows, {len(columns)} columns"
    )
    known = formats.recognised(raw)
    if known is not None and raw.kind != "xlsx":
        draft.lines.append(f"# airq recognises this file as '{known}'; it may need no column map")
    if header_lines > 1:
        draft.lines.append(f"header_lines: {header_lines}  # names of the columns take {header_lines} lines")
    if decimal == ",":
        draft.lines.append('decimal: ","  # numbers such as 12,5')
    across = _across_hours(draft.rest)
    hourly = _times(draft, across is not None)
    levels = _two_levels(table, draft, not hourly) if across is None else None
    _stations(draft, across is not None or levels is not None)
    if across is not None:
        _write_hours(draft, across)
    elif levels is not None:
        _write_levels(draft, *levels)
    else:
        _write_variables(draft, daily=not hourly)
    if draft.fills:
        draft.lines.append(
            f"fill_down: [{', '.join(map(_quoted, draft.fills))}]  # empty cells repeat the one above"
        )
    for column in [c for c in draft.rest if c.cells and c.head][:20]:
        kind = "numbers " + column.spread if column.numeric else f"text such as {column.cells[0][:25]}"
        draft.lines.append(f"# column {_quoted(column.head)}: {kind}; not used")
    if not hourly:
        draft.lines.append("# the times have no hours: a daily table")
    draft.lines.append("# check: is every guess right? then: airq ingest FILE --columns THIS.yaml")
    return printable("\n".join(line.replace("\n", " ") for line in draft.lines) + "\n")


# ---- times ----


def _times(draft: _Draft, hours_across: bool) -> bool:
    """Write the columns of the time; whether it has hours."""
    time, has_hours, why = guessing.time_column(draft.rest)
    parts = guessing.split_date(draft.rest)
    if parts and (time is None or time in parts.values()):
        for part, column in parts.items():
            draft.role(part, column, f"{'' if part == 'year' else 'whole numbers '}{column.cells[0][:10]} …")
        if "year" not in parts:
            year = next((m[1] for t in draft.titles if (m := _YEAR.search(t))), None)
            told = (
                f'year: "{year}"  # from the title'
                if year
                else '# year: "2019"  # no column of years; write it'
            )
            draft.lines.append(told)
        time = parts["day"]
        has_hours = False
    elif time is None:
        day = next((m for t in draft.titles if (m := _DATE.search(t))), None)
        if day is not None:
            text = f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}"
            draft.lines.append(f'date: "{text}"  # from the title or the name of the file')
        elif hours_across or guessing.clock_or_hour(draft.rest) is not None:
            draft.lines.append('# date: "2019-01-05"  # no column and no title tells the day; name the column, or write the day')  # fmt: skip
        else:
            draft.lines.append('# time: ""  # no column of times was found; name it')
            return True
    hour = (
        None
        if has_hours or hours_across
        else guessing.clock_or_hour([c for c in draft.rest if c is not time])
    )
    if time is not None and time not in parts.values():
        draft.role("time" if has_hours else "date", time, why)
        _day_first(draft, time)
    if hour is not None:
        draft.role(
            "hour", hour, f"whole numbers {hour.spread}" if hour.numeric else f"such as {hour.cells[0][:10]}"
        )
    hourly = has_hours or hour is not None or hours_across
    if hourly:
        _conventions(draft, time, hour, has_hours)
    return hourly


def _day_first(draft: _Draft, time: Column) -> None:
    """Say how 5/1/2019 is meant, where the column does not show it by a day above 12."""
    slashed = [c for c in time.cells if _SLASHED.fullmatch(c)]
    if len(slashed) < 0.5 * len(time.cells) or day_first(time.cells) is not None:
        return
    spans = {}
    for first in (True, False):
        moments = [m[0] for c in slashed if (m := parse_moment(c, first)) is not None]
        if moments:
            spans[first] = (max(moments) - min(moments), moments != sorted(moments))
    if "." in slashed[0].split(" ")[0]:
        draft.lines.append(f"day_first: true  # {slashed[0][:10]}: with points the day stands first")
    elif len(spans) == 2 and spans[True] != spans[False]:
        first = min(spans, key=lambda k: (spans[k][1], spans[k][0]))
        draft.lines.append(f"day_first: {str(first).lower()}  # so read, the times follow each other")
    else:
        draft.lines.append(
            f"# day_first: true  # {slashed[0][:10]} can be read both ways; write true or false"
        )


def _conventions(draft: _Draft, time: Column | None, hour: Column | None, has_hours: bool) -> None:
    """Lines for the time zone and the label, which no table shows by itself."""
    cells = time.cells if time is not None else []
    first = bool(day_first(cells))
    moments = [m for c in cells if (m := parse_moment(c, first)) is not None]
    stated = [m[2] for m in moments if m[2]]
    if stated:
        draft.lines.append(f"# the times state their offset ({stated[0]})")
    else:
        draft.lines.append('time_zone: "+08:00"  # assumed: Beijing time; no offset is stated')
    hour_24 = any(_HOUR_24.search(c) for c in cells) or (hour is not None and 24.0 in hour.numbers)
    hint = "; hour 24 occurs" if hour_24 else ""
    draft.lines.append(f"label: end  # assumed: times name the ends of hours{hint}; else write start")
    if has_hours and hour is None and len(moments) > 2 and len({m[0].hour for m in moments}) == 1:
        draft.lines.append("# all times have the same hour: the table may be daily")


# ---- stations ----


def _stations(draft: _Draft, stand_across: bool) -> None:
    """Write the column of stations, or the one station that a title names."""
    station, entries = guessing.station_column(draft.rest)
    if station is not None and guessing.long_columns([station, *draft.rest]) and _is_kind(station):
        station = None
    if station is not None:
        draft.role("station", station, entries)
        return
    title = next((m[1] for t in draft.titles[:-1] if (m := _TITLE_STATION.search(t))), None)
    if title:
        draft.lines.append(f"station_name: {_quoted(title)}  # from the title")
    elif not stand_across and not _station_heads(draft):
        draft.lines.append(f"# station: \"\"  # none was found; the file's name '{draft.stem}' will be taken")


def _is_kind(column: Column) -> bool:
    return column.share(lambda t: guess_variable(t) is not None) > 0.5


def _station_heads(draft: _Draft) -> list[Column]:
    """Columns of numbers whose headings are no variables: each may be a station."""
    numeric = [c for c in draft.rest if c.numeric and c.head]
    if any(guess_variable(c.head) for c in numeric):
        return []
    found = [c for c in numeric if not c.named(_NO_STATION)]
    return found if len(found) >= 2 or (found and CODE.fullmatch(found[0].head)) else []


# ---- variables ----


def _across_hours(columns: Sequence[Column]) -> list[Column] | None:
    """Columns of the hours of a day."""
    found = [c for c in columns if hour_of(c.head) is not None]
    return found if len(found) >= 12 and len({hour_of(c.head) for c in found}) == len(found) else None


def _pollutant(draft: _Draft) -> None:
    """Write which variable the cells are of, as the titles or the file's name tell it."""
    told = guessing.title_variable(draft.titles)
    if told is None:
        draft.lines.append("# pollutant: pm25  # nothing says which pollutant it is; write it (pm25, pm10, so2, no2, co or o3)")  # fmt: skip
        return
    name, unit, text = told
    draft.lines.append(f"pollutant: {name}  # from '{text.strip()[:40]}'")
    if unit:
        draft.lines += ["units:", f"  {name}: {_quoted(unit)}  # stated there"]


def _write_hours(draft: _Draft, columns: list[Column]) -> None:
    draft.used += columns
    draft.lines.append(f"across: hours  # columns {columns[0].head} … {columns[-1].head}")
    kind = next((c for c in draft.rest if _is_kind(c)), None)
    if kind is not None:
        draft.role("variable", kind, ", ".join(sorted(set(kind.cells))[:6])[:60])
    else:
        _pollutant(draft)


def _two_levels(table: Table, draft: _Draft, daily: bool) -> tuple[str, dict[str, list[str]]] | None:
    """Which part of the headings names stations and which variables, and the variables of each station."""
    free = [j for j, c in enumerate(draft.columns) if c not in draft.used and c.numeric]
    for kind in ("stations variables", "variables stations"):
        last = kind == "stations variables"
        above, below = name_levels(table, last)
        tops, bottoms = (above, below) if last else (below, above)
        found = [(tops[j], bottoms[j]) for j in free if tops[j] and guess_variable(bottoms[j], daily)]
        stations = dict.fromkeys(t for t, _ in found)
        variables = {guess_variable(b, daily) for _, b in found}
        several = len(stations) >= 2 and len(found) > len(variables)
        if several and not any(guess_variable(s, daily) for s in stations):
            return kind, {s: [b for t, b in found if t == s] for s in stations}
    return None


def _write_levels(draft: _Draft, kind: str, found: dict[str, list[str]]) -> None:
    shown = "; ".join(f"{s}: {', '.join(v)[:30]}" for s, v in list(found.items())[:3])
    draft.lines.append(f"across: {kind}  # {shown[:100]}{' …' if len(found) > 3 else ''}")
    draft.used += [c for c in draft.rest if c.numeric and guess_variable(c.head, True)]


def _write_variables(draft: _Draft, daily: bool) -> None:
    """Write the variables of a wide table, the columns of a long one, or stations that stand across."""
    wide = [(c, g) for c in draft.rest if c.numeric and (g := guess_variable(c.head, daily)) is not None]
    if wide:
        _write_wide(draft, wide)
        return
    long = guessing.long_columns(draft.rest)
    if long is not None:
        kind, value, unit = long
        draft.role("variable", kind, ", ".join(sorted(set(kind.cells))[:6])[:60])
        draft.role("value", value, f"numbers {value.spread}")
        if unit is not None:
            draft.role("unit", unit, unit.cells[0][:20])
        return
    stations = _station_heads(draft)
    if stations and not any(line.startswith("station:") for line in draft.lines):
        _write_stations(draft, stations)
        return
    numeric = [c for c in draft.rest if c.numeric and c.head and not c.named(_NO_STATION)]
    told = guessing.title_variable(draft.titles)
    if told is not None and len(numeric) == 1:
        draft.used.append(numeric[0])
        draft.lines += [
            "variables:",
            f"  {told[0]}: {_quoted(numeric[0].head)}  # from '{told[2].strip()[:40]}'",
        ]
        draft.lines += ["units:", f"  {told[0]}: {_quoted(told[1])}  # stated there"] if told[1] else []
        return
    draft.lines.append(
        '# variables: {}  # no column of a pollutant was found; write pm25: "heading" and so on'
    )


def _write_stations(draft: _Draft, columns: list[Column]) -> None:
    from airq.observations.formats.pm25in import code_names

    draft.lines.append("across: stations  # the headings are no variables, so each may be a station")
    codes = code_names([c.head for c in columns], draft.stem)
    others = [c for c in draft.rest if c.numeric and c not in columns]
    if codes or others:
        draft.lines.append("stations:  # heading: code")
        draft.lines += [f"  {_quoted(c.head)}: {_quoted(codes.get(c.head, c.head))}" for c in columns]
    draft.used += columns
    _pollutant(draft)


def _write_wide(draft: _Draft, wide: list[tuple[Column, tuple[str, str]]]) -> None:
    names, units = ["variables:"], []
    seen: set[str] = set()
    for column, (name, stated) in wide:
        if name in seen:
            continue
        seen.add(name)
        draft.used.append(column)
        names.append(f"  {name}: {_quoted(column.head)}  # by its name; {column.spread}")
        middle = float(np.median(column.numbers)) if column.numbers else np.nan
        if name == "co" and stated in ("µg/m3", "µg/m³", "μg/m³", "ug/m3") and middle < 1000 * CO_LOWEST:
            units.append(
                f"  {name}: mg/m3  # a median of {middle:g} cannot be µg/m³, which the heading states"
            )
        elif stated:
            units.append(f"  {name}: {_quoted(stated)}  # stated in the heading")
        elif name == "co" and middle > CO_LIMIT:
            units.append(f"  {name}: µg/m3  # a median of {middle:g} cannot be mg/m³")
        elif name == "wind_direction" and column.share(lambda c: compass(c) is not None) > 0.5:
            names[-1] += "; letters of the 16 winds"
    draft.lines += [*names, *(["units:", *units] if units else [])]

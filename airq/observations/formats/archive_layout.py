"""The layout of the national archive: ``date,hour,type,<station codes>``, one line an hour and type.

The same layout with names of cities in place of codes (``china_cities_YYYYMMDD.csv``) gives a series for each city.
Hour labels are the ends of hours in Beijing time, so label 0 closes the day before. Running means (``_24h``,
``_8h``) and AQI stand in the same file; they are derived, and are not taken as observations. A file may be several
days joined with their headers, and its header may grow or repeat a column from one day to the next.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import (
    CODE,
    Block,
    Parsed,
    parse_date,
    parse_number,
    place_of,
    sentinel_mask,
)
from airq.observations.formats.order import strays
from airq.observations.issues import Issues
from airq.variables import FLAGS

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "archive"

_TYPES: Final = {b"PM2.5": "pm25", b"PM10": "pm10", b"SO2": "so2", b"NO2": "no2", b"CO": "co", b"O3": "o3"}
_DERIVED: Final = frozenset(
    (b"AQI", b"PM2.5_24h", b"PM10_24h", b"SO2_24h", b"NO2_24h", b"O3_24h", b"O3_8h", b"O3_8h_24h", b"CO_24h")
)
_DELIMITERS: Final = (b",", b"\t", b";", b"|")
_ODD = re.compile(r"[^\w\s·.\-()（）]")
_BLANKS: Final = tuple(bytes([b]) for b in b" \t\x0b\x0c\x1c\x1d\x1e\x1f")
_BLANK = re.compile(b"[" + b"".join(_BLANKS) + b"]")
_QUOTED = re.compile(rb'(?m)(^|[,;\t|])"([^",;\t|\n]*)"(?=[,;\t|]|$)')
_NULLS: Final = [
    "",
    "-",
    "--",
    "—",
    "&mdash;",
    "-;",
    "NA",
    "N/A",
    "nan",
    "NaN",
    "NAN",
    "null",
    "NULL",
    "None",
]


@dataclass
class _Section:
    """Lines under one header."""

    header: list[str]
    line: int
    rows: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def _is_header(line: bytes, delimiter: bytes) -> bool:
    return line[:4].lower() == b"date" and [c.strip().lower() for c in line.split(delimiter, 3)[:3]] == [
        b"date",
        b"hour",
        b"type",
    ]


def _unquoted(data: bytes) -> bytes:
    """Without quotation marks that pair around a cell; a lone one stays and spoils its cell."""
    return _QUOTED.sub(rb"\1\2", data) if b'"' in data else data


def _delimiter(data: bytes) -> bytes | None:
    first = _unquoted(data.lstrip().split(b"\n", 1)[0])
    return next((d for d in _DELIMITERS if _is_header(first, d)), None)


def recognise(raw: RawFile) -> bool:
    r"""Whether the first line is this layout's header.

    Examples
    --------
    >>> from pathlib import Path
    >>> recognise(RawFile(Path("a.csv"), b"date,hour,type,1490A\\n", "text", "", False, Issues()))
    True
    """
    return raw.kind == "text" and _delimiter(raw.data) is not None


def _sections(raw: RawFile, delimiter: bytes) -> list[_Section]:
    """Split the lines by header; drop, with a finding each, those that cannot be whole."""
    data = _unquoted(raw.data)
    if delimiter != b",":
        data = data.replace(delimiter, b",")
    lines = data.split(b"\n")
    unterminated = bool(lines[-1].strip())
    last = len(lines) if unterminated else len(lines) - 1
    sections: list[_Section] = []
    commas = -1
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            continue
        if not sections or (line[:4].lower() == b"date" and _is_header(line, b",")):
            sections.append(_Section([c.strip() for c in line.decode().split(",")], number))
            commas = line.count(b",")
            continue
        found = line.count(b",")
        kind = line.split(b",", 3)
        if found != commas:
            at_end = number == last and (unterminated or raw.cut)
            text = (
                "the file is cut in mid-line; this line is not taken, fetch the file again"
                if at_end
                else f"has {found + 1} fields where the header has {commas + 1}; the line is not taken"
            )
            raw.issues.each("cut" if at_end else "fields", f"line {number}", text)
            continue
        name = kind[2].strip()
        if name not in _TYPES:
            if name not in _DERIVED:
                raw.issues.each(
                    "type",
                    f"line {number}",
                    f"type '{name.decode(errors='replace')[:40]}' is not known; the line is not taken",
                )
            continue
        sections[-1].rows.append(line)
        sections[-1].numbers.append(number)
    if any(blank in data for blank in _BLANKS):  # much faster than the pattern, and there is hardly ever one
        for section in sections:
            _padding(section, raw.issues)
    section = sections[-1]
    if (unterminated or raw.cut) and section.rows and section.numbers[-1] == last:
        _last_line(section, issues=raw.issues)
    return sections


def _padding(section: _Section, issues: Issues) -> None:
    """Empty the cells that are padded with blanks where no other line is: a digit may have become a blank."""
    padded = [i for i, row in enumerate(section.rows) if _BLANK.search(row)]
    if not padded or len(padded) > max(2, 0.01 * len(section.rows)):
        return
    for i in reversed(padded):
        if any(c != c.strip() for c in section.rows[i].split(b",", 3)[:2]):
            text = "has blanks in its date or hour that no other line has; the line is not taken"
            issues.each("blank key", f"line {section.numbers[i]}", text)
            del section.rows[i], section.numbers[i]
            padded = [k - (k > i) for k in padded if k != i]
    for i in padded:
        cells = section.rows[i].split(b",")
        for j, cell in enumerate(cells[3:], 3):
            if cell != cell.strip() and cell.strip():
                where = f"line {section.numbers[i]} column {j + 1} ({section.header[j]})"
                shown = cell.decode(errors="replace")[:40]
                text = f"'{shown}' has blanks that no other line has, a digit may be lost; the value is taken as missing"
                issues.each("blank", where, text)
                cells[j] = b""
        section.rows[i] = b",".join(cells)


def _last_line(section: _Section, issues: Issues) -> None:
    """A last line without a line end may have lost digits: trust it only where it completes its hour."""

    def hour(row: bytes) -> list[bytes]:
        return row.split(b",", 2)[:2]

    last = section.rows[-1]
    before = next((r for r in reversed(section.rows) if hour(r) != hour(last)), None)
    where = f"line {section.numbers[-1]}"
    if before is not None and before.split(b",", 3)[2] == last.split(b",", 3)[2]:
        issues.note(where, "the file ends without a line end; its very last value may have lost digits")
        return
    issues.lost(
        where, "the file ends without a line end inside an hour; this line is not taken, fetch the file again"
    )
    section.rows.pop()
    section.numbers.pop()


@lru_cache(maxsize=64)
def _heading_notes(header: tuple[str, ...]) -> list[str]:
    """What is odd about the names of the columns; the day files of a year share a few headers."""
    notes = []
    codes = [c for c in header if c]
    if spoilt := [c for c in codes if _ODD.search(c)]:
        notes.append(f"the column name '{spoilt[0][:30]}' holds a character that no name has; its values are kept under this name")  # fmt: skip
    odd = [c for c in codes if not CODE.fullmatch(c)]
    if odd and len(odd) <= 0.2 * len(codes):
        notes.append(
            f"'{odd[0][:30]}' is not like the other station codes; its values are kept under this name"
        )
    elif odd and not any("\u4e00" <= letter <= "\u9fff" for name in odd for letter in name):
        notes.append(f"{len(odd)} of {len(codes)} columns are named neither by station codes nor by cities, such as '{odd[0][:20]}'")  # fmt: skip
    return notes


def _columns(section: _Section, wanted: Collection[str] | None, issues: Issues) -> dict[str, list[int]]:
    """Columns of each station code; a repeated code has several."""
    out: dict[str, list[int]] = {}
    for index, code in enumerate(section.header[3:], 3):
        if not code or code.lower().startswith("unnamed"):
            if any(row.split(b",")[index].strip() for row in section.rows):
                issues.each(
                    "nameless",
                    f"line {section.line} column {index + 1}",
                    "has values but no station code; the column is not taken",
                )
            continue
        if wanted is None or code in wanted:
            out.setdefault(code, []).append(index)
    for text in _heading_notes(tuple(section.header[3:])):
        issues.note(f"line {section.line}", text)
    for code, indices in out.items():
        if len(indices) > 1:
            text = f"station {code} stands {len(indices)} times in the header; equal values are merged, different ones are not taken"
            issues.note(f"line {section.line} column {indices[1] + 1}", text)
    return out


def _numbers(section: _Section, columns: list[int], issues: Issues) -> npt.NDArray[np.float32]:
    """Numbers of the given columns, shape (row, column); text where a number belongs becomes missing."""
    import pyarrow as pa
    import pyarrow.csv as pcsv

    # One cell a line: a single long column is read several times faster than 1,600 short ones.
    cells = b"\n".join(row.split(b",", 3)[3].replace(b",", b"\n") for row in section.rows) + b"\n"
    shape = (len(section.rows), len(section.header) - 3)
    wanted = [c - 3 for c in columns]
    try:
        table = pcsv.read_csv(
            BytesIO(cells),
            pcsv.ReadOptions(column_names=["x"], use_threads=False, block_size=max(1 << 20, len(cells) + 1)),
            pcsv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            pcsv.ConvertOptions(column_types={"x": pa.float32()}, null_values=_NULLS),
        )
        numbers = table.column(0).to_numpy().reshape(shape)
        if not np.isinf(numbers).any():
            return numbers if wanted == list(range(shape[1])) else numbers[:, wanted]
    except pa.ArrowInvalid:
        pass  # some cell is not a number: read the text and say which
    out = np.full((shape[0], len(wanted)), np.nan, np.float32)
    for i, row in enumerate(section.rows):
        fields = row.split(b",")
        for j, column in enumerate(columns):
            cell = fields[column].decode(errors="replace")
            value = parse_number(cell)
            if value is None:
                where = f"line {section.numbers[i]} column {column + 1} ({section.header[column]})"
                text = f"'{cell.strip()[:40]}' is not a number; the value is taken as missing"
                issues.each("text", where, text)
            else:
                out[i, j] = value
    return out


def _merge_repeated(
    numbers: npt.NDArray[np.float32],
    groups: list[list[int]],
    codes: list[str],
    section: _Section,
    issues: Issues,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """One column a station; where repeated columns disagree, neither value is taken."""
    if all(len(g) == 1 for g in groups):
        return numbers[:, [g[0] for g in groups]], np.zeros((len(numbers), len(groups)), bool)
    out = np.full((len(numbers), len(groups)), np.nan, np.float32)
    conflict = np.zeros(out.shape, bool)
    for j, group in enumerate(groups):
        part = numbers[:, group]
        some = np.isfinite(part).any(axis=1)
        low = np.where(some, np.nanmin(np.where(np.isnan(part), np.inf, part), axis=1), np.nan)
        high = np.where(some, np.nanmax(np.where(np.isnan(part), -np.inf, part), axis=1), np.nan)
        conflict[:, j] = some & (low != high)
        out[:, j] = np.where(conflict[:, j], np.nan, low)
        for i in np.flatnonzero(conflict[:, j]):
            issues.each(
                "repeat",
                f"line {section.numbers[i]}",
                f"the columns of station {codes[j]} disagree; neither value is taken",
            )
    return out, conflict


def _keys(
    section: _Section, issues: Issues
) -> tuple[npt.NDArray[np.datetime64], list[str], npt.NDArray[np.intp]]:
    """Time and pollutant of each row, and which rows have both."""
    dates: dict[bytes, np.datetime64 | None] = {}
    stamps: list[np.datetime64] = []
    names: list[str] = []
    kept: list[int] = []
    for i, row in enumerate(section.rows):
        day, hour, kind = row.split(b",", 3)[:3]
        if day not in dates:
            dates[day] = parse_date(day.decode(errors="replace"))
        date = dates[day]
        try:
            number = float(hour)
            h = int(number) if number.is_integer() else -1
        except ValueError:
            h = -1
        if date is None:
            text = f"the date {day.decode(errors='replace').strip()[:20]} does not exist; its lines are not taken"
            issues.each("date", f"line {section.numbers[i]}", text)
        elif not 0 <= h <= 24:
            text = f"hour '{hour.decode(errors='replace').strip()[:20]}' is not 0…23; the line is not taken"
            issues.each("hour", f"line {section.numbers[i]}", text)
        else:
            stamps.append(date + np.timedelta64(h, "h"))
            names.append(_TYPES[kind.strip()])
            kept.append(i)
    return np.array(stamps, "datetime64[ns]"), names, np.array(kept, np.intp)


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a file of this layout.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes to take; all by default.

    Returns
    -------
    Parsed
        Hourly.

    Raises
    ------
    FileRejected
        If no value can be taken at all.
    """
    issues = raw.issues
    delimiter = _delimiter(raw.data)
    if delimiter is None:
        raise FileRejected(
            f"{raw.path}: line 1: the header is not 'date,hour,type,<station codes>'; name the right --format."
        )
    sections = _sections(raw, delimiter)
    pieces = []
    codes: dict[str, int] = {}
    for section in sections:
        columns = _columns(section, stations, issues)
        for code in columns:
            codes.setdefault(code, len(codes))
        if not section.rows or not columns:
            continue
        flat = [i for group in columns.values() for i in group]
        numbers = _numbers(section, flat, issues)
        position = {c: k for k, c in enumerate(flat)}
        groups = [[position[i] for i in group] for group in columns.values()]
        values, conflict = _merge_repeated(numbers, groups, list(columns), section, issues)
        stamps, names, kept = _keys(section, issues)
        lines = np.array(section.numbers, np.int64)[kept]
        good = ~_strays(stamps, lines, issues)
        stamps, names, kept, lines = (
            stamps[good],
            [n for n, g in zip(names, good, strict=True) if g],
            kept[good],
            lines[good],
        )
        pieces.append(
            (stamps, np.array(names), values[kept], conflict[kept], [codes[c] for c in columns], lines)
        )
    if not codes:
        asked = "" if stations is None else f" of the stations asked for ({', '.join(sorted(stations)[:5])})"
        raise FileRejected(f"{raw.path}: line 1: the header holds no station code{asked}; check the file.")
    if not any(len(p[0]) for p in pieces):
        found = issues.summarised()
        why = f" ({found[0].where + ': ' if found[0].where else ''}{found[0].text})" if found else ""
        raise FileRejected(
            f"{raw.path}: no line with a value of the six pollutants could be taken{why}; fetch the file again."
        )
    time = np.unique(np.concatenate([p[0] for p in pieces]))
    shape = (len(codes), len(time))
    targets = {v: _Target.empty(shape) for v in _TYPES.values()}
    for stamps, kinds, values, conflict, rows, lines in pieces:
        at = np.searchsorted(time, stamps)
        for name in np.unique(kinds):
            pick = np.flatnonzero(kinds == name)
            _scatter(
                str(name),
                targets[name],
                np.array(rows),
                at[pick],
                values[pick],
                conflict[pick],
                lines[pick],
                issues,
            )
    for name, target in targets.items():
        odd = sentinel_mask(target.values)
        if odd.any():
            target.flags[odd] |= FLAGS["sentinel"]
            target.values[odd] = np.nan
            issues.note(
                "",
                f"{int(odd.sum()):,} values of {name} are codes for 'no value' (such as -999) and are stored as missing",
            )
    values_out = {name: t.values for name, t in targets.items()}
    flags_out = {name: t.flags for name, t in targets.items()}
    _describe(values_out, list(codes), time, issues)
    block = Block(list(codes), time, values_out, flags_out)
    about = _cities(list(codes), issues)
    return Parsed(raw, NAME, "hourly", block, issues.summarised(), about)


def _cities(codes: list[str], issues: Issues) -> dict[str, dict[str, str]]:
    """What the file says of its columns, if these are cities: the place is the city."""
    named = sum(not c.isascii() and any("\u4e00" <= letter <= "\u9fff" for letter in c) for c in codes)
    if named <= 0.5 * len(codes):
        return {}
    issues.note("", f"columns are {len(codes):,} cities, not stations; each is stored as a series of its own")
    return {c: {"name_zh": c, "place": place_of(c), "network": "city"} for c in codes}


def _strays(
    stamps: npt.NDArray[np.datetime64], lines: npt.NDArray[np.int64], issues: Issues
) -> npt.NDArray[np.bool_]:
    """Lines whose date or hour leaves the order of an otherwise ordered file."""
    odd = strays(stamps)
    for i in np.flatnonzero(odd):
        stamp = str(stamps[i])[:16]
        issues.each(
            "stray",
            f"line {lines[i]}",
            f"the time {stamp} stands out of the file's order, so its date or hour is damaged; the line is not taken",
        )
    return odd


@dataclass
class _Target:
    """Dense arrays of one pollutant while they are filled, shape (station, time)."""

    values: npt.NDArray[np.float32]
    flags: npt.NDArray[np.uint16]
    seen: npt.NDArray[np.bool_]

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> _Target:
        return cls(np.full(shape, np.nan, np.float32), np.zeros(shape, np.uint16), np.zeros(shape, bool))


def _scatter(
    name: str,
    target: _Target,
    rows: npt.NDArray[np.intp],
    at: npt.NDArray[np.intp],
    values: npt.NDArray[np.float32],
    conflict: npt.NDArray[np.bool_],
    lines: npt.NDArray[np.int64],
    issues: Issues,
) -> None:
    """Put lines of one pollutant (line, station) into place; the same hour twice must say the same."""
    bit = np.uint16(FLAGS["conflict"])
    fresh = np.zeros(len(at), bool)
    fresh[np.unique(at, return_index=True)[1]] = True
    fresh &= ~target.seen[_cells(rows, at)].any(axis=0)
    where = _cells(rows, at[fresh])
    target.values[where] = values[fresh].T
    if conflict.any():
        target.flags[where] |= np.where(conflict[fresh].T, bit, np.uint16(0))
    for i in np.flatnonzero(~fresh):
        old, new = target.values[rows, at[i]], values[i]
        differ = np.isfinite(old) & np.isfinite(new) & (old != new)
        broken = differ | conflict[i] | ((target.flags[rows, at[i]] & bit) > 0)
        target.values[rows, at[i]] = np.where(broken, np.nan, np.where(np.isfinite(old), old, new))
        target.flags[rows, at[i]] |= np.where(broken, bit, np.uint16(0))
        if differ.any():
            text = f"the same hour stands twice with different {name} at {int(differ.sum())} stations; neither value is taken"
            issues.each("twice", f"line {lines[i]}", text)
        else:
            issues.each(
                "again",
                f"line {lines[i]}",
                "the same hour stands twice with the same values; it is taken once",
                "note",
            )
    target.seen[_cells(rows, at)] = True


def _cells(rows: npt.NDArray[np.intp], at: npt.NDArray[np.intp]) -> Any:
    """Index of a rectangle; slices where the indices run on, which is several times faster."""
    r: Any
    c: Any
    r, c = (slice(int(i[0]), int(i[-1]) + 1) if len(i) and (np.diff(i) == 1).all() else i for i in (rows, at))
    return (r, c) if isinstance(r, slice) or isinstance(c, slice) else np.ix_(rows, at)


def _describe(
    values: dict[str, npt.NDArray[np.float32]],
    codes: list[str],
    time: npt.NDArray[np.datetime64],
    issues: Issues,
) -> None:
    """Say what is thin in the file: days with few hours, stations without a value."""
    days, counts = np.unique((time - np.timedelta64(1, "h")).astype("datetime64[D]"), return_counts=True)
    # The first and last day are usually cut by label 0 of a calendar-day file and are not worth a word.
    inner = slice(1, -1) if len(days) > 2 else slice(int(len(days) == 2 and counts[0] == 1), None)
    short = counts[inner] < 20
    if short.any():
        shown = ", ".join(
            f"{d} ({c} of 24)" for d, c in zip(days[inner][short][:3], counts[inner][short][:3], strict=True)
        )
        issues.note(
            "", f"{int(short.sum())} days have fewer than 20 hours: {shown}{' …' if short.sum() > 3 else ''}"
        )
    span = int((time[-1] - time[0]) / np.timedelta64(1, "h")) + 1
    if len(time) < span:
        issues.note("", f"{span - len(time):,} of {span:,} hours are absent")
    some = np.zeros(len(codes), bool)
    for block in values.values():
        some |= ~np.isnan(block).all(axis=1)
    empty = [codes[i] for i in np.flatnonzero(~some)]
    if empty:
        issues.note(
            "", f"{len(empty)} stations have no value: {', '.join(empty[:5])}{' …' if len(empty) > 5 else ''}"
        )

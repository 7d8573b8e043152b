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
from airq.observations.formats import plain_cells
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
_BLANK = re.compile(rb"[ \t\x0b\x0c\x1c-\x1f]")
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

    header: tuple[str, ...]
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
    first = _unquoted(BytesIO(data.lstrip()).readline())
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


@lru_cache(maxsize=64)
def _heading(line: bytes) -> tuple[str, ...]:
    """Names of the columns; the day files of a year share a few headers."""
    return tuple(c.strip() for c in line.decode().split(","))


def _sections(raw: RawFile, delimiter: bytes) -> list[_Section]:
    """Split the lines by header; drop, with a finding each, those that cannot be whole."""
    data = _unquoted(raw.data)
    if delimiter != b",":
        data = data.replace(delimiter, b",")
    lines = data.split(b"\n")
    unterminated = bool(lines[-1].strip())
    last = len(lines) if unterminated else len(lines) - 1
    letters = np.frombuffer(data, np.uint8)
    comma = letters == ord(",")
    sections: list[_Section] = []
    commas, end = -1, -1
    for number, line in enumerate(lines, 1):
        begin, end = end + 1, end + 1 + len(line)
        if not line or line.isspace():
            continue
        found = int(np.count_nonzero(comma[begin:end]))  # many times faster than to count in the text
        if not sections or (line[:4].lower() == b"date" and _is_header(line, b",")):
            sections.append(_Section(_heading(line), number))
            commas = found
            continue
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
    # There is hardly ever a blank, and to count what may be one is much faster than to look for each.
    if np.count_nonzero(letters <= ord(" ")) >= len(lines):
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
    """What is odd about the names of the columns."""
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


@lru_cache(maxsize=64)
def _places(
    header: tuple[str, ...], wanted: frozenset[str] | None
) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """Columns of each station code (a repeated one has several), and the columns without a code."""
    out: dict[str, tuple[int, ...]] = {}
    nameless = []
    for index, code in enumerate(header[3:], 3):
        if not code or code.lower().startswith("unnamed"):
            nameless.append(index)
        elif wanted is None or code in wanted:
            out[code] = (*out.get(code, ()), index)
    return out, tuple(nameless)


def _columns(section: _Section, wanted: Collection[str] | None, issues: Issues) -> dict[str, tuple[int, ...]]:
    """Columns of each station code, with what is to be said of the header."""
    out, nameless = _places(section.header, None if wanted is None else frozenset(wanted))
    for index in nameless:
        if any(row.split(b",")[index].strip() for row in section.rows):
            text = "has values but no station code; the column is not taken"
            issues.each("nameless", f"line {section.line} column {index + 1}", text)
    for text in _heading_notes(section.header[3:]):
        issues.note(f"line {section.line}", text)
    if sum(map(len, out.values())) > len(out):
        for code, indices in out.items():
            if len(indices) > 1:
                text = f"station {code} stands {len(indices)} times in the header; equal values are merged, different ones are not taken"
                issues.note(f"line {section.line} column {indices[1] + 1}", text)
    return out


def _numbers(section: _Section, columns: list[int], issues: Issues) -> npt.NDArray[np.float32]:
    """Numbers of the given columns, shape (row, column); text where a number belongs becomes missing."""
    lines = [row.split(b",", 3)[3] for row in section.rows]
    width = len(section.header) - 3
    numbers = plain_cells.numbers(lines, width)
    if numbers is None:
        numbers = _marked(lines, width)
    if numbers is not None:
        wanted = [c - 3 for c in columns]
        return numbers if wanted == list(range(width)) else numbers[:, wanted]
    out = np.full((len(lines), len(columns)), np.nan, np.float32)
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


def _marked(lines: list[bytes], width: int) -> npt.NDArray[np.float32] | None:
    """Numbers of any form and marks for "no value"; None if some cell is neither."""
    import pyarrow as pa
    import pyarrow.csv as pcsv

    # One cell a line: a single long column is read several times faster than 1,600 short ones.
    cells = b"\n".join(line.replace(b",", b"\n") for line in lines) + b"\n"
    try:
        table = pcsv.read_csv(
            BytesIO(cells),
            pcsv.ReadOptions(column_names=["x"], use_threads=False, block_size=max(1 << 20, len(cells) + 1)),
            pcsv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            pcsv.ConvertOptions(column_types={"x": pa.float32()}, null_values=_NULLS),
        )
    except pa.ArrowInvalid:
        return None
    numbers = table.column(0).to_numpy().reshape(len(lines), width)
    return None if np.isinf(numbers).any() else numbers


def _merge_repeated(
    numbers: npt.NDArray[np.float32],
    columns: dict[str, tuple[int, ...]],
    section: _Section,
    issues: Issues,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """One column a station; where repeated columns, which stand side by side here, disagree, neither value is taken."""
    if len(columns) == numbers.shape[1]:
        return numbers, np.zeros(numbers.shape, bool)
    out = np.full((len(numbers), len(columns)), np.nan, np.float32)
    conflict = np.zeros(out.shape, bool)
    end = 0
    for j, (code, group) in enumerate(columns.items()):
        begin, end = end, end + len(group)
        part = numbers[:, begin:end]
        some = np.isfinite(part).any(axis=1)
        low = np.where(some, np.nanmin(np.where(np.isnan(part), np.inf, part), axis=1), np.nan)
        high = np.where(some, np.nanmax(np.where(np.isnan(part), -np.inf, part), axis=1), np.nan)
        conflict[:, j] = some & (low != high)
        out[:, j] = np.where(conflict[:, j], np.nan, low)
        for i in np.flatnonzero(conflict[:, j]):
            issues.each(
                "repeat",
                f"line {section.numbers[i]}",
                f"the columns of station {code} disagree; neither value is taken",
            )
    return out, conflict


def _keys(
    section: _Section, issues: Issues
) -> tuple[npt.NDArray[np.datetime64], list[str], npt.NDArray[np.intp]]:
    """Time and pollutant of each row, and which rows have both."""
    known: dict[tuple[bytes, bytes], np.datetime64 | tuple[str, str]] = {}
    stamps: list[np.datetime64] = []
    names: list[str] = []
    kept: list[int] = []
    for i, row in enumerate(section.rows):
        day, hour, kind = row.split(b",", 3)[:3]
        stamp = known.get((day, hour))
        if stamp is None:
            stamp = known[day, hour] = _stamp(day, hour)
        if isinstance(stamp, tuple):
            issues.each(stamp[0], f"line {section.numbers[i]}", stamp[1])
        else:
            stamps.append(stamp)
            names.append(_TYPES[kind.strip()])
            kept.append(i)
    return np.array(stamps, "datetime64[ns]"), names, np.array(kept, np.intp)


def _stamp(day: bytes, hour: bytes) -> np.datetime64 | tuple[str, str]:
    """End of an hour, or what is wrong with its label: a key and a sentence."""
    date = parse_date(day.decode(errors="replace"))
    try:
        number = float(hour)
        h = int(number) if number.is_integer() else -1
    except ValueError:
        h = -1
    if date is None:
        shown = day.decode(errors="replace").strip()[:20]
        return "date", f"the date {shown} does not exist; its lines are not taken"
    if not 0 <= h <= 24:
        shown = hour.decode(errors="replace").strip()[:20]
        return "hour", f"hour '{shown}' is not 0…23; the line is not taken"
    return date + np.timedelta64(h, "h")


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
        values, conflict = _merge_repeated(numbers, columns, section, issues)
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

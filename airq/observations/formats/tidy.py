"""Tables with one row a station and time (wide), or one row a value (long), as CSV or XLSX.

Headings are understood in Chinese and English; a column map names them where they are not (``docs/ingest.md``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from airq import units
from airq.errors import FileRejected, ParameterError, UnitError
from airq.observations.files import RawFile
from airq.observations.formats.base import Parsed, parse_date, parse_number, pollutant_of
from airq.observations.formats.rows import dense
from airq.observations.issues import Issues
from airq.variables import POLLUTANTS, VARIABLES

__all__ = ["NAME", "ColumnMap", "parse", "read_column_map", "recognise"]

NAME: Final = "tidy"

_STATION: Final = (
    "station",
    "stationcode",
    "station_code",
    "code",
    "site",
    "station_id",
    "监测点编码",
    "站点编码",
    "站点编号",
    "站点",
    "站点名称",
    "监测点名称",
    "点位",
    "点位名称",
    "watchpoint",
    "positionname",
    "城市",
    "city",
)
_TIME: Final = ("time", "datetime", "timepoint", "timestamp", "date_time", "时间", "日期时间", "监测时间")
_DATE: Final = ("date", "day", "日期")
_HOUR: Final = ("hour", "小时", "时")
_VARIABLE: Final = ("variable", "parameter", "pollutant", "type", "污染物", "指标", "项目")
_VALUE: Final = ("value", "concentration", "浓度", "数值", "监测值")
_UNIT: Final = ("unit", "units", "单位")
_HEADS: Final = {
    "station": _STATION,
    "time": _TIME,
    "date": _DATE,
    "hour": _HOUR,
    "variable": _VARIABLE,
    "value": _VALUE,
    "unit": _UNIT,
}

CO_LIMIT: Final = 60.0
"""Largest median of CO that can be mg/m³; above, the column must be µg/m³ (urban air stays below 60 mg/m³)."""


@dataclass(frozen=True)
class ColumnMap:
    """How the columns of a table are to be read.

    Attributes
    ----------
    station, time, date, hour, variable, value, unit : str or None
        Headings; None for the usual ones.
    variables : mapping of str to str
        Variable to heading, such as ``{"pm25": "细颗粒物浓度"}``.
    units : mapping of str to str
        Variable to unit where the heading does not state it.
    time_zone : str
        Offset of the times from UTC, ``+08:00`` by default.
    label : {"end", "start"}
        Which end of the hour the time names.
    """

    station: str | None = None
    time: str | None = None
    date: str | None = None
    hour: str | None = None
    variable: str | None = None
    value: str | None = None
    unit: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "+08:00"
    label: str = "end"

    def __post_init__(self) -> None:
        if self.label not in ("end", "start"):
            raise ParameterError(f"column map: label '{self.label}' is not end or start; correct it.")
        if not re.fullmatch(r"[+-]\d\d:\d\d", self.time_zone):
            raise ParameterError(
                f"column map: time_zone '{self.time_zone}' is not an offset such as +08:00; correct it."
            )
        for name in (*self.variables, *self.units):
            if name not in VARIABLES:
                raise ParameterError(
                    f"column map: variable '{name}' is not known; use {', '.join(VARIABLES)}."
                )


def read_column_map(path: str | Path) -> ColumnMap:
    """Read a column map from YAML.

    Raises
    ------
    FileRejected
        If the file is not YAML or has an unknown entry.
    """
    file = Path(path)
    try:
        entries: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileRejected(
            f"{file}: not a readable YAML column map ({' '.join(str(error).split())}); see docs/ingest.md."
        ) from error
    known = {f.name for f in fields(ColumnMap)}
    if not isinstance(entries, dict) or set(entries) - known:
        odd = sorted(set(entries) - known)[0] if isinstance(entries, dict) else "the document"
        raise FileRejected(
            f"{file}: '{odd}' is no entry of a column map; allowed are {', '.join(sorted(known))}."
        )
    return ColumnMap(**entries)


def _table(raw: RawFile) -> tuple[list[str], list[list[str]], npt.NDArray[np.int64]]:
    """Headings, columns of text, and line numbers of the rows."""
    if raw.kind == "xlsx":
        return _sheet(raw)
    import pyarrow as pa
    import pyarrow.csv as pcsv

    data = raw.data.lstrip(b"\n ")
    skipped = raw.data[: len(raw.data) - len(data)].count(b"\n")
    first = data.split(b"\n", 1)[0]
    delimiter = max((",", "\t", ";", "|"), key=lambda d: first.count(d.encode()))
    heads = [h.strip().strip('"').strip() for h in first.decode().split(delimiter)]
    skip: list[int] = []

    def bad_row(row: Any) -> str:
        skip.append(row.number)
        text = f"has {row.actual_columns} fields where the header has {row.expected_columns}; the line is not taken"
        raw.issues.each("fields", f"line {row.number + skipped}", text)
        return "skip"

    names = [f"c{i}" for i in range(len(heads))]
    try:
        table = pcsv.read_csv(
            BytesIO(data),
            pcsv.ReadOptions(
                column_names=names, skip_rows=1, use_threads=False, block_size=max(1 << 20, len(data) + 1)
            ),
            pcsv.ParseOptions(delimiter=delimiter, invalid_row_handler=bad_row, ignore_empty_lines=True),
            pcsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise FileRejected(
            f"{raw.path}: not a readable table ({' '.join(str(error).split())[:120]}); save it as CSV."
        ) from error
    body = data.split(b"\n")
    good = [i for i, line in enumerate(body[1:], 2) if line.strip() and i not in set(skip)]
    lines = np.array(good[: table.num_rows], np.int64) + skipped
    if len(lines) < table.num_rows:
        lines = np.arange(2, table.num_rows + 2, dtype=np.int64) + skipped
    columns = [table.column(n).to_pylist() for n in names]
    if raw.cut or (body[-1].strip() and not raw.data.endswith(b"\n")):
        raw.issues.note(
            f"line {len(body)}", "the file ends without a line end; its very last value may have lost digits"
        )
    return heads, columns, lines


def _sheet(raw: RawFile) -> tuple[list[str], list[list[str]], npt.NDArray[np.int64]]:
    import zipfile

    import openpyxl

    try:
        book = openpyxl.load_workbook(BytesIO(raw.data), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError) as error:
        raise FileRejected(
            f"{raw.path}: a damaged workbook ({type(error).__name__}); open it in a spreadsheet and save it again."
        ) from error
    start = next((i for i, r in enumerate(rows) if r and sum(c is not None for c in r) >= 2), None)
    if start is None:
        raise FileRejected(f"{raw.path}: the first sheet is empty; put the table there.")
    heads = ["" if c is None else str(c).strip() for c in rows[start]]
    body = [(i, r) for i, r in enumerate(rows[start + 1 :], start + 2) if any(c is not None for c in r)]
    columns = [["" if j >= len(r) or r[j] is None else str(r[j]) for _, r in body] for j in range(len(heads))]
    return heads, columns, np.array([i for i, _ in body], np.int64)


def _roles(heads: list[str], plan: ColumnMap) -> dict[str, int]:
    """Column of each role: the map's, else the first usual heading."""
    low = [h.lower() for h in heads]
    out: dict[str, int] = {}
    for role, usual in _HEADS.items():
        asked = getattr(plan, role)
        if asked is not None:
            if asked not in heads:
                raise ParameterError(
                    f"column map: the file has no column '{asked}'; its columns are {', '.join(heads)[:200]}."
                )
            out[role] = heads.index(asked)
        else:
            found = next((low.index(u) for u in usual if u in low), None)
            if found is not None:
                out[role] = found
    return out


def _variables(heads: list[str], plan: ColumnMap) -> dict[str, tuple[int, str]]:
    """Column and stated unit of each variable of a wide table."""
    out: dict[str, tuple[int, str]] = {}
    for index, head in enumerate(heads):
        found = pollutant_of(head)
        if found and found[0] not in out:
            out[found[0]] = (index, found[1])
    for name, head in plan.variables.items():
        if head not in heads:
            raise ParameterError(
                f"column map: the file has no column '{head}'; its columns are {', '.join(heads)[:200]}."
            )
        out[name] = (heads.index(head), "")
    return {n: (i, plan.units.get(n, unit)) for n, (i, unit) in out.items()}


def recognise(raw: RawFile) -> bool:
    """Whether the first line has a time and either pollutants or variable and value."""
    if raw.kind == "xlsx":
        return True
    first = raw.data.lstrip().split(b"\n", 1)[0].decode(errors="replace")
    delimiter = max((",", "\t", ";", "|"), key=first.count)
    heads = [h.strip().strip('"').strip() for h in first.split(delimiter)]
    roles = _roles(heads, ColumnMap())
    timed = "time" in roles or "date" in roles
    return timed and (bool(_variables(heads, ColumnMap())) or {"variable", "value"} <= set(roles))


_COMPACT = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})[ T_]?(\d{1,2})(?:时|点)?")
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日\s*(\d{1,2})[时点:].*")


def _moment(text: str, offset: pd.Timedelta) -> tuple[np.datetime64 | None, bool]:
    """Beijing time of a text, and whether it had an hour."""
    cell = text.strip()
    day = parse_date(cell)
    if day is not None and len(cell) <= 11:
        return day, False
    for pattern in (_COMPACT, _CHINESE):
        found = pattern.fullmatch(cell)
        if found:
            year, month, date, hour = found.groups()
            base = parse_date(f"{year}-{month}-{date}")
            if base is None or int(hour) > 24:
                return None, True
            stamp = pd.Timestamp(base) + pd.Timedelta(hours=int(hour))
            return (stamp - offset + pd.Timedelta(hours=8)).to_datetime64().astype("datetime64[ns]"), True
    try:
        stamp = pd.Timestamp(cell)
    except (ValueError, OverflowError):
        return None, True
    if stamp is pd.NaT:
        return None, True
    stamp = stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp - offset
    return (stamp + pd.Timedelta(hours=8)).to_datetime64().astype("datetime64[ns]"), True


def _times(
    roles: Mapping[str, int],
    columns: list[list[str]],
    lines: npt.NDArray[np.int64],
    plan: ColumnMap,
    issues: Issues,
    path: Path,
) -> tuple[npt.NDArray[np.datetime64], str]:
    """Ends of hours in Beijing time (NaT where unusable), and the frequency."""
    sign = -1 if plan.time_zone[0] == "-" else 1
    offset = sign * pd.Timedelta(hours=int(plan.time_zone[1:3]), minutes=int(plan.time_zone[4:6]))
    role = "time" if "time" in roles else "date"
    texts = columns[roles[role]]
    if "hour" in roles and role == "date":
        texts = [
            f"{d.strip()} {h.strip()}" if (d and h) else d
            for d, h in zip(texts, (h.split(".")[0] for h in columns[roles["hour"]]), strict=True)
        ]
        texts = [re.sub(r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日? (\d{1,2})[时点]?$", _padded, t) for t in texts]
    known = {t: _moment(t, offset) for t in set(texts)}
    hourly = any(has for stamp, has in known.values() if stamp is not None)
    out = np.full(len(texts), np.datetime64("NaT"), "datetime64[ns]")
    for i, text in enumerate(texts):
        stamp, _ = known[text]
        if stamp is None:
            issues.each(
                "date", f"line {lines[i]}", f"the time '{text[:25]}' does not exist; the line is not taken"
            )
        else:
            out[i] = stamp
    if not hourly:
        return out, "daily"
    if plan.label == "start":
        out = out + np.timedelta64(1, "h")
    odd = ~np.isnat(out) & (out != out.astype("datetime64[h]").astype("datetime64[ns]"))
    for row in np.flatnonzero(odd):
        issues.each(
            "minute",
            f"line {lines[row]}",
            f"the time '{texts[row][:25]}' is not a full hour; the line is not taken",
        )
    out[odd] = np.datetime64("NaT")
    return out, "hourly"


def _padded(found: re.Match[str]) -> str:
    year, month, day, hour = found.groups()
    return f"{year}-{int(month):02d}-{int(day):02d} {int(hour):02d}"


def _convert(
    values: npt.NDArray[np.float64], name: str, unit: str, raw: RawFile, heading: str
) -> npt.NDArray[np.float64]:
    """Canonical units from stated ones; refuse CO whose unstated unit cannot be mg/m³."""
    if unit and name in POLLUTANTS:
        try:
            return values * units.factor(name, unit)
        except UnitError as error:
            raise FileRejected(f"{raw.path}: column '{heading}': {error}") from error
    middle = np.nanmedian(values) if np.isfinite(values).any() else np.nan
    if name == "co" and middle > CO_LIMIT:
        raise FileRejected(
            f"{raw.path}: column '{heading}': CO with a median of {middle:g} cannot be mg/m³; state the unit, such as CO(µg/m³) in the heading or units: {{co: µg/m3}} in a column map."
        )
    return values


def _floats(
    texts: list[str], keep: npt.NDArray[np.bool_], lines: npt.NDArray[np.int64], heading: str, issues: Issues
) -> npt.NDArray[np.float64]:
    known = {t: parse_number(t) for t in set(texts)}
    out = np.full(len(texts), np.nan)
    for i in np.flatnonzero(keep):
        value = known[texts[i]]
        if value is None:
            issues.each(
                "text",
                f"line {lines[i]} column {heading}",
                f"'{texts[i].strip()[:40]}' is not a number; the value is taken as missing",
            )
        else:
            out[i] = value
    return out


def parse(raw: RawFile, stations: Collection[str] | None = None, columns: ColumnMap | None = None) -> Parsed:
    """Read a wide or long table.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes to take; all by default.
    columns : ColumnMap, optional
        Needed only where headings are unusual.

    Returns
    -------
    Parsed
        Hourly if the times have hours, else daily.

    Raises
    ------
    FileRejected
        No time, no pollutant, an impossible unit, or nothing that could be taken.
    """
    plan = columns or ColumnMap()
    heads, table, lines = _table(raw)
    roles = _roles(heads, plan)
    if "time" not in roles and "date" not in roles:
        raise FileRejected(
            f"{raw.path}: line 1: no column of times among '{', '.join(heads)[:120]}'; call it 'time' or name it in a column map."
        )
    if not table or not len(lines):
        raise FileRejected(f"{raw.path}: line 2: a header without a line of data; fetch the file again.")
    time, frequency = _times(roles, table, lines, plan, raw.issues, raw.path)
    if "station" in roles:
        names = np.array([t.strip() for t in table[roles["station"]]], object)
    else:
        names = np.full(len(time), raw.stem, object)
        raw.issues.note(
            "line 1", f"no column of stations; the file's name '{raw.stem}' is taken as the station"
        )
    keep = ~np.isnat(time)
    for i in np.flatnonzero(keep & (names == "")):
        raw.issues.each("nameless", f"line {lines[i]}", "has no station; the line is not taken")
    keep &= names != ""
    if stations is not None:
        keep &= np.isin(names.astype(str), list(stations))
    wide = _variables(heads, plan)
    if not wide and {"variable", "value"} <= set(roles):
        values = _long(raw, roles, table, lines, keep, plan)
    elif wide:
        values = {
            n: _convert(_floats(table[i], keep, lines, heads[i], raw.issues), n, unit, raw, heads[i])
            for n, (i, unit) in wide.items()
        }
        ignored = [
            h
            for j, h in enumerate(heads)
            if h and j not in {i for i, _ in wide.values()} | set(roles.values())
        ]
        if ignored:
            raw.issues.note(
                "line 1",
                f"columns that are not observations are not stored: {', '.join(ignored[:8])}{' …' if len(ignored) > 8 else ''}",
            )
    else:
        raise FileRejected(
            f"{raw.path}: line 1: no column of a pollutant among '{', '.join(heads)[:120]}'; name them in a column map."
        )
    if not keep.any():
        found = raw.issues.summarised()
        raise FileRejected(
            f"{raw.path}: no line could be taken{' (' + found[0].where + ': ' + found[0].text + ')' if found else ''}; check the file."
        )
    block = dense(names[keep], time[keep], {n: v[keep] for n, v in values.items()}, lines[keep], raw.issues)
    return Parsed(raw, NAME, frequency, block, raw.issues.summarised())


def _long(
    raw: RawFile,
    roles: Mapping[str, int],
    table: list[list[str]],
    lines: npt.NDArray[np.int64],
    keep: npt.NDArray[np.bool_],
    plan: ColumnMap,
) -> dict[str, npt.NDArray[np.float64]]:
    """Columns of a long table: one array a variable, NaN in the rows of the others."""
    kinds = table[roles["variable"]]
    known = {k: pollutant_of(k) for k in set(kinds)}
    numbers = _floats(table[roles["value"]], keep, lines, "value", raw.issues)
    unit_of = table[roles["unit"]] if "unit" in roles else [""] * len(kinds)
    out: dict[str, npt.NDArray[np.float64]] = {}
    for kind in sorted(set(kinds)):
        found = known[kind]
        here = np.array([k == kind for k in kinds])
        if found is None:
            first = int(np.flatnonzero(here)[0])
            raw.issues.note(
                f"line {lines[first]}",
                f"'{kind[:40]}' is not an observation that airq stores; its {int(here.sum()):,} lines are not taken",
            )
            continue
        name, unit = found
        column = out.setdefault(name, np.full(len(kinds), np.nan))
        for stated in sorted({unit_of[i].strip() for i in np.flatnonzero(here)}):
            rows = here & np.array([u.strip() == stated for u in unit_of])
            column[rows] = _convert(numbers[rows], name, plan.units.get(name, stated or unit), raw, kind)
    if not out:
        raise FileRejected(
            f"{raw.path}: column '{roles['variable'] + 1}': no pollutant among '{', '.join(sorted(set(kinds)))[:100]}'; check the file."
        )
    return out

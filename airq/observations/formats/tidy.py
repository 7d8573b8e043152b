"""Tables with one row a station and time (wide), or one row a value (long), as CSV or XLSX.

Headings are understood in Chinese and English; a column map names them where they are not (``docs/ingest.md``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import yaml

from airq.errors import FileRejected, ParameterError
from airq.observations.files import RawFile
from airq.observations.formats.base import Parsed, compass, convert, parse_date, pollutant_of
from airq.observations.formats.long_form import spread
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import Table, first_heads, name_unused, numbers, read_table
from airq.observations.formats.times import parse_times, zone_offset
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
        Offset of the times from UTC, ``+08:00`` by default, or a named zone such as ``Europe/Paris`` whose clocks
        change.
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
        zone_offset(self.time_zone)
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
    for key, value in entries.items():
        good = (
            isinstance(value, dict) and all(isinstance(t, str) for pair in value.items() for t in pair)
            if key in ("variables", "units")
            else isinstance(value, str) or (value is None and key not in ("time_zone", "label"))
        )
        if not good:
            raise FileRejected(
                f"{file}: '{key}' is not {'a mapping of names to names' if key in ('variables', 'units') else 'a text'}; put texts in quotation marks."
            )
    return ColumnMap(**entries)


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
    heads = first_heads(raw)
    roles = _roles(heads, ColumnMap())
    timed = "time" in roles or "date" in roles
    return timed and (bool(_variables(heads, ColumnMap())) or {"variable", "value"} <= set(roles))


_HOUR_TEXT: Final = re.compile(r"(\d{1,2})(?:\.0+)?(?::00(?::00)?)?[时点]?")


def _texts(roles: Mapping[str, int], table: Table) -> list[str]:
    """Text of each row's time: one column, or a date and an hour joined."""
    role = "time" if "time" in roles else "date"
    texts = table.columns[roles[role]]
    if "hour" not in roles or role != "date":
        return texts
    hours = table.columns[roles["hour"]]
    days = {d: parse_date(d) for d in set(texts)}
    out = []
    for date, hour in zip(texts, hours, strict=True):
        day, found = days[date], _HOUR_TEXT.fullmatch(hour.strip())
        out.append(
            f"{str(day)[:10]} {found[1]}" if day is not None and found else f"{date.strip()} {hour.strip()}"
        )
    return out


def _times(
    roles: Mapping[str, int], table: Table, groups: list[str], plan: ColumnMap, issues: Issues
) -> tuple[npt.NDArray[np.datetime64], str]:
    """Ends of hours in Beijing time (NaT where unusable), and the frequency."""
    texts = _texts(roles, table)
    moments = parse_times(texts, table.lines, plan.time_zone, issues, groups)
    out = moments.time
    if not moments.hourly:
        return out, "daily"
    if plan.label == "start":
        out = out + np.timedelta64(1, "h")
    odd = ~np.isnat(out) & (out != out.astype("datetime64[h]").astype("datetime64[ns]"))
    for row in np.flatnonzero(odd):
        issues.each(
            "minute",
            f"line {table.lines[row]}",
            f"the time '{texts[row][:25]}' is not a full hour; the line is not taken",
        )
    out[odd] = np.datetime64("NaT")
    return out, "hourly"


def _values(
    heads: list[str],
    wide: Mapping[str, tuple[int, str]],
    table: Table,
    keep: npt.NDArray[np.bool_],
    raw: RawFile,
) -> dict[str, npt.NDArray[np.float64]]:
    """Columns of a wide table in canonical units; winds may be letters."""
    out = {}
    for name, (index, unit) in wide.items():
        cells = table.columns[index]
        if name == "wind_direction":
            letters = {c: compass(c) for c in set(cells)}
            if any(v is not None and np.isfinite(v) for v in letters.values()):
                cells = [c if letters[c] is None else str(letters[c]) for c in cells]
        found = numbers(cells, keep, table.lines, heads[index], raw.issues)
        out[name] = convert(found, name, unit, raw, heads[index])
    unstated = [n for n, (_, unit) in wide.items() if n in POLLUTANTS and not unit]
    if unstated:
        raw.issues.note(
            f"line {table.head_line}",
            f"no unit is stated for {', '.join(unstated)}; µg/m³ (CO mg/m³) is assumed",
        )
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
    table = read_table(raw)
    heads = table.heads
    roles = _roles(heads, plan)
    if "time" not in roles and "date" not in roles:
        raise FileRejected(
            f"{raw.path}: line {max(table.head_line, 1)}: no column of times among '{', '.join(heads)[:120]}'; call it 'time' or name it in a column map."
        )
    if "station" in roles:
        names = np.array([t.strip() for t in table.columns[roles["station"]]], object)
    else:
        names = np.full(len(table), raw.stem, object)
        raw.issues.note(
            f"line {max(table.head_line, 1)}",
            f"no column of stations; the file's name '{raw.stem}' is taken as the station",
        )
    kinds = table.columns[roles["variable"]] if "variable" in roles else [""] * len(table)
    series = [f"{n}|{k}" for n, k in zip(names, kinds, strict=True)]
    time, frequency = _times(roles, table, series, plan, raw.issues)
    keep = readable(names, ~np.isnat(time), table.lines, raw.issues)
    if stations is not None:
        keep &= np.isin(names.astype(str), list(stations))
    wide = _variables(heads, plan)
    if not wide and {"variable", "value"} <= set(roles):
        values = _long(raw, roles, table, keep, plan)
    elif wide:
        series = [str(n) for n in names]
        values = _values(heads, wide, table, keep, raw)
        taken = {i for i, _ in wide.values()} | set(roles.values())
        name_unused(table, taken, raw.issues)
    else:
        raise FileRejected(
            f"{raw.path}: line {max(table.head_line, 1)}: no column of a pollutant among '{', '.join(heads)[:120]}'; name them in a column map."
        )
    keep[keep] = drop_strays(np.array(series, object)[keep], time[keep], table.lines[keep], raw.issues)
    if not keep.any():
        found = raw.issues.summarised()
        lost = next((i for i in found if i.severity == "lost"), None)
        why = f" ({lost.where}: {lost.text})" if lost else ""
        raise FileRejected(f"{raw.path}: no line could be taken{why}; check the file.")
    block = dense(
        names[keep], time[keep], {n: v[keep] for n, v in values.items()}, table.lines[keep], raw.issues
    )
    return Parsed(raw, NAME, frequency, block, raw.issues.summarised())


def _long(
    raw: RawFile, roles: Mapping[str, int], table: Table, keep: npt.NDArray[np.bool_], plan: ColumnMap
) -> dict[str, npt.NDArray[np.float64]]:
    """Columns of a long table: one array a variable, NaN in the rows of the others."""
    kinds = table.columns[roles["variable"]]
    value = numbers(table.columns[roles["value"]], keep, table.lines, "value", raw.issues)
    named = {k: pollutant_of(k) for k in set(kinds)}
    stated = table.columns[roles["unit"]] if "unit" in roles else [""] * len(kinds)
    units = []
    for kind, unit in zip(kinds, stated, strict=True):
        found = named[kind]
        units.append((plan.units.get(found[0]) or unit.strip() or found[1]) if found else "")
    return spread(kinds, units, value, keep, table.lines, raw, unit_needed=False)

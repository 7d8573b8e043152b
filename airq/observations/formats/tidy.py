"""Tables with one row a station and time (wide), or one row a value (long), as CSV or XLSX.

Headings are understood in Chinese and English; a column map names them where they are not (``docs/ingest.md``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected, ParameterError
from airq.observations.files import RawFile
from airq.observations.formats import across
from airq.observations.formats.base import Parsed, compass, convert, parse_date, pollutant_of
from airq.observations.formats.column_map import ROLES, ColumnMap, read_column_map
from airq.observations.formats.guessing import variable_of
from airq.observations.formats.long_form import spread
from airq.observations.formats.marks import refuse_table
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import DELIMITERS, Table, first_heads, name_unused, numbers, read_table
from airq.observations.formats.times import parse_times
from airq.observations.issues import Issues
from airq.variables import POLLUTANTS

__all__ = ["NAME", "ColumnMap", "parse", "pointed", "read_column_map", "recognise"]

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
    "站点名",
    "站点名称",
    "站名",
    "测点",
    "测点名称",
    "监测点",
    "监测点位",
    "监测点名称",
    "监测站",
    "监测站点",
    "点位",
    "点位名",
    "点位名称",
    "watchpoint",
    "positionname",
    "城市",
    "city",
)
_TIME: Final = (
    "time",
    "datetime",
    "timepoint",
    "timestamp",
    "date_time",
    "时间",
    "日期时间",
    "监测时间",
    "采样时间",
    "数据时间",
)
_DATE: Final = ("date", "day", "日期", "监测日期", "采样日期", "数据日期")
_YEAR: Final = ("year", "年", "年份")
_MONTH: Final = ("month", "月", "月份")
_DAY: Final = ("day", "日")
_HOUR: Final = ("hour", "小时", "时")
_VARIABLE: Final = ("variable", "parameter", "pollutant", "type", "污染物", "指标", "项目")
_VALUE: Final = ("value", "concentration", "浓度", "数值", "监测值")
_UNIT: Final = ("unit", "units", "单位")
_HEADS: Final = {
    "station": _STATION,
    "time": _TIME,
    "date": _DATE,
    "year": _YEAR,
    "month": _MONTH,
    "day": _DAY,
    "hour": _HOUR,
    "variable": _VARIABLE,
    "value": _VALUE,
    "unit": _UNIT,
}


def _roles(heads: list[str], plan: ColumnMap) -> dict[str, int]:
    """Column of each role: the map's, else the first usual heading."""
    taken = {getattr(plan, role) for role in ROLES}
    low = ["" if h in taken else h.lower() for h in heads]
    out: dict[str, int] = {}
    for role in ROLES:
        asked = getattr(plan, role)
        if asked is not None and not (plan.is_constant(role) and asked not in heads):
            if asked not in heads:
                raise ParameterError(
                    f"column map: the file has no column '{asked}'; its columns are {', '.join(heads)[:200]}."
                )
            out[role] = heads.index(asked)
        elif asked is None:
            found = next((low.index(u) for u in _HEADS[role] if u in low), None)
            if found is not None:
                out[role] = found
    return _one_time(out, plan)


def _one_time(roles: dict[str, int], plan: ColumnMap) -> dict[str, int]:
    """Without roles that say the same in another way: a date in one column, or split over three."""
    split = {"month", "day"} <= set(roles) and ("year" in roles or plan.year is not None)
    given = plan.time is not None or plan.date is not None
    whole = "time" in roles or roles.get("date", roles.get("day")) != roles.get("day")
    if split and not given and (not whole or plan.month is not None):
        return {r: j for r, j in roles.items() if r not in ("time", "date")}
    return {r: j for r, j in roles.items() if r not in ("year", "month", "day")}


def _timed(roles: Mapping[str, int], plan: ColumnMap) -> bool:
    return bool({"time", "date", "day"} & set(roles)) or plan.is_constant("date")


def _variables(heads: list[str], plan: ColumnMap) -> dict[str, tuple[int, str]]:
    """Column and stated unit of each variable of a wide table."""
    out: dict[str, tuple[int, str]] = {}
    for index, head in enumerate(heads):
        found = pollutant_of(head)
        if found and found[0] not in out:
            out[found[0]] = (index, found[1])
    for name, head in plan.variables.items() if plan.variable is None else ():
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
    return _timed(roles, ColumnMap()) and (
        bool(_variables(heads, ColumnMap())) or {"variable", "value"} <= set(roles)
    )


_HOUR_TEXT: Final = re.compile(r"(\d{1,2})(?:\.0+)?(?::00(?::00)?)?[时点]?")


def _texts(roles: Mapping[str, int], table: Table, plan: ColumnMap) -> list[str]:
    """Text of each row's time: one column, or a date (whole or split) and an hour joined."""
    if "day" in roles:
        parts = [table.columns[roles[r]] for r in ("month", "day")]
        years = table.columns[roles["year"]] if "year" in roles else [plan.year or ""] * len(table)
        texts = ["-".join(_whole(p) for p in row) for row in zip(years, *parts, strict=True)]
    elif {"time", "date"} & set(roles):
        texts = table.columns[roles["time" if "time" in roles else "date"]]
    else:
        texts = [plan.date or ""] * len(table)
    if "hour" not in roles or ("time" in roles and "day" not in roles):
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


def _whole(text: str) -> str:
    """A number of a date without what a spreadsheet or a person adds: 1.0, 1月."""
    return text.strip().removesuffix(".0").rstrip("年月日 ")


def _times(
    roles: Mapping[str, int], table: Table, groups: list[str], plan: ColumnMap, issues: Issues
) -> tuple[npt.NDArray[np.datetime64], str]:
    """Ends of hours in Beijing time (NaT where unusable), and the frequency."""
    texts = _texts(roles, table, plan)
    zone = "+08:00" if plan.across == "hours" else plan.time_zone
    moments = parse_times(texts, table.lines, zone, issues, groups, plan.day_first)
    out = moments.time
    if plan.across == "hours":  # the columns are the hours of the row's day
        return out.astype("datetime64[D]").astype("datetime64[ns]"), "hourly"
    if not moments.hourly or ("hour" not in roles and _midnights(out, "time" in roles)):
        if moments.hourly:
            issues.note("", "all times are midnight, so the table is taken as a daily one")
            out = out.astype("datetime64[D]").astype("datetime64[ns]")
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


def _midnights(time: npt.NDArray[np.datetime64], is_time: bool) -> bool:
    """Whether stamps are dates to which a spreadsheet has added 00:00."""
    days = np.unique(time[~np.isnat(time)])
    whole = days == days.astype("datetime64[D]").astype("datetime64[ns]")
    return bool(whole.all()) and len(days) >= (3 if is_time else 1)


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
    table = _table(raw, plan)
    heads, first = table.heads, max(table.head_line, 1)
    roles = _roles(heads, plan)
    if not _timed(roles, plan):
        raise FileRejected(
            f"{raw.path}: line {first}: no column of times among '{', '.join(heads)[:120]}'; call it 'time' or name it in a column map."
        )
    names = _names(raw, table, roles, plan)
    kinds = table.columns[roles["variable"]] if "variable" in roles else [""] * len(table)
    series = [f"{n}|{k}" for n, k in zip(names, kinds, strict=True)]
    time, frequency = _times(roles, table, series, plan, raw.issues)
    keep = readable(names, ~np.isnat(time), table.lines, raw.issues)
    if stations is not None and plan.across in (None, "hours"):
        keep &= np.isin(names.astype(str), list(stations))
    lines = table.lines
    wide = {} if plan.across else _variables(heads, plan)
    if plan.across:
        cells = across.unfold(raw, table, plan, roles, names, time, keep, frequency == "daily")
        names, time, lines, keep = cells.names, cells.time, cells.lines, cells.keep
        values, series = cells.values, cells.series
    elif not wide and {"variable", "value"} <= set(roles):
        values = _long(raw, roles, table, keep, plan)
    elif wide:
        series = [str(n) for n in names]
        values = _values(heads, wide, table, keep, raw)
        taken = {i for i, _ in wide.values()} | set(roles.values())
        name_unused(table, taken, raw.issues)
    else:
        raise FileRejected(
            f"{raw.path}: line {first}: no column of a pollutant among '{', '.join(heads)[:120]}'; name them in a column map."
        )
    if stations is not None and plan.across not in (None, "hours"):
        keep = keep & np.isin(names.astype(str), list(stations))
    keep[keep] = drop_strays(np.array(series, object)[keep], time[keep], lines[keep], raw.issues)
    if not keep.any():
        found = raw.issues.summarised()
        lost = next((i for i in found if i.severity == "lost"), None)
        why = f" ({lost.where}: {lost.text})" if lost else ""
        raise FileRejected(f"{raw.path}: no line could be taken{why}; check the file.")
    block = dense(names[keep], time[keep], {n: v[keep] for n, v in values.items()}, lines[keep], raw.issues)
    return Parsed(raw, NAME, frequency, block, raw.issues.summarised())


def _table(raw: RawFile, plan: ColumnMap) -> Table:
    """The table with the heading that the map names, its cells made plain as the map says."""
    asked = set(plan.headings)
    signs = [d for d in DELIMITERS if d != plan.decimal]
    if raw.kind == "text" and not any(d.encode() in raw.data[:2000] for d in signs):
        signs = list(DELIMITERS)  # decimal commas within quotation marks
    is_head = (lambda heads: asked <= set(heads)) if asked else None
    table = read_table(raw, is_head, plan.header_lines, True, signs)
    refuse_table(table, raw.path)
    columns = [[c.strip() for c in cells] for cells in table.columns] if plan.fill_down else table.columns
    for head in plan.fill_down:
        if head not in table.heads:
            raise ParameterError(
                f"column map: the file has no column '{head}'; its columns are {', '.join(table.heads)[:200]}."
            )
        above = ""
        filled = []
        for cell in columns[table.heads.index(head)]:
            above = cell or above
            filled.append(above)
        columns[table.heads.index(head)] = filled
    if plan.decimal == ",":
        pattern = _COMMA if raw.kind == "text" else _PLAIN_COMMA  # a workbook's own numbers have a point
        columns = [[pointed(c, pattern) for c in cells] for cells in columns]
    return replace(table, columns=columns)


_PLAIN_COMMA: Final = re.compile(r"\s*[+-]?\d+,\d+\s*")
_COMMA: Final = re.compile(r"\s*[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+\s*|\s*[+-]?\d{1,3}(?:\.\d{3})+\s*")


def pointed(cell: str, pattern: re.Pattern[str] = _COMMA) -> str:
    """A number with a decimal comma as one with a point; anything else as it is.

    Examples
    --------
    >>> pointed("1.234,5"), pointed("7,25"), pointed("5.1.2019 13:00"), pointed("12")
    ('1234.5', '7.25', '5.1.2019 13:00', '12')
    """
    return cell.replace(".", "").replace(",", ".") if len(cell) < 60 and pattern.fullmatch(cell) else cell


def _names(raw: RawFile, table: Table, roles: Mapping[str, int], plan: ColumnMap) -> npt.NDArray[np.object_]:
    """Station of each row."""
    if "station" in roles:
        return np.array([t.strip() for t in table.columns[roles["station"]]], object)
    if plan.across in (None, "hours") and plan.station_name is None:
        raw.issues.note(
            f"line {max(table.head_line, 1)}",
            f"no column of stations; the file's name '{raw.stem}' is taken as the station",
        )
    return np.full(len(table), plan.station_name or raw.stem, object)


def _long(
    raw: RawFile, roles: Mapping[str, int], table: Table, keep: npt.NDArray[np.bool_], plan: ColumnMap
) -> dict[str, npt.NDArray[np.float64]]:
    """Columns of a long table: one array a variable, NaN in the rows of the others."""
    kinds = table.columns[roles["variable"]]
    value = numbers(table.columns[roles["value"]], keep, table.lines, "value", raw.issues)
    named = {k: variable_of(k, plan) for k in set(kinds)}
    stated = table.columns[roles["unit"]] if "unit" in roles else [""] * len(kinds)
    units = []
    for kind, unit in zip(kinds, stated, strict=True):
        found = named[kind]
        units.append((plan.units.get(found[0]) or unit.strip() or found[1]) if found else "")
    names = {k: found[0] if found else None for k, found in named.items()}
    return spread(kinds, units, value, keep, table.lines, raw, names.get, unit_needed=False)

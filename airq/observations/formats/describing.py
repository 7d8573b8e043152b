"""A proposal of a column map for a table whose headings airq does not know.

Roles are guessed by names first, then by what the cells hold; each guess carries its reason as a comment, and what
stays open is listed, so that a person can correct the text and use it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import CO_LIMIT, compass, parse_number, pollutant_of
from airq.observations.formats.table import Table, heads_of, read_table
from airq.observations.formats.times import day_first, parse_moment
from airq.observations.issues import Issues
from airq.variables import POLLUTANTS

__all__ = ["describe", "guess_variable"]

_SAMPLE: Final = 150
_BYTES: Final = 100_000

_FUZZY: Final = (
    # (pattern on the heading without blanks, variable); the first that fits
    (r"_?24h|24小时|日均|滑动|_?8h|8小时|iaqi|分指数", ""),
    (r"pm\W?_?2[._,]?5|细颗粒|fine", "pm25"),
    (r"pm\W?_?10(?!\d)|可吸入|coarse", "pm10"),
    (r"(?<![a-z])so_?2|二氧化硫|sulfur|sulphur", "so2"),
    (r"(?<![a-z])no_?2|二氧化氮|nitrogendioxide", "no2"),
    (r"(?<![a-z])o_?3|臭氧|ozone", "o3"),
    (r"(?<![a-z])co(?![a-z2])|一氧化碳|carbonmono", "co"),
    (r"露点|dew", "dew_point"),
    (r"气温|温度|temp|(?<![a-z])t2m", "temperature"),
    (r"湿度|humid|(?<![a-z])rh(?![a-z])", "relative_humidity"),
    (r"气压|press|(?<![a-z])hpa", "pressure"),
    (r"风向|wind_?dir|(?<![a-z])wd(?![a-z])", "wind_direction"),
    (r"风速|wind_?sp|(?<![a-z])ws(?![a-z])", "wind_speed"),
    (r"降水|雨量|precip|rain", "precipitation"),
)
_UNITS: Final = (
    (r"[uµμ]g[/_ ]?m\W?[3³]|[uµμ]gm3|微克", "µg/m3"),
    (r"mg[/_ ]?m\W?[3³]|mgm3|毫克", "mg/m3"),
    (r"ppb", "ppb"),
    (r"ppm(?![a-z])", "ppm"),
)
_STATION_NAMES: Final = (
    r"站|点位|测点|编码|编号|site|station|code|sensor|device|location|(?<![a-z])id(?![a-z])"
)
_TIME_NAMES: Final = r"时间|日期|time|date|(?<![a-z])dt(?![a-z])"
_VALUE_NAMES: Final = r"值|浓度|value|conc|reading|result"


@dataclass
class _Column:
    """What is known of one column."""

    head: str
    cells: list[str]
    numbers: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cells = [c.strip() for c in self.cells[:_SAMPLE] if c.strip()]
        values = [parse_number(c) for c in self.cells]
        self.numbers = [v for v in values if v is not None and np.isfinite(v)]

    @property
    def numeric(self) -> bool:
        return bool(self.cells) and len(self.numbers) >= 0.5 * len(self.cells)

    def share(self, test: Callable[[str], bool]) -> float:
        return sum(map(test, self.cells)) / len(self.cells) if self.cells else 0.0

    def named(self, pattern: str) -> bool:
        return bool(re.search(pattern, "".join(self.head.lower().split())))

    @property
    def spread(self) -> str:
        if not self.numbers:
            return "empty"
        return f"{min(self.numbers):g} … {max(self.numbers):g}"


def guess_variable(heading: str) -> tuple[str, str] | None:
    """Variable and unit that an unusual heading suggests, or None.

    Examples
    --------
    >>> guess_variable("PM2_5浓度(μg/m3)"), guess_variable("co_mgm3"), guess_variable("remark")
    (('pm25', 'µg/m3'), ('co', 'mg/m3'), None)
    >>> guess_variable("O3_8h") is None
    True
    """
    if found := pollutant_of(heading):
        return found
    text = "".join(heading.lower().split())[:200]
    name = next((n for pattern, n in _FUZZY if re.search(pattern, text)), "")
    if not name:
        return None
    unit = next((u for pattern, u in _UNITS if re.search(pattern, text)), "")
    return name, unit if name in POLLUTANTS else ""


def _table(raw: RawFile) -> Table:
    """The table, its heading being the first line with several cells of which most are text."""

    def is_head(cells: list[str]) -> bool:
        filled = [c for c in cells if c]
        return len(filled) >= 2 and sum(parse_number(c) is None for c in filled) >= 0.6 * len(filled)

    if raw.kind != "text":
        return read_table(raw)
    first = raw.data.lstrip()[:1]
    if first in (b"<", b"{", b"["):
        raise FileRejected(
            f"{raw.path}: no table but {'XML' if first == b'<' else 'JSON'}; a column map cannot describe it."
        )
    lines = raw.data[:100_000].decode(errors="replace").split("\n")[:40]
    if not any(is_head(heads_of(line)) for line in lines if line.strip()):
        raise FileRejected(
            f"{raw.path}: line 1: no line with headings in the first 40; write one above the columns."
        )
    head = raw.data[:_BYTES].rsplit(b"\n", 1)[0] + b"\n" if len(raw.data) > _BYTES else raw.data
    return read_table(RawFile(raw.path, head, raw.kind, raw.sha256, raw.cut, Issues()), is_head)


def _time_column(columns: list[_Column]) -> tuple[_Column | None, bool, str]:
    """Column of times, whether its texts have hours, and why it was chosen."""
    best: tuple[float, _Column | None, bool, str] = (0.0, None, False, "")
    for column in columns:
        first = day_first(column.cells)
        moments = [parse_moment(c, bool(first)) for c in column.cells]
        share = sum(m is not None for m in moments) / len(moments) if moments else 0.0
        if column.numeric and not column.named(_TIME_NAMES):
            continue  # 20190101 may also be a reading
        if share > 0.8 and share + 0.1 * column.named(_TIME_NAMES) > best[0]:
            hours = any(m is not None and m[1] for m in moments)
            seen = f"{share:.0%} of the cells are {'times' if hours else 'dates'}, such as {column.cells[0][:25]}"
            best = (share + 0.1 * column.named(_TIME_NAMES), column, hours, seen)
    return best[1], best[2], best[3]


def _hour_column(columns: list[_Column]) -> _Column | None:
    for column in columns:
        whole = column.numbers and all(float(n).is_integer() and 0 <= n <= 24 for n in column.numbers)
        if (
            whole
            and column.named(r"hour|小时|(?<![a-z])hr?(?![a-z])|^时$|时次")
            and len(set(column.numbers)) > 1
        ):
            return column
    return None


def _station_column(columns: list[_Column]) -> tuple[_Column | None, str]:
    scored = []
    for column in columns:
        unique = len(set(column.cells))
        if not column.cells or unique > 0.5 * len(column.cells) + 1:
            continue
        text = column.share(lambda c: parse_number(c) is None)
        named = column.named(_STATION_NAMES)
        if (named or text > 0.9) and not guess_variable(column.head):
            scored.append(
                (
                    named + 0.5 * text + 0.2 * bool(re.search("code|编码|编号|id", column.head.lower())),
                    column,
                    unique,
                )
            )
    if not scored:
        return None, ""
    _, column, unique = max(scored, key=lambda s: s[0])
    return column, f"{unique} different entries, such as {column.cells[0][:25]}"


def _long_columns(columns: list[_Column]) -> tuple[_Column, _Column, _Column | None] | None:
    """Columns of the variable, the value and the unit, if the table has one row a value."""
    kinds = [c for c in columns if c.cells and c.share(lambda t: guess_variable(t) is not None) > 0.5]
    if not kinds:
        return None
    values = [c for c in columns if c.numeric and c.named(_VALUE_NAMES)] or [c for c in columns if c.numeric]
    if not values:
        return None
    units = [
        c
        for c in columns
        if c.cells and c.share(lambda t: any(re.search(p, t.lower()) for p, _ in _UNITS)) > 0.5
    ]
    return kinds[0], values[0], units[0] if units and units[0] not in (kinds[0], values[0]) else None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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

    table = _table(raw)
    columns = [_Column(h, c) for h, c in zip(table.heads, table.columns, strict=True)]
    part = "the first " if raw.kind == "text" and len(raw.data) > _BYTES else ""
    lines = [f"# proposed for {raw.path.name} from {part}{len(table):,} rows, {len(columns)} columns"]
    known = formats.recognised(raw)
    if known is not None:
        lines.append(f"# airq recognises this file as '{known}'; it may need no column map")
    used: list[_Column] = []
    time, has_hours, why = _time_column(columns)
    if time is None:
        lines.append('# time: ""  # no column of times was found; name it')
    else:
        used.append(time)
        hour = None if has_hours else _hour_column(columns)
        role = "date" if hour is not None else "time"
        lines.append(f"{role}: {_quoted(time.head)}  # {why}")
        if hour is not None:
            used.append(hour)
            lines.append(f"hour: {_quoted(hour.head)}  # whole numbers {hour.spread}")
        lines += _conventions(time, has_hours or hour is not None)
    station, entries = _station_column([c for c in columns if c not in used])
    if station is None:
        lines.append(f"# station: \"\"  # none was found; the file's name '{raw.stem}' will be taken")
    else:
        used.append(station)
        lines.append(f"station: {_quoted(station.head)}  # {entries}")
    rest = [c for c in columns if c not in used]
    wide = [(c, g) for c in rest if c.numeric and (g := guess_variable(c.head)) is not None]
    lines += _variables(wide, rest, used)
    open_ones = [c for c in rest if c not in used and c.cells]
    for column in open_ones[:20]:
        kind = "numbers " + column.spread if column.numeric else f"text such as {column.cells[0][:25]}"
        lines.append(f"# column {_quoted(column.head)}: {kind}; not used")
    lines.append("# check: is every guess right? then: airq ingest FILE --columns THIS.yaml")
    return "\n".join(lines) + "\n"


def _conventions(time: _Column, hourly: bool) -> list[str]:
    """Lines for the time zone and the label, which no table shows by itself."""
    if not hourly:
        return ["# the times have no hours: a daily table"]
    stated = [m[2] for c in time.cells if (m := parse_moment(c, bool(day_first(time.cells)))) and m[2]]
    out = []
    if stated:
        out.append(f"# the times state their offset ({stated[0]})")
    else:
        out.append('time_zone: "+08:00"  # assumed: Beijing time; no offset is stated')
    first_hours = {m[0].hour for c in time.cells if (m := parse_moment(c, bool(day_first(time.cells))))}
    hint = "hour 24 occurs" if any(re.search(r"\b24(:00)?\b", c[8:]) for c in time.cells) else ""
    out.append(
        f"label: end  # assumed: times name the ends of hours{'; ' + hint if hint else ''}; else write start"
    )
    if len(first_hours) == 1:
        out.append("# all times have the same hour: the table may be daily")
    return out


def _variables(
    wide: list[tuple[_Column, tuple[str, str]]], rest: list[_Column], used: list[_Column]
) -> list[str]:
    """Lines for the variables of a wide table, or the columns of a long one."""
    if not wide:
        long = _long_columns(rest)
        if long is None:
            return ['# variables: {}  # no column of a pollutant was found; write pm25: "heading" and so on']
        kind, value, unit = long
        used += [c for c in (kind, value, unit) if c is not None]
        out = [
            f"variable: {_quoted(kind.head)}  # {', '.join(sorted(set(kind.cells))[:6])[:60]}",
            f"value: {_quoted(value.head)}  # numbers {value.spread}",
        ]
        return [*out, f"unit: {_quoted(unit.head)}  # {unit.cells[0][:20]}"] if unit is not None else out
    names, units = ["variables:"], []
    seen: set[str] = set()
    for column, (name, stated) in wide:
        if name in seen:
            continue
        seen.add(name)
        used.append(column)
        names.append(f"  {name}: {_quoted(column.head)}  # by its name; {column.spread}")
        if stated:
            units.append(f"  {name}: {_quoted(stated)}  # stated in the heading")
        elif name == "co" and column.numbers and float(np.median(column.numbers)) > CO_LIMIT:
            units.append(
                f"  {name}: µg/m3  # a median of {float(np.median(column.numbers)):g} cannot be mg/m³"
            )
        elif name == "wind_direction" and column.share(lambda c: compass(c) is not None) > 0.5:
            names[-1] += "; letters of the 16 winds"
    return [*names, *(["units:", *units] if units else [])]

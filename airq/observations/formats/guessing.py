"""What the columns of an unknown table may be: by their names first, then by what the cells hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from airq.observations.formats.base import parse_number, pollutant_of
from airq.observations.formats.column_map import ColumnMap
from airq.observations.formats.headings import is_unit
from airq.observations.formats.times import day_first, parse_moment
from airq.variables import POLLUTANTS

__all__ = [
    "UNITS",
    "Column",
    "clock_or_hour",
    "guess_variable",
    "long_columns",
    "split_date",
    "station_column",
    "time_column",
    "title_variable",
    "variable_of",
]

SAMPLE: Final = 150

_RUNNING: Final = r"_?24h|24小时|日均|滑动|_?8h|8小时|iaqi|分指数"
_NOT_DAILY: Final = r"(?<!\d)1h|(?<!\d)1小时|滑动24|iaqi|分指数|aqi|指数"
_FUZZY: Final = (
    # (pattern on the heading without blanks, variable); the first that fits
    (_RUNNING, ""),
    (r"pm\W?_?2[._,p]?5|细颗粒|fine", "pm25"),
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
UNITS: Final = (
    (r"[uµμ]g[/_ ·.]?m\W?[3³]|[uµμ]gm-?3|微克", "µg/m3"),
    (r"mg[/_ ·.]?m\W?[3³]|mgm-?3|毫克", "mg/m3"),
    (r"ppb", "ppb"),
    (r"ppm(?![a-z])", "ppm"),
)
_STATION_NAMES: Final = (
    r"站|点位|测点|编码|编号|site|station|code|sensor|device|location|(?<![a-z])id(?![a-z])"
)
_TIME_NAMES: Final = r"时间|日期|时刻|time|date|(?<![a-z])dt(?![a-z])|datum|zeit|heure|fecha|hora"
_VALUE_NAMES: Final = r"值|浓度|value|conc|reading|result"
_HOUR_NAMES: Final = (
    r"hour|小时|(?<![a-z])hr?(?![a-z])|^时$|时次|时段|stunde|^hora$|^heure$|uhrzeit|^time$|时刻|钟点|^时间$"
)
_PARTS: Final = (
    # part of a date, pattern of its name, lowest and highest value
    ("year", r"年|year|(?<![a-z])yr|jahr|^y$", 1970, 2200),
    ("month", r"月|month|(?<![a-z])mon(?![a-z])|monat|^m$", 1, 12),
    ("day", r"日|day|tag|^d$", 1, 31),
)
_CLOCK: Final = re.compile(r"\d{1,2}(?::\d{2}(?::\d{2})?|\s*[时点])")


@dataclass
class Column:
    """What is known of one column.

    Attributes
    ----------
    head : str
    cells : list of str
        The first cells that are not empty.
    numbers : list of float
        Those of them that are numbers.
    blanks : float
        Share of empty cells.
    first : str
        The first cell, empty or not.
    """

    head: str
    cells: list[str]
    numbers: list[float] = field(default_factory=list)
    blanks: float = 0.0
    first: str = ""

    def __post_init__(self) -> None:
        given = [c.strip() for c in self.cells[: 3 * SAMPLE]]
        self.first = given[0] if given else ""
        self.blanks = sum(not c for c in given) / len(given) if given else 1.0
        self.cells = [c for c in given if c][:SAMPLE]
        values = [parse_number(c) for c in self.cells]
        self.numbers = [v for v in values if v is not None and np.isfinite(v)]

    @property
    def numeric(self) -> bool:
        """Whether most cells are numbers."""
        return bool(self.cells) and len(self.numbers) >= 0.5 * len(self.cells)

    @property
    def spread(self) -> str:
        """Lowest and highest number."""
        return f"{min(self.numbers):g} … {max(self.numbers):g}" if self.numbers else "empty"

    def share(self, test: Callable[[str], bool]) -> float:
        """Share of the cells that pass a test."""
        return sum(map(test, self.cells)) / len(self.cells) if self.cells else 0.0

    def named(self, pattern: str) -> bool:
        """Whether the heading holds a pattern."""
        return bool(re.search(pattern, "".join(self.head.lower().split())[:200]))

    def whole(self, low: int, high: int) -> bool:
        """Whether all numbers are whole and within bounds."""
        return bool(self.numbers) and all(float(n).is_integer() and low <= n <= high for n in self.numbers)


def guess_variable(heading: str, daily: bool = False) -> tuple[str, str] | None:
    """Variable and unit that an unusual heading suggests, or None.

    Parameters
    ----------
    heading : str
    daily : bool
        Whether the table has one row a day: a mean of 24 hours, or of 8 for ozone, is then what is wanted.

    Examples
    --------
    >>> guess_variable("PM2_5浓度(μg/m3)"), guess_variable("co_mgm3"), guess_variable("remark")
    (('pm25', 'µg/m3'), ('co', 'mg/m3'), None)
    >>> guess_variable("O3_8h") is None, guess_variable("PM2.5日均值", daily=True)
    (True, ('pm25', ''))
    """
    text = "".join(heading.lower().split())[:200]
    if daily and re.search(_NOT_DAILY, text):
        return None
    if found := pollutant_of(heading):
        return found[0], found[1] if is_unit(
            found[1]
        ) else ""  # 细颗粒物 PM2.5, PM10 Wert: no unit, but a word
    patterns = _FUZZY[1:] if daily else _FUZZY
    name = next((n for pattern, n in patterns if re.search(pattern, text)), "")
    if not name:
        return None
    unit = next((u for pattern, u in UNITS if re.search(pattern, text)), "")
    return name, unit if name in POLLUTANTS else ""


def variable_of(text: str, plan: ColumnMap, daily: bool = False) -> tuple[str, str] | None:
    """Variable and unit of a text in a table that a column map describes; strictly by its names without a map.

    Examples
    --------
    >>> variable_of("101", ColumnMap(variable="code", variables={"pm25": "101"}))
    ('pm25', '')
    >>> variable_of("细颗粒物浓度", ColumnMap()) is None, variable_of("细颗粒物浓度", ColumnMap(variable="x"))[0]
    (True, 'pm25')
    """
    told = plan.variable is not None or plan.across is not None
    own = next((n for n, t in plan.variables.items() if told and t == text.strip()), None)
    if own is not None:
        return own, plan.units.get(own, "")
    found = pollutant_of(text)
    return guess_variable(text, daily) if found is None and told else found


def title_variable(texts: Sequence[str]) -> tuple[str, str, str] | None:
    """The one pollutant of which titles or a file's name speak, its unit, and the text; None if none or several.

    Examples
    --------
    >>> title_variable(["2019年1月PM2.5小时浓度 单位：μg/m³"])[:2], title_variable(["PM2.5、PM10日报"])
    (('pm25', 'µg/m3'), None)
    """
    found: dict[str, tuple[str, str]] = {}
    for text in texts:
        low = "".join(text.lower().split())[:300]
        for pattern, name in _FUZZY[1:7]:
            if re.search(pattern, low):
                found.setdefault(name, (next((u for p, u in UNITS if re.search(p, low)), ""), text))
    if len(found) != 1:
        return None
    ((name, (unit, text)),) = found.items()
    units = [u for t in texts for p, u in UNITS if re.search(p, "".join(t.lower().split())[:300])]
    return name, unit or next(iter(units), ""), text


def time_column(columns: Sequence[Column]) -> tuple[Column | None, bool, str]:
    """Column of times, whether its texts have hours, and why it was chosen."""
    best: tuple[float, Column | None, bool, str] = (0.0, None, False, "")
    for column in columns:
        moments = [parse_moment(c, bool(day_first(column.cells))) for c in column.cells]
        share = sum(m is not None for m in moments) / len(moments) if moments else 0.0
        if column.numeric and not column.named(_TIME_NAMES) and column.share(_is_packed) < 1:
            continue  # 20190101 may also be a reading
        if share > 0.8 and share + 0.1 * column.named(_TIME_NAMES) > best[0]:
            hours = any(m is not None and m[1] and (m[0].hour or m[0].minute) for m in moments)
            seen = f"{share:.0%} of the cells are {'times' if hours else 'dates'}, such as {column.cells[0][:25]}"
            best = (share + 0.1 * column.named(_TIME_NAMES), column, hours, seen)
    return best[1], best[2], best[3]


def _is_packed(cell: str) -> bool:
    """Whether a cell is a date, or date and hour, in digits alone."""
    return len(cell) in (8, 10, 12) and cell[:2] in ("19", "20") and parse_moment(cell) is not None


def clock_or_hour(columns: Sequence[Column]) -> Column | None:
    """Column of hours beside a column of dates: 0 to 24, or 01:00."""
    for column in columns:
        if not column.cells or len(set(column.cells)) < 2:
            continue
        clock = column.share(lambda c: bool(_CLOCK.fullmatch(c))) > 0.8
        if clock or (column.named(_HOUR_NAMES) and column.whole(0, 24)):
            return column
    bare = (c for c in columns if c.whole(0, 24) and len(set(c.numbers)) >= 20 and not guess_variable(c.head))
    return next(bare, None)


def split_date(columns: Sequence[Column]) -> dict[str, Column]:
    """Columns of year, month and day; at least month and day, else none."""
    out: dict[str, Column] = {}
    for part, pattern, low, high in _PARTS:
        for column in columns:
            if column not in out.values() and column.named(pattern) and _whole_parts(column, low, high):
                out[part] = column
                break
    return out if {"month", "day"} <= set(out) else {}


def _whole_parts(column: Column, low: int, high: int) -> bool:
    """Whether all cells are whole numbers within bounds, with or without 年, 月, 日."""
    bare = [c.rstrip("年月日 ").removesuffix(".0") for c in column.cells]
    return bool(bare) and all(b.isdecimal() and low <= int(b) <= high for b in bare)


def station_column(columns: Sequence[Column]) -> tuple[Column | None, str]:
    """Column of stations, and why it was chosen."""
    scored = []
    for column in columns:
        unique = len(set(column.cells))
        few = unique <= 0.5 * len(column.cells) + 1
        named = column.named(_STATION_NAMES)
        if not column.cells or guess_variable(column.head) or not (few or (named and column.blanks > 0.2)):
            continue
        text = column.share(lambda c: parse_number(c) is None)
        if named or text > 0.9:
            code = bool(re.search("code|编码|编号|id", column.head.lower()))
            scored.append((named + 0.5 * text + 0.2 * code, column, unique))
    if not scored:
        return None, ""
    _, column, unique = max(scored, key=lambda s: s[0])
    return column, f"{unique} different entries, such as {column.cells[0][:25]}"


def long_columns(columns: Sequence[Column]) -> tuple[Column, Column, Column | None] | None:
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
        if c.cells and c.share(lambda t: any(re.search(p, t.lower()) for p, _ in UNITS)) > 0.5
    ]
    return kinds[0], values[0], units[0] if units and units[0] not in (kinds[0], values[0]) else None

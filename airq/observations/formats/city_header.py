"""Whether the headings of a daily city table fit its columns, and which columns they belong to if they do not.

Two faults are common: a nameless column (the rank, or the row number) shifts every heading after it, so that the last
pollutant is lost, and two headings stand in each other's place. What tells is in the numbers: the city's AQI follows
from PM2.5, PM10 and ozone, levels follow from the AQI, CO has its own magnitude, and NO2 stays above SO2 in summer.
Headings are moved only where exactly one other order fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import ParameterError
from airq.observations.formats.base import parse_date, parse_number, pollutant_of
from airq.variables import POLLUTANTS

__all__ = ["LEVELS", "Layout", "Verdict", "judge", "roles_of"]

LEVELS: Final = ("优", "良", "轻度污染", "中度污染", "重度污染", "严重污染")
_UPPER: Final = (50, 100, 150, 200, 300, 500)

_ROLES: Final = {
    "city": ("city", "城市", "area", "地区", "城市名称"),
    "date": ("date", "日期", "time_point", "timepoint", "day", "time", "时间", "监测日期"),
    "aqi": ("aqi", "aqi指数", "aqi指數", "空气质量指数", "空气质量指数(aqi)"),
    "range": ("range", "范围", "aqi范围", "aqi_range", "指数范围"),
    "level": (
        "quality",
        "level",
        "质量等级",
        "等级",
        "空气质量",
        "空气质量等级",
        "空气质量级别",
        "质量",
        "aqi_level",
    ),
    "rank": ("rank", "排名", "当天aqi排名", "aqi排名", "当日排名", "aqi_rank"),
}
_OZONE_8H: Final = ("o3_8h", "o3_8h_24h", "o3-8h", "o3_max8h", "o3(8h)", "臭氧8小时", "臭氧8h")

# Parameters of the tests, measured on 19 city series 2013-2019 of two sites [M]; the value in brackets is the worst of them.
FIT: Final = 0.2  # median relative distance of the AQI from the index of PM2.5, PM10 and O3 (0.06)
COARSE: Final = 0.6  # share of days with PM10 at or above PM2.5 (0.90)
ALIKE: Final = 0.75  # correlation of the two (0.91)
ALIKE_DAYS: Final = 15
CO_RANGE: Final = (0.05, 12.0)  # median of CO, mg/m³ (0.81 … 1.42)
CO_DECIMALS: Final = 0.3  # share of CO values that are no whole numbers (0.99)
LOWEST: Final = 2.5  # median of PM2.5, PM10, NO2 and O3, µg/m³ (26)
LOWEST_SO2: Final = 1.6  # median of SO2, µg/m³ (5)
SUMMER_DAYS: Final = 60
SUMMER_SWAP: Final = (
    0.08  # share of summer days with NO2 above SO2; 60 days never have less than 0.13, whole summers 0.39
)
DOUBT: Final = 0.25  # below this share of all days the order of SO2 and NO2 is not believed without a proof
SUMMER_DOUBT: Final = 0.36  # the same for 120 summer days and more
DOUBT_DAYS: Final = 20
SITE_DOUBT: Final = 0.75  # the share that a header must show which contradicts the order of its site

_SAMPLE: Final = 300  # days that are enough to hold the headings against the columns

_SITE: Final = ("level", "aqi", "rank", "pm25", "pm10", "so2", "no2", "co", "o3")
"""Order of tianqihoubao, measured on 15 cities [M]; headers printed over it name NO2 first as often as SO2."""


def roles_of(heads: list[str]) -> list[str]:
    """Role or pollutant of each heading; empty for others.

    Examples
    --------
    >>> roles_of(["日期", "质量等级", "AQI指数", "当天AQI排名", "PM2.5", "So2", "x"])
    ['date', 'level', 'aqi', 'rank', 'pm25', 'so2', '']
    """
    out = []
    for head in heads:
        text = "".join(head.lower().split())
        role = next((r for r, names in _ROLES.items() if text in names), "")
        if not role and text in _OZONE_8H:
            role = "o3"
        if not role and (found := pollutant_of(head)) and found[0] in POLLUTANTS:
            role = found[0]
        out.append(role if role not in out else "")
    return out


@dataclass(frozen=True)
class Layout:
    """Columns of a daily city table, and the text of its cells.

    Attributes
    ----------
    roles : tuple of str
        Role of each column, empty where it has none.
    columns : tuple of tuple of str
        Cells by column.
    how : str
        Empty for the headings as they stand, else what was moved.
    """

    roles: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    how: str = ""

    def cells(self, role: str) -> tuple[str, ...] | None:
        """Cells of a role."""
        return self.columns[self.roles.index(role)] if role in self.roles else None

    @cached_property
    def numbers(self) -> dict[str, npt.NDArray[np.float64]]:
        """Numbers of the AQI, the rank and the pollutants; NaN where a cell holds none."""
        out = {}
        for role in ("aqi", "rank", *POLLUTANTS):
            cells = self.cells(role)
            if cells is not None:
                values = [parse_number(c) for c in cells]
                out[role] = np.array([np.nan if v is None else v for v in values])
        return out


@dataclass(frozen=True)
class Verdict:
    """What is known of the headings.

    Attributes
    ----------
    layout : Layout or None
        The columns to read; None if the file must be refused.
    text : str
        One clause for a person; empty if the headings stand as they are.
    lost : bool
        Whether a pollutant has no column after the headings were moved.
    """

    layout: Layout | None
    text: str = ""
    lost: bool = False


def _index(values: Mapping[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Largest sub-index of PM2.5, PM10 and O3 of the 2012 edition; NaN where none can be had."""
    from airq import standards

    parts = []
    for name in ("pm25", "pm10", "o3"):
        if name in values:
            x = np.where(values[name] > 0, values[name], np.nan)
            try:
                parts.append(np.asarray(standards.iaqi(name, x, averaging="24h", edition="2012"), float))
            except ParameterError:
                parts.append(np.full(len(x), np.nan))
    if not parts:
        return np.array([])
    stacked = np.stack(parts)
    some = np.isfinite(stacked).any(axis=0)
    return np.where(some, np.max(np.where(np.isfinite(stacked), stacked, -1.0), axis=0), np.nan)


def faults(layout: Layout) -> list[str]:
    """Clauses that say where the columns contradict their headings; empty if nothing does.

    Examples
    --------
    >>> faults(Layout(("date", "aqi", "co"), (("2019-01-01",) * 3, ("50",) * 3, ("48", "50", "61"))))
    ["'co' has a median of 50, which is no CO in mg/m³"]
    """
    out = []
    dates = layout.cells("date") or ()
    if sum(parse_date(d.strip()) is not None for d in dates) < 0.9 * len(dates):
        out.append("'date' holds no dates")
    out += _text_faults(layout)
    values = layout.numbers
    for name, x in values.items():
        cells = layout.cells(name) or ()
        filled = sum(bool(c.strip()) for c in cells)
        if filled and np.isfinite(x).sum() < 0.5 * filled:
            out.append(f"'{name}' holds text")
    out += _magnitudes(values)
    if "pm25" in values and "pm10" in values:
        both = (values["pm25"] > 0) & (values["pm10"] > 0)
        if both.any() and (values["pm10"] >= values["pm25"])[both].mean() < COARSE:
            out.append("'pm10' lies below 'pm25' on most days")
    if "aqi" in values:
        index = _index(values)
        both = np.isfinite(index) & (values["aqi"] > 0) if index.size else np.zeros(0, bool)
        if both.any():
            distance = float(np.median(np.abs(index - values["aqi"])[both] / values["aqi"][both]))
            if distance > FIT:
                out.append(f"'aqi' differs from the index of PM2.5, PM10 and O3 by {distance:.0%}")
            elif both.sum() >= ALIKE_DAYS and np.std(index[both]) > 0 and np.std(values["aqi"][both]) > 0:
                alike = float(np.corrcoef(index[both], values["aqi"][both])[0, 1])
                if alike < ALIKE:
                    out.append(
                        f"'aqi' does not follow the index of PM2.5, PM10 and O3 (correlation {alike:.2f})"
                    )
    return out


def _magnitudes(values: Mapping[str, npt.NDArray[np.float64]]) -> list[str]:
    """CO and the others by their size; CO alone has decimals that count."""
    out = []
    for name, low in (
        ("pm25", LOWEST),
        ("pm10", LOWEST),
        ("so2", LOWEST_SO2),
        ("no2", LOWEST),
        ("o3", LOWEST),
    ):
        positive = values[name][values[name] > 0] if name in values else np.array([])
        if positive.size and float(np.median(positive)) < low:
            out.append(f"'{name}' has a median of {float(np.median(positive)):g}, which is too low for µg/m³")
    co = values["co"][values["co"] > 0] if "co" in values else np.array([])
    if co.size:
        middle = float(np.median(co))
        if not CO_RANGE[0] <= middle <= CO_RANGE[1]:
            out.append(f"'co' has a median of {middle:g}, which is no CO in mg/m³")
        elif co.size >= DOUBT_DAYS and (co != np.round(co)).mean() < CO_DECIMALS:
            out.append("'co' holds whole numbers, which is no CO in mg/m³")
    return out


def _text_faults(layout: Layout) -> list[str]:
    """Levels and ranges against the AQI."""
    out = []
    levels, ranges = layout.cells("level"), layout.cells("range")
    aqi = layout.numbers.get("aqi")
    if levels is not None:
        known = np.array([LEVELS.index(c.strip()) if c.strip() in LEVELS else -1 for c in levels])
        filled = np.array([c.strip() not in ("", "无") for c in levels], bool)
        if filled.any() and (known[filled] >= 0).mean() < 0.9:
            out.append("'level' holds no levels")
        elif aqi is not None:
            both = (known >= 0) & (aqi > 0)
            upper = np.array(_UPPER)[known]
            lower = np.array((0, *_UPPER))[known]
            if both.any() and ((aqi <= upper) & (aqi > lower))[both].mean() < 0.8:
                out.append("'aqi' does not belong to its levels")
    if ranges is not None and aqi is not None:
        found = [re.fullmatch(r"\s*(\d+)\s*[~-]\s*(\d+)\s*", r) for r in ranges]
        inside = [int(m[1]) <= a <= int(m[2]) for m, a in zip(found, aqi, strict=True) if m and a > 0]
        if inside and np.mean(inside) < 0.8:
            out.append("'aqi' lies outside its range")
    return out


def _candidates(roles: list[str], columns: tuple[tuple[str, ...], ...]) -> Iterator[Layout]:
    """Other orders of the headings: one nameless column anywhere, one column missing, or two headings exchanged."""
    width = len(columns)
    for at in range(len(roles) + 1):
        moved = [*roles[:at], "", *roles[at:]][:width]
        if len(moved) == width:
            yield Layout(tuple(moved), columns, f"column {at + 1} has no heading and moves those after it")
    if width == len(roles) - 1:
        for at in range(len(roles)):
            yield Layout(tuple(roles[:at] + roles[at + 1 :]), columns, f"heading {at + 1} has no column")
    if width == len(roles):
        named = [i for i, r in enumerate(roles) if r in POLLUTANTS]
        for i, j in combinations(named, 2):
            swapped = list(roles)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            yield Layout(
                tuple(swapped), columns, f"'{roles[i]}' and '{roles[j]}' stand in each other's place"
            )


def judge(heads: list[str], columns: tuple[tuple[str, ...], ...]) -> Verdict:
    """Which column each heading belongs to.

    Parameters
    ----------
    heads : list of str
        As they stand in the file.
    columns : tuple of tuple of str
        Cells by column; one more or one fewer than headings at most.

    Returns
    -------
    Verdict
    """
    roles = roles_of(heads)
    step = max(1, len(columns[0]) // _SAMPLE) if columns else 1
    sample = tuple(c[::step] for c in columns)
    if len(columns) == len(roles):
        plain = Layout(tuple(roles), columns)
        wrong = faults(Layout(tuple(roles), sample))
        if not wrong:
            return _nitrogen(plain)
    elif abs(len(columns) - len(roles)) == 1:
        wrong = [f"there are {len(heads)} headings for {len(columns)} columns"]
    else:
        return Verdict(None, f"has {len(heads)} headings for {len(columns)} columns")
    fitting: dict[tuple[tuple[str, int], ...], Layout] = {}
    for other in _candidates(roles, columns):
        if "date" not in other.roles or faults(Layout(other.roles, sample)):
            continue
        settled = _nitrogen(other)
        if settled.layout is not None:
            how = f"{other.how}, and 'so2' and 'no2' are exchanged" if settled.text else other.how
            key = tuple(sorted((r, i) for i, r in enumerate(settled.layout.roles) if r in POLLUTANTS))
            fitting.setdefault(key, Layout(settled.layout.roles, columns, how))
    # An order that keeps all pollutants in columns explains more than one that drops some.
    most = max((len(k) for k in fitting), default=0)
    best = [layout for key, layout in fitting.items() if len(key) == most]
    if len(best) != 1:
        count = "no other order of them" if not best else f"{len(best)} other orders of them"
        return Verdict(
            None, f"the headings do not fit the columns: {'; '.join(wrong[:2])}; {count} would fit"
        )
    missing = [r for r in roles if r in POLLUTANTS and r not in best[0].roles]
    text = f"the headings do not fit the columns ({'; '.join(wrong[:2])}): {best[0].how}, undone"
    if missing:
        text += f"; {', '.join(missing)} has no column and is lost"
    return Verdict(best[0], text, bool(missing))


def _nitrogen(layout: Layout) -> Verdict:
    """SO2 and NO2 in each other's place, told by the summer; refused where only winter is there to tell."""
    so2, no2 = layout.numbers.get("so2"), layout.numbers.get("no2")
    dates = layout.cells("date")
    if so2 is None or no2 is None or dates is None:
        return Verdict(layout)
    days = [parse_date(d.strip()) for d in dates]
    month = np.array([0 if d is None else int(str(d)[5:7]) for d in days])
    both = (so2 > 0) & (no2 > 0)
    above = no2 > so2
    summer = both & (month >= 4) & (month <= 9)
    if both.sum() < DOUBT_DAYS:
        return Verdict(layout)
    share = float(above[both].mean())
    warm = float(above[summer].mean()) if summer.any() else 1.0
    if summer.sum() >= SUMMER_DAYS and warm <= SUMMER_SWAP and share <= DOUBT:
        roles = [{"so2": "no2", "no2": "so2"}.get(r, r) for r in layout.roles]
        text = f"'no2' lies below 'so2' on {1 - warm:.0%} of {int(summer.sum())} summer days, as in no city since 2013, so the two headings stand in each other's place; undone [M]"
        return Verdict(Layout(tuple(roles), layout.columns, "so2 and no2 exchanged"), text)
    against_site = [r for r in layout.roles if r in _SITE] == [*_SITE[:5], "no2", "so2", *_SITE[7:]]
    if (
        share <= DOUBT
        or (summer.sum() >= 2 * SUMMER_DAYS and warm <= SUMMER_DOUBT)
        or (against_site and share < SITE_DOUBT)
    ):
        return Verdict(
            None,
            f"'no2' lies below 'so2' on {1 - share:.0%} of {int(both.sum())} days, so the two headings may stand in each other's place, and the numbers alone cannot tell",
        )
    return Verdict(layout)

"""Tables whose columns are stations or the hours of a day: each cell becomes a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import FileRejected, ParameterError
from airq.observations.files import RawFile
from airq.observations.formats.base import convert
from airq.observations.formats.column_map import ColumnMap
from airq.observations.formats.guessing import guess_variable, variable_of
from airq.observations.formats.headings import is_unit, joined_heads
from airq.observations.formats.table import Table, name_unused, numbers
from airq.observations.formats.times import zone_offset

__all__ = ["Cells", "hour_of", "name_levels", "unfold"]

_BETWEEN: Final = re.compile(r"[\s_:：/|\-]+")
_HOUR: Final = re.compile(r"[hH]?_?(\d{1,2})(?:\.0)?(?::00(?::00)?)?\s*(?:时|点|[hH])?")


@dataclass(frozen=True)
class Cells:
    """Rows of a table and the columns that stand across it, one row a cell.

    Attributes
    ----------
    names, time, lines : arrays, shape (cell,)
        Station, end of the hour (or day) and line; a row's cells follow each other.
    keep : bool array, shape (cell,)
    values : dict of str to float array, shape (cell,)
        Canonical units.
    series : list of str
        What each cell's series is called: the order of times holds within one.
    """

    names: npt.NDArray[np.object_]
    time: npt.NDArray[np.datetime64]
    lines: npt.NDArray[np.int64]
    keep: npt.NDArray[np.bool_]
    values: dict[str, npt.NDArray[np.float64]]
    series: list[str]


@dataclass(frozen=True)
class _Column:
    """One column of cells: its place across the table, and its variable if the heading names one."""

    index: int
    across: int
    name: str | None
    unit: str


def hour_of(heading: str) -> int | None:
    """Hour that a heading names, 0 to 24, or None.

    Examples
    --------
    >>> hour_of("0"), hour_of("13时"), hour_of("h07"), hour_of("24:00"), hour_of("25"), hour_of("PM10")
    (0, 13, 7, 24, None, None)
    """
    found = _HOUR.fullmatch(heading.strip())
    return int(found[1]) if found and int(found[1]) <= 24 else None


def unfold(
    raw: RawFile,
    table: Table,
    plan: ColumnMap,
    roles: Mapping[str, int],
    names: npt.NDArray[np.object_],
    time: npt.NDArray[np.datetime64],
    keep: npt.NDArray[np.bool_],
    daily: bool = False,
) -> Cells:
    """Cells of a table as rows.

    Parameters
    ----------
    raw : RawFile
    table : Table
    plan : ColumnMap
        With ``across``.
    roles : mapping of str to int
        Columns of station, time and so on.
    names, time : arrays, shape (row,)
        Station and time of each row; with ``across: hours`` the time is the day.
    keep : bool array, shape (row,)
    daily : bool
        Whether the rows are days.

    Returns
    -------
    Cells

    Raises
    ------
    FileRejected
        No column that stands for a station or an hour.
    ParameterError
        The variable of the cells is not known.
    """
    free = [j for j in range(len(table.heads)) if j not in roles.values() and table.heads[j]]
    hours: list[int] = []
    codes: list[str] = []
    if plan.across == "hours":
        hours, columns = _hours(raw, table, free)
    else:
        codes, columns = _stations(raw, table, plan, free, daily)
    name_unused(table, {*roles.values(), *(c.index for c in columns)}, raw.issues)
    n, width = len(table), max(len(hours), len(codes))
    kinds = table.columns[roles["variable"]] if "variable" in roles else None
    if plan.across == "hours" and kinds is None and plan.pollutant is None:
        raise ParameterError(
            "column map: across: hours does not say of which pollutant; add a line such as pollutant: pm25, or variable: with the heading of its column."
        )
    of_rows = _kinds(kinds, plan, raw, keep) if kinds is not None else {}
    values: dict[str, npt.NDArray[np.float64]] = {}
    for column in columns:
        head = table.heads[column.index]
        cells = numbers(table.columns[column.index], keep, table.lines, head, raw.issues)
        named = column.name or plan.pollutant
        wanted = of_rows if kinds is not None else {named: np.ones(n, bool)} if named else {}
        for name, rows in wanted.items():
            unit = plan.units.get(name, column.unit)
            block = values.setdefault(name, np.full((n, width), np.nan))
            block[rows, column.across] = convert(cells[rows], name, unit, raw, head)
    if not values:
        raise FileRejected(
            f"{raw.path}: no pollutant among the columns; name it with pollutant: in the column map."
        )
    if plan.across == "hours":
        offset = zone_offset(plan.time_zone)
        if not isinstance(offset, pd.Timedelta):
            raise ParameterError(f"column map: across: hours needs a fixed offset such as +08:00, not {plan.time_zone}.")  # fmt: skip
        steps = np.array(hours, "int64") + (plan.label == "start")
        shift = np.timedelta64((pd.Timedelta(hours=8) - offset).value, "ns")
        own = np.repeat(names, width)
        stamps = (time[:, None] + (steps * np.timedelta64(1, "h"))[None, :] + shift).ravel()
    else:
        own = np.tile(np.array(codes, object), n)
        stamps = np.repeat(time, width)
    kind = np.repeat(np.array(kinds if kinds is not None else [""] * n, object), width)
    return Cells(
        own,
        stamps,
        np.repeat(table.lines, width),
        np.repeat(keep, width),
        {name: block.ravel() for name, block in values.items()},
        [f"{a}|{b}" for a, b in zip(own, kind, strict=True)],
    )


def _hours(raw: RawFile, table: Table, free: Sequence[int]) -> tuple[list[int], list[_Column]]:
    """Hours that the headings name, and their columns."""
    found = [(h, j) for j in free if (h := hour_of(table.heads[j])) is not None]
    hours = [h for h, _ in found]
    if len(found) < 2 or len(set(hours)) < len(hours):
        raise FileRejected(
            f"{raw.path}: line {max(table.head_line, 1)}: the headings are not the hours of a day, each once; correct across: in the column map."
        )
    return hours, [_Column(j, k, None, "") for k, (_, j) in enumerate(found)]


def _stations(
    raw: RawFile, table: Table, plan: ColumnMap, free: Sequence[int], daily: bool
) -> tuple[list[str], list[_Column]]:
    """Codes of the stations that the headings name, and their columns."""
    if plan.across == "stations":
        wanted = [j for j in free if not plan.stations or table.heads[j] in plan.stations]
        codes = [plan.stations.get(table.heads[j], table.heads[j]) for j in wanted]
        if len(set(codes)) < len(codes):
            twice = next(c for c in codes if codes.count(c) > 1)
            raise FileRejected(
                f"{raw.path}: line {max(table.head_line, 1)}: station '{twice}' has two columns; name one of them in stations: of the column map."
            )
        columns = [_Column(j, k, plan.pollutant, "") for k, j in enumerate(wanted)]
    else:
        above, below = name_levels(table, plan.across == "stations variables")
        tops, bottoms = (above, below) if plan.across == "stations variables" else (below, above)
        found = [(j, tops[j], v) for j in free if tops[j] and (v := variable_of(bottoms[j], plan, daily))]
        codes = list(dict.fromkeys(top for _, top, _ in found))
        columns = [_Column(j, codes.index(top), name, unit) for j, top, (name, unit) in found]
        codes = [plan.stations.get(c, c) for c in codes]
    if not columns:
        raise FileRejected(
            f"{raw.path}: line {max(table.head_line, 1)}: no column stands for a station; correct across: in the column map."
        )
    return codes, columns


def name_levels(table: Table, variable_last: bool = True) -> tuple[list[str], list[str]]:
    """The two lines of names of a heading, or the two parts of the names of a single line.

    Parameters
    ----------
    table : Table
    variable_last : bool
        Whether a variable stands behind the station, in headings of one line.

    Returns
    -------
    above, below : list of str
        One text a column; a unit below both stands in brackets.

    Examples
    --------
    >>> levels = [["time", "A", "A"], ["", "PM2.5", "CO"], ["", "µg/m3", "mg/m3"]]
    >>> name_levels(Table(["", "", ""], [], np.array([], np.int64), levels=levels))[1]
    ['', 'PM2.5(µg/m3)', 'CO(mg/m3)']
    >>> name_levels(Table(["time", "站点1_PM2.5"], [], np.array([], np.int64)))
    (['', '站点1'], ['', 'PM2.5'])
    """
    levels = table.levels
    if not levels:
        parts = [_parts(head, variable_last) for head in table.heads]
        return [a for a, _ in parts], [b for _, b in parts]
    filled = [t for t in levels[-1] if t]
    if len(levels) > 2 and sum(map(is_unit, filled)) > 0.5 * len(filled):
        return levels[0], joined_heads(levels[1:])[0]
    return levels[0], levels[-1]


def _parts(head: str, variable_last: bool) -> tuple[str, str]:
    """Name of a station and of a variable in one heading, in their order; two empty texts if there are not both."""
    for found in _BETWEEN.finditer(head):
        parts = head[: found.start()].strip(), head[found.end() :].strip()
        station, variable = parts if variable_last else parts[::-1]
        if station and guess_variable(variable, True) and not guess_variable(station, True):
            return parts
    return "", ""


def _kinds(
    kinds: Sequence[str], plan: ColumnMap, raw: RawFile, keep: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[np.bool_]]:
    """Rows of each variable that a column names."""
    out: dict[str, npt.NDArray[np.bool_]] = {}
    other = []
    for kind in dict.fromkeys(kinds):
        rows = np.array([k == kind for k in kinds], bool)
        found = variable_of(kind, plan)
        if found is None:
            if (rows & keep).any():
                other.append(kind[:30])
            continue
        out[found[0]] = out.get(found[0], np.zeros(len(kinds), bool)) | rows
    if other:
        raw.issues.note("", f"not stored: {', '.join(other[:6])}{' …' if len(other) > 6 else ''}")
    return out

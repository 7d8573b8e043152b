"""The column map: what a person says of a table that airq does not understand by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import yaml

from airq.errors import FileRejected, ParameterError
from airq.observations.formats.base import parse_date
from airq.observations.formats.times import zone_offset
from airq.observations.paths import read_small
from airq.variables import VARIABLES

__all__ = ["ACROSS", "ROLES", "ColumnMap", "column_map", "read_column_map"]

ROLES: Final = ("station", "time", "date", "year", "month", "day", "hour", "variable", "value", "unit")
"""Entries that name a column."""

ACROSS: Final = ("stations", "hours", "stations variables", "variables stations")
"""What the columns of a table may stand for, when they are not variables."""

_TEXTS: Final = (*ROLES, "time_zone", "label", "decimal", "across", "pollutant", "station_name")
_MAPPINGS: Final = ("variables", "units")


@dataclass(frozen=True)
class ColumnMap:
    """How the columns of a table are to be read.

    Attributes
    ----------
    station, time, date, hour, variable, value, unit : str or None
        Headings; None for the usual ones. Where no column holds them, ``date`` may be the day and ``year`` the year
        itself, such as ``"2019-01-05"`` and ``"2019"``.
    year, month, day : str or None
        Headings of a date that is split over columns.
    variables : mapping of str to str
        Variable to heading, such as ``{"pm25": "细颗粒物浓度"}``; in a table with a column ``variable`` to the text
        that stands for it there.
    units : mapping of str to str
        Variable to unit where the heading does not state it.
    time_zone : str
        Offset of the times from UTC, ``+08:00`` by default, or a named zone such as ``Europe/Paris`` whose clocks
        change.
    label : {"end", "start"}
        Which end of the hour the time names.
    day_first : bool or None
        Whether dates such as 5.1.2019 name the day first; found from the column if not given.
    decimal : {".", ","}
    header_lines : int
        Lines that the heading takes, 1 to 3; their texts are joined by a blank, and a unit goes into brackets.
    fill_down : tuple of str
        Headings of columns in which an empty cell repeats the one above, as after merged cells.
    across : {"stations", "hours", "stations variables", "variables stations"} or None
        What the columns stand for if not for variables: stations (one ``pollutant``), the hours of a day, or stations
        and variables, in the lines of the heading or the words of one line.
    stations : mapping of str to str
        With ``across: stations``: heading to code; all columns that are left by default.
    pollutant : str or None
        With ``across``: the variable of all cells, where no column or heading names it.
    station_name : str or None
        Station of all rows, where no column names it.

    Examples
    --------
    >>> ColumnMap(across="stations", pollutant="pm25").label
    'end'
    >>> ColumnMap(decimal=";")
    Traceback (most recent call last):
    airq.errors.ParameterError: column map: decimal ';' is not . or ,; correct it.
    """

    station: str | None = None
    time: str | None = None
    date: str | None = None
    year: str | None = None
    month: str | None = None
    day: str | None = None
    hour: str | None = None
    variable: str | None = None
    value: str | None = None
    unit: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    time_zone: str = "+08:00"
    label: str = "end"
    day_first: bool | None = None
    decimal: str = "."
    header_lines: int = 1
    fill_down: tuple[str, ...] = ()
    across: str | None = None
    stations: Mapping[str, str] = field(default_factory=dict)
    pollutant: str | None = None
    station_name: str | None = None

    def __post_init__(self) -> None:
        allowed = {"label": ("end", "start"), "decimal": (".", ","), "across": (None, *ACROSS)}
        for name, choices in allowed.items():
            if (given := getattr(self, name)) not in choices:
                known = " or ".join(str(c) for c in choices if c is not None)
                raise ParameterError(f"column map: {name} '{given}' is not {known}; correct it.")
        zone_offset(self.time_zone)
        for name in (*self.variables, *self.units, *filter(None, [self.pollutant])):
            if name not in VARIABLES:
                raise ParameterError(
                    f"column map: variable '{name}' is not known; use {', '.join(VARIABLES)}."
                )
        if not 1 <= self.header_lines <= 3:
            raise ParameterError(
                f"column map: header_lines {self.header_lines} is not 1, 2 or 3; correct it."
            )
        if self.across == "stations" and self.pollutant is None:
            raise ParameterError(
                "column map: across: stations does not say of which pollutant; add a line such as pollutant: pm25."
            )

    def is_constant(self, role: str) -> bool:
        """Whether an entry is not a heading but the year or day itself, which a heading of that name overrides.

        Examples
        --------
        >>> ColumnMap(year="2019").is_constant("year"), ColumnMap(date="日期").is_constant("date")
        (True, False)
        """
        text = getattr(self, role) or ""
        return bool(role == "year" and text.isdecimal()) or bool(
            role == "date" and parse_date(text) is not None
        )

    @property
    def headings(self) -> list[str]:
        """Headings that the map names, by which the table's heading is found."""
        named = [h for r in ROLES if (h := getattr(self, r)) is not None and not self.is_constant(r)]
        columns = () if self.variable is not None else self.variables.values()
        return [*named, *columns, *(self.stations if self.across == "stations" else ())]


def read_column_map(path: str | Path) -> ColumnMap:
    """Read a column map from YAML.

    Raises
    ------
    FileRejected
        If the file is not YAML or has an unknown entry.
    """
    file = Path(path)
    try:
        text = read_small(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRejected(
            f"{file}: not a readable YAML column map ({' '.join(str(error).split())}); see docs/ingest.md."
        ) from error
    return column_map(text, file)


def column_map(text: str, file: str | Path = "column map") -> ColumnMap:
    r"""A column map from the text of its YAML.

    Parameters
    ----------
    text : str
    file : path
        Named in a refusal.

    Raises
    ------
    FileRejected
        If the text is not YAML or has an unknown entry.

    Examples
    --------
    >>> column_map("time: when\nvariables: {pm25: fine}").time
    'when'
    """
    try:
        entries: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise FileRejected(
            f"{file}: not a readable YAML column map ({' '.join(str(error).split())}); see docs/ingest.md."
        ) from error
    known = {f.name for f in fields(ColumnMap)}
    if not isinstance(entries, dict) or set(entries) - known:
        odd = sorted(map(str, set(entries) - known))[0] if isinstance(entries, dict) else "the document"
        raise FileRejected(
            f"{file}: '{odd}' is no entry of a column map; allowed are {', '.join(sorted(known))}."
        )
    return ColumnMap(**{key: _entry(file, key, value) for key, value in entries.items()})


def _entry(file: str | Path, key: str, value: Any) -> Any:
    """An entry of the right kind; a text in quotation marks stays a text."""
    if key in _MAPPINGS or (key == "stations" and isinstance(value, dict)):
        good = isinstance(value, dict) and all(isinstance(t, str) for pair in value.items() for t in pair)
        what = "a mapping of names to names"
    elif key in ("fill_down", "stations"):
        good, what = isinstance(value, list) and all(isinstance(t, str) for t in value), "a list of headings"
    elif key == "day_first":
        good, what = value is None or isinstance(value, bool), "true or false"
    elif key == "header_lines":
        good, what = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    else:
        empty = value is None and key not in ("time_zone", "label", "decimal")
        good, what = isinstance(value, str) or empty, "a text"
    if not good:
        raise FileRejected(f"{file}: '{key}' is not {what}; put texts in quotation marks.")
    if key == "fill_down":
        return tuple(value)
    return {t: t for t in value} if key == "stations" and isinstance(value, list) else value

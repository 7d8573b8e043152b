"""The registry of stations: one row a station and period of validity.

Columns (``data/raw/stations.csv``): ``station name_zh name_en place lat lon network role valid_from valid_to succeeds
source note``. Both dates are days inside the period; empty means open. Other lists are understood by their
headings, Chinese or English, and by the remarks in their names.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from airq import options, places
from airq.errors import AirqError, FileRejected, ParameterError
from airq.observations.formats.base import CODE
from airq.observations.stations import cells
from airq.observations.stations.finding import Finding
from airq.observations.stations.lists import ALIASES, Rows, column_of, read_rows

__all__ = ["COLUMNS", "Origin", "load", "origin", "place_keys", "positions", "write"]

COLUMNS: Final = tuple(ALIASES)
"""Columns of every station table, in this order."""

_TEXTS: Final = tuple(c for c in COLUMNS if c not in ("lat", "lon"))
_SAME: Final = ("station", "name_zh", "name_en", "place", "lat", "lon", "network", "role", "succeeds")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Origin:
    """Where a table comes from, kept in ``table.attrs["origin"]``.

    Attributes
    ----------
    name : str
        Path of the file, or a word for a frame.
    lines : tuple of int
        Line of each row.
    unstated : frozenset of str
        Columns that the list does not have; their values are guesses.
    findings : tuple of Finding
        What was found while reading.
    """

    name: str
    lines: tuple[int, ...] = ()
    unstated: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()

    def __deepcopy__(self, memo: object) -> Origin:
        """Itself: pandas copies attributes with every operation, and this one never changes."""
        return self

    def where(self, row: int) -> str:
        """Place of a row for a sentence.

        Examples
        --------
        >>> Origin("a.csv", (2, 4)).where(1)
        'a.csv: line 4'
        """
        return f"{self.name}: line {self.lines[row]}" if 0 <= row < len(self.lines) else self.name


def origin(table: pd.DataFrame) -> Origin:
    """Origin of a table; an empty one for a frame made by hand."""
    found = table.attrs.get("origin")
    return found if isinstance(found, Origin) else Origin("station table")


def place_keys(names: Collection[str]) -> dict[str, str]:
    """Ids of the places of a list; the text itself of a place that the project does not know.

    A name may have or lack its 市 or 地区.

    Examples
    --------
    >>> place_keys(["昌吉州", "652302", "和田地区"])
    {'昌吉州': 'changji-prefecture', '652302': 'fukang', '和田地区': '和田地区'}
    """
    spelled = {n: (n, n.removesuffix("市"), f"{n}市", n.removesuffix("地区")) for n in names if n}
    known = places.find_all({s for several in spelled.values() for s in several})
    found = {
        n: next((p.id for s in several if (p := known[s]) is not None), n) for n, several in spelled.items()
    }
    return {"": "", **found} if "" in names else found


def load(path: str | Path | pd.DataFrame | None = None) -> pd.DataFrame:
    """Read a station table.

    Parameters
    ----------
    path : path or DataFrame, optional
        ``data/raw/stations.csv`` of the project by default.

    Returns
    -------
    pandas.DataFrame
        One row a station and period with the columns :data:`COLUMNS`, the rows of a code together and in order of
        time. ``place`` is the id of a known place, else the text of the list; ``role`` is ``evaluation`` or
        ``background``; dates are ``YYYY-MM-DD``. A list without a column of roles takes over what the project's
        own table or the name says. Rows that repeat another are left out and stand in the findings of
        :func:`airq.observations.stations.check`.

    Raises
    ------
    FileRejected
        No code column, a position that is no number, a date that does not exist.

    Examples
    --------
    >>> table = load().set_index("station")
    >>> table.loc["2691A", "place"], table.loc["2690A", "role"], table.loc["3613A", "succeeds"]
    ('changji', 'background', '2691A')
    """
    rows, before = _rows(path)
    name = before.name
    at = {c: column_of(rows.heads, c) for c in COLUMNS}
    if at["station"] is None or not any(cells.code(r[at["station"]]) for r in rows.cells):
        raise FileRejected(
            f"{name}: line 1: no column with station codes; call it 'station' (or 监测点编码)."
        )
    used = [i for i, r in enumerate(rows.cells) if cells.code(r[at["station"]])]
    rows = Rows(rows.heads, [rows.cells[i] for i in used], [rows.lines[i] for i in used])
    columns: dict[str, list[Any]] = {}
    for column, j in at.items():
        given = [r[j] if j is not None else "" for r in rows.cells]
        columns[column] = _converted(column, given, rows.lines, name)
    _take_remarks(columns)
    unstated = before.unstated | {c for c, j in at.items() if j is None}
    if "role" in unstated and path is not None:
        _take_known_roles(columns)
    columns["role"] = [r or "evaluation" for r in columns["role"]]
    # Only a code of the national network speaks for that network; what a file says of its own sensors fills the rest.
    pairs = zip(columns["network"], columns["station"], strict=True)
    columns["network"] = [n or ("national" if CODE.fullmatch(c) else "") for n, c in pairs]
    keys = place_keys(set(columns["place"]))
    columns["place"] = [keys[p] for p in columns["place"]]
    frame = pd.DataFrame(columns, columns=list(COLUMNS)).astype({"lat": "float64", "lon": "float64"})
    frame, lines = _ordered(frame, rows.lines)
    frame, lines, found = _once(frame, lines)
    frame.attrs["origin"] = Origin(name, tuple(lines), frozenset(unstated), (*before.findings, *found))
    return frame


def _rows(path: str | Path | pd.DataFrame | None) -> tuple[Rows, Origin]:
    if isinstance(path, pd.DataFrame):
        texts = [["" if v is None or v != v else v for v in r] for r in path.itertuples(index=False)]
        before = origin(path)
        lines = before.lines if len(before.lines) == len(texts) else range(2, len(texts) + 2)
        return Rows([str(c) for c in path.columns], texts, list(lines)), before
    file = Path(path) if path is not None else options.raw_dir() / "stations.csv"
    return read_rows(file), Origin(str(file))


def _converted(column: str, given: list[Any], lines: list[int], name: str) -> list[Any]:
    """Cells of one column in the registry's own form; the first that cannot be is refused."""
    if column in ("lat", "lon"):
        return [
            _checked(cells.degrees(c), c, f"{name}: line {n}: {column}", "is not a number; correct it")
            for c, n in zip(given, lines, strict=True)
        ]
    if column in ("valid_from", "valid_to"):
        return [
            _checked(
                cells.iso_date(c, column == "valid_to"),
                c,
                f"{name}: line {n}: {column}",
                "is no date; write 2020-06-29 or leave it empty",
            )
            for c, n in zip(given, lines, strict=True)
        ]
    clean = {"station": cells.code, "succeeds": cells.code, "role": cells.role, "network": cells.network}
    plain = [_without_guard(clean.get(column, cells.text)(c)) for c in given]
    if column in ("station", "succeeds"):
        for text, n in zip(plain, lines, strict=True):
            if not text.isprintable() or len(text) > 60:
                raise FileRejected(
                    f"{name}: line {n}: {column} '{ascii(text)[1:40]}' is no code; write letters and digits."
                )
    return plain


def _checked(value: Any, cell: object, where: str, what: str) -> Any:
    if value is None or value in (float("inf"), float("-inf")):
        raise FileRejected(f"{where} '{cells.text(cell)[:40]}' {what}.")
    return value


def _without_guard(text: str) -> str:
    """Take off the apostrophe that :func:`write` puts before what a spreadsheet would run as a formula."""
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text


def _take_remarks(columns: dict[str, list[Any]]) -> None:
    """Move what a name says in brackets to its columns, unless they say it themselves; the name is kept in the note."""
    for i, name in enumerate(columns["name_zh"]):
        said = cells.remarks(name)
        if said.name == name:
            continue
        columns["name_zh"][i] = said.name
        for column, value in (
            ("valid_from", said.valid_from),
            ("valid_to", said.valid_to),
            ("role", said.role),
        ):
            columns[column][i] = columns[column][i] or value
        columns["note"][i] = "; ".join(filter(None, (columns["note"][i], f"in the list: {name}")))


def _take_known_roles(columns: dict[str, list[Any]]) -> None:
    """Roles that the project's own table knows, for a list that has no column of roles."""
    try:
        own = load()
    except AirqError:  # a list can be read without the project's own
        return
    background = set(own.loc[own["role"] == "background", "station"])
    columns["role"] = [
        r or ("background" if s in background else "")
        for r, s in zip(columns["role"], columns["station"], strict=True)
    ]


def _ordered(frame: pd.DataFrame, lines: list[int]) -> tuple[pd.DataFrame, list[int]]:
    """Rows of a code together, in order of time; codes stay in the order of the list."""
    rank = {code: i for i, code in enumerate(dict.fromkeys(frame["station"]))}
    starts, ends = frame["valid_from"].tolist(), frame["valid_to"].tolist()
    keys = [
        (rank[c], a, b or "9999", i)
        for i, (c, a, b) in enumerate(zip(frame["station"], starts, ends, strict=True))
    ]
    order = [k[3] for k in sorted(keys)]
    return frame.iloc[order].reset_index(drop=True), [lines[i] for i in order]


def _once(frame: pd.DataFrame, lines: list[int]) -> tuple[pd.DataFrame, list[int], list[Finding]]:
    """Leave out rows that repeat another of the same code and time; the longer period is kept."""
    if frame["station"].is_unique:
        return frame, lines, []
    found, drop = [], set()
    last: dict[tuple[Any, ...], int] = {}
    texts = frame[list(_SAME)].astype(object).where(frame[list(_SAME)].notna(), "")
    starts, ends = frame["valid_from"].tolist(), frame["valid_to"].tolist()
    for i, key in enumerate(texts.itertuples(index=False, name=None)):
        before = last.get(key)
        if before is None or (starts[i] and ends[before] and starts[i] > ends[before]):
            last[key] = i
            continue
        differ = [
            f"{c} {texts[before] or 'open'} and {texts[i] or 'open'}"
            for c, texts in (("valid_from", starts), ("valid_to", frame["valid_to"].tolist()))
            if texts[before] != texts[i]
        ]
        ends[before] = max(ends[before], ends[i]) if ends[before] and ends[i] else ""
        drop.add(i)
        rest = f", apart from {' and '.join(differ)}; the longer period" if differ else "; one row"
        found.append(
            Finding(
                "duplicate",
                key[0],
                f"{key[0]}: stands twice with the same content (lines {lines[before]} and {lines[i]}){rest} is kept.",
                key[3],
                rows=(before,),
            )
        )
    keep = [i for i in range(len(frame)) if i not in drop]
    frame["valid_to"] = ends
    label = {old: new for new, old in enumerate(keep)}
    found = [Finding(f.kind, f.station, f.sentence, f.place, rows=(label[f.rows[0]],)) for f in found]
    return frame.iloc[keep].reset_index(drop=True), [lines[i] for i in keep], found


def write(table: pd.DataFrame, path: str | Path, inputs: Iterable[str | Path] = ()) -> Path:
    """Write a registry as CSV that :func:`load` reads back and a spreadsheet opens.

    Parameters
    ----------
    table : DataFrame
        As from :func:`load`.
    path : path
        Ends in ``.csv``; replaced as a whole, never half written.
    inputs : paths, optional
        Files that must not be overwritten.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ParameterError
        The path is one of the inputs, or no CSV.

    Examples
    --------
    >>> import tempfile
    >>> file = write(load(), Path(tempfile.mkdtemp()) / "own.csv")
    >>> load(file).equals(load())
    True
    """
    file = Path(path)
    if file.suffix.lower() != ".csv":
        raise ParameterError(f"{file}: a registry is written as CSV; end the name in .csv.")
    if file.exists() and any(Path(i).exists() and file.samefile(i) for i in inputs):
        raise ParameterError(f"{file}: is one of the lists that are read; name another file.")
    out = table[[c for c in COLUMNS if c in table]].copy()
    for column in (c for c in _TEXTS if c in out):
        # A spreadsheet runs cells that begin with these signs; the apostrophe makes them text.
        out[column] = ["'" + t if t.startswith(_FORMULA) else t for t in map(cells.text, out[column])]
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        out.to_csv(beside, index=False, encoding="utf-8-sig", lineterminator="\n")
        beside.replace(file)
    except OSError as error:
        raise ParameterError(
            f"{file}: cannot be written ({error.strerror}); check the folder and the rights."
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink()
    return file


def positions(table: pd.DataFrame) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Latitudes and longitudes as float arrays, shape (row,)."""
    return table["lat"].to_numpy(dtype=np.float64), table["lon"].to_numpy(dtype=np.float64)

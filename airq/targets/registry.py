"""The register of targets: ``params/targets.yaml``, checked row by row.

Examples
--------
>>> rows = register()
>>> next(r for r in rows if r.id == "changji-2025-good-days").target["at_least"]
300
>>> sorted({r.mark for r in rows})
['firm', 'limit', 'striving']
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airq import options, places
from airq.errors import FileRejected, ParameterError
from airq.targets.spec import Target, parse

__all__ = ["RegisterRow", "register"]


class RegisterRow(BaseModel):
    """One row of the register.

    Attributes
    ----------
    id : str
        Lower-case letters, digits and dashes; each once.
    place : str
        Id of a place, or ``all``.
    year : int
        Year by which, or in which, it holds.
    target : dict, optional
        As for :func:`airq.targets.outlook`, with the row's year; None where the text sets no figure that air-quality
        data can judge.
    text_zh, text_en : str
        What the document says.
    mark : {"firm", "striving", "limit"}
        Binding, striven for (力争), or a limit of a standard.
    source : str
    note, note_zh : str
    first : str
        Date from which a limit holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    place: str
    year: int = Field(ge=1990, le=2200)
    target: dict[str, Any] | None = None
    text_zh: str = ""
    text_en: str = ""
    mark: Literal["firm", "striving", "limit"]
    source: str = Field(min_length=1)
    note: str = ""
    note_zh: str = ""
    first: str = ""

    @property
    def parsed(self) -> Target | None:
        """The target, read."""
        return None if self.target is None else parse(self.target, self.id)


def register(path: str | Path | None = None) -> tuple[RegisterRow, ...]:
    """Rows of the register.

    Parameters
    ----------
    path : path, optional
        ``params/targets.yaml`` of the project by default.

    Returns
    -------
    tuple of RegisterRow
        In the order of the file.

    Raises
    ------
    FileRejected
        One sentence: file, row, key.
    """
    file = Path(path) if path is not None else options.params_dir() / "targets.yaml"
    try:
        stamp = file.stat().st_mtime_ns
    except OSError as error:
        raise FileRejected(
            f"{file}: cannot be read; restore it from the project or give another path."
        ) from error
    return _read(file, stamp)


@lru_cache(maxsize=8)
def _read(file: Path, _stamp: int) -> tuple[RegisterRow, ...]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise FileRejected(f"{file}: not UTF-8 text; save it as UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}:" if mark else ""
        raise FileRejected(f"{file}:{line} not valid YAML; correct the line.") from error
    if not isinstance(document, Mapping) or not isinstance(document.get("targets"), list):
        raise FileRejected(f"{file}: no list 'targets'; start the file with 'targets:'.")
    rows: dict[str, RegisterRow] = {}
    for number, entry in enumerate(document["targets"], 1):
        row = _row(entry, f"{file}: row {number}")
        if row.id in rows:
            raise FileRejected(f"{file}: row {number}: key 'id': '{row.id}' stands twice; rename one.")
        rows[row.id] = row
    return tuple(rows.values())


def _row(entry: Any, where: str) -> RegisterRow:
    if not isinstance(entry, Mapping):
        raise FileRejected(f"{where} is not a mapping; write id, place, year, target, mark, source.")
    try:
        made = RegisterRow(**{str(k): v for k, v in entry.items()})
    except ValidationError as error:
        raise FileRejected(_sentence(error, where)) from error
    place = made.place
    if place != "all":
        found = places.find(place)
        if found is None:
            raise FileRejected(
                f"{where}: key 'place': '{place}' is not in params/counties.yaml; add it or correct it."
            )
        place = found.id
    if made.target is None:
        return made.model_copy(update={"place": place})
    target = {"year": made.year, **made.target}
    if target["year"] != made.year:
        raise FileRejected(
            f"{where}: key 'target.year' is {target['year']}, but the row's year is {made.year}; correct one."
        )
    try:
        parse(target, f"{where}: target")
    except ParameterError as error:
        raise FileRejected(str(error)) from error
    return made.model_copy(update={"place": place, "target": target})


def _sentence(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    key = ".".join(str(p) for p in first["loc"])
    if first["type"] == "missing":
        return f"{where}: key '{key}' is missing; add it."
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(sorted(RegisterRow.model_fields))
        return f"{where}: key '{key}' is not known; allowed are {allowed}."
    if first["type"] == "literal_error":
        return f"{where}: key '{key}' is '{first['input']}'; use {first['ctx']['expected']}."
    message = first["msg"][0].lower() + first["msg"][1:]
    return f"{where}: key '{key}' cannot be {first['input']!r}: {message}."

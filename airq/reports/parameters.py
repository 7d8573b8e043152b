"""Parameters of reports, checked before a kernel starts: names, types, place, month, archive.

Papermill runs wrong types and only warns of unknown names, so both are refused here in one sentence.

Examples
--------
>>> check({"place": "changji", "month": "2026-10", "lang": "zh", "archive": "a", "colour": 1}, "params/x.yaml")
Traceback (most recent call last):
airq.errors.ParameterError: params/x.yaml: parameter 'colour' is not known; allowed are archive, lang, month, place, results.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airq import options, places
from airq.analysis.period import Period, months, parse, start
from airq.errors import ArchiveError, FileRejected, ParameterError
from airq.observations import Archive
from airq.places import Place

__all__ = [
    "ReportParameters",
    "Settings",
    "check",
    "check_period",
    "open_archive",
    "report_places",
    "settings",
]


class ReportParameters(BaseModel):
    """What the notebook of a county month takes.

    Attributes
    ----------
    place : str
        Id, name or code of a place.
    month : str
        ``2026-10``; a quarter, half-year or year is written 2026Q3, 2026H1, 2026.
    lang : {"zh", "en"}
    archive : str
        Folder of the archive.
    results : str
        File for the results as JSON; empty writes none.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    place: str
    month: str
    lang: Literal["zh", "en"]
    archive: str
    results: str = ""


class Settings(BaseModel):
    """What ``params/reports.yaml`` holds.

    Attributes
    ----------
    notebook : str
        Notebook to run, relative to the project.
    places : "all" or list of str
        ``all`` is every county and every group made of counties.
    languages : list
    timeout : int
        Seconds that one cell may take.
    jobs : int
        Notebooks at a time; 0 takes the number of processors.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    notebook: str = "notebooks/10_county_month.ipynb"
    places: Literal["all"] | list[str] = "all"
    languages: list[Literal["zh", "en"]] = Field(default=["zh", "en"], min_length=1)
    timeout: int = Field(default=120, ge=1)
    jobs: int = Field(default=0, ge=0)


def _refusal(error: ValidationError, source: str, model: type[BaseModel]) -> ParameterError:
    """One sentence for the first fault."""
    first = error.errors()[0]
    name = ".".join(str(p) for p in first["loc"] if not str(p).startswith(("literal", "list", "str")))
    kind = first["type"]
    if kind == "extra_forbidden":
        reason = f"is not known; allowed are {', '.join(sorted(model.model_fields))}"
    elif kind == "missing":
        reason = "is missing; give it"
    elif kind == "literal_error":
        reason = f"is '{first['input']}'; use {first['ctx']['expected']}"
    else:
        given = f"{first['input']!r} ({type(first['input']).__name__})"
        reason = f"cannot be {given}: {first['msg'][0].lower()}{first['msg'][1:]}"
    return ParameterError(f"{source}: parameter '{name}' {reason}.")


def check(
    values: Mapping[str, Any], source: str = "parameters", today: pd.Timestamp | None = None
) -> ReportParameters:
    """Check the parameters of one report.

    Parameters
    ----------
    values : mapping
        As given by a user, a file or a command.
    source : str
        File or command, named in a refusal.
    today : pandas.Timestamp, optional
        For the refusal of a future month; now in Beijing by default.

    Returns
    -------
    ReportParameters
        With the place's id in place of any of its names.

    Raises
    ------
    ParameterError, ArchiveError
        Unknown name, wrong type, unknown place, malformed or future month, month or archive that is not there.
    """
    try:
        parameters = ReportParameters(**dict(values))
    except ValidationError as error:
        raise _refusal(error, source, ReportParameters) from error
    try:
        place = places.get(parameters.place)
    except ParameterError as error:
        raise ParameterError(f"{source}: parameter 'place': {error}") from error
    try:
        check_period(parameters.month, open_archive(parameters.archive), today)
    except ParameterError as error:
        raise ParameterError(f"{source}: parameter 'month': {error}") from error
    return parameters.model_copy(update={"place": place.id})


def open_archive(folder: str | Path) -> Archive:
    """Archive of a folder.

    Parameters
    ----------
    folder : path

    Returns
    -------
    airq.observations.Archive

    Raises
    ------
    ArchiveError
        If it is missing, not an archive, or holds no month.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise ArchiveError(
            f"{path}: no such archive; make one with 'airq ingest' or 'airq simulate', or give --archive."
        )
    archive = Archive(path)
    if not archive.months():
        raise ArchiveError(
            f"{path}: holds no month of observations; fill it with 'airq ingest' or 'airq simulate'."
        )
    return archive


def check_period(text: str, archive: Archive, today: pd.Timestamp | None = None) -> Period:
    """Read a period and hold it against the archive.

    Parameters
    ----------
    text : str
    archive : airq.observations.Archive
    today : pandas.Timestamp, optional

    Returns
    -------
    Period

    Raises
    ------
    ParameterError
        Malformed, in the future, or not in the archive.
    """
    period = parse(text)
    now = today if today is not None else pd.Timestamp.now("Asia/Shanghai").tz_localize(None)
    if start(period) > now:
        raise ParameterError(
            f"period '{period.name}' lies in the future; the last month that has begun is {now:%Y-%m}."
        )
    held = sorted(archive.months())
    if not set(months(period)) & set(held):
        raise ParameterError(
            f"period '{period.name}' is not in the archive, which holds {held[0]} to {held[-1]}; ingest its data first."
        )
    return period


def settings(path: str | Path | None = None) -> Settings:
    """Read the settings of the reports.

    Parameters
    ----------
    path : path, optional
        ``params/reports.yaml`` of the project by default; without it the defaults hold.

    Returns
    -------
    Settings

    Raises
    ------
    FileRejected, ParameterError
        If the file is not YAML, or an entry is unknown or of the wrong type.

    Examples
    --------
    >>> settings().languages
    ['zh', 'en']
    """
    file = Path(path) if path is not None else options.params_dir() / "reports.yaml"
    if path is None and not file.exists():
        return Settings()
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileRejected(f"{file}: cannot be read; check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}:" if mark else ""
        raise FileRejected(f"{file}:{line} not valid YAML; correct the line.") from error
    if document is not None and not isinstance(document, dict):
        raise FileRejected(f"{file}: holds no entries; write 'places: all' and the like.")
    try:
        return Settings(**(document or {}))
    except ValidationError as error:
        raise _refusal(error, str(file), Settings) from error


def report_places(chosen: str | list[str], source: str = "--place") -> list[Place]:
    """Places that reports are made for.

    Parameters
    ----------
    chosen : "all" or list of str
        ``all`` is every county, then every group made of counties.
    source : str
        Named in a refusal.

    Returns
    -------
    list of Place
        Each once.

    Examples
    --------
    >>> [p.id for p in report_places("all")][-2:]
    ['mori', 'changji-prefecture']
    """
    if chosen == "all" or chosen == ["all"]:
        known = places.load()
        counties = [p for p in known.values() if p.kind == "county"]
        ids = {p.id for p in counties}
        return counties + [p for p in known.values() if p.kind == "group" and set(p.members) <= ids]
    names = [chosen] if isinstance(chosen, str) else chosen
    try:
        found = [places.get(name) for name in names]
    except ParameterError as error:
        raise ParameterError(f"{source}: {error}") from error
    return list({p.id: p for p in found}.values())

"""Parameters of reports, checked before a kernel starts: names, types, place, month, archive.

Papermill runs wrong types and only warns of unknown names, so both are refused here in one sentence.

Examples
--------
>>> check({"place": "changji", "month": "2026-10", "lang": "zh", "archive": "a", "colour": 1}, "params/x.yaml")
Traceback (most recent call last):
airq.errors.ParameterError: params/x.yaml: parameter 'colour' is not known; allowed are archive, lang, month, place, results.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from airq import options, places
from airq.analysis.period import Period, months, parse
from airq.errors import FileRejected, ParameterError
from airq.observations.opening import open_archive, open_holdings
from airq.places import Place

if TYPE_CHECKING:
    from airq.observations.holdings import Holdings

__all__ = [
    "FORMATS",
    "Organisation",
    "ReportParameters",
    "Settings",
    "check",
    "check_executor",
    "check_notebook",
    "check_period",
    "check_settings",
    "named_files",
    "open_archive",
    "open_holdings",
    "report_places",
    "settings",
]

_BEIJING: Final = timezone(timedelta(hours=8))

Format = Literal["html", "docx", "pdf", "xlsx", "csv", "png", "svg", "json", "netcdf", "ipynb"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
"""Files that a report can be made as."""


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


class Organisation(BaseModel):
    """Who issues the reports, as printed.

    Attributes
    ----------
    zh, en : str
        Empty prints none.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    zh: str = ""
    en: str = ""


class Settings(BaseModel):
    """What ``params/reports.yaml`` holds.

    Attributes
    ----------
    notebook : str
        Notebook to run, relative to the project.
    places : "all" or list of str
        ``all`` is every county, every group made of counties, and every place with ``report: true``.
    languages : list
    formats : list
        Files made of each report; ``html`` is always made.
    sections : "all" or list of str
        Names of :data:`airq.reports.sections.SECTIONS`.
    timeout : int
        Seconds that one cell may take.
    notebook_timeout : int
        Seconds that one notebook, or the computing of one section, may take.
    jobs : int
        Notebooks at a time; 0 takes the number of processors.
    memory : int
        MB that one kernel may take beyond what it starts with, 200 at least; 0 sets no limit.
    retries : int
        Further tries of a report whose kernel died.
    map_approval : str
        Approval number of the maps (审图号), printed on each; without it they are marked as internal sketches.
    boundaries : str
        GeoJSON file of county polygons instead of the shipped one.
    letterhead : str
        Word template of the agency.
    organisation : Organisation
    scenarios : list of str
        Scenarios of the what-if section, by name or file; empty takes the shipped ones.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    notebook: str = "notebooks/10_county_month.ipynb"
    places: Literal["all"] | list[str] = "all"
    languages: list[Literal["zh", "en"]] = Field(default=["zh", "en"], min_length=1)
    formats: list[Format] = Field(default=list(FORMATS), min_length=1)
    sections: Literal["all"] | list[str] = "all"
    timeout: int = Field(default=120, ge=1)
    notebook_timeout: int = Field(default=900, ge=1)
    jobs: int = Field(default=0, ge=0)
    memory: int = Field(default=2000, ge=0)
    retries: int = Field(default=1, ge=0, le=10)
    map_approval: str = ""
    boundaries: str = ""
    letterhead: str = ""
    organisation: Organisation = Organisation()
    scenarios: list[str] = Field(default=[])

    @field_validator("places", mode="before")
    @classmethod
    def _codes(cls, given: Any) -> Any:
        """A code of a place need not stand in quotes."""
        return [str(p) if type(p) is int else p for p in given] if isinstance(given, list) else given

    @field_validator("places")
    @classmethod
    def _some(cls, given: Any) -> Any:
        if not given:
            raise ValueError("it is empty")
        return given

    @field_validator("memory")
    @classmethod
    def _enough(cls, given: int) -> int:
        if 0 < given < _LEAST_MEMORY:
            raise ValueError("too little to start with")
        return given


_LEAST_MEMORY: Final = 200
_USE: Final[dict[str, str]] = {
    "places": "'all' or a list such as [changji, manas]",
    "sections": "'all' or a list such as [first_page, ranking]",
    "languages": "a list of zh and en such as [zh, en]",
    "formats": f"a list of {', '.join(FORMATS)}",
    "scenarios": "a list of names and files",
    "organisation": "the entries zh and en, as in organisation: {zh: 名称, en: Name}",
    "memory": f"whole MB from {_LEAST_MEMORY} on, or 0 for no limit",
}
"""What an entry takes, where the checker's own words would not say it."""


def _refusal(error: ValidationError, source: str, model: type[BaseModel]) -> ParameterError:
    """One sentence for the first fault."""
    first = error.errors()[0]
    where = [str(p) for p in first["loc"] if not str(p).startswith(("literal", "list", "str", "function"))]
    name, kind, given = ".".join(where), first["type"], first["input"]
    if kind == "extra_forbidden":
        inner = model.model_fields[where[0]].annotation if len(where) > 1 else model
        fields = getattr(inner, "model_fields", model.model_fields)
        reason = f"is not known; allowed are {', '.join(sorted(fields))}"
    elif kind == "missing":
        reason = "is missing; give it"
    elif model is Settings and name in _USE:
        reason = f"cannot be {given!r}; use {_USE[name]}"
    elif kind == "literal_error":
        reason = f"is '{given}'; use {first['ctx']['expected']}"
    elif kind == "string_type" and len(where) > 1:
        reason = f"cannot be {given!r}; write a text"
    else:
        said = f"{given!r} ({type(given).__name__})"
        reason = f"cannot be {said}: {first['msg'][0].lower()}{first['msg'][1:]}"
    return ParameterError(f"{source}: parameter '{name}' {reason}.")


def check(
    values: Mapping[str, Any], source: str = "parameters", today: datetime | None = None
) -> ReportParameters:
    """Check the parameters of one report.

    Parameters
    ----------
    values : mapping
        As given by a user, a file or a command.
    source : str
        File or command, named in a refusal.
    today : datetime, optional
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
        check_period(parameters.month, open_holdings(parameters.archive), today)
    except ParameterError as error:
        raise ParameterError(f"{source}: parameter 'month': {error}") from error
    return parameters.model_copy(update={"place": place.id})


def check_period(text: str, archive: Holdings, today: datetime | None = None) -> Period:
    """Read a period and hold it against the archive.

    Parameters
    ----------
    text : str
    archive : airq.observations.Archive
        What it says of itself is enough.
    today : datetime, optional

    Returns
    -------
    Period

    Raises
    ------
    ParameterError
        Malformed, in the future, or not in the archive.
    """
    period = parse(text)
    now = today if today is not None else datetime.now(_BEIJING)
    if period.start > now.date():
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
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise FileRejected(f"{file}: line {number}: not UTF-8; save the file as UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}:" if mark else ""
        raise FileRejected(f"{file}:{line} not valid YAML; correct the line.") from error
    if document is not None and not isinstance(document, dict):
        raise FileRejected(f"{file}: holds no entries; write 'places: all' and the like.")
    try:
        found = Settings(**(document or {}))
    except ValidationError as error:
        raise _refusal(error, str(file), Settings) from error
    _check_sections(found, str(file))
    return found


def _check_sections(chosen: Settings, source: str) -> None:
    from airq.reports.sections import SECTIONS

    known = [s.name for s in SECTIONS]
    for name in chosen.sections if chosen.sections != "all" else ():
        if name not in known:
            raise ParameterError(
                f"{source}: parameter 'sections': section '{name}' is not known; use {', '.join(known)}."
            )


def named_files(chosen: Settings) -> list[tuple[str, Path]]:
    """Files that settings name, each with the name of its entry; a relative one stands in the project.

    Examples
    --------
    >>> named_files(Settings(letterhead="/a/b.docx"))[0][0]
    'letterhead'
    """
    given = [("boundaries", chosen.boundaries), ("letterhead", chosen.letterhead)]
    given += [("scenarios", s) for s in chosen.scenarios if s.endswith((".yaml", ".yml"))]
    return [(entry, options.home() / Path(name).expanduser()) for entry, name in given if name]


def check_settings(chosen: Settings, source: str = "params/reports.yaml") -> None:
    """Hold settings against what is there, before anything runs.

    Parameters
    ----------
    chosen : Settings
    source : str
        Named in a refusal.

    Raises
    ------
    FileRejected, ParameterError
        A file that is not there or cannot be used, or a section that is not known.
    """
    _check_sections(chosen, source)
    for entry, path in named_files(chosen):
        if not path.is_file():
            raise FileRejected(f"{source}: parameter '{entry}': {path} is no file; correct the path.")
    if chosen.boundaries:
        from airq.reports.sections.map_boundaries import outlines

        if reason := outlines(chosen.boundaries).reason:
            raise FileRejected(f"{source}: parameter 'boundaries': {reason}")
    check_notebook(options.home() / chosen.notebook)
    if chosen.letterhead:
        from airq.reports import formats

        formats.check(chosen)


def check_notebook(path: Path) -> None:
    """Hold a notebook against what a report gives it, without running it.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    FileRejected
        It is missing, no notebook, or does not take place, month, language and archive.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
        source = "".join("".join(c["source"]) for c in tagged[:1])
    except FileNotFoundError as error:
        raise FileRejected(
            f"{path}: no such notebook; restore it from the project or set AIRQ_HOME."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileRejected(
            f"{path}: not a Jupyter notebook; make it again from its .py with jupytext."
        ) from error
    if not tagged:
        raise FileRejected(f"{path}: no cell is tagged 'parameters'; tag the one that sets them.")
    try:
        names = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
    except SyntaxError:
        names = set()
    needed = [name for name, about in ReportParameters.model_fields.items() if about.is_required()]
    if lacking := [name for name in needed if name not in names]:
        raise FileRejected(
            f"{path}: its cell 'parameters' does not set {', '.join(lacking)}, so that it is no report of a place; "
            "name another notebook."
        )


def check_executor(text: str) -> None:
    """Refuse an executor of another form than ``dask`` or ``dask:ADDRESS``; empty is this machine.

    Examples
    --------
    >>> check_executor("slurm")
    Traceback (most recent call last):
    airq.errors.ParameterError: executor 'slurm' is not known; write dask or dask:ADDRESS.
    """
    if text and text.partition(":")[0] != "dask":
        raise ParameterError(f"executor '{text}' is not known; write dask or dask:ADDRESS.")


def report_places(chosen: str | list[str], source: str = "--place") -> list[Place]:
    """Places that reports are made for.

    Parameters
    ----------
    chosen : "all" or list of str
        ``all`` is every county, then every group made of counties, then every other place with ``report: true``.
    source : str
        Named in a refusal.

    Returns
    -------
    list of Place
        Each once.

    Examples
    --------
    >>> [p.id for p in report_places("all")][6:8]
    ['mori', 'changji-prefecture']
    """
    if chosen == "all" or chosen == ["all"]:
        return places.reported()
    names = [chosen] if isinstance(chosen, str) else chosen
    try:
        found = [places.get(name) for name in names]
    except ParameterError as error:
        raise ParameterError(f"{source}: {error}") from error
    return list({p.id: p for p in found}.values())

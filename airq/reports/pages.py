"""One page of a run and its other formats: run the notebook, render it, write the files."""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import nbformat

from airq import places
from airq.errors import ReportError
from airq.figures.labels import Language
from airq.figures.style import VECTORS
from airq.reports import fonts, index
from airq.reports.execute import execute, load
from airq.reports.failures import said
from airq.reports.html import message_page, outside_links, render, with_section
from airq.reports.jobs import Job
from airq.reports.parameters import check
from airq.reports.results import read, read_targets
from airq.reports.revisions import Revision, compare, compare_targets, section

__all__ = ["failed", "make"]

_EMBEDDED: Final = re.compile(r"base64,[A-Za-z0-9+/=\s]+")
"""Pictures and fonts within a page: most of it, and no link."""


@lru_cache(maxsize=2)
def _book(path: str, _mtime: int) -> nbformat.NotebookNode:
    return load(Path(path))


def make(job: Job, place: str, lang: Language, before: str = "") -> dict[str, Any]:
    """Make a page and its formats in the new folder.

    Parameters
    ----------
    job : Job
    place : str
    lang : {"zh", "en"}
    before : str
        When the page of the last run was made; empty if there is none.

    Returns
    -------
    dict
        ``revisions``, ``files`` by format, ``notes``, ``characters`` that the page's font needs.

    Raises
    ------
    AirqError
        What stops it.
    """
    values = {
        "place": place,
        "month": job.period,
        "lang": lang,
        "archive": str(Path(job.archive).resolve()),
        "results": str(job.results_file(place)),
    }
    parameters = check(values, f"report of {place}")
    book = _book(job.notebook, Path(job.notebook).stat().st_mtime_ns)
    os.environ[VECTORS] = "1" if {"svg", "pdf"} & set(job.chosen.formats) else "0"
    done = execute(book, parameters.model_dump(), job.forked, job.chosen.timeout)
    moved = _moved(job, place) if before else []
    info, changes = job.info(place, lang), section(moved, before, lang)
    page = with_section(render(done, info), changes)
    if outside := outside_links(_EMBEDDED.sub("base64,", page)):
        raise ReportError(f"the page refers to '{outside[0]}' outside itself; take it out of the notebook.")
    files, notes = _formats(job, place, lang, done, info, changes)
    (Path(job.stage) / index.page_name(place, lang)).write_text(page, encoding="utf-8")
    rows = [(Path(job.stage) / f).read_text(encoding="utf-8") for f in files.get("rows", ())]
    return {
        "revisions": [r.to_dict() for r in moved],
        "files": files,
        "notes": notes,
        "characters": fonts.characters([page, *rows]),
    }


def _formats(
    job: Job, place: str, lang: Language, done: nbformat.NotebookNode, info: Any, changes: str
) -> tuple[dict[str, list[str]], list[str]]:
    """Every format but the page itself, and the page of the rows that its numbers link to."""
    from airq.reports.document import Document
    from airq.reports.formats import write

    folder, own = Path(job.stage), index.file_name(place)
    stem = index.page_name(place, lang).removesuffix(".html")
    shared = f"data/{place}.nc"  # one for both languages
    there = (folder / shared).exists()
    wanted = [f for f in job.chosen.formats if f not in ("html", "json") and not (f == "netcdf" and there)]
    document = Document.from_notebook(done, info).with_html(changes)
    made = write(document, folder, stem, wanted, job.chosen, job.results_file(place))
    notes = [str(n) for n in made.pop("notes", [])]
    files = {k: [str(f) for f in v] for k, v in made.items()}
    if there and "netcdf" in job.chosen.formats:
        files["netcdf"] = [shared]
    if "json" in job.chosen.formats:
        files["json"] = [own]  # the results file, which phase one wrote
    return files, notes


def _moved(job: Job, place: str) -> list[Revision]:
    """Figures that the page of the last run gave otherwise."""
    name = index.file_name(place)
    files = [Path(folder) / name for folder in (job.final, job.stage)]
    try:
        old, new = (json.loads(f.read_text(encoding="utf-8")) for f in files)
    except (OSError, ValueError):
        return []
    if all(old.get(k) == new.get(k) for k in ("result", "targets")):
        return []
    a, b = (read(f) for f in files)
    if a is None or b is None:
        return []
    return compare(a[0], b[0]) + compare_targets(*(read_targets(f) for f in files))


def failed(job: Job, place: str, lang: Language, reason: str) -> str:
    """The page that says why a place could not be done, in its language and without a path of the server."""
    name, why = places.get(place).name(lang), said(reason, lang)
    error = f"{name}：{why}" if lang == "zh" else f"{name}: {why}"
    if lang == "zh":
        words = ["本报告未能生成。", error, "排除原因后重新运行，只会重做未完成的报告。"]
    else:
        words = [
            "This report could not be made.",
            error,
            "Remove the cause and run again; only what is not done is made.",
        ]
    return message_page(words, job.info(place, lang), failed=True)

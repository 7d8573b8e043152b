"""Reports of the small archive in both languages, as a notebook shows them, and every file made of them once."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import pypdf
import pytest
from IPython.core.formatters import DisplayFormatter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from small_archive import fill

from airq.analysis import county_month
from airq.figures.style import VECTORS
from airq.observations import Archive
from airq.reports import formats, page, results
from airq.reports.document import Document
from airq.reports.html import PageInfo, render
from airq.standards import parse_period

ALL = ("docx", "pdf", "xlsx", "csv", "png", "svg", "netcdf", "ipynb")
PARTS = ("header", "headline", "calendar", "comparison", "capture", "masks")


class Settings:
    letterhead = ""
    organisation: ClassVar = {"zh": "昌吉州生态环境局", "en": "Bureau of Changji"}


def notebook_of(shown: list[tuple[str, list[Any]]]) -> nbformat.NotebookNode:
    """A notebook as executed, its cells having displayed the parts."""
    form, cells = DisplayFormatter(), []
    for source, parts in shown:
        outputs = []
        for part in parts:
            data, about = form.format(part)
            data = {k: base64.b64encode(v).decode() if isinstance(v, bytes) else v for k, v in data.items()}
            outputs.append(new_output("display_data", data=data, metadata=about))
        cells.append(new_code_cell(source, outputs=outputs))
    return new_notebook(cells=cells)


def info_of(lang: str) -> PageInfo:
    return PageInfo("Report 报告", lang, [], "made 2026-11-01 08:00", rows=f"changji.rows.{lang}.html")


@dataclass
class Made:
    """A report with its files."""

    document: Document
    html: str
    folder: Path
    files: dict[str, list[str]]
    results: Path

    @cached_property
    def pdf_pages(self) -> list[str]:
        return [p.extract_text() for p in pypdf.PdfReader(self.one("pdf")).pages]

    def one(self, form: str) -> Path:
        return self.folder / self.files[form][0]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """October 2026 of 昌吉市 and its results file."""
    folder = tmp_path_factory.mktemp("formats")
    archive = fill(Archive(folder / "archive"), "2026-09", "2026-10", ("changji",))
    result = county_month(archive, "changji", parse_period("2026-10"))
    file = folder / "data" / "changji.json"
    sections = {"ranking": {"rule": "sum", "rows": [{"composite": 3.14159, "unit": "1"}]}}
    results.write(file, result, "key", None, sections)
    return result, file, folder


@pytest.fixture(scope="session")
def report(small: Any) -> Callable[[str], Made]:
    """Report of a language with all its formats."""
    result, file, folder = small
    made: dict[str, Made] = {}

    def of(lang: str) -> Made:
        if lang not in made:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(VECTORS, "1")
                shown = [(f"display(*page.{n}(result, lang))", getattr(page, n)(result, lang)) for n in PARTS]
                notebook = notebook_of(shown)
            document = Document.from_notebook(notebook, info_of(lang))
            files = formats.write(document, folder, f"changji.{lang}", ALL, Settings, file)
            made[lang] = Made(document, render(notebook, info_of(lang)), folder, files, file)
        return made[lang]

    return of


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def numbers_missing() -> Callable[[str, str], Counter[str]]:
    """Numbers of one text that another lacks, each as often as it stands there."""
    import re

    def count(text: str) -> Counter[str]:
        return Counter(re.findall(r"\d+(?:[.,]\d+)*", text))

    def missing(wanted: str, given: str) -> Counter[str]:
        return count(wanted) - count(given)

    return missing

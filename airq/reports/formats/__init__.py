"""Every further format of a report, written from its document: Word, PDF, workbook, CSV, pictures, NetCDF, notebook.

Examples
--------
>>> list(unavailable(["csv", "docx"]))
[]
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import nbformat

from airq.errors import AirqError
from airq.figures.labels import Language, pick
from airq.reports.blocks import Table, text
from airq.reports.document import Document
from airq.reports.html import PageInfo
from airq.reports.provenance_rows import Provenance, gather

__all__ = ["check", "unavailable", "warm", "write"]

_NEEDS: Final = {"docx": "docx", "pdf": "typst", "xlsx": "openpyxl", "netcdf": "scipy"}
_PACKAGES: Final = {"docx": "python-docx", "typst": "airq[pdf]"}
_MISSING: Final = (
    "没有{form}：缺少软件包，安装{package}后重新运行。",
    "No {form}: a package is missing; install {package} and run again.",
)
_FAILED: Final = ("没有{form}：{reason}", "No {form}: {reason}")


def unavailable(formats: Sequence[str]) -> dict[str, dict[str, str]]:
    """Formats whose package is not installed, with a sentence in each language.

    Parameters
    ----------
    formats : sequence of str

    Returns
    -------
    dict
        Sentences by language, by format.
    """
    out = {}
    for form in formats:
        module = _NEEDS.get(form, "")
        if module and importlib.util.find_spec(module) is None:
            package = _PACKAGES.get(module, module)
            out[form] = {lang: pick(_MISSING, lang, form=form, package=package) for lang in ("zh", "en")}
    return out


def check(settings: Any) -> None:
    """Check what the formats need of the settings before anything is run.

    Parameters
    ----------
    settings : object
        With ``letterhead``, as :class:`airq.reports.parameters.Settings` has it.

    Raises
    ------
    FileRejected
        The letterhead cannot be used; one sentence.
    """
    if path := str(getattr(settings, "letterhead", "") or ""):
        from airq.reports.formats import letterhead

        letterhead.check(_resolved(path))


def warm() -> None:
    """Import what the formats need and read fonts and styles once, so that forked processes start with both done.

    Starts no thread.
    """
    import tempfile

    import xarray as xr

    from airq.reports.formats import netcdf, pdf, word

    small = Document("a", "zh", (Table((text("a"),), ((text("1.5"),),)),), ("a",))
    word.warm()
    with tempfile.TemporaryDirectory(prefix="airq-warm-") as folder:
        write(small, Path(folder), "a.zh", ("docx", "xlsx", "csv"))
        xr.Dataset({"a": ("x", [1.0])}).to_netcdf(
            Path(folder) / "a.nc", engine=netcdf.ENGINE, format=netcdf.FORMAT
        )
    if not unavailable(["pdf"]):
        pdf.warm()  # setting a page would start threads


def _resolved(path: str) -> Path:
    """A path of the settings: relative to the project."""
    from airq import options

    return Path(path) if Path(path).is_absolute() else options.home() / path


def _organisation(settings: Any, lang: Language) -> str:
    named = getattr(settings, "organisation", None) or ""
    if isinstance(named, str):
        return named
    if isinstance(named, Mapping):
        return str(named.get(lang, "") or "")
    return str(getattr(named, lang, "") or "")


def write(
    document: Document,
    folder: Path,
    stem: str,
    formats: Sequence[str],
    settings: Any = None,
    results_file: Path | None = None,
) -> dict[str, list[str]]:
    """Write the formats of a report.

    Parameters
    ----------
    document : Document
    folder : pathlib.Path
        Of the reports of a period.
    stem : str
        ``<place>.<lang>``.
    formats : sequence of str
        Any of ``docx pdf xlsx csv png svg netcdf ipynb``; others are left to the caller.
    settings : object, optional
        With ``letterhead`` and ``organisation``.
    results_file : pathlib.Path, optional
        For NetCDF and the rows of provenance.

    Returns
    -------
    dict
        Names of the files relative to ``folder`` by format, ``rows`` being the page of provenance; under ``notes``
        a sentence, in the language of the document, for each format that could not be made.
    """
    made = _Making(document, folder, stem, settings, results_file)
    missing = unavailable(formats)
    files: dict[str, list[str]] = {}
    notes = []
    for form in ("rows", *formats):
        work = getattr(made, f"to_{form}", None)
        if form in missing:
            notes.append(missing[form][document.lang])
        elif work is not None:
            try:
                if names := work():
                    files[form] = names
            except AirqError as error:
                notes.append(pick(_FAILED, document.lang, form=form, reason=str(error)))
    return files | ({"notes": notes} if notes else {})


class _Making:
    """One method a format; each returns the names of its files."""

    def __init__(
        self, document: Document, folder: Path, stem: str, settings: Any, results: Path | None
    ) -> None:
        self.document, self.folder, self.stem, self.results = document, folder, stem, results
        self.letterhead = str(getattr(settings, "letterhead", "") or "")
        self.organisation = _organisation(settings, document.lang)

    @cached_property
    def found(self) -> Provenance:
        """Rows that the document's numbers link to."""
        return gather(self.document.blocks, self.results, self.document.lang)

    def _file(self, suffix: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{self.stem}.{suffix}"

    def to_rows(self) -> list[str]:
        """Page of provenance, for a document whose numbers link to it."""
        if not self.found.rows:
            return []
        from airq.reports.provenance_page import page

        place, _, lang = self.stem.rpartition(".")
        name = f"{place}.rows.{lang}.html"
        info = PageInfo(self.document.title, self.document.lang, [], self.document.footer)
        self.folder.mkdir(parents=True, exist_ok=True)
        text = page(self.found, info, f"{self.stem}.html", self.document.simulated)
        (self.folder / name).write_text(text, encoding="utf-8")
        return [name]

    def to_docx(self) -> list[str]:
        """Word, on the letterhead if there is one."""
        path = self._file("docx")
        if self.letterhead:
            from airq.reports.formats import letterhead

            letterhead.write(self.document, path, _resolved(self.letterhead), self.organisation)
        else:
            from airq.reports.formats import word

            word.write(self.document, path, self.organisation)
        return [path.name]

    def to_pdf(self) -> list[str]:
        """PDF by typst."""
        from airq.reports.formats import pdf

        path = self._file("pdf")
        pdf.write(self.document, path, self.organisation)
        return [path.name]

    def to_xlsx(self) -> list[str]:
        """Workbook."""
        from airq.reports.formats import workbook

        path = self._file("xlsx")
        workbook.write(self.document, path, self.found, self.organisation)
        return [path.name]

    def to_csv(self) -> list[str]:
        """A file a table."""
        from airq.reports.formats import spreadsheets

        names = spreadsheets.write(self.document, self.folder / "tables" / self.stem)
        return [f"tables/{self.stem}/{n}" for n in names]

    def to_png(self) -> list[str]:
        """A file a figure."""
        from airq.reports.formats import images

        return [f"figures/{self.stem}/{n}" for n in images.write(self.document, self.folder / "figures" / self.stem, "png")]  # fmt: skip

    def to_svg(self) -> list[str]:
        """A file a figure."""
        from airq.reports.formats import images

        return [f"figures/{self.stem}/{n}" for n in images.write(self.document, self.folder / "figures" / self.stem, "svg")]  # fmt: skip

    def to_netcdf(self) -> list[str]:
        """Daily values and indices, the same in both languages."""
        if self.results is None:
            return []
        from airq.reports.formats import netcdf

        place = self.stem.rpartition(".")[0] or self.stem
        path = self.folder / "data" / f"{place}.nc"
        path.parent.mkdir(parents=True, exist_ok=True)
        netcdf.write(self.results, path)
        return [f"data/{path.name}"]

    def to_ipynb(self) -> list[str]:
        """The executed notebook."""
        if self.document.notebook is None:
            return []
        path = self._file("ipynb")
        nbformat.write(self.document.notebook, path)
        return [path.name]

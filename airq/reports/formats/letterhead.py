"""Word on an agency's own letterhead: its .docx with fields in double braces, filled by docxtpl.

Fields: ``{{ title }}``, ``{{ organisation }}``, ``{{ date }}``, ``{{ simulated }}``, ``{{ footer }}``
and, on a line of its own, ``{{ body }}``, where the report goes. Page, header, footer and the styles that the template
has stay as they are; styles that it lacks come from :mod:`airq.reports.formats.word_look`.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import docx
from docx.oxml.ns import qn

from airq.errors import AirqError, FileRejected
from airq.reports.document import Document
from airq.reports.formats import word
from airq.reports.formats.word_look import set_styles

__all__ = ["FIELDS", "check", "write"]

FIELDS: Final = ("title", "organisation", "date", "simulated", "footer", "body")
_BODY: Final = "\u2063airq-body\u2063"


def _open(path: Path) -> Any:
    """Template, known to be one that can be filled."""
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate

    if not path.is_file():
        raise FileRejected(f"{path}: no such letterhead; correct 'letterhead' in params/reports.yaml.")
    if path.suffix.lower() != ".docx":
        raise FileRejected(f"{path}: a letterhead must be a .docx file; save it as one in Word.")
    try:
        template = DocxTemplate(str(path))
        known = template.get_undeclared_template_variables(_environment())
    except AirqError:
        raise
    except (KeyError, ValueError, PackageNotFoundError, zipfile.BadZipFile) as error:
        raise FileRejected(f"{path}: not a Word document; save the letterhead as .docx again.") from error
    except Exception as error:  # jinja2 and lxml each have their own
        reason = " ".join(str(error).split())[:160]
        raise FileRejected(
            f"{path}: the fields cannot be read ({reason}); correct the braces in Word."
        ) from error
    if unknown := sorted(known - set(FIELDS)):
        raise FileRejected(f"{path}: field '{unknown[0]}' is not known; use {', '.join(FIELDS)}.")
    if "body" not in known:
        raise FileRejected(
            f"{path}: no field {{{{ body }}}}; put it on a line of its own where the report goes."
        )
    return template


def _environment() -> Any:
    """Jinja that cannot reach anything but the fields."""
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(autoescape=True)


def check(path: str | Path) -> None:
    """Check a letterhead before anything is run.

    Parameters
    ----------
    path : path

    Raises
    ------
    FileRejected
        It is missing, no Word document, has an unknown field or none for the body.
    """
    _open(Path(path))


def write(document: Document, path: Path, template: str | Path, organisation: str = "") -> None:
    """Write a document on a letterhead.

    Parameters
    ----------
    document : Document
    path : pathlib.Path
    template : path
    organisation : str

    Raises
    ------
    FileRejected
        As :func:`check`.
    """
    source = Path(template)
    made = _open(source)
    today = datetime.now(timezone(timedelta(hours=8)))
    zh = document.lang == "zh"
    values = {
        "title": document.title,
        "organisation": organisation,
        "date": f"{today.year}年{today.month}月{today.day}日" if zh else f"{today.day} {today:%B %Y}",
        "simulated": document.mark,
        "footer": document.footer,
        "body": _BODY,
    }
    try:
        made.render(values, jinja_env=_environment(), autoescape=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:160]
        raise FileRejected(f"{source}: cannot be filled ({reason}); correct its fields in Word.") from error
    filled = io.BytesIO()
    made.save(filled)
    page = docx.Document(filled)  # docxtpl exchanges headers and footers behind its own document's back
    set_styles(page, document.lang, keep=True)
    place = next((p for p in page.element.body.iter(qn("w:p")) if _BODY in _words(p)), None)
    if place is None or place.getparent() is not page.element.body:
        raise FileRejected(
            f"{source}: {{{{ body }}}} stands in a table or text box; put it on a line of its own in the text."
        )
    before = set(page.element.body)
    word.fill(page, document)
    for element in [e for e in page.element.body if e not in before]:
        place.addprevious(element)
    page.element.body.remove(place)
    word.mark_pages(page, document.mark)
    word.about(page, document, organisation)
    page.save(str(path))


def _words(paragraph: Any) -> str:
    return "".join(t.text or "" for t in paragraph.iter(qn("w:t")))

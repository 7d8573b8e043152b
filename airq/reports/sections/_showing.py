"""A section as a notebook displays it; one that was not computed says so in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from airq.figures.labels import Language
from airq.reports.sections._contract import Part, Section, find

if TYPE_CHECKING:
    from airq.reports.results import Bundle

__all__ = ["show"]


def show(name: str, bundle: Bundle, lang: Language) -> list[Part]:
    """Parts of a section.

    Parameters
    ----------
    name : str
    bundle : airq.reports.results.Bundle
        Result, targets and sections of a place, as :func:`airq.reports.results.obtain_bundle` gives them.
    lang : {"zh", "en"}

    Returns
    -------
    list
        Empty for a section that this report does not have.
    """
    section = find(name)
    data = bundle.sections.get(name)
    if data is None or not section.exists:
        return []
    if "missing" in data:
        return _absent(section, data["missing"], lang)
    return list(section.function("show")(data, bundle.result, lang))


def _absent(section: Section, sentences: Mapping[str, Any], lang: Language) -> list[Part]:
    from IPython.display import Markdown

    from airq.reports import tables

    text = str(sentences.get(lang, ""))
    heading = Markdown(f"## {section.title(lang)}")
    if hasattr(tables, "paragraphs"):
        return [heading, tables.paragraphs([text], style="note")]
    return [heading, tables.Html(f'<p class="note">{escape(text)}</p>')]

"""What every kernel and worker would do first, done once before they are forked: caches filled, templates compiled.

Nothing here may start a thread; see :mod:`airq.reports.forkserver`.
"""

from __future__ import annotations

import contextlib

__all__ = ["warm"]


def warm() -> None:
    """Fill the caches. It only saves time: a fault shows where a notebook or a page is made."""
    for step in (_sections, _figures, _pages, _pictures, _tables, _formats):
        with contextlib.suppress(Exception):
            step()


def _sections() -> None:
    """Import what computes and what shows each section, which a registry names and imports only on use."""
    from importlib import import_module
    from importlib.util import find_spec

    from airq.reports.sections import SECTIONS

    for section in SECTIONS:
        for name in (section.module, f"{section.module}_page"):
            if find_spec(name) is not None:
                import_module(name)


def _figures() -> None:
    from airq.figures import style

    style.warm()


def _pages() -> None:
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    from airq.reports.html import PageInfo, render
    from airq.reports.results import code_digest

    code_digest()
    shown = [new_output("display_data", data={f"text/{k}": "x"}) for k in ("html", "markdown", "plain")]
    book = new_notebook(cells=[new_markdown_cell("# a"), new_code_cell("1", outputs=shown)])
    nbformat.validate(book)
    nbformat.writes(book)
    render(book, PageInfo("a", "zh", [], ""))


def _pictures() -> None:
    from PIL import Image

    Image.init()


def _tables() -> None:
    from airq import places, standards
    from airq.reports import digests

    places.load()
    standards.limit("pm25", "annual", on="2026-06-01", area_class=2)
    digests.tables()


def _formats() -> None:
    from airq.reports import formats

    formats.warm()

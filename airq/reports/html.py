"""An executed notebook as one self-contained page: own template, no input cells, no outside link."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import nbformat

import airq
from airq.figures.labels import Language
from airq.reports.provenance import anchor

__all__ = [
    "FONT_MARK",
    "UNSEEN",
    "PageInfo",
    "linked",
    "message_page",
    "outside_links",
    "render",
    "with_font",
]

TEMPLATES: Final = Path(__file__).parent / "template"
FONT_MARK: Final = "/*airq-font*/"
NOTEBOOK_ONLY: Final = "notebook-only"
UNSEEN: Final = frozenset((NOTEBOOK_ONLY, "parameters", "injected-parameters"))
"""Tags of cells that no page shows."""
_LARGE: Final = 40_000
"""Bytes of a PNG above which more time is spent on making it smaller."""
_NUMBER: Final = re.compile(r'<a class="n( chip)?" href="#([^"]*)"( style="[^"]*")?>(.*?)</a>')


@dataclass(frozen=True)
class PageInfo:
    """What a page says beside the notebook's own output.

    Attributes
    ----------
    title : str
    lang : {"zh", "en"}
    links : sequence of (text, relative address)
    footer : str
    rows : str
        Page of the rows that numbers link to; see :mod:`airq.reports.provenance`. Empty for no links.
    """

    title: str
    lang: Language
    links: Sequence[tuple[str, str]]
    footer: str
    rows: str = ""

    def resources(self) -> dict[str, Any]:
        """Variables of the template."""
        return {
            "title": self.title,
            "html_lang": "zh-CN" if self.lang == "zh" else "en",
            "links": list(self.links),
            "footer": self.footer,
            "version": airq.__version__,
            "css": style_sheet(),
        }


@lru_cache(maxsize=1)
def style_sheet() -> str:
    """CSS of every page."""
    return (TEMPLATES / "page.css").read_text(encoding="utf-8")


def picture(png: str) -> str:
    """Address of a picture within a page: WebP without loss where that is the smaller, as a rule by a quarter.

    Parameters
    ----------
    png : str
        PNG in base64, as a notebook holds it.

    Returns
    -------
    str
        A ``data:`` address.
    """
    from PIL import Image, features

    data = base64.b64decode(png)
    if features.check("webp"):
        out = io.BytesIO()
        with Image.open(io.BytesIO(data)) as drawn:
            full = drawn.convert("RGBA" if "transparency" in drawn.info else "RGB")
            full.save(out, "WEBP", lossless=True, method=3, quality=25 if len(data) < _LARGE else 75)
        if len(out.getvalue()) < len(data):
            return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}"
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


@lru_cache(maxsize=1)
def _exporter() -> Any:
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = set(UNSEEN)
    made = HTMLExporter(
        config=config,
        template_name="airq",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=True,
        exclude_anchor_links=True,
    )
    made.register_filter(
        "highlight_code", lambda source, **_: source
    )  # named by the base template, never reached
    made.register_filter("picture", picture)
    return made


def render(notebook: nbformat.NotebookNode, info: PageInfo) -> str:
    """Page of an executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    info : PageInfo

    Returns
    -------
    str
        HTML with :data:`FONT_MARK` where the font goes.
    """
    from nbconvert.exporters.templateexporter import TemplateExporter

    # HTMLExporter's own method parses the page once more to look for pictures without a description; ours have one.
    body, _ = TemplateExporter.from_notebook_node(_exporter(), notebook, resources={"page": info.resources()})
    return linked(str(body), info.rows)


def linked(page: str, rows: str) -> str:
    """Page whose numbers link to their rows on another page, or to nothing if that is empty.

    Examples
    --------
    >>> linked('<a class="n" href="#changji.2026-10-03">35</a>', "changji.rows.en.html")
    '<a class="n" href="changji.rows.en.html#m3dbiilg">35</a>'
    >>> linked('<a class="n" href="#r1">35</a>', "")
    '35'
    """
    if rows:
        return _NUMBER.sub(
            lambda m: f'<a class="n{m[1] or ""}" href="{rows}#{anchor(m[2])}"{m[3] or ""}>{m[4]}</a>', page
        )
    return _NUMBER.sub(lambda m: f'<span class="chip"{m[3]}>{m[4]}</span>' if m[1] else m[4], page)


def with_section(page: str, section: str) -> str:
    """Page with a further section at the end of its text.

    Examples
    --------
    >>> with_section("<main><p>a</p></main>", "<p>b</p>")
    '<main><p>a</p><p>b</p></main>'
    """
    head, end, tail = page.rpartition("</main>")
    return f"{head}{section}{end}{tail}" if end else page


def message_page(paragraphs: Sequence[str], info: PageInfo, failed: bool = False) -> str:
    """Page that holds sentences only, such as why a report could not be made.

    Parameters
    ----------
    paragraphs : sequence of str
        Plain text.
    info : PageInfo
    failed : bool

    Returns
    -------
    str
    """
    from html import escape

    inner = "".join(f"<p>{escape(p)}</p>" for p in paragraphs)
    kind = "failed" if failed else "notice"
    section = f'<h1>{escape(info.title)}</h1><div class="{kind}">{inner}</div>'
    return with_section(render(nbformat.v4.new_notebook(), info), section)


def with_font(page: str, face: str) -> str:
    """Page with its font rule put in.

    Examples
    --------
    >>> with_font("<style>/*airq-font*/</style>", "@font-face{}")
    '<style>@font-face{}</style>'
    """
    return page.replace(FONT_MARK, face, 1)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "link", "object", "embed"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name in ("src", "href", "srcset", "data", "action") and (
                text.startswith(("http:", "https:", "//", "ftp:", "file:", "javascript:"))
                or text.startswith("/")
            ):
                self.found.append(str(value))
            if name == "style" and "url(" in text and "url(data:" not in text:
                self.found.append(str(value))


def outside_links(page: str) -> list[str]:
    """Addresses and elements by which a page would need something outside its folder.

    Parameters
    ----------
    page : str
        HTML.

    Returns
    -------
    list of str
        Empty for a self-contained page.

    Examples
    --------
    >>> outside_links('<a href="b.html">b</a><img src="https://x.org/a.png"><script></script>')
    ['https://x.org/a.png', '<script>']
    """
    parser = _Links()
    parser.feed(page)
    styles = page.split("<style>")[1:]
    imports = [s for s in styles if "@import" in s.split("</style>")[0]]
    return parser.found + ["@import"] * len(imports)

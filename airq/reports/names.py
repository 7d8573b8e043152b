"""Names of the files of a report in the folder of its period.

Examples
--------
>>> page_name("changji", "en"), file_name("changji"), index_name("zh")
('changji.en.html', 'data/changji.json', 'index.html')
"""

from __future__ import annotations

from airq.figures.labels import Language

__all__ = ["file_name", "index_name", "page_name"]


def page_name(place: str, lang: Language) -> str:
    """File of a report.

    Examples
    --------
    >>> page_name("changji", "en"), index_name("zh")
    ('changji.en.html', 'index.html')
    """
    return f"{place}.{lang}.html"


def file_name(place: str) -> str:
    """Results file of a report."""
    return f"data/{place}.json"


def index_name(lang: Language) -> str:
    """File of the index; the Chinese one opens first."""
    return "index.html" if lang == "zh" else f"index.{lang}.html"

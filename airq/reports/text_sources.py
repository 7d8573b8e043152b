"""Names of the documents that targets and measures come from, in the language of a page.

Examples
--------
>>> document_name("plan-15fyp", "en"), document_name("own-2027", "zh")
('plan 2026–2030', 'own-2027')
"""

from __future__ import annotations

import re
from typing import Final

from airq.figures.labels import Language, pick

__all__ = ["document_name", "documents_named", "source_name"]

_DOCUMENTS: Final[dict[str, tuple[str, str]]] = {
    "plan-2017": ("“两清两美一绿”行动2017年方案", "plan of action 2017"),
    "news-2023": ("2023年3月报道", "report in the news, March 2023"),
    "plan-15fyp": ("“十五五”生态环境保护规划", "plan 2026–2030"),
    "plan-12div": ("第十二师规划（2023—2035年）", "plan of the 12th Division 2023–2035"),
    "report-2025": ("昌吉市2025年政府工作报告", "government report of Changji City 2025"),
}


def document_name(document: str, lang: Language) -> str:
    """Name of a document of the register; its id where it has none here."""
    return pick(_DOCUMENTS.get(document, (document, document)), lang)


def source_name(source: str, lang: Language) -> str:
    """Source of a target with the name of its document instead of the id; in English without the place in it.

    Examples
    --------
    >>> source_name("plan-15fyp, 第六章", "zh"), source_name("plan-15fyp, 第六章", "en")
    ('“十五五”生态环境保护规划，第六章', 'plan 2026–2030')
    >>> source_name("GB 3095-2026, 4.4 表1", "zh"), source_name("GB 3095-2026, 4.4 表1", "en")
    ('GB 3095—2026，4.4 表1', 'GB 3095-2026, 4.4, table 1')
    """
    document, _, at = source.partition(", ")
    if document in _DOCUMENTS:
        name = document_name(document, lang)
        return f"{name}，{at}" if lang == "zh" and at else name
    if lang == "zh":
        dashed = re.sub(r"\b((?:GB|HJ)(?:/T)? ?\d+)-(?=\d{4})", r"\1—", source)
        return dashed.replace(", ", "，")
    return re.sub(r"[ ,]*表\s*(\d+)", r", table \1", source)


def documents_named(words: str, lang: Language) -> str:
    """A sentence with the names of documents instead of their ids.

    Examples
    --------
    >>> documents_named("plan-15fyp, chapter 1, says nothing.", "en")
    'plan 2026–2030, chapter 1, says nothing.'
    """
    for document in _DOCUMENTS:
        words = words.replace(document, document_name(document, lang))
    return words

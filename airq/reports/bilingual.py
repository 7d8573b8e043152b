r"""A notebook's own text in one language: headings hold both apart by `` · ``, each paragraph is in one.

Examples
--------
>>> spoken_text("## 目标 · Targets", "en"), spoken_text("同一组抽样。\n\nThe same draws.", "zh")
('## Targets', '同一组抽样。')
>>> spoken_text("从天数，\n再到目标。", "zh")
'从天数，再到目标。'
"""

from __future__ import annotations

import re
from typing import Final

import nbformat

from airq.figures.labels import Language

__all__ = ["in_language", "spoken_text"]

_HAN: Final = re.compile("[\u4e00-\u9fff]")
_CUT: Final = re.compile(
    "(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])\n(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])"
)
"""A line that ends within Chinese: on a page it would leave a space."""
_MOSTLY: Final = 0.2
"""Share of Chinese characters above which a paragraph is Chinese: an English one may cite a Chinese word."""


def spoken_text(text: str, lang: Language) -> str:
    """The paragraphs and headings of a bilingual Markdown text in one language.

    Parameters
    ----------
    text : str
    lang : {"zh", "en"}
    """
    kept = []
    for part in re.split(r"\n\s*\n", re.sub(r"(?m)^(#+ .*)$", r"\1\n\n", text).strip()):
        if part.startswith("#"):
            head, _, other = part.partition(" · ")
            marks = head.split(" ", 1)[0]
            kept.append(head if lang == "zh" or not other else f"{marks} {other}")
        elif (len(_HAN.findall(part)) > _MOSTLY * len(part)) == (lang == "zh"):
            kept.append(_CUT.sub("", part))
    return "\n\n".join(kept)


def in_language(notebook: nbformat.NotebookNode, lang: Language) -> nbformat.NotebookNode:
    """A copy of a notebook whose text cells are in one language.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Not changed.
    lang : {"zh", "en"}
    """
    made = nbformat.from_dict(notebook)
    made.cells = [nbformat.from_dict(cell) for cell in notebook.cells]
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = spoken_text(cell.source, lang)
    return made

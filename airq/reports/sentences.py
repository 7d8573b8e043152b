"""Sentences of analyses in the language of a page: notes, warnings, reasons, refusals.

Analyses speak English. A sentence that carries its own Chinese (:class:`airq.texts.Note`) has it first; the others are
looked up in :mod:`airq.reports.sentences_zh`, with the numbers and names of the sentence put in.

Examples
--------
>>> said("1,752 rows without a time are left out.", "zh"), said("Donor fukang is left out: it is treated too.", "zh")
('略去1,752行没有时间的记录。', '对照地阜康市略去：也有这项措施。')
>>> said("Before: 3 hours without wind speed are left out.", "en")
'Before: 3 hours without wind speed are left out.'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any, Final

from airq import places
from airq.figures.direction_words import symbol
from airq.figures.episodes_words import short_name
from airq.figures.labels import Language
from airq.reports.sentences_zh import CHINESE
from airq.reports.tables import Html
from airq.texts import items, spoken
from airq.variables import POLLUTANTS, WEATHER

__all__ = ["listed", "note", "said", "translated"]

_PARTS: Final = {"Before": "前", "After": "后", "All": "全部"}
"""Words before a colon that are no names of sites."""
_PLACED: Final = re.compile(r"\b([Dd]onor|[Ss]ite|weeks of) ([a-z][a-z0-9-]+)(?=[ .,;:]|$)")
"""Words of an English sentence after which a site stands."""
_STOPS: Final = ".;。；"


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[list[str], str]]:
    """Own words of each pattern, those with most of them first, so that the particular goes before the general."""
    order = sorted(CHINESE, key=lambda text: -len(text.replace("{}", "")))
    return [(en.split("{}"), CHINESE[en]) for en in order]


def _parts(words: list[str], text: str) -> list[str] | None:
    """What stands between the words of a pattern, None where the text is not of it."""
    if not text.startswith(words[0]) or not text.endswith(words[-1]):
        return None
    at, out = len(words[0]), list[str]()
    for k, word in enumerate(words[1:], 1):
        last = k == len(words) - 1
        spot = len(text) - len(word) if last else text.find(word, at + 1)
        if spot <= at:
            return None
        out.append(text[at:spot])
        at = spot + len(word)
    return out if at == len(text) else None


def _name(part: str) -> str:
    """What stands in a sentence for a place, a pollutant, a variable, or a sentence of its own."""
    if ", " in part and " " not in part.replace(", ", ""):
        return "、".join(_name(p) for p in part.split(", "))
    if part in POLLUTANTS:
        return symbol(part)
    if part in WEATHER:
        return short_name(part, "zh")
    if re.fullmatch(r"[a-z][a-z0-9-]+", part) and (place := places.find(part)) is not None:
        return place.name("zh")
    # Several sentences after a colon stand one after the other.
    pieces = [p for p in re.split(r"(?<=[.])\s+(?=[A-Z0-9])|;\s+", part) if p]
    done = [translated(p) for p in pieces]
    if pieces and all(done):
        return "；".join(str(d).rstrip(_STOPS) for d in done)
    if whole := translated(part):
        return whole.rstrip(_STOPS)
    return re.sub(r"^-(?=\d)", "−", part)


def translated(sentence: str) -> str | None:
    """Chinese of an English sentence, None where there is none.

    Examples
    --------
    >>> translated("urumqi: 4 days without weather are left out."), translated("what is this")
    ('乌鲁木齐市：略去4天没有气象的日子。', None)
    """
    text = sentence.strip()
    bare = text.rstrip(".")
    head, colon, rest = text.partition(": ")
    if colon and re.fullmatch(r"[\w-]+", head) and (inner := translated(rest)):
        return f"{_PARTS.get(head) or _name(head)}：{inner}"
    for words, chinese in _patterns():
        if (found := _parts(words, bare)) is not None:
            done = chinese.format(*(_name(g) for g in found))
            return done + ("。" if text.endswith(".") and not done.endswith("。") else "")
    return None


def _with_name(found: re.Match[str]) -> str:
    """A site in an English sentence by the name of its place, where its id is that of one."""
    place = places.find(found[2])
    return found[0] if place is None else f"{found[1]} {place.name('en')}"


def said(sentence: Any, lang: Language) -> str:
    """A note, reason or error in a language; English where the table does not know it.

    Parameters
    ----------
    sentence : str or Exception
    lang : {"zh", "en"}
    """
    text = spoken(sentence, lang)
    if lang == "en":
        return _PLACED.sub(_with_name, text)
    if text != spoken(sentence, "en"):
        return text
    return translated(text) or text


def listed(sentences: Iterable[Any], lang: Language) -> list[Html]:
    """Notes as a list in HTML, each once; nothing without any."""
    texts = list(dict.fromkeys(said(s, lang) for s in sentences))
    ended = [t if t[-1:] in ".。！？" else t + ("。" if lang == "zh" else ".") for t in texts if t]
    return [Html(f'<ul class="note">{items(ended)}</ul>')] if ended else []


def note(lead: tuple[str, str], error: Any, lang: Language) -> Html:
    """A part of a page that is left out, with the reason.

    Parameters
    ----------
    lead : (str, str)
        What comes before the reason, Chinese and English, such as ``("略去：", "Left out: ")``.
    error : str or Exception
    lang : {"zh", "en"}
    """
    return Html(f'<p class="note">{lead[0 if lang == "zh" else 1]}{escape(said(error, lang))}</p>')

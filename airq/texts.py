"""Texts of strangers made harmless: for terminals and sentences, and for cells of a spreadsheet.

Names of stations and files come from downloads. On a terminal a control character moves the cursor or sets the title;
in a spreadsheet a text that begins like a formula is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any
from unicodedata import category

__all__ = ["Note", "items", "neutral", "shown", "spoken"]

# A spreadsheet may split a line at another delimiter than ours, so that a formula could begin within a cell.
_FORMULA = re.compile(r"(^|[;,|\t\r\n])(?=\s*[=+\-@＝＋－＠\t\r\n])")


class Note(str):
    """A sentence in English that carries its Chinese counterpart to the page.

    Parameters
    ----------
    en : str
    zh : str
        Empty where there is none; the page then has the English one.

    Examples
    --------
    >>> made = Note("no gap", "无缺口")
    >>> made, made.zh, spoken(made, "zh"), spoken("as it is", "zh")
    ('no gap', '无缺口', '无缺口', 'as it is')
    """

    zh: str

    def __new__(cls, en: str, zh: str = "") -> Note:
        """The English text as the value, the Chinese one beside it."""
        made = super().__new__(cls, en)
        made.zh = zh
        return made


def spoken(sentence: Any, lang: str) -> str:
    """A sentence in a language; that of an error is its message.

    Examples
    --------
    >>> spoken(ValueError(Note("no data", "无数据")), "zh")
    '无数据'
    """
    said = sentence.args[0] if isinstance(sentence, Exception) and sentence.args else sentence
    return (getattr(said, "zh", "") if lang == "zh" else "") or str(said)


def neutral(text: str) -> str:
    r"""Text that no spreadsheet takes for a formula: an apostrophe before each possible beginning of one.

    Examples
    --------
    >>> neutral("=cmd|' /C calc'!A0"), neutral("a;@SUM(1)"), neutral("昌吉 1-2")
    ("'=cmd|' /C calc'!A0", "a;'@SUM(1)", '昌吉 1-2')
    """
    return _FORMULA.sub(r"\1'", text)


def shown(text: object) -> str:
    r"""A path or sentence that any terminal, JSON file or page can hold, in one line.

    File names need not be UTF-8: Chinese names unpacked from an old zip archive are GBK, and are shown as such.

    Examples
    --------
    >>> shown("昌吉.csv"), shown("a\nb\x1b[2J.csv")
    ('昌吉.csv', 'a\\x0ab\\x1b[2J.csv')
    >>> shown(b"\xb2\xfd\xbc\xaa.csv".decode("utf-8", "surrogateescape"))
    '昌吉.csv'
    """
    name = str(text)
    if not name.isascii():
        blob = name.encode("utf-8", "surrogateescape" if _escaped(name) else "replace")
        try:
            name = blob.decode("utf-8")
        except UnicodeDecodeError:
            name = blob.decode("gb18030", "backslashreplace")
    return "".join(c if c.isprintable() or category(c) == "Zs" else f"\\x{ord(c):02x}" for c in name)


def items(sentences: Iterable[str]) -> str:
    """Sentences as the items of a list in HTML.

    Examples
    --------
    >>> items(["3 < 5", "no gap"])
    '<li>3 &lt; 5</li><li>no gap</li>'
    """
    return "".join(f"<li>{escape(s)}</li>" for s in sentences)


def _escaped(name: str) -> bool:
    """Whether all lone surrogates stand for bytes of a file name."""
    return all("\udc80" <= c <= "\udcff" for c in name if "\ud800" <= c <= "\udfff")

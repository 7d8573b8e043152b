"""Numbers as official Chinese texts write them: 132,000, 13.2万, 十三万二千, 2×30, 1.2e-4.

A number is read exactly (a fraction), so that 13.2万 is 132000 and not a binary neighbour of it.

Examples
--------
>>> leading_number("十三万二千户")
(Fraction(132000, 1), '户')
>>> leading_number("13.2万户")
(Fraction(132000, 1), '户')
>>> leading_number("2×30蒸吨")
(Fraction(60, 1), '蒸吨')
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Final

from airq.errors import UnitError

__all__ = ["MULTIPLIERS", "leading_number", "normalise", "shown"]

MULTIPLIERS: Final = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
"""Characters that multiply what stands before them."""

_DIGITS: Final = {**dict(zip("零一二三四五六七八九", range(10), strict=True)), "〇": 0, "两": 2}
_BIG: Final = 10**4
# Groups of three are parted by a comma or a narrow space; a plain space could part two numbers.
_ARABIC: Final = re.compile(
    r"(?:\d{1,3}(?:[,\u2009\u202f]\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,3}(?![A-Za-z\d]))?"
)
_BLANKS: Final = re.compile(r"[^\S\u2009]+|[\x00-\x1f\x7f-\x9f]+")
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_NARROW: Final = {
    0x2009: "\ue000",
    0x202F: "\ue000",
    0xA0: "\ue000",
}  # NFKC would turn them into plain spaces


def normalise(text: str) -> str:
    """Plain spelling: full-width signs, squared characters, dashes and tildes brought to one form each.

    Examples
    --------
    >>> normalise("１，４０２　台"), normalise("4.5–6.5 t/㎡")
    ('1,402 台', '4.5-6.5 t/m2')
    """
    plain = unicodedata.normalize("NFKC", str(text).translate(_NARROW))
    plain = plain.replace("\ue000", "\u2009").translate(_DASHES).replace("\u301c", "~")
    return _BLANKS.sub(" ", plain).strip()


def shown(text: str) -> str:
    """A text as a message shows it: on one line, not longer than a cell of a table.

    Examples
    --------
    >>> shown("688 台"), len(shown("9" * 500))
    ('688 台', 41)
    """
    plain = normalise(text)
    return plain if len(plain) <= 40 else f"{plain[:40]}…"


def _fail(text: str, why: str) -> UnitError:
    return UnitError(f"'{shown(text)}' is not a number: {why}; write it in digits, such as 132000 or 13.2万.")


class _Numeral:
    """Running value of one numeral: digits and multipliers from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.total = Fraction(0)
        self.section = Fraction(0)  # what stands below the last 万 or 亿
        self.digit: Fraction | None = None
        self.smallest = 10**9  # last multiplier inside the section; they fall from left to right
        self.exact = True  # a 零, or nothing before: a digit that follows stands for itself
        self.empty = True

    def take_digit(self, value: Fraction, plain: bool) -> None:
        if self.digit is not None:
            raise _fail(self.text, "two numbers follow each other")
        if plain and not self.empty and not self.exact and value * 10 < self.smallest and self.smallest > 10:
            raise _fail(self.text, "what follows the last multiplier can be read in two ways")
        self.digit, self.empty = value, False

    def can_multiply(self, by: int) -> bool:
        """Whether a multiplier has a number before it; else it belongs to the unit (3万 千瓦)."""
        if self.empty:
            return by == 10
        if by == MULTIPLIERS["亿"]:
            return True
        return self.digit is not None or (by == _BIG and self.section > 0)

    def multiply(self, by: int) -> None:
        if by < _BIG:
            if by >= self.smallest:
                raise _fail(self.text, "its multipliers do not fall")
            self.section += (Fraction(1) if self.digit is None else self.digit) * by
            self.smallest = by
        else:
            part = self.section + (self.digit or 0)
            self.total = self.total + part * by if by == _BIG else (self.total + part) * by
            self.section, self.smallest = Fraction(0), by
        self.digit, self.exact, self.empty = None, False, False

    def value(self) -> Fraction:
        tail = self.digit or Fraction(0)
        return self.total + self.section + tail


def _decimals(text: str, start: int) -> tuple[Fraction, int]:
    end, value, scale = start, Fraction(0), Fraction(1, 10)
    while end < len(text) and text[end] in _DIGITS:
        value += _DIGITS[text[end]] * scale
        scale /= 10
        end += 1
    if end == start:
        raise _fail(text, "no digit follows 点")
    return value, end


def _numeral(text: str) -> tuple[Fraction, int]:
    """Value of the longest numeral at the start of ``text`` and where it ends."""
    state, at, arabic = _Numeral(text), 0, False
    while at < len(text):
        sign = text[at]
        if found := _ARABIC.match(text, at):
            number = Fraction(found[0].replace(",", "").replace("\u2009", ""))
            at, arabic = found.end(), True
            state.take_digit(number, plain=text[at : at + 1] not in MULTIPLIERS)
            if re.match(r"[,.\u2009]?\d|\.", text[at:]):
                raise _fail(text, "its digits are not grouped by three")
        elif sign in _DIGITS:
            if _DIGITS[sign] == 0 and state.digit is None and not state.empty:
                state.exact = True
            else:
                state.take_digit(Fraction(_DIGITS[sign]), plain=text[at + 1 : at + 2] not in MULTIPLIERS)
            at, arabic = at + 1, False
        elif sign == "点" and state.digit is not None and not arabic:
            decimals, at = _decimals(text, at + 1)
            state.digit += decimals
        elif sign in MULTIPLIERS:
            if not state.can_multiply(MULTIPLIERS[sign]):
                break  # 万吨 is a unit, not a number
            state.multiply(MULTIPLIERS[sign])
            at += 1
        elif sign == " " and text[at + 1 : at + 2] in MULTIPLIERS and not state.empty:
            at += 1  # 13.2 万户
        else:
            break
    if state.empty:
        if not text:
            raise UnitError("the quantity is empty; write a number and a unit, such as 688 台.")
        raise _fail(text, "it does not start with one")
    return state.value(), at


def leading_number(text: str) -> tuple[Fraction, str]:
    """Number at the start of a text and what follows it.

    Digits with separators by three, decimals, powers of ten, Chinese numerals and multipliers, and sums and
    products of them (``2×30+35``).

    Parameters
    ----------
    text : str

    Returns
    -------
    (fractions.Fraction, str)
        Exact value; the rest without surrounding blanks.

    Raises
    ------
    UnitError
        If there is no number or it can be read in two ways (一万三: 10003 or 13000).

    Examples
    --------
    >>> leading_number("1,402 台"), leading_number("-1.983 Mt")
    ((Fraction(1402, 1), '台'), (Fraction(-1983, 1000), 'Mt'))
    >>> leading_number("一万三户")
    Traceback (most recent call last):
    airq.errors.UnitError: '一万三户' is not a number: what follows the last multiplier can be read in two ways; ...
    """
    rest = normalise(text)
    sign = -1 if rest.startswith("-") else 1
    rest = rest[1:].lstrip() if rest[:1] in ("-", "+") else rest
    value, at = _numeral(rest)
    total, factor = Fraction(0), sign * value
    rest = rest[at:].lstrip()
    while found := re.match(rf"([×*+]|x(?=\s*\d))\s*(?=[\d{''.join(_DIGITS)}十])", rest):
        value, at = _numeral(rest[found.end() :])
        if found[1] == "+":
            total, factor = total + factor, value
        else:
            factor *= value
        rest = rest[found.end() + at :].lstrip()
    return total + factor, rest

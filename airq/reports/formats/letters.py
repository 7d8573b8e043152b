"""Small things that several formats share: numerals of headings, printed numbers read back.

Examples
--------
>>> numeral(3, "zh"), numeral(12, "zh"), numeral(3, "en")
('三、', '十二、', '3  ')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from airq.figures.labels import Language

__all__ = ["PrintedNumber", "numeral", "printed_number"]

_DIGITS: Final = "〇一二三四五六七八九"
_NUMBER: Final = re.compile(r"([+\-−]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(%?)")


def numeral(count: int, lang: Language) -> str:
    """Number before a heading of the first level, as GB/T 9704 has it in Chinese.

    Parameters
    ----------
    count : int
        From 1 to 99.
    lang : {"zh", "en"}

    Returns
    -------
    str
    """
    if lang == "en":
        return f"{count}  "
    tens, ones = divmod(count, 10)
    lead = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return f"{lead}{_DIGITS[ones] if ones else ''}、"


@dataclass(frozen=True)
class PrintedNumber:
    """A printed number as a spreadsheet holds it.

    Attributes
    ----------
    value : float or int
    form : str
        Number format that prints it as it was printed.
    """

    value: float | int
    form: str


def printed_number(words: str) -> PrintedNumber | None:
    """Number that a cell prints; None where it is anything else.

    Parameters
    ----------
    words : str

    Returns
    -------
    PrintedNumber or None

    Examples
    --------
    >>> printed_number("+1,234.50"), printed_number("85.2%"), printed_number("−3")
    (PrintedNumber(value=1234.5, form='+#,##0.00;−#,##0.00;#,##0.00'), PrintedNumber(value=0.852, form='0.0%'), PrintedNumber(value=-3, form='0;−0;0'))
    >>> printed_number("12天") is None, printed_number("–") is None, printed_number("0652301") is None
    (True, True, True)
    """
    found = _NUMBER.fullmatch(words.strip())
    if not found:
        return None
    sign, whole, decimals, percent = found.groups()
    digits = whole.replace(",", "")
    if len(digits) > 15 or (len(digits) > 1 and digits[0] == "0"):  # a code, not a number
        return None
    size = float(f"{digits}.{decimals}") if decimals else int(digits)
    if percent:
        size = round(size / 100, len(decimals or "") + 4)
    places = f".{'0' * len(decimals)}" if decimals else ""
    form = ("#,##0" if "," in whole else "0") + places + percent
    if sign == "+":
        form = f"+{form};−{form};{form}"
    elif sign == "−":
        form = f"{form};−{form};{form}"
    return PrintedNumber(-size if sign in ("-", "−") else size, form)

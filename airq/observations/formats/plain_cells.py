"""Numbers of many cells at once, where the cells hold nothing but a few digits.

Nearly every line of an archive is of this kind. Whatever else stands in a cell (a sign, an exponent, a blank, a word
for "no value", a long number) is left to the careful readers, which say what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["numbers"]

_DIGITS: Final = 4  # so that a number fits 16 bits, the width that is read fastest
_LINES: Final = 16  # read together: their arrays stay in the processor's cache


def numbers(lines: Sequence[bytes], width: int) -> npt.NDArray[np.float32] | None:
    """Numbers of lines of plain cells, as :class:`float` would read them.

    Parameters
    ----------
    lines : sequence of bytes
        Cells with a comma between them.
    width : int
        Cells in every line.

    Returns
    -------
    float32 array, shape (line, cell), or None
        NaN for an empty cell; None if some cell is not empty, a whole number, or a number with one decimal, of up to
        four digits.

    Examples
    --------
    >>> numbers([b"12,,3", b"0.4,5,60"], 3).tolist()
    [[12.0, nan, 3.0], [0.4000000059604645, 5.0, 60.0]]
    >>> numbers([b"12,-,3"], 3) is None
    True
    """
    out = np.empty((len(lines), width), np.float32)
    whole, pointed = (
        [i for i, line in enumerate(lines) if (b"." in line) == point] for point in (False, True)
    )
    for group in (whole, pointed):
        for first in range(0, len(group), _LINES):
            part = group[first : first + _LINES]
            read = _read(b"".join([b"," + lines[i] for i in part]) + b",")
            if read is None or read.size != len(part) * width:
                return None
            out[part] = read.reshape(-1, width)
    return out


def _read(text: bytes) -> npt.NDArray[np.float32] | None:
    """Numbers between the commas of a text that begins and ends with one."""
    tenths = None
    if b"." in text:
        tenths = _tenths(np.frombuffer(text, np.uint8))
        if tenths is None:
            return None
        text = text.replace(b".", b"")
    letters = np.frombuffer(text, np.uint8)
    comma = letters == ord(",")
    value = letters - np.uint8(ord("0"))
    digit = value < 10
    commas = np.flatnonzero(comma)
    if len(commas) + np.count_nonzero(digit) != len(letters) or np.diff(commas).max() > _DIGITS + 1:
        return None
    one = digit.astype(np.uint16)
    own = value * one
    total = own.copy()  # of the number that ends at each letter, as far as one digit goes back
    for _ in range(_DIGITS - 1):  # one digit farther
        total[1:] = (total[:-1] * np.uint16(10) + own[1:]) * one[1:]
    total += one  # so that 0 says that there is no number
    found = total[commas[1:] - 1]
    out = np.where(found > 0, found, np.float32(np.nan)) - np.float32(1)
    if tenths is not None:
        out[tenths] /= np.float32(10)  # both exact, so the quotient is the nearest number
    return out


def _tenths(letters: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp] | None:
    """Which cells have one decimal; None if a point stands anywhere else."""
    commas, points = (np.flatnonzero(letters == ord(c)) for c in ",.")
    cells = np.flatnonzero(letters[commas[1:] - 2] == ord("."))
    placed = len(cells) == len(points) and (letters[points + 1] != ord(",")).all()
    return cells if placed else None

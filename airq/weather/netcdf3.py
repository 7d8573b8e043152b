"""The header of a NetCDF3 file, read only to hold the file's length against it.

The format has no checksums, so its length is all that shows a file that was cut or into which bytes were put: every
value behind such a place would be another one. Layout: NetCDF Classic Format Specification, Unidata.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airq.errors import FileRejected

__all__ = ["check_length", "expected_length"]

_DIMENSION: Final = 10
_VARIABLE: Final = 11
_ATTRIBUTE: Final = 12
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8}
_HEADER: Final = 4_000_000  # bytes; a header of a file of fields has a few thousand
_STREAMING: Final = 0xFFFFFFFF


@dataclass
class _Header:
    """Cursor over the bytes of a header."""

    data: bytes
    at: int = 4

    def number(self, width: int = 4) -> int:
        if self.at + width > len(self.data):
            raise ValueError("the header ends early")
        value = int.from_bytes(self.data[self.at : self.at + width], "big")
        self.at += width
        return value

    def skip(self, count: int) -> None:
        self.at += -(-count // 4) * 4
        if self.at > len(self.data):
            raise ValueError("the header ends early")

    def items(self, tag: int) -> int:
        """Number of entries of a list, whose tag comes first."""
        found, count = self.number(), self.number()
        if found not in (0, tag) or (found == 0 and count):
            raise ValueError("a list of the header has no known tag")
        return count

    def attributes(self) -> None:
        for _ in range(self.items(_ATTRIBUTE)):
            self.skip(self.number())
            kind = self.number()
            if kind not in _SIZES:
                raise ValueError("an attribute has no known type")
            self.skip(self.number() * _SIZES[kind])


def expected_length(data: bytes) -> int | None:
    r"""Bytes that a file should have, without the padding at its very end; None for a file that is still written to.

    Parameters
    ----------
    data : bytes
        The beginning of the file, with the whole header.

    Raises
    ------
    ValueError
        A damaged header.

    Examples
    --------
    >>> import struct
    >>> none = bytes(8)
    >>> header = b"CDF\x01" + bytes(4) + struct.pack(">3I4sI", 10, 1, 1, b"x", 3) + none
    >>> one = struct.pack(">3I4s2I", 11, 1, 1, b"v", 1, 0) + none + struct.pack(">3I", 5, 12, 80)
    >>> len(header + one), expected_length(header + one)
    (80, 92)
    """
    header = _Header(data)
    wide = data[3] == 2
    records = header.number()
    lengths = []
    for _ in range(header.items(_DIMENSION)):
        header.skip(header.number())
        lengths.append(header.number())
    header.attributes()
    end = 0
    in_records: list[tuple[int, int]] = []
    for _ in range(header.items(_VARIABLE)):
        header.skip(header.number())
        shape = [lengths[header.number()] for _ in range(header.number())]
        header.attributes()
        kind = header.number()
        header.number()  # the stated size is capped for large variables, so it is computed
        begin = header.number(8 if wide else 4)
        if kind not in _SIZES:
            raise ValueError("a variable has no known type")
        size = _SIZES[kind]
        for length in shape[1:] if shape and shape[0] == 0 else shape:
            size *= length
        if shape and shape[0] == 0:
            in_records.append((begin, size))
        else:
            end = max(end, begin + size)
    if in_records:
        if records == _STREAMING:
            return None
        alone = len(in_records) == 1  # a single record variable is not padded
        step = in_records[0][1] if alone else sum(-(-size // 4) * 4 for _, size in in_records)
        if records:
            end = max(end, *(begin + (records - 1) * step + size for begin, size in in_records))
    return max(end, header.at)


def check_length(path: Path) -> None:
    """Refuse a NetCDF3 file that has another length than its header says.

    Raises
    ------
    FileRejected
    """
    with path.open("rb") as stream:
        data = stream.read(_HEADER)
    have = path.stat().st_size
    try:
        want = expected_length(data)
    except (ValueError, IndexError, OverflowError) as error:
        raise FileRejected(f"{path}: damaged or no NetCDF ({error}); fetch the file again.") from error
    if want is None or want <= have <= want + 3:
        return
    what = "shorter" if have < want else "longer"
    raise FileRejected(
        f"{path}: damaged: {abs(have - want):,} bytes {what} than its header says; fetch the file again."
    )

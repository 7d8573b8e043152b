"""Numbers of plain cells are those of the careful readers, bit for bit; any other cell is left to them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq.observations.formats.archive_layout import _marked
from airq.observations.formats.plain_cells import numbers

plain = st.one_of(
    st.just(b""),
    st.from_regex(rb"[0-9]{1,4}", fullmatch=True),
    st.from_regex(rb"[0-9]{0,3}\.[0-9]", fullmatch=True),
)


def nearest(cell: bytes) -> np.float32:
    """The 32-bit number nearest to a decimal one, found without a division of 32-bit numbers."""
    exact = Fraction(cell.decode() if not cell.startswith(b".") else "0" + cell.decode())
    near = np.float32(float(exact))
    around = (np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf)))
    return min(around, key=lambda x: abs(Fraction(float(x)) - exact))


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(plain, min_size=n, max_size=n), min_size=1, max_size=40)
    )
)
def test_plain_cells_are_read_to_the_bit(cells: list[list[bytes]]) -> None:
    lines, width = [b",".join(line) for line in cells], len(cells[0])
    found = numbers(lines, width)
    assert found is not None and found.dtype == np.float32
    for i, line in enumerate(cells):
        for j, cell in enumerate(line):
            assert np.isnan(found[i, j]) if not cell else found[i, j] == nearest(cell)
    np.testing.assert_array_equal(found, _marked(lines, width))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("0123456789.,-+eE \tNAx\"'", max_size=8), min_size=1, max_size=6))
def test_what_is_read_is_what_the_careful_reader_reads(texts: list[str]) -> None:
    line = ",".join(texts).encode()
    width = line.count(b",") + 1
    found = numbers([line], width)
    if found is not None:
        np.testing.assert_array_equal(found, _marked([line], width))


@pytest.mark.parametrize(
    "cell", [b"12345", b"1.25", b".", b"5.", b"1.2.3", b"-1", b"+1", b"1e3", b" 7", b"7 ", b"NA", b"0x1f", b"\xb2", b"1\n2"]
)  # fmt: skip
def test_other_cells_are_left_to_the_careful_reader(cell: bytes) -> None:
    assert numbers([b"1," + cell + b",3"], 3) is None
    assert numbers([b"1,2.5," + cell], 3) is None
    assert numbers([cell + b",2.5,"], 3) is None


def test_every_possible_number() -> None:
    cells = [str(i).encode() for i in range(10_000)]
    np.testing.assert_array_equal(numbers([b",".join(cells)], 10_000), [np.arange(10_000, dtype=np.float32)])
    tenths = [f"{i / 10:.1f}".encode() for i in range(10_000)]
    wanted = [np.array([float(c) for c in tenths]).astype(np.float32)]
    np.testing.assert_array_equal(numbers([b",".join(tenths)], 10_000), wanted)


def test_lines_that_are_too_short() -> None:
    assert numbers([b"1,2", b"3"], 2) is None

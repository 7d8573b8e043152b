"""What the C library does with memory that is freed, where it can be asked (glibc)."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any, Final

__all__ = ["keep", "release"]

_TRIM_THRESHOLD: Final = -1  # numbers of options from malloc.h
_MMAP_THRESHOLD: Final = -3
_KEPT: Final = 64_000_000


def release() -> None:
    """Give memory that is free inside this process back to the system.

    The C library keeps what was freed between two blocks in use. Year after year that adds up, and the processes that
    read the next files begin with a copy of it.

    Examples
    --------
    >>> release()
    """
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    if trim := _function("malloc_trim"):
        trim(0)


def keep() -> None:
    """Keep what this process frees for what it needs next, up to some 64 MB.

    For a process that does the same with one file after the other: to ask the system for each array anew and to have
    it filled with zeros takes a tenth of its time.
    """
    if option := _function("mallopt"):
        option(_MMAP_THRESHOLD, _KEPT)
        option(_TRIM_THRESHOLD, _KEPT)


def _function(name: str) -> Callable[..., Any] | None:
    """A function of glibc; None with another C library."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None

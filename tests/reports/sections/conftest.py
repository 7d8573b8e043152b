"""Fixtures of ``tests/small_archive.py``."""

from small_archive import make_archive, small_archive

__all__ = ["make_archive", "small_archive"]

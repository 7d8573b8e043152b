"""Fixtures of ``tests/small_archive.py``."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "small_archive", Path(__file__).resolve().parents[1] / "small_archive.py"
)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

small_archive = _module.small_archive
make_archive = _module.make_archive

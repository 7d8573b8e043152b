"""Digests of what a page rests on beside the numbers: notebook, settings, files they name, parameter tables.

Examples
--------
>>> len(tables())
64
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airq import options
from airq.reports.parameters import Settings, named_files

__all__ = ["file", "page", "register_key", "tables"]

_HOW = ("places", "languages", "jobs", "timeout", "notebook_timeout", "memory", "retries", "notebook")
"""Settings that say how a report is made, not what is in it."""


def file(path: Path) -> str:
    """Digest of a file's content; of its name if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return f"unreadable {path.name}"


def tables() -> str:
    """Digest of the parameter files and small inputs that a user edits: ``params/`` and ``data/raw/``."""
    digest = hashlib.sha256()
    for root in (options.params_dir(), options.raw_dir()):
        for found in sorted(p for p in root.rglob("*") if p.is_file()) if root.is_dir() else []:
            if found != options.params_dir() / "reports.yaml":  # its entries count one by one
                digest.update(f"{found.relative_to(root).as_posix()} {file(found)}\n".encode())
    return digest.hexdigest()


def register_key(path: Any = None) -> str:
    """What a page rests on of the register of targets: its text, or nothing where there is none."""
    file = options.params_dir() / "targets.yaml" if path is None else path
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def page(settings: Settings, notebook: Path, languages: Sequence[str]) -> str:
    """Digest of what every page of a run shares.

    Parameters
    ----------
    settings : Settings
    notebook : pathlib.Path
    languages : sequence of str
        Each page links to those of the other languages.
    """
    what = {k: v for k, v in settings.model_dump().items() if k not in _HOW}
    named = [file(path) for _, path in named_files(settings)]
    parts = [file(notebook), "+".join(languages), json.dumps(what, sort_keys=True), tables(), *named]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

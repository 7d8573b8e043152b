"""JSON that real services write: NaN tokens, doubled keys, deep or damaged structure."""

from __future__ import annotations

import json
from typing import Any

from airq.errors import FileRejected
from airq.observations.files import RawFile

__all__ = ["cell", "is_json", "load"]


def is_json(raw: RawFile) -> bool:
    """Whether the content starts like a JSON document."""
    return raw.kind == "text" and raw.data[:200].lstrip()[:1] in (b"{", b"[")


def load(raw: RawFile) -> Any:
    """The document, with NaN and Infinity tokens as missing values.

    Raises
    ------
    FileRejected
        If it is no JSON, or nested too deeply.

    Examples
    --------
    >>> from pathlib import Path
    >>> from airq.observations.issues import Issues
    >>> raw = RawFile(Path("a.json"), b'{"v": NaN}', "text", "", False, Issues())
    >>> load(raw), raw.issues[0].text
    ({'v': None}, '1 values are written NaN or Infinity, which is no JSON; they are taken as missing')
    """
    odd = 0
    doubled: list[str] = []

    def constant(_: str) -> None:
        nonlocal odd
        odd += 1

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(items)
        if len(out) < len(items):
            seen: set[str] = set()
            for key, _ in items:
                if key in seen:
                    doubled.append(key)
                    out[key] = None
                seen.add(key)
        return out

    try:
        body = json.loads(raw.data, parse_constant=constant, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        raise FileRejected(
            f"{raw.path}: line {error.lineno}: damaged JSON at column {error.colno}; fetch the file again."
        ) from error
    except (RecursionError, ValueError) as error:
        raise FileRejected(
            f"{raw.path}: JSON that is nested too deeply or holds impossible numbers; fetch the file again."
        ) from error
    if odd:
        raw.issues.note(
            "", f"{odd:,} values are written NaN or Infinity, which is no JSON; they are taken as missing"
        )
    if doubled:
        raw.issues.lost("", f"{len(doubled):,} keys stand twice in one object, such as '{doubled[0][:30]}'; neither value is taken")  # fmt: skip
    return body


def cell(value: Any) -> str:
    """A JSON value as the text of a cell; null and nested values become empty.

    Examples
    --------
    >>> cell(1.5), cell(None), cell("-;"), cell(True)
    ('1.5', '', '-;', '')
    """
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return repr(value)
    return value if isinstance(value, str) else ""

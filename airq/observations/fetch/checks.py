"""Whether a body is what was asked for: an error page, a cut table or a damaged archive is never kept."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable
from typing import Any, Final

__all__ = ["CHECKS", "fault", "same_content", "server_reason"]

_PAGE: Final = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<script")
_ISD: Final = re.compile(rb"\d{4}(?:\s+\d{1,2}){3}(?:\s+-?\d+){8}\s*")


def is_page(data: bytes) -> bool:
    r"""Whether a body is a web page.

    Examples
    --------
    >>> is_page(b"\n<!DOCTYPE html><title>502</title>"), is_page(b"date,hour,type")
    (True, False)
    """
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith(_PAGE) or b"<html" in head or b"<body" in head


def fault(data: bytes, content: str) -> str | None:
    r"""Why a complete body cannot be kept, or None.

    Parameters
    ----------
    data : bytes
        The body, decoded from a content encoding but as it is to lie on disk.
    content : str
        Key of :data:`CHECKS`.

    Returns
    -------
    str or None
        A clause for a sentence.

    Examples
    --------
    >>> fault(b"<html>busy</html>", "archive")
    'the server sent a web page (HTML or XML) in place of the data'
    >>> fault(b"date,hour,type,1001A\n20190101,0,AQI,12\n", "archive") is None
    True
    """
    if not data.strip():
        return "the server sent an empty body"
    if is_page(data):
        return "the server sent a web page (HTML or XML) in place of the data"
    return CHECKS[content](data)


def _archive(data: bytes) -> str | None:
    lines = data.lstrip(b"\xef\xbb\xbf").splitlines()
    head = lines[0].split(b",")
    if [c.strip().strip(b'"').lower() for c in head[:3]] != [b"date", b"hour", b"type"]:
        return "the body is no table of the archive layout (date,hour,type,…)"
    if len(lines) < 2:
        return "the table has a header and no line"
    last = next(line for line in reversed(lines) if line.strip())
    if last.count(b",") + 1 < len(head):
        return "the body is cut: its last line is shorter than the header"
    return None


def _unpacked(data: bytes) -> bytes | None:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None


def _isd(data: bytes) -> str | None:
    text = _unpacked(data)
    if text is None:
        return "the gzip file is damaged or cut"
    first = text.lstrip().split(b"\n", 1)[0]
    return None if _ISD.fullmatch(first) else "the gzip file holds no ISD-Lite records"


def _openaq(data: bytes) -> str | None:
    text = _unpacked(data)
    if text is None:
        return "the gzip file is damaged or cut"
    first = text.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].lower()
    return None if b"location_id" in first else "the gzip file holds no OpenAQ table (location_id,…)"


def _history(data: bytes) -> str | None:
    first = data.split(b"\n", 1)[0].replace(b'"', b"").upper()
    return None if first.startswith(b"USAF,WBAN") else "the body is no station history (USAF,WBAN,…)"


def _open_meteo(data: bytes) -> str | None:
    try:
        document: Any = json.loads(data)
    except ValueError:
        return "the body is no complete JSON"
    for entry in document if isinstance(document, list) else [document]:
        if not isinstance(entry, dict):
            return "the JSON holds no weather"
        if entry.get("error"):
            return f"the server says: {str(entry.get('reason', 'no reason given')).strip().rstrip('.')}"
        hourly = entry.get("hourly")
        if not isinstance(hourly, dict) or not hourly.get("time"):
            return "the JSON holds no hourly values"
    return None if document else "the JSON holds no weather"


CHECKS: Final[dict[str, Callable[[bytes], str | None]]] = {
    "archive": _archive,
    "isd-lite": _isd,
    "isd-history": _history,
    "openaq": _openaq,
    "open-meteo": _open_meteo,
}
"""Test of each kind of content; each returns a clause or None."""


def same_content(old: bytes, new: bytes, content: str) -> bool:
    """Whether two bodies say the same; Open-Meteo answers differ by the time they took to make.

    Examples
    --------
    >>> a, b = (b'{"hourly": {"time": [1]}, "generationtime_ms": %d}' % n for n in (1, 2))
    >>> same_content(a, b, "open-meteo"), same_content(a, b, "archive")
    (True, False)
    """
    if old == new:
        return True
    if content != "open-meteo":
        return False
    try:
        return bool(_timeless(json.loads(old)) == _timeless(json.loads(new)))
    except ValueError:
        return False


def _timeless(document: Any) -> Any:
    if isinstance(document, list):
        return [_timeless(d) for d in document]
    return {k: v for k, v in document.items() if k != "generationtime_ms"}


def server_reason(body: bytes) -> str:
    """Reason that an error body gives, or empty.

    Examples
    --------
    >>> server_reason(b'{"error": true, "reason": "Parameter latitude out of range."}')
    'Parameter latitude out of range'
    """
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    return " ".join(str(document.get("reason") or document.get("message") or "").split()).rstrip(".")

"""One request: conditional, resumable, complete or thrown away."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from typing import Any, Final

import airq
from airq.observations.fetch import checks
from airq.observations.fetch.clock import Clock
from airq.observations.fetch.manifest import Entry
from airq.observations.fetch.pace import retry_after

__all__ = ["Body", "FetchError", "Transfer", "discard", "resumable"]

_TEMPORARY: Final = {408, 425, 429, 500, 502, 503, 504}
_ABSENT: Final = {404, 410}
_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_MD5: Final = re.compile(r'"?([0-9a-f]{32})"?')
_CHUNK: Final = 65536


class FetchError(Exception):
    """A request that brought nothing to keep.

    Attributes
    ----------
    reason : str
        Clause for a sentence.
    kind : {"temporary", "permanent", "absent"}
        Whether to try again.
    wait : float or None
        Seconds the server asks for.
    reached : bool
        Whether a server answered at all.
    """

    def __init__(
        self, reason: str, kind: str = "temporary", wait: float | None = None, reached: bool = True
    ) -> None:
        super().__init__(reason)
        self.reason, self.kind, self.wait, self.reached = reason, kind, wait, reached


@dataclass(frozen=True)
class Body:
    """A complete and tested body.

    Attributes
    ----------
    data : bytes
    etag, last_modified : str
    verified : tuple of str
        What the bytes were compared with.
    """

    data: bytes
    etag: str
    last_modified: str
    verified: tuple[str, ...]


@dataclass
class _Partial:
    """What is known of a part file, kept beside it."""

    url: str
    etag: str = ""
    last_modified: str = ""
    total: int | None = None
    encoding: str = ""
    md5: str = ""
    sha256: str = ""

    @property
    def validator(self) -> str:
        """Strong validator for ``If-Range`` (RFC 9110, 13.1.5); a weak tag does not serve."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


class Transfer:
    """Requests with a common opener.

    Parameters
    ----------
    timeout : float
        Seconds without any byte after which a connection is given up.
    slowest : float
        Bytes a second; a body that comes more slowly over ``patience`` seconds is given up and resumed.
    patience : float
        Seconds.
    clock : Clock
    """

    def __init__(
        self,
        timeout: float = 30.0,
        slowest: float = 256.0,
        patience: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        self.timeout, self.slowest, self.patience = timeout, slowest, patience
        self.clock = clock or Clock()
        self._opener = urllib.request.build_opener()

    def get(self, url: str, part: Path, content: str, known: Entry | None) -> Body | None:
        """Fetch a body.

        Parameters
        ----------
        url : str
        part : pathlib.Path
            Where an unfinished body waits for the next attempt.
        content : str
            Key of :data:`airq.observations.fetch.checks.CHECKS`.
        known : Entry or None
            What lies on disk; asks only for something newer.

        Returns
        -------
        Body or None
            None if the server says that nothing has changed.

        Raises
        ------
        FetchError
        """
        state = resumable(part, url)
        headers = {
            "User-Agent": f"airq/{airq.__version__} (air-quality library; fetches open data)",
            "Accept-Encoding": "identity",
        }
        if state is not None:
            headers["Range"] = f"bytes={part.stat().st_size}-"
            headers["If-Range"] = state.validator
        elif known is not None and known.url == url:
            if known.etag:
                headers["If-None-Match"] = known.etag
            if known.last_modified:
                headers["If-Modified-Since"] = known.last_modified
        answer = self._open(url, headers, part, state)
        if answer is None:
            return None
        if isinstance(answer, _Partial):
            return _finish(part, answer, content)
        with answer as response:
            partial = self._receive(response, url, part, state)
        return _finish(part, partial, content)

    def _open(self, url: str, headers: Mapping[str, str], part: Path, state: _Partial | None) -> Any:
        """An open response, None for "not modified", or the part that turns out to be whole."""
        request = urllib.request.Request(url, headers=dict(headers))
        try:
            return self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 304:
                    return None
                if error.code == 416 and state is not None:
                    return _whole(error.headers, part, state)
                raise self._refusal(error) from error
        except urllib.error.URLError as error:
            raise _unreachable(error.reason) from error
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(error) from error

    def _refusal(self, error: urllib.error.HTTPError) -> FetchError:
        try:
            body = error.read(4096)
        except (OSError, http.client.HTTPException):
            body = b""
        said = checks.server_reason(body)
        told = f" ({said})" if said else ""
        if error.code in _ABSENT:
            return FetchError(f"the server does not have it (HTTP {error.code})", "absent")
        if error.code in _TEMPORARY:
            wait = retry_after(error.headers.get("Retry-After"), self.clock.now())
            if wait is None and error.code == 429:
                wait = _quota_wait(said)
            return FetchError(f"the server answers HTTP {error.code}{told}", "temporary", wait)
        return FetchError(f"the server refuses with HTTP {error.code}{told}", "permanent")

    def _receive(self, response: Any, url: str, part: Path, state: _Partial | None) -> _Partial:
        """Write the body to the part file; a body that stops early stays there for the next attempt."""
        headers = response.headers
        length = headers.get("Content-Length")
        expected = int(length) if length and length.strip().isdigit() else None
        if response.status == 206:
            partial, done = _continued(headers, part, state)
            mode = "ab"
        else:
            partial, done, mode = _fresh(headers, url, expected), 0, "wb"
            part.parent.mkdir(parents=True, exist_ok=True)
            _note(part).write_text(json.dumps(asdict(partial)), encoding="utf-8")
        try:
            with part.open(mode) as stream:
                done += self._copy(response, stream)
        except http.client.IncompleteRead as error:
            raise FetchError("the body ended before it was complete") from error
        except (OSError, http.client.HTTPException) as error:
            raise FetchError(f"the connection broke ({_text(error)})") from error
        if partial.total is not None and done != partial.total:
            if done > partial.total:
                discard(part)
            raise FetchError(f"the body ended after {done:,} of {partial.total:,} bytes")
        return partial

    def _copy(self, response: Any, stream: Any) -> int:
        copied = window = 0
        since = self.clock.monotonic()
        while piece := response.read1(_CHUNK):
            stream.write(piece)
            copied += len(piece)
            window += len(piece)
            passed = self.clock.monotonic() - since
            if passed >= self.patience:
                if window < self.slowest * passed:
                    stream.flush()
                    raise TimeoutError(f"only {window:,} bytes in {passed:.0f} s")
                since, window = self.clock.monotonic(), 0
        return copied


def _whole(headers: Message, part: Path, state: _Partial) -> _Partial:
    """A part to which nothing is missing; one that belongs to an older body is thrown away."""
    found = re.fullmatch(r"bytes \*/(\d+)", headers.get("Content-Range", ""))
    if found and int(found[1]) == part.stat().st_size and _same(state, headers):
        return state
    discard(part)
    raise FetchError("the unfinished file does not fit what the server has now")


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def discard(part: Path) -> None:
    """Remove a part file and what is known of it."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def resumable(part: Path, url: str) -> _Partial | None:
    """What is known of a part file that can be continued, else None and a clean place."""
    try:
        state = _Partial(**json.loads(_note(part).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        discard(part)
        return None
    if state.url != url or not state.validator or not part.exists() or not part.stat().st_size:
        discard(part)
        return None
    return state


def _text(error: object) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _unreachable(error: object) -> FetchError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchError(
            f"the server's certificate is not valid ({_text(error)})", "permanent", reached=False
        )
    if isinstance(error, TimeoutError):
        return FetchError("the server did not answer in time", reached=False)
    return FetchError(f"the server cannot be reached ({_text(error)})", reached=False)


def _quota_wait(said: str) -> float:
    """Seconds until a quota is free again, by the words of the answer."""
    text = said.lower()
    for word, seconds in (("minute", 60.0), ("hour", 3600.0), ("dail", 86400.0), ("tomorrow", 86400.0)):
        if word in text:
            return seconds
    return 10.0


def _etag_md5(headers: Message) -> str:
    """MD5 in an ETag: S3 gives it for objects stored in one piece and not encrypted by a key of its own."""
    if "amazons3" not in headers.get("Server", "").lower():
        return ""
    if "kms" in headers.get("x-amz-server-side-encryption", "").lower():
        return ""
    found = _MD5.fullmatch(headers.get("ETag", "").strip())
    return found[1] if found else ""


def _stated_md5(headers: Message) -> str:
    try:
        raw = base64.b64decode(headers.get("Content-MD5", ""), validate=True)
    except ValueError:
        return ""
    return raw.hex() if len(raw) == 16 else ""


def _stated_sha256(headers: Message) -> str:
    """``Repr-Digest`` (RFC 9530) or its forerunner ``Digest``."""
    for text in (headers.get("Repr-Digest", ""), headers.get("Digest", "")):
        found = re.search(r"sha-256=:?([A-Za-z0-9+/=]{44}):?", text, re.IGNORECASE)
        if found:
            return base64.b64decode(found[1]).hex()
    return ""


def _fresh(headers: Message, url: str, expected: int | None) -> _Partial:
    return _Partial(
        url=url,
        etag=headers.get("ETag", ""),
        last_modified=headers.get("Last-Modified", ""),
        total=expected,
        encoding=headers.get("Content-Encoding", "").strip().lower(),
        md5=_stated_md5(headers) or _etag_md5(headers),
        sha256=_stated_sha256(headers),
    )


def _same(state: _Partial, headers: Message) -> bool:
    etag = headers.get("ETag", "")
    return not etag or not state.etag or etag == state.etag


def _continued(headers: Message, part: Path, state: _Partial | None) -> tuple[_Partial, int]:
    """Take up a part where it ended; anything else than the missing rest is an error."""
    size = part.stat().st_size if part.exists() else 0
    found = _RANGE.fullmatch(headers.get("Content-Range", "").strip())
    total = int(found[3]) if found and found[3] != "*" else None
    fits = found is not None and int(found[1]) == size and state is not None and _same(state, headers)
    if fits and state is not None and state.total is not None and total is not None:
        fits = total == state.total
    if not fits or state is None or found is None:
        discard(part)
        raise FetchError("the server sent another piece than the one asked for")
    state.total = total if total is not None else state.total
    if state.total is None:
        state.total = int(found[2]) + 1
    return state, size


def _finish(part: Path, partial: _Partial, content: str) -> Body:
    """Compare the body with what the server and the format promise."""
    data = part.read_bytes()
    verified = ["length"] if partial.total is not None else []
    for name, stated in (("md5", partial.md5), ("sha256", partial.sha256)):
        if not stated:
            continue
        if hashlib.new(name, data, usedforsecurity=False).hexdigest() != stated:
            discard(part)
            raise FetchError(f"the {name.upper()} of the body is not the one the server states")
        verified.append(name)
    if partial.encoding in ("gzip", "x-gzip", "deflate") and not _is_gzip_file(partial.url):
        try:
            data = gzip.decompress(data) if "gzip" in partial.encoding else zlib.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            discard(part)
            raise FetchError("the compressed body is damaged or cut") from error
    reason = checks.fault(data, content)
    if reason is not None:
        discard(part)
        cut = "cut" in reason or "complete" in reason
        raise FetchError(reason, "temporary" if cut else "permanent")
    return Body(data, partial.etag, partial.last_modified, (*verified, "content"))


def _is_gzip_file(url: str) -> bool:
    """Some servers label a stored .gz file as an encoding; it is kept as it is."""
    return url.split("?", 1)[0].endswith(".gz")

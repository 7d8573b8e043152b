"""From a path to clean text: compression, encoding, line ends, and files that are not data at all."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airq.errors import FileRejected
from airq.observations.issues import Issues

__all__ = ["RawFile", "expand", "load"]

_SUFFIXES: Final = (".csv", ".csv.gz", ".txt", ".txt.gz", ".tsv", ".xlsx")


@dataclass(frozen=True)
class RawFile:
    r"""Content of one file, ready for a parser.

    Attributes
    ----------
    path : pathlib.Path
    data : bytes
        UTF-8 without byte-order mark, lines ended by ``\\n``; the raw bytes of a workbook for XLSX.
    kind : str
        ``"text"`` or ``"xlsx"``.
    sha256 : str
        Digest of the file as it lies on disk.
    cut : bool
        The compressed stream ended early, so the last line cannot be trusted.
    issues : Issues
        Findings so far; parsers add theirs.
    """

    path: Path
    data: bytes
    kind: str
    sha256: str
    cut: bool
    issues: Issues

    @property
    def stem(self) -> str:
        """File name without its suffixes.

        Examples
        --------
        >>> RawFile(Path("d/昌吉.csv.gz"), b"", "text", "", False, Issues()).stem
        '昌吉'
        """
        name = self.path.name
        for suffix in sorted(_SUFFIXES, key=len, reverse=True):
            if name.lower().endswith(suffix):
                return name[: -len(suffix)]
        return self.path.stem


def expand(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Files behind the given paths: a folder stands for its data files, sorted by name, at any depth.

    Raises
    ------
    FileRejected
        If a path does not exist or a folder holds no data file.
    """
    for given in paths:
        path = Path(given)
        if path.is_dir():
            found = sorted(
                p
                for p in path.rglob("*")
                if p.is_file() and p.name.lower().endswith(_SUFFIXES) and not p.name.startswith((".", "~$"))
            )
            if not found:
                raise FileRejected(
                    f"{path}: the folder holds no {', '.join(_SUFFIXES)} file; name another folder."
                )
            yield from found
        elif path.exists():
            yield path
        else:
            raise FileRejected(f"{path}: no such file or folder; check the path.")


def _gunzip(path: Path, blob: bytes, issues: Issues) -> tuple[bytes, bool]:
    """Decompress every member; keep what could be read when the stream ends early or is damaged."""
    out: list[bytes] = []
    rest = blob
    while rest[:2] == b"\x1f\x8b":
        stream = zlib.decompressobj(wbits=31)
        try:
            # Feed in pieces, so that a damaged tail does not cost the good head.
            position = 0
            while position < len(rest) and not stream.eof:
                out.append(stream.decompress(rest[position : position + 65536]))
                position += 65536
            out.append(stream.flush())
        except zlib.error:
            issues.lost(
                "", "the gzip stream is damaged; what stands before the damage is taken, fetch the file again"
            )
            return b"".join(out), True
        if not stream.eof:
            issues.lost("", "the gzip stream ends early; what stands before is taken, fetch the file again")
            return b"".join(out), True
        rest = stream.unused_data
    return b"".join(out), False


def _decode(path: Path, data: bytes) -> bytes:
    r"""UTF-8 bytes with ``\\n`` line ends."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise FileRejected(
                f"{path}: starts like UTF-16 text but is damaged; save it as UTF-8 CSV."
            ) from error
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    if b"\x00" in data:
        line = data[: data.index(b"\x00")].count(b"\n") + 1
        raise FileRejected(
            f"{path}: line {line}: holds binary zeros, so it is no text file; export it as UTF-8 CSV."
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            data = data.decode("gb18030").encode()
        except UnicodeDecodeError:
            line = data[: error.start].count(b"\n") + 1
            raise FileRejected(
                f"{path}: line {line}: neither UTF-8 nor GBK text; save the file as UTF-8 CSV."
            ) from None
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def load(path: str | Path) -> RawFile:
    """Read a file and bring it to clean UTF-8 text.

    Parameters
    ----------
    path : path
        Plain or gzip text, or an XLSX workbook.

    Returns
    -------
    RawFile

    Raises
    ------
    FileRejected
        Empty, HTML, binary, unreadable.
    """
    file = Path(path)
    try:
        blob = file.read_bytes()
    except OSError as error:
        raise FileRejected(
            f"{file}: cannot be read ({error.strerror}); check the path and the rights."
        ) from error
    digest = hashlib.sha256(blob).hexdigest()
    issues = Issues()
    cut = False
    if not blob.strip():
        raise FileRejected(f"{file}: the file is empty; fetch it again.")
    if blob[:4] == b"PK\x03\x04":
        if b"xl/" not in blob:
            raise FileRejected(f"{file}: a zip archive; unpack it and ingest the files inside.")
        return RawFile(file, blob, "xlsx", digest, False, issues)
    if blob[:2] == b"\x1f\x8b":
        blob, cut = _gunzip(file, blob, issues)
        if not blob.strip():
            raise FileRejected(f"{file}: the gzip stream holds no readable line; fetch the file again.")
    data = _decode(file, blob)
    head = data[:2000].lstrip().lower()
    if head.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")) or b"<html" in head or b"<body" in head:
        raise FileRejected(
            f"{file}: line 1: a web page (HTML or XML), not a table; it may be a server's error page, fetch the file again."
        )
    return RawFile(file, data, "text", digest, cut, issues)

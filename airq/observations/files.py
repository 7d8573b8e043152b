"""From a path to clean text: compression, encoding, line ends, and files that are not data at all.

Every file is read as a stream under two caps, so that neither a compression bomb nor a line without an end can
fill the memory: :data:`MAX_BYTES` for the whole (``AIRQ_MAX_MB`` or ``max_bytes=``), :data:`MAX_LINE` for a line.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from airq.errors import FileRejected, ParameterError
from airq.observations.issues import Issues
from airq.observations.paths import check, regular, walk
from airq.texts import shown

__all__ = ["MAX_BYTES", "MAX_LINE", "RawFile", "expand", "load"]

MAX_BYTES: Final = 1_000_000_000
"""Largest content after decompression; a national year in the archive layout has about 0.7 GB."""

MAX_LINE: Final = 4_000_000
"""Longest line of a table in bytes; the national archive's longest have 10 kB."""

_MAX_DOCUMENT: Final = 128_000_000  # XML and JSON may stand in one line; they are read whole
_MAX_RATIO: Final = 300  # tables shrink 4 to 60 times; a stream of zeros 1,000 times
_RATIO_FROM: Final = 100_000_000  # below this size no ratio is suspicious
_CHUNK: Final = 1 << 20

_TABLES: Final = (".csv", ".txt", ".tsv", ".dat", ".xml", ".json", ".geojson")
_SUFFIXES: Final = (*_TABLES, *(s + ".gz" for s in _TABLES), ".xlsx", ".parquet", ".zip", ".nc")
_ISD: Final = re.compile(
    r"[0-9A-Z]{6}-\d{5}-\d{4}(\.gz)?"
)  # ISD-Lite is named so, most often without a suffix
_NETCDF: Final = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF")


@dataclass(frozen=True)
class RawFile:
    r"""Content of one file, ready for a parser.

    Attributes
    ----------
    path : pathlib.Path
    data : bytes
        UTF-8 without byte-order mark, lines ended by ``\\n``; the raw bytes of a workbook, Parquet or NetCDF file.
    kind : str
        ``"text"`` (tables, XML, JSON), ``"xlsx"``, ``"parquet"`` or ``"netcdf"``.
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


def _may_hold_data(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES) or _ISD.fullmatch(name) is not None


def expand(paths: Iterable[str | Path]) -> Iterator[Path]:
    """Files behind the given paths: a folder stands for its data files, sorted by name, at any depth.

    Hidden files and folders are left out. Links inside a folder are not followed out of it; such a link is among the
    files, and :func:`load` refuses it. A path that the user names may be a link to anywhere.

    Raises
    ------
    FileRejected
        If a path does not exist or a folder holds no data file.
    """
    for given in paths:
        if not str(given):
            raise FileRejected("an empty path; name a file or folder.")
        path = Path(given)
        if not stat.S_ISDIR(check(path).st_mode):
            yield path
            continue
        found = walk(path, _may_hold_data)
        if not found:
            raise FileRejected(
                f"{shown(path)}: the folder holds no {', '.join(_SUFFIXES)} file; name another folder."
            )
        yield from found


def _cap(max_bytes: int | None) -> int:
    if max_bytes is not None:
        return max_bytes
    text = os.environ.get("AIRQ_MAX_MB", "")
    if not text:
        return MAX_BYTES
    if not text.isdigit() or int(text) == 0:
        raise ParameterError(f"AIRQ_MAX_MB is '{text}'; set it to a whole number of megabytes.")
    return int(text) * 1_000_000


class _Sink:
    """Collects a stream and stops it when it grows beyond the caps."""

    def __init__(self, path: Path, max_bytes: int, packed: int = 0) -> None:
        self.path, self.max_bytes, self.packed = path, max_bytes, packed
        self.parts: list[bytes] = []
        self.size = 0
        self.open_line = 0
        self.limit = 0

    def add(self, chunk: bytes) -> None:
        if not chunk:
            return
        if not self.limit:
            self.limit = _line_limit(chunk)
        self.size += len(chunk)
        if self.size > self.max_bytes:
            raise FileRejected(
                f"{self.path}: holds more than {self.max_bytes / 1e6:,.0f} MB; split it, or set AIRQ_MAX_MB higher."
            )
        if self.packed and self.size > _RATIO_FROM and self.size > _MAX_RATIO * self.packed:
            raise FileRejected(
                f"{self.path}: unpacks to more than {_MAX_RATIO} times its size, as no table of observations does; check where it comes from."
            )
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        if end < 0:
            self.open_line += len(chunk)
        else:
            self.open_line = len(chunk) - end - 1
        if self.limit and self.open_line > self.limit:
            raise FileRejected(
                f"{self.path}: a line is longer than {self.limit / 1e6:,.0f} MB, so this is no table; check the file."
            )
        self.parts.append(chunk)

    def take(self) -> bytes:
        out = b"".join(self.parts)
        self.parts = []
        return out


def _line_limit(first: bytes) -> int:
    """Longest line that this kind of content may have; a huge number for binary files."""
    if first[:4] in (b"PK\x03\x04", b"PAR1", *_NETCDF) or first[:2] == b"\x1f\x8b":
        return 1 << 62
    return _MAX_DOCUMENT if first[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[", b"<") else MAX_LINE


def _read(path: Path, max_bytes: int) -> bytes:
    """Bytes of a file as it lies on disk, under the caps."""
    sink = _Sink(path, max_bytes)
    with regular(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > max_bytes:
            raise FileRejected(
                f"{path}: holds more than {max_bytes / 1e6:,.0f} MB; split it, or set AIRQ_MAX_MB higher."
            )
        while chunk := stream.read(_CHUNK):
            sink.add(chunk)
            if 0 < size < sink.size:  # it grows, perhaps without an end
                break
    return sink.take()


def _gunzip(path: Path, blob: bytes, issues: Issues, max_bytes: int) -> tuple[bytes, bool]:
    """Decompress every member; keep what could be read when the stream ends early or is damaged."""
    sink = _Sink(path, max_bytes, packed=len(blob))
    rest = blob
    while rest[:2] == b"\x1f\x8b":
        stream = zlib.decompressobj(wbits=31)
        try:
            # Feed in pieces, so that a damaged tail does not cost the good head.
            position = 0
            while position < len(rest) and not stream.eof:
                sink.add(stream.decompress(rest[position : position + 65536], _CHUNK))
                while stream.unconsumed_tail and not stream.eof:
                    sink.add(stream.decompress(stream.unconsumed_tail, _CHUNK))
                position += 65536
            sink.add(stream.flush())
        except zlib.error:
            issues.lost(
                "", "the gzip stream is damaged; what stands before the damage is taken, fetch the file again"
            )
            return sink.take(), True
        if not stream.eof:
            issues.lost("", "the gzip stream ends early; what stands before is taken, fetch the file again")
            return sink.take(), True
        # The last piece may reach beyond this member; what follows it has not been fed yet.
        rest = stream.unused_data + rest[position:]
    if rest.strip(b"\x00"):
        issues.lost("", f"{len(rest):,} bytes after the gzip stream are not gzip and are not taken")
    return sink.take(), False


def _unzip(path: Path, blob: bytes, max_bytes: int) -> bytes | None:
    """The single data file inside a zip archive; None if the archive is a workbook."""
    damaged = f"{path}: a damaged zip archive; fetch it again, or unpack it and ingest the files inside."
    try:
        box = zipfile.ZipFile(io.BytesIO(blob))
        entries = [e for e in box.infolist() if not e.is_dir()]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError) as error:
        if b"xl/workbook" in blob:
            return None
        raise FileRejected(damaged) from error
    if any(e.filename.startswith("xl/") for e in entries):
        if sum(e.file_size for e in entries) > max_bytes:
            raise FileRejected(
                f"{path}: the workbook unpacks to more than {max_bytes / 1e6:,.0f} MB; save the table as CSV."
            )
        return None
    files = [
        e
        for e in entries
        if not PurePosixPath(e.filename).name.startswith(".") and "__MACOSX" not in e.filename
    ]
    if len(files) != 1:
        raise FileRejected(f"{path}: a zip archive with {len(files)} files; unpack it and ingest the folder.")
    entry = files[0]
    if entry.flag_bits & 1:
        raise FileRejected(f"{path}: a zip archive with a password; unpack it and ingest the file inside.")
    if entry.filename.lower().endswith(".zip"):
        raise FileRejected(
            f"{path}: a zip archive inside a zip archive; unpack it and ingest the files inside."
        )
    sink = _Sink(path, max_bytes, packed=entry.compress_size)
    try:
        with box.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                sink.add(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise FileRejected(damaged) from error
    return sink.take()


_LETTERS = re.compile(rb"[\x80-\xff]+")
_WESTERN: Final = frozenset((b"\xb5", b"\xb3", b"\xb2", b"\xb0"))  # µ ³ ² ° of Windows exports


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by its mark, or by zeros at every second byte."""
    if data[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return "utf-32"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = data[:2000]
    if len(head) >= 8 and b"\x00" in head:
        even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
        if odd > 0.4 and even < 0.1:
            return "utf-16-le"
        if even > 0.4 and odd < 0.1:
            return "utf-16-be"
    return None


def _decode(path: Path, data: bytes, issues: Issues) -> bytes:
    r"""UTF-8 bytes with ``\\n`` line ends."""
    if wide := _wide(data):
        try:
            data = data.decode(wide).encode()
        except UnicodeError as error:
            raise FileRejected(
                f"{path}: starts like {wide[:6].upper()} text but is damaged; save it as UTF-8 CSV."
            ) from error
    plain = data.isascii()  # in a tenth of the time of what it spares
    if not plain:
        data = data.removeprefix(codecs.BOM_UTF8)
        if codecs.BOM_UTF8 in data:  # joined files carry their marks inside
            data = data.replace(codecs.BOM_UTF8, b"")
    if b"\x00" in data:
        line = data[: data.index(b"\x00")].count(b"\n") + 1
        raise FileRejected(
            f"{path}: line {line}: holds binary zeros, so it is no text file; export it as UTF-8 CSV."
        )
    if not plain:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            data = _repair(path, data, error, issues)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _repair(path: Path, data: bytes, error: UnicodeDecodeError, issues: Issues) -> bytes:
    """Text that is not UTF-8: Windows-1252 units, GBK, or UTF-8 with a few damaged bytes."""
    line = data[: error.start].count(b"\n") + 1
    if set(_LETTERS.findall(data)) <= _WESTERN:
        return data.decode("cp1252").encode()
    replaced = data.decode("utf-8", errors="replace")
    broken = replaced.count("\ufffd")
    foreign = sum(len(run) for run in _LETTERS.findall(data))
    if foreign and broken <= max(3, 0.02 * foreign) and _mostly_utf8(data):
        issues.lost(
            f"line {line}",
            f"{broken} characters are damaged (not UTF-8) and are shown as \ufffd; what depends on them is not taken",
        )
        return replaced.encode()
    try:
        return data.decode("gb18030").encode()
    except UnicodeDecodeError:
        raise FileRejected(
            f"{path}: line {line}: neither UTF-8 nor GBK text; save the file as UTF-8 CSV."
        ) from None


def _mostly_utf8(data: bytes) -> bool:
    """Whether damaged bytes stand among valid UTF-8 (or among plain ASCII, where a lone byte is no GBK letter)."""
    good = bad = lone = 0
    for run in _LETTERS.findall(data):
        try:
            run.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
            lone += len(run) == 1
    return good > bad or lone == bad


def load(path: str | Path, max_bytes: int | None = None) -> RawFile:
    """Read a file and bring it to clean UTF-8 text.

    Parameters
    ----------
    path : path
        Plain, gzip or zip text (a zip archive with one file in it), an XLSX workbook, Parquet, or NetCDF.
    max_bytes : int, optional
        Cap of the decompressed size; ``AIRQ_MAX_MB`` or 1,000 MB by default.

    Returns
    -------
    RawFile

    Raises
    ------
    FileRejected
        Empty, HTML, binary, too large, unreadable, changed while it was read, or no file at all (a pipe, a device).
    """
    file = path if isinstance(path, Path) else Path(path)  # a Refused path stays one
    cap = _cap(max_bytes)
    blob = _read(file, cap)
    packed = blob[:4] not in _NETCDF
    digest = hashlib.sha256(blob).hexdigest()
    issues = Issues()
    cut = False
    if not blob.strip():
        raise FileRejected(f"{file}: the file is empty; fetch it again.")
    if blob[:4] == b"PK\x03\x04":
        inside = _unzip(file, blob, cap)
        if inside is None:
            return RawFile(file, blob, "xlsx", digest, False, issues)
        blob = inside
        if blob[:4] == b"PK\x03\x04":
            raise FileRejected(
                f"{file}: an archive or workbook inside a zip archive; unpack it and ingest the file inside."
            )
    if blob[:2] == b"\x1f\x8b":
        blob, cut = _gunzip(file, blob, issues, cap)
        if not blob.strip():
            raise FileRejected(f"{file}: the gzip stream holds no readable line; fetch the file again.")
    if blob[:2] == b"\x1f\x8b" or blob[:4] == b"PK\x03\x04":
        raise FileRejected(f"{file}: compressed twice; unpack it once and ingest the result.")
    if blob[:4] == b"PAR1":
        return RawFile(file, blob, "parquet", digest, cut, issues)
    if blob[:4] in _NETCDF:
        if packed:
            raise FileRejected(f"{file}: a compressed NetCDF file; unpack it first.")
        return RawFile(file, blob, "netcdf", digest, cut, issues)
    data = _decode(file, blob, issues)
    if not data.strip():
        raise FileRejected(f"{file}: the file is empty; fetch it again.")
    _refuse_pages(file, data)
    return RawFile(file, data, "text", digest, cut, issues)


def _refuse_pages(file: Path, data: bytes) -> None:
    """Refuse a web page that was saved under the name of a table."""
    head = data[:2000].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head")) or b"<html" in head or b"<body" in head:
        raise FileRejected(
            f"{file}: line 1: a web page (HTML or XML), not a table; it may be a server's error page, fetch the file again."
        )

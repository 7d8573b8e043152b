"""From a path to bytes: compression, kind of content, files that are no data at all."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airq.errors import FileRejected
from airq.weather.series import Lost

__all__ = ["RawFile", "expand", "load", "netcdf_kind"]

_NETCDF: Final = {b"CDF\x01": "netcdf3", b"CDF\x02": "netcdf3", b"CDF\x05": "cdf5", b"\x89HDF": "netcdf4"}
_NOT_DATA: Final = (".md", ".jsonl", ".part", ".lock", ".csv", ".yaml", ".toml")


@dataclass(frozen=True)
class RawFile:
    """One file on disk, recognised but not parsed.

    Attributes
    ----------
    path : pathlib.Path
    kind : {"text", "netcdf3", "netcdf4"}
    data : bytes
        UTF-8 text with plain line ends; empty for NetCDF, which is read from the path.
    sha256 : str
        Digest of the file as it lies on disk.
    issues : tuple of str
        What was wrong with the container, one clause each.
    """

    path: Path
    kind: str
    data: bytes
    sha256: str
    issues: tuple[str, ...] = ()


def expand(path: str | Path) -> Iterator[Path]:
    """A file itself, or the files of a folder at any depth, sorted by name.

    Raises
    ------
    FileRejected
        If there is none.
    """
    given = Path(path)
    if given.is_dir():
        found = sorted(
            p
            for p in given.rglob("*")
            if p.is_file() and not p.name.startswith((".", "~$")) and p.suffix.lower() not in _NOT_DATA
        )
        if not found:
            raise FileRejected(f"{given}: the folder holds no weather file; name another folder.")
        yield from found
    elif given.exists():
        yield given
    else:
        raise FileRejected(f"{given}: no such file or folder; check the path.")


def _gunzip(path: Path, blob: bytes) -> tuple[bytes, tuple[str, ...]]:
    out: list[bytes] = []
    while blob[:2] == b"\x1f\x8b":
        stream = zlib.decompressobj(wbits=31)
        try:
            for start in range(0, len(blob), 65536):
                out.append(stream.decompress(blob[start : start + 65536]))
                if stream.eof:
                    blob = stream.unused_data + blob[start + 65536 :]
                    break
        except zlib.error:
            return b"".join(out), (
                Lost("the gzip stream is damaged; what stands before is taken, fetch it again"),
            )
        if not stream.eof:
            return b"".join(out), (
                Lost("the gzip stream ends early; what stands before is taken, fetch it again"),
            )
    return b"".join(out), ()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load(path: str | Path) -> RawFile:
    """Recognise a file and bring text to UTF-8.

    Parameters
    ----------
    path : path
        Text or JSON, plain or gzip; NetCDF.

    Returns
    -------
    RawFile

    Raises
    ------
    FileRejected
        Empty, HTML, GRIB, a zip archive, binary, or unreadable.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            head = stream.read(4)
        if head in _NETCDF:
            return RawFile(file, netcdf_kind(file, head), b"", _digest(file))
        blob = file.read_bytes()
        digest = hashlib.sha256(blob).hexdigest()
    except OSError as error:
        raise FileRejected(
            f"{file}: cannot be read ({error.strerror}); check the path and the rights."
        ) from error
    issues: tuple[str, ...] = ()
    if not blob.strip():
        raise FileRejected(f"{file}: the file is empty; fetch it again.")
    if blob[:4] == b"GRIB":
        raise FileRejected(
            f"{file}: a GRIB file; convert it to NetCDF first (grib_to_netcdf -k 2, or cdo -f nc copy)."
        )
    if blob[:4] == b"PK\x03\x04":
        raise FileRejected(f"{file}: a zip archive; unpack it and name the folder.")
    if blob[:2] == b"\x1f\x8b":
        blob, issues = _gunzip(file, blob)
        if blob[:4] in _NETCDF:
            raise FileRejected(f"{file}: a compressed NetCDF file; unpack it with gunzip first.")
    return RawFile(file, "text", _text(file, blob), digest, issues)


def netcdf_kind(file: Path, head: bytes) -> str:
    """Kind of a NetCDF file by its first four bytes.

    Raises
    ------
    FileRejected
        A kind that cannot be read.
    """
    kind = _NETCDF[head]
    if kind == "cdf5":
        raise FileRejected(
            f"{file}: NetCDF of the CDF-5 kind, which cannot be read here; convert it with nccopy -k 2."
        )
    return kind


def _text(file: Path, blob: bytes) -> bytes:
    if not blob.strip():
        raise FileRejected(f"{file}: the gzip stream holds no readable line; fetch the file again.")
    if blob[:3] == b"\xef\xbb\xbf":
        blob = blob[3:]
    if b"\x00" in blob[:65536]:
        raise FileRejected(f"{file}: neither text nor NetCDF; name an ISD-Lite, JSON or NetCDF file.")
    start = blob[:2000].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")) or b"<html" in start:
        raise FileRejected(
            f"{file}: line 1: a web page (HTML or XML), not weather data; it may be a server's error page, fetch it again."
        )
    return blob.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

"""ISD-Lite files of NOAA's weather stations in the archive; see :mod:`airq.weather.isd`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import numpy as np

from airq import places
from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats import weather
from airq.observations.formats.base import Block, Convention, Parsed
from airq.weather import isd, reader

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "isd-lite"

CONVENTION: Final = Convention("end", "+00:00", "[P]", "NOAA, ISD-Lite format document")


def recognise(raw: RawFile) -> bool:
    """Whether one of the first lines has the twelve fields of the format, or the file is the list of its stations."""
    return raw.kind == "text" and (isd.looks_like(weather.as_weather(raw)) or _is_history(raw))


def _is_history(raw: RawFile) -> bool:
    head = raw.data[:300].split(b"\n", 1)[0]
    return all(name in head for name in (b"USAF", b"WBAN", b"STATION NAME", b"ELEV"))


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read one station's year.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes to take, ``USAF-WBAN``.

    Returns
    -------
    Parsed
        Hourly weather. Position and height come from ``isd-history.csv`` beside the file or up to two folders above;
        that list itself, which lies among the files of a folder, holds no values and gives none.

    Raises
    ------
    FileRejected
        No line can be used.
    """
    if raw.kind != "text":
        raise FileRejected(f"{raw.path}: not {NAME}, which is text of fixed width; leave the format out.")
    if _is_history(raw):
        raw.issues.note("", f"the list of weather stations, which is read with the {NAME} files beside it and holds no values")  # fmt: skip
        nothing = Block([], np.array([], "datetime64[ns]"), {}, {})
        return Parsed(raw, NAME, "hourly", nothing, raw.issues.summarised())
    (block,) = reader.blocks(weather.as_weather(raw), NAME)
    place = ""
    if isd.code_of(raw.path) is None:
        block = replace(block, point=replace(block.point, station=f"isd-{raw.stem}"))
        known = places.find(raw.stem)
        place = known.id if known is not None and known.kind != "group" else ""
        raw.issues.note("", f"the file's name states no station; it is stored as {block.point.station}")
    block = weather.located(block, raw.issues, place)
    return weather.parsed(raw, NAME, [block], CONVENTION, "weather", stations)

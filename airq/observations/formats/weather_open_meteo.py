"""Weather history from Open-Meteo in the archive; see :mod:`airq.weather.open_meteo`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from airq import places
from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats import documents, weather
from airq.observations.formats.base import Convention, Parsed
from airq.weather import open_meteo, reader

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "open-meteo"

CONVENTION: Final = Convention("end", "stated", "[P]", "Open-Meteo API documentation")
_NAMED: Final = re.compile(r"(?P<site>.+)_\d{8}_\d{8}")


def recognise(raw: RawFile) -> bool:
    """Whether the document has the keys of an answer."""
    return documents.is_json(raw) and open_meteo.is_answer(weather.as_weather(raw))


def _site(raw: RawFile) -> places.Place | None:
    """Place that a fetched file is named after, ``<place>_<first day>_<last day>.json``."""
    found = _NAMED.fullmatch(raw.stem)
    known = places.find(found["site"]) if found else None
    return known if known is not None and known.kind != "group" else None


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read the history of one or several positions.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes to take: ``open-meteo-<place>`` of a file that is named after a place, else
        ``open-meteo-<latitude>N<longitude>E``.

    Returns
    -------
    Parsed
        Hourly weather of the model's grid points.

    Raises
    ------
    FileRejected
        No answer with hourly values, or a forecast.
    """
    if not documents.is_json(raw):
        raise FileRejected(f"{raw.path}: not {NAME}, which is JSON; leave the format out.")
    blocks = reader.blocks(weather.as_weather(raw), NAME)
    site = _site(raw) if len(blocks) == 1 else None
    codes = [site.id] if site else [b.point.station.replace(" ", "-") for b in blocks]
    found = []
    for block, code in zip(blocks, codes, strict=True):
        coded = replace(block, point=replace(block.point, station=f"{NAME}-{code}"))
        found.append(weather.located(coded, raw.issues, site.id if site else ""))
    if len(set(codes)) < len(codes):
        raise FileRejected(f"{raw.path}: two locations have the same position; ask for each of them once.")
    return weather.parsed(raw, NAME, found, CONVENTION, "reanalysis", stations)

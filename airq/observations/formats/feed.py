"""The raw national real-time feed: XML, GeoJSON, or one CSV row a station and hour.

All values are strings and missing ones are ``&mdash;`` or ``-;``. In the feed the labels of ozone are swapped against
the archive: ``O3`` carries the 24-h maximum and ``O3_24h`` the hour, likewise ``O3_8h`` and ``O3_8h_24h``. The 24-h
maximum of 1-h ozone can never be below the present hour, so each file proves its own labels; where it does not, ozone
is not taken.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats import documents
from airq.observations.formats.base import CNEMC, CODE, Parsed, parse_number, place_of
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import first_heads, read_table
from airq.observations.formats.times import parse_times

__all__ = ["NAME", "parse", "recognise"]

NAME: Final = "feed"

_FIELDS: Final = {
    "stationcode": "station",
    "timepoint": "time",
    "latitude": "lat",
    "longitude": "lon",
    "positionname": "name_zh",
    "area": "area",
    "pm25": "pm25",
    "pm10": "pm10",
    "so2": "so2",
    "no2": "no2",
    "co": "co",
    "o3": "o3",
    "o324h": "o3_24h",
    "o38h": "o3_8h",
    "o38h24h": "o3_8h_24h",
}
_NEEDED: Final = {"stationcode", "timepoint"}
_POLLUTANTS: Final = ("pm25", "pm10", "so2", "no2", "co", "o3", "o324h")
_NUMBERS: Final = ("pm25", "pm10", "so2", "no2", "co", "o3", "o3_24h")
_AGREE: Final = 0.975
"""Share of station-hours with two different ozone values that must tell the same story."""


@dataclass(frozen=True)
class _Record:
    where: str
    fields: Mapping[str, str]


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    """Field name without case, underscores and namespace: ``PM2_5`` and ``{x}pm2.5`` are ``pm25``."""
    return re.sub(r"[^a-z0-9]", "", name.rsplit("}", 1)[-1].lower())


def _fields(pairs: Iterable[tuple[str, str]], where: str, raw: RawFile) -> dict[str, str]:
    """Fields of a record by key; two names of one key with different texts give neither, as one is damaged.

    Examples
    --------
    >>> from pathlib import Path
    >>> from airq.observations.issues import Issues
    >>> raw = RawFile(Path("a.json"), b"", "text", "", False, Issues())
    >>> _fields([("O3_24h", "40"), ("o324h", "43")], "record 1", raw), len(raw.issues.summarised())
    ({'o324h': ''}, 1)
    """
    out: dict[str, str] = {}
    for name, text in pairs:
        key = _key(name)
        if key in _FIELDS and out.get(key, text) != text:
            raw.issues.each("double", where, f"has two fields '{name[:30]}' with different values; neither is taken")  # fmt: skip
            text = ""
        out[key] = text
    return out


def recognise(raw: RawFile) -> bool:
    """Whether the content has station codes, time points and the feed's ozone fields."""
    if raw.kind != "text":
        return False
    head = raw.data[:4000].lstrip()
    if head[:1] in (b"<", b"{", b"["):
        text = raw.data[:20_000].lower()
        return b"stationcode" in text.replace(b"_", b"") and b"timepoint" in text.replace(b"_", b"")
    keys = {_key(h) for h in first_heads(raw)}
    return keys >= _NEEDED and "o324h" in keys


def _xml(raw: RawFile) -> Iterator[_Record]:
    """Records of the XML feed; those before a damaged place are kept."""
    text = raw.data
    if re.search(rb"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST)", text, re.IGNORECASE):
        raise FileRejected(
            f"{raw.path}: declares XML entities or a document type, which a feed never does and which can exhaust the memory; fetch the file again."
        )
    # The feed writes HTML names such as &mdash; that XML does not know.
    text = re.sub(rb"&(?!amp;|lt;|gt;|quot;|apos;|#)([A-Za-z]\w{1,30};)", _plain_entity, text)
    text = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", text)  # its encoding is UTF-8 by now, whatever it says
    parser: Any = ET.XMLPullParser(events=("end",))
    count = 0
    position = 0
    try:
        while position < len(text):
            parser.feed(text[position : position + 65536])
            position += 65536
            for _, element in parser.read_events():
                pairs = [(child.tag, child.text or "") for child in element if not len(child)]
                fields = _fields(pairs, f"record {count + 1}", raw)
                if len(fields.keys() & _FIELDS.keys()) < 5:
                    continue
                count += 1
                if fields.keys() >= _NEEDED:
                    yield _Record(f"record {count}", fields)
                else:
                    raw.issues.each(
                        "shape", f"record {count}", "has no station code or time; it is not taken"
                    )
                element.clear()
        parser.close()
    except ET.ParseError as error:
        line, column = error.position
        raw.issues.lost(
            f"line {line}",
            f"the XML is damaged or cut at column {column}; the {count} records before it are taken, fetch the file again",
        )


def _plain_entity(found: re.Match[bytes]) -> bytes:
    letter = html.unescape(found[0].decode())
    return found[0].replace(b"&", b"&amp;") if letter.startswith("&") else letter.encode()


def _json(raw: RawFile) -> Iterator[_Record]:
    """Records of GeoJSON or of a plain list of objects."""
    body = documents.load(raw)
    features = body.get("features", body.get("data")) if isinstance(body, dict) else body
    if not isinstance(features, list):
        raise FileRejected(f"{raw.path}: the JSON has no list of features; fetch the file again.")
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict):
            raw.issues.each("shape", f"record {number}", "is no JSON object; it is not taken")
            continue
        inner = feature.get("properties", feature)
        pairs = inner.items() if isinstance(inner, dict) else ()
        fields = _fields(((str(k), documents.cell(v)) for k, v in pairs), f"record {number}", raw)
        point = feature.get("geometry")
        pair = point.get("coordinates") if isinstance(point, dict) else None
        if isinstance(pair, list) and len(pair) >= 2:
            fields = {"longitude": documents.cell(pair[0]), "latitude": documents.cell(pair[1]), **fields}
        if fields.keys() >= _NEEDED:
            yield _Record(f"record {number}", fields)
        else:
            raw.issues.each("shape", f"record {number}", "has no station code or time; it is not taken")


def _csv(raw: RawFile) -> Iterator[_Record]:
    table = read_table(raw)
    named = [(h, c) for h, c in zip(table.heads, table.columns, strict=True) if _key(h)]
    for i in range(len(table)):
        where = f"line {table.lines[i]}"
        yield _Record(where, _fields(((h, c[i]) for h, c in named), where, raw))


def _records(raw: RawFile) -> list[_Record]:
    first = raw.data.lstrip()[:1]
    source = _xml(raw) if first == b"<" else _json(raw) if first in (b"{", b"[") else _csv(raw)
    return list(source)


def _name_gaps(records: list[_Record], raw: RawFile) -> None:
    """Name the fields that a record, or the whole file, does not have: a damaged name looks like that."""
    for key in _POLLUTANTS:
        without = [r for r in records if key not in r.fields]
        if len(without) == len(records):
            raw.issues.lost("", f"no field '{key}' in the file; {_FIELDS[key]} is not taken")
        else:
            for record in without:
                raw.issues.each("field", record.where, f"has no field '{key}' as the others have; the value is taken as missing")  # fmt: skip


def _number(record: _Record, name: str, raw: RawFile) -> float:
    text = html.unescape(record.fields.get(name, ""))
    value = parse_number(text)
    if value is None:
        raw.issues.each(
            "text",
            f"{record.where} field {name}",
            f"'{text.strip()[:40]}' is not a number; the value is taken as missing",
        )
        return float("nan")
    return value


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a snapshot of the feed, or a table of several.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Codes to take; all by default.

    Returns
    -------
    Parsed
        Hourly, CO in mg/m³, the others in µg/m³, with the positions that the feed states.

    Raises
    ------
    FileRejected
        Entity declarations, no record, or nothing that could be taken.
    """
    records = []
    for record in _records(raw):
        code = record.fields.get("stationcode", "").strip()
        if code and "\ufffd" not in code:
            records.append(record)
        else:
            raw.issues.each("nameless", record.where, "has no readable station code; it is not taken")
    if stations is not None:
        records = [r for r in records if r.fields["stationcode"].strip() in stations]
    if not records:
        raise FileRejected(
            f"{raw.path}: no record of a station{'' if stations is None else ' asked for'}; fetch the file again."
        )
    _name_gaps(records, raw)
    numbers = np.array([int(r.where.split()[-1]) for r in records], np.int64)
    stamps = parse_times([r.fields["timepoint"] for r in records], numbers, CNEMC.zone, raw.issues).time
    off = ~np.isnat(stamps) & (stamps != stamps.astype("datetime64[h]"))
    for i in np.flatnonzero(off):
        raw.issues.each("minute", records[i].where, f"the time {str(stamps[i])[:16]} is not a full hour; the record is not taken")  # fmt: skip
    keep = ~np.isnat(stamps) & ~off
    codes = np.array([r.fields["stationcode"].strip() for r in records], object)
    keep = readable(codes, keep, numbers, raw.issues)
    odd = sorted({c for c in codes[keep] if not CODE.fullmatch(c)})
    if odd:
        raw.issues.note("", f"{len(odd)} station codes are not like the national ones, such as '{odd[0][:20]}'; they are kept")  # fmt: skip
    values = {
        name: np.array([_number(r, key, raw) for r in records])
        for key, name in _FIELDS.items()
        if name in _NUMBERS and any(key in r.fields for r in records)
    }
    keep[keep] = drop_strays(codes[keep], stamps[keep], numbers[keep], raw.issues)
    if not keep.any():
        raise FileRejected(f"{raw.path}: no record has a time that exists; fetch the file again.")
    _undo_swap(values, records, raw)
    raw.issues.note("", CNEMC.sentence())
    block = dense(
        codes[keep], stamps[keep], {n: v[keep] for n, v in values.items()}, numbers[keep], raw.issues
    )
    return Parsed(raw, NAME, "hourly", block, raw.issues.summarised(), _about(records, raw))


def _undo_swap(values: dict[str, Any], records: list[_Record], raw: RawFile) -> None:
    """Leave the hourly ozone in ``o3``, by the file's own proof; remove it where the proof fails."""
    daily = values.pop("o3_24h", None)
    hour = values.get("o3")
    if hour is None:
        return
    if daily is None:
        raw.issues.lost(
            "", "O3 has no O3_24h beside it, so nothing tells which of them is the hour; o3 is not taken"
        )
        del values["o3"]
        return
    both = np.isfinite(hour) & np.isfinite(daily)
    straight = int((both & (daily > hour)).sum())
    swapped = int((both & (hour > daily)).sum())
    total = straight + swapped
    if total == 0 or max(straight, swapped) < _AGREE * total:
        raw.issues.lost(
            "",
            f"O3_24h must not be below O3, but {straight} records say the labels are right and {swapped} say they are swapped; o3 is not taken",
        )
        del values["o3"]
        return
    if swapped > straight:
        values["o3"] = daily
        raw.issues.note(
            "",
            f"O3 and O3_24h (and O3_8h and O3_8h_24h) are swapped against the archive, as {swapped} of {total} records prove (the 24-h maximum cannot be below the hour); undone",
        )
        wrong = both & (daily > hour)
    else:
        raw.issues.note(
            "", f"O3 and O3_24h are labelled as in the archive, as {straight} of {total} records prove"
        )
        wrong = both & (hour > daily)
    for i in np.flatnonzero(wrong):
        raw.issues.each("ozone", records[i].where, "its two ozone values contradict the rest of the file; o3 is not taken")  # fmt: skip
        values["o3"][i] = np.nan


def _about(records: list[_Record], raw: RawFile) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for record in records:
        about: dict[str, Any] = {"network": "national"}
        for key, name in (("latitude", "lat"), ("longitude", "lon")):
            value = parse_number(record.fields.get(key, ""))
            if value is not None and np.isfinite(value):
                about[name] = value
        about["name_zh"] = record.fields.get("positionname", "").strip()
        about["place"] = place_of(record.fields.get("area", ""))
        out.setdefault(record.fields["stationcode"].strip(), about)
    return out

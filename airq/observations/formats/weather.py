"""Weather files as parsed files: what :mod:`airq.weather` reads, with codes, places and findings for the archive.

Only what was observed or reanalysed is taken. A forecast is refused, because an archive that held it would show it as
the weather that was; models read forecasts from their files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from airq import places, weather
from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import Block, Convention, Parsed
from airq.observations.issues import Issues
from airq.variables import FLAGS, WEATHER
from airq.weather import files, reader, serving
from airq.weather import series as weather_series

__all__ = ["as_weather", "is_netcdf", "located", "parsed"]

_LINE: Final = re.compile(r"(line \d+): (.+)", re.DOTALL)
_NEAR_KM: Final = 0.5  # a place's own position is not worth a word


def is_netcdf(raw: RawFile) -> bool:
    """Whether the file is NetCDF, which is read from its path."""
    return raw.kind.startswith("netcdf")


def as_weather(raw: RawFile) -> files.RawFile:
    """The file as the weather readers take it.

    Raises
    ------
    FileRejected
        NetCDF of a kind that cannot be read.
    """
    if not is_netcdf(raw):
        return files.RawFile(raw.path, "text" if raw.kind == "text" else raw.kind, raw.data, raw.sha256)
    with raw.path.open("rb") as stream:
        kind = files.netcdf_kind(raw.path, stream.read(4))
    return files.RawFile(raw.path, kind, b"", raw.sha256)


def located(block: weather_series.Block, issues: Issues, place: str = "") -> weather_series.Block:
    """The block with the place that its station stands for, and a word on how that is known.

    Parameters
    ----------
    block : airq.weather.series.Block
    issues : Issues
    place : str
        Id of the place where the file names it; else the nearest one that is near enough.
    """
    point = block.point
    height = "" if point.elevation is None else f", {point.elevation:.0f} m"
    where = f"{point.lat:.2f} N {point.lon:.2f} E{height}" if point.located else "of unknown position"
    if place:
        issues.note("", f"station {point.station} ({where}) stands for {place}, as the file's name says")
        return replace(block, point=replace(point, place=place))
    found = serving.nearest_place(point.lat, point.lon, point.elevation)
    if found is None:
        why = (
            f"no place of params/counties.yaml lies within {serving.LIMIT_KM:.0f} km and {serving.HIGHEST_M:.0f} m of its height"
            if point.located
            else "neither the file nor an isd-history.csv beside it tells where it is"
        )
        issues.note(
            "",
            f"station {point.station} ({where}): {why}; it is stored without a place, name one with --stations",
        )
        return block
    near, away = found
    if away > _NEAR_KM:
        issues.note("", f"station {point.station} ({where}) stands for {near.id}, {away:.0f} km away")
    return replace(block, point=replace(point, place=near.id))


def parsed(
    raw: RawFile,
    name: str,
    blocks: Sequence[weather_series.Block],
    convention: Convention,
    network: str,
    stations: Collection[str] | None,
) -> Parsed:
    """Result of reading a weather file.

    Parameters
    ----------
    raw : RawFile
    name : str
        Name of the layout.
    blocks : sequence of airq.weather.series.Block
        One a station, with its place.
    convention : Convention
    network : str
        ``weather`` for stations, ``reanalysis`` for a model's grid.
    stations : collection of str, optional
        Codes to take.

    Raises
    ------
    FileRejected
        A forecast, or nothing that could be taken.
    """
    _refuse_forecast(raw, blocks)
    taken = [b for b in blocks if stations is None or b.point.station in stations]
    _tell(raw.issues, taken)
    if not any(np.isfinite(v).any() for b in taken for n, v in b.values.items() if n in WEATHER):
        raise FileRejected(f"{raw.path}: no value of the weather could be taken; check the file.")
    ds = weather_series.to_dataset(taken, {})
    if "pressure" in ds:
        for sentence in reader.doubts(ds):
            raw.issues.note("", sentence.rstrip("."))
    raw.issues.note("", convention.sentence())
    names = [n for n in WEATHER if n in ds]
    values = {n: np.asarray(ds[n].values, np.float32) for n in names}
    missing = np.uint16(FLAGS["missing"])
    flags = {n: np.asarray(ds[f"{n}_flag"].values, np.uint16) & ~missing for n in names}
    codes = [str(c) for c in ds["station"].values]
    about = {b.point.station: _about(b.point, network) for b in taken}
    time = ds["time"].values.astype("datetime64[ns]")
    return Parsed(raw, name, "hourly", Block(codes, time, values, flags), raw.issues.summarised(), about)


def _refuse_forecast(raw: RawFile, blocks: Sequence[weather_series.Block]) -> None:
    ahead = next((b for b in blocks if b.attrs.get("kind") == "forecast"), None)
    if ahead is not None:
        issued = f", issued {ahead.attrs['issued'][:16].replace('T', ' ')}" if "issued" in ahead.attrs else ""
        raise FileRejected(
            f"{raw.path}: a weather forecast{issued}, and the archive keeps only weather that was; give the file to the forecast instead."
        )


def _tell(issues: Issues, blocks: Sequence[weather_series.Block]) -> None:
    """Take over what the weather reader found; what holds for all stations is said once."""
    findings = [_findings(b) for b in blocks]
    shared = [t for t in findings[0] if all(t in own for own in findings)] if findings else []
    for text in shared:
        _add(issues, "", text)
    for block, own in zip(blocks, findings, strict=True):
        for text in own:
            if text not in shared:
                _add(issues, f"station {block.point.station}: " if len(blocks) > 1 else "", text)


def _findings(block: weather_series.Block) -> list[str]:
    out = list(block.issues)
    if block.attrs.get("derived"):
        out.append(f"derived from the other values: {', '.join(block.attrs['derived'].split())}")
    six = block.values.get("precipitation_6h")
    if six is not None and np.isfinite(six).any():
        out.append(f"{int(np.isfinite(six).sum()):,} amounts of six hours are not stored")
    return out


def _add(issues: Issues, who: str, text: str) -> None:
    found = _LINE.fullmatch(text)
    where, what = (found[1], found[2]) if found else ("", who + text)
    (issues.lost if isinstance(text, weather.Lost) else issues.note)(where, what.rstrip("."))


def _about(point: weather_series.Point, network: str) -> dict[str, Any]:
    """What a file says of its station."""
    known = places.find(point.place) if point.place else None
    out: dict[str, Any] = {"name_zh": point.name_zh, "name_en": point.name_en, "place": point.place}
    if known is not None and network != "weather":  # a grid point has no name of its own
        out |= {"name_zh": f"{known.zh}（再分析）", "name_en": f"{known.en} (reanalysis)"}
    out |= {"lat": point.lat, "lon": point.lon, "elevation": point.elevation}
    return {k: v for k, v in {**out, "network": network, "role": "weather"}.items() if v not in ("", None)}

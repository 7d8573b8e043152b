"""Daily pollutants of a city with surface weather, as public study data give them.

``date,PM25,PM10,CO,NO2,SO2,O3,…,city,…,avgtemp,…,avgrh,…,avgws,…,precipitation,avgp,…``: CO in µg/m³, pressure in Pa.
The weather comes from one station of the region, which may stand far above the city; its pressure tells.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import MISSING, Parsed, convert, parse_date, place_of
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays
from airq.observations.formats.rows import dense
from airq.observations.formats.table import Table, first_heads, numbers, read_table
from airq.observations.issues import Issues

__all__ = ["NAME", "altitude", "parse", "recognise"]

NAME: Final = "city-met"

_MARKS: Final = frozenset(("date", "avgtemp", "maxtemp", "mintemp", "avgrh", "minrh", "avgws", "maxws", "maxwswd", "precipitation", "avgp", "maxp", "minp"))  # fmt: skip
_COLUMNS: Final = {
    "pm25": (("PM25", "PM2.5"), "µg/m3"),
    "pm10": (("PM10",), "µg/m3"),
    "so2": (("SO2",), "µg/m3"),
    "no2": (("NO2",), "µg/m3"),
    "co": (("CO",), "µg/m3"),
    "o3": (("O3",), "µg/m3"),
    "temperature": (("avgtemp",), "degC"),
    "relative_humidity": (("avgrh",), "%"),
    "wind_speed": (("avgws",), "m/s"),
    "precipitation": (("precipitation",), "mm"),
    "pressure": (("avgp",), "Pa"),
}
_MOUNTAIN_KM: Final = 1.2


def altitude(pressure: float) -> float:
    """Height above sea level in km at which the standard atmosphere has a pressure in hPa (ICAO).

    Examples
    --------
    >>> round(altitude(807.5), 1), round(altitude(1013.25), 1)
    (1.9, 0.0)
    """
    return float(44.3308 * (1 - (pressure / 1013.25) ** 0.190263))


def recognise(raw: RawFile) -> bool:
    """Whether most of the weather headings of this layout are there."""
    return len({h.lower() for h in first_heads(raw)} & _MARKS) >= 8


def parse(raw: RawFile, stations: Collection[str] | None = None) -> Parsed:
    """Read a city's daily file.

    Parameters
    ----------
    raw : RawFile
    stations : collection of str, optional
        Cities to take.

    Returns
    -------
    Parsed
        Daily pollutants and weather in canonical units; the "station" is the city.

    Raises
    ------
    FileRejected
        No column of dates, CO that cannot be µg/m³, or nothing could be taken.
    """
    table = read_table(raw)
    texts = table.column("date")
    if texts is None:
        raise FileRejected(
            f"{raw.path}: line {table.head_line}: no column 'date' among '{', '.join(table.heads)[:120]}'; restore the heading."
        )
    time = _days(texts, table, raw.issues)
    cities = table.column("city")
    if cities is None:
        raw.issues.note(f"line {table.head_line}", f"no column of cities; the file's name '{raw.stem}' is taken as the city")  # fmt: skip
    names = _cities(cities, raw.stem, len(table))
    keep = readable(names, ~np.isnat(time), table.lines, raw.issues)
    if stations is not None:
        keep &= np.isin(names.astype(str), list(stations))
    values: dict[str, npt.NDArray[np.float64]] = {}
    for name, (heads, unit) in _COLUMNS.items():
        index = table.find(*heads)
        if index is None:
            raw.issues.lost(f"line {table.head_line}", f"no column '{heads[0]}'; {name} is not taken")
            continue
        cells = numbers(table.columns[index], keep, table.lines, heads[0], raw.issues)
        values[name] = convert(cells, name, unit, raw, heads[0])
    _check(values, raw)
    keep[keep] = drop_strays(names[keep], time[keep], table.lines[keep], raw.issues)
    if not keep.any():
        raise FileRejected(f"{raw.path}: no line could be taken; check the file.")
    block = dense(
        names[keep], time[keep], {n: v[keep] for n, v in values.items()}, table.lines[keep], raw.issues
    )
    raw.issues.note("", "daily; CO is converted from µg/m³ and pressure from Pa; whether o3 is the daily maximum 8-hour mean is not stated [U]")  # fmt: skip
    _mountain(block.values.get("pressure"), raw.issues)
    about = {
        s: {"name_en": s.title(), "place": place_of(s.title()), "network": "city"} for s in block.stations
    }
    return Parsed(raw, NAME, "daily", block, raw.issues.summarised(), about)


def _cities(cells: list[str] | None, stem: str, rows: int) -> npt.NDArray[np.object_]:
    """City of each row; days without weather name none, and belong to the file's only city."""
    if cells is None:
        return np.array([stem] * rows, object)
    names = ["" if c.strip().lower() in MISSING else c.strip() for c in cells]
    known = sorted({n for n in names if n})
    return np.array([n or (known[0] if len(known) == 1 else "") for n in names], object)


def _days(texts: list[str], table: Table, issues: Issues) -> npt.NDArray[np.datetime64]:
    known = {t: parse_date(t) for t in set(texts)}
    out = np.full(len(texts), np.datetime64("NaT"), "datetime64[ns]")
    for i, text in enumerate(texts):
        day = known[text]
        if day is None:
            issues.each("date", f"line {table.lines[i]}", f"the date {text.strip()[:20]} does not exist; the line is not taken")  # fmt: skip
        else:
            out[i] = day
    return out


def _check(values: dict[str, npt.NDArray[np.float64]], raw: RawFile) -> None:
    """Units of this layout, held against the magnitudes."""
    co, pressure = values.get("co"), values.get("pressure")
    if co is not None and np.isfinite(co).sum() >= 7 and float(np.nanmedian(co)) < 0.02:
        raise FileRejected(
            f"{raw.path}: column 'CO': a median of {float(np.nanmedian(co)) * 1000:g} cannot be µg/m³ as this layout has it; it may be mg/m³ already, give a column map."
        )
    if (
        pressure is not None
        and np.isfinite(pressure).any()
        and not 300 < float(np.nanmedian(pressure)) < 1100
    ):
        raise FileRejected(
            f"{raw.path}: column 'avgp': a median of {float(np.nanmedian(pressure)) * 100:g} cannot be Pa as this layout has it; give a column map."
        )


def _mountain(pressure: npt.NDArray[np.float32] | None, issues: Issues) -> None:
    """Say that the weather is that of a height, where the pressure shows it."""
    if pressure is None or not np.isfinite(pressure).any():
        return
    middle = float(np.nanmean(pressure))
    height = altitude(middle)
    if height > _MOUNTAIN_KM:
        issues.note("", f"the weather comes from a station at about {height:.1f} km above the sea ({middle:.0f} hPa); where the city lies lower it is mountain weather")  # fmt: skip

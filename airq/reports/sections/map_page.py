"""The map of a report as it is displayed: sentences on how it was made, two figures, a table of their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from IPython.display import Markdown

from airq import places, standards
from airq.analysis import CountyMonth
from airq.analysis.county_month import edition_of
from airq.analysis.interpolation import Field
from airq.figures import labels, maps
from airq.figures.labels import Language
from airq.places import Place
from airq.reports import tables
from airq.reports.numbers import DASH, decimals, percent, plain, rounded
from airq.reports.sections import map_boundaries
from airq.reports.sections.map_words import compass, word
from airq.weather.wind import from_components

__all__ = ["show"]

_MARGIN: Final = 0.12
_NO_MEANS: Final = (
    "本期没有监测点有{symbol}有效均值（有效日不足或时段未满），不绘浓度分布图。",
    "No station has a valid mean of {symbol} (too few valid days, or the period is not over); no map of concentrations is drawn.",
)
_STATIONS_NAMED: Final = 12
"""Stations of a place that are named on its map; more stand in the table alone."""


def show(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Any]:
    """Parts of the section.

    Parameters
    ----------
    data : mapping
        As :func:`airq.reports.sections.map.compute` made it.
    result : airq.analysis.CountyMonth
        Of the page's place.
    lang : {"zh", "en"}

    Returns
    -------
    list
        Heading, sentences, concentration, categories, table.
    """
    heading = Markdown(f"## {word('heading', lang)}")
    shown = _region(result.about)
    outlines = map_boundaries.outlines(data["boundaries"]["file"])
    stations = _stations(data, lang, result)
    box = _box(outlines, shown, stations, data)
    if box is None:
        return [heading, tables.paragraphs([word("nothing", lang)], style="note")]
    stations, wind = _seen(stations, box), _seen(pd.DataFrame(data["wind"]), box)
    listed = [p for p in data["places"] if p["id"] in shown and p["lat"] is not None]
    source = map_boundaries.source(outlines, lang) if set(shown) & set(outlines.polygons) else ""
    ground = maps.Ground(
        box, outlines.polygons, frozenset(shown), "" if result.is_group else result.place, data["approval"]
    )
    about: dict[str, Any] = {
        "lang": lang,
        "place": _title(result, shown, lang),
        "period": labels.period(result.period, lang),
    }
    about |= {"source": source, "simulated": result.simulated}
    field = Field.from_dict(data["field"]) if "field" in data else None
    named = _named(shown, data, lang)
    if field is None and not stations["value"].notna().any():
        parts = [heading, tables.paragraphs(_without_means(data, lang))]
    else:
        said = _sentences(data, outlines, field, stations, wind, shown, lang)
        made = maps.concentration_map(named, stations, ground, wind, field, data["pollutant"], **about)
        parts = [heading, tables.paragraphs(said), made]
    edition = edition_of(result.in_force[-1])  # the rule of the day, not the one that came later
    if categories := _categories(listed, edition, lang):
        of_places = maps.Ground(
            box, outlines.polygons, frozenset(p["id"] for p in listed), ground.marked, ground.approval
        )
        parts.append(maps.category_map(pd.DataFrame(categories), of_places, edition, **about))
        parts.append(_table(data, listed, lang))
    return [*parts, tables.details(word("stations", lang), _station_table(stations, data, lang))]


def _region(about: Place) -> tuple[str, ...]:
    """Places that a page's map is about: the group's members, or those of the group that a place belongs to."""
    if about.members:
        return about.members
    groups = [p for p in places.load().values() if about.id in p.members]
    counties = [g for g in groups if all(m.kind == "county" for m in places.members(g.id))]
    chosen = min(counties or groups, key=lambda g: len(g.members), default=None)
    return chosen.members if chosen else (about.id,)


def _title(result: CountyMonth, shown: tuple[str, ...], lang: Language) -> str:
    return result.about.name(lang) if result.is_group or len(shown) == 1 else word("about", lang, place=result.about.name(lang))  # fmt: skip


def _stations(data: Mapping[str, Any], lang: Language, result: CountyMonth) -> pd.DataFrame:
    """Stations with the label of those that belong to the page's place."""
    table = pd.DataFrame(data["stations"])
    table["value"] = pd.to_numeric(table["mean"])
    names = table["name_zh" if lang == "zh" else "name_en"].replace({"nan": "", "None": ""})
    table["name"] = names.where(names != "", table["station"])
    own = (table["place"] == result.place).to_numpy()
    named = own if own.sum() <= _STATIONS_NAMED else np.zeros(len(table), bool)
    table["label"] = np.where(named, (table["name"] + " " + table["printed"]).str.strip(), "")
    return table


def _box(outlines: map_boundaries.Outlines, shown: tuple[str, ...], stations: pd.DataFrame, data: Mapping[str, Any]) -> maps.Box | None:  # fmt: skip
    """What must be seen: the outlines of the region, its stations and seats."""
    import shapely

    own = stations[stations["place"].isin(shown)]
    seats = [(p["lat"], p["lon"]) for p in data["places"] if p["id"] in shown and p["lat"] is not None]
    lat, lon = [*own["lat"], *(s[0] for s in seats)], [*own["lon"], *(s[1] for s in seats)]
    have = [outlines.polygons[p] for p in shown if p in outlines.polygons]
    if not have:
        return maps.around(lat, lon) if lat else None
    west, south, east, north = shapely.total_bounds(np.array(have, dtype=object))
    return maps.around([south, north, *lat], [west, east, *lon], 0.0)


def _seen(table: pd.DataFrame, box: maps.Box) -> pd.DataFrame:
    if table.empty:
        return table
    west, east, south, north = box
    return table[table["lat"].between(south, north) & table["lon"].between(west, east)]


def _named(shown: tuple[str, ...], data: Mapping[str, Any], lang: Language) -> pd.DataFrame:
    """Every place of the region with its mean where this run has it."""
    known = {p["id"]: p for p in data["places"]}
    rows = []
    for name in shown:
        about, entry = places.get(name), known.get(name, {})
        lat, lon = about.lat, about.lon
        if lat is None or lon is None:
            continue
        row = {"place": name, "label": about.name(lang), "lat": lat, "lon": lon, "value": entry.get("mean")}
        rows.append({**row, "printed": entry.get("printed", "")})
    return pd.DataFrame(rows, columns=["place", "label", "lat", "lon", "value", "printed"])


def _categories(listed: list[dict[str, Any]], edition: str, lang: Language) -> list[dict[str, Any]]:
    rows = []
    for entry in listed:
        day = entry["editions"][edition]
        about = {"place": entry["id"], "label": places.get(entry["id"]).name(lang)}
        rows.append({**about, **{k: entry[k] for k in ("lat", "lon")}, **{k: day[k] for k in ("category", "good", "valid")}})  # fmt: skip
    return rows if any(r["category"] for r in rows) else []


def _sentences(
    data: Mapping[str, Any], outlines: map_boundaries.Outlines, field: Field | None, stations: pd.DataFrame, wind: pd.DataFrame, shown: tuple[str, ...], lang: Language
) -> list[str]:  # fmt: skip
    symbol = labels.pollutant(data["pollutant"])
    known = int(stations["value"].notna().sum())
    out = [word("means", lang, symbol=symbol, n=known, without=len(stations) - known)]
    if field is not None:
        out.append(
            word("field", lang, n=len(field.value), length=f"{field.covariance.length_km:.0f}", error=percent(field.typical_error, 0), limit=percent(field.limit, 0), reach=f"{field.reach_km:g}")
        )  # fmt: skip
    else:
        about = data["no_field"]
        keys = ("stations", "places", "min_stations", "min_places")
        out.append(word(about["reason"], lang, **{k: round(about[k]) for k in keys if k in about}))
    out.append(word("no_wind" if wind.empty else "wind", lang))
    out += [note[0 if lang == "zh" else 1] for note in outlines.notes]
    if not set(shown) & set(outlines.polygons):
        out.append(word("points", lang))
    out.append(_approval(data, lang))
    return out


def _approval(data: Mapping[str, Any], lang: Language) -> str:
    return word("approved", lang, number=data["approval"]) if data["approval"] else word("sketch", lang)


def _without_means(data: Mapping[str, Any], lang: Language) -> list[str]:
    """Why no concentrations are drawn: a map of empty marks would say nothing."""
    return [
        labels.pick(_NO_MEANS, lang, symbol=labels.pollutant(data["pollutant"])),
        _approval(data, lang),
    ]


def _table(data: Mapping[str, Any], listed: list[dict[str, Any]], lang: Language) -> Any:
    winds = {w["place"]: w for w in data["wind"]}
    editions = [edition_of(s) for s in data["standards"]]
    symbol, unit = labels.pollutant(data["pollutant"]), labels.units(data["pollutant"])
    head = [labels.text("place", lang), f"{symbol} ({unit})"]
    head += [word(k, lang) for k in ("median", "category", "good")] * len(editions)
    head += [word("speed", lang), word("towards", lang)]
    rows = []
    for entry in listed:
        cells: list[object] = [places.get(entry["id"]).name(lang), entry["printed"] or DASH]
        for edition in editions:
            day = entry["editions"][edition]
            level = day["category"]
            cells += [
                tables.aqi_chip(str(day["aqi"]), level) if level else DASH,
                standards.category_name(level, lang, edition) if level else DASH,
                f"{day['good']}/{day['valid']}" if level else DASH,
            ]
        rows.append(cells + _wind_cells(winds.get(entry["id"]), lang))
    groups = [("", 2), *((labels.edition(e, lang), 3) for e in editions), (word("wind_group", lang), 2)]
    return tables.table(head, rows, word("caption", lang), word("note", lang), (0, 3, 6, 9), groups=groups)


def _wind_cells(wind: Mapping[str, Any] | None, lang: Language) -> list[str]:
    if wind is None:
        return [DASH, DASH]
    _, direction = from_components(wind["u"], wind["v"])
    whence = compass(float(direction), lang) if np.isfinite(direction) else DASH
    return [plain(rounded(wind["speed"], 1)), whence]


def _station_table(stations: pd.DataFrame, data: Mapping[str, Any], lang: Language) -> Any:
    digits = decimals(f"mean_{data['pollutant']}", data["standards"][1])
    unit = labels.units(data["pollutant"])
    head = [labels.text("station", lang), labels.text("place", lang), labels.text("role", lang)]
    head += [f"{labels.pollutant(data['pollutant'])} ({unit})", labels.text("valid_days", lang)]
    rows = []
    for row in stations.sort_values(["place", "station"]).to_dict("records"):
        about = places.find(row["place"])
        role = labels.text("role_background" if row["role"] == "background" else "role_evaluation", lang)
        value = plain(rounded(row["value"], digits)) if not row["printed"] else row["printed"]
        rows.append([row["name"], about.name(lang) if about else DASH, role, value, str(row["days"])])
    return tables.table(head, rows, word("stations", lang), left=(0, 1, 2))

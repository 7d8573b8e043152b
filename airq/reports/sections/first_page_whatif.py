"""What the first page says of the season's scenarios: the season without action, and what the last scenario changes.

The change is the median of the changes, as in the section; the difference of two medians is another number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from airq import places
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import tables
from airq.reports.numbers import plain, rounded
from airq.reports.provenance import section_ref
from airq.reports.sections.whatif_page import season_name
from airq.reports.tables import Html, Number

__all__ = ["facts", "sentence"]

_ASKED: Final = {"pm25": "pm25_season", "heavy": "heavy_days_2026"}
"""Indicators of what is said."""
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "whole": (
        "{season}年采暖季（多年气象下的情景，{place}）：不采取措施，{base}；{title}，{with_it}{small}。",
        "Heating season {season} (scenarios over many weather years, {place}): without action {base}; with {title}, {with_it}{small}.",
    ),
    "pm25": (
        "PM₂.₅平均{value} µg/m³（90%区间{low}—{high}）",
        "mean PM₂.₅ {value} µg/m³ (90% interval {low}–{high})",
    ),
    "heavy": ("重度及以上污染{value}天", "{value} of heavy pollution"),
    "pm25_changed": ("PM₂.₅变化{value} µg/m³", "PM₂.₅ changes by {value} µg/m³"),
    "pm25_same": ("PM₂.₅不变", "PM₂.₅ does not change"),
    "heavy_changed": ("重污染天数变化{value}天", "heavy pollution by {value}"),
    "heavy_same": ("重污染天数不变", "the days of heavy pollution stay as they are"),
    "small": ("，PM₂.₅的变化小于可检出的幅度", "; the change of PM₂.₅ is below what could be detected"),
}


def facts(data: Mapping[str, Any], place: str) -> dict[str, Any] | None:
    """Numbers of the scenarios for a place, or for the city that represents a group.

    Parameters
    ----------
    data : mapping
        Of the section ``whatif``.
    place : str

    Returns
    -------
    dict or None
        ``place season title_zh title_en detectable``, ``base`` and ``change`` (scenario less base): of ``pm25`` (µg/m³,
        the season's mean) and ``heavy`` (days) the quantiles ``p5 p50 p95``. None where the run has no row of the place.
    """
    about = places.get(place)
    site = about.represented_by if about.kind == "group" else about.id
    if not data["scenarios"]:
        return None
    chosen = data["scenarios"][-1]
    rows = {key: _row(chosen["rows"], site, name, data["name"]) for key, name in _ASKED.items()}
    pm25 = rows["pm25"]
    if pm25 is None:
        return None
    found = {key: row for key, row in rows.items() if row is not None}
    return {
        "place": site,
        "season": data["name"],
        "title_zh": chosen["title_zh"],
        "title_en": chosen["title_en"],
        "detectable": pm25.get("detectable"),
        "base": {key: _quantiles(row, "baseline") for key, row in found.items()},
        "change": {key: _quantiles(row, "change") for key, row in found.items()},
    }


def _row(
    rows: Sequence[Mapping[str, Any]], place: str, indicator: str, season: str
) -> Mapping[str, Any] | None:
    """Row of the season itself; a calendar year is no season."""
    own = (r for r in rows if r["place"] == place and r["indicator"] == indicator and r["period"] == season)
    return next(own, None)


def _quantiles(row: Mapping[str, Any], side: str) -> dict[str, float]:
    return {q: row[f"{side}_{q}"] for q in ("p5", "p50", "p95")}


def sentence(found: Mapping[str, Any], lang: Language) -> Html:
    """Sentence on the season without action and on what the last scenario changes.

    Parameters
    ----------
    found : mapping
        Of :func:`facts`.
    lang : {"zh", "en"}
    """
    small = found["detectable"] is False
    return _say(
        "whole",
        lang,
        season=season_name(found["season"], lang),
        place=places.get(found["place"]).name(lang),
        title=found["title_zh"] if lang == "zh" else _inside(str(found["title_en"])),
        base=_base(found, lang),
        with_it=_changes(found, lang),
        small=labels.pick(_WORDS["small"], lang) if small else "",
    )


def _say(key: str, lang: Language, **values: object) -> Html:
    return tables.sentence(_WORDS[key][0 if lang == "zh" else 1], **values)


def _inside(title: str) -> str:
    """English title within a sentence: a small letter, but for names and abbreviations."""
    first = title.split(" ", 1)[0]
    return title[:1].lower() + title[1:] if first[1:].islower() and places.find(first) is None else title


def _number(found: Mapping[str, Any], side: str, key: str, q: str, shown: str) -> Number:
    return Number(shown, section_ref("first_page", "whatif", side, key, q))


def _tenth(value: float, whole: bool = False) -> Decimal:
    """To a tenth, as the section prints it; days without a zero behind the point."""
    made = rounded(value, 1) or Decimal(0)
    return made.quantize(Decimal(1)) if whole and made == made.to_integral_value() else made


def _base(found: Mapping[str, Any], lang: Language) -> Html:
    said = []
    for key, quantiles in found["base"].items():
        shown = {q: plain(_tenth(v, key == "heavy")) for q, v in quantiles.items()}
        if key == "heavy" and lang == "en":
            shown["p50"] += " day" if shown["p50"] == "1" else " days"
        value, low, high = (_number(found, "base", key, q, shown[q]) for q in ("p50", "p5", "p95"))
        said.append(_say(key, lang, value=value, low=low, high=high))
    return _together(said, lang)


def _changes(found: Mapping[str, Any], lang: Language) -> Html:
    said = []
    for key, quantiles in found["change"].items():
        change = _tenth(quantiles["p50"], key == "heavy")
        if not change:
            said.append(_say(f"{key}_same", lang))
            continue
        shown = f"{'+' if change > 0 else '−'}{abs(change):f}"
        if key == "heavy" and lang == "en":
            shown += " day" if abs(change) == 1 else " days"
        said.append(_say(f"{key}_changed", lang, value=_number(found, "change", key, "p50", shown)))
    return _together(said, lang)


def _together(said: Sequence[Html], lang: Language) -> Html:
    joint = "、" if lang == "zh" else " and "
    template = joint.join(f"{{p{i}}}" for i in range(len(said)))
    return tables.sentence(template, **{f"p{i}": part for i, part in enumerate(said)})

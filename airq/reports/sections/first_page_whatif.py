"""What the first page says of the season's scenarios: without action, and with the last of the scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from airq import places
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import tables
from airq.reports.numbers import plain, rounded
from airq.reports.provenance import section_ref
from airq.reports.tables import Html, Number

__all__ = ["facts", "sentence"]

_ASKED: Final = {"pm25": ("pm25_season", 1), "heavy": ("heavy_days_2026", 0)}
"""Indicator and printed decimals of what is said."""
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "whole": (
        "{season}采暖季（多年气象下的情景，{place}）：不采取措施，{base}；{title}，{with_it}{small}。",
        "Heating season {season} (scenarios over many weather years, {place}): without action {base}; {title}: {with_it}{small}.",
    ),
    "pm25": ("PM₂.₅平均{value} µg/m³", "mean PM₂.₅ {value} µg/m³"),
    "pm25_range": (
        "PM₂.₅平均{value} µg/m³（90%区间{low}—{high}）",
        "mean PM₂.₅ {value} µg/m³ (90% interval {low}–{high})",
    ),
    "heavy": ("重度及以上污染{value}天", "{value} days of heavy pollution"),
    "small": ("，变化小于可检出的幅度", "; the change is below what could be detected"),
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
        ``place season title_zh title_en detectable``, ``base`` and ``changed``: of ``pm25`` (µg/m³, the season's mean) and
        ``heavy`` (days) the quantiles ``p5 p50 p95``. None where the run has no row of the place.
    """
    about = places.get(place)
    site = about.represented_by if about.kind == "group" else about.id
    if not data["scenarios"]:
        return None
    chosen = data["scenarios"][-1]
    rows = {key: _row(chosen["rows"], site, name, data["name"]) for key, (name, _) in _ASKED.items()}
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
        "changed": {key: _quantiles(row, "scenario") for key, row in found.items()},
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
    """Sentence on the season without action and with the last scenario.

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
        season=found["season"],
        place=places.get(found["place"]).name(lang),
        title=found["title_zh" if lang == "zh" else "title_en"],
        base=_values(found, "base", lang),
        with_it=_values(found, "changed", lang),
        small=labels.pick(_WORDS["small"], lang) if small else "",
    )


def _say(key: str, lang: Language, **values: object) -> Html:
    return tables.sentence(_WORDS[key][0 if lang == "zh" else 1], **values)


def _values(found: Mapping[str, Any], side: str, lang: Language) -> Html:
    said = []
    for key, quantiles in found[side].items():
        digits = _ASKED[key][1]
        refs = {q: section_ref("first_page", "whatif", side, key, q) for q in quantiles}
        value, low, high = (
            Number(plain(rounded(quantiles[q], digits)), refs[q]) for q in ("p50", "p5", "p95")
        )
        name = "pm25_range" if key == "pm25" and side == "base" else key
        said.append(_say(name, lang, value=value, low=low, high=high))
    joint = "、" if lang == "zh" else " and "
    template = joint.join(f"{{p{i}}}" for i in range(len(said)))
    return tables.sentence(template, **{f"p{i}": part for i, part in enumerate(said)})

"""The first page: what a leader reads in a minute, gathered from the result and the other sections.

Computed last. It holds copies of the numbers that its sentences print, unrounded, so that the results file says what the
page says; :mod:`airq.reports.sections.first_page_text` makes the sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airq.analysis import CountyMonth
from airq.errors import AirqError
from airq.figures.labels import Language
from airq.reports.sections._contract import Context, Part

__all__ = ["VERSION", "compute", "official_standard", "show"]

VERSION: Final = 1
_TARGET_ROW: Final = (
    "id", "status", "probability", "zero", "half", "full", "drift", "limit", "value", "valid_days", "days_to_go",
    "unknown_days", "q10", "q50", "q90", "event",
)  # fmt: skip
_DEWEATHERED: Final = ("percent", "interval", "fall_detectable", "rise_detectable", "verdict")


def official_standard(result: CountyMonth) -> str:
    """Standard under which the two years of a period are compared: that in force at its end.

    Parameters
    ----------
    result : CountyMonth

    Returns
    -------
    str
        One of the two of the result.
    """
    last = result.in_force[-1]
    return last if last in result.standards else result.standards[1]


def compute(context: Context) -> dict[str, Any]:
    """Numbers of the first page.

    Parameters
    ----------
    context : Context
        With the sections of the place that were computed before.

    Returns
    -------
    dict
        ``ranking target outlook measures deweathered whatif``, each None where there is none; ``left_out``: sentences of
        sections that could not be made.
    """
    found = {name: data for name, data in context.sections.items() if "missing" not in data}
    missing = {name: data["missing"] for name, data in context.sections.items() if "missing" in data}
    return {
        "ranking": _ranking(found.get("ranking"), context),
        "target": _target(context),
        "outlook": _outlook(found.get("outlook")),
        "measures": _measures(found.get("measures")),
        "deweathered": _deweathered(found.get("deweathered")),
        "whatif": _whatif(found.get("whatif"), context.place.id),
        "left_out": missing,
    }


def _ranking(data: Mapping[str, Any] | None, context: Context) -> dict[str, Any] | None:
    """Place of the page in its ranking, or the rows of a group."""
    from airq.reports.sections.ranking_page import find

    at = None if data is None else find(data, context.place.id)
    if data is None or at is None:
        return None
    ranking = data["rankings"][at[0]]
    standard = official_standard(context.result)
    part = next(p for p in ranking["standards"] if p["standard"] == standard)
    rows = part["rows"]
    own = [r for r in rows if r["place"] == context.place.id]
    return {
        "group": ranking["id"],
        "official": ranking["official"],
        "inside": at[1],
        "standard": standard,
        "ranked": len(rows),
        "compared": sum(r["composite_change_rank"] is not None for r in rows),
        "rows": rows if context.result.is_group and context.place.id == ranking["id"] else own,
        "apart": [a["place"] for a in part["apart"]],
    }


def _target(context: Context) -> dict[str, Any] | None:
    """First target of the year, or why there is none."""
    from airq.reports import target_panel, target_text

    panel = getattr(context, "targets", None)
    if panel is None:
        try:
            panel = target_panel.make(context.archive, context.place.id, context.period, hindcast=False)
        except AirqError:
            return None
    if panel.reason or panel.rows.empty:
        return {"reason": {lang: target_text.reason(panel, lang) for lang in ("zh", "en")}}
    target, row = panel.targets()[0]
    return {
        "reason": None,
        "site": panel.site,
        "year": panel.year,
        "asof": panel.asof,
        "target": target,
        "row": {key: row.get(key) for key in _TARGET_ROW},
    }


def _outlook(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    pm25 = (data or {}).get("rows", {}).get("pm25", [])
    if data is None or not pm25:
        return None
    heavy = data.get("heavy") or {}
    days = [d for d in heavy.get("days", []) if d["probability"]]
    worst = max(days, key=lambda d: d["probability"], default=None)
    outlook = (data.get("alerts") or {}).get("outlook", [])
    return {
        "issued": data["issued"],
        "first": min(r["date"] for r in pm25),
        "last": max(r["date"] for r in pm25),
        "days": len(pm25),
        "low": min(r["q50"] for r in pm25),
        "high": max(r["q50"] for r in pm25),
        "heavy": heavy.get("any"),
        "worst_day": worst["date"] if worst else None,
        "worst": worst["probability"] if worst else None,
        "alerts": [{k: a[k] for k in ("level", "level_zh", "probability")} for a in outlook if a["warn"]],
        "judged": bool(data.get("alerts")),
        "weather": data["weather"],
    }


def _measures(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if data is None:
        return None
    counts = {state: own["measures"] for state, own in data["counts"].items()}
    tonnes = data["tonnes"].get("done", {}).get("PM25")
    return {"asof": data["asof"], "counts": counts, "done_pm25": tonnes}


def _deweathered(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if data is None:
        return None
    change = data.get("change")
    kept = {key: change[key] for key in _DEWEATHERED} if change else None

    return {"change": kept, "reason": data.get("change_reason") or ""}


def _whatif(data: Mapping[str, Any] | None, place: str) -> dict[str, Any] | None:
    """Scenarios of the season for the page's place."""
    from airq.reports.sections import first_page_whatif

    return None if data is None else first_page_whatif.facts(data, place)


def show(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Part]:
    """The page: heading, sentences, a small table.

    Parameters
    ----------
    data : mapping
        From :func:`compute`.
    result : CountyMonth
    lang : {"zh", "en"}
    """
    from airq.reports.sections import first_page_text

    return first_page_text.parts(data, result, lang)

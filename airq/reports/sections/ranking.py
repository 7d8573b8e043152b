"""Ranking of counties by composite index, good days and PM2.5, and of their improvement, under both standards.

Computed once a run. The counties of each group made of counties are ranked among themselves; the members of another
group are compared in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from airq import places
from airq.analysis import CountyMonth, county_month
from airq.analysis.county_ranking import eligible, ranked
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import text
from airq.reports.sections._contract import Context, Missing, Part

__all__ = ["VERSION", "compute", "show"]

VERSION: Final = 1
_FEW: Final = 2
"""More places than this are read from the archive together."""


def compute(context: Context) -> dict[str, Any]:
    """Rankings of every group of places.

    Parameters
    ----------
    context : Context

    Returns
    -------
    dict
        ``rankings``: ``id`` of the group (empty for counties of no group), ``official`` (made of counties alone),
        ``members``, ``standards``: each with ``standard``, ``rows`` as :func:`airq.analysis.county_ranking.ranked`
        gives them, and ``apart``: ``place`` and ``reason`` in both languages of those that are not ranked.

    Raises
    ------
    Missing
        If no county can be ranked.
    """
    wanted = [(g.id, g.members) for g in places.county_groups()]
    grouped = {m for _, members in wanted for m in members}
    alone = tuple(p.id for p in places.load().values() if p.kind == "county" and p.id not in grouped)
    wanted += [("", alone)] if len(alone) > 1 else []
    known = {group for group, _ in wanted}
    others = [p for p in places.load().values() if p.kind == "group" and p.id not in known]
    wanted += [
        (p.id, p.members) for p in others
    ]  # all, so that what is kept does not depend on what was asked for
    made = [_ranking(context, group, members, group in known) for group, members in wanted]
    if not any(part["rows"] for one in made for part in one["standards"]):
        raise Missing(
            "没有一个县（市）有足够的有效日，不作排名。", "No county has enough valid days to be ranked."
        )
    return {"rankings": made}


def _ranking(context: Context, group: str, members: Sequence[str], official: bool) -> dict[str, Any]:
    found = _results(context, group, members)
    parts = []
    for standard in context.result.standards:
        now, before = (_rows(found, span, standard) for span in ("period", "last_period"))
        rows = ranked(now, before) if len(now) else pd.DataFrame({"place": []})
        there = set(rows["place"])
        apart = [
            {"place": m, "reason": _reason(found.get(m), m, standard)} for m in members if m not in there
        ]
        parts.append({"standard": standard, "rows": rows.to_dict("records"), "apart": apart})
    return {"id": group, "official": official, "members": list(members), "standards": parts}


def _results(context: Context, group: str, members: Sequence[str]) -> dict[str, CountyMonth]:
    """A result that holds the rows of each member: its own, that of a group, else computed now."""
    found: dict[str, CountyMonth] = {}
    if group and group in context.results:
        found = dict.fromkeys(members, context.results[group])
    found |= {m: context.results[m] for m in members if m in context.results}
    missing = [m for m in members if m not in found]
    if group and len(missing) > _FEW:
        return dict.fromkeys(missing, county_month(context.archive, group, context.period)) | found
    return found | {m: county_month(context.archive, m, context.period) for m in missing}


def _rows(found: Mapping[str, CountyMonth], span: str, standard: str) -> pd.DataFrame:
    rows = [r.row(span, standard, place=m) for m, r in found.items()]
    return pd.DataFrame([r for r in rows if r is not None]).reset_index(drop=True)


def _reason(result: CountyMonth | None, place: str, standard: str) -> dict[str, str]:
    """Why a place is not ranked, in both languages."""
    return {lang: _why(result, place, standard, lang) for lang in labels.LANGUAGES}


def _why(result: CountyMonth | None, place: str, standard: str, lang: Language) -> str:
    row = None if result is None else result.row(standard=standard, place=place)
    if row is not None and not eligible(row.to_frame().T).item():
        return " ".join(text.reasons(row, lang)) if lang == "en" else "".join(text.reasons(row, lang))
    if result is not None and not (result.stations["place"] == place).any():
        return "档案中没有监测点。" if lang == "zh" else "The archive holds no station."
    return "本期没有有效数据。" if lang == "zh" else "No valid data in the period."


def show(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Part]:
    """The ranking that concerns a place.

    Parameters
    ----------
    data : mapping
        From :func:`compute`.
    result : CountyMonth
        Of the page.
    lang : {"zh", "en"}
    """
    from airq.reports.sections import ranking_page

    return ranking_page.show(data, result, lang)

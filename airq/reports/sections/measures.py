"""Measures done against plan at the end of the period: what is done, under way, late, and its tonnes.

The register says what documents state. A measure counts as late where the date of its plan has passed and no row of the
register shows it done, which need not mean that it was not carried out.

Examples
--------
>>> import datetime as dt
>>> state_of({"status": "planned", "start": "2021", "end": "2025"}, dt.date(2026, 9, 30))
'late'
>>> state_of({"status": "done", "start": "2021", "end": "2025"}, dt.date(2023, 6, 30))
'under_way'
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from airq import options, places
from airq.errors import AirqError
from airq.figures.labels import Language
from airq.places import Place
from airq.reports.sections._absence import until_of
from airq.reports.sections._contract import Context, Missing, Part

if TYPE_CHECKING:
    from airq.analysis import CountyMonth
    from airq.inventory import Emissions, Register

__all__ = ["STATES", "VERSION", "compute", "inputs", "show", "state_of"]

VERSION: Final = 2
DRAWS: Final = 4000
RULE_TEXT: Final = {
    "zh": "活动量×排放因子×（1−已有治理）×去除效率，减去替代排放；逐次抽样求和（docs/inventory.md）",
    "en": "activity × factor × (1 − existing control) × efficiency, less what takes its place; summed draw by draw (docs/inventory.md)",
}
STATES: Final = ("done", "under_way", "late", "undated", "coming")
"""In the order of a page: done by the day, its date not yet reached, its date passed without a word of it done, planned
without a date of its end, not begun."""
POLLUTANTS: Final = ("PM25", "SO2", "NOx", "VOC")
_COLUMNS: Final = ("measure_id", "name_zh", "name_en", "place", "category", "status", "count", "count_unit", "start", "end", "document", "section", "confidence")  # fmt: skip
_FILES: Final = ("measures.csv", "factors.csv", "activity.csv", "baseline.csv", "vehicle_corrections.csv")


def inputs(context: Context) -> list[str]:
    """Digests of the files that the section reads.

    Parameters
    ----------
    context : Context
    """
    import hashlib

    files = [options.raw_dir() / name for name in _FILES]
    return [hashlib.sha256(f.read_bytes()).hexdigest() if f.is_file() else "" for f in files]


def state_of(row: Mapping[str, Any], on: dt.date) -> str:
    """Where a measure stands on a day.

    Parameters
    ----------
    row : mapping
        ``status``, ``start``, ``end`` of the register.
    on : datetime.date

    Returns
    -------
    str
        One of :data:`STATES`.
    """
    from airq.inventory.periods import first_day, last_day

    done = row["status"] in ("done", "verified")
    start = first_day(row["start"]) if row["start"] else None
    end = last_day(row["end"]) if row["end"] else None
    if start is not None and start > on:
        return "coming"
    if end is not None and end > on:
        return "under_way"
    if done:
        return "done"
    return "undated" if end is None else "late"


def compute(context: Context) -> dict[str, Any]:
    """Measures of a place and of the places in it, as the register has them, at the end of the period.

    Parameters
    ----------
    context : Context

    Returns
    -------
    dict
        ``asof``, ``register`` (file), ``counts`` (by state: measures, with tonnes), ``tonnes`` (by state and pollutant: p5,
        p50, p95 t a year in full effect, measures), ``rows`` (counted measures), ``left_out`` (contained or decided
        against), ``growth`` (entries that are no measures), ``wide`` (measures of a larger area that are not split), ``factors`` (marks and sources), ``draws``,
        ``seed``.

    Raises
    ------
    Missing
        The register holds no measure of the place, or cannot be read.
    """
    from airq import inventory

    place, asof = context.place, until_of(context).date()
    try:
        register = inventory.load()
    except AirqError as error:
        raise Missing(
            "措施清单无法读取，本节从略。", f"The register of measures cannot be read: {error}"
        ) from error
    within = _within(place)
    mask = register.table["place"].isin(within)
    growth = register.table["category"] == "growth"
    wide = (
        register.table["place"].isin(_around(place, within))
        & (register.table["standing"] == "counted")
        & ~growth
    )
    if not (mask & ~growth).any():
        raise Missing(_none("zh", place, int(wide.sum())), _none("en", place, int(wide.sum())))
    own = _own(register.where(mask & ~growth))
    counted = own.counted()
    states = {r["measure_id"]: state_of(r, asof) for r in counted.table.to_dict("records")}
    found = counted.emissions(draws=DRAWS, seed=context.seed, pollutants=POLLUTANTS)
    marks, factors = _marks(found)
    return {
        "place": place.id,
        "rule": RULE_TEXT,
        "asof": asof,
        "places": sorted(within),
        "register": Path(register.source).name,
        "counts": {s: _count(states, found, s) for s in STATES},
        "tonnes": {s: _tonnes(found, [k for k, v in states.items() if v == s]) for s in STATES},
        "rows": _rows(counted, states, found, marks),
        "left_out": len(own) - len(counted),
        "growth": int((mask & growth).sum()),
        "wide": {"measures": int(wide.sum()), "places": sorted(register.table.loc[wide, "place"].unique())},
        "factors": factors,
        "draws": DRAWS,
        "seed": context.seed,
    }


def _own(register: Register) -> Register:
    """Rows of a place, of which those contained in a row of a larger area count, since that row is not among them."""
    from airq.inventory.links import CONTAINED, related

    rows = register.table.to_dict("records")
    held = {r["measure_id"] for r in rows}
    standing = [
        "counted" if r["relation"] in CONTAINED and not held & set(related(r)) else r["standing"]
        for r in rows
    ]
    return replace(register, table=register.table.assign(standing=standing))


def _none(lang: str, place: Place, wide: int) -> str:
    if lang == "zh":
        more = f"；另有{wide}项措施按更大范围规划，未分到该地" if wide else ""
        return f"措施清单中没有{place.zh}的措施{more}。"
    more = f"; {wide} measures are planned for a larger area and not split" if wide else ""
    return f"The register has no measure of {place.en}{more}."


def _within(place: Place) -> set[str]:
    """Places whose measures are those of a place: itself, its members, and groups all of whose members are in it."""
    inside = {p.id for p in places.members(place.id)} | {place.id}
    groups = [p for p in places.load().values() if p.kind == "group" and set(p.members) <= inside]
    return inside | {g.id for g in groups}


def _around(place: Place, within: set[str]) -> set[str]:
    """Groups that a place belongs to and does not hold whole."""
    ids = {p.id for p in places.members(place.id)}
    return {p.id for p in places.load().values() if p.kind == "group" and ids & set(p.members)} - within


def _count(states: Mapping[str, str], found: Emissions, state: str) -> dict[str, int]:
    own = {k for k, v in states.items() if v == state}
    return {"measures": len(own), "with_tonnes": len(own & {line.measure_id for line in found.lines})}


def _tonnes(found: Emissions, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Sums draw by draw over measures, never of medians."""
    from airq.inventory.engine import summary

    wanted = set(ids)
    out = {}
    for pollutant in POLLUTANTS:
        own = [x.part for x in found.lines if x.pollutant == pollutant and x.measure_id in wanted]
        if own:
            sums = summary(found.engine.total(own))
            out[pollutant] = {
                **{k: float(sums[k]) for k in ("p5", "p50", "p95")},
                "measures": len(own),
                "unit": "t/yr",
            }
    return out


def _marks(found: Emissions) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """Marks of the factors and intensities behind each measure, and the factors of PM2.5 with their sources."""
    from airq.inventory.cuts import Tables

    tables = Tables.load(None, None)
    marks: dict[str, set[str]] = {}
    used: dict[str, dict[str, Any]] = {}
    for line in found.lines:
        for one in (i for terms in line.part.terms for i in terms):
            if one.id.startswith("own:") or one.kind not in ("factor", "activity"):
                continue
            row = tables.factors[one.id] if one.kind == "factor" else tables.activities[one.id]
            marks.setdefault(line.measure_id, set()).add(row.mark)
            about = {
                "id": one.id,
                "value": row.value,
                "unit": row.unit,
                "mark": row.mark,
                "source": row.source,
            }
            if line.pollutant == "PM25":
                used.setdefault(one.id, about | {"rating": getattr(row, "rating", "")})
    return {k: sorted(v) for k, v in marks.items()}, [used[k] for k in sorted(used)]


def _rows(
    counted: Register, states: Mapping[str, str], found: Emissions, marks: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    """One row a counted measure, with its tonnes where it has any."""
    have: dict[str, dict[str, dict[str, float]]] = {}
    for row in found.table.to_dict("records"):
        have.setdefault(row["measure_id"], {})[row["pollutant"]] = {q: row[q] for q in ("p5", "p50", "p95")}
    basis = {line.measure_id: line.basis for line in found.lines}
    out = []
    for row in counted.table.to_dict("records"):
        key = row["measure_id"]
        plain = {c: None if pd.isna(row[c]) else row[c] for c in _COLUMNS}
        more = {
            "state": states[key],
            "tonnes": have.get(key, {}),
            "gross": str(basis.get(key, "")).startswith("gross"),
        }
        out.append(plain | more | {"marks": list(marks.get(key, []))})
    return out


def show(data: dict[str, Any], result: CountyMonth, lang: Language) -> list[Part]:
    """The section as a notebook displays it.

    Parameters
    ----------
    data : dict
        Of :func:`compute`.
    result : CountyMonth
    lang : {"zh", "en"}
    """
    from airq.reports.sections.measures_page import parts

    return parts(data, lang)

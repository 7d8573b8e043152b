"""What if: the present or coming heating season without action, with the measures planned, and with alerts besides.

One run for all counties and all pages. Weather years come from the archive up to the end of the period, so that a report of a
past month does not know what came later; what has passed of a season under way is not conditioned on.

Examples
--------
>>> season_of(pd.Timestamp("2026-09-30")), season_of(pd.Timestamp("2026-03-31")), season_of(pd.Timestamp("2026-04-30"))
(2026, 2025, 2026)
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from airq import options, places
from airq.errors import AirqError
from airq.figures.labels import Language
from airq.reports.sections._absence import until_of
from airq.reports.sections._contract import Context, Missing, Part
from airq.reports.sections.measures import inputs as register_digests
from airq.reports.sections.measures import state_of
from airq.weather.season import END

if TYPE_CHECKING:
    from airq.analysis import CountyMonth
    from airq.scenario.baseline import Baseline
    from airq.scenario.results import Result
    from airq.scenario.spec import Scenario

__all__ = ["SETTINGS", "VERSION", "compute", "inputs", "planned", "season_of", "show"]

VERSION: Final = 2
SETTINGS: Final = ("scenarios",)
DRAWS: Final = 300
WEATHER_YEARS: Final = 30
RULE_TEXT: Final = {
    "zh": "各气象年与抽样下情景与不采取措施之差的分位数（docs/whatif.md）",
    "en": "quantiles over weather years and draws of the scenario less no action (docs/whatif.md)",
}
ALERTS: Final = "red-alert-5-days"
"""Scenario whose alerts stand for what alerts would add."""
_INDICATORS: Final = ("pm25_season", "heavy_days_2012", "heavy_days_2026", "good_days_2012", "good_days_2026")
"""All of the heating season itself, days too."""
_TARGETS: Final = ("good_days", "heavy_days", "good_ratio")
_KINDS: Final = ("PM25", "SO2", "NOx")


def season_of(day: pd.Timestamp) -> int:
    """Year in which the heating season begins that is under way or comes next.

    Parameters
    ----------
    day : pandas.Timestamp
    """
    return int(day.year - 1 if (day.month, day.day) <= END else day.year)


def inputs(context: Context) -> list[str]:
    """Digests of the files that the section reads: register, tables, targets, scenarios.

    Parameters
    ----------
    context : Context
    """
    import hashlib

    import airq.scenario

    params = options.params_dir()
    tables = Path(str(airq.scenario.__file__)).parent / "tables"
    files = [*sorted(tables.glob("*.csv")), params / "targets.yaml", params / "counties.yaml", *sorted((params / "scenarios").glob("*.y*ml"))]  # fmt: skip
    files += [Path(name) for name in context.settings.scenarios if Path(name).is_file()]
    said = [hashlib.sha256(f.read_bytes()).hexdigest() if f.is_file() else "" for f in files]
    return [*register_digests(context), *said]


def compute(context: Context) -> dict[str, Any]:
    """Scenarios of the season, run once for every county.

    Parameters
    ----------
    context : Context

    Returns
    -------
    dict
        ``season``, ``first``, ``last``, ``under_way``, ``until``, ``places``, ``headline``, ``weather`` (years: past, made,
        names), ``baseline`` (without action, by place and indicator), ``scenarios`` (titles, changes, targets, tonnes),
        ``planned`` (measures counted, overdue), ``refused`` (scenarios left out with both sentences), ``draws``, ``seed``.

    Raises
    ------
    Missing
        No county, or no whole heating season in the archive.
    """
    from airq import scenario
    from airq.scenario.archive_days import archive_days
    from airq.scenario.baseline import baseline_of

    until = until_of(context)
    season = season_of(until)
    wanted = tuple(p.id for p in places.load().values() if p.kind == "county")
    nothing = scenario.load({"name": "no-action", "title_zh": "不采取措施", "title_en": "No action", "season": season, "places": list(wanted)})  # fmt: skip
    try:
        whole = archive_days(context.archive, wanted)
        days = whole[whole["date"] <= until].reset_index(drop=True)
        days.attrs = dict(whole.attrs)
        air = baseline_of(days, wanted, nothing, WEATHER_YEARS, context.seed)
    except AirqError as error:
        raise Missing(
            f"截至{until:%Y-%m-%d}没有一个完整的采暖季可作气象年，不做情景推演。",
            f"Up to {until:%Y-%m-%d} no whole heating season can serve as a weather year, so no scenario is run: {error}",
        ) from error
    none = scenario.run(nothing, context.seed, draws=DRAWS, baseline=air, brief=True)
    lines, overdue = planned(season, until)
    made, refused = [], []
    for one, title in _scenarios(context, season, wanted, lines):
        try:
            chosen = scenario.load(one) if isinstance(one, dict) else one()
            found = scenario.run(chosen, context.seed, draws=DRAWS, baseline=air, brief=True)
            made.append(_scenario(chosen, found))
        except AirqError as error:
            refused.append(_refused(title, error))
    return {
        "season": season,
        "rule": RULE_TEXT,
        "name": f"{season}-{season + 1}",
        "first": nothing.first_day,
        "last": nothing.last_day,
        "under_way": nothing.first_day <= until.date() <= nothing.last_day,
        "until": until,
        "places": list(none.table["place"].unique()),
        "headline": none.headline,
        "simulated": none.simulated,
        "weather": _weather(air),
        "baseline": _baseline(none),
        "scenarios": made,
        "planned": {"measures": len(lines), "late": overdue},
        "refused": refused,
        "draws": DRAWS,
        "seed": context.seed,
    }


def planned(season: int, until: pd.Timestamp) -> tuple[list[dict[str, Any]], int]:
    """Planned measures of the register that take effect by the end of a season, and how many are late.

    Parameters
    ----------
    season : int
        Year in which it begins.
    until : pandas.Timestamp
        Last day that is known. Plans whose date passed before it are left out, since nobody knows whether they were
        carried out; what was in effect before the winter before is in the air of the weather years already.

    Returns
    -------
    list of dict, int
        Entries of a scenario.
    """
    from airq import inventory
    from airq.inventory.periods import first_day

    table = inventory.load().counted().table
    rows = table[(table["status"] == "planned") & (table["category"] != "growth")].to_dict("records")
    states = {r["measure_id"]: state_of(r, until.date()) for r in rows}
    last = dt.date(season + 1, *END)
    kept = [
        r
        for r in rows
        if states[r["measure_id"]] != "late"
        and r["start"]
        and first_day(r["start"]) <= last
        and not _stale(r, until)
    ]
    late = sum(s == "late" for s in states.values())
    return [{"id": r["measure_id"], "since": f"{season}-01-01"} for r in kept], late


def _stale(row: Mapping[str, Any], until: pd.Timestamp) -> bool:
    """A plan without an end that began more than five years ago says nothing of this winter."""
    from airq.inventory.periods import first_day

    return not row["end"] and (until.date() - first_day(row["start"])).days > 5 * 365


def _scenarios(
    context: Context, season: int, wanted: tuple[str, ...], lines: list[dict[str, Any]]
) -> list[tuple[Any, str]]:
    """What is run: mappings, or a function that reads a scenario of the settings; each with a name for a refusal."""
    from airq import scenario

    if context.settings.scenarios:
        return [(_reader(name, wanted), Path(name).stem) for name in context.settings.scenarios]
    common = {"season": season, "places": list(wanted)}
    plan = {
        **common,
        "name": "planned",
        "title_zh": "规划措施",
        "title_en": "Planned measures",
        "measures": lines,
    }
    try:
        alerts = scenario.load(ALERTS).alerts
    except AirqError:
        return [(plan, "planned")]
    both = {
        **plan,
        "name": "planned-alerts",
        "title_zh": "规划措施加红色预警",
        "title_en": "Planned measures and red alerts",
    }
    levels = {(a.level, a.days) for a in alerts}
    if levels != {("red", 5)}:
        both |= {"title_zh": "规划措施加应急预警", "title_en": "Planned measures and alerts"}
    entries = [
        {**a.model_dump(exclude_defaults=True, exclude_none=True), "places": list(wanted)} for a in alerts
    ]
    return [(plan, "planned"), ({**both, "alerts": entries}, "planned-alerts")]


def _reader(name: str, wanted: tuple[str, ...]) -> Any:
    """Reads a scenario of the settings, over the counties that are shown and with its own season."""

    def read() -> Scenario:
        from airq import scenario

        one = scenario.load(name)
        made = one.model_copy(update={"places": one.places or wanted})
        made._lines = one._lines
        return made

    return read


def _refused(name: str, error: AirqError) -> dict[str, str]:
    said = " ".join(str(error).split())
    return {
        "name": name,
        "zh": f"情景“{name}”不能运行，已略去{_why_zh(name, said)}。",
        "en": f"Scenario '{name}' cannot be run and is left out: {said}",
    }


def _why_zh(name: str, said: str) -> str:
    """Reason in Chinese where it is plain; the sentence of the error itself is English."""
    shelf = options.params_dir() / "scenarios"
    if "is no file and not in" in said:
        known = sorted({f.stem for f in shelf.glob("*.y*ml")})
        return f"：没有这个情景文件，params/scenarios中也没有；现有{'、'.join(known) or '无'}"
    if line := re.search(r"\bline (\d+)\b", said):
        return f"：文件第{line[1]}行不能采用，原因记录在数据文件中"
    return "：文件内容不能采用，原因记录在数据文件中"


def _weather(air: Baseline) -> dict[str, Any]:
    years = air.years
    past = years.loc[~years["resampled"].astype(bool), "name"].astype(str).tolist()
    return {"past": past, "made": len(years) - len(past), "simulated": air.simulated}


def _keyed(found: Result) -> pd.DataFrame:
    """Rows of the season under one key an indicator; days by the edition of the AQI."""
    rows = found.table[found.table["period"].astype(str).str.contains("-")].copy()
    edition = rows["standard"].astype(str).str.extract(r"GB3095-(\d{4})", expand=False).fillna("season")
    rows["indicator"] = rows["indicator"].astype(str) + "_" + edition
    return rows[rows["indicator"].isin(_INDICATORS)].reset_index(drop=True)


def _baseline(none: Result) -> list[dict[str, Any]]:
    columns = ["place", "indicator", "period", "unit", "baseline_p5", "baseline_p50", "baseline_p95"]
    return _records(_keyed(none)[columns].rename(columns=lambda c: c.removeprefix("baseline_")))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; what is not a number becomes None."""
    return [{str(k): None if pd.api.types.is_scalar(v) and pd.isna(v) else v for k, v in r.items()} for r in frame.to_dict("records")]  # fmt: skip


def _scenario(chosen: Scenario, found: Result) -> dict[str, Any]:
    columns = ["place", "indicator", "period", "unit"]
    columns += [f"{kind}_{q}" for kind in ("baseline", "scenario", "change") for q in ("p5", "p50", "p95")]
    season = found.tonnes[found.tonnes["period"].str.contains("-") & found.tonnes["pollutant"].isin(_KINDS)]
    lines = found.lines
    have = lines.loc[lines["p50"].notna(), "id"].nunique() if len(lines) else 0
    return {
        "name": found.scenario,
        "title_zh": found.title_zh,
        "title_en": found.title_en,
        "season": f"{chosen.season}-{chosen.season + 1}",
        "measures": int(lines["id"].nunique()) if len(lines) else 0,
        "with_tonnes": int(have),
        "alerts": [{"level": a.level, "days": a.days, "when": a.when} for a in chosen.alerts],
        "rows": _records(_keyed(found)[[*columns, "detectable", "minimum_detectable", "mark"]]),
        "targets": _targets(found),
        "tonnes": _records(season[["pollutant", "p5", "p50", "p95"]]),
    }


def _targets(found: Result) -> list[dict[str, Any]]:
    """Targets of days and of PM2.5 that can be judged."""
    from airq.targets import register

    if found.targets.empty:
        return []
    known = {r.id: r.target or {} for r in register()}
    columns = [
        "id",
        "site",
        "year",
        "judged_in",
        "text_zh",
        "text_en",
        "before",
        "after",
        "change",
        "error",
        "mark",
        "source",
    ]
    out = []
    for row in _records(found.targets.loc[found.targets["before"].notna(), columns]):
        target = known.get(row["id"], {})
        kind, pollutant = str(target.get("kind", "")), str(target.get("pollutant", ""))
        if kind in _TARGETS or pollutant == "pm25":
            out.append({**row, "kind": kind, "pollutant": pollutant})
    return out


def show(data: dict[str, Any], result: CountyMonth, lang: Language) -> list[Part]:
    """The section as a notebook displays it.

    Parameters
    ----------
    data : dict
        Of :func:`compute`.
    result : CountyMonth
        Of the page's place, which is shown first.
    lang : {"zh", "en"}
    """
    from airq.reports.sections.whatif_page import parts

    return parts(data, result.place, lang)

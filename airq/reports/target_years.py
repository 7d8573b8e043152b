"""Beyond the year: when limits are attained, what both standards say, and the hindcast over whole years, as page parts.

Examples
--------
>>> limits_of("35, 30,25")
(35.0, 30.0, 25.0)
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from airq import places
from airq.errors import AirqError, MissingData, ParameterError
from airq.figures import labels
from airq.figures import targets as figures
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.figures.targets_words import amount, indicator
from airq.reports import forecast_data as data
from airq.reports import target_text as words
from airq.reports.tables import Html, table
from airq.reports.target_panel import TargetPanel, panel, site_of, targets_of
from airq.targets.sentences import Said, in_chinese
from airq.texts import items

if TYPE_CHECKING:
    from airq.targets import Hindcast

__all__ = [
    "attained",
    "both_standards",
    "drifts",
    "first_years",
    "frame_of",
    "limits_of",
    "past",
    "past_parts",
    "years",
]

Part = Any
KINDS: Final = ("annual", "three_year")
_STANDARDS: Final = ("GB3095-2012", "GB3095-2026")


def limits_of(text: str) -> tuple[float, ...]:
    """Limits of a parameter.

    Raises
    ------
    ParameterError
        If one is no number.
    """
    try:
        return tuple(float(t) for t in text.replace("，", ",").split(",") if t.strip())
    except ValueError as error:
        raise ParameterError(f"limits '{text}' are no numbers; write 35,30,25.") from error


def frame_of(archive: Any, place: str, asof: str = "") -> pd.DataFrame:
    """Daily frame of the place that is judged for another, up to a day.

    Parameters
    ----------
    archive : path or airq.observations.Archive
        Empty takes the project's.
    place : str
    asof : str
        Empty for the last day held.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    MissingData
        If no city represents the group, or the archive holds nothing of it.
    """
    from airq.observations import Archive

    held = archive if isinstance(archive, Archive) else Archive(archive or None)
    site = site_of(place)
    if not site:
        raise MissingData(f"no city represents '{place}'; name its counties one by one.")
    return data.daily(held, site, end=asof or None, weather=False)


def attained(
    frame: pd.DataFrame,
    pollutant: str = "pm25",
    limits: Sequence[float] = (35, 30, 25),
    year: int | None = None,
    draws: int = 10_000,
    seed: int = 0,
    shift: Any = None,
) -> tuple[dict[str, pd.DataFrame], tuple[Said, ...]]:
    """Probability of limits by year, as annual and as three-year means.

    Parameters
    ----------
    frame : pandas.DataFrame
        Daily frame of one site.
    pollutant : str
    limits : sequence of float
        µg/m³.
    year : int, optional
        Last year that is looked at; ten years ahead by default. A year that is over already is refused.
    draws, seed
    shift : optional
        Declared effect of planned measures, as in :func:`airq.targets.attainment`.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``annual`` and, where there are years enough, ``three_year``: ``year limit probability by_then``; of both kinds
        ``first_year``: ``kind limit q10 q50 q90`` (missing beyond the horizon), and ``quantiles``: ``kind year q05 … q95``.
    tuple of (str, str)
        Notes in English and Chinese.

    Raises
    ------
    ParameterError, MissingData
    """
    from airq.targets import attainment

    horizon = 10 if year is None else _horizon(frame, pollutant, year)
    tables: dict[str, pd.DataFrame] = {}
    notes: list[Said] = []
    firsts, spreads = [], []
    for kind in KINDS:
        try:
            made = attainment(frame, limits, kind, horizon, pollutant, shift, draws=draws, seed=seed)
        except AirqError as error:
            if kind == "annual":
                raise
            notes.append((str(error), in_chinese(error)))
            continue
        tables[kind] = made.table
        firsts.append(made.first_year.assign(kind=kind))
        spreads.append(made.quantiles.assign(kind=kind))
        notes += zip(made.notes, made.notes_zh, strict=True)
    for name, parts in (("first_year", firsts), ("quantiles", spreads)):
        whole = pd.concat(parts, ignore_index=True)
        tables[name] = whole[["kind", *(c for c in whole if c != "kind")]]
    return tables, tuple(dict.fromkeys(notes))


def _horizon(frame: pd.DataFrame, pollutant: str, year: int) -> int:
    """Years from the first one that is not over to a last one."""
    held = frame.loc[frame[pollutant].notna(), "date"] if pollutant in frame else frame["date"]
    first = int((held.max() + pd.Timedelta(days=1)).year) if len(held) else year
    if not first <= year < first + 50:
        raise ParameterError(
            f"year {year} is not ahead of the data, whose last day is {held.max():%Y-%m-%d}; give {first} to {first + 49}."
        )
    return year - first + 1


def years(
    frame: pd.DataFrame, place: str, pollutant: str, limits: str, lang: Language, seed: int = 0
) -> list[Part]:
    """Figures of attainment, one for each kind of mean; one sentence where nothing can be said.

    Parameters
    ----------
    frame : pandas.DataFrame
    place : str
    pollutant : str
    limits : str
        ``35,30,25``.
    lang : {"zh", "en"}
    seed : int

    Returns
    -------
    list
    """
    simulated = str(frame.attrs.get("simulated", "false")).lower() == "true"
    try:
        tables, notes = attained(frame, pollutant, limits_of(limits), seed=seed)
    except AirqError as error:
        return [Html(f"<p>{escape(in_chinese(error) if lang == 'zh' else str(error))}</p>")]
    name = places.get(site_of(place) or place).name(lang)
    out: list[Part] = []
    for kind in (k for k in KINDS if k in tables):
        out.append(figures.attainment(tables[kind], _about(kind, pollutant), lang, name, simulated))
    out.append(first_years(tables["first_year"], pollutant, lang))
    listed = items(n[1 if lang == "zh" else 0] for n in notes)
    return [*out, Html(f'<ul class="note">{listed}</ul>')] if notes else out


def _about(kind: str, pollutant: str) -> dict[str, str]:
    return {"kind": "mean" if kind == "annual" else "mean3", "pollutant": pollutant}


def first_years(found: pd.DataFrame, pollutant: str, lang: Language) -> Html:
    """Table of the year in which each limit is first attained: median and 80 % interval.

    Parameters
    ----------
    found : pandas.DataFrame
        ``kind limit q10 q50 q90``, as of :func:`attained`.
    pollutant : str
    lang : {"zh", "en"}

    Returns
    -------
    Html
    """
    zh = lang == "zh"
    lines: list[list[object]] = []
    for row in found.to_dict("records"):
        about = _about(str(row["kind"]), pollutant)
        limit = amount(about, float(row["limit"]), lang)
        years_of = [("范围之外" if zh else "beyond") if pd.isna(row[q]) else f"{int(row[q])}" for q in ("q50", "q10", "q90")]  # fmt: skip
        lines.append([f"{indicator(about, lang)} ≤ {limit}", *years_of])
    head = (
        ["限值", "中位数", "最早（10%）", "最迟（90%）"]
        if zh
        else ["Limit", "Median", "Early (10%)", "Late (90%)"]
    )
    return table(head, lines, "首次达到的年份" if zh else "Year in which each limit is first attained", left=(0,))  # fmt: skip


def drifts(made: TargetPanel, lang: Language) -> FigureResult | None:
    """Probability of every target that is still open, under each of the three trends."""
    if made.reason:
        return None
    rows, names = [], {}
    for target, row in made.targets():
        if row["status"] == "open":
            names[row["id"]] = f"{row['year']} {words.name(target, row, lang)}"
            rows += [(row["id"], d, row[d], row["error"]) for d in ("zero", "half", "full")]
    if not rows:
        return None
    shown = pd.DataFrame(rows, columns=["target", "drift", "probability", "error"])
    first = made.rows.loc[made.rows["status"] == "open", "drift"].iloc[0]
    name = places.get(made.site).name(lang)
    return figures.by_drift(shown, str(first), lang, name, made.simulated, names)


def both_standards(
    archive: Any, place: str, year: int, asof: str, lang: Language, seed: int = 0
) -> list[Part]:
    """The target of good days judged under the old and the new standard, from the same days.

    Parameters
    ----------
    archive : path or empty
    place : str
    year : int
        0 takes that of ``asof``.
    asof : str
        Empty for the last day held.
    lang : {"zh", "en"}
    seed : int

    Returns
    -------
    list
    """
    from airq.observations import Archive

    held = Archive(archive or None)
    base = panel(held, place, asof or None, year or None, seed=seed, hindcast=False)
    if base.reason:
        return [Html(f"<p>{escape(words.reason(base, lang))}</p>")]
    first = targets_of(base.place, base.year, years="this")[0]
    entries = [{**first, "id": s, "target": {**first["target"], "standard": s}} for s in _STANDARDS]
    made = panel(held, place, base.asof, base.year, entries, seed=seed, hindcast=False)
    zh = lang == "zh"
    head = ["标准", "至今", "要求", "预计全年 [80%区间]", "完成概率"] if zh else ["Standard", "To date", "Asked", "Year expected [80%]", "Probability"]  # fmt: skip
    lines = [
        [labels.standard(str(row["id"]), lang), amount(t, row["value"], lang), amount(t, row["limit"], lang), words.expected(t, row, lang), words.chance(row, lang)]
        for t, row in made.targets()
    ]  # fmt: skip
    caption = "同一批日子按两版标准" if zh else "The same days under both standards"
    return [table(head, lines, caption, left=(0, 4))]


def past(frame: pd.DataFrame, draws: int = 500, seed: int = 0, every: int = 30) -> Hindcast | None:
    """Outlooks on good days, heavy days and mean PM2.5 through every whole earlier year; None where there is none.

    Parameters
    ----------
    frame : pandas.DataFrame
        Daily frame of one site.
    draws, seed : int
    every : int
        Days between issues.

    Returns
    -------
    airq.targets.Hindcast or None
    """
    from airq.targets import hindcast

    held = range(int(frame["date"].dt.year.min()) + 1, int(frame["date"].dt.year.max()) + 1)
    wanted = [{"kind": "good_days"}, {"kind": "heavy_days"}, {"kind": "mean", "pollutant": "pm25"}]
    try:
        return hindcast(frame, wanted, held, range(15, 350, every), draws=draws, seed=seed)
    except MissingData:
        return None


def past_parts(made: Hindcast | None, frame: pd.DataFrame, place: str, lang: Language) -> list[Part]:
    """Reliability of a hindcast, its scores by kind, and Brier score, CRPS and coverage by day of issue."""
    zh = lang == "zh"
    if made is None:
        said = "档案中没有连续两个完整年份，无法回报检验。" if zh else "The archive holds no two whole years in a row: nothing can be hindcast."  # fmt: skip
        return [Html(f"<p>{said}</p>")]
    simulated = str(frame.attrs.get("simulated", "false")).lower() == "true"
    name = places.get(site_of(place) or place).name(lang)
    bins = made.reliability.rename(columns={"forecast": "probability"})[["probability", "frequency", "n"]]
    kinds = {"good_days": "优良天数" if zh else "good days", "heavy_days": "重污染天数" if zh else "heavy days", "mean:pm25": "PM₂.₅"}  # fmt: skip
    scores = [
        [
            kinds.get(r["kind"], r["kind"]),
            int(r["n"]),
            f"{r['brier']:.3f}",
            f"{r['crps']:.1f}",
            share(r["coverage"]),
        ]
        for r in made.scores().to_dict("records")
    ]
    head = ["指标", "次数", "Brier", "CRPS（天或µg/m³）", "80%区间覆盖率"] if zh else ["Indicator", "Outlooks", "Brier", "CRPS (d or µg/m³)", "In 80% interval"]  # fmt: skip
    by_day = ["起报（年内第几天）"] if zh else ["Day of issue"]
    held = list(made.brier_by_kind.columns)
    by_day += [kinds.get(k, k) for k in held]
    parts: list[Part] = [
        figures.hindcast(bins, lang, name, simulated),
        table(head, scores, "按指标" if zh else "By indicator"),
    ]
    for values, shape, zh_name, en_name in (
        (made.brier_by_kind, "{:.3f}", "Brier评分，按起报日", "Brier score by day of issue"),
        (made.crps, "{:.1f}", "CRPS（天或µg/m³），按起报日", "CRPS (d or µg/m³) by day of issue"),
        (made.coverage, "{:.0%}", "80%区间覆盖率，按起报日", "Share in the 80% interval by day of issue"),
    ):
        lines = [
            [("合计" if zh else "all") if d == "all" else f"{d}", *("–" if pd.isna(v) else shape.format(v) for v in row[held])]
            for d, row in values.iterrows()
        ]  # fmt: skip
        parts.append(table(by_day, lines, zh_name if zh else en_name))
    return parts

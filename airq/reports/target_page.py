"""The target panel of a page: sentences, thermometer with its fan, table, what the rest of the year may bring, hindcast."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
from IPython.display import Markdown

from airq import places
from airq.figures import targets as figures
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.figures.targets_words import amount, is_share, word
from airq.reports import target_text as words
from airq.reports import text
from airq.reports.tables import Html, table
from airq.reports.target_panel import TargetPanel
from airq.reports.text_sources import documents_named, source_name

__all__ = ["pace", "reliability", "rows", "sentences", "some", "targets", "thermometer"]

Part = Any


def targets(panel: TargetPanel | None, lang: Language) -> list[Part]:
    """Section of the targets of the year; one sentence where none can be judged.

    Parameters
    ----------
    panel : TargetPanel or None
        None gives nothing.
    lang : {"zh", "en"}

    Returns
    -------
    list
    """
    if panel is None:
        return []
    out: list[Part] = [Markdown(text.section("targets", lang)), *sentences(panel, lang)]
    if panel.reason:
        return out
    out += [p for p in (thermometer(panel, lang), rows(panel, lang), pace(panel, lang)) if p is not None]
    out += _paragraphs([words.trust(panel, lang)])
    shown = reliability(panel, lang)
    return [*out, shown] if shown is not None else out


def sentences(panel: TargetPanel, lang: Language) -> list[Part]:
    """The panel in words: the answer first; why there is none where there is none."""
    if panel.reason:
        return [Html(f"<p>{escape(words.reason(panel, lang))}</p>")]
    said = [words.headline(panel, lang), *words.rest(panel, lang), *words.remarks(panel, lang)]
    return [Html(f"<p><b>{escape(said[0])}</b></p>"), *_paragraphs(said[1:])]


def _paragraphs(said: list[str]) -> list[Part]:
    kept = [s for s in said if s]
    return [Html("".join(f"<p>{escape(s)}</p>" for s in kept))] if kept else []


def some(part: Part | None) -> list[Part]:
    """The part as a list, empty where there is none, so that a notebook shows nothing in its place.

    Examples
    --------
    >>> some(None), some("a")
    ([], ['a'])
    """
    return [] if part is None else [part]


def _place(panel: TargetPanel, lang: Language) -> str:
    return places.get(panel.site).name(lang)


def _drawn(panel: TargetPanel, number: int) -> tuple[dict[str, Any], Mapping[str, Any], float] | None:
    """A target as the thermometer draws it: shares as days, because days are what runs through the year."""
    target, row = panel.targets()[number]
    limit = float(row["limit"])
    if "all_of" in target or limit != limit or target.get("kind") == "mean3":
        return None
    side = (
        "at_least" if row["event"] == "reached" and not str(target["kind"]).startswith("heavy") else "at_most"
    )
    plain = {k: v for k, v in target.items() if k not in ("change", "at_least", "at_most")}
    if is_share(target):
        days = int(row["valid_days"]) + int(row["days_to_go"]) + int(row.get("unknown_days") or 0)
        plain["kind"] = str(target["kind"]).replace("_ratio", "_days")
        scaled = {q: row[q] * days for q in row if str(q).startswith("q") and str(q)[1:].isdigit()}
        return {**plain, side: limit * days}, {**row, **scaled}, limit * days
    return {**plain, side: limit}, row, limit


def thermometer(panel: TargetPanel, lang: Language, number: int = 0) -> FigureResult | None:
    """Thermometer of one target of a panel; None where its figure does not run through the year.

    Parameters
    ----------
    panel : TargetPanel
    lang : {"zh", "en"}
    number : int
        Row of the panel.

    Returns
    -------
    FigureResult or None
    """
    found = None if panel.reason else _drawn(panel, number)
    if found is None:
        return None
    target, row, need = found
    track = panel.track[panel.track["id"] == row["id"]]
    seen = track.dropna(subset=["observed"])
    line = seen[["date", "observed"]].rename(columns={"observed": "value"})
    quantiles = ["q05", "q25", "q50", "q75", "q95"]
    fan = track.dropna(subset=["q50"])[["date", *quantiles]]
    if len(line) and len(fan):
        today = pd.DataFrame(
            {"date": [line["date"].iloc[-1]], **{q: [line["value"].iloc[-1]] for q in quantiles}}
        )
        fan = pd.concat([today, fan], ignore_index=True)
    if line.empty and fan.empty:
        return None
    final = {p / 100: row[f"q{p:02d}"] for p in (5, 10, 25, 50, 75, 90, 95)} if len(fan) else None
    place = _place(panel, lang)
    return figures.thermometer(
        line, fan, target, need, row["probability"], lang, place, panel.simulated, None, final
    )


def pace(panel: TargetPanel, lang: Language, number: int = 0) -> FigureResult | None:
    """What the rest of the year may bring, beside the same days of earlier years; None where nothing is to come.

    Parameters
    ----------
    panel : TargetPanel
    lang : {"zh", "en"}
    number : int

    Returns
    -------
    FigureResult or None
    """
    if panel.reason:
        return None
    target, row = panel.targets()[number]
    ahead = int(row["days_to_go"]) + int(row.get("unknown_days") or 0)
    if row["status"] != "open" or row["affordable"] != row["affordable"] or not ahead:
        return None
    own = panel.requirement[
        (panel.requirement["id"] == row["id"]) & (panel.requirement["what"] == "observed")
    ]
    column = "mean" if own["bad_days"].isna().all() else "bad_days"
    rest = own[["year", column]].rename(columns={column: "value"})
    if rest["value"].notna().sum() == 0:
        return None
    place = _place(panel, lang)
    return figures.pace(rest, target, row["affordable"], panel.year, ahead, lang, place, panel.simulated)  # fmt: skip


def reliability(panel: TargetPanel, lang: Language) -> FigureResult | None:
    """Reliability diagram of the hindcast; None where there is none."""
    if panel.reason or panel.reliability.empty:
        return None
    return figures.hindcast(panel.reliability, lang, _place(panel, lang), panel.simulated)


def rows(panel: TargetPanel, lang: Language) -> Html | None:
    """Table of every target of the year: to date, expected, probability under each trend.

    Parameters
    ----------
    panel : TargetPanel
    lang : {"zh", "en"}

    Returns
    -------
    Html or None
    """
    if panel.reason:
        return None
    zh = lang == "zh"
    head = ["目标", "至今", "预计全年 [80%区间]", "完成概率"] if zh else ["Target", "To date", "Year expected [80%]", "Probability"]  # fmt: skip
    head += [word(d, lang) for d in ("zero", "half", "full")]
    head += ["依据"] if zh else ["Source"]
    lines: list[list[object]] = []
    for target, row in panel.targets():
        certain = row["status"] != "open"
        p = words.chance(row, lang) if certain else share(row["probability"])
        three = ["–" if certain else share(row[d]) for d in ("zero", "half", "full")]
        source = " ".join(
            t
            for t in (
                source_name(str(row["source"] or ""), lang),
                f"[{word(row['mark'], lang)}]" if row["mark"] else "",
            )
            if t
        )
        value = "–" if "all_of" in target else amount(target, row["value"], lang)
        said = "–" if "all_of" in target else words.expected(target, row, lang)
        year = f"{row['year']}年" if zh else f"{row['year']}: "
        lines.append([f"{year}{words.name(target, row, lang)}", value, said, p, *three, source or "–"])
    note = (
        "趋势由往年学得，三种假设下的概率都列出；抽样误差约±{e}个百分点。"
        if zh
        else "The trend is learnt from earlier years; the probability under each is given. Sampling error about ±{e} points."
    )
    error = max((float(r["error"]) for _, r in panel.targets()), default=0.0)
    made = table(head, lines, "", note.format(e=f"{200 * error:.0f}"), left=(0, 7))
    remarks = [(r["year"], str(r["note_zh" if zh else "note"])) for _, r in panel.targets()]
    listed = "".join(
        f"<li>{y}{'：' if zh else ': '}{escape(documents_named(t, lang))}</li>"
        for y, t in dict.fromkeys(remarks)
        if t
    )
    return Html(f'{made}<ul class="note">{listed}</ul>') if listed else made

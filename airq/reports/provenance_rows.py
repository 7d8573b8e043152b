"""Rows of provenance of the numbers that a document prints, from the results file: value, rule, inputs, mask.

Examples
--------
>>> rule_of("mean_pm25", "en")
'mean of the daily values of the period'
>>> rule_of("p90_o3", "zh")
'时段内逐日值的第90百分位数'
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from airq import places, standards
from airq.analysis import CountyMonth
from airq.errors import AirqError
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import numbers
from airq.reports.blocks import Block, Cards, Items, Pairs, Paragraphs, Run, Table, walk
from airq.reports.provenance import capture_ref, day_ref, section_ref, summary_ref
from airq.variables import POLLUTANTS

__all__ = ["Provenance", "Row", "gather", "printed_refs", "rule_of"]


@dataclass(frozen=True)
class Row:
    """Where one number comes from.

    Attributes
    ----------
    id : str
        As :mod:`airq.reports.provenance` makes it.
    printed : str
        As on the page; several numbers of one row joined.
    what : str
        Indicator, or path of the number in its section.
    values : tuple of (str, float or str)
        Unrounded, with what each is; the first name is empty where there is one.
    unit, place, span, standard, mask, rule, basis : str
        ``basis`` names the entry of the table of the standard and its confidence mark.
    """

    id: str
    printed: str
    what: str
    values: tuple[tuple[str, Any], ...]
    unit: str = ""
    place: str = ""
    span: str = ""
    standard: str = ""
    mask: str = ""
    rule: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Provenance:
    """Rows of a document and what they have in common.

    Attributes
    ----------
    rows : tuple of Row
    inputs : tuple of (str, str)
        Stations, digest of the data used, source, results file.
    """

    rows: tuple[Row, ...] = ()
    inputs: tuple[tuple[str, str], ...] = field(default=())


_RULES: Final[dict[str, tuple[str, str, str]]] = {
    "days_valid": ("AQI有效的天数", "days with a valid AQI", "coverage.share_percent"),
    "days_calendar": ("日历天数", "days of the calendar", ""),
    "good_days": ("AQI不高于100的有效天数", "valid days with an AQI up to 100", "days.good_up_to"),
    "good_ratio": ("优良天数除以有效天数", "good days by valid days", "rounding.ratio_percent"),
    "heavy_days": ("AQI高于200的有效天数", "valid days with an AQI above 200", "days.heavy_above"),
    "severe_days": ("AQI高于300的有效天数", "valid days with an AQI above 300", "days.severe_above"),
    "days_level_": ("该级别的天数", "days of the category", ""),
    "primary_days_": ("为首要污染物的天数，并列各计", "days as primary pollutant, ties count for each", ""),
    "exceed_days_": ("日评价超过二级限值的天数", "days above the daily class-2 limit", ""),
    "n_": ("有效日均值个数", "number of valid daily values", ""),
    "mean_": ("时段内逐日值的算术平均", "mean of the daily values of the period", "rounding."),
    "p95_": (
        "时段内逐日值的第95百分位数",
        "95th percentile of the daily values of the period",
        "percentile.rule",
    ),
    "p98_": (
        "时段内逐日值的第98百分位数",
        "98th percentile of the daily values of the period",
        "percentile.rule",
    ),
    "p90_": (
        "时段内逐日值的第90百分位数",
        "90th percentile of the daily values of the period",
        "percentile.rule",
    ),
    "index_": ("评价浓度除以二级限值", "concentration by the class-2 limit", "rounding.index"),
    "single_index_": ("评价浓度除以二级限值", "concentration by the class-2 limit", "rounding.index"),
    "max_index": ("最大单项指数", "largest single index", "rounding.index"),
    "composite": ("六项未修约单项指数之和", "sum of the six unrounded single indices", "composite.inputs"),
}

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "received": ("原始接收", "as received"),
    "masked": ("剔除质控标记值", "quality masks applied"),
    "day": ("日评价", "day"),
    "day_rule": (
        "点位日均值的平均，按该版标准求AQI",
        "mean of the stations' daily values; AQI by each edition",
    ),
    "capture": ("小时数据捕获率", "hourly capture"),
    "capture_rule": ("有效小时除以应测小时", "hours with a value by hours possible"),
    "stations": ("评价点", "Evaluation stations"),
    "digest": ("所用数据摘要", "Digest of the data used"),
    "source": ("数据来源", "Source of the data"),
    "ingested": ("最近入库", "Last ingest"),
    "file": ("结果文件", "Results file"),
    "none": ("结果文件中没有这一行", "not in the results file"),
}


def _word(key: str, lang: Language) -> str:
    return labels.pick(_WORDS[key], lang)


def _rule(indicator: str) -> tuple[str, str, str]:
    exact = _RULES.get(indicator)
    found = [k for k in _RULES if k.endswith("_") and indicator.startswith(k)]
    return exact or (_RULES[max(found, key=len)] if found else ("", "", ""))


def rule_of(indicator: str, lang: Language) -> str:
    """How an indicator is made.

    Parameters
    ----------
    indicator : str
        Column of ``CountyMonth.summary``.
    lang : {"zh", "en"}

    Returns
    -------
    str
        Empty where none is written down.
    """
    zh, en, _ = _rule(indicator)
    return labels.pick((zh, en), lang)


def _basis(indicator: str, standard: str) -> str:
    """Entry of the evaluation standard that the rule rests on, with its confidence mark."""
    entry = _rule(indicator)[2]
    if not entry or standard == "by-date":
        return ""
    entry += indicator.rsplit("_", 1)[-1] if entry.endswith(".") else ""
    try:
        table = standards.edition(standards.standard_of(standard).edition.need("evaluation"), "evaluation")
    except AirqError:
        return standard
    mark = next((e.mark for e in table.entries if e.entry == entry), "")
    return f"{table.id} {entry}" + (f" [{mark}]" if mark else "")


def _runs(blocks: Sequence[Block]) -> Iterator[Run]:
    for block in walk(blocks):
        match block:
            case Paragraphs() | Items():
                yield from (r for t in block.texts for r in t)
            case Pairs():
                yield from (r for row in block.rows for t in row for r in t)
            case Cards():
                yield from (r for c in block.cards for _, t in c.lines for r in t)
            case Table():
                yield from (r for t in block.header for r in t)
                yield from (r for row in block.rows for t in row for r in t)


def printed_refs(blocks: Sequence[Block]) -> dict[str, list[str]]:
    """What is printed under each id, in reading order.

    Parameters
    ----------
    blocks : sequence of Block

    Returns
    -------
    dict
        Texts by id, each once.
    """
    out: dict[str, list[str]] = {}
    for run in _runs(blocks):
        if run.ref and run.text not in (found := out.setdefault(run.ref, [])):
            found.append(run.text)
    return out


class _Source:
    """Finds the rows of ids in a result and its sections."""

    def __init__(self, result: CountyMonth, sections: Mapping[str, Any], lang: Language) -> None:
        self.result, self.sections, self.lang = result, sections, lang
        summary = result.summary.to_dict("records")
        self.summary = {summary_ref(r, "").rstrip("."): r for r in summary}
        self.days: dict[str, list[dict[Any, Any]]] = {}
        for row in result.days.to_dict("records"):
            self.days.setdefault(day_ref(str(row["place"]), row["day"]), []).append(row)
        capture = result.capture.to_dict("records")
        self.capture = {capture_ref(str(r["station"]), str(r["pollutant"])): r for r in capture}
        self.leaves = {key: (path, value, about) for key, path, value, about in _leaves(sections)}

    def find(self, ref: str, printed: list[str]) -> Row:
        """Row of an id."""
        words = " / ".join(printed)
        stem, _, indicator = ref.rpartition(".")
        if (row := self.summary.get(stem)) is not None and indicator in row:
            return self._of_summary(ref, words, row, indicator)
        if days := self.days.get(ref):
            return self._of_days(ref, words, days)
        if (row := self.capture.get(ref)) is not None:
            return self._of_capture(ref, words, row)
        if ref in self.leaves:
            return self._of_section(ref, words)
        return Row(ref, words, _word("none", self.lang), ())

    def _span(self, span: str) -> str:
        return labels.period(self.result.span(span), self.lang)

    def _of_summary(self, ref: str, words: str, row: Mapping[Any, Any], indicator: str) -> Row:
        lang, standard = self.lang, str(row["standard"])
        try:
            what = labels.indicator(indicator, lang)
        except (KeyError, IndexError, ValueError):
            what = indicator
        shown = "by-date" if standard == "by-date" else labels.standard(standard, lang)
        if standard == "by-date":
            shown = labels.pick(("各日当日现行标准", "the edition in force on each day"), lang)
        return Row(
            ref,
            words,
            what,
            (("", row[indicator]),),
            _unit(indicator, lang),
            places.get(str(row["place"])).name(lang),
            self._span(str(row["span"])),
            shown,
            _word(str(row["mask"]), lang),
            rule_of(indicator, lang),
            _basis(indicator, standard),
        )

    def _of_days(self, ref: str, words: str, rows: Sequence[Mapping[Any, Any]]) -> Row:
        lang = self.lang
        values = [(f"AQI {labels.edition(str(r['edition']), lang)}", r["aqi"]) for r in rows]
        values += [(f"{labels.pollutant(p)} ({labels.units(p)})", rows[0][p]) for p in POLLUTANTS]
        count, doubtful = rows[0].get("n_stations", ""), rows[0].get("doubtful", "")
        values += [(labels.text("station", lang), count), (labels.text("doubtful", lang), doubtful)]
        place = places.get(str(rows[0]["place"])).name(lang)
        day = f"{pd.Timestamp(rows[0]['day']):%Y-%m-%d}"
        return Row(ref, words, _word("day", lang), tuple(values), "", place, day, "", _word("received", lang), _word("day_rule", lang))  # fmt: skip

    def _of_capture(self, ref: str, words: str, row: Mapping[Any, Any]) -> Row:
        lang = self.lang
        values = (
            ("", row["share"]),
            (labels.text("hours_valid", lang), row["hours_valid"]),
            (labels.text("hours_possible", lang), row["hours_possible"]),
            (labels.text("flagged", lang), row["flagged"]),
        )
        what = f"{_word('capture', lang)} {row['station']} {labels.pollutant(str(row['pollutant']))}"
        place = places.get(str(row["place"])).name(lang)
        return Row(ref, words, what, values, "", place, self._span("period"), "", _word("received", lang), _word("capture_rule", lang))  # fmt: skip

    def _of_section(self, ref: str, words: str) -> Row:
        path, value, about = self.leaves[ref]
        said = {k: _spoken(about.get(k), self.lang) for k in ("unit", "rule", "source", "standard")}
        return Row(ref, words, path, (("", value),), said["unit"], _spoken(about.get("place"), self.lang), "", said["standard"], "", said["rule"], said["source"])  # fmt: skip


def _spoken(value: Any, lang: Language) -> str:
    """A text that may be given in both languages."""
    if isinstance(value, Mapping):
        return str(value.get(lang, ""))
    return str(value) if isinstance(value, str) else ""


def _leaves(sections: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, dict[str, Any]]]:
    """Every number of the sections: id, path, value, and the texts beside it or above."""

    def walk_value(value: Any, path: tuple[Any, ...], about: dict[str, Any]) -> Iterator[Any]:
        if isinstance(value, Mapping):
            own = about | {
                k: v for k, v in value.items() if k in ("unit", "rule", "source", "standard", "place")
            }
            for key, child in value.items():
                yield from walk_value(child, (*path, key), own)
        elif isinstance(value, list):
            for number, child in enumerate(value):
                yield from walk_value(child, (*path, number), about)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield section_ref(*path), ".".join(map(str, path)), value, about

    for name, data in sections.items():
        yield from walk_value(data, (name,), {})


def _unit(indicator: str, lang: Language) -> str:
    """Unit of the unrounded value: a share stays a share."""
    if indicator == "good_ratio":
        return labels.pick(("份额", "share"), lang)
    if indicator.startswith(("primary_days_", "exceed_days_", "days_level_", "severe_days", "n_")):
        return labels.text("day_unit", lang)
    return numbers.unit(indicator, lang)


def _beijing(stamp: str, lang: Language) -> str:
    """Time of the last ingest in Beijing; a dash where none is known."""
    if not stamp:
        return numbers.DASH
    at = pd.Timestamp(stamp)
    at = at.tz_localize("UTC") if at.tzinfo is None else at
    word = labels.pick(("（北京时间）", " Beijing time"), lang)
    return f"{at.tz_convert('Asia/Shanghai'):%Y-%m-%d %H:%M}{word}"


def gather(blocks: Sequence[Block], results_file: Path | None, lang: Language) -> Provenance:
    """Rows of every number that blocks link, from the results file.

    Parameters
    ----------
    blocks : sequence of Block
    results_file : pathlib.Path or None
        As :mod:`airq.reports.results` writes it.
    lang : {"zh", "en"}

    Returns
    -------
    Provenance
        Without rows where nothing is linked or the file cannot be read.
    """
    wanted = printed_refs(blocks)
    if not wanted or results_file is None:
        return Provenance()
    try:
        document = json.loads(results_file.read_text(encoding="utf-8"))
        result = CountyMonth.from_dict(document["result"])
    except (OSError, ValueError, KeyError, TypeError, AirqError):
        return Provenance()
    source = _Source(result, document.get("sections") or {}, lang)
    rows = tuple(source.find(ref, printed) for ref, printed in wanted.items())
    used = (
        result.stations[result.stations["role"] != "background"]
        if not result.stations.empty
        else result.stations
    )
    listed = ", ".join(map(str, used["station"])) if len(used) else numbers.DASH
    inputs = (
        (_word("stations", lang), listed),
        (_word("digest", lang), result.digest),
        (_word("source", lang), labels.text("simulated", lang) if result.simulated else result.source),
        (_word("ingested", lang), _beijing(result.ingested, lang)),
        (_word("file", lang), results_file.name),
    )
    return Provenance(rows, inputs)

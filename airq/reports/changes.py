"""The change list: an Atom feed of pages made anew and of the figures that moved in them.

Examples
--------
>>> LINK
'../changes.xml'
"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from airq import places
from airq.analysis.period import Period
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports.outcomes import Outcome

__all__ = ["FILE", "LINK", "listed", "publish"]

FILE: Final = "changes.xml"
LINK: Final = f"../{FILE}"
"""From a page of a period."""
_ATOM: Final = "http://www.w3.org/2005/Atom"
_MOST: Final = 500
_SHOWN: Final = 20


def publish(out: Path, period: Period, outcomes: Sequence[Outcome]) -> Path:
    """Put the pages of a run on top of the feed; what was current is no news.

    Parameters
    ----------
    out : pathlib.Path
        Folder of all periods.
    period : Period
    outcomes : sequence of Outcome

    Returns
    -------
    pathlib.Path
        The feed. A damaged one is begun anew.
    """
    file = out / FILE
    ET.register_namespace("", _ATOM)
    news = [_entry(period, o) for o in outcomes if o.status != "current"]
    old = _entries(file)
    if not news and file.exists() and old:
        return file
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _child(feed, "id", "tag:airq,2026:changes")
    _child(feed, "title", "环境空气质量报告更新 · Changes of the air quality reports")
    stamps = [o.made for o in outcomes if o.made]
    _child(feed, "updated", _moment(max(stamps)) if stamps else "1970-01-01T00:00:00+08:00")
    author = ET.SubElement(feed, f"{{{_ATOM}}}author")
    _child(author, "name", "airq")
    ET.SubElement(feed, f"{{{_ATOM}}}link", {"rel": "self", "href": FILE})
    feed.extend([*news, *old][:_MOST])
    ET.indent(feed)
    aside = file.with_name(f".{FILE}.{os.getpid()}.tmp")
    try:
        ET.ElementTree(feed).write(aside, encoding="utf-8", xml_declaration=True)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
    return file


def _entries(file: Path) -> list[ET.Element]:
    try:
        return ET.parse(file).getroot().findall(f"{{{_ATOM}}}entry")
    except (OSError, ET.ParseError):
        return []


def _child(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _moment(stamp: str) -> str:
    """Time stamp of the feed from that of a page, which is Beijing time.

    Examples
    --------
    >>> _moment("2026-11-01 08:00")
    '2026-11-01T08:00:00+08:00'
    """
    return f"{stamp.replace(' ', 'T')}:00+08:00"


def _entry(period: Period, outcome: Outcome) -> ET.Element:
    place, when = places.get(outcome.place), labels.period(period, outcome.lang)
    made = ET.Element(f"{{{_ATOM}}}entry")
    stamp = outcome.made.replace(" ", "T").replace(":", "")
    _child(made, "id", f"tag:airq,2026:{period.name}/{outcome.file}/{stamp}/{outcome.inputs[:8]}")
    _child(made, "title", _title(place.name(outcome.lang), when, outcome))
    _child(made, "updated", _moment(outcome.made))
    href = f"{period.name}/{outcome.file}"
    ET.SubElement(made, f"{{{_ATOM}}}link", {"href": href, "hreflang": outcome.lang})
    term = "failed" if outcome.error else "revised" if outcome.revisions else "made"
    ET.SubElement(made, f"{{{_ATOM}}}category", {"term": term})
    _child(made, "summary", outcome.said if outcome.error else _summary(outcome.revisions, outcome.lang))
    return made


def _title(name: str, when: str, outcome: Outcome) -> str:
    zh, moved = outcome.lang == "zh", len(outcome.revisions)
    if outcome.kept:
        stands = (
            f"未能更新，沿用{outcome.kept}的版本" if zh else f"not updated, that of {outcome.kept} stands"
        )
        return f"{name}{when}：{stands}" if zh else f"{name}, {when}: {stands}"
    if outcome.error:
        return f"{name}{when}：未能生成" if zh else f"{name}, {when}: could not be made"
    if moved:
        return f"{name}{when}：{moved}项数字变化" if zh else f"{name}, {when}: {moved} figures changed"
    return f"{name}{when}：已生成" if zh else f"{name}, {when}: made"


def _summary(revisions: Sequence[dict[str, Any]], lang: Language) -> str:
    from airq.reports.revisions import Revision, sentence

    lines = [sentence(Revision(**r), lang) for r in revisions[:_SHOWN]]
    if (more := len(revisions) - _SHOWN) > 0:
        lines.append(f"另有 {more} 项" if lang == "zh" else f"{more} more")
    return "\n".join(lines)


def listed(file: Path) -> list[dict[str, str]]:
    """Entries of a feed as plain values, newest first.

    Parameters
    ----------
    file : pathlib.Path

    Returns
    -------
    list of dict
        ``title``, ``updated``, ``href``, ``term``, ``summary``.
    """
    out = []
    for entry in _entries(file):
        row = {name: entry.findtext(f"{{{_ATOM}}}{name}") or "" for name in ("title", "updated", "summary")}
        link, kind = entry.find(f"{{{_ATOM}}}link"), entry.find(f"{{{_ATOM}}}category")
        row["href"] = "" if link is None else link.get("href", "")
        row["term"] = "" if kind is None else kind.get("term", "")
        out.append(row)
    return out

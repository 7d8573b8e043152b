"""What a report that is made again says otherwise than the one before it.

Late files and audited values change months that were already reported. Whoever has the earlier page in hand must see
which figures moved, so the page itself lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from html import escape
from typing import Any, Final

import numpy as np

from airq.analysis import CountyMonth
from airq.figures import labels
from airq.figures.forecast_words import share
from airq.figures.labels import Language
from airq.reports.numbers import DASH, FIGURES, printed
from airq.reports.target_panel import TargetPanel
from airq.reports.target_text import expected

__all__ = ["Revision", "compare", "compare_targets", "section", "sentence"]

_SHOWN: Final = 40
_TARGETS: Final = {
    "target_probability": ("完成目标的概率", "probability of the target"),
    "target_expected": ("全年预计", "expected for the year"),
}


@dataclass(frozen=True)
class Revision:
    """One figure that moved.

    Attributes
    ----------
    figure : str
        Column of ``CountyMonth.summary``, ``aqi`` of one day, or ``target_probability`` and ``target_expected``.
    standard : str
        Standard, edition of the index for a day, or id of a target.
    day : str
        ``YYYY-MM-DD`` for a figure of one day, else empty.
    old, new : str
        As printed; a dash where there was or is none.
    """

    figure: str
    standard: str
    day: str
    old: str
    new: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the manifest."""
        return asdict(self)


def compare(old: CountyMonth, new: CountyMonth) -> list[Revision]:
    """Figures of a period that differ between two results.

    Parameters
    ----------
    old, new : CountyMonth
        Of the same place and period.

    Returns
    -------
    list of Revision
        Figures of the period under each standard that both hold, as received; then the index of single days.
    """
    out = []
    for standard in (s for s in new.standards if s in old.standards):
        a, b = old.row(standard=standard), new.row(standard=standard)
        for figure in FIGURES:
            if (b is not None and figure not in b) or (a is not None and figure not in a):
                continue
            before, after = _text(printed(a, figure)), _text(printed(b, figure))
            if before != after:
                out.append(Revision(figure, standard, "", before, after))
    return out + _days(old, new)


def compare_targets(old: TargetPanel | None, new: TargetPanel | None) -> list[Revision]:
    """Outlooks on targets that differ between two panels of the same place and period.

    Parameters
    ----------
    old, new : TargetPanel or None

    Returns
    -------
    list of Revision
        The printed probability and the printed expectation of each target that both hold.
    """

    def printed_of(panel: TargetPanel | None) -> dict[tuple[str, str], str]:
        if panel is None or panel.reason:
            return {}
        out = {}
        for target, row in panel.targets():
            out["target_probability", str(row["id"])] = share(float(row["probability"]))
            if "all_of" not in target:
                out["target_expected", str(row["id"])] = expected(target, row, "en")
        return out

    a, b = printed_of(old), printed_of(new)
    return [Revision(k[0], k[1], "", a[k], b[k]) for k in sorted(a.keys() & b.keys()) if a[k] != b[k]]


def _days(old: CountyMonth, new: CountyMonth) -> list[Revision]:
    def indices(result: CountyMonth) -> dict[tuple[str, str], str]:
        if result.days.empty:
            return {}
        days = result.days[result.days["place"] == result.place]
        rows = zip(days["edition"], days["day"], days["aqi"], strict=True)
        return {(str(e), str(d)[:10]): DASH if not np.isfinite(q) else f"{q:g}" for e, d, q in rows}

    a, b = indices(old), indices(new)
    keys = sorted(a.keys() | b.keys())
    moved = [(k, a.get(k, DASH), b.get(k, DASH)) for k in keys]
    return [Revision("aqi", edition, day, x, y) for (edition, day), x, y in moved if x != y]


def _text(value: Decimal | None) -> str:
    return DASH if value is None else str(value)


def _what(one: Revision, lang: Language) -> str:
    if one.figure.startswith("target_"):
        zh, en = _TARGETS[one.figure]
        return zh if lang == "zh" else en
    return "AQI" if one.day else labels.indicator(one.figure, lang)


def sentence(one: Revision, lang: Language) -> str:
    """A figure that moved in one line.

    Examples
    --------
    >>> sentence(Revision("aqi", "2026", "2026-10-03", "61", "–"), "en")
    '2026-10-03 (2026) AQI: 61 → –'
    """
    where = f"{one.day} ({one.standard})" if one.day else labels.standard(one.standard, lang)
    return f"{where} {_what(one, lang)}: {one.old} → {one.new}"


def section(revisions: Sequence[Revision], before: str, lang: Language) -> str:
    """HTML that lists what moved; empty if nothing did.

    Parameters
    ----------
    revisions : sequence of Revision
    before : str
        When the earlier page was made.
    lang : {"zh", "en"}

    Examples
    --------
    >>> section([], "2026-11-01 08:00", "zh")
    ''
    >>> "37.2 → 36.9" in section([Revision("mean_pm25", "GB3095-2012", "", "37.2", "36.9")], "2026-11-01 08:00", "en")
    True
    """
    if not revisions:
        return ""
    zh = lang == "zh"
    title = "与上一版相比" if zh else "Changed since the last version"
    lead = (
        f"数据或规则有更新，下列数字与 {before} 生成的版本不同："
        if zh
        else f"Data or rules have changed; these figures differ from the version made {before}:"
    )
    items = []
    for one in revisions[:_SHOWN]:
        items.append(f"<li>{escape(sentence(one, lang))}</li>")
    if (more := len(revisions) - _SHOWN) > 0:
        items.append(
            f"<li>{f'另有 {more} 项，见 manifest.json' if zh else f'{more} more in manifest.json'}</li>"
        )
    return f'<section class="revisions"><h2>{title}</h2><p>{lead}</p><ul>{"".join(items)}</ul></section>'

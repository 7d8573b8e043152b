"""The factors that official claims imply, beside those of the factor table, with the verdict in words.

Examples
--------
>>> from airq.inventory import audit
>>> found = audit([{"id": "a", "coal_t": 1_983_000, "so2_t": 2974.5, "pm_t": 19830}], draws=500)
>>> claims(found, lang="en").frame.query("row == 'a'")["implied"].tolist()
[1.5, 10.0]
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from airq.figures import style
from airq.figures.inventory_words import amount, symbol, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.inventory.engine import quantiles

if TYPE_CHECKING:
    from airq.inventory.auditing import Audit, ClaimAudit
    from airq.inventory.factors import Factors

__all__ = ["claims", "wrapped"]

_WIDTH: Final = 10.4
_DRAWS: Final = 4000  # enough for the ends of one factor's own interval
_USES: Final = {
    "home_heating": ("stove_raw_coal", "coal"),
    "boiler_coal": ("boiler_lt65", "coal"),
}
"""What a claim's coal is burnt in: the same two uses as those of the audit."""

_TABLE: Final = {
    "so2": ("SO2",),
    "nox": ("NOx",),
    "pm": ("PM25", "PM10", "TSP"),
    "voc": ("VOC",),
    "co2": ("CO2",),
}


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most a width in half-width characters; Chinese breaks anywhere, other words stay whole.

    Examples
    --------
    >>> wrapped("一二三 four five", 9)
    ['一二三', 'four five']
    """
    pieces: list[str] = []
    for char in text:
        wide = unicodedata.east_asian_width(char) in "WF"
        closing = char in "，。；：、）”"
        inside = not wide and pieces and pieces[-1][-1] != " " and not _wide(pieces[-1][-1])
        if pieces and (inside or closing or char == " "):
            pieces[-1] += char
        else:
            pieces.append(char)
    lines = [""]
    for piece in pieces:
        if lines[-1] and _length(lines[-1] + piece.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece
    return [*lines[:-1], lines[-1].rstrip()]


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _length(text: str) -> int:
    return sum(2 if _wide(c) else 1 for c in text)


def _table_rows(pollutant: str, factors: Factors) -> list[dict[str, Any]]:
    """Range of the table and interval of the value used, by use and pollutant, kg per t of coal."""
    rows = []
    for category, (technology, fuel) in _USES.items():
        for name in _TABLE[pollutant]:
            found = [f for f in factors.candidates(category, technology, fuel, name) if f.unit == "kg/t"]
            values = [f.value for f in found if f.value > 0]
            used = next((f for f in found if f.status == "use"), None)
            ends = quantiles(used.draws(_DRAWS)) if used is not None and used.value > 0 else [np.nan] * 3
            rows.append(
                {
                    "pollutant": pollutant,
                    "row": category,
                    "of": name,
                    "least": min(values, default=np.nan),
                    "most": max(values, default=np.nan),
                    **dict(zip(("p5", "p50", "p95"), map(float, ends), strict=True)),
                    "implied": np.nan,
                }
            )
    return rows


def claims(
    audit: Audit, factors: Factors | None = None, lang: Language = "zh", simulated: bool = False
) -> FigureResult:
    """Implied factors of each claim against the range of the factor table, on a log axis.

    Parameters
    ----------
    audit : Audit
    factors : Factors, optional
        Those of the project by default.
    lang : {"zh", "en"}
    simulated : bool

    Returns
    -------
    FigureResult
        A panel for each pollutant that a claim states with its coal; below them the verdicts of those claims.
    """
    from airq.inventory.factors import Factors

    table = factors or Factors.load()
    stated = [r for r in audit.rows if any(v > 0 for v in r.factors.values())]
    shown = [p for p in _TABLE if any(r.factors.get(p, 0) > 0 for r in stated)]
    frames = {p: _panel_frame(p, stated, table) for p in shown}
    verdicts = _verdicts(stated, lang)
    rest = len(audit.rows) - len(stated)
    if rest:
        verdicts.append((word("without_coal", lang, n=rest), False))
    foot = 0.165 * len(verdicts) + 0.1
    lines = -(-len(shown) // 2)
    tall = [max(len(frames[p]) for p in shown[2 * k : 2 * k + 2]) * 0.235 + 0.25 for k in range(lines)]
    with style.applied():
        gap = 0.78
        height = sum(tall) + gap * max(lines - 1, 0) + 0.65 + 0.65 + foot + 0.3
        figure = style.new_figure(_WIDTH, height)
        top = height - 0.65
        for k in range(lines):
            for j, pollutant in enumerate(shown[2 * k : 2 * k + 2]):
                box = (2.15 + 5.2 * j, top - tall[k], 2.9, tall[k])
                place = (box[0] / _WIDTH, box[1] / height, box[2] / _WIDTH, box[3] / height)
                _panel(figure.add_axes(place), frames[pollutant], pollutant, lang)
            top -= tall[k] + gap
        y = (foot + 0.3) / height
        for text, bold in verdicts:
            figure.text(0.15 / _WIDTH, y, text, fontsize=7.8, va="top", fontweight="bold" if bold else "normal")  # fmt: skip
            y -= 0.165 / height
        style.legend(figure, _handles(lang), 4)
        title = word("title_claims", lang)
        style.finish(figure, title, lang, simulated)
    frame = pd.concat(list(frames.values()), ignore_index=True) if frames else audit.to_frame()
    return FigureResult(figure, frame, title)


def _panel_frame(pollutant: str, stated: Sequence[ClaimAudit], table: Factors) -> pd.DataFrame:
    rows = _table_rows(pollutant, table)
    rows += [
        {"pollutant": pollutant, "row": r.id, "of": "", "implied": r.factors[pollutant]}
        for r in stated
        if r.factors.get(pollutant, 0) > 0
    ]
    return pd.DataFrame(rows)


def _panel(axes: Axes, frame: pd.DataFrame, pollutant: str, lang: Language) -> None:
    names = []
    ink = style.COLOURS["ink"]
    for y, row in enumerate(frame.to_dict("records")):
        if row["of"]:
            several = len(_TABLE[pollutant]) > 1
            name = word(row["row"], lang)
            names.append(word("of", lang, t=name, p=symbol(row["of"])) if several else name)
            if not row["most"] > 0:
                axes.annotate(word("no_factor", lang), (0.02, y), xycoords=("axes fraction", "data"), fontsize=7, va="center", color=style.COLOURS["quiet"])  # fmt: skip
                continue
            axes.barh(y, row["most"] - row["least"], left=row["least"], height=0.55, facecolor=style.COLOURS["missing"], edgecolor=style.COLOURS["quiet"], linewidth=0.6)  # fmt: skip
            axes.plot([row["least"], row["most"]], [y, y], linestyle="none", marker="|", markersize=9, color=style.COLOURS["quiet"])  # fmt: skip
            axes.plot([row["p5"], row["p95"]], [y, y], color="#1f5a94", linewidth=1.6)
            axes.plot(row["p50"], y, marker="o", markersize=4.5, color="#1f5a94", linestyle="none")
        else:
            names.append(str(row["row"]))
            axes.plot(row["implied"], y, marker="D", markersize=6, markerfacecolor="white", markeredgecolor="#c23b22", markeredgewidth=1.5, linestyle="none", zorder=4)  # fmt: skip
            axes.axvline(row["implied"], color="#c23b22", linewidth=0.7, linestyle=(0, (2, 2)), zorder=0)
            axes.annotate(f"{row['implied']:,.4g}", (row["implied"], y), (8, 0), textcoords="offset points", va="center", fontsize=7.8, fontweight="bold", color=ink)  # fmt: skip
    axes.set_xscale("log")
    known = frame[["least", "most", "p5", "p95", "implied"]].to_numpy(float)
    known = known[np.isfinite(known) & (known > 0)]
    axes.set_xlim(known.min() / 1.6, known.max() * 3.0)
    low, high = axes.get_xlim()
    ticks = LogLocator(subs=(1.0,) if high / low > 100 else (1.0, 2.0, 5.0), numticks=12).tick_values(
        low, high
    )
    axes.set_xticks([t for t in ticks if low <= t <= high])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: amount(v)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(names)), names, fontsize=7.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    what = word("particulate", lang) if pollutant == "pm" else symbol(_TABLE[pollutant][0])
    axes.set_xlabel(word("kg_axis", lang, p=what), fontsize=8)
    style.tidy(axes, "x")


def _verdicts(stated: Sequence[ClaimAudit], lang: Language) -> list[tuple[str, bool]]:
    """Lines of text, and whether a line is a heading."""
    out: list[tuple[str, bool]] = []
    for row in stated:
        out.append((row.id, True))
        said = row.verdict_zh if lang == "zh" else row.verdict_en
        out += [(line, False) for line in wrapped(said, 176)]
    return out


def _handles(lang: Language) -> list[Any]:
    look: dict[str, Any] = {"linestyle": "none"}
    return [
        Line2D([], [], color=style.COLOURS["quiet"], linewidth=6, alpha=0.35, label=word("table_range", lang)),
        Line2D([], [], marker="o", markersize=4.5, color="#1f5a94", label=word("table_used", lang), **look),
        Line2D([], [], color="#1f5a94", linewidth=1.6, label=word("table_p", lang)),
        Line2D([], [], marker="D", markersize=6, markerfacecolor="white", markeredgecolor="#c23b22", markeredgewidth=1.5, label=word("claim", lang), **look),
    ]  # fmt: skip

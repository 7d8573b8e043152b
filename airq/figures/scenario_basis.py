"""What a scenario's answer rests on: tonnes, the response before and after an observation, causes, the cost front.

Examples
--------
>>> ordered(pd.DataFrame({"label": ["a", "b", "c"], "share": [0.1, 0.5, 0.2]}), 2)["label"].tolist()
['b', 'c']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import foot
from airq.figures.inventory_words import symbol
from airq.figures.labels import Language
from airq.figures.scenario import intervals
from airq.figures.scenario_words import amount, word
from airq.figures.style import FigureResult

if TYPE_CHECKING:
    from airq.scenario.response import Response

__all__ = ["causes", "evidence", "front", "lines", "ordered", "tonnes"]

_WIDTH: Final = 10.4
_NOT_COUNTED: Final = ("CO2", "PM10")


def ordered(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """Rows with the largest share first.

    Parameters
    ----------
    frame : pandas.DataFrame
        With a column share.
    most : int
        Rows kept.

    Returns
    -------
    pandas.DataFrame
    """
    return frame.sort_values("share", ascending=False).head(most).reset_index(drop=True)


def tonnes(season: pd.DataFrame, lang: Language = "zh", title: str = "") -> FigureResult:
    """Tonnes of each pollutant cut in the heating season; CO2, of another size, is left to the table.

    Parameters
    ----------
    season : pandas.DataFrame
        pollutant, p5, p50, p95 in tonnes, as :meth:`airq.scenario.tonnes.Cut.season` gives it.
    lang : {"zh", "en"}
    title : str
        Name of the scenario.

    Returns
    -------
    FigureResult
    """
    frame = season[season["pollutant"] != "CO2"].reset_index(drop=True)
    frame = frame.assign(label=[symbol(p) for p in frame["pollutant"]])
    return _bars(
        frame, _titled(word("title_tonnes", lang), title, lang), word("tonnes_axis", lang), lang, 0.9
    )


def lines(frame: pd.DataFrame, pollutant: str, lang: Language = "zh", title: str = "", most: int = 15) -> FigureResult:  # fmt: skip
    """Tonnes a year of each measure.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :attr:`airq.scenario.tonnes.Cut.lines`.
    pollutant : str
    lang : {"zh", "en"}
    title : str
    most : int
        Measures drawn; the largest.

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        If no measure has tonnes of the pollutant.
    """
    own = frame[(frame["pollutant"] == pollutant) & frame["p50"].notna()]
    if own.empty:
        raise MissingData(f"no measure of the scenario has tonnes of {pollutant}; there is nothing to draw.")
    order = own["p50"].abs().sort_values(ascending=False).index[:most]
    own = own.loc[order].reset_index(drop=True)
    named = own["name_zh" if lang == "zh" else "name_en"].astype(str)
    named = named.where(named.str.strip() != "", own["id"].astype(str))
    own = own.assign(label=[_short(n, 20 if lang == "zh" else 40) for n in named])
    head = _titled(word("title_lines", lang, p=symbol(pollutant)), title, lang)
    return _bars(own, head, word("lines_axis", lang), lang, 2.75)


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _titled(head: str, title: str, lang: Language) -> str:
    return f"{title}{'，' if lang == 'zh' else ': '}{head}" if title else head


def _bars(frame: pd.DataFrame, head: str, axis: str, lang: Language, left: float) -> FigureResult:
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.35 + 0.29 * len(frame))
        axes = style.panels(figure, 1, 1, (left, 1.9, 0.5, 0.8))[0, 0]
        colours = [style.COLOURS["last_year"] if p in _NOT_COUNTED else style.COLOURS["this_year"] for p in frame["pollutant"]]  # fmt: skip
        axes.barh(range(len(frame)), frame["p50"].fillna(0.0), 0.62, color=colours, alpha=0.35, zorder=2)
        intervals(axes, frame, lang)
        axes.set_xlabel(axis)
        axes.xaxis.set_major_formatter(lambda v, _: f"{v:,g}".replace("-", "−"))
        foot(figure, [word("interval", lang)])
        style.finish(figure, head, lang, False)
    return FigureResult(figure, frame, head)


def evidence(response: Response, lang: Language = "zh") -> FigureResult:
    """Every piece of evidence on the level of the response, their pooled prior, and the posterior.

    Parameters
    ----------
    response : airq.scenario.response.Response
    lang : {"zh", "en"}

    Returns
    -------
    FigureResult
    """
    frame = response.evidence.evidence.assign(kind="evidence")
    low, middle, high = response.evidence.pooled
    rows = [{"name": "prior", "low": low, "middle": middle, "high": high, "used": True, "kind": "prior"}]
    if response.update is not None:
        low, middle, high = np.quantile(response.update.draws, (0.05, 0.5, 0.95))
        rows.append(
            {
                "name": "posterior",
                "low": low,
                "middle": middle,
                "high": high,
                "used": True,
                "kind": "posterior",
            }
        )
    frame = pd.concat([frame, pd.DataFrame(rows)], ignore_index=True)
    head = word("title_evidence", lang)
    update = response.update
    note = word("no_update", lang) if update is None else word("shrinkage", lang, s=f"{update.shrinkage:.0%}")
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.5 + 0.32 * len(frame))
        axes = style.panels(figure, 1, 1, (1.75, 1.9, 0.5, 0.95))[0, 0]
        for y, row in enumerate(frame.to_dict("records")):
            _evidence_row(axes, y, row)
        axes.set_xscale("log")
        ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if frame["low"].min() <= t <= frame["high"].max()]  # fmt: skip
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axes.minorticks_off()
        axes.set_yticks(range(len(frame)), [_evidence_name(n, lang) for n in frame["name"]])
        axes.set_ylim(len(frame) - 0.4, -0.6)
        axes.set_xlabel(word("level_axis", lang))
        style.tidy(axes, "x")
        foot(figure, [word("interval", lang), note])
        style.finish(figure, head, lang, False)
    return FigureResult(figure, frame, head)


def _evidence_name(name: str, lang: Language) -> str:
    known = ("box", "local", "literature", "rollback", "claim_2021", "prior", "posterior")
    return word(name, lang) if name in known else name.replace("_", " ")


def _evidence_row(axes: Axes, y: int, row: dict[str, object]) -> None:
    tones = {"evidence": "quiet", "prior": "last_year", "posterior": "this_year"}
    tone = style.COLOURS[tones[str(row["kind"])]]
    if not row["used"]:
        tone = style.COLOURS["grid"]
    low, middle, high = (float(str(row[k])) for k in ("low", "middle", "high"))
    thick = 2.2 if row["kind"] == "evidence" else 4.5
    axes.plot([low, high], [y, y], color=tone, linewidth=thick, solid_capstyle="butt", zorder=2)
    axes.plot(middle, y, "o", color=tone, markeredgecolor="white", markersize=6.5, zorder=3)
    span = f" [{amount(low)}–{amount(high)}]" if np.isfinite(low) else ""
    mark = row.get("mark")
    axes.annotate(
        f"{amount(middle)}{span} {mark if isinstance(mark, str) else ''}",
        (1, y), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center", fontsize=7.8,
    )  # fmt: skip


def causes(frame: pd.DataFrame, lang: Language = "zh", most: int = 8) -> FigureResult:
    """Inputs by their share of the variance of a result.

    Parameters
    ----------
    frame : pandas.DataFrame
        label, share (0 to 1).
    lang : {"zh", "en"}
    most : int

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        Without a cause.
    """
    if frame.empty:
        raise MissingData("the result names no cause of its uncertainty; nothing in it varies.")
    own = ordered(frame, most)
    head = word("title_causes", lang)
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.05 + 0.29 * len(own))
        axes = style.panels(figure, 1, 1, (3.2, 0.8, 0.5, 0.5))[0, 0]
        axes.barh(range(len(own)), 100 * own["share"], 0.62, color=style.COLOURS["this_year"])
        for y, value in enumerate(own["share"]):
            axes.annotate(f"{100 * value:.0f}%" if value >= 0.01 else "<1%", (100 * value, y), (4, 0), textcoords="offset points", va="center", fontsize=8)  # fmt: skip
        axes.set_yticks(range(len(own)), [_short(str(t), 46) for t in own["label"]])
        axes.set_ylim(len(own) - 0.4, -0.6)
        axes.set_xlabel(word("share_axis", lang))
        style.tidy(axes, "x")
        style.finish(figure, head, lang, False)
    return FigureResult(figure, own, head)


def front(frame: pd.DataFrame, lang: Language = "zh", simulated: bool = False) -> FigureResult:
    """Sets of measures than which no other is better in cost, PM2.5 and CO2.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :func:`airq.scenario.optimising.front.pareto` gives it: cost, low, middle, high, co2, tied.
    lang : {"zh", "en"}
    simulated : bool

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        Without a set.
    """
    if frame.empty:
        raise MissingData("the front holds no set of measures; nothing can be drawn.")
    head = word("title_front", lang)
    with style.applied():
        figure = style.new_figure(_WIDTH, 4.6)
        axes = style.panels(figure, 1, 1, (0.8, 1.6, 0.55, 0.95))[0, 0]
        cost = frame["cost"].to_numpy(dtype=float) / 1e6
        middle = frame["middle"].to_numpy(dtype=float)
        axes.vlines(
            cost, frame["low"], frame["high"], color=style.COLOURS["last_year"], linewidth=1.4, zorder=2
        )
        kt = frame["co2"].to_numpy(dtype=float) / 1e3
        drawn = axes.scatter(cost, middle, c=kt, cmap="viridis", s=46, zorder=3, edgecolors=style.COLOURS["ink"], linewidths=0.6)  # fmt: skip
        tied = frame["tied"].to_numpy(dtype=bool)
        axes.scatter(cost[tied], middle[tied], s=9, color="white", zorder=4, linewidths=0)
        box = axes.get_position()
        bar = figure.add_axes((box.x1 + 0.03, box.y0, 0.015, box.height))
        figure.colorbar(drawn, cax=bar)
        bar.set_title(word("co2_axis", lang), fontsize=8, fontweight="normal", loc="left")
        bar.tick_params(length=0)
        axes.set_xlabel(word("cost_axis", lang))
        axes.set_ylabel(word("reduction_axis", lang))
        style.tidy(axes, "both")
        foot(figure, [word("interval", lang), word("tied", lang) if tied.any() else ""])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, frame.reset_index(drop=True), head)

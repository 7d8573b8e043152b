"""Taylor diagram and FAIRMODE target diagram.

Examples
--------
>>> from airq.analysis.everyday.diagrams import taylor_numbers
>>> frame = pd.DataFrame({"obs": [10.0, 20.0, 30.0], "mod": [12.0, 18.0, 33.0]})
>>> taylor(taylor_numbers(frame, "obs", "mod"), "en").caption
'Taylor diagram'
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from airq.analysis.everyday.diagrams import FairmodeTarget, TaylorNumbers
from airq.figures import style
from airq.figures.direction_axes import foot, nice_rings
from airq.figures.direction_words import quantity, symbol, title
from airq.figures.everyday_words import group_name, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["target", "taylor"]

_MARKS = "osD^vPX*"


def taylor(
    result: TaylorNumbers, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Spread as radius, correlation as angle, centred error as distance from the observations (Taylor 2001).

    Parameters
    ----------
    result : TaylorNumbers
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
    """
    head = title(word("title_taylor", lang), place, lang)
    t = result.table
    unit = t["sd_observed"] if result.normalised else pd.Series(1.0, t.index)
    reference = 1.0 if result.normalised else float(t["sd_observed"].mean())
    radius = (t["sd_modelled"] / unit).to_numpy()
    reach = 1.25 * max(float(radius.max()), reference)
    negative = bool((t["r"] < 0).any())
    with style.applied():
        figure = style.new_figure(9.0 if negative else 6.8, 5.9)
        axes = style.panels(figure, margins=(0.7, 0.5, 0.7, 1.15))[0, 0]
        _arcs(axes, reach, reference, negative, lang)
        models, groups = list(dict.fromkeys(t["model"])), list(dict.fromkeys(t["group"]))
        for row, r in zip(t.itertuples(), radius, strict=True):
            k, g = models.index(row.model), groups.index(row.group)
            angle = np.arccos(np.clip(row.r, -1, 1))
            axes.plot(
                r * np.cos(angle),
                r * np.sin(angle),
                _MARKS[g % 8],
                color=style.SERIES[k % 8],
                markersize=7,
                zorder=6,
            )
        axes.plot(reference, 0, "o", color=style.COLOURS["limit_2026"], markersize=8, zorder=7, clip_on=False)
        handles = [
            Line2D(
                [],
                [],
                linestyle="none",
                marker="o",
                color=style.COLOURS["limit_2026"],
                label=word("observed", lang),
            )
        ]
        handles += [
            Line2D([], [], linestyle="none", marker="o", color=style.SERIES[k % 8], label=symbol(m))
            for k, m in enumerate(models)
        ]
        if len(groups) > 1:
            handles += [Line2D([], [], linestyle="none", marker=_MARKS[g % 8], color=style.COLOURS["quiet"], label=group_name(n, lang)) for g, n in enumerate(groups[:8])]  # fmt: skip
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 0.26 / 5.9), ncols=6, borderaxespad=0.3, handlelength=1.0)  # fmt: skip
        axes.set_xlabel(
            word("sd_ratio", lang)
            if result.normalised
            else f"{word('sd', lang)} {quantity(result.observed, lang)}"
        )
        foot(figure, [word("taylor_note", lang)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def _arcs(axes: Axes, reach: float, reference: float, negative: bool, lang: Language) -> None:
    angle = np.linspace(0, np.pi if negative else np.pi / 2, 200)
    quiet = style.COLOURS["quiet"]
    for radius in nice_rings(reach):
        axes.plot(radius * np.cos(angle), radius * np.sin(angle), color=style.COLOURS["grid"], linewidth=0.7)
    axes.plot(reach * np.cos(angle), reach * np.sin(angle), color=quiet, linewidth=0.9)
    shown = [0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0]
    for r in [-x for x in shown[:0:-1]] * negative + shown:
        a = np.arccos(r)
        axes.plot(
            [0, reach * np.cos(a)],
            [0, reach * np.sin(a)],
            color=style.COLOURS["grid"],
            linewidth=0.6,
            linestyle=(0, (2, 2)),
        )
        axes.text(1.035 * reach * np.cos(a), 1.035 * reach * np.sin(a), f"{r:g}", fontsize=7.5, color=quiet, ha="center", va="center")  # fmt: skip
    for radius in nice_rings(reach):
        x, y = (
            reference + radius * np.cos(np.linspace(0, np.pi, 200)),
            radius * np.sin(np.linspace(0, np.pi, 200)),
        )
        inside = (np.hypot(x, y) <= reach) & (negative | (x >= 0))
        axes.plot(np.where(inside, x, np.nan), y, color="#2a8c5a", linewidth=0.7, linestyle=(0, (4, 2)))
    bound = np.linspace(0, np.pi if negative else np.pi / 2, 100)
    axes.plot(reference * np.cos(bound), reference * np.sin(bound), color=style.COLOURS["limit_2026"], linewidth=0.9, linestyle=(0, (4, 2)))  # fmt: skip
    middle = np.pi / 4
    axes.text(1.13 * reach * np.cos(middle), 1.13 * reach * np.sin(middle), word("correlation", lang), rotation=-45, ha="center", va="center", fontsize=9, color=quiet)  # fmt: skip
    axes.set(xlim=((-1.1 if negative else 0) * reach, 1.1 * reach), ylim=(0, 1.1 * reach), aspect="equal")
    axes.set_xticks(nice_rings(reach))
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def target(
    result: FairmodeTarget, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Bias against centred error in units of the measurement's uncertainty; within the circle the objective is met.

    Parameters
    ----------
    result : FairmodeTarget
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_target", lang, p=symbol(result.pollutant)), place, lang)
    t = result.table
    reach = 1.15 * max(float(t["mqi"].max()), 1.05)
    with style.applied():
        figure = style.new_figure(6.2, 6.2)
        axes = style.panels(figure, margins=(0.75, 0.25, 0.62, 1.0))[0, 0]
        axes.add_patch(Circle((0, 0), 1, facecolor="#e5f3e8", edgecolor="#2a8c5a", linewidth=1.1, zorder=1))
        axes.add_patch(Circle((0, 0), 0.5, fill=False, edgecolor="#2a8c5a", linewidth=0.8, linestyle=(0, (4, 2)), zorder=2))  # fmt: skip
        axes.axhline(0, color=style.COLOURS["quiet"], linewidth=0.6)
        axes.axvline(0, color=style.COLOURS["quiet"], linewidth=0.6)
        axes.plot(t["x"], t["y"], "o", color=style.COLOURS["this_year"], markersize=6, zorder=4)
        for row in t.itertuples():
            gap = np.hypot(t["x"] - row.x, t["y"] - row.y).drop(row.Index)
            if len(t) <= 30 and not (gap < 0.06 * reach).any():  # names that would cover one another stay out
                axes.annotate(str(row.site), (row.x, row.y), (5, 3), textcoords="offset points", fontsize=7.5)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.set_xlabel(word("crmse_axis", lang))
        axes.set_ylabel(word("bias_axis", lang))
        style.tidy(axes, "both")
        said = word("met" if result.met else "not_met", lang)
        foot(
            figure,
            [
                word(
                    "target_note",
                    lang,
                    s=f"{100 * result.criterion_share:.0f}",
                    v=result.mqi_criterion,
                    w=said,
                )
            ],
        )
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)

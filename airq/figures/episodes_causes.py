"""Regimes, dust and fireworks.

Examples
--------
>>> from airq.analysis.episodes.dusty_days import dust_record
>>> pm10 = [80.0, 400.0, 90.0, 70.0]
>>> frame = pd.DataFrame({"date": pd.date_range("2019-04-01", periods=4), "pm10": pm10, "pm25": [40.0, 90.0, 40.0, 30.0]})
>>> dust(dust_record(frame), "zh", "阜康市").caption
'阜康市沙尘日与沙尘对PM₁₀的影响'
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.stats import norm

from airq.analysis.episodes.dusty_days import DustRecord
from airq.analysis.episodes.fireworks_effect import Fireworks
from airq.analysis.episodes.fireworks_table import night_name
from airq.analysis.episodes.regimes import Regimes
from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import foot
from airq.figures.direction_words import quantity, symbol, title
from airq.figures.episodes_words import leading, site_name, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["dust", "fireworks", "regimes"]

_STAGNANT, _OTHER = "#a33b3b", "#1f5a94"


def regimes(result: Regimes, lang: Language = "zh", place: str = "", simulated: bool = False) -> FigureResult:
    """Histogram of the days with the two regimes, and days above each bound as observed and as each model expects.

    Parameters
    ----------
    result : Regimes
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
        The frame holds the counts.
    """
    head = title(word("title_regimes", lang, p=symbol(result.column)), place, lang)
    logs = np.log10(result.daily["value"].to_numpy())
    edges = np.linspace(logs.min(), logs.max() + 1e-9, 31)
    grid_of = np.linspace(edges[0], edges[-1], 300)
    with style.applied():
        figure = style.new_figure(10.4, 4.3)
        grid = style.panels(figure, 1, 2, (0.65, 0.15, 0.62, 1.1), (0.75, 0.0))
        left, right = grid[0]
        count, _ = np.histogram(logs, edges)
        left.stairs(100 * count / len(logs), 10**edges, fill=True, color=style.COLOURS["missing"])
        whole = np.zeros_like(grid_of)
        for row, colour in zip(result.table.itertuples(), (_OTHER, _STAGNANT), strict=True):
            part = (
                row.share
                * norm.pdf(grid_of, np.log10(row.median), np.log10(row.gsd))
                * 100
                * (edges[1] - edges[0])
            )
            whole += part
            left.plot(10**grid_of, part, color=colour, linewidth=1.8)
        left.plot(10**grid_of, whole, color=style.COLOURS["ink"], linewidth=1.0)
        single = norm.pdf(grid_of, logs.mean(), logs.std()) * 100 * (edges[1] - edges[0])
        left.plot(10**grid_of, single, color=style.COLOURS["quiet"], linewidth=1.0, linestyle=(0, (4, 2)))
        left.set_xscale("log")
        ticks = [
            t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if 10 ** edges[0] <= t <= 10 ** edges[-1]
        ]
        left.set_xticks(ticks, [str(t) for t in ticks])
        left.minorticks_off()
        left.set_xlabel(quantity(result.column, lang))
        left.set_ylabel(word("share_days", lang))
        x = np.arange(len(result.counts))
        for k, (name, colour) in enumerate(
            (
                ("observed", style.COLOURS["ink"]),
                ("regimes", _STAGNANT),
                ("lognormal", style.COLOURS["last_year"]),
            )
        ):
            right.bar(x + (k - 1) * 0.27, result.counts[name], width=0.25, color=colour)
        known = result.counts["lower"].notna().to_numpy()
        if known.any():
            middle = result.counts["regimes"].to_numpy()[known]
            ends = [np.maximum(middle - result.counts["lower"].to_numpy()[known], 0), np.maximum(result.counts["upper"].to_numpy()[known] - middle, 0)]  # fmt: skip
            right.errorbar(x[known], middle, ends, fmt="none", ecolor=style.COLOURS["ink"], elinewidth=0.9)
        right.set_xticks(x, [f"> {t:g}" for t in result.counts["threshold"]])
        right.set_title(word("days_above", lang), fontsize=9.5)
        for axes in (left, right):
            style.tidy(axes)
        colours = {"stagnant": _STAGNANT, "ventilated": _OTHER, "two_regimes": _STAGNANT, "one_lognormal": style.COLOURS["last_year"], "observed": style.COLOURS["ink"]}  # fmt: skip
        handles: list[Line2D | Patch] = [
            Line2D([], [], color=colours[k], label=word(k, lang)) for k in ("stagnant", "ventilated")
        ]
        handles.append(
            Line2D(
                [], [], color=style.COLOURS["quiet"], linestyle=(0, (4, 2)), label=word("one_lognormal", lang)
            )
        )
        handles += [
            Patch(facecolor=colours[k], label=word(k, lang))
            for k in ("observed", "two_regimes", "one_lognormal")
        ]
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 0.26 / 4.3), ncols=6, borderaxespad=0.3, handlelength=1.4)  # fmt: skip
        foot(figure, [_said(result, lang)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.counts, head)


def _said(result: Regimes, lang: Language) -> str:
    bad, good = result.table.iloc[1], result.table.iloc[0]
    text = word(
        "regime_note", lang, d=bad["days"], a=bad["lower"], b=bad["upper"], m=bad["median"], o=good["median"]
    )
    if not np.isfinite(bad["lower"]):
        text = text.replace("[nan，nan]", "").replace(" [nan, nan]", "")
    return text


def dust(result: DustRecord, lang: Language = "zh", place: str = "", simulated: bool = False, site: str | None = None) -> FigureResult:  # fmt: skip
    """PM10 with and without dust, and dust days, by period.

    Parameters
    ----------
    result : DustRecord
    lang, place, simulated
        As everywhere.
    site : str, optional
        By default the first.

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        No such site.
    """
    chosen = site if site is not None else str(result.table["site"].iloc[0])
    rows = result.table[result.table["site"] == chosen]
    if rows.empty:
        raise MissingData(f"site '{chosen}' is not in the result; choose one of {', '.join(sorted(set(result.table['site'])))}.")  # fmt: skip
    head = title(
        word("title_dust", lang, p=symbol("pm10")), leading(place or site_name(chosen, lang), lang), lang
    )
    x = np.arange(len(rows))
    with style.applied():
        figure = style.new_figure(10.4, 4.4)
        upper = figure.add_axes((0.07, 0.43, 0.91, 0.45))
        lower = figure.add_axes((0.07, 0.22, 0.91, 0.15), sharex=upper)
        upper.bar(x - 0.2, rows["pm10"], width=0.38, color=style.COLOURS["limit_2012"])
        upper.bar(x + 0.2, rows["pm10_without"], width=0.38, color=style.COLOURS["last_year"])
        lower.bar(x, rows["dust_days"], width=0.6, color="#b58b4c")
        for place_of, row in zip(x.tolist(), rows.itertuples(), strict=True):
            if row.dust_days:
                lower.text(
                    place_of, row.dust_days, f"{row.dust_days}", ha="center", va="bottom", fontsize=7.5
                )
        upper.set_ylabel(quantity("pm10", lang))
        lower.set_ylabel(word("dust_days", lang), fontsize=8)
        lower.set_ylim(0, max(float(rows["dust_days"].max()) * 1.4, 1))
        lower.set_yticks([])
        step = -(-len(rows) // 14)
        upper.set_xticks(x[::step], rows["period"].tolist()[::step])
        upper.tick_params(labelbottom=False)
        for axes in (upper, lower):
            style.tidy(axes)
        handles = [Patch(facecolor=style.COLOURS["limit_2012"], label=word("with_dust", lang)), Patch(facecolor=style.COLOURS["last_year"], label=word("without_dust", lang))]  # fmt: skip
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 0.26 / 4.4), ncols=2, borderaxespad=0.3, handlelength=1.4)  # fmt: skip
        foot(
            figure,
            [result.label_zh if lang == "zh" else f"{result.label_en[:1].upper()}{result.label_en[1:]}."],
        )
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, rows.reset_index(drop=True), head)


def fireworks(
    result: Fireworks, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Excess of each festival night beside the smallest that could be told from chance.

    Parameters
    ----------
    result : Fireworks
    lang, place, simulated
        As everywhere.

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        Every night is withheld.
    """
    rows = result.table[result.table["reason"] == ""].sort_values(["start", "site"]).reset_index(drop=True)
    if rows.empty:
        raise MissingData("no festival night could be judged; see the reasons in the table.")
    head = title(word("title_fireworks", lang, p=symbol(result.pollutant)), place, lang)
    several = len(set(rows["site"])) > 1
    names = [" ".join(x for x in (site_name(r.site, lang) if several else "", str(r.year), night_name(r.night, lang)) if x) for r in rows.itertuples()]  # fmt: skip
    with style.applied():
        figure = style.new_figure(8.6, 1.5 + 0.27 * len(rows))
        longest = max(sum(2 if ord(c) > 0x2E80 else 1 for c in n) for n in names)
        axes = style.panels(figure, margins=(0.25 + 0.068 * longest, 0.25, 0.6, 0.85))[0, 0]
        y = len(rows) - 1 - np.arange(len(rows))
        axes.barh(y, rows["detectable"], height=0.62, color=style.COLOURS["missing"])
        blue = style.COLOURS["this_year"]
        for place_of, row in zip(y, rows.itertuples(), strict=True):
            told = float(row.p_value) < 0.05
            axes.plot([row.lower, row.upper], [place_of, place_of], color=blue, linewidth=1.3)
            axes.plot(
                row.excess, place_of, "o", color=blue, markerfacecolor=blue if told else "white", markersize=5
            )
        axes.axvline(0, color=style.COLOURS["quiet"], linewidth=0.8)
        axes.set_yticks(y, names, fontsize=8)
        axes.set_xlabel(f"{word('excess', lang)} {quantity(result.pollutant, lang)}")
        axes.set_ylim(-0.7, len(rows) - 0.3)
        style.tidy(axes, "x")
        text = word("fireworks_note", lang, k=f"{100 * result.confidence:.0f}")
        mark = "；" if lang == "zh" else "; "
        first, _, rest = text.partition(mark)
        foot(figure, [first + mark.rstrip(), rest])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, pd.DataFrame(result.to_frame()), head)

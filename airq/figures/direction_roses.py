"""Wind and pollution roses, percentiles and conditional probability by wind direction.

Each function takes a result of :mod:`airq.analysis.direction` and returns its figure and the numbers in it.

Examples
--------
>>> frame = pd.DataFrame({"wind_speed": [0.0, 2.0, 3.0, 5.0], "wind_direction": [0, 360, 90, 90]})
>>> from airq.analysis.direction.roses import wind_rose
>>> rose(wind_rose(frame), "zh", "阜康市").caption
'阜康市风玫瑰'
"""

from __future__ import annotations

from typing import Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch

from airq.analysis.direction.roses import Rose
from airq.analysis.direction.sectors import ConditionalProbability, PercentileRose
from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import compass_panel, foot, nice_rings, sector, to_xy
from airq.figures.direction_words import quantity, symbol, title, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.variables import VARIABLES

__all__ = ["percentiles", "probability", "rose"]

_TONES: Final = "YlGnBu"
_HEAT: Final = "YlOrRd"


def _palette(name: str, count: int) -> list[str]:
    return [mpl.colors.to_hex(mpl.colormaps[name](x)) for x in np.linspace(0.25, 0.95, count)]


def _class(low: float, high: float) -> str:
    if not np.isfinite(low):
        return f"≤ {high:g}"
    return f"> {low:g}" if not np.isfinite(high) else f"{low:g}–{high:g}"


def _unit(name: str) -> str:
    return VARIABLES[name].units_text if name in VARIABLES else ""


def rose(result: Rose, lang: Language = "zh", place: str = "", simulated: bool = False) -> FigureResult:
    """Wind rose or pollution rose, with calms in the middle and what each sector brings beside it.

    Parameters
    ----------
    result : Rose
    lang : {"zh", "en"}
    place : str
    simulated : bool

    Returns
    -------
    FigureResult
        The frame holds sector, class and share.
    """
    is_wind = result.kind == "wind"
    kind = "title_wind_rose" if is_wind else "title_pollution_rose"
    head = title(word(kind, lang, p=symbol(result.variable)), place, lang)
    classes = len(result.breaks) - 1
    tones = _palette(_TONES if is_wind else _HEAT, classes)
    width = 360.0 / result.sectors
    table = result.table.pivot_table(index="sector", columns="class", values="share")
    reach = max(100 * float(result.by_sector["share"].max()), 1e-6)
    hole = 0.16 * reach
    with style.applied():
        figure = style.new_figure(10.4, 5.3)
        grid = style.panels(figure, 1, 2, (0.1, 0.35, 0.72, 1.05), (0.9, 0.0))
        axes = grid[0, 0]
        for middle, row in table.iterrows():
            base = hole
            for number, share in row.items():
                sector(
                    axes, float(str(middle)), 0.88 * width, base, base + 100 * share, tones[int(str(number))]
                )
                base += 100 * share
        axes.add_patch(Circle((0, 0), hole, facecolor="white", edgecolor=style.COLOURS["quiet"], linewidth=0.6, zorder=5))  # fmt: skip
        axes.text(0, 0, f"{100 * result.calm_share:.1f}%", ha="center", va="center", fontsize=7.5, zorder=7)
        rings = nice_rings(reach, 3)
        compass_panel(axes, reach + hole, rings, lang, inner=hole, at=337.5)
        _contributions(grid[0, 1], result, lang, is_wind)
        units = quantity(result.variable, lang) if not is_wind else word("speed_class", lang)
        handles: list[Line2D | Patch] = [Line2D([], [], linestyle="none", label=units)]
        handles += [Patch(facecolor=t, label=_class(*result.breaks[k : k + 2])) for k, t in enumerate(tones)]
        calm = "圆心为静风" if lang == "zh" else "In the middle: calm."
        used = f"{result.hours:,}小时" if lang == "zh" else f"{result.hours:,} h."
        joint = "；" if lang == "zh" else " "
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 0.3 / 5.3), ncols=len(handles), handlelength=1.2, columnspacing=1.0, borderaxespad=0.3)  # fmt: skip
        foot(figure, [joint.join([word("share_ring", lang), calm, used])])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def _contributions(axes: Axes, result: Rose, lang: Language, is_wind: bool) -> None:
    """Mean of each sector as bars around the clock, opened up along an axis."""
    rows = result.by_sector
    width = 360.0 / result.sectors
    axes.bar(rows["sector"], rows["mean"], width=0.8 * width, color=style.COLOURS["this_year"])
    if result.calm_hours and not is_wind:
        axes.axhline(
            result.calm_mean, color=style.COLOURS["limit_2012"], linestyle=(0, (4, 2)), linewidth=1.0
        )
        said = f"{'静风平均' if lang == 'zh' else 'mean of calms'} {result.calm_mean:.3g}"
        axes.annotate(said, (1.0, result.calm_mean), (-2, 3), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right", fontsize=8, color=style.COLOURS["limit_2012"])  # fmt: skip
    names = ("北", "东", "南", "西", "北") if lang == "zh" else ("N", "E", "S", "W", "N")
    axes.set_xticks([0, 90, 180, 270, 360], names)
    axes.set_xlim(0, 360 + width / 2)
    axes.set_title(word("sector_mean", lang), fontsize=9.5, y=1.0)
    axes.set_ylabel(word("mean_speed", lang) if is_wind else quantity(result.variable, lang))
    style.tidy(axes)


def percentiles(
    result: PercentileRose, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Percentile rose: smoothed percentiles by direction, the sectors' own as dots.

    Parameters
    ----------
    result : PercentileRose
    lang, place, simulated
        As for :func:`rose`.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_percentiles", lang, p=symbol(result.pollutant)), place, lang)
    wide = result.table.pivot_table(index="sector", columns="percentile", values="smooth", dropna=False)
    raw = result.table.pivot_table(index="sector", columns="percentile", values="value", dropna=False)
    seen = np.nanmax(np.maximum(wide.to_numpy(), np.nan_to_num(raw.to_numpy())))
    if not np.isfinite(seen) or seen <= 0:
        raise MissingData("no sector has a percentile; there is nothing to draw.")
    reach = float(seen)
    tones = _palette("YlGnBu", len(result.percentiles))
    with style.applied():
        figure = style.new_figure(6.4, 6.4)
        axes = style.panels(figure, 1, 1, (0.2, 0.2, 0.55, 0.85))[0, 0]
        for tone, share in reversed(list(zip(tones, result.percentiles, strict=True))):
            values = np.maximum(wide[share].to_numpy(dtype=np.float64), 0.0)
            around = np.append(values, values[0])
            x, y = to_xy(around, np.append(wide.index.to_numpy(), wide.index[0]))
            axes.fill(
                np.nan_to_num(x), np.nan_to_num(y), facecolor=tone, edgecolor="white", linewidth=0.6, zorder=2
            )
            x, y = to_xy(raw[share].to_numpy(dtype=np.float64), raw.index.to_numpy())
            axes.plot(x, y, ".", color=style.COLOURS["ink"], markersize=2, zorder=5)
        compass_panel(axes, reach, nice_rings(reach), lang)
        handles = [Patch(facecolor=t, label=word("percentile", lang, n=f"{p:g}")) for t, p in zip(tones, result.percentiles, strict=True)]  # fmt: skip
        figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 0.3 / 6.4), ncols=5, handlelength=1.2, columnspacing=0.9, borderaxespad=0.3)  # fmt: skip
        dots = "点为各扇区原值，色块为平滑值" if lang == "zh" else "Dots: sectors, filled: smooth."
        joint = "；" if lang == "zh" else " "
        foot(figure, [word("value_ring", lang, u=_unit(result.pollutant) or result.pollutant) + joint + dots])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, result.to_frame(), head)


def probability(
    result: ConditionalProbability, lang: Language = "zh", place: str = "", simulated: bool = False
) -> FigureResult:
    """Conditional probability by direction, with intervals and the share of all hours.

    Parameters
    ----------
    result : ConditionalProbability
    lang, place, simulated
        As for :func:`rose`.

    Returns
    -------
    FigureResult
    """
    head = title(word("title_probability", lang, p=symbol(result.pollutant)), place, lang)
    rows = result.table[np.isfinite(result.table["probability"])]
    if rows.empty:
        raise MissingData("no sector has enough hours; there is nothing to draw.")
    width = 360.0 / len(result.table)
    reach = 100 * float(np.nanmax([rows["probability"].max(), rows["upper"].max(), result.base]))
    tone = style.COLOURS["this_year"]
    with style.applied():
        figure = style.new_figure(6.4, 6.4)
        axes = style.panels(figure, 1, 1, (0.2, 0.2, 0.55, 0.75))[0, 0]
        for row in rows.to_dict("records"):
            sure = row["lower"] > result.base
            sector(axes, row["sector"], 0.86 * width, 0.0, 100 * row["probability"], tone if sure else style.COLOURS["last_year"])  # fmt: skip
            if np.isfinite(row["lower"]):
                x, y = to_xy([100 * row["lower"], 100 * row["upper"]], row["sector"])
                axes.plot(x, y, color=style.COLOURS["ink"], linewidth=0.9, zorder=5)
        axes.add_patch(Circle((0, 0), 100 * result.base, fill=False, edgecolor=style.COLOURS["limit_2012"], linewidth=1.1, linestyle=(0, (4, 2)), zorder=5))  # fmt: skip
        compass_panel(axes, reach, nice_rings(reach), lang, at=345.0)
        low, high = result.cut
        unit = _unit(result.pollutant)
        key = "above" if not np.isfinite(high) else "between"
        cuts = {"c": f"{low:.3g}{'' if lang == 'zh' else ' '}{unit}".strip(), "d": f"{high:.3g}"}
        said = word(key, lang, b=f"{100 * result.base:.0f}", k=f"{100 * result.confidence:.0f}", **cuts)
        sure_note = (
            "深色：区间全在虚线以上" if lang == "zh" else "Dark: the interval lies above the dashed line."
        )
        few = word("withheld", lang) if len(rows) < len(result.table) else ""
        joint = "；" if lang == "zh" else " "
        rings = "圆环为条件概率（%）" if lang == "zh" else "Rings: %."
        foot(figure, [*_halves(said, lang), joint.join(x for x in (rings, sure_note, few) if x)])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, pd.DataFrame(result.to_frame()), head)


def _halves(text: str, lang: Language) -> list[str]:
    """A long note in two lines, broken at a semicolon."""
    mark = "；" if lang == "zh" else "; "
    spot = text.rfind(mark)
    if spot < 0 or len(text) < 40:
        return [text]
    return [text[: spot + 1], text[spot + len(mark) :]]

"""Figures of deweathering: observed beside deweathered months, and what the weather does.

Examples
--------
>>> _word("models", "en", n=10)
'Band: least and greatest of 10 models.'
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from airq.analysis.deweathering.emission_trend import EmissionTrend
from airq.analysis.deweathering.result import Deweathered
from airq.errors import MissingData, ParameterError
from airq.figures import labels, style
from airq.figures.direction_axes import foot
from airq.figures.direction_words import quantity, symbol, title
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.variables import VARIABLES

__all__ = ["deweathered", "responses"]

Array = npt.NDArray[np.float64]

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("{p}：观测与去气象", "{p}: observed and deweathered"),
    "observed": ("观测月均", "observed months"),
    "normalised": ("去气象月均", "deweathered months"),
    "band": ("各模型范围", "range of the models"),
    "models": ("色带：{n}个模型的最小与最大。", "Band: least and greatest of {n} models."),
    "effect": ("气象影响（观测减去气象）", "Effect of weather: observed less deweathered"),
    "trend": (
        "去气象趋势每年{s}{u}（{c}%区间 {a} 至 {b}），观测趋势每年{o}，其中气象{w}",
        "Deweathered trend {s}{u} a year ({c} %: {a} to {b}); observed {o}, of which weather {w}",
    ),
    "honest": (
        "未见周R²为{r}（已见周{s}）；均值{m}，观测{n}；蒙特卡洛误差{e}%；超范围{x}%",
        "R² of weeks not seen {r} (seen {s}); mean {m}, observed {n}; Monte-Carlo error {e} %; out of range {x} %",
    ),
    "warned": ("注意：本结果有{n}条警告，见说明", "{n} warnings come with this result; read them."),
    "title_responses": ("{p}：气象的作用", "{p}: what the weather does"),
    "importance": ("重要性（换值后R²的损失）", "Importance (loss of R² if exchanged)"),
    "ratio": ("与实际天气之比", "Ratio to the weather as it was"),
    "whiskers": (
        "误差线与色带：95%区间。重要性用未见过的周，含此前数时或数日；右图只计该值在当季出现的时次",
        "Whiskers, bands: 95 %. Importance on weeks not seen, hours before included; right: where the season has the value.",
    ),
    "wind_u": ("风的东向分量", "wind towards east"),
    "wind_v": ("风的北向分量", "wind towards north"),
}

_LEAST_EFFECT: Final = 4


def _word(key: str, lang: Language, **given: Any) -> str:
    return labels.pick(_WORDS[key], lang, **given)


def _name(name: str, role: str, lang: Language) -> str:
    """Name of a weather variable for people, its own where the table has none."""
    if name in ("wind_u", "wind_v"):
        return _word(name, lang)
    if role not in VARIABLES:
        return name
    return VARIABLES[role].zh if lang == "zh" else VARIABLES[role].en


def _unit(name: str, role: str) -> str:
    if name in ("wind_u", "wind_v"):
        return "m/s"
    return {"degC": "°C"}.get(VARIABLES[role].units, VARIABLES[role].units_text) if role in VARIABLES else ""


def _years(axes: Axes, index: pd.PeriodIndex) -> None:
    """Ticks at every January, thinned to ten or so; at months where there are few."""
    first, last = float(index.year[0]), float(index.year[-1] + 1)
    every = max(1, int(np.ceil((last - first) / 11)))
    axes.set_xticks(
        np.arange(first, last + 1, every), [f"{int(y)}" for y in np.arange(first, last + 1, every)]
    )
    axes.set_xlim(first + (index.month[0] - 1) / 12 - 0.05, last - (12 - index.month[-1]) / 12 + 0.05)
    style.tidy(axes)


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "−")


def deweathered(
    found: Deweathered,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    trend: EmissionTrend | None = None,
) -> FigureResult:
    """Observed and deweathered months with the band of the models, and the effect of the weather below.

    Parameters
    ----------
    found : Deweathered
    lang : {"zh", "en"}
    place : str
    simulated : bool
    trend : EmissionTrend, optional
        Of the same result; written below.

    Returns
    -------
    FigureResult

    Raises
    ------
    MissingData
        If every month is withheld.
    """
    head = title(_word("title", lang, p=symbol(found.target)), place, lang)
    table = found.months
    if not table["normalised"].notna().any():
        raise MissingData("every month is withheld; there is nothing to draw.")
    index = pd.PeriodIndex(table.index)
    at = np.asarray(index.year + (index.month - 0.5) / 12, dtype=np.float64)
    columns = {c: table[c].to_numpy(dtype=np.float64) for c in ("observed", "normalised", "low", "high")}
    with style.applied():
        figure = style.new_figure(8.6, 5.3)
        upper, lower = style.panels(figure, 2, 1, (0.7, 0.15, 0.68, 0.92), (0.0, 0.38))[:, 0]
        upper.plot(at, columns["observed"], color=style.COLOURS["last_year"], linewidth=1.1, zorder=2)
        upper.fill_between(
            at, columns["low"], columns["high"], color=style.SERIES[0], alpha=0.22, linewidth=0, zorder=3
        )
        upper.plot(at, columns["normalised"], color=style.SERIES[0], linewidth=1.7, zorder=4)
        upper.set_ylabel(quantity(found.target, lang))
        upper.set_ylim(bottom=min(0.0, float(np.nanmin(columns["low"]))))
        upper.tick_params(labelbottom=False)
        effect = columns["observed"] - columns["normalised"]
        tones = np.where(effect > 0, style.SERIES[1], style.SERIES[6])
        lower.bar(at, effect, width=0.075, color=tones, zorder=3)
        lower.axhline(0, color=style.COLOURS["quiet"], linewidth=0.7)
        lower.set_title(_word("effect", lang), fontsize=9, fontweight="normal")
        for axes in (upper, lower):
            _years(axes, index)
        handles = [
            Line2D([], [], color=style.COLOURS["last_year"], linewidth=1.5, label=_word("observed", lang)),
            Line2D([], [], color=style.SERIES[0], linewidth=2, label=_word("normalised", lang)),
            Patch(facecolor=style.SERIES[0], alpha=0.22, label=_word("band", lang)),
        ]
        figure.legend(
            handles=handles, loc="upper left", bbox_to_anchor=(0.07, 1 - 0.36 / 5.3), ncols=3, borderaxespad=0
        )
        foot(figure, _foot(found, trend, lang))
        style.finish(figure, head, lang, simulated)
    frame = table.reset_index().assign(effect=effect)
    return FigureResult(figure, frame, head)


def _target_unit(target: str) -> str:
    return f" {VARIABLES[target].units_text}" if target in VARIABLES else ""


def _foot(found: Deweathered, trend: EmissionTrend | None, lang: Language) -> list[str]:
    d, e = found.diagnostics, found.monte_carlo_error
    lines = []
    if trend is not None:
        lines.append(
            _word(
                "trend",
                lang,
                s=_signed(trend.slope_per_year),
                a=_signed(trend.interval[0]),
                b=_signed(trend.interval[1]),
                c=f"{100 * trend.confidence:g}",
                o=_signed(trend.observed_slope),
                w=_signed(trend.weather_slope),
                u=_target_unit(found.target),
            )
        )
    lines.append(
        _word(
            "honest",
            lang,
            r=f"{d['blocked_r2']:.2f}",
            s=f"{d['seen_r2']:.2f}",
            m=f"{d['mean_normalised']:.3g}",
            n=f"{d['mean_observed']:.3g}",
            e=f"{100 * e['monthly']:.1f}",
            x=f"{100 * d['out_of_range_share']:.1f}",
        )
    )
    last = _word("models", lang, n=found.members.shape[1])
    if found.warnings:
        last += ("" if lang == "zh" else " ") + _word("warned", lang, n=len(found.warnings))
    return [*lines, last]


def responses(
    found: Deweathered,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    most: int = _LEAST_EFFECT,
) -> FigureResult:
    """Importance of every weather variable, and the effect of the most important ones.

    Parameters
    ----------
    found : Deweathered
    lang : {"zh", "en"}
    place : str
    simulated : bool
    most : int
        Variables whose effect is drawn, 1 to 6.

    Returns
    -------
    FigureResult
        The frame holds both: ``kind`` is ``importance`` or ``effect``.
    """
    if not 1 <= most <= 6:
        raise ParameterError(f"{most} panels cannot be drawn; give 1 to 6.")
    head = title(_word("title_responses", lang, p=symbol(found.target)), place, lang)
    role = dict(zip(found.inputs.names, found.inputs.roles, strict=True))
    order = found.importance()
    curves = {str(n): found.partial_dependence(str(n)) for n in order.index[:most]}
    with style.applied():
        columns = 1 + (len(curves) + 1) // 2
        figure = style.new_figure(2.2 + 2.7 * columns, 4.9)
        grid = style.panels(figure, 2, columns, (1.35, 0.2, 0.72, 0.78), (0.6, 0.62))
        left = figure.add_axes(_joined(grid))
        for axes in grid[:, 0]:
            axes.remove()
        _bars(left, order, role, lang)
        free = list(grid[:, 1:].T.ravel())
        top = max(float(c["upper"].max()) for c in curves.values())
        low = min(float(c["lower"].min()) for c in curves.values())
        for axes, (name, curve) in zip(free, curves.items(), strict=False):
            axes.fill_between(
                curve["value"], curve["lower"], curve["upper"], color=style.SERIES[0], alpha=0.22, linewidth=0
            )
            axes.plot(curve["value"], curve["effect"], color=style.SERIES[0], linewidth=1.6)
            axes.axhline(1, color=style.COLOURS["quiet"], linewidth=0.6, linestyle=(0, (4, 3)))
            unit = _unit(name, role[name])
            gap = "（{}）" if lang == "zh" else " ({})"
            axes.set_xlabel(_name(name, role[name], lang) + (gap.format(unit) if unit else ""))
            axes.set_ylim(max(0.0, low - 0.05), top + 0.05)
            style.tidy(axes, "both")
        for axes in free[len(curves) :]:
            axes.remove()
        for axes in grid[:, 1]:
            if axes.figure is not None:
                axes.set_ylabel(_word("ratio", lang))
        foot(figure, [_word("whiskers", lang)])
        style.finish(figure, head, lang, simulated)
    tables = [order.reset_index().rename(columns={"importance": "effect"}).assign(kind="importance")]
    tables += [c.assign(variable=n, kind="effect") for n, c in curves.items()]
    return FigureResult(figure, pd.concat(tables, ignore_index=True), head)


def _joined(grid: Any) -> tuple[float, float, float, float]:
    """Place of the first column as one panel."""
    upper, lower = grid[0, 0].get_position(), grid[1, 0].get_position()
    return lower.x0, lower.y0, lower.width, upper.y1 - lower.y0


def _bars(axes: Axes, order: pd.DataFrame, role: dict[str, str], lang: Language) -> None:
    place = np.arange(len(order))[::-1]
    value = order["importance"].to_numpy(dtype=np.float64)
    axes.barh(place, value, height=0.6, color=style.COLOURS["last_year"], zorder=3)
    reach = np.abs(order[["lower", "upper"]].to_numpy(dtype=np.float64).T - value)
    axes.errorbar(value, place, xerr=reach, fmt="none", ecolor=style.COLOURS["ink"], elinewidth=1.0, zorder=4)
    axes.set_yticks(place, [_name(str(n), role[str(n)], lang) for n in order.index])
    axes.set_title(_word("importance", lang), fontsize=8.5, fontweight="normal", loc="left", x=-0.35)
    style.tidy(axes, "x")

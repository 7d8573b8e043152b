"""What the new standard changes: day counts side by side, days lost, annual means against every limit.

The functions take the frames of :func:`airq.standards.restate`.

Examples
--------
>>> import pandas as pd
>>> years = pd.DataFrame({"place": ["changji"], "year": [2019], "days_valid_old": [365], "days_valid_new": [364],
...                       "good_days_old": [280], "good_days_new": [262], "heavy_days_old": [21], "heavy_days_new": [21]})
>>> day_counts(years, {"changji": "Changji City"}, "en").caption
'Good and heavily polluted days, old and new standard, Changji City, 2019'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from airq.analysis.county_month import edition_of
from airq.figures import labels, style
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.variables import POLLUTANTS

__all__ = ["BARS", "LIMITS", "SEASONS", "annual_means", "day_counts", "days_lost", "season", "site_column"]

SEASONS: Final = ("winter", "spring", "summer", "autumn")

BARS: Final = {"old": "#a9bfd4", "new": "#5b1a7d"}
"""Old and new standard: far apart in lightness, so that they differ in print and to every eye."""

LIMITS: Final[tuple[tuple[str, Any], ...]] = (
    ("#c23b22", "-"),
    ("#1f5a94", (0, (5, 2))),
    ("#3d3d3d", (0, (1.2, 1.6))),
)
"""Colour and dash of the limits, in the order of the standards; the value stands at each line as well."""

_WIDTH: Final = 10.4

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "winter": ("冬", "Wi"),
    "spring": ("春", "Sp"),
    "summer": ("夏", "Su"),
    "autumn": ("秋", "Au"),
    "good": ("优良天数", "good days"),
    "heavy": ("重度及以上污染天数", "heavily polluted days or worse"),
    "valid": ("年份下为有AQI的天数（旧/新）", "below each year: days with an AQI (old/new)"),
    "valid_same": ("年份下为有AQI的天数", "below each year: days with an AQI"),
    "lost": ("不再优良{n}天", "{n} good {days} lost"),
    "seasons": (
        "冬季为同一日历年的1、2、12月；两种污染物同日超过的日子各计一次",
        "winter: January, February and December of the year; days above by two pollutants count for both",
    ),
    "excess": ("下方数字：年均值与各限值之差", "numbers below: mean minus each limit"),
    "open": ("有效天数不足，不作年度评价（括号）", "too few valid days, no annual evaluation (brackets)"),
    "mean": ("年平均浓度", "annual mean"),
    "title_counts": (
        "新旧标准下的优良与重污染天数",
        "Good and heavily polluted days, old and new standard",
    ),
    "title_lost": (
        "新标准下不再优良的天数：按季节和污染物",
        "Good days lost under the new standard, by season and pollutant",
    ),
    "title_means": (
        "{p}年平均浓度与各阶段二级限值",
        "Annual mean {p} against the class-2 limits of each phase",
    ),
    "places": ("{n}个地区", "{n} places"),
}


def _word(key: str, lang: Language, **values: object) -> str:
    zh, en = _WORDS[key]
    return (zh if lang == "zh" else en).format(**values)


def season(name: str, lang: Language) -> str:
    """Season as on an axis.

    Examples
    --------
    >>> season("winter", "zh"), season("autumn", "en")
    ('冬', 'Au')
    """
    return _word(name, lang)


def site_column(frame: pd.DataFrame) -> Literal["station", "place"]:
    """Column that names the sites of a frame of :func:`airq.standards.restate`.

    Examples
    --------
    >>> site_column(pd.DataFrame({"station": ["1001A"], "place": ["changji"]}))
    'station'
    """
    return "station" if "station" in frame else "place"


def _order(frame: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Sites in the order of their names' mapping, then those it does not name."""
    there = list(dict.fromkeys(frame[site_column(frame)]))
    return [s for s in names if s in there] + [s for s in there if s not in names]


def _title(key: str, lang: Language, frame: pd.DataFrame, names: Mapping[str, str], **values: object) -> str:
    sites, years = _order(frame, names), sorted(frame["year"].unique())
    where = names.get(sites[0], sites[0]) if len(sites) == 1 else _word("places", lang, n=len(sites))
    span = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
    head = _word(key, lang, **values)
    return f"{where}{span}年{head}" if lang == "zh" else f"{head}, {where}, {span}"


def _rule(standard: str, lang: Language) -> str:
    return f"{labels.standard(standard, lang)} / {labels.edition(edition_of(standard), lang)}"


def _small(slot: float, characters: int, largest: float = 8.0) -> float:
    """Font size at which some digits fit into a width in inches; 0 if they would not be legible."""
    size = slot * 72 / (0.58 * characters)
    return min(size, largest) if size >= 4.5 else 0.0


def _bars(axes: Axes, years: pd.DataFrame, what: str, slot: float, top: float, lang: Language) -> None:
    """Old and new count of each year of one site."""
    size = _small(slot * 0.44, 3)
    for x, row in enumerate(years.to_dict("records")):
        if not row["days_valid_old"] and not row["days_valid_new"]:
            axes.text(
                x,
                top * 0.02,
                labels.text("no_data", lang),
                rotation=90,
                fontsize=7,
                ha="center",
                va="bottom",
                color=style.COLOURS["quiet"],
            )
            continue
        for which, shift in (("old", -0.21), ("new", 0.21)):
            days = int(row[f"{what}_days_{which}"])
            axes.bar(x + shift, days, width=0.4, color=BARS[which])
            if size:
                axes.text(x + shift, days + top * 0.01, str(days), ha="center", va="bottom", fontsize=size)
    axes.set(xlim=(-0.6, len(years) - 0.4), ylim=(0, top * 1.12))
    style.tidy(axes)


def _year_ticks(years: pd.DataFrame, slot: float, below: bool) -> list[str]:
    """Years; below each the days that have an AQI, both numbers where they differ."""
    texts = []
    for row in years.to_dict("records"):
        year = str(row["year"]) if slot >= 0.32 else f"’{row['year'] % 100:02d}"
        old, new = int(row["days_valid_old"]), int(row["days_valid_new"])
        number = f"{old}" if old == new else f"{old}/{new}"
        texts.append(f"{year}\n{number}" if below and _small(slot, 7) else year)
    return texts


def day_counts(
    years: pd.DataFrame,
    names: Mapping[str, str],
    lang: Language = "zh",
    simulated: bool = False,
    *,
    old: str = "GB3095-2012",
    new: str = "GB3095-2026-transition",
) -> FigureResult:
    """Good days and heavily polluted days of each year, old and new standard side by side.

    Parameters
    ----------
    years : pandas.DataFrame
        ``years`` of :func:`airq.standards.restate`.
    names : mapping of str to str
        Names by site, in the order of the rows.
    lang : {"zh", "en"}
    simulated : bool
        Mark the figure.
    old, new : str
        Standards that were compared.

    Returns
    -------
    FigureResult
        A row of two panels for each site; a year without a day says so.
    """
    sites, column = _order(years, names), site_column(years)
    every = sorted(years["year"].unique())
    whole = pd.MultiIndex.from_product([sites, every], names=[column, "year"])
    counted = [c for c in years if c.startswith(("days_valid", "good_days", "heavy_days"))]
    table = years.set_index([column, "year"])[counted].reindex(whole, fill_value=0).reset_index()
    heaviest = max(int(table[["heavy_days_old", "heavy_days_new"]].to_numpy().max()), 5)
    slot = (_WIDTH - 1.3) / 2 / len(every)
    two = bool((table["days_valid_old"] != table["days_valid_new"]).any())
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.35 + 1.75 * len(sites) + 0.2 * (len(sites) - 1))
        grid = style.panels(figure, len(sites), 2, (0.5, 0.15, 0.85, 0.8), (0.5, 0.72))
        for row, site in zip(grid, sites, strict=True):
            part = table[table[column] == site]
            for axes, what, top in ((row[0], "good", 366), (row[1], "heavy", heaviest)):
                _bars(axes, part, what, slot, top, lang)
                axes.set_xticks(range(len(part)), _year_ticks(part, slot, what == "good"))
                axes.tick_params(axis="x", labelsize=_small(slot, 7, 7.5) or 7.5)
                axes.set_title(f"{names.get(site, site)}  {_word(what, lang)}", fontsize=9.5)
        grid[0][0].set_yticks([0, 100, 200, 300, 365])
        for axes in grid[1:, 0]:
            axes.set_yticks([0, 100, 200, 300, 365])
        handles: list[Any] = [
            Patch(color=BARS[which], label=_rule(standard, lang))
            for which, standard in (("old", old), ("new", new))
        ]
        if _small(slot, 7):
            handles.append(
                Line2D([], [], linestyle="none", label=_word("valid" if two else "valid_same", lang))
            )
        style.legend(figure, handles, 3)
        title = _title("title_counts", lang, years, names)
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, years.reset_index(drop=True), title)


def _lost_cell(axes: Axes, x: int, y: int, days: int | None, most: int, size: float) -> None:
    """One season and pollutant: shade and number; hatched where no day has an AQI."""
    if days is None:
        colour, hatch = style.COLOURS["missing"], "////"
    else:
        # From white to a dark violet in one hue, so that the order of the shades is that of the numbers.
        share = 0.0 if not days else 0.2 + 0.75 * days / most
        colour, hatch = to_hex(colormaps["Purples"](share)) if days else "#ffffff", None
    axes.add_patch(
        Rectangle(
            (x + 0.03, y + 0.05),
            0.94,
            0.9,
            facecolor=colour,
            hatch=hatch,
            edgecolor=style.COLOURS["quiet"] if days is None else style.COLOURS["grid"],
            linewidth=0.4,
        )
    )
    if days is not None and size:
        ink = style.ink_on(colour) if days else style.COLOURS["quiet"]
        axes.text(x + 0.5, y + 0.47, str(days), ha="center", va="center", fontsize=size, color=ink)


def _lost_panel(
    axes: Axes,
    cells: Mapping[tuple[int, str, str], int],
    covered: Mapping[tuple[int, str], int] | None,
    years: Sequence[int],
    shown: Sequence[str],
    most: int,
    lang: Language,
) -> None:
    """Pollutants down, the seasons of each year across."""
    slot = (_WIDTH - 0.9) / (4 * len(years) + 0.35 * (len(years) - 1))
    size = _small(slot * 0.8, 2)
    ticks: list[tuple[float, str]] = []
    for number, year in enumerate(years):
        left = number * 4.35
        for s, name in enumerate(SEASONS):
            there = covered is None or covered.get((year, name), 0) > 0
            for p, pollutant in enumerate(shown):
                days = int(cells.get((year, name, pollutant), 0)) if there else None
                _lost_cell(axes, left + s, len(shown) - 1 - p, days, most, size)  # type: ignore[arg-type]
            if slot >= 0.16:
                ticks.append((left + s + 0.5, _word(name, lang)))
        axes.annotate(
            str(year),
            (left + 2, 0),
            (0, -13),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
            color=style.COLOURS["quiet"],
            annotation_clip=False,
        )
    axes.set_xticks([t[0] for t in ticks], [t[1] for t in ticks], fontsize=_small(slot, 2, 7.5) or 5)
    axes.set_yticks([len(shown) - 0.5 - p for p in range(len(shown))], [labels.pollutant(p) for p in shown])
    axes.tick_params(length=0, pad=1.5)
    axes.spines[:].set_visible(False)
    axes.set(xlim=(0, len(years) * 4.35 - 0.35), ylim=(0, len(shown)))


def days_lost(
    lost: pd.DataFrame,
    years: pd.DataFrame,
    names: Mapping[str, str],
    lang: Language = "zh",
    simulated: bool = False,
    covered: pd.DataFrame | None = None,
) -> FigureResult:
    """Heat map of the days that were good and no longer are, by season and pollutant.

    Parameters
    ----------
    lost, years : pandas.DataFrame
        Of :func:`airq.standards.restate`.
    names, lang, simulated
        As for :func:`day_counts`.
    covered : pandas.DataFrame, optional
        Site, ``year``, ``season``, ``days`` with an AQI; a season without one is hatched, not zero.

    Returns
    -------
    FigureResult
        A panel for each site, PM2.5, PM10 and every other pollutant that costs a day.
    """
    sites, column = _order(lost, names), site_column(lost)
    every = sorted(int(y) for y in lost["year"].unique())
    costing = set(lost.loc[lost["days"] > 0, "pollutant"]) | {"pm25", "pm10"}
    shown = [p for p in POLLUTANTS if p in costing]
    most = max(int(lost["days"].max()), 1)
    total = years.groupby(column)["days_lost"].sum()
    with style.applied():
        height = 0.24 * len(shown) + 0.28
        figure = style.new_figure(_WIDTH, 1.5 + len(sites) * height + 0.62 * (len(sites) - 1))
        grid = style.panels(figure, len(sites), 1, (0.6, 0.3, 0.75, 0.75), (0.0, 0.62))
        for axes, site in zip(grid.flat, sites, strict=True):
            part = lost[lost[column] == site]
            cells = {(r.year, r.season, r.pollutant): r.days for r in part.itertuples()}
            known = None
            if covered is not None:
                own = covered[covered[column] == site]
                known = {(r.year, r.season): int(r.days) for r in own.itertuples()}
            _lost_panel(axes, cells, known, every, shown, most, lang)
            number = int(total[site])
            text = _word("lost", lang, n=number, days="day" if number == 1 else "days")
            axes.set_title(f"{names.get(site, site)}  {text}", fontsize=9.5, pad=3)
        empty = Patch(
            facecolor=style.COLOURS["missing"],
            edgecolor=style.COLOURS["quiet"],
            linewidth=0.4,
            hatch="////",
            label=labels.text("no_data", lang),
        )
        remark = Line2D([], [], linestyle="none", label=_word("seasons", lang))
        style.legend(figure, [empty, remark] if covered is not None else [remark], 2)
        title = _title("title_lost", lang, lost, names)
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, lost.reset_index(drop=True), title)


def _signed(value: float) -> str:
    """Difference as printed: digits of the mean, a true minus sign."""
    if not np.isfinite(value):
        return "–"
    return "0" if value == 0 else f"{'+' if value > 0 else '−'}{abs(value):g}"


def _mean_panel(
    axes: Axes, part: pd.DataFrame, limits: Mapping[str, float], years: Sequence[int], slot: float
) -> None:
    """Annual means of one site with the limits; below the axis the distance to each."""
    first = part.drop_duplicates("year").set_index("year").reindex(years)
    x, mean = np.arange(len(years)), first["mean"].to_numpy(dtype=float)
    held = first["withheld"].fillna("no day").to_numpy(dtype=object) == ""
    ink = style.COLOURS["ink"]
    axes.plot(x, np.where(held, mean, np.nan), color=ink, linewidth=1.2, zorder=3)
    for chosen, face in ((held, ink), (~held & np.isfinite(mean), "white")):
        axes.scatter(x[chosen], mean[chosen], s=24, facecolor=face, edgecolor=ink, linewidth=1.0, zorder=4)
    size = _small(slot * 0.9, 3)
    for k in np.flatnonzero(np.isfinite(mean)).tolist() if size else []:
        axes.annotate(
            f"{mean[k]:g}",
            (x[k], mean[k]),
            (0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=size,
            zorder=5,
            path_effects=[withStroke(linewidth=2.2, foreground="white")],
        )
    for line, ((standard, limit), (colour, dash)) in enumerate(zip(limits.items(), LIMITS, strict=False)):
        axes.axhline(limit, color=colour, linestyle=dash, linewidth=1.2, zorder=2)
        axes.annotate(
            f"{limit:g}",
            (1.0, limit),
            (3, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=colour,
            fontsize=7,
            va="center",
        )
        excess = part[part["standard"] == standard].set_index("year")["excess"].reindex(years)
        down = -20 - 10 * line
        axes.annotate(
            f"{limit:g}",
            (0, 0),
            (-6, down),
            xycoords="axes fraction",
            textcoords="offset points",
            color=colour,
            fontsize=7.5,
            fontweight="bold",
            ha="right",
            va="center",
        )
        for k, value in enumerate(excess):
            text = _signed(float(value))
            axes.annotate(
                text if held[k] or text == "–" else f"({text})",
                (k, 0),
                (0, down),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                color=colour,
                fontsize=_small(slot, 5, 7.5) or 4.5,
                ha="center",
                va="center",
            )


def annual_means(
    distance: pd.DataFrame,
    names: Mapping[str, str],
    lang: Language = "zh",
    simulated: bool = False,
    pollutant: str = "pm25",
) -> FigureResult:
    """Annual means against the limits of each standard and phase, with the distance to each.

    Parameters
    ----------
    distance : pandas.DataFrame
        ``distance`` of :func:`airq.standards.restate`.
    names, lang, simulated
        As for :func:`day_counts`.
    pollutant : str
        That of the frame.

    Returns
    -------
    FigureResult
        A panel for each site. Open points and numbers in brackets mark years whose mean is withheld.
    """
    sites, column = _order(distance, names), site_column(distance)
    years = sorted(int(y) for y in distance["year"].unique())
    limits = dict(distance.drop_duplicates("standard")[["standard", "limit"]].itertuples(index=False))
    columns = 1 if len(sites) == 1 else 2
    rows = -(-len(sites) // columns)
    slot = (_WIDTH - 0.35 - 0.85 * columns) / columns / len(years)
    known = distance["mean"].dropna()
    top = max(float(known.max()) if len(known) else 0.0, *limits.values()) * 1.15
    with style.applied():
        figure = style.new_figure(_WIDTH, 1.5 + rows * 1.7 + (rows - 1) * 0.92)
        grid = style.panels(figure, rows, columns, (0.6, 0.35, 0.8, 1.15), (0.85, 0.98))
        for axes, site in zip(grid.flat, sites, strict=False):
            _mean_panel(axes, distance[distance[column] == site], limits, years, slot)
            axes.set(xlim=(-0.5, len(years) - 0.5), ylim=(0, top))
            short = slot < 0.32
            axes.set_xticks(range(len(years)), [f"’{y % 100:02d}" if short else str(y) for y in years])
            axes.tick_params(axis="x", labelsize=7.5)
            axes.set_title(
                f"{names.get(site, site)}  {_word('mean', lang)} ({labels.units(pollutant)})", fontsize=9.5
            )
            style.tidy(axes)
        for axes in grid.flat[len(sites) :]:
            axes.set_axis_off()
        handles: list[Any] = [
            Line2D(
                [], [], color=colour, linestyle=dash, label=f"{limit:g}  {labels.standard(standard, lang)}"
            )
            for (standard, limit), (colour, dash) in zip(limits.items(), LIMITS, strict=False)
        ]
        if (distance["withheld"] != "").any():
            mark: dict[str, Any] = {
                "marker": "o",
                "markerfacecolor": "white",
                "markeredgecolor": style.COLOURS["ink"],
            }
            handles.append(Line2D([], [], linestyle="none", markersize=5, label=_word("open", lang), **mark))
        handles.append(Line2D([], [], linestyle="none", label=_word("excess", lang)))
        style.legend(figure, handles, 3)
        title = _title("title_means", lang, distance, names, p=labels.pollutant(pollutant))
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, distance.reset_index(drop=True), title)

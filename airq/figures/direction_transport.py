"""Transport between neighbours: the pairs on a plan, and their index with intervals.

Examples
--------
>>> short("withheld text", 8)
'withheld'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from airq.analysis.direction.networks import name_of, network_name, position_of
from airq.analysis.direction.transport import Transport
from airq.errors import MissingData
from airq.figures import style
from airq.figures.direction_axes import foot
from airq.figures.direction_words import symbol, title, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["short", "transport"]

_WITHHELD = {
    "no wind at the source": "来源地无风资料",
    "the sites are less than 1 km apart": "两地相距不足1公里",
    "fewer than 150 hours with the wind along or across the line": "顺风或其余时段不足150小时",
}


def short(text: str, most: int) -> str:
    """Beginning of a text.

    Parameters
    ----------
    text : str
    most : int
        Characters.
    """
    return text if len(text) <= most else text[:most].rstrip()


def transport(
    result: Transport,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    network: str = "",
    positions: Mapping[str, Sequence[float]] | None = None,
) -> FigureResult:
    """Who sends air to whom.

    Parameters
    ----------
    result : Transport
    lang : {"zh", "en"}
    place : str
    simulated : bool
    network : str
        ``belt`` or ``corps`` for the title.
    positions : mapping of str to (lat, lon), optional
        As given to :func:`airq.analysis.direction.transport.transport_index`.

    Returns
    -------
    FigureResult
        The frame holds a row a pair.

    Raises
    ------
    MissingData
        If there is no pair.
    """
    rows = result.table
    if rows.empty:
        raise MissingData("no pair of sites has data; there is nothing to draw.")
    named = network_name(network, lang) if network else ""
    text = word("title_transport", lang, p=symbol(result.pollutant), n=named).rstrip("：: ")
    head = title(text, place, lang)
    with style.applied():
        figure = style.new_figure(10.4, max(3.9, 1.7 + 0.3 * len(rows)))
        grid = style.panels(figure, 1, 2, (0.75, 0.2, 0.62, 0.95), (2.6, 0.0))
        _plan(grid[0, 0], result, lang, positions)
        _forest(grid[0, 1], rows.to_dict("records"), lang)
        note = word("transport_note", lang, k=f"{100 * result.confidence:.0f}")
        foot(figure, [note])
        style.finish(figure, head, lang, simulated)
    return FigureResult(figure, rows, head)


def _plan(
    axes: Axes, result: Transport, lang: Language, positions: Mapping[str, Sequence[float]] | None
) -> None:
    rows = result.table
    sites = list(dict.fromkeys([*rows["source"], *rows["receptor"]]))
    spots = {s: position_of(s, positions) for s in sites}
    middle = np.mean([p[0] for p in spots.values()])
    most = max(float(rows["index"].max()), 1e-9) if rows["index"].notna().any() else 1.0
    for row in rows.to_dict("records"):
        if row["verdict"] != "transport":
            continue
        (y0, x0), (y1, x1) = spots[row["source"]], spots[row["receptor"]]
        axes.add_patch(
            FancyArrowPatch(
                (x0, y0),
                (x1, y1),
                connectionstyle="arc3,rad=0.12",
                arrowstyle="-|>",
                mutation_scale=9,
                shrinkA=6,
                shrinkB=6,
                linewidth=0.8 + 2.4 * row["index"] / most,
                color=style.COLOURS["this_year"],
                alpha=0.75,
                zorder=3,
            )
        )
    lats, lons = ([p[k] for p in spots.values()] for k in (0, 1))
    span = max(max(lons) - min(lons), (max(lats) - min(lats)) * 1.3, 0.1)
    taken: list[tuple[float, float]] = []
    for site, (lat, lon) in sorted(spots.items(), key=lambda s: s[1][1]):
        axes.plot(lon, lat, "o", color=style.COLOURS["ink"], markersize=4, zorder=4)
        # Beside another name it goes below its dot.
        beside = any(abs(lon - x) < 0.26 * span and abs(lat - y) < 0.07 * span for x, y in taken)
        taken.append((lon, lat))
        axes.annotate(
            name_of(site, lang), (lon, lat), (0, -13 if beside else 7), textcoords="offset points", ha="center", fontsize=7.5, zorder=5
        )  # fmt: skip
    middle_lon = (max(lons) + min(lons)) / 2
    middle_lat = (max(lats) + min(lats)) / 2
    axes.set(
        xlim=(middle_lon - 0.68 * span, middle_lon + 0.68 * span),
        ylim=(middle_lat - 0.5 * span, middle_lat + 0.5 * span),
        anchor="N",
    )
    axes.set_aspect(1 / np.cos(np.deg2rad(middle)))
    axes.set_xlabel(word("longitude", lang))
    axes.set_ylabel(word("latitude", lang))
    style.tidy(axes, "both")


def _forest(axes: Axes, rows: list[dict[Any, Any]], lang: Language) -> None:
    names = []
    for y, row in enumerate(rows):
        pair = word("pair", lang, a=name_of(row["source"], lang), b=name_of(row["receptor"], lang))
        if row["verdict"] == "withheld":
            reason = str(row["reason"])
            said = word("too_few", lang, r=_WITHHELD.get(reason, reason) if lang == "zh" else reason)
            axes.annotate(said, (0.0, y), (5, 0), textcoords="offset points", va="center", fontsize=7.2, color=style.COLOURS["quiet"])  # fmt: skip
            names.append(pair)
            continue
        sure = row["verdict"] == "transport"
        tone = style.COLOURS["this_year"]
        axes.plot([row["lower"], row["upper"]], [y, y], color=tone, linewidth=1.2, zorder=3)
        axes.plot(
            row["index"],
            y,
            "o",
            color=tone,
            markerfacecolor=tone if sure else "white",
            markersize=5,
            zorder=4,
        )
        hours = (
            f"{row['hours']:,} h, {row['lag']:.0f} h"
            if lang == "en"
            else f"{row['hours']:,}时，滞后{row['lag']:.0f}时"
        )
        names.append(f"{pair}  ({hours})" if lang == "en" else f"{pair}（{hours}）")
    axes.axvline(0, color=style.COLOURS["quiet"], linewidth=0.8)
    axes.set_yticks(range(len(rows)), names, fontsize=7.2)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel(word("index_axis", lang), fontsize=8)
    style.tidy(axes, "x")

"""Where the tonnes come from and go to: bands from categories to counties or pollutants.

Examples
--------
>>> from airq.inventory import load
>>> found = load().emissions(draws=500, pollutants=["SO2"])
>>> flow(found, "SO2", lang="en").caption
'SO₂ cut: from category to county'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from airq.errors import ParameterError
from airq.figures import style
from airq.figures.inventory_numbers import groups, links, unknown
from airq.figures.inventory_words import group_name, interval, scale, symbol, word
from airq.figures.labels import Language
from airq.figures.style import SERIES, FigureResult
from airq.inventory.engine import summary

if TYPE_CHECKING:
    from airq.inventory.results import Emissions

__all__ = ["flow", "spread_labels"]

_WIDTH: Final = 10.4
_NODE: Final = 0.025  # width of a node, of the width of the panel
_GAP: Final = 0.03  # between nodes, of the height of the panel
_LABEL: Final = 0.32  # inches that two lines of a label take


@dataclass(frozen=True)
class _Node:
    """A node: its name, ends, and the lines of its label."""

    key: str
    bottom: float
    top: float
    label: str


def spread_labels(wanted: Sequence[float], apart: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Heights of labels, as near to the wanted ones as their distance allows.

    Parameters
    ----------
    wanted : sequence of float
        From the highest to the lowest.
    apart : float
        Least distance of two labels.
    low, high : float
        Ends of the panel.

    Returns
    -------
    list of float

    Examples
    --------
    >>> spread_labels([0.9, 0.88, 0.1], 0.25)
    [0.9, 0.65, 0.1]
    >>> spread_labels([0.3, 0.1, 0.05], 0.25)
    [0.5, 0.25, 0.0]
    """
    out: list[float] = []
    for y in wanted:
        out.append(min(y, high, out[-1] - apart) if out else min(y, high))
    floor = low
    for k in reversed(range(len(out))):
        out[k] = max(out[k], floor)
        floor = out[k] + apart
    return [round(y, 12) for y in out]


def _stack(sizes: Mapping[str, float], labels: Mapping[str, str]) -> list[_Node]:
    """Nodes from the top down, heights in proportion to their sizes."""
    whole = sum(sizes.values()) or 1.0
    room = 1.0 - _GAP * (len(sizes) - 1)
    nodes, top = [], 1.0
    for key, size in sizes.items():
        height = room * size / whole
        nodes.append(_Node(key, top - height, top, labels[key]))
        top -= height + _GAP
    return nodes


def _band(axes: Axes, left: tuple[float, float], right: tuple[float, float], **look: Any) -> None:
    """A band between two stretches, each from its top to its bottom."""
    a, b, middle = _NODE, 1 - _NODE, 0.5
    points = [
        *((a, left[0]), (middle, left[0]), (middle, right[0]), (b, right[0])),
        *((b, right[1]), (middle, right[1]), (middle, left[1]), (a, left[1]), (a, left[0])),
    ]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(points, codes), **look))


def _draw_side(
    axes: Axes, nodes: Sequence[_Node], side: str, apart: float, colours: Mapping[str, str]
) -> None:
    left = side == "left"
    heights = spread_labels([(n.top + n.bottom) / 2 for n in nodes], apart, 0.02, 0.98)
    for node, y in zip(nodes, heights, strict=True):
        colour = colours.get(node.key, style.COLOURS["quiet"])
        x = 0 if left else 1 - _NODE
        size = max(node.top - node.bottom, 0.002)
        axes.add_patch(Rectangle((x, node.bottom), _NODE, size, facecolor=colour, edgecolor="white", linewidth=0.4, zorder=3))  # fmt: skip
        edge, end = (0.0, -0.025) if left else (1.0, 1.025)
        middle = (node.top + node.bottom) / 2
        axes.plot([edge, end], [middle, y], color=style.COLOURS["quiet"], linewidth=0.6, clip_on=False)
        axes.text(end + (-0.008 if left else 0.008), y, node.label, ha="right" if left else "left", va="center", fontsize=8, linespacing=1.15)  # fmt: skip


def _said(values: Any, lang: Language, unit: str | None = None) -> str:
    found = summary(values)
    by_unit, own = scale(abs(found["p50"])) if unit is None else (1000.0 if unit == "kt" else 1.0, unit)
    text = interval(*(found[c] / by_unit for c in ("p5", "p50", "p95")))
    return text if unit else f"{text} {word(own, lang)}"


def flow(
    emissions: Emissions,
    pollutant: str | None,
    to: str = "county",
    lang: Language = "zh",
    simulated: bool = False,
) -> FigureResult:
    """Bands from each category to each county, or to each pollutant, as wide as their medians.

    Parameters
    ----------
    emissions : Emissions
    pollutant : str or None
        As in the inventory; not needed for ``to="pollutant"``, which shows all that have tonnes.
    to : {"county", "pollutant"}
        To pollutants, which do not add, bands are shares of each pollutant's total.
    lang : {"zh", "en"}
    simulated : bool

    Returns
    -------
    FigureResult
        Planned bands are hatched. What is zero or a net increase has no width and is named below.

    Raises
    ------
    ParameterError
        If the other end is something else.
    """
    if to not in ("county", "pollutant"):
        raise ParameterError(f"flows to '{to}' are not known; use county or pollutant.")
    shown = emissions.pollutants if to == "pollutant" else (str(pollutant),)
    found = [links(emissions, p, to).assign(pollutant=p) for p in shown or ("PM25",)]
    frame = pd.concat(found, ignore_index=True)
    drawn = frame[frame["p50"] > 0].copy()
    whole = drawn.groupby("pollutant")["p50"].transform("sum")
    drawn["width"] = drawn["p50"] / whole if len(drawn) else 0.0
    unit = scale(float(drawn["p50"].max()))[1] if to == "county" and len(drawn) else None
    labels = _labels(emissions, drawn, shown, to, unit, lang)
    title = word(f"title_flow_{to}", lang, p=symbol(shown[0]) if shown else "")
    remarks = _remarks(emissions, frame, shown, to, unit, lang)
    with style.applied():
        most = max(drawn["category"].nunique(), drawn["target"].nunique(), 3)
        figure = style.new_figure(_WIDTH, 1.0 + 0.19 * len(remarks) + max(2.2, 0.55 * most))
        side = 2.3 if to == "county" else 2.0
        axes = style.panels(figure, 1, 1, (side, 2.75, 0.6, 0.4 + 0.19 * len(remarks)))[0, 0]
        axes.set_axis_off()
        axes.set(xlim=(0, 1), ylim=(0, 1))
        if drawn.empty:
            axes.text(0.5, 0.5, word("nothing", lang), ha="center", va="center")
        else:
            _draw(axes, drawn, labels, _LABEL / (axes.get_position().height * figure.get_size_inches()[1]))
        handles = [Line2D([], [], linestyle="none", label=r) for r in remarks]
        style.legend(figure, handles, 1)
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, frame, title)


def _labels(
    emissions: Emissions,
    drawn: pd.DataFrame,
    shown: Sequence[str],
    to: str,
    unit: str | None,
    lang: Language,
) -> dict[str, dict[str, str]]:
    left = {c: group_name(c, "category", lang) for c in dict.fromkeys(drawn["category"])}
    if to == "pollutant":
        there = [p for p in shown if p in set(drawn["target"])]
        right = {p: f"{symbol(p)}\n{_said(groups(emissions, p)['total'], lang)}" for p in there}
        return {"category": left, "target": right}
    by_category, by_county = (groups(emissions, shown[0], b) for b in ("category", "county"))
    left = {c: f"{name}\n{_said(by_category[c], lang, unit)}" for c, name in left.items()}
    right = {
        c: f"{group_name(c, 'county', lang)}\n{_said(by_county[c], lang, unit)}"
        for c in by_county
        if c in set(drawn["target"])
    }
    return {"category": left, "target": right}


def _draw(axes: Axes, drawn: pd.DataFrame, labels: Mapping[str, Mapping[str, str]], apart: float) -> None:
    ends: dict[str, dict[str, _Node]] = {}
    for column in ("category", "target"):
        sizes = drawn.groupby(column, sort=False)["width"].sum()
        if column == "category":
            sizes = sizes.sort_values(ascending=False)
        else:
            sizes = sizes.reindex(list(labels[column]))
        ends[column] = {n.key: n for n in _stack({str(k): float(v) for k, v in sizes.items()}, labels[column])}  # fmt: skip
    colours = {key: SERIES[k % len(SERIES)] for k, key in enumerate(ends["category"])}
    room = {c: (1.0 - _GAP * (len(nodes) - 1)) / float(drawn["width"].sum()) for c, nodes in ends.items()}
    cursor = {(c, k): n.top for c, nodes in ends.items() for k, n in nodes.items()}
    places = {c: {k: i for i, k in enumerate(nodes)} for c, nodes in ends.items()}
    order = sorted(
        drawn.to_dict("records"),
        key=lambda r: (places["category"][r["category"]], places["target"][r["target"]], r["status"]),
    )
    for row in order:
        stretch = {}
        for column in ("category", "target"):
            top = cursor[column, row[column]]
            bottom = top - row["width"] * room[column]
            cursor[column, row[column]] = bottom
            stretch[column] = (top, bottom)
        planned = row["status"] == "planned"
        colour = colours[row["category"]]
        look: dict[str, Any] = {"facecolor": colour, "alpha": 0.38, "linewidth": 0}
        if planned:
            look = {"facecolor": "white", "edgecolor": colour, "hatch": "//////", "linewidth": 0.5}
        _band(axes, stretch["category"], stretch["target"], zorder=1 + planned, **look)
    _draw_side(axes, list(ends["category"].values()), "left", apart, colours)
    _draw_side(axes, list(ends["target"].values()), "right", apart, {})


def _remarks(
    emissions: Emissions,
    frame: pd.DataFrame,
    shown: Sequence[str],
    to: str,
    unit: str | None,
    lang: Language,
) -> list[str]:
    """What the widths mean, what is not drawn, how many measures need a factor."""
    said = [word("flow_share_note", lang) if to == "pollutant" else word("flow_note", lang, u=word(unit or "t", lang))]  # fmt: skip
    flat = frame[~(frame["p50"] > 0)]
    if len(flat):
        names = dict.fromkeys(
            f"{group_name(r['category'], 'category', lang)} → "
            + (symbol(r["target"]) if to == "pollutant" else group_name(r["target"], "county", lang))
            for r in flat.to_dict("records")
        )
        said.append(word("not_drawn", lang, what=("、" if lang == "zh" else "; ").join(names)))
    have = {x.measure_id for x in emissions.lines if x.pollutant in shown}
    lacking = set(emissions.needs["measure_id"]) - have if to == "pollutant" else None
    number = len(lacking) if lacking is not None else int(unknown(emissions, shown[0])["measures"].sum())
    if number:
        said.append(word("lacking", lang, n=number))
    return said

"""Maps of a period: mean concentration with stations, wind and field, and categories in the colours of the standard.

They draw what they are given; outlines come with the ground, and nothing is fetched. Concentrations have a scale of
colours that is safe for colour-blind readers and prints in grey; categories have the colours that the standard fixes
and are hatched and named besides.

Examples
--------
>>> ground = Ground(around([44.0, 44.4], [87.0, 88.0]))
>>> stations = pd.DataFrame({"lat": [44.1, 44.3], "lon": [87.2, 87.8], "value": [35.0, 52.0]})
>>> made = concentration_map(pd.DataFrame(), stations, ground, lang="en", place="Changji", period="October 2026")
>>> made.caption
'PM₂.₅, mean of October 2026, Changji. Internal sketch map.'
"""

from __future__ import annotations

from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.legend_handler import HandlerBase
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrow, Patch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from airq import standards
from airq.analysis.interpolation import Field
from airq.figures import labels, style
from airq.figures.labels import Language
from airq.figures.maps_ground import MASKED, Box, Ground, Sheet, around, lay, neighbour_patch, sheet
from airq.figures.maps_labels import Label, blocked, place_labels
from airq.figures.maps_words import word
from airq.figures.style import FigureResult

__all__ = ["Box", "Ground", "around", "category_map", "concentration_map"]

_COLOURS: Final = ListedColormap(mpl.colormaps["YlOrBr"](np.linspace(0.03, 0.8, 256)), "concentration")
"""Light to dark, told apart without red and green, and light enough at its end for arrows and dots."""
_HATCHES: Final = {0: "", 1: "", 2: "..", 3: "//", 4: "xx", 5: "++", 6: "OO"}
"""Pattern of each category, so that a reader who sees no red and green can tell them."""
_WIND: Final = "#12406b"
_RIM: Final = "#4a5560"
_MASK_INK: Final = "#c3c9d0"
_LONGEST: Final = 0.42
"""Inches of the arrow of the strongest mean vector, unless winds are light."""
_LIGHT: Final = 1.0
"""m s-1 that a map of light winds still draws at full length, so that a breath looks like one."""
_OFFSET: Final = 6.0
"""Points between a place and the tail of its arrow."""
_KEYS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_ARROWS: Final[dict[str, Any]] = {
    "angles": "uv", "scale_units": "inches", "units": "inches", "width": 0.022, "headwidth": 4.2, "headlength": 4.6,
    "color": _WIND, "edgecolor": "white", "linewidth": 0.4,
}  # fmt: skip
_STATION: Final = 30.0
_DPI: Final = 90
"""Dots per inch on a page: a report holds two maps, and a page has to stay small."""


def concentration_map(
    places: pd.DataFrame,
    stations: pd.DataFrame,
    ground: Ground,
    wind: pd.DataFrame | None = None,
    field: Field | None = None,
    pollutant: str = "pm25",
    lang: Language = "zh",
    place: str = "",
    period: str = "",
    source: str = "",
    simulated: bool = False,
) -> FigureResult:
    """Mean concentration: stations, places with their mean, wind, and the field where its error allows.

    Parameters
    ----------
    places : pandas.DataFrame
        ``place label lat lon printed``: seat and mean as printed, of places to be named; may be empty.
    stations : pandas.DataFrame
        ``lat lon value`` (NaN where there is no valid mean), and, if known, ``role``, ``station`` and ``label``; a
        label is drawn where it is not empty.
    ground : Ground
    wind : pandas.DataFrame, optional
        ``lat lon u v``: mean vectors, m s-1, towards east and north.
    field : airq.analysis.interpolation.Field, optional
        Drawn within the outlines of the ground's own places.
    pollutant : str
    lang : {"zh", "en"}
    place, period : str
        As titled.
    source : str
        Where the outlines are from, a sentence of the caption.
    simulated : bool

    Returns
    -------
    FigureResult
        ``frame`` has a row for each place, station and arrow: ``kind name lat lon value u v``.
    """
    with style.applied():
        made = sheet(ground, lang, legend=0.12)
        norm = _classes(stations["value"])
        if field is not None:
            _draw_field(made, ground, field, norm)
        handles = _draw_stations(made, stations, norm, lang)
        obstacles = blocked(made) + _boxes(made, stations, 5.5)
        if wind is not None and not wind.empty:
            obstacles += _draw_wind(made, wind, lang)
            handles.append(_Arrow([], [], color=_WIND, label=word("wind", lang)))
        if field is not None:
            said = word("masked", lang, limit=round(field.limit * 100), reach=field.reach_km)
            handles.append(Patch(facecolor=MASKED, edgecolor=_MASK_INK, hatch="////", label=said))
        if set(made.paths) - ground.own:
            handles.append(neighbour_patch(lang))
        wanted = _place_labels(made, places, ground, [str(t) for t in places.get("printed", ())])
        if "label" in stations:
            xy = made.xy(stations["lat"], stations["lon"])
            wanted += [
                Label(str(t), x, y, 7.0)
                for t, (x, y) in zip(stations["label"], xy.tolist(), strict=True)
                if t
            ]
        left_out = place_labels(made, wanted, obstacles)
        if field is not None or stations["value"].notna().any():  # a key of no colour says nothing
            _colour_bar(made, norm, pollutant, lang)
        notes = [source, word("unnamed", lang, n=left_out) if left_out else ""]
        _foot(made, handles, ("；" if lang == "zh" else "; ").join(filter(None, notes)))
        symbol = labels.pollutant(pollutant)
        title = word("title_concentration", lang, place=place, period=period, symbol=symbol)
        style.finish(made.figure, title, lang, simulated)
    listed = [f"{r['label']} {r['printed']}" for r in places.to_dict("records") if r["printed"]]
    caption = _caption(title, ground, source, lang)
    frame = _numbers(places, stations, wind)
    return FigureResult(
        made.figure, frame, caption, _DPI, name="map-concentration", alt=_alt(caption, listed, lang)
    )


def category_map(
    places: pd.DataFrame,
    ground: Ground,
    edition: str = "2026",
    lang: Language = "zh",
    place: str = "",
    period: str = "",
    source: str = "",
    simulated: bool = False,
) -> FigureResult:
    """Places in the colour of a category, hatched and named.

    Parameters
    ----------
    places : pandas.DataFrame
        ``place label lat lon category good valid``: category of the median daily AQI (0 where there is none), good
        days and days with an AQI.
    ground : Ground
        A place without an outline is drawn as a square.
    edition : str
        Of the AQI.
    lang : {"zh", "en"}
    place, period, source : str
    simulated : bool

    Returns
    -------
    FigureResult
        ``frame`` is ``places``.
    """
    with style.applied():
        made = sheet(ground, lang, legend=0.12)
        texts = []
        joint, comma = "\n", "，" if lang == "zh" else ", "
        obstacles = blocked(made)
        for row in places.to_dict("records"):
            level = int(row["category"])
            _draw_category(made, row, level, edition)
            if level:
                name = standards.category_name(level, lang, edition)
                texts.append(word("category_value", lang, category=name, good=int(row["good"]), valid=int(row["valid"])))  # fmt: skip
            else:
                texts.append(labels.text("no_data", lang))
        without = places[~places["place"].isin(list(made.paths))]
        obstacles += _boxes(made, without, 7.0)
        place_labels(made, _place_labels(made, places, ground, texts, joint), obstacles)
        handles = _category_handles(edition, lang)
        if set(made.paths) - ground.own:
            handles.append(neighbour_patch(lang))
        note = word("median_day", lang, edition=labels.edition(edition, lang))
        _foot(made, handles, f"{note}{'；' if lang == 'zh' else '. '}{source}" if source else note)
        title = word("title_categories", lang, place=place, period=period)
        style.finish(made.figure, title, lang, simulated)
    listed = [
        f"{name} {text.replace(joint, comma)}" for name, text in zip(places["label"], texts, strict=True)
    ]
    caption = _caption(title, ground, source, lang)
    frame = places.reset_index(drop=True)
    return FigureResult(
        made.figure, frame, caption, _DPI, name="map-categories", alt=_alt(caption, listed, lang)
    )


def _caption(title: str, ground: Ground, source: str, lang: Language) -> str:
    approval = word("approved", lang, number=ground.approval) if ground.approval else word("sketch", lang)
    said = [title, approval, *([source] if source else [])]
    return "。".join(said) + "。" if lang == "zh" else ". ".join(said) + "."


def _alt(caption: str, said: list[str], lang: Language) -> str:
    """Caption and the figures of the places, for readers who cannot see the map."""
    if not said:
        return caption
    return f"{caption}{'；'.join(said)}。" if lang == "zh" else f"{caption} {'; '.join(said)}."


def _classes(values: pd.Series) -> BoundaryNorm:
    """Classes with round edges over the values."""
    known = values.astype("float64").dropna()
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    spare = max((high - low) * 0.02, abs(high) * 0.02, 1e-6)
    edges = MaxNLocator(9, steps=[1, 2, 2.5, 5, 10]).tick_values(max(low - spare, 0.0), high + spare)
    return BoundaryNorm(edges, _COLOURS.N, extend="neither", clip=True)


def _own(made: Sheet, ground: Ground) -> Path | None:
    """Outline of the ground's own places together."""
    paths = [made.paths[p] for p in sorted(ground.own) if p in made.paths]
    return Path.make_compound_path(*paths) if paths else None


def _draw_field(made: Sheet, ground: Ground, field: Field, norm: BoundaryNorm) -> None:
    """The field within the own places, hatched over where it is masked, which keeps the edge smooth."""
    from matplotlib.axes import Axes

    surface = field.surface(made.box, columns=120, rows=70)
    lon, lat = np.meshgrid(surface.lon, surface.lat)
    xy = made.xy(lat.ravel(), lon.ravel())
    x, y = (part.reshape(lat.shape) for part in xy.T)
    inside = np.clip(surface.estimate, norm.vmin, norm.vmax)
    # the plain method of matplotlib: cartopy's own would project what is projected already
    drawn = [
        Axes.contourf(made.axes, x, y, inside, levels=norm.boundaries, cmap=_COLOURS, norm=norm, zorder=2.3)
    ]
    if (surface.excess > 1).any():
        with mpl.rc_context({"hatch.color": _MASK_INK}):
            drawn.append(
                Axes.contourf(made.axes, x, y, surface.excess, levels=[1.0, np.inf], colors=[MASKED], hatches=["////"], zorder=2.4)
            )  # fmt: skip
    clip = _own(made, ground)
    if clip is not None:
        for part in drawn:
            part.set_clip_path(clip, made.axes.transData)
    for place in sorted(ground.own & set(made.paths)):
        lay(made, made.paths[place], facecolor="none", edgecolor="#7d8792", linewidth=0.8, zorder=3)


def _draw_stations(made: Sheet, stations: pd.DataFrame, norm: BoundaryNorm, lang: Language) -> list[Any]:
    """Dots in the colour of their value; background stations are squares, those without a value hollow."""
    xy = made.xy(stations["lat"], stations["lon"])
    value = stations["value"].to_numpy(dtype="float64", na_value=np.nan)
    roles = stations["role"].to_numpy() if "role" in stations else np.full(len(stations), "evaluation")
    background, known = roles == "background", np.isfinite(value)
    handles: list[Any] = []
    ink = style.COLOURS["ink"]
    for kind, marker, chosen in (
        ("evaluation", "o", known & ~background),
        ("background", "s", known & background),
        ("no_value", "o", ~known),
    ):
        if not chosen.any():
            continue
        hollow = kind == "no_value"
        made.axes.scatter(
            *xy[chosen].T, s=_STATION * (0.6 if hollow else 1), marker=marker, edgecolors=ink, linewidths=0.8, zorder=6,
            **({"facecolors": "white"} if hollow else {"c": value[chosen], "cmap": _COLOURS, "norm": norm}),
        )  # fmt: skip
        face = "white" if hollow else "#ec7014"
        handles.append(Line2D([], [], linestyle="none", marker=marker, markersize=5.5, markerfacecolor=face, markeredgecolor=ink, markeredgewidth=0.8, label=word(kind, lang)))  # fmt: skip
    return handles


def _boxes(made: Sheet, rows: pd.DataFrame, points: float) -> list[Bbox]:
    """Boxes of markers in display units."""
    if rows.empty:
        return []
    half = points / 2 * made.figure.dpi / 72
    where = made.axes.transData.transform(made.xy(rows["lat"], rows["lon"]))
    return [Bbox([[x - half, y - half], [x + half, y + half]]) for x, y in where.tolist()]


def _draw_wind(made: Sheet, wind: pd.DataFrame, lang: Language) -> list[Bbox]:
    """Arrows that point where the air goes, as long as the mean vector; boxes that they take."""
    from matplotlib.axes import Axes

    lat, lon = wind["lat"].to_numpy("float64"), wind["lon"].to_numpy("float64")
    u, v = wind["u"].to_numpy("float64"), wind["v"].to_numpy("float64")
    speed = np.hypot(u, v)
    start = made.xy(lat, lon)
    small = 1e-3 / np.maximum(speed, 1e-12)
    ahead = made.xy(lat + v * small, lon + u * small / np.cos(np.radians(lat)))
    turn = np.arctan2(*(ahead - start).T[::-1])
    inch = _LONGEST / max(float(speed.max()), _LIGHT)
    away = np.column_stack([np.cos(turn), np.sin(turn)])
    seats = made.axes.transData.transform(start)
    tail = seats + away * _OFFSET * made.figure.dpi / 72
    start = made.axes.transData.inverted().transform(tail)
    Axes.quiver(made.axes, *start.T, *(away * speed[:, None]).T, scale=1 / inch, zorder=5.5, **_ARROWS)
    dpi = made.figure.dpi
    key = _wind_key(made, max((k for k in _KEYS if k <= speed.max()), default=_KEYS[0]), inch, lang)
    head = tail + away * (speed * inch * dpi)[:, None]
    boxes = [Bbox([np.minimum(a, b), np.maximum(a, b)]).padded(2.5) for a, b in zip(tail, head, strict=True)]
    return [*boxes, key]


def _wind_key(made: Sheet, speed: float, inch: float, lang: Language) -> Bbox:
    """An arrow of a round speed at the upper left; the box it takes."""
    from matplotlib.axes import Axes

    frame, dpi = made.axes.get_window_extent(), made.figure.dpi
    tail = np.array([frame.x0 + 0.15 * dpi, frame.y1 - 0.25 * dpi])
    where = made.axes.transData.inverted().transform(tail)
    Axes.quiver(made.axes, *where[:, None], [speed], [0.0], scale=1 / inch, zorder=8, **_ARROWS)
    text = made.axes.annotate(
        word("wind_key", lang, speed=speed), where, (speed * inch * 72 + 4, 0), textcoords="offset points", fontsize=7.5, va="center", zorder=8,
    )  # fmt: skip
    end = text.get_window_extent(made.figure.canvas.get_renderer())  # type: ignore[attr-defined]
    return Bbox([[tail[0], end.y0], [end.x1, end.y1]]).padded(3)


def _place_labels(
    made: Sheet, places: pd.DataFrame, ground: Ground, texts: list[str], joint: str = " "
) -> list[Label]:
    """Names of places with a text each, the marked one first, then the small ones."""
    import shapely

    out = []
    for row, text in zip(places.to_dict("records"), texts, strict=True):
        name, code = str(row["label"]), str(row["place"])
        said = f"{name}{joint}{text}" if text else name
        path = made.paths.get(code)
        if path is not None:
            circle = shapely.maximum_inscribed_circle(ground.outlines[code], tolerance=0.02)
            lon, lat = circle.coords[0]
        else:
            lat, lon = float(row["lat"]), float(row["lon"])
        ((x, y),) = made.xy(lat, lon).tolist()
        size = path.get_extents().width if path is not None else 0.0
        out.append((code != ground.marked, size, Label(said, x, y, 8.5, code == ground.marked, path)))
    return [label for _, _, label in sorted(out, key=lambda item: item[:2])]


def _draw_category(made: Sheet, row: dict[str, Any], level: int, edition: str) -> None:
    face = standards.colour(level, edition) if level else "white"
    path = made.paths.get(str(row["place"]))
    if path is None:
        where = made.xy(row["lat"], row["lon"])
        made.axes.scatter(*where.T, s=90, marker="s", zorder=6, facecolor=face, edgecolor=_RIM, linewidth=0.8, hatch=_HATCHES[level])  # fmt: skip
        return
    lay(
        made, path, facecolor=face, edgecolor=_hatch_ink(face), hatch=_HATCHES[level], linewidth=0, zorder=2.2
    )
    lay(made, path, facecolor="none", edgecolor=_RIM, linewidth=0.8, zorder=3)


def _hatch_ink(face: str) -> str:
    """Colour of a pattern that is seen on a colour."""
    return "#f2f2f2" if face.startswith("#") and style.ink_on(face) == "white" else _RIM


def _category_handles(edition: str, lang: Language) -> list[Any]:
    faces = {k: standards.colour(k, edition) for k in range(1, 7)}
    return [
        Patch(facecolor=face, edgecolor=_hatch_ink(face), hatch=_HATCHES[k], linewidth=0,
              label=standards.category_name(k, lang, edition))
        for k, face in faces.items()
    ]  # fmt: skip


def _colour_bar(made: Sheet, norm: BoundaryNorm, pollutant: str, lang: Language) -> None:
    """Classes beside the map, from patches: the general colour bar takes longer than the map."""
    place = made.axes.get_position()
    width = made.figure.get_size_inches()[0]
    edges = np.asarray(norm.boundaries)
    left, wide, tall = place.x1 + 0.12 / width, 0.14 / width, place.height * 0.85 / (len(edges) - 1)
    colours = _COLOURS(norm((edges[1:] + edges[:-1]) / 2))
    for k, edge in enumerate(edges):
        base = place.y0 + k * tall
        if k < len(colours):
            made.figure.add_artist(
                Rectangle((left, base), wide, tall, facecolor=colours[k], edgecolor=style.COLOURS["quiet"], linewidth=0.5, transform=made.figure.transFigure)
            )  # fmt: skip
        made.figure.text(left + wide + 0.04 / width, base, f"{edge:g}", fontsize=7.5, va="center")
    said = word("scale", lang, symbol=labels.pollutant(pollutant), unit=labels.units(pollutant))
    made.figure.text(left, place.y1, said, ha="left", va="top", fontsize=7.5)


def _foot(made: Sheet, handles: list[Any], note: str) -> None:
    """Legend below the map, and where the outlines come from."""
    width, height = made.figure.get_size_inches()
    left = made.axes.get_position().x0
    made.figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(left - 0.04 / width, 0.25 / height), ncols=len(handles),
        fontsize=7.8, handlelength=1.8, handleheight=1.0, columnspacing=1.1, handletextpad=0.5, borderaxespad=0.0,
        borderpad=0.0, handler_map={_Arrow: _ArrowHandler()},
    )  # fmt: skip
    if note:
        made.figure.text(left, 0.06 / height, note, fontsize=7.2, color=style.COLOURS["quiet"], va="bottom")


class _Arrow(Line2D):
    """Entry of the wind in a legend."""


class _ArrowHandler(HandlerBase):
    """Draws an arrow as on the map."""

    def create_artists(
        self, legend: Any, orig_handle: Any, xdescent: float, ydescent: float, width: float, height: float, fontsize: float, trans: Any
    ) -> list[Any]:  # fmt: skip
        """The arrow of an entry."""
        arrow = FancyArrow(
            -xdescent, height / 2 - ydescent, width, 0, width=1.2, head_width=5, head_length=6,
            length_includes_head=True, color=_WIND, transform=trans,
        )  # fmt: skip
        return [arrow]


def _numbers(places: pd.DataFrame, stations: pd.DataFrame, wind: pd.DataFrame | None) -> pd.DataFrame:
    """Every number drawn."""
    parts = []
    for kind, table, name in (
        ("place", places, "place"),
        ("station", stations, "station"),
        ("wind", wind, "place"),
    ):
        if table is None or table.empty:
            continue
        names = table.get(name, table.index)
        kept = table.reindex(columns=["lat", "lon", "value", "u", "v"]).astype("float64")
        parts.append(kept.assign(kind=kind, name=[str(n) for n in names]))
    columns = ["kind", "name", "lat", "lon", "value", "u", "v"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)

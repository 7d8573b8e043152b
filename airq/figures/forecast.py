"""The coming days in pictures: fan, probabilities of the categories, probabilities of the alerts.

Each function takes frames of :mod:`airq.forecast` and returns its figure and the numbers in it.

Examples
--------
>>> days = pd.date_range("2026-11-01", periods=3)
>>> rows = pd.DataFrame({"date": days, **{f"q{p:02d}": [p / 2 + 20.0] * 3 for p in range(5, 100, 5)}})
>>> fan(rows, "pm25", lang="en", place="Changji City").caption
'Forecast of PM₂.₅, Changji City, 1 November to 3 November 2026'
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from airq import standards
from airq.errors import MissingData
from airq.figures import forecast_bands as bands
from airq.figures import labels, style
from airq.figures.forecast_skill import against, pit, reliability, skill
from airq.figures.forecast_words import share, target_name, target_unit, weather_note, word
from airq.figures.labels import Language
from airq.figures.style import FigureResult

__all__ = ["ALERTS", "against", "alert_rows", "categories", "fan", "pit", "reliability", "skill", "warnings"]

ALERTS: Final = ("yellow", "orange", "red")
_ALERT_COLOURS: Final = {"yellow": "#e0b400", "orange": "#e07000", "red": "#c00020"}
_WIDTH: Final = 10.4
_HISTORY: Final = {"date": 10, "time": 72}
"""Days and hours of observations that stand before a forecast."""


def _one_site(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of one site in the order of their dates, without those that have no quantile.

    Raises
    ------
    MissingData
        If there is none, or more than one site.
    """
    if "site" in rows and len(rows["site"].unique()) > 1:
        raise MissingData("the forecast holds several sites; choose one for a fan.")
    axis = "time" if "time" in rows else "date"
    columns = bands.quantiles(rows)
    kept = rows.dropna(subset=[*columns]).sort_values(axis).reset_index(drop=True)
    if kept.empty:
        raise MissingData("the forecast has no row with quantiles; there is nothing to draw.")
    if kept[axis].duplicated().any():
        raise MissingData(f"the forecast holds a {axis} twice; choose one model and one day of issue.")
    return kept


def _when(first: pd.Timestamp, last: pd.Timestamp, lang: Language) -> str:
    if lang == "zh":
        end = labels.day(last, lang) if last.year == first.year else f"{last.year}年{labels.day(last, lang)}"
        return f"{first.year}年{labels.day(first, lang)}至{end}"
    begin = labels.day(first, lang) if last.year == first.year else f"{labels.day(first, lang)} {first.year}"
    return f"{begin} to {labels.day(last, lang)} {last.year}"


def _title(head: str, place: str, first: Any, last: Any, lang: Language) -> str:
    when = _when(pd.Timestamp(first), pd.Timestamp(last), lang)
    parts = [p for p in (place, when) if p]
    return f"{place}{when}{head}" if lang == "zh" else ", ".join([head, *parts])


def _short(day: pd.Timestamp, lang: Language) -> str:
    return (
        f"{day.month}/{day.day}"
        if lang == "zh"
        else f"{day.day} {labels.month_abbreviation(day.month, lang)}"
    )


def _before(history: pd.DataFrame | None, target: str, axis: str, first: pd.Timestamp) -> pd.DataFrame:
    """Observations that stand before the forecast: ``date`` (or ``time``) and ``observed``."""
    if history is None or target not in history:
        return pd.DataFrame({axis: pd.DatetimeIndex([]), "observed": np.array([], float)})
    stamp = axis if axis in history else "date"
    part = history[[stamp, target]].rename(columns={stamp: axis, target: "observed"})
    span = pd.Timedelta(days=_HISTORY[axis]) if axis == "date" else pd.Timedelta(hours=_HISTORY[axis])
    part = part[(part[axis] < first) & (part[axis] >= first - span)]
    return part.sort_values(axis).reset_index(drop=True)


def _number(value: float, target: str) -> str:
    return f"{value:.1f}" if target == "co" else f"{value:.0f}"


def fan(
    rows: pd.DataFrame,
    target: str = "pm25",
    history: pd.DataFrame | None = None,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    edition: str = "2026",
    weather: str | None = None,
) -> FigureResult:
    """Fan of a forecast over the bands of the categories, with the observations before it.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of :func:`airq.forecast.forecast` (column ``date``) or ``forecast_hourly`` (column ``time``), one site, one
        issue: ``q05`` to ``q95``; ``observed``, where there is one, is drawn too.
    target : str
        Pollutant or ``aqi``; in its unit (µg/m³, CO mg/m³).
    history : pandas.DataFrame, optional
        Frame of the same site with ``date`` (or ``time``) and the target.
    lang : {"zh", "en"}
    place : str
        Name in the title.
    simulated : bool
        Print the mark of simulated data.
    edition : str
        Edition of the AQI whose categories are drawn.
    weather : {"none", "perfect", "forecast"}, optional
        What weather the forecast knew; ``rows.attrs["weather"]`` by default.

    Returns
    -------
    FigureResult
        The frame holds the observations and the quantiles drawn.

    Raises
    ------
    MissingData
        If there is no row, a quantile column is missing, or there are several sites.
    """
    kept = _one_site(rows)
    axis = "time" if "time" in kept else "date"
    hourly = axis == "time"
    first, last = pd.Timestamp(kept[axis].iloc[0]), pd.Timestamp(kept[axis].iloc[-1])
    before = _before(history, target, axis, first)
    seen = kept["observed"] if "observed" in kept else pd.Series(np.nan, kept.index)
    highest = max(
        kept["q95"].max(), before["observed"].max() if len(before) else 0, seen.max(skipna=True) or 0
    )
    top = 1.06 * float(np.nanmax([highest, 1e-6]))
    note = weather_note(weather or str(rows.attrs.get("weather", "")), lang)
    with style.applied():
        figure = style.new_figure(_WIDTH, 4.35)
        axes = style.panels(figure, 1, 1, (0.75, 0.8 if lang == "zh" else 1.3, 0.55, 1.3 if hourly else 1.5))[
            0, 0
        ]
        bands.draw(axes, bands.limits(target, edition, "1h" if hourly else "24h"), top, lang)
        bands.fan(axes, kept[axis], kept)
        if not hourly:
            axes.plot(kept[axis], kept["q50"], "o", color=bands.FAN, markersize=4, zorder=5)
        if len(before):
            axes.plot(before[axis], before["observed"], color=style.COLOURS["ink"], linewidth=1.1, marker="o", markersize=0 if hourly else 3, zorder=4)  # fmt: skip
        if seen.notna().any():
            axes.plot(kept[axis], seen, "D", color=style.COLOURS["ink"], markersize=3.5, zorder=6)
        issued = pd.Timestamp(kept["issued"].iloc[0]) if "issued" in kept else None
        if issued is not None:
            axes.axvline(issued, color=style.COLOURS["quiet"], linewidth=0.9, linestyle=(0, (4, 2)))
        _ticks(axes, before, kept, axis, target, lang)
        axes.set_ylim(0, top)
        begin = before[axis].iloc[0] if len(before) else first
        step = pd.Timedelta(hours=12) if not hourly else pd.Timedelta(hours=1)
        axes.set_xlim(begin - step, last + step)
        unit = target_unit(target)
        name = target_name(target, lang, hourly)
        axes.set_ylabel(f"{name} ({unit})" if unit else name)
        style.tidy(axes)
        said = [word("hours_note" if hourly else "ticks", lang), *([note] if note else [])]
        for k, line in enumerate(said):
            above = 0.34 + 0.17 * (len(said) - k)
            figure.text(
                0.1 / _WIDTH, above / 4.35, line, fontsize=7.8, va="top", color=style.COLOURS["quiet"]
            )
        style.legend(figure, _handles(issued, len(before) > 0 or seen.notna().any(), lang), 6)
        title = _title(word("title_fan", lang, t=name), place, first, last, lang)
        style.finish(figure, title, lang, simulated)
    frame = pd.concat([before, kept], ignore_index=True)
    return FigureResult(figure, frame, title)


def _handles(issued: pd.Timestamp | None, observed: bool, lang: Language) -> list[Any]:
    ink = style.COLOURS["ink"]
    out: list[Any] = []
    if observed:
        out.append(
            Line2D([], [], color=ink, marker="o", markersize=3, linewidth=1.1, label=word("observed", lang))
        )
    out.append(Line2D([], [], color=bands.FAN, linewidth=1.8, label=word("median", lang)))
    for percent, alpha in ((50, 0.6), (80, 0.36), (90, 0.16)):
        out.append(Patch(facecolor=bands.FAN, alpha=alpha, label=word("band", lang, p=percent)))
    if issued is not None:
        text = word("issued", lang, d=_short(issued, lang))
        dashes = (0, (4, 2))
        out.append(Line2D([], [], color=style.COLOURS["quiet"], linewidth=0.9, linestyle=dashes, label=text))
    return out


def _ticks(
    axes: Axes, before: pd.DataFrame, kept: pd.DataFrame, axis: str, target: str, lang: Language
) -> None:
    """Dates on the axis; under each forecast day its median and 80 % interval, legible without colour."""
    if axis == "time":
        days = pd.date_range(
            (before[axis].iloc[0] if len(before) else kept[axis].iloc[0]).ceil("D"),
            kept[axis].iloc[-1],
            freq="D",
        )
        axes.set_xticks(days, [_short(d, lang) for d in days])
        return
    places, texts = [], []
    room = max(1, -(-len(kept) // 10))
    for k, row in enumerate(kept.to_dict("records")):
        day = pd.Timestamp(row["date"])
        interval = f"{_number(row['q10'], target)}–{_number(row['q90'], target)}"
        if k % room == 0:
            places.append(day)
            texts.append(f"{_short(day, lang)}\n{_number(row['q50'], target)}\n{interval}")
    if len(before):
        earlier = list(before["date"].iloc[::-1].iloc[2::3])[::-1]
        places, texts = [*earlier, *places], [*(_short(pd.Timestamp(d), lang) for d in earlier), *texts]
    axes.set_xticks(places, texts)
    axes.tick_params(axis="x", labelsize=7.4)


def categories(
    table: pd.DataFrame,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    edition: str = "2026",
    primary: pd.DataFrame | None = None,
) -> FigureResult:
    """Stacked probabilities of the six categories of each day, with the likeliest primary pollutant.

    Parameters
    ----------
    table : pandas.DataFrame
        ``date category probability`` of one site (category 1 to 6, also named ``level`` as in
        ``Paths.category_probability``; probabilities of a day sum to 1).
    lang : {"zh", "en"}
    place : str
    simulated : bool
    edition : str
        Edition of the AQI, named in the title.
    primary : pandas.DataFrame, optional
        ``date pollutant probability``.

    Returns
    -------
    FigureResult
    """
    if table.empty:
        raise MissingData("there is no probability of a category to draw; make the paths of the AQI first.")
    if "category" not in table:
        table = table.rename(columns={"level": "category"})
    wide = table.pivot_table(
        index="date", columns="category", values="probability", aggfunc="sum"
    ).sort_index()
    wide = wide.reindex(columns=range(1, 7)).fillna(0.0)
    days = [pd.Timestamp(d) for d in wide.index]
    with style.applied():
        figure = style.new_figure(_WIDTH, 3.8)
        axes = style.panels(figure, 1, 1, (0.55, 0.15, 0.55, 1.2))[0, 0]
        base = np.zeros(len(wide))
        for level in range(1, 7):
            values = wide[level].to_numpy()
            colour = standards.colour(level)
            axes.bar(range(len(wide)), values, 0.84, base, color=colour, edgecolor="white", linewidth=0.5)
            for x, (low, value) in enumerate(zip(base, values, strict=True)):
                if value >= 0.07:
                    axes.text(x, low + value / 2, share(value), ha="center", va="center", fontsize=8, color=style.ink_on(colour))  # fmt: skip
            base = base + values
        axes.set_xticks(range(len(days)), [_under(d, primary, lang) for d in days])
        axes.set(ylim=(0, 1), xlim=(-0.6, len(days) - 0.4))
        axes.yaxis.set_major_formatter(lambda v, _: f"{v * 100:.0f}%")
        axes.tick_params(axis="x", labelsize=7.8)
        style.tidy(axes)
        axes.grid(False)
        handles = [
            Patch(facecolor=standards.colour(k), label=standards.category_name(k, lang)) for k in range(1, 7)
        ]
        if primary is not None:
            text = word("primary_likely", lang)
            figure.text(0.1 / _WIDTH, 0.5 / 3.8, text, fontsize=7.8, va="top", color=style.COLOURS["quiet"])
        style.legend(figure, handles, 6)
        head = f"{word('title_categories', lang)} ({labels.edition(edition, lang)})"
        title = _title(head, place, days[0], days[-1], lang)
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, table.reset_index(drop=True), title)


def _under(day: pd.Timestamp, primary: pd.DataFrame | None, lang: Language) -> str:
    """Date and, below it, the likeliest primary pollutant with its probability."""
    text = _short(day, lang)
    if primary is None:
        return text
    own = primary[pd.to_datetime(primary["date"]) == day].sort_values("probability", ascending=False)
    if own.empty:
        return text
    best = own.iloc[0]
    name = str(best["pollutant"])
    said = labels.pollutant(name) if name in labels.VARIABLES else word("none", lang)
    return f"{text}\n{said}\n{share(float(best['probability']))}"


def _tint(colour: str, probability: float) -> str:
    ramp = LinearSegmentedColormap.from_list("p", ["#ffffff", colour])
    return to_hex(ramp(min(1.0, 0.06 + 0.94 * probability)) if probability > 0 else "#ffffff")


def alert_rows(days: pd.DataFrame, outlook: pd.DataFrame, site: str) -> pd.DataFrame:
    """Rows that :func:`warnings` draws: each day of a site, and the whole span without a date.

    Parameters
    ----------
    days, outlook : pandas.DataFrame
        Tables of :class:`airq.forecast.warning`'s result.
    site : str

    Returns
    -------
    pandas.DataFrame
        ``date level probability``.
    """
    own = days.loc[days["site"] == site, ["date", "level", "probability"]]
    whole = outlook.loc[outlook["site"] == site, ["level", "probability"]].assign(date=pd.NaT)
    joined = pd.concat([own, whole.astype({"date": own["date"].dtype})], ignore_index=True)
    return joined[["date", "level", "probability"]]


def warnings(
    table: pd.DataFrame,
    lang: Language = "zh",
    place: str = "",
    simulated: bool = False,
    cost_loss: float | None = None,
) -> FigureResult:
    """Heat strip of the probability of each alert level on each day.

    Parameters
    ----------
    table : pandas.DataFrame
        ``date level probability``; level is ``yellow``, ``orange`` or ``red``: the alert of that level or a higher one
        is in force. Rows without a date are those of the whole span.
    lang : {"zh", "en"}
    place : str
    simulated : bool
    cost_loss : float, optional
        Days on which the probability reaches it get a black frame.

    Returns
    -------
    FigureResult
    """
    if table.empty:
        raise MissingData("there is no probability of an alert to draw; make the table of warnings first.")
    whole = table[table["date"].isna()].set_index("level")["probability"]
    daily = table.dropna(subset=["date"])
    levels = [k for k in ALERTS if k in set(table["level"])]
    days = [pd.Timestamp(d) for d in sorted(daily["date"].unique())]
    values = daily.set_index(["level", "date"])["probability"]
    with style.applied():
        height = 1.35 + 0.5 * len(levels)
        figure = style.new_figure(_WIDTH, height)
        axes = style.panels(figure, 1, 1, (0.75, 0.15, 0.5, 0.85))[0, 0]
        for y, level in enumerate(levels):
            cells: list[tuple[float, Any]] = [(x, values.get((level, d))) for x, d in enumerate(days)]
            if level in whole:
                cells.append((len(days) + 0.3, float(whole[level])))
            for x, value in cells:
                if value is None or value != value:
                    continue
                _strip_cell(axes, x, y, level, float(value), cost_loss)
        ticks = [(x + 0.5, _short(d, lang)) for x, d in enumerate(days)]
        if len(whole):
            ticks.append((len(days) + 0.8, word("any_day", lang, n=len(days))))
        axes.set_xticks([t for t, _ in ticks], [t for _, t in ticks])
        axes.set_yticks([y + 0.5 for y in range(len(levels))], [word(k, lang) for k in levels])
        axes.set(xlim=(0, len(days) + (1.3 if len(whole) else 0)), ylim=(0, len(levels)))
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        if cost_loss is not None:
            edge = style.COLOURS["ink"]
            text = word("warn", lang, c=f"{cost_loss:g}")
            style.legend(figure, [Patch(facecolor="white", edgecolor=edge, linewidth=1.8, label=text)], 1)
        title = _title(word("title_warnings", lang), place, days[0], days[-1], lang) if days else place
        style.finish(figure, title, lang, simulated)
    return FigureResult(figure, table.reset_index(drop=True), title)


def _strip_cell(axes: Axes, x: float, y: float, level: str, value: float, cost_loss: float | None) -> None:
    colour = _tint(_ALERT_COLOURS[level], value)
    warn = cost_loss is not None and value >= cost_loss
    axes.add_patch(
        Rectangle(
            (x + 0.04, y + 0.06),
            0.92,
            0.88,
            facecolor=colour,
            edgecolor=style.COLOURS["ink"] if warn else style.COLOURS["grid"],
            linewidth=1.8 if warn else 0.6,
        )
    )
    axes.text(
        x + 0.5, y + 0.5, share(value), ha="center", va="center", fontsize=9, color=style.ink_on(colour)
    )

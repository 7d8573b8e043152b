"""Parts of the notebook on trends: a place's values and weather from the archive, texts and tables in one language.

What a short record does not allow is a sentence on the page, not the end of the notebook.

Examples
--------
>>> windows(1000, "hours"), windows(400, "days")
((107, 721), (15, 365))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from airq import analysis, places
from airq.errors import AirqError, MissingData, ParameterError
from airq.figures import trend as figures
from airq.figures import trend_curves as curves
from airq.figures.labels import Language
from airq.figures.trend_words import amount, ends, number, symbol, unit, word
from airq.reports.sentences import listed, note, said
from airq.reports.tables import Html, table
from airq.variables import POLLUTANTS, WEATHER

if TYPE_CHECKING:
    from airq.analysis.averaging import PeriodMeans
    from airq.analysis.deweathering.result import Deweathered
    from airq.analysis.trend.comparison import SideBySide

__all__ = [
    "Record",
    "breaks",
    "deweathered",
    "header",
    "honesty",
    "methods",
    "notes",
    "record",
    "scales",
    "side",
    "smooth",
    "windows",
    "withheld",
]


@dataclass(frozen=True, eq=False)
class Record:
    """Values of a place with its weather.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``time`` (hours) or ``date`` (days), ``site``, the pollutant and the weather that the archive holds.
    place : places.Place
    pollutant : str
    stations : int
    weather : tuple of str
        Columns of weather; empty without any.
    step : str
        ``hours`` or ``days``.
    simulated : bool
    """

    frame: pd.DataFrame
    place: places.Place
    pollutant: str
    stations: int
    weather: tuple[str, ...]
    step: str
    simulated: bool


@dataclass(frozen=True)
class Withheld:
    """A part that cannot be made, with its reason."""

    reason: str


def record(
    archive: str, place: str, pollutant: str, start: str = "", end: str = "", step: str = "hours"
) -> Record:
    """Values of a place: mean of its evaluation stations with quality masks applied, and its weather.

    Parameters
    ----------
    archive : str
        Folder; empty takes the default.
    place, pollutant, start, end : str
        Empty ends take all.
    step : {"hours", "days"}
        Days are quicker and lose the hour of the day.

    Returns
    -------
    Record

    Raises
    ------
    MissingData
        No station, nothing stored.
    ParameterError
    """
    from airq import options
    from airq.dataset import masked
    from airq.observations import Archive
    from airq.reports.forecast_data import with_weather
    from airq.standards.sites import MICRO

    if pollutant not in POLLUTANTS:
        raise ParameterError(f"pollutant '{pollutant}' is not known; use {', '.join(POLLUTANTS)}.")
    if step not in ("hours", "days"):
        raise ParameterError(f"step '{step}' is not known; use hours or days.")
    named = places.get(place)
    opened = Archive(archive or options.archive_dir())
    known = opened.stations()
    own = known[known["place"].isin([p.id for p in places.members(named.id)]) & (known["network"] != MICRO)]
    if own.empty:
        raise MissingData(f"{opened.path}: holds no station of '{place}'; see 'airq stations'.")
    judged = own[own["role"] == "evaluation"]
    own = judged if len(judged) else own
    ds = opened.load(stations=own["station"].tolist(), start=start or None, end=end or None)
    ds = with_weather(masked(ds), opened, named.id)
    values = ds[pollutant].transpose("station", "time").values.astype(np.float64)
    n = np.isfinite(values).sum(axis=0)
    weather = tuple(w for w in WEATHER if w in ds and bool(np.isfinite(ds[w].values).any()))
    columns = {w: ds[w].isel(station=0).values.astype(np.float64) for w in weather}
    frame = pd.DataFrame(
        {
            "time": pd.DatetimeIndex(ds["time"].values),
            "site": named.id,
            pollutant: np.where(n > 0, np.nansum(values, axis=0) / np.maximum(n, 1), np.nan),
            **columns,
        }
    )
    if step == "days":
        frame = _days(frame, pollutant, weather)
    return Record(frame, named, pollutant, ds.sizes["station"], weather, step, opened.simulated)


def _days(frame: pd.DataFrame, pollutant: str, weather: tuple[str, ...]) -> pd.DataFrame:
    """Daily means of days with three quarters of their hours; the wind's direction is that of unit vectors."""
    out: dict[str, Any] = {}
    for name in (pollutant, *weather):
        turning = name == "wind_direction"
        found = analysis.period_means(
            frame,
            name,
            "day",
            statistic="direction" if turning else "sum" if name == "precipitation" else "mean",
            minimum_capture=0.25 if turning else 0.75,  # a calm has no direction and is no gap
        )
        out[name] = found.series
    days = pd.DataFrame(out).rename_axis("date").reset_index()
    days.insert(1, "site", frame["site"].iloc[0])
    return days


def windows(n: int, step: str) -> tuple[int, ...]:
    """Windows of the KZ filter that a record of n steps allows."""
    wanted = (107, 721, 8761) if step == "hours" else (15, 365)
    return tuple(w for w in wanted if w <= n)


def header(data: Record, lang: Language) -> list[Html]:
    """Place, pollutant, period, how much there is."""
    zh = lang == "zh"
    time = data.frame["time" if "time" in data.frame else "date"]
    held = int(data.frame[data.pollutant].notna().sum())
    name, p = data.place.name(lang), symbol(data.pollutant)
    title = f"{name}{p}的趋势" if zh else f"Trend of {p} in {name}"
    kind = {"hours": ("小时", "h"), "days": ("天", "d")}[data.step][0 if zh else 1]
    span = f"{time.min():%Y-%m-%d}{'—' if zh else ' to '}{time.max():%Y-%m-%d}"
    said = (
        f"{span}，{data.stations}个点位平均，{held:,}{kind}有值。"
        if zh
        else f"{span}, mean of {data.stations} stations, {held:,} {kind} with a value."
    )
    if not data.weather:
        said += "没有该地的气象资料，去除气象影响的部分不做。" if zh else " No weather of this place, so that nothing is deweathered."  # fmt: skip
    mark = ""
    if data.simulated:
        mark = f"<p><strong>{'模拟数据' if zh else 'Simulated data 模拟数据'}</strong></p>"
    return [Html(f"<h2>{escape(title)}</h2>{mark}<p>{escape(said)}</p>")]


def withheld(means: PeriodMeans, lang: Language) -> list[Html]:
    """Months without a mean and why."""
    zh = lang == "zh"
    short = means.withheld
    of = {"hours": ("小时", "hours"), "days": ("天", "days")}.get(means.step, ("个值", "values"))
    if short.empty:
        text = "各月捕获率均达到要求。" if zh else "Every month has enough values."
        return [Html(f"<p>{text}</p>"), *notes(means.notes, lang)]
    rows = [
        [
            f"{r.start:%Y-%m}",
            f"{r.count:,}",
            f"{r.possible:,}",
            f"{np.floor(1000 * r.capture) / 10:.1f}",
        ]
        for r in short.itertuples()
    ]
    unit_ = of[0 if zh else 1]
    head = (
        ["月份", f"有值（{unit_}）", f"全月（{unit_}）", "捕获率（%）"]
        if zh
        else ["Month", f"With a value, {unit_}", f"In the month, {unit_}", "Capture, %"]
    )
    need = f"{100 * means.minimum_capture:g}"
    caption = (
        f"不予统计的月份（捕获率低于{need}%，以整月为分母）"
        if zh
        else f"Months without a mean: capture below {need} % of the whole month"
    )
    return [table(head, rows, caption), *notes(means.notes, lang)]


def _or_sentence(make: Callable[[], list[Any]], lang: Language) -> list[Any]:
    """What a function makes, or why it cannot."""
    try:
        return make()
    except MissingData as error:
        return [_sentence(error, lang)]


def _sentence(reason: str | Exception, lang: Language) -> Html:
    return note(("这一步不做：", "Not done: "), reason, lang)


def notes(texts: Iterable[str], lang: Language) -> list[Html]:
    """Notes as a list in the language of the page; nothing without any."""
    return listed(texts, lang)


def methods(means: PeriodMeans, lang: Language, name: str, simulated: bool, seed: int = 0) -> list[Any]:
    """Figure and table of every test."""

    def make() -> list[Any]:
        found = analysis.trend_tests(means, True, seed)
        zh = lang == "zh"
        rows = []
        for r in found.table.to_dict("records"):
            tested = bool(r["direction"])
            there = r["slope_per_year"] == r["slope_per_year"]
            draws = found.draws if r["test"].startswith("theil-sen") else 2000
            rows.append(
                [
                    word(r["test"], lang),
                    r["n"],
                    number(r["slope_per_year"]),
                    f"[{number(r['lower'])}, {number(r['upper'])}]" if there else "—",
                    ends(r["p_value"], draws, lang) if r["p_value"] == r["p_value"] else said(r["note"], lang) or "—",
                    word("significant" if r["significant"] else "not_significant", lang) if tested else word("withheld", lang),
                ]
            )  # fmt: skip
        u = unit(found.column)
        head = (
            ["检验", "N", f"斜率（{u}/年）", "95%区间", "p", "结论"]
            if zh
            else ["Test", "N", f"Slope, {u} a year", "95 % interval", "p", "Verdict"]
        )
        caption = (
            "同一序列的各种检验（除季节性检验和年均值检验外，均已去除季节）"
            if zh
            else "Tests of one series; its season is taken out except for the seasonal test and that of annual means"
        )
        return [
            figures.methods(found, lang, name, simulated),
            table(head, rows, caption, left=(0, 4, 5)),
        ]

    return _or_sentence(make, lang)


def smooth(means: PeriodMeans, lang: Language, name: str, simulated: bool) -> list[Any]:
    """Figure of the smooth trend."""

    def make() -> list[Any]:
        found = analysis.smooth_trend(means, True)
        return [curves.smooth(found, lang, name, simulated), *notes(found.notes, lang)]

    return _or_sentence(make, lang)


def breaks(means: PeriodMeans, lang: Language, name: str, simulated: bool, seed: int = 0) -> list[Any]:
    """Figure of the breakpoints, and the table of the segments."""

    def make() -> list[Any]:
        found = analysis.breakpoints(means, "trend", deseasonalise=True, seed=seed)
        zh = lang == "zh"
        u = unit(found.column)
        rows = [
            [
                f"{r['start']:%Y-%m}—{r['end']:%Y-%m}",
                r["n"],
                number(r["mean"]),
                number(r["slope_per_year"]),
                number(r["step"]),
            ]
            for r in found.segments.to_dict("records")
        ]
        head = (
            ["时段", "月数", f"平均（{u}）", f"斜率（{u}/年）", f"起点处的跃变（{u}）"]
            if zh
            else ["Segment", "Months", f"Mean, {u}", f"Slope, {u} a year", f"Step at its start, {u}"]
        )
        caption = "各段的平均、斜率和跃变" if zh else "Mean, slope and step of each segment"
        return [
            curves.breaks(found, lang, name, simulated),
            table(head, rows, caption),
            *notes(found.notes, lang),
        ]

    return _or_sentence(make, lang)


def scales(data: Record, lang: Language, name: str) -> list[Any]:
    """Figure of the KZ filter."""

    def make() -> list[Any]:
        wanted = windows(len(data.frame), data.step)
        if not wanted:
            raise MissingData(
                f"{len(data.frame)} {data.step} are shorter than every window; give a longer period."
            )
        found = analysis.kz_filter(data.frame, data.pollutant, wanted)
        return [curves.scales(found, lang, name, data.simulated), *notes(found.notes, lang)]

    return _or_sentence(make, lang)


def deweathered(
    data: Record, samples: int = 300, model: str = "ensemble", seed: int = 0
) -> Deweathered | Withheld:
    """The record without its weather, or why that cannot be done."""
    if not data.weather:
        return Withheld(
            "the archive holds no weather of this place; ingest a weather file with 'airq ingest'."
        )
    try:
        return analysis.deweather(
            data.frame, data.pollutant, list(data.weather), samples, seed, model=model, place=data.place.id
        )  # fmt: skip
    except AirqError as error:
        return Withheld(str(error))


def honesty(found: Deweathered | Withheld, lang: Language) -> list[Html]:
    """What the model does with weeks it has not seen, and what deweathering does to the mean."""
    if isinstance(found, Withheld):
        return [_sentence(found.reason, lang)]
    zh = lang == "zh"
    d, e = found.diagnostics, found.monte_carlo_error
    said = [
        ("未见过的周的R²", "R² of weeks not seen", f"{d['blocked_r2']:.2f}"),
        ("见过的周的R²（仅供对照）", "R² of weeks seen, for comparison", f"{d['seen_r2']:.2f}"),
        ("观测平均", "Observed mean", number(d["mean_observed"])),
        ("去除气象影响后的平均", "Deweathered mean", number(d["mean_normalised"])),
        ("两者之比", "Ratio of the means", f"{d['mean_conservation']:.3f}"),
        ("超出已知范围的抽样（%）", "Drawn weather out of range, %", f"{100 * d['out_of_range_share']:.1f}"),
        ("月值的抽样误差（%）", "Monte-Carlo error of months, %", f"{100 * e['monthly']:.2f}"),
    ]
    rows = [[a if zh else b, v] for a, b, v in said]
    caption = "去除气象影响这一步可信吗" if zh else "Can the deweathering be trusted"
    head = ["项目", "值"] if zh else ["Item", "Value"]
    return [table(head, rows, caption), *notes((*found.warnings, *found.notes), lang)]


def side(
    found: Deweathered | Withheld, lang: Language, name: str, simulated: bool, seed: int = 0
) -> list[Any]:
    """Raw and deweathered trend: figure and table."""
    if isinstance(found, Withheld):
        return []

    def make() -> list[Any]:
        both = analysis.side_by_side(found.observed_monthly, found.monthly, True, True, seed)
        return [
            figures.side_by_side(both, lang, name, simulated),
            _side_table(both, found, lang),
            *notes(both.notes, lang),
        ]

    return _or_sentence(make, lang)


def _side_table(both: SideBySide, found: Deweathered, lang: Language) -> Html:
    zh = lang == "zh"
    p = both.raw.column
    rows = [
        [
            word(key, lang),
            trend.n,
            amount(trend.slope_per_year, p, lang),
            f"[{number(trend.interval[0])}, {number(trend.interval[1])}]",
            number(trend.percent_per_year),
            ends(trend.p_value, trend.draws, lang),
        ]
        for key, trend in (("raw", both.raw), ("deweathered", both.deweathered))
    ]
    weather = "两者之差（气象所致）" if zh else "Difference: the weather"
    rows.append([weather, both.months, amount(both.weather, p, lang), "—", "—", "—"])
    try:
        whole = found.trend(0.95)
        label = "去除气象影响后，含气象模型自身的不确定性" if zh else "Deweathered, with the doubt of the weather model"  # fmt: skip
        low, high = (number(v) for v in whole.interval)
        rows.append([label, whole.n, amount(whole.slope_per_year, p, lang), f"[{low}, {high}]", number(whole.percent_per_year), ends(whole.p_value, whole.draws, lang)])  # fmt: skip
    except MissingData:
        pass
    head = (
        ["序列", "月数", "斜率", "95%区间", "%/年", "p"]
        if zh
        else ["Series", "Months", "Slope", "95 % interval", "% a year", "p"]
    )
    caption = (
        f"{symbol(p)}趋势：原始与去除气象影响后（同样的月份）"
        if zh
        else f"Trend of {symbol(p)}, raw and deweathered, over the same months"
    )
    note = (
        "去除气象影响后的月值已是模型的结果，直接求趋势的区间偏窄；最后一行的区间含模型自身的不确定性。"
        if zh
        else "Deweathered months are results of a model, so that an interval taken from them alone is too narrow; the last row holds the doubt of the model too."
    )
    return table(head, rows, caption, note)

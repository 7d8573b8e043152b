"""Parts of the notebook on episodes: the record from the archive, figures and tables in one language.

A part whose data are not there becomes a sentence; the rest of the page stands.

Examples
--------
>>> said("no weather; ingest some", "en")
'<p class="note">Left out: no weather; ingest some</p>'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from airq import places
from airq.errors import MissingData
from airq.figures.direction_words import quantity
from airq.figures.episodes_words import stage_name, variable_name
from airq.figures.labels import Language
from airq.reports.sentences import listed, note
from airq.reports.tables import Html, table
from airq.variables import POLLUTANTS, WEATHER

if TYPE_CHECKING:
    from airq.analysis.episodes.conditions import EpisodeWeather
    from airq.analysis.episodes.finding import Episodes
    from airq.analysis.episodes.regimes import Regimes
    from airq.observations import Archive

__all__ = [
    "Record",
    "correlations",
    "course",
    "dust",
    "episodes",
    "fireworks",
    "header",
    "record",
    "regimes",
    "said",
    "synchrony",
    "variation",
    "weather",
]


@dataclass(frozen=True, eq=False)
class Record:
    """Hours and days of a place, and days of its neighbours.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``time``, ``site``, pollutants (mean of the evaluation stations, quality masks applied), weather.
    days : pandas.DataFrame
        Official days of the place.
    neighbours : pandas.DataFrame
        Days of every place of the archive, in long form.
    place : places.Place
    stations : int
    simulated : bool
    """

    frame: pd.DataFrame
    days: pd.DataFrame
    neighbours: pd.DataFrame
    place: places.Place
    stations: int
    simulated: bool

    @property
    def weather(self) -> list[str]:
        """Weather columns that hold values, but for the direction."""
        held = [w for w in WEATHER if w in self.frame and w != "wind_direction"]
        return [w for w in held if self.frame[w].notna().any()]


def said(text: str | Exception, lang: Language) -> Html:
    """A part that is left out, with the reason."""
    return note(("略去：", "Left out: "), text, lang)


def _or_said(make: Callable[[], list[Any]], lang: Language) -> list[Any]:
    try:
        return make()
    except MissingData as error:
        return [said(error, lang)]


def _days_of(archive: Archive, name: str, start: str, end: str) -> Any:
    """Stations of a place with quality masks applied."""
    from airq.dataset import masked
    from airq.standards.sites import MICRO

    known = archive.stations()
    ids = [p.id for p in places.members(name)]
    own = known[known["place"].isin(ids) & (known["network"] != MICRO)]
    if own.empty:
        raise MissingData(f"{archive.path}: holds no station of '{name}'; see 'airq stations'.")
    return masked(archive.load(stations=own["station"].tolist(), start=start or None, end=end or None))


def record(archive: str, place: str, start: str = "", end: str = "") -> Record:
    """Everything that the page needs of a place.

    Parameters
    ----------
    archive : str
        Folder; empty takes the default.
    place : str
        Id, name or code; a group takes its members together.
    start, end : str
        Months such as ``2024-10``; empty takes all.

    Returns
    -------
    Record

    Raises
    ------
    MissingData
        No station, nothing stored.
    ParameterError
    """
    from airq import options, standards
    from airq.forecast import daily_frame
    from airq.observations import Archive
    from airq.reports.forecast_data import with_weather

    opened = Archive(archive or options.archive_dir())
    named = places.get(place)
    ds = _days_of(opened, named.id, start, end)
    hours = standards.place_hourly(ds, named.id).isel(place=0)
    time = pd.DatetimeIndex(hours["time"].values)
    columns = {p: hours[p].values.astype(np.float64) for p in POLLUTANTS if p in hours}
    met = with_weather(ds, opened, named.id)
    columns |= {w: met[w].isel(station=0).values.astype(np.float64) for w in WEATHER if w in met}
    frame = pd.DataFrame({"time": time, "site": named.id, **columns})
    own = daily_frame(ds, named.id)
    around = [own]
    for other in dict.fromkeys(opened.stations()["place"]):
        if other and other != named.id and places.find(other) is not None:
            try:
                around.append(daily_frame(_days_of(opened, other, start, end), other))
            except MissingData:
                continue
    wanted = ["date", "site", "aqi", *POLLUTANTS]
    together = pd.concat([a[wanted] for a in around], ignore_index=True)
    return Record(frame, own, together, named, int(ds.sizes["station"]), opened.simulated)


def header(data: Record, lang: Language) -> list[Any]:
    """Place, period, stations, capture."""
    from airq.analysis import data_capture
    from airq.figures.everyday_distribution import capture

    zh = lang == "zh"
    time, name = data.frame["time"], data.place.name(lang)
    span = f"{time.min():%Y-%m-%d}{'—' if zh else ' to '}{time.max():%Y-%m-%d}"
    text = (
        f"{span}，{data.stations}个点位；剔除质控标记值。捕获率按日历应测小时计。"
        if zh
        else f"{span}, {data.stations} stations, flagged values left out. Capture against the full calendar."
    )
    mark = (
        f"<p><strong>{'模拟数据' if zh else 'Simulated data 模拟数据'}</strong></p>" if data.simulated else ""
    )
    head = f"{name}重污染过程" if zh else f"Pollution episodes of {name}"
    parts: list[Any] = [Html(f"<h2>{escape(head)}</h2>{mark}<p>{escape(text)}</p>")]
    months = data_capture(data.frame, [p for p in POLLUTANTS if p in data.frame], "month")
    if len(months.table["start"].unique()) > 36:
        months = data_capture(data.frame, [p for p in POLLUTANTS if p in data.frame], "year")
    return [*parts, capture(months, lang, name, data.simulated), *listed(months.notes, lang)]


def _when(value: Any, hourly: bool) -> str:
    return "—" if pd.isna(value) else f"{value:%Y-%m-%d %H:00}" if hourly else f"{value:%Y-%m-%d}"


def _number(value: float, digits: int = 0) -> str:
    return "—" if not np.isfinite(value) else f"{value:,.{digits}f}"


def episodes(found: Episodes, lang: Language, most: int = 12) -> list[Html]:
    """The heaviest episodes, in order of time."""
    zh = lang == "zh"
    if found.table.empty:
        return [
            Html(
                f"<p>{'本时段没有达到预警条件的过程。' if zh else 'No episode in this period calls for an alert.'}</p>"
            )
        ]
    shown = found.table.nlargest(most, "peak_aqi").sort_values(["site", "begin"])
    hourly = found.resolution == "hour"
    rows = [
        [
            f"{r['begin']:%Y-%m-%d}", r["days"], r["level_zh" if zh else "level_en"], _number(r["peak_aqi"]),
            _when(r["onset"], hourly), _when(r["peak"], hourly), _when(r["cleared"], hourly), _number(r["top"]),
            _number(r["growth_rate"], 1), _number(r["clearing_rate"], 1),
            ("沙尘" if zh else "dust") if r["kind"] == "dust" else ("霾" if zh else "haze"),
        ]
        for r in shown.to_dict("records")
    ]  # fmt: skip
    head = (
        ["开始", "天数", "级别", "最高AQI", "积累开始", "峰值", "清除", f"峰值{quantity(found.pollutant, lang)}", "升速（/h）", "降速（/h）", "类型"]
        if zh
        else ["Begin", "Days", "Level", "Peak AQI", "Onset", "Peak", "Cleared", f"Peak {quantity(found.pollutant, lang)}", "Rise, /h", "Fall, /h", "Kind"]
    )  # fmt: skip
    total = len(found.table)
    caption = (
        f"重污染过程（共{total}次，列最重的{len(rows)}次）"
        if zh
        else f"Episodes ({total} in all, the {len(rows)} heaviest)"
    )
    note = (
        f"级别为按观测AQI依{found.rules}应达到的最高级；积累、清除由24小时滑动平均的一成和九成处定；“—”为看不到（缺测、相邻过程或记录之外）。"
        if zh
        else f"Level: the highest that the observed AQI calls for under {found.rules}. Onset and clearing: a tenth and nine "
        "tenths of the way, of the centred mean of 24 h. A dash: not seen (a gap, a neighbouring episode or the edge of the record)."
    )
    return [table(head, rows, caption, note, left=(0, 2, 10)), *listed(found.notes, lang)]


def course(found: Episodes, lang: Language, place: str, simulated: bool) -> list[Any]:
    """Course of the heaviest episodes; a sentence without any."""
    from airq.figures.episodes import course as drawn

    return _or_said(lambda: [drawn(found, lang, place, simulated)], lang)


def weather(found: Episodes, data: Record, lang: Language) -> list[Any]:
    """Weather of the stages, drawn and in a table; a sentence without weather or episodes."""
    from airq.analysis import episode_weather
    from airq.figures.episodes import weather as drawn

    def make() -> list[Any]:
        if not data.weather:
            raise MissingData("the archive holds no weather of this place and period; ingest a weather file.")
        result = episode_weather(found, data.frame, data.weather)
        return [
            drawn(result, lang, data.place.name(lang), data.simulated),
            _weather_table(result, lang),
            *listed(result.notes, lang),
        ]

    return _or_said(make, lang)


def _weather_table(result: EpisodeWeather, lang: Language) -> Html:
    zh = lang == "zh"
    rows = []
    for r in result.table[result.table["stage"] == "peak"].to_dict("records"):
        known = bool(np.isfinite(r["anomaly"]))
        interval = (
            f"{r['anomaly']:+.3g} [{r['lower']:+.3g}, {r['upper']:+.3g}]".replace("-", "−") if known else "—"
        )
        rows.append([variable_name(r["column"], lang), r["episodes"], f"{r['mean']:.3g}".replace("-", "−") if known else "—", f"{r['climatology']:.3g}".replace("-", "−") if known else "—", interval, f"{100 * r['rank']:.0f}" if known else "—"])  # fmt: skip
    head = ["要素", "过程", "平均", "气候值", "距平[区间]", "百分位"] if zh else ["Variable", "Episodes", "Mean", "Climatology", "Anomaly [interval]", "Percentile"]  # fmt: skip
    stage = stage_name("peak", lang)
    caption = f"{stage}阶段的气象" if zh else f"Weather in the stage of the {stage}"
    return table(head, rows, caption)


def synchrony(data: Record, lang: Language, threshold: float = 150.0) -> list[Any]:
    """Which places go together."""
    from airq.analysis import regional_synchrony
    from airq.figures.episodes import synchrony as drawn

    def make() -> list[Any]:
        result = regional_synchrony(data.neighbours, threshold=threshold)
        days = int(result.days["regional"].sum())
        text = (
            f"至少一半地区同日AQI超过{threshold:g}的天数：{days}天。"
            if lang == "zh"
            else f"Days on which at least half of the places are above AQI {threshold:g}: {days}."
        )
        return [drawn(result, lang, "", data.simulated), Html(f"<p>{text}</p>"), *listed(result.notes, lang)]

    return _or_said(make, lang)


def regimes(data: Record, lang: Language) -> list[Any]:
    """Stagnation as a regime, by heating season."""
    from airq.analysis import stagnation_regimes
    from airq.figures.episodes_causes import regimes as drawn

    def make() -> list[Any]:
        result = stagnation_regimes(data.days[["date", "site", "pm25"]])
        return [
            drawn(result, lang, data.place.name(lang), data.simulated),
            _regime_table(result, lang),
            *listed(result.notes, lang),
        ]

    return _or_said(make, lang)


def _regime_table(result: Regimes, lang: Language) -> Html:
    zh = lang == "zh"
    rows = [
        [
            f"{r['year'] - 1}–{r['year']}", r["days"], f"{r['stagnant_days']:.0f}", f"{100 * r['stagnant_share']:.0f}",
            _number(r["stagnant_mean"]), _number(r["ventilated_mean"]), _number(r["mean"]),
        ]
        for r in result.years.to_dict("records")
    ]  # fmt: skip
    head = (
        ["采暖季", "有效天数", "静稳日", "占比（%）", "静稳日均值", "其余均值", "全季均值"]
        if zh
        else ["Heating season", "Days", "Stagnant", "Share, %", "Mean, stagnant", "Mean, others", "Mean of the season"]
    )  # fmt: skip
    caption = (
        f"各采暖季的静稳日与{quantity(result.column, lang)}"
        if zh
        else f"Stagnant days and {quantity(result.column, lang)} by heating season"
    )
    note = (
        "静稳日少了可能因为天气，也可能因为排放；只有去除气象影响的序列能区分。"
        if zh
        else "Fewer stagnant days may be due to weather or to emissions; only a deweathered series tells which."
    )
    return table(head, rows, caption, note)


def dust(data: Record, lang: Language) -> list[Any]:
    """Dust days and what they add."""
    from airq.analysis import dust_record
    from airq.figures.episodes_causes import dust as drawn

    def make() -> list[Any]:
        held = ["time", "site", *[p for p in POLLUTANTS if p in data.frame]]
        months = data.frame["time"].dt.to_period("M").nunique()
        result = dust_record(data.frame[held], period="month" if months <= 36 else "year")
        return [drawn(result, lang, data.place.name(lang), data.simulated), *listed(result.notes, lang)]

    return _or_said(make, lang)


def fireworks(data: Record, lang: Language, pollutant: str = "pm25") -> list[Any]:
    """What the festival nights added."""
    from airq.analysis import fireworks as judged
    from airq.figures.episodes_causes import fireworks as drawn

    def make() -> list[Any]:
        held = ["time", "site", *[p for p in POLLUTANTS if p in data.frame]]
        result = judged(data.frame[held], pollutant)
        return [drawn(result, lang, data.place.name(lang), data.simulated), *listed(result.notes, lang)]

    return _or_said(make, lang)


def variation(data: Record, lang: Language, pollutant: str = "pm25") -> list[Any]:
    """Hours, weekdays and months, in and out of the heating season."""
    from airq.analysis import time_variation
    from airq.figures.everyday import variation as drawn

    result = time_variation(data.frame, pollutant, by="heating")
    return [drawn(result, lang, data.place.name(lang), data.simulated), *listed(result.notes, lang)]


def correlations(data: Record, lang: Language) -> list[Any]:
    """Pollutants and weather by likeness."""
    from airq.analysis import correlation_matrix
    from airq.figures.everyday import correlations as drawn

    def make() -> list[Any]:
        held = [c for c in (*POLLUTANTS, *data.weather) if c in data.frame and data.frame[c].notna().any()]
        result = correlation_matrix(data.frame, held, method="spearman", draws=200)
        return [drawn(result, lang, data.place.name(lang), data.simulated), *listed(result.notes, lang)]

    return _or_said(make, lang)

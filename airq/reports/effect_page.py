"""Parts of the notebook on the effect of measures: days from the archive, texts and tables in one language.

Examples
--------
>>> listed("fukang, manas"), listed("")
(['fukang', 'manas'], [])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from airq import places
from airq.errors import AirqError, FileRejected, MissingData, ParameterError
from airq.figures.direction_words import symbol
from airq.figures.effect_words import change, choice, method_name, site_name, verdict_word
from airq.figures.labels import Language
from airq.reports.sentences import listed as notes_of
from airq.reports.sentences import note, said
from airq.reports.tables import Html, details, table
from airq.variables import POLLUTANTS, WEATHER

if TYPE_CHECKING:
    from airq.analysis.effect.alert_model import AlertEffect
    from airq.analysis.effect.model import PolicyEffect
    from airq.observations import Archive

__all__ = [
    "Study",
    "alert_days",
    "alerts",
    "choices",
    "estimates",
    "header",
    "judgement",
    "listed",
    "shown",
    "smallest",
    "study",
    "together",
    "verdicts",
]

_BEFORE: Final = 5
_AFTER: Final = 3
"""Years around the date that are read."""


@dataclass(frozen=True, eq=False)
class Study:
    """Days of a place and its possible donors.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``date``, ``site``, the pollutant and the weather of each place.
    place : places.Place
    pollutant : str
    date : pandas.Timestamp
    until : pandas.Timestamp or None
    weather : tuple of str
        Columns that every day can be adjusted with; empty where the archive holds no weather.
    donors : tuple of str
        Places left as donors.
    simulated : bool
    notes : tuple of str
        Places that are no donors, with the reason.
    """

    frame: pd.DataFrame
    place: places.Place
    pollutant: str
    date: pd.Timestamp
    until: pd.Timestamp | None
    weather: tuple[str, ...]
    donors: tuple[str, ...]
    simulated: bool
    notes: tuple[str, ...] = ()

    @property
    def own(self) -> pd.DataFrame:
        """Days of the place itself."""
        return self.frame[self.frame["site"] == self.place.id]

    @property
    def before(self) -> pd.DataFrame:
        """Its days before the measure."""
        return self.own[self.own["date"] < self.date]


def listed(text: str) -> list[str]:
    """Names of a comma-separated parameter."""
    return [t.strip() for t in str(text).replace("，", ",").split(",") if t.strip()]


def _days(archive: Archive, place: str, pollutant: str, start: str, end: str) -> pd.DataFrame:
    from airq.analysis.effect.inputs import daily
    from airq.dataset import masked
    from airq.reports.forecast_data import with_weather
    from airq.standards.sites import MICRO

    known = archive.stations()
    ids = [p.id for p in places.members(place)]
    own = known[known["place"].isin(ids) & (known["network"] != MICRO)]
    evaluated = own[own["role"] == "evaluation"]
    own = evaluated if len(evaluated) else own
    if own.empty:
        raise MissingData(f"{archive.path}: holds no station of '{place}'; see 'airq stations'.")
    ds = masked(archive.load(stations=own["station"].tolist(), start=start, end=end))
    ds = with_weather(ds, archive, place)
    block = ds[pollutant].transpose("station", "time").values.astype(np.float64)
    n = np.isfinite(block).sum(axis=0)
    mean = np.where(n > 0, np.nansum(block, axis=0) / np.maximum(n, 1), np.nan)
    held = [w for w in WEATHER if w in ds and np.isfinite(ds[w].values).any()]
    hours = pd.DataFrame(
        {
            "time": pd.DatetimeIndex(ds["time"].values),
            pollutant: mean,
            **{w: ds[w].isel(station=0).values.astype(np.float64) for w in held},
        }
    )
    return daily(hours, pollutant, held).frame.rename(columns={"day": "date"}).assign(site=place)


def study(
    archive: str,
    place: str,
    pollutant: str,
    date: str,
    until: str = "",
    donors: str = "",
    treated: str = "",
) -> Study:
    """Days of a place and its donors around a date, from the archive.

    Parameters
    ----------
    archive : str
        Folder; empty takes the default.
    place, pollutant : str
    date, until : str
        First day of the measure, first day without it again; empty for good.
    donors, treated : str
        Comma-separated places; without donors every other place of the archive is one, those treated too excepted.

    Returns
    -------
    Study

    Raises
    ------
    MissingData, ParameterError
        One sentence.
    """
    from airq import options
    from airq.analysis.effect.inputs import as_day
    from airq.observations import Archive

    if pollutant not in POLLUTANTS:
        raise ParameterError(f"pollutant '{pollutant}' is not known; use {', '.join(POLLUTANTS)}.")
    about, day = places.get(place), as_day(date, "date")
    opened = Archive(archive or options.archive_dir())
    start, end = (str((day + pd.DateOffset(years=y)).date()) for y in (-_BEFORE, _AFTER))
    frames = [_days(opened, about.id, pollutant, start, end)]
    out = {p.id for t in listed(treated) for p in (places.get(t), *places.members(places.get(t).id))}
    held = [str(p) for p in opened.stations()["place"].unique() if p]
    inside = {p.id for p in places.members(about.id)} | {about.id}
    named = [places.get(d).id for d in listed(donors)]
    if own := next((n for n in named if n in inside), None):
        raise ParameterError(
            f"'{own}' is the place of the measure or part of it and cannot be its donor; take it out of donors."
        )
    wanted = list(dict.fromkeys(named)) or [p for p in held if p not in inside]
    absent: list[str] = []
    for other in wanted:
        members = {p.id for p in places.members(other)} | {other}
        if members & out:
            absent.append(f"Donor {other} is left out: it is treated too.")
            continue
        try:
            frames.append(_days(opened, other, pollutant, start, end))
        except MissingData as error:
            absent.append(f"Donor {other} is left out: {error}")
    frame = pd.concat(frames, ignore_index=True)
    taken = [c for c in frames[0].columns if c not in ("date", "site", pollutant)]
    weather = tuple(c for c in taken if frames[0][c].notna().mean() > 0.5)
    found = tuple(str(s) for s in frame["site"].unique() if s != about.id)
    last = as_day(until, "until") if until else None
    return Study(frame, about, pollutant, day, last, weather, found, opened.simulated, tuple(absent))


def header(data: Study, lang: Language) -> list[Html]:
    """Place, measure, period, donors."""
    zh = lang == "zh"
    known = data.own[data.own[data.pollutant].notna()]
    if known.empty:
        raise MissingData(
            f"no day of '{data.place.id}' has a value of {data.pollutant} around {data.date.date()}."
        )
    first, last = (f"{d:%Y-%m-%d}" for d in (known["date"].min(), known["date"].max()))
    name = data.place.name(lang)
    end = f"{data.until:%Y-%m-%d}" if data.until is not None else ""
    title = (
        f"{name}{symbol(data.pollutant)}：措施有没有效果"
        if zh
        else f"{symbol(data.pollutant)} of {name}: did it work"
    )
    joint = "、" if zh else ", "
    others = joint.join(site_name(d, lang) for d in data.donors) or ("无" if zh else "none")
    text = (
        f"措施自{data.date:%Y-%m-%d}起{f'，至{end}止' if end else ''}；资料{first}—{last}，{len(known):,}天；可用的对照地：{others}。"
        if zh
        else f"The measure begins on {data.date:%Y-%m-%d}{f' and ends on {end}' if end else ''}; data {first} to {last}, "
        f"{len(known):,} days; possible donors: {others}."
    )
    if not data.weather:
        text += (
            "档案中没有天气，各方法用原始浓度。"
            if zh
            else " The archive holds no weather; the methods use concentrations as observed."
        )
    mark = ""
    if data.simulated:
        mark = f"<p><strong>{'模拟数据' if zh else 'Simulated data 模拟数据'}</strong></p>"
    return [Html(f"<h2>{escape(title)}</h2>{mark}<p>{escape(text)}</p>"), *notes_of(data.notes, lang)]


def verdicts(results: Sequence[PolicyEffect | AlertEffect], lang: Language) -> list[Html]:
    """Every number that a verdict rests on."""
    from airq.analysis.effect.model import percent

    zh = lang == "zh"
    rows: list[list[Any]] = []
    for r in results:
        low, high = r.percent_interval
        a, b = (percent(v) for v in r.identification)
        least, most = r.placebo.interval
        share = (
            f"{100 * r.placebo.share:.0f} [{100 * least:.0f}, {100 * most:.0f}]" if r.placebo.tried else "—"
        )
        name = method_name(getattr(r, "method", ""), lang) or ("预警合并" if zh else "pooled alerts")
        rows.append(
            [
                name,
                f"{change(r.percent)} [{change(low)}, {change(high)}]",
                f"{r.p_value:.3f}" if r.p_value >= 0.0005 else "<0.001",
                change(percent(-r.minimum_detectable)),
                share,
                f"{change(a)}—{change(b)}" if zh else f"{change(a)} to {change(b)}",
                verdict_word(r.verdict, lang),
                ("；" if zh else " ").join(said(t, lang).rstrip("。") for t in r.reasons),
            ]
        )
    head = (
        ["方法", "变化[区间]（%）", "p", "最小可测（%）", "安慰剂误判[区间]（%）", "辨识区间（%）", "结论", "理由"]
        if zh
        else ["Method", "Change [interval], %", "p", "Smallest detectable, %", "Placebo size [interval], %", "Identification range, %", "Verdict", "Why"]
    )  # fmt: skip
    caption = "各方法的结论及其依据" if zh else "Verdicts and what they rest on"
    note = (
        "估计小于最小可测变化、误判率超过承诺或辨识区间跨零时不下结论。"
        if zh
        else "No verdict where the estimate is smaller than can be detected, where dates without a measure are found too often, or where the identification range holds 0."
    )
    return [table(head, rows, caption, note, left=(0, 6, 7))]


def _csv(path: str, columns: Sequence[str]) -> pd.DataFrame:
    file = Path(path)
    if not file.exists():
        raise FileRejected(f"{file}: there is no such file; give a CSV with {', '.join(columns)}.")
    try:
        held = pd.read_csv(file, encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise FileRejected(
            f"{file}: is no CSV in UTF-8 ({' '.join(str(error).split())}); correct it."
        ) from error
    for name in columns:
        if name not in held:
            raise FileRejected(f"{file}: has no column '{name}'; it needs {', '.join(columns)}.")
    return held


def _dates(file: str, column: pd.Series, name: str) -> pd.Series:
    stamps = pd.to_datetime(column, errors="coerce", format="mixed")
    if stamps.isna().any():
        line = int(np.flatnonzero(stamps.isna())[0]) + 2
        raise FileRejected(f"{file}: line {line}, column '{name}': '{column.iloc[line - 2]}' is no date; write it as 2026-11-01.")  # fmt: skip
    return stamps.dt.normalize()


def alert_days(data: Study, issued: str, forecasts: str) -> pd.DataFrame:
    """Days of the place with the alerts in force and the forecasts they were called on.

    Parameters
    ----------
    data : Study
    issued : str
        CSV of alerts: ``start``, ``end`` (both days included), optionally ``level``.
    forecasts : str
        CSV of forecasts: ``date``, ``forecast`` of the pollutant, issued before the alert.

    Returns
    -------
    pandas.DataFrame
        The days with ``forecast`` and ``alert``.

    Raises
    ------
    FileRejected
        With the file, the line and the column.
    """
    rows, values = _csv(issued, ("start", "end")), _csv(forecasts, ("date", "forecast"))
    starts, ends = (_dates(issued, rows[c], c) for c in ("start", "end"))
    if (ends < starts).any():
        line = int(np.flatnonzero(ends < starts)[0]) + 2
        raise FileRejected(f"{issued}: line {line}: the alert ends before it starts; correct it.")
    numbers = pd.to_numeric(values["forecast"], errors="coerce")
    bad = numbers.isna() & values["forecast"].notna()
    if bad.any():
        line = int(np.flatnonzero(bad)[0]) + 2
        raise FileRejected(f"{forecasts}: line {line}, column 'forecast': '{values['forecast'].iloc[line - 2]}' is no number; correct it.")  # fmt: skip
    by_day = pd.Series(numbers.to_numpy(), _dates(forecasts, values["date"], "date"))
    frame = data.own.copy()
    frame["forecast"] = by_day[~by_day.index.duplicated()].reindex(pd.DatetimeIndex(frame["date"])).to_numpy()
    day = frame["date"].to_numpy()
    inside = np.zeros(len(frame), dtype=bool)
    for start, end in zip(starts.to_numpy(), ends.to_numpy(), strict=True):
        inside |= (day >= start) & (day <= end)
    return frame.assign(alert=inside)


def _left_out(error: AirqError, lang: Language) -> list[Any]:
    return [note(("这一部分略去：", "This part is left out: "), error, lang)]


def smallest(data: Study, lang: Language) -> list[Any]:
    """Figure of the smallest change that a heating season shows, or the reason why there is none."""
    from airq.analysis import minimum_detectable_effect
    from airq.figures.effect import detectable

    try:
        found = minimum_detectable_effect(data.before, data.pollutant, weather=data.weather)
    except AirqError as error:
        return _left_out(error, lang)
    return [detectable(found, lang, data.place.name(lang), data.simulated), *notes_of(found.notes, lang)]


def estimates(data: Study) -> dict[str, PolicyEffect | AirqError]:
    """Effect by every method, or the refusal where a method cannot be used."""
    from airq import analysis

    options: dict[str, Any] = {"until": data.until, "weather": data.weather}
    out: dict[str, PolicyEffect | AirqError] = {}
    for name, run in (
        ("interrupted", lambda: analysis.interrupted_series(data.own, data.pollutant, data.date, **options)),
        (
            "components",
            lambda: analysis.unobserved_components(data.own, data.pollutant, data.date, **options),
        ),
        (
            "synthetic",
            lambda: analysis.synthetic_control(
                data.frame, data.pollutant, data.date, data.place.id, **options
            ),
        ),
    ):
        try:
            out[name] = run()
        except AirqError as error:
            out[name] = error
    return out


def shown(data: Study, found: dict[str, PolicyEffect | AirqError], method: str, lang: Language) -> list[Any]:
    """Figure of one method, or its refusal."""
    from airq.figures.effect import effect

    result = found[method]
    if isinstance(result, AirqError):
        return _left_out(result, lang)
    return [effect(result, lang, data.place.name(lang), data.simulated), *notes_of(result.notes, lang)]


def _usable(found: dict[str, PolicyEffect | AirqError]) -> list[PolicyEffect]:
    results = [r for r in found.values() if not isinstance(r, AirqError)]
    if not results:
        raise next(r for r in found.values() if isinstance(r, AirqError))
    return results


def together(data: Study, found: dict[str, PolicyEffect | AirqError], lang: Language) -> list[Any]:
    """Methods side by side; the first refusal where no method could be used."""
    from airq.figures.effect import methods

    return [methods(_usable(found), lang, data.place.name(lang), data.simulated)]


def judgement(found: dict[str, PolicyEffect | AirqError], lang: Language) -> list[Html]:
    """Verdict of each method that could be used, with what it rests on."""
    return verdicts(_usable(found), lang)


def choices(found: dict[str, PolicyEffect | AirqError], lang: Language) -> list[Html]:
    """Estimate of every method under each other choice."""
    from airq.analysis.effect.model import percent

    zh = lang == "zh"
    rows = [
        [
            method_name(result.method, lang),
            choice(str(row["name"]), lang),
            change(percent(row["estimate"])),
            ("是" if zh else "yes") if row["in_range"] else ("否" if zh else "no"),
        ]
        for result in _usable(found)
        for row in result.specifications.to_dict("records")
    ]
    head = (
        ["方法", "选择", "变化（%）", "计入辨识区间"]
        if zh
        else ["Method", "Choice", "Change, %", "In the range"]
    )
    caption = "各种选择下的估计" if zh else "Estimates under each choice"
    return [details(caption, table(head, rows, caption, left=(0, 1, 3)))]


def alerts(data: Study, issued: str, forecasts: str, lang: Language) -> list[Any]:
    """Figure and table of the pooled alerts, or a sentence where no files are given.

    Parameters
    ----------
    data : Study
    issued, forecasts : str
        As :func:`alert_days`; both empty leaves the part out.
    lang : {"zh", "en"}
    """
    from airq.analysis import alert_effect
    from airq.figures.effect import alerts as draw

    if not issued and not forecasts:
        said = (
            "没有给出预警清单和预报，这一部分略去。单次预警无法评价；需要多个冬季的预警起止日期和当时的预报。"
            if lang == "zh"
            else "No list of alerts and no forecasts are given, so this part is left out. A single alert cannot be judged; "
            "starts and ends of alerts over several winters and the forecasts they were called on are needed."
        )
        return [Html(f'<p class="note">{escape(said)}</p>')]
    days = alert_days(data, issued, forecasts)
    try:
        found = alert_effect(days, data.pollutant, weather=data.weather)
    except MissingData as error:
        return _left_out(error, lang)
    return [
        draw(found, lang, data.place.name(lang), data.simulated),
        *verdicts([found], lang),
        *notes_of(found.notes, lang),
    ]

"""Parts of the notebook on direction and transport: hours from the archive, texts and tables in one language.

Examples
--------
>>> _rounded(-0.004, 2), _rounded(-0.054, 2)
('0.00', '−0.05')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from airq import places
from airq.errors import MissingData, ParameterError
from airq.figures.direction_words import quantity, symbol
from airq.figures.labels import Language
from airq.reports.sentences import listed, said
from airq.reports.tables import Html, table
from airq.variables import POLLUTANTS

if TYPE_CHECKING:
    from airq.analysis.direction.clusters import PolarClusters
    from airq.analysis.direction.transport import Transport
    from airq.analysis.trajectories.model import Trajectories
    from airq.analysis.trajectories.sources import SourceMap
    from airq.observations import Archive

__all__ = [
    "Hours",
    "clusters",
    "header",
    "hours",
    "map_approval",
    "neighbours",
    "notes",
    "regions",
    "trajectories",
    "transport",
]


@dataclass(frozen=True, eq=False)
class Hours:
    """Hours of a place with its wind.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``time``, ``site``, the pollutant, ``wind_speed``, ``wind_direction``.
    place : places.Place
    pollutant : str
    lat, lon : float
        Mean of the stations.
    stations : int
    simulated : bool
    """

    frame: pd.DataFrame
    place: places.Place
    pollutant: str
    lat: float
    lon: float
    stations: int
    simulated: bool

    @property
    def halves(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The earlier and the later half, cut at the new year nearest the middle if each side has most of a year."""
        time = self.frame["time"]
        first, last = time.min(), time.max()
        middle = first + (last - first) / 2
        near = pd.Timestamp(middle.year + (middle.month > 6), 1, 1)
        if min(near - first, last - near) >= pd.Timedelta(days=300):
            middle = near
        return self.frame[time <= middle], self.frame[time > middle]


def _checked(pollutant: str) -> str:
    if pollutant not in POLLUTANTS:
        raise ParameterError(f"pollutant '{pollutant}' is not known; use {', '.join(POLLUTANTS)}.")
    return pollutant


def _opened(archive: str) -> Archive:
    from airq import options
    from airq.observations import Archive

    found = Archive(archive or options.archive_dir())
    if not found.months("weather"):
        raise MissingData(
            f"{found.path}: holds no weather, and direction needs wind; ingest a weather file with 'airq ingest'."
        )
    return found


def _of_place(archive: Archive, place: str, pollutant: str, start: str, end: str) -> Hours:
    from airq.dataset import masked
    from airq.reports.forecast_data import with_weather
    from airq.standards.sites import MICRO

    known = archive.stations()
    ids = [p.id for p in places.members(place)]
    own = known[known["place"].isin(ids) & (known["network"] != MICRO)]
    if own.empty:
        raise MissingData(f"{archive.path}: holds no station of '{place}'; see 'airq stations'.")
    evaluated = own[own["role"] == "evaluation"]
    own = evaluated if len(evaluated) else own
    ds = archive.load(stations=own["station"].tolist(), start=start or None, end=end or None)
    ds = with_weather(masked(ds), archive, place)
    if "wind_speed" not in ds or "wind_direction" not in ds:
        raise MissingData(
            f"{archive.path}: holds no wind of '{place}' for this period; ingest its weather or choose another period."
        )
    values = ds[pollutant].transpose("station", "time").values.astype(np.float64)
    n = np.isfinite(values).sum(axis=0)
    mean = np.where(n > 0, np.nansum(values, axis=0) / np.maximum(n, 1), np.nan)
    wind = {
        name: ds[name].isel(station=0).values.astype(np.float64) for name in ("wind_speed", "wind_direction")
    }
    named = places.get(place)
    frame = pd.DataFrame(
        {"time": pd.DatetimeIndex(ds["time"].values), "site": named.id, pollutant: mean, **wind}
    )
    lat, lon = (float(np.nanmean(ds[c].values.astype(np.float64))) for c in ("lat", "lon"))
    return Hours(frame, named, pollutant, lat, lon, ds.sizes["station"], archive.simulated)


def hours(archive: str, place: str, pollutant: str, start: str = "", end: str = "") -> Hours:
    """Hours of a place: mean of its evaluation stations with quality masks applied, and the wind of its weather.

    Parameters
    ----------
    archive : str
        Folder; empty takes the default.
    place, pollutant, start, end : str
        Empty ends take all.

    Returns
    -------
    Hours

    Raises
    ------
    MissingData
        No weather, no station, nothing stored.
    ParameterError
    """
    return _of_place(_opened(archive), places.get(place).id, _checked(pollutant), start, end)


def neighbours(archive: str, network: str, pollutant: str, start: str = "", end: str = "") -> pd.DataFrame:
    """Hours of every place of a network that the archive holds, in long form.

    Raises
    ------
    MissingData
        Fewer than two of them.
    """
    from airq.analysis.direction.networks import pairs_of

    opened = _opened(archive)
    sites = list(dict.fromkeys(s for pair in pairs_of(network) for s in pair))
    frames = []
    for site in sites:
        if places.find(site) is None:
            continue
        try:
            frames.append(_of_place(opened, site, _checked(pollutant), start, end).frame)
        except MissingData:
            continue
    if len(frames) < 2:
        raise MissingData(
            f"{opened.path}: holds {len(frames)} of {', '.join(sites)} with wind; two are needed."
        )
    return pd.concat(frames, ignore_index=True)


def map_approval() -> str:
    """Approval number (审图号) of ``params/reports.yaml`` for maps; empty where there is none."""
    from airq.reports.parameters import settings

    return settings().map_approval


def trajectories(tdump: str, data: Hours, length: int = 24) -> Trajectories:
    """Trajectories of HYSPLIT files, or runs of the local wind where none are given."""
    from airq.analysis.trajectories.runs import wind_runs
    from airq.analysis.trajectories.tdump import read_tdump

    if tdump:
        return read_tdump(tdump)
    return wind_runs(data.frame, data.lat, data.lon, hours=length)


def notes(results: Any, lang: Language) -> list[Html]:
    """What one or more results left out or warn of, each sentence once; nothing without any."""
    several = results if isinstance(results, list | tuple) else [results]
    return listed([n for r in several for n in r.notes], lang)


def header(data: Hours, lang: Language) -> list[Html]:
    """Place, pollutant, period, how many hours can be used."""
    zh = lang == "zh"
    time = data.frame["time"]
    usable = int(data.frame[[data.pollutant, "wind_speed", "wind_direction"]].notna().all(axis=1).sum())
    span = (
        f"{time.min():%Y-%m-%d}—{time.max():%Y-%m-%d}"
        if zh
        else f"{time.min():%Y-%m-%d} to {time.max():%Y-%m-%d}"
    )
    name = data.place.name(lang)
    title = (
        f"{name}{symbol(data.pollutant)}从哪里来"
        if zh
        else f"Where {symbol(data.pollutant)} of {name} comes from"
    )
    said = (
        f"{span}，{data.stations}个点位平均，{len(data.frame):,}小时，其中{usable:,}小时浓度和风俱全。"
        if zh
        else f"{span}, mean of {data.stations} stations, {len(data.frame):,} h, {usable:,} of them with a value and a wind."
    )
    mark = ""
    if data.simulated:
        mark = f"<p><strong>{'模拟数据' if zh else 'Simulated data 模拟数据'}</strong></p>"
    return [Html(f"<h2>{escape(title)}</h2>{mark}<p>{escape(said)}</p>")]


def clusters(groups: PolarClusters, lang: Language) -> list[Html]:
    """What each polar cluster holds."""
    zh = lang == "zh"
    rows = [
        [
            r["cluster"],
            f"{r['hours']:,}",
            f"{100 * r['share']:.1f}",
            f"{r['mean']:.1f}",
            f"{100 * r['contribution']:.1f}",
            f"{r['wind_speed']:.1f}",
            f"{r['wind_direction']:.0f}°",
        ]
        for r in groups.summary.to_dict("records")
    ]
    head = (
        ["类", "小时", "占比（%）", f"平均{quantity(groups.pollutant, lang)}", "贡献（%）", "风速（m/s）", "平均风向"]
        if zh
        else ["Cluster", "Hours", "Share, %", f"Mean {quantity(groups.pollutant, lang)}", "Contribution, %", "Wind, m/s", "Mean direction"]
    )  # fmt: skip
    caption = "各类的小时、浓度和贡献" if zh else "Hours, concentration and contribution of each cluster"
    return [table(head, rows, caption), *notes(groups, lang)]


def _rounded(value: float, digits: int) -> str:
    """Number with a true minus sign, and none before a zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


_VERDICTS = {
    "transport": ("有输送", "transport"),
    "none seen": ("未见输送", "none seen"),
    "withheld": ("不予评价", "withheld"),
}


def transport(result: Transport, lang: Language) -> list[Html]:
    """Verdict on every pair."""
    from airq.analysis.direction.networks import name_of

    zh = lang == "zh"
    rows: list[list[Any]] = []
    for r in result.table.to_dict("records"):
        known = r["verdict"] != "withheld"
        rows.append(
            [
                f"{name_of(r['source'], lang)} → {name_of(r['receptor'], lang)}",
                f"{r['distance']:.0f}",
                f"{r['hours']:,}",
                f"{r['lag']:.0f}" if known else "—",
                f"{_rounded(r['index'], 2)} [{_rounded(r['lower'], 2)}, {_rounded(r['upper'], 2)}]"
                if known
                else "—",
                _VERDICTS[r["verdict"]][0 if zh else 1]
                + ("" if known else f"{'：' if zh else ': '}{said(r['reason'], lang)}"),
            ]
        )
    head = (
        ["方向", "距离（km）", "顺风小时", "时滞（h）", "指数[区间]", "结论"]
        if zh
        else ["From → to", "Distance, km", "Hours along the wind", "Lag, h", "Index [interval]", "Verdict"]
    )
    caption = (
        f"{symbol(result.pollutant)}邻区输送指数" if zh else f"Transport index of {symbol(result.pollutant)}"
    )
    judged = int((result.table["verdict"] != "withheld").sum())
    chance = judged * (1 - result.confidence) / 2
    note = (
        f"指数为顺风与其余时段偏相关之差，区间由整周重抽样；不是贡献率。共评价{judged}对，约{chance:.1f}对会偶然显示有输送。"
        if zh
        else "Partial correlation along the wind less otherwise; intervals draw whole weeks anew; no share of the "
        f"concentration. Of {judged} pairs about {chance:.1f} may show transport by chance."
    )
    # The number of chance findings stands under the table already.
    others = [n for n in result.notes if "by chance" not in n]
    return [table(head, rows, caption, note, left=(0, 5)), *listed(others, lang)]


def regions(maps: Sequence[SourceMap], lang: Language, top: int = 5) -> list[Html]:
    """Cells with the highest values of each method."""
    zh = lang == "zh"
    rows = []
    for one in maps:
        held = one.table[one.table["trajectories"] >= 10].nlargest(top, "value")
        for r in held.to_dict("records"):
            rows.append(
                [
                    one.method,
                    f"{r['lat']:.2f}",
                    f"{r['lon']:.2f}",
                    f"{r['value']:.3g}",
                    int(r["trajectories"]),
                ]
            )
    head = (
        ["方法", "纬度", "经度", "值", "轨迹数"]
        if zh
        else ["Method", "Latitude", "Longitude", "Value", "Trajectories"]
    )
    caption = (
        "值最高的网格（至少10条轨迹）" if zh else "Cells of the highest values (10 trajectories or more)"
    )
    return [table(head, rows, caption), *notes(list(maps), lang)]

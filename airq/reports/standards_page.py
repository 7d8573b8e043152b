"""Parts of the page on the two standards, each a list of things that a notebook displays: text, a table, a figure.

The numbers come from :func:`airq.standards.restate`; here rows are chosen, printed and named in two languages.

Examples
--------
>>> import numpy as np, pandas as pd, xarray as xr
>>> from airq import standards
>>> six = {"pm25": 28.0, "pm10": 50, "so2": 10, "no2": 20, "co": 1.0, "o3": 100}
>>> days = xr.Dataset({k: (("place", "day"), np.full((1, 365), float(v))) for k, v in six.items()},
...                   coords={"place": ["changji"], "day": pd.date_range("2019-01-01", "2019-12-31")})
>>> about = describe(standards.add_index(days, "by-date"), "en")
>>> "2019 or before" in first_years(standards.restate(days), about)[0]
True
"""

from __future__ import annotations

from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from airq.figures import labels, restatement
from airq.reports.numbers import DASH, percent, rounded, signed
from airq.reports.standards_about import (
    About,
    chosen_places,
    describe,
    header,
    last_winter,
    last_year,
    shared_year,
)
from airq.reports.standards_rules import alerts, calculator, dust, limits, open_points, straddling
from airq.reports.tables import Html, details, table
from airq.standards import Restatement
from airq.variables import POLLUTANTS

__all__ = [
    "About",
    "alerts",
    "calculator",
    "chosen_places",
    "describe",
    "dust",
    "first_years",
    "header",
    "incomplete",
    "last_winter",
    "last_year",
    "limits",
    "lost",
    "means",
    "open_points",
    "shared_year",
    "straddling",
    "years",
]

Part = Any
_ROWS_SHOWN: Final = 14
"""Longer tables are folded."""


def _year_table(frame: pd.DataFrame, caption: str, about: About) -> Html:
    """Both standards' day counts; shares over the days that have an AQI."""
    say = about.say
    groups = [
        ("", 2),
        (say("有AQI的天数", "Days with an AQI"), 2),
        (labels.text("good_days", about.lang), 4),
        (labels.text("good_ratio", about.lang), 2),
        (labels.text("heavy_days", about.lang), 2),
    ]
    old, new = say("旧", "old"), say("新", "new")
    head = [
        labels.text("place", about.lang),
        say("年份", "Year"),
        *(old, new, old, new),
        say("不再优良", "lost"),
        say("不发布", "unpublished"),
        *(old, new, old, new),
    ]
    counted = (
        *("days_valid_old", "days_valid_new", "good_days_old", "good_days_new", "days_lost"),
        "days_unpublished",
    )
    rows = []
    for row in frame.to_dict("records"):
        cells: list[object] = [
            about.name(row["place"]),
            str(row["year"]),
            *(str(int(row[c])) for c in counted),
        ]
        cells += [percent(row["good_ratio_old"]), percent(row["good_ratio_new"])]
        rows.append([*cells, str(int(row["heavy_days_old"])), str(int(row["heavy_days_new"]))])
    note = say(
        "“不再优良”：旧标准AQI≤100而新标准AQI>100的天数；“不发布”：旧标准有AQI，新标准因缺项不发布（HJ 633—2026，5.3.1）。比率以有AQI的天数为分母。",
        "Lost: AQI at most 100 under the old standard and above under the new. Unpublished: an AQI under the old standard, NA under the new because a pollutant is missing (HJ 633-2026, 5.3.1). Ratios are over days with an AQI.",
    )
    return table(head, rows, caption, note, left=(0,), groups=groups)


def years(result: Restatement, about: About) -> list[Part]:
    """Good and heavily polluted days of each year: figure and table.

    Parameters
    ----------
    result : airq.standards.Restatement
    about : About

    Returns
    -------
    list
    """
    figure = restatement.day_counts(result.years, about.names, about.lang, about.simulated)
    caption = about.say("逐年天数：旧标准与新标准", "Days of each year under the old and the new standard")
    if len(result.years) <= _ROWS_SHOWN:
        return [figure, _year_table(result.years, caption, about)]
    return [figure, details(caption, _year_table(result.years, "", about))]


def _seasons(days: xr.Dataset) -> pd.DataFrame:
    """Days with an AQI by season, so that an empty season is not taken for one that loses nothing."""
    stamps = pd.DatetimeIndex(days["day"].values)
    known = np.isfinite(days["aqi"].transpose("place", "day").values)
    kind = pd.DataFrame(
        {"year": stamps.year, "season": [restatement.SEASONS[m % 12 // 3] for m in stamps.month]}
    )
    parts = [
        kind.assign(place=str(place), days=known[p])
        .groupby(["place", "year", "season"], as_index=False)
        .sum()
        for p, place in enumerate(days["place"].values)
    ]
    return pd.concat(parts, ignore_index=True)


def lost(result: Restatement, days: xr.Dataset, about: About) -> list[Part]:
    """Days lost by season and pollutant: heat map, and sums over the years.

    Parameters
    ----------
    result : airq.standards.Restatement
    days : xarray.Dataset
        City-days of the result; they tell seasons without data from seasons without loss.
    about : About

    Returns
    -------
    list
    """
    figure = restatement.days_lost(
        result.lost, result.years, about.names, about.lang, about.simulated, _seasons(days)
    )
    total = result.years.groupby("place")["days_lost"].sum()
    sums = result.lost.groupby(["place", "pollutant"])[["days", "alone"]].sum()
    shown = [p for p in POLLUTANTS if p in ("pm25", "pm10") or sums.xs(p, level=1)["days"].any()]
    head = [labels.text("place", about.lang), about.say("不再优良", "Days lost")]
    for _ in shown:
        head += [about.say("超过", "above"), about.say("仅此一项", "alone")]
    rows = []
    for place, name in about.names.items():
        cells: list[object] = [name, str(int(total.get(place, 0)))]
        for p in shown:
            cells += [str(int(sums.loc[(place, p), c])) if (place, p) in sums.index else DASH for c in sums]
        rows.append(cells)
    groups = [("", 2), *((labels.pollutant(p), 2) for p in shown)]
    caption = about.say("各年合计：由哪种污染物造成", "Sum over the years: which pollutant does it")
    note = about.say(
        "“超过”：当日该污染物新IAQI>100；“仅此一项”：当日只有它。",
        "Above: the pollutant's new IAQI exceeds 100 that day; alone: no other does.",
    )
    return [figure, table(head, rows, caption, note, groups=groups)]


def incomplete(result: Restatement, about: About) -> list[Part]:
    """Days on which the new rule publishes no AQI because a pollutant is missing.

    Parameters
    ----------
    result : airq.standards.Restatement
    about : About

    Returns
    -------
    list
    """
    number = int(result.years["days_unpublished"].sum())
    whole = int(result.years["days_valid_old"].sum())
    words = about.say(
        f"全部{whole}个旧标准有AQI的地区日中，{number}个因缺项且其余IAQI不超过100而按5.3.1不发布AQI，既不计优良也不计有效。",
        f"Of {whole} place-days with an AQI under the old rule, {number} have a pollutant missing and no other IAQI above 100: under 5.3.1 no AQI is published, and the day counts neither as good nor as valid.",
    )
    out: list[Part] = [Html(f"<p>{escape(words)}</p>")]
    return [*out, _unpublished(result.years, about)] if number else out


def _unpublished(frame: pd.DataFrame, about: About) -> Html:
    """Unpublished days, places down and years across; a dash where a year has no AQI at all."""
    every = sorted(frame["year"].unique())
    known = {(r.place, r.year): (r.days_valid_old, r.days_unpublished) for r in frame.itertuples()}
    rows = []
    for place, name in about.names.items():
        cells = [known.get((place, year), (0, 0)) for year in every]
        rows.append([name, *(str(int(days)) if valid else DASH for valid, days in cells)])
    caption = about.say(
        "因缺项不发布AQI的天数（HJ 633—2026，5.3.1）", "Days left unpublished (HJ 633-2026, 5.3.1)"
    )
    return table([labels.text("place", about.lang), *map(str, every)], rows, caption)


def means(result: Restatement, about: About) -> list[Part]:
    """Annual means against every limit, with the distance to each.

    Parameters
    ----------
    result : airq.standards.Restatement
    about : About

    Returns
    -------
    list
    """
    return [
        restatement.annual_means(
            result.distance, about.names, about.lang, about.simulated, pollutant=result.pollutant
        )
    ]


def _first(part: pd.DataFrame, about: About) -> str:
    """First year that attains a limit, and what the record cannot tell about it."""
    valid = part[part["withheld"] == ""].sort_values("year")
    if valid.empty:
        return DASH
    held = valid.loc[valid["attained"], "year"]
    if held.empty:
        return about.say("未达到", "not reached")
    year = int(held.iloc[0])
    later = valid[valid["year"] > year]
    again = "*" if (~later["attained"].astype(bool)).any() else ""
    if year == int(valid["year"].iloc[0]):
        return about.say(f"不晚于{year}{again}", f"{year} or before{again}")
    return f"{year}{again}"


def first_years(result: Restatement, about: About) -> list[Part]:
    """First year of attainment of each place and limit, with the last valid mean and its distances.

    Parameters
    ----------
    result : airq.standards.Restatement
    about : About

    Returns
    -------
    list
    """
    frame = result.distance
    bounds = dict(frame.drop_duplicates("standard")[["standard", "limit"]].itertuples(index=False))
    head = [
        labels.text("place", about.lang),
        about.say("最近有效年", "Last valid year"),
        about.say("年均值", "Mean"),
    ]
    groups = [("", 3)]
    for name, bound in bounds.items():
        head += [about.say("首次达到", "First attained"), about.say("差值", "Distance")]
        groups.append((f"{bound:g} {labels.units(result.pollutant)}  {labels.standard(name, about.lang)}", 2))
    rows = []
    for place, name in about.names.items():
        own = frame[frame["place"] == place]
        valid = own[own["withheld"] == ""]
        year = int(valid["year"].max()) if len(valid) else None
        last = valid[valid["year"] == year].set_index("standard")
        mean = f"{last['mean'].iloc[0]:g}" if len(last) else DASH
        cells: list[object] = [name, DASH if year is None else str(year), mean]
        for standard in bounds:
            cells.append(_first(own[own["standard"] == standard], about))
            known = standard in last.index
            pair = (last.loc[standard, "mean"], last.loc[standard, "limit"]) if known else (None, None)
            cells.append(signed(*(rounded(None if v is None else f"{v:g}", 0) for v in pair)))
        rows.append(cells)
    symbol = labels.pollutant(result.pollutant)
    caption = about.say(
        f"{symbol}年均值首次达到各限值的年份",
        f"First year in which the annual mean of {symbol} met each limit",
    )
    note = about.say(
        "只看年均值；“不晚于”：记录的第一个有效年已达到；*：其后有年份又超过；–：没有一年的有效天数足够（GB 3095表4）。",
        "The annual mean alone. Or before: the first valid year of the record attains it already. *: a later year exceeds it again. A dash: no year has enough valid days (GB 3095, table 4).",
    )
    return [table(head, rows, caption, note, left=(0,), groups=groups)]

"""Gallery of official indicators: the figures of a county's report, and what a change of standard does."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from airq import dataset, places, standards
from airq.analysis import CountyMonth, county_month
from airq.figures import restatement
from airq.figures.labels import Language
from airq.figures.style import FigureResult
from airq.reports.gallery.made import PLACE, hours, name

__all__ = ["draw"]

_GROUP = "changji-prefecture"
_SEATS = (PLACE, "fukang", "hutubi")
_SCALE = {"pm25": 1.0, "pm10": 1.7, "so2": 0.2, "no2": 0.7, "co": 0.02, "o3": 1.4}
_SEASONS = ("winter", "spring", "summer", "autumn")


@lru_cache(maxsize=1)
def _months() -> dict[str, CountyMonth]:
    """Results of a county and of its prefecture, from a small archive that is thrown away."""
    from airq.observations import Archive

    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(f"{folder}/archive")
        for year in (2025, 2026):
            time = pd.date_range(f"{year}-03-01 01:00", f"{year}-04-01", freq="h")
            about = [places.get(s) for s in _SEATS]
            stations = pd.DataFrame({
                "station": [f"G{k}" for k in range(len(about))], "name_zh": [f"{p.zh}一号点" for p in about],
                "name_en": [f"{p.en} 1" for p in about], "place": [p.id for p in about], "lat": [p.lat for p in about],
                "lon": [p.lon for p in about], "network": "city", "role": "evaluation",
            })  # fmt: skip
            slow = np.repeat(rng.lognormal(3.8, 0.45, (len(about), 31)), 24, axis=1)
            swing = np.clip(np.sin((time.hour.to_numpy() - 9) / 24 * 2 * np.pi), -0.5, 1)
            values = {n: np.maximum(np.round(k * slow * rng.lognormal(0, 0.1, slow.shape) * (1 + (0.5 * swing if n == "o3" else 0)), 1 if n == "co" else 0), 1 if n != "co" else 0.1) for n, k in _SCALE.items()}  # fmt: skip
            archive.store(dataset.build(stations, time, values), source="gallery", simulated=True)
        return {p: county_month(archive, p, "2026-03") for p in (PLACE, _GROUP)}


def _picture(parts: list[Any]) -> FigureResult:
    """The figure among the parts of a page."""
    return next(p for p in parts if isinstance(p, FigureResult))


def draw(lang: Language) -> Iterator[FigureResult]:
    """Figures of the family, in the order of its list."""
    from airq.reports import page

    county, group = _months()[PLACE], _months()[_GROUP]
    yield _picture(page.calendar(county, lang))
    yield _picture(page.calendar(group, lang))
    for part in (page.comparison, page.counts, page.year_to_date, page.hourly):
        yield _picture(part(county, lang))
    judged = standards.add_index(_days(), "by-date")
    found, names = standards.restate(judged), {PLACE: name(lang)}
    yield restatement.day_counts(found.years, names, lang, True)
    yield restatement.days_lost(found.lost, found.years, names, lang, True, _covered(judged))
    yield restatement.annual_means(found.distance, names, lang, True)


def _days() -> xr.Dataset:
    """Days of two years, with ozone in summer."""
    daily = hours(2).set_index("time").resample("D")["pm25"].mean()[1:-1].rename_axis("day")
    cold = np.cos(2 * np.pi * daily.index.day_of_year.to_numpy() / 365)
    values = {"pm25": daily.to_numpy(), "pm10": 1.6 * daily.to_numpy(), "so2": 8 + 4 * cold, "no2": 25 + 12 * cold, "co": 0.8 + 0.4 * cold, "o3": 110 - 50 * cold}  # fmt: skip
    return xr.Dataset({k: (("place", "day"), v[None].round(3)) for k, v in values.items()}, {"place": [PLACE], "day": daily.index})  # fmt: skip


def _covered(judged: xr.Dataset) -> pd.DataFrame:
    """Days with an AQI by year and season."""
    known = judged["aqi"].to_series().dropna().reset_index()
    kind = {"year": known["day"].dt.year, "season": [_SEASONS[m % 12 // 3] for m in known["day"].dt.month]}
    return known.assign(**kind).groupby(["place", "year", "season"], as_index=False).agg(days=("aqi", "size"))

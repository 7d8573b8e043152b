"""A small archive made here: seasons, a daily cycle, gaps, flagged values, a county without last year, one empty.

Not realistic, only varied: cold months are above the limits, warm ones below.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq import dataset, places
from airq.observations import Archive

COUNTIES = ("changji", "fukang", "hutubi", "manas", "qitai", "jimsar")  # 木垒 has no station


def table(counties: tuple[str, ...] = COUNTIES) -> pd.DataFrame:
    rows = []
    for number, county in enumerate(counties):
        place = places.get(county)
        for k in range(3 if county == "changji" else 2 if number < 3 else 1):
            rows.append(
                {
                    "station": f"{county[:2].upper()}{k + 1}",
                    "name_zh": f"{place.zh[:-1]}{'一二三'[k]}号点",
                    "name_en": f"{place.en} {k + 1}",
                    "place": county,
                    "lat": place.lat,
                    "lon": place.lon,
                    "network": "national" if county == "changji" else "city",
                    "role": "background" if county == "changji" and k == 2 else "evaluation",
                }
            )
    return pd.DataFrame(rows)


def hours(
    stations: pd.DataFrame, first: str, last: str, seed: int = 0
) -> tuple[pd.DatetimeIndex, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    time = pd.date_range(
        pd.Timestamp(f"{first}-01") + pd.Timedelta(hours=1),
        pd.Timestamp(f"{last}-01") + pd.DateOffset(months=1),
        freq="h",
    )
    n, t = len(stations), len(time)
    day = time.day_of_year.to_numpy()
    cold = np.clip(np.cos((day - 15) / 365 * 2 * np.pi), -0.3, 1)
    swing = np.sin((time.hour.to_numpy() - 9) / 24 * 2 * np.pi)
    noise = rng.normal(0, 1, (n, t // 24 + 2))
    level = np.zeros_like(noise)
    for d in range(1, noise.shape[1]):  # a level that remembers some days
        level[:, d] = 0.75 * level[:, d - 1] + 0.66 * noise[:, d]
    knots = np.arange(noise.shape[1]) * 24.0
    slow = np.exp(0.4 * np.stack([np.interp(np.arange(t), knots, row) for row in level]))
    pm25 = (28 + 62 * np.maximum(cold, 0)) * slow * rng.lognormal(0, 0.2, (n, t))
    values = {
        "pm25": pm25,
        "pm10": pm25 * rng.uniform(1.3, 2.2, (n, t)) + 8,
        "so2": 6 + 9 * np.maximum(cold, 0) * slow,
        "no2": (22 + 18 * cold - 6 * swing) * slow**0.5,
        "co": (0.5 + 0.9 * np.maximum(cold, 0)) * slow**0.5,
        "o3": np.clip(72 - 45 * cold + (35 - 20 * cold) * swing + rng.normal(0, 8, (n, t)), 2, None),
    }
    out = {
        k: np.clip(np.round(v, 1 if k == "co" else 0), 0.1 if k == "co" else 1, None)
        for k, v in values.items()
    }
    for v in out.values():
        v[rng.random((n, t)) < 0.015] = np.nan
    return time, out


def fill(
    archive: Archive, first: str = "2025-01", last: str = "2026-10", counties: tuple[str, ...] = COUNTIES
) -> Archive:
    stations = table(counties)
    time, values = hours(stations, first, last)
    late = (stations["place"] == "fukang").to_numpy()[:, None] & (time <= pd.Timestamp("2026-01-01 00:00"))[
        None, :
    ]
    gap = (stations["place"] == "qitai").to_numpy()[:, None] & (
        (time > "2026-10-03") & (time <= "2026-10-12")
    )[None, :]
    for v in values.values():
        v[late | gap] = np.nan
    stuck = time.get_indexer([pd.Timestamp("2026-10-14 03:00")])[0] if last >= "2026-10" else -1
    if stuck >= 0:
        values["pm25"][0, stuck : stuck + 30] = 61.0
    archive.store(dataset.build(stations, time, values), source="made here", simulated=True)
    return archive


@pytest.fixture(scope="session")
def small_archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """January 2025 to October 2026, six counties; 木垒 has no station, 阜康 no 2025, 奇台 a gap."""
    return fill(Archive(tmp_path_factory.mktemp("small") / "archive"))


@pytest.fixture
def make_archive(tmp_path: Path):
    """Archive from a station table, hours and values by hand."""

    def make(
        stations: pd.DataFrame, time: pd.DatetimeIndex, values: dict[str, np.ndarray], simulated: bool = True
    ) -> Archive:
        archive = Archive(tmp_path / "made")
        archive.store(dataset.build(stations, time, values), source="made by hand", simulated=simulated)
        return archive

    return make

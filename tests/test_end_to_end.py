"""From the raw feed of 2019 to the page of 昌吉市 for January: the page's numbers against a recomputation by hand."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from airq.cli import main

POINTS = {  # HJ 633-2012, table 1, daily report
    "PM2.5": (0, 35, 75, 115, 150, 250, 350, 500),
    "PM10": (0, 50, 150, 250, 350, 420, 500, 600),
    "SO2": (0, 50, 150, 475, 800, 1600, 2100, 2620),
    "NO2": (0, 40, 80, 180, 280, 565, 750, 940),
    "CO": (0, 2, 4, 14, 24, 36, 48, 60),
    "O3": (0, 100, 160, 215, 265, 800),
}
NEW = POINTS | {"PM2.5": (0, 35, 60, *POINTS["PM2.5"][3:]), "PM10": (0, 50, 120, *POINTS["PM10"][3:])}
INDEX = (0, 50, 100, 150, 200, 300, 400, 500)


def iaqi(value: Fraction, points: tuple[int, ...]) -> int:
    for k in range(1, len(points)):
        if value <= points[k]:
            step = Fraction(INDEX[k] - INDEX[k - 1], points[k] - points[k - 1])
            return math.ceil(step * (value - points[k - 1]) + INDEX[k - 1])
    return 500


def half_even(value: Fraction, decimals: int = 0) -> Fraction:
    return Fraction(round(value * 10**decimals), 10**decimals)


def by_hand(file: Path) -> list[dict[str, Fraction]]:
    """Exact city-days of January 2019 from the raw lines, with nothing of airq."""
    raw = pd.read_csv(
        file, usecols=["date", "hour", "type", "2691A", "2692A"], dtype={"2691A": str, "2692A": str}
    )
    stamp = pd.to_datetime(raw["date"].astype(str)) + pd.to_timedelta(raw["hour"] - 1, unit="h")
    raw["day"], raw["t"] = stamp.dt.date, stamp.dt.hour + 1
    raw = raw[(raw["type"].isin(POINTS)) & (stamp >= "2019-01-01") & (stamp < "2019-02-01")]
    days = []
    for _, day in raw.groupby("day"):
        city = {}
        for kind, rows in day.groupby("type"):
            values = []
            for code in ("2691A", "2692A"):
                hours = {
                    t: Fraction(v) for t, v in zip(rows["t"], rows[code], strict=True) if isinstance(v, str)
                }
                if kind == "O3":
                    windows = [[hours[t] for t in range(e - 7, e + 1) if t in hours] for e in range(8, 25)]
                    means = [sum(w) / len(w) for w in windows if len(w) >= 6]
                    if means and (len(means) >= 14 or max(means) > 160):
                        values.append(max(means))
                elif len(hours) >= 20:
                    values.append(sum(hours.values()) / len(hours))
            if values:
                city[str(kind)] = sum(values, Fraction(0)) / len(values)
        days.append(city)
    return days


@pytest.mark.shared
def test_january_2019_of_changji_city(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = shared / "data/cnemc_2019_xinjiang/china_sites_2019_xinjiang_wide.csv.gz"
    settings = tmp_path / "reports.yaml"
    settings.write_text(
        "sections: []\nformats: [html, json]\n"
    )  # the indicators alone are held to a count by hand
    for args in (
        ["ingest", raw, "--archive", tmp_path / "arch"],
        [
            "report",
            "--archive",
            tmp_path / "arch",
            "--period",
            "2019-01",
            "--place",
            "昌吉市",
            "--out",
            tmp_path / "out",
            "--settings",
            settings,
        ],
    ):
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in args])
        assert not stop.value.code, capsys.readouterr()
    folder = tmp_path / "out" / "2019-01"
    days = by_hand(raw)
    assert len(days) == 31
    old = [max(iaqi(v, POINTS[k]) for k, v in d.items()) for d in days]
    new = [max(iaqi(half_even(v, int(k == "CO")), NEW[k]) for k, v in d.items()) for d in days]
    mean = {
        k: half_even(sum((d[k] for d in days), Fraction(0)) / 31) for k in ("PM2.5", "PM10", "SO2", "NO2")
    }
    expected = {
        "2012": (sum(a <= 100 for a in old), sum(a > 200 for a in old)),
        "2026": (sum(a <= 100 for a in new), sum(a > 200 for a in new)),
    }
    source = (folder / "changji.zh.html").read_text(encoding="utf-8")
    page = re.sub(r"<style>.*?</style>|<[^>]+>", "", source, flags=re.DOTALL)
    good, heavy = expected["2012"]
    assert f"优良{good}天" in page and f"重度及以上污染{heavy}天" in page
    assert f"优良{expected['2026'][0]}天" in page
    assert (
        f"PM₂.₅ {mean['PM2.5']} µg/m³、PM₁₀ {mean['PM10']} µg/m³、SO₂ {mean['SO2']} µg/m³、NO₂ {mean['NO2']} µg/m³"
        in page
    )
    assert "模拟数据" not in page, "observed data must not be called simulated"
    from airq.analysis import CountyMonth

    stored = json.loads((folder / "data" / "changji.json").read_text(encoding="utf-8"))
    result = CountyMonth.from_dict(stored.get("result", stored))
    for edition, index in (("2012", old), ("2026", new)):
        assert result.days[result.days["edition"] == edition]["aqi"].tolist() == index

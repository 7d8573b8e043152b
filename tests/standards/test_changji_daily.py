"""Changji's real daily file of 2015 and 2016: its published index is no HJ 633 daily index, and by how much."""

from __future__ import annotations

import csv
import importlib.util
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq import standards

pytestmark = pytest.mark.shared


def load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def benchmark(root: Path):
    return load(root / "benchmarks" / "changji_daily_2015.py")


@pytest.fixture(scope="module")
def oracle(root: Path):
    return load(root / "tests" / "standards" / "standards_oracle.py")


@pytest.fixture(scope="module")
def file(shared: Path) -> Path:
    path = shared / "data" / "city_daily_2014_2017" / "昌吉州.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


@pytest.fixture(scope="module")
def found(benchmark, file: Path):
    return benchmark.compare(file, [2015, 2016])


def rows_of(file: Path) -> dict[str, list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {row[1]: row for row in csv.reader(lines)}


def test_recomputed_index_equals_a_plain_reading_of_the_text(found, file: Path, oracle) -> None:
    """From the digits of the file with fractions, through no code of the library."""
    rows = rows_of(file)
    columns = {"pm25": 5, "pm10": 6, "so2": 7, "co": 8, "no2": 9, "o3": 10}
    assert len(found.frame) == 731
    for day, own in found.frame["own"].items():
        row = rows[f"{day:%Y-%m-%d}"]
        exact = {p: Fraction(row[c]) for p, c in columns.items() if Fraction(row[c]) > 0}
        assert max(oracle.iaqi(p, v, "24h", "2012") for p, v in exact.items()) == own, day


def test_both_counts(found, file: Path) -> None:
    table = found.counts()
    assert table.loc[2015].to_dict() == {
        "days": 365,
        "good_published": 286,
        "heavy_published": 22,
        "good_recomputed": 291,
        "heavy_recomputed": 21,
    }
    assert table.loc[2016, ["good_published", "good_recomputed"]].tolist() == [265, 257]
    assert table.loc[2016, ["heavy_published", "heavy_recomputed"]].tolist() == [37, 37]
    for year in (2015, 2016):  # the published side again, from the file alone
        index = [int(row[2]) for day, row in rows_of(file).items() if day.startswith(str(year))]
        assert sum(i <= 100 for i in index) == table.loc[year, "good_published"]
        assert sum(i > 200 for i in index) == table.loc[year, "heavy_published"]


def test_published_index_is_a_mean_of_hours(found) -> None:
    frame = found.frame
    assert ((frame["published"] >= frame["low"]) & (frame["published"] <= frame["high"])).all()
    beyond = frame[frame["own"] > frame["high"]]
    assert len(beyond) == 61 and (frame["own"] >= frame["low"]).all()
    assert set(beyond["primary"]) == {"o3", "no2", ""}
    medians = frame.groupby("primary")["difference"].median()
    assert abs(medians["pm25"]) <= 1 and abs(medians["pm10"]) <= 1
    assert medians["o3"] <= -10 and medians["no2"] <= -10


def test_days_that_change_sides(found, benchmark) -> None:
    good, heavy = found.flips(benchmark.GOOD), found.flips(benchmark.HEAVY)
    assert (len(good), len(heavy)) == (23, 5)
    counts = found.counts()
    up = (good["published"] > 100).groupby(good.index.year).sum()
    down = (good["own"] > 100).groupby(good.index.year).sum()
    assert (counts["good_recomputed"] - counts["good_published"] == up - down).all()


def test_ozone_of_september_2016_is_the_highest_hour(found) -> None:
    table = found.hourly_ozone()
    assert table.loc[pd.Period("2016-09")].tolist() == [11, 8]
    assert table["equal"].sum() == 8
    assert found.suspect_months() == [pd.Period("2016-09")]
    september = found.flips(100)["2016-09":"2016-09"]
    assert (september["primary"] == "o3").sum() == 8  # these days fail by an hour, not by MDA8


def test_same_days_under_both_standards(found) -> None:
    result = standards.restate(found.days)
    assert result.years["good_days_old"].tolist() == found.counts()["good_recomputed"].tolist()
    assert result.years[["good_days_new", "days_lost"]].to_numpy().tolist() == [[267, 24], [242, 15]]
    assert (result.years["heavy_days_old"] == result.years["heavy_days_new"]).all()


def test_report_prints_both_counts(benchmark, file: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["changji_daily_2015.py", str(file)])
    benchmark.main()
    text = capsys.readouterr().out
    assert (
        "2015: 365 days with both; good days 286 published, 291 recomputed; heavy days 22 published, 21 recomputed"
        in text
    )
    assert "23 days change sides at 100" in text and "731 of 731" in text and "nan" not in text


def test_other_years_are_refused_in_a_sentence(benchmark, file: Path) -> None:
    with pytest.raises(SystemExit, match="holds no day of 2003"):
        benchmark.compare(file, [2003])


def test_days_without_a_published_index_stay_out(benchmark, file: Path, tmp_path: Path) -> None:
    lines = file.read_text(encoding="utf-8-sig").splitlines()[:60]
    blank = [",".join([*line.split(",")[:2], "0", *line.split(",")[3:]]) for line in lines[:10]]
    other = tmp_path / file.name
    other.write_text("\ufeff" + "\n".join(blank + lines[10:]), encoding="utf-8")
    found = benchmark.compare(other)
    assert found.counts()["days"].sum() == 50
    assert np.isnan(found.frame["difference"]).sum() == 10

"""Versions of values: audited beside real-time, where each value comes from, what compaction and executors leave alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq.errors import MissingData, ParameterError
from airq.observations import Archive
from airq.observations.ingest import Writer
from airq.variables import FLAGS

TYPES = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3")


def day_file(
    folder: Path, day: str, level: float, name: str | None = None, holes: set[tuple[int, str]] = frozenset()
) -> Path:
    """A day in the archive layout with two stations; ``holes`` are (hour, type) without a value at the first one."""
    lines = ["date,hour,type,2691A,2692A"]
    for hour in range(24):
        for k, kind in enumerate(TYPES):
            value = level + hour + 10 * k if kind != "CO" else 1.1
            first = "" if (hour, kind) in holes else f"{value:g}"
            lines.append(f"{day},{hour},{kind},{first},{value + 1:g}")
    path = folder / (name or f"china_sites_{day}.csv")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_audited_values_supersede_and_both_stay(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    real = [day_file(tmp_path, "20190105", 20), day_file(tmp_path, "20190106", 20)]
    assert archive.ingest(real).ok
    before = archive.digest()
    audited = day_file(tmp_path, "20190105", 30, "审核后_0105.csv", holes={(10, "PM2.5")})
    report = archive.ingest([audited], series="audited")
    assert report.ok and report.files[0].changed == 0, "an audited value is a version, not a change"
    assert archive.digest() != before

    best, realtime, only = (archive.load(series=s) for s in ("best", "realtime", "audited"))
    hour = {"station": "2691A", "time": "2019-01-05T12:00"}
    assert float(best["pm25"].sel(hour)) == 42 and float(realtime["pm25"].sel(hour)) == 32
    emptied = {"station": "2691A", "time": "2019-01-05T10:00"}
    assert np.isnan(best["pm25"].sel(emptied)) and int(best["pm25_flag"].sel(emptied)) & FLAGS["missing"]
    assert float(best["pm10"].sel(emptied)) == 50 and float(realtime["pm25"].sel(emptied)) == 30
    outside = {"station": "2691A", "time": "2019-01-06T12:00"}
    assert float(best["pm25"].sel(outside)) == 32 and np.isnan(only["pm25"].sel(outside))
    assert best.attrs["series"] == "best" and best.attrs["audited_values"] == 24 * 6 * 2
    assert archive.verify() == [] and archive.info()["months"]["audited"] == "2019-01 … 2019-01 (1)"


def test_an_archive_of_audited_data_alone(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    assert archive.ingest([day_file(tmp_path, "20190105", 20)], series="audited").ok
    assert archive.months() == ["2019-01"] and list(archive.stations()["station"]) == ["2691A", "2692A"]
    assert float(archive.load()["pm25"].sel(station="2692A", time="2019-01-05T03:00")) == 24
    with pytest.raises(ParameterError, match="write best, realtime or audited"):
        archive.load(series="newest")
    with pytest.raises(ParameterError, match="write realtime or audited"):
        archive.ingest([tmp_path], series="newest")  # type: ignore[arg-type]


def test_a_name_that_speaks_of_an_audit_is_said(tmp_path: Path) -> None:
    report = Archive(tmp_path / "a").ingest([day_file(tmp_path, "20190105", 20, "1月审核后数据.csv")])
    assert "use --series audited" in report.files[0].sentences[-1]


def test_every_value_has_its_file(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    first = day_file(tmp_path, "20190105", 20, "first.csv", holes={(7, "SO2")})
    second = day_file(tmp_path, "20190105", 20, "second.csv")
    third = day_file(tmp_path, "20190105", 21, "third.csv")
    archive.ingest([first, second])
    filled = archive.origin("2691A", "2019-01-05T07:00", "so2")
    assert Path(filled["file"][0]).name == "second.csv" and filled["value"][0] == 47
    kept = archive.origin("2691A", "2019-01-05T07:00", "pm25")
    assert Path(kept["file"][0]).name == "first.csv", "the same value offered again keeps its first source"
    assert archive.sources()["values"].tolist() == [24 * 6 * 2 - 1, 1]

    archive.ingest([third])
    changed = archive.origin("2691A", "2019-01-05T07:00", "pm25")
    assert changed["version"].tolist() == ["realtime", "replaced"] and changed["value"].tolist() == [28, 27]
    assert Path(changed["file"][0]).name == "third.csv" and len(changed["sha256"][0]) == 64
    # CO did not change: it is still the first file's
    assert Path(archive.origin("2691A", "2019-01-05T07:00", "co")["file"][0]).name == "first.csv"
    archive.ingest([day_file(tmp_path, "20190105", 50, "fourth.csv")], series="audited")
    versions = archive.origin("2691A", "2019-01-05T07:00", "pm25")
    assert versions["version"].tolist() == ["audited", "realtime", "replaced"]
    with pytest.raises(MissingData, match="no value of pm25"):
        archive.origin("2691A", "2019-01-09T07:00", "pm25")


def test_compaction_changes_no_value(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    for level in (20, 21, 22):
        archive.ingest([day_file(tmp_path, d, level) for d in ("20190105", "20190203")])
    archive.ingest([day_file(tmp_path, "20190105", 40)], series="audited")
    before, changes, history = archive.load(), archive.changes(), archive.history()
    did = archive.compact()
    assert did["files"] < did["files_before"] and archive.verify() == []
    assert before.identical(archive.load()) and history.equals(archive.history())
    pd.testing.assert_frame_equal(changes, archive.changes())
    assert archive.ingest([day_file(tmp_path, "20190203", 22)]).files[0].new == 0
    assert archive.compact()["months"] == 0


@pytest.mark.parametrize("order", ["sorted", "reversed", "by_station"])
def test_order_and_batches_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    days = pd.date_range("2019-01-20", periods=50).strftime("%Y%m%d")
    paths = [day_file(tmp_path, d, 20 + (i % 7) * 9) for i, d in enumerate(days)]
    if order == "by_station":  # each file touches all months
        paths = []
        for code, column in (("2691A", 3), ("2692A", 4)):
            lines = [f"date,hour,type,{code}"]
            for d in days:
                body = (tmp_path / f"china_sites_{d}.csv").read_text().splitlines()[1:]
                lines += [",".join([*b.split(",")[:3], b.split(",")[column]]) for b in body]
            (tmp_path / f"{code}.csv").write_text("\n".join(lines) + "\n")
            paths.append(tmp_path / f"{code}.csv")
    whole = Archive(tmp_path / "whole")
    whole.ingest(sorted(tmp_path.glob("china_sites_*.csv")))
    monkeypatch.setattr(Writer, "QUIET_FILES", 3)
    monkeypatch.setattr(Writer, "OPEN_BYTES", 100_000)
    parts = Archive(tmp_path / "parts")
    parts.ingest(paths if order != "reversed" else paths[::-1])
    a, b = whole.load(), parts.load()
    for name in a.data_vars:
        np.testing.assert_array_equal(a[name].values, b[name].values, err_msg=str(name))


def test_two_processes_and_one_give_the_same_files(tmp_path: Path) -> None:
    days = pd.date_range("2019-01-20", periods=20).strftime("%Y%m%d")
    paths = [day_file(tmp_path, d, 20 + i) for i, d in enumerate(days)]
    digests = []
    for workers in (1, 2):
        archive = Archive(tmp_path / f"a{workers}")
        archive.ingest(paths, workers=workers)
        digests.append((archive.digest(), sorted(f.name for f in archive.path.rglob("*.parquet"))))
    assert digests[0] == digests[1]


def test_dask_gives_the_same_files(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    days = pd.date_range("2019-01-28", periods=8).strftime("%Y%m%d")
    paths = [day_file(tmp_path, d, 20 + i) for i, d in enumerate(days)]
    (tmp_path / "broken.csv").write_text("date,hour,type\n")
    here, there = Archive(tmp_path / "here"), Archive(tmp_path / "there")
    first = here.ingest([*paths, tmp_path / "broken.csv"])
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        second = there.ingest([*paths, tmp_path / "broken.csv"], executor=f"dask:{cluster.scheduler_address}")
    assert here.digest() == there.digest() and first.to_dict() == second.to_dict()
    with pytest.raises(ParameterError, match="write dask or dask:ADDRESS"):
        here.ingest(paths, executor="spark")


def test_an_archive_of_the_first_version_is_read_and_taken_on(tmp_path: Path) -> None:
    import json

    import pyarrow.parquet as pq

    archive = Archive(tmp_path / "a")
    archive.ingest([day_file(tmp_path, "20190105", 20)])
    catalog = json.loads((archive.path / "catalog.json").read_text())
    del catalog["sources"]
    catalog["version"] = 1
    for entry in catalog["months"].values():  # the first version kept no sources
        file = archive.path / entry["file"]
        pq.write_table(pq.read_table(file).drop_columns(["source"]), file)
        from airq.observations.months import digest

        entry["sha256"] = digest(file.read_bytes())
    (archive.path / "catalog.json").write_text(json.dumps(catalog))
    old = Archive(archive.path)
    before = old.load()
    assert old.origin("2691A", "2019-01-05T07:00", "pm25")["file"].tolist() == [""]
    report = old.ingest([day_file(tmp_path, "20190106", 20)])
    assert report.ok and report.files[0].new == 24 * 6 * 2
    same = old.load(start="2019-01-05T01:00", end="2019-01-05T23:00")
    np.testing.assert_array_equal(same["pm25"].values, before["pm25"].sel(time=same.time).values)

"""Values meet in a month in the same way whatever was put into its hours before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airq.observations import Archive, catalog
from airq.observations.ingest import Writer
from airq.observations.months import Month

HEADER = "date,hour,type"


def day_file(path: Path, codes: list[str], hours: range, level: int, day: str = "20210105") -> Path:
    lines = [",".join([HEADER, *codes])]
    for hour in hours:
        for kind in ("PM2.5", "O3"):
            lines.append(f"{day},{hour},{kind}," + ",".join(str(level + hour + i) for i in range(len(codes))))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_hours_once_put_into_a_month_are_looked_at_again(tmp_path: Path) -> None:
    first = day_file(tmp_path / "a.csv", ["1001A", "1002A"], range(1, 9), 20)
    others = day_file(tmp_path / "b.csv", ["1003A"], range(1, 9), 40)
    both = day_file(tmp_path / "c.csv", ["1002A", "1003A", "1004A"], range(5, 13), 21)
    archive = Archive(tmp_path / "archive")
    reports = [archive.ingest([p]).files[0] for p in (first, others, both)]
    assert [r.new for r in reports] == [32, 16, 2 * (4 * 1 + 4 * 3)]
    assert [r.changed for r in reports] == [0, 0, 2 * 4]  # 1003A at 05:00 to 08:00; 1002A says the same
    assert reports[2].same == 2 * 4
    together = Archive(tmp_path / "together")
    assert [(r.new, r.same, r.changed) for r in together.ingest([first, others, both]).files] == [
        (r.new, r.same, r.changed) for r in reports
    ]
    a, b = (x.load() for x in (archive, together))
    for name in ("pm25", "o3", "pm25_flag", "o3_flag"):
        np.testing.assert_array_equal(a[name].values, b[name].values)
    assert a["pm25"].sel(station="1003A", time="2021-01-05T06:00").item() == 21 + 6 + 1
    assert a["pm25"].sel(station="1002A", time="2021-01-05T06:00").item() == 20 + 6 + 1
    assert list(archive.origin("1003A", "2021-01-05T06:00", "pm25")["value"]) == [28.0, 46.0]


def test_a_stored_month_remembers_which_hours_it_has(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.ingest([day_file(tmp_path / "a.csv", ["1001A"], range(3, 6), 20)])
    file = next((tmp_path / "archive" / "observations").rglob("*.parquet"))
    month = Month.read(file, "2021-01", "observations")
    assert [str(t)[:13] for t in month.time[month.used]] == [f"2021-01-05T0{h}" for h in (3, 4, 5)]
    assert not month.put_into((slice(None), np.flatnonzero(month.used)[:1]))
    assert month.put_into((slice(None), slice(0, 4)))
    assert not month.put_into((slice(None), slice(3, 6)))


def test_what_is_written_is_committed_while_later_months_are_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [
        day_file(tmp_path / f"{k}.csv", ["1001A", "1002A"], range(1, 9), 20 + k, f"2021{k // 3 + 1:02}{9 * (k % 3) + 5:02}")
        for k in range(36)
    ]  # fmt: skip
    whole = Archive(tmp_path / "whole")
    assert whole.ingest(paths).ok
    commits: list[list[str]] = []
    commit = catalog.commit

    def noted(path: Path, state: dict[str, dict[str, str]], superseded: list[str]) -> None:
        commits.append(sorted(state["months"]))
        commit(path, state, superseded)

    monkeypatch.setattr(catalog, "commit", noted)
    monkeypatch.setattr(Writer, "QUIET_FILES", 2)
    monkeypatch.setattr(Writer, "OPEN_BYTES", 450_000)  # five months of this kind
    small = Archive(tmp_path / "small")
    assert small.ingest(paths).ok
    assert [len(c) for c in commits] == [7, 12]
    assert small.digest() == whole.digest() and not small.verify()

    def stop(path: Path) -> None:
        if path == paths[30]:
            raise KeyboardInterrupt

    ended = Archive(tmp_path / "ended")
    with pytest.raises(KeyboardInterrupt):
        ended.ingest(paths, progress=stop)
    assert len(ended.months()) == 7 and not ended.verify()
    assert ended.ingest(paths).ok
    assert ended.digest() == whole.digest()

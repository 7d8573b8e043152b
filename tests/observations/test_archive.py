"""The archive: safe commits, flags across month ends, reading back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airq import dataset
from airq.errors import ArchiveError, MissingData, ParameterError
from airq.observations import Archive, catalog, quality
from airq.variables import FLAGS, POLLUTANTS

STATIONS = pd.DataFrame(
    {
        "station": ["A", "B"],
        "place": ["changji", "fukang"],
        "lat": [44.0, 44.1],
        "lon": [87.3, 87.9],
        "role": "evaluation",
    }
)


def block(start: str, hours: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    time = pd.date_range(start, periods=hours, freq="h")
    values = {n: np.rint(rng.gamma(2.0, 20.0, (2, hours)) + 1).astype(np.float32) for n in POLLUTANTS}
    values["co"] = values["co"] / 10
    values["pm25"][0, 5:8] = np.nan
    return dataset.build(STATIONS, time, values)


def test_round_trip_and_periods(tmp_path: Path) -> None:
    ds = block("2019-01-01 01:00", 24 * 59)
    archive = Archive(tmp_path / "a")
    report = archive.store(ds, "made here")
    assert report.new == int(sum(np.isfinite(ds[n].values).sum() for n in POLLUTANTS))
    assert archive.months() == ["2019-01", "2019-02"] and archive.last_complete_month() == "2019-02"
    back = archive.load()
    for name in POLLUTANTS:
        np.testing.assert_array_equal(back[name].values, ds[name].values)
    one = archive.load(place="昌吉市", start="2019-02", end="2019-02")
    assert one.sizes == {"station": 1, "time": 28 * 24} and str(one.time.values[0])[:16] == "2019-02-01T01:00"
    assert str(one.time.values[-1])[:16] == "2019-03-01T00:00"
    day = archive.load(stations=["B"], start="2019-01-31", end="2019-01-31")
    assert day.sizes["time"] == 24 and str(day.time.values[-1])[:16] == "2019-02-01T00:00"


def test_an_archive_shows_itself_and_refuses_a_start_after_the_end(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "<a>")
    assert "<td>none</td>" in archive._repr_html_()
    archive.store(block("2019-01-01 01:00", 48), "made here")
    shown = archive._repr_html_()
    assert "2019-01 … 2019-01 (1)" in shown and "changji 1, fukang 1" in shown and "<td>no</td>" in shown
    assert str(tmp_path) in shown and "<a>" not in shown
    with pytest.raises(ParameterError, match="2019-01-02 lies after end 2019-01-01"):
        archive.load(start="2019-01-02", end="2019-01-01")


def test_absent_months_in_the_middle_are_missing(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    archive.store_all(
        [("observations", block("2019-01-01 01:00", 24)), ("observations", block("2019-03-05 01:00", 24))],
        "two",
    )
    ds = archive.load(start="2019-01", end="2019-03")
    assert ds.sizes["time"] == 24 * 90
    assert (
        np.isfinite(ds["pm10"].values).sum() == 2 * 48
        and (ds["pm10_flag"].values[np.isnan(ds["pm10"].values)] & 1).all()
    )


def test_refusals(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    with pytest.raises(MissingData, match="is empty"):
        archive.load()
    archive.store(block("2019-01-01 01:00", 24), "x", simulated=True)
    with pytest.raises(ArchiveError, match="holds simulated data"):
        archive.ingest([_csv(tmp_path)])
    with pytest.raises(ArchiveError, match="takes no observed data"):
        archive.store(block("2019-01-01 01:00", 24), "x")
    with pytest.raises(MissingData, match="it holds 2019-01 … 2019-01"):
        archive.load(start="2020-01")
    with pytest.raises(MissingData, match="no station of 'mori'"):
        archive.load(place="mori")
    with pytest.raises(ParameterError, match="did you mean"):
        archive.load(place="fukangg")
    with pytest.raises(ParameterError, match="is no date"):
        archive.load(start="2019-13")
    stored = json.loads((tmp_path / "a" / "catalog.json").read_text())
    (tmp_path / "a" / "catalog.json").write_text(json.dumps({**stored, "version": 99}))
    with pytest.raises(ArchiveError, match="newer airq"):
        archive.months()
    (tmp_path / "a" / "catalog.json").write_text("{")
    with pytest.raises(ArchiveError, match="damaged catalogue"):
        archive.months()


def _csv(folder: Path) -> Path:
    path = folder / "x.csv"
    path.write_text("date,hour,type,A\n20190101,1,PM2.5,5\n")
    return path


def test_second_writer_is_locked_out(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    archive = Archive(tmp_path / "a")
    with catalog.locked(archive.path), pytest.raises(ArchiveError, match="another airq is writing"):
        archive.store(block("2019-01-01 01:00", 24), "x")


def test_damage_is_found(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a")
    archive.store(block("2019-01-01 01:00", 24 * 40), "x")
    assert archive.verify() == []
    first, second = sorted((tmp_path / "a" / "observations").rglob("*.parquet"))
    first.write_bytes(first.read_bytes()[:-100])
    second.unlink()
    assert len(archive.verify()) == 2
    with pytest.raises(ArchiveError, match="missing or damaged"):
        archive.load()


def test_a_crash_before_the_rename_leaves_the_last_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "a")
    archive.store(block("2019-01-01 01:00", 24), "x")
    before = archive.digest()
    monkeypatch.setattr(catalog, "commit", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        archive.store(block("2019-01-01 01:00", 24, seed=1), "y")
    monkeypatch.undo()
    assert archive.digest() == before and archive.verify() == []
    archive.store(block("2019-01-01 01:00", 24, seed=1), "y")
    archive.store(block("2019-01-02 01:00", 24, seed=1), "z")
    kept = {p.name for p in (tmp_path / "a").rglob("*.parquet") if "changes" not in p.parts}
    assert len(kept) <= 2, "files of earlier states are swept up"


@settings(max_examples=15)
@given(st.permutations(range(5)), st.integers(0, 3))
def test_order_of_pieces_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], seed: int
) -> None:
    """Values and flags depend on what is stored, not on the order or the pieces in which it came."""
    ds = block("2019-01-25 01:00", 24 * 10, seed)
    ds["pm25"].values[0, 160:175] = 60.0  # a stuck run across the end of the month
    ds["o3"].values[1, 100] = 900.0
    pieces = [ds.isel(time=slice(48 * k, 48 * (k + 1))) for k in range(5)]
    whole = Archive(tmp_path_factory.mktemp("w") / "a")
    whole.store(ds, "x")
    parts = Archive(tmp_path_factory.mktemp("p") / "a")
    for k in order:
        parts.store(pieces[k], "x")
    assert parts.load().drop_attrs().identical(whole.load().drop_attrs())
    flags = whole.load()["pm25_flag"].sel(time=ds["time"][160:175]).values[0]
    assert (flags & FLAGS["stuck"]).all()


def test_flags_match_a_direct_test(tmp_path: Path) -> None:
    ds = block("2019-01-01 01:00", 24 * 59, seed=3)
    archive = Archive(tmp_path / "a")
    archive.store(ds, "x")
    direct = quality.flag({n: ds[n].values for n in POLLUTANTS}, {}, ds["lat"].values, ds["lon"].values)
    back = archive.load()
    for name in POLLUTANTS:
        np.testing.assert_array_equal(back[f"{name}_flag"].values, direct[name])

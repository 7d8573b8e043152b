"""Arrays that lie ready beside the months: the same values, used for the very state they were made from and no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from airq import dataset
from airq.errors import ArchiveError
from airq.observations import Archive, catalog, dense, months, upkeep
from airq.observations.months import NO_SOURCE, Month
from airq.variables import FLAGS, POLLUTANTS

CODES = ["1001A", "1003A", "2691A", "2692A", "99.1"]
STATIONS = pd.DataFrame(
    {
        "station": CODES,
        "place": ["changji", "fukang", "fukang", "", "changji"],
        "lat": 44.0 + 0.1 * np.arange(5),
        "lon": 87.3,
        "role": "evaluation",
    }
)


def observed(start: str, hours: int, seed: int = 0, codes: slice = slice(None)) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    stations = STATIONS[codes]
    shape = (len(stations), hours)
    values = {n: np.rint(rng.gamma(2.0, 20.0, shape) + 1).astype(np.float32) for n in POLLUTANTS}
    values["co"] = (values["co"] / 10).astype(np.float32)
    values["o3"] = (values["o3"] * np.float32(1.37)).astype(np.float32)  # no decimal steps
    for block in values.values():
        block[rng.random(shape) < 0.1] = np.nan
        block[0, 30:60] = np.nan  # hours that are not stored at all
    return dataset.build(stations, pd.date_range(start, periods=hours, freq="h"), values)


def weather(start: str, hours: int) -> xr.Dataset:
    rng = np.random.default_rng(1)
    values = {
        "temperature": np.round(rng.normal(-5, 9, (2, hours)), 1),
        "wind_direction": rng.random((2, hours)),
    }
    return dataset.build(STATIONS[:2], pd.date_range(start, periods=hours, freq="h"), values)


Made: TypeAlias = tuple[Archive, list[xr.Dataset]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """An archive that is not compacted, and what it answers."""
    archive = stored(tmp_path_factory.mktemp("made") / "a")
    return archive, answers(archive)


@pytest.fixture(scope="module")
def compacted(made: Made) -> Archive:
    archive = Archive(shutil.copytree(made[0].path, made[0].path.parent / "compacted"))
    archive.compact()
    return archive


def copy(archive: Archive, folder: Path) -> Archive:
    return Archive(shutil.copytree(archive.path, folder / "a"))


def stored(path: Path) -> Archive:
    """Four months, one of them without data, real-time and audited hours, weather, days."""
    archive = Archive(path)
    chunks: list[Any] = [
        ("observations", observed("2019-01-01 01:00", 24 * 50)),
        ("observations", observed("2019-04-03 07:00", 24 * 20, 1, slice(1, 4))),
        ("weather", weather("2019-01-01 01:00", 24 * 40)),
    ]
    days = observed("2019-01-01", 50, 2)
    chunks.append(
        ("daily", days.assign_coords(time=pd.date_range("2019-01-01", periods=50)).rename(time="day"))
    )
    archive.store_all(chunks, "made here")
    lines = ["date,hour,type,2691A,2692A"]
    for hour in range(24):
        lines += [f"20190110,{hour},PM2.5,{'' if hour == 9 else 700 + hour},5", f"20190110,{hour},CO,1.1,"]
    file = path.parent / "audited.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert archive.ingest([file], series="audited").ok
    return archive


QUESTIONS: list[dict[str, Any]] = [
    {},
    {"place": "changji"},
    {"stations": ["2692A", "1001A"]},
    {"stations": ["99.1"], "start": "2019-02", "end": "2019-04"},
    {"start": "2019-01-20T12:00", "end": "2019-01-20T12:00"},
    {"start": "2019-01-31T20:00", "end": "2019-02-01T03:00"},
    {"start": "2019-01", "series": "realtime"},
    {"start": "2019-01", "series": "audited"},
    {"kind": "weather"},
    {"kind": "weather", "stations": ["1003A"], "start": "2019-02-05"},
    {"kind": "daily"},
    {"kind": "daily", "start": "2019-01-30", "end": "2019-02-02", "stations": ["2691A"]},
]


def answers(archive: Archive) -> list[xr.Dataset]:
    return [archive.load(**q) for q in QUESTIONS]


def assert_same(first: list[xr.Dataset], second: list[xr.Dataset]) -> None:
    for question, a, b in zip(QUESTIONS, first, second, strict=True):
        assert a.identical(b), question


def test_every_question_has_the_same_answer(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, before = copy(made[0], tmp_path), made[1]
    digest = archive.digest()
    emptied = before[0].sel(station="2691A", time="2019-01-10T09:00")
    assert np.isnan(emptied["pm25"]) and before[0].attrs["audited_values"] > 0, "the audit took a value away"
    did = archive.compact()
    entries = json.loads((archive.path / "catalog.json").read_text())
    assert did["arrays"] == len(entries["months"]) == len(entries["dense"]) == 8 and did["array_bytes"] > 0
    assert entries["version"] == 2 and archive.digest() == digest and archive.verify() == []
    assert archive.compact()["arrays"] == 0, "what lies ready is not written again"

    def unpack(*_: Any, **__: Any) -> None:
        raise AssertionError("a month was unpacked although its arrays lie ready")

    monkeypatch.setattr(months, "read_table", unpack)
    assert_same(before, answers(archive))


def test_a_month_that_changes_is_not_read_from_its_old_arrays(tmp_path: Path, compacted: Archive) -> None:
    archive = copy(compacted, tmp_path)
    files = {f.name[:7]: f for f in (archive.path / "dense" / "observations").rglob("*.arrows")}
    assert sorted(files) == ["2019-01", "2019-02", "2019-04"]
    late = tmp_path / "late.csv"
    late.write_text("date,hour,type,2691A\n20190420,5,PM2.5,77\n", encoding="utf-8")
    assert archive.ingest([late]).files[0].changed == 1
    assert float(archive.load()["pm25"].sel(station="2691A", time="2019-04-20T05:00")) == 77
    assert not files["2019-04"].exists() and files["2019-01"].exists() and archive.verify() == []
    before = answers(archive)
    assert archive.compact()["arrays"] == 1
    assert_same(before, answers(archive))


@pytest.mark.parametrize("fault", ["missing", "empty", "cut", "head", "text", "other_state"])
def test_damaged_arrays_are_found_passed_over_and_written_again(
    tmp_path: Path, made: Made, compacted: Archive, fault: str
) -> None:
    archive, before = copy(compacted, tmp_path), made[1]
    files = sorted((archive.path / "dense" / "observations").rglob("*.arrows"))
    first, whole = files[0], files[0].read_bytes()
    if fault == "missing":
        first.unlink()
    else:
        texts = {
            "empty": b"",
            "cut": whole[: len(whole) // 2],
            "head": whole[:100],
            "text": b"x" * len(whole),
        }
        first.write_bytes(texts.get(fault, files[1].read_bytes()))
    assert_same(before, answers(archive))
    found = archive.verify()
    assert len(found) == 1 and str(first) in found[0] and "run 'airq archive compact'" in found[0]
    assert archive.compact()["arrays"] == 1 and first.read_bytes() == whole and archive.verify() == []


def test_damage_to_a_month_still_stops_compaction(tmp_path: Path, compacted: Archive) -> None:
    archive = copy(compacted, tmp_path)
    file = next((archive.path / "observations").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(ArchiveError, match="is damaged"):
        archive.compact()


def test_a_compaction_that_is_killed_leaves_the_last_state(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, before = copy(made[0], tmp_path), made[1]
    state = (archive.path / "catalog.json").read_bytes()
    packed = dense.pack

    def killed(month: Month, of: str) -> bytes:
        if len(list((archive.path / "dense").rglob("*.arrows"))) == 3:
            raise KeyboardInterrupt
        return packed(month, of)

    monkeypatch.setattr(dense, "pack", killed)
    with pytest.raises(KeyboardInterrupt):
        archive.compact()
    assert (archive.path / "catalog.json").read_bytes() == state and archive.verify() == []
    assert_same(before, answers(archive))
    archive.store(observed("2020-01-01 01:00", 24), "another commit")
    assert not list((archive.path / "dense").rglob("*.arrows")), "what no state names is swept"


def test_a_reader_of_the_state_before_is_not_disturbed(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, before = copy(made[0], tmp_path), made[1]
    plain = archive._catalog()
    monkeypatch.setattr(months, "_GROUP_ROWS", 200)  # another layout, so longer months are written anew
    assert archive.compact()["months"] == 5
    monkeypatch.setattr(Archive, "_catalog", lambda self: plain)
    assert_same(before, answers(archive))
    monkeypatch.undo()
    compacted, before = archive._catalog(), answers(archive)
    late = tmp_path / "late.csv"
    late.write_text("date,hour,type,2691A\n20190420,5,PM2.5,77\n20190105,5,CO,9.9\n", encoding="utf-8")
    archive.ingest([late])
    monkeypatch.setattr(Archive, "_catalog", lambda self: compacted)
    assert_same(before, answers(archive))


def test_arrays_can_be_left_out(tmp_path: Path, made: Made, compacted: Archive) -> None:
    archive, before = copy(compacted, tmp_path), made[1]
    did = archive.compact(arrays=False)
    assert did["array_bytes"] == 0 and did["months"] == 0
    assert catalog.read(archive.path)["dense"] == {} and archive.verify() == []
    assert_same(before, answers(archive))


def test_sizes_count_the_months_without_their_arrays(tmp_path: Path, compacted: Archive) -> None:
    archive = copy(compacted, tmp_path)
    did = archive.compact()
    aside = list((archive.path / "dense").rglob("*.arrows"))
    assert did["array_bytes"] == sum(f.stat().st_size for f in aside)
    assert did["files"] == upkeep._size(archive.path, arrays=True)[0] - len(aside)


TENTHS = st.integers(-400, 32_767).map(lambda n: n / 10)
ODD = st.sampled_from([-0.0, 1e-8, 65_535.5, 1e9, -3e38, float("inf"), -float("inf"), 2.2, 0.1234567])
VALUES = {
    "whole": st.integers(-999, 999).map(float),
    "tenths": TENTHS,
    "thousandths": st.integers(-32_767, 32_767).map(lambda n: n / 1000),
    "any": st.one_of(TENTHS, ODD, st.floats(width=32, allow_nan=False)),
}


@settings(max_examples=40)
@given(st.data(), st.sampled_from(sorted(VALUES)), st.integers(1, 4), st.integers(1, 300))
def test_packing_keeps_every_bit(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str, rows: int, different: int
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    pool = data.draw(st.lists(VALUES[kind], min_size=1, max_size=30))
    state = Month.empty("2019-02", "daily")
    state.add_stations([f"站{i}" for i in range(rows)])
    shape = (rows, 28)
    state.add_variable("pm25")
    state.values["pm25"][:] = rng.choice(np.array([*pool, np.nan], np.float32), shape)
    state.flags["pm25"][:] = rng.choice(rng.integers(0, 65_536, different).astype(np.uint16), shape)
    state.sources["pm25"][:] = rng.integers(NO_SOURCE, 3, shape)
    file = tmp_path_factory.mktemp("d") / "x.arrows"
    file.write_bytes(dense.pack(state, "abc"))
    back = dense.read(file, "abc")
    assert back is not None and json.loads(back.stations) == state.stations and back.hours == 28
    held, cell = back.variables["pm25"], (slice(None), slice(3, 20))
    some = ~np.isnan(state.values["pm25"][cell])
    values = held.values(cell)
    assert (np.isnan(values) == ~some).all()
    assert (values[some].view(np.uint32) == state.values["pm25"][cell][some].view(np.uint32)).all()
    assert (held.bits(cell) == state.flags["pm25"][cell]).all()
    assert (held.spoken(cell) == (state.sources["pm25"][cell] != NO_SOURCE)).all()
    assert dense.read(file, "abd") is None
    if kind != "any":
        assert held.stored.dtype == np.int16, "counts take half the room"


def test_flags_on_cells_without_a_value_are_kept(tmp_path: Path, compacted: Archive) -> None:
    archive = copy(compacted, tmp_path)
    ds = archive.load()
    for name in POLLUTANTS:
        gone = np.isnan(ds[name].values)
        assert gone.any() and ((ds[f"{name}_flag"].values & FLAGS["missing"] > 0) == gone).all()


@pytest.mark.parametrize(
    ("month", "kind", "length"), [("2020-02", "observations", 696), ("2019-12", "daily", 31)]
)
def test_stamps_of_a_month(month: str, kind: Any, length: int) -> None:
    stamps = months.times(month, kind)
    assert stamps.dtype == np.dtype("datetime64[ns]") and len(stamps) == length
    unit = "D" if kind == "daily" else "h"
    start = pd.Timestamp(f"{month}-01") + pd.Timedelta(0 if kind == "daily" else 1, "h")
    np.testing.assert_array_equal(
        stamps, pd.date_range(start, periods=length, freq=unit).as_unit("ns").to_numpy()
    )

"""From disk to text: archives in archives, bombs, endless lines, encodings, odd names."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from airq.errors import AirqError, FileRejected, ParameterError
from airq.observations import files, formats

TABLE = "station,time,PM2.5(µg/m³)\nA,2019-01-05 01:00,5\nB,2019-01-05 01:00,6\n"


def put(folder: Path, name: str, blob: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(blob)
    return path


def zipped(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as box:
        for name, blob in members.items():
            box.writestr(name, blob)
    return sink.getvalue()


def values(path: Path, **options: int) -> list[list[float]]:
    return formats.parse(files.load(path, **options)).block.values["pm25"].tolist()


def refusal(path: Path, **options: int) -> str:
    with pytest.raises(FileRejected) as caught:
        formats.parse(files.load(path, **options))
    text = str(caught.value)
    assert "\n" not in text and text.startswith(str(path)) and text.endswith("."), text
    return text


def test_names_with_blanks_and_chinese(tmp_path: Path) -> None:
    assert values(put(tmp_path, "昌吉 州/数据 2019 (1).csv", TABLE.encode())) == [[5], [6]]
    found = list(files.expand([tmp_path]))
    assert [p.name for p in found] == ["数据 2019 (1).csv"]


def test_one_file_in_a_zip_is_read(tmp_path: Path) -> None:
    assert values(put(tmp_path, "a.zip", zipped(**{"in/数据.csv": TABLE.encode()}))) == [[5], [6]]
    inside = {"__MACOSX/._x.csv": b"x", "x.csv.gz": gzip.compress(TABLE.encode())}
    assert values(put(tmp_path, "b.zip", zipped(**inside))) == [[5], [6]]


def test_other_zips_are_refused(tmp_path: Path) -> None:
    one = TABLE.encode()
    assert "a zip archive with 2 files" in refusal(
        put(tmp_path, "two.zip", zipped(**{"a.csv": one, "b.csv": one}))
    )
    assert "a zip archive with 0 files" in refusal(put(tmp_path, "none.zip", zipped(**{".hidden": one})))
    nested = zipped(**{"inner.zip": zipped(**{"a.csv": one})})
    assert "inside a zip archive" in refusal(put(tmp_path, "nested.zip", nested))
    disguised = zipped(**{"inner.csv": zipped(**{"a.csv": one})})
    assert "inside a zip archive" in refusal(put(tmp_path, "disguised.zip", disguised))
    damaged = bytearray(zipped(**{"a.csv": one * 50}))
    damaged[60] ^= 0xFF
    assert "damaged zip archive" in refusal(put(tmp_path, "damaged.zip", bytes(damaged)))
    assert "compressed twice" in refusal(put(tmp_path, "twice.csv.gz", gzip.compress(gzip.compress(one))))


def test_gzip_members_and_what_follows_them(tmp_path: Path) -> None:
    lines = "".join(f"S{k:05d},2019-01-05 01:00,{k % 90}\n" for k in range(60_000))
    text = ("station,time,PM2.5(µg/m³)\n" + lines).encode()
    # Members larger than one reading step, so that the second begins within what was already fed or beyond it.
    for cut in (100, 700_000, len(text) - 50):
        blob = gzip.compress(text[:cut], 1) + gzip.compress(text[cut:], 1)
        assert files.load(put(tmp_path, "m.csv.gz", blob)).data == text
    raw = files.load(put(tmp_path, "t.csv.gz", gzip.compress(text) + b"trailing"))
    assert raw.data == text and any("after the gzip stream" in i.text for i in raw.issues)


def test_gzip_bomb_is_stopped_early(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"0" * (1 << 20)
    lines = (b"1,2,3\n" * 200_000)[: 1 << 20]
    blob = b"".join(packer.compress(zeros) for _ in range(160)) + packer.flush()
    start = time.process_time()
    assert "a line is longer than 4 MB" in refusal(put(tmp_path, "zeros.csv.gz", blob))
    packer = zlib.compressobj(9, wbits=31)
    blob = b"".join(packer.compress(lines) for _ in range(160)) + packer.flush()
    assert "unpacks to more than 300 times its size" in refusal(put(tmp_path, "lines.csv.gz", blob))
    assert time.process_time() - start < 10


def test_size_caps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "a.csv", TABLE.encode())
    assert "holds more than 0 MB" in refusal(path, max_bytes=20)
    packed = put(tmp_path, "a.csv.gz", gzip.compress(TABLE.encode() * 40_000))
    monkeypatch.setenv("AIRQ_MAX_MB", "1")
    assert "set AIRQ_MAX_MB higher" in refusal(packed)
    monkeypatch.setenv("AIRQ_MAX_MB", "many")
    with pytest.raises(ParameterError, match="AIRQ_MAX_MB is 'many'"):
        files.load(path)


def test_endless_line_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as stream:  # sparse: 600 MB that take no room on the disk
        stream.write(b"station,time,PM2.5\nA,")
        stream.truncate(600_000_000)
    start = time.process_time()
    assert "a line is longer than 4 MB" in refusal(path)
    assert time.process_time() - start < 2


def test_workbook_that_unpacks_too_large(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["station", "time", "PM2.5"])
    book.save(tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "a", zipfile.ZIP_DEFLATED) as box:
        box.writestr("xl/worksheets/sheet9.xml", b" " * 3_000_000)
    with pytest.raises(AirqError, match="the workbook unpacks to more than 1 MB"):
        files.load(tmp_path / "b.xlsx", max_bytes=1_000_000)


@pytest.mark.parametrize(
    "name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]
)
def test_encodings(tmp_path: Path, name: str) -> None:
    text = TABLE.replace("A,", "甲,").replace("B,", "乙,")
    assert values(put(tmp_path, "e.csv", text.encode(name))) == [[6], [5]]


def test_western_units_and_damaged_letters(tmp_path: Path) -> None:
    assert values(put(tmp_path, "w.csv", TABLE.encode("cp1252"))) == [[5], [6]]
    text = (
        "station,time,PM2.5(µg/m³)\n"
        + "".join(f"站点{k % 9},2019-01-05 {k // 9:02d}:00,{k}\n" for k in range(90))
    ).encode()
    at = text.index("站".encode(), 200)
    raw = files.load(put(tmp_path, "d.csv", text[:at] + b"\xff" + text[at + 1 :]))
    result = formats.parse(raw)
    assert len(result.block.stations) == 9 and not result.complete, "the others are still Chinese"
    said = " ".join(i.sentence("f") for i in result.issues)
    assert "are damaged (not UTF-8)" in said and "has no readable station name" in said


def test_marks_inside_joined_files(tmp_path: Path) -> None:
    blob = TABLE.encode("utf-8-sig") + TABLE.replace("01:00", "02:00").encode("utf-8-sig")
    result = formats.parse(files.load(put(tmp_path, "j.csv", blob)))
    assert result.block.stations == ["A", "B"] and len(result.block.time) == 2
    assert any("repeats the heading" in i.text for i in result.issues) and result.complete


def test_quotation_marks(tmp_path: Path) -> None:
    text = 'station,time,PM2.5(µg/m³),note\n"A","2019-01-05 01:00","5","x, y"\nB,2019-01-05 01:00,6,"two\nlines"\n'
    assert values(put(tmp_path, "q.csv", text.encode())) == [[5], [6]]
    text = 'station,time,PM2.5(µg/m³)\nA,2019-01-05 01:00,"5\nB,2019-01-05 01:00,6\nC,2019-01-05 01:00,1"3\n'
    result = formats.parse(files.load(put(tmp_path, "r.csv", text.encode())))
    said = " ".join(i.sentence("f") for i in result.issues)
    assert result.block.stations == ["B"] and "line 2: has quotation marks that do not pair" in said


def test_blanks_that_only_one_line_has(tmp_path: Path) -> None:
    text = TABLE + "".join(f"C,2019-01-{d:02d} 01:00,{v}\n" for d, v in ((6, "10"), (7, "1 "), (8, "12")))
    result = formats.parse(files.load(put(tmp_path, "b.csv", text.encode())))
    said = " ".join(i.sentence("f") for i in result.issues)
    assert "'1 ' has blanks that no other line has" in said and not result.complete
    padded = TABLE.replace(",5\n", ", 5\n").replace(",6\n", ", 6\n") + "C,2019-01-05 01:00, 7\n"
    assert values(put(tmp_path, "p.csv", padded.encode())) == [[5], [6], [7]], "padding throughout is a habit"


@pytest.mark.parametrize(
    "cell", ["1" * 3_000_000, " " * 3_000_000, "1/" * 1_000_000, "(" * 2_000_000, "," * 900_000]
)
@pytest.mark.parametrize("head", ["station,time,PM2.5(µg/m³)", "date,hour,type,2691A", "Time,PM2.5 (µg/m³),x", ",日期,质量等级,AQI指数,PM2.5,PM10,SO2,NO2,CO,O3"])  # fmt: skip
def test_a_huge_cell_costs_no_time(tmp_path: Path, head: str, cell: str) -> None:
    width = head.count(",") + 1
    rows = [
        ",".join(["2019-01-05 01:07", "1", "2", cell, *["3"] * 20][:width]),
        ",".join([cell, *["3"] * 20][:width]),
    ]
    path = put(
        tmp_path,
        "huge.csv",
        (head + "\n" + "\n".join(rows) + "\n" + head.replace("e", cell[:100_000]) + "\n").encode(),
    )
    start = time.process_time()
    with pytest.raises(AirqError):
        formats.parse(files.load(path))
    assert time.process_time() - start < 5

"""Files as they really arrive: each fault gives one sentence with file and place, and costs no other file."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from airq.errors import AirqError, ParameterError
from airq.observations import Archive, read

TYPES = ("AQI", "PM2.5", "PM2.5_24h", "PM10", "SO2", "NO2", "O3", "O3_8h", "CO")


def day(
    date: str = "20190105",
    codes: tuple[str, ...] = ("2691A", "2692A"),
    hours: range = range(24),
    start: int = 10,
) -> str:
    """A day of the archive layout; each value tells its hour, type and column."""
    rows = [",".join(("date", "hour", "type", *codes))]
    for hour in hours:
        for k, kind in enumerate(TYPES):
            value = f"{0.1 * (k + hour):.1f}" if kind == "CO" else None
            rows.append(
                ",".join(
                    (
                        date,
                        str(hour),
                        kind,
                        *(value or f"{start + 10 * k + hour + j}.0" for j in range(len(codes))),
                    )
                )
            )
    return "\n".join(rows) + "\n"


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def taken(archive: Path, *paths: Path) -> tuple[str, str]:
    """Status and sentences of the first file, with a good file beside it that must be ingested all the same."""
    good = put(archive.parent, "good.csv", day("20190301"))
    report = Archive(archive).ingest([*paths, good])
    assert report.files[-1].status == "ok", report.files[-1].sentences
    assert report.files[-1].new == 24 * 6 * 2
    first = report.files[0]
    assert all(str(paths[0]) in s and "\n" not in s and "Traceback" not in s for s in first.sentences)
    return first.status, " ".join(first.sentences)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "数据 in").mkdir()
    return tmp_path / "数据 in"


def test_good_file_labels_are_ends_of_hours(folder: Path) -> None:
    ds = read(put(folder, "a.csv", day()))
    assert ds.sizes == {"station": 2, "time": 24}
    assert str(ds.time.values[0])[:16] == "2019-01-05T00:00"
    assert ds["pm25"].sel(station="2692A").values[:3].tolist() == [21, 22, 23]
    assert ds["co"].attrs["units"] == "mg m-3" and "o3_8h" not in ds and "aqi" not in ds
    assert ds["place"].values.tolist() == ["changji", "changji"]


def test_cut_in_mid_line(folder: Path) -> None:
    text = day()
    status, said = taken(folder / "arch", put(folder, "cut.csv", text[: text.rindex("CO") - 30]))
    assert status == "partial" and "cut in mid-line" in said and "line 2" in said
    # The type column of the last line is whole, but the number may have lost digits.
    lines = text.splitlines()
    status, said = taken(folder / "arch2", put(folder, "cut2.csv", "\n".join(lines[:-3])[:-1]))
    assert status == "partial" and "without a line end" in said


def test_missing_final_newline_alone_is_only_noted(folder: Path) -> None:
    status, said = taken(folder / "arch", put(folder, "nonl.csv", day().rstrip("\n")))
    assert status == "ok" and "without a line end" in said


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
        "\n  <HTML><head></head></HTML>",
        "<?xml version='1.0'?><a/>",
    ],
)
def test_html_saved_as_csv(folder: Path, page: str) -> None:
    status, said = taken(folder / "arch", put(folder, "page.csv", page))
    assert status == "rejected" and "web page" in said and "line 1" in said


@pytest.mark.parametrize(
    "header", ["date;hour;typ;1;2", "datum,stunde,type,2691A,2692A", "a,b,c,d,e", "1,2,3,4,5"]
)
def test_wrong_header(folder: Path, header: str) -> None:
    body = day().split("\n", 1)[1]
    status, said = taken(folder / "arch", put(folder, "head.csv", header + "\n" + body))
    assert status == "rejected" and "line 1" in said


def test_header_grows_between_days_in_one_file_and_two(folder: Path) -> None:
    one, two = day("20190105"), day("20190106", ("2691A", "2692A", "2711A"))
    ds = read(put(folder, "joined.csv", one + two))
    assert ds.sizes["station"] == 3 and ds.sizes["time"] == 48
    assert (
        np.isnan(ds["pm25"].sel(station="2711A").values[:24]).all()
        and np.isfinite(ds["pm25"].sel(station="2711A").values[24:]).all()
    )
    archive = Archive(folder / "arch")
    report = archive.ingest([put(folder, "d1.csv", one), put(folder, "d2.csv", two)])
    assert report.ok
    assert archive.load(start="2019-01-05T00:00", end="2019-01-06T23:00")["pm25"].equals(
        ds["pm25"].astype("float32")
    )


def test_header_repeats_a_column(folder: Path) -> None:
    text = day(codes=("2691A", "2692A", "2692A"))
    same = (
        "\n".join(",".join([*line.split(",")[:5], line.split(",")[4]]) for line in text.splitlines()) + "\n"
    )
    status, said = taken(folder / "same", put(folder, "same.csv", same))
    assert status == "ok" and "2692A stands 2 times in the header" in said
    status, said = taken(folder / "differ", put(folder, "differ.csv", text))
    assert status == "partial" and "disagree; neither value is taken" in said
    ds = Archive(folder / "differ").load(stations=["2691A"], start="2019-01-05", end="2019-01-05")
    assert np.isfinite(ds["pm25"].values).sum() == 23
    both = read(put(folder, "x.csv", text))
    # CO has the same value in every column, so only there the repeated columns agree.
    assert (
        np.isnan(both["pm25"].sel(station="2692A")).all()
        and np.isfinite(both["co"].sel(station="2692A")).all()
    )
    assert (both["pm25_flag"].sel(station="2692A").values & 128).all()


def test_day_with_one_hour(folder: Path) -> None:
    status, said = taken(folder / "arch", put(folder, "one.csv", day(hours=range(8, 9))))
    assert status == "ok" and "2019-01-05 (1 of 24)" in said


def test_bom_crlf_and_utf16_change_nothing(folder: Path) -> None:
    plain = read(put(folder, "p.csv", day()))
    for name, blob in {
        "bom.csv": b"\xef\xbb\xbf" + day().encode(),
        "crlf.csv": day().replace("\n", "\r\n").encode(),
        "both.csv": b"\xef\xbb\xbf" + day().replace("\n", "\r\n").encode(),
        "u16.csv": day().encode("utf-16"),
        "quoted.csv": day().replace("2691A", '"2691A"').encode(),
        "zip.csv.gz": gzip.compress(day().encode()),
        "two members.csv.gz": gzip.compress(day()[:500].encode()) + gzip.compress(day()[500:].encode()),
    }.items():
        other = read(put(folder, name, blob))
        assert other.drop_attrs().identical(plain.drop_attrs()), name


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_empty(folder: Path, content: bytes) -> None:
    status, said = taken(folder / "arch", put(folder, "empty.csv", content))
    assert status == "rejected" and ("empty" in said or "not a header" in said)


def test_gzip_that_ends_early(folder: Path) -> None:
    rng = np.random.default_rng(0)
    text = "".join(
        day(f"201901{d:02d}", start=int(rng.integers(1, 400)))
        if d == 1
        else day(f"201901{d:02d}", start=int(rng.integers(1, 400))).split("\n", 1)[1]
        for d in range(1, 21)
    )
    blob = gzip.compress(text.encode())
    status, said = taken(folder / "arch", put(folder, "early.csv.gz", blob[: len(blob) // 2]))
    assert status == "partial" and "gzip stream ends early" in said
    full = read(put(folder, "full.csv", text))
    part = Archive(folder / "arch").load(start="2019-01-01T00:00", end="2019-01-20T23:00")
    both = np.isfinite(part["pm25"].values)
    assert 0 < both.sum() < full["pm25"].size
    assert (part["pm25"].values[both] == full["pm25"].values[both]).all()
    damaged = bytearray(blob)
    damaged[len(blob) // 2] ^= 0xFF
    status, _ = taken(folder / "arch3", put(folder, "damaged.csv.gz", bytes(damaged)))
    assert status in ("partial", "rejected")


def test_station_not_in_the_list_is_kept_without_place(folder: Path) -> None:
    status, said = taken(folder / "arch", put(folder, "far.csv", day(codes=("2691A", "9999X"))))
    assert status == "ok" and "9999X" in said and "not in the station table" in said
    assert "9999X" in set(Archive(folder / "arch").stations()["station"])
    with pytest.raises(AirqError, match="no station code of the stations asked for"):
        read(folder / "far.csv", stations=["8888Z"])


def test_text_where_a_number_belongs(folder: Path) -> None:
    lines = day().splitlines()
    lines[2] = "20190105,0,PM2.5,故障,21.0"
    status, said = taken(folder / "arch", put(folder, "text.csv", "\n".join(lines) + "\n"))
    assert status == "partial" and "line 3 column 4 (2691A): '故障' is not a number" in said
    ds = read(folder / "text.csv")
    assert (
        np.isnan(ds["pm25"].values[0, 0]) and ds["pm25"].values[1, 0] == 21 and ds["pm25"].values[0, 1] == 21
    )
    for odd in ("inf", "1e999", "12abc", "0x10", "1_000"):
        lines[2] = f"20190105,0,PM2.5,{odd},21.0"
        assert np.isnan(read(put(folder, "odd.csv", "\n".join(lines) + "\n"))["pm25"].values[0, 0]), odd


@pytest.mark.parametrize("mark", ["", "-", "—", "&mdash;", "NA", "nan", "null", "None"])
def test_missing_marks(folder: Path, mark: str) -> None:
    lines = day().splitlines()
    lines[2] = f"20190105,0,PM2.5,{mark},21.0"
    ds = read(put(folder, "m.csv", "\n".join(lines) + "\n"))
    assert (
        np.isnan(ds["pm25"].values[0, 0])
        and int(ds["pm25_flag"].values[0, 0]) == 1
        and not ds.attrs["issues"]
    )


def test_sentinels_become_missing_with_a_flag(folder: Path) -> None:
    lines = day().splitlines()
    lines[2] = "20190105,0,PM2.5,-999,21.0"
    ds = read(put(folder, "m.csv", "\n".join(lines) + "\n"))
    assert np.isnan(ds["pm25"].values[0, 0]) and int(ds["pm25_flag"].values[0, 0]) == 1 | 256


@pytest.mark.parametrize("date", ["20190230", "20191301", "2019013", "00000000", "heute"])
def test_date_that_does_not_exist(folder: Path, date: str) -> None:
    text = day() + "\n".join(line.replace("20190105", date) for line in day().splitlines()[1:]) + "\n"
    status, said = taken(folder / "arch", put(folder, "date.csv", text))
    assert status == "partial" and f"the date {date} does not exist" in said and "line 219" in said
    assert read(folder / "date.csv").sizes["time"] == 24


def test_hour_out_of_range(folder: Path) -> None:
    text = day() + "20190105,25,PM2.5,1,2\n20190105,x,PM2.5,1,2\n"
    status, said = taken(folder / "arch", put(folder, "hour.csv", text))
    assert status == "partial" and "hour '25' is not 0…23" in said


def test_same_hour_twice(folder: Path) -> None:
    again = day() + day().split("\n", 1)[1]
    status, said = taken(folder / "same", put(folder, "same.csv", again))
    assert status == "ok" and "taken once" in said
    changed = day() + "20190105,3,PM2.5,999.5,24.0\n"
    status, said = taken(folder / "differ", put(folder, "differ.csv", changed))
    assert (
        status == "partial"
        and "the same hour stands twice with different pm25" in said
        and "line 218" in said
    )
    ds = read(folder / "differ.csv")
    assert (
        np.isnan(ds["pm25"].values[0, 3])
        and ds["pm25"].values[1, 3] == 24
        and int(ds["pm25_flag"].values[0, 3]) & 128
    )


def test_later_value_replaces_and_the_old_one_is_kept(folder: Path) -> None:
    archive = Archive(folder / "arch")
    first = put(folder, "a.csv", day())
    archive.ingest([first])
    state = archive.digest()
    again = archive.ingest([first])
    assert again.files[0].same == 24 * 6 * 2 and again.files[0].new == again.files[0].changed == 0
    assert archive.digest() == state and len(archive.history()) == 1
    lines = day().splitlines()
    lines[2] = "20190105,0,PM2.5,77.0,"
    report = archive.ingest([put(folder, "b.csv", "\n".join(lines) + "\n")])
    assert report.files[0].changed == 1 and "1 values differ" in " ".join(report.files[0].sentences)
    value = archive.load(start="2019-01-05T00:00", end="2019-01-05T00:00")["pm25"].values[:, 0]
    assert value.tolist() == [77.0, 21.0], "an empty cell of a later file takes nothing away"
    (change,) = archive.changes().to_dict("records")
    assert (change["station"], change["variable"], change["old"], change["new"]) == (
        "2691A",
        "pm25",
        20.0,
        77.0,
    )


def test_binary_and_odd_files(folder: Path) -> None:
    for name, blob, text in (
        ("nul.csv", b"date,hour\x00,type\n", "binary zeros"),
        ("bytes.csv", bytes(range(128, 256)) * 4, "neither UTF-8 nor GBK"),
        ("a.csv", b"PK\x03\x04" + b"x" * 50, "zip archive"),
        ("b.csv.gz", b"\x1f\x8b\x08\x00garbage", "gzip"),
    ):
        status, said = taken(folder / f"arch-{name}", put(folder, name, blob))
        assert status == "rejected" and text in said, (name, said)


def test_wrong_usage(folder: Path) -> None:
    path = put(folder, "a.csv", day())
    with pytest.raises(ParameterError, match="format 'xml' is not known"):
        read(path, format="xml")
    with pytest.raises(AirqError, match="no such file or folder"):
        Archive(folder / "arch").ingest([folder / "nothing.csv"])
    with pytest.raises(AirqError, match="header is not"):
        read(put(folder, "tidy.csv", "station,time,PM2.5\nA,2019-01-01 01:00,5\n"), format="archive")


def test_rejected_first_file_makes_no_archive(folder: Path) -> None:
    report = Archive(folder / "arch").ingest([put(folder, "empty.csv", "")])
    assert report.files[0].status == "rejected" and not (folder / "arch" / "catalog.json").exists()

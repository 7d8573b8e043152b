"""What a stranger may put into a folder: links, pipes, bombs, names that run or break something.

What stands in ``formats/test_files_robust.py`` (archives in archives, gzip bombs, endless lines, encodings) and in
``formats/test_layouts.py`` (entities in a feed, NaN in GeoJSON, formulas as text) is not repeated here.
"""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import socket
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airq import dataset
from airq.cli import main
from airq.cli.common import as_json, print_table
from airq.errors import AirqError, ArchiveError
from airq.observations import Archive, executors, export, files, formats, paths, read, reference
from airq.observations.formats import parquet
from airq.observations.formats import workbook as workbooks
from airq.texts import shown

TABLE = "station,time,PM2.5(µg/m³)\nA,2019-01-05 01:00,5\nB,2019-01-05 01:00,6\n"


def put(folder: Path, name: str, content: str | bytes = TABLE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(AirqError) as caught:
        action()
    text = str(caught.value)
    assert "\n" not in text and text.endswith("."), text
    return text


def statuses(folder: Path, archive: Path) -> dict[str, str]:
    report = Archive(archive).ingest(folder)
    return {f.path.removeprefix(str(folder) + "/"): f.status for f in report.files}


@pytest.fixture(autouse=True)
def never_waits() -> Iterator[None]:
    """A test that waits for a pipe fails after 15 seconds."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("waited for something that never comes"))
    signal.alarm(15)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


# ---- folders and links ----


def test_a_link_out_of_the_folder_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    outside = put(tmp_path, "outside/secret.csv")
    put(tmp_path, "given/good.csv")
    (tmp_path / "given/leak.csv").symlink_to(outside)
    (tmp_path / "given/deep").mkdir()
    (tmp_path / "given/deep/up.csv").symlink_to("../../outside/secret.csv")
    (tmp_path / "given/away").symlink_to(outside.parent)
    (tmp_path / "given/readme").symlink_to(outside)  # not named like data: no word is lost on it
    (tmp_path / "given2").mkdir()  # a sibling whose name begins like the folder's is outside too
    put(tmp_path, "given2/x.csv")
    (tmp_path / "given/sibling.csv").symlink_to(tmp_path / "given2/x.csv")
    found = statuses(tmp_path / "given", tmp_path / "archive")
    assert found == {"good.csv": "ok"} | dict.fromkeys(
        ("away", "deep/up.csv", "leak.csv", "sibling.csv"), "rejected"
    )
    said = {s for f in Archive(tmp_path / "archive").history()["path"] for s in [f]}
    assert not any("outside" in s for s in said)
    text = refusal(lambda: read(tmp_path / "given"))
    assert "a link that leads out of the given folder and is not followed" in text


def test_links_inside_and_in_circles(tmp_path: Path) -> None:
    real = put(tmp_path, "given/real.csv")
    put(tmp_path, "given/store/blob", TABLE.replace("A,", "C,"))
    (tmp_path / "given/again.csv").symlink_to(real)
    (tmp_path / "given/named.csv").symlink_to("store/blob")
    (tmp_path / "given/store/loop").symlink_to(tmp_path / "given")
    (tmp_path / "given/self.csv").symlink_to("self.csv")
    (tmp_path / "given/dangling.csv").symlink_to("gone.csv")
    found = [p.name for p in files.expand([tmp_path / "given"])]
    assert found == ["dangling.csv", "named.csv", "real.csv", "self.csv"], (
        "a file stands once, under its own name"
    )
    assert files.load(tmp_path / "given/named.csv").data.startswith(b"station")
    refused = {p.name: p for p in files.expand([tmp_path / "given"]) if isinstance(p, paths.Refused)}
    for name in ("dangling.csv", "self.csv"):
        text = refusal(lambda name=name: files.load(refused[name]))
        assert text.endswith(f"{name}: a link that leads to nothing; remove it or restore what it led to.")
    assert statuses(tmp_path / "given", tmp_path / "archive")["real.csv"] == "ok"


def test_a_link_that_the_user_names_is_followed(tmp_path: Path) -> None:
    put(tmp_path, "store/x.csv")
    (tmp_path / "file.csv").symlink_to("store/x.csv")
    (tmp_path / "folder").symlink_to("store")
    assert read(tmp_path / "file.csv").sizes["station"] == read(tmp_path / "folder").sizes["station"] == 2


def test_a_refused_link_stays_refused_in_another_process(tmp_path: Path) -> None:
    put(tmp_path, "given/a.csv")
    (tmp_path / "given/z.csv").symlink_to("/etc/hostname")
    todo = list(files.expand([tmp_path / "given"]))
    got = dict(executors.parsed(todo, workers=2))
    assert "leads out of the given folder" in str(got[tmp_path / "given/z.csv"])
    assert not isinstance(got[tmp_path / "given/a.csv"], str)


def test_folders_named_like_files_and_hidden_ones(tmp_path: Path) -> None:
    put(tmp_path, "data.csv/昌吉 州.csv/内.csv")
    put(tmp_path, "data.csv/.ipynb_checkpoints/内-checkpoint.csv", TABLE.replace(",5", ",99"))
    put(tmp_path, "data.csv/~$lock.xlsx", b"x")
    assert [p.name for p in files.expand([tmp_path])] == ["内.csv"]
    assert "a folder where a file is needed" in refusal(lambda: files.load(tmp_path / "data.csv"))


# ---- what is no file ----


@pytest.fixture
def special(tmp_path: Path) -> Iterator[Path]:
    """A folder with a pipe and a socket named like data beside a table."""
    folder = tmp_path / "given"
    put(folder, "good.csv")
    os.mkfifo(folder / "pipe.csv")
    listening = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(folder)  # a socket's whole path must be short
    listening.bind("socket.json")
    os.chdir(here)
    yield folder
    listening.close()


def test_pipes_sockets_and_devices_are_named_and_never_waited_for(special: Path, tmp_path: Path) -> None:
    start = time.monotonic()
    found = statuses(special, tmp_path / "archive")
    assert found == {"good.csv": "ok", "pipe.csv": "rejected", "socket.json": "rejected"}
    assert "a named pipe, not a file" in refusal(lambda: read(special / "pipe.csv"))
    assert "a socket, not a file" in refusal(lambda: files.load(special / "socket.json"))
    for device in ("/dev/zero", "/dev/null", "/dev/random"):
        assert "a device, not a file" in refusal(lambda device=device: files.load(device))
        (special / "link.csv").unlink(missing_ok=True)
        (special / "link.csv").symlink_to(device)
        assert "a device" in refusal(lambda: files.load(special / "link.csv")), (
            "named by the user, so followed"
        )
    assert time.monotonic() - start < 5


def test_settings_are_not_read_from_a_pipe_either(special: Path) -> None:
    start = time.monotonic()
    for path in (special / "pipe.csv", Path("/dev/null")):
        assert "not a file" in refusal(lambda path=path: formats.read_column_map(path))
        assert "not a file" in refusal(lambda path=path: read(special / "good.csv", stations=path))
    (special / "big.yaml").write_bytes(b"# \n" * 400_000)
    assert "too much for a file of settings" in refusal(lambda: formats.read_column_map(special / "big.yaml"))
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("path", ["none.csv", "a\0b.csv", "x" * 5000, "\ud800.csv"])
def test_paths_that_cannot_be(tmp_path: Path, path: str) -> None:
    for action in (
        lambda: list(files.expand([f"{tmp_path}/{path}"])),
        lambda: files.load(f"{tmp_path}/{path}"),
    ):
        text = refusal(action)
        text.encode()
    assert "an empty path" in refusal(lambda: list(files.expand([""])))


# ---- rights, and files that others change ----


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder in which this process has no rights but those of everyone."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            for path in [folder, *folder.rglob("*")]:
                path.chmod(0o755)


def test_files_and_folders_without_the_right_to_read(as_nobody: Path) -> None:
    root = os.getuid() == 0
    if root:
        os.seteuid(0)
    put(as_nobody, "open.csv")
    put(as_nobody, "shut.csv").chmod(0)
    put(as_nobody, "locked/in.csv")
    (as_nobody / "locked").chmod(0)
    if root:
        os.seteuid(65534)
    assert [p.name for p in files.expand([as_nobody])] == ["locked", "open.csv", "shut.csv"], (
        "none is passed over"
    )
    got = {p.name: str(v) for p, v in executors.parsed(list(files.expand([as_nobody])), workers=1)}
    assert "shut.csv: cannot be read (Permission denied); check the path and the rights." in got["shut.csv"]
    assert "locked: the folder cannot be listed (Permission denied); check its rights." in got["locked"]
    assert "Permission denied" not in got["open.csv"]
    assert "cannot be read (Permission denied)" in refusal(
        lambda: list(files.expand([as_nobody / "locked/in.csv"]))
    )


@pytest.mark.parametrize("change", ["grows", "shrinks", "is written anew"])
def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = put(tmp_path, "x.csv", TABLE * 100)
    add = files._Sink.add

    def meanwhile(sink: files._Sink, chunk: bytes) -> None:
        add(sink, chunk)
        if change == "grows":
            with path.open("ab") as stream:
                stream.write(b"C,2019-01-05 01:00,7\n")
        elif change == "shrinks":
            os.truncate(path, 100)
        else:
            os.utime(path, ns=(1, 1))

    monkeypatch.setattr(files._Sink, "add", meanwhile)
    text = refusal(lambda: files.load(path))
    assert text == f"{path}: changed while it was read; wait until it is written and read it again."


def test_a_file_that_vanishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "x.csv")
    add = files._Sink.add
    monkeypatch.setattr(files._Sink, "add", lambda sink, chunk: (path.unlink(), add(sink, chunk))[1])
    assert files.load(path).data.decode() == TABLE, "an open file is whole although its name is gone"
    monkeypatch.undo()
    assert "no such file" in refusal(lambda: files.load(path))


def test_a_file_that_vanishes_before_its_turn_costs_no_other(tmp_path: Path) -> None:
    put(tmp_path, "given/a.csv")
    late = put(tmp_path, "given/b.csv")
    put(tmp_path, "given/c.csv", TABLE.replace("A,", "C,"))
    archive = Archive(tmp_path / "archive")
    report = archive.ingest(tmp_path / "given", progress=lambda path: late.unlink(missing_ok=True))
    assert [f.status for f in report.files] == ["ok", "rejected", "ok"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.csv", b"\n \n\t"), ("a.csv", b"\xef\xbb\xbf"), ("a.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0"), ("a.json", b" "), ("a.nc", b""), ("a.xlsx", b""), ("a.parquet", b"PAR1"), ("a.nc", b"CDF\x01")],
)  # fmt: skip
def test_empty_files(tmp_path: Path, name: str, content: bytes) -> None:
    text = refusal(lambda: formats.parse(files.load(put(tmp_path, name, content))))
    assert text.startswith(str(tmp_path / name))


# ---- bombs ----


def test_one_line_of_json_as_large_as_the_disk(tmp_path: Path) -> None:
    path = put(tmp_path, "x.geojson", '{"type": "')
    os.truncate(path, 900_000_000)  # sparse: takes no room
    start = time.process_time()
    assert "a line is longer than 128 MB" in refusal(lambda: files.load(path))
    assert time.process_time() - start < 3


def test_a_zip_archive_never_writes_where_its_names_point(tmp_path: Path) -> None:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("../../../evil.csv", TABLE)
    before = sorted(tmp_path.rglob("*"))
    assert read(put(tmp_path, "given/a.zip", box.getvalue())).sizes["station"] == 2
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "given", tmp_path / "given/a.zip"])


def workbook(**changes: tuple[bytes, bytes]) -> bytes:
    """A workbook whose sheet has texts replaced."""
    book = openpyxl.Workbook()
    for row in (["station", "time", "PM2.5(µg/m³)"], ["A", "2019-01-05 01:00", 5]):
        book.active.append(row)
    plain, out = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                for before, after in changes.values():
                    assert before in content
                    content = content.replace(before, after, 1)
            new.writestr(name, content)
    return out.getvalue()


LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]>"
)


@pytest.mark.parametrize("defused", [True, False], ids=["defusedxml", "expat alone"])
def test_entities_in_a_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defused: bool) -> None:
    if not defused:
        from xml.etree.ElementTree import iterparse

        monkeypatch.setattr("openpyxl.worksheet._reader.iterparse", iterparse)
    start = time.process_time()
    for entity in (LAUGHS, b'<!DOCTYPE l [<!ENTITY j SYSTEM "file:///etc/passwd">]>'):
        blob = workbook(head=(b"<worksheet", entity + b"<worksheet"), value=(b"<v>5</v>", b"<v>&j;</v>"))
        text = refusal(lambda blob=blob: formats.parse(files.load(put(tmp_path, "x.xlsx", blob))))
        assert "damaged workbook" in text and "root:x" not in text
    assert time.process_time() - start < 3


def test_cells_at_the_far_corner_of_a_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_MOST_ROWS", 20_000)  # a hundredth of the real bounds, to be quick
    monkeypatch.setattr(workbooks, "_MOST_CELLS", 500_000)
    end, dimension = b"</sheetData>", b'<dimension ref="A1:C2"'
    huge = (dimension, b'<dimension ref="A1:XFD1048576"')
    start = time.process_time()
    assert read(put(tmp_path, "said.xlsx", workbook(size=huge))).sizes["station"] == 1, (
        "only its size is a lie"
    )
    for row, cell in ((1_000, "XFD1000"), (1_048_576, "XFD1048576"), (99_999_999_999, "A99999999999")):
        far = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row>'.encode() + end
        path = put(tmp_path, "far.xlsx", workbook(size=huge, cell=(end, far)))
        assert "as no table does; delete the far cells" in refusal(lambda path=path: read(path))
    assert time.process_time() - start < 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_entities_in_a_feed_of_any_encoding(tmp_path: Path, encoding: str) -> None:
    feed = (
        '<?xml version="1.0"?>'
        + LAUGHS.decode()
        + "<Array><a><StationCode>1A</StationCode><TimePoint>&j;</TimePoint></a></Array>"
    )
    text = refusal(lambda: formats.parse(files.load(put(tmp_path, "x.xml", feed.encode(encoding)))))
    assert "declares XML entities" in text


def test_lines_that_would_make_arrays_larger_than_any_memory(tmp_path: Path) -> None:
    """Each line a new station and a new hour: 8,000 lines would be 64 million cells."""
    hours = pd.date_range("2001-01-01", periods=8_000, freq="h").strftime("%Y-%m-%d %H:%M")
    text = "station,time,PM2.5\n" + "".join(f"s{i},{t},5\n" for i, t in enumerate(hours))
    said = refusal(lambda: formats.parse(files.load(put(tmp_path, "x.csv", text))))
    assert said.startswith(
        f"{tmp_path}/x.csv: 8,000 stations and 8,000 times in 8,000 lines would fill the memory"
    )


def test_a_parquet_file_whose_repeated_rows_take_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = np.full(3000, np.datetime64("2019-01-05T01", "ns"))
    names = pd.Categorical(["A"] * 3000)
    pd.DataFrame({"station": names, "time": stamp, "PM2.5(µg/m³)": 5.0}).to_parquet(tmp_path / "x.parquet")
    assert read(tmp_path / "x.parquet").sizes == {"station": 1, "time": 1}, (
        "categories of pandas are no damage"
    )
    assert (tmp_path / "x.parquet").stat().st_size < 10_000
    monkeypatch.setattr(parquet, "_MOST_CELLS", 8_000)
    assert "8,000 cells; split it" in refusal(lambda: read(tmp_path / "x.parquet"))
    pq.write_table(pa.table({"station": ["A"]}), tmp_path / "y.parquet")
    assert "Parquet without columns" in refusal(lambda: read(tmp_path / "y.parquet"))


def geojson(**fields: str) -> str:
    """Three records of the feed; a field is given as it stands in the JSON."""
    raw = {"PositionName": '"x"', "PM2_5": '"20"', "Latitude": "44.0", "Longitude": "87.0", **fields}
    rest = '"Area":"昌吉州","PM10":"30","SO2":"2","NO2":"3","CO":"1","O3":"40","O3_24h":"30"'
    rows = (
        f'{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{raw["Longitude"]},{raw["Latitude"]}]}},"properties":{{"StationCode":"{9990 + i}A","TimePoint":"2019-07-18T10:00:00",{rest},'
        + ",".join(f'"{k}":{v}' for k, v in raw.items())
        + "}}"
        for i in range(3)
    )
    return '{"type":"FeatureCollection","features":[' + ",".join(rows) + "]}"


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 300, '"1e999"', "null", "[]", "{}"],
)
def test_numbers_in_geojson_that_are_none(tmp_path: Path, number: str) -> None:
    path = put(tmp_path, "x.geojson", geojson(PM2_5=number, Latitude=number, Longitude=number))
    result = formats.parse(files.load(path))
    assert np.isnan(result.block.values["pm25"]).all() and np.isfinite(result.block.values["pm10"]).all()
    for about in result.about.values():
        assert "lat" not in about and "lon" not in about, "a position is a number or is not there"
    json.loads(as_json(Archive(tmp_path / "archive").ingest(path).to_dict()))
    catalog = (tmp_path / "archive/catalog.json").read_text(encoding="utf-8")
    json.loads(catalog, parse_constant=lambda c: pytest.fail(f"{c} stands in the catalogue"))


def test_an_integer_of_five_thousand_digits(tmp_path: Path) -> None:
    path = put(tmp_path, "x.geojson", geojson(PM2_5="1" + "0" * 5000))
    assert "impossible numbers" in refusal(lambda: formats.parse(files.load(path)))


# ---- names that break or run something ----


def test_names_of_files_that_are_not_utf8_or_hold_control_characters(tmp_path: Path) -> None:
    """Old zip archives unpack to GBK names on Linux; one such name must not cost the ingest."""
    folder = tmp_path / "given"
    put(folder, "good.csv")
    gbk = os.fsencode(folder) + b"/" + "昌吉.csv".encode("gbk")
    for name in (gbk, os.fsencode(folder / "new\nline.csv"), os.fsencode(folder / "esc\x1b[2J.csv")):
        with open(name, "wb") as stream:  # noqa: PTH123
            stream.write(TABLE.encode())
    with open(gbk.replace(b".csv", b"2.csv"), "wb") as stream:  # noqa: PTH123
        stream.write(b"")
    archive = Archive(tmp_path / "archive")
    report = archive.ingest(folder)
    found = {f.path.removeprefix(str(folder) + "/"): f.status for f in report.files}
    assert found == {
        "good.csv": "ok",
        "昌吉.csv": "ok",
        "昌吉2.csv": "rejected",
        r"new\x0aline.csv": "ok",
        r"esc\x1b[2J.csv": "ok",
    }
    for sentence in (s for f in report.files for s in f.sentences):
        assert sentence.isprintable() and sentence.encode(), sentence
    assert len(Archive(archive.path).history()) == 5
    read(Path(os.fsdecode(gbk))).attrs["source"].encode()


@pytest.mark.parametrize(
    ("name", "stored"),
    [(r'"\u001b]0;owned\u0007"', r"\x1b]0;owned\x07"), (r'"a\u0000\nb"', r"a\x00\x0ab"), (r'"\ud800"', "?"), (r'"\u202egpj.exe"', r"\x202egpj.exe"), ('"=1+1"', "=1+1")],
)  # fmt: skip
def test_names_of_stations_from_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, stored: str
) -> None:
    archive = Archive(tmp_path / "archive")
    archive.ingest(put(tmp_path, "x.geojson", geojson(PositionName=name)))
    assert set(archive.stations()["name_zh"]) == {stored}
    print_table(pd.DataFrame({"name": pd.Series([json.loads(name)], dtype=object)}))
    printed = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in printed) and stored in printed


def test_formulas_in_names_go_through_archive_and_export_as_text(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x"&A1)'
    rows = f'station,time,PM2.5(µg/m³)\n"{evil.replace(chr(34), chr(34) * 2)}",2019-01-05 01:00,5\n@SUM(1),2019-01-05 01:00,-1\n'
    table = put(tmp_path, "stations.csv", "station,name_zh,place,lat,lon\n@SUM(1),+cmd|x,changji,44,87\n")
    archive = Archive(tmp_path / "archive")
    archive.ingest(put(tmp_path, "x.csv", rows), stations=table)
    ds = archive.load()
    assert set(ds["station"].values) <= {evil, "@SUM(1)"} and "+cmd|x" in ds["name_zh"].values
    out = export.write(ds, tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    for row in csv.reader(io.StringIO(out)):
        for cell in row:
            assert cell[:1] not in "=+@" or not cell, cell
    sheet = openpyxl.load_workbook(export.write(ds, tmp_path / "out.xlsx"))["data"]
    assert {c.data_type for row in sheet.iter_rows() for c in row if c.value is not None} <= {"s", "n", "d"}


def test_formulas_of_a_workbook_are_not_computed_and_do_not_travel(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["station", "time", "PM2.5(µg/m³)"], ["=CMD()", "2019-01-05 01:00", 4], ["A", "2019-01-05 01:00", "=WEBSERVICE(\"http://x\")"], ["A", "2019-01-05 02:00", 5]):  # fmt: skip
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    ds = read(tmp_path / "x.xlsx")
    assert (
        ds["station"].values.tolist() == ["A"]
        and "is a formula without a stored result" in ds.attrs["issues"]
    )
    text = export.write(ds, tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert "WEBSERVICE" not in text and "CMD" not in text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "$x$ $\\badcommand{$", "</td><img src=x onerror=alert(1)>"]
)
def test_a_page_shows_a_name_as_it_is(name: str) -> None:
    """No name of a station is markup or a formula of the typesetter."""
    from airq.figures import style
    from airq.reports.tables import table

    html = str(table(["station"], [[name]]))
    assert "<script" not in html and "<img" not in html
    with style.applied():
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(figsize=(2, 2))
        axes.set_title(name)
    figure.savefig(io.BytesIO(), format="png")
    plt.close(figure)


def test_converted_data_do_not_enter_an_archive(tmp_path: Path) -> None:
    time = pd.date_range("2016-01-01 01:00", periods=3, freq="h")
    ds = dataset.build(pd.DataFrame({"station": ["A"]}), time, {"o3": [[50.0, 60, 70]]})
    archive = Archive(tmp_path / "archive")
    with pytest.raises(ArchiveError, match="converted to another reference state"):
        archive.store(reference.to_2018_state(ds), source="x")
    assert archive.store(ds, source="x").new == 3


def test_the_command_says_it_in_one_sentence(
    special: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a user meets it: no hang, no traceback, exit 1, the good file taken."""
    (special / "leak.csv").symlink_to("/etc/hostname")
    with pytest.raises(SystemExit) as stop:
        main(["ingest", str(special), "--archive", str(tmp_path / "archive"), "--json"])
    printed = capsys.readouterr()
    assert stop.value.code == 1 and "Traceback" not in printed.err
    report = {Path(f["path"]).name: f for f in json.loads(printed.out)["files"]}
    rejected = dict.fromkeys(("leak.csv", "pipe.csv", "socket.json"), "rejected")
    assert {n: f["status"] for n, f in report.items()} == {"good.csv": "ok"} | rejected
    assert all(len(f["sentences"]) == 1 for f in report.values() if f["status"] == "rejected")


def test_shown_is_printable_and_keeps_what_can_be_read() -> None:
    assert shown("昌吉　州/数据 (1).csv") == "昌吉　州/数据 (1).csv"
    assert shown("a\x9bb\u2028c") == r"a\x9bb\x2028c"
    for text in ("\udcff\udc80", "\ud800", "x\ud83d", "é\udce9"):
        shown(text).encode()

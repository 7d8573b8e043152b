"""Fetching against a server on this machine that plays back answers, faults and slow lines."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq import weather
from airq.errors import AirqError, ArchiveError
from airq.observations import fetch, read
from airq.observations.fetch import checks, pace

DAY = b"date,hour,type,2691A,2692A\n" + b"".join(
    f"20190105,{h},{t},{10 + h},{20 + h}\n".encode() for h in range(24) for t in ("PM2.5", "PM10")
)
PAGE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon</body></html>"
NAME = "/china_sites_20190105.csv"
FILE = "national-sites/2019/china_sites_20190105.csv"

Answer = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """Plays back what the test has laid down for a path; the last answer stays."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        answers = self.server.script.get(self.path.split("?")[0])
        if not answers:
            reply(404, b"not here")(self)
            return
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *_: object) -> None:
        return


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: dict[str, list[Answer]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def reply(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(h: Handler) -> None:
        h.send_response(status)
        for name, value in headers.items():
            h.send_header(name.replace("_", "-"), value)
        if status != 304:
            h.send_header("Content-Length", str(len(body)))
        h.end_headers()
        h.wfile.write(body)

    return answer


def cut(body: bytes, at: int, **headers: str) -> Answer:
    """Promise the whole body and break off."""

    def answer(h: Handler) -> None:
        h.send_response(200)
        h.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            h.send_header(name.replace("_", "-"), value)
        h.end_headers()
        h.wfile.write(body[:at])
        h.close_connection = True

    return answer


def ranged(body: bytes, etag: str = '"v1"', **headers: str) -> Answer:
    """A server that honours Range with If-Range, and If-None-Match."""

    def answer(h: Handler) -> None:
        asked, known = h.headers.get("Range"), h.headers.get("If-Range")
        if h.headers.get("If-None-Match") == etag:
            reply(304, ETag=etag)(h)
        elif asked and known == etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                reply(416, Content_Range=f"bytes */{len(body)}", ETag=etag)(h)
                return
            where = f"bytes {start}-{len(body) - 1}/{len(body)}"
            reply(206, body[start:], Content_Range=where, ETag=etag, **headers)(h)
        else:
            reply(200, body, ETag=etag, **headers)(h)

    return answer


def drip(body: bytes, pause: float) -> Answer:
    def answer(h: Handler) -> None:
        h.send_response(200)
        h.send_header("Content-Length", str(len(body)))
        h.send_header("ETag", '"v1"')
        h.end_headers()
        try:
            for k in range(len(body)):
                h.wfile.write(body[k : k + 1])
                h.wfile.flush()
                time.sleep(pause)
        except OSError:
            return

    return answer


def silent(seconds: float) -> Answer:
    def answer(h: Handler) -> None:
        time.sleep(seconds)
        h.close_connection = True

    return answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


class Hands:
    """A clock that stands still except when someone sleeps."""

    def __init__(self, when: str = "2026-01-10T00:00:00") -> None:
        self.at = datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp()
        self.waits: list[float] = []

    def clock(self) -> fetch.Clock:
        return fetch.Clock(
            now=lambda: self.at, monotonic=lambda: self.at, sleep=self.sleep, chance=lambda: 1.0
        )

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.at += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


def run(
    server: Server, out: Path, hands: Hands, source: str = "national-sites", **more: Any
) -> fetch.FetchReport:
    more.setdefault("start", "2019-01-05")
    more.setdefault("end", more["start"])
    if source == "open-meteo-forecast":
        more["start"] = more["end"] = None
    more.setdefault("transfer", fetch.Transfer(timeout=5.0, clock=fetch.Clock(now=lambda: hands.at)))
    more.setdefault("base_url", server.url)
    return fetch.fetch(source, out=out, rate=0, clock=hands.clock(), **more)


def lines(out: Path, source: str = "national-sites") -> list[dict[str, Any]]:
    text = (out / source / "manifest.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


# ---- a good file ----


def test_a_file_is_kept_with_its_digest_and_can_be_read(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [ranged(DAY, Last_Modified="Sun, 06 Jan 2019 01:00:00 GMT")]
    report = run(server, tmp_path, hands)
    assert report.ok and report.counts == {"new": 1} and "CNEMC" not in report.items[0].reason
    assert (tmp_path / FILE).read_bytes() == DAY
    (line,) = lines(tmp_path)
    assert line["sha256"] == hashlib.sha256(DAY).hexdigest() and line["size"] == len(DAY)
    assert (
        line["etag"] == '"v1"'
        and line["last_modified"].startswith("Sun")
        and line["url"] == server.url + NAME
    )
    assert line["fetched_at"] == "2026-01-10T00:00:00Z" and set(line["verified"]) == {"length", "content"}
    assert read(tmp_path / FILE).sizes["time"] == 24
    assert not [p for p in tmp_path.rglob("*") if p.suffix in (".part", ".new")]
    assert "airq/" in server.seen[0][1]["user-agent"]


def test_a_complete_file_is_not_asked_for_again_and_an_older_one_conditionally(
    server: Server, tmp_path: Path, hands: Hands
) -> None:
    server.script[NAME] = [ranged(DAY, Last_Modified="Sun, 06 Jan 2019 01:00:00 GMT")]
    run(server, tmp_path, hands)
    assert run(server, tmp_path, hands).counts == {"fresh": 1} and len(server.seen) == 1
    assert run(server, tmp_path, hands, max_age=0).counts == {"unchanged": 1}
    assert server.seen[1][1]["if-none-match"] == '"v1"'
    assert server.seen[1][1]["if-modified-since"].startswith("Sun")
    hands.at += 31 * 86400
    assert run(server, tmp_path, hands).counts == {"unchanged": 1} and len(server.seen) == 3
    assert lines(tmp_path)[-1]["fetched_at"] == "2026-01-10T00:00:00Z"  # of the bytes, not of the question


def test_a_day_that_was_not_over_is_asked_for_again(server: Server, tmp_path: Path) -> None:
    hands = Hands("2019-01-05T06:00:00")
    server.script[NAME] = [reply(200, DAY[:400].rsplit(b"\n", 1)[0] + b"\n"), reply(200, DAY)]
    assert run(server, tmp_path, hands).counts == {"new": 1}
    hands.at += 86400
    assert run(server, tmp_path, hands).counts == {"updated": 1}
    assert (tmp_path / FILE).read_bytes() == DAY


def test_a_file_damaged_on_disk_is_brought_again_without_condition(
    server: Server, tmp_path: Path, hands: Hands
) -> None:
    server.script[NAME] = [ranged(DAY)]
    run(server, tmp_path, hands)
    (tmp_path / FILE).write_bytes(DAY[:-1] + b"x")
    assert run(server, tmp_path, hands).counts == {"updated": 1}
    assert (tmp_path / FILE).read_bytes() == DAY and "if-none-match" not in server.seen[-1][1]


# ---- faults ----


def test_temporary_faults_are_tried_again_with_growing_waits(
    server: Server, tmp_path: Path, hands: Hands
) -> None:
    server.script[NAME] = [reply(500), reply(502), reply(503), reply(200, DAY)]
    report = run(server, tmp_path, hands)
    assert report.ok and report.items[0].attempts == 4 and hands.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("header", "wait"), [("7", 7.0), ("Sat, 10 Jan 2026 00:00:30 GMT", 30.0), ("0", 1.0), ("soon", 10.0)]
)
def test_429_waits_as_long_as_the_server_asks(
    server: Server, tmp_path: Path, hands: Hands, header: str, wait: float
) -> None:
    server.script[NAME] = [reply(429, Retry_After=header), reply(200, DAY)]
    assert run(server, tmp_path, hands).ok and hands.waits == [wait]


def test_a_host_that_asks_for_hours_is_left_alone(server: Server, tmp_path: Path, hands: Hands) -> None:
    said = b'{"error": true, "reason": "Daily API request limit exceeded. Please try again tomorrow."}'
    server.script[NAME] = [reply(429, said)]
    report = run(server, tmp_path, hands, end="2019-01-08")
    assert report.counts == {"failed": 1, "skipped": 3} and len(server.seen) == 1 and hands.waits == []
    assert "Daily API request limit" in report.items[0].reason and "24.0 hours" in report.items[1].sentence


def test_a_missing_file_and_a_refusal_do_not_stop_the_others(
    server: Server, tmp_path: Path, hands: Hands
) -> None:
    server.script[NAME] = [reply(200, DAY)]
    server.script["/china_sites_20190107.csv"] = [reply(403, b'{"message": "no key"}')]
    report = run(server, tmp_path, hands, end="2019-01-07")
    assert [i.status for i in report.items] == ["new", "absent", "failed"] and not report.ok
    assert "HTTP 404" in report.items[1].sentence and "HTTP 403 (no key)" in report.items[2].sentence
    assert all(i.attempts == 1 for i in report.items) and report.items[0].sentence == ""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (PAGE, "a web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "a web page"),
        (b"", "an empty body"),
        (b"hello\n", "no table of the archive layout"),
        (b"date,hour,type,2691A\n", "a header and no line"),
    ],
)
def test_an_error_page_with_status_200_is_not_kept(
    server: Server, tmp_path: Path, hands: Hands, body: bytes, text: str
) -> None:
    server.script[NAME] = [reply(200, body)]
    report = run(server, tmp_path, hands)
    assert report.counts == {"failed": 1} and text in report.items[0].reason
    left = sorted(p.name for p in (tmp_path / "national-sites").rglob("*") if p.is_file())
    assert left == [".lock", "manifest.jsonl"]


@pytest.mark.parametrize(
    "bad",
    [
        reply(200, PAGE),
        reply(200, DAY[: len(DAY) // 2].rsplit(b",", 1)[0]),
        cut(DAY, 100),
        reply(500),
        reply(404),
        reply(200, DAY + b"20190105,23,O3,1,2\n", Content_MD5=base64.b64encode(b"0" * 16).decode()),
    ],
    ids=["page", "short-line", "cut", "500", "404", "md5"],
)
def test_a_good_file_is_never_replaced_by_a_bad_one(
    server: Server, tmp_path: Path, hands: Hands, bad: Answer
) -> None:
    server.script[NAME] = [reply(200, DAY), bad]
    assert run(server, tmp_path, hands).ok
    report = run(server, tmp_path, hands, max_age=0, retries=1)
    assert not report.ok and (tmp_path / FILE).read_bytes() == DAY
    assert "the file fetched before is kept" in report.items[0].sentence
    assert run(server, tmp_path, hands).counts == {"fresh": 1}  # the manifest still knows the good one


# ---- cut bodies and continuing ----


def test_a_cut_body_is_continued_where_it_ended(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [cut(DAY, 300, ETag='"v1"'), ranged(DAY)]
    report = run(server, tmp_path, hands)
    assert report.ok and report.items[0].attempts == 2 and (tmp_path / FILE).read_bytes() == DAY
    assert server.seen[1][1]["range"] == "bytes=300-" and server.seen[1][1]["if-range"] == '"v1"'


def test_a_later_run_continues_too(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [cut(DAY, 500, ETag='"v1"')]
    report = run(server, tmp_path, hands, retries=0)
    assert report.counts == {"failed": 1} and "500 of" in report.items[0].reason
    assert (tmp_path / (FILE + ".part")).stat().st_size == 500 and not (tmp_path / FILE).exists()
    server.script[NAME] = [ranged(DAY)]
    assert run(server, tmp_path, hands).ok and server.seen[-1][1]["range"] == "bytes=500-"
    assert (tmp_path / FILE).read_bytes() == DAY


def test_a_body_that_changed_meanwhile_starts_afresh(server: Server, tmp_path: Path, hands: Hands) -> None:
    newer = DAY.replace(b",10,", b",11,")
    server.script[NAME] = [cut(DAY, 300, ETag='"v1"'), ranged(newer, etag='"v2"')]
    assert run(server, tmp_path, hands).ok and (tmp_path / FILE).read_bytes() == newer


NEWER = DAY.replace(b",3", b",4")
WHOLE_LINES = DAY.rindex(b"\n", 0, -1) + 1
ELSEWHERE = WHOLE_LINES - (len(DAY) - 300)


@pytest.mark.parametrize(
    ("body", "start", "etag"),
    [
        (DAY[ELSEWHERE:WHOLE_LINES], ELSEWHERE, '"v1"'),  # another piece, as long as the missing one
        (NEWER[300:], 300, '"v2"'),  # the rest of a newer body, although If-Range was sent
        (NEWER[300:] + b"x", 300, '"v1"'),  # longer than what was promised at first
    ],
)
def test_a_server_that_mixes_bodies_is_caught(
    server: Server, tmp_path: Path, hands: Hands, body: bytes, start: int, etag: str
) -> None:
    where = f"bytes {start}-{start + len(body) - 1}/{max(len(DAY), start + len(body))}"
    server.script[NAME] = [
        cut(DAY, 300, ETag='"v1"'),
        reply(206, body, Content_Range=where, ETag=etag),
        reply(200, DAY),
    ]
    report = run(server, tmp_path, hands)
    assert report.ok and report.items[0].attempts == 3 and (tmp_path / FILE).read_bytes() == DAY


def test_a_part_without_a_validator_is_not_continued(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [cut(DAY, 300), cut(DAY, 300, ETag='W/"weak"'), reply(200, DAY)]
    assert run(server, tmp_path, hands).ok
    assert all("range" not in headers for _, headers in server.seen)


def test_a_part_that_is_already_whole_is_taken(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [cut(DAY, 500, ETag='"v1"')]
    run(server, tmp_path, hands, retries=0)
    (tmp_path / (FILE + ".part")).write_bytes(DAY)  # killed after the last byte and before the rename
    server.script[NAME] = [ranged(DAY)]
    assert run(server, tmp_path, hands).ok and (tmp_path / FILE).read_bytes() == DAY
    assert len(server.seen) == 2


def test_a_part_of_another_body_is_thrown_away(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [cut(DAY, 500, ETag='"v1"')]
    run(server, tmp_path, hands, retries=0)
    (tmp_path / (FILE + ".part")).write_bytes(DAY + b"surplus")
    server.script[NAME] = [ranged(DAY)]
    report = run(server, tmp_path, hands)
    assert report.ok and report.items[0].attempts == 2 and (tmp_path / FILE).read_bytes() == DAY


def test_a_chunked_body_that_breaks_off_is_not_kept(server: Server, tmp_path: Path, hands: Hands) -> None:
    def broken(h: Handler) -> None:
        h.send_response(200)
        h.send_header("Transfer-Encoding", "chunked")
        h.end_headers()
        h.wfile.write(b"%x\r\n%s\r\n" % (200, DAY[:200]))
        h.close_connection = True

    server.script[NAME] = [broken, reply(200, DAY)]
    report = run(server, tmp_path, hands)
    assert report.ok and report.items[0].attempts == 2 and (tmp_path / FILE).read_bytes() == DAY


@pytest.mark.parametrize("header", ["Content-MD5", "Repr-Digest", "ETag"])
def test_stated_digests_are_compared(server: Server, tmp_path: Path, hands: Hands, header: str) -> None:
    def stated(body: bytes) -> dict[str, str]:
        md5 = hashlib.md5(body, usedforsecurity=False)
        if header == "Content-MD5":
            return {"Content_MD5": base64.b64encode(md5.digest()).decode()}
        if header == "ETag":
            return {"ETag": f'"{md5.hexdigest()}"', "Server": "AmazonS3"}
        return {"Repr_Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"}

    def s3(body: bytes, headers: dict[str, str]) -> Answer:
        plain = reply(200, body, **headers)

        def answer(h: Handler) -> None:
            h.version_string = lambda: headers.get("Server", "test")  # type: ignore[method-assign]
            plain(h)

        return answer

    damaged = DAY.replace(b",33,", b",34,")
    server.script[NAME] = [s3(damaged, stated(DAY)), s3(DAY, stated(DAY))]
    report = run(server, tmp_path, hands)
    assert report.ok and report.items[0].attempts == 2 and (tmp_path / FILE).read_bytes() == DAY
    assert {"md5", "sha256"} & set(lines(tmp_path)[-1]["verified"])


def test_an_encoded_body_is_decoded(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [reply(200, gzip.compress(DAY), Content_Encoding="gzip")]
    assert run(server, tmp_path, hands).ok and (tmp_path / FILE).read_bytes() == DAY


# ---- slow and silent servers ----


def test_a_silent_server_runs_into_the_timeout(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [silent(0.6), reply(200, DAY)]
    report = run(server, tmp_path, hands, transfer=fetch.Transfer(timeout=0.15))
    assert report.ok and report.items[0].attempts == 2


def test_a_dripping_server_is_given_up_and_the_part_is_continued(
    server: Server, tmp_path: Path, hands: Hands
) -> None:
    server.script[NAME] = [drip(DAY, 0.02), ranged(DAY)]
    quick = fetch.Transfer(timeout=2.0, slowest=10_000.0, patience=0.2)
    begun = time.monotonic()
    report = run(server, tmp_path, hands, transfer=quick)
    assert report.ok and time.monotonic() - begun < 2 and "range" in server.seen[1][1]


def test_nobody_there_stops_the_run_early(tmp_path: Path, hands: Hands, monkeypatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with Server() as gone:
        address = gone.url
    report = fetch.fetch(
        "national-sites",
        "2019-01-01",
        "2019-01-31",
        out=tmp_path,
        base_url=address,
        retries=1,
        clock=hands.clock(),
        transfer=fetch.Transfer(timeout=1.0),
    )
    assert report.counts == {"failed": 3, "skipped": 28}
    assert "cannot be reached" in report.items[0].reason and "3 files in a row" in report.items[-1].reason


# ---- politeness ----


def test_requests_keep_their_distance_retries_included(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [reply(200, DAY)]
    fetch.fetch(
        "national-sites",
        "2019-01-05",
        "2019-01-08",
        out=tmp_path,
        base_url=server.url,
        rate=2.0,
        clock=hands.clock(),
    )
    assert hands.waits == [0.5, 0.5, 0.5] and len(server.seen) == 4


@given(attempt=st.integers(1, 40), chance=st.floats(0, 1))
def test_backoff_is_bounded_and_never_short(attempt: int, chance: float) -> None:
    wait = pace.backoff(attempt, chance)
    assert 0.5 <= wait <= 60.0 and wait >= pace.backoff(max(1, attempt - 1), 0.0)


# ---- the sources ----


def isd_body() -> bytes:
    return gzip.compress(b"2019 01 01 00   -22   -50 10203   210    62     0 -9999 -9999\n")


def meteo(**more: Any) -> bytes:
    document = {
        "latitude": 44.0,
        "longitude": 87.25,
        "generationtime_ms": 0.1,
        "utc_offset_seconds": 28800,
        "elevation": 577.0,
        "hourly_units": {"time": "iso8601", "temperature_2m": "°C", "wind_speed_10m": "m/s"},
        "hourly": {
            "time": ["2019-01-01T00:00", "2019-01-01T01:00"],
            "temperature_2m": [-12.0, -13.0],
            "wind_speed_10m": [1.0, 2.0],
        },
    }
    return json.dumps({**document, **more}).encode()


def test_isd_lite_with_its_station_list_is_read_by_weather(
    server: Server, tmp_path: Path, hands: Hands
) -> None:
    history = (
        b'"USAF","WBAN","STATION NAME","CTRY","STATE","ICAO","LAT","LON","ELEV(M)","BEGIN","END"\n'
        b'"514630","99999","URUMQI","CH","","ZWWW","+43.800","+087.650","+0935.0","19560820","20250101"\n'
    )
    server.script["/isd-history.csv"] = [reply(200, history)]
    server.script["/isd-lite/2019/514630-99999-2019.gz"] = [
        reply(200, isd_body(), Content_Encoding="x-gzip")  # as some servers label a stored .gz
    ]
    report = run(
        server, tmp_path, hands, "isd-lite", start="2019-01-02", end="2019-12-31", stations=["51463"]
    )
    assert report.counts == {"new": 2}
    ds = weather.read(tmp_path / "isd-lite")
    assert ds["name_en"].item() == "Urumqi" and "pressure" in ds


def test_openaq_layout(server: Server, tmp_path: Path, hands: Hands) -> None:
    path = "/records/csv.gz/locationid=2178/year=2022/month=05/location-2178-20220503.csv.gz"
    table = b'"location_id","sensors_id","location","datetime","lat","lon","parameter","units","value"\n'
    body = gzip.compress(
        table + b'2178,1,"a","2022-05-03T01:00:00-06:00","35.1","-106.5","pm10","ug/m3","12"\n'
    )
    server.script[path] = [reply(200, body[:-6]), reply(200, body)]
    report = run(server, tmp_path, hands, "openaq", start="2022-05-03", stations=["2178"])
    assert report.ok and report.items[0].attempts == 2  # a cut gzip is noticed although its length was right
    assert (tmp_path / "openaq/2178/2022/location-2178-20220503.csv.gz").read_bytes() == body


def test_open_meteo_history_and_forecast(server: Server, tmp_path: Path, hands: Hands) -> None:
    site = fetch.Site("changji", 44.01, 87.31)
    server.script["/archive"] = [reply(200, meteo()), reply(200, meteo(generationtime_ms=0.7))]
    asked = {"start": "2019-01-01", "end": "2020-02-03", "sites": [site]}
    assert run(server, tmp_path, hands, "open-meteo", **asked).counts == {"new": 2}
    assert (
        "start_date=2019-01-01&end_date=2019-12-31" in server.seen[0][0]
        and "start_date=2020-01-01&end_date=2020-02-03" in server.seen[1][0]
    )
    assert "latitude=44.01&longitude=87.31" in server.seen[0][0] and "wind_speed_unit=ms" in server.seen[0][0]
    again = run(server, tmp_path, hands, "open-meteo", max_age=0, **asked)
    assert again.counts == {"unchanged": 2}  # only the time it took to answer differs
    ds = weather.read(tmp_path / "open-meteo", place="changji")
    assert ds.attrs["kind"] == "history"

    server.script["/forecast"] = [reply(200, meteo())]
    assert run(server, tmp_path, hands, "open-meteo-forecast", sites=[site], days=3).ok
    ds = weather.read(tmp_path / "open-meteo-forecast", place="changji")
    assert (ds.attrs["kind"], ds.attrs["issued"]) == ("forecast", "2026-01-10T08:00:00")
    assert "forecast_days=3" in server.seen[-1][0]


def test_an_error_told_in_json_reaches_the_sentence(server: Server, tmp_path: Path, hands: Hands) -> None:
    said = b'{"error": true, "reason": "Parameter end_date is out of allowed range."}'
    server.script["/archive"] = [reply(400, said)]
    site = fetch.Site("x", 44.0, 87.0)
    report = run(server, tmp_path, hands, "open-meteo", sites=[site])
    assert "HTTP 400 (Parameter end_date is out of allowed range)" in report.items[0].sentence


def test_addresses_of_the_sources_themselves() -> None:
    def urls(source: str, **more: Any) -> list[str]:
        return [i.url for i in fetch.plan(source, "2019-12-31", "2020-01-01", **more)]

    assert urls("national-cities") == [
        "https://quotsoft.net/air/data/china_cities_20191231.csv",
        "https://quotsoft.net/air/data/china_cities_20200101.csv",
    ]
    assert urls("openaq", stations=["42"])[0] == (
        "https://openaq-data-archive.s3.amazonaws.com/records/csv.gz/locationid=42/year=2019/month=12/"
        "location-42-20191231.csv.gz"
    )
    assert urls("isd-lite", stations=["514630-99999"])[1:] == [
        "https://www.ncei.noaa.gov/pub/data/noaa/isd-lite/2019/514630-99999-2019.gz",
        "https://www.ncei.noaa.gov/pub/data/noaa/isd-lite/2020/514630-99999-2020.gz",
    ]
    assert urls("open-meteo", sites=[fetch.Site("a", 44, 87)])[0].startswith(
        "https://archive-api.open-meteo.com/v1/archive?latitude=44&longitude=87&hourly=temperature_2m,"
    )


def test_days_to_come_are_left_out() -> None:
    clock = Hands("2026-01-09T18:00:00").clock()  # 10 January, 2 o'clock in Beijing
    items = fetch.plan("national-sites", "2026-01-08", "2026-02-01", clock=clock)
    assert [i.path[-12:-4] for i in items] == ["20260108", "20260109", "20260110"]


@pytest.mark.parametrize(
    ("source", "arguments", "text"),
    [
        ("cams", {}, "source 'cams' is not known"),
        ("national-sites", {}, "needs a first and a last day"),
        ("national-sites", {"start": "2019-02-30", "end": "2019-03-01"}, "'2019-02-30' is not a day"),
        ("national-sites", {"start": "2019-03-02", "end": "2019-03-01"}, "swap them"),
        ("national-sites", {"start": "2999-01-01", "end": "2999-01-01"}, "in the future"),
        (
            "national-sites",
            {"start": "2019-01-01", "end": "2019-01-01", "base_url": "file:///etc"},
            "http://",
        ),
        ("openaq", {"start": "2019-01-01", "end": "2019-01-01"}, "needs station codes"),
        ("openaq", {"start": "2019-01-01", "end": "2019-01-01", "stations": ["../x"]}, "is not a number"),
        ("isd-lite", {"start": "2019-01-01", "end": "2019-01-01", "stations": ["../../x"]}, "no ISD station"),
        ("open-meteo", {"start": "2019-01-01", "end": "2019-01-01"}, "needs a position"),
        (
            "open-meteo",
            {"start": "2019-01-01", "end": "2019-01-01", "sites": [fetch.Site("a", 91, 0)]},
            "is no position",
        ),
        (
            "open-meteo",
            {"start": "2019-01-01", "end": "2019-01-01", "sites": [fetch.Site("..", 1, 0)]},
            "cannot name a file",
        ),
        ("open-meteo-forecast", {"start": "2019-01-01"}, "always starts today"),
        ("open-meteo-forecast", {"sites": [fetch.Site("a", 1, 0)], "days": 17}, "choose 1 to 16"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_asked(
    tmp_path: Path, source: str, arguments: dict[str, Any], text: str
) -> None:
    with pytest.raises(AirqError, match=text.replace("(", "\\(")) as refusal:
        fetch.fetch(source, out=tmp_path, **arguments)
    assert str(refusal.value).endswith(".") and list(tmp_path.iterdir()) == []


# ---- manifest ----


def test_a_torn_manifest_line_costs_nothing_else(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [ranged(DAY)]
    run(server, tmp_path, hands)
    path = tmp_path / "national-sites" / "manifest.jsonl"
    path.write_text(path.read_text() + '{"path": "2019/china_si')
    assert run(server, tmp_path, hands).counts == {"fresh": 1}
    assert len(lines(tmp_path)) == 1  # swept out


def test_the_manifest_is_compacted_to_one_line_a_file(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [ranged(DAY)]
    for _ in range(3):
        run(server, tmp_path, hands, max_age=0)
    assert len(lines(tmp_path)) == 2  # what was known before the last run, and what it found


def test_two_fetches_into_one_folder_do_not_mix(server: Server, tmp_path: Path, hands: Hands) -> None:
    pytest.importorskip("fcntl")
    (tmp_path / "national-sites").mkdir()
    with (
        fetch.Manifest(tmp_path / "national-sites").locked(),
        pytest.raises(ArchiveError, match="another airq fetch"),
    ):
        run(server, tmp_path, hands)


def test_a_report_speaks_for_itself(server: Server, tmp_path: Path, hands: Hands) -> None:
    server.script[NAME] = [reply(200, DAY)]
    report = run(server, tmp_path, hands, end="2019-01-06")
    assert report.to_frame()["status"].tolist() == ["new", "absent"]
    assert json.dumps(report.to_dict()) and "<table" in report._repr_html_() and not report.to_dict()["ok"]


@given(data=st.binary(max_size=300), content=st.sampled_from(sorted(checks.CHECKS)))
def test_no_noise_passes_for_data(data: bytes, content: str) -> None:
    assert checks.fault(data, content)


# ---- the command ----


def command(*args: object) -> tuple[int, str, str]:
    from click.testing import CliRunner

    from airq.cli.fetch import command as fetch_command

    done = CliRunner().invoke(fetch_command, [str(a) for a in args], standalone_mode=False)
    if done.exception is not None:
        return 2, done.stdout, str(done.exception)
    return int(done.return_value or 0), done.stdout, done.stderr


def test_the_command_tells_what_failed_and_exits_1(server: Server, tmp_path: Path) -> None:
    server.script[NAME] = [reply(200, DAY)]
    options = ("--out", tmp_path, "--base-url", server.url, "--rate", 0, "--retries", 0)
    code, out, err = command("national-sites", "--start", "2019-01-05", *options)
    assert code == 0 and "1 files: 1 new" in out and "Source: China National" in out and err == ""
    code, out, err = command("national-sites", "--start", "2019-01-05", "--end", "2019-01-06", *options)
    assert code == 1 and "1 fresh, 1 absent" in out and err.count("\n") == 1 and "20190106" in err
    code, out, _ = command("national-sites", "--start", "2019-01-05", *options, "--json")
    assert code == 0 and json.loads(out)["files"][0]["status"] == "fresh"


def test_the_command_resolves_places_and_can_run_dry(server: Server, tmp_path: Path) -> None:
    arguments = ("open-meteo", "--start", "2019-01-01", "--place", "昌吉市,fukang", "--dry-run")
    code, out, _ = command(*arguments)
    assert code == 0 and len(out.splitlines()) == 2 and "latitude=44.16&longitude=87.95" in out
    code, out, _ = command(*arguments, "--json")
    assert [f["path"] for f in json.loads(out)["files"]] == [
        "changji/changji_20190101_20190101.json",
        "fukang/fukang_20190101_20190101.json",
    ]
    code, _, text = command("open-meteo", "--start", "2019-01-01", "--lat", 44)
    assert code == 2 and "belong together" in text
    assert server.seen == []


def test_a_date_object_and_a_text_mean_the_same() -> None:
    day = date(2019, 1, 5)
    assert fetch.plan("national-sites", day, day) == fetch.plan("national-sites", "2019-01-05", "2019-01-05")

"""From archive to pages: what a run leaves, what it skips, what it does when something fails."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from executed import forking
from nbformat.v4 import new_code_cell

from airq import options
from airq.analysis import county_month
from airq.cli import main
from airq.errors import ReportError
from airq.reports import fonts, html, parameters, run, staging
from airq.reports.numbers import plain, printed
from airq.reports.results import read

HEAVY = (
    "IPython",
    "fontTools",
    "jsonschema",
    "jupyter_client",
    "matplotlib",
    "nbformat",
    "pandas",
    "scipy",
    "xarray",
)
SOURCE = options.home() / "notebooks" / "10_county_month.ipynb"


def make(
    archive, out: Path, places: str = "fukang", languages=("zh", "en"), notebook="", sections=(), **more
):
    chosen = parameters.report_places(places.split(","))
    settings = parameters.Settings(
        notebook=str(notebook or SOURCE),
        sections=list(sections),
        formats=more.pop("formats", ["html", "json"]),
        jobs=more.pop("jobs", 0),
    )
    return run.run("2026-10", chosen, languages, archive.path, out, settings, **more)


@pytest.fixture(scope="module", autouse=True)
def _one_server():
    """Every run here forks from the server of the tests."""
    with forking():
        yield


@pytest.fixture(scope="module")
def made(small_archive, tmp_path_factory):
    """A county with data, one without stations and the prefecture, in both languages."""
    out = tmp_path_factory.mktemp("reports")
    return make(small_archive, out, "changji,mori,changji-prefecture")


def pages(report) -> dict[str, str]:
    found = {p.name: p.read_text(encoding="utf-8") for p in report.folder.glob("*.html")}
    return {name: page for name, page in found.items() if ".rows." not in name}


def test_everything_is_there(made) -> None:
    assert made.ok and {o.status for o in made.outcomes} == {"made"}
    names = {f"{p}.{lang}.html" for p in ("changji", "mori", "changji-prefecture") for lang in ("zh", "en")}
    assert set(pages(made)) == names | {"index.html", "index.en.html"}
    assert {p.name for p in made.parts} == {"indicators"} and {p.status for p in made.parts} == {"computed"}
    assert not [
        p for p in made.folder.parent.iterdir() if p.name not in ("2026-10", ".lock", ".parts", "changes.xml")
    ]
    assert not list(made.folder.rglob("*.tmp"))


def test_pages_need_nothing_outside(made) -> None:
    for name, page in pages(made).items():
        assert html.outside_links(page) == [], name
        assert "http://" not in re.sub(r"base64,[^\"')]*", "", page), name
        assert "https://" not in re.sub(r"base64,[^\"')]*", "", page), name
        assert len(page.encode()) <= 600_000, name
        for link in re.findall(r'href="([^"]+)"', page):
            assert (made.folder / link.partition("#")[0]).exists(), (name, link)


def test_pages_carry_what_a_reader_must_know(made) -> None:
    for name, page in pages(made).items():
        assert "模拟数据" in page and "airq 0." in page, name
        assert page.startswith("<!doctype html>") and page.count("<h1>") == 1, name
        assert html.FONT_MARK not in page and "¶" not in page, name
    county = pages(made)["changji.zh.html"]
    for words in ("昌吉市2026年10月环境空气质量报告", "数据来源", "GB 3095—2012", "GB 3095—2026（过渡阶段）", "HJ 633—2026",
                  "方法与说明", "尚未由标准原文证实的规则", "B 85%", "生成时间", "µg/m³", "各点位明细"):  # fmt: skip
        assert words in county, words
    assert (
        "In [" not in county
        and "display(" not in county
        and "import" not in county.split("</style>")[1][:200]
    )
    assert "Air quality of Changji City, October 2026" in pages(made)["changji.en.html"]


def test_languages_and_index_link_to_each_other(made) -> None:
    found = pages(made)
    for place in ("changji", "mori", "changji-prefecture"):
        assert (
            f'href="{place}.en.html"' in found[f"{place}.zh.html"]
            and 'href="index.html"' in found[f"{place}.zh.html"]
        )
        assert (
            f'href="{place}.zh.html"' in found[f"{place}.en.html"]
            and 'href="index.en.html"' in found[f"{place}.en.html"]
        )
        assert (
            f'href="{place}.zh.html"' in found["index.html"]
            and f'href="{place}.en.html"' in found["index.en.html"]
        )


def test_numbers_on_the_page_are_those_of_the_analysis(made, small_archive) -> None:
    result = county_month(small_archive, "changji", "2026-10")
    kept = read(made.folder / "data" / "changji.json")
    assert kept is not None and kept[0].row()["mean_pm25"] == result.row()["mean_pm25"]
    for name in ("changji.zh.html", "index.html", "index.en.html", "changji.en.html"):
        page = pages(made)[name]
        for standard in result.standards:
            row = result.row(standard=standard)
            for indicator in ("good_days", "good_ratio", "mean_pm25", "composite"):
                assert plain(printed(row, indicator)) in page, (name, indicator)
    days = result.days[result.days["edition"] == "2026"]
    cells = re.findall(r'class="(?:n )?chip"[^>]*>(\d+)<', pages(made)["changji.en.html"])
    assert sorted(cells) == sorted(str(int(a)) for a in result.days["aqi"].dropna()) and len(cells) >= len(
        days
    )


def test_a_county_without_stations_is_a_sentence(made) -> None:
    page = pages(made)["mori.zh.html"]
    assert "档案中没有木垒县的监测点，2026年10月无任何指标可报。" in page and "<img" not in page
    assert "档案中没有木垒县的监测点" in pages(made)["index.html"]


def test_the_prefecture_keeps_three_things_apart(made) -> None:
    page = pages(made)["changji-prefecture.zh.html"]
    assert "考核代表城市：昌吉市" in page and "各县（市）平均（7个中6个有数据，算术平均，非考核口径）" in page
    assert "昌吉市（考核代表城市）" in page


def test_the_font_holds_the_characters_of_the_pages(made) -> None:
    import io

    from fontTools.ttLib import TTFont

    zh = {n: p for n, p in pages(made).items() if not n.endswith(".en.html")}
    for name, page in zh.items():
        encoded = re.search(r"url\(data:font/woff2;base64,([^)]+)\)", page)
        assert encoded, name
        font = TTFont(io.BytesIO(base64.b64decode(encoded[1])))
        body = re.sub(r"base64,[^\"')]*", "", page)
        missing = {c for c in fonts.characters([body]) if ord(c) not in font.getBestCmap()}
        assert not missing, (name, missing)
        assert len(base64.b64decode(encoded[1])) <= fonts.LARGEST


def test_manifest_and_second_run(made, small_archive) -> None:
    document = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))
    assert (
        document["period"] == "2026-10"
        and document["archive"]["simulated"] is True
        and len(document["reports"]) == 6
    )
    assert all(len(r["inputs"]) == 64 for r in document["reports"])
    before = {n: p for n, p in pages(made).items() if not n.startswith("index")}
    again = make(small_archive, made.folder.parent, "changji,mori,changji-prefecture")
    assert {o.status for o in again.outcomes} == {"current"}
    assert {n: p for n, p in pages(again).items() if not n.startswith("index")} == before
    one = make(small_archive, made.folder.parent, "mori", force=True)
    assert [o.status for o in one.outcomes] == ["made", "made"]
    # Places that this run was not asked for stay, with their rows in the index.
    assert set(pages(one)) == set(pages(again)) and 'href="changji.zh.html"' in pages(one)["index.html"]
    assert "待更新" not in pages(one)["index.html"]


def faulty(tmp_path: Path, source: str) -> Path:
    book = nbformat.read(SOURCE, as_version=4)
    book.cells.insert(4, new_code_cell(source))
    file = tmp_path / "book.ipynb"
    nbformat.write(book, file)
    return file


def test_a_failing_county_is_a_page_and_the_others_are_done(small_archive, tmp_path) -> None:
    book = faulty(
        tmp_path,
        "from airq.errors import MissingData\nif place == 'mori':\n    raise MissingData('file 3 is broken <here>.')",
    )
    report = make(small_archive, tmp_path / "out", "fukang,mori", ("zh",), notebook=book)
    assert not report.ok and [o.status for o in report.outcomes] == ["made", "failed"]
    assert report.outcomes[1].error == "木垒县：file 3 is broken <here>."
    page = pages(report)["mori.zh.html"]
    assert (
        "木垒县：运行中出现错误，具体原因见运行记录。" in page
        and "file 3" not in page
        and "本报告未能生成" in page
        and "Traceback" not in page
    )
    assert (
        "未完成" in pages(report)["index.html"]
        and "昌" not in pages(report)["mori.zh.html"].split("<main>")[1]
    )
    # A failed page is never taken for current.
    again = make(small_archive, tmp_path / "out", "fukang,mori", ("zh",), notebook=book)
    assert [o.status for o in again.outcomes] == ["current", "failed"]
    # A good page is not lost to one that fails: it stays with its files, is marked, and is tried again.
    good = {f: (again.folder / f).read_bytes() for f in ("fukang.zh.html", "data/fukang.json")}
    broken = faulty(tmp_path, "raise ValueError('/srv/x/y.csv is broken')")
    for _ in range(2):
        later = make(small_archive, tmp_path / "out", "fukang", ("zh",), notebook=broken)
        assert [(o.status, bool(o.kept)) for o in later.outcomes] == [("failed", True)] and not later.ok
        assert {f: (later.folder / f).read_bytes() for f in good} == good
    index = pages(later)["index.html"]
    assert "未能更新，沿用上一版" in index and "阜康市：未能更新，沿用" in index and "/srv" not in index
    assert "未能更新" in (later.folder / ".." / "changes.xml").read_text(encoding="utf-8")


def test_a_damaged_month_is_a_sentence_in_the_language_of_the_page(small_archive, tmp_path) -> None:
    held = type(small_archive)(shutil.copytree(small_archive.path, tmp_path / "archive"))
    for file in (held.path / "observations" / "2026").glob("2026-1*.parquet"):
        file.write_bytes(file.read_bytes()[:5000])
    report = make(held, tmp_path / "out", "fukang")
    assert all("parquet: missing or damaged; run 'airq archive verify'" in o.error for o in report.outcomes)
    zh, en = (pages(report)[f"fukang.{lang}.html"].split("<main>")[1] for lang in ("zh", "en"))
    assert "阜康市：2026年10月的档案文件缺失或损坏；请核对档案" in zh and "parquet" not in zh
    assert "The archive&#x27;s file of October 2026 is missing or damaged" in en and str(tmp_path) not in en


def test_pages_finished_by_a_run_that_was_ended_are_taken_up(small_archive, tmp_path) -> None:
    book = faulty(tmp_path, f"open({str(tmp_path / 'log')!r}, 'a').write(lang + ' ')")

    def ended(what, *_) -> None:
        if getattr(what, "lang", ""):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(small_archive, tmp_path / "out", "mori", notebook=book, jobs=1, progress=ended)
    report = make(small_archive, tmp_path / "out", "mori", notebook=book, jobs=1)
    assert report.ok and [o.status for o in report.outcomes] == ["made", "made"]
    assert (tmp_path / "log").read_text().split().count("zh") == 1, "the Chinese page was finished before"
    found = pages(report)
    assert (
        html.FONT_MARK not in found["mori.zh.html"] + found["mori.en.html"]
        and "木垒县" in found["index.html"]
    )
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"2026-10", ".lock", ".parts", "changes.xml"}
    assert not list(report.folder.glob(".*"))


def test_a_kernel_that_leaves_early_is_a_failure(small_archive, tmp_path) -> None:
    book = faulty(tmp_path, "import sys\nsys.exit(0)")
    report = make(small_archive, tmp_path / "out", "mori", ("en",), notebook=book)
    assert [o.status for o in report.outcomes] == ["failed"] and "did not complete" in report.outcomes[
        0
    ].error


def test_a_page_that_reaches_outside_is_refused(small_archive, tmp_path) -> None:
    book = faulty(
        tmp_path,
        "from IPython.display import HTML, display\ndisplay(HTML('<img src=\"https://example.org/a.png\">'))",
    )
    report = make(small_archive, tmp_path / "out", "mori", ("en",), notebook=book)
    assert "refers to 'https://example.org/a.png' outside itself" in report.outcomes[0].error


def test_changed_inputs_are_made_anew_and_marked_meanwhile(small_archive, tmp_path) -> None:
    archive = shutil.copytree(small_archive.path, tmp_path / "archive")
    held = type(small_archive)(archive)
    make(held, tmp_path / "out", "mori,manas", ("zh",))
    ds = held.load(place="manas", start="2026-10", end="2026-10")
    ds["pm25"][:, :48] += 200
    held.store(ds, source="a correction", simulated=True)
    report = make(held, tmp_path / "out", "mori", ("zh",))
    assert [o.status for o in report.outcomes] == ["made"]
    assert "输入已变化，待更新" in pages(report)["index.html"]
    assert "与上一版相比" not in pages(report)["mori.zh.html"], "no figure of this place moved"

    before = read(report.folder / "data" / "manas.json")[0]
    again = make(held, tmp_path / "out", "manas", ("zh",))
    after = read(again.folder / "data" / "manas.json")[0]
    old, new = (plain(printed(r.row(), "mean_pm25")) for r in (before, after))
    page = pages(again)["manas.zh.html"]
    assert "与上一版相比" in page and f"PM₂.₅ 平均: {old} → {new}" in page and old != new
    assert page.count("2026-10-01") > 0
    manifest = json.loads((again.folder / run.MANIFEST).read_text(encoding="utf-8"))
    rows = {r["file"]: r["revisions"] for r in manifest["reports"]}
    assert {"aqi", "mean_pm25"} <= {r["figure"] for r in rows["manas.zh.html"]} and rows["mori.zh.html"] == []


def test_a_killed_run_leaves_the_last_good_state(small_archive, tmp_path) -> None:
    out = tmp_path / "out"
    make(small_archive, out, "mori", ("zh",))
    # A file that was cut is made again with its page.
    results = out / "2026-10" / "data" / "mori.json"
    results.write_text(results.read_text(encoding="utf-8")[:99], encoding="utf-8")
    assert [o.status for o in make(small_archive, out, "mori", ("zh",)).outcomes] == ["made"]
    assert read(results) is not None
    kept = (out / "2026-10" / "mori.zh.html").read_text(encoding="utf-8")
    # Killed between the two renames, and while staging.
    (out / "2026-10").rename(out / ".2026-10.old")
    (out / ".2026-10.99.tmp").mkdir()
    report = make(small_archive, out, "mori", ("zh",))
    assert [o.status for o in report.outcomes] == ["current"]
    assert (out / "2026-10" / "mori.zh.html").read_text(encoding="utf-8") == kept
    assert {p.name for p in out.iterdir()} == {"2026-10", ".lock", ".parts", "changes.xml"}


def test_another_language_later_keeps_the_first(small_archive, tmp_path) -> None:
    first = make(small_archive, tmp_path / "out", "mori", ("en",))
    assert first.index.name == "index.en.html" and set(pages(first)) == {"mori.en.html", "index.en.html"}
    second = make(small_archive, tmp_path / "out", "mori", ("zh",))
    assert set(pages(second)) == {"mori.en.html", "mori.zh.html", "index.html", "index.en.html"}
    assert second.index.name == "index.html" and 'href="mori.en.html"' in pages(second)["index.html"]


def test_two_runs_do_not_meet(small_archive, tmp_path) -> None:
    with (
        staging.locked(tmp_path / "out"),
        pytest.raises(ReportError, match="another 'airq report' is writing here"),
    ):
        make(small_archive, tmp_path / "out", "mori", ("zh",))


def command(capsys, *args: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["report", *map(str, args)])
    out = capsys.readouterr()
    return int(stop.value.code or 0), out.out, out.err


def test_command(small_archive, tmp_path, capsys) -> None:
    (tmp_path / "s.yaml").write_text("sections: []\nformats: [html]\n")
    args = ("--archive", small_archive.path, "--out", tmp_path / "out", "--place", "木垒县", "--lang", "zh",
            "--settings", tmp_path / "s.yaml")  # fmt: skip
    code, out, err = command(capsys, "--period", "2026-10", *args, "--json")
    document = json.loads(out)
    assert code == 0 and document["ok"] and Path(document["index"]).exists()
    assert err.splitlines()[-1] == f"1/1 mori zh made {document['reports'][0]['seconds']:.1f} s"
    assert err.startswith("1/1 mori indicators computed ")
    code, out, err = command(capsys, *args)  # the last complete month is the same
    assert code == 0 and "current" in out and "1/1 mori zh current" in err
    # Nothing to do needs nothing that draws, reads notebooks or holds tables: that takes longer than all else.
    script = (
        "import sys\n"
        "from airq.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        f"finally:\n    print(*sorted({set(HEAVY)!r} & set(sys.modules)), file=sys.stderr)"
    )
    words = [sys.executable, "-c", script, "report", *map(str, args)]
    alone = subprocess.run(words, cwd=options.home(), capture_output=True, text=True, check=True)
    assert "1/1 mori zh current" in alone.stderr and alone.stderr.splitlines()[-1] == ""


def test_command_fails_with_one_when_a_place_does(small_archive, tmp_path, capsys) -> None:
    book = faulty(tmp_path, "1 / 0")
    (tmp_path / "s.yaml").write_text(f"notebook: {book}\nlanguages: [en]\nsections: []\nformats: [html]\n")
    args = (
        "--archive",
        small_archive.path,
        "--out",
        tmp_path / "out",
        "--place",
        "mori",
        "--settings",
        tmp_path / "s.yaml",
    )
    code, out, err = command(capsys, *args)
    assert (
        code == 1
        and "failed" in out
        and "airq: Mori: cell 5 raised ZeroDivisionError: division by zero" in err
        and err.count("ZeroDivisionError") == 1
    )


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--period", "2026-10", "--month", "2026-09"), "--period 2026-10 and --month 2026-09 differ"),
        (("--period", "soon"), "period 'soon' is not a month"),
        (("--place", "nowhere"), "--place: place 'nowhere' is not known"),
        (("--lang", "fr"), "language 'fr' is not known; use zh or en."),
        (("--archive", "no-such-archive"), "no-such-archive: no such archive"),
        (("--executor", "foo"), "executor 'foo' is not known; write dask or dask:ADDRESS."),
        (("--place", ""), "--place is empty; give a value or leave the option out."),
        (("--period", " "), "--period is empty"),
        (("--lang", ","), "--lang is empty"),
    ],
)
def test_command_refuses_in_one_sentence(small_archive, tmp_path, capsys, args, sentence) -> None:
    base = () if "--archive" in args else ("--archive", small_archive.path)
    code, out, err = command(capsys, *base, "--out", tmp_path / "out", *args)
    assert code == 2 and out == "" and sentence in err and err.count("\n") == 1


@pytest.mark.chromium
def test_pages_show_in_a_browser(made, chromium, tmp_path) -> None:
    from PIL import Image

    from airq import standards

    picture = tmp_path / "page.png"
    words = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--virtual-time-budget=3000",
             f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1120,3000", f"--screenshot={picture}",
             f"file://{made.folder / 'changji.zh.html'}"]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    image = Image.open(picture).convert("RGB")
    counted = {colour: n for n, colour in image.getcolors(10**7)}
    good = standards.colour(2)
    rgb = tuple(int(good[i : i + 2], 16) for i in (1, 3, 5))
    assert counted.get(rgb, 0) > 5000  # the calendar is there, in the colour of the standard
    # The title is in Chinese: boxes of missing glyphs would all be alike, letters are not.
    title = image.crop((50, 40, 700, 90)).convert("L").point(lambda v: 255 * (v < 128))
    columns = [sum(title.crop((x, 0, x + 1, title.height)).histogram()[128:]) for x in range(title.width)]
    assert len({c for c in columns if c}) > 12


def body(page: str) -> str:
    """A page without the time at which it was made and the font that a run shares."""
    return re.sub(r"Made [^<]* Beijing time|@font-face\{[^}]*\}", "", page)


@pytest.fixture(scope="module")
def one_page(small_archive, tmp_path_factory) -> str:
    report = make(small_archive, tmp_path_factory.mktemp("one"), "mori", ("en",), sections=["measures"])
    return body(pages(report)["mori.en.html"])


def test_plain_processes_give_the_same_page(small_archive, tmp_path, one_page) -> None:
    report = make(small_archive, tmp_path / "out", "mori", ("en",), sections=["measures"], forked=False)
    assert report.ok and body(pages(report)["mori.en.html"]) == one_page


def test_dask_gives_the_same_page(small_archive, tmp_path, one_page, monkeypatch) -> None:
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    report = make(small_archive, tmp_path / "out", "mori", ("en",), sections=["measures"], executor="dask")
    assert report.ok and body(pages(report)["mori.en.html"]) == one_page


def test_every_format_is_kept_with_its_page(small_archive, tmp_path) -> None:
    formats = ["html", "docx", "xlsx", "csv", "png", "json", "netcdf", "ipynb"]
    report = make(small_archive, tmp_path / "out", "manas", ("en",), formats=formats)
    assert report.ok
    files = {k: v for k, v in report.outcomes[0].files.items() if k in formats}
    assert set(files) == set(formats) - {"html"}
    before = {f: (report.folder / f).read_bytes() for found in files.values() for f in found}
    again = make(small_archive, tmp_path / "out", "manas", ("en",), formats=formats)
    assert [o.status for o in again.outcomes] == ["current"] and not again.parts
    assert {f: (again.folder / f).read_bytes() for f in before} == before
    index = pages(again)["index.en.html"]
    assert (
        'href="manas.en.docx"' in index
        and 'href="data/manas.nc"' in index
        and 'href="../changes.xml"' in index
    )
    assert (again.folder / ".." / "changes.xml").exists()
    # Another choice of formats is another input.
    fewer = make(small_archive, tmp_path / "out", "manas", ("en",), formats=["html"])
    assert [o.status for o in fewer.outcomes] == ["made"] and not (fewer.folder / "manas.en.docx").exists()


def test_results_are_computed_once_for_both_languages_and_kept(small_archive, tmp_path) -> None:
    first = make(small_archive, tmp_path / "out", "mori", ("zh", "en"), sections=["ranking", "first_page"])
    assert sorted((p.place, p.name) for p in first.parts if p.name != "indicators") == [
        ("_all", "ranking"),
        ("mori", "first_page"),
    ]
    document = json.loads((first.folder / "data" / "mori.json").read_text(encoding="utf-8"))
    assert list(document["sections"]) == ["first_page", "ranking"]
    # The ranking holds every place, so that a page is the same whichever places a run is asked for.
    assert {p.place for p in first.parts if p.name == "indicators"} >= {
        "changji",
        "mori",
        "changji-prefecture",
    }
    again = make(
        small_archive, tmp_path / "out", "mori", ("en",), sections=["ranking", "first_page"], force=True
    )
    assert {p.status for p in again.parts} == {"cached"}

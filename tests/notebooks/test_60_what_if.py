"""The what-if notebook as a report in both languages: what the library computes, each language by itself, one index."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest
from executed import assert_only_figures_and_tables, tables, words
from small_archive import fill

from airq import options, scenario
from airq.cli import main
from airq.errors import ParameterError
from airq.observations import Archive
from airq.reports import whatif_page, whatif_report
from airq.reports.bilingual import spoken_text
from airq.reports.html import outside_links

HAN = re.compile("[\u4e00-\u9fff]")
OWN = (
    "title_en: Own plan\ntitle_zh: 自拟方案\nseason: 2025-2026\nmeasures:\n  - id: 2025-boiler-01\n"
    "  - {id: lime, category: kiln, places: changji, tonnes: {PM25: 50 t/yr}, capex_yuan: 3000万元}\n"
    "alerts: [{places: changji, level: orange, when: worst, days: 4, lead: 1}]\n"
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return fill(Archive(tmp_path_factory.mktemp("whatif") / "archive"), "2023-10", "2026-04", ("changji",))


@pytest.fixture(scope="module")
def made(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """Executed notebooks by language and the folder of the pages, by the command."""
    home = tmp_path_factory.mktemp("report")
    (home / "own.yaml").write_text(OWN, encoding="utf-8")
    done: dict[str, Any] = {}
    plain, lock = whatif_report.execute, threading.Lock()

    def kept(book: Any, given: dict[str, Any], **more: Any) -> Any:
        found = plain(book, given, **more)
        with lock:
            done[given["lang"]] = found
        return found

    asked = ["--report", home / "out", "--archive", archive.path, "--draws", 40, "--weather-years", 3]
    asked += ["--cost", "2025-boiler-01=200万元", "--target", "prefecture-2030-pm25-falling"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whatif_report, "execute", kept)
        with pytest.raises(SystemExit) as stop:
            main(["whatif", str(home / "own.yaml"), *map(str, asked)])
    assert not stop.value.code
    return done, home / "out"


def test_the_chinese_page_says_what_the_library_computes(made: Any, archive: Archive) -> None:
    done, out = made
    assert_only_figures_and_tables(done["zh"], 8)
    assert "widgets" not in done["zh"].metadata
    text = words(done["zh"])
    for needed in (
        "模拟数据",
        "自拟方案",
        "可能真实，观测看不出",
        "GEMM",
        "预警日平均",
        "达到最多的组合",
        "限制在于",
        "并列",
    ):
        assert needed in text, needed
    row = scenario.run(out.parent / "own.yaml", 0, draws=40, weather_years=3, archive=archive.path).of("pm25")
    assert f"−{abs(row['change_p50']):.2f} [" in text
    # Sentences of the run are Chinese too: no note that is English words alone.
    notes = re.findall("<li>(.*?)</li>", text)
    assert len(notes) > 8 and all(HAN.search(n) for n in notes), [n for n in notes if not HAN.search(n)]


def test_the_english_page_is_english(made: Any) -> None:
    done, _ = made
    text = words(done["en"])
    assert (
        "Own plan" in text
        and "Mean of alert days" in text
        and "Out of reach" in text
        and "The set that reaches most" in text
    )
    own = [
        t for t in tables(done["en"]) if ">Source<" not in t and ">Mark<" not in t
    ]  # documents are cited as they are
    assert len(own) >= 3
    assert not HAN.search(re.sub("模拟数据", "", "".join(own)))


def test_pages_are_whole_and_joined_by_an_index(made: Any) -> None:
    _, out = made
    assert {p.name for p in out.iterdir()} == {"index.html", "index.en.html", "own.zh.html", "own.en.html"}
    for name, other, title, foreign in (
        ("own.zh.html", "own.en.html", "自拟方案", "From tonnes to concentrations"),
        ("own.en.html", "own.zh.html", "Own plan", "吨数怎样变成浓度"),
        ("index.html", "own.zh.html", "自拟方案", "Own plan"),
        ("index.en.html", "own.en.html", "Own plan", "自拟方案"),
    ):
        page = (out / name).read_text(encoding="utf-8")
        assert f'href="{other}"' in page and title in page and foreign not in page
        assert not outside_links(page) and "模拟数据" in page
        assert "Choose yourself" not in page and "自己选" not in page  # a report has no controls


def test_text_is_parted_by_language() -> None:
    book = (options.home() / "notebooks" / "60_what_if.py").read_text(encoding="utf-8")
    cells = [c for c in re.split(r"(?m)^# %%", book) if c.startswith(" [markdown]")]
    assert len(cells) > 10
    for cell in cells:
        text = "\n".join(line[2:] for line in cell.splitlines()[1:] if line.startswith("#"))
        zh, en = (spoken_text(text, lang) for lang in ("zh", "en"))
        assert HAN.search(zh) and not HAN.search(en.replace("模拟数据", "")) and len(en.split()) > 10, en


def test_what_cannot_be_a_report_is_refused_before_it_is_run(tmp_path: Path) -> None:
    for name in ("index", "a/same", "b/same"):
        file = tmp_path / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text("season: 2025-2026\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="place of the list of pages"):
        whatif_report.write([str(tmp_path / "index.yaml")], tmp_path / "out")
    with pytest.raises(ParameterError, match="called 'same' too"):
        whatif_report.write([str(tmp_path / d / "same.yaml") for d in "ab"], tmp_path / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="cannot be written"):
        whatif_report.write(["no-action"], tmp_path / "file" / "out")


def test_a_scenario_that_cannot_be_compared_says_why(archive: Archive) -> None:
    ready = whatif_page.Prepared.of("no-action", str(archive.path), draws=20, weather_years=2)
    assert "No scenario is given" in str(whatif_page.compared(ready, "", "en")[0])
    assert "nonsense" in str(whatif_page.compared(ready, "nonsense", "zh")[-1])

"""Scenarios as pages: notebook 60 executed by papermill without its controls, in Chinese and English, with an index."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape
from pathlib import Path
from typing import Any, Final

import nbformat

import airq
from airq import options
from airq.errors import AirqError, ParameterError, ReportError
from airq.figures.labels import LANGUAGES, Language
from airq.observations import Archive
from airq.reports import fonts
from airq.reports.bilingual import in_language
from airq.reports.execute import execute, load
from airq.reports.html import PageInfo, outside_links, render, with_font, with_section
from airq.reports.serving import NOTEBOOK
from airq.reports.tables import Html, table
from airq.scenario import loading
from airq.scenario.composing import find
from airq.scenario.spec import Scenario

__all__ = ["Page", "write"]

_BEIJING: Final = timezone(timedelta(hours=8))
_INDEX: Final = {"zh": "index.html", "en": "index.en.html"}
TIMEOUT: Final = 600
"""Seconds that one cell may take: a scenario with many draws runs for minutes on a small machine."""


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes
    ----------
    scenario, title : str
    lang : {"zh", "en"}
    file : str
    error : str
        Why it could not be made; empty if it was.
    """

    scenario: str
    title: str
    lang: Language
    file: str
    error: str = ""


def write(
    scenarios: Sequence[str],
    folder: str | Path,
    *,
    place: str = "",
    draws: int = 500,
    seed: int = 0,
    weather_years: int | None = None,
    archive: str | Path | None = None,
    costs: dict[str, float] | None = None,
    target: str = "",
    probability: float = 0.8,
    jobs: int = 0,
) -> list[Page]:
    """Write the pages of scenarios and their index.

    Parameters
    ----------
    scenarios : sequence of str
        Files, or names of ``params/scenarios``; each page compares its own with the others.
    folder : path
        Made if it is not there; pages of the same name are replaced once they are whole.
    place : str
        Place of the quick answer; by default the one that stands for its prefecture.
    draws, seed, weather_years, archive, costs, target, probability
        Of the notebook.
    jobs : int
        Pages at a time; 0 takes the number of processors, two at most.

    Returns
    -------
    list of Page
        Two a scenario, Chinese first.

    Raises
    ------
    AirqError
        A scenario that is refused, two of one name, a folder that cannot be written; before anything is run.
    """
    known = _known(scenarios)
    out = _folder(folder)
    book = load(options.home() / "notebooks" / NOTEBOOK)
    source = Archive(archive or options.archive_dir())
    given: dict[str, Any] = {"sliders": False, "draws": draws, "seed": seed, "place": place}
    given |= {"costs": dict(costs or {}), "target": target, "probability": probability}
    given |= {"archive": str(source.path.resolve()), "weather_years": 30 if weather_years is None else weather_years}  # fmt: skip
    todo = [(name, lang) for name in known for lang in LANGUAGES]
    stamp = f"{datetime.now(_BEIJING):%Y-%m-%d %H:%M}"

    def make(one: tuple[str, Language]) -> tuple[Page, str]:
        name, lang = one
        others = ", ".join(str(known[n][0]) for n in known if n != name)
        about = {**given, "scenario": str(known[name][0]), "compare": others, "lang": lang}
        return _page(book, name, known[name][1], about, lang, stamp)

    with ThreadPoolExecutor(jobs or min(os.cpu_count() or 1, 2)) as pool:
        made = list(pool.map(make, todo))
    pages = {page.file: text for page, text in made if text}
    for lang in LANGUAGES:
        pages[_INDEX[lang]] = _index([p for p, _ in made if p.lang == lang], lang, source.simulated, stamp)
    _save(out, pages)
    return [p for p, _ in made]


def _known(scenarios: Sequence[str]) -> dict[str, tuple[Path, Scenario]]:
    """Files and scenarios by the name of their pages; every one is checked before the first is run."""
    if not scenarios:
        raise ParameterError("no scenario is named; give a file, or a name that 'airq whatif --list' shows.")
    out: dict[str, tuple[Path, Scenario]] = {}
    for text in dict.fromkeys(scenarios):
        file, made = find(text).resolve(), loading.load(text)
        if file.stem == "index":
            raise ParameterError(f"{text}: a scenario called 'index' would take the place of the list of pages; rename the file.")  # fmt: skip
        if file.stem in out and out[file.stem][0] != file:
            raise ParameterError(f"{text}: another scenario is called '{file.stem}' too, and their pages would be one; rename a file.")  # fmt: skip
        out[file.stem] = file, made
    return out


def _folder(folder: str | Path) -> Path:
    out = Path(folder).expanduser()
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / f".{os.getpid()}.tmp"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise ParameterError(f"{out}: cannot be written ({error.strerror}); choose another folder.") from error  # fmt: skip
    return out


def _file(name: str, lang: Language) -> str:
    return f"{name}.{lang}.html"


def _info(name: str, title: str, lang: Language, stamp: str) -> PageInfo:
    other: Language = "en" if lang == "zh" else "zh"
    links = [
        ("目录" if lang == "zh" else "All scenarios", _INDEX[lang]),
        ("English" if other == "en" else "中文", _file(name, other)),
    ]
    return PageInfo(title, lang, links, _footer(lang, stamp))


def _footer(lang: Language, stamp: str) -> str:
    if lang == "zh":
        return f"生成时间：{stamp}（北京时间）；软件：airq {airq.__version__}"
    return f"Made {stamp} Beijing time by airq {airq.__version__}"


def _page(
    book: nbformat.NotebookNode,
    name: str,
    scenario: Scenario,
    given: dict[str, Any],
    lang: Language,
    stamp: str,
) -> tuple[Page, str]:
    title = scenario.title(lang)
    try:
        done = execute(in_language(book, lang), given, forked=False, timeout=TIMEOUT)
        text = render(done, _info(name, title, lang, stamp))
        if outside := outside_links(text):
            raise ReportError(f"the page refers to '{outside[0]}' outside itself; take it out of the notebook.")  # fmt: skip
    except AirqError as error:
        return Page(name, title, lang, _file(name, lang), str(error)), ""
    return Page(name, title, lang, _file(name, lang)), text


def _index(pages: Sequence[Page], lang: Language, simulated: bool, stamp: str) -> str:
    zh = lang == "zh"
    other: Language = "en" if zh else "zh"
    head = "情景报告目录" if zh else "Scenario reports"
    info = PageInfo(head, lang, [("English" if zh else "中文", _INDEX[other])], _footer(lang, stamp))
    mark = ("模拟数据：气象年为模拟，不是真实冬季。" if zh else "Simulated data 模拟数据: the weather years are no real winters.") if simulated else ""  # fmt: skip
    rows = []
    for page in pages:
        link = f'<a href="{escape(page.file)}">{escape(page.title)}</a>'
        rows.append([page.title if page.error else Html(link), page.scenario, page.error or "–"])
    names = ["情景", "文件", "备注"] if zh else ["Scenario", "File", "Remark"]
    said = f'<div class="simulated">{escape(mark)}</div>' if mark else ""
    body = f"<h1>{escape(head)}</h1>{said}{table(names, rows, left=(0, 1, 2))}"
    return with_section(render(nbformat.v4.new_notebook(), info), body)


def _save(out: Path, pages: dict[str, str]) -> None:
    """Pages with the font of their language, each put in place when it is whole."""
    for lang in LANGUAGES:
        own = {n: t for n, t in pages.items() if (n.endswith(".en.html")) == (lang == "en")}
        face = fonts.face(own.values()) if own else ""
        for name, text in own.items():
            part = out / f".{name}.{os.getpid()}.tmp"
            part.write_text(with_font(text, face), encoding="utf-8")
            part.replace(out / name)

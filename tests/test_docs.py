"""The documentation: every page is reachable, no link leads nowhere, it builds and shows without a network, and is legible."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.md"))
ids = {"ids": lambda p: p.relative_to(DOCS).as_posix()}


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#{1,3} (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in heads}


@pytest.mark.parametrize("page", PAGES, **ids)
def test_no_link_leads_nowhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


def reached(page: Path, seen: set[Path]) -> set[Path]:
    seen.add(page)
    for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for line in filter(None, map(str.strip, block.splitlines())):
            if not line.startswith(":"):
                for found in sorted(page.parent.glob(f"{line}.md")):
                    if found not in seen:
                        reached(found, seen)
    return seen


def test_every_page_is_in_the_contents() -> None:
    assert sorted(reached(DOCS / "index.md", set())) == PAGES


def test_the_reference_names_modules_that_say_what_they_hold() -> None:
    named = [m for p in PAGES for m in re.findall(r"automodule:: (\S+)", p.read_text(encoding="utf-8"))]
    assert {"airq.standards", "airq.targets", "airq.scenario", "airq.figures.maps"} <= set(named)
    for name in named:
        module = importlib.import_module(name)
        assert module.__doc__ and module.__all__, name


def test_every_package_is_in_the_reference() -> None:
    named = {m for p in PAGES for m in re.findall(r"automodule:: (\S+)", p.read_text(encoding="utf-8"))}
    inner = {"airq.cli", "airq.reports"}  # commands and pages, which have documents of their own
    packages = {f"airq.{p.parent.name}" for p in (ROOT / "airq").glob("*/__init__.py")}
    assert packages - inner <= named


def test_the_table_of_defaults_names_what_exists() -> None:
    text = (DOCS / "defaults.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:airq|data/raw|params|scripts)/[\w./*-]+)`", text):
        if name not in ("params/standards/", "params/quality.yaml"):  # which a user makes
            assert list(ROOT.glob(name)), name


def test_the_citation_is_that_of_this_version() -> None:
    about = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    version = re.search(
        r'__version__ = "([^"]+)"', (ROOT / "airq" / "__init__.py").read_text(encoding="utf-8")
    )
    assert version and about["version"] == version[1] and about["license"] == "MIT"
    assert about["cff-version"] == "1.2.0" and about["title"] and about["authors"] and about["message"]


# ---- look ----


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_words_have_enough_contrast_by_day_and_by_night() -> None:
    css = (DOCS / "_static" / "airq.css").read_text(encoding="utf-8")
    light, dark = css.split("@media not print")
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for part, grounds in (
        (light, ("#ffffff", "#f8f9fb")),
        (dark.split("article")[0], ("#131416", "#1a1c1e")),
    ):
        colours = re.findall(r"--color-[a-z-]+:\s*(#[0-9a-f]{6})", part)
        assert len(colours) >= 4
        for colour in colours:
            assert min(contrast(colour, ground) for ground in grounds) >= 4.5, colour


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, no_network: list[str]) -> Path:
    """The pages without the reference, built without a network."""
    pytest.importorskip("furo", reason="the extra docs is not installed")
    pytest.importorskip("myst_parser", reason="the extra docs is not installed")
    out = tmp_path_factory.mktemp("site")
    some = ["-D", "exclude_patterns=reference/*", "-D", "suppress_warnings=myst,toc,misc,ref"]
    done = subprocess.run(
        [*no_network, sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", *some, DOCS, out], capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.netns
def test_it_builds_without_a_network_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = [site / p.relative_to(DOCS).with_suffix(".html") for p in PAGES if p.parent == DOCS]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert '<html class="no-js" lang="en"' in text
        assert not re.findall(r"<(?:script|img|iframe|source)[^>]+src=\"(?:https?:)?//", text), page.name
        assert not re.findall(r"<link[^>]+href=\"(?:https?:)?//", text), page.name
        for image in re.findall(r"<img[^>]*>", text):
            assert re.search(r'alt="[^"]+"', image), image
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), (
            sheet.name
        )
    assert (site / "_static" / "NotoSansSC-Regular.ttf").is_file()


@pytest.mark.chromium
@pytest.mark.netns
def test_a_browser_without_a_network_shows_it(
    site: Path, chromium: str, no_network: list[str], tmp_path: Path
) -> None:
    quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--enable-logging=stderr",
    ]
    page = (site / "methods.html").as_uri()
    done = subprocess.run(
        [*no_network, chromium, *quiet, "--dump-dom", page], capture_output=True, text=True, timeout=120
    )
    assert "Methods at a glance" in done.stdout and "环办〔2014〕64号" in done.stdout
    assert not [line for line in done.stderr.splitlines() if "ERR_" in line and "CONSOLE" in line]

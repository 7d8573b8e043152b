"""Targets of ``make`` beside the set-up: lab, docs, and that the Makefile offers what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airq import make
from airq.bootstrap import SetupError

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run."""
    seen: list[list[str]] = []
    monkeypatch.setattr(make, "run", lambda command: seen.append([str(w) for w in command]) or 0)
    return seen


def test_the_makefile_offers_every_target() -> None:
    words = re.search(r"^TARGETS := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert words and set(words[1].split()) == set(make.TARGETS)


def test_lab_opens_the_first_notebook(calls: list[list[str]]) -> None:
    assert make.TARGETS["lab"](["--no-browser"]) == 0
    (command,) = calls
    opened = next(w for w in command if "default_url" in w).rsplit("/", 1)[-1]
    assert command[-1] == "--no-browser" and (ROOT / "notebooks" / opened).is_file()
    assert opened == min(p.name for p in (ROOT / "notebooks").glob("*.ipynb"))


def test_docs_are_built_from_the_folder_of_documents(
    calls: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert make.TARGETS["docs"]([]) == 0
    assert calls[1][-2:] == ["docs", str(ROOT / "data" / "processed" / "docs")]
    assert (ROOT / "docs" / "conf.py").is_file() and "index.html" in capsys.readouterr().err


def test_docs_without_their_packages_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "run", lambda command: 1)
    with pytest.raises(SetupError, match="packages of the documentation are missing"):
        make.TARGETS["docs"]([])


def test_help_lists_them_with_their_names_apart(capsys: pytest.CaptureFixture[str]) -> None:
    make.TARGETS["help"]([])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[: len(make.TARGETS)]] == list(make.TARGETS)

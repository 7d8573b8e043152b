"""Every recipe of the cookbook runs as it is printed, over a small simulated archive."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_archive import fill

from airq import options
from airq.observations import Archive

BOOK = Path(__file__).resolve().parent.parent / "docs" / "cookbook.md"
RECIPES = re.split(r"^## ", BOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, object]]]:
    """A working folder with a file of hours, the project's archive in place, and what earlier recipes named."""
    folder = tmp_path_factory.mktemp("kitchen")
    home = options.home()
    archive = fill(Archive(folder / "archive"), "2025-01", "2026-10", ("changji",))
    time = pd.date_range("2026-09-01 01:00", periods=48, freq="h")
    hours = pd.DataFrame({"time": time, "station": "X1", "pm25": np.arange(48) % 40 + 10})
    hours.to_csv(folder / "hours.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(options, "archive_dir", lambda: archive.path)
        patch.setattr(options, "home", lambda: home)
        yield folder, {"np": np}


def test_recipes(kitchen: tuple[Path, dict[str, object]]) -> None:
    """One test, since recipes build on those before them."""
    failed = []
    for recipe in RECIPES:
        title, code = recipe.split("\n", 1)
        code = code.replace("```python", "").replace("```", "")
        test = doctest.DocTestParser().get_doctest(code, kitchen[1], title, str(BOOK), 0)
        assert test.examples, title
        said: list[str] = []
        flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
        outcome = doctest.DocTestRunner(optionflags=flags).run(test, out=said.append, clear_globs=False)
        kitchen[1].update(test.globs)
        failed += said if outcome.failed else []
    assert not failed, "".join(failed)


def test_there_are_twenty_and_they_are_short() -> None:
    assert [r.split(".")[0] for r in RECIPES] == [str(k) for k in range(1, 21)]
    assert all(len(re.findall(r"^(>>>|\.\.\.)", r, re.MULTILINE)) <= 6 for r in RECIPES)

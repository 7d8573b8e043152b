"""The gallery holds every public figure function once, and draws each in both languages."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest
from matplotlib.text import Text

import airq.figures
from airq.errors import ParameterError
from airq.figures.style import FigureResult
from airq.reports import gallery

NAMES = [f.name for f in gallery.FAMILIES]


def public_functions() -> set[str]:
    """Every function of a figures module's own that says it returns a figure."""
    found = set()
    for file in Path(airq.figures.__path__[0]).glob("*.py"):
        if file.stem == "__init__":
            continue
        module = importlib.import_module(f"airq.figures.{file.stem}")
        for name, made in inspect.getmembers(module, inspect.isfunction):
            if made.__module__ == module.__name__ and not name.startswith("_") and made.__annotations__.get("return") == "FigureResult":  # fmt: skip
                found.add(f"{file.stem}.{name}")
    return found


def test_every_public_figure_is_there_once() -> None:
    listed = [f for family in gallery.FAMILIES for f in family.figures]
    assert len(listed) == len(set(listed))
    assert set(listed) == public_functions()


@pytest.mark.parametrize("name", NAMES)
def test_a_family_is_drawn_in_both_languages(name: str) -> None:
    for lang in ("zh", "en"):
        for function, made in gallery.drawn(name, lang):
            assert isinstance(made, FigureResult) and made.caption and not made.frame.empty, function
            said = "\n".join(t.get_text() for t in made.figure.findobj(Text)).replace("模拟数据", "")
            assert bool(re.search("[\u4e00-\u9fff]", said)) is (lang == "zh"), function


def test_what_is_shown_names_its_function() -> None:
    parts = gallery.show("maps", "en")
    assert [str(p) for p in parts[::2]] == [
        f"<p><code>airq.figures.maps.{n}</code></p>" for n in ("concentration_map", "category_map")
    ]
    assert "scenario_basis.front" in "".join(map(str, gallery.contents("zh"))) and "模拟数据" in str(
        gallery.header("zh")[0]
    )


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(ParameterError, match="gallery 'x' is not known; choose among indicators"):
        gallery.show("x", "zh")

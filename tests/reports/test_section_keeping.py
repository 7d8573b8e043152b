"""Sections: computed once for the same inputs, refused in both languages, and never in the way of the rest."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from airq.errors import MissingData
from airq.reports import sections
from airq.reports.parameters import Settings
from airq.reports.sections import Context, Missing, Section, Store, compute, obtain, show
from airq.reports.sections import _contract as contract

CALLS: list[str] = []


def module(name: str, what: Any, **more: Any) -> Section:
    made = ModuleType(f"airq_test_section_{name}")

    def work(context: Context) -> dict[str, Any]:
        CALLS.append(name)
        return what(context)

    made.VERSION, made.compute = 1, work  # type: ignore[attr-defined]
    made.show = lambda data, result, lang: [f"{name} {lang} {data['a']}"]  # type: ignore[attr-defined]
    for key in ("SETTINGS", "inputs", "PARAMS"):
        if key in more:
            setattr(made, key, more.pop(key))
    sys.modules[made.__name__] = made
    made.__spec__ = SimpleNamespace(name=made.__name__)  # type: ignore[assignment]
    return Section(name, made.__name__, more.pop("scope", "place"), "节", "Section", **more)


def refuse(_: Context) -> dict[str, Any]:
    raise Missing("没有站点。", "There is no station.")


def refuse_plainly(_: Context) -> dict[str, Any]:
    raise MissingData("file x: no column 'a'; add it.")


@pytest.fixture
def context() -> Context:
    CALLS.clear()
    place = SimpleNamespace(id="mori")
    period = SimpleNamespace(kind="month", name="2026-10")
    return Context(SimpleNamespace(path="x"), place, period, None, {"mori": None}, Settings())  # type: ignore[arg-type]


def test_computed_once_for_the_same_inputs(context, tmp_path) -> None:
    one = module("one", lambda _: {"a": 1.5})
    for _ in range(2):
        assert obtain(context, tmp_path, "key", [one]) == {"one": {"a": 1.5}}
    assert CALLS == ["one"]
    obtain(context, tmp_path, "another key", [one])
    sys.modules[one.module].VERSION = 2
    obtain(context, tmp_path, "another key", [one])
    obtain(replace(context, seed=1), tmp_path, "another key", [one])
    assert CALLS == ["one"] * 4


def test_only_settings_that_matter_make_it_anew(context, tmp_path) -> None:
    one = module("one", lambda _: {"a": 1}, SETTINGS=("map_approval",))
    obtain(context, tmp_path, "k", [one])
    obtain(replace(context, settings=Settings(jobs=3, scenarios=["a"])), tmp_path, "k", [one])
    assert CALLS == ["one"]
    obtain(replace(context, settings=Settings(map_approval="新S(2026)001号")), tmp_path, "k", [one])
    assert CALLS == ["one", "one"]


def test_files_that_it_reads_make_it_anew(context, tmp_path) -> None:
    held = {"digest": "1"}
    one = module("one", lambda _: {"a": 1}, inputs=lambda _: [held["digest"]])
    obtain(context, tmp_path, "k", [one])
    held["digest"] = "2"
    obtain(context, tmp_path, "k", [one])
    assert CALLS == ["one", "one"]


def test_over_all_places_it_is_kept_once_and_knows_which(context, tmp_path) -> None:
    one = module("one", lambda c: {"a": sorted(c.results)}, scope="all")
    obtain(context, tmp_path, "k", [one])
    other = replace(context, place=SimpleNamespace(id="manas"))
    assert obtain(other, tmp_path, "k", [one]) == {"one": {"a": ["mori"]}} and CALLS == ["one"]
    more = replace(context, results={"mori": None, "manas": None})
    assert obtain(more, tmp_path, "k", [one])["one"]["a"] == ["manas", "mori"]


def test_a_later_order_reads_the_sections_before(context, tmp_path) -> None:
    first = module("first", lambda _: {"a": 2})
    last = module("last", lambda c: {"a": 10 * c.sections["first"]["a"]}, order=9)
    assert obtain(context, tmp_path, "k", [first, last])["last"] == {"a": 20}


def test_refusals_are_data_and_are_kept(context, tmp_path) -> None:
    for one in (module("both", refuse), module("plain", refuse_plainly)):
        for _ in range(2):
            made = obtain(context, tmp_path, "k", [one])[one.name]
        assert "unexpected" not in made
    assert CALLS == ["both", "plain"]
    assert obtain(context, tmp_path, "k", [module("both", refuse)])["both"]["missing"] == {
        "zh": "没有站点。",
        "en": "There is no station.",
    }
    made = compute(module("plain", refuse_plainly), context)
    assert made["missing"]["en"] == made["reason"] == "file x: no column 'a'; add it."
    assert not any(c.isascii() and c.isalpha() for c in made["missing"]["zh"])


@pytest.mark.parametrize("fault", [lambda _: 1 / 0, lambda _: {"a": object()}])
def test_a_fault_is_a_sentence_and_is_tried_again(context, tmp_path, fault) -> None:
    one, two = module("one", fault), module("two", lambda _: {"a": 1})
    for _ in range(2):
        made = obtain(context, tmp_path, "k", [one, two])
        assert "could not be computed" in made["one"]["missing"]["en"] and made["two"] == {"a": 1}
    assert CALLS.count("one") == 2 and CALLS.count("two") == 1


def test_a_module_that_cannot_be_imported_is_a_sentence(context) -> None:
    gone = Section("gone", "airq.no_such_module", "place", "节", "Section")
    assert "ModuleNotFoundError" in obtain(context, None, "k", [gone])["gone"]["unexpected"]


def test_shown_in_each_language(context, monkeypatch) -> None:
    one = module("one", lambda _: {"a": 1})
    monkeypatch.setattr(contract, "SECTIONS", (one,))
    monkeypatch.setattr(Section, "exists", True)
    bundle = SimpleNamespace(sections={"one": {"a": 1}}, result=None)
    assert show("one", bundle, "en") == ["one en 1"]
    refused = SimpleNamespace(
        sections={"one": {"missing": {"zh": "没有<站点>。", "en": "No <station>."}}}, result=None
    )
    heading, said = show("one", refused, "zh")
    assert heading.data == "## 节" and "没有&lt;站点&gt;。" in str(said) and "station" not in str(said)
    assert show("one", SimpleNamespace(sections={}, result=None), "zh") == []


def test_a_damaged_part_counts_as_none(tmp_path) -> None:
    store = Store(tmp_path)
    store.put("mori", "one", "k", {"a": 1})
    assert store.get("mori", "one", "k") == {"a": 1} and store.get("mori", "one", "other") is None
    file = store.file("mori", "one")
    for text in ("", "{", "[]", json.dumps({"key": "k", "value": 3})):
        file.write_text(text)
        assert store.get("mori", "one", "k") is None


def test_every_section_can_be_loaded_and_has_what_it_needs() -> None:
    for section in sections.SECTIONS:
        made = section.load()
        assert isinstance(made.VERSION, int) and callable(made.compute) and callable(made.show), section.name
        assert set(getattr(made, "SETTINGS", ())) <= set(Settings.model_fields), section.name

"""What the tests of sections share: words of a page, and a context with a made-up result."""

from __future__ import annotations

import json
import re
from html import unescape
from types import SimpleNamespace
from typing import Any

from airq import places
from airq.analysis import period as periods
from airq.reports.parameters import Settings
from airq.reports.sections import Context, compute, find

__all__ = [
    "assert_links_lead_to_numbers",
    "assert_one_language",
    "computed",
    "context",
    "figures",
    "links",
    "words",
]

_KNOWN = {
    "ALERT", "Brier", "PM", "AQI", "MDA", "VOCs", "NOx", "SO", "NO", "CO", "GB", "HJ", "mg", "div",
}  # fmt: skip


def context(
    archive: Any, place: str, period: str, absence: str = "", until: str = "", **settings: Any
) -> Context:
    """Context whose result says nothing but what it is of, and until when there are data."""
    span = periods.parse(period)
    result: Any = SimpleNamespace(place=place, period=span, absence=absence, data_until=until)
    result.span = lambda name: periods.so_far(span, until, 20)
    return Context(archive, places.get(place), span, result, {place: result}, Settings(**settings))


def computed(name: str, made: Context) -> dict[str, Any]:
    """Data of a section as a results file would hold them."""
    data = compute(find(name), made)
    assert "unexpected" not in data, data
    assert json.loads(json.dumps(data, ensure_ascii=False, allow_nan=False)) == data
    return data


def words(parts: list[Any]) -> str:
    """Text of a page's parts or sentences, figures left out; links are part of the text."""
    texts = [str(getattr(p, "data", p)) for p in parts if not hasattr(p, "figure")]
    plain = (re.sub("<[^>]+>", " ", re.sub("</?a[^>]*>", "", t)) for t in texts)
    return unescape("\n".join(plain))


def links(parts: list[Any]) -> dict[str, str]:
    """Printed text by the id that it leads to."""
    found: dict[str, str] = {}
    for part in parts:
        for ref, text in re.findall(
            r'<a class="n" href="#([^"]+)">([^<]*)</a>', str(getattr(part, "data", part))
        ):
            found[ref] = unescape(text)
    return found


def assert_links_lead_to_numbers(parts: list[Any], name: str, data: dict[str, Any]) -> None:
    """Every link of a page is the address of a number in the section's data, and prints that number."""
    from airq.reports.provenance import section_ref

    leaves: dict[str, float] = {}

    def walk(value: Any, path: tuple[Any, ...]) -> None:
        if isinstance(value, dict):
            for key, child in value.items():
                walk(child, (*path, key))
        elif isinstance(value, list):
            for number, child in enumerate(value):
                walk(child, (*path, number))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            leaves[section_ref(*path)] = float(value)

    walk(data, (name,))
    found = links(parts)
    assert found and set(found) <= set(leaves), set(found) - set(leaves)
    for ref, text in found.items():
        printed = re.sub("[,+%±*]", "", text).replace("−", "-")
        near = (leaves[ref], 100 * leaves[ref], abs(leaves[ref]))  # a share in percent, a fall by so much
        if printed.startswith("<"):
            assert min(map(abs, near)) <= float(printed[1:]), (ref, text)
            continue
        digits = len(printed.partition(".")[2])
        assert any(abs(float(printed) - v) <= 0.501 * 10**-digits for v in near), (ref, text, near)


def figures(parts: list[Any]) -> list[Any]:
    """Figures of a page."""
    return [p for p in parts if hasattr(p, "figure")]


def assert_one_language(text: str, lang: str) -> None:
    """A Chinese page holds no English words, an English one no Chinese."""
    if lang == "en":
        assert not re.findall("[\u4e00-\u9fff]+", text)
    else:
        found = set(re.findall("[A-Za-z]{2,}", text)) - _KNOWN
        assert not found, found

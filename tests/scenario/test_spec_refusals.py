"""Every fault of a scenario file is one sentence with the file and the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airq.errors import AirqError
from airq.scenario import cut_of, examples, load

HEAD = "season: 2025-2026\n"


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str, run: bool = False) -> str:
    file = write(folder, text)
    with pytest.raises(AirqError) as caught:
        made = load(file)
        if run:
            cut_of(made, draws=200)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith((".", "?", "…"))
    return said


CASES = {
    "measure twice": ("measures:\n  - id: 2025-boiler-01\n  - id: 2025-boiler-01\n", 4, "cut twice"),
    "part beside the whole": ("measures:\n  - id: 15fyp-boiler-01\n  - id: 2025-boiler-01\n", 4, "cut twice"),
    "part beside a selection": (
        "measures:\n  - id: 2025-diesel-01\n  - select: {document: plan-15fyp, status: done}\n",
        4,
        "cut twice",
    ),
    "the same said twice": ("measures:\n  - id: 2025-diesel-01\n  - id: 2025-diesel-02\n", 4, "cut twice"),
    "part of a part": ("measures:\n  - id: 15fyp-diesel-01\n  - id: 2025-diesel-02\n", 4, "cut twice"),
    "two statements": ("measures:\n  - id: 15fyp-diesel-03\n  - id: 15fyp-diesel-05\n", 4, "cut twice"),
    "same places twice": (
        "measures:\n  - {id: 15fyp-home-01, places: [fukang, mori]}\n  - {id: 15fyp-home-01, places: mori}\n",
        4,
        "cut twice",
    ),
    "amount and tonnes": (
        "measures:\n  - id: a\n    category: kiln\n    places: mori\n    count: 3 座\n    tonnes: {PM25: 3 t/yr}\n",
        3,
        "same cut twice",
    ),
    "unknown measure": ("measures:\n  - id: 2025-boiler-O1\n", 3, "did you mean '2025-boiler-01'?"),
    "unknown county": (
        "measures:\n  - id: 15fyp-home-01\n    places: [fukang, fukan]\n",
        4,
        "'fukan' is not known",
    ),
    "unknown county of a scale": (
        "measures:\n  - id: 15fyp-home-01\n    scale: {nowhere: 3}\n",
        4,
        "not known",
    ),
    "county outside": ("measures:\n  - id: 2025-boiler-01\n    places: mori\n", 4, "does not act in mori"),
    "unknown place shown": ("places: [changji, nirgendwo]\n", 2, "'nirgendwo' is not known"),
    "unknown category": (
        "measures:\n  - {id: a, category: boilrs, places: mori, count: 3 台}\n",
        3,
        "boilrs",
    ),
    "unknown key": ("measures:\n  - id: 2025-boiler-01\n    scal: 2\n", 4, "did you mean 'scale'?"),
    "unknown key above": ("measurs: []\n", 2, "did you mean 'measures'?"),
    "unknown neighbour": ("neighbours: {urumchi: act}\n", 2, "urumchi"),
    "county as neighbour": ("neighbours:\n  mori: frozen\n", 3, "no neighbour"),
    "negative cost": (
        "measures:\n  - id: 2025-boiler-01\n    capex_yuan: -5\n",
        4,
        "the cost -5 is negative",
    ),
    "cost in words": ("measures:\n  - id: 2025-boiler-01\n    capex_yuan: much\n", 4, "much"),
    "negative scale": ("measures:\n  - id: 2025-boiler-01\n    scale: -50 %\n", 4, "negative"),
    "negative tonnes": (
        "measures:\n  - {id: a, category: kiln, places: mori, tonnes: {PM25: -3 t}}\n",
        3,
        "negative",
    ),
    "tonnes without a unit": (
        "measures:\n  - {id: a, category: kiln, places: mori, tonnes: {PM25: 3}}\n",
        3,
        "no unit",
    ),
    "count without a unit": (
        "measures:\n  - id: a\n    category: boiler_coal\n    places: mori\n    count: 3\n",
        6,
        "no unit",
    ),
    "count of homes for boilers": (
        "measures:\n  - id: a\n    category: boiler_coal\n    places: mori\n    count: 3 户\n",
        6,
        "does not count coal boilers",
    ),
    "share above one": ("measures:\n  - id: 2025-boiler-01\n    compliance: 130 %\n", 4, "130 %"),
    "interval upside down": (
        "measures:\n  - id: 2025-boiler-01\n    compliance: [90 %, 20 %]\n",
        4,
        "not within",
    ),
    "no amount": ("measures:\n  - {id: a, category: kiln, places: mori}\n", 3, "states no amount"),
    "no place": ("measures:\n  - {id: a, category: kiln, count: 3 座}\n", 3, "no place"),
    "start after the months": (
        "measures:\n  - id: 2025-boiler-01\n    start: 2028-01\n",
        4,
        "correct the date or the season",
    ),
    "until before the months": (
        "measures:\n  - id: 2025-boiler-01\n    until: 2024-12\n",
        4,
        "correct the date or the season",
    ),
    "end before start": (
        "measures:\n  - id: 2025-boiler-01\n    start: 2026-02\n    end: 2026-01\n",
        3,
        "before the start",
    ),
    "no such day": ("measures:\n  - id: 2025-boiler-01\n    start: 2026-02-30\n", 4, "does not exist"),
    "staggered in summer": (
        "staggered:\n  - places: fukang\n    category: kiln\n    start: 2025-09-01\n    end: 2026-01-01\n    cut: 30 %\n",
        5,
        "outside the heating season 2025-10-15 to 2026-04-15",
    ),
    "staggered twice": (
        "staggered:\n  - {places: fukang, category: kiln, start: 2025-11, end: 2025-12, cut: 30 %}\n"
        "  - {places: changji-prefecture, category: kiln, start: 2025-12-31, end: 2026-01-31, cut: 30 %}\n",
        4,
        "staggered already",
    ),
    "staggered by grades that are not there": (
        "staggered:\n  - places: fukang\n    category: kiln\n    start: 2025-11\n    end: 2025-12\n    grades: x\n    cut: {C: 30 %}\n",
        7,
        "not in 'grades'",
    ),
    "too many upgrades": (
        "grades:\n  - {id: g, place: fukang, category: kiln, plants: {C: 1}, upgrades: [{from: C, to: B, plants: 2}]}\n",
        3,
        "2 plants of grade C",
    ),
    "upgrade downwards": (
        "grades:\n  - id: g\n    place: fukang\n    category: kiln\n    plants: {C: 1}\n    upgrades:\n      - {from: B, to: C, plants: 1}\n",
        8,
        "is none",
    ),
    "alert outside the season": (
        "alerts:\n  - places: changji\n    level: red\n    start: 2026-05-01\n    days: 5\n",
        5,
        "outside the heating season",
    ),
    "alert beyond the season": (
        "alerts:\n  - places: changji\n    level: red\n    start: 2026-04-13\n    end: 2026-04-18\n",
        6,
        "outside the heating season",
    ),
    "alerts that overlap": (
        "alerts:\n  - {places: changji, level: red, start: 2026-01-10, days: 5}\n"
        "  - {places: changji-prefecture, level: yellow, start: 2026-01-15, days: 3, lead: 1}\n",
        4,
        "overlaps another one (line 3) in changji",
    ),
    "alerts on the worst days": (
        "alerts:\n  - {places: changji, level: red, days: 5}\n  - {places: changji, level: orange, days: 3}\n",
        4,
        "overlaps",
    ),
    "alert of no level": ("alerts:\n  - places: changji\n    level: purple\n    days: 5\n", 4, "purple"),
    "alert without a length": ("alerts:\n  - {places: changji, level: red}\n", 3, "'alerts.days' is missing"),
    "year without season": ("season: soon\n", 2, "stands twice"),
    "no such weather year": ("weather:\n  years: [2019-2021]\n", 3, "does not span two years"),
    "weather of no kind": ("weather:\n  kinds: [mild]\n", 3, "mild"),
    "unknown target": ("targets: [changji-2025-good-day]\n", 2, "did you mean 'changji-2025-good-days"),
    "target far away": ("targets: [div12-2035-good-ratio]\n", 2, "too far"),
    "year far away": ("years: [2026, 2001]\n", 2, "the year 2001 is too far"),
    "unknown standard": ("standard: GB9999\n", 2, "GB9999"),
    "unknown delay": ("delay: soon\n", 2, "soon"),
    "unknown reference": ("against: nothing-like-it\n", 2, "no file"),
    "split above the whole": (
        "measures:\n  - {id: a, category: kiln, places: mori, claim: 5 t, split: {SO2: 80 %, NOx: 30 %}}\n",
        3,
        "more than the whole",
    ),
    "fine above coarse": (
        "measures:\n  - {id: a, category: kiln, places: mori, tonnes: {PM25: 8 t, PM10: 3 t}}\n",
        3,
        "of which it is a part",
    ),
    "growth of nothing": ("growth:\n  - places: mori\n", 3, "exactly one of"),
    "not a list": ("measures: boilers\n", 2, "a list"),
    "not a mapping": ("measures:\n  - boilers\n", 3, "keys with values"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_refused_with_its_line(name: str, tmp_path: Path) -> None:
    text, line, words = CASES[name]
    said = refusal(tmp_path, HEAD + text)
    assert f"mine.yaml: line {line}: " in said
    assert words in said


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("measures:\n  - id: 15fyp-home-01\n    scale: 150 %\n", 3, "more is cut than emitted"),
        (
            "measures:\n  - {id: a, category: boiler_coal, technology_before: boiler_lt65, places: mori, count: 3000 台}\n",
            3,
            "more is cut than emitted",
        ),
        (
            "measures:\n  - id: 15fyp-home-01\n  - {id: a, category: home_heating, places: mori, tonnes: {PM25: 9000 t}}\n",
            4,
            "more is cut than emitted",
        ),
        (
            "measures:\n  - {id: a, category: all, places: urumqi, cut: 70 %}\n"
            "  - {id: b, category: all, places: urumqi, cut: 60 %}\n",
            3,
            "more is cut than emitted",
        ),
        ("measures:\n  - {id: a, category: coal_fire, places: mori, cut: 7 %}\n", 3, "is not known"),
    ],
)
def test_more_cut_than_emitted(text: str, line: int, words: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, HEAD + text, run=True)
    assert f"mine.yaml: line {line}: " in said
    assert words in said


def test_the_other_of_two_entries_is_named_with_its_file(tmp_path: Path) -> None:
    one = "alerts:\n  - {places: changji, level: %s, start: 2026-01-%s, days: 5}\n"
    write(tmp_path, HEAD + one % ("red", 10), "base.yaml")
    said = refusal(tmp_path, "extends: base.yaml\n" + one % ("orange", 12))
    assert (
        "mine.yaml: line 3: the alert overlaps another one (" in said
        and "base.yaml: line 3) in changji" in said
    )
    assert "(line 3)" in refusal(tmp_path, HEAD + one % ("red", 10) + "  - {places: mori, level: red, start: 2026-01-01, days: 1}\n" + (one % ("red", 12)).split("\n", 1)[1])  # fmt: skip


def test_a_strange_key_is_named_before_the_one_that_is_missing(tmp_path: Path) -> None:
    assert "line 1: key '采暖季' is not known" in refusal(tmp_path, "采暖季: 2025-2026\n")


def test_refusals_stay_short(tmp_path: Path) -> None:
    huge = refusal(tmp_path, HEAD + "measures:\n  - {id: 2025-boiler-01, scale: 1e300}\n", run=True)
    assert "more is cut than emitted" in huge and len(huge) < 300
    for i in range(40):
        write(tmp_path, HEAD, f"plan-of-mine-{i}.yaml")
    assert len(refusal(tmp_path, HEAD + "against: zzz\n")) < 700


def test_weather_year_without_data_names_its_line_and_what_there_is(tmp_path: Path) -> None:
    made = load(write(tmp_path, HEAD + "weather:\n  years:\n    - 2019-2020\n    - 2003-2004\n"))
    with pytest.raises(AirqError) as caught:
        made.require_weather(["2018-2019", "2019-2020"])
    said = str(caught.value)
    assert "mine.yaml: line 5: " in said
    assert "no data of the season 2003-2004" in said
    assert "2018-2019, 2019-2020" in said
    assert made.require_weather(["2019-2020", "2003-2004", "2004-2005"]) == ("2019-2020", "2003-2004")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is empty"),
        (b"- a\n- b\n", "no keys with values"),
        (b"season: [2025\n", "not valid YAML"),
        (b"season: 2025\nseason: 2026\n", "line 2: key 'season' stands twice"),
        (b"season: 2025-2026\ntitle_zh: \xb2\xfd\xbc\xaa\n", "line 2: not UTF-8"),
        (b"season: 2025-2026\nmeasures: !!python/object/apply:os.system ['true']\n", "line 2: the YAML tag"),
        (b"a: &a [1]\n" + b"".join(b"b%d: &b%d [%s]\n" % (i, i, b", ".join([b"*a" if i == 0 else b"*b%d" % (i - 1)] * 9)) for i in range(7)), "too much"),
        (b"[" * 3000, "line 1: is nested too deeply"),
    ],
)  # fmt: skip
def test_broken_files(raw: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_bytes(raw)
    with pytest.raises(AirqError) as caught:
        load(file)
    assert "broken.yaml" in str(caught.value)
    assert words in str(caught.value)


def test_missing_file_offers_the_nearest_name() -> None:
    with pytest.raises(AirqError, match="did you mean 'no-action'"):
        load("no-actoin")


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 3000),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=8),
    st.sampled_from(
        ["2026-13", "-3 %", "1 year", "30 台", "mori", "all", "2025-2026", "*", [], {}, [1, 2], {"low": 3}]
    ),
)


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else []
    return [path, *(p for k, v in items for p in leaves(v, (*path, k)))]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_value_of_any_kind_is_read_or_refused_in_one_sentence(data: st.DataObject, tmp_path: Path) -> None:
    name = data.draw(st.sampled_from(sorted(examples())))
    tree = yaml.safe_load(examples()[name].read_text(encoding="utf-8"))
    path = data.draw(st.sampled_from(leaves(tree)[1:]))
    node = tree
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = data.draw(JUNK)
    file = write(tmp_path, yaml.safe_dump(tree, allow_unicode=True))
    try:
        load(file)
    except AirqError as error:
        assert "\n" not in str(error)

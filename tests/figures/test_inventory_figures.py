"""Figures of the inventory: the numbers in them, both languages, every glyph, nothing left out or on top of another."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from drawings import Look, look
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text

from airq import inventory as core
from airq.errors import ParameterError
from airq.figures import inventory
from airq.figures.inventory_claims import wrapped
from airq.figures.inventory_flow import spread_labels
from airq.figures.inventory_numbers import groups, part, steps, unknown
from airq.figures.inventory_words import group_name
from airq.figures.style import FigureResult

LANGUAGES = ["zh", "en"]


@pytest.fixture(scope="module")
def register() -> core.Register:
    return core.load()


@pytest.fixture(scope="module")
def tonnes(register: core.Register) -> core.Emissions:
    return register.emissions(draws=400, seed=1)


@pytest.fixture(scope="module")
def baseline() -> core.Baseline:
    return core.Baseline.load()


@pytest.fixture(scope="module")
def audited() -> core.Audit:
    return core.audit(draws=400)


@pytest.fixture(scope="module")
def drawn(tonnes, baseline, audited) -> dict[str, list[FigureResult]]:
    return {
        lang: [
            inventory.waterfall(tonnes, "PM25", "category", lang, True, baseline),
            inventory.waterfall(tonnes, "SO2", "county", lang, True, baseline),
            inventory.waterfall(tonnes, "CO", "category", lang, True),
            inventory.flow(tonnes, "NOx", "county", lang, True),
            inventory.flow(tonnes, None, "pollutant", lang, True),
            inventory.cumulative(tonnes, ["PM25", "CO2", "CO", "NH3"], lang, True),
            inventory.claims(audited, None, lang, True),
            inventory.contributors(tonnes, ["PM25", "CO2"], 5, lang, True),
        ]
        for lang in LANGUAGES
    }


def words(one: FigureResult) -> str:
    return "\n".join(t.get_text() for t in one.figure.findobj(Text))


@pytest.fixture(scope="module")
def looks(drawn) -> dict[str, list[Look]]:
    return {lang: [look(one) for one in made] for lang, made in drawn.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_glyph_is_missing_and_nothing_complains(looks, lang) -> None:
    assert [c for found in looks[lang] for c in found.complaints] == []


def test_a_missing_glyph_would_be_noticed(audited) -> None:
    one = inventory.claims(audited, lang="en")
    one.figure.text(0.5, 0.5, "\U0010fffd")
    assert look(one).complaints


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_stay_inside_and_say_what_they_show(looks, lang: str) -> None:
    for found in looks[lang]:
        one, said = found.one, found.words
        assert one.caption in said and "模拟数据" in said and "$" not in said and not one.frame.empty
        assert "nan" not in said.lower().replace("manas", "")
        box = one.figure.bbox
        for text, extent in found.texts:
            assert extent.x0 >= box.x0 - 1 and extent.x1 <= box.x1 + 1, text
            assert extent.y0 >= box.y0 - 1 and extent.y1 <= box.y1 + 1, text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_two_texts_overlap(looks, lang: str) -> None:
    for found in looks[lang]:
        for (name, a), (other, b) in combinations(found.texts, 2):
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            down = min(a.y1, b.y1) - max(a.y0, b.y0)
            # The height of a text has room above and below its letters.
            assert across <= 2 or down <= 0.35 * min(a.height, b.height), (found.one.caption, name, other)


def test_texts_of_the_english_figures_are_english(looks) -> None:
    for found in looks["en"]:
        assert not re.search("[\u4e00-\u9fff]", found.words.replace("模拟数据", "")), found.one.caption


@pytest.mark.parametrize("lang", LANGUAGES)
def test_unit_on_every_axis(drawn, lang: str) -> None:
    unit = "吨/年|千克|%" if lang == "zh" else r"t/yr|kg per t|\(%\)"
    for one in drawn[lang]:
        assert re.search(unit, words(one)), one.caption
        for axes in one.figure.axes:
            if axes.axison and (axes.lines or axes.patches):
                shared = (
                    axes.get_subplotspec() is not None and not axes.get_xlabel() and not axes.get_ylabel()
                )
                found = axes.get_xlabel() + axes.get_ylabel()
                assert re.search(unit, found) or shared, one.caption


def test_waterfall_ends_where_the_draws_end(tonnes, baseline) -> None:
    frame = steps(tonnes, "PM25", "category", baseline)
    base = frame[frame["kind"] == "baseline"].iloc[0]
    table = baseline.emissions(400, 1, pollutants=("PM25",))
    assert base["mean"] == pytest.approx(table["mean"].sum())
    cuts = frame[frame["kind"] == "cut"]
    last = frame[frame["kind"] == "level"].iloc[-1]
    outside = frame[frame["kind"] == "outside"]["mean"].sum()
    assert cuts["mean"].sum() + outside == pytest.approx(tonnes.total.loc["PM25", "mean"])
    assert last["mean"] == pytest.approx(base["mean"] - cuts["mean"].sum())
    assert ((frame["p5"] <= frame["p50"]) & (frame["p50"] <= frame["p95"]))[frame["kind"] != "unknown"].all()


@pytest.mark.parametrize("by", ["category", "county"])
def test_waterfall_without_a_baseline_adds_up_to_the_total(tonnes, by: str) -> None:
    frame = steps(tonnes, "SO2", by)
    last = frame[frame["kind"] == "level"].iloc[-1]
    for column in ("p5", "p50", "p95", "mean"):
        assert last[column] == pytest.approx(tonnes.total.loc["SO2", column])


def test_bars_are_the_medians_and_plans_are_hatched(tonnes) -> None:
    one = inventory.waterfall(tonnes, "PM25", lang="en")
    shown = one.frame[one.frame["kind"] != "unknown"]
    bars = [p for p in one.figure.axes[0].patches if isinstance(p, Rectangle)][: len(shown)]
    assert [b.get_width() for b in bars] == pytest.approx(shown["p50"].tolist())
    hatched = [bool(b.get_hatch()) for b in bars]
    assert hatched == ((shown["kind"] == "cut") & (shown["status"] == "planned")).tolist()
    assert any(hatched) and not all(hatched)


def test_every_measure_is_either_drawn_or_named_as_unknown(tonnes) -> None:
    have = {x.measure_id for x in tonnes.lines if x.pollutant == "PM25"}
    needs = set(tonnes.needs["measure_id"]) - have
    assert int(unknown(tonnes, "PM25")["measures"].sum()) == len(needs) > 0
    said = words(inventory.waterfall(tonnes, "PM25", lang="en"))
    for group in unknown(tonnes, "PM25")["group"]:
        assert group_name(group, "category", "en") in said
    assert said.count("needs a factor") == len(unknown(tonnes, "PM25"))


def test_flow_conserves_and_its_bands_are_as_wide_as_their_tonnes(tonnes) -> None:
    one = inventory.flow(tonnes, "NOx", lang="en")
    assert one.frame["mean"].sum() == pytest.approx(tonnes.total.loc["NOx", "mean"])
    by_county = one.frame.groupby("target")["mean"].sum()
    for county, values in groups(tonnes, "NOx", "county").items():
        assert by_county[county] == pytest.approx(values.mean())
    axes = one.figure.axes[0]
    bands = [p for p in axes.patches if isinstance(p, PathPatch)]
    widths = sorted(p.get_path().vertices[0, 1] - p.get_path().vertices[7, 1] for p in bands)
    wanted = sorted(one.frame.loc[one.frame["p50"] > 0, "p50"])
    assert np.array(widths) / sum(widths) == pytest.approx(np.array(wanted) / sum(wanted), abs=1e-9)
    assert sum(bool(p.get_hatch()) for p in bands) == int(((one.frame["p50"] > 0) & (one.frame["status"] == "planned")).sum())  # fmt: skip


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_keep_their_distance(wanted: list[float]) -> None:
    found = spread_labels(sorted(wanted, reverse=True), 0.12)
    assert all(a - b >= 0.12 - 1e-9 for a, b in pairwise(found))
    assert min(found) >= -1e-9 and max(found) <= 1 + 1e-9


def test_cumulative_keeps_what_is_done_and_adds_what_is_planned(tonnes) -> None:
    frame = inventory.cumulative(tonnes, ["NOx"]).frame
    done, both = (frame[frame["what"] == w].set_index("year")["p50"] for w in ("done", "with_planned"))
    assert done.is_monotonic_increasing and both.is_monotonic_increasing
    assert (both >= done - 1e-6).all() and both.iloc[-1] > done.iloc[-1]
    assert both.iloc[-1] == pytest.approx(tonnes.total.loc["NOx", "p50"], rel=1e-6)


def test_a_pollutant_without_tonnes_says_that_it_needs_a_factor(tonnes, register) -> None:
    assert "needs a factor" in words(inventory.cumulative(tonnes, ["NH3"], "en"))
    none = part(tonnes, category=("no such category",))
    for one in (
        inventory.waterfall(none, "PM25", lang="en"),
        inventory.flow(none, "PM25", lang="en"),
        inventory.flow(none, None, "pollutant", "en"),
        inventory.cumulative(none, lang="en"),
        inventory.contributors(none, lang="en"),
    ):
        assert "needs a factor" in words(one)


def test_only_plans_can_be_drawn(register) -> None:
    made = register.planned().emissions(draws=50, pollutants=["PM25"])
    frame = inventory.cumulative(made).frame
    assert set(frame["what"]) == {"with_planned"}


def test_claims_stand_where_their_factors_are(audited) -> None:
    one = inventory.claims(audited, lang="en")
    found = one.frame[one.frame["row"] == "news-2023-effect"].set_index("pollutant")["implied"]
    assert found[["so2", "nox", "pm"]].tolist() == [1.5, 1.1, 10.0]
    stoves = one.frame[(one.frame["row"] == "home_heating") & (one.frame["of"] == "PM25")].iloc[0]
    factors = core.Factors.load().candidates("home_heating", "stove_raw_coal", "coal", "PM25")
    assert stoves["least"] == min(f.value for f in factors) and stoves["most"] == max(
        f.value for f in factors
    )
    assert stoves["p5"] < stoves["p50"] < stoves["p95"]
    assert all(a.get_xscale() == "log" for a in one.figure.axes)
    said = " ".join(words(one).split())
    for row in audited.rows:
        if row.factors:
            assert row.verdict_en in said, row.id


def test_claims_without_coal_leave_no_empty_panel() -> None:
    one = inventory.claims(core.audit([{"id": "a", "so2_t": 12}], draws=50), lang="en")
    assert one.figure.axes == [] and "no factor can be formed" in words(one)


def test_shares_of_the_contributors(tonnes) -> None:
    one = inventory.contributors(tonnes, ["PM25"], 3, "en")
    pd.testing.assert_frame_equal(one.frame, tonnes.contributors(3, "PM25"))
    bars = [p.get_width() for p in one.figure.axes[0].patches if isinstance(p, Rectangle)]
    assert bars == pytest.approx([*(100 * one.frame["share"]), 100 * (1 - one.frame["share"].sum())])


@given(st.text(alphabet="煤炭，。abc 10.5（）", max_size=120), st.integers(12, 60))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    joined = "".join(wrapped(text, width)).replace(" ", "")
    assert joined == text.replace(" ", "")


def test_what_is_not_known_is_refused(tonnes) -> None:
    with pytest.raises(ParameterError, match="use category, county"):
        inventory.waterfall(tonnes, "PM25", "colour")
    with pytest.raises(ParameterError, match="use county or pollutant"):
        inventory.flow(tonnes, "PM25", "colour")
    with pytest.raises(ParameterError, match="use zh or en"):
        inventory.waterfall(tonnes, "PM25", lang="fr")

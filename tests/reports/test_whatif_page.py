"""The what-if page: choices become scenarios, answers follow them, refusals are one sentence, controls hold no numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from airq.errors import AirqError, ParameterError
from airq.reports import serving
from airq.reports import whatif_page as page
from airq.reports.whatif_choice import AS_WRITTEN, Choice, lean, listed, scenario_of
from airq.reports.whatif_controls import Controls
from airq.scenario.baseline import baseline_of
from airq.scenario.loading import load
from airq.scenario.tonnes import cut_of


def air() -> pd.DataFrame:
    days = pd.date_range("2021-10-01", "2025-09-30")
    rng = np.random.default_rng(0)
    wave = 45 + 30 * np.cos(2 * np.pi * (np.asarray(days.day_of_year) - 15) / 365)
    value = wave * np.exp(0.4 * rng.standard_normal(len(days)))
    return pd.DataFrame({"date": days, "site": "changji", "pm25": value, "pm10": 2 * value})


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> page.Prepared:
    made = baseline_of(air(), weather_years=4)
    monkeypatch.setattr(page, "baseline_for", lambda *_: made)
    return page.Prepared.of("30-boilers-741-trucks", draws=60, weather_years=4)


def season(choice: Choice, base: str) -> float:
    return float(cut_of(scenario_of(choice, load(base)), 100).season().set_index("pollutant")["p50"]["PM25"])


def test_a_choice_scales_delays_and_leaves_out() -> None:
    name = "30-boilers-741-trucks"
    first = Choice.of(load(name))
    whole = season(first, name)
    assert season(replace(first, share=0.5), name) == pytest.approx(whole / 2)
    one = season(replace(first, measures=first.measures[:1]), name)
    other = season(replace(first, measures=first.measures[1:]), name)
    assert 0 < one < whole and 0 < other < whole
    assert season(replace(first, measures=()), name) == 0
    assert season(replace(first, delay=24), name) < whole
    assert season(replace(first, neighbours=0.1), name) > 10 * whole


def test_the_choice_of_an_alert_replaces_that_of_the_file() -> None:
    base = load("red-alert-5-days")
    made = scenario_of(replace(Choice.of(base), alert="yellow", days=3, lead=2, compliance=0.5), base)
    (alert,) = made.alerts
    assert (alert.level, alert.days, alert.lead, alert.compliance.value) == ("yellow", 3, 2, 0.5)
    assert alert.places == base.alerts[0].places and base.alerts[0].level == "red"
    assert scenario_of(replace(Choice.of(base), alert="none"), base).alerts == ()
    dated = load(
        {
            "season": "2025-2026",
            "alerts": [{"places": "changji", "level": "red", "start": "2026-01-10", "days": 3}],
        }
    )
    assert Choice.of(dated).alert == AS_WRITTEN
    assert scenario_of(Choice.of(dated), dated).alerts == dated.alerts


def test_measures_without_tonnes_are_left_to_the_tables() -> None:
    for name in ("plan-15fyp-box2", "one-year-late"):
        base = load(name)
        less = lean(base)
        assert set(listed(less)) < set(listed(base))
        a, b = (cut_of(s, 60).season()["p50"].to_numpy() for s in (base, less))
        assert a == pytest.approx(b, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"measures": ("no-such",)}, "measure 'no-such' is not in scenario"),
        ({"alert": "purple"}, "alert 'purple' is not known"),
        ({"kind": "wet"}, "weather 'wet' is not known"),
        ({"share": -1.0}, "share must be"),
        ({"neighbours": 2.0}, "give 0 to 1"),
    ],
)
def test_what_cannot_be_chosen_is_refused_in_one_sentence(change: dict, said: str) -> None:
    base = load("30-boilers-741-trucks")
    with pytest.raises(ParameterError, match=said) as caught:
        scenario_of(replace(Choice.of(base), **change), base)
    assert len(str(caught.value).splitlines()) == 1


def test_an_answer_is_pure_and_says_what_is_computed(ready: page.Prepared) -> None:
    choice = replace(Choice.of(ready.begin()), share=1.5)
    one, two = page.answer(ready, choice, "zh"), page.answer(ready, choice, "zh")
    assert str(one[0]) == str(two[0])
    pd.testing.assert_frame_equal(one[1].frame, two[1].frame)
    frame = one[1].frame.set_index(["label", "indicator"])["p50"]
    more, written = frame["所选", "pm25_season"], frame["按情景文件", "pm25_season"]
    assert more == pytest.approx(1.5 * written, rel=0.02) and written < 0
    assert f"{abs(more):.2f}" in str(one[0]) and "观测看不出" in str(one[0])
    english = "".join(map(str, page.answer(ready, choice, "en")))
    assert "Changji City" in english and "may be real" in english


def test_the_controls_answer_and_reset(ready: page.Prepared) -> None:
    asked: list[Choice] = []

    def answer(choice: Choice) -> list[object]:
        asked.append(choice)
        if choice.delay == 9:
            raise ParameterError("no such delay; choose another.")
        return page.answer(ready, choice, "zh")

    first = Choice.of(ready.begin())
    made = Controls(first, listed(ready.begin()), ["2022-2023"], answer, "zh")
    assert made.choice == first == asked[-1]
    text, picture = made.parts[0].value, bytes(made.parts[1].value)
    made.controls["share"].value = 150
    assert asked[-1] == replace(first, share=1.5)
    assert made.parts[0].value != text and bytes(made.parts[1].value) != picture
    assert picture.startswith(b"\x89PNG")
    assert made.controls["days"].disabled
    made.controls["alert"].value = "red"
    assert not made.controls["days"].disabled and asked[-1].alert == "red" and asked[-1].compliance is None
    made.controls["compliance"].value = 40
    assert asked[-1].compliance == 0.4
    made.controls["delay"].value = 9
    assert "no such delay" in made.parts[0].value
    count = len(asked)
    made.set(first)
    assert made.choice == first and made.parts[0].value == text
    assert len(asked) == count  # the first answer is remembered


def test_a_place_that_is_not_run_for_is_refused() -> None:
    with pytest.raises(AirqError, match="not run for 'urumqi'"):
        page.Prepared.of("30-boilers-741-trucks", place="urumqi")


def test_the_page_is_served_on_this_machine_alone() -> None:
    with serving.staged({"lang": "en", "scenario": "no-action"}) as (book, environment):
        source = book.read_text(encoding="utf-8")
        assert 'lang = \\"en\\"' in source and "no-action" in source
        look = book.parent.parent / "voila" / "templates" / "airq"
        assert (look / "static" / "NotoSansSC-Regular.ttf").is_file()
        assert "http" not in (look / "index.html.j2").read_text(encoding="utf-8")
        assert environment["JUPYTER_PATH"].startswith(str(book.parent.parent))
        words = serving.command(book, 8866)
    assert "--Voila.ip=127.0.0.1" in words and "--no-browser" in words
    assert not book.exists()

"""Figures of forecasts and targets: the numbers in them, both languages, every glyph, nothing on top of another."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from drawings import Look, look
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from scipy.stats import norm

from airq import standards
from airq.errors import AirqError, MissingData, ParameterError
from airq.figures import forecast, forecast_words, style, targets, targets_words
from airq.figures.forecast_bands import limits
from airq.figures.style import FigureResult

LANGUAGES = ["zh", "en"]
ISSUED = pd.Timestamp("2026-11-18")
LEVELS = range(5, 100, 5)
PLACE = {"zh": "昌吉市", "en": "Changji City"}
GOOD = {"kind": "good_days", "at_least": 290, "year": 2026}
MEAN = {"kind": "mean", "pollutant": "pm25", "at_most": 35, "year": 2026}
RATIO = {"kind": "good_ratio", "at_least": 0.82, "year": 2026}


def rows(days: int = 10, level: float = 65.0, hours: bool = False) -> pd.DataFrame:
    lead = np.arange(1, days + 1)
    out = pd.DataFrame({"site": "changji", "issued": ISSUED, "horizon": lead, "model": "auto"})
    out["time" if hours else "date"] = ISSUED + pd.to_timedelta(lead, "h" if hours else "D")
    for p in LEVELS:
        out[f"q{p:02d}"] = level * np.exp((0.3 + 0.02 * np.minimum(lead, 10)) * norm.ppf(p / 100))
    out.attrs["weather"] = "none"
    return out


def history(days: int = 30) -> pd.DataFrame:
    dates = pd.date_range(ISSUED - pd.Timedelta(days=days - 1), ISSUED)
    return pd.DataFrame({"date": dates, "pm25": 50 + 20 * np.sin(np.arange(days))})


def alerts() -> pd.DataFrame:
    daily = [(d, k, f * (i + 1) / 14) for i, d in enumerate(rows()["date"]) for k, f in (("yellow", 1.0), ("orange", 0.5), ("red", 0.0))]  # fmt: skip
    whole = [(pd.NaT, "yellow", 0.83), (pd.NaT, "orange", 0.4), (pd.NaT, "red", 0.0)]
    return pd.DataFrame(daily + whole, columns=["date", "level", "probability"])


def chances() -> pd.DataFrame:
    weights = np.array([1.0, 5, 3, 1.5, 0.6, 0.05])
    made = [(d, k, w / weights.sum()) for d in rows()["date"] for k, w in enumerate(weights, 1)]
    return pd.DataFrame(made, columns=["date", "category", "probability"])


def primaries() -> pd.DataFrame:
    made = [(d, p, q) for d in rows()["date"] for p, q in (("pm25", 0.7), ("o3", 0.3))]
    return pd.DataFrame(made, columns=["date", "pollutant", "probability"])


def skills() -> pd.DataFrame:
    made = [
        (h, name, a / h + b, a / h + b - 0.06, a / h + b + 0.05)
        for name, a, b in (("climatology", 0.3, -0.02), ("persistence", -0.1, 0.5))
        for h in (1, 2, 3, 5, 7, 10)
    ]
    return pd.DataFrame(made, columns=["horizon", "against", "skill", "low", "high"])


def bins(events: tuple[int, ...] = (75, 150)) -> pd.DataFrame:
    made = [
        (e, p, min(1.0, p * 1.1), int(300 * (1 - p) ** 2) + 4)
        for e in events
        for p in np.arange(0.05, 1, 0.1)
    ]
    return pd.DataFrame(made, columns=["event", "probability", "frequency", "n"])


def histogram() -> pd.DataFrame:
    made = [(h, k / 10, (k + 1) / 10, (20 + k) / 245, 245) for h in (1, 3, 7, 10) for k in range(10)]
    return pd.DataFrame(made, columns=["horizon", "lower", "upper", "share", "n"])


def course(target: dict, until: str = "2026-09-30") -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The year so far, a fan to its end and two earlier years, from plain formulas."""
    dates = pd.date_range("2026-01-01", "2026-12-31")
    day = dates.day_of_year.to_numpy()
    cold = np.clip(np.cos((day - 15) / 365 * 2 * np.pi), 0, 1)
    count = np.cumsum(0.9 - 0.35 * cold)
    if target["kind"] == "mean":
        count = 35 + 40 * np.exp(-day / 80)
    if target["kind"] == "good_ratio":
        count = count / day
    line = pd.DataFrame({"date": dates, "value": count})
    known, ahead = line[dates <= until], line[dates >= until].reset_index(drop=True)
    wide = {"good_days": 6, "mean": 2, "good_ratio": 0.02}[target["kind"]]
    grow = np.sqrt(np.arange(len(ahead)) / max(len(ahead), 1))
    fan = ahead.assign(**{f"q{p:02d}": ahead["value"] + wide * grow * norm.ppf(p / 100) for p in LEVELS})
    past = pd.concat([line.assign(year=y, value=line["value"] * f) for y, f in ((2024, 0.96), (2025, 1.02))])
    return known, fan.drop(columns="value"), past


def thermometer(target: dict, lang: str, p: float = 0.37, **more) -> FigureResult:
    known, fan, past = course(target)
    need = float(target.get("at_least", target.get("at_most")))
    return targets.thermometer(known, fan, target, need, p, lang, PLACE[lang], True, past, **more)


def pace(lang: str) -> FigureResult:
    rest = pd.DataFrame({"year": [2022, 2023, 2024, 2025], "value": [42.0, 31, 34, 26]})
    return targets.pace(rest, GOOD, 31, 2026, 92, lang, PLACE[lang], True, {"q10": 22, "q50": 34, "q90": 42})


def drifts() -> pd.DataFrame:
    return pd.DataFrame(
        {"drift": ["zero", "half", "full"], "probability": [0.41, 0.55, 0.998], "error": 0.011}
    )


def years() -> pd.DataFrame:
    made = [(y, v, 1 / (1 + np.exp(-(y - 2028 - (35 - v) / 2) * 0.7))) for y in range(2026, 2036) for v in (35, 30, 25)]  # fmt: skip
    table = pd.DataFrame(made, columns=["year", "limit", "probability"])
    return table.assign(by_then=table.groupby("limit")["probability"].cummax())


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[FigureResult]]:
    out = {}
    for lang in LANGUAGES:
        name = PLACE[lang]
        two = {"a": "PM₂.₅ ≤35 µg/m³", "b": "优良≥300天" if lang == "zh" else "300 good days"}
        both = pd.concat([drifts().assign(target=t) for t in two])
        out[lang] = [
            forecast.fan(rows(), "pm25", history(), lang, name, True),
            forecast.fan(rows(level=900), "pm10", None, lang, name, True, "2012", "perfect"),
            forecast.fan(
                rows(72, hours=True), "pm25", history().rename(columns={"date": "time"}), lang, name, True
            ),
            forecast.categories(chances(), lang, name, True, "2026", primaries()),
            forecast.warnings(alerts(), lang, name, True, 0.2),
            forecast.skill(skills(), "pm25", lang, name, True, "none"),
            forecast.reliability(
                bins(), lang, name, True, {75: "PM₂.₅ > 75 µg/m³", 150: "PM₂.₅ > 150 µg/m³"}
            ),
            forecast.pit(histogram(), lang, name, True),
            thermometer(GOOD, lang),
            thermometer(MEAN, lang),
            thermometer(RATIO, lang),
            pace(lang),
            targets.pace(
                pd.DataFrame({"year": [2025], "value": [38.2]}), MEAN, 33.3, 2026, 92, lang, name, True
            ),
            targets.by_drift(drifts(), "half", lang, name, True),
            targets.by_drift(both, "half", lang, name, True, two),
            targets.hindcast(bins((0,)).drop(columns="event"), lang, name, True),
            targets.attainment(years(), None, lang, name, True),
        ]
    return out


@pytest.fixture(scope="module")
def looks(drawn) -> dict[str, list[Look]]:
    return {lang: [look(one) for one in made] for lang, made in drawn.items()}


def words(one: FigureResult) -> str:
    return "\n".join(t.get_text() for t in one.figure.findobj(Text))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_glyph_is_missing_and_nothing_complains(looks, lang: str) -> None:
    assert [c for found in looks[lang] for c in found.complaints] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_stay_inside_and_say_what_they_show(looks, lang: str) -> None:
    for found in looks[lang]:
        one, said = found.one, found.words
        assert one.caption in said and "模拟数据" in said and "$" not in said and not one.frame.empty
        assert "nan" not in said.lower()
        box = one.figure.bbox
        for text, extent in found.texts:
            assert extent.x0 >= box.x0 - 1 and extent.x1 <= box.x1 + 1, (one.caption, text)
            assert extent.y0 >= box.y0 - 1 and extent.y1 <= box.y1 + 1, (one.caption, text)


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


# ---- forecasts ----


def test_bands_are_those_of_the_rule_book() -> None:
    for edition in ("2012", "2026"):
        for name in ("pm25", "pm10", "so2", "no2", "co", "o3"):
            for level, end in enumerate(limits(name, edition), 1):
                index = standards.iaqi(name, end, averaging="24h", edition=edition)
                assert standards.category_of(index, edition) == level, (edition, name, end)
    assert limits("temperature") == ()


def test_fan_shows_its_rows_and_the_days_before() -> None:
    one = forecast.fan(rows(), "pm25", history(), "en")
    ahead = one.frame.dropna(subset=["q50"])
    assert ahead["q50"].tolist() == pytest.approx(rows()["q50"].tolist())
    before = one.frame[one.frame["q50"].isna()]
    assert before["date"].max() == ISSUED and len(before) == 10
    said = words(one)
    first = rows().iloc[0]
    assert f"{first['q50']:.0f}\n{first['q10']:.0f}–{first['q90']:.0f}" in said
    assert "without a weather forecast" in said
    assert "perfect weather" in words(forecast.fan(rows(), "pm25", None, "en", weather="perfect"))
    axes = one.figure.axes[0]
    colours = {to_hex(p.get_facecolor()).upper() for p in axes.patches}
    assert standards.colour(1).upper() in colours and axes.get_ylim()[1] >= rows()["q95"].max()


def test_what_cannot_be_drawn_is_said_in_one_sentence() -> None:
    two = pd.concat([rows(), rows().assign(site="fukang")])
    for made, needed in (
        (lambda: forecast.fan(two), "several sites"),
        (lambda: forecast.fan(pd.concat([rows(), rows()])), "twice"),
        (lambda: forecast.fan(rows().drop(columns="q50")), "no column q50"),
        (lambda: forecast.fan(rows().iloc[:0]), "nothing to draw"),
        (lambda: forecast.fan(rows(), lang="fr"), "use zh or en"),
        (lambda: forecast.warnings(alerts().iloc[:0]), "no probability of an alert"),
        (lambda: targets.attainment(years().iloc[:0]), "no year"),
        (lambda: targets.by_drift(drifts().iloc[:0]), "no probability"),
    ):
        with pytest.raises(AirqError, match=needed) as caught:
            made()
        assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(MissingData):
        forecast.skill(skills().iloc[:0])
    with pytest.raises(ParameterError):
        forecast_words.word("lead_days", "de")


def test_bars_of_a_day_are_its_probabilities() -> None:
    one = forecast.categories(chances(), "en", primary=primaries())
    bars = [p for p in one.figure.axes[0].patches if isinstance(p, Rectangle)]
    assert [b.get_height() for b in bars[:60:10]] == pytest.approx(chances()["probability"].tolist()[:6])
    assert look(one).words.count("PM₂.₅\n70%") == 10


def test_frames_mark_the_days_to_warn() -> None:
    table = alerts()
    one = forecast.warnings(table, "en", cost_loss=0.2)
    framed = [p for p in one.figure.axes[0].patches if isinstance(p, Rectangle) and p.get_linewidth() > 1]
    assert len(framed) == int((table["probability"] >= 0.2).sum()) > 0
    assert "cost-loss" not in words(forecast.warnings(table, "en"))


def test_pit_of_an_even_histogram_is_one() -> None:
    even = histogram().assign(share=0.1)
    one = forecast.pit(even, "en")
    assert [b.get_height() for b in one.figure.axes[0].patches] == pytest.approx([1.0] * 10)


@given(st.floats(0, 1))
def test_a_probability_is_never_rounded_to_certainty(p: float) -> None:
    text = forecast_words.share(p)
    assert (text == "0%") == (p == 0) and (text == "100%") == (p == 1)


# ---- targets ----


def test_thermometer_stands_level_with_its_course() -> None:
    one = thermometer(GOOD, "en")
    course_axes, tube = one.figure.axes
    at = [axes.transData.transform((0, 290))[1] for axes in (course_axes, tube)]
    assert at[0] == pytest.approx(at[1], abs=0.5)
    known, fan, _ = course(GOOD)
    filled = max(p.get_y() + p.get_height() for p in tube.patches if isinstance(p, Rectangle) and to_hex(p.get_facecolor()) == style.COLOURS["this_year"])  # fmt: skip
    assert filled == pytest.approx(known["value"].iloc[-1])
    assert f"{fan['q50'].iloc[-1]:.0f}" in words(one) and "P(met) 37%" in words(one)
    assert set(one.frame["what"]) == {"observed", "projected", "earlier"}


def test_certainty_is_said_only_where_it_is_certain() -> None:
    assert "P(met) >99%" in words(thermometer(GOOD, "en", 0.9996))
    assert "P(met) 100%" in words(thermometer(GOOD, "en", 1.0))


def test_a_year_without_a_day_and_a_year_that_is_over_can_be_drawn() -> None:
    known, fan, _ = course(GOOD)
    before = targets.thermometer(known.iloc[:0], fan, GOOD, 290, 0.5, "en")
    assert "2026" in before.caption
    over, end, _ = course(GOOD, "2026-12-31")
    after = targets.thermometer(over, end, GOOD, 290, 0.0, "en")
    assert look(after).complaints == []
    with pytest.raises(MissingData, match="nothing to draw"):
        targets.thermometer(known.iloc[:0], fan.iloc[:0], GOOD, 290, 0.5)


def test_pace_says_which_years_would_have_done() -> None:
    one = pace("en")
    assert one.frame["met"].tolist() == [False, True, False, True]
    rest = pd.DataFrame({"year": [2024, 2025], "value": [30.0, 41.0]})
    assert targets.pace(rest, MEAN, 35.0, 2026, 92).frame["met"].tolist() == [True, False]
    lost = targets.pace(rest, GOOD, -3.0, 2026, 92, "en")
    assert not lost.frame["met"].any() and "no longer suffice" in words(lost)


def test_bars_are_the_chances_and_the_chosen_one_is_marked() -> None:
    one = targets.by_drift(drifts(), "half", "en")
    assert [p.get_width() for p in one.figure.axes[0].patches] == pytest.approx([0.41, 0.55, 0.998])
    assert "half the trend*" in words(one) and "no trend*" not in words(one) and ">99%" in words(one)


def test_targets_in_words() -> None:
    change = {"kind": "mean", "pollutant": "pm25", "change": {"from": 2016, "by": -1.2, "unit": "ug"}}
    both = {"all_of": [GOOD, MEAN], "year": 2026}
    assert targets_words.goal(change, "zh") == "较2016年−1.2 µg/m³或更低"
    assert targets_words.goal(both, "en") == "good days at least 290 d, mean PM₂.₅ at most 35 µg/m³"
    assert targets_words.indicator(both, "zh") == "2项同时完成"
    assert (
        targets_words.indicator({"kind": "good_days", "threshold": 50}, "en")
        == "days with an AQI of at most 50"
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_labels_of_lines_keep_their_distance(ends: list[float]) -> None:
    axes = style.new_figure(4, 3).subplots()
    targets._spread(axes, [(v, f"{k}", "black") for k, v in enumerate(ends)])
    places = sorted(t.xy[1] for t in axes.texts)
    assert all(b - a >= 0.07 - 1e-9 for a, b in pairwise(places)) and places[-1] <= 0.985 + 1e-9

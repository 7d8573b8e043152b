"""Every figure in both languages: no missing glyph, exact colours, the mark of simulated data, the numbers."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from PIL import Image

from airq import figures, standards
from airq.analysis import county_month
from airq.figures import labels, style
from airq.figures.style import FigureResult
from airq.reports import page


def results_of(parts: list) -> list[FigureResult]:
    return [p for p in parts if isinstance(p, FigureResult)]


@pytest.fixture(scope="module")
def every_figure(small_archive):
    """Every figure of a county, of one without last year, of the prefecture, and a calendar of three months."""
    months = [
        county_month(small_archive, place, "2026-10") for place in ("changji", "fukang", "changji-prefecture")
    ]
    quarter = county_month(small_archive, "changji", "2026Q3")
    kinds = (page.calendar, page.comparison, page.counts, page.year_to_date, page.hourly)
    out = {}
    for lang in ("zh", "en"):
        out[lang] = [f for result in months for kind in kinds for f in results_of(kind(result, lang))]
        out[lang] += results_of(page.calendar(quarter, lang))
        assert len(out[lang]) == 14
    return out


@pytest.fixture
def only_bundled_fonts(monkeypatch: pytest.MonkeyPatch):
    """A machine without Chinese fonts: matplotlib's own DejaVu and the bundled Noto only."""
    style._register()
    manager = font_manager.fontManager
    kept = [f for f in manager.ttflist if "mpl-data" in f.fname or Path(f.fname).parent == style.FONTS]
    assert {f.name for f in kept} >= {"DejaVu Sans", "Noto Sans SC"}
    monkeypatch.setattr(manager, "ttflist", kept)
    manager._findfont_cached.cache_clear()
    yield
    manager._findfont_cached.cache_clear()


def complaints(results: list[FigureResult], caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.clear()
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING):
        warnings.simplefilter("always")
        for result in results:
            result.to_png(dpi=60)
    texts = [str(w.message) for w in caught] + [r.getMessage() for r in caplog.records]
    return [t for t in texts if "lyph" in t or "findfont" in t]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_glyph_is_missing_without_system_fonts(every_figure, lang, only_bundled_fonts, caplog) -> None:
    assert complaints(every_figure[lang], caplog) == []


def test_a_missing_glyph_would_be_noticed(small_archive, only_bundled_fonts, caplog) -> None:
    days = county_month(small_archive, "changji", "2026-10").days
    period = county_month(small_archive, "changji", "2026-10").period
    assert complaints([figures.calendar(days, period, "zh", "𠮷\U000e0041")], caplog)


def every_text(figure) -> str:
    from matplotlib.text import Text

    return "\n".join(t.get_text() for t in figure.findobj(Text))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_simulated_mark_and_no_mathtext(every_figure, lang: str) -> None:
    for result in every_figure[lang]:
        text = every_text(result.figure)
        assert "模拟数据" in text, result.caption
        assert "$" not in text and "nan" not in text.lower().replace("manas", ""), result.caption
        assert result.caption and not result.frame.empty


def test_real_data_carry_no_mark(small_archive) -> None:
    result = county_month(small_archive, "changji", "2026-10")
    figure = figures.calendar(result.days, result.period, "zh", "昌吉市", simulated=False)
    assert "模拟" not in every_text(figure.figure)


def test_calendar_colours_are_those_of_the_standard(small_archive) -> None:
    result = county_month(small_archive, "changji", "2026-01")
    figure = figures.calendar(result.days, result.period)
    picture = Image.open(io.BytesIO(figure.to_png())).convert("RGB")
    seen = {f"#{r:02X}{g:02X}{b:02X}" for _, (r, g, b) in picture.getcolors(10**7)}
    shown = {int(c) for c in figure.frame["category"] if c}
    assert len(shown) >= 3
    assert {standards.colour(c).upper() for c in shown} <= seen
    numbers = {str(int(a)) for a in figure.frame["aqi"].dropna()}
    assert numbers <= set(every_text(figure.figure).split("\n"))


def test_days_without_aqi_say_so(small_archive) -> None:
    result = county_month(small_archive, "qitai", "2026-10")
    text = every_text(figures.calendar(result.days, result.period, "en").figure)
    assert text.split("\n").count("NA") == 2 * 9 + 1  # nine days in two panels, and the legend


def test_bars_without_last_year_say_so(small_archive) -> None:
    figure = results_of(page.comparison(county_month(small_archive, "fukang", "2026-10"), "en"))[0]
    assert every_text(figure.figure).count("no data") == 6
    assert figure.frame["value"][figure.frame["span"] == "last_period"].isna().all()


def test_flags_are_marked(small_archive) -> None:
    result = county_month(small_archive, "changji", "2026-10")
    figure = results_of(page.hourly(result, "zh"))[0]
    assert labels.flag("stuck", "zh") in every_text(figure.figure)


@pytest.mark.parametrize("name", ["2026", "2026H1", "2026Q3"])
def test_longer_periods_are_laid_out(name: str) -> None:
    from airq.analysis.period import calendar, parse

    period = parse(name)
    days = pd.DataFrame(
        {"day": calendar(period), "edition": "2012", "aqi": 42.0, "category": 1, "primary": ""}
    )
    figure = figures.calendar(days, period, "zh")
    used = [a for a in figure.figure.axes if a.patches]
    assert len(used) == len(period.months)
    assert figure.to_png(dpi=40).startswith(b"\x89PNG")


def test_empty_series_draw() -> None:
    from airq.analysis.period import parse

    empty = pd.DataFrame({"span": [], "edition": [], "day": pd.to_datetime([]), "good": []})
    assert figures.cumulative(empty, parse("2026-10")).to_png(dpi=40)


def test_user_settings_stay(small_archive) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    result = county_month(small_archive, "changji", "2026-10")
    figures.calendar(result.days, result.period).to_png(dpi=40)
    assert dict(mpl.rcParams) == before


def test_figures_need_no_pyplot() -> None:
    code = "import sys, airq.figures; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_ink_is_legible_on_every_category() -> None:
    for category in range(1, 7):
        colour = standards.colour(category)
        back = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        ink = 0.0 if style.ink_on(colour) == "black" else 1.0

        def luminance(rgb: np.ndarray) -> float:
            linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
            return float(linear @ [0.2126, 0.7152, 0.0722])

        light, dark = sorted([luminance(back), luminance(np.full(3, ink))], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3.9, category


def test_labels_know_both_languages() -> None:
    for key in labels._TEXT:
        assert labels.text(key, "zh") and labels.text(key, "en")
    with pytest.raises(labels.ParameterError, match="use zh or en"):
        labels.text("aqi", "fr")

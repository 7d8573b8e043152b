"""What makes a page heavy: its font, its dense pictures, its links. A page is to stay under 600 kB."""

from __future__ import annotations

import base64
import inspect
import io
import re

import numpy as np
import pandas as pd

from airq import figures
from airq.analysis import period as periods
from airq.reports import fonts, html, provenance, text


def test_a_font_takes_some_hundred_bytes_a_character() -> None:
    characters = fonts.characters([inspect.getsource(text)])
    assert len(characters) > 200
    assert len(fonts.subset(characters)) < 115 * len(characters)


def test_the_calendar_of_months_is_light_and_keeps_the_colours_of_the_categories() -> None:
    period = periods.parse("2025Q1")
    days = periods.calendar(period)
    aqi = np.round(
        80 + 70 * np.cos(np.arange(len(days)) / 28) + 60 * np.random.default_rng(1).random(len(days))
    )
    category = np.searchsorted([50, 100, 150, 200, 300], aqi) + 1
    frame = pd.DataFrame({"day": days, "aqi": aqi, "category": category, "primary": "pm25"})
    made = figures.calendar(pd.concat([frame.assign(edition=e) for e in ("2012", "2026")]), period)
    png = made.to_png()
    assert len(html.picture(base64.b64encode(png).decode())) < 31_000
    from PIL import Image

    with Image.open(io.BytesIO(png)) as drawn:
        seen = {c for _, c in drawn.convert("RGB").getcolors(1 << 16) or []}
    assert {(0, 228, 0), (255, 255, 0), (255, 126, 0), (255, 0, 0), (153, 0, 76)} <= seen


def test_links_are_short_and_differ() -> None:
    ids = [provenance.section_ref("ranking", "rows", n, "composite") for n in range(5000)]
    assert len({provenance.anchor(i) for i in ids}) == len(ids)
    page = html.linked(f'<a class="n" href="#{ids[0]}">1</a>', "changji.rows.zh.html")
    assert re.fullmatch(r'<a class="n" href="changji\.rows\.zh\.html#[a-z2-7]{8}">1</a>', page)

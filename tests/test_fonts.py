"""The shipped fonts hold every character that a page or figure can need, and are what the script made."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "airq" / "figures" / "fonts"
NAMES = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")

COUNTIES = "昌吉阜康呼图壁玛纳斯奇台吉木萨尔木垒乌鲁木齐石河子五家渠米东准东蒸吨优良轻度重度污染"
ELSEWHERE = "鄠邑瀍河埇桥浉河硚口猇亭亳州儋州盱眙郯城涿鹿喀什疏勒巴音郭楞"
SIGNS = "（）《》〈〉〔〕【】“”‘’、。；：！？％℃°·…—–→←↑↓≤≥±×÷µμ①⑩■●▲▼○"
FORMULAS = "PM₂.₅ PM₁₀ SO₂ NO₂ O₃ µg/m³ m² 10⁻³ 10⁺⁶ x₊₋ ₀₁₂₃₄₅₆₇₈₉ ⁰¹²³⁴⁵⁶⁷⁸⁹ \u00a0\u2009\u202f−5"


@pytest.fixture(scope="module", params=NAMES)
def font(request: pytest.FixtureRequest) -> TTFont:
    return TTFont(FONTS / request.param)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_font", ROOT / "scripts" / "make_font.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_holds_what_pages_need(font: TTFont) -> None:
    held = font.getBestCmap()
    text = COUNTIES + ELSEWHERE + SIGNS + FORMULAS + "".join(map(chr, range(0x20, 0x7F)))
    assert [c for c in text if ord(c) not in held] == []


def test_it_holds_every_name_of_the_project(font: TTFont) -> None:
    held = font.getBestCmap()
    sources = [*(ROOT / "params").rglob("*.yaml"), *(ROOT / "data" / "raw").glob("*.csv")]
    text = "".join(p.read_text(encoding="utf-8-sig") for p in sources)
    assert sorted({c for c in text if ord(c) not in held and c not in "\r\n\t"}) == []


def test_it_holds_gb2312_and_what_the_script_asks_for(font: TTFont, script: ModuleType) -> None:
    assert len(script.gb2312()) == 7445
    drawn = {ord(c) for c in (*script.SUPERSCRIPTS, *script.SUBSCRIPTS, *script.THIN_SPACES)}
    assert (script.wanted() | drawn) - font.getBestCmap().keys() == set()


@pytest.mark.parametrize(("place", "low", "high"), [("SUBSCRIPTS", -250, 400), ("SUPERSCRIPTS", 350, 950)])
def test_small_digits_sit_where_they_should(
    font: TTFont, script: ModuleType, place: str, low: int, high: int
) -> None:
    glyphs, held = font["glyf"], font.getBestCmap()
    for char in getattr(script, place):
        glyph = glyphs[held[ord(char)]]
        assert low < glyph.yMin < glyph.yMax < high, char
        advance, left = font["hmtx"][held[ord(char)]]
        assert 0 <= left == glyph.xMin and glyph.xMax <= advance, char


def test_it_says_family_weight_and_licence(font: TTFont) -> None:
    bold = font["OS/2"].usWeightClass == 700
    assert font["name"].getDebugName(1) == "Noto Sans SC"
    assert font["name"].getDebugName(2) == ("Bold" if bold else "Regular")
    assert "SIL Open Font License" in font["name"].getDebugName(13)
    assert bold == bool(font["head"].macStyle & 1)
    assert font["OS/2"].fsType == 0, "embedding is restricted"


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_those_of_the_readme(name: str) -> None:
    content = (FONTS / name).read_bytes()
    assert len(content) < 3_000_000
    readme = (FONTS / "README.md").read_text(encoding="utf-8")
    said = re.search(rf"{re.escape(name)}`[^\n]*`([0-9a-f]{{64}})`", readme)
    assert said and said[1] == hashlib.sha256(content).hexdigest()

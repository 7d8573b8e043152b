"""Make the two font files that ship with airq: subsets of Noto Sans SC, Regular and Bold.

``python scripts/make_font.py FOLDER`` takes the unpacked package ``@expo-google-fonts/noto-sans-sc`` (version
0.4.3) and writes ``airq/figures/fonts/``. Same input, same bytes: the test suite holds the sums in
``airq/figures/fonts/README.md`` against the files.

The subset is GB2312 (7,445 code points), ASCII, Latin-1, place-name characters beyond GB2312, and the signs of
the field. Noto Sans SC has no subscript digits and only some superscripts; they are drawn here from the digits
of a heavier weight, at the size and on the grid of the font's own ², so that PM₂.₅ and 10⁻³ need no other font.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
from pathlib import Path
from typing import Final, NamedTuple

from fontTools.misc.transform import Transform
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

TARGET: Final = Path(__file__).resolve().parent.parent / "airq" / "figures" / "fonts"


class Face(NamedTuple):
    """One file to make: its source, the heavier source of the small digits, and the sums of both."""

    name: str
    source: str
    small: str
    sha256: str
    small_sha256: str


FACES: Final = (
    Face(
        "NotoSansSC-Regular.ttf",
        "400Regular/NotoSansSC_400Regular.ttf",
        "600SemiBold/NotoSansSC_600SemiBold.ttf",
        "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
        "b5eb7510dff58e0626c72c0861d83a3ed2be1d03047cf90a623682b8667bc5ff",
    ),
    Face(
        "NotoSansSC-Bold.ttf",
        "700Bold/NotoSansSC_700Bold.ttf",
        "900Black/NotoSansSC_900Black.ttf",
        "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96",
        "2e4413c405bdf804f26571579b9b2dd8ea4732ea57a3b034f2467cad45a886e0",
    ),
)

SIGNS: Final = (
    "–—―‐‑‒−·•…‘’“”„‹›«»†‡‰′″→←↑↓↔⇒≤≥≈≠≡≪≫±×÷√∞∝∑∂∫∆°℃℉㎡㎥㎎㎏㎞µμΔσ€£¥©®™½¼¾"
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳■□●○◎▲△▼▽◆◇★☆✓〔〕【】《》〈〉「」『』￥〇"
)

# Characters of administrative, town and river names and of family names that GB2312 lacks (a selection from
# the third level of 通用规范汉字表, State Council 2013): 鄠邑, 瀍河, 埇桥, 浉河, 硚口, 猇亭 and their like.
PLACE_NAMES: Final = (
    "邘冮氿汈辿伣甪邠邡闫玒玚毐苊芘杕杧旵岍岠岜冏岙伾汧汫沄沘沇诐屃阽邽邿坰坬坽苾枅旿昄昇峂囷钖侁佺郈郃於炆"
    "泂泜泃泇峃祊陎卺堃玶珇珅玹珌垚垯垙垲埏垍垴垟垞垵茈荄茳柷栐郚硁昺昽昫昪峘峏峗峧钘钜俍垕衎洭洘浈浉洢洈"
    "洺洨浐洣洴祐祎珪珹玼珖珽珦珫珺埗垾埆埌埇莰莶鄀梠桄砵砠赀晖晔晞晟晅晐畖崁崀崄倴倓倧倞倮舭郪浡浭浬涄涢涍"
    "浟浛浼窊扅祧堎堐埼堌埫埪萚菥菍萣梽桲梾梣硔硚硊硙勔逴崧崟崞崒铏铖铚鄅偲猇庱堃淏淜淴淯湴淟惛寁袼祲媖婼"
    "琎琄琈琲琡琟琔堾堨塅堠喆葜萳葙葴蒇蓇葎鄑棤棽棫椓椑棬楗鹀畯喤崶嵁嵅崿嵚圌淼翙铹锓锊稌筀筜傉翛畬腘鄗"
    "廋溚溁湝湓渰渼溠溇湑湣溞甯棨瑀瑃瑅瑆瑝瑔堽塥塝蓢蒻蓏蓣榃楞楒碃碏硿鄠晹暕暅嵲锖锳锘稑筻鹎艅廒鄘鄌鄜鄣"
    "溍溵溦漷滘滧滍滠滆煃煴熇裛禔禘媱瑧瑨瑱瑷瑢墈墐墕墘墚槚槜槃酾碶碥鲘鲖鄫漹漖潆漤潩漼漴漈漋窬禛璆璈墡墦"
    "墣蕰薁暲暶嶓嶒嶍镆镈镕稹皞澂澛潖潵潏潾潽璥璲璒薳橞橑橦暾暿曌曈嶦燊燚濋澪澽澴澭澼瀔瀍瀌瀱瀹瀼瀵瓀釐鄹"
    "檑櫆磻磡磜礌礵籥罍蘘蘼鬶鬷鹝鹠鹲黟黉龢龑渌濉翀翃昉玥玮珣瑄琇璟璠祺頔赟仝仡侹佽偲劼勍埕堉塆塬墟嵖岈嵕"
    "㙍㘎㟃㳇㳘㴔㵐㮾䢺䣘"
)

DIGITS: Final = "0123456789"
SUPERSCRIPTS: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", DIGITS + "+−", strict=True))
SUBSCRIPTS: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", DIGITS + "+−", strict=True))
THIN_SPACES: Final = "\u2009\u202f"

# The font's own ² against its 2: 313/465 wide, 450/759 high, 411/555 advance, foot of 0 at 441 units.
SMALL_WIDTH: Final = 0.673
SMALL_HEIGHT: Final = 0.593
SMALL_ADVANCE: Final = 0.741
RAISE: Final = {"super": 449.0, "sub": -142.0}


def gb2312() -> set[int]:
    """Code points of GB2312 as Python's codec knows it."""
    found = set()
    for lead in range(0xA1, 0xF8):
        for trail in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((lead, trail)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def wanted() -> set[int]:
    """Code points asked of the source fonts."""
    latin = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100))
    return gb2312() | latin | {ord(c) for c in SIGNS + PLACE_NAMES}


def add_small_signs(font: TTFont, heavier: TTFont) -> None:
    """Draw superscripts, subscripts and thin spaces into ``font``; the font's own ones are replaced.

    One origin for all ten digits keeps ₂ and ₅, ⁰ and ³ alike in weight and height.
    """
    shapes, names = heavier.getGlyphSet(), heavier.getBestCmap()
    for place, table in (("super", SUPERSCRIPTS), ("sub", SUBSCRIPTS)):
        for char, origin in table.items():
            glyph = names[ord(origin)]
            shrink = Transform(SMALL_WIDTH, 0, 0, SMALL_HEIGHT, 0, RAISE[place])
            _put(font, ord(char), shapes, glyph, shrink, round(shapes[glyph].width * SMALL_ADVANCE))
    for char in THIN_SPACES:
        _put(font, ord(char), shapes, names[ord(" ")], Transform(), 180)


def _put(font: TTFont, code: int, shapes: dict, glyph: str, move: Transform, advance: int) -> None:
    """Add one glyph: the shape moved and centred in its advance."""
    outline = DecomposingRecordingPen(shapes)
    shapes[glyph].draw(outline)
    pen = TTGlyphPen(None)
    centred = Transform(1, 0, 0, 1, (advance - shapes[glyph].width * move[0]) / 2, 0)
    outline.replay(TransformPen(pen, centred.transform(move)))
    made = pen.glyph(round=round)
    name = f"uni{code:04X}"
    if name not in font.getGlyphOrder():
        font.setGlyphOrder([*font.getGlyphOrder(), name])
    made.recalcBounds(font["glyf"])
    font["glyf"].glyphs[name] = made
    font["hmtx"].metrics[name] = (advance, getattr(made, "xMin", 0) if made.numberOfContours else 0)
    for table in font["cmap"].tables:
        if table.isUnicode() and (code <= 0xFFFF or table.format == 12):
            table.cmap[code] = name


def subset(font: TTFont, codes: set[int]) -> TTFont:
    """Keep the glyphs of ``codes`` and Latin kerning; drop hinting, vertical writing and alternates."""
    options = Options()
    options.hinting = False
    options.layout_features = ["kern", "mark"]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "STAT", "DSIG", "gasp", "prep"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    options.name_languages = [0x409]
    options.glyph_names = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    return font


def make(face: Face, package: Path, target: Path) -> Path:
    """Write one face.

    Raises
    ------
    SystemExit
        If a source is missing or is not the version this script was written for.
    """
    for name, expected in ((face.source, face.sha256), (face.small, face.small_sha256)):
        if not (package / name).is_file():
            sys.exit(f"{package / name}: not found; give the folder of the unpacked package.")
        if digest(package / name) != expected:
            sys.exit(f"{package / name}: not the file of version 0.4.3; unpack that version.")
    font = TTFont(package / face.source, recalcTimestamp=False)
    for tag in (
        "vhea",
        "vmtx",
    ):  # they would want metrics for the new glyphs, and nothing here writes vertically
        del font[tag]
    codes = wanted()
    if absent := sorted(codes - font.getBestCmap().keys()):
        print(f"{face.source} lacks {' '.join(map(chr, absent))}; those fall back to the next font.")
    add_small_signs(font, TTFont(package / face.small))
    drawn = {ord(c) for c in (*SUPERSCRIPTS, *SUBSCRIPTS, *THIN_SPACES)}
    path = target / face.name
    subset(font, codes | drawn).save(path)
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Make both faces and the licence beside them; print size and sum of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path, help="unpacked @expo-google-fonts/noto-sans-sc 0.4.3")
    parser.add_argument("--target", type=Path, default=TARGET, help="folder to write to")
    given = parser.parse_args()
    given.target.mkdir(parents=True, exist_ok=True)
    for face in FACES:
        path = make(face, given.package, given.target)
        print(f"{path.name}  {path.stat().st_size:,} bytes  sha256 {digest(path)}")
    shutil.copyfile(given.package / "LICENSE_FONT", given.target / "OFL.txt")


if __name__ == "__main__":
    main()

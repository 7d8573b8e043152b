"""What each format promises beside its numbers: fonts, captions, marks, descriptions, sizes."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import struct
import subprocess
import time

import nbformat
import openpyxl
import pypdf
import pytest
import xarray as xr
from docx import Document as Word
from docx.oxml.ns import qn

from airq.figures.style import FONTS
from airq.reports.blocks import Figure, walk
from airq.reports.formats import pdf
from airq.reports.html import outside_links
from airq.reports.html import style_sheet as css


def test_word_has_the_official_look(report):
    word = Word(str(report("zh").one("docx")))
    fonts = {
        name: word.styles[name].element.rPr.rFonts.get(qn("w:eastAsia"))
        for name in ("Title", "Heading 1", "Heading 2", "Normal")
    }
    assert fonts == {
        "Title": "方正小标宋简体",
        "Heading 1": "黑体",
        "Heading 2": "楷体_GB2312",
        "Normal": "仿宋_GB2312",
    }
    section = word.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert [round(m.mm) for m in (section.left_margin, section.right_margin, section.top_margin, section.bottom_margin)] == [28, 26, 37, 35]  # fmt: skip
    assert word.styles["Normal"].font.size.pt == 16
    grid = section._sectPr.find(qn("w:docGrid"))
    assert 22 * int(grid.get(qn("w:linePitch"))) / 20 == pytest.approx(225 / 25.4 * 72, abs=1)
    assert next(p.text for p in word.paragraphs if p.style.name == "Heading 1").startswith("一、")


def test_word_marks_every_page_numbers_pages_and_repeats_heads(report, lang):
    made = report(lang)
    word = Word(str(made.one("docx")))
    for section in word.sections:
        assert made.document.mark and made.document.mark in section.header.paragraphs[0].text
        assert "PAGE" in section.footer._element.xml
    for table in word.tables:
        heads = table._tbl.findall(f"{qn('w:tr')}/{qn('w:trPr')}/{qn('w:tblHeader')}")
        described = table._tbl.tblPr.find(qn("w:tblDescription"))
        assert described is None or (heads and described.get(qn("w:val")))
    assert word.core_properties.title == made.document.title
    assert word.core_properties.author.startswith(("昌吉州", "Bureau"))


def test_word_numbers_captions_and_describes_pictures(report, lang):
    made = report(lang)
    word = Word(str(made.one("docx")))
    captions = [
        "".join(t.text for t in p._p.iter(qn("w:t"))) for p in word.paragraphs if p.style.name == "Caption"
    ]
    for kind, found in (("表" if lang == "zh" else "Table", made.document.tables), ("图" if lang == "zh" else "Figure", made.document.figures)):  # fmt: skip
        numbers = [int(re.search(r"\d+", c)[0]) for c in captions if c.startswith(kind)]
        assert numbers == [n.number for n in found] != []
    pictures = list(word.element.body.iter(qn("wp:docPr")))
    assert len(pictures) == len(made.document.figures) and all(p.get("descr") for p in pictures)
    assert len({p.get("id") for p in pictures}) == len(pictures)


def test_word_xml_follows_the_schema_where_word_is_strict(report, lang):
    """Word repairs a file whose properties stand in the wrong order."""
    order = {
        "pPr": ("pStyle", "keepNext", "keepLines", "pBdr", "snapToGrid", "spacing", "ind", "jc", "rPr"),
        "rPr": ("rStyle", "rFonts", "b", "i", "color", "sz", "szCs", "lang"),
        "tcPr": ("tcW", "gridSpan", "tcBorders", "shd"),
        "tblPr": ("tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblCellMar", "tblDescription"),
        "trPr": ("cantSplit", "tblHeader"),
    }
    word = Word(str(report(lang).one("docx")))
    for root in (word.element, word.styles.element):
        for name, known in order.items():
            for element in root.iter(qn(f"w:{name}")):
                places = [known.index(t) for c in element if (t := c.tag.rpartition("}")[2]) in known]
                assert places == sorted(places), (name, [c.tag for c in element])


@pytest.fixture(scope="session")
def office() -> str:
    found = next(filter(None, map(shutil.which, ("soffice", "libreoffice", "lowriter"))), None)
    if not found:
        pytest.skip("LibreOffice not found (soffice, libreoffice)")
    return found


def test_word_opens_in_libreoffice(report, office, tmp_path):
    files = [str(report(one).one("docx")) for one in ("zh", "en")]
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    done = subprocess.run(
        [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    for one in ("zh", "en"):
        pages = pypdf.PdfReader(tmp_path / f"changji.{one}.pdf").pages
        assert all(report(one).document.mark[-4:] in p.extract_text() for p in pages) and len(pages) > 2


def test_pdf_embeds_its_fonts_and_lacks_no_glyph(report, lang, caplog):
    made = report(lang)
    reader = pypdf.PdfReader(made.one("pdf"))
    fonts = {}
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            inner = font.get("/DescendantFonts", [font])[0].get_object()
            about = inner["/FontDescriptor"].get_object()
            fonts[str(font["/BaseFont"])] = any(k in about for k in ("/FontFile", "/FontFile2", "/FontFile3"))
    assert fonts and all(fonts.values())
    assert all(re.search("NotoSansSC|DejaVuSans", name) for name in fonts)
    assert pdf.missing_characters(made.document.text()) == ""
    assert reader.metadata.title == made.document.title
    assert (
        reader.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True
    )  # tagged, with descriptions of pictures
    assert reader.trailer["/Root"]["/Lang"].startswith(lang)


def test_pdf_marks_and_numbers_every_page_and_has_an_outline(report, lang):
    made = report(lang)
    reader = pypdf.PdfReader(made.one("pdf"))
    texts = [re.sub(r"\s", "", p) for p in made.pdf_pages]
    assert len(texts) > 2 and all(made.document.mark.replace(" ", "") in t for t in texts)
    if lang == "zh":
        assert all(f"—{n}—" in t for n, t in enumerate(texts, 1))
    assert len(reader.outline) >= 4
    whole = "".join(texts)
    for named in (*made.document.tables, *made.document.figures):
        assert re.sub(r"\s", "", made.document.caption(named.block)) in whole


def test_pdf_says_which_characters_it_lacks(report, caplog):
    from dataclasses import replace

    from airq.reports.blocks import Paragraphs, text

    document = replace(report("zh").document, blocks=(Paragraphs((text("𠮷"),)),), names=("x",))
    with caplog.at_level(logging.WARNING, "airq.reports.pdf"):
        assert pdf.build(document).startswith(b"%PDF")
    assert "𠮷" in caplog.text


def test_workbook_is_made_for_reading(report, lang):
    made = report(lang)
    book = openpyxl.load_workbook(made.one("xlsx"))
    assert len(set(book.sheetnames)) == len(book.sheetnames) == len(made.document.tables) + 3
    for sheet in book.worksheets[2:-1]:
        assert sheet.freeze_panes == "B4"
        assert sheet["A2"].value == made.document.mark
    days = book.worksheets[2]
    assert days.column_dimensions["A"].width >= 11
    assert days["A4"].number_format == "yyyy-mm-dd"


def test_pictures_are_files_with_their_words(report, lang):
    made = report(lang)
    assert len(made.files["png"]) == len(made.files["svg"]) == len(made.document.figures) >= 2
    for name in made.files["png"]:
        blob = (made.folder / name).read_bytes()
        assert blob.startswith(b"\x89PNG") and struct.unpack(">I", blob[16:20])[0] > 400
    for name, named in zip(made.files["svg"], made.document.figures, strict=True):
        text = (made.folder / name).read_text(encoding="utf-8")
        assert text.startswith("<?xml") and "<text" in text and named.block.caption in text
        assert not re.search(r'(?:href|src)="(?!#|data:)', text)


def test_netcdf_gives_the_days_back(report, small):
    result, *_ = small
    with xr.open_dataset(report("zh").one("netcdf"), engine="scipy") as ds:
        days = result.days[result.days["edition"] == "2012"]
        assert ds["pm25"].sel(place="changji").values == pytest.approx(days["pm25"].to_numpy(), nan_ok=True)
        assert ds["aqi_2012"].sel(place="changji").values == pytest.approx(
            days["aqi"].to_numpy(), nan_ok=True
        )
        assert ds["day"].values[0].astype("datetime64[D]").astype(str) == "2026-10-01"
        assert set(ds["pm25"].attrs["ancillary_variables"].split()) <= set(ds)
        assert ds["pm25"].attrs["units"] == "ug m-3" and ds.attrs["Conventions"] == "CF-1.11"
        assert ds.attrs["simulated"] == "true"
        one = ds["period_mean_pm25"].sel(summary_place="changji", span="period", standard="GB3095-2012")
        assert float(one) == result.row(standard="GB3095-2012")["mean_pm25"]


def test_notebook_is_kept_as_it_ran(report):
    made = report("en")
    assert nbformat.read(made.one("ipynb"), 4).cells[0].outputs[0].data["text/html"] in made.html


def test_page_is_light_and_needs_nothing_outside(report, lang):
    made = report(lang)
    rows = (made.folder / made.files["rows"][0]).read_text()
    for page in (made.html, rows):
        assert len(page.encode()) < 600_000
        assert outside_links(page) == []
        assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}">' in page
    assert "模拟数据" in rows
    pictures = re.findall(r"<img [^>]*>", made.html)
    assert pictures and all(re.search(r'alt="[^"]{6,}"', p) for p in pictures)


def test_every_figure_has_a_description_and_every_glyph(report, lang, small, caplog):
    figures = [b for b in walk(report(lang).document.blocks) if isinstance(b, Figure)]
    assert all(f.alt and f.caption and f.width > 200 for f in figures)
    assert "missing from" not in caplog.text


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    line = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_colour_of_words_stands_out():
    """WCAG 2: 4.5 to 1 for words, on every background that the sheet has."""
    sheet = css()
    names = dict(re.findall(r"--(\w+):(#[0-9a-fA-F]{6})", sheet))
    words = {names.get(v, v) for v in re.findall(r"(?<![\w-])color:(?:var\(--)?(#[0-9a-f]{6}|\w+)\)?", sheet)}
    words = {w for w in words if w.startswith("#")}
    grounds = {"#ffffff", *(g for g in re.findall(r"background:(#[0-9a-fA-F]{6})", sheet))}
    assert len(words) >= 4 and len(grounds) >= 4
    for word in words:
        for ground in grounds:
            assert contrast(word, ground) >= 4.5, (word, ground)


def test_category_colours_carry_legible_ink():
    from airq import standards
    from airq.figures.style import ink_on

    for level in range(1, 7):
        colour = standards.colour(level)
        assert contrast(colour, {"black": "#000000", "white": "#ffffff"}[ink_on(colour)]) >= 4.5


def test_formats_are_quick(report, small, tmp_path):
    """Figures drawn, a document's files take well under a second or two of one processor, here with room for a slow one."""
    from airq.reports import formats

    made = report("zh")
    started = time.process_time()
    formats.write(made.document, tmp_path, "changji.zh", ("docx", "pdf", "xlsx", "csv", "png", "svg", "netcdf", "ipynb"), None, made.results)  # fmt: skip
    assert time.process_time() - started < 4
    assert json.loads(made.results.read_text())["result"]["place"] == "changji"


def test_bundled_font_is_what_the_pdf_uses():
    assert (FONTS / "NotoSansSC-Regular.ttf").stat().st_size > 1_000_000


def test_warming_starts_no_thread():
    """The fork server warms the formats; a thread in it would hang its children."""
    import sys

    if not sys.platform.startswith("linux"):
        pytest.skip("threads are counted in /proc")
    quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}  # fmt: skip
    code = "import os; from airq.reports import formats; formats.warm(); print(len(os.listdir('/proc/self/task')))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **quiet}
    )
    assert done.stdout.strip() == "1", done.stderr

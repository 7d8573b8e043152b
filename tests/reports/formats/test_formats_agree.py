"""Every number of the page is in every other format."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser

import openpyxl
from docx import Document as Word

from airq.reports.blocks import Table, plain, walk
from airq.reports.formats.letters import printed_number


class _Text(HTMLParser):
    """Words of a page as a reader sees them, without links above and the foot."""

    def __init__(self) -> None:
        super().__init__()
        self.depth, self.words = 0, []

    def handle_starttag(self, tag, attrs):
        self.depth += tag in ("style", "nav", "footer", "head", "title")
        self.words += [value for name, value in attrs if name == "alt"]

    def handle_endtag(self, tag):
        self.depth -= tag in ("style", "nav", "footer", "head", "title")

    def handle_data(self, data):
        if not self.depth:
            self.words.append(data)


def words_of_page(html: str) -> str:
    parser = _Text()
    parser.feed(re.sub(r"<meta[^>]*>", "", html))
    return "\n".join(parser.words)


def shown(cell) -> str:
    """A cell of a workbook as it is shown."""
    value, form = cell.value, cell.number_format
    if value is None:
        return ""
    if hasattr(value, "strftime"):
        return f"{value:%Y-%m-%d}"
    if not isinstance(value, int | float):
        return str(value)
    positive = form.split(";")[0].lstrip("+")
    decimals = len(positive.partition(".")[2].rstrip("%"))
    size = abs(value) * (100 if "%" in positive else 1)
    text = f"{size:,.{decimals}f}" if "," in positive else f"{size:.{decimals}f}"
    sign = "−" if value < 0 else "+" if form.startswith("+") and value > 0 else ""
    return sign + text + ("%" if "%" in positive else "")


def test_document_holds_the_page(report, lang, numbers_missing):
    made = report(lang)
    page = words_of_page(made.html)
    assert len(re.findall(r"\d", page)) > 400
    assert not numbers_missing(page, made.document.text())
    assert not numbers_missing(made.document.text(), page)


def test_word_holds_every_number(report, lang, numbers_missing):
    made = report(lang)
    word = Word(str(made.one("docx")))
    text = "\n".join(
        "".join(
            t.text or "" for t in p.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t")
        )
        for p in word.element.body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    )
    assert not numbers_missing(words_of_page(made.html), text)


def test_pdf_holds_every_number(report, lang, numbers_missing):
    made = report(lang)
    text = "\n".join(made.pdf_pages)
    text = (
        re.sub(r"(?<=[\d.,\-—])\n(?=[\d.])", "", text) + "\n" + text
    )  # a number may be broken between two lines
    assert not numbers_missing(words_of_page(made.html), text)


def test_workbook_holds_every_number_as_it_is_printed(report, lang, numbers_missing):
    made = report(lang)
    book = openpyxl.load_workbook(made.one("xlsx"))
    text = "\n".join(shown(c) for sheet in book.worksheets[1:-1] for row in sheet.iter_rows() for c in row)
    assert not numbers_missing(words_of_page(made.html), text + "\n" + made.document.title)


def test_workbook_cells_are_those_of_the_table(report, lang):
    made = report(lang)
    book = openpyxl.load_workbook(made.one("xlsx"))
    count = 0
    for named, sheet in zip(made.document.tables, book.worksheets[2:], strict=False):
        first = 4 if made.document.simulated else 3
        for y, row in enumerate(named.block.rows, first):
            for x, words in enumerate(row, 1):
                cell = sheet.cell(y, x)
                assert shown(cell) == plain(words)
                if printed_number(plain(words)):
                    assert isinstance(cell.value, int | float)
                    count += 1
    assert count > 120


def test_csv_cells_are_those_of_the_table(report, lang):
    made = report(lang)
    for named, name in zip(made.document.tables, made.files["csv"][1:], strict=True):
        blob = (made.folder / name).read_bytes()
        assert blob.startswith(b"\xef\xbb\xbf")
        lines = list(csv.reader(blob.decode("utf-8-sig").splitlines()))
        assert len(lines) == len(named.block.rows) + 1
        assert {line[-1] for line in lines} == {made.document.mark}
        for line, row in zip(lines[1:], named.block.rows, strict=True):
            for cell, words in zip(line, row, strict=False):
                said = plain(words)
                number = printed_number(said)
                assert cell == said.replace("−", "-").replace(",", "") if number else said in cell
    listed = list(csv.reader((made.folder / made.files["csv"][0]).read_text("utf-8-sig").splitlines()))
    assert [line[0] for line in listed[1:]] == [n.rpartition("/")[2] for n in made.files["csv"][1:]]


def test_both_languages_print_the_same_tables(report):
    zh, en = (report(one).document for one in ("zh", "en"))
    assert len(zh.tables) == len(en.tables) and len(zh.figures) == len(en.figures)
    assert [n.name for n in zh.tables] == [n.name for n in en.tables]
    for a, b in zip(zh.tables, en.tables, strict=True):
        assert [[printed_number(plain(c)) for c in r] for r in a.block.rows] == [
            [printed_number(plain(c)) for c in r] for r in b.block.rows
        ]


def test_every_linked_number_has_its_row_unrounded(report, lang, small):
    made, (result, *_) = report(lang), small
    page = (made.folder / made.files["rows"][0]).read_text()
    targets = set(re.findall(rf'href="changji\.rows\.{lang}\.html#([^"]+)"', made.html))
    assert len(targets) > 40
    assert targets <= set(re.findall(r'<tr id="([^"]+)"', page))
    row = result.row(standard="GB3095-2012")
    line = next(r for r in page.split("<tr ") if ' id="changji.period.GB3095-2012.received.mean_pm25"' in r)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", line)
    assert float(cells[1]) == float(f"{row['mean_pm25']:.12g}") and "HJ663-2013 rounding.pm25" in line
    book = openpyxl.load_workbook(made.one("xlsx"))
    ids = {r[-1]: r[1] for r in book.worksheets[-1].iter_rows(min_row=2, values_only=True)}
    assert ids["changji.period.GB3095-2012.received.mean_pm25"] == row["mean_pm25"]


def test_tables_inside_details_are_numbered_in_reading_order(report, lang):
    document = report(lang).document
    inside = [b for b in walk(document.blocks) if isinstance(b, Table)]
    assert [document.named(b).number for b in inside] == list(range(1, len(inside) + 1))

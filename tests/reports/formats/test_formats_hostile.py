"""Words of strangers, odd tables, letterheads and what is missing."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from airq.errors import FileRejected
from airq.reports import formats, markup, tables
from airq.reports.blocks import (
    Cards,
    Details,
    Items,
    Pairs,
    Paragraphs,
    Run,
    Table,
    from_json,
    plain,
    text,
    to_json,
)
from airq.reports.document import Document
from airq.reports.formats import letterhead
from airq.reports.html import PageInfo, linked

NASTY = "=cmd|' /C calc'!A0 \"q\" #let x \\ <b>&amp; \x07$a$ @ref *b* _c_ 优良\u2028₂"


def document_of(*blocks, lang: str = "zh") -> Document:
    return Document("题 <&> #", lang, tuple(blocks), ("part",) * len(blocks), "foot")


def wide(columns: int) -> Table:
    row = tuple(text(str(i)) for i in range(columns))
    return Table(row, (row, row[: columns // 2]), "w", "n", (("g", columns - 2),), (0,), (1,))


ODD = (
    Paragraphs((text(NASTY), ())),
    Items((text(NASTY),), True, "note"),
    Pairs(((text("k"), text(NASTY)),)),
    Cards(()),
    Table((), ()),
    Table((text("a"),), (), NASTY),
    wide(24),
    Details(NASTY, (wide(3), Paragraphs((text("x", fill="#7E0023"),), "failed"))),
)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_of_a_stranger_is_run_or_lost(lang, tmp_path):
    made = formats.write(document_of(*ODD, lang=lang), tmp_path, f"x.{lang}", ("docx", "pdf", "xlsx", "csv"))
    assert "notes" not in made
    word = docx.Document(str(tmp_path / f"x.{lang}.docx"))
    assert any("=cmd" in p.text and "#let x" in p.text and "<b>" in p.text for p in word.paragraphs)
    page = "".join(p.extract_text() for p in pypdf.PdfReader(tmp_path / f"x.{lang}.pdf").pages)
    assert "#let x" in page and "*b*" in page and "$a$" in page
    book = openpyxl.load_workbook(tmp_path / f"x.{lang}.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert cells and not any(c.data_type == "f" for c in cells)
    for name in made["csv"]:
        for line in csv.reader((tmp_path / name).read_text("utf-8-sig").splitlines()):
            assert not any(
                cell.startswith(("=", "+", "@")) for cell in line if not cell.lstrip("+").isdigit()
            )


def test_an_empty_report_makes_every_format(tmp_path):
    made = formats.write(
        document_of(), tmp_path, "x.zh", ("docx", "pdf", "xlsx", "csv", "png", "svg", "netcdf")
    )
    assert set(made) == {"docx", "pdf", "xlsx", "csv"}


def test_what_cannot_be_made_is_a_note_and_the_rest_is_done(tmp_path, monkeypatch):
    monkeypatch.setitem(formats._NEEDS, "pdf", "no_such_module_of_typst")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    made = formats.write(document_of(), tmp_path, "x.en", ("pdf", "netcdf", "csv"), None, broken)
    assert len(made["csv"]) == 1 and not {"pdf", "netcdf"} & set(made)
    made = formats.write(document_of(lang="en"), tmp_path, "x.en", ("pdf", "netcdf"), None, broken)
    assert [n.split(":")[0] for n in made["notes"]] == ["No pdf", "No netcdf"]
    assert all(n.count(".") >= 1 for n in made["notes"])


def test_blocks_are_those_of_the_html():
    """The HTML of a part, read back, gives the blocks that it carries."""
    parts = [
        tables.table(
            ["a", "b"],
            [["x", tables.Number("1.2", "r.1")], ["y", tables.aqi_chip("120", 3, "d")]],
            "c",
            "n",
            strong=[1],
            groups=[("g", 2)],
        ),
        tables.paragraphs(["a & b", tables.sentence("v {x} µg", x=tables.Number("3", "r2"))]),
        *(tables.paragraphs(["s"], style) for style in ("note", "notice", "simulated", "failed")),
        tables.items(["a", "b <"], ordered=True, style="note"),
        tables.pairs([("k", "v")]),
        tables.cards([("t", [("big", tables.Number("5", "r3")), ("small", "s")])]),
        tables.heading("h", 3),
        tables.details("more", tables.paragraphs(["x"]), tables.table(["q"], [["1"]])),
    ]
    for part in parts:
        assert markup.read(str(part)) == part.blocks, part
        assert from_json(to_json(part.blocks)) == part.blocks
    joined = tables.join(*parts)
    assert markup.read(str(joined)) == joined.blocks


def test_html_of_others_is_read():
    import pandas as pd

    frame = pd.DataFrame({"a": [1.5, 2.5]}, index=["x", "y"])
    (table,) = markup.read(frame.to_html())
    assert [plain(c) for c in table.rows[1]] == ["y", "2.5"]
    loose = markup.read("<div>a <b>b</b><br>c<p>d<ul><li>e<li>f</ul><script>g</script></div><h3>h</h3>")
    assert [type(b).__name__ for b in loose] == ["Paragraphs", "Items", "Heading"]
    assert loose[0].texts == ((Run("a "), Run("b", bold=True), Run("\nc")), (Run("d"),))
    assert markup.read("<p>x <table><tr><td>1<td>2<tr><td>3</table> tail")[1].rows[0] == (
        text("1"),
        text("2"),
    )


def test_cells_for_the_author_only_are_left_out():
    cells = [
        new_code_cell(
            "1",
            metadata={"tags": ["notebook-only"]},
            outputs=[new_output("display_data", data={"text/html": "<p>no</p>"})],
        ),
        new_code_cell(
            "f()",
            outputs=[new_output("stream", text="no"), new_output("display_data", data={"text/plain": "a<b"})],
        ),
        new_markdown_cell("# T\n\nwords **bold**"),
    ]
    made = Document.from_notebook(new_notebook(cells=cells), PageInfo("?", "en", [], ""))
    assert made.title == "T" and "no" not in made.text().split() and "a<b" in made.text()
    more = made.with_html("<h2>Changed</h2><ul><li>37 → 36</li></ul>")
    assert more.text().endswith("Changed\n37 → 36") and made.with_html("").blocks == made.blocks


def test_links_of_numbers():
    html = tables.table(["a"], [[tables.Number("1", "r")], [tables.aqi_chip("120", 3, "d")]])
    assert linked(html, "p.html").count('href="p.html#') == 2
    bare = linked(html, "")
    assert "href" not in bare and 'class="chip"' in bare and ">120<" in bare


# --- letterhead


@pytest.fixture
def template(tmp_path):
    """Letterhead of an agency, with a head of its own."""

    def make(*lines: str, name: str = "head.docx") -> Path:
        word = docx.Document()
        word.sections[0].header.paragraphs[0].text = "某某生态环境局文件"
        for line in lines:
            word.add_paragraph(line)
        word.add_paragraph("抄送：各县（市）")
        path = tmp_path / name
        word.save(str(path))
        return path

    return make


class Settings:
    def __init__(self, path: Path) -> None:
        self.letterhead = str(path)
        self.organisation = {"zh": "某局", "en": "Bureau"}


def test_letterhead_keeps_what_is_the_agencys(template, tmp_path, report):
    path = template("{{ title }}", "{{ organisation }} {{ date }} {{ simulated }}", "{{ body }}")
    document = report("zh").document
    made = formats.write(document, tmp_path, "x.zh", ("docx",), Settings(path))
    word = docx.Document(str(tmp_path / made["docx"][0]))
    lines = [p.text for p in word.paragraphs]
    assert lines[0] == document.title and lines[1].startswith("某局 ") and lines[1].endswith("模拟数据")
    assert lines[-1] == "抄送：各县（市）" and len(lines) > 20
    assert [p.text for p in word.sections[0].header.paragraphs] == ["某某生态环境局文件", "模拟数据"]
    assert len(word.inline_shapes) == len(document.figures)
    assert not any("airq-body" in line or "{{" in line for line in lines)


@pytest.mark.parametrize(
    "lines, said",
    [
        (["{{ title }}"], "no field {{ body }}"),
        (["{{ body }}", "{{ colour }}"], "field 'colour' is not known"),
        (["{{ body }}", "{% if %}"], "the fields cannot be read"),
        (["{{ body }}", "{{ ''.__class__.__mro__ }}"], "cannot be filled"),
    ],
)
def test_letterhead_that_cannot_be_used_is_one_sentence(template, tmp_path, lines, said):
    path = template(*lines)
    document = document_of()
    with pytest.raises(FileRejected) as caught:
        letterhead.check(path)
        letterhead.write(document, tmp_path / "x.docx", path)
    sentence = str(caught.value)
    assert said in sentence and str(path) in sentence and "\n" not in sentence and sentence.endswith(".")
    made = formats.write(document, tmp_path, "x.zh", ("docx", "csv"), Settings(path))
    assert "docx" not in made and made["csv"] and len(made["notes"]) == 1


def test_letterhead_files_that_are_none(tmp_path, template):
    text_file, zipped, old = tmp_path / "a.docx", tmp_path / "b.docx", tmp_path / "c.doc"
    text_file.write_text("{{ body }}")
    old.write_text("x")
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("x", "y")
    table = docx.Document()
    table.add_table(1, 1).cell(0, 0).text = "{{ body }}"
    table.save(str(tmp_path / "d.docx"))
    for path, said in ((text_file, "not a Word document"), (zipped, "not a Word document"), (old, "must be a .docx"), (tmp_path / "none.docx", "no such letterhead"), (tmp_path / "d.docx", "stands in a table")):  # fmt: skip
        with pytest.raises(FileRejected, match=said) as caught:
            letterhead.check(path)
            letterhead.write(document_of(), tmp_path / "x.docx", path)
        assert "\n" not in str(caught.value)
    formats.check(Settings(template("{{ body }}")))
    formats.check(object())

"""The notebook on targets: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from executed import run, shown, words
from small_archive import fill

from airq import options
from airq.errors import AirqError
from airq.figures.forecast_words import share
from airq.observations import Archive
from airq.reports import target_years
from airq.reports.target_panel import panel

SCRIPT = options.home() / "notebooks" / "41_days_to_target.py"
BOOK = SCRIPT.with_suffix(".ipynb")


def test_in_chinese_with_earlier_years(tmp_path_factory, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    archive = fill(Archive(tmp_path / "archive"), "2023-01", "2026-09", ("changji",))
    done = run(BOOK, {"archive": str(archive.path), "draws": 300})
    assert {o.output_type for o in shown(done)} == {"display_data"}  # no warning, nothing printed
    text = words(done)
    expected = panel(archive, "changji", draws=300, hindcast=False)
    row = expected.rows.iloc[0]
    assert f"截至2026年9月30日，优良天数{row['value']:.0f}天" in text and share(row["probability"]) in text
    for needed in ("参照上年", "两版标准", "80%区间覆盖率", "GB 3095—2012"):
        assert needed in text, needed
    assert sum("image/png" in o.data for o in shown(done)) == 6
    assert "nan" not in text.lower() and "None" not in "".join(str(o.data) for o in shown(done))


def test_in_english_where_nothing_can_be_said(small_archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"lang": "en", "place": "阜康市", "archive": str(small_archive.path), "draws": 200}
    done = run(BOOK, given)
    assert {o.output_type for o in shown(done)} == {"display_data"}
    text = words(done)
    assert "holds no whole year of Fukang before 2026" in text and "nothing can be hindcast" in text
    assert not re.search("[\u4e00-\u9fff]", text)


def test_a_wrong_parameter_is_refused_in_one_sentence(small_archive) -> None:
    for made, needed in (
        (lambda: target_years.limits_of("low"), "are no numbers"),
        (lambda: target_years.frame_of(small_archive, "wu-chang-shi"), "no city represents"),
        (lambda: target_years.frame_of(small_archive, "mori"), "no station"),
    ):
        with pytest.raises(AirqError, match=needed) as caught:
            made()
        assert len(str(caught.value).splitlines()) == 1

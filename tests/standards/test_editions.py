import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airq import standards
from airq.errors import AirqError, FileRejected, ParameterError
from airq.standards.editions import reset

TABLE = """
GB3095-2012 1 so2 20 50 - 150|GB3095-2012 2 so2 60 150 - 500
GB3095-2012 1 no2 40 80 - 200|GB3095-2012 2 no2 40 80 - 200
GB3095-2012 1 co - 4 - 10|GB3095-2012 2 co - 4 - 10
GB3095-2012 1 o3 - - 100 160|GB3095-2012 2 o3 - - 160 200
GB3095-2012 1 pm10 40 50 - -|GB3095-2012 2 pm10 70 150 - -
GB3095-2012 1 pm25 15 35 - -|GB3095-2012 2 pm25 35 75 - -
GB3095-2012 1 tsp 80 120 - -|GB3095-2012 2 tsp 200 300 - -
GB3095-2012 2 nox 50 100 - 250|GB3095-2012 2 bap 0.001 0.0025 - -
GB3095-2026-transition 1 so2 20 50 - 150|GB3095-2026-transition 2 so2 60 150 - 500
GB3095-2026-transition 2 no2 40 80 - 200|GB3095-2026-transition 2 co - 4 - 10
GB3095-2026-transition 1 o3 - - 100 160|GB3095-2026-transition 2 o3 - - 160 200
GB3095-2026-transition 1 pm10 40 50 - -|GB3095-2026-transition 2 pm10 60 120 - -
GB3095-2026-transition 1 pm25 15 35 - -|GB3095-2026-transition 2 pm25 30 60 - -
GB3095-2026-transition 2 nox 50 100 - 250
GB3095-2026-final 1 so2 20 50 - 150|GB3095-2026-final 2 so2 20 50 - 150
GB3095-2026-final 1 no2 30 50 - 200|GB3095-2026-final 2 no2 30 50 - 200
GB3095-2026-final 2 co - 4 - 10|GB3095-2026-final 2 o3 - - 160 200
GB3095-2026-final 1 pm10 20 50 - -|GB3095-2026-final 2 pm10 50 100 - -
GB3095-2026-final 1 pm25 10 25 - -|GB3095-2026-final 2 pm25 25 50 - -
GB3095-2026-final 2 nox 40 70 - 250|GB3095-2026-final 2 tsp 200 300 - -
"""


def test_every_limit_of_the_regulations():
    for cell in TABLE.replace("\n", "|").strip("|").split("|"):
        name, area, pollutant, *values = cell.split()
        for averaging, value in zip(("annual", "24h", "8h", "1h"), values, strict=True):
            if value == "-":
                with pytest.raises(ParameterError):
                    standards.limit(pollutant, averaging, standard=name, area_class=int(area))
            else:
                got = standards.limit(pollutant, averaging, standard=name, area_class=int(area))
                assert got == float(value), cell
    assert standards.limit("pb", "season", on="2020-01-01") == 1.0


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2013-01-01", 35), ("2026-02-28", 35), ("2026-03-01", 30), ("2030-12-31", 30), ("2031-01-01", 25)],
)
def test_limit_by_date_in_every_form_of_a_date(on, expected):
    for form in (
        on,
        dt.date.fromisoformat(on),
        pd.Timestamp(on),
        np.datetime64(on),
        dt.datetime.fromisoformat(on),
    ):
        assert standards.limit("pm25", "annual", on=form) == expected
    assert standards.limit("PM2.5", "annual", on=on, standard="GB3095-2012") == 35


@pytest.mark.parametrize(
    "call",
    [
        lambda: standards.limit("pm25", "annual", on="2012-02-28"),
        lambda: standards.limit("pm25", "annual", on="1999-01-01"),
        lambda: standards.limit("pm25", "annual", on="someday"),
        lambda: standards.limit("pm25", "annual", on=20260101),
        lambda: standards.limit("pm25", "annual", on=pd.NaT),
        lambda: standards.limit("pm25", "1h", on="2020-01-01"),
        lambda: standards.limit("o3", "24h", on="2020-01-01"),
        lambda: standards.limit("nh3", "24h", on="2020-01-01"),
        lambda: standards.limit("pm25", "24h", on="2020-01-01", area_class=3),
        lambda: standards.limit("pm25", "24h", standard="GB3095-1996"),
        lambda: standards.edition("2019", "aqi"),
    ],
)
def test_bad_questions_get_one_sentence(call):
    with pytest.raises(AirqError) as error:
        call()
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_every_entry_has_mark_and_source_and_open_points_leave_out_the_certain():
    rows = standards.open_points()
    assert rows and all(r.mark != "P" and r.source for r in rows)
    assert {r.edition for r in rows} >= {"GB3095-2012", "HJ663-2013", "HJ663-2026"}
    assert ("HJ663-2013", "coverage.share_percent", 75, "B 85%") in [tuple(r[:4]) for r in rows]
    assert ("GB3095-2026", "force.mixed_year") in [tuple(r[:2]) for r in rows if r.mark == "NF"]
    certain = [e for e in standards.editions("aqi")["HJ633-2026"].entries if e.mark == "P"]
    assert len(certain) > 60
    assert all(r.mark not in ("P", "C") for r in standards.open_points(used_only=True))


@pytest.fixture
def clean():
    reset()
    yield
    reset()


OVERRIDE = """
id = "HJ663-2013"
kind = "evaluation"
based_on = "HJ663-2013"
[coverage]
share_percent = { value = 60, mark = "P", source = "a letter" }
"""
NEW = """
id = "GB3095-2040"
kind = "standard"
based_on = "GB3095-2026"
aliases = ["2040"]
[[phases]]
name = "all"
first = "2040-01-01"
[force]
first = { value = "2040-01-01", mark = "U", source = "invented" }
[limits.all]
mark = "U"
source = "invented"
pm25 = { annual = ["5", "5"], 24h = ["15", "15"] }
"""


def test_a_file_replaces_one_entry(clean, tmp_path: Path):
    file = tmp_path / "own.toml"
    file.write_text(OVERRIDE, encoding="utf-8")
    made = standards.load_edition(file)
    assert made.get("coverage.share_percent") == 60
    assert standards.edition("HJ663-2013").get("coverage.few_share_percent") == 50
    assert "coverage.share_percent" not in [r.entry for r in standards.open_points("HJ663-2013")]


def test_a_file_adds_a_standard(clean, tmp_path: Path):
    file = tmp_path / "gb2040.toml"
    file.write_text(NEW, encoding="utf-8")
    standards.load_edition(file)
    assert standards.limit("pm25", "annual", on="2040-06-01") == 5
    assert standards.limit("pm25", "annual", on="2039-12-31") == 25
    assert "GB3095-2040" in standards.standards()


def test_environment_and_params_folder_are_read(clean, tmp_path: Path, monkeypatch):
    (tmp_path / "own.toml").write_text(OVERRIDE, encoding="utf-8")
    monkeypatch.setenv("AIRQ_STANDARDS", str(tmp_path))
    assert standards.edition("HJ663-2013").get("coverage.share_percent") == 60
    reset()
    monkeypatch.delenv("AIRQ_STANDARDS")
    assert standards.edition("HJ663-2013").get("coverage.share_percent") == 75


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "'id' is missing"),
        ("id = 'x'\nkind = 'aqi'\n[a]\nb = 1", "mark"),
        ("id = 'x'\nkind = 'other'", "kind"),
        ("id = ", "not valid TOML"),
        ("id = 'x'\nkind = 'aqi'\nbased_on = 'none'", "based_on"),
        (
            "id = 'X'\nkind = 'aqi'\nbased_on = '2026'\n[breakpoints.pm25_24h]\nvalues = ['0','50','40']",
            "breakpoints.pm25_24h.values",
        ),
        (
            "id = 'X'\nkind = 'aqi'\nbased_on = '2026'\n[breakpoints.pm25_24h]\nvalues = [0.0, 0.1]",
            "decimal texts",
        ),
        ("id = 'X'\nkind = 'standard'\n[[phases]]\nname='a'\nfirst='2040-01-01'", "limits"),
    ],
)
def test_a_broken_table_is_refused_in_one_sentence(clean, tmp_path: Path, text, part):
    file = tmp_path / "broken.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileRejected) as error:
        standards.load_edition(file)
    assert str(file) in str(error.value)
    assert part in str(error.value)
    assert "\n" not in str(error.value)
    with pytest.raises(FileRejected, match="cannot be read"):
        standards.load_edition(tmp_path / "absent.toml")


def test_replaced_breakpoints_change_the_index(clean, tmp_path: Path):
    file = tmp_path / "aqi.toml"
    file.write_text(
        'id = "HJ633-2031"\nkind = "aqi"\nbased_on = "2026"\naliases = ["2031"]\n'
        '[breakpoints.pm25_24h]\nvalues = ["0", "12.5", "25.5", "115", "150", "250", "350", "500"]\n',
        encoding="utf-8",
    )
    standards.load_edition(file)
    assert standards.iaqi("pm25", 13, edition="2031") == 52  # 50 + 50 * 0.5 / 13, up
    assert standards.iaqi("pm25", 13, edition="2026") == 19

"""The notebook on direction: its files agree, it is narrative only, it runs in both languages, its numbers hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pandas as pd
import pytest

from airq import analysis, dataset, options, places
from airq.errors import AirqError
from airq.observations import Archive
from airq.reports import direction_page as page
from airq.reports.execute import execute, load

SCRIPT = options.home() / "notebooks" / "51_where_from.py"
BOOK = SCRIPT.with_suffix(".ipynb")
PLACES = ("changji", "urumqi", "wujiaqu", "fukang")


@pytest.fixture(scope="module")
def windy(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Three months of four places; the east wind brings much to Changji."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2025-01-01 01:00", "2025-04-01", freq="h")
    rows, weather_rows, values, wind = [], [], [], {"wind_speed": [], "wind_direction": []}
    for number, name in enumerate(PLACES):
        place = places.get(name)
        common = {"name_zh": place.zh, "name_en": place.en, "place": name, "lat": place.lat, "lon": place.lon}
        rows.append({"station": f"P{number}", "network": "national", "role": "evaluation", **common})
        weather_rows.append({"station": f"W{number}", "network": "weather", "role": "weather", **common})
        speed, aim = rng.gamma(2, 1.2, len(time)).round(1), 10.0 * rng.integers(1, 37, len(time))
        wind["wind_speed"].append(speed)
        wind["wind_direction"].append(aim)
        east = 60 * (np.abs(aim - 90) <= 20) * (speed > 1) if name == "changji" else 0
        values.append(np.round((30 + east) * rng.lognormal(0, 0.3, len(time))))
    archive = Archive(tmp_path_factory.mktemp("windy") / "archive")
    made = dataset.build(pd.DataFrame(rows), time, {"pm25": np.array(values)})
    archive.store(made, source="made here", simulated=True)
    met = dataset.build(pd.DataFrame(weather_rows), time, {k: np.array(v) for k, v in wind.items()})
    archive.store(met, source="made here", kind="weather", simulated=True)
    return archive


def cells(book: nbformat.NotebookNode) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(c.cell_type, c.source.strip(), tuple(c.metadata.get("tags", []))) for c in book.cells]


def test_script_and_notebook_are_the_same() -> None:
    assert cells(jupytext.read(SCRIPT)) == cells(nbformat.read(BOOK, as_version=4))


def test_notebook_holds_no_output() -> None:
    book = nbformat.read(BOOK, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


def test_ten_to_twenty_short_cells_without_functions_or_arithmetic() -> None:
    code = [c for c in load(BOOK).cells if c.cell_type == "code"]
    assert 10 <= len(code) <= 20
    banned = ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.BinOp | ast.For | ast.If | ast.comprehension
    for cell in code:
        assert len(cell.source.splitlines()) <= 10
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, banned), cell.source


def test_narrative_is_in_both_languages() -> None:
    for cell in load(BOOK).cells:
        if cell.cell_type == "markdown":
            assert re.search("[\u4e00-\u9fff]{8}", cell.source), cell.source
            assert re.search(r"[a-z]+ [a-z]+ [a-z]+", cell.source), cell.source
            assert "$" not in cell.source


def test_parameters() -> None:
    cell = next(c for c in load(BOOK).cells if "parameters" in c.metadata.get("tags", []))
    names = [t.id for n in ast.parse(cell.source).body if isinstance(n, ast.Assign) for t in n.targets]
    assert names == [
        "lang",
        "place",
        "pollutant",
        "start",
        "end",
        "archive",
        "network",
        "tdump",
        "hours",
        "cell",
    ]


def shown(done: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [o for c in done.cells if c.cell_type == "code" for o in c.outputs]


def words(done: nbformat.NotebookNode) -> str:
    return "\n".join(o.data.get("text/html", "") for o in shown(done))


def plain_run(done: nbformat.NotebookNode) -> None:
    """Figures and tables only: no warning, nothing printed."""
    assert {o.output_type for o in shown(done)} == {"display_data"}
    assert sum("image/png" in o.data for o in shown(done)) == 11
    assert "nan" not in re.sub("[Mm]anas", "", words(done)).lower()


def test_everything_in_chinese(windy: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    given = {"lang": "zh", "archive": str(windy.path), "hours": 6}
    done = execute(load(BOOK), given, forked=False)
    plain_run(done)
    text = words(done)
    data = page.hours(str(windy.path), "changji", "pm25")
    groups = analysis.polar_clusters(data.frame, "pm25")
    for row in groups.summary.itertuples():
        assert f"{row.hours:,}" in text and f"{100 * row.contribution:.1f}" in text
    for needed in ("昌吉市", "模拟数据", "乌鲁木齐市 → 五家渠市", "不是贡献率", "SQTBA"):
        assert needed in text, needed


def test_hysplit_files_in_english(windy: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for day in range(1, 29):
        rows = [f"1 1 25 1 {day} {12 - h} 0 0 {-h}.0 {44 + 0.1 * h * (day % 2):.3f} {87.3 + 0.2 * h:.3f} 500.0" for h in range(12)]  # fmt: skip
        head = f"1 1\nGDAS 25 1 1 0 0\n1 BACKWARD OMEGA\n25 1 {day} 12 44.0 87.3 500.0\n0\n"
        Path(f"tdump_{day:02d}").write_text(head + "\n".join(rows) + "\n")
    given = {"lang": "en", "archive": str(windy.path), "tdump": "tdump_*", "cell": 0.5, "network": "belt"}
    done = execute(load(BOOK), given, forked=False)
    plain_run(done)
    text = words(done)
    assert "Changji City" in text and "Wujiaqu → Fukang" in text
    tables = "".join(re.findall(r"<table>.*?</table>", text, re.DOTALL))
    assert not re.search("[\u4e00-\u9fff]", tables)


def test_hours_are_the_mean_of_the_stations_with_their_wind(windy: Archive) -> None:
    data = page.hours(str(windy.path), "昌吉市", "pm25", "2025-02", "2025-02")
    assert len(data.frame) == 28 * 24 and data.stations == 1 and data.simulated
    ds = windy.load(place="changji", start="2025-02", end="2025-02")
    kept = dataset.masked(ds)["pm25"].values[0]  # ingest flags spikes
    assert data.frame["pm25"].to_numpy() == pytest.approx(kept, nan_ok=True) and np.isnan(kept).mean() < 0.1
    first, second = page.hours(str(windy.path), "changji", "pm25").halves
    assert abs(len(first) - len(second)) <= 1 and first["time"].max() < second["time"].min()


def test_long_periods_are_cut_at_a_new_year() -> None:
    time = pd.date_range("2020-03-01", "2023-03-01", freq="h")
    place = places.get("changji")
    data = page.Hours(pd.DataFrame({"time": time}), place, "pm25", 44.0, 87.3, 1, False)
    assert data.halves[1]["time"].iloc[0] in (
        pd.Timestamp("2021-01-01 01:00"),
        pd.Timestamp("2022-01-01 01:00"),
    )


def test_wrong_parameters_end_in_one_sentence(windy: Archive, small_archive: Archive, tmp_path: Path) -> None:
    own = str(windy.path)
    for make, said in (
        (lambda: page.hours(own, "chanji", "pm25"), "did you mean 'changji'"),
        (lambda: page.hours(own, "changji", "nox"), "pollutant 'nox'"),
        (lambda: page.hours(own, "manas", "pm25"), "no station"),
        (lambda: page.hours(str(small_archive.path), "changji", "pm25"), "no weather"),
        (lambda: page.neighbours(own, "nowhere", "pm25"), "network"),
        (
            lambda: page.trajectories(str(tmp_path / "none*"), page.hours(own, "changji", "pm25")),
            "no trajectory",
        ),
    ):
        with pytest.raises(AirqError, match=said) as caught:
            make()
        assert len(str(caught.value).splitlines()) == 1


def test_ruff_is_content() -> None:
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed beside python")
    done = subprocess.run(
        [ruff, "check", "--no-cache", SCRIPT, BOOK], capture_output=True, text=True, cwd=options.home()
    )
    assert done.returncode == 0, done.stdout

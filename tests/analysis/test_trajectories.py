"""Trajectories: tdump files whole and broken, source regions against sums by hand, clusters, runs of the wind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq import analysis
from airq.analysis.trajectories.model import Trajectories
from airq.analysis.trajectories.weights import cwt_weight, pscf_weight
from airq.errors import AirqError, FileRejected, MissingData, ParameterError


def tdump(
    arrivals: list[pd.Timestamp],
    points: list[list[tuple[float, float]]],
    names: tuple[str, ...] = ("PRESSURE",),
    wrap: bool = False,
) -> str:
    """Text of a file as HYSPLIT writes it; times in UTC."""
    lines = ["     1     1", "    GDAS    19     1     1     0     0"]
    lines.append(f"{len(arrivals):6d} BACKWARD OMEGA   ")
    for when, path in zip(arrivals, points, strict=True):
        lines.append(f"    {when:%y %m %d %H} {path[0][0]:8.3f} {path[0][1]:8.3f}  500.0")
    lines.append(f"{len(names):6d} " + " ".join(names))
    for hour in range(len(points[0])):
        for number, (when, path) in enumerate(zip(arrivals, points, strict=True), 1):
            at = when - pd.Timedelta(hours=hour)
            head = f"{number:6d}{1:6d}    {at:%y}{at.month:6d}{at.day:6d}{at.hour:6d}     0     0"
            body = f"{-hour:8.1f}{path[hour][0]:9.3f}{path[hour][1]:9.3f}{500 + hour:9.1f}"
            tail = " ".join(f"{900 + k}.0" for k in range(len(names)))
            lines += [head, body + " " + tail] if wrap else [head + body + " " + tail]
    return "\n".join(lines) + "\n"


def straight(lat: float, lon: float, dlat: float, dlon: float, hours: int = 24) -> list[tuple[float, float]]:
    return [(lat + dlat * h, lon + dlon * h) for h in range(hours + 1)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty arrivals, odd ones from the west and polluted, even ones from the north-east and clean."""
    for k in range(40):
        when = pd.Timestamp("2019-01-10 00:00") + pd.Timedelta(hours=6 * k)
        path = straight(44, 87, 0.0, -0.3) if k % 2 else straight(44, 87, 0.2, 0.2)
        (tmp_path / f"tdump_{k:02d}").write_text(tdump([when], [path]))
    return tmp_path


@pytest.fixture
def receptor() -> pd.DataFrame:
    hours = pd.date_range("2019-01-10 08:00", periods=40, freq="6h")  # Beijing time of the arrivals
    return pd.DataFrame({"time": hours, "pm25": np.where(np.arange(40) % 2, 100.0 + np.arange(40), 20.0)})


def test_reader_gives_place_time_and_age(tmp_path: Path) -> None:
    when = pd.Timestamp("2019-12-31 23:00")
    file = tmp_path / "tdump"
    file.write_text(
        tdump([when, when], [straight(44, 87, 0, -0.3, 5), straight(44, 87, 0.1, 0, 5)], ("PRESSURE", "AGE"))
    )
    found = analysis.read_tdump(file)
    assert len(found) == 2 and found.longest == 5 and len(found.frame) == 12
    assert (found.frame["arrival"] == pd.Timestamp("2020-01-01 07:00")).all()
    first = found.frame[found.frame["trajectory"] == 0]
    assert first["lon"].tolist() == pytest.approx([87 - 0.3 * h for h in range(6)])
    assert first["time"].iloc[-1] == pd.Timestamp("2020-01-01 02:00")
    assert first["pressure"].tolist() == [900.0] * 6 and "age_" in found.frame
    assert found.frame["start_height"].eq(500).all()
    utc = analysis.read_tdump(file, utc_offset=0)
    assert (utc.frame["arrival"] == when).all()


def test_wrapped_lines_and_folders_and_patterns_read_the_same(folder: Path, tmp_path: Path) -> None:
    whole = analysis.read_tdump(folder)
    assert len(whole) == 40
    pd.testing.assert_frame_equal(whole.frame, analysis.read_tdump(str(folder / "tdump_*")).frame)
    pd.testing.assert_frame_equal(whole.frame, analysis.read_tdump(sorted(folder.glob("tdump_*"))).frame)
    names = tuple(f"D{k}" for k in range(9))
    one = tdump([pd.Timestamp("2019-01-10")], [straight(44, 87, 0, -0.3)], names)
    two = tdump([pd.Timestamp("2019-01-10")], [straight(44, 87, 0, -0.3)], names, wrap=True)
    for name, text in (("one.tdump", one), ("two.tdump", two)):
        (tmp_path / name).write_text(text)
    a, b = (analysis.read_tdump(tmp_path / n).frame.drop(columns="file") for n in ("one.tdump", "two.tdump"))
    pd.testing.assert_frame_equal(a, b)


GOOD = tdump([pd.Timestamp("2019-01-10")], [straight(44, 87, 0, -0.3, 4)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "before its header"),
        ("date,pm25\n2019,3\n", "line 1: 'date,pm25' is no number of meteorological grids"),
        ("\n".join(GOOD.splitlines()[:3]), "before the starts"),
        ("\n".join(GOOD.splitlines()[:5]), "no endpoints"),
        (GOOD.rstrip()[:-30], "line|cut short"),
        (GOOD.replace("86.700", "NaN   "), "without a finite"),
        (GOOD.replace("86.700", "xx.700"), "line 7: 'xx.700' is no number"),
        (GOOD.replace("  44.000   86.700", " 144.000   86.700"), "not on the earth"),
        (GOOD.replace("BACKWARD", "FORWARD"), "forward"),
        (GOOD.replace("BACKWARD", "SIDEWAYS"), "neither"),
        (
            GOOD.replace("    19     1    10     0     0     0", "    19    13    10     0     0     0"),
            "no valid date",
        ),
        (GOOD.replace("     1     1    19", "     7     1    19"), "no start in the header"),
        (GOOD.replace("900.0", "900.0 1.0", 1), "line 6: 14 values"),
    ],
)
def test_broken_files_are_refused_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "tdump_bad"
    file.write_text(text)
    with pytest.raises(FileRejected, match=said) as caught:
        analysis.read_tdump(file)
    assert "tdump_bad" in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_broken_files_among_good_ones_can_be_skipped(folder: Path, tmp_path: Path) -> None:
    (folder / "tdump_zz").write_text("nothing")
    with pytest.raises(FileRejected, match="tdump_zz"):
        analysis.read_tdump(folder)
    found = analysis.read_tdump(folder, errors="skip")
    assert len(found) == 40 and "tdump_zz" in found.notes[0]
    with pytest.raises(FileRejected, match="no trajectory file"):
        analysis.read_tdump(str(tmp_path / "nothing*"))
    with pytest.raises(FileRejected, match="cannot be read"):
        analysis.read_tdump(tmp_path / "absent")
    with pytest.raises(ParameterError):
        analysis.read_tdump(folder, errors="ignore")


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_one_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "tdump"
    file.write_bytes(data)
    with pytest.raises(AirqError) as caught:
        analysis.read_tdump(file)
    assert len(str(caught.value).splitlines()) <= 2


def test_the_same_endpoints_twice_count_once(folder: Path) -> None:
    text = (folder / "tdump_00").read_text()
    (folder / "tdump_copy").write_text(text)
    found = analysis.read_tdump(folder)
    assert len(found) == 40 and "more than one file" in found.notes[0]


def test_paths_across_the_date_line_are_continuous() -> None:
    rows = pd.DataFrame(
        {
            "trajectory": 0,
            "arrival": pd.Timestamp("2019-01-01"),
            "age": [0.0, -1.0, -2.0, -3.0],
            "lat": 60.0,
            "lon": [179.5, -179.8, -179.0, 179.9],
            "height": 500.0,
        }
    )
    assert Trajectories.of(rows).frame["lon"].tolist() == pytest.approx([179.5, 180.2, 181.0, 179.9])


def by_hand(found: Trajectories, receptor: pd.DataFrame, cell: float) -> pd.DataFrame:
    frame = found.frame.merge(receptor, left_on="arrival", right_on="time", suffixes=("_p", ""))
    frame["lat"] = (np.floor(frame["lat"] / cell) + 0.5) * cell
    frame["lon"] = (np.floor(frame["lon"] / cell) + 0.5) * cell
    return frame


def test_pscf_and_cwt_are_the_sums_of_their_definition(folder: Path, receptor: pd.DataFrame) -> None:
    found = analysis.read_tdump(folder)
    rows = by_hand(found, receptor, 1.0)
    cut = np.percentile(receptor["pm25"], 90)
    cells = rows.groupby(["lat", "lon"])["pm25"]
    n = cells.size()
    map_ = analysis.pscf(found, receptor, "pm25", percentile=90)
    assert map_.cut == cut and map_.trajectories == 40
    table = map_.table.set_index(["lat", "lon"])
    expected = cells.apply(lambda g: (g > cut).mean())
    assert table["unweighted"].to_numpy() == pytest.approx(expected.reindex(table.index).to_numpy())
    assert table["weight"].to_numpy() == pytest.approx(pscf_weight(n.reindex(table.index), n.mean()))
    assert table["value"].to_numpy() == pytest.approx((table["unweighted"] * table["weight"]).to_numpy())
    west = table[table.index.get_level_values("lon") < 86]
    east = table[table.index.get_level_values("lon") > 88]
    assert west["unweighted"].min() > 0.15 and east["unweighted"].max() == 0 and east["p_value"].min() == 1
    conc = analysis.cwt(found, receptor, "pm25", weighted=False).table.set_index(["lat", "lon"])
    assert conc["value"].to_numpy() == pytest.approx(cells.mean().reindex(conc.index).to_numpy())
    weighted = analysis.cwt(found, receptor, "pm25").table.set_index(["lat", "lon"])
    assert (weighted["value"] / weighted["unweighted"]).to_numpy() == pytest.approx(
        cwt_weight(n.reindex(weighted.index))
    )
    logs = analysis.cwt(found, receptor, "pm25", mean="log", weighted=False).table.set_index(["lat", "lon"])
    assert (logs["value"] <= conc["value"] + 1e-9).all()


def test_sqtba_is_the_gaussian_sum(folder: Path, receptor: pd.DataFrame) -> None:
    from airq.analysis.direction.networks import distance_km

    found = analysis.read_tdump(folder)
    map_ = analysis.sqtba(found, receptor, "pm25", cell=0.5, spread=10.0, far=6.0)
    rows = found.frame.merge(receptor, left_on="arrival", right_on="time", suffixes=("_p", ""))
    rows = rows[rows["age"] < 0]
    sigma = np.maximum(10.0 * -rows["age"], 0.5 * 111.195 / 2).to_numpy()
    check = map_.table[(map_.table["weight"] > 0.05)].sample(12, random_state=0)
    for cell in check.itertuples():
        d = distance_km(cell.lat, cell.lon, rows["lat"], rows["lon"]) / sigma
        plume = np.exp(-0.5 * d**2) / sigma**2
        assert cell.value == pytest.approx((plume * rows["pm25"]).sum() / plume.sum(), rel=0.03)
    assert map_.table["value"].between(19.999, 139.001).all() and map_.table["weight"].max() == 1


def test_weights_are_the_listed_ones() -> None:
    assert pscf_weight([1, 5, 5.1, 10, 10.1, 20, 20.1], 10).tolist() == [0.15, 0.15, 0.5, 0.5, 0.75, 0.75, 1]
    assert cwt_weight([1, 10, 11, 20, 21, 80, 81]).tolist() == [0.05, 0.05, 0.42, 0.42, 0.7, 0.7, 1]


def test_concentrations_that_do_not_meet_the_arrivals_are_said(folder: Path, receptor: pd.DataFrame) -> None:
    found = analysis.read_tdump(folder)
    half = receptor.assign(pm25=np.where(np.arange(40) < 25, receptor["pm25"], np.nan))
    assert any("15 of 40 trajectories" in n for n in analysis.cwt(found, half, "pm25").notes)
    with pytest.raises(MissingData, match="same time"):
        analysis.cwt(found, receptor.assign(time=receptor["time"] + pd.Timedelta(days=400)), "pm25")
    for make, said in (
        (lambda: analysis.pscf(found, receptor, "pm25", percentile=100), "percentile"),
        (lambda: analysis.pscf(found, receptor, "pm25", cell=0), "cell"),
        (lambda: analysis.cwt(found, receptor, "pm25", mean="median"), "mean"),
        (lambda: analysis.sqtba(found, receptor, "pm25", spread=-1), "spread"),
        (lambda: analysis.cwt(found, receptor, "nox"), "no column 'nox'"),
        (lambda: analysis.cwt(found.frame, receptor, "pm25"), "read_tdump"),
        (lambda: found.last(0), "no length"),
        (lambda: Trajectories.of(found.frame.drop(columns="lat")), "lack the column 'lat'"),
        (lambda: Trajectories.of(found.frame.iloc[:0]), "no endpoints"),
        (lambda: Trajectories.of(found.frame.assign(lat=99.0)), "not on the earth"),
    ):
        with pytest.raises(AirqError, match=said):
            make()


@pytest.mark.parametrize("method", ["euclid", "angle"])
def test_clusters_part_the_two_ways(folder: Path, receptor: pd.DataFrame, method: str) -> None:
    found = analysis.read_tdump(folder)
    groups = analysis.trajectory_clusters(found, receptor, "pm25", clusters=2, method=method)
    assert groups.summary["trajectories"].tolist() == [20, 20] and groups.silhouette > 0.9
    assert sorted(groups.summary["mean"]) == pytest.approx([20.0, 120.0], abs=1e-9)
    assert groups.members.groupby("cluster")["concentration"].nunique().min() == 1
    end = groups.paths[groups.paths["age"] == -24].set_index("cluster")
    assert sorted(end["lon"]) == pytest.approx([79.8, 91.8])
    free = analysis.trajectory_clusters(found, clusters=None, method=method)
    assert len(free.summary) == 2 and free.pollutant == "" and 2 in free.silhouettes
    assert len(analysis.trajectory_clusters(found.last(12), clusters=2, method=method).paths) == 26


def test_clusters_leave_out_short_trajectories_and_refuse_too_few(folder: Path) -> None:
    text = (folder / "tdump_05").read_text().splitlines()
    (folder / "tdump_05").write_text("\n".join(text[:-4]) + "\n")
    found = analysis.read_tdump(folder)
    groups = analysis.trajectory_clusters(found, clusters=2)
    assert groups.summary["trajectories"].sum() == 39 and any("1 trajectories" in n for n in groups.notes)
    with pytest.raises(MissingData, match="too few"):
        analysis.trajectory_clusters(analysis.read_tdump(folder / "tdump_00"), clusters=2)
    with pytest.raises(ParameterError, match="method"):
        analysis.trajectory_clusters(found, method="way")


def test_runs_of_the_wind_go_where_the_wind_came_from() -> None:
    hours = pd.date_range("2019-01-01 01:00", periods=30, freq="h")
    frame = pd.DataFrame({"time": hours, "wind_speed": 10 / 3.6, "wind_direction": 180})
    runs = analysis.wind_runs(frame, 44.0, 87.0, hours=10)
    assert len(runs) == 21 and runs.source == "wind run" and "not trajectories" in runs.notes[0]
    end = runs.frame[runs.frame["age"] == -10]
    assert end["lat"].to_numpy() == pytest.approx(np.full(21, 44 - 100 / 111.195))
    assert end["lon"].to_numpy() == pytest.approx(np.full(21, 87.0))
    assert runs.frame["arrival"].min() == hours[9]
    gap = frame.assign(wind_speed=np.where(np.arange(30) == 15, np.nan, frame["wind_speed"]))
    assert len(analysis.wind_runs(gap, 44.0, 87.0, hours=10)) == 11
    calm = analysis.wind_runs(frame.assign(wind_speed=0.0), 44.0, 87.0, hours=5)
    assert calm.frame["lat"].eq(44).all()
    for options, said in (({"hours": 0}, "hours must"), ({"hours": 40}, "without a gap")):
        with pytest.raises(AirqError, match=said):
            analysis.wind_runs(frame, 44.0, 87.0, **options)
    with pytest.raises(ParameterError, match="latitude"):
        analysis.wind_runs(frame, 87.0 + 10, 44.0)

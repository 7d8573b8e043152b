"""Transport between neighbours: found where it is, and seldom where it is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from airq import analysis, places
from airq.analysis.direction.networks import bearing, distance_km, name_of, pairs_of, position_of
from airq.errors import AirqError, ParameterError

SPOTS = {"A": (44.0, 87.0), "B": (44.0, 87.375), "C": (44.3, 87.2)}
PAIRS = [("A", "B"), ("B", "A"), ("A", "C"), ("C", "B")]


def world(seed: int, gain: float, hours: int = 6000) -> pd.DataFrame:
    """A, B, C share a regional rise; where the wind is westerly, A's own part reaches B after the time it takes."""
    rng = np.random.default_rng(seed)

    def slow(phi: float, spread: float) -> np.ndarray:
        return lfilter([1.0], [1.0, -phi], rng.normal(0, spread, hours))

    region = slow(0.97, 0.12)
    u, v = slow(0.95, 0.8) + 0.5, slow(0.95, 0.8)
    speed = np.hypot(u, v)
    aim = np.mod(np.rad2deg(np.arctan2(-u, -v)), 360)
    own = {s: slow(0.9, 0.25) for s in SPOTS}
    lag = np.clip(np.rint(30 / (np.maximum(speed, 0.2) * 3.6)), 1, 99).astype(int)
    westerly = np.abs(np.mod(aim - 270 + 180, 360) - 180) <= 45
    arrived = np.zeros(hours)
    for t in np.flatnonzero(westerly & (speed > 0.5) & (lag <= 12)):
        if t + lag[t] < hours:
            arrived[t + lag[t]] += gain * own["A"][t]
    own["B"] = own["B"] + arrived
    time = pd.date_range("2019-01-01 01:00", periods=hours, freq="h")
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "site": s,
                    "time": time,
                    "pm25": 50 * np.exp(region + own[s] + rng.normal(0, 0.1, hours)),
                    "wind_speed": speed.round(1),
                    "wind_direction": (aim / 10).round() * 10,
                }
            )
            for s in SPOTS
        ],
        ignore_index=True,
    )


def test_transport_is_found_in_its_direction_only() -> None:
    found = analysis.transport_index(world(0, 0.5), "pm25", PAIRS, positions=SPOTS)
    table = found.table.set_index(["source", "receptor"])
    assert table.loc[("A", "B"), "verdict"] == "transport" and table.loc[("A", "B"), "lower"] > 0.1
    assert table.loc[("B", "A"), "verdict"] == table.loc[("A", "C"), "verdict"] == "none seen"
    assert table.loc[("A", "B"), "bearing"] == pytest.approx(90, abs=0.5)
    assert 0.2 < table.loc[("A", "B"), "elasticity"] < 0.7
    assert "by chance" in found.notes[-1] and "A" in found._repr_html_()


def test_a_common_rise_is_not_taken_for_transport() -> None:
    false = [
        v == "transport"
        for seed in range(12)
        for v in analysis.transport_index(world(seed, 0.0), "pm25", PAIRS, positions=SPOTS, draws=200).table[
            "verdict"
        ]
    ]
    assert np.mean(false) <= 0.11  # nominal 2.5 % on the side of transport, 48 pairs


def test_order_gaps_and_repeated_rows_change_nothing() -> None:
    frame = world(1, 0.5)
    mixed = pd.concat([frame, frame.iloc[::50]]).sample(frac=1, random_state=0, ignore_index=True)
    mixed = mixed.sort_values("site", kind="stable")
    a, b = (
        analysis.transport_index(f, "pm25", PAIRS, positions=SPOTS, draws=100).table for f in (frame, mixed)
    )
    pd.testing.assert_frame_equal(a, b)


def test_pairs_without_wind_or_hours_are_withheld_with_their_reason() -> None:
    frame = world(2, 0.3)
    frame.loc[frame["site"] == "A", "wind_speed"] = np.nan
    frame.loc[(frame["site"] == "C") & (frame.index % 6000 > 200), "pm25"] = np.nan
    found = analysis.transport_index(frame, "pm25", PAIRS, positions=SPOTS, draws=100)
    table = found.table.set_index(["source", "receptor"])
    assert table.loc[("A", "B"), "reason"] == "no wind at the source"
    assert table.loc[("C", "B"), "verdict"] == "withheld" and "fewer than" in table.loc[("C", "B"), "reason"]
    assert table.loc[("B", "A"), "verdict"] != "withheld" and np.isnan(table.loc[("A", "B"), "index"])


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda f: f.drop(columns="site"), {}, "column 'site'"),
        (lambda f: f.drop(columns="time"), {}, "time of every hour"),
        (lambda f: f[f["site"] == "A"], {}, "two are needed"),
        (lambda f: f[f["time"] < "2019-02-01"], {}, "8 weeks"),
        (lambda f: f, {"half_angle": 2}, "half_angle"),
        (lambda f: f, {"longest": 100}, "longest"),
        (lambda f: f, {"draws": 5}, "draws"),
        (lambda f: f, {"network": "everywhere"}, "not known"),
        (lambda f: f, {"network": [("A", "A")]}, "two different sites"),
        (lambda f: f, {"positions": {"A": (95.0, 0.0)}}, "not on the earth"),
    ],
)
def test_bad_input_ends_in_one_sentence(change, options: dict, said: str) -> None:
    given = {"network": PAIRS, "positions": SPOTS, "draws": 60} | options
    with pytest.raises(AirqError, match=said) as caught:
        analysis.transport_index(change(world(0, 0.0, 2500)), "pm25", **given)
    assert len(str(caught.value).splitlines()) == 1


def test_the_networks_of_the_region_have_positions_and_names() -> None:
    belt, corps = pairs_of("belt"), pairs_of("corps")
    assert len(belt) == 12 and {s for p in belt for s in p} == {"wujiaqu", "midong", "ganquanpu", "fukang"}
    assert len(corps) == 30 and all((b, a) in corps for a, b in corps)
    assert not any(
        a in ("wujiaqu", "shihezi", "div12") and b in ("wujiaqu", "shihezi", "div12") for a, b in corps
    )
    for site in {s for p in belt + corps for s in p}:
        lat, lon = position_of(site)
        assert 43 < lat < 45 and 85 < lon < 89
        assert name_of(site, "zh") != site
    with pytest.raises(ParameterError, match="has no position"):
        position_of("nowhere")


def test_distance_and_bearing_on_the_sphere() -> None:
    a, b = places.get("changji"), places.get("fukang")
    assert float(distance_km(0, 0, 0, 1)) == pytest.approx(111.195, abs=0.01)
    assert float(bearing(0, 0, 1, 0)) == 0 and float(bearing(0, 0, 0, -1)) == 270
    there, back = float(bearing(a.lat, a.lon, b.lat, b.lon)), float(bearing(b.lat, b.lon, a.lat, a.lon))
    assert abs(abs(there - back) - 180) < 1


def test_what_cannot_be_judged_names_its_cause() -> None:
    """Zeros for missing values hide transport, so they are pointed out; silent and steady sites are withheld."""
    frame = world(0, 0.5, hours=3000)
    zeros = frame.assign(pm25=frame["pm25"].where(np.arange(len(frame)) % 8 != 0, 0.0))
    found = analysis.transport_index(zeros, "pm25", PAIRS, positions=SPOTS, draws=50)
    assert any(n.startswith("A: 12 % of the values of 'pm25' are 0") for n in found.notes)
    coded = frame.assign(pm25=frame["pm25"].where(np.arange(len(frame)) % 8 != 0, -999.0))
    empty = frame.assign(pm25=frame["pm25"].where(np.arange(len(frame)) % 8 != 0))
    tables = [
        analysis.transport_index(f, "pm25", PAIRS, positions=SPOTS, draws=50).table for f in (coded, empty)
    ]
    pd.testing.assert_frame_equal(*tables)
    silent = frame.assign(pm25=frame["pm25"].where(frame["site"] != "B"))
    steady = frame.assign(pm25=frame["pm25"].where(frame["site"] != "B", 5.0))
    for spoiled, said in ((silent, "no value at the"), (steady, "do not vary")):
        table = analysis.transport_index(spoiled, "pm25", PAIRS, positions=SPOTS, draws=50).table
        touched = (table["source"] == "B") | (table["receptor"] == "B")
        assert table.loc[touched, "reason"].str.contains(said).all()

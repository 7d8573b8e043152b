"""The county month against hand-made hours, against the rules called directly, and at its edges."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from airq import standards
from airq.analysis import CountyMonth, county_month
from airq.analysis.capture import capture_by_place, required_days
from airq.analysis.county_month import INDICATORS
from airq.errors import ArchiveError, FileRejected, MissingData, ParameterError

NEW = "GB3095-2026-transition"
FRAMES = ("stations", "capture", "days", "summary", "cumulative", "hourly")


def flat(make_archive, now: dict[str, float], then: dict[str, float], role: str = "evaluation", **changes):
    """October 2025 and 2026 at one station of 昌吉市, every hour the same."""
    stations = pd.DataFrame(
        {"station": ["A1"], "place": ["changji"], "role": [role], "name_zh": ["甲"], "name_en": ["A"]}
    )
    time = pd.date_range("2025-10-01 01:00", "2026-11-01 00:00", freq="h")
    inside = time <= pd.Timestamp("2025-11-01 00:00")
    after = time > pd.Timestamp("2026-10-01 00:00")
    values = {}
    for name in now:
        row = np.full(len(time), np.nan)
        row[inside], row[after] = then[name], now[name]
        values[name] = row[None, :]
    for name, (first, last, value) in changes.items():
        values[name][0, (time > pd.Timestamp(first)) & (time <= pd.Timestamp(last))] = value
    return make_archive(stations, time, values)


NOW = {"pm25": 70, "pm10": 100, "so2": 12, "no2": 30, "co": 1.0, "o3": 80}
THEN = {"pm25": 35, "pm10": 70, "so2": 60, "no2": 40, "co": 4.0, "o3": 160}


def test_known_answers_under_both_standards(make_archive) -> None:
    result = county_month(flat(make_archive, NOW, THEN), "昌吉市", "2026-10")
    assert result.simulated and result.standards == ("GB3095-2012", NEW) and result.in_force == (NEW,)
    old, new = result.row(), result.row(standard=NEW)
    # HJ 633-2012: IAQI of 70 between 35/50 and 75/100 is 93.75, up to 94: good. HJ 633-2026: 60/100 to 115/150: 110.
    assert (old["days_valid"], old["good_days"], old["heavy_days"]) == (31, 31, 0)
    assert (new["days_valid"], new["good_days"], new["heavy_days"]) == (31, 0, 0)
    assert old["mean_pm25"] == 70 and old["p95_co"] == 1.0 and old["p90_o3"] == 80
    # 70/35 + 100/70 + 12/60 + 30/40 + 1/4 + 80/160 = 5.12857; with 30 and 60: 70/30 + 100/60 + ... = 5.7
    assert old["composite_official"] == 5.13 and new["composite_official"] == 5.7
    then = result.row("last_period")
    # Every term at its limit of 2012: six times one.
    assert then["composite_official"] == 6.0 and then["mean_pm25"] == 35
    assert old["primary_days_pm25"] == 31 and new["primary_days_pm25"] == 31
    assert set(result.days["aqi"][result.days["edition"] == "2012"]) == {94.0}
    assert set(result.days["aqi"][result.days["edition"] == "2026"]) == {110.0}
    counts = result.counts()
    light = counts[(counts["edition"] == "2026") & (counts["category"] == 3)]["days"].item()
    assert light == 31 and counts["days"].sum() == 62


def test_days_are_the_rules_called_directly(small_archive) -> None:
    result = county_month(small_archive, "changji", "2026-10")
    ds = small_archive.load(place="changji", start="2025-01", end="2026-10")
    for edition, standard in (("2012", "GB3095-2012"), ("2026", NEW)):
        days = standards.place_daily(ds, "changji", edition).sel(day=slice("2026-10-01", "2026-10-31"))
        mine = result.days[result.days["edition"] == edition]
        np.testing.assert_array_equal(mine["aqi"], days["aqi"].values[0])
        np.testing.assert_array_equal(mine["o3"], days["o3"].values[0])
        for span, period in (("period", "2026-10"), ("last_period", "2025-10"), ("ytd", "2026-01..2026-10")):
            row = standards.summary(standards.place_daily(ds, "changji"), period, standard).iloc[0]
            for indicator in INDICATORS:
                assert result.row(span, standard)[indicator] == row[indicator], (span, indicator)


def test_capture_counts_the_full_calendar(small_archive) -> None:
    table = county_month(small_archive, "qitai", "2026-10").capture
    row = table[table["pollutant"] == "pm25"].iloc[0]
    ds = small_archive.load(place="qitai", start="2026-10", end="2026-10")
    there = np.isfinite(ds["pm25"].values[0])
    assert row["hours_possible"] == 744 and row["hours_valid"] == there.sum() and row["share"] == there.mean()
    assert there.sum() <= 744 - 9 * 24
    assert row["days_valid"] == 22 and row["shortfall"] == "2026-10: 22/27"
    assert county_month(small_archive, "qitai", "2026-10").row()["pm25_withheld"] != ""


def test_capture_counts_flags(small_archive) -> None:
    table = county_month(small_archive, "changji", "2026-10").capture
    row = table[(table["station"] == "CH1") & (table["pollutant"] == "pm25")].iloc[0]
    assert 28 <= row["flag_stuck"] <= 31  # thirty hours were set to one value
    assert row["flagged"] >= row["flag_stuck"]
    assert set(table["role"][table["station"] == "CH3"]) == {"background"}


def test_masks_are_shown_beside_and_never_in_the_headline(small_archive) -> None:
    result = county_month(small_archive, "changji", "2026-10")
    received, masked = result.row(), result.row(mask="masked")
    assert received["mean_pm25"] != masked["mean_pm25"]
    days = standards.place_daily(
        small_archive.load(place="changji", start="2025-01", end="2026-10"), "changji"
    )
    assert received["mean_pm25"] == standards.summary(days, "2026-10").iloc[0]["mean_pm25"]


def test_no_last_year(small_archive) -> None:
    result = county_month(small_archive, "fukang", "2026-10")
    assert (result.absence, result.last_absence) == ("", "no_value")
    assert result.row("last_period") is None and result.row() is not None
    assert set(result.cumulative["span"]) == {"ytd"}


def test_no_station(small_archive) -> None:
    result = county_month(small_archive, "mori", "2026-10")
    assert result.absence == "no_station" and result.row() is None
    assert all(getattr(result, name).empty for name in FRAMES) and result.counts().empty


def test_background_only(make_archive) -> None:
    archive = flat(make_archive, NOW, THEN, role="background")
    result = county_month(archive, "changji", "2026-10")
    assert result.absence == "background_only" and len(result.capture) == 6 and result.summary.empty


def test_partial_month(make_archive) -> None:
    cut = dict.fromkeys(NOW, ("2026-10-20 15:00", "2026-11-01 00:00", np.nan))
    result = county_month(flat(make_archive, NOW, THEN, **cut), "changji", "2026-10")
    assert result.data_until == "2026-10-20T15:00"
    assert result.row()["days_valid"] == 19 and result.row()["pm25_withheld"] != ""
    assert result.counts()[lambda t: t["category"] == 0]["days"].tolist() == [12, 12]


def test_capture_of_a_year_under_way_leaves_out_hours_to_come(small_archive) -> None:
    row = county_month(small_archive, "changji", "2026").capture.iloc[0]
    assert row["hours_possible"] == 304 * 24 and row["days_possible"] == 304
    assert "2026-12: 0/27" in row["shortfall"]


def test_damaged_rows_of_other_places_are_not_asked_for(small_archive, monkeypatch) -> None:
    whole = county_month(small_archive, "qitai", "2026-10")

    def damaged(self: object) -> str:
        raise ArchiveError("2026-10.parquet: missing or damaged; run 'airq archive verify'.")

    monkeypatch.setattr(type(small_archive), "last_complete_month", damaged)
    again = county_month(small_archive, "qitai", "2026-10")
    pd.testing.assert_frame_equal(again.capture, whole.capture)


def test_no_value_in_the_period(make_archive) -> None:
    gone = {name: ("2026-10-01 00:00", "2026-11-01 00:00", np.nan) for name in NOW if name != "o3"}
    gone["o3"] = ("2026-10-01 02:00", "2026-11-01 00:00", np.nan)  # two hours make no day
    result = county_month(flat(make_archive, NOW, THEN, **gone), "changji", "2026-10")
    assert result.absence == "no_value" and result.row() is None and result.row("last_period") is not None


def test_group_keeps_three_things_apart(small_archive) -> None:
    group = county_month(small_archive, "昌吉州", "2026-10")
    assert group.members[0] == "changji" and len(group.members) == 7 and group.represented_by == "changji"
    alone = {m: county_month(small_archive, m, "2026-10") for m in group.members}
    for member, result in alone.items():
        one, other = group.row(place=member), result.row()
        assert (one is None) == (other is None)
        if one is not None:
            assert all(one[i] == other[i] or np.isnan(one[i]) for i in INDICATORS)
    mean = group.row()
    good = [r.row()["good_days"] for r in alone.values() if r.row() is not None]
    assert mean["good_days"] == pytest.approx(np.mean(good)) and mean["used_good_days"] == 6
    # 奇台 has too few days: its PM2.5 mean may not be printed and is not in the mean either.
    pm = [r.row()["mean_pm25"] for m, r in alone.items() if r.row() is not None and m != "qitai"]
    assert mean["mean_pm25"] == pytest.approx(np.mean(pm)) and mean["used_mean_pm25"] == 5
    assert mean["good_days"] != group.row(place="changji")["good_days"]
    assert set(group.counts()["place"]) == set(group.members) - {"mori"}
    shares = capture_by_place(group.capture).set_index(["place", "pollutant"])
    assert shares.loc[("changji", "pm25"), "hours_possible"] == 2 * 744


def test_year_of_change_adds_the_reading_by_date(small_archive) -> None:
    assert county_month(small_archive, "changji", "2026-10").row("ytd", "by-date") is not None
    result = county_month(small_archive, "changji", "2025-10")
    assert result.in_force == ("GB3095-2012",) and result.row("ytd", "by-date") is None


def test_quarter(small_archive) -> None:
    result = county_month(small_archive, "changji", "2026Q3")
    assert result.row()["days_calendar"] == 92 and len(result.days) == 2 * 92
    assert result.capture["hours_possible"].iloc[0] == 92 * 24


@pytest.mark.parametrize("place", ["changji", "mori", "changji-prefecture"])
def test_json_round_trip(small_archive, place: str) -> None:
    result = county_month(small_archive, place, "2026-10")
    text = json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False)
    back = CountyMonth.from_dict(json.loads(text))
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(result, name), getattr(back, name), check_dtype=False)
    assert (
        back.period == result.period and back.members == result.members and back.standards == result.standards
    )
    assert "<p>" in result._repr_html_()


def test_refusals(small_archive) -> None:
    with pytest.raises(MissingData, match="holds no month of 2030-01"):
        county_month(small_archive, "changji", "2030-01")
    with pytest.raises(ParameterError, match="did you mean"):
        county_month(small_archive, "chanji", "2026-10")
    with pytest.raises(FileRejected, match="entry 'place' is missing"):
        CountyMonth.from_dict({})


def test_required_days_come_from_the_tables() -> None:
    rules = standards.edition("HJ663-2026")
    assert required_days(10, NEW) == rules.need("validity.month_days")
    assert required_days(2, NEW) == rules.need("validity.february_days")

import datetime as dt
import functools
import json
import threading

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from airq.errors import AirqError
from airq.forecast import scores
from airq.forecast.paths import Paths
from airq.forecast.warning import warning
from airq.forecast.warning_log import append, read_log, verify_log

BEIJING = dt.timezone(dt.timedelta(hours=8))


@functools.lru_cache
def make(issued, shift=0.0, site="A", **options):
    """A warning of three days whose yellow probabilities are 0.75, 0.5, 0.25 at shift 0."""
    first = pd.Timestamp(issued)
    aqi = (
        np.array([[210, 210, 210, 90], [210, 210, 90, 90], [210, 90, 90, 90], [90, 90, 90, 90]], float)[:, :3]
        + shift
    )
    dates = pd.date_range(first + pd.Timedelta(days=1), periods=3)
    coords = {"site": [site], "date": dates}
    drawn = Paths(
        values=xr.DataArray(
            aqi[:, None, :, None], {**coords, "pollutant": ["aqi"]}, ("draw", "site", "date", "pollutant")
        ),
        aqi=xr.DataArray(aqi[:, None], coords, ("draw", "site", "date")),
        primary=xr.DataArray(np.full((4, 1, 3), "", object), coords, ("draw", "site", "date")),
        recent=xr.DataArray(
            np.full((1, 10), 50.0), {"site": [site], "date": pd.date_range(end=first, periods=10)}
        ),
        issued=first,
        edition="2012",
        model="auto",
        weather="forecast",
        digest="d" * 64,
    )
    return warning(drawn, **options)


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def observed(values, start="2019-12-01", site="A"):
    return pd.DataFrame({"site": site, "date": pd.date_range(start, periods=len(values)), "aqi": values})


def test_a_line_says_all_that_matters(tmp_path):
    log = tmp_path / "deep" / "warnings.jsonl"
    ids = append(log, make("2019-12-01"), now=at("2019-12-01T20:00"), note="test")
    (line,) = log.read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert [entry["id"]] == ids and entry["written"] == "2019-12-01T20:00:00+08:00"
    assert entry["site"] == "A" and entry["model"] == "auto" and entry["weather"] == "forecast"
    assert entry["days"][0]["probability"]["yellow"] == 0.75 and entry["days"][0]["warn"]["yellow"] is True
    assert entry["software"].startswith("airq ") and entry["input"] == "d" * 64 and entry["note"] == "test"
    assert entry["previous"] == "" and entry["corrects"] is None


def test_nothing_is_ever_rewritten_and_a_repetition_is_written_once(tmp_path):
    log = tmp_path / "w.jsonl"
    first = append(log, make("2019-12-01"), now=at("2019-12-01T20:00"))
    before = log.read_bytes()
    assert append(log, make("2019-12-01"), now=at("2019-12-01T21:00")) == first
    assert log.read_bytes() == before
    second = append(log, make("2019-12-01", shift=100), now=at("2019-12-02T08:00"))
    append(log, make("2019-12-02"), now=at("2019-12-02T20:00"))
    assert log.read_bytes().startswith(before)
    entries = read_log(log).entries
    assert (
        entries[1]["corrects"] == first[0]
        and entries[1]["id"] == second[0]
        and entries[2]["corrects"] is None
    )


def test_scores_of_warnings_really_issued_by_hand(tmp_path):
    log = tmp_path / "w.jsonl"
    append(log, make("2019-12-01", cost_loss=0.5), now=at("2019-12-01T20:00"))
    append(log, make("2019-12-02", cost_loss=0.5), now=at("2019-12-02T20:00"))
    # yellow on 2 and 3 December, lifted on the 4th by two calm days
    seen = observed([80, 210, 220, 90, 80, 80, 80])
    found = verify_log(log, seen)
    yellow = found.scores.set_index("level").loc["yellow"]
    event = [1, 1, 0, 1, 0, 0]  # 2, 3, 4 December of the first; 3, 4, 5 of the second
    p = [0.75, 0.5, 0.25, 0.75, 0.5, 0.25]
    assert yellow["n"] == 6 and yellow["events"] == 3
    assert yellow["brier"] == pytest.approx(scores.brier(event, p))
    assert (yellow["hits"], yellow["false_alarms"], yellow["misses"]) == (3, 1, 0)
    assert yellow["expense"] == pytest.approx(scores.expense(event, p, 0.5))
    assert yellow["value"] == pytest.approx((0.5 - 4 * 0.5 / 6) / (0.5 - 0.25))
    by = found.by_horizon.set_index(["level", "horizon"])
    assert by.loc[("yellow", 1), "hit_rate"] == 1 and by.loc[("yellow", 3), "events"] == 0
    assert found.scores["level"].tolist() == ["yellow", "orange", "red"]
    assert found.reliability.query("level == 'yellow'")["n"].sum() == 6


def test_a_correction_counts_from_the_day_it_was_written(tmp_path):
    log = tmp_path / "w.jsonl"
    append(log, make("2019-12-01"), now=at("2019-12-01T20:00"))
    append(log, make("2019-12-01", shift=-100), now=at("2019-12-03T07:00"))  # now all calm
    found = verify_log(log, observed([80, 210, 90, 90, 80, 80, 80]))
    yellow = found.rows[found.rows["level"] == "yellow"].sort_values("date")
    assert yellow["probability"].tolist() == [0.75, 0.0, 0.0]
    assert found.late == 3 and found.replaced == 6 and any("corrected in time" in n for n in found.notes)


def test_a_warning_written_after_its_day_does_not_count(tmp_path):
    log = tmp_path / "w.jsonl"
    append(log, make("2019-12-01"), now=at("2020-06-01T00:00"))
    found = verify_log(log, observed([80, 210, 220, 90, 80, 80]))
    assert found.late == 9 and found.scores.empty and any("after their day" in n for n in found.notes)


def test_days_without_observation_do_not_count(tmp_path):
    log = tmp_path / "w.jsonl"
    append(log, make("2019-12-01"), now=at("2019-12-01T20:00"))
    found = verify_log(log, observed([80, 210, np.nan, 90, 80, 80]))
    yellow = found.scores.set_index("level").loc["yellow"]
    assert yellow["n"] == 2 and yellow["missing"] == 1 and any("without observed" in n for n in found.notes)
    early = verify_log(
        log, observed([80, 210])
    )  # the record ends: whether the alert of the 2nd grows is not known
    assert early.scores["n"].sum() <= 3
    with pytest.raises(AirqError, match="no observations of A"):
        verify_log(log, observed([1, 2], site="B"))
    append(log, make("2019-12-01", site="B"), now=at("2019-12-01T20:00"))
    one = verify_log(log, observed([80, 210, 90, 90, 80, 80]))
    assert one.scores["n"].sum() == 9 and any("warnings of B are left out" in n for n in one.notes)
    with pytest.raises(AirqError, match="no column 'aqi'"):
        verify_log(log, observed([1, 2]).drop(columns="aqi"))


def lines_of(tmp_path):
    log = tmp_path / "w.jsonl"
    for day in (1, 2, 3):
        append(log, make(f"2019-12-0{day}"), now=at(f"2019-12-0{day}T20:00"))
    return log, log.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: [x[0], x[1][:40], x[2]], "line 2: not a line of JSON"),
        (lambda x: [x[0], "[1]", x[2]], "line 2: not a warning"),
        (lambda x: [x[0], x[1].replace("0.75", "0.15"), x[2]], "line 2: its content does not fit its id"),
        (lambda x: [x[0], x[2]], "line 2: the line before it was changed, removed"),
        (lambda x: x[1:], "line 1: the line before it was changed, removed"),
        (lambda x: [x[0], '{"id": 1}', x[2]], "line 2: 'previous' is missing"),
        (
            lambda x: [x[0], "\udcff".encode("utf-8", "surrogateescape").decode("latin-1") + x[1], x[2]],
            "line 2: not a",
        ),
    ],
)
def test_a_broken_line_is_named_with_its_number(tmp_path, change, message):
    log, lines = lines_of(tmp_path)
    log.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")
    with pytest.raises(AirqError, match=message) as caught:
        verify_log(log, observed([80] * 9))
    assert str(log) in str(caught.value) and str(caught.value).endswith(".")
    found = verify_log(log, observed([80] * 9), strict=False)
    assert any(message in n for n in found.notes) and found.scores["n"].sum() >= 9


def test_a_line_cut_short_by_a_crash_does_not_spoil_the_next(tmp_path):
    log, lines = lines_of(tmp_path)
    log.write_text("\n".join(lines[:2]) + "\n" + lines[2][:100], encoding="utf-8")
    append(log, make("2019-12-04"), now=at("2019-12-04T20:00"))
    found = read_log(log, strict=False)
    assert len(found) == 3 and found.broken[0].startswith(f"{log}: line 3: not a line of JSON")
    assert len(found.broken) == 1


def test_writers_at_the_same_time_do_not_mix(tmp_path):
    log = tmp_path / "w.jsonl"
    made = [make("2019-12-01", site=f"S{i}") for i in range(6)]
    threads = [
        threading.Thread(target=append, args=(log, m), kwargs={"now": at("2019-12-01T20:00")}) for m in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(e["site"] for e in read_log(log).entries) == sorted(f"S{i}" for i in range(6))


def test_an_empty_or_missing_log_and_a_folder(tmp_path):
    assert len(read_log(tmp_path / "none.jsonl")) == 0 and read_log(tmp_path / "none.jsonl").to_frame().empty
    with pytest.raises(AirqError, match="no warning"):
        verify_log(tmp_path / "none.jsonl", observed([1.0]))
    with pytest.raises(AirqError, match="cannot be read"):
        read_log(tmp_path)
    with pytest.raises(AirqError, match="cannot be written"):
        append(tmp_path, make("2019-12-01"))


def test_the_frame_of_a_log(tmp_path):
    log, _ = lines_of(tmp_path)
    frame = read_log(log).to_frame()
    assert len(frame) == 27 and frame["probability"].between(0, 1).all()
    assert set(frame["level"]) == {"yellow", "orange", "red"}

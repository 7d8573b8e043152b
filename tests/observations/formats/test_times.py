"""Texts to moments: what is a time, what is none, and hours that clocks repeat or skip."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import ParameterError
from airq.observations.formats.minutes import to_hours
from airq.observations.formats.names import readable
from airq.observations.formats.order import drop_strays, strays
from airq.observations.formats.times import day_first, parse_moment, parse_times
from airq.observations.issues import Issues


def beijing(texts: list[str], zone: str = "+08:00", **options: object) -> tuple[list[str], str]:
    issues = Issues()
    got = parse_times(texts, np.arange(2, len(texts) + 2), zone, issues, **options)  # type: ignore[arg-type]
    return [str(t)[:16] for t in got.time], " ".join(i.sentence("f") for i in issues.summarised())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-01-05 01:00", "2019-01-05T01:00"),
        ("2019/1/5 1:00:00", "2019-01-05T01:00"),
        ("2019-01-05T01:00:00.000Z", "2019-01-05T09:00"),
        ("2019-01-05T01:00+0530", "2019-01-05T03:30"),
        ("2019-01-05T01:00:00-07:00", "2019-01-05T16:00"),
        ("2019-01-05 01:00:00 UTC", "2019-01-05T09:00"),
        ("20190105 01", "2019-01-05T01:00"),
        ("2019010501", "2019-01-05T01:00"),
        ("20190105T0130", "2019-01-05T01:30"),
        ("2019年1月5日 1时", "2019-01-05T01:00"),
        ("2019年1月5日13:00", "2019-01-05T13:00"),
        ("2019-01-05 24:00", "2019-01-06T00:00"),
        ("2019-01-05 12:30 AM", "2019-01-05T00:30"),
        ("2019-01-05 12:30 pm", "2019-01-05T12:30"),
    ],
)
def test_forms(text: str, expected: str) -> None:
    assert beijing([text])[0] == [expected]


@pytest.mark.parametrize(
    "text",
    ["", "01:00", "5", "2019", "2019-13-05 01:00", "2019-02-30 01:00", "2019-01-05 25:00", "2019-01-05 24:01",
     "2019-01-0501:00", "2019-01-05 1:0", "2019-01-05 01:60", "2019-01/05 01:00", "13:00 PM 2019-01-05", "now",
     "2019-01-05 13:00 PM", "2019-01-05T01:00+25:00", "2019-01-05 01:00 CST", "1e9", "2019-01-05 0\x1f:00"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    assert parse_moment(text, first=False) is None
    assert beijing([text])[0] == ["NaT"]


@given(st.text(max_size=24))
def test_no_text_breaks_the_parser(text: str) -> None:
    moment = parse_moment(text, first=True)
    assert moment is None or 1970 <= moment[0].year <= 2201


@given(st.integers(0, 900_000))
def test_every_hour_survives_its_spellings(hour: int) -> None:
    stamp = np.datetime64("1990-01-01T00", "h") + hour
    text = str(stamp)
    date, clock = text.split("T")
    year, month, day = date.split("-")
    spellings = [
        f"{date} {clock}:00",
        f"{year}/{int(month)}/{int(day)} {int(clock)}:00",
        f"{date}T{clock}:00:00+08:00",
        f"{year}{month}{day}{clock}",
    ]
    for spelling in spellings:
        assert beijing([spelling])[0] == [f"{text}:00"], spelling


def test_day_or_month_first() -> None:
    assert beijing(["8/1/2019 7:12", "8/31/2019 7:12"])[0] == ["2019-08-01T07:12", "2019-08-31T07:12"]
    assert beijing(["1/8/2019 7:12", "31/8/2019 7:12"])[0] == ["2019-08-01T07:12", "2019-08-31T07:12"]
    stamps, said = beijing(["8/1/2019 7:12", "8/2/2019 7:12"])
    assert stamps == ["NaT", "NaT"] and "may name the day or the month first" in said
    assert day_first(["8/31/2019"] * 9 + ["31/8/2019"]) is False, "one damaged cell does not turn the others"


def test_clocks_that_change() -> None:
    autumn = ["2023-10-29 01:00", "2023-10-29 02:00", "2023-10-29 02:00", "2023-10-29 03:00"]
    stamps, _ = beijing(autumn, "Europe/Berlin", groups=["a"] * 4)
    assert stamps == ["2023-10-29T07:00", "2023-10-29T08:00", "2023-10-29T09:00", "2023-10-29T10:00"]
    stamps, _ = beijing(["2023-10-29 02:00", "2023-10-29 02:00"], "Europe/Berlin", groups=["a", "b"])
    assert stamps == ["2023-10-29T08:00", "2023-10-29T08:00"], "two stations, one hour"
    stamps, said = beijing(["2023-03-26 01:00", "2023-03-26 02:30", "2023-03-26 03:00"], "Europe/Berlin")
    assert (
        stamps == ["2023-03-26T08:00", "NaT", "2023-03-26T09:00"] and "skipped when clocks go forward" in said
    )
    assert beijing(["2023-07-01 12:00"], "Asia/Shanghai")[0] == ["2023-07-01T12:00"]
    with pytest.raises(ParameterError, match="time zone 'Mars/Base'"):
        beijing(["2023-07-01 12:00"], "Mars/Base")


def test_one_text_unlike_the_others() -> None:
    good = [f"2019-01-05T{h:02d}:00:00" for h in range(20)]
    for odd, text in (
        ("2019-01-06", "has no hour as the others have"),
        ("2019-01-05T20:00+00", "states an offset, which most do not"),
        ("2019-01-05T20:00", "is written in another form than most"),
    ):
        stamps, said = beijing([*good * 6, odd])
        assert stamps[-1] == "NaT" and text in said, odd
    midnights = [f"2019-01-{d:02d}" for d in range(1, 9)] + [f"2019-01-{d:02d} {h:02d}:00" for d in range(1, 9) for h in range(1, 24)]  # fmt: skip
    stamps, said = beijing(midnights)
    assert stamps[0] == "2019-01-01T00:00" and "taken as midnight" in said
    zoned = [f"{t}Z" for t in good]
    stamps, said = beijing([*zoned, "2019-01-06T01:00:00"])
    assert stamps[-1] == "NaT" and "has no offset as the others have" in said


def hours(*numbers: int) -> np.ndarray:
    return np.datetime64("2019-01-01T00", "ns") + np.array(numbers) * np.timedelta64(1, "h")


def test_strays_only_in_ordered_files() -> None:
    line = [*range(50)]
    line[20] = 900
    assert np.flatnonzero(strays(hours(*line))).tolist() == [20]
    rng = np.random.default_rng(0)
    assert not strays(hours(*rng.permutation(200))).any(), "a shuffled file has no order to leave"
    back = hours(*reversed(line))
    assert np.flatnonzero(strays(back)).tolist() == [29]


def test_a_late_row_is_noted_and_taken() -> None:
    time = hours(*range(30), 10_000, *range(40, 60))
    issues = Issues()
    keep = drop_strays(np.array(["A"] * len(time), object), time, np.arange(len(time)), issues)
    assert keep.all() and any("stands out of the file's order" in i.text for i in issues.summarised())
    damaged = hours(*range(30), 10_000, *range(31, 60))
    issues = Issues()
    keep = drop_strays(np.array(["A"] * len(damaged), object), damaged, np.arange(len(damaged)), issues)
    assert np.flatnonzero(~keep).tolist() == [30]


def test_rare_near_copy_of_a_station() -> None:
    names = np.array(["2691A"] * 60 + ["2692A"] * 60 + ["269lA"] + ["3000A"] * 30, object)
    issues = Issues()
    keep = readable(names, np.ones(len(names), bool), np.arange(len(names)), issues)
    assert np.flatnonzero(~keep).tolist() == [120], (
        "a station with as many lines as its neighbour is no damage"
    )


@given(st.lists(st.floats(-50, 500), min_size=60, max_size=60), st.integers(0, 60))
def test_hourly_mean_needs_45_minutes(readings: list[float], missing: int) -> None:
    time = np.datetime64("2019-01-01T05:00", "ns") + np.arange(60) * np.timedelta64(1, "m")
    x = np.array(readings)
    x[:missing] = np.nan
    ends, means, thin = to_hours(time, x, 1.0)
    if missing == 60:
        assert len(ends) == 0
        return
    assert [str(e)[:16] for e in ends] == ["2019-01-01T06:00"]
    if 60 - missing >= 45:
        assert means[0] == pytest.approx(np.nanmean(x), abs=1e-9) and thin == 0
    else:
        assert np.isnan(means[0]) and thin == 1


def test_wind_is_averaged_on_the_circle() -> None:
    time = np.datetime64("2019-01-01T05:00", "ns") + np.arange(60) * np.timedelta64(1, "m")
    _, means, _ = to_hours(time, np.where(np.arange(60) % 2, 350.0, 10.0), 1.0, circular=True)
    assert min(means[0], 360 - means[0]) < 1e-6

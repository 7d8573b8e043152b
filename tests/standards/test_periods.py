import datetime as dt

import pytest

from airq.errors import ParameterError
from airq.standards import parse_period


@pytest.mark.parametrize(
    ("text", "start", "end", "kind"),
    [
        ("2019", "2019-01-01", "2019-12-31", "year"),
        (2020, "2020-01-01", "2020-12-31", "year"),
        ("2020-02", "2020-02-01", "2020-02-29", "month"),
        ("201902", "2019-02-01", "2019-02-28", "month"),
        ("2019Q4", "2019-10-01", "2019-12-31", "quarter"),
        ("2019-q1", "2019-01-01", "2019-03-31", "quarter"),
        ("2019H2", "2019-07-01", "2019-12-31", "half"),
        ("2019-winter", "2019-12-01", "2020-02-29", "part"),
        ("2019夏季", "2019-06-01", "2019-08-31", "part"),
        ("2019-heating", "2019-10-15", "2020-04-15", "part"),
        ("2019-01..2019-06", "2019-01-01", "2019-06-30", "range"),
        ("2019-01-01..2019-10-31", "2019-01-01", "2019-10-31", "range"),
        ("2017..2019", "2017-01-01", "2019-12-31", "range"),
        ("2019-03-05", "2019-03-05", "2019-03-05", "range"),
        (dt.date(2019, 3, 5), "2019-03-05", "2019-03-05", "range"),
    ],
)
def test_forms(text, start, end, kind):
    period = parse_period(text)
    assert (period.start.isoformat(), period.end.isoformat(), period.kind) == (start, end, kind)


@pytest.mark.parametrize(
    "text", ["", "19", "2019-13", "2019Q5", "2019H3", "2019-monsoon", "2019-06..2019-01", "x..y", None]
)
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(ParameterError, match=r"period .*\.$"):
        parse_period(text)


def test_months_years_and_the_same_period_of_another_year():
    period = parse_period("2019-11-16..2020-01-15")
    assert [(m.year, m.month, m.days, m.whole) for m in period.months] == [
        (2019, 11, 15, False),
        (2019, 12, 31, True),
        (2020, 1, 15, False),
    ]
    assert parse_period("2018-06..2020").years == (2019, 2020)
    assert parse_period("2020").days == 366
    assert parse_period("2020-02").shifted(-1).days == 28
    assert parse_period("2019Q1").shifted(1).name == "2020Q1"

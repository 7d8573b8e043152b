"""Units that cannot be mistaken: what is read, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq.errors import AirqError, UnitError
from airq.inventory.numerals import leading_number
from airq.inventory.quantities import Interval, Quantity, conversion, parse, parse_range, quantity
from airq.inventory.units import base_text, product, unit, without_ratio

UNITS = (
    *(
        "蒸吨",
        "蒸吨/小时",
        "t/h",
        "MW",
        "万吨",
        "吨",
        "t",
        "kt",
        "Mt",
        "kg",
        "万户",
        "户",
        "台",
        "辆",
        "家",
        "座",
    ),
    *(
        "亿元",
        "万元",
        "元",
        "km",
        "km/yr",
        "公里",
        "万平方米",
        "m2",
        "亩",
        "kg/t",
        "g/km",
        "g/kg",
        "t/m2/month",
    ),
    *("%", "‰", "天", "小时", "GJ", "tce", "吨标准煤", "kg/t_coke", "g/kg_fuel", "km/辆/yr", "t/户", "g/块"),
)


@pytest.mark.parametrize("text", UNITS)
def test_every_unit_is_read_after_a_number(text):
    found = parse(f"5 {text}")
    # 5 万户 is read as the number 50000 and the unit 户: the same quantity
    assert found.to(text) == Quantity(5.0, text)


@pytest.mark.parametrize(
    ("text", "value", "to"),
    [
        ("十三万二千户", 132000, "户"),
        ("13.2万户", 132000, "户"),
        ("13万2千户", 132000, "户"),
        ("132，000 户", 132000, "户"),
        ("１３２０００户", 132000, "户"),
        ("132\u2009000 户", 132000, "户"),
        ("一千四百零二座", 1402, "座"),
        ("一亿二千万元", 1.2e8, "元"),
        ("63.53亿元", 6.353e9, "元"),
        ("3万万元", 3e8, "元"),
        ("十台", 10, "台"),
        ("二十三点五万吨", 235000, "t"),
        ("550万平方米", 5.5e6, "m2"),
        ("65蒸吨/小时", 45.5, "MW"),
        ("2×30+1×35 蒸吨/小时", 95, "蒸吨"),
        ("3 万千瓦", 30, "MW"),
        ("1.983 Mt", 1983, "kt"),
        ("230万吨/年", 2.3, "Mt/yr"),
        ("0.714 tce/t", 20.92562640, "GJ/t"),
        ("2.69e-4 t/m2/month", 0.003228, "t/m2/yr"),
        ("15 亩", 10000, "m2"),
        ("−441,000 t", -441, "kt"),
        ("9‰", 0.9, "%"),
        ("4.5吨每户", 4500, "kg/户"),
        ("24 小时", 1, "天"),
    ],
)
def test_known_answers(text, value, to):
    assert parse(text).to(to).value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("688", "'688' has no unit"),
        (688, "'688' has no unit"),
        ("13.2万", "has no unit"),
        ("", "is empty"),
        ("户", "does not start with one"),
        ("约688台", "does not start with one"),
        ("1,40 台", "not grouped by three"),
        ("1,5 t", "not grouped by three"),
        ("1.5.2 t", "not grouped by three"),
        ("1 402 台", "'402 台' is not known"),
        ("一万三户", "read in two ways"),
        ("13万2户", "read in two ways"),
        ("二〇二五年", "two numbers follow"),
        ("二百三千户", "do not fall"),
        ("5 tons", "did you mean 'tonnes'"),
        ("5 t/", "incomplete"),
        ("5 t//h", "incomplete"),
        ("4.5-6.5 t/户", "is a range"),
        ("nan t", "does not start with one"),
        ("inf t", "does not start with one"),
        ("9" * 400 + " t", "too large"),
        ("1e999999999 t", "not known"),
        ("1e400 t", "too large"),
        ("=A1", "does not start with one"),
    ],
)
def test_refused_in_one_sentence(text, says):
    with pytest.raises(UnitError) as caught:
        parse(text, where="m.csv: row 4, column count")
    message = str(caught.value)
    assert says in message
    assert message.startswith("m.csv: row 4, column count: ")
    assert "\n" not in message and len(message) < 300


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("688 台", "t"),
        ("688 台", "户"),
        ("5 户", "辆"),
        ("35 t/h", "MW"),
        ("5 km", "m2"),
        ("3 kg/t", "%"),
        ("3 kg/t_coke", "kg/t"),
        ("8 g/km", "g/kg"),
        ("5 Nm3", "m3"),
        ("5 元", "t"),
        ("1 采暖季", "yr"),
    ],
)
def test_the_wrong_dimension_is_refused(text, to):
    with pytest.raises(UnitError, match="cannot become"):
        parse(text).to(to)


def test_steam_is_heat_only_where_it_is_called_steam():
    assert parse("1 蒸吨").to("MW").value == pytest.approx(0.7)
    assert parse("35 t/h").as_steam().to("MW").value == pytest.approx(24.5)
    assert parse("24.5 MW").as_steam() == parse("24.5 MW")
    with pytest.raises(UnitError):
        parse("35 t").as_steam()


def test_products_and_ratios():
    truck = parse("8.5 g/km") * parse("50,000 km/辆/yr") * parse("1,729 辆")
    assert truck.to("kt/yr").value == pytest.approx(0.734825)
    assert (parse("1.5 kg/t") * parse("1.983 Mt")).to("t").value == pytest.approx(2974.5)
    assert (parse("0.39 kg/t_coke") * parse("2.3 Mt_coke") * 0.65).to("t").value == pytest.approx(583.05)
    assert (parse("19,830 t") / parse("1.983 Mt")).to("%").value == pytest.approx(1.0)
    assert (parse("63.53 亿元") / parse("132,000 户")).to("元/户").value == pytest.approx(48128.787878787)
    assert (parse("0.7 MW") * parse("24 小时")).to("GJ").value == pytest.approx(60.48)
    # a factor per tonne of coke does not turn a tonne of coal into a mass
    with pytest.raises(UnitError, match="cannot become"):
        (parse("0.39 kg/t_coke") * parse("2.3 Mt")).to("t")
    with pytest.raises(UnitError, match="divided by zero"):
        parse("5 t") / parse("0 t")
    with pytest.raises(UnitError, match="cannot become"):
        parse("5 t") + parse("5 台")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("4.5–6.5 t/户", "4.5 t/户", "6.5 t/户"),
        ("4.5t/户～6.5t/户", "4.5 t/户", "6.5 t/户"),
        ("40 %~90 %", "40 %", "90 %"),
        ("3至5万户", "30000 户", "50000 户"),
        ("三至五万户", "30000 户", "50000 户"),
        ("5000至1万户", "5000 户", "10000 户"),
        ("3万到5万户", "30000 户", "50000 户"),
        ("200 to 700 t", "200 t", "700 t"),
        ("-5--3 t", "-5 t", "-3 t"),
        ("900 kg-1.2 t", "900 kg", "1.2 t"),
        ("7 t", "7 t", "7 t"),
    ],
)
def test_ranges(text, low, high):
    found = parse_range(text)
    assert found.low.to(parse(low).unit) == parse(low)
    assert found.high.to(parse(high).unit) == parse(high)


@pytest.mark.parametrize("text", ["6.5–4.5 t/户", "4.5–6.5", "4 t-6 台", "4--"])
def test_ranges_refused(text):
    with pytest.raises(UnitError):
        parse_range(text)


def test_interval_holds_what_lies_between():
    interval = Interval(parse("1.5 t"), parse("8 t"))
    assert parse("4500 kg") in interval and parse("10 t") not in interval


def test_number_and_unit_in_two_columns():
    assert quantity("1,402", "座") == Quantity(1402.0, "座")
    assert quantity(13.2, "万户").to("户") == Quantity(132000.0, "户")
    for value, text in (("1,402 座", "座"), ("5", ""), ("", "台"), ("x", "台"), ("=1+1", "台")):
        with pytest.raises(UnitError, match="row 2"):
            quantity(value, text, where="m.csv: row 2, column count")


def test_a_quantity_is_finite():
    for value in (float("nan"), float("inf"), True, "5"):
        with pytest.raises(UnitError, match="not a finite number"):
            Quantity(value, "t")


@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False), st.sampled_from(UNITS))
def test_text_round_trip(value, text):
    found = Quantity(value, text)
    assert parse(str(found)).to(text).value == pytest.approx(value, rel=1e-12, abs=1e-300)


@given(st.floats(min_value=1e-9, max_value=1e12), st.data())
def test_conversion_round_trip(value, data):
    have = data.draw(st.sampled_from(UNITS))
    want = data.draw(st.sampled_from([u for u in UNITS if unit(u).dims == unit(have).dims]))
    assert Quantity(value, have).to(want).to(have).value == pytest.approx(value, rel=1e-14)
    assert conversion(have, want) * conversion(want, have) == pytest.approx(1.0, rel=1e-14)


@given(st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_units_of_products_can_be_read_back(left, right):
    for sign in (1, -1):
        expected = product(unit(left).dims, unit(right).dims, sign)
        try:
            found = (
                Quantity(3.0, left) * Quantity(2.0, right)
                if sign == 1
                else Quantity(3.0, left) / Quantity(2.0, right)
            )
        except UnitError as error:
            assert "make no unit together" in str(error) and any(abs(e) > 1 for _, e in expected)
        else:
            assert unit(base_text(found.dims)).dims == found.dims
            assert without_ratio(found.dims) == without_ratio(expected)


DIGITS = "零一二三四五六七八九"


def _chinese(number: int) -> str:
    """An independent writer of numbers below 10^8, to read back."""

    def section(part: int) -> str:
        text, gap = "", False
        for power, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = part // power % 10
            if digit:
                text += ("零" if gap and text else "") + DIGITS[digit] + sign
                gap = False
            else:
                gap = True
        return text

    high, low = divmod(number, 10000)
    if not high:
        return section(low)
    return section(high) + "万" + ("零" if 0 < low < 1000 else "") + section(low)


@given(st.integers(min_value=1, max_value=99_999_999))
def test_chinese_numerals_round_trip(number):
    assert leading_number(_chinese(number) + "户") == (Fraction(number), "户")
    assert leading_number(f"{number:,} 户") == (Fraction(number), "户")


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_in_one_line(text):
    try:
        parse(text)
    except AirqError as error:
        assert len(str(error).splitlines()) == 1 and len(str(error)) < 300

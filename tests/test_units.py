"""Spellings of units as files have them, and conversions with known answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airq import units
from airq.errors import UnitError
from airq.variables import WEATHER


@pytest.mark.parametrize(
    ("canonical", "spellings"),
    [
        ("µg m-3", "ug/m3|µg/m³|μg/m3|μg·m⁻³|ug m^-3|ug/m**3|UG/M3|ug.m-3|ug m-3|㎍/㎥|μg／m³|微克/立方米|微克每立方米|(µg/m³)"),
        ("mg m-3", "mg/m3|mg m-3|㎎/m3|毫克/立方米|毫克每立方米|mg·m-3"),
        ("ng m-3", "ng/m3|纳克/立方米"),
        ("kg m-3", "kg m-3|kg/m3"),
        ("g m-3", "g m-3"),
        ("ppb", "ppb|PPB|ppbv|nmol/mol|nmol mol-1|1e-9"),
        ("ppm", "ppm|ppmv|µmol/mol|umol mol-1|1e-6"),
    ],
)  # fmt: skip
def test_spellings(canonical: str, spellings: str) -> None:
    assert {units.normalise(s) for s in spellings.split("|")} == {canonical}


@pytest.mark.parametrize(
    "unit", ["", "AQI", "µg", "µg/Nm3", "ug/m2", "ug/m33", "mg/kg", "pphm", "%", "furlong", "1"]
)
def test_what_is_no_concentration(unit: str) -> None:
    with pytest.raises(UnitError, match="is not a concentration; write"):
        units.normalise(unit)


@given(st.text("µμugnkmpbv/³-−⁻ .·*^()0123eEN立方米每毫微克㎍㎥", max_size=12))
def test_no_text_breaks_it_and_every_answer_is_known(text: str) -> None:
    try:
        found = units.normalise(text)
    except UnitError:
        return
    assert units.normalise(found) == found and units.factor("o3", found) > 0


def test_factors_by_hand() -> None:
    assert units.factor("CO", "µg/m³") == 0.001 and units.factor("pm10", "kg m-3") == 1e9
    # 24.465 litres a mole at 298.15 K and 1013.25 hPa, 22.414 at 273.15 K.
    for gas, mass in (("so2", 64.064), ("no2", 46.0055), ("o3", 47.998)):
        assert units.factor(gas, "ppb") == pytest.approx(mass / 24.46539, rel=1e-6)
        assert units.factor(gas, "ppb", kelvin=273.15) == pytest.approx(mass / 22.41397, rel=1e-6)
    assert units.factor("co", "ppm") == pytest.approx(28.010 / 24.46539, rel=1e-6)


def test_wrong_variables() -> None:
    with pytest.raises(UnitError, match="particles have no volume fraction"):
        units.factor("pm25", "ppb")
    for name in ("nox", *WEATHER):
        with pytest.raises(UnitError, match=f"pollutant '{name}' is not known"):
            units.factor(name, "K")

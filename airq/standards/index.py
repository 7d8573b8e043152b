"""AQI and its sub-indices after HJ 633-2012 and HJ 633-2026, exact: integers only, no binary fraction.

IAQI = (IAQI_hi - IAQI_lo) / (BP_hi - BP_lo) * (C - BP_lo) + IAQI_lo, rounded up; AQI = the greatest IAQI.

Examples
--------
>>> iaqi("pm25", 61, averaging="24h", edition="2026"), iaqi("co", 2.2)
(101, 55)
>>> aqi({"pm25": 187, "pm10": 200, "so2": 8, "no2": 45, "co": 1.3, "o3": 20}, edition="2012").primary
'pm25'
"""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.standards.editions import Edition
from airq.standards.editions import edition as _edition
from airq.standards.names import averaging as averaging_name
from airq.standards.names import pollutant as pollutant_name
from airq.standards.rounding import FLOAT_DENOMINATOR, Ratio, exact, from_floats, round_ratio, scaled
from airq.variables import POLLUTANTS, VARIABLES

__all__ = [
    "AQI",
    "Category",
    "aqi",
    "assemble",
    "categories",
    "category_name",
    "category_of",
    "colour",
    "iaqi",
]

_SAFE: Final = 2**62
_GREY: Final = "#BFBFBF"
_EXTRA: Final = ("o3_1h", "o3_8h", "so2_24h", "pm25_24h", "pm10_24h")
"""Further keys of the mapping given to :func:`aqi`; ignored by an edition that has no use for them."""


@dataclass(frozen=True)
class Breakpoints:
    """One column of the table of breakpoints, in integers.

    Attributes
    ----------
    scale : int
        Points per unit of concentration.
    points, index : tuple of int
        Concentrations times ``scale``, and IAQI there.
    above : "cap", "none" or int
        Index above the last point: that of the last point, none, or a number.
    """

    scale: int
    points: tuple[int, ...]
    index: tuple[int, ...]
    above: str | int


@cache
def _column(e: Edition, indicator: str) -> Breakpoints:
    column = e.need(f"breakpoints.{indicator}")
    points = [exact(v) for v in column["values"]]
    index = [int(exact(v)) for v in column.get("iaqi", e.need("breakpoints.iaqi"))][: len(points)]
    scale = lcm(*(p.denominator for p in points))
    above = str(column.get("above", "cap"))
    return Breakpoints(
        scale, tuple(int(p * scale) for p in points), tuple(index), int(above) if above.isdigit() else above
    )


def _indicators(e: Edition, averaging: str) -> dict[str, str]:
    table = e.get(f"averaging.{averaging}")
    if table is None:
        known = ", ".join(e.need("averaging"))
        raise ParameterError(f"{e.id} has no index for averaging time '{averaging}'; use {known}.")
    return {key: value for key, value in table.items() if isinstance(value, str)}


def index_of(ratio: Ratio, column: Breakpoints) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.bool_]]:
    """IAQI of exact concentrations.

    Parameters
    ----------
    ratio : Ratio
        Concentrations; below zero counts as zero.
    column : Breakpoints

    Returns
    -------
    index : int16 array
        -1 where missing or without an index.
    over : bool array
        Above the last breakpoint.
    """
    denominator = ratio.denominator
    value = scaled(np.maximum(ratio.numerator, 0), column.scale)
    # Largest product below: a step of the index times the last point times the denominator.
    steps = np.diff(column.index).max()
    largest = int(np.max(np.asarray(denominator), initial=1)) * column.points[-1] * int(steps)
    if largest >= _SAFE:
        value = value.astype(object)
        denominator = denominator.astype(object) if isinstance(denominator, np.ndarray) else int(denominator)
    over = np.asarray(value > column.points[-1] * denominator, dtype=bool)
    value = np.minimum(value, column.points[-1] * denominator)
    segment = np.zeros(value.shape, np.intp)
    for point in column.points[1:-1]:
        segment += np.asarray(value > point * denominator, dtype=bool)
    points, index = np.array(column.points), np.array(column.index)
    low, width = points[segment], np.diff(points)[segment]
    rise = np.diff(index)[segment]
    # HJ 633, 4.2.6 (2012: 6.2): rounded up; -(-a // b) is the ceiling in integers.
    result = index[segment] - (-(rise * (value - low * denominator))) // (width * denominator)
    result = np.asarray(result).astype(np.int16)
    if column.above != "cap":
        result = np.where(over, np.int16(-1 if column.above == "none" else column.above), result)
    return np.where(ratio.valid, result, np.int16(-1)).astype(np.int16), over & ratio.valid


def _rounded(e: Edition, name: str, ratio: Ratio) -> Ratio:
    decimals = e.get("rounding.before_index", "none")
    if not isinstance(decimals, Mapping):
        return ratio
    return round_ratio(ratio, int(decimals[name.split("_")[0]]))


@dataclass(frozen=True)
class Indices:
    """Result of :func:`assemble`: arrays of one shape, -1 for NA."""

    aqi: npt.NDArray[np.int16]
    iaqi: dict[str, npt.NDArray[np.int16]]
    primary: npt.NDArray[np.uint8]
    exceedance: npt.NDArray[np.uint8]
    missing: npt.NDArray[np.uint8]
    over_range: npt.NDArray[np.bool_]


def assemble(
    e: Edition,
    averaging: str,
    values: Mapping[str, Ratio],
    not_monitored: Collection[str] = (),
    substitutes: Collection[str] = (),
) -> Indices:
    """Sub-indices, AQI and primary pollutants of exact concentrations.

    Parameters
    ----------
    e : Edition
    averaging : {"24h", "1h", "1h_text"}
    values : mapping of pollutant to Ratio
        Of one shape; keys as in the edition's table of averaging, others are ignored.
    not_monitored : collection of str
        Pollutants outside the monitoring plan (HJ 633-2026, 5.3.2).
    substitutes : collection of str
        Keys that enter only in place of another value that has no index.

    Returns
    -------
    Indices
        ``primary``, ``exceedance`` and ``missing`` are bit sets over ``POLLUTANTS``.
    """
    table = _indicators(e, averaging)
    shape = next(iter(values.values())).shape
    result: dict[str, npt.NDArray[np.int16]] = {}
    over = np.zeros(shape, bool)
    for key, indicator in table.items():
        if key not in values or indicator == "none" or key in substitutes:
            continue
        result[key], beyond = index_of(_rounded(e, key, values[key]), _column(e, indicator))
        over |= beyond
    for name, other in (e.get(f"averaging.{averaging}.instead") or {}).items():
        # HJ 633-2012, notes 2 and 3: SO2 takes the 24-h index, the O3 of 8 h that of 1 h.
        if name in result and other in values:
            substitute, _ = index_of(_rounded(e, name, values[other]), _column(e, other))
            result[name] = np.where((result[name] < 0) & values[name].valid, substitute, result[name])
    worst = np.full((len(POLLUTANTS), *shape), -1, np.int16)
    for key, index in result.items():
        place = POLLUTANTS.index(key.split("_")[0])
        worst[place] = np.maximum(worst[place], index)
    return _judge(e, worst, result, over, not_monitored)


def _bits(matrix: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    bits = np.zeros(matrix.shape[1:], np.uint8)
    for place in range(len(POLLUTANTS)):
        bits |= matrix[place].astype(np.uint8) << np.uint8(place)
    return bits


def _judge(
    e: Edition,
    worst: npt.NDArray[np.int16],
    result: dict[str, npt.NDArray[np.int16]],
    over: npt.NDArray[np.bool_],
    not_monitored: Collection[str],
) -> Indices:
    greatest = worst.max(axis=0)
    value = np.where(greatest >= 0, np.clip(greatest, e.need("index.minimum"), e.need("index.maximum")), -1)
    missing = worst < 0
    if e.need("missing.aqi") == "publish_if_above":
        # HJ 633-2026, 5.3.1: with a pollutant missing the AQI is published above 100 only; 5.3.2: or not planned.
        planned = np.array([name not in not_monitored for name in POLLUTANTS])
        incomplete = missing[planned].any(axis=0)
        value = np.where(incomplete & (greatest <= e.need("missing.publish_above")), -1, value)
    primary = (worst == greatest) & (value > e.need("index.primary_above"))
    limit = e.get("index.exceedance_above")
    exceeded = (worst > limit) if limit is not None else np.zeros(worst.shape, bool)
    return Indices(value.astype(np.int16), result, _bits(primary), _bits(exceeded), _bits(missing), over)


_NAMES: Final = np.array(
    [",".join(p for i, p in enumerate(POLLUTANTS) if bits >> i & 1) for bits in range(2 ** len(POLLUTANTS))],
    dtype=object,
)


def names_of(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.object_]:
    """Comma-joined pollutants of a bit set, in the order of ``POLLUTANTS``.

    Examples
    --------
    >>> names_of(np.array([0, 3], np.uint8)).tolist()
    ['', 'pm25,pm10']
    """
    return np.asarray(_NAMES[bits], dtype=object)


@dataclass(frozen=True)
class Category:
    """One level of the AQI with its colour and advice.

    Attributes
    ----------
    level : int
        1 to 6.
    aqi_from, aqi_to : int
    zh, en : str
        Name of the level.
    level_zh, colour_zh, colour_en, hex, rgb, cmyk : str
    effect_zh, effect_en, advice_zh, advice_en : str
        Health effect and advice in own words.
    """

    level: int
    aqi_from: int
    aqi_to: int
    level_zh: str
    zh: str
    en: str
    colour_zh: str
    colour_en: str
    hex: str
    rgb: str
    cmyk: str
    effect_zh: str
    effect_en: str
    advice_zh: str
    advice_en: str


@cache
def _categories(e: Edition) -> tuple[Category, ...]:
    return tuple(Category(**row) for row in e.need("categories"))


def categories(edition_name: str | int | Edition = "2026") -> tuple[Category, ...]:
    """Six levels of an edition.

    Examples
    --------
    >>> [(c.aqi_from, c.zh) for c in categories("2026")][:2]
    [(1, '优'), (51, '良')]
    """
    return _categories(_edition(edition_name, "aqi"))


def category_of(value: Any, edition_name: str | int | Edition = "2026") -> Any:
    """Level 1 to 6 of an AQI; 0 for NA.

    Examples
    --------
    >>> category_of(101), category_of(np.array([50.0, 301.0, np.nan])).tolist()
    (3, [1, 6, 0])
    """
    array = np.asarray(np.nan if value is None else value, dtype=np.float64)
    bounds = [c.aqi_to for c in categories(edition_name)][:-1]
    level = 1 + sum((array > b).astype(np.int8) for b in bounds)
    level = np.where(np.isnan(array) | (array < 0), 0, level).astype(np.int8)
    return int(level) if level.ndim == 0 else level


def category_name(
    category: int, lang: Literal["zh", "en"] = "zh", edition_name: str | int | Edition = "2026"
) -> str:
    """Name of a level; ``"NA"`` for 0.

    Examples
    --------
    >>> category_name(3), category_name(3, "en"), category_name(0)
    ('轻度污染', 'Lightly polluted', 'NA')
    """
    found = _category(category, edition_name)
    return "NA" if found is None else (found.zh if lang == "zh" else found.en)


def colour(category: int, edition_name: str | int | Edition = "2026") -> str:
    """Colour of a level as ``#RRGGBB``; grey for 0.

    Examples
    --------
    >>> colour(1), colour(0)
    ('#00E400', '#BFBFBF')
    """
    found = _category(category, edition_name)
    return _GREY if found is None else found.hex


def _category(category: Any, edition_name: Any) -> Category | None:
    if category is None or category != category or category == 0:
        return None
    for found in categories(edition_name):
        if found.level == category:
            return found
    raise ParameterError(f"AQI level '{category}' is not known; use 1 to 6, or 0 for NA.")


@dataclass(frozen=True)
class AQI:
    """AQI of one or many sets of concentrations.

    Attributes
    ----------
    value : int or float array
        AQI; NaN is NA.
    primary : str or object array
        Primary pollutants, comma-joined, all that tie; empty up to AQI 50 and for NA.
    category : int or int8 array
        Level 1 to 6; 0 for NA.
    iaqi : dict of str to int or float array
        By pollutant, and by any further key that was given (``o3_1h``); NaN is missing.
    exceedance : str or object array
        Pollutants with an index above 100; the 2026 edition has no such notion and leaves it empty.
    missing : str or object array
        Pollutants without an index.
    over_range : bool or bool array
        A concentration stands above the last breakpoint.
    edition, averaging : str
    """

    value: Any
    primary: Any
    category: Any
    iaqi: dict[str, Any]
    exceedance: Any
    missing: Any
    over_range: Any
    edition: str
    averaging: str

    def to_frame(self) -> pd.DataFrame:
        """One row a set: AQI, category, primary pollutants and sub-indices."""
        columns = {"aqi": self.value, "category": self.category, "primary": self.primary}
        columns |= {f"iaqi_{name}": index for name, index in self.iaqi.items()}
        columns |= {"exceedance": self.exceedance, "missing": self.missing, "over_range": self.over_range}
        return pd.DataFrame({name: np.ravel(np.asarray(column)) for name, column in columns.items()})

    def _repr_html_(self) -> str:
        head = f"<p>AQI, {html.escape(self.edition)}, {html.escape(self.averaging)}</p>"
        return head + str(self.to_frame().to_html(index=False, max_rows=20))


def _ratio(name: str, value: Any) -> Ratio:
    """Exact concentrations of one pollutant; refuses what cannot be one."""
    if isinstance(value, np.ma.MaskedArray):
        value = np.asarray(np.ma.filled(value.astype(np.float64), np.nan))
    elif hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if isinstance(value, np.ndarray) and value.ndim > 0:
        return _array_ratio(name, value)
    if isinstance(value, list | tuple):
        return _array_ratio(name, np.array([np.nan if v is None or v is pd.NA else v for v in value]))
    value = value.item() if isinstance(value, np.ndarray) else value
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and np.isnan(value)):
        return Ratio(np.array(0), 1, np.array(False))
    if isinstance(value, str | bytes | bool | np.bool_):
        raise ParameterError(f"{name}: '{value!s}' is not a number; give the concentration as a number.")
    if isinstance(value, float | np.floating):
        if np.isinf(value):
            raise ParameterError(f"{name}: the value is infinite; give a number, or NaN for missing.")
        read = from_floats(np.asarray(value))
        fraction = Fraction(int(read.numerator), FLOAT_DENOMINATOR)
    else:
        fraction = exact(value)
    dtype = np.int64 if max(abs(fraction.numerator), fraction.denominator) < 2**40 else object
    return Ratio(np.array(fraction.numerator, dtype=dtype), fraction.denominator, np.array(True))


def _array_ratio(name: str, array: npt.NDArray[Any]) -> Ratio:
    if array.dtype.kind == "O":
        flat = array.ravel().tolist()
        if any(isinstance(v, str | bytes | bool) for v in flat):
            text = next(v for v in flat if isinstance(v, str | bytes | bool))
            raise ParameterError(f"{name}: '{text!s}' is not a number; give the concentration as a number.")
        array = np.array([np.nan if v is None or v is pd.NA else float(v) for v in flat]).reshape(array.shape)
    if array.dtype.kind not in "iuf":
        raise ParameterError(f"{name}: an array of {array.dtype} is not concentrations; give numbers.")
    if array.dtype.kind in "iu":
        return Ratio(array.astype(np.int64), 1, np.ones(array.shape, bool))
    if np.isinf(array).any():
        raise ParameterError(f"{name}: a value is infinite; give numbers, or NaN for missing.")
    return from_floats(array)


def _checked(e: Edition, name: str, value: Any) -> Ratio:
    ratio = _ratio(name, value)
    floats = ratio.floats[ratio.valid]
    if floats.size and floats.min() < 0:
        raise ParameterError(
            f"{name}: {floats.min():g} is below zero; a concentration cannot be, mark missing as NaN."
        )
    bound = e.get(f"implausible.{name.split('_')[0]}")
    if bound is not None and floats.size and np.median(floats) >= float(bound):
        raise ParameterError(
            f"{name}: {np.median(floats):g} {VARIABLES[name.split('_')[0]].units_text} is not plausible; "
            "the values look like µg/m³, divide them by 1000."
        )
    return ratio


def _scalar_or_array(array: npt.NDArray[Any], na: int = -1) -> Any:
    if array.ndim == 0:
        return float("nan") if array == na else int(array)
    return np.where(array == na, np.nan, array.astype(np.float64))


def iaqi(pollutant: str, value: Any, averaging: str = "24h", edition: str | int | Edition = "2026") -> Any:
    """Sub-index of one pollutant.

    Parameters
    ----------
    pollutant : str
    value : number or array of numbers
        µg/m³, CO mg/m³; NaN or None is missing. ``24h`` of ozone is MDA8.
    averaging : {"24h", "1h", "1h_text", "8h"}
    edition : str, int or Edition
        ``"2012"`` or ``"2026"``; the 2026 edition rounds the concentration first.

    Returns
    -------
    int, or float64 array with NaN for missing
        NaN also where the edition gives no index, such as SO2 1 h above 800 in 2012.

    Raises
    ------
    ParameterError
        Negative, infinite or textual values, CO in µg/m³, unknown names.

    Examples
    --------
    >>> iaqi("pm25", [60.5, 60.6, np.nan]).tolist(), iaqi("so2", 900, "1h"), iaqi("so2", 900, "1h", "2012")
    ([100.0, 101.0, nan], 200, nan)
    """
    e = _edition(edition, "aqi")
    name = pollutant if pollutant in _EXTRA else pollutant_name(pollutant)
    avg = averaging_name(averaging)
    if avg == "8h" and name == "o3":
        avg = "24h"
    indicator = _indicators(e, avg).get(name)
    if indicator is None:
        raise ParameterError(f"{e.id} has no index of '{pollutant}' for averaging time '{averaging}'.")
    ratio = _checked(e, name, value)
    if indicator == "none":
        return _scalar_or_array(np.full(ratio.shape, -1, np.int16))
    index, _ = index_of(_rounded(e, name, ratio), _column(e, indicator))
    return _scalar_or_array(index)


def aqi(
    values: Mapping[str, Any],
    averaging: str = "24h",
    edition: str | int | Edition = "2026",
    not_monitored: Collection[str] = (),
) -> AQI:
    """AQI, primary pollutants and level.

    Parameters
    ----------
    values : mapping of pollutant to number or array
        Scalars or arrays of one shape; absent, None and NaN are missing. With ``24h`` ``o3`` is MDA8, and the
        2012 edition takes ``o3_1h`` (daily maximum) as its seventh indicator. ``1h_text`` of 2012 also takes
        ``pm25_24h``, ``pm10_24h``, ``o3_8h`` (running means) and ``so2_24h``.
    averaging : {"24h", "1h", "1h_text"}
        ``1h`` of 2012 is the published practice, ``1h_text`` the letter.
    edition : str, int or Edition
    not_monitored : collection of str
        Pollutants outside the monitoring plan, whose absence has no effect (HJ 633-2026, 5.3.2).

    Returns
    -------
    AQI

    Raises
    ------
    ParameterError

    Notes
    -----
    2026, 5.3.1: if a pollutant is missing the AQI is NA unless it exceeds 100. 2012: the AQI is the greatest of
    the indices that stand; ``missing`` names the others.

    Examples
    --------
    >>> r = aqi({"pm25": 61, "pm10": 50, "so2": 8, "no2": 20, "co": 0.6, "o3": 100})
    >>> r.value, r.primary, r.category, r.iaqi["o3"]
    (101, 'pm25', 3, 50)
    >>> aqi({"pm25": 40}).value, aqi({"pm25": 40}, edition="2012").value
    (nan, 57)
    """
    e = _edition(edition, "aqi")
    avg = averaging_name(averaging)
    _indicators(e, avg)
    if not isinstance(values, Mapping):
        raise ParameterError("aqi() takes a mapping of pollutant to value, such as {'pm25': 61}.")
    skipped = {
        pollutant_name(p) for p in ([not_monitored] if isinstance(not_monitored, str) else not_monitored)
    }
    ratios = {k: _checked(e, k, v) for k, v in ((_key(key), value) for key, value in values.items())}
    shape = _shape(ratios)
    if not ratios:
        ratios = {"pm25": Ratio(np.zeros(shape, np.int64), 1, np.zeros(shape, bool))}
    got = assemble(e, avg, {k: _spread(r, shape) for k, r in ratios.items()}, skipped)
    empty = np.full(shape, -1, np.int16)
    index = {p: _scalar_or_array(got.iaqi.get(p, empty)) for p in POLLUTANTS}
    index |= {k: _scalar_or_array(v) for k, v in got.iaqi.items() if k not in index}
    value = _scalar_or_array(got.aqi)
    texts = [
        t.item() if t.ndim == 0 else t
        for t in (np.asarray(names_of(b), dtype=object) for b in _bit_sets(got))
    ]
    over = bool(got.over_range) if not shape else got.over_range
    return AQI(value, texts[0], category_of(value, e), index, texts[1], texts[2], over, e.id, avg)


def _bit_sets(got: Indices) -> tuple[npt.NDArray[np.uint8], ...]:
    return got.primary, got.exceedance, got.missing


def _key(key: str) -> str:
    return key if key in _EXTRA else pollutant_name(key)


def _shape(ratios: Mapping[str, Ratio]) -> tuple[int, ...]:
    shapes = {name: r.shape for name, r in ratios.items() if r.shape}
    if len(set(shapes.values())) > 1:
        text = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ParameterError(f"the arrays differ in shape ({text}); give arrays of one shape.")
    return next(iter(shapes.values()), ())


def _spread(ratio: Ratio, shape: tuple[int, ...]) -> Ratio:
    if ratio.shape == shape:
        return ratio
    return Ratio(
        np.broadcast_to(ratio.numerator, shape), ratio.denominator, np.broadcast_to(ratio.valid, shape)
    )

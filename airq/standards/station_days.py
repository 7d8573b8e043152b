"""Station-days after GB 3095 and HJ 663: 24-h means, MDA8, validity, AQI.

The natural day is T1 to T24; label 00 closes the day before. Every mean is the exact integer sum over its hours
divided once; the float64 stored is the nearest one, and ``value * exact_denominator`` is the integer behind it,
which :func:`exact_days` gives back for every later rounding.

Examples
--------
>>> import numpy as np, pandas as pd
>>> from airq.dataset import build
>>> hours = pd.date_range("2019-01-01 01:00", periods=24, freq="h")
>>> ds = build(pd.DataFrame({"station": ["A"]}), hours, {"pm25": [np.arange(24)], "o3": [np.full(24, 90)]})
>>> day = daily(ds, edition="2012")
>>> float(day.pm25[0, 0]), float(day.o3[0, 0]), float(day.aqi[0, 0]), int(day.pm25_hours[0, 0])
(11.5, 90.0, 45.0, 24)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.dataset import STEPS_PER_UNIT, day_of, mask_bits, require, steps
from airq.errors import MissingData, ParameterError, UnitError
from airq.standards.editions import Edition, edition_on
from airq.standards.editions import edition as _edition
from airq.standards.index import Indices, assemble, category_of, names_of
from airq.standards.rounding import Ratio, from_floats, round_ratio
from airq.standards.rules import DailyRules, daily_rules
from airq.standards.sites import without_micro
from airq.variables import FLAGS, POLLUTANTS, VARIABLES

__all__ = ["REASONS", "add_index", "daily", "exact_days"]

REASONS: Final = {
    0: "valid",
    1: "no_valid_hour",
    2: "too_few_hours",
    3: "too_few_windows",
    4: "too_few_stations",
}
"""Codes of ``<pollutant>_reason``: why a daily value is withheld."""

NEVER: Final = ("sentinel", "imputed")  # not observations, whatever the mask
_CHUNK: Final = 128
BY_DATE: Final = "by-date"


@dataclass(frozen=True)
class _Calendar:
    """Full natural days and the place of each time stamp in them."""

    days: npt.NDArray[np.datetime64]
    position: npt.NDArray[np.intp]

    @classmethod
    def of(cls, time: xr.DataArray) -> _Calendar:
        stamps = np.asarray(time.values, dtype="datetime64[ns]")
        if stamps.size == 0:
            raise MissingData("the Dataset has no hour; ingest files that cover the period.")
        if np.isnat(stamps).any():
            raise ParameterError(
                "a time stamp is missing (NaT); read the files again with airq.observations."
            )
        whole = stamps.astype("datetime64[h]")
        if (odd := whole != stamps).any():
            raise ParameterError(
                f"time {stamps[odd][0]!s:.19} is not a full hour; average the data to hours first."
            )
        natural = day_of(stamps)
        days = np.arange(natural.min(), natural.max() + np.timedelta64(1, "D"))
        position = ((whole - days[0].astype("datetime64[h]")).astype(np.int64) - 1).astype(np.intp)
        if (twice := np.bincount(position) > 1).any():
            hour = days[0].astype("datetime64[h]") + np.timedelta64(int(np.argmax(twice)) + 1, "h")
            raise ParameterError(f"hour {hour}:00 stands twice; read the files with airq.observations.")
        return cls(days, position)


def _hours(
    array: xr.DataArray, flags: xr.DataArray | None, bits: int, calendar: _Calendar, rules: DailyRules
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Integers and validity of shape (station, day, hour), hours T1 to T24."""
    values, valid = steps(array)
    if flags is not None:
        valid &= (flags.values & np.uint16(bits)) == 0
    if rules.negative_invalid:
        valid &= values >= 0
    shape = (values.shape[0], len(calendar.days) * 24)
    full, there = np.zeros(shape, np.int64), np.zeros(shape, bool)
    full[:, calendar.position] = np.where(valid, values, 0)
    there[:, calendar.position] = valid
    return full.reshape(shape[0], -1, 24), there.reshape(shape[0], -1, 24)


def _mda8(
    values: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_], rules: DailyRules
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8], npt.NDArray[np.uint8]]:
    """MDA8 numerators, count of valid windows, reason code (HJ 663, 6.1.2)."""
    denominator = rules.window_denominator
    total = np.zeros((*values.shape[:2], 25), np.int64)
    np.cumsum(values, axis=2, out=total[..., 1:])
    hours = np.zeros((*values.shape[:2], 25), np.int8)
    np.cumsum(valid, axis=2, out=hours[..., 1:])
    best = np.full(values.shape[:2], -1, np.int64)
    windows = np.zeros(values.shape[:2], np.int8)
    weight = np.array([0] + [denominator // n for n in range(1, rules.window_hours + 1)], np.int64)
    for end in range(rules.first_end, rules.last_end + 1):
        start = end - rules.window_hours
        count = hours[..., end] - hours[..., start]
        enough = count >= rules.window_valid
        score = (total[..., end] - total[..., start]) * weight[count]
        best = np.where(enough, np.maximum(best, score), best)
        windows += enough
    limit = rules.valid_anyway_above
    exceeds = best * limit.denominator > limit.numerator * denominator * STEPS_PER_UNIT
    reason = np.where((windows >= rules.minimum_windows) | exceeds, 0, 3)
    reason = np.where(hours[..., 24] == 0, 1, reason)
    return np.maximum(best, 0), windows, reason.astype(np.uint8)


def _means(
    values: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_], rules: DailyRules
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8], npt.NDArray[np.uint8]]:
    """24-h mean numerators, count of hours, reason code (GB 3095, table 4)."""
    hours = valid.sum(axis=2, dtype=np.int8)
    weight = np.array([0] + [rules.day_denominator // n if n >= rules.day_hours else 0 for n in range(1, 25)])
    reason = np.where(hours == 0, 1, np.where(hours < rules.day_hours, 2, 0))
    return values.sum(axis=2) * weight[hours], hours, reason.astype(np.uint8)


@dataclass
class _Pollutant:
    """Daily figures of one pollutant at all stations."""

    ratio: Ratio
    count: npt.NDArray[np.int8]
    reason: npt.NDArray[np.uint8]
    hourly_maximum: Ratio | None = None


def _check_unit(array: xr.DataArray, name: str) -> None:
    """Refuse CO that states mg/m³ and holds µg/m³; a sample of the values tells."""
    bound = _edition("2012", "aqi").get(f"implausible.{name}")
    if bound is None:
        return
    values = array.values.ravel()[:: max(array.size // 100_000, 1)]
    values = values[np.isfinite(values)]
    if values.size and np.median(values) >= float(bound):
        raise UnitError(
            f"variable '{name}' states mg m-3 and its median is {np.median(values):g}; "
            "the values look like µg/m³, divide them by 1000."
        )


def _pollutant(ds: xr.Dataset, name: str, bits: int, calendar: _Calendar, rules: DailyRules) -> _Pollutant:
    shape = (ds.sizes["station"], len(calendar.days))
    _check_unit(ds[name], name)
    numerator, count = np.zeros(shape, np.int64), np.zeros(shape, np.int8)
    reason, peak = np.ones(shape, np.uint8), np.full(shape, -1, np.int64)
    for first in range(0, shape[0], _CHUNK):
        part = slice(first, first + _CHUNK)
        block = ds[name].transpose("station", "time")[part]
        flags = ds[f"{name}_flag"].transpose("station", "time")[part] if f"{name}_flag" in ds else None
        values, valid = _hours(block, flags, bits, calendar, rules)
        if name == "o3":
            numerator[part], count[part], reason[part] = _mda8(values, valid, rules)
            enough = valid.sum(axis=2) >= rules.day_hours
            peak[part] = np.where(enough, np.where(valid, values, -1).max(axis=2), -1)
        else:
            numerator[part], count[part], reason[part] = _means(values, valid, rules)
    denominator = STEPS_PER_UNIT * (rules.window_denominator if name == "o3" else rules.day_denominator)
    maximum = reduced(Ratio(np.maximum(peak, 0), STEPS_PER_UNIT, peak >= 0)) if name == "o3" else None
    numerator[reason != 0] = 0
    return _Pollutant(reduced(Ratio(numerator, denominator, reason == 0)), count, reason, maximum)


def reduced(ratio: Ratio) -> Ratio:
    """Same values over a smaller denominator where the source had fewer decimals than :func:`steps` keeps.

    A small denominator lets later means over stations and years stay within 64 bits.
    """
    numerator, denominator = ratio.numerator, ratio.denominator
    for power in (1000, 100, 10):
        if isinstance(denominator, int) and denominator % power == 0 and not (numerator % power).any():
            return Ratio(numerator // power, denominator // power, ratio.valid)
    return ratio


def exact_days(days: xr.Dataset, name: str) -> Ratio:
    """Exact daily values behind the float64 of a days Dataset.

    Parameters
    ----------
    days : xarray.Dataset
        From :func:`daily` or :func:`airq.standards.place_daily`, or any Dataset of daily values.
    name : str
        Pollutant, or ``o3_1h``.

    Returns
    -------
    Ratio
        From ``<name>_denominator`` or the attribute ``exact_denominator``; a Dataset without them is read as
        decimals (:func:`airq.standards.rounding.from_floats`).
    """
    values = np.asarray(days[name].values, dtype=np.float64)
    stated: Any = days[f"{name}_denominator"].values if f"{name}_denominator" in days else None
    if stated is None and "exact_denominator" in days[name].attrs:
        stated = int(days[name].attrs["exact_denominator"])
    if stated is not None:
        valid = np.isfinite(values)
        product = np.where(valid, values, 0.0) * stated
        whole = np.rint(product)
        # A mean that was changed since, or joined from another source, is no multiple any more.
        if (np.abs(product - whole) <= 0.25).all() and np.abs(whole).max(initial=0) < 2**52:
            return Ratio(whole.astype(np.int64), stated, valid)
    return from_floats(np.where(np.isfinite(values), values, np.nan))


def _segments(days: npt.NDArray[np.datetime64], edition: str | int | Edition) -> list[tuple[slice, Edition]]:
    if edition != BY_DATE:
        return [(slice(None), _edition(edition, "aqi"))]
    chosen = [edition_on(day, "aqi") for day in days]
    starts = [i for i, e in enumerate(chosen) if i == 0 or e is not chosen[i - 1]]
    return [(slice(a, b), chosen[a]) for a, b in zip(starts, [*starts[1:], len(days)], strict=True)]


def _part(ratio: Ratio, days: slice) -> Ratio:
    denominator = (
        ratio.denominator[:, days] if isinstance(ratio.denominator, np.ndarray) else ratio.denominator
    )
    return Ratio(ratio.numerator[:, days], denominator, ratio.valid[:, days])


def index_days(
    values: Mapping[str, Ratio], days: npt.NDArray[np.datetime64], edition: str | int | Edition
) -> list[tuple[slice, Edition, Indices]]:
    """Indices of daily values of shape (site, day), by stretches of days under one edition."""
    result = []
    for part, e in _segments(days, edition):
        left = () if e.get("days.o3_1h") == "taken" else ("o3_1h",)
        chosen = {name: _part(ratio, part) for name, ratio in values.items()}
        result.append((part, e, assemble(e, "24h", chosen, substitutes=left)))
    return result


def add_index(days: xr.Dataset, edition: str | int | Edition) -> xr.Dataset:
    """Sub-indices, AQI, primary pollutants and level from the concentrations of a days Dataset.

    Parameters
    ----------
    days : xarray.Dataset
        Dims (station or place, day).
    edition : str, int or Edition
        ``"by-date"`` takes for each day the edition in force.

    Returns
    -------
    xarray.Dataset
        Copy with ``iaqi_<pollutant>``, ``aqi`` (NaN is NA), ``primary``, ``category`` and ``aqi_over_range``.
    """
    site = next((d for d in ("place", "station") if d in days.dims), None)
    names = [p for p in (*POLLUTANTS, "o3_1h") if p in days]
    if site is None or "day" not in days.dims or not names:
        raise ParameterError(
            "the Dataset holds no days of places or stations; make it with airq.standards.daily."
        )
    days = days.transpose(site, "day", ...)
    stamps = days["day"].values.astype("datetime64[D]")
    found = index_days({p: exact_days(days, p) for p in names}, stamps, edition)
    shape = (days.sizes[site], days.sizes["day"])
    out = {p: np.full(shape, np.nan) for p in POLLUTANTS}
    value, primary = np.full(shape, np.nan), np.full(shape, "", object)
    over, category = np.zeros(shape, bool), np.zeros(shape, np.int8)
    for part, e, got in found:
        for p in POLLUTANTS:
            index = got.iaqi.get(p)
            if index is not None:
                out[p][:, part] = np.where(index < 0, np.nan, index)
        value[:, part] = np.where(got.aqi < 0, np.nan, got.aqi)
        category[:, part] = category_of(value[:, part], e)
        primary[:, part], over[:, part] = names_of(got.primary), got.over_range
    dims = (site, "day")
    made: dict[str, Any] = {
        f"iaqi_{p}": (dims, out[p], {"units": "1", "long_name": f"IAQI of {VARIABLES[p].en}"})
        for p in POLLUTANTS
    }
    made["aqi"] = (dims, value, {"units": "1", "long_name": "air quality index; NaN is NA"})
    made["category"] = (dims, category, {"long_name": "AQI level 1 to 6; 0 is NA"})
    made["primary"] = (dims, primary, {"long_name": "primary pollutants, all that tie, comma-joined"})
    made["aqi_over_range"] = (dims, over, {"long_name": "a concentration above the last breakpoint"})
    label = BY_DATE if edition == BY_DATE else found[0][1].id
    return days.assign(made).assign_attrs(edition=label)


def _concentration(
    name: str, ratio: Ratio, cell: str
) -> tuple[tuple[str, str], npt.NDArray[np.float64], dict[str, Any]]:
    base = VARIABLES[name.split("_")[0]]
    attrs: dict[str, Any] = {
        "units": base.units,
        "standard_name": base.standard_name,
        "long_name": f"{base.en}, {cell}",
    }
    if not isinstance(ratio.denominator, np.ndarray):
        attrs["exact_denominator"] = int(ratio.denominator)
    return ("station", "day"), ratio.floats, attrs


def reason_attributes() -> dict[str, Any]:
    """CF attributes of the variables ``<pollutant>_reason``."""
    return {
        "long_name": "why the daily value is withheld",
        "flag_values": np.array(list(REASONS), np.uint8),
        "flag_meanings": " ".join(REASONS.values()),
    }


def daily(
    ds: xr.Dataset, edition: str | int | Edition = "2012", mask: str | Iterable[str] | None = None
) -> xr.Dataset:
    """Station-days: means, validity, AQI, primary pollutant.

    Parameters
    ----------
    ds : xarray.Dataset
        Hourly, canonical, dims (station, time); hours may be absent or unsorted. Stations of the network ``micro``
        are left out.
    edition : str or int
        AQI edition ``"2012"`` or ``"2026"``, or ``"by-date"``: each day the one in force.
    mask : None, "default" or names of flags
        Flagged values to leave out; None takes the values as received. Sentinels and imputed values never count.

    Returns
    -------
    xarray.Dataset
        Dims (station, day), full days from the first to the last. By pollutant: the 24-h mean (``o3``: MDA8)
        float64 unrounded, NaN where withheld; ``<p>_hours`` valid hours (``o3``: valid windows of 17);
        ``<p>_reason`` code of :data:`REASONS`; ``iaqi_<p>``. Further ``o3_1h`` (daily maximum), ``aqi``,
        ``category``, ``primary``, ``aqi_over_range``. Station coordinates stay.

    Raises
    ------
    ParameterError, MissingData
        One sentence: wrong unit, time stamps off the hour or twice, no pollutant at all.

    Notes
    -----
    GB 3095 table 4: a 24-h mean needs 20 hours, an 8-h mean 6. HJ 663, 6.1.2: MDA8 over the windows ending at
    08 to 24 h of the same day, 14 of them valid, or fewer if it exceeds 160 µg/m³.
    """
    if not isinstance(ds, xr.Dataset):
        raise ParameterError("daily() takes the hourly Dataset of airq.observations; give one.")
    require(ds)
    ds = without_micro(ds)
    rules_edition = edition_on("2012-03-01", "aqi") if edition == BY_DATE else _edition(edition, "aqi")
    held = [p for p in POLLUTANTS if p in ds]
    if not held:
        raise MissingData(f"the Dataset has none of {', '.join(POLLUTANTS)}; ingest a file that holds one.")
    require(ds, *held)
    rules = daily_rules(rules_edition)
    calendar = _Calendar.of(ds["time"])
    bits = mask_bits(mask) | mask_bits(NEVER)
    shape = (ds.sizes["station"], len(calendar.days))
    nothing = Ratio(np.zeros(shape, np.int64), 1, np.zeros(shape, bool))
    data: dict[str, Any] = {}
    for name in POLLUTANTS:
        if name in held:
            found = _pollutant(ds, name, bits, calendar, rules)
        else:
            found = _Pollutant(nothing, np.zeros(shape, np.int8), np.ones(shape, np.uint8), nothing)
        cell = "MDA8" if name == "o3" else "24-h mean"
        data[name] = _concentration(name, found.ratio, cell)
        counted = "valid 8-h windows" if name == "o3" else "valid hours"
        data[f"{name}_hours"] = (("station", "day"), found.count, {"long_name": counted})
        data[f"{name}_reason"] = (("station", "day"), found.reason, reason_attributes())
        if name == "o3" and found.hourly_maximum is not None:
            data["o3_1h"] = _concentration("o3_1h", found.hourly_maximum, "daily maximum 1-h mean")
    coords = {str(k): v for k, v in ds.coords.items() if v.dims == ("station",)}
    if "station" not in coords:
        coords["station"] = xr.DataArray(np.arange(shape[0]), dims="station")
    stamp = pd.DatetimeIndex(calendar.days.astype("datetime64[ns]"))
    coords["day"] = xr.DataArray(
        stamp, dims="day", attrs={"long_name": "natural day, Beijing time, T1 to T24"}
    )
    attrs = {**ds.attrs, "mask": " ".join(n for n in FLAGS if FLAGS[n] & mask_bits(mask))}
    return add_index(xr.Dataset(data, coords=coords, attrs=attrs), edition)


def rounded_days(ratio: Ratio, decimals: int) -> npt.NDArray[np.float64]:
    """Daily values rounded as GB/T 8170 says, float64 with NaN."""
    return round_ratio(ratio, decimals).floats

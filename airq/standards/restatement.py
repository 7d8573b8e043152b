"""What the new standard changes when nothing in the air has changed.

Examples
--------
>>> import numpy as np, pandas as pd, xarray as xr
>>> day = pd.date_range("2019-01-01", "2019-12-31")
>>> six = {"pm25": 28.0, "pm10": 50, "so2": 10, "no2": 20, "co": 1.0, "o3": 100}
>>> days = xr.Dataset({k: (("place", "day"), np.full((1, 365), float(v))) for k, v in six.items()},
...                   coords={"place": ["changji"], "day": day})
>>> days["pm25"][0, :10] = 70.0
>>> r = restate(days)
>>> r.years[["good_days_old", "good_days_new", "days_lost"]].values.tolist()
[[365, 355, 10]]
>>> r.first_year["GB3095-2026-transition"].tolist(), r.first_year["GB3095-2026-final"].tolist()
([2019], [<NA>])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq.errors import MissingData, ParameterError
from airq.standards.evaluation import summary
from airq.standards.judge import Judge, period_values, site_names, site_of
from airq.standards.limits import standards as standard_names
from airq.standards.names import pollutant as pollutant_name
from airq.standards.periods import Period, parse_period
from airq.standards.rounding import Ratio
from airq.standards.station_days import index_days
from airq.variables import POLLUTANTS

__all__ = ["Restatement", "restate"]

_SEASONS: Final = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True)
class Restatement:
    """Result of :func:`restate`.

    Attributes
    ----------
    years : pandas.DataFrame
        Site and year: ``days_valid_old days_valid_new good_days_old good_days_new good_ratio_old good_ratio_new``,
        ``days_lost`` (good before, not good now), ``days_unpublished`` (AQI before, NA now), ``heavy_days_old``,
        ``heavy_days_new``.
    lost : pandas.DataFrame
        Site, year, season, pollutant: ``days`` lost at which the pollutant's new index exceeds 100, ``alone`` of
        them by itself. Days with two such pollutants count for both.
    distance : pandas.DataFrame
        Site, year, standard: annual ``mean`` as printed, ``limit``, ``excess`` (mean - limit, negative is room),
        ``attained``, ``withheld``.
    first_year : pandas.DataFrame
        Site: first year whose printed annual mean meets each standard's limit; NA if none.
    pollutant : str
        Of ``distance`` and ``first_year``.
    """

    years: pd.DataFrame
    lost: pd.DataFrame
    distance: pd.DataFrame
    first_year: pd.DataFrame
    pollutant: str

    def to_frame(self) -> pd.DataFrame:
        """The table of years."""
        return self.years

    def _repr_html_(self) -> str:
        return str(self.years.to_html(index=False))


def _arrays(values: Mapping[str, Ratio], period: Period, judge: Judge) -> tuple[Any, Any]:
    """AQI (-1 is NA) and pollutants above 100, shape (site, day) and (pollutant, site, day)."""
    stamps = np.arange(np.datetime64(period.start), np.datetime64(period.end) + 1)
    parts = [got for _, _, got in index_days(values, stamps, judge.aqi)]
    above = np.stack([np.concatenate([got.iaqi[p] > 100 for got in parts], axis=1) for p in POLLUTANTS])
    return np.concatenate([got.aqi for got in parts], axis=1), above


def _year(
    days: xr.Dataset, site: str, period: Period, old: Judge, new: Judge
) -> tuple[pd.DataFrame, pd.DataFrame]:
    values = period_values(days, site, period)
    before, _ = _arrays(values, period, old)
    after, above = _arrays(values, period, new)
    good = int(old.evaluation.need("days.good_up_to"))
    heavy = int(old.evaluation.need("days.heavy_above"))
    was_good, is_good = (before >= 0) & (before <= good), (after >= 0) & (after <= good)
    lost = was_good & (after > good)
    names = pd.DataFrame(site_names(days, site)).assign(year=period.start.year)
    valid_old, valid_new = (before >= 0).sum(axis=1), (after >= 0).sum(axis=1)
    years = names.assign(
        days_valid_old=valid_old,
        days_valid_new=valid_new,
        good_days_old=was_good.sum(axis=1),
        good_days_new=is_good.sum(axis=1),
        good_ratio_old=_share(was_good.sum(axis=1), valid_old),
        good_ratio_new=_share(is_good.sum(axis=1), valid_new),
        days_lost=lost.sum(axis=1),
        days_unpublished=((before >= 0) & (after < 0)).sum(axis=1),
        heavy_days_old=(before > heavy).sum(axis=1),
        heavy_days_new=(after > heavy).sum(axis=1),
    )
    return years, _lost(names, lost, above, period)


def _share(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _lost(names: pd.DataFrame, lost: Any, above: Any, period: Period) -> pd.DataFrame:
    month = pd.date_range(period.start, period.end).month.to_numpy()
    number = above.sum(axis=0)
    frames = []
    for place, season in enumerate(_SEASONS):
        within = (month % 12 // 3) == place
        for k, name in enumerate(POLLUTANTS):
            hit = lost & above[k] & within
            frames.append(
                names.assign(
                    season=season,
                    pollutant=name,
                    days=hit.sum(axis=1),
                    alone=(hit & (number == 1)).sum(axis=1),
                )
            )
    return pd.concat(frames, ignore_index=True)


def _distance(days: xr.Dataset, site: str, year: int, name: str, area_class: int) -> pd.DataFrame:
    frames = []
    for standard in standard_names():
        judge = Judge.of(standard, parse_period(year), area_class)
        limit = judge.limit(name, "annual")
        if judge.name != standard or limit is None:  # a name whose phase depends on the date repeats another
            continue
        row = summary(days, year, standard, area_class=area_class)
        mean = row[f"mean_{name}_official"]
        frames.append(
            row[[c for c in (site, "name_zh", "name_en") if c in row]].assign(
                year=year,
                standard=standard,
                mean=mean,
                limit=float(limit),
                excess=mean - float(limit),
                attained=(mean <= float(limit)) & (row[f"{name}_withheld"] == ""),
                withheld=row[f"{name}_withheld"],
            )
        )
    if not frames:
        raise ParameterError(f"no standard has an annual limit of {name}; use pm25, pm10, so2 or no2.")
    return pd.concat(frames, ignore_index=True)


def restate(
    days: xr.Dataset,
    years: list[int] | None = None,
    *,
    old: str = "GB3095-2012",
    new: str = "GB3095-2026-transition",
    pollutant: str = "pm25",
    area_class: int = 2,
) -> Restatement:
    """Judge the same days by the old and the new standard.

    Parameters
    ----------
    days : xarray.Dataset
        As for :func:`airq.standards.summary`.
    years : list of int, optional
        All years with a valid day by default; a year counts its days in the Dataset.
    old, new : str
        Standards to compare; their AQI editions count the good days.
    pollutant : str
        Whose distance to the annual limits is stated.
    area_class : {1, 2}

    Returns
    -------
    Restatement

    Raises
    ------
    ParameterError, MissingData
    """
    site, name = site_of(days), pollutant_name(pollutant)
    known = [np.isfinite(days[p].transpose("day", ...).values).any(axis=1) for p in POLLUTANTS if p in days]
    stamps = pd.DatetimeIndex(days["day"].values)[np.any(known, axis=0)] if known else []
    present = sorted({int(day.year) for day in stamps})
    wanted = present if years is None else sorted(int(y) for y in years)
    if not wanted:
        raise MissingData("the Dataset has no day; give days that cover a year.")
    tables, losses, distances = [], [], []
    for year in wanted:
        period = parse_period(year)
        judges = [Judge.of(s, period, area_class) for s in (old, new)]
        table, lost = _year(days, site, period, *judges)
        tables.append(table)
        losses.append(lost)
        distances.append(_distance(days, site, year, name, area_class))
    distance = pd.concat(distances, ignore_index=True)
    return Restatement(
        pd.concat(tables, ignore_index=True),
        pd.concat(losses, ignore_index=True),
        distance,
        _first(distance, site),
        name,
    )


def _first(distance: pd.DataFrame, site: str) -> pd.DataFrame:
    held = distance[distance["attained"]]
    attained = held.pivot_table(index=site, columns="standard", values="year", aggfunc="min", observed=True)
    order = list(dict.fromkeys(distance["standard"]))
    sites = list(dict.fromkeys(distance[site]))
    return (
        attained.reindex(index=sites, columns=order).astype("Int64").rename_axis(columns=None).reset_index()
    )

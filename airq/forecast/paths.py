"""Joint paths of all pollutants over the coming days, from quantiles one by one: the Schaake shuffle.

Each draw takes, for every site, day and pollutant, a value of the forecast distribution, in the order in which the
values of windows of past days of the same time of the year stand (Clark et al. 2004). The margins stay exactly those
of the forecast; the dependence over days, pollutants and sites is that of the past.

Examples
--------
>>> rows = pd.DataFrame({"site": "A", "issued": "2019-12-01", "horizon": [1, 2], "model": "m"})
>>> rows = rows.assign(date=["2019-12-02", "2019-12-03"], **dict(zip(QUANTILES, np.arange(10.0, 200.0, 10.0))))
>>> drawn = paths({"pm25": rows}, draws=200)
>>> dict(drawn.values.sizes), float(drawn.values.median().round(1)), drawn.notes[0][:38]
({'draw': 200, 'site': 1, 'date': 2, 'pollutant': 1}, 100.0, 'no history of past days was given: the')
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from airq import standards
from airq.errors import MissingData, ParameterError
from airq.forecast import distribution, windows
from airq.forecast.indexing import level_of, whole_index
from airq.forecast.names import LEVELS, QUANTILES
from airq.texts import items
from airq.variables import POLLUTANTS

__all__ = ["Paths", "paths"]

Array = npt.NDArray[np.float64]

RECENT = 10
"""Days before the issue whose AQI is kept, because a run of bad days may have begun before it."""


@dataclass(frozen=True, eq=False)
class Paths:
    """Draws of the coming days.

    Attributes
    ----------
    values : xarray.DataArray
        Dims (draw, site, date, pollutant); µg/m³, CO mg/m³. The pollutant may be ``aqi`` alone.
    aqi : xarray.DataArray
        Dims (draw, site, date); AQI of each path, exact by :mod:`airq.standards`.
    primary : xarray.DataArray
        Dims (draw, site, date); primary pollutants, comma-joined, empty up to AQI 50.
    recent : xarray.DataArray
        Dims (site, date); AQI observed on the days up to the issue.
    issued : pandas.Timestamp
        Last day whose data are known.
    edition : str
    model, weather : str
    simulated : bool
    digest : str
        SHA-256 of the quantiles and the past days that went in.
    notes : tuple of str
        How the dependence was found and what is missing, one sentence each.
    """

    values: xr.DataArray
    aqi: xr.DataArray
    primary: xr.DataArray
    recent: xr.DataArray
    issued: pd.Timestamp
    edition: str
    model: str = ""
    weather: str = ""
    simulated: bool = False
    digest: str = ""
    notes: tuple[str, ...] = ()

    def _index(self) -> pd.DataFrame:
        """Site, date and horizon of every cell, sites outermost."""
        sites, dates = self.aqi["site"].values, pd.DatetimeIndex(self.aqi["date"].values)
        frame = pd.DataFrame({"site": np.repeat(sites, len(dates)), "date": np.tile(dates, len(sites))})
        frame["horizon"] = (frame["date"] - self.issued).dt.days
        return frame

    def _long(self, shares: Mapping[str, Array], column: str) -> pd.DataFrame:
        """One row a cell and name, with the probability of each name."""
        base = self._index()
        parts = [base.assign(**{column: name, "probability": p.reshape(-1)}) for name, p in shares.items()]
        out = pd.concat(parts, ignore_index=True)
        return out.sort_values(["site", "date"], kind="stable", ignore_index=True)

    def category_probability(self) -> pd.DataFrame:
        """Probability of each of the six AQI categories.

        Returns
        -------
        pandas.DataFrame
            ``site date horizon level zh en probability``; NaN where no AQI can be told.
        """
        level = level_of(self.aqi.values)
        known = (level > 0).sum(axis=0)
        shares = {str(k): _share((level == k).sum(axis=0), known) for k in range(1, 7)}
        out = self._long(shares, "level")
        out["level"] = out["level"].astype(np.int64)
        for lang in ("zh", "en"):
            names = {k: standards.category_name(k, lang) for k in range(1, 7)}
            out[lang] = out["level"].map(names)
        return out[["site", "date", "horizon", "level", "zh", "en", "probability"]]

    def primary_probability(self) -> pd.DataFrame:
        """Probability that each pollutant is the primary one; ties count for each, ``none`` up to AQI 50.

        Returns
        -------
        pandas.DataFrame
            ``site date horizon pollutant probability``.
        """
        known = np.isfinite(self.aqi.values)
        names, number = np.unique(self.primary.values.astype(str), return_inverse=True)
        number = number.reshape(self.primary.shape)
        total = known.sum(axis=0)
        held = [p for p in POLLUTANTS if p in self.values["pollutant"].values]
        shares = {}
        for name in held:
            has = np.array([name in n.split(",") for n in names.tolist()])
            shares[name] = _share((has[number] & known).sum(axis=0), total)
        shares["none"] = _share(((names == "")[number] & known).sum(axis=0), total)
        return self._long(shares, "pollutant")

    def exceedance(self, above: float = 200.0) -> pd.DataFrame:
        """Probability that the AQI is above a bound on each day.

        Returns
        -------
        pandas.DataFrame
            ``site date horizon probability``.
        """
        known = np.isfinite(self.aqi.values)
        share = _share((known & (self.aqi.values > above)).sum(axis=0), known.sum(axis=0))
        return self._index().assign(probability=share.reshape(-1))

    def quantiles(self, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Quantiles of every pollutant and of the AQI, as rows of forecasts.

        Returns
        -------
        pandas.DataFrame
            ``site issued horizon date model pollutant q05 ...``.
        """
        cubes = {str(p): self.values.sel(pollutant=p).values for p in self.values["pollutant"].values}
        cubes.setdefault("aqi", self.aqi.values)
        names = [f"q{round(100 * p):02d}" for p in levels]
        parts = []
        for name, cube in cubes.items():
            known = np.isfinite(cube).any(axis=0)
            q = np.full((len(levels), *known.shape), np.nan)
            if known.any():
                q[:, known] = np.nanquantile(cube[:, known], levels, axis=0)
            frame = self._index().assign(issued=self.issued, model=self.model, pollutant=name)
            frame[names] = q.reshape(len(levels), -1).T
            parts.append(frame)
        keys = ["site", "issued", "horizon", "date", "model", "pollutant"]
        return pd.concat(parts, ignore_index=True)[[*keys, *names]]

    def to_frame(self) -> pd.DataFrame:
        """The quantiles."""
        return self.quantiles()

    def _repr_html_(self) -> str:
        said = items(self.notes)
        best = self.category_probability().pivot_table(
            index=["site", "date"], columns="en", values="probability", sort=False
        )
        words = f"{self.aqi.sizes['draw']} paths issued {self.issued:%Y-%m-%d}, AQI of {self.edition}"
        return f"<p>{html.escape(words)}</p>{best.to_html(float_format=lambda v: f'{v:.2f}')}<ul>{said}</ul>"


def _share(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> Array:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def paths(
    rows_by_pollutant: Mapping[str, pd.DataFrame],
    history: pd.DataFrame | None = None,
    draws: int = 1000,
    seed: int = 0,
    edition: str | None = None,
    window: int = 30,
) -> Paths:
    """Joint paths of pollutants, days and sites with their AQI.

    Parameters
    ----------
    rows_by_pollutant : mapping of pollutant to DataFrame
        Rows of :func:`airq.forecast.forecast` of one model and one day of issue each; a single entry ``aqi`` forecasts
        the AQI itself. With pollutants the AQI is computed from them and an entry ``aqi`` only kept beside.
    history : pandas.DataFrame, optional
        A daily frame; only its days up to the issue are used. Without it days and pollutants are independent.
    draws : int
    seed : int
    edition : str, optional
        AQI edition; that of the history or the rows, else ``"2012"``, by default.
    window : int
        Days of the year to either side from which past windows are taken.

    Returns
    -------
    Paths

    Raises
    ------
    ParameterError, MissingData
        No rows, several models or days of issue, unknown pollutants, crossing quantiles.
    """
    if not isinstance(rows_by_pollutant, Mapping) or not rows_by_pollutant:
        raise ParameterError(
            "paths() takes a mapping of pollutant to rows of forecasts; give {'pm25': rows}."
        )
    if draws < 1:
        raise ParameterError(f"{draws} draws are too few; give for example 1000.")
    if unknown := [p for p in rows_by_pollutant if p not in (*POLLUTANTS, "aqi")]:
        raise ParameterError(f"pollutant '{unknown[0]}' is not known; use {', '.join((*POLLUTANTS, 'aqi'))}.")
    names = [p for p in (*POLLUTANTS, "aqi") if p in rows_by_pollutant]
    tables = {p: _checked(rows_by_pollutant[p], p) for p in names}
    issued = _issue(tables)
    sites = sorted({s for t in tables.values() for s in t["site"]})
    dates = pd.DatetimeIndex(sorted({d for t in tables.values() for d in t["date"]}))
    q = _cube(tables, sites, dates)
    rng = np.random.default_rng(seed)
    past = windows.past_values(history, sites, names, issued)
    offsets = (dates - issued).days.to_numpy()
    ranks, notes = windows.ranks(past, issued, offsets, draws, window, rng)
    attrs = {**_attributes(tables, history, edition), "digest": _digest(names, sites, dates, q, past)}
    levels = (np.arange(draws) + 0.5) / draws
    margin = distribution.values(q.reshape(-1, len(LEVELS)), levels).T.reshape(draws, *q.shape[:3])
    drawn = np.take_along_axis(margin, ranks, axis=0)
    return _finish(drawn, names, sites, dates, issued, history, attrs, notes)


def _checked(rows: pd.DataFrame, pollutant: str) -> pd.DataFrame:
    needed = ["site", "issued", "date", *QUANTILES]
    if not isinstance(rows, pd.DataFrame) or not len(rows):
        raise MissingData(f"{pollutant}: there are no rows of forecasts; give what forecast() gave.")
    if missing := [c for c in needed if c not in rows.columns]:
        raise MissingData(f"{pollutant}: the rows have no column '{missing[0]}'; give what forecast() gave.")
    models = rows["model"].unique() if "model" in rows.columns else ()
    if len(models) > 1:
        listed = ", ".join(map(str, models))
        raise ParameterError(f"{pollutant}: the rows are of several models ({listed}); give those of one.")
    out = rows.assign(site=rows["site"].astype(str))
    for name in ("issued", "date"):
        out[name] = pd.to_datetime(out[name]).astype("datetime64[ns]").dt.normalize()
    if out.duplicated(["site", "date"]).any():
        raise ParameterError(f"{pollutant}: a site and day stands twice; give the rows of one day of issue.")
    out.attrs = dict(rows.attrs)
    return out


def _issue(tables: Mapping[str, pd.DataFrame]) -> pd.Timestamp:
    issues = sorted({d for t in tables.values() for d in t["issued"]})
    if len(issues) > 1:
        raise ParameterError(
            f"the rows were issued on {len(issues)} days, {issues[0]:%Y-%m-%d} to {issues[-1]:%Y-%m-%d}; "
            "give those of one day."
        )
    if any((t["date"] <= issues[0]).any() for t in tables.values()):
        raise ParameterError(f"a row is for a day not after its issue on {issues[0]:%Y-%m-%d}; take it out.")
    return pd.Timestamp(issues[0])


def _cube(tables: Mapping[str, pd.DataFrame], sites: list[str], dates: pd.DatetimeIndex) -> Array:
    """Quantiles, shape (sites, dates, pollutants, 19); NaN where a row is missing."""
    out = np.full((len(sites), len(dates), len(tables), len(LEVELS)), np.nan)
    for k, (name, table) in enumerate(tables.items()):
        q = distribution.checked(table[list(QUANTILES)], f"{name}: row")
        at = pd.Index(sites).get_indexer(table["site"]), dates.get_indexer(table["date"])
        out[(*at, k)] = q
    return out


def _digest(names: list[str], sites: list[str], dates: pd.DatetimeIndex, q: Array, past: windows.Past) -> str:
    """SHA-256 of what the paths were made from."""
    whole = hashlib.sha256("|".join([*names, *sites, *map(str, dates), str(past.first)]).encode())
    for values in (q, past.values):
        whole.update(np.ascontiguousarray(values).tobytes())
    return whole.hexdigest()


def _attributes(
    tables: Mapping[str, pd.DataFrame], history: pd.DataFrame | None, edition: str | None
) -> dict[str, str]:
    """Edition, model, weather label and whether simulated, of rows and history."""
    attrs = [t.attrs for t in tables.values()] + ([dict(history.attrs)] if history is not None else [])

    def said(key: str) -> list[str]:
        return list(dict.fromkeys(str(a[key]) for a in attrs if str(a.get(key, "")) != ""))

    models = list(dict.fromkeys(str(m) for t in tables.values() if "model" in t for m in t["model"].unique()))
    simulated = any(s.lower() in ("true", "1") for s in said("simulated"))
    return {
        "edition": edition or next(iter(said("edition")), "2012"),
        "model": ", ".join(models),
        "weather": ", ".join(said("weather")),
        "simulated": "true" if simulated else "false",
    }


def _finish(
    drawn: Array,
    names: list[str],
    sites: list[str],
    dates: pd.DatetimeIndex,
    issued: pd.Timestamp,
    history: pd.DataFrame | None,
    attrs: Mapping[str, str],
    notes: list[str],
) -> Paths:
    coords = {"site": sites, "date": dates.to_numpy(dtype="datetime64[ns]")}
    dims = ("draw", "site", "date")
    held = [p for p in names if p in POLLUTANTS]
    if held:
        absent = [p for p in POLLUTANTS if p not in held]
        cubes = {p: drawn[..., names.index(p)] for p in held}
        aqi, primary = whole_index(cubes, dates.to_numpy(), attrs["edition"], absent)
        if absent:
            notes = [
                *notes,
                f"the AQI is that of {', '.join(held)} alone; there is no forecast of {', '.join(absent)}.",
            ]
    else:
        aqi = np.minimum(drawn[..., 0], 500.0)
        primary = np.full(aqi.shape, "", dtype=object)
        notes = [*notes, "the AQI was forecast as such: its primary pollutant is not known."]
    return Paths(
        values=xr.DataArray(drawn, {**coords, "pollutant": names}, (*dims, "pollutant")),
        aqi=xr.DataArray(aqi, coords, dims, attrs={"long_name": "AQI", "units": "1"}),
        primary=xr.DataArray(primary, coords, dims),
        recent=_recent(history, sites, issued),
        issued=issued,
        edition=attrs["edition"],
        model=attrs["model"],
        weather=attrs["weather"],
        simulated=attrs["simulated"] == "true",
        digest=attrs["digest"],
        notes=tuple(notes),
    )


def _recent(history: pd.DataFrame | None, sites: list[str], issued: pd.Timestamp) -> xr.DataArray:
    days = pd.date_range(issued - pd.Timedelta(days=RECENT - 1), issued)
    values = windows.past_values(history, sites, ["aqi"], issued, RECENT).values[..., 0].T
    return xr.DataArray(values, {"site": sites, "date": days.to_numpy("datetime64[ns]")}, ("site", "date"))

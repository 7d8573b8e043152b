"""Rows of forecasts checked and scored one by one, ready for any grouping.

Examples
--------
>>> rows = pd.DataFrame({"site": ["A"], "issued": ["2019-01-01"], "horizon": [1], "observed": [100.0]})
>>> rows = rows.assign(date="2019-01-02", model="m", **dict(zip(QUANTILES, np.arange(10.0, 200.0, 10.0))))
>>> scored = ScoredRows.of(rows, target="pm25", edition="2012")
>>> scored.table[["season", "crps", "coverage_80"]].round(3).values.tolist()
[['cold', 17.368, 1.0]]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.forecast import distribution, scores
from airq.forecast.indexing import index_of, level_of
from airq.forecast.names import QUANTILES, TARGETS, season

__all__ = ["ScoredRows", "calendar_columns", "joined", "valid_column"]

Array = npt.NDArray[np.float64]

SHARES = (0.5, 0.8, 0.9)
"""Central intervals whose coverage is counted."""

_QUARTERS = np.array(["DJF", "MAM", "JJA", "SON"], dtype=object)


def valid_column(rows: pd.DataFrame) -> str:
    """Column of the time a row is a forecast of: ``date`` of days, ``time`` of hours.

    Examples
    --------
    >>> valid_column(pd.DataFrame(columns=["site", "time"]))
    'time'
    """
    if not isinstance(rows, pd.DataFrame):
        raise ParameterError(
            "rows of forecasts are a pandas DataFrame; give what backtest() or forecast() gave."
        )
    for name in ("date", "time"):
        if name in rows.columns:
            return name
    raise MissingData("the rows have neither 'date' nor 'time'; give what backtest() or forecast() gave.")


def calendar_columns(days: npt.ArrayLike) -> dict[str, npt.NDArray[np.object_]]:
    """Season, quarter and month of days, by which scores may be grouped.

    Examples
    --------
    >>> {k: v.tolist() for k, v in calendar_columns(np.array(["2019-12-31"], "datetime64[D]")).items()}
    {'season': ['cold'], 'quarter': ['DJF'], 'month': [12]}
    """
    day = np.asarray(days).astype("datetime64[D]")
    month = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return {"season": season(day), "quarter": _QUARTERS[month % 12 // 3], "month": month.astype(object)}


def joined(
    rows: pd.DataFrame, baselines: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """Rows and baseline rows as one table with a column ``model``.

    Raises
    ------
    ParameterError, MissingData
        If a column is missing, or a row stands twice.

    Examples
    --------
    >>> row = {"site": ["A"], "issued": ["2019-01-01"], "horizon": [1], "date": ["2019-01-02"], "observed": [1.0]}
    >>> row |= {name: [1.0] for name in QUANTILES}
    >>> joined(pd.DataFrame(row), {"climatology": pd.DataFrame(row)})["model"].tolist()
    ['forecast', 'climatology']
    """
    named = dict(baselines) if isinstance(baselines, Mapping) else {}
    if isinstance(baselines, pd.DataFrame):
        named[""] = baselines
    parts = [_with_model(rows, "forecast")]
    valid = valid_column(rows)
    for name, part in named.items():
        if valid_column(part) != valid:
            raise ParameterError(
                "forecasts of days and of hours cannot be compared; give baselines of the same kind."
            )
        parts.append(_with_model(part, str(name) or "baseline", force=bool(name)))
    needed = ["site", "issued", "horizon", valid, "observed", *QUANTILES]
    for part in parts:
        if missing := [c for c in needed if c not in part.columns]:
            hint = "scores need observations" if missing == ["observed"] else "give what backtest() gave"
            raise MissingData(f"the rows have no column '{missing[0]}'; {hint}.")
    whole = (
        pd.concat([p[[*needed, "model"]] for p in parts], ignore_index=True) if len(parts) > 1 else parts[0]
    )
    whole = whole[[*needed, "model"]].reset_index(drop=True).rename(columns={valid: "valid"})
    if not len(whole):
        raise MissingData("there are no rows of forecasts to verify; run a backtest first.")
    return _typed(whole)


def _with_model(rows: pd.DataFrame, name: str, force: bool = False) -> pd.DataFrame:
    valid_column(rows)
    return rows.assign(model=name) if force or "model" not in rows.columns else rows


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    out = table.assign(site=table["site"].astype(str), model=table["model"].astype(str))
    for name in ("issued", "valid"):
        try:
            out[name] = pd.to_datetime(out[name], format="ISO8601").astype("datetime64[ns]")
        except (ValueError, TypeError) as error:
            raise ParameterError(f"column '{name}' holds something that is no date; give dates.") from error
        if out[name].isna().any():
            raise ParameterError(
                f"column '{name}' lacks a date in row {int(out[name].isna().argmax())}; fill it."
            )
    horizon = pd.to_numeric(out["horizon"], errors="coerce")
    if horizon.isna().any() or (horizon < 1).any():
        raise ParameterError(
            "column 'horizon' holds a lead time below 1 or none; give whole days or hours from 1."
        )
    out["horizon"] = horizon.astype(np.int64)
    out["observed"] = pd.to_numeric(out["observed"], errors="coerce").astype(np.float64)
    keys = ["model", "site", "issued", "horizon"]
    twice = out.duplicated(keys)
    if twice.any():
        row = out.loc[twice.idxmax()]
        raise ParameterError(
            f"row {int(twice.argmax())} stands twice: model {row['model']}, site {row['site']}, issued "
            f"{row['issued']:%Y-%m-%d}, horizon {row['horizon']}; keep one of them."
        )
    return out


@dataclass(frozen=True)
class ScoredRows:
    """Checked rows with a score in each column.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a forecast: keys, ``day season quarter month observed median error crps coverage_50 ...`` and the
        indices and levels of observation and median; ``code`` numbers (site, issued, horizon) over all models.
    quantiles : float64 array, shape (rows, 19)
    last : float64 array, shape (rows,)
        The last value observed at issue, NaN where it is not known.
    target, edition, averaging : str
    notes : tuple of str
    """

    table: pd.DataFrame
    quantiles: Array
    last: Array
    target: str
    edition: str
    averaging: str
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        baselines: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
        *,
        target: str,
        edition: str,
        history: pd.DataFrame | None = None,
    ) -> ScoredRows:
        """Check and score rows.

        Parameters
        ----------
        rows : pandas.DataFrame
            As :func:`airq.forecast.backtest` gives them.
        baselines : DataFrame, or mapping of model name to DataFrame, optional
        target : str
        edition : str
        history : pandas.DataFrame, optional
            A frame that holds the last observation at issue where the rows do not.

        Returns
        -------
        ScoredRows
        """
        if target not in TARGETS:
            raise ParameterError(f"target '{target}' is not known; use {', '.join(TARGETS)}.")
        hourly = valid_column(rows) == "time"
        whole = joined(rows, baselines)
        q = distribution.checked(whole[list(QUANTILES)])
        y = whole["observed"].to_numpy()
        day = _day(whole["valid"], hourly)
        table = whole[["model", "site", "issued", "horizon", "valid", "observed"]].copy()
        table["day"], table["median"] = day, q[:, len(QUANTILES) // 2]
        for name, values in calendar_columns(day).items():
            table[name] = values
        table["forecast_known"] = ~np.isnan(q[:, 0])
        table["known"] = table["forecast_known"] & ~np.isnan(y)
        table["error"] = table["median"] - y
        table["crps"] = scores.crps(y, q)
        levels = np.arange(1, 20) * 5
        for share in SHARES:
            low, high = (q[:, np.flatnonzero(levels == round(50 * (1 + s * share)))[0]] for s in (-1, 1))
            table[f"coverage_{share * 100:.0f}"] = np.where(table["known"], (y >= low) & (y <= high), np.nan)
            table[f"width_{share * 100:.0f}"] = np.where(table["known"], high - low, np.nan)
        averaging = "1h" if hourly else "24h"
        for name in ("observed", "median"):
            table[f"index_{name}"] = _index(target, table[name].to_numpy(), day, edition, averaging)
            table[f"level_{name}"] = level_of(table[f"index_{name}"])
        table["code"] = table.groupby(["site", "issued", "horizon"], sort=False).ngroup()
        last, notes = _last_observed(table, target, history)
        return cls(table, q, last, target, edition, averaging, notes)

    @property
    def models(self) -> list[str]:
        """Models in the order of their first row."""
        return [str(m) for m in self.table["model"].unique()]

    @property
    def day_steps(self) -> npt.NDArray[np.int64]:
        """Lead time of each row in days, rounded up."""
        horizon = self.table["horizon"].to_numpy()
        return np.asarray(-(-horizon // 24) if self.averaging == "1h" else horizon)

    def of_model(self, model: str, values: npt.ArrayLike) -> Array:
        """Values of one model at the site, issue and lead of every row; NaN where the model has none.

        Examples
        --------
        >>> rows = pd.DataFrame({"site": ["A"], "issued": ["2019-01-01"], "horizon": [1], "observed": [2.0]})
        >>> rows = rows.assign(date="2019-01-02", model="m", **dict.fromkeys(QUANTILES, 1.0))
        >>> scored = ScoredRows.of(rows, target="pm25", edition="2012")
        >>> scored.of_model("m", scored.table["crps"]).tolist(), scored.of_model("x", [1.0]).tolist()
        ([1.0], [nan])
        """
        code = self.table["code"].to_numpy()
        own = (self.table["model"] == model).to_numpy()
        by_code = np.full(int(code.max()) + 1, np.nan)
        by_code[code[own]] = np.asarray(values, dtype=np.float64)[own]
        return np.asarray(by_code[code])


def _day(valid: pd.Series, hourly: bool) -> npt.NDArray[np.datetime64]:
    """Natural day of a row; the hour that ends at 00 closes the day before."""
    stamps = valid.to_numpy(dtype="datetime64[ns]")
    return np.asarray((stamps - np.timedelta64(1, "ns") if hourly else stamps).astype("datetime64[D]"))


def _index(
    target: str, values: Array, day: npt.NDArray[np.datetime64], edition: str, averaging: str
) -> Array:
    """Index of values that may be slightly negative in an archive; those count as 0."""
    return index_of(target, np.where(values < 0, 0.0, values), day, edition, averaging)


def _last_observed(
    table: pd.DataFrame, target: str, history: pd.DataFrame | None
) -> tuple[Array, tuple[str, ...]]:
    """What was observed at the time of issue, from the rows themselves and from a frame."""
    known = table.dropna(subset=["observed"])[["site", "valid", "observed"]]
    if history is not None:
        when = valid_column(history)
        if target not in history.columns or "site" not in history.columns:
            raise MissingData(
                f"the history has no columns 'site' and '{target}'; give the frame of the backtest."
            )
        past = pd.DataFrame(
            {
                "site": history["site"].astype(str),
                "valid": pd.to_datetime(history[when]).astype("datetime64[ns]"),
                "observed": pd.to_numeric(history[target], errors="coerce").astype(np.float64),
            }
        ).dropna()
        known = pd.concat([known, past], ignore_index=True)
    known = known.drop_duplicates(["site", "valid"]).set_index(["site", "valid"])["observed"]
    wanted = pd.MultiIndex.from_arrays([table["site"], table["issued"]])
    last = known.reindex(wanted).to_numpy(dtype=np.float64)
    share = float(np.isnan(last).mean())
    if share > 0:
        why = (
            "was not observed"
            if history is not None
            else "is not known from the rows; give history= to know it"
        )
        note = f"the value at issue {why}, {share:.1%} of the rows."
        return last, (note,)
    return last, ()

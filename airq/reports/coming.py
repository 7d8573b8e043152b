"""The coming days of one or several sites: a forecast of each pollutant, joined to paths of the AQI.

Nothing is computed here; :mod:`airq.forecast` is called in order, and what it says is kept together for commands and
notebooks.

Examples
--------
>>> what_is_lost("none", "en")[:43]
'No weather forecast was given. Skill beyond'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from airq.errors import AirqError, MissingData
from airq.figures.labels import Language
from airq.variables import POLLUTANTS

if TYPE_CHECKING:
    from airq.forecast import Paths, Verification

__all__ = ["Coming", "coming", "days", "known_columns", "main_scores", "spans", "verified", "what_is_lost"]

_LONGEST_SILENCE: Final = 92
"""Days without an observation before the issue, after which nothing is forecast, as for targets."""

_LOST: Final[dict[str, tuple[str, str]]] = {
    "none": (
        "没有提供气象预报。第二、三天以后的技巧主要来自气象预报，没有它时远期预报接近气候态；用 --weather 文件提供。",
        "No weather forecast was given. Skill beyond the second or third day comes mainly from one, and without it later "
        "days are close to climatology; give a file with --weather.",
    ),
    "perfect": (
        "所用气象为实测值（“完美气象”）：这是上限，真实预报达不到。",
        "The weather is observed (perfect weather): an upper bound that no real forecast reaches.",
    ),
    "forecast": ("所用气象为气象预报。", "The weather is a forecast."),
}


def what_is_lost(weather: str, lang: Language) -> str:
    """What the weather of a forecast means for the reader.

    Parameters
    ----------
    weather : {"none", "perfect", "forecast"}
        As in ``rows.attrs["weather"]``.
    lang : {"zh", "en"}

    Returns
    -------
    str
        Empty for any other label.
    """
    zh, en = _LOST.get(weather, ("", ""))
    return zh if lang == "zh" else en


@dataclass(frozen=True, eq=False)
class Coming:
    """Forecasts issued on one day.

    Attributes
    ----------
    frame : pandas.DataFrame
        Daily frame that they rest on, up to the issue.
    rows : dict of str to pandas.DataFrame
        Rows of :func:`airq.forecast.forecast` by target.
    paths : airq.forecast.Paths or None
        Joint paths, where there is a forecast to join.
    issued : pandas.Timestamp
    weather : {"none", "perfect", "forecast"}
    simulated : bool
    edition : str
        AQI edition of categories.
    notes : tuple of str
        What could not be forecast, and why.
    """

    frame: pd.DataFrame
    rows: dict[str, pd.DataFrame]
    paths: Paths | None
    issued: pd.Timestamp
    weather: str
    simulated: bool
    edition: str
    notes: tuple[str, ...] = field(default=())

    def of(self, target: str, site: str) -> pd.DataFrame:
        """Rows of one target and site.

        Raises
        ------
        MissingData
            If there is no forecast of it.
        """
        made = self.rows.get(target)
        part = None if made is None else made[made["site"] == site]
        if part is None or part.empty:
            raise MissingData(
                f"there is no forecast of {target} for '{site}'; see the notes of the forecast."
            )
        part = part.reset_index(drop=True)
        part.attrs = dict(made.attrs) if made is not None else {}
        return part

    def to_frame(self) -> pd.DataFrame:
        """All rows with a column ``target``."""
        parts = [table.assign(target=name) for name, table in self.rows.items()]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def known_columns(frame: pd.DataFrame) -> list[str]:
    """Weather columns of a frame.

    Examples
    --------
    >>> known_columns(pd.DataFrame(columns=["date", "pm25", "temperature_mean"]))
    ['temperature_mean']
    """
    from airq.forecast.names import weather_columns

    return weather_columns(list(frame.columns))


def _until(frame: pd.DataFrame, issued: Any) -> pd.Timestamp:
    """Day of issue: the one given, else the last with any pollutant."""
    there = frame[[p for p in POLLUTANTS if p in frame]].notna().any(axis=1)
    if not there.any():
        raise MissingData("the frame holds no value of any pollutant; ingest observations first.")
    last = pd.Timestamp(frame.loc[there, "date"].max())
    if issued is None:
        return last
    day = pd.Timestamp(issued).normalize()
    before = frame.loc[there & (frame["date"] <= day), "date"]
    if before.empty:
        first = frame.loc[there, "date"].min()
        raise MissingData(f"there is no observation up to {day:%Y-%m-%d}, the first is of {first:%Y-%m-%d}; choose a later day of issue.")  # fmt: skip
    silent = (day - before.max()).days
    if silent > _LONGEST_SILENCE:
        raise MissingData(f"the last observation before {day:%Y-%m-%d} is of {before.max():%Y-%m-%d}, {silent} days earlier; bring the data up to date or choose an earlier day of issue.")  # fmt: skip
    return day


def coming(
    frame: pd.DataFrame,
    targets: Sequence[str] = (*POLLUTANTS,),
    horizons: Sequence[int] = tuple(range(1, 11)),
    weather: pd.DataFrame | list[str] | None = None,
    issued: Any = None,
    edition: str | None = None,
    model: str = "auto",
    seed: int = 0,
    draws: int = 1000,
) -> Coming:
    """Forecast the coming days.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of :func:`airq.forecast.daily_frame`, one or several sites.
    targets : sequence of str
        Pollutants, or ``aqi``.
    horizons : sequence of int
        Days.
    weather : pandas.DataFrame or list of str, optional
        ``site date`` and columns of weather of the days to come, or names of columns of the frame that hold it as observed.
    issued : date-like, optional
        Data after it are not used; the last day with a value by default.
    edition : str, optional
        AQI edition of categories; that of the frame by default.
    model : str
    seed : int
    draws : int
        Paths of the AQI.

    Returns
    -------
    Coming
        Targets that a series is too poor for are named in ``notes``.

    Raises
    ------
    MissingData
        If nothing could be forecast.
    """
    from airq.forecast import forecast, paths

    day = _until(frame, issued)
    used = frame[frame["date"] <= day].reset_index(drop=True)
    used.attrs = dict(frame.attrs)
    # Observed weather of the days to come is in the frame itself; pollutants after the issue are never looked at.
    given = frame if isinstance(weather, list) else used
    made: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    for name in targets:
        try:
            rows = forecast(
                given, name, weather=weather, horizons=tuple(horizons), issued=day, seed=seed, model=model
            )
        except AirqError as error:
            notes.append(f"{name}: {error}")
            continue
        made[name] = rows
        notes += [n for n in (*_notes(rows), *_row_notes(rows, name)) if n not in notes]
    if not made:
        raise MissingData(
            f"nothing could be forecast from {day:%Y-%m-%d}: {notes[0] if notes else 'no target named'}"
        )
    chosen = edition or str(frame.attrs.get("edition", "2012"))
    joined = None
    try:
        joined = paths(made, used, draws=draws, seed=seed, edition=chosen)
        notes += [n for n in joined.notes if n not in notes]
    except AirqError as error:
        notes.append(f"AQI: {error}")
    label = str(next(iter(made.values())).attrs.get("weather", "none" if weather is None else "forecast"))
    simulated = str(frame.attrs.get("simulated", "false")).lower() == "true"
    return Coming(used, made, joined, day, label, simulated, chosen, tuple(notes))


def _notes(rows: pd.DataFrame) -> list[str]:
    found = rows.attrs.get("notes", ())
    return [found] if isinstance(found, str) else [str(n) for n in found]


def _row_notes(rows: pd.DataFrame, target: str) -> list[str]:
    """What the rows of single sites and leads say, once each, with the sites and leads that say it."""
    said = rows[rows["note"].astype(str) != ""] if "note" in rows else rows.iloc[:0]
    sites, leads = len(rows["site"].unique()), len(rows["horizon"].unique())
    out = []
    for note, part in said.groupby("note", sort=False):
        which = target
        if len(part["site"].unique()) < sites:
            which += f" at {', '.join(part['site'].unique())}"
        if len(part["horizon"].unique()) < leads:
            which += f", lead {spans(part['horizon'].unique())}"
        out.append(f"{which}: {note}")
    return out


def spans(numbers: Any) -> str:
    """Whole numbers as spans.

    Examples
    --------
    >>> spans([7, 1, 2, 3, 9, 10])
    '1–3, 7, 9–10'
    """
    ordered = sorted({int(n) for n in numbers})
    runs: list[list[int]] = []
    for n in ordered:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


def days(made: Coming, site: str) -> pd.DataFrame:
    """One row a day: medians with 80 % intervals of each target, AQI, likeliest category and primary pollutant.

    Parameters
    ----------
    made : Coming
    site : str

    Returns
    -------
    pandas.DataFrame
        ``date horizon``, ``<target>``, ``<target>_q10``, ``<target>_q90``; with paths ``aqi`` likewise, ``category``,
        ``category_probability``, ``primary``, ``primary_probability``.
    """
    tables: dict[str, pd.DataFrame] = {t: r[r["site"] == site] for t, r in made.rows.items()}
    if made.paths is not None:
        found = made.paths.quantiles()
        own = found[(found["site"] == site) & (found["pollutant"] == "aqi")]
        tables.setdefault("aqi", own)
    out: pd.DataFrame | None = None
    for name, table in tables.items():
        part = table[["date", "horizon", "q50", "q10", "q90"]].rename(
            columns={"q50": name, "q10": f"{name}_q10", "q90": f"{name}_q90"}
        )
        out = part if out is None else out.merge(part.drop(columns="horizon"), on="date", how="outer")
    assert out is not None  # coming() gives at least one target
    if made.paths is not None:
        for key, column, name in (("category", "level", "category"), ("primary", "pollutant", "primary")):
            table = getattr(made.paths, f"{key}_probability")()
            own = table[table["site"] == site].dropna(subset=["probability"])
            best = own.sort_values("probability", kind="stable").groupby("date").tail(1)
            best = best.rename(columns={column: name, "probability": f"{name}_probability"})
            out = out.merge(best[["date", name, f"{name}_probability"]], on="date", how="left")
    return out.sort_values("date").reset_index(drop=True)


def verified(
    frame: pd.DataFrame,
    target: str = "pm25",
    horizons: Sequence[int] = (1, 3, 7),
    weather: Any = None,
    test_days: int = 365,
    model: str = "auto",
    seed: int = 0,
    by: Sequence[str] = ("horizon",),
    tolerance: Any = None,
) -> Verification:
    """Backtest of the last days, scored beside climatology and persistence.

    Parameters
    ----------
    frame : pandas.DataFrame
    target : str
    horizons : sequence of int
    weather : None, list of columns or DataFrame
        As in :func:`airq.forecast.backtest`.
    test_days : int
    model : str
    seed : int
    by : sequence of str
        Groups of the main tables.
    tolerance : optional
        Of the AQI range accuracy.

    Returns
    -------
    airq.forecast.Verification
    """
    from airq.forecast import backtest, verify

    names = list(dict.fromkeys((model, "climatology", "persistence")))
    rows = backtest(
        frame, target, weather=weather, horizons=tuple(horizons), test_days=test_days, seed=seed, model=names
    )
    return verify(rows, by=list(by), tolerance=tolerance, history=frame, seed=seed)


def main_scores(found: Verification, model: str | None = None) -> pd.DataFrame:
    """Scores of the forecast itself, without the references.

    Parameters
    ----------
    found : Verification
    model : str, optional
        The first by default.

    Returns
    -------
    pandas.DataFrame
    """
    table = found.scores
    name = model or str(table["model"].iloc[0])
    return table[table["model"] == name].replace({np.inf: np.nan}).reset_index(drop=True)

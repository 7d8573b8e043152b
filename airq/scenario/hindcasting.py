"""Hindcast on the official city figures: what the measures carried out would have let one expect, beside what came.

From the last figure before it, each figure is foretold by the measures of the register that came into effect in between,
the level of the response before any observation, and the difference that weather makes between two years. Beside it stand
the naive ones: persistence, trend, rollback. So few figures show no skill; the scored hindcast is that of
:mod:`airq.scenario.validation`.

The fall of the city's own figures, by which a run updates the response, is not used here. Days follow from the days of
weather years; where these are simulated, they were calibrated to the very figures, and the result says so.

Examples
--------
>>> figures = city_figures()
>>> figures.loc[figures["year"] == 2025, "value"].tolist()
[37.0, 308.0, 17.0]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import AirqError, MissingData, ParameterError
from airq.forecast import daily_frame
from airq.inventory.register import load
from airq.observations import Archive, simulation
from airq.scenario import effects
from airq.scenario.archive_days import archive_days
from airq.scenario.baseline import baseline_of
from airq.scenario.box import SEASON_DAYS
from airq.scenario.level import level
from airq.scenario.official import felt
from airq.scenario.priors import Priors
from airq.scenario.validation.season_days import figures as figures_of_days
from airq.scenario.weather_years import HEATING
from airq.texts import items

__all__ = ["INDICATORS", "METHODS", "OfficialHindcast", "city_figures", "hindcast_official"]

Array = npt.NDArray[np.float64]
_FILE: Final = Path(__file__).parent / "tables" / "city_figures.csv"
INDICATORS: Final = ("pm25", "good_days", "heavy_days")
METHODS: Final = ("measures", "measures_and_others", "persistence", "trend", "rollback")
_MARKS: Final = {
    "measures": "[B]",
    "measures_and_others": "[B]",
    "persistence": "[D]",
    "trend": "[D]",
    "rollback": "[M]",
}
_YEAR: Final = 365.0
_OTHERS_YEARS: Final = 5
"""Years over which the table of priors states the other measures."""
_WEATHER_YEARS: Final = 40
_LEAST_SEASONS: Final = 4
"""Seasons before the first figure from which an archive of the project is taken by itself."""


@dataclass(frozen=True, eq=False)
class OfficialHindcast:
    """Official figures foretold from the ones before.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row a figure and method: year, since, kind (level or change), indicator, method, p5, p50, p95 (90 % interval),
        observed, inside, mark, source.
    place : str
    figures : int
        Figures foretold.
    years : int
        Years that they are of; figures of one year come from the same days.
    simulated : bool
        Whether the weather years are simulated.
    notes_zh, notes_en : tuple of str
        What must stand beside the figures.
    """

    rows: pd.DataFrame
    place: str
    figures: int
    years: int
    simulated: bool
    notes_zh: tuple[str, ...]
    notes_en: tuple[str, ...]

    def notes(self, lang: str = "en") -> tuple[str, ...]:
        """Notes in Chinese or English."""
        return self.notes_zh if lang == "zh" else self.notes_en

    def to_frame(self) -> pd.DataFrame:
        """The rows."""
        return self.rows.copy()

    def _repr_html_(self) -> str:
        table: str = self.rows.drop(columns="source").round(1).to_html(index=False)
        return f"{table}<ul>{items(self.notes_en)}</ul>"


def city_figures(path: str | Path | None = None) -> pd.DataFrame:
    """Official figures: place, year, indicator, kind, value, unit, mark, source.

    Parameters
    ----------
    path : path-like, optional
        A table of your own in place of the shipped one.

    Raises
    ------
    ParameterError
        A missing column, or an indicator, kind or value that is none.
    """
    file = Path(path) if path is not None else _FILE
    try:
        frame = pd.read_csv(file, comment="#", skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise ParameterError(f"{file.name}: cannot be read as CSV ({error}); name another file.") from None
    wanted = ("place", "year", "indicator", "kind", "value", "unit", "mark", "source")
    if missing := [c for c in wanted if c not in frame]:
        raise ParameterError(f"{file.name}: has no column '{missing[0]}'; add it.")
    frame["value"] = pd.to_numeric(frame["value"], errors="coerce").astype(np.float64)
    for number, row in enumerate(frame.to_dict("records"), 1):
        for column, known in (("indicator", INDICATORS), ("kind", ("level", "change"))):
            if row[column] not in known:
                raise ParameterError(f"{file.name}, data row {number}: {column} '{row[column]}' is not known; use {', '.join(known)}.")  # fmt: skip
        if not np.isfinite(row["value"]):
            raise ParameterError(f"{file.name}, data row {number}: the value is no number; write one.")
    return frame


def hindcast_official(
    place: str = "changji",
    *,
    archive: Archive | str | Path | None = None,
    figures: pd.DataFrame | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> OfficialHindcast:
    """Foretell each official figure from the last one before it.

    Parameters
    ----------
    place : str
    archive : Archive or path, optional
        Where the weather years come from; the project's archive by default, the embedded simulation where that holds
        fewer than four seasons before the first figure.
    figures : pandas.DataFrame, optional
        As :func:`city_figures` gives them.
    draws, seed : int

    Returns
    -------
    OfficialHindcast

    Raises
    ------
    MissingData
        No figure of the place has one before it, or the archive given does not reach back far enough.
    """
    table = city_figures() if figures is None else figures
    table = table[table["place"] == place]
    held = (
        table[table["kind"] == "level"]
        .pivot_table("value", "year", "indicator")
        .reindex(columns=list(INDICATORS))
    )
    days = _days(archive, place, int(held.index.min())) if len(held) else pd.DataFrame()
    rows: list[dict[str, Any]] = []
    for (year, kind), asked in table.groupby(["year", "kind"]):
        before = held.index[held.index < year]
        if not len(before):
            continue
        since = int(before[-1]) if kind == "level" else int(year) - 1
        drawn = _foretold(int(year), since, str(kind), held, days, draws, seed, place)
        for row in asked.to_dict("records"):
            for method, values in drawn.items():
                column = values[:, INDICATORS.index(row["indicator"])]
                if not np.isfinite(column).all():
                    continue
                low, middle, high = np.quantile(column, (0.05, 0.5, 0.95))
                rows.append(
                    {
                        "year": int(year), "since": since, "kind": kind, "indicator": row["indicator"], "method": method,
                        "p5": low, "p50": middle, "p95": high, "observed": row["value"],
                        "inside": bool(low <= row["value"] <= high), "mark": _MARKS[method], "source": row["source"],
                    }
                )  # fmt: skip
    if not rows:
        raise MissingData(f"no official figure of '{place}' has one before it; give two years or more.")
    frame = pd.DataFrame(rows)
    own = frame[frame["method"] == "measures"]
    simulated = str(days.attrs.get("simulated", "false")).lower() == "true"
    notes = [_notes(own, simulated, lang) for lang in ("zh", "en")]
    return OfficialHindcast(frame, place, len(own), int(own["year"].nunique()), simulated, *notes)


def _days(archive: Archive | str | Path | None, place: str, first: int) -> pd.DataFrame:
    """Days of the place: of the archive given, else of the project's if it reaches back far enough, else embedded ones."""
    if archive is not None:
        return archive_days(archive, [place])
    try:
        own = archive_days(None, [place])
        if len(baseline_of(_until(own, first), weather_years=0).years) >= _LEAST_SEASONS:
            return own
    except AirqError:
        pass
    return _embedded(place)


def _until(days: pd.DataFrame, year: int) -> pd.DataFrame:
    out = days[pd.DatetimeIndex(days["date"]) <= pd.Timestamp(f"{year}-12-31")]
    out.attrs = dict(days.attrs)
    return out


@lru_cache(maxsize=2)
def _embedded(place: str) -> pd.DataFrame:
    made = daily_frame(simulation.simulate("2015-01", "2025-12", places=place), place)
    made.attrs["simulated"] = "true"
    return made


def _foretold(
    year: int,
    since: int,
    kind: str,
    held: pd.DataFrame,
    days: pd.DataFrame,
    draws: int,
    seed: int,
    place: str,
) -> dict[str, Array]:
    """Draws of the three indicators by method, (draw, indicator)."""
    rng = np.random.default_rng([seed, year, 83])
    air = _weather(days, since, draws, rng, seed)
    known = air.pop("own")
    start = held.loc[since].to_numpy(np.float64) if kind == "level" else np.zeros(len(INDICATORS))
    priors = Priors.load()
    span = (since + 1, year)
    k = level(draws, seed).draws
    cold = k * felt(load(), priors, draws, seed, span, place, season=True)
    reached = felt(load(), priors, draws, seed, span, place)
    annual = k * reached
    others = priors["other_measures"].draws(draws, seed) * (year - since) / _OTHERS_YEARS
    per_kt = priors["rollback_per_percent"].draws(draws, seed)
    per_kt = per_kt / (0.01 * priors["rollback_emission"].draws(draws, seed) * SEASON_DAYS / 1000)
    rolled = per_kt * reached * _YEAR / SEASON_DAYS  # of the annual mean, by the tonnes as it feels them
    none = np.zeros(draws)
    falls = {
        "measures": (cold, annual),
        "measures_and_others": (cold + others * cold / annual, annual + others),
        "persistence": (none, none),
        "rollback": (rolled * cold / annual, rolled),
    }
    out = {}
    for name, (in_season, in_year) in falls.items():
        warm = (in_year * _YEAR - in_season * SEASON_DAYS) / (_YEAR - SEASON_DAYS)
        moved = figures_of_days(_fallen(air["days"], in_season, warm, draws, seed), np.ones(int(_YEAR), bool))
        out[name] = start + moved - known
    earlier = held.index[held.index < year][-2:]
    if len(earlier) == 2:
        a, b = (held.loc[y].to_numpy(np.float64) for y in earlier)
        r = (year - since if kind == "change" else year - earlier[1]) / (earlier[1] - earlier[0])
        # The weather of the year foretold and of both figures that the line runs through.
        error = air["noise"][0] - air["noise"][1] * (1 + r if kind == "level" else 1) + r * air["noise"][2] * (kind == "level")  # fmt: skip
        out["trend"] = (start if kind == "change" else b) + r * (b - a) + error
    limit = np.array([np.inf, _YEAR, _YEAR])
    lowest = np.zeros(3) if kind == "level" else -limit
    return {m: np.clip(out[m], lowest, limit) for m in METHODS if m in out}


def _weather(
    days: pd.DataFrame, since: int, draws: int, rng: np.random.Generator, seed: int
) -> dict[str, Any]:
    """Days of a weather year for each draw, figures of another one, and differences of figures between weather years."""
    air = baseline_of(_until(days, since), weather_years=_WEATHER_YEARS, seed=seed)
    every = air.values[:, :, 0]
    plain = figures_of_days(every, np.ones(every.shape[1], bool))
    first, second, third = (rng.integers(0, len(every), draws) for _ in range(3))
    centred = plain - plain.mean(axis=0)
    return {
        "days": every[first], "own": plain[second], "noise": [centred[i] for i in (first, second, third)],
    }  # fmt: skip


def _fallen(values: Array, cold: Array, warm: Array, draws: int, seed: int) -> Array:
    """Days with PM2.5 above background cut by the same share on all days of a season, (draw, day, pollutant)."""
    held = effects.priors()
    background = held["background"].draws(draws, seed)[:, None]
    limit = np.minimum(held["local_limit"].draws(draws, seed), 1.0)[:, None]
    out = values.copy()
    fine = values[..., 0]
    over = np.maximum(fine - background, 0)
    for days, fall in ((HEATING, cold), (~HEATING, warm)):
        mean = np.maximum(over[:, days].mean(axis=1), 1e-9)
        less = over[:, days] * np.minimum((fall / mean)[:, None], limit)
        out[:, days, 0] -= less
        out[:, days, 1] -= less  # PM10 holds the same particles
    return out


def _notes(own: pd.DataFrame, simulated: bool, lang: str) -> tuple[str, ...]:
    n, years, hits = len(own), own["year"].nunique(), int(own["inside"].sum())
    if lang == "zh":
        said = [f"共{n}个官方数字、{years}个年份，同一年的各项数字并不独立：不足以评价预测技巧，这里不作任何技巧声明。按已完成措施推算的90%区间包含其中{hits}个。"]  # fmt: skip
        said.append("响应系数未用该市自身的下降作更新；清单以外的措施未计入“措施”一行，其量为假定[B]。")
        if simulated:
            said.append(
                "天气年为内置模拟数据，且模拟正是按这些官方数字校准的：区间宽度来自模拟，不能当作独立验证。"
            )
        return tuple(said)
    said = [f"n = {n} official figures of {years} years; those of one year come from the same days. Too few to show skill, and none is claimed. The 90 % interval from the measures carried out holds {hits} of them."]  # fmt: skip
    said.append("The response was not updated by the city's own fall. Measures outside the register are not in the row of the measures; their size is assumed [B].")  # fmt: skip
    if simulated:
        said.append("The embedded weather is simulated and calibrated to these figures: the width of the intervals comes from the simulation, and their agreement proves nothing.")  # fmt: skip
    return tuple(said)

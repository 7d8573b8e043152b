"""Rows of forecasts from the quantiles of the engine: the weather that is missing on single days, notes, order.

Examples
--------
>>> checked_horizons((7, 1)), checked_models("ridge")
([1, 7], ['ridge'])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import ParameterError
from airq.forecast.engine import MEMBERS, Answer, Task, quantiles
from airq.forecast.names import MODELS, QUANTILES, SLOW
from airq.forecast.panel import Panel
from airq.forecast.weather_given import NONE, Given, completed

__all__ = ["checked_horizons", "checked_models", "forecast_rows"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_LONGEST: Final = 60
_FEW: Final = 0.05
"""Share of days without weather up to which those days are forecast by ridge regression alone, to save time."""
_STALE: Final = 1
"""Days without observation before the issue from which a row says so."""


def checked_horizons(horizons: Sequence[int] | range | int) -> list[int]:
    """Leads as sorted whole numbers of days.

    Raises
    ------
    ParameterError
        If there is none, or one is not a whole number from 1 to 60.
    """
    leads = [horizons] if isinstance(horizons, int | np.integer) else list(horizons)
    if not leads:
        raise ParameterError("horizons is empty; name at least one, such as (1, 3, 7).")
    for lead in leads:
        whole = isinstance(lead, int | np.integer) and not isinstance(lead, bool)
        if not whole or not 1 <= lead <= _LONGEST:
            raise ParameterError(
                f"horizon {lead!r} is not a whole number of days from 1 to {_LONGEST}; correct it."
            )
    return sorted({int(lead) for lead in leads})


def checked_models(model: str | Sequence[str]) -> list[str]:
    """Names of models.

    Raises
    ------
    ParameterError
        If one is not known.
    """
    names = [model] if isinstance(model, str) else list(model)
    for name in names:
        if name not in MODELS:
            raise ParameterError(f"model '{name}' is not known; use {', '.join(MODELS)}.")
    if not names:
        raise ParameterError(f"no model is named; use {', '.join(MODELS)}.")
    return list(dict.fromkeys(names))


def forecast_rows(
    panel: Panel, given: Given, tasks: Sequence[Task], models: Sequence[str], seed: int
) -> pd.DataFrame:
    """Rows of one fit.

    Parameters
    ----------
    panel : Panel
    given : Given
        Weather for the days to come.
    tasks : sequence of Task
    models : sequence of str
    seed : int

    Returns
    -------
    pandas.DataFrame
        ``site, issued, horizon, date, model, observed, weather, note`` and the quantiles.
    """
    quick = [m for m in models if m not in SLOW]
    common = np.logical_and.reduce([t.learn for t in tasks])
    known = int(np.flatnonzero(common.any(axis=0)).max(initial=0))
    filled = completed(given, panel, range(1, max(t.lead for t in tasks) + 1), common, known, seed)
    shape = panel.observed.shape
    with_weather = {t.lead: filled.known(t.lead, shape) & t.want for t in tasks}
    answers: dict[int, Answer] = {}
    for share, task_list in _passes(tasks, with_weather, filled):
        source, members = (
            (filled, MEMBERS) if share is None else (NONE, MEMBERS if share > _FEW else MEMBERS[:1])
        )
        if quick:
            _merge(answers, quantiles(panel, source, task_list, quick, seed, members), task_list)
    parts = [
        _table(panel, task, model, answers[task.lead], with_weather[task.lead], filled.label)
        for task in tasks
        for model in quick
    ]
    for model in models:
        if model in SLOW:
            parts += _explained(panel, tasks, model, filled)
    return pd.concat(parts, ignore_index=True)


def _passes(
    tasks: Sequence[Task], with_weather: Mapping[int, Mask], given: Given
) -> list[tuple[float | None, list[Task]]]:
    """Tasks with weather, and those days that have none: a share of all days beside them."""
    if given.label == "none":
        return [(1.0, list(tasks))]
    full = [Task(t.lead, t.learn, with_weather[t.lead]) for t in tasks if with_weather[t.lead].any()]
    rest = [Task(t.lead, t.learn, t.want & ~with_weather[t.lead]) for t in tasks]
    rest = [t for t in rest if t.want.any()]
    out: list[tuple[float | None, list[Task]]] = [(None, full)] if full else []
    if rest:
        days = sum(int(t.want.sum()) for t in tasks)
        out.append((sum(int(t.want.sum()) for t in rest) / days, rest))
    return out


def _merge(into: dict[int, Answer], made: Mapping[int, Answer], tasks: Sequence[Task]) -> None:
    for task in tasks:
        answer = made[task.lead]
        held = into.setdefault(task.lead, Answer())
        for model, values in answer.values.items():
            if model in held.values:
                held.values[model] = np.where(task.want[..., None], values, held.values[model])
                held.notes[model] = np.where(task.want, answer.notes[model], held.notes[model])
            else:
                held.values[model], held.notes[model] = values, answer.notes[model]


def _table(panel: Panel, task: Task, model: str, answer: Answer, weather: Mask, label: str) -> pd.DataFrame:
    site, day = np.nonzero(task.want)
    values = answer.values[model][site, day]
    out = _keys(panel, task, model, site, day)
    out["weather"] = np.where(weather[site, day], label, "none")
    out["note"] = answer.notes[model][site, day]
    if label != "none" and model not in ("climatology", "persistence", "damped_ar1"):
        said = np.where(out["note"] == "", "", "; " + out["note"])
        bare = out["weather"] == "none"
        out["note"] = np.where(bare, "no weather given for this day" + said, out["note"])
    out[list(QUANTILES)] = values
    return out


def _keys(
    panel: Panel, task: Task, model: str, site: npt.NDArray[np.intp], day: npt.NDArray[np.intp]
) -> pd.DataFrame:
    dates = panel.days[day]
    return pd.DataFrame(
        {
            "site": np.array(panel.sites, dtype=object)[site],
            "issued": dates - pd.Timedelta(days=task.lead),
            "horizon": task.lead,
            "date": dates,
            "model": model,
            "observed": panel.observed[site, day],
        }
    )


def _explained(panel: Panel, tasks: Sequence[Task], model: str, given: Given) -> list[pd.DataFrame]:
    """Rows of a model of statsmodels, estimated once for each site."""
    from airq.forecast.statespace import quantiles as statespace_quantiles

    held = given.of(0) if given.label == "perfect" else None
    parts = []
    for s in np.flatnonzero(np.logical_or.reduce([t.want.any(axis=1) for t in tasks])):
        mine = [t for t in tasks if t.want[s].any()]
        days = [np.flatnonzero(t.want[s]) for t in mine]
        tables = [
            _keys(panel, t, model, np.full(len(day), s), day) for t, day in zip(mine, days, strict=True)
        ]
        out = pd.concat(tables, ignore_index=True)
        # Days of learning end at the first issue of each lead; what is estimated once must know no more than the least.
        series = pd.Series(panel.observed[s], index=panel.days, name=panel.target)
        exog = pd.DataFrame({k: v[s] for k, v in held.items()}, index=panel.days) if held else None
        issued = pd.DatetimeIndex(out["issued"])
        made = statespace_quantiles(series, exog, [t.lead for t in mine], issued, model)
        at = pd.MultiIndex.from_frame(out[["issued", "horizon"]])
        out["weather"] = "perfect" if held else "none"
        out["note"] = ""
        out[list(QUANTILES)] = made.set_index(["issued", "horizon"]).reindex(at)[list(QUANTILES)].to_numpy()
        parts.append(out)
    return parts


def finished(
    rows: pd.DataFrame, panel: Panel, target: str, label: str, frame: pd.DataFrame, notes: Sequence[str]
) -> pd.DataFrame:
    """Rows in order with what has to be known about them in ``attrs``."""
    out = rows.sort_values(["site", "model", "horizon", "date"], kind="stable").reset_index(drop=True)
    for name in ("site", "model", "weather", "note"):
        out[name] = out[name].astype("str")
    out["horizon"] = out["horizon"].astype("int64")
    front = [c for c in out.columns if c not in QUANTILES and c not in ("weather", "note")]
    out = out[[*front, *QUANTILES, "weather", "note"]]
    said = [*panel.notes, *notes]
    out.attrs = {
        "target": target,
        "weather": label,
        "simulated": str(frame.attrs.get("simulated", "false")),
        "source": str(frame.attrs.get("source", "")),
        "edition": str(frame.attrs.get("edition", "")),
        "notes": said,
    }
    return out


def lost_without_weather(label: str, wanted: bool) -> list[str]:
    """What a page says about the weather behind a forecast."""
    if label == "perfect":
        return [
            "perfect weather: the weather observed on the days forecast was given; no real forecast has it"
        ]
    if label == "none" and wanted:
        return ["the weather given overlaps no day that is forecast; forecast without weather"]
    if label == "none":
        return ["without weather: skill over climatology ends after a day or two"]
    return []

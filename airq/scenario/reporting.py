"""Draws of a run as the tables of its result.

Examples
--------
>>> standards_of("both"), standards_of("GB3095-2012")
(('GB3095-2012', 'GB3095-2026'), ('GB3095-2012',))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq import places
from airq.analysis import minimum_detectable_effect
from airq.errors import AirqError
from airq.inventory.draws import standard_normal
from airq.scenario.causes import causes, weather_share
from airq.scenario.effects import priors
from airq.scenario.inputs import inputs_of
from airq.scenario.judged_days import PERIODS_OF, Run, measured_pollutants
from airq.scenario.response import Response
from airq.scenario.spec import Scenario
from airq.scenario.tonnes import Cut
from airq.scenario.windows import Window
from airq.texts import Note
from airq.variables import VARIABLES

__all__ = ["alerts", "causes_of", "detectable_at", "reservations", "standards_of", "table", "tonnes"]

Array = npt.NDArray[np.float64]
_LEVELS: Final = (0.05, 0.5, 0.95)
_MARKS: Final = {"pm25": "[M]", "pm10": "[B]", "so2": "[B]", "no2": "[B]", "co": "[M]", "o3_90": "[B]"}
"""Weakest mark that a figure rests on."""


def standards_of(name: str) -> tuple[str, ...]:
    """Standards whose days are counted."""
    return ("GB3095-2012", "GB3095-2026") if name == "both" else (name,)


def table(scenario: Scenario, days: Run, shown: tuple[str, ...], seed: int) -> pd.DataFrame:
    """Means and counts of days of every place and period, before and after."""
    rows: list[dict[str, Any]] = []
    for place in shown:
        least, mark = detectable_at(days, place)
        for window in days.windows:
            about = {"place": place, "period": window.label}
            for name in measured_pollutants(days, (place,)):
                if name == "o3":
                    rows.append(about | _ozone(days, place, window, seed))
                    continue
                pair = [days.mean(place, window.year, name, s) for s in (False, True)]
                row: dict[str, Any] = about | {
                    "indicator": name,
                    "standard": "",
                    "unit": VARIABLES[name].units_text,
                    "mark": _MARKS[name],
                }
                row |= _summary(*pair)
                if name == "pm25" and window.year is None:
                    limit = least * float(np.median(pair[0]))
                    row |= {"minimum_detectable": limit, "detectable": bool(abs(row["change_p50"]) >= limit), "mark": mark}  # fmt: skip
                rows.append(row)
            for indicator in PERIODS_OF:
                for standard in standards_of(scenario.standard):
                    pair = [days.days(place, window.year, indicator, standard, s) for s in (False, True)]
                    rows.append(about | {"indicator": indicator, "standard": standard, "unit": "days", "mark": "[M]", **_summary(*pair)})  # fmt: skip
    columns = ["place", "period", "indicator", "standard", "unit"]
    columns += [f"{k}_{q}" for k in ("baseline", "scenario", "change") for q in ("p5", "p50", "p95")]
    columns += ["change_mean", "detectable", "minimum_detectable", "mark"]
    out = pd.DataFrame(rows).reindex(columns=columns)
    out["detectable"] = pd.Series(
        [r.get("detectable") for r in rows], dtype=object
    )  # None where it is not asked
    return out


def _summary(before: Array, after: Array) -> dict[str, float]:
    out: dict[str, float] = {}
    for name, values in (("baseline", before), ("scenario", after), ("change", after - before)):
        once = values[:1] if values.strides[0] == 0 else values  # the same in every draw
        quantiles = np.quantile(once, _LEVELS)
        out |= {f"{name}_{q}": float(v) for q, v in zip(("p5", "p50", "p95"), quantiles, strict=True)}
    return out | {"change_mean": float((after - before).mean())}


def _ozone(days: Run, place: str, window: Window, seed: int) -> dict[str, Any]:
    """90th percentile of MDA8: as it is, with the interval within which it may change."""
    values = days.baseline.of(place, "o3")[:, window.days]
    known = values[:, np.isfinite(values).all(axis=0)]
    base = np.quantile(known, 0.9, axis=1) if known.size else np.full(len(values), np.nan)
    before, after = days.worlds[0].effects, days.worlds[1].effects
    i = after.of(place)
    share = (after.no2 - before.no2)[:, i, window.at].mean(axis=1)
    one = priors()["o3_per_tenth_nox"]
    change = 10 * share * (one.value + one.sd * standard_normal("run/o3", days.draws, seed))
    pair = np.broadcast_to(base, (days.draws, len(base))), base + change[:, None]
    return {"indicator": "o3_90", "standard": "", "unit": VARIABLES["o3"].units_text, "mark": _MARKS["o3_90"], **_summary(*pair)}  # fmt: skip


def detectable_at(days: Run, place: str) -> tuple[float, str]:
    """Least share by which a season's PM2.5 must fall to be told from weather and chance, and its mark.

    Worked out from the seasons observed, with their weather taken off as far as it is known; where they are too few, the
    share that the best method reached elsewhere.
    """
    kept = days.baseline.detectable
    if place not in kept:
        kept[place] = _detectable(days.baseline.frame, place)
    return kept[place]


def _detectable(frame: pd.DataFrame, place: str) -> tuple[float, str]:
    weather = [c for c in ("temperature_mean", "wind_speed_mean", "mixing_height_mean") if c in frame and frame[c].notna().any()]  # fmt: skip
    own = frame[frame["site"] == place]
    try:
        found = minimum_detectable_effect(own, "pm25", weather=weather)
        return -found.fall_percent / 100, "[D]"
    except AirqError:
        return priors()["detectable"].value, priors()["detectable"].mark


def tonnes(scenario: Scenario, cut: Cut) -> pd.DataFrame:
    """Tonnes cut in the season and in each year that is judged."""
    label = f"{scenario.season}-{scenario.season + 1}"
    parts = [cut.season().assign(period=label)]
    parts += [cut.year(y).assign(period=str(y)) for y in scenario.judged_years]
    return pd.concat(parts, ignore_index=True)[["period", "pollutant", "p5", "p50", "p95", "mean"]]


def causes_of(
    scenario: Scenario, days: Run, cut: Cut, answer: Response, place: str, seed: int, brief: bool = False
) -> pd.DataFrame:
    """Largest causes of the spread of the season's PM2.5 and of the year's good days at a place; none if brief."""
    columns = ["result", "cause", "share", "sign"]
    if brief:
        return pd.DataFrame(columns=columns)
    inputs = {**_inputs(scenario, cut.draws, seed), **_of_response(answer, cut, place)}
    inputs["background"] = np.empty(cut.draws)
    for value, rows in zip(days.strata.background, days.strata.rows, strict=True):
        inputs["background"][rows] = value
    if (acting := days.worlds[1].alerts) is not None:
        i = acting.places.index(place)
        inputs |= {f"alert {k + 1}: strength": s[:, i] for k, s in enumerate(acting.strength)}
        inputs["alert: residence time"] = acting.node.astype(np.float64)
    last = max(scenario.judged_years)
    standard = standards_of(scenario.standard)[0]
    results = {
        "pm25 season": [days.mean(place, None, "pm25", s) for s in (False, True)],
        "good_days year": [days.days(place, last, "good_days", standard, s) for s in (False, True)],
    }
    parts = []
    for name, (before, after) in results.items():
        change = after - before
        found = causes(change.mean(axis=1), inputs)
        between = weather_share(change)
        found = found.assign(share=found["share"] * (1 - between))
        if between > 0.01:
            found = pd.concat([found, pd.DataFrame([("weather year", between, 0)], columns=found.columns)])
        parts.append(found.sort_values("share", ascending=False).head(5).assign(result=name))
    return pd.concat(parts, ignore_index=True)[columns]


def _inputs(scenario: Scenario, draws: int, seed: int) -> dict[str, Array]:
    out = dict(inputs_of(scenario, draws, seed))
    if scenario.reference is not None:
        out |= inputs_of(scenario.reference, draws, seed)
    return out


def _of_response(answer: Response, cut: Cut, place: str) -> dict[str, Array]:
    """Draws of the parts of the response at a place."""
    i = answer.places.index(place)
    out = {"response: level": answer.level}
    out |= {f"response: weight of {n}": w for n, w in answer.weights.items()}
    acting = [n for n in answer.sectors if n in cut.sectors]
    for name in acting:
        at = answer.sectors.index(name)
        out[f"response: sector {name}"] = answer.rates[:, at, 0, i] / answer.level
    if acting:
        out["response: warm season"] = answer.rates[:, 0, 1, i] / answer.rates[:, 0, 0, i]
    others = [j for j in range(len(answer.places)) if j != i]
    if cut.values[:, others].any():
        out["response: kernel between places"] = answer.kernel[:, i, others].mean(axis=1)
    return out


def alerts(scenario: Scenario, days: Run, shown: tuple[str, ...]) -> pd.DataFrame:
    """What alerts do: PM2.5 of the days under them and of the days with the two that follow, peak, heavy days.

    ``peak_*`` is the mean over weather years of the season's worst day; ``heavy_days`` the mean change of their number.
    """
    columns = ["place", "alert_days", "unit", "mean_before", "mean_after", "percent_p5", "percent_p50", "percent_p95", "episode_p5", "episode_p50", "episode_p95", "peak_before", "peak_after", "heavy_days"]  # fmt: skip
    acting = days.worlds[1].alerts
    if acting is None:
        return pd.DataFrame(columns=columns)
    window = days.window(None)
    held = np.any(acting.held, axis=0)[:, window.days]
    year, day = np.nonzero(held)
    later_year, later_day = np.nonzero(_and_after(held))
    rows = []
    for place in shown:
        before, after = (days.chosen(place, year, day, s) for s in (False, True))
        percent = 100 * (after.mean(axis=1) / before.mean(axis=1) - 1)
        whole = [days.chosen(place, later_year, later_day, s).mean(axis=1) for s in (False, True)]
        episode = 100 * (whole[1] / whole[0] - 1)
        peaks = [_peak(days, place, window, s) for s in (False, True)]
        standard = standards_of(scenario.standard)[0]
        heavy = days.days(place, None, "heavy_days", standard, True) - days.days(place, None, "heavy_days", standard, False)  # fmt: skip
        rows.append((place, float(held.sum(axis=1).mean()), "µg/m³", before.mean(), after.mean(), *np.quantile(percent, _LEVELS), *np.quantile(episode, _LEVELS), *peaks, heavy.mean()))  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _and_after(held: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Days held and the two after them."""
    out = held.copy()
    for step in (1, 2):
        out[:, step:] |= held[:, :-step]
    return out


def _peak(days: Run, place: str, window: Window, scenario: bool) -> float:
    """Mean over weather years of the highest day of the season, median draw."""
    values = days.baseline.of(place, "pm25")[:, window.days]
    top = np.argsort(values, axis=1)[:, -12:]  # an alert cannot lift a day that lies far below them
    year = np.repeat(np.arange(len(values)), top.shape[1])
    found = days.chosen(place, year, top.ravel(), scenario).reshape(days.draws, *top.shape)
    return float(np.median(found.max(axis=2).mean(axis=1)))


def _named(ids: Iterable[str]) -> str:
    return "、".join(places.get(p).zh for p in ids)


def reservations(rows: pd.DataFrame, days: Run) -> tuple[str, ...]:
    """Sentences on what the figures are and are not."""
    season = rows[(rows["indicator"] == "pm25") & rows["minimum_detectable"].notna()]
    said = []
    unseen = season[~season["detectable"].astype(bool) & (season["change_p50"] != 0)]
    if len(unseen):
        least = unseen["minimum_detectable"].min()
        said.append(Note(f"The change of PM2.5 is real but below what observation can detect in {', '.join(unseen['place'])}: one season would have to change by {least:.0f} µg/m³ or more.", f"{_named(unseen['place'])}的PM₂.₅变化可能真实，但观测看不出：一个采暖季须变化{least:.0f} µg/m³以上。"))  # fmt: skip
    lost = max(days.lost.values(), default=0.0)
    if lost > 0.02:
        said.append(Note(f"Up to {lost:.0%} of the fall is held back, since PM2.5 does not fall below its background nor by more than emissions of the region give.", f"最多{lost:.0%}的降幅未计：PM₂.₅不会低于背景，也不会比本区域排放所贡献的降得更多。"))  # fmt: skip
    said.append(Note("O3 is left as it is: the sign of its change is not known here, and its interval is assumed [B]; good days count it unchanged.", "O₃保持不变：这里连变化的正负都不知道，区间是假定的[B]；优良天数按不变计。"))  # fmt: skip
    gases = [p for p in ("no2", "so2") if p in set(rows["indicator"])]
    if gases:
        said.append(Note("NO2 and SO2 follow the share of emissions by planning levels [B]; CO is left as it is.", "NO₂和SO₂按规划量级的排放比例变化[B]；CO保持不变。"))  # fmt: skip
    if any(w.alerts is not None for w in days.worlds):
        said.append(
            Note("Alerts act on PM2.5 and with it on PM10 alone.", "预警只作用于PM₂.₅和随之变化的PM₁₀。")
        )
    if days.worlds[1].alerts is not None:
        said += days.worlds[1].alerts.notes
    return tuple(said)

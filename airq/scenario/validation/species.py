"""T6: gases that belong to coal must fall with coal.

In simulated worlds the deweathered SO2 and CO of the heating season must be lower where less coal is burnt; in the model a
cut of coal must lower SO2 and NO2 in every draw. In an archive of one's own the same seasons are laid side by side: where SO2
already stands near its floor it is a weak tracer, and CO, SO2/CO and PM2.5/CO are shown with it.

Examples
--------
>>> days = pd.date_range("2015-10-01", "2018-09-30")
>>> frame = pd.DataFrame({"date": days, "pm25": 80.0, "so2": 20.0, "co": 1.5})
>>> species_table(frame)[["season", "so2", "so2_co"]].round(1).values.tolist()
[[2015.0, 20.0, 13.3], [2016.0, 20.0, 13.3], [2017.0, 20.0, 13.3]]
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from airq.scenario.effects import effects_of
from airq.scenario.loading import load
from airq.scenario.response import response
from airq.scenario.tonnes import cut_of
from airq.scenario.validation.archives import SimulatedArchive
from airq.scenario.validation.season_days import explained, seasons_of
from airq.weather.season import heating_season

__all__ = ["FLOOR", "model_coherence", "species_falls", "species_table"]

FLOOR: Final = 10.0
"""SO2 of a heating season, µg/m³, below which it says little of coal; Changji City had 7 in November 2023 [C]."""
_ENDS: Final = 3
_COAL: Final = "clean-heating-132000-homes"


def species_falls(archive: SimulatedArchive) -> pd.DataFrame:
    """Falls of SO2, CO and PM2.5 in a world's counties between its first three and last three seasons.

    Parameters
    ----------
    archive : SimulatedArchive

    Returns
    -------
    pandas.DataFrame
        One row a county: world, place, ``coal`` (log change of what heating emits), ``so2``, ``co``, ``pm25`` (log change of the
        deweathered season).
    """
    rows = []
    truth = archive.truth.set_index(["place", "season"])["multiplier_heating"]
    for name, part in archive.days.groupby("site"):
        row: dict[str, float | str | int] = {"world": archive.seed, "place": str(name)}
        for gas in ("so2", "co", "pm25"):
            held = seasons_of(part.assign(pm25=part[gas]))
            found = np.log(explained(held, int(held.names[-1])).level)
            row[gas] = float(found[-_ENDS:].mean() - found[:_ENDS].mean())
        coal = np.log(truth[name].reindex(held.names).to_numpy(np.float64))
        rows.append(row | {"coal": float(coal[-_ENDS:].mean() - coal[:_ENDS].mean())})
    return pd.DataFrame(rows)


def model_coherence(draws: int = 200, seed: int = 0) -> tuple[int, int]:
    """Draws of a cut of household coal in which SO2, NO2 and PM2.5 of the season all fall in Changji City, and draws in all."""
    cut = cut_of(load(_COAL), draws, seed)
    made = effects_of(cut, response(draws, seed, cut.places, cut.sectors), seed)
    at = cut.places.index("changji")
    cold = cut.heating > 0
    falls = [made.pm25[:, at], made.so2[:, at], made.no2[:, at]]
    return int(np.logical_and.reduce([(f[:, cold] > 0).all(axis=1) for f in falls]).sum()), draws


def species_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Heating-season means of the gases of coal at one place.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``date``, ``pm25``, ``so2``, ``co``.

    Returns
    -------
    pandas.DataFrame
        One row a season: season, so2, co, pm25, so2_co, pm25_co, weak (whether SO2 is near its floor).
    """
    days = pd.DatetimeIndex(frame["date"])
    inside = heating_season(days.to_numpy() + np.timedelta64(12, "h"))
    season = np.asarray(days.year - (days.month < 7))
    names = [g for g in ("so2", "co", "pm25") if g in frame]
    table = frame.loc[inside, names].groupby(season[inside]).mean()
    size = pd.Series(1, range(int(inside.sum()))).groupby(season[inside]).sum()
    table = table[size >= 0.75 * 183].rename_axis("season").reset_index()
    for gas in ("so2", "pm25"):
        if gas in table and "co" in table:
            table[f"{gas}_co"] = table[gas] / table["co"]
    if "so2" in table:
        table["weak"] = table["so2"] < FLOOR
    return table

"""From tonnes to µg/m³ of PM2.5: draws of the response by sector, season and place, and what a cut does with them.

The level (:mod:`airq.scenario.level`) is that of Changji City to tonnes of its own; other places reach it through the
kernel, and every county differs from it by a spread of its own. By default the level is updated by the fall of the annual
mean from 2020 to 2025 and the tonnes of the register over that time: prior and posterior stand in ``update.table``.

Every draw belongs to the same draw of everything else in a run, so baseline and scenario are paired.

Examples
--------
>>> from airq.scenario.spec import Scenario
>>> from airq.scenario.tonnes import cut_of
>>> cut = cut_of(Scenario(name="a", season=2025, measures=[{"id": "2025-boiler-01"}]), draws=500)
>>> made = response(cut.draws, 0, cut.places, cut.sectors, observed=False)
>>> change = made.season(cut)[:, cut.places.index("changji")]
>>> low, middle, high = np.quantile(change, (0.05, 0.5, 0.95))
>>> bool(-0.9 < low < middle < high < 0)
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from airq.errors import ParameterError
from airq.inventory.draws import standard_normal
from airq.inventory.register import load
from airq.scenario.box import SEASON_DAYS
from airq.scenario.kernel import kernel
from airq.scenario.level import Level, level
from airq.scenario.official import felt
from airq.scenario.priors import Array, Priors
from airq.scenario.tonnes import Cut
from airq.scenario.updating import Observed, Updated, updated
from airq.texts import Note, items

__all__ = ["Response", "equivalent", "response"]

_TALL: Final = ("power", "coke", "steel", "cement", "industry")
"""Beginnings of sectors that emit from tall stacks."""
_PRIOR_DRAWS: Final = 60_000
"""Draws of the prior from which those after the observation are taken."""
_KT: Final = SEASON_DAYS / 1000
"""Kilotonnes of a season at a tonne a day."""


@dataclass(frozen=True, eq=False)
class Response:
    """Draws of the response.

    Attributes
    ----------
    level : ndarray, (draw,)
        µg/m³ of the heating season per kt of PM2.5-equivalent in it, Changji City to its own tonnes.
    rates : ndarray, (draw, sector, season, place)
        µg/m³ per t/day of PM2.5-equivalent; seasons are heating and warm, places are receptors.
    kernel : ndarray, (draw, receptor, source)
    weights : dict of str to ndarray, (draw,)
        PM2.5-equivalent of a tonne of each pollutant.
    places, sectors : tuple of str
    evidence : Level
        What the level rests on.
    update : Updated or None
        Prior and posterior with the shrinkage; None where no observation was used.
    priors : Priors
    notes : tuple of str
    """

    level: Array
    rates: Array
    kernel: Array
    weights: dict[str, Array]
    places: tuple[str, ...]
    sectors: tuple[str, ...]
    evidence: Level
    update: Updated | None
    priors: Priors
    notes: tuple[str, ...]

    def effect(self, cut: Cut) -> Array:
        """Change of the monthly mean of PM2.5 at each place, µg/m³, (draw, receptor, month); negative is cleaner.

        Raises
        ------
        ParameterError
            If the cut has other draws, places or sectors than the response.
        """
        self._check(cut)
        daily = equivalent(cut.per_day(), cut.pollutants, self.weights)  # (draw, source, sector, month)
        share = cut.heating  # of each month's days
        out = np.zeros((cut.draws, len(self.places), len(cut.months)))
        for number, part in enumerate((share, 1 - share)):
            # (draw, receptor, source, month): what arrives, of each sector with its own rate at the receptor.
            for at, name in enumerate(cut.sectors):
                rate = self.rates[:, self.sectors.index(name), number]
                arrived = np.einsum("drs,dsm->drm", self.kernel, daily[:, :, at])
                out -= rate[:, :, None] * arrived * part
        return out

    def season(self, cut: Cut) -> Array:
        """Change of the mean of the heating season at each place, µg/m³, (draw, receptor)."""
        self._check(cut)
        daily = equivalent(
            cut.in_season / SEASON_DAYS, cut.pollutants, self.weights
        )  # (draw, source, sector)
        out = np.zeros((cut.draws, len(self.places)))
        for at, name in enumerate(cut.sectors):
            rate = self.rates[:, self.sectors.index(name), 0]
            out -= rate * np.einsum("drs,ds->dr", self.kernel, daily[:, :, at])
        return out

    def _check(self, cut: Cut) -> None:
        if cut.draws != len(self.level):
            raise ParameterError(f"the cut has {cut.draws} draws and the response {len(self.level)}; make both with the same number.")  # fmt: skip
        if cut.places != self.places:
            raise ParameterError("the cut and the response are of different places; make the response with those of the cut.")  # fmt: skip
        if strange := [s for s in cut.sectors if s not in self.sectors]:
            raise ParameterError(
                f"sector '{strange[0]}' is not in the response; make it with the sectors of the cut."
            )

    def to_frame(self) -> pd.DataFrame:
        """Quantiles of each rate as µg/m³ per kt of a heating season: sector, season, place, low, middle, high."""
        rows = []
        for i, sector in enumerate(self.sectors):
            for j, season in enumerate(("heating", "warm")):
                for k, place in enumerate(self.places):
                    low, middle, high = np.quantile(self.rates[:, i, j, k] / _KT, (0.05, 0.5, 0.95))
                    rows.append((sector, season, place, low, middle, high))
        return pd.DataFrame(rows, columns=["sector", "season", "place", "low", "middle", "high"])

    def _repr_html_(self) -> str:
        low, middle, high = np.quantile(self.level, (0.05, 0.5, 0.95))
        head = f"<p>{middle:.1f} [{low:.1f}–{high:.1f}] µg/m³ per kt of PM2.5-equivalent in the heating season</p>"
        table: str = self.evidence.evidence.round(2).to_html(index=False)
        return f"{head}{table}<ul>{items(self.notes)}</ul>"


def equivalent(tonnes: Array, pollutants: Sequence[str], weights: dict[str, Array]) -> Array:
    """PM2.5-equivalent of tonnes.

    Parameters
    ----------
    tonnes : ndarray, (draw, place, sector, pollutant, ...)
    pollutants : sequence of str
        Names along the fourth axis; those without a weight (CO2, PM10) count nothing.
    weights : dict of str to ndarray, (draw,)

    Returns
    -------
    ndarray, (draw, place, sector, ...)

    Examples
    --------
    >>> one = np.ones((1, 1, 1, 2))
    >>> equivalent(one, ("PM25", "SO2"), {"PM25": np.ones(1), "SO2": np.array([0.15])}).ravel()
    array([1.15])
    """
    out = np.zeros((*tonnes.shape[:3], *tonnes.shape[4:]))
    for at, name in enumerate(pollutants):
        if name in weights:
            out += tonnes[:, :, :, at] * weights[name].reshape(-1, *[1] * (out.ndim - 1))
    return out


def response(
    draws: int,
    seed: int,
    places: Sequence[str],
    sectors: Sequence[str],
    observed: bool | Observed = True,
    priors: Priors | None = None,
    scale: float = 1.0,
) -> Response:
    """Draws of the response.

    Parameters
    ----------
    draws, seed : int
    places : sequence of str
        Receptors and sources, Changji City among them where the official change updates the level.
    sectors : sequence of str
    observed : bool or Observed
        Whether the official fall of Changji City from 2020 to 2025 updates the level; or a change of your own, with
        ``tonnes`` in kt of the heating season, one value for each of ``draws``.
    priors : Priors, optional
    scale : float
        Factor on the evidence for the level, to see how much rests on it.

    Returns
    -------
    Response

    Raises
    ------
    ParameterError
        If no draws are asked for, or an observation that prior draws cannot explain is given.
    """
    held = priors or Priors.load()
    if observed is True and priors is None:
        before, after = _official(draws, seed, scale)
    else:
        before = level(_PRIOR_DRAWS if observed is True else draws, seed, held, scale)
        after = _update(before, observed, held, seed, draws)
    k = before.draws[:draws] if after is None else after.draws
    rates = np.empty((draws, len(sectors), 2, len(places)))
    warm = held["warm"].draws(draws, seed)
    spread = held["spread"].value
    counties = np.stack(
        [np.exp(spread * standard_normal(f"response/county/{p}", draws, seed)) if p != "changji" else np.ones(draws) for p in places],
        axis=1,
    )  # fmt: skip
    for at, name in enumerate(sectors):
        own = held["power_industry" if str(name).startswith(_TALL) else "default"]
        relative = own.value * np.exp(own.sd * standard_normal(f"response/sector/{name}", draws, seed))
        heating = (k * relative)[:, None] * counties * _KT
        rates[:, at, 0], rates[:, at, 1] = heating, heating * warm[:, None]
    weights = {n: p.draws(draws, seed) for n, p in held.of("weight").items()}
    notes = [
        Note(
            "The response is linear in the tonnes; its weights for secondary particles are planning values [B].",
            "浓度对吨数按线性处理；二次颗粒物的权重为规划值[B]。",
        )
    ]
    if after is not None:
        notes.append(Note(f"The observed change took away {after.shrinkage:.0%} of the spread of the level.", f"观测到的变化使总体水平的不确定性缩小{after.shrinkage:.0%}。"))  # fmt: skip
    return Response(
        k, rates, kernel(places, draws, seed, held), weights, tuple(places), tuple(sectors), before, after, held, tuple(notes),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _official(draws: int, seed: int, scale: float) -> tuple[Level, Updated | None]:
    """Level after the official change with the shipped priors, which do not depend on the scenario."""
    held = Priors.load()
    before = level(_PRIOR_DRAWS, seed, held, scale)
    return before, _update(before, True, held, seed, draws)


def _update(before: Level, observed: bool | Observed, held: Priors, seed: int, draws: int) -> Updated | None:
    if observed is False:
        return None
    if isinstance(observed, Observed):
        return updated(before.draws, observed, seed, draws)
    seen = held["change"]
    many = len(before.draws)
    return updated(
        before.draws,
        Observed(
            change=seen.value,
            sd=seen.sd,
            tonnes=felt(load(), held, many, seed, years=(2021, 2025)),
            other=held["other_measures"].draws(many, seed),
            weather=held["weather"].draws(many, seed),
        ),
        seed,
        draws,
    )

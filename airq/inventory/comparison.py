"""A claim beside the project's own estimate of the same homes and boilers, or of the same place and years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from airq import places
from airq.inventory.activity import amounts
from airq.inventory.claims import Claim
from airq.inventory.cuts import Cut, Tables, Terms, add, cut
from airq.inventory.engine import Array, Engine, quantiles

if TYPE_CHECKING:
    from airq.inventory.register import Register

__all__ = ["Comparer", "Ratio"]

_SOURCES: Final = {
    "homes": {
        "category": "home_heating",
        "technology_before": "stove_raw_coal",
        "fuel": "coal",
        "count_unit": "户",
    },
    "boilers": {
        "category": "boiler_coal",
        "technology_before": "boiler_lt65",
        "fuel": "coal",
        "count_unit": "台",
    },
}
"""What a claim's homes and boilers are taken for."""

_KEYS: Final = {"so2": "SO2", "nox": "NOx", "co2": "CO2", "voc": "VOC"}
_IMPOSSIBLE: Final = 0.01
"""Share of draws below which a particulate factor is said to be no PM2.5."""


@dataclass(frozen=True)
class Ratio:
    """A claimed figure over the own estimate.

    Attributes
    ----------
    what : str
        Pollutant, or ``coal``.
    claimed : float
        t.
    own_p5, own_p50, own_p95 : float
        t a year.
    low, ratio, high : float
        The claim over p95, p50 and p5 of the estimate.
    basis : str
        ``homes and boilers of the claim``, or the register's measures.
    """

    what: str
    claimed: float
    own_p5: float
    own_p50: float
    own_p95: float
    low: float
    ratio: float
    high: float
    basis: str


class Comparer:
    """Own estimates, their draws shared by all claims."""

    def __init__(self, register: Register | None, tables: Tables | None, draws: int, seed: int) -> None:
        self.register, self.draws, self.seed = register, draws, seed
        self._tables = tables
        self._engine: Engine | None = None

    @property
    def tables(self) -> Tables:
        """Loaded when the first claim needs them."""
        if self._tables is None:
            self._tables = Tables.load()
        return self._tables

    @property
    def engine(self) -> Engine:
        """Draws shared by all claims."""
        if self._engine is None:
            self._engine = Engine(self.draws, self.seed)
        return self._engine

    def _rows(self, claim: Claim) -> list[dict[str, Any]]:
        found = []
        for key, fixed in _SOURCES.items():
            if number := claim.value(key):
                found.append({**fixed, "measure_id": key, "count": float(number), "leakage": "none"})
        return found

    def _terms(self, claim: Claim, pollutant: str) -> Terms:
        made = [cut(r, pollutant, self.tables) for r in self._rows(claim)]
        return add(*(c.gross for c in made if isinstance(c, Cut)))

    def _coal(self, claim: Claim) -> Terms:
        out: Terms = {}
        for row in self._rows(claim):
            first = amounts(row, self.tables.activities)[0]
            out = add(out, {first.inputs: first.size.to("t/yr").value})
        return out

    def ratios(self, claim: Claim) -> tuple[Ratio, ...]:
        """The claim's figures over the own estimate of its homes and boilers, else of its place and years."""
        tonnes = {k: claim.value(f"{k}_t") for k in (*_KEYS, "pm", "coal")}
        tonnes = {k: v for k, v in tonnes.items() if v}
        if not tonnes:
            return ()
        if self._rows(claim):
            return self._by_counts(claim, {k: float(v) for k, v in tonnes.items() if v})
        if not claim.value("coal_t"):
            return self._by_register(claim, {k: float(v) for k, v in tonnes.items() if v})
        return ()

    def _by_counts(self, claim: Claim, tonnes: dict[str, float]) -> tuple[Ratio, ...]:
        out = []
        basis = " and ".join(k for k in _SOURCES if claim.value(k)) + " of the claim"
        for key, value in tonnes.items():
            if key == "coal":
                out.append(_ratio("coal", value, self.engine.sum_of(self._coal(claim)), basis))
                continue
            for pollutant in ("PM25", "PM10", "TSP") if key == "pm" else (_KEYS[key],):
                terms = self._terms(claim, pollutant)
                # A sum that lacks the homes or the boilers is no estimate of the claim.
                if len(terms) == len(self._rows(claim)):
                    out.append(_ratio(pollutant, value, self.engine.sum_of(terms), basis))
        return tuple(out)

    def _by_register(self, claim: Claim, tonnes: dict[str, float]) -> tuple[Ratio, ...]:
        years, place = claim.years(), places.find(claim.texts.get("place", ""))
        if self.register is None or years is None or place is None or place.kind == "neighbour":
            return ()
        inside = {p.id for p in places.members(place.id)} | {place.id}
        chosen = self.register.where(self.register.table["place"].isin(inside))
        wanted = [_KEYS[k] for k in tonnes if k in _KEYS]
        made = chosen.done().emissions(self.draws, self.seed, years=years, pollutants=wanted)
        basis = f"measures of the register done {years[0]} to {years[1]} that have a factor"
        drawn = {k: made.draws(_KEYS[k])["total"] for k in tonnes if _KEYS.get(k) in made.pollutants}
        # An estimate that may be nothing, for want of factors of the measures concerned, is none to compare with.
        return tuple(_ratio(_KEYS[k], tonnes[k], v, basis) for k, v in drawn.items() if quantiles(v)[0] > 0)

    def particulate(self, claim: Claim) -> tuple[bool | None, float | None]:
        """Whether stated particulate could be PM2.5, and the share of draws with a PM2.5 factor as high.

        The factor of PM2.5 is that of the claim's own homes and boilers; without counts it is that of stoves, the
        dirtiest coal there is, so that only what no coal fire can emit is called impossible.
        """
        coal, particulate = claim.value("coal_t"), claim.value("pm_t")
        if not coal or not particulate:
            return None, None
        implied = float(1000 * particulate / coal)
        if self._rows(claim):
            terms = self._terms(claim, "PM25")
            if len(terms) != len(self._rows(claim)):
                return None, None
            factor = 1000 * self.engine.sum_of(terms) / self.engine.sum_of(self._coal(claim))
        else:
            one = {**_SOURCES["homes"], "measure_id": "coal", "activity": 1.0, "activity_unit": "t/yr"}
            found = cut(one, "PM25", self.tables)
            if not isinstance(found, Cut):
                return None, None
            factor = 1000 * self.engine.sum_of(found.gross)
        share = float(np.mean(factor >= implied))
        return share >= _IMPOSSIBLE, share


def _ratio(what: str, claimed: float, own: Array, basis: str) -> Ratio:
    low, middle, high = (float(v) for v in quantiles(own))
    least, ratio, most = (claimed / v if v > 0 else float("inf") for v in (high, middle, low))
    return Ratio(what, claimed, low, middle, high, least, ratio, most, basis)

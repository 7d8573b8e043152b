"""Tonnes by measure, county, category and year, with what drives their uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from airq import places
from airq.errors import MissingData, ParameterError
from airq.inventory import schema
from airq.inventory.baseline import home_group
from airq.inventory.engine import Array, Engine, Part, summary
from airq.texts import items

__all__ = ["Emissions", "Line"]

NOT_STATED: Final = "not stated"


@dataclass(frozen=True, eq=False)
class Line:
    """Tonnes of one measure and pollutant.

    Attributes
    ----------
    measure_id, pollutant : str
    part : Part
    basis : str
        ``net`` of what takes its place, or why it is gross.
    """

    measure_id: str
    pollutant: str
    part: Part
    basis: str


@dataclass(frozen=True, eq=False)
class Emissions:
    """Tonnes a year that measures cut, as random draws.

    Attributes
    ----------
    lines : tuple of Line
        One a measure and pollutant.
    rows : mapping of measure id to its row in the register
    needs : pandas.DataFrame
        What has no tonnes and why: measure_id, pollutant, needs, sentence.
    notes : tuple of str
        What was held to the baseline or left out, one sentence each.

    Examples
    --------
    >>> from airq.inventory.register import load
    >>> found = load().done().emissions(draws=2000, pollutants=["NOx"])
    >>> [str(c) for c in found.by("category")["category"]]
    ['boiler_coal', 'coke_oven', 'home_heating', 'vehicle_diesel']
    """

    lines: tuple[Line, ...]
    rows: Mapping[str, Mapping[str, Any]]
    needs: pd.DataFrame
    notes: tuple[str, ...]
    _places: Mapping[str, Mapping[str, float]] = field(repr=False)
    _years: Mapping[str, Mapping[int | None, float]] = field(repr=False)
    engine: Engine = field(repr=False)

    @property
    def pollutants(self) -> tuple[str, ...]:
        """Pollutants with tonnes."""
        found = {line.pollutant for line in self.lines}
        return tuple(p for p in schema.POLLUTANTS if p in found)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a measure and pollutant: its names, place, category, status, p5, p50, p95 (t/yr) and basis."""
        rows = []
        for line in self.lines:
            row = self.rows[line.measure_id]
            low, middle, high = map(float, self.engine.quantiles(line.part))
            rows.append(
                {
                    **{
                        c: row[c] for c in ("measure_id", "name_zh", "name_en", "place", "category", "status")
                    },
                    **{
                        "pollutant": line.pollutant,
                        "p5": low,
                        "p50": middle,
                        "p95": high,
                        "basis": line.basis,
                    },
                }
            )
        columns = ["measure_id", "name_zh", "name_en", "place", "category", "status"]
        return pd.DataFrame(rows, columns=[*columns, "pollutant", "p5", "p50", "p95", "basis"])

    @cached_property
    def total(self) -> pd.DataFrame:
        """p5, p50, p95 and mean of each pollutant over all measures (t/yr, summed draw by draw), and how many measures.

        Pollutants need not cover the same measures: where few have a factor of TSP, its total may be below that of PM10.
        """
        rows = {p: {**summary(v), "measures": len(self._of(p))} for p, v in self._totals.items()}
        columns = ["p5", "p50", "p95", "mean", "measures"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("pollutant")

    @cached_property
    def _totals(self) -> dict[str, Array]:
        return {p: self.engine.total([x.part for x in self._of(p)]) for p in self.pollutants}

    def _of(self, pollutant: str) -> list[Line]:
        return [line for line in self.lines if line.pollutant == pollutant]

    def draws(self, pollutant: str, by: str | None = None) -> dict[Any, Array]:
        """Draws of a pollutant, t/yr, by group; their sum is the total draw by draw.

        Parameters
        ----------
        pollutant : str
        by : {"measure", "county", "prefecture", "category", "status", "document", "year"}, optional
            No groups by default: one entry ``total``.

        Returns
        -------
        dict of group to numpy.ndarray
            Shape ``(draws,)`` each.

        Raises
        ------
        MissingData
            If no measure has tonnes of the pollutant.
        """
        if pollutant not in self.pollutants:
            have = ", ".join(self.pollutants) or "none"
            raise MissingData(f"no measure has tonnes of '{pollutant}'; there are tonnes of {have}.")
        if by is None:
            return {"total": self._totals[pollutant].copy()}
        return {g: self.engine.total(parts) for g, parts in self._groups(pollutant, by).items()}

    def _groups(self, pollutant: str, by: str) -> dict[Any, list[Part]]:
        split = self._splitter(by)
        groups: dict[Any, list[Part]] = {}
        for line in self._of(pollutant):
            for group, share in split(line.measure_id).items():
                if share:
                    groups.setdefault(group, []).append(line.part.times(share) if share != 1 else line.part)
        return dict(
            sorted(groups.items(), key=lambda g: (g[0] is None or g[0] == NOT_STATED, self._order(by, g[0])))
        )

    def _order(self, by: str, group: Any) -> Any:
        if by in ("county", "prefecture"):
            known = list(places.load())
            return known.index(group) if group in known else len(known)
        return group if group is not None else ""

    def _splitter(self, by: str) -> Callable[[str], Mapping[Any, float]]:
        columns = {
            "measure": "measure_id",
            "category": "category",
            "status": "status",
            "document": "document",
        }
        if by in columns:
            return lambda key: {self.rows[key][columns[by]] or NOT_STATED: 1.0}
        if by in ("county", "place"):
            return lambda key: self._places[key]
        if by == "prefecture":
            return lambda key: {home_group(self.rows[key]["place"]): 1.0}
        if by == "year":
            return lambda key: self._years[key]
        allowed = (*columns, "county", "prefecture", "year", "pollutant")
        raise ParameterError(f"groups by '{by}' are not known; use {', '.join(allowed)}.")

    def by(self, what: str) -> pd.DataFrame:
        """p5, p50, p95 and mean by group and pollutant, t/yr.

        Parameters
        ----------
        what : {"measure", "county", "prefecture", "category", "status", "document", "year", "pollutant"}
            ``county``: measures stated for all counties stand under their group, but for what contained rows give to a
            county. ``year``: what comes into effect in that year, evenly over a measure's period.

        Returns
        -------
        pandas.DataFrame
            The group, pollutant, p5, p50, p95, mean.
        """
        if what == "pollutant":
            return self.total.reset_index()
        rows = [
            {what: group, "pollutant": p, **summary(self.engine.total(parts))}
            for p in self.pollutants
            for group, parts in self._groups(p, what).items()
        ]
        return pd.DataFrame(rows, columns=[what, "pollutant", "p5", "p50", "p95", "mean"])

    def cumulative(self) -> pd.DataFrame:
        """What is in effect at the end of each year, t/yr; measures without a period are not in it.

        Returns
        -------
        pandas.DataFrame
            year, pollutant, p5, p50, p95, mean.
        """
        rows = []
        for pollutant in self.pollutants:
            groups = self._groups(pollutant, "year")
            known = sorted(y for y in groups if y is not None)
            so_far = np.zeros(self.engine.n)
            for year in range(known[0], known[-1] + 1) if known else ():
                if year in groups:
                    so_far = so_far + self.engine.total(groups[year])
                rows.append({"year": year, "pollutant": pollutant, **summary(so_far)})
        return pd.DataFrame(rows, columns=["year", "pollutant", "p5", "p50", "p95", "mean"])

    def contributors(self, top: int = 5, pollutant: str | None = None) -> pd.DataFrame:
        """The inputs whose uncertainty drives that of the totals.

        The share is the squared correlation of an input's draws with the total, for sums of products the first-order
        share of the variance; what is left over is interaction.

        Parameters
        ----------
        top : int
        pollutant : str, optional
            All by default.

        Returns
        -------
        pandas.DataFrame
            pollutant, input, kind (``factor`` or ``activity``), share.
        """
        rows = []
        for name in self.pollutants if pollutant is None else (pollutant,):
            total = self.draws(name)["total"]
            spread = total - total.mean()
            norm = float(spread @ spread)
            inputs = {s.draws_as: s for line in self._of(name) for k in line.part.terms for s in k}
            found = []
            for source in inputs.values():
                values = self.engine.of(source)
                own = values - values.mean()
                size = float(own @ own) * norm
                found.append((float(own @ spread) ** 2 / size if size > 0 else 0.0, source))
            found.sort(key=lambda f: -f[0])
            rows += [{"pollutant": name, "input": s.id, "kind": s.kind, "share": v} for v, s in found[:top]]
        return pd.DataFrame(rows, columns=["pollutant", "input", "kind", "share"])

    def to_frame(self) -> pd.DataFrame:
        """The table by measure and pollutant."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        total: str = self.total.to_html(float_format=lambda v: f"{v:,.3g}")
        said = items(self.notes)
        without = len(set(self.needs["measure_id"]) - {x.measure_id for x in self.lines})
        said += (
            f"<li>{without} measures have no tonnes for want of a factor, an activity or an efficiency.</li>"
        )
        return f"<p>t/yr cut</p>{total}<ul>{said}</ul>"

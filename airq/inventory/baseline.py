"""What was emitted before the measures, by county and sector, and the rule that no cut exceeds it.

The default, ``data/raw/baseline.csv``, is an estimate from what documents count; its rows carry source and mark, and
``coverage`` says ``lower_bound`` where only what the documents name is in it. A user's own file takes its place.

Examples
--------
>>> table = Baseline.load().emissions(draws=20000)
>>> round(table.query("place == 'manas' and sector == 'power' and pollutant == 'CO2'")["p50"].item() / 1e6, 1)
10.6
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from airq import options, places
from airq.errors import FileRejected, ParameterError
from airq.inventory import cells, checks, periods, schema
from airq.inventory.cuts import Cut, Tables, Terms, add, cut
from airq.inventory.engine import Array, Engine, Part, summary
from airq.inventory.intensities import Input
from airq.texts import Note

__all__ = ["COLUMNS", "Baseline", "cap", "home_group"]

_TONNES: Final = {f"{p.lower()}_t": p for p in schema.POLLUTANTS}
_ALIASES: Final = {"category": "sector", "technology_before": "technology"}
COLUMNS: Final = (
    *("place", "sector", "technology", "fuel", "count", "count_unit", "capacity", "capacity_unit"),
    *("activity", "activity_unit", *_TONNES, "gsd", "year", "coverage", "source", "mark", "note"),
)
"""Columns of a baseline file; a row states tonnes, or amounts from which the factors give tonnes."""


@lru_cache(maxsize=8)
def _load(file: Path, _changed: int) -> tuple[dict[str, Any], ...]:
    sheet = cells.read(file, lambda head: head if head in COLUMNS else None, "baseline")
    unknown = [h for h in sheet.heads if h and h not in COLUMNS]
    if unknown:
        raise FileRejected(
            f"{sheet.name}: the column '{unknown[0]}' is not known; known are {', '.join(COLUMNS)}."
        )
    for column in ("place", "sector"):
        if column not in sheet.heads:
            raise FileRejected(f"{sheet.name}: the column '{column}' is missing; add it.")
    rows = tuple(
        _row(sheet, i, dict(zip(sheet.heads, texts, strict=True))) for i, texts in enumerate(sheet.rows)
    )
    if not rows:
        raise FileRejected(f"{sheet.name}: has a heading but no row; fill in at least one.")
    return rows


@dataclass(frozen=True)
class Baseline:
    """Emissions by place and sector.

    Attributes
    ----------
    rows : tuple of dict
        Rows in the form of the register, with ``year``, ``coverage``, ``source``, ``mark`` and tonnes.
    source : str
        File.
    """

    rows: tuple[dict[str, Any], ...]
    source: str

    @classmethod
    def load(cls, path: str | Path | None = None) -> Baseline:
        """Read and check a baseline; ``data/raw/baseline.csv`` by default.

        Raises
        ------
        FileRejected
            At the first fault, in one sentence with row and column.

        Examples
        --------
        >>> len(Baseline.load().rows) > 20
        True
        """
        file = Path(path) if path is not None else options.raw_dir() / "baseline.csv"
        try:
            changed = file.stat().st_mtime_ns
        except OSError as error:
            raise FileRejected(f"{file}: cannot be read ({error.strerror}); check the path.") from error
        return cls(_load(file, changed), str(file))

    def terms(self, pollutant: str, tables: Tables) -> dict[tuple[str, str], Terms]:
        """Emission of a pollutant by place and sector, as products of the same inputs that the measures use."""
        out: dict[tuple[str, str], Terms] = {}
        for row in self.rows:
            found = _terms(row, pollutant, tables)
            if found is not None:
                key = (row["place"], row["category"])
                out[key] = add(out.get(key, {}), found)
        return out

    def emissions(
        self,
        draws: int = 20000,
        seed: int = 0,
        tables: Tables | None = None,
        pollutants: tuple[str, ...] | None = None,
    ) -> pd.DataFrame:
        """Tonnes a year by place, sector and pollutant.

        Parameters
        ----------
        draws, seed : int
        tables : Tables, optional
            Factors and intensities; the project's by default.
        pollutants : tuple of str, optional

        Returns
        -------
        pandas.DataFrame
            place, sector, pollutant, p5, p50, p95, mean; what needs a factor has no row.
        """
        engine, known = Engine(draws, seed), tables or Tables.load()
        rows = []
        for pollutant in pollutants or schema.POLLUTANTS:
            for (place, sector), terms in self.terms(pollutant, known).items():
                rows.append(
                    {
                        "place": place,
                        "sector": sector,
                        "pollutant": pollutant,
                        **summary(engine.sum_of(terms)),
                    }
                )
        columns = ["place", "sector", "pollutant", "p5", "p50", "p95", "mean"]
        return pd.DataFrame(rows, columns=columns)

    def to_frame(self) -> pd.DataFrame:
        """One row a line of the file."""
        names = [c for c in COLUMNS if c not in _ALIASES.values()]
        shown = ["place", "category", "technology_before", *[n for n in names if n != "place"]]
        return pd.DataFrame([{k: r.get(k) for k in shown} for r in self.rows]).rename(columns=_ALIASES)

    def _repr_html_(self) -> str:
        shown = [
            "place",
            "sector",
            "technology",
            "count",
            "count_unit",
            "capacity",
            "capacity_unit",
            "coverage",
            "mark",
        ]
        table: str = self.to_frame()[shown].to_html(index=False, na_rep="–")
        return f"<p>{html.escape(self.source)}</p>{table}"


def _row(sheet: cells.Sheet, i: int, texts: dict[str, str]) -> dict[str, Any]:
    line, where = sheet.lines[i], f"{sheet.name}: row {sheet.lines[i]}"
    for j, head in enumerate(sheet.heads):
        if (i, j) in sheet.formulas:
            raise FileRejected(
                f"{where}, column '{head}': '{texts[head][:40]}' is a formula; paste its value instead."
            )
    given = {a: texts.get(b, "") for a, b in _ALIASES.items()}
    given |= {c: texts.get(c, "") for c in COLUMNS if c in schema.COLUMNS and c not in given}
    row, problems = checks.clean(
        sheet.name, line, {**given, "measure_id": f"baseline-{line}", "status": "done"}, _ALIASES
    )
    if problems:
        raise FileRejected(problems[0].sentence)
    for column, pollutant in _TONNES.items():
        row[column] = _tonnes(texts.get(column, ""), f"{where}, column '{column}'", pollutant)
    nested = [(c, row[c]) for c in ("pm25_t", "pm10_t", "tsp_t") if row[c] == row[c]]
    for (small, less), (large, more) in pairwise(nested):
        if less > more:
            raise FileRejected(f"{where}, column '{small}': {less:g} t is above the {more:g} t of {large}, of which it is a part; correct one of them.")  # fmt: skip
    row["gsd"] = _tonnes(texts.get("gsd", "") or "1", f"{where}, column 'gsd'", "gsd")
    if not 1 <= row["gsd"] <= 20:
        raise FileRejected(
            f"{where}, column 'gsd': {row['gsd']:g} is no geometric standard deviation; write 1 to 20."
        )
    row["year"] = _year(texts.get("year", ""), where)
    row |= {c: texts.get(c, "") for c in ("coverage", "source", "mark", "note")}
    return row


def _tonnes(text: str, where: str, what: str) -> float:
    if not text:
        return float("nan")
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = float("nan")
    if not 0 <= value < float("inf"):
        raise FileRejected(f"{where}: '{text[:30]}' is no number of 0 or more for {what}; correct it.")
    return value


def _year(text: str, where: str) -> int:
    try:
        return periods.first_day(text).year if text else 0
    except ParameterError as error:
        raise FileRejected(f"{where}, column 'year': {error}") from None


def _terms(row: Mapping[str, Any], pollutant: str, tables: Tables) -> Terms | None:
    stated = row[f"{pollutant.lower()}_t"]
    if stated == stated:
        if row["gsd"] == 1:
            return {(): stated}
        name = f"baseline:{row['place']}:{row['category']}"
        return {(Input(name, name, "lognormal", row["gsd"]),): stated}
    if any(row[c] == row[c] for c in _TONNES):
        return None  # tonnes are stated for other pollutants; amounts beside them are for the reader
    found = cut({**row, "leakage": "none"}, pollutant, tables)
    return found.gross if isinstance(found, Cut) else None


def cap(
    parts: dict[str, Part],
    rows: Mapping[str, Mapping[str, Any]],
    base: Baseline,
    pollutant: str,
    tables: Tables,
    engine: Engine,
) -> tuple[dict[str, Part], list[str]]:
    """Hold the cuts of one pollutant to the baseline, county by county and then for the whole group of counties.

    Parameters
    ----------
    parts : dict of measure id to Part
    rows : mapping of measure id to its row
    base : Baseline
    pollutant : str
    tables : Tables
    engine : Engine

    Returns
    -------
    parts : dict of measure id to Part
    said : list of str
        One sentence for each place and sector where a cut was held back.
    """
    capper = _Cap(dict(parts), rows, base, pollutant, tables, engine)
    sectors = dict.fromkeys(rows[k]["category"] for k in parts)
    for sector in sectors:
        capper.sector(sector)
    return capper.out, capper.said


def home_group(place: str) -> str:
    """The group a county belongs to, the first of the file of places; a group or a neighbour stands for itself.

    Examples
    --------
    >>> home_group("changji"), home_group("changji-prefecture"), home_group("div12")
    ('changji-prefecture', 'changji-prefecture', 'div12')
    """
    found = places.load()
    if place not in found or found[place].kind != "county":
        return place
    return next((p.id for p in found.values() if p.kind == "group" and place in p.members), place)


class _Cap:
    def __init__(
        self,
        out: dict[str, Part],
        rows: Mapping[str, Mapping[str, Any]],
        base: Baseline,
        pollutant: str,
        tables: Tables,
        engine: Engine,
    ) -> None:
        self.out, self.rows, self.base, self.pollutant, self.engine = out, rows, base, pollutant, engine
        self.said: list[str] = []
        self.stated = base.terms(pollutant, tables)
        self.year = {(r["place"], r["category"]): r["year"] for r in base.rows}

    def sector(self, sector: str) -> None:
        keys = [k for k in self.out if self.rows[k]["category"] == sector]
        for place in dict.fromkeys(self.rows[k]["place"] for k in keys):
            terms = self.stated.get((place, sector))
            own = [k for k in keys if self.rows[k]["place"] == place and self._later(k, place, sector)]
            if terms is not None and home_group(place) != place:
                self._hold(own, own, terms, place, sector)
        for group in dict.fromkeys(home_group(self.rows[k]["place"]) for k in keys):
            inside = {p.id for p in places.members(group)} | {group}
            found = [t for (p, s), t in self.stated.items() if s == sector and p in inside]
            if found:
                within = [
                    k for k in keys if self.rows[k]["place"] in inside and self._later(k, group, sector)
                ]
                whole = [k for k in within if self.rows[k]["place"] == group]
                self._hold(within, whole, add(*found), group, sector)

    def _later(self, key: str, place: str, sector: str) -> bool:
        """Whether a measure came after the baseline's year, so that what it ended is still in the baseline."""
        row = self.rows[key]
        found = periods.span(row["start"], row["end"])
        year = self.year.get((place, sector)) or max(
            (y for (_, s), y in self.year.items() if s == sector), default=0
        )
        return found is None or found[1].year > year

    def _hold(self, keys: list[str], first: list[str], terms: Terms, place: str, sector: str) -> None:
        """Scale cuts to the baseline: those stated for the whole place first, then the rest."""
        if not keys or self._certainly_below(keys, terms):
            return
        limit = self.engine.sum_of(terms)
        allowance = limit * (1 + 1e-12)
        total = self.engine.total([self.out[k] for k in keys])
        over = total > allowance
        if not over.any():
            return
        rest = [k for k in keys if k not in first]
        others = self.engine.total([self.out[k] for k in rest]) if rest else np.zeros(self.engine.n)
        self._scale(rest, others, limit)
        self._scale(first, total - others, limit - np.minimum(others, limit))
        word, most, often = schema.word("category", sector), f"{np.median(limit):,.4g}", f"{over.mean():.0%}"
        file = Path(self.base.source).name
        found = places.find(place)
        self.said.append(
            Note(
                f"{self.pollutant} of {word.en} in {place}: the cuts exceed the baseline "
                f"(median {most} t/yr) in {often} of the draws and are held to it; replace "
                f"{file} if more was emitted.",
                f"{found.zh if found else place}{word.zh}的{self.pollutant}：{often}的抽样中减排量超过基准排放量"
                f"（中位数{most}吨/年），按基准封顶；若实际排放更多，请替换{file}。",
            )
        )

    def _scale(self, keys: list[str], total: Array, limit: Array) -> None:
        if not keys or not (total > limit).any():
            return
        scale = np.divide(limit, total, out=np.ones(self.engine.n), where=total > limit)
        for key in keys:
            self.out[key] = self.out[key].under(scale)

    def _certainly_below(self, keys: list[str], terms: Terms) -> bool:
        """Term by term not above the baseline, so that no draw can be."""
        if any(self.out[k].scales for k in keys):
            return False
        total = add(*(self.out[k].terms for k in keys))
        return all(v <= terms.get(i, 0.0) * (1 + 1e-12) for i, v in total.items() if v > 0) and all(
            v >= 0 for v in terms.values()
        )

"""The register of measures: one row a measure, place and statement, read from CSV or XLSX and checked.

Nothing is taken over from a register that has errors, unless ``partial=True`` takes the rows without.

Examples
--------
>>> register = load()
>>> counts = register.counts().set_index("measure_id")
>>> int(counts.loc["15fyp-boiler-01", "count"]), counts.loc["15fyp-boiler-01", "unit"]
(688, '台')
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from airq import options
from airq.errors import FileRejected
from airq.inventory import cells, checks, links, schema

if TYPE_CHECKING:
    from airq.inventory.results import Emissions

__all__ = ["Problem", "Register", "RegisterRejected", "load"]

Problem = checks.Problem


class RegisterRejected(FileRejected):
    """A register has errors; nothing was taken over. ``problems`` holds each with row and column."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0].sentence
        more = len(self.problems) - 1
        rest = f" ({more} more; 'airq inventory check FILE' lists all.)" if more else ""
        super().__init__(first + rest)


@dataclass(frozen=True)
class Register:
    """Measures with their links.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a measure with the columns of :data:`airq.inventory.schema.COLUMNS`, then ``standing`` (``counted``, or
        why a row is not) and ``row`` (line of the file). Counts are in single pieces.
    source : str
        File.
    problems : tuple of Problem
        Faults of rows that were left out, with ``partial=True``.
    warnings : tuple of str
        What is doubtful but no fault.

    Examples
    --------
    >>> register = load()
    >>> set(register.done().table["status"]) <= {"done", "verified"}
    True
    """

    table: pd.DataFrame
    source: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def where(self, mask: pd.Series[bool]) -> Register:
        """The rows of a mask, as a register; what is counted stays as it is in the whole.

        Examples
        --------
        >>> register = load()
        >>> len(register.where(register.table["place"] == "changji")) < len(register)
        True
        """
        return replace(self, table=self.table[mask].reset_index(drop=True))

    def done(self) -> Register:
        """Measures carried out."""
        return self.where(self.table["status"].isin(["done", "verified"]))

    def planned(self) -> Register:
        """Measures planned."""
        return self.where(self.table["status"] == "planned")

    def counted(self) -> Register:
        """Measures whose figures count; contained, repeated and decided-against rows left out."""
        return self.where(self.table["standing"] == "counted")

    def counts(self) -> pd.DataFrame:
        """The stated figures without double count.

        Returns
        -------
        pandas.DataFrame
            One row a counted measure that states a count, capacity or activity: measure_id, name_zh, name_en, place,
            category, status, count, unit, capacity, capacity_unit, activity, activity_unit, contains (ids of the rows
            whose figures are in it).

        Examples
        --------
        >>> table = load().counts().set_index("measure_id")
        >>> int(table.loc["15fyp-diesel-01", "count"]), table.loc["15fyp-diesel-01", "unit"]
        (1729, '辆')
        """
        inside: dict[str, list[str]] = {}
        for row in self.table.to_dict("records"):
            if row["relation"] in links.CONTAINED:
                for key in links.related(row):
                    inside.setdefault(key, []).append(row["measure_id"])
        kept = self.counted().table
        kept = kept[kept[["count", "capacity", "activity"]].notna().any(axis=1)]
        names = ["measure_id", "name_zh", "name_en", "place", "category", "status", "count", "count_unit"]
        out = kept[[*names, "capacity", "capacity_unit", "activity", "activity_unit"]].rename(
            columns={"count_unit": "unit"}
        )
        return out.assign(contains=[tuple(inside.get(i, ())) for i in out["measure_id"]]).reset_index(
            drop=True
        )

    def total(self, category: str, unit: str, status: str | None = None) -> float:
        """Sum of the counts of a category in one unit, without double count.

        Parameters
        ----------
        category, unit : str
        status : {"planned", "done"}, optional
            ``done`` includes verified.

        Examples
        --------
        >>> load().total("home_heating", "户", "done")
        132000.0
        """
        table = self.counts()
        wanted = {None: ("planned", "done", "verified"), "done": ("done", "verified")}.get(status, (status,))
        hit = (table["category"] == category) & (table["unit"] == unit) & table["status"].isin(wanted)
        return float(table.loc[hit, "count"].sum())

    def emissions(self, draws: int = 20000, seed: int = 0, **options: Any) -> Emissions:
        """Tonnes that the measures cut a year; see :func:`airq.inventory.tonnes.emissions`."""
        from airq.inventory import tonnes

        return tonnes.emissions(self, draws=draws, seed=seed, **options)

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        shown = ["measure_id", "name_zh", "place", "category", "status", "count", "count_unit", "standing"]
        table: str = self.table[shown].to_html(index=False, na_rep="–", max_rows=20)
        said = "".join(f"<li>{html.escape(p.sentence)}</li>" for p in self.problems)
        return f"{table}<ul>{said}</ul>" if said else table


def load(path: str | Path | None = None, partial: bool = False) -> Register:
    """Read and check a register.

    Parameters
    ----------
    path : path, optional
        CSV (UTF-8 or GBK) or XLSX in the layout of the template; ``data/raw/measures.csv`` by default.
    partial : bool
        Take the rows without errors and say what was left out.

    Returns
    -------
    Register

    Raises
    ------
    RegisterRejected
        A row has an error and ``partial`` is false; ``.problems`` lists each with row and column.
    FileRejected
        The file cannot be read, or lacks a column.

    Examples
    --------
    >>> len(load()) >= 120
    True
    """
    file = Path(path) if path is not None else options.raw_dir() / "measures.csv"
    sheet = cells.read(file, schema.heading, "measures")
    heads, warnings = _headings(sheet)
    rows, problems = _rows(sheet, heads)
    if not rows:
        raise FileRejected(f"{sheet.name}: has a heading but no measure; fill in at least one row.")
    links.decide(rows)
    problems += links.check(sheet.name, rows, sheet.lines, heads)
    problems.sort(key=lambda p: p.row)
    if problems and not partial:
        raise RegisterRejected(problems)
    # Imported here, since the intensities read files of their own.
    from airq.inventory.plausibility import doubts

    kept, left = _sound(rows, sheet.lines, problems)
    if not kept:
        raise RegisterRejected(problems)
    doubtful = [f"{sheet.name}: row {r['row']}: {d}" for r in kept for d in doubts(r)]
    return Register(_frame(kept), str(file), tuple(problems), (*warnings, *left, *doubtful))


def _headings(sheet: cells.Sheet) -> tuple[dict[str, str], list[str]]:
    """Heading of each column that is there, and remarks on those that are not understood."""
    heads: dict[str, str] = {}
    unknown: list[str] = []
    for head in sheet.heads:
        column = schema.heading(head)
        if column is None:
            unknown += [head] if head else []
        elif column in heads:
            raise FileRejected(
                f"{sheet.name}: the columns '{heads[column]}' and '{head}' both mean {column}; remove one."
            )
        else:
            heads[column] = head
    for column in schema.REQUIRED:
        if column not in heads:
            near = get_close_matches(column, unknown, n=1)
            hint = f"is '{near[0]}' meant?" if near else "take the heading of the template."
            raise FileRejected(f"{sheet.name}: the column '{column}' is missing; {hint}")
    absent = [c for c in schema.COLUMNS if c not in heads]
    for head in unknown:
        if near := get_close_matches(head, absent, n=1, cutoff=0.8):
            raise FileRejected(f"{sheet.name}: the column '{head}' is not known; is '{near[0]}' meant?")
    return heads, [f"{sheet.name}: the column '{h}' is not known and is not read." for h in unknown]


def _rows(sheet: cells.Sheet, heads: dict[str, str]) -> tuple[list[checks.Row], list[Problem]]:
    at = {schema.heading(h): j for j, h in enumerate(sheet.heads)}
    rows: list[checks.Row] = []
    problems: list[Problem] = []
    for i, (line, texts) in enumerate(zip(sheet.lines, sheet.rows, strict=True)):
        marked = {c for c in heads if (i, at[c]) in sheet.formulas}
        given = {c: "" if c in marked else texts[at[c]] for c in heads}
        for c in sorted(marked, key=lambda c: at[c]):
            where = f"{sheet.name}: row {line}, column '{heads[c]}'"
            problems.append(Problem(line, heads[c], f"{where}: '{texts[at[c]][:40]}' is a formula; paste its value instead."))  # fmt: skip
        row, found = checks.clean(sheet.name, line, given, heads)
        rows.append({**row, "row": line})
        # A cell that was emptied because it is a formula is not also missing.
        problems += [p for p in found if not marked or p.column not in {heads.get(c, c) for c in (*marked, *_partners(marked))}]  # fmt: skip
    return rows, problems


def _partners(columns: Iterable[str]) -> list[str]:
    return [p for c in columns for p in (c.removesuffix("_unit"), f"{c}_unit")]


def _sound(
    rows: list[checks.Row], lines: list[int], problems: list[Problem]
) -> tuple[list[checks.Row], list[str]]:
    """Rows without a fault, and without a link to a row that has one."""
    bad = {p.row for p in problems}
    gone = {r["measure_id"] for r, n in zip(rows, lines, strict=True) if n in bad}
    kept = [r for r, n in zip(rows, lines, strict=True) if n not in bad]
    gone -= {r["measure_id"] for r in kept}
    said: list[str] = []
    while True:
        cut = [r for r in kept if r["relation"] and gone & set(links.related(r))]
        if not cut:
            return kept, said
        said += [f"row {r['row']}: '{r['measure_id']}' is left out because a measure it is linked to has an error." for r in cut]  # fmt: skip
        gone |= {r["measure_id"] for r in cut}
        kept = [r for r in kept if r["measure_id"] not in gone]


def _frame(rows: list[checks.Row]) -> pd.DataFrame:
    beaten = {k for r in rows if r["relation"] == "supersedes" for k in links.related(r)}
    frame = pd.DataFrame(rows, columns=[*schema.COLUMNS, "row"])
    frame.insert(len(schema.COLUMNS), "standing", [links.standing(r, beaten) for r in rows])
    return frame

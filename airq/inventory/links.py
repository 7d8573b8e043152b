"""How rows of a register hang together: nested figures, repeated statements, conflicts and their decision.

A row counts unless it is contained in another (``nested``, ``part_of``), repeats one (``same``), lost a conflict
(``keep_only``) or was superseded. Such rows are kept, linked and shown; nothing is dropped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from airq import places
from airq.inventory.checks import Problem

__all__ = ["CONTAINED", "check", "decide", "related", "standing"]

CONTAINED: Final = ("nested", "part_of", "same")
"""Relations by which a row's figure is already in another row's."""

_KEY: Final = (
    "place",
    "place_text",
    "category",
    "technology_before",
    "technology_after",
    "name_zh",
    "name_en",
    "count",
    "count_unit",
    "capacity",
    "capacity_unit",
    "activity",
    "activity_unit",
    "start",
    "end",
    "status",
    "document",
    "section",
    "quote",
)

Row = Mapping[str, Any]


def related(row: Row) -> list[str]:
    """Ids that a row names.

    Examples
    --------
    >>> related({"related_to": "a-1; b-2"})
    ['a-1', 'b-2']
    """
    return [t.strip() for t in str(row["related_to"]).replace("；", ";").split(";") if t.strip()]


def standing(row: Row, superseded: Iterable[str] = ()) -> str:
    """Why a row is not counted, or ``counted``.

    Parameters
    ----------
    row : mapping
        A row of the register.
    superseded : iterable of str
        Ids that other rows supersede.

    Returns
    -------
    str
        ``counted``, ``contained in ...``, ``conflict: kept, not counted`` or ``superseded``.

    Examples
    --------
    >>> standing({"measure_id": "a", "relation": "nested", "related_to": "b", "decided": ""})
    'contained in b'
    >>> standing({"measure_id": "a", "relation": "conflict", "related_to": "b", "decided": "use"})
    'counted'
    """
    if row["measure_id"] in superseded:
        return "superseded"
    if row["relation"] in CONTAINED:
        return f"contained in {'; '.join(related(row))}"
    if row["decided"] == "keep_only":
        return f"conflict with {'; '.join(related(row))}: kept, not counted"
    return "counted"


_SURE: Final = {"verified": 2, "done": 1, "planned": 0}


def decide(rows: Sequence[dict[str, Any]]) -> None:
    """Decide conflicts that a register leaves open, by the rules of ``tables/rules.toml`` that a table can apply.

    Verified beats done beats planned (``status_first``); then the smaller figure counts (``smaller_figure``). What
    neither tells apart stays open. ``decided`` and ``rule`` are filled in.

    Examples
    --------
    >>> a = {"measure_id": "a", "relation": "conflict", "related_to": "b", "decided": "", "rule": "", "status": "done"}
    >>> pair = [{**a, "count": 300.0}, {**a, "measure_id": "b", "related_to": "a", "count": 80.0}]
    >>> decide(pair)
    >>> [(r["decided"], r["rule"]) for r in pair]
    [('keep_only', 'smaller_figure'), ('use', 'smaller_figure')]
    """
    by_id = {r["measure_id"]: r for r in rows}
    for row in rows:
        others = [by_id[k] for k in related(row) if k in by_id and k != row["measure_id"]]
        side = [row, *others]
        if row["relation"] != "conflict" or not others or any(r["decided"] for r in side):
            continue
        best, rule = _best(side)
        for one in side:
            if best is not None:
                one["decided"] = "use" if one is best else "keep_only"
                one["rule"] = one["rule"] or rule


def _best(side: Sequence[dict[str, Any]]) -> tuple[dict[str, Any] | None, str]:
    ranks = [_SURE.get(r["status"], -1) for r in side]
    if ranks.count(max(ranks)) == 1:
        return side[ranks.index(max(ranks))], "status_first"
    sizes = [float(r["count"]) for r in side]
    if all(s == s for s in sizes) and sizes.count(min(sizes)) == 1:
        return side[sizes.index(min(sizes))], "smaller_figure"
    return None, ""


def check(name: str, rows: Sequence[Row], lines: Sequence[int], heads: Mapping[str, str]) -> list[Problem]:
    """What is wrong between rows: ids, repetitions, relations, overlap groups.

    Parameters
    ----------
    name : str
        The file, for messages.
    rows : sequence of mapping
        Rows as :func:`airq.inventory.checks.clean` gives them.
    lines : sequence of int
    heads : mapping of column to the heading in the file
    """
    checker = _Links(name, rows, lines, heads)
    checker.ids()
    checker.twice()
    checker.relations()
    checker.conflicts()
    checker.circles()
    checker.groups()
    return checker.problems


class _Links:
    def __init__(
        self, name: str, rows: Sequence[Row], lines: Sequence[int], heads: Mapping[str, str]
    ) -> None:
        self.name, self.rows, self.lines, self.heads = name, rows, lines, heads
        self.problems: list[Problem] = []
        self.at: dict[str, int] = {}

    def fail(self, i: int, column: str, why: str) -> None:
        head = self.heads.get(column, column)
        where = f"{self.name}: row {self.lines[i]}, column '{head}'"
        self.problems.append(Problem(self.lines[i], head, f"{where}: {why}"))

    def ids(self) -> None:
        for i, row in enumerate(self.rows):
            key = row["measure_id"]
            if not key:
                continue
            if key in self.at:
                self.fail(i, "measure_id", f"'{key}' stands already in row {self.lines[self.at[key]]}, the same measure twice; remove one or give it an id of its own.")  # fmt: skip
            else:
                self.at[key] = i

    def twice(self) -> None:
        """The same content under two ids."""
        seen: dict[tuple[str, ...], int] = {}
        for i, row in enumerate(self.rows):
            key = tuple(str(row[c]) for c in _KEY)
            first = seen.setdefault(key, i)
            linked = row["relation"] or self.rows[first]["relation"]
            if first != i and not linked and row["measure_id"] != self.rows[first]["measure_id"]:
                self.fail(i, "measure_id", f"'{row['measure_id']}' says the same as row {self.lines[first]} ('{self.rows[first]['measure_id']}'), the same measure twice; remove one, or link it with relation 'same'.")  # fmt: skip

    def relations(self) -> None:
        for i, row in enumerate(self.rows):
            names = related(row)
            if bool(names) != bool(row["relation"]):
                missing = "relation" if names else "related_to"
                self.fail(i, missing, "is empty although the other of relation and related_to is given; fill or clear both.")  # fmt: skip
                continue
            for other in names:
                if other == row["measure_id"]:
                    self.fail(i, "related_to", "names the row itself; name the other measure.")
                elif other not in self.at:
                    self.fail(i, "related_to", f"'{other}' is no measure of this register; correct the id.")
                elif row["relation"] in ("nested", "part_of"):
                    self._fits(i, self.at[other])

    def _fits(self, i: int, whole: int) -> None:
        part, total = self.rows[i], self.rows[whole]
        same = part["count_unit"] == total["count_unit"] and part["relation"] == "nested"
        if same and part["count"] > total["count"]:
            self.fail(i, "count", f"{part['count']:,.0f} is more than the {total['count']:,.0f} of '{total['measure_id']}' that should contain it; correct one of them.")  # fmt: skip
        if not _within(part["place"], total["place"]):
            self.fail(i, "place", f"'{part['place']}' does not lie in '{total['place']}' of '{total['measure_id']}', which should contain it; correct one of them.")  # fmt: skip

    def conflicts(self) -> None:
        for i, row in enumerate(self.rows):
            others = [self.rows[self.at[n]] for n in related(row) if n in self.at]
            if row["relation"] != "conflict" or not others:
                continue
            if not row["decided"]:
                self.fail(i, "decided", "is empty, and neither status nor figure decides the conflict; write use or keep_only, and the rule.")  # fmt: skip
            elif not row["rule"]:
                self.fail(i, "rule", "is empty for a decided conflict; say by which rule.")
            elif row["decided"] == "keep_only" and not any(o["decided"] == "use" for o in others):
                self.fail(
                    i,
                    "decided",
                    "is keep_only on every side of the conflict, so nothing counts; decide for one.",
                )
            elif row["decided"] == "use" and any(
                o["decided"] == "use" and o["relation"] == "conflict" for o in others
            ):
                self.fail(i, "decided", "is use on both sides of the conflict; keep_only one of them.")

    def circles(self) -> None:
        for i, row in enumerate(self.rows):
            if row["relation"] not in CONTAINED:
                continue
            seen, ahead = set[str](), [k for k in related(row) if k != row["measure_id"]]
            while ahead:
                key = ahead.pop()
                if key == row["measure_id"]:
                    self.fail(
                        i, "related_to", "is contained in itself by way of other rows; break the circle."
                    )
                    break
                if key in seen or key not in self.at or self.rows[self.at[key]]["relation"] not in CONTAINED:
                    continue
                seen.add(key)
                ahead += related(self.rows[self.at[key]])

    def groups(self) -> None:
        found: dict[str, list[int]] = defaultdict(list)
        for i, row in enumerate(self.rows):
            if row["overlap_group"]:
                found[row["overlap_group"]].append(i)
            elif row["overlap_rule"] not in ("", "add"):
                self.fail(i, "overlap_group", f"is empty although the rule '{row['overlap_rule']}' is given; name the group.")  # fmt: skip
        for group, at in found.items():
            rules = {self.rows[i]["overlap_rule"] or "add" for i in at}
            if len(rules) > 1:
                self.fail(at[-1], "overlap_rule", f"group '{group}' has the rules {' and '.join(sorted(rules))}; give all its rows one.")  # fmt: skip
                continue
            rule = rules.pop()
            ranks = [self.rows[i]["priority"] for i in at]
            if rule in ("supersede", "sequential", "subtract_point") and any(r != r for r in ranks):
                i = next(i for i, r in zip(at, ranks, strict=True) if r != r)
                self.fail(
                    i, "priority", f"is empty, but the rule '{rule}' needs an order; give a whole number."
                )


def _within(part: str, whole: str) -> bool:
    if part == whole:
        return True
    inside, around = places.find(part), places.find(whole)
    if inside is None or around is None:
        return True  # said already, as a place that is not known
    return around.kind == "group" and inside.id in {m.id for m in places.members(around.id)}

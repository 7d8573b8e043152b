"""Findings about periods of validity and successions."""

from __future__ import annotations

import pandas as pd

from airq.observations.stations.finding import Finding
from airq.observations.stations.periods import next_day, previous_day, with_periods
from airq.observations.stations.succession import predecessors

__all__ = ["periods", "successions"]

_CONTENT = ("name_zh", "name_en", "place", "lat", "lon", "network", "role")


def periods(table: pd.DataFrame) -> list[Finding]:
    """Rows of one code that contradict each other in time or leave a gap.

    Examples
    --------
    >>> from airq.observations.stations.table import load
    >>> table = load(pd.DataFrame({"station": ["A", "A"], "place": ["changji"] * 2, "lat": [44.0, 44.1], "lon": [87.0, 87.0],
    ...                            "valid_from": ["", "2020-03-01"], "valid_to": ["2019-12-31", ""]}))
    >>> [f.kind for f in periods(table)]
    ['gap']
    """
    starts, ends = with_periods(table)
    out = []
    rows_of: dict[str, list[int]] = {}
    for i, code in enumerate(table["station"].tolist()):
        rows_of.setdefault(str(code), []).append(i)
        if starts[i] and ends[i] and starts[i] > ends[i]:
            out.append(
                Finding(
                    "period",
                    str(code),
                    f"{code}: valid_from {starts[i]} lies after valid_to {ends[i]}; correct one.",
                    rows=(i,),
                )
            )
    for code, rows in rows_of.items():
        rows.sort(key=lambda i: (starts[i], ends[i] or "9999"))
        reach = rows[0]  # the row so far that lasts longest
        for i in rows[1:]:
            found = _between(table, code, reach, i, starts, ends)
            if found is not None:
                out.append(found)
            if not ends[i] or (ends[reach] and ends[i] > ends[reach]):
                reach = i if ends[reach] else reach
    return out


def _between(
    table: pd.DataFrame, code: str, a: int, b: int, starts: list[str], ends: list[str]
) -> Finding | None:
    """Finding about two rows of a code, the second of which starts later."""
    if (starts[a], ends[a]) == (starts[b], ends[b]):
        differ = [
            f"{c} {_shown(table, a, c)} and {_shown(table, b, c)}"
            for c in _CONTENT
            if _shown(table, a, c) != _shown(table, b, c)
        ]
        text = f"{code}: stands twice with different content ({', '.join(differ) or 'notes only'}); correct one row, or give both a period with valid_from and valid_to."
        return Finding("duplicate", code, text, rows=(a, b))
    if not ends[a] or not starts[b] or starts[b] <= ends[a]:
        until = min(e for e in (ends[a] or "9999", ends[b] or "9999"))
        span = f"from {starts[b] or 'the beginning'} {'to ' + until if until != '9999' else 'on'}"
        text = f"{code}: two rows are valid {span}; end the first with valid_to {previous_day(starts[b]) if starts[b] else '…'} or correct the dates."
        return Finding("overlap", code, text, rows=(a, b))
    if next_day(ends[a]) < starts[b]:
        text = f"{code}: no row is valid from {next_day(ends[a])} to {previous_day(starts[b])}; close the gap or say in the note why it is one."
        return Finding("gap", code, text, rows=(a, b))
    return None


def _shown(table: pd.DataFrame, row: int, column: str) -> str:
    value = table[column].iloc[row] if column in table else ""
    return "none" if value != value or value == "" else str(value)


def successions(table: pd.DataFrame) -> list[Finding]:
    """Successions that point nowhere, run in a circle, or run backwards in time.

    Examples
    --------
    >>> table = pd.DataFrame({"station": ["A", "B"], "succeeds": ["B", "A"]})
    >>> [f.kind for f in successions(table)]
    ['succession']
    >>> print(successions(pd.DataFrame({"station": ["A"], "succeeds": ["Z"]}))[0])
    A: succeeds 'Z', which is not in the table; add its row or correct the code.
    """
    before = predecessors(table)
    codes = table["station"].tolist()
    first_row = {c: i for i, c in reversed(list(enumerate(codes)))}
    starts, _ = with_periods(table)
    begins = {c: min(s for s, k in zip(starts, codes, strict=True) if k == c) for c in before}
    out: list[Finding] = []
    seen: set[str] = set()
    for new, old in before.items():
        row = (first_row[new],)
        if old not in first_row:
            text = f"{new}: succeeds '{old}', which is not in the table; add its row or correct the code."
            out.append(Finding("succession", new, text, rows=row))
            continue
        circle = _circle(new, before)
        if circle:
            if not seen & set(circle):
                text = f"{new}: its successions run in a circle ({' → '.join([*circle, circle[0]])}); correct 'succeeds'."
                out.append(Finding("succession", new, text, rows=row))
            seen |= set(circle)
            continue
        theirs = [i for i, c in enumerate(codes) if c == old]
        start_old = min(starts[i] for i in theirs)
        if begins[new] and start_old > begins[new]:
            text = f"{new}: succeeds {old} but begins earlier ({begins[new]} and {start_old}); exchange them or correct the dates."
            out.append(Finding("succession", new, text, rows=row))
    return out


def _circle(code: str, before: dict[str, str]) -> list[str]:
    """The circle that a code is part of, beginning with it; empty if it is in none."""
    chain = [code]
    while chain[-1] in before and len(chain) <= len(before):
        step = before[chain[-1]]
        if step == code:
            return chain
        if step in chain:
            return []
        chain.append(step)
    return []

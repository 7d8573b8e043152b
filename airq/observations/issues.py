"""What a reader found wrong or worth saying, with its place in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from airq.texts import shown

__all__ = ["Issue", "Issues"]

Severity = Literal["note", "lost"]


@dataclass(frozen=True)
class Issue:
    """One finding.

    Attributes
    ----------
    where : str
        ``"line 3"``, ``"line 3 column 5 (1490A)"``, or empty for the whole file.
    text : str
        What is wrong and what was done.
    severity : {"note", "lost"}
        ``lost`` means that something in the file was not taken; ``note`` that all was.
    """

    where: str
    text: str
    severity: Severity = "lost"

    def sentence(self, path: object) -> str:
        """The finding as one sentence.

        Examples
        --------
        >>> Issue("line 3", "the date 20190230 does not exist; the line is not taken").sentence("a.csv")
        'a.csv: line 3: the date 20190230 does not exist; the line is not taken.'
        """
        parts = [str(path), self.where, self.text] if self.where else [str(path), self.text]
        return shown(": ".join(parts).rstrip(".") + ".")


class Issues(list[Issue]):
    """Findings of one file; like ones are counted, so that a thousand bad lines give one sentence.

    Examples
    --------
    >>> found = Issues()
    >>> for line in (4, 7, 9):
    ...     found.each("short", f"line {line}", "has too few fields and is not taken")
    >>> [i.sentence("a.csv") for i in found.summarised()]
    ['a.csv: line 4: has too few fields and is not taken (and 2 more: line 7, line 9).']
    """

    def __init__(self) -> None:
        super().__init__()
        self._counted: dict[str, list[tuple[str, str, Severity]]] = {}

    def lost(self, where: str, text: str) -> None:
        """Add a finding by which something was not taken."""
        self.append(Issue(where, text))

    def note(self, where: str, text: str) -> None:
        """Add a finding that costs nothing."""
        self.append(Issue(where, text, "note"))

    def each(self, kind: str, where: str, text: str, severity: Severity = "lost") -> None:
        """Add a finding of a kind that may come often."""
        self._counted.setdefault(kind, []).append((where, text, severity))

    def summarised(self) -> list[Issue]:
        """All findings, one for each kind."""
        out = list(self)
        for rows in self._counted.values():
            where, text, severity = rows[0]
            if len(rows) > 1:
                others = ", ".join(r[0] for r in rows[1:4])
                text += f" (and {len(rows) - 1:,} more: {others}{' …' if len(rows) > 4 else ''})"
            out.append(Issue(where, text, severity))
        return out

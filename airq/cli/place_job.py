"""What the commands over many places share: which places, what is said first and at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from airq.cli.common import as_json, split
from airq.errors import AirqError, ParameterError

if TYPE_CHECKING:
    from airq.observations import Archive

__all__ = ["PlaceJob", "places_of"]


def places_of(archive: Archive, names: Sequence[str], groups: bool = False) -> list[str]:
    """Ids of the places named; every county with an evaluation station by default.

    Parameters
    ----------
    archive : Archive
    names : sequence of str
        As given, several in one text by commas; empty or ``all`` for the default.
    groups : bool
        Whether groups that such a county represents belong to the default.
    """
    from airq import places

    if names and tuple(names) != ("all",):
        return list(dict.fromkeys(places.get(n).id for text in names for n in split(text)))
    table = archive.stations()
    held = set(table.loc[table["role"] != "background", "place"])
    every = places.load().values()
    found = [
        p.id for p in every if (p.kind == "county" and p.id in held) or (groups and p.represented_by in held)
    ]
    return found or [p.id for p in every if p.kind != "group" and p.id in held]


class PlaceJob:
    """One call of a command over places: a place that fails is said, and the others are done."""

    def __init__(self, places: list[str], simulated: bool, as_json_text: bool) -> None:
        self.places, self.simulated, self.json = places, simulated, as_json_text
        self.failed: list[str] = []

    def fail(self, place: str, error: AirqError | str) -> None:
        """Note a place that failed; it is said at the end, below what was done."""
        self.failed.append(f"{place}: {error}")

    def head(self, text: str) -> None:
        """Heading for people, with the mark of simulated data."""
        if not self.json:
            click.echo(f"{'模拟数据 / simulated data. ' if self.simulated else ''}{text}")

    def nothing(self) -> ParameterError:
        """Why nothing could be done."""
        return ParameterError(self.failed[0] if self.failed else "the archive holds no county; name a place.")

    def end(self, document: dict[str, Any], done: int) -> int:
        """Exit code, after the document where JSON is asked for.

        Raises
        ------
        ParameterError
            If no place was done.
        """
        if not done:
            raise self.nothing()
        if self.json:
            click.echo(as_json({"simulated": self.simulated, **document, "failed": self.failed}))
        for sentence in self.failed:
            click.echo(f"airq: {sentence}", err=True)
        return 1 if self.failed else 0

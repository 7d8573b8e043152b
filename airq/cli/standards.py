"""``airq standards``: editions, their entries, and what in them is not yet certain."""

from __future__ import annotations

from typing import Any

import click

from airq.cli.common import emit, json_option


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


@click.command("standards")
@click.option("--edition", "name", help="One edition, such as GB3095-2026, 2012 or HJ663-2013.")
@click.option(
    "--open", "only_open", is_flag=True, help="Only entries whose mark is below P (read in the text)."
)
@click.option("--on", "on", help="Limits in force on a date, such as 2026-03-01.")
@json_option
def command(name: str | None, only_open: bool, on: str | None, as_json_text: bool) -> None:
    """Editions of the standards; the entries of one; what is not yet certain; limits on a date.

    Marks: P read in the standard's text, C confirmed in a named secondary source, B nn% background knowledge,
    U one unverified claim, NF not found. A file in params/standards or AIRQ_STANDARDS replaces any entry.
    """
    import pandas as pd

    from airq import standards

    if on is not None:
        emit(_limits(on), as_json_text)
    elif only_open:
        rows = standards.open_points(name)
        emit(
            pd.DataFrame(rows).assign(value=[_text(r.value) for r in rows]) if rows else "nothing open",
            as_json_text,
        )
    elif name is not None:
        rows = list(standards.edition(name).entries)
        frame = pd.DataFrame(rows).drop(columns="edition").assign(value=[_text(r.value) for r in rows])
        emit(frame, as_json_text)
    else:
        emit(_editions(), as_json_text)


def _editions() -> Any:
    import pandas as pd

    from airq import standards

    return pd.DataFrame(
        {
            "id": e.id,
            "kind": e.kind,
            "first": e.get("force.first", ""),
            "last": e.get("force.last", ""),
            "entries": len(e.entries),
            "open": len(standards.open_points(e.id)),
            "title": e.title("zh"),
        }
        for e in standards.editions().values()
    )


def _limits(on: str) -> Any:
    import pandas as pd

    from airq import standards

    chosen = standards.standard_of(None, on)
    table = chosen.edition.need(f"limits.{chosen.phase}")
    return pd.DataFrame(
        {
            "standard": chosen.name,
            "pollutant": name,
            "averaging": time,
            "class_1": pair[0],
            "class_2": pair[1],
        }
        for name, times in table.items()
        for time, pair in times.items()
    )

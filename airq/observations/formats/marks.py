"""Marks by which an export says that its values are no observations as published; readers refuse them."""

from __future__ import annotations

from airq.errors import FileRejected
from airq.observations.formats.table import Table
from airq.observations.reference import ATTRIBUTE as STATE
from airq.texts import shown

__all__ = ["refuse", "refuse_table"]


def refuse(path: object, simulated: bool, converted: bool) -> None:
    """Refuse a file that says of itself that it is simulated or converted.

    Raises
    ------
    FileRejected

    Examples
    --------
    >>> refuse("a.nc", simulated=False, converted=False)
    """
    if simulated:
        raise FileRejected(
            f"{shown(path)}: holds simulated data, which must not pass for observations; use it from an archive made with 'airq simulate', or read an export with airq.observations.export.read_netcdf."
        )
    if converted:
        raise FileRejected(
            f"{shown(path)}: holds values converted to another reference state, and values are kept as published; export the data without the conversion."
        )


def refuse_table(table: Table, path: object) -> None:
    """Refuse a table with the columns by which an export marks such values.

    Raises
    ------
    FileRejected
    """
    stated = {t.strip().strip("'").lower() for t in table.column("simulated") or []}
    refuse(path, "true" in stated, table.column(STATE) is not None)

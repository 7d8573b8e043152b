"""Tables with one row a value: parameters, units and values to one column a variable."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from airq.errors import FileRejected
from airq.observations.files import RawFile
from airq.observations.formats.base import convert, pollutant_of

__all__ = ["busiest_sensors", "spread"]


def spread(
    kinds: Sequence[str],
    units: Sequence[str],
    values: npt.NDArray[np.float64],
    keep: npt.NDArray[np.bool_],
    lines: npt.NDArray[np.int64],
    raw: RawFile,
    variable_of: Callable[[str], str | None] | None = None,
    unit_needed: bool = True,
) -> dict[str, npt.NDArray[np.float64]]:
    """One column a variable, NaN in the rows of the others.

    Parameters
    ----------
    kinds, units : sequence of str, shape (row,)
        Parameter and unit as the source writes them.
    values : float array, shape (row,)
    keep : bool array, shape (row,)
    lines : int64 array, shape (row,)
    raw : RawFile
        Receives parameters that are not stored.
    variable_of : callable, optional
        Variable of a parameter; by its usual names if not given.
    unit_needed : bool
        Whether a value without a unit is refused; some sources fix the unit in their description.

    Returns
    -------
    dict of str to float array, shape (row,)
        Canonical units.

    Raises
    ------
    FileRejected
        No known parameter at all, or a unit that does not belong to its parameter.

    Examples
    --------
    >>> from pathlib import Path
    >>> from airq.observations.issues import Issues
    >>> raw = RawFile(Path("a.csv"), b"", "text", "", False, Issues())
    >>> rows = np.array([2, 3]); both = np.array([True, True])
    >>> got = spread(["pm25", "co"], ["ug/m3", "ppm"], np.array([7.0, 1.0]), both, rows, raw)
    >>> got["pm25"].tolist(), round(float(got["co"][1]), 4)
    ([7.0, nan], 1.1449)
    """
    kind_at = np.array(kinds, object)
    unit_at = np.array([u.strip() for u in units], object)
    out: dict[str, npt.NDArray[np.float64]] = {}
    other: list[str] = []
    for kind in sorted(set(kind_at[keep])):
        here = keep & (kind_at == kind)
        name = variable_of(kind) if variable_of else (found[0] if (found := pollutant_of(kind)) else None)
        if name is None:
            other.append(f"{kind[:30]} ({int(here.sum()):,} lines)")
            continue
        column = out.setdefault(name, np.full(len(values), np.nan))
        for unit in sorted(set(unit_at[here])):
            rows = here & (unit_at == unit)
            if unit_needed and not unit and np.isfinite(values[rows]).any():
                raw.issues.each(
                    "unit",
                    f"line {lines[np.flatnonzero(rows)[0]]}",
                    f"{kind} has no unit in {int(rows.sum()):,} lines; they are not taken",
                )
                continue
            column[rows] = convert(values[rows], name, unit, raw, kind)
    if other:
        raw.issues.note("", f"not stored: {', '.join(other[:6])}{' …' if len(other) > 6 else ''}")
    if not out:
        shown = ", ".join(sorted(set(kind_at[keep]))[:6])
        raise FileRejected(f"{raw.path}: no pollutant among '{shown[:100]}'; check the file.")
    return out


def busiest_sensors(
    station: npt.NDArray[np.object_],
    kinds: Sequence[str],
    sensors: Sequence[str],
    values: npt.NDArray[np.float64],
    keep: npt.NDArray[np.bool_],
    raw: RawFile,
) -> npt.NDArray[np.bool_]:
    """Rows of one sensor for each station and parameter: the one with most values; the others are named.

    Examples
    --------
    >>> from pathlib import Path
    >>> from airq.observations.issues import Issues
    >>> raw = RawFile(Path("a.csv"), b"", "text", "", False, Issues())
    >>> s = np.array(["A", "A", "A"], object)
    >>> busiest_sensors(s, ["pm25"] * 3, ["1", "2", "2"], np.ones(3), np.ones(3, bool), raw).tolist()
    [False, True, True]
    """
    seen: dict[tuple[str, str], dict[str, int]] = {}
    for i in np.flatnonzero(keep).tolist():
        counts = seen.setdefault((str(station[i]), kinds[i]), {})
        counts[sensors[i]] = counts.get(sensors[i], 0) + int(np.isfinite(values[i]))
    best = {key: max(sorted(counts), key=lambda s: counts[s]) for key, counts in seen.items()}
    for (who, kind), counts in seen.items():
        for sensor in sorted(set(counts) - {best[(who, kind)]}):
            raw.issues.each(
                "sensor",
                f"station {who}",
                f"{kind} comes from {len(counts)} sensors; sensor {best[(who, kind)]} has most values, sensor {sensor} is not taken",
            )
    return np.array(
        [bool(keep[i]) and sensors[i] == best[(str(station[i]), kinds[i])] for i in range(len(keep))], bool
    )

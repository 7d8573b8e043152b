"""Weeks of several sites side by side, donors that are treated themselves left out.

Examples
--------
>>> list(_treated(["fukang"], None))
['fukang']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.analysis.effect.inputs import as_day, site_column
from airq.analysis.effect.timeline import MARGIN, Timeline, timeline
from airq.errors import AirqError, MissingData, ParameterError

__all__ = ["Panel", "panel"]

Array = npt.NDArray[np.float64]

_SHARED: Final = 0.8
"""Share of the site's weeks that a donor must have."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Logarithms of sites in the weeks that all share.

    Attributes
    ----------
    week : int array, shape (weeks,)
        0 begins on the date of the measure.
    log, raw : float64 array, shape (weeks, sites)
        Adjusted for weather, and as observed.
    sites : list of str
        The place of the measure first.
    date : pandas.Timestamp
    until : pandas.Timestamp or None
    length : int or None
    phase : float
    blocked_r2 : float
        Mean of the sites.
    notes : tuple of str
    """

    week: npt.NDArray[np.int64]
    log: Array
    raw: Array
    sites: list[str]
    date: pd.Timestamp
    until: pd.Timestamp | None
    length: int | None
    phase: float
    blocked_r2: float
    notes: tuple[str, ...]

    def rows(self, which: npt.NDArray[np.bool_]) -> Panel:
        """Some of the weeks."""
        return replace(self, week=self.week[which], log=self.log[which], raw=self.raw[which])


def _treated(given: Mapping[str, object] | Iterable[str], last: pd.Timestamp | None) -> dict[str, str]:
    """Sites that are no donors, with the reason."""
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, Mapping):
        return {str(s): "it is treated too" for s in given}
    out = {}
    for name, day in given.items():
        if day is None:
            out[str(name)] = "it is treated too"
            continue
        begin = as_day(day, f"the date of the measure at {name}")
        if last is None or begin <= last:
            out[str(name)] = f"it is treated too, from {begin.date()}"
    return out


def _known_sites(frame: pd.DataFrame, site: str) -> list[str]:
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError(f"a pandas DataFrame is needed, not {type(frame).__name__}; give one.")
    name = site_column(frame)
    if name is None:
        raise MissingData("a synthetic control needs several sites; give a column 'site'.")
    known = [str(s) for s in frame[name].dropna().unique()]
    if site not in known:
        raise MissingData(f"site '{site}' is not in column '{name}'; it holds {', '.join(known[:6])}.")
    return known


def _candidates(
    frame: pd.DataFrame,
    site: str,
    donors: Iterable[str] | None,
    excluded: Mapping[str, str],
    named: Iterable[str],
) -> tuple[list[str], list[str]]:
    known, name = _known_sites(frame, site), site_column(frame)
    if donors is None:
        wanted = [s for s in known if s != site]
    else:
        wanted = list(dict.fromkeys(str(d) for d in ([donors] if isinstance(donors, str) else donors)))
        if site in wanted:
            raise ParameterError(
                f"'{site}' is the treated site and cannot be its own donor; take it out of donors."
            )
        if absent := [d for d in wanted if d not in known]:
            raise MissingData(
                f"donor '{absent[0]}' is not in column '{name}'; it holds {', '.join(known[:6])}."
            )
    notes = [f"Donor {d} is left out: {excluded[d]}." for d in wanted if d in excluded]
    notes += [
        f"Site {s} is named as treated, but column '{name}' does not hold it; check its spelling."
        for s in named
        if s not in known
    ]
    left = [d for d in wanted if d not in excluded]
    if not left:
        said = " ".join(notes) or f"the frame holds no site but {site}."
        raise MissingData(f"no donor is left: {said} Name sites without the measure.")
    return left, notes


def panel(
    frame: pd.DataFrame,
    target: str,
    date: object,
    site: str,
    donors: Iterable[str] | None,
    treated: Mapping[str, object] | Iterable[str],
    until: object | None,
    weather: Sequence[str],
    window: int,
) -> Panel:
    """Weeks that a site and its donors share; arguments as :func:`airq.analysis.synthetic_control`.

    Raises
    ------
    MissingData
        No donor is left, or fewer shared weeks than a synthetic control needs.
    """
    _known_sites(frame, site)
    own = timeline(frame, target, date, until, weather, site)
    treated = treated if isinstance(treated, Mapping | str) else list(treated)
    excluded = _treated(treated, own.until if own.until is not None else own.held.days[-1])
    named = [treated] if isinstance(treated, str) else [str(t) for t in treated]
    wanted, notes = _candidates(frame, site, donors, excluded, named)
    near = [w for w in own.weeks.index if -window <= w < (own.length or 0) + window]
    lines: dict[str, Timeline] = {}
    for donor in wanted:
        try:
            line = timeline(frame, target, own.date, until, weather, donor)
        except AirqError as error:
            notes.append(f"Donor {donor} is left out: {error}")
            continue
        share = line.weeks.reindex(near).notna().mean()
        if share < _SHARED:
            notes.append(f"Donor {donor} is left out: it has {100 * share:.0f} % of the weeks of {site}.")
            continue
        lines[donor] = line
    if not lines:
        raise MissingData(f"no donor is left: {' '.join(notes)}")
    names = [site, *lines]
    both = [own, *lines.values()]
    log = pd.concat([t.weeks.reindex(near) for t in both], axis=1)
    raw = pd.concat([t.raw.reindex(near) for t in both], axis=1)
    full = log.notna().all(axis=1)
    week = np.asarray(log.index[full], dtype=np.int64)
    if (week < 0).sum() < MARGIN or (week >= 0).sum() < min(4, own.length or 4):
        raise MissingData(
            f"{site} and its {len(lines)} donors share {int((week < 0).sum())} weeks before the date and "
            f"{int((week >= 0).sum())} after; {MARGIN} and 4 are needed: name donors with fuller series."
        )
    notes += [f"{name}: {n}" for name, line in zip(names, both, strict=True) for n in line.notes]
    shares = [t.blocked_r2 for t in both if np.isfinite(t.blocked_r2)]
    return Panel(
        week=week,
        log=log[full].to_numpy(dtype=np.float64),
        raw=raw[full].to_numpy(dtype=np.float64),
        sites=names,
        date=own.date,
        until=own.until,
        length=own.length,
        phase=own.phase,
        blocked_r2=float(np.mean(shares)) if shares else float("nan"),
        notes=tuple(notes),
    )

"""Probability of meeting a target, what is still affordable, and when it is reached or lost.

Examples
--------
>>> days = pd.date_range("2016-01-01", "2018-08-31")
>>> wave = 45 + 30 * np.cos(2 * np.pi * np.asarray(days.day_of_year) / 365)
>>> noise = np.exp(0.35 * np.random.default_rng(0).normal(size=days.size))
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": np.round(wave * noise)})
>>> made = outlook(frame, {"kind": "mean", "pollutant": "pm25", "at_most": 48, "year": 2018}, "2018-08-31", draws=400)
>>> 0.3 < made.probability < 0.95, made.status, sorted(made.by_drift)
(True, 'open', ['full', 'half', 'zero'])
>>> bool(made.final[0.1] < made.final[0.9]), made.days_to_go
(True, 122)
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.targets import details
from airq.targets.checks import check, check_certain
from airq.targets.details import LEVELS, QUANTILES
from airq.targets.engine import Known, Tables, know, year_start
from airq.targets.judge import Case, Settings
from airq.targets.level import DRIFTS, Coefficients
from airq.targets.sentences import say
from airq.targets.series import SiteSeries, as_day, sites_of, whole_number
from airq.targets.shifts import shifts_of
from airq.targets.simulation import require_history
from airq.targets.spec import Target, parse

__all__ = ["Outlook", "judge", "outlook"]


@dataclass(frozen=True)
class Outlook:
    """What is known of one target on one day.

    Attributes
    ----------
    target : Target
    site : str
    asof : pandas.Timestamp
    status : {"met", "missed", "impossible", "open"}
        ``met`` and ``missed`` are certain from what is observed; ``impossible``: the days that are left do not suffice.
    probability : float
        0 to 1; exactly 0 or 1 only where the status is not open.
    monte_carlo_error : float
        Standard error of the probability from the number of draws.
    by_drift : dict of str to float
        Probability under zero, half and full drift.
    drift : str or float
        The one that holds: ``zero``, ``half``, ``full``, or the number given.
    drift_per_year : float
        Its log change a year, of the pollutant that is judged (PM2.5 for day counts).
    final : pandas.Series
        Quantiles of the final figure by ``round(p, 2)``, 0.05 to 0.95.
    unit : str
        ``days``, ``share``, ``µg/m³`` or ``mg/m³``.
    limit : float
        Threshold; NaN while its base year is not over.
    to_date : dict
        ``value`` (days counted, share or mean so far), ``valid_days``, ``missing_days``, ``days_to_go``, ``last_day``.
    days_left : pandas.Series
        By 0.5, 0.8, 0.95: how many more bad days than the outlook already expects may happen for the probability to
        stay at or above that; below zero, how many must be saved. For means in units of the mean of the rest.
    affordable : float
        Bad days (above the threshold) that the days after the last known one may hold at most, or their mean.
    reached_on : pandas.Series
        Quantiles of the date of ``event``; NaT where fewer than that share of the draws see it within the year.
    event : {"reached", "lost"}
    requirement : pandas.DataFrame
        ``year days bad_days mean``: what the coming days may hold (first row, ``needed``) beside the same days of
        earlier years.
    track : pandas.DataFrame
        Running figure: ``date observed q05 q25 q50 q75 q95``.
    parts : tuple of Outlook
        Of a joined target.
    notes, notes_zh : tuple of str
        Reservations in English and in Chinese.
    draws, seed : int
    simulated : bool
        Whether the frame holds simulated observations.
    unknown_days : int
        Of the missing days: those of the year after the last one with a value, which are simulated like days to come.
    """

    target: Target
    site: str
    asof: pd.Timestamp
    status: str
    probability: float
    monte_carlo_error: float
    by_drift: dict[str, float]
    drift: str | float
    drift_per_year: float
    final: pd.Series
    unit: str
    limit: float
    to_date: dict[str, Any]
    days_left: pd.Series
    affordable: float
    reached_on: pd.Series
    event: str
    requirement: pd.DataFrame
    track: pd.DataFrame
    parts: tuple[Outlook, ...]
    notes: tuple[str, ...]
    draws: int
    seed: int
    simulated: bool
    likelihood: dict[str, float] = field(default_factory=dict)
    notes_zh: tuple[str, ...] = ()
    unknown_days: int = 0

    @property
    def days_to_go(self) -> int:
        """Days of the target year after the day of issue."""
        return int(self.to_date.get("days_to_go", 0))

    def to_frame(self) -> pd.DataFrame:
        """One row for each target, the parts of a joined one below it."""
        rows = [self._row()]
        rows += [row for part in self.parts for row in [part._row()]]
        return pd.DataFrame(rows)

    def _row(self) -> dict[str, Any]:
        t = self.target
        row: dict[str, Any] = {
            "site": self.site,
            "asof": self.asof,
            "year": t.year,
            "kind": t.kind or "all_of",
            "pollutant": t.pollutant or "",
            "limit": self.limit,
            "unit": self.unit,
            "status": self.status,
            "probability": self.probability,
            "monte_carlo_error": self.monte_carlo_error,
        }
        row |= {f"probability_{name}": value for name, value in self.by_drift.items()}
        row |= {
            "drift": self.drift,
            "to_date": self.to_date.get("value", np.nan),
            "affordable": self.affordable,
        }
        row |= {f"q{round(100 * p):02d}": self.final[p] for p in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)}
        row |= {f"days_left_{round(100 * p)}": self.days_left[p] for p in LEVELS}
        row |= {"event": self.event, "event_median": self.reached_on[0.5], "notes": " ".join(self.notes)}
        return row

    def _repr_html_(self) -> str:
        head = f"<p>{html.escape(self.site)}, {self.asof:%Y-%m-%d}: P = {self.probability:.1%} ({self.status})</p>"
        return head + str(self.to_frame().to_html(index=False))


def _site_of(target: Target, sites: Mapping[str, SiteSeries], inherited: str | None) -> str:
    wanted = target.site or inherited
    if wanted is None:
        if len(sites) == 1:
            return next(iter(sites))
        held = ", ".join(list(sites)[:8])
        raise ParameterError(
            f"the target names no site and the frame holds {len(sites)} ({held}); add the key 'site'."
        )
    if wanted not in sites:
        held = ", ".join(list(sites)[:8]) or "none"
        raise MissingData(
            f"site '{wanted}' of the target is not in the frame, which holds {held}; correct one of them."
        )
    return wanted


def _given_drift(drift: Any) -> float | None:
    if isinstance(drift, str) and drift in ("auto", *DRIFTS):
        return None
    if isinstance(drift, bool) or not isinstance(drift, int | float | np.number) or not np.isfinite(drift):
        raise ParameterError(
            f"drift is {drift!r}; use zero, half, full, auto or a number (log change a year)."
        )
    return float(drift)


def outlook(
    frame: pd.DataFrame | Mapping[str, pd.DataFrame] | Iterable[pd.DataFrame],
    target: Mapping[str, Any] | Target,
    asof: Any,
    drift: str | float = "auto",
    draws: int = 2000,
    seed: int = 0,
    shift: Any = None,
    coefficients: Coefficients | None = None,
) -> Outlook:
    """Outlook on a target from all that is known on a day.

    Parameters
    ----------
    frame : pandas.DataFrame, or several
        Daily frame: ``date``, ``site``, pollutants, ``aqi``. Several sites may be there: the target's ``site`` is
        judged, the others inform drift and coefficients. Rows after ``asof`` are not looked at.
    target : mapping or Target
        See :class:`airq.targets.Target`.
    asof : date
        Last day whose observation is known.
    drift : {"auto", "zero", "half", "full"} or float
        Change of the level from year to year; ``auto`` takes what would have foretold the past years best, a number is
        a log change a year.
    draws, seed : int
    shift : number, mapping or list, optional
        Declared effect of planned measures; see :func:`airq.targets.shifts_of`.
    coefficients : Coefficients, optional
        Where pooled estimates start from, in place of the shipped ones.

    Returns
    -------
    Outlook

    Raises
    ------
    ParameterError, MissingData
        One sentence: a target, date or drift that cannot be read; no history; a target year before the data.

    Notes
    -----
    The method and what it reaches stand in docs/targets.md.
    """
    wanted, day = parse(target), as_day(asof)
    draws, seed = whole_number(draws, "draws", 100), whole_number(seed, "seed", 0)
    sites = sites_of(frame, day)
    if not sites:
        raise MissingData(
            f"the daily frame holds no value up to {day}; choose a later asof or give its history."
        )
    settings = Settings(draws, seed, _given_drift(drift), shifts_of(shift))
    return judge(sites, wanted, day, drift, settings, coefficients)


def judge(
    sites: Mapping[str, SiteSeries],
    target: Target,
    day: np.datetime64,
    drift: str | float,
    settings: Settings,
    coefficients: Coefficients | None = None,
    kept: Tables | None = None,
) -> Outlook:
    """Outlook from series that are prepared; parameters as :func:`outlook`."""
    leaves = target.all_of or (target,)
    kept = kept or Tables()
    known: dict[tuple[str, np.datetime64], Known] = {}
    cases: list[Case] = []
    for leaf in leaves:
        site = _site_of(leaf, sites, target.site)

        def at(asof: np.datetime64, site: str = site) -> Known:
            if (site, asof) not in known:
                known[site, asof] = know(sites, site, asof, coefficients, kept)
            return known[site, asof]

        case = Case(at(day), leaf, settings)
        check(case)
        case = _until_last(case, at)
        same = next((c.simulated for c in cases if c.known is case.known), None)
        case.simulated = {} if same is None else same
        check_certain(case)
        cases.append(case)
    chosen, likelihood = _choice(cases, drift)
    parts = tuple(_one(case, chosen, drift, likelihood) for case in cases)
    if not target.all_of:
        return parts[0]
    return _joint(target, cases, parts, chosen)


def _until_last(case: Case, at: Callable[[np.datetime64], Known]) -> Case:
    """The case as known on its last day with a value, so that the days since are simulated and not passed over."""
    last, end = case.last, year_start(case.target.year + 1) - 1
    if last is None or last >= min(case.asof, end):
        return case
    earlier = Case(at(last), case.target, case.settings, issued=case.asof)
    try:
        require_history(earlier.known, earlier.coming())
    except MissingData:
        return case
    return earlier


def _choice(cases: Sequence[Case], drift: str | float) -> tuple[str, dict[str, float]]:
    if not isinstance(drift, str):
        return "given", {}
    if drift != "auto":
        return drift, {}
    names, total = [], dict.fromkeys(DRIFTS, 0.0)
    for case in cases:
        name, scores = case.known.choice(case.judged())
        names.append(name)
        for key, score in scores.items():
            total[key] += score / len(cases)
    # The parts of a joined target share one drift: the one most of them prefer, the smaller where they are even.
    return min(names, key=lambda n: (-names.count(n), DRIFTS[n])), total


def _probability(met: npt.NDArray[np.bool_], status: str) -> float:
    if status != "open":
        return float(status == "met")
    # An open target is never certain, whatever the draws say.
    return float(np.clip(met.mean(), 0.5 / met.size, 1 - 0.5 / met.size))


def _error(probability: float, draws: int, status: str) -> float:
    return float(np.sqrt(probability * (1 - probability) / draws)) if status == "open" else 0.0


def _one(case: Case, chosen: str, drift: str | float, likelihood: dict[str, float]) -> Outlook:
    status = case.status()
    known, draws = case.known, case.settings.draws
    by_drift = {name: _probability(case.met(name), status) for name in DRIFTS}
    final, met = case.final(chosen), case.met(chosen)
    probability = _probability(met, status)
    whole = case.target.kind in ("good_days", "heavy_days")
    quantiles = np.quantile(final, QUANTILES, method="inverted_cdf" if whole else "linear")
    name = case.judged()[0]
    v = known.names.index(name) if name in known.names else 0
    share = DRIFTS.get(chosen, 1.0)
    per_year = float(drift) if chosen == "given" else share * float(known.coefficients.drift[v])
    limit = case.fixed_limit()
    said = details.notes(case, status)
    return Outlook(
        target=case.target,
        site=known.series.site,
        asof=pd.Timestamp(case.asof),
        status=status,
        probability=probability,
        monte_carlo_error=_error(probability, draws, status),
        by_drift=by_drift,
        drift=drift if chosen == "given" else chosen,
        drift_per_year=per_year,
        final=pd.Series(quantiles, index=pd.Index(QUANTILES, name="probability"), name="final"),
        unit=case.target.unit,
        limit=float("nan") if limit is None else limit,
        to_date=details.to_date(case),
        days_left=details.days_left(case, chosen),
        affordable=details.affordable(case, chosen),
        reached_on=details.dates(case, chosen),
        event=case.event,
        requirement=details.requirement(case, chosen),
        track=case.track(chosen),
        parts=(),
        notes=tuple(en for en, _ in said),
        notes_zh=tuple(zh for _, zh in said),
        draws=draws,
        seed=case.settings.seed,
        simulated=known.series.simulated,
        likelihood=likelihood,
        unknown_days=case.silent(),
    )


def _joint(target: Target, cases: Sequence[Case], parts: tuple[Outlook, ...], chosen: str) -> Outlook:
    states = {p.status for p in parts}
    gone = next((s for s in ("missed", "impossible") if s in states), None)
    status = gone or ("met" if states == {"met"} else "open")

    def joint(drift: str) -> float:
        return _probability(np.all([c.met(drift) for c in cases], axis=0), status)

    probability = joint(chosen)
    first = parts[0]
    nothing = pd.Series(np.nan, index=first.final.index, name="final")
    said = list(dict.fromkeys(n for p in parts for n in zip(p.notes, p.notes_zh, strict=True)))
    names = tuple(dict.fromkeys(p.site for p in parts))
    if len(names) > 1:
        said.append(say("shared_luck"))
    return Outlook(
        target=target,
        site=", ".join(names),
        asof=first.asof,
        status=status,
        probability=probability,
        monte_carlo_error=_error(probability, first.draws, status),
        by_drift={name: joint(name) for name in DRIFTS},
        drift=first.drift,
        drift_per_year=first.drift_per_year,
        final=nothing,
        unit="",
        limit=float("nan"),
        to_date={"days_to_go": max(p.days_to_go for p in parts)},
        days_left=pd.Series(np.nan, index=first.days_left.index, name="days_left"),
        affordable=float("nan"),
        reached_on=pd.Series(pd.NaT, index=first.reached_on.index, name="date"),
        event="",
        requirement=pd.concat(
            [p.requirement.assign(part=i) for i, p in enumerate(parts, 1)], ignore_index=True
        ),
        track=first.track.iloc[:0],
        parts=parts,
        notes=tuple(en for en, _ in said),
        notes_zh=tuple(zh for _, zh in said),
        draws=first.draws,
        seed=first.seed,
        simulated=first.simulated,
        likelihood=first.likelihood,
    )

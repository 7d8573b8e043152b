"""How far an outlook may be trusted: outlooks of past years, each issued as if on its day, against what came.

Examples
--------
>>> days = pd.date_range("2014-01-01", "2017-12-31")
>>> wave = 45 + 30 * np.cos(2 * np.pi * np.asarray(days.day_of_year) / 365)
>>> noise = np.exp(0.35 * np.random.default_rng(0).normal(size=days.size))
>>> frame = pd.DataFrame({"date": days, "site": "A", "pm25": np.round(wave * noise)})
>>> made = hindcast(frame, {"kind": "mean", "pollutant": "pm25"}, [2016, 2017], [75, 255], draws=200)
>>> made.finals[["year", "issue_day"]].values.tolist()
[[2016, 75], [2016, 255], [2017, 75], [2017, 255]]
>>> bool(0 <= made.brier.loc["all", "brier"] < 0.3)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import AirqError, MissingData, ParameterError
from airq.targets.baselines import BASELINES
from airq.targets.checks import check_base, check_index
from airq.targets.details import QUANTILES
from airq.targets.engine import Known, Tables, know, year_start
from airq.targets.judge import Case, Settings
from airq.targets.level import Coefficients
from airq.targets.observed import meets
from airq.targets.series import SiteSeries, sites_of, whole_number
from airq.targets.simulation import simulate
from airq.targets.spec import Target, parse

__all__ = ["AROUND", "Hindcast", "crps_of_draws", "hindcast"]

Floats = npt.NDArray[np.float64]

AROUND: Final = {
    "good_days": (-20, -10, 0, 10, 20, 30),
    "heavy_days": (-4, -2, 0, 2, 4),
    "mean": (0.8, 0.85, 0.9, 0.95, 1.0, 1.05),
}
"""Thresholds around last year's figure: days added to it, or factors of it."""
LEAST_DRAWS: Final = 10
LEAST_SHARE: Final = 0.85
"""Share of the days of a year that must be valid for it to be scored; its last week must be there."""


@dataclass(frozen=True)
class Hindcast:
    """Scores of past outlooks.

    Attributes
    ----------
    rows : pandas.DataFrame
        One row an outlook and threshold: ``method kind site year issue_day issued threshold probability outcome``.
    finals : pandas.DataFrame
        One row an outlook: ``method kind site year issue_day issued drift observed crps q05 ... q95``.
    skipped : tuple of str
        Years of sites that could not be scored, and why.
    """

    rows: pd.DataFrame
    finals: pd.DataFrame
    skipped: tuple[str, ...]

    @property
    def reliability(self) -> pd.DataFrame:
        """Tenths of the probability: ``low high n forecast frequency``; all kinds of the first method together."""
        return reliability_table(self._own(self.rows))

    @property
    def brier(self) -> pd.DataFrame:
        """Brier score of all kinds together by day of issue and over ``all``, with that of the plain frequency and the
        number of rows; see :attr:`brier_by_kind`.
        """
        rows = self._own(self.rows)
        square = (rows["probability"] - rows["outcome"]) ** 2
        table = square.groupby(rows["issue_day"]).agg(["mean", "size"])
        table.columns = ["brier", "n"]
        table.index = table.index.astype(object)
        table.loc["all"] = [square.mean(), len(square)]
        frequency = rows["outcome"].mean()
        table["frequency_alone"] = frequency * (1 - frequency)
        return table

    @property
    def brier_by_kind(self) -> pd.DataFrame:
        """Brier score by day of issue and over ``all``; one column a kind."""
        rows = self._own(self.rows)
        square = rows.assign(square=(rows["probability"] - rows["outcome"]) ** 2)
        return _by_day(square, "square")

    @property
    def crps(self) -> pd.DataFrame:
        """Mean CRPS of the final figure by day of issue and over ``all``; one column a kind."""
        return _by_day(self._own(self.finals), "crps")

    @property
    def coverage(self) -> pd.DataFrame:
        """Share of final figures inside the 80 % interval by day of issue and over ``all``; one column a kind."""
        return _by_day(self._with_inside(self._own(self.finals)), "inside")

    def scores(self) -> pd.DataFrame:
        """One row a method and kind: ``brier crps coverage n``."""
        out = []
        finals = self._with_inside(self.finals)
        for (method, kind), part in finals.groupby(["method", "kind"], sort=False):
            rows = self.rows[(self.rows["method"] == method) & (self.rows["kind"] == kind)]
            brier = ((rows["probability"] - rows["outcome"]) ** 2).mean()
            out.append((method, kind, brier, part["crps"].mean(), part["inside"].mean(), len(part)))
        return pd.DataFrame(out, columns=["method", "kind", "brier", "crps", "coverage", "n"])

    def to_frame(self) -> pd.DataFrame:
        """The rows of probabilities."""
        return self.rows

    def _repr_html_(self) -> str:
        return str(self.scores().to_html(index=False))

    def _own(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["method"] == frame["method"].iloc[0]] if len(frame) else frame

    @staticmethod
    def _with_inside(finals: pd.DataFrame) -> pd.DataFrame:
        inside = (finals["observed"] >= finals["q10"]) & (finals["observed"] <= finals["q90"])
        return finals.assign(inside=inside.astype(float))


def _by_day(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean of a column by day of issue and over ``all``; one column a kind."""
    table = rows.pivot_table(index="issue_day", columns="kind", values=column, aggfunc="mean", sort=False)
    table = table.sort_index()
    table.index = table.index.astype(object)
    table.loc["all"] = rows.groupby("kind")[column].mean()
    return table


def reliability_table(rows: pd.DataFrame, bins: int = 10) -> pd.DataFrame:
    """Stated probability against frequency.

    Parameters
    ----------
    rows : pandas.DataFrame
        Columns ``probability`` and ``outcome``.
    bins : int

    Returns
    -------
    pandas.DataFrame
        ``low high n forecast frequency``; bins without a row are left out.

    Examples
    --------
    >>> rows = pd.DataFrame({"probability": [0.05, 0.05, 0.95], "outcome": [0, 0, 1]})
    >>> reliability_table(rows)[["n", "forecast", "frequency"]].values.tolist()
    [[2.0, 0.05, 0.0], [1.0, 0.95, 1.0]]
    """
    place = np.clip((rows["probability"].to_numpy(np.float64) * bins).astype(int), 0, bins - 1)
    groups = rows.groupby(place)
    table = pd.DataFrame(
        {
            "n": groups.size(),
            "forecast": groups["probability"].mean(),
            "frequency": groups["outcome"].mean(),
        }
    )
    table.insert(0, "low", table.index / bins)
    table.insert(1, "high", (table.index + 1) / bins)
    return table.reset_index(drop=True)


def crps_of_draws(draws: Floats, observed: float) -> float:
    """CRPS of an ensemble.

    Parameters
    ----------
    draws : float array (draw,)
    observed : float

    Examples
    --------
    >>> crps_of_draws(np.array([3.0]), 5.0), crps_of_draws(np.array([4.0, 6.0]), 5.0)
    (2.0, 0.5)
    """
    x = np.sort(np.asarray(draws, dtype=np.float64))
    n = x.size
    spread = 2.0 * float((x * (2 * np.arange(1, n + 1) - n - 1)).sum()) / n**2
    return float(np.abs(x - observed).mean() - 0.5 * spread)


def _targets(target: Any) -> list[dict[str, Any]]:
    rows = list(target) if isinstance(target, Sequence) and not isinstance(target, str) else [target]
    out = []
    for row in rows:
        if isinstance(row, Target):
            row = row.model_dump(exclude_none=True)
        if not isinstance(row, Mapping) or row.get("kind") is None:
            raise ParameterError(
                "a target to hindcast is a mapping with 'kind'; its threshold and year may be left out."
            )
        if row.get("all_of"):
            raise ParameterError("a joined target (all_of) cannot be hindcast; give its parts as a list.")
        out.append(dict(row))
    return out


def _template(row: Mapping[str, Any], year: int) -> tuple[Target, bool]:
    """The target of a past year, and whether its threshold stands for itself."""
    own = any(row.get(k) is not None for k in ("at_least", "at_most"))
    named = row.get("standard") is not None and str(row["standard"]).strip().lower() != "by-date"
    own = own or (named and row["kind"] in ("mean", "mean3"))  # the limit of the standard is its threshold
    change = row.get("change")
    made = {k: v for k, v in row.items() if k not in ("year", "change", "all_of")}
    if change is not None:
        step = int(row.get("year", year)) - int(change["from"])
        moved = {k: v for k, v in dict(change).items() if k != "base"}
        return parse({**made, "year": year, "change": {**moved, "from": year - max(step, 1)}}), True
    if not own:
        made["at_least" if row["kind"] in ("good_days", "good_ratio") else "at_most"] = 0
    return parse({**made, "year": year}), own


def _thresholds(target: Target, last: float) -> Floats:
    if target.is_mean:
        return last * np.array(AROUND["mean"])
    offsets = np.array(AROUND["heavy_days" if target.counts_heavy else "good_days"], dtype=np.float64)
    return last + (offsets / 365 if target.is_ratio else offsets)


def hindcast(
    frames: pd.DataFrame | Mapping[str, pd.DataFrame] | Iterable[pd.DataFrame],
    target: Mapping[str, Any] | Target | Sequence[Mapping[str, Any]],
    years: Iterable[int],
    issue_days: Iterable[int] = (15, 45, 75, 105, 135, 165, 195, 225, 255, 285, 315, 345),
    drift: str = "auto",
    draws: int = 1000,
    seed: int = 0,
    methods: Sequence[str] = ("recipe",),
    coefficients: Coefficients | None = None,
) -> Hindcast:
    """Outlooks on past years, each from what was known on its day.

    Parameters
    ----------
    frames : pandas.DataFrame, or several
        Daily frames of one or more sites; all inform the coefficients, each up to the day of issue.
    target : mapping, Target, or list of mappings
        Without a threshold: thresholds around the figure of the year before (:data:`AROUND`). A target with ``site``
        scores that site only. ``year`` is not looked at; a ``change`` keeps its distance in years.
    years : iterable of int
        Years that are scored; one is left out where the site's record of it is not whole.
    issue_days : iterable of int
        Days of the year after which an outlook is issued, 0 to 364.
    drift : {"auto", "zero", "half", "full"}
    draws, seed : int
    methods : sequence of str
        ``recipe`` and any of :data:`airq.targets.BASELINES`.
    coefficients : Coefficients, optional
        Where pooled estimates start from.

    Returns
    -------
    Hindcast

    Raises
    ------
    ParameterError, MissingData
        Also where no year of any site could be scored.

    Notes
    -----
    Figures are of the days that have a value; the coming days that will have none are left out of the outlook, since a
    gap in the record is no matter of the air. Nothing else after the day of issue is looked at.
    """
    sites, rows = sites_of(frames), _targets(target)
    wanted_years, days = _whole(years, "years"), _whole(issue_days, "issue_days")
    known_methods = ("recipe", *BASELINES)
    if unknown := [m for m in methods if m not in known_methods]:
        raise ParameterError(f"method '{unknown[0]}' is not known; use {', '.join(known_methods)}.")
    if drift not in ("auto", "zero", "half", "full"):
        raise ParameterError(f"drift is {drift!r}; a hindcast takes zero, half, full or auto.")
    if any(d < 0 or d > 364 for d in days):
        raise ParameterError("issue_days holds a day outside 0 to 364; give days of the year.")
    if absent := [r["site"] for r in rows if r.get("site") is not None and r["site"] not in sites]:
        held = ", ".join(list(sites)[:8]) or "none"
        raise MissingData(
            f"site '{absent[0]}' of the target is not in the frame, which holds {held}; correct one of them."
        )
    settings = Settings(whole_number(draws, "draws", LEAST_DRAWS), whole_number(seed, "seed", 0))
    made = _Maker(sites, rows, drift, settings, tuple(methods), coefficients)
    for site in sites:
        for year in wanted_years:
            made.year(site, year, days)
    if not made.finals:
        reason = made.skipped[0] if made.skipped else "no year was asked for."
        raise MissingData(f"no year could be scored: {reason}")
    return Hindcast(pd.DataFrame(made.rows), pd.DataFrame(made.finals), tuple(dict.fromkeys(made.skipped)))


def _whole(values: Iterable[int], what: str) -> list[int]:
    try:
        return [int(v) for v in ([values] if isinstance(values, int) else values)]
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{what} is not a list of whole numbers; give such as 2016, 2017.") from error


class _Maker:
    """Collects the rows of a hindcast, site by site and year by year."""

    def __init__(
        self,
        sites: Mapping[str, SiteSeries],
        targets: list[dict[str, Any]],
        drift: str,
        settings: Settings,
        methods: tuple[str, ...],
        coefficients: Coefficients | None,
    ) -> None:
        self.sites, self.targets, self.drift, self.settings = sites, targets, drift, settings
        self.methods, self.coefficients = methods, coefficients
        self.kept = Tables()
        self.rows: list[dict[str, Any]] = []
        self.finals: list[dict[str, Any]] = []
        self.skipped: list[str] = []

    def year(self, site: str, year: int, issue_days: Sequence[int]) -> None:
        """All outlooks on one year of one site."""
        try:
            end = know(self.sites, site, year_start(year + 1) - 1, self.coefficients, self.kept)
        except AirqError as error:
            self.skipped.append(f"{site} {year}: {error}")
            return
        jobs = []
        for row in self.targets:
            if row.get("site") not in (None, site):
                continue
            target, own = _template(row, year)
            truth = self._truth(end, target, own)
            if isinstance(truth, str):
                self.skipped.append(f"{site} {year}, {target.kind}: {truth}")
            else:
                jobs.append((target, own, *truth))
        for day in issue_days if jobs else ():
            self._issue(site, year, day, jobs)

    def _truth(self, end: Known, target: Target, own: bool) -> Any:
        """Observed figure, thresholds and valid days; or why there are none."""
        case = Case(end, target, self.settings)
        try:
            check_index(case)
            check_base(case)
            seen = case.observed()
            last = seen.days[seen.valid][-1] if seen.number else None
            if last is None or seen.number < LEAST_SHARE * 365 or last < year_start(target.year + 1) - 7:
                return f"{seen.number} valid days, the last on {last}; a whole year is needed."
            observed = float(case.final("zero")[0])
            if own:
                thresholds = np.array([float(case.limit("zero")[0])])
            else:
                before = case.observed(target.year - 1)
                if before.number < LEAST_SHARE * 365:
                    return f"the year before has {before.number} valid days; its figure is needed for thresholds."
                thresholds = _thresholds(target, float(case.figure("zero", target.year - 1)[0]))
        except AirqError as error:
            return str(error)
        return observed, thresholds, seen.days[seen.valid]

    def _issue(self, site: str, year: int, day: int, jobs: Sequence[Any]) -> None:
        asof = year_start(year) + day - 1
        try:
            known = know(self.sites, site, asof, self.coefficients, self.kept)
            shared = {year: simulate(known, year, self.settings.draws, self.settings.seed)}
        except AirqError as error:
            self.skipped.append(f"{site} {year}, day {day}: {error}")
            return
        for target, _, observed, thresholds, valid in jobs:
            settings = Settings(self.settings.draws, self.settings.seed, days=valid)
            case = Case(known, target, settings, {year: shared[year].on(valid)})
            head = {"kind": _kind(target), "site": site, "year": year, "issue_day": day}
            head["issued"] = pd.Timestamp(asof)
            drift = known.choice(case.judged())[0] if self.drift == "auto" else self.drift
            for method in self.methods:
                try:
                    final = case.final(drift) if method == "recipe" else BASELINES[method](case)
                except AirqError as error:
                    self.skipped.append(f"{site} {year}, day {day}, {method}: {error}")
                    continue
                self._score({"method": method, **head}, case, drift, final, observed, thresholds)

    def _score(
        self,
        head: dict[str, Any],
        case: Case,
        drift: str,
        final: Floats,
        observed: float,
        thresholds: Floats,
    ) -> None:
        quantiles = np.quantile(final, QUANTILES)
        self.finals.append(
            {**head, "drift": drift, "observed": observed, "crps": crps_of_draws(final, observed)}
            | {f"q{round(100 * p):02d}": float(q) for p, q in zip(QUANTILES, quantiles, strict=True)}
        )
        printed, outcome_printed = case.printed(final), float(case.printed(np.array([observed]))[0])
        for limit in thresholds:
            met, outcome = (meets(v, limit, case.target.upward) for v in (printed, outcome_printed))
            self.rows.append(
                {**head, "threshold": float(limit), "probability": float(met.mean()), "outcome": int(outcome)}
            )


def _kind(target: Target) -> str:
    return f"{target.kind}:{target.pollutant}" if target.is_mean else str(target.kind)

"""One run of the hourly forecast: learn up to a cut, forecast from given hours of issue.

Leads are taken in bands. The rows of a band are drawn at random from the training hours, the lead of each at random
from the band; held-out forecasts give the weights of the combination, the intervals, and whether the band has skill
against climatology at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.forecast.arrays import Array, Ints
from airq.forecast.hourly import learning
from airq.forecast.hourly.climatology import Climatology
from airq.forecast.hourly.features import Ahead, Basis, Matrix, Rows, issue_matrix
from airq.forecast.hourly.known import Known
from airq.forecast.hourly.panel import Panel
from airq.forecast.hourly.spread import Spread, fit_spread
from airq.forecast.names import LEVELS
from airq.weather.season import heating_season

__all__ = ["Piece", "Run"]

ROWS_A_SITE: Final = 6000
MOST_ROWS: Final = 48000
"""Training rows of a band; neighbouring hours say the same, more rows cost more than they add."""
WARM_UP: Final = 24
SHORT: Final = 60 * 24
"""Hours of known values below which only climatology is forecast."""
GUARD: Final = 48
"""Hours between held-out and training hours beyond the longest lead of the band."""
_STEPS: Final = 4
_CHUNK: Final = 100_000
_NO_SKILL: Final = 1.0
"""Ratio of the held-out pinball loss to that of climatology from which a band has no skill."""


@dataclass(frozen=True)
class Piece:
    """Forecasts of one lead and model.

    Attributes
    ----------
    lead : int
    model : str
    rows : Rows
    quantiles : float64 array, shape (n, 19)
    """

    lead: int
    model: str
    rows: Rows
    quantiles: Array


@dataclass(frozen=True)
class _Band:
    """What was learned for some leads."""

    leads: list[int]
    fits: dict[str, learning.Fits]
    weights: dict[str, float]
    spreads: dict[str, Spread]
    ratio: float


class Run:
    """A forecast run.

    Parameters
    ----------
    panel : Panel
        Usable sites only.
    target : str
    known : Known, optional
        Weather ahead.
    leads : sequence of int
        Hours ahead, increasing.
    cut : int
        First row after the training hours.
    models : sequence of str
        Of :data:`airq.forecast.hourly.learning.MODELS`.
    seed : int
    """

    def __init__(
        self,
        panel: Panel,
        target: str,
        known: Known | None,
        leads: Sequence[int],
        cut: int,
        models: Sequence[str],
        seed: int,
    ) -> None:
        self.panel, self.target, self.known, self.cut = panel, target, known, cut
        self.leads, self.models, self.seed = list(leads), list(models), seed
        self.values = panel.values[target]
        train = np.arange(len(panel.time)) < cut
        self.basis = Basis.fit(panel, target, train)
        self.short = int(np.isfinite(self.values[:cut]).sum(axis=0).max()) < SHORT
        learns = not self.short and set(self.models) - {"climatology", "persistence"}
        self.partial = [self._without(k) for k in range(learning.FOLDS)] if learns else []
        self.ahead = Ahead.of(panel, target, self.basis, max(self.leads), self.partial)
        self.summary: dict[int, dict[str, float]] = {}
        """By lead: the weights of the combination and ``ratio``, its held-out loss against climatology."""

    def pieces(self, wanted: dict[int, Rows]) -> Iterator[Piece]:
        """Forecasts for hours of issue by lead.

        Parameters
        ----------
        wanted : dict of int to Rows
            Hours of issue of each lead.

        Yields
        ------
        Piece
        """
        learned = [m for m in self.models if m != "climatology"]
        if self.short or not learned:
            yield from self._climatology(wanted, self.models)
            return
        if "climatology" in self.models:
            yield from self._climatology(wanted, ["climatology"])
        rows = self._training_rows()
        due_of = np.concatenate([r.time * len(self.panel.sites) + r.site for r in wanted.values()])
        asked = np.unique(due_of)
        issues = Rows(asked // len(self.panel.sites), asked % len(self.panel.sites))
        both = Rows(np.concatenate([rows.time, issues.time]), np.concatenate([rows.site, issues.site]))
        features = issue_matrix(self.panel, self.target, self.basis, both)
        ours, theirs = features[: len(rows)], features[len(rows) :]
        for number, leads in enumerate(learning.bands(self.leads)):
            band = self._learn(leads, number, rows, ours)
            for lead in leads:
                at = wanted[lead]
                place = np.searchsorted(asked, at.time * len(self.panel.sites) + at.site)
                yield from self._forecast(band, lead, at, theirs, place, learned)

    def _climatology(self, wanted: dict[int, Rows], models: Sequence[str]) -> Iterator[Piece]:
        for lead, rows in wanted.items():
            found = self.basis.climatology.quantiles(self.ahead.time[rows.time + lead], rows.site)
            for model in models:
                yield Piece(lead, model, rows, found)

    def _training_rows(self) -> Rows:
        """Hours of issue to learn from, drawn once for all bands."""
        known = np.isfinite(self.ahead.log[: self.cut - 1])
        known[:WARM_UP] = False
        time, site = np.nonzero(known)
        most = min(MOST_ROWS, ROWS_A_SITE * len(self.panel.sites))
        if len(time) > most:
            drawn = np.random.default_rng(self.seed).choice(len(time), most, replace=False)
            drawn.sort()
            time, site = time[drawn], site[drawn]
        return Rows(time.astype(np.int64), site.astype(np.int64))

    def _learn(self, leads: list[int], number: int, rows: Rows, features: Matrix) -> _Band:
        rng = np.random.default_rng([self.seed, number])
        lead = rng.choice(np.asarray(leads, np.int64), len(rows))
        due = rows.time + lead
        inside = due < self.cut
        observed = np.full(len(rows), np.nan)
        observed[inside] = self.values[due[inside], rows.site[inside]]
        keep = np.isfinite(observed)
        rows, lead, due, observed = rows.take(keep), lead[keep], due[keep], observed[keep]
        log = self.basis.log(observed)
        fold = learning.folds(due, 0, self.cut)
        unseen = fold + 1 if self.partial else np.zeros_like(fold)
        x, start = self._matrix(rows, lead, features[keep], unseen)
        usual = self.ahead.usual[unseen, due, rows.site]
        guard = max(leads) + GUARD
        fits: dict[str, learning.Fits] = {}
        # Trees correct the persistence of the anomaly; the ridge corrects what is usual, towards which it shrinks.
        if {"ridge", "auto"} & set(self.models):
            fits["ridge"] = learning.fit_ridge(x, log - usual, fold, due, guard)
        if {"boosting", "auto"} & set(self.models):
            fits["boosting"] = learning.fit_boosting(x, log - start, fold, due, guard, self.seed)
        held_out = {"climatology": self._median(due, rows.site, unseen)}
        held_out["persistence"] = self.ahead.level[rows.time, rows.site]
        held_out.update({n: (usual if n == "ridge" else start) + f.held_out for n, f in fits.items()})
        cold = heating_season(self.ahead.time[due].to_numpy())
        weights: dict[str, float] = {}
        if "auto" in self.models:
            weights = _weights(held_out, observed, self.basis.offset)
            held_out["auto"] = _mixed(held_out, weights)
        wanted = [m for m in self.models if m != "climatology"]
        spreads = {m: fit_spread(held_out[m], log, cold) for m in wanted}
        ratio = 0.0
        if "auto" in self.models:
            ratio = self._ratio(spreads["auto"], held_out["auto"], observed, cold, due, rows.site, fold)
            for h in leads:
                self.summary[h] = {**{n: round(w, 2) for n, w in weights.items()}, "ratio": round(ratio, 3)}
        return _Band(leads, fits, weights, spreads, ratio)

    def _matrix(
        self, rows: Rows, lead: Ints, features: Matrix, which: Ints | int = 0
    ) -> tuple[Matrix, Array]:
        then, start = self.ahead.matrix(rows, lead, which)
        parts: list[npt.NDArray[Any]] = [features, then]
        if self.known is not None:
            parts.append(self.known.matrix(rows, lead))
        return np.concatenate(parts, axis=1, dtype=np.float32), start

    def _median(self, due: Ints, site: Ints, which: Ints) -> Array:
        """Logarithm of the median of the climatologies of :attr:`Ahead.usual`."""
        out = np.empty(len(due))
        for k in np.unique(which):
            here, used = which == k, self.partial[k - 1] if k else self.basis.climatology
            out[here] = used.median(self.ahead.time[due[here]], site[here])
        return out

    def _ratio(
        self,
        spread: Spread,
        log: Array,
        observed: Array,
        cold: npt.NDArray[np.bool_],
        due: Ints,
        site: Ints,
        fold: Ints,
    ) -> float:
        """Held-out pinball loss over that of a climatology that has not seen the fold either."""
        ours = _pinball(np.exp(spread.quantiles(log, cold)) - self.basis.offset, observed)
        usual = np.empty((len(due), len(LEVELS)))
        for k in np.unique(fold):
            here = fold == k
            usual[here] = self.partial[k].quantiles(self.ahead.time[due[here]], site[here])
        return float(ours.sum() / max(_pinball(usual, observed).sum(), 1e-12))

    def _without(self, k: int) -> Climatology:
        """Climatology that has not seen a fold; the whole one where a site has values in that fold only."""
        hours = np.arange(self.cut, dtype=np.int64)
        use = learning.folds(hours, 0, self.cut) != k
        values = self.values[: self.cut]
        if not np.isfinite(values[use]).any(axis=0).all():
            return self.basis.climatology
        return Climatology.fit(self.panel.time[: self.cut], values, self.basis.offset, use)

    def _forecast(
        self, band: _Band, lead: int, rows: Rows, features: Matrix, place: Ints, models: Sequence[str]
    ) -> Iterator[Piece]:
        parts: dict[str, list[Array]] = {m: [] for m in models}
        for first in range(0, len(rows), _CHUNK):
            cut = slice(first, first + _CHUNK)
            chunk = Rows(rows.time[cut], rows.site[cut])
            for model, quantiles in self._chunk(band, lead, chunk, features[place[cut]], models).items():
                parts[model].append(quantiles)
        for model in models:
            found = np.concatenate(parts[model]) if parts[model] else np.empty((0, len(LEVELS)))
            yield Piece(lead, model, rows, found)

    def _chunk(
        self, band: _Band, lead: int, rows: Rows, features: Matrix, models: Sequence[str]
    ) -> dict[str, Array]:
        ahead = np.full(len(rows), lead, np.int64)
        time = self.ahead.time[rows.time + lead]
        x, start = self._matrix(rows, ahead, features)
        usual = self.ahead.usual[0, rows.time + lead, rows.site]
        logs = {"climatology": self.basis.climatology.median(time, rows.site)}
        logs["persistence"] = self.ahead.level[rows.time, rows.site]
        for name, fitted in band.fits.items():
            logs[name] = (usual if name == "ridge" else start) + learning.predict(fitted, x)
        if band.weights:
            logs["auto"] = _mixed(logs, band.weights)
        cold = heating_season(time.to_numpy())
        out: dict[str, Array] = {}
        for model in models:
            if model == "auto" and band.ratio >= _NO_SKILL:
                out[model] = self.basis.climatology.quantiles(time, rows.site)
            else:
                found = np.exp(band.spreads[model].quantiles(logs[model], cold)) - self.basis.offset
                out[model] = np.maximum(found, 0.0)
        return out


def _mixed(logs: dict[str, Array], weights: dict[str, float]) -> Array:
    return np.asarray(np.sum([w * logs[n] for n, w in weights.items()], axis=0))


def _weights(held_out: dict[str, Array], observed: Array, offset: float) -> dict[str, float]:
    """Shares of boosting, ridge, persistence and climatology with the least absolute error on held-out rows."""
    names = ("boosting", "ridge", "persistence", "climatology")
    good = np.isfinite(held_out["boosting"]) & np.isfinite(held_out["ridge"])
    best = np.inf
    chosen: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0)
    for a, b, c in product(range(_STEPS + 1), repeat=3):
        if a + b + c > _STEPS:
            continue
        share = tuple(n / _STEPS for n in (a, b, c, _STEPS - a - b - c))
        log = sum(w * held_out[n][good] for w, n in zip(share, names, strict=True))
        error = float(np.abs(np.exp(log) - offset - observed[good]).mean())
        if error < best - 1e-9:
            best, chosen = error, share
    return {n: w for n, w in zip(names, chosen, strict=True) if w > 0}


def _pinball(quantiles: Array, observed: Array) -> Array:
    """Pinball loss, mean over the levels, shape (n,); rows without a forecast do not count."""
    apart = observed[:, None] - quantiles
    loss = np.maximum(np.asarray(LEVELS) * apart, (np.asarray(LEVELS) - 1) * apart).mean(axis=1)
    return np.where(np.isfinite(loss), loss, 0.0)


def rows_frame(panel: Panel, piece: Piece, observed: bool) -> pd.DataFrame:
    """Rows of a piece in the form of all forecasts."""
    from airq.forecast.names import QUANTILES

    step = pd.to_timedelta(piece.lead, unit="h")
    issued = panel.time[piece.rows.time]
    columns: dict[str, object] = {
        "site": np.array(panel.sites, dtype=object)[piece.rows.site],
        "issued": issued,
        "horizon": np.full(len(piece.rows), piece.lead, np.int64),
        "time": issued + step,
        "model": piece.model,
    }
    if observed:
        columns["observed"] = panel.raw[piece.rows.time + piece.lead, piece.rows.site]
    columns.update({q: piece.quantiles[:, i] for i, q in enumerate(QUANTILES)})
    return pd.DataFrame(columns)

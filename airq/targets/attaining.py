"""The year in which a limit is attained, with the noise from year to year that no trend takes away.

The log annual mean is a level with a damped drift: the level starts at a smoothed last value, moves at random from year
to year, and each year stands off it by chance. The drift is the mean change so far, drawn to zero by how little a few
years tell; nothing is extrapolated by a straight line.

Examples
--------
>>> made = attainment(pd.Series({2021: 52.0, 2022: 50.0, 2023: 44.0, 2024: 41.0, 2025: 37.0}), horizon_years=6)
>>> table = made.table[made.table["limit"] == 35]
>>> [int(y) for y in table["year"]], bool(table["by_then"].is_monotonic_increasing)
([2026, 2027, 2028, 2029, 2030, 2031], True)
>>> bool(0.2 < table["probability"].iloc[0] < 0.8)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.standards.names import pollutant as pollutant_name
from airq.targets.checks import LONGEST_SILENCE
from airq.targets.engine import know, year_of, year_start
from airq.targets.sentences import Said, days, refused, say
from airq.targets.series import SiteSeries, as_day, sites_of, whole_number
from airq.targets.shifts import Shift, shifts_of
from airq.targets.simulation import DAMPING, simulate

__all__ = ["Attainment", "YearModel", "annual_means", "attainment", "year_model"]

Floats = npt.NDArray[np.float64]

SD_PRIOR: Final = 0.12
"""Year-to-year standard deviation of the log annual mean before any year (docs/targets.md: 0.09 to 0.17)."""
SD_PRIOR_YEARS: Final = 6.0
SD_BOUNDS: Final = (0.09, 0.17)
LEVEL_SHARE: Final = 0.6
"""Part of the one-year variance that stays in the level; the rest belongs to the year alone [B 60%]."""
SMOOTHING: Final = 0.75
"""Weight of the newest year in the level [B 60%]."""
DRIFT_SD: Final = 0.06
"""Standard deviation of the drift before any year, log a year [B 60%]."""
LEAST_DAYS: Final = 324
"""Valid days of an annual mean (HJ 663, 6.1; GB 3095 table 4)."""
QUANTILES: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
LEAST_DRAWS: Final = 10
_DRIFTS_ZH: Final = {"zero": "无趋势", "half": "半趋势", "full": "全趋势"}


@dataclass(frozen=True)
class YearModel:
    """Log annual means of one site as a level with a drift.

    Attributes
    ----------
    level : float
        Log level after the last year.
    drift, drift_sd : float
        Log change a year, drawn to zero, and its standard deviation.
    sd : float
        Standard deviation of the next log annual mean about its expectation.
    years : int
        Years it rests on.
    """

    level: float
    drift: float
    drift_sd: float
    sd: float
    years: int

    @property
    def expected(self) -> float:
        """Expected log annual mean of the next year."""
        return self.level + self.drift


def year_model(logs: Sequence[float] | Floats, years: Sequence[int] | None = None) -> YearModel:
    """Model of log annual means.

    Parameters
    ----------
    logs : sequence of float
        In the order of the years.
    years : sequence of int, optional
        Their years; consecutive by default.

    Raises
    ------
    MissingData
        Without any year.

    Examples
    --------
    >>> flat = year_model([3.5, 3.5, 3.5])
    >>> flat.expected, flat.drift, round(flat.sd, 3)
    (3.5, 0.0, 0.104)
    """
    y = np.asarray(logs, dtype=np.float64)
    at = np.arange(y.size) if years is None else np.asarray(years)
    if not y.size:
        raise MissingData("attainment needs at least one annual mean; give a year with a figure.")
    span = float(at[-1] - at[0])
    drift, drift_sd = 0.0, DRIFT_SD
    if span > 0:
        # Mean change = (last - first) / span; its variance: walk of the level, and chance of the two end years.
        var = (SD_PRIOR**2 * LEVEL_SHARE) / span + 2 * SD_PRIOR**2 * (1 - LEVEL_SHARE) / span**2
        weight = DRIFT_SD**2 / (DRIFT_SD**2 + var)
        drift = weight * float(y[-1] - y[0]) / span
        drift_sd = float(np.sqrt(weight * var))
    level, errors = float(y[0]), []
    for k in range(1, y.size):
        gap = float(at[k] - at[k - 1])
        error = float(y[k]) - (level + drift * gap)
        errors.append(error / np.sqrt(gap))
        level = level + drift * gap + SMOOTHING * error
    square = SD_PRIOR_YEARS * SD_PRIOR**2 + float(np.square(errors).sum())
    sd = float(np.clip(np.sqrt(square / (SD_PRIOR_YEARS + len(errors))), *SD_BOUNDS))
    return YearModel(level, drift, drift_sd, sd, int(y.size))


@dataclass(frozen=True)
class Attainment:
    """Probability of attaining limits, year by year.

    Attributes
    ----------
    table : pandas.DataFrame
        ``year limit probability by_then``: of the year alone, and of some year up to it.
    quantiles : pandas.DataFrame
        ``year q05 q10 q25 q50 q75 q90 q95`` of the judged mean.
    first_year : pandas.DataFrame
        ``limit q10 q50 q90``: quantiles of the first year of attainment; missing where it lies beyond the horizon.
    annual : pandas.Series
        Annual means it rests on, by year.
    kind : {"annual", "three_year"}
    pollutant, site : str
    model : YearModel
    notes, notes_zh : tuple of str
        In English and in Chinese.
    """

    table: pd.DataFrame
    quantiles: pd.DataFrame
    first_year: pd.DataFrame
    annual: pd.Series
    kind: str
    pollutant: str
    site: str
    model: YearModel
    notes: tuple[str, ...]
    notes_zh: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """The table of probabilities."""
        return self.table

    def _repr_html_(self) -> str:
        return str(self.table.pivot_table(index="year", columns="limit", values="probability").to_html())


def annual_means(series: SiteSeries, pollutant: str, last: int) -> tuple[pd.Series, list[Said]]:
    """Annual means of a site up to a year, and sentences about years that are left out.

    A year with less than 324 valid days is left out (HJ 663).
    """
    values, notes = series.column(pollutant), []
    years = series.days.astype("datetime64[Y]").astype(int) + 1970
    found = {}
    for year in range(int(years[0]), last + 1):
        own = values[years == year]
        own = own[np.isfinite(own)]
        if own.size >= LEAST_DAYS:
            found[year] = float(own.mean())
        elif own.size:
            notes.append(say("short_year", year=year, n=own.size, days=days(own.size, "valid day"), least=LEAST_DAYS))  # fmt: skip
    return pd.Series(found, dtype=np.float64), notes


def _annual(data: Any) -> pd.Series | None:
    """Annual means given as such, by year; None if the data are daily."""
    if isinstance(data, pd.DataFrame):
        if "date" in data or not {"year", "mean"} <= set(data.columns):
            return None
        return _by_year(data["year"], data["mean"])
    if isinstance(data, pd.Series):
        return _by_year(data.index, data)
    if isinstance(data, Mapping) and data and not any(isinstance(v, pd.DataFrame) for v in data.values()):
        return _by_year(list(data), list(data.values()))
    return None


def _by_year(years: Any, means: Any) -> pd.Series:
    at = pd.to_numeric(pd.Series(np.asarray(years, dtype=object)), errors="coerce").to_numpy(np.float64)
    values = pd.to_numeric(pd.Series(np.asarray(means, dtype=object)), errors="coerce")
    whole = np.isfinite(at) & (at == np.rint(at)) & (at >= 1900) & (at <= 2200)
    if not whole.all():
        wrong = np.asarray(years, dtype=object)[np.flatnonzero(~whole)[0]]
        raise ParameterError(f"the year '{wrong}' of an annual mean is no year; write it as 2024.")
    text = values.isna().to_numpy() & ~pd.isna(np.asarray(means, dtype=object))
    if text.any():
        at_row = int(np.flatnonzero(text)[0])
        raise ParameterError(
            f"the annual mean of {at[at_row]:.0f} is '{np.asarray(means, dtype=object)[at_row]}'; give a number."
        )
    return pd.Series(values.to_numpy(np.float64), index=at.astype(np.int64)).sort_index()


def _check(annual: pd.Series) -> pd.Series:
    annual = annual.dropna()
    if annual.empty:
        raise refused("no_annual_mean")
    if annual.index.has_duplicates:
        raise ParameterError(
            f"year {annual.index[annual.index.duplicated()][0]} stands twice; keep one annual mean a year."
        )
    if (annual <= 0).any() or not np.isfinite(annual).all():
        raise ParameterError("an annual mean is zero, negative or infinite; correct it.")
    return annual


def attainment(
    data: Any,
    limits: Iterable[float] = (35, 30, 25),
    kind: str = "annual",
    horizon_years: int = 10,
    pollutant: str = "pm25",
    shift: Any = None,
    asof: Any = None,
    site: str | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Attainment:
    """Probability by year that the annual or three-year mean is at or below limits.

    Parameters
    ----------
    data : pandas.Series, mapping or DataFrame
        Annual means by year (a frame with ``year`` and ``mean``), or a daily frame: then the year of ``asof`` is
        simulated from what is known of it.
    limits : iterable of float
        µg/m³.
    kind : {"annual", "three_year"}
        ``three_year`` is the mean of the year and the two before it.
    horizon_years : int
        Years after the last one with a figure.
    pollutant : str
    shift : number, mapping or list, optional
        Declared effect of planned measures; see :func:`airq.targets.shifts_of`. It holds in the share of the days of a
        year that its dates cover.
    asof : date, optional
        Of a daily frame: last day known; its last day by default.
    site : str, optional
        Of a daily frame with several sites.
    draws, seed : int

    Returns
    -------
    Attainment

    Raises
    ------
    ParameterError, MissingData
    """
    if kind not in ("annual", "three_year"):
        raise ParameterError(f"kind '{kind}' is not known; use annual or three_year.")
    if whole_number(horizon_years, "horizon_years", 1) > 50:
        raise ParameterError(f"horizon_years is {horizon_years!r}; give 1 to 50.")
    draws, seed = whole_number(draws, "draws", LEAST_DRAWS), whole_number(seed, "seed", 0)
    wanted = _limits(limits)
    name, changes = pollutant_name(pollutant), shifts_of(shift)
    annual = _annual(data)
    begin, first, notes, place = 0, None, list[Said](), site or ""
    if annual is None:
        annual, begin, first, notes, place = _from_days(data, name, asof, site, draws, seed, changes)
    annual = _check(annual)
    begin = begin or int(annual.index[-1]) + 1
    model = year_model(np.log(annual.to_numpy()), [int(y) for y in annual.index])
    if model.years == 1:
        notes.append(say("one_year"))
    years, paths = _paths(model, annual, begin, first, int(horizon_years), draws, seed, changes)
    return _made(years, paths, annual, wanted, kind, name, place, model, notes)


def _limits(limits: Iterable[float]) -> list[float]:
    try:
        wanted = [float(v) for v in ([limits] if isinstance(limits, int | float) else limits)]
    except (TypeError, ValueError) as error:
        raise ParameterError("limits are no numbers; give such as 35, 30, 25.") from error
    if not wanted or not all(np.isfinite(v) and v > 0 for v in wanted):
        raise ParameterError("a limit is not above zero; give such as 35, 30, 25.")
    return wanted


def _from_days(
    data: Any, name: str, asof: Any, site: str | None, draws: int, seed: int, shifts: Sequence[Shift]
) -> tuple[pd.Series, int, Floats | None, list[Said], str]:
    """Annual means of a daily frame, the year that follows, and draws of its mean where it is begun."""
    day = as_day(asof) if asof is not None else None
    sites = sites_of(data, day)
    if not sites:
        raise MissingData("the daily frame holds no value by then; choose a later asof.")
    if site is None and len(sites) > 1:
        raise ParameterError(
            f"the frame holds {len(sites)} sites ({', '.join(list(sites)[:8])}); name one with site=."
        )
    place = site or next(iter(sites))
    if place not in sites:
        raise MissingData(f"site '{place}' is not in the frame, which holds {', '.join(list(sites)[:8])}.")
    series = sites[place]
    column = series.column(name)
    last = series.days[np.flatnonzero(np.isfinite(column))[-1]]
    silent = 0 if day is None else int((day - last).astype(int))
    if silent > LONGEST_SILENCE:
        raise refused("long_silence", site=place, last=last, n=silent, days=days(silent), asof=day)
    # What came after the last value is unknown, so the year of the day after it is the one that is simulated.
    current = year_of(last + 1)
    annual, notes = annual_means(series, name, current - 1)
    if last + 1 == year_start(current) or annual.empty:
        return annual, current, None, notes, place
    known = know(sites, place, last)
    drift = known.choice((name,))[0]
    year = simulate(known, current, draws, seed, shifts=shifts)
    seen = column[series.within(year_start(current), last)]
    seen = seen[np.isfinite(seen)]
    number = year.days.size
    mean = (seen.sum() + number * year.means(name, drift)) / (seen.size + number)
    said = {"n": seen.size, "days": days(seen.size), "drift": drift, "drift_zh": _DRIFTS_ZH[drift]}
    notes.append(say("simulated_year", year=current, last=last, **said))
    return annual, current, np.asarray(mean), notes, place


def _paths(
    model: YearModel,
    annual: pd.Series,
    begin: int,
    first: Floats | None,
    horizon: int,
    draws: int,
    seed: int,
    shifts: Sequence[Shift],
) -> tuple[list[int], Floats]:
    """Years ahead and simulated annual means, (draw, year).

    Years between the last annual mean and ``begin`` have no figure; the level wanders and drifts over them.
    """
    rng = np.random.default_rng([seed, 11])
    start = int(annual.index[-1]) + 1
    years = list(range(start, begin + horizon))
    walk, own = model.sd * np.sqrt(LEVEL_SHARE), model.sd * np.sqrt(1 - LEVEL_SHARE)
    drift = model.drift + model.drift_sd * rng.standard_normal(draws)
    level = np.full(draws, model.level)
    luck = np.random.default_rng(
        [seed, 12]
    )  # of its own, so that a shift leaves the years before it as they were
    sizes = [s.by + s.sd * luck.standard_normal(draws) for s in shifts]
    out = np.empty((draws, len(years)))
    for k, year in enumerate(years):
        expected = level + drift * DAMPING**k
        level = expected + walk * rng.standard_normal(draws)
        chance = own * rng.standard_normal(draws)
        effect = sum(
            (size * s.holds_in(year) for size, s in zip(sizes, shifts, strict=True)), np.zeros(draws)
        )
        value = level + chance + effect
        if year == begin and first is not None:
            value = np.log(first)
            # What the year is known to be moves the level that goes on from it; its declared shift comes again.
            level = (1 - SMOOTHING) * expected + SMOOTHING * (value - effect)
        out[:, k] = np.exp(value)
    return years[begin - start :], out[:, begin - start :]


def _made(
    years: list[int],
    paths: Floats,
    annual: pd.Series,
    limits: Sequence[float],
    kind: str,
    name: str,
    place: str,
    model: YearModel,
    notes: list[Said],
) -> Attainment:
    judged = paths
    if kind == "three_year":
        back = [annual.get(years[0] - 2), annual.get(years[0] - 1)]
        if any(v is None for v in back):
            raise refused("three_years", year=years[0], first=years[0] - 2, second=years[0] - 1)
        whole = np.concatenate([np.broadcast_to(np.array(back, float), (paths.shape[0], 2)), paths], axis=1)
        judged = (whole[:, :-2] + whole[:, 1:-1] + whole[:, 2:]) / 3
    rows, firsts = [], []
    for limit in limits:
        attained = judged <= limit
        by_then = np.logical_or.accumulate(attained, axis=1)
        for k, year in enumerate(years):
            rows.append((year, limit, float(attained[:, k].mean()), float(by_then[:, k].mean())))
        share = by_then.mean(axis=0)
        firsts.append(
            (
                limit,
                *(
                    next((y for y, s in zip(years, share, strict=True) if s >= p), None)
                    for p in (0.1, 0.5, 0.9)
                ),
            )
        )
    table = pd.DataFrame(rows, columns=["year", "limit", "probability", "by_then"])
    spread = np.quantile(judged, QUANTILES, axis=0)
    quantiles = pd.DataFrame({"year": years})
    for p, row in zip(QUANTILES, spread, strict=True):
        quantiles[f"q{round(100 * p):02d}"] = row
    first_year = pd.DataFrame(firsts, columns=["limit", "q10", "q50", "q90"])
    first_year = first_year.astype(dict.fromkeys(("q10", "q50", "q90"), "Int64"))
    said = (tuple(en for en, _ in notes), tuple(zh for _, zh in notes))
    return Attainment(table, quantiles, first_year, annual, kind, name, place, model, *said)

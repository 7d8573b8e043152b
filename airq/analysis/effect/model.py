"""What every method returns: the effect, how sure it is, how small one could be seen, and a verdict or its refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from airq.texts import items

__all__ = ["LEAST_PLACEBOS", "Estimated", "PlaceboSize", "PolicyEffect", "Verdict", "judged", "percent"]

Array = npt.NDArray[np.float64]
Verdict = Literal["fell", "rose", "none seen", "withheld"]

LEAST_PLACEBOS: Final = 8
"""Dates without a measure below which a method's error rate is not known."""


def percent(log: float) -> float:
    """Change in percent of a difference of logarithms.

    Examples
    --------
    >>> round(percent(-0.25), 1)
    -22.1
    """
    return float(100 * np.expm1(log))


@dataclass(frozen=True)
class PlaceboSize:
    """How often a method finds an effect on dates, or at donors, without a measure.

    Attributes
    ----------
    rejected, tried : int
    level : float
        The share it promises.
    widening : float
        Factor by which the model's own standard error was widened to agree with these dates; 1 or more.
    independent : float
        What the dates are worth, since those near one another share data; at most ``tried`` counts.
    """

    rejected: int
    tried: int
    level: float
    widening: float
    independent: float = float("inf")

    @property
    def share(self) -> float:
        """Share rejected; NaN without a date."""
        return self.rejected / self.tried if self.tried else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share (Clopper & Pearson 1934), with the dates counted for what they are worth.

        Examples
        --------
        >>> tuple(round(v, 3) for v in PlaceboSize(2, 40, 0.05, 1.0).interval)
        (0.006, 0.169)
        """
        if not self.tried:
            return (0.0, 1.0)
        n = min(float(self.tried), self.independent)
        k = self.share * n
        low = float(stats.beta.ppf(0.025, k, n - k + 1)) if k > 0 else 0.0
        high = float(stats.beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0
        return low, high


class Estimated:
    """What every effect says of itself; an estimate and its interval are differences of logarithms."""

    estimate: float
    lower: float
    upper: float
    specifications: pd.DataFrame

    @property
    def percent(self) -> float:
        """Effect in percent."""
        return percent(self.estimate)

    @property
    def percent_interval(self) -> tuple[float, float]:
        """Interval in percent."""
        return percent(self.lower), percent(self.upper)

    @property
    def identification(self) -> tuple[float, float]:
        """Range of the estimate over reasonable choices."""
        found = self.specifications.loc[self.specifications["in_range"], "estimate"]
        return float(found.min()), float(found.max())


@dataclass(frozen=True, eq=False)
class PolicyEffect(Estimated):
    """Effect of a measure by one method.

    Attributes
    ----------
    method : {"interrupted", "components", "synthetic"}
    target, site : str
    date : pandas.Timestamp
        First day of the measure.
    until : pandas.Timestamp or None
        First day without it again.
    estimate : float
        Difference of logarithms; -0.1 is a fall of 9.5 %.
    lower, upper : float
        Interval at ``confidence``.
    standard_error, p_value : float
        After the widening by placebo dates.
    minimum_detectable : float
        Smallest effect seen with ``power``, positive, as a difference of logarithms.
    placebo : PlaceboSize
    specifications : pandas.DataFrame
        Estimates under other reasonable choices: ``name``, ``estimate``, ``standard_error``, ``in_range``.
    verdict : {"fell", "rose", "none seen", "withheld"}
    reasons : tuple of str
        Why a verdict is withheld, or what "none seen" allows.
    weeks : pandas.DataFrame
        ``start``, ``observed`` and ``adjusted`` (geometric means), ``counterfactual`` (what would have been without the
        measure), ``used``.
    confidence, power : float
    blocked_r2 : float
        Of the weather adjustment; NaN without.
    weights : pandas.Series
        Of the donors; empty for the other methods.
    mean_gap : float
        Mean of the synthetic control's gap after the date; NaN for the other methods.
    notes : tuple of str
    """

    method: str
    target: str
    site: str
    date: pd.Timestamp
    until: pd.Timestamp | None
    estimate: float
    lower: float
    upper: float
    standard_error: float
    p_value: float
    minimum_detectable: float
    placebo: PlaceboSize
    specifications: pd.DataFrame
    verdict: Verdict
    reasons: tuple[str, ...]
    weeks: pd.DataFrame = field(repr=False)
    confidence: float = 0.95
    power: float = 0.8
    blocked_r2: float = float("nan")
    weights: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.float64), repr=False)
    mean_gap: float = float("nan")
    notes: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row with every number that is printed."""
        low, high = self.identification
        size_low, size_high = self.placebo.interval
        row = {
            "method": self.method,
            "target": self.target,
            "site": self.site,
            "date": self.date,
            "estimate": self.estimate,
            "percent": self.percent,
            "lower": self.lower,
            "upper": self.upper,
            "p_value": self.p_value,
            "minimum_detectable": self.minimum_detectable,
            "identification_low": low,
            "identification_high": high,
            "placebo_share": self.placebo.share,
            "placebo_low": size_low,
            "placebo_high": size_high,
            "placebo_dates": self.placebo.tried,
            "widening": self.placebo.widening,
            "verdict": self.verdict,
            "reasons": " ".join(self.reasons),
        }
        return pd.DataFrame([row])

    def _repr_html_(self) -> str:
        low, high = self.percent_interval
        said = (
            f"{self.percent:+.0f} % ({low:+.0f} to {high:+.0f} %), smallest detectable "
            f"{percent(-self.minimum_detectable):.0f} %, verdict: {self.verdict}"
        )
        listed = items((*self.reasons, *self.notes))
        return f"<p><b>{escape(self.method)}</b>, {escape(self.target)}: {said}</p><ul>{listed}</ul>"


def judged(
    estimate: float,
    p_value: float,
    minimum_detectable: float,
    placebo: PlaceboSize,
    span: tuple[float, float],
    confidence: float = 0.95,
) -> tuple[Verdict, tuple[str, ...]]:
    """Verdict, or the reasons why there is none.

    Parameters
    ----------
    estimate, p_value, minimum_detectable : float
    placebo : PlaceboSize
    span : tuple of float
        Identification range.
    confidence : float

    Returns
    -------
    verdict : {"fell", "rose", "none seen", "withheld"}
    reasons : tuple of str

    Examples
    --------
    >>> judged(-0.3, 0.001, 0.15, PlaceboSize(1, 30, 0.05, 1.0), (-0.4, -0.2))
    ('fell', ())
    >>> judged(-0.1, 0.04, 0.15, PlaceboSize(1, 30, 0.05, 1.0), (-0.2, -0.05))[0]
    'withheld'
    """
    reasons = []
    if placebo.tried < LEAST_PLACEBOS:
        reasons.append(
            f"only {placebo.tried} dates without a measure can be tried, {LEAST_PLACEBOS} are needed to know the rate of false findings."
        )
    elif placebo.interval[0] > placebo.level:
        reasons.append(
            f"{placebo.rejected} of {placebo.tried} dates without a measure show an effect, more than the {100 * placebo.level:.0f} % promised."
        )
    seen = p_value < 1 - confidence
    if seen and abs(estimate) < minimum_detectable:
        reasons.append(
            f"the estimate of {percent(estimate):+.0f} % is smaller than what these data can show ({percent(-minimum_detectable):.0f} or {percent(minimum_detectable):+.0f} %)."
        )
    if seen and span[0] <= 0 <= span[1]:
        reasons.append(
            f"other reasonable choices give {percent(span[0]):+.0f} to {percent(span[1]):+.0f} %, on both sides of none."
        )
    if reasons:
        return "withheld", tuple(reasons)
    if not seen:
        said = f"an effect smaller than {percent(-minimum_detectable):.0f} or {percent(minimum_detectable):+.0f} % would not have been seen."
        return "none seen", (said,)
    return ("fell" if estimate < 0 else "rose"), ()

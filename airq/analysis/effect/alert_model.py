"""Result of alerts pooled over winters."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

import pandas as pd

from airq.analysis.effect.model import Estimated, PlaceboSize, Verdict, percent
from airq.texts import items

__all__ = ["AlertEffect"]


@dataclass(frozen=True, eq=False)
class AlertEffect(Estimated):
    """Effect of alerts on the days on which they held.

    Attributes
    ----------
    target, forecast : str
    estimate, lower, upper, standard_error, p_value : float
        Difference of logarithms against days of the same forecast without alert.
    minimum_detectable : float
    placebo : PlaceboSize
        Stretches without alert and with high forecasts, taken for alerts.
    specifications : pandas.DataFrame
        ``name``, ``estimate``, ``standard_error``, ``in_range``.
    verdict : {"fell", "rose", "none seen", "withheld"}
    reasons : tuple of str
    episodes : pandas.DataFrame
        ``start``, ``end``, ``days``, ``forecast`` (mean); no effect, since none is judged singly.
    days : pandas.DataFrame
        ``day``, ``forecast``, ``observed``, ``alert`` of the winters.
    winters, alert_days, comparable : int
        ``comparable``: days without alert whose forecast reaches the lower tenth of alert days.
    naive : float
        Mean of observed over forecast on alert days, as a logarithm: what is claimed where nothing is compared.
    confidence, power : float
    notes : tuple of str
    """

    target: str
    forecast: str
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
    episodes: pd.DataFrame = field(repr=False)
    days: pd.DataFrame = field(repr=False)
    winters: int
    alert_days: int
    comparable: int
    naive: float
    confidence: float
    power: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row with every number that is printed."""
        low, high = self.identification
        row = {
            "target": self.target,
            "winters": self.winters,
            "episodes": len(self.episodes),
            "alert_days": self.alert_days,
            "comparable": self.comparable,
            "estimate": self.estimate,
            "percent": self.percent,
            "lower": self.lower,
            "upper": self.upper,
            "p_value": self.p_value,
            "minimum_detectable": self.minimum_detectable,
            "identification_low": low,
            "identification_high": high,
            "placebo_share": self.placebo.share,
            "placebo_tried": self.placebo.tried,
            "naive": self.naive,
            "verdict": self.verdict,
            "reasons": " ".join(self.reasons),
        }
        return pd.DataFrame([row])

    def _repr_html_(self) -> str:
        low, high = self.percent_interval
        said = (
            f"{len(self.episodes)} episodes in {self.winters} winters: {self.percent:+.0f} % ({low:+.0f} to {high:+.0f} %), "
            f"smallest detectable {percent(-self.minimum_detectable):.0f} %, verdict: {self.verdict}"
        )
        listed = items((*self.reasons, *self.notes))
        return f"<p><b>{escape(self.target)}</b>: {said}</p><ul>{listed}</ul>"

"""What a run gives: figures of every place before and after, targets, tonnes, causes, money, CO2, deaths, alerts.

Examples
--------
>>> import airq
>>> callable(airq.scenario.run)
True
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Final

import pandas as pd

from airq.texts import items

__all__ = ["SIMULATED", "Result"]

SIMULATED: Final = (
    "The weather years are simulated: the figures show how the tool works and not the air of a real winter."
)


@dataclass(frozen=True, eq=False)
class Result:
    """Result of :func:`airq.scenario.run`.

    Attributes
    ----------
    scenario : str
        Name.
    title_zh, title_en : str
    table : pandas.DataFrame
        One row a place, period and indicator: place, period (``2025-2026`` or ``2026``), indicator (``pm25`` ... means,
        ``o3_90`` 90th percentile, ``good_days``, ``heavy_days``), standard (of days), unit; baseline, scenario and change,
        each with ``_p5 _p50 _p95``, ``change_mean``; detectable, minimum_detectable (of PM2.5 of the season, µg/m³), mark.
    targets : pandas.DataFrame
        See :data:`airq.scenario.judging.COLUMNS`; probabilities 0 to 1.
    tonnes : pandas.DataFrame
        period, pollutant, p5, p50, p95, mean (t cut).
    causes : pandas.DataFrame
        result, cause, share of the variance, sign.
    cost, co2, deaths, alerts : pandas.DataFrame
    years : pandas.DataFrame
        The weather years.
    lines : pandas.DataFrame
        Measures with their tonnes.
    notes : tuple of str
        Reservations, one sentence each.
    headline : str
        The place that stands for all.
    draws, seed : int
    simulated : bool
    """

    scenario: str
    title_zh: str
    title_en: str
    table: pd.DataFrame
    targets: pd.DataFrame
    tonnes: pd.DataFrame
    causes: pd.DataFrame
    cost: pd.DataFrame
    co2: pd.DataFrame
    deaths: pd.DataFrame
    alerts: pd.DataFrame
    years: pd.DataFrame
    lines: pd.DataFrame
    notes: tuple[str, ...]
    headline: str
    draws: int
    seed: int
    simulated: bool

    def of(
        self, indicator: str, place: str | None = None, period: str | None = None, standard: str = ""
    ) -> pd.Series:
        """One row of the table, the first that fits.

        Parameters
        ----------
        indicator : str
        place : str, optional
            The headline by default.
        period : str, optional
            The first, the heating season, by default.
        standard : str

        Raises
        ------
        KeyError
            If there is none.
        """
        part = self.table[
            (self.table["indicator"] == indicator) & (self.table["place"] == (place or self.headline))
        ]
        if period is not None:
            part = part[part["period"] == period]
        if standard:
            part = part[part["standard"] == standard]
        if part.empty:
            raise KeyError(f"no row of {indicator} of {place or self.headline}")
        return part.iloc[0]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values for JSON; NaN becomes None."""
        out: dict[str, Any] = {}
        for name, value in vars(self).items():
            if isinstance(value, pd.DataFrame):
                out[name] = [{str(k): _plain(v) for k, v in row.items()} for row in value.to_dict("records")]
            else:
                out[name] = list(value) if isinstance(value, tuple) else value
        return out

    def _repr_html_(self) -> str:
        said = f"<p><b>{SIMULATED}</b></p>" if self.simulated else ""
        columns = ["place", "period", "indicator", "standard", "unit", "baseline_p50", "change_p5", "change_p50", "change_p95", "detectable"]  # fmt: skip
        table: str = self.table[columns].to_html(index=False, float_format=lambda v: f"{v:,.3g}")
        return f"<h3>{escape(self.title_en)}</h3>{said}{table}<ul>{items(self.notes)}</ul>"


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)

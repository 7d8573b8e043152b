"""The trajectories that every analysis here takes.

Examples
--------
>>> rows = pd.DataFrame({"trajectory": [0, 0], "arrival": pd.to_datetime(["2019-01-01 08:00"] * 2), "age": [0.0, -1.0],
...                      "lat": [44.0, 44.1], "lon": [87.3, 87.0], "height": [500.0, 520.0]})
>>> made = Trajectories.of(rows)
>>> len(made), made.longest
(1, 1.0)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Final

import numpy as np
import pandas as pd

from airq.errors import MissingData, ParameterError
from airq.texts import items

__all__ = ["COLUMNS", "Trajectories"]

COLUMNS: Final = ("trajectory", "arrival", "age", "lat", "lon", "height")


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Back trajectories, one row an endpoint.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``trajectory`` (number), ``arrival`` (datetime64, Beijing time, when the air reaches the receptor), ``age`` (h,
        0 at the receptor, negative before), ``lat``, ``lon`` (degrees, continuous across 180°), ``height`` (m above
        ground), and whatever else the file holds. Sorted by trajectory, then from the receptor backwards.
    source : str
        ``HYSPLIT`` or ``wind run``.
    notes : tuple of str
    """

    frame: pd.DataFrame = field(repr=False)
    source: str = "HYSPLIT"
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, frame: pd.DataFrame, source: str = "HYSPLIT", notes: tuple[str, ...] = ()) -> Trajectories:
        """Checked and sorted trajectories of endpoints.

        Raises
        ------
        ParameterError
            Columns are missing, or endpoints not on the earth.
        MissingData
            There are none.
        """
        absent = [c for c in COLUMNS if c not in frame.columns]
        if absent:
            raise ParameterError(
                f"trajectories lack the column '{absent[0]}'; they need {', '.join(COLUMNS)}."
            )
        if not len(frame):
            raise MissingData("there are no endpoints of trajectories; read files that hold some.")
        out = frame.copy()
        wrong = ~(out["lat"].between(-90, 90) & out["lon"].between(-540, 540))
        if wrong.any():
            row = out[wrong].iloc[0]
            raise ParameterError(
                f"trajectory {row['trajectory']}: endpoint ({row['lat']}, {row['lon']}) is not on the earth; check the file."
            )
        out["age"] = -out["age"].abs()
        out = out.sort_values(
            ["trajectory", "age"], ascending=[True, False], kind="stable", ignore_index=True
        )
        lon = out["lon"].to_numpy(dtype=np.float64).copy()
        first = out["trajectory"].to_numpy()
        # A step across the date line is a small step.
        step = np.diff(lon, prepend=lon[:1])
        step[np.r_[True, first[1:] != first[:-1]]] = 0.0
        turns = pd.Series(np.where(step > 180, -360.0, np.where(step < -180, 360.0, 0.0)))
        out["lon"] = lon + turns.groupby(first).cumsum().to_numpy()
        return cls(out, source, notes)

    def __len__(self) -> int:
        return int(self.frame["trajectory"].nunique())

    @property
    def longest(self) -> float:
        """Longest age, h."""
        return float(-self.frame["age"].min())

    def last(self, hours: float) -> Trajectories:
        """The same over the last hours before arrival."""
        if not hours > 0:
            raise ParameterError(f"hours {hours} is no length; give more than 0.")
        return Trajectories(
            self.frame[self.frame["age"] >= -hours].reset_index(drop=True), self.source, self.notes
        )

    def to_frame(self) -> pd.DataFrame:
        """The endpoints."""
        return self.frame

    def _repr_html_(self) -> str:
        days = self.frame["arrival"]
        notes = items(self.notes)
        return (
            f"<p>{len(self):,} trajectories ({escape(self.source)}), {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}, up to "
            f"{self.longest:.0f} h</p><ul>{notes}</ul>"
        )

"""What an archive says of itself: its months, its digest, whether it is simulated.

Little is imported for it, so that whoever only wants to know whether anything has changed is told at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from airq import options
from airq.observations import catalog as catalogs
from airq.observations import months as months_
from airq.observations.months import AUDITED, Kind

__all__ = ["Holdings"]


class Holdings:
    """Catalogue of an archive's folder; :class:`airq.observations.Archive` reads and writes the data too.

    Parameters
    ----------
    path : path, optional
        Folder; the project's ``data/processed/archive`` by default.

    Examples
    --------
    >>> import tempfile
    >>> Holdings(tempfile.mkdtemp()).months()
    []
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else options.archive_dir()

    def __repr__(self) -> str:
        months = self.months()
        span = f"{months[0]} … {months[-1]}" if months else "empty"
        return f"{type(self).__name__}({self.path.name}: {span}{', simulated' if self.simulated else ''})"

    def _catalog(self) -> dict[str, Any]:
        return catalogs.read(self.path)

    @property
    def simulated(self) -> bool:
        """Whether the archive holds simulated data."""
        return bool(self._catalog()["simulated"])

    def months(self, kind: Kind = "observations") -> list[str]:
        """Months with data, ``YYYY-MM``, sorted; months that only an audited version has are among them."""
        kinds = (kind, AUDITED.get(kind, kind))
        return sorted({k.split("/")[1] for k in self._catalog()["months"] if k.split("/")[0] in kinds})

    def last_complete_month(self) -> str | None:
        """Last month whose last day has at least 20 hours somewhere; None if there is none.

        The feed's last hour of a year often stands in the next year's file, so 20 hours of the last day are enough.
        """
        catalog = self._catalog()
        for month in reversed(self.months()):
            last = months_.times(month, "observations")[-24:]
            for kind in ("observations", "audited"):
                if entry := catalog["months"].get(f"{kind}/{month}"):
                    table = months_.read_table(self.path / entry["file"], columns=["time"])
                    column = table.column("time")
                    # as whole numbers, since Arrow imports pandas before it gives an array
                    held = np.array(column.unique().cast("int64").to_pylist(), np.int64)
                    times = held.view(f"datetime64[{column.type.unit}]")
                    if np.isin(last, times.astype("datetime64[ns]")).sum() >= 20:
                        return month
        return None

    def digest(self, months: Iterable[str] | None = None) -> str:
        """Digest of the content of some months and of the station table, for manifests of products."""
        catalog = self._catalog()
        wanted = None if months is None else set(months)
        parts = sorted(
            f"{k}={v['sha256']}"
            for k, v in catalog["months"].items()
            if wanted is None or k.split("/")[1] in wanted
        )
        about = catalogs.derived(
            catalog, "about", lambda: json.dumps(catalog["stations"], sort_keys=True, ensure_ascii=False)
        )
        return hashlib.sha256("\n".join([*parts, about, str(catalog["simulated"])]).encode()).hexdigest()

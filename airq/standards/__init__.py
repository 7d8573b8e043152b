"""China's official indicators, exact: GB 3095 limits, HJ 633 AQI, HJ 663 evaluation, GB/T 8170 rounding.

Each edition is a table (``tables/*.toml``) with a source and a confidence mark for every entry; the code holds
the rules and no number. See :func:`open_points` for what is not yet certain.

Examples
--------
>>> from airq import standards
>>> standards.limit("pm25", "annual", on="2026-06-01", area_class=2)
30.0
>>> standards.iaqi("pm25", 61, averaging="24h", edition="2026")
101
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airq import lazy

if TYPE_CHECKING:
    from airq.standards.alert_rules import alerts, regional_aqi
    from airq.standards.city_days import place_daily
    from airq.standards.city_hours import place_hourly
    from airq.standards.dust import (
        dust_days,
        dust_events,
        dust_grade,
        read_dust_events,
        summary_without_dust,
        without_dust,
    )
    from airq.standards.editions import (
        Edition,
        Entry,
        edition,
        edition_on,
        editions,
        load_edition,
        open_points,
    )
    from airq.standards.evaluation import official, summary
    from airq.standards.exceedances import exceedance
    from airq.standards.index import AQI, Category, aqi, categories, category_name, category_of, colour, iaqi
    from airq.standards.limits import Standard, limit, limit_exact, standard_of, standards
    from airq.standards.periods import Period, parse_period
    from airq.standards.rankings import moving_means, ranking, straddling
    from airq.standards.restatement import Restatement, restate
    from airq.standards.rounding import Ratio, round_official
    from airq.standards.sites import places_in
    from airq.standards.station_days import REASONS, add_index, daily, exact_days
    from airq.standards.trend import Spearman, spearman

_HOMES: Final[dict[str, str]] = {
    "AQI": "index",
    "REASONS": "station_days",
    "Category": "index",
    "Edition": "editions",
    "Entry": "editions",
    "Period": "periods",
    "Ratio": "rounding",
    "Restatement": "restatement",
    "Spearman": "trend",
    "Standard": "limits",
    "add_index": "station_days",
    "alerts": "alert_rules",
    "aqi": "index",
    "categories": "index",
    "category_name": "index",
    "category_of": "index",
    "colour": "index",
    "daily": "station_days",
    "dust_days": "dust",
    "dust_events": "dust",
    "dust_grade": "dust",
    "edition": "editions",
    "edition_on": "editions",
    "editions": "editions",
    "exact_days": "station_days",
    "exceedance": "exceedances",
    "iaqi": "index",
    "limit": "limits",
    "limit_exact": "limits",
    "load_edition": "editions",
    "moving_means": "rankings",
    "official": "evaluation",
    "open_points": "editions",
    "parse_period": "periods",
    "place_daily": "city_days",
    "place_hourly": "city_hours",
    "places_in": "sites",
    "ranking": "rankings",
    "read_dust_events": "dust",
    "regional_aqi": "alert_rules",
    "restate": "restatement",
    "round_official": "rounding",
    "spearman": "trend",
    "standard_of": "limits",
    "standards": "limits",
    "straddling": "rankings",
    "summary": "evaluation",
    "summary_without_dust": "dust",
    "without_dust": "dust",
}
"""Module of each public name, imported when it is first used."""

__all__ = [
    "AQI",
    "REASONS",
    "Category",
    "Edition",
    "Entry",
    "Period",
    "Ratio",
    "Restatement",
    "Spearman",
    "Standard",
    "add_index",
    "alerts",
    "aqi",
    "categories",
    "category_name",
    "category_of",
    "colour",
    "daily",
    "dust_days",
    "dust_events",
    "dust_grade",
    "edition",
    "edition_on",
    "editions",
    "exact_days",
    "exceedance",
    "iaqi",
    "limit",
    "limit_exact",
    "load_edition",
    "moving_means",
    "official",
    "open_points",
    "parse_period",
    "place_daily",
    "place_hourly",
    "places_in",
    "ranking",
    "read_dust_events",
    "regional_aqi",
    "restate",
    "round_official",
    "spearman",
    "standard_of",
    "standards",
    "straddling",
    "summary",
    "summary_without_dust",
    "without_dust",
]

__getattr__, __dir__ = lazy.names(
    __name__,
    _HOMES,
    (
        "alert_rules",
        "city_days",
        "city_hours",
        "dust",
        "evaluation",
        "exceedances",
        "index",
        "judge",
        "limits",
        "names",
        "periods",
        "rankings",
        "restatement",
        "rounding",
        "rules",
        "sites",
        "station_days",
        "statistics",
        "trend",
    ),
)

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
from airq.standards.editions import Edition, Entry, edition, edition_on, editions, load_edition, open_points
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

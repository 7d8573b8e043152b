"""Results from the archive: the county month that every report is made from.

Examples
--------
>>> from airq.analysis.period import parse
>>> parse("2026Q3").days
92
"""

from airq.analysis.county_month import CountyMonth, county_month

__all__ = ["CountyMonth", "county_month"]

"""Trends of monthly values: slopes, tests, seasons, breaks, smooth trends, filters.

Examples
--------
>>> from airq.analysis.trend.blocks import block_length
>>> block_length(90)
4
"""

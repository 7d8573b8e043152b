"""Everyday analytics: variation in time, correlation, distributions, levels, evaluation of models, data capture.

Examples
--------
>>> from airq.analysis.everyday.series import GROUPS
>>> "season" in GROUPS
True
"""

"""Deweathering: what a series would have been under the usual weather of each time of year.

Modules: ``inputs`` (hours or days that can be used), ``terms`` (additive first stage), ``learners`` (trees on what it
leaves), ``drawing`` (weather drawn anew), ``normalising`` (:func:`deweather`), ``result``, ``emission_trend``,
``responses`` (importance and partial dependence), ``checks``.
"""
